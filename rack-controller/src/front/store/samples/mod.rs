//! The history of every fitted point: seconds, the extremes of minutes, the extremes of hours.
//!
//! ```text
//!  sample() --one picture a second, bounded queue--> tail in memory --every 10 s--> seconds on disk
//!                                                      |                              | minute ends
//!  history() <--------- newest, still open ------------'                              v
//!      ^--------------------- coarsest level that is fine enough ------------ minutes, then hours
//! ```
//!
//! A point that is not fitted is not stored. A value is stored as the count its registers hold, an absence with its
//! reason. Time is the wall clock's: one that is set back overwrites the seconds it repeats, one that jumps ahead
//! leaves a gap.

mod batch;
mod book;
mod buckets;
mod chunk;
mod history;
mod level;
mod slot;
mod tail;
#[cfg(test)]
mod tests;
mod writer;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use points::point::{self, Point, Row};
use points::reading::Absent;
use points::snapshot::Snapshot;

pub use history::{BUCKETS_MAX, History, POINTS_MAX, Series};

use self::level::TIME_MAX_MS;
use self::slot::Slot;
use self::tail::{Tail, Taken};
use self::writer::{Historian, Message};
use super::error::StoreError;
use super::health::{Health, Status};
use super::keeper::Keeper;
use super::reader::Reader;
use super::schema::Schema;
use super::thread::Writer;

/// The database's file in the data directory.
pub const FILE: &str = "samples.db";
/// Pictures that wait for the writer, one a second: more than a slow disk or the check at start takes. Of more, the
/// second is lost and counted.
const QUEUE: usize = 120;

pub(super) const SCHEMA: Schema = Schema {
    file: FILE,
    application_id: 0x524B_5341, // "RKSA"
    steps: &[include_str!("../sql/samples_1.sql")],
    synchronous: "NORMAL",
    // 2 GiB, above what every point of the table with noise on it takes.
    pages_max: 524_288,
};

/// What became of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampled {
    /// It stands for its second.
    Taken,
    /// Its second has a picture already.
    SameSecond,
    /// The queue is full; the next picture of the second may have more luck.
    Full,
    /// Its time is no time: beyond the year 9999.
    NoTime,
}

/// The history.
pub struct SampleStore {
    queue: SyncSender<Message>,
    rows: Vec<&'static Row>,
    /// The second taken last.
    last: AtomicI64,
    /// The second refused last, so that each is counted once.
    refused: AtomicI64,
    tail: Arc<Mutex<Tail>>,
    lost: Arc<AtomicU64>,
    health: Arc<Health>,
    reader: Reader,
    writer: Writer,
}

impl SampleStore {
    /// Starts the history in `directory`. It opens and makes its file by itself, tries again where it cannot, and
    /// says so in its status.
    ///
    /// # Errors
    /// When its thread cannot be started.
    pub fn open(directory: &Path) -> io::Result<SampleStore> {
        Self::with(directory, SCHEMA)
    }

    pub(super) fn with(directory: &Path, schema: Schema) -> io::Result<SampleStore> {
        let (queue, waiting) = sync_channel(QUEUE);
        let (health, tail) = (Arc::new(Health::new(FILE)), Arc::new(Mutex::default()));
        let lost = Arc::new(AtomicU64::new(0));
        let historian = Historian {
            keeper: Keeper::new(schema, directory, Arc::clone(&health)),
            health: Arc::clone(&health),
            tail: Arc::clone(&tail),
            lost: Arc::clone(&lost),
            book: book::Book::default(),
        };
        Ok(SampleStore {
            queue,
            rows: point::all().map(|point| point.row).collect(),
            last: AtomicI64::new(i64::MIN),
            refused: AtomicI64::new(i64::MIN),
            tail,
            lost,
            reader: Reader::new(directory.join(FILE), Arc::clone(&health)),
            health,
            writer: Writer::start("samples-write", move |stop| historian.run(&waiting, stop))?,
        })
    }

