//! The first moments of a rack, and what is told of the last evaluation.

use super::Bench;
use crate::{BOOT_GRACE, Restored, Safety};
use points::alarm::Alarm;
use points::command::{Authority, Refusal};
use points::interlock::{Cause, Effect, Latch, LatchSet};
use points::{Absent, Celsius, Flag, LoopState, Reading, Span};

fn starting() -> Bench {
    Bench::start(Restored::NeverLatched, Some(false))
}

#[test]
fn nothing_is_reset_before_anything_was_judged() {
    let mut fire = Bench::new();
    fire.inputs.manual_fire.value = Ok(Flag::Set);
    fire.tick();
    let mut safety = Safety::new(Restored::Record(fire.safety.record()), fire.now);
    let asked = LatchSet::of(&[Latch::Fire]);
    let answer = safety.reset(fire.now, asked, true, Authority::TwoPersons);
    assert_eq!(answer, Err(Refusal::NoKey));
    assert!(safety.inputs().is_none() && safety.soak_left(fire.now).is_none());
    assert_eq!(safety.answer_prealarm(fire.now), Err(Refusal::NotRaised));
}

/// D3: the contact's state at the start is a latch record of its own, and only at the start.
#[test]
fn the_contact_is_asked_once_when_it_can_first_be_read() {
    let mut late = starting();
    late.inputs.contact_open.value = Err(Absent::Starting);
    assert!(late.run(3.0).latches.is_empty());
    late.frozen = true;
    late.inputs.contact_open = Reading::good(Flag::Set, late.now);
    let verdict = late.tick();
    assert!(
        verdict.latches.has(Latch::Unknown) && late.off(),
        "it was open all the time"
    );

    let mut running = Bench::new();
    running.frozen = true;
    for _ in 0..30 {
        running.inputs.contact_open = Reading::good(Flag::Set, running.now);
        assert!(
            running
                .tick()
                .latches
                .without(LatchSet::of(&[Latch::CoolingLoss]))
                .is_empty()
        );
    }
    assert!(
        running.has(Cause::C28CoolingIsolated) && !running.off(),
        "it opened by itself"
    );
}

#[test]
fn what_a_site_without_a_contact_reads_there_is_no_latch() {
    let mut bench = starting();
    bench.inputs.contact_fitted = false;
    bench.frozen = true;
    bench.inputs.contact_open = Reading::good(Flag::Set, bench.now);
    let verdict = bench.tick();
    assert!(!verdict.latches.has(Latch::Unknown) && !bench.off());
    // And its first evaluation was its start: a contact that is fitted later is not asked as one.
    bench.inputs.contact_fitted = true;
    bench.inputs.contact_open = Reading::good(Flag::Set, bench.now);
    assert!(!bench.tick().latches.has(Latch::Unknown));
}

/// No restart raises an alarm by what has not been read yet; after the grace whatever is missing counts.
#[test]
fn the_grace_of_a_start_is_five_seconds_for_probes_loops_and_units() {
    type Miss = fn(&mut Bench);
    let cases: [(Miss, Alarm); 5] = [
        (|bench| bench.lose(1, Absent::Starting), Alarm::ProbeLost),
        (
            |bench| bench.inputs.smoke[1].value = Err(Absent::Starting),
            Alarm::LoopFault,
        ),
        (
            |bench| bench.inputs.break_wire[0].value = Err(Absent::Starting),
            Alarm::LoopFault,
        ),
        (
            |bench| bench.inputs.break_wire[1].value = Err(Absent::Starting),
            Alarm::Extinguisher,
        ),
        (
            |bench| bench.inputs.extinguisher_home[0].value = Err(Absent::Starting),
            Alarm::Extinguisher,
        ),
    ];
    for (number, (miss, alarm)) in cases.into_iter().enumerate() {
        let mut bench = starting();
        miss(&mut bench);
        let verdict = bench.run(BOOT_GRACE.as_s() - 0.1);
        assert!(
            verdict.conditions.is_empty(),
            "case {number}: {:?}",
            verdict.conditions
        );
        assert!(bench.tick().conditions.has(alarm), "case {number}");
    }
    // What has been read and is bad is bad at once.
    let cases: [(Miss, Alarm); 3] = [
        (|bench| bench.lose(1, Absent::NoAnswer), Alarm::ProbeLost),
        (
            |bench| bench.inputs.smoke[1].value = Ok(LoopState::Open),
            Alarm::LoopFault,
        ),
        (
            |bench| bench.inputs.extinguisher_home[0].value = Ok(Flag::Clear),
            Alarm::Extinguisher,
        ),
    ];
    for (miss, alarm) in cases {
        let mut bench = starting();
        miss(&mut bench);
        assert!(bench.tick().conditions.has(alarm), "{alarm:?}");
    }
}

