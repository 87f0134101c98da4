//! What stands is told, and mended.

use super::super::{ACTS, ActRow, Fault, Instrument, Output, Parameter, RackConfig, Value};
use super::*;
use crate::plant::FireClass;

fn rack() -> Rack {
    Rack::new(RackConfig::default())
}

#[test]
fn a_new_rack_is_healthy_and_every_control_stands_for_one_act() {
    let rack = rack();
    assert_eq!(rack.departures(), []);
    for (now, healthy) in rack.state() {
        assert_eq!(now, healthy);
        let same = |other: &Act| other.to_string() == now.to_string();
        assert_eq!(rack.state().iter().filter(|(other, _)| same(other)).count(), 1);
    }
}

#[test]
fn what_is_done_is_what_stands_and_its_mend_takes_it_away() {
    let side = Side::Right;
    let acts = [
        Act::Load { power_w: Some(9e3) },
        Act::Room { room_c: Some(35.0) },
        Act::Humidity { percent: 88.0 },
        Act::Door { open: true },
        Act::FilterResistance { side, ratio: 4.0 },
        Act::FilterPresent { side, present: false },
        Act::Fire { power_w: 2e3 },
        Act::BlowerJammed { on: true },
        Act::TachBLost { on: true },
        Act::Fault {
            instrument: Instrument::Draft,
            fault: Fault::Offset,
            amount: Some(3.5),
        },
        Act::Fault {
            instrument: Instrument::Fan,
            fault: Fault::TachLost,
            amount: None,
        },
        Act::Swap {
            one: Instrument::InletLeft,
            other: Instrument::InletRight,
            on: true,
        },
        Act::ClockStuck {
            bus: 1,
            for_us: 5_000_000,
        },
        Act::ContactBounce {
            line: Input::Door,
            edges: 7,
            over_us: 10_000,
        },
        Act::ContactStuck {
            line: Input::Key,
            on: true,
        },
        Act::ContactStorm {
            line: Input::Seal,
            per_s: 50.0,
        },
        Act::Relay {
            output: Output::Horn,
            relay: Relay::Welded,
        },
        Act::FanContact {
            relay: Relay::Dead,
            honest: false,
        },
        Act::Dust { ug_m3: 50.0 },
        Act::BlowerWear {
            blower: side,
            efficiency: 57.0,
        },
        Act::BrownOut { percent: 80.0 },
        Act::PanelGap { area_cm2: 300.0 },
        Act::HostHang {
            host: Pick::One(3),
            on: true,
        },
        Act::HostCap {
            host: Pick::One(3),
            percent: Some(29.0),
        },
        Act::HostSays {
            host: Pick::One(3),
            claim: Claim::Off,
        },
        Act::OutletStuck { outlet: 16, on: true },
        Act::PduSilent { on: true },
        Act::OutletLate {
            outlet: 1,
            for_us: 20_000_000,
        },
        Act::OutletSwitch { outlet: 9, on: false },
        Act::Thermistor {
            side,
            cable: Cable::Open,
        },
        Act::Smoke {
            channel: side,
            level: LoopLevel::Alarm,
        },
        Act::BreakWire {
            side,
            level: LoopLevel::Ohms(7e3),
        },
        Act::ExtinguisherHome { side, home: false },
        Act::Line {
            line: Input::Leak,
            high: true,
        },
    ];
    for act in acts {
        let mut rack = rack();
        rack.act(&act);
        let found = rack.departures();
        assert_eq!(found.len(), 1, "{act}: {found:?}");
        assert_eq!(found[0].says, act.to_string());
        rack.act(&found[0].mend);
        assert_eq!(rack.departures(), [], "{act}");
    }
}

/// Acts that happen and leave nothing standing, and those whose traces are told by other rows.
const EVENTS: [&str; 11] = [
    "new filter",
    "fire replay",
    "fire out",
    "smoke modelled",
    "new extinguisher",
    "clean probes",
    "restore supply",
    "start hosts",
    "host start",
    "mend",
    "mend everything",
];

