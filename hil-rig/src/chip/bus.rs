//! One I2C segment: its chips, an optional multiplexer with more chips behind its channels, and what can go wrong.
//!
//! A transfer happens at one instant, `now_us`; the time its bytes take on the wire is added up in
//! [`Bus::wire_us`] and left to the caller to act upon. Operations of one kind in a row are one phase, a change of
//! direction is a repeated START, the end is a STOP: the contract of `embedded_hal::i2c`.
//!
//! Two chips that answer one address at once acknowledge together and their data lines are wired AND, as on copper.
//! Address 0x00 is the general call. The first multiplexer added is the one that channels refer to.

use super::error::BusError;
use super::fault::{Active, BusFaults, ChipFault};
use super::plain::Wire;
use super::slot::{ANSWERING_MAX, Answering, NOBODY, Slot, Table};
use super::{Chip, Slave};
use embedded_hal::i2c::Operation;

mod hindered;

/// Address of the general call.
const GENERAL_CALL: u8 = 0x00;
/// Phases of several buffers, and replies of several chips, are put together up to this many bytes.
const PHASE_MAX: usize = 320;

/// Handle of a chip, given out when it is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChipId(u16);

/// One segment with everything on it.
#[derive(Debug, Clone)]
pub struct Bus {
    slots: Vec<Slot>,
    /// Index 0: at the host; index 1 + n: behind channel n.
    tables: [Table; 9],
    mux: Option<u16>,
    faults: BusFaults,
    /// From here on no line is held; what [`Self::faults`] was asked for may have changed it.
    quiet_from_us: u64,
    clock_hz: u64,
    wire: Wire,
    /// What the last transfer handed over, where it ended early and said nothing.
    handed_over: Option<usize>,
}

impl Bus {
    /// An empty segment clocked at `clock_hz` (at least 1).
    #[must_use]
    pub fn new(clock_hz: u32) -> Self {
        Self {
            slots: Vec::new(),
            tables: [[NOBODY; 128]; 9],
            mux: None,
            faults: BusFaults::default(),
            quiet_from_us: 0,
            clock_hz: u64::from(clock_hz.max(1)),
            wire: Wire::default(),
            handed_over: None,
        }
    }

    /// Adds a chip at a 7-bit address, at the host or behind channel 0..=7 of the multiplexer (higher bits of both
    /// are ignored). It keeps the power state it has: [`Self::power`] switches all.
    pub fn add(&mut self, address: u8, channel: Option<u8>, chip: impl Into<Chip>) -> ChipId {
        let chip = chip.into();
        let channel = channel.map(|channel| channel & 7);
        let id = u16::try_from(self.slots.len()).unwrap_or(NOBODY);
        if matches!(chip, Chip::Tca9548a(_)) && channel.is_none() && self.mux.is_none() {
            self.mux = Some(id);
        }
        let table = channel.map_or(0, |channel| usize::from(channel) + 1);
        let first = &mut self.tables[table][usize::from(address & 0x7F)];
        self.slots.push(Slot {
            chip,
            channel,
            faults: Active::default(),
            next: *first,
        });
        *first = id;
        ChipId(id)
    }

    /// The chip behind a handle; none for a handle of another bus.
    #[must_use]
    pub fn chip(&self, id: ChipId) -> Option<&Chip> {
        self.slots.get(usize::from(id.0)).map(|slot| &slot.chip)
    }

    /// The chip behind a handle, to set its inputs or its own supply.
    pub fn chip_mut(&mut self, id: ChipId) -> Option<&mut Chip> {
        self.slots.get_mut(usize::from(id.0)).map(|slot| &mut slot.chip)
    }

    /// The multiplexer channel a chip sits behind, none at the host.
    #[must_use]
    pub fn channel(&self, id: ChipId) -> Option<u8> {
        self.slots.get(usize::from(id.0)).and_then(|slot| slot.channel)
    }

    /// Which lines are held until when.
    #[must_use]
    pub fn lines_held(&self) -> BusFaults {
        self.faults
    }

