//! The latch record: what outlives the process (I03, I18). Bytes only; who writes them where is not our business.
//!
//! ```text
//!  0 magic "RLAT"   4 version u16   6 length u16   8 epoch u32   12 causes u32   16 host_down u32
//!  20 power_cut u32   24 flags u32   28 out of service u32   32..60 zero   60 CRC-32C of 0..60   all little-endian
//! ```
//!
//! Two slots are written in turn; the newer epoch that reads back wins. Writing the second slot with the same
//! content once the first is safe leaves no moment at which one bad sector can forget a latch. Version 1 had no inputs out
//! of service and is still read.

use points::input::{InputSet, VOTERS};
use points::interlock::{CauseSet, Effect, EffectSet, Latch, LatchSet};

use crate::latch::{Latched, latch_of};

/// Length of a record.
pub const RECORD_BYTES: usize = 64;

const MAGIC: [u8; 4] = *b"RLAT";
const VERSION: u16 = 2;
const VERSION_WITHOUT_INPUTS: u16 = 1;
const LENGTH: u16 = 64;
const FLAG_UNKNOWN: u32 = 1;
const FLAG_HELD_OFF: u32 = 2;
/// Both.
const FLAGS: u32 = 3;
const CHECKED: usize = RECORD_BYTES - 4;
const _: () = assert!(LENGTH as usize == RECORD_BYTES);

/// What is latched, as it must be kept. Compare two to notice a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LatchRecord {
    pub(crate) latched: Latched,
    /// The records were once unreadable and nobody has reset that: anything may have been latched (D4).
    pub(crate) unknown: bool,
    /// While unknown: the fan is held off.
    pub(crate) held_off: bool,
    /// Inputs that are out of service.
    pub(crate) out_of_service: InputSet,
}

impl LatchRecord {
    /// Nothing latched.
    pub const CLEAR: LatchRecord = LatchRecord {
        latched: Latched {
            causes: CauseSet::EMPTY,
            host_down: CauseSet::EMPTY,
            power_cut: CauseSet::EMPTY,
        },
        unknown: false,
        held_off: false,
        out_of_service: InputSet::EMPTY,
    };

    /// The causes of which anything is latched.
    pub const fn causes(&self) -> CauseSet {
        self.latched.causes
    }

    /// What a person has to reset.
    pub fn latches(&self) -> LatchSet {
        let mut latches = self.latched.latches();
        latches.put(Latch::Unknown, self.unknown);
        latches
    }

    /// The effects that are latched.
    pub fn effects(&self) -> EffectSet {
        let mut effects = self.latched.effects();
        if self.unknown {
            effects = effects.with(EffectSet::of(&[Effect::Lockout, Effect::Fault]));
            effects.put(Effect::FanOff, self.held_off || effects.has(Effect::FanOff));
        }
        effects
    }

