//! What the front needs to serve agents; it travels over the link.

use points::Span;
use serde::{Deserialize, Serialize};

/// Bytes that are shown to nobody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(pub Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// How agents are served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentPlan {
    /// Where hosts are to connect to, as `agent-claim` prints it; none: where the front listens.
    pub address: Option<String>,
    /// Silence of the controller after which a prepared host of a tier with `shut_down` stops.
    pub dead_man: Span,
    /// Keys and certificates; none until the core has read them, or where it cannot.
    pub keys: Option<Keys>,
}

/// Keys and certificates, DER and PKCS #8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Certificate of the rack's authority.
    pub authority: Vec<u8>,
    /// Certificate of the controller, made anew at every start.
    pub certificate: Vec<u8>,
    /// Its key.
    pub key: Secret,
    /// The Ed25519 key that orders are signed by.
    pub signing: Secret,
}

/// A host that may connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Its name in the site's file.
    pub host: String,
    /// SHA-256 of its certificate. A host that enrols again, or is removed, loses the old one by this alone.
    pub fingerprint: [u8; 32],
}

/// What a host that enrols is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The name that its claim was made for.
    pub host: String,
    /// Its certificate.
    pub certificate: Vec<u8>,
    /// The public key that orders are signed by.
    pub signed_by: [u8; 32],
}
