//! Records a run: takes what every tick sees and what came of it, writes what has changed.
//!
//! One tick costs a comparison of every device and point; its bytes are gathered and handed on some [`FRAME`] at a
//! time. A sink that takes no more ends the recording, never the run.

use std::io::{self, Write};

use points::command::{Authority, Command, Refusal};
use points::host::Seen;
use points::{Absent, Moment, Snapshot, point};

use super::format::{
    CRC, DeviceChange, Entry, FRAME_MAX, Found, Header, MAGIC, Standing, TapeError, Tick, VERSION,
};
use crate::core::digest::Digest;
use crate::core::frame::{DeviceFrame, Frame, Health};
use crate::tick;

/// Bytes gathered before they are handed on: at most so many are lost when the recording process is killed.
const FRAME: usize = 1 << 16;
/// A single entry is far below this; together with [`FRAME`] a frame stays below its bound.
const ENTRY_MAX: usize = 1 << 18;
const _: () = assert!(FRAME + ENTRY_MAX < FRAME_MAX);

/// Where a recording goes.
pub trait Sink: Send {
    /// Takes some bytes.
    ///
    /// # Errors
    /// When it takes no more.
    fn take(&mut self, bytes: &[u8]) -> Result<(), TapeError>;

    /// Everything has to be where it belongs.
    ///
    /// # Errors
    /// When it is not.
    fn end(&mut self) -> Result<(), TapeError>;
}

/// A file, or anything that is written.
#[derive(Debug)]
pub struct FileSink<W>(pub W);

impl<W: Write + Send> Sink for FileSink<W> {
    fn take(&mut self, bytes: &[u8]) -> Result<(), TapeError> {
        Ok(self.0.write_all(bytes)?)
    }

    fn end(&mut self) -> Result<(), TapeError> {
        Ok(self.0.flush()?)
    }
}

/// What was seen and said last.
struct Last {
    devices: Vec<DeviceFrame>,
    lines: Result<u64, Absent>,
    health: Option<Health>,
    hosts: Seen,
    points: [Result<f64, Absent>; point::COUNT],
    standing: Standing,
}

impl Last {
    fn nothing(devices: usize) -> Self {
        let frame = Frame::starting(devices);
        Last {
            devices: frame.devices,
            lines: frame.lines,
            health: None,
            hosts: frame.hosts,
            points: [Err(Absent::NotFitted); point::COUNT],
            standing: Standing::default(),
        }
    }
}

/// Records a run.
pub struct Recorder {
    sink: Box<dyn Sink>,
    gathered: Vec<u8>,
    last: Last,
    ticks: u64,
    failed: Option<TapeError>,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder")
            .field("ticks", &self.ticks)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// Two numbers or absences to the last bit.
pub(super) fn same(a: Result<f64, Absent>, b: Result<f64, Absent>) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => a.to_bits() == b.to_bits(),
        (Err(a), Err(b)) => a == b,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}

impl Recorder {
    /// Begins a recording.
    ///
    /// # Errors
    /// When the sink does not take its beginning.
    pub fn new(mut sink: Box<dyn Sink>, header: &Header) -> Result<Self, TapeError> {
        let mut begin = MAGIC.to_vec();
        begin.extend(VERSION.to_le_bytes());
        let payload = postcard::to_stdvec(header).map_err(|_| TapeError::Full)?;
        frame(&mut begin, &payload);
        sink.take(&begin)?;
        Ok(Recorder {
            sink,
            gathered: Vec::with_capacity(FRAME + ENTRY_MAX),
            last: Last::nothing(0),
            ticks: 0,
            failed: None,
        })
    }

    /// A core starts: everything it sees and says is new.
    pub fn start(&mut self, now: Moment, found: &tick::Found, contact_open: Option<bool>, devices: usize) {
        self.last = Last::nothing(devices);
        self.put(&Entry::Start {
            now,
            found: Found::from(&found.latches),
            units: found.units.map(|record| record.to_bytes(0).to_vec()),
            self_test: found.self_test.map(|record| record.to_bytes(0).to_vec()),
            commissioning: found.commissioning.map(|record| record.to_bytes(0).to_vec()),
            hosts: found.hosts.map(|record| record.to_bytes(0).to_vec()),
            stops: found.stops.map(|record| record.to_bytes(0).to_vec()),
            parity: found.parity.map(|record| record.to_bytes(0).to_vec()),
            contact_open,
            devices: u16::try_from(devices).unwrap_or(u16::MAX),
        });
    }