    /// The record's bytes, with the epoch under which they are written.
    pub fn to_bytes(&self, epoch: u32) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let flags =
            if self.unknown { FLAG_UNKNOWN } else { 0 } + if self.held_off { FLAG_HELD_OFF } else { 0 };
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&VERSION.to_le_bytes());
        bytes[6..8].copy_from_slice(&LENGTH.to_le_bytes());
        let words = [
            epoch,
            self.latched.causes.0,
            self.latched.host_down.0,
            self.latched.power_cut.0,
            flags,
            self.out_of_service.0,
        ];
        for (place, word) in words.iter().enumerate() {
            bytes[8 + 4 * place..12 + 4 * place].copy_from_slice(&word.to_le_bytes());
        }
        let check = crc32c(&bytes[..CHECKED]);
        bytes[CHECKED..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// The record and its epoch.
    ///
    /// # Errors
    /// When the bytes are not a whole record of ours that makes sense.
    pub fn from_bytes(bytes: &[u8; RECORD_BYTES]) -> Result<(LatchRecord, u32), RecordError> {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let half = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        if bytes[..4] != MAGIC {
            return Err(RecordError::Magic);
        }
        if word(CHECKED) != crc32c(&bytes[..CHECKED]) {
            return Err(RecordError::Checksum);
        }
        if !matches!(half(4), VERSION | VERSION_WITHOUT_INPUTS) || half(6) != LENGTH {
            return Err(RecordError::Version);
        }
        let latched = Latched {
            causes: CauseSet(word(12)),
            host_down: CauseSet(word(16)),
            power_cut: CauseSet(word(20)),
        };
        let (flags, causes) = (word(24), latched.causes);
        let out_of_service = InputSet(word(28));
        let sense = causes.without(CauseSet::ALL).is_empty()
            && causes.iter().all(|cause| latch_of(cause).is_some())
            && latched.host_down.without(causes).is_empty()
            && latched.power_cut.without(causes).is_empty()
            && flags <= FLAGS
            && flags != FLAG_HELD_OFF
            && out_of_service.without(InputSet::ALL).is_empty()
            && !VOTERS.without(out_of_service).is_empty()
            && (half(4) == VERSION || out_of_service.is_empty());
        if !sense {
            return Err(RecordError::Nonsense);
        }
        let (unknown, held_off) = (flags & FLAG_UNKNOWN != 0, flags & FLAG_HELD_OFF != 0);
        Ok((
            LatchRecord {
                latched,
                unknown,
                held_off,
                out_of_service,
            },
            word(8),
        ))
    }
}

/// Why bytes are no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// They do not begin as a record does.
    Magic,
    /// Torn or corrupted: the check sum does not match.
    Checksum,
    /// Written by another version.
    Version,
    /// Whole, but what it says cannot be.
    Nonsense,
}

impl core::fmt::Display for RecordError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            RecordError::Magic => "not a latch record",
            RecordError::Checksum => "torn or corrupted",
            RecordError::Version => "of another version",
            RecordError::Nonsense => "whole, but impossible",
        })
    }
}

/// The newer of two records with their epochs, which wrap.
pub fn newer<R>(a: Option<(R, u32)>, b: Option<(R, u32)>) -> Option<(R, u32)> {
    match (a, b) {
        // Ahead by less than half the circle is newer.
        (Some(a), Some(b)) => Some(if b.1.wrapping_sub(a.1).wrapping_sub(1) < u32::MAX / 2 {
            b
        } else {
            a
        }),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => None,
    }
}

/// What a start finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// Commissioning has marked the data directory "never latched".
    NeverLatched,
    /// A record.
    Record(LatchRecord),
    /// No record can be read: anything may have been latched (D4).
    Unreadable,
}

impl Restored {
    /// From the two slots as they were read, where there should be a record.
    pub fn of_slots(a: &[u8; RECORD_BYTES], b: &[u8; RECORD_BYTES]) -> Restored {
        match newer(LatchRecord::from_bytes(a).ok(), LatchRecord::from_bytes(b).ok()) {
            Some((record, _)) => Restored::Record(record),
            None => Restored::Unreadable,
        }
    }

    /// The record to go on from.
    pub const fn record(&self) -> LatchRecord {
        match self {
            Restored::NeverLatched => LatchRecord::CLEAR,
            Restored::Record(record) => *record,
            Restored::Unreadable => LatchRecord {
                unknown: true,
                ..LatchRecord::CLEAR
            },
        }
    }
}

/// CRC-32C (Castagnoli), reflected, bitwise: 60 bytes at a change of a latch need no table.
pub const fn crc32c(bytes: &[u8]) -> u32 {
    let (mut crc, mut place) = (u32::MAX, 0);
    while place < bytes.len() {
        crc ^= bytes[place] as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0x82F6_3B78
            } else {
                crc >> 1
            };
            bit += 1;
        }
        place += 1;
    }
    !crc
}

const _: () = assert!(crc32c(b"123456789") == 0xE306_9283, "the check value of CRC-32C");
