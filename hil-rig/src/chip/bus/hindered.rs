//! The transfer in which a chip with a fault is addressed: what the fault does before, between and behind its phases.
//!
//! An adapter that says nothing hands over what it has and reports success: a chip that does not acknowledge then leaves
//! every buffer as it was. Measured on a real adapter: 07-hil, section 4.

use embedded_hal::i2c::Operation;

use super::{Answering, Bus, BusError, PHASE_MAX};

impl Bus {
    /// One transfer to chips of which at least one has a fault in its way.
    pub(super) fn hindered(
        &mut self,
        now_us: u64,
        answering: &Answering,
        operations: &mut [Operation<'_>],
    ) -> Result<(), BusError> {
        self.handed_over = None;
        let mut heard = Answering::NONE;
        let mut quiet = None;
        for slot in answering.slots.into_iter().take(answering.count) {
            let faults = &mut self.slots[usize::from(slot)].faults;
            if faults.timeout {
                return Err(BusError::Timeout);
            }
            quiet = quiet.max(faults.quiet());
            if faults.misses() {
                continue;
            }
            heard.add(slot);
        }
        match quiet {
            None => self.phases(now_us, &heard, operations),
            Some(0) => {
                self.handed_over = Some(0);
                Ok(())
            }
            Some(bytes) => self.cut(now_us, &heard, operations, usize::from(bytes)),
        }
    }

    /// Ends at the first read, of which `bytes` are handed over.
    fn cut(
        &mut self,
        now_us: u64,
        heard: &Answering,
        operations: &mut [Operation<'_>],
        bytes: usize,
    ) -> Result<(), BusError> {
        let is_read = |operation: &Operation<'_>| matches!(operation, Operation::Read(_));
        let first = operations.iter().position(is_read).unwrap_or(operations.len());
        let (before, rest) = operations.split_at_mut(first);
        self.phases(now_us, heard, before)?;
        let Some(Operation::Read(buf)) = rest.first_mut() else {
            return Ok(());
        };
        let mut whole = [0; PHASE_MAX];
        let length = buf.len().min(PHASE_MAX);
        self.read_phase(now_us, heard, &mut whole[..length])?;
        let handed = bytes.min(length);
        buf[..handed].copy_from_slice(&whole[..handed]);
        self.handed_over = Some(handed);
        Ok(())
    }
}
