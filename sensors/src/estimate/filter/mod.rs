//! Filter resistance and the days that are left, from a nightly minute at full speed and from glances in between.
//!
//! ```text
//!   slow sight, full sight --> zeros of the three sensors --> pressures --> ln R of both, ln left/right
//!                                                                              |              |
//!                                                   Kalman on ln R and growth per day    slow walk
//!                                                                              `--> each side: R, days left
//! ```
//! *Zeros.* A sensor's zero is the same at both speeds, what the air does is not: `z = (d0 - r d1) / (1 - r)`, where r is
//! how the pressure of these very filters falls from full to the slower speed. Nothing has to be stopped for it.
//!
//! Pure; time in days as an argument, from any beginning.

mod air;
mod life;

pub use air::Sight;
pub(in crate::estimate) use air::extracted;
use libm::{exp, hypot, log, sqrt};
use life::Life;
pub use life::{DAYS_MOST, Days};

/// What a pressure sensor's zero may be off at first, Pa.
const ZERO_SD_PA: f64 = 0.5;
/// Its random walk, Pa per root day.
const ZERO_WALK_PA: f64 = 0.01;
/// What one night finds of it is off by, Pa, where the slower speed is nothing: noise, and the jet's own breath.
const ZERO_FOUND_PA: f64 = 0.3;
/// The slower sight finds zeros below this share of the pressure at full speed.
const RATIO_MOST: f64 = 0.6;
/// Means of a sight are off by this, Pa, and by this share.
const SIGHT_PA: f64 = 0.08;
const SIGHT_SHARE: f64 = 0.004;
/// ln R is off by this whatever the pressures, as the rack is not quite the study's.
const MODEL: f64 = 0.02;
/// And by this the same every night: a tenth in the filters' law, in the way through the rack, three in the gaps.
const MODEL_SAME: f64 = 0.04;
/// ln left over right: what it may be of two new filters, and its walk per root day.
const APART_SD: f64 = 0.15;
const APART_WALK: f64 = 0.005;
/// Looks that are off by the same zeros count as one.
const SAME: f64 = 60.0;
/// The same where one of them was changed.
const APART_CHANGED_SD: f64 = 1.0;
/// How much of the flow follows ln R: the filter that resists e times as much gathers so much less.
const FLOW_SHARE: f64 = 0.75;
/// A fall by so much of ln R, and by so many deviations, is another filter.
const CHANGED: f64 = 0.35;
const CHANGED_SD: f64 = 4.0;
/// What is not known of ln R, squared, from which on nothing is.
const NEW: f64 = 0.5;
/// Longest time between two looks that is believed, d.
const GAP_MOST: f64 = 400.0;
/// A zero further off than this, Pa, is a sensor to be looked at (data sheet SDP8xx: 0.1 Pa; with tubes and drift 0.5).
pub const ZERO_BAD_PA: f64 = 2.0;

/// A pressure sensor's zero, Pa, and what is not known of it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Zero {
    pa: f64,
    variance: f64,
}

impl Zero {
    const UNKNOWN: Zero = Zero {
        pa: 0.0,
        variance: ZERO_SD_PA * ZERO_SD_PA,
    };

    fn take(&mut self, found_pa: f64, sd: f64) {
        let gain = self.variance / (self.variance + sd * sd);
        self.pa += gain * (found_pa - self.pa);
        self.variance *= 1.0 - gain;
    }
}

/// One side as it is now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// Resistance over clean.
    pub ratio: f64,
    /// Days until the end of life.
    pub days: Days,
}

/// Both filters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filters {
    /// When they were last looked at, d.
    at: Option<f64>,
    both: Life,
    /// What the zeros make of ln R, as it was last looked at.
    bias: f64,
    /// ln left over right, and its variance.
    apart: (f64, f64),
    /// Left filter, right filter, draft.
    zeros: [Zero; 3],
}

impl Default for Filters {
    fn default() -> Self {
        Self::new()
    }
}

/// What has to be kept of them: fifteen figures.
pub const KEPT: usize = 15;

impl Filters {
    /// Of which nothing is known.
    pub const fn new() -> Self {
        Filters {
            at: None,
            both: Life::UNKNOWN,
            bias: 0.0,
            apart: (0.0, APART_SD * APART_SD),
            zeros: [Zero::UNKNOWN; 3],
        }
    }

