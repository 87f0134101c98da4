//! Analogue loops: the supervised two-resistor loop and the 4-20 mA loop.
//!
//! Supervised: 3.3 V through 4.7 kOhm into a loop to ground. Intact, the loop is R1 = 4.7 kOhm (1.650 V); in
//! alarm R1 + R2 = 9.4 kOhm (2.200 V); cut it reads 3.3 V and shorted 0 V. The bands leave room for 1 %
//! resistors, some hundred ohms of cable and the converter's error, and for a gap between each two: a voltage
//! in a gap is a fault and never a state.

use crate::plausible::transient;
use points::quantity::{Quantity, Volt, Watt};
use points::reading::{Absent, Reading};
use points::state::LoopState;
use points::time::{Moment, Span};

/// A band of voltages, both ends inclusive, in volts.
struct Band {
    state: LoopState,
    low: f64,
    high: f64,
}

/// The bands in the order of their voltages. Short and open are open-ended and exclude their bounds 0.40 V
/// and 3.00 V.
const BANDS: [Band; 4] = [
    Band {
        state: LoopState::Short,
        low: f64::NEG_INFINITY,
        high: 0.40_f64.next_down(),
    },
    Band {
        state: LoopState::Normal,
        low: 1.45,
        high: 1.85,
    },
    Band {
        state: LoopState::Alarm,
        low: 2.00,
        high: 2.40,
    },
    Band {
        state: LoopState::Open,
        low: 3.00_f64.next_up(),
        high: f64::INFINITY,
    },
];

/// Least gap between two bands, V: a tenth of a volt is many times the converter's error.
const GAP: f64 = 0.1;

// The bands are disjoint and in order; were they not, this would not compile.
const _: () = {
    let mut index = 0;
    while index < BANDS.len() {
        assert!(BANDS[index].low < BANDS[index].high);
        assert!(index == 0 || BANDS[index - 1].high + GAP < BANDS[index].low);
        index += 1;
    }
};

/// The state of a supervised loop that shows `voltage`.
pub fn loop_state(voltage: Volt) -> LoopState {
    let volts = voltage.get();
    BANDS
        .iter()
        .find(|band| (band.low..=band.high).contains(&volts))
        .map_or(LoopState::Between, |band| band.state)
}

/// Without a sample that confirms its state for longer than this the loop is [`Absent::Stale`].
pub const STALE: Span = Span::s(2);
/// Samples in a row that make a new state.
const SEEN: u8 = 2;
/// Samples in a row away from the standing state that agree on none: a fault, [`LoopState::Between`].
const UNSETTLED: u8 = 3;
/// Failed conversions in a row that are ridden out.
const MISSED_MOST: u8 = 2;

/// A supervised loop over time.
///
/// A new state counts with its second sample in a row. Three samples in a row that lie between bands, or that
/// differ from the standing state without two agreeing, are [`LoopState::Between`]. A failed transfer neither
/// counts nor breaks a row; two are ridden out while the state is fresh.
#[derive(Clone, Debug)]
pub struct SupervisedLoop {
    /// The standing state or why there is none.
    stood: Result<LoopState, Absent>,
    /// Latest sample that confirmed the state; for an absence, since when.
    at: Moment,
    /// The latest sample, if it differs from the standing state, and how many were like it in a row.
    other: Option<(LoopState, u8)>,
    /// Samples in a row that differ from the standing state.
    away: u8,
    /// Failures in a row, and the moment of the first.
    missed: u8,
    missed_since: Moment,
    sampled: Moment,
}

impl Default for SupervisedLoop {
    fn default() -> Self {
        Self::new()
    }
}

impl SupervisedLoop {
    /// Nothing sampled yet.
    pub const fn new() -> Self {
        SupervisedLoop {
            stood: Err(Absent::Starting),
            at: Moment::ZERO,
            other: None,
            away: 0,
            missed: 0,
            missed_since: Moment::ZERO,
            sampled: Moment::ZERO,
        }
    }

    /// A converted voltage taken at `at`, or the reason there is none.
    pub fn sample(&mut self, at: Moment, voltage: Result<Volt, Absent>) {
        match voltage {
            Ok(volts) => self.state(at, loop_state(volts)),
            Err(reason) => self.miss(at, reason),
        }
    }

