//! The exhaust vote at its limits: who votes, whom it follows, and why there is none.

use super::bench::healthy;
use crate::vote::Voting;
use crate::{Inputs, Vote};
use points::setting::Settings;
use points::{Absent, Celsius, Moment, Reading, Span};

type Seen = Result<f64, Absent>;

/// Three probes, the ceiling, and a clock that goes in tenths of a second.
struct Air {
    voting: Voting,
    inputs: Inputs,
    now: Moment,
}

impl Air {
    fn of(seen: [Seen; 3]) -> Air {
        let mut air = Air {
            voting: Voting::default(),
            inputs: healthy(),
            now: Moment::ZERO,
        };
        air.inputs.ceiling.value = Err(Absent::NotFitted);
        air.set(seen);
        air
    }

    fn set(&mut self, seen: [Seen; 3]) {
        for (probe, value) in self.inputs.exhaust.iter_mut().zip(seen) {
            probe.reading.value = value.map(Celsius::of);
        }
    }

    fn ceiling(&mut self, seen: Seen) {
        self.inputs.ceiling.value = seen.map(Celsius::of);
    }

    fn tick(&mut self) -> Vote {
        let vote = self.voting.take(self.now, &self.inputs, &Settings::default());
        self.now += Span::ms(100);
        vote
    }

    /// The vote so many seconds after the first of these ticks.
    fn run(&mut self, seconds: u64) -> Vote {
        let until = self.now + Span::s(seconds);
        let mut vote = self.tick();
        while self.now <= until {
            vote = self.tick();
        }
        vote
    }
}

const LOST: Seen = Err(Absent::NoAnswer);
const OVER: Seen = Err(Absent::OverRange);

/// D4: middle of three, hotter of two, the only one, none; over-range votes as very hot.
#[test]
fn the_vote_is_the_middle_of_three_the_hotter_of_two_or_the_only_one() {
    for (seen, voters, threshold, value) in [
        ([Ok(40.0), Ok(41.0), Ok(42.0)], 3, 2, Ok(41.0)),
        ([Ok(42.0), Ok(40.0), Ok(41.0)], 3, 2, Ok(41.0)),
        ([Ok(41.0), Ok(42.0), Ok(40.0)], 3, 2, Ok(41.0)),
        ([LOST, Ok(42.0), Ok(40.0)], 2, 1, Ok(42.0)),
        ([Ok(40.0), LOST, Ok(42.0)], 2, 1, Ok(42.0)),
        ([Ok(40.0), LOST, LOST], 1, 1, Ok(40.0)),
        ([LOST, LOST, Ok(40.0)], 1, 1, Ok(40.0)),
        ([OVER, Ok(40.0), Ok(41.0)], 3, 2, Ok(41.0)),
        ([OVER, Ok(40.0), LOST], 2, 1, OVER),
        ([OVER, Ok(149.0), OVER], 3, 2, OVER),
        ([LOST, LOST, LOST], 0, 1, LOST),
        (
            [LOST, Err(Absent::Stuck), Err(Absent::LostHot)],
            0,
            1,
            Err(Absent::LostHot),
        ),
        ([Err(Absent::Stuck), LOST, LOST], 0, 1, Err(Absent::Stuck)),
    ] {
        let vote = Air::of(seen).tick();
        assert_eq!(vote.value.value, value.map(Celsius::of), "{seen:?}");
        assert_eq!((vote.voters, vote.threshold()), (voters, threshold), "{seen:?}");
        let voting = seen.map(|one| one.is_ok() || one == OVER);
        assert_eq!(vote.voting, voting, "{seen:?}");
        assert!(!vote.contradicted);
    }
}

/// H10: one apart from two that are together stops voting after a minute; 5 K is together, more is apart.
#[test]
fn who_disagrees_with_two_that_agree_stops_voting_after_a_minute() {
    for (seen, apart) in [
        ([Ok(40.0), Ok(45.0), Ok(50.1)], Some(2)),
        ([Ok(40.0), Ok(45.0), Ok(50.0)], None),
        ([Ok(40.0), Ok(45.1), Ok(60.0)], None),
        ([Ok(39.9), Ok(50.0), Ok(45.0)], Some(0)),
        ([Ok(45.0), Ok(39.0), Ok(45.0)], Some(1)),
        ([Ok(45.0), Ok(40.0), Ok(45.0)], None),
        ([Ok(-10.0), Ok(-14.0), Ok(-20.0)], Some(2)),
        ([OVER, Ok(40.0), Ok(41.0)], Some(0)),
        ([OVER, Ok(40.0), LOST], None),
        ([Ok(60.0), LOST, Ok(41.0)], None),
    ] {
        let mut air = Air::of(seen);
        let all = air.tick().voting;
        let vote = air.run(59);
        assert_eq!(vote.voting, all, "{seen:?} before the minute");
        air.run(1);
        let mut left = all;
        if let Some(apart) = apart {
            left[apart] = false;
        }
        assert_eq!(air.tick().voting, left, "{seen:?}");
    }
    // The very tick.
    let mut air = Air::of([Ok(40.0), Ok(40.0), Ok(60.0)]);
    assert_eq!(air.run(60).voters, 2);
    let mut air = Air::of([Ok(40.0), Ok(40.0), Ok(60.0)]);
    air.run(59);
    air.set([Ok(40.0), Ok(40.0), Ok(45.0)]);
    air.tick();
    air.set([Ok(40.0), Ok(40.0), Ok(60.0)]);
    assert_eq!(air.run(59).voters, 3, "a break begins the minute anew");
}

