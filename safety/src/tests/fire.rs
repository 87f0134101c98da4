//! Fire: evidence, confirmation, latches, resets.

use super::Bench;
use points::alarm::Alarm;
use points::command::{Authority, Refusal};
use points::interlock::{Cause, Effect, Latch, LatchSet, OutputLine};
use points::{Absent, ExtinguisherState, Flag, LoopState, ShutdownStage, Span};

#[test]
fn wire_button_and_cut_out_stop_the_fan_alone_in_the_tick_they_come() {
    let acts: [fn(&mut Bench); 4] = [
        |bench| bench.inputs.break_wire[0].value = Ok(LoopState::Alarm),
        |bench| bench.inputs.break_wire[1].value = Ok(LoopState::Alarm),
        |bench| bench.inputs.manual_fire.value = Ok(Flag::Set),
        |bench| bench.inputs.cut_out_open.value = Ok(Flag::Set),
    ];
    for act in acts {
        let mut bench = Bench::new();
        act(&mut bench);
        let verdict = bench.tick();
        assert!(bench.off() && verdict.host_down && !verdict.power_cut);
        assert_eq!(verdict.countdown, Some(Span::s(60)));
        for line in [
            OutputLine::HostDown,
            OutputLine::Fire,
            OutputLine::Horn,
            OutputLine::Beacon,
        ] {
            assert!(bench.line(line), "{line:?}");
        }
        bench.heal();
        assert!(!bench.run(59.5).power_cut);
        let verdict = bench.run(1.0);
        assert!(
            verdict.power_cut && bench.off(),
            "the deadline runs on although the cause is gone (I10)"
        );
        assert_eq!(
            (verdict.stage, verdict.countdown),
            (ShutdownStage::PowerCut, None)
        );
    }
}

#[test]
fn smoke_alone_is_a_pre_alarm_and_never_touches_the_fan() {
    let (mut bench, mut twin) = (Bench::new(), Bench::new());
    bench.smoke(0, true);
    for _ in 0..7000 {
        bench.tick();
        twin.tick();
        assert_eq!(bench.outputs.fan(), twin.outputs.fan(), "I17");
    }
    assert!(bench.line(OutputLine::PreAlarm) && !bench.line(OutputLine::Fire));
    assert!(bench.verdict.unwrap().latches.has(Latch::PreAlarm));
}

#[test]
fn both_smoke_channels_are_one_class() {
    let mut bench = Bench::new();
    bench.smoke(0, true);
    bench.smoke(1, true);
    bench.run(30.0);
    assert!(!bench.off() && bench.has(Cause::C04PreAlarm));
}

#[test]
fn a_pre_alarm_prepares_then_shuts_down_unless_it_is_answered() {
    let mut bench = Bench::new();
    bench.smoke(0, true);
    let verdict = bench.run(59.0);
    assert!(!verdict.cap && verdict.stage == ShutdownStage::Advisory);
    assert!(
        verdict
            .countdown
            .is_some_and(|left| left > Span::s(539) && left < Span::s(543))
    );
    let verdict = bench.run(2.0);
    assert!(verdict.cap && verdict.stage == ShutdownStage::Prepare);
    assert!(!bench.run(538.0).host_down);
    assert!(bench.run(2.0).host_down);

    let mut answered = Bench::new();
    assert_eq!(
        answered.safety.answer_prealarm(answered.now),
        Err(Refusal::NotRaised)
    );
    answered.smoke(0, true);
    answered.run(300.0);
    assert_eq!(answered.safety.answer_prealarm(answered.now), Ok(()));
    assert!(!answered.run(900.0).host_down);
    answered.smoke(0, false);
    answered.run(62.0);
    answered.smoke(0, true);
    assert!(answered.run(601.0).host_down, "an answer is for one pre-alarm");
}

