//! Every act with the arguments it takes, and with those it does not.

use super::*;

/// The values at the ends of what a parameter takes.
fn ends(parameter: &Parameter) -> Vec<Value> {
    let words = (0..parameter.words.len()).map(Value::Word);
    let numbers = parameter
        .number
        .iter()
        .flat_map(|span| [Value::Number(span.low), Value::Number(span.high)]);
    words.chain(numbers).collect()
}

/// Every way to choose from the ends of what the parameters take, each behind the ones before it; one place runs
/// through all its values while those behind it take turns.
fn choices(row: &ActRow) -> Vec<Vec<Value>> {
    let mut all = vec![Vec::new()];
    for parameter in row.parameters {
        let mut longer = Vec::new();
        for before in &all {
            let Some(parameter) = parameter.behind(before) else {
                continue;
            };
            longer.extend(
                ends(&parameter)
                    .into_iter()
                    .map(|value| [before.as_slice(), &[value]].concat()),
            );
        }
        all = longer;
    }
    all
}

#[test]
fn every_act_survives_its_arguments_and_no_name_stands_twice() {
    for (place, row) in ACTS.iter().enumerate() {
        assert!(
            ACTS[..place].iter().all(|other| other.name != row.name),
            "{}",
            row.name
        );
        for values in choices(row) {
            let act = Act::new(row, &values).unwrap_or_else(|| panic!("{} {values:?}", row.name));
            assert_eq!((act.row().name, act.values()), (row.name, values), "{act}");
            assert!(act.fits(), "{act}");
        }
    }
}

#[test]
fn a_fault_is_written_with_its_amount_and_taken_where_it_can_befall() {
    let row = ACTS.iter().find(|row| row.name == "fault").expect("a fault");
    let word =
        |names: &[&str], name| Value::Word(names.iter().position(|known| *known == name).unwrap_or(99));
    let act = |instrument, fault, amount: &[Value]| {
        let pair = [word(Instrument::NAMES, instrument), word(Fault::NAMES, fault)];
        Act::new(row, &[&pair, amount].concat()).map(|act| act.to_string())
    };
    let text = |text: &str| Some(text.to_owned());
    let two = &[Value::Number(2.0)];
    assert_eq!(act("exhaust-a", "nack", &[]), text("fault exhaust-a nack"));
    assert_eq!(
        act("exhaust-a", "drift", two),
        text("fault exhaust-a drift 2 K/h")
    );
    assert_eq!(act("draft", "drift", two), text("fault draft drift 2 Pa/h"));
    assert_eq!(act("draft", "drift", &[]), text("fault draft drift"));
    assert_eq!(
        act("meter-b", "exception", two),
        text("fault meter-b exception 2")
    );
    assert_eq!(act("outlets-9", "late", two), text("fault outlets-9 late 2 s"));
    assert_eq!(
        act("w1-board-3", "offset", two),
        text("fault w1-board-3 offset 2 K")
    );
    for (instrument, fault, amount) in [
        ("exhaust-a", "nack", &two[..]),
        ("exhaust-a", "drift", &[Value::Number(1e4)]),
        ("loops", "bad-crc", &[]),
        ("exhaust-a", "tach-lost", &[]),
        ("fan", "crossed", &[]),
        ("exhaust-a", "silent", &[]),
        ("meter-a", "nack", &[]),
        ("outlets-1", "offset", two),
        ("w1-board-1", "wrong-unit", &[]),
        ("board-1", "power-on", &[]),
    ] {
        assert_eq!(act(instrument, fault, amount), None, "{instrument} {fault}");
    }
    let unfit = Act::Fault {
        instrument: Instrument::Loops,
        fault: Fault::BadCrc,
        amount: None,
    };
    assert!(!unfit.fits());
    let swapped = |other| {
        Act::Swap {
            one: Instrument::ExhaustA,
            other,
            on: true,
        }
        .fits()
    };
    assert!(swapped(Instrument::Room) && !swapped(Instrument::Draft) && !swapped(Instrument::ExhaustA));
}

#[test]
fn what_an_act_does_not_take_makes_none() {
    let row = ACTS.iter().find(|row| row.name == "load").expect("a load");
    for values in [
        &[][..],
        &[Value::Word(1)],
        &[Value::Number(-1.0)],
        &[Value::Number(f64::NAN)],
    ] {
        assert_eq!(Act::new(row, values), None);
    }
    let load = |power_w| Act::Load { power_w };
    assert!(load(Some(60_000.0)).fits() && load(None).fits());
    assert!(!load(Some(60_001.0)).fits() && !load(Some(f64::NAN)).fits());
    assert!(!Act::BusStuck { bus: 3, for_us: 1 }.fits());
    assert_eq!(
        Act::new(row, &[Value::Number(5_000.0)]).map(|act| act.to_string()),
        Some("load 5000 W".into())
    );
}
