//! A chip in its place on a bus, and who of them answers an address.

use super::error::BusError;
use super::fault::Active;
use super::{Chip, Slave};

/// Chips that can answer one address at once; more are not looked at.
pub(super) const ANSWERING_MAX: usize = 8;
/// Mark of an empty entry in the address tables.
pub(super) const NOBODY: u16 = u16::MAX;

/// A chip in its place.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) chip: Chip,
    pub(super) channel: Option<u8>,
    pub(super) faults: Active,
    /// The next chip with the same address at the same place.
    pub(super) next: u16,
}

/// First chip at each address of one segment.
pub(super) type Table = [u16; 128];

/// The chips addressed by a transfer.
#[derive(Clone, Copy)]
pub(super) struct Answering {
    pub(super) slots: [u16; ANSWERING_MAX],
    pub(super) count: usize,
    /// One of them has a fault.
    pub(super) faulty: bool,
}

impl Answering {
    pub(super) const NONE: Self = Self {
        slots: [NOBODY; ANSWERING_MAX],
        count: 0,
        faulty: false,
    };

    /// Adds a slot while there is room.
    pub(super) fn add(&mut self, slot: u16) {
        if let Some(place) = self.slots.get_mut(self.count) {
            *place = slot;
            self.count += 1;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + use<> {
        self.slots.into_iter().take(self.count).map(usize::from)
    }
}

impl Slot {
    /// One chip's reply as it arrives at the host.
    pub(super) fn read(&mut self, now_us: u64, buf: &mut [u8]) -> Result<(), BusError> {
        let outcome = self.chip.read(now_us, buf).map_err(BusError::from);
        if !self.faults.any {
            return outcome;
        }
        let outcome = if self.faults.all_zero { Ok(()) } else { outcome };
        if outcome.is_ok() {
            self.faults.spoil(self.chip.has_crc(), buf);
        }
        outcome
    }
}
