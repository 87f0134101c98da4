//! The common transfer: a single healthy chip answers, on lines that nothing holds.
//!
//! It is what [`super::Bus::transfer`] does in every other case too, with everything taken out that cannot happen
//! here: nearly every transfer of a long run is one of these.

use super::error::BusError;
use super::{Nack, Slave};
use embedded_hal::i2c::Operation;

/// Time taken on the wire.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wire {
    /// Clocks of START, STOP and bytes.
    pub(super) clocks: u64,
    /// Microseconds of stretched clock.
    pub(super) stretched_us: u64,
}

impl Wire {
    /// Counts a START, the address and `bytes` more, unless the address already failed.
    pub(super) fn count(&mut self, bytes: usize, outcome: Result<(), BusError>) {
        let bytes = match outcome {
            Err(BusError::NackAddress) => 0,
            Err(BusError::ShortTransfer { done }) => done,
            Ok(()) | Err(BusError::NackData | BusError::StuckLow | BusError::Timeout) => bytes,
        };
        self.clocks += 10 + 9 * bytes as u64;
    }
}

/// What every chip does alike.
pub(super) trait Plain: Slave {
    /// The transfer with this chip alone: a write, a read, or a write and then a read. None for any other, before
    /// anything has happened.
    #[inline]
    fn plain_transfer(
        &mut self,
        now_us: u64,
        operations: &mut [Operation<'_>],
        wire: &mut Wire,
        stretch_limit_us: u64,
    ) -> Option<Result<(), BusError>> {
        let outcome = match operations {
            [Operation::Write(bytes)] => write(self, now_us, bytes, wire),
            [Operation::Read(buf)] => read(self, now_us, buf, wire, stretch_limit_us),
            [Operation::Write(bytes), Operation::Read(buf)] => write(self, now_us, bytes, wire)
                .and_then(|()| read(self, now_us, buf, wire, stretch_limit_us)),
            _ => return None,
        };
        wire.clocks += 1;
        self.stop(now_us);
        Some(outcome)
    }
}

impl<S: Slave> Plain for S {}

#[inline]
fn write<S: Slave + ?Sized>(
    chip: &mut S,
    now_us: u64,
    bytes: &[u8],
    wire: &mut Wire,
) -> Result<(), BusError> {
    let outcome = chip.write(now_us, bytes).map_err(BusError::from);
    wire.count(bytes.len(), outcome);
    outcome
}

#[inline]
fn read<S: Slave + ?Sized>(
    chip: &mut S,
    now_us: u64,
    buf: &mut [u8],
    wire: &mut Wire,
    stretch_limit_us: u64,
) -> Result<(), BusError> {
    let stretch_us = chip.stretch_us(now_us);
    let outcome = if stretch_us > stretch_limit_us {
        wire.stretched_us += stretch_limit_us;
        Err(BusError::Timeout)
    } else {
        wire.stretched_us += stretch_us;
        let answer: Result<(), Nack> = chip.read(now_us.saturating_add(stretch_us), buf);
        answer.map_err(BusError::from)
    };
    wire.count(buf.len(), outcome);
    outcome
}