    /// The standing state with the moment of the latest sample that confirmed it; [`Absent::Starting`] before
    /// the first state, [`Absent::Stale`] after 2 s without confirmation.
    pub fn reading(&self, now: Moment) -> Reading<LoopState> {
        Reading {
            value: self.stood,
            at: self.at,
        }
        .within(STALE, now)
    }

    /// The last moment at which [`Self::reading`] says what it says at `now`, if no sample comes before.
    pub fn stands_until(&self, now: Moment) -> Moment {
        if self.stood.is_ok() && now.since(self.at) <= STALE {
            self.at + STALE
        } else {
            Moment::NEVER
        }
    }

    fn state(&mut self, at: Moment, state: LoopState) {
        if at.since(self.sampled) > STALE {
            // Samples that far apart do not stand in a row.
            self.forget();
        }
        self.sampled = at;
        self.missed = 0;
        if self.stood == Ok(state) {
            self.forget();
            self.at = at;
            return;
        }
        let alike = match self.other {
            Some((other, alike)) if other == state => alike.saturating_add(1),
            Some(_) | None => 1,
        };
        self.other = Some((state, alike));
        self.away = self.away.saturating_add(1);
        let settled = state != LoopState::Between && alike >= SEEN;
        if settled {
            self.stand(at, state);
        } else if self.away >= UNSETTLED {
            self.unsettled(at);
        }
    }

    fn stand(&mut self, at: Moment, state: LoopState) {
        self.stood = Ok(state);
        self.at = at;
        self.forget();
    }

    /// No state is agreed on: the fault stands, and the latest sample still counts towards a state of its
    /// own.
    fn unsettled(&mut self, at: Moment) {
        self.stood = Ok(LoopState::Between);
        self.at = at;
    }

    fn miss(&mut self, at: Moment, reason: Absent) {
        if self.missed == 0 {
            self.missed_since = at;
        }
        self.missed = self.missed.saturating_add(1);
        let fresh = self.stood.is_ok() && at.since(self.at) <= STALE;
        if transient(reason) && fresh && self.missed <= MISSED_MOST {
            return;
        }
        if self.stood == Err(Absent::Starting) {
            self.at = at;
        } else if self.stood.is_ok() && at.since(self.at) <= STALE {
            // Lost only now; a state that had gone stale was lost when last confirmed, an absence when it
            // began.
            self.at = self.missed_since;
        }
        self.stood = Err(reason);
        self.forget();
    }

    fn forget(&mut self) {
        self.other = None;
        self.away = 0;
    }
}

/// Measuring resistor of the current loop, ohm.
const SHUNT_OHM: f64 = 100.0;
/// Below this, V: the loop is cut or its sender dead (3.6 mA, the failure level of NAMUR NE 43).
const CUT: f64 = 0.0036 * SHUNT_OHM;
/// Zero of the scale, V (4 mA).
const ZERO: f64 = 0.004 * SHUNT_OHM;
/// Full scale, V (20 mA).
const FULL: f64 = 0.020 * SHUNT_OHM;
/// Above this, V: the sender signals its failure or the loop is bridged (21 mA, NE 43).
const OVER: f64 = 0.021 * SHUNT_OHM;

