//! SDP800, SDP801, SDP810, SDP811: differential pressure over filter, coil or blower.
//!
//! 16-bit commands, then a plain read of words with CRC-8 (Sensirion SDP8xx-Digital data sheet 1.1, section 6).
//! The chip runs continuously with differential-pressure compensation and average-till-read (0x3615). That average
//! is the mean only for the first 25 ms after a read; beyond, it is a smoothing with about 10 ms, so a slow reader
//! sees the last few tens of milliseconds and must average itself.
//!
//! Its only soft reset is the general call, which resets every chip of the segment: never used here.

use crate::crc::triples_hold;
use crate::driver::{BusFault, Driver, Fault, I2cBus, Progress, Raw, read, write};
use points::{Absent, Celsius, Pascal, Span};

/// The commands, in the words of the data sheet (section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
enum Command {
    /// Continuous, differential pressure, average till read.
    Continuous = 0x3615,
    /// Stop continuous measurement.
    Stop = 0x3FF9,
    /// Read product identifier, first of two.
    Identify = 0x367C,
    /// Read product identifier, second of two.
    IdentifyToo = 0xE102,
}

impl Command {
    const fn name(self) -> &'static str {
        match self {
            Command::Continuous => "SDP8xx continuous measurement (0x3615)",
            Command::Stop => "SDP8xx stop (0x3FF9)",
            Command::Identify | Command::IdentifyToo => "SDP8xx product identifier (0x367C, 0xE102)",
        }
    }
}

const FAMILY: &str = "SDP8xx product number, upper word";
const TYPE: &str = "SDP8xx product number, third byte";
const SCALE: &str = "SDP8xx scale factor";

/// 0.5 ms until the next command after a stop (table 5), and as much again.
const STOPPED: Span = Span::ms(1);
/// The first value comes after 8 ms, at full accuracy 12 ms later (section 6.3.1).
const SETTLED: Span = Span::ms(20);

/// Full scale of both types in counts; larger codes are sent but out of specification.
const FULL_SCALE: i16 = 30_000;
/// The chip's rated temperatures in °C.
const COLDEST: f64 = -40.0;
const HOTTEST: f64 = 85.0;

/// The pressure range of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// -125..=125 Pa.
    Pa125,
    /// -500..=500 Pa.
    Pa500,
}

impl Range {
    /// Counts per pascal.
    const fn scale(self) -> i16 {
        match self {
            Range::Pa125 => 240,
            Range::Pa500 => 60,
        }
    }

    /// The third byte of the product numbers of this range, the SDP810 first; the fourth is the revision.
    const fn types(self) -> &'static [u8] {
        match self {
            Range::Pa125 => &[0x0B, 0x02],
            Range::Pa500 => &[0x0A, 0x01, 0x04, 0x0D],
        }
    }
}

/// What one reading says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Differential pressure, within the full scale of the type; positive when the port marked + is higher.
    pub pressure: Pascal,
    /// Temperature of the chip, -40..=85 °C.
    pub temperature: Celsius,
}

/// The driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdp8xx {
    address: u8,
    range: Range,
}

impl Sdp8xx {
    /// At `address` (0x25 for SDP800 and SDP810, 0x26 for SDP801 and SDP811) and of `range`.
    pub const fn new(address: u8, range: Range) -> Self {
        Sdp8xx { address, range }
    }

    fn command<B: I2cBus>(&self, bus: &mut B, command: Command) -> Result<(), Fault> {
        write(bus, self.address, &(command as u16).to_be_bytes(), command.name())
    }

    fn identify<B: I2cBus>(&self, bus: &mut B) -> Result<(), Fault> {
        self.command(bus, Command::Identify)?;
        self.command(bus, Command::IdentifyToo)?;
        let bytes: [u8; 18] = read(bus, self.address, Command::IdentifyToo.name())?;
        if !triples_hold(&bytes) {
            return Err(Fault::BadChecksum {
                what: Command::IdentifyToo.name(),
            });
        }
        let [high, low, _, kind, ..] = bytes;
        let found = u16::from_be_bytes([high, low]);
        if found != 0x0302 {
            return Err(Fault::WrongChip {
                register: FAMILY,
                found,
                expected: 0x0302,
            });
        }
        if !self.range.types().contains(&kind) {
            let expected = self.range.types().first().copied().map_or(0, u16::from);
            return Err(Fault::WrongChip {
                register: TYPE,
                found: u16::from(kind),
                expected,
            });
        }
        Ok(())
    }
}

