//! Modbus TCP for building management: one image of registers, read by function codes 03 and 04, and bits by 01
//! and 02. Nothing can be written in this release.
//!
//! ```text
//!  picture -> image (pure) ---\
//!  bytes -> frame (pure) ------> pdu (pure) -> answers to everything read, in order, in one write
//!  sockets: server              identification (pure)
//! ```
//!
//! A client that sends nonsense gets the exception of the book, or is closed when its frames cannot be told apart any
//! more. Every buffer, count and wait is bounded; what happens when one is full stands at its constant.

mod frame;
mod identification;
mod image;
mod map;
mod pdu;
mod server;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

pub use server::{Counters, Server};

/// What the device says of itself under function code 2B/0E.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Vendor name, object 0.
    pub vendor: String,
    /// Product code, object 1.
    pub product: String,
    /// Version, object 2.
    pub version: String,
    /// Address of the vendor or the device's page, object 3.
    pub url: String,
    /// Model name, object 5; object 4, the product name, says what `product` says.
    pub model: String,
    /// The name the owner gave this rack, object 6.
    pub name: String,
}

/// What one server grants its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once. At the cap the one idle longest is closed if it is idle for more than ten seconds,
    /// otherwise the new one is refused.
    pub connections: usize,
    /// Connections at once from one address; the same happens at this cap, among that address's own.
    pub per_peer: usize,
    /// A connection without a complete request for so long is closed.
    pub idle: Duration,
    /// A request that has begun is complete within this, and its answer is taken within this, or the connection is
    /// closed.
    pub request: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 32,
            per_peer: 8,
            idle: Duration::from_secs(60),
            request: Duration::from_secs(5),
        }
    }
}

/// Serves for ever: an accept that fails is tried again after a pause.
///
/// The settings' registers read "no value"; [`Server::with_settings`] serves them too.
///
/// # Errors
/// None today; the type leaves room for a listener that is gone for good.
pub async fn serve(
    listener: TcpListener,
    pictures: watch::Receiver<Arc<super::Latest>>,
    identity: Identity,
    limits: Limits,
) -> std::io::Result<()> {
    Server::new(&identity, limits).run(listener, pictures).await
}
