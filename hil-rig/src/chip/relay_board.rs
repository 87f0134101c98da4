//! Waveshare Modbus RTU relay board, eight relays (11-chips, section 13).
//!
//! Coils 0x0000 to 0x0007 are the relays, 0x00FF all of them; the value 0x5500 toggles. 0x0200 and 0x0400 and a relay's
//! number flash it on or off for a number of tenths of a second. Holding registers: 0x2000 line settings, 0x4000 unit
//! number, 0x8000 version. Frames to everybody are heard for settings only and answered with the own number. Relays fall
//! with the supply. A coil that is written by any order ends a flash of it: the choice where nothing is written.

use super::rtu::{ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, Pdu, RtuSlave};

const RELAYS: u16 = 8;
const ALL: u16 = 0x00FF;
const FLASH_ON: u16 = 0x0200;
const FLASH_OFF: u16 = 0x0400;
const TOGGLE: u16 = 0x5500;
/// V2.00.
const VERSION: u16 = 0x00C8;
/// No parity; 9600 baud as delivered, 38400.
const LINE: u16 = 0x0001;
const FAST_LINE: u16 = 0x0003;
/// Unit of a flash, us.
const TENTH_US: u64 = 100_000;

/// Emulated board.
#[derive(Debug, Clone)]
pub struct RelayBoard {
    unit: u8,
    line: u16,
    coils: u8,
    /// Until when each relay is flashed; then it turns.
    flashes: [Option<u64>; RELAYS as usize],
    stuck: bool,
}

impl RelayBoard {
    /// A board at its unit number, all relays off.
    #[must_use]
    pub fn new(unit: u8) -> Self {
        Self {
            unit,
            line: LINE,
            coils: 0,
            flashes: [None; RELAYS as usize],
            stuck: false,
        }
    }

    /// The same, set to 38400 baud.
    #[must_use]
    pub fn fast(mut self) -> Self {
        self.line = FAST_LINE;
        self
    }

    /// Which relays are on, relay 1 in bit 0.
    #[must_use]
    pub fn coils(&self) -> u8 {
        self.coils
    }

    /// Switches a relay, from 0, by its button or by another way than the line.
    pub fn switch(&mut self, relay: u16, on: bool) {
        if relay < RELAYS {
            let mask = 1 << relay;
            self.set(mask, if on { mask } else { 0 });
        }
    }

    fn turn_back(&mut self, now_us: u64) {
        for (relay, flash) in self.flashes.iter_mut().enumerate() {
            if flash.is_some_and(|until_us| now_us >= until_us) {
                *flash = None;
                self.coils ^= 1 << relay;
            }
        }
    }

    fn set(&mut self, mask: u8, coils: u8) {
        if self.stuck {
            return;
        }
        self.coils = self.coils & !mask | coils & mask;
        for (relay, flash) in self.flashes.iter_mut().enumerate() {
            if mask >> relay & 1 == 1 {
                *flash = None;
            }
        }
    }

    fn write_one(&mut self, now_us: u64, coil: u16, value: u16) -> Result<(), u8> {
        let flash = coil & (FLASH_ON | FLASH_OFF);
        if flash == FLASH_ON || flash == FLASH_OFF {
            let relay = coil & !flash;
            if relay >= RELAYS {
                return Err(ILLEGAL_ADDRESS);
            }
            if value == 0 || value > 0x7FFF {
                return Err(ILLEGAL_VALUE);
            }
            let mask = 1 << relay;
            self.set(mask, if flash == FLASH_ON { mask } else { 0 });
            self.flashes[usize::from(relay)] = Some(now_us + TENTH_US * u64::from(value));
            return Ok(());
        }
        let mask = match coil {
            relay @ 0..RELAYS => 1 << relay,
            ALL => 0xFF,
            _ => return Err(ILLEGAL_ADDRESS),
        };
        match value {
            0xFF00 => self.set(mask, 0xFF),
            0x0000 => self.set(mask, 0),
            TOGGLE => self.set(mask, !self.coils),
            _ => return Err(ILLEGAL_VALUE),
        }
        Ok(())
    }

