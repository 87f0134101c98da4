//! Waveshare Modbus RTU relay board, eight relays: the switched outlets of a power strip.
//!
//! A relay is a coil, 0x0000 to 0x0007. Reading the coils back is the only feedback: the contacts themselves are not
//! sensed. The board has no watchdog: relays stay as they are when nobody asks, and all fall with its own supply. So an
//! outlet that must stay on without a controller is wired through the normally closed contact, where a relay that is on
//! switches the outlet off. Only 0xFF00 and 0x0000 are ever written: the board's toggle is not idempotent and its flash
//! orders come back by themselves.

use crate::driver::{Driver, Fault, Progress, Raw};
use crate::rtu::{self, SerialLine};
use points::{Absent, Span};

/// Relays of a board.
pub const RELAYS: u8 = 8;

const COILS: &str = "relay board coils (0x0000)";
const VERSION: &str = "relay board version (0x8000)";
const VERSION_REGISTER: u16 = 0x8000;
/// Versions of hundredths that boards have: V1.00 to V9.99.
const VERSIONS: core::ops::RangeInclusive<u16> = 100..=999;
/// V2.00.
const USUAL_VERSION: u16 = 200;

/// The driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayBoard {
    unit: u8,
}

impl RelayBoard {
    /// The board at this address, 1 to 247.
    pub const fn new(unit: u8) -> Self {
        RelayBoard { unit }
    }

    /// Switches relay `relay` (0 to 7) and reads all back, one bit each.
    ///
    /// # Errors
    /// The line failed, the board refused, or its coil does not read as written. Then the relay's state is what the next
    /// reading says.
    pub fn switch<L: SerialLine>(&mut self, line: &mut L, relay: u8, on: bool) -> Result<u8, Fault> {
        if relay >= RELAYS {
            return Err(Fault::NotReady);
        }
        rtu::write_coil(line, self.unit, u16::from(relay), on, COILS)?;
        let coils = rtu::read_coils(line, self.unit, 0, COILS)?;
        if (coils >> relay & 1 == 1) == on {
            Ok(coils)
        } else {
            Err(Fault::Configuration {
                register: COILS,
                found: u16::from(coils),
                written: u16::from(on) << relay,
            })
        }
    }
}

impl<L: SerialLine> Driver<L> for RelayBoard {
    /// Reads the version: other boards have other registers there, or none.
    fn prepare(&mut self, line: &mut L, _step: u8) -> Result<Progress, Fault> {
        let found = rtu::read_holding(line, self.unit, VERSION_REGISTER, VERSION)?;
        if VERSIONS.contains(&found) {
            Ok(Progress::Ready)
        } else {
            Err(Fault::WrongChip {
                register: VERSION,
                found,
                expected: USUAL_VERSION,
            })
        }
    }

    /// Nothing to do: coils are live.
    fn start(&mut self, _line: &mut L) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    fn fetch(&mut self, line: &mut L) -> Result<Raw, Fault> {
        rtu::read_coils(line, self.unit, 0, COILS).map(|coils| Raw::new(&[coils]))
    }

    /// Nothing to do: outlets are left as they are, for no host is to lose its power with the controller.
    fn release(&mut self, _line: &mut L) -> Result<(), Fault> {
        Ok(())
    }
}

/// The coils in one raw byte, relay 1 in bit 0.
///
/// # Errors
/// `ShortTransfer` for another length.
pub fn decode(raw: &Raw) -> Result<u8, Absent> {
    match *raw.bytes() {
        [coils] => Ok(coils),
        _ => Err(Absent::ShortTransfer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::BusFault;
    use crate::mock::Line;

    const ASK_ALL: [u8; 8] = [0x01, 0x01, 0x00, 0x00, 0x00, 0x08, 0x3D, 0xCC];
    const ONE_AND_THREE: [u8; 6] = [0x01, 0x01, 0x01, 0x05, 0x91, 0x8B];
    const ONE_ON: [u8; 8] = [0x01, 0x05, 0x00, 0x00, 0xFF, 0x00, 0x8C, 0x3A];
    const ONE_OFF: [u8; 8] = [0x01, 0x05, 0x00, 0x00, 0x00, 0x00, 0xCD, 0xCA];
    const ASK_VERSION: [u8; 8] = [0x01, 0x03, 0x80, 0x00, 0x00, 0x01, 0xAD, 0xCA];
    const V2: [u8; 7] = [0x01, 0x03, 0x02, 0x00, 0xC8, 0xB9, 0xD2];

    fn board() -> RelayBoard {
        RelayBoard::new(1)
    }

    #[test]
    fn a_board_is_known_by_its_version() {
        let mut line = Line::new([(&ASK_VERSION[..], Ok(&V2[..]))]);
        assert_eq!(board().prepare(&mut line, 0), Ok(Progress::Ready));
        line.done();
        let none = [0x01, 0x03, 0x02, 0x00, 0x00, 0xB8, 0x44];
        for (answer, reason) in [
            (Ok(&none[..]), Absent::WrongChip),
            (Ok(&[0x01, 0x83, 0x02, 0xC0, 0xF1][..]), Absent::WrongChip),
            (Err(BusFault::NoAnswer), Absent::NoAnswer),
        ] {
            let mut line = Line::new([(&ASK_VERSION[..], answer)]);
            assert_eq!(board().prepare(&mut line, 0).unwrap_err().absent(), reason);
        }
    }

    #[test]
    fn all_relays_are_read_at_once() {
        let mut line = Line::new([(&ASK_ALL[..], Ok(&ONE_AND_THREE[..]))]);
        assert_eq!(Driver::<Line>::start(&mut board(), &mut line), Ok(Span::ZERO));
        let raw = board().fetch(&mut line).unwrap();
        assert_eq!(decode(&raw), Ok(0b101));
        assert_eq!(Driver::<Line>::release(&mut board(), &mut line), Ok(()));
        line.done();
        assert_eq!(decode(&Raw::new(&[1, 2])), Err(Absent::ShortTransfer));
    }

    #[test]
    fn a_relay_is_switched_and_read_back() {
        let mut line = Line::new([
            (&ONE_ON[..], Ok(&ONE_ON[..])),
            (&ASK_ALL, Ok(&ONE_AND_THREE)),
            (&ONE_OFF, Ok(&ONE_OFF)),
            (&ASK_ALL, Ok(&ONE_AND_THREE)),
        ]);
        assert_eq!(board().switch(&mut line, 0, true), Ok(0b101));
        let fault = board().switch(&mut line, 0, false).unwrap_err();
        assert_eq!(
            fault,
            Fault::Configuration {
                register: COILS,
                found: 0b101,
                written: 0
            },
            "it did not fall"
        );
        line.done();
        assert_eq!(
            board().switch(&mut Line::new([]), 8, true),
            Err(Fault::NotReady),
            "there is no ninth relay"
        );
    }

    #[test]
    fn a_write_that_is_refused_unanswered_or_damaged_is_a_fault() {
        for (answer, reason) in [
            (Ok(&[0x01, 0x85, 0x03, 0x02, 0x91][..]), Absent::WrongChip),
            (Err(BusFault::NoAnswer), Absent::NoAnswer),
            (Ok(&ONE_ON[..5]), Absent::ShortTransfer),
            (
                Ok(&[0x01, 0x05, 0x00, 0x00, 0xFF, 0x00, 0x8C, 0x3B]),
                Absent::BadChecksum,
            ),
        ] {
            let mut line = Line::new([(&ONE_ON[..], answer)]);
            assert_eq!(board().switch(&mut line, 0, true).unwrap_err().absent(), reason);
            line.done();
        }
    }
}
