//! Modbus RTU as a master speaks it: requests built, replies checked, nothing waited for.
//!
//! ```text
//!   unit | function | data ...        | CRC low | CRC high        a reply ends with 3.5 characters of silence
//!   unit | function + 0x80 | exception code | CRC low | CRC high
//! ```
//! The line itself is a seam: whoever implements [`SerialLine`] sends, gathers what comes until it is silent, and says
//! when nothing came. What comes is believed only when unit, function, length and CRC are those of the request; bytes
//! behind a whole reply are the noise of a driver that lets go of the line and are left aside. (Modbus over Serial Line
//! V1.02, sections 2.3 to 2.5; Modbus Application Protocol V1.1b3, sections 6 and 7.)

use crate::crc::crc16_modbus;
use crate::driver::{BusFault, Fault};

/// Longest frame of a serial line, in bytes.
pub const FRAME_MAX: usize = 256;
/// Longest frame that a request here answers with: 80 registers.
const REPLY_MAX: usize = 5 + 160;

/// A half-duplex serial line.
pub trait SerialLine {
    /// Drops what came unasked, sends a request and gathers the reply until the line is silent; says how many bytes came.
    /// A reply longer than the buffer is cut.
    ///
    /// # Errors
    /// [`BusFault::NoAnswer`] when nothing came in time, [`BusFault::Other`] when the line itself failed.
    fn exchange(&mut self, request: &[u8], reply: &mut [u8]) -> Result<usize, BusFault>;
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Function {
    ReadCoils = 0x01,
    ReadHoldingRegisters = 0x03,
    ReadInputRegisters = 0x04,
    WriteSingleCoil = 0x05,
}

/// A request of eight bytes: all that are needed here have two words behind the function.
fn request(unit: u8, function: Function, first: u16, second: u16) -> [u8; 8] {
    let ([a, b], [c, d]) = (first.to_be_bytes(), second.to_be_bytes());
    let body = [unit, function as u8, a, b, c, d];
    let [low, high] = crc16_modbus(&body).to_le_bytes();
    [unit, function as u8, a, b, c, d, low, high]
}

/// Checks a reply of `expected` bytes and gives what stands between function and CRC.
fn check<'a>(
    asked: &[u8; 8],
    expected: usize,
    reply: &'a [u8],
    what: &'static str,
) -> Result<&'a [u8], Fault> {
    let bus = |fault| Fault::Bus {
        fault,
        register: what,
    };
    let refused = reply.get(1).is_some_and(|function| *function == asked[1] | 0x80);
    let length = if refused { 5 } else { expected };
    let Some(frame) = reply.get(..length) else {
        return Err(bus(BusFault::ShortTransfer));
    };
    let Some((body, &[low, high])) = frame.split_last_chunk::<2>() else {
        return Err(bus(BusFault::ShortTransfer));
    };
    if crc16_modbus(body) != u16::from_le_bytes([low, high]) {
        return Err(Fault::BadChecksum { what });
    }
    // The frame is whole; is it the answer to what was asked?
    let foreign = |found: u8, expected: u8| Fault::WrongChip {
        register: what,
        found: u16::from(found),
        expected: u16::from(expected),
    };
    match *body {
        [unit, ..] if unit != asked[0] => Err(foreign(unit, asked[0])),
        [_, _, code] if refused => Err(Fault::Refused { what, code }),
        [_, function, ..] if function != asked[1] => Err(foreign(function, asked[1])),
        [_, _, ref data @ ..] => Ok(data),
        _ => Err(bus(BusFault::ShortTransfer)),
    }
}

fn ask<L: SerialLine>(
    line: &mut L,
    asked: [u8; 8],
    expected: usize,
    take: impl FnOnce(&[u8]) -> Result<(), Fault>,
    what: &'static str,
) -> Result<(), Fault> {
    // Room for noise behind the longest reply.
    let mut reply = [0; REPLY_MAX + 8];
    let came = line.exchange(&asked, &mut reply).map_err(|fault| Fault::Bus {
        fault,
        register: what,
    })?;
    let came = reply.get(..came.min(reply.len())).unwrap_or_default();
    take(check(&asked, expected, came, what)?)
}

/// Data behind a byte count, which must be what was asked for.
fn counted(data: &[u8], into: &mut [u8], what: &'static str) -> Result<(), Fault> {
    match data.split_first() {
        Some((count, bytes)) if usize::from(*count) == into.len() && bytes.len() == into.len() => {
            into.copy_from_slice(bytes);
            Ok(())
        }
        Some((count, _)) => Err(Fault::WrongChip {
            register: what,
            found: u16::from(*count),
            expected: u16::try_from(into.len()).unwrap_or(u16::MAX),
        }),
        None => Err(Fault::Bus {
            fault: BusFault::ShortTransfer,
            register: what,
        }),
    }
}

