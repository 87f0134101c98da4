//! Automatic control: what it holds, and what its search for the least power has found.

use super::{parity, points};
use crate::quantity::{Celsius, Watt};

points! {
    block "control", registers 960..=999, after parity::END;
    /// Exhaust temperature that automatic control holds now: the setting's, or what the search for the least power tries.
    SET_POINT: Celsius = "control.set_point", 0.0..100.0, decimals 2, register 962;
    /// Middle of what the search for the least power tries; absent while it is off.
    MIDDLE: Celsius = "control.set_point.middle", 0.0..100.0, decimals 2, register 964;
    /// What a kelvin of warmer exhaust adds to the power of hosts and blowers, as measured around the middle so far; below
    /// nothing where warmer is cheaper.
    SLOPE: Watt = "control.set_point.slope", -3000.0..3000.0, decimals 1, register 966;
}
