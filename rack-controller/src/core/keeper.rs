//! What of the machine has to be on disk, kept there: each kind of record is written when it has changed.
//!
//! A record that is asked for while its writer is busy is asked for again in the next tick; nothing waits here.

use std::path::Path;

use safety::hosts::HostRecord;
use safety::{LatchRecord, UnitRecord};

use super::store::{
    CommissioningStore, HostStore, LatchStore, ParityStore, SelfTestStore, StopStore, StoreError, UnitStore,
    restore,
};
use crate::tick::{Found, Machine};

/// The stores and what they were last given.
#[derive(Debug)]
pub(super) struct Keeper {
    latches: LatchStore,
    latch_record: Option<LatchRecord>,
    units: UnitStore,
    unit_record: Option<UnitRecord>,
    unit_changes: u32,
    self_test: SelfTestStore,
    self_test_changes: u32,
    commissioning: CommissioningStore,
    commissioning_changes: u32,
    hosts: HostStore,
    host_record: Option<HostRecord>,
    stops: StopStore,
    stop_changes: u32,
    parity: ParityStore,
    parity_changes: u32,
}

impl Keeper {
    /// What a start finds in the data directory, and the stores to go on with.
    ///
    /// # Errors
    /// When a file can be neither opened nor made.
    pub(super) fn begin(directory: &Path) -> Result<(Found, Self), StoreError> {
        let (latches, epoch) = restore(directory);
        let latch_store = LatchStore::open(directory, epoch)?;
        let (units, unit_store) = UnitStore::begin(directory)?;
        let (self_test, self_test_store) = SelfTestStore::begin(directory)?;
        let (commissioning, commissioning_store) = CommissioningStore::begin(directory)?;
        let (hosts, host_store) = HostStore::begin(directory)?;
        let (stops, stop_store) = StopStore::begin(directory)?;
        let (parity, parity_store) = ParityStore::begin(directory)?;
        let found = Found {
            parity,
            hosts,
            stops,
            latches,
            units,
            self_test,
            commissioning,
        };
        let keeper = Keeper {
            latches: latch_store,
            latch_record: None,
            units: unit_store,
            unit_record: None,
            unit_changes: 0,
            self_test: self_test_store,
            self_test_changes: 0,
            commissioning: commissioning_store,
            commissioning_changes: 0,
            hosts: host_store,
            host_record: None,
            stops: stop_store,
            stop_changes: 0,
            parity: parity_store,
            parity_changes: 0,
        };
        Ok((found, keeper))
    }

    /// The machine as it has started is what is on disk.
    pub(super) fn started(&mut self, machine: &Machine) {
        self.latch_record = Some(machine.record());
        self.unit_record = Some(machine.unit_record());
        self.unit_changes = machine.unit_changes();
        self.self_test_changes = machine.self_test_changes();
        self.commissioning_changes = machine.commissioning_changes();
        self.host_record = Some(machine.host_record());
        self.stop_changes = machine.shutdown().stop_changes();
        self.parity_changes = machine.parity_changes();
    }

    /// Gives to the stores what has changed.
    pub(super) fn keep(&mut self, machine: &Machine) {
        let record = Some(machine.record());
        if record != self.latch_record && self.latches.write(&machine.record()) {
            self.latch_record = record;
        }
        let record = Some(machine.host_record());
        if record != self.host_record && self.hosts.write(&machine.host_record()) {
            self.host_record = record;
        }
        let changes = machine.shutdown().stop_changes();
        if changes != self.stop_changes && self.stops.write(&machine.shutdown().stops()) {
            self.stop_changes = changes;
        }
        let changes = machine.unit_changes();
        if changes != self.unit_changes {
            let record = machine.unit_record();
            if Some(record) == self.unit_record || self.units.write(&record) {
                (self.unit_record, self.unit_changes) = (Some(record), changes);
            }
        }
        let changes = machine.self_test_changes();
        if changes != self.self_test_changes && self.self_test.write(&machine.self_test_record()) {
            self.self_test_changes = changes;
        }
        let changes = machine.commissioning_changes();
        if changes != self.commissioning_changes && self.commissioning.write(&machine.commissioning_record())
        {
            self.commissioning_changes = changes;
        }
        let changes = machine.parity_changes();
        if changes != self.parity_changes && self.parity.write(&machine.parity_record()) {
            self.parity_changes = changes;
        }
    }

    /// A record of latches, units or the hosts' shutdown is not on disk yet.
    pub(super) fn pending(&self) -> bool {
        self.latches.pending() || self.units.pending() || self.hosts.pending()
    }

    /// The latches and the hosts' shutdown are on disk as the machine has them.
    pub(super) fn shutdown_kept(&self, machine: &Machine) -> bool {
        self.latch_record == Some(machine.record())
            && self.host_record == Some(machine.host_record())
            && !self.latches.pending()
            && !self.hosts.pending()
    }
}
