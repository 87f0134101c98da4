//! The course of one quantity over time: a load, a room temperature, a fire.
//!
//! A [`Profile`] is a pure function of simulated time, made once and read as often as a scenario likes. Before its
//! first point it holds the first value, after its last the last, unless it repeats.

use rand_core::SeedableRng;
use rand_distr::{Distribution, StandardUniform};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::probe::stream_seed;

/// What holds between two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// The earlier point's value.
    Steps,
    /// The straight line from one to the next.
    Lines,
}

/// Why points make no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// There is no point.
    #[error("a profile needs at least one point")]
    Empty,
    /// A time or a value is not a finite number.
    #[error("point {index} is not finite; give a number for both its time and its value")]
    NotFinite {
        /// Position in the list, from 0.
        index: usize,
    },
    /// A point does not come after the one before it.
    #[error("point {index} is not later than the one before it; sort the points and drop doubles")]
    NotRising {
        /// Position in the list, from 0.
        index: usize,
    },
    /// A repetition that would begin at or after the last point.
    #[error("the repeated part must begin before the last point")]
    NothingToRepeat,
}

/// A value for every time.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    points: Vec<(f64, f64)>,
    between: Between,
    repeat_from_s: Option<f64>,
}

impl Profile {
    /// Always `value`.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self {
            points: vec![(0.0, value)],
            between: Between::Steps,
            repeat_from_s: None,
        }
    }

    /// Through (time in s, value), in rising order of time.
    ///
    /// # Errors
    /// When there is no point, one is not finite, or one is not later than the one before.
    pub fn points(points: Vec<(f64, f64)>, between: Between) -> Result<Self, ProfileError> {
        if points.is_empty() {
            return Err(ProfileError::Empty);
        }
        if let Some(index) = points
            .iter()
            .position(|(t_s, value)| !t_s.is_finite() || !value.is_finite())
        {
            return Err(ProfileError::NotFinite { index });
        }
        if let Some(early) = points.windows(2).position(|pair| pair[1].0 <= pair[0].0) {
            return Err(ProfileError::NotRising { index: early + 1 });
        }
        Ok(Self {
            points,
            between,
            repeat_from_s: None,
        })
    }

    /// The same, with the part from `from_s` to the last point repeated for ever after it.
    ///
    /// # Errors
    /// When nothing lies between `from_s` and the last point.
    pub fn repeating(self, from_s: f64) -> Result<Self, ProfileError> {
        match self.points.last() {
            Some((last_s, _)) if from_s < *last_s => Ok(Self {
                repeat_from_s: Some(from_s),
                ..self
            }),
            Some(_) | None => Err(ProfileError::NothingToRepeat),
        }
    }

    /// The same course with every point's value passed through `map`.
    #[must_use]
    pub fn map(mut self, map: impl Fn(f64) -> f64) -> Self {
        for (_, value) in &mut self.points {
            *value = map(*value);
        }
        self
    }

    /// The value at a time, s.
    #[must_use]
    pub fn at(&self, t_s: f64) -> f64 {
        let t_s = self.folded(t_s);
        let next = self.points.partition_point(|(point_s, _)| *point_s <= t_s);
        let before = next.checked_sub(1).and_then(|index| self.points.get(index));
        match (before, self.points.get(next)) {
            (Some((from_s, from)), Some((to_s, to))) => match self.between {
                Between::Steps => *from,
                Between::Lines => from + (to - from) * (t_s - from_s) / (to_s - from_s),
            },
            (Some((_, value)), None) | (None, Some((_, value))) => *value,
            // The constructors leave no profile without a point.
            (None, None) => 0.0,
        }
    }

    /// Time of the last point, s: what follows is constant or a repetition.
    #[must_use]
    pub fn end_s(&self) -> f64 {
        self.points.last().map_or(0.0, |(t_s, _)| *t_s)
    }

    fn folded(&self, t_s: f64) -> f64 {
        match self.repeat_from_s {
            Some(from_s) if t_s > self.end_s() => from_s + (t_s - from_s) % (self.end_s() - from_s),
            Some(_) | None => t_s,
        }
    }

    /// Heat of a rack's hosts, W, between 3 500 and 9 500: 5 000 W, at 120 s a step of +2 000 W, then a step or
    /// ramp every three to eight minutes for two hours, then days that peak in the afternoon, the first of which
    /// repeats.
    #[must_use]
    pub fn synthetic_load(seed: u64) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(stream_seed(seed, "profile.load"));
        let mut points = vec![(0.0, 5_000.0), (STEP_AT_S, 5_000.0)];
        busy_hours(&mut points, &mut random);
        let day_from_s = points.last().map_or(0.0, |(t_s, _)| *t_s) + 600.0;
        first_day(&mut points, &mut random, day_from_s);
        Self {
            points,
            between: Between::Lines,
            repeat_from_s: Some(day_from_s),
        }
    }
}

/// Bounds of the synthetic load, W.
const LOAD_W: (f64, f64) = (3_500.0, 9_500.0);
const STEP_AT_S: f64 = 120.0;
const STEP_TO_W: f64 = 7_000.0;
/// A host takes about this long to go from idle to full load, s.
const STEP_TAKES_S: f64 = 2.0;
const BUSY_UNTIL_S: f64 = 7_200.0;
const DAY_S: f64 = 86_400.0;
const DAY_POINT_EVERY_S: f64 = 600.0;

/// A number between two others, every one as likely.
fn uniform(random: &mut Xoshiro256PlusPlus, low: f64, high: f64) -> f64 {
    let share: f64 = StandardUniform.sample(random);
    low + (high - low) * share
}