    /// A person's command and its answer.
    pub fn command(&mut self, now: Moment, command: &Command, by: Authority, answer: Result<(), Refusal>) {
        self.put(&Entry::Command {
            now,
            command: *command,
            by,
            answer,
        });
    }

    /// A tick: what it saw and its picture.
    pub fn tick(&mut self, frame: &Frame, picture: &Snapshot) {
        if self.failed.is_some() {
            return;
        }
        let entry = self.changes(frame, picture);
        self.ticks += 1;
        self.put(&Entry::Tick(entry));
    }

    fn changes(&mut self, frame: &Frame, picture: &Snapshot) -> Tick {
        let (now, last) = (picture.now, &mut self.last);
        let mut devices = Vec::new();
        for (place, (before, after)) in (0u16..).zip(last.devices.iter_mut().zip(&frame.devices)) {
            if before != after {
                *before = *after;
                devices.push(DeviceChange {
                    place,
                    result: after.result.map(|raw| raw.bytes().to_vec()),
                    age_us: now.as_us().wrapping_sub(after.at.as_us()),
                    count: after.count,
                });
            }
        }
        let mut points = Vec::new();
        for (place, (before, cell)) in (0u16..).zip(last.points.iter_mut().zip(&picture.cells)) {
            if !same(*before, cell.value) {
                *before = cell.value;
                points.push((place, cell.value));
            }
        }
        let lines = (last.lines != frame.lines).then_some(frame.lines);
        last.lines = frame.lines;
        let health = (last.health != Some(frame.health)).then_some(frame.health);
        last.health = Some(frame.health);
        let hosts = (last.hosts != frame.hosts).then(|| Box::new(frame.hosts));
        last.hosts = frame.hosts;
        let stands = Standing::of(picture);
        let standing = (last.standing != stands).then_some(stands);
        last.standing = stands;
        let mut digest = Digest::default();
        digest.picture(picture);
        Tick {
            now,
            devices,
            lines,
            health,
            hosts,
            points,
            standing,
            digest: digest.value(),
        }
    }

    fn put(&mut self, entry: &Entry) {
        if self.failed.is_some() {
            return;
        }
        let gathered = std::mem::take(&mut self.gathered);
        match postcard::to_extend(entry, gathered) {
            Ok(gathered) => self.gathered = gathered,
            Err(_) => self.failed = Some(TapeError::Full),
        }
        if self.gathered.len() >= FRAME {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        if self.failed.is_some() || self.gathered.is_empty() {
            return;
        }
        let mut bytes = Vec::with_capacity(self.gathered.len() + 8);
        frame(&mut bytes, &self.gathered);
        self.gathered.clear();
        if let Err(error) = self.sink.take(&bytes) {
            self.failed = Some(error);
        }
    }

    /// Why it has ended early, if it has.
    pub fn trouble(&self) -> Option<&TapeError> {
        self.failed.as_ref()
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// When not all of it is where it belongs.
    pub fn end(mut self) -> Result<u64, TapeError> {
        let ticks = self.ticks;
        self.put(&Entry::End { ticks });
        self.hand_on();
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.sink.end().map(|()| ticks),
        }
    }
}

/// Puts a payload into its frame.
pub(super) fn frame(to: &mut Vec<u8>, payload: &[u8]) {
    // Far below 4 GiB: see FRAME and ENTRY_MAX.
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    to.extend(length.to_le_bytes());
    to.extend(CRC.checksum(payload).to_le_bytes());
    to.extend(payload);
}

/// A file to record into.
///
/// # Errors
/// When it cannot be made.
pub fn file(path: &std::path::Path) -> io::Result<Box<dyn Sink>> {
    let file = std::fs::File::create(path)?;
    Ok(Box::new(FileSink(io::BufWriter::new(file))))
}