#[test]
fn smoke_and_heat_on_another_bus_confirm_together_or_within_a_minute() {
    for gap in [0.0, 30.0, 59.0] {
        let mut bench = Bench::new();
        bench.smoke(1, true);
        bench.tick();
        bench.smoke(1, false);
        if gap > 0.0 {
            bench.run(gap);
        }
        bench.probes(95.0);
        bench.tick();
        assert!(bench.has(Cause::C02FireConfirmed) && bench.off(), "gap {gap}");
    }
    let mut late = Bench::new();
    late.smoke(1, true);
    late.tick();
    late.smoke(1, false);
    late.run(61.0);
    late.probes(95.0);
    late.tick();
    assert!(!late.has(Cause::C02FireConfirmed) && !late.off());
}

#[test]
fn heat_on_the_smoke_converters_own_bus_does_not_confirm() {
    let mut bench = Bench::new();
    bench.inputs.smoke_bus = 1; // probes A and B hang there
    bench.smoke(0, true);
    bench.probes(95.0);
    bench.run(10.0);
    assert!(
        !bench.has(Cause::C02FireConfirmed),
        "one independent probe of three is not enough"
    );
    bench.lose(0, Absent::NoAnswer);
    bench.tick();
    assert!(
        bench.has(Cause::C02FireConfirmed),
        "1oo2: the one on the other bus is"
    );
}

#[test]
fn two_over_range_probes_are_hot_and_one_is_not_enough() {
    let mut bench = Bench::new();
    bench.smoke(0, true);
    bench.lose(2, Absent::OverRange);
    bench.run(5.0);
    assert!(!bench.off());
    bench.lose(0, Absent::OverRange);
    bench.tick();
    assert!(bench.off() && bench.verdict.unwrap().vote.value.value == Err(Absent::OverRange));
}

#[test]
fn a_probe_lost_hot_is_heat_evidence_not_blindness() {
    let mut bench = Bench::new();
    bench.lose(2, Absent::LostHot);
    let verdict = bench.tick();
    assert!(verdict.causes.has(Cause::C04PreAlarm) && verdict.causes.has(Cause::C15OneProbeLost));
    assert!(!bench.off());
    bench.smoke(0, true);
    bench.tick();
    assert!(bench.off(), "smoke and a probe that fire killed");
}

#[test]
fn a_broken_wire_is_a_fault_alone_and_fired_with_any_other_class() {
    for state in [
        Ok(LoopState::Open),
        Ok(LoopState::Short),
        Ok(LoopState::Between),
        Err(Absent::NoAnswer),
    ] {
        let mut bench = Bench::new();
        bench.inputs.break_wire[0].value = state;
        let verdict = bench.run(5.0);
        assert!(verdict.conditions.has(Alarm::LoopFault) && !bench.off() && verdict.latches.is_empty());
        assert_eq!(verdict.extinguisher[0], ExtinguisherState::Suspect);
        bench.smoke(0, true);
        bench.tick();
        assert!(bench.off() && bench.has(Cause::C01Fired), "{state:?}");
    }
    let mut unfitted = Bench::new();
    unfitted.inputs.break_wire[0].value = Err(Absent::NotFitted);
    unfitted.smoke(0, true);
    unfitted.run(5.0);
    assert!(
        !unfitted.off(),
        "a wire that the site does not have has not fired"
    );
}

#[test]
fn stale_evidence_is_no_evidence_and_no_health() {
    let mut bench = Bench::new();
    bench.frozen = true;
    let verdict = bench.run(5.5);
    assert_eq!(verdict.vote.voters, 0);
    assert!(verdict.causes.has(Cause::C17AllBlind) && bench.drive() >= 100.0);
    assert!(verdict.conditions.has(Alarm::LoopFault));
}

