//! TMP117: digital temperature sensor (11-chips, section 3).
//!
//! Registers are 16 bits behind a persisting pointer byte. Results change only when a cycle ends; a read never disturbs
//! and is never refused. A cycle takes the longest time of the datasheet: 17.5 ms a conversion, or the nominal standby
//! time where that is longer. Until the first cycle has ended, averaging included, Temp reads 0x8000.
//!
//! ```text
//!   power --1.5 ms--> loaded --cycle--> result --cycle--> result ...        one-shot: one cycle, then shutdown
//! ```
//! Data_Ready falls when Temp or Configuration is read. EEPROM registers hold what is written while unlocked and are
//! not programmed: a power cycle brings the factory's values back. Alerts compare in alert mode only and latch until
//! Configuration is read. Unknown registers read 0; a read longer than two bytes repeats the register.

use super::{GENERAL_CALL_RESET, Nack, Slave, code_i16, repeat_word};

const NO_RESULT: u16 = 0x8000;
const CONFIG_RESET: u16 = 0x0220;
const HIGH_RESET: u16 = 0x6000;
const LOW_RESET: u16 = 0x8000;
const DEVICE_ID: u16 = 0x0117;

const HIGH_ALERT: u16 = 1 << 15;
const LOW_ALERT: u16 = 1 << 14;
const DATA_READY: u16 = 1 << 13;
const THERM: u16 = 1 << 4;
const SOFT_RESET: u16 = 1 << 1;
/// MOD, CONV, AVG, T/nA, POL, DR/Alert.
const WRITABLE: u16 = 0x0FFC;
const UNLOCK: u16 = 0x8000;

/// From power or reset to the loaded configuration, microseconds; writes before its end are ignored.
const LOAD_US: u64 = 1_500;
/// Longest time of one conversion, microseconds.
const CONVERSION_US: u64 = 17_500;
/// Conversions averaged for AVG = 0..3.
const AVERAGES: [u64; 4] = [1, 8, 32, 64];
/// Nominal cycle for CONV = 0..7, microseconds; zero: as fast as the conversions go.
const CYCLE_US: [u64; 8] = [
    0, 125_000, 250_000, 500_000, 1_000_000, 4_000_000, 8_000_000, 16_000_000,
];

/// Emulated TMP117.
#[derive(Debug, Clone)]
pub struct Tmp117 {
    powered: bool,
    loaded_us: u64,
    pointer: u8,
    result: u16,
    config: u16,
    flags: u16,
    high: u16,
    low: u16,
    offset: u16,
    unlock: u16,
    eeprom: [u16; 3],
    /// End of the running cycle; none in shutdown.
    done_us: Option<u64>,
    celsius: f64,
    frozen: bool,
    delay_us: u64,
}

impl Tmp117 {
    /// A sensor without power, at 0 deg C, with the factory's number in its EEPROM.
    #[must_use]
    pub fn new(factory: [u16; 3]) -> Self {
        Self {
            powered: false,
            loaded_us: 0,
            pointer: 0,
            result: NO_RESULT,
            config: CONFIG_RESET,
            flags: 0,
            high: HIGH_RESET,
            low: LOW_RESET,
            offset: 0,
            unlock: 0,
            eeprom: factory,
            done_us: None,
            celsius: 0.0,
            frozen: false,
            delay_us: 0,
        }
    }

    /// Temperature of the chip from `now_us` on, deg C; clips at +-256.
    pub fn set(&mut self, now_us: u64, celsius: f64) {
        if self.frozen {
            return;
        }
        self.advance(now_us);
        self.celsius = celsius;
    }

    fn reset(&mut self, now_us: u64) {
        *self = Self {
            powered: self.powered,
            loaded_us: now_us.saturating_add(LOAD_US),
            celsius: self.celsius,
            frozen: self.frozen,
            delay_us: self.delay_us,
            ..Self::new(self.eeprom)
        };
        if self.powered {
            self.start(self.loaded_us);
        }
    }

    fn mode(&self) -> u16 {
        (self.config >> 10) & 3
    }

    fn active_us(&self) -> u64 {
        AVERAGES[usize::from((self.config >> 5) & 3)] * CONVERSION_US + self.delay_us
    }

    fn start(&mut self, from_us: u64) {
        // 01 is shutdown; the first result comes after the conversions alone, the standby follows them.
        self.done_us = (self.mode() != 1).then(|| from_us.saturating_add(self.active_us()));
    }

