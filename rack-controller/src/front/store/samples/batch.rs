//! One batch as one transaction: the unwritten seconds go to disk, closed minutes and hours go up a level, what is
//! too old goes away.
//!
//! A coarser slot is always made anew from all that the disk holds of the finer level, so that neither a restart in
//! the middle of a minute nor a clock that is set back leaves a hole or counts twice.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::book::Book;
use super::chunk;
use super::level::{Level, chunk_of};
use super::slot::{self, NOTHING, Slot, Slots};
use super::tail::{Minute, Tail};

/// Chunks of a level that may be deleted for each one that is closed. Two, so that what is too old becomes less
/// though more is added, and so that a clock which is wrong for an hour deletes two hours at most.
const PRUNE: usize = 2;

/// What a batch did.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) pruned: u64,
    pub(super) damaged: u64,
    pub(super) owed_minutes: BTreeSet<i64>,
    pub(super) owed_hours: BTreeSet<i64>,
}

/// Writes everything in `tail`. When it fails, nothing was written.
pub(super) fn write(connection: &mut Connection, book: &mut Book, tail: &Tail) -> rusqlite::Result<Done> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let reached = book.frontier.max(tail.minutes.keys().next_back().copied());
    let mut page = Page {
        connection: &transaction,
        reached,
        done: Done::default(),
        buffer: Vec::with_capacity(256),
    };
    let mut owed = tail.owed_minutes.clone();
    // What the front before this one left open.
    owed.extend(book.open_minute);
    let mut frontier = book.frontier;
    for (minute, seconds) in &tail.minutes {
        page.seconds(
            book,
            *minute,
            seconds,
            frontier.is_none_or(|frontier| *minute > frontier),
        )?;
        frontier = frontier.max(Some(*minute));
        owed.insert(*minute);
    }
    let now = tail.minute_now();
    let closed: BTreeSet<i64> = owed
        .iter()
        .copied()
        .filter(|minute| Some(*minute) != now)
        .collect();
    let mut owed_hours = tail.owed_hours.clone();
    let closed_minutes = page.close(Level::Minute, &closed, &mut owed_hours)?;
    let hour_now = now.map(|minute| chunk_of(Level::Minute, minute));
    owed_hours.extend(hour_now);
    let closed_hours: BTreeSet<i64> = owed_hours
        .iter()
        .copied()
        .filter(|hour| Some(*hour) != hour_now)
        .collect();
    let mut days = BTreeSet::new();
    page.close(Level::Hour, &closed_hours, &mut days)?;
    if let Some(now) = now {
        if book.open_minute != Some(now) {
            transaction.execute("INSERT OR REPLACE INTO open (one, minute) VALUES (1, ?1)", [now])?;
        }
        page.prune(Level::Second, now, closed_minutes)?;
        let hour = chunk_of(Level::Minute, now);
        page.prune(Level::Minute, hour, closed_hours.len())?;
        page.prune(Level::Hour, chunk_of(Level::Hour, hour), days.len())?;
    }
    let mut done = page.done;
    done.owed_minutes = now.into_iter().filter(|now| owed.contains(now)).collect();
    done.owed_hours = hour_now.into_iter().collect();
    transaction.commit()?;
    book.frontier = frontier;
    book.open_minute = now.or(book.open_minute);
    Ok(done)
}

/// The transaction being written.
struct Page<'a> {
    connection: &'a Connection,
    /// The newest minute that was ever written.
    reached: Option<i64>,
    done: Done,
    buffer: Vec<u8>,
}

