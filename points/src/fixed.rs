//! Value to register and back: the scaled integers that go over the wire.
//!
//! Big-endian, most significant word first. "No value" is 0x8000 for signed and 0xFFFF for unsigned words
//! (0xFFFF_FFFF for two), and never a number.

use crate::point::Row;
use crate::reading::Quality;
use crate::time::Span;

/// No value, signed word.
pub const NONE_SIGNED: u16 = 0x8000;
/// No value, unsigned word.
pub const NONE_UNSIGNED: u16 = 0xFFFF;

/// Age in a status word that stands for this or more, in seconds.
pub const AGE_MAX_S: u16 = 4095;

fn scale(decimals: u8) -> f64 {
    (0..decimals).fold(1.0, |scale, _| scale * 10.0)
}

/// The value's registers; a value beyond the row's span is clamped to it, none becomes the sentinel. A one-word
/// row uses only the first.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to the row's span, whose fit is a compile-time check"
)]
#[expect(
    clippy::cast_sign_loss,
    reason = "two's complement is what goes over the wire"
)]
pub fn encode(row: &Row, value: Option<f64>) -> [u16; 2] {
    let signed = row.low < 0.0;
    let Some(value) = value else {
        return if row.words == 1 && signed {
            [NONE_SIGNED, 0]
        } else {
            [NONE_UNSIGNED, NONE_UNSIGNED]
        };
    };
    let scaled = value.clamp(row.low, row.high) * scale(row.decimals);
    let rounded = if scaled < 0.0 { scaled - 0.5 } else { scaled + 0.5 } as i64;
    if row.words == 2 {
        [(rounded >> 16) as u16, rounded as u16]
    } else {
        [rounded as u16, 0]
    }
}

/// The value back from its registers; nothing for the sentinel.
pub fn decode(row: &Row, words: [u16; 2]) -> Option<f64> {
    let raw = if row.words == 2 {
        let whole = (u32::from(words[0]) << 16) | u32::from(words[1]);
        (whole != u32::MAX).then_some(f64::from(whole))
    } else if row.low < 0.0 {
        (words[0] != NONE_SIGNED).then(|| f64::from(words[0].cast_signed()))
    } else {
        (words[0] != NONE_UNSIGNED).then(|| f64::from(words[0]))
    };
    raw.map(|raw| raw / scale(row.decimals))
}

/// The status word: quality in bits 15..12, age in whole seconds in bits 11..0.
pub fn status(quality: Quality, age: Span) -> u16 {
    let age_s = u16::try_from(age.as_us() / 1_000_000).map_or(AGE_MAX_S, |s| s.min(AGE_MAX_S));
    (quality as u16) << 12 | age_s
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point;

    #[test]
    fn every_row_takes_its_ends_and_gives_them_back() {
        for row in point::BLOCKS.iter().flat_map(|block| block.rows) {
            let step = 1.0 / scale(row.decimals);
            for value in [row.low, row.high, f64::midpoint(row.low, row.high)] {
                let back = decode(row, encode(row, Some(value))).expect("a value is no sentinel");
                assert!(
                    (back - value).abs() <= step,
                    "{} {value} came back as {back}",
                    row.name
                );
            }
            assert_eq!(decode(row, encode(row, None)), None, "{}", row.name);
        }
    }

    #[test]
    fn a_draft_of_minus_nine_point_four_pascal() {
        let row = &point::flow::ROWS[0];
        assert_eq!(encode(row, Some(-9.4)), [0xFFA2, 0]);
        assert_eq!(status(Quality::Stale, Span::ms(2900)), 0x1002);
        assert_eq!(status(Quality::Good, Span::s(100_000)), 4095);
    }
}
