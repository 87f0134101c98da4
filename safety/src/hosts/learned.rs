//! Stop times as they were measured, and what a tier's stage makes of them. Their record outlives the process. Bytes only; who
//! writes them where is not our business.
//!
//! ```text
//!  0 magic "RSTP"   4 version u16   6 length u16   8 epoch u32   12 zero   16.. 32 entries of 44   1424 CRC-32C
//!  entry: 0 key u64, 0 for none   8 count u8   9 zero   12 begun 8 x u16   28 off 8 x u16
//! ```
//! Little-endian, times in tenths of a second, the newest first. An entry belongs to a host's name and not to its place, so a
//! site file that is changed gives no host another one's times.

use points::host::{Roster, TARGETS, TIERS, TargetSet, TierSet};
use points::{Moment, Span};

use super::Planner;
use super::drill::Phase;
use super::evidence::Weighed;
use crate::record::crc32c;

/// Stops that are remembered of a target; an older one is forgotten.
pub const STOPS_KEPT: usize = 8;
/// From so many on they take the place of what is configured.
pub const STOPS_ENOUGH: usize = 3;
/// A tier's stop time is never shorter or longer, whatever was measured.
pub const STOP_LEAST: Span = Span::s(1);
/// See [`STOP_LEAST`].
pub const STOP_MOST: Span = Span::s(3600);
/// Length of a record.
pub const STOP_RECORD_BYTES: usize = CHECKED + 4;

const MAGIC: [u8; 4] = *b"RSTP";
const VERSION: u16 = 1;
const ENTRY: usize = 44;
const FIRST: usize = 16;
const CHECKED: usize = FIRST + TARGETS * ENTRY;
const LENGTH: u16 = 1428;
const _: () = assert!(LENGTH as usize == STOP_RECORD_BYTES);
/// A tenth of a second.
const TENTH_US: u64 = 100_000;
/// Nobody saw when it began to stop.
const UNSEEN: u16 = u16::MAX;

/// One stop as it was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// From the order to the first sign that it stops, where there was one.
    pub begun: Option<Span>,
    /// From the order to the proof that it is off.
    pub off: Span,
}

/// The last stops of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopTimes {
    /// Of its name ([`points::host::key`]).
    key: u64,
    count: u8,
    begun: [u16; STOPS_KEPT],
    off: [u16; STOPS_KEPT],
}

impl StopTimes {
    /// How many are remembered.
    pub fn count(&self) -> usize {
        usize::from(self.count).min(STOPS_KEPT)
    }

    /// The stops, the newest first.
    pub fn iter(&self) -> impl Iterator<Item = Stop> {
        let both = self.begun.into_iter().zip(self.off);
        both.take(self.count()).map(|(begun, off)| Stop {
            begun: (begun != UNSEEN).then(|| tenths(begun)),
            off: tenths(off),
        })
    }

    /// The longest, which with so few is what 95 of 100 stay below.
    pub fn longest(&self) -> Span {
        self.iter()
            .map(|stop| stop.off)
            .fold(Span::ZERO, |one, other| one.max(other))
    }

    fn add(&mut self, stop: Stop) {
        self.begun.rotate_right(1);
        self.off.rotate_right(1);
        self.begun[0] = stop.begun.map_or(UNSEEN, up);
        self.off[0] = up(stop.off);
        self.count = self.count.saturating_add(1).min(8);
    }
}

/// Whole tenths, none of them lost; never the mark of what was not seen.
fn up(span: Span) -> u16 {
    let tenths = span.as_us().div_ceil(TENTH_US);
    u16::try_from(tenths).unwrap_or(UNSEEN).min(UNSEEN - 1)
}

fn tenths(tenths: u16) -> Span {
    Span::ms(100 * u64::from(tenths))
}

/// What is remembered of all targets. Compare two to notice a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopRecord {
    targets: [Option<StopTimes>; TARGETS],
}

impl Default for StopRecord {
    fn default() -> Self {
        StopRecord {
            targets: [None; TARGETS],
        }
    }
}

