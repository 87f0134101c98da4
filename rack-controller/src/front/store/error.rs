//! What can go wrong with a store: where, what, and what a person can do about it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a store does not work, or why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused.
    #[error("{path}: {doing}: {source}; {}", advice(.source.sqlite_error_code()))]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What it said.
        source: rusqlite::Error,
    },
    /// The file system refused.
    #[error("{path}: {doing}: {source}; check the data directory and its owner")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What it said.
        source: std::io::Error,
    },
    /// A later version of this program wrote the file; nothing is written to it.
    #[error(
        "{path}: has schema {found}, this version knows {known}; run the newer version or move the file away"
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// Not a database of ours, or one that is broken.
    #[error("{path}: {what}")]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The store is not there to be asked.
    #[error("the store does not work: {0}")]
    NotWorking(String),
    /// Too many questions at once.
    #[error("too many questions to the store at once; ask again")]
    Busy,
    /// A question that has no answer.
    #[error("{0}")]
    Question(&'static str),
}

impl StoreError {
    pub(super) fn sqlite(path: &Path, doing: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
        let path = path.to_owned();
        move |source| StoreError::Sqlite { path, doing, source }
    }

    pub(super) fn io(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.to_owned();
        move |source| StoreError::Io { path, doing, source }
    }

    /// The file itself is bad, so that trying again cannot help.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            StoreError::Damaged { .. } => true,
            StoreError::Sqlite { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
            ),
            StoreError::Io { .. }
            | StoreError::Newer { .. }
            | StoreError::NotWorking(_)
            | StoreError::Busy
            | StoreError::Question(_) => false,
        }
    }
}

fn advice(code: Option<ErrorCode>) -> &'static str {
    match code {
        Some(ErrorCode::DiskFull) => "free space on its disk",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "make the data directory writable for the user of the front"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process holds it; end that one or wait"
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => "a broken file is set aside",
        _ => "check the disk",
    }
}
