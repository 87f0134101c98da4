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
    /// As the coils were read last; nothing while nobody knows.
    coils: Option<u8>,
}

impl RelayBoard {
    /// The board at this address, 1 to 247.
    pub const fn new(unit: u8) -> Self {
        RelayBoard { unit, coils: None }
    }

    /// Brings the relays of `mask` to where `coils` has them, one bit each, relay 1 in bit 0: only those that were not read
    /// so last, one order for each (function 05), and never an order for several. The next reading says what has become of
    /// them; one that did not follow is told again then. At most eight orders; a line that does not answer ends them.
    ///
    /// # Errors
    /// The line failed. What the board itself refuses or garbles is no fault here: the reading shows it.
    pub fn order<L: SerialLine>(&mut self, line: &mut L, mask: u8, coils: u8) -> Result<(), Fault> {
        let differs = self.coils.map_or(0xFF, |read| read ^ coils);
        for relay in (0..RELAYS).filter(|relay| (mask & differs) >> relay & 1 == 1) {
            let on = coils >> relay & 1 == 1;
            match rtu::write_coil(line, self.unit, u16::from(relay), on, COILS) {
                Err(fault @ Fault::Bus { .. }) => return Err(fault),
                Ok(())
                | Err(
                    Fault::BadChecksum { .. }
                    | Fault::WrongChip { .. }
                    | Fault::Configuration { .. }
                    | Fault::Refused { .. }
                    | Fault::NotReady
                    | Fault::WrongChannel { .. },
                ) => {}
            }
        }
        Ok(())
    }
}

impl<L: SerialLine> Driver<L> for RelayBoard {
    /// Reads the version: other boards have other registers there, or none.
    fn prepare(&mut self, line: &mut L, _step: u8) -> Result<Progress, Fault> {
        self.coils = None;
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
        self.coils = None;
        let coils = rtu::read_coils(line, self.unit, 0, COILS)?;
        self.coils = Some(coils);
        Ok(Raw::new(&[coils]))
    }

    /// Nothing to do: outlets stay as they were ordered, for no host is to lose its power with the controller.
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
    fn relays_are_ordered_one_by_one_and_only_where_they_were_not_read_so() {
        const NONE: [u8; 6] = [0x01, 0x01, 0x01, 0x00, 0x51, 0x88];
        const THREE_OFF: [u8; 8] = [0x01, 0x05, 0x00, 0x02, 0x00, 0x00, 0x6C, 0x0A];
        let mut line = Line::new([
            // Nobody knows yet: whatever is asked for is ordered.
            (&ONE_ON[..], Ok(&ONE_ON[..])),
            (&ASK_ALL, Ok(&ONE_AND_THREE)),
            // It followed; the third one is not asked for.
            (&ASK_ALL, Ok(&ONE_AND_THREE)),
            // Both are to fall, and one of them does not: it is told again, alone.
            (&ONE_OFF, Ok(&ONE_OFF)),
            (&THREE_OFF, Ok(&THREE_OFF)),
            (&ASK_ALL, Ok(&[0x01, 0x01, 0x01, 0x01, 0x90, 0x48])),
            (&ONE_OFF, Ok(&ONE_OFF)),
            (&ASK_ALL, Ok(&NONE)),
        ]);
        let mut board = board();
        for (mask, coils, read) in [
            (0b001, 0b001, 0b101),
            (0b001, 0b001, 0b101),
            (0b101, 0b000, 0b001),
            (0b101, 0b000, 0b000),
        ] {
            assert_eq!(board.order(&mut line, mask, coils), Ok(()));
            assert_eq!(decode(&board.fetch(&mut line).unwrap()), Ok(read));
        }
        assert_eq!(board.order(&mut line, 0, 0xFF), Ok(()), "nothing is asked for");
        line.done();
    }

    #[test]
    fn what_a_board_refuses_keeps_no_other_relay_from_its_order_and_a_silent_line_ends_them() {
        const TWO_ON: [u8; 8] = [0x01, 0x05, 0x00, 0x01, 0xFF, 0x00, 0xDD, 0xFA];
        for answer in [
            &[0x01, 0x85, 0x03, 0x02, 0x91][..],
            &[0x01, 0x05, 0x00, 0x00, 0xFF, 0x00, 0x8C, 0x3B],
            &ONE_OFF,
        ] {
            let mut line = Line::new([(&ONE_ON[..], Ok(answer)), (&TWO_ON, Ok(&TWO_ON))]);
            assert_eq!(board().order(&mut line, 0b11, 0b11), Ok(()));
            line.done();
        }
        for (answer, reason) in [
            (Err(BusFault::NoAnswer), Absent::NoAnswer),
            (Ok(&ONE_ON[..5]), Absent::ShortTransfer),
        ] {
            let mut line = Line::new([(&ONE_ON[..], answer)]);
            assert_eq!(board().order(&mut line, 0b11, 0b11).unwrap_err().absent(), reason);
            line.done();
        }
    }
}
