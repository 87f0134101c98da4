//! The plan of the hosts' shutdown: who is told when, who is proven off, and how they come back.
//!
//! ```text
//!            HOST_DOWN                 every tier committed,      HOST_DOWN is reset     permissives 30 s
//!  Normal ------------> Commit(tier) --- every target off --> AllOff ----------> Cooldown ---------> Restart(tier)
//!    ^                   |  ^  `- hold, abort: before a tier's point of no return            last tier first |
//!    |                   `--'                                                                               |
//!    `------------------- every tier released and ready, or its time over ----------------------------------'
//! ```
//! The matrix alone says whether hosts are to go down; this says in which order. A tier's point of no return is its
//! commit: what has heard it shuts down. Committed tiers are released by nothing but this sequence. Pure, like everything here.

mod ahead;
mod course;
#[cfg(test)]
mod course_tests;
mod drill;
#[cfg(test)]
mod drill_tests;
mod evidence;
mod learned;
#[cfg(test)]
mod learned_tests;
pub mod outlets;
mod record;
mod restore;
#[cfg(test)]
mod tests;

use points::command::Refusal;
use points::host::{Observation, Observations, Roster, Seen, TARGETS, TIERS, TargetSet, TierSet};
use points::{DrillResult, HostState, Moment, ShutdownMode, ShutdownStage, Span, StageReason};

use crate::timer::Held;
pub use drill::{DrillReport, DrillView, Drilled};
use evidence::{Standing, Weighed};
pub use learned::{
    STOP_LEAST, STOP_MOST, STOP_RECORD_BYTES, STOPS_ENOUGH, STOPS_KEPT, Stop, StopRecord, StopTimes,
};
use record::Mode;
pub use record::{HOST_RECORD_BYTES, HostRecord};

/// Added once to the lead that the stages need (D5).
pub const LEAD_SPARE: Span = Span::s(10);
/// In a compressed plan the last tier follows the others by this, so that storage is written to for a moment longer.
pub const LAST_TIER_GAP: Span = Span::s(10);
/// What has to be proven before tiers come back is proven for so long.
pub const CALM: Span = Span::s(30);
/// A tier that comes back has so long to be ready; then the next one follows.
pub const RESTART_TIME: Span = Span::s(300);
/// Longest time that a person holds a stage back in one go.
pub const HOLD_MOST: Span = Span::s(600);
/// Time between two steps by which a power cap is lifted.
pub const CAP_STEP_TIME: Span = Span::s(60);
/// Such a step, percent of rated.
pub const CAP_STEP: f64 = 25.0;
/// No cap.
pub const UNCAPPED: f64 = 100.0;
/// Incidents are counted in so many bits: the link carries one more, which marks a drill.
const INCIDENT_BITS: u32 = 0x007f_ffff;
/// What is seen in a drill belongs to the drill of this number and to no incident.
const DRILL_MARK: u32 = 0x0080_0000;

/// Whether what is seen under this number is seen in a drill, and in no incident.
pub const fn is_drill(incident: u32) -> bool {
    incident & DRILL_MARK != 0
}

/// What a tick asks of the plan.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// HOST_DOWN is in force.
    pub host_down: bool,
    /// One of its causes stands now, not only its latch.
    pub stands: bool,
    /// There is fire: nobody waits for anybody.
    pub fire: bool,
    /// The hosts' power is cut.
    pub power_cut: bool,
    /// How far hosts are warned otherwise.
    pub advice: ShutdownStage,
    /// Power the hosts are asked to stay below, percent of rated; 100 when uncapped.
    pub cap: f64,
    /// Time there is at least until hosts are damaged or their power is cut; none where nobody can say.
    pub left: Option<Span>,
    /// Hosts may be powered: nothing is locked out, the fan is proven, the rack is cool.
    pub may_restart: bool,
}

/// One tier in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TierView {
    /// How far it is.
    pub stage: ShutdownStage,
    /// Until its stage ends, while it runs.
    pub left: Option<Span>,
    /// Why it was entered.
    pub reason: StageReason,
    /// The stop time that its stage allows for: configured, or learned.
    pub stop: Span,
}

