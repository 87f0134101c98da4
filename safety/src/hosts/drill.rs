//! A full drill: hosts that a person has named really stop, tier by tier as in an incident, and come back. Nothing else of the
//! shutdown moves: no tier is committed, nothing is capped and no power is cut.
//!
//! ```text
//!            a person                named hosts of the last tier        all released, and
//!   None ---------------> Telling -- off, or their stage over --> Back -- answered or late --> None, a report
//!    ^                       |  a person ends it, or a warning     ^
//!    |                       `------------> Ending ----------------'
//!    `------- a real demand, at any moment: who was told stays told and belongs to the incident
//! ```

use points::command::Refusal;
use points::host::{Observation, Seen, TARGETS, TargetSet, TierSet};
use points::{DrillResult, DrillState, Moment, ShutdownStage, Span};

use super::evidence::Weighed;
use super::{Demand, Planner, RESTART_TIME};

/// A rehearsal that nobody ends is over after this.
const REHEARSAL_TIME: Span = Span::s(60);

/// How far a drill is. Numbers are in the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// None runs.
    #[default]
    None,
    /// Hosts are told, tier by tier.
    Telling,
    /// Nobody else is told; who was told is waited for.
    Ending,
    /// Hosts come back, the last tier first.
    Back,
}

impl Phase {
    /// In the order of their numbers.
    pub(crate) const ALL: [Phase; 4] = [Phase::None, Phase::Telling, Phase::Ending, Phase::Back];

    const fn state(self) -> DrillState {
        match self {
            Phase::None => DrillState::None,
            Phase::Telling => DrillState::Stopping,
            Phase::Ending => DrillState::Ending,
            Phase::Back => DrillState::Returning,
        }
    }
}

/// What a drill has shown of one target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drilled {
    /// It was told to shut down.
    pub told: bool,
    /// From the order to its first sign of stopping.
    pub begun: Option<Span>,
    /// It was proven off.
    pub off: bool,
    /// From the order to that proof, where it was measured: not across a restart of the controller.
    pub stopped: Option<Span>,
    /// Ways of its proof that did not say off at the end of its stage, a bit each by their places.
    pub missing: u8,
    /// It has heard, said nothing of stopping, and went on asking: the sign of MINSUPPLIES set too low.
    pub stays: bool,
    /// It was released, and so long after that it answered.
    pub back: Option<Span>,
}

impl Drilled {
    /// It did all that a drill asks of it.
    pub const fn passed(&self) -> bool {
        self.told && self.off && self.back.is_some()
    }

    /// Ways that did not say off.
    pub fn lacks(&self) -> impl Iterator<Item = Observation> {
        let missing = self.missing;
        Observation::ALL
            .into_iter()
            .filter(move |way| missing >> way.index() & 1 == 1)
    }
}

/// What a drill has shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrillReport {
    /// Its number; drills are counted since the rack's first start.
    pub number: u32,
    /// How it ended; `None` while it runs.
    pub result: DrillResult,
    /// The targets that were named.
    pub targets: [Option<Drilled>; TARGETS],
    /// It is a rehearsal: hosts that are ready, and that are not.
    pub rehearsed: Option<(u8, u8)>,
}

impl DrillReport {
    /// No drill yet.
    pub const NONE: DrillReport = DrillReport {
        number: 0,
        result: DrillResult::None,
        targets: [None; TARGETS],
        rehearsed: None,
    };

    /// Targets that have stopped and come back, and those that have not at the end of their time.
    pub fn counts(&self) -> (usize, usize) {
        if let Some((ready, not_ready)) = self.rehearsed {
            return (ready.into(), not_ready.into());
        }
        let all = || self.targets.iter().flatten();
        let done = all().filter(|one| one.passed()).count();
        let late = |one: &&Drilled| one.told && !one.off && one.missing != 0;
        let failed = match self.result {
            DrillResult::None => all().filter(late).count(),
            DrillResult::Passed
            | DrillResult::Failed
            | DrillResult::Stopped
            | DrillResult::Warned
            | DrillResult::Overtaken => all().count() - done,
        };
        (done, failed)
    }
}

/// A drill in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrillView {
    /// How far it is.
    pub state: DrillState,
    /// Of the one that runs, or of the last one.
    pub report: DrillReport,
    /// Counts changes of the report.
    pub changes: u32,
}

