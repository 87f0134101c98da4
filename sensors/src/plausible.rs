//! From raw samples to a reading that can be believed, or the reason why not.
//!
//! One [`Plausible`] stands behind every measured point. It knows nothing of chips: it sees numbers and the
//! moments they were taken, and holds them against what the sensor and the air around it can do.
//!
//! - Outside the range: absent at once. A fire must not wait for a second opinion, so range is never held
//!   back.
//! - A step faster than possible: the one sample is held back (the old value stays and grows older). The step
//!   is believed when the next sample stands by it, so that a truly fast change or an exchanged probe is not
//!   refused for ever. After three samples that agree with nothing the reading is [`Absent::Jump`].
//! - Bit-identical for too long: [`Absent::Stuck`] until it moves. A live converter shows noise.
//! - A transfer that failed: two in a row are ridden out while the last value is fresh; its age goes on
//!   growing. Everything else that a driver reports is absence at once.

use points::quantity::Quantity;
use points::reading::{Absent, Reading};
use points::time::{Moment, Span};

/// What a sensor can show, in the unit of its quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Lowest number that can be believed (inclusive).
    pub low: f64,
    /// Highest number that can be believed (inclusive).
    pub high: f64,
    /// Fastest believable change per second; infinite for none.
    pub rate_per_s: f64,
    /// A value older than this is [`Absent::Stale`].
    pub stale: Span,
    /// Identical raw numbers for this long are [`Absent::Stuck`]; `None` where standing still is normal.
    pub stuck: Option<Span>,
}

/// Air temperature, °C. Range: that of the silicon probes in use. Rate: an air probe has a lag of 12 s, so 5
/// K/s would need air 60 K away from it; anything faster is electrical. Stuck: a converter of 1/16 K or finer
/// flickers within minutes even in still air, half an hour without a single step is a frozen register.
pub const AIR: Limits = Limits {
    low: -40.0,
    high: 125.0,
    rate_per_s: 5.0,
    stale: Span::s(3),
    stuck: Some(Span::s(1800)),
};

/// Air temperature reported by a host about itself, °C. Polled every few seconds and rounded to whole
/// kelvins, so an unchanging number is normal and the age limit is three polls of 5 s.
pub const HOST_AIR: Limits = Limits {
    low: -40.0,
    high: 125.0,
    rate_per_s: 5.0,
    stale: Span::s(15),
    stuck: None,
};

/// Relative humidity, %. The range is a little wider than 0..100 because the conversion of a capacitive chip
/// overshoots within its tolerance when dry or wet. Breath or an opened door moves it by some 10 %/s behind
/// the chip's lag. No stuck limit: a chip that crops its output stands at exactly 0 or 100 when dry or wet.
pub const HUMIDITY: Limits = Limits {
    low: -2.0,
    high: 105.0,
    rate_per_s: 20.0,
    stale: Span::s(5),
    stuck: None,
};

/// Differential pressure of a ±125 Pa sensor. A door slam moves the whole range within a quarter of a second
/// and is real, so only changes above 500 Pa/s are refused. Stuck after 10 s: flow-through sensors always
/// move their last bits, an unmoving number is a frozen register.
pub const PRESSURE_125: Limits = Limits {
    low: -125.0,
    high: 125.0,
    rate_per_s: 500.0,
    stale: Span::s(2),
    stuck: Some(Span::s(10)),
};

/// Differential pressure of a ±500 Pa sensor: as [`PRESSURE_125`], with the rate of four times the range. Its
/// last bit is 1/60 Pa, still below its noise.
pub const PRESSURE_500: Limits = Limits {
    low: -500.0,
    high: 500.0,
    rate_per_s: 2000.0,
    stale: Span::s(2),
    stuck: Some(Span::s(10)),
};

/// Current of the blower, A. Slightly below zero is converter offset; above 32 A the supply's fuse has gone.
/// Inrush and switching off are steps, so no rate limit; a blower at rest draws the same zero for ever, so no
/// stuck limit.
pub const CURRENT: Limits = Limits {
    low: -0.5,
    high: 32.0,
    rate_per_s: f64::INFINITY,
    stale: Span::s(3),
    stuck: None,
};

/// Electrical power of the rack, W. Above 25 kW lies beyond a three-phase 32 A feed. Loads step in
/// milliseconds, so no rate limit; meters round and unloaded feeds stand at zero, so no stuck limit. Meters
/// are polled each second.
pub const POWER: Limits = Limits {
    low: -100.0,
    high: 25_000.0,
    rate_per_s: f64::INFINITY,
    stale: Span::s(5),
    stuck: None,
};

