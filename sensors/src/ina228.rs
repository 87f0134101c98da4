//! INA228: voltage and current of one supply, finer than the INA226 and up to 85 V.
//!
//! It measures on its own (TI SBOSA20, section 7). The current is computed here from the shunt voltage, so it depends on
//! no calibration register. ADC_CONFIG is read with every result: its power-up value is not the one written, so a
//! chip that restarted is seen and prepared again.

use crate::driver::{Driver, Fault, I2cBus, Progress, Raw, read_register, read_word, write};
use points::{Absent, Ampere, Quantity, Span, Volt, Watt};

/// The registers in use (table 7-3 of the data sheet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Register {
    Config = 0x00,
    AdcConfig = 0x01,
    VShunt = 0x04,
    VBus = 0x05,
    DiagAlrt = 0x0B,
    ManufacturerId = 0x3E,
    DeviceId = 0x3F,
}

impl Register {
    const fn name(self) -> &'static str {
        match self {
            Register::Config => "INA228 CONFIG (0x00)",
            Register::AdcConfig => "INA228 ADC_CONFIG (0x01)",
            Register::VShunt => "INA228 VSHUNT (0x04)",
            Register::VBus => "INA228 VBUS (0x05)",
            Register::DiagAlrt => "INA228 DIAG_ALRT (0x0B)",
            Register::ManufacturerId => "INA228 MANUFACTURER_ID (0x3E)",
            Register::DeviceId => "INA228 DEVICE_ID (0x3F)",
        }
    }
}

const MANUFACTURER: u16 = 0x5449;
/// The upper twelve bits of DEVICE_ID; the lower four are the revision.
const DEVICE: u16 = 0x228;
/// ADCRANGE 0: the shunt within ±163.84 mV; no delay, no temperature compensation.
const CONFIG: u16 = 0;
/// RST and RSTACC are orders and read 0.
const CONFIG_MASK: u16 = 0x3FFF;
/// MODE shunt and bus continuously, both conversions 1052 us, AVG 16: a result every 34 ms.
const ADC_CONFIG: u16 = 0xB << 12 | 0b101 << 9 | 0b101 << 6 | 0b101 << 3 | 0b010;
/// Sixteen pairs of conversions, 10 % slow, are 37 ms; before that the registers hold older results.
const FIRST: Span = Span::ms(40);
/// Bit 0 of DIAG_ALRT: the trim memory is whole.
const MEMSTAT: u16 = 1;

const VOLT_PER_SHUNT_COUNT: f64 = 312.5e-9;
const VOLT_PER_BUS_COUNT: f64 = 195.312_5e-6;
/// Largest and smallest code of 20 bits: a clipped shunt voltage.
const SHUNT_CLIPPED: [i32; 2] = [0x7_FFFF, -0x8_0000];
/// 85 V, the most the input may carry, in counts.
const BUS_LIMIT: i32 = 435_200;

/// Voltage over the shunt at which a reading clips, in volts.
pub const SHUNT_FULL_SCALE_V: f64 = 0.163_84;

/// What one reading says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Voltage over the shunt, within ±163.84 mV.
    pub shunt: Volt,
    /// Voltage of the supply, 0..=85 V.
    pub bus: Volt,
    /// Current through the shunt, signed.
    pub current: Ampere,
    /// Current times supply voltage, signed.
    pub power: Watt,
}

/// The driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ina228 {
    address: u8,
}

impl Ina228 {
    /// At `address` (0x40..=0x4F).
    pub const fn new(address: u8) -> Self {
        Ina228 { address }
    }

    fn word<B: I2cBus>(&self, bus: &mut B, register: Register) -> Result<u16, Fault> {
        read_word(bus, self.address, register as u8, register.name())
    }

    fn check<B: I2cBus>(
        &self,
        bus: &mut B,
        register: Register,
        mask: u16,
        written: u16,
    ) -> Result<(), Fault> {
        let found = self.word(bus, register)?;
        if found & mask == written {
            Ok(())
        } else {
            Err(Fault::Configuration {
                register: register.name(),
                found,
                written,
            })
        }
    }

