//! The fault suite: what goes wrong with cooling, its sensors and its inputs never lets the exhaust become hotter than
//! full speed from the fault's first moment would have kept it, or than it is held without any fault, but for half a kelvin.
//!
//! ```text
//!   scenario ---------------------------------------> hottest exhaust from the fault on
//!     \-- its twin: a person holds 100 % from there --> hottest exhaust from the fault on     (within 0.5 K)
//! ```
//! The scenarios themselves (`hil-rig/scenarios/fault-*.scn`) say which regime is entered, what it is named and that it is
//! left. Figures of the last run are in docs/control.md.

use std::fmt::Write as _;

use hil_rig::report::{LANES, Trace};
use rack_controller::scenario::library;
use rack_controller::scenario::runner::{self, Outcome, Over};

/// What ours may be hotter than its twin, K.
const HOTTER_K: f64 = 0.5;
/// What the exhaust is held at without a fault, °C: the default of `control.exhaust_target`.
const SET_POINT_C: f64 = 42.0;
/// Beginning of the suite's names, and how many there are: F1 to F10 of the plant study, of F5 two.
const SUITE: &str = "fault-";
const FAULTS: usize = 11;
/// The line after which the rack is at rest and the fault comes.
const AT_REST: &str = "expect normal";
/// What the twin adds there, and after every start of the core: a hold does not outlast one.
const HELD: &str = "hold 100 % for 240 min by twin";
const STARTS: &str = "core starts";

/// The scenario's text with full speed from the fault on.
fn twin(text: &str) -> String {
    let (mut told, mut held) = (String::new(), false);
    for line in text.lines() {
        let _ = writeln!(told, "{line}");
        let begins = !held && line.trim() == AT_REST;
        if begins || (held && line.trim() == STARTS) {
            let _ = writeln!(told, "{HELD}");
            held = true;
        }
    }
    assert!(held, "no line `{AT_REST}`");
    told
}

fn run(name: &str, text: &str) -> Outcome {
    let scenario = library::shipped(name, text).unwrap_or_else(|error| panic!("{error}"));
    runner::run(scenario, None, Over::Process).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The first moment after the rack was found at rest, s.
fn onset_s(outcome: &Outcome) -> f64 {
    let verdicts = &outcome.played.as_ref().expect("it was played").verdicts;
    let rest = verdicts.iter().find(|verdict| verdict.text.trim() == AT_REST);
    rest.expect("it says that it is at rest").at_s
}

/// Hottest exhaust in truth from a moment on, °C.
fn hottest_c(outcome: &Outcome, from_s: f64) -> f64 {
    let traces = LANES
        .iter()
        .flat_map(|lane| lane.traces.iter().map(move |(trace, _)| (lane.title, *trace)));
    let place = traces
        .enumerate()
        .find(|(_, traced)| *traced == ("Exhaust air", Trace::Truth));
    let (place, _) = place.expect("there is such a lane");
    let course = outcome.course.as_ref().expect("it was observed");
    let columns = course.columns(place).filter(|(at_s, _)| *at_s >= from_s);
    let hottest = columns
        .filter_map(|(_, column)| column)
        .map(|column| f64::from(column.high));
    hottest.fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn no_fault_lets_the_exhaust_become_hotter_than_full_speed_would_have() {
    let suite: Vec<(String, &str)> = library::texts()
        .into_iter()
        .filter(|(name, _)| name.starts_with(SUITE))
        .collect();
    assert_eq!(suite.len(), FAULTS);
    let (mut table, mut hotter, mut judged) = (String::new(), Vec::new(), 0);
    for (name, text) in &suite {
        let ours = run(name, text);
        if ours.played.is_none() {
            // Its recording is not there; the scenario says so itself.
            continue;
        }
        let full = run(name, &twin(text));
        let from_s = onset_s(&ours);
        let (own_c, full_c) = (hottest_c(&ours, from_s), hottest_c(&full, from_s));
        let _ = writeln!(
            table,
            "| {name} | {own_c:.2} | {full_c:.2} | {:+.2} |",
            own_c - full_c
        );
        judged += 1;
        if own_c > full_c.max(SET_POINT_C) + HOTTER_K {
            hotter.push(name);
        }
    }
    println!(
        "| fault | hottest exhaust, °C | at full speed from the fault on, °C | hotter, K |\n|---|---|---|---|\n{table}"
    );
    assert!(judged + 1 >= FAULTS, "only {judged} could be run");
    assert!(hotter.is_empty(), "{hotter:?}:\n{table}");
}
