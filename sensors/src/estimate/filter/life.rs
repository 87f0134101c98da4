//! How a filter loads, and when it has loaded enough: a Kalman filter on ln R and its growth per day.
//!
//! ```text
//!   ln R(t + dt) = ln R + rate dt        rate wanders with the room's dust and the rack's flow
//!   ln R(T) = ln end  with a chance of a tenth, a half, nine tenths  -->  low, best, high
//! ```
//! Dust cakes: every gram adds the same share of resistance, so ln R grows evenly in even dust.

use libm::sqrt;

/// Growth of a filter that nothing is known of, per day: lives of 90 to 300 days to four times the resistance.
const RATE: f64 = 0.009;
const RATE_SD: f64 = 0.006;
/// What ln R may be at first.
const START_SD: f64 = 1.0;
/// Random walk of the rate per root day, as a share of the rate. With it the interval holds the end in 0.88 to 0.94 of 200
/// lives in dust that wanders by 0.3 within 20 days; with 0.03 in 0.73 (tests/filter_life.rs).
const WANDER: f64 = 0.05;
/// Random walk of ln R beside it, per root day: humidity, pleats that give.
const JITTER: f64 = 0.003;
/// Growth below this, per day, is none: the end is then not in sight.
const RATE_LEAST: f64 = 1e-4;
/// Ninetieth percentile of the normal distribution.
const TENTH: f64 = 1.281_6;
/// Nothing is told beyond, d.
pub const DAYS_MOST: f64 = 3_650.0;
/// Halvings of that.
const HALVINGS: u32 = 32;

/// Days until an end: best estimate, and an interval that holds it in four of five cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Days {
    /// Best estimate.
    pub best: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Level and growth with what is not known of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Life {
    /// ln R, and its growth per day.
    pub state: [f64; 2],
    /// Covariance: of ln R, of both, of the growth.
    pub covariance: [f64; 3],
}

impl Life {
    /// Of a filter that nothing is known of.
    pub const UNKNOWN: Life = Life {
        state: [0.0, RATE],
        covariance: [START_SD * START_SD, 0.0, RATE_SD * RATE_SD],
    };

    /// Lets days pass.
    pub fn pass(&mut self, days: f64) {
        let [a, b, c] = self.covariance;
        let wander = WANDER * self.state[1].abs().max(RATE_LEAST);
        self.state[0] += self.state[1] * days;
        self.covariance = [
            a + days * (2.0 * b + days * c) + days * JITTER * JITTER,
            b + days * c,
            c + days * wander * wander,
        ];
    }

    /// Takes a measured ln R; how far off it was, in its own expected deviations.
    pub fn take(&mut self, ln_ratio: f64, sd: f64) -> f64 {
        let [a, b, c] = self.covariance;
        let expected = a + sd * sd;
        let off = ln_ratio - self.state[0];
        let (gain, gain_rate) = (a / expected, b / expected);
        self.state[0] += gain * off;
        self.state[1] += gain_rate * off;
        self.covariance = [a * (1.0 - gain), b * (1.0 - gain), c - gain_rate * b];
        off / sqrt(expected)
    }

    /// A new medium: the level is not known any more, the dust still is.
    pub fn renew(&mut self) {
        self.covariance = [START_SD * START_SD, 0.0, self.covariance[2]];
    }

    /// Days until ln R is `end`, where a side is `above` the mean (ln) and grows by `share` of its rate.
    pub fn days(&self, end: f64, above: f64, above_sd: f64, share: f64) -> Days {
        let missing = end - self.state[0] - above;
        let [a, b, c] = self.covariance;
        let (rate, c, b) = (share * self.state[1], share * share * c, share * b);
        let wander = WANDER * rate.abs();
        // What is missing after some days, in its deviations: falls from plus to minus.
        let ahead = |days: f64| {
            let variance = a
                + above_sd * above_sd
                + days * (2.0 * b + days * c)
                + wander * wander * days * days * days / 3.0
                + days * JITTER * JITTER;
            (missing - rate * days) / sqrt(variance.max(f64::MIN_POSITIVE))
        };
        let until = |deviations: f64| {
            let (mut low, mut high) = (0.0, DAYS_MOST);
            for _ in 0..HALVINGS {
                let middle = 0.5 * (low + high);
                if ahead(middle) > deviations {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            0.5 * (low + high)
        };
        let best = if rate < RATE_LEAST {
            if missing > 0.0 { DAYS_MOST } else { 0.0 }
        } else {
            (missing / rate).clamp(0.0, DAYS_MOST)
        };
        Days {
            best,
            low: until(TENTH).min(best),
            high: until(-TENTH).max(best),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_course_is_followed_and_its_end_found() {
        let mut life = Life::UNKNOWN;
        let rate = 4.0_f64.ln() / 200.0;
        for night in 0..100 {
            life.pass(1.0);
            life.take(rate * f64::from(night + 1), 0.03);
        }
        let days = life.days(4.0_f64.ln(), 0.0, 0.0, 1.0);
        assert!((days.best - 100.0).abs() < 10.0, "{days:?}");
        assert!(
            days.low < 97.0 && days.high > 103.0 && days.low > 50.0,
            "{days:?}"
        );
    }

    #[test]
    fn a_filter_that_does_not_load_has_no_end_and_one_past_it_has_none_left() {
        let mut life = Life::UNKNOWN;
        for _ in 0..400 {
            life.pass(1.0);
            life.take(0.2, 0.02);
        }
        let days = life.days(4.0_f64.ln(), 0.0, 0.0, 1.0);
        assert!(days.best > 1_000.0 && days.high >= days.best, "{days:?}");
        let days = life.days(0.1, 0.0, 0.0, 1.0);
        assert!(days.best <= 0.0 && days.low <= 0.0, "{days:?}");
    }
}
