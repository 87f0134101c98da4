//! What travels over the rig's socket: transfers, line levels, acts, and the rig's clock.
//!
//! Each message is a length (u32, little-endian) and a postcard body of at most [`MESSAGE_MAX`] bytes. A connection
//! speaks one role, chosen by its first message. Requests are answered one by one; an `Edges` connection asks nothing and
//! is told of every change of an input line.
//!
//! The rig's virtual time is carried as an anchor on `CLOCK_MONOTONIC`, which both processes read on one machine:
//! `virtual = virtual_us + (monotonic - monotonic_us) * speed`.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::chip::BusError;
use crate::rack::{Act, Report, Watch};

/// Version of the messages.
pub const VERSION: u16 = 2;
/// Largest message, in bytes. A larger one ends the connection.
pub const MESSAGE_MAX: usize = 16 * 1024;
/// Most operations in one transfer and most bytes in one operation.
pub const OPERATIONS_MAX: usize = 8;
/// Most bytes in one operation.
pub const OPERATION_BYTES_MAX: usize = 512;

/// The first message of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`] of the caller.
    pub version: u16,
    /// What the connection is for.
    pub role: Role,
}

/// What a connection is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Transfers on the bus of this name.
    Bus(String),
    /// Contacts and outputs. When this connection ends, every output line falls.
    Lines,
    /// Listens only: told of every change of an input line.
    Edges,
    /// People's acts and the truth.
    Control,
    /// Requests on the serial line of this name.
    Serial(String),
    /// Texts of the devices of the bus of this name.
    Texts(String),
}

/// The answer to a hello.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Welcome {
    /// Go on.
    Ready {
        /// The rig's clock.
        clock: Anchor,
        /// Names of the input lines in the order of their bits.
        inputs: Vec<String>,
        /// Names of the output lines in the order of their bits.
        outputs: Vec<String>,
    },
    /// Another version, or no such bus.
    Refused(String),
}

/// The rig's clock against `CLOCK_MONOTONIC`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// Virtual time, us.
    pub virtual_us: u64,
    /// Monotonic time at that moment, us.
    pub monotonic_us: u64,
    /// Virtual seconds per second.
    pub speed: f64,
}

impl Anchor {
    /// Virtual time at a monotonic time, us.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "spans of days in microseconds are far below 2^53; never negative"
    )]
    pub fn virtual_at(&self, monotonic_us: u64) -> u64 {
        let passed = monotonic_us.saturating_sub(self.monotonic_us) as f64;
        self.virtual_us + (passed * self.speed.max(0.0)) as u64
    }
}

/// One operation of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WireOperation {
    /// Write these bytes.
    Write(Vec<u8>),
    /// Read this many.
    Read(u16),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// One transfer, on a bus connection.
    Transfer {
        /// 7-bit address.
        address: u8,
        /// START, these, STOP.
        operations: Vec<WireOperation>,
    },
    /// Levels of the input lines.
    Inputs,
    /// Set the levels of all output lines.
    Outputs(u64),
    /// An act.
    Act(Act),
    /// An act at exactly this moment of the rig's clock; refused where it has passed or too many wait.
    At {
        /// The moment, us.
        at_us: u64,
        /// What is done.
        act: Act,
    },
    /// An act as soon as the rack comes to a state; refused where too many wait.
    When {
        /// The state.
        watch: Watch,
        /// What is done.
        act: Act,
    },
    /// Forget every act that waits.
    Clear,
    /// The faults that stand.
    Faults,
    /// What is really so.
    Report,
    /// End the rig.
    Stop,
    /// One request on a serial line.
    Exchange(Vec<u8>),
    /// The text of this name.
    Text(String),
}

/// An answer, or a change told without being asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Bytes read, operation by operation, one after the other; or what went wrong. Fewer bytes than were asked for: the
    /// adapter reports success and leaves the rest of the buffers as it was.
    Transferred(Result<Vec<u8>, BusFailure>),
    /// Levels of the input lines.
    Inputs(u64),
    /// Done.
    Done,
    /// What is really so.
    Report(Box<Report>),
    /// The faults that stand, each as the act that made it.
    Faults(Vec<Act>),
    /// The request does not belong on this connection, or is out of bounds.
    Refused(String),
    /// What came back on a serial line; nothing for silence.
    Exchanged(Vec<u8>),
    /// A text; none where there is no such device.
    Text(Option<Vec<u8>>),
}

/// What a bus reports instead of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BusFailure {
    /// Nobody acknowledged the address.
    NackAddress,
    /// A byte was not acknowledged.
    NackData,
    /// The bus is held low.
    StuckLow,
    /// The transfer did not finish in time.
    Timeout,
    /// It ended early without an error.
    ShortTransfer,
}

impl From<BusError> for BusFailure {
    fn from(error: BusError) -> Self {
        match error {
            BusError::NackAddress => BusFailure::NackAddress,
            BusError::NackData => BusFailure::NackData,
            BusError::StuckLow => BusFailure::StuckLow,
            BusError::Timeout => BusFailure::Timeout,
            BusError::ShortTransfer { .. } => BusFailure::ShortTransfer,
        }
    }
}

/// Sends one message.
///
/// # Errors
/// When it does not encode, is too large or the peer is gone.
pub fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let body = postcard::to_extend(message, vec![0u8; 4]).map_err(io::Error::other)?;
    let length = body.len() - 4;
    let Some(prefix) = u32::try_from(length).ok().filter(|_| length <= MESSAGE_MAX) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "message too large"));
    };
    let mut frame = body;
    for (to, from) in frame.iter_mut().zip(prefix.to_le_bytes()) {
        *to = from;
    }
    to.write_all(&frame)
}

/// Waits for one message.
///
/// # Errors
/// When the peer is gone or sends what is no message.
pub fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut prefix = [0; 4];
    from.read_exact(&mut prefix)?;
    let length = usize::try_from(u32::from_le_bytes(prefix)).unwrap_or(usize::MAX);
    if length > MESSAGE_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "message too large"));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    postcard::from_bytes(&body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_anchor_carries_virtual_time() {
        let anchor = Anchor {
            virtual_us: 10_000_000,
            monotonic_us: 500,
            speed: 10.0,
        };
        assert_eq!(anchor.virtual_at(1_500), 10_010_000);
        assert_eq!(anchor.virtual_at(0), 10_000_000, "never before the anchor");
    }

    #[test]
    fn a_message_comes_back_and_a_huge_one_is_refused() {
        let mut wire = Vec::new();
        let act = Request::Act(Act::Door { open: true });
        send(&mut wire, &act).expect("it is sent");
        assert_eq!(
            receive::<Request>(&mut wire.as_slice()).expect("it comes back"),
            act
        );
        let huge = u32::MAX.to_le_bytes();
        assert!(receive::<Request>(&mut huge.as_slice()).is_err());
    }
}
