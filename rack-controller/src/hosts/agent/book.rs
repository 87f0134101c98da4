//! Which hosts have said that they stop, on disk: an agent ends before its host does and says nothing again, so a front that is
//! started in the middle of a shutdown would never know it, and the host would never be proven off.
//!
//! It is the front's own file, beside its journal: what agents say passes through nobody else, and it is kept over a restart of
//! the core as well. A file that cannot be written or read costs this knowledge and nothing else.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use points::host::TARGETS;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::leases::Word;
use crate::hosts::plan::Plan;
use crate::log;

const FILE: &str = "agents.json";
/// Longest file that is read, in bytes.
const FILE_MAX: u64 = 64 << 10;
/// Words that are older count for nothing, by the wall clock: numbers of incidents begin anew in a new directory of the core.
const OLD: Duration = Duration::from_secs(86_400);

/// One host's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    host: String,
    /// The incident or drill it was said in; 0 outside any.
    incident: u32,
    /// When, in Unix seconds.
    said_s: u64,
}

/// The file.
#[derive(Clone, Debug)]
pub struct Book(PathBuf);

impl Book {
    /// In this directory.
    pub fn new(directory: &Path) -> Book {
        Book(directory.join(FILE))
    }

    /// What an earlier front has heard of the hosts of this site.
    pub fn read(&self, plan: &Plan, now: Instant) -> Vec<Word> {
        let lines = self.lines().unwrap_or_else(|error| {
            log::line(&format!(
                "{}: {error}; hosts that had said that they stop have to say it again",
                self.0.display()
            ));
            Vec::new()
        });
        let wall = SystemTime::now();
        let word = |line: Line| {
            let said = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(line.said_s))?;
            // A clock that was set back a little says nothing wrong.
            let age = wall.duration_since(said).unwrap_or_default();
            let ahead = said.duration_since(wall).unwrap_or_default();
            let target = plan.targets.iter().position(|target| target.name == line.host)?;
            let heard = now.checked_sub(age).filter(|_| age.max(ahead) < OLD)?;
            Some(Word {
                target,
                incident: line.incident,
                heard,
            })
        };
        lines.into_iter().take(TARGETS).filter_map(word).collect()
    }

    fn lines(&self) -> io::Result<Vec<Line>> {
        match std::fs::metadata(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
            Ok(about) if about.len() > FILE_MAX => return Err(io::Error::other("it is too long")),
            Ok(_) => {}
        }
        serde_json::from_str(&std::fs::read_to_string(&self.0)?).map_err(io::Error::other)
    }

    /// Writes beside the file and renames: a cut in between leaves the old one.
    fn write(&self, lines: &[Line]) -> io::Result<()> {
        let new = self.0.with_extension("new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&new)?;
        file.write_all(&serde_json::to_vec(lines)?)?;
        file.sync_all()?;
        std::fs::rename(&new, &self.0)?;
        match self.0.parent() {
            Some(directory) => File::open(directory)?.sync_all(),
            None => Ok(()),
        }
    }

    /// Writes whatever becomes another, one after the other: a disk that hangs delays the next and nobody else.
    pub async fn keep(self, plan: Plan, mut words: watch::Receiver<Vec<Word>>) {
        let mut fails = false;
        while words.changed().await.is_ok() {
            let (now, wall) = (Instant::now(), SystemTime::now());
            let line = |word: &Word| {
                let said = wall.checked_sub(now.saturating_duration_since(word.heard))?;
                Some(Line {
                    host: plan.targets.get(word.target)?.name.clone(),
                    incident: word.incident,
                    said_s: said.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs(),
                })
            };
            let lines: Vec<Line> = words.borrow_and_update().iter().filter_map(line).collect();
            let book = self.clone();
            let done = tokio::task::spawn_blocking(move || book.write(&lines)).await;
            let done = done.unwrap_or_else(|error| Err(io::Error::other(error)));
            let failed = done.is_err();
            // Once for each episode.
            match done {
                Err(error) if !fails => log::line(&format!(
                    "{}: {error}; a restart forgets which hosts have said that they stop",
                    self.0.display()
                )),
                Ok(()) if fails => log::line(&format!("{}: written again", self.0.display())),
                Err(_) | Ok(()) => {}
            }
            fails = failed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::plan::TargetPlan;

    fn plan() -> Plan {
        let target = |name: &str| TargetPlan {
            name: name.into(),
            ..TargetPlan::default()
        };
        Plan {
            targets: vec![target("db-1"), target("app-1")],
            ..Plan::default()
        }
    }

    #[test]
    fn what_was_heard_is_found_again_by_name_and_not_for_ever() {
        let folder = tempfile::tempdir().expect("a folder");
        let (book, now) = (Book::new(folder.path()), Instant::now());
        assert!(book.read(&plan(), now).is_empty());
        let today = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .expect("after 1970")
            .as_secs();
        let line = |host: &str, said_s| Line {
            host: host.into(),
            incident: 7,
            said_s,
        };
        let lines = [
            line("app-1", today - 30),
            line("db-1", today - 86_401),
            line("db-1", today + 86_500),
            line("gone", today),
        ];
        book.write(&lines).expect("written");
        let found: Vec<_> = book
            .read(&plan(), now)
            .iter()
            .map(|word| {
                (
                    word.target,
                    word.incident,
                    now.duration_since(word.heard).as_secs(),
                )
            })
            .collect();
        assert!(matches!(found[..], [(1, 7, 30..=32)]), "{found:?}");
        for broken in ["", "{", "[{}]"] {
            std::fs::write(folder.path().join(FILE), broken).expect("written");
            assert!(book.read(&plan(), now).is_empty(), "{broken}");
        }
    }

    #[test]
    fn every_change_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let book = Book::new(folder.path());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let (say, words) = watch::channel(Vec::new());
            let keeping = tokio::spawn(book.clone().keep(plan(), words));
            let word = Word {
                target: 0,
                incident: 3,
                heard: Instant::now(),
            };
            say.send_replace(vec![word]);
            drop(say);
            keeping.await.expect("it ends with its news");
            let found = book.read(&plan(), Instant::now());
            assert_eq!(
                found.first().map(|word| (word.target, word.incident)),
                Some((0, 3))
            );
        });
    }
}
