//! INA226: voltage and current of one supply.
//!
//! It measures shunt and bus voltage on its own (TI SBOS547B, section 7). The current is computed here from the
//! shunt voltage, so it does not depend on the chip's Calibration register; that register is written all the same
//! and read with every result, because it is zero after a brown-out: then the averaging is lost as well and the
//! chip must be prepared again.

use crate::driver::{Driver, Fault, I2cBus, Progress, Raw, read_word, write};
use points::{Absent, Ampere, Quantity, Span, Volt, Watt};

/// The registers in use (table 7-1 of the data sheet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Register {
    Configuration = 0x00,
    ShuntVoltage = 0x01,
    BusVoltage = 0x02,
    Calibration = 0x05,
    ManufacturerId = 0xFE,
    DieId = 0xFF,
}

impl Register {
    const fn name(self) -> &'static str {
        match self {
            Register::Configuration => "INA226 Configuration (0x00)",
            Register::ShuntVoltage => "INA226 Shunt Voltage (0x01)",
            Register::BusVoltage => "INA226 Bus Voltage (0x02)",
            Register::Calibration => "INA226 Calibration (0x05)",
            Register::ManufacturerId => "INA226 Manufacturer ID (0xFE)",
            Register::DieId => "INA226 Die ID (0xFF)",
        }
    }
}

const MANUFACTURER: u16 = 0x5449;
/// The upper twelve bits of Die ID; the lower four are the revision.
const DIE: u16 = 0x226;
/// Bits 14:12 as they read, AVG 16, both conversions 1.1 ms, shunt and bus continuously: a result every 35 ms.
const CONFIGURATION: u16 = 0b100 << 12 | 0b010 << 9 | 0b100 << 6 | 0b100 << 3 | 0b111;
/// Sixteen pairs of conversions, 10 % slow, are 38.8 ms; before that the registers hold older results.
const FIRST: Span = Span::ms(40);

const VOLT_PER_SHUNT_COUNT: f64 = 2.5e-6;
const VOLT_PER_BUS_COUNT: f64 = 1.25e-3;
/// 36 V, the most the input may carry, in counts.
const BUS_LIMIT: u16 = 28_800;

/// What one reading says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Voltage over the shunt, within ±81.92 mV.
    pub shunt: Volt,
    /// Voltage of the supply, 0..=36 V.
    pub bus: Volt,
    /// Current through the shunt, signed.
    pub current: Ampere,
    /// Current times supply voltage, signed.
    pub power: Watt,
}

/// The driver.
#[derive(Clone, Debug, PartialEq)]
pub struct Ina226 {
    address: u8,
    /// Zero when no calibration fits the shunt and the current.
    calibration: u16,
}

impl Ina226 {
    /// At `address` (0x40..=0x4F), over a shunt of `shunt_milliohm` and for currents up to `max_ampere`.
    ///
    /// Values for which there is no calibration (not above zero, or outside what 15 bits hold) are reported by
    /// `prepare` as [`Fault::Configuration`].
    pub fn new(address: u8, shunt_milliohm: f64, max_ampere: f64) -> Self {
        Ina226 {
            address,
            calibration: calibration(shunt_milliohm, max_ampere).unwrap_or(0),
        }
    }

    fn word<B: I2cBus>(&self, bus: &mut B, register: Register) -> Result<u16, Fault> {
        read_word(bus, self.address, register as u8, register.name())
    }

    fn check<B: I2cBus>(&self, bus: &mut B, register: Register, written: u16) -> Result<(), Fault> {
        let found = self.word(bus, register)?;
        // A calibration of zero is what a restarted chip holds: never good, whatever was computed.
        if found == written && written != 0 {
            Ok(())
        } else {
            Err(Fault::Configuration {
                register: register.name(),
                found,
                written,
            })
        }
    }

    fn set<B: I2cBus>(&self, bus: &mut B, register: Register, value: u16) -> Result<(), Fault> {
        let [high, low] = value.to_be_bytes();
        write(bus, self.address, &[register as u8, high, low], register.name())?;
        self.check(bus, register, value)
    }
}

