//! The router as its clients meet it.

mod commands;
mod events;
mod pictures;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use points::{Moment, Snapshot};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tower::ServiceExt;

use crate::{Asked, Rendered, Views, router};

struct Bench {
    router: Router,
    pictures: watch::Sender<Arc<Rendered>>,
    asked: mpsc::Receiver<Asked>,
}

/// A router whose queue holds one command.
fn bench(picture: Rendered) -> Bench {
    let (pictures, receiver) = watch::channel(Arc::new(picture));
    let (commands, asked) = mpsc::channel(1);
    Bench {
        router: router(Views {
            pictures: receiver,
            commands,
        }),
        pictures,
        asked,
    }
}

fn ago(ms: u64) -> Instant {
    Instant::now()
        .checked_sub(Duration::from_millis(ms))
        .expect("the machine runs for some seconds")
}

fn picture(tick: u64, at: Instant) -> Rendered {
    Rendered::new(
        &Snapshot {
            tick,
            now: Moment(10_000_000),
            ..Snapshot::default()
        },
        at,
    )
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

async fn raw(router: &Router, request: Request<Body>) -> Response<Body> {
    router.clone().oneshot(request).await.expect("a router answers")
}

async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, Value) {
    let response = raw(router, request).await;
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
    ] {
        assert_eq!(response.headers().get(name).expect("on every answer"), value);
    }
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (
        status,
        serde_json::from_slice(&body).expect("every answer of the interface is JSON"),
    )
}
