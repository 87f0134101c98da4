//! MCP23017: sixteen lines of contacts behind two wires.
//!
//! Lines are inputs with the chip's pull-ups of about 100 kOhm unless they are named as outputs; GPA7 and GPB7 are
//! always outputs, low: as inputs a change of them during a read can damage the data on the bus (Microchip
//! DS20001952 revision D). There is no identity register. Every reading is one read of the whole map, so the levels come
//! with the configuration they were taken under: after a brown-out IODIR is all ones and GPPU is zero, and the chip is
//! prepared again. Debouncing is not the chip's business, and its interrupts are not used.

use crate::driver::{Driver, Fault, I2cBus, Progress, Raw, read_register, write};
use points::{Absent, Span};

/// The registers in use, of port A; that of port B follows (table 3-5 of the data sheet, BANK = 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Register {
    Iodir = 0x00,
    Ipol = 0x02,
    Gpinten = 0x04,
    Iocon = 0x0A,
    Gppu = 0x0C,
    Gpio = 0x12,
    Olat = 0x14,
}

impl Register {
    const fn name(self) -> &'static str {
        match self {
            Register::Iodir => "MCP23017 IODIR (0x00)",
            Register::Ipol => "MCP23017 IPOL (0x02)",
            Register::Gpinten => "MCP23017 GPINTEN (0x04)",
            Register::Iocon => "MCP23017 IOCON (0x0A)",
            Register::Gppu => "MCP23017 GPPU (0x0C)",
            Register::Gpio => "MCP23017 GPIO (0x12)",
            Register::Olat => "MCP23017 OLAT (0x14)",
        }
    }
}

/// Registers of the map with BANK = 0.
const MAP: usize = 22;
/// IOCON's place when somebody has set BANK = 1; with BANK = 0 it is GPINTENB, which is zero anyway.
const IOCON_OF_BANK_1: u8 = 0x05;
/// GPA7 and GPB7.
const OUTPUTS_ONLY: u16 = 0x8080;

/// The driver. Lines are bits: 0 to 7 for GPA0 to GPA7, 8 to 15 for GPB0 to GPB7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mcp23017 {
    address: u8,
    outputs: u16,
    /// What OLAT holds: the ordered levels, low after every preparation.
    levels: u16,
}

impl Mcp23017 {
    /// At `address` (0x20..=0x27) with these lines as outputs, besides the two that always are.
    pub const fn new(address: u8, outputs: u16) -> Self {
        Mcp23017 {
            address,
            outputs: outputs | OUTPUTS_ONLY,
            levels: 0,
        }
    }

    /// Orders the levels of the output lines and reads them back. They fall when the chip is prepared again, and stay
    /// when whoever drives them dies: nothing that must fall with it belongs on them.
    ///
    /// # Errors
    /// The bus failed or the chip does not hold what was written; then the levels are unknown.
    pub fn drive<B: I2cBus>(&mut self, bus: &mut B, levels: u16) -> Result<(), Fault> {
        self.set(bus, Register::Olat, levels & self.outputs)?;
        self.levels = levels & self.outputs;
        Ok(())
    }

    fn put<B: I2cBus>(&self, bus: &mut B, register: Register, value: u16) -> Result<(), Fault> {
        let [a, b] = value.to_le_bytes();
        write(bus, self.address, &[register as u8, a, b], register.name())
    }

    fn set<B: I2cBus>(&self, bus: &mut B, register: Register, value: u16) -> Result<(), Fault> {
        self.put(bus, register, value)?;
        let bytes = read_register::<2, B>(bus, self.address, register as u8, register.name())?;
        same(register, u16::from_le_bytes(bytes), value)
    }
}

fn same(register: Register, found: u16, written: u16) -> Result<(), Fault> {
    if found == written {
        Ok(())
    } else {
        Err(Fault::Configuration {
            register: register.name(),
            found,
            written,
        })
    }
}

/// Both ports of a register in the map.
fn both(map: &[u8; MAP], register: Register) -> u16 {
    let at = usize::from(register as u8);
    match map.get(at..at + 2) {
        Some([a, b]) => u16::from_le_bytes([*a, *b]),
        Some(_) | None => 0,
    }
}

