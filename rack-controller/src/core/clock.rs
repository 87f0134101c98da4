//! Real time, for what concerns processes rather than the rack: signs of life and back-off; and the wall clock, for the
//! age of things on the shelf and for nothing that acts.

use std::time::{SystemTime, UNIX_EPOCH};

use points::{Date, Moment, Span};

/// `CLOCK_MONOTONIC` in microseconds.
pub fn monotonic_us() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds * 1_000_000 + u64::try_from(now.tv_nsec / 1_000).unwrap_or(0)
}

/// A wall clock before this day was never set: 2025-01-01, before the first controller was built.
const EARLIEST: Date = Date::from_days(20_089);
const DAY_S: u64 = 86_400;
/// The wall clock is read so often, in the world's time.
const LOOK: Span = Span::s(1);

/// Today by the machine's wall clock, for a world whose time may run faster than the machine's: what that has gained on
/// the machine's monotonic clock is added.
#[derive(Debug)]
pub struct Wall {
    began: (Moment, u64),
    next: Moment,
    day: Option<(Date, u16)>,
}

impl Wall {
    /// Begins at this moment of the world.
    pub fn new(now: Moment) -> Self {
        Wall {
            began: (now, monotonic_us()),
            next: now,
            day: None,
        }
    }

    /// Today and the minute of the day (UTC); none where the wall clock was never set.
    pub fn day(&mut self, now: Moment) -> Option<(Date, u16)> {
        if now >= self.next {
            self.next = now + LOOK;
            let real_us = monotonic_us().saturating_sub(self.began.1);
            let gained_us = now.since(self.began.0).as_us().saturating_sub(real_us);
            self.day = instant(gained_us / 1_000_000);
        }
        self.day
    }
}

/// Today by the machine's wall clock, moved ahead by so many seconds; none where that was never set.
pub fn today(ahead_s: u64) -> Option<Date> {
    instant(ahead_s).map(|(day, _)| day)
}

/// The same with the minute of the day (UTC).
fn instant(ahead_s: u64) -> Option<(Date, u16)> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let seconds = since.as_secs() + ahead_s;
    let day = Date::from_days(u32::try_from(seconds / DAY_S).ok()?);
    let minute = u16::try_from(seconds % DAY_S / 60).ok()?;
    Some((day, minute)).filter(|(day, _)| *day >= EARLIEST)
}
