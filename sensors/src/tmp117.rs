//! TMP117: temperature of a surface, here of the rack's walls.
//!
//! It measures on its own, once a second as the mean of eight conversions (TI SNOSD82, sections 7.3 and 7.5). Before its
//! first result, and after a restart, the temperature register holds 0x8000: never a temperature. A restart also loses
//! the configuration, so that is read with every result. Reading it consumes the Data_Ready flag, which is not used.

use crate::driver::{Driver, Fault, I2cBus, Progress, Raw, read_word, write};
use points::{Absent, Celsius, Quantity, Span};

/// The registers in use (table 7-3 of the data sheet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Register {
    TempResult = 0x00,
    Configuration = 0x01,
    DeviceId = 0x0F,
}

impl Register {
    const fn name(self) -> &'static str {
        match self {
            Register::TempResult => "TMP117 Temp_Result (0x00)",
            Register::Configuration => "TMP117 Configuration (0x01)",
            Register::DeviceId => "TMP117 Device_ID (0x0F)",
        }
    }
}

/// The lower twelve bits of Device_ID; the upper four are the revision.
const DEVICE: u16 = 0x117;
const DEVICE_MASK: u16 = 0x0FFF;
/// MOD continuous, CONV 100 and AVG 01: a cycle of 1 s with eight averages; the alert pin is not used.
const CONFIGURATION: u16 = 0b100 << 7 | 0b01 << 5;
/// MOD, CONV, AVG, T/nA, POL and DR/Alert: what was written and must read back. The flags above move on their own.
const WRITTEN: u16 = 0x0FFC;
/// Eight conversions of at most 17.5 ms.
const FIRST: Span = Span::ms(140);
/// What the temperature register holds before the first result.
const NO_RESULT: u16 = 0x8000;

const CELSIUS_PER_COUNT: f64 = 0.007_812_5;

/// The driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tmp117 {
    address: u8,
}

impl Tmp117 {
    /// At `address` (0x48..=0x4B).
    pub const fn new(address: u8) -> Self {
        Tmp117 { address }
    }

    fn word<B: I2cBus>(&self, bus: &mut B, register: Register) -> Result<u16, Fault> {
        read_word(bus, self.address, register as u8, register.name())
    }

    fn check<B: I2cBus>(&self, bus: &mut B) -> Result<(), Fault> {
        let found = self.word(bus, Register::Configuration)?;
        if found & WRITTEN == CONFIGURATION {
            Ok(())
        } else {
            Err(Fault::Configuration {
                register: Register::Configuration.name(),
                found,
                written: CONFIGURATION,
            })
        }
    }
}

impl<B: I2cBus> Driver<B> for Tmp117 {
    /// Checks the identity, writes the configuration and reads it back, then waits for the first result under it.
    fn prepare(&mut self, bus: &mut B, step: u8) -> Result<Progress, Fault> {
        if step > 0 {
            return Ok(Progress::Ready);
        }
        let found = self.word(bus, Register::DeviceId)?;
        if found & DEVICE_MASK != DEVICE {
            return Err(Fault::WrongChip {
                register: Register::DeviceId.name(),
                found,
                expected: DEVICE,
            });
        }
        let [high, low] = CONFIGURATION.to_be_bytes();
        let register = Register::Configuration;
        write(bus, self.address, &[register as u8, high, low], register.name())?;
        self.check(bus)?;
        Ok(Progress::Wait(FIRST))
    }

    /// Nothing to do: the chip runs.
    fn start(&mut self, _bus: &mut B) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    fn fetch(&mut self, bus: &mut B) -> Result<Raw, Fault> {
        let result = self.word(bus, Register::TempResult)?;
        // After the result: a restart between them is seen, too. What a restart left is the power-up value of the
        // configuration, which may be ours; then the missing result tells.
        self.check(bus)?;
        if result == NO_RESULT {
            return Err(Fault::NotReady);
        }
        Ok(Raw::new(&result.to_be_bytes()))
    }

    /// Nothing to do: measuring moves nothing.
    fn release(&mut self, _bus: &mut B) -> Result<(), Fault> {
        Ok(())
    }
}

