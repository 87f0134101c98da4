//! The blower's witnesses, outputs that are not obeyed, and the faults that only tell.

use super::Bench;
use points::alarm::Alarm;
use points::command::Refusal;
use points::interlock::{Cause, Effect, Latch, OutputLine};
use points::{Absent, Ampere, Flag, Pascal, Ratio, Rpm, Watt};

#[test]
fn a_driven_blower_that_stands_is_failed_after_three_seconds() {
    let mut bench = Bench::new();
    bench.fan_works = false;
    bench.run(2.8);
    assert!(!bench.has(Cause::C10FanFailed));
    let verdict = bench.run(0.5);
    assert!(verdict.causes.has(Cause::C10FanFailed) && verdict.cap && bench.drive() >= 100.0);
    assert!(!verdict.host_down, "no slope yet");
    bench.fan_works = true;
    let verdict = bench.run(10.0);
    assert!(
        !verdict.causes.has(Cause::C10FanFailed) && verdict.cap,
        "the cap is latched"
    );
    assert_eq!(bench.reset(Latch::CoolingLoss), Err(Refusal::FanNotProven));
    bench.run(30.0);
    assert_eq!(bench.reset(Latch::CoolingLoss), Ok(()));
    assert!(!bench.verdict.unwrap().cap);
}

#[test]
fn two_witnesses_of_three_must_agree_and_the_last_one_decides() {
    for (speed, current, draft, failed) in [
        (Ok(0.0), Ok(4.0), Ok(-9.0), false),
        (Ok(2000.0), Ok(0.0), Ok(-9.0), false),
        (Ok(0.0), Ok(0.0), Ok(-9.0), true),
        (Ok(0.0), Ok(4.0), Err(Absent::Stale), true),
        (Err(Absent::UnderRange), Ok(4.0), Err(Absent::NotFitted), true),
        (Ok(2000.0), Ok(0.0), Err(Absent::Stale), false),
        (Ok(2000.0), Ok(4.0), Err(Absent::Stale), false),
        (Ok(0.0), Err(Absent::NotFitted), Ok(-9.0), false),
        (Ok(0.0), Err(Absent::NotFitted), Ok(0.2), true),
        (Ok(0.0), Err(Absent::NotFitted), Err(Absent::NotFitted), true),
        (
            Err(Absent::UnderRange),
            Err(Absent::Stale),
            Err(Absent::Stale),
            true,
        ),
        (Err(Absent::NoAnswer), Ok(0.0), Ok(0.1), true),
        (Err(Absent::NoAnswer), Ok(0.0), Err(Absent::Stale), true),
        (
            Err(Absent::NoAnswer),
            Err(Absent::NoAnswer),
            Err(Absent::NoAnswer),
            false,
        ),
    ] {
        let mut bench = Bench::new();
        bench.wish = 70.0;
        bench.run(5.0);
        for _ in 0..60 {
            // Set after the bench's own blower has been asked, tick by tick.
            bench.inputs.fan.speed.value = speed.map(Rpm::of);
            bench.inputs.fan.current.value = current.map(Ampere::of);
            bench.inputs.draft.value = draft.map(Pascal::of);
            bench.now += super::bench::TICK;
            bench.frozen = true;
            for reading in [
                &mut bench.inputs.fan.speed.at,
                &mut bench.inputs.fan.current.at,
                &mut bench.inputs.draft.at,
            ] {
                *reading = bench.now;
            }
            bench.tick();
        }
        assert_eq!(
            bench.has(Cause::C10FanFailed),
            failed,
            "{speed:?} {current:?} {draft:?}"
        );
    }
}

#[test]
fn a_failed_blower_takes_the_hosts_down_when_the_trip_comes_near() {
    let mut bench = Bench::new();
    bench.fan_works = false;
    bench.run(5.0);
    let mut degrees = 40.0;
    while !bench.verdict.unwrap().host_down && degrees < 55.0 {
        degrees += 0.01;
        bench.probes(degrees);
        bench.tick();
    }
    assert!(
        degrees < 41.0,
        "0.1 K/s over 15 K is 150 s, less than twice the stop time: {degrees}"
    );
    let mut blind = Bench::new();
    blind.fan_works = false;
    (0..3).for_each(|probe| blind.lose(probe, Absent::NoAnswer));
    assert!(blind.run(4.0).host_down, "no cooling and no eyes");
}

