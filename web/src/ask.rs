//! The commands' door: what is not a command never gets to the core's queue.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use points::command::Refusal;
use serde_json::json;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::door::Door;
use crate::parse::parse;
use crate::{ANSWER_WITHIN, Asked, BODY_MAX, BODY_WITHIN, COMMAND_HEADER, Shared, reply};

/// What a request has to carry before it is read as a command.
const DOOR: Door = Door {
    noun: "a command",
    header: COMMAND_HEADER,
    shown: "X-Rack-Command",
    body_max: BODY_MAX,
};

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
    let body = match DOOR.body(request, BODY_WITHIN).await {
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