impl StopRecord {
    /// The stops of the target whose name has this key.
    pub fn of(&self, key: u64) -> Option<&StopTimes> {
        self.targets.iter().flatten().find(|times| times.key == key)
    }

    /// Adds a stop. Where there is no room, a name that the site has no longer gives its place.
    fn add(&mut self, roster: &Roster, key: u64, stop: Stop) {
        let named = |key: u64| roster.targets.iter().flatten().any(|target| target.key == key);
        let own = |times: &Option<StopTimes>| times.is_some_and(|times| times.key == key);
        let gone = |times: &Option<StopTimes>| times.is_some_and(|times| !named(times.key));
        let place = (self.targets.iter().position(own))
            .or_else(|| self.targets.iter().position(Option::is_none))
            .or_else(|| self.targets.iter().position(gone));
        if let Some(place) = place.and_then(|place| self.targets.get_mut(place)) {
            let fresh = StopTimes {
                key,
                count: 0,
                begun: [UNSEEN; STOPS_KEPT],
                off: [0; STOPS_KEPT],
            };
            let mut times = place.filter(|times| times.key == key).unwrap_or(fresh);
            times.add(stop);
            *place = Some(times);
        }
    }

    /// The record's bytes, with the epoch under which they are written.
    pub fn to_bytes(&self, epoch: u32) -> [u8; STOP_RECORD_BYTES] {
        let mut bytes = [0; STOP_RECORD_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&VERSION.to_le_bytes());
        bytes[6..8].copy_from_slice(&LENGTH.to_le_bytes());
        bytes[8..12].copy_from_slice(&epoch.to_le_bytes());
        let (entries, _) = bytes[FIRST..CHECKED].as_chunks_mut::<ENTRY>();
        for (entry, times) in entries.iter_mut().zip(&self.targets) {
            let Some(times) = times else { continue };
            entry[..8].copy_from_slice(&times.key.to_le_bytes());
            entry[8] = times.count;
            let (words, _) = entry[12..].as_chunks_mut::<2>();
            for (word, value) in words.iter_mut().zip(times.begun.into_iter().chain(times.off)) {
                *word = value.to_le_bytes();
            }
        }
        let check = crc32c(&bytes[..CHECKED]);
        bytes[CHECKED..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// The record and its epoch; nothing where the bytes are not a whole one of ours.
    pub fn from_bytes(bytes: &[u8; STOP_RECORD_BYTES]) -> Option<(Self, u32)> {
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let whole = bytes[..4] == MAGIC
            && bytes[4..6] == VERSION.to_le_bytes()
            && bytes[6..8] == LENGTH.to_le_bytes()
            && word(CHECKED) == Some(crc32c(&bytes[..CHECKED]));
        let mut record = StopRecord::default();
        let (entries, _) = bytes[FIRST..CHECKED].as_chunks::<ENTRY>();
        for (entry, place) in entries.iter().zip(&mut record.targets) {
            let key = u64::from_le_bytes(entry.first_chunk().copied()?);
            if key == 0 {
                continue;
            }
            let mut times = StopTimes {
                key,
                count: entry[8],
                begun: [0; STOPS_KEPT],
                off: [0; STOPS_KEPT],
            };
            let (words, _) = entry[12..].as_chunks::<2>();
            for (value, word) in times.begun.iter_mut().chain(&mut times.off).zip(words) {
                *value = u16::from_le_bytes(*word);
            }
            if times.count() != usize::from(times.count) {
                return None;
            }
            *place = Some(times);
        }
        whole.then_some((record, word(8)?))
    }
}

/// Measures the stops that are under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    /// Targets that were told, as of the last tick.
    told: TargetSet,
    /// Since when, where its stop is measured.
    since: [Option<Moment>; TARGETS],
    /// From the order to its first sign of stopping.
    begun: [Option<Span>; TARGETS],
}

impl Watch {
    /// Nothing is measured of what was told before this process began: nobody knows when.
    pub(super) const fn new(told: TargetSet) -> Self {
        Watch {
            told,
            since: [None; TARGETS],
            begun: [None; TARGETS],
        }
    }