/// The plan as it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanView {
    /// How far the whole is.
    pub stage: ShutdownStage,
    /// The order of the incident.
    pub mode: ShutdownMode,
    /// Number of the incident that is under way or was last.
    pub incident: u32,
    /// To which incident, or drill, what is seen of hosts belongs now.
    pub seen_in: u32,
    /// What is committed: its number, its tiers, and targets that a drill has told; none when nobody is told.
    pub committed: Option<(u32, TierSet, TargetSet)>,
    /// Tiers of the site.
    pub tiers: [Option<TierView>; TIERS],
    /// Targets of the site.
    pub targets: [Option<HostState>; TARGETS],
    /// What each way of looking says of each of them.
    pub evidence: [Observations; TARGETS],
    /// What the stages still need.
    pub lead: Span,
    /// A person holds the next stage back for so long.
    pub held: Option<Span>,
    /// The next tier is told after this at the latest; none where none waits.
    pub next: Option<Span>,
    /// Power that hosts are told to stay below, percent of rated.
    pub cap: f64,
    /// A target that can be proven off is not, at its tier's deadline.
    pub hangs: bool,
    /// The same while what asks for the shutdown stands (C23), once every tier was told and is down or has had its time: where that
    /// cuts the power, it takes it from nobody whose turn has not come. With the danger it goes: hosts that stay up then keep no
    /// person from resetting.
    pub not_down: bool,
    /// The drill.
    pub drill: DrillView,
}

/// The plan's memory. Copied freely.
#[derive(Clone, Copy, Debug)]
pub struct Planner {
    /// With the stop times that are in force.
    roster: Roster,
    /// As the site's file has it.
    configured: Roster,
    record: HostRecord,
    stops: StopRecord,
    /// Counts what was learned.
    stop_changes: u32,
    watch: learned::Watch,
    drill: drill::Drill,
    /// When each tier was committed, or this process began.
    told: [Moment; TIERS],
    reasons: [StageReason; TIERS],
    /// When the plan was compressed.
    compressed: Moment,
    held_until: Option<Moment>,
    calm: Held,
    /// There is less time than the stages need, as of the last tick.
    short: bool,
    /// When the last tier on its way back was released.
    released: Moment,
    cap: f64,
    cap_stepped: Moment,
}

impl Planner {
    /// Starts from what a start finds on disk. Stages that run have their whole time again: none is known to have passed.
    pub fn new(roster: Roster, found: Option<&HostRecord>, stops: Option<&StopRecord>, now: Moment) -> Self {
        let record = restore::placed(found, &roster);
        let mut reasons = [StageReason::None; TIERS];
        for (place, reason) in reasons.iter_mut().enumerate() {
            if record.committed.has(place) {
                *reason = StageReason::Restored;
            }
        }
        let members = record.committed.iter().map(|tier| roster.members(tier));
        let told = members.fold(record.drilled, TargetSet::and_also);
        let mut planner = Planner {
            roster,
            configured: roster,
            record,
            stops: stops.copied().unwrap_or_default(),
            stop_changes: 0,
            watch: learned::Watch::new(told),
            drill: drill::Drill::new(now),
            told: [now; TIERS],
            reasons,
            compressed: now,
            // Nobody knows how much of it has passed.
            held_until: (record.active && record.held > 0).then(|| now + Span::s(u64::from(record.held))),
            calm: Held::default(),
            short: false,
            released: now,
            cap: UNCAPPED - f64::from(record.capped.min(100)),
            cap_stepped: now,
        };
        planner.learn_at_start();
        planner.resume_drill();
        planner
    }

    /// What has to be on disk. Compare with the last one to notice a change.
    pub const fn record(&self) -> HostRecord {
        self.record
    }

    /// What was learned of stop times, which has to be on disk too.
    pub const fn stops(&self) -> StopRecord {
        self.stops
    }

    /// Counts the moments at which that has changed.
    pub const fn stop_changes(&self) -> u32 {
        self.stop_changes
    }

    /// What all stages need, before any has begun.
    pub fn whole_lead(&self) -> Span {
        let stages = self.roster.tiers.iter().flatten();
        stages.fold(LEAD_SPARE, |lead, tier| lead + tier.stage())
    }

    /// Holds the next stage back.
    ///
    /// # Errors
    /// Without a shutdown under way or a stage that has not begun, in a fire, and where time is short.
    pub fn hold(&mut self, now: Moment, span: Span) -> Result<(), Refusal> {
        self.may_stop()?;
        match self.record.mode {
            Mode::AtOnce => return Err(Refusal::FireStands),
            Mode::Compressed => return Err(Refusal::NoTime),
            Mode::None | Mode::Staged => {}
        }
        let span = span.min(HOLD_MOST);
        self.held_until = Some(now + span);
        self.record.held = u16::try_from(span.as_us() / 1_000_000).unwrap_or(u16::MAX);
        Ok(())
    }

