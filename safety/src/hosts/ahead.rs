//! What comes next, for whoever looks on.

use points::{Moment, Span};

use super::record::Mode;
use super::{LAST_TIER_GAP, Planner};

impl Planner {
    /// After this the next tier is told at the latest, if nobody stops it: when the running stages are over, and what holds
    /// it back. It may be told sooner, where hosts are down sooner or time gets short.
    pub(super) fn next_tier(&self, now: Moment) -> Option<Span> {
        let waiting = self.roster.all().without(self.record.committed);
        if !self.record.active || self.record.aborted || waiting.is_empty() {
            return None;
        }
        match self.record.mode {
            Mode::AtOnce => None,
            Mode::Compressed => Some(LAST_TIER_GAP.left(now.since(self.compressed))),
            Mode::None | Mode::Staged => {
                let held = self.held_until.map_or(Span::ZERO, |until| until.since(now));
                let stages = self.record.committed.iter().filter_map(|tier| {
                    let members = self.roster.members(tier);
                    let down = !members.is_empty() && self.record.off.covers(members);
                    let times = self.roster.tiers.get(tier).copied().flatten()?;
                    let used = now.since(*self.told.get(tier)?);
                    (!down).then(|| times.stage().left(used))
                });
                Some(stages.fold(held, Span::max))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use points::HostState;
    use points::host::{Observation, Says};

    use super::*;
    use crate::hosts::Demand;
    use crate::hosts::tests::{BOTH, Bench, STAGE, TRIPPED, roster};

    #[test]
    fn what_each_way_says_is_told_with_its_age_and_whether_it_counts() {
        let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
        let way = |bench: &Bench, way: Observation| {
            let seen = bench.view.evidence[0][way.index()];
            seen.map(|seen| (seen.says, bench.now.since(seen.at), seen.counts))
        };
        assert_eq!(bench.view.evidence[0], [None; Observation::COUNT]);
        bench.says(0, Observation::Bmc, Says::Up).run(1.0);
        assert_eq!(
            way(&bench, Observation::Bmc),
            Some((Says::Up, Span::s(1), true)),
            "at rest"
        );
        bench.asks(TRIPPED).run(0.1);
        assert_eq!(
            way(&bench, Observation::Bmc).map(|(.., counts)| counts),
            Some(false),
            "seen before the incident"
        );
        bench
            .says(0, Observation::Nut, Says::Off)
            .says(0, Observation::Bmc, Says::Off)
            .says(0, Observation::Tcp, Says::Up)
            .run(1.0);
        assert_eq!(
            [Observation::Nut, Observation::Bmc, Observation::Tcp].map(|one| way(&bench, one)),
            [Says::Stopping, Says::Off, Says::Up].map(|says| Some((says, Span::s(1), true))),
            "a log-out is a beginning; one is for it, one against"
        );
        assert_eq!(bench.state(0), HostState::Acknowledged);
        bench.run(14.5);
        assert_eq!(
            way(&bench, Observation::Tcp),
            Some((Says::Up, Span::ms(15_500), false)),
            "too old"
        );
        assert_eq!(way(&bench, Observation::Icmp), None, "never said anything");
    }

    #[test]
    fn when_the_next_tier_is_told_at_the_latest() {
        let targets = [(0, BOTH), (1, BOTH), (2, BOTH)];
        let mut bench = Bench::new(roster(3, &targets));
        assert_eq!(bench.view.next, None);
        bench.asks(TRIPPED);
        assert_eq!(bench.view.next, Some(STAGE));
        bench.run(4.0);
        assert_eq!(bench.view.next, Some(Span::s(26)));
        let now = bench.now;
        assert_eq!(bench.planner.hold(now, Span::s(100)), Ok(()));
        bench.run(1.0);
        assert_eq!(bench.view.next, Some(Span::s(99)), "what holds it back counts");
        assert_eq!(bench.planner.resume(), Ok(()));
        bench
            .says(0, Observation::Tcp, Says::Off)
            .says(0, Observation::Bmc, Says::Off)
            .run(0.1);
        assert_eq!(
            (bench.down(), bench.view.next),
            (0b011, Some(STAGE)),
            "the first tier is down and counts no more"
        );
        bench.asks(Demand {
            left: Some(Span::s(5)),
            ..TRIPPED
        });
        assert_eq!(bench.view.next, Some(LAST_TIER_GAP), "compressed");
        bench.run(LAST_TIER_GAP.as_s());
        assert_eq!((bench.down(), bench.view.next), (0b111, None), "nobody waits");

        let mut bench = Bench::new(roster(2, &targets[..2]));
        bench.asks(TRIPPED).asks(Demand {
            stands: false,
            ..TRIPPED
        });
        assert_eq!(bench.planner.abort(false), Ok(()));
        bench.run(0.1);
        assert_eq!(bench.view.next, None, "a person has stopped it");
    }
}
