//! The set point at which hosts and blower together take least: an extremum search, slow and bounded, off unless asked for.
//!
//! ```text
//!   warm --.              .-- warm      mean power of each leg's last half, W
//!           cool -- cool                 slope = (warm + warm - cool - cool) / their difference in exhaust, W/K
//!   |<- four legs of 10 min ->|          three slopes or more, surely above or below nothing --> half a kelvin along
//! ```
//! Warmer air costs less blower and more hosts: their own fans and leakage take 0.5 to 1 % more for each kelvin at their inlet
//! (GRC's measurements at 27 to 35 °C; plant study, section 2.3). Where the sum is least nobody can know beforehand, and the
//! sum itself moves by hundreds of watts with the work that is done. So the order of legs cancels every steady drift, a load
//! that steps within four legs takes them out, and nothing moves before the slope is twice its own error. Under restless
//! load it therefore does nothing, which is right: what it could gain is a per cent or two.
//!
//! It looks for less between 35 °C and the set point of the settings, which it never exceeds, and begins there.

/// Lowest set point that it tries, °C.
const LEAST_C: f64 = 35.0;
/// By how much a leg is warmer or cooler than their middle, K.
const APART_K: f64 = 1.0;
/// By how much the middle moves at once, K.
const STEP_K: f64 = 0.5;
/// Length of a leg, and from when on in it power counts, s: air has followed its set point after four minutes.
const LEG_S: f64 = 600.0;
/// See [`LEG_S`].
const COUNTS_FROM_S: f64 = 300.0;
/// Least difference of the exhaust between warm and cool legs for their slope to count, K: at its slowest or fastest the blower
/// does not follow.
const LEAST_APART_K: f64 = 1.0;
/// Four legs are left out whose load did not drift steadily: what remains when a straight line is taken out, W.
const RESTLESS_W: f64 = 100.0;
/// Slopes that are needed to move, and after which it begins to count anew.
const SLOPES: (u32, u32) = (3, 12);
/// Times that the mean slope has to exceed its own error.
const SURELY: f64 = 2.0;
/// Slope that is not worth a move, W/K.
const FLAT_W_K: f64 = 1.0;

/// Legs in order: whether warm.
const LEGS: [bool; 4] = [true, false, false, true];

/// What is seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Exhaust air, °C.
    pub(super) exhaust_c: f64,
    /// Power of hosts and blower, W.
    pub(super) total_w: f64,
}

/// Mean of a leg.
#[derive(Clone, Copy, Debug, Default)]
struct Leg {
    seconds: f64,
    exhaust_c: f64,
    total_w: f64,
}

impl Leg {
    fn take(&mut self, dt_s: f64, look: &Look) {
        self.seconds += dt_s;
        let share = dt_s / self.seconds;
        self.exhaust_c += (look.exhaust_c - self.exhaust_c) * share;
        self.total_w += (look.total_w - self.total_w) * share;
    }
}

/// Mean and spread of slopes, W/K (Welford's recurrence).
#[derive(Clone, Copy, Debug, Default)]
struct Slopes {
    count: u32,
    mean: f64,
    squares: f64,
}

impl Slopes {
    fn take(&mut self, slope: f64) {
        self.count += 1;
        let off = slope - self.mean;
        self.mean += off / f64::from(self.count);
        self.squares += off * (slope - self.mean);
    }

    /// The mean, where it is surely not nothing.
    fn sure(&self) -> Option<f64> {
        if self.count < SLOPES.0 {
            return None;
        }
        let count = f64::from(self.count);
        let error = (self.squares / (count - 1.0) / count).sqrt();
        (self.mean.abs() > (SURELY * error).max(FLAT_W_K)).then_some(self.mean)
    }
}

/// The search.
#[derive(Clone, Debug, Default)]
pub(super) struct SetPoint {
    /// Middle of the legs, °C; none while it does not search.
    middle_c: Option<f64>,
    leg: usize,
    since_s: f64,
    legs: [Leg; LEGS.len()],
    slopes: Slopes,
}

impl SetPoint {
    /// The set point in force, °C, at most `most_c`. Without a look the legs that were begun count for nothing; the middle
    /// stays.
    pub(super) fn step(&mut self, dt_s: f64, look: Option<Look>, most_c: f64) -> f64 {
        let highest_c = most_c - APART_K;
        if highest_c <= LEAST_C + APART_K {
            self.stop();
            return most_c;
        }
        let middle_c = self
            .middle_c
            .unwrap_or(highest_c)
            .clamp(LEAST_C + APART_K, highest_c);
        self.middle_c = Some(middle_c);
        let Some(look) = look else {
            self.again();
            return middle_c;
        };
        self.since_s += dt_s;
        if self.since_s >= COUNTS_FROM_S
            && let Some(leg) = self.legs.get_mut(self.leg)
        {
            leg.take(dt_s, &look);
        }
        if self.since_s >= LEG_S {
            (self.since_s, self.leg) = (0.0, self.leg + 1);
        }
        if self.leg >= LEGS.len() {
            self.judge(highest_c);
        }
        let warm = LEGS.get(self.leg).copied().unwrap_or(true);
        self.middle_c.unwrap_or(middle_c) + if warm { APART_K } else { -APART_K }
    }

    /// Does not search any more; it begins anew.
    pub(super) fn stop(&mut self) {
        *self = Self::default();
    }

    fn again(&mut self) {
        (self.leg, self.since_s) = (0, 0.0);
        self.legs = Default::default();
    }

