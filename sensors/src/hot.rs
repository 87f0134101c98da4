//! A probe that fire has killed is not a blind probe.
//!
//! A blind probe asks for full speed; a burning rack wants the fan off. So the loss of a probe that was hot,
//! or was heating up fast, when it was last heard is told apart as [`Absent::LostHot`]: evidence of heat, and
//! no part of "all blind". The rise counts from 8.3 K/min (15 °F/min), the pick-up of common rate-of-rise
//! heat detectors.
//!
//! The rate is a difference of two medians of five samples, 20 s apart: with noise of 0.05 K it scatters by
//! about 0.1 K/min, a lone outlier leaves it alone, and a steady rise shows after its first 20 s. A standing
//! step of more than 2.8 K counts as a rise for as long as it lies between the two groups; that errs to the side
//! of fire. A rise counts only where it is three times what the samples scatter within either group: a steady one is
//! ten times as much, and a loose contact or a disturbed chip that scatters by kelvins has no rise at all.

use points::quantity::Celsius;
use points::reading::{Absent, Reading};
use points::time::{Moment, Span};

/// A reading above this, in °C, is hot.
pub const HOT_ABOVE: Celsius = Celsius::of(70.0);
/// A rise faster than this, in K/min, is hot.
pub const RISING_ABOVE_K_PER_MIN: f64 = 8.3;
/// A loss this long after having been hot is still put down to the heat.
pub const LOST_WITHIN: Span = Span::s(60);
/// How long good readings must come again before the loss is forgotten.
pub const BACK_FOR: Span = Span::s(10);

/// Spacing of the samples kept.
const SPACING: Span = Span::s(1);
/// A hole longer than this starts a new window: what lies before says nothing of the rate now. A source that
/// is slower than this has no rate at all; it is hot by its value only.
const HOLE: Span = Span::s(5);
/// Samples kept: 25 at 1 s put the middles of the first and the last five 20 s apart.
const KEPT: usize = 25;
/// A rise is so many times the scatter within a group at least.
const OVER_SCATTER: f64 = 3.0;
/// Samples per median; odd, so that the median is one of them.
const GROUP: usize = 5;

/// Watches one probe for heat and tells a loss while hot from any other loss.
#[derive(Clone, Debug)]
pub struct HotWatch {
    /// The kept samples, oldest at `next` once the ring is full.
    ring: [(Moment, f64); KEPT],
    count: usize,
    next: usize,
    newest: Option<Moment>,
    rate_per_min: Option<f64>,
    /// The change over the window stands out of the scatter within its ends.
    steady: bool,
    /// When it was last known to be hot.
    hot_at: Option<Moment>,
    /// Lost while hot, since then.
    lost_since: Option<Moment>,
    /// While lost: the first of the present run of good readings.
    back_since: Option<Moment>,
}

impl Default for HotWatch {
    fn default() -> Self {
        Self::new()
    }
}