    /// Nothing is held back any more.
    const fn let_go(&mut self) {
        self.held_until = None;
        self.record.held = 0;
    }

    /// Lets the next stage go on.
    ///
    /// # Errors
    /// When none is held back.
    pub fn resume(&mut self) -> Result<(), Refusal> {
        if self.held_until.is_none() && !self.record.aborted {
            return Err(Refusal::NotUnderWay);
        }
        self.let_go();
        self.record.aborted = false;
        Ok(())
    }

    /// Stops the sequence before its next stage, for good unless the danger comes back. `stands`: a cause of the shutdown
    /// stands now. Where a drill runs, ends that: nobody else is told, and those who were finish and come back.
    ///
    /// # Errors
    /// Without a shutdown under way or a stage that has not begun, while a cause stands, where time is short (what counts down to a
    /// cut of the power does so without its cause), and after a fire.
    pub fn abort(&mut self, stands: bool) -> Result<(), Refusal> {
        if self.drills() {
            return self.end_drill(DrillResult::Stopped);
        }
        self.may_stop()?;
        if self.record.mode == Mode::AtOnce {
            return Err(Refusal::FireStands);
        }
        if stands {
            return Err(Refusal::CauseStands);
        }
        if self.short {
            return Err(Refusal::NoTime);
        }
        self.record.aborted = true;
        self.let_go();
        Ok(())
    }

    fn may_stop(&self) -> Result<(), Refusal> {
        if !self.record.active {
            return Err(Refusal::NotUnderWay);
        }
        if self.record.committed.covers(self.roster.all()) {
            return Err(Refusal::NoStageLeft);
        }
        Ok(())
    }

    /// One tick.
    pub fn step(&mut self, now: Moment, demand: &Demand, seen: &Seen) -> PlanView {
        let incident = self.seen_in();
        let evidence: [Observations; TARGETS] = core::array::from_fn(|place| {
            let target = self.roster.targets.get(place).copied().flatten();
            let told = target.is_some_and(|target| self.record.tells(place, target));
            seen.ways.get(place).map_or([None; Observation::COUNT], |ways| {
                evidence::observed(ways, now, incident, told)
            })
        });
        let weighed = evidence.map(|ways| Weighed::of(&ways));
        self.relearn(strangers(now, seen));
        self.witness(&weighed);
        // One that has heard and stays does not fall: nobody waits until it was off.
        self.record.falling = self.record.falling.without(seen.stays);
        let settled = self.settled(now, &weighed, seen);
        self.advance(now, demand, settled);
        let calm = self.calm(now, demand);
        self.drill(now, demand, &weighed, seen, calm);
        self.measure(now, &weighed);
        self.come_back(now, calm, &weighed, settled);
        self.lift_cap(now, demand);
        self.view(now, demand, calm, (&evidence, &weighed), settled)
    }

    /// To which incident, or drill, what is seen of hosts belongs.
    const fn seen_in(&self) -> u32 {
        if self.drills() {
            DRILL_MARK | self.record.drill & INCIDENT_BITS
        } else {
            self.record.incident
        }
    }

    /// Takes in what was seen of targets that were told: what has begun to stop has begun, what was off is off until
    /// something says that it runs again.
    fn witness(&mut self, weighed: &[Weighed; TARGETS]) {
        for (place, target) in self.roster.targets.iter().enumerate() {
            let (Some(target), Some(weighed)) = (target, weighed.get(place)) else {
                continue;
            };
            if weighed.went() {
                self.record.falling.put(place, false);
            }
            if !self.record.tells(place, *target) {
                self.record.acknowledged.put(place, false);
                self.record.off.put(place, false);
                self.record.forced.put(place, false);
                continue;
            }
            if weighed.forced {
                self.record.forced.put(place, true);
            }
            if weighed.stopping {
                self.record.acknowledged.put(place, true);
            }
            if weighed.proven_off(target) {
                self.record.off.put(place, true);
            } else if weighed.up && self.record.off.has(place) {
                // It runs again: it is told anew, and has to be proven anew.
                self.record.off.put(place, false);
                self.record.acknowledged.put(place, false);
                self.record.forced.put(place, false);
            }
        }
    }

