//! What stands on a tape.

use std::io;

use points::command::{Authority, Command, Refusal};
use points::host::Seen;
use points::interlock::{CauseSet, EffectSet, LatchSet, OutputSet};
use points::snapshot::{AlarmStates, FanCommand};
use points::{Absent, Moment, Snapshot};
use safety::hosts::{HostRecord, StopRecord};
use safety::{LatchRecord, Restored, UnitRecord};
use serde::{Deserialize, Serialize};

use crate::commissioning::CommissioningRecord;
use crate::core::frame::Health;
use crate::parity::ParityRecord;
use crate::selftest::SelfTestRecord;

/// What every tape begins with.
pub(super) const MAGIC: &[u8; 8] = b"RACKTAPE";
/// Version of the format. A change of what stands on a tape is another version.
pub const VERSION: u16 = 8;
/// Longest payload of a frame; a longer one is no tape of ours.
pub const FRAME_MAX: usize = 1 << 20;

/// CRC-32C.
pub(super) static CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);

/// The first frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The software that recorded it.
    pub software: String,
    /// Version of the register map.
    pub map: u16,
    /// What was recorded: a scenario with its seed, or a rack.
    pub label: String,
    /// The site's configuration.
    pub site: String,
}

/// What a start finds on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// Commissioned and never latched.
    NeverLatched,
    /// A latch record, as its bytes.
    Record(Vec<u8>),
    /// Records that cannot be read.
    Unreadable,
}

impl From<&Restored> for Found {
    fn from(restored: &Restored) -> Self {
        match restored {
            Restored::NeverLatched => Found::NeverLatched,
            Restored::Record(record) => Found::Record(record.to_bytes(0).to_vec()),
            Restored::Unreadable => Found::Unreadable,
        }
    }
}

impl Found {
    /// What a machine starts from.
    ///
    /// # Errors
    /// When the bytes are no record.
    pub(super) fn restored(&self) -> Result<Restored, TapeError> {
        match self {
            Found::NeverLatched => Ok(Restored::NeverLatched),
            Found::Unreadable => Ok(Restored::Unreadable),
            Found::Record(bytes) => {
                let bytes = bytes.as_slice().try_into().map_err(|_| TapeError::Record)?;
                let (record, _) = LatchRecord::from_bytes(bytes).map_err(|_| TapeError::Record)?;
                Ok(Restored::Record(record))
            }
        }
    }
}

/// The record of the extinguisher units in these bytes.
///
/// # Errors
/// When they are no record.
pub(super) fn units(bytes: &[u8]) -> Result<UnitRecord, TapeError> {
    let bytes = bytes.try_into().map_err(|_| TapeError::Record)?;
    let (record, _) = UnitRecord::from_bytes(bytes).map_err(|_| TapeError::Record)?;
    Ok(record)
}

/// The record of the self-test in these bytes.
///
/// # Errors
/// When they are no record.
pub(super) fn self_test(bytes: &[u8]) -> Result<SelfTestRecord, TapeError> {
    let bytes = bytes.try_into().map_err(|_| TapeError::Record)?;
    let (record, _) = SelfTestRecord::from_bytes(bytes).ok_or(TapeError::Record)?;
    Ok(record)
}

/// The record of the commissioning in these bytes.
///
/// # Errors
/// When they are no record.
pub(super) fn commissioning(bytes: &[u8]) -> Result<CommissioningRecord, TapeError> {
    let bytes = bytes.try_into().map_err(|_| TapeError::Record)?;
    let (record, _) = CommissioningRecord::from_bytes(bytes).ok_or(TapeError::Record)?;
    Ok(record)
}

/// The record of the hosts' shutdown in these bytes.
///
/// # Errors
/// When they are no record.
pub(super) fn hosts(bytes: &[u8]) -> Result<HostRecord, TapeError> {
    let bytes = bytes.try_into().map_err(|_| TapeError::Record)?;
    let (record, _) = HostRecord::from_bytes(bytes).ok_or(TapeError::Record)?;
    Ok(record)
}

/// The record of the hosts' stop times in these bytes.
///
/// # Errors
/// When they are no record.
pub(super) fn stops(bytes: &[u8]) -> Result<StopRecord, TapeError> {
    let bytes = bytes.try_into().map_err(|_| TapeError::Record)?;
    let (record, _) = StopRecord::from_bytes(bytes).ok_or(TapeError::Record)?;
    Ok(record)
}

/// The record of what parity has learned in these bytes.
///
/// # Errors
/// When they are no record.
pub(super) fn parity(bytes: &[u8]) -> Result<ParityRecord, TapeError> {
    let bytes = bytes.try_into().map_err(|_| TapeError::Record)?;
    let (record, _) = ParityRecord::from_bytes(bytes).ok_or(TapeError::Record)?;
    Ok(record)
}

