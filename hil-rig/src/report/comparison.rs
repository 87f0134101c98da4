//! The control benchmark as a page: who takes how much energy, and what each did on every course.
//!
//! ```text
//!   scores (bars over the least possible) | course: load and room, then each controller's exhaust and drive
//! ```
//! One row a controller instead of six lines in one drawing: what tells them apart is their restlessness, and that is seen
//! only where a line stands alone. Grey throughout; the limit is dashed, ours is named.

use maud::{Markup, PreEscaped, html};

use super::course::Course;
use super::page::document;
use super::plot::{HEIGHT, Scale, WIDTH, axis, grid, line};
use super::record::{Column, Series};
use super::words;

/// Columns of a run's series: as many as a drawing shows.
pub const POINTS: usize = 512;

/// What a lane of a run shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Shown {
    /// Heat of the hosts, kW.
    Load,
    /// Room, °C.
    Room,
    /// Exhaust air, °C.
    Exhaust,
    /// Drive of the blower, percent.
    Drive,
}

const SHOWN: usize = 4;
/// Longest bar of a score, percent above the least possible: what peers come to. Who does not try at all does not fit.
const ABOVE_MOST: f64 = 30.0;
/// Of an exhaust only what lies this near to its limit is drawn, K: a warm-up from cold would take all the height.
const NEAR_K: f64 = 10.0;

/// A run's series, taken while it is driven.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    length_s: f64,
    series: [Vec<Column>; SHOWN],
}

impl Kept {
    /// Nothing yet, of a run that lasts `length_s`.
    #[must_use]
    pub fn new(length_s: f64) -> Self {
        Kept {
            length_s,
            series: [(); SHOWN].map(|()| vec![Column::NONE; POINTS]),
        }
    }

    /// Takes a number at a time since the start, s; what lies beyond the length is left out.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place among the points"
    )]
    pub fn take(&mut self, at_s: f64, shown: Shown, number: f64) {
        let place = (at_s / self.length_s.max(1e-9) * POINTS as f64).max(0.0) as usize;
        let series = self.series.get_mut(shown as usize);
        if let Some(column) = series.and_then(|series| series.get_mut(place)) {
            column.take(number as f32);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "some hundred points")]
    fn course(&self, shown: Shown) -> Course {
        let columns = self.series.get(shown as usize).cloned().unwrap_or_default();
        Course {
            length_s: self.length_s,
            column_s: self.length_s / POINTS as f64,
            looked: vec![true; columns.len()],
            series: vec![Series { columns }],
            intervals: Vec::new(),
            lost: 0,
            looks: 0,
        }
    }
}

/// One controller on one course.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Who.
    pub name: String,
    /// Energy of its blower, Wh.
    pub energy_wh: f64,
    /// Highest exhaust, °C.
    pub exhaust_c: f64,
    /// Full strokes of its drive in an hour.
    pub strokes_per_hour: f64,
    /// Its series.
    pub kept: Kept,
}

/// One course with everybody on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// The course.
    pub name: String,
    /// Least energy it can be kept with, Wh, where it is known.
    pub least_wh: Option<f64>,
    /// Limit of the exhaust, °C.
    pub limit_c: f64,
    /// Everybody, ours first.
    pub runs: Vec<Run>,
}

/// A controller's figures over all courses.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Who.
    pub name: String,
    /// Energy over the least possible one, geometric mean; none where the least is not known.
    pub score: Option<f64>,
    /// Further figures, in the order of [`Comparison::columns`].
    pub figures: Vec<String>,
}

/// The benchmark's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Headline.
    pub title: String,
    /// A sentence beneath it.
    pub about: String,
    /// Names of the further figures.
    pub columns: Vec<String>,
    /// Everybody, ours first.
    pub standings: Vec<Standing>,
    /// Course by course.
    pub panels: Vec<Panel>,
}

