//! Inputs out of the judgement: overridden for a time, out of service without an end.

use super::bench::{Bench, TICK};
use crate::*;
use points::alarm::Alarm;
use points::command::{Authority, Name, Reason, Refusal};
use points::input::{Input, InputSet, Override};
use points::interlock::{Cause, Effect, Latch, LatchSet};
use points::{Absent, ExtinguisherState, Flag, LoopState, Moment, Reading, Span};
use proptest::prelude::*;
use std::vec::Vec;

fn asked(bench: &Bench, input: Input, minutes: u64) -> Override {
    Override {
        input,
        by: Name::new("mara").unwrap(),
        reason: Reason::new("work at the door").unwrap(),
        until: bench.now + Span::s(60 * minutes),
    }
}

fn bypass(bench: &mut Bench, input: Input, minutes: u64) -> Result<(), Refusal> {
    let asked = asked(bench, input, minutes);
    let by = input.override_needs().unwrap_or(Authority::TwoPersons);
    bench.safety.override_input(bench.now, &asked, by)
}

fn take_out(bench: &mut Bench, input: Input) -> Result<(), Refusal> {
    let now = bench.now;
    bench
        .safety
        .put_out_of_service(now, input, true, Authority::TwoPersons)
}

#[test]
fn an_overridden_door_raises_nothing_and_ends_with_its_time() {
    let mut bench = Bench::new();
    assert_eq!(bypass(&mut bench, Input::Door, 1), Ok(()));
    bench.inputs.door_open.value = Ok(Flag::Set);
    let verdict = bench.run(59.0);
    assert!(!bench.has(Cause::C13Door) && !bench.does(Effect::FanFloor));
    assert!(verdict.conditions.has(Alarm::InputOverridden));
    let verdict = bench.run(1.0 + TICK.as_s());
    assert!(bench.does(Effect::FanFloor), "I08: it dies with its time");
    assert!(!verdict.conditions.has(Alarm::InputOverridden));
}

#[test]
fn no_permissive_is_met_by_an_override() {
    let mut bench = Bench::new();
    bench.inputs.emergency_off.value = Ok(Flag::Set);
    bench.tick();
    bench.inputs.emergency_off.value = Ok(Flag::Clear);
    assert_eq!(bypass(&mut bench, Input::Door, 5), Ok(()));
    bench.tick();
    assert_eq!(
        bench.reset(Latch::EmergencyOff),
        Err(Refusal::DoorOpen),
        "closed as it is"
    );
    assert_eq!(bench.safety.end_override(Input::Door), Ok(()));
    assert_eq!(
        bench.safety.end_override(Input::Door),
        Err(Refusal::NotOverridden)
    );
    assert_eq!(bench.reset(Latch::EmergencyOff), Ok(()));
}

#[test]
fn fire_inputs_and_read_backs_are_never_overridden() {
    let mut bench = Bench::new();
    for input in Input::ALL.iter().filter(|input| input.override_needs().is_none()) {
        assert_eq!(bypass(&mut bench, *input, 5), Err(Refusal::NeverOverridden));
    }
}

#[test]
fn a_probe_needs_a_second_person_and_its_vote_gives_one_only() {
    let mut bench = Bench::new();
    let one = asked(&bench, Input::ExhaustA, 5);
    let now = bench.now;
    for by in [Authority::Unproven, Authority::OnePerson] {
        assert!(bench.safety.override_input(now, &one, by).is_err());
    }
    assert_eq!(bypass(&mut bench, Input::ExhaustA, 5), Ok(()));
    assert_eq!(bypass(&mut bench, Input::ExhaustB, 5), Err(Refusal::VoteTaken));
    assert_eq!(bypass(&mut bench, Input::Ceiling, 5), Err(Refusal::VoteTaken));
    bench.tick();
    assert!(bench.has(Cause::C15OneProbeLost), "the vote degrades");
    // 1oo2 trips on the hotter of those that are left.
    bench.probe(1, 56.0);
    bench.run(1.0);
    assert!(bench.does(Effect::HostDown));
    assert_eq!(bypass(&mut bench, Input::ExhaustA, 9), Ok(()), "a new approval");
}

