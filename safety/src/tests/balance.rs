//! The heat balance as evidence: what it does alone, and beside what it confirms a fire.

use super::Bench;
use super::bench::buses;
use crate::{BusSet, Class};
use points::interlock::{Cause, Effect, Latch, OutputLine};
use points::{Absent, LoopState};

#[test]
fn unexplained_heat_alone_is_a_pre_alarm_and_never_touches_the_fan() {
    let (mut bench, mut twin) = (Bench::new(), Bench::new());
    bench.unexplained(true);
    for _ in 0..7_000 {
        bench.tick();
        twin.tick();
        assert_eq!(bench.outputs.fan(), twin.outputs.fan(), "I17");
    }
    assert!(bench.line(OutputLine::PreAlarm) && !bench.line(OutputLine::Fire) && !bench.off());
    assert!(
        bench.has(Cause::C04PreAlarm) && bench.does(Effect::HostDown),
        "ten minutes unanswered"
    );
    let evidence = bench.verdict.unwrap().evidence;
    assert!(evidence.live.has(Class::HeatBalance) && evidence.any() && !evidence.confirmed);
}

#[test]
fn beside_smoke_on_another_bus_it_confirms_also_a_minute_apart() {
    for gap in [0.0, 10.0, 59.0] {
        let mut bench = Bench::new();
        bench.unexplained(true);
        bench.tick();
        bench.unexplained(false);
        bench.run(gap);
        assert!(!bench.off());
        bench.smoke(0, true);
        bench.tick();
        assert!(bench.has(Cause::C02FireConfirmed) && bench.off(), "gap {gap}");
    }
    let mut late = Bench::new();
    late.unexplained(true);
    late.tick();
    late.unexplained(false);
    late.run(61.0);
    late.smoke(0, true);
    late.tick();
    assert!(!late.has(Cause::C02FireConfirmed) && !late.off());
}

#[test]
fn beside_smoke_on_a_bus_of_its_own_it_confirms_nothing() {
    let mut bench = Bench::new();
    bench.inputs.heat.buses = buses(&[1, 3]);
    bench.unexplained(true);
    bench.smoke(0, true);
    bench.run(30.0);
    assert!(bench.has(Cause::C04PreAlarm) && !bench.has(Cause::C02FireConfirmed) && !bench.off());
}

#[test]
fn beside_heat_it_confirms_by_two_probes_on_other_buses_and_by_no_fewer() {
    let after = |of_balance: BusSet, lost: &[usize]| {
        let mut bench = Bench::new();
        bench.inputs.heat.buses = of_balance;
        bench.unexplained(true);
        bench.probes(95.0);
        for index in lost {
            bench.lose(*index, Absent::NoAnswer);
        }
        bench.run(5.0);
        assert!(bench.has(Cause::C04PreAlarm));
        bench.off()
    };
    // Probes A and B are on bus 1, C is on bus 2.
    assert!(after(buses(&[2, 4]), &[]) && after(buses(&[4]), &[0]));
    assert!(
        after(buses(&[2, 4]), &[2]),
        "one of the balance's own says nothing either way"
    );
    assert!(!after(buses(&[1, 4]), &[]) && !after(buses(&[1, 2, 4]), &[]));
    assert!(
        !after(buses(&[4]), &[0, 1]),
        "one probe is no vote of two, whoever is left"
    );
    assert!(!after(buses(&[2, 4]), &[0]));
}

#[test]
fn a_broken_wire_beside_unexplained_heat_has_fired() {
    let mut bench = Bench::new();
    bench.unexplained(true);
    bench.inputs.break_wire[1].value = Ok(LoopState::Open);
    bench.tick();
    assert!(bench.has(Cause::C01Fired) && bench.off());
    // A converter that is lost takes the loops along: only a balance that does not hang on its bus counts beside it.
    for (own, fired) in [(buses(&[1, 2, 4]), true), (buses(&[1, 3]), false)] {
        let mut bench = Bench::new();
        bench.inputs.heat.buses = own;
        bench.unexplained(true);
        for unit in 0..2 {
            bench.inputs.break_wire[unit].value = Err(Absent::NoAnswer);
            bench.inputs.smoke[unit].value = Err(Absent::NoAnswer);
        }
        bench.tick();
        assert_eq!(bench.off(), fired);
    }
}

#[test]
fn a_balance_that_says_nothing_is_no_evidence_and_its_own_ends_with_its_minute() {
    let mut bench = Bench::new();
    bench.inputs.heat.unexplained.value = Err(Absent::Suspended);
    bench.run(5.0);
    assert!(!bench.has(Cause::C04PreAlarm));
    bench.unexplained(true);
    bench.tick();
    bench.inputs.heat.unexplained.value = Err(Absent::Suspended);
    bench.run(59.0);
    assert!(bench.has(Cause::C04PreAlarm));
    bench.run(2.0);
    assert!(
        !bench.has(Cause::C04PreAlarm) && bench.line(OutputLine::PreAlarm),
        "latched"
    );
    assert_eq!(bench.reset(Latch::PreAlarm), Ok(()));
    bench.unexplained(true);
    bench.frozen = true;
    bench.run(70.0);
    assert!(!bench.has(Cause::C04PreAlarm), "stale is nothing");
}

#[test]
fn a_set_of_buses_holds_what_was_added_and_nothing_that_hangs_on_none() {
    let set = buses(&[0, 7, 63, 255]);
    let held = (0..=u8::MAX).filter(|bus| set.has(*bus)).count();
    assert!(held == 3 && set.has(0) && set.has(7) && set.has(63));
}
