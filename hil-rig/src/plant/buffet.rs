//! The jet's slow breathing: a coloured noise on the suction, so that no true pressure ever stands still.

use rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::config::AirConfig;
use super::decay::Decay;
use super::probe::stream_seed;

/// A first-order Gauss-Markov process, stepped exactly: its spread does not depend on the step length.
#[derive(Clone, Debug)]
pub(super) struct Buffet {
    ratio: f64,
    tau_s: f64,
    level: f64,
    decay: Decay,
    random: Xoshiro256PlusPlus,
}

impl Buffet {
    pub(super) fn new(config: &AirConfig, seed: u64) -> Self {
        Self {
            ratio: config.buffet_ratio,
            tau_s: config.buffet_tau_s,
            level: 0.0,
            decay: Decay::default(),
            random: Xoshiro256PlusPlus::seed_from_u64(stream_seed(seed, "plant.buffet")),
        }
    }

    /// What the breathing adds to a suction of `suction_pa`, Pa. Nothing is drawn from a calm jet.
    pub(super) fn step(&mut self, dt_s: f64, suction_pa: f64) -> f64 {
        if self.ratio <= 0.0 {
            return 0.0;
        }
        let keep = self.decay.over(dt_s, self.tau_s);
        let normal: f64 = StandardNormal.sample(&mut self.random);
        self.level = self.level * keep + (1.0 - keep * keep).sqrt() * normal;
        // Three deviations bound it: a rare draw must not look like an event.
        self.ratio * self.level.clamp(-3.0, 3.0) * suction_pa.abs()
    }
}
