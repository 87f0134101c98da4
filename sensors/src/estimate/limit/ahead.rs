//! What the exhaust will show: expected, and within which band, until its limits or the horizon.

use super::racks::{Acts, Racks, root, spread};
use super::{Band, Times};

/// Further ahead than this nothing is said, s: power and room will have changed.
pub const HORIZON_S: f64 = 3_600.0;
/// Limits looked for at once.
pub const LIMITS: usize = 3;
/// Where the band is told, s ahead.
pub const KNOTS_S: [f64; 5] = [30.0, 60.0, 120.0, 300.0, 600.0];

/// Deviations between expected and either bound. 1.645 would leave one in twenty beyond each if the racks' deviations
/// were normal, no two learned the same from one probe, and the plan were the rack's but for them; 2 holds it.
const BOUND: f64 = 2.0;
/// First step, s, and what later steps are of the time ahead, share: the bend is sharpest at its start.
const STEP_S: f64 = 1.0;
/// See [`STEP_S`].
const STEP_SHARE: f64 = 0.1;
/// Ten steps of a second, then a tenth more each: the horizon is reached after 72.
const STEPS_MAX: usize = 80;

/// The forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ahead {
    /// Time to each limit, in their order.
    pub times: [Times; LIMITS],
    /// What the exhaust will show at [`KNOTS_S`]; those behind the end of the run show its end.
    pub band: [Band; KNOTS_S.len()],
}

impl Band {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (mean_c, variance) = spread(values);
        let off_k = BOUND * root(variance);
        Band {
            low_c: mean_c - off_k,
            expected_c: mean_c,
            high_c: mean_c + off_k,
        }
    }

    fn towards(&self, later: &Self, share: f64) -> Self {
        let mix = |from: f64, to: f64| from + share * (to - from);
        Band {
            low_c: mix(self.low_c, later.low_c),
            expected_c: mix(self.expected_c, later.expected_c),
            high_c: mix(self.high_c, later.high_c),
        }
    }
}

/// The exhaust probe.
fn shown(racks: &Racks) -> Band {
    Band::of(racks.all.iter().map(|rack| rack.state[1]))
}

/// When a straight line reaches a limit, if it does.
fn crossing((from_s, from): (f64, f64), (to_s, to): (f64, f64), limit: f64) -> Option<f64> {
    if from >= limit {
        return Some(from_s);
    }
    (to >= limit).then(|| from_s + (limit - from) / (to - from) * (to_s - from_s))
}

/// Whether every bound is below a temperature and comes to rest below it.
pub(super) fn rests_below(racks: &Racks, acts: &Acts, limit_c: f64) -> bool {
    let rest = Band::of(racks.all.iter().map(|rack| rack.rests_at(acts)));
    let now = Band::of(racks.all.iter().map(|rack| rack.state[0]));
    rest.high_c < limit_c && now.high_c < limit_c && shown(racks).high_c < limit_c
}

/// Lets the racks run ahead.
pub(super) fn ahead(mut racks: Racks, acts: &Acts, limits_c: [f64; LIMITS], until_s: f64) -> Ahead {
    let until_s = until_s.min(HORIZON_S);
    let (mut from_s, mut from) = (0.0, shown(&racks));
    let mut found = Ahead {
        times: [Times::default(); LIMITS],
        band: [from; KNOTS_S.len()],
    };
    for _ in 0..STEPS_MAX {
        let step_s = STEP_S.max(STEP_SHARE * from_s).min(until_s - from_s);
        if step_s <= 0.0 {
            break;
        }
        racks.run(step_s, acts);
        let (to_s, to) = (from_s + step_s, shown(&racks));
        found.take((from_s, &from), (to_s, &to), limits_c);
        (from_s, from) = (to_s, to);
        let reached = found.times.iter().all(|times| times.high_s.is_some());
        if reached && KNOTS_S.iter().all(|knot_s| *knot_s <= from_s) {
            break;
        }
    }
    found
}

impl Ahead {
    /// Notes what lies within a step.
    fn take(&mut self, (from_s, from): (f64, &Band), (to_s, to): (f64, &Band), limits_c: [f64; LIMITS]) {
        for (band, knot_s) in self.band.iter_mut().zip(KNOTS_S) {
            if from_s < knot_s {
                let share = ((knot_s - from_s) / (to_s - from_s)).min(1.0);
                *band = from.towards(to, share);
            }
        }
        for (times, limit_c) in self.times.iter_mut().zip(limits_c) {
            let first = |known: &mut Option<f64>, from_c: f64, to_c: f64| {
                if known.is_none() {
                    *known = crossing((from_s, from_c), (to_s, to_c), limit_c);
                }
            };
            // The warmest bound is the earliest time.
            first(&mut times.low_s, from.high_c, to.high_c);
            first(&mut times.expected_s, from.expected_c, to.expected_c);
            first(&mut times.high_s, from.low_c, to.low_c);
        }
    }
}
