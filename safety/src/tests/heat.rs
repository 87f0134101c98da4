//! Heat and blindness: the vote, the limits, the hosts.

use super::Bench;
use points::alarm::Alarm;
use points::command::Refusal;
use points::interlock::{Cause, Effect, Latch};
use points::{Absent, Celsius, Flag, Percent, Span};

#[test]
fn one_hot_probe_of_three_never_trips() {
    let mut bench = Bench::new();
    bench.probe(1, 140.0);
    bench.run(59.0);
    assert_eq!(bench.verdict.unwrap().vote.voters, 3);
    let verdict = bench.run(300.0);
    assert!(
        !verdict.causes.has(Cause::C06Warn) && !verdict.host_down && verdict.latches.is_empty(),
        "I13"
    );
    assert!(
        verdict.causes.has(Cause::C15OneProbeLost) && verdict.vote.voters == 2,
        "it no longer votes (H10)"
    );
    bench.probe(1, 43.0);
    bench.run(120.0);
    assert_eq!(
        bench.verdict.unwrap().vote.voters,
        2,
        "within the limit, not within half of it"
    );
    bench.probe(1, 41.0);
    bench.run(61.0);
    assert_eq!(bench.verdict.unwrap().vote.voters, 3);
}

#[test]
fn two_that_lie_low_alike_are_not_followed_against_the_third_and_the_ceiling() {
    let mut bench = Bench::new();
    for (probe, degrees) in [(0, 46.0), (1, 45.0), (2, 56.0)] {
        bench.probe(probe, degrees);
    }
    bench.inputs.ceiling.value = Ok(Celsius::of(58.0));
    let verdict = bench.run(19.0);
    assert!(!verdict.host_down && !verdict.vote.contradicted, "not at once");
    let verdict = bench.run(2.0);
    assert!(
        verdict.host_down && verdict.causes.has(Cause::C08Trip),
        "the safe side"
    );
    assert!(verdict.vote.contradicted && verdict.conditions.has(Alarm::VoteContradicted));
    assert_eq!(verdict.vote.value.number(), Some(56.0));
    let verdict = bench.run(60.0);
    assert!(
        verdict.vote.contradicted && verdict.vote.voters == 2,
        "the vote itself goes on"
    );
    bench.inputs.ceiling.value = Err(Absent::NoAnswer);
    assert!(
        bench.run(300.0).vote.contradicted,
        "a lost witness takes nothing back"
    );
    bench.probe(0, 55.0);
    bench.probe(1, 55.0);
    assert!(!bench.run(1.0).vote.contradicted, "probes that agree do");
}

#[test]
fn a_contradicted_vote_is_no_evidence_of_fire() {
    let mut bench = Bench::new();
    bench.probe(2, 95.0);
    bench.inputs.ceiling.value = Ok(Celsius::of(97.0));
    bench.smoke(0, true);
    let verdict = bench.run(120.0);
    assert!(verdict.vote.contradicted && verdict.host_down);
    assert!(
        !verdict.evidence.confirmed && !verdict.fan_off(),
        "smoke and one probe stop no fan"
    );
    assert!(!verdict.evidence.held.has(crate::Class::Temperature));
}

#[test]
fn a_witness_that_is_with_the_two_or_with_nobody_changes_nothing() {
    for ceiling in [
        Ok(41.0),
        Ok(46.0),
        Ok(70.0),
        Err(Absent::NotFitted),
        Err(Absent::Stuck),
    ] {
        let mut bench = Bench::new();
        bench.probe(2, 56.0);
        bench.inputs.ceiling.value = ceiling.map(Celsius::of);
        let verdict = bench.run(300.0);
        assert!(!verdict.vote.contradicted && !verdict.host_down, "{ceiling:?}");
    }
    // Without a probe apart there is nothing to ask a witness for, wherever it is.
    let mut bench = Bench::new();
    bench.inputs.ceiling.value = Ok(Celsius::of(80.0));
    bench.probe(1, 44.9);
    assert!(!bench.run(300.0).vote.contradicted);
}

#[test]
fn a_witness_that_turns_away_is_followed_no_more_after_a_minute() {
    let mut bench = Bench::new();
    bench.probe(2, 50.0);
    bench.inputs.ceiling.value = Ok(Celsius::of(51.0));
    assert!(bench.run(30.0).vote.contradicted);
    bench.inputs.ceiling.value = Ok(Celsius::of(41.0));
    assert!(bench.run(59.0).vote.contradicted);
    assert!(!bench.run(2.0).vote.contradicted);
}

