//! What is to come: times to the limits, the exhaust's forecast, and cooling to spare.
//!
//! ```text
//!   exhaust (voted), room, power --+--> racks (sensors/src/estimate/limit) --at full speed, or what a lost blower leaves--> times
//!   tachometer, drive --> lost? ---+                                        --as it flows now--> forecast
//!   flow by tachometer and draft --> share of the clean rack's -------------> full speed's flow --> headroom
//! ```
//! It shows: safety goes by its own extrapolation of the vote, except where hosts are measured to obey a power cap, and no
//! wish depends on it. It looks twice a second and looks ahead every half minute or when something has moved, every two seconds while the blower is lost.

use points::interlock::{Cause, CauseSet};
use points::point::{Tag, blowers, contact, derived, flow, power, temperature};
use points::setting::{self, Settings};
use points::{
    Absent, BlowerState, Celsius, Flag, Moment, Percent, Quantity, Reading, Second, Snapshot, Span, Watt,
};
use sensors::estimate::bodies::Plan;
use sensors::estimate::commission::Fit;
use sensors::estimate::heat::Flow;
use sensors::estimate::limit::{self, Ahead, Ceiling, HORIZON_S, KNOTS_S, LIMITS, STILL_M3_S, Seen, Times};

use crate::control::pair::jet_speed;
use crate::control::{FlowMap, flow_share};
use crate::judge::SPEED_FULL_RPM;

/// Time between two looks.
const LOOK: Span = Span::ms(500);
/// Time between two answers where nothing has moved, and while the blower is lost.
const TELLS: Span = Span::s(30);
/// See [`TELLS`].
const TELLS_LOST: Span = Span::s(2);
/// It has moved when exhaust or room are so far from where they were told, K, power, W, and flow, m³/s.
const MOVES_K: f64 = 0.5;
/// See [`MOVES_K`].
const MOVES_W: f64 = 300.0;
/// See [`MOVES_K`].
const MOVES_M3_S: f64 = 0.02;
/// Below this speed the blower moves nothing that any curve tells, rpm: the slowest drive holds 560.
const STANDING_RPM: f64 = 500.0;
/// A blower that is this much slower than it is driven, and gains less than that from look to look, is lost; percent of
/// full speed. A drive that jumps is followed by 4 % in half a second.
const SHORT: f64 = 10.0;
/// See [`SHORT`].
const GAINS: f64 = 1.0;
/// The slowest drive, percent, and how flow falls below it: the filters' laminar part takes a jet's pressure, and that goes
/// with the square of speed.
const SLOWEST: f64 = 20.0;
/// Full speed, percent.
const FULL: f64 = 100.0;
/// The share of the clean flow stays within this, whatever is told.
const SHARE: core::ops::RangeInclusive<f64> = 0.3..=1.3;
/// Growths of the draft between which that of a share lies, and halvings of them: to a ten-thousandth.
const GROWTHS: (f64, f64) = (0.2, 2.3);
/// See [`GROWTHS`].
const HALVINGS: u32 = 16;
/// Hottest chips that headroom allows, °C (plant study, section 2.2).
const CHIPS_C: f64 = 80.0;
/// What heats the rack beside its hosts, and what is no rack of the plan.
const BESIDE_HOSTS: CauseSet = CauseSet::of(&[
    Cause::C01Fired,
    Cause::C02FireConfirmed,
    Cause::C03ManualFire,
    Cause::C04PreAlarm,
    Cause::C05CutOut,
]);
/// Causes that say by themselves that the blower does not cool.
const NOT_COOLED: CauseSet = CauseSet::of(&[Cause::C10FanFailed, Cause::C28CoolingIsolated]);