    /// The zeros found, Pa: left filter, right filter, draft (as room minus rack).
    pub fn zeros_pa(&self) -> [f64; 3] {
        self.zeros.map(|zero| zero.pa)
    }

    /// When they were last looked at, d.
    pub const fn day(&self) -> Option<f64> {
        self.at
    }

    /// Nothing is known of the filters that are in place: they were never looked at, or not since they were changed.
    pub const fn is_new(&self) -> bool {
        self.both.covariance[0] > NEW
    }

    /// A minute at full speed, and what was seen at a slower speed right before it. Whether it said anything.
    pub fn night(&mut self, day: f64, slow: Option<&Sight>, full: &Sight) -> bool {
        if let Some(slow) = slow {
            self.find_zeros(slow, full);
        }
        self.look(day, full)
    }

    /// A glance at whatever speed there is: worth as much less as its pressures are smaller.
    pub fn look(&mut self, day: f64, sight: &Sight) -> bool {
        let Some(said) = self.corrected(sight).say() else {
            return false;
        };
        self.pass(day);
        let drop_pa = 0.5 * (sight.drops_pa[0] + sight.drops_pa[1]);
        let noise = SIGHT_PA + SIGHT_SHARE * drop_pa.abs();
        let [left, right, draft] = self.zeros.map(|zero| zero.variance);
        // What the zeros are off by is the same night after night: it is no noise that averages out.
        self.bias = hypot(said.per_pa * sqrt(left + right + draft) / 3.0, MODEL_SAME);
        let sd = hypot(said.per_pa * noise / sqrt(3.0), MODEL);
        let off = said.both - self.both.state[0];
        let expected = sqrt(self.both.covariance[0] + sd * sd + self.bias * self.bias);
        if off < -CHANGED && off < -CHANGED_SD * expected {
            self.renewed();
        }
        self.both.take(said.both, sd);
        let apart_pa = sqrt(SAME * (left + right) + 2.0 * noise * noise);
        let sd = hypot(said.apart_per_pa * apart_pa, 2.0 * MODEL);
        let (apart, variance) = self.apart;
        let gain = variance / (variance + sd * sd);
        self.apart = (apart + gain * (said.apart - apart), variance * (1.0 - gain));
        true
    }

    /// One filter or both were changed: what they were says nothing of what they are. The dust still does.
    pub fn renewed(&mut self) {
        self.both.renew();
        self.apart = (0.0, APART_CHANGED_SD * APART_CHANGED_SD);
    }

    fn pass(&mut self, day: f64) {
        let days = self.at.map_or(0.0, |at| day - at).clamp(0.0, GAP_MOST);
        self.at = Some(day);
        self.both.pass(days);
        self.apart.1 =
            (self.apart.1 + days * APART_WALK * APART_WALK).min(APART_CHANGED_SD * APART_CHANGED_SD);
        for zero in &mut self.zeros {
            zero.variance = (zero.variance + days * ZERO_WALK_PA * ZERO_WALK_PA).min(ZERO_SD_PA * ZERO_SD_PA);
        }
    }

    fn corrected(&self, sight: &Sight) -> Sight {
        let [left, right, draft] = self.zeros_pa();
        Sight {
            drops_pa: [sight.drops_pa[0] - left, sight.drops_pa[1] - right],
            draft_pa: sight.draft_pa - draft,
            ..*sight
        }
    }

    fn find_zeros(&mut self, slow: &Sight, full: &Sight) {
        let Some(said) = self.corrected(full).say() else {
            return;
        };
        let at_full = air::draft_pa(full.speed, said.both, full.rise_k);
        let at_slow = air::draft_pa(slow.speed, said.both, slow.rise_k);
        let ratio = at_slow / at_full.max(f64::MIN_POSITIVE);
        if ratio > RATIO_MOST {
            return;
        }
        let sd = (ZERO_FOUND_PA + SIGHT_SHARE * ratio * at_full) / (1.0 - ratio);
        let pairs = [
            (slow.drops_pa[0], full.drops_pa[0]),
            (slow.drops_pa[1], full.drops_pa[1]),
            (slow.draft_pa, full.draft_pa),
        ];
        for (zero, (slow_pa, full_pa)) in self.zeros.iter_mut().zip(pairs) {
            zero.take((slow_pa - ratio * full_pa) / (1.0 - ratio), sd);
        }
    }

