//! Two runs of one scenario, change by change: the same things happen, at the same times.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hil_rig::scenario::{Played, Scenario};

use super::runner::Outcome;
use crate::transition::{Because, Change};

/// Share of a stated deadline by which two runs may differ.
pub const SHARE: f64 = 0.02;

/// Two times closer than this are one, s.
const MOMENT_S: f64 = 1e-6;

/// Ticks by which two runs may differ where both measure at the moment that is due.
pub const TICKS: f64 = 1.0;
/// The same where one of them measures in real time: what is exactly as old as a limit in process is a little older
/// there, and is judged a tick later.
pub const TICKS_IN_REAL_TIME: f64 = 2.0;

/// What two runs have in common and where they part.
pub struct Comparison {
    /// Changes that happened in both.
    pub same: usize,
    /// The largest difference, s, and its share of what is allowed.
    pub worst: (f64, f64),
    /// What differs, one line each.
    pub parted: Vec<String>,
    /// Of that, what did not happen equally often in both, whenever it happened.
    pub missing: Vec<String>,
    /// Every change with both times, as a table.
    pub table: String,
}

/// Compares the changes of two runs from the first act on. Times count from the latest act before, for a person acts when
/// an expectation has come true, and that may be a look later.
pub fn compare(scenario: &Scenario, one: &Outcome, other: &Outcome) -> Comparison {
    compare_within(scenario, one, other, TICKS)
}

/// The same, where changes may lie so many ticks apart.
pub fn compare_within(scenario: &Scenario, one: &Outcome, other: &Outcome, ticks: f64) -> Comparison {
    let allowed =
        |played: &Played, line: usize, after_s: f64| allowed(scenario, played, line, after_s, ticks);
    let (Some(first), Some(second)) = (&one.played, &other.played) else {
        return Comparison {
            same: 0,
            worst: (0.0, 0.0),
            parted: vec!["not run".to_owned()],
            missing: vec!["not run".to_owned()],
            table: String::new(),
        };
    };
    let (left, right) = (relative(first, &one.changes), relative(second, &other.changes));
    let mut comparison = Comparison {
        same: 0,
        worst: (0.0, 0.0),
        parted: Vec::new(),
        missing: Vec::new(),
        table: String::new(),
    };
    let _ = writeln!(
        comparison.table,
        "{:>10} {:>10} {:>8}  after line, change",
        "one s", "other s", "apart s"
    );
    // What one run shows in its last moment may lie behind the end of the other.
    let seen = |key: &(usize, String), times: &[f64], others: usize| {
        let surplus = times.get(others..).unwrap_or_default();
        let late = |at: &f64| beyond(first, second, key.0, *at + allowed(first, key.0, *at));
        !surplus.iter().all(late)
    };
    for (key, times) in &left {
        let others = right.get(key).map(Vec::as_slice).unwrap_or_default();
        if seen(key, times, others.len()) || seen(key, others, times.len()) {
            comparison.missing.push(format!(
                "after line {}: {} times {}, {} times",
                key.0,
                key.1,
                times.len(),
                others.len()
            ));
        }
        for (a, b) in times.iter().zip(others) {
            let (apart, allowed) = ((a - b).abs(), allowed(first, key.0, *a));
            let _ = writeln!(
                comparison.table,
                "{a:>10.3} {b:>10.3} {apart:>8.3}  {:>4}, {}",
                key.0, key.1
            );
            comparison.same += 1;
            if apart / allowed > comparison.worst.1 {
                comparison.worst = (apart, apart / allowed);
            }
            if apart > allowed {
                comparison.parted.push(format!(
                    "after line {}: {} at {a:.3} and {b:.3} s, allowed {allowed:.3} s",
                    key.0, key.1
                ));
            }
        }
    }
    let only = right.iter().filter(|(key, _)| !left.contains_key(*key));
    for (key, times) in only.filter(|(key, times)| seen(key, times, 0)) {
        comparison.missing.push(format!(
            "after line {}: {} only in the other, {} times",
            key.0,
            key.1,
            times.len()
        ));
    }
    comparison.parted.extend(comparison.missing.iter().cloned());
    comparison
}

