//! ADS1115: four-channel 16-bit analogue-to-digital converter (11-chips, section 4).
//!
//! The pointer byte selects one of four 16-bit registers and persists. A conversion in flight keeps the settings it
//! was begun with; the conversion register holds the last complete result and is never refused. The oscillator is
//! the slowest allowed: every conversion takes 10 % longer than its nominal time, plus 25 us when it starts from
//! power-down.
//!
//! ```text
//!   down --OS=1--> single --end--> down (or continuous, if the host has meanwhile asked for it)
//!   down --MODE=0--> continuous --end of each, settings taken anew--> continuous (or down after MODE=1)
//! ```
//! The comparator is registers only: there is no ALERT pin here. Inputs are not limited to the supply.
//! Choices where the datasheet is silent: a read longer than two bytes repeats the register, half a register
//! written is discarded.

use super::{GENERAL_CALL_RESET, Nack, Slave, code_i16, repeat_word};

/// From power-down to converting, microseconds.
const START_US: u64 = 25;
/// Duration of a conversion for DR = 0..7 (8..860 per second) with the slowest oscillator, microseconds.
const PERIOD_US: [u64; 8] = [137_500, 68_750, 34_375, 17_188, 8_594, 4_400, 2_316, 1_280];
/// Full scale for PGA = 0..7, volts.
const FULL_SCALE_V: [f64; 8] = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256];

const CONFIG_RESET: u16 = 0x8583;
const LOW_RESET: u16 = 0x8000;
const HIGH_RESET: u16 = 0x7FFF;
/// Config bit 15: written 1 starts, read 1 means idle.
const OS: u16 = 0x8000;
/// Config bit 8: single-shot or power-down.
const SINGLE: u16 = 0x0100;

/// A conversion in flight: when it ends and what it was begun with.
#[derive(Debug, Clone, Copy)]
struct Flight {
    done_us: u64,
    config: u16,
}

/// Emulated ADS1115.
#[derive(Debug, Clone)]
pub struct Ads1115 {
    powered: bool,
    pointer: u8,
    /// Without OS, which is not stored but computed.
    config: u16,
    low: u16,
    high: u16,
    conversion: u16,
    flight: Option<Flight>,
    inputs_v: [f64; 4],
    frozen: bool,
    delay_us: u64,
}

impl Default for Ads1115 {
    fn default() -> Self {
        Self::new()
    }
}

impl Ads1115 {
    /// A converter without power, all inputs at 0 V.
    #[must_use]
    pub fn new() -> Self {
        Self {
            powered: false,
            pointer: 0,
            config: CONFIG_RESET & !OS,
            low: LOW_RESET,
            high: HIGH_RESET,
            conversion: 0,
            flight: None,
            inputs_v: [0.0; 4],
            frozen: false,
            delay_us: 0,
        }
    }

    /// Voltage of input `channel` (0..=3) against ground from `now_us` on; other channels do not exist.
    pub fn set_input(&mut self, now_us: u64, channel: usize, volts: f64) {
        // An input that stands still has nothing to catch up with: the next access does that as well.
        let moved = |input: &f64| input.to_bits() != volts.to_bits();
        if self.frozen || !self.inputs_v.get(channel).is_some_and(moved) {
            return;
        }
        self.advance(now_us);
        if let Some(input) = self.inputs_v.get_mut(channel) {
            *input = volts;
        }
    }

    fn reset(&mut self) {
        *self = Self {
            powered: self.powered,
            inputs_v: self.inputs_v,
            frozen: self.frozen,
            delay_us: self.delay_us,
            ..Self::new()
        };
    }

    /// The code the inputs give with these settings; clips at both ends.
    fn convert(&self, config: u16) -> u16 {
        let [a0, a1, a2, a3] = self.inputs_v;
        let volts = match field(config, 12) {
            0 => a0 - a1,
            1 => a0 - a3,
            2 => a1 - a3,
            3 => a2 - a3,
            4 => a0,
            5 => a1,
            6 => a2,
            _ => a3,
        };
        code_i16(volts * 32_768.0 / FULL_SCALE_V[field(config, 9)]).cast_unsigned()
    }

