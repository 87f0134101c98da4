//! The local socket: enrolment, and commands of persons who sit at this machine.
//!
//! `DATA/persons/socket`, in a directory that only the core's user can enter; whoever connects has to be root or that user
//! by the kernel's word (`SO_PEERCRED`). One JSON line is asked, one is answered, then the connection ends. One connection
//! is served at a time; a slow one is let go after [`WITHIN`].

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use points::Moment;
use points::command::{Authority, Command, Name, Proofs, Refusal};
use points::setting::Role;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::{Deserialize, Serialize};

use super::book::{Book, DIRECTORY, Person, role};
use super::gate::Gate;
use super::{Key, random};
use crate::core::clock::monotonic_us;
use crate::core::uplink::Asked;
use crate::hosts::agent::authority::AgentAuthority;
use crate::link::Down;
use crate::log;

/// The socket in the persons' directory.
const SOCKET: &str = "socket";
/// Longest line that is read, bytes; a longer one is answered with an error.
const LINE_MAX: u64 = 16 * 1024;
/// Longest that one connection is waited for, and the tick's answer to a command.
const WITHIN: Duration = Duration::from_secs(2);
/// Time between two looks whether the core stops.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};

/// What is asked through the socket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Who is enrolled.
    List,
    /// Enrol a person; the answer is the key, once.
    Enrol {
        /// The name on commands.
        name: Name,
        /// `viewer`, `operator` or `engineer`.
        role: String,
    },
    /// Remove a person.
    Remove {
        /// Whom.
        name: String,
    },
    /// A challenge for a command, for a second person's response.
    Challenge {
        /// The command.
        command: Command,
    },
    /// Do it. The person named on it sits at this machine.
    Act {
        /// The command.
        command: Command,
        /// A second person's response.
        proofs: Option<Proofs>,
    },
    /// A claim for a host's agent.
    AgentClaim {
        /// The host.
        host: String,
    },
    /// Take a host's certificate away.
    AgentRemove {
        /// The host.
        host: String,
    },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Done.
    Done,
    /// Who is enrolled, with role.
    Persons(Vec<(Name, String)>),
    /// A new person's key: 64 hexadecimal digits.
    Key(String),
    /// A challenge, and what is agreed to.
    Challenge {
        /// 16 hexadecimal digits.
        challenge: String,
        /// The rack's name.
        rack: String,
        /// The command in words.
        text: String,
    },
    /// A claim for a host's agent.
    Claim {
        /// The code, once.
        code: String,
        /// Where the host is to connect to.
        controller: String,
    },
    /// The core refuses the command.
    Refused(Refusal),
    /// What was asked cannot be done.
    Error(String),
}

/// The persons of one core: book and gate behind one lock, which the tick never takes.
#[derive(Debug)]
pub struct Persons {
    rack: String,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    gate: Gate,
    /// The book, or why there is none.
    book: Result<Book, String>,
}

impl Persons {
    /// The persons of a data directory. A broken book costs the enrolled persons' responses until it is mended, never the
    /// start: the key switch is still there.
    pub fn open(data: &Path, rack: &str) -> Persons {
        let book = Book::open(data).map_err(|error| {
            log::line(&format!("persons: {error}"));
            error.to_string()
        });
        Persons {
            rack: rack.to_owned(),
            inner: Mutex::new(Inner {
                gate: Gate::default(),
                book,
            }),
        }
    }

    /// A challenge for a command.
    ///
    /// # Errors
    /// When nobody is enrolled, or the kernel gives no random bytes.
    pub fn challenge(&self, command: &Command) -> Result<u64, Refusal> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.book.as_ref().is_ok_and(|book| book.persons().is_empty()) || inner.book.is_err() {
            return Err(Refusal::NotEntitled);
        }
        let challenge = random().map(u64::from_le_bytes);
        let challenge = challenge.map_err(|_| Refusal::NotEntitled)?;
        inner.gate.challenge(Moment(monotonic_us()), command, challenge);
        Ok(challenge)
    }

    /// Who stands behind a command that came over the network.
    ///
    /// # Errors
    /// When a response does not fit.
    pub fn authority(&self, command: &Command, proofs: Option<&Proofs>) -> Result<Authority, Refusal> {
        let Some(proofs) = proofs else {
            return Ok(Authority::Unproven);
        };
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { gate, book } = &mut *inner;
        let book = book.as_ref().map_err(|_| Refusal::NotEntitled)?;
        gate.authority(Moment(monotonic_us()), book, &self.rack, command, proofs)
    }

    fn local_authority(&self, command: &Command, proofs: Option<&Proofs>) -> Result<Authority, Refusal> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { gate, book } = &mut *inner;
        let book = book.as_ref().map_err(|_| Refusal::NotEntitled)?;
        gate.local_authority(Moment(monotonic_us()), book, &self.rack, command, proofs)
    }

    /// Works with the book, which is opened again where it was broken.
    fn with_book(
        &self,
        data: &Path,
        work: impl FnOnce(&mut Book) -> Result<Reply, super::book::BookError>,
    ) -> Reply {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.book.is_err() {
            inner.book = Book::open(data).map_err(|error| error.to_string());
        }
        match &mut inner.book {
            Ok(book) => work(book).unwrap_or_else(|error| Reply::Error(error.to_string())),
            Err(error) => Reply::Error(error.clone()),
        }
    }
}

