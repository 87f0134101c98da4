//! The commands' door: what is not a command never gets to the core's queue.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use points::command::Refusal;
use serde_json::json;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::parse::parse;
use crate::{ANSWER_WITHIN, Asked, BODY_MAX, BODY_WITHIN, COMMAND_HEADER, Shared, reply};

/// `POST /api/v1/commands`.
#[utoipa::path(post, path = "/api/v1/commands", tag = "commands", request_body = crate::api::Command,
    params(("X-Rack-Command" = String, Header, description = "`1`: no page of another origin can send it unasked")),
    responses(
        (status = 200, body = crate::api::CommandAnswer, description = "applied by the core"),
        (status = 400, body = crate::api::Error, description = "no command; says where"),
        (status = 403, body = crate::api::Error, description = "without the header, or from a page of another origin"),
        (status = 408, body = crate::api::Error, description = "the body did not come in time"),
        (status = 409, body = crate::api::CommandAnswer, description = "refused by the core, with its reason"),
        (status = 413, body = crate::api::Error, description = "more than 64 KiB"),
        (status = 415, body = crate::api::Error, description = "not JSON"),
        (status = 503, body = crate::api::Error, description = "no answer; look whether it was applied"),
    ))]
pub(crate) async fn command(State(shared): State<Shared>, request: Request) -> Response {
    let body = match body(request, BODY_WITHIN).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let command = match parse(&body) {
        Ok(command) => command,
        Err(fault) => return reply::with(StatusCode::BAD_REQUEST, fault.to_json()),
    };
    let (answer, answered) = oneshot::channel();
    match shared.views.commands.try_send(Asked { command, answer }) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => return unavailable(Refusal::QueueFull.text()),
        Err(TrySendError::Closed(_)) => return unavailable("the controller's core takes no commands"),
    }
    match timeout(ANSWER_WITHIN, answered).await {
        Ok(Ok(Ok(()))) => reply::with(StatusCode::OK, json!({ "result": "applied" })),
        Ok(Ok(Err(Refusal::QueueFull))) => unavailable(Refusal::QueueFull.text()),
        Ok(Ok(Err(refusal))) => {
            let body = json!({ "result": "refused", "reason": refusal.text(), "number": refusal as u8 });
            reply::with(StatusCode::CONFLICT, body)
        }
        // Honest: nobody can know whether the core takes it after all.
        Ok(Err(_)) | Err(_) => {
            unavailable("no answer from the controller's core; look whether it was applied")
        }
    }
}

fn unavailable(text: &str) -> Response {
    reply::error(StatusCode::SERVICE_UNAVAILABLE, text)
}

/// The body of a request that may carry a command; the cheap questions come first.
async fn body(request: Request, within: Duration) -> Result<Bytes, Response> {
    if request
        .headers()
        .get(COMMAND_HEADER)
        .is_none_or(|value| value != "1")
    {
        return Err(reply::error(
            StatusCode::FORBIDDEN,
            "a command carries the header X-Rack-Command: 1",
        ));
    }
    if !is_json(request.headers()) {
        let text = "a command is JSON: Content-Type: application/json";
        return Err(reply::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    match timeout(within, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) => match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let text = format!("a command has at most {BODY_MAX} bytes");
                Err(reply::error(StatusCode::PAYLOAD_TOO_LARGE, text))
            }
            status => Err(reply::error(status, "the body did not come whole")),
        },
        Err(_) => Err(reply::error(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not come in time",
        )),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let text = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let essence = text.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}
