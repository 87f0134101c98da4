//! Records on disk, of the latches, of the extinguisher units, of the self-test, of the commissioning, of the hosts' shutdown,
//! of their stop times and of what parity has learned: two slots, each in a sector of its own, written in turn; the newer whole one counts.
//!
//! A thread of its own writes and syncs, into space that exists already: a disk may hang, the tick may not. A torn write
//! costs the newest record only, and outputs are set before anything is written, so a cut in between finds the fan
//! contact in its commanded position.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::commissioning::{COMMISSIONING_RECORD_BYTES, CommissioningRecord};
use crate::parity::{PARITY_RECORD_BYTES, ParityRecord};
use crate::selftest::{SELF_TEST_RECORD_BYTES, SelfTestRecord};
use safety::hosts::{HOST_RECORD_BYTES, HostRecord, STOP_RECORD_BYTES, StopRecord};
use safety::{LatchRecord, RECORD_BYTES, Restored, UNIT_RECORD_BYTES, UnitRecord};

/// File of the latch records in the data directory.
pub const LATCHES: &str = "latches.bin";
/// File of the extinguisher units' records in the data directory.
pub const UNITS: &str = "units.bin";
/// File of the self-test's records in the data directory.
pub const SELF_TEST: &str = "self_test.bin";
/// File of the commissioning's records in the data directory.
pub const COMMISSIONING: &str = "commissioning.bin";
/// File of the records of the hosts' shutdown in the data directory.
pub const HOSTS: &str = "hosts.bin";
/// File of the records of the hosts' stop times in the data directory.
pub const STOPS: &str = "stops.bin";
/// File of the records of what parity has learned in the data directory.
pub const PARITY: &str = "parity.bin";
/// Slots are a sector apart, so that one write tears one slot at most.
const SLOT: u64 = 4096;
/// Wait before a record that could not be written is tried again.
pub const RETRY: Duration = Duration::from_millis(500);

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}")]
pub struct StoreError {
    path: PathBuf,
    error: io::Error,
}

/// What is kept in two slots.
pub trait Kept: Copy + std::fmt::Debug + Send + 'static {
    /// Its file in the data directory.
    const FILE: &'static str;
    /// What it is, for the log.
    const WHAT: &'static str;
    /// Its bytes.
    type Bytes: AsRef<[u8]> + AsMut<[u8]> + Default;

    /// Its bytes under an epoch.
    fn bytes(&self, epoch: u32) -> Self::Bytes;

    /// The record in these bytes and its epoch, where they are whole.
    fn read(bytes: &Self::Bytes) -> Option<(Self, u32)>;
}

/// Bytes of a record.
#[derive(Debug)]
pub struct Sized<const N: usize>([u8; N]);

impl<const N: usize> Default for Sized<N> {
    fn default() -> Self {
        Sized([0; N])
    }
}

impl<const N: usize> AsRef<[u8]> for Sized<N> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> AsMut<[u8]> for Sized<N> {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Kept for LatchRecord {
    const FILE: &'static str = LATCHES;
    const WHAT: &'static str = "latch record";
    type Bytes = Sized<RECORD_BYTES>;

    fn bytes(&self, epoch: u32) -> Self::Bytes {
        Sized(self.to_bytes(epoch))
    }

    fn read(bytes: &Self::Bytes) -> Option<(Self, u32)> {
        LatchRecord::from_bytes(&bytes.0).ok()
    }
}

impl Kept for UnitRecord {
    const FILE: &'static str = UNITS;
    const WHAT: &'static str = "record of the extinguisher units";
    type Bytes = Sized<UNIT_RECORD_BYTES>;

    fn bytes(&self, epoch: u32) -> Self::Bytes {
        Sized(self.to_bytes(epoch))
    }

    fn read(bytes: &Self::Bytes) -> Option<(Self, u32)> {
        UnitRecord::from_bytes(&bytes.0).ok()
    }
}

impl Kept for SelfTestRecord {
    const FILE: &'static str = SELF_TEST;
    const WHAT: &'static str = "record of the self-test";
    type Bytes = Sized<SELF_TEST_RECORD_BYTES>;

    fn bytes(&self, epoch: u32) -> Self::Bytes {
        Sized(self.to_bytes(epoch))
    }

    fn read(bytes: &Self::Bytes) -> Option<(Self, u32)> {
        SelfTestRecord::from_bytes(&bytes.0)
    }
}

impl Kept for CommissioningRecord {
    const FILE: &'static str = COMMISSIONING;
    const WHAT: &'static str = "record of the commissioning";
    type Bytes = Sized<COMMISSIONING_RECORD_BYTES>;