/// A drill's memory besides its record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drill {
    /// Nothing is asked of anybody and hosts may start: a drill may begin.
    quiet: bool,
    /// Targets that run, as of the last tick.
    up: TargetSet,
    /// When each was told or released.
    pub(super) since: [Moment; TARGETS],
    /// Released and not seen to run since.
    pub(super) coming: TargetSet,
    /// Of those, who is not waited for in an incident: a drill had it off.
    pub(super) excused: TargetSet,
    released: Moment,
    report: DrillReport,
    changes: u32,
    /// Why it ends, where it is ended early.
    why: DrillResult,
    /// A rehearsal runs, and since when.
    rehearsal: Option<Moment>,
}

impl Drill {
    pub(super) const fn new(now: Moment) -> Self {
        Drill {
            quiet: false,
            up: TargetSet::EMPTY,
            since: [now; TARGETS],
            coming: TargetSet::EMPTY,
            excused: TargetSet::EMPTY,
            released: now,
            report: DrillReport::NONE,
            changes: 0,
            why: DrillResult::None,
            rehearsal: None,
        }
    }

    fn note(&mut self, place: usize, change: impl FnOnce(&mut Drilled)) {
        if let Some(Some(one)) = self.report.targets.get_mut(place) {
            let before = *one;
            change(one);
            if *one != before {
                self.changes = self.changes.wrapping_add(1);
            }
        }
    }
}

impl Planner {
    /// Goes on with a drill that a restart has interrupted: who was told stays told, with its stage's whole time again.
    pub(super) fn resume_drill(&mut self) {
        self.drill.report.number = self.record.drill;
        if self.record.phase == Phase::None {
            return;
        }
        for place in self.record.named.iter() {
            let told = self.record.drilled.has(place);
            if let Some(one) = self.drill.report.targets.get_mut(place) {
                *one = Some(Drilled {
                    told: told || self.record.phase == Phase::Back,
                    off: self.record.off.has(place),
                    ..Drilled::default()
                });
            }
        }
        if self.record.phase == Phase::Back {
            self.drill.coming = self.record.named.without(self.record.drilled);
        }
    }

    /// Starts a rehearsal; whoever looks at the channels says how it ended ([`Seen::rehearsed`]).
    ///
    /// # Errors
    /// While a drill or rehearsal runs, or hosts are down or on their way back.
    pub fn rehearse(&mut self, now: Moment) -> Result<(), Refusal> {
        if self.drills() || self.drill.rehearsal.is_some() {
            return Err(Refusal::DrillRuns);
        }
        if self.record.active || !self.record.told_none() || !self.record.back.is_empty() {
            return Err(Refusal::NotAtRest);
        }
        if self.roster.targets.iter().all(Option::is_none) {
            return Err(Refusal::NotProvable);
        }
        self.record.drill = self.record.drill.wrapping_add(1).max(1);
        self.drill = Drill {
            quiet: self.drill.quiet,
            up: self.drill.up,
            rehearsal: Some(now),
            report: DrillReport {
                number: self.record.drill,
                rehearsed: Some((0, 0)),
                ..DrillReport::NONE
            },
            changes: self.drill.changes.wrapping_add(1),
            ..Drill::new(now)
        };
        Ok(())
    }

    /// Goes on with a rehearsal: it ends when it is said to have, with any demand, or by its time.
    fn rehearsal(&mut self, now: Moment, demand: &Demand, seen: &Seen) {
        let Some(since) = self.drill.rehearsal else { return };
        let own = seen
            .rehearsed
            .filter(|(number, ..)| *number == self.drill.report.number);
        let result = match own {
            Some((_, ready, not_ready)) => {
                self.drill.report.rehearsed = Some((ready, not_ready));
                if not_ready == 0 {
                    DrillResult::Passed
                } else {
                    DrillResult::Failed
                }
            }
            None if demand.host_down => DrillResult::Overtaken,
            None if now.since(since) >= REHEARSAL_TIME => DrillResult::Failed,
            None => return,
        };
        self.drill.rehearsal = None;
        self.drill.report.result = result;
        self.drill.changes = self.drill.changes.wrapping_add(1);
    }

