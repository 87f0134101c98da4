//! A NUT (Network UPS Tools) server: the rack as one virtual UPS, so that a stock `upsmon` on every host shuts it
//! down when the rack trips.
//!
//! `ups.status` is `OL` until the core has committed the hosts' shutdown and `FSD OL` for as long as that stands; no other
//! word is ever published, because newer clients take some of them together with a lost connection as a reason to
//! shut down. When the picture stops the answer is `ERR DATA-STALE`, on which a client that last saw `OL` stays up;
//! what was committed is never taken back by silence.
//!
//! Nothing can be written through this server: commands, settings and a forced shutdown from the network are
//! refused. Any user name and password is taken because none grants anything: they only let a client `LOGIN`, which
//! counts it. Everything travels in the clear (`STARTTLS` is refused, the client goes on without), so it belongs on
//! a management network.
//!
//! `line` turns a line into a request, `answer` a request into lines; both are pure. `server` owns the sockets.

mod answer;
mod line;
mod server;
mod variables;
mod watched;

use std::time::Duration;

pub use server::{Core, serve};
pub use watched::{Figures, Watched};

/// What the server calls itself and how much it takes.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of the UPS.
    pub ups: String,
    /// Further names for it, answered but not listed: some appliances ask for a fixed `ups`.
    pub aliases: Vec<String>,
    /// Its description for people; control characters are shown as spaces.
    pub description: String,
    /// Rated power of the IT load in watts, for the load in percent; without it there is no `ups.load`.
    pub rated_w: Option<f64>,
    /// Most connections at once. At the cap a new one takes the place of the one that has been silent longest,
    /// more than ten seconds, without being logged in; where there is none, the new one is closed.
    pub connections: usize,
    /// Most connections at once from one address; at this cap the same rule holds among that address's own.
    pub per_peer: usize,
    /// A connection that completes no line for so long is closed, and so is one that does not take its answers.
    pub idle: Duration,
    /// Who is connected; keep a clone to look at it.
    pub watched: Watched,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            ups: "rack".into(),
            aliases: vec!["ups".into()],
            description: "Server rack: shuts hosts down when it trips".into(),
            rated_w: None,
            connections: 64,
            per_peer: 8,
            idle: Duration::from_secs(60),
            watched: Watched::default(),
        }
    }
}
