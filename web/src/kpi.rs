//! Figures of merit of the alarm system, after ISA-18.2 and EEMUA 191: how much a person is told, how often, and by which
//! alarms. Counted from the journal; targets stand beside the values.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use points::alarm::{Alarm, Priority};
use points::{Snapshot, Span};
use serde::Deserialize;

use crate::api::{self, AlarmFigure, AlarmKpi, AlarmShare, PriorityShare};
use crate::{Shared, history, reply};

/// Days that are looked at, and their number when none is asked.
const DAYS: (u16, u16) = (31, 7);
const DAY_S: f64 = 86_400.0;
/// An alarm that stands longer than this is stale.
const STALE: Span = Span::s(24 * 3600);
/// Alarms of the list of the most frequent ones.
pub const TOP: usize = 10;

/// What the journal says of a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Load {
    /// Begin of what was looked at, Unix milliseconds: later than what was asked where the journal is younger.
    pub from_ms: i64,
    /// Its end.
    pub to_ms: i64,
    /// How often each alarm was told, by its name, with the priority of its day.
    pub told: Vec<(String, String, u64)>,
    /// Most alarms in any ten minutes.
    pub worst: u64,
    /// Time in flood, milliseconds.
    pub flood_ms: i64,
    /// Alarms that chattered.
    pub chattered: u64,
    /// There was more than is looked at in one question: what is older than the begin is left out.
    pub cut: bool,
}

/// What `GET /api/v1/alarms/kpi` takes.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KpiParameters {
    /// Days up to now, 1 to 31; 7 when absent.
    #[param(minimum = 1, maximum = 31)]
    days: Option<u16>,
    /// `json` or `csv`; `json` when absent.
    #[param(inline)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    Json,
    Csv,
}

/// `GET /api/v1/alarms/kpi`.
#[utoipa::path(get, path = "/api/v1/alarms/kpi", tag = "history", params(KpiParameters), responses(
    (status = 200, content((AlarmKpi = "application/json"), (String = "text/csv")),
     description = "figures of merit of the alarms with their targets"),
    (status = 400, body = api::Error, description = "names the parameter that is wrong"),
    (status = 503, body = api::Error, description = "the journal cannot be read now"),
))]
pub(crate) async fn kpi(
    State(shared): State<Shared>,
    parameters: Result<Query<KpiParameters>, QueryRejection>,
) -> Response {
    let parameters = match parameters {
        Ok(Query(parameters)) => parameters,
        Err(error) => return reply::error(StatusCode::BAD_REQUEST, error.body_text()),
    };
    let days = parameters.days.unwrap_or(DAYS.1);
    if !(1..=DAYS.0).contains(&days) {
        return reply::error(StatusCode::BAD_REQUEST, format!("days: outside 1 to {}", DAYS.0));
    }
    let picture = shared.views.pictures.borrow().snapshot().cloned();
    let to_ms = now_ms();
    let from_ms = to_ms - i64::from(days) * 86_400_000;
    let asked = history::ask(shared, move |records| records.alarm_load(from_ms, to_ms)).await;
    let figures = match asked {
        Ok(load) => figures(&load, picture.as_deref()),
        Err(text) => return reply::error(StatusCode::SERVICE_UNAVAILABLE, text),
    };
    match parameters.format.unwrap_or(Format::Json) {
        Format::Json => axum::Json(figures).into_response(),
        Format::Csv => {
            let kind = HeaderValue::from_static("text/csv; charset=utf-8");
            ([(header::CONTENT_TYPE, kind)], csv(&figures)).into_response()
        }
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        100.0 * number(part) / number(whole)
    }
}

/// To the hundredth: nobody reads more.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The figures of a load; what stands now is of the picture.
pub(crate) fn figures(load: &Load, picture: Option<&Snapshot>) -> AlarmKpi {
    // Less than ten minutes of a journal are ten: a mean over seconds says nothing.
    let span_s = ((load.to_ms - load.from_ms) as f64 / 1e3).max(600.0);
    let told: u64 = load.told.iter().map(|(_, _, count)| count).sum();
    let mut top = load.told.clone();
    top.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    top.truncate(TOP);
    let of_top: u64 = top.iter().map(|(_, _, count)| count).sum();
    let stale = picture.map_or(0, |picture| {
        let old = |alarm: &Alarm| picture.now.since(picture.alarm_since[alarm.index()]) > STALE;
        picture.alarms.open().iter().filter(old).count() as u64
    });
    let hidden = picture.map_or(0, |picture| picture.alarms.hidden().len() as u64);
    let chatters = picture.map_or(0, |picture| picture.alarms.chattering.len() as u64);
    let flood = 100.0 * load.flood_ms as f64 / 1e3 / span_s;
    let figure = |name: &str, about: &str, value: f64, unit: &str, target: f64, limit: f64| AlarmFigure {
        name: name.to_owned(),
        about: about.to_owned(),
        value: round(value),
        unit: unit.to_owned(),
        target,
        limit,
        met: value <= target,
        manageable: value <= limit,
    };
    let mean = number(told) / (span_s / 600.0);
    let figures = vec![
        figure("mean", "alarms in ten minutes, mean", mean, "alarms", 1.0, 2.0),
        figure(
            "worst",
            "alarms in ten minutes, worst",
            number(load.worst),
            "alarms",
            10.0,
            10.0,
        ),
        figure(
            "daily",
            "alarms a day, mean",
            number(told) / (span_s / DAY_S).max(1.0),
            "alarms",
            150.0,
            300.0,
        ),
        figure("flood", "time in flood", flood, "%", 1.0, 1.0),
        figure(
            "stale",
            "stand for more than a day",
            number(stale),
            "alarms",
            4.0,
            4.0,
        ),
        figure(
            "chattering",
            "chattered",
            number(load.chattered.max(chatters)),
            "alarms",
            0.0,
            0.0,
        ),
        figure(
            "top",
            "share of the ten most frequent",
            share(of_top, told),
            "%",
            5.0,
            100.0,
        ),
        figure(
            "hidden",
            "shelved or out of service now",
            number(hidden),
            "alarms",
            0.0,
            8.0,
        ),
    ];
    AlarmKpi {
        from: load.from_ms as f64 / 1e3,
        to: load.to_ms as f64 / 1e3,
        told,
        cut: load.cut,
        figures,
        priorities: spread(load, told),
        top: top
            .into_iter()
            .map(|(name, priority, count)| AlarmShare {
                share: round(share(count, told)),
                name,
                priority,
                count,
            })
            .collect(),
    }
}

