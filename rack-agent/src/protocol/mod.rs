//! What controller and agent say to each other: JSON in frames of at most 16 KiB over TLS 1.3.
//!
//! ```text
//!  agent                                          controller
//!    | -- TLS 1.3, certificate of the host ----------> |   once, without a certificate: Enrol -> Enrolled
//!    | -- Hello {boot, stop estimate, last, nonce} --> |
//!    | <-------------------- Welcome {lease, beat} --- |
//!    | <-- Signed(Order {sequence, phase, cap, ...}) - |   at every change, and every 2 s
//!    | -- Ack {sequence, state} ---------------------> |   to every change, at once
//!    | -- Beat {state, hottest chip} ----------------> |   every 2 s; 10 s of silence end the lease
//!    | -- Progress, HoldRequest ---------------------> |
//!    | <------------------------ Hold {granted_ms} --- |
//!    | <-- Signed(Rehearsal {sequence, deadline}) ---- |   only to an agent that has said it knows them
//!    | -- Rehearsed {what it would do} --------------> |
//!    | -- Bye ---------------------------------------> |
//! ```
//! Every order is the whole of what is asked, so one that is lost is made good by the next. Deadlines are times left, never
//! times of day. An order is taken when its signature is the controller's, it is meant for this host and this connection, and
//! its number is above every one before: see [`order::Gate`].

pub mod claim;
pub mod frame;
pub mod hex;
pub mod order;
pub mod rehearsal;
pub mod tls;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use order::{OnLoss, Order, Phase, Signed};
pub use rehearsal::{Rehearsal, Would};

/// Version of these messages. Members are only added; what one end does not know it leaves unread.
pub const VERSION: u16 = 1;
/// Silence of this length ends the lease.
pub const LEASE: Duration = Duration::from_secs(10);
/// Time between two signs of life, in both directions.
pub const BEAT: Duration = Duration::from_secs(2);
/// Longest hold that is granted, and the longest of one incident in all.
pub const HOLD_MAX: Duration = Duration::from_secs(120);
/// Longest text in a message, bytes; a longer one is cut by who sends and refused by who reads.
pub const TEXT_MAX: usize = 512;

/// What a host says of itself at the begin of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`] of the agent.
    pub version: u16,
    /// The name it is enrolled under; the certificate decides, this is compared.
    pub host: String,
    /// Version of the program.
    pub program: String,
    /// The kernel's boot id: another one means that the host was down in between.
    pub boot_id: String,
    /// What it can do here.
    pub able: Able,
    /// Time that a stop takes by its own estimate, ms.
    pub stop_ms: u64,
    /// The longest time that one of its units may take to stop, ms; none where systemd does not say, or sets no limit.
    pub unit_stop_ms: Option<u64>,
    /// The highest order number it may have taken; the controller goes on above it.
    pub last: u64,
    /// 16 random bytes as hexadecimal digits, new for every connection; orders carry them back.
    pub nonce: String,
}

/// What an agent can do on its host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Able {
    /// It has power or frequency limits to lower.
    pub cap: bool,
    /// It has hooks that drain.
    pub drain: bool,
    /// It sees a shutdown that others begin.
    pub inhibit: bool,
    /// It can take a shutdown back before its time.
    pub cancel: bool,
    /// It answers a rehearsal. An agent of before says nothing of it, and is sent none.
    #[serde(default)]
    pub rehearse: bool,
}

/// What a host is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its work, at full power.
    #[default]
    Running,
    /// Its work, below a cap.
    Capped,
    /// It drains.
    Draining,
    /// Its drain hooks are done; it could stop now.
    Drained,
    /// It shuts down.
    Stopping,
}

impl State {
    /// Its word in lines for people.
    pub const fn text(self) -> &'static str {
        match self {
            State::Running => "runs",
            State::Capped => "runs capped",
            State::Draining => "drains",
            State::Drained => "is drained",
            State::Stopping => "stops",
        }
    }
}

