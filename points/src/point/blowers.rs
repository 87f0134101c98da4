//! Two blowers on one rack: what each one does, and what they do together. None of these is fitted where there is one.

use super::{AB, commissioning, points};
use crate::quantity::{Ampere, Rpm, Watt};
use crate::state::BlowerState;

points! {
    block "blowers together", registers 1450..=1499, after commissioning::END;
    /// What the blower does; only where the rack has two.
    STATE[AB]: BlowerState = "blower.{}.state", 0.0..15.0, decimals 0, register 1452;
    /// Speed at which one blower alone would make the jet that both make; only where the rack has two.
    JET_SPEED: Rpm = "blowers.speed", 0.0..24000.0, decimals 0, register 1456;
    /// Current of the supply that both blowers share.
    CURRENT: Ampere = "blowers.current", -100.0..100.0, decimals 2, register 1458;
    /// Electrical power of both blowers.
    POWER: Watt = "blowers.power", 0.0..4000.0, decimals 1, register 1460;
}