    fn bytes(&self, epoch: u32) -> Self::Bytes {
        Sized(self.to_bytes(epoch))
    }

    fn read(bytes: &Self::Bytes) -> Option<(Self, u32)> {
        CommissioningRecord::from_bytes(&bytes.0)
    }
}

impl Kept for HostRecord {
    const FILE: &'static str = HOSTS;
    const WHAT: &'static str = "record of the hosts' shutdown";
    type Bytes = Sized<HOST_RECORD_BYTES>;

    fn bytes(&self, epoch: u32) -> Self::Bytes {
        Sized(self.to_bytes(epoch))
    }

    fn read(bytes: &Self::Bytes) -> Option<(Self, u32)> {
        HostRecord::from_bytes(&bytes.0)
    }
}

impl Kept for StopRecord {
    const FILE: &'static str = STOPS;
    const WHAT: &'static str = "record of the hosts' stop times";
    type Bytes = Sized<STOP_RECORD_BYTES>;

    fn bytes(&self, epoch: u32) -> Self::Bytes {
        Sized(self.to_bytes(epoch))
    }

    fn read(bytes: &Self::Bytes) -> Option<(Self, u32)> {
        StopRecord::from_bytes(&bytes.0)
    }
}

impl Kept for ParityRecord {
    const FILE: &'static str = PARITY;
    const WHAT: &'static str = "record of what parity has learned";
    type Bytes = Sized<PARITY_RECORD_BYTES>;

    fn bytes(&self, epoch: u32) -> Self::Bytes {
        Sized(self.to_bytes(epoch))
    }

    fn read(bytes: &Self::Bytes) -> Option<(Self, u32)> {
        ParityRecord::from_bytes(&bytes.0)
    }
}

/// The records of one kind.
#[derive(Debug)]
pub struct Store<R: Kept> {
    shared: Arc<Shared<R>>,
    wake: SyncSender<()>,
}

/// The latch records.
pub type LatchStore = Store<LatchRecord>;
/// The self-test's records.
pub type SelfTestStore = Store<SelfTestRecord>;
/// The commissioning's records.
pub type CommissioningStore = Store<CommissioningRecord>;
/// The records of the hosts' shutdown.
pub type HostStore = Store<HostRecord>;
/// The records of the hosts' stop times.
pub type StopStore = Store<StopRecord>;
/// The records of what parity has learned.
pub type ParityStore = Store<ParityRecord>;
/// The extinguisher units' records.
pub type UnitStore = Store<UnitRecord>;

#[derive(Debug)]
struct Shared<R> {
    /// The newest record that is not on disk yet; an older one that waits is overwritten.
    next: Mutex<Option<R>>,
    /// A record has been handed over and is not on disk yet.
    pending: AtomicBool,
    /// The last attempt failed.
    failed: AtomicBool,
    /// Records on disk since start.
    written: AtomicU64,
}

/// Marks a data directory as one in which nothing was ever latched and whose extinguisher units are good, installed on
/// this day where it is known. Existing records are left alone. Whether there were no latch records.
///
/// # Errors
/// When the directory or a file cannot be made.
pub fn commission(directory: &Path, today: Option<points::Date>) -> Result<bool, StoreError> {
    make(directory, &UnitRecord::commissioned(today))?;
    make(directory, &LatchRecord::CLEAR)
}

/// Makes a file with this record in both slots, unless there is one.
fn make<R: Kept>(directory: &Path, record: &R) -> Result<bool, StoreError> {
    let path = directory.join(R::FILE);
    let fail = |error| StoreError {
        path: path.clone(),
        error,
    };
    std::fs::create_dir_all(directory).map_err(fail)?;
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(fail(error)),
    };
    let write = || -> io::Result<()> {
        file.set_len(2 * SLOT)?;
        file.write_all_at(record.bytes(0).as_ref(), 0)?;
        file.write_all_at(record.bytes(1).as_ref(), SLOT)?;
        file.sync_all()?;
        File::open(directory)?.sync_all()
    };
    write().map_err(fail)?;
    Ok(true)
}

/// What the data directory says was latched. It never fails: unreadable is an answer.
pub fn restore(directory: &Path) -> (Restored, u32) {
    match newest(directory) {
        Some((record, epoch)) => (Restored::Record(record), epoch),
        None => (Restored::Unreadable, 0),
    }
}

