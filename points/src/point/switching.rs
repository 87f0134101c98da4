//! Outlets that the controller switches.

use super::{numbers, points, shutdown};
use crate::state::OutletState;

points! {
    block "switching of outlets", registers 1500..=1549, after shutdown::END;
    /// What the controller does with an outlet; without a value for one that it may not switch.
    STATE[numbers(16)]: OutletState = "outlet.{}.state", 0.0..15.0, decimals 0, register 1502;
}
