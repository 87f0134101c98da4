//! The two seconds without drive in which a self-test watches the blower coast down.
//!
//! ```text
//!   asked, and nothing stands against it --> permit, tick by tick, for 2 s at most --> none for an hour
//!               something stands against it --> no permit in that very tick
//! ```
//! The only drive below the lowest speed that is not a stop by its contact, so it is safety's to give: control can ask,
//! and only [`Coasting::permit`] makes what [`crate::bound`] takes. What stands against it: any effect on the fan, any
//! cause but those that have nothing to do with cooling, any latch, an exhaust that fewer than two probes vote on or that
//! is warmer than control holds it. At 12 kW the air rises by less than 1 K in these seconds (test).

use points::interlock::{Cause, CauseSet, Effect};
use points::setting::{DEAD_BAND, Settings, TARGET, WARN};
use points::{Moment, Span};

use crate::verdict::Verdict;

/// Longest time without drive.
pub const COAST_MOST: Span = Span::s(2);
/// From the begin of one to the next.
pub const COAST_AGAIN: Span = Span::s(3_600);
/// Probes that have to vote.
const VOTERS: u8 = 2;
/// What control holds swings about its target by less than this, K.
const ABOVE_K: f64 = 1.0;
/// Causes that say nothing against a moment without drive: a filter that is loaded or
/// missing, an extinguisher that is out.
const HARMLESS: CauseSet = CauseSet::of(&[Cause::C12Filter, Cause::C14Extinguisher, Cause::C30FilterMissing]);

/// May the blower be without drive in this tick. Nothing outside this file can make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    tick: u64,
}

impl Permit {
    /// Whether it was given for this tick.
    pub(crate) const fn is_for(self, tick: u64) -> bool {
        self.tick == tick
    }
}

/// Whether a verdict leaves the fan to control: nothing that has to do with cooling stands or is latched.
pub fn is_calm(verdict: &Verdict) -> bool {
    let on_fan = [Effect::FanOff, Effect::FanMax, Effect::FanFloor, Effect::FanLeast]
        .iter()
        .any(|effect| verdict.effects.has(*effect));
    let causes = verdict.causes.with(verdict.latched).without(HARMLESS);
    let whole = !verdict.make_up && verdict.lost == [false; 2];
    !on_fan && whole && verdict.hold.is_none() && causes.is_empty() && verdict.latches.is_empty()
}

/// Whether the exhaust is voted by enough probes and not warmer than control holds it, nor near the warning.
pub fn is_cool(verdict: &Verdict, settings: &Settings) -> bool {
    let most = (settings.get(TARGET) + ABOVE_K).min(settings.get(WARN) - settings.get(DEAD_BAND));
    verdict.vote.voters >= VOTERS
        && verdict
            .vote
            .value
            .ok()
            .is_some_and(|exhaust| exhaust.get() <= most)
}

/// When it was last without drive.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coasting {
    since: Option<Moment>,
}

impl Coasting {
    /// None yet.
    pub const fn new() -> Self {
        Coasting { since: None }
    }

    /// A permit for this tick, if control asks for one and nothing stands against it.
    pub fn permit(
        &mut self,
        now: Moment,
        tick: u64,
        asked: bool,
        verdict: &Verdict,
        settings: &Settings,
    ) -> Option<Permit> {
        if self.since.is_some_and(|since| now.since(since) >= COAST_AGAIN) {
            self.since = None;
        }
        if !asked || !is_calm(verdict) || !is_cool(verdict, settings) {
            return None;
        }
        let since = *self.since.get_or_insert(now);
        (now.since(since) < COAST_MOST).then_some(Permit { tick })
    }
}