#[test]
fn a_fire_reset_needs_everything_in_turn() {
    let mut bench = Bench::new();
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.run(1.0);
    assert_eq!(bench.reset(Latch::Fire), Err(Refusal::CauseStands));
    bench.inputs.manual_fire.value = Err(Absent::Stale);
    bench.run(70.0);
    assert_eq!(
        bench.reset(Latch::Fire),
        Err(Refusal::CauseStands),
        "an unknown button is not a released one"
    );
    bench.inputs.manual_fire.value = Ok(Flag::Clear);
    bench.run(500.0);
    assert_eq!(bench.reset(Latch::Fire), Err(Refusal::Soaking));
    bench.run(60.0);
    let fire = LatchSet::of(&[Latch::Fire]);
    assert_eq!(
        bench.safety.reset(bench.now, fire, true, Authority::Unproven),
        Err(Refusal::NoKey)
    );
    bench.inputs.door_open.value = Ok(Flag::Set);
    assert_eq!(bench.reset(Latch::Fire), Err(Refusal::DoorOpen));
    bench.inputs.door_open.value = Err(Absent::NoAnswer);
    assert_eq!(bench.reset(Latch::Fire), Err(Refusal::DoorOpen));
    bench.inputs.door_open.value = Ok(Flag::Clear);
    bench.inputs.extinguisher_home[1].value = Ok(Flag::Clear);
    assert_eq!(bench.reset(Latch::Fire), Err(Refusal::ExtinguisherNotReady));
    bench.inputs.extinguisher_home[1].value = Ok(Flag::Set);
    bench.inputs.smoke[1].value = Ok(LoopState::Open);
    assert_eq!(
        bench.reset(Latch::Fire),
        Err(Refusal::CauseStands),
        "an eye that is out sees no fire"
    );
    bench.smoke(1, false);
    bench.inputs.key_switch.value = Ok(Flag::Set);
    bench.tick();
    assert_eq!(
        bench.safety.reset(bench.now, fire, false, Authority::Unproven),
        Err(Refusal::NotInspected)
    );
    let held = LatchSet::of(&[Latch::Fire, Latch::Blind]);
    assert_eq!(
        bench.safety.reset(bench.now, held, true, Authority::Unproven),
        Err(Refusal::NotLatched),
        "all or none"
    );
    assert_eq!(
        bench
            .safety
            .reset(bench.now, LatchSet::EMPTY, true, Authority::Unproven),
        Err(Refusal::NotLatched)
    );
    assert!(bench.off());
    assert_eq!(
        bench.safety.reset(bench.now, fire, true, Authority::Unproven),
        Ok(())
    );
    let verdict = bench.tick();
    assert!(!bench.off() && !verdict.host_down && !verdict.power_cut && verdict.latches.is_empty());
    assert!((bench.drive() - 40.0).abs() < 1e-9, "control has the fan again");
}

#[test]
fn a_key_that_stands_turned_resets_nothing() {
    let mut bench = Bench::new();
    bench.inputs.emergency_off.value = Ok(Flag::Set);
    bench.tick();
    bench.inputs.emergency_off.value = Ok(Flag::Clear);
    bench.inputs.key_switch.value = Ok(Flag::Set);
    bench.run(60.5);
    let off = LatchSet::of(&[Latch::EmergencyOff]);
    assert_eq!(
        bench.safety.reset(bench.now, off, true, Authority::Unproven),
        Err(Refusal::KeyHeld)
    );
    bench.restart();
    bench.run(1.0);
    assert_eq!(
        bench.safety.reset(bench.now, off, true, Authority::Unproven),
        Err(Refusal::KeyHeld),
        "turned before the start"
    );
    assert_eq!(bench.reset(Latch::EmergencyOff), Ok(()));
}

#[test]
fn the_soak_ends_on_its_second() {
    let mut bench = Bench::new();
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    let fire = LatchSet::of(&[Latch::Fire]);
    bench.tick();
    bench.inputs.manual_fire.value = Ok(Flag::Clear);
    bench.run(598.0);
    bench.inputs.key_switch.value = Ok(Flag::Set);
    bench.run(1.9);
    assert_eq!(
        bench.safety.reset(bench.now, fire, true, Authority::Unproven),
        Err(Refusal::Soaking)
    );
    bench.tick();
    assert_eq!(
        bench.safety.reset(bench.now, fire, true, Authority::Unproven),
        Ok(())
    );
}

