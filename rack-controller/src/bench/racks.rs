//! `hil-rig bench --racks`: racks that nobody knows, each commissioned by the shipped sweep and then driven.
//!
//! ```text
//!   drawn rack --> sweep --> fit --> every course that full speed keeps --> energy over the quasi-static bound
//! ```
//! One offset of the set point serves all racks and courses: the smallest of a few with which every course is kept whose
//! every moment full speed could hold for good. Courses that even full speed keeps only because the rack is still cool when
//! their warmest moment comes are driven with it too, and told apart.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use hil_rig::bench::optimum::least;
use hil_rig::bench::{BenchRack, Course, LIMITS, quasi_static_wh};
use points::setting::SettingError;
use sensors::estimate::commission::{Fit, FitError};
use serde_json::{Value, json};

use super::contender::Kind;
use super::drive::{Outcome, commission, drive};
use super::side_by_side;

/// Offsets tried, K below the limit, smallest first.
const OFFSETS_K: [f64; 9] = [0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0];
/// Constant load of the sweep, W.
const SWEEP_W: f64 = 4_000.0;
/// Why an energy is not known.
const UNKNOWN: &str = "-";

/// A course at a rack.
#[derive(Clone, Debug)]
pub struct Driven {
    /// Which rack: the seed that it is drawn with.
    pub rack: u64,
    /// Which course.
    pub course: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The quasi-static bound, Wh; none where the settled rack could not keep the warmest moment.
    pub quasi_wh: Option<f64>,
    /// The least possible energy, Wh, where it was asked for.
    pub least_wh: Option<f64>,
}

/// What came of all of them.
#[derive(Clone, Debug, Default)]
pub struct Racks {
    /// K below the limit; none where the largest offset does not suffice.
    pub offset_k: Option<f64>,
    /// Sweeps that were refused, with the rack and why.
    pub refused: Vec<(u64, FitError)>,
    /// Courses left out because full speed does not keep them.
    pub beyond: usize,
    /// All others.
    pub driven: Vec<Driven>,
}

impl Racks {
    /// Energies over what `of` gives, smallest first.
    fn ratios(&self, of: impl Fn(&Driven) -> Option<f64>) -> Vec<f64> {
        let ratio = |driven: &Driven| of(driven).map(|wh| driven.outcome.energy_wh / wh);
        let mut ratios: Vec<f64> = self.driven.iter().filter_map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }

    /// Courses that were kept, and all, among those whose every moment full speed can hold for good (`sustained`), or among
    /// those that full speed keeps only because the rack is still cool when their warmest moment comes.
    fn kept(&self, sustained: bool) -> (usize, usize) {
        let among = || {
            self.driven
                .iter()
                .filter(|driven| driven.quasi_wh.is_some() == sustained)
        };
        let kept = among().filter(|driven| driven.outcome.admissible(&LIMITS));
        (kept.count(), among().count())
    }

    /// For the terminal, and for the manual: a Markdown table.
    pub fn text(&self) -> String {
        let ((kept, courses), (cold, colds)) = (self.kept(true), self.kept(false));
        let offset = self
            .offset_k
            .map_or("none is enough".to_owned(), |k| format!("{k:.1}"));
        let mut text = format!(
            "| offset K | courses kept | kept by stored cold alone | beyond full speed | sweeps refused | over quasi-static: median | p90 | over least: median |\n\
             |---|---|---|---|---|---|---|---|\n\
             | {offset} | {kept} of {courses} | {cold} of {colds} | {} | {} |",
            self.beyond,
            self.refused.len(),
        );
        let (quasi, least) = (self.ratios(|d| d.quasi_wh), self.ratios(|d| d.least_wh));
        for figure in [share(&quasi, 0.5), share(&quasi, 0.9), share(&least, 0.5)] {
            let told = figure.map_or(UNKNOWN.to_owned(), |figure| format!("{figure:.3}"));
            let _ = write!(text, " {told} |");
        }
        text.push('\n');
        for (rack, why) in &self.refused {
            let _ = writeln!(text, "rack {rack} is not commissioned: {why}");
        }
        text
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let quasi = self.ratios(|d| d.quasi_wh);
        let driven = self.driven.iter().map(|driven| {
            json!({
                "rack": driven.rack,
                "course": driven.course,
                "energy_wh": driven.outcome.energy_wh,
                "quasi_static_wh": driven.quasi_wh,
                "least_wh": driven.least_wh,
                "admissible": driven.outcome.admissible(&LIMITS),
                "exhaust_c": driven.outcome.exhaust_c,
                "chips_c": driven.outcome.chips_c,
                "over_s": driven.outcome.over_s,
                "strokes_per_hour": driven.outcome.strokes_per_hour(),
            })
        });
        json!({
            "offset_k": self.offset_k,
            "kept": self.kept(true).0,
            "courses": self.kept(true).1,
            "kept_by_stored_cold": self.kept(false).0,
            "stored_cold": self.kept(false).1,
            "beyond": self.beyond,
            "refused": self.refused.len(),
            "median": share(&quasi, 0.5),
            "p90": share(&quasi, 0.9),
            "median_over_least": share(&self.ratios(|d| d.least_wh), 0.5),
            "driven": driven.collect::<Vec<Value>>(),
        })
    }
}

