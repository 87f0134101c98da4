//! Eastron SDM630: a three-phase energy meter on a Modbus RTU line.
//!
//! One request reads the block from the voltage of phase 1 to the imported energy: 37 of the 40 floats that a request may
//! carry (SDM630-Modbus protocol V1.8). Floats are IEEE 754 in two registers, the upper first; a meter whose register
//! order was changed, or another meter, shows itself by its frequency.

use crate::driver::{Driver, Fault, Progress, Raw};
use crate::rtu::{self, SerialLine};
use points::{Absent, Ampere, Hertz, KilowattHour, Quantity, Ratio, Span, Volt, Watt};

/// Input registers in use, of phase 1 where a value has one for each; a float takes two.
mod register {
    pub const VOLTAGE: usize = 0x00;
    pub const CURRENT: usize = 0x06;
    pub const POWER: usize = 0x0C;
    pub const TOTAL_POWER: usize = 0x34;
    pub const POWER_FACTOR: usize = 0x3E;
    pub const FREQUENCY: usize = 0x46;
    pub const IMPORT_ENERGY: usize = 0x48;
}

/// Where the thirteen floats of a sample stand in the block.
const FLOATS: [usize; 13] = [
    register::VOLTAGE,
    register::VOLTAGE + 2,
    register::VOLTAGE + 4,
    register::CURRENT,
    register::CURRENT + 2,
    register::CURRENT + 4,
    register::POWER,
    register::POWER + 2,
    register::POWER + 4,
    register::TOTAL_POWER,
    register::POWER_FACTOR,
    register::FREQUENCY,
    register::IMPORT_ENERGY,
];
/// Bytes of the block that holds them all.
const BLOCK: usize = 2 * (register::IMPORT_ENERGY + 2);
/// Bytes of the floats of a sample.
const SAMPLE: usize = 4 * FLOATS.len();

// One request carries at most forty floats, and a frame holds a sample.
const _: () = assert!(BLOCK <= 4 * 40 && SAMPLE <= Raw::CAPACITY);

const BLOCK_NAME: &str = "SDM630 input registers 0x0000 to 0x0049";
const FREQUENCY_NAME: &str = "SDM630 frequency (0x0046)";

/// Frequencies that a mains has, Hz.
const MAINS_HZ: core::ops::RangeInclusive<f64> = 45.0..=65.0;
/// The upper register of 50.0 Hz, what the meter should show there.
const FIFTY_HZ: u16 = 0x4248;
/// The phases' powers may differ from their sum by this share and this many watts: they are not of one instant.
const SUM_SHARE: f64 = 0.02;
const SUM_W: f64 = 5.0;
/// A power factor beyond one by no more than rounding.
const FACTOR_MOST: f64 = 1.001;

/// What one reading says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Phase to neutral.
    pub voltage: [Volt; 3],
    /// Of each phase.
    pub current: [Ampere; 3],
    /// Active power of each phase, signed.
    pub power: [Watt; 3],
    /// Active power of all phases.
    pub total: Watt,
    /// Power factor of all phases, within ±1; its sign is the direction.
    pub power_factor: Ratio,
    /// Mains frequency.
    pub frequency: Hertz,
    /// Imported active energy since the meter was made.
    pub energy: KilowattHour,
}

/// The driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdm630 {
    unit: u8,
}

impl Sdm630 {
    /// The meter at this node, 1 to 247.
    pub const fn new(unit: u8) -> Self {
        Sdm630 { unit }
    }
}

impl<L: SerialLine> Driver<L> for Sdm630 {
    /// Reads the frequency: another meter and another register order show there.
    fn prepare(&mut self, line: &mut L, _step: u8) -> Result<Progress, Fault> {
        let mut bytes = [0; 4];
        let address = u16::try_from(register::FREQUENCY).unwrap_or_default();
        rtu::read_input(line, self.unit, address, &mut bytes, FREQUENCY_NAME)?;
        if MAINS_HZ.contains(&f64::from(f32::from_be_bytes(bytes))) {
            Ok(Progress::Ready)
        } else {
            Err(Fault::WrongChip {
                register: FREQUENCY_NAME,
                found: u16::from_be_bytes([bytes[0], bytes[1]]),
                expected: FIFTY_HZ,
            })
        }
    }