/// Speed of the blower, rpm. Noise on a tacho line counts as hundreds of thousands of rpm, hence the bound; a
/// rotor's inertia allows some 3000 rpm/s when braking electrically. A rotor seized at once is believed with
/// the second sample. At rest it is zero for ever, and a controlled speed counts the same pulses, so no stuck
/// limit.
pub const SPEED: Limits = Limits {
    low: 0.0,
    high: 12_000.0,
    rate_per_s: 3000.0,
    stale: Span::s(3),
    stuck: None,
};

/// Drive read back from the fan chip, %. It is a register: it steps at once and stands still for ever.
pub const DUTY: Limits = Limits {
    low: 0.0,
    high: 100.0,
    rate_per_s: f64::INFINITY,
    stale: Span::s(3),
    stuck: None,
};

/// Mains voltage of a phase, V. Zero while a phase is out; above 300 V the meter is wrong or will soon be. Sags are steps,
/// so no rate limit; meters round, so no stuck limit. As for all of a meter, five polls of a second are the age limit.
pub const MAINS_VOLTAGE: Limits = Limits {
    low: 0.0,
    high: 300.0,
    rate_per_s: f64::INFINITY,
    stale: Span::s(5),
    stuck: None,
};

/// Current of a phase, A. The largest transformer of the meter in use is for 100 A.
pub const PHASE_CURRENT: Limits = Limits {
    low: 0.0,
    high: 110.0,
    ..MAINS_VOLTAGE
};

/// Power of a phase, W. Below zero where a feed gives back.
pub const PHASE_POWER: Limits = Limits {
    low: -25_000.0,
    high: 25_000.0,
    ..MAINS_VOLTAGE
};

/// Power factor.
pub const POWER_FACTOR: Limits = Limits {
    low: -1.0,
    high: 1.0,
    ..MAINS_VOLTAGE
};

/// Mains frequency, Hz. It moves by 2 Hz/s when an island grid collapses; anything faster is the meter.
pub const MAINS_FREQUENCY: Limits = Limits {
    low: 45.0,
    high: 65.0,
    rate_per_s: 5.0,
    ..MAINS_VOLTAGE
};

/// Energy of a feed, kWh. It grows by no more than a feed's 25 kW and never falls: a step is held back until the next
/// reading stands by it, as that of an exchanged meter does.
pub const ENERGY: Limits = Limits {
    low: 0.0,
    high: 400_000_000.0,
    rate_per_s: 25.0 / 3600.0 * 3.0,
    ..MAINS_VOLTAGE
};

/// Relays of a board, one bit each, read back each second.
pub const RELAYS: Limits = Limits {
    low: 0.0,
    high: 255.0,
    ..MAINS_VOLTAGE
};

/// Seconds of the permitted rate granted on top of every step: covers noise, rounding and the jitter between
/// the moment of conversion and its time stamp.
const JITTER_S: f64 = 0.2;
/// Samples held back in a row before the reading is given up as [`Absent::Jump`].
const HELD_MOST: u8 = 3;
/// Failed transfers in a row that are ridden out.
const MISSED_MOST: u8 = 2;

/// Whether a failure says something about one transfer rather than about the sensor: another try may well
/// succeed.
pub(crate) const fn transient(reason: Absent) -> bool {
    matches!(
        reason,
        Absent::BadChecksum | Absent::NotReady | Absent::NoAnswer | Absent::ShortTransfer
    )
}

/// A number and the moment it was taken.
#[derive(Clone, Copy, Debug)]
struct Sample {
    number: f64,
    at: Moment,
}

/// Holds samples of one point against its [`Limits`].
#[derive(Clone, Debug)]
pub struct Plausible {
    limits: Limits,
    /// The last believed sample.
    good: Option<Sample>,
    /// The last sample held back, waiting for one that stands by it.
    away: Option<Sample>,
    held: u8,
    /// Steps up in a row: three are a course, a fire's too, and not noise.
    climbed: u8,
    missed: u8,
    /// First of the present run of unbelieved samples: since when there is none if it comes to absence.
    trouble: Option<Moment>,
    /// Why there is no value, and since when.
    absent: Option<(Absent, Moment)>,
    /// The raw number that stands, when it first stood, and when it was last seen.
    same: Option<(u64, Moment, Moment)>,
}

