//! Unexplained heat: what appears in the rack's air beyond its hosts' power, its walls and its metal.
//!
//! ```text
//!   exhaust --> Kalman [air, probe, q] <-- source - loss: hosts (lagging), chassis, wall and coat, k rho c F (T - room)
//!                          |
//!               learning k, settling, or whole --> q, and whether it is more than max(800 W, 25 %) for 5 s
//! ```
//! *Whole* means that exhaust, room, power and flow can all be believed. While one cannot, nothing is said and the reason
//! is kept; the heavy parts go on under the measured air. After a gap of n seconds 3 n seconds pass in silence, 20 at least
//! and 180 at most (three time constants of chips). The estimate is the plant study's (section 3, "fire vs overheat").
//!
//! *Learning*: racks, their sensors and the flow's curve differ from the plan, all told by the factor k on the heat that the
//! air carries. The first ten whole minutes settle it. From then on it follows within ten minutes what is small: filters
//! load over weeks. It stands still while more than half the limit is unexplained, either way, so heat that grows by more
//! than some 0.7 W/s is never learned away, and what a slower one can hide is half the limit at most. k keeps its bounds:
//! a rack that is not within them is never judged. What is burning while the first ten minutes are learned is not told from
//! the rack.
//!
//! More heat missing than the limit, for a minute, is no fire but a balance that is wrong: it is learned anew, in silence.

use points::{Absent, Celsius, Flag, Moment, Quantity, Reading, Span, Watt};

use super::bodies::{Around, Bodies, Plan};
use super::kalman::{Balance, Kalman};

/// Unexplained heat is a sign of fire above this, W, and above this share of what the hosts give off.
pub const LIMIT_W: f64 = 800.0;
/// See [`LIMIT_W`].
pub const LIMIT_SHARE: f64 = 0.25;
/// For so long.
pub const STANDS_TIME: Span = Span::s(5);
/// It goes when no more than half the limit has been unexplained for so long.
const GOES_TIME: Span = Span::s(10);
const GOES_SHARE: f64 = 0.5;
/// Silence after a gap, in gaps, and its bounds.
const SETTLE_GAPS: u64 = 3;
const SETTLE_LEAST: Span = Span::s(20);
const SETTLE_MOST: Span = Span::s(180);
/// Whole time that the first learning takes, s, its time constant and that of later learning.
const LEARN_S: f64 = 600.0;
const LEARN_FIRST_S: f64 = 60.0;
const LEARN_LATER_S: f64 = 600.0;
/// Share of the limit beyond which nothing is learned.
const LEARN_SHARE: f64 = 0.5;
/// Factor on the carried heat: flow, density and probes of a rack within 20 % of its plan, and room for both.
const GAIN: core::ops::RangeInclusive<f64> = 0.6..=1.6;
/// The air must be this much warmer than the room for anything to be learned, K.
const LEARN_RISE_K: f64 = 4.0;
/// More missing than the limit for so long is a balance that is wrong.
const MISSING_TIME: Span = Span::s(60);
/// A step longer than this is a gap, and the parts stand still beyond it.
const STEP_MOST: Span = Span::s(5);

/// The extracted flow, and why it may not be believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// The best guess, m³/s; also while it is doubted.
    pub m3_s: f64,
    /// Why it is only a guess.
    pub doubt: Option<Absent>,
}

/// What a look sees.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Exhaust air.
    pub exhaust: Reading<Celsius>,
    /// Room.
    pub room: Reading<Celsius>,
    /// Power of all hosts.
    pub power: Reading<Watt>,
    /// Extracted flow.
    pub flow: Flow,
    /// The air's way has changed for good: what was learned of it holds no more.
    pub new_way: bool,
}

/// The estimator's memory.
#[derive(Clone, Copy, Debug)]
pub struct HeatBalance {
    plan: Plan,
    looked: Option<Moment>,
    around: Around,
    bodies: Option<Bodies>,
    filter: Kalman,
    /// Moment of the exhaust's reading that was taken last.
    taken: Moment,
    gain: f64,
    /// What it was when it was learned first.
    first_gain: Option<f64>,
    /// Whole time spent learning, s.
    learning_s: f64,
    learned: bool,
    /// Since when all inputs are whole, and how long they must be before anything is said.
    whole: Option<Moment>,
    settle: Span,
    /// Since when they are not, and why.
    broken: (Moment, Absent),
    over: Option<Moment>,
    under: Option<Moment>,
    missing: Option<Moment>,
    stands: bool,
    limit_w: f64,
    said: Reading<Watt>,
}

