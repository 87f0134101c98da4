//! The emulated rack behind its socket: a connection per bus, one for the lines, one for their edges.

use std::collections::HashMap;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use embedded_hal::i2c::{ErrorType, I2c, Operation};
use hil_rig::server::monotonic_us;
use hil_rig::wire::{self, Anchor, BusFailure, Hello, Reply, Request, Role, VERSION, Welcome, WireOperation};
use points::{Moment, Span};
use sensors::driver::BusFault;

use super::bell::Bell;
use super::{Clock, Lines, WorldError, lines_lost};

/// Longest the rig may take for an answer before a transfer counts as timed out.
const ANSWER: Duration = Duration::from_millis(500);
/// Output changes that wait for the socket; when full, the newest replaces nothing and is retried next tick.
const OUTPUTS_WAITING: usize = 64;

/// How to reach the rig.
#[derive(Clone, Debug)]
pub struct RigAddress {
    socket: PathBuf,
}

struct Connected {
    stream: UnixStream,
    clock: Anchor,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl RigAddress {
    /// The rig at a socket.
    pub fn new(socket: &Path) -> Self {
        RigAddress {
            socket: socket.to_owned(),
        }
    }

    fn connect(&self, role: Role) -> Result<Connected, WorldError> {
        let fail = |error| WorldError::Rig {
            socket: self.socket.display().to_string(),
            error,
        };
        let mut stream = UnixStream::connect(&self.socket).map_err(fail)?;
        wire::send(
            &mut stream,
            &Hello {
                version: VERSION,
                role,
            },
        )
        .map_err(fail)?;
        stream.set_read_timeout(Some(ANSWER)).map_err(fail)?;
        match wire::receive(&mut stream).map_err(fail)? {
            Welcome::Ready {
                clock,
                inputs,
                outputs,
            } => Ok(Connected {
                stream,
                clock,
                inputs,
                outputs,
            }),
            Welcome::Refused(why) => Err(WorldError::Refused(why)),
        }
    }

    /// A connection of this role whose answers may take so long.
    pub(super) fn stream(&self, role: Role, answer: Duration) -> Result<UnixStream, WorldError> {
        let stream = self.connect(role)?.stream;
        let set = stream.set_read_timeout(Some(answer));
        set.map_err(|error| WorldError::Rig {
            socket: self.socket.display().to_string(),
            error,
        })?;
        Ok(stream)
    }

    /// The rig's clock.
    ///
    /// # Errors
    /// When the rig does not answer.
    pub fn clock(&self) -> Result<RigClock, WorldError> {
        Ok(RigClock {
            anchor: self.connect(Role::Control)?.clock,
        })
    }

    /// A bus by its path, `rig://NAME`.
    ///
    /// # Errors
    /// When the rig does not answer or knows no such bus.
    pub fn bus(&self, path: &str) -> Result<RigBus, WorldError> {
        let name = path.strip_prefix("rig://").unwrap_or(path).to_owned();
        let connected = self.connect(Role::Bus(name.clone()))?;
        Ok(RigBus {
            address: self.clone(),
            name,
            stream: Some(connected.stream),
        })
    }

    /// Contacts and outputs. `bell` rings on every edge.
    ///
    /// # Errors
    /// When the rig does not answer or lacks a line.
    pub fn lines(
        &self,
        inputs: &[String],
        outputs: &[String],
        bell: Arc<Bell>,
    ) -> Result<RigLines, WorldError> {
        let fail = |error| WorldError::Rig {
            socket: self.socket.display().to_string(),
            error,
        };
        let edges = self.connect(Role::Edges)?;
        let lines = self.connect(Role::Lines)?;
        let input_bits = places(inputs, &edges.inputs)?;
        let output_bits = places(outputs, &lines.outputs)?;
        let shared = Arc::new(Shared {
            levels: AtomicU64::new(0),
            known: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        spawn("lines-in", move || listen(edges.stream, &own, &input_bits, &bell)).map_err(fail)?;
        let (sender, queue) = sync_channel(OUTPUTS_WAITING);
        spawn("lines-out", move || speak(lines.stream, &queue, &output_bits)).map_err(fail)?;
        Ok(RigLines {
            shared,
            sender,
            told: None,
        })
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new()
        .name(name.into())
        .spawn(body)
        .map(|_| ())
}

/// The rig's bit of each of the site's lines.
fn places(wanted: &[String], known: &[String]) -> Result<Vec<u32>, WorldError> {
    let bits: HashMap<&str, u32> = known.iter().map(String::as_str).zip(0..).collect();
    let find = |name: &String| {
        let all = known.join(", ");
        bits.get(name.as_str())
            .copied()
            .ok_or_else(|| WorldError::Refused(format!("no line `{name}`; there are {all}")))
    };
    wanted.iter().map(find).collect()
}

struct Shared {
    levels: AtomicU64,
    known: AtomicBool,
}

/// Hears of every edge until the rig is gone.
fn listen(mut stream: UnixStream, shared: &Shared, bits: &[u32], bell: &Bell) {
    // The rig speaks at least once a second; twice that is silence.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(3)));
    while let Ok(Reply::Inputs(levels)) = wire::receive(&mut stream) {
        let own = bits
            .iter()
            .zip(0..)
            .fold(0, |own, (bit, place)| own | (levels >> bit & 1) << place);
        shared.levels.store(own, Ordering::Release);
        shared.known.store(true, Ordering::Release);
        bell.ring();
    }
    shared.known.store(false, Ordering::Release);
    bell.ring();
    lines_lost("the emulated rack is gone");
}

/// Passes outputs on, in order.
fn speak(mut stream: UnixStream, queue: &Receiver<u64>, bits: &[u32]) {
    while let Ok(levels) = queue.recv() {
        let rig = bits
            .iter()
            .zip(0..)
            .fold(0, |rig, (bit, place)| rig | (levels >> place & 1) << bit);
        if wire::send(&mut stream, &Request::Outputs(rig)).is_err() {
            return lines_lost("the emulated rack is gone");
        }
        match wire::receive::<Reply>(&mut stream) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return lines_lost("the emulated rack is gone"),
        }
    }
}

/// Contacts and outputs of the rig.
pub struct RigLines {
    shared: Arc<Shared>,
    sender: SyncSender<u64>,
    told: Option<u64>,
}

impl Lines for RigLines {
    fn inputs(&mut self) -> Option<u64> {
        self.shared
            .known
            .load(Ordering::Acquire)
            .then(|| self.shared.levels.load(Ordering::Acquire))
    }

    fn claim(&mut self, levels: u64) -> Result<(), WorldError> {
        // They were the rig's connection's from its first moment on.
        self.outputs(levels);
        Ok(())
    }

    fn outputs(&mut self, levels: u64) {
        if self.told != Some(levels) && self.sender.try_send(levels).is_ok() {
            self.told = Some(levels);
        }
    }
}

/// The rig's virtual clock.
#[derive(Clone, Copy, Debug)]
pub struct RigClock {
    anchor: Anchor,
}

impl Clock for RigClock {
    fn now(&self) -> Moment {
        Moment(self.anchor.virtual_at(monotonic_us()))
    }

    fn real(&self, span: Span) -> Duration {
        Duration::try_from_secs_f64(span.as_s() / self.anchor.speed).unwrap_or(Duration::ZERO)
    }
}

/// One bus of the rig.
#[derive(Debug)]
pub struct RigBus {
    address: RigAddress,
    name: String,
    stream: Option<UnixStream>,
}

impl RigBus {
    fn ask(&mut self, address: u8, operations: &mut [Operation<'_>]) -> io::Result<Result<(), BusFault>> {
        if self.stream.is_none() {
            let connected = self
                .address
                .connect(Role::Bus(self.name.clone()))
                .map_err(io::Error::other)?;
            self.stream = Some(connected.stream);
        }
        let Some(stream) = &mut self.stream else {
            return Ok(Err(BusFault::Other));
        };
        let list = operations
            .iter()
            .map(|operation| match operation {
                Operation::Write(bytes) => WireOperation::Write(bytes.to_vec()),
                Operation::Read(buffer) => {
                    WireOperation::Read(u16::try_from(buffer.len()).unwrap_or(u16::MAX))
                }
            })
            .collect();
        wire::send(
            stream,
            &Request::Transfer {
                address,
                operations: list,
            },
        )?;
        match wire::receive(stream)? {
            Reply::Transferred(Ok(bytes)) => {
                spread(&bytes, operations);
                Ok(Ok(()))
            }
            Reply::Transferred(Err(failure)) => Ok(Err(fault(failure))),
            Reply::Inputs(_)
            | Reply::Done
            | Reply::Report(_)
            | Reply::Faults(_)
            | Reply::Refused(_)
            | Reply::Exchanged(_)
            | Reply::Text(_) => Ok(Err(BusFault::Other)),
        }
    }
}

/// Hands the bytes read to their buffers. Where there are fewer, the adapter has ended early and reports success all the
/// same: what is behind them stays as it was, and it is for the driver to notice.
fn spread(bytes: &[u8], operations: &mut [Operation<'_>]) {
    let mut rest = bytes;
    for operation in operations {
        if let Operation::Read(buffer) = operation {
            let (own, behind) = rest.split_at(buffer.len().min(rest.len()));
            buffer[..own.len()].copy_from_slice(own);
            rest = behind;
        }
    }
}

fn fault(failure: BusFailure) -> BusFault {
    match failure {
        BusFailure::NackAddress => BusFault::NoAnswer,
        BusFailure::NackData => BusFault::DataNack,
        BusFailure::StuckLow => BusFault::StuckLow,
        BusFailure::Timeout => BusFault::Timeout,
        BusFailure::ShortTransfer => BusFault::ShortTransfer,
    }
}

/// The fault of a rack in this process.
pub fn in_process(error: hil_rig::chip::BusError) -> BusFault {
    fault(BusFailure::from(error))
}

impl ErrorType for RigBus {
    type Error = BusFault;
}

impl I2c for RigBus {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), BusFault> {
        match self.ask(address, operations) {
            Ok(result) => result,
            Err(_) => {
                // A late answer would be taken for the next one: the connection is over.
                self.stream = None;
                Err(BusFault::Timeout)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_adapter_does_not_hand_over_stays_as_it_was() {
        let (mut first, mut second) = ([0xA5; 2], [0xA5; 3]);
        let mut operations = [
            Operation::Write(&[1]),
            Operation::Read(&mut first),
            Operation::Read(&mut second),
        ];
        spread(&[1, 2, 3], &mut operations);
        assert_eq!((first, second), ([1, 2], [3, 0xA5, 0xA5]));
    }
}
