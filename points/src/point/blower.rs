//! The blowers on the roof and what stands between them and their supply.

use super::{AB, flow, points};
use crate::quantity::{Ampere, Hour, Percent, Rpm, Second, Watt};
use crate::state::Flag;

points! {
    block "blowers", registers 350..=399, after flow::END;
    /// Drive that the fan chip gives the blower now, read back.
    DUTY[AB]: Percent = "blower.{}.duty", 0.0..100.0, decimals 1, register 352;
    /// Speed by the blower's tachometer; zero when it stands.
    SPEED[AB]: Rpm = "blower.{}.speed", 0.0..16000.0, decimals 0, register 356;
    /// Current of the blower's supply.
    CURRENT[AB]: Ampere = "blower.{}.current", -50.0..50.0, decimals 2, register 360;
    /// Electrical power of the blower.
    POWER[AB]: Watt = "blower.{}.power", 0.0..2000.0, decimals 1, register 364;
    /// Time constant of the blower's coast-down, by the last whole self-test.
    COAST_DOWN[AB]: Second = "blower.{}.coast_down", 0.0..600.0, decimals 1, register 368;
    /// The latching contact in the blower's supply is commanded open.
    CONTACT_COMMAND[AB]: Flag = "blower.{}.contact.open.command", 0.0..1.0, decimals 0, register 372;
    /// The latching contact in the blower's supply stands open, by its auxiliary contact.
    CONTACT_OPEN[AB]: Flag = "blower.{}.contact.open", 0.0..1.0, decimals 0, register 376;
    /// The isolator at the blower is open: somebody works on it.
    ISOLATOR_OPEN[AB]: Flag = "blower.{}.isolator.open", 0.0..1.0, decimals 0, register 380;
    /// Hours run.
    HOURS[AB]: Hour = "blower.{}.hours", 0.0..4000000.0, decimals 0, words 2, register 384;
}
