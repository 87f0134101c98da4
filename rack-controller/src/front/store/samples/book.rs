//! The dictionary of points: a stable id for every name and scale, kept in the database and only ever added to. The
//! place of a point in the code's table is never stored.

use points::point::{self, Point};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::level::{Level, chunk_of};

/// What a writer knows of the database it has opened.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// The opening it is of.
    pub(super) generation: u64,
    /// Ids in the order of the code's table.
    ids: Vec<i64>,
    /// The minute that was written last before this opening, as far as can be told: its slot may be owed.
    pub(super) last_minute: Option<i64>,
    /// No minute up to this one has been looked for on disk in vain: later ones are new.
    pub(super) frontier: Option<i64>,
    /// The last minute before the first picture has been looked up.
    pub(super) looked_back: bool,
}

impl Book {
    /// Reads the dictionary and adds what is missing.
    pub(super) fn open(connection: &mut Connection, generation: u64) -> rusqlite::Result<Book> {
        let transaction = connection.transaction()?;
        let mut ids = Vec::with_capacity(point::COUNT);
        {
            let mut find = transaction.prepare("SELECT id FROM point WHERE name = ?1 AND decimals = ?2")?;
            let mut add =
                transaction.prepare("INSERT INTO point (name, decimals, unit) VALUES (?1, ?2, ?3)")?;
            for point in point::all() {
                let (name, row) = (point.to_string(), point.row);
                let known: Option<i64> = find
                    .query_row(params![name, row.decimals], |row| row.get(0))
                    .optional()?;
                ids.push(match known {
                    Some(id) => id,
                    None => add.insert(params![name, row.decimals, row.kind.unit])?,
                });
            }
        }
        let last_minute = newest_chunk(&transaction, Level::Second, i64::MAX)?;
        transaction.commit()?;
        Ok(Book {
            generation,
            ids,
            last_minute,
            frontier: last_minute,
            looked_back: false,
        })
    }

    pub(super) fn id(&self, index: usize) -> Option<i64> {
        self.ids.get(index).copied()
    }

    /// Hour of the last minute.
    pub(super) fn last_hour(&self) -> Option<i64> {
        self.last_minute.map(|minute| chunk_of(Level::Minute, minute))
    }
}

/// The newest chunk of a level that starts before `before`.
pub(super) fn newest_chunk(
    connection: &Connection,
    level: Level,
    before: i64,
) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT start FROM chunk WHERE level = ?1 AND start < ?2 ORDER BY start DESC LIMIT 1";
    let mut newest = connection.prepare_cached(sql)?;
    newest
        .query_row([level.number(), before], |row| row.get(0))
        .optional()
}

/// Ids and decimals under which a point was ever stored.
pub(super) fn stored_as(connection: &Connection, point: &Point) -> rusqlite::Result<Vec<(i64, u8)>> {
    let mut find = connection.prepare_cached("SELECT id, decimals FROM point WHERE name = ?1")?;
    find.query_map([point.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}
