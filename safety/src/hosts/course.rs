//! The course of an incident: which tier is committed when, and which is released when.

use points::host::{Roster, TARGETS, TargetSet, TierSet};
use points::{Moment, Span, StageReason};

use super::evidence::Weighed;
use super::record::Mode;
use super::{CALM, Demand, INCIDENT_BITS, LAST_TIER_GAP, Planner, RESTART_TIME};

impl Planner {
    /// Begins, goes on with or ends the demand for a shutdown, and commits what is due.
    pub(super) fn advance(&mut self, now: Moment, demand: &Demand, settled: TierSet) {
        if !demand.host_down {
            self.record.active = false;
            self.record.aborted = false;
            self.let_go();
            self.drill.excused = TargetSet::EMPTY;
            return;
        }
        if !self.record.active {
            // Tiers on their way back are asked again, and those that still wait to come back go on as they are.
            self.record.incident = (self.record.incident % INCIDENT_BITS) + 1;
            self.record.active = true;
            self.record.mode = Mode::None;
            self.record.aborted = false;
            self.record.back = TierSet::EMPTY;
            self.record.falling = TargetSet::EMPTY;
            self.overtake_drill();
            if !(self.record.committed.is_empty() && self.record.drilled.is_empty()) {
                // What stands is told anew, under the new incident.
                self.record.number = self.record.number.wrapping_add(1).max(1);
            }
            for place in self.record.committed.iter() {
                if let Some(told) = self.told.get_mut(place) {
                    *told = now;
                }
                // Their stops began in another incident: they are measured no further.
                self.watch.forget(self.roster.members(place));
            }
        }
        self.record.aborted &= !demand.stands && !demand.fire;
        self.choose(now, demand);
        if self.record.aborted {
            return;
        }
        match self.record.mode {
            Mode::AtOnce => self.commit(now, self.roster.all(), StageReason::Fire),
            Mode::Compressed => self.compressed(now, settled),
            Mode::Staged | Mode::None => self.staged(now, settled),
        }
    }

    /// The order only ever becomes more urgent: nobody goes back to waiting.
    fn choose(&mut self, now: Moment, demand: &Demand) {
        let short = demand.left.is_some_and(|left| left < self.lead(now));
        self.short = short;
        // What counts down to a cut goes on though its cause is gone: hosts that nobody told would lose their power running.
        self.record.aborted &= !short;
        let wanted = if demand.fire {
            Mode::AtOnce
        } else if short {
            Mode::Compressed
        } else {
            Mode::Staged
        };
        if wanted > self.record.mode {
            self.record.mode = wanted;
            self.compressed = now;
        }
        if self.record.mode > Mode::Staged || self.held_until.is_some_and(|until| now >= until) {
            self.let_go();
        }
    }

    fn staged(&mut self, now: Moment, settled: TierSet) {
        if self.held_until.is_some() || !settled.covers(self.record.committed) {
            return;
        }
        let waiting = self.roster.all().without(self.record.committed);
        let Some(next) = waiting.iter().next() else { return };
        let reason = if self.record.committed.is_empty() {
            StageReason::Demanded
        } else if self.late(now).is_empty() {
            StageReason::Settled
        } else {
            StageReason::Deadline
        };
        self.commit(now, TierSet::EMPTY.with(next), reason);
    }

    fn compressed(&mut self, now: Moment, settled: TierSet) {
        let last = last(&self.roster);
        let others = self.roster.all().without(last);
        self.commit(now, others, StageReason::Short);
        // A tier that was committed just now is not settled yet.
        let down = settled.covers(others) && self.record.committed.covers(others);
        let gap_over = others.is_empty() || now.since(self.compressed) >= LAST_TIER_GAP;
        if gap_over || down {
            self.commit(now, last, StageReason::Short);
        }
    }

