//! SHT40, SHT41, SHT45: air temperature and relative humidity.
//!
//! Single-byte commands, then a plain read of two words, each with its CRC-8 (Sensirion SHT4x data sheet 6.1,
//! sections 4.1 to 4.6). The chip has no identity register and never stretches the clock; while it measures it
//! does not acknowledge a read, and a result can be fetched once. The heater is never used: a wrong temperature
//! for a minute is worth nothing here.

use crate::crc::triples_hold;
use crate::driver::{BusFault, Driver, Fault, I2cBus, Progress, Raw, read, write};
use points::{Absent, Celsius, Percent, Span};

/// The commands, in the words of the data sheet (table 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Command {
    /// Measure T & RH with high precision.
    Measure = 0xFD,
    /// Read serial number.
    Serial = 0x89,
    /// Soft reset.
    SoftReset = 0x94,
}

impl Command {
    const fn name(self) -> &'static str {
        match self {
            Command::Measure => "SHT4x measure high precision (0xFD)",
            Command::Serial => "SHT4x read serial number (0x89)",
            Command::SoftReset => "SHT4x soft reset (0x94)",
        }
    }
}

/// 1 ms at most (table 5), and as much again.
const RESET: Span = Span::ms(2);
/// The data sheet gives no time for the serial number; the vendor's own driver waits this long.
const SERIAL: Span = Span::ms(10);
/// 8.3 ms at most at high precision (table 5); the vendor's driver waits this long.
const MEASURE: Span = Span::ms(10);

/// The rated temperatures (table 2); the code reaches from -45 to 130 °C.
const COLDEST: f64 = -40.0;
const HOTTEST: f64 = 125.0;

/// What one measurement says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Air temperature, -40..=125 °C.
    pub temperature: Celsius,
    /// Relative humidity over water, cropped to 0..=100 % as the data sheet advises (the code reaches -6..119 %).
    pub humidity: Percent,
}

/// The driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sht4x {
    address: u8,
    serial: Option<u32>,
}

impl Sht4x {
    /// At `address`: 0x44, 0x45 or 0x46 by part number.
    pub const fn new(address: u8) -> Self {
        Sht4x {
            address,
            serial: None,
        }
    }

    /// The serial number, once prepared. It tells one probe from another; a changed one means a swapped probe.
    pub const fn serial(&self) -> Option<u32> {
        self.serial
    }

    fn command<B: I2cBus>(&self, bus: &mut B, command: Command) -> Result<(), Fault> {
        write(bus, self.address, &[command as u8], command.name())
    }
}

impl<B: I2cBus> Driver<B> for Sht4x {
    /// Resets, then asks for the serial number: its two check sums are all the identity that the chip has.
    fn prepare(&mut self, bus: &mut B, step: u8) -> Result<Progress, Fault> {
        match step {
            0 => {
                self.serial = None;
                self.command(bus, Command::SoftReset)?;
                Ok(Progress::Wait(RESET))
            }
            1 => {
                self.command(bus, Command::Serial)?;
                Ok(Progress::Wait(SERIAL))
            }
            _ => {
                let bytes: [u8; 6] = read(bus, self.address, Command::Serial.name())?;
                if !triples_hold(&bytes) {
                    return Err(Fault::BadChecksum {
                        what: Command::Serial.name(),
                    });
                }
                let [a, b, _, c, d, _] = bytes;
                self.serial = Some(u32::from_be_bytes([a, b, c, d]));
                Ok(Progress::Ready)
            }
        }
    }

    fn start(&mut self, bus: &mut B) -> Result<Span, Fault> {
        self.command(bus, Command::Measure)?;
        Ok(MEASURE)
    }

    /// A read that nobody acknowledges is [`Fault::NotReady`]: the chip did acknowledge the command before. Should
    /// it have gone since, the next start says so.
    fn fetch(&mut self, bus: &mut B) -> Result<Raw, Fault> {
        let register = Command::Measure.name();
        let bytes: [u8; 6] = match read(bus, self.address, register) {
            Err(Fault::Bus {
                fault: BusFault::NoAnswer,
                ..
            }) => return Err(Fault::NotReady),
            answer => answer?,
        };
        if triples_hold(&bytes) {
            Ok(Raw::new(&bytes))
        } else {
            Err(Fault::BadChecksum {
                what: Command::Measure.name(),
            })
        }
    }

