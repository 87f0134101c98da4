//! The plant against scipy's RK45: the same equations, the same course, a control step each second.
//!
//! `cargo bench -p rack-controller --bench plant`. Needs `target/peers/python` as `tests/run` prepares it, or another
//! Python with scipy in `PEERS_PYTHON`. Both sides walk a staircase of load and drive; their temperatures are compared
//! every ten seconds and may part by a tenth of a kelvin. The run fails where they part further, or where the plant is
//! not 50 times as fast as its peer at a step of a tenth of a second, ten for each of the peer's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark states what must hold by panicking and prints its table"
)]

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use hil_rig::plant::{BlowerSupply, Plant, PlantConfig, Surroundings};
use serde_json::json;

/// Simulated time, s.
const SECONDS: usize = 1_800;
/// Between two comparisons, s.
const EVERY: usize = 10;
const RATIO_MIN: f64 = 50.0;
const PART_K: f64 = 0.1;
/// The plant is so fast that one walk is too short to time.
const WALKS: usize = 200;

/// Drive, power and room of a second: stairs up and down through flow and load, and a room that drifts.
fn stair(second: usize) -> (f64, f64, f64) {
    const DRIVE: [f64; 6] = [0.4, 0.9, 0.6, 1.0, 0.3, 0.7];
    const POWER: [f64; 5] = [5_000.0, 11_000.0, 8_000.0, 3_500.0, 9_500.0];
    let (drive, power_w) = (DRIVE[second / 240 % 6], POWER[second / 310 % 5]);
    (drive, power_w, 24.0 + 4.0 * (second / 600) as f64)
}

fn config() -> PlantConfig {
    let mut config = PlantConfig::default();
    // The peer has no random numbers.
    config.air.buffet_ratio = 0.0;
    config
}

fn around(second: usize) -> (Surroundings, BlowerSupply) {
    let (drive, power_w, room_c) = stair(second);
    let around = Surroundings {
        room_c,
        it_power_w: power_w,
        ..Surroundings::default()
    };
    (around, BlowerSupply::at(drive))
}

fn start() -> Plant {
    let (around, supply) = around(0);
    Plant::new(config(), 1, &around, &supply)
}

/// Speed, chips, chassis, air and wall after every [`EVERY`] seconds.
fn walk(steps_a_second: usize) -> Vec<[f64; 5]> {
    let mut plant = start();
    let dt_s = 1.0 / steps_a_second as f64;
    let mut seen = Vec::with_capacity(SECONDS / EVERY);
    for second in 0..SECONDS {
        let (around, supply) = around(second);
        for _ in 0..steps_a_second {
            plant.step(dt_s, &around, &supply);
        }
        if (second + 1).is_multiple_of(EVERY) {
            seen.push(figures(&plant));
        }
    }
    seen
}

fn figures(plant: &Plant) -> [f64; 5] {
    let truth = plant.truth();
    [
        truth.speed_fraction,
        truth.chips_c,
        truth.chassis_c,
        truth.air_c,
        truth.wall_c,
    ]
}

/// Simulated seconds per second.
fn speed(steps_a_second: usize) -> f64 {
    let begin = Instant::now();
    for _ in 0..WALKS {
        std::hint::black_box(walk(steps_a_second));
    }
    (WALKS * SECONDS) as f64 / begin.elapsed().as_secs_f64()
}

