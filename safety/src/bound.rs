//! The only maker of outputs: what control wishes, inside what safety permits.
//!
//! ```text
//!  FAN_OFF  beats  FAN_MAX  beats  hold (blind with fire evidence)  beats  make-up (one of two blowers lost)
//!     beats  FAN_FLOOR  beats  FAN_LEAST  beats  coast-down  beats  wish
//! ```
//! Where a rack has two blowers one drive is commanded for both: neither is ever asked for less than the other, but for one
//! that stands by because control wishes so. That is a wish like any other: whatever beats the wish has both run.
//!
//!
//! No slew here: FAN_MAX and FAN_OFF act in the tick of their cause (D14, I29).

use points::interlock::{Effect, EffectSet, OutputLine, OutputSet};
use points::setting::{MINIMUM_SPEED, Settings};
use points::snapshot::FanCommand;
use points::{Blower, Percent};

use crate::coast::Permit;
use crate::record::Restored;
use crate::verdict::Verdict;

const NOTHING: Percent = Percent::of(0.0);
const EVERYTHING: Percent = Percent::of(100.0);

/// What control would like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// Drive, in percent of full.
    pub drive: Percent,
    /// No drive at all for this tick, by safety's own permit.
    pub coast: Option<Permit>,
    /// This one of two blowers stands by, without drive.
    pub rests: Option<Blower>,
}

impl Wish {
    /// A drive.
    pub const fn of(drive: Percent) -> Self {
        Wish {
            drive,
            coast: None,
            rests: None,
        }
    }
}

/// What is commanded. Nothing outside this file can make one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outputs {
    drive: Percent,
    rests: Option<Blower>,
    contact_open: bool,
    lines: OutputSet,
}

impl Outputs {
    /// Drive of the blower; 0 when the contact is commanded open, and in the seconds of a coast-down that safety permits.
    pub const fn drive(&self) -> Percent {
        self.drive
    }

    /// The one of two blowers that stands by, without drive.
    pub const fn rests(&self) -> Option<Blower> {
        self.rests
    }

    /// Drive of one of two blowers.
    pub fn drive_of(&self, blower: Blower) -> Percent {
        if self.rests == Some(blower) {
            NOTHING
        } else {
            self.drive
        }
    }

    /// The bistable contact in the blower's supply is to stand open.
    pub const fn contact_open(&self) -> bool {
        self.contact_open
    }

    /// The hard-wired outputs that are to be energised. `Fault` is energised when healthy.
    pub const fn lines(&self) -> OutputSet {
        self.lines
    }

    /// The fan's part of it.
    pub const fn fan(&self) -> FanCommand {
        FanCommand {
            drive: self.drive,
            contact_open: self.contact_open,
        }
    }
}

/// Which lines an effect energises.
const LINES: [(Effect, OutputLine); 6] = [
    (Effect::HostDown, OutputLine::HostDown),
    (Effect::PduOff, OutputLine::PowerCut),
    (Effect::Horn, OutputLine::Horn),
    (Effect::Beacon, OutputLine::Beacon),
    (Effect::Fire, OutputLine::Fire),
    (Effect::PreAlarm, OutputLine::PreAlarm),
];

fn lines(effects: EffectSet) -> OutputSet {
    let mut lines = OutputSet::EMPTY;
    for (effect, line) in LINES {
        lines.put(line, effects.has(effect));
    }
    lines
}

/// Bounds the wish by the verdict. `tick` makes the heartbeat, which is high in odd ones: it toggles with every tick that
/// got this far, so an external monostable relay sees complete ticks and nothing else. Ticks begin at 1: the first one
/// raises what [`exit`] has left low.
pub fn bound(wish: Wish, verdict: &Verdict, settings: &Settings, tick: u64) -> Outputs {
    let least = Percent::of(settings.get(MINIMUM_SPEED));
    let drive = if verdict.fan_off() {
        NOTHING
    } else if verdict.effects.has(Effect::FanMax) {
        EVERYTHING
    } else if let Some(hold) = verdict.hold {
        hold.max(least).min(EVERYTHING)
    } else if verdict.make_up {
        EVERYTHING
    } else if verdict.effects.has(Effect::FanLeast) {
        least
    } else if coasts(wish, verdict, tick) {
        NOTHING
    } else {
        let floor = if verdict.effects.has(Effect::FanFloor) {
            verdict.floor.max(least)
        } else {
            least
        };
        wish.drive.max(floor).min(EVERYTHING)
    };
    let mut lines = lines(verdict.effects);
    lines.put(OutputLine::Fault, !verdict.effects.has(Effect::Fault));
    lines.put(OutputLine::Heartbeat, tick % 2 == 1);
    Outputs {
        drive,
        rests: wish.rests.filter(|_| may_rest(verdict)),
        contact_open: verdict.fan_off(),
        lines,
    }
}

/// Whether one of two blowers may stand by: nothing asks for more air than control does, and both are there.
fn may_rest(verdict: &Verdict) -> bool {
    let asked = verdict
        .effects
        .any(EffectSet::of(&[Effect::FanOff, Effect::FanMax, Effect::FanFloor]));
    !asked && verdict.hold.is_none() && !verdict.make_up && verdict.lost == [false; 2]
}

/// A permit of this very tick, and no floor.
fn coasts(wish: Wish, verdict: &Verdict, tick: u64) -> bool {
    !verdict.effects.has(Effect::FanFloor) && wish.coast.is_some_and(|permit| permit.is_for(tick))
}

/// The first act of a process and the last one of every way out of it (D1): full speed if neither the latches nor
/// the contact say off, else off. What is latched on the other lines stays as it was; the fault output drops, for
/// nobody judges now. `contact_open` is the auxiliary contact, where it can be read.
pub fn exit(record: &Restored, contact_open: Option<bool>) -> Outputs {
    let effects = record.record().effects();
    let off = effects.has(Effect::FanOff) || contact_open == Some(true);
    Outputs {
        drive: if off { NOTHING } else { EVERYTHING },
        rests: None,
        contact_open: off,
        lines: lines(effects),
    }
}
