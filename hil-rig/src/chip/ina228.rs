//! INA228: shunt voltage, bus voltage, current, power, energy and charge of a supply (11-chips, section 6).
//!
//! Registers of 2, 3 or 5 bytes behind a persisting pointer byte. Results change only when a complete (averaged) round
//! of conversions ends; reading never disturbs and is never refused. A round takes 10 % longer than its typical time
//! and measures its inputs at its end. Current and power follow from the shunt and bus codes before they are cut off
//! towards zero, so that energy and charge are those of the vendor's worked example. The accumulators run in continuous
//! modes only and wrap with their overflow flags. Limits are registers only: there is no ALERT pin here. Unknown
//! registers read 0; a read beyond a register repeats it.

use super::{Nack, Slave};

const CONFIG_RESET: u16 = 0x0000;
const ADC_RESET: u16 = 0xFB68;
const CAL_RESET: u16 = 0x1000;
const DIAG_RESET: u16 = 0x0001;
/// SOVL, SUVL, BOVL, BUVL, TEMP_LIMIT, PWR_LIMIT.
const LIMITS_RESET: [u16; 6] = [0x7FFF, 0x8000, 0x7FFF, 0x0000, 0x7FFF, 0xFFFF];
const MANUFACTURER: u16 = 0x5449;
const DEVICE: u16 = 0x2281;

const RESET: u16 = 1 << 15;
const RESET_ACCUMULATORS: u16 = 1 << 14;
const ADCRANGE: u16 = 1 << 4;
const CONFIG_WRITABLE: u16 = 0x3FF0;

const ENERGY_OVERFLOW: u16 = 1 << 11;
const CHARGE_OVERFLOW: u16 = 1 << 10;
const MATH_OVERFLOW: u16 = 1 << 9;
const CONVERSION_READY: u16 = 1 << 1;
/// ALATCH, CNVR, SLOWALERT, APOL.
const DIAG_WRITABLE: u16 = 0xF000;

/// Typical time of one conversion for CT = 0..7, microseconds.
const CONVERSION_US: [u64; 8] = [50, 84, 150, 280, 540, 1_052, 2_074, 4_120];
/// Averaged conversions for AVG = 0..7.
const AVERAGES: [u64; 8] = [1, 4, 16, 64, 128, 256, 512, 1_024];
/// From reset to measuring, microseconds.
const RECOVERY_US: u64 = 300;

const VOLT_PER_BUS_COUNT: f64 = 195.312_5e-6;
const CELSIUS_PER_COUNT: f64 = 7.812_5e-3;
/// Volts of a shunt count for ADCRANGE 0 and 1.
const VOLT_PER_SHUNT_COUNT: [f64; 2] = [312.5e-9, 78.125e-9];
/// Counts of the accumulators before they wrap: 40 bits, and 40 bits with sign.
const ENERGY_WRAP: f64 = 1_099_511_627_776.0;
const CHARGE_WRAP: f64 = ENERGY_WRAP / 2.0;

/// Emulated INA228.
#[derive(Debug, Clone)]
pub struct Ina228 {
    powered: bool,
    pointer: u8,
    config: u16,
    adc: u16,
    calibration: u16,
    tempco: u16,
    diag: u16,
    limits: [u16; 6],
    shunt: i32,
    bus: i32,
    die: i32,
    /// Before they are cut off: what the accumulators add up.
    current: f64,
    power: f64,
    energy: f64,
    charge: f64,
    done_us: Option<u64>,
    shunt_v: f64,
    bus_v: f64,
    die_c: f64,
    frozen: bool,
    delay_us: u64,
}

impl Default for Ina228 {
    fn default() -> Self {
        Self::new()
    }
}

impl Ina228 {
    /// A monitor without power, inputs at 0 V, 25 deg C.
    #[must_use]
    pub fn new() -> Self {
        Self {
            powered: false,
            pointer: 0,
            config: CONFIG_RESET,
            adc: ADC_RESET,
            calibration: CAL_RESET,
            tempco: 0,
            diag: DIAG_RESET,
            limits: LIMITS_RESET,
            shunt: 0,
            bus: 0,
            die: 0,
            current: 0.0,
            power: 0.0,
            energy: 0.0,
            charge: 0.0,
            done_us: None,
            shunt_v: 0.0,
            bus_v: 0.0,
            die_c: 25.0,
            frozen: false,
            delay_us: 0,
        }
    }

    /// Shunt voltage (V, signed) and bus voltage (V) from `now_us` on; both clip where the converter does.
    pub fn set(&mut self, now_us: u64, shunt_volts: f64, bus_volts: f64) {
        if self.frozen {
            return;
        }
        self.advance(now_us);
        self.shunt_v = shunt_volts;
        self.bus_v = bus_volts;
    }

