//! Whether a claim of coverage is true: the claimed cause stood while an effect of its row was expected and seen.
//!
//! ```text
//!   cause    ____|=========|______________________     from the journal of the run
//!   latch    ____|=====================|__________     that the cause belongs to
//!   due          |all------|latched----|               effects the row owes at that time
//!   expected          x           x            x       lines that held and want one of them
//!                     counts      counts       no
//! ```
//! Rows share effects, so an effect alone does not say which cause it answers: without the cause a fire button would
//! cover a thermal cut-out. A line that holds and wants cause and effect together needs no journal: where the disk is
//! full there is none.

use hil_rig::scenario::{
    Condition, Covers, Member, Problem, Problems, Scenario, Step, StepKind, Term, Verdict,
};
use points::interlock::{CauseSet, Effect, EffectSet};
use safety::{Code, MATRIX, Row, latch_of};

use super::runner::Outcome;
use crate::transition::Change;

/// Every claim of a scenario can be true: a line expects an effect that the matrix gives to the cause.
///
/// # Errors
/// Each claim that cannot, with its place and what to write.
pub fn check(scenario: &Scenario) -> Result<(), Problems> {
    let expected = all(scenario, expected).fold(EffectSet::EMPTY, EffectSet::with);
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

/// Claims that only a run can prove: no line expects their cause to stand. Hints, not mistakes.
#[must_use]
pub fn hints(scenario: &Scenario) -> Vec<Problem> {
    let named = all(scenario, causes).fold(CauseSet::EMPTY, CauseSet::with);
    let silent = scenario.covers.iter().filter(|claim| !named.has(claim.cause));
    let hint = |claim: &Covers| {
        let cause = claim.cause.key();
        let message = format!(
            "{cause} is claimed, but no line expects it; it counts only if {cause} stands while an effect of it is expected: add `cause {cause} and ...` to that line"
        );
        Problem {
            line: claim.line,
            column: claim.column,
            message,
        }
    };
    silent.map(hint).collect()
}

/// What a scenario's expectations ask for, one after the other.
fn all<'a, T>(scenario: &'a Scenario, of: impl Fn(&Condition) -> T + 'a) -> impl Iterator<Item = T> + 'a {
    scenario.steps.iter().filter_map(condition).map(of)
}

/// What a step expects.
fn condition(step: &Step) -> Option<&Condition> {
    match &step.kind {
        StepKind::Expect(condition)
        | StepKind::Within(_, condition)
        | StepKind::For(_, condition)
        | StepKind::Always(condition) => Some(condition),
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
        | StepKind::Stands(_) => None,
    }
}

/// Effects that a condition wants in force. That one is absent shows nothing about a row.
fn expected(condition: &Condition) -> EffectSet {
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
}

/// Causes that a condition wants to stand.
fn causes(condition: &Condition) -> CauseSet {
    let sets = condition.terms.iter().filter_map(|term| match term {
        Term::Causes(Member::All | Member::Only, causes) => Some(*causes),
        Term::Causes(Member::None, _)
        | Term::Effects(..)
        | Term::Latches(..)
        | Term::Alarms(..)
        | Term::Is { .. }
        | Term::Compared { .. }
        | Term::ContactOpen(_)
        | Term::Normal => None,
    });
    sets.fold(CauseSet::EMPTY, CauseSet::with)
}

/// Why a claim does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unshown {
    /// The scenario was not played, or failed.
    #[error("the scenario has not passed")]
    NotPassed,
    /// The cause never stood.
    #[error("{0} never stood in this run")]
    NeverStood(&'static str),
    /// Nothing expected an effect of it at the right time.
    #[error("no line that held expected an effect of {0} while it stood or what it had latched stood ({1})")]
    NotThen(&'static str, String),
}

/// Whether a run has shown a claim.
///
/// # Errors
/// Why not.
pub fn shown(outcome: &Outcome, claim: &Covers) -> Result<(), Unshown> {
    let Some(played) = outcome.played.as_ref().filter(|played| played.good()) else {
        return Err(Unshown::NotPassed);
    };
    let row = &MATRIX[claim.cause.index()];
    let of = |verdict: &Verdict| {
        let mut steps = outcome.scenario.steps.iter();
        let step = steps.find(|step| step.line == verdict.line)?;
        Some((step, condition(step)?))
    };
    let by_itself = |verdict: &Verdict| {
        of(verdict).is_some_and(|(_, condition)| {
            causes(condition).has(claim.cause) && expected(condition).any(row.effects())
        })
    };
    if played.verdicts.iter().any(by_itself) {
        return Ok(());
    }
    let due = due(row, &outcome.changes);
    if due.is_empty() {
        return Err(Unshown::NeverStood(claim.cause.key()));
    }
    let seen = |verdict: &Verdict| {
        let Some((step, condition)) = of(verdict) else {
            return false;
        };
        let lasts = matches!(step.kind, StepKind::For(..) | StepKind::Always(_));
        let from_s = if lasts { verdict.began_s } else { verdict.at_s };
        let effects = expected(condition);
        due.iter()
            .any(|due| due.effects.any(effects) && due.from_s <= verdict.at_s && from_s < due.to_s)
    };
    if played.verdicts.iter().any(seen) {
        return Ok(());
    }
    let spans: Vec<String> = due
        .iter()
        .map(|due| {
            if due.to_s.is_finite() {
                format!("{:.1} to {:.1} s", due.from_s, due.to_s)
            } else {
                format!("from {:.1} s", due.from_s)
            }
        })
        .collect();
    Err(Unshown::NotThen(claim.cause.key(), spans.join(", ")))
}

/// Effects that a row owes for a time, s since the scenario's start.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Due {
    from_s: f64,
    to_s: f64,
    effects: EffectSet,
}

/// When a row owes which effects: all of them while its cause stands, and what it has latched until the reset.
fn due(row: &Row, changes: &[(f64, Change)]) -> Vec<Due> {
    let of = |latches: fn(Code) -> bool| {
        let acts = row.acts.iter().filter(|act| latches(act.code));
        EffectSet::of(&acts.map(|act| act.effect).collect::<Vec<Effect>>())
    };
    let latching = of(|code| matches!(code, Code::Latched | Code::After(_)));
    let deadlines = of(|code| matches!(code, Code::Deadline(_)));
    let latch = latch_of(row.cause);
    let (mut stands, mut latched, mut in_force) = (false, false, EffectSet::EMPTY);
    // Latched while the cause stood; later ones are another cause's.
    let mut carried = EffectSet::EMPTY;
    let mut spans: Vec<Due> = Vec::new();
    for at_tick in changes.chunk_by(|(one, _), (other, _)| one.total_cmp(other).is_eq()) {
        for (_, change) in at_tick {
            match change {
                Change::Cause(cause, on) if *cause == row.cause => stands = *on,
                Change::Latch(one, on) if Some(*one) == latch => latched = *on,
                Change::Effect(effect, on) => in_force.put(*effect, *on),
                Change::Cause(..)
                | Change::Latch(..)
                | Change::Alarm(..)
                | Change::Acknowledged(..)
                | Change::Shelved(..)
                | Change::OutOfService(..)
                | Change::Designed(..)
                | Change::Chattering(..)
                | Change::FirstOut(..)
                | Change::Flood(_)
                | Change::Regime(_)
                | Change::Tier { .. }
                | Change::Host { .. }
                | Change::Outlet { .. }
                | Change::Agent { .. }
                | Change::Asked { .. }
                | Change::Command { .. } => {}
            }
        }
        if !latched {
            carried = EffectSet::EMPTY;
        } else if stands {
            carried = carried.with(latching.and(in_force)).with(deadlines);
        }
        let effects = if stands { row.effects() } else { carried };
        let at_s = at_tick.first().map_or(0.0, |(at_s, _)| *at_s);
        match spans.last_mut() {
            Some(last) if last.to_s.is_infinite() && last.effects == effects => continue,
            Some(last) if last.to_s.is_infinite() => last.to_s = at_s,
            Some(_) | None => {}
        }
        if !effects.is_empty() {
            spans.push(Due {
                from_s: at_s,
                to_s: f64::INFINITY,
                effects,
            });
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use hil_rig::scenario::Played;
    use points::interlock::{Cause, Latch};

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
    fn a_claim_whose_cause_no_line_expects_has_a_hint() {
        let text =
            "title x\ncovers H16 idle C02 C03\nexpect effect fan_off and cause C02\nexpect no cause C03";
        let hints = hints(&scenario(text));
        assert_eq!((hints.len(), hints[0].line, hints[0].column), (1, 2, 21));
        assert!(hints[0].message.contains("C03 stands while"), "{hints:?}");
    }

    /// A run that passed, its verdicts at 3 s of a step each.
    fn ran(text: &str, times: &[(usize, f64, f64)], changes: &[(f64, Change)]) -> Outcome {
        let verdict = |(line, began_s, at_s): &(usize, f64, f64)| Verdict {
            line: *line,
            text: String::new(),
            good: true,
            began_s: *began_s,
            at_s: *at_s,
            limit_s: None,
            found: String::new(),
        };
        Outcome {
            scenario: scenario(text),
            seed: 1,
            played: Some(Played {
                verdicts: times.iter().map(verdict).collect(),
                marks: Vec::new(),
                length_s: 100.0,
            }),
            skipped: None,
            changes: changes.to_vec(),
            wall_s: 0.0,
            course: None,
            failed: None,
        }
    }

    fn judged(text: &str, times: &[(usize, f64, f64)], changes: &[(f64, Change)]) -> Result<(), Unshown> {
        let outcome = ran(text, times, changes);
        shown(&outcome, &outcome.scenario.covers[0])
    }

    const C02: Cause = Cause::C02FireConfirmed;
    const C03: Cause = Cause::C03ManualFire;

    /// Fire causes share every effect: the button is no confirmed fire.
    #[test]
    fn an_effect_of_another_cause_shows_nothing() {
        let text = |cause: &str| format!("title x\ncovers H16 idle {cause}\nwithin 1 s effect fan_off");
        let changes = [
            (2.0, Change::Cause(C02, true)),
            (2.0, Change::Latch(Latch::Fire, true)),
            (2.0, Change::Effect(Effect::FanOff, true)),
            (20.0, Change::Cause(C02, false)),
        ];
        let times = [(3, 1.0, 3.0)];
        assert_eq!(judged(&text("C02"), &times, &changes), Ok(()));
        assert_eq!(
            judged(&text("C03"), &times, &changes),
            Err(Unshown::NeverStood("C03"))
        );
    }

    #[test]
    fn the_effect_is_expected_while_the_cause_or_what_it_latched_stands() {
        let text = "title x\ncovers H16 reset C03\nexpect effect fan_off\nfor 5 s effect fan_off\nexpect effect mail";
        let changes = [
            (10.0, Change::Cause(C03, true)),
            (10.0, Change::Latch(Latch::Fire, true)),
            (10.0, Change::Effect(Effect::FanOff, true)),
            (20.0, Change::Cause(C03, false)),
            (50.0, Change::Latch(Latch::Fire, false)),
        ];
        for (line, began_s, at_s, counts) in [
            (3, 9.0, 9.0, false),
            (3, 10.0, 10.0, true),
            (3, 30.0, 30.0, true),
            (3, 50.0, 50.0, false),
            (4, 5.0, 11.0, true),
            (4, 45.0, 55.0, true),
            (4, 50.0, 55.0, false),
            // MAIL follows its cause.
            (5, 15.0, 15.0, true),
            (5, 30.0, 30.0, false),
        ] {
            let judged = judged(text, &[(line, began_s, at_s)], &changes);
            assert_eq!(judged.is_ok(), counts, "line {line} at {at_s}: {judged:?}");
        }
    }

    #[test]
    fn a_line_that_wants_cause_and_effect_needs_no_journal() {
        let text = "title x\ncovers H39 idle C03\nexpect cause C03 and effect fan_off\nexpect cause C03\nexpect effect fan_off";
        assert_eq!(judged(text, &[(3, 3.0, 3.0)], &[]), Ok(()));
        let apart = [(4, 3.0, 3.0), (5, 3.0, 3.0)];
        assert_eq!(judged(text, &apart, &[]), Err(Unshown::NeverStood("C03")));
    }

    /// What another cause has latched before under the same latch is not carried by a cause that came and went.
    #[test]
    fn what_is_latched_late_counts_only_for_the_cause_that_latched_it() {
        let text = "title x\ncovers H29 hot C20\nexpect effect host_down";
        let mains = Cause::C20MainsLost;
        let changes = |down_s: f64| {
            let mut all = vec![
                (10.0, Change::Latch(Latch::CoolingLoss, true)),
                (12.0, Change::Cause(mains, true)),
                (20.0, Change::Cause(mains, false)),
                (down_s, Change::Effect(Effect::HostDown, true)),
            ];
            all.sort_by(|one, other| one.0.total_cmp(&other.0));
            all
        };
        assert_eq!(judged(text, &[(3, 40.0, 40.0)], &changes(15.0)), Ok(()));
        assert!(judged(text, &[(3, 40.0, 40.0)], &changes(30.0)).is_err());
    }

    #[test]
    fn what_has_not_passed_shows_nothing() {
        let text = "title x\ncovers H16 idle C02\nexpect effect fan_off";
        let changes = [(2.0, Change::Cause(C02, true))];
        let mut outcome = ran(text, &[(3, 3.0, 3.0)], &changes);
        let claim = outcome.scenario.covers[0];
        assert_eq!(shown(&outcome, &claim), Ok(()));
        if let Some(played) = &mut outcome.played {
            played.verdicts[0].good = false;
        }
        assert_eq!(shown(&outcome, &claim), Err(Unshown::NotPassed));
        outcome.played = None;
        assert_eq!(shown(&outcome, &claim), Err(Unshown::NotPassed));
    }
}
