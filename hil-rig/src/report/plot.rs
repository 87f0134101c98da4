//! Lanes as SVG. A drawing is stretched to its place, its lines are not; every letter stands beside it as text of the page,
//! so that it reads the same at 320 px and on paper.
//!
//! ```text
//!   Exhaust air °C   46 |        ___        trip 55
//!   - measured          |  _____/   \____
//!   = truth          24 |_/
//! ```
//! Measured is a thin dark line, commanded a dotted one, truth a broad pale one under both.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};
use points::setting::Settings;

use super::course::Course;
use super::lanes::{LANES, Lane, Trace, first};
use super::record::Column;
use super::words;

/// Drawing units across and down.
pub(super) const WIDTH: f64 = 2_000.0;
pub(super) const HEIGHT: f64 = 400.0;
/// Most points of a line: columns beyond are drawn two by two.
const POINTS_MAX: usize = 512;
/// How far lines through all lanes reach beyond each drawing, as a share of its height: half the gap between two lanes.
const BEYOND: f64 = 0.1;
/// Limits nearer to each other than this share of the scale are written as one.
const APART: f64 = 0.16;
/// A limit this far above the largest number, as a share of the scale, is still drawn.
const NEAR: f64 = 0.3;

/// Moments that are drawn through all lanes.
pub(super) struct Through<'a> {
    /// Acts and orders, s.
    pub acts: &'a [f64],
    /// Expectations that did not hold, s.
    pub failed: &'a [f64],
    /// No core lived, from and to, s.
    pub dead: &'a [(f64, f64)],
}

/// Where a moment lies, as a share of the axis in percent.
pub(super) fn share(at_s: f64, length_s: f64) -> f64 {
    (at_s / length_s.max(1e-9)).clamp(0.0, 1.0) * 100.0
}

/// A coordinate in whole drawing units.
#[expect(clippy::cast_possible_truncation, reason = "clamped to the drawing")]
pub(super) fn x(at_s: f64, length_s: f64) -> i32 {
    (share(at_s, length_s) / 100.0 * WIDTH).round() as i32
}

/// A scale from its bottom to its top, with a mark every step.
pub(super) struct Scale {
    pub(super) bottom: f64,
    pub(super) top: f64,
    pub(super) step: f64,
}

impl Scale {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the drawing")]
    pub(super) fn y(&self, number: f64) -> i32 {
        let share = (number - self.bottom) / (self.top - self.bottom).max(1e-9);
        ((1.0 - share.clamp(0.0, 1.0)) * HEIGHT).round() as i32
    }

    pub(super) fn percent(&self, number: f64) -> f64 {
        f64::from(self.y(number)) / HEIGHT * 100.0
    }

    pub(super) fn marks(&self) -> impl Iterator<Item = f64> + '_ {
        let marks = (0..8).map(|mark| self.bottom + f64::from(mark) * self.step);
        marks.take_while(|mark| *mark <= self.top + self.step / 1e3)
    }
}

/// Least and largest number of a lane's traces.
fn extremes(course: &Course, lane: usize) -> Option<(f64, f64)> {
    let traces = LANES.get(lane).map_or(0, |lane| lane.traces.len());
    let columns = (0..traces).flat_map(|trace| course.columns(first(lane) + trace));
    let columns = columns.filter_map(|(_, column)| column);
    columns.fold(None, |found, column| {
        let (low, high) = (f64::from(column.low), f64::from(column.high));
        Some(found.map_or((low, high), |(least, most): (f64, f64)| {
            (least.min(low), most.max(high))
        }))
    })
}