    fn reset(&mut self, now_us: u64) {
        *self = Self {
            powered: self.powered,
            shunt_v: self.shunt_v,
            bus_v: self.bus_v,
            die_c: self.die_c,
            frozen: self.frozen,
            delay_us: self.delay_us,
            ..Self::new()
        };
        if self.powered {
            self.start(now_us);
        }
    }

    /// Bit 12 bus, bit 13 shunt, bit 14 temperature of MODE; bit 15 continuous.
    fn measures(&self, bit: u32) -> bool {
        (self.adc >> bit) & 1 != 0
    }

    /// Duration of one round, microseconds; zero in shutdown.
    fn round_us(&self) -> u64 {
        let time = |on: bool, shift: u32| {
            if on {
                CONVERSION_US[field(self.adc, shift)]
            } else {
                0
            }
        };
        let once = time(self.measures(12), 9) + time(self.measures(13), 6) + time(self.measures(14), 3);
        let typical = AVERAGES[field(self.adc, 0)] * once;
        if typical == 0 {
            return 0;
        }
        typical + typical.div_ceil(10) + self.delay_us
    }

    fn start(&mut self, now_us: u64) {
        let round_us = self.round_us();
        self.done_us = (round_us > 0).then(|| now_us.saturating_add(RECOVERY_US + round_us));
    }

    /// Completes the rounds that have ended by now; on unmoved inputs all of them give the same result.
    fn advance(&mut self, now_us: u64) {
        let Some(done_us) = self.done_us else { return };
        if now_us < done_us {
            return;
        }
        self.finish();
        let round_us = self.round_us();
        self.done_us = if self.measures(15) {
            let rounds = (now_us - done_us) / round_us + 1;
            self.accumulate(rounds.saturating_mul(round_us));
            Some(done_us.saturating_add(rounds.saturating_mul(round_us)))
        } else {
            None
        };
    }

    fn finish(&mut self) {
        if self.measures(13) {
            let range = usize::from(self.config & ADCRANGE != 0);
            self.shunt = code20(self.shunt_v / VOLT_PER_SHUNT_COUNT[range]);
        }
        if self.measures(12) {
            self.bus = code20(self.bus_v / VOLT_PER_BUS_COUNT).max(0);
        }
        if self.measures(14) {
            self.die = i32::from(super::code_i16(self.die_c / CELSIUS_PER_COUNT));
        }
        // SHUNT_CAL = 13107.2e6 * LSB * R, so a current count is 4096 / SHUNT_CAL shunt counts; zero gives zero.
        self.current = if self.calibration == 0 {
            0.0
        } else {
            f64::from(self.shunt) * 4_096.0 / f64::from(self.calibration)
        };
        self.power = self.current.abs() * f64::from(self.bus) / 16_384.0;
        let overflow = self.current.abs() >= 524_288.0 || self.power >= 16_777_216.0;
        self.diag = self.diag & !MATH_OVERFLOW | CONVERSION_READY | if overflow { MATH_OVERFLOW } else { 0 };
    }

    #[expect(clippy::cast_precision_loss, reason = "spans far below 2^53 us")]
    fn accumulate(&mut self, span_us: u64) {
        let span_s = span_us as f64 / 1e6;
        self.energy += self.power * span_s / 16.0;
        if self.energy >= ENERGY_WRAP {
            self.energy %= ENERGY_WRAP;
            self.diag |= ENERGY_OVERFLOW;
        }
        self.charge += self.current * span_s;
        if self.charge.abs() >= CHARGE_WRAP {
            self.charge %= CHARGE_WRAP;
            self.diag |= CHARGE_OVERFLOW;
        }
    }

    fn configure(&mut self, now_us: u64, value: u16) {
        if value & RESET != 0 {
            self.reset(now_us);
            return;
        }
        if value & RESET_ACCUMULATORS != 0 {
            (self.energy, self.charge) = (0.0, 0.0);
        }
        self.config = value & CONFIG_WRITABLE;
    }

    /// The register's bytes, right-justified in eight, and how many they are; reading may acknowledge.
    fn register(&mut self) -> (u64, usize) {
        let word = |value: u16| (u64::from(value), 2);
        let left = |code: i32| (u64::from((code << 4).cast_unsigned() & 0xFF_FFFF), 3);
        match self.pointer {
            0x00 => word(self.config),
            0x01 => word(self.adc),
            0x02 => word(self.calibration),
            0x03 => word(self.tempco),
            0x04 => left(self.shunt),
            0x05 => left(self.bus),
            0x06 => (u64::from(self.die.cast_unsigned() & 0xFFFF), 2),
            0x07 => left(truncated(self.current, 524_287.0)),
            0x08 => (u64::from(truncated(self.power, 16_777_215.0).cast_unsigned()), 3),
            0x09 => {
                self.diag &= !ENERGY_OVERFLOW;
                (counts40(self.energy), 5)
            }
            0x0A => {
                self.diag &= !CHARGE_OVERFLOW;
                (counts40(self.charge), 5)
            }
            0x0B => {
                let value = self.diag;
                self.diag &= !CONVERSION_READY;
                word(value)
            }
            limit @ 0x0C..=0x11 => word(self.limits[usize::from(limit - 0x0C)]),
            0x3E => word(MANUFACTURER),
            0x3F => word(DEVICE),
            _ => (0, 2),
        }
    }
}

