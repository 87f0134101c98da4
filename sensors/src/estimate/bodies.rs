//! What the rack's heavy parts give to the air and take from it: chips, chassis, and the wall with its coat.
//!
//! ```text
//!   IT power --0.85--> chips --UA(flow)--> air <--> chassis
//!            --0.15-----------------------> air --> wall + coat --> room
//! ```
//! The three are followed by their own balances under the measured air, so that a load that steps, a rack that warms up
//! and a coat that melts are explained before anything is called unexplained. Their constants are the plant study's rack
//! (section 1.2); a rack within 20 % of it needs no others.

/// Constants of the rack as commissioned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Chips with their heat sinks, J/K.
    pub chips_j_k: f64,
    /// Share of the hosts' power that is born in chips; the rest goes straight into the air.
    pub chips_share: f64,
    /// Chips to air without extracted flow, W/K.
    pub chips_still_w_k: f64,
    /// What the reference flow adds, W/K; it grows with flow to the power 0.8.
    pub chips_moved_w_k: f64,
    /// That flow, m³/s.
    pub chips_reference_m3_s: f64,
    /// Chassis, boards and drives, J/K, and their link to the air, W/K.
    pub chassis_j_k: f64,
    /// See `chassis_j_k`.
    pub chassis_w_k: f64,
    /// Steel of the walls, J/K.
    pub wall_j_k: f64,
    /// Air to wall and wall to room, W/K.
    pub wall_inner_w_k: f64,
    /// See `wall_inner_w_k`.
    pub wall_outer_w_k: f64,
    /// The walls' coat.
    pub coat: Coat,
    /// Air between the hosts, J/K.
    pub air_j_k: f64,
    /// Heat that a cubic metre of it holds, J/(m³ K): 1.17 kg/m³ times 1006 J/(kg K).
    pub air_j_m3_k: f64,
    /// Lag of the exhaust probes, s.
    pub probe_lag_s: f64,
}

impl Plan {
    /// The plant study's 42U rack.
    pub const STUDY: Plan = Plan {
        chips_j_k: 14_000.0,
        chips_share: 0.85,
        chips_still_w_k: 60.0,
        chips_moved_w_k: 320.0,
        chips_reference_m3_s: 0.6,
        chassis_j_k: 160_000.0,
        chassis_w_k: 90.0,
        wall_j_k: 48_000.0,
        wall_inner_w_k: 55.0,
        wall_outer_w_k: 76.0,
        coat: Coat::STUDY,
        air_j_k: 1_400.0,
        air_j_m3_k: 1_177.0,
        probe_lag_s: 12.0,
    };

    /// Chips to air at a flow, W/K.
    pub fn chips_w_k(&self, flow_m3_s: f64) -> f64 {
        self.chips_still_w_k + self.chips_moved_w_k * self.moves(flow_m3_s)
    }

    /// Air to room through the walls where nothing changes any more, W/K.
    pub fn walls_w_k(&self) -> f64 {
        self.wall_inner_w_k * self.wall_outer_w_k / (self.wall_inner_w_k + self.wall_outer_w_k)
    }

    /// Share of `chips_moved_w_k` that a flow gives.
    pub(super) fn moves(&self, flow_m3_s: f64) -> f64 {
        four_fifths(flow_m3_s / self.chips_reference_m3_s)
    }
}

/// A coat that melts over a band of temperature, most in its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coat {
    /// Latent heat, J.
    pub latent_j: f64,
    /// Where it begins to melt, °C.
    pub from_c: f64,
    /// Where it has melted, °C.
    pub to_c: f64,
}

impl Coat {
    /// 0.3 mm of dry coat: 95 g of paraffin (plant study, section 0).
    pub const STUDY: Coat = Coat {
        latent_j: 19_000.0,
        from_c: 20.0,
        to_c: 50.0,
    };

    fn place(&self, wall_c: f64) -> f64 {
        ((wall_c - self.from_c) / (self.to_c - self.from_c)).clamp(0.0, 1.0)
    }

