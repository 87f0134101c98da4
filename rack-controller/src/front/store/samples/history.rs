//! Answers a question about the past.
//!
//! The level is the coarsest whose slots are no longer than a bucket. What that level no longer has, because finer
//! levels are kept for a shorter time, comes from the next coarser one; what it does not have *yet*, because the
//! slot is still open, comes from the finer one and in the end from memory.

use std::collections::BTreeSet;

use points::point::Point;
use rusqlite::{Connection, OptionalExtension as _};

use super::book;
use super::buckets::Buckets;
use super::chunk;
use super::level::{Level, TIME_MAX_MS};
use super::slot::{self, NOTHING, Slot, Slots};
use super::tail::Tail;
use crate::front::store::error::StoreError;

/// Most points of one question.
pub const POINTS_MAX: usize = 16;
/// Most buckets of one question.
pub const BUCKETS_MAX: usize = 2000;

/// The past of some points.
#[derive(Clone, Debug)]
pub struct History {
    /// Where the first bucket starts, in milliseconds since 1970.
    pub from_ms: i64,
    /// Where the last bucket ends.
    pub to_ms: i64,
    /// Width of a bucket, in seconds.
    pub step_s: f64,
    /// Length of the longest slots in the answer, in seconds: 1, 60 or 3600.
    pub resolution_s: u32,
    /// The points in the order in which they were asked for.
    pub series: Vec<Series>,
}

/// The past of one point.
#[derive(Clone, Debug)]
pub struct Series {
    /// The point.
    pub point: Point,
    /// The least of each bucket; nothing where nothing was measured.
    pub min: Vec<Option<f64>>,
    /// The greatest of each bucket.
    pub max: Vec<Option<f64>>,
}

/// A question that has an answer.
pub(super) struct Question<'a> {
    points: &'a [Point],
    from_ms: i64,
    to_ms: i64,
    count: usize,
}

impl<'a> Question<'a> {
    pub(super) fn new(
        points: &'a [Point],
        from_ms: i64,
        to_ms: i64,
        count: usize,
    ) -> Result<Question<'a>, StoreError> {
        let refuse = |why| Err(StoreError::Question(why));
        if points.len() > POINTS_MAX {
            return refuse("at most 16 points at once");
        }
        if !(1..=BUCKETS_MAX).contains(&count) {
            return refuse("count must be 1 to 2000");
        }
        let from_ms = from_ms.clamp(-TIME_MAX_MS, TIME_MAX_MS);
        let to_ms = to_ms.clamp(-TIME_MAX_MS, TIME_MAX_MS);
        if from_ms >= to_ms {
            return refuse("from must lie before to");
        }
        Ok(Question {
            points,
            from_ms,
            to_ms,
            count,
        })
    }
}

/// The answer, and how many chunks could not be read.
pub(super) fn answer(
    connection: &Connection,
    tail: &Tail,
    question: &Question<'_>,
) -> rusqlite::Result<(History, u64)> {
    let &Question {
        points,
        from_ms,
        to_ms,
        count,
    } = question;
    let mut walk = Walk {
        connection,
        tail,
        open_minutes: tail.open_minutes(),
        open_hours: tail.open_hours(),
        damaged: 0,
        coarsest: Level::for_buckets(to_ms - from_ms, count as i64),
        wanted: (from_ms, to_ms),
    };
    let mut lines = Vec::with_capacity(points.len());
    for point in points {
        lines.push(Line {
            index: point.index,
            ids: book::stored_as(connection, point)?,
            decimals: point.row.decimals,
            buckets: Buckets::new(from_ms, to_ms, count),
        });
    }
    let (mut level, mut until) = (walk.coarsest, to_ms);
    loop {
        let oldest = walk.next_chunk(level, i64::MIN)?;
        // A chunk older than what this level keeps is a stray of a wrong clock; what lies around it is gone.
        let newest = walk.newest_chunk(level)?;
        let kept = newest.map_or(i64::MIN, |newest| newest - level.kept());
        let begins = oldest.map_or(until, |chunk| chunk.max(kept) * level.chunk_ms());
        walk.level(level, from_ms.max(begins), until, &mut lines)?;
        until = until.min(begins);
        match level.coarser() {
            Some(coarser) if until > from_ms => level = coarser,
            Some(_) | None => break,
        }
    }
    let series = points.iter().zip(lines).map(|(point, line)| {
        let (min, max) = line.buckets.into_extremes();
        Series {
            point: *point,
            min,
            max,
        }
    });
    let history = History {
        from_ms,
        to_ms,
        step_s: (to_ms - from_ms) as f64 / 1000.0 / count as f64,
        resolution_s: u32::try_from(walk.coarsest.slot_ms() / 1000).unwrap_or(u32::MAX),
        series: series.collect(),
    };
    Ok((history, walk.damaged))
}

/// One point on its way through time.
struct Line {
    index: usize,
    /// Ids under which it was ever stored, each with its decimals.
    ids: Vec<(i64, u8)>,
    /// Decimals of what is in memory.
    decimals: u8,
    buckets: Buckets,
}

struct Walk<'a> {
    connection: &'a Connection,
    tail: &'a Tail,
    open_minutes: BTreeSet<i64>,
    open_hours: BTreeSet<i64>,
    damaged: u64,
    /// The coarsest level of which anything was used.
    coarsest: Level,
    wanted: (i64, i64),
}