    fn commit(&mut self, now: Moment, tiers: TierSet, reason: StageReason) {
        let new = tiers.without(self.record.committed);
        if new.is_empty() {
            return;
        }
        self.record.committed = self.record.committed.and_also(new);
        self.record.number = self.record.number.wrapping_add(1).max(1);
        for place in new.iter() {
            if let Some(told) = self.told.get_mut(place) {
                *told = now;
            }
            if let Some(own) = self.reasons.get_mut(place) {
                *own = reason;
            }
        }
    }

    /// Tiers or targets are down and nothing asks for it any more.
    fn waits(&self) -> bool {
        let none =
            self.record.committed.is_empty() && self.record.back.is_empty() && self.record.drilled.is_empty();
        !self.record.active && (self.drills() || !none)
    }

    /// What hosts need is proven for long enough that they may come back.
    pub(super) fn calm(&mut self, now: Moment, demand: &Demand) -> bool {
        let waits = self.waits();
        self.calm.stood(now, waits && demand.may_restart, CALM)
    }

    /// Brings tiers back, the last one first, once nothing asks for a shutdown and what hosts need is proven. With them come
    /// those of their targets that a drill had told before the incident. A tier whose hosts still stop is not released: what has
    /// heard its order goes down, and nobody would start it.
    pub(super) fn come_back(
        &mut self,
        now: Moment,
        calm: bool,
        weighed: &[Weighed; TARGETS],
        settled: TierSet,
    ) {
        if self.drills() {
            return;
        }
        if !self.waits() {
            self.record.mode = if self.record.active {
                self.record.mode
            } else {
                Mode::None
            };
            return;
        }
        if !calm {
            return;
        }
        let ready = |place: usize| {
            let target = self.roster.targets.get(place).copied().flatten();
            let weighed = weighed.get(place).copied().unwrap_or_default();
            target.is_none_or(|target| weighed.is_ready(&target)) && !self.record.falling.has(place)
        };
        let over = now.since(self.released) >= RESTART_TIME;
        let all_ready = self
            .record
            .back
            .iter()
            .all(|tier| self.roster.members(tier).iter().all(ready));
        if !(self.record.back.is_empty() || all_ready || over) {
            return;
        }
        match self
            .record
            .committed
            .and_also(self.drilled_tiers())
            .iter()
            .next_back()
        {
            Some(tier) if self.record.committed.has(tier) && !settled.has(tier) => {}
            Some(tier) => {
                let members = self.roster.members(tier);
                self.fall(members, weighed);
                self.record.committed.put(tier, false);
                self.record.drilled = self.record.drilled.without(members);
                self.record.number = self.record.number.wrapping_add(1).max(1);
                self.record.back.put(tier, true);
                self.released = now;
                if let Some(reason) = self.reasons.get_mut(tier) {
                    *reason = StageReason::None;
                }
            }
            None => {
                self.record.back = TierSet::EMPTY;
                self.record.falling = TargetSet::EMPTY;
                self.record.mode = Mode::None;
            }
        }
    }

    /// Of targets that are released now, those that were told and that nothing has seen off may still go down: they are taken for
    /// back only once they were, or by the time.
    pub(super) fn fall(&mut self, released: TargetSet, weighed: &[Weighed; TARGETS]) {
        for place in released.iter() {
            let went = weighed.get(place).is_some_and(|weighed| weighed.went());
            let target = self.roster.targets.get(place).copied().flatten();
            let told = target.is_some_and(|target| self.record.tells(place, target));
            let falls = told && !self.record.off.has(place) && !went;
            self.record.falling.put(place, falls);
        }
    }
}

/// The tier that goes down last, where there are several.
fn last(roster: &Roster) -> TierSet {
    let last = roster.all().iter().next_back();
    last.map_or(TierSet::EMPTY, |place| TierSet::EMPTY.with(place))
}

/// Nothing is left of a stage that took longer.
const _: () = assert!(Span::s(1).left(Span::s(2)).as_us() == 0);