    fn judge(&mut self, highest_c: f64) {
        if let Some(slope) = slope(&self.legs) {
            self.slopes.take(slope);
        }
        self.again();
        let sure = self.slopes.sure();
        if let (Some(slope), Some(middle_c)) = (sure, self.middle_c) {
            self.middle_c = Some((middle_c - STEP_K * slope.signum()).clamp(LEAST_C + APART_K, highest_c));
        }
        if sure.is_some() || self.slopes.count >= SLOPES.1 {
            self.slopes = Slopes::default();
        }
    }

    /// The middle of the legs, °C, while it searches.
    pub(super) fn middle_c(&self) -> Option<f64> {
        self.middle_c
    }

    /// Mean slope of the total power at this middle, W/K, and how many slopes it is of.
    pub(super) fn slope_w_k(&self) -> Option<f64> {
        (self.slopes.count > 0).then_some(self.slopes.mean)
    }
}

/// What a kelvin of warmer exhaust adds to the total, W/K; none where the legs do not say.
fn slope(legs: &[Leg; LEGS.len()]) -> Option<f64> {
    let [first, second, third, fourth] = legs;
    let apart_k = 0.5 * (first.exhaust_c + fourth.exhaust_c - second.exhaust_c - third.exhaust_c);
    // A steady drift adds three times as much from the first to the fourth as from the second to the third.
    let restless_w = (fourth.total_w - first.total_w) - 3.0 * (third.total_w - second.total_w);
    let more_w = 0.5 * (first.total_w + fourth.total_w - second.total_w - third.total_w);
    (apart_k >= LEAST_APART_K && restless_w.abs() <= RESTLESS_W).then(|| more_w / apart_k)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rack whose total is least at some exhaust: a parabola, W/K², and noise that a seed draws.
    struct Rack {
        least_c: f64,
        curve: f64,
        noise_w: f64,
        seed: u64,
    }

    impl Rack {
        fn noise(&mut self) -> f64 {
            // SplitMix64.
            self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.seed;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            #[expect(clippy::cast_precision_loss, reason = "53 bits")]
            let unit = ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
            self.noise_w * (2.0 * unit - 1.0)
        }

        /// So many days of the search under a load over time, W; the middle at their end and the warmest set point.
        fn search(&mut self, days: u32, load_w: impl Fn(f64) -> f64) -> (f64, f64) {
            let (mut search, mut exhaust_c, mut most_c) = (SetPoint::default(), 42.0_f64, 0.0_f64);
            for second in 0..days * 17_280 {
                let total_w =
                    load_w(5.0 * f64::from(second)) + self.curve * (exhaust_c - self.least_c).powi(2);
                let look = Look {
                    exhaust_c,
                    total_w: total_w + self.noise(),
                };
                let target_c = search.step(5.0, Some(look), 42.0);
                exhaust_c += (target_c - exhaust_c) * 5.0 / 60.0;
                most_c = most_c.max(target_c);
            }
            (search.middle_c().expect("it searches"), most_c)
        }
    }

    fn rack(least_c: f64) -> Rack {
        Rack {
            least_c,
            curve: 2.0,
            noise_w: 20.0,
            seed: 1,
        }
    }

    #[test]
    fn it_finds_the_least_total_and_never_exceeds_the_set_point() {
        for least_c in [37.0, 39.0, 40.5] {
            let (middle_c, most_c) = rack(least_c).search(4, |_| 5_000.0);
            assert!((middle_c - least_c).abs() <= 0.75, "{least_c}: {middle_c}");
            assert!(most_c <= 42.0, "{most_c}");
        }
        let (middle_c, most_c) = rack(50.0).search(2, |_| 5_000.0);
        assert!(
            (middle_c - 41.0).abs() < 1e-9 && most_c <= 42.0,
            "{middle_c} {most_c}"
        );
        let (middle_c, _) = rack(20.0).search(6, |_| 5_000.0);
        assert!((middle_c - 36.0).abs() < 1e-9, "{middle_c}");
    }

    #[test]
    fn a_load_that_drifts_does_not_deceive_it() {
        let (middle_c, _) = rack(39.0).search(4, |at_s| 4_000.0 + 0.003 * at_s);
        assert!((middle_c - 39.0).abs() <= 0.75, "{middle_c}");
    }

    #[test]
    fn under_a_restless_load_and_on_a_flat_floor_it_stays() {
        let restless = |at_s: f64| {
            if (at_s / 700.0) % 2.0 < 1.0 {
                4_000.0
            } else {
                6_000.0
            }
        };
        let (middle_c, _) = rack(37.0).search(4, restless);
        assert!((middle_c - 41.0).abs() <= 0.51, "{middle_c}");
        let mut flat = Rack {
            curve: 0.0,
            ..rack(39.0)
        };
        let (middle_c, _) = flat.search(6, |_| 5_000.0);
        assert!((middle_c - 41.0).abs() <= 0.51, "{middle_c}");
    }

    #[test]
    fn what_cannot_be_seen_takes_the_legs_away_and_the_middle_stays() {
        let mut search = SetPoint::default();
        let look = Look {
            exhaust_c: 42.0,
            total_w: 5_000.0,
        };
        assert!(
            (search.step(1.0, Some(look), 42.0) - 42.0).abs() < 1e-9,
            "the first leg is warm"
        );
        for _ in 0..700 {
            search.step(1.0, Some(look), 42.0);
        }
        assert_eq!(search.leg, 1);
        assert!((search.step(1.0, None, 42.0) - 41.0).abs() < 1e-9);
        assert_eq!((search.leg, search.slope_w_k()), (0, None));
        // A set point with no room below it is held as it is.
        assert!((search.step(1.0, Some(look), 36.5) - 36.5).abs() < 1e-9);
        assert_eq!(search.middle_c(), None);
    }
}
