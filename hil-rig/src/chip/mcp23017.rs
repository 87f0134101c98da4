//! MCP23017: sixteen-line port expander (11-chips, section 10).
//!
//! Twenty-two registers behind a pointer that counts on (SEQOP = 0) or toggles between the two ports of a register
//! (SEQOP = 1). IOCON.BANK = 1 moves the map: port A at 0x00..=0x0A, port B at 0x10..=0x1A. Pins are live; an interrupt
//! latches the port in INTCAP until GPIO or INTCAP of that port is read. A pin that nothing drives reads high with its
//! pull-up and low without. Choices where the datasheet is silent: addresses between the ports and behind them read 0
//! and take nothing; the pointer goes on past the last register to 0x00.

use super::{Nack, Slave};

/// Registers in the order of BANK = 0, each for port A and port B.
const IODIR: usize = 0x00;
const IPOL: usize = 0x02;
const GPINTEN: usize = 0x04;
const DEFVAL: usize = 0x06;
const INTCON: usize = 0x08;
const IOCON: usize = 0x0A;
const GPPU: usize = 0x0C;
const INTF: usize = 0x0E;
const INTCAP: usize = 0x10;
const GPIO: usize = 0x12;
const OLAT: usize = 0x14;
const COUNT: usize = 0x16;

const BANK: u8 = 1 << 7;
const SEQOP: u8 = 1 << 5;
/// Bit 0 of IOCON does not exist.
const IOCON_WRITABLE: u8 = 0xFE;

/// Emulated MCP23017. Lines are bits: 0 to 7 for port A, 8 to 15 for port B.
#[derive(Debug, Clone)]
pub struct Mcp23017 {
    powered: bool,
    pointer: u8,
    /// GPIO's place is not used: pins are live.
    registers: [u8; COUNT],
    /// Levels from outside, and which pins have any.
    outside: u16,
    connected: u16,
    /// The ports at the last look, for interrupts on change.
    seen: [u8; 2],
    frozen: bool,
}

impl Mcp23017 {
    /// An expander without power; the pins of `connected` are driven from outside, low.
    #[must_use]
    pub fn new(connected: u16) -> Self {
        let mut chip = Self {
            powered: false,
            pointer: 0,
            registers: [0; COUNT],
            outside: 0,
            connected,
            seen: [0; 2],
            frozen: false,
        };
        chip.reset();
        chip
    }

    /// Levels from outside; those of pins that are not connected do not matter.
    pub fn set(&mut self, levels: u16) {
        if self.frozen || levels == self.outside {
            return;
        }
        self.outside = levels;
        self.look();
    }

    /// Levels the pins have: outputs that the chip drives, and what comes from outside.
    #[must_use]
    pub fn pins(&self) -> u16 {
        u16::from_le_bytes([0, 1].map(|port| self.pin_levels(port)))
    }

    /// Which pins the chip drives.
    #[must_use]
    pub fn driven(&self) -> u16 {
        u16::from_le_bytes([0, 1].map(|port| {
            if self.powered {
                !self.registers[IODIR + port]
            } else {
                0
            }
        }))
    }

    fn reset(&mut self) {
        self.pointer = 0;
        self.registers = [0; COUNT];
        self.registers[IODIR] = 0xFF;
        self.registers[IODIR + 1] = 0xFF;
        self.seen = [0, 1].map(|port| self.port(port));
    }

    fn pin_levels(&self, port: usize) -> u8 {
        let connected = self.connected.to_le_bytes()[port];
        let floating = self.registers[GPPU + port];
        let input = self.outside.to_le_bytes()[port] & connected | floating & !connected;
        let inputs = self.registers[IODIR + port];
        input & inputs | self.registers[OLAT + port] & !inputs
    }

    /// What GPIO reads.
    fn port(&self, port: usize) -> u8 {
        self.pin_levels(port) ^ self.registers[IPOL + port] & self.registers[IODIR + port]
    }

