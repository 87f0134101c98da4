//! What happened, in the order in which it happened: acts, orders, changes, verdicts.

use std::cmp::Ordering;

use maud::{Markup, html};

use super::course::Item;
use super::page::shape;
use super::words;
use super::{Ending, Evidence, Outcome};
use crate::scenario::{Played, Verdict};

/// Most rows of a timeline. Further ones are counted: a trace holds them all.
pub const ROWS_MAX: usize = 1_000;

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// An expectation was decided before what the scenario did at the same moment.
    HeldBefore,
    /// The scenario did it.
    Done,
    /// It came.
    Came,
    /// It took over.
    Took,
    /// It went.
    Went,
    /// An expectation was decided.
    Held,
    /// An expectation did not hold.
    Broken,
}

struct Row {
    at_s: f64,
    kind: Kind,
    what: String,
    text: String,
}

/// Every row, in the order of time; of one moment acts before their consequences before verdicts.
fn rows(evidence: &Evidence) -> Vec<Row> {
    let Ending::Played { played, course } = &evidence.ending else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for mark in &played.marks {
        let (what, text) = (format!("line {}", mark.line), mark.text.clone());
        rows.push(Row {
            at_s: mark.at_s,
            kind: Kind::Done,
            what,
            text,
        });
    }
    for interval in course.iter().flat_map(|course| &course.intervals) {
        let item = interval.item;
        let text = format!("{} {}", item.key(), item.title()).trim_end().to_owned();
        let mut push = |at_s, kind| {
            rows.push(Row {
                at_s,
                kind,
                what: item.kind().to_owned(),
                text: text.clone(),
            });
        };
        // One regime ends where the next begins; that is told once.
        if matches!(item, Item::Regime(_)) {
            push(interval.from_s, Kind::Took);
            continue;
        }
        push(interval.from_s, Kind::Came);
        if let Some(to_s) = interval.to_s {
            push(to_s, Kind::Went);
        }
    }
    for verdict in &played.verdicts {
        rows.push(Row {
            at_s: verdict.at_s,
            kind: match verdict.good {
                true if before(played, verdict) => Kind::HeldBefore,
                true => Kind::Held,
                false => Kind::Broken,
            },
            what: format!("line {}", verdict.line),
            text: verdict.text.clone(),
        });
    }
    rows.sort_by(|a, b| a.at_s.total_cmp(&b.at_s).then(a.kind.cmp(&b.kind)));
    rows
}

/// Whether the scenario did something at the same moment that stands below in its text.
fn before(played: &Played, verdict: &Verdict) -> bool {
    let later = played.marks.iter().filter(|mark| mark.line > verdict.line);
    later
        .map(|mark| mark.at_s.total_cmp(&verdict.at_s))
        .any(Ordering::is_eq)
}

/// The section; nothing where nothing was played.
pub(super) fn section(evidence: &Evidence) -> Markup {
    let rows = rows(evidence);
    let more = rows.len().saturating_sub(ROWS_MAX);
    let lost = match &evidence.ending {
        Ending::Played {
            course: Some(course), ..
        } => course.lost,
        Ending::Played { course: None, .. } | Ending::Skipped(_) | Ending::Failed(_) => 0,
    };
    let clocks: Vec<String> = rows.iter().map(|row| words::clock(row.at_s)).collect();
    html! {
        @if !rows.is_empty() {
            section {
                h2 { "What happened" }
                p class="hint" { "Times since the scenario’s start, in the rack’s time." }
                table class="timeline" {
                    thead { tr { th scope="col" class="right" { "Time" } th scope="col" { "What" } th scope="col" { "Which" } } }
                    tbody {
                        @for (place, (row, clock)) in rows.iter().zip(&clocks).take(ROWS_MAX).enumerate() {
                            @let again = place > 0 && clocks.get(place - 1) == Some(clock);
                            tr .done[row.kind == Kind::Done] .failed[row.kind == Kind::Broken] .again[again] {
                                td class="right" { (clock) }
                                td { (what(row)) }
                                td { (row.text) }
                            }
                        }
                    }
                }
                @if more > 0 { p class="hint" { (more) " further rows are left out here." } }
                @if lost > 0 { p class="hint" { (lost) " further changes were not kept." } }
            }
        }
    }
}

fn what(row: &Row) -> Markup {
    html! {
        @match row.kind {
            Kind::Done => { strong { (row.what) } }
            Kind::Came => { (row.what) " comes" }
            Kind::Took => { (row.what) }
            Kind::Went => { (row.what) " goes" }
            Kind::Held | Kind::HeldBefore => span class="said" { (shape(Outcome::Pass)) (row.what) " held" },
            Kind::Broken => span class="said" { (shape(Outcome::Fail)) strong { (row.what) " did not hold" } },
        }
    }
}