#[test]
fn the_vote_degrades_toward_tripping() {
    let mut bench = Bench::new();
    bench.probe(0, 56.0);
    assert!(!bench.run(2.0).host_down);
    bench.lose(2, Absent::NoAnswer);
    let verdict = bench.tick();
    assert!(
        verdict.host_down && verdict.causes.has(Cause::C15OneProbeLost),
        "hotter of two"
    );
    let mut single = Bench::new();
    single.lose(1, Absent::UnderRange);
    single.lose(2, Absent::Stuck);
    let verdict = single.run(1.0);
    assert!(verdict.causes.has(Cause::C16TwoProbesLost) && !verdict.causes.has(Cause::C15OneProbeLost));
    single.probe(0, 55.0);
    assert!(single.tick().host_down);
}

#[test]
fn the_limits_act_in_their_order() {
    let mut bench = Bench::new();
    bench.probes(45.5);
    bench.run(1.0);
    assert!(bench.does(Effect::FanFloor) && (bench.drive() - 60.0).abs() < 1e-9);
    bench.probes(50.5);
    let verdict = bench.tick();
    assert!(bench.drive() >= 100.0 && verdict.cap && !verdict.host_down);
    bench.probes(40.0);
    bench.run(29.0);
    assert!(bench.drive() >= 100.0, "at least 30 s");
    bench.run(2.0);
    assert!((bench.drive() - 40.0).abs() < 1e-9);
    bench.probes(55.5);
    let verdict = bench.tick();
    assert!(
        verdict.host_down && verdict.latches.has(Latch::OverTemperature),
        "I12"
    );
    bench.probes(40.0);
    let verdict = bench.run(1000.0);
    assert!(
        verdict.host_down && !verdict.power_cut,
        "no cut unless the site allows it"
    );
    assert_eq!(bench.reset(Latch::OverTemperature), Ok(()));
    assert!(!bench.verdict.unwrap().host_down);
}

#[test]
fn over_temperature_cuts_power_where_the_site_says_so() {
    let mut bench = Bench::new();
    bench
        .settings
        .set_named("safety.over_temperature_cut", 1.0)
        .unwrap();
    bench.probes(56.0);
    bench.run(1.0);
    assert_eq!(bench.verdict.unwrap().countdown.map(Span::as_ms), Some(299_100));
    bench.probes(50.0);
    assert!(!bench.run(298.0).power_cut);
    assert!(bench.run(2.0).power_cut, "a sequence that has begun is finished");
}

#[test]
fn at_the_damage_limit_power_is_cut_ten_seconds_after_the_request() {
    let mut bench = Bench::new();
    bench.probes(61.0);
    let verdict = bench.tick();
    assert!(verdict.host_down && !verdict.power_cut && verdict.countdown == Some(Span::s(10)));
    assert!(!bench.run(9.5).power_cut);
    assert!(bench.run(0.6).power_cut && !bench.off() && bench.drive() >= 100.0);
}

#[test]
fn over_temperature_needs_a_proven_fan() {
    let mut bench = Bench::new();
    bench.probes(56.0);
    bench.tick();
    assert_eq!(bench.reset(Latch::OverTemperature), Err(Refusal::CauseStands));
    bench.probes(40.0);
    bench.inputs.fan.speed.value = Err(Absent::NoAnswer);
    bench.inputs.fan.current.value = Err(Absent::NoAnswer);
    bench.run(40.0);
    assert_eq!(
        bench.reset(Latch::OverTemperature),
        Err(Refusal::FanNotProven),
        "one witness of three"
    );
    bench.heal();
    bench.run(20.0);
    assert_eq!(
        bench.reset(Latch::OverTemperature),
        Err(Refusal::FanNotProven),
        "not yet 30 s"
    );
    bench.run(15.0);
    assert_eq!(bench.reset(Latch::OverTemperature), Ok(()));
}

#[test]
fn any_two_witnesses_prove_the_fan_and_a_site_with_one_goes_by_it() {
    for (current, draft, proven) in [
        (Ok(()), Err(Absent::NoAnswer), true),
        (Err(Absent::NoAnswer), Ok(()), true),
        (Err(Absent::NoAnswer), Err(Absent::NoAnswer), false),
        (Err(Absent::NotFitted), Err(Absent::NotFitted), true),
        (Err(Absent::NotFitted), Err(Absent::NoAnswer), false),
    ] {
        let mut bench = Bench::new();
        if let Err(reason) = current {
            bench.inputs.fan.current.value = Err(reason);
        }
        if let Err(reason) = draft {
            bench.inputs.draft.value = Err(reason);
        }
        bench.run(31.0);
        assert_eq!(bench.verdict.unwrap().fan_proven, proven, "{current:?} {draft:?}");
    }
}

