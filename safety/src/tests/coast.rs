//! The two seconds without drive: how long, how often, and what ends them.

use super::{Bench, bench::TICK};
use crate::{COAST_AGAIN, COAST_MOST, Wish, bound};
use points::{Absent, Celsius, Flag, LoopState, Percent, Span};
use proptest::prelude::*;

/// What befalls a rack.
type Upset = fn(&mut Bench);

/// A rack that asks for no drive from now on.
fn asking() -> Bench {
    let mut bench = Bench::new();
    bench.asks = true;
    bench
}

/// Time without drive over so many seconds.
fn without(bench: &mut Bench, seconds: f64) -> Span {
    let (mut sum, until) = (Span::ZERO, bench.now + Span::from_s(seconds).unwrap());
    while bench.now < until {
        bench.tick();
        if bench.outputs.drive().get() <= 0.0 {
            assert!(!bench.outputs.contact_open());
            sum = sum + TICK;
        } else {
            assert!(bench.outputs.drive().get() >= 20.0);
        }
    }
    sum
}

#[test]
fn a_coast_down_lasts_two_seconds_at_most_and_comes_once_an_hour() {
    let mut bench = asking();
    assert_eq!(without(&mut bench, 60.0), COAST_MOST);
    assert_eq!(
        without(&mut bench, COAST_AGAIN.as_s() - 61.0),
        Span::ZERO,
        "however long it asks"
    );
    assert_eq!(without(&mut bench, 60.0), COAST_MOST, "and an hour later again");
    bench.asks = false;
    assert_eq!(
        without(&mut bench, 7_200.0),
        Span::ZERO,
        "none that nobody asks for"
    );
}

/// Whatever stands against it: the drive is back in the very tick, and at least what control wished for.
#[test]
fn whatever_touches_cooling_fire_or_a_latch_ends_a_coast_down_in_its_tick() {
    let acts: [(&str, Upset); 9] = [
        ("warm exhaust", |b| {
            b.inputs
                .exhaust
                .iter_mut()
                .for_each(|p| p.reading.value = Ok(Celsius::of(43.5)))
        }),
        ("two probes lost", |b| {
            b.inputs.exhaust[..2]
                .iter_mut()
                .for_each(|p| p.reading.value = Err(Absent::NoAnswer));
        }),
        ("fire button", |b| b.inputs.manual_fire.value = Ok(Flag::Set)),
        ("smoke", |b| b.inputs.smoke[0].value = Ok(LoopState::Alarm)),
        ("cut-out", |b| b.inputs.cut_out_open.value = Ok(Flag::Set)),
        ("mains lost", |b| b.inputs.mains_present.value = Ok(Flag::Clear)),
        ("emergency off", |b| b.inputs.emergency_off.value = Ok(Flag::Set)),
        ("isolator", |b| b.inputs.isolator_open.value = Ok(Flag::Set)),
        ("front lost", |b| b.inputs.front_alive = false),
    ];
    for (what, act) in acts {
        let mut bench = asking();
        bench.run(0.5);
        assert!(bench.outputs.drive().get() <= 0.0, "{what}: it coasts");
        act(&mut bench);
        bench.tick();
        let stopped = bench.outputs.contact_open();
        assert!(stopped || bench.outputs.drive().get() >= bench.wish, "{what}");
        assert!(stopped == bench.verdict.unwrap().fan_off(), "{what}");
    }
}

#[test]
fn no_coast_down_begins_where_the_air_is_warm_or_a_latch_stands() {
    let mut bench = Bench::new();
    bench
        .inputs
        .exhaust
        .iter_mut()
        .for_each(|p| p.reading.value = Ok(Celsius::of(43.1)));
    bench.run(5.0);
    bench.asks = true;
    assert_eq!(without(&mut bench, 60.0), Span::ZERO);
    let mut bench = Bench::new();
    bench.inputs.isolator_open.value = Ok(Flag::Set);
    bench.run(5.0);
    bench.inputs.isolator_open.value = Ok(Flag::Clear);
    bench.run(60.0);
    assert!(!bench.verdict.unwrap().latches.is_empty() || !bench.verdict.unwrap().latched.is_empty());
    bench.asks = true;
    assert_eq!(without(&mut bench, 60.0), Span::ZERO);
}

/// A permit is for one tick: kept, it is worth nothing.
#[test]
fn a_permit_that_is_kept_is_void_in_the_next_tick() {
    let mut bench = Bench::new();
    let verdict = bench.tick();
    let permit = bench
        .coasting
        .permit(bench.now, bench.ticks, true, &verdict, &bench.settings);
    let wish = Wish {
        drive: Percent::of(40.0),
        coast: permit,
        rests: None,
    };
    assert!(permit.is_some());
    let drive = |tick| bound(wish, &verdict, &bench.settings, tick).drive().get();
    assert!(drive(bench.ticks) <= 0.0 && drive(bench.ticks + 1) >= 40.0);
}

proptest! {
    /// Whatever is asked for when, at whatever tick: never more than two seconds and a tick in any hour.
    #[test]
    fn any_asking_gives_two_seconds_in_an_hour(asks in proptest::collection::vec((any::<bool>(), 1u64..400), 1..40), step_ms in 10u64..=200) {
        let mut bench = Bench::new();
        bench.step = Span::ms(step_ms);
        let (mut off, mut last_begin) = (Span::ZERO, None::<points::Moment>);
        for (asked, ticks) in asks {
            bench.asks = asked;
            for _ in 0..ticks {
                bench.tick();
                if bench.outputs.drive().get() <= 0.0 {
                    let begin = *last_begin.get_or_insert(bench.now);
                    prop_assert!(bench.now.since(begin) < COAST_MOST);
                    off = off + bench.step;
                }
            }
        }
        prop_assert!(off <= COAST_MOST + bench.step);
    }
}
