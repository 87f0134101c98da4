//! Serial lines and texts of the emulated rack behind its socket: a connection for each.

use std::io;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use hil_rig::wire::{self, Reply, Request, Role};
use sensors::driver::BusFault;
use sensors::ds18b20::TextFiles;
use sensors::rtu::SerialLine;

use super::WorldError;
use super::rig::RigAddress;

/// Longest the rig may take for an answer: it sleeps for what a line's silence or a conversion takes.
const ANSWER: Duration = Duration::from_secs(3);

/// One connection that asks and is answered; made anew after it failed.
#[derive(Debug)]
struct Connection {
    address: RigAddress,
    role: Role,
    stream: Option<UnixStream>,
}

impl Connection {
    fn open(address: &RigAddress, role: Role) -> Result<Self, WorldError> {
        let stream = address.stream(role.clone(), ANSWER)?;
        Ok(Connection {
            address: address.clone(),
            role,
            stream: Some(stream),
        })
    }

    fn ask(&mut self, request: &Request) -> Result<Reply, BusFault> {
        self.try_ask(request).map_err(|_| {
            // A late answer would be taken for the next one: the connection is over.
            self.stream = None;
            BusFault::Timeout
        })
    }

    fn try_ask(&mut self, request: &Request) -> io::Result<Reply> {
        if self.stream.is_none() {
            let stream = self.address.stream(self.role.clone(), ANSWER);
            self.stream = Some(stream.map_err(io::Error::other)?);
        }
        let Some(stream) = &mut self.stream else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        wire::send(stream, request)?;
        wire::receive(stream)
    }
}

/// Copies what fits; says how much that is.
fn fill(from: &[u8], to: &mut [u8]) -> usize {
    let length = from.len().min(to.len());
    to[..length].copy_from_slice(&from[..length]);
    length
}

/// A serial line of the rig.
#[derive(Debug)]
pub struct RigLine(Connection);

impl RigLine {
    /// The line of a path, `rig://NAME`.
    ///
    /// # Errors
    /// When the rig does not answer or knows no such line.
    pub fn open(address: &RigAddress, path: &str) -> Result<Self, WorldError> {
        let name = path.strip_prefix("rig://").unwrap_or(path).to_owned();
        Connection::open(address, Role::Serial(name)).map(RigLine)
    }
}

impl SerialLine for RigLine {
    fn exchange(&mut self, request: &[u8], reply: &mut [u8]) -> Result<usize, BusFault> {
        match self.0.ask(&Request::Exchange(request.to_vec()))? {
            Reply::Exchanged(bytes) if bytes.is_empty() => Err(BusFault::NoAnswer),
            Reply::Exchanged(bytes) => Ok(fill(&bytes, reply)),
            Reply::Transferred(_)
            | Reply::Inputs(_)
            | Reply::Done
            | Reply::Report(_)
            | Reply::Faults(_)
            | Reply::Refused(_)
            | Reply::Text(_) => Err(BusFault::Other),
        }
    }
}

/// Texts of a bus of the rig.
#[derive(Debug)]
pub struct RigTexts(Connection);

impl RigTexts {
    /// The texts of a path, `rig://NAME`.
    ///
    /// # Errors
    /// When the rig does not answer or knows no such bus.
    pub fn open(address: &RigAddress, path: &str) -> Result<Self, WorldError> {
        let name = path.strip_prefix("rig://").unwrap_or(path).to_owned();
        Connection::open(address, Role::Texts(name)).map(RigTexts)
    }
}

impl TextFiles for RigTexts {
    fn read(&mut self, name: &str, buffer: &mut [u8]) -> Result<usize, BusFault> {
        match self.0.ask(&Request::Text(name.to_owned()))? {
            Reply::Text(Some(bytes)) => Ok(fill(&bytes, buffer)),
            Reply::Text(None) => Err(BusFault::NoAnswer),
            Reply::Transferred(_)
            | Reply::Inputs(_)
            | Reply::Done
            | Reply::Report(_)
            | Reply::Faults(_)
            | Reply::Refused(_)
            | Reply::Exchanged(_) => Err(BusFault::Other),
        }
    }
}
