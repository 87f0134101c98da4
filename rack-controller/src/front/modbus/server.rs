//! The sockets: who may connect, for how long, and one task per connection.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use points::setting::Settings;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::super::Latest;
use super::frame::{self, FRAME_MAX};
use super::identification::Identification;
use super::image::{self, Image};
use super::pdu::{Exception, Outcome, View};
use super::{Identity, Limits};

/// Bytes read at once; a client that has sent more waits in the kernel's buffer until these are answered. It bounds
/// the answers to one read to 341 (12 bytes the shortest read, 259 the longest answer: 89 kB).
const READ_MAX: usize = 4096;
const _: () = assert!(READ_MAX > FRAME_MAX, "a frame fits");
/// Only a connection without a request for so long gives way to a new one.
const GIVES_WAY: Duration = Duration::from_secs(10);
/// Wait after a failed accept: a process without descriptors gets some back only with time.
const PAUSE: Duration = Duration::from_millis(50);

/// What happened since the start; each only ever grows.
#[derive(Debug, Default)]
pub struct Counters {
    accepted: AtomicU64,
    refused: AtomicU64,
    gave_way: AtomicU64,
    timed_out: AtomicU64,
    broken: AtomicU64,
    accept_failed: AtomicU64,
    requests: AtomicU64,
    writes_refused: AtomicU64,
    exceptions: [AtomicU64; Exception::ALL.len()],
}

impl Counters {
    /// Every count with its name.
    pub fn all(&self) -> [(&'static str, u64); 13] {
        let [function, address, value, failure, gateway] = &self.exceptions;
        [
            ("accepted", &self.accepted),
            ("refused", &self.refused),
            ("gave_way", &self.gave_way),
            ("timed_out", &self.timed_out),
            ("broken_frames", &self.broken),
            ("accept_failed", &self.accept_failed),
            ("requests", &self.requests),
            ("writes_refused", &self.writes_refused),
            ("exception_01_function", function),
            ("exception_02_address", address),
            ("exception_03_value", value),
            ("exception_04_failure", failure),
            ("exception_0b_gateway", gateway),
        ]
        .map(|(name, count)| (name, count.load(Ordering::Relaxed)))
    }

    fn tell(&self, outcome: Outcome) {
        add(&self.requests);
        if outcome.refused_write {
            add(&self.writes_refused);
        }
        if let Some(exception) = outcome.exception {
            let place = Exception::ALL.iter().position(|one| *one == exception);
            place.and_then(|place| self.exceptions.get(place)).map(add);
        }
    }
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// A server that is not listening yet.
#[derive(Debug)]
pub struct Server {
    limits: Limits,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    identification: Identification,
    settings: Option<watch::Receiver<Settings>>,
    counters: Arc<Counters>,
    began: Instant,
    /// The newest image, so that one picture is turned into registers once.
    newest: Mutex<Option<Arc<Made>>>,
}

/// An image and what it was made of.
#[derive(Debug)]
struct Made {
    latest: Arc<Latest>,
    key: Key,
    image: Image,
}

/// What an image depends on besides its picture: the age shown in status words once it is stale.
type Key = Option<u64>;

impl Server {
    /// A server that has no settings to show.
    pub fn new(identity: &Identity, limits: Limits) -> Server {
        Self::with_settings(identity, limits, None)
    }

    /// A server that shows the settings in force, from the next picture on when they change; without them their
    /// registers read "no value".
    pub fn with_settings(
        identity: &Identity,
        limits: Limits,
        settings: Option<watch::Receiver<Settings>>,
    ) -> Server {
        Server {
            limits,
            shared: Arc::new(Shared {
                identification: Identification::new(identity),
                settings,
                counters: Arc::default(),
                began: Instant::now(),
                newest: Mutex::new(None),
            }),
        }
    }

    /// What happened so far.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.shared.counters)
    }

    /// Serves for ever; its connections end with it.
    ///
    /// # Errors
    /// None today: an accept that fails is tried again after a pause.
    pub async fn run(self, listener: TcpListener, pictures: watch::Receiver<Arc<Latest>>) -> io::Result<()> {
        let counters = &self.shared.counters;
        let mut room = Room::new(self.limits, self.shared.began);
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(_) => {
                    add(&counters.accept_failed);
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            match room.place(peer) {
                Place::Free => {}
                Place::GaveWay => add(&counters.gave_way),
                Place::None => {
                    add(&counters.refused);
                    continue;
                }
            }
            add(&counters.accepted);
            // Small answers at once; a refusal by the kernel costs latency only.
            let _ = stream.set_nodelay(true);
            let connection = Connection {
                stream,
                limits: self.limits,
                shared: Arc::clone(&self.shared),
                pictures: pictures.clone(),
                active: Arc::new(AtomicU64::new(room.now_ms())),
                made: None,
                out: Vec::with_capacity(2 * FRAME_MAX),
            };
            room.put(peer, connection);
        }
    }
}

/// The connections there are; at most as many as the limits say.
struct Room {
    limits: Limits,
    began: Instant,
    guests: Vec<Guest>,
    tasks: JoinSet<()>,
}

struct Guest {
    peer: IpAddr,
    /// Milliseconds since the start at its last whole request.
    active: Arc<AtomicU64>,
    task: AbortHandle,
}

enum Place {
    Free,
    /// Another was closed for it.
    GaveWay,
    None,
}

impl Room {
    fn new(limits: Limits, began: Instant) -> Room {
        Room {
            limits,
            began,
            guests: Vec::new(),
            tasks: JoinSet::new(),
        }
    }