    /// Tiers whose hosts are down as far as can be seen, or whose time is over.
    fn settled(&self, now: Moment, weighed: &[Weighed; TARGETS], seen: &Seen) -> TierSet {
        let fresh = seen
            .logins
            .filter(|(_, at)| now.since(*at) <= points::host::EVIDENCE_MAX_AGE);
        let mut settled = TierSet::EMPTY;
        for (tier, times) in self.roster.tiers.iter().enumerate() {
            let Some(times) = times else { continue };
            let over = self
                .told
                .get(tier)
                .is_none_or(|told| now.since(*told) >= times.stage());
            let down = |place: usize| {
                let provable = self
                    .roster
                    .targets
                    .get(place)
                    .copied()
                    .flatten()
                    .is_some_and(|target| target.off_by.is_some());
                let begun = self.record.acknowledged.has(place)
                    || weighed.get(place).is_some_and(|weighed| weighed.seems_off());
                // One that a drill had off when the danger came, and that has not answered since, is told and waited for by
                // nobody: no drill makes a real shutdown later.
                self.record.off.has(place) || !provable && begun || self.drill.excused.has(place)
            };
            // What was counted before they were told says nothing of who has gone since.
            let told = self.told.get(tier).copied().unwrap_or(now);
            let others = fresh
                .filter(|(_, at)| *at > told)
                .and_then(|(logins, _)| logins.get(tier).copied());
            let all = self.roster.members(tier).iter().all(down) && others == Some(0);
            settled.put(tier, self.record.committed.has(tier) && (all || over));
        }
        settled
    }

    /// Tiers whose time is over though not every host of theirs is down.
    fn late(&self, now: Moment) -> TierSet {
        let mut late = TierSet::EMPTY;
        for (tier, times) in self.roster.tiers.iter().enumerate() {
            let over = |told: &Moment| times.is_some_and(|times| now.since(*told) >= times.stage());
            let committed = self.record.committed.has(tier) && !self.record.back.has(tier);
            late.put(tier, committed && self.told.get(tier).is_some_and(over));
        }
        late
    }

    /// What the stages still need in their order: what is left of the running one, all of those that have not begun.
    fn lead(&self, now: Moment) -> Span {
        let (mut waiting, mut running) = (Span::ZERO, Span::ZERO);
        for (tier, times) in self.roster.tiers.iter().enumerate() {
            let Some(times) = times else { continue };
            if !self.record.committed.has(tier) {
                waiting = waiting + times.stage();
            } else if !self
                .roster
                .members(tier)
                .iter()
                .all(|place| self.record.off.has(place))
                || self.roster.members(tier).is_empty()
            {
                let used = self.told.get(tier).map_or(Span::ZERO, |told| now.since(*told));
                running = running.max(times.stage().left(used));
            }
        }
        let all = waiting + running;
        if all == Span::ZERO {
            Span::ZERO
        } else {
            all + LEAD_SPARE
        }
    }

