//! The latch records on disk: two slots, each in a sector of its own, written in turn; the newer whole one counts.
//!
//! A thread of its own writes and syncs, into space that exists already: a disk may hang, the tick may not. A torn write
//! costs the newest record only, and outputs are set before anything is written, so a cut in between finds the fan
//! contact in its commanded position.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use safety::{LatchRecord, Restored};

/// File of the latch records in the data directory.
pub const LATCHES: &str = "latches.bin";
/// Slots are a sector apart, so that one write tears one slot at most.
const SLOT: u64 = 4096;
const RECORD: usize = 64;
/// Wait before a record that could not be written is tried again.
pub const RETRY: Duration = Duration::from_millis(500);

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}")]
pub struct StoreError {
    path: PathBuf,
    error: io::Error,
}

/// The latch records.
#[derive(Debug)]
pub struct LatchStore {
    shared: Arc<Shared>,
    wake: SyncSender<()>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The newest record that is not on disk yet; an older one that waits is overwritten.
    next: Mutex<Option<LatchRecord>>,
    /// A record has been handed over and is not on disk yet.
    pending: AtomicBool,
    /// The last attempt failed.
    failed: AtomicBool,
    /// Records on disk since start.
    written: AtomicU64,
}

/// Marks a data directory as one in which nothing was ever latched. An existing record is left alone.
///
/// # Errors
/// When the directory or the file cannot be made.
pub fn commission(directory: &Path) -> Result<bool, StoreError> {
    let path = directory.join(LATCHES);
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
    let record = LatchRecord::CLEAR.to_bytes(1);
    let write = || -> io::Result<()> {
        file.set_len(2 * SLOT)?;
        file.write_all_at(&LatchRecord::CLEAR.to_bytes(0), 0)?;
        file.write_all_at(&record, SLOT)?;
        file.sync_all()?;
        File::open(directory)?.sync_all()
    };
    write().map_err(fail)?;
    Ok(true)
}

/// What the data directory says was latched. It never fails: unreadable is an answer.
pub fn restore(directory: &Path) -> (Restored, u32) {
    let mut slots = [[0u8; RECORD]; 2];
    let read = |slots: &mut [[u8; RECORD]; 2]| -> io::Result<()> {
        let mut file = File::open(directory.join(LATCHES))?;
        file.read_exact(&mut slots[0])?;
        file.read_exact_at(&mut slots[1], SLOT)
    };
    if read(&mut slots).is_err() {
        return (Restored::Unreadable, 0);
    }
    let read = |slot: &[u8; RECORD]| LatchRecord::from_bytes(slot).ok();
    match safety::newer(read(&slots[0]), read(&slots[1])) {
        Some((record, epoch)) => (Restored::Record(record), epoch),
        None => (Restored::Unreadable, 0),
    }
}

impl LatchStore {
    /// Opens the records for writing. A missing or short file is made whole with empty slots, which stay unreadable
    /// until the first record is written.
    ///
    /// # Errors
    /// When the file can be neither opened nor made.
    pub fn open(directory: &Path, epoch: u32) -> Result<LatchStore, StoreError> {
        let path = directory.join(LATCHES);
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
            file.write_all_at(&[0; RECORD], 0).map_err(fail)?;
            file.write_all_at(&[0; RECORD], SLOT).map_err(fail)?;
        }
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        // One waiting wake covers every record before it: a full channel loses nothing.
        let (wake, wakes) = sync_channel::<()>(1);
        std::thread::Builder::new()
            .name("latch-write".into())
            .spawn(move || {
                let mut epoch = epoch;
                while wakes.recv().is_ok() {
                    own.write_out(&file, &mut epoch);
                }
            })
            .map_err(fail)?;
        Ok(LatchStore { shared, wake })
    }

    /// Hands the record to the writing thread, unless that holds the cell just now. Never waits: a disk may hang.
    pub fn write(&self, record: &LatchRecord) -> bool {
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

impl Shared {
    /// Writes the newest record into both slots, the older one first, and syncs. Both, so that a sector that goes bad
    /// later cannot bring back an older state; one after the other, so that a cut tears one at most.
    fn write_out(&self, file: &File, epoch: &mut u32) {
        loop {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(record) = next.take() else {
                self.pending.store(false, Ordering::Release);
                return;
            };
            drop(next);
            let write = |epoch: &mut u32| -> io::Result<()> {
                for _ in 0..2 {
                    let next = epoch.wrapping_add(1);
                    file.write_all_at(&record.to_bytes(next), u64::from(next % 2) * SLOT)?;
                    file.sync_data()?;
                    *epoch = next;
                }
                Ok(())
            };
            match write(epoch) {
                Ok(()) => {
                    if self.failed.swap(false, Ordering::Relaxed) {
                        crate::log::line("latch records are written again");
                    }
                    self.written.fetch_add(1, Ordering::Release);
                }
                Err(error) => {
                    if !self.failed.swap(true, Ordering::Relaxed) {
                        crate::log::line(&format!(
                            "latch record not written: {error}; check the disk. The latch stands in memory"
                        ));
                    }
                    self.next
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .get_or_insert(record);
                    std::thread::sleep(RETRY);
                }
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
        assert!(commission(directory.path()).expect("it is made"));
        assert!(!commission(directory.path()).expect("it is left alone"));
        assert_eq!(restore(directory.path()).0, Restored::Record(LatchRecord::CLEAR));
    }

    #[test]
    fn a_latch_is_found_again_and_survives_one_torn_slot() {
        let directory = tempfile::tempdir().expect("a directory");
        commission(directory.path()).expect("it is made");
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
