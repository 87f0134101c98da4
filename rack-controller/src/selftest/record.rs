//! The record of the self-test: what outlives the process. Bytes only; who writes them where is not our business.
//!
//! ```text
//!  0 magic "RSLF"   4 version u16   6 length u16   8 epoch u32
//!  12 last: seconds u64, result u8   21 whole: there u8, day f64, findings u16, speed f64, coast-down f64
//!  48 bearing: worn u8, then of coast-down and power: first f64, nights u32, last f64
//!  89 filters: 15 f64   209 the second blower's bearing, as at 48   250 next tested u8   251 zero   252 CRC-32C of 0..252
//! ```
//! Little-endian. Written into two slots in turn, as latch records are.

use points::{Blower, Quantity, SelfTestResult};
use safety::crc32c;
use sensors::estimate::filter::{Filters, KEPT};

use super::bearing::{Bearing, Trend};
use super::{Last, Measured};

/// Length of a record.
pub const SELF_TEST_RECORD_BYTES: usize = 256;
const MAGIC: [u8; 4] = *b"RSLF";
const VERSION: u16 = 1;
const LENGTH: u16 = 256;
const CHECKED: usize = SELF_TEST_RECORD_BYTES - 4;
const BODY: usize = 12;
const _: () = assert!(LENGTH as usize == SELF_TEST_RECORD_BYTES && BODY + 77 + 8 * KEPT + 42 <= CHECKED);

/// What is remembered.
#[derive(Clone, Copy, Debug)]
pub struct SelfTestRecord {
    filters: [f64; KEPT],
    pub(super) bearings: [Bearing; 2],
    /// Which of two blowers is tested next.
    pub(super) tested: Blower,
    pub(super) last: Option<Last>,
    pub(super) measured: Option<Measured>,
}

/// Writes figures one after the other.
struct Pen<'a>(&'a mut [u8], usize);

impl Pen<'_> {
    fn put(&mut self, bytes: &[u8]) {
        let end = self.1 + bytes.len();
        if let Some(place) = self.0.get_mut(self.1..end) {
            place.copy_from_slice(bytes);
        }
        self.1 = end;
    }

    fn number(&mut self, number: f64) {
        self.put(&number.to_le_bytes());
    }

    fn bearing(&mut self, bearing: &Bearing) {
        self.put(&[bearing.worn]);
        self.trend(&bearing.coast);
        self.trend(&bearing.power);
    }

    fn trend(&mut self, trend: &Trend) {
        self.number(trend.first);
        self.put(&trend.nights.to_le_bytes());
        self.number(trend.last);
    }
}

/// Reads them.
struct Eye<'a>(&'a [u8], usize);

impl Eye<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = self.0.get(self.1..self.1 + N)?.try_into().ok()?;
        self.1 += N;
        Some(bytes)
    }

    fn number(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(self.take()?))
    }

    fn bearing(&mut self) -> Option<Bearing> {
        let [worn] = self.take()?;
        Some(Bearing {
            worn,
            coast: self.trend()?,
            power: self.trend()?,
        })
    }

    fn trend(&mut self) -> Option<Trend> {
        let first = self.number()?;
        let nights = u32::from_le_bytes(self.take()?);
        let last = self.number()?;
        (first.is_finite() && last.is_finite()).then_some(Trend { first, nights, last })
    }
}

impl SelfTestRecord {
    pub(super) fn new(
        filters: &Filters,
        bearings: [Bearing; 2],
        tested: Blower,
        last: Option<Last>,
        measured: Option<Measured>,
    ) -> Self {
        SelfTestRecord {
            filters: filters.kept(),
            bearings,
            tested,
            last,
            measured,
        }
    }

    /// The filters as they were kept; none where a figure makes no sense.
    pub(super) fn filters(&self) -> Option<Filters> {
        Filters::restored(&self.filters)
    }

