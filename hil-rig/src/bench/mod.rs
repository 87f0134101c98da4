//! The control benchmark *rack-thermal-1*: which courses a controller is driven through, what counts as kept, and the
//! least energy that anybody could have kept it with.
//!
//! ```text
//!   course (load, room, filters) --> plant <--> controller --> energy of the blower, peaks, time over
//!          \--> optimum: the same plant with the whole future known --> E*            score = mean of E / E*
//! ```
//! A run is *admissible* while it stays within [`Limits`]. Controllers are compared at equal safety: each may choose one
//! offset of its set point for all courses, the smallest drive that is still admissible on every one of them.
//! The driving itself is done where plant and controllers meet, in the controller's package.

pub mod course;
pub mod optimum;
mod rack;
pub mod replay;
mod steady;

pub use course::{Course, courses};
pub use rack::BenchRack;
pub use steady::quasi_static_wh;

/// What a run must keep to be admissible (plant study, section 2.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Exhaust air, °C.
    pub exhaust_c: f64,
    /// Chips, °C.
    pub chips_c: f64,
    /// By how much a peak of the exhaust may exceed its limit, K.
    pub exhaust_peak_k: f64,
    /// By how much a peak of the chips may exceed theirs, K.
    pub chips_peak_k: f64,
    /// Largest share of the time over either limit.
    pub over_share: f64,
}

/// The benchmark's limits.
pub const LIMITS: Limits = Limits {
    exhaust_c: 45.0,
    chips_c: 80.0,
    exhaust_peak_k: 0.5,
    chips_peak_k: 1.0,
    over_share: 0.001,
};

/// Speed of the blower at the start of every course, share of its maximum: everybody starts from the same rack, settled.
pub const START_SPEED: f64 = 0.6;