fn registers<L: SerialLine>(
    line: &mut L,
    (unit, function, address): (u8, Function, u16),
    into: &mut [u8],
    what: &'static str,
) -> Result<(), Fault> {
    let count = u16::try_from(into.len() / 2).unwrap_or(u16::MAX);
    let asked = request(unit, function, address, count);
    let expected = into.len() + 5;
    ask(line, asked, expected, |data| counted(data, into, what), what)
}

/// Reads input registers (function 04) from `address` on: as many as fill `into`, two bytes each, at most 80.
///
/// # Errors
/// Silence, a damaged or foreign reply, or the device's exception.
pub fn read_input<L: SerialLine>(
    line: &mut L,
    unit: u8,
    address: u16,
    into: &mut [u8],
    what: &'static str,
) -> Result<(), Fault> {
    registers(line, (unit, Function::ReadInputRegisters, address), into, what)
}

/// Reads one holding register (function 03).
///
/// # Errors
/// Silence, a damaged or foreign reply, or the device's exception.
pub fn read_holding<L: SerialLine>(
    line: &mut L,
    unit: u8,
    address: u16,
    what: &'static str,
) -> Result<u16, Fault> {
    let mut bytes = [0; 2];
    registers(
        line,
        (unit, Function::ReadHoldingRegisters, address),
        &mut bytes,
        what,
    )?;
    Ok(u16::from_be_bytes(bytes))
}

/// Reads eight coils (function 01) from `address` on, the first in bit 0.
///
/// # Errors
/// Silence, a damaged or foreign reply, or the device's exception.
pub fn read_coils<L: SerialLine>(
    line: &mut L,
    unit: u8,
    address: u16,
    what: &'static str,
) -> Result<u8, Fault> {
    let mut bytes = [0; 1];
    let asked = request(unit, Function::ReadCoils, address, 8);
    ask(line, asked, 6, |data| counted(data, &mut bytes, what), what)?;
    Ok(bytes[0])
}

