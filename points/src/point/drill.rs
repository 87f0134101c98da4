//! Drills and rehearsals of the hosts' shutdown.

use super::{learned, points};
use crate::quantity::Count;
use crate::state::DrillState;

points! {
    block "drills of the shutdown", registers 950..=959, after learned::END;
    /// How far a drill or rehearsal of the hosts' shutdown is.
    STATE: DrillState = "drill.state", 0.0..15.0, decimals 0, register 952;
    /// Hosts of the running or last drill that have stopped, were proven off and came back; of a rehearsal, that are ready.
    DONE: Count = "drill.done", 0.0..32.0, decimals 0, register 954;
    /// Hosts of it that did not stop, were not proven off or did not come back in their time; of a rehearsal, that are not ready.
    FAILED: Count = "drill.failed", 0.0..32.0, decimals 0, register 956;
}
