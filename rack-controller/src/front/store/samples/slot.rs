//! A slot of the history: what is known of one point over one stretch of time. Counts are the integers that the
//! point's registers hold, so that the history and the registers never differ.

use points::fixed;
use points::point::Row;
use points::reading::Absent;

use super::level::SLOTS_MAX;

/// What is known of a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Slot {
    /// No picture came.
    #[default]
    Nothing,
    /// Pictures came, none with a value; the last reason.
    Absent(Absent),
    /// Values came: the least and the greatest count.
    Range(i64, i64),
}

/// The slots of one chunk; a level with fewer uses the first ones.
pub(super) type Slots = [Slot; SLOTS_MAX];

/// A chunk of which nothing is known.
pub(super) const NOTHING: Slots = [Slot::Nothing; SLOTS_MAX];

impl Slot {
    /// One value.
    pub(super) const fn value(count: i64) -> Slot {
        Slot::Range(count, count)
    }

    pub(super) const fn is_nothing(self) -> bool {
        matches!(self, Slot::Nothing)
    }

    /// Both stretches as one: a value counts more than an absence, a later absence more than an earlier.
    pub(super) fn and(self, later: Slot) -> Slot {
        match (self, later) {
            (Slot::Range(low, high), Slot::Range(min, max)) => Slot::Range(low.min(min), high.max(max)),
            (range @ Slot::Range(..), Slot::Nothing | Slot::Absent(_)) => range,
            (Slot::Nothing | Slot::Absent(_), range @ Slot::Range(..)) => range,
            (known, Slot::Nothing) => known,
            (Slot::Nothing | Slot::Absent(_), later @ Slot::Absent(_)) => later,
        }
    }
}

/// All of a chunk as one slot of the coarser level.
pub(super) fn together(slots: &[Slot]) -> Slot {
    slots.iter().fold(Slot::Nothing, |all, slot| all.and(*slot))
}

/// Lays newer knowledge over older.
pub(super) fn overlay(older: &mut Slots, newer: &Slots) {
    lay(older, newer, |_| false);
}

/// Lays newer knowledge over older, or adds it to the older in the places where that is asked.
pub(super) fn lay(older: &mut Slots, newer: &Slots, adds: impl Fn(usize) -> bool) {
    let places = older.iter_mut().zip(newer).enumerate();
    for (place, (to, from)) in places.filter(|(_, (_, from))| !from.is_nothing()) {
        *to = if adds(place) { to.and(*from) } else { *from };
    }
}

/// The count that a point's registers hold for `value`.
pub(super) fn count(row: &Row, value: f64) -> i64 {
    let [high, low] = fixed::encode(row, Some(value));
    if row.words == 2 {
        i64::from(u32::from(high) << 16 | u32::from(low))
    } else if row.low < 0.0 {
        i64::from(high.cast_signed())
    } else {
        i64::from(high)
    }
}

/// The value of a count with this many decimals.
pub(super) fn value(count: i64, decimals: u8) -> f64 {
    count as f64 / 10f64.powi(i32::from(decimals))
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::point;

    #[test]
    fn a_count_is_what_the_registers_say() {
        for point in point::all() {
            let row = point.row;
            for part in 0..=1000 {
                let exact = row.low + (row.high - row.low) * f64::from(part) / 1000.0;
                let shown = fixed::decode(row, fixed::encode(row, Some(exact))).expect("a value");
                let stored = value(count(row, exact), row.decimals);
                assert!((shown - stored).abs() < f64::EPSILON, "{point}: {exact}");
            }
        }
    }

    #[test]
    fn a_value_counts_more_than_an_absence() {
        let (gone, stale) = (Slot::Absent(Absent::NoAnswer), Slot::Absent(Absent::Stale));
        assert_eq!(
            together(&[Slot::Nothing, gone, Slot::value(5), stale, Slot::value(-2)]),
            Slot::Range(-2, 5)
        );
        assert_eq!(together(&[gone, Slot::Nothing, stale, Slot::Nothing]), stale);
        assert_eq!(together(&NOTHING), Slot::Nothing);
    }
}