/// A line through the columns of a series: broken where the series had no number, and never more points than the eye
/// can tell apart.
pub(super) fn line(course: &Course, series: usize, scale: &Scale) -> String {
    let columns: Vec<(f64, Option<Column>)> = course.columns(series).collect();
    let every = columns.len().div_ceil(POINTS_MAX).max(1);
    let mut path = String::new();
    // The last point drawn, and one that is held back because it lies level with it.
    let mut pen: Option<(i32, i32)> = None;
    let mut held: Option<i32> = None;
    for group in columns.chunks(every) {
        let Some((at_s, _)) = group.first() else { continue };
        let numbers = group.iter().filter_map(|(_, column)| *column);
        let Some(column) = numbers.reduce(|a, b| Column {
            low: a.low.min(b.low),
            high: a.high.max(b.high),
        }) else {
            finish(&mut path, &mut pen, &mut held);
            continue;
        };
        let at = x(*at_s, course.length_s);
        let (low, high) = (scale.y(f64::from(column.low)), scale.y(f64::from(column.high)));
        match pen {
            None => {
                let _ = write!(path, "M{at} {low}");
                if low != high {
                    let _ = write!(path, "V{high}");
                }
                pen = Some((at, high));
            }
            Some((_, last)) if low == high && last == low => held = Some(at),
            Some((_, last)) => {
                if let Some(at) = held.take() {
                    let _ = write!(path, "H{at}");
                }
                let (near, far) = if (last - low).abs() <= (last - high).abs() {
                    (low, high)
                } else {
                    (high, low)
                };
                let _ = write!(path, "L{at} {near}");
                if near != far {
                    let _ = write!(path, "V{far}");
                }
                pen = Some((at, far));
            }
        }
    }
    finish(&mut path, &mut pen, &mut held);
    path
}

/// Ends a piece of a line; a single point becomes a short dash.
fn finish(path: &mut String, pen: &mut Option<(i32, i32)>, held: &mut Option<i32>) {
    if pen.take().is_none() {
        return;
    }
    let single = path.rfind(|letter: char| letter.is_ascii_alphabetic());
    if let Some(at) = held.take() {
        let _ = write!(path, "H{at}");
    } else if single.is_some_and(|place| path[place..].starts_with('M')) {
        path.push_str("h1");
    }
}

fn class(trace: Trace) -> &'static str {
    match trace {
        Trace::Measured => "measured",
        Trace::Commanded => "commanded",
        Trace::Truth => "truth",
    }
}

/// Lines through all lanes, as paths of one drawing of this height; they reach beyond it, to the next lane.
pub(super) fn through(through: &Through<'_>, length_s: f64, height: f64) -> Markup {
    let beyond = (height * BEYOND).round();
    let lines = |moments: &[f64]| {
        moments.iter().fold(String::new(), |mut path, at_s| {
            let _ = write!(path, "M{} {}V{}", x(*at_s, length_s), -beyond, height + beyond);
            path
        })
    };
    html! {
        @for (from_s, to_s) in through.dead {
            rect class="dead" x=(x(*from_s, length_s)) y="0" width=((x(*to_s, length_s) - x(*from_s, length_s)).max(2)) height=(height) {}
        }
        @if !through.acts.is_empty() { path class="act" d=(lines(through.acts)) {} }
        @if !through.failed.is_empty() { path class="failed" d=(lines(through.failed)) {} }
    }
}

/// A short sample of a trace's line.
fn sample(trace: Trace) -> Markup {
    html! {
        svg class="sample" viewBox="0 0 24 8" aria-hidden="true" { path class=(class(trace)) d="M1 4H23" {} }
    }
}

/// One lane; nothing where it has no number.
pub(super) fn lane(course: &Course, place: usize, settings: &Settings, moments: &Through<'_>) -> Markup {
    let Some(lane) = LANES.get(place) else {
        return html! {};
    };
    let Some((low, high)) = extremes(course, place) else {
        return html! {};
    };
    if lane.rare && low.abs().max(high.abs()) < f64::EPSILON {
        return html! {};
    }
    let near = high + NEAR * (high - low).max(lane.least);
    let limits: Vec<(&str, f64)> = lane
        .limits
        .iter()
        .map(|limit| (limit.name, settings.get(limit.setting)))
        .filter(|(_, value)| (low..=near).contains(value))
        .collect();
    let most = limits.iter().map(|(_, value)| *value).fold(high, f64::max);
    let (bottom, top, step) = words::scale(low, most, lane.least);
    let scale = Scale { bottom, top, step };
    let drawn = traces(course, place, lane, &scale);
    let range = format!(
        "{} to {} {}",
        words::number(low, lane.decimals),
        words::number(high, lane.decimals),
        lane.unit
    );
    let decimals = usize::from(step < 1.0) + usize::from(step < 0.1) + usize::from((step - 2.5).abs() < 1e-9);
    html! {
        figure class="lane" {
            figcaption {
                strong { (lane.title) }
                span class="range" { (range) }
                span class="keys" {
                    @for (trace, _) in &drawn { span { (sample(*trace)) (trace.text()) } }
                }
            }
            div class="plot" {
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img"
                    aria-label={ (lane.title) ": " (range) } {
                    (through(moments, course.length_s, HEIGHT))
                    path class="grid" d=(grid(&scale)) {}
                    @for (_, value) in &limits { path class="limit" d={ "M0 " (scale.y(*value)) "H" (WIDTH) } {} }
                    @for (trace, path) in drawn.iter().rev() { path class=(class(*trace)) d=(path) {} }
                }
                @for mark in scale.marks() {
                    span class="y" style={ "top:" (PreEscaped(format!("{:.1}", scale.percent(mark)))) "%" } {
                        (words::number(mark, decimals))
                    }
                }
                @for (value, text) in written(&limits, &scale) {
                    span class="mark" style={ "top:" (PreEscaped(format!("{:.1}", scale.percent(value)))) "%" } { (text) }
                }
            }
        }
    }
}

