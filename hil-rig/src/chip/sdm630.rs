//! Eastron SDM630: three-phase energy meter on a Modbus RTU line (11-chips, section 12).
//!
//! Function 04 reads its measured values, floats in two registers each, the upper first; function 03 reads its settings.
//! Addresses and counts are even, a request carries at most 80 registers; anything else is an exception. The settings
//! are read-only here: the front panel writes them. What lies between two values, and behind the last, reads 0 as the
//! choice where the document says nothing.

use super::rtu::{ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, Pdu, RtuSlave};

/// Most registers of a request.
const REGISTERS_MAX: u16 = 80;
/// First register behind the map.
const END: u16 = 0x0180;
const READ_HOLDING: u8 = 0x03;
const READ_INPUT: u8 = 0x04;
/// Share of the imported energy that a phase shows, of its power's share.
const WS_PER_KWH: f64 = 3.6e6;

/// What the meter's terminals see.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terminals {
    /// Phase to neutral, V.
    pub voltage_v: [f64; 3],
    /// Active power of each phase, W.
    pub power_w: [f64; 3],
    /// Power factor of each phase, 0..1.
    pub power_factor: f64,
    /// Frequency, Hz.
    pub frequency_hz: f64,
}

impl Terminals {
    /// A healthy mains without load.
    pub const IDLE: Terminals = Terminals {
        voltage_v: [230.0; 3],
        power_w: [0.0; 3],
        power_factor: 1.0,
        frequency_hz: 50.0,
    };
}

/// Emulated meter.
#[derive(Debug, Clone)]
pub struct Sdm630 {
    unit: u8,
    /// Code of the line's speed: 2 for 9600 baud as delivered, 4 for 38400.
    baud: u8,
    terminals: Terminals,
    imported_kwh: [f64; 3],
    seen_us: u64,
    frozen: bool,
}

impl Sdm630 {
    /// A meter at its unit number, on a mains without load.
    #[must_use]
    pub fn new(unit: u8) -> Self {
        Self {
            unit,
            baud: 2,
            terminals: Terminals::IDLE,
            imported_kwh: [0.0; 3],
            seen_us: 0,
            frozen: false,
        }
    }

    /// The same, set to 38400 baud at its front panel.
    #[must_use]
    pub fn fast(mut self) -> Self {
        self.baud = 4;
        self
    }

    /// What the terminals see from `now_us` on; what they saw until then has been counted.
    pub fn set(&mut self, now_us: u64, terminals: Terminals) {
        if self.frozen {
            return;
        }
        self.count(now_us);
        self.terminals = terminals;
    }

    /// Energy imported so far, kWh.
    #[must_use]
    pub fn imported_kwh(&self) -> f64 {
        self.imported_kwh.iter().sum()
    }

    #[expect(clippy::cast_precision_loss, reason = "spans far below 2^53 us")]
    fn count(&mut self, now_us: u64) {
        let span_s = now_us.saturating_sub(self.seen_us) as f64 / 1e6;
        self.seen_us = self.seen_us.max(now_us);
        if self.frozen {
            return;
        }
        for (energy, power_w) in self.imported_kwh.iter_mut().zip(self.terminals.power_w) {
            *energy += power_w.max(0.0) * span_s / WS_PER_KWH;
        }
    }

    fn apparent(&self, phase: usize) -> f64 {
        self.terminals.power_w[phase].abs() / self.terminals.power_factor.clamp(0.01, 1.0)
    }

    fn current(&self, phase: usize) -> f64 {
        let volts = self.terminals.voltage_v[phase];
        if volts > 1.0 {
            self.apparent(phase) / volts
        } else {
            0.0
        }
    }

    fn reactive(&self, phase: usize) -> f64 {
        let (apparent, power) = (self.apparent(phase), self.terminals.power_w[phase]);
        (apparent * apparent - power * power).max(0.0).sqrt()
    }

