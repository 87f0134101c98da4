//! The verdict: everything one evaluation permits, demands and knows.

use points::alarm::{Alarm, AlarmSet};
use points::interlock::{Cause, CauseSet, Effect, EffectSet, LatchSet};
use points::{ExtinguisherState, Percent, ShutdownStage, Span};

use crate::evidence::Evidence;
use crate::input::UNITS;
use crate::vote::Vote;

/// What one evaluation found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Causes that stand now.
    pub causes: CauseSet,
    /// Causes of which an effect is latched.
    pub latched: CauseSet,
    /// Latches that a person has to reset.
    pub latches: LatchSet,
    /// Effects in force, already resolved: never FAN_OFF together with FAN_MAX or FAN_FLOOR,
    /// and FAN_LEAST with none of them.
    pub effects: EffectSet,
    /// Conditions of the alarms that safety knows of.
    pub conditions: AlarmSet,
    /// The exhaust temperature as voted.
    pub vote: Vote,
    /// Fire evidence.
    pub evidence: Evidence,
    /// How far the hosts' shutdown has come.
    pub stage: ShutdownStage,
    /// To the next irreversible step (HOST_DOWN or PDU_OFF) that is on its way.
    pub countdown: Option<Span>,
    /// Hosts are to shut down.
    pub host_down: bool,
    /// The hosts' power is to be cut.
    pub power_cut: bool,
    /// Hosts are to limit their power.
    pub cap: bool,
    /// The extinguisher units.
    pub extinguisher: [ExtinguisherState; UNITS],
    /// The blower works by any two of tachometer, current and draft, for 30 s (D4).
    pub fan_proven: bool,
    /// Time until the vote reaches the trip at its present slope, where it rises.
    pub to_trip: Option<Span>,
    /// Time until hosts are damaged, at least: by the slope of the vote and by the model, or by the model alone where hosts are
    /// measured to obey a cap. None where nothing rises.
    pub to_damage: Option<Span>,
    /// A cause that may shut hosts down stands now, not only its latch.
    pub down_stands: bool,
    /// While FAN_FLOOR stands: the drive below which the fan does not go.
    pub floor: Percent,
    /// All blind with fire evidence: the fan stays at this drive (D3).
    pub hold: Option<Percent>,
    /// One of two blowers has just been lost: the other makes up for it at full speed.
    pub make_up: bool,
    /// Which of two blowers are driven and do not turn as they should.
    pub lost: [bool; 2],
}

impl Verdict {
    /// The fan is held off.
    pub const fn fan_off(&self) -> bool {
        self.effects.has(Effect::FanOff)
    }
}

/// How far the hosts' shutdown has come.
pub(crate) const fn stage(effects: EffectSet) -> ShutdownStage {
    if effects.has(Effect::PduOff) {
        ShutdownStage::PowerCut
    } else if effects.has(Effect::HostDown) {
        ShutdownStage::Commit
    } else if effects.has(Effect::HostPrepare) {
        ShutdownStage::Prepare
    } else if effects.has(Effect::HostCap) {
        ShutdownStage::Capped
    } else if effects.has(Effect::HostWarn) {
        ShutdownStage::Advisory
    } else {
        ShutdownStage::Normal
    }
}

/// The alarms of each cause: all of them, and those that latch.
const ALARMS: [(AlarmSet, AlarmSet); Cause::COUNT] = {
    let mut table = [(AlarmSet::EMPTY, AlarmSet::EMPTY); Cause::COUNT];
    let mut place = 0;
    while place < Alarm::ALL.len() {
        let alarm = Alarm::ALL[place];
        if let Some(cause) = alarm.row().cause {
            let (all, latching) = &mut table[cause.index()];
            all.put(alarm, true);
            latching.put(alarm, alarm.row().latching);
        }
        place += 1;
    }
    table
};

impl Verdict {
    /// Alarms whose cause is gone and whose latch is not.
    pub fn held(&self) -> AlarmSet {
        let gone = self.latched.without(self.causes);
        if gone.is_empty() {
            return AlarmSet::EMPTY;
        }
        // A latch may be of one cause while the alarm's condition still stands by itself.
        let kept = gone.iter().map(|cause| ALARMS[cause.index()].1);
        kept.fold(AlarmSet::EMPTY, AlarmSet::with).and(self.conditions)
    }
}

/// The alarms of the causes that stand, and of those that are latched where the alarm itself latches: a restart does
/// not silence the alarm of a latch.
pub(crate) fn conditions(causes: CauseSet, latched: CauseSet) -> AlarmSet {
    let standing = causes.iter().map(|cause| ALARMS[cause.index()].0);
    let kept = latched.iter().map(|cause| ALARMS[cause.index()].1);
    standing.chain(kept).fold(AlarmSet::EMPTY, AlarmSet::with)
}
