//! What a sensor makes of the truth before its chip digitises it: lag, offset, drift and noise.
//!
//! Every probe draws from streams of its own, derived from the master seed and its name: adding, removing or
//! reordering probes changes no other probe's noise. Drift has a second stream, so that switching it on leaves
//! the noise as it was. Random numbers are drawn only when a sample is taken.

use rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::decay::Decay;

const SECONDS_PER_HOUR: f64 = 3_600.0;

/// How a probe errs. The unit of `noise_sd`, `offset` and drift is that of what it measures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProbeConfig {
    /// First-order lag, s; 0 = none.
    pub lag_s: f64,
    /// Standard deviation of the white noise of a sample.
    pub noise_sd: f64,
    /// Further noise, as a share of the reading.
    pub noise_ratio: f64,
    /// Constant error.
    pub offset: f64,
    /// Standard deviation a random-walk drift reaches within an hour.
    pub drift_sd_per_root_hour: f64,
    /// The drift never leaves this distance from the offset; 0 = unbounded.
    pub drift_max: f64,
}

impl ProbeConfig {
    /// A probe that only lags.
    #[must_use]
    pub fn silent(lag_s: f64) -> Self {
        Self {
            lag_s,
            ..Self::default()
        }
    }

    /// A temperature probe in the air: 12 s, 0.05 K.
    #[must_use]
    pub fn air_temperature() -> Self {
        Self {
            lag_s: 12.0,
            noise_sd: 0.05,
            ..Self::default()
        }
    }

    /// A differential-pressure transmitter: 1 s, 0.3 Pa and 1 % of reading.
    #[must_use]
    pub fn differential_pressure() -> Self {
        Self {
            lag_s: 1.0,
            noise_sd: 0.3,
            noise_ratio: 0.01,
            ..Self::default()
        }
    }

    /// A host's own board temperature: 3 s. Its rounding and slow polling belong to the host.
    #[must_use]
    pub fn board_temperature() -> Self {
        Self::silent(3.0)
    }
}

/// One sensing element.
#[derive(Clone, Debug)]
pub struct Probe {
    /// How it would err if it were well.
    config: ProbeConfig,
    /// What a fault multiplies its lag and its noise by.
    worse: [f64; 2],
    /// How it errs.
    now: ProbeConfig,
    /// What the element has come to; none before the first input, which it is taken to have known for long.
    level: Option<f64>,
    lag: Decay,
    drift: f64,
    undrawn_s: f64,
    noise_stream: Xoshiro256PlusPlus,
    drift_stream: Xoshiro256PlusPlus,
}

impl Probe {
    /// A probe with streams of its own under `master_seed`. Two probes of one rig need two names.
    #[must_use]
    pub fn new(config: ProbeConfig, master_seed: u64, name: &str) -> Self {
        let own = stream_seed(master_seed, name);
        Self {
            config,
            worse: [1.0; 2],
            now: config,
            level: None,
            lag: Decay::default(),
            drift: 0.0,
            undrawn_s: 0.0,
            noise_stream: Xoshiro256PlusPlus::seed_from_u64(own),
            drift_stream: Xoshiro256PlusPlus::seed_from_u64(stream_seed(own, "drift")),
        }
    }

    /// How it errs from now on; level and streams go on. What a fault makes of it stays.
    pub fn configure(&mut self, config: ProbeConfig) {
        self.config = config;
        let [slow, noisy] = self.worse;
        self.now = ProbeConfig {
            lag_s: config.lag_s * slow,
            noise_sd: config.noise_sd * noisy,
            noise_ratio: config.noise_ratio * noisy,
            ..config
        };
    }

    /// How it errs, a fault apart.
    #[must_use]
    pub fn config(&self) -> ProbeConfig {
        self.config
    }

    /// A fault: so many times as slow and as noisy as it is otherwise. 1 and 1 mend it.
    pub fn worsen(&mut self, slow: f64, noisy: f64) {
        self.worse = [slow, noisy];
        self.configure(self.config);
    }