    /// Nothing to do: the meter measures.
    fn start(&mut self, _line: &mut L) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    fn fetch(&mut self, line: &mut L) -> Result<Raw, Fault> {
        let mut block = [0; BLOCK];
        rtu::read_input(line, self.unit, 0, &mut block, BLOCK_NAME)?;
        let mut sample = [0; SAMPLE];
        for (to, register) in sample.chunks_exact_mut(4).zip(FLOATS) {
            if let Some(from) = block.get(2 * register..2 * register + 4) {
                to.copy_from_slice(from);
            }
        }
        Ok(Raw::new(&sample))
    }

    /// Nothing to do: the meter measures.
    fn release(&mut self, _line: &mut L) -> Result<(), Fault> {
        Ok(())
    }
}

/// The sample in 52 raw bytes: thirteen floats in the order of the block.
///
/// # Errors
/// `ShortTransfer` for another length, `OverRange` for a number that is none and a power factor beyond one,
/// `WrongChip` for a frequency that no mains has, `Disagrees` when the phases do not sum to the whole.
pub fn decode(raw: &Raw) -> Result<Sample, Absent> {
    let mut floats = [0.0; FLOATS.len()];
    let (chunks, rest) = raw.bytes().as_chunks::<4>();
    if chunks.len() != floats.len() || !rest.is_empty() {
        return Err(Absent::ShortTransfer);
    }
    for (float, bytes) in floats.iter_mut().zip(chunks) {
        *float = f64::from(f32::from_be_bytes(*bytes));
    }
    let [
        v1,
        v2,
        v3,
        i1,
        i2,
        i3,
        p1,
        p2,
        p3,
        total,
        factor,
        frequency,
        energy,
    ] = floats;
    if !MAINS_HZ.contains(&frequency) {
        return Err(Absent::WrongChip);
    }
    if factor.abs() > FACTOR_MOST {
        return Err(Absent::OverRange);
    }
    let sample = Sample {
        voltage: three([v1, v2, v3])?,
        current: three([i1, i2, i3])?,
        power: three([p1, p2, p3])?,
        total: number(total)?,
        power_factor: number(factor.clamp(-1.0, 1.0))?,
        frequency: number(frequency)?,
        energy: number(energy)?,
    };
    if (p1 + p2 + p3 - total).abs() > SUM_SHARE * total.abs() + SUM_W {
        return Err(Absent::Disagrees);
    }
    Ok(sample)
}

fn number<Q: Quantity>(number: f64) -> Result<Q, Absent> {
    Q::new(number).ok_or(Absent::OverRange)
}