/// Changes by the line of the act before them and by what changed, each with its times since that act.
fn relative(played: &Played, changes: &[(f64, Change)]) -> BTreeMap<(usize, String), Vec<f64>> {
    let mut by: BTreeMap<(usize, String), Vec<f64>> = BTreeMap::new();
    for (at_s, change) in changes {
        // What changes at the moment of an act is not yet of its doing.
        if let Some(mark) = played
            .marks
            .iter()
            .rev()
            .find(|mark| mark.at_s < *at_s - MOMENT_S)
        {
            let mut change = *change;
            if let Change::Tier { because, .. } = &mut change {
                // Seconds of one run are not those of another.
                *because = Because::default();
            }
            by.entry((mark.line, change.to_string()))
                .or_default()
                .push(at_s - mark.at_s);
        }
    }
    by
}

/// Whether so long after the act of this line one of the runs is over.
fn beyond(first: &Played, second: &Played, line: usize, after_s: f64) -> bool {
    let over = |played: &Played| {
        let last = played.marks.last();
        last.is_some_and(|mark| mark.line == line && mark.at_s + after_s >= played.length_s)
    };
    over(first) || over(second)
}

/// By how much a change at this time after an act may differ: some ticks, or a share of the deadline it had.
fn allowed(scenario: &Scenario, played: &Played, line: usize, after_s: f64, ticks: f64) -> f64 {
    let mark_s = played
        .marks
        .iter()
        .find(|mark| mark.line == line)
        .map_or(0.0, |mark| mark.at_s);
    let at_s = mark_s + after_s;
    let stated = played.verdicts.iter().filter_map(|verdict| {
        let limit_s = verdict.limit_s?;
        (verdict.began_s <= at_s && at_s <= verdict.began_s + limit_s).then_some(limit_s)
    });
    // Where no deadline is stated, the time that has passed since the act stands for it.
    (SHARE * stated.fold(after_s, f64::max)).max(ticks * scenario.tick.as_s())
}

#[cfg(test)]
mod tests {
    use hil_rig::scenario::Mark;

    use super::super::library;
    use super::*;

    /// A run of `length_s` with acts at 10 and 20 s.
    fn ran(length_s: f64, changes: &[(f64, Change)]) -> Outcome {
        let scenario = library::find("rig-blind").unwrap_or_else(|error| panic!("{error}"));
        let mark = |line, at_s| Mark {
            at_s,
            line,
            text: String::new(),
        };
        Outcome {
            played: Some(Played {
                verdicts: Vec::new(),
                marks: vec![mark(8, 10.0), mark(11, 20.0)],
                length_s,
            }),
            changes: changes.to_vec(),
            ..Outcome::failed(scenario, None, &hil_rig::scenario::StandError(String::new()))
        }
    }

    fn parted(one: &[(f64, Change)], other: &[(f64, Change)]) -> Vec<String> {
        let (one, other) = (ran(30.0, one), ran(30.0, other));
        compare(&one.scenario, &one, &other).parted
    }

    #[test]
    fn what_only_one_run_shows_parts_them_but_for_its_last_moment() {
        let change = Change::Effect(points::interlock::Effect::Fault, true);
        let both: (f64, Change) = (21.0, change);
        assert_eq!(parted(&[both], &[both]), [""; 0]);
        // A tick of 200 ms, or 2 % of the 10 s since the act.
        assert_eq!(parted(&[both, (29.9, change)], &[both]), [""; 0]);
        assert_eq!(parted(&[both], &[both, (29.9, change)]), [""; 0]);
        assert_eq!(parted(&[], &[(29.9, change)]), [""; 0]);
        assert_eq!(parted(&[both, (29.0, change)], &[both]).len(), 1);
        assert_eq!(parted(&[], &[(29.0, change)]).len(), 1);
        // The end of the run is not the end of an earlier act.
        assert_eq!(parted(&[(19.9, change)], &[]).len(), 1);
        assert_eq!(parted(&[(21.0, change)], &[(21.3, change)]).len(), 1);
    }
}