#[test]
fn while_one_probe_is_on_its_way_and_none_votes_the_fan_runs_full() {
    let mut bench = starting();
    bench.lose(0, Absent::NoAnswer);
    bench.lose(1, Absent::NoAnswer);
    bench.lose(2, Absent::Starting);
    let verdict = bench.tick();
    assert!(bench.drive() >= 100.0 && !verdict.causes.has(Cause::C17AllBlind));
    assert!(verdict.causes.has(Cause::C16TwoProbesLost));
    bench.inputs.exhaust[2].reading.value = Ok(Celsius::of(40.0));
    bench.tick();
    assert!((bench.drive() - 40.0).abs() < 1e-9, "one votes");
    assert!(!bench.does(Effect::FanMax));
}

#[test]
fn the_soak_that_is_left_is_told_while_a_fire_is_latched() {
    let mut bench = Bench::new();
    assert_eq!(bench.safety.soak_left(bench.now), None);
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.run(5.0);
    assert_eq!(
        bench.safety.soak_left(bench.now),
        Some(Span::s(600)),
        "evidence stands"
    );
    bench.inputs.manual_fire.value = Ok(Flag::Clear);
    bench.run(100.0);
    assert_eq!(bench.safety.soak_left(bench.now), Some(Span::s(500)));
    bench.run(499.9);
    assert_eq!(bench.safety.soak_left(bench.now), Some(Span::ms(100)));
    bench.tick();
    assert_eq!(bench.safety.soak_left(bench.now), None, "it is over");
    // Evidence begins it anew; another latch has none.
    bench.smoke(0, true);
    bench.tick();
    assert_eq!(bench.safety.soak_left(bench.now), Some(Span::s(600)));
    let mut smoke = Bench::new();
    smoke.smoke(0, true);
    smoke.tick();
    assert_eq!(smoke.safety.soak_left(smoke.now), None);
}

#[test]
fn the_inputs_told_are_those_that_were_judged() {
    let mut bench = Bench::new();
    bench.probe(1, 47.0);
    bench.tick();
    let seen = *bench.safety.inputs().unwrap();
    assert_eq!(
        seen.exhaust[1].reading,
        Reading::good(Celsius::of(47.0), bench.now)
    );
    bench.frozen = true;
    bench.run(5.1);
    let stale = bench.safety.inputs().unwrap().exhaust[1].reading.value;
    assert_eq!(stale, Err(Absent::Stale), "as old as they were then");
}

/// An alarm whose latch outlives its cause is held; one whose condition stands is not, nor one that does not latch.
#[test]
fn held_alarms_are_those_that_only_a_latch_keeps() {
    let mut bench = Bench::new();
    assert!(bench.verdict.unwrap().held().is_empty());
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.smoke(0, true);
    let verdict = bench.tick();
    assert!(verdict.held().is_empty() && verdict.conditions.has(Alarm::ManualFire));
    bench.inputs.manual_fire.value = Ok(Flag::Clear);
    let verdict = bench.tick();
    assert!(verdict.held().has(Alarm::ManualFire) && !verdict.held().has(Alarm::PreAlarm));
    bench.smoke(0, false);
    let verdict = bench.run(61.0);
    assert!(verdict.held().has(Alarm::ManualFire) && verdict.held().has(Alarm::PreAlarm));
    assert!(verdict.held().without(verdict.conditions).is_empty());
    bench.heal();
    bench.inputs.mains_present.value = Ok(Flag::Clear);
    bench.run(301.0);
    bench.inputs.mains_present.value = Ok(Flag::Set);
    let verdict = bench.tick();
    assert!(
        verdict.latched.has(Cause::C20MainsLost),
        "its shutdown is latched"
    );
    assert!(!verdict.held().has(Alarm::MainsLost) && !verdict.conditions.has(Alarm::MainsLost));
}
