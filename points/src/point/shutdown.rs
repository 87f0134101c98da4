//! The plan of the hosts' shutdown.

use super::{control, numbers, points};
use crate::quantity::{Count, Second};
use crate::state::{DrillResult, ShutdownMode, StageReason};

points! {
    block "plan of the shutdown", registers 50..=99, after control::END;
    /// Number of the incident that is under way, or of the last one.
    INCIDENT: Count = "shutdown.incident", 0.0..65534.0, decimals 0, register 52;
    /// In what order tiers go down.
    MODE: ShutdownMode = "shutdown.mode", 0.0..15.0, decimals 0, register 54;
    /// Time that the stages still need in their order: signalling, stop and proof of each, half as much again, and 10 s.
    LEAD: Second = "shutdown.lead", 0.0..65000.0, decimals 0, register 56;
    /// Time there is at least until hosts are damaged or their power is cut, while a shutdown is asked for.
    TIME_LEFT: Second = "shutdown.time_left", 0.0..65000.0, decimals 0, register 58;
    /// For so long a person still holds the next stage back.
    HELD: Second = "shutdown.held", 0.0..65000.0, decimals 0, register 60;
    /// Time until a tier's stage ends, whatever its hosts do.
    TIER_LEFT[numbers(8)]: Second = "tier.{}.time_left", 0.0..65000.0, decimals 0, register 62;
    /// Why a tier's stage was entered.
    TIER_REASON[numbers(8)]: StageReason = "tier.{}.reason", 0.0..15.0, decimals 0, register 78;
    /// Number of the drill or rehearsal of the hosts' shutdown that runs or was last.
    DRILL_NUMBER: Count = "drill.number", 0.0..65534.0, decimals 0, register 94;
    /// How the last drill or rehearsal of the hosts' shutdown ended.
    DRILL_RESULT: DrillResult = "drill.result", 0.0..31.0, decimals 0, register 96;
}
