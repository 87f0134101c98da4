//! The core's end of the link to one front: a thread that writes pictures, transitions and answers, and one that
//! reads signs of life and commands. The tick meets neither.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use points::command::{Authority, Command, Refusal};

use super::clock::monotonic_us;
use super::persons::server::Persons;
use super::plane::PictureCell;
use super::publication::Publication;
use super::sightings::SightingCell;
use crate::hosts::agent::authority::AgentAuthority;
use crate::hosts::drill::Drill;
use crate::link::{Down, Hello, Picture, Receiver as LinkReceiver, Sender as LinkSender, Up};
use crate::listen::Listeners;
use crate::log;
use crate::transition::{AgentDid, Ring};

/// Commands that wait for the tick; a further one is answered "too many commands at once".
pub const COMMANDS_WAITING: usize = 32;
/// Commands one tick takes.
pub const COMMANDS_A_TICK: usize = 4;
/// Answers that wait for the link; a further one is lost, and its asker hears a time-out.
const ANSWERS_WAITING: usize = 64;
/// Time between two pictures on the link.
const PICTURE_EVERY: Duration = Duration::from_millis(100);
/// Time between two looks for an order to shut the hosts down, and for transitions.
const ORDERS_EVERY: Duration = Duration::from_millis(20);
/// Longest a front may take to read what is written; after that it is lost.
const WRITE: Duration = Duration::from_secs(1);
/// Transitions that the front has not kept after this long (a full disk, a full queue) are sent again.
const KEPT_WITHIN: Duration = Duration::from_secs(10);
/// Transitions written at once, before orders and answers are looked for again.
const TRANSITIONS_AT_ONCE: usize = 256;

/// A command on its way to the tick.
#[derive(Debug)]
pub struct Asked {
    id: u32,
    /// What is asked.
    pub command: Command,
    /// How many persons stand behind it by one-time responses.
    pub by: Authority,
    answers: SyncSender<Down>,
}

impl Asked {
    /// A command with its number, and where the answer goes.
    pub fn new(id: u32, command: Command, by: Authority, answers: SyncSender<Down>) -> Asked {
        Asked {
            id,
            command,
            by,
            answers,
        }
    }

    /// Answers, unless the asker is gone.
    pub fn answer(&self, result: Result<(), Refusal>) {
        let id = self.id;
        let _ = self.answers.try_send(Down::Answer { id, result });
    }
}

/// What the link carries from and to.
pub struct Uplink<'a> {
    /// Transitions.
    pub ring: &'a Mutex<Ring>,
    /// Pictures.
    pub pictures: &'a PictureCell,
    /// The hosts' shutdown.
    pub publication: &'a Publication,
    /// What is seen of the hosts.
    pub sightings: &'a SightingCell,
    /// What every front hears first.
    pub hello: &'a Hello,
    /// Who may stand behind a command.
    pub persons: &'a Persons,
    /// Whose agents may connect.
    pub agents: &'a AgentAuthority,
    /// Commands for the tick.
    pub commands: SyncSender<Asked>,
}

