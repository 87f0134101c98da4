//! One core on one data directory: two would write each other's latch records and drive the same pins.
//!
//! The lock is the kernel's (flock on the directory), so it ends with the process however that ends, and nothing is written.
//! A core that has just been killed may still be going: its successor waits a moment. A directory that cannot be locked
//! costs the lock, never the start.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a core waits for one that is ending.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it asks.
const EVERY: Duration = Duration::from_millis(20);

/// Another core runs on the directory.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("another core runs on {}; end it first, or give another --data", .0.display())]
pub struct NotAlone(PathBuf);

/// Locks a directory for as long as what is returned lives; nothing is returned where it cannot be locked at all.
///
/// # Errors
/// When another core has it.
pub fn alone(directory: &Path) -> Result<Option<File>, NotAlone> {
    wait(directory, PATIENCE)
}

fn wait(directory: &Path, patience: Duration) -> Result<Option<File>, NotAlone> {
    let until = Instant::now() + patience;
    let lock = File::open(directory).map_err(TryLockError::Error);
    loop {
        let asked = match &lock {
            Ok(file) => file.try_lock(),
            Err(_) => Ok(()),
        };
        match asked {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(EVERY),
            Err(TryLockError::WouldBlock) => return Err(NotAlone(directory.to_owned())),
            Err(TryLockError::Error(error)) => {
                crate::log::line(&format!(
                    "{}: {error}; another core here would not be noticed",
                    directory.display()
                ));
                return Ok(None);
            }
        }
    }
    Ok(lock.ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_core_on_a_directory_is_refused_until_the_first_has_gone() {
        let directory = tempfile::tempdir().expect("a directory");
        let first = alone(directory.path()).expect("nobody is there");
        assert!(first.is_some());
        let refused = wait(directory.path(), Duration::ZERO).expect_err("one is there");
        assert!(refused.to_string().contains("--data"), "{refused}");
        drop(first);
        assert!(alone(directory.path()).expect("it has gone").is_some());
    }

    #[test]
    fn a_directory_that_cannot_be_locked_does_not_stop_the_core() {
        let directory = tempfile::tempdir().expect("a directory");
        let none = alone(&directory.path().join("none")).expect("nobody is there");
        assert!(none.is_none());
    }
}