/// Points of a limit: earliest, expected, latest.
type Told = [Tag<Second>; 3];
const TIMES: [Told; LIMITS] = [
    [derived::TO_WARN_LOW, derived::TO_WARN, derived::TO_WARN_HIGH],
    [
        derived::TO_SHUTDOWN_LOW,
        derived::TO_SHUTDOWN,
        derived::TO_SHUTDOWN_HIGH,
    ],
    [
        derived::TO_DAMAGE_LOW,
        derived::TO_DAMAGE,
        derived::TO_DAMAGE_HIGH,
    ],
];
const _: () = assert!(temperature::AHEAD.len() == KNOTS_S.len());

/// Memory of what is to come.
#[derive(Clone, Debug)]
pub(crate) struct Foresight {
    estimate: limit::Foresight,
    map: FlowMap,
    blowers: usize,
    /// The jet's speed that blowers at full speed make now, percent.
    full: f64,
    looked: Moment,
    told: Option<Moment>,
    /// Exhaust, room, power and flow then.
    told_of: [f64; 4],
    /// Speed at the last look, percent of full.
    speed: f64,
    lost: bool,
    /// Extracted flow over the clean rack's, as told last, and that of the plan's clean rack then, m³/s.
    share: f64,
    /// See `share`.
    planned_m3_s: f64,
    speaks: bool,
}

impl Foresight {
    /// The rack has these constants from now on; what was followed of it begins anew.
    pub(crate) fn commissioned(&mut self, fit: &Fit) {
        *self = Foresight {
            estimate: limit::Foresight::new(fit.plan()),
            map: FlowMap::fitted(fit).of_blowers(fit, self.blowers),
            ..Self::new(self.blowers)
        };
    }

    /// Nothing seen yet.
    pub(crate) fn new(blowers: usize) -> Self {
        Foresight {
            estimate: limit::Foresight::new(Plan::STUDY),
            map: FlowMap::default().of_blowers(&Fit::PLAN, blowers),
            blowers,
            full: FULL,
            looked: Moment::ZERO,
            told: None,
            told_of: [0.0; 4],
            speed: 0.0,
            lost: false,
            share: 1.0,
            planned_m3_s: FlowMap::planned(FULL),
            speaks: false,
        }
    }

    /// Whether its times stand in the picture.
    pub(crate) const fn speaks(&self) -> bool {
        self.speaks
    }

    /// Looks twice a second, and writes what it says. `driven` is the drive in force.
    pub(crate) fn look(&mut self, now: Moment, settings: &Settings, driven: Percent, picture: &mut Snapshot) {
        if now.since(self.looked) < LOOK {
            return;
        }
        self.looked = now;
        let was_lost = self.lost;
        let flow = self.flow(driven, picture);
        self.estimate.look(
            now,
            &Seen {
                exhaust: picture.get(temperature::EXHAUST_VOTED),
                room: picture.get(temperature::ROOM),
                power: picture.get(power::IT_POWER),
                flow,
                lost: self.lost,
            },
        );
        if let Some((why, since)) = self.estimate.why() {
            self.silent(why, since, picture);
            return;
        }
        let every = if self.lost { TELLS_LOST } else { TELLS };
        let due = self.told.is_none_or(|told| now.since(told) >= every);
        let of = [
            picture.get(temperature::EXHAUST_VOTED).number(),
            picture.get(temperature::ROOM).number(),
            picture.get(power::IT_POWER).number(),
            Some(flow.m3_s),
        ]
        .map(|number| number.unwrap_or(0.0));
        if due || was_lost != self.lost || (!self.lost && moved(&self.told_of, &of)) {
            (self.told, self.told_of) = (Some(now), of);
            self.tell(now, flow.m3_s, settings, picture);
        }
    }