fn busy_hours(points: &mut Vec<(f64, f64)>, random: &mut Xoshiro256PlusPlus) {
    let (mut t_s, mut load_w) = (STEP_AT_S + STEP_TAKES_S, STEP_TO_W);
    points.push((t_s, load_w));
    while t_s < BUSY_UNTIL_S {
        t_s += uniform(random, 180.0, 480.0);
        points.push((t_s, load_w));
        // Half the changes are jobs that start or end at once, half fill up or drain.
        let takes_s = if uniform(random, 0.0, 1.0) < 0.5 {
            STEP_TAKES_S
        } else {
            uniform(random, 60.0, 180.0)
        };
        let change_w = uniform(random, 500.0, 2_500.0);
        let up = uniform(random, LOAD_W.0, LOAD_W.1) > load_w;
        load_w = (if up { load_w + change_w } else { load_w - change_w }).clamp(LOAD_W.0, LOAD_W.1);
        t_s += takes_s;
        points.push((t_s, load_w));
    }
}

fn first_day(points: &mut Vec<(f64, f64)>, random: &mut Xoshiro256PlusPlus, from_s: f64) {
    let (mut into_s, mut wander_w, mut first_w) = (0.0, 0.0, None);
    while into_s < DAY_S {
        // Quarter of a day after its begin the day is at its mean and rising; the peak follows six hours later.
        let phase = std::f64::consts::TAU * (into_s / DAY_S - 0.25);
        wander_w = 0.8 * wander_w + uniform(random, -400.0, 400.0);
        let load_w = (6_300.0 + 1_900.0 * phase.sin() + wander_w).clamp(LOAD_W.0, LOAD_W.1);
        first_w.get_or_insert(load_w);
        points.push((from_s + into_s, load_w));
        into_s += DAY_POINT_EVERY_S;
    }
    // The day closes on its own beginning, so that its repetition has no seam.
    points.push((from_s + DAY_S, first_w.unwrap_or(STEP_TO_W)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_steps_and_the_ends() {
        let points = vec![(10.0, 1.0), (20.0, 3.0)];
        let lines = Profile::points(points.clone(), Between::Lines).unwrap();
        let steps = Profile::points(points, Between::Steps).unwrap();
        for (t_s, line, step) in [
            (0.0, 1.0, 1.0),
            (15.0, 2.0, 1.0),
            (20.0, 3.0, 3.0),
            (99.0, 3.0, 3.0),
        ] {
            assert!(
                (lines.at(t_s) - line).abs() < 1e-12 && (steps.at(t_s) - step).abs() < 1e-12,
                "{t_s}"
            );
        }
        assert!((Profile::constant(7.0).at(-5.0) - 7.0).abs() < 1e-12);
    }

    #[test]
    fn refuses_what_is_no_course() {
        let of = |points| Profile::points(points, Between::Lines).unwrap_err();
        assert_eq!(of(vec![]), ProfileError::Empty);
        assert_eq!(
            of(vec![(0.0, 1.0), (1.0, f64::NAN)]),
            ProfileError::NotFinite { index: 1 }
        );
        assert_eq!(
            of(vec![(0.0, 1.0), (2.0, 1.0), (2.0, 3.0)]),
            ProfileError::NotRising { index: 2 }
        );
        assert_eq!(
            Profile::constant(1.0).repeating(0.0),
            Err(ProfileError::NothingToRepeat)
        );
    }

    #[test]
    fn repeats_from_where_it_is_told() {
        let saw = Profile::points(vec![(0.0, 9.0), (10.0, 0.0), (20.0, 10.0)], Between::Lines).unwrap();
        let saw = saw.repeating(10.0).unwrap();
        assert!((saw.at(13.0) - 3.0).abs() < 1e-12 && (saw.at(23.0) - 3.0).abs() < 1e-12);
        assert!((saw.at(1_000_013.0) - 3.0).abs() < 1e-9 && (saw.at(0.0) - 9.0).abs() < 1e-12);
    }

    #[test]
    fn the_synthetic_load_begins_at_five_kilowatts_and_steps_by_two_at_two_minutes() {
        for seed in 0..50 {
            let load = Profile::synthetic_load(seed);
            assert!((load.at(0.0) - 5_000.0).abs() < 1e-9 && (load.at(120.0) - 5_000.0).abs() < 1e-9);
            assert!((load.at(122.0) - 7_000.0).abs() < 1e-9 && (load.at(290.0) - 7_000.0).abs() < 1e-9);
            let seam_s = load.end_s();
            assert!((load.at(seam_s - 0.01) - load.at(seam_s + 0.01)).abs() < 1.0);
        }
        assert_eq!(Profile::synthetic_load(3), Profile::synthetic_load(3));
        assert_ne!(Profile::synthetic_load(3), Profile::synthetic_load(4));
    }

    #[test]
    fn the_synthetic_load_moves_every_few_minutes_and_has_a_day() {
        let load = Profile::synthetic_load(11);
        let changes = (0..720)
            .filter(|i| (load.at(f64::from(i + 1) * 10.0) - load.at(f64::from(*i) * 10.0)).abs() > 30.0);
        assert!(changes.count() > 20);
        let from_s = load.end_s() - 86_400.0;
        assert!(load.at(from_s + 43_200.0) > load.at(from_s) + 1_500.0);
    }

    proptest! {
        #[test]
        fn the_synthetic_load_keeps_its_bounds(seed: u64, t_s in 0.0..1e7_f64) {
            let load_w = Profile::synthetic_load(seed).at(t_s);
            prop_assert!((3_500.0..=9_500.0).contains(&load_w), "{load_w}");
        }
    }
}
