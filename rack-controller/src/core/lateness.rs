//! How late ticks begin: the largest of the last minute, and a count of those that matter.

use points::{Moment, Span};

/// A tick later than this is counted and raises an alarm.
pub const LATE: Span = Span::ms(100);
/// A tick later than this does not feed the watchdog: nobody has judged the rack for too long.
pub const TOO_LATE: Span = Span::s(1);
const WINDOW: Span = Span::s(6);
const WINDOWS: usize = 10;

/// The statistics of lateness.
#[derive(Clone, Debug, Default)]
pub struct Lateness {
    largest: [Span; WINDOWS],
    place: usize,
    window: Moment,
    late: u32,
}

impl Lateness {
    /// Takes a tick's lateness.
    pub fn take(&mut self, now: Moment, lateness: Span) {
        if now - self.window >= WINDOW {
            self.window = now;
            self.place = (self.place + 1) % WINDOWS;
            self.largest[self.place] = Span::ZERO;
        }
        self.largest[self.place] = self.largest[self.place].max(lateness);
        if lateness > LATE {
            self.late = self.late.saturating_add(1);
        }
    }

    /// The largest of the last minute.
    pub fn largest(&self) -> Span {
        self.largest.iter().copied().max().unwrap_or_default()
    }

    /// Ticks more than [`LATE`] late since start.
    pub fn late(&self) -> u32 {
        self.late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_a_minute_is_forgotten_after_it() {
        let mut lateness = Lateness::default();
        lateness.take(Moment(0), Span::ms(120));
        for second in 1..120u64 {
            lateness.take(Moment(second * 1_000_000), Span::ms(1));
        }
        assert_eq!((lateness.largest(), lateness.late()), (Span::ms(1), 1));
    }
}
