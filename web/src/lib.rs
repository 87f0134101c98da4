//! The views over HTTP: the picture as JSON, as events and as metrics, history, the commands' door, and the page.
//!
//! ```text
//!  core -> Rendered, once a picture -> watch -> GET /api/v1/snapshot, /metrics   any number of readers
//!                                         `---> GET /api/v1/events               at most SSE_MAX readers
//!  Records, blocking, beside the runtime <----- GET /api/v1/history, journal     QUERIES_MAX at once
//!  core <- Asked <- bounded queue <------------ POST /api/v1/commands
//! ```
//!
//! A view never makes the core wait: pictures are shared and overwritten, the command queue is only tried. A
//! picture older than [`PICTURE_MAX_AGE`] is never shown as good. Nothing here authenticates: whoever serves this
//! router beyond the machine itself puts that before it.

pub mod api;
mod ask;
pub mod dictionary;
pub mod door;
mod events;
mod guard;
pub mod history;
pub mod hosts;
mod json;
pub mod kpi;
pub mod metrics;
pub mod openapi;
mod page;
mod parse;
mod rendered;
pub mod reply;
mod site;
#[cfg(test)]
mod tests;
mod views;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use points::command::{Command, Proofs, Refusal};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

pub use hosts::Hosts;
pub use parse::odd_in_name;
pub use rendered::Rendered;
pub use site::Site;

use history::{QUERIES_MAX, Records};
use metrics::Counts;

/// A picture older than this is stale: an error, never a last value that looks good.
pub const PICTURE_MAX_AGE: Duration = Duration::from_secs(2);
/// Pictures come to a client no oftener than this, unless something turns.
pub const PICTURE_EVERY: Duration = Duration::from_millis(500);
/// Clients that may listen to events at one time; the next one gets 503. Fewer than the connections that a server
/// takes (128), so that listeners never keep a command out.
pub const SSE_MAX: usize = 96;
/// While nothing comes from the core, a comment this often shows that the connection lives.
pub const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// An event client that takes nothing for this long is let go, so that it does not keep its place for ever.
pub const SSE_STUCK: Duration = Duration::from_secs(30);
/// Longest body of a command, in bytes; more is 413.
pub const BODY_MAX: usize = 64 * 1024;
/// A body that is not there after this long is 408.
pub const BODY_WITHIN: Duration = Duration::from_secs(5);
/// The core answers a command within this, or the asker gets 503.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Bytes of all header names and values together; more is 431.
pub const HEADERS_MAX: usize = 16 * 1024;
/// Bytes of path and query; more is 414.
pub const URI_MAX: usize = 2 * 1024;
/// A command carries this header with the value `1`: a page of another origin cannot set it unasked.
pub const COMMAND_HEADER: &str = "x-rack-command";

/// What the views get: the latest picture, the records, and a bounded way to the core.
#[derive(Clone)]
pub struct Views {
    /// The latest picture; start it with [`Rendered::empty`].
    pub pictures: watch::Receiver<Arc<Rendered>>,
    /// The way to the core; when it is full, the asker gets 503.
    pub commands: mpsc::Sender<Asked>,
    /// What this rack is; nothing until the core has said it.
    pub site: watch::Receiver<Option<Arc<Site>>>,
    /// The cause-and-effect matrix.
    pub matrix: Arc<api::Matrix>,
    /// What was.
    pub records: Arc<dyn Records>,
    /// What the front counts.
    pub counts: Arc<dyn Counts>,
}

/// A command on its way to the core, and where the answer goes.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub command: Command,
    /// What is asked about it.
    pub asks: Asks,
}

/// What is asked about a command. Dropping the channel of the answer unanswered is answered with 503.
#[derive(Debug)]
pub enum Asks {
    /// That it is done; with the responses of the persons who stand behind it, where there are any.
    Act {
        /// Who stands behind it.
        proofs: Option<Proofs>,
        /// Applied, or why it is refused.
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    /// A challenge that persons respond to for this very command.
    Challenge {
        /// The challenge, or why there is none.
        answer: oneshot::Sender<Result<u64, Refusal>>,
    },
}

/// What every handler sees.
#[derive(Clone)]
struct Shared {
    views: Views,
    /// Free places for event clients.
    places: Arc<Semaphore>,
    /// Free places for queries.
    queries: Arc<Semaphore>,
}

/// Every route of the views.
pub fn router(views: Views) -> Router {
    let shared = Shared {
        views,
        places: Arc::new(Semaphore::new(SSE_MAX)),
        queries: Arc::new(Semaphore::new(QUERIES_MAX)),
    };
    let page = page::FILES
        .into_iter()
        .fold(Router::new(), |routes, (path, kind, bytes)| {
            routes.route(path, get(async move || page::file(kind, bytes)))
        });
    let routes = page
        .route("/healthz", get(views::health))
        .route("/metrics", get(metrics::metrics))
        .route("/openapi.json", get(openapi::document))
        .route("/api/v1/rack", get(site::rack))
        .route("/api/v1/settings", get(site::settings))
        .route("/api/v1/points", get(dictionary::points))
        .route("/api/v1/matrix", get(dictionary::matrix))
        .route("/api/v1/inputs", get(dictionary::inputs))
        .route("/api/v1/history", get(history::history))
        .route("/api/v1/journal", get(history::journal))
        .route("/api/v1/drills", get(history::drills))
        .route("/api/v1/alarms/kpi", get(kpi::kpi))
        .route("/api/v1/snapshot", get(views::snapshot))
        .route("/api/v1/events", get(events::listen))
        .route(
            "/api/v1/commands",
            post(ask::command).layer(DefaultBodyLimit::max(BODY_MAX)),
        )
        .route(
            "/api/v1/challenges",
            post(ask::challenge).layer(DefaultBodyLimit::max(BODY_MAX)),
        )
        .with_state(shared);
    guarded(routes)
}

/// Routes with what holds for every request and answer of a page of ours: bounded sizes, no other origin, headers that
/// keep browsers careful, and answers in JSON for what is not there.
pub fn guarded(routes: Router) -> Router {
    routes
        .fallback(reply::no_such_page)
        .method_not_allowed_fallback(reply::no_such_method)
        .layer(middleware::from_fn(guard::guard))
}