impl Driver for Sdp8xx {
    /// Stops, identifies and starts the chip, then checks its scale factor. After a restart of the controller it
    /// still measures and takes no command but the stop; when it is idle the stop may go unacknowledged.
    fn prepare<B: I2cBus>(&mut self, bus: &mut B, step: u8) -> Result<Progress, Fault> {
        match step {
            0 => match self.command(bus, Command::Stop) {
                Ok(())
                | Err(Fault::Bus {
                    fault: BusFault::NoAnswer | BusFault::DataNack,
                    ..
                }) => Ok(Progress::Wait(STOPPED)),
                Err(fault) => Err(fault),
            },
            1 => {
                self.identify(bus)?;
                self.command(bus, Command::Continuous)?;
                Ok(Progress::Wait(SETTLED))
            }
            _ => self.fetch(bus).map(|_| Progress::Ready),
        }
    }

    /// Nothing to do: the chip runs, and the start command must not be repeated.
    fn start<B: I2cBus>(&mut self, _bus: &mut B) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    /// A chip that lost its supply idles and does not acknowledge a read: the caller prepares it again.
    fn fetch<B: I2cBus>(&mut self, bus: &mut B) -> Result<Raw, Fault> {
        let bytes: [u8; 9] = read(bus, self.address, Command::Continuous.name())?;
        if !triples_hold(&bytes) {
            return Err(Fault::BadChecksum {
                what: Command::Continuous.name(),
            });
        }
        let [.., high, low, _] = bytes;
        let (found, expected) = (u16::from_be_bytes([high, low]), self.range.scale().unsigned_abs());
        if found == expected {
            Ok(Raw::new(&bytes))
        } else {
            Err(Fault::WrongChip {
                register: SCALE,
                found,
                expected,
            })
        }
    }

    /// Stops measuring.
    fn release<B: I2cBus>(&mut self, bus: &mut B) -> Result<(), Fault> {
        self.command(bus, Command::Stop)
    }
}