impl<B: I2cBus> Driver<B> for Mcp23017 {
    /// Brings the register map back if it was moved, then latches, directions and pull-ups in that order, so that no
    /// output shows a level that nobody ordered; each is read back.
    fn prepare(&mut self, bus: &mut B, _step: u8) -> Result<Progress, Fault> {
        let iocon = Register::Iocon;
        write(bus, self.address, &[IOCON_OF_BANK_1, 0], iocon.name())?;
        self.set(bus, iocon, 0)?;
        self.drive(bus, 0)?;
        self.set(bus, Register::Iodir, !self.outputs)?;
        self.set(bus, Register::Ipol, 0)?;
        self.set(bus, Register::Gpinten, 0)?;
        self.set(bus, Register::Gppu, !self.outputs)?;
        Ok(Progress::Ready)
    }

    /// Nothing to do: pins are live.
    fn start(&mut self, _bus: &mut B) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    fn fetch(&mut self, bus: &mut B) -> Result<Raw, Fault> {
        let name = Register::Gpio.name();
        let map = read_register::<MAP, B>(bus, self.address, Register::Iodir as u8, name)?;
        for (register, written) in [
            (Register::Iodir, !self.outputs),
            (Register::Ipol, 0),
            (Register::Iocon, 0),
            (Register::Gppu, !self.outputs),
            (Register::Olat, self.levels),
        ] {
            same(register, both(&map, register), written)?;
        }
        Ok(Raw::new(&both(&map, Register::Gpio).to_le_bytes()))
    }

    /// All outputs low.
    fn release(&mut self, bus: &mut B) -> Result<(), Fault> {
        self.drive(bus, 0)
    }
}

/// The levels of the sixteen lines in two raw bytes: port A, port B.
///
/// # Errors
/// `ShortTransfer` for another length.
pub fn decode(raw: &Raw) -> Result<u16, Absent> {
    match raw.bytes() {
        &[a, b] => Ok(u16::from_le_bytes([a, b])),
        _ => Err(Absent::ShortTransfer),
    }
}

/// The bit of a line by its name, `A0` to `A7` or `B0` to `B7`.
pub fn line(name: &str) -> Option<u8> {
    let (first, digit) = match name.as_bytes() {
        [b'A', digit @ b'0'..=b'7'] => (0, digit),
        [b'B', digit @ b'0'..=b'7'] => (8, digit),
        _ => return None,
    };
    Some(first + digit - b'0')
}