    /// Raises interrupts for what has moved since the last look.
    fn look(&mut self) {
        for port in [0, 1] {
            let now = self.port(port);
            let against_default = self.registers[INTCON + port];
            let differs = (now ^ self.registers[DEFVAL + port]) & against_default
                | (now ^ self.seen[port]) & !against_default;
            self.seen[port] = now;
            let raised = differs & self.registers[GPINTEN + port] & self.registers[IODIR + port];
            if raised != 0 && self.registers[INTF + port] == 0 {
                self.registers[INTF + port] = raised;
                self.registers[INTCAP + port] = now;
            }
        }
    }

    /// The register that the pointer means; none in the gaps of BANK = 1 and behind the map.
    fn place(&self) -> Option<usize> {
        let pointer = usize::from(self.pointer);
        if self.registers[IOCON] & BANK == 0 {
            return (pointer < COUNT).then_some(pointer);
        }
        let (port, register) = (pointer >> 4, pointer & 0x0F);
        (port < 2 && register < COUNT / 2).then_some(2 * register + port)
    }

    fn go_on(&mut self) {
        let banked = self.registers[IOCON] & BANK != 0;
        if self.registers[IOCON] & SEQOP != 0 {
            if !banked {
                self.pointer ^= 1;
            }
            return;
        }
        let last = if banked { 0x1A } else { 0x15 };
        self.pointer = if self.pointer >= last { 0 } else { self.pointer + 1 };
    }

    fn write_register(&mut self, place: usize, value: u8) {
        match place & !1 {
            IOCON => {
                self.registers[IOCON] = value & IOCON_WRITABLE;
                self.registers[IOCON + 1] = value & IOCON_WRITABLE;
            }
            GPIO => self.registers[OLAT + (place & 1)] = value,
            INTF | INTCAP => {}
            _ => self.registers[place] = value,
        }
        self.look();
    }

    fn read_register(&mut self, place: usize) -> u8 {
        let port = place & 1;
        match place & !1 {
            GPIO => {
                let value = self.port(port);
                self.acknowledge(port);
                value
            }
            INTCAP => {
                let value = self.registers[place];
                self.acknowledge(port);
                value
            }
            _ => self.registers[place],
        }
    }

    fn acknowledge(&mut self, port: usize) {
        self.registers[INTF + port] = 0;
        // A pin that still differs from its default raises the next one at once.
        self.look();
    }
}

impl Slave for Mcp23017 {
    fn write(&mut self, _now_us: u64, bytes: &[u8]) -> Result<(), Nack> {
        if !self.powered {
            return Err(Nack::Address);
        }
        let Some((pointer, values)) = bytes.split_first() else {
            return Ok(());
        };
        self.pointer = *pointer;
        for value in values {
            if let Some(place) = self.place() {
                self.write_register(place, *value);
            }
            self.go_on();
        }
        Ok(())
    }

    fn read(&mut self, _now_us: u64, buf: &mut [u8]) -> Result<(), Nack> {
        if !self.powered {
            return Err(Nack::Address);
        }
        for out in buf {
            *out = self.place().map_or(0, |place| self.read_register(place));
            self.go_on();
        }
        Ok(())
    }

    fn power(&mut self, _now_us: u64, on: bool) {
        self.powered = on;
        self.reset();
    }