    /// The stops of these are measured no further.
    pub(super) fn forget(&mut self, targets: TargetSet) {
        for place in targets.iter() {
            if let Some(since) = self.since.get_mut(place) {
                *since = None;
            }
        }
    }

    /// From the order to the first sign of stopping, where it is measured.
    pub(super) fn begun(&self, place: usize) -> Option<Span> {
        self.begun.get(place).copied().flatten()
    }
}

impl Planner {
    /// Takes the stops that are under way further. One counts that was seen to run when it was told, and was stopped by
    /// nothing but the order. Once nothing asks for the shutdown any more, what has had its time is measured no further: whoever
    /// switches a host off then, hours later, is no stop of it.
    pub(super) fn measure(&mut self, now: Moment, weighed: &[Weighed; TARGETS]) {
        let late = self.late(now);
        for (place, weighed) in weighed.iter().enumerate() {
            let Some(target) = self.roster.targets.get(place).copied().flatten() else {
                continue;
            };
            let (Some(since), Some(begun)) =
                (self.watch.since.get_mut(place), self.watch.begun.get_mut(place))
            else {
                continue;
            };
            let tier = usize::from(target.tier);
            let told = self.record.tells(place, target);
            let rests = !self.record.active && matches!(self.record.phase, Phase::None);
            if told && !self.watch.told.has(place) {
                (*since, *begun) = ((weighed.up && !weighed.seems_off()).then_some(now), None);
            } else if !told || self.record.forced.has(place) || rests && late.has(tier) {
                *since = None;
            }
            self.watch.told.put(place, told);
            let Some(at) = *since else { continue };
            if self.record.acknowledged.has(place) && begun.is_none() {
                *begun = Some(now.since(at));
            }
            if self.record.off.has(place) {
                let stop = Stop {
                    begun: *begun,
                    off: now.since(at),
                };
                *since = None;
                self.stops.add(&self.configured, target.key, stop);
                self.stop_changes = self.stop_changes.wrapping_add(1);
                self.drilled_stop(place, stop.begun, stop.off);
            }
        }
    }

    /// Takes what was learned into the stages, between incidents: no stage changes its length while one is under way.
    /// `others`: tiers in which hosts may be logged in that nobody named, and nobody measures.
    pub(super) fn relearn(&mut self, others: TierSet) {
        if self.record.active || self.drills() || !self.record.told_none() || !self.record.back.is_empty() {
            return;
        }
        self.apply(others);
    }

    /// The same at a start, whatever is under way: its stages begin anew. Nobody has said yet who is logged in.
    pub(super) fn learn_at_start(&mut self) {
        self.apply(self.configured.all());
    }

    fn apply(&mut self, others: TierSet) {
        for tier in 0..TIERS {
            let stop = self.stop_of(tier, others.has(tier));
            if let (Some(Some(times)), Some(stop)) = (self.roster.tiers.get_mut(tier), stop) {
                times.stop = stop;
            }
        }
    }

    /// The stop time of a tier: the longest of its targets'.
    fn stop_of(&self, tier: usize, others: bool) -> Option<Span> {
        let configured = self.configured.tiers.get(tier).copied().flatten()?.stop;
        let own = |place: usize| {
            let target = self.configured.targets.get(place).copied().flatten();
            let times = target.and_then(|target| self.stops.of(target.key));
            match times {
                Some(times) if times.count() >= STOPS_ENOUGH => times.longest(),
                Some(times) => times.longest().max(configured),
                None => configured,
            }
        };
        let members = self.configured.members(tier);
        let rest = if others || members.is_empty() {
            configured
        } else {
            STOP_LEAST
        };
        let longest = members.iter().map(own).fold(rest, |one, other| one.max(other));
        Some(longest.max(STOP_LEAST).min(STOP_MOST))
    }
}
