//! The controller itself.

use super::points;
use crate::quantity::{Count, Percent, Second};
use crate::state::{Flag, Regime};

points! {
    block "controller", registers 20..=49, after 0;
    /// Time since the core started.
    UPTIME: Second = "controller.uptime", 0.0..4294967294.0, decimals 0, words 2, register 22;
    /// Starts of the core on this data directory.
    BOOTS: Count = "controller.boots", 0.0..65534.0, decimals 0, register 25;
    /// Latest a tick began after its deadline in the last minute.
    TICK_LATENESS: Second = "controller.tick.lateness", 0.0..6.0, decimals 4, register 27;
    /// Ticks more than 100 ms late since start.
    LATE_TICKS: Count = "controller.tick.late", 0.0..65534.0, decimals 0, register 29;
    /// Transitions that a full ring lost before the front took them.
    TRANSITIONS_LOST: Count = "controller.transitions.lost", 0.0..65534.0, decimals 0, register 31;
    /// The front (network, history) answers the core.
    FRONT_ALIVE: Flag = "controller.front.alive", 0.0..1.0, decimals 0, register 33;
    /// Times the core has restarted the front.
    FRONT_RESTARTS: Count = "controller.front.restarts", 0.0..65534.0, decimals 0, register 35;
    /// What the fan is held by.
    REGIME: Regime = "controller.regime", 0.0..15.0, decimals 0, register 37;
    /// Real-time scheduling and locked memory were granted.
    REALTIME: Flag = "controller.realtime", 0.0..1.0, decimals 0, register 39;
    /// Share of configured devices that answer.
    DEVICES: Percent = "controller.devices", 0.0..100.0, decimals 0, register 41;
    /// Lateness that 99 of 100 ticks of the last half minute stayed below.
    TICK_P99: Second = "controller.tick.lateness.p99", 0.0..6.0, decimals 6, words 2, register 43;
    /// History is being written.
    HISTORY: Flag = "controller.history", 0.0..1.0, decimals 0, register 46;
}