    fn now_ms(&self) -> u64 {
        ms(self.began.elapsed())
    }

    /// Looks for a place for one more from this address.
    fn place(&mut self, peer: SocketAddr) -> Place {
        while self.tasks.try_join_next().is_some() {}
        self.guests.retain(|guest| !guest.task.is_finished());
        let ip = peer.ip();
        let own = self.guests.iter().filter(|guest| guest.peer == ip).count();
        if own >= self.limits.per_peer {
            self.make_room(|guest| guest.peer == ip)
        } else if self.guests.len() >= self.limits.connections {
            self.make_room(|_| true)
        } else {
            Place::Free
        }
    }

    /// Closes the one that has been idle longest, if that is long enough.
    fn make_room(&mut self, may: impl Fn(&Guest) -> bool) -> Place {
        let now = self.now_ms();
        let active = |guest: &Guest| guest.active.load(Ordering::Relaxed);
        let candidates = self.guests.iter().enumerate().filter(|(_, guest)| may(guest));
        let oldest = candidates.min_by_key(|(_, guest)| active(guest));
        match oldest.map(|(at, guest)| (at, now.saturating_sub(active(guest)))) {
            Some((at, idle)) if idle > ms(GIVES_WAY) => {
                self.guests.swap_remove(at).task.abort();
                Place::GaveWay
            }
            Some(_) | None => Place::None,
        }
    }

    fn put(&mut self, peer: SocketAddr, connection: Connection) {
        let active = Arc::clone(&connection.active);
        let task = self.tasks.spawn(connection.serve());
        self.guests.push(Guest {
            peer: peer.ip(),
            active,
            task,
        });
    }
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

struct Connection {
    stream: TcpStream,
    limits: Limits,
    shared: Arc<Shared>,
    pictures: watch::Receiver<Arc<Latest>>,
    active: Arc<AtomicU64>,
    made: Option<Arc<Made>>,
    out: Vec<u8>,
}

impl Connection {
    /// Answers until the client ends it, breaks the protocol or is too slow.
    async fn serve(mut self) {
        let mut buffer = vec![0; READ_MAX];
        let mut held = 0;
        let mut idle_from = tokio::time::Instant::now();
        let mut partial_from = None;
        loop {
            let idle_until = idle_from + self.limits.idle;
            let until = partial_from.map_or(idle_until, |from| idle_until.min(from + self.limits.request));
            let free = buffer.get_mut(held..).unwrap_or_default();
            let read = match tokio::time::timeout_at(until, read(&self.stream, free)).await {
                Ok(Ok(read)) if read > 0 => read,
                Ok(_) => return,
                Err(_) => return add(&self.shared.counters.timed_out),
            };
            held += read;
            let taken = self.answer(buffer.get(..held).unwrap_or_default());
            if !self.out.is_empty() {
                let write = write_all(&self.stream, &self.out);
                match tokio::time::timeout(self.limits.request, write).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return,
                    Err(_) => return add(&self.shared.counters.timed_out),
                }
            }
            if taken.broken {
                return add(&self.shared.counters.broken);
            }
            if taken.bytes > 0 {
                idle_from = tokio::time::Instant::now();
                self.active
                    .store(ms(self.shared.began.elapsed()), Ordering::Relaxed);
                buffer.copy_within(taken.bytes..held, 0);
                held -= taken.bytes;
                partial_from = None;
            }
            if held > 0 && partial_from.is_none() {
                partial_from = Some(tokio::time::Instant::now());
            }
        }
    }

    /// Fills `out` with the answers to what was read.
    fn answer(&mut self, bytes: &[u8]) -> frame::Taken {
        self.out.clear();
        let made = newest(&mut self.made, &self.shared, &self.pictures);
        let age = made.latest.at.elapsed();
        let view = View {
            image: &made.image,
            age_tenths: u16::try_from(age.as_millis() / 100).unwrap_or(u16::MAX),
            identification: &self.shared.identification,
        };
        frame::take(bytes, &view, &mut self.out, |outcome| {
            self.shared.counters.tell(outcome);
        })
    }
}

/// The image of the newest picture: the connection's own when it still is, else the shared one, else a new one.
fn newest<'a>(
    own: &'a mut Option<Arc<Made>>,
    shared: &Shared,
    pictures: &watch::Receiver<Arc<Latest>>,
) -> &'a Made {
    let latest = pictures.borrow();
    let age = latest.at.elapsed();
    let key = image::is_stale(&latest.snapshot, age).then_some(age.as_secs());
    let is_this = |made: &Arc<Made>| Arc::ptr_eq(&made.latest, &latest) && made.key == key;
    let kept = own.take().filter(|made| is_this(made));
    let made = kept.unwrap_or_else(|| {
        let latest = Arc::clone(&latest);
        let mut newest = shared.newest.lock().unwrap_or_else(PoisonError::into_inner);
        match newest.as_ref() {
            Some(made) if is_this(made) => Arc::clone(made),
            Some(_) | None => {
                let settings = shared.settings.as_ref().map(|settings| *settings.borrow());
                let image = Image::new(&latest.snapshot, age, settings.as_ref()).at(latest.time_ms);
                let made = Arc::new(Made { latest, key, image });
                *newest = Some(Arc::clone(&made));
                made
            }
        }
    });
    own.insert(made)
}

async fn read(stream: &TcpStream, into: &mut [u8]) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        match stream.try_read(into) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}

async fn write_all(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
