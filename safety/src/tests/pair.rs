//! Two blowers: which is lost, what makes up for it, when what is left is not enough, and when one may stand by.

use super::Bench;
use crate::BlowerInputs;
use points::alarm::Alarm;
use points::interlock::{Cause, Effect};
use points::{Absent, Ampere, Blower, Flag, Kelvin, Percent, Reading, Rpm};

type Seen = Result<f64, Absent>;

/// A rack with two blowers that turn at so many rpm, settled for a minute.
fn two(a: Seen, b: Seen) -> Bench {
    let mut bench = Bench::new();
    turn(&mut bench, a, b);
    bench.run(60.0);
    bench
}

fn turn(bench: &mut Bench, a: Seen, b: Seen) {
    let now = bench.now;
    bench.inputs.pair = Some([a, b].map(|speed| BlowerInputs {
        speed: Reading {
            value: speed.map(Rpm::of),
            at: now,
        },
        current: Reading::absent(Absent::NotFitted, now),
        isolated: Reading::absent(Absent::NotFitted, now),
    }));
}

fn lost(bench: &Bench) -> [bool; 2] {
    bench.verdict.unwrap().lost
}

const WELL: Seen = Ok(1_400.0);

/// H47: who asks for air outranks who wants less of it, and what is told as in force is driven.
#[test]
fn one_that_makes_up_for_the_other_outranks_humid_walls() {
    let mut bench = two(WELL, WELL);
    bench.probes(30.0);
    bench.run(15.0);
    turn(&mut bench, Ok(0.0), WELL);
    assert!(bench.run(1.1).make_up && bench.drive() >= 100.0);
    bench.inputs.dew_point_margin.value = Ok(Kelvin::of(-5.0));
    assert!(bench.run(0.2).make_up && bench.drive() >= 100.0 && !bench.does(Effect::FanLeast));
    assert!(bench.has(Cause::C29Condensation), "it is told all the same");
    turn(&mut bench, WELL, WELL);
    bench.run(60.0);
    assert!(
        bench.does(Effect::FanLeast) && bench.drive() <= 20.0,
        "both turn again"
    );
}

#[test]
fn one_that_stands_is_made_up_for_after_a_second_and_lost_after_three_and_is_no_loss_of_cooling() {
    for (speed, place) in [(Ok(0.0), 0), (Err(Absent::UnderRange), 1)] {
        let mut bench = two(WELL, WELL);
        assert!(lost(&bench) == [false; 2] && !bench.verdict.unwrap().make_up);
        let pair = if place == 0 { (speed, WELL) } else { (WELL, speed) };
        turn(&mut bench, pair.0, pair.1);
        assert!(!bench.run(0.9).make_up && bench.drive() < 50.0);
        assert!(bench.run(0.2).make_up && bench.drive() >= 100.0, "no slew");
        assert!(!bench.run(1.7).lost[place]);
        let verdict = bench.run(0.4);
        assert!(verdict.lost[place] && !verdict.lost[1 - place]);
        assert!(verdict.conditions.has(Alarm::OneBlowerLost));
        assert!(!bench.has(Cause::C10FanFailed) && !bench.does(Effect::HostCap));
        bench.run(27.0);
        assert!(bench.drive() >= 100.0);
        bench.run(1.5);
        assert!(
            (bench.drive() - 40.0).abs() < 1e-9,
            "half a minute, then control has it"
        );
        turn(&mut bench, WELL, WELL);
        assert!(bench.run(2.9).lost[place]);
        assert!(!bench.run(0.3).lost[place] && !bench.verdict.unwrap().make_up);
    }
}

/// A slow one is told later, and one beside a wheel that has just been started is not taken for a slow one.
#[test]
fn one_that_is_far_slower_than_the_other_is_lost_after_ten_seconds() {
    let mut bench = two(WELL, WELL);
    turn(&mut bench, WELL, Ok(985.0));
    bench.run(30.0);
    assert!(
        lost(&bench) == [false; 2],
        "0.704 of the other: worn bearings leave 0.83"
    );
    turn(&mut bench, WELL, Ok(975.0));
    assert!(!bench.run(9.8).lost[1] && bench.verdict.unwrap().make_up);
    assert!(bench.run(0.4).lost[1]);
    let mut fresh = two(WELL, WELL);
    fresh.rests = Some(Blower::B);
    turn(&mut fresh, WELL, Ok(0.0));
    fresh.run(60.0);
    assert_eq!(lost(&fresh), [false; 2], "who stands by is not lost");
    fresh.rests = None;
    turn(&mut fresh, WELL, Ok(600.0));
    fresh.run(19.0);
    assert!(
        lost(&fresh) == [false; 2] && !fresh.verdict.unwrap().make_up,
        "it starts"
    );
}