#[test]
fn whatever_an_act_changes_is_told_and_healed() {
    for row in ACTS.iter().filter(|row| !EVENTS.contains(&row.name)) {
        let differs = row_values(row).into_iter().any(|values| {
            let act = Act::new(row, &values).expect("it takes them");
            let mut rack = rack();
            rack.act(&act);
            let at_once = !rack.departures().is_empty();
            rack.advance(rack.now_us() + 120_000_000);
            let told = at_once || !rack.departures().is_empty();
            // Heat and smoke go in their own time, and hosts boot in theirs.
            for _ in 0..2 {
                rack.heal();
                rack.advance(rack.now_us() + 3_600_000_000);
            }
            assert_eq!(rack.departures(), [], "{act}");
            told
        });
        assert!(
            differs,
            "`{}` changes something that no row of the state tells",
            row.name
        );
    }
}

/// Each last argument at its words and its lowest and highest number, the others at their first.
fn row_values(row: &ActRow) -> Vec<Vec<Value>> {
    let all = |parameter: &Parameter| {
        let words = (0..parameter.words.len()).map(Value::Word);
        let span = parameter.number.into_iter();
        let ends = span.flat_map(|span| [Value::Number(span.low), Value::Number(span.high)]);
        words.chain(ends).collect::<Vec<Value>>()
    };
    if row.name == "swap" {
        // Two instruments of one kind; the first word alone would be the same one twice.
        return vec![vec![Value::Word(0), Value::Word(1), Value::Word(0)]];
    }
    if row.name == "contact bounce" {
        // The fewest edges are none.
        return vec![vec![Value::Word(0), Value::Number(7.0), Value::Number(0.01)]];
    }
    if row.name == "relay" {
        // The first output is the coil that opens the fan's contact, which nobody's mend closes again.
        return vec![vec![Value::Word(Output::Horn as usize), Value::Word(1)]];
    }
    let Some((last, before)) = row.parameters.split_last() else {
        return vec![Vec::new()];
    };
    let first: Vec<Value> = before.iter().map(|parameter| all(parameter)[0]).collect();
    let with = |value| first.iter().copied().chain([value]).collect();
    all(last).into_iter().map(with).collect()
}

#[test]
fn healing_restores_what_an_emergency_stop_dropped_and_starts_the_hosts() {
    let mut rack = rack();
    rack.act(&Act::Line {
        line: Input::EmergencyOff,
        high: false,
    });
    rack.schedule(u64::MAX, Act::Door { open: true })
        .expect("there is room");
    rack.advance(rack.now_us() + 1_000_000);
    let says: Vec<String> = rack.departures().into_iter().map(|one| one.says).collect();
    let expected = [
        "contact emergency-off low",
        "supply dropped by an emergency stop",
        "hosts off: 6",
    ];
    assert_eq!(says, expected);
    rack.heal();
    assert_eq!(rack.departures(), []);
    assert_eq!(rack.waiting().0.count(), 0, "what waited is forgotten");
}

#[test]
fn after_a_growing_fire_all_of_it_is_mended_once_it_is_out() {
    let mut rack = rack();
    let ceiling_w = Some(40_000.0);
    rack.act(&Act::FireGrows {
        class: FireClass::ALL[FireClass::ALL.len() - 1],
        ceiling_w,
    });
    rack.act(&Act::Smoke {
        channel: Side::Right,
        level: LoopLevel::Normal,
    });
    rack.advance(rack.now_us() + 60_000_000);
    let says: Vec<String> = rack.departures().into_iter().map(|one| one.says).collect();
    for expected in ["smoke a alarm", "a fire grows", "smoke b is held normal"] {
        assert!(says.iter().any(|one| one == expected), "{expected}: {says:?}");
    }
    rack.heal();
    rack.advance(rack.now_us() + 1_800_000_000);
    rack.heal();
    assert_eq!(rack.departures(), [], "smoke and heat have gone meanwhile");
}

#[test]
fn a_cut_out_that_heat_has_opened_is_a_departure_nobody_acted_for() {
    let mut rack = rack();
    rack.act(&Act::Fire { power_w: 400_000.0 });
    rack.advance(rack.now_us() + 600_000_000);
    rack.act(&Act::Fire { power_w: 0.0 });
    let cut_out = |one: &Departure| one.says == "contact cut-out low";
    assert!(rack.departures().iter().any(cut_out));
}
