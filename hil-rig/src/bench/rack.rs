//! Racks that are not as planned: what a controller meets when its plan's constants are only nearly true.

use rand_core::SeedableRng;
use rand_distr::{Distribution, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::plant::PlantConfig;

/// By how much a constant of a drawn rack may be off its plan, share (plant study, section 3).
pub const OFF_SHARE: f64 = 0.20;
/// By how much a temperature probe may be off, K (SHT4x, typical at 20 to 60 °C), a power meter and a pressure sensor
/// in their gain, share (INA228 with its shunt; SDP8xx span accuracy).
const PROBE_K: f64 = 0.2;
/// See [`PROBE_K`].
const METER_SHARE: f64 = 0.01;
/// See [`PROBE_K`].
const DRAFT_SHARE: f64 = 0.03;

/// A rack and what its sensors do wrong for good.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchRack {
    /// The rack.
    pub config: PlantConfig,
    /// What the three exhaust probes and the room's are off, K.
    pub probes_k: [f64; 4],
    /// What the power meter tells over the truth.
    pub meter: f64,
    /// What the draft sensor tells over the truth.
    pub draft: f64,
}

impl BenchRack {
    /// The rack of the plan, under true sensors.
    #[must_use]
    pub fn planned() -> Self {
        Self {
            config: PlantConfig::default(),
            probes_k: [0.0; 4],
            meter: 1.0,
            draft: 1.0,
        }
    }

    /// One whose capacities, conductances, blower, filters and leak are each drawn within a fifth of the plan's, under
    /// sensors within their class. The same seed draws the same rack.
    #[must_use]
    pub fn drawn(seed: u64) -> Self {
        let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(seed));
        let mut config = PlantConfig::default();
        let heat = &mut config.heat;
        for part in [
            &mut heat.chips_j_k,
            &mut heat.chassis_j_k,
            &mut heat.wall_j_k,
            &mut heat.air_j_k,
            &mut heat.chips_moved_w_k,
            &mut heat.chips_still_w_k,
            &mut heat.chassis_w_k,
            &mut heat.wall_inner_w_k,
            &mut heat.wall_outer_w_k,
            &mut config.blower.shutoff_pa,
            &mut config.blower.free_flow_m3_s,
            &mut config.blower.efficiency_best,
            &mut config.intake.filter_linear_pa_s_m3,
            &mut config.intake.filter_square_pa_s2_m6,
            &mut config.intake.gap_m2,
        ] {
            *part *= 1.0 + dice.within(OFF_SHARE);
        }
        Self {
            config,
            probes_k: [(); 4].map(|()| dice.within(PROBE_K)),
            meter: 1.0 + dice.within(METER_SHARE),
            draft: 1.0 + dice.within(DRAFT_SHARE),
        }
    }
}

struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// Evenly within so much to either side.
    fn within(&mut self, most: f64) -> f64 {
        Uniform::new_inclusive(-most, most).map_or(0.0, |even| even.sample(&mut self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_rack_within_a_fifth_of_the_plan() {
        let (one, again) = (BenchRack::drawn(3), BenchRack::drawn(3));
        assert_eq!(one, again);
        assert_ne!(one, BenchRack::drawn(4));
        let plan = PlantConfig::default();
        for seed in 0..200 {
            let drawn = BenchRack::drawn(seed).config;
            let off = drawn.heat.chips_j_k / plan.heat.chips_j_k - 1.0;
            assert!(off.abs() <= OFF_SHARE, "{off}");
            assert!((drawn.jet.nozzle_m2 - plan.jet.nozzle_m2).abs() < 1e-12);
        }
    }
}