    /// Completes the cycles that have ended by now; on an unmoved input all of them give the same result.
    fn advance(&mut self, now_us: u64) {
        let Some(done_us) = self.done_us else { return };
        if now_us < done_us {
            return;
        }
        self.finish();
        if self.mode() == 3 {
            self.config = (self.config & !(3 << 10)) | (1 << 10);
            self.done_us = None;
            return;
        }
        let nominal_us = CYCLE_US[usize::from((self.config >> 7) & 7)];
        let cycle_us = nominal_us.max(self.active_us());
        let cycles = (now_us - done_us) / cycle_us + 1;
        self.done_us = Some(done_us.saturating_add(cycles.saturating_mul(cycle_us)));
    }

    fn finish(&mut self) {
        let counts = code_i16(self.celsius * 128.0).saturating_add(self.offset.cast_signed());
        self.result = counts.cast_unsigned();
        self.flags |= DATA_READY;
        if self.config & THERM == 0 {
            if counts > self.high.cast_signed() {
                self.flags |= HIGH_ALERT;
            }
            if counts < self.low.cast_signed() {
                self.flags |= LOW_ALERT;
            }
        }
    }

    fn configure(&mut self, now_us: u64, value: u16) {
        if value & SOFT_RESET != 0 {
            self.reset(now_us);
            return;
        }
        self.config = value & WRITABLE;
        self.start(now_us);
    }
}