impl Plausible {
    /// Nothing sampled yet.
    pub const fn new(limits: Limits) -> Self {
        Plausible {
            limits,
            good: None,
            away: None,
            held: 0,
            climbed: 0,
            missed: 0,
            trouble: None,
            absent: None,
            same: None,
        }
    }

    /// A new sample, or the reason there is none, taken at `at`.
    pub fn sample<Q: Quantity>(&mut self, at: Moment, sample: Result<Q, Absent>) {
        match sample {
            Ok(value) => self.number(Sample {
                number: value.get(),
                at,
            }),
            Err(reason) => self.miss(at, reason),
        }
    }

    /// The reading as of `now`: the good value with its own moment, or the reason there is none and since
    /// when. [`Absent::Starting`] before the first sample, [`Absent::Stale`] when the last one is too old.
    pub fn reading<Q: Quantity>(&self, now: Moment) -> Reading<Q> {
        match (self.absent, self.good) {
            (Some((reason, since)), _) => Reading::absent(reason, since),
            (None, None) => Reading::absent(Absent::Starting, Moment::ZERO),
            (None, Some(good)) => match Q::new(good.number) {
                Some(value) => Reading::good(value, good.at).within(self.limits.stale, now),
                // Read as a quantity that cannot be this number: the caller wired two kinds together.
                None => Reading::absent(Absent::Unconfigured, good.at),
            },
        }
    }

    /// The last moment at which [`Self::reading`] says what it says at `now`, if no sample comes before.
    pub fn stands_until(&self, now: Moment) -> Moment {
        match (self.absent, self.good) {
            (None, Some(good)) if now.since(good.at) <= self.limits.stale => good.at + self.limits.stale,
            (Some(_), _) | (None, None | Some(_)) => Moment::NEVER,
        }
    }

    /// Whether the latest sample is held back as an impossible step while the value before it still stands.
    pub const fn held(&self) -> bool {
        self.held > 0 && self.held <= HELD_MOST
    }

    fn number(&mut self, sample: Sample) {
        self.missed = 0;
        let climbs = self
            .away
            .or(self.good)
            .is_some_and(|before| sample.number > before.number);
        let steps = if climbs { self.climbed.saturating_add(1) } else { 0 };
        let stuck = self.stands_still(sample);
        if sample.number < self.limits.low {
            self.refuse(Absent::UnderRange, sample.at);
        } else if sample.number > self.limits.high {
            self.refuse(Absent::OverRange, sample.at);
        } else if stuck {
            self.refuse(Absent::Stuck, sample.at);
        } else if self.reachable(self.good, sample)
            || (self.away.is_some() && self.reachable(self.away, sample))
            || steps >= HELD_MOST
        {
            self.climbed = if self.reachable(self.good, sample) {
                0
            } else {
                steps
            };
            self.good = Some(sample);
            self.settle();
            self.trouble = None;
            self.absent = None;
        } else {
            self.trouble.get_or_insert(sample.at);
            self.away = Some(sample);
            self.climbed = steps;
            self.held = self.held.saturating_add(1);
            if self.held > HELD_MOST {
                self.absence(Absent::Jump, sample.at);
            }
        }
    }

    fn miss(&mut self, at: Moment, reason: Absent) {
        self.trouble.get_or_insert(at);
        self.missed = self.missed.saturating_add(1);
        let fresh = self.absent.is_none()
            && self
                .good
                .is_some_and(|good| at.since(good.at) <= self.limits.stale);
        if !(transient(reason) && fresh && self.missed <= MISSED_MOST) {
            self.refuse(reason, at);
        }
    }

    /// Absence that settles the matter of any step held back.
    fn refuse(&mut self, reason: Absent, at: Moment) {
        self.settle();
        self.absence(reason, at);
    }

    fn settle(&mut self) {
        self.away = None;
        self.held = 0;
    }

    /// The reason may change; since when there is no value does not.
    fn absence(&mut self, reason: Absent, at: Moment) {
        let since = match (self.absent, self.good) {
            (Some((_, since)), _) => since,
            // It had gone stale before: that is when it was lost.
            (None, Some(good)) if at.since(good.at) > self.limits.stale => good.at,
            (None, _) => self.trouble.unwrap_or(at),
        };
        self.absent = Some((reason, since));
    }

    /// Whether the sensor can have moved from `from` to `to` in the time between. Anything can be the first.
    fn reachable(&self, from: Option<Sample>, to: Sample) -> bool {
        from.is_none_or(|from| {
            let possible = self.limits.rate_per_s * (to.at.since(from.at).as_s() + JITTER_S);
            (to.number - from.number).abs() <= possible
        })
    }

