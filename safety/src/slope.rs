//! How fast the exhaust rises, robustly, and when it would reach the trip.
//!
//! The median of the slopes of all pairs of samples (Theil and Sen): a third of the samples may be wrong without
//! moving it. One sample a second, the last ten seconds.

use points::{Moment, Span};

/// Samples kept: eleven at 1 s span ten seconds.
const SAMPLES: usize = 11;
/// Pairs of samples.
const PAIRS: usize = 55;
const _: () = assert!(PAIRS == SAMPLES * (SAMPLES - 1) / 2);
/// Time between samples.
const SPACING: Span = Span::s(1);
/// Fewer samples than this say nothing.
const SAMPLES_MIN: usize = 4;

/// The last ten seconds of the vote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slope {
    samples: [(Moment, f64); SAMPLES],
    count: usize,
    voters: u8,
    /// Kelvin per second, as of the last sample: it changes once a second, it is asked for every tick.
    slope: Option<f64>,
}

impl Default for Slope {
    fn default() -> Self {
        Slope {
            samples: [(Moment::ZERO, 0.0); SAMPLES],
            count: 0,
            voters: 0,
            slope: None,
        }
    }
}

impl Slope {
    /// Takes in the vote. A vote by other probes, or none, starts anew: the step between them is no slope.
    pub fn take(&mut self, now: Moment, level: Option<f64>, voters: u8) {
        let Some(level) = level.filter(|_| voters == self.voters || self.count == 0) else {
            self.count = 0;
            self.voters = voters;
            self.slope = None;
            return;
        };
        self.voters = voters;
        let due = self.count == 0 || now.since(self.samples[self.count - 1].0) >= SPACING;
        if !due {
            return;
        }
        if self.count == SAMPLES {
            self.samples.copy_within(1.., 0);
            self.count -= 1;
        }
        self.samples[self.count] = (now, level);
        self.count += 1;
        self.slope = self.median();
    }

    /// Kelvin per second, when there are enough samples.
    pub fn kelvin_per_second(&self) -> Option<f64> {
        self.slope
    }

    fn median(&self) -> Option<f64> {
        if self.count < SAMPLES_MIN {
            return None;
        }
        let mut slopes = [0.0; PAIRS];
        let mut pairs = 0;
        for later in 1..self.count {
            for earlier in 0..later {
                let ((at, level), (before, base)) = (self.samples[later], self.samples[earlier]);
                // Samples lie a second apart at least.
                slopes[pairs] = (level - base) / at.since(before).as_s();
                pairs += 1;
            }
        }
        let slopes = &mut slopes[..pairs];
        Some(*slopes.select_nth_unstable_by(pairs / 2, f64::total_cmp).1)
    }

    /// Time until `level` reaches `limit` at this slope: nothing left when it is there, unknown while it falls.
    pub fn time_to(&self, level: Option<f64>, limit: f64) -> Option<Span> {
        let margin = limit - level?;
        if margin <= 0.0 {
            return Some(Span::ZERO);
        }
        // Where it falls or stands the quotient is negative or infinite, and no span.
        Span::from_s(margin / self.kelvin_per_second()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(levels: &[f64]) -> Slope {
        let mut slope = Slope::default();
        for (second, level) in (0..).zip(levels) {
            slope.take(Moment(second * 1_000_000), Some(*level), 3);
        }
        slope
    }

    #[test]
    fn a_spike_does_not_move_the_slope() {
        let mut levels = [40.0, 40.5, 41.0, 41.5, 42.0, 42.5, 43.0, 43.5, 44.0, 44.5, 45.0];
        assert!((after(&levels).kelvin_per_second().unwrap() - 0.5).abs() < 1e-9);
        levels[4] = 90.0;
        assert!((after(&levels).kelvin_per_second().unwrap() - 0.5).abs() < 0.1);
        assert_eq!(
            after(&levels).time_to(Some(45.0), 55.0).unwrap().as_ms() / 1000,
            20
        );
    }

    #[test]
    fn a_falling_or_unknown_temperature_reaches_no_limit() {
        assert_eq!(after(&[50.0, 49.0, 48.0, 47.0]).time_to(Some(47.0), 55.0), None);
        assert_eq!(after(&[50.0, 51.0]).time_to(Some(51.0), 55.0), None);
        assert_eq!(after(&[50.0, 51.0, 52.0, 53.0]).time_to(None, 55.0), None);
        assert_eq!(after(&[]).time_to(Some(56.0), 55.0), Some(Span::ZERO));
    }

    #[test]
    fn another_set_of_voters_starts_anew() {
        let mut slope = after(&[40.0, 40.0, 40.0, 40.0, 40.0]);
        slope.take(Moment(5_000_000), Some(60.0), 2);
        assert_eq!(slope.kelvin_per_second(), None);
    }

    #[test]
    fn four_samples_say_something_and_three_do_not() {
        assert_eq!(after(&[40.0, 41.0, 42.0]).kelvin_per_second(), None);
        assert_eq!(after(&[40.0, 41.0, 42.0, 43.0]).kelvin_per_second(), Some(1.0));
        // Of the six slopes 0, 1/2, 1, 5/3, 5/2 and 4 the upper one of the middle.
        let steep = after(&[40.0, 40.0, 41.0, 45.0]).kelvin_per_second();
        assert!((steep.unwrap() - 5.0 / 3.0).abs() < 1e-9);
        assert_eq!(after(&[40.0; 8]).kelvin_per_second(), Some(0.0));
        assert_eq!(after(&[40.0; 8]).time_to(Some(40.0), 55.0), None, "it stands");
        assert_eq!(
            after(&[]).time_to(Some(55.0), 55.0),
            Some(Span::ZERO),
            "it is there"
        );
    }

    #[test]
    fn only_the_last_ten_seconds_count_and_one_sample_of_each() {
        let mut slope = Slope::default();
        for tick in 0..250_u64 {
            // Level for fifteen seconds, then 2 K/s for ten; between the seconds the sensor reads nonsense.
            let second = tick / 10;
            let level = if tick % 10 == 0 {
                40.0 + 2.0 * second.saturating_sub(14) as f64
            } else {
                0.0
            };
            slope.take(Moment(tick * 100_000), Some(level), 3);
            match second {
                0..3 => assert_eq!(slope.kelvin_per_second(), None),
                3..15 => assert_eq!(slope.kelvin_per_second(), Some(0.0)),
                24 => assert_eq!(slope.kelvin_per_second(), Some(2.0)),
                _ => assert!(slope.kelvin_per_second().is_some()),
            }
        }
    }

    #[test]
    fn a_vote_that_ceases_says_nothing_until_it_has_stood_four_samples_again() {
        for (level, voters) in [(None, 3), (Some(43.0), 2)] {
            let mut slope = after(&[40.0, 41.0, 42.0, 43.0]);
            slope.take(Moment(3_500_000), level, voters);
            for second in 4..8_u64 {
                assert_eq!(slope.kelvin_per_second(), None, "{second}");
                slope.take(Moment(second * 1_000_000), Some(50.0 - second as f64), voters);
            }
            assert_eq!(slope.kelvin_per_second(), Some(-1.0));
        }
    }
}
