//! Energy at equal safety: the one offset of the set point with which a controller just keeps every course, with every
//! seed; and the best tuning of a family.

use hil_rig::bench::{BenchRack, Course, LIMITS};
use points::setting::SettingError;
use sensors::estimate::commission::Fit;

use super::contender::{Kind, Tuning};
use super::drive::{Outcome, drive};

/// Offsets among which the smallest admissible one is looked for, K below the limit.
const OFFSETS_K: (f64, f64) = (-6.0, 12.0);
/// Halvings of that span: to 0.02 K.
const HALVINGS: u32 = 10;

/// What came of one controller, at its offset.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Who.
    pub kind: Kind,
    /// How it is tuned.
    pub tuning: Tuning,
    /// K below the limit; none where even the largest offset is not admissible.
    pub offset_k: Option<f64>,
    /// By course, by seed, in their order.
    pub outcomes: Vec<Vec<Outcome>>,
}

impl Entry {
    /// Whether every course was kept with every seed.
    pub fn admissible(&self) -> bool {
        self.outcomes
            .iter()
            .flatten()
            .all(|outcome| outcome.admissible(&LIMITS))
    }

    /// Mean energy over the seeds of a course, Wh.
    pub fn energy_wh(&self, course: usize) -> Option<f64> {
        let outcomes = self.outcomes.get(course)?;
        mean(outcomes.iter().map(|outcome| outcome.energy_wh))
    }

    /// Geometric mean over the courses of energy over the least possible one; `of` picks the seed, or the mean of all.
    pub fn score(&self, least_wh: &[Option<f64>], of: Option<usize>) -> Option<f64> {
        let mut sum = 0.0;
        for (course, least_wh) in least_wh.iter().enumerate() {
            let energy_wh = match of {
                Some(seed) => self.outcomes.get(course)?.get(seed)?.energy_wh,
                None => self.energy_wh(course)?,
            };
            sum += (energy_wh / (*least_wh)?).ln();
        }
        #[expect(clippy::cast_precision_loss, reason = "six")]
        let courses = least_wh.len() as f64;
        Some((sum / courses).exp())
    }
}

/// Mean of some numbers, if there are any.
pub fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for number in numbers {
        sum += number;
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}

/// A controller at an offset through every course with every seed; stops at the first that is not admissible where only
/// that is asked.
fn through(
    (kind, tuning): (Kind, Tuning),
    offset_k: f64,
    courses: &[Course],
    seeds: &[u64],
    whole: bool,
) -> Result<Option<Vec<Vec<Outcome>>>, SettingError> {
    let mut all = Vec::with_capacity(courses.len());
    for course in courses {
        let mut outcomes = Vec::with_capacity(seeds.len());
        for seed in seeds {
            let mut contender = kind.make(tuning, LIMITS.exhaust_c - offset_k);
            let outcome = drive(
                course,
                &BenchRack::planned(),
                &Fit::PLAN,
                *seed,
                contender.as_mut(),
            )?;
            if !whole && !outcome.admissible(&LIMITS) {
                return Ok(None);
            }
            outcomes.push(outcome);
        }
        all.push(outcomes);
    }
    Ok(Some(all))
}

/// The controller at the smallest offset that is admissible everywhere.
///
/// # Errors
/// When a course cannot be driven.
pub fn at_equal_safety(
    kind: Kind,
    tuning: Tuning,
    courses: &[Course],
    seeds: &[u64],
) -> Result<Entry, SettingError> {
    let who = (kind, tuning);
    let (mut low_k, mut high_k) = OFFSETS_K;
    if kind == Kind::FullSpeed {
        // It has no set point.
        (low_k, high_k) = (0.0, 0.0);
    }
    let keeps = |offset_k| through(who, offset_k, courses, seeds, false).map(|kept| kept.is_some());
    let found = keeps(high_k)?;
    if found && high_k > low_k {
        for _ in 0..HALVINGS {
            let middle_k = 0.5 * (low_k + high_k);
            if keeps(middle_k)? {
                high_k = middle_k;
            } else {
                low_k = middle_k;
            }
        }
    }
    let outcomes = through(who, high_k, courses, seeds, true)?.unwrap_or_default();
    Ok(Entry {
        kind,
        tuning,
        offset_k: found.then_some(high_k),
        outcomes,
    })
}

/// The family's best tuning by the geometric mean of its energies, the same number of tunings for every family.
///
/// # Errors
/// When a course cannot be driven.
pub fn tune(kind: Kind, courses: &[Course], seed: u64) -> Result<Option<Entry>, SettingError> {
    let equal = vec![Some(1.0); courses.len()];
    let mut best: Option<(f64, Entry)> = None;
    for tuning in kind.grid() {
        let entry = at_equal_safety(kind, tuning, courses, &[seed])?;
        if !entry.admissible() {
            continue;
        }
        let Some(score) = entry.score(&equal, None) else {
            continue;
        };
        if best.as_ref().is_none_or(|(least, _)| score < *least) {
            best = Some((score, entry));
        }
    }
    Ok(best.map(|(_, entry)| entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hil_rig::bench::courses;

    /// The bursts' first hour: quick, and hard enough.
    fn short() -> Vec<Course> {
        let all = courses(None).expect("they are made");
        let bursts = all.into_iter().filter(|course| course.name.starts_with("bursts"));
        bursts
            .map(|course| Course {
                length_s: 3_600.0,
                ..course
            })
            .collect()
    }

    #[test]
    fn the_smallest_offset_is_admissible_and_a_little_less_is_not() {
        let courses = short();
        for kind in [Kind::Ours, Kind::Curve] {
            let entry = at_equal_safety(kind, kind.tuned(), &courses, &[1]).expect("it can be driven");
            let offset_k = entry.offset_k.expect("there is one");
            assert!(entry.admissible(), "{kind:?}");
            let less = through((kind, kind.tuned()), offset_k - 0.1, &courses, &[1], false);
            assert_eq!(less, Ok(None), "{kind:?} at {offset_k}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bits_and_another_one_does_not() {
        let courses = short();
        let run = |seed| {
            let mut contender = Kind::Ours.make(Kind::Ours.tuned(), 43.0);
            drive(
                &courses[0],
                &BenchRack::planned(),
                &Fit::PLAN,
                seed,
                contender.as_mut(),
            )
            .expect("it can be driven")
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1).energy_wh.to_bits(), run(2).energy_wh.to_bits());
    }

    #[test]
    fn full_speed_keeps_everything_and_costs_most() {
        let courses = short();
        let entry =
            |kind: Kind| at_equal_safety(kind, kind.tuned(), &courses, &[1]).expect("it can be driven");
        let (full, ours) = (entry(Kind::FullSpeed), entry(Kind::Ours));
        assert!(full.admissible() && full.offset_k == Some(0.0));
        assert!(full.energy_wh(0) > ours.energy_wh(0).map(|wh| 2.0 * wh));
        let both = full.outcomes[0][0];
        assert!(both.strokes < 0.5 && both.interventions == 0, "{both:?}");
    }
}