    /// Lets `dt_s` pass with the element in `input`. Draws no random number. An input that is not finite leaves
    /// the level where it was.
    #[inline]
    pub fn advance(&mut self, dt_s: f64, input: f64) {
        if !input.is_finite() {
            return;
        }
        let dt_s = if dt_s > 0.0 { dt_s } else { 0.0 };
        let level = self.level.unwrap_or(input);
        let keep = self.lag.over(dt_s, self.now.lag_s);
        self.level = Some(input + (level - input) * keep);
        self.undrawn_s += dt_s;
    }

    /// One reading: level, offset, drift and a fresh draw of noise. Zero-based before the first input.
    #[inline]
    pub fn sample(&mut self) -> f64 {
        let level = self.level.unwrap_or(0.0);
        level + self.now.offset + self.drifted() + self.noise(level)
    }

    /// [`Probe::advance`] and [`Probe::sample`] in one.
    #[inline]
    pub fn step(&mut self, dt_s: f64, input: f64) -> f64 {
        self.advance(dt_s, input);
        self.sample()
    }

    #[inline]
    fn noise(&mut self, level: f64) -> f64 {
        // Both are far from where squares overflow, and this is drawn for every probe at every step.
        let proportional = self.now.noise_ratio * level;
        let sd = (self.now.noise_sd * self.now.noise_sd + proportional * proportional).sqrt();
        if sd > 0.0 {
            sd * draw(&mut self.noise_stream)
        } else {
            0.0
        }
    }

    /// A random walk may be drawn in strides: the variance of a stride is its length.
    #[inline]
    fn drifted(&mut self) -> f64 {
        let elapsed_s = std::mem::take(&mut self.undrawn_s);
        if self.now.drift_sd_per_root_hour > 0.0 && elapsed_s > 0.0 {
            let stride = (elapsed_s / SECONDS_PER_HOUR).sqrt() * self.now.drift_sd_per_root_hour;
            self.drift += stride * draw(&mut self.drift_stream);
            if self.now.drift_max > 0.0 {
                self.drift = self.drift.clamp(-self.now.drift_max, self.now.drift_max);
            }
        }
        self.drift
    }
}

#[inline]
fn draw(stream: &mut Xoshiro256PlusPlus) -> f64 {
    StandardNormal.sample(stream)
}