/// The power that a 4-20 mA loop over 100 ohm stands for: 0.4 V is zero, 2.0 V is `full_scale` in watts.
///
/// Below 3.6 mA the loop is open, above 21 mA over range; from 3.6 to 4 mA a sender's zero error counts as
/// zero, from 20 to 21 mA the scale goes on.
pub fn current_loop(voltage: Volt, full_scale: Watt) -> Result<Watt, Absent> {
    let volts = voltage.get();
    if volts < CUT {
        Err(Absent::LoopOpen)
    } else if volts > OVER {
        Err(Absent::OverRange)
    } else {
        let share = ((volts - ZERO) / (FULL - ZERO)).max(0.0);
        <Watt as Quantity>::new(share * full_scale.get()).ok_or(Absent::OverRange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NORMAL: f64 = 1.65;
    const ALARM: f64 = 2.2;
    const OPEN: f64 = 3.3;
    const GAP_VOLTS: f64 = 1.9;

    fn at(ms: u64) -> Moment {
        Moment::ZERO + Span::ms(ms)
    }

    /// A loop fed with a voltage each 100 ms, and its value after each.
    fn run(volts: &[f64]) -> [Option<LoopState>; 8] {
        let mut supervised = SupervisedLoop::new();
        let mut seen = [None; 8];
        for (index, volts) in volts.iter().enumerate() {
            let now = at(index as u64 * 100);
            supervised.sample(now, Ok(Volt::of(*volts)));
            seen[index] = supervised.reading(now).ok();
        }
        seen
    }

    #[test]
    fn bands_have_exact_ends_and_the_rest_lies_between() {
        for (volts, state) in [
            (-0.1, LoopState::Short),
            (0.0, LoopState::Short),
            (0.399, LoopState::Short),
            (0.40, LoopState::Between),
            (1.449, LoopState::Between),
            (1.45, LoopState::Normal),
            (1.85, LoopState::Normal),
            (1.851, LoopState::Between),
            (1.999, LoopState::Between),
            (2.00, LoopState::Alarm),
            (2.40, LoopState::Alarm),
            (2.401, LoopState::Between),
            (3.00, LoopState::Between),
            (3.001, LoopState::Open),
            (3.4, LoopState::Open),
        ] {
            assert_eq!(loop_state(Volt::of(volts)), state, "{volts}");
        }
    }

    #[test]
    fn the_circuit_lands_in_its_bands_with_one_percent_resistors_and_cable() {
        let divider = |ohm: f64, pull_up: f64| Volt::of(3.3 * ohm / (ohm + pull_up));
        for pull_up in [0.99 * 4700.0, 1.01 * 4700.0] {
            for (ohm, state) in [(4700.0, LoopState::Normal), (9400.0, LoopState::Alarm)] {
                assert_eq!(loop_state(divider(ohm * 0.99, pull_up)), state);
                assert_eq!(loop_state(divider(ohm * 1.01 + 200.0, pull_up)), state);
            }
            assert_eq!(loop_state(divider(200.0, pull_up)), LoopState::Short);
            assert_eq!(loop_state(divider(1e6, pull_up)), LoopState::Open);
        }
    }

    #[test]
    fn a_state_counts_with_its_second_sample() {
        let seen = run(&[NORMAL, NORMAL, ALARM, NORMAL, ALARM, ALARM]);
        let normal = Some(LoopState::Normal);
        assert_eq!(
            seen[..6],
            [None, normal, normal, normal, normal, Some(LoopState::Alarm)]
        );
    }

    #[test]
    fn between_bands_counts_with_its_third_and_gives_way_to_a_state() {
        let seen = run(&[NORMAL, NORMAL, GAP_VOLTS, GAP_VOLTS, GAP_VOLTS, ALARM, ALARM]);
        assert_eq!(seen[3], Some(LoopState::Normal));
        assert_eq!(seen[4], Some(LoopState::Between));
        assert_eq!(seen[6], Some(LoopState::Alarm));
        let passing = run(&[NORMAL, NORMAL, GAP_VOLTS, ALARM, ALARM]);
        assert_eq!(passing[4], Some(LoopState::Alarm));
    }

    #[test]
    fn samples_that_agree_on_nothing_are_a_fault() {
        assert_eq!(
            run(&[NORMAL, NORMAL, ALARM, OPEN, ALARM])[4],
            Some(LoopState::Between)
        );
        assert_eq!(run(&[ALARM, OPEN, ALARM])[2], Some(LoopState::Between));
    }

    #[test]
    fn fire_shows_within_half_a_second() {
        for period in [100u8, 150, 200] {
            let step = usize::from(period);
            let period = u64::from(period);
            for after in 0..period {
                let mut supervised = SupervisedLoop::new();
                let fired = 20 * period + after;
                let mut shown = None;
                for now in (0..40 * period).step_by(step) {
                    let volts = if now >= fired { ALARM } else { NORMAL };
                    supervised.sample(at(now), Ok(Volt::of(volts)));
                    if supervised.reading(at(now)).ok() == Some(LoopState::Alarm) && shown.is_none() {
                        shown = Some(now - fired);
                    }
                }
                assert!(shown.is_some_and(|ms| ms <= 500), "{period} {after} {shown:?}");
            }
        }
    }

    #[test]
    fn failed_transfers_are_ridden_out_and_do_not_break_a_row() {
        let mut supervised = SupervisedLoop::new();
        let err = Err(Absent::NoAnswer);
        for (ms, sample) in [
            (0, Ok(NORMAL)),
            (100, Ok(NORMAL)),
            (200, err),
            (300, Ok(ALARM)),
            (400, err),
        ] {
            supervised.sample(at(ms), sample.map(Volt::of));
            assert!(ms < 100 || supervised.reading(at(ms)).ok() == Some(LoopState::Normal));
        }
        supervised.sample(at(500), Ok(Volt::of(ALARM)));
        assert_eq!(
            supervised.reading(at(500)),
            Reading::good(LoopState::Alarm, at(500))
        );
        for ms in [600, 700, 800, 900] {
            supervised.sample(at(ms), Err(Absent::NoAnswer));
        }
        assert_eq!(
            supervised.reading(at(900)),
            Reading::absent(Absent::NoAnswer, at(600))
        );
        supervised.sample(at(1000), Ok(Volt::of(ALARM)));
        assert_eq!(
            supervised.reading(at(1000)),
            Reading::absent(Absent::NoAnswer, at(600))
        );
        supervised.sample(at(1100), Ok(Volt::of(ALARM)));
        assert_eq!(supervised.reading(at(1100)).ok(), Some(LoopState::Alarm));
    }

    #[test]
    fn stale_after_two_seconds_and_starting_before() {
        let mut supervised = SupervisedLoop::new();
        assert_eq!(supervised.reading(at(9)).value, Err(Absent::Starting));
        supervised.sample(at(0), Ok(Volt::of(NORMAL)));
        supervised.sample(at(100), Ok(Volt::of(NORMAL)));
        assert_eq!(supervised.reading(at(2100)).ok(), Some(LoopState::Normal));
        assert_eq!(
            supervised.reading(at(2101)),
            Reading::absent(Absent::Stale, at(100))
        );
        supervised.sample(at(5000), Err(Absent::BusStuck));
        assert_eq!(
            supervised.reading(at(5000)),
            Reading::absent(Absent::BusStuck, at(100))
        );
    }

    #[test]
    fn current_loop_has_a_live_zero() {
        let watts = |milliamps: f64| {
            current_loop(Volt::of(milliamps * 0.1), Watt::of(16_000.0))
                .map(|power| (power.get() * 10.0).round() / 10.0)
        };
        assert_eq!(watts(0.0), Err(Absent::LoopOpen));
        assert_eq!(watts(3.59), Err(Absent::LoopOpen));
        assert_eq!(watts(3.61), Ok(0.0));
        assert_eq!(watts(4.0), Ok(0.0));
        assert_eq!(watts(12.0), Ok(8_000.0));
        assert_eq!(watts(20.0), Ok(16_000.0));
        assert_eq!(watts(20.9), Ok(16_900.0));
        assert_eq!(watts(21.1), Err(Absent::OverRange));
        assert_eq!(current_loop(Volt::of(0.36), Watt::of(1.0)), Ok(Watt::of(0.0)));
    }

    proptest! {
        #[test]
        fn whatever_comes_a_state_was_seen_and_is_fresh(
            steps in prop::collection::vec((0u64..1_500_000, -1.0f64..4.0, 0usize..44), 0..200)
        ) {
            let mut supervised = SupervisedLoop::new();
            let mut now = Moment::ZERO;
            let mut seen = [false; 5];
            seen[LoopState::Between as usize] = true;
            for (wait, volts, reason) in steps {
                now += Span::us(wait);
                let sample = Absent::ALL.get(reason).map_or(Ok(Volt::of(volts)), |reason| Err(*reason));
                if let Ok(volts) = sample {
                    seen[loop_state(volts) as usize] = true;
                }
                supervised.sample(now, sample);
                let reading = supervised.reading(now);
                prop_assert!(reading.at <= now);
                if let Some(state) = reading.ok() {
                    prop_assert!(seen[state as usize]);
                    prop_assert!(reading.age(now) <= STALE);
                }
            }
        }

        #[test]
        fn every_current_is_a_power_in_scale_or_a_reason(volts in -5.0f64..5.0, full in 1.0f64..1e5) {
            match current_loop(Volt::of(volts), Watt::of(full)) {
                Ok(power) => prop_assert!((0.0..=full * 1.0626).contains(&power.get())),
                Err(reason) => prop_assert!(matches!(reason, Absent::LoopOpen | Absent::OverRange)),
            }
        }
    }
}