impl HeatBalance {
    /// An estimator that has seen nothing yet.
    pub fn new(plan: Plan) -> Self {
        let starting = Absent::Starting;
        HeatBalance {
            plan,
            looked: None,
            around: Around {
                air_c: 0.0,
                room_c: 0.0,
                power_w: 0.0,
                flow_m3_s: 0.0,
            },
            bodies: None,
            filter: Kalman::at(0.0),
            taken: Moment::ZERO,
            gain: 1.0,
            first_gain: None,
            learning_s: 0.0,
            learned: false,
            whole: None,
            settle: SETTLE_MOST,
            broken: (Moment::ZERO, starting),
            over: None,
            under: None,
            missing: None,
            stands: false,
            limit_w: LIMIT_W,
            said: Reading::absent(starting, Moment::ZERO),
        }
    }

    /// Unexplained heat, or why nothing can be said of it.
    pub const fn reading(&self) -> Reading<Watt> {
        self.said
    }

    /// Whether it is a sign of fire.
    pub fn stands(&self) -> Reading<Flag> {
        self.said.map(|_| Flag::from_bool(self.stands))
    }

    /// Factor on the heat that the air carries, as learned.
    pub const fn gain(&self) -> f64 {
        self.gain
    }

    /// What would be unexplained had the factor stayed as it was learned first: what drifts is in it, also after it has
    /// been learned away. Absent when and why [`HeatBalance::reading`] is.
    pub fn since_learned(&self) -> Reading<Watt> {
        let since = self.gain - self.first_gain.unwrap_or(self.gain);
        let rise_k = self.around.air_c - self.around.room_c;
        let carried_w = since * self.plan.air_j_m3_k * self.around.flow_m3_s * rise_k;
        let beyond = Reading::absent(Absent::OverRange, self.said.at);
        match self.said.value {
            Ok(heat) => {
                Watt::new(heat.get() + carried_w).map_or(beyond, |heat| Reading::good(heat, self.said.at))
            }
            Err(_) => self.said,
        }
    }

    /// Takes a look. Call it a few times a second.
    pub fn look(&mut self, now: Moment, seen: &Seen) {
        let dt = self.looked.map_or(Span::ZERO, |looked| now.since(looked));
        self.looked = Some(now);
        let lost = [
            seen.exhaust.value.err(),
            seen.room.value.err(),
            seen.power.value.err(),
            seen.flow.doubt,
        ];
        let why = lost.into_iter().flatten().next();
        let gap = (dt > STEP_MOST).then_some(Absent::Suspended);
        self.note(now, why.or(gap));
        self.around.room_c = seen.room.number().unwrap_or(self.around.room_c);
        self.around.power_w = seen.power.number().unwrap_or(self.around.power_w);
        self.around.flow_m3_s = seen.flow.m3_s.max(0.0);
        self.follow(dt.min(STEP_MOST), seen);
        if seen.new_way {
            (self.learned, self.learning_s) = (false, 0.0);
        }
        if self.whole.is_some() {
            self.judge(now, dt);
        }
        self.say(now);
    }

    /// Keeps since when everything is whole or something is not.
    fn note(&mut self, now: Moment, why: Option<Absent>) {
        match (why, self.whole) {
            (Some(why), Some(_)) => {
                self.whole = None;
                self.broken = (now, why);
                (self.over, self.under, self.missing) = (None, None, None);
                self.stands = false;
            }
            (Some(why), None) => self.broken.1 = why,
            (None, None) => {
                let gap = now.since(self.broken.0);
                let silence = Span::us(gap.as_us().saturating_mul(SETTLE_GAPS));
                self.settle = silence.max(SETTLE_LEAST).min(SETTLE_MOST);
                self.whole = Some(now);
                self.filter = Kalman::at(self.around.air_c);
                self.taken = Moment::ZERO;
            }
            (None, Some(_)) => {}
        }
    }

