//! Whose data a directory holds: a real rack's or an emulated one's. The two never meet in one directory, so that no latch,
//! history or journal of an exercise is ever taken for one of the rack, nor the other way round.
//!
//! The first core that runs on a directory marks it; a core of the other kind is refused there. A disk that is full or
//! read-only costs the mark, never the start.

use std::io;
use std::path::{Path, PathBuf};

/// File of the mark in the data directory.
pub const KIND: &str = "kind";

/// Whose data it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A real rack's.
    Real,
    /// An emulated rack's.
    Simulated,
}

impl Kind {
    /// The kind of a configuration that says `simulated` or does not.
    pub fn of(simulated: bool) -> Self {
        if simulated { Kind::Simulated } else { Kind::Real }
    }

    fn text(self) -> &'static str {
        match self {
            Kind::Real => "real",
            Kind::Simulated => "simulated",
        }
    }
}

/// A directory of the other kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} holds the data of a {} rack and this configuration is of a {} one; give another --data, or move this one away",
    .directory.display(), .holds.text(), .asked.text()
)]
pub struct OtherKind {
    directory: PathBuf,
    holds: Kind,
    asked: Kind,
}

/// Marks a directory as one of this kind, unless it has a mark.
///
/// # Errors
/// When it is marked as one of the other kind; nothing is written to it then.
pub fn claim(directory: &Path, kind: Kind) -> Result<(), OtherKind> {
    let path = directory.join(KIND);
    let found = std::fs::read(&path);
    let is = |kind: Kind| {
        found
            .as_ref()
            .is_ok_and(|bytes| bytes.trim_ascii() == kind.text().as_bytes())
    };
    if is(kind) {
        return Ok(());
    }
    if let Some(holds) = [Kind::Real, Kind::Simulated].into_iter().find(|other| is(*other)) {
        return Err(OtherKind {
            directory: directory.to_owned(),
            holds,
            asked: kind,
        });
    }
    let torn = found
        .as_ref()
        .map_or_else(|error| error.kind() != io::ErrorKind::NotFound, |_| true);
    if torn {
        crate::log::line(&format!("{}: unreadable; it is marked anew", path.display()));
    }
    if let Err(error) = mark(directory, &path, kind) {
        crate::log::line(&format!(
            "{}: {error}; whose data this is is not marked",
            path.display()
        ));
    }
    Ok(())
}

/// Writes the mark whole or not at all.
fn mark(directory: &Path, path: &Path, kind: Kind) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let new = path.with_extension("new");
    std::fs::write(&new, format!("{}\n", kind.text()))?;
    std::fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_kind_marks_a_directory_and_the_other_is_refused_and_writes_nothing() {
        for (first, second) in [(Kind::Real, Kind::Simulated), (Kind::Simulated, Kind::Real)] {
            let directory = tempfile::tempdir().expect("a directory");
            let data = directory.path().join("data");
            assert_eq!(claim(&data, first), Ok(()));
            assert_eq!(claim(&data, first), Ok(()));
            let error = claim(&data, second).expect_err("the other kind");
            assert_eq!((error.holds, error.asked), (first, second));
            let text = error.to_string();
            assert!(text.contains(first.text()) && text.contains("--data"), "{text}");
            let kept = std::fs::read_to_string(data.join(KIND)).expect("the mark");
            assert_eq!(kept.trim(), first.text());
        }
    }

    #[test]
    fn a_torn_mark_is_made_anew_and_a_disk_without_room_for_one_does_not_stop_the_core() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join(KIND), b"re").expect("a file");
        assert_eq!(claim(directory.path(), Kind::Simulated), Ok(()));
        assert!(claim(directory.path(), Kind::Real).is_err());
        let file = directory.path().join("file");
        std::fs::write(&file, b"").expect("a file");
        assert_eq!(claim(&file, Kind::Real), Ok(()), "no directory can be made here");
    }
}
