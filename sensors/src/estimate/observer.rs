//! The rack's air and heavy parts as they are now, and as they will be at another flow.
//!
//! ```text
//!   exhaust, power, room, flow --> [air, probe, heat] + chips, chassis, wall --> ahead(flow): warmest air and chips
//! ```
//! What the probe shows lags 12 s behind the air, and the chips' heat some 40 s behind the hosts' power: whoever waits for
//! the exhaust is late. The heat that nothing explains is held constant ahead, so that a wrong constant of the plan or a
//! wrong flow leaves no error where the rack comes to rest.

use super::bodies::{Around, Bodies, Plan};
use super::kalman::{Balance, Kalman};

/// Steps ahead, and their length, s: together a little more than the chips' lag.
const AHEAD_STEPS: u32 = 12;
/// See [`AHEAD_STEPS`].
const AHEAD_STEP_S: f64 = 4.0;

/// Warmest air and chips within the time looked ahead, °C.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ahead {
    /// Air.
    pub air_c: f64,
    /// Chips.
    pub chips_c: f64,
}

/// What is known of a rack's air and parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observer {
    plan: Plan,
    around: Around,
    bodies: Bodies,
    filter: Kalman,
}

impl Observer {
    /// A rack that has stood so until nothing changed any more; `around.air_c` is what the exhaust probe shows. The heat
    /// that nothing explains is taken to walk by `walk_w` W per root second.
    pub fn settled(plan: Plan, around: Around, walk_w: f64) -> Self {
        Observer {
            plan,
            around,
            bodies: Bodies::settled(&plan, &around),
            filter: Kalman::calm(around.air_c, walk_w),
        }
    }

    /// Lets `dt_s` pass; `seen.air_c` is what the exhaust probe shows.
    pub fn look(&mut self, dt_s: f64, seen: &Around) {
        if dt_s <= 0.0 {
            return;
        }
        self.pass(dt_s, seen);
        self.filter.correct(seen.air_c);
        self.around.air_c = self.filter.air_c();
    }

    fn pass(&mut self, dt_s: f64, seen: &Around) {
        let around = Around {
            air_c: self.filter.air_c(),
            ..*seen
        };
        let (source_w, loss_w_k) = self.bodies.gives(&self.plan, &around);
        let carried_w_k = self.plan.air_j_m3_k * around.flow_m3_s;
        self.filter.predict(
            dt_s,
            &Balance {
                air_j_k: self.plan.air_j_k,
                source_w: source_w + carried_w_k * around.room_c,
                loss_w_k: loss_w_k + carried_w_k,
                lag_s: self.plan.probe_lag_s,
            },
        );
        self.around = Around {
            air_c: self.filter.air_c(),
            ..*seen
        };
        self.bodies.step(&self.plan, dt_s, &self.around);
    }

    /// Lets `dt_s` pass without looking, at a flow: a rack of the plan by itself. Gives what its probe would show, °C.
    pub fn free(&mut self, dt_s: f64, flow_m3_s: f64) -> f64 {
        let seen = Around {
            air_c: self.filter.probe_c(),
            flow_m3_s,
            ..self.around
        };
        self.pass(dt_s, &seen);
        self.filter.probe_c()
    }

    /// The air, °C.
    pub const fn air_c(&self) -> f64 {
        self.filter.air_c()
    }

    /// Heat that nothing explains, W.
    pub const fn heat_w(&self) -> f64 {
        self.filter.heat_w()
    }

    /// What acts on the rack now.
    pub const fn around(&self) -> &Around {
        &self.around
    }

    /// How much warmer the air gets at once when the hosts' power rises by `step_w`, at a flow: what goes straight into it
    /// over all that takes heat from it.
    pub fn jump_k(&self, step_w: f64, flow_m3_s: f64) -> f64 {
        let around = Around {
            flow_m3_s,
            ..self.around
        };
        let (_, loss_w_k) = self.bodies.gives(&self.plan, &around);
        (1.0 - self.plan.chips_share) * step_w / (loss_w_k + self.plan.air_j_m3_k * flow_m3_s)
    }

    /// The warmest that air and chips get within the next 48 s at a flow, power and room as they are.
    pub fn ahead(&self, flow_m3_s: f64) -> Ahead {
        let (plan, mut bodies) = (&self.plan, self.bodies);
        let mut around = Around {
            flow_m3_s,
            ..self.around
        };
        let mut warmest = Ahead {
            air_c: f64::MIN,
            chips_c: f64::MIN,
        };
        let carried_w_k = plan.air_j_m3_k * flow_m3_s;
        let store = plan.air_j_k / AHEAD_STEP_S;
        for step in 0..AHEAD_STEPS {
            let (source_w, loss_w_k) = bodies.gives(plan, &around);
            let given_w = source_w + self.filter.heat_w() + carried_w_k * around.room_c;
            around.air_c = (store * around.air_c + given_w) / (store + loss_w_k + carried_w_k);
            bodies.step(plan, AHEAD_STEP_S, &around);
            // The air that is already there is too late to change in the first step.
            if step > 0 {
                warmest.air_c = warmest.air_c.max(around.air_c);
            }
            warmest.chips_c = warmest.chips_c.max(bodies.chips_c());
        }
        warmest
    }
}
