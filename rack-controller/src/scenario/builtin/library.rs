//! The scenarios by name.

mod cooling;
mod faults;
mod fire;
mod people;

use hil_rig::plant::Profile;
use hil_rig::rack::RackConfig;
use points::interlock::{Latch, LatchSet};

use super::run::Run;

/// A scenario: its name, what it shows, and itself as a function of the seed.
pub type Scenario = (&'static str, &'static str, fn(u64) -> Run);

/// Every built-in scenario.
pub fn all() -> Vec<Scenario> {
    vec![
        (
            "start",
            "from its own equilibrium to the target, then a load step",
            cooling::start,
        ),
        (
            "blower-stop",
            "the blower jams at 12 kW: cap, shutdown by prediction, way back",
            cooling::blower_stop,
        ),
        (
            "blower-stop-slow",
            "the blower jams at its lowest drive",
            cooling::blower_stop_slow,
        ),
        (
            "filter",
            "both filters at four times their resistance, then new ones",
            cooling::filter,
        ),
        (
            "recorded-day",
            "a day of a recorded cluster load in a recorded summer",
            cooling::recorded_day,
        ),
        ("door", "the door stands open for five minutes", people::door),
        (
            "emergency-off",
            "emergency power-off, release, key, recovery",
            people::emergency_off,
        ),
        (
            "isolator",
            "somebody opens the blower's isolator at 5 kW",
            people::isolator,
        ),
        (
            "manual-hold",
            "a person holds the fan; floors and expiry rule",
            people::manual_hold,
        ),
        (
            "one-smoke",
            "one smoke contact: pre-alarm, and not a step of difference at the fan",
            fire::one_smoke,
        ),
        (
            "smoke-and-heat",
            "smoke and an 80 kW fire: fan stopped, hosts down, power cut, soak, reset",
            fire::smoke_and_heat,
        ),
        ("fired", "an extinguisher fires", fire::fired),
        (
            "fire-button",
            "the manual fire button, and two refusals on the way back",
            fire::fire_button,
        ),
        (
            "probe-killed",
            "a probe dies of heat: lost hot is evidence, not blindness",
            fire::probe_killed,
        ),
        (
            "fire-holds",
            "the core dies and power is lost with the fire latch set: the fan stays off",
            fire::holds,
        ),
        (
            "software-stop",
            "a site without the latching contact: the stop is in software and says so",
            fire::software_stop,
        ),
        ("blind", "all exhaust probes are lost without fire", faults::blind),
        (
            "bus-stuck",
            "one bus is held low for two seconds",
            faults::bus_stuck,
        ),
        (
            "core-death",
            "the core dies without a latch: the fan chip's watchdog drives",
            faults::core_death,
        ),
        (
            "lying-bus",
            "zeros, ones, bad check sums, short and silent transfers are never readings",
            faults::lying_bus,
        ),
    ]
}

fn rack(seed: u64, power_w: f64) -> RackConfig {
    RackConfig {
        seed,
        load: Profile::constant(power_w),
        ..RackConfig::default()
    }
}

/// A rack that has run at a load until control had it at its target.
fn settled(seed: u64, power_w: f64) -> Run {
    let mut run = Run::new(rack(seed, power_w), 100);
    run.pass(900.0);
    run.expect(
        "settled without an alarm",
        run.picture().alarms.raised.is_empty() && run.picture().effects.is_empty(),
    );
    run
}

/// Cooling is back after a loss: the latch is reset, the hosts are started, everything returns to normal.
fn cooling_is_back(run: &mut Run) {
    let standing = run.picture().latches;
    run.expect("cooling loss is latched", standing.has(Latch::CoolingLoss));
    run.reset(standing, false, Ok(()))
        .act(hil_rig::rack::Act::StartHosts)
        .acknowledge()
        .normal(300.0);
}

fn latches(all: &[Latch]) -> LatchSet {
    LatchSet::of(all)
}