#[test]
fn two_dead_probes_and_an_override_are_a_blind_rack() {
    let mut bench = Bench::new();
    assert_eq!(bypass(&mut bench, Input::ExhaustC, 60), Ok(()));
    bench.lose(0, Absent::BusStuck);
    bench.lose(1, Absent::BusStuck);
    bench.tick();
    assert!(bench.has(Cause::C17AllBlind) && bench.does(Effect::FanMax), "I14");
}

#[test]
fn a_key_or_one_person_overrides_a_contact_and_nobody_else() {
    let mut bench = Bench::new();
    let (one, now) = (asked(&bench, Input::Mains, 5), bench.now);
    let ask = |bench: &mut Bench, by| bench.safety.override_input(bench.now, &one, by);
    assert_eq!(ask(&mut bench, Authority::Unproven), Err(Refusal::NoKey));
    assert_eq!(ask(&mut bench, Authority::OnePerson), Ok(()));
    assert_eq!(bench.safety.end_override(Input::Mains), Ok(()));
    bench.inputs.key_switch.value = Ok(Flag::Set);
    bench.tick();
    assert_eq!(ask(&mut bench, Authority::Unproven), Ok(()));
    let long = Override {
        until: now + Span::s(4 * 3600 + 60),
        ..one
    };
    let answer = bench.safety.override_input(now, &long, Authority::TwoPersons);
    assert_eq!(answer, Err(Refusal::OutOfSpan));
}

#[test]
fn a_fire_ends_every_override_in_the_same_evaluation() {
    let mut bench = Bench::new();
    assert_eq!(bypass(&mut bench, Input::Door, 200), Ok(()));
    assert_eq!(bypass(&mut bench, Input::Mains, 200), Ok(()));
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    let verdict = bench.tick();
    assert!(bench.safety.overrides().iter().all(Option::is_none), "I07");
    assert!(!verdict.conditions.has(Alarm::InputOverridden));
    assert_eq!(bypass(&mut bench, Input::Door, 5), Err(Refusal::OverridesLocked));
}

#[test]
fn overrides_die_with_the_core_and_inputs_stay_out_of_service() {
    let mut bench = Bench::new();
    assert_eq!(bypass(&mut bench, Input::Door, 200), Ok(()));
    assert_eq!(take_out(&mut bench, Input::SmokeB), Ok(()));
    bench.restart();
    assert!(bench.safety.overrides().iter().all(Option::is_none));
    assert_eq!(bench.safety.out_of_service(), InputSet::of(&[Input::SmokeB]));
    bench.inputs.smoke[1].value = Ok(LoopState::Open);
    let verdict = bench.run(10.0);
    assert!(!verdict.conditions.has(Alarm::LoopFault));
    assert!(verdict.conditions.has(Alarm::InputOutOfService));
}

#[test]
fn out_of_service_needs_two_persons_and_back_needs_one() {
    let mut bench = Bench::new();
    let now = bench.now;
    let mut put = |out, by| bench.safety.put_out_of_service(now, Input::SmokeA, out, by);
    assert_eq!(put(true, Authority::OnePerson), Err(Refusal::SecondPerson));
    assert_eq!(put(true, Authority::TwoPersons), Ok(()));
    assert_eq!(put(true, Authority::TwoPersons), Err(Refusal::ServiceUnchanged));
    assert_eq!(put(false, Authority::Unproven), Err(Refusal::NoKey));
    assert_eq!(put(false, Authority::OnePerson), Ok(()));
    assert_eq!(bypass(&mut bench, Input::ExhaustC, 5), Ok(()));
    assert_eq!(take_out(&mut bench, Input::ExhaustA), Ok(()));
    assert!(
        bench.safety.overrides().iter().all(Option::is_none),
        "what is left of the vote has to see"
    );
    assert_eq!(take_out(&mut bench, Input::ExhaustB), Ok(()));
    assert_eq!(take_out(&mut bench, Input::ExhaustC), Err(Refusal::LastOfVote));
}

