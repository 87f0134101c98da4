//! The rack behind a local socket, on its own clock: a process of its own that outlives the controller.
//!
//! One thread a connection, each holding the rack only for one request; a pacing thread keeps the plant moving while
//! nobody asks and tells subscribers when an input line has changed.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use embedded_hal::i2c::Operation;

use crate::rack::wired::{SERIAL_LINES, TEXT_BUSES};
use crate::rack::{AgendaError, BUSES, INPUTS, OUTPUTS, Rack};
use crate::wire::{
    self, Anchor, BusFailure, Hello, OPERATION_BYTES_MAX, OPERATIONS_MAX, Reply, Request, Role, VERSION,
    Welcome, WireOperation,
};

/// Fastest virtual time the rig serves over its socket; faster runs are in process.
pub const SPEED_MAX: f64 = 10.0;
/// Most connections at once; another one is closed at once.
pub const CONNECTIONS_MAX: usize = 32;
/// Time between two steps of the plant while nobody asks, of real time.
const PACE: Duration = Duration::from_millis(5);
/// Shortest such time: edges that follow each other faster are told together, in their order.
const PACE_MIN: Duration = Duration::from_micros(500);
/// A stuck bus costs the caller this long, as a real adapter's time-out does.
pub(crate) const STUCK_COST: Duration = Duration::from_millis(20);

/// Silence on a connection that only listens lasts no longer.
const TOLD_ANYHOW: Duration = Duration::from_secs(1);

pub(crate) mod media;

/// What has become of the input lines.
#[derive(Clone, Debug)]
pub struct Edges {
    /// Changes since the rack was made.
    pub count: u64,
    /// Levels now, one bit each in the order of [`INPUTS`].
    pub now: u64,
    /// Levels after each change since the one asked about, oldest first, as far as they are kept ([`crate::rack::EDGES_KEPT`]).
    pub levels: Vec<u64>,
}

struct Shared {
    rack: Mutex<Rack>,
    changed: Condvar,
    clock: Anchor,
    stop: AtomicBool,
    connections: AtomicUsize,
}

impl Shared {
    fn now_us(&self) -> u64 {
        self.clock.virtual_at(monotonic_us())
    }

    /// How long the plant may rest while nobody asks: until something is due that somebody waits for, such as an edge.
    fn pace(&self) -> Duration {
        let next_us = self.rack.lock().unwrap_or_else(PoisonError::into_inner).next_us();
        let left = Duration::from_micros(next_us.saturating_sub(self.now_us()));
        left.div_f64(self.clock.speed.max(1.0)).clamp(PACE_MIN, PACE)
    }

    /// The rack, advanced to now.
    fn rack(&self) -> MutexGuard<'_, Rack> {
        let mut rack = self.rack.lock().unwrap_or_else(PoisonError::into_inner);
        let before = rack.edges();
        rack.advance(self.now_us());
        if rack.edges() != before {
            self.changed.notify_all();
        }
        rack
    }

    /// Waits until the input lines have changed more often than `told` times, at most so long. Without `told`: at once.
    fn edges_after(&self, told: Option<u64>, at_most: Duration) -> Edges {
        let rack = self.rack.lock().unwrap_or_else(PoisonError::into_inner);
        let (rack, _) = self
            .changed
            .wait_timeout_while(rack, at_most, |rack| told == Some(rack.edges()))
            .unwrap_or_else(PoisonError::into_inner);
        let count = rack.edges();
        Edges {
            count,
            now: rack.inputs(),
            levels: rack.edges_since(told.unwrap_or(count)).collect(),
        }
    }

    /// Does something to the rack and tells whoever waits for its input lines.
    fn change<T>(&self, act: impl FnOnce(&mut Rack) -> T) -> T {
        let mut rack = self.rack();
        let before = rack.edges();
        let result = act(&mut rack);
        if rack.edges() != before {
            self.changed.notify_all();
        }
        result
    }
}

/// `CLOCK_MONOTONIC` in microseconds.
#[must_use]
pub fn monotonic_us() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds * 1_000_000 + u64::try_from(now.tv_nsec / 1_000).unwrap_or(0)
}

/// Serves the rack on a socket at `path` until a control connection says stop.
///
/// # Errors
/// When the socket cannot be made. An old socket file at the path is replaced.
pub fn serve(rack: Rack, path: &Path, speed: f64) -> io::Result<()> {
    Server::bind(rack, path, speed)?.run()
}

/// A rack whose socket is there.
pub struct Server {
    shared: Arc<Shared>,
    listener: UnixListener,
    path: PathBuf,
}

/// A served rack for others of the same process: its page looks at it and acts on it as the socket does.
#[derive(Clone)]
pub struct Rig(Arc<Shared>);

impl Server {
    /// Makes the socket; the rack's clock begins to run.
    ///
    /// # Errors
    /// When the socket cannot be made. An old socket file at the path is replaced.
    pub fn bind(rack: Rack, path: &Path, speed: f64) -> io::Result<Self> {
        let clock = Anchor {
            virtual_us: rack.now_us(),
            monotonic_us: monotonic_us(),
            speed: speed.clamp(0.01, SPEED_MAX),
        };
        Self::bind_at(rack, path, clock)
    }