    /// Latent heat stored at a wall's temperature, J: two parabolas, the integral of a triangle.
    pub fn stored_j(&self, wall_c: f64) -> f64 {
        let x = self.place(wall_c);
        let molten = if x < 0.5 {
            2.0 * x * x
        } else {
            1.0 - 2.0 * (1.0 - x) * (1.0 - x)
        };
        self.latent_j * molten
    }

    /// What melting adds to the wall's capacity at a temperature, J/K.
    fn apparent_j_k(&self, wall_c: f64) -> f64 {
        let x = self.place(wall_c);
        let off = if x < 0.5 { x } else { 1.0 - x };
        4.0 * off * self.latent_j / (self.to_c - self.from_c)
    }
}

/// Temperatures of the parts, °C.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bodies {
    chips_c: f64,
    chassis_c: f64,
    wall_c: f64,
}

impl Bodies {
    /// Parts that have stood in this air until nothing changed any more.
    pub fn settled(plan: &Plan, around: &Around) -> Self {
        Self::settled_by(plan, around, plan.chips_w_k(around.flow_m3_s))
    }

    /// The same where chips to air, W/K, are known.
    pub(super) fn settled_by(plan: &Plan, around: &Around, chips: f64) -> Self {
        let (inner, outer) = (plan.wall_inner_w_k, plan.wall_outer_w_k);
        Bodies {
            chips_c: around.air_c + plan.chips_share * around.power_w / chips,
            chassis_c: around.air_c,
            wall_c: (inner * around.air_c + outer * around.room_c) / (inner + outer),
        }
    }

    /// Parts at these temperatures, °C: chips, chassis, wall.
    pub(super) const fn at([chips_c, chassis_c, wall_c]: [f64; 3]) -> Self {
        Bodies {
            chips_c,
            chassis_c,
            wall_c,
        }
    }

    /// Chips, chassis, wall, °C.
    pub(super) const fn all(&self) -> [f64; 3] {
        [self.chips_c, self.chassis_c, self.wall_c]
    }

    /// The same with the chassis at another temperature, °C.
    #[must_use]
    pub const fn with_chassis(mut self, chassis_c: f64) -> Self {
        self.chassis_c = chassis_c;
        self
    }

    /// Lets `dt_s` pass in this air: a backward Euler step of each.
    pub fn step(&mut self, plan: &Plan, dt_s: f64, around: &Around) {
        self.step_by(plan, dt_s, around, plan.chips_w_k(around.flow_m3_s), 1.0);
    }

    /// The same where chips to air, W/K, are known. `late` is the share of a part's loss that is taken as it is at the
    /// step's end: 1 never swings, 1/2 is exact to the second order where the air is that of the step's middle.
    pub(super) fn step_by(&mut self, plan: &Plan, dt_s: f64, around: &Around, chips: f64, late: f64) {
        if dt_s <= 0.0 {
            return;
        }
        let after = |store_j_k: f64, at_c: f64, source_w: f64, link_w_k: f64| {
            let store_w_k = store_j_k / dt_s;
            ((store_w_k - (1.0 - late) * link_w_k) * at_c + source_w) / (store_w_k + late * link_w_k)
        };
        let power_w = plan.chips_share * around.power_w;
        self.chips_c = after(
            plan.chips_j_k,
            self.chips_c,
            power_w + chips * around.air_c,
            chips,
        );
        let chassis = plan.chassis_w_k;
        self.chassis_c = after(plan.chassis_j_k, self.chassis_c, chassis * around.air_c, chassis);
        let (inner, outer) = (plan.wall_inner_w_k, plan.wall_outer_w_k);
        let store = plan.wall_j_k + plan.coat.apparent_j_k(self.wall_c);
        let source_w = inner * around.air_c + outer * around.room_c;
        self.wall_c = after(store, self.wall_c, source_w, inner + outer);
    }

    /// Chips, °C.
    pub const fn chips_c(&self) -> f64 {
        self.chips_c
    }