fn parameters() -> serde_json::Value {
    let PlantConfig {
        air,
        blower,
        jet,
        intake,
        heat,
        ..
    } = config();
    let course: Vec<[f64; 3]> = (0..SECONDS).map(stair).map(|(a, b, c)| [a, b, c]).collect();
    json!({
        "every": EVERY,
        "start": figures(&start()),
        "course": course,
        "plant": {
            "density": air.density_kg_m3, "heat": air.heat_j_kg_k, "stack_m": air.stack_height_m,
            "residual": air.residual_flow_m3_s,
            "speed_min": blower.speed_min, "shutoff_pa": blower.shutoff_pa, "free_flow": blower.free_flow_m3_s,
            "slew": blower.slew_per_s, "lag_s": blower.lag_s,
            "nozzle_m2": jet.nozzle_m2, "mixing_m2": jet.mixing_m2, "nozzle_loss": jet.nozzle_loss,
            "momentum_share": jet.momentum_share, "mixing_loss": jet.mixing_loss, "suction_loss": jet.suction_loss,
            "filter_linear": intake.filter_linear_pa_s_m3, "filter_square": intake.filter_square_pa_s2_m6,
            "path": intake.path_pa_s2_m6, "slit_share": intake.slit_share, "gap_m2": intake.gap_m2,
            "orifice": intake.orifice,
            "chips_j_k": heat.chips_j_k, "chassis_j_k": heat.chassis_j_k, "wall_j_k": heat.wall_j_k,
            "air_j_k": heat.air_j_k, "coat_j": heat.coat_latent_j, "coat_from": heat.coat_from_c,
            "coat_to": heat.coat_to_c, "chips_share": heat.chips_share, "chips_still": heat.chips_still_w_k,
            "chips_moved": heat.chips_moved_w_k, "chips_reference": heat.chips_reference_m3_s,
            "chassis_w_k": heat.chassis_w_k, "inner_w_k": heat.wall_inner_w_k, "outer_w_k": heat.wall_outer_w_k,
        },
    })
}

/// What the peer says: its speed and its figures.
fn peer() -> (f64, Vec<[f64; 5]>) {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let usual = root.join("target/peers/python/bin/python");
    let python = std::env::var_os("PEERS_PYTHON").map_or(usual, PathBuf::from);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parameters.json");
    std::fs::write(&file, parameters().to_string()).unwrap();
    let output = Command::new(&python)
        .arg(root.join("tests/peers/plant_rk45.py"))
        .arg(&file)
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "{}: {error}; run tests/run once, or set PEERS_PYTHON",
                python.display()
            )
        });
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let seen = serde_json::from_value(said["seen"].clone()).unwrap();
    (said["seconds_per_second"].as_f64().unwrap(), seen)
}

/// The largest difference of any temperature, K, and of the speed, share.
fn part(own: &[[f64; 5]], other: &[[f64; 5]]) -> (f64, f64) {
    assert_eq!(own.len(), other.len());
    let pairs = || own.iter().zip(other);
    let worst = |range: std::ops::Range<usize>| {
        let apart = pairs().flat_map(|(a, b)| range.clone().map(|k| (a[k] - b[k]).abs()));
        apart.fold(0.0, f64::max)
    };
    (worst(1..5), worst(0..1))
}

fn main() {
    let (peer_speed, theirs) = peer();
    println!("{SECONDS} s of stairs in drive, load and room; simulated seconds per second");
    println!(
        "{:<34} {:>14} {:>10} {:>14} {:>12}",
        "", "s/s", "ratio", "worst K", "worst speed"
    );
    println!(
        "{:<34} {peer_speed:>14.0} {:>10}",
        "scipy RK45, a control step a second", "1"
    );
    let mut held = true;
    for (steps_a_second, limit) in [(10, true), (1, false)] {
        let (apart_k, apart_speed) = part(&walk(steps_a_second), &theirs);
        let speed = speed(steps_a_second);
        let ratio = speed / peer_speed;
        let name = format!("plant, {steps_a_second} steps a second");
        println!("{name:<34} {speed:>14.0} {ratio:>10.0} {apart_k:>14.4} {apart_speed:>12.2e}");
        if limit {
            held &= ratio >= RATIO_MIN && apart_k <= PART_K;
        }
    }
    println!(
        "{} at ten steps a second: at least {RATIO_MIN} times as fast, at most {PART_K} K apart",
        if held { "pass" } else { "FAIL" }
    );
    assert!(held, "the limit does not hold");
}