    fn read(&self, first: u16, count: u16) -> Result<Pdu, u8> {
        if count == 0 || count > RELAYS {
            return Err(ILLEGAL_VALUE);
        }
        if first + count > RELAYS {
            return Err(ILLEGAL_ADDRESS);
        }
        let mut answer = Pdu::new(0x01);
        let mask = u8::MAX >> (RELAYS - count);
        answer.push(&[1, self.coils >> first & mask]);
        Ok(answer)
    }

    fn write_many(&mut self, first: u16, count: u16, bytes: &[u8]) -> Result<(), u8> {
        let [1, values] = *bytes else {
            return Err(ILLEGAL_VALUE);
        };
        if count == 0 || count > RELAYS {
            return Err(ILLEGAL_VALUE);
        }
        if first.saturating_add(count) > RELAYS {
            return Err(ILLEGAL_ADDRESS);
        }
        let mask = (u8::MAX >> (RELAYS - count)) << first;
        self.set(mask, values << first);
        Ok(())
    }
}

impl RtuSlave for RelayBoard {
    fn answer(&mut self, now_us: u64, request: &[u8]) -> Result<Option<Pdu>, u8> {
        self.turn_back(now_us);
        let &[function, a, b, c, d, ref rest @ ..] = request else {
            return Err(ILLEGAL_FUNCTION);
        };
        let (first, second) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let mut echo = Pdu::new(function);
        echo.push(&[a, b, c, d]);
        match (function, rest) {
            (0x01, []) if first < RELAYS => self.read(first, second).map(Some),
            (0x01, []) => Err(ILLEGAL_ADDRESS),
            (0x05, []) => self.write_one(now_us, first, second).map(|()| Some(echo)),
            (0x0F, bytes) => self.write_many(first, second, bytes).map(|()| Some(echo)),
            (0x03, []) if second == 1 => {
                let value = match first {
                    0x2000 => self.line,
                    0x4000 => u16::from(self.unit),
                    0x8000 => VERSION,
                    _ => return Err(ILLEGAL_ADDRESS),
                };
                let mut answer = Pdu::new(function);
                answer.push(&[2]);
                answer.push(&value.to_be_bytes());
                Ok(Some(answer))
            }
            (0x03, []) => Err(ILLEGAL_VALUE),
            // The number it already has; another one would need a new place on the line.
            (0x06, []) if first == 0x4000 && second == u16::from(self.unit) => Ok(Some(echo)),
            (0x06, []) => Err(ILLEGAL_VALUE),
            _ => Err(ILLEGAL_FUNCTION),
        }
    }

