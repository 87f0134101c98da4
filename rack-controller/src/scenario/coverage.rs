//! Which hazards the library covers, in which situation, and which cells are open.
//!
//! ```text
//!   covers H16 idle C02      claim of a scenario
//!          |    |   +------- a cause with a row in the matrix: one of the row's effects has to be expected
//!          +----+----------- the cell that the scenario covers once it has passed
//! ```
//! A claim whose effects nothing expects is a mistake of the scenario, told where it stands.

use std::fmt::Write as _;

use hil_rig::scenario::{
    Condition, Covers, Member, Problem, Problems, SITUATIONS, Scenario, Situation, StepKind, Term,
};
use points::hazard::{HAZARDS, Hazard};
use points::interlock::EffectSet;
use safety::MATRIX;

use super::runner::Outcome;

/// Every claim of a scenario has something to show.
///
/// # Errors
/// Each claim that has not, with its place and what to write.
pub fn check(scenario: &Scenario) -> Result<(), Problems> {
    let expected = expected(scenario);
    let unshown = scenario.covers.iter().filter_map(|claim| {
        let effects = MATRIX[claim.cause.index()].effects();
        let message = if !scenario.needs.is_empty() {
            "a scenario that needs a recording is skipped where there is none, so it covers nothing; take this line out"
                .to_owned()
        } else if !effects.any(expected) {
            let keys: Vec<String> = effects.iter().map(|effect| effect.key().to_lowercase()).collect();
            let cause = claim.cause.key();
            format!("{cause} is claimed, but no line expects an effect of it; add `within 1 s effect ...` with one of {}, or take {cause} out", keys.join(", "))
        } else {
            return None;
        };
        Some(Problem { line: claim.line, column: claim.column, message })
    });
    let unshown: Vec<Problem> = unshown.collect();
    if unshown.is_empty() {
        Ok(())
    } else {
        Err(Problems(unshown))
    }
}

/// Effects that a scenario expects to be in force. That one is absent shows nothing about a row.
fn expected(scenario: &Scenario) -> EffectSet {
    let of = |condition: &Condition| {
        let sets = condition.terms.iter().filter_map(|term| match term {
            Term::Effects(Member::All | Member::Only, effects) => Some(*effects),
            Term::Effects(Member::None, _)
            | Term::Causes(..)
            | Term::Latches(..)
            | Term::Alarms(..)
            | Term::Is { .. }
            | Term::Compared { .. }
            | Term::ContactOpen(_)
            | Term::Normal => None,
        });
        sets.fold(EffectSet::EMPTY, EffectSet::with)
    };
    let steps = scenario.steps.iter().map(|step| match &step.kind {
        StepKind::Expect(condition)
        | StepKind::Within(_, condition)
        | StepKind::For(_, condition)
        | StepKind::Always(condition) => of(condition),
        StepKind::At(_)
        | StepKind::Wait(_)
        | StepKind::Act(_)
        | StepKind::When(..)
        | StepKind::Order(..)
        | StepKind::CoreDies
        | StepKind::CoreStarts
        | StepKind::Upset(_)
        | StepKind::Note(..)
        | StepKind::End(_)
        | StepKind::Stands(_) => EffectSet::EMPTY,
    });
    steps.fold(EffectSet::EMPTY, EffectSet::with)
}

/// What a run of the library has shown: each claim of a scenario that passed, with the scenario's name.
#[derive(Debug, Default)]
pub struct Coverage {
    shown: Vec<(Covers, String)>,
    /// Claims of scenarios that need the shipped processes: named, but they count only where they ran.
    elsewhere: Vec<(Covers, String)>,
}

impl Coverage {
    /// Of these outcomes. One that failed or was skipped shows nothing.
    #[must_use]
    pub fn of(outcomes: &[Outcome]) -> Self {
        let claims = |outcome: &Outcome| {
            let name = outcome.scenario.name.clone();
            let claims = outcome.scenario.covers.iter();
            claims.map(|claim| (*claim, name.clone())).collect::<Vec<_>>()
        };
        let (ran, skipped): (Vec<&Outcome>, Vec<&Outcome>) =
            outcomes.iter().partition(|outcome| outcome.played.is_some());
        let passed = ran.into_iter().filter(|outcome| outcome.good());
        let elsewhere = skipped
            .into_iter()
            .filter(|outcome| outcome.scenario.needs_processes());
        Coverage {
            shown: passed.flat_map(claims).collect(),
            elsewhere: elsewhere.flat_map(claims).collect(),
        }
    }