fn three<Q: Quantity>([a, b, c]: [f64; 3]) -> Result<[Q; 3], Absent> {
    Ok([number(a)?, number(b)?, number(c)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crc::crc16_modbus;
    use crate::driver::BusFault;
    use crate::mock::Line;
    use proptest::prelude::*;
    use std::vec::Vec;

    const HZ_ASKED: [u8; 8] = [0x01, 0x04, 0x00, 0x46, 0x00, 0x02, 0x90, 0x1E];
    const HZ_ANSWER: [u8; 9] = [0x01, 0x04, 0x04, 0x42, 0x48, 0x00, 0x00, 0x6F, 0xEA];

    /// 230.0, 231.5 and 229.25 V, 4321.5 W together, power factor -0.95, 50.0 Hz, 12345.678 kWh.
    fn values() -> [f32; 13] {
        [
            230.0, 231.5, 229.25, 6.5, 6.6, 6.7, 1_400.5, 1_450.0, 1_471.0, 4_321.5, -0.95, 50.0, 12_345.678,
        ]
    }

    fn block(values: [f32; 13]) -> [u8; BLOCK] {
        // What stands between them is undefined.
        let mut block = [0x7F; BLOCK];
        for (value, register) in values.into_iter().zip(FLOATS) {
            block[2 * register..2 * register + 4].copy_from_slice(&value.to_be_bytes());
        }
        block
    }

    fn raw(values: [f32; 13]) -> Raw {
        Raw::new(&values.map(f32::to_be_bytes).concat())
    }

    fn frame(body: &[u8]) -> Vec<u8> {
        let mut frame = Vec::from([0x01, 0x04, u8::try_from(body.len()).unwrap()]);
        frame.extend(body);
        let crc = crc16_modbus(&frame);
        frame.extend(crc.to_le_bytes());
        frame
    }

    #[test]
    fn the_floats_of_the_documents_decode() {
        for (bytes, value) in [
            ([0x43, 0x66, 0x33, 0x34], 230.2),
            ([0x45, 0x87, 0x0C, 0x00], 4_321.5),
            ([0xBF, 0x73, 0x33, 0x33], -0.95),
            ([0x46, 0x40, 0xE6, 0xB6], 12_345.678),
        ] {
            let found = f64::from(f32::from_be_bytes(bytes));
            assert!((found - value).abs() < 1e-3, "{found} {value}");
        }
        let sample = decode(&raw(values())).unwrap();
        assert!((sample.voltage[1].get() - 231.5).abs() < 1e-6);
        assert!((sample.current[2].get() - 6.7).abs() < 1e-6);
        assert!((sample.power[0].get() - 1_400.5).abs() < 1e-6);
        assert!((sample.total.get() - 4_321.5).abs() < 1e-6);
        assert!((sample.power_factor.get() + 0.95).abs() < 1e-6);
        assert!((sample.frequency.get() - 50.0).abs() < 1e-6);
        assert!((sample.energy.get() - 12_345.678).abs() < 1e-2);
    }

    #[test]
    fn a_meter_is_known_by_its_frequency() {
        let prepared = |answer: Result<&[u8], BusFault>| {
            let mut line = Line::new([(&HZ_ASKED[..], answer)]);
            let prepared = Sdm630::new(1).prepare(&mut line, 0);
            line.done();
            prepared
        };
        assert_eq!(prepared(Ok(&HZ_ANSWER)), Ok(Progress::Ready));
        // The same float with its registers exchanged, none at all, and one that is no number.
        for bytes in [[0x00, 0x00, 0x42, 0x48], [0, 0, 0, 0], [0x7F, 0xC0, 0, 0]] {
            let fault = prepared(Ok(&frame(&bytes))).unwrap_err();
            assert_eq!(fault.absent(), Absent::WrongChip, "{bytes:x?}");
        }
        let silent = prepared(Err(BusFault::NoAnswer)).unwrap_err();
        assert_eq!(silent.absent(), Absent::NoAnswer);
    }

    #[test]
    fn fetch_takes_the_floats_out_of_the_block() {
        let asked = [0x01, 0x04, 0x00, 0x00, 0x00, 0x4A];
        let asked = [&asked[..], &crc16_modbus(&asked).to_le_bytes()].concat();
        let answer = frame(&block(values()));
        let mut line = Line::new([(&asked[..], Ok(&answer[..])), (&asked[..], Ok(&answer[..60]))]);
        let mut meter = Sdm630::new(1);
        assert_eq!(Driver::<Line>::start(&mut meter, &mut line), Ok(Span::ZERO));
        assert_eq!(meter.fetch(&mut line), Ok(raw(values())));
        assert_eq!(
            meter.fetch(&mut line).unwrap_err().absent(),
            Absent::ShortTransfer
        );
        assert_eq!(Driver::<Line>::release(&mut meter, &mut line), Ok(()));
        line.done();
    }

    #[test]
    fn what_no_mains_shows_is_never_a_sample() {
        let bad = |place: usize, value: f32| {
            let mut values = values();
            values[place] = value;
            decode(&raw(values)).unwrap_err()
        };
        assert_eq!(bad(0, f32::NAN), Absent::OverRange);
        assert_eq!(bad(12, f32::INFINITY), Absent::OverRange);
        assert_eq!(bad(9, f32::NAN), Absent::OverRange);
        assert_eq!(bad(10, 1.01), Absent::OverRange);
        assert_eq!(bad(11, 0.0), Absent::WrongChip);
        assert_eq!(bad(11, f32::NAN), Absent::WrongChip);
        assert_eq!(bad(6, 5_000.0), Absent::Disagrees);
        assert_eq!(decode(&Raw::new(&[0; 51])), Err(Absent::ShortTransfer));
        assert_eq!(decode(&Raw::new(&[])), Err(Absent::ShortTransfer));
    }

    proptest! {
        #[test]
        fn any_bytes_are_finite_or_none(bytes in proptest::collection::vec(any::<u8>(), 52)) {
            if let Ok(sample) = decode(&Raw::new(&bytes)) {
                prop_assert!(sample.power_factor.get().abs() <= 1.0);
                prop_assert!(MAINS_HZ.contains(&sample.frequency.get()));
            }
        }
    }
}
