//! How far the wall clock is believed.
//!
//! ```text
//!   wall clock --within what has passed since the last believed day--> believed: today is known
//!              --ahead, behind, or none----------------------------> doubted: today is not known
//!                                                                     a person says that it is right --> believed
//! ```
//! Nothing that acts uses it: it says how old a thing on the shelf is. A clock that jumps makes nothing older and
//! nothing younger by itself; a person who has looked at it does.

use points::{Date, Moment, Span};

/// A day.
const DAY: Span = Span::s(86_400);
/// The wall clock may be so many days ahead of what has passed on the monotonic clock since the last believed day:
/// zones, corrections, a suspended machine. A day of the monotonic clock takes in no more than that.
const AHEAD: u32 = 2;
/// So many days behind are a change of zone.
const BEHIND: u32 = 1;
/// The controller may have been off for so long; a longer time is confirmed by a person.
const OFF_MOST: u32 = 60;

/// What is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Calendar {
    /// The last day believed, in this run or before.
    last: Option<Date>,
    /// A day believed in this run, and when.
    anchor: Option<(Moment, Date)>,
    today: Option<Date>,
    wall: Option<Date>,
}

impl Calendar {
    /// Goes on from the last day that was believed before.
    pub fn new(last: Option<Date>) -> Self {
        Calendar {
            last,
            ..Calendar::default()
        }
    }

    /// Takes in the wall clock; none where it is not set.
    pub fn take(&mut self, now: Moment, wall: Option<Date>) {
        self.wall = wall;
        self.today = wall.filter(|wall| self.fits(now, *wall));
        let Some(today) = self.today else { return };
        self.last = Some(today);
        // Once a day: a clock that runs fast gains two days in each at most.
        if self.anchor.is_none_or(|(at, _)| now.since(at) >= DAY) {
            self.anchor = Some((now, today));
        }
    }

    fn fits(&self, now: Moment, wall: Date) -> bool {
        let (from, most) = match (self.anchor, self.last) {
            (Some((at, day)), _) => (day.after(passed(at, now)), AHEAD),
            (None, Some(last)) => (last, OFF_MOST),
            (None, None) => return true,
        };
        from.since(wall) <= BEHIND && wall.since(from) <= most
    }

    /// Today, where it is believed.
    pub fn today(&self) -> Option<Date> {
        self.today
    }

    /// The last day that was believed.
    pub fn last(&self) -> Option<Date> {
        self.last
    }

    /// A person has looked at the wall clock and it is right. Changes nothing where it is not set.
    pub fn confirm(&mut self, now: Moment) {
        if let Some(wall) = self.wall {
            (self.last, self.today, self.anchor) = (Some(wall), Some(wall), Some((now, wall)));
        }
    }
}

/// Whole days from one moment to another.
fn passed(from: Moment, to: Moment) -> u32 {
    u32::try_from(to.since(from).as_us() / DAY.as_us()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Date = Date::from_days(20_000);

    fn day(number: u32) -> Moment {
        Moment(u64::from(number) * DAY.as_us())
    }

    #[test]
    fn a_clock_that_goes_is_believed_and_one_that_jumps_is_not() {
        let mut calendar = Calendar::new(None);
        for number in 0..1_000 {
            calendar.take(day(number), Some(START.after(number)));
            assert_eq!(calendar.today(), Some(START.after(number)));
        }
        let at = day(999);
        for (wall, believed) in [
            (START.after(998), true),
            (START.after(997), false),
            (START.after(1_001), true),
            (START.after(1_002), false),
            (Date::from_days(0), false),
        ] {
            let mut jumped = calendar;
            jumped.take(at, Some(wall));
            assert_eq!(jumped.today().is_some(), believed, "{wall}");
            jumped.confirm(at);
            assert_eq!(jumped.today(), Some(wall));
        }
        calendar.take(at, None);
        calendar.confirm(at);
        assert_eq!(
            (calendar.today(), calendar.last()),
            (None, Some(START.after(999)))
        );
    }

    #[test]
    fn a_clock_that_was_lost_is_believed_again_by_what_has_passed() {
        for (wall, believed) in [(8, false), (9, true), (10, true), (12, true), (13, false)] {
            let mut calendar = Calendar::new(None);
            calendar.take(day(0), Some(START));
            for number in 1..10 {
                calendar.take(day(number), None);
                assert_eq!((calendar.today(), calendar.last()), (None, Some(START)));
            }
            calendar.take(day(10), Some(START.after(wall)));
            assert_eq!(calendar.today().is_some(), believed, "{wall} days on after ten");
        }
    }

    #[test]
    fn a_clock_that_runs_fast_gains_two_days_in_each_at_most() {
        let mut calendar = Calendar::new(None);
        let mut wall = START;
        for hour in 0..2_400_u64 {
            let now = Moment(hour * 3_600_000_000);
            // Ten days an hour.
            calendar.take(now, Some(wall));
            if calendar.today() == Some(wall) {
                wall = wall.after(1);
            }
        }
        assert!(wall.since(START) <= 3 * 100 + AHEAD + 1, "{wall}");
    }

    #[test]
    fn after_a_start_two_months_off_are_believed_and_no_more() {
        for (wall, believed) in [
            (START.after(60), true),
            (START.after(61), false),
            (Date::from_days(19_999), true),
            (Date::from_days(19_998), false),
        ] {
            let mut calendar = Calendar::new(Some(START));
            calendar.take(Moment::ZERO, Some(wall));
            assert_eq!(calendar.today().is_some(), believed, "{wall}");
        }
    }
}
