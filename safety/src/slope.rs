//! How fast the exhaust rises, robustly, and when it would reach the trip.
//!
//! The median of the slopes of all pairs of samples (Theil and Sen): a third of the samples may be wrong without
//! moving it. One sample a second, the last ten seconds.

use points::{Moment, Span};

/// Samples kept: eleven at 1 s span ten seconds.
const SAMPLES: usize = 11;
/// Pairs of samples.
const PAIRS: usize = SAMPLES * (SAMPLES - 1) / 2;
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
                let span = at.since(before).as_s();
                if span > 0.0 {
                    slopes[pairs] = (level - base) / span;
                    pairs += 1;
                }
            }
        }
        let slopes = &mut slopes[..pairs];
        (pairs > 0).then(|| *slopes.select_nth_unstable_by(pairs / 2, f64::total_cmp).1)
    }

    /// Time until `level` reaches `limit` at this slope: nothing left when it is there, unknown while it falls.
    pub fn time_to(&self, level: Option<f64>, limit: f64) -> Option<Span> {
        let margin = limit - level?;
        if margin <= 0.0 {
            return Some(Span::ZERO);
        }
        let slope = self.kelvin_per_second().filter(|slope| *slope > 0.0)?;
        Span::from_s(margin / slope)
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
}