    /// Starts a full drill of these targets.
    ///
    /// # Errors
    /// Unless nothing is asked of any host and none is on its way back, and every one of them runs and can be proven off.
    pub fn start_drill(&mut self, now: Moment, targets: TargetSet) -> Result<(), Refusal> {
        if self.record.phase != Phase::None || self.drill.rehearsal.is_some() {
            return Err(Refusal::DrillRuns);
        }
        let idle = !self.record.active
            && self.record.committed.is_empty()
            && self.record.drilled.is_empty()
            && self.record.back.is_empty();
        if !idle || !self.drill.quiet {
            return Err(Refusal::NotAtRest);
        }
        let provable = |place: &usize| {
            let target = self.roster.targets.get(*place).copied().flatten();
            target.is_some_and(|target| target.off_by.is_some())
        };
        if targets.is_empty() || !targets.iter().all(|place| provable(&place)) {
            return Err(Refusal::NotProvable);
        }
        if !self.drill.up.covers(targets) {
            return Err(Refusal::NotSeenUp);
        }
        self.record.drill = self.record.drill.wrapping_add(1).max(1);
        self.record.named = targets;
        self.record.phase = Phase::Telling;
        let mut report = DrillReport {
            number: self.record.drill,
            ..DrillReport::NONE
        };
        for place in targets.iter() {
            if let Some(one) = report.targets.get_mut(place) {
                *one = Some(Drilled::default());
            }
        }
        self.drill = Drill {
            quiet: self.drill.quiet,
            up: self.drill.up,
            report,
            changes: self.drill.changes.wrapping_add(1),
            ..Drill::new(now)
        };
        Ok(())
    }

    /// Ends a drill: no further target is told, and those that were finish and come back.
    ///
    /// # Errors
    /// When none runs, or all of its targets were told.
    pub(super) fn end_drill(&mut self, why: DrillResult) -> Result<(), Refusal> {
        match self.record.phase {
            Phase::None => Err(Refusal::NotUnderWay),
            Phase::Ending | Phase::Back => Err(Refusal::NoStageLeft),
            Phase::Telling => {
                self.record.phase = Phase::Ending;
                self.drill.why = why;
                Ok(())
            }
        }
    }

    /// A drill runs.
    pub const fn drills(&self) -> bool {
        !matches!(self.record.phase, Phase::None)
    }

    /// A real demand has come: the drill is over, and whoever was told stays told.
    pub(super) fn overtake_drill(&mut self) {
        self.drill.excused = self.drill.coming;
        self.drill.coming = TargetSet::EMPTY;
        if self.drills() {
            self.finish(DrillResult::Overtaken);
        }
    }

    fn finish(&mut self, result: DrillResult) {
        self.drill.report.result = result;
        self.drill.changes = self.drill.changes.wrapping_add(1);
        self.record.phase = Phase::None;
        self.record.named = TargetSet::EMPTY;
        self.record.falling = TargetSet::EMPTY;
    }

    /// One tick of a drill. `calm`: what hosts need is proven, as it has to be after an incident.
    pub(super) fn drill(
        &mut self,
        now: Moment,
        demand: &Demand,
        weighed: &[Weighed; TARGETS],
        seen: &Seen,
        calm: bool,
    ) {
        let rest = !demand.host_down
            && !demand.stands
            && !demand.fire
            && !demand.power_cut
            && demand.advice == ShutdownStage::Normal;
        self.drill.quiet = rest && demand.may_restart;
        self.drill.up = TargetSet::EMPTY;
        for (place, weighed) in weighed.iter().enumerate() {
            self.drill.up.put(place, weighed.up);
        }
        self.rehearsal(now, demand, seen);
        if !self.drills() {
            self.drill.coming = TargetSet::EMPTY;
            return;
        }
        if !rest {
            // Who was told comes back when the warning is over. One that has nothing left to tell goes on.
            let _told_all = self.end_drill(DrillResult::Warned);
        }
        self.observe(now, weighed, seen);
        match self.record.phase {
            Phase::None => {}
            Phase::Telling if self.wave_over(now) => match self.next_wave() {
                Some(wave) => self.tell_wave(now, wave),
                None => self.record.phase = Phase::Back,
            },
            Phase::Ending if self.wave_over(now) => self.record.phase = Phase::Back,
            Phase::Telling | Phase::Ending => {}
            Phase::Back if calm => self.bring_back(now, weighed),
            Phase::Back => {}
        }
    }

