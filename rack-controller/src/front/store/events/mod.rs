//! The journal: every transition of the core, committed before the core may forget it.
//!
//! ```text
//!  core's ring --link--> record() --bounded queue--> writer --commit, synchronous=FULL--> events.db
//!       ^                                                           |
//!       `------------------ link <-------- committed(run) <---------'
//! ```
//!
//! The core keeps what is not acknowledged and sends it again to a new front, so that a row may come twice; run and
//! number make it one. A transition that the queue did not take must not be overtaken by a later one, or the core
//! would forget it: until it comes again, every later one of its run is refused as well. So what is committed is
//! always everything up to some number that the core ever sent; what the core itself lost is a gap in its numbers.

mod journal;
mod load;
mod reports;
#[cfg(test)]
mod tests;
mod words;
mod writer;

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use journal::{ENTRIES_MAX, Entry, Journal, Page};
pub use reports::{REPORTS_KEPT, Report};

use super::error::StoreError;
use super::health::{Health, Status};
use super::reader::Reader;
use super::schema::Schema;
use super::thread::Writer;
use crate::hosts::plan::Plan;
use crate::transition::{Change, RING, Transition};

/// The database's file in the data directory.
pub const FILE: &str = "events.db";
/// Transitions that wait to be written: a whole ring of the core's. A further one is refused; the core has it still.
pub const QUEUE: usize = RING;
/// Rows that are kept: about 60 MB. Of more the oldest are deleted.
pub const ROWS_KEPT: i64 = 1_000_000;

pub(super) const SCHEMA: Schema = Schema {
    file: FILE,
    application_id: 0x524B_4556, // "RKEV"
    steps: &[
        include_str!("../sql/events_1.sql"),
        include_str!("../sql/events_2.sql"),
        include_str!("../sql/events_3.sql"),
        include_str!("../sql/events_4.sql"),
    ],
    synchronous: "FULL",
    // 256 MiB, several times what the rows that are kept take.
    pages_max: 65_536,
};

/// What `change` says beyond the words that are the same everywhere; `site` gives names.
pub(in crate::front) fn said(change: &Change, site: Option<&Plan>) -> Option<String> {
    words::said(change, site)
}

/// A transition with what the front knows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The core's run; its numbers start anew in each.
    pub run: u64,
    /// When it came, by the wall clock, in milliseconds since 1970.
    pub time_ms: i64,
    /// What the core sent.
    pub transition: Transition,
    /// What it says beyond its words, such as the site's name of a host.
    pub said: Option<String>,
}

/// The journal does not take a transition now; the core has it still and sends it again to the next front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal's queue is full; the core keeps the transition")]
pub struct Full;

/// The journal.
pub struct EventStore {
    queue: SyncSender<Recorded>,
    /// The first transition that was refused, by run and number.
    refused: Mutex<Option<(u64, u64)>>,
    committed: Arc<Committed>,
    reports: Arc<reports::Waiting>,
    health: Arc<Health>,
    reader: Reader,
    writer: Writer,
}

impl EventStore {
    /// Starts the journal in `directory`. It opens and makes its file by itself, tries again where it cannot, and
    /// says so in its status.
    ///
    /// # Errors
    /// When its thread cannot be started.
    pub fn open(directory: &Path) -> io::Result<EventStore> {
        Self::with(directory, SCHEMA, ROWS_KEPT)
    }

    pub(super) fn with(directory: &Path, schema: Schema, rows_kept: i64) -> io::Result<EventStore> {
        let (queue, waiting) = sync_channel(QUEUE);
        let (health, committed) = (Arc::new(Health::new(FILE)), Arc::new(Committed::default()));
        let reports = Arc::new(reports::Waiting::default());
        let scribe = writer::Scribe::new(
            super::keeper::Keeper::new(schema, directory, Arc::clone(&health)),
            Arc::clone(&health),
            Arc::clone(&committed),
            Arc::clone(&reports),
            rows_kept,
        );
        Ok(EventStore {
            queue,
            refused: Mutex::new(None),
            committed,
            reports,
            reader: Reader::new(directory.join(FILE), Arc::clone(&health)),
            health,
            writer: Writer::start("events-write", move |stop| scribe.run(&waiting, stop))?,
        })
    }