/// 0.00512 / (current per count * shunt resistance), equation 1 of section 7.5; one count is 1/32768 of the largest
/// current.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked against the range"
)]
fn calibration(shunt_milliohm: f64, max_ampere: f64) -> Option<u16> {
    if !(shunt_milliohm > 0.0 && max_ampere > 0.0) {
        return None;
    }
    let calibration = 0.00512 / (max_ampere / 32768.0 * shunt_milliohm / 1000.0) + 0.5;
    (1.0..32768.0)
        .contains(&calibration)
        .then_some(calibration as u16)
}

impl<B: I2cBus> Driver<B> for Ina226 {
    /// Checks both identities, writes Calibration and Configuration and reads them back, then waits for the first
    /// result under them.
    fn prepare(&mut self, bus: &mut B, step: u8) -> Result<Progress, Fault> {
        if step > 0 {
            return Ok(Progress::Ready);
        }
        let found = self.word(bus, Register::ManufacturerId)?;
        if found != MANUFACTURER {
            let register = Register::ManufacturerId.name();
            return Err(Fault::WrongChip {
                register,
                found,
                expected: MANUFACTURER,
            });
        }
        let found = self.word(bus, Register::DieId)?;
        if found >> 4 != DIE {
            return Err(Fault::WrongChip {
                register: Register::DieId.name(),
                found,
                expected: DIE << 4,
            });
        }
        self.set(bus, Register::Calibration, self.calibration)?;
        self.set(bus, Register::Configuration, CONFIGURATION)?;
        Ok(Progress::Wait(FIRST))
    }

    /// Nothing to do: the chip runs.
    fn start(&mut self, _bus: &mut B) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    fn fetch(&mut self, bus: &mut B) -> Result<Raw, Fault> {
        let [s_high, s_low] = self.word(bus, Register::ShuntVoltage)?.to_be_bytes();
        let [b_high, b_low] = self.word(bus, Register::BusVoltage)?.to_be_bytes();
        // After the results: a restart between them is seen, too.
        self.check(bus, Register::Calibration, self.calibration)?;
        Ok(Raw::new(&[s_high, s_low, b_high, b_low]))
    }

    /// Nothing to do: measuring moves nothing.
    fn release(&mut self, _bus: &mut B) -> Result<(), Fault> {
        Ok(())
    }
}