/// The temperature in two raw bytes, 1/128 K a count (section 7.3.1).
///
/// # Errors
/// `ShortTransfer` for another length, `NotReady` for the value of a chip without a result.
pub fn decode(raw: &Raw) -> Result<Celsius, Absent> {
    let &[high, low] = raw.bytes() else {
        return Err(Absent::ShortTransfer);
    };
    let counts = i16::from_be_bytes([high, low]);
    if counts == NO_RESULT.cast_signed() {
        return Err(Absent::NotReady);
    }
    <Celsius as Quantity>::new(f64::from(counts) * CELSIUS_PER_COUNT).ok_or(Absent::OverRange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::BusFault;
    use crate::mock::{Mock, fails, w, wr};
    use proptest::prelude::*;

    const A: u8 = 0x48;

    fn celsius(high: u8, low: u8) -> Result<f64, Absent> {
        decode(&Raw::new(&[high, low])).map(Celsius::get)
    }

    #[test]
    fn vectors_decode() {
        assert_eq!(celsius(0x0C, 0x80), Ok(25.0));
        assert_eq!(celsius(0xF3, 0x80), Ok(-25.0));
        assert_eq!(celsius(0x32, 0x00), Ok(100.0));
        assert_eq!(celsius(0xFF, 0xF0), Ok(-0.125));
        assert_eq!(celsius(0x2A, 0x80), Ok(85.0));
        assert_eq!(celsius(0x80, 0x00), Err(Absent::NotReady));
        assert_eq!(decode(&Raw::new(&[0x0C])), Err(Absent::ShortTransfer));
        assert_eq!(decode(&Raw::new(&[0x0C, 0x80, 0x00])), Err(Absent::ShortTransfer));
    }

    #[test]
    fn prepare_identifies_configures_and_reads_back() {
        for (revision, flags) in [(0x01, 0x22), (0x31, 0x02), (0x11, 0x82)] {
            let mut bus = Mock::new([
                wr(A, &[0x0F], &[revision, 0x17]),
                w(A, &[0x01, 0x02, 0x20]),
                wr(A, &[0x01], &[flags, 0x20]),
            ]);
            let mut chip = Tmp117::new(A);
            assert_eq!(chip.prepare(&mut bus, 0), Ok(Progress::Wait(Span::ms(140))));
            assert_eq!(chip.prepare(&mut bus, 1), Ok(Progress::Ready));
            bus.done();
        }
    }

    #[test]
    fn a_sibling_and_a_dead_bus_are_refused_before_anything_is_written() {
        for answer in [[0x11, 0x16], [0x00, 0x00], [0xFF, 0xFF], [0x21, 0x19]] {
            let mut bus = Mock::new([wr(A, &[0x0F], &answer)]);
            let fault = Fault::WrongChip {
                register: Register::DeviceId.name(),
                found: u16::from_be_bytes(answer),
                expected: 0x117,
            };
            assert_eq!(Tmp117::new(A).prepare(&mut bus, 0), Err(fault));
            bus.done();
        }
    }

    fn fetched(result: [u8; 2], configuration: [u8; 2]) -> Result<Raw, Fault> {
        let mut bus = Mock::new([wr(A, &[0x00], &result), wr(A, &[0x01], &configuration)]);
        let raw = Tmp117::new(A).fetch(&mut bus);
        bus.done();
        raw
    }

    #[test]
    fn fetch_gives_the_bytes_of_a_chip_that_kept_its_configuration() {
        assert_eq!(fetched([0x0C, 0x80], [0x22, 0x20]), Ok(Raw::new(&[0x0C, 0x80])));
        assert_eq!(Tmp117::new(A).start(&mut Mock::new([])), Ok(Span::ZERO));
        assert_eq!(Tmp117::new(A).release(&mut Mock::new([])), Ok(()));
    }

    #[test]
    fn no_result_another_configuration_and_a_dead_bus_are_never_a_reading() {
        assert_eq!(fetched([0x80, 0x00], [0x02, 0x20]), Err(Fault::NotReady));
        for configuration in [[0x00; 2], [0xFF; 2], [0x06, 0x20], [0x02, 0x00]] {
            let fault = fetched(configuration, configuration).unwrap_err();
            assert_eq!(fault.absent(), Absent::Unconfigured, "{configuration:x?}");
        }
    }

    #[test]
    fn a_short_or_failed_transfer_is_never_a_reading() {
        let short = wr(A, &[0x00], &[0x0C]);
        let mut bus = Mock::new([short.clone(), short]);
        let fault = Tmp117::new(A).fetch(&mut bus).unwrap_err();
        assert_eq!(fault.absent(), Absent::ShortTransfer);
        let mut bus = Mock::new([fails(wr(A, &[0x00], &[]), BusFault::NoAnswer)]);
        let fault = Tmp117::new(A).fetch(&mut bus).unwrap_err();
        assert_eq!(
            fault,
            Fault::Bus {
                fault: BusFault::NoAnswer,
                register: Register::TempResult.name()
            }
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_within_256_kelvin_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..=16)) {
            if let Ok(celsius) = decode(&Raw::new(&bytes)) {
                prop_assert!(celsius.get().abs() < 256.0);
            }
        }
    }
}
