//! One request to one answer, by the book: framing first (03), then whether it may be done (01), then where (02).

use super::identification::Identification;
use super::image::Image;
use super::map::{self, AGE};

/// Most registers of one read.
const REGISTERS_MAX: u16 = 125;
/// Most bits of one read.
const BITS_MAX: u16 = 2000;
/// Most registers of one write.
const REGISTERS_WRITE_MAX: u16 = 123;
/// Most registers written by one read-and-write.
const REGISTERS_BOTH_MAX: u16 = 121;
/// Most bits of one write.
const BITS_WRITE_MAX: u16 = 1968;

/// Why a request is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exception {
    /// No such function, or not permitted: every write of this release.
    Function = 1,
    /// Nothing is mapped there.
    Address = 2,
    /// A count, a length or a value that cannot be.
    Value = 3,
    /// The picture is too old, and a bit cannot say so.
    Failure = 4,
    /// Nobody here has this unit identifier.
    Gateway = 0x0B,
}

impl Exception {
    pub(super) const ALL: [Exception; 5] = [
        Exception::Function,
        Exception::Address,
        Exception::Value,
        Exception::Failure,
        Exception::Gateway,
    ];
}

/// What requests are answered from.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) image: &'a Image,
    /// The picture's age in tenths of a second.
    pub(super) age_tenths: u16,
    pub(super) identification: &'a Identification,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The exception it was answered with, if it was.
    pub(super) exception: Option<Exception>,
    /// It was a well-formed write, which this release refuses.
    pub(super) refused_write: bool,
}

/// Appends the answer to a request PDU of one unit; always 2 to 253 bytes.
pub(super) fn respond(unit: u8, request: &[u8], view: &View<'_>, out: &mut Vec<u8>) -> Outcome {
    let begin = out.len();
    let function = request.first().copied().unwrap_or(0);
    let answered = if matches!(unit, 0 | 1 | 255) {
        answer(function, request, view, out)
    } else {
        Err(Exception::Gateway)
    };
    let exception = answered.err();
    if let Some(exception) = exception {
        out.truncate(begin);
        out.extend_from_slice(&[function | 0x80, exception as u8]);
    }
    Outcome {
        exception,
        refused_write: is_write(function) && exception == Some(Exception::Function),
    }
}

fn is_write(function: u8) -> bool {
    matches!(function, 0x05 | 0x06 | 0x0F | 0x10 | 0x16 | 0x17)
}

fn answer(function: u8, request: &[u8], view: &View<'_>, out: &mut Vec<u8>) -> Result<(), Exception> {
    match function {
        0x01 | 0x02 => bits(request, view, out),
        0x03 | 0x04 => registers(request, view, out),
        0x08 => diagnostics(request, out),
        0x2B => view.identification.answer(request, out),
        _ if is_write(function) => write(function, request),
        _ => Err(Exception::Function),
    }
}

/// The function, first address and count of a read.
fn read(request: &[u8], most: u16) -> Result<(u8, u16, u16), Exception> {
    let &[function, a, b, c, d] = request else {
        return Err(Exception::Value);
    };
    let (first, count) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    if count == 0 || count > most {
        return Err(Exception::Value);
    }
    Ok((function, first, count))
}

fn registers(request: &[u8], view: &View<'_>, out: &mut Vec<u8>) -> Result<(), Exception> {
    let (function, first, count) = read(request, REGISTERS_MAX)?;
    if !map::has_registers(first, count) {
        return Err(Exception::Address);
    }
    let length = u8::try_from(2 * count).map_err(|_| Exception::Value)?;
    out.extend_from_slice(&[function, length]);
    let begin = out.len();
    out.extend_from_slice(view.image.bytes(first, count));
    if let Some(place) = AGE.checked_sub(first) {
        let at = begin + 2 * usize::from(place);
        if let Some(age) = out.get_mut(at..at + 2) {
            age.copy_from_slice(&view.age_tenths.to_be_bytes());
        }
    }
    Ok(())
}

fn bits(request: &[u8], view: &View<'_>, out: &mut Vec<u8>) -> Result<(), Exception> {
    let (function, first, count) = read(request, BITS_MAX)?;
    let (word, place) = map::bits(first, count).ok_or(Exception::Address)?;
    let bits = view.image.bits(word).ok_or(Exception::Failure)?;
    // At most 128 of them: more than the longest word has.
    let kept = u128::MAX >> (128 - u32::from(count.min(128)));
    let bytes = ((bits >> place) & kept).to_le_bytes();
    let length = count.div_ceil(8);
    out.extend_from_slice(&[function, u8::try_from(length).map_err(|_| Exception::Value)?]);
    out.extend_from_slice(bytes.get(..usize::from(length)).unwrap_or_default());
    Ok(())
}

/// Sub-function 0 gives back what it was given, whole words.
fn diagnostics(request: &[u8], out: &mut Vec<u8>) -> Result<(), Exception> {
    let (Some(sub), Some(data)) = (request.get(1..3), request.get(3..)) else {
        return Err(Exception::Value);
    };
    if sub != [0, 0] {
        return Err(Exception::Function);
    }
    if !data.len().is_multiple_of(2) {
        return Err(Exception::Value);
    }
    out.extend_from_slice(request);
    Ok(())
}

/// Every write is refused, but only one that could be a write: what is wrong in itself is told as such.
fn write(function: u8, request: &[u8]) -> Result<(), Exception> {
    let sound = match (function, request) {
        (0x05, &[_, _, _, high, low]) => matches!((high, low), (0xFF, 0) | (0, 0)),
        (0x06, request) => request.len() == 5,
        (0x16, request) => request.len() == 7,
        (0x0F, &[_, _, _, c, d, length, ref data @ ..]) => {
            let count = u16::from_be_bytes([c, d]);
            (1..=BITS_WRITE_MAX).contains(&count)
                && u16::from(length) == count.div_ceil(8)
                && data.len() == usize::from(length)
        }
        (0x10, &[_, _, _, c, d, length, ref data @ ..]) => {
            words(u16::from_be_bytes([c, d]), REGISTERS_WRITE_MAX, length, data)
        }
        (0x17, &[_, _, _, e, f, _, _, c, d, length, ref data @ ..]) => {
            (1..=REGISTERS_MAX).contains(&u16::from_be_bytes([e, f]))
                && words(u16::from_be_bytes([c, d]), REGISTERS_BOTH_MAX, length, data)
        }
        _ => false,
    };
    Err(if sound {
        Exception::Function
    } else {
        Exception::Value
    })
}

/// Whether data is `count` words long and says so.
fn words(count: u16, most: u16, length: u8, data: &[u8]) -> bool {
    (1..=most).contains(&count) && u16::from(length) == 2 * count && data.len() == usize::from(length)
}
