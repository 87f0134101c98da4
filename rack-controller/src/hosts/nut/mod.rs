//! A NUT (Network UPS Tools) server: each tier of hosts as one virtual UPS, so that a stock `upsmon` on every host shuts
//! it down when its tier has to go.
//!
//! | the core says of a tier | `ups.status` |
//! |---|---|
//! | nobody knows | `ERR DATA-STALE` |
//! | run | `OL` |
//! | prepare | `OL`; `OB DISCHRG` where `on_controller_loss` is `shut_down` |
//! | shut down | `FSD OL`, as long as it stands |
//!
//! No other word is ever published, because newer clients take some of them together with a lost connection as a reason
//! to shut down. A client that last saw `OL` stays up when the picture is stale or the server gone; what was committed is
//! never taken back by silence.
//!
//! *The controller's end.* Nothing is published for it: the link closes and the connections end. So a tier that stays,
//! stays. A tier that shuts down without a controller does so only where it was asked to prepare before: its hosts hold
//! `OB DISCHRG`, and `upsmon` acts on that once the server has been silent for DEADTIME. This is so however the controller
//! ends, by order or by accident, because in both nobody watches over a danger that stands. A controller that is back
//! within DEADTIME is in time: its first answers are stale, which changes nothing, and the next ones are the core's.
//!
//! Nothing can be written through this server: commands, settings and a forced shutdown from the network are
//! refused. A user name and password only let a client `LOGIN`, which counts it; where the site names no users any is
//! taken. Whoever asks for the status hears it, so that a host with a wrong password is stopped in time too, and is told
//! apart ([`Figures::polling_without_login`]). `STARTTLS` is answered where the site has a certificate.
//!
//! `line` turns a line into a request, `answer` a request into lines; both are pure. `server` owns the sockets, `watched`
//! keeps who is there and what they have heard.

mod answer;
mod line;
pub mod plan;
mod server;
pub mod tls;
mod variables;
mod watched;

use std::sync::Arc;
use std::time::Duration;

pub use server::{Core, serve};
pub use watched::{ADDRESSES_MOST, Figures, HostFigures, STAYS_AFTER, TierClients, TierFigures, Watched};

use super::plan::Plan;
use super::sightings::Sightings;

/// Whom the server serves and what it calls itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// Tiers, targets, users and limits. Two further names are answered but not listed: `ups` and `rack` are the tier
    /// of the address that asks, unless a tier has that name itself.
    pub plan: Arc<Plan>,
    /// The rack's description for people; control characters are shown as spaces.
    pub description: String,
    /// Rated power of the IT load in watts, for the load in percent; without it there is no `ups.load`.
    pub rated_w: Option<f64>,
    /// A connection that completes no line for so long is closed, and so is one that does not take its answers.
    pub idle: Duration,
    /// Who is connected; keep a clone to look at it.
    pub watched: Watched,
    /// Where it is noted what is seen of the targets.
    pub sightings: Sightings,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            plan: Arc::default(),
            description: "Server rack: shuts hosts down when it trips".into(),
            rated_w: None,
            idle: Duration::from_secs(60),
            watched: Watched::default(),
            sightings: Sightings::default(),
        }
    }
}
