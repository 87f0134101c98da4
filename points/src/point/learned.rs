//! Stop times of the hosts as they were measured.

use super::{numbers, points, switching};
use crate::quantity::Second;

points! {
    block "stop times", registers 680..=699, after switching::END;
    /// Stop time that a tier's stage allows for: as configured, or the longest that was measured of its hosts.
    TIER_STOP[numbers(8)]: Second = "tier.{}.stop", 0.0..3600.0, decimals 1, register 682;
}
