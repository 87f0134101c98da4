//! The NUT server in the site's file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hosts::nut::plan::{CONNECTIONS, PER_PEER};

/// The NUT server that hosts' `upsmon` listens to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Nut {
    /// File with the server's certificate and what leads to its authority, PEM. With it and `key_file` hosts may encrypt
    /// (STARTTLS). It is read when the controller starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<String>,
    /// File with its private key, PEM; readable by nobody but its owner and group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
    /// Nobody logs in without encryption. The status stays readable in the clear, so that a host that is set up wrong
    /// is stopped in time too.
    pub require_tls: bool,
    /// Most connections at once, 8 to 512.
    pub connections: u16,
    /// Most connections at once from one address, 1 to 512.
    pub per_peer: u16,
    /// Users that may log in. Where there are none any name and password is taken: a login grants nothing, it lets a host
    /// be counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user: Vec<NutUser>,
}

impl Default for Nut {
    fn default() -> Self {
        Nut {
            certificate_file: None,
            key_file: None,
            require_tls: false,
            connections: CONNECTIONS,
            per_peer: PER_PEER,
            user: Vec::new(),
        }
    }
}

/// A user of the NUT server.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NutUser {
    /// Its name, as in the hosts' MONITOR line.
    pub name: String,
    /// File with its password on one line; readable by nobody but its owner and group.
    pub password_file: String,
    /// Tiers that it may log in to; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Vec<String>>,
}
