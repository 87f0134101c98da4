//! The record of the commissioning: what outlives the process. Bytes only; who writes them where is not our business.
//!
//! ```text
//!  0 magic "RFIT"   4 version u16   6 length u16   8 epoch u32
//!  12 last: there u8, result u8, seconds u64   22 fit: there u8, seconds u64, eleven figures f64
//!  119..124 zero    124 CRC-32C of 0..124
//! ```
//! Little-endian. Written into two slots in turn, as latch records are.

use points::{CommissioningResult, Quantity};
use safety::crc32c;
use sensors::estimate::commission::{Fit, OFF_MOST};

use super::{Fitted, Last};

/// Length of a record.
pub const COMMISSIONING_RECORD_BYTES: usize = 128;
const MAGIC: [u8; 4] = *b"RFIT";
const VERSION: u16 = 1;
const LENGTH: u16 = 128;
const CHECKED: usize = COMMISSIONING_RECORD_BYTES - 4;
const FIGURES: usize = 11;
const _: () = assert!(LENGTH as usize == COMMISSIONING_RECORD_BYTES && 31 + 8 * FIGURES <= CHECKED);

/// What is remembered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CommissioningRecord {
    pub(super) fitted: Option<Fitted>,
    pub(super) last: Option<Last>,
}

fn figures(fit: &Fit) -> [f64; FIGURES] {
    [
        fit.flow,
        fit.bend,
        fit.chips_w,
        fit.chips_w_sd,
        fit.chips_j,
        fit.chassis_j,
        fit.chassis_w,
        fit.walls_w,
        fit.draft.0,
        fit.draft.1,
        fit.residual_k,
    ]
}

/// The fit of these figures, where it is one that could have been made.
fn fit(figures: [f64; FIGURES]) -> Option<Fit> {
    let [
        flow,
        bend,
        chips_w,
        chips_w_sd,
        chips_j,
        chassis_j,
        chassis_w,
        walls_w,
        linear,
        square,
        residual_k,
    ] = figures;
    let shares = [flow, chips_w, chips_j, chassis_j, chassis_w, walls_w];
    let whole = figures.iter().all(|figure| figure.is_finite())
        && shares.iter().all(|share| (share - 1.0).abs() <= OFF_MOST);
    whole.then_some(Fit {
        flow,
        bend,
        chips_w,
        chips_w_sd,
        chips_j,
        chassis_j,
        chassis_w,
        walls_w,
        draft: (linear, square),
        residual_k,
    })
}

impl CommissioningRecord {
    /// The record's bytes, with the epoch under which they are written.
    pub fn to_bytes(&self, epoch: u32) -> [u8; COMMISSIONING_RECORD_BYTES] {
        let mut bytes = [0; COMMISSIONING_RECORD_BYTES];
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
        let last = self.last.unwrap_or(Last {
            result: CommissioningResult::None,
            at_s: 0,
        });
        put(&[u8::from(self.last.is_some()), last.result as u8]);
        put(&last.at_s.to_le_bytes());
        let fitted = self.fitted.unwrap_or(Fitted {
            fit: Fit::PLAN,
            at_s: 0,
        });
        put(&[u8::from(self.fitted.is_some())]);
        put(&fitted.at_s.to_le_bytes());
        for figure in figures(&fitted.fit) {
            put(&figure.to_le_bytes());
        }
        let check = crc32c(&bytes[..CHECKED]);
        bytes[CHECKED..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// The record and its epoch; nothing where the bytes are not a whole one of ours that makes sense.
    pub fn from_bytes(bytes: &[u8; COMMISSIONING_RECORD_BYTES]) -> Option<(Self, u32)> {
        let at = |from: usize| -> Option<[u8; 8]> { bytes.get(from..from + 8)?.try_into().ok() };
        let whole = bytes[..4] == MAGIC
            && bytes[4..6] == VERSION.to_le_bytes()
            && bytes[6..8] == LENGTH.to_le_bytes()
            && crc32c(&bytes[..CHECKED]).to_le_bytes() == bytes[CHECKED..];
        if !whole {
            return None;
        }
        let epoch = u32::from_le_bytes(bytes[8..12].try_into().ok()?);
        let last = Last {
            result: CommissioningResult::new(f64::from(bytes[13]))?,
            at_s: u64::from_le_bytes(at(14)?),
        };
        let at_s = u64::from_le_bytes(at(23)?);
        let mut kept = [0.0; FIGURES];
        for (place, figure) in kept.iter_mut().enumerate() {
            *figure = f64::from_le_bytes(at(31 + 8 * place)?);
        }
        let record = CommissioningRecord {
            fitted: match bytes[22] {
                0 => None,
                _ => Some(Fitted {
                    fit: fit(kept)?,
                    at_s,
                }),
            },
            last: (bytes[12] == 1).then_some(last),
        };
        Some((record, epoch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_a_torn_or_impossible_one_does_not() {
        let record = CommissioningRecord {
            fitted: Some(Fitted {
                fit: Fit {
                    flow: 0.87,
                    bend: 0.02,
                    ..Fit::PLAN
                },
                at_s: 1_780_000_000,
            }),
            last: Some(Last {
                result: CommissioningResult::Unexplained,
                at_s: 1_780_100_000,
            }),
        };
        let bytes = record.to_bytes(9);
        assert_eq!(CommissioningRecord::from_bytes(&bytes), Some((record, 9)));
        for place in [0, 5, 13, 30, 100, 127] {
            let mut torn = bytes;
            torn[place] ^= 4;
            assert!(CommissioningRecord::from_bytes(&torn).is_none(), "{place}");
        }
        let mut odd = record;
        if let Some(fitted) = &mut odd.fitted {
            fitted.fit.flow = 3.0;
        }
        assert!(CommissioningRecord::from_bytes(&odd.to_bytes(9)).is_none());
        let none = CommissioningRecord {
            fitted: None,
            last: None,
        };
        assert_eq!(
            CommissioningRecord::from_bytes(&none.to_bytes(1)),
            Some((none, 1))
        );
    }
}
