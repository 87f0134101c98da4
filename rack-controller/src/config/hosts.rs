//! Tiers and hosts in the site's file.

use std::net::{IpAddr, SocketAddr};

use points::host::Observation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hosts::bmc::plan::BmcKind;
use crate::hosts::plan::OnControllerLoss;

/// A tier of hosts that go down together; the first in the file goes first.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Its name: letters, digits, `-`, `_` and `.`. Its hosts' `upsmon` monitors the UPS of this name.
    pub name: String,
    /// What its hosts do when the controller is gone: `stay` up, or `shut_down` where they were asked to prepare before.
    #[serde(default)]
    pub on_controller_loss: OnControllerLoss,
    /// Longest time in seconds until a host of it has heard that it has to stop and begins to: with `upsmon` its POLLFREQ and
    /// FINALDELAY.
    #[serde(default = "signal")]
    pub signal_s: f64,
    /// Time in seconds in which 95 of 100 stops of its slowest host are done, until it is learned.
    #[serde(default = "stop")]
    pub stop_s: f64,
    /// Time in seconds that two observations take to see that a host is off.
    #[serde(default = "verify")]
    pub verify_s: f64,
}

fn signal() -> f64 {
    10.0
}

fn stop() -> f64 {
    90.0
}

fn verify() -> f64 {
    20.0
}

/// A host that is shut down, proven down and brought back.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Its name on the page and in reports: 1 to 64 bytes of text.
    pub name: String,
    /// Its tier.
    pub tier: String,
    /// Addresses that its own requests come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<IpAddr>,
    /// The two observations that prove it off: two of `agent`, `tcp` or `icmp`, `bmc`, `power`, which fail for different
    /// reasons. Without them it is never "off, verified".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off_by: Vec<Proof>,
    /// What of it is probed every two seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// Its management controller: a second opinion on its power, a second way to stop it, and the way to start it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bmc: Option<ManagementController>,
    /// What is called for it, for whoever is neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// Number of the switched outlet that feeds it, 1 to 16; its power is an observation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlet: Option<u8>,
}

/// What of a host is probed. One that answers, be it with a refusal, runs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Address and port of a TCP service of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<SocketAddr>,
    /// Address that answers ICMP echoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icmp: Option<IpAddr>,
}

/// A host's management controller.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManagementController {
    /// What it speaks: `redfish` or `ipmi`.
    pub kind: BmcKind,
    /// Redfish: its root, `https://192.0.2.9`; IPMI: its address.
    pub address: String,
    /// Who we are there; power and login rights suffice.
    pub user: String,
    /// File with the password, readable by its owner alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<String>,
    /// File with the certificate, PEM, that its own is checked against; needed for `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<String>,
    /// Redfish: path, name or identity of the system, where there are several; IPMI: the interface, `lanplus` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Power that the host is rated for, in watts; caps are shares of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rated_power_w: Option<f64>,
    /// In a fire it may switch off, without asking the host, one that is not down at its tier's deadline.
    #[serde(default)]
    pub force_off: bool,
}

/// A program elsewhere that is told by HTTP.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where: `http://` or `https://`.
    pub url: String,
    /// File with the secret by which calls are signed, readable by its owner alone.
    pub secret_file: String,
    /// File with the certificate, PEM, that the other's is checked against; needed for `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<String>,
    /// A rehearsal calls it too, with the word `rehearsal`. Say so only of a receiver that knows this word and does nothing then.
    #[serde(default)]
    pub rehearse: bool,
}

/// A way of looking at a host that can show it off. (A log-out of `upsmon` cannot: it comes when a shutdown begins.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// Our agent on it falls silent.
    Agent,
    /// Its TCP port no longer answers.
    Tcp,
    /// It no longer answers ICMP echoes.
    Icmp,
    /// Its management controller says that its power is off.
    Bmc,
    /// It draws no power.
    Power,
}

impl Proof {
    /// The observation it is.
    pub const fn observation(self) -> Observation {
        match self {
            Proof::Agent => Observation::Agent,
            Proof::Tcp => Observation::Tcp,
            Proof::Icmp => Observation::Icmp,
            Proof::Bmc => Observation::Bmc,
            Proof::Power => Observation::Power,
        }
    }
}
