//! Random lives of a rack: from a seed a scenario that nobody wrote, and the rules by which every life is judged.
//!
//! ```text
//!   seed --draw--> load, room, tick, settings             the text is a scenario like any other: it can be
//!             +--> acts, faults, orders, deaths           kept, read, shortened and played again
//!             +--> a fire or none, a way back or none
//!   play over Judged<Stand>: every look --rules--> breaches
//! ```
//! A life is *calm* (nothing in it may stop the rack before its fire), *hot* (cooling is lost; hosts may be shut down, the
//! fan may not be stopped before its fire) or *wild* (any number of faults at once; only what must hold whatever is
//! broken is judged). The lines of the text say what must happen, and by when; the rules say what must never happen.

mod dice;
mod draw;
mod judge;
mod life;
mod rules;
mod writer;

pub use judge::{Breach, Judge, Judged};
pub use life::{Life, text};
