//! What a residual is in this very rack while it is well: a line, learned.
//!
//! ```text
//!   y = a + b x + e      a, b: prior of sensor classes and of racks of one make      e: what no line tells
//!   r = (y - what is expected) / sqrt(variance of the expectation + e²)
//! ```
//! Recursive least squares with a prior (Kalman's form). What is learned stays within what the prior allows: a sensor that
//! is off by more than its class when it is first seen is told, not learned. A quarter of an hour makes a reference;
//! afterwards a speed that was not seen before may add as much, and then the reference stands: what drifts is never
//! learned away.

/// Speeds are told apart in so many steps, from the slowest that a drive holds to full; shares of full speed.
const STEPS: usize = 5;
const SLOWEST: f64 = 0.2;
const WIDTH: f64 = (1.0 - SLOWEST) / 5.0;
/// Time that the first learning takes, and the most that is learned in one step of speed, s.
pub const LEARN_S: f64 = 900.0;
/// What was rounded on its way to a record and back is still within its bounds.
const SLACK: f64 = 1.001;
/// Foot and slope are never farther from the plan than so many of the prior's deviations.
const FARTHEST: f64 = 2.5;

/// Figures of a reference that outlive the process.
pub const FIGURES: usize = 6 + STEPS;

/// What is known of a residual before this rack was seen: deviations, in the residual's own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Of the foot `a`.
    pub foot: f64,
    /// Of the slope `b`.
    pub slope: f64,
}

/// Where a residual is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Speed of the blower, share of full speed.
    pub speed: f64,
    /// Place on the line.
    pub x: f64,
}

/// The line, and how well it is known.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    prior: Prior,
    foot: f64,
    slope: f64,
    /// Variances of foot and slope, and their covariance.
    variance: (f64, f64, f64),
    /// Time learned in every step of speed, s, and in all.
    steps_s: [f64; STEPS],
    learned_s: f64,
}

impl Reference {
    /// Nothing learned yet.
    pub const fn new(prior: Prior) -> Self {
        Reference {
            prior,
            foot: 0.0,
            slope: 0.0,
            variance: (prior.foot * prior.foot, prior.slope * prior.slope, 0.0),
            steps_s: [0.0; STEPS],
            learned_s: 0.0,
        }
    }

    /// What was learned before, where these figures are a whole reference of this prior: it never says more than could have
    /// been learned.
    pub fn restored(prior: Prior, figures: &[f32; FIGURES]) -> Option<Self> {
        let [foot, slope, of_foot, of_slope, both, learned_s, steps @ ..] = figures.map(f64::from);
        let within = |value: f64, deviation: f64| value.abs() <= SLACK * FARTHEST * deviation;
        let least = |variance: f64, deviation: f64| (0.0..=SLACK * deviation * deviation).contains(&variance);
        let whole = [foot, slope, both, learned_s]
            .iter()
            .all(|figure| figure.is_finite())
            && within(foot, prior.foot)
            && within(slope, prior.slope)
            && least(of_foot, prior.foot)
            && least(of_slope, prior.slope)
            && both.abs() <= SLACK * prior.foot * prior.slope
            && steps.iter().all(|step_s| (0.0..=2.0 * LEARN_S).contains(step_s))
            && learned_s >= LEARN_S;
        whole.then_some(Reference {
            prior,
            foot,
            slope,
            variance: (of_foot, of_slope, both),
            steps_s: steps,
            learned_s,
        })
    }

    /// What outlives the process; zeros while it is being learned.
    pub fn figures(&self) -> [f32; FIGURES] {
        if !self.is_learned() {
            return [0.0; FIGURES];
        }
        let (of_foot, of_slope, both) = self.variance;
        let mut all = [0.0; FIGURES];
        let kept = [self.foot, self.slope, of_foot, of_slope, both, self.learned_s];
        for (place, figure) in all.iter_mut().zip(kept.into_iter().chain(self.steps_s)) {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a deviation is known to a few digits"
            )]
            let short = figure as f32;
            *place = short;
        }
        all
    }

    /// Grows by one when it has been learned, and with each step of speed that is.
    pub fn progress(&self) -> u32 {
        let whole = self.steps_s.iter().filter(|step_s| **step_s >= LEARN_S).count();
        u32::from(self.is_learned()) + u32::try_from(whole).unwrap_or(0)
    }

    /// Whether a quarter of an hour has been learned.
    pub fn is_learned(&self) -> bool {
        self.learned_s >= LEARN_S
    }

    /// Whether this speed may still add to it.
    pub fn learns_at(&self, speed: f64) -> bool {
        self.steps_s
            .get(step(speed))
            .is_some_and(|learned_s| *learned_s < LEARN_S)
    }

    /// What is expected at a place, and its variance.
    pub fn expects(&self, x: f64) -> (f64, f64) {
        let (foot, slope, both) = self.variance;
        let variance = foot + 2.0 * x * both + x * x * slope;
        (self.foot + self.slope * x, variance.max(0.0))
    }

    /// Learns from a value `y` that stood for `dt_s`. `error` is what no line tells, as a deviation: it stays for hours and
    /// does not average out, so [`LEARN_S`] are worth one look with it.
    pub fn learn(&mut self, place: Place, y: f64, error: f64, dt_s: f64) {
        let x = place.x;
        let (foot, slope, both) = self.variance;
        let (to_foot, to_slope) = (foot + x * both, both + x * slope);
        let noise = error * error * LEARN_S / dt_s;
        let whole = to_foot + x * to_slope + noise;
        if dt_s <= 0.0 || whole <= 0.0 {
            return;
        }
        let (gain_foot, gain_slope) = (to_foot / whole, to_slope / whole);
        let off = y - (self.foot + self.slope * x);
        let within = |value: f64, deviation: f64| value.clamp(-FARTHEST * deviation, FARTHEST * deviation);
        self.foot = within(self.foot + gain_foot * off, self.prior.foot);
        self.slope = within(self.slope + gain_slope * off, self.prior.slope);
        self.variance = (
            (foot - gain_foot * to_foot).max(0.0),
            (slope - gain_slope * to_slope).max(0.0),
            both - gain_foot * to_slope,
        );
        if let Some(learned_s) = self.steps_s.get_mut(step(place.speed)) {
            *learned_s += dt_s;
        }
        self.learned_s += dt_s;
    }
}

/// The step of a speed.
fn step(speed: f64) -> usize {
    let mut place = 0;
    let mut upper = SLOWEST + WIDTH;
    while place + 1 < STEPS && speed >= upper {
        place += 1;
        upper += WIDTH;
    }
    place
}