/// The page: one file, no script, no request.
#[must_use]
pub fn comparison(all: &Comparison) -> String {
    let content = html! {
        header {
            p class="over" { "Control benchmark" }
            h1 { (all.title) }
            p class="title" { (all.about) }
        }
        (scores(all))
        @for panel in &all.panels { (section(panel)) }
    };
    document(&all.title, &content)
}

fn scores(all: &Comparison) -> Markup {
    html! {
        section {
            h2 { "Energy over the least possible" }
            table class="cards" {
                thead { tr {
                    th { "controller" } th { "score" } th class="chart" { "above the least, %" }
                    @for column in &all.columns { th { (column) } }
                } }
                tbody {
                    @for standing in &all.standings {
                        tr {
                            td data-name="controller" { (standing.name) }
                            td data-name="score" { (standing.score.map_or_else(|| "–".to_owned(), |score| words::number(score, 3))) }
                            td class="chart" data-name="above it, %" { (bar(standing.score)) }
                            @for (name, figure) in all.columns.iter().zip(&standing.figures) {
                                td data-name=(name) { (figure) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A bar of what a score is above the least possible; one that does not fit ends in a point.
fn bar(score: Option<f64>) -> Markup {
    html! {
        @if let Some(above) = score.map(|score| 100.0 * (score - 1.0)) {
            @let width = (100.0 * above / ABOVE_MOST).clamp(0.0, 96.0);
            span class="above" {
                svg class="score" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                    @if above > ABOVE_MOST { path class="stood" d="M0 2H94L100 5L94 8H0z" {} }
                    @else { rect class="stood" x="0" y="2" width=(format!("{width:.1}")) height="6" {} }
                }
                (words::number(above, 1))
            }
        }
    }
}

fn section(panel: &Panel) -> Markup {
    let Some(first) = panel.runs.first() else {
        return html! {};
    };
    let length_s = first.kept.length_s;
    let ratio = |energy_wh: f64| {
        panel
            .least_wh
            .map(|least_wh| format!(", {} of the least", words::number(energy_wh / least_wh, 3)))
    };
    html! {
        section {
            h2 { (panel.name) }
            p class="hint" {
                (words::span(length_s))
                @if let Some(least_wh) = panel.least_wh { "; least possible " (words::number(least_wh, 0)) " Wh" }
            }
            (drawing("Load", "kW", &[&first.kept], Shown::Load, None))
            (drawing("Room", "°C", &[&first.kept], Shown::Room, None))
            @for run in &panel.runs {
                div class="group" {
                    h3 {
                        (run.name) ": " (words::number(run.energy_wh, 0)) " Wh"
                        (ratio(run.energy_wh).unwrap_or_default())
                        "; " (words::number(run.strokes_per_hour, 1)) " strokes an hour; hottest "
                        (words::number(run.exhaust_c, 1)) " °C"
                    }
                    (drawing("Exhaust", "°C", &all(panel, run), Shown::Exhaust, Some(panel.limit_c)))
                    (drawing("Drive", "%", &all(panel, run), Shown::Drive, None))
                }
            }
            (axis(length_s))
        }
    }
}

/// The run that is drawn, and behind it those that only give the scale.
fn all<'a>(panel: &'a Panel, run: &'a Run) -> Vec<&'a Kept> {
    let others = panel.runs.iter().map(|other| &other.kept);
    std::iter::once(&run.kept).chain(others).collect()
}

fn drawing(title: &str, unit: &str, kept: &[&Kept], shown: Shown, limit: Option<f64>) -> Markup {
    let courses: Vec<Course> = kept.iter().map(|kept| kept.course(shown)).collect();
    let columns = courses.iter().flat_map(|course| course.columns(0));
    let span = |found: Option<(f64, f64)>, column: Column| {
        let (low, high) = (f64::from(column.low), f64::from(column.high));
        Some(found.map_or((low, high), |(least, most)| (least.min(low), most.max(high))))
    };
    let Some((low, high)) = columns.filter_map(|(_, column)| column).fold(None, span) else {
        return html! {};
    };
    let Some(course) = courses.first() else {
        return html! {};
    };
    let own = course
        .columns(0)
        .filter_map(|(_, column)| column)
        .fold(None, span);
    let (least, most) = own.unwrap_or((low, high));
    let low = limit.map_or(low, |limit| low.max(limit - NEAR_K));
    let (bottom, top, step) = words::scale(low, limit.map_or(high, |limit| high.max(limit)), 4.0);
    let scale = Scale { bottom, top, step };
    let range = format!("{} to {} {unit}", words::number(least, 1), words::number(most, 1));
    html! {
        figure class="lane" {
            figcaption { strong { (title) } span class="range" { (range) } }
            div class="plot" {
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label={ (title) ": " (range) } {
                    path class="grid" d=(grid(&scale)) {}
                    @if let Some(limit) = limit { path class="limit" d={ "M0 " (scale.y(limit)) "H" (WIDTH) } {} }
                    path class="measured" d=(line(course, 0, &scale)) {}
                }
                @for mark in scale.marks() {
                    span class="y" style={ "top:" (PreEscaped(format!("{:.1}", scale.percent(mark)))) "%" } {
                        (words::number(mark, usize::from(step < 1.0)))
                    }
                }
                @if let Some(limit) = limit {
                    span class="mark" style={ "top:" (PreEscaped(format!("{:.1}", scale.percent(limit)))) "%" } {
                        "limit " (words::number(limit, 0))
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, energy_wh: f64) -> Run {
        let mut kept = Kept::new(3_600.0);
        for second in 0..3_600_u16 {
            let at_s = f64::from(second);
            kept.take(at_s, Shown::Load, 5.0);
            kept.take(at_s, Shown::Room, 24.0);
            kept.take(at_s, Shown::Exhaust, 40.0 + at_s / 1_000.0);
            kept.take(at_s, Shown::Drive, 50.0);
        }
        kept.take(3_600.0, Shown::Drive, 1e6);
        Run {
            name: name.to_owned(),
            energy_wh,
            exhaust_c: 43.6,
            strokes_per_hour: 2.0,
            kept,
        }
    }

    fn result() -> Comparison {
        let standing = |name: &str, score| Standing {
            name: name.to_owned(),
            score,
            figures: vec!["6 of 6".to_owned()],
        };
        Comparison {
            title: "rack-thermal-1".to_owned(),
            about: "seeds 1 to 5".to_owned(),
            columns: vec!["admissible".to_owned()],
            standings: vec![standing("ours", Some(1.076)), standing("<peer> & co", None)],
            panels: vec![Panel {
                name: "bursts".to_owned(),
                least_wh: Some(100.0),
                limit_c: 45.0,
                runs: vec![run("ours", 108.0), run("<peer> & co", 150.0)],
            }],
        }
    }

    #[test]
    fn everybody_is_on_the_page_with_energy_over_the_least_and_a_line() {
        let page = comparison(&result());
        for told in [
            "1.076",
            "1.080 of the least",
            "1.500 of the least",
            "6 of 6",
            "limit 45",
            "40.0 to 43.6 °C",
        ] {
            assert!(page.contains(told), "{told}");
        }
        assert!(!page.contains("<peer>"), "names are text");
        assert_eq!(page.matches("class=\"measured\"").count(), 6);
        assert!(
            !page.contains("<script") && !page.contains("://"),
            "nothing is asked for"
        );
    }

    #[test]
    fn what_lies_beyond_a_run_is_not_in_it() {
        let Comparison { panels, .. } = result();
        let most = panels[0].runs[0].kept.course(Shown::Drive);
        let most = most.columns(0).filter_map(|(_, column)| column);
        assert!(most.map(|column| column.high).fold(0.0, f32::max) < 51.0);
    }
}