    /// The extracted flow, and why it is not known. Notes whether the blower is lost.
    fn flow(&mut self, driven: Percent, picture: &Snapshot) -> Flow {
        let speed = jet_speed(picture);
        self.full = self.full_speed(picture);
        let standing =
            speed.value == Err(Absent::UnderRange) || speed.number().is_some_and(|rpm| rpm < STANDING_RPM);
        let percent = 100.0 * speed.number().unwrap_or(0.0) / SPEED_FULL_RPM;
        let gains = percent - self.speed > GAINS;
        self.speed = percent;
        let short = speed.value.is_ok() && percent < driven.get() - SHORT && !gains;
        self.lost = standing || short || picture.causes.any(NOT_COOLED);
        let door = match picture.get(contact::DOOR_OPEN).value {
            Ok(Flag::Clear) | Err(Absent::NotFitted) => None,
            Ok(Flag::Set) => Some(Absent::Suspended),
            Err(why) => Some(why),
        };
        let beside = picture.causes.with(picture.latched).any(BESIDE_HOSTS);
        let beside = beside.then_some(Absent::Suspended);
        if self.lost {
            let m3_s = self.coasting(percent);
            return Flow {
                m3_s,
                doubt: beside.or(door),
            };
        }
        let clean_m3_s = self.map.flow(percent);
        let told = picture.get(flow::EXTRACTED);
        if let Some(m3_s) = told.number() {
            self.planned_m3_s = self.map.planned_here(percent).max(STILL_M3_S);
            self.share = (m3_s / clean_m3_s.max(STILL_M3_S)).clamp(*SHARE.start(), *SHARE.end());
        }
        Flow {
            m3_s: self.share * clean_m3_s,
            doubt: beside.or(told.value.err()),
        }
    }

    /// What a blower that is lost draws at a speed, percent.
    fn coasting(&self, percent: f64) -> f64 {
        let slow = (percent / SLOWEST).min(1.0);
        (self.share * self.map.flow(percent.max(SLOWEST)) * slow * slow).max(STILL_M3_S)
    }

    /// What full speed would draw. A loaded filter's drop is `R (a Q + b Q²)`: at a higher speed the same R leaves another
    /// share of the clean flow than at the speed at which it was told.
    fn full_m3_s(&self) -> f64 {
        let (at_m3_s, full_m3_s) = (self.planned_m3_s, self.map.planned_here(self.full));
        let drop_pa = |planned_m3_s: f64| self.map.drop_pa(planned_m3_s);
        let growth = falling(|growth| flow_share(growth) - self.share);
        let ratio = growth * drop_pa(at_m3_s) / drop_pa(self.share * at_m3_s);
        let full =
            falling(|growth| ratio * drop_pa(flow_share(growth) * full_m3_s) - growth * drop_pa(full_m3_s));
        flow_share(full) * self.map.flow(self.full)
    }

    /// The jet's speed with every blower that is there at full speed.
    fn full_speed(&self, picture: &Snapshot) -> f64 {
        let lacks = |place| {
            matches!(
                picture.get(blowers::STATE.at(place)).ok(),
                Some(BlowerState::Failed | BlowerState::Isolated)
            )
        };
        if self.map.is_of_two() && !lacks(0) && !lacks(1) {
            self.map.top()
        } else {
            FULL
        }
    }

    /// Whether there is little cooling to spare, for hosts of a rated power, W; not while nobody knows.
    pub(crate) fn spare_is_low(settings: &Settings, rated_w: f64, picture: &Snapshot) -> bool {
        let least_w = settings.get(setting::HEADROOM_LOW) / 100.0 * rated_w;
        let spare = picture.get(derived::HEADROOM).number();
        spare.is_some_and(|spare_w| spare_w < least_w)
    }