    /// Completes what has ended by now.
    fn advance(&mut self, now_us: u64) {
        let Some(Flight { done_us, config }) = self.flight else {
            return;
        };
        if now_us < done_us {
            return;
        }
        self.conversion = self.convert(config);
        self.flight = None;
        if self.config & SINGLE != 0 {
            return;
        }
        // Continuous: the conversions after this one run with the settings of today, on unmoved inputs.
        let period_us = PERIOD_US[field(self.config, 5)] + self.delay_us;
        let whole = (now_us - done_us) / period_us;
        if whole > 0 {
            self.conversion = self.convert(self.config);
        }
        let done_us = done_us.saturating_add((whole + 1).saturating_mul(period_us));
        self.flight = Some(Flight {
            done_us,
            config: self.config,
        });
    }

    fn configure(&mut self, now_us: u64, value: u16) {
        self.config = value & !OS;
        if self.flight.is_none() && (value & SINGLE == 0 || value & OS != 0) {
            let done_us = now_us.saturating_add(START_US + PERIOD_US[field(value, 5)] + self.delay_us);
            self.flight = Some(Flight {
                done_us,
                config: self.config,
            });
        }
    }
}

/// The three-bit field of a configuration whose lowest bit is `shift`.
fn field(config: u16, shift: u32) -> usize {
    usize::from((config >> shift) & 7)
}