/// What is written beside limits, each with the highest value that it stands for.
fn written(limits: &[(&str, f64)], scale: &Scale) -> Vec<(f64, String)> {
    let mut told: Vec<(f64, String)> = Vec::new();
    for (name, value) in limits {
        let text = format!("{name} {}", words::number(*value, 1));
        match told.last_mut() {
            Some((top, all)) if (value - *top).abs() < APART * (scale.top - scale.bottom) => {
                *top = *value;
                *all = format!("{all}, {text}");
            }
            Some(_) | None => told.push((*value, text)),
        }
    }
    told
}

/// The lane's traces that have a number, as paths.
fn traces(course: &Course, place: usize, lane: &Lane, scale: &Scale) -> Vec<(Trace, String)> {
    let traces = lane.traces.iter().enumerate();
    let drawn = traces.map(|(number, (trace, _))| (*trace, line(course, first(place) + number, scale)));
    drawn.filter(|(_, path)| !path.is_empty()).collect()
}

pub(super) fn grid(scale: &Scale) -> String {
    scale.marks().fold(String::new(), |mut path, mark| {
        let _ = write!(path, "M0 {}H{WIDTH}", scale.y(mark));
        path
    })
}

/// The time axis: round marks, every other one left out where it is narrow.
pub(super) fn axis(length_s: f64) -> Markup {
    let (step, unit, unit_s) = words::ticks(length_s);
    let decimals = usize::from((step / unit_s).fract() > 1e-9);
    let marks = (0..=8u32).map(|mark| f64::from(mark) * step);
    let marks: Vec<f64> = marks.take_while(|at_s| *at_s <= length_s).collect();
    html! {
        div class="axis" aria-hidden="true" {
            div class="plot" {
                @for (place, at_s) in marks.iter().enumerate() {
                    span .odd[place % 2 == 1] style={ "left:" (PreEscaped(format!("{:.2}", share(*at_s, length_s)))) "%" } {
                        (words::number(at_s / unit_s, decimals)) " " (unit)
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Series;
    use super::*;

    fn course(numbers: &[Option<f32>]) -> Course {
        let column = |number: &Option<f32>| match number {
            Some(number) => Column {
                low: *number,
                high: *number,
            },
            None => Column {
                low: f32::INFINITY,
                high: f32::NEG_INFINITY,
            },
        };
        Course {
            length_s: 10.0,
            column_s: 10.0 / f64::from(u32::try_from(numbers.len()).expect("few")),
            looked: vec![true; numbers.len()],
            series: vec![Series {
                columns: numbers.iter().map(column).collect(),
            }],
            intervals: Vec::new(),
            lost: 0,
            looks: 0,
        }
    }

    const TEN: Scale = Scale {
        bottom: 0.0,
        top: 10.0,
        step: 5.0,
    };

    #[test]
    fn a_line_is_broken_where_there_is_no_number() {
        let some = Some(5.0);
        let path = line(&course(&[some, some, None, some, Some(10.0)]), 0, &TEN);
        assert_eq!(path, "M200 200H600M1400 200L1800 0");
        assert_eq!(line(&course(&[None, some, None]), 0, &TEN), "M1000 200h1");
        assert_eq!(line(&course(&[None, None]), 0, &TEN), "");
    }

    #[test]
    fn a_level_line_is_two_points_however_long() {
        let path = line(&course(&[Some(5.0); 900]), 0, &TEN);
        assert_eq!(path.matches(['L', 'H', 'V', 'M']).count(), 2, "{path}");
        let steep: Vec<Option<f32>> = (0..900u16).map(|k| Some(f32::from(k % 10))).collect();
        assert!(line(&course(&steep), 0, &TEN).matches('L').count() <= POINTS_MAX);
    }
}
