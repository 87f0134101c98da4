//! Time as an argument: a moment on one monotonic clock, and a span between two moments.
//!
//! Resolution 1 us; a `u64` of microseconds lasts 584,000 years. Wall-clock time is only ever a label and does
//! not exist here.

use core::ops::{Add, AddAssign, Sub};

/// A moment on the monotonic clock of whoever calls, in microseconds since that clock's zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Moment(pub u64);

/// A span of time in microseconds; never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Span(pub u64);

impl Moment {
    /// The clock's zero.
    pub const ZERO: Moment = Moment(0);
    /// Later than any.
    pub const NEVER: Moment = Moment(u64::MAX);

    /// Microseconds since the clock's zero.
    pub const fn as_us(self) -> u64 {
        self.0
    }

    /// The span since `earlier`; zero when `earlier` lies ahead (a clock that steps back makes nothing older).
    pub const fn since(self, earlier: Moment) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Moment {
    /// The first whole multiple of `period` after this moment, counted from the clock's zero. A period of nothing is
    /// taken as a microsecond.
    #[must_use]
    pub const fn next_multiple(self, period: Span) -> Moment {
        let period_us = if period.0 == 0 { 1 } else { period.0 };
        Moment((self.0 / period_us).saturating_add(1).saturating_mul(period_us))
    }

    /// The first moment after this one that lies half a period off a whole multiple of it.
    #[must_use]
    pub const fn next_between(self, period: Span) -> Moment {
        let half = period.0 / 2;
        Moment(
            Moment(self.0.saturating_add(half))
                .next_multiple(period)
                .0
                .saturating_sub(half),
        )
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// A span of whole microseconds.
    pub const fn us(us: u64) -> Span {
        Span(us)
    }

    /// A span of whole milliseconds.
    pub const fn ms(ms: u64) -> Span {
        Span(ms.saturating_mul(1_000))
    }

    /// A span of whole seconds.
    pub const fn s(s: u64) -> Span {
        Span(s.saturating_mul(1_000_000))
    }

    /// Microseconds.
    pub const fn as_us(self) -> u64 {
        self.0
    }

    /// Whole milliseconds, rounded down.
    pub const fn as_ms(self) -> u64 {
        self.0 / 1_000
    }

    /// Seconds.
    #[expect(clippy::cast_precision_loss, reason = "2^53 us is 285 years")]
    pub const fn as_s(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The span of `s` seconds, rounded to microseconds; nothing for a negative or absurd number.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked against the range"
    )]
    pub fn from_s(s: f64) -> Option<Span> {
        (s.is_finite() && (0.0..=1e12).contains(&s)).then_some(Span((s * 1e6 + 0.5) as u64))
    }

    /// What is left of this span after `used`; zero when it is used up.
    pub const fn left(self, used: Span) -> Span {
        Span(self.0.saturating_sub(used.0))
    }
}

impl Add<Span> for Moment {
    type Output = Moment;
    fn add(self, span: Span) -> Moment {
        Moment(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Moment {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub for Moment {
    type Output = Span;
    fn sub(self, earlier: Moment) -> Span {
        self.since(earlier)
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_steps_back_makes_nothing_older() {
        assert_eq!(Moment(5) - Moment(9), Span::ZERO);
        assert_eq!(Moment(9) - Moment(5), Span::us(4));
    }

    #[test]
    fn a_moment_on_the_grid_has_the_next_one_after_it() {
        assert_eq!(Moment(99).next_multiple(Span::us(100)), Moment(100));
        assert_eq!(Moment(100).next_multiple(Span::us(100)), Moment(200));
        assert_eq!(Moment(7).next_multiple(Span::ZERO), Moment(8));
        assert_eq!(Moment(100).next_between(Span::us(100)), Moment(150));
        assert_eq!(Moment(149).next_between(Span::us(100)), Moment(150));
        assert_eq!(Moment(150).next_between(Span::us(100)), Moment(250));
    }

    #[test]
    fn spans_convert_and_refuse_nonsense() {
        assert_eq!(Span::from_s(1.5), Some(Span::ms(1500)));
        assert_eq!(Span::from_s(-1.0), None);
        assert_eq!(Span::from_s(f64::NAN), None);
        assert_eq!(Span::s(2).left(Span::s(3)), Span::ZERO);
    }
}