/// The value below which such a share of sorted ones lies.
fn share(sorted: &[f64], share: f64) -> Option<f64> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "hundreds"
    )]
    let place = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(place).copied()
}

/// A rack with its constants and the courses that full speed keeps.
struct Known {
    seed: u64,
    rack: BenchRack,
    fit: Fit,
    /// Those that full speed keeps, with their quasi-static bound.
    courses: Vec<(Course, Option<f64>)>,
}

/// Draws `count` racks, commissions them and drives every course that full speed keeps; `optimum` asks for the least
/// possible energies as well, which takes a minute a course.
///
/// # Errors
/// When a course cannot be driven.
pub fn racks(count: u64, courses: &[Course], optimum: bool) -> Result<Racks, SettingError> {
    let mut all = Racks::default();
    let mut known = Vec::new();
    let seeds: Vec<u64> = (1..=count).collect();
    for (seed, found) in seeds
        .iter()
        .zip(side_by_side(&seeds, |seed| meet(*seed, courses)))
    {
        match found? {
            Ok(rack) => {
                all.beyond += courses.len() - rack.courses.len();
                known.push(rack);
            }
            Err(why) => all.refused.push((*seed, why)),
        }
    }
    for offset_k in OFFSETS_K {
        let last = OFFSETS_K.last() == Some(&offset_k);
        let failed = AtomicBool::new(false);
        let driven = side_by_side(&known, |rack| through(rack, offset_k, &failed, last));
        all.driven = driven
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect();
        if !failed.load(Ordering::Relaxed) {
            all.offset_k = Some(offset_k);
            break;
        }
    }
    if optimum {
        least_energies(&known, &mut all.driven);
    }
    Ok(all)
}

/// Commissions a drawn rack and drives it at full speed.
fn meet(seed: u64, courses: &[Course]) -> Result<Result<Known, FitError>, SettingError> {
    let rack = BenchRack::drawn(seed);
    let fit = match commission(&rack, SWEEP_W, seed) {
        Ok(fit) => fit,
        Err(why) => return Ok(Err(why)),
    };
    let mut keeps = Vec::new();
    for course in courses {
        let mut full = Kind::FullSpeed.make(Kind::FullSpeed.tuned(), LIMITS.exhaust_c);
        if drive(course, &rack, &fit, seed, full.as_mut())?.admissible(&LIMITS) {
            let quasi_wh = quasi_static_wh(course, &rack.config);
            keeps.push((course.clone(), quasi_wh));
        }
    }
    Ok(Ok(Known {
        seed,
        rack,
        fit,
        courses: keeps,
    }))
}

/// A rack's courses at an offset. Once one was not kept anywhere, nobody goes on, unless all are asked for.
fn through(
    known: &Known,
    offset_k: f64,
    failed: &AtomicBool,
    whole: bool,
) -> Result<Vec<Driven>, SettingError> {
    let mut driven = Vec::new();
    for (course, quasi_wh) in &known.courses {
        if failed.load(Ordering::Relaxed) && !whole {
            break;
        }
        let kind = Kind::Ours;
        let mut ours = kind.fitted(kind.tuned(), LIMITS.exhaust_c - offset_k, &known.fit);
        let outcome = drive(course, &known.rack, &known.fit, known.seed, ours.as_mut())?;
        if quasi_wh.is_some() && !outcome.admissible(&LIMITS) {
            failed.store(true, Ordering::Relaxed);
        }
        driven.push(Driven {
            rack: known.seed,
            course: course.name.clone(),
            outcome,
            quasi_wh: *quasi_wh,
            least_wh: None,
        });
    }
    Ok(driven)
}

fn least_energies(known: &[Known], driven: &mut [Driven]) {
    let found = side_by_side(driven, |one| {
        let known = known.iter().find(|known| known.seed == one.rack)?;
        let (course, _) = known
            .courses
            .iter()
            .find(|(course, _)| course.name == one.course)?;
        // One that does not count is left out and shows as such.
        least(course, &known.rack.config).ok()
    });
    for (one, found) in driven.iter_mut().zip(found) {
        one.least_wh = found.map(|least| 1e3 * least.energy_kwh);
    }
}
