//! Classes of fire evidence one by one: what each is, how long it counts, and which two confirm.

use super::Bench;
use super::bench::buses;
use crate::{Class, Evidence};
use points::command::Refusal;
use points::interlock::{Cause, Latch, OutputLine};
use points::{Absent, Flag, LoopState};

const ALL: [Class; 7] = [
    Class::Smoke,
    Class::Temperature,
    Class::HeatBalance,
    Class::Flame,
    Class::BreakWire,
    Class::Manual,
    Class::CutOut,
];

fn evidence(bench: &mut Bench) -> Evidence {
    bench.tick().evidence
}

type Act = fn(&mut Bench);
const NOTHING: Act = |_| {};
const SMOKE: Act = |bench| bench.smoke(1, true);
const HOT: Act = |bench| bench.probes(95.0);
const UNEXPLAINED: Act = |bench| bench.unexplained(true);
const ACTS: [(Act, Option<Class>); 9] = [
    (NOTHING, None),
    (SMOKE, Some(Class::Smoke)),
    (HOT, Some(Class::Temperature)),
    (UNEXPLAINED, Some(Class::HeatBalance)),
    (|bench| bench.lose(1, Absent::LostHot), Some(Class::Temperature)),
    (
        |bench| bench.inputs.break_wire[1].value = Ok(LoopState::Alarm),
        Some(Class::BreakWire),
    ),
    (
        |bench| bench.inputs.manual_fire.value = Ok(Flag::Set),
        Some(Class::Manual),
    ),
    (
        |bench| bench.inputs.cut_out_open.value = Ok(Flag::Set),
        Some(Class::CutOut),
    ),
    (|bench| bench.inputs.smoke[0].value = Ok(LoopState::Open), None),
];

#[test]
fn each_class_is_itself_alone_and_counts_a_minute_longer() {
    for (number, (act, class)) in ACTS.into_iter().enumerate() {
        let mut bench = Bench::new();
        act(&mut bench);
        let found = evidence(&mut bench);
        for one in ALL {
            let stands = class == Some(one);
            assert_eq!(
                (found.live.has(one), found.held.has(one)),
                (stands, stands),
                "{number}: {one:?}"
            );
        }
        assert_eq!(found.live.is_empty(), class.is_none());
        assert_eq!(found.any(), class.is_some(), "{number}");
        let alone = matches!(
            class,
            Some(Class::Smoke | Class::Temperature | Class::HeatBalance)
        );
        assert_eq!(found.pre_alarm(), alone, "{number}");
        assert_eq!(bench.line(OutputLine::PreAlarm), alone, "{number}");
        assert_eq!(found.fired, class == Some(Class::BreakWire));
        assert!(!found.confirmed);
        bench.heal();
        let found = bench.run(59.9).evidence;
        assert!(found.live.is_empty() && class.is_none_or(|class| found.held.has(class)));
        assert!(
            class.is_none() || evidence(&mut bench).any(),
            "{number}: on the minute"
        );
        assert!(!evidence(&mut bench).any(), "{number}: after it");
    }
}

/// D3: smoke needs heat, or heat that nothing explains; nothing else confirms. All probes hang on buses of the balance,
/// so heat adds nothing to that.
#[test]
fn smoke_and_either_sign_of_heat_confirm_and_no_other_two_do() {
    for (one, first) in ACTS {
        for (other, second) in ACTS {
            let mut bench = Bench::new();
            one(&mut bench);
            other(&mut bench);
            let found = evidence(&mut bench);
            let has = |class| first == Some(class) || second == Some(class);
            assert_eq!(
                found.confirmed,
                has(Class::Smoke) && (has(Class::Temperature) || has(Class::HeatBalance)),
                "{first:?} {second:?}"
            );
            assert_eq!(bench.has(Cause::C02FireConfirmed), found.confirmed);
        }
    }
}

/// Probes A and B hang on bus 1, C on bus 2. As many as the vote asks for have to be hot on another bus than the smoke
/// loops' converter.
#[test]
fn heat_confirms_by_as_many_probes_on_other_buses_as_the_vote_asks_for() {
    let over: Act = |bench| bench.lose(0, Absent::OverRange);
    let hot_c: Act = |bench| bench.probe(2, 95.0);
    let hot_ab: Act = |bench| {
        bench.probe(0, 90.0);
        bench.probe(1, 90.0);
    };
    let below: Act = |bench| {
        bench.probe(0, 95.0);
        bench.probe(1, 89.9);
        bench.probe(2, 89.9);
    };
    let lost: Act = |bench| bench.lose(2, Absent::LostHot);
    for (number, (acts, bus, confirmed)) in [
        (&[hot_ab][..], 3, true),
        (&[hot_ab], 1, false),
        (&[hot_ab], 2, true),
        (&[HOT], 1, false),
        (&[HOT], 2, true),
        (&[hot_c], 3, false),
        (&[below], 3, false),
        (&[over], 3, false),
        (&[over, hot_c], 3, true),
        (&[over, hot_c], 1, false),
        (&[over, hot_c], 2, false),
        (&[lost], 3, true),
        (&[lost], 1, true),
        (&[lost], 2, false),
    ]
    .into_iter()
    .enumerate()
    {
        let mut bench = Bench::new();
        bench.inputs.smoke_bus = bus;
        bench.smoke(0, true);
        acts.iter().for_each(|act| act(&mut bench));
        assert_eq!(evidence(&mut bench).confirmed, confirmed, "case {number}");
    }
}

