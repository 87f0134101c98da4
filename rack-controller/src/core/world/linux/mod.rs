//! A Linux machine's own buses and pins: I2C by `i2c-dev`, contacts and outputs by the GPIO character device, meters by a
//! serial line, what kernel drivers show by their texts.
//!
//! A bus that is not there is no reason not to start: its device file is opened when it is first used and again after it
//! was lost, as often as the bus's worker prepares its devices anew (half a second to eight). Each says once what is
//! wrong, what to do, and when it is well again.

pub mod episode;
pub mod i2c;
pub mod lines;
pub mod pins;
pub mod scan;
pub mod serial;
pub mod texts;
pub mod watchdog;

use std::time::Duration;

use points::{Moment, Span};

use super::Clock;
use crate::core::clock::monotonic_us;

/// `CLOCK_MONOTONIC`, as it is.
#[derive(Clone, Copy, Debug)]
pub struct LinuxClock;

impl Clock for LinuxClock {
    fn now(&self) -> Moment {
        Moment(monotonic_us())
    }

    fn real(&self, span: Span) -> Duration {
        Duration::from_micros(span.as_us())
    }
}
