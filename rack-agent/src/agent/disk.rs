//! The state's folder: who this host is, which order numbers may have been used, what was found before a cap.
//!
//! Every file is replaced whole or not at all, synced before it counts, and readable by the agent's user alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Longest file that is read, bytes.
const FILE_MAX: u64 = 1 << 20;
/// Longest that a write is waited for.
const PATIENCE: Duration = Duration::from_millis(500);
/// Stack of a thread that writes, in bytes.
const STACK: usize = 256 << 10;
const IDENTITY: &str = "identity.json";
const SEQUENCE: &str = "sequence";
const FOUND: &str = "found.json";

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What.
        error: io::Error,
    },
    /// What stands in it.
    #[error("{path}: {what}")]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
}

/// Who this host is: what enrolment has left.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Where the controller is: a name or address, and a port.
    pub controller: String,
    /// The name this host is enrolled under.
    pub host: String,
    /// Private key, PKCS #8, hexadecimal.
    pub key: String,
    /// Certificate, DER, hexadecimal.
    pub certificate: String,
    /// The rack's authority, DER, hexadecimal.
    pub authority: String,
    /// Ed25519 public key that orders are signed by, hexadecimal.
    pub signed_by: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({} at {})", self.host, self.controller)
    }
}

/// What stood in a file before it was capped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundLimit {
    /// The file.
    pub file: PathBuf,
    /// What stood there.
    pub found: u64,
}

/// All of them, of one boot: a start of the machine sets its limits by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The boot they were found in.
    pub boot_id: String,
    /// Each.
    pub limits: Vec<FoundLimit>,
}

/// The folder.
#[derive(Clone, Debug)]
pub struct Disk {
    folder: PathBuf,
    /// A write is under way, or hangs; shared by all who write here.
    writes: Arc<AtomicBool>,
}

impl Disk {
    /// Opens it; it is made where it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> Result<Disk, DiskError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| DiskError::File {
            path: folder.to_owned(),
            error,
        })?;
        Ok(Disk {
            folder: folder.to_owned(),
            writes: Arc::default(),
        })
    }

    /// Who this host is; none where it was never enrolled.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn identity(&self) -> Result<Option<Identity>, DiskError> {
        self.json(IDENTITY, "enrol this host again")
    }

    /// Keeps who this host is, and begins its order numbers anew: they are a new controller's, or a new key's.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn enrolled(&self, identity: &Identity) -> Result<(), DiskError> {
        self.keep_sequence(0)?;
        self.write_json(IDENTITY, identity)
    }

    /// The highest order number that may have been used.
    ///
    /// # Errors
    /// When the file cannot be read: whoever guessed here would let an old order through.
    pub fn sequence(&self) -> Result<u64, DiskError> {
        let found: Option<u64> = self.json(SEQUENCE, "enrol this host again")?;
        Ok(found.unwrap_or(0))
    }

    /// Sets order numbers aside up to this one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_sequence(&self, sequence: u64) -> Result<(), DiskError> {
        self.timely(SEQUENCE, move |disk| disk.write_json(SEQUENCE, &sequence))
    }

    /// What was found before the cap that stands; none where none does.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn found(&self) -> Result<Option<Found>, DiskError> {
        self.json(
            FOUND,
            "the limits found before a cap are lost; restart the machine to have its own again, then remove the file",
        )
    }

    /// Keeps what was found, or that no cap stands any more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_found(&self, found: Option<&Found>) -> Result<(), DiskError> {
        let found = found.cloned();
        self.timely(FOUND, move |disk| match found {
            Some(found) => disk.write_json(FOUND, &found),
            None => match std::fs::remove_file(disk.folder.join(FOUND)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk.fail(FOUND, error)),
                Ok(()) | Err(_) => Ok(()),
            },
        })
    }

    /// Writes, and waits for it no longer than [`PATIENCE`]: a disk that hangs must not hold up a cap or an order. What is late
    /// counts as not kept. While an earlier write hangs no further one is begun.
    fn timely(
        &self,
        name: &str,
        write: impl FnOnce(&Disk) -> Result<(), DiskError> + Send + 'static,
    ) -> Result<(), DiskError> {
        let late = |what: &str| self.fail(name, io::Error::new(io::ErrorKind::TimedOut, what));
        if self.writes.swap(true, Ordering::AcqRel) {
            return Err(late("an earlier write has not ended"));
        }
        let (disk, (tell, told)) = (self.clone(), sync_channel(1));
        let thread = std::thread::Builder::new().name("disk".into()).stack_size(STACK);
        let begun = thread.spawn(move || {
            let done = write(&disk);
            disk.writes.store(false, Ordering::Release);
            // Whoever has waited may be gone.
            let _ = tell.send(done);
        });
        if let Err(error) = begun {
            self.writes.store(false, Ordering::Release);
            return Err(self.fail(name, error));
        }
        told.recv_timeout(PATIENCE)
            .unwrap_or_else(|_| Err(late("the disk takes too long")))
    }

    fn fail(&self, name: &str, error: io::Error) -> DiskError {
        DiskError::File {
            path: self.folder.join(name),
            error,
        }
    }

    fn json<T: DeserializeOwned>(&self, name: &str, help: &str) -> Result<Option<T>, DiskError> {
        let path = self.folder.join(name);
        let size = match std::fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.fail(name, error)),
            Ok(found) => found.len(),
        };
        let content = |what: String| DiskError::Content {
            path: path.clone(),
            what,
        };
        if size > FILE_MAX {
            return Err(content(format!("more than {FILE_MAX} bytes; {help}")));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| self.fail(name, error))?;
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| content(format!("{error}; {help}")))
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), DiskError> {
        let text = serde_json::to_string(value).map_err(|error| DiskError::Content {
            path: self.folder.join(name),
            what: error.to_string(),
        })?;
        self.replace(name, &text).map_err(|error| self.fail(name, error))
    }

    /// Writes beside the file and renames: a cut in between leaves the old one.
    fn replace(&self, name: &str, text: &str) -> io::Result<()> {
        let new = self.folder.join(format!("{name}.new"));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, self.folder.join(name))?;
        File::open(&self.folder)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_is_kept_is_found_again_by_nobody_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Disk::open(&folder.path().join("state")).expect("it is made");
        assert_eq!(disk.sequence().expect("none is 0"), 0);
        assert!(disk.identity().expect("none").is_none() && disk.found().expect("none").is_none());
        let identity = Identity {
            controller: "rack:4437".into(),
            host: "db-1".into(),
            key: "00".into(),
            certificate: "01".into(),
            authority: "02".into(),
            signed_by: "03".into(),
        };
        disk.keep_sequence(9).expect("it is written");
        disk.enrolled(&identity).expect("it is written");
        assert_eq!(disk.identity().expect("it is there"), Some(identity));
        assert_eq!(disk.sequence().expect("begun anew"), 0);
        let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(
            (mode(&disk.folder), mode(&disk.folder.join(IDENTITY))),
            (0o700, 0o600)
        );
    }

    #[test]
    fn a_number_that_cannot_be_read_is_no_zero() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Disk::open(folder.path()).expect("it is there");
        std::fs::write(folder.path().join(SEQUENCE), "x").expect("it is written");
        let error = disk.sequence().expect_err("it is broken").to_string();
        assert!(
            error.contains("sequence") && error.contains("enrol this host again"),
            "{error}"
        );
    }
}
