//! A connection that only reads, for questions. It is opened when first asked and anew when the writer has opened
//! the database anew; the file may be another one then.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;
use super::health::{Health, Status};
use super::open::CACHE_KIB;

/// Questions to one database that run or wait; a further one is refused at once.
pub const QUESTIONS_MAX: usize = 8;
/// Longest a question waits for another process's lock.
const BUSY: Duration = Duration::from_millis(500);
/// Longest a question waits for a database that is being opened: a page that is there as early as the controller gets
/// its journal, and `web`'s own bound on a question, five seconds, is kept.
const OPENING: Duration = Duration::from_secs(3);

pub(super) struct Reader {
    path: PathBuf,
    health: Arc<Health>,
    asked: AtomicUsize,
    connection: Mutex<Option<(u64, Connection)>>,
}

impl Reader {
    pub(super) fn new(path: PathBuf, health: Arc<Health>) -> Reader {
        Reader {
            path,
            health,
            asked: AtomicUsize::new(0),
            connection: Mutex::new(None),
        }
    }

    /// Answers a question from one state of the database.
    pub(super) fn ask<T>(
        &self,
        doing: &'static str,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let _place = Place::take(&self.asked)?;
        if self.health.generation.load(Ordering::Acquire) == 0 {
            self.health.opened(OPENING);
        }
        let mut held = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = self.health.generation.load(Ordering::Acquire);
        if held.as_ref().is_none_or(|(of, _)| *of != generation) {
            *held = None;
            *held = Some((generation, self.open(generation)?));
        }
        let Some((_, connection)) = held.as_ref() else {
            return Err(StoreError::Busy);
        };
        let answer = connection.unchecked_transaction().and_then(|state| {
            let answer = question(connection)?;
            state.commit()?;
            Ok(answer)
        });
        answer.map_err(|error| {
            *held = None;
            StoreError::sqlite(&self.path, doing)(error)
        })
    }

    fn open(&self, generation: u64) -> Result<Connection, StoreError> {
        if generation == 0 {
            // Nobody has looked yet whether the file is whole and of our schema.
            return Err(StoreError::NotWorking(match self.health.status() {
                Status::Failing { text, .. } => text,
                Status::Opening | Status::Working => "it is being opened; ask again".to_owned(),
            }));
        }
        connect(&self.path).map_err(StoreError::sqlite(&self.path, "opening it to read"))
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// A place among the questions, given back at the end.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(asked: &'a AtomicUsize) -> Result<Place<'a>, StoreError> {
        let before = asked.fetch_add(1, Ordering::AcqRel);
        let place = Place(asked);
        if before < QUESTIONS_MAX {
            Ok(place)
        } else {
            Err(StoreError::Busy)
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
