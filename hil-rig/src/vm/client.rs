//! A connection of the rig's socket: one request, one answer.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::wire::{self, Hello, Reply, Request, Role, VERSION, Welcome};

/// Longest the rig takes to answer. It answers within a millisecond; a stuck bus takes 20.
const ANSWER: Duration = Duration::from_secs(2);

/// A connection and the names of the lines as the rig told them.
pub(super) struct Client {
    stream: UnixStream,
    /// Names of the input lines in the order of their bits.
    pub(super) inputs: Vec<String>,
    /// Names of the output lines in the order of their bits.
    pub(super) outputs: Vec<String>,
}

impl Client {
    /// Connects in a role.
    pub(super) fn connect(socket: &Path, role: Role) -> io::Result<Self> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(ANSWER))?;
        wire::send(
            &mut stream,
            &Hello {
                version: VERSION,
                role,
            },
        )?;
        match wire::receive(&mut stream)? {
            Welcome::Ready { inputs, outputs, .. } => Ok(Client {
                stream,
                inputs,
                outputs,
            }),
            Welcome::Refused(why) => Err(io::Error::new(io::ErrorKind::InvalidInput, why)),
        }
    }

    /// One request. After an error the connection is of no use: a late answer would be taken for the next one.
    pub(super) fn ask(&mut self, request: &Request) -> io::Result<Reply> {
        wire::send(&mut self.stream, request)?;
        wire::receive(&mut self.stream)
    }

    /// The next thing that is told without being asked; none when nothing was told in time.
    pub(super) fn listen(&mut self) -> io::Result<Reply> {
        wire::receive(&mut self.stream)
    }

    /// A handle with which another thread can end the connection.
    pub(super) fn stopper(&self) -> io::Result<UnixStream> {
        self.stream.try_clone()
    }
}
