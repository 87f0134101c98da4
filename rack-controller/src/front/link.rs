//! The front's end of the link: a thread reads pictures, a thread writes signs of life and commands.

use std::collections::HashMap;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use points::command::Refusal;
use tokio::sync::{mpsc, oneshot, watch};
use web::{Asked, Rendered};

use super::Latest;
use crate::link::{Down, Receiver, Sender, Up};
use crate::listen::Listeners;

/// Time between two signs of life.
const ALIVE_EVERY: Duration = Duration::from_millis(200);
/// Commands that wait for the link; a further one is refused by the page as "busy".
const COMMANDS_WAITING: usize = 16;
/// Answers that are awaited at once; the oldest of more is given up.
const AWAITED_MAX: usize = 64;

type Awaited = Arc<Mutex<HashMap<u32, oneshot::Sender<Result<(), Refusal>>>>>;

pub(super) struct Link {
    pub(super) pictures: watch::Receiver<Arc<Rendered>>,
    pub(super) latest: watch::Receiver<Arc<Latest>>,
    pub(super) commands: mpsc::Sender<Asked>,
    pub(super) over: watch::Receiver<bool>,
}

#[derive(Default)]
struct Seen {
    tick: AtomicU64,
    transition: AtomicU64,
}

pub(super) fn start(listeners: Listeners) -> io::Result<Link> {
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (picture, pictures) = watch::channel(Arc::new(Rendered::empty(Instant::now())));
    let none = Latest {
        snapshot: points::Snapshot::default(),
        // Before the first snapshot nothing is fresh.
        at: Instant::now()
            .checked_sub(Duration::from_secs(3600))
            .unwrap_or_else(Instant::now),
    };
    let (newest, latest) = watch::channel(Arc::new(none));
    let (commands, asked) = mpsc::channel(COMMANDS_WAITING);
    let (ended, over) = watch::channel(false);
    let (awaited, seen) = (Awaited::default(), Arc::new(Seen::default()));
    let (reading, answers, reader_seen) = (stream.try_clone()?, Arc::clone(&awaited), Arc::clone(&seen));
    std::thread::Builder::new()
        .name("link-read".into())
        .spawn(move || {
            read(reading, &Pictures { picture, newest }, &answers, &reader_seen);
            let _ = ended.send(true);
        })?;
    std::thread::Builder::new()
        .name("link-write".into())
        .spawn(move || write(&stream, listeners, asked, &awaited, &seen))?;
    Ok(Link {
        pictures,
        latest,
        commands,
        over,
    })
}

struct Pictures {
    picture: watch::Sender<Arc<Rendered>>,
    newest: watch::Sender<Arc<Latest>>,
}

fn read(mut stream: UnixStream, pictures: &Pictures, awaited: &Awaited, seen: &Seen) {
    let mut receiver = Receiver::default();
    while let Ok(message) = receiver.receive::<Down>(&mut stream) {
        match message {
            Down::Picture(wire) => {
                if let Some(snapshot) = wire.into_snapshot() {
                    seen.tick.store(snapshot.tick, Ordering::Relaxed);
                    let at = Instant::now();
                    pictures
                        .picture
                        .send_replace(Arc::new(Rendered::new(&snapshot, at)));
                    pictures.newest.send_replace(Arc::new(Latest { snapshot, at }));
                }
            }
            Down::Transition(transition) => {
                seen.transition.store(transition.sequence, Ordering::Relaxed);
                crate::log::line(&format!(
                    "{:.3} s #{} {}",
                    transition.at.as_us() as f64 / 1e6,
                    transition.sequence,
                    transition.change
                ));
            }
            Down::Answer { id, result } => {
                let waiting = awaited.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                if let Some(asker) = waiting {
                    let _ = asker.send(result);
                }
            }
        }
    }
}

fn write(
    stream: &UnixStream,
    listeners: Listeners,
    mut asked: mpsc::Receiver<Asked>,
    awaited: &Awaited,
    seen: &Seen,
) {
    let mut sender = Sender::new(stream);
    if sender.send(&Up::Ready(listeners)).is_err() {
        return;
    }
    let mut id = 0u32;
    let mut due = Instant::now();
    loop {
        while let Ok(Asked { command, answer }) = asked.try_recv() {
            id = id.wrapping_add(1);
            let mut waiting = awaited.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() >= AWAITED_MAX {
                waiting.clear();
            }
            waiting.insert(id, answer);
            drop(waiting);
            if sender.send(&Up::Command { id, command }).is_err() {
                return;
            }
        }
        if Instant::now() >= due {
            due = Instant::now() + ALIVE_EVERY;
            let alive = Up::Alive {
                tick: seen.tick.load(Ordering::Relaxed),
                transition: seen.transition.load(Ordering::Relaxed),
            };
            if sender.send(&alive).is_err() {
                return;
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
