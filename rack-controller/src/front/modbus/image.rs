//! A picture as registers and bits: pure, made once a picture and shared by every connection.

use std::time::Duration;

use points::alarm::{self, AlarmSet, Group};
use points::fixed::{self, NONE_SIGNED, NONE_UNSIGNED};
use points::point::{self, controller};
use points::setting::{self, Settings};
use points::{Quality, Snapshot, Span};

use super::map::{Bits, END, FIRST_OUT, FURTHER, SELF_TEST, SETTINGS, SUMMARY, TIME, float_of};

/// Older than this, a picture is no picture: no value of it goes out as good.
pub(super) const PICTURE_MAX_AGE: Duration = Duration::from_secs(2);

/// All registers, big-endian, and all bits.
#[derive(Clone, Debug)]
pub(super) struct Image {
    bytes: Vec<u8>,
    /// Nothing when the picture is too old: a bit cannot say "no value".
    bits: Option<[u128; Bits::ALL.len()]>,
}

/// Why a picture has no values, if it has none: nothing came yet, or it is too old.
pub(super) fn is_stale(snapshot: &Snapshot, age: Duration) -> bool {
    snapshot.tick == 0 || age > PICTURE_MAX_AGE
}

impl Image {
    /// The image of a picture that is `age` old.
    pub(super) fn new(snapshot: &Snapshot, age: Duration, settings: Option<&Settings>) -> Image {
        let stale = is_stale(snapshot, age);
        let mut image = Image {
            // Every word says "no value" until something else is written.
            bytes: vec![0xFF; 2 * END],
            bits: (!stale).then(|| bits(snapshot)),
        };
        image.head(snapshot, stale);
        image.points(snapshot, stale, age);
        image.summary(snapshot, stale);
        image.self_test();
        image.settings(settings);
        image
    }

    /// With the wall clock's time of the picture, Unix milliseconds; one that no 32 bits of seconds hold is no time.
    #[must_use]
    pub(super) fn at(mut self, time_ms: u64) -> Image {
        if let Ok(seconds @ 1..) = u32::try_from(time_ms / 1000) {
            self.put_long(TIME, seconds);
        }
        self
    }

    /// The bytes of `count` registers from `first` on; fewer when there are not so many.
    pub(super) fn bytes(&self, first: u16, count: u16) -> &[u8] {
        let begin = 2 * usize::from(first);
        let end = begin + 2 * usize::from(count);
        self.bytes
            .get(begin..end.min(self.bytes.len()))
            .unwrap_or_default()
    }

    /// A word of bits; nothing when the picture is too old.
    pub(super) fn bits(&self, word: Bits) -> Option<u128> {
        self.bits.map(|all| all[word as usize])
    }

    fn put(&mut self, register: u16, word: u16) {
        let at = 2 * usize::from(register);
        if let Some(place) = self.bytes.get_mut(at..at + 2) {
            place.copy_from_slice(&word.to_be_bytes());
        }
    }

    fn put_long(&mut self, register: u16, long: u32) {
        let [a, b, c, d] = long.to_be_bytes();
        self.put(register, u16::from_be_bytes([a, b]));
        self.put(register + 1, u16::from_be_bytes([c, d]));
    }

    fn head(&mut self, snapshot: &Snapshot, stale: bool) {
        self.put(point::MAP_VERSION_REGISTER, point::MAP_VERSION);
        self.put(1, low16(point::COUNT as u64));
        self.put(2, low16(alarm::COUNT as u64));
        for capability in 3..=9 {
            self.put(capability, 0);
        }
        self.put(10, low16(snapshot.now.as_us() / 1_000_000));
        if !stale && let Ok(uptime) = snapshot.cells[controller::UPTIME.index()].value {
            let [high, low] = fixed::encode(&controller::ROWS[0], Some(uptime));
            self.put(11, high);
            self.put(12, low);
        }
    }

    fn points(&mut self, snapshot: &Snapshot, stale: bool, age: Duration) {
        let sequence = low16(snapshot.tick);
        for block in point::BLOCKS {
            self.put(block.first, sequence);
            self.put(block.last, sequence);
        }
        for (point, cell) in point::all().zip(&snapshot.cells) {
            let value = if stale { None } else { cell.believed(&point).ok() };
            let words = fixed::encode(point.row, value);
            self.put(point.register, words[0]);
            if point.row.words == 2 {
                self.put(point.register + 1, words[1]);
            }
            let mut since = snapshot.now.since(cell.at);
            let quality = if stale {
                since = since + Span::us(u64::try_from(age.as_micros()).unwrap_or(u64::MAX));
                Quality::Stale
            } else {
                match cell.believed(&point) {
                    Ok(_) => snapshot.quality(point.index),
                    Err(reason) => reason.quality(),
                }
            };
            self.put(point.status_register(), fixed::status(quality, since));
            self.put_long(float_of(point.register), value.map_or(f32::NAN, single).to_bits());
        }
    }

