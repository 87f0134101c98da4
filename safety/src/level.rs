//! Limits with a dead band: the exhaust's four, the filters' two, and the two of condensation.

use points::setting::{DEAD_BAND, DEW_POINT_MARGIN, FILTER_END, HARD, HIGH, Settings, TARGET, TRIP, WARN};
use points::{Kelvin, Moment, Quantity, Ratio, Reading, Span};

use crate::input::UNITS;

/// Full speed stays at least this long (C07): the fan does not chatter about the limit (H46).
pub const HIGH_AT_LEAST: Span = Span::s(30);
/// Share of a filter's life at which it counts as loaded (H04).
const FILTER_LOADED: f64 = 0.7;
/// Dead band of the filters' share of life.
const FILTER_BAND: f64 = 0.05;
/// Dead band of the margin over the dew point, K (H47): more than air, humidity and their probes waver.
const MARGIN_BAND_K: f64 = 1.0;
/// So far below control's target the exhaust is warm enough for heat to have its fan back, K: control takes over before
/// its target is passed.
const WARM_BELOW_K: f64 = 2.0;
/// So much cooler it has to be again before the fan may be slowed anew, K: more than control swings about its target, so
/// that the two do not take turns (H46).
const WARM_BAND_K: f64 = 4.0;

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
    /// Share of life, not of resistance: a clean filter has ratio 1 and is not 1/4 used up. At low speed nothing is measured and
    /// what was found stays; but not of a filter that is out of its slot: what comes in is another one.
    pub fn judge(
        &mut self,
        resistance: &[Reading<Ratio>; UNITS],
        out: &[bool; UNITS],
        settings: &Settings,
    ) -> (bool, bool) {
        let end = settings.get(FILTER_END) / 100.0;
        let (mut loaded, mut ended) = (false, false);
        for (side, reading) in resistance.iter().enumerate() {
            if out[side] {
                (self.loaded[side], self.ended[side]) = Default::default();
                continue;
            }
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

/// Memory of the limits about condensation (H47).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Damp {
    near: Limit,
    warm: Limit,
}

impl Damp {
    /// Whether the margin over the dew point is at its limit or under it. One that is not known never says that all is clear.
    pub fn judge(&mut self, margin: &Reading<Kelvin>, settings: &Settings) -> bool {
        // A limit stands above its level: here the nearer the dew point, the higher.
        let nearness = margin.number().map(|margin| -margin);
        self.near
            .judge(nearness, -settings.get(DEW_POINT_MARGIN), MARGIN_BAND_K)
    }

    /// Whether the vote is so cool that there is room for less air. Without a vote there is none.
    pub fn is_cool(&mut self, level: Option<f64>, settings: &Settings) -> bool {
        let from = settings.get(TARGET) - WARM_BELOW_K;
        let warm = self.warm.judge(level, from, WARM_BAND_K);
        !warm && level.is_some()
    }
}

const _: () = assert!(
    TARGET.row().high < WARN.row().low,
    "what is cool is below the warning limit"
);

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
    fn a_margin_has_a_dead_band_and_is_never_clear_while_it_is_not_known() {
        let (mut damp, mut settings) = (Damp::default(), Settings::default());
        let mut at = |margin: Option<f64>, settings: &Settings| {
            let value = margin.map(Kelvin::of).ok_or(Absent::Stale);
            let at = Moment::ZERO;
            damp.judge(&Reading { value, at }, settings)
        };
        assert!(!at(None, &settings) && !at(Some(2.1), &settings) && !at(None, &settings));
        assert!(at(Some(2.0), &settings) && at(None, &settings), "I15");
        assert!(at(Some(-20.0), &settings) && at(Some(3.0), &settings) && !at(Some(3.1), &settings));
        assert!(settings.set_named("safety.dew_point_margin", 1.9).is_err());
        settings
            .set_named("safety.dew_point_margin", 5.0)
            .expect("tighter");
        assert!(at(Some(5.0), &settings) && at(Some(6.0), &settings) && !at(Some(6.1), &settings));
    }

    #[test]
    fn heat_has_its_fan_back_below_the_target_and_keeps_it_until_well_below() {
        let (mut damp, settings) = (Damp::default(), Settings::default());
        let mut at = |level| damp.is_cool(level, &settings);
        assert!(!at(None) && at(Some(39.9)) && !at(Some(40.0)));
        assert!(!at(Some(36.0)) && at(Some(35.9)));
        assert!(!at(None) && at(Some(39.9)));
    }

    #[test]
    fn filters_are_judged_by_share_of_life() {
        let (mut filters, settings) = (Filters::default(), Settings::default());
        let side = |value| Reading {
            value,
            at: Moment::ZERO,
        };
        let mut judge = |left, out| {
            filters.judge(
                &[side(left), side(Err(Absent::NotFitted))],
                &[out, false],
                &settings,
            )
        };
        let mut at = |ratio: f64| judge(Ok(Ratio::of(ratio)), false);
        assert_eq!(at(1.0), (false, false));
        assert_eq!(at(3.0), (false, false));
        assert_eq!(at(3.1), (true, false));
        assert_eq!(at(4.0), (true, true));
        assert_eq!(at(3.9), (true, true));
        assert_eq!(at(3.5), (true, false));
        assert_eq!(at(2.9), (false, false));
        // Found at its end, then too slow to measure: it stays so, until another one is put in.
        assert_eq!(at(4.0), (true, true));
        let unmeasured = Err(Absent::Suspended);
        assert_eq!(judge(unmeasured, false), (true, true));
        assert_eq!(judge(unmeasured, true), (false, false));
        assert_eq!(judge(unmeasured, false), (false, false));
        assert_eq!(judge(Ok(Ratio::of(4.0)), false), (true, true));
    }
}