    fn set<B: I2cBus>(&self, bus: &mut B, register: Register, mask: u16, value: u16) -> Result<(), Fault> {
        let [high, low] = value.to_be_bytes();
        write(bus, self.address, &[register as u8, high, low], register.name())?;
        self.check(bus, register, mask, value)
    }

    fn identify<B: I2cBus>(&self, bus: &mut B) -> Result<(), Fault> {
        let register = Register::ManufacturerId;
        let found = self.word(bus, register)?;
        if found != MANUFACTURER {
            return Err(Fault::WrongChip {
                register: register.name(),
                found,
                expected: MANUFACTURER,
            });
        }
        let register = Register::DeviceId;
        let found = self.word(bus, register)?;
        if found >> 4 != DEVICE {
            return Err(Fault::WrongChip {
                register: register.name(),
                found,
                expected: DEVICE << 4,
            });
        }
        Ok(())
    }
}

impl<B: I2cBus> Driver<B> for Ina228 {
    /// Checks both identities and the trim memory, writes both configurations and reads them back, then waits for the
    /// first result under them.
    fn prepare(&mut self, bus: &mut B, step: u8) -> Result<Progress, Fault> {
        if step > 0 {
            return Ok(Progress::Ready);
        }
        self.identify(bus)?;
        self.check(bus, Register::DiagAlrt, MEMSTAT, MEMSTAT)?;
        self.set(bus, Register::Config, CONFIG_MASK, CONFIG)?;
        self.set(bus, Register::AdcConfig, u16::MAX, ADC_CONFIG)?;
        Ok(Progress::Wait(FIRST))
    }

    /// Nothing to do: the chip runs.
    fn start(&mut self, _bus: &mut B) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    fn fetch(&mut self, bus: &mut B) -> Result<Raw, Fault> {
        let read = |bus: &mut B, register: Register| {
            read_register::<3, B>(bus, self.address, register as u8, register.name())
        };
        let [s0, s1, s2] = read(bus, Register::VShunt)?;
        let [b0, b1, b2] = read(bus, Register::VBus)?;
        // After the results: a restart between them is seen, too.
        self.check(bus, Register::AdcConfig, u16::MAX, ADC_CONFIG)?;
        Ok(Raw::new(&[s0, s1, s2, b0, b1, b2]))
    }

    /// Nothing to do: measuring moves nothing.
    fn release(&mut self, _bus: &mut B) -> Result<(), Fault> {
        Ok(())
    }
}

/// The signed number of 20 bits that stands left-justified in three bytes.
const fn counts(bytes: [u8; 3]) -> i32 {
    i32::from_be_bytes([bytes[0], bytes[1], bytes[2], 0]) >> 12
}

