//! Why a transfer failed, and what a driver above `embedded_hal` is told of it.

use super::Nack;
use embedded_hal::i2c::{Error, ErrorKind, NoAcknowledgeSource};

/// Why a transfer failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// Nobody acknowledged the address.
    #[error("address not acknowledged")]
    NackAddress,
    /// A data byte was not acknowledged.
    #[error("data not acknowledged")]
    NackData,
    /// SDA is held low.
    #[error("data line stuck low")]
    StuckLow,
    /// SCL is held low for longer than the host waits.
    #[error("clock line held low")]
    Timeout,
    /// The adapter stopped early or the phase is longer than it can take; buffers are as before.
    #[error("transfer ended after {done} bytes")]
    ShortTransfer {
        /// Bytes that went over the wire in the unfinished phase.
        done: usize,
    },
}

impl From<Nack> for BusError {
    fn from(nack: Nack) -> Self {
        match nack {
            Nack::Address => Self::NackAddress,
            Nack::Data => Self::NackData,
        }
    }
}

impl Error for BusError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NackAddress => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address),
            Self::NackData => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Data),
            Self::StuckLow => ErrorKind::Bus,
            Self::Timeout | Self::ShortTransfer { .. } => ErrorKind::Other,
        }
    }
}
