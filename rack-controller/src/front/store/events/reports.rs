//! Reports of drills and rehearsals, in the journal's database.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior, params};

/// Reports that are kept; of more the oldest are deleted.
pub const REPORTS_KEPT: usize = 20;
/// Reports that wait for a disk; of more the oldest is forgotten, and the core sends its last one to the next front.
const WAITING_MAX: usize = 4;

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The core's run.
    pub run: u64,
    /// Its number in the rack's life.
    pub number: u32,
    /// As the interface gives it, JSON.
    pub text: String,
}

/// Reports that are not on disk yet.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<Vec<Report>>);

impl Waiting {
    pub(super) fn add(&self, report: Report) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING_MAX {
            waiting.remove(0);
        }
        waiting.push(report);
    }

    pub(super) fn all(&self) -> Vec<Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// These are on disk.
    pub(super) fn done(&self, written: &[Report]) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|report| !written.contains(report));
    }
}

pub(super) fn write(connection: &mut Connection, reports: &[Report]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for report in reports {
        transaction.execute(
            "INSERT INTO report (run, number, report) VALUES (?1, ?2, ?3) ON CONFLICT (run, number) DO NOTHING",
            params![report.run.cast_signed(), report.number, report.text],
        )?;
    }
    transaction.execute(
        "DELETE FROM report WHERE id NOT IN (SELECT id FROM report ORDER BY id DESC LIMIT ?1)",
        [i64::try_from(REPORTS_KEPT).unwrap_or(i64::MAX)],
    )?;
    transaction.commit()
}

/// The reports, the newest first.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT report FROM report ORDER BY id DESC LIMIT ?1")?;
    let most = i64::try_from(REPORTS_KEPT).unwrap_or(i64::MAX);
    let rows = statement.query_map([most], |row| row.get(0))?;
    rows.collect()
}