    /// Makes the socket; the rack's clock runs in real time and shows `CLOCK_MONOTONIC` but for a whole multiple of `grid`.
    /// For programs that have no other clock: whatever happens on such multiples happens together. The rack lives
    /// for less than one grid until it does.
    ///
    /// # Errors
    /// When the socket cannot be made. An old socket file at the path is replaced.
    pub fn bind_in_step(mut rack: Rack, path: &Path, grid: Duration) -> io::Result<Self> {
        let grid_us = u64::try_from(grid.as_micros()).unwrap_or(u64::MAX).max(1);
        let monotonic_us = monotonic_us();
        let ahead_us = (monotonic_us % grid_us + grid_us - rack.now_us() % grid_us) % grid_us;
        rack.advance(rack.now_us() + ahead_us);
        let clock = Anchor {
            virtual_us: rack.now_us(),
            monotonic_us,
            speed: 1.0,
        };
        Self::bind_at(rack, path, clock)
    }

    fn bind_at(rack: Rack, path: &Path, clock: Anchor) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            rack: Mutex::new(rack),
            changed: Condvar::new(),
            clock,
            stop: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
        });
        Ok(Server {
            shared,
            listener,
            path: path.to_owned(),
        })
    }

    /// The rack, for others of this process.
    #[must_use]
    pub fn rig(&self) -> Rig {
        Rig(Arc::clone(&self.shared))
    }

    /// Serves until somebody says stop.
    ///
    /// # Errors
    /// When the socket's file cannot be removed at the end.
    pub fn run(self) -> io::Result<()> {
        while !self.shared.stop.load(Ordering::Relaxed) {
            match self.listener.accept() {
                Ok((stream, _)) => accept(&self.shared, stream),
                // Nobody new, or no descriptor left for now: the plant goes on either way.
                Err(_) => std::thread::sleep(self.shared.pace()),
            }
            drop(self.shared.rack());
        }
        std::fs::remove_file(&self.path)
    }
}

impl Rig {
    /// Looks at the rack, or does something to it, at its now; whoever waits for its input lines is told.
    pub fn with<T>(&self, act: impl FnOnce(&mut Rack) -> T) -> T {
        self.0.change(act)
    }

    /// Waits until the input lines have changed more often than `told` times, at most so long, and says how.
    #[must_use]
    pub fn edges_after(&self, told: u64, at_most: Duration) -> Edges {
        self.0.edges_after(Some(told), at_most)
    }

    /// One request on a serial line by its number, and what comes back, after the time both take on the line; nothing for
    /// silence, at once.
    #[must_use]
    pub fn exchange(&self, line: usize, request: &[u8]) -> Vec<u8> {
        media::answered(&self.0, line, request)
    }

    /// The text of a device of a bus by its number, after its conversion; none where there is no such device.
    #[must_use]
    pub fn text(&self, bus: usize, name: &str) -> Option<Vec<u8>> {
        media::converted(&self.0, bus, name)
    }

    /// Virtual seconds per second.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.0.clock.speed
    }

    /// Ends the server.
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