impl Slave for Tmp117 {
    fn write(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), Nack> {
        if !self.powered {
            return Err(Nack::Address);
        }
        self.advance(now_us);
        if let Some(pointer) = bytes.first() {
            self.pointer = *pointer;
        }
        if let [_, high, low, ..] = *bytes
            && now_us >= self.loaded_us
        {
            let value = u16::from_be_bytes([high, low]);
            let unlocked = self.unlock & UNLOCK != 0;
            match self.pointer {
                0x01 => self.configure(now_us, value),
                0x02 => self.high = value,
                0x03 => self.low = value,
                0x04 => self.unlock = value & UNLOCK,
                0x05 if unlocked => self.eeprom[0] = value,
                0x06 if unlocked => self.eeprom[1] = value,
                0x07 => self.offset = value,
                0x08 if unlocked => self.eeprom[2] = value,
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
        let word = match self.pointer {
            0x00 => {
                self.flags &= !DATA_READY;
                self.result
            }
            0x01 => {
                let word = self.config | self.flags;
                self.flags = 0;
                word
            }
            0x02 => self.high,
            0x03 => self.low,
            0x04 => self.unlock,
            0x05 => self.eeprom[0],
            0x06 => self.eeprom[1],
            0x07 => self.offset,
            0x08 => self.eeprom[2],
            0x0F => DEVICE_ID,
            _ => 0,
        };
        repeat_word(word, buf);
        Ok(())
    }

    fn general_call(&mut self, now_us: u64, byte: u8) -> bool {
        if self.powered && byte == GENERAL_CALL_RESET {
            self.reset(now_us);
        }
        self.powered
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

    /// Load and eight conversions.
    const FIRST_US: u64 = 141_500;

    fn up(celsius: f64) -> Tmp117 {
        let mut chip = Tmp117::new([0x1234, 0x5678, 0x9ABC]);
        chip.set(0, celsius);
        chip.power(0, true);
        chip
    }

    fn get(chip: &mut Tmp117, now_us: u64, register: u8) -> u16 {
        let mut buf = [0; 2];
        chip.write(now_us, &[register]).unwrap();
        chip.read(now_us, &mut buf).unwrap();
        u16::from_be_bytes(buf)
    }

    #[test]
    fn identity_and_reset_values() {
        let mut chip = up(20.0);
        for (register, value) in [
            (0x0F, 0x0117),
            (0x00, 0x8000),
            (0x01, 0x0220),
            (0x02, 0x6000),
            (0x03, 0x8000),
            (0x04, 0),
            (0x05, 0x1234),
            (0x08, 0x9ABC),
            (0x0C, 0),
        ] {
            assert_eq!(get(&mut chip, 2_000, register), value, "{register:#04x}");
        }
    }

    #[test]
    fn vectors_of_the_vendor() {
        for (celsius, code) in [
            (25.0, 0x0C80),
            (-25.0, 0xF380),
            (100.0, 0x3200),
            (-0.125, 0xFFF0),
            (300.0, 0x7FFF),
        ] {
            assert_eq!(get(&mut up(celsius), FIRST_US, 0x00), code, "{celsius}");
        }
    }

    #[test]
    fn no_result_before_the_first_cycle_and_a_new_one_every_second() {
        let mut chip = up(25.0);
        assert_eq!(get(&mut chip, FIRST_US - 1, 0x00), 0x8000);
        assert_eq!(get(&mut chip, FIRST_US, 0x00), 0x0C80);
        chip.set(200_000, 50.0);
        assert_eq!(get(&mut chip, FIRST_US + 999_999, 0x00), 0x0C80);
        assert_eq!(get(&mut chip, FIRST_US + 1_000_000, 0x00), 0x1900);
    }

    #[test]
    fn data_ready_falls_when_either_register_is_read() {
        let mut chip = up(25.0);
        assert_eq!(get(&mut chip, FIRST_US, 0x01), 0x0220 | DATA_READY);
        assert_eq!(get(&mut chip, FIRST_US, 0x01), 0x0220);
        let mut chip = up(25.0);
        assert_eq!(get(&mut chip, FIRST_US, 0x00), 0x0C80);
        assert_eq!(get(&mut chip, FIRST_US, 0x01), 0x0220);
    }

    #[test]
    fn a_one_shot_measures_once_and_reads_back_as_shutdown() {
        let mut chip = up(25.0);
        chip.write(200_000, &[0x01, 0x0C, 0x20]).unwrap();
        chip.set(200_000, 30.0);
        assert_eq!(get(&mut chip, 339_999, 0x00), 0x0C80);
        assert_eq!(get(&mut chip, 340_000, 0x00), 0x0F00);
        assert_eq!(get(&mut chip, 340_000, 0x01) & 0x0C00, 0x0400);
        chip.set(400_000, 10.0);
        assert_eq!(get(&mut chip, 5_000_000, 0x00), 0x0F00);
    }

    #[test]
    fn writes_while_loading_are_lost_and_a_reset_forgets_the_result() {
        let mut chip = up(25.0);
        chip.write(1_499, &[0x02, 0x2A, 0x80]).unwrap();
        assert_eq!(get(&mut chip, 2_000, 0x02), 0x6000);
        chip.write(2_000, &[0x02, 0x2A, 0x80]).unwrap();
        assert_eq!(get(&mut chip, 2_000, 0x02), 0x2A80);
        assert_eq!(get(&mut chip, FIRST_US, 0x00), 0x0C80);
        assert!(chip.general_call(FIRST_US, 0x06));
        assert_eq!(get(&mut chip, FIRST_US, 0x00), 0x8000);
        assert_eq!(get(&mut chip, FIRST_US, 0x02), 0x6000);
    }

    #[test]
    fn an_alert_stands_until_it_is_read() {
        let mut chip = up(90.0);
        chip.write(2_000, &[0x02, 0x2A, 0x80]).unwrap();
        let word = get(&mut chip, FIRST_US, 0x01);
        assert_eq!(word & (HIGH_ALERT | LOW_ALERT), HIGH_ALERT);
        assert_eq!(get(&mut chip, FIRST_US, 0x01) & HIGH_ALERT, 0);
    }

    #[test]
    fn the_eeprom_is_locked_until_it_is_unlocked() {
        let mut chip = up(0.0);
        chip.write(2_000, &[0x05, 0xAB, 0xCD]).unwrap();
        assert_eq!(get(&mut chip, 2_000, 0x05), 0x1234);
        chip.write(2_000, &[0x04, 0x80, 0x00]).unwrap();
        chip.write(2_000, &[0x05, 0xAB, 0xCD]).unwrap();
        assert_eq!(get(&mut chip, 2_000, 0x05), 0xABCD);
    }

    #[test]
    fn without_power_and_frozen() {
        let mut chip = Tmp117::new([0; 3]);
        assert_eq!(chip.write(0, &[0x00]), Err(Nack::Address));
        assert_eq!(chip.read(0, &mut [0; 2]), Err(Nack::Address));
        let mut chip = up(25.0);
        chip.freeze(true);
        chip.set(10, 60.0);
        assert_eq!(get(&mut chip, 3_000_000, 0x00), 0x0C80);
    }
}