    /// Faults of the lines.
    pub fn faults(&mut self) -> &mut BusFaults {
        self.quiet_from_us = u64::MAX;
        &mut self.faults
    }

    /// Switches a fault of one chip.
    pub fn set_fault(&mut self, id: ChipId, now_us: u64, fault: ChipFault, on: bool) {
        let Some(slot) = self.slots.get_mut(usize::from(id.0)) else {
            return;
        };
        slot.faults.set(fault, on);
        match fault {
            ChipFault::Frozen => slot.chip.freeze(on),
            ChipFault::Delayed { by_us } => slot.chip.delay(now_us, if on { by_us } else { 0 }),
            ChipFault::Unplugged => slot.chip.power(now_us, !on),
            ChipFault::MuxCrossed { by } => {
                if let Chip::Tca9548a(mux) = &mut slot.chip {
                    mux.cross(if on { by } else { 0 });
                }
            }
            ChipFault::MuxMislatched { by } => {
                if let Chip::Tca9548a(mux) = &mut slot.chip {
                    mux.mislatch(if on { by } else { 0 });
                }
            }
            ChipFault::Nack
            | ChipFault::QuietNack
            | ChipFault::BadCrc
            | ChipFault::FlipBit { .. }
            | ChipFault::AllZero
            | ChipFault::AllOnes
            | ChipFault::ShortTransfer
            | ChipFault::QuietShort { .. }
            | ChipFault::Timeout
            | ChipFault::Intermittent { .. } => {}
        }
    }

    /// Bytes that the last transfer handed over where it ended early and reported success all the same; what was to be
    /// read behind them is as it was. Told once.
    pub fn handed_over(&mut self) -> Option<usize> {
        self.handed_over.take()
    }

    /// Supply of every chip on the segment and behind it.
    pub fn power(&mut self, now_us: u64, on: bool) {
        for slot in &mut self.slots {
            slot.chip.power(now_us, on);
        }
    }

    /// A pulse on the RESET pin of the multiplexer, if the board has one wired.
    pub fn reset_mux(&mut self) {
        if let Some(Chip::Tca9548a(mux)) = self.mux.and_then(|id| self.chip_mut(ChipId(id))) {
            mux.reset();
        }
    }

    /// Time all transfers so far have taken on the wire, microseconds: nine clocks a byte, one for each START and
    /// STOP, and every stretch of the clock. A stuck line costs none.
    #[must_use]
    pub fn wire_us(&self) -> u64 {
        self.wire.clocks.saturating_mul(1_000_000) / self.clock_hz + self.wire.stretched_us
    }

    /// Runs one transfer: START, the operations, STOP.
    ///
    /// # Errors
    /// The first thing that went wrong; what came before it has happened.
    #[inline]
    pub fn transfer(
        &mut self,
        now_us: u64,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), BusError> {
        match self.plain_transfer(now_us, address, operations) {
            Some(outcome) => outcome,
            None => self.any_transfer(now_us, address, operations),
        }
    }

    /// A transfer whatever stands on the lines, and however many chips hear it.
    #[cold]
    fn any_transfer(
        &mut self,
        now_us: u64,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), BusError> {
        let connected = self.connected();
        self.check_lines(now_us, connected)?;
        self.quiet_from_us = self.faults.free_from_us();
        let answering = if address == GENERAL_CALL {
            Answering::NONE
        } else {
            self.answering(address, connected)
        };
        let outcome = match address {
            GENERAL_CALL => self.call_phases(now_us, connected, operations),
            _ if answering.faulty => self.hindered(now_us, &answering, operations),
            _ => self.phases(now_us, &answering, operations),
        };
        self.wire.clocks += 1;
        for slot in answering.iter() {
            self.slots[slot].chip.stop(now_us);
        }
        outcome
    }