impl Page<'_> {
    /// Lays a minute's seconds over what the disk has of it; a new minute is not looked for.
    fn seconds(&mut self, book: &Book, minute: i64, seconds: &Minute, new: bool) -> rusqlite::Result<()> {
        for (index, slots) in seconds.points() {
            let Some(id) = book.id(index) else { continue };
            if new {
                self.put(Level::Second, minute, id, slots)?;
            } else {
                let mut chunk = self.get(Level::Second, minute, id)?;
                slot::overlay(&mut chunk, slots);
                self.put(Level::Second, minute, id, &chunk)?;
            }
        }
        Ok(())
    }

    /// Makes the slots of `level` for these chunks of the finer level; notes the chunks they are in, and gives
    /// their number.
    fn close(
        &mut self,
        level: Level,
        closed: &BTreeSet<i64>,
        touched: &mut BTreeSet<i64>,
    ) -> rusqlite::Result<usize> {
        let finer = level.finer();
        let mut left = closed.iter().copied().peekable();
        while let Some(first) = left.next() {
            let chunk = chunk_of(level, first);
            // All that goes into one chunk of the coarser level goes there at once.
            let mut slots: BTreeMap<i64, Slots> = BTreeMap::new();
            let mut next = Some(first);
            while let Some(number) = next {
                let (_, place) = level.place(number);
                self.gather(finer, number, place, &mut slots)?;
                next = left.next_if(|next| chunk_of(level, *next) == chunk);
            }
            // Before this the finer level is gone, all but what a clock that was set back has just put there: it is
            // added to what is known, not put in its place.
            let reached_ms = self
                .reached
                .map(|minute| minute.saturating_mul(Level::Second.chunk_ms()));
            let gone = reached_ms.map_or(i64::MIN, |ms| ms.div_euclid(finer.chunk_ms()) - finer.kept());
            for (id, newer) in &slots {
                let mut older = self.get(level, chunk, *id)?;
                slot::lay(&mut older, newer, |place| level.slot(chunk, place) < gone);
                self.put(level, chunk, *id, &older)?;
            }
            touched.insert(chunk);
        }
        Ok(closed.len())
    }

    /// Everything the disk has of one chunk of `finer`, as one slot for each point.
    fn gather(
        &mut self,
        finer: Level,
        number: i64,
        place: usize,
        slots: &mut BTreeMap<i64, Slots>,
    ) -> rusqlite::Result<()> {
        let sql = "SELECT point, data FROM chunk WHERE level = ?1 AND start = ?2";
        let mut all = self.connection.prepare_cached(sql)?;
        let mut rows = all.query([finer.number(), number])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let chunk = chunk::decode(row.get_ref(1)?.as_blob().unwrap_or_default(), finer.slots());
            self.done.damaged += u64::from(chunk.is_err());
            let together = slot::together(&chunk.unwrap_or(NOTHING));
            if let Some(to) = slots.entry(id).or_insert(NOTHING).get_mut(place) {
                *to = together;
            }
        }
        Ok(())
    }

    /// A chunk from disk; one that is missing or cannot be read is empty.
    fn get(&mut self, level: Level, start: i64, id: i64) -> rusqlite::Result<Slots> {
        let sql = "SELECT data FROM chunk WHERE level = ?1 AND start = ?2 AND point = ?3";
        let mut find = self.connection.prepare_cached(sql)?;
        let chunk = find
            .query_row([level.number(), start, id], |row| {
                Ok(chunk::decode(
                    row.get_ref(0)?.as_blob().unwrap_or_default(),
                    level.slots(),
                ))
            })
            .optional()?;
        self.done.damaged += u64::from(matches!(chunk, Some(Err(_))));
        Ok(chunk.and_then(Result::ok).unwrap_or(NOTHING))
    }

    fn put(&mut self, level: Level, start: i64, id: i64, slots: &[Slot]) -> rusqlite::Result<()> {
        self.buffer.clear();
        chunk::encode(slots.get(..level.slots()).unwrap_or(slots), &mut self.buffer);
        let sql = "INSERT INTO chunk (level, start, point, data) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT (level, start, point) DO UPDATE SET data = excluded.data";
        let mut put = self.connection.prepare_cached(sql)?;
        put.execute(params![level.number(), start, id, self.buffer])?;
        self.done.rows += 1;
        self.done.bytes += self.buffer.len() as u64;
        Ok(())
    }

    /// Deletes the oldest chunks of a level that are too old, a few for each that was closed.
    fn prune(&mut self, level: Level, now: i64, closed: usize) -> rusqlite::Result<()> {
        let sql = "DELETE FROM chunk WHERE level = ?1 AND start < ?2 \
                   AND start = (SELECT min(start) FROM chunk WHERE level = ?1)";
        let mut delete = self.connection.prepare_cached(sql)?;
        for _ in 0..closed.saturating_mul(PRUNE) {
            let deleted = delete.execute([level.number(), now - level.kept()])?;
            if deleted == 0 {
                break;
            }
            self.done.pruned += deleted as u64;
        }
        Ok(())
    }
}
