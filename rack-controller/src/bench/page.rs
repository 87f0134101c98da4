//! The benchmark's result as a page with every course drawn: `hil-rig bench --html FILE`.

use hil_rig::bench::{BenchRack, Course, LIMITS};
use hil_rig::report::{Comparison, Kept, Panel, Run, Shown, Standing, comparison};
use points::setting::SettingError;
use sensors::estimate::commission::Fit;

use super::drive::{Outcome, drive_seen};
use super::search::{Entry, mean};
use super::table::Result as Driven;

/// Seed of the runs that are drawn.
const DRAWN_SEED: u64 = 1;

/// The page. Everybody is driven through every course once more, while the page looks on.
///
/// # Errors
/// When a course cannot be driven.
pub fn page(result: &Driven<'_>) -> Result<String, SettingError> {
    let mut panels = Vec::with_capacity(result.courses.len());
    for (course, least_wh) in result.courses.iter().zip(result.least_wh) {
        let runs = result.entries.iter().map(|entry| run(course, entry));
        panels.push(Panel {
            name: course.name.clone(),
            least_wh: *least_wh,
            limit_c: LIMITS.exhaust_c,
            runs: runs.collect::<Result<_, _>>()?,
        });
    }
    Ok(comparison(&Comparison {
        title: "rack-thermal-1".to_owned(),
        about: format!(
            "Blower energy at equal safety: exhaust at most {} °C, chips {} °C, each controller with its smallest offset that \
             keeps every course with every seed from 1 to {}. Drawn: seed {DRAWN_SEED}.",
            LIMITS.exhaust_c,
            LIMITS.chips_c,
            result.seeds.len()
        ),
        columns: ["offset, K", "courses kept", "strokes/h", "reversals/h"]
            .map(str::to_owned)
            .to_vec(),
        standings: result
            .entries
            .iter()
            .map(|entry| standing(entry, result.least_wh))
            .collect(),
        panels,
    }))
}

fn standing(entry: &Entry, least_wh: &[Option<f64>]) -> Standing {
    let kept = entry
        .outcomes
        .iter()
        .filter(|outcomes| outcomes.iter().all(|outcome| outcome.admissible(&LIMITS)));
    let over_all = |figure: fn(&Outcome) -> f64, decimals: usize| {
        let figure = mean(entry.outcomes.iter().flatten().map(figure));
        figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.decimals$}"))
    };
    Standing {
        name: entry.kind.name().to_owned(),
        score: entry.score(least_wh, None),
        figures: vec![
            entry
                .offset_k
                .map_or_else(|| "–".to_owned(), |offset_k| format!("{offset_k:.2}")),
            format!("{} of {}", kept.count(), entry.outcomes.len()),
            over_all(Outcome::strokes_per_hour, 2),
            over_all(Outcome::reversals_per_hour, 0),
        ],
    }
}

/// One controller through one course, with its lines.
fn run(course: &Course, entry: &Entry) -> Result<Run, SettingError> {
    let mut kept = Kept::new(course.length_s);
    let target_c = LIMITS.exhaust_c - entry.offset_k.unwrap_or_default();
    let mut contender = entry.kind.make(entry.tuning, target_c);
    let outcome = drive_seen(
        course,
        &BenchRack::planned(),
        &Fit::PLAN,
        DRAWN_SEED,
        contender.as_mut(),
        &mut |t_s, truth, drive| {
            kept.take(t_s, Shown::Load, 1e-3 * course.load.at(t_s));
            kept.take(t_s, Shown::Room, course.room.at(t_s));
            kept.take(t_s, Shown::Exhaust, truth.exhaust_c);
            kept.take(t_s, Shown::Drive, drive);
        },
    )?;
    Ok(Run {
        name: entry.kind.name().to_owned(),
        energy_wh: outcome.energy_wh,
        exhaust_c: outcome.exhaust_c,
        strokes_per_hour: outcome.strokes_per_hour(),
        kept,
    })
}
