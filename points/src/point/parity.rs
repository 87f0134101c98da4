//! Parity: equations that two ways of knowing the same thing must meet, and what is isolated where they do not.

use super::{blowers, points};
use crate::quantity::Ratio;
use crate::state::ParityFinding;

/// The seven residuals, by what each compares.
pub const RESIDUALS: &[&str] = &["heat", "pressure", "speed", "power", "exhaust", "flow", "inlet"];

points! {
    block "parity", registers 1400..=1449, after blowers::END;
    /// What explains alone which equations are not met; it is shown, and no protection goes by it.
    FINDING: ParityFinding = "parity.finding", 0.0..63.0, decimals 0, register 1402;
    /// How far an equation is from being met, in standard deviations of what a healthy rack of this make shows; where
    /// several sensors have one of their own, that of the farthest. r1 to r7 of the plant study: heat balance, pressures,
    /// speed, the blower's power, exhaust probes, flow by pressure and by speed, inlets.
    RESIDUAL[RESIDUALS]: Ratio = "parity.{}.residual", -99.0..99.0, decimals 1, register 1404;
    /// Its cumulative sum over the threshold at which it is told, with the sign of its side; 1 and more: it departs.
    SUM[RESIDUALS]: Ratio = "parity.{}.sum", -9.0..9.0, decimals 2, register 1418;
}
