//! Verdicts over the rig's socket, brought to the core's own moments. A client sees a picture ten times a second; the
//! journal knows of every change to the tick.

use hil_rig::scenario::{Condition, Member, Played, Scenario, StepKind, Term, Verdict};
use points::Span;

use crate::transition::Change;

/// Gives every verdict on effects, causes, latches and alarms the time at which it really came true, or broke.
/// `changes` are in s since the scenario's start.
pub fn exact(scenario: &Scenario, played: &mut Played, changes: &[(f64, Change)]) {
    let tick_s = scenario.tick.as_s();
    for verdict in &mut played.verdicts {
        let Some(step) = scenario.steps.iter().find(|step| step.line == verdict.line) else {
            continue;
        };
        match &step.kind {
            StepKind::Within(limit, condition) => within(verdict, *limit, condition, changes, tick_s),
            StepKind::For(time, condition) => {
                let end_s = verdict.began_s + time.as_s();
                broken(verdict, end_s, condition, changes, tick_s);
            }
            StepKind::Always(condition) => {
                let end_s = verdict.at_s;
                broken(verdict, end_s, condition, changes, tick_s);
            }
            StepKind::At(_)
            | StepKind::Wait(_)
            | StepKind::Act(_)
            | StepKind::When(..)
            | StepKind::Order(..)
            | StepKind::CoreDies
            | StepKind::CoreStarts
            | StepKind::Upset(_)
            | StepKind::Note(..)
            | StepKind::Expect(_)
            | StepKind::End(_)
            | StepKind::Stands(_) => {}
        }
    }
}

/// The last change that the condition waited for says when it came true.
fn within(verdict: &mut Verdict, limit: Span, condition: &Condition, changes: &[(f64, Change)], tick_s: f64) {
    if !verdict.good {
        return;
    }
    // An act reaches the core between two looks, so the change may lie up to a tick before the step's own begin.
    let seen = |at_s: f64| at_s >= verdict.began_s - tick_s && at_s <= verdict.at_s;
    let mut last = changes
        .iter()
        .filter(|(at_s, change)| seen(*at_s) && moves(condition, change) == Some(true));
    let Some((at_s, change)) = last.next_back() else {
        return;
    };
    verdict.at_s = at_s.max(verdict.began_s);
    let late_s = at_s - (verdict.began_s + limit.as_s());
    if late_s > tick_s {
        verdict.good = false;
        verdict.found = format!("{change} came {late_s:.2} s too late");
    }
}

/// A change against the condition while it had to hold breaks it.
fn broken(verdict: &mut Verdict, end_s: f64, condition: &Condition, changes: &[(f64, Change)], tick_s: f64) {
    if !verdict.good {
        return;
    }
    let inside = |at_s: f64| at_s > verdict.began_s + tick_s && at_s < end_s - tick_s;
    let against = changes
        .iter()
        .find(|(at_s, change)| inside(*at_s) && moves(condition, change) == Some(false));
    if let Some((at_s, change)) = against {
        verdict.good = false;
        verdict.at_s = *at_s;
        verdict.found = format!("at {at_s:.1} s: {change}");
    }
}

/// Whether a change moves the condition towards holding, against it, or not at all.
fn moves(condition: &Condition, change: &Change) -> Option<bool> {
    condition.terms.iter().find_map(|term| {
        let (how, on) = match (term, change) {
            (Term::Effects(how, set), Change::Effect(effect, on)) if set.has(*effect) => (how, *on),
            (Term::Causes(how, set), Change::Cause(cause, on)) if set.has(*cause) => (how, *on),
            (Term::Latches(how, set), Change::Latch(latch, on)) if set.has(*latch) => (how, *on),
            (Term::Alarms(how, set), Change::Alarm(alarm, on)) if set.has(*alarm) => (how, *on),
            _ => return None,
        };
        Some(match how {
            Member::All | Member::Only => on,
            Member::None => !on,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::interlock::Effect;

    fn scenario(line: &str) -> Scenario {
        Scenario::parse("x", &format!("title x\n{line}\n")).unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn judged(line: &str, at_s: f64, changes: &[(f64, Change)]) -> Verdict {
        let verdict = Verdict {
            line: 2,
            text: line.to_owned(),
            good: true,
            began_s: 10.0,
            at_s,
            limit_s: Some(0.5),
            found: String::new(),
        };
        let mut played = Played {
            verdicts: vec![verdict],
            ..Played::default()
        };
        exact(&scenario(line), &mut played, changes);
        played.verdicts.remove(0)
    }

    #[test]
    fn what_was_seen_late_came_in_time_or_did_not() {
        let line = "within 500 ms effect horn beacon";
        let horn = |at_s| (at_s, Change::Effect(Effect::Horn, true));
        let beacon = |at_s| (at_s, Change::Effect(Effect::Beacon, true));
        let good = judged(line, 11.4, &[beacon(10.1), horn(10.4), horn(12.0)]);
        assert!(good.good && (good.at_s - 10.4).abs() < 1e-9, "{good:?}");
        let late = judged(line, 11.4, &[beacon(10.1), horn(10.9)]);
        assert!(!late.good && late.found.contains("too late"), "{late:?}");
    }

    #[test]
    fn what_was_not_seen_broke_all_the_same() {
        let line = "for 30 s no effect horn";
        let blip = [
            (15.0, Change::Effect(Effect::Horn, true)),
            (15.1, Change::Effect(Effect::Horn, false)),
        ];
        assert!(!judged(line, 40.0, &blip).good);
        assert!(judged(line, 40.0, &[]).good);
        assert!(judged(line, 40.0, &[(9.0, blip[0].1)]).good, "before it began");
    }
}
