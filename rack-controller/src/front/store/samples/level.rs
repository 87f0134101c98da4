//! The levels of the history: what a slot and a chunk of each cover, and for how long each is kept.
//!
//! | level | slot | chunk | kept | bytes on disk a day, 100 points, a third of them states |
//! |---|---|---|---|---|
//! | seconds | the first picture of a second | a minute | 7 days | 9.0 MB |
//! | minutes | least and greatest of a minute | an hour | 400 days | 0.26 MB |
//! | hours | least and greatest of an hour | a day | 20 years | 6 kB |

/// Most slots of a chunk.
pub(super) const SLOTS_MAX: usize = 60;

/// Times are held within this on either side of 1970, in milliseconds: the year 9999. What lies outside is not
/// stored, so that no product of times overflows.
pub(super) const TIME_MAX_MS: i64 = 253_402_300_800_000;

/// Minutes, of which the raw values are kept: 63 MB of 100 points.
const KEEP_MINUTES: i64 = 7 * 24 * 60;
/// Hours, of which the values of each minute are kept: 103 MB.
const KEEP_HOURS: i64 = 400 * 24;
/// Days, of which the values of each hour are kept: 44 MB.
const KEEP_DAYS: i64 = 20 * 365;

/// A level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Second,
    Minute,
    Hour,
}

impl Level {
    /// Its number in the database.
    pub(super) const fn number(self) -> i64 {
        match self {
            Level::Second => 0,
            Level::Minute => 1,
            Level::Hour => 2,
        }
    }

    /// What one slot covers, in milliseconds.
    pub(super) const fn slot_ms(self) -> i64 {
        match self {
            Level::Second => 1000,
            Level::Minute => 60_000,
            Level::Hour => 3_600_000,
        }
    }

    /// Slots of a chunk.
    pub(super) const fn slots(self) -> usize {
        match self {
            Level::Second | Level::Minute => 60,
            Level::Hour => 24,
        }
    }

    /// What a chunk covers, in milliseconds.
    pub(super) const fn chunk_ms(self) -> i64 {
        self.slot_ms() * self.slots() as i64
    }

    /// How many chunks back from now are kept.
    pub(super) const fn kept(self) -> i64 {
        match self {
            Level::Second => KEEP_MINUTES,
            Level::Minute => KEEP_HOURS,
            Level::Hour => KEEP_DAYS,
        }
    }

    /// The next coarser one.
    pub(super) const fn coarser(self) -> Option<Level> {
        match self {
            Level::Second => Some(Level::Minute),
            Level::Minute => Some(Level::Hour),
            Level::Hour => None,
        }
    }

    /// The next finer one; seconds are the finest.
    pub(super) const fn finer(self) -> Level {
        match self {
            Level::Second | Level::Minute => Level::Second,
            Level::Hour => Level::Minute,
        }
    }

    /// The coarsest whose slots are no longer than a `count`-th of `span_ms`; seconds, where all are longer.
    pub(super) fn for_buckets(span_ms: i64, count: i64) -> Level {
        [Level::Hour, Level::Minute]
            .into_iter()
            .find(|level| level.slot_ms().saturating_mul(count) <= span_ms)
            .unwrap_or(Level::Second)
    }

    /// The chunk that holds the slot with this number, and the slot's place in it.
    pub(super) fn place(self, slot: i64) -> (i64, usize) {
        let slots = self.slots() as i64;
        let place = usize::try_from(slot.rem_euclid(slots)).unwrap_or(0);
        (slot.div_euclid(slots), place)
    }

    /// Number of the slot at `place` of `chunk`.
    pub(super) fn slot(self, chunk: i64, place: usize) -> i64 {
        chunk * self.slots() as i64 + place as i64
    }
}

/// The minute of a second, or the hour of a minute: the chunk it is in.
pub(super) fn chunk_of(level: Level, slot: i64) -> i64 {
    level.place(slot).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_of_a_level_is_a_chunk_of_the_finer() {
        for level in [Level::Second, Level::Minute] {
            let coarser = level.coarser().expect("there is one");
            assert_eq!(level.chunk_ms(), coarser.slot_ms());
            assert!(level.kept() * level.chunk_ms() < coarser.kept() * coarser.chunk_ms());
        }
        for level in [Level::Second, Level::Minute, Level::Hour] {
            assert!(level.slots() <= SLOTS_MAX);
            for slot in [-61, -60, -1, 0, 23, 24, 59, 60, 1_764_288_000] {
                let (chunk, place) = level.place(slot);
                assert_eq!(level.slot(chunk, place), slot);
            }
        }
    }

    #[test]
    fn the_level_follows_from_the_width_of_a_bucket() {
        let hour = 3_600_000;
        assert_eq!(Level::for_buckets(hour, 300), Level::Second);
        assert_eq!(Level::for_buckets(hour, 60), Level::Minute);
        assert_eq!(Level::for_buckets(hour, 61), Level::Second);
        assert_eq!(Level::for_buckets(31 * 24 * hour, 1000), Level::Minute);
        assert_eq!(Level::for_buckets(31 * 24 * hour, 744), Level::Hour);
        assert_eq!(Level::for_buckets(1, 2000), Level::Second);
    }
}