    /// What they and the hosts' power give to the air beyond what they take per kelvin of it: W, and W/K.
    pub fn gives(&self, plan: &Plan, around: &Around) -> (f64, f64) {
        self.gives_by(plan, around, plan.chips_w_k(around.flow_m3_s))
    }

    /// The same where chips to air, W/K, are known.
    pub(super) fn gives_by(&self, plan: &Plan, around: &Around, chips: f64) -> (f64, f64) {
        let source_w = (1.0 - plan.chips_share) * around.power_w
            + chips * self.chips_c
            + plan.chassis_w_k * self.chassis_c
            + plan.wall_inner_w_k * self.wall_c;
        (source_w, chips + plan.chassis_w_k + plan.wall_inner_w_k)
    }

    /// What the hosts heat the air with now, W: their power behind the chips' lag.
    pub fn hosts_w(&self, plan: &Plan, around: &Around) -> f64 {
        (1.0 - plan.chips_share) * around.power_w
            + plan.chips_w_k(around.flow_m3_s) * (self.chips_c - around.air_c)
    }
}

/// What acts on them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    /// Air in the rack, °C.
    pub air_c: f64,
    /// Room, °C.
    pub room_c: f64,
    /// Power of the hosts, W.
    pub power_w: f64,
    /// Extracted flow, m³/s.
    pub flow_m3_s: f64,
}

/// `x` to the power 0.8, for 0 to 4 (`core` has no powers): `x` over its fifth root by Newton's steps.
fn four_fifths(x: f64) -> f64 {
    /// Below this share of the reference flow nothing moves.
    const LEAST: f64 = 1e-3;
    /// From 1 down to the fifth root of [`LEAST`] a step takes off a fifth, then the digits double.
    const STEPS: u32 = 12;
    if x < LEAST {
        return 0.0;
    }
    let x = x.min(4.0);
    let mut root = 1.0_f64;
    for _ in 0..STEPS {
        let fourth = root * root * root * root;
        root -= (root * fourth - x) / (5.0 * fourth);
    }
    x / root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_power_is_the_powers() {
        for x in [0.001_f64, 0.016, 0.1, 0.4, 0.94, 1.0, 1.7, 4.0] {
            assert!((four_fifths(x) / x.powf(0.8) - 1.0).abs() < 1e-9, "{x}");
        }
        assert!(four_fifths(0.0).abs() < 1e-12 && four_fifths(-1.0).abs() < 1e-12);
    }

    #[test]
    fn settled_parts_stay_and_give_the_hosts_power_less_the_walls() {
        let plan = Plan::STUDY;
        let around = Around {
            air_c: 40.0,
            room_c: 24.0,
            power_w: 5_000.0,
            flow_m3_s: 0.239,
        };
        let start = Bodies::settled(&plan, &around);
        let mut bodies = start;
        for _ in 0..1_000 {
            bodies.step(&plan, 10.0, &around);
        }
        assert!((bodies.chips_c - start.chips_c).abs() < 1e-6 && (bodies.wall_c - start.wall_c).abs() < 1e-6);
        let (source_w, per_k) = bodies.gives(&plan, &around);
        let net_w = source_w - per_k * around.air_c;
        let wall_w = 55.0 * 76.0 / 131.0 * 16.0;
        assert!((net_w - (5_000.0 - wall_w)).abs() < 1.0, "{net_w}");
        assert!((bodies.hosts_w(&plan, &around) - 5_000.0).abs() < 1e-6);
    }

    #[test]
    fn the_coat_stores_its_latent_heat_over_its_band() {
        let coat = Coat::STUDY;
        assert!(coat.stored_j(10.0).abs() < 1e-9 && (coat.stored_j(70.0) - 19_000.0).abs() < 1e-9);
        assert!((coat.stored_j(35.0) - 9_500.0).abs() < 1e-9);
        let slope = (coat.stored_j(30.01) - coat.stored_j(29.99)) / 0.02;
        assert!((slope - coat.apparent_j_k(30.0)).abs() < 1e-6, "{slope}");
    }
}