/// From an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum FromAgent {
    /// A host that has a claim code asks for its certificate. The only word without one.
    Enrol {
        /// [`VERSION`] of the agent.
        version: u16,
        /// The secret of the claim code, hexadecimal.
        secret: String,
        /// The Ed25519 public key that the certificate is to be for, hexadecimal.
        public_key: String,
    },
    /// The first word of every other connection.
    Hello(Box<Hello>),
    /// A sign of life.
    Beat {
        /// What the host is doing.
        state: State,
        /// Its hottest chip, thousandths of a degree Celsius, where the kernel reads one. An older agent says nothing of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chip_mc: Option<i32>,
    },
    /// An order is taken.
    Ack {
        /// The order's number.
        sequence: u64,
        /// What the host is doing.
        state: State,
        /// Time until it is down, where it stops; ms.
        stop_ms: Option<u64>,
    },
    /// What the host is doing has changed, or got on.
    Progress {
        /// What the host is doing.
        state: State,
        /// In words, for people.
        text: String,
    },
    /// The host needs more time to drain.
    HoldRequest {
        /// Why, for people.
        reason: String,
        /// Time that is asked for, ms; at most [`HOLD_MAX`].
        ttl_ms: u64,
    },
    /// The answer to `Rehearse`.
    Rehearsed {
        /// The rehearsal's number.
        rehearsal: u32,
        /// What the host would do.
        would: Would,
    },
    /// The agent ends in good order.
    Bye {
        /// Why, for people.
        reason: String,
        /// What the host is doing.
        state: State,
    },
}

/// From the controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum FromController {
    /// The answer to `Enrol`.
    Enrolled {
        /// The name that the claim was made for.
        host: String,
        /// The host's certificate, DER, hexadecimal.
        certificate: String,
        /// The Ed25519 public key that orders are signed by, hexadecimal.
        signed_by: String,
    },
    /// No, and the connection ends.
    Refused {
        /// Why and what to do, for people.
        reason: String,
    },
    /// The answer to `Hello`.
    Welcome {
        /// [`VERSION`] of the controller.
        version: u16,
        /// The rack's name.
        rack: String,
        /// Silence that ends the lease, ms.
        lease_ms: u64,
        /// Time between two signs of life, ms.
        beat_ms: u64,
    },
    /// What the host is to do.
    Order(Signed),
    /// What it would do is asked; nothing is done.
    Rehearse(Signed),
    /// The answer to `HoldRequest`.
    Hold {
        /// Time that is granted, ms; 0 is a no.
        granted_ms: u64,
        /// Why no more, for people.
        reason: String,
    },
}

/// A text that fits into a message: without control characters, cut at [`TEXT_MAX`] bytes.
pub fn bounded(text: &str) -> String {
    cut(text, TEXT_MAX)
}

fn cut(text: &str, most: usize) -> String {
    let mut out = String::new();
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if out.len() + c.len_utf8() > most {
            break;
        }
        out.push(c);
    }
    out
}

/// The duration in whole milliseconds.
pub fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_a_character_and_hold_no_control() {
        let long = "ä\n".repeat(TEXT_MAX);
        let cut = bounded(&long);
        assert!(cut.len() <= TEXT_MAX && cut.starts_with("ä ä"), "{cut}");
        assert_eq!(bounded("drains"), "drains");
    }

    #[test]
    fn members_of_a_later_version_are_left_unread() {
        let text = r#"{"say":"beat","state":"running","mood":"good"}"#;
        let read: FromAgent = serde_json::from_str(text).expect("it is read");
        assert_eq!(
            read,
            FromAgent::Beat {
                state: State::Running,
                chip_mc: None
            }
        );
        let text = r#"{"say":"welcome","version":2,"rack":"r","lease_ms":1,"beat_ms":1,"more":[1]}"#;
        assert!(serde_json::from_str::<FromController>(text).is_ok());
    }
}