/// The newer whole record of a kind and its epoch. A slot that cannot be read costs itself, never the other one.
pub fn newest<R: Kept>(directory: &Path) -> Option<(R, u32)> {
    let file = File::open(directory.join(R::FILE)).ok()?;
    let [first, second] = [0, SLOT].map(|at| slot(&file, at));
    safety::newer(first, second)
}

/// The whole record of a slot and its epoch.
fn slot<R: Kept>(file: &File, at: u64) -> Option<(R, u32)> {
    let mut bytes = R::Bytes::default();
    file.read_exact_at(bytes.as_mut(), at).ok()?;
    R::read(&bytes)
}

impl<R: Kept> Store<R> {
    /// What the data directory says, where it can be read, and the records opened for writing.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn begin(directory: &Path) -> Result<(Option<R>, Self), StoreError> {
        let found = newest(directory);
        let store = Store::open(directory, found.map_or(0, |(_, epoch)| epoch))?;
        Ok((found.map(|(record, _)| record), store))
    }

    /// Opens the records for writing. A missing or short file is made whole: a slot that holds no whole record is emptied, and
    /// stays unreadable until the first record is written.
    ///
    /// # Errors
    /// When the file can be neither opened nor made.
    pub fn open(directory: &Path, epoch: u32) -> Result<Self, StoreError> {
        let path = directory.join(R::FILE);
        let fail = |error| StoreError {
            path: path.clone(),
            error,
        };
        std::fs::create_dir_all(directory).map_err(fail)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(fail)?;
        if file.metadata().map_err(fail)?.len() < 2 * SLOT {
            // Preallocated, so that a full disk cannot keep a latch from being written.
            file.set_len(2 * SLOT).map_err(fail)?;
            for at in [0, SLOT] {
                if slot::<R>(&file, at).is_none() {
                    file.write_all_at(R::Bytes::default().as_ref(), at)
                        .map_err(fail)?;
                }
            }
        }
        let shared = Arc::new(Shared {
            next: Mutex::new(None),
            pending: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            written: AtomicU64::new(0),
        });
        let own = Arc::clone(&shared);
        // One waiting wake covers every record before it: a full channel loses nothing.
        let (wake, wakes) = sync_channel::<()>(1);
        std::thread::Builder::new()
            .name(format!("write-{}", R::FILE))
            .spawn(move || {
                let mut epoch = epoch;
                while wakes.recv().is_ok() {
                    own.write_out(&file, &mut epoch);
                }
            })
            .map_err(fail)?;
        Ok(Store { shared, wake })
    }

    /// Hands the record to the writing thread, unless that holds the cell just now. Never waits: a disk may hang.
    pub fn write(&self, record: &R) -> bool {
        let Ok(mut next) = self.shared.next.try_lock() else {
            return false;
        };
        *next = Some(*record);
        self.shared.pending.store(true, Ordering::Release);
        drop(next);
        let _ = self.wake.try_send(());
        true
    }

    /// A record is not on disk yet: normally for milliseconds, longer where the disk fails or hangs. It stands in
    /// memory, and a failed write is tried again every [`RETRY`].
    pub fn pending(&self) -> bool {
        self.shared.pending.load(Ordering::Acquire)
    }

    /// Records on disk since start.
    pub fn written(&self) -> u64 {
        self.shared.written.load(Ordering::Acquire)
    }
}

/// Writes into both slots, the older one first. Where one of them fails the other one is written all the same: how many were, and
/// what went wrong. Every attempt has an epoch of its own, so that what is written is always the newest.
fn both(epoch: &mut u32, mut write: impl FnMut(u32) -> io::Result<()>) -> (u8, Option<io::Error>) {
    let (mut written, mut trouble) = (0, None);
    for _ in 0..2 {
        *epoch = epoch.wrapping_add(1);
        match write(*epoch) {
            Ok(()) => written += 1,
            Err(error) => trouble = Some(error),
        }
    }
    (written, trouble)
}

