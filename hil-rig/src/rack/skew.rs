//! How far what an instrument shows is from what it measures, beyond the lag and noise of a healthy probe.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// One value in so many is a spike, on average; a probe takes one at every step of the plant.
const SPIKE_EVERY: u64 = 50;
const US_PER_HOUR: f64 = 3.6e9;

/// The error of one instrument, in its own unit.
#[derive(Clone, Debug)]
pub(super) struct Skew {
    pub(super) offset: f64,
    drift_per_h: f64,
    drift_from_us: u64,
    pub(super) stuck: Option<f64>,
    spike: f64,
    stream: Xoshiro256PlusPlus,
}

impl Skew {
    /// No error; spikes will come by this seed.
    pub(super) fn new(seed: u64) -> Self {
        Skew {
            offset: 0.0,
            drift_per_h: 0.0,
            drift_from_us: 0,
            stuck: None,
            spike: 0.0,
            stream: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// Departs from now on by so much an hour; 0 brings it back.
    pub(super) fn drift(&mut self, now_us: u64, per_h: f64) {
        self.drift_per_h = per_h;
        self.drift_from_us = now_us;
    }

    /// Spikes of this height, their stream begun anew; 0 ends them.
    pub(super) fn spikes(&mut self, seed: u64, height: f64) {
        self.spike = height;
        self.stream = Xoshiro256PlusPlus::seed_from_u64(seed);
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        let still = |x: f64| x == 0.0;
        self.stuck.is_some() || !(still(self.offset) && still(self.drift_per_h) && still(self.spike))
    }

    /// What is shown for what is measured.
    #[expect(clippy::cast_precision_loss, reason = "2^53 us is 285 years")]
    pub(super) fn of(&mut self, now_us: u64, measured: f64) -> f64 {
        if let Some(value) = self.stuck {
            return value;
        }
        let drifted = self.drift_per_h * now_us.saturating_sub(self.drift_from_us) as f64 / US_PER_HOUR;
        let spikes = self.spike != 0.0 && self.stream.next_u64().is_multiple_of(SPIKE_EVERY);
        measured + self.offset + drifted + if spikes { self.spike } else { 0.0 }
    }
}
