//! Runs over HTTP.

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hil_rig::scenario::{Problem, Problems, Scenario};
use serde_json::json;
use web::reply;

use super::super::api::Wish;
use super::super::{ACT_MAX, BODY_WITHIN, SCENARIO_MAX, Shared, door};
use crate::scenario::library;

/// `GET /api/v1/jobs`: every run, newest first.
pub(in super::super) async fn list(State(shared): State<Shared>) -> Response {
    axum::Json(shared.jobs.briefs()).into_response()
}

/// `GET /api/v1/jobs/ID`: a run with its verdicts so far.
pub(in super::super) async fn one(State(shared): State<Shared>, Path(id): Path<u64>) -> Response {
    match shared.jobs.full(id) {
        Some(job) => axum::Json(job).into_response(),
        None => gone(),
    }
}

/// `GET /reports/ID`: the report of a run that is over, a page of its own. It brings its style with it and nothing else
/// runs in it.
pub(in super::super) async fn report(State(shared): State<Shared>, Path(id): Path<u64>) -> Response {
    match shared.jobs.report(id) {
        Some(html) => (REPORT, html).into_response(),
        None => reply::error(StatusCode::NOT_FOUND, "no report of this number is kept"),
    }
}

/// Headers of a report.
const REPORT: [(HeaderName, &str); 5] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
];

fn gone() -> Response {
    reply::error(StatusCode::NOT_FOUND, "no run of this number is kept")
}

/// `POST /api/v1/jobs` with `{"name": "fire-button"}`, or a text of one's own:
/// `{"name": "mine", "text": "...", "seed": 3}`.
pub(in super::super) async fn add(State(shared): State<Shared>, request: Request) -> Response {
    let wish = match wish(request).await {
        Ok(wish) => wish,
        Err(refused) => return refused,
    };
    let scenario = match scenario(&wish) {
        Ok(scenario) => scenario,
        Err(refused) => return *refused,
    };
    let answer = match shared.jobs.add(scenario, wish.seed) {
        Ok(id) => reply::with(StatusCode::CREATED, json!({ "id": id })),
        Err(full) => reply::error(StatusCode::SERVICE_UNAVAILABLE, full.to_string()),
    };
    shared.done.notify_one();
    answer
}

/// `POST /api/v1/check`: the same, but it is only read.
pub(in super::super) async fn check(request: Request) -> Response {
    let wish = match wish(request).await {
        Ok(wish) => wish,
        Err(refused) => return refused,
    };
    match scenario(&wish) {
        Ok(scenario) => {
            let (title, steps) = (scenario.title, scenario.steps.len());
            reply::with(
                StatusCode::OK,
                json!({ "title": title, "steps": steps, "problems": [] }),
            )
        }
        Err(refused) => *refused,
    }
}

/// `POST /api/v1/jobs/ID/cancel`.
pub(in super::super) async fn cancel(
    State(shared): State<Shared>,
    Path(id): Path<u64>,
    request: Request,
) -> Response {
    if let Err(refused) = door("an act", ACT_MAX).body(request, BODY_WITHIN).await {
        return refused;
    }
    let found = shared.jobs.cancel(id);
    shared.done.notify_one();
    if found {
        reply::with(StatusCode::OK, json!({ "result": "done" }))
    } else {
        gone()
    }
}

async fn wish(request: Request) -> Result<Wish, Response> {
    let body: Bytes = door("a scenario", SCENARIO_MAX)
        .body(request, BODY_WITHIN)
        .await?;
    serde_json::from_slice(&body)
        .map_err(|error| reply::error(StatusCode::BAD_REQUEST, format!("no scenario: {error}")))
}

/// The scenario that is wished for, or the answer with every mistake.
fn scenario(wish: &Wish) -> Result<Scenario, Box<Response>> {
    let Some(text) = &wish.text else {
        let texts = library::texts();
        let Some((name, text)) = texts.iter().find(|(name, _)| *name == wish.name) else {
            let hint = hil_rig::scenario::hint(&wish.name, texts.iter().map(|(name, _)| name.as_str()));
            let error = format!("no scenario of the library is named `{}`; {hint}", wish.name);
            return Err(Box::new(reply::error(StatusCode::NOT_FOUND, error)));
        };
        return Scenario::parse(name, text).map_err(|problems| Box::new(mistakes(&problems)));
    };
    Scenario::parse(&wish.name, text).map_err(|problems| Box::new(mistakes(&problems)))
}

fn mistakes(problems: &Problems) -> Response {
    let one = |problem: &Problem| json!({ "line": problem.line, "column": problem.column, "message": problem.message });
    let list: Vec<serde_json::Value> = problems.0.iter().map(one).collect();
    let error = match list.len() {
        1 => "the scenario has a mistake".to_owned(),
        many => format!("the scenario has {many} mistakes"),
    };
    reply::with(
        StatusCode::BAD_REQUEST,
        json!({ "error": error, "problems": list }),
    )
}