#[test]
fn a_key_turned_a_minute_ago_still_counts() {
    let mut bench = Bench::new();
    bench.inputs.emergency_off.value = Ok(Flag::Set);
    bench.tick();
    bench.inputs.emergency_off.value = Ok(Flag::Clear);
    bench.inputs.key_switch.value = Ok(Flag::Set);
    bench.run(60.1);
    assert_eq!(
        bench.safety.reset(
            bench.now,
            LatchSet::of(&[Latch::EmergencyOff]),
            false,
            Authority::Unproven
        ),
        Ok(())
    );
}

#[test]
fn air_at_ninety_degrees_is_evidence_and_below_is_not() {
    let mut bench = Bench::new();
    bench.probes(89.9);
    bench.run(1.0);
    assert!(!bench.has(Cause::C04PreAlarm));
    bench.probes(90.0);
    bench.tick();
    assert!(bench.has(Cause::C04PreAlarm) && !bench.off());
}

#[test]
fn emergency_off_cuts_at_once_and_its_release_re_energises_nothing() {
    let mut bench = Bench::new();
    bench.inputs.emergency_off.value = Ok(Flag::Set);
    let verdict = bench.tick();
    assert!(bench.off() && verdict.power_cut && verdict.host_down && bench.does(Effect::Lockout));
    bench.inputs.emergency_off.value = Ok(Flag::Clear);
    let verdict = bench.run(700.0);
    assert!(bench.off() && verdict.power_cut);
    bench.inputs.door_open.value = Ok(Flag::Set);
    assert_eq!(bench.reset(Latch::EmergencyOff), Err(Refusal::DoorOpen));
    bench.inputs.door_open.value = Ok(Flag::Clear);
    assert_eq!(bench.reset(Latch::EmergencyOff), Ok(()));
    assert!(!bench.off() && !bench.verdict.unwrap().power_cut);
}

#[test]
fn a_pre_alarm_latch_needs_the_smoke_gone() {
    let mut bench = Bench::new();
    bench.smoke(0, true);
    bench.run(2.0);
    assert_eq!(bench.reset(Latch::PreAlarm), Err(Refusal::CauseStands));
    bench.smoke(0, false);
    bench.run(61.0);
    assert!(bench.line(OutputLine::PreAlarm), "latched");
    assert_eq!(bench.reset(Latch::PreAlarm), Ok(()));
    assert!(!bench.line(OutputLine::PreAlarm));
}

#[test]
fn a_silenced_horn_sounds_again_for_a_new_cause() {
    let mut bench = Bench::new();
    bench.smoke(0, true);
    bench.tick();
    assert!(bench.line(OutputLine::Horn));
    bench.safety.silence();
    bench.tick();
    assert!(!bench.line(OutputLine::Horn) && bench.line(OutputLine::Beacon));
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.tick();
    assert!(bench.line(OutputLine::Horn));
}

/// D5: where every host has been proven off for 5 s nothing is left that the deadline gives time to. A proof that breaks, or
/// comes before there is anything to cut, cuts nothing.
#[test]
fn a_cut_ends_its_deadline_early_only_where_every_host_is_proven_off() {
    let mut bench = Bench::new();
    bench.inputs.hosts_proven_down = true;
    assert!(
        !bench.run(60.0).power_cut,
        "hosts that are off are no reason to cut"
    );
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    let verdict = bench.run(0.5);
    assert!(verdict.host_down && !verdict.power_cut);
    assert!(verdict.countdown.is_some_and(|left| left <= Span::s(5)));
    assert!(!bench.run(4.0).power_cut, "not in the moment of the latch");
    assert!(bench.run(1.0).power_cut);

    let mut bench = Bench::new();
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.run(20.0);
    bench.inputs.hosts_proven_down = true;
    assert!(!bench.run(4.5).power_cut);
    bench.inputs.hosts_proven_down = false;
    bench.run(0.1);
    bench.inputs.hosts_proven_down = true;
    assert!(!bench.run(4.5).power_cut, "a proof that broke begins anew");
    assert!(bench.run(0.7).power_cut);
}