/// Writes one coil (function 05). A write that succeeds is echoed.
///
/// # Errors
/// Silence, a damaged or foreign reply, another echo, or the device's exception.
pub fn write_coil<L: SerialLine>(
    line: &mut L,
    unit: u8,
    address: u16,
    on: bool,
    what: &'static str,
) -> Result<(), Fault> {
    let value = if on { 0xFF00 } else { 0x0000 };
    let asked = request(unit, Function::WriteSingleCoil, address, value);
    let echoed = |data: &[u8]| match *data {
        [a, b, c, d] if [a, b, c, d] == asked[2..6] => Ok(()),
        [.., high, low] => Err(Fault::Configuration {
            register: what,
            found: u16::from_be_bytes([high, low]),
            written: value,
        }),
        _ => Err(Fault::Bus {
            fault: BusFault::ShortTransfer,
            register: what,
        }),
    };
    ask(line, asked, 8, echoed, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::Line;
    use points::Absent;
    use proptest::prelude::*;
    use std::vec::Vec;

    const W: &str = "W";

    /// 230.2 V of phase 1, as captured from a meter.
    const ASKED: [u8; 8] = [0x01, 0x04, 0x00, 0x00, 0x00, 0x02, 0x71, 0xCB];
    const ANSWER: [u8; 9] = [0x01, 0x04, 0x04, 0x43, 0x66, 0x33, 0x34, 0x1B, 0x38];

    fn read(answer: Result<&[u8], BusFault>) -> Result<[u8; 4], Fault> {
        let mut line = Line::new([(&ASKED[..], answer)]);
        let mut into = [0; 4];
        read_input(&mut line, 1, 0x0000, &mut into, W)?;
        line.done();
        Ok(into)
    }

    fn sealed(body: &[u8]) -> Vec<u8> {
        let mut frame = body.to_vec();
        frame.extend(crc16_modbus(body).to_le_bytes());
        frame
    }

    #[test]
    fn the_captured_exchange_reads() {
        assert_eq!(read(Ok(&ANSWER)), Ok([0x43, 0x66, 0x33, 0x34]));
        let mut noisy = ANSWER.to_vec();
        noisy.extend([0x00, 0xFF]);
        assert_eq!(read(Ok(&noisy)), Ok([0x43, 0x66, 0x33, 0x34]), "noise behind it");
    }

    #[test]
    fn requests_are_those_of_the_documents() {
        for (asked, frame) in [
            (
                request(1, Function::ReadInputRegisters, 0x0034, 2),
                [0x01, 0x04, 0x00, 0x34, 0x00, 0x02, 0x30, 0x05],
            ),
            (
                request(1, Function::ReadInputRegisters, 0x0000, 80),
                [0x01, 0x04, 0x00, 0x00, 0x00, 0x50, 0xF0, 0x36],
            ),
            (
                request(1, Function::ReadHoldingRegisters, 0x001C, 2),
                [0x01, 0x03, 0x00, 0x1C, 0x00, 0x02, 0x05, 0xCD],
            ),
            (
                request(1, Function::ReadCoils, 0, 8),
                [0x01, 0x01, 0x00, 0x00, 0x00, 0x08, 0x3D, 0xCC],
            ),
            (
                request(1, Function::WriteSingleCoil, 0, 0xFF00),
                [0x01, 0x05, 0x00, 0x00, 0xFF, 0x00, 0x8C, 0x3A],
            ),
        ] {
            assert_eq!(asked, frame);
        }
    }

    #[test]
    fn silence_damage_and_a_split_reply_are_faults() {
        let silent = read(Err(BusFault::NoAnswer)).unwrap_err();
        assert_eq!(silent.absent(), Absent::NoAnswer);
        for bit in 0..ANSWER.len() * 8 {
            let mut bad = ANSWER;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(read(Ok(&bad)).is_err(), "bit {bit}");
        }
        for came in 0..ANSWER.len() {
            let fault = read(Ok(&ANSWER[..came])).unwrap_err();
            assert_eq!(fault.absent(), Absent::ShortTransfer, "{came} bytes");
        }
        let mut shifted = ANSWER.to_vec();
        shifted.insert(0, 0x00);
        assert!(read(Ok(&shifted)).is_err(), "noise before it");
        assert!(read(Ok(&ASKED)).is_err(), "the echo of our own request");
    }

    #[test]
    fn what_another_unit_or_another_request_is_answered_is_not_ours() {
        for body in [
            &[0x02, 0x04, 0x04, 0x43, 0x66, 0x33, 0x34][..],
            &[0x01, 0x03, 0x04, 0x43, 0x66, 0x33, 0x34],
            &[0x01, 0x04, 0x02, 0x43, 0x66, 0x33, 0x34],
        ] {
            assert_eq!(
                read(Ok(&sealed(body))).unwrap_err().absent(),
                Absent::WrongChip,
                "{body:x?}"
            );
        }
    }

    #[test]
    fn an_exception_is_the_devices_word() {
        let fault = read(Ok(&[0x01, 0x84, 0x03, 0x03, 0x01])).unwrap_err();
        assert_eq!(fault, Fault::Refused { what: W, code: 3 });
        assert_eq!(fault.absent(), Absent::WrongChip);
        let busy = read(Ok(&sealed(&[0x01, 0x84, 0x06]))).unwrap_err();
        assert_eq!(busy.absent(), Absent::NotReady);
        let damaged = read(Ok(&[0x01, 0x84, 0x03, 0x03, 0x00])).unwrap_err();
        assert_eq!(damaged.absent(), Absent::BadChecksum);
    }

    #[test]
    fn coils_are_read_and_written() {
        let mut line = Line::new([
            (
                &[0x01, 0x01, 0x00, 0x00, 0x00, 0x08, 0x3D, 0xCC][..],
                Ok(&[0x01, 0x01, 0x01, 0x05, 0x91, 0x8B][..]),
            ),
            (
                &[0x01, 0x05, 0x00, 0x00, 0x00, 0x00, 0xCD, 0xCA],
                Ok(&[0x01, 0x05, 0x00, 0x00, 0x00, 0x00, 0xCD, 0xCA]),
            ),
            (
                &[0x01, 0x05, 0x00, 0x00, 0xFF, 0x00, 0x8C, 0x3A],
                Ok(&[0x01, 0x05, 0x00, 0x00, 0x00, 0x00, 0xCD, 0xCA]),
            ),
            (
                &[0x01, 0x05, 0x00, 0x00, 0xFF, 0x00, 0x8C, 0x3A],
                Ok(&[0x01, 0x85, 0x03, 0x02, 0x91]),
            ),
        ]);
        assert_eq!(read_coils(&mut line, 1, 0, W), Ok(0b101));
        assert_eq!(write_coil(&mut line, 1, 0, false, W), Ok(()));
        let other = write_coil(&mut line, 1, 0, true, W).unwrap_err();
        assert_eq!(other.absent(), Absent::Unconfigured, "another echo");
        let refused = write_coil(&mut line, 1, 0, true, W).unwrap_err();
        assert_eq!(refused, Fault::Refused { what: W, code: 3 });
        line.done();
    }

    proptest! {
        #[test]
        fn any_bytes_are_the_whole_answer_or_a_fault(
            bytes in proptest::collection::vec(any::<u8>(), 0..=300),
        ) {
            if read(Ok(&bytes)).is_ok() {
                prop_assert_eq!(&bytes[..3], &ANSWER[..3]);
            }
        }
    }
}
