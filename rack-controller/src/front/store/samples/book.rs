//! The dictionary of points: a stable id for every name and scale, kept in the database and only ever added to. The
//! place of a point in the code's table is never stored.

use points::point::{self, Point};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::level::Level;

/// What a writer knows of the database it has opened.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// The opening it is of.
    pub(super) generation: u64,
    /// Ids in the order of the code's table.
    ids: Vec<i64>,
    /// The minute that the database says is open.
    pub(super) open_minute: Option<i64>,
    /// The newest minute on disk: a later one need not be looked for.
    pub(super) frontier: Option<i64>,
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
        let open_minute = transaction
            .query_row("SELECT minute FROM open", [], |row| row.get(0))
            .optional()?;
        let newest = "SELECT max(start) FROM chunk WHERE level = ?1";
        let frontier = transaction.query_row(newest, [Level::Second.number()], |row| row.get(0))?;
        transaction.commit()?;
        Ok(Book {
            generation,
            ids,
            open_minute,
            frontier,
        })
    }

    pub(super) fn id(&self, index: usize) -> Option<i64> {
        self.ids.get(index).copied()
    }
}

/// Ids and decimals under which a point was ever stored.
pub(super) fn stored_as(connection: &Connection, point: &Point) -> rusqlite::Result<Vec<(i64, u8)>> {
    let mut find = connection.prepare_cached("SELECT id, decimals FROM point WHERE name = ?1")?;
    find.query_map([point.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}