    fn freeze(&mut self, on: bool) {
        self.stuck = on;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chip::rtu::{FRAME_MAX, RtuDevice, RtuLine, tests::sealed};

    fn line() -> RtuLine {
        let mut line = RtuLine::default();
        line.add(1, RtuDevice::RelayBoard(RelayBoard::new(1)));
        line
    }

    fn exchange(line: &mut RtuLine, now_us: u64, request: &[u8]) -> Vec<u8> {
        let mut reply = [0; FRAME_MAX];
        let length = line.exchange(now_us, request, &mut reply);
        reply[..length].to_vec()
    }

    fn coils(line: &RtuLine) -> u8 {
        match line.device(1) {
            Some(RtuDevice::RelayBoard(board)) => board.coils(),
            _ => panic!("no board"),
        }
    }

    #[test]
    fn vectors() {
        let mut line = line();
        for (request, seen) in [
            ([0x01, 0x05, 0x00, 0x00, 0xFF, 0x00, 0x8C, 0x3A], 0x01),
            ([0x01, 0x05, 0x00, 0x00, 0x00, 0x00, 0xCD, 0xCA], 0x00),
            ([0x01, 0x05, 0x00, 0x00, 0x55, 0x00, 0xF2, 0x9A], 0x01),
            ([0x01, 0x05, 0x00, 0xFF, 0xFF, 0x00, 0xBC, 0x0A], 0xFF),
            ([0x01, 0x05, 0x00, 0xFF, 0x00, 0x00, 0xFD, 0xFA], 0x00),
        ] {
            assert_eq!(exchange(&mut line, 0, &request), request, "it echoes");
            assert_eq!(coils(&line), seen, "{request:x?}");
        }
        let many = [0x01, 0x0F, 0x00, 0x00, 0x00, 0x08, 0x01, 0x55, 0x3E, 0xAA];
        assert_eq!(
            exchange(&mut line, 0, &many),
            [0x01, 0x0F, 0x00, 0x00, 0x00, 0x08, 0x54, 0x0D]
        );
        assert_eq!(coils(&line), 0x55);
        exchange(&mut line, 0, &sealed(&[1, 0x0F, 0, 0, 0, 8, 1, 0x05]));
        assert_eq!(
            exchange(&mut line, 0, &[0x01, 0x01, 0x00, 0x00, 0x00, 0x08, 0x3D, 0xCC]),
            [0x01, 0x01, 0x01, 0x05, 0x91, 0x8B]
        );
        assert_eq!(
            exchange(&mut line, 0, &[0x00, 0x03, 0x80, 0x00, 0x00, 0x01, 0xAC, 0x1B]),
            [0x01, 0x03, 0x02, 0x00, 0xC8, 0xB9, 0xD2]
        );
        assert_eq!(
            exchange(&mut line, 0, &[0x00, 0x06, 0x40, 0x00, 0x00, 0x01, 0x5C, 0x1B]),
            sealed(&[0x01, 0x06, 0x40, 0x00, 0x00, 0x01])
        );
    }

    #[test]
    fn a_flash_turns_back_by_itself() {
        let mut line = line();
        let on = [0x01, 0x05, 0x02, 0x00, 0x00, 0x07, 0x8D, 0xB0];
        assert_eq!(exchange(&mut line, 0, &on), on);
        let ask = sealed(&[1, 1, 0, 0, 0, 8]);
        assert_eq!(exchange(&mut line, 699_999, &ask)[3], 0x01);
        assert_eq!(exchange(&mut line, 700_000, &ask)[3], 0x00);
        exchange(&mut line, 700_000, &sealed(&[1, 5, 0, 0xFF, 0xFF, 0]));
        let off = [0x01, 0x05, 0x04, 0x01, 0x00, 0x08, 0x9C, 0xFC];
        assert_eq!(exchange(&mut line, 800_000, &off), off);
        assert_eq!(exchange(&mut line, 1_599_999, &ask)[3], 0xFD);
        assert_eq!(exchange(&mut line, 1_600_000, &ask)[3], 0xFF);
    }

    #[test]
    fn what_is_not_there_is_an_exception() {
        let mut line = line();
        for (body, code) in [
            (&[1, 5, 0, 8, 0xFF, 0][..], ILLEGAL_ADDRESS),
            (&[1, 5, 0, 0, 0x12, 0x34], ILLEGAL_VALUE),
            (&[1, 5, 2, 0, 0, 0], ILLEGAL_VALUE),
            (&[1, 1, 0, 0, 0, 9], ILLEGAL_VALUE),
            (&[1, 1, 0, 7, 0, 2], ILLEGAL_ADDRESS),
            (&[1, 3, 0x12, 0x34, 0, 1], ILLEGAL_ADDRESS),
            (&[1, 4, 0, 0, 0, 2], ILLEGAL_FUNCTION),
        ] {
            let reply = exchange(&mut line, 0, &sealed(body));
            assert_eq!(reply, sealed(&[1, body[1] | 0x80, code]), "{body:x?}");
        }
    }
}