    /// Hands a transition over, in the order of their numbers. Never waits.
    ///
    /// # Errors
    /// When the queue is full, or an earlier one of its run was refused and has not come again.
    pub fn record(&self, recorded: Recorded) -> Result<(), Full> {
        let at = (recorded.run, recorded.transition.sequence);
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let overtakes = refused.is_some_and(|(run, first)| run == at.0 && at.1 > first);
        if overtakes || self.queue.try_send(recorded).is_err() {
            self.health.dropped.fetch_add(1, Ordering::Relaxed);
            if !overtakes {
                *refused = Some(at);
            }
            return Err(Full);
        }
        if refused.is_some_and(|(run, first)| run != at.0 || at.1 >= first) {
            *refused = None;
        }
        Ok(())
    }

    /// The number up to which everything of `run` that the core sent is committed; 0 when nothing is. The core may
    /// forget these, and none behind.
    pub fn committed(&self, run: u64) -> u64 {
        self.committed.of(run)
    }

    /// A page of the journal; `limit` is held between 1 and [`ENTRIES_MAX`]. Blocks while the disk is read.
    ///
    /// # Errors
    /// When the store was never opened, is asked too much at once, or cannot be read.
    pub fn journal(&self, page: Page, limit: usize) -> Result<Journal, StoreError> {
        let read = |connection: &rusqlite::Connection| journal::read(connection, page, limit);
        self.reader.ask("reading the journal", read)
    }

    /// Keeps a report of a drill or rehearsal; one that is kept already is one. Never waits.
    pub fn keep(&self, report: Report) {
        self.reports.add(report);
    }

    /// The last reports as JSON texts, the newest first, at most [`REPORTS_KEPT`]. Blocks while the disk is read.
    ///
    /// # Errors
    /// When the store was never opened, is asked too much at once, or cannot be read.
    pub fn reports(&self) -> Result<Vec<String>, StoreError> {
        self.reader.ask("reading the reports", reports::read)
    }

    /// What it says of the alarms' load between two times of the wall clock, in milliseconds since 1970. Blocks while the
    /// disk is read.
    ///
    /// # Errors
    /// When the store was never opened, is asked too much at once, or cannot be read.
    pub fn alarm_load(&self, from_ms: i64, to_ms: i64) -> Result<web::kpi::Load, StoreError> {
        let read = |connection: &rusqlite::Connection| load::read(connection, from_ms, to_ms);
        self.reader.ask("counting alarms", read)
    }

    /// How it is.
    pub fn status(&self) -> Status {
        self.writer.status(self.health.status())
    }

    /// What it has counted since start.
    pub fn counters(&self) -> [(&'static str, u64); 5] {
        let get = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("events_rows", get(&self.health.rows)),
            ("events_batches", get(&self.health.batches)),
            ("events_refused", get(&self.health.dropped)),
            ("events_pruned", get(&self.health.pruned)),
            ("events_failures", get(&self.health.failures)),
        ]
    }

    /// Writes what waits and ends; whether that was done in time. What was not is with the core still.
    pub fn close(&self, within: Duration) -> bool {
        self.writer.end(within)
    }
}

/// Runs whose progress is known; the oldest of more is forgotten. A front serves one run.
const RUNS_MAX: usize = 4;

/// How far each run is committed.
#[derive(Debug, Default)]
pub(super) struct Committed(Mutex<Vec<(u64, u64)>>);

impl Committed {
    pub(super) fn of(&self, run: u64) -> u64 {
        let runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter()
            .find(|(known, _)| *known == run)
            .map_or(0, |(_, sequence)| *sequence)
    }

    /// Everything of `run` up to `sequence` is on disk.
    pub(super) fn reached(&self, run: u64, sequence: u64) {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = runs.iter_mut().find(|(known, _)| *known == run) {
            *known = sequence.max(*known);
            return;
        }
        if runs.len() == RUNS_MAX {
            runs.remove(0);
        }
        runs.push((run, sequence));
    }
}