impl Walk<'_> {
    /// Walks a level's chunks from `from_ms` to `until_ms`, skipping stretches in which there are none.
    fn level(
        &mut self,
        level: Level,
        from_ms: i64,
        until_ms: i64,
        lines: &mut [Line],
    ) -> rusqlite::Result<()> {
        if from_ms >= until_ms {
            return Ok(());
        }
        self.wanted = (from_ms, until_ms);
        let last = (until_ms - 1).div_euclid(level.chunk_ms());
        let mut next = Some(from_ms.div_euclid(level.chunk_ms()));
        while let Some(chunk) = next.filter(|chunk| *chunk <= last) {
            let mut any = false;
            for line in lines.iter_mut() {
                any |= self.chunk(level, chunk, line)?;
            }
            next = if any {
                Some(chunk + 1)
            } else {
                self.next_chunk(level, chunk + 1)?
            };
        }
        Ok(())
    }

    /// The first chunk from `from` on that is on disk or holds something that is open.
    fn next_chunk(&self, level: Level, from: i64) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT start FROM chunk WHERE level = ?1 AND start >= ?2 ORDER BY start LIMIT 1";
        let mut next = self.connection.prepare_cached(sql)?;
        let stored: Option<i64> = next
            .query_row([level.number(), from], |row| row.get(0))
            .optional()?;
        let open = match level {
            Level::Second => &self.open_minutes,
            Level::Minute => &self.open_hours,
            Level::Hour => {
                let mut days = self.open_hours.iter().map(|hour| Level::Hour.place(*hour).0);
                return Ok(stored.into_iter().chain(days.find(|day| *day >= from)).min());
            }
        };
        Ok(stored.into_iter().chain(open.range(from..).next().copied()).min())
    }

    /// The chunk of this level that is now, as far as is known.
    fn newest_chunk(&self, level: Level) -> rusqlite::Result<Option<i64>> {
        if let Some(minute) = self.tail.minute_now() {
            let minute_ms = minute.saturating_mul(Level::Second.chunk_ms());
            return Ok(Some(minute_ms.div_euclid(level.chunk_ms())));
        }
        let sql = "SELECT max(start) FROM chunk WHERE level = ?1";
        self.connection
            .prepare_cached(sql)?
            .query_row([level.number()], |row| row.get(0))
    }

    /// Adds a chunk to a line; whether there was one.
    fn chunk(&mut self, level: Level, number: i64, line: &mut Line) -> rusqlite::Result<bool> {
        let mut any = false;
        for at in 0..line.ids.len() {
            let Some(&(id, decimals)) = line.ids.get(at) else {
                break;
            };
            // What is in memory was counted as the table says now.
            let in_memory = decimals == line.decimals;
            let mut slots = self.stored(level, number, id)?;
            if level == Level::Second
                && in_memory
                && let Some(newer) = self.unwritten(number, line.index)
            {
                slot::overlay(slots.get_or_insert(NOTHING), newer);
            }
            if let Some(slots) = &slots {
                any = true;
                self.slots(level, number, slots, decimals, line);
            }
        }
        any |= self.open(level, number, line)?;
        Ok(any)
    }

    /// Adds what of a chunk is still open, from the finer level.
    fn open(&mut self, level: Level, number: i64, line: &mut Line) -> rusqlite::Result<bool> {
        let first = level.slot(number, 0);
        let slots = first..first + level.slots() as i64;
        let open: Vec<i64> = match level {
            Level::Second => return Ok(false),
            Level::Minute => self.open_minutes.range(slots).copied().collect(),
            Level::Hour => self.open_hours.range(slots).copied().collect(),
        };
        let mut any = false;
        for slot in open {
            any |= self.chunk(level.finer(), slot, line)?;
        }
        Ok(any)
    }

    /// Adds slots to a line's buckets, except those that come from the finer level.
    fn slots(&mut self, level: Level, number: i64, slots: &Slots, decimals: u8, line: &mut Line) {
        let (from_ms, until_ms) = self.wanted;
        for (place, slot) in slots.iter().enumerate().take(level.slots()) {
            let Slot::Range(min, max) = *slot else { continue };
            let slot = level.slot(number, place);
            let is_open = match level {
                Level::Second => false,
                Level::Minute => self.open_minutes.contains(&slot),
                Level::Hour => self.open_hours.contains(&slot),
            };
            let start_ms = slot * level.slot_ms();
            if is_open || start_ms >= until_ms || start_ms + level.slot_ms() <= from_ms {
                continue;
            }
            self.coarsest = self.coarsest.max(level);
            let (low, high) = (slot::value(min, decimals), slot::value(max, decimals));
            line.buckets.add(start_ms, level.slot_ms(), low, high);
        }
    }

    fn unwritten(&self, minute: i64, index: usize) -> Option<&Slots> {
        self.tail.minutes.get(&minute)?.of(index)
    }

    /// A chunk from disk. One that cannot be read is counted and left out.
    fn stored(&mut self, level: Level, start: i64, id: i64) -> rusqlite::Result<Option<Slots>> {
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
        self.damaged += u64::from(matches!(chunk, Some(Err(_))));
        Ok(chunk.and_then(Result::ok))
    }
}
