//! The record of the hosts' shutdown: what outlives the process, so that no stage is lost, invented or repeated. Bytes only;
//! who writes them where is not our business.
//!
//! ```text
//!  0 magic "RHST"   4 version u16   6 length u16   8 epoch u32   12 incident u32   16 number u32
//!  20 committed u8   21 mode u8   22 flags u8   23 phase of the drill u8   24 acknowledged u32   28 off u32
//!  32 outlets u16   34 back u8   35 capped u8   36 drilled u32   40 number of the drill u32   44 forced u32   48 named u32
//!  52 bytes of the name u8   53 bytes of the reason u8   54 held u16   56 name of 40   96 reason of 96   192 falling u32
//!  196 names of the tiers, 8 of u32   228 names of the targets, 32 of u32   356 CRC-32C
//! ```
//! Name and reason are those of the drill that runs, none where its name has no bytes. Version 3 ended with its check at 192 and had
//! zeros at 34, 35 and 54: nobody was on the way back, capped or held. Versions 1 and 2 were 64 bytes long, with zeros from 52 on and
//! the check at 60; version 1 had zeros from 32 on and at 23, which say that there was no drill and that no outlet was off.
//! It stays within one sector of 512 bytes, so that a cut in the middle of a write tears nothing.
//! Little-endian. Written into two slots in turn, as latch records are.

use points::ShutdownMode;
use points::command::{Name, Reason};
use points::host::{OutletSet, TARGETS, TIERS, Target, TargetSet, TierSet};

use super::drill::Phase;
use super::restore::Names;
use crate::record::crc32c;

/// Length of a record.
pub const HOST_RECORD_BYTES: usize = CHECKED + 4;
const MAGIC: [u8; 4] = *b"RHST";
const VERSION: u16 = 4;
/// The oldest that is read.
const VERSION_LEAST: u16 = 1;
const LENGTH: u16 = 360;
const CHECKED: usize = HOSTS.end;
const _: () = assert!(LENGTH as usize == HOST_RECORD_BYTES && HOST_RECORD_BYTES <= 512);
/// Length of a record of version 3, and what of it is checked; the same of those before.
const THIRD: (u16, usize) = (196, REASON.end);
const BEFORE: (u16, usize) = (64, 60);
/// Where the name stands, and the reason.
const NAME: core::ops::Range<usize> = 56..96;
const REASON: core::ops::Range<usize> = 96..192;
/// Where the names of tiers stand as numbers, and those of targets.
const GROUPS: core::ops::Range<usize> = 196..196 + 4 * TIERS;
const HOSTS: core::ops::Range<usize> = GROUPS.end..GROUPS.end + 4 * TARGETS;

const ACTIVE: u8 = 1;
const ABORTED: u8 = 2;

/// What is remembered. Compare two to notice a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostRecord {
    /// Incidents counted so far; the number of the one that is under way or was last.
    pub(crate) incident: u32,
    /// Rises with every change of what is committed.
    pub(crate) number: u32,
    /// Tiers that shut down or are down.
    pub(crate) committed: TierSet,
    /// Order of the incident, `None` outside one.
    pub(crate) mode: Mode,
    /// The interlocks ask for the shutdown.
    pub(crate) active: bool,
    /// A person has stopped the sequence before its next stage.
    pub(crate) aborted: bool,
    /// Targets that have begun to stop.
    pub(crate) acknowledged: TargetSet,
    /// Targets that were proven off.
    pub(crate) off: TargetSet,
    /// Outlets that are off by an order, or come back and are not known to be on.
    pub(crate) outlets: OutletSet,
    /// Targets that were switched off without their consent.
    pub(crate) forced: TargetSet,
    /// Targets that a drill has told to shut down, whether or not their tier is.
    pub(crate) drilled: TargetSet,
    /// Targets that were named for the drill that runs.
    pub(crate) named: TargetSet,
    /// Drills counted so far.
    pub(crate) drill: u32,
    /// How far the drill is.
    pub(crate) phase: Phase,
    /// Who started it, and why.
    pub(crate) by: Option<(Name, Reason)>,
    /// Tiers on their way back.
    pub(crate) back: TierSet,
    /// Targets that were released though nobody had seen them off: an order that is taken back stops no shutdown that has begun.
    pub(crate) falling: TargetSet,
    /// By how many percent of rated hosts are capped, whole ones.
    pub(crate) capped: u8,
    /// A person holds the next stage back, and for so long: seconds.
    pub(crate) held: u16,
    /// Whose places the sets above mean.
    pub(crate) names: Names,
}

/// [`ShutdownMode`] with an order: it only rises within an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    #[default]
    None,
    Staged,
    Compressed,
    AtOnce,
}

impl Mode {
    const ALL: [Mode; 4] = [Mode::None, Mode::Staged, Mode::Compressed, Mode::AtOnce];

    pub(crate) const fn state(self) -> ShutdownMode {
        match self {
            Mode::None => ShutdownMode::None,
            Mode::Staged => ShutdownMode::Staged,
            Mode::Compressed => ShutdownMode::Compressed,
            Mode::AtOnce => ShutdownMode::AtOnce,
        }
    }
}

impl HostRecord {
    /// Outlets that are off by an order.
    pub const fn outlets(&self) -> OutletSet {
        self.outlets
    }

    /// The same with these outlets.
    #[must_use]
    pub const fn with_outlets(mut self, outlets: OutletSet) -> Self {
        self.outlets = outlets;
        self
    }

    /// Who started the drill that runs, and why; none where none does.
    pub const fn drilled_by(&self) -> Option<(Name, Reason)> {
        self.by
    }