impl HotWatch {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        HotWatch {
            ring: [(Moment::ZERO, 0.0); KEPT],
            count: 0,
            next: 0,
            newest: None,
            rate_per_min: None,
            steady: false,
            hot_at: None,
            lost_since: None,
            back_since: None,
        }
    }

    /// Feeds the judged reading, once per tick. Returns it unchanged, or [`Absent::LostHot`] since the loss
    /// when it was lost within 60 s of being hot; that stays until readings have been good again for 10 s.
    /// Over range is hot by itself and passes unchanged; so do [`Absent::Starting`] and
    /// [`Absent::NotFitted`], which are no loss.
    pub fn watch(&mut self, now: Moment, reading: Reading<Celsius>) -> Reading<Celsius> {
        match reading.value {
            Ok(value) => self.good(value, reading),
            Err(reason) => self.absent(now, reason, reading),
        }
    }

    /// Whether the temperature is rising faster than 8.3 K/min now, sustained over the window of 20 s or
    /// more.
    pub fn rising(&self) -> bool {
        let fast = |rate| rate > RISING_ABOVE_K_PER_MIN;
        self.steady && self.rate_per_min.is_some_and(fast)
    }

    /// The present rate of change in K/min; nothing until a window is full, nor while there is no reading.
    pub fn rate_per_min(&self) -> Option<f64> {
        self.rate_per_min
    }

    fn good(&mut self, value: Celsius, reading: Reading<Celsius>) -> Reading<Celsius> {
        self.keep(reading.at, value.get());
        // The value's own moment, not the tick's: a held value does not prolong the heat.
        if value > HOT_ABOVE || self.rising() {
            self.hot_at = Some(reading.at);
        }
        let Some(lost) = self.lost_since else {
            return reading;
        };
        let back = *self.back_since.get_or_insert(reading.at);
        if reading.at.since(back) >= BACK_FOR {
            self.lost_since = None;
            self.back_since = None;
            return reading;
        }
        Reading::absent(Absent::LostHot, lost)
    }

    fn absent(&mut self, now: Moment, reason: Absent, reading: Reading<Celsius>) -> Reading<Celsius> {
        self.rate_per_min = None;
        self.back_since = None;
        match reason {
            Absent::OverRange => {
                self.hot_at = Some(now);
                reading
            }
            // A probe gives no time to look ahead to: nothing of its own is told by it.
            Absent::Starting | Absent::Overridden | Absent::NotInSight => reading,
            Absent::NotFitted => {
                // Taken out of service: whatever is fitted next starts with a clean record.
                *self = Self::new();
                reading
            }
            Absent::NoAnswer
            | Absent::ShortTransfer
            | Absent::BadChecksum
            | Absent::WrongChip
            | Absent::Claimed
            | Absent::UnderRange
            | Absent::Jump
            | Absent::Stuck
            | Absent::Stale
            | Absent::BusStuck
            | Absent::BusTimeout
            | Absent::WrongChannel
            | Absent::NotReady
            | Absent::Unconfigured
            | Absent::LoopOpen
            | Absent::LoopShort
            | Absent::Between
            | Absent::Suspended
            | Absent::Disagrees
            | Absent::LostHot => self.lost(now, reading),
        }
    }

    fn lost(&mut self, now: Moment, reading: Reading<Celsius>) -> Reading<Celsius> {
        // The heat only grows older while nothing is read, so the first lost tick decides; later ones agree.
        if self.lost_since.is_none() && self.hot_at.is_some_and(|hot| now.since(hot) <= LOST_WITHIN) {
            self.lost_since = Some(reading.at);
        }
        match self.lost_since {
            Some(since) => Reading::absent(Absent::LostHot, since),
            None => reading,
        }
    }

    /// Keeps one sample a second; a value already seen is not kept twice.
    fn keep(&mut self, at: Moment, number: f64) {
        match self.newest {
            Some(newest) if at.since(newest) > HOLE => {
                self.count = 0;
                self.next = 0;
            }
            Some(newest) if at.since(newest) < SPACING => return,
            Some(_) | None => {}
        }
        self.newest = Some(at);
        self.ring[self.next] = (at, number);
        self.next = (self.next + 1) % KEPT;
        self.count = (self.count + 1).min(KEPT);
        let change = self.change();
        self.rate_per_min = change.map(|(rate, _)| rate);
        self.steady = change.is_some_and(|(_, steady)| steady);
    }

    /// Rate over the window in K/min, and whether it stands out of the scatter.
    fn change(&self) -> Option<(f64, bool)> {
        if self.count < KEPT {
            return None;
        }
        let (early, low, low_scatter) = self.middle(0);
        let (late, high, high_scatter) = self.middle(KEPT - GROUP);
        let seconds = late.since(early).as_s();
        let steady = (high - low).abs() >= OVER_SCATTER * low_scatter.max(high_scatter);
        (seconds > 0.0).then(|| ((high - low) / seconds * 60.0, steady))
    }

    /// Moment of the middle sample, median and span of the middle three of the group that starts `from` samples after
    /// the oldest.
    fn middle(&self, from: usize) -> (Moment, f64, f64) {
        let sample = |offset: usize| self.ring[(self.next + from + offset) % KEPT];
        let mut numbers = [0.0; GROUP];
        for (offset, number) in numbers.iter_mut().enumerate() {
            *number = sample(offset).1;
        }
        numbers.sort_unstable_by(f64::total_cmp);
        let scatter = numbers[GROUP / 2 + 1] - numbers[GROUP / 2 - 1];
        (sample(GROUP / 2).0, numbers[GROUP / 2], scatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: u64) -> Moment {
        Moment::ZERO + Span::ms(ms)
    }

    fn ok(watch: &mut HotWatch, ms: u64, number: f64) -> Result<Celsius, Absent> {
        watch
            .watch(at(ms), Reading::good(Celsius::of(number), at(ms)))
            .value
    }

    fn lose(watch: &mut HotWatch, ms: u64, reason: Absent) -> Result<Celsius, Absent> {
        watch.watch(at(ms), Reading::absent(reason, at(ms))).value
    }

    #[test]
    fn loss_after_71_degrees_is_lost_hot_and_after_a_calm_40_it_is_not() {
        let mut watch = HotWatch::new();
        assert_eq!(ok(&mut watch, 0, 71.0), Ok(Celsius::of(71.0)));
        assert_eq!(lose(&mut watch, 60_000, Absent::NoAnswer), Err(Absent::LostHot));
        let mut watch = HotWatch::new();
        for second in 0..60 {
            assert!(ok(&mut watch, second * 1000, 40.0).is_ok());
        }
        assert_eq!(lose(&mut watch, 60_000, Absent::NoAnswer), Err(Absent::NoAnswer));
    }

    #[test]
    fn heat_a_minute_ago_no_longer_explains_a_loss() {
        let mut watch = HotWatch::new();
        assert!(ok(&mut watch, 0, 71.0).is_ok());
        assert!(ok(&mut watch, 200, 69.0).is_ok());
        assert_eq!(lose(&mut watch, 60_001, Absent::Stale), Err(Absent::Stale));
    }

    #[test]
    fn a_rise_of_12_kelvin_a_minute_shows_within_40_s_and_makes_a_loss_lost_hot() {
        for tick in [10u8, 100, 200] {
            let mut watch = HotWatch::new();
            let mut shown = None;
            for ms in (0..100_000u32).step_by(usize::from(tick)) {
                let minutes = f64::from(ms.saturating_sub(60_000)) / 60_000.0;
                assert!(ok(&mut watch, u64::from(ms), 25.0 + 12.0 * minutes).is_ok());
                assert!(ms > 60_000 || !watch.rising());
                if watch.rising() && shown.is_none() {
                    shown = Some(ms - 60_000);
                }
            }
            assert!(shown.is_some_and(|ms| ms < 40_000), "{shown:?}");
            assert!(watch.rate_per_min().is_some_and(|rate| (rate - 12.0).abs() < 0.1));
            assert_eq!(
                lose(&mut watch, 100_200, Absent::BadChecksum),
                Err(Absent::LostHot)
            );
            assert!(!watch.rising());
        }
    }

    #[test]
    fn a_slow_rise_is_no_heat() {
        let mut watch = HotWatch::new();
        for second in 0..120u32 {
            assert!(
                ok(
                    &mut watch,
                    u64::from(second) * 1000,
                    20.0 + f64::from(second) * 8.0 / 60.0
                )
                .is_ok()
            );
            assert!(!watch.rising());
        }
        assert_eq!(lose(&mut watch, 120_000, Absent::NoAnswer), Err(Absent::NoAnswer));
    }

    #[test]
    fn two_outliers_do_not_make_a_rise() {
        let mut watch = HotWatch::new();
        for second in 0..120 {
            let number = if matches!(second, 50 | 51) { 65.0 } else { 25.0 };
            assert!(ok(&mut watch, second * 1000, number).is_ok());
            assert!(!watch.rising());
        }
    }

    /// Whoever scatters by kelvins says nothing about heat; a rise that is steeper than its scatter is one all the same.
    #[test]
    fn scatter_is_no_rise_and_does_not_hide_one() {
        // A golden-ratio sequence in place of noise: every stretch of it covers its span evenly.
        let scatter = |second: u32, span: f64| span * ((f64::from(second) * 0.618_034).fract() - 0.5);
        for span in [1.0, 5.0, 20.0] {
            let mut watch = HotWatch::new();
            for second in 0..2_000u32 {
                assert!(ok(&mut watch, u64::from(second) * 1000, 40.0 + scatter(second, span)).is_ok());
                assert!(!watch.rising(), "{span} K at {second} s");
            }
        }
        let mut watch = HotWatch::new();
        for second in 0..40u32 {
            let number = 25.0 + f64::from(second) + scatter(second, 1.0);
            assert!(ok(&mut watch, u64::from(second) * 1000, number).is_ok());
        }
        assert!(watch.rising());
    }

    #[test]
    fn over_range_passes_and_makes_a_following_loss_lost_hot() {
        let mut watch = HotWatch::new();
        assert!(ok(&mut watch, 0, 30.0).is_ok());
        assert_eq!(lose(&mut watch, 1000, Absent::OverRange), Err(Absent::OverRange));
        assert_eq!(lose(&mut watch, 1200, Absent::UnderRange), Err(Absent::LostHot));
        assert_eq!(lose(&mut watch, 1400, Absent::OverRange), Err(Absent::OverRange));
        assert_eq!(lose(&mut watch, 900_000, Absent::NoAnswer), Err(Absent::LostHot));
    }

    #[test]
    fn stays_lost_until_good_for_ten_seconds_unbroken() {
        let mut watch = HotWatch::new();
        assert!(ok(&mut watch, 0, 80.0).is_ok());
        assert_eq!(lose(&mut watch, 1000, Absent::Stale), Err(Absent::LostHot));
        for second in 100..110 {
            assert_eq!(ok(&mut watch, second * 1000, 40.0), Err(Absent::LostHot));
        }
        assert_eq!(lose(&mut watch, 110_000, Absent::NoAnswer), Err(Absent::LostHot));
        for second in 111..121 {
            assert_eq!(ok(&mut watch, second * 1000, 40.0), Err(Absent::LostHot));
        }
        assert_eq!(ok(&mut watch, 121_000, 40.0), Ok(Celsius::of(40.0)));
        assert_eq!(lose(&mut watch, 122_000, Absent::NoAnswer), Err(Absent::NoAnswer));
    }

    #[test]
    fn a_value_repeated_by_ticks_is_not_good_for_ten_seconds() {
        let mut watch = HotWatch::new();
        assert!(ok(&mut watch, 0, 80.0).is_ok());
        assert_eq!(lose(&mut watch, 1000, Absent::Stale), Err(Absent::LostHot));
        for tick in 0..200 {
            let reading = watch.watch(at(2000 + tick * 100), Reading::good(Celsius::of(40.0), at(2000)));
            assert_eq!(reading, Reading::absent(Absent::LostHot, at(1000)));
        }
    }

    #[test]
    fn starting_and_not_fitted_are_no_loss() {
        let mut watch = HotWatch::new();
        assert!(ok(&mut watch, 0, 80.0).is_ok());
        assert_eq!(lose(&mut watch, 100, Absent::Starting), Err(Absent::Starting));
        assert_eq!(lose(&mut watch, 200, Absent::NotFitted), Err(Absent::NotFitted));
        assert_eq!(lose(&mut watch, 300, Absent::NoAnswer), Err(Absent::NoAnswer));
    }

    proptest! {
        #[test]
        fn noise_never_is_a_rise(
            base in 10.0f64..69.0,
            noise in prop::collection::vec(prop::array::uniform12(-0.5f64..0.5), 30..400)
        ) {
            let mut watch = HotWatch::new();
            for (tick, uniform) in (0u64..).zip(noise) {
                // Twelve uniform numbers make a good Gaussian of standard deviation 1.
                let number = base + 0.05 * uniform.iter().sum::<f64>();
                prop_assert!(ok(&mut watch, tick * 1000, number).is_ok());
                prop_assert!(!watch.rising());
            }
        }

        #[test]
        fn whatever_comes_the_rate_is_finite_and_a_good_answer_is_the_reading(
            steps in prop::collection::vec((0u64..7_000_000, -40.0f64..125.0, 0usize..60), 0..300)
        ) {
            let mut watch = HotWatch::new();
            let mut now = Moment::ZERO;
            for (wait, number, reason) in steps {
                now += Span::us(wait);
                let value = Absent::ALL.get(reason).map_or(Ok(Celsius::of(number)), |reason| Err(*reason));
                let reading = Reading { value, at: now };
                let seen = watch.watch(now, reading);
                prop_assert!(seen == reading || seen.value == Err(Absent::LostHot));
                prop_assert!(seen.at <= now);
                prop_assert!(watch.rate_per_min().is_none_or(f64::is_finite));
            }
        }
    }
}
