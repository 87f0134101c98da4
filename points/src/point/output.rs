//! The controller's own outputs, each with its read-back.

use super::{derived, points};
use crate::state::Flag;

/// The outputs' labels in the order of [`crate::interlock::OutputLine`].
pub const LINES: &[&str] = &[
    "host_down",
    "power_cut",
    "horn",
    "beacon",
    "fire",
    "prealarm",
    "fault",
    "heartbeat",
];

points! {
    block "outputs", registers 600..=649, after derived::END;
    /// The controller commands the output on.
    COMMAND[LINES]: Flag = "output.{}.command", 0.0..1.0, decimals 0, register 602;
    /// The output stands on, read back.
    STANDS[LINES]: Flag = "output.{}", 0.0..1.0, decimals 0, register 618;
}
