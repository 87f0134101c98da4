//! Each input by its name: what persons take out of the judgement is that one and no other.

use super::Bench;
use crate::Inputs;
use points::command::Authority;
use points::input::{Input, InputSet};
use points::{Absent, Quantity, Reading};

fn reason<Q: Quantity>(reading: &Reading<Q>) -> Option<Absent> {
    reading.value.err()
}

/// Why the input says nothing, where it says nothing.
fn silence(inputs: &Inputs, input: Input) -> Option<Absent> {
    let i = inputs;
    match input {
        Input::ExhaustA => reason(&i.exhaust[0].reading),
        Input::ExhaustB => reason(&i.exhaust[1].reading),
        Input::ExhaustC => reason(&i.exhaust[2].reading),
        Input::Ceiling => reason(&i.ceiling),
        Input::SmokeA => reason(&i.smoke[0]),
        Input::SmokeB => reason(&i.smoke[1]),
        Input::BreakWireLeft => reason(&i.break_wire[0]),
        Input::BreakWireRight => reason(&i.break_wire[1]),
        Input::HomeLeft => reason(&i.extinguisher_home[0]),
        Input::HomeRight => reason(&i.extinguisher_home[1]),
        Input::FireButton => reason(&i.manual_fire),
        Input::EmergencyOff => reason(&i.emergency_off),
        Input::CutOut => reason(&i.cut_out_open),
        Input::Door => reason(&i.door_open),
        Input::Mains => reason(&i.mains_present),
        Input::Seal => reason(&i.seal_broken),
        Input::Isolator => reason(&i.isolator_open),
        Input::FanContact => reason(&i.contact_open),
        Input::Tachometer => reason(&i.fan.speed),
        Input::BlowerCurrent => reason(&i.fan.current),
        Input::Draft => reason(&i.draft),
        Input::FilterLeft => reason(&i.filter_resistance[0]),
        Input::FilterRight => reason(&i.filter_resistance[1]),
        Input::PowerMeter => reason(&i.it_power),
        Input::PowerCutReadBack => reason(&i.power_cut_stands),
    }
}

/// A unit of which one signal is left goes by that one: it does not fall silent.
const BY_THE_OTHER: InputSet = InputSet::of(&[
    Input::BreakWireLeft,
    Input::BreakWireRight,
    Input::HomeLeft,
    Input::HomeRight,
]);

#[test]
fn what_is_taken_out_of_service_is_as_if_the_site_did_not_have_it_and_nothing_else_is() {
    for out in Input::ALL {
        let mut bench = Bench::new();
        let answer = bench
            .safety
            .put_out_of_service(bench.now, *out, true, Authority::TwoPersons);
        assert_eq!(answer, Ok(()));
        bench.tick();
        let seen = bench.safety.inputs().unwrap();
        for input in Input::ALL {
            let silent = input == out && !BY_THE_OTHER.has(*input);
            let expected = silent.then_some(Absent::NotFitted);
            assert_eq!(silence(seen, *input), expected, "{out:?}: {input:?}");
        }
    }
}

/// I15: what is older than five seconds counts for nothing, whatever it is.
#[test]
fn every_input_grows_too_old_after_five_seconds() {
    let mut bench = Bench::new();
    bench.frozen = true;
    bench.run(4.9);
    let fresh = |bench: &Bench, input| silence(bench.safety.inputs().unwrap(), input).is_none();
    assert!(Input::ALL.iter().all(|input| fresh(&bench, *input)));
    bench.run(0.2);
    let seen = *bench.safety.inputs().unwrap();
    for input in Input::ALL {
        assert_eq!(silence(&seen, *input), Some(Absent::Stale), "{input:?}");
    }
    assert_eq!(reason(&seen.heat.unexplained), Some(Absent::Stale));
    assert_eq!(reason(&seen.dew_point_margin), Some(Absent::Stale));
    assert_eq!(reason(&seen.key_switch), Some(Absent::Stale));
    assert_eq!(reason(&seen.fan.drive), Some(Absent::Stale));
}
