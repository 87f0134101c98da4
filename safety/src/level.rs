//! Limits with a dead band: the exhaust's four, and the filters' two.

use points::setting::{DEAD_BAND, FILTER_END, HARD, HIGH, Settings, TRIP, WARN};
use points::{Moment, Quantity, Ratio, Reading, Span};

use crate::input::UNITS;

/// Full speed stays at least this long (C07): the fan does not chatter about the limit (H46).
pub const HIGH_AT_LEAST: Span = Span::s(30);
/// Share of a filter's life at which it counts as loaded (H04).
const FILTER_LOADED: f64 = 0.7;
/// Dead band of the filters' share of life.
const FILTER_BAND: f64 = 0.05;

/// One limit: stands at or above `on`, is over below `on - band`, and stays as it is while nothing is known (I15).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Limit {
    stands: bool,
}

impl Limit {
    fn judge(&mut self, value: Option<f64>, on: f64, band: f64) -> bool {
        if let Some(value) = value {
            self.stands = value >= if self.stands { on - band } else { on };
        }
        self.stands
    }
}

/// Which of the exhaust's limits are passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Passed {
    pub warn: bool,
    pub high: bool,
    pub trip: bool,
    pub hard: bool,
}

/// Memory of the exhaust's limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Levels {
    warn: Limit,
    high: Limit,
    trip: Limit,
    hard: Limit,
    high_since: Option<Moment>,
}

impl Levels {
    /// Judges the vote; without one every limit stays as it was.
    pub fn judge(&mut self, now: Moment, level: Option<f64>, settings: &Settings) -> Passed {
        let band = settings.get(DEAD_BAND);
        let above = self.high.judge(level, settings.get(HIGH), band);
        if above && self.high_since.is_none() {
            self.high_since = Some(now);
        }
        let high = above
            || self
                .high_since
                .is_some_and(|since| now.since(since) < HIGH_AT_LEAST);
        if !high {
            self.high_since = None;
        }
        Passed {
            warn: self.warn.judge(level, settings.get(WARN), band),
            high,
            trip: self.trip.judge(level, settings.get(TRIP), band),
            hard: self.hard.judge(level, settings.get(HARD), band),
        }
    }
}

/// Memory of the filters' limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Filters {
    loaded: [Limit; UNITS],
    ended: [Limit; UNITS],
}

impl Filters {
    /// Judges the resistances: whether any filter is loaded, whether any is at its end.
    ///
    /// Share of life, not of resistance: a clean filter has ratio 1 and is not 1/4 used up.
    pub fn judge(&mut self, resistance: &[Reading<Ratio>; UNITS], settings: &Settings) -> (bool, bool) {
        let end = settings.get(FILTER_END) / 100.0;
        let (mut loaded, mut ended) = (false, false);
        for (side, reading) in resistance.iter().enumerate() {
            let life = reading
                .ok()
                .map(|ratio| (Quantity::get(ratio) - 1.0) / (end - 1.0));
            loaded |= self.loaded[side].judge(life, FILTER_LOADED, FILTER_BAND);
            ended |= self.ended[side].judge(life, 1.0, FILTER_BAND);
        }
        (loaded, ended)
    }
}

const _: () = assert!(FILTER_END.row().low > 100.0, "the end of life lies above clean");

#[cfg(test)]
mod tests {
    use super::*;
    use points::Absent;

    #[test]
    fn a_limit_has_a_dead_band_and_keeps_its_state_when_nothing_is_known() {
        let (mut levels, settings) = (Levels::default(), Settings::default());
        let mut at = |level| levels.judge(Moment::ZERO, level, &settings);
        assert!(!at(Some(54.9)).trip);
        assert!(at(Some(55.0)).trip);
        assert!(at(None).trip, "unknown is never normal (I15)");
        assert!(at(Some(53.0)).trip);
        assert!(!at(Some(52.9)).trip);
        assert!(!at(None).trip, "unknown is no trip of its own either");
    }

    #[test]
    fn high_stands_at_least_half_a_minute() {
        let (mut levels, settings) = (Levels::default(), Settings::default());
        assert!(levels.judge(Moment(0), Some(50.0), &settings).high);
        assert!(levels.judge(Moment(29_999_999), Some(40.0), &settings).high);
        assert!(!levels.judge(Moment(30_000_000), Some(40.0), &settings).high);
        assert!(!levels.judge(Moment(31_000_000), Some(49.0), &settings).high);
        assert!(levels.judge(Moment(40_000_000), Some(50.0), &settings).high);
        assert!(
            levels.judge(Moment(90_000_000), Some(48.5), &settings).high,
            "inside the dead band"
        );
    }

    #[test]
    fn filters_are_judged_by_share_of_life() {
        let (mut filters, settings) = (Filters::default(), Settings::default());
        let mut at = |ratio: f64| {
            let side = |value| Reading {
                value,
                at: Moment::ZERO,
            };
            filters.judge(
                &[side(Ok(Ratio::of(ratio))), side(Err(Absent::NotFitted))],
                &settings,
            )
        };
        assert_eq!(at(1.0), (false, false));
        assert_eq!(at(3.0), (false, false));
        assert_eq!(at(3.1), (true, false));
        assert_eq!(at(4.0), (true, true));
        assert_eq!(at(3.9), (true, true));
        assert_eq!(at(3.5), (true, false));
        assert_eq!(at(2.9), (false, false));
    }
}
