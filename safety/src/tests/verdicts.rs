//! What one evaluation makes of it all: counted down, floored, held, cut, and written into the record.

use super::Bench;
use crate::{LatchRecord, Restored};
use points::interlock::{Cause, Effect, Latch};
use points::{Absent, Flag, Span, Watt};

fn record_reads_back(bench: &Bench) -> bool {
    let record = bench.safety.record();
    LatchRecord::from_bytes(&record.to_bytes(1)) == Ok((record, 1))
}

/// D4: evidence holds a fan off whose latches are unknown; in a rack that knows its own it is a pre-alarm.
#[test]
fn evidence_holds_off_only_a_fan_whose_latches_are_unknown() {
    let mut known = Bench::new();
    known.smoke(0, true);
    known.run(5.0);
    assert!(!known.off() && record_reads_back(&known));
    assert!(!known.has(Cause::C28CoolingIsolated));

    let mut unknown = Bench::start(Restored::Unreadable, Some(false));
    unknown.run(5.0);
    assert!(
        !unknown.off() && !unknown.has(Cause::C28CoolingIsolated),
        "it cools at full speed"
    );
    unknown.smoke(0, true);
    unknown.run(5.0);
    assert!(unknown.off() && unknown.has(Cause::C28CoolingIsolated) && record_reads_back(&unknown));
}

/// A wire that broke beside smoke is no class of its own, and its fire soaks from the last moment at which it counted.
#[test]
fn a_fire_by_a_broken_wire_soaks_from_its_last_moment() {
    let mut bench = Bench::new();
    bench.inputs.break_wire[0].value = Ok(points::LoopState::Open);
    bench.smoke(0, true);
    bench.tick();
    bench.smoke(0, false);
    bench.run(30.0);
    assert!(bench.verdict.unwrap().evidence.fired && bench.verdict.unwrap().evidence.live.is_empty());
    assert_eq!(bench.safety.soak_left(bench.now), Some(Span::s(600)));
    bench.heal();
    bench.run(10.0);
    assert_eq!(bench.safety.soak_left(bench.now), Some(Span::s(590)));
}

/// Raises the exhaust by an eighth of a kelvin a second up to `level`, beginning ten seconds before.
fn rise_to(bench: &mut Bench, level: f64) {
    for second in (0..=10).rev() {
        bench.probes(level - 0.125 * f64::from(second));
        bench.run(0.95);
    }
}

/// D5: hosts go down when the trip is nearer than twice their stop time (60 s here), to the second.
#[test]
fn a_lost_cooling_counts_down_to_twice_the_hosts_stop_time_before_the_trip() {
    let failed = |level: f64| {
        let mut bench = Bench::new();
        bench.settings.set_named("safety.host_stop_time", 60.0).unwrap();
        bench.fan_works = false;
        bench.run(5.0);
        assert_eq!(bench.verdict.unwrap().countdown, None, "it does not rise");
        rise_to(&mut bench, level);
        bench.verdict.unwrap()
    };
    let verdict = failed(39.0);
    assert_eq!(
        (verdict.to_trip, verdict.countdown),
        (Some(Span::s(128)), Some(Span::s(8)))
    );
    let verdict = failed(40.0);
    assert_eq!(
        (verdict.to_trip, verdict.countdown),
        (Some(Span::s(120)), Some(Span::ZERO))
    );
    assert!(!verdict.host_down, "not nearer than that");
    let verdict = failed(40.125);
    assert!(verdict.host_down && verdict.to_trip == Some(Span::s(119)));
    assert_eq!(verdict.countdown, None, "it is in force");

    let mut cooled = Bench::new();
    cooled.settings.set_named("safety.host_stop_time", 60.0).unwrap();
    rise_to(&mut cooled, 44.0);
    let verdict = cooled.verdict.unwrap();
    assert_eq!(
        (verdict.to_trip, verdict.countdown),
        (Some(Span::s(88)), None),
        "the fan works"
    );
}