    /// The same with who started the drill, where one runs.
    #[must_use]
    pub fn with_drilled_by(mut self, by: Option<(Name, Reason)>) -> Self {
        self.by = by.filter(|(name, _)| self.phase != Phase::None && !name.is_empty());
        self
    }

    /// A target is told to shut down: with its tier, or by a drill.
    pub(crate) fn tells(&self, place: usize, target: Target) -> bool {
        self.committed.has(usize::from(target.tier)) || self.drilled.has(place)
    }

    /// Nobody is told.
    pub(crate) const fn told_none(&self) -> bool {
        self.committed.is_empty() && self.drilled.is_empty()
    }

    /// The record's bytes, with the epoch under which they are written.
    pub fn to_bytes(&self, epoch: u32) -> [u8; HOST_RECORD_BYTES] {
        let mut bytes = [0; HOST_RECORD_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&VERSION.to_le_bytes());
        bytes[6..8].copy_from_slice(&LENGTH.to_le_bytes());
        bytes[8..12].copy_from_slice(&epoch.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.incident.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.number.to_le_bytes());
        bytes[20] = self.committed.0;
        bytes[21] = self.mode as u8;
        bytes[22] = if self.active { ACTIVE } else { 0 } | if self.aborted { ABORTED } else { 0 };
        bytes[23] = self.phase as u8;
        bytes[24..28].copy_from_slice(&self.acknowledged.0.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.off.0.to_le_bytes());
        bytes[32..34].copy_from_slice(&self.outlets.0.to_le_bytes());
        bytes[34] = self.back.0;
        bytes[35] = self.capped;
        bytes[36..40].copy_from_slice(&self.drilled.0.to_le_bytes());
        bytes[40..44].copy_from_slice(&self.drill.to_le_bytes());
        bytes[44..48].copy_from_slice(&self.forced.0.to_le_bytes());
        bytes[48..52].copy_from_slice(&self.named.0.to_le_bytes());
        bytes[54..56].copy_from_slice(&self.held.to_le_bytes());
        bytes[192..196].copy_from_slice(&self.falling.0.to_le_bytes());
        let names = self.names.tiers.iter().chain(&self.names.targets);
        for (place, name) in bytes[GROUPS.start..HOSTS.end].chunks_exact_mut(4).zip(names) {
            place.copy_from_slice(&name.to_le_bytes());
        }
        if let Some((name, reason)) = &self.by {
            let texts = [(52, NAME, name.as_str()), (53, REASON, reason.as_str())];
            for (length, place, text) in texts {
                // Texts have at most so many bytes as their places: see below.
                bytes[length] = u8::try_from(text.len()).unwrap_or(0);
                bytes[place]
                    .iter_mut()
                    .zip(text.bytes())
                    .for_each(|(to, from)| *to = from);
            }
        }
        let check = crc32c(&bytes[..CHECKED]);
        bytes[CHECKED..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// The record and its epoch; nothing where the bytes are not a whole one of ours.
    pub fn from_bytes(bytes: &[u8; HOST_RECORD_BYTES]) -> Option<(Self, u32)> {
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let version = u16::from_le_bytes([bytes[4], bytes[5]]);
        let (length, checked) = match version {
            VERSION => (LENGTH, CHECKED),
            3 => THIRD,
            _ => BEFORE,
        };
        let whole = bytes[..4] == MAGIC
            && (VERSION_LEAST..=VERSION).contains(&version)
            && bytes[6..8] == length.to_le_bytes()
            && word(checked) == Some(crc32c(bytes.get(..checked)?))
            && bytes[22] & !(ACTIVE | ABORTED) == 0;
        let mode = *Mode::ALL.get(usize::from(bytes[21]))?;
        let phase = *Phase::ALL.get(usize::from(bytes[23]))?;
        let text = |length: usize, place: core::ops::Range<usize>| {
            let own = bytes.get(place)?.get(..usize::from(*bytes.get(length)?))?;
            core::str::from_utf8(own).ok()
        };
        // A text that does not read costs itself, never the record. Before version 3 there was none.
        let name = text(52, NAME).filter(|name| version >= 3 && !name.is_empty());
        let name = name.and_then(|name| Name::new(name).ok());
        let reason = text(53, REASON).and_then(|reason| Reason::new(reason).ok());
        let is_own = version == VERSION;
        let mut names = Names::default();
        let stood = bytes[GROUPS.start..HOSTS.end].as_chunks::<4>().0;
        for (name, stood) in names.tiers.iter_mut().chain(&mut names.targets).zip(stood) {
            *name = if is_own { u32::from_le_bytes(*stood) } else { 0 };
        }
        let record = HostRecord {
            by: name.zip(reason),
            incident: word(12)?,
            number: word(16)?,
            committed: TierSet(bytes[20]),
            mode,
            active: bytes[22] & ACTIVE != 0,
            aborted: bytes[22] & ABORTED != 0,
            acknowledged: TargetSet(word(24)?),
            off: TargetSet(word(28)?),
            outlets: OutletSet(u16::from_le_bytes([bytes[32], bytes[33]])),
            forced: TargetSet(word(44)?),
            drilled: TargetSet(word(36)?),
            named: TargetSet(word(48)?),
            drill: word(40)?,
            phase,
            back: TierSet(bytes[34]),
            falling: TargetSet(if is_own { word(192)? } else { 0 }),
            capped: bytes[35],
            held: u16::from_le_bytes([bytes[54], bytes[55]]),
            names,
        };
        whole.then_some((record, word(8)?))
    }
}
