//! The views over HTTP: the snapshot as JSON, live by server-sent events, commands in, and a plain status page.
//!
//! A picture is rendered once and shared by every client. A picture older than [`STALE`] is never served as if it
//! were now. No lock here is one that the control loop needs, and no client can make it wait.

mod command;
mod render;
mod routes;

use std::sync::Arc;
use std::time::Duration;

use points::command::{Command, Refusal};
use tokio::sync::{mpsc, oneshot, watch};

pub use render::Rendered;
pub use routes::router;

/// A picture older than this is stale.
pub const STALE: Duration = Duration::from_secs(2);
/// Most clients of the event stream; a further one is answered 503.
pub const EVENT_CLIENTS_MAX: usize = 200;
/// Largest body of a request, in bytes; a larger one is answered 413.
pub const BODY_MAX: usize = 64 * 1024;
/// Longest a command may take to be answered; after that the answer is 503, "no answer".
pub const COMMAND_WAIT: Duration = Duration::from_secs(2);

/// A command on its way to the core.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub command: Command,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Result<(), Refusal>>,
}

/// What the views get: the latest picture, and a bounded way to the core.
#[derive(Clone, Debug)]
pub struct Views {
    /// The latest picture.
    pub pictures: watch::Receiver<Arc<Rendered>>,
    /// Commands for the core.
    pub commands: mpsc::Sender<Asked>,
}
