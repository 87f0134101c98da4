//! A writer's hold on its database: opens it, does its work, and after a failure closes it and tries again later.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Instant, SystemTime};

use rusqlite::Connection;

use super::error::StoreError;
use super::health::{Backoff, Health};
use super::open::{self, Check};
use super::schema::Schema;

pub(super) struct Keeper {
    pub(super) schema: Schema,
    path: PathBuf,
    health: Arc<Health>,
    connection: Option<Connection>,
    backoff: Backoff,
    /// The structure is checked at the next opening: at start, and after the database said that it is broken.
    check: Check,
}

impl Keeper {
    pub(super) fn new(schema: Schema, directory: &Path, health: Arc<Health>) -> Keeper {
        Keeper {
            schema,
            path: directory.join(schema.file),
            health,
            connection: None,
            backoff: Backoff::default(),
            check: Check::Quick,
        }
    }

    /// Does `work`, given the database and the number of its opening. Nothing when it failed now, or failed lately
    /// and is not due again; then all of `work` is undone and the caller still has what it wanted to write.
    pub(super) fn work<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&mut Connection, u64) -> rusqlite::Result<T>,
    ) -> Option<T> {
        if !self.backoff.is_due(Instant::now()) {
            return None;
        }
        self.health.begins();
        let attempt = self.attempt(doing, work);
        self.health.ends();
        match attempt {
            Ok(done) => {
                self.backoff = Backoff::default();
                self.health.works();
                Some(done)
            }
            Err(error) => {
                self.connection = None;
                self.check = if error.is_damage() {
                    Check::Whole
                } else {
                    Check::None
                };
                let now = Instant::now();
                self.backoff.failed(now);
                self.health.fails(now, error.to_string());
                None
            }
        }
    }

    fn attempt<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&mut Connection, u64) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if self.connection.is_none() {
            let opened = open::open(&self.schema, &self.path, self.check, SystemTime::now())?;
            self.connection = Some(opened);
            self.check = Check::None;
            self.health.generation.fetch_add(1, Ordering::Release);
        }
        let generation = self.health.generation.load(Ordering::Acquire);
        let Some(connection) = &mut self.connection else {
            return Err(StoreError::NotWorking("it is not open".to_owned()));
        };
        work(connection, generation).map_err(StoreError::sqlite(&self.path, doing))
    }
}
