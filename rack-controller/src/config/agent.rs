//! Agents on hosts in the site's file.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Our agents on hosts: they cap power, drain and shut down in order. Enrol a host with `rack-controller agent-claim HOST`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Address that agents connect to, such as `0.0.0.0:4437`; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Name or address and port as hosts reach it, where that differs: `agent-claim` prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Seconds of the controller's silence after which a prepared host shuts down, where its tier says `shut_down`; 10 to 3600.
    #[serde(default = "dead_man")]
    pub dead_man_s: f64,
}

fn dead_man() -> f64 {
    20.0
}
