//! Sixteen racks within a fifth of the plan: what is not known of the true one is how they differ.
//!
//! ```text
//!   plan x (1 + sign 11.5 %)  for each constant: the columns of Sylvester's matrix of 16, each at right angles to all others
//!   cooled: air is what the exhaust shows, the parts of each follow it by its own constants
//!   lost:   each runs by itself; the exhaust then tells which of them the rack is like (ensemble square root filter)
//! ```
//! An even spread of ± 20 % has a deviation of 11.5 %; two levels at that distance have the same, and the columns'
//! products vanish, so sixteen racks carry the covariance of up to fifteen constants without a random draw. A reading moves
//! their mean by the gain, and narrows their spread by the factor of Whitaker and Hamill (2002).

use super::super::bodies::{Around, Bodies, Plan};
use super::headroom::{Ceiling, headroom_w};

/// Racks.
pub(super) const RACKS: usize = 16;
/// Constants that differ.
const CONSTANTS: usize = 12;
/// Their deviations, shares: see [`Rack::derive`] for the order.
const SPREAD: [f64; CONSTANTS] = [
    0.115, 0.115, 0.115, 0.115, 0.115, 0.115, 0.115, 0.115, 0.115, 0.1, 0.3, 0.03,
];
/// Place of the flow among them.
const FLOW: usize = 9;
/// The air must be this much warmer than the room for its heat to tell the flow, K, and so long it takes, s: longer than
/// the probe lags, shorter than filters load.
const LEARN_RISE_K: f64 = 4.0;
/// See [`LEARN_RISE_K`].
const LEARN_S: f64 = 60.0;
/// No constant leaves this span, as share of the plan's.
const SPAN: (f64, f64) = (0.4, 1.8);
/// Flow by natural draught where no blower turns, m³/s (plant study, section 1.6).
pub const STILL_M3_S: f64 = 0.01;
/// Deviation of a reading of the exhaust, K: noise and sixteenths, and what no model of four bodies can tell.
const READING_K: f64 = 0.1;

/// One rack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rack {
    /// Deviation of each constant from the plan's, share.
    deviations: [f64; CONSTANTS],
    plan: Plan,
    flow: f64,
    still: f64,
    /// Air, probe, chips, chassis, wall, °C.
    pub(super) state: [f64; 5],
}

/// What acts on all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Acts {
    pub(super) room_c: f64,
    pub(super) power_w: f64,
    flow_m3_s: f64,
    /// Share of what the reference flow adds to the chips' link.
    moves: f64,
}

impl Acts {
    pub(super) fn new(plan: &Plan, room_c: f64, power_w: f64, flow_m3_s: f64) -> Self {
        let flow_m3_s = flow_m3_s.max(STILL_M3_S);
        Acts {
            room_c,
            power_w,
            flow_m3_s,
            moves: plan.moves(flow_m3_s),
        }
    }
}

impl Rack {
    fn new(plan: &Plan, place: usize, air_c: f64) -> Self {
        let mut deviations = SPREAD;
        for (column, deviation) in deviations.iter_mut().enumerate() {
            // Sylvester's matrix: the sign is the parity of the bits that place and column share.
            if (place & (column + 1)).count_ones() % 2 == 1 {
                *deviation = -*deviation;
            }
        }
        let mut rack = Rack {
            deviations,
            plan: *plan,
            flow: 1.0,
            still: 1.0,
            state: [air_c; 5],
        };
        rack.derive(plan);
        rack
    }

    /// Its constants, from the plan's and their deviations.
    fn derive(&mut self, plan: &Plan) {
        let factors = self
            .deviations
            .map(|deviation| (1.0 + deviation).clamp(SPAN.0, SPAN.1));
        let [
            chips,
            chassis,
            wall,
            air,
            still,
            moved,
            to_chassis,
            inner,
            outer,
            flow,
            draught,
            share,
        ] = factors;
        self.plan = Plan {
            chips_j_k: chips * plan.chips_j_k,
            chassis_j_k: chassis * plan.chassis_j_k,
            wall_j_k: wall * plan.wall_j_k,
            air_j_k: air * plan.air_j_k,
            chips_still_w_k: still * plan.chips_still_w_k,
            chips_moved_w_k: moved * plan.chips_moved_w_k,
            chassis_w_k: to_chassis * plan.chassis_w_k,
            wall_inner_w_k: inner * plan.wall_inner_w_k,
            wall_outer_w_k: outer * plan.wall_outer_w_k,
            chips_share: (share * plan.chips_share).min(1.0),
            ..*plan
        };
        (self.flow, self.still) = (flow, draught);
    }