    /// A cap is asked at once and lifted in steps, so that no rack wakes up all at once.
    fn lift_cap(&mut self, now: Moment, demand: &Demand) {
        if demand.cap < UNCAPPED {
            (self.cap, self.cap_stepped) = (demand.cap, now);
        } else if self.cap < UNCAPPED && now.since(self.cap_stepped) >= CAP_STEP_TIME {
            (self.cap, self.cap_stepped) = ((self.cap + CAP_STEP).min(UNCAPPED), now);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
        let capped = (UNCAPPED - self.cap).clamp(0.0, 100.0) as u8;
        self.record.capped = capped;
    }

    fn view(
        &self,
        now: Moment,
        demand: &Demand,
        calm: bool,
        (evidence, weighed): (&[Observations; TARGETS], &[Weighed; TARGETS]),
        settled: TierSet,
    ) -> PlanView {
        let late = self.late(now);
        let mut hangs = false;
        let mut targets = [None; TARGETS];
        for ((place, target), state) in self.roster.targets.iter().enumerate().zip(&mut targets) {
            let (Some(target), Some(weighed)) = (target, weighed.get(place)) else {
                continue;
            };
            let tier = usize::from(target.tier);
            let committed = self.record.committed.has(tier);
            let by_drill = self.record.drilled.has(place) && !committed;
            let standing = Standing {
                told: committed || by_drill,
                late: late.has(tier) || by_drill && self.stage_over(now, place),
                acknowledged: self.record.acknowledged.has(place),
                off: self.record.off.has(place),
                forced: self.record.forced.has(place),
                coming: calm && self.drill.coming.has(place),
            };
            hangs |= late.has(tier) && !standing.off && target.off_by.is_some();
            *state = Some(evidence::state(*weighed, target, standing));
        }
        let stage = self.stage(demand, calm);
        let mut tiers = [None; TIERS];
        for ((tier, times), view) in self.roster.tiers.iter().enumerate().zip(&mut tiers) {
            let Some(times) = times else { continue };
            let told = self.told.get(tier).copied().unwrap_or(now);
            let runs = self.record.committed.has(tier) && self.record.active;
            let left = times.stage().left(now.since(told));
            *view = Some(TierView {
                stage: self.tier_stage(tier, stage, demand, calm),
                left: Some(left).filter(|left| runs && *left > Span::ZERO),
                reason: self.reasons.get(tier).copied().unwrap_or(StageReason::None),
                stop: times.stop,
            });
        }
        let active = self.record.active;
        PlanView {
            stage,
            mode: if active && self.record.aborted {
                ShutdownMode::Stopped
            } else {
                self.record.mode.state()
            },
            incident: self.record.incident,
            seen_in: self.seen_in(),
            committed: (!self.record.told_none()).then_some((
                self.record.number,
                self.record.committed,
                self.record.drilled,
            )),
            tiers,
            targets,
            evidence: *evidence,
            lead: self.lead(now),
            next: self.next_tier(now),
            held: self
                .held_until
                .map(|until| until.since(now))
                .filter(|left| active && *left > Span::ZERO),
            cap: self.cap,
            hangs: hangs && active,
            not_down: hangs && active && (demand.stands || demand.fire) && settled.covers(self.roster.all()),
            drill: self.drill_view(),
        }
    }

    fn all_off(&self) -> bool {
        let targets = self
            .roster
            .targets
            .iter()
            .enumerate()
            .filter(|(_, target)| target.is_some());
        let all = targets.fold(TargetSet::EMPTY, |set, (place, _)| set.with(place));
        !all.is_empty() && self.record.off.covers(all)
    }

    /// `calm`: what hosts need is proven. Where it is not, nobody is started who was released before.
    fn stage(&self, demand: &Demand, calm: bool) -> ShutdownStage {
        if demand.power_cut {
            ShutdownStage::PowerCut
        } else if self.record.active && self.all_off() {
            ShutdownStage::AllOff
        } else if self.record.active {
            ShutdownStage::Commit
        } else if calm && !self.record.back.is_empty() {
            ShutdownStage::Restarting
        } else if !self.drills() && (!self.record.told_none() || !self.record.back.is_empty()) {
            ShutdownStage::CoolingDown
        } else {
            demand.advice
        }
    }

    fn tier_stage(&self, tier: usize, whole: ShutdownStage, demand: &Demand, calm: bool) -> ShutdownStage {
        let members = self.roster.members(tier);
        let committed = self.record.committed.has(tier);
        if self.record.back.has(tier) {
            if calm {
                ShutdownStage::Restarting
            } else {
                ShutdownStage::CoolingDown
            }
        } else if committed && whole == ShutdownStage::PowerCut {
            ShutdownStage::PowerCut
        } else if committed && !members.is_empty() && self.record.off.covers(members) {
            ShutdownStage::AllOff
        } else if committed && self.record.active {
            ShutdownStage::Commit
        } else if committed {
            ShutdownStage::CoolingDown
        } else if demand.power_cut {
            ShutdownStage::PowerCut
        } else if self.record.active && !self.record.aborted {
            // Its turn comes: it can still be taken back.
            ShutdownStage::Prepare
        } else {
            // A tier that was not told is asked to prepare at most, whatever is asked of the others.
            demand.advice.min(ShutdownStage::Prepare)
        }
    }
}

/// Tiers in which hosts may be logged in that nobody named: all of them, while nobody says.
fn strangers(now: Moment, seen: &Seen) -> TierSet {
    let fresh = seen
        .logins
        .filter(|(_, at)| now.since(*at) <= points::host::EVIDENCE_MAX_AGE);
    let there = |tier: &usize| fresh.is_none_or(|(logins, _)| logins.get(*tier) != Some(&0));
    (0..TIERS).filter(there).fold(TierSet::EMPTY, TierSet::with)
}
