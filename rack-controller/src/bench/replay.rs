//! Everybody through the recorded weeks, each with the offset and the tuning that the courses have given it.

use std::fmt::Write as _;

use hil_rig::bench::{BenchRack, Course, LIMITS};
use points::setting::SettingError;
use sensors::estimate::commission::Fit;
use serde_json::{Value, json};

pub use hil_rig::bench::replay::replays;

use super::drive::{Outcome, drive};
use super::search::Entry;
use super::side_by_side;

/// Seed of the sensors' noise: over weeks one is enough.
const SEED: u64 = 1;

/// What came of the replays.
pub struct Replays {
    courses: Vec<Course>,
    /// By controller, by replay; the names beside.
    driven: Vec<(&'static str, Vec<Outcome>)>,
}

impl Replays {
    /// Drives everybody.
    ///
    /// # Errors
    /// When a replay cannot be driven.
    pub fn drive(courses: Vec<Course>, entries: &[Entry]) -> Result<Self, SettingError> {
        let pairs: Vec<(&Entry, &Course)> = entries
            .iter()
            .flat_map(|entry| courses.iter().map(move |course| (entry, course)))
            .collect();
        let outcomes = side_by_side(&pairs, |(entry, course)| {
            let target_c = LIMITS.exhaust_c - entry.offset_k.unwrap_or_default();
            let mut contender = entry.kind.make(entry.tuning, target_c);
            drive(
                course,
                &BenchRack::planned(),
                &Fit::PLAN,
                SEED,
                contender.as_mut(),
            )
        });
        let mut outcomes = outcomes.into_iter();
        let mut driven = Vec::with_capacity(entries.len());
        for entry in entries {
            let own: Result<Vec<Outcome>, SettingError> = outcomes.by_ref().take(courses.len()).collect();
            driven.push((entry.kind.name(), own?));
        }
        Ok(Replays { courses, driven })
    }

    fn ours(&self) -> &[Outcome] {
        self.driven.first().map_or(&[], |(_, outcomes)| outcomes)
    }

    /// The first replay on which ours did not keep the limits.
    pub fn lost(&self) -> Option<&str> {
        let mut ours = self.courses.iter().zip(self.ours());
        let lost = ours.find(|(_, outcome)| !outcome.admissible(&LIMITS));
        lost.map(|(course, _)| course.name.as_str())
    }

    /// For the terminal, and for the manual: Markdown tables.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (place, course) in self.courses.iter().enumerate() {
            let _ = writeln!(
                text,
                "| {}, {:.0} days | blower, kWh | over ours | hottest exhaust °C | over the limit, s | strokes/h | kept |\n|---|---|---|---|---|---|---|",
                course.name,
                course.length_s / 86_400.0
            );
            let own_wh = self
                .ours()
                .get(place)
                .map_or(f64::NAN, |outcome| outcome.energy_wh);
            for (name, outcomes) in &self.driven {
                let Some(outcome) = outcomes.get(place) else {
                    continue;
                };
                let _ = writeln!(
                    text,
                    "| {name} | {:.2} | {:.3} | {:.2} | {:.0} | {:.2} | {} |",
                    1e-3 * outcome.energy_wh,
                    outcome.energy_wh / own_wh,
                    outcome.exhaust_c,
                    outcome.over_s,
                    outcome.strokes_per_hour(),
                    if outcome.admissible(&LIMITS) { "yes" } else { "no" }
                );
            }
            text.push('\n');
        }
        text
    }

    /// As JSON: a list of controllers with their replays.
    pub fn json(&self) -> Value {
        let told = |(name, outcomes): &(&'static str, Vec<Outcome>)| {
            let replays = self.courses.iter().zip(outcomes).map(|(course, outcome)| {
                let told = json!({
                    "energy_wh": outcome.energy_wh,
                    "exhaust_c": outcome.exhaust_c,
                    "chips_c": outcome.chips_c,
                    "over_s": outcome.over_s,
                    "strokes_per_hour": outcome.strokes_per_hour(),
                    "interventions": outcome.interventions,
                    "admissible": outcome.admissible(&LIMITS),
                });
                (course.name.clone(), told)
            });
            json!({ "name": name, "replays": replays.collect::<serde_json::Map<String, Value>>() })
        };
        self.driven.iter().map(told).collect()
    }
}