    /// Its flow, m³/s, and chips to air, W/K. Of a flow that deviates by little, four fifths count.
    fn flow(&self, acts: &Acts) -> (f64, f64) {
        let factor = if acts.flow_m3_s > STILL_M3_S {
            self.flow
        } else {
            self.still
        };
        let chips =
            self.plan.chips_still_w_k + self.plan.chips_moved_w_k * acts.moves * (1.0 + 0.8 * (factor - 1.0));
        (factor * acts.flow_m3_s, chips)
    }

    fn around(&self, acts: &Acts, flow_m3_s: f64) -> Around {
        Around {
            air_c: self.state[0],
            room_c: acts.room_c,
            power_w: acts.power_w,
            flow_m3_s,
        }
    }

    /// Where its air comes to rest, °C.
    pub(super) fn rests_at(&self, acts: &Acts) -> f64 {
        let (flow_m3_s, _) = self.flow(acts);
        acts.room_c + acts.power_w / (self.plan.air_j_m3_k * flow_m3_s + self.plan.walls_w_k())
    }

    /// Load that could be added to it, W.
    pub(super) fn headroom_w(&self, acts: &Acts, ceiling: &Ceiling) -> f64 {
        let (flow_m3_s, chips) = self.flow(acts);
        headroom_w(
            &self.plan,
            ceiling,
            [acts.room_c, acts.power_w],
            [flow_m3_s, chips],
        )
    }

    /// Parts that have stood in this air until nothing changed any more.
    fn settle(&mut self, acts: &Acts, air_c: f64) {
        self.state = [air_c; 5];
        let (flow_m3_s, chips) = self.flow(acts);
        let around = self.around(acts, flow_m3_s);
        let [chips_c, chassis_c, wall_c] = Bodies::settled_by(&self.plan, &around, chips).all();
        self.state = [air_c, air_c, chips_c, chassis_c, wall_c];
    }

    /// Lets `dt_s` pass in air that is what the exhaust shows. Its flow goes to the one that carries what its parts give:
    /// the conductance from before a loss.
    fn follow(&mut self, dt_s: f64, acts: &Acts, air_c: f64) {
        (self.state[0], self.state[1]) = (air_c, air_c);
        let (flow_m3_s, chips) = self.flow(acts);
        let rise_k = air_c - acts.room_c;
        if rise_k > LEARN_RISE_K && acts.flow_m3_s > STILL_M3_S {
            let [_, _, chips_c, chassis_c, wall_c] = self.state;
            let bodies = Bodies::at([chips_c, chassis_c, wall_c]);
            let (source_w, loss_w_k) = bodies.gives_by(&self.plan, &self.around(acts, flow_m3_s), chips);
            let carried_w = self.plan.air_j_m3_k * acts.flow_m3_s * rise_k;
            let needed = ((source_w - loss_w_k * air_c) / carried_w).clamp(SPAN.0, SPAN.1);
            let deviation = &mut self.deviations[FLOW];
            *deviation += (needed - 1.0 - *deviation) * dt_s / (dt_s + LEARN_S);
            self.flow = 1.0 + *deviation;
        }
        self.parts(dt_s, &self.around(acts, flow_m3_s), chips, 1.0);
    }

    fn parts(&mut self, dt_s: f64, around: &Around, chips: f64, late: f64) {
        let [_, _, chips_c, chassis_c, wall_c] = self.state;
        let mut bodies = Bodies::at([chips_c, chassis_c, wall_c]);
        bodies.step_by(&self.plan, dt_s, around, chips, late);
        self.state[2..].copy_from_slice(&bodies.all());
    }