/// It comes back by agreeing with every peer that votes, within half the limit, for a minute.
#[test]
fn an_excluded_probe_comes_back_by_agreeing_only() {
    for (seen, back) in [
        ([Ok(40.0), Ok(41.0), Ok(42.5)], true),
        ([Ok(40.0), Ok(41.0), Ok(42.6)], false),
        ([Ok(43.0), Ok(41.0), Ok(40.4)], false),
        ([Ok(40.0), LOST, Ok(42.5)], true),
        ([LOST, Ok(40.0), Ok(37.5)], true),
        ([LOST, Ok(40.0), Ok(37.4)], false),
        ([LOST, LOST, Ok(40.0)], false),
        ([Ok(40.0), Ok(41.0), LOST], false),
    ] {
        let mut air = Air::of([Ok(40.0), Ok(40.0), Ok(60.0)]);
        assert!(!air.run(60).voting[2]);
        air.set(seen);
        assert!(!air.run(59).voting[2], "{seen:?} before the minute");
        air.run(1);
        let vote = air.tick();
        assert_eq!(vote.voting[2], back, "{seen:?}");
        // And it is excluded again only after a whole minute.
        if back {
            air.set([Ok(40.0), Ok(40.0), Ok(60.0)]);
            assert!(air.run(59).voting[2]);
            air.tick();
            assert!(!air.run(1).voting[2]);
        }
    }
}

#[test]
fn an_excluded_probe_that_is_left_alone_does_not_vote_and_is_no_peer() {
    let mut air = Air::of([Ok(60.0), Ok(40.0), Ok(40.0)]);
    air.run(61);
    air.set([Ok(60.0), LOST, LOST]);
    let vote = air.run(200);
    assert_eq!((vote.voters, vote.value.value), (0, Err(Absent::Disagrees)));
    air.set([Ok(60.0), Ok(40.0), Ok(60.0)]);
    let vote = air.tick();
    assert_eq!(
        (vote.voters, vote.value.number()),
        (2, Some(60.0)),
        "the hotter of two"
    );
    assert_eq!(
        air.run(300).voting,
        [false, true, true],
        "nobody is outvoted by an excluded one"
    );
}

/// H11: the hottest of three, with the ceiling and against the other two, is followed after 20 s.
#[test]
fn the_hottest_with_the_witness_is_followed_against_the_vote() {
    for (hottest, ceiling, followed) in [
        (56.0, Ok(56.0), true),
        (46.1, Ok(51.1), true),
        (46.1, Ok(51.2), false),
        (46.0, Ok(46.5), false),
        (50.0, Ok(46.1), true),
        (50.0, Ok(46.0), false),
        (51.1, Ok(46.1), true),
        (51.2, Ok(46.1), false),
        (56.0, LOST, false),
    ] {
        let mut air = Air::of([Ok(40.0), Ok(hottest), Ok(41.0)]);
        air.ceiling(ceiling);
        assert!(!air.run(19).contradicted, "{hottest} {ceiling:?} not at once");
        air.run(1);
        let vote = air.tick();
        assert_eq!(vote.contradicted, followed, "{hottest} {ceiling:?}");
        let value = if followed { hottest } else { 41.0 };
        assert_eq!(vote.value.number(), Some(value));
        assert_eq!((vote.level, vote.majority), (Some(value), Some(41.0)));
    }
    let mut air = Air::of([Ok(40.0), Ok(56.0), Ok(41.0)]);
    air.ceiling(Ok(56.0));
    assert!(air.run(20).contradicted, "in the very tick");
    let mut two = Air::of([LOST, Ok(56.0), Ok(41.0)]);
    two.ceiling(Ok(56.0));
    let vote = two.run(60);
    assert!(
        !vote.contradicted && vote.value.number() == Some(56.0),
        "the hotter of two anyway"
    );
}

#[test]
fn a_followed_probe_is_let_go_by_a_witness_against_it_for_a_minute_or_by_peers_that_meet_it() {
    let contradicted = || {
        let mut air = Air::of([Ok(40.0), Ok(56.0), Ok(41.0)]);
        air.ceiling(Ok(56.0));
        assert!(air.run(30).contradicted);
        air
    };
    let mut air = contradicted();
    air.ceiling(LOST);
    assert!(air.run(600).contradicted, "a lost witness takes nothing back");
    air.ceiling(Ok(41.0));
    assert!(air.run(59).contradicted);
    air.run(1);
    assert!(!air.tick().contradicted);

    let mut air = contradicted();
    air.ceiling(Ok(41.0));
    air.run(59);
    air.ceiling(Ok(56.0));
    air.tick();
    air.ceiling(Ok(41.0));
    assert!(air.run(59).contradicted, "a break begins the minute anew");

    for seen in [[Ok(51.0), Ok(56.0), Ok(51.0)], [LOST, Ok(56.0), Ok(41.0)]] {
        let mut air = contradicted();
        air.set(seen);
        assert!(!air.tick().contradicted, "{seen:?}");
        air.set([Ok(40.0), Ok(56.0), Ok(41.0)]);
        assert!(
            !air.run(19).contradicted,
            "{seen:?}: the twenty seconds begin anew"
        );
        air.tick();
        assert!(air.run(1).contradicted, "{seen:?}");
    }
}

#[test]
fn the_reading_told_is_that_of_the_probe_followed() {
    let mut air = Air::of([Ok(40.0), Ok(41.0), Ok(42.0)]);
    for (place, probe) in air.inputs.exhaust.iter_mut().enumerate() {
        probe.reading.at = Moment(7 + place as u64);
    }
    assert_eq!(air.tick().value, Reading::good(Celsius::of(41.0), Moment(8)));
}
