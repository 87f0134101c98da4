//! What is done to the rack from the page, through the same table as everywhere: text as in a scenario, or JSON.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use hil_rig::rack::Act;
use hil_rig::scenario::{Deed, deed};
use serde_json::{Value, json};
use web::reply;

use super::{ACT_MAX, BODY_WITHIN, Shared, api, door};

/// `POST /api/v1/acts` with `{"act": "door open"}` or `{"act": {"door": {"open": true}}}`.
pub(super) async fn act(State(shared): State<Shared>, request: Request) -> Response {
    let body = match door("an act", ACT_MAX).body(request, BODY_WITHIN).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let deed = match asked(&body) {
        Ok(deed) => deed,
        Err(error) => return reply::with(StatusCode::BAD_REQUEST, error),
    };
    let answer = shared.rig.with(|rack| match deed {
        Deed::Now(act) => {
            rack.act(&act);
            Ok(json!({ "result": "done", "act": act.to_string(), "at_s": api::now_s(rack) }))
        }
        Deed::When(watch, act) => rack
            .when(watch, act)
            .map(|()| json!({ "result": "waits", "act": act.to_string(), "at_s": api::now_s(rack) }))
            .map_err(|error| error.to_string()),
    });
    shared.done.notify_one();
    match answer {
        Ok(answer) => reply::with(StatusCode::OK, answer),
        Err(full) => reply::error(StatusCode::SERVICE_UNAVAILABLE, full),
    }
}

/// The act of a body, or what is wrong with it and where.
fn asked(body: &Bytes) -> Result<Deed, Value> {
    let wrong = |text: String| json!({ "error": text });
    let body: Value = serde_json::from_slice(body).map_err(|error| wrong(format!("not JSON: {error}")))?;
    match body.get("act") {
        Some(Value::String(text)) => deed(text).map_err(
            |problem| json!({ "error": problem.message, "line": problem.line, "column": problem.column }),
        ),
        Some(object @ Value::Object(_)) => {
            let act: Act = serde_json::from_value(object.clone())
                .map_err(|error| wrong(format!("`{object}` is no act: {error}")))?;
            if act.fits() {
                Ok(Deed::Now(act))
            } else {
                Err(wrong(format!("`{act}` is out of range")))
            }
        }
        Some(_) | None => Err(wrong(
            "`act` is missing: a text such as \"door open\", or an act as JSON".to_owned(),
        )),
    }
}

/// `POST /api/v1/healthy`: everything that people can mend is mended, and what waits is forgotten.
pub(super) async fn healthy(State(shared): State<Shared>, request: Request) -> Response {
    if let Err(refused) = door("an act", ACT_MAX).body(request, BODY_WITHIN).await {
        return refused;
    }
    let answer = shared.rig.with(|rack| {
        rack.heal();
        let left: Vec<String> = rack.departures().into_iter().map(|one| one.says).collect();
        json!({ "result": "done", "at_s": api::now_s(rack), "left": left })
    });
    shared.done.notify_one();
    reply::with(StatusCode::OK, answer)
}

/// `POST /api/v1/controller` with `{"address": "http://127.0.0.1:8080"}`, or `null` for none.
pub(super) async fn attach(State(shared): State<Shared>, request: Request) -> Response {
    let body = match door("an address", ACT_MAX).body(request, BODY_WITHIN).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let address = match serde_json::from_slice::<Value>(&body)
        .as_ref()
        .map(|body| &body["address"])
    {
        Ok(Value::String(address)) => Some(address.clone()),
        Ok(Value::Null) => None,
        Ok(_) | Err(_) => {
            let text = "`address` is a text such as \"http://127.0.0.1:8080\", or null";
            return reply::error(StatusCode::BAD_REQUEST, text);
        }
    };
    match shared.controller.attach(address) {
        Ok(()) => reply::with(StatusCode::OK, json!({ "result": "done" })),
        Err(error) => reply::error(StatusCode::BAD_REQUEST, error),
    }
}
