//! The views over HTTP: the picture as JSON and as events, the commands' door, and a small status page.
//!
//! ```text
//!  core -> Rendered, once a picture -> watch -> GET /api/v1/snapshot   any number of readers
//!                                         `---> GET /api/v1/events     at most SSE_MAX readers
//!  core <- Asked <- bounded queue <------------ POST /api/v1/commands
//! ```
//!
//! A view never makes the core wait: pictures are shared and overwritten, the command queue is only tried. A
//! picture older than [`PICTURE_MAX_AGE`] is never shown as good. Nothing here authenticates: whoever serves this
//! router beyond the machine itself puts that before it.

mod ask;
mod events;
mod guard;
mod json;
mod page;
mod parse;
mod rendered;
mod reply;
#[cfg(test)]
mod tests;
mod views;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use points::command::{Command, Refusal};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

pub use rendered::Rendered;

/// A picture older than this is stale: an error, never a last value that looks good.
pub const PICTURE_MAX_AGE: Duration = Duration::from_secs(2);
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

/// What the views get: the latest picture, and a bounded way to the core.
#[derive(Clone, Debug)]
pub struct Views {
    /// The latest picture; start it with [`Rendered::empty`].
    pub pictures: watch::Receiver<Arc<Rendered>>,
    /// The way to the core; when it is full, the asker gets 503.
    pub commands: mpsc::Sender<Asked>,
}

/// A command on its way to the core, and where the answer goes.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub command: Command,
    /// Where the answer goes. Dropping it unanswered is answered with 503.
    pub answer: oneshot::Sender<Result<(), Refusal>>,
}

/// What every handler sees.
#[derive(Clone)]
struct Shared {
    views: Views,
    /// Free places for event clients.
    places: Arc<Semaphore>,
}

/// Every route of the views.
pub fn router(views: Views) -> Router {
    let shared = Shared {
        views,
        places: Arc::new(Semaphore::new(SSE_MAX)),
    };
    Router::new()
        .route("/", get(page::html))
        .route("/status.js", get(page::script))
        .route("/status.css", get(page::style))
        .route("/healthz", get(views::health))
        .route("/api/v1/snapshot", get(views::snapshot))
        .route("/api/v1/events", get(events::listen))
        .route(
            "/api/v1/commands",
            post(ask::command).layer(DefaultBodyLimit::max(BODY_MAX)),
        )
        .fallback(reply::no_such_page)
        .method_not_allowed_fallback(reply::no_such_method)
        .layer(middleware::from_fn(guard::guard))
        .with_state(shared)
}