#[test]
fn an_isolated_blower_caps_and_counts_down_without_driving_into_hands() {
    let mut bench = Bench::new();
    bench.inputs.isolator_open.value = Ok(Flag::Set);
    let verdict = bench.run(10.0);
    assert!(verdict.causes.has(Cause::C28CoolingIsolated) && !verdict.causes.has(Cause::C10FanFailed));
    assert!(verdict.cap && !bench.does(Effect::FanMax) && !bench.off());
    bench.inputs.isolator_open.value = Ok(Flag::Clear);
    bench.run(40.0);
    assert_eq!(bench.reset(Latch::CoolingLoss), Ok(()));
}

#[test]
fn a_contact_that_opens_by_itself_is_a_loss_of_cooling() {
    let mut bench = Bench::new();
    bench.frozen = true;
    for _ in 0..12 {
        bench.inputs.contact_open = points::Reading::good(Flag::Set, bench.now);
        bench.tick();
    }
    let verdict = bench.verdict.unwrap();
    assert!(verdict.causes.has(Cause::C28CoolingIsolated) && verdict.conditions.has(Alarm::OutputMismatch));
    assert!(!bench.off(), "nothing asked for it");
}

#[test]
fn no_flow_is_told_only_with_the_door_shut() {
    for (door, told) in [(Flag::Clear, true), (Flag::Set, false)] {
        let mut bench = Bench::new();
        bench.wish = 30.0;
        bench.run(1.0);
        bench.inputs.draft.value = Err(Absent::NotFitted);
        bench.inputs.door_open.value = Ok(door);
        bench.frozen = true;
        for _ in 0..200 {
            bench.inputs.draft = points::Reading::good(Pascal::of(-0.2), bench.now);
            bench.inputs.fan.speed.at = bench.now;
            bench.inputs.fan.current.at = bench.now;
            bench.inputs.door_open.at = bench.now;
            bench.tick();
        }
        assert_eq!(bench.has(Cause::C11NoFlow), told, "{door:?}");
    }
}

/// The sensor's noise is larger than the limit: it must not hide that there is no draft, nor a small draft be called none.
#[test]
fn no_flow_is_told_through_the_sensors_noise() {
    for (draft_pa, told) in [(-0.2, true), (-2.0, false)] {
        let mut bench = Bench::new();
        bench.wish = 60.0;
        bench.run(1.0);
        bench.frozen = true;
        for tick in 0..300 {
            let noise_pa = if tick % 3 == 0 { 1.0 } else { -0.5 };
            bench.inputs.draft = points::Reading::good(Pascal::of(draft_pa + noise_pa), bench.now);
            bench.inputs.fan.speed.at = bench.now;
            bench.inputs.fan.current.at = bench.now;
            bench.tick();
        }
        assert_eq!(bench.has(Cause::C11NoFlow), told, "{draft_pa} Pa");
    }
}

#[test]
fn a_fan_stop_that_is_not_obeyed_is_told_and_coasting_is_not_running() {
    let mut bench = Bench::new();
    bench.fan_stops = false;
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.run(1.4);
    assert!(!bench.has(Cause::C21FanOffNotObeyed));
    let verdict = bench.run(0.4);
    assert!(verdict.causes.has(Cause::C21FanOffNotObeyed) && verdict.latches.has(Latch::NotObeyed));
    bench.fan_stops = true;
    bench.run(1.0);
    assert_eq!(bench.reset(Latch::NotObeyed), Ok(()));

    let mut coasting = Bench::new();
    coasting.inputs.fan.current.value = Err(Absent::NotFitted);
    coasting.fan_stops = false;
    coasting.inputs.manual_fire.value = Ok(Flag::Set);
    coasting.run(9.9);
    assert!(
        !coasting.has(Cause::C21FanOffNotObeyed),
        "by the tachometer alone a blower may coast"
    );
    coasting.run(0.5);
    assert!(coasting.has(Cause::C21FanOffNotObeyed));
}

#[test]
fn a_blower_that_has_coasted_below_half_its_speed_obeys() {
    let mut bench = Bench::new();
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.tick();
    bench.frozen = true;
    for _ in 0..150 {
        bench.inputs.fan.speed = points::Reading::good(Rpm::of(400.0), bench.now);
        bench.tick();
    }
    assert!(!bench.has(Cause::C21FanOffNotObeyed));
}