    /// Follows how long the raw number has been the same; true when that is too long.
    fn stands_still(&mut self, sample: Sample) -> bool {
        let bits = sample.number.to_bits();
        let since = match self.same {
            // Two equal numbers far apart prove nothing about the time between.
            Some((old, since, seen)) if old == bits && sample.at.since(seen) <= self.limits.stale => since,
            Some(_) | None => sample.at,
        };
        self.same = Some((bits, since, sample.at));
        self.limits
            .stuck
            .is_some_and(|stuck| sample.at.since(since) >= stuck)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::quantity::{Celsius, Pascal, Watt};
    use proptest::prelude::*;

    fn at(ms: u64) -> Moment {
        Moment::ZERO + Span::ms(ms)
    }

    fn air(samples: &[(u64, Result<f64, Absent>)]) -> Plausible {
        let mut probe = Plausible::new(AIR);
        for (ms, sample) in samples {
            probe.sample(at(*ms), sample.map(Celsius::of));
        }
        probe
    }

    fn value(probe: &Plausible, ms: u64) -> Result<f64, Absent> {
        probe.reading::<Celsius>(at(ms)).value.map(Celsius::get)
    }

    #[test]
    fn starts_then_reads_then_goes_stale() {
        assert_eq!(value(&air(&[]), 50), Err(Absent::Starting));
        let probe = air(&[(100, Ok(22.0))]);
        assert_eq!(
            probe.reading::<Celsius>(at(3100)),
            Reading::good(Celsius::of(22.0), at(100))
        );
        assert_eq!(
            probe.reading::<Celsius>(at(3101)),
            Reading::absent(Absent::Stale, at(100))
        );
    }

    #[test]
    fn one_impossible_step_is_held_and_forgotten() {
        let mut probe = air(&[(0, Ok(22.0)), (200, Ok(62.0))]);
        assert!(probe.held());
        assert_eq!(
            probe.reading::<Celsius>(at(200)),
            Reading::good(Celsius::of(22.0), at(0))
        );
        probe.sample(at(400), Ok(Celsius::of(22.1)));
        assert!(!probe.held());
        assert_eq!(value(&probe, 400), Ok(22.1));
    }

    #[test]
    fn a_step_confirmed_by_the_next_sample_is_believed() {
        let probe = air(&[(0, Ok(22.0)), (200, Ok(62.0)), (400, Ok(62.5))]);
        assert!(!probe.held());
        assert_eq!(value(&probe, 400), Ok(62.5));
    }

    #[test]
    fn samples_that_agree_with_nothing_are_a_jump_then_recover() {
        let wild = [
            (0, Ok(22.0)),
            (100, Ok(60.0)),
            (200, Ok(90.0)),
            (300, Ok(50.0)),
            (400, Ok(110.0)),
        ];
        assert!(air(&wild[..4]).held());
        assert_eq!(value(&air(&wild[..4]), 300), Ok(22.0));
        let mut probe = air(&wild);
        assert!(!probe.held());
        assert_eq!(
            probe.reading::<Celsius>(at(400)),
            Reading::absent(Absent::Jump, at(100))
        );
        probe.sample(at(500), Ok(Celsius::of(110.2)));
        assert_eq!(value(&probe, 500), Ok(110.2));
    }

    #[test]
    fn range_is_never_held_back() {
        assert_eq!(
            value(&air(&[(0, Ok(22.0)), (100, Ok(125.1))]), 100),
            Err(Absent::OverRange)
        );
        assert_eq!(
            value(&air(&[(0, Ok(22.0)), (100, Ok(-127.0))]), 100),
            Err(Absent::UnderRange)
        );
        assert_eq!(value(&air(&[(0, Ok(125.0))]), 0), Ok(125.0));
        assert_eq!(value(&air(&[(0, Ok(-40.0))]), 0), Ok(-40.0));
    }

    #[test]
    fn two_failed_transfers_are_ridden_out_the_third_is_absence() {
        let err = Err(Absent::BadChecksum);
        let mut probe = air(&[(0, Ok(22.0)), (100, err), (200, err)]);
        assert_eq!(
            probe.reading::<Celsius>(at(250)),
            Reading::good(Celsius::of(22.0), at(0))
        );
        probe.sample::<Celsius>(at(300), Err(Absent::NoAnswer));
        assert_eq!(
            probe.reading::<Celsius>(at(300)),
            Reading::absent(Absent::NoAnswer, at(100))
        );
        probe.sample::<Celsius>(at(400), err.map(Celsius::of));
        assert_eq!(
            probe.reading::<Celsius>(at(900)),
            Reading::absent(Absent::BadChecksum, at(100))
        );
        probe.sample(at(500), Ok(Celsius::of(22.0)));
        assert_eq!(value(&probe, 500), Ok(22.0));
    }

    #[test]
    fn other_reasons_are_absence_at_once() {
        let probe = air(&[(0, Ok(22.0)), (100, Err(Absent::BusStuck))]);
        assert_eq!(
            probe.reading::<Celsius>(at(100)),
            Reading::absent(Absent::BusStuck, at(100))
        );
        assert_eq!(
            value(&air(&[(0, Err(Absent::NotReady))]), 0),
            Err(Absent::NotReady)
        );
    }

    #[test]
    fn a_failure_on_a_stale_value_is_not_ridden_out_and_dates_from_the_value() {
        let probe = air(&[(0, Ok(22.0)), (4000, Err(Absent::NoAnswer))]);
        assert_eq!(
            probe.reading::<Celsius>(at(4000)),
            Reading::absent(Absent::NoAnswer, at(0))
        );
    }

    #[test]
    fn a_value_from_before_an_absence_does_not_come_back_while_a_step_is_held() {
        let probe = air(&[(0, Ok(22.0)), (100, Err(Absent::BusTimeout)), (200, Ok(80.0))]);
        assert_eq!(value(&probe, 200), Err(Absent::BusTimeout));
    }

    #[test]
    fn identical_numbers_are_stuck_until_they_move() {
        let mut sensor = Plausible::new(PRESSURE_125);
        for tick in 0..=99 {
            sensor.sample(at(tick * 100), Ok(Pascal::of(12.5)));
        }
        assert_eq!(sensor.reading::<Pascal>(at(9900)).number(), Some(12.5));
        sensor.sample(at(10_000), Ok(Pascal::of(12.5)));
        assert_eq!(sensor.reading::<Pascal>(at(10_000)).value, Err(Absent::Stuck));
        sensor.sample(at(10_100), Ok(Pascal::of(12.504)));
        assert_eq!(sensor.reading::<Pascal>(at(10_100)).number(), Some(12.504));
    }

    #[test]
    fn equal_numbers_across_a_gap_are_not_stuck() {
        let mut sensor = Plausible::new(PRESSURE_125);
        sensor.sample(at(0), Ok(Pascal::of(12.5)));
        sensor.sample(at(60_000), Ok(Pascal::of(12.5)));
        assert_eq!(sensor.reading::<Pascal>(at(60_000)).number(), Some(12.5));
    }

    #[test]
    fn without_a_rate_limit_any_step_passes() {
        let mut meter = Plausible::new(POWER);
        meter.sample(at(0), Ok(Watt::of(0.0)));
        meter.sample(at(0), Ok(Watt::of(20_000.0)));
        assert_eq!(meter.reading::<Watt>(at(0)).number(), Some(20_000.0));
    }

    proptest! {
        #[test]
        fn whatever_comes_no_value_outside_the_limits_is_ever_good(
            steps in prop::collection::vec((0u64..4_000_000, -1e3f64..1e3, 0usize..44), 0..200)
        ) {
            let mut probe = Plausible::new(AIR);
            let mut now = Moment::ZERO;
            for (wait, number, reason) in steps {
                now += Span::us(wait);
                let sample = Absent::ALL.get(reason).map_or(Ok(Celsius::of(number)), |reason| Err(*reason));
                probe.sample(now, sample);
                let reading = probe.reading::<Celsius>(now);
                if let Some(number) = reading.number() {
                    prop_assert!((AIR.low..=AIR.high).contains(&number));
                    prop_assert!(reading.age(now) <= AIR.stale);
                }
                prop_assert!(reading.at <= now);
            }
        }

        #[test]
        fn a_believable_course_is_always_good(steps in prop::collection::vec(-0.5f64..0.5, 1..300)) {
            let mut probe = Plausible::new(AIR);
            let mut number = 30.0f64;
            for (tick, step) in (0u64..).zip(steps) {
                number = (number + step).clamp(AIR.low, AIR.high);
                probe.sample(at(tick * 100), Ok(Celsius::of(number)));
                prop_assert_eq!(value(&probe, tick * 100), Ok(number));
            }
        }
    }
}