fn accept(shared: &Arc<Shared>, stream: UnixStream) {
    if shared.connections.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS_MAX
        || stream.set_nonblocking(false).is_err()
    {
        shared.connections.fetch_sub(1, Ordering::Relaxed);
        return;
    }
    let own = Arc::clone(shared);
    let spawned = std::thread::Builder::new()
        .name("rig-connection".into())
        .spawn(move || {
            // A peer that goes away or talks nonsense ends its connection and nothing else.
            let _ = connection(&own, stream);
            own.connections.fetch_sub(1, Ordering::Relaxed);
        });
    if spawned.is_err() {
        shared.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

fn connection(shared: &Arc<Shared>, mut stream: UnixStream) -> io::Result<()> {
    let hello: Hello = wire::receive(&mut stream)?;
    if hello.version != VERSION {
        return wire::send(
            &mut stream,
            &Welcome::Refused(format!("version {VERSION} is spoken here")),
        );
    }
    let place = match &hello.role {
        Role::Bus(name) => find(&BUSES, name),
        Role::Serial(name) => find(&SERIAL_LINES, name),
        Role::Texts(name) => find(&TEXT_BUSES, name),
        Role::Lines | Role::Edges | Role::Control => Ok(None),
    };
    let place = match place {
        Ok(place) => place,
        Err(refusal) => return wire::send(&mut stream, &Welcome::Refused(refusal)),
    };
    let names = |names: &mut dyn Iterator<Item = &'static str>| names.map(str::to_owned).collect();
    wire::send(
        &mut stream,
        &Welcome::Ready {
            clock: shared.clock,
            inputs: names(&mut INPUTS.iter().map(|(_, name)| *name)),
            outputs: names(&mut OUTPUTS.iter().map(|(_, name)| *name)),
        },
    )?;
    if hello.role == Role::Edges {
        return subscription(shared, &mut stream);
    }
    let result = requests(shared, &mut stream, &hello.role, place);
    if hello.role == Role::Lines {
        // The controller's pins are released with its process: its relays fall.
        shared.change(Rack::release_outputs);
    }
    result
}

/// The number of a name among those that there are.
fn find(known: &[&str], name: &str) -> Result<Option<usize>, String> {
    match known.iter().position(|known| *known == name) {
        Some(place) => Ok(Some(place)),
        None => Err(format!("no bus `{name}`; there are {}", known.join(", "))),
    }
}

fn requests(
    shared: &Arc<Shared>,
    stream: &mut UnixStream,
    role: &Role,
    place: Option<usize>,
) -> io::Result<()> {
    loop {
        let request: Request = wire::receive(stream)?;
        let reply = match (role, place, request) {
            (Role::Control, _, Request::Act(act) | Request::At { act, .. } | Request::When { act, .. })
                if !act.fits() =>
            {
                Reply::Refused(format!("`{act}` is out of range or does not go together"))
            }
            (Role::Bus(_), Some(bus), Request::Transfer { address, operations }) => {
                transfer(shared, bus, address, &operations)
            }
            (Role::Serial(_), Some(line), Request::Exchange(request)) => {
                media::exchange(shared, line, &request)
            }
            (Role::Texts(_), Some(bus), Request::Text(name)) => media::text(shared, bus, &name),
            (Role::Lines, _, Request::Inputs) => Reply::Inputs(shared.rack().inputs()),
            (Role::Lines, _, Request::Outputs(levels)) => {
                shared.change(|rack| rack.set_outputs(levels));
                Reply::Done
            }
            (Role::Control, _, Request::Act(act)) => {
                shared.change(|rack| rack.act(&act));
                Reply::Done
            }
            (Role::Control, _, Request::At { at_us, act }) => waits(shared.rack().schedule(at_us, act)),
            (Role::Control, _, Request::When { watch, act }) => waits(shared.rack().when(watch, act)),
            (Role::Control, _, Request::Clear) => {
                shared.rack().clear();
                Reply::Done
            }
            (Role::Control, _, Request::Faults) => Reply::Faults(shared.rack().faults().collect()),
            (Role::Control, _, Request::Report) => Reply::Report(Box::new(shared.rack().report())),
            (Role::Control, _, Request::Stop) => {
                shared.stop.store(true, Ordering::Relaxed);
                Reply::Done
            }
            _ => Reply::Refused("this request does not belong on this connection".to_owned()),
        };
        wire::send(stream, &reply)?;
    }
}

/// The answer to an act that is to wait.
fn waits(taken: Result<(), AgendaError>) -> Reply {
    match taken {
        Ok(()) => Reply::Done,
        Err(error) => Reply::Refused(error.to_string()),
    }
}

fn transfer(shared: &Shared, bus: usize, address: u8, operations: &[WireOperation]) -> Reply {
    let fits = |operation: &WireOperation| match operation {
        WireOperation::Write(bytes) => bytes.len() <= OPERATION_BYTES_MAX,
        WireOperation::Read(count) => usize::from(*count) <= OPERATION_BYTES_MAX,
    };
    if operations.len() > OPERATIONS_MAX || !operations.iter().all(fits) {
        return Reply::Refused(format!(
            "at most {OPERATIONS_MAX} operations of {OPERATION_BYTES_MAX} bytes"
        ));
    }
    let total: usize = operations
        .iter()
        .map(|operation| match operation {
            WireOperation::Write(_) => 0,
            WireOperation::Read(count) => usize::from(*count),
        })
        .sum();
    let mut bytes = vec![0; total];
    let mut rest = bytes.as_mut_slice();
    let mut list = Vec::with_capacity(operations.len());
    for operation in operations {
        match operation {
            WireOperation::Write(bytes) => list.push(Operation::Write(bytes)),
            WireOperation::Read(count) => {
                let (own, behind) = rest.split_at_mut(usize::from(*count));
                rest = behind;
                list.push(Operation::Read(own));
            }
        }
    }
    let mut rack = shared.rack();
    let result = rack.transfer(bus, address, &mut list).map_err(BusFailure::from);
    let handed_over = rack.handed_over(bus);
    drop(rack);
    drop(list);
    if let Some(count) = handed_over {
        bytes.truncate(count);
    }
    if matches!(result, Err(BusFailure::StuckLow | BusFailure::Timeout)) {
        std::thread::sleep(STUCK_COST);
    }
    Reply::Transferred(result.map(|()| bytes))
}

/// A connection that only listens: every change of an input line, as it happens.
fn subscription(shared: &Arc<Shared>, stream: &mut UnixStream) -> io::Result<()> {
    let mut told: Option<u64> = None;
    while !shared.stop.load(Ordering::Relaxed) {
        let news = shared.edges_after(told, TOLD_ANYHOW);
        for level in &news.levels {
            wire::send(stream, &Reply::Inputs(*level))?;
        }
        if news.levels.is_empty() {
            // Told even when nothing has changed, so that a peer that is gone is noticed.
            wire::send(stream, &Reply::Inputs(news.now))?;
        }
        told = Some(news.count);
    }
    Ok(())
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
