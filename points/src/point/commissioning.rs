//! The commissioning run: a sweep of the blower from which this rack's own constants are fitted.

use super::{points, self_test};
use crate::quantity::{Kelvin, Percent, Second};
use crate::state::{CommissioningResult, CommissioningState};

points! {
    block "commissioning", registers 1150..=1199, after self_test::END;
    /// How far a commissioning run has come.
    STATE: CommissioningState = "commissioning.state", 0.0..15.0, decimals 0, register 1152;
    /// Share of the sweep that is done; of the fit, while it is made.
    PROGRESS: Percent = "commissioning.progress", 0.0..100.0, decimals 0, register 1154;
    /// How the last run ended.
    RESULT: CommissioningResult = "commissioning.result", 0.0..31.0, decimals 0, register 1156;
    /// When the last run ended, in seconds since 1970-01-01 by the wall clock (UTC).
    LAST: Second = "commissioning.last", 0.0..4294967294.0, decimals 0, words 2, register 1158;
    /// When the constants in force were fitted, in seconds since 1970-01-01 (UTC); absent while the plan's are in force or no clock was set.
    FITTED: Second = "commissioning.fitted", 0.0..4294967294.0, decimals 0, words 2, register 1161;
    /// What the fit in force leaves unexplained of the exhaust during its sweep, root mean square.
    RESIDUAL: Kelvin = "commissioning.residual", 0.0..10.0, decimals 3, register 1164;
    /// Extracted flow of this clean rack over the plan's, at half flow.
    FLOW: Percent = "commissioning.flow.share", 0.0..300.0, decimals 1, register 1166;
    /// Chips' conductance to the air over the plan's.
    CHIPS: Percent = "commissioning.chips.share", 0.0..300.0, decimals 1, register 1168;
    /// Chips' heat capacity over the plan's.
    CHIPS_CAPACITY: Percent = "commissioning.chips_capacity.share", 0.0..300.0, decimals 1, register 1170;
    /// Chassis' heat capacity over the plan's.
    CHASSIS_CAPACITY: Percent = "commissioning.chassis_capacity.share", 0.0..300.0, decimals 1, register 1172;
    /// Suction of the clean rack at full speed over the plan's.
    DRAFT: Percent = "commissioning.draft.share", 0.0..300.0, decimals 1, register 1174;
}
