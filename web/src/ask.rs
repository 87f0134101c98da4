//! The commands' door: what is not a command never gets to the core's queue.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use points::command::{CHALLENGE_VALID_S, Command, Proofs, Refusal};
use serde_json::json;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::door::Door;
use crate::parse::parse;
use crate::{ANSWER_WITHIN, Asked, Asks, BODY_MAX, BODY_WITHIN, COMMAND_HEADER, Shared, reply};

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
    let (command, proofs) = match read(request).await {
        Ok(read) => read,
        Err(refused) => return refused,
    };
    let (answer, answered) = oneshot::channel();
    let asks = Asks::Act { proofs, answer };
    match ask(&shared, command, asks, answered).await {
        Ok(()) => reply::with(StatusCode::OK, json!({ "result": "applied" })),
        Err(refused) => refused,
    }
}

/// `POST /api/v1/challenges`: the body is the command that is going to be given.
#[utoipa::path(post, path = "/api/v1/challenges", tag = "commands", request_body = crate::api::Command,
    params(("X-Rack-Command" = String, Header, description = "`1`: no page of another origin can send it unasked")),
    responses(
        (status = 200, body = crate::api::Challenge, description = "what persons respond to, for this very command"),
        (status = 400, body = crate::api::Error, description = "no command that needs one; says where"),
        (status = 403, body = crate::api::Error, description = "without the header, or from a page of another origin"),
        (status = 408, body = crate::api::Error, description = "the body did not come in time"),
        (status = 409, body = crate::api::CommandAnswer, description = "refused by the core, with its reason"),
        (status = 413, body = crate::api::Error, description = "more than 64 KiB"),
        (status = 415, body = crate::api::Error, description = "not JSON"),
        (status = 503, body = crate::api::Error, description = "no answer"),
    ))]
pub(crate) async fn challenge(State(shared): State<Shared>, request: Request) -> Response {
    let command = match read(request).await {
        Ok((command, None)) if command.row().second_factor => command,
        Ok((command, _)) => {
            let text = format!("{}: no command that a challenge is asked for", command.row().name);
            return reply::error(StatusCode::BAD_REQUEST, text);
        }
        Err(refused) => return refused,
    };
    let Some(site) = shared.views.site.borrow().clone() else {
        return unavailable("the core has not said yet which rack this is");
    };
    let (answer, answered) = oneshot::channel();
    match ask(&shared, command, Asks::Challenge { answer }, answered).await {
        Ok(challenge) => reply::with(
            StatusCode::OK,
            json!({
                "challenge": format!("{challenge:016x}"),
                "rack": site.name,
                "text": command.to_string(),
                "valid_s": CHALLENGE_VALID_S,
            }),
        ),
        Err(refused) => refused,
    }
}

/// The command in a request and who stands behind it, or the answer that refuses it.
async fn read(request: Request) -> Result<(Command, Option<Proofs>), Response> {
    let body = DOOR.body(request, BODY_WITHIN).await?;
    parse(&body).map_err(|fault| reply::with(StatusCode::BAD_REQUEST, fault.to_json()))
}

/// Hands the question on and waits for its answer, or says what became of it.
async fn ask<T>(
    shared: &Shared,
    command: Command,
    asks: Asks,
    answered: oneshot::Receiver<Result<T, Refusal>>,
) -> Result<T, Response> {
    match shared.views.commands.try_send(Asked { command, asks }) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => return Err(unavailable(Refusal::QueueFull.text())),
        Err(TrySendError::Closed(_)) => {
            return Err(unavailable("the controller's core takes no commands"));
        }
    }
    match timeout(ANSWER_WITHIN, answered).await {
        Ok(Ok(Ok(answer))) => Ok(answer),
        Ok(Ok(Err(Refusal::QueueFull))) => Err(unavailable(Refusal::QueueFull.text())),
        Ok(Ok(Err(refusal))) => {
            let body = json!({ "result": "refused", "reason": refusal.text(), "number": refusal as u8 });
            Err(reply::with(StatusCode::CONFLICT, body))
        }
        // Honest: nobody can know whether the core takes it after all.
        Ok(Err(_)) | Err(_) => Err(unavailable(
            "no answer from the controller's core; look whether it was applied",
        )),
    }
}

fn unavailable(text: &str) -> Response {
    reply::error(StatusCode::SERVICE_UNAVAILABLE, text)
}