/// What came from a device since the tick before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DeviceChange {
    /// The device's place.
    pub place: u16,
    /// Its bytes, or why there are none.
    pub result: Result<Vec<u8>, Absent>,
    /// The tick's moment minus the frame's, us; modulo 2^64, so that nothing is rounded away.
    pub age_us: u64,
    /// Its count.
    pub count: u32,
}

/// What stands in a picture besides its points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    pub alarms: AlarmStates,
    pub causes: CauseSet,
    pub latched: CauseSet,
    pub latches: LatchSet,
    pub effects: EffectSet,
    pub fan: FanCommand,
    pub outputs: OutputSet,
}

impl Standing {
    pub fn of(picture: &Snapshot) -> Self {
        Standing {
            alarms: picture.alarms,
            causes: picture.causes,
            latched: picture.latched,
            latches: picture.latches,
            effects: picture.effects,
            fan: picture.fan,
            outputs: picture.outputs,
        }
    }

    /// The first that differs from another, in words.
    pub fn difference(&self, other: &Standing) -> Option<&'static str> {
        let told = [
            (self.causes != other.causes, "causes"),
            (self.latched != other.latched, "latched causes"),
            (self.latches != other.latches, "latches"),
            (self.effects != other.effects, "effects"),
            (self.fan != other.fan, "fan command"),
            (self.outputs != other.outputs, "outputs"),
            (self.alarms != other.alarms, "alarms"),
        ];
        told.into_iter()
            .find(|(differs, _)| *differs)
            .map(|(_, word)| word)
    }
}

impl Default for Standing {
    fn default() -> Self {
        Standing::of(&Snapshot::default())
    }
}

/// A tick: what it saw that had changed, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Tick {
    /// Its moment.
    pub now: Moment,
    /// Devices that have changed.
    pub devices: Vec<DeviceChange>,
    /// Levels of the lines, where they have changed.
    pub lines: Option<Result<u64, Absent>>,
    /// Health, where it has changed.
    pub health: Option<Health>,
    /// What the front has seen of the hosts, where it has changed.
    pub hosts: Option<Box<Seen>>,
    /// Points whose values have changed, by their place.
    pub points: Vec<(u16, Result<f64, Absent>)>,
    /// What stands, where it has changed.
    pub standing: Option<Standing>,
    /// Digest of the whole picture, with every age.
    pub digest: u64,
}

/// One thing on the tape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Entry {
    /// A core starts; what it knew before is gone.
    Start {
        /// When.
        now: Moment,
        /// What it finds on disk.
        found: Found,
        /// The record of the extinguisher units, as its bytes, where one can be read.
        units: Option<Vec<u8>>,
        /// The record of the self-test, as its bytes, where one can be read.
        self_test: Option<Vec<u8>>,
        /// The record of the commissioning, as its bytes, where one can be read.
        commissioning: Option<Vec<u8>>,
        /// The record of the hosts' shutdown, as its bytes, where one can be read.
        hosts: Option<Vec<u8>>,
        /// The record of their stop times, as its bytes, where one can be read.
        stops: Option<Vec<u8>>,
        /// The record of what parity has learned, where there is one.
        parity: Option<Vec<u8>>,
        /// The auxiliary contact of the fan, where it could be read.
        contact_open: Option<bool>,
        /// Devices of its site.
        devices: u16,
    },
    /// A person's command and its answer.
    Command {
        /// When.
        now: Moment,
        /// What.
        command: Command,
        /// How many persons stood behind it by one-time responses.
        by: Authority,
        /// The answer.
        answer: Result<(), Refusal>,
    },
    /// A tick.
    Tick(Tick),
    /// The recording was ended in order.
    End {
        /// Ticks on the tape.
        ticks: u64,
    },
}

/// Why a tape cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The file.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It does not begin as a tape does.
    #[error("this is no recording: it does not begin with RACKTAPE")]
    Magic,
    /// Another version of the format.
    #[error(
        "a recording of format {0}; this software reads format {VERSION}: replay it with the version that recorded it"
    )]
    Version(u16),
    /// The file ends in the middle.
    #[error(
        "the recording is cut short after {ticks} ticks, at byte {at}: it was not ended in order, or not copied whole"
    )]
    Truncated {
        /// Where.
        at: u64,
        /// Whole ticks before it.
        ticks: u64,
    },
    /// A check sum does not match.
    #[error("the recording is damaged at byte {0}: the check sum does not match")]
    Checksum(u64),
    /// A frame longer than any that is written.
    #[error("the recording is damaged at byte {at}: a frame of {length} bytes, more than {FRAME_MAX}")]
    TooLong {
        /// Where.
        at: u64,
        /// Its length.
        length: u32,
    },
    /// Whole, and yet not what is written on a tape.
    #[error("the recording is damaged at byte {0}: {1}")]
    Nonsense(u64, &'static str),
    /// A latch record.
    #[error("a latch record on the recording cannot be read")]
    Record,
    /// The site's configuration.
    #[error("the site's configuration on the recording: {0}")]
    Site(#[from] crate::config::ConfigError),
    /// The sink took no more.
    #[error("the recording ends early: its writer took no more")]
    Full,
}
