//! Orders, their signature, and the gate that an order has to pass on the host.
//!
//! TLS says who speaks. The signature says that the controller has meant it: for this host, in this connection, once. So a
//! stolen session key, or a foreign machine that somebody's certificate lets in between, stops no host.

use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::hex;
use super::rehearsal::{self, Rehearsal};

/// Stands in front of what is signed, so that no other signature of the same key is one of an order.
const CONTEXT: &[u8] = b"rack-agent order 1\n";
/// Numbers that are set aside on the agent's disk at once: it is written before the first of them is used, so no crash
/// brings a number back, and one write lasts for half an hour of signs of life.
pub const RESERVED: u64 = 1024;

/// What a host is to do. Each holds all that went before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nobody knows: go on with what was asked last.
    #[default]
    Unknown,
    /// Run.
    Run,
    /// Run below the power cap.
    Cap,
    /// Be ready to stop: drain. Can be taken back.
    Prepare,
    /// Shut down.
    ShutDown,
}

impl Phase {
    /// Its word in lines for people, and the argument of hooks.
    pub const fn text(self) -> &'static str {
        match self {
            Phase::Unknown => "unknown",
            Phase::Run => "run",
            Phase::Cap => "cap",
            Phase::Prepare => "prepare",
            Phase::ShutDown => "shutdown",
        }
    }
}

/// What a host does when the controller is gone while it prepares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLoss {
    /// It stays up.
    #[default]
    Stay,
    /// It shuts down after the dead-man time.
    ShutDown,
}

/// An order: the whole of what is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The host it is for.
    pub host: String,
    /// The nonce of the host's `Hello`.
    pub nonce: String,
    /// Its number, above every earlier one to this host.
    pub sequence: u64,
    /// The incident; 0 outside any.
    pub incident: u32,
    /// What is to be done.
    pub phase: Phase,
    /// Power to stay below, in percent of what the host may draw; none where no cap is asked.
    pub cap_percent: Option<u8>,
    /// Time left to be down in, ms, where a deadline runs.
    pub deadline_ms: Option<u64>,
    /// It can still be taken back.
    pub abortable: bool,
    /// What to do when the controller is gone while `prepare` stands.
    pub on_loss: OnLoss,
    /// Silence of the controller after which that is done, ms.
    pub dead_man_ms: u64,
}

impl Order {
    /// Whether both ask for the same; numbers and the time that runs down aside.
    pub fn same_as(&self, other: &Order) -> bool {
        (self.incident, self.phase, self.cap_percent, self.abortable)
            == (other.incident, other.phase, other.cap_percent, other.abortable)
            && (self.on_loss, self.dead_man_ms) == (other.on_loss, other.dead_man_ms)
            && self.deadline_ms.is_some() == other.deadline_ms.is_some()
    }
}

/// An order or a rehearsal as it travels: its very text, because a signature is over bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The order as JSON.
    pub order: String,
    /// Ed25519 over `rack-agent order 1` (a rehearsal's over `rack-agent rehearsal 1`), a line feed and that text; hexadecimal.
    pub signature: String,
}

/// Why an order is not signed.
#[derive(Debug, thiserror::Error)]
#[error("order that does not become text: {0}")]
pub struct SignError(#[from] serde_json::Error);

/// Signs an order.
///
/// # Errors
/// None that an order of this type can cause.
pub fn sign(key: &Ed25519KeyPair, order: &Order) -> Result<Signed, SignError> {
    signed(key, CONTEXT, order)
}

/// What is said, signed in this context.
pub(super) fn signed(
    key: &Ed25519KeyPair,
    context: &[u8],
    said: &impl Serialize,
) -> Result<Signed, SignError> {
    let text = serde_json::to_string(said)?;
    let signature = key.sign(&[context, text.as_bytes()].concat());
    Ok(Signed {
        signature: hex::encode(signature.as_ref()),
        order: text,
    })
}

/// Why an order is not taken. Each is a reason to leave the connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Not the controller's signature.
    #[error("not signed by the controller this host is enrolled at")]
    Signature,
    /// Signed, and no order of this version.
    #[error("a signed order that cannot be read: {0}; is the agent older than the controller?")]
    Text(String),
    /// For another host.
    #[error("an order for {0:?}, which this host is not")]
    Host(String),
    /// Of another connection.
    #[error("an order of another connection")]
    Nonce,
    /// Seen before, or overtaken.
    #[error("order {sequence} after {last}: replayed or out of turn")]
    Sequence {
        /// Its number.
        sequence: u64,
        /// The highest one before.
        last: u64,
    },
    /// A cap that is none.
    #[error("a cap of {0} %")]
    Cap(u8),
}

/// What an order has to pass.
#[derive(Clone, Debug)]
pub struct Gate {
    host: String,
    key: [u8; 32],
    nonce: String,
    last: u64,
    reserved: u64,
}

impl Gate {
    /// For this host, by this key; `reserved` is what its disk says of numbers that may have been used.
    pub fn new(host: String, key: [u8; 32], reserved: u64) -> Gate {
        Gate {
            host,
            key,
            nonce: String::new(),
            last: reserved,
            reserved,
        }
    }

    /// A new connection begins, under a new nonce. Gives the highest number that may have been used.
    pub fn begin(&mut self, nonce: String) -> u64 {
        self.nonce = nonce;
        self.last
    }

    /// The order, if it may be taken. The second value is what the disk has to hold before it is acted on.
    ///
    /// # Errors
    /// Why it may not.
    pub fn pass(&mut self, signed: &Signed) -> Result<(Order, Option<u64>), NotTaken> {
        let order: Order = self.read(CONTEXT, signed)?;
        self.fits(&order.host, &order.nonce, order.sequence)?;
        if let Some(cap) = order.cap_percent.filter(|cap| *cap >= 100) {
            return Err(NotTaken::Cap(cap));
        }
        let reserve = self.used(order.sequence);
        Ok((order, reserve))
    }