/// Where the socket of a data directory is.
pub fn socket(data: &Path) -> PathBuf {
    data.join(DIRECTORY).join(SOCKET)
}

/// Listens at the socket of a data directory.
///
/// # Errors
/// When it cannot be made.
pub fn listen(data: &Path) -> io::Result<UnixListener> {
    let path = socket(data);
    // One that an earlier core has left behind.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The socket's thread.
pub struct Server<'a> {
    /// Who is enrolled.
    pub persons: &'a Persons,
    /// Whose agents may connect.
    pub agents: &'a AgentAuthority,
    /// The data directory.
    pub data: &'a Path,
    /// Commands for the tick.
    pub commands: SyncSender<Asked>,
}

impl Server<'_> {
    /// Serves until `stop`.
    pub fn run(&self, listener: &UnixListener, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let mut waits = [PollFd::new(listener, PollFlags::IN)];
            if poll(&mut waits, Some(&LOOK)).is_ok_and(|ready| ready > 0)
                && let Ok((stream, _)) = listener.accept()
                && let Err(error) = self.serve(&stream)
            {
                log::line(&format!("local socket: {error}"));
            }
        }
        let _ = std::fs::remove_file(socket(self.data));
    }

    fn serve(&self, mut stream: &UnixStream) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(WITHIN))?;
        stream.set_write_timeout(Some(WITHIN))?;
        let peer = rustix::net::sockopt::socket_peercred(stream)?;
        let reply = if peer.uid.is_root() || peer.uid == rustix::process::geteuid() {
            let mut line = String::new();
            BufReader::new(stream.take(LINE_MAX)).read_line(&mut line)?;
            match serde_json::from_str(&line) {
                Ok(request) => self.answer(request),
                Err(error) => Reply::Error(format!("not a request: {error}")),
            }
        } else {
            Reply::Error("only root and the controller's own user may ask here".into())
        };
        let mut text = serde_json::to_string(&reply)?;
        text.push('\n');
        stream.write_all(text.as_bytes())
    }

    fn answer(&self, request: Request) -> Reply {
        match request {
            Request::List => self.persons.with_book(self.data, |book| {
                let persons = book.persons().iter();
                let line = |person: &Person| (person.name, person.role.text().to_owned());
                Ok(Reply::Persons(persons.map(line).collect()))
            }),
            Request::Enrol { name, role: wanted } => self.enrol(name, &wanted),
            Request::Remove { name } => self.persons.with_book(self.data, |book| {
                book.remove(&name)?;
                log::line(&format!("persons: {name} is removed"));
                Ok(Reply::Done)
            }),
            Request::Challenge { command } => match self.persons.challenge(&command) {
                Ok(challenge) => Reply::Challenge {
                    challenge: format!("{challenge:016x}"),
                    rack: self.persons.rack.clone(),
                    text: command.to_string(),
                },
                Err(refusal) => Reply::Refused(refusal),
            },
            Request::Act { command, proofs } => self.act(command, proofs.as_ref()),
            Request::AgentClaim { host } => match self.agents.claim(&host, Instant::now()) {
                Ok((code, controller)) => Reply::Claim { code, controller },
                Err(error) => Reply::Error(error.to_string()),
            },
            Request::AgentRemove { host } => match self.agents.remove(&host) {
                Ok(()) => Reply::Done,
                Err(error) => Reply::Error(error.to_string()),
            },
        }
    }

    fn enrol(&self, name: Name, wanted: &str) -> Reply {
        let role: Role = match role(wanted) {
            Some(role) if !name.is_empty() => role,
            Some(_) => return Reply::Error("a person has a name".into()),
            None => return Reply::Error(format!("{wanted:?} is none of viewer, operator, engineer")),
        };
        let key = match Key::new() {
            Ok(key) => key,
            Err(error) => return Reply::Error(format!("no random bytes: {error}")),
        };
        self.persons.with_book(self.data, |book| {
            book.enrol(Person { name, role, key })?;
            log::line(&format!("persons: {name} is enrolled as {}", role.text()));
            Ok(Reply::Key(key.to_hex()))
        })
    }

    fn act(&self, command: Command, proofs: Option<&Proofs>) -> Reply {
        let by = match self.persons.local_authority(&command, proofs) {
            Ok(by) => by,
            Err(refusal) => return Reply::Refused(refusal),
        };
        let (answers, answered) = std::sync::mpsc::sync_channel(1);
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.commands.try_send(Asked::new(0, command, by, answers))
        {
            return Reply::Refused(Refusal::QueueFull);
        }
        match answered.recv_timeout(WITHIN) {
            Ok(Down::Answer { result: Ok(()), .. }) => Reply::Done,
            Ok(Down::Answer {
                result: Err(refusal), ..
            }) => Reply::Refused(refusal),
            Ok(_) | Err(_) => Reply::Error("no answer from the tick; look whether it was applied".into()),
        }
    }
}
