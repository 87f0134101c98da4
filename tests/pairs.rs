//! Two things broken at once: every pair of thirty faults, a while of judging with them, then the fire button.
//!
//! Whatever two sensors, buses, meters or contacts do: nothing stops the fan or the hosts before there is a fire; the button opens the
//! contact in time, and it stays open; hosts go down and power is cut at its deadline.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hil_rig::scenario::Scenario;
use rack_controller::scenario::runner::{self, Over};

/// Workers; the other tests mostly wait.
const WORKERS: usize = 2;

/// Of every kind: probes, pressures, loops, meters, the fan's own, buses, contacts. None is a sign of fire by itself.
const FAULTS: [&str; 30] = [
    "fault exhaust-a nack",
    "fault exhaust-b offset -12 K",
    "fault exhaust-c frozen",
    "fault exhaust-a drift 120 K/h",
    "fault exhaust-b bad-crc",
    "fault exhaust-c intermittent 50 %",
    "fault room nack",
    "fault ceiling all-zero",
    "fault inlet-left all-ones",
    "fault draft quiet-short",
    "fault draft offset 10 Pa",
    "fault suction nack",
    "fault filter-left offset 100 Pa",
    "fault filter-right noise 30",
    "fault loops nack",
    "fault loops intermittent 50 %",
    "fault feeds timeout",
    "fault supply nack",
    "fault fan tach-lost",
    "fault fan tach-noise 20 %",
    "fault multiplexer nack",
    "fault multiplexer mislatched 1",
    "fault meter-a silent",
    "fault meter-b exception 4",
    "fault outlets-1 wrong-unit",
    "bus stuck air 10 min",
    "bus stuck fire 10 min",
    "clock stuck fan 10 min",
    "channel stuck 3 10 min",
    "contact stuck door on",
];

fn scenario(one: &str, other: &str) -> String {
    format!(
        "title  {one}, {other}
seed   {seed}

wait 2 min
expect normal
always calm: no effect fan_off host_down pdu_off and no latch fire prealarm unknown
{one}
{other}
wait 45 s
end calm
contact fire-button high
within 500 ms  effect fan_off host_down lockout and truth contact-closed < 0.5
always off: effect fan_off host_down and truth contact-closed < 0.5
for 58 s       no effect pdu_off
within 3 s     effect pdu_off
contact fire-button low
wait 10 s
expect latch fire
end off
",
        seed = one.len() * 100 + other.len()
    )
}

#[test]
fn no_pair_of_faults_stops_a_healthy_rack_or_delays_a_fire_stop() {
    let mut pairs = Vec::new();
    for (place, one) in FAULTS.iter().enumerate() {
        pairs.extend(FAULTS[place + 1..].iter().map(|other| (*one, *other)));
    }
    assert_eq!(pairs.len(), 435);
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(String::new()));
    let work = || {
        while let Some((one, other)) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let scenario = Scenario::parse("pair", &scenario(one, other));
            let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
            let outcome = runner::run(scenario, None, Over::Process);
            let outcome = outcome.unwrap_or_else(|error| panic!("{one}, {other}: {error}"));
            if !outcome.good() {
                let mut failed = failed.lock().expect("nobody panics with it");
                let _ = writeln!(failed, "{}", runner::text(&outcome));
            }
        }
    };
    std::thread::scope(|scope| (0..WORKERS).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().expect("nobody panics with it");
    assert!(failed.is_empty(), "{failed}");
}
