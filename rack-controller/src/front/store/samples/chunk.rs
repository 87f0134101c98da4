//! A chunk as bytes.
//!
//! ```text
//!  format | first | length | runs | (start, length, reason)... | value...
//! ```
//! `format` tells singles (least = greatest) from pairs, and whether the chunk is whole: then `first` to the runs is
//! left out. `first` and `length` bound the slots of which anything is known; a run is a stretch among them without
//! values, with reason 0 where nothing is known and 1 + the number of the absence otherwise. A value is the
//! difference of the least from the one before as a zigzag varint, in a pair followed by the spread; values at the
//! end that repeat the one before are left out. A denser way to write values gets another format.

use points::reading::Absent;

use super::slot::{NOTHING, Slot, Slots};

/// One value a slot.
const SINGLES: u8 = 1;
/// Least and spread a slot.
const PAIRS: u8 = 2;
/// Added to the format of a chunk with a value in every slot.
const WHOLE: u8 = 0x80;
/// Longest varint.
const VARINT_MAX: usize = 10;

/// Why bytes are not a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChunkError {
    #[error("format {0} is not known")]
    Format(u8),
    #[error("its places are outside of the chunk")]
    Place,
    #[error("reason {0} is not known")]
    Reason(u8),
    #[error("a value is cut off, too many or not one")]
    Value,
}

/// Appends a chunk of these slots. There are at most as many as the longest level has.
pub(super) fn encode(slots: &[Slot], out: &mut Vec<u8>) {
    let known = |slot: &Slot| !slot.is_nothing();
    let first = slots.iter().position(known).unwrap_or(0);
    let end = slots.iter().rposition(known).map_or(first, |last| last + 1);
    let inner = slots.get(first..end).unwrap_or_default();
    let is_range = |slot: &Slot| matches!(slot, Slot::Range(..));
    let single = inner
        .iter()
        .all(|slot| !matches!(slot, Slot::Range(min, max) if min != max));
    let format = if single { SINGLES } else { PAIRS };
    if !slots.is_empty() && slots.iter().all(is_range) {
        out.push(format | WHOLE);
    } else {
        out.extend([format, byte(first), byte(inner.len())]);
        let runs_at = out.len();
        out.push(0);
        let mut runs = 0;
        let mut before = None;
        for (place, slot) in inner.iter().enumerate() {
            let reason = reason(*slot);
            if let Some(reason) = reason {
                if before == Some(reason) {
                    if let Some(length) = out.len().checked_sub(2).and_then(|at| out.get_mut(at)) {
                        *length += 1;
                    }
                } else {
                    out.extend([byte(place), 1, reason]);
                    runs += 1;
                }
            }
            before = reason;
        }
        if let Some(count) = out.get_mut(runs_at) {
            *count = runs;
        }
    }
    let mut kept = out.len();
    let mut before: Option<(i64, i64)> = None;
    for slot in inner {
        let Slot::Range(min, max) = *slot else { continue };
        varint(&min.wrapping_sub(before.map_or(0, |(min, _)| min)), out);
        if !single {
            varint(&max.wrapping_sub(min).cast_unsigned(), out);
        }
        if before != Some((min, max)) {
            kept = out.len();
        }
        before = Some((min, max));
    }
    out.truncate(kept);
}

/// Reads a chunk of `slots` slots.
pub(super) fn decode(bytes: &[u8], slots: usize) -> Result<Slots, ChunkError> {
    let mut chunk = NOTHING;
    let whole = chunk.get_mut(..slots).ok_or(ChunkError::Place)?;
    let (format, mut rest) = bytes.split_first().ok_or(ChunkError::Format(0))?;
    let single = match format & !WHOLE {
        SINGLES => true,
        PAIRS => false,
        _ => return Err(ChunkError::Format(*format)),
    };
    let mut inner = whole;
    // Slots with a value are marked first and filled then.
    if format & WHOLE != 0 {
        inner.fill(Slot::Range(0, 0));
    } else {
        let [first, length, runs, behind @ ..] = rest else {
            return Err(ChunkError::Place);
        };
        let first = usize::from(*first);
        inner = inner
            .get_mut(first..first + usize::from(*length))
            .ok_or(ChunkError::Place)?;
        inner.fill(Slot::Range(0, 0));
        rest = behind;
        for _ in 0..*runs {
            let [start, length, reason, behind @ ..] = rest else {
                return Err(ChunkError::Place);
            };
            let start = usize::from(*start);
            inner
                .get_mut(start..start + usize::from(*length))
                .ok_or(ChunkError::Place)?
                .fill(absence(*reason)?);
            rest = behind;
        }
    }
    let mut before: Option<(i64, i64)> = None;
    for slot in inner.iter_mut().filter(|slot| matches!(slot, Slot::Range(..))) {
        let (min, max) = match before {
            Some(same) if rest.is_empty() => same,
            before => {
                let min = take::<i64>(&mut rest)?.wrapping_add(before.map_or(0, |(min, _)| min));
                let spread = if single { 0 } else { take::<u64>(&mut rest)? };
                (min, min.wrapping_add(spread.cast_signed()))
            }
        };
        if max < min {
            return Err(ChunkError::Value);
        }
        *slot = Slot::Range(min, max);
        before = Some((min, max));
    }
    if rest.is_empty() {
        Ok(chunk)
    } else {
        Err(ChunkError::Value)
    }
}

fn byte(place: usize) -> u8 {
    u8::try_from(place).unwrap_or(u8::MAX)
}