#[test]
fn without_a_tachometer_that_is_believed_its_own_current_tells_and_without_one_nothing_does() {
    let mut bench = two(WELL, WELL);
    turn(&mut bench, WELL, Err(Absent::Disagrees));
    bench.run(60.0);
    assert_eq!(lost(&bench), [false; 2]);
    bench.wish = 60.0;
    if let Some([_, second]) = &mut bench.inputs.pair {
        second.current = Reading::good(Ampere::of(0.1), bench.now);
    }
    assert!(bench.run(3.5).lost[1]);
    bench.wish = 40.0;
    assert!(
        !bench.run(31.0).lost[1],
        "after the make-up: little drive takes little current"
    );
}

#[test]
fn an_isolated_one_is_not_lost_and_nothing_is_where_there_is_one_blower() {
    let mut bench = two(WELL, WELL);
    turn(&mut bench, WELL, Ok(0.0));
    if let Some([_, second]) = &mut bench.inputs.pair {
        second.isolated = Reading::good(Flag::Set, bench.now);
    }
    bench.run(30.0);
    assert!(lost(&bench) == [false; 2] && !bench.verdict.unwrap().make_up);
    bench.inputs.pair = None;
    bench.run(30.0);
    assert!(lost(&bench) == [false; 2] && bench.drive() < 50.0);
}

#[test]
fn both_lost_are_a_loss_of_cooling_as_one_is() {
    let mut bench = two(WELL, WELL);
    turn(&mut bench, Ok(0.0), Ok(0.0));
    bench.fan_works = false;
    bench.run(4.0);
    assert_eq!(lost(&bench), [true; 2]);
    assert!(bench.has(Cause::C10FanFailed) && bench.does(Effect::FanMax) && bench.does(Effect::HostCap));
}

/// C10 by the other way: one is lost, the exhaust is hot and rises to the trip all the same.
#[test]
fn what_is_left_of_two_is_not_enough_where_the_trip_is_near_all_the_same() {
    let rises = |alone: bool| {
        let mut bench = two(WELL, if alone { Ok(0.0) } else { WELL });
        bench.run(30.0);
        bench.probes(50.5);
        bench.run(20.0);
        for tenth in 0..160 {
            bench.probes(50.5 + 0.02 * f64::from(tenth));
            bench.run(0.1);
        }
        bench
    };
    let bench = rises(true);
    assert!(bench.has(Cause::C10FanFailed) && bench.does(Effect::HostDown));
    let bench = rises(false);
    assert!(!bench.has(Cause::C10FanFailed) && !bench.does(Effect::HostDown));
}

#[test]
fn whatever_asks_for_air_has_both_of_two_run_and_a_fire_has_none() {
    let mut bench = two(WELL, Ok(0.0));
    bench.rests = Some(Blower::B);
    turn(&mut bench, WELL, WELL);
    bench.run(10.0);
    let drives = |bench: &Bench| Blower::BOTH.map(|blower| bench.outputs.drive_of(blower));
    let percent = |a: f64, b: f64| [a, b].map(Percent::of);
    assert_eq!(drives(&bench), percent(40.0, 0.0));
    assert_eq!(bench.outputs.rests(), Some(Blower::B));
    for what in ["heat", "a door", "all blind", "the other is lost"] {
        let mut bench = bench.clone();
        match what {
            "heat" => bench.probes(51.0),
            "a door" => bench.inputs.door_open.value = Ok(Flag::Set),
            "all blind" => (0..3).for_each(|probe| bench.lose(probe, Absent::NoAnswer)),
            _ => turn(&mut bench, Ok(0.0), WELL),
        }
        bench.run(8.0);
        let [a, b] = drives(&bench).map(|drive| drive.get());
        assert!(
            bench.outputs.rests().is_none() && b >= 40.0 && (a - b).abs() < 1e-9,
            "{what}: {a} {b}"
        );
    }
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.tick();
    assert_eq!(drives(&bench), percent(0.0, 0.0));
    assert!(bench.outputs.contact_open());
}