    /// Each side on a day, where it ends at this resistance over clean; nothing before the first look.
    pub fn sides(&self, day: f64, end: f64) -> Option<[Side; 2]> {
        self.at?;
        let mut ahead = *self;
        ahead.pass(day);
        let (apart, variance) = ahead.apart;
        Some([0.5, -0.5].map(|half| {
            let above = half * apart;
            let share = exp(-FLOW_SHARE * above);
            let sd = hypot(half.abs() * sqrt(variance), self.bias);
            Side {
                ratio: exp(ahead.both.state[0] + above),
                days: ahead.both.days(log(end), above, sd, share),
            }
        }))
    }

    /// What is kept over a restart.
    pub fn kept(&self) -> [f64; KEPT] {
        let (life, [left, right, draft]) = (&self.both, self.zeros);
        [
            self.at.unwrap_or(f64::NAN),
            life.state[0],
            life.state[1],
            life.covariance[0],
            life.covariance[1],
            life.covariance[2],
            self.bias,
            self.apart.0,
            self.apart.1,
            left.pa,
            left.variance,
            right.pa,
            right.variance,
            draft.pa,
            draft.variance,
        ]
    }

    /// From what was kept; nothing where a figure makes no sense.
    pub fn restored(kept: &[f64; KEPT]) -> Option<Self> {
        let [at, level, rate, a, b, c, bias, apart, apart_variance, rest @ ..] = *kept;
        let zeros = [0, 1, 2].map(|place| Zero {
            pa: rest[2 * place],
            variance: rest[2 * place + 1],
        });
        let whole = kept[1..].iter().all(|figure| figure.is_finite());
        let positive = [a, c, apart_variance]
            .into_iter()
            .chain(zeros.map(|zero| zero.variance));
        (whole && positive.into_iter().all(|variance| variance >= 0.0)).then_some(Filters {
            at: at.is_finite().then_some(at),
            both: Life {
                state: [level, rate],
                covariance: [a, b, c],
            },
            bias,
            apart: (apart, apart_variance),
            zeros,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(speed: f64, ln_ratio: f64, zero_pa: f64) -> Sight {
        let draft = air::draft_pa(speed, ln_ratio, 12.0);
        let drop = draft * 0.97;
        Sight {
            speed,
            drops_pa: [drop + zero_pa; 2],
            draft_pa: draft,
            rise_k: 12.0,
        }
    }

    #[test]
    fn zeros_are_found_from_two_speeds() {
        let mut filters = Filters::new();
        for night in 0..30 {
            let ln_ratio = 0.2 + 0.01 * f64::from(night);
            assert!(filters.night(
                f64::from(night),
                Some(&sight(0.4, ln_ratio, 0.45)),
                &sight(1.0, ln_ratio, 0.45)
            ));
        }
        let [left, right, draft] = filters.zeros_pa();
        assert!(
            (left - 0.45).abs() < 0.1 && (right - left).abs() < 1e-9 && draft.abs() < 0.1,
            "{left} {draft}"
        );
    }

    #[test]
    fn a_changed_filter_begins_anew_and_what_is_kept_comes_back() {
        let mut filters = Filters::new();
        for night in 0..120 {
            filters.night(f64::from(night), None, &sight(1.0, 0.01 * f64::from(night), 0.0));
        }
        let old = filters.sides(120.0, 4.0).expect("it was looked at");
        assert!(old[0].ratio > 2.5 && old[0].days.best < 40.0, "{old:?}");
        filters.night(120.0, None, &sight(1.0, 0.0, 0.0));
        let new = filters.sides(120.0, 4.0).expect("it was looked at");
        assert!(new[0].ratio < 1.3 && new[0].days.best > 80.0, "{new:?}");
        assert_eq!(Filters::restored(&filters.kept()), Some(filters));
        assert_eq!(Filters::restored(&[f64::NAN; KEPT]), None);
        assert_eq!(Filters::new().sides(0.0, 4.0), None);
    }

    #[test]
    fn nothing_is_said_by_a_blower_that_stands() {
        let mut filters = Filters::new();
        assert!(!filters.look(0.0, &sight(0.05, 0.0, 0.0)));
        assert_eq!(filters.sides(1.0, 4.0), None);
    }
}