impl Slave for Ads1115 {
    fn write(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), Nack> {
        if !self.powered {
            return Err(Nack::Address);
        }
        self.advance(now_us);
        if let Some(pointer) = bytes.first() {
            self.pointer = pointer & 3;
        }
        if let [_, high, low, ..] = *bytes {
            let value = u16::from_be_bytes([high, low]);
            match self.pointer {
                1 => self.configure(now_us, value),
                2 => self.low = value,
                3 => self.high = value,
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
            0 => self.conversion,
            1 if self.flight.is_some() => self.config,
            1 => self.config | OS,
            2 => self.low,
            _ => self.high,
        };
        repeat_word(word, buf);
        Ok(())
    }

    fn general_call(&mut self, _now_us: u64, byte: u8) -> bool {
        let listens = self.powered && byte == GENERAL_CALL_RESET;
        if listens {
            self.reset();
        }
        listens
    }

    fn power(&mut self, _now_us: u64, on: bool) {
        self.powered = on;
        self.reset();
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

    fn up() -> Ads1115 {
        let mut chip = Ads1115::new();
        chip.power(0, true);
        chip
    }

    fn get(chip: &mut Ads1115, now_us: u64, register: u8) -> u16 {
        let mut buf = [0; 2];
        chip.write(now_us, &[register]).unwrap();
        chip.read(now_us, &mut buf).unwrap();
        u16::from_be_bytes(buf)
    }

    #[test]
    fn power_up_registers() {
        let mut chip = up();
        let registers = [0, 1, 2, 3].map(|register| get(&mut chip, 0, register));
        assert_eq!(registers, [0x0000, 0x8583, 0x8000, 0x7FFF]);
    }

    #[test]
    fn single_shot_vectors() {
        for (command, channel, volts, busy, code, waits_us) in [
            ([1, 0xC3, 0x83], 0, 2.5, 0x4383, 0x4E20, 8_710),
            ([1, 0xE5, 0xE3], 2, 0.625, 0x65E3, 0x2710, 1_320),
            ([1, 0xD3, 0x03], 1, -0.5, 0x5303, 0xF060, 138_900),
            ([1, 0xD1, 0x03], 1, 3.072, 0x5103, 0x4000, 138_900),
            ([1, 0xC5, 0x83], 0, -0.0625, 0x4583, 0xFC18, 8_710),
            ([1, 0xC3, 0x83], 0, 5.0, 0x4383, 0x7FFF, 8_710),
            ([1, 0xC3, 0x83], 0, -5.0, 0x4383, 0x8000, 8_710),
            ([1, 0xF5, 0x83], 3, 1.024, 0x7583, 0x4000, 8_710),
        ] {
            let mut chip = up();
            chip.set_input(0, channel, volts);
            chip.write(0, &command).unwrap();
            assert_eq!(get(&mut chip, 1_000, 1), busy);
            assert_eq!(
                get(&mut chip, 1_000, 0),
                0,
                "the previous result, without a refusal"
            );
            assert_eq!(get(&mut chip, waits_us, 1), busy | OS);
            assert_eq!(get(&mut chip, waits_us, 0), code);
        }
    }

    #[test]
    fn conversion_time_is_the_longest_of_each_rate() {
        for (rate, per_second) in [8_u64, 16, 32, 64, 128, 250, 475, 860].into_iter().enumerate() {
            let mut chip = up();
            let low = u8::try_from(rate << 5).unwrap() | 3;
            chip.write(0, &[1, 0xC3, low]).unwrap();
            let nominal_us = 25 + 1_000_000 / per_second;
            assert_eq!(
                get(&mut chip, nominal_us + nominal_us / 12, 1) & OS,
                0,
                "{per_second}"
            );
            assert_eq!(
                get(&mut chip, 26 + 1_100_000 / per_second, 1) & OS,
                OS,
                "{per_second}"
            );
        }
    }

    #[test]
    fn differential_inputs() {
        for (mux, code) in [(0_u8, -0.5_f64), (1, -1.5), (2, -1.0), (3, -0.75)] {
            let mut chip = up();
            for (channel, volts) in [0.25, 0.75, 1.0, 1.75].into_iter().enumerate() {
                chip.set_input(0, channel, volts);
            }
            chip.write(0, &[1, 0x85 | (mux << 4), 0x83]).unwrap();
            assert_eq!(
                get(&mut chip, 10_000, 0),
                code_i16(code * 16_000.0).cast_unsigned()
            );
        }
    }

    #[test]
    fn a_start_while_converting_has_no_effect() {
        let mut chip = up();
        chip.set_input(0, 0, 1.0);
        chip.set_input(0, 1, 2.0);
        chip.write(0, &[1, 0xC3, 0x83]).unwrap();
        chip.write(4_000, &[1, 0xD3, 0x83]).unwrap();
        assert_eq!(
            get(&mut chip, 8_700, 0),
            8_000,
            "the running conversion keeps its channel"
        );
        assert_eq!(get(&mut chip, 8_700, 1), 0xD383, "and nothing runs after it");
    }

    #[test]
    fn continuous_finishes_with_the_old_settings_once() {
        let mut chip = up();
        chip.set_input(0, 0, 1.0);
        chip.set_input(0, 1, 2.0);
        chip.write(0, &[1, 0x42, 0x83]).unwrap();
        assert_eq!(get(&mut chip, 8_700, 1), 0x4283);
        assert_eq!(get(&mut chip, 8_700, 0), 8_000);
        chip.write(9_000, &[1, 0x52, 0x83]).unwrap();
        assert_eq!(get(&mut chip, 25 + 2 * 8_594, 0), 8_000);
        assert_eq!(get(&mut chip, 25 + 3 * 8_594, 0), 16_000);
        chip.set_input(1_000_000, 1, 0.5);
        assert_eq!(get(&mut chip, 1_000_000, 0), 16_000, "stale until the next end");
        assert_eq!(get(&mut chip, 1_009_000, 0), 4_000);
        chip.write(1_009_000, &[1, 0x53, 0x83]).unwrap();
        assert_eq!(get(&mut chip, 1_030_000, 1), 0xD383, "down after the running one");
    }

    #[test]
    fn pointer_persists_and_partial_writes_do_nothing() {
        let mut chip = up();
        chip.write(0, &[2, 0x12, 0x34]).unwrap();
        chip.write(0, &[2, 0x55]).unwrap();
        let mut four = [0; 4];
        chip.read(0, &mut four).unwrap();
        assert_eq!(four, [0x12, 0x34, 0x12, 0x34]);
        chip.write(0, &[0, 0x55, 0x55]).unwrap();
        assert_eq!(get(&mut chip, 0, 0), 0, "the result is read-only");
    }

    #[test]
    fn general_call_resets_to_power_down() {
        let mut chip = up();
        chip.write(0, &[1, 0x42, 0x83]).unwrap();
        chip.set_input(0, 0, 1.0);
        assert!(chip.general_call(20_000, 0x06));
        assert_eq!(
            (get(&mut chip, 20_000, 1), get(&mut chip, 99_000, 0)),
            (0x8583, 0)
        );
        chip.power(0, false);
        assert!(!chip.general_call(0, 0x06));
        assert_eq!(chip.write(0, &[]), Err(Nack::Address));
    }
}
