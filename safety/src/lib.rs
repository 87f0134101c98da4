//! From readings to permission: what may cool, what must stop, what a person has to reset.
//!
//! ```text
//!  Inputs -> fresh -> vote ------> levels --\
//!                  -> evidence ------------- causes -> MATRIX -> effects -> Verdict -> bound -> Outputs
//!                  -> fan, extinguisher, ---/             |                             ^
//!                     door, filter, ...               latches <- reset (a person)     Wish
//! ```
//!
//! Pure: time is an argument, nothing is allocated, every function is total. Fire beats cooling, cooling beats
//! everything else (D3). The only maker of [`Outputs`] is [`bound`] (and [`exit`], for the first and last act of a
//! process), so nothing in the controller can drive a fan that a latch holds off.
//!
//! The extinguishers are passive: no release, hold or abort exists here or anywhere, by type (D3, I06).
//!
//! Time budget: one evaluation is a few microseconds; a confirmed fire opens the fan's contact in the outputs of the
//! very tick that confirms it (I01: 200 ms from there to the contact).
#![no_std]

#[cfg(test)]
extern crate std;

pub mod alarm;
mod bound;
mod bypass;
mod calendar;
mod coast;
mod evidence;
mod extinguisher;
mod fan;
pub mod hosts;
mod input;
mod judge;
mod latch;
mod level;
mod matrix;
mod pair;
mod print;
mod record;
mod reset;
mod row;
mod slope;
mod time_left;
mod timer;
mod unit;
mod unit_record;
mod verdict;
mod vote;

#[cfg(test)]
mod tests;

pub use bound::{Outputs, Wish, bound, exit};
pub use coast::{COAST_AGAIN, COAST_MOST, Coasting, Permit, is_calm, is_cool};
pub use evidence::{Class, ClassSet, Evidence, HOLD as EVIDENCE_HOLD, HOT as FIRE_TEMPERATURE};
pub use fan::PROVEN_TIME;
pub use input::{BusSet, FanInputs, HeatInputs, Inputs, PROBES, Probe, READING_AGE_MAX, UNITS};
pub use judge::{BOOT_GRACE, Safety};
pub use latch::latch_of;
pub use level::HIGH_AT_LEAST;
pub use matrix::MATRIX;
pub use pair::{BlowerInputs, MAKE_UP_TIME};
pub use print::write_markdown;
pub use record::{LatchRecord, RECORD_BYTES, RecordError, Restored, crc32c, newer};
pub use reset::{KEY_FRESH, asks};
pub use row::{Act, Code, DelayId, Row, When};
pub use time_left::{CAP_TIME, Caps, Foreseen, HostsTime};
pub use unit::{Climate, Life, NewUnit, SOON_DAYS, SOON_EXPOSURE, Units};
pub use unit_record::{SPENT, UNIT_RECORD_BYTES, UnitRecord};
pub use verdict::Verdict;
pub use vote::{DISAGREEMENT_TIME, Vote};