impl Uplink<'_> {
    /// Starts both threads on `stream`; they end with it and set `over`.
    pub fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        stream: &'scope UnixStream,
        over: &'scope AtomicBool,
        alive: impl Fn(bool) + Send + 'scope,
        ready: SyncSender<Listeners>,
    ) {
        let (answers, answered) = sync_channel(ANSWERS_WAITING);
        let taken = std::sync::Arc::new(AtomicU64::new(0));
        let taken_by_writer = std::sync::Arc::clone(&taken);
        scope.spawn(move || {
            if let Err(error) = self.write(stream, over, &answered, &taken_by_writer) {
                log::line(&format!("link to the front: {error}"));
            }
            over.store(true, Ordering::Relaxed);
        });
        scope.spawn(move || {
            self.read(stream, &alive, &ready, &answers, &taken);
            over.store(true, Ordering::Relaxed);
        });
    }

    fn write(
        &self,
        stream: &UnixStream,
        over: &AtomicBool,
        answers: &Receiver<Down>,
        taken: &AtomicU64,
    ) -> Result<(), crate::link::LinkError> {
        stream.set_write_timeout(Some(WRITE))?;
        let mut sender = LinkSender::new(stream);
        let (mut sent, mut next) = (0u64, Instant::now());
        let (mut kept, mut kept_at) = (0u64, Instant::now());
        let mut ordered = self.publication.order();
        let mut outlets = self.publication.outlets.get();
        sender.send(&Down::Hello(Box::new(Hello {
            host_down: ordered,
            outlets,
            ..self.hello.clone()
        })))?;
        let (mut generation, mut learned) = (0, 0);
        while !over.load(Ordering::Relaxed) {
            let agents = self.agents.generation();
            if agents != generation {
                sender.send(&Down::Agents(self.agents.enrolled()))?;
                generation = agents;
            }
            let stops = self.publication.learned.generation();
            if stops != learned {
                let known = self.publication.learned.get();
                sender.send(&Down::Stops(crate::link::stops(&self.hello.plan, &known.stops)))?;
                if let Some(drill) = known.drill.filter(|drill| drill.number > 0) {
                    sender.send(&Down::Drill(Box::new(Drill::new(&drill, known.by))))?;
                }
                learned = stops;
            }
            let order = self.publication.order();
            if order != ordered {
                sender.send(&Down::HostDown(order))?;
                ordered = order;
            }
            let asked = self.publication.outlets.get();
            if asked != outlets {
                sender.send(&Down::Outlets(asked))?;
                outlets = asked;
            }
            let wait = next.saturating_duration_since(Instant::now()).min(ORDERS_EVERY);
            match answers.recv_timeout(wait) {
                Ok(answer) => sender.send(&answer)?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {
                    // A person's command waits for what is written here: transitions do not wait for a picture.
                    if Instant::now() >= next {
                        next = Instant::now() + PICTURE_EVERY;
                        let picture = Picture::from(&self.pictures.get());
                        sender.send(&Down::Picture(Box::new(picture)))?;
                    }
                    let now_kept = taken.load(Ordering::Relaxed);
                    if now_kept != kept || sent == kept {
                        (kept, kept_at) = (now_kept, Instant::now());
                    } else if kept_at.elapsed() > KEPT_WITHIN {
                        (sent, kept_at) = (kept, Instant::now());
                    }
                    for _ in 0..TRANSITIONS_AT_ONCE {
                        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
                        ring.taken(taken.load(Ordering::Relaxed));
                        let Some(transition) = ring.after(sent) else { break };
                        drop(ring);
                        sent = transition.sequence;
                        sender.send(&Down::Transition(Box::new(transition)))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn read(
        &self,
        mut stream: &UnixStream,
        alive: &impl Fn(bool),
        ready: &SyncSender<Listeners>,
        answers: &SyncSender<Down>,
        taken: &AtomicU64,
    ) {
        let mut receiver = LinkReceiver::default();
        while let Ok(message) = receiver.receive::<Up>(&mut stream) {
            match message {
                Up::Ready(listeners) => {
                    let _ = ready.try_send(listeners);
                }
                Up::Alive {
                    transition, history, ..
                } => {
                    // The front is not trusted: what was never given was never taken.
                    let issued = self.ring.lock().unwrap_or_else(PoisonError::into_inner).issued();
                    taken.store(transition.min(issued), Ordering::Relaxed);
                    alive(history);
                }
                Up::Seen {
                    evidence,
                    logins,
                    unmanaged,
                    staying,
                    stays,
                    outlets,
                    reports,
                    rehearsed,
                    certificate_days,
                } => self.sightings.put(
                    evidence,
                    logins,
                    (unmanaged, staying, stays),
                    (outlets, reports),
                    rehearsed,
                    certificate_days,
                ),
                Up::Published(order) => self.publication.confirm(order, monotonic_us()),
                Up::Held { target, granted } => {
                    let did = if granted {
                        AgentDid::Held
                    } else {
                        AgentDid::NotHeld
                    };
                    self.agents
                        .news()
                        .put(Some(usize::from(target)), did, Instant::now());
                }
                Up::Enrol {
                    id,
                    secret,
                    public_key,
                } => {
                    let result = self.agents.enrol(&secret, public_key, Instant::now());
                    let result = result.map_err(|error| error.to_string());
                    let _ = answers.try_send(Down::Enrolled { id, result });
                }
                Up::Challenge { id, command } => {
                    let result = self.persons.challenge(&command);
                    let _ = answers.try_send(Down::Challenge { id, result });
                }
                Up::Command { id, command, proofs } => {
                    let by = match self.persons.authority(&command, proofs.as_ref()) {
                        Ok(by) => by,
                        Err(refusal) => {
                            let result = Err(refusal);
                            let _ = answers.try_send(Down::Answer { id, result });
                            continue;
                        }
                    };
                    let asked = Asked::new(id, command, by, answers.clone());
                    if let Err(refused) = self.commands.try_send(asked) {
                        let (std::sync::mpsc::TrySendError::Full(asked)
                        | std::sync::mpsc::TrySendError::Disconnected(asked)) = refused;
                        asked.answer(Err(Refusal::QueueFull));
                    }
                }
            }
        }
    }
}

/// Says on standard output that everything is up, as one line of JSON.
pub fn announce(at: Listeners) {
    let line = serde_json::json!({
        "ready": true, "web": format!("http://{}", at.web), "modbus": at.modbus.to_string(), "nut": at.nut.to_string(),
        "agent": at.agent.map(|agent| agent.to_string()),
    });
    // A closed standard output is no reason to stop a controller.
    let _ = writeln!(std::io::stdout(), "{line}");
    let _ = std::io::stdout().flush();
}