/// Whether a line may be an input.
pub const fn may_be_input(bit: u8) -> bool {
    bit < 16 && OUTPUTS_ONLY >> bit & 1 == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::BusFault;
    use crate::mock::{Mock, Transfer, fails, w, wr};
    use std::vec::Vec;

    const A: u8 = 0x20;

    /// GPB0 to GPB3 are outputs: inputs are 0x7F and 0x70.
    fn chip() -> Mcp23017 {
        Mcp23017::new(A, 0x0F00)
    }

    fn set(register: u8, a: u8, b: u8) -> [Transfer; 2] {
        [w(A, &[register, a, b]), wr(A, &[register], &[a, b])]
    }

    fn preparation() -> Vec<Transfer> {
        let mut script = Vec::from([w(A, &[0x05, 0x00])]);
        script.extend(set(0x0A, 0, 0));
        script.extend(set(0x14, 0, 0));
        script.extend(set(0x00, 0x7F, 0x70));
        script.extend(set(0x02, 0, 0));
        script.extend(set(0x04, 0, 0));
        script.extend(set(0x0C, 0x7F, 0x70));
        script
    }

    /// The whole map of a prepared chip with these levels and latches.
    fn map(gpio: [u8; 2], olat: [u8; 2]) -> [u8; MAP] {
        let mut map = [0; MAP];
        map[..2].copy_from_slice(&[0x7F, 0x70]);
        map[0x0C..0x0E].copy_from_slice(&[0x7F, 0x70]);
        map[0x12..0x14].copy_from_slice(&gpio);
        map[0x14..].copy_from_slice(&olat);
        map
    }

    #[test]
    fn prepare_sets_latches_before_directions_and_reads_everything_back() {
        let mut bus = Mock::new(preparation());
        assert_eq!(chip().prepare(&mut bus, 0), Ok(Progress::Ready));
        bus.done();
    }

    #[test]
    fn what_does_not_read_back_is_a_fault() {
        for place in [2, 4, 6, 12] {
            let mut script = preparation();
            script.truncate(place + 1);
            let (register, written) = [
                (Register::Iocon, 0),
                (Register::Olat, 0),
                (Register::Iodir, 0x707F),
                (Register::Gppu, 0x707F),
            ][[2, 4, 6, 12].iter().position(|p| *p == place).unwrap_or(0)];
            script[place] = wr(A, &[register as u8], &[0xFF, 0xFF]);
            let mut bus = Mock::new(script);
            let fault = Fault::Configuration {
                register: register.name(),
                found: 0xFFFF,
                written,
            };
            assert_eq!(chip().prepare(&mut bus, 0), Err(fault));
            bus.done();
        }
    }

    fn fetched(map: &[u8]) -> Result<Raw, Fault> {
        let mut bus = Mock::new([wr(A, &[0x00], map)]);
        let raw = chip().fetch(&mut bus);
        bus.done();
        raw
    }

    #[test]
    fn levels_come_with_their_configuration() {
        let raw = fetched(&map([0x5A, 0x30], [0, 0])).unwrap();
        assert_eq!(decode(&raw), Ok(0x305A));
        assert_eq!(decode(&Raw::new(&[0x5A])), Err(Absent::ShortTransfer));
        assert_eq!(chip().start(&mut Mock::new([])), Ok(Span::ZERO));
    }

    #[test]
    fn a_brown_out_a_moved_map_and_a_dead_bus_are_never_levels() {
        let mut reset = [0; MAP];
        reset[..2].fill(0xFF);
        let mut no_pull_ups = map([0x5A, 0x30], [0, 0]);
        no_pull_ups[0x0C] = 0;
        let mut other_latch = map([0x5A, 0x30], [0, 0]);
        other_latch[0x14] = 0x80;
        for bytes in [reset, no_pull_ups, other_latch, [0; MAP], [0xFF; MAP]] {
            assert_eq!(fetched(&bytes).unwrap_err().absent(), Absent::Unconfigured);
        }
    }

    #[test]
    fn a_short_or_failed_transfer_is_never_levels() {
        let short = wr(A, &[0x00], &map([0x5A, 0x30], [0, 0])[..20]);
        let mut bus = Mock::new([short.clone(), short]);
        assert_eq!(
            chip().fetch(&mut bus).unwrap_err().absent(),
            Absent::ShortTransfer
        );
        let mut bus = Mock::new([fails(wr(A, &[0x00], &[]), BusFault::NoAnswer)]);
        assert_eq!(chip().fetch(&mut bus).unwrap_err().absent(), Absent::NoAnswer);
    }

    #[test]
    fn outputs_are_driven_read_back_and_low_after_a_preparation() {
        let mut chip = chip();
        let mut bus = Mock::new(set(0x14, 0x00, 0x01));
        // Lines that are no outputs are left alone.
        assert_eq!(chip.drive(&mut bus, 0x0101), Ok(()));
        bus.done();
        let mut bus = Mock::new([wr(A, &[0x00], &map([0x00, 0x01], [0x00, 0x01]))]);
        assert!(chip.fetch(&mut bus).is_ok());
        let mut bus = Mock::new([w(A, &[0x14, 0x00, 0x02]), wr(A, &[0x14], &[0x00, 0x01])]);
        assert_eq!(
            chip.drive(&mut bus, 0x0200).unwrap_err().absent(),
            Absent::Unconfigured
        );
        let mut bus = Mock::new(preparation());
        assert_eq!(chip.prepare(&mut bus, 0), Ok(Progress::Ready));
        let mut bus = Mock::new([wr(A, &[0x00], &map([0, 0], [0, 0]))]);
        assert!(chip.fetch(&mut bus).is_ok());
        let mut bus = Mock::new(set(0x14, 0, 0));
        assert_eq!(chip.release(&mut bus), Ok(()));
        bus.done();
    }

    #[test]
    fn lines_have_their_names_and_two_are_no_inputs() {
        assert_eq!(["A0", "A7", "B0", "B7"].map(line), [0, 7, 8, 15].map(Some));
        for name in ["", "A", "A8", "C0", "a0", "A00", "B-1"] {
            assert_eq!(line(name), None, "{name}");
        }
        let inputs = (0..=16).filter(|bit| may_be_input(*bit)).count();
        assert_eq!((inputs, may_be_input(7), may_be_input(15)), (14, false, false));
    }
}
