//! The evaluator: walks the matrix, remembers what is latched and since when.

use points::interlock::{Cause, CauseSet, Effect, EffectSet, Latch, LatchSet};
use points::setting::Settings;
use points::snapshot::Why;
use points::{Moment, Span};

use crate::matrix::{MATRIX, RECORDED};
use crate::row::{Act, Code, When};

/// The latch that a person resets for a cause; none where nothing is ever latched.
pub const fn latch_of(cause: Cause) -> Option<Latch> {
    match cause {
        Cause::C01Fired | Cause::C02FireConfirmed | Cause::C03ManualFire | Cause::C05CutOut => {
            Some(Latch::Fire)
        }
        Cause::C04PreAlarm => Some(Latch::PreAlarm),
        Cause::C08Trip | Cause::C27Hard => Some(Latch::OverTemperature),
        Cause::C17AllBlind => Some(Latch::Blind),
        Cause::C24EmergencyOff => Some(Latch::EmergencyOff),
        // Mains lost takes the cooling with it sooner or later.
        Cause::C10FanFailed | Cause::C20MainsLost | Cause::C28CoolingIsolated => Some(Latch::CoolingLoss),
        Cause::C21FanOffNotObeyed | Cause::C22CutNotObeyed | Cause::C23HostNotDown => Some(Latch::NotObeyed),
        Cause::C06Warn
        | Cause::C07High
        | Cause::C09Rising
        | Cause::C11NoFlow
        | Cause::C12Filter
        | Cause::C13Door
        | Cause::C14Extinguisher
        | Cause::C15OneProbeLost
        | Cause::C16TwoProbesLost
        | Cause::C18FrontLost
        | Cause::C19Watchdog
        | Cause::C25Untrusted
        | Cause::C26PeerWarning
        | Cause::C29Condensation
        | Cause::C30FilterMissing => None,
    }
}

/// The causes of a latch.
pub(crate) const fn causes_of(latch: Latch) -> CauseSet {
    let (mut set, mut place) = (CauseSet::EMPTY, 0);
    while place < Cause::COUNT {
        let cause = Cause::ALL[place];
        if let Some(own) = latch_of(cause) {
            set.put(cause, own as u8 == latch as u8);
        }
        place += 1;
    }
    set
}

/// What is latched, by cause: small enough to be written at every change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Latched {
    /// Causes of which anything is latched.
    pub causes: CauseSet,
    /// Those that have latched HOST_DOWN.
    pub host_down: CauseSet,
    /// Those that have latched PDU_OFF.
    pub power_cut: CauseSet,
}

impl Latched {
    fn put(&mut self, cause: Cause, effect: Effect) {
        self.causes.put(cause, true);
        if effect == Effect::HostDown {
            self.host_down.put(cause, true);
        }
        if effect == Effect::PduOff {
            self.power_cut.put(cause, true);
        }
    }

    fn has(&self, cause: Cause, act: &Act) -> bool {
        if RECORDED.has(act.effect) {
            let set = if act.effect == Effect::HostDown {
                self.host_down
            } else {
                self.power_cut
            };
            set.has(cause)
        } else {
            self.causes.has(cause) && act.is_plainly_latched()
        }
    }

    /// The effects that are latched.
    pub fn effects(&self) -> EffectSet {
        let mut effects = EffectSet::EMPTY;
        for row in &MATRIX {
            for act in row.acts {
                if self.has(row.cause, act) {
                    effects.put(act.effect, true);
                }
            }
        }
        effects
    }

    /// The latches they make.
    pub fn latches(&self) -> LatchSet {
        let mut latches = LatchSet::EMPTY;
        for latch in self.causes.iter().filter_map(latch_of) {
            latches.put(latch, true);
        }
        latches
    }

    fn without(&self, causes: CauseSet) -> Latched {
        Latched {
            causes: self.causes.without(causes),
            host_down: self.host_down.without(causes),
            power_cut: self.power_cut.without(causes),
        }
    }
}

/// Power is cut this long after the latch where every host has been proven off for as long, and not at its deadline (D5).
pub(crate) const PROVEN_TIME: Span = Span::s(5);

/// The conditions of [`When`], as they hold now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    pub answered: bool,
    pub fire_evidence: bool,
    pub cut_allowed: bool,
    pub trip_near: bool,
    pub filter_ended: bool,
    pub heat_permits: bool,
    /// Every host of the site is proven off, and has been for a while.
    pub down_proven: bool,
}

impl Circumstances {
    fn hold(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::Unanswered => !self.answered,
            When::NoFireEvidence => !self.fire_evidence,
            When::FireEvidence => self.fire_evidence,
            When::CutAllowed => self.cut_allowed,
            When::TripNear => self.trip_near,
            When::FilterEnded => self.filter_ended,
            When::HeatPermits => self.heat_permits,
        }
    }
}

/// The evaluator's memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interlocks {
    pub latched: Latched,
    stands_since: [Option<Moment>; Cause::COUNT],
    /// Causes that stood in the last walk: the others have no `stands_since`.
    stood: CauseSet,
    latched_since: [Moment; Cause::COUNT],
    /// Causes whose horn a person has silenced.
    silenced: CauseSet,
    /// What each cause of the last walk holds in force, and what of it waits for its delay; told, never asked.
    holds: [EffectSet; Cause::COUNT],
    waits: [EffectSet; Cause::COUNT],
}

/// What one walk over the matrix found.
pub(crate) struct Walk {
    pub effects: EffectSet,
    /// Time to the next HOST_DOWN or PDU_OFF that is on its way and not yet in force.
    pub countdown: Option<Span>,
}