/// Shares of the priorities; critical stands apart from the target of the others.
fn spread(load: &Load, told: u64) -> Vec<PriorityShare> {
    let targets = [
        (Priority::Critical, None),
        (Priority::High, Some(5.0)),
        (Priority::Medium, Some(15.0)),
        (Priority::Low, Some(80.0)),
    ];
    let of = |priority: Priority| -> u64 {
        let rows = load.told.iter().filter(|(_, of, _)| of == priority.text());
        rows.map(|(_, _, count)| count).sum()
    };
    targets
        .into_iter()
        .map(|(priority, target)| PriorityShare {
            priority: priority.text().to_owned(),
            count: of(priority),
            share: round(share(of(priority), told)),
            target,
        })
        .collect()
}

/// Lines of kind, name, value, unit and target.
fn csv(kpi: &AlarmKpi) -> String {
    use std::fmt::Write as _;
    let mut out = String::from("kind,name,value,unit,target\n");
    let mut line = |kind: &str, name: &str, value: f64, unit: &str, target: Option<f64>| {
        let target = target.map_or(String::new(), |target| target.to_string());
        let _ = writeln!(out, "{kind},{name},{value},{unit},{target}");
    };
    line("range", "from", kpi.from, "s", None);
    line("range", "to", kpi.to, "s", None);
    line("count", "told", number(kpi.told), "alarms", None);
    for figure in &kpi.figures {
        line(
            "figure",
            &figure.name,
            figure.value,
            &figure.unit,
            Some(figure.target),
        );
    }
    for priority in &kpi.priorities {
        line(
            "priority",
            &priority.priority,
            priority.share,
            "%",
            priority.target,
        );
    }
    for alarm in &kpi.top {
        line("alarm", &alarm.name, number(alarm.count), "alarms", None);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::Moment;

    fn value(kpi: &AlarmKpi, name: &str) -> (f64, bool) {
        let found = kpi.figures.iter().find(|figure| figure.name == name);
        found
            .map(|figure| (figure.value, figure.met))
            .expect("there is one")
    }

    #[test]
    fn figures_are_counted_against_their_targets() {
        let row = |name: &str, priority: &str, count| (name.to_owned(), priority.to_owned(), count);
        let load = Load {
            from_ms: 0,
            to_ms: 2 * 86_400_000,
            told: vec![
                row("leak", "high", 30),
                row("door.open", "medium", 90),
                row("exhaust.warm", "low", 480),
            ],
            worst: 14,
            flood_ms: 3_600_000,
            chattered: 1,
            cut: false,
        };
        let mut picture = Snapshot {
            now: Moment(100_000_000_000),
            ..Snapshot::default()
        };
        picture.alarms.raised.put(Alarm::Leak, true);
        let kpi = figures(&load, Some(&picture));
        assert_eq!(value(&kpi, "mean"), (2.08, false));
        assert_eq!(value(&kpi, "worst"), (14.0, false));
        assert_eq!(value(&kpi, "daily"), (300.0, false));
        assert_eq!(value(&kpi, "flood"), (2.08, false));
        assert_eq!(value(&kpi, "stale"), (1.0, true));
        assert_eq!(value(&kpi, "chattering"), (1.0, false));
        let shares: Vec<_> = kpi
            .priorities
            .iter()
            .map(|one| (one.priority.as_str(), one.share))
            .collect();
        assert_eq!(
            shares,
            [("critical", 0.0), ("high", 5.0), ("medium", 15.0), ("low", 80.0)]
        );
        assert_eq!(
            (kpi.top[0].name.as_str(), kpi.top[0].share),
            ("exhaust.warm", 80.0)
        );
        let csv = csv(&kpi);
        assert!(
            csv.contains("figure,worst,14,alarms,10\n") && csv.contains("alarm,leak,30,alarms,\n"),
            "{csv}"
        );
    }

    #[test]
    fn a_young_journal_and_no_alarm_are_no_division_by_nothing() {
        let kpi = figures(&Load::default(), None);
        assert!(kpi.figures.iter().all(|figure| figure.value == 0.0 && figure.met));
        assert!(kpi.priorities.iter().all(|one| one.share == 0.0) && kpi.top.is_empty());
    }
}
