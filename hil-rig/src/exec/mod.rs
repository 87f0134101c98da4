//! The emulated rack under an unmodified program, static or dynamic, that opens the paths of a real computer.
//!
//! ```text
//!   program --open, ioctl--> kernel: filter --stopped call--> worker --> rack
//!      ^                                                        |
//!      +-------- descriptor, value or errno, memory filled -----+
//! ```
//! The kernel stops the program's openings and those `ioctl` that are of I2C, GPIO or watchdog, and asks here what they give
//! (seccomp user notification). Paths of [`PATHS`] get a descriptor of ours; everything else goes on as if
//! nobody had looked. Time is real: the rack's clock runs at speed 1. Children inherit all of it.
//!
//! It is no wall: a program that means harm gets around it (the manual page seccomp_unotify(2) says why). It is for
//! programs that are under test.

mod arch;
mod board;
mod caller;
mod gpio;
mod i2c;
mod keeper;
mod layout;
mod path;
mod pool;
mod serial;
mod sys;
mod watchdog;

#[cfg(test)]
mod tests;

pub use arch::{AARCH64, Arch, NATIVE, X86_64};
pub use board::OPEN_MAX;
pub use gpio::{CHIP, LINES};
pub use i2c::{MESSAGE_BYTES_MAX, MESSAGES_MAX};
pub use path::{KINDS, PATHS, Place};
pub use watchdog::{TIMEOUT_MAX_S, TIMEOUT_S};

use std::io;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType};

use crate::rack::wired::SERIAL_LINES;
use crate::server::Rig;
use board::Inner;
use pool::Pool;
use serial::Serial;

/// Why a program cannot be run on the emulated rack.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The numbers of this architecture's system calls are not known here.
    #[error("this program was built for {0}, whose system calls are not known here; x86_64 and aarch64 are")]
    Architecture(&'static str),
    /// The kernel lacks what is needed.
    #[error("{0}; Linux 5.9 or newer with seccomp filters is needed")]
    Kernel(String),
    /// The rack's clock does not run in real time.
    #[error("the rack runs at {0} times real time; under an unmodified program it must run at 1")]
    Speed(f64),
    /// A part of the supervisor could not be made.
    #[error("the supervisor cannot make {what}: {error}")]
    Part {
        /// What it is.
        what: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// The program does not start.
    #[error("`{program}` does not start: {error}")]
    Start {
        /// Its path.
        program: String,
        /// What the system says.
        error: io::Error,
    },
}

fn part(what: &'static str) -> impl FnOnce(io::Error) -> ExecError {
    move |error| ExecError::Part { what, error }
}

/// The emulated computer in which programs run. It outlives them: a program that is started anew finds the same rack. Dropped,
/// its devices end; a program that still runs then gets `ENOSYS` for what it opens.
pub struct Board(Arc<Inner>);

impl Board {
    /// A computer wired to a rack.
    ///
    /// # Errors
    /// When architecture or kernel do not have what is needed, or the rack's clock is not real time.
    pub fn new(rig: Rig) -> Result<Self, ExecError> {
        let arch = NATIVE.ok_or(ExecError::Architecture(std::env::consts::ARCH))?;
        sys::check_sizes().map_err(ExecError::Kernel)?;
        if (rig.speed() - 1.0).abs() > f64::EPSILON {
            return Err(ExecError::Speed(rig.speed()));
        }
        let serial: Vec<Serial> = (0..SERIAL_LINES.len())
            .map(Serial::new)
            .collect::<io::Result<_>>()
            .map_err(part("a serial line"))?;
        let inner = Inner::new(rig, arch, serial.clone()).map_err(part("its devices"))?;
        let board = Board(Arc::new(inner));
        board.thread("exec-keeper", keeper::run)?;
        board.thread("exec-edges", gpio::tell)?;
        for line in serial {
            board.thread("exec-serial", move |inner| line.serve(inner))?;
        }
        Ok(board)
    }

    fn thread(&self, name: &str, body: impl FnOnce(&Inner) + Send + 'static) -> Result<(), ExecError> {
        let inner = Arc::clone(&self.0);
        let spawned = std::thread::Builder::new()
            .name(name.into())
            .spawn(move || body(&inner));
        spawned.map(drop).map_err(part("a thread"))
    }

    /// Starts a program on the emulated computer. What it starts itself runs there, too.
    ///
    /// # Errors
    /// When it does not start.
    pub fn spawn(&self, mut command: Command) -> Result<Child, ExecError> {
        let pair = rustix::net::socketpair(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::CLOEXEC,
            None,
        );
        let (take, give) = pair.map_err(io::Error::from).map_err(part("a socket pair"))?;
        let filter = NATIVE.map(|arch| arch::filter(&arch)).unwrap_or_default();
        sys::filtered(&mut command, filter, give);
        let mut child = command.spawn().map_err(|error| ExecError::Start {
            program: command.get_program().to_string_lossy().into_owned(),
            error,
        })?;
        let started =
            sys::listener_from(&take).and_then(|listener| Pool::start(listener, Arc::clone(&self.0)));
        if let Err(error) = started {
            let _ = child.kill();
            let _ = child.wait();
            return Err(part("its notifications")(error));
        }
        Ok(child)
    }

    /// The watchdog runs: it was opened, and neither stopped nor expired since.
    #[must_use]
    pub fn watchdog_runs(&self) -> bool {
        self.0.watchdog.runs()
    }

    /// Waits until the watchdog expires, at most so long, and says whether it has: the machine resets, and whoever started the
    /// program kills it and starts it anew. Each expiry is told once.
    #[must_use]
    pub fn wait_for_reset(&self, at_most: Duration) -> bool {
        self.0.watchdog.wait(at_most)
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
        self.0.end();
    }
}