    /// Lets time pass for air and parts.
    fn follow(&mut self, dt: Span, seen: &Seen) {
        let Some(exhaust_c) = seen.exhaust.number() else {
            return;
        };
        let dt_s = dt.as_s();
        let started = self.bodies.is_some();
        if self.whole.is_none() || !started || self.taken == Moment::ZERO {
            self.around.air_c = exhaust_c;
            self.filter = Kalman::at(exhaust_c);
            self.taken = seen.exhaust.at;
        } else if dt_s > 0.0 {
            self.balance(dt_s, exhaust_c, seen.exhaust.at);
        }
        let (plan, around) = (&self.plan, &self.around);
        match &mut self.bodies {
            Some(bodies) => bodies.step(plan, dt_s, around),
            None if self.whole.is_some() => self.bodies = Some(Bodies::settled(plan, around)),
            None => {}
        }
    }

    /// One step of the air's own balance.
    fn balance(&mut self, dt_s: f64, exhaust_c: f64, at: Moment) {
        let Some(bodies) = &self.bodies else {
            return;
        };
        let (source_w, loss_w_k) = bodies.gives(&self.plan, &self.around);
        let carried_w_k = self.carried_w_k();
        let balance = Balance {
            air_j_k: self.plan.air_j_k,
            source_w: source_w + carried_w_k * self.around.room_c,
            loss_w_k: loss_w_k + carried_w_k,
            lag_s: self.plan.probe_lag_s,
        };
        self.filter.predict(dt_s, &balance);
        if at != self.taken {
            self.taken = at;
            self.filter.correct(exhaust_c);
        }
        self.around.air_c = self.filter.air_c();
    }

    fn carried_w_k(&self) -> f64 {
        self.gain * self.plan.air_j_m3_k * self.around.flow_m3_s
    }

    /// Learns, and judges what is left unexplained.
    fn judge(&mut self, now: Moment, dt: Span) {
        let Some(bodies) = &self.bodies else {
            return;
        };
        let hosts_w = bodies.hosts_w(&self.plan, &self.around).max(self.around.power_w);
        self.limit_w = LIMIT_W.max(LIMIT_SHARE * hosts_w);
        let heat_w = self.filter.heat_w();
        self.learn(dt, heat_w);
        if !self.settled(now) {
            return;
        }
        let stood = |since: &mut Option<Moment>, holds: bool, time: Span| {
            *since = if holds { Some(since.unwrap_or(now)) } else { None };
            since.is_some_and(|since| now.since(since) >= time)
        };
        if stood(&mut self.missing, heat_w < -self.limit_w, MISSING_TIME) {
            (self.learned, self.learning_s, self.missing) = (false, 0.0, None);
        }
        let over = stood(&mut self.over, heat_w > self.limit_w, STANDS_TIME);
        let gone = stood(&mut self.under, heat_w < GOES_SHARE * self.limit_w, GOES_TIME);
        self.stands = self.learned && (over || (self.stands && !gone));
    }

    fn learn(&mut self, dt: Span, heat_w: f64) {
        let rise_k = self.around.air_c - self.around.room_c;
        let small = heat_w.abs() < LEARN_SHARE * self.limit_w;
        if rise_k < LEARN_RISE_K || (self.learned && !small) {
            return;
        }
        let over_s = if self.learned {
            LEARN_LATER_S
        } else {
            LEARN_FIRST_S
        };
        let carried_w = self.plan.air_j_m3_k * self.around.flow_m3_s * rise_k;
        let change = heat_w / carried_w.max(LIMIT_W) * dt.as_s() / (dt.as_s() + over_s);
        self.gain = (self.gain - change).clamp(*GAIN.start(), *GAIN.end());
        if !self.learned {
            self.learning_s += dt.as_s();
            self.learned = self.learning_s >= LEARN_S && small;
            if self.learned {
                let _first = self.first_gain.get_or_insert(self.gain);
            }
        }
    }

    fn settled(&self, now: Moment) -> bool {
        self.whole.is_some_and(|whole| now.since(whole) >= self.settle)
    }

    fn say(&mut self, now: Moment) {
        let why = match self.whole {
            None => Some(self.broken),
            Some(_) if self.settled(now) && self.learned => None,
            Some(whole) if self.learning_s >= LEARN_S && !self.learned => Some((whole, Absent::Disagrees)),
            Some(whole) => Some((whole, Absent::Suspended)),
        };
        self.said = match (why, Watt::new(self.filter.heat_w())) {
            (None, Some(heat)) => Reading::good(heat, now),
            (None, None) => Reading::absent(Absent::OverRange, now),
            (Some((since, why)), _) => Reading::absent(why, since),
        };
    }
}

#[cfg(test)]
#[path = "heat_tests.rs"]
mod tests;