    /// The cells covered, one a line: `H16 idle`.
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let all = HAZARDS
            .iter()
            .flat_map(|hazard| SITUATIONS.map(|situation| (hazard, situation)));
        let covered = all
            .filter(|(hazard, (situation, _))| Self::cell(&self.shown, hazard, *situation).next().is_some());
        covered
            .map(|(hazard, (_, word))| format!("{} {word}", hazard.key))
            .collect()
    }

    /// The matrix for people.
    #[must_use]
    pub fn markdown(&self) -> String {
        let (covered, all) = (self.cells().len(), HAZARDS.len() * SITUATIONS.len());
        let mut told = format!(
            "# Hazards covered by scenarios\n\nGenerated by `hil-rig coverage` from a run of the whole library; a test keeps it fresh.\n\n\
             A cell names the causes that answered and the scenarios that showed it and passed; `open` means that none does. What\n\
             needs the shipped processes is named and not counted: tests/over_rig.rs plays it. Network, records and commands are\n\
             carried by tests of their own: [hazards.md](hazards.md). S is the severity before any measure, 1 to 5.\n\
             {covered} of {all} cells are covered.\n\n| hazard | | S |"
        );
        for (_, word) in SITUATIONS {
            let _ = write!(told, " {word} |");
        }
        told.push_str("\n|---|---|---|---|---|---|---|\n");
        for hazard in &HAZARDS {
            let _ = write!(
                told,
                "| {} | {} | {} |",
                hazard.key, hazard.title, hazard.severity
            );
            for (situation, _) in SITUATIONS {
                let cell = self.text(hazard, situation);
                let _ = write!(told, " {cell} |");
            }
            told.push('\n');
        }
        told
    }

    fn cell<'a>(
        claims: &'a [(Covers, String)],
        hazard: &Hazard,
        situation: Situation,
    ) -> impl Iterator<Item = &'a (Covers, String)> {
        let number = hazard.number;
        claims
            .iter()
            .filter(move |(claim, _)| claim.hazard.number == number && claim.situation == situation)
    }

    /// C01 C05 `name`, in the order of the names.
    fn by_scenario(claims: &[(Covers, String)], hazard: &Hazard, situation: Situation) -> Vec<String> {
        let mut names: Vec<&str> = Self::cell(claims, hazard, situation)
            .map(|(_, name)| name.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        let causes = |name: &str| {
            let of = Self::cell(claims, hazard, situation).filter(|(_, other)| other == name);
            of.map(|(claim, _)| claim.cause.key())
                .collect::<Vec<_>>()
                .join(" ")
        };
        names
            .iter()
            .map(|name| format!("{} `{name}`", causes(name)))
            .collect()
    }

    /// A cell of the printed matrix.
    fn text(&self, hazard: &Hazard, situation: Situation) -> String {
        let shown = Self::by_scenario(&self.shown, hazard, situation);
        let elsewhere = Self::by_scenario(&self.elsewhere, hazard, situation);
        match (shown.is_empty(), elsewhere.is_empty()) {
            (false, _) => shown.join("; "),
            (true, false) => format!("open here; over the rig {}", elsewhere.join("; ")),
            (true, true) => "open".to_owned(),
        }
    }

    /// The matrix for machines: every cell, covered or not.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let cell = |hazard, situation| {
            let shown = Self::cell(&self.shown, hazard, situation);
            let shown = shown
                .map(|(claim, name)| serde_json::json!({ "scenario": name, "cause": claim.cause.key() }));
            shown.collect::<Vec<_>>()
        };
        let hazards = HAZARDS.iter().map(|hazard| {
            let cells: serde_json::Map<String, serde_json::Value> = SITUATIONS
                .iter()
                .map(|(situation, word)| ((*word).to_owned(), cell(hazard, *situation).into()))
                .collect();
            serde_json::json!({
                "hazard": hazard.key, "title": hazard.title, "severity": hazard.severity, "cells": cells,
            })
        });
        serde_json::json!({ "covered": self.cells().len(), "hazards": hazards.collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(text: &str) -> Scenario {
        Scenario::parse("x", text).unwrap_or_else(|problems| panic!("{problems}"))
    }

    #[test]
    fn a_claim_wants_an_effect_of_its_row_to_be_expected() {
        let shown = "title x\ncovers H16 idle C02\nwithin 1 s effect fan_off";
        assert_eq!(check(&scenario(shown)), Ok(()));
        for (text, says) in [
            (
                "title x\ncovers H16 idle C02\nexpect cause C02",
                "no line expects an effect of it",
            ),
            (
                "title x\ncovers H16 idle C02\nexpect no effect fan_off",
                "no line expects an effect of it",
            ),
            (
                "title x\ncovers H06 idle C13\nexpect effect fan_off",
                "one of fan_floor, beacon, fault",
            ),
            (
                "title x\ncovers H16 idle C02\nneeds cluster-day\nexpect effect fan_off",
                "covers nothing",
            ),
        ] {
            let problems = check(&scenario(text)).expect_err(text);
            assert_eq!((problems.0[0].line, problems.0[0].column), (2, 17), "{text}");
            assert!(problems.0[0].message.contains(says), "{problems}");
        }
    }

    /// Of two causes in one claim each is looked at.
    #[test]
    fn every_cause_of_a_claim_is_looked_at() {
        let text = "title x\ncovers H31 idle C17 C12\nexpect effect fan_max";
        let problems = check(&scenario(text)).expect_err(text);
        assert_eq!((problems.0.len(), problems.0[0].column), (1, 21));
    }

    #[test]
    fn only_what_has_passed_is_covered() {
        let ran = |good| {
            let text = "title x\ncovers H16 idle C02\nexpect effect fan_off";
            let verdict = hil_rig::scenario::Verdict {
                line: 3,
                text: String::new(),
                good,
                began_s: 0.0,
                at_s: 0.0,
                limit_s: None,
                found: String::new(),
            };
            Outcome {
                scenario: scenario(text),
                seed: 1,
                played: Some(hil_rig::scenario::Played {
                    verdicts: vec![verdict],
                    marks: Vec::new(),
                    length_s: 1.0,
                }),
                skipped: None,
                changes: Vec::new(),
                wall_s: 0.0,
                course: None,
                failed: None,
            }
        };
        assert_eq!(Coverage::of(&[ran(false)]).cells(), Vec::<String>::new());
        let covered = Coverage::of(&[ran(false), ran(true)]);
        assert_eq!(covered.cells(), ["H16 idle"]);
        assert!(
            covered
                .markdown()
                .contains("| H16 | Fire | 5 | C02 `x` | open | open | open |"),
            "{}",
            covered.markdown()
        );
        assert_eq!(covered.json()["hazards"][15]["cells"]["idle"][0]["cause"], "C02");
        let skipped = Outcome {
            played: None,
            skipped: Some("no recording".into()),
            ..ran(true)
        };
        assert!(Coverage::of(&[skipped]).cells().is_empty());
    }
}