#[test]
fn power_that_flows_after_the_cut_is_told() {
    let mut bench = Bench::new();
    bench.inputs.emergency_off.value = Ok(Flag::Set);
    bench.inputs.power_cut_stands.value = Err(Absent::NotFitted); // the bench leaves the power as it is
    bench.inputs.it_power.value = Ok(Watt::of(900.0));
    bench.run(2.9);
    assert!(!bench.has(Cause::C22CutNotObeyed));
    assert!(bench.run(0.4).causes.has(Cause::C22CutNotObeyed));
    bench.inputs.it_power.value = Ok(Watt::of(150.0));
    assert!(!bench.run(0.2).causes.has(Cause::C22CutNotObeyed));
}

#[test]
fn faults_that_only_tell() {
    type Fault = fn(&mut Bench);
    let cases: [(Fault, Cause); 6] = [
        (|bench| bench.inputs.front_alive = false, Cause::C18FrontLost),
        (|bench| bench.inputs.watchdog_acted = true, Cause::C19Watchdog),
        (
            |bench| bench.inputs.seal_broken.value = Ok(Flag::Set),
            Cause::C25Untrusted,
        ),
        (
            |bench| bench.inputs.extinguisher_home[0].value = Ok(Flag::Clear),
            Cause::C14Extinguisher,
        ),
        (
            |bench| bench.inputs.filter_resistance[1].value = Ok(Ratio::of(4.2)),
            Cause::C12Filter,
        ),
        (|bench| bench.lose(0, Absent::NoAnswer), Cause::C15OneProbeLost),
    ];
    for (act, cause) in cases {
        let mut bench = Bench::new();
        assert!(bench.line(OutputLine::Fault), "energised when healthy");
        act(&mut bench);
        let verdict = bench.run(1.0);
        assert!(
            verdict.causes.has(cause) && verdict.latches.is_empty(),
            "{cause:?}"
        );
        assert!(!bench.line(OutputLine::Fault), "{cause:?}");
        assert!((bench.drive() - 40.0).abs() < 1e-9, "no fan effect: {cause:?}");
    }
}

#[test]
fn a_loaded_filter_is_told_before_its_end() {
    let mut bench = Bench::new();
    bench.inputs.filter_resistance[0].value = Ok(Ratio::of(3.3));
    let verdict = bench.run(1.0);
    assert!(verdict.conditions.has(Alarm::FilterWarn) && !verdict.conditions.has(Alarm::FilterEnd));
    assert!(bench.line(OutputLine::Fault));
}

#[test]
fn the_heartbeat_toggles_with_every_tick() {
    let mut bench = Bench::new();
    let mut beat = bench.line(OutputLine::Heartbeat);
    for _ in 0..10 {
        bench.tick();
        assert_ne!(beat, bench.line(OutputLine::Heartbeat));
        beat = !beat;
        assert_eq!(beat, bench.ticks % 2 == 1, "high in odd ticks");
    }
    let mut first = Bench::start(crate::Restored::NeverLatched, Some(false));
    assert!(!first.line(OutputLine::Heartbeat));
    first.tick();
    assert!(first.line(OutputLine::Heartbeat), "the first tick is seen");
}

#[test]
fn a_missing_contact_is_a_standing_alarm() {
    let mut bench = Bench::new();
    bench.inputs.contact_fitted = false;
    assert!(bench.run(1.0).conditions.has(Alarm::SoftwareFireStop));
}

#[test]
fn a_healthy_rack_has_no_condition_and_a_trip_that_stands_uncalled_is_one() {
    let mut bench = Bench::new();
    assert!(bench.verdict.unwrap().conditions.is_empty());
    bench.frozen = true;
    for _ in 0..12 {
        bench.inputs.power_cut_stands = points::Reading::good(Flag::Set, bench.now);
        bench.tick();
    }
    assert!(bench.verdict.unwrap().conditions.has(Alarm::OutputMismatch));
}

#[test]
fn a_door_that_is_not_believed_closed_is_treated_as_open() {
    let mut bench = Bench::new();
    bench.inputs.door_open.value = Err(Absent::Disagrees);
    let verdict = bench.tick();
    assert!(verdict.effects.has(Effect::FanFloor), "the floor at once (D12)");
    assert!(bench.run(12.0).causes.has(Cause::C13Door));
    bench.inputs.door_open.value = Err(Absent::Stale);
    assert!(
        !bench.run(1.0).causes.has(Cause::C13Door),
        "a contact that is not read is another matter"
    );
}
