//! Times and bands of racks of the plan, and when nothing is said.

use super::racks::root;
use super::*;
use proptest::prelude::*;
use std::vec::Vec;

const LIMITS_C: [f64; LIMITS] = [45.0, 55.0, 60.0];
const LOAD_W: f64 = 5_000.0;
const ROOM_C: f64 = 24.0;
const FLOW_M3_S: f64 = 0.22;

fn seen(at: Moment, exhaust_c: f64, flow_m3_s: f64, lost: bool) -> Seen {
    Seen {
        exhaust: Reading::good(Celsius::of(exhaust_c), at),
        room: Reading::good(Celsius::of(ROOM_C), at),
        power: Reading::good(Watt::of(LOAD_W), at),
        flow: Flow {
            m3_s: flow_m3_s,
            doubt: None,
        },
        lost,
    }
}

/// A rack of the plan: what its exhaust probe shows.
struct True {
    rack: Racks,
    now: Moment,
}

impl True {
    fn new(exhaust_c: f64) -> Self {
        let acts = Acts::new(&Plan::STUDY, ROOM_C, LOAD_W, FLOW_M3_S);
        True {
            rack: Racks::settled(Plan::STUDY, &acts, exhaust_c),
            now: Moment::ZERO,
        }
    }

    /// Half a second at a flow. The last of the sixteen deviates least of all from nothing: its mean is the plan.
    fn pass(&mut self, flow_m3_s: f64) -> f64 {
        self.now += Span::ms(500);
        let acts = Acts::new(&Plan::STUDY, ROOM_C, LOAD_W, flow_m3_s);
        self.rack.run(0.5, &acts);
        racks::spread(self.rack.all.iter().map(|rack| rack.state[1])).0
    }
}

/// An estimator that has looked for so long at a rack at rest, and the rack.
fn looked(seconds: u64) -> (Foresight, True) {
    let exhaust_c = ROOM_C + LOAD_W / (1_177.0 * FLOW_M3_S + Plan::STUDY.walls_w_k());
    let (mut foresight, mut rack) = (Foresight::new(Plan::STUDY), True::new(exhaust_c));
    for _ in 0..2 * seconds {
        rack.now += Span::ms(500);
        foresight.look(rack.now, &seen(rack.now, exhaust_c, FLOW_M3_S, false));
    }
    (foresight, rack)
}

#[test]
fn the_root_is_the_root() {
    for x in [1e-9, 0.01, 0.5, 1.0, 2.0, 400.0, 1e9_f64] {
        assert!((root(x) / x.sqrt() - 1.0).abs() < 1e-12, "{x}");
    }
    assert!(root(0.0).abs() < 1e-12 && root(-1.0).abs() < 1e-12);
}

#[test]
fn nothing_is_said_before_three_minutes_and_after_a_gap() {
    let why = |foresight: &Foresight| foresight.why().map(|(why, _)| why);
    let (foresight, _) = looked(170);
    assert_eq!(why(&foresight), Some(Absent::Starting));
    assert_eq!(foresight.ahead(FLOW_M3_S, LIMITS_C, HORIZON_S), None);
    let (mut foresight, rack) = looked(190);
    assert_eq!(why(&foresight), None);
    let mut at = rack.now;
    let lost = |at| Seen {
        room: Reading::absent(Absent::NoAnswer, at),
        ..seen(at, 42.0, FLOW_M3_S, false)
    };
    at += Span::s(1);
    foresight.look(at, &lost(at));
    assert_eq!(foresight.why(), Some((Absent::NoAnswer, at)));
    at += Span::s(5);
    foresight.look(at, &seen(at, 42.0, FLOW_M3_S, false));
    assert_eq!(why(&foresight), None, "a short gap is bridged");
    at += Span::s(15);
    foresight.look(at, &seen(at, 42.0, FLOW_M3_S, false));
    assert_eq!(why(&foresight), Some(Absent::Starting));
    let doubt = Seen {
        flow: Flow {
            m3_s: 0.2,
            doubt: Some(Absent::Suspended),
        },
        ..seen(at, 42.0, FLOW_M3_S, false)
    };
    let (mut foresight, rack) = looked(190);
    foresight.look(rack.now + Span::ms(500), &doubt);
    assert_eq!(why(&foresight), Some(Absent::Suspended));
}