/// The three-bit field of a configuration whose lowest bit is `shift`.
fn field(config: u16, shift: u32) -> usize {
    usize::from((config >> shift) & 7)
}

/// The nearest signed 20-bit code, clamped as the converter clips; a value that is no number gives code 0.
fn code20(value: f64) -> i32 {
    super::rounded(value.clamp(-524_288.0, 524_287.0))
}

/// Cut off towards zero, within +- `most`.
#[expect(clippy::cast_possible_truncation, reason = "clamped to 24 bits")]
fn truncated(value: f64, most: f64) -> i32 {
    value.clamp(-most, most) as i32
}

/// Forty bits, two's complement.
#[expect(clippy::cast_possible_truncation, reason = "kept below 2^40")]
fn counts40(value: f64) -> u64 {
    (value as i64).cast_unsigned() & 0xFF_FFFF_FFFF
}

impl Slave for Ina228 {
    fn write(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), Nack> {
        if !self.powered {
            return Err(Nack::Address);
        }
        self.advance(now_us);
        if let Some(pointer) = bytes.first() {
            self.pointer = *pointer;
        }
        if let [_, high, low, ..] = *bytes {
            let value = u16::from_be_bytes([high, low]);
            match self.pointer {
                0x00 => self.configure(now_us, value),
                0x01 => {
                    self.adc = value;
                    self.diag &= !CONVERSION_READY;
                    self.start(now_us);
                }
                // Bit 15 of the calibration does not exist.
                0x02 => self.calibration = value & 0x7FFF,
                0x03 => self.tempco = value & 0x3FFF,
                0x0B => self.diag = value & DIAG_WRITABLE | self.diag & !DIAG_WRITABLE,
                limit @ 0x0C..=0x11 => self.limits[usize::from(limit - 0x0C)] = value,
                _ => {}
            }
        }
        Ok(())
    }

    fn read(&mut self, now_us: u64, buf: &mut [u8]) -> Result<(), Nack> {
        if !self.powered {
            return Err(Nack::Address);
        }
        self.advance(now_us);
        let (value, length) = self.register();
        let bytes = value.to_be_bytes();
        for (index, out) in buf.iter_mut().enumerate() {
            *out = bytes[8 - length + index % length];
        }
        Ok(())
    }

    fn power(&mut self, now_us: u64, on: bool) {
        self.powered = on;
        self.reset(now_us);
    }

    fn delay(&mut self, _now_us: u64, by_us: u64) {
        self.delay_us = by_us;
    }

