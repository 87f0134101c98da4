//! The control connection to a served rack: one request, one answer.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use hil_rig::rack::Report;
use hil_rig::scenario::StandError;
use hil_rig::wire::{Anchor, Hello, Reply, Request, Role, VERSION, Welcome, receive, send};

/// Longest a served rack takes to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection that acts and asks for the truth.
pub struct Control {
    stream: UnixStream,
    /// The rig's clock.
    pub clock: Anchor,
}

fn lost(error: &io::Error) -> StandError {
    StandError(format!("the emulated rack does not answer: {error}"))
}

impl Control {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens or another version is spoken.
    pub fn connect(socket: &Path) -> Result<Self, StandError> {
        let connected = UnixStream::connect(socket).and_then(|stream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok(stream)
        });
        let mut stream = connected.map_err(|error| lost(&error))?;
        let hello = Hello {
            version: VERSION,
            role: Role::Control,
        };
        send(&mut stream, &hello).map_err(|error| lost(&error))?;
        match receive(&mut stream).map_err(|error| lost(&error))? {
            Welcome::Ready { clock, .. } => Ok(Control { stream, clock }),
            Welcome::Refused(why) => Err(StandError(why)),
        }
    }

    fn ask(&mut self, request: &Request) -> Result<Reply, StandError> {
        let asked = send(&mut self.stream, request).and_then(|()| receive(&mut self.stream));
        match asked.map_err(|error| lost(&error))? {
            Reply::Refused(why) => Err(StandError(why)),
            reply @ (Reply::Transferred(_)
            | Reply::Inputs(_)
            | Reply::Done
            | Reply::Report(_)
            | Reply::Faults(_)
            | Reply::Exchanged(_)
            | Reply::Text(_)) => Ok(reply),
        }
    }

    /// Asks for something that has no answer but that it is done.
    ///
    /// # Errors
    /// When the rack is gone or refuses.
    pub fn tell(&mut self, request: &Request) -> Result<(), StandError> {
        self.ask(request).map(|_| ())
    }

    /// What is really so.
    ///
    /// # Errors
    /// When the rack is gone.
    pub fn report(&mut self) -> Result<Report, StandError> {
        match self.ask(&Request::Report)? {
            Reply::Report(report) => Ok(*report),
            other @ (Reply::Transferred(_)
            | Reply::Inputs(_)
            | Reply::Done
            | Reply::Faults(_)
            | Reply::Refused(_)
            | Reply::Exchanged(_)
            | Reply::Text(_)) => Err(StandError(format!("no report but {other:?}"))),
        }
    }
}