#[test]
fn a_rack_at_rest_stays_and_no_limit_is_in_sight() {
    let (foresight, _) = looked(300);
    assert!(foresight.rests_below(FLOW_M3_S, 45.0) && !foresight.rests_below(FLOW_M3_S, 41.0));
    let ahead = foresight
        .ahead(FLOW_M3_S, LIMITS_C, HORIZON_S)
        .expect("it has looked");
    assert_eq!(ahead.times, [Times::default(); LIMITS]);
    let start_c = ahead.band[0].expected_c;
    for band in ahead.band {
        assert!((band.expected_c - start_c).abs() < 0.3, "{band:?}");
        assert!(
            band.low_c < band.expected_c && band.high_c - band.low_c < 1.0,
            "{band:?}"
        );
    }
}

#[test]
fn after_a_stop_the_times_are_those_of_the_rack_and_the_bounds_close_in() {
    let (mut foresight, mut rack) = looked(300);
    let mut shown = Vec::new();
    let mut said = Vec::new();
    for half in 0..1_200 {
        let exhaust_c = rack.pass(0.0);
        shown.push(exhaust_c);
        foresight.look(rack.now, &seen(rack.now, exhaust_c, 0.0, true));
        if [40, 120].contains(&half) {
            said.push((half, foresight.ahead(0.0, LIMITS_C, HORIZON_S).expect("it looks")));
        }
    }
    let when = |limit_c: f64| shown.iter().position(|c| *c >= limit_c).expect("it is reached") as f64;
    let mut width = f64::MAX;
    for (half, ahead) in said {
        for (times, limit_c) in ahead.times.iter().zip(LIMITS_C) {
            let left_s = 0.5 * (when(limit_c) - f64::from(half));
            if left_s < 5.0 {
                continue;
            }
            let expected_s = times.expected_s.expect("in sight");
            assert!(
                (expected_s / left_s - 1.0).abs() < 0.1,
                "{limit_c}: {expected_s} of {left_s}"
            );
            assert!(times.low_s < Some(left_s) && times.high_s.is_none_or(|high| high > left_s));
        }
        let damage = ahead.times[2];
        let (low, high) = (damage.low_s.expect("in sight"), damage.high_s.expect("in sight"));
        assert!((high - low) / low < width, "{low} {high}");
        width = (high - low) / low;
    }
}

#[test]
fn a_limit_that_is_reached_is_now_and_one_behind_the_horizon_is_not_in_sight() {
    let (foresight, _) = looked(300);
    let ahead = foresight
        .ahead(0.0, [30.0, 46.0, 150.0], HORIZON_S)
        .expect("it looks");
    assert_eq!(ahead.times[0].low_s, Some(0.0));
    assert_eq!(ahead.times[0].high_s, Some(0.0));
    let times = ahead.times[1];
    assert!(
        times.low_s < times.expected_s && times.expected_s < times.high_s,
        "{times:?}"
    );
    assert_eq!(ahead.times[2], Times::default());
}

#[test]
fn a_loss_soon_after_another_goes_on_with_what_was_learned() {
    let width = |pause: u64| {
        let (mut foresight, mut rack) = looked(300);
        for _ in 0..120 {
            let exhaust_c = rack.pass(0.0);
            foresight.look(rack.now, &seen(rack.now, exhaust_c, 0.0, true));
        }
        for _ in 0..2 * pause {
            let exhaust_c = rack.pass(FLOW_M3_S);
            foresight.look(rack.now, &seen(rack.now, exhaust_c, FLOW_M3_S, false));
        }
        foresight.look(rack.now, &seen(rack.now, rack.pass(0.0), 0.0, true));
        let band = foresight.ahead(0.0, LIMITS_C, HORIZON_S).expect("it looks").band[2];
        band.high_c - band.low_c
    };
    assert!(1.5 * width(10) < width(120), "{} {}", width(10), width(120));
}

proptest! {
    #[test]
    fn whatever_it_is_shown_its_answers_are_ordered_numbers(
        looks in proptest::collection::vec((20.0..120.0_f64, 0.0..0.6_f64, any::<bool>()), 1..200)
    ) {
        let (mut foresight, rack) = looked(200);
        let mut now = rack.now;
        for (exhaust_c, flow_m3_s, lost) in looks {
            now += Span::ms(500);
            foresight.look(now, &seen(now, exhaust_c, flow_m3_s, lost));
        }
        let ahead = foresight.ahead(0.0, LIMITS_C, HORIZON_S).expect("it looks");
        for band in ahead.band {
            prop_assert!(band.low_c.is_finite() && band.low_c <= band.expected_c && band.expected_c <= band.high_c);
        }
        for times in ahead.times {
            let far = |time: Option<f64>| time.unwrap_or(f64::MAX);
            prop_assert!(far(times.low_s) <= far(times.expected_s) && far(times.expected_s) <= far(times.high_s));
        }
    }
}
