//! The parts of a report that are not about single expectations: the course with its plots and lanes, how it was run, what
//! is modelled, and the block to sign.

use maud::{Markup, PreEscaped, html};
use points::alarm::Priority;

use super::course::{Course, Interval, Item};
use super::lanes::{LANES, settings};
use super::plot::{self, Through, WIDTH, share, x};
use super::words;
use super::{Evidence, modelled};
use crate::scenario::{Mark, Played};

/// Height of an interval's lane, drawing units.
const BAR: f64 = 20.0;
/// Marks nearer to each other than this share of the axis, %, are written as one; on a wide and on a narrow page.
const APART: [(f64, &str); 2] = [(6.0, "wide"), (20.0, "narrow")];

/// Plots and lanes on one time axis.
pub(super) fn course(evidence: &Evidence, played: &Played, course: &Course) -> Markup {
    let acts: Vec<f64> = played.marks.iter().map(|mark| mark.at_s).collect();
    let broken = played.verdicts.iter().filter(|verdict| !verdict.good);
    let failed: Vec<f64> = broken.map(|verdict| verdict.at_s).collect();
    let dead: Vec<(f64, f64)> = course
        .intervals
        .iter()
        .filter(|interval| interval.item == Item::CoreDead)
        .map(|interval| (interval.from_s, interval.to_s.unwrap_or(course.length_s)))
        .collect();
    let moments = Through {
        acts: &acts,
        failed: &failed,
        dead: &dead,
    };
    let settings = settings(&evidence.scenario);
    html! {
        section class="course" {
            h2 { "Course" }
            p class="hint" {
                "One time axis for all. Thin vertical lines are acts and orders, with their lines of the scenario"
                @if !failed.is_empty() { "; red ones are expectations that did not hold" }
                @if !dead.is_empty() { "; where it is shaded no core lives" }
                ". Each column of " (words::span(course.column_s)) " shows its least and its largest number."
            }
            (marks(&played.marks, course.length_s))
            (plot::axis(course.length_s))
            @for place in 0..LANES.len() { (plot::lane(course, place, &settings, &moments)) }
            (plot::axis(course.length_s))
            (intervals(course, &moments))
            (plot::axis(course.length_s))
        }
    }
}

/// Numbers of the scenario's lines above the axis; those that would touch are written as one.
fn marks(marks: &[Mark], length_s: f64) -> Markup {
    html! {
        div class="axis marks" aria-hidden="true" {
            @for (apart, class) in APART {
                div class={ "plot " (class) } {
                    @for (at_s, text) in grouped(marks, length_s, apart) {
                        span style={ "left:" (PreEscaped(format!("{:.2}", share(at_s, length_s)))) "%" } { (text) }
                    }
                }
            }
        }
    }
}

fn grouped(marks: &[Mark], length_s: f64, apart: f64) -> Vec<(f64, String)> {
    let mut groups: Vec<(f64, usize, usize)> = Vec::new();
    for mark in marks {
        match groups.last_mut() {
            Some((at_s, _, last)) if share(mark.at_s, length_s) - share(*at_s, length_s) < apart => {
                *last = mark.line;
            }
            Some(_) | None => groups.push((mark.at_s, mark.line, mark.line)),
        }
    }
    let text = |first: usize, last: usize| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}–{last}")
        }
    };
    groups
        .into_iter()
        .map(|(at_s, first, last)| (at_s, text(first, last)))
        .collect()
}

/// A lane for everything that stood at some time, by kind.
fn intervals(course: &Course, moments: &Through<'_>) -> Markup {
    let is = |kind: fn(&Item) -> bool| {
        let mut items: Vec<Item> = Vec::new();
        for interval in &course.intervals {
            if kind(&interval.item) && !items.contains(&interval.item) {
                items.push(interval.item);
            }
        }
        items
    };
    let groups: [(&str, Vec<Item>); 7] = [
        ("Causes", is(|item| matches!(item, Item::Cause(_)))),
        ("Latches", is(|item| matches!(item, Item::Latch(_)))),
        ("Effects in force", is(|item| matches!(item, Item::Effect(_)))),
        ("Alarms raised", is(|item| matches!(item, Item::Alarm(_)))),
        (
            "Hosts",
            is(|item| matches!(item, Item::Tier(_) | Item::HostOff(_))),
        ),
        (
            "Outlets",
            is(|item| matches!(item, Item::OutletCut(_) | Item::OutletOn(_))),
        ),
        (
            "Fan and core",
            is(|item| matches!(item, Item::Regime(_) | Item::ContactOpen | Item::CoreDead)),
        ),
    ];
    html! {
        @for (title, items) in &groups {
            @if !items.is_empty() {
                div class="group" {
                    h3 { (title) }
                    @for item in items {
                        @let own = course.intervals.iter().filter(|interval| interval.item == *item);
                        (bar(*item, &own.collect::<Vec<_>>(), course.length_s, moments))
                    }
                }
            }
        }
    }
}

