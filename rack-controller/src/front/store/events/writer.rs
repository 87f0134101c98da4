//! The journal's writer: takes what waits, commits it whole, says how far it has come.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::words::{self, Words};
use super::{Committed, Recorded, reports};
use crate::front::store::health::Health;
use crate::front::store::keeper::Keeper;
use crate::front::store::thread::{FAILING, IDLE};

/// Most transitions of one commit. One alone is committed at once.
const BATCH: usize = 256;
/// Old rows deleted with one commit: more than it adds, so that too many become fewer.
const PRUNE: i64 = 2 * BATCH as i64;

pub(super) struct Scribe {
    keeper: Keeper,
    health: Arc<Health>,
    committed: Arc<Committed>,
    reports: Arc<reports::Waiting>,
    rows_kept: i64,
    /// Taken from the queue and not committed yet.
    batch: Vec<Recorded>,
    /// Ids of the words in the database of this opening.
    known: (u64, HashMap<Words, i64>),
}

impl Scribe {
    pub(super) fn new(
        keeper: Keeper,
        health: Arc<Health>,
        committed: Arc<Committed>,
        reports: Arc<reports::Waiting>,
        rows_kept: i64,
    ) -> Scribe {
        Scribe {
            keeper,
            health,
            committed,
            reports,
            rows_kept,
            batch: Vec::with_capacity(BATCH),
            known: (0, HashMap::new()),
        }
    }

    pub(super) fn run(mut self, waiting: &Receiver<Recorded>, stop: &AtomicBool) {
        self.resume();
        loop {
            let stopping = stop.load(Ordering::Acquire);
            if self.batch.is_empty() && !stopping {
                match waiting.recv_timeout(IDLE) {
                    Ok(recorded) => self.batch.push(recorded),
                    Err(RecvTimeoutError::Timeout) => {}
                    // The store is gone; nothing more can come.
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            while self.batch.len() < BATCH
                && let Ok(recorded) = waiting.try_recv()
            {
                self.batch.push(recorded);
            }
            if self.batch.is_empty() && stopping {
                self.keep_reports();
                return;
            }
            let works = if self.batch.is_empty() {
                self.resume()
            } else {
                self.commit()
            };
            let works = works && self.keep_reports();
            if !works {
                if stopping {
                    // One try at the end; the core still has what could not be written.
                    return;
                }
                std::thread::sleep(FAILING);
            }
        }
    }

    /// Opens the database unless it is open, and learns how far the newest run had come.
    fn resume(&mut self) -> bool {
        let known = self.known.0;
        let newest = self.keeper.work("opening the journal", |connection, generation| {
            if generation == known {
                return Ok(None);
            }
            let sql = "SELECT run, core_sequence FROM transition ORDER BY sequence DESC LIMIT 1";
            let newest = connection
                .query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
                .optional()?;
            Ok(Some((generation, newest)))
        });
        if let Some(Some((generation, newest))) = newest {
            self.known = (generation, HashMap::new());
            if let Some((run, sequence)) = newest {
                self.committed
                    .reached(run.cast_unsigned(), sequence.cast_unsigned());
            }
        }
        newest.is_some()
    }

    /// Writes the reports that wait; whether none waits any more.
    fn keep_reports(&mut self) -> bool {
        let waiting = self.reports.all();
        if waiting.is_empty() {
            return true;
        }
        let written = self.keeper.work("keeping a report", |connection, _| {
            reports::write(connection, &waiting)
        });
        if written.is_some() {
            self.reports.done(&waiting);
        }
        written.is_some()
    }

    fn commit(&mut self) -> bool {
        let Scribe {
            keeper,
            batch,
            known,
            rows_kept,
            ..
        } = self;
        let written = keeper.work("writing the journal", |connection, generation| {
            if known.0 != generation {
                *known = (generation, HashMap::new());
            }
            write(connection, batch, &mut known.1, *rows_kept)
        });
        let Some((rows, pruned)) = written else {
            // What was learnt of words in a transaction that is undone is not so.
            self.known.1.clear();
            return false;
        };
        for recorded in self.batch.drain(..) {
            self.committed.reached(recorded.run, recorded.transition.sequence);
        }
        self.health.rows.fetch_add(rows, Ordering::Relaxed);
        self.health.pruned.fetch_add(pruned, Ordering::Relaxed);
        self.health.batches.fetch_add(1, Ordering::Relaxed);
        true
    }
}

/// Rows added and rows deleted.
fn write(
    connection: &mut Connection,
    batch: &[Recorded],
    known: &mut HashMap<Words, i64>,
    rows_kept: i64,
) -> rusqlite::Result<(u64, u64)> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut rows = 0;
    {
        let mut insert = transaction.prepare_cached(
            "INSERT INTO transition (run, core_sequence, time_ms, moment_us, word, \"on\", by_whom, why) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (run, core_sequence) DO NOTHING",
        )?;
        let mut say = transaction.prepare_cached("INSERT INTO said (sequence, text) VALUES (?1, ?2)")?;
        for recorded in batch {
            let (words, on) = words::of(recorded.transition.change);
            let note = &recorded.transition.note;
            let word = match known.get(&words) {
                Some(id) => *id,
                None => {
                    let id = word(&transaction, &words)?;
                    known.insert(words, id);
                    id
                }
            };
            let added = insert.execute(params![
                recorded.run.cast_signed(),
                recorded.transition.sequence.cast_signed(),
                recorded.time_ms,
                recorded.transition.at.as_us().cast_signed(),
                word,
                on,
                note.as_ref().map_or("", |note| note.by.as_str()),
                note.as_ref().map_or("", |note| note.why.as_str()),
            ])?;
            if added > 0
                && let Some(text) = &recorded.said
            {
                say.execute(params![transaction.last_insert_rowid(), text])?;
            }
            rows += added as u64;
        }
    }
    let pruned = prune(&transaction, rows_kept)?;
    transaction.commit()?;
    Ok((rows, pruned))
}

/// The id of these words, which they get when they are new.
fn word(connection: &Connection, words: &Words) -> rusqlite::Result<i64> {
    let values = params![words.kind, words.name, words.text, words.priority];
    connection.execute(
        "INSERT INTO word (kind, name, text, priority) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (kind, name, text, priority) DO NOTHING",
        values,
    )?;
    connection.query_row(
        "SELECT id FROM word WHERE kind = ?1 AND name = ?2 AND text = ?3 AND priority = ?4",
        values,
        |row| row.get(0),
    )
}

/// Deletes some of the oldest rows when there are more than are kept.
fn prune(connection: &Connection, rows_kept: i64) -> rusqlite::Result<u64> {
    let mut ends = connection.prepare_cached(
        "SELECT coalesce((SELECT min(sequence) FROM transition), 0), \
                coalesce((SELECT max(sequence) FROM transition), 0)",
    )?;
    let (oldest, newest): (i64, i64) = ends.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let last = newest
        .saturating_sub(rows_kept)
        .min(oldest.saturating_add(PRUNE - 1));
    if last < oldest {
        return Ok(0);
    }
    connection
        .prepare_cached("DELETE FROM said WHERE sequence <= ?1")?
        .execute([last])?;
    let mut delete = connection.prepare_cached("DELETE FROM transition WHERE sequence <= ?1")?;
    Ok(delete.execute([last])? as u64)
}
