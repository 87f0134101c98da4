//! Why hosts go down, and what comes next.

use super::{certificates, points};
use crate::quantity::{Count, Second};
use crate::state::Flag;

points! {
    block "cause and next step of the shutdown", registers 1570..=1589, after certificates::END;
    /// Seconds until the next tier is told to shut down at the latest, if nobody stops it; without a value while none waits.
    NEXT_TIER: Second = "shutdown.next_tier", 0.0..65000.0, decimals 0, register 1572;
    /// Number of the cause that asked first for the shutdown of this incident, or of the last one: 20 is C20. 0 before the first one since the controller was started.
    CAUSE: Count = "shutdown.cause", 0.0..99.0, decimals 0, register 1574;
    /// Time there was at least until hosts are damaged or their power is cut, when the order of this incident, or of the last one, was chosen; without a value where nobody could say.
    CHOSEN_LEFT: Second = "shutdown.chosen.time_left", 0.0..65000.0, decimals 0, register 1576;
    /// Time that the stages needed in their order, then.
    CHOSEN_LEAD: Second = "shutdown.chosen.lead", 0.0..65000.0, decimals 0, register 1578;
    /// What hosts need before they may start, and before a drill, is there: nothing is locked out or cut, the blower is proven, two exhaust probes vote, the exhaust is 5 K below its high limit.
    MAY_START: Flag = "hosts.may_start", 0.0..1.0, decimals 0, register 1580;
}
