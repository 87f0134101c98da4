//! The agent of the rack controller on a host, and the protocol that both ends share.
//!
//! [`protocol`] is pure: words, frames, signatures, claim codes, and how TLS is set up. The controller uses nothing else.
//! [`agent`] (feature `agent`, on by default) is what runs on a host: it lowers the host's power when the rack is hot, drains
//! it when it may have to stop, shuts it down when it has to, and reports what it does. Without the controller's word it
//! does nothing.

#[cfg(feature = "agent")]
pub mod agent;
pub mod protocol;