/// D12: the floor of an open door is what was driven when it opened; without a door it is the site's.
#[test]
fn a_floor_does_not_follow_what_was_driven_since() {
    let mut warm = Bench::new();
    warm.wish = 90.0;
    warm.run(1.0);
    warm.probes(46.0);
    warm.run(1.0);
    warm.wish = 30.0;
    warm.run(1.0);
    assert!((warm.drive() - 60.0).abs() < 1e-9);

    let mut open = Bench::new();
    open.wish = 70.0;
    open.run(1.0);
    open.inputs.door_open.value = Ok(Flag::Set);
    open.run(1.0);
    open.wish = 95.0;
    open.run(1.0);
    open.wish = 30.0;
    open.run(1.0);
    assert!((open.drive() - 70.0).abs() < 1e-9);
}

#[test]
fn a_door_is_long_open_after_more_than_ten_seconds() {
    let mut bench = Bench::new();
    bench.inputs.door_open.value = Ok(Flag::Set);
    bench.tick();
    assert!(!bench.run(10.0).causes.has(Cause::C13Door));
    assert!(bench.tick().causes.has(Cause::C13Door));
}

/// H22: three seconds after the cut more than 200 W flow, or, where no meter says, the line reads back as not cut.
#[test]
fn a_cut_that_is_not_obeyed_is_told_by_the_meter_or_else_by_the_line() {
    for (power, line, told) in [
        (Ok(200.1), Ok(Flag::Set), true),
        (Ok(200.0), Ok(Flag::Clear), false),
        (Err(Absent::NoAnswer), Ok(Flag::Clear), true),
        (Err(Absent::NoAnswer), Ok(Flag::Set), false),
        (Err(Absent::NoAnswer), Err(Absent::NoAnswer), false),
    ] {
        let mut bench = Bench::new();
        bench.inputs.emergency_off.value = Ok(Flag::Set);
        bench.tick();
        bench.frozen = true;
        bench.step = Span::ms(500);
        for _ in 0..8 {
            bench.inputs.it_power.value = power.map(Watt::of);
            bench.inputs.power_cut_stands.value = line;
            bench.tick();
        }
        assert_eq!(bench.has(Cause::C22CutNotObeyed), told, "{power:?} {line:?}");
    }
    let mut uncut = Bench::new();
    uncut.inputs.power_cut_stands.value = Err(Absent::NotFitted);
    assert!(
        !uncut.run(30.0).causes.has(Cause::C22CutNotObeyed),
        "power flows and nothing cut it"
    );
}

/// I17, D3: smoke alone leaves the fan to control; blindness beside it holds what was driven last.
#[test]
fn the_fan_is_held_only_when_blindness_and_evidence_meet() {
    let mut bench = Bench::new();
    bench.smoke(0, true);
    for wish in [40.0, 70.0, 35.0] {
        bench.wish = wish;
        bench.tick();
        assert!((bench.drive() - wish).abs() < 1e-9, "control has it");
    }
    (0..3).for_each(|probe| bench.lose(probe, Absent::NoAnswer));
    bench.wish = 90.0;
    bench.run(2.0);
    assert!((bench.drive() - 35.0).abs() < 1e-9, "as it was");
    bench.smoke(0, false);
    bench.run(61.0);
    assert!(
        bench.drive() >= 100.0 && bench.does(Effect::FanMax),
        "blind and no evidence"
    );
    bench.heal();
    bench.run(1.0);
    assert!((bench.drive() - 90.0).abs() < 1e-9);
}

#[test]
fn a_rise_counts_by_probes_that_vote() {
    let mut bench = Bench::new();
    bench.inputs.exhaust[0].rising = true;
    bench.inputs.exhaust[1].rising = true;
    bench.lose(0, Absent::NoAnswer);
    assert!(bench.tick().causes.has(Cause::C09Rising), "one of two");
    bench.lose(1, Absent::NoAnswer);
    assert!(
        !bench.tick().causes.has(Cause::C09Rising),
        "the one that votes does not rise"
    );
}

#[test]
fn a_latch_is_held_by_its_own_name() {
    let mut bench = Bench::new();
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.tick();
    for latch in Latch::ALL {
        assert_eq!(bench.safety.holds(*latch), *latch == Latch::Fire, "{latch:?}");
    }
}
