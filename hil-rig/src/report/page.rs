//! The report of one scenario as a page: one file, no script, no request; for a screen of 320 px as for A4.
//!
//! ```text
//!   verdict | what was asked, with verdicts | expectations | course (plots, lanes) | what happened | how | signature
//! ```
//! Grey as long as all is well; colour, always with shape and word, for what is not. Text of the scenario and of the
//! controller is escaped by the template.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::course::Item;
use super::timeline;
use super::words;
use super::{Ending, Evidence, Outcome, body};
use crate::scenario::{Played, SITUATIONS, Verdict};

/// The style of every page.
const STYLE: &str = include_str!("style.css");

/// A page with its title and the one label of when it was run.
pub(super) fn document(title: &str, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    };
    page.into_string()
}

/// The report of one scenario.
#[must_use]
pub fn html(evidence: &Evidence) -> String {
    let scenario = &evidence.scenario;
    let content = html! {
        header {
            p class="over" { "Scenario report" }
            h1 { (scenario.name) }
            @if !scenario.title.is_empty() { p class="title" { (scenario.title) } }
            p class="label" { "Run on " (evidence.run_at) }
        }
        (sentence(evidence))
        (asked(evidence))
        @if let Some(played) = evidence.played() { (expectations(played)) }
        @if let Ending::Played { played, course: Some(course) } = &evidence.ending {
            (body::course(evidence, played, course))
        }
        (timeline::section(evidence))
        (covers(evidence))
        (body::how(evidence))
        (body::modelled(evidence))
        (body::signature())
    };
    let title = format!("{}: {}", evidence.outcome().text(), scenario.name);
    document(&title, &content)
}

/// The mark of a verdict: a ring with a tick, an octagon with a cross, a dashed ring.
pub(super) fn shape(outcome: Outcome) -> Markup {
    html! {
        @match outcome {
            Outcome::Pass => svg class="shape" viewBox="0 0 20 20" aria-hidden="true" {
                circle class="ring" cx="10" cy="10" r="8" {}
                path class="stroke" d="M6 10.4l2.8 2.8L14.2 7.4" {}
            },
            Outcome::Fail => svg class="shape" viewBox="0 0 20 20" aria-hidden="true" {
                path class="octagon" d="M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z" {}
                path class="cross" d="M6.5 6.5l7 7M13.5 6.5l-7 7" {}
            },
            Outcome::Skip => svg class="shape" viewBox="0 0 20 20" aria-hidden="true" {
                circle class="ring skipped" cx="10" cy="10" r="8" {}
                path class="stroke" d="M6 10h8" {}
            },
        }
    }
}

fn outcome_of(verdict: &Verdict) -> Outcome {
    if verdict.good {
        Outcome::Pass
    } else {
        Outcome::Fail
    }
}

/// The verdict in one sentence, and what to look at first.
fn sentence(evidence: &Evidence) -> Markup {
    let outcome = evidence.outcome();
    html! {
        section .sentence .failed[outcome == Outcome::Fail] {
            (shape(outcome))
            div {
                @match &evidence.ending {
                    Ending::Played { played, .. } => {
                        @let held = played.verdicts.iter().filter(|verdict| verdict.good).count();
                        @let all = played.verdicts.len();
                        h2 {
                            @if all == 0 { "Failed: it expects nothing" }
                            @else if held == all { "Passed: " (held) " of " (all) " expectations held" }
                            @else { "Failed: " (all - held) " of " (all) " expectations did not hold" }
                        }
                        p { "Seed " (evidence.seed) ", " (words::span(played.length_s)) " of the rack’s time, " (evidence.stand) "." }
                        @for verdict in played.verdicts.iter().filter(|verdict| !verdict.good) {
                            p { a href={ "#e" (verdict.line) } { "Line " (verdict.line) } ": " (verdict.text) " · found: " (verdict.found) }
                        }
                    }
                    Ending::Skipped(why) => { h2 { "Skipped: nothing was shown" } p { (why) } }
                    Ending::Failed(why) => { h2 { "Failed: it could not be run" } p { (why) } }
                }
            }
        }
    }
}

/// The scenario's text with line numbers; beside each expectation its verdict.
fn asked(evidence: &Evidence) -> Markup {
    let verdicts = evidence.played().map_or(&[][..], |played| &played.verdicts);
    html! {
        section {
            h2 { "What was asked" }
            ol class="text" {
                @for (number, line) in (1..).zip(evidence.scenario.text.lines()) {
                    @let verdict = verdicts.iter().find(|verdict| verdict.line == number);
                    li .failed[verdict.is_some_and(|verdict| !verdict.good)] id={ "l" (number) } {
                        span class="number" { (number) }
                        code .note[line.trim_start().starts_with('#')] { (line) }
                        @if let Some(verdict) = verdict {
                            span class="said" {
                                (shape(outcome_of(verdict)))
                                @if verdict.good { "held" } @else { strong { "did not hold" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// One row for each expectation, in the order decided.
fn expectations(played: &Played) -> Markup {
    html! {
        section {
            h2 { "Expectations" }
            table class="cards" {
                thead { tr {
                    th scope="col" { "Line" } th scope="col" { "Expectation" } th scope="col" { "Verdict" }
                    th scope="col" class="right" { "Decided at" } th scope="col" class="right" { "Given" }
                    th scope="col" class="right" { "Taken" } th scope="col" { "Found" }
                } }
                tbody {
                    @for verdict in &played.verdicts {
                        tr .failed[!verdict.good] id={ "e" (verdict.line) } {
                            td data-name="Line" { (verdict.line) }
                            td data-name="Expectation" { code { (verdict.text) } }
                            td data-name="Verdict" { span class="said" {
                                (shape(outcome_of(verdict)))
                                @if verdict.good { "held" } @else { strong { "did not hold" } }
                            } }
                            td data-name="Decided at" class="right" { (words::clock(verdict.at_s)) }
                            td data-name="Given" .right .none[verdict.limit_s.is_none()] {
                                @match verdict.limit_s { Some(limit_s) => (words::span(limit_s)), None => "–" }
                            }
                            td data-name="Taken" .right .none[verdict.limit_s.is_none()] {
                                @if verdict.limit_s.is_some() { (words::span(verdict.at_s - verdict.began_s)) } @else { "–" }
                            }
                            td data-name="Found" .none[verdict.good] {
                                @if verdict.good { "as expected" } @else { (verdict.found) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the scenario claims to cover.
fn covers(evidence: &Evidence) -> Markup {
    let covers = &evidence.scenario.covers;
    html! {
        @if !covers.is_empty() {
            section {
                h2 { "What it covers" }
                table class="plain" {
                    thead { tr { th scope="col" { "Hazard" } th scope="col" { "Situation" } th scope="col" { "Cause of the matrix" } } }
                    tbody {
                        @for one in covers {
                            @let situation = SITUATIONS.iter().find(|(situation, _)| *situation == one.situation);
                            tr {
                                td { (one.hazard.key) " " (one.hazard.title) }
                                td { (situation.map_or("", |(_, word)| word)) }
                                td { (one.cause.key()) " " (Item::Cause(one.cause).title()) }
                            }
                        }
                    }
                }
            }
        }
    }
}
