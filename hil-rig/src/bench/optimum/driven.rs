//! The optimal speeds given to the whole plant, second by second: does it do what the mesh says?

use super::Held;
use crate::bench::{Course, LIMITS, START_SPEED};
use crate::plant::{BlowerSupply, Plant, PlantConfig};

/// The rig's step, s, as the benchmark drives controllers.
const STEP_S: f64 = 1.0;
const J_KWH: f64 = 3.6e6;

/// What came of a drive.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Driven {
    /// Energy of the blower with its drive's electronics, kWh.
    pub energy_kwh: f64,
    /// Highest exhaust, °C.
    pub exhaust_c: f64,
    /// Hottest chips, °C.
    pub chips_c: f64,
    /// Time over either limit, s.
    pub over_s: f64,
}

/// A blower that has at once the speed it is told, and a calm jet: what the optimum assumes.
pub(super) fn prompt(config: &PlantConfig) -> PlantConfig {
    let mut config = config.clone();
    config.blower.slew_per_s = 1.0 / STEP_S;
    config.blower.lag_s = 1e-3 * STEP_S;
    config.air.buffet_ratio = 0.0;
    config
}

/// Drives the plant through the course with these speeds, each asked for `lead_s` before it is due.
pub(super) fn drive(course: &Course, config: &PlantConfig, held: &[Held], lead_s: f64) -> Driven {
    let supply = BlowerSupply::at(START_SPEED);
    let mut plant = Plant::new(config.clone(), 1, &course.around(0.0), &supply);
    let (mut driven, mut t_s, mut at) = (Driven::default(), 0.0, 0);
    while t_s < course.length_s {
        // The middle of the second decides whose it is.
        while held
            .get(at + 1)
            .is_some_and(|next| next.from_s <= t_s + lead_s + 0.5 * STEP_S)
        {
            at += 1;
        }
        let speed = held.get(at).map_or(START_SPEED, |held| held.speed);
        plant.step(STEP_S, &course.around(t_s), &BlowerSupply::at(speed));
        t_s += STEP_S;
        let truth = plant.truth();
        driven.energy_kwh += truth.blower_power_w * STEP_S / J_KWH;
        driven.exhaust_c = driven.exhaust_c.max(truth.exhaust_c);
        driven.chips_c = driven.chips_c.max(truth.chips_c);
        if truth.exhaust_c > LIMITS.exhaust_c || truth.chips_c > LIMITS.chips_c {
            driven.over_s += STEP_S;
        }
    }
    driven
}
