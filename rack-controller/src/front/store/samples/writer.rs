//! The history's writer: takes pictures from the queue into the tail and writes a batch when it is time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::batch::{self, Done};
use super::book::Book;
use super::level::{Level, chunk_of};
use super::tail::{MINUTES_MAX, Tail, Taken};
use crate::front::store::health::Health;
use crate::front::store::keeper::Keeper;
use crate::front::store::thread::IDLE;

/// Time between two batches: what a killed front loses of the history at most. A power cut loses what the disk had
/// not yet been made to keep, some tens of seconds.
pub(super) const BATCH_EVERY: Duration = Duration::from_secs(10);
/// Pictures of one batch: when they come faster than the clock goes, a batch is written sooner.
const PICTURES_MAX: usize = 600;
/// Free pages that stay in the file for what comes next; more are given back to the disk.
const FREE_PAGES: i64 = 256;
/// Pages given back at a time.
const GIVE_BACK: i64 = 64;

/// What comes through the queue.
pub(super) enum Message {
    /// A picture's share.
    Taken(Taken),
    /// Write now, then answer whether all is written.
    Flush(SyncSender<bool>),
}

pub(super) struct Historian {
    pub(super) keeper: Keeper,
    pub(super) health: Arc<Health>,
    pub(super) tail: Arc<Mutex<Tail>>,
    /// Minutes that were lost because too many waited.
    pub(super) lost: Arc<AtomicU64>,
    pub(super) book: Book,
}

impl Historian {
    pub(super) fn run(mut self, waiting: &Receiver<Message>, stop: &AtomicBool) {
        let mut due = Instant::now() + BATCH_EVERY;
        self.open();
        loop {
            if stop.load(Ordering::Acquire) {
                self.finish(waiting);
                return;
            }
            match waiting.recv_timeout(IDLE) {
                Ok(Message::Taken(taken)) => self.take(&taken),
                Ok(Message::Flush(answer)) => {
                    let _ = answer.try_send(self.write());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.write();
                    return;
                }
            }
            let now = Instant::now();
            if self.book.generation == 0 {
                self.open();
            }
            if now >= due || self.is_full() {
                // A failed batch is tried again as the keeper allows; the tail is bounded by itself.
                let written = self.write();
                due = now + if written { BATCH_EVERY } else { IDLE };
            }
        }
    }

    fn finish(&mut self, waiting: &Receiver<Message>) {
        while let Ok(message) = waiting.try_recv() {
            match message {
                Message::Taken(taken) => self.take(&taken),
                Message::Flush(answer) => drop(answer),
            }
            if self.is_full() {
                self.write();
            }
        }
        self.write();
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Pictures come faster than the clock goes, or from all over time.
    fn is_full(&self) -> bool {
        let tail = self.held();
        tail.pictures >= PICTURES_MAX || tail.minutes.len() >= MINUTES_MAX
    }

    fn take(&mut self, taken: &Taken) {
        if self.held().take(taken) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Opens the database before there is anything to write, so that questions find it.
    fn open(&mut self) -> bool {
        let Historian { keeper, book, .. } = self;
        let opened = keeper.work("opening the history", |connection, generation| {
            turn_to(book, connection, generation)
        });
        let open = self.book.open_minute;
        if let Some(minute) = open.filter(|_| opened.is_some()) {
            let mut tail = self.held();
            tail.owed_minutes.insert(minute);
            tail.owed_hours.insert(chunk_of(Level::Minute, minute));
        }
        opened.is_some()
    }

    /// Writes the tail; whether nothing is left of it.
    fn write(&mut self) -> bool {
        let tail = self.held().clone();
        if tail.minutes.is_empty() {
            return true;
        }
        let Historian { keeper, book, .. } = self;
        let done = keeper.work("writing the history", |connection, generation| {
            turn_to(book, connection, generation)?;
            let done = batch::write(connection, book, &tail)?;
            if done.pruned > 0 {
                give_back(connection)?;
            }
            Ok(done)
        });
        // The clone is let go before the tail is written to again.
        drop(tail);
        match done {
            Some(done) => {
                self.count(&done);
                self.held().written(done.owed_minutes, done.owed_hours);
                true
            }
            None => false,
        }
    }

    fn count(&self, done: &Done) {
        let add = |counter: &AtomicU64, more: u64| counter.fetch_add(more, Ordering::Relaxed);
        add(&self.health.rows, done.rows);
        add(&self.health.bytes, done.bytes);
        add(&self.health.pruned, done.pruned);
        add(&self.health.damaged, done.damaged);
        add(&self.health.batches, 1);
    }
}

/// Reads the dictionary of a database that was opened anew.
fn turn_to(book: &mut Book, connection: &mut Connection, generation: u64) -> rusqlite::Result<()> {
    if book.generation != generation {
        *book = Book::open(connection, generation)?;
    }
    Ok(())
}

/// Gives pages that pruning freed back to the disk, a few at a time.
fn give_back(connection: &Connection) -> rusqlite::Result<()> {
    let free: i64 = connection.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
    if free > FREE_PAGES {
        // It gives back a page a step.
        let mut give = connection.prepare(&format!("PRAGMA incremental_vacuum({GIVE_BACK})"))?;
        let mut steps = give.query([])?;
        while steps.next()?.is_some() {}
    }
    Ok(())
}
