//! Our agents on hosts: they cap power, drain, shut down in order, and say what they do.
//!
//! ```text
//!  core: authority (keys, claims, who is enrolled) --link--> front: server, a session for each connection
//!  told --> words --> signed order --TLS--> agent        agent --beat, ack--> leases --> sightings --> core
//! ```
//! The *authority* lives in the core, because the front can open no file of the site and is the part that strangers talk to:
//! it carries a host's request to enrol, and cannot grant one. What it is given is what serving needs: a certificate, and the
//! key that orders are signed by. Nothing an agent says delays what the core has committed; a hold is time to drain, granted
//! only as long as nothing is.

pub mod authority;
pub mod book;
pub mod leases;
pub mod news;
pub mod plan;
pub mod said;
mod server;
mod session;
pub mod words;

pub use server::{Served, serve};

use tokio::sync::oneshot;

use plan::Granted;

/// A host that asks to be enrolled, on its way to the core.
#[derive(Debug)]
pub struct EnrolAsk {
    /// The secret of its claim code.
    pub secret: [u8; rack_agent::protocol::claim::SECRET],
    /// Its public key.
    pub public_key: [u8; 32],
    /// Where the answer goes.
    pub answer: oneshot::Sender<Result<Granted, String>>,
}

/// An agent that asks for more time, on its way to the core's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldAsk {
    /// The place of its target.
    pub target: u8,
    /// Some was given.
    pub granted: bool,
}

/// Most connections that have not said who they are. At this cap the oldest of the address with
/// the most of them yields.
pub const STRANGERS_MAX: usize = 16;
/// Most of them from one address, or one network of IPv6. At this cap the oldest one from there yields: one machine that says
/// nothing must not keep the hosts out, which all come back at once when a front is started anew.
pub const STRANGERS_FROM_ONE: usize = 4;
/// Most connections of enrolled hosts; a further one is closed.
pub const CONNECTIONS_MAX: usize = 64;
/// Most connections of one host. At this cap the older one yields: a host that has lost its network comes back before its
/// old connection is missed.
pub const PER_HOST_MAX: usize = 2;
/// Requests to enrol that wait for the core; a further one is refused.
pub const ENROLMENTS_WAITING: usize = 4;
/// Requests for more time that wait for the core; a further one is in the log alone.
pub const HOLDS_WAITING: usize = 16;
