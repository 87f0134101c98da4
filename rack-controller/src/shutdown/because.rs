//! Why the hosts' shutdown was asked for, kept with its incident: the cause that asked first, and the time there was against
//! the time that the stages needed when their order was chosen.

use points::interlock::{Cause, Effect};
use points::point::ahead;
use points::{Count, Flag, ShutdownMode, Snapshot, Span};
use safety::hosts::{Demand, PlanView};

use super::put_span;

/// What is kept of the incident that is under way or was last. A restart forgets it; while a latch holds the shutdown its
/// cause is found again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Because {
    down: bool,
    cause: Option<Cause>,
    /// Time left, where anybody could say, and time needed.
    chosen: Option<(Option<Span>, Span)>,
}

impl Because {
    /// A tick: `before` is the plan as it stood before, nothing after a start.
    pub(super) fn step(
        &mut self,
        demand: &Demand,
        before: Option<&PlanView>,
        view: &PlanView,
        picture: &mut Snapshot,
    ) {
        let begins = demand.host_down && !self.down;
        self.down = demand.host_down;
        if begins {
            (self.cause, self.chosen) = (first(picture), None);
        }
        let urgent = match view.mode {
            ShutdownMode::Compressed | ShutdownMode::AtOnce => true,
            ShutdownMode::None | ShutdownMode::Staged | ShutdownMode::Stopped => false,
        };
        // What the stages needed a moment ago: now the first of them run, side by side where time is short.
        if let Some(before) = before
            && (begins || demand.host_down && urgent && view.mode != before.mode)
        {
            self.chosen = Some((demand.left, before.lead));
        }
        let number = self.cause.map_or(0, |cause| cause as u8);
        picture.put_now(ahead::CAUSE, Count::of(f64::from(number)));
        put_span(
            picture,
            ahead::CHOSEN_LEFT,
            self.chosen.and_then(|(left, _)| left),
        );
        put_span(picture, ahead::CHOSEN_LEAD, self.chosen.map(|(_, lead)| lead));
        put_span(picture, ahead::NEXT_TIER, view.next);
        picture.put_now(ahead::MAY_START, Flag::from_bool(demand.may_restart));
    }
}

/// Of the causes that hold HOST_DOWN in force, the one that has stood, or been latched, longest.
fn first(picture: &Snapshot) -> Option<Cause> {
    let why = &picture.why;
    let holds = |cause: &Cause| {
        let effects = why.holds.get(cause.index());
        effects.is_some_and(|effects| effects.has(Effect::HostDown))
    };
    let since = |cause: &Cause| {
        let onsets = if picture.causes.has(*cause) {
            &why.stands_since
        } else {
            &why.latched_since
        };
        onsets.get(cause.index()).copied()
    };
    Cause::ALL.iter().copied().filter(holds).min_by_key(since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::Moment;
    use points::host::Roster;
    use points::interlock::EffectSet;
    use points::quantity::Quantity;
    use points::{ShutdownStage, Span};
    use safety::hosts::{Planner, UNCAPPED};

    const CALM: Demand = Demand {
        host_down: false,
        stands: false,
        fire: false,
        power_cut: false,
        advice: ShutdownStage::Normal,
        cap: UNCAPPED,
        left: None,
        may_restart: true,
    };

    fn picture(causes: &[(Cause, u64)]) -> Snapshot {
        let mut picture = Snapshot::default();
        for (cause, since) in causes {
            picture.causes.put(*cause, true);
            picture.why.stands_since[cause.index()] = Moment(*since);
            picture.why.holds[cause.index()] = EffectSet::of(&[Effect::HostDown]);
        }
        picture
    }

    fn shown(picture: &Snapshot) -> [Option<f64>; 4] {
        let seconds = |tag| picture.get(tag).ok().map(Quantity::get);
        [
            picture.get(ahead::CAUSE).ok().map(Quantity::get),
            seconds(ahead::CHOSEN_LEFT),
            seconds(ahead::CHOSEN_LEAD),
            seconds(ahead::NEXT_TIER),
        ]
    }

    #[test]
    fn the_first_cause_and_the_time_there_was_stay_with_the_incident() {
        let (mut because, now) = (Because::default(), Moment(1_000_000));
        let mut planner = Planner::new(Roster::PLAIN, None, None, now);
        let seen = points::host::Seen::NOTHING;
        let rest = planner.step(now, &CALM, &seen);
        let mut calm = picture(&[]);
        because.step(&CALM, None, &rest, &mut calm);
        assert_eq!(shown(&calm), [Some(0.0), None, None, None]);
        let short = Demand {
            host_down: true,
            stands: true,
            left: Some(Span::s(34)),
            ..CALM
        };
        let view = planner.step(now, &short, &seen);
        let mut trip = picture(&[(Cause::C20MainsLost, 700), (Cause::C10FanFailed, 900)]);
        because.step(&short, Some(&rest), &view, &mut trip);
        // Half as long again as 10 s, 90 s and 20 s, and 10 s.
        assert_eq!(shown(&trip), [Some(20.0), Some(34.0), Some(190.0), None]);
        // Another cause comes, the first one goes: the incident has its cause.
        let mut later = picture(&[(Cause::C10FanFailed, 900)]);
        because.step(&short, Some(&view), &view, &mut later);
        because.step(&CALM, Some(&view), &rest, &mut later);
        assert_eq!(shown(&later), [Some(20.0), Some(34.0), Some(190.0), None]);
    }
}
