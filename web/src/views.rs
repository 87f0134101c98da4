//! The picture on request, and whether all is well with the way it comes.

use std::time::Instant;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::rendered::Rendered;
use crate::{Shared, reply};

/// `GET /api/v1/snapshot`.
#[utoipa::path(get, path = "/api/v1/snapshot", tag = "rack", responses(
    (status = 200, body = crate::api::Snapshot, description = "the picture of the last tick"),
    (status = 503, body = crate::api::Error, description = "no picture yet, or it is older than two seconds"),
))]
pub(crate) async fn snapshot(State(shared): State<Shared>) -> Response {
    let picture = shared.views.pictures.borrow().clone();
    let now = Instant::now();
    if picture.is_fresh(now) {
        return reply::rendered(picture.json());
    }
    let error = match picture.tick() {
        Some(_) => "the last picture is stale: the controller's core does not send",
        None => "no picture yet: the controller is starting",
    };
    let body = json!({ "error": error, "tick": picture.tick(), "age_s": age_s(&picture, now) });
    reply::with(StatusCode::SERVICE_UNAVAILABLE, body)
}

/// `GET /healthz`.
#[utoipa::path(get, path = "/healthz", tag = "metrics", responses(
    (status = 200, body = crate::api::Health, description = "pictures come"),
    (status = 503, body = crate::api::Health, description = "no picture yet, or it is older than two seconds"),
))]
pub(crate) async fn health(State(shared): State<Shared>) -> Response {
    let picture = shared.views.pictures.borrow().clone();
    let now = Instant::now();
    let status = if picture.is_fresh(now) {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let word = word(&picture, now);
    reply::with(
        status,
        json!({ "status": word, "tick": picture.tick(), "age_s": age_s(&picture, now) }),
    )
}

/// The picture's state in a word.
pub(crate) fn word(picture: &Rendered, now: Instant) -> &'static str {
    match picture.tick() {
        Some(_) if picture.is_fresh(now) => "ok",
        Some(_) => "stale",
        None => "starting",
    }
}

/// The picture's age in seconds, to the millisecond.
pub(crate) fn age_s(picture: &Rendered, now: Instant) -> f64 {
    (picture.age(now).as_secs_f64() * 1e3).round() / 1e3
}