/// The sample in nine raw bytes: pressure, temperature and scale factor, each a signed word with its CRC
/// (section 6.3 and 6.5).
///
/// # Errors
/// `ShortTransfer` for another length, `BadChecksum`, `WrongChip` when the scale factor is not that of `range`,
/// `OverRange` and `UnderRange` beyond full scale or the chip's rated temperature.
pub fn decode(raw: &Raw, range: Range) -> Result<Sample, Absent> {
    let &[p_high, p_low, _, t_high, t_low, _, s_high, s_low, _] = raw.bytes() else {
        return Err(Absent::ShortTransfer);
    };
    if !triples_hold(raw.bytes()) {
        return Err(Absent::BadChecksum);
    }
    if i16::from_be_bytes([s_high, s_low]) != range.scale() {
        return Err(Absent::WrongChip);
    }
    let counts = i16::from_be_bytes([p_high, p_low]);
    let temperature = f64::from(i16::from_be_bytes([t_high, t_low])) / 200.0;
    if counts > FULL_SCALE || temperature > HOTTEST {
        return Err(Absent::OverRange);
    }
    if counts < -FULL_SCALE || temperature < COLDEST {
        return Err(Absent::UnderRange);
    }
    let pressure = f64::from(counts) / f64::from(range.scale());
    Ok(Sample {
        pressure: Pascal::of(pressure),
        temperature: Celsius::of(temperature),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crc::crc8;
    use crate::mock::{Mock, fails, r, w};
    use proptest::prelude::*;

    const A: u8 = 0x25;
    const GOOD: [u8; 9] = [0xF4, 0x48, 0x9E, 0x13, 0x88, 0x01, 0x00, 0xF0, 0x03];
    const SDP810_125: [u8; 18] = [
        0x03, 0x02, 0xCE, 0x0B, 0x01, 0xAA, 0x11, 0x22, 0xFF, 0x33, 0x44, 0xE7, 0x55, 0x66, 0x0C, 0x77, 0x88,
        0xD7,
    ];
    const SDP810_500: [u8; 18] = [
        0x03, 0x02, 0xCE, 0x0A, 0x01, 0x5E, 0x00, 0x00, 0x81, 0x00, 0x00, 0x81, 0x12, 0x34, 0x37, 0x56, 0x78,
        0x7D,
    ];

    fn raw(p: i16, t: i16, s: i16) -> Raw {
        let ([a, b], [c, d], [e, f]) = (p.to_be_bytes(), t.to_be_bytes(), s.to_be_bytes());
        Raw::new(&[a, b, crc8(&[a, b]), c, d, crc8(&[c, d]), e, f, crc8(&[e, f])])
    }

    fn expect(bytes: [u8; 9], range: Range, pressure: f64, temperature: f64) {
        let sample = decode(&Raw::new(&bytes), range).unwrap();
        assert!((sample.pressure.get() - pressure).abs() < 1e-5, "{sample:?}");
        assert!(
            (sample.temperature.get() - temperature).abs() < 1e-9,
            "{sample:?}"
        );
    }

    #[test]
    fn vectors_decode() {
        expect(GOOD, Range::Pa125, -12.5, 25.0);
        expect(
            [0x3A, 0x98, 0x5D, 0x12, 0x5C, 0x35, 0x00, 0x3C, 0x39],
            Range::Pa500,
            250.0,
            23.5,
        );
        expect(
            [0x00, 0x01, 0xB0, 0x12, 0xC0, 0x71, 0x00, 0xF0, 0x03],
            Range::Pa125,
            1.0 / 240.0,
            24.0,
        );
        expect(
            [0x75, 0x30, 0x08, 0x13, 0x88, 0x01, 0x00, 0xF0, 0x03],
            Range::Pa125,
            125.0,
            25.0,
        );
        let beyond = Raw::new(&[0x80, 0x00, 0xA2, 0x13, 0x88, 0x01, 0x00, 0xF0, 0x03]);
        assert_eq!(decode(&beyond, Range::Pa125), Err(Absent::UnderRange));
    }

    #[test]
    fn damaged_dead_short_and_foreign_bytes_are_never_a_sample() {
        let bad = |bytes: &[u8]| decode(&Raw::new(bytes), Range::Pa125).unwrap_err();
        for index in 0..9 {
            let mut bytes = GOOD;
            bytes[index] ^= 0x10;
            assert_eq!(bad(&bytes), Absent::BadChecksum);
        }
        for byte in [0x00, 0xFF, 0xA5] {
            assert_eq!(bad(&[byte; 9]), Absent::BadChecksum);
        }
        assert_eq!(bad(&GOOD[..6]), Absent::ShortTransfer);
        assert_eq!(decode(&Raw::new(&GOOD), Range::Pa500), Err(Absent::WrongChip));
        assert_eq!(decode(&raw(0, 5000, 0), Range::Pa500), Err(Absent::WrongChip));
    }

    #[test]
    fn the_ends_of_the_ranges() {
        for (counts, t, answer) in [
            (30_000, 5000, None),
            (30_001, 5000, Some(Absent::OverRange)),
            (-30_000, 5000, None),
            (-30_001, 5000, Some(Absent::UnderRange)),
            (0, 17_000, None),
            (0, 17_001, Some(Absent::OverRange)),
            (0, -8_000, None),
            (0, -8_001, Some(Absent::UnderRange)),
        ] {
            assert_eq!(
                decode(&raw(counts, t, 60), Range::Pa500).err(),
                answer,
                "{counts} {t}"
            );
        }
    }

    #[test]
    fn prepare_stops_identifies_starts_and_checks_the_scale() {
        for (range, product, first) in [
            (Range::Pa125, SDP810_125, GOOD),
            (
                Range::Pa500,
                SDP810_500,
                [0x3A, 0x98, 0x5D, 0x12, 0x5C, 0x35, 0x00, 0x3C, 0x39],
            ),
        ] {
            let mut bus = Mock::new([
                fails(w(A, &[0x3F, 0xF9]), BusFault::NoAnswer),
                w(A, &[0x36, 0x7C]),
                w(A, &[0xE1, 0x02]),
                r(A, &product),
                w(A, &[0x36, 0x15]),
                r(A, &first),
            ]);
            let mut chip = Sdp8xx::new(A, range);
            assert_eq!(chip.prepare(&mut bus, 0), Ok(Progress::Wait(Span::ms(1))));
            assert_eq!(chip.prepare(&mut bus, 1), Ok(Progress::Wait(Span::ms(20))));
            assert_eq!(chip.prepare(&mut bus, 2), Ok(Progress::Ready));
            bus.done();
        }
    }

    #[test]
    fn a_stop_that_hangs_the_bus_is_not_ignored() {
        let mut bus = Mock::new([fails(w(A, &[0x3F, 0xF9]), BusFault::StuckLow)]);
        let fault = Sdp8xx::new(A, Range::Pa125).prepare(&mut bus, 0).unwrap_err();
        assert_eq!(fault.absent(), Absent::BusStuck);
    }

    fn identified(range: Range, product: &[u8]) -> Fault {
        let mut bus = Mock::new([w(A, &[0x36, 0x7C]), w(A, &[0xE1, 0x02]), r(A, product)]);
        let fault = Sdp8xx::new(A, range).prepare(&mut bus, 1).unwrap_err();
        bus.done();
        fault
    }

    #[test]
    fn the_wrong_type_and_a_damaged_product_number_are_refused_before_the_start() {
        let fault = Fault::WrongChip {
            register: TYPE,
            found: 0x0A,
            expected: 0x0B,
        };
        assert_eq!(identified(Range::Pa125, &SDP810_500), fault);
        let fault = Fault::WrongChip {
            register: TYPE,
            found: 0x0B,
            expected: 0x0A,
        };
        assert_eq!(identified(Range::Pa500, &SDP810_125), fault);
        let mut other = SDP810_125;
        (other[1], other[2]) = (0x01, crc8(&[0x03, 0x01]));
        let fault = Fault::WrongChip {
            register: FAMILY,
            found: 0x0301,
            expected: 0x0302,
        };
        assert_eq!(identified(Range::Pa125, &other), fault);
        for answer in [&[0; 18][..], &[0xFF; 18], &SDP810_125[..3], &[]] {
            assert_eq!(identified(Range::Pa125, answer).absent(), Absent::BadChecksum);
        }
    }

    #[test]
    fn every_type_belongs_to_one_range() {
        for (kind, range) in [
            (0x01, Range::Pa500),
            (0x0A, Range::Pa500),
            (0x04, Range::Pa500),
            (0x0D, Range::Pa500),
            (0x02, Range::Pa125),
            (0x0B, Range::Pa125),
        ] {
            for candidate in [Range::Pa125, Range::Pa500] {
                assert_eq!(candidate.types().contains(&kind), candidate == range);
            }
        }
    }

    #[test]
    fn fetch_tells_faults_apart() {
        let fetch = |range, transfer| Sdp8xx::new(A, range).fetch(&mut Mock::new([transfer]));
        assert_eq!(fetch(Range::Pa125, r(A, &GOOD)), Ok(Raw::new(&GOOD)));
        let fault = Fault::WrongChip {
            register: SCALE,
            found: 240,
            expected: 60,
        };
        assert_eq!(fetch(Range::Pa500, r(A, &GOOD)), Err(fault));
        let reason = |transfer| fetch(Range::Pa125, transfer).unwrap_err().absent();
        assert_eq!(reason(fails(r(A, &[]), BusFault::NoAnswer)), Absent::NoAnswer);
        assert_eq!(
            reason(fails(r(A, &[]), BusFault::ShortTransfer)),
            Absent::ShortTransfer
        );
        assert_eq!(reason(r(A, &GOOD[..6])), Absent::BadChecksum);
        assert_eq!(reason(r(A, &[])), Absent::BadChecksum);
        assert_eq!(reason(r(A, &[0; 9])), Absent::BadChecksum);
    }

    #[test]
    fn it_runs_on_its_own_and_is_stopped_at_the_end() {
        let mut bus = Mock::new([w(A, &[0x3F, 0xF9])]);
        let mut chip = Sdp8xx::new(A, Range::Pa125);
        assert_eq!(chip.start(&mut bus), Ok(Span::ZERO));
        assert_eq!(chip.release(&mut bus), Ok(()));
        bus.done();
    }

    proptest! {
        #[test]
        fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..=16)) {
            for range in [Range::Pa125, Range::Pa500] {
                if let Ok(sample) = decode(&Raw::new(&bytes), range) {
                    prop_assert!(sample.pressure.get().abs() <= 500.0);
                }
            }
        }

        #[test]
        fn any_words_are_in_range_or_none(p: i16, t: i16, scale in prop_oneof![Just(60), Just(240), any::<i16>()]) {
            for (range, full) in [(Range::Pa125, 125.0), (Range::Pa500, 500.0)] {
                if let Ok(sample) = decode(&raw(p, t, scale), range) {
                    prop_assert_eq!(scale, range.scale());
                    prop_assert!(sample.pressure.get().abs() <= full);
                    prop_assert!((-40.0..=85.0).contains(&sample.temperature.get()));
                }
            }
        }
    }
}