/// One lane with the times at which an item stood.
fn bar(item: Item, own: &[&Interval], length_s: f64, moments: &Through<'_>) -> Markup {
    let times = own.iter().map(|interval| {
        let to = interval.to_s.map_or_else(|| "the end".to_owned(), words::clock);
        format!("{} to {to}", words::clock(interval.from_s))
    });
    let times: Vec<String> = times.take(20).collect();
    html! {
        figure class="lane bar" {
            figcaption { (badge(item)) strong { (item.key()) } span class="range" { (item.title()) } }
            div class="plot" {
                svg viewBox={ "0 0 " (WIDTH) " " (BAR) } preserveAspectRatio="none" role="img"
                    aria-label={ (item.kind()) " " (item.key()) ": " (times.join(", ")) } {
                    (plot::through(moments, length_s, BAR))
                    @for interval in own {
                        @let (from, to) = (x(interval.from_s, length_s), x(interval.to_s.unwrap_or(length_s), length_s));
                        rect class=(fill(item)) x=(from) y="3" width=((to - from).max(4)) height="14" {}
                    }
                }
            }
        }
    }
}

/// Class of an item's bar: alarms in the colour of their priority, everything else dark.
fn fill(item: Item) -> &'static str {
    match item {
        Item::Alarm(alarm) => match alarm.row().priority {
            Priority::Critical => "p1",
            Priority::High => "p2",
            Priority::Medium => "p3",
            Priority::Low => "p4",
        },
        Item::Cause(_)
        | Item::Effect(_)
        | Item::Latch(_)
        | Item::Regime(_)
        | Item::Tier(_)
        | Item::HostOff(_)
        | Item::OutletCut(_)
        | Item::OutletOn(_)
        | Item::ContactOpen
        | Item::CoreDead => "stood",
    }
}

/// Shape and number of an alarm's priority; nothing for anything else.
fn badge(item: Item) -> Markup {
    let Item::Alarm(alarm) = item else {
        return html! {};
    };
    let (number, outline) = match alarm.row().priority {
        Priority::Critical => (1, "M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z"),
        Priority::High => (2, "M10 .8L19.2 10 10 19.2.8 10z"),
        Priority::Medium => (3, "M10 1.5L19.3 18H.7z"),
        Priority::Low => (4, "M10 1a9 9 0 1 0 .01 0z"),
    };
    html! {
        svg class="shape" viewBox="0 0 20 20" role="img" aria-label={ "priority " (number) } {
            path class=(fill(item)) d=(outline) {}
            text class={ "on-" (fill(item)) } x="10" y=(if number == 3 { "16" } else { "14.2" }) text-anchor="middle" { (number) }
        }
    }
}

/// Versions, digests, host.
pub(super) fn how(evidence: &Evidence) -> Markup {
    let scenario = &evidence.scenario;
    html! {
        section {
            h2 { "How it was run" }
            dl {
                dt { "Where" } dd { (evidence.stand) }
                dt { "Seed" } dd { (evidence.seed) }
                dt { "Tick" } dd { (words::number(scenario.tick.as_s() * 1e3, 0)) " ms" }
                @for fact in &evidence.facts { dt { (fact.name) } dd { code { (fact.value) } } }
            }
        }
    }
}

/// What stands for the real thing.
pub(super) fn modelled(evidence: &Evidence) -> Markup {
    html! {
        section {
            h2 { "Modelled, not measured" }
            p { "The controller under test is the software that ships, down to the bytes on its buses. The rack around it is emulated:" }
            ul { @for note in modelled::notes(&evidence.scenario) { li { (note) } } }
        }
    }
}

/// Lines to sign by hand.
pub(super) fn signature() -> Markup {
    html! {
        section class="signature" {
            h2 { "Site acceptance" }
            p class="hint" { "By hand, once the report has been read. A detached signature of the whole folder, where there is one, is beside manifest.json." }
            @for role in ["Tested by", "Witnessed for the site by"] {
                div class="sign" {
                    h3 { (role) }
                    @for line in ["Name", "Function and company", "Place", "Date", "Signature"] { div class="line" { span { (line) } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_would_touch_are_written_as_one() {
        let mark = |at_s, line| Mark {
            at_s,
            line,
            text: String::new(),
        };
        let marks = [mark(0.0, 3), mark(2.0, 4), mark(30.0, 9), mark(100.0, 12)];
        let told = grouped(&marks, 100.0, 6.0);
        let texts: Vec<&str> = told.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["3–4", "9", "12"]);
    }
}
