//! INA226: shunt voltage, bus voltage, current and power of a supply rail (11-chips, section 5).
//!
//! Registers are 16 bits behind a persisting pointer byte. Results change only when a complete (averaged) round of
//! conversions ends; reading never disturbs and is never refused. A round takes the longest time of the datasheet,
//! 10 % above the typical one, and measures its inputs at its end. Current and power are whole-number arithmetic on
//! the codes, cut off towards zero as the choice where the datasheet is silent; out-of-range ones clip and set OVF.
//! Unknown registers read 0; a read longer than two bytes repeats the register.

use super::{Nack, Slave, code_i16, repeat_word};

const CONFIG_RESET: u16 = 0x4127;
const MANUFACTURER: u16 = 0x5449;
const DIE: u16 = 0x2260;
/// Averaged conversions per round for AVG = 0..7.
const AVERAGES: [u64; 8] = [1, 4, 16, 64, 128, 256, 512, 1024];
/// Typical time of one conversion for CT = 0..7, microseconds.
const CONVERSION_US: [u64; 8] = [140, 204, 332, 588, 1_100, 2_116, 4_156, 8_244];
/// From power-down to measuring, microseconds.
const RECOVERY_US: u64 = 40;

/// Mask/Enable bits the host may write: the alert choices, polarity and latch.
const MASK_WRITABLE: u16 = 0xFC03;
const ALERT_FLAG: u16 = 1 << 4;
const READY_FLAG: u16 = 1 << 3;
const OVERFLOW_FLAG: u16 = 1 << 2;
const LATCH: u16 = 1;

/// Emulated INA226.
#[derive(Debug, Clone)]
pub struct Ina226 {
    powered: bool,
    pointer: u8,
    config: u16,
    shunt: i16,
    bus: u16,
    power: u16,
    current: i16,
    calibration: u16,
    mask: u16,
    limit: u16,
    /// End of the running round; none in power-down and after a triggered round.
    done_us: Option<u64>,
    shunt_v: f64,
    bus_v: f64,
    frozen: bool,
    delay_us: u64,
}

impl Default for Ina226 {
    fn default() -> Self {
        Self::new()
    }
}

impl Ina226 {
    /// A monitor without power, inputs at 0 V.
    #[must_use]
    pub fn new() -> Self {
        Self {
            powered: false,
            pointer: 0,
            config: CONFIG_RESET,
            shunt: 0,
            bus: 0,
            power: 0,
            current: 0,
            calibration: 0,
            mask: 0,
            limit: 0,
            done_us: None,
            shunt_v: 0.0,
            bus_v: 0.0,
            frozen: false,
            delay_us: 0,
        }
    }

    /// Shunt voltage (V, signed, clips at +-81.92 mV) and bus voltage (V, clips at 0 and 40.96 V) from `now_us` on.
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
            frozen: self.frozen,
            delay_us: self.delay_us,
            ..Self::new()
        };
        if self.powered {
            self.start(now_us);
        }
    }

    fn measures_shunt(&self) -> bool {
        self.config & 1 != 0
    }

    fn measures_bus(&self) -> bool {
        self.config & 2 != 0
    }

    /// Duration of one round, microseconds; zero in power-down.
    fn round_us(&self) -> u64 {
        let time = |on: bool, shift: u32| {
            if on {
                CONVERSION_US[field(self.config, shift)]
            } else {
                0
            }
        };
        let typical =
            AVERAGES[field(self.config, 9)] * (time(self.measures_bus(), 6) + time(self.measures_shunt(), 3));
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
        self.finish_round();
        let continuous = self.config & 4 != 0;
        self.done_us = continuous.then(|| {
            let round_us = self.round_us();
            let rounds = (now_us - done_us) / round_us + 1;
            done_us.saturating_add(rounds.saturating_mul(round_us))
        });
    }

    fn finish_round(&mut self) {
        if self.measures_shunt() {
            self.shunt = code_i16(self.shunt_v / 2.5e-6);
        }
        if self.measures_bus() {
            self.bus = code_i16(self.bus_v / 1.25e-3).max(0).unsigned_abs();
        }
        let current = i64::from(self.shunt) * i64::from(self.calibration) / 2048;
        self.current = i16::try_from(current).unwrap_or(if current < 0 { i16::MIN } else { i16::MAX });
        let power = i64::from(self.current.unsigned_abs()) * i64::from(self.bus) / 20_000;
        self.power = u16::try_from(power).unwrap_or(u16::MAX);
        let overflow = current != i64::from(self.current) || power != i64::from(self.power);

        self.mask &= !OVERFLOW_FLAG;
        self.mask |= READY_FLAG | if overflow { OVERFLOW_FLAG } else { 0 };
        if self.beyond_limit() {
            self.mask |= ALERT_FLAG;
        } else if self.mask & LATCH == 0 {
            self.mask &= !ALERT_FLAG;
        }
    }

    /// Whether the watched quantity is beyond the limit; of several chosen, the highest bit counts.
    fn beyond_limit(&self) -> bool {
        let signed = self.limit.cast_signed();
        match (self.mask >> 11).leading_zeros() {
            11 => self.shunt > signed,
            12 => self.shunt < signed,
            13 => self.bus > self.limit,
            14 => self.bus < self.limit,
            15 => self.power > self.limit,
            _ => false,
        }
    }

    fn configure(&mut self, now_us: u64, value: u16) {
        if value & 0x8000 != 0 {
            self.reset(now_us);
            return;
        }
        self.config = (value & 0x0FFF) | 0x4000;
        self.start(now_us);
        if self.done_us.is_some() {
            self.mask &= !READY_FLAG;
        }
    }
}

/// The three-bit field of a configuration whose lowest bit is `shift`.
fn field(config: u16, shift: u32) -> usize {
    usize::from((config >> shift) & 7)
}

impl Slave for Ina226 {
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
                // Bit 15 of the calibration does not exist.
                0x05 => self.calibration = value & 0x7FFF,
                0x06 => self.mask = (value & MASK_WRITABLE) | (self.mask & !MASK_WRITABLE),
                0x07 => self.limit = value,
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
            0x00 => self.config,
            0x01 => self.shunt.cast_unsigned(),
            0x02 => self.bus,
            0x03 => self.power,
            0x04 => self.current.cast_unsigned(),
            0x05 => self.calibration,
            0x06 => {
                let word = self.mask;
                self.mask &= !(READY_FLAG | if word & LATCH == 0 { 0 } else { ALERT_FLAG });
                word
            }
            0x07 => self.limit,
            0xFE => MANUFACTURER,
            0xFF => DIE,
            _ => 0,
        };
        repeat_word(word, buf);
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
#[path = "ina226_tests.rs"]
mod tests;