    /// The rehearsal, if it may be answered; it has to pass all that an order has to.
    ///
    /// # Errors
    /// Why it may not.
    pub fn rehearse(&mut self, signed: &Signed) -> Result<(Rehearsal, Option<u64>), NotTaken> {
        let rehearsal: Rehearsal = self.read(rehearsal::CONTEXT, signed)?;
        self.fits(&rehearsal.host, &rehearsal.nonce, rehearsal.sequence)?;
        let reserve = self.used(rehearsal.sequence);
        Ok((rehearsal, reserve))
    }

    /// What the controller has signed in this context.
    fn read<T: DeserializeOwned>(&self, context: &[u8], signed: &Signed) -> Result<T, NotTaken> {
        let signature = hex::decode(&signed.signature).ok_or(NotTaken::Signature)?;
        UnparsedPublicKey::new(&ED25519, self.key)
            .verify(&[context, signed.order.as_bytes()].concat(), &signature)
            .map_err(|_| NotTaken::Signature)?;
        serde_json::from_str(&signed.order).map_err(|error| NotTaken::Text(error.to_string()))
    }

    /// It is for this host, of this connection and newer than all before.
    fn fits(&self, host: &str, nonce: &str, sequence: u64) -> Result<(), NotTaken> {
        if host != self.host {
            return Err(NotTaken::Host(host.to_owned()));
        }
        if self.nonce.is_empty() || nonce != self.nonce {
            return Err(NotTaken::Nonce);
        }
        if sequence <= self.last {
            return Err(NotTaken::Sequence {
                sequence,
                last: self.last,
            });
        }
        Ok(())
    }

    /// Uses a number; what the disk has to hold before it is acted on.
    fn used(&mut self, sequence: u64) -> Option<u64> {
        self.last = sequence;
        let reserve = (sequence > self.reserved).then(|| sequence.saturating_add(RESERVED));
        if let Some(reserve) = reserve {
            self.reserved = reserve;
        }
        reserve
    }

    /// The disk did not take what it has to hold: it is asked again with the next order.
    pub fn not_kept(&mut self) {
        self.reserved = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::KeyPair as _;

    fn key(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key")
    }

    fn gate(reserved: u64) -> Gate {
        let public = key(1).public_key().as_ref().try_into().expect("32 bytes");
        let mut gate = Gate::new("db-1".into(), public, reserved);
        assert_eq!(gate.begin("aa".into()), reserved);
        gate
    }

    fn order(sequence: u64) -> Order {
        Order {
            host: "db-1".into(),
            nonce: "aa".into(),
            sequence,
            incident: 1,
            phase: Phase::ShutDown,
            cap_percent: Some(25),
            deadline_ms: None,
            abortable: false,
            on_loss: OnLoss::Stay,
            dead_man_ms: 0,
        }
    }

    #[test]
    fn what_is_replayed_reordered_foreign_or_changed_is_not_taken() {
        let mut gate = gate(0);
        let sign = |order: &Order| sign(&key(1), order).expect("it is signed");
        let (one, two) = (sign(&order(1)), sign(&order(2)));
        assert!(gate.pass(&two).is_ok());
        for old in [&one, &two] {
            assert!(matches!(gate.pass(old), Err(NotTaken::Sequence { last: 2, .. })));
        }
        let foreign = super::sign(&key(2), &order(3)).expect("it is signed");
        assert_eq!(gate.pass(&foreign), Err(NotTaken::Signature));
        let mut changed = sign(&order(3));
        changed.order = changed.order.replace("25", "95");
        assert_eq!(gate.pass(&changed), Err(NotTaken::Signature));
        let elsewhere = Order {
            host: "db-2".into(),
            ..order(3)
        };
        assert_eq!(gate.pass(&sign(&elsewhere)), Err(NotTaken::Host("db-2".into())));
        let free = Order {
            cap_percent: Some(100),
            ..order(3)
        };
        assert_eq!(gate.pass(&sign(&free)), Err(NotTaken::Cap(100)));
        // What was good in one connection is not in the next one.
        let three = sign(&order(3));
        assert_eq!(gate.begin("bb".into()), 2);
        assert_eq!(gate.pass(&three), Err(NotTaken::Nonce));
    }

    #[test]
    fn numbers_are_set_aside_before_they_are_used_and_never_come_back() {
        let mut first = gate(0);
        let sign = |sequence| sign(&key(1), &order(sequence)).expect("it is signed");
        let (_, reserve) = first.pass(&sign(1)).expect("it is new");
        assert_eq!(reserve, Some(1 + RESERVED));
        assert_eq!(first.pass(&sign(2)).expect("it is new").1, None);
        // A crash: the next life begins above what may have been used.
        let mut next = gate(1 + RESERVED);
        assert!(matches!(next.pass(&sign(3)), Err(NotTaken::Sequence { .. })));
        let (_, again) = next.pass(&sign(2 + RESERVED)).expect("it is new");
        assert_eq!(again, Some(2 + 2 * RESERVED));
    }

    #[test]
    fn a_gate_without_a_connection_lets_nothing_through() {
        let public = key(1).public_key().as_ref().try_into().expect("32 bytes");
        let mut gate = Gate::new("db-1".into(), public, 0);
        let blank = Order {
            nonce: String::new(),
            ..order(1)
        };
        let signed = sign(&key(1), &blank).expect("it is signed");
        assert_eq!(gate.pass(&signed), Err(NotTaken::Nonce));
    }
}