    /// The operations, phase by phase, until one fails.
    fn phases(
        &mut self,
        now_us: u64,
        answering: &Answering,
        operations: &mut [Operation<'_>],
    ) -> Result<(), BusError> {
        let mut outcome = Ok(());
        let mut rest = operations;
        while outcome.is_ok() && !rest.is_empty() {
            let length = 1 + rest
                .windows(2)
                .take_while(|pair| same_kind(&pair[0], &pair[1]))
                .count();
            let (phase, after) = rest.split_at_mut(length);
            rest = after;
            outcome = match phase {
                [Operation::Write(bytes)] => self.write_phase(now_us, answering, bytes),
                [Operation::Read(buf)] => self.read_phase(now_us, answering, buf),
                several => self.gathered_phase(now_us, answering, several),
            };
        }
        outcome
    }

    /// The transfer on free lines, when a single chip without faults hears it; none, and nothing done, otherwise.
    #[inline]
    fn plain_transfer(
        &mut self,
        now_us: u64,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Option<Result<(), BusError>> {
        if now_us < self.quiet_from_us || address == GENERAL_CALL {
            return None;
        }
        let place = usize::from(address);
        let mut first = *self.tables[0].get(place)?;
        let connected = self.connected();
        if connected != 0 {
            // Two channels at once are rare enough for the other way.
            let lowest = connected.trailing_zeros();
            if connected >> lowest != 1 {
                return None;
            }
            let behind = *self.tables.get(lowest as usize + 1)?.get(place)?;
            if first == NOBODY {
                first = behind;
            } else if behind != NOBODY {
                return None;
            }
        }
        let slot = self.slots.get_mut(usize::from(first))?;
        if slot.faults.any || slot.next != NOBODY {
            return None;
        }
        slot.chip
            .transfer(now_us, operations, &mut self.wire, self.faults.stretch_limit_us)
    }

    /// The operations of a general call, phase by phase, until one fails.
    fn call_phases(
        &mut self,
        now_us: u64,
        connected: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), BusError> {
        operations
            .chunk_by(same_kind)
            .try_for_each(|phase| self.call_everybody(now_us, connected, phase))
    }

    /// Bit n set: channel n is joined to the host's segment.
    #[inline]
    fn connected(&self) -> u8 {
        if let Some(Chip::Tca9548a(mux)) = self.mux.and_then(|id| self.chip(ChipId(id))) {
            mux.connected()
        } else {
            0
        }
    }

    fn check_lines(&self, now_us: u64, connected: u8) -> Result<(), BusError> {
        let held = |until: Option<u64>| until.is_some_and(|until_us| now_us < until_us);
        if held(self.faults.clock_low_until) {
            return Err(BusError::Timeout);
        }
        let mut behind = self.faults.channel_stuck_low_until.into_iter().enumerate();
        if held(self.faults.stuck_low_until)
            || (connected != 0
                && behind.any(|(channel, until)| (connected >> channel) & 1 != 0 && held(until)))
        {
            return Err(BusError::StuckLow);
        }
        Ok(())
    }

    /// Who hears this address now.
    fn answering(&self, address: u8, connected: u8) -> Answering {
        let mut found = Answering::NONE;
        let mut segments = (u16::from(connected) << 1) | 1;
        while segments != 0 {
            let table = &self.tables[segments.trailing_zeros() as usize & 15];
            segments &= segments - 1;
            let mut slot = table.get(usize::from(address)).copied().unwrap_or(NOBODY);
            while slot != NOBODY && found.count < ANSWERING_MAX {
                let entry = &self.slots[usize::from(slot)];
                found.add(slot);
                found.faulty |= entry.faults.any;
                slot = entry.next;
            }
        }
        found
    }

    fn write_phase(&mut self, now_us: u64, answering: &Answering, bytes: &[u8]) -> Result<(), BusError> {
        let mut outcome = Err(BusError::NackAddress);
        for slot in answering.iter() {
            let slot = &mut self.slots[slot];
            let one = slot.chip.write(now_us, bytes).map_err(BusError::from);
            let one = if slot.faults.all_zero { Ok(()) } else { one };
            // An acknowledge pulls the line low, so one chip's yes hides the other's no.
            if outcome != Ok(()) && one != Err(BusError::NackAddress) {
                outcome = one;
            }
        }
        self.wire.count(bytes.len(), outcome);
        outcome
    }

    fn read_phase(&mut self, now_us: u64, answering: &Answering, buf: &mut [u8]) -> Result<(), BusError> {
        let stretch_us = answering
            .iter()
            .map(|slot| self.slots[slot].chip.stretch_us(now_us))
            .max()
            .unwrap_or(0);
        let outcome = if stretch_us > self.faults.stretch_limit_us {
            self.wire.stretched_us += self.faults.stretch_limit_us;
            Err(BusError::Timeout)
        } else {
            self.wire.stretched_us += stretch_us;
            self.read_all(now_us.saturating_add(stretch_us), answering, buf)
        };
        self.wire.count(buf.len(), outcome);
        outcome
    }

    fn read_all(&mut self, now_us: u64, answering: &Answering, buf: &mut [u8]) -> Result<(), BusError> {
        let mut outcome = Err(BusError::NackAddress);
        for slot in answering.iter() {
            let slot = &mut self.slots[slot];
            if slot.faults.short {
                return Err(BusError::ShortTransfer { done: buf.len() / 2 });
            }
            if outcome.is_err() {
                outcome = slot.read(now_us, buf);
            } else {
                let mut other = [0xFF; PHASE_MAX];
                let length = buf.len().min(PHASE_MAX);
                if slot.read(now_us, &mut other[..length]).is_ok() {
                    buf.iter_mut().zip(other).for_each(|(byte, other)| *byte &= other);
                }
            }
        }
        outcome
    }

    /// One phase spread over several buffers of the caller.
    fn gathered_phase(
        &mut self,
        now_us: u64,
        answering: &Answering,
        phase: &mut [Operation<'_>],
    ) -> Result<(), BusError> {
        let mut staging = [0; PHASE_MAX];
        let mut used = 0_usize;
        let mut reads = false;
        for operation in phase.iter() {
            let length = match operation {
                Operation::Read(buf) => buf.len(),
                Operation::Write(bytes) => bytes.len(),
            };
            let place = staging.get_mut(used..used.saturating_add(length));
            match (operation, place) {
                (_, None) => return Err(BusError::ShortTransfer { done: used }),
                (Operation::Write(bytes), Some(place)) => place.copy_from_slice(bytes),
                (Operation::Read(_), Some(_)) => reads = true,
            }
            used += length;
        }
        if !reads {
            return self.write_phase(now_us, answering, &staging[..used]);
        }
        self.read_phase(now_us, answering, &mut staging[..used])?;
        let mut filled = &staging[..used];
        for operation in phase {
            if let Operation::Read(buf) = operation {
                let (mine, after) = filled.split_at(buf.len());
                buf.copy_from_slice(mine);
                filled = after;
            }
        }
        Ok(())
    }

    /// A phase to address 0x00: every reachable chip hears every byte; nobody answers a read.
    fn call_everybody(
        &mut self,
        now_us: u64,
        connected: u8,
        phase: &[Operation<'_>],
    ) -> Result<(), BusError> {
        let mut outcome = Err(BusError::NackAddress);
        let mut bytes_sent = 0;
        for operation in phase {
            let Operation::Write(bytes) = operation else { break };
            bytes_sent += bytes.len();
            for slot in &mut self.slots {
                let reachable = slot.channel.is_none_or(|channel| (connected >> channel) & 1 != 0);
                if !reachable || slot.faults.deaf() {
                    continue;
                }
                for byte in *bytes {
                    if slot.chip.general_call(now_us, *byte) {
                        outcome = Ok(());
                    }
                }
            }
        }
        self.wire.count(bytes_sent, outcome);
        outcome
    }
}

fn same_kind(one: &Operation<'_>, other: &Operation<'_>) -> bool {
    matches!(
        (one, other),
        (Operation::Read(_), Operation::Read(_)) | (Operation::Write(_), Operation::Write(_))
    )
}

#[cfg(test)]
#[path = "bus_tests.rs"]
mod tests;
