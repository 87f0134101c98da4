//! kill -9 of the core at random instants of a fire: before its contact opens, while its latch is written, while a new core
//! starts, before the power cut. No latch is lost, the fan never starts again, and what was begun is finished.

use std::time::Duration;

use hil_rig::rack::{Act, Input, Output, Report};

use super::support::{Core, Process, Rig, configuration, core, directory};

/// The rack's clock against the wall's.
const SPEED: f64 = 10.0;
/// Racks in which a fire begins; each core is killed so often.
const ROUNDS: u64 = 4;
const KILLS: u64 = 5;
/// A core lives at most so long before it is killed, ms: some are killed while they start.
const LIFE_MS: u64 = 900;
/// Environment: more rounds, for the long campaign; and another seed.
const MORE: &str = "KILL_ROUNDS";
const SEED: &str = "KILL_SEED";

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// SplitMix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn stands(report: &Report, output: Output) -> bool {
    report.outputs >> output as u32 & 1 == 1
}

/// Looks at the rack for so long: a contact that has opened stays open.
fn watch(rig: &Rig, opened: &mut bool, life: Duration, seed: u64) {
    let began = std::time::Instant::now();
    loop {
        let report = rig.report();
        assert!(
            !*opened || (!report.contact_closed && !report.energised),
            "seed {seed}: the fan has power again: {report:?}"
        );
        *opened |= !report.contact_closed;
        if began.elapsed() >= life {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn round(seed: u64) {
    let mut stream = seed;
    let state = &mut stream;
    let directory = directory();
    let rig = Rig::start(directory.path(), SPEED, 5000.0);
    let config = configuration(directory.path(), |config| config.core.tick_ms = 100);
    let data = core::commissioned(directory.path());
    let mut first = Core::start(&config, &data, &rig);
    rig.until("automatic control has taken the fan", 120.0, |report| {
        report.drive < 0.9
    });
    let mut opened = false;
    rig.line(Input::FireButton, true);
    // The first is killed within two ticks of the press, some before they have seen it.
    watch(
        &rig,
        &mut opened,
        Duration::from_micros(random(state) % 40_000),
        seed,
    );
    first.process.kill();
    for _ in 1..KILLS {
        let mut command = Core::command(&config, &data);
        let mut core = Process::start("core", command.arg("--rig").arg(rig.socket()));
        watch(
            &rig,
            &mut opened,
            Duration::from_millis(random(state) % LIFE_MS),
            seed,
        );
        core.kill();
    }
    if opened {
        // Somebody has opened the contact, so the button is needed no more.
        rig.line(Input::FireButton, false);
    }
    let last = Core::start(&config, &data, &rig);
    rig.until("the fan contact is open", 20.0, |report| !report.contact_closed);
    rig.line(Input::FireButton, false);
    opened = true;
    watch(&rig, &mut opened, Duration::from_millis(100), seed);
    let held = last.until("a latch holds the fan off", 20.0, |picture| {
        let latches = picture["latches"].as_array().map_or(&[][..], Vec::as_slice);
        latches
            .iter()
            .any(|latch| latch["key"] == "fire" || latch["key"] == "unknown")
    });
    if held["latches"]
        .as_array()
        .is_some_and(|all| all.iter().any(|latch| latch["key"] == "fire"))
    {
        rig.until("hosts are told to shut down", 20.0, |report| {
            stands(report, Output::HostDown)
        });
        rig.until("power is cut at the deadline", 90.0, |report| {
            stands(report, Output::PowerCut)
        });
    }
    rig.act(Act::FanChipPower { on: false });
    rig.act(Act::FanChipPower { on: true });
    watch(&rig, &mut opened, Duration::from_millis(500), seed);
}

#[test]
fn a_core_that_is_killed_at_any_moment_of_a_fire_loses_no_latch_and_starts_no_fan() {
    let (rounds, seed) = (from_environment(MORE, ROUNDS), from_environment(SEED, 1));
    println!("{rounds} rounds of {KILLS} kills from seed {seed}");
    for some in (0..rounds).collect::<Vec<_>>().chunks(4) {
        std::thread::scope(|scope| {
            for one in some {
                scope.spawn(move || round(seed.wrapping_add(*one)));
            }
        });
    }
}
