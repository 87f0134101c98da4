//! The only door to hardware: real buses of a Linux machine, or the emulated rack over a socket. Behind both are the same
//! three things: a bus, lines, a clock.

pub mod bell;
pub mod linux;
pub mod rig;
pub mod rig_media;

use std::path::Path;
use std::sync::Arc;

use points::{Moment, Span};

use crate::site::Site;
use bell::Bell;
use linux::LinuxClock;
use linux::lines::LinuxLines;
use rig::{RigAddress, RigClock};

/// Why the world could not be opened or was lost.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The rig's socket.
    #[error("emulated rack at {socket}: {error}; is `hil-rig serve` or `rack-controller demo` running?")]
    Rig {
        /// The socket's path.
        socket: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The rig does not know a name, or speaks another version.
    #[error("emulated rack: {0}")]
    Refused(String),
    /// Contacts and outputs of a real rack.
    #[error(transparent)]
    Lines(#[from] linux::lines::LinesError),
    /// A thread.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// Contacts in, outputs out. Neither call waits for anything.
pub trait Lines: Send {
    /// Levels of the input lines in the order of the site; none while they cannot be read.
    fn inputs(&mut self) -> Option<u64>;

    /// Takes the output lines, with these levels from their first moment on: an output that stood before this process
    /// began never falls for a moment between.
    ///
    /// # Errors
    /// When somebody else holds one.
    fn claim(&mut self, levels: u64) -> Result<(), WorldError>;

    /// Commands the levels of the output lines in the order of the site.
    fn outputs(&mut self, levels: u64);
}

/// The clock of the world: real, or the emulated rack's.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;

    /// How long a span of this clock lasts in reality.
    fn real(&self, span: Span) -> std::time::Duration;
}

/// Which world a core lives in.
#[derive(Clone, Debug)]
pub enum World {
    /// The emulated rack.
    Rig(RigAddress),
    /// This machine's own buses and pins.
    Linux,
}

impl World {
    /// The world of a site: the emulated rack's where there is a socket to it.
    pub fn new(rig: Option<&Path>) -> Self {
        rig.map_or(World::Linux, |socket| World::Rig(RigAddress::new(socket)))
    }

    /// Its clock.
    ///
    /// # Errors
    /// When the rig does not answer.
    pub fn clock(&self) -> Result<WorldClock, WorldError> {
        match self {
            World::Rig(rig) => rig.clock().map(WorldClock::Rig),
            World::Linux => Ok(WorldClock::Linux(LinuxClock)),
        }
    }

    /// Contacts and outputs of a site. `bell` rings on every edge.
    ///
    /// # Errors
    /// When they cannot be opened or a line is missing.
    pub fn lines(&self, site: &Site, bell: &Arc<Bell>) -> Result<Box<dyn Lines>, WorldError> {
        match self {
            World::Rig(rig) => {
                let lines = rig.lines(&site.input_lines, &site.output_lines, Arc::clone(bell))?;
                Ok(Box::new(lines))
            }
            World::Linux => Ok(Box::new(LinuxLines::open(site, bell)?)),
        }
    }
}

/// The clock of either world.
#[derive(Clone, Copy, Debug)]
pub enum WorldClock {
    /// The emulated rack's virtual time.
    Rig(RigClock),
    /// `CLOCK_MONOTONIC`.
    Linux(LinuxClock),
}

impl Clock for WorldClock {
    fn now(&self) -> Moment {
        match self {
            WorldClock::Rig(clock) => clock.now(),
            WorldClock::Linux(clock) => clock.now(),
        }
    }

    fn real(&self, span: Span) -> std::time::Duration {
        match self {
            WorldClock::Rig(clock) => clock.real(span),
            WorldClock::Linux(clock) => clock.real(span),
        }
    }
}

/// Without lines the core is deaf and handless, and its complete ticks would go on feeding the fan chip's watchdog: it
/// ends, hardware goes to its safe state, and its supervisor starts it anew.
fn lines_lost(why: &str) {
    crate::cli::complain(&format!(
        "the lines to the rack are lost: {why}; the core ends to be started anew"
    ));
    std::process::abort();
}