/// A cut loop and a lost button keep a fire latch for ever; two persons' acts end that (D4).
#[test]
fn what_cannot_become_healthy_does_not_keep_a_latch_for_ever() {
    let mut bench = Bench::new();
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.tick();
    bench.inputs.manual_fire.value = Err(Absent::Stale);
    bench.inputs.smoke[0].value = Ok(LoopState::Open);
    bench.inputs.break_wire[1].value = Err(Absent::BusStuck);
    bench.run(700.0);
    assert_eq!(bench.reset(Latch::Fire), Err(Refusal::CauseStands));
    for input in [Input::FireButton, Input::SmokeA, Input::BreakWireRight] {
        assert!(bench.reset(Latch::Fire).is_err());
        assert_eq!(take_out(&mut bench, input), Ok(()));
    }
    bench.run(700.0);
    assert_eq!(bench.reset(Latch::Fire), Ok(()));
}

#[test]
fn a_unit_of_which_one_signal_is_out_goes_by_the_other() {
    let mut bench = Bench::new();
    assert_eq!(take_out(&mut bench, Input::HomeLeft), Ok(()));
    bench.inputs.extinguisher_home[0].value = Err(Absent::Stale);
    assert_eq!(bench.tick().extinguisher[0], ExtinguisherState::Armed);
    bench.inputs.break_wire[0].value = Ok(LoopState::Open);
    assert_eq!(bench.tick().extinguisher[0], ExtinguisherState::Absent);
    bench.inputs.break_wire[0].value = Ok(LoopState::Alarm);
    assert_eq!(bench.tick().extinguisher[0], ExtinguisherState::Fired);
    let mut bench = Bench::new();
    assert_eq!(take_out(&mut bench, Input::BreakWireRight), Ok(()));
    bench.inputs.break_wire[1].value = Ok(LoopState::Short);
    assert_eq!(bench.tick().extinguisher[1], ExtinguisherState::Armed);
    bench.inputs.extinguisher_home[1].value = Ok(Flag::Clear);
    assert_eq!(bench.tick().extinguisher[1], ExtinguisherState::Absent);
}

#[test]
fn what_the_site_does_not_have_is_not_made_up_by_an_override() {
    let mut bench = Bench::new();
    bench.inputs.extinguisher_home = [Reading::absent(Absent::NotFitted, bench.now); 2];
    bench.inputs.break_wire = [Reading::absent(Absent::NotFitted, bench.now); 2];
    bench.inputs.mains_present = Reading::absent(Absent::NotFitted, bench.now);
    assert_eq!(bypass(&mut bench, Input::HomeLeft, 5), Ok(()));
    assert_eq!(bypass(&mut bench, Input::Mains, 5), Ok(()));
    assert_eq!(take_out(&mut bench, Input::BreakWireRight), Ok(()));
    let verdict = bench.run(10.0);
    assert!(!bench.has(Cause::C14Extinguisher) && !bench.has(Cause::C20MainsLost));
    assert_eq!(verdict.extinguisher, [ExtinguisherState::Absent; 2]);
}

/// A holder with one signal goes by that one, and taking it out of service leaves none: nothing is made up in its place.
#[test]
fn a_unit_that_has_one_signal_only_is_not_made_up_from_it() {
    for (input, one) in [(Input::BreakWireLeft, 0), (Input::HomeLeft, 1)] {
        let mut bench = Bench::new();
        let none = Absent::NotFitted;
        if one == 0 {
            bench.inputs.extinguisher_home[0] = Reading::absent(none, bench.now);
        } else {
            bench.inputs.break_wire[0] = Reading::absent(none, bench.now);
        }
        bench.run(1.0);
        assert!(
            bench.has(Cause::C14Extinguisher),
            "{input:?}: it is fitted and not armed"
        );
        assert_eq!(take_out(&mut bench, input), Ok(()));
        let verdict = bench.run(1.0);
        assert_eq!(verdict.extinguisher[0], ExtinguisherState::Absent, "{input:?}");
        assert!(!bench.has(Cause::C14Extinguisher), "{input:?}");
    }
}

