//! What of the machine outlives the process: its records, and what counts their changes.

use safety::hosts::HostRecord;
use safety::{LatchRecord, UnitRecord};

use super::Machine;
use crate::commissioning::CommissioningRecord;
use crate::parity::ParityRecord;
use crate::selftest::SelfTestRecord;

impl Machine {
    /// What has to be on disk.
    pub fn record(&self) -> LatchRecord {
        self.safety.record()
    }

    /// What has to be on disk of the extinguisher units.
    pub fn unit_record(&self) -> UnitRecord {
        self.units.record()
    }

    /// Counts the moments at which that may have changed: the record itself is not made in every tick.
    pub fn unit_changes(&self) -> u32 {
        self.unit_changes
    }

    /// What has to be on disk of the self-test and the filters.
    pub fn self_test_record(&self) -> SelfTestRecord {
        self.self_test.record()
    }

    /// Counts the moments at which that has changed.
    pub fn self_test_changes(&self) -> u32 {
        self.self_test.changes()
    }

    /// What has to be on disk of the commissioning.
    pub fn commissioning_record(&self) -> CommissioningRecord {
        self.commissioning.record()
    }

    /// Counts the moments at which that has changed.
    pub fn commissioning_changes(&self) -> u32 {
        self.commissioning.changes()
    }

    /// What has to be on disk of what parity has learned.
    pub fn parity_record(&self) -> ParityRecord {
        self.parity.record()
    }

    /// Counts the moments at which that has changed.
    pub fn parity_changes(&self) -> u32 {
        self.parity.changes()
    }

    /// What has to be on disk of the hosts' shutdown. Compare with the last one to notice a change.
    pub fn host_record(&self) -> HostRecord {
        self.shutdown.record()
    }
}