impl Interlocks {
    /// Goes on from a record. Delays start anew: no time is known to have passed since.
    pub fn new(latched: Latched, now: Moment) -> Self {
        Interlocks {
            latched,
            stands_since: [None; Cause::COUNT],
            stood: CauseSet::EMPTY,
            latched_since: [now; Cause::COUNT],
            silenced: CauseSet::EMPTY,
            holds: [EffectSet::EMPTY; Cause::COUNT],
            waits: [EffectSet::EMPTY; Cause::COUNT],
        }
    }

    /// Walks the matrix. A delay that is zero acts in the tick of its cause.
    pub fn walk(
        &mut self,
        now: Moment,
        causes: CauseSet,
        given: &Circumstances,
        settings: &Settings,
    ) -> Walk {
        self.silenced = self.silenced.and(causes.with(self.latched.causes));
        let mut effects = EffectSet::EMPTY;
        let mut pending = [(Effect::HostDown, None), (Effect::PduOff, None)];
        for gone in self.stood.without(causes).iter() {
            self.stands_since[gone.index()] = None;
        }
        self.stood = causes;
        // Neither standing nor latched: no act of that row can be due, and nearly every row is so. A row latches only
        // for its own cause.
        for cause in causes.with(self.latched.causes).iter() {
            let (row, place) = (&MATRIX[cause.index()], cause.index());
            let stands = causes.has(cause);
            self.stands_since[place] = if stands {
                self.stands_since[place].or(Some(now))
            } else {
                None
            };
            let (mut holds, mut waits) = (EffectSet::EMPTY, EffectSet::EMPTY);
            for act in row.acts {
                let since = match act.code {
                    Code::Deadline(_) => self
                        .latched
                        .causes
                        .has(cause)
                        .then_some(self.latched_since[place]),
                    Code::Latched | Code::Follows | Code::FollowsAfter(_) | Code::After(_) => {
                        self.stands_since[place]
                    }
                };
                let delay = match act.code {
                    Code::Latched | Code::Follows => Span::ZERO,
                    // Nothing is left that the deadline gives time to.
                    Code::Deadline(id) if act.effect == Effect::PduOff && given.down_proven => {
                        id.span(settings).min(PROVEN_TIME)
                    }
                    Code::FollowsAfter(id) | Code::After(id) | Code::Deadline(id) => id.span(settings),
                };
                let left = since
                    .filter(|_| given.hold(act.when))
                    .map(|since| delay.left(now.since(since)));
                let due = left == Some(Span::ZERO);
                match act.code {
                    Code::Latched | Code::After(_) | Code::Deadline(_) if due => {
                        self.latch(now, cause, act.effect)
                    }
                    Code::Latched | Code::After(_) | Code::Deadline(_) => {}
                    Code::Follows | Code::FollowsAfter(_) if due && !self.is_silenced(cause, act.effect) => {
                        holds.put(act.effect, true);
                    }
                    Code::Follows | Code::FollowsAfter(_) => {}
                }
                if self.latched.has(cause, act) && !self.is_silenced(cause, act.effect) {
                    holds.put(act.effect, true);
                }
                if left.is_some() && !due {
                    waits.put(act.effect, true);
                }
                for (effect, nearest) in &mut pending {
                    if *effect == act.effect && !due {
                        *nearest = [*nearest, left].into_iter().flatten().min();
                    }
                }
            }
            effects = effects.with(holds);
            (self.holds[place], self.waits[place]) = (holds, waits.without(holds));
        }
        let on_the_way = pending.iter().filter(|(effect, _)| !effects.has(*effect));
        Walk {
            effects,
            countdown: on_the_way.filter_map(|(_, left)| *left).min(),
        }
    }

    fn latch(&mut self, now: Moment, cause: Cause, effect: Effect) {
        if !self.latched.causes.has(cause) {
            self.latched_since[cause.index()] = now;
        }
        self.latched.put(cause, effect);
    }

    fn is_silenced(&self, cause: Cause, effect: Effect) -> bool {
        effect == Effect::Horn && self.silenced.has(cause)
    }

    /// Silences the horn for these causes until they are gone.
    pub fn silence(&mut self, causes: CauseSet) {
        self.silenced = self.silenced.with(causes).with(self.latched.causes);
    }

    /// Why the effects of the last walk are in force. What was neither standing nor latched in it says nothing.
    pub fn why(&self) -> Why {
        let walked = self.stood.with(self.latched.causes);
        let mut why = Why {
            silenced: self.silenced,
            ..Why::NOTHING
        };
        for cause in walked.iter() {
            let place = cause.index();
            why.stands_since[place] = self.stands_since[place].unwrap_or_default();
            why.latched_since[place] = self.latched_since[place];
            why.holds[place] = self.holds[place];
            why.waits[place] = self.waits[place];
        }
        why
    }

    /// How long a cause has stood and been latched, and whether its horn is silenced.
    #[cfg(test)]
    pub(crate) fn memory(&self, cause: Cause, now: Moment) -> (Option<Span>, Option<Span>, bool) {
        let place = cause.index();
        let latched = self.latched.causes.has(cause);
        (
            self.stands_since[place].map(|since| now.since(since)),
            latched.then(|| now.since(self.latched_since[place])),
            self.silenced.has(cause),
        )
    }

    /// Takes back what a latch holds. The caller has judged that it may.
    pub fn release(&mut self, latch: Latch) {
        self.latched = self.latched.without(causes_of(latch));
    }
}
