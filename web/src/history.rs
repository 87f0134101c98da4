//! What was: lanes of values as min/max pairs, and the journal of transitions.
//!
//! Whoever keeps the records implements [`Records`]; queries block, so they run beside the runtime's own threads, a few
//! at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use points::point::{self, Point};
use serde::Deserialize;
use tokio::time::timeout;

use crate::api::{self, Drills, History, Journal, Lane};
use crate::kpi::Load;
use crate::{Shared, reply};

/// Queries that run at once; a further one waits.
pub const QUERIES_MAX: usize = 4;
/// A query that has not begun or ended after this long is answered 503.
const QUERY_WITHIN: Duration = Duration::from_secs(5);
/// Points of one query.
const POINTS_MAX: usize = 16;
/// Buckets of one query, and their number when none is asked.
const BUCKETS: (u16, u16) = (2000, 300);
/// Longest range of one query, s: what is kept, in leap years' days.
const RANGE_MAX_S: f64 = 20.0 * 366.0 * 86_400.0;
/// Range when none is asked, s.
const RANGE_S: f64 = 3600.0;
/// Lines of one page of the journal, and their number when none is asked.
const LINES: (u16, u16) = (1000, 100);

/// A question for lanes.
#[derive(Clone, Debug)]
pub struct LanesQuery {
    /// Which points.
    pub points: Vec<Point>,
    /// Begin, Unix milliseconds.
    pub from_ms: i64,
    /// End, Unix milliseconds; later than the begin.
    pub to_ms: i64,
    /// Buckets.
    pub count: u16,
}

/// Smallest and largest value of each bucket.
pub type Pairs = Vec<Option<(f64, f64)>>;

/// Lanes as they are kept.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    /// Width of what was looked at, seconds.
    pub resolution_s: u32,
    /// A lane for each point of the question, in its order.
    pub lanes: Vec<Pairs>,
}

/// A question for a page of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The newest below this number, newest first; nothing asks for the newest there is.
    Before(Option<u64>),
    /// Those above this number, oldest first.
    After(u64),
}

/// Whoever keeps the records.
pub trait Records: Send + Sync {
    /// Lanes of values. It may block for a disk.
    ///
    /// # Errors
    /// Why there are none, in words a person can act on.
    fn lanes(&self, query: &LanesQuery) -> Result<Lanes, String>;

    /// At most `limit` lines of the journal, and whether there are more. It may block for a disk.
    ///
    /// # Errors
    /// Why there are none, in words a person can act on.
    fn journal(&self, page: Page, limit: u16) -> Result<Journal, String>;

    /// The last reports of drills and rehearsals, the newest first. It may block for a disk.
    ///
    /// # Errors
    /// Why there are none, in words a person can act on.
    fn drills(&self) -> Result<Drills, String>;

    /// What the journal says of the alarms between two times of the wall clock, Unix milliseconds. It may block for a
    /// disk, and looks at no more rows than it says.
    ///
    /// # Errors
    /// Why there is none, in words a person can act on.
    fn alarm_load(&self, from_ms: i64, to_ms: i64) -> Result<Load, String>;
}

/// What `GET /api/v1/history` takes.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParameters {
    /// Names of points with commas between them, at most 16.
    #[param(example = "rack.exhaust.temperature,blower.a.speed")]
    points: String,
    /// Begin, Unix seconds; an hour before the end when absent.
    #[param(minimum = 0)]
    from: Option<f64>,
    /// End, Unix seconds; now when absent.
    #[param(minimum = 0)]
    to: Option<f64>,
    /// Buckets, 1 to 2000; 300 when absent.
    #[param(minimum = 1, maximum = 2000)]
    count: Option<u16>,
}

/// What `GET /api/v1/journal` takes.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JournalParameters {
    /// Lines below this number, newest first; from the newest on when absent.
    before: Option<u64>,
    /// Lines above this number, oldest first; not together with `before`.
    after: Option<u64>,
    /// Lines, 1 to 1000; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
}

/// `GET /api/v1/history`.
#[utoipa::path(get, path = "/api/v1/history", tag = "history", params(HistoryParameters), responses(
    (status = 200, body = History, description = "smallest and largest of each bucket; null where nothing was measured"),
    (status = 400, body = api::Error, description = "names the parameter that is wrong"),
    (status = 503, body = api::Error, description = "the history cannot be read now"),
))]
pub(crate) async fn history(
    State(shared): State<Shared>,
    parameters: Result<Query<HistoryParameters>, QueryRejection>,
) -> Response {
    let query = match parameters.map_err(|error| error.body_text()) {
        Ok(Query(parameters)) => lanes_query(&parameters, now_s()),
        Err(text) => Err(text),
    };
    let query = match query {
        Ok(query) => query,
        Err(text) => return reply::error(StatusCode::BAD_REQUEST, text),
    };
    answer(shared, move |records| {
        let lanes = records.lanes(&query)?;
        Ok(shown(&query, lanes))
    })
    .await
}

/// `GET /api/v1/journal`.
#[utoipa::path(get, path = "/api/v1/journal", tag = "history", params(JournalParameters), responses(
    (status = 200, body = Journal, description = "a page of the journal"),
    (status = 400, body = api::Error, description = "names the parameter that is wrong"),
    (status = 503, body = api::Error, description = "the journal cannot be read now"),
))]
pub(crate) async fn journal(
    State(shared): State<Shared>,
    parameters: Result<Query<JournalParameters>, QueryRejection>,
) -> Response {
    let page = match parameters.map_err(|error| error.body_text()) {
        Ok(Query(parameters)) => journal_query(&parameters),
        Err(text) => Err(text),
    };
    match page {
        Ok((page, limit)) => answer(shared, move |records| records.journal(page, limit)).await,
        Err(text) => reply::error(StatusCode::BAD_REQUEST, text),
    }
}