    /// The record's bytes, with the epoch under which they are written.
    pub fn to_bytes(&self, epoch: u32) -> [u8; SELF_TEST_RECORD_BYTES] {
        let mut bytes = [0; SELF_TEST_RECORD_BYTES];
        let mut pen = Pen(&mut bytes, 0);
        pen.put(&MAGIC);
        pen.put(&VERSION.to_le_bytes());
        pen.put(&LENGTH.to_le_bytes());
        pen.put(&epoch.to_le_bytes());
        pen.put(&self.last.map_or(0, |last| last.at_s).to_le_bytes());
        let result = self.last.map_or(SelfTestResult::None, |last| last.result);
        pen.put(&[result as u8]);
        pen.put(&[u8::from(self.measured.is_some())]);
        let measured = self.measured.unwrap_or(Measured {
            day: 0.0,
            findings: 0,
            speed: 0.0,
            coast_s: 0.0,
        });
        pen.number(measured.day);
        pen.put(&measured.findings.to_le_bytes());
        pen.number(measured.speed);
        pen.number(measured.coast_s);
        let [first, second] = &self.bearings;
        pen.bearing(first);
        for figure in self.filters {
            pen.number(figure);
        }
        pen.bearing(second);
        pen.put(&[u8::from(self.tested == Blower::B)]);
        let check = crc32c(&bytes[..CHECKED]);
        bytes[CHECKED..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// The record and its epoch; nothing where the bytes are not a whole one of ours that makes sense.
    pub fn from_bytes(bytes: &[u8; SELF_TEST_RECORD_BYTES]) -> Option<(Self, u32)> {
        let mut eye = Eye(bytes, 0);
        let whole = eye.take()? == MAGIC
            && u16::from_le_bytes(eye.take()?) == VERSION
            && u16::from_le_bytes(eye.take()?) == LENGTH
            && crc32c(&bytes[..CHECKED]).to_le_bytes() == bytes[CHECKED..];
        if !whole {
            return None;
        }
        let epoch = u32::from_le_bytes(eye.take()?);
        let at_s = u64::from_le_bytes(eye.take()?);
        let [result] = eye.take()?;
        let result = SelfTestResult::new(f64::from(result))?;
        let [there] = eye.take()?;
        let measured = Measured {
            day: eye.number()?,
            findings: u16::from_le_bytes(eye.take()?),
            speed: eye.number()?,
            coast_s: eye.number()?,
        };
        let first = eye.bearing()?;
        let mut filters = [0.0; KEPT];
        for figure in &mut filters {
            *figure = eye.number()?;
        }
        // Zeros, in records that were written for one blower, are a second one that nobody has tested.
        let second = eye.bearing()?;
        let [next] = eye.take()?;
        let record = SelfTestRecord {
            filters,
            bearings: [first, second],
            tested: if next == 1 { Blower::B } else { Blower::A },
            last: (result != SelfTestResult::None).then_some(Last { at_s, result }),
            measured: (there == 1 && measured.day.is_finite()).then_some(measured),
        };
        record.filters()?;
        Some((record, epoch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_a_torn_one_does_not() {
        let mut bearing = Bearing::NEW;
        bearing.night(Some(2.9), Some((0.99, 440.0)));
        let measured = Measured {
            day: 20_605.2,
            findings: 5,
            speed: 0.99,
            coast_s: 2.9,
        };
        let last = Last {
            at_s: 1_780_000_000,
            result: SelfTestResult::Failed,
        };
        let mut second = bearing;
        second.night(Some(1.9), Some((0.98, 500.0)));
        let bearings = [bearing, second];
        let record = SelfTestRecord::new(&Filters::new(), bearings, Blower::B, Some(last), Some(measured));
        let bytes = record.to_bytes(7);
        let (again, epoch) = SelfTestRecord::from_bytes(&bytes).expect("it is whole");
        assert_eq!(
            (again.bearings, again.tested, again.last, again.measured),
            (bearings, Blower::B, Some(last), Some(measured))
        );
        assert_eq!((epoch, again.filters()), (7, Some(Filters::new())));
        for place in [0, 5, 30, 200, 255] {
            let mut torn = bytes;
            torn[place] ^= 4;
            assert!(SelfTestRecord::from_bytes(&torn).is_none(), "{place}");
        }
    }
}