    /// Writes times, forecast and headroom.
    fn tell(&mut self, now: Moment, flow_m3_s: f64, settings: &Settings, picture: &mut Snapshot) {
        let limits_c = [setting::WARN, setting::TRIP, setting::HARD].map(|limit| settings.get(limit));
        let full_m3_s = self.full_m3_s();
        let never = [f64::INFINITY; LIMITS];
        let last_s = KNOTS_S.into_iter().fold(0.0, f64::max);
        let band = if self.lost {
            // A wheel that still coasts is soon where its drive leaves it: the limits lie behind that.
            let left_m3_s = if self.speed < SLOWEST {
                STILL_M3_S
            } else {
                flow_m3_s
            };
            self.estimate.ahead(left_m3_s, limits_c, HORIZON_S)
        } else {
            self.estimate.ahead(flow_m3_s, never, last_s)
        };
        let times = if self.lost {
            band
        } else if self.estimate.rests_below(full_m3_s, limits_c[0]) {
            band.map(|band| Ahead {
                times: [Times::default(); LIMITS],
                ..band
            })
        } else {
            self.estimate.ahead(full_m3_s, limits_c, HORIZON_S)
        };
        let (Some(band), Some(times)) = (band, times) else {
            return;
        };
        self.speaks = true;
        for ([low, expected, high], times) in TIMES.into_iter().zip(times.times) {
            put_time(picture, now, low, times.low_s);
            put_time(picture, now, expected, times.expected_s);
            put_time(picture, now, high, times.high_s);
        }
        for (place, band) in band.band.into_iter().enumerate() {
            put(picture, now, temperature::FORECAST.at(place), band.expected_c);
            put(picture, now, temperature::FORECAST_LOW.at(place), band.low_c);
            put(picture, now, temperature::FORECAST_HIGH.at(place), band.high_c);
        }
        let ceiling = Ceiling {
            exhaust_c: limits_c[0],
            chips_c: CHIPS_C,
        };
        let spare = self.estimate.headroom_w(full_m3_s, &ceiling);
        let spare = spare.filter(|_| !self.lost).and_then(Watt::new);
        let none = Reading::absent(Absent::Suspended, now);
        picture.put(
            derived::HEADROOM,
            spare.map_or(none, |spare| Reading::good(spare, now)),
        );
    }

    /// Writes why nothing is said.
    fn silent(&mut self, why: Absent, since: Moment, picture: &mut Snapshot) {
        // The earliest shutdown is then safety's own extrapolation; whoever ticks writes it.
        (self.speaks, self.told) = (false, None);
        for tag in TIMES.into_iter().flatten() {
            picture.put(tag, Reading::absent(why, since));
        }
        for family in [
            temperature::FORECAST,
            temperature::FORECAST_LOW,
            temperature::FORECAST_HIGH,
        ] {
            for tag in family.iter() {
                picture.put(tag, Reading::<Celsius>::absent(why, since));
            }
        }
        picture.put(derived::HEADROOM, Reading::absent(why, since));
    }
}

/// Whether what was told of has moved so far that it is to be told anew.
fn moved(before: &[f64; 4], now: &[f64; 4]) -> bool {
    let most = [MOVES_K, MOVES_K, MOVES_W, MOVES_M3_S];
    (before.iter().zip(now).zip(most)).any(|((before, now), most)| (now - before).abs() > most)
}

/// The growth at which something that falls with it is nothing.
fn falling(of: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = GROWTHS;
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if of(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

fn put<Q: Quantity>(picture: &mut Snapshot, now: Moment, tag: Tag<Q>, number: f64) {
    let beyond = Reading::absent(Absent::OverRange, now);
    picture.put(
        tag,
        Q::new(number).map_or(beyond, |value| Reading::good(value, now)),
    );
}

/// A time, or since when it is not in sight.
fn put_time(picture: &mut Snapshot, now: Moment, tag: Tag<Second>, time_s: Option<f64>) {
    match time_s {
        Some(time_s) => put(picture, now, tag, time_s),
        None => {
            let before = picture.get(tag);
            let stands = before.value == Err(Absent::NotInSight);
            let since = if stands { before.at } else { now };
            picture.put(tag, Reading::absent(Absent::NotInSight, since));
        }
    }
}

#[cfg(test)]
#[path = "foresight_tests.rs"]
mod tests;