/// The sample in four raw bytes: Shunt Voltage (signed, 2.5 uV) and Bus Voltage (1.25 mV), over a shunt of
/// `shunt_milliohm` (section 7.6).
///
/// # Errors
/// `ShortTransfer` for another length, `OverRange` for a clipped shunt voltage of either sign and for more than
/// 36 V, `Unconfigured` when the shunt is not a positive finite resistance.
pub fn decode(raw: &Raw, shunt_milliohm: f64) -> Result<Sample, Absent> {
    let &[s_high, s_low, b_high, b_low] = raw.bytes() else {
        return Err(Absent::ShortTransfer);
    };
    if !(shunt_milliohm.is_finite() && shunt_milliohm > 0.0) {
        return Err(Absent::Unconfigured);
    }
    let counts = i16::from_be_bytes([s_high, s_low]);
    let bus_counts = u16::from_be_bytes([b_high, b_low]);
    // Bit 15 of Bus Voltage always reads zero; a word with it set lies far above the limit.
    if counts == i16::MAX || counts == i16::MIN || bus_counts > BUS_LIMIT {
        return Err(Absent::OverRange);
    }
    let shunt = f64::from(counts) * VOLT_PER_SHUNT_COUNT;
    let bus = f64::from(bus_counts) * VOLT_PER_BUS_COUNT;
    let current = shunt * 1000.0 / shunt_milliohm;
    // A shunt next to nothing makes the current infinite.
    let current = <Ampere as Quantity>::new(current).ok_or(Absent::OverRange)?;
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

    const A: u8 = 0x40;
    /// 2 milliohm and 1 mA a count.
    fn chip() -> Ina226 {
        Ina226::new(A, 2.0, 32.768)
    }

    fn expect(bytes: [u8; 4], milliohm: f64, [shunt, bus, current, power]: [f64; 4]) {
        let sample = decode(&Raw::new(&bytes), milliohm).unwrap();
        assert!((sample.shunt.get() - shunt).abs() < 1e-9, "{sample:?}");
        assert!((sample.bus.get() - bus).abs() < 1e-9, "{sample:?}");
        assert!((sample.current.get() - current).abs() < 1e-9, "{sample:?}");
        assert!((sample.power.get() - power).abs() < 1e-9, "{sample:?}");
    }

    #[test]
    fn vectors_decode() {
        expect([0x1F, 0x40, 0x25, 0x70], 2.0, [0.020, 11.98, 10.0, 119.8]);
        expect([0xF0, 0x60, 0x25, 0x70], 2.5, [-0.010, 11.98, -4.0, -47.92]);
        expect([0x83, 0x00, 0x00, 0x00], 2.0, [-0.080, 0.0, -40.0, 0.0]);
        expect([0x00, 0x00, 0x70, 0x80], 2.0, [0.0, 36.0, 0.0, 0.0]);
    }

    #[test]
    fn calibrations_of_the_data_sheet_come_out() {
        assert_eq!(calibration(2.0, 32.768), Some(0x0A00));
        assert_eq!(calibration(2.5, 32.768), Some(0x0800));
        let bad = [0.0, -2.0, f64::NAN, f64::INFINITY, 1e-300, 1e300];
        for number in bad {
            assert_eq!(calibration(number, 32.768), None, "{number}");
            assert_eq!(calibration(2.0, number), None, "{number}");
        }
    }

    #[test]
    fn clipped_impossible_and_short_are_never_a_sample() {
        let bad = |bytes: &[u8]| decode(&Raw::new(bytes), 2.0).unwrap_err();
        assert_eq!(bad(&[0x7F, 0xFF, 0x25, 0x70]), Absent::OverRange);
        assert_eq!(bad(&[0x80, 0x00, 0x25, 0x70]), Absent::OverRange);
        assert_eq!(bad(&[0x1F, 0x40, 0x70, 0x81]), Absent::OverRange);
        assert_eq!(bad(&[0x1F, 0x40, 0xA5, 0xA5]), Absent::OverRange);
        assert_eq!(bad(&[0xFF; 4]), Absent::OverRange);
        assert_eq!(bad(&[0x1F, 0x40]), Absent::ShortTransfer);
        for milliohm in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let raw = Raw::new(&[0x1F, 0x40, 0x25, 0x70]);
            assert_eq!(decode(&raw, milliohm), Err(Absent::Unconfigured));
        }
    }

    fn identity() -> Vec<Transfer> {
        Vec::from([wr(A, &[0xFE], &[0x54, 0x49]), wr(A, &[0xFF], &[0x22, 0x60])])
    }

    #[test]
    fn prepare_identifies_calibrates_and_configures() {
        let mut script = identity();
        script.extend([
            w(A, &[0x05, 0x0A, 0x00]),
            wr(A, &[0x05], &[0x0A, 0x00]),
            w(A, &[0x00, 0x45, 0x27]),
            wr(A, &[0x00], &[0x45, 0x27]),
        ]);
        let mut bus = Mock::new(script);
        assert_eq!(chip().prepare(&mut bus, 0), Ok(Progress::Wait(Span::ms(40))));
        assert_eq!(chip().prepare(&mut bus, 1), Ok(Progress::Ready));
        bus.done();
    }

    #[test]
    fn another_chip_is_refused_before_anything_is_written() {
        for answer in [[0x00, 0x00], [0xFF, 0xFF], [0x49, 0x54]] {
            let mut bus = Mock::new([wr(A, &[0xFE], &answer)]);
            let found = u16::from_be_bytes(answer);
            let register = Register::ManufacturerId.name();
            assert_eq!(
                chip().prepare(&mut bus, 0),
                Err(Fault::WrongChip {
                    register,
                    found,
                    expected: 0x5449
                })
            );
        }
        // The INA228 of the same maker.
        let mut bus = Mock::new([wr(A, &[0xFE], &[0x54, 0x49]), wr(A, &[0xFF], &[0x22, 0x81])]);
        assert_eq!(
            chip().prepare(&mut bus, 0).unwrap_err().absent(),
            Absent::WrongChip
        );
        let mut revised = identity();
        revised[1] = wr(A, &[0xFF], &[0x22, 0x61]);
        revised.push(fails(w(A, &[0x05, 0x0A, 0x00]), BusFault::Timeout));
        assert_eq!(
            chip().prepare(&mut Mock::new(revised), 0).unwrap_err().absent(),
            Absent::BusTimeout
        );
    }

    #[test]
    fn what_does_not_read_back_is_a_fault() {
        let mut script = identity();
        script.extend([w(A, &[0x05, 0x0A, 0x00]), wr(A, &[0x05], &[0x00, 0x00])]);
        let fault = Fault::Configuration {
            register: Register::Calibration.name(),
            found: 0,
            written: 0x0A00,
        };
        assert_eq!(chip().prepare(&mut Mock::new(script), 0), Err(fault));
        let mut script = identity();
        script.extend([w(A, &[0x05, 0x00, 0x00]), wr(A, &[0x05], &[0x00, 0x00])]);
        let fault = Ina226::new(A, 0.0, 1.0)
            .prepare(&mut Mock::new(script), 0)
            .unwrap_err();
        assert_eq!(fault.absent(), Absent::Unconfigured);
    }

    fn fetched(calibration: [u8; 2], shunt: [u8; 2], bus: [u8; 2]) -> Result<Raw, Fault> {
        let script = [
            wr(A, &[0x01], &shunt),
            wr(A, &[0x02], &bus),
            wr(A, &[0x05], &calibration),
        ];
        let mut bus = Mock::new(script);
        let raw = chip().fetch(&mut bus);
        bus.done();
        raw
    }

    #[test]
    fn fetch_gives_the_bytes_of_a_chip_that_kept_its_calibration() {
        let raw = Raw::new(&[0x1F, 0x40, 0x25, 0x70]);
        assert_eq!(fetched([0x0A, 0x00], [0x1F, 0x40], [0x25, 0x70]), Ok(raw));
        assert_eq!(chip().start(&mut Mock::new([])), Ok(Span::ZERO));
        assert_eq!(chip().release(&mut Mock::new([])), Ok(()));
    }

    #[test]
    fn a_restarted_chip_and_a_dead_bus_are_never_a_reading() {
        for (calibration, rest) in [
            ([0x00; 2], [0x1F, 0x40]),
            ([0x00; 2], [0x00; 2]),
            ([0xFF; 2], [0xFF; 2]),
        ] {
            assert_eq!(
                fetched(calibration, rest, rest).unwrap_err().absent(),
                Absent::Unconfigured
            );
        }
    }

    #[test]
    fn a_short_or_failed_transfer_is_never_a_reading() {
        let short = wr(A, &[0x01], &[0x1F]);
        let fault = chip().fetch(&mut Mock::new([short.clone(), short])).unwrap_err();
        assert_eq!(
            fault,
            Fault::Bus {
                fault: BusFault::ShortTransfer,
                register: Register::ShuntVoltage.name()
            }
        );
        let silent = fails(wr(A, &[0x01], &[]), BusFault::NoAnswer);
        assert_eq!(
            chip().fetch(&mut Mock::new([silent])).unwrap_err().absent(),
            Absent::NoAnswer
        );
    }

    proptest! {
        #[test]
        fn any_bytes_and_any_shunt_are_finite_or_none(
            bytes in proptest::collection::vec(any::<u8>(), 0..=16),
            milliohm in proptest::num::f64::ANY,
        ) {
            prop_assert!(bytes.len() == 4 || decode(&Raw::new(&bytes), milliohm) == Err(Absent::ShortTransfer));
        }

        #[test]
        fn any_words_are_in_range_or_none(bytes: [u8; 4], milliohm in proptest::num::f64::ANY) {
            if let Ok(sample) = decode(&Raw::new(&bytes), milliohm) {
                prop_assert!(sample.shunt.get().abs() < 0.08192);
                prop_assert!((0.0..=36.0).contains(&sample.bus.get()));
                prop_assert!(sample.current.get().is_finite() && sample.power.get().is_finite());
            }
        }
    }
}
