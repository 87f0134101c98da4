//! Scenarios over the rig's socket: the shipped core and front beside a served rack. What befalls their processes and
//! their machine, and that a scenario runs the same here and in process.

use rack_controller::scenario::claim;
use rack_controller::scenario::compare::compare;
use rack_controller::scenario::library;
use rack_controller::scenario::runner::{Outcome, Over, run, text};

/// As fast as the rig serves.
const SPEED: f64 = 10.0;
/// For comparisons: a tick of these scenarios is then 200 ms of real time, which a busy machine keeps.
const COMPARED: f64 = 1.0;

fn played(name: &str, over: Over) -> Outcome {
    let scenario = library::find(name).unwrap_or_else(|error| panic!("{error}"));
    let outcome = run(scenario, None, over).unwrap_or_else(|error| panic!("{name}: {error}"));
    println!("{}", text(&outcome));
    outcome
}

fn good(name: &str) {
    let outcome = played(name, Over::Rig(SPEED));
    assert!(outcome.good(), "{}", text(&outcome));
    for one in &outcome.scenario.covers {
        assert_eq!(claim::shown(&outcome, one), Ok(()), "{name}: {one:?}");
    }
}

/// Killed and hung: replaced; nothing at the fan.
#[test]
fn a_front_that_dies_or_hangs_is_replaced_and_the_fan_does_not_notice() {
    good("front-dies");
}

#[test]
fn a_front_that_hangs_in_a_fire_delays_nothing_at_the_rack() {
    good("front-hangs-in-fire");
}

#[test]
fn a_core_that_hangs_leaves_the_fan_to_its_chip_and_takes_over_again() {
    good("core-hangs");
}

/// Needs root for a file system that can be filled.
#[test]
fn a_full_disk_keeps_no_fire_from_its_latch() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: a file system that can be filled needs root");
        return;
    }
    good("disk-full");
}

/// Needs libfaketime.
#[test]
fn a_wall_clock_that_jumps_moves_no_countdown() {
    good("clock-jumps");
}

/// The same things happen at the same times: within a tick, or two hundredths of the stated deadline.
#[test]
fn a_scenario_runs_the_same_in_process_and_over_the_rig() {
    let compared = |name: &str| {
        let (one, other) = (played(name, Over::Process), played(name, Over::Rig(COMPARED)));
        let compared = compare(&one.scenario, &one, &other);
        println!(
            "{name}: {} changes, {:.3} s apart at most\n{}",
            compared.same, compared.worst.0, compared.table
        );
        assert!(one.good() && other.good(), "{name} fails on a stand");
        assert!(compared.same > 5, "{name}: too little happens to compare");
        assert!(
            compared.parted.is_empty(),
            "{name}:\n{}",
            compared.parted.join("\n")
        );
    };
    std::thread::scope(|scope| {
        for name in ["rig-fire-button", "rig-emergency-off", "rig-blind"] {
            scope.spawn(move || compared(name));
        }
    });
}