    /// Takes a picture that came at `time_ms`, by the wall clock in milliseconds since 1970: the first of each
    /// second is stored. Never waits.
    pub fn sample(&self, time_ms: i64, snapshot: &Snapshot) -> Sampled {
        if !(-TIME_MAX_MS..=TIME_MAX_MS).contains(&time_ms) {
            return Sampled::NoTime;
        }
        let second = time_ms.div_euclid(1000);
        if self.last.load(Ordering::Relaxed) == second {
            return Sampled::SameSecond;
        }
        let taken = Taken {
            second,
            values: self.values(snapshot),
        };
        if self.queue.try_send(Message::Taken(taken)).is_err() {
            if self.refused.swap(second, Ordering::Relaxed) != second {
                self.health.dropped.fetch_add(1, Ordering::Relaxed);
            }
            return Sampled::Full;
        }
        self.last.store(second, Ordering::Relaxed);
        Sampled::Taken
    }

    fn values(&self, snapshot: &Snapshot) -> Vec<(u16, Slot)> {
        let fitted = |value: &Result<f64, Absent>| *value != Err(Absent::NotFitted);
        let count = snapshot.cells.iter().filter(|cell| fitted(&cell.value)).count();
        let mut values = Vec::with_capacity(count);
        for ((cell, row), index) in snapshot.cells.iter().zip(&self.rows).zip(0u16..) {
            match cell.value {
                Ok(value) => values.push((index, Slot::value(slot::count(row, value)))),
                Err(Absent::NotFitted) => {}
                Err(reason) => values.push((index, Slot::Absent(reason))),
            }
        }
        values
    }

    /// What is known of `points` from `from_ms` to `to_ms`, as the least and greatest of `count` buckets of equal
    /// width, from the coarsest level whose slots are no longer than a bucket. A slot counts in every bucket it
    /// touches. Blocks while the disk is read.
    ///
    /// # Errors
    /// When the question has no answer (too many points or buckets, no span), or the store was never opened, is
    /// asked too much at once, or cannot be read.
    pub fn history(
        &self,
        points: &[Point],
        from_ms: i64,
        to_ms: i64,
        count: usize,
    ) -> Result<History, StoreError> {
        let question = history::Question::new(points, from_ms, to_ms, count)?;
        // The tail first: what is written meanwhile is then found twice, and never not at all.
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (answer, damaged) = self.reader.ask("reading the history", |connection| {
            history::answer(connection, &tail, &question)
        })?;
        self.health.damaged.fetch_add(damaged, Ordering::Relaxed);
        Ok(answer)
    }

    /// Writes now what was taken so far; whether that was done in time. Blocks.
    pub fn flush(&self, within: Duration) -> bool {
        let until = Instant::now() + within;
        let (answer, answered) = sync_channel(1);
        let mut message = Message::Flush(answer);
        loop {
            match self.queue.try_send(message) {
                Ok(()) => break,
                Err(refused) => {
                    if Instant::now() >= until {
                        return false;
                    }
                    let (std::sync::mpsc::TrySendError::Full(back)
                    | std::sync::mpsc::TrySendError::Disconnected(back)) = refused;
                    message = back;
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        }
        let left = until.saturating_duration_since(Instant::now());
        answered.recv_timeout(left).unwrap_or(false)
    }

    /// How it is.
    pub fn status(&self) -> Status {
        self.writer.status(self.health.status())
    }

    /// What it has counted since start.
    pub fn counters(&self) -> [(&'static str, u64); 8] {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("samples_rows", get(&self.health.rows)),
            ("samples_bytes", get(&self.health.bytes)),
            ("samples_batches", get(&self.health.batches)),
            ("samples_dropped", get(&self.health.dropped)),
            ("samples_minutes_lost", get(&self.lost)),
            ("samples_pruned", get(&self.health.pruned)),
            ("samples_damaged", get(&self.health.damaged)),
            ("samples_failures", get(&self.health.failures)),
        ]
    }

    /// Asks it to write what was taken and end, without waiting for that.
    pub(super) fn stop(&self) {
        self.writer.stop();
    }

    /// Writes what was taken and ends; whether that was done in time.
    pub fn close(&self, within: Duration) -> bool {
        self.writer.end(within)
    }
}
