//! The record of the extinguisher units: what outlives the process, apart from the latches. Bytes only; who writes them
//! where is not our business.
//!
//! ```text
//!  0 magic "RUNT"   4 version u16   6 length u16   8 epoch u32   12 day u32
//!  16, 56 a unit:   0 flags u8   1 length of its serial u8   2..26 serial   28 installed u32   32 hot u32   36 damp u32
//!  96 four serials of units taken out: length u8, 24 bytes each   196..252 zero   252 CRC-32C of 0..252
//! ```
//! Little-endian; days since 1970-01-01, 0 = none; time in hours. Written into two slots in turn, as latch records are.

use points::unit::{Serial, UnitMemory};
use points::{Date, Span};

use crate::input::UNITS;
use crate::record::{RecordError, crc32c};
use crate::unit::Unit;

/// Length of a record.
pub const UNIT_RECORD_BYTES: usize = 256;
/// Serial numbers of units taken out that are remembered; the oldest is forgotten first.
pub const SPENT: usize = 4;

const MAGIC: [u8; 4] = *b"RUNT";
const VERSION: u16 = 1;
const LENGTH: u16 = 256;
const CHECKED: usize = UNIT_RECORD_BYTES - 4;
const UNIT: usize = 16;
const UNIT_BYTES: usize = 40;
const SERIAL_BYTES: usize = 24;
const SPENT_AT: usize = UNIT + UNITS * UNIT_BYTES;
const SPENT_BYTES: usize = 1 + SERIAL_BYTES;
const _: () = assert!(LENGTH as usize == UNIT_RECORD_BYTES && SPENT_AT + SPENT * SPENT_BYTES <= CHECKED);
/// Longest exposure that is kept, in hours: a century.
const HOURS_MOST: u64 = 876_600;

const KNOWN: u8 = 1;
const FIRED: u8 = 2;
const EXPIRED: u8 = 4;
const REMOVED: u8 = 8;
/// All of them.
const FLAGS: u8 = 15;

/// What is remembered of both units. Compare two to notice a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitRecord {
    pub(crate) units: [Unit; UNITS],
    pub(crate) spent: [Serial; SPENT],
    /// The last day that was believed.
    pub(crate) day: Option<Date>,
}

impl UnitRecord {
    /// At commissioning: two good units without a serial number, installed on this day where it is known.
    pub const fn commissioned(day: Option<Date>) -> UnitRecord {
        let unit = Unit {
            memory: UnitMemory {
                known: true,
                installed: day,
                ..UnitMemory::UNKNOWN
            },
            ..Unit::UNKNOWN
        };
        UnitRecord {
            units: [unit; UNITS],
            spent: [Serial::EMPTY; SPENT],
            day,
        }
    }

    /// What is remembered of each unit.
    pub fn memory(&self) -> [UnitMemory; UNITS] {
        self.units.map(|unit| unit.memory)
    }

    /// The record's bytes, with the epoch under which they are written.
    pub fn to_bytes(&self, epoch: u32) -> [u8; UNIT_RECORD_BYTES] {
        let mut bytes = [0; UNIT_RECORD_BYTES];
        let day = |date: Option<Date>| date.map_or(0, Date::days);
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&VERSION.to_le_bytes());
        bytes[6..8].copy_from_slice(&LENGTH.to_le_bytes());
        bytes[8..12].copy_from_slice(&epoch.to_le_bytes());
        bytes[12..16].copy_from_slice(&day(self.day).to_le_bytes());
        for (place, unit) in self.units.iter().enumerate() {
            let memory = &unit.memory;
            let at = UNIT + place * UNIT_BYTES;
            let flags = [
                (memory.known, KNOWN),
                (memory.fired, FIRED),
                (memory.expired, EXPIRED),
                (memory.removed, REMOVED),
            ];
            bytes[at] = flags.iter().map(|(set, bit)| if *set { *bit } else { 0 }).sum();
            put_serial(&mut bytes[at + 1..], &memory.serial);
            let words = [day(memory.installed), hours(unit.hot), hours(unit.damp)];
            for (number, word) in words.iter().enumerate() {
                bytes[at + 28 + 4 * number..at + 32 + 4 * number].copy_from_slice(&word.to_le_bytes());
            }
        }
        for (place, serial) in self.spent.iter().enumerate() {
            let at = SPENT_AT + place * SPENT_BYTES;
            put_serial(&mut bytes[at..], serial);
        }
        let check = crc32c(&bytes[..CHECKED]);
        bytes[CHECKED..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// The record and its epoch.
    ///
    /// # Errors
    /// When the bytes are not a whole record of ours that makes sense.
    pub fn from_bytes(bytes: &[u8; UNIT_RECORD_BYTES]) -> Result<(UnitRecord, u32), RecordError> {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let half = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let day = |at: usize| Some(word(at)).filter(|days| *days > 0).map(Date::from_days);
        if bytes[..4] != MAGIC {
            return Err(RecordError::Magic);
        }
        if word(CHECKED) != crc32c(&bytes[..CHECKED]) {
            return Err(RecordError::Checksum);
        }
        if half(4) != VERSION || half(6) != LENGTH {
            return Err(RecordError::Version);
        }
        let mut record = UnitRecord {
            units: [Unit::UNKNOWN; UNITS],
            spent: [Serial::EMPTY; SPENT],
            day: day(12),
        };
        for (place, unit) in record.units.iter_mut().enumerate() {
            let at = UNIT + place * UNIT_BYTES;
            let flags = bytes[at];
            if flags > FLAGS {
                return Err(RecordError::Nonsense);
            }
            *unit = Unit {
                memory: UnitMemory {
                    known: flags & KNOWN != 0,
                    serial: serial(&bytes[at + 1..])?,
                    installed: day(at + 28),
                    fired: flags & FIRED != 0,
                    expired: flags & EXPIRED != 0,
                    removed: flags & REMOVED != 0,
                },
                hot: span(word(at + 32)),
                damp: span(word(at + 36)),
            };
        }
        for (place, spent) in record.spent.iter_mut().enumerate() {
            let at = SPENT_AT + place * SPENT_BYTES;
            *spent = serial(&bytes[at..])?;
        }
        Ok((record, word(8)))
    }
}

fn hours(time: Span) -> u32 {
    u32::try_from((time.as_us() / 3_600_000_000).min(HOURS_MOST)).unwrap_or(u32::MAX)
}

fn span(hours: u32) -> Span {
    Span::s(u64::from(hours) * 3_600)
}

/// Length and text, at the begin of what it is given.
fn put_serial(to: &mut [u8], serial: &Serial) {
    let text = serial.as_str().as_bytes();
    to[0] = u8::try_from(text.len()).unwrap_or(0);
    to[1..=text.len()].copy_from_slice(text);
}

/// The serial number whose length and text stand at the begin; a text that is longer than one is refused.
fn serial(from: &[u8]) -> Result<Serial, RecordError> {
    let text = from.get(1..=usize::from(from[0])).ok_or(RecordError::Nonsense)?;
    let text = core::str::from_utf8(text).map_err(|_| RecordError::Nonsense)?;
    Serial::new(text).map_err(|_| RecordError::Nonsense)
}
