//! The routes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::timeout;

use crate::{Asked, BODY_MAX, COMMAND_WAIT, EVENT_CLIENTS_MAX, Rendered, STALE, Views, command};

/// Without this header a command is refused: a page of another origin cannot set it unasked.
const COMMAND_HEADER: &str = "x-rack-command";

#[derive(Clone)]
struct Shared {
    views: Views,
    event_places: Arc<Semaphore>,
}

/// All routes.
pub fn router(views: Views) -> Router {
    let shared = Shared {
        views,
        event_places: Arc::new(Semaphore::new(EVENT_CLIENTS_MAX)),
    };
    let file =
        |kind: &'static str, text: &'static str| get(move || async move { ([(CONTENT_TYPE, kind)], text) });
    Router::new()
        .route(
            "/",
            file("text/html; charset=utf-8", include_str!("status/index.html")),
        )
        .route(
            "/status.js",
            file("text/javascript; charset=utf-8", include_str!("status/status.js")),
        )
        .route(
            "/status.css",
            file("text/css; charset=utf-8", include_str!("status/status.css")),
        )
        .route("/healthz", get(health))
        .route("/api/v1/snapshot", get(snapshot))
        .route("/api/v1/events", get(events))
        .route("/api/v1/commands", post(commands))
        .fallback(|| async { answer(StatusCode::NOT_FOUND, &json!({ "error": "no such path" })) })
        .method_not_allowed_fallback(|| async {
            answer(
                StatusCode::METHOD_NOT_ALLOWED,
                &json!({ "error": "this path does not take this method" }),
            )
        })
        .with_state(shared)
        .layer(from_fn(headers))
}

async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
}

/// Why a picture cannot be shown as now.
fn stale(picture: &Rendered) -> Response {
    let (error, age) = match picture.age() {
        Some(age) => (
            "stale: the core has sent no picture",
            Some((age.as_secs_f64() * 10.0).round() / 10.0),
        ),
        None => ("starting: the core has sent no picture yet", None),
    };
    answer(
        StatusCode::SERVICE_UNAVAILABLE,
        &json!({ "error": error, "age_s": age }),
    )
}

async fn health(State(shared): State<Shared>) -> Response {
    let picture = Arc::clone(&shared.views.pictures.borrow());
    match picture.age() {
        Some(age) if age < STALE => {
            let age_s = (age.as_secs_f64() * 1000.0).round() / 1000.0;
            answer(
                StatusCode::OK,
                &json!({ "status": "ok", "tick": picture.tick(), "age_s": age_s }),
            )
        }
        Some(_) | None => stale(&picture),
    }
}

async fn snapshot(State(shared): State<Shared>) -> Response {
    let picture = Arc::clone(&shared.views.pictures.borrow());
    if picture.fresh() {
        ([(CONTENT_TYPE, "application/json")], picture.json()).into_response()
    } else {
        stale(&picture)
    }
}

/// One client of the event stream.
struct Client {
    pictures: watch::Receiver<Arc<Rendered>>,
    first: bool,
    told_stale: bool,
    _place: OwnedSemaphorePermit,
}

impl Client {
    /// The next event: a picture when one comes, "stale" when none does. A slow client skips pictures.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if std::mem::take(&mut self.first) {
            let picture = Arc::clone(&self.pictures.borrow_and_update());
            if picture.fresh() {
                return Some((Ok(picture.event()), self));
            }
        }
        match timeout(STALE, self.pictures.changed()).await {
            Ok(Ok(())) => {
                self.told_stale = false;
                let picture = Arc::clone(&self.pictures.borrow_and_update());
                Some((Ok(picture.event()), self))
            }
            Ok(Err(_)) => None,
            Err(_) => {
                let event: &'static [u8] = if self.told_stale {
                    b": still nothing\n\n"
                } else {
                    b"event: stale\ndata: {}\n\n"
                };
                self.told_stale = true;
                Some((Ok(Bytes::from_static(event)), self))
            }
        }
    }
}

async fn events(State(shared): State<Shared>) -> Response {
    let Ok(place) = Arc::clone(&shared.event_places).try_acquire_owned() else {
        let error = format!("{EVENT_CLIENTS_MAX} clients listen already; try again later");
        return answer(StatusCode::SERVICE_UNAVAILABLE, &json!({ "error": error }));
    };
    let client = Client {
        pictures: shared.views.pictures.clone(),
        first: true,
        told_stale: false,
        _place: place,
    };
    let body = Body::from_stream(stream::unfold(client, Client::next));
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

async fn commands(State(shared): State<Shared>, request: Request) -> Response {
    let refuse = |status, error: &str| answer(status, &json!({ "error": error }));
    let headers = request.headers();
    if headers.get(COMMAND_HEADER).is_none_or(|value| value != "1") {
        return refuse(
            StatusCode::FORBIDDEN,
            "a command needs the header `X-Rack-Command: 1`",
        );
    }
    let json = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if json.split(';').next().map(str::trim) != Some("application/json") {
        return refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a command is `application/json`",
        );
    }
    let Ok(body) = to_bytes(request.into_body(), BODY_MAX).await else {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "a command has at most 64 KiB");
    };
    let command = match command::parse(&body) {
        Ok(command) => command,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error),
    };
    let (sender, result) = oneshot::channel();
    if shared
        .views
        .commands
        .try_send(Asked {
            command,
            answer: sender,
        })
        .is_err()
    {
        return refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many commands at once; try again",
        );
    }
    match timeout(COMMAND_WAIT, result).await {
        Ok(Ok(Ok(()))) => answer(StatusCode::OK, &json!({ "result": "applied" })),
        Ok(Ok(Err(refusal))) => answer(
            StatusCode::CONFLICT,
            &json!({ "result": "refused", "reason": refusal.text() }),
        ),
        Ok(Err(_)) | Err(_) => refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "the core did not answer; look before trying again",
        ),
    }
}

#[cfg(test)]
mod tests;