    /// The value that begins at a register.
    fn value(&self, register: u16) -> f64 {
        let t = &self.terminals;
        let all = |value: &dyn Fn(usize) -> f64| (0..3).map(value).sum::<f64>();
        let phase = usize::from(register / 2 % 3);
        let factor = |power: f64| t.power_factor.copysign(if power < 0.0 { -1.0 } else { 1.0 });
        let total: f64 = t.power_w.iter().sum();
        match register {
            0x00..=0x04 => t.voltage_v[phase],
            0x06..=0x0A => self.current(phase),
            0x0C..=0x10 => t.power_w[phase],
            0x12..=0x16 => self.apparent(phase),
            0x18..=0x1C => self.reactive(phase),
            0x1E..=0x22 => factor(t.power_w[phase]),
            0x24..=0x28 | 0x42 => t.power_factor.clamp(-1.0, 1.0).acos().to_degrees(),
            0x2A => t.voltage_v.iter().sum::<f64>() / 3.0,
            0x2E => all(&|phase| self.current(phase)) / 3.0,
            0x30 => all(&|phase| self.current(phase)),
            0x34 => total,
            0x38 => all(&|phase| self.apparent(phase)),
            0x3C => all(&|phase| self.reactive(phase)),
            0x3E => factor(total),
            0x46 => t.frequency_hz,
            0x48 | 0x156 => self.imported_kwh(),
            0xC8..=0xCE => t.voltage_v.iter().sum::<f64>() / 3.0 * 3.0_f64.sqrt(),
            0x15A..=0x15E => self.imported_kwh[usize::from((register - 0x15A) / 2)],
            _ => 0.0,
        }
    }

    /// A setting: demand period in minutes, three phases with neutral, node, speed; no parity.
    fn setting(&self, register: u16) -> f64 {
        match register {
            0x02 => 60.0,
            0x0A => 3.0,
            0x14 => f64::from(self.unit),
            0x1C => f64::from(self.baud),
            _ => 0.0,
        }
    }
}

impl RtuSlave for Sdm630 {
    #[expect(clippy::cast_possible_truncation, reason = "the meter's own precision")]
    fn answer(&mut self, now_us: u64, request: &[u8]) -> Result<Option<Pdu>, u8> {
        self.count(now_us);
        let &[function, a, b, c, d] = request else {
            return Err(if matches!(request.first(), Some(&(READ_HOLDING | READ_INPUT))) {
                ILLEGAL_VALUE
            } else {
                ILLEGAL_FUNCTION
            });
        };
        if function != READ_HOLDING && function != READ_INPUT {
            return Err(ILLEGAL_FUNCTION);
        }
        let (first, count) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        if count == 0 || count > REGISTERS_MAX || count % 2 != 0 || first % 2 != 0 {
            return Err(ILLEGAL_VALUE);
        }
        if first >= END || first + count > END {
            return Err(ILLEGAL_ADDRESS);
        }
        let mut answer = Pdu::new(function);
        answer.push(&[(2 * count).to_le_bytes()[0]]);
        for register in (first..first + count).step_by(2) {
            let value = if function == READ_INPUT {
                self.value(register)
            } else {
                self.setting(register)
            };
            answer.push(&(value as f32).to_be_bytes());
        }
        Ok(Some(answer))
    }