/// A probe that was outvoted says nothing, hot or over-range; one lost while hot does.
#[test]
fn an_outvoted_probe_is_no_witness_of_a_fire() {
    let outvoted = || {
        let mut bench = Bench::new();
        bench.probe(0, 95.0);
        bench.run(61.0);
        bench.smoke(0, true);
        bench.inputs.smoke_bus = 2;
        bench
    };
    let mut bench = outvoted();
    bench.probe(2, 95.0);
    let found = evidence(&mut bench);
    assert!(
        found.live.has(Class::Temperature) && !found.confirmed,
        "the other is on the smoke's bus"
    );
    let mut bench = outvoted();
    bench.lose(0, Absent::OverRange);
    bench.probe(2, 95.0);
    assert!(!evidence(&mut bench).confirmed);
    let mut bench = outvoted();
    bench.lose(0, Absent::LostHot);
    assert!(evidence(&mut bench).confirmed);
}

/// H18: a wire that burns through may break instead of firing. What is lost with its converter counts beside smoke and
/// beside heat that was measured on another bus only.
#[test]
fn a_broken_wire_and_a_lost_one_beside_each_other_class() {
    let shared: Act = |bench| {
        bench.inputs.smoke_bus = 1;
        bench.probe(0, 95.0);
        bench.probe(1, 95.0);
    };
    let smoke_fault: Act = |bench| bench.inputs.smoke[0].value = Ok(LoopState::Short);
    let lost: Act = |bench| bench.lose(2, Absent::LostHot);
    let over: Act = |bench| (0..3).for_each(|probe| bench.lose(probe, Absent::OverRange));
    for (state, act, fired) in [
        // A wire that says itself that it is cut, beside a probe that heat has killed; and two absences, which are no fire.
        (Ok(LoopState::Short), lost, true),
        (Err(Absent::NoAnswer), lost, false),
        (Err(Absent::NoAnswer), over, true),
        (Ok(LoopState::Short), NOTHING, false),
        (Ok(LoopState::Short), SMOKE, true),
        (Ok(LoopState::Short), HOT, true),
        (Ok(LoopState::Short), shared, true),
        (Ok(LoopState::Short), smoke_fault, false),
        (Err(Absent::NoAnswer), NOTHING, false),
        (Err(Absent::NoAnswer), SMOKE, true),
        (Err(Absent::NoAnswer), HOT, true),
        (Err(Absent::NoAnswer), shared, false),
        (Err(Absent::NoAnswer), smoke_fault, false),
        (Err(Absent::NotFitted), SMOKE, false),
        (Err(Absent::NotFitted), HOT, false),
        (Ok(LoopState::Normal), SMOKE, false),
        (Ok(LoopState::Normal), HOT, false),
    ] {
        let mut bench = Bench::new();
        bench.inputs.break_wire[1].value = state;
        act(&mut bench);
        let found = evidence(&mut bench);
        assert_eq!(found.fired, fired, "{state:?}");
        assert_eq!(bench.has(Cause::C01Fired), fired, "{state:?}");
        let smoke_out = bench.inputs.smoke[0].value == Ok(LoopState::Short);
        let wire_out = !matches!(state, Ok(LoopState::Normal) | Err(Absent::NotFitted));
        assert_eq!(found.loop_fault, smoke_out || wire_out);
    }
}

/// Smoke is no cause of a fire latch by itself, and keeps it all the same.
#[test]
fn a_fire_is_not_reset_beside_any_evidence() {
    let mut bench = Bench::new();
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.tick();
    bench.inputs.manual_fire.value = Ok(Flag::Clear);
    bench.run(700.0);
    for act in [SMOKE, HOT, UNEXPLAINED] {
        let mut bench = bench.clone();
        act(&mut bench);
        bench.tick();
        assert_eq!(bench.reset(Latch::Fire), Err(Refusal::CauseStands));
    }
    assert_eq!(bench.reset(Latch::Fire), Ok(()));
}

#[test]
fn what_cannot_say_that_it_is_gone_keeps_its_latch() {
    let mut bench = Bench::new();
    bench.inputs.emergency_off.value = Ok(Flag::Set);
    bench.tick();
    bench.inputs.emergency_off.value = Err(Absent::NoAnswer);
    bench.run(5.0);
    assert!(!bench.has(Cause::C24EmergencyOff));
    assert_eq!(
        bench.reset(Latch::EmergencyOff),
        Err(Refusal::CauseStands),
        "unread is not released"
    );

    let mut bench = Bench::new();
    bench.probes(56.0);
    bench.tick();
    bench.probes(40.0);
    bench.run(60.0);
    assert!(bench.verdict.unwrap().fan_proven);
    (0..3).for_each(|probe| bench.lose(probe, Absent::NoAnswer));
    bench.tick();
    assert!(!bench.has(Cause::C08Trip));
    assert_eq!(
        bench.reset(Latch::OverTemperature),
        Err(Refusal::CauseStands),
        "nobody sees"
    );
    bench.heal();
    bench.run(60.0);
    assert_eq!(bench.reset(Latch::OverTemperature), Ok(()));
}

#[test]
fn a_bus_that_is_added_twice_is_one_of_them() {
    let set = buses(&[5, 5, 9]);
    assert!(set.has(5) && set.has(9) && !set.has(4) && set != buses(&[9]));
}
