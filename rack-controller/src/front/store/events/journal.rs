//! Reads the journal a page at a time, by its own numbers: wall-clock times may repeat and go back, these do not.

use rusqlite::{Connection, Row};

/// Most entries of one page.
pub const ENTRIES_MAX: usize = 1000;

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The newest entries, newest first.
    Newest,
    /// Entries before this number, newest first.
    Before(u64),
    /// Entries after this number, oldest first.
    After(u64),
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the journal.
    pub sequence: u64,
    /// When it came, by the wall clock, in milliseconds since 1970.
    pub time_ms: i64,
    /// The core's run.
    pub run: u64,
    /// When it happened, by the core's clock in that run, in microseconds.
    pub moment_us: u64,
    /// `alarm`, `cause`, `effect`, `latch`, `regime`, `command`, or what else changes about an alarm.
    pub kind: String,
    /// Its name on every interface.
    pub name: String,
    /// It came, otherwise it went; a command was done, otherwise refused.
    pub on: bool,
    /// What it says, as it was worded when it happened.
    pub text: String,
    /// An alarm's priority as it was then.
    pub priority: Option<String>,
    /// Who did it, where a person did.
    pub by: Option<String>,
    /// Why, or what was found.
    pub why: Option<String>,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// The entries in the page's order.
    pub entries: Vec<Entry>,
    /// There are more in that direction.
    pub more: bool,
}

pub(super) fn read(connection: &Connection, page: Page, limit: usize) -> rusqlite::Result<Journal> {
    let limit = limit.clamp(1, ENTRIES_MAX);
    let (from, sql) = match page {
        Page::Newest => (i64::MAX, BEFORE),
        Page::Before(sequence) => (i64::try_from(sequence).unwrap_or(i64::MAX), BEFORE),
        Page::After(sequence) => (i64::try_from(sequence).unwrap_or(i64::MAX), AFTER),
    };
    let mut statement = connection.prepare_cached(sql)?;
    let one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut entries = statement
        .query_map([from, one_more], entry)?
        .collect::<rusqlite::Result<Vec<Entry>>>()?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    Ok(Journal { entries, more })
}

const BEFORE: &str = "SELECT transition.sequence, time_ms, run, moment_us, kind, name, \"on\", coalesce(said.text, word.text), priority, \
    by_whom, why \
    FROM transition JOIN word ON word.id = transition.word \
    LEFT JOIN said ON said.sequence = transition.sequence \
    WHERE transition.sequence < ?1 ORDER BY transition.sequence DESC LIMIT ?2";
const AFTER: &str = "SELECT transition.sequence, time_ms, run, moment_us, kind, name, \"on\", coalesce(said.text, word.text), priority, \
    by_whom, why \
    FROM transition JOIN word ON word.id = transition.word \
    LEFT JOIN said ON said.sequence = transition.sequence \
    WHERE transition.sequence > ?1 ORDER BY transition.sequence LIMIT ?2";

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        sequence: row.get::<_, i64>(0)?.cast_unsigned(),
        time_ms: row.get(1)?,
        run: row.get::<_, i64>(2)?.cast_unsigned(),
        moment_us: row.get::<_, i64>(3)?.cast_unsigned(),
        kind: row.get(4)?,
        name: row.get(5)?,
        on: row.get(6)?,
        text: row.get(7)?,
        priority: filled(row.get(8)?),
        by: filled(row.get(9)?),
        why: filled(row.get(10)?),
    })
}

/// A text that says something.
fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