/// `GET /api/v1/drills`.
#[utoipa::path(get, path = "/api/v1/drills", tag = "history", responses(
    (status = 200, body = Drills, description = "the last reports of drills and rehearsals of the hosts' shutdown, the newest first"),
    (status = 503, body = api::Error, description = "they cannot be read now"),
))]
pub(crate) async fn drills(State(shared): State<Shared>) -> Response {
    answer(shared, |records| records.drills()).await
}

async fn answer<T: serde::Serialize + Send + 'static>(
    shared: Shared,
    question: impl FnOnce(&dyn Records) -> Result<T, String> + Send + 'static,
) -> Response {
    match ask(shared, question).await {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(text) => reply::error(StatusCode::SERVICE_UNAVAILABLE, text),
    }
}

/// Asks the records where blocking is no harm.
pub(crate) async fn ask<T: Send + 'static>(
    shared: Shared,
    ask: impl FnOnce(&dyn Records) -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (records, places) = (shared.views.records, shared.queries);
    let asking = async move {
        // Held by the query itself, also when its asker no longer waits.
        let Ok(place) = places.acquire_owned().await else {
            return Err("the controller is stopping".to_owned());
        };
        let asked = tokio::task::spawn_blocking(move || {
            let answer = ask(&*records);
            drop(place);
            answer
        });
        asked
            .await
            .unwrap_or_else(|_| Err("the history has failed; see the log".to_owned()))
    };
    match timeout(QUERY_WITHIN, asking).await {
        Ok(answer) => answer,
        Err(_) => Err("the history does not answer in time".to_owned()),
    }
}

fn now_s() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

fn lanes_query(parameters: &HistoryParameters, now_s: f64) -> Result<LanesQuery, String> {
    let names: Vec<&str> = parameters.points.split(',').collect();
    if names.len() > POINTS_MAX {
        return Err(format!("points: at most {POINTS_MAX}"));
    }
    let mut points = Vec::with_capacity(names.len());
    let mut seen = BTreeSet::new();
    for name in names {
        let short: String = name.chars().take(64).collect();
        let point = point::find(name)
            .ok_or_else(|| format!("points: no point is called {short:?}; see /api/v1/points"))?;
        if !seen.insert(point.index) {
            return Err(format!("points: {short:?} stands there twice"));
        }
        points.push(point);
    }
    let to = parameters.to.unwrap_or(now_s);
    let from = parameters.from.unwrap_or((to - RANGE_S).max(0.0));
    for (name, value) in [("to", to), ("from", from)] {
        // Beyond the year 9999 a number is no time of this rack, but a mistake in its unit.
        if !value.is_finite() || !(0.0..2.534e11).contains(&value) {
            return Err(format!("{name}: Unix seconds from 0 on"));
        }
    }
    if to <= from {
        return Err("to: not later than from".to_owned());
    }
    if to - from > RANGE_MAX_S {
        return Err("from: more than 20 years before to; that is longer than anything is kept".to_owned());
    }
    let count = parameters.count.unwrap_or(BUCKETS.1);
    if count == 0 || count > BUCKETS.0 {
        return Err(format!("count: 1 to {}", BUCKETS.0));
    }
    let (from_ms, to_ms) = (ms(from), ms(to));
    if to_ms - from_ms < i64::from(count) {
        return Err("to: less than a millisecond for each bucket".to_owned());
    }
    Ok(LanesQuery {
        points,
        from_ms,
        to_ms,
        count,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be a time")]
fn ms(seconds: f64) -> i64 {
    (seconds * 1e3).round() as i64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times in milliseconds are far below 2^53"
)]
fn s(ms: i64) -> f64 {
    ms as f64 / 1e3
}

fn journal_query(parameters: &JournalParameters) -> Result<(Page, u16), String> {
    let limit = parameters.limit.unwrap_or(LINES.1);
    if limit == 0 || limit > LINES.0 {
        return Err(format!("limit: 1 to {}", LINES.0));
    }
    match (parameters.before, parameters.after) {
        (Some(_), Some(_)) => Err("after: not together with before".to_owned()),
        (None, Some(after)) => Ok((Page::After(after), limit)),
        (before, None) => Ok((Page::Before(before), limit)),
    }
}

fn shown(query: &LanesQuery, lanes: Lanes) -> History {
    let rounded = |point: &Point, value: f64| {
        let scale = 10f64.powi(point.row.decimals.into());
        (value * scale).round() / scale
    };
    let shown: BTreeMap<String, Lane> = query
        .points
        .iter()
        .zip(lanes.lanes)
        .map(|(point, pairs)| {
            let side = |pick: fn((f64, f64)) -> f64| -> Vec<Option<f64>> {
                let values = pairs
                    .iter()
                    .map(|pair| pair.map(|pair| rounded(point, pick(pair))));
                values.collect()
            };
            let lane = Lane {
                unit: point.row.kind.unit.to_owned(),
                min: side(|pair| pair.0),
                max: side(|pair| pair.1),
            };
            (point.to_string(), lane)
        })
        .collect();
    History {
        from: s(query.from_ms),
        to: s(query.to_ms),
        step_s: s(query.to_ms - query.from_ms) / f64::from(query.count),
        resolution_s: lanes.resolution_s,
        points: shown,
    }
}