#[test]
fn an_override_lasts_a_minute_at_least_and_four_hours_at_most() {
    let mut bench = Bench::new();
    for (span, answer) in [
        (Span::us(59_999_999), Err(Refusal::OutOfSpan)),
        (Span::s(60), Ok(())),
        (Span::s(4 * 3600), Ok(())),
        (Span::us(4 * 3_600_000_000 + 1), Err(Refusal::OutOfSpan)),
    ] {
        let one = Override {
            until: bench.now + span,
            ..asked(&bench, Input::Door, 1)
        };
        let asked = bench.safety.override_input(bench.now, &one, Authority::OnePerson);
        assert_eq!(asked, answer, "{span:?}");
    }
}

#[test]
fn what_is_out_of_service_is_not_overridden() {
    let mut bench = Bench::new();
    for input in [Input::Mains, Input::FilterLeft] {
        assert_eq!(take_out(&mut bench, input), Ok(()));
        assert_eq!(bypass(&mut bench, input, 5), Err(Refusal::VoteTaken));
    }
}

#[test]
fn an_overridden_home_switch_leaves_its_wire_to_speak_for_the_unit() {
    let mut bench = Bench::new();
    assert_eq!(bypass(&mut bench, Input::HomeRight, 5), Ok(()));
    bench.inputs.extinguisher_home[1].value = Ok(Flag::Clear);
    assert_eq!(bench.tick().extinguisher, [ExtinguisherState::Armed; 2]);
    assert!(!bench.has(Cause::C14Extinguisher));
}

#[test]
fn a_fifth_override_is_refused() {
    let mut bench = Bench::new();
    for input in [Input::Door, Input::Mains, Input::Seal, Input::Isolator] {
        assert_eq!(bypass(&mut bench, input, 5), Ok(()));
    }
    assert_eq!(
        bypass(&mut bench, Input::PowerMeter, 5),
        Err(Refusal::TooManyOverrides)
    );
    assert_eq!(
        bypass(&mut bench, Input::Seal, 9),
        Ok(()),
        "one of the four is extended"
    );
}

/// D4: two persons, or one at the key switch, for fire; one, or the key, for the others.
#[test]
fn persons_reset_without_the_key() {
    let mut bench = Bench::new();
    bench.inputs.manual_fire.value = Ok(Flag::Set);
    bench.tick();
    bench.inputs.manual_fire.value = Ok(Flag::Clear);
    bench.run(700.0);
    let (now, fire) = (bench.now, LatchSet::of(&[Latch::Fire]));
    for (by, answer) in [
        (Authority::Unproven, Err(Refusal::NoKey)),
        (Authority::OnePerson, Err(Refusal::SecondPerson)),
        (Authority::TwoPersons, Ok(())),
    ] {
        assert_eq!(bench.safety.reset(now, fire, true, by), answer);
    }
    bench.inputs.emergency_off.value = Ok(Flag::Set);
    bench.tick();
    bench.inputs.emergency_off.value = Ok(Flag::Clear);
    bench.tick();
    let (now, off) = (bench.now, LatchSet::of(&[Latch::EmergencyOff]));
    assert_eq!(bench.safety.reset(now, off, false, Authority::OnePerson), Ok(()));
}