impl<R: Kept> Shared<R> {
    /// Writes the newest record into both slots, the older one first, and syncs. Both, so that a sector that goes bad
    /// later cannot bring back an older state; one after the other, so that a cut tears one at most. In one of them it is on disk.
    fn write_out(&self, file: &File, epoch: &mut u32) {
        loop {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(record) = next.take() else {
                self.pending.store(false, Ordering::Release);
                return;
            };
            drop(next);
            let (written, trouble) = both(epoch, |epoch| {
                file.write_all_at(record.bytes(epoch).as_ref(), u64::from(epoch % 2) * SLOT)?;
                file.sync_data()
            });
            let failed = self.failed.swap(trouble.is_some(), Ordering::Relaxed);
            match trouble {
                None if failed => crate::log::line(&format!("{} is written again", R::WHAT)),
                Some(error) if !failed => {
                    let stands = if written > 0 {
                        "It is on disk once, not twice"
                    } else {
                        "It stands in memory"
                    };
                    crate::log::line(&format!(
                        "{} not written: {error}; check the disk. {stands}",
                        R::WHAT
                    ));
                }
                None | Some(_) => {}
            }
            if written > 0 {
                self.written.fetch_add(1, Ordering::Release);
            } else {
                self.next
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(record);
                std::thread::sleep(RETRY);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::Moment;
    use safety::Safety;

    fn latched() -> LatchRecord {
        let inputs = safety::Inputs {
            manual_fire: points::Reading::good(points::Flag::Set, Moment(0)),
            ..safety::Inputs::starting(Moment(0))
        };
        let mut safety = Safety::new(Restored::NeverLatched, Moment(0));
        let first = safety::exit(&Restored::NeverLatched, Some(false));
        safety.evaluate(Moment(0), &inputs, &points::setting::Settings::default(), &first);
        safety.record()
    }

    #[test]
    fn a_directory_nobody_commissioned_is_unknown_and_a_commissioned_one_is_clear() {
        let directory = tempfile::tempdir().expect("a directory");
        assert_eq!(restore(directory.path()).0, Restored::Unreadable);
        assert!(commission(directory.path(), None).expect("it is made"));
        assert!(!commission(directory.path(), None).expect("it is left alone"));
        assert_eq!(restore(directory.path()).0, Restored::Record(LatchRecord::CLEAR));
    }

    #[test]
    fn a_file_cut_short_keeps_the_slot_that_is_whole() {
        let directory = tempfile::tempdir().expect("a directory");
        commission(directory.path(), None).expect("it is made");
        let path = directory.path().join(LATCHES);
        let file = OpenOptions::new().write(true).open(&path).expect("it opens");
        let record = latched();
        file.write_all_at(&record.to_bytes(6), 0).expect("written");
        file.set_len(SLOT + 10).expect("cut");
        assert_eq!(restore(directory.path()), (Restored::Record(record), 6));
        let _store = LatchStore::open(directory.path(), 6).expect("it opens");
        assert_eq!(restore(directory.path()), (Restored::Record(record), 6));
        assert_eq!(std::fs::metadata(path).expect("there").len(), 2 * SLOT);
    }

    #[test]
    fn a_slot_that_cannot_be_written_costs_the_other_nothing() {
        for bad in [0, 1] {
            let (mut epoch, mut put) = (7, [0, 0]);
            for _ in 0..2 {
                let (written, trouble) = both(&mut epoch, |epoch| {
                    if epoch % 2 == bad {
                        return Err(io::ErrorKind::Other.into());
                    }
                    put[usize::from(epoch % 2 == 1)] = epoch;
                    Ok(())
                });
                assert_eq!((written, trouble.is_some()), (1, true));
            }
            let (good, other) = if bad == 0 {
                (put[1], put[0])
            } else {
                (put[0], put[1])
            };
            assert!(good >= 10 && other == 0, "{put:?}");
        }
        let (written, trouble) = both(&mut 7, |_| Err(io::ErrorKind::Other.into()));
        assert_eq!((written, trouble.is_some()), (0, true));
    }

    #[test]
    fn a_latch_is_found_again_and_survives_one_torn_slot() {
        let directory = tempfile::tempdir().expect("a directory");
        commission(directory.path(), None).expect("it is made");
        let (_, epoch) = restore(directory.path());
        let store = LatchStore::open(directory.path(), epoch).expect("it opens");
        let record = latched();
        assert!(record.latches().has(points::interlock::Latch::Fire));
        assert!(store.write(&record));
        while store.written() == 0 {
            std::thread::yield_now();
        }
        assert_eq!(restore(directory.path()).0, Restored::Record(record));
        let file = OpenOptions::new()
            .write(true)
            .open(directory.path().join(LATCHES))
            .expect("it opens");
        for slot in [0, SLOT] {
            file.write_all_at(&[0xFF; 20], slot + 10).expect("it is torn");
            let expected = if slot == 0 {
                Restored::Record(record)
            } else {
                Restored::Unreadable
            };
            assert_eq!(restore(directory.path()).0, expected);
        }
    }
}