/// The seed of a named stream under a master seed: FNV-1a over the seed's bytes, then the name's. The generator
/// spreads it further when it seeds itself.
#[must_use]
pub fn stream_seed(master_seed: u64, name: &str) -> u64 {
    let bytes = master_seed.to_le_bytes();
    bytes
        .iter()
        .chain(name.as_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noisy() -> ProbeConfig {
        ProbeConfig {
            lag_s: 2.0,
            noise_sd: 0.5,
            ..ProbeConfig::default()
        }
    }

    #[test]
    fn begins_settled_and_lags_by_its_time_constant() {
        let mut probe = Probe::new(ProbeConfig::silent(12.0), 1, "x");
        assert!((probe.step(0.1, 20.0) - 20.0).abs() < 1e-12);
        for _ in 0..1_200 {
            probe.advance(0.01, 30.0);
        }
        assert!((probe.sample() - (30.0 - 10.0 * (-1.0_f64).exp())).abs() < 1e-9);
    }

    #[test]
    fn noise_has_the_stated_spread_and_no_bias() {
        let mut probe = Probe::new(noisy(), 7, "x");
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..40_000 {
            let error = probe.step(0.1, 100.0) - 100.0;
            sum += error;
            squares += error * error;
        }
        let (mean, sd) = (sum / 40_000.0, (squares / 40_000.0_f64).sqrt());
        assert!(mean.abs() < 0.01 && (sd - 0.5).abs() < 0.01, "{mean} {sd}");
    }

    #[test]
    fn the_same_seed_and_name_repeat_and_another_name_does_not() {
        let run = |seed, name| {
            let mut probe = Probe::new(noisy(), seed, name);
            [(); 8].map(|()| probe.step(0.1, 10.0).to_bits())
        };
        assert_eq!(run(3, "exhaust"), run(3, "exhaust"));
        assert_ne!(run(3, "exhaust"), run(3, "inlet"));
        assert_ne!(run(3, "exhaust"), run(4, "exhaust"));
    }

    #[test]
    fn advancing_often_or_drifting_does_not_move_the_noise() {
        let mut often = Probe::new(noisy(), 3, "x");
        let mut once = Probe::new(noisy(), 3, "x");
        for _ in 0..10 {
            often.advance(0.01, 10.0);
        }
        once.advance(0.1, 10.0);
        assert_eq!(often.sample().to_bits(), once.sample().to_bits());

        let drifting = ProbeConfig {
            drift_sd_per_root_hour: 1.0,
            ..noisy()
        };
        let (mut still, mut moving) = (Probe::new(noisy(), 3, "y"), Probe::new(drifting, 3, "y"));
        let gap = moving.step(60.0, 10.0) - still.step(60.0, 10.0);
        let drift = moving.drift;
        assert!((gap - drift).abs() < 1e-12 && drift.abs() > 0.0);
    }

    #[test]
    fn drift_spreads_with_the_root_of_time_and_keeps_its_bound() {
        let config = ProbeConfig {
            drift_sd_per_root_hour: 0.2,
            ..ProbeConfig::default()
        };
        let mut squares = 0.0;
        for seed in 0..2_000 {
            let mut probe = Probe::new(config, seed, "x");
            probe.step(0.0, 0.0);
            for _ in 0..4 {
                probe.step(3_600.0, 0.0);
            }
            squares += probe.drift * probe.drift;
        }
        assert!(((squares / 2_000.0_f64).sqrt() - 0.4).abs() < 0.03);
        let mut bounded = Probe::new(
            ProbeConfig {
                drift_max: 0.1,
                ..config
            },
            1,
            "x",
        );
        for _ in 0..1_000 {
            assert!(bounded.step(3_600.0, 0.0).abs() <= 0.1);
        }
    }

    #[test]
    fn a_worse_probe_lags_and_rustles_more_and_is_mended_to_the_bit() {
        let run = |worse: Option<(f64, f64)>, steps| {
            let mut probe = Probe::new(noisy(), 3, "x");
            probe.step(0.1, 10.0);
            if let Some((slow, noisy)) = worse {
                probe.worsen(slow, noisy);
            }
            (0..steps).map(|_| probe.step(0.1, 20.0)).collect::<Vec<f64>>()
        };
        assert_eq!(run(None, 20), run(Some((1.0, 1.0)), 20));
        let silent = run(Some((5.0, 0.0)), 100);
        assert!(
            (silent[99] - (20.0 - 10.0 * (-1.0_f64).exp())).abs() < 1e-9,
            "{}",
            silent[99]
        );
        let (usual, loud) = (run(Some((1.0, 1.0)), 20), run(Some((1.0, 3.0)), 20));
        let level = run(Some((1.0, 0.0)), 20);
        for ((usual, loud), level) in usual.iter().zip(&loud).zip(&level) {
            assert!((loud - level - 3.0 * (usual - level)).abs() < 1e-9);
        }
    }

    #[test]
    fn an_offset_shows_at_once_and_nonsense_inputs_do_not() {
        let mut probe = Probe::new(ProbeConfig::silent(5.0), 1, "x");
        probe.advance(0.1, 20.0);
        probe.configure(ProbeConfig {
            offset: -3.0,
            ..probe.config()
        });
        probe.advance(0.1, f64::NAN);
        probe.advance(f64::NAN, 20.0);
        assert!((probe.sample() - 17.0).abs() < 1e-12);
    }
}