    fn freeze(&mut self, on: bool) {
        self.frozen = on;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up() -> Mcp23017 {
        let mut chip = Mcp23017::new(0xFFFF);
        chip.power(0, true);
        chip
    }

    fn get<const N: usize>(chip: &mut Mcp23017, register: u8) -> [u8; N] {
        let mut buf = [0; N];
        chip.write(0, &[register]).unwrap();
        chip.read(0, &mut buf).unwrap();
        buf
    }

    #[test]
    fn power_up_and_the_vectors_of_a_preparation() {
        let mut chip = up();
        assert_eq!(get(&mut chip, 0x00), [0xFF, 0xFF]);
        assert_eq!(get::<20>(&mut chip, 0x02), [0; 20]);
        for bytes in [[0x14, 0x00, 0x00], [0x00, 0x7F, 0x70], [0x0C, 0x7F, 0x70]] {
            chip.write(0, &bytes).unwrap();
            assert_eq!(get(&mut chip, bytes[0]), [bytes[1], bytes[2]]);
        }
        chip.set(0x305A);
        assert_eq!(get(&mut chip, 0x12), [0x5A, 0x30]);
        chip.write(0, &[0x15, 0x01]).unwrap();
        assert_eq!((chip.pins() >> 8 & 0x0F, chip.driven()), (0x01, 0x8F80));
    }

    #[test]
    fn a_write_to_the_port_goes_to_the_latch_and_shows_on_outputs_only() {
        let mut chip = up();
        chip.write(0, &[0x12, 0xFF]).unwrap();
        assert_eq!(get(&mut chip, 0x14), [0xFF]);
        assert_eq!(get(&mut chip, 0x12), [0x00]);
        chip.write(0, &[0x00, 0xF0]).unwrap();
        assert_eq!(get(&mut chip, 0x12), [0x0F]);
    }

    #[test]
    fn an_interrupt_latches_the_port_until_it_is_read() {
        let mut chip = up();
        chip.set(0x005F);
        chip.write(0, &[0x04, 0x07]).unwrap();
        chip.set(0x005D);
        assert_eq!(get(&mut chip, 0x0E), [0x02]);
        chip.set(0x005C);
        assert_eq!(get(&mut chip, 0x10), [0x5D], "the first event, not the last");
        assert_eq!(get(&mut chip, 0x0E), [0x00]);
        chip.set(0x005D);
        assert_eq!(get(&mut chip, 0x0E), [0x01]);
        assert_eq!(get(&mut chip, 0x12), [0x5D]);
        assert_eq!(get(&mut chip, 0x0E), [0x00]);
        // Against a default: it stands as long as the pin differs.
        chip.write(0, &[0x06, 0x00]).unwrap();
        chip.write(0, &[0x08, 0x01]).unwrap();
        assert_eq!(get(&mut chip, 0x12), [0x5D]);
        assert_eq!(get(&mut chip, 0x0E), [0x01]);
    }

    #[test]
    fn the_map_moves_with_bank_and_comes_back() {
        let mut chip = up();
        chip.write(0, &[0x0A, BANK]).unwrap();
        assert_eq!(get(&mut chip, 0x10), [0xFF], "IODIRB");
        assert_eq!(get(&mut chip, 0x05), [BANK], "IOCON");
        assert_eq!(get(&mut chip, 0x0C), [0x00], "a gap");
        chip.write(0, &[0x05, 0x00]).unwrap();
        chip.write(0, &[0x0A, 0x00]).unwrap();
        assert_eq!(get(&mut chip, 0x00), [0xFF, 0xFF]);
        assert_eq!(get(&mut chip, 0x0A), [0, 0]);
    }

    #[test]
    fn the_pointer_counts_on_or_toggles() {
        let mut chip = up();
        assert_eq!(get(&mut chip, 0x15), [0x00, 0xFF, 0xFF, 0x00]);
        chip.write(0, &[0x0A, SEQOP]).unwrap();
        assert_eq!(get(&mut chip, 0x00), [0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(get(&mut chip, 0x03), [0, 0, 0]);
    }

    #[test]
    fn polarity_pull_ups_and_power() {
        let mut chip = Mcp23017::new(0x0001);
        assert_eq!(chip.read(0, &mut [0]), Err(Nack::Address));
        chip.power(0, true);
        chip.write(0, &[0x0C, 0x06, 0x00]).unwrap();
        assert_eq!(
            get(&mut chip, 0x12),
            [0x06, 0x00],
            "floating pins follow their pull-ups"
        );
        chip.write(0, &[0x02, 0x01]).unwrap();
        assert_eq!(get(&mut chip, 0x12), [0x07]);
        chip.set(1);
        assert_eq!(get(&mut chip, 0x12), [0x06]);
        chip.freeze(true);
        chip.set(0);
        assert_eq!(get(&mut chip, 0x12), [0x06]);
        chip.power(0, false);
        chip.power(0, true);
        assert_eq!(get(&mut chip, 0x0C), [0x00, 0x00], "a brown-out forgets it");
    }
}
