//! Schemas and the way from an older to a newer one: numbered steps, each in one transaction, with the number in
//! the file itself. Before an existing database is changed, a copy of it is kept beside it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::error::StoreError;

/// One kind of database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema {
    /// The file's name.
    pub(super) file: &'static str,
    /// Says in the file's header whose it is.
    pub(super) application_id: i32,
    /// SQL from each schema to the next; the first makes schema 1 of nothing.
    pub(super) steps: &'static [&'static str],
    /// How much a commit waits for the disk.
    pub(super) synchronous: &'static str,
    /// Most pages of the file. When they are used up, the store fails until something is pruned.
    pub(super) pages_max: u32,
}

impl Schema {
    fn known(&self) -> i64 {
        i64::try_from(self.steps.len()).unwrap_or(i64::MAX)
    }
}

/// Whose a database is, from its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Nothing in it yet.
    Empty,
    /// Of ours, with this schema.
    Ours(i64),
}

/// Looks at a database without changing it.
pub(super) fn origin(connection: &Connection, schema: &Schema, path: &Path) -> Result<Origin, StoreError> {
    let number = |sql: &'static str| -> Result<i64, StoreError> {
        connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(StoreError::sqlite(path, "looking at it"))
    };
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if (application, version, tables) == (0, 0, 0) {
        return Ok(Origin::Empty);
    }
    if application != i64::from(schema.application_id) || version < 1 {
        return Err(StoreError::Damaged {
            path: path.to_owned(),
            what: format!("it is another program's database (application {application}, version {version})"),
        });
    }
    if version > schema.known() {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found: version,
            known: schema.known(),
        });
    }
    Ok(Origin::Ours(version))
}

/// Brings a database to the newest schema.
pub(super) fn migrate(
    connection: &mut Connection,
    schema: &Schema,
    origin: Origin,
    path: &Path,
) -> Result<(), StoreError> {
    let have = match origin {
        Origin::Empty => 0,
        Origin::Ours(version) => version,
    };
    if have > 0 && have < schema.known() {
        keep_copy(connection, path, have)?;
    }
    for (step, version) in schema
        .steps
        .iter()
        .zip(1i64..)
        .filter(|(_, version)| *version > have)
    {
        let migrate = |connection: &mut Connection| -> rusqlite::Result<()> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "application_id", schema.application_id)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()
        };
        migrate(connection).map_err(StoreError::sqlite(path, "bringing it to a newer schema"))?;
    }
    Ok(())
}

/// Where the copy of a database with schema `version` is kept.
pub(super) fn copy_of(path: &Path, version: i64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".schema-{version}"));
    PathBuf::from(name)
}

fn keep_copy(connection: &Connection, path: &Path, version: i64) -> Result<(), StoreError> {
    let copy = copy_of(path, version);
    // A copy that was begun and not finished is worth nothing, and a finished one is made again.
    if let Err(error) = std::fs::remove_file(&copy)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(StoreError::io(&copy, "replacing the copy")(error));
    }
    connection
        .execute("VACUUM INTO ?1", [copy.to_string_lossy()])
        .map_err(StoreError::sqlite(path, "keeping a copy before the change"))?;
    Ok(())
}
