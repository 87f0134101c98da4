//! The only door to hardware. Today it leads to the emulated rack over a socket; real buses take their place beside
//! it behind the same three things: a bus, lines, a clock.

pub mod rig;
pub mod rig_media;

use points::{Moment, Span};

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
}

/// Contacts in, outputs out. Neither call waits for anything.
pub trait Lines: Send {
    /// Levels of the input lines in the order of the site; none while they cannot be read.
    fn inputs(&mut self) -> Option<u64>;

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
