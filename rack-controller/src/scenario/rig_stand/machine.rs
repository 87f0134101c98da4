//! The machine around the controller's processes, where a scenario upsets it: a small file system for the data directory
//! that can be filled, and a wall clock that can be moved (libfaketime, which leaves the monotonic clock alone).

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use hil_rig::scenario::{Scenario, StandError, StepKind, Upset};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

/// Size of the data directory's own file system. Filling it takes no time; the front's databases fit many times.
const DISK: &std::ffi::CStr = c"size=24m,mode=755";
/// Where Debian puts the library that moves the wall clock of several threads.
const FAKETIME: &[&str] = &[
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];
/// Bytes written at once while the disk is filled, large pieces first.
const PIECES: [usize; 3] = [1 << 20, 4_096, 1];

/// What of the machine a scenario upsets.
pub struct Machine {
    disk: Option<PathBuf>,
    clock: Option<(PathBuf, &'static str)>,
    jumped_s: f64,
}

impl Machine {
    /// Prepares what the scenario upsets, below the directory of the run.
    ///
    /// # Errors
    /// When it is not to be had here: no privilege to mount, no libfaketime.
    pub fn new(scenario: &Scenario, directory: &Path) -> Result<Self, StandError> {
        let upsets = |wanted: fn(&Upset) -> bool| {
            scenario
                .steps
                .iter()
                .any(|step| matches!(&step.kind, StepKind::Upset(upset) if wanted(upset)))
        };
        let mut machine = Machine {
            disk: None,
            clock: None,
            jumped_s: 0.0,
        };
        if upsets(|upset| matches!(upset, Upset::DiskFull | Upset::DiskFree)) {
            let data = directory.join("data");
            let made = std::fs::create_dir(&data).map_err(|error| error.to_string());
            let mounted = made.and_then(|()| {
                let flags = MountFlags::NODEV | MountFlags::NOSUID;
                mount("rig", &data, "tmpfs", flags, Some(DISK)).map_err(|error| error.to_string())
            });
            mounted.map_err(|error| {
                StandError(format!("a file system that can be filled needs root: {error}"))
            })?;
            machine.disk = Some(data);
        }
        if upsets(|upset| matches!(upset, Upset::ClockJumps(_))) {
            let library = FAKETIME.iter().find(|path| Path::new(path).exists());
            let library = library.ok_or_else(|| {
                StandError("a clock that can jump needs libfaketime; install the package `faketime`".into())
            })?;
            let file = directory.join("clock");
            std::fs::write(&file, "+0")
                .map_err(|error| StandError(format!("{}: {error}", file.display())))?;
            machine.clock = Some((file, library));
        }
        Ok(machine)
    }

    /// What the core is started with, and its front after it.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let Some((file, library)) = &self.clock else {
            return Vec::new();
        };
        vec![
            ("LD_PRELOAD", (*library).to_owned()),
            ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }

    fn ballast(&self) -> Result<PathBuf, StandError> {
        let disk = self
            .disk
            .as_ref()
            .ok_or_else(|| StandError("no file system was prepared".into()))?;
        Ok(disk.join("ballast"))
    }

    /// Fills the data directory's file system to the last byte.
    pub fn fill(&self) -> Result<(), StandError> {
        let path = self.ballast()?;
        let failed = |error: std::io::Error| StandError(format!("{}: {error}", path.display()));
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(failed)?;
        for piece in PIECES.map(|size| vec![0; size]) {
            loop {
                match file.write_all(&piece) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => return Err(failed(error)),
                }
            }
        }
        Ok(())
    }

    /// Frees it.
    pub fn free(&self) -> Result<(), StandError> {
        let path = self.ballast()?;
        std::fs::remove_file(&path).map_err(|error| StandError(format!("{}: {error}", path.display())))
    }

    /// Moves the wall clock of core and front.
    pub fn jump(&mut self, seconds: f64) -> Result<(), StandError> {
        let (file, _) = self
            .clock
            .as_ref()
            .ok_or_else(|| StandError("no clock was prepared".into()))?;
        self.jumped_s += seconds;
        let written = std::fs::write(file, format!("{:+.3}s", self.jumped_s));
        written.map_err(|error| StandError(format!("{}: {error}", file.display())))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(disk) = &self.disk {
            let _ = unmount(disk, UnmountFlags::DETACH);
        }
    }
}
