//! Condensation: the fan is slowed while water may condense and heat permits it, and heat outranks it always.

use super::Bench;
use points::alarm::Alarm;
use points::interlock::{Cause, Effect, Latch};
use points::{Absent, Flag, Kelvin, LoopState};

/// A cool rack whose coldest surface is so far above the room's dew point.
fn damp(margin_k: f64) -> Bench {
    let mut bench = Bench::new();
    bench.probes(30.0);
    bench.run(15.0);
    bench.inputs.dew_point_margin.value = Ok(Kelvin::of(margin_k));
    bench.wish = 70.0;
    bench.tick();
    bench
}

fn is_slowed(bench: &Bench) -> bool {
    let least = bench.does(Effect::FanLeast);
    assert_eq!(least, bench.drive() <= 20.0, "{}", bench.drive());
    least
}

#[test]
fn the_fan_is_slowed_at_once_and_let_go_a_kelvin_above_the_limit() {
    let mut bench = damp(2.1);
    assert!(!bench.has(Cause::C29Condensation) && !is_slowed(&bench));
    for (margin_k, stands) in [(2.0, true), (-8.0, true), (3.0, true), (3.1, false), (2.1, false)] {
        bench.inputs.dew_point_margin.value = Ok(Kelvin::of(margin_k));
        bench.tick();
        assert_eq!(bench.has(Cause::C29Condensation), stands, "{margin_k}");
        assert_eq!(is_slowed(&bench), stands, "{margin_k}");
        assert_eq!(bench.does(Effect::Mail), stands);
        assert_eq!(bench.verdict.unwrap().conditions.has(Alarm::Condensation), stands);
        assert!(!bench.does(Effect::Fault), "no fault of the rack");
    }
}

#[test]
fn heat_outranks_condensation() {
    for (degrees, slowed) in [
        (39.9, true),
        (40.0, false),
        (46.0, false),
        (51.0, false),
        (56.0, false),
    ] {
        let mut bench = damp(-5.0);
        assert!(is_slowed(&bench));
        bench.probes(degrees);
        bench.tick();
        assert_eq!(is_slowed(&bench), slowed, "{degrees}");
        let demanded = match degrees {
            ..45.0 => bench.wish,
            45.0..50.0 => bench.wish.max(60.0),
            _ => 100.0,
        };
        assert!(slowed || (bench.drive() - demanded).abs() < 1e-9, "{degrees}");
        assert!(bench.has(Cause::C29Condensation), "it is told all the same");
        // Below the target it stays with heat until it is well below.
        bench.probes(36.0);
        bench.run(45.0);
        assert_eq!(is_slowed(&bench), slowed, "{degrees}");
    }
}

/// A rise that would pass the trip before hosts could be down has its air while the exhaust is still cool.
#[test]
fn a_trip_that_is_near_has_its_air() {
    let mut bench = damp(-5.0);
    for step in 0..80 {
        bench.probes(30.0 + 0.02 * f64::from(step));
        bench.tick();
    }
    assert!(bench.verdict.unwrap().to_trip.is_some() && bench.drive() > 60.0);
    assert!(!is_slowed(&bench));
}

/// What says how hot the rack is has to be there.
#[test]
fn nothing_is_slowed_on_what_is_not_known() {
    type Change = fn(&mut Bench);
    let changes: [(Change, bool); 9] = [
        (|bench| bench.lose(0, Absent::NoAnswer), true),
        (
            |bench| (0..2).for_each(|index| bench.lose(index, Absent::NoAnswer)),
            false,
        ),
        (
            |bench| (0..3).for_each(|index| bench.lose(index, Absent::NoAnswer)),
            false,
        ),
        (
            |bench| {
                // The bench writes its meter anew as long as this is read back.
                bench.inputs.power_cut_stands.value = Err(Absent::Stale);
                bench.inputs.it_power.value = Err(Absent::Stale);
            },
            false,
        ),
        (
            |bench| bench.inputs.dew_point_margin.value = Err(Absent::Stale),
            false,
        ),
        (|bench| bench.inputs.door_open.value = Ok(Flag::Set), false),
        (
            |bench| bench.inputs.door_open.value = Err(Absent::Disagrees),
            false,
        ),
        (|bench| bench.inputs.emergency_off.value = Ok(Flag::Set), false),
        (|bench| bench.inputs.mains_present.value = Ok(Flag::Clear), true),
    ];
    for (place, (change, slowed)) in changes.into_iter().enumerate() {
        let mut bench = damp(-5.0);
        assert!(is_slowed(&bench));
        change(&mut bench);
        bench.tick();
        assert_eq!(bench.does(Effect::FanLeast), slowed, "change {place}");
        assert!(slowed || bench.drive() >= 60.0 || bench.off(), "change {place}");
        assert!(
            bench.has(Cause::C29Condensation),
            "never a false all-clear: {place}"
        );
    }
}

/// I17: a pre-alarm changes nothing of it, and a fire stops the fan as ever.
#[test]
fn a_pre_alarm_leaves_it_alone_and_fire_beats_it() {
    let mut bench = damp(-5.0);
    bench.smoke(0, true);
    bench.run(5.0);
    assert!(bench.has(Cause::C04PreAlarm) && is_slowed(&bench));
    bench.inputs.break_wire[0].value = Ok(LoopState::Alarm);
    bench.tick();
    assert!(bench.off() && !bench.does(Effect::FanLeast));
}

/// After an over-temperature nothing is slowed before a person has looked.
#[test]
fn a_latched_over_temperature_keeps_its_air() {
    let mut bench = damp(-5.0);
    bench.probes(56.0);
    bench.run(1.0);
    bench.probes(30.0);
    bench.run(60.0);
    assert!(!bench.has(Cause::C08Trip) && !is_slowed(&bench));
    assert_eq!(bench.reset(Latch::OverTemperature), Ok(()));
    bench.tick();
    assert!(is_slowed(&bench));
}

#[test]
fn a_missing_filter_is_a_fault_and_no_act_of_the_fan() {
    let mut bench = Bench::new();
    bench.inputs.filter_missing = true;
    bench.tick();
    assert!(bench.has(Cause::C30FilterMissing) && bench.does(Effect::Fault) && bench.does(Effect::Mail));
    assert!(bench.verdict.unwrap().conditions.has(Alarm::FilterMissing));
    assert!((bench.drive() - bench.wish).abs() < 1e-9);
    bench.inputs.filter_missing = false;
    bench.tick();
    assert!(!bench.has(Cause::C30FilterMissing) && !bench.does(Effect::Fault));
}