    /// Nothing to do: the chip idles after every measurement and the heater is never on.
    fn release(&mut self, _bus: &mut B) -> Result<(), Fault> {
        Ok(())
    }
}

/// The sample in six raw bytes: temperature word, its CRC, humidity word, its CRC (section 4.4 and 4.6).
///
/// # Errors
/// `ShortTransfer` for another length, `BadChecksum`, `OverRange` above 125 °C, `UnderRange` below -40 °C. One bad
/// check sum discards both values.
pub fn decode(raw: &Raw) -> Result<Sample, Absent> {
    let &[t_high, t_low, _, rh_high, rh_low, _] = raw.bytes() else {
        return Err(Absent::ShortTransfer);
    };
    if !triples_hold(raw.bytes()) {
        return Err(Absent::BadChecksum);
    }
    let share = |high, low| f64::from(u16::from_be_bytes([high, low])) / 65535.0;
    let temperature = -45.0 + 175.0 * share(t_high, t_low);
    if temperature > HOTTEST {
        return Err(Absent::OverRange);
    }
    if temperature < COLDEST {
        return Err(Absent::UnderRange);
    }
    let humidity = (-6.0 + 125.0 * share(rh_high, rh_low)).clamp(0.0, 100.0);
    Ok(Sample {
        temperature: Celsius::of(temperature),
        humidity: Percent::of(humidity),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crc::crc8;
    use crate::mock::{Mock, fails, r, w};
    use proptest::prelude::*;

    const A: u8 = 0x44;

    fn raw(t: u16, rh: u16) -> Raw {
        let ([a, b], [c, d]) = (t.to_be_bytes(), rh.to_be_bytes());
        Raw::new(&[a, b, crc8(&[a, b]), c, d, crc8(&[c, d])])
    }

    fn expect(bytes: [u8; 6], temperature: f64, humidity: f64) {
        let sample = decode(&Raw::new(&bytes)).unwrap();
        assert!(
            (sample.temperature.get() - temperature).abs() < 1e-4,
            "{sample:?}"
        );
        assert!((sample.humidity.get() - humidity).abs() < 1e-4, "{sample:?}");
    }

    #[test]
    fn vectors_decode() {
        expect([0x66, 0x66, 0x93, 0x72, 0xB0, 0xDC], 25.0, 50.0006);
        expect([0x24, 0x92, 0x85, 0x00, 0x00, 0x81], -20.0004, 0.0);
        expect([0x80, 0x00, 0xA2, 0xFF, 0xFF, 0xAC], 42.5013, 100.0);
    }

    #[test]
    fn damaged_dead_and_short_bytes_are_never_a_sample() {
        let bad = |bytes: &[u8]| decode(&Raw::new(bytes)).unwrap_err();
        assert_eq!(bad(&[0x66, 0x66, 0x92, 0x72, 0xB0, 0xDC]), Absent::BadChecksum);
        assert_eq!(bad(&[0x66, 0x66, 0x93, 0x72, 0xB0, 0xDD]), Absent::BadChecksum);
        assert_eq!(bad(&[0x00; 6]), Absent::BadChecksum);
        assert_eq!(bad(&[0xFF; 6]), Absent::BadChecksum);
        assert_eq!(bad(&[0xA5; 6]), Absent::BadChecksum);
        assert_eq!(bad(&[0x66, 0x66, 0x93]), Absent::ShortTransfer);
        assert_eq!(bad(&[]), Absent::ShortTransfer);
    }

    #[test]
    fn the_ends_of_the_rated_range() {
        assert_eq!(decode(&raw(0xFFFF, 0)), Err(Absent::OverRange));
        assert_eq!(decode(&raw(0x0000, 0)), Err(Absent::UnderRange));
        // 170 / 175 and 5 / 175 of 65535 are 63662.57 and 1872.43.
        assert!(decode(&raw(63662, 0)).is_ok());
        assert_eq!(decode(&raw(63663, 0)), Err(Absent::OverRange));
        assert!(decode(&raw(1873, 0)).is_ok());
        assert_eq!(decode(&raw(1872, 0)), Err(Absent::UnderRange));
    }

    #[test]
    fn prepare_resets_and_reads_the_serial_number() {
        let serial = r(A, &[0x0F, 0xBA, 0x7C, 0x7C, 0x51, 0x41]);
        let mut bus = Mock::new([w(A, &[0x94]), w(A, &[0x89]), serial]);
        let mut chip = Sht4x::new(A);
        assert_eq!(chip.prepare(&mut bus, 0), Ok(Progress::Wait(Span::ms(2))));
        assert_eq!(chip.prepare(&mut bus, 1), Ok(Progress::Wait(Span::ms(10))));
        assert_eq!(chip.serial(), None);
        assert_eq!(chip.prepare(&mut bus, 2), Ok(Progress::Ready));
        assert_eq!(chip.serial(), Some(0x0FBA_7C51));
        bus.done();
    }

    #[test]
    fn a_serial_number_that_fails_its_check_sum_is_another_chip_or_a_bad_bus() {
        for answer in [
            &[0x0F, 0xBA, 0x7D, 0x7C, 0x51, 0x41][..],
            &[0; 6],
            &[0xFF; 6],
            &[0x0F, 0xBA, 0x7C],
            &[],
        ] {
            let mut chip = Sht4x::new(A);
            let mut bus = Mock::new([r(A, answer)]);
            let fault = Fault::BadChecksum {
                what: Command::Serial.name(),
            };
            assert_eq!(chip.prepare(&mut bus, 2), Err(fault));
            assert_eq!(chip.serial(), None);
        }
    }

    #[test]
    fn a_measurement_is_started_and_fetched() {
        let bytes = [0x66, 0x66, 0x93, 0x72, 0xB0, 0xDC];
        let mut bus = Mock::new([w(A, &[0xFD]), r(A, &bytes)]);
        let mut chip = Sht4x::new(A);
        assert_eq!(chip.start(&mut bus), Ok(Span::ms(10)));
        assert_eq!(chip.fetch(&mut bus), Ok(Raw::new(&bytes)));
        assert_eq!(chip.release(&mut bus), Ok(()));
        bus.done();
    }

    #[test]
    fn too_early_damaged_short_and_silent_are_told_apart() {
        let fetch = |transfer| Sht4x::new(A).fetch(&mut Mock::new([transfer])).unwrap_err();
        assert_eq!(fetch(fails(r(A, &[]), BusFault::NoAnswer)), Fault::NotReady);
        let short = fetch(fails(r(A, &[]), BusFault::ShortTransfer));
        assert_eq!(short.absent(), Absent::ShortTransfer);
        assert_eq!(
            fetch(r(A, &[0x66, 0x66, 0x92, 0x72, 0xB0, 0xDC])).absent(),
            Absent::BadChecksum
        );
        assert_eq!(fetch(r(A, &[0x66, 0x66, 0x93])).absent(), Absent::BadChecksum);
        assert_eq!(fetch(r(A, &[])).absent(), Absent::BadChecksum);
        let mut silent = Mock::new([fails(w(A, &[0xFD]), BusFault::NoAnswer)]);
        let fault = Sht4x::new(A).start(&mut silent).unwrap_err();
        assert_eq!(
            fault,
            Fault::Bus {
                fault: BusFault::NoAnswer,
                register: Command::Measure.name()
            }
        );
    }

    fn believable(sample: &Sample) -> bool {
        (-40.0..=125.0).contains(&sample.temperature.get()) && (0.0..=100.0).contains(&sample.humidity.get())
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_believable_sample_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..=16)) {
            if let Ok(sample) = decode(&Raw::new(&bytes)) {
                prop_assert!(believable(&sample));
            }
        }

        #[test]
        fn any_words_are_a_believable_sample_or_out_of_range(t: u16, rh: u16) {
            match decode(&raw(t, rh)) {
                Ok(sample) => prop_assert!(believable(&sample)),
                Err(reason) => prop_assert!(matches!(reason, Absent::OverRange | Absent::UnderRange)),
            }
        }
    }
}
