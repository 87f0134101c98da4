//! Opens a database for its writer: makes what is missing, sets aside what is broken, refuses what is newer.
//!
//! ```text
//!  missing, empty ------------------------------> made
//!  random bytes, broken, another program's -----> set aside under a dated name, made anew
//!  older schema --------------------------------> copy kept, brought to ours
//!  newer schema --------------------------------> refused, untouched
//!  locked, read-only, full, no such directory --> an error; the keeper tries again
//! ```

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;
use super::schema::{self, Origin, Schema};
use crate::date;

/// Longest a writer waits for another process's lock before the try has failed.
pub(super) const BUSY: Duration = Duration::from_secs(1);
/// Page cache of one connection, in KiB: four connections stay below 2 MiB.
pub(super) const CACHE_KIB: i64 = 384;
/// Pages in the log before they go to the database; with the next bound it keeps the log at 4 MiB.
const CHECKPOINT_PAGES: i64 = 1000;
/// The log is cut to this many bytes after a checkpoint.
const LOG_BYTES: i64 = 4 << 20;
/// Broken files that are kept; the oldest of more is removed, so that a bad disk does not fill itself with them.
const SET_ASIDE_MAX: usize = 3;

/// How much of a database's structure is checked when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing.
    None,
    /// Its pages and rows, at start.
    Quick,
    /// Its indices against their tables too, after it said that it is broken.
    Whole,
}

/// Opens the database at `path`; its structure is checked first.
pub(super) fn open(
    schema: &Schema,
    path: &Path,
    check: Check,
    now: SystemTime,
) -> Result<Connection, StoreError> {
    let first = attempt(schema, path, check);
    let Err(damage) = first else { return first };
    if !damage.is_damage() {
        return Err(damage);
    }
    let aside = set_aside(path, now)?;
    crate::log::line(&format!(
        "{damage}. It is now {}, and a new one is made; what it held is not shown",
        aside.display()
    ));
    attempt(schema, path, Check::None)
}

fn attempt(schema: &Schema, path: &Path, check: Check) -> Result<Connection, StoreError> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).map_err(StoreError::io(directory, "making the directory"))?;
    }
    // Made here and not by SQLite so that it, its log and its index are the owner's alone. One that is there is left
    // to SQLite: closing a file of our own would drop the locks that its other connections hold on it.
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(StoreError::io(path, "making it")(error));
        }
        Ok(_) | Err(_) => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection =
        Connection::open_with_flags(path, flags).map_err(StoreError::sqlite(path, "opening it"))?;
    connection
        .busy_timeout(BUSY)
        .map_err(StoreError::sqlite(path, "opening it"))?;
    let origin = schema::origin(&connection, schema, path)?;
    if origin != Origin::Empty {
        check_structure(&connection, path, check)?;
    }
    settle(&connection, schema).map_err(StoreError::sqlite(path, "setting it up"))?;
    schema::migrate(&mut connection, schema, origin, path)?;
    Ok(connection)
}

fn check_structure(connection: &Connection, path: &Path, check: Check) -> Result<(), StoreError> {
    let pragma = match check {
        Check::None => return Ok(()),
        Check::Quick => "PRAGMA quick_check(1)",
        Check::Whole => "PRAGMA integrity_check(1)",
    };
    let found: String = connection
        .query_row(pragma, [], |row| row.get(0))
        .map_err(StoreError::sqlite(path, "checking it"))?;
    if found == "ok" {
        return Ok(());
    }
    Err(StoreError::Damaged {
        path: path.to_owned(),
        what: format!("its structure is broken: {}", found.replace('\n', " ")),
    })
}

fn settle(connection: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    // Takes effect in an empty database only, and must come before anything is in it.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "synchronous", schema.synchronous)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "max_page_count", schema.pages_max, |_| Ok(()))?;
    Ok(())
}

/// The name with something behind it: `events.db` and `-wal`.
fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Moves a broken database out of the way under a dated name, its log with it.
fn set_aside(path: &Path, now: SystemTime) -> Result<PathBuf, StoreError> {
    let dated = with(path, &format!(".damaged-{}", date::stamp(now)));
    // Two in one second: the clock may also have been set back.
    let aside = (0..100)
        .map(|number| match number {
            0 => dated.clone(),
            more => with(&dated, &format!("-{more}")),
        })
        .find(|name| !name.exists())
        .unwrap_or(dated);
    std::fs::rename(path, &aside).map_err(StoreError::io(path, "setting it aside"))?;
    // Left behind, they would be taken for the new database's.
    for suffix in ["-wal", "-shm"] {
        let (from, to) = (with(path, suffix), with(&aside, suffix));
        match std::fs::rename(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io(&from, "setting it aside")(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    forget_oldest(path);
    Ok(aside)
}

/// Removes the oldest of too many files that were set aside. What cannot be removed stays.
fn forget_oldest(path: &Path) {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
    else {
        return;
    };
    let prefix = format!("{name}.damaged-");
    let mut aside: Vec<PathBuf> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(&prefix) && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .map(|entry| entry.path())
        .collect();
    aside.sort();
    for old in aside.iter().rev().skip(SET_ASIDE_MAX) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(with(old, suffix));
        }
    }
}