fn reason(slot: Slot) -> Option<u8> {
    match slot {
        Slot::Nothing => Some(0),
        Slot::Absent(absent) => Some(1 + absent as u8),
        Slot::Range(..) => None,
    }
}

fn absence(reason: u8) -> Result<Slot, ChunkError> {
    let Some(number) = reason.checked_sub(1) else {
        return Ok(Slot::Nothing);
    };
    let absent = Absent::ALL.get(usize::from(number));
    absent
        .map(|absent| Slot::Absent(*absent))
        .ok_or(ChunkError::Reason(reason))
}

fn varint<T: serde::Serialize>(value: &T, out: &mut Vec<u8>) {
    let mut buffer = [0; VARINT_MAX];
    // A varint always fits its longest.
    if let Ok(written) = postcard::to_slice(value, &mut buffer) {
        out.extend_from_slice(written);
    }
}

fn take<'a, T: serde::Deserialize<'a>>(rest: &mut &'a [u8]) -> Result<T, ChunkError> {
    let (value, behind) = postcard::take_from_bytes(rest).map_err(|_| ChunkError::Value)?;
    *rest = behind;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::store::samples::level::{Level, SLOTS_MAX};
    use proptest::prelude::*;

    fn whole(slots: &[Slot]) -> Slots {
        let mut whole = NOTHING;
        whole[..slots.len()].copy_from_slice(slots);
        whole
    }

    fn encoded(slots: &[Slot]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(slots, &mut out);
        out
    }

    fn slot() -> impl Strategy<Value = Slot> {
        let reason = (0..Absent::ALL.len()).prop_map(|number| Slot::Absent(Absent::ALL[number]));
        let pair = |(one, other): (i64, i64)| Slot::Range(one.min(other), one.max(other));
        prop_oneof![
            2 => Just(Slot::Nothing),
            2 => reason,
            3 => (-5i64..5).prop_map(Slot::value),
            2 => any::<i64>().prop_map(Slot::value),
            2 => (any::<i64>(), any::<i64>()).prop_map(pair),
            1 => Just(Slot::Range(i64::MIN, i64::MAX)),
        ]
    }

    /// Slots with stretches, as they come in a rack.
    fn slots() -> impl Strategy<Value = Vec<Slot>> {
        let stretches = proptest::collection::vec((slot(), 1usize..20), 1..12);
        (stretches, prop_oneof![Just(60usize), Just(24usize)]).prop_map(|(stretches, length)| {
            let mut slots: Vec<Slot> = stretches
                .iter()
                .flat_map(|(slot, length)| std::iter::repeat_n(*slot, *length))
                .collect();
            slots.resize(length, Slot::Nothing);
            slots
        })
    }

    #[test]
    fn a_steady_point_takes_few_bytes() {
        assert_eq!(encoded(&[Slot::value(1); 60]), [SINGLES | WHOLE, 2]);
        assert_eq!(encoded(&[Slot::Range(1, 3); 60]), [PAIRS | WHOLE, 2, 2]);
        assert_eq!(encoded(&[Slot::Nothing; 60]), [SINGLES, 0, 0, 0]);
        let mut late = NOTHING;
        late[58..].fill(Slot::value(-1));
        assert_eq!(encoded(&late), [SINGLES, 58, 2, 0, 1]);
        late[57] = Slot::Absent(Absent::Starting);
        assert_eq!(encoded(&late), [SINGLES, 57, 3, 1, 0, 1, 2, 1]);
    }

    #[test]
    fn what_no_encoder_writes_is_an_error() {
        for (bytes, error) in [
            (&[][..], ChunkError::Format(0)),
            (&[7], ChunkError::Format(7)),
            (&[SINGLES, 0], ChunkError::Place),
            (&[SINGLES, 59, 2, 0, 0], ChunkError::Place),
            (&[SINGLES, 0, 1, 1, 1, 1, 0], ChunkError::Place),
            (&[SINGLES, 0, 1, 1, 0, 1, 99], ChunkError::Reason(99)),
            (&[SINGLES | WHOLE], ChunkError::Value),
            (&[SINGLES, 0, 1, 0, 0, 0], ChunkError::Value),
            (&[SINGLES | WHOLE, 0xFF], ChunkError::Value),
        ] {
            assert_eq!(decode(bytes, 60), Err(error), "{bytes:?}");
        }
        assert_eq!(
            decode(&[SINGLES | WHOLE, 0], SLOTS_MAX + 1),
            Err(ChunkError::Place)
        );
    }

    proptest! {
        #[test]
        fn every_sequence_comes_back(slots in slots()) {
            let decoded = decode(&encoded(&slots), slots.len());
            prop_assert_eq!(decoded, Ok(whole(&slots)));
        }

        #[test]
        fn any_bytes_are_an_error_or_a_chunk(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            format in prop_oneof![Just(1u8), Just(2), Just(0x81), Just(0x82), any::<u8>()],
            slots in 0usize..=SLOTS_MAX,
        ) {
            let mut bytes = bytes;
            if let Some(first) = bytes.first_mut() {
                *first = format;
            }
            if let Ok(chunk) = decode(&bytes, slots) {
                let again = encoded(&chunk[..slots]);
                prop_assert_eq!(decode(&again, slots), Ok(chunk));
            }
        }

        #[test]
        fn one_changed_byte_is_an_error_or_a_chunk(slots in slots(), at in any::<usize>(), bit in 0u8..8) {
            let mut bytes = encoded(&slots);
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let _ = decode(&bytes, Level::Second.slots());
        }
    }
}
