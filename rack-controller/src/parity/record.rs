//! The record of what parity has learned of a rack: what outlives the process. Bytes only; who writes them where is not our
//! business.
//!
//! ```text
//!  0 magic "RPAR"   4 version u16   6 length u16   8 epoch u32
//!  12 mark of the constants in force u32   16 day u32   20 thirteen channels of eleven figures f32
//!  592..596 zero    596 CRC-32C of 0..596
//! ```
//! Little-endian. Written into two slots in turn, as latch records are.

use points::Date;
use safety::crc32c;
use sensors::estimate::parity::{CHANNELS, FIGURES, Learned};

/// Length of a record.
pub const PARITY_RECORD_BYTES: usize = 600;
const MAGIC: [u8; 4] = *b"RPAR";
const VERSION: u16 = 1;
const LENGTH: u16 = 600;
const CHECKED: usize = PARITY_RECORD_BYTES - 4;
const FROM: usize = 20;
const _: () = assert!(LENGTH as usize == PARITY_RECORD_BYTES && FROM + 4 * CHANNELS * FIGURES <= CHECKED);

/// What is remembered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParityRecord {
    /// Of the constants that were in force: others make other residuals.
    pub(super) mark: u32,
    /// The last day on which this was so.
    pub(super) day: Date,
    pub(super) learned: Learned,
}

impl ParityRecord {
    /// The record's bytes, with the epoch under which they are written.
    pub fn to_bytes(self, epoch: u32) -> [u8; PARITY_RECORD_BYTES] {
        let mut bytes = [0; PARITY_RECORD_BYTES];
        let mut at = 0;
        let mut put = |part: &[u8]| {
            if let Some(place) = bytes.get_mut(at..at + part.len()) {
                place.copy_from_slice(part);
            }
            at += part.len();
        };
        put(&MAGIC);
        put(&VERSION.to_le_bytes());
        put(&LENGTH.to_le_bytes());
        put(&epoch.to_le_bytes());
        put(&self.mark.to_le_bytes());
        put(&self.day.days().to_le_bytes());
        for figure in self.learned.iter().flatten() {
            put(&figure.to_le_bytes());
        }
        let check = crc32c(&bytes[..CHECKED]);
        bytes[CHECKED..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// The record and its epoch; nothing where the bytes are not a whole one of ours.
    pub fn from_bytes(bytes: &[u8; PARITY_RECORD_BYTES]) -> Option<(Self, u32)> {
        let word = |at: usize| -> Option<[u8; 4]> { bytes.get(at..at + 4)?.try_into().ok() };
        let whole = bytes[..4] == MAGIC
            && bytes[4..6] == VERSION.to_le_bytes()
            && bytes[6..8] == LENGTH.to_le_bytes()
            && crc32c(&bytes[..CHECKED]).to_le_bytes() == bytes[CHECKED..];
        if !whole {
            return None;
        }
        let mut learned = [[0.0; FIGURES]; CHANNELS];
        for (place, figure) in learned.iter_mut().flatten().enumerate() {
            *figure = f32::from_le_bytes(word(FROM + 4 * place)?);
        }
        let record = ParityRecord {
            mark: u32::from_le_bytes(word(12)?),
            day: Date::from_days(u32::from_le_bytes(word(16)?)),
            learned,
        };
        Some((record, u32::from_le_bytes(word(8)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_and_a_damaged_one_is_none() {
        let mut learned = [[0.0; FIGURES]; CHANNELS];
        for (place, figure) in (0_u8..).zip(learned.iter_mut().flatten()) {
            *figure = f32::from(place) / 7.0;
        }
        let record = ParityRecord {
            mark: 0x1234_5678,
            day: Date::from_days(20_800),
            learned,
        };
        let bytes = record.to_bytes(9);
        assert_eq!(ParityRecord::from_bytes(&bytes), Some((record, 9)));
        for place in 0..PARITY_RECORD_BYTES {
            let mut damaged = bytes;
            damaged[place] ^= 0x10;
            assert_eq!(ParityRecord::from_bytes(&damaged), None, "byte {place}");
        }
        assert_eq!(ParityRecord::from_bytes(&[0; PARITY_RECORD_BYTES]), None);
    }
}