    fn freeze(&mut self, on: bool) {
        self.frozen = on;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longest round with the power-up configuration, from reset.
    const ROUND_US: u64 = 300 + 3_472;

    fn up(shunt_v: f64, bus_v: f64) -> Ina228 {
        let mut chip = Ina228::new();
        chip.set(0, shunt_v, bus_v);
        chip.power(0, true);
        chip
    }

    fn get<const N: usize>(chip: &mut Ina228, now_us: u64, register: u8) -> [u8; N] {
        let mut buf = [0; N];
        chip.write(now_us, &[register]).unwrap();
        chip.read(now_us, &mut buf).unwrap();
        buf
    }

    #[test]
    fn identity_and_reset_values() {
        let mut chip = up(0.0, 0.0);
        for (register, value) in [
            (0x3E, [0x54, 0x49]),
            (0x3F, [0x22, 0x81]),
            (0x00, [0x00, 0x00]),
            (0x01, [0xFB, 0x68]),
            (0x02, [0x10, 0x00]),
            (0x0B, [0x00, 0x01]),
            (0x0C, [0x7F, 0xFF]),
            (0x0D, [0x80, 0x00]),
            (0x11, [0xFF, 0xFF]),
            (0x20, [0x00, 0x00]),
        ] {
            assert_eq!(get(&mut chip, 0, register), value, "{register:#04x}");
        }
    }

    #[test]
    fn vendor_example() {
        let mut chip = up(0.0972, 48.0);
        chip.write(0, &[0x02, 0x0F, 0xD2]).unwrap();
        assert_eq!(get(&mut chip, ROUND_US, 0x04), [0x4B, 0xF0, 0x00]);
        assert_eq!(get(&mut chip, ROUND_US, 0x05), [0x3C, 0x00, 0x00]);
        assert_eq!(get(&mut chip, ROUND_US, 0x07), [0x4C, 0xCC, 0xC0]);
        assert_eq!(get(&mut chip, ROUND_US, 0x06), [0x0C, 0x80]);
        // 288 W exactly; the vendor's table shows 12 counts (0.7 mW) more.
        assert_eq!(get(&mut chip, ROUND_US, 0x08), [0x48, 0x00, 0x00]);
        chip.write(ROUND_US, &[0x00, 0x40, 0x00]).unwrap();
        let hour = get::<5>(&mut chip, 3_600_000_000 + ROUND_US, 0x09);
        let counts = hour.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let joule = 16.0 * 3.2 * 19.073_486_3e-6 * f64::from(u32::try_from(counts).unwrap());
        assert!(
            (joule - 1_036_800.0).abs() < 2.0,
            "{joule}: within one round of an hour"
        );
    }

    #[test]
    fn negative_and_clipped_inputs() {
        let mut chip = up(-0.0972, 90.0);
        chip.write(0, &[0x02, 0x0F, 0xD2]).unwrap();
        assert_eq!(get(&mut chip, ROUND_US, 0x04), [0xB4, 0x10, 0x00]);
        assert_eq!(get::<3>(&mut chip, ROUND_US, 0x07)[0], 0xB3);
        assert_eq!(
            get::<5>(&mut chip, 10 * ROUND_US, 0x0A)[0],
            0xFF,
            "charge flows back"
        );
        let mut chip = up(1.0, 200.0);
        assert_eq!(get(&mut chip, ROUND_US, 0x04), [0x7F, 0xFF, 0xF0]);
        assert_eq!(get(&mut chip, ROUND_US, 0x05), [0x7F, 0xFF, 0xF0]);
        let mut chip = up(-1.0, -1.0);
        assert_eq!(get(&mut chip, ROUND_US, 0x04), [0x80, 0x00, 0x00]);
        assert_eq!(get(&mut chip, ROUND_US, 0x05), [0x00, 0x00, 0x00]);
    }

    #[test]
    fn a_range_without_its_calibration_is_four_times_off() {
        let mut chip = up(0.010, 48.0);
        let wide = get::<3>(&mut chip, ROUND_US, 0x07);
        chip.write(ROUND_US, &[0x00, 0x00, 0x10]).unwrap();
        let narrow = get::<3>(&mut chip, 3 * ROUND_US, 0x07);
        let counts = |bytes: [u8; 3]| u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) >> 4;
        assert_eq!(counts(narrow), 4 * counts(wide));
    }

    #[test]
    fn results_stay_until_the_round_ends_and_without_calibration_there_is_no_current() {
        let mut chip = up(0.01, 10.0);
        chip.write(0, &[0x02, 0x00, 0x00]).unwrap();
        assert_eq!(get(&mut chip, ROUND_US - 1, 0x05), [0, 0, 0]);
        assert_eq!(get(&mut chip, ROUND_US, 0x0B), [0x00, 0x03]);
        assert_eq!(
            get(&mut chip, ROUND_US, 0x0B),
            [0x00, 0x01],
            "reading acknowledges"
        );
        assert_eq!(get(&mut chip, ROUND_US, 0x05), [0x0C, 0x80, 0x00]);
        assert_eq!(get(&mut chip, ROUND_US, 0x07), [0, 0, 0]);
    }

    #[test]
    fn a_triggered_round_is_one_and_a_reset_is_power_up() {
        let mut chip = up(0.01, 10.0);
        chip.write(0, &[0x01, 0x7B, 0x68]).unwrap();
        assert_eq!(get(&mut chip, ROUND_US, 0x05), [0x0C, 0x80, 0x00]);
        chip.set(ROUND_US, 0.0, 20.0);
        assert_eq!(get(&mut chip, 100 * ROUND_US, 0x05), [0x0C, 0x80, 0x00]);
        chip.write(100 * ROUND_US, &[0x00, 0x80, 0x00]).unwrap();
        assert_eq!(get(&mut chip, 100 * ROUND_US, 0x01), [0xFB, 0x68]);
        assert_eq!(get(&mut chip, 100 * ROUND_US, 0x05), [0, 0, 0]);
    }

    #[test]
    fn without_power_it_is_silent_and_a_long_read_repeats() {
        let mut chip = Ina228::new();
        assert_eq!(chip.read(0, &mut [0; 2]), Err(Nack::Address));
        let mut chip = up(0.0, 0.0);
        assert_eq!(get(&mut chip, 0, 0x3E), [0x54, 0x49, 0x54, 0x49, 0x54]);
    }
}
