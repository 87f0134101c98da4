//! Time to a limit, and what the exhaust will show on its way there, each with its bounds.
//!
//! ```text
//!   cooled: racks follow the measured air --> what chips, chassis and wall of each hold by its own conductances
//!   lost:   each runs by itself from there; the exhaust's first seconds tell capacities and still conductances
//!                                  `--> run ahead at a flow --> mean and spread of the exhaust --> times, band
//! ```
//! *Cooled* is a blower that gives what it is driven for, *lost* one that does not. *Low* is the earliest time by the
//! warmest of two deviations, *high* the latest by the coldest; *expected* is the mean's. A limit that a bound does not
//! reach within the horizon is not in sight of it.
//!
//! Nothing is said before it has looked for three minutes, the chips' time constant without a blower: what they hold is
//! not known before. After a gap it begins anew.

mod ahead;
mod headroom;
mod racks;

pub use ahead::{Ahead, HORIZON_S, KNOTS_S, LIMITS};
pub use headroom::Ceiling;

use points::{Absent, Celsius, Moment, Reading, Span, Watt};

use super::bodies::Plan;
use super::heat::Flow;
use racks::{Acts, Racks};

/// Flow by natural draught where no blower turns, m³/s.
pub use racks::STILL_M3_S;

/// Time looked before anything is said.
const SETTLES: Span = Span::s(180);
/// A step longer than this, or an input missing for so long, is a gap.
const GAP: Span = Span::s(10);
/// A blower that is lost again this soon is the same loss: what was learned of it holds.
const SAME: Span = Span::s(60);

/// When something is expected, and within which bounds; none: not within the horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Times {
    /// Earliest, s.
    pub low_s: Option<f64>,
    /// Expected, s.
    pub expected_s: Option<f64>,
    /// Latest, s.
    pub high_s: Option<f64>,
}

/// A temperature and its bounds, °C.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Band {
    /// Coldest.
    pub low_c: f64,
    /// Expected.
    pub expected_c: f64,
    /// Warmest.
    pub high_c: f64,
}

/// What a look sees.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Exhaust air, as voted.
    pub exhaust: Reading<Celsius>,
    /// Room.
    pub room: Reading<Celsius>,
    /// Power of all hosts.
    pub power: Reading<Watt>,
    /// Extracted flow.
    pub flow: Flow,
    /// The blower does not give what it is driven for.
    pub lost: bool,
}

/// The estimator's memory.
#[derive(Clone, Debug)]
pub struct Foresight {
    plan: Plan,
    racks: Option<Racks>,
    acts: Acts,
    /// Since when it looks without a gap.
    since: Moment,
    looked: Moment,
    /// Moment of the exhaust's reading that was taken last.
    taken: Moment,
    /// When the blower was lost last; it is still while this is the last look.
    lost: Option<Moment>,
    is_lost: bool,
    why: Option<(Absent, Moment)>,
}

impl Foresight {
    /// An estimator that has seen nothing yet.
    pub fn new(plan: Plan) -> Self {
        Foresight {
            plan,
            racks: None,
            acts: Acts::new(&plan, 0.0, 0.0, 0.0),
            since: Moment::ZERO,
            looked: Moment::ZERO,
            taken: Moment::ZERO,
            lost: None,
            is_lost: false,
            why: Some((Absent::Starting, Moment::ZERO)),
        }
    }

    /// Why it says nothing, and since when; none where it does.
    pub const fn why(&self) -> Option<(Absent, Moment)> {
        self.why
    }

    /// Takes a look. Call it twice a second.
    pub fn look(&mut self, now: Moment, seen: &Seen) {
        let dt = now.since(self.looked);
        let missing = (seen.exhaust.value.err())
            .or(seen.room.value.err())
            .or(seen.power.value.err());
        let known = (seen.exhaust.ok()).zip(seen.room.ok()).zip(seen.power.ok());
        if dt > GAP {
            self.racks = None;
        }
        if let Some(((exhaust, room), power)) = known {
            self.looked = now;
            self.acts = Acts::new(&self.plan, room.get(), power.get().max(0.0), seen.flow.m3_s);
            self.step(now, dt, exhaust.get(), seen);
        }
        let settling = self.racks.is_none() || now.since(self.since) < SETTLES;
        let why = missing
            .or(settling.then_some(Absent::Starting))
            .or(seen.flow.doubt);
        self.why = why.map(|why| match self.why {
            Some((before, since)) if before == why => (why, since),
            Some(_) | None => (why, now),
        });
    }

    fn step(&mut self, now: Moment, dt: Span, exhaust_c: f64, seen: &Seen) {
        let new = seen.exhaust.at != self.taken;
        self.taken = seen.exhaust.at;
        let Some(racks) = &mut self.racks else {
            self.racks = Some(Racks::settled(self.plan, &self.acts, exhaust_c));
            (self.since, self.is_lost, self.lost) = (now, false, None);
            return;
        };
        if seen.lost {
            // A new loss is learned anew.
            let again = self.lost.is_some_and(|last| now.since(last) < SAME);
            if !self.is_lost && !again {
                racks.forget();
            }
            self.lost = Some(now);
        }
        self.is_lost = seen.lost;
        let dt_s = dt.as_s();
        if dt_s <= 0.0 {
            return;
        }
        if seen.lost {
            racks.run(dt_s, &self.acts);
            if new {
                racks.correct(exhaust_c);
            }
        } else {
            racks.follow(dt_s, &self.acts, exhaust_c);
        }
    }

    /// What the exhaust will show at a flow, m³/s, power and room as they are, until `until_s` or until every bound has
    /// reached every limit; none where it says nothing.
    pub fn ahead(&self, flow_m3_s: f64, limits_c: [f64; LIMITS], until_s: f64) -> Option<Ahead> {
        let racks = self.racks.as_ref().filter(|_| self.why.is_none())?;
        let acts = Acts::new(&self.plan, self.acts.room_c, self.acts.power_w, flow_m3_s);
        Some(ahead::ahead(racks.clone(), &acts, limits_c, until_s))
    }

    /// Load that could be added at a flow, m³/s, W: the mean over the racks, each with the flow that it learned.
    pub fn headroom_w(&self, flow_m3_s: f64, ceiling: &Ceiling) -> Option<f64> {
        let racks = self.racks.as_ref().filter(|_| self.why.is_none())?;
        let acts = Acts::new(&self.plan, self.acts.room_c, self.acts.power_w, flow_m3_s);
        let (mean_w, _) = racks::spread(racks.all.iter().map(|rack| rack.headroom_w(&acts, ceiling)));
        Some(mean_w)
    }

    /// Whether every bound comes to rest below a temperature at a flow, m³/s, and is below it now: then nothing has to be
    /// run ahead to know that it is not in sight.
    pub fn rests_below(&self, flow_m3_s: f64, limit_c: f64) -> bool {
        let acts = Acts::new(&self.plan, self.acts.room_c, self.acts.power_w, flow_m3_s);
        (self.racks.as_ref()).is_some_and(|racks| ahead::rests_below(racks, &acts, limit_c))
    }
}

#[cfg(test)]
mod tests;