    /// Takes in what has become of the targets.
    fn observe(&mut self, now: Moment, weighed: &[Weighed; TARGETS], seen: &Seen) {
        for place in self.record.named.iter() {
            let (Some(weighed), Some(target)) = (
                weighed.get(place),
                self.roster.targets.get(place).copied().flatten(),
            ) else {
                continue;
            };
            let since = self.drill.since.get(place).copied().unwrap_or(now);
            if self.drill.coming.has(place) {
                if weighed.is_ready(&target) && !self.record.falling.has(place) {
                    self.drill.coming.put(place, false);
                    self.drill.note(place, |one| one.back = Some(now.since(since)));
                }
            } else if self.record.drilled.has(place) {
                let (begun, off) = (self.record.acknowledged.has(place), self.record.off.has(place));
                let (measured, over) = (self.watch.begun(place), self.stage_over(now, place));
                let stays = seen.stays.has(place) && !begun;
                self.drill.note(place, |one| {
                    one.begun = one.begun.or(measured.filter(|_| begun));
                    one.off |= off;
                    one.stays |= stays && !off;
                    if over && !one.off {
                        one.missing = weighed.lacks(&target);
                    }
                });
            }
        }
    }

    /// A stop of a drilled target was measured.
    pub(super) fn drilled_stop(&mut self, place: usize, begun: Option<Span>, off: Span) {
        self.drill.note(place, |one| {
            (one.begun, one.off, one.stopped) = (begun, true, Some(off));
        });
    }

    /// The stage of a target that a drill has told is over.
    pub(super) fn stage_over(&self, now: Moment, place: usize) -> bool {
        let target = self.roster.targets.get(place).copied().flatten();
        let times =
            target.and_then(|target| self.roster.tiers.get(usize::from(target.tier)).copied().flatten());
        let told = self.drill.since.get(place).copied().unwrap_or(now);
        times.is_none_or(|times| now.since(told) >= times.stage())
    }

    /// Those told last are off, or their stage is over.
    fn wave_over(&self, now: Moment) -> bool {
        let told = self.record.drilled.iter();
        told.into_iter()
            .all(|place| self.record.off.has(place) || self.stage_over(now, place))
    }

    /// Tiers of the targets that a drill has told.
    pub(super) fn drilled_tiers(&self) -> TierSet {
        let targets = self.record.drilled.iter();
        let tiers = targets.filter_map(|place| self.roster.targets.get(place).copied().flatten());
        tiers.fold(TierSet::EMPTY, |set, target| set.with(usize::from(target.tier)))
    }

    /// The named targets of the next tier.
    fn next_wave(&self) -> Option<TargetSet> {
        let waiting = self.record.named.without(self.record.drilled);
        let tiers = self.roster.all();
        let waves = tiers.iter().map(|tier| self.roster.members(tier).and(waiting));
        waves.into_iter().find(|wave| !wave.is_empty())
    }

    fn tell_wave(&mut self, now: Moment, wave: TargetSet) {
        self.record.drilled = self.record.drilled.and_also(wave);
        self.record.number = self.record.number.wrapping_add(1).max(1);
        for place in wave.iter() {
            if let Some(since) = self.drill.since.get_mut(place) {
                *since = now;
            }
            self.drill.note(place, |one| one.told = true);
        }
    }

    /// Releases the next tier, the last one first, once the one before has answered; then it is over.
    fn bring_back(&mut self, now: Moment, weighed: &[Weighed; TARGETS]) {
        let over = now.since(self.drill.released) >= RESTART_TIME;
        if !(self.drill.coming.is_empty() || over) {
            return;
        }
        let tiers = self.roster.all();
        let told = tiers
            .iter()
            .rev()
            .map(|tier| self.roster.members(tier).and(self.record.drilled));
        let Some(wave) = told.into_iter().find(|wave| !wave.is_empty()) else {
            let all = self.drill.report.targets.iter().flatten().all(Drilled::passed);
            self.drill.coming = TargetSet::EMPTY;
            let ended = if all {
                DrillResult::Passed
            } else {
                DrillResult::Failed
            };
            let early = Some(self.drill.why).filter(|why| *why != DrillResult::None);
            return self.finish(early.unwrap_or(ended));
        };
        self.fall(wave, weighed);
        self.record.drilled = self.record.drilled.without(wave);
        self.record.number = self.record.number.wrapping_add(1).max(1);
        self.drill.coming = self.drill.coming.and_also(wave);
        self.drill.released = now;
        for place in wave.iter() {
            if let Some(since) = self.drill.since.get_mut(place) {
                *since = now;
            }
        }
    }

    /// The drill in the picture.
    pub(super) const fn drill_view(&self) -> DrillView {
        DrillView {
            state: if self.drill.rehearsal.is_some() {
                DrillState::Rehearsal
            } else {
                self.record.phase.state()
            },
            report: self.drill.report,
            changes: self.drill.changes,
        }
    }
}
