//! What safety must assume of a temperature it can no longer see.

use points::quantity::{Celsius, Quantity};
use points::reading::Reading;
use points::time::Moment;

/// How fast a part nobody reads is assumed to heat up, K/s: the figure known from server firmware that models
/// a dropout as heating. A full load of 10 kW warms a rack's some 170 kJ/K of metal by 0.06 K/s, so this lies
/// well above any course that lasts.
pub const SLEW_K_PER_S: f64 = 0.5;

/// Stands in when a number would not be finite: hotter than any limit.
const HOTTEST: Celsius = Celsius::of(f64::MAX);

/// The last good value of a point, growing hotter with its age.
#[derive(Clone, Debug)]
pub struct Worst {
    slew_per_s: f64,
    last: Option<(Celsius, Moment)>,
}

impl Worst {
    /// Nothing seen; `slew_per_s` in K/s. A slew that is negative or no number is replaced by
    /// [`SLEW_K_PER_S`]: an assumption must never cool down by itself.
    pub const fn new(slew_per_s: f64) -> Self {
        let sane = slew_per_s.is_finite() && slew_per_s >= 0.0;
        Worst {
            slew_per_s: if sane { slew_per_s } else { SLEW_K_PER_S },
            last: None,
        }
    }

    /// Takes note of a reading. Absence changes nothing, nor does a value older than the one known.
    pub fn see(&mut self, reading: &Reading<Celsius>) {
        if let Some(value) = reading.ok()
            && self.last.is_none_or(|(_, at)| reading.at >= at)
        {
            self.last = Some((value, reading.at));
        }
    }

    /// The last good value plus its age times the slew; never below that value. Nothing if there never was
    /// one.
    pub fn assume(&self, now: Moment) -> Option<Celsius> {
        self.last.map(|(value, at)| {
            let grown = value.get() + self.slew_per_s * now.since(at).as_s();
            <Celsius as Quantity>::new(grown).unwrap_or(HOTTEST)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::reading::Absent;
    use points::time::Span;
    use proptest::prelude::*;

    #[test]
    fn grows_with_age_until_seen_again() {
        let mut worst = Worst::new(SLEW_K_PER_S);
        assert_eq!(worst.assume(Moment(9)), None);
        worst.see(&Reading::good(Celsius::of(30.0), Moment::ZERO));
        worst.see(&Reading::absent(Absent::NoAnswer, Moment::ZERO + Span::s(1)));
        assert_eq!(worst.assume(Moment::ZERO + Span::s(20)), Some(Celsius::of(40.0)));
        worst.see(&Reading::good(Celsius::of(28.0), Moment::ZERO + Span::s(20)));
        assert_eq!(worst.assume(Moment::ZERO + Span::s(20)), Some(Celsius::of(28.0)));
        worst.see(&Reading::good(Celsius::of(10.0), Moment::ZERO + Span::s(3)));
        assert_eq!(worst.assume(Moment::ZERO + Span::s(20)), Some(Celsius::of(28.0)));
    }

    proptest! {
        #[test]
        fn never_decreases_with_age_nor_lies_below_the_value(
            slew in prop::num::f64::ANY, value in -1e3f64..1e3, at: u64, a: u64, b: u64
        ) {
            let mut worst = Worst::new(slew);
            worst.see(&Reading::good(Celsius::of(value), Moment(at)));
            let (first, second) = (Moment(a.min(b)), Moment(a.max(b)));
            let (Some(sooner), Some(later)) = (worst.assume(first), worst.assume(second)) else {
                return Err(TestCaseError::fail("a good value was seen"));
            };
            prop_assert!(sooner <= later);
            prop_assert!(sooner.get() >= value);
        }
    }
}