    /// Lets `dt_s` pass by itself. The air is a backward Euler step, its parts a midpoint step in the mean of both airs;
    /// once more with the parts that come of it, since the air is theirs after some ten seconds.
    pub(super) fn run(&mut self, dt_s: f64, acts: &Acts) {
        let (flow_m3_s, chips) = self.flow(acts);
        let carried_w_k = self.plan.air_j_m3_k * flow_m3_s;
        let store = self.plan.air_j_k / dt_s;
        let start = self.state;
        let mut around = self.around(acts, flow_m3_s);
        for _ in 0..2 {
            let [_, _, chips_c, chassis_c, wall_c] = self.state;
            let bodies = Bodies::at([chips_c, chassis_c, wall_c]);
            let (source_w, loss_w_k) = bodies.gives_by(&self.plan, &around, chips);
            let given_w = store * start[0] + source_w + carried_w_k * acts.room_c;
            self.state = start;
            self.state[0] = given_w / (store + loss_w_k + carried_w_k);
            around.air_c = 0.5 * (start[0] + self.state[0]);
            self.parts(dt_s, &around, chips, 0.5);
        }
        self.state[1] += dt_s / (self.plan.probe_lag_s + 0.5 * dt_s) * (around.air_c - self.state[1]);
    }
}

/// All of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Racks {
    plan: Plan,
    pub(super) all: [Rack; RACKS],
}

impl Racks {
    /// Racks that have stood so until nothing changed any more.
    pub(super) fn settled(plan: Plan, acts: &Acts, air_c: f64) -> Self {
        let mut all = core::array::from_fn(|place| Rack::new(&plan, place, air_c));
        for rack in &mut all {
            rack.settle(acts, air_c);
        }
        Racks { plan, all }
    }

    /// Their constants as they were before a loss told anything; their flow and their parts as they are.
    pub(super) fn forget(&mut self) {
        for (place, rack) in self.all.iter_mut().enumerate() {
            let (state, flow) = (rack.state, rack.deviations[FLOW]);
            *rack = Rack::new(&self.plan, place, 0.0);
            (rack.state, rack.deviations[FLOW]) = (state, flow);
            rack.derive(&self.plan);
        }
    }

    pub(super) fn follow(&mut self, dt_s: f64, acts: &Acts, air_c: f64) {
        for rack in &mut self.all {
            rack.follow(dt_s, acts, air_c);
        }
    }

    pub(super) fn run(&mut self, dt_s: f64, acts: &Acts) {
        for rack in &mut self.all {
            rack.run(dt_s, acts);
        }
    }

    /// Takes a reading of the exhaust: which racks are like this one.
    pub(super) fn correct(&mut self, reading_c: f64) {
        let (probe_c, spread) = spread(self.all.iter().map(|rack| rack.state[1]));
        let off: [f64; RACKS] = core::array::from_fn(|place| self.all[place].state[1] - probe_c);
        let whole = spread + READING_K * READING_K;
        let narrows = 1.0 / (1.0 + root(READING_K * READING_K / whole));
        let moves: [f64; RACKS] = off.map(|off| reading_c - probe_c - narrows * off);
        for place in 0..CONSTANTS + 5 {
            let gain = (self.all.iter().zip(off))
                .map(|(rack, off)| *rack.value(place) * off)
                .sum::<f64>()
                / (N * whole);
            for (rack, moves) in self.all.iter_mut().zip(moves) {
                *rack.value_mut(place) += gain * moves;
            }
        }
        for rack in &mut self.all {
            rack.derive(&self.plan);
        }
    }
}

impl Rack {
    fn value(&self, place: usize) -> &f64 {
        match place.checked_sub(CONSTANTS) {
            None => &self.deviations[place],
            Some(state) => &self.state[state],
        }
    }

    fn value_mut(&mut self, place: usize) -> &mut f64 {
        match place.checked_sub(CONSTANTS) {
            None => &mut self.deviations[place],
            Some(state) => &mut self.state[state],
        }
    }
}

/// Square root by Newton's steps: `core` has none. From 1 a step halves what is too much, then the digits double; what is
/// below 1e-12 has none that matters here.
pub(super) fn root(x: f64) -> f64 {
    const STEPS: u32 = 32;
    if x < 1e-12 {
        return 0.0;
    }
    let mut root = x.max(1.0);
    for _ in 0..STEPS {
        let next = 0.5 * (root + x / root);
        if next >= root {
            break;
        }
        root = next;
    }
    root
}

/// Racks, as a number to divide by.
const N: f64 = 16.0;

/// Mean and variance over the racks.
pub(super) fn spread(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let mean = values.clone().sum::<f64>() / N;
    let variance = values.map(|value| (value - mean) * (value - mean)).sum::<f64>() / N;
    (mean, variance)
}
