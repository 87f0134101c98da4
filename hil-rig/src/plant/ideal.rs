//! The rack as an optimiser sees it: the same air and the same heat, but a blower that has whatever speed it is given.
//!
//! Left out are what acts beside a choice of speeds: the drive's slew and lag, the jet's buffeting, dust, fire. Air and
//! heat are the plant's own functions, called in the plant's own order; nothing of them is written twice.

use super::air::{AirSide, Flows, Speeds};
use super::blower::Blower;
use super::config::PlantConfig;
use super::heat::Bodies;
use super::surroundings::{BlowerSupply, Surroundings};
use super::{coupling, equilibrium};

/// What the rack remembers, as four figures of the same size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Store {
    /// Chips, °C.
    pub(crate) chips_c: f64,
    /// Chassis, °C.
    pub(crate) chassis_c: f64,
    /// Air, °C; the exhaust too, for the door is shut.
    pub(crate) air_c: f64,
    /// Enthalpy of wall and coat over the steel's capacity, K above solid at 0 °C.
    pub(crate) wall_k: f64,
}

/// The rack without inertia of its blower.
#[derive(Clone, Debug)]
pub(crate) struct Ideal {
    config: PlantConfig,
    air: AirSide,
}

impl Ideal {
    pub(crate) fn new(config: &PlantConfig) -> Self {
        Self {
            config: config.clone(),
            air: AirSide::new(config),
        }
    }

    /// What the rack has stored after standing in these surroundings at a speed, share of full speed, for long.
    pub(crate) fn settled(&mut self, speed: f64, around: &Surroundings) -> Store {
        let (_, bodies) = equilibrium(&self.config, &mut self.air, alone(speed), &around.bounded());
        Store {
            chips_c: bodies.chips_c,
            chassis_c: bodies.chassis_c,
            air_c: bodies.air_c,
            wall_k: bodies.wall_j / self.config.heat.wall_j_k,
        }
    }

    /// Lets `span_s` pass in equal steps of `dt_s` at most, at one speed. Gives what is stored then and the blower's
    /// electrical energy, J.
    pub(crate) fn run(
        &mut self,
        from: &Store,
        span_s: f64,
        dt_s: f64,
        speed: f64,
        around: &Surroundings,
    ) -> (Store, f64) {
        let around = around.bounded();
        let supply = BlowerSupply::at(speed);
        let blower = Blower::settled(&self.config.blower, &around, &supply);
        let wall_j_k = self.config.heat.wall_j_k;
        let mut bodies = Bodies::of(
            &self.config.heat,
            from.chips_c,
            from.chassis_c,
            from.air_c,
            from.wall_k * wall_j_k,
        );
        let steps = (span_s / dt_s).ceil().max(1.0);
        let step_s = span_s / steps;
        let (mut passed, mut energy_j) = (0.0, 0.0);
        while passed < steps - 0.5 {
            let flows = self.flows(speed, bodies.air_c, &around);
            let couple = coupling(&self.config, &flows, &around);
            bodies.step(&self.config.heat, step_s, &couple, &around);
            energy_j += step_s * blower.power_w(flows.primary, flows.pipe_pa, &around, &supply);
            passed += 1.0;
        }
        let store = Store {
            chips_c: bodies.chips_c,
            chassis_c: bodies.chassis_c,
            air_c: bodies.air_c,
            wall_k: bodies.wall_j / wall_j_k,
        };
        (store, energy_j)
    }

    /// The flow drawn out of the rack, m3/s, and the blower's electrical power, W, at a speed and with air of this
    /// temperature in the rack.
    pub(crate) fn draught(&mut self, speed: f64, air_c: f64, around: &Surroundings) -> (f64, f64) {
        let around = around.bounded();
        let supply = BlowerSupply::at(speed);
        let flows = self.flows(speed, air_c, &around);
        let blower = Blower::settled(&self.config.blower, &around, &supply);
        (
            flows.extracted,
            blower.power_w(flows.primary, flows.pipe_pa, &around, &supply),
        )
    }

    /// What chips give to the air at a flow, W/K.
    pub(crate) fn chips_w_k(&self, flow_m3_s: f64, around: &Surroundings) -> f64 {
        let flows = Flows {
            extracted: flow_m3_s,
            ..Flows::default()
        };
        coupling(&self.config, &flows, &around.bounded()).chips_w_k()
    }

    fn flows(&mut self, speed: f64, air_c: f64, around: &Surroundings) -> Flows {
        let stack_pa = self.air.stack_pa(alone(speed), air_c, around.room_c);
        self.air.solve(alone(speed), stack_pa, around)
    }
}

/// One blower only.
fn alone(speed: f64) -> Speeds {
    Speeds { a: speed, b: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plant::Plant;

    /// A plant whose blower obeys at once and whose jet is calm.
    fn prompt() -> PlantConfig {
        let mut config = PlantConfig::default();
        config.air.buffet_ratio = 0.0;
        config.blower.slew_per_s = 1e6;
        config.blower.lag_s = 1e-6;
        config
    }

    #[test]
    fn does_what_the_plant_does_when_its_blower_obeys_at_once() {
        let config = prompt();
        let mut around = Surroundings::default();
        let mut plant = Plant::new(config.clone(), 1, &around, &BlowerSupply::at(0.6));
        let mut ideal = Ideal::new(&config);
        let mut store = ideal.settled(0.6, &around);
        assert!((store.chips_c - plant.truth().chips_c).abs() < 1e-9);
        let mut energy_j = 0.0;
        for (load_w, speed) in [(9_000.0, 0.7), (3_000.0, 0.3), (6_000.0, 0.5)] {
            around.it_power_w = load_w;
            let (after, spent_j) = ideal.run(&store, 120.0, 1.0, speed, &around);
            store = after;
            let mut drawn_j = 0.0;
            for _ in 0..120 {
                plant.step(1.0, &around, &BlowerSupply::at(speed));
                drawn_j += plant.truth().blower_power_w;
            }
            energy_j += spent_j;
            let truth = plant.truth();
            assert!((spent_j / drawn_j - 1.0).abs() < 1e-6, "{spent_j} {drawn_j}");
            assert!((store.chips_c - truth.chips_c).abs() < 1e-4, "{store:?}");
            assert!((store.air_c - truth.air_c).abs() < 1e-4, "{store:?}");
            assert!((store.chassis_c - truth.chassis_c).abs() < 1e-4, "{store:?}");
        }
        assert!(energy_j > 0.0);
    }

    #[test]
    fn more_speed_moves_and_takes_more_and_warm_air_helps() {
        let (config, around) = (PlantConfig::default(), Surroundings::default());
        let mut ideal = Ideal::new(&config);
        let (flow, power_w) = ideal.draught(0.5, 30.0, &around);
        let (faster, dearer_w) = ideal.draught(0.6, 30.0, &around);
        let (lifted, _) = ideal.draught(0.5, 45.0, &around);
        assert!(faster > flow && dearer_w > power_w && lifted > flow);
        assert!((ideal.chips_w_k(0.0, &around) - config.heat.chips_still_w_k).abs() < 1e-9);
    }
}
