//! The router as its clients meet it.

mod commands;
mod events;
mod history;
mod hosts;
mod metrics;
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

use crate::api::Journal;
use crate::history::{Lanes, LanesQuery, Page, Records};
use crate::metrics::{Count, Counts, TierClients};
use crate::{Asked, Hosts, Rendered, Site, Views, router};

struct Bench {
    router: Router,
    pictures: watch::Sender<Arc<Rendered>>,
    site: watch::Sender<Option<Arc<Site>>>,
    asked: mpsc::Receiver<Asked>,
}

/// Records of a rack whose every value was one degree at the begin and two at the end of what is asked.
struct Recorded;

impl Records for Recorded {
    fn lanes(&self, query: &LanesQuery) -> Result<Lanes, String> {
        let last = usize::from(query.count) - 1;
        let mut lane = vec![None; last + 1];
        lane[0] = Some((1.0, 1.04));
        lane[last] = Some((2.0, 2.0));
        Ok(Lanes {
            resolution_s: 60,
            lanes: vec![lane; query.points.len()],
        })
    }

    fn journal(&self, page: Page, limit: u16) -> Result<Journal, String> {
        match page {
            Page::After(sequence) => Err(format!("{limit} after {sequence} cannot be read")),
            Page::Before(_) => Ok(Journal {
                entries: Vec::new(),
                more: false,
            }),
        }
    }

    fn drills(&self) -> Result<crate::api::Drills, String> {
        Ok(crate::api::Drills::default())
    }

    fn alarm_load(&self, from_ms: i64, to_ms: i64) -> Result<crate::kpi::Load, String> {
        Ok(crate::kpi::Load {
            from_ms,
            to_ms,
            ..crate::kpi::Load::default()
        })
    }
}

struct Counted;

impl Counts for Counted {
    fn counts(&self) -> Vec<Count> {
        vec![Count {
            part: "modbus",
            event: "accepted",
            count: 7,
        }]
    }

    fn clients(&self) -> Vec<TierClients> {
        vec![TierClients {
            tier: "compute".to_owned(),
            state: "unnamed",
            count: 2,
        }]
    }
}

/// A router whose queue holds one command.
fn bench(picture: Rendered) -> Bench {
    let (pictures, receiver) = watch::channel(Arc::new(picture));
    let (commands, asked) = mpsc::channel(1);
    let (site, sites) = watch::channel(None);
    Bench {
        router: router(Views {
            pictures: receiver,
            commands,
            site: sites,
            matrix: Arc::new(crate::api::Matrix {
                causes: Vec::new(),
                effects: Vec::new(),
            }),
            records: Arc::new(Recorded),
            counts: Arc::new(Counted),
        }),
        pictures,
        site,
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
        Arc::new(Snapshot {
            tick,
            now: Moment(10_000_000),
            ..Snapshot::default()
        }),
        &Hosts::default(),
        at,
        1_764_000_000_250,
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