#[test]
fn all_blind_is_full_speed_at_once_and_hosts_down_after_the_delay() {
    let mut bench = Bench::new();
    (0..3).for_each(|probe| bench.lose(probe, Absent::BusStuck));
    let verdict = bench.tick();
    assert!(
        bench.drive() >= 100.0 && verdict.conditions.has(Alarm::Blind),
        "I14"
    );
    assert!(!bench.run(599.0).host_down);
    assert!(bench.run(2.0).host_down);
    bench.heal();
    bench.run(40.0);
    assert_eq!(bench.reset(Latch::Blind), Ok(()));
}

#[test]
fn all_blind_beside_fire_evidence_leaves_the_fan_and_takes_the_hosts_down() {
    let mut bench = Bench::new();
    bench.smoke(0, true);
    bench.run(1.0);
    (0..3).for_each(|probe| bench.lose(probe, Absent::BusStuck));
    let verdict = bench.run(30.0);
    bench.wish = 100.0;
    bench.run(1.0);
    assert!(
        verdict.host_down && (bench.drive() - 40.0).abs() < 1e-9,
        "fan as it is"
    );
    let mut burnt = Bench::new();
    (0..3).for_each(|probe| burnt.lose(probe, Absent::LostHot));
    assert!(burnt.tick().host_down && (burnt.drive() - 40.0).abs() < 1e-9);
}

#[test]
fn the_first_five_seconds_cool_without_an_alarm() {
    let mut bench = Bench::start(crate::Restored::NeverLatched, Some(false));
    (0..3).for_each(|probe| bench.lose(probe, Absent::Starting));
    let verdict = bench.run(4.8);
    assert!(
        bench.drive() >= 100.0 && verdict.causes.is_empty(),
        "{:?}",
        verdict.causes
    );
    let verdict = bench.run(0.5);
    assert!(bench.drive() >= 100.0 && verdict.causes.has(Cause::C17AllBlind));
}

#[test]
fn a_fast_rise_warns_the_hosts_only() {
    let mut bench = Bench::new();
    bench.inputs.exhaust[0].rising = true;
    assert!(!bench.tick().causes.has(Cause::C09Rising));
    bench.inputs.exhaust[1].rising = true;
    let verdict = bench.tick();
    assert!(verdict.causes.has(Cause::C09Rising) && !verdict.causes.has(Cause::C04PreAlarm));
    assert!(bench.does(Effect::HostWarn) && verdict.latches.is_empty());
}

#[test]
fn an_open_door_holds_the_fan_where_it_was_at_once() {
    let mut bench = Bench::new();
    bench.wish = 75.0;
    bench.run(1.0);
    bench.inputs.door_open.value = Ok(Flag::Set);
    bench.tick();
    bench.wish = 30.0;
    bench.run(5.0);
    assert!((bench.drive() - 75.0).abs() < 1e-9 && !bench.has(Cause::C13Door));
    bench.run(6.0);
    assert!(bench.has(Cause::C13Door) && bench.does(Effect::Fault));
    bench.inputs.door_open.value = Ok(Flag::Clear);
    bench.tick();
    assert!((bench.drive() - 30.0).abs() < 1e-9);
    bench.inputs.door_open.value = Ok(Flag::Set);
    bench.tick();
    assert!((bench.drive() - 60.0).abs() < 1e-9, "at least the degraded floor");
}

/// In the first tick the last command is the full speed of a start, which nobody has judged.
#[test]
fn a_door_that_is_open_at_a_start_holds_the_floor_and_not_full_speed() {
    let mut bench = Bench::start(crate::Restored::NeverLatched, Some(false));
    bench.inputs.door_open.value = Ok(Flag::Set);
    bench.tick();
    assert!((bench.drive() - 60.0).abs() < 1e-9);
}

#[test]
fn the_drive_never_leaves_its_span() {
    let mut bench = Bench::new();
    for (wish, drive) in [(0.0, 20.0), (-5.0, 20.0), (250.0, 100.0), (33.0, 33.0)] {
        bench.wish = wish;
        bench.tick();
        assert_eq!(bench.outputs.drive(), Percent::of(drive));
    }
}

#[test]
fn mains_lost_takes_the_hosts_down_after_its_delay() {
    let mut bench = Bench::new();
    bench.inputs.mains_present.value = Ok(Flag::Clear);
    bench.run(200.0);
    bench.inputs.mains_present.value = Ok(Flag::Set);
    bench.run(1.0);
    bench.inputs.mains_present.value = Ok(Flag::Clear);
    assert!(
        !bench.run(299.0).host_down,
        "back for a moment: the delay runs anew"
    );
    assert!(bench.run(2.0).host_down);
}