#[test]
fn a_record_of_the_version_before_is_read_and_one_that_cannot_be_is_not() {
    let mut old = LatchRecord::CLEAR.to_bytes(3);
    old[4] = 1;
    let seal = |bytes: &mut [u8; RECORD_BYTES]| {
        let check = crc32c(&bytes[..RECORD_BYTES - 4]);
        bytes[RECORD_BYTES - 4..].copy_from_slice(&check.to_le_bytes());
    };
    seal(&mut old);
    assert_eq!(LatchRecord::from_bytes(&old), Ok((LatchRecord::CLEAR, 3)));
    for (place, byte) in [(28, 0b111), (31, 0x80)] {
        let mut bytes = LatchRecord::CLEAR.to_bytes(3);
        bytes[place] = byte;
        seal(&mut bytes);
        assert_eq!(LatchRecord::from_bytes(&bytes), Err(RecordError::Nonsense));
    }
    old[28] = 1;
    seal(&mut old);
    assert_eq!(LatchRecord::from_bytes(&old), Err(RecordError::Nonsense));
}

#[derive(Clone, Copy, Debug)]
enum Deed {
    Override(Input, u64),
    End(Input),
    Out(Input),
    In(Input),
    Fire,
    Heal,
    Run(u64),
    Restart,
}

fn deed() -> impl Strategy<Value = Deed> {
    let input = prop::sample::select(Input::ALL);
    prop_oneof![
        (input.clone(), 1u64..241).prop_map(|(input, minutes)| Deed::Override(input, minutes)),
        input.clone().prop_map(Deed::End),
        input.clone().prop_map(Deed::Out),
        input.prop_map(Deed::In),
        Just(Deed::Fire),
        Just(Deed::Heal),
        (1u64..40).prop_map(Deed::Run),
        Just(Deed::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever persons do: no override beside a fire latch, none beyond four hours, at most one of a vote, none of a fire
    /// input; fire stops the fan through all of it, and a probe stays in service.
    #[test]
    fn bypasses_keep_their_rules(deeds in prop::collection::vec(deed(), 1..40)) {
        let mut bench = Bench::new();
        let mut began: Vec<(Input, Moment)> = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Override(input, minutes) => {
                    if bypass(&mut bench, input, minutes).is_ok() {
                        began.retain(|(known, _)| *known != input);
                        began.push((input, bench.now));
                    }
                }
                Deed::End(input) => { let _none = bench.safety.end_override(input); }
                Deed::Out(input) => { let _refused = take_out(&mut bench, input); }
                Deed::In(input) => {
                    let now = bench.now;
                    let _refused = bench.safety.put_out_of_service(now, input, false, Authority::OnePerson);
                }
                Deed::Fire => {
                    bench.inputs.cut_out_open.value = Ok(Flag::Set);
                    bench.inputs.manual_fire.value = Ok(Flag::Set);
                }
                Deed::Heal => bench.heal(),
                Deed::Run(minutes) => {
                    bench.step = Span::ms(4900);
                    bench.run(60.0 * minutes as f64);
                    bench.step = TICK;
                }
                Deed::Restart => bench.restart(),
            }
            let pressed = bench.inputs.manual_fire.value == Ok(Flag::Set);
            let verdict = bench.tick();
            let out = bench.safety.out_of_service();
            let blind = [Input::FireButton, Input::CutOut].into_iter().all(|input| out.has(input));
            prop_assert!(!pressed || blind || verdict.fan_off());
            let standing: Vec<Override> = bench.safety.overrides().iter().flatten().copied().collect();
            prop_assert!(standing.is_empty() || !verdict.latches.has(Latch::Fire));
            for one in &standing {
                prop_assert!(one.input.override_needs().is_some() && !out.has(one.input));
                let since = began.iter().find(|(input, _)| *input == one.input).unwrap().1;
                prop_assert!(bench.now < one.until && one.until.since(since) <= Span::s(4 * 3600));
                let same = standing.iter().filter(|other| one.input.vote().has(other.input));
                prop_assert_eq!(same.count(), 1);
            }
            prop_assert!(!points::input::VOTERS.without(out).is_empty());
        }
    }
}
