//! The benchmark's result as a table for the terminal and as JSON.

use std::fmt::Write as _;

use hil_rig::bench::Course;
use serde_json::{Value, json};

use super::contender::Kind;
use super::search::{Entry, mean};

/// What was driven.
pub struct Result<'a> {
    /// The courses.
    pub courses: &'a [Course],
    /// The seeds.
    pub seeds: &'a [u64],
    /// Least possible energy of each course, Wh, where it is known.
    pub least_wh: &'a [Option<f64>],
    /// Everybody, ours first.
    pub entries: &'a [Entry],
}

impl Result<'_> {
    /// Lowest and highest score among the seeds.
    fn spread(&self, entry: &Entry) -> Option<(f64, f64)> {
        let scores: Option<Vec<f64>> = (0..self.seeds.len())
            .map(|seed| entry.score(self.least_wh, Some(seed)))
            .collect();
        let scores = scores?;
        let low = scores.iter().copied().reduce(f64::min)?;
        Some((low, scores.iter().copied().reduce(f64::max)?))
    }

    fn over_all(entry: &Entry, figure: impl Fn(&super::drive::Outcome) -> f64) -> f64 {
        mean(entry.outcomes.iter().flatten().map(figure)).unwrap_or(f64::NAN)
    }

    /// For the terminal, and for the manual: a Markdown table.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "| controller | offset K | score (seeds) | admissible | strokes/h | reversals/h | heard % | safety took over |\n\
             |---|---|---|---|---|---|---|---|\n",
        );
        for entry in self.entries {
            let offset = match (entry.kind, entry.offset_k) {
                (Kind::FullSpeed, _) => "-".to_owned(),
                (_, Some(offset_k)) => format!("{offset_k:.2}"),
                (_, None) => "none is enough".to_owned(),
            };
            let score = entry.score(self.least_wh, None).map_or_else(
                || "-".to_owned(),
                |score| {
                    let spread = self.spread(entry);
                    spread.map_or_else(
                        || format!("{score:.3}"),
                        |(low, high)| format!("{score:.3} ({low:.3}-{high:.3})"),
                    )
                },
            );
            let kept = entry.outcomes.iter().filter(|outcomes| {
                outcomes
                    .iter()
                    .all(|outcome| outcome.admissible(&hil_rig::bench::LIMITS))
            });
            let interventions: u32 = entry
                .outcomes
                .iter()
                .flatten()
                .map(|outcome| outcome.interventions)
                .sum();
            let _ = writeln!(
                text,
                "| {} | {offset} | {score} | {} of {} | {:.2} | {:.0} | {:.2} | {interventions} |",
                entry.kind.name(),
                kept.count(),
                self.courses.len(),
                Self::over_all(entry, super::drive::Outcome::strokes_per_hour),
                Self::over_all(entry, super::drive::Outcome::reversals_per_hour),
                Self::over_all(entry, super::drive::Outcome::audible),
            );
        }
        text.push('\n');
        self.by_course(&mut text);
        text
    }

    fn by_course(&self, text: &mut String) {
        text.push_str("| blower energy, Wh |");
        for course in self.courses {
            let _ = write!(text, " {} |", course.name);
        }
        text.push_str("\n|---|");
        text.push_str(&"---|".repeat(self.courses.len()));
        text.push('\n');
        let mut row = |name: &str, energies: &mut dyn Iterator<Item = Option<f64>>| {
            let _ = write!(text, "| {name} |");
            for energy_wh in energies {
                match energy_wh {
                    Some(energy_wh) => {
                        let _ = write!(text, " {energy_wh:.0} |");
                    }
                    None => text.push_str(" - |"),
                }
            }
            text.push('\n');
        };
        row("least possible", &mut self.least_wh.iter().copied());
        for entry in self.entries {
            let energies = 0..self.courses.len();
            row(
                entry.kind.name(),
                &mut energies.map(|course| entry.energy_wh(course)),
            );
        }
    }

    /// As JSON: a list of controllers with their scores, course by course.
    pub fn json(&self) -> Value {
        let entry = |entry: &Entry| {
            let scenarios: serde_json::Map<String, Value> = self
                .courses
                .iter()
                .zip(&entry.outcomes)
                .zip(self.least_wh)
                .map(|((course, outcomes), least_wh)| {
                    let seeds = outcomes.iter().map(|outcome| {
                        json!({
                            "energy_wh": outcome.energy_wh,
                            "exhaust_c": outcome.exhaust_c,
                            "chips_c": outcome.chips_c,
                            "over_s": outcome.over_s,
                            "strokes_per_hour": outcome.strokes_per_hour(),
                            "reversals_per_hour": outcome.reversals_per_hour(),
                            "audible_percent": outcome.audible(),
                            "interventions": outcome.interventions,
                        })
                    });
                    let ratio = mean(outcomes.iter().map(|outcome| outcome.energy_wh))
                        .zip(*least_wh)
                        .map(|(energy_wh, least_wh)| energy_wh / least_wh);
                    let told = json!({ "ratio": ratio, "least_wh": least_wh, "seeds": seeds.collect::<Vec<Value>>() });
                    (course.name.clone(), told)
                })
                .collect();
            json!({
                "name": entry.kind.name(),
                "ours": entry.kind == Kind::Ours,
                "offset_k": entry.offset_k,
                "tuning": [entry.tuning.0, entry.tuning.1],
                "score": entry.score(self.least_wh, None),
                "admissible": entry.admissible(),
                "scenarios": scenarios,
            })
        };
        self.entries.iter().map(entry).collect()
    }
}
