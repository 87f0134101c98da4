//! Frames in a run of bytes: transaction, protocol, length, unit, request. Parsed where they lie.

use super::pdu::{self, Outcome, View};

/// Bytes before the unit identifier: transaction, protocol, length.
const HEAD: usize = 6;
/// What the length field may say: unit identifier and request.
const LENGTH: std::ops::RangeInclusive<usize> = 2..=254;
/// Longest frame, request or answer.
pub(super) const FRAME_MAX: usize = HEAD + 254;

/// What the bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next<'a> {
    /// A whole frame.
    Frame {
        transaction: [u8; 2],
        unit: u8,
        request: &'a [u8],
        length: usize,
    },
    /// A frame that is not whole yet, or nothing.
    Partial,
    /// Nothing that this protocol knows; where the next frame begins cannot be told.
    Broken,
}

fn next(bytes: &[u8]) -> Next<'_> {
    if bytes.get(2).is_some_and(|byte| *byte != 0) || bytes.get(3).is_some_and(|byte| *byte != 0) {
        return Next::Broken;
    }
    let &[a, b, _, _, c, d, ref rest @ ..] = bytes else {
        return Next::Partial;
    };
    let length = usize::from(u16::from_be_bytes([c, d]));
    if !LENGTH.contains(&length) {
        return Next::Broken;
    }
    match rest.get(..length) {
        Some([unit, request @ ..]) => Next::Frame {
            transaction: [a, b],
            unit: *unit,
            request,
            length: HEAD + length,
        },
        Some([]) | None => Next::Partial,
    }
}

/// What became of a run of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Bytes of whole frames, answered.
    pub(super) bytes: usize,
    /// What follows is no frame: answer what was taken, then close.
    pub(super) broken: bool,
}

/// Appends the answers to all whole frames, in their order.
pub(super) fn take(bytes: &[u8], view: &View<'_>, out: &mut Vec<u8>, mut told: impl FnMut(Outcome)) -> Taken {
    let mut taken = 0;
    loop {
        match next(bytes.get(taken..).unwrap_or_default()) {
            Next::Frame {
                transaction: [a, b],
                unit,
                request,
                length,
            } => {
                let begin = out.len();
                out.extend_from_slice(&[a, b, 0, 0, 0, 0, unit]);
                told(pdu::respond(unit, request, view, out));
                let [high, low] = u16::try_from(out.len() - begin - HEAD)
                    .unwrap_or_default()
                    .to_be_bytes();
                if let Some(place) = out.get_mut(begin + 4..begin + HEAD) {
                    place.copy_from_slice(&[high, low]);
                }
                taken += length;
            }
            Next::Partial => {
                return Taken {
                    bytes: taken,
                    broken: false,
                };
            }
            Next::Broken => {
                return Taken {
                    bytes: taken,
                    broken: true,
                };
            }
        }
    }
}