    fn freeze(&mut self, on: bool) {
        self.frozen = on;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chip::rtu::{FRAME_MAX, RtuDevice, RtuLine, tests::sealed};

    fn exchange(meter: &Sdm630, now_us: u64, request: &[u8]) -> Vec<u8> {
        let mut line = RtuLine::default();
        line.add(1, RtuDevice::Sdm630(Box::new(meter.clone())));
        let mut reply = [0; FRAME_MAX];
        let length = line.exchange(now_us, request, &mut reply);
        reply[..length].to_vec()
    }

    fn meter(terminals: Terminals) -> Sdm630 {
        let mut meter = Sdm630::new(1);
        meter.set(0, terminals);
        meter
    }

    fn float(meter: &Sdm630, now_us: u64, register: u8) -> f32 {
        let reply = exchange(meter, now_us, &sealed(&[1, 4, 0, register, 0, 2]));
        f32::from_be_bytes([reply[3], reply[4], reply[5], reply[6]])
    }

    #[test]
    fn vectors() {
        let three = Terminals {
            voltage_v: [230.0, 231.5, 229.25],
            power_w: [1_400.5, 1_450.0, 1_471.0],
            power_factor: 0.95,
            ..Terminals::IDLE
        };
        let one = Terminals {
            voltage_v: [f64::from(230.2_f32); 3],
            power_w: [-100.0; 3],
            ..three
        };
        for (terminals, request, reply) in [
            (
                one,
                &[0x01, 0x04, 0x00, 0x00, 0x00, 0x02, 0x71, 0xCB][..],
                &[0x01, 0x04, 0x04, 0x43, 0x66, 0x33, 0x33, 0x5A, 0xFA][..],
            ),
            (
                three,
                &[0x01, 0x04, 0x00, 0x00, 0x00, 0x06, 0x70, 0x08],
                &[
                    0x01, 0x04, 0x0C, 0x43, 0x66, 0x00, 0x00, 0x43, 0x67, 0x80, 0x00, 0x43, 0x65, 0x40, 0x00,
                    0x09, 0x7D,
                ],
            ),
            (
                three,
                &[0x01, 0x04, 0x00, 0x34, 0x00, 0x02, 0x30, 0x05],
                &[0x01, 0x04, 0x04, 0x45, 0x87, 0x0C, 0x00, 0x5B, 0xA1],
            ),
            (
                one,
                &[0x01, 0x04, 0x00, 0x3E, 0x00, 0x02, 0x10, 0x07],
                &[0x01, 0x04, 0x04, 0xBF, 0x73, 0x33, 0x33, 0x7B, 0x6E],
            ),
            (
                three,
                &[0x01, 0x04, 0x00, 0x46, 0x00, 0x02, 0x90, 0x1E],
                &[0x01, 0x04, 0x04, 0x42, 0x48, 0x00, 0x00, 0x6F, 0xEA],
            ),
            (
                three,
                &[0x01, 0x03, 0x00, 0x1C, 0x00, 0x02, 0x05, 0xCD],
                &[0x01, 0x03, 0x04, 0x40, 0x00, 0x00, 0x00, 0xEF, 0xF3],
            ),
        ] {
            assert_eq!(exchange(&meter(terminals), 0, request), reply, "{request:x?}");
        }
        let largest = exchange(
            &meter(three),
            0,
            &[0x01, 0x04, 0x00, 0x00, 0x00, 0x50, 0xF0, 0x36],
        );
        assert_eq!((largest.len(), largest[2]), (165, 160));
    }

    #[test]
    fn what_is_not_there_is_an_exception() {
        let meter = meter(Terminals::IDLE);
        for (body, code) in [
            (&[1, 4, 0, 0, 0, 1][..], ILLEGAL_VALUE),
            (&[1, 4, 0, 1, 0, 2], ILLEGAL_VALUE),
            (&[1, 4, 0, 0, 0, 82], ILLEGAL_VALUE),
            (&[1, 4, 0, 0, 0, 0], ILLEGAL_VALUE),
            (&[1, 4, 0, 0, 2], ILLEGAL_VALUE),
            (&[1, 4, 0x75, 0x30, 0, 2], ILLEGAL_ADDRESS),
            (&[1, 4, 0x01, 0x7E, 0, 4], ILLEGAL_ADDRESS),
            (&[1, 1, 0, 0, 0, 8], ILLEGAL_FUNCTION),
            (&[1, 0x10, 0, 2, 0, 2, 4, 0, 0, 0, 0], ILLEGAL_FUNCTION),
        ] {
            let reply = exchange(&meter, 0, &sealed(body));
            assert_eq!(reply, sealed(&[1, body[1] | 0x80, code]), "{body:x?}");
        }
        assert_eq!(
            exchange(&meter, 0, &sealed(&[1, 4, 0, 0, 0, 1])),
            [0x01, 0x84, 0x03, 0x03, 0x01]
        );
    }

    #[test]
    fn energy_counts_what_was_drawn_and_currents_follow_from_power() {
        let mut meter = meter(Terminals {
            power_w: [1_000.0, 500.0, 500.0],
            power_factor: 0.9,
            ..Terminals::IDLE
        });
        let hour_us = 3_600_000_000;
        assert!((float(&meter, hour_us, 0x48) - 2.0).abs() < 1e-4);
        meter.set(hour_us, Terminals::IDLE);
        assert!((float(&meter, 5 * hour_us, 0x48) - 2.0).abs() < 1e-4);
        meter.set(
            5 * hour_us,
            Terminals {
                power_w: [207.0; 3],
                power_factor: 0.9,
                ..Terminals::IDLE
            },
        );
        assert!((float(&meter, 5 * hour_us, 0x06) - 1.0).abs() < 1e-4);
        assert!((float(&meter, 5 * hour_us, 0x30) - 3.0).abs() < 1e-4);
        meter.freeze(true);
        meter.set(5 * hour_us, Terminals::IDLE);
        assert!((float(&meter, 9 * hour_us, 0x34) - 621.0).abs() < 1e-3);
        assert!((float(&meter, 9 * hour_us, 0x48) - 2.0).abs() < 1e-4);
    }
}