    fn summary(&mut self, snapshot: &Snapshot, stale: bool) {
        let sequence = low16(snapshot.tick);
        self.put(SUMMARY.first, sequence);
        self.put(SUMMARY.last, sequence);
        if stale {
            return;
        }
        let alarms = &snapshot.alarms;
        let highest = snapshot.open().next().map_or(0, |one| one.row().priority as u16);
        self.put(101, highest);
        self.put(102, low16(alarms.raised.len() as u64));
        self.put(103, change(snapshot));
        let last = alarms
            .raised
            .iter()
            .max_by_key(|one| (snapshot.alarm_since[one.index()], std::cmp::Reverse(*one)));
        self.put(104, last.map_or(NONE_UNSIGNED, |one| one.row().number));
        let sets = [
            (110, alarms.active),
            (114, alarms.unacknowledged),
            (118, alarms.raised),
            (130, alarms.shelved),
            (134, alarms.out_of_service),
            (138, alarms.designed),
            (142, alarms.chattering),
            (146, alarms.latched),
        ];
        for ((first, AlarmSet(set)), further) in sets.into_iter().zip((FURTHER..).step_by(2)) {
            self.put_low_first(first, set, 4);
            self.put_low_first(further, set >> 64, 2);
        }
        self.put_low_first(122, u128::from(snapshot.causes.0), 2);
        self.put_low_first(124, u128::from(snapshot.latched.0), 2);
        self.put_low_first(126, u128::from(snapshot.effects.0), 2);
        self.put_low_first(128, u128::from(snapshot.latches.0), 1);
        self.put_low_first(129, u128::from(snapshot.outputs.0), 1);
        let [.., a, b, c, d] = alarms.sequence.to_be_bytes();
        self.put_long(150, u32::from_be_bytes([a, b, c, d]));
        self.put(152, u16::from(alarms.flood.is_some()));
        self.put(153, low16(alarms.folded.len() as u64));
        for (group, register) in Group::ALL.into_iter().zip(FIRST_OUT..) {
            let first = snapshot.desk.first(group);
            self.put(
                register,
                first.map_or(NONE_UNSIGNED, |first| first.alarm.row().number),
            );
        }
    }

    /// Bits as words, the one with bit 0 first: bit n lies in register first + n/16 at place n%16.
    fn put_low_first(&mut self, first: u16, bits: u128, words: u16) {
        for word in 0..words {
            let [.., high, low] = (bits >> (16 * word)).to_be_bytes();
            self.put(first + word, u16::from_be_bytes([high, low]));
        }
    }

    fn self_test(&mut self) {
        let first = SELF_TEST.first;
        self.put(first, 0x1234);
        self.put_long(first + 1, 0x1234_5678);
        self.put_long(first + 3, 123.456_f32.to_bits());
        self.put_long(first + 5, u32::from_be_bytes(*b"ABCD"));
        self.put(first + 7, (-1_i16).cast_unsigned());
    }

    fn settings(&mut self, settings: Option<&Settings>) {
        for (index, row) in setting::ROWS.iter().enumerate() {
            let value = settings.and_then(|settings| settings.values().get(index));
            debug_assert!(row.register >= SETTINGS.first && row.register <= SETTINGS.last);
            self.put(row.register, setting_word(row, value.copied()));
        }
    }
}

/// All words of bits.
fn bits(snapshot: &Snapshot) -> [u128; Bits::ALL.len()] {
    let alarms = &snapshot.alarms;
    Bits::ALL.map(|word| match word {
        Bits::Active => alarms.active.0,
        Bits::Raised => alarms.raised.0,
        Bits::Unacknowledged => alarms.unacknowledged.0,
        Bits::Causes => u128::from(snapshot.causes.0),
        Bits::Effects => u128::from(snapshot.effects.0),
        Bits::Shelved => alarms.shelved.0,
        Bits::OutOfService => alarms.out_of_service.0,
        Bits::Designed => alarms.designed.0,
        Bits::Chattering => alarms.chattering.0,
        Bits::Latched => alarms.latched.0,
    })
}

/// A setting's register: scaled by its decimals, signed when its span reaches below zero.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to what a word holds beside its sentinel"
)]
fn setting_word(row: &setting::Row, value: Option<f64>) -> u16 {
    let signed = row.low < 0.0;
    let (low, high) = if signed { (-32_767, 32_767) } else { (0, 65_534) };
    let Some(value) = value.filter(|value| value.is_finite()) else {
        return if signed { NONE_SIGNED } else { NONE_UNSIGNED };
    };
    let scaled = (value * 10f64.powi(row.decimals.into())).round() as i64;
    low16(scaled.clamp(low, high).cast_unsigned())
}

/// A number that differs whenever anything of the alarms changed: FNV-1a over all of it, folded. Equal
/// numbers after a change are a 1 in 65,535 chance.
fn change(snapshot: &Snapshot) -> u16 {
    let alarms = &snapshot.alarms;
    let sets = [alarms.active.0, alarms.raised.0, alarms.unacknowledged.0];
    let since = alarms
        .raised
        .iter()
        .map(|one| snapshot.alarm_since[one.index()].as_us());
    let hash = sets
        .into_iter()
        .flat_map(u128::to_be_bytes)
        .chain(
            std::iter::once(alarms.sequence)
                .chain(since)
                .flat_map(u64::to_be_bytes),
        )
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
    low16((hash ^ (hash >> 32)) % u64::from(NONE_UNSIGNED))
}

/// The lowest word.
fn low16(number: u64) -> u16 {
    let [.., a, b] = number.to_be_bytes();
    u16::from_be_bytes([a, b])
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the nearest single is what the mirror promises"
)]
fn single(number: f64) -> f32 {
    number as f32
}