/// The sample in six raw bytes: VSHUNT (signed, 312.5 nV) and VBUS (195.3125 uV), over a shunt of `shunt_milliohm`
/// (section 7.6).
///
/// # Errors
/// `ShortTransfer` for another length, `OverRange` for a clipped shunt voltage of either sign and for a supply outside
/// 0..=85 V, `Unconfigured` when the shunt is not a positive finite resistance.
pub fn decode(raw: &Raw, shunt_milliohm: f64) -> Result<Sample, Absent> {
    let &[s0, s1, s2, b0, b1, b2] = raw.bytes() else {
        return Err(Absent::ShortTransfer);
    };
    if !(shunt_milliohm.is_finite() && shunt_milliohm > 0.0) {
        return Err(Absent::Unconfigured);
    }
    let (shunt, bus) = (counts([s0, s1, s2]), counts([b0, b1, b2]));
    if SHUNT_CLIPPED.contains(&shunt) || !(0..=BUS_LIMIT).contains(&bus) {
        return Err(Absent::OverRange);
    }
    let shunt = f64::from(shunt) * VOLT_PER_SHUNT_COUNT;
    let bus = f64::from(bus) * VOLT_PER_BUS_COUNT;
    // A shunt next to nothing makes the current infinite.
    let current = <Ampere as Quantity>::new(shunt * 1000.0 / shunt_milliohm).ok_or(Absent::OverRange)?;
    let power = <Watt as Quantity>::new(current.get() * bus).ok_or(Absent::OverRange)?;
    Ok(Sample {
        shunt: Volt::of(shunt),
        bus: Volt::of(bus),
        current,
        power,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::BusFault;
    use crate::mock::{Mock, Transfer, fails, w, wr};
    use proptest::prelude::*;
    use std::vec::Vec;

    const A: u8 = 0x41;

    fn chip() -> Ina228 {
        Ina228::new(A)
    }

    #[test]
    fn the_vendors_example_decodes() {
        // 16.2 milliohm, 6 A at 48 V.
        let sample = decode(&Raw::new(&[0x4B, 0xF0, 0x00, 0x3C, 0x00, 0x00]), 16.2).unwrap();
        assert!((sample.shunt.get() - 0.0972).abs() < 1e-12, "{sample:?}");
        assert!((sample.bus.get() - 48.0).abs() < 1e-12, "{sample:?}");
        assert!((sample.current.get() - 6.0).abs() < 1e-9, "{sample:?}");
        assert!((sample.power.get() - 288.0).abs() < 1e-9, "{sample:?}");
        let sample = decode(&Raw::new(&[0xB4, 0x10, 0x00, 0x3C, 0x00, 0x00]), 16.2).unwrap();
        assert!((sample.current.get() + 6.0).abs() < 1e-9, "{sample:?}");
    }

    #[test]
    fn the_configuration_follows_from_its_fields() {
        // The reset value 0xFB68 with MODE 0xB for 0xF and AVG 010 for 000.
        assert_eq!(ADC_CONFIG, (0xFB68 & 0x0FFF) | 0xB000 | 2);
    }

    #[test]
    fn clipped_impossible_and_short_are_never_a_sample() {
        let bad = |bytes: &[u8]| decode(&Raw::new(bytes), 2.0).unwrap_err();
        assert_eq!(bad(&[0x7F, 0xFF, 0xF0, 0x3C, 0, 0]), Absent::OverRange);
        assert_eq!(bad(&[0x80, 0x00, 0x00, 0x3C, 0, 0]), Absent::OverRange);
        assert_eq!(bad(&[0x00, 0x00, 0x00, 0x6A, 0x40, 0x10]), Absent::OverRange);
        assert_eq!(bad(&[0xFF; 6]), Absent::OverRange);
        assert_eq!(bad(&[0x00, 0x00, 0x00]), Absent::ShortTransfer);
        assert!(
            decode(&Raw::new(&[0, 0, 0, 0x6A, 0x40, 0x00]), 2.0).is_ok(),
            "85 V"
        );
        for milliohm in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let raw = Raw::new(&[0x4B, 0xF0, 0x00, 0x3C, 0x00, 0x00]);
            assert_eq!(decode(&raw, milliohm), Err(Absent::Unconfigured));
        }
    }

    fn identity() -> Vec<Transfer> {
        Vec::from([
            wr(A, &[0x3E], &[0x54, 0x49]),
            wr(A, &[0x3F], &[0x22, 0x81]),
            wr(A, &[0x0B], &[0x00, 0x03]),
        ])
    }

    #[test]
    fn prepare_identifies_and_configures() {
        let mut script = identity();
        script.extend([
            w(A, &[0x00, 0x00, 0x00]),
            wr(A, &[0x00], &[0x00, 0x00]),
            w(A, &[0x01, 0xBB, 0x6A]),
            wr(A, &[0x01], &[0xBB, 0x6A]),
        ]);
        let mut bus = Mock::new(script);
        assert_eq!(chip().prepare(&mut bus, 0), Ok(Progress::Wait(Span::ms(40))));
        assert_eq!(chip().prepare(&mut bus, 1), Ok(Progress::Ready));
        bus.done();
    }

    #[test]
    fn another_chip_and_damaged_trim_memory_are_refused_before_anything_is_written() {
        // The INA226 has no such register; a dead bus; the INA238 of the same family.
        for answer in [[0x00, 0x00], [0xFF, 0xFF]] {
            let mut bus = Mock::new([wr(A, &[0x3E], &answer)]);
            assert_eq!(
                chip().prepare(&mut bus, 0).unwrap_err().absent(),
                Absent::WrongChip
            );
            bus.done();
        }
        let mut script = identity();
        script.truncate(1);
        script.push(wr(A, &[0x3F], &[0x23, 0x81]));
        let fault = chip().prepare(&mut Mock::new(script), 0).unwrap_err();
        assert_eq!(fault.absent(), Absent::WrongChip);
        let mut script = identity();
        script[2] = wr(A, &[0x0B], &[0x00, 0x02]);
        let fault = chip().prepare(&mut Mock::new(script), 0).unwrap_err();
        assert_eq!(fault.absent(), Absent::Unconfigured);
    }

    #[test]
    fn what_does_not_read_back_is_a_fault() {
        let mut script = identity();
        script.extend([w(A, &[0x00, 0x00, 0x00]), wr(A, &[0x00], &[0x00, 0x10])]);
        let fault = Fault::Configuration {
            register: Register::Config.name(),
            found: 0x10,
            written: 0,
        };
        assert_eq!(chip().prepare(&mut Mock::new(script), 0), Err(fault));
    }

    fn fetched(shunt: [u8; 3], bus: [u8; 3], configuration: [u8; 2]) -> Result<Raw, Fault> {
        let mut script = Mock::new([
            wr(A, &[0x04], &shunt),
            wr(A, &[0x05], &bus),
            wr(A, &[0x01], &configuration),
        ]);
        let raw = chip().fetch(&mut script);
        script.done();
        raw
    }

    #[test]
    fn fetch_gives_the_bytes_of_a_chip_that_kept_its_configuration() {
        let raw = Raw::new(&[0x4B, 0xF0, 0x00, 0x3C, 0x00, 0x00]);
        assert_eq!(
            fetched([0x4B, 0xF0, 0x00], [0x3C, 0x00, 0x00], [0xBB, 0x6A]),
            Ok(raw)
        );
        assert_eq!(chip().start(&mut Mock::new([])), Ok(Span::ZERO));
        assert_eq!(chip().release(&mut Mock::new([])), Ok(()));
    }

    #[test]
    fn a_restarted_chip_and_a_dead_bus_are_never_a_reading() {
        for configuration in [[0xFB, 0x68], [0x00, 0x00], [0xFF, 0xFF]] {
            let fault = fetched([0; 3], [0; 3], configuration).unwrap_err();
            assert_eq!(fault.absent(), Absent::Unconfigured);
        }
    }

    #[test]
    fn a_short_or_failed_transfer_is_never_a_reading() {
        let short = wr(A, &[0x04], &[0x4B, 0xF0]);
        let fault = chip().fetch(&mut Mock::new([short.clone(), short])).unwrap_err();
        assert_eq!(fault.absent(), Absent::ShortTransfer);
        let silent = fails(wr(A, &[0x04], &[]), BusFault::NoAnswer);
        let fault = chip().fetch(&mut Mock::new([silent])).unwrap_err();
        assert_eq!(
            fault,
            Fault::Bus {
                fault: BusFault::NoAnswer,
                register: Register::VShunt.name()
            }
        );
    }

    proptest! {
        #[test]
        fn any_bytes_and_any_shunt_are_in_range_or_none(
            bytes in proptest::collection::vec(any::<u8>(), 0..=8),
            milliohm in proptest::num::f64::ANY,
        ) {
            if let Ok(sample) = decode(&Raw::new(&bytes), milliohm) {
                prop_assert!(bytes.len() == 6);
                prop_assert!(sample.shunt.get().abs() < SHUNT_FULL_SCALE_V);
                prop_assert!((0.0..=85.0).contains(&sample.bus.get()));
                prop_assert!(sample.current.get().is_finite() && sample.power.get().is_finite());
            }
        }
    }
}
