//! Fire, smoke and extinguishers as one: what they do to each other and to the rack within a step.

use super::air::Flows;
use super::cabinet::Gas;
use super::config::{AirConfig, PlantConfig};
use super::extinguisher::Extinguishers;
use super::fire::Fire;
use super::smoke::{Smoke, Wash};

/// What burns, smokes and hangs under the ceiling.
#[derive(Clone, Debug)]
pub(super) struct Hazards {
    pub(super) fire: Fire,
    pub(super) smoke: Smoke,
    pub(super) units: Extinguishers,
    /// A recorded fire's gas of this moment.
    pub(super) recorded: Option<Gas>,
    soot_kg_j: f64,
    agent_j_kg_k: f64,
    quench_w_k: f64,
    thrown_kg_s: f64,
}

/// What burns and what has been done against it, for reports and tests.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct HazardReport {
    /// Heat of a growing fire, W.
    pub growing_fire_w: f64,
    /// Oxygen in the rack's air, kg/kg.
    pub oxygen: f64,
    /// Obscuration in the smoke detectors A and B, %/m. Modelled from an assumed soot yield, never measured.
    pub smoke_percent_m: [f64; 2],
    /// The smoke contacts A and B as the model closes them.
    pub smoke_closed: [bool; 2],
    /// Separators of the extinguishers, left and right, deg C.
    pub separator_c: [f64; 2],
    /// Which extinguishers have burst.
    pub fired: [bool; 2],
    /// Powder in the rack's air, kg/m3.
    pub agent_kg_m3: f64,
    /// Heat the powder took up over the last step, W.
    pub heat_by_agent_w: f64,
    /// Overpressure of a burst on the rack, Pa.
    pub pulse_pa: f64,
}

/// Speed of the gas under the ceiling, m/s: the extracted flow over the section, and never still.
pub(super) fn draught_m_s(air: &AirConfig, flow_m3_s: f64) -> f64 {
    (flow_m3_s / air.section_m2).max(air.still_m_s)
}

impl Hazards {
    pub(super) fn new(config: &PlantConfig, gas_c: [f64; 2]) -> Self {
        Self {
            fire: Fire::new(&config.fire, &config.air),
            smoke: Smoke::new(&config.smoke),
            units: Extinguishers::new(&config.extinguisher, config.air.volume_m3, gas_c),
            recorded: None,
            soot_kg_j: config.fire.soot_kg_j,
            agent_j_kg_k: config.extinguisher.agent_j_kg_k,
            quench_w_k: 0.0,
            thrown_kg_s: 0.0,
        }
    }

    /// Before the heat of a step: what burns, W, and how powder couples the air to the room, W/K.
    pub(super) fn burn(&mut self, dt_s: f64, flow_m3_s: f64) -> (f64, f64) {
        self.thrown_kg_s = self.units.release(dt_s, flow_m3_s);
        self.quench_w_k = self.thrown_kg_s * self.agent_j_kg_k;
        let burning_w = self.fire.step(dt_s, flow_m3_s, self.units.quenches());
        (burning_w, self.quench_w_k)
    }

    /// After it: what smoke and separators make of it. Gives which units have burst.
    pub(super) fn feel(&mut self, air: &AirConfig, dt_s: f64, flows: &Flows, gas_c: [f64; 2]) -> [bool; 2] {
        let draught_m_s = draught_m_s(air, flows.extracted);
        let recorded_w = self.recorded.map_or(0.0, |gas| gas.heat_w.max(0.0));
        let wash = Wash {
            volume_m3: air.volume_m3,
            flow_m3_s: flows.extracted,
            draught_m_s,
        };
        let soot_kg_s = self.soot_kg_j * (self.fire.burning_w() + recorded_w);
        self.smoke.step(dt_s, soot_kg_s, wash, self.units.agent_kg_m3());
        self.units.feel(dt_s, gas_c, draught_m_s)
    }

    /// All of it; `rise_k` is the rack's air over the room.
    pub(super) fn report(&self, rise_k: f64) -> HazardReport {
        HazardReport {
            growing_fire_w: self.fire.burning_w(),
            oxygen: self.fire.oxygen(),
            smoke_percent_m: self.smoke.percent_m(),
            smoke_closed: self.smoke.closed(),
            separator_c: self.units.separator_c(),
            fired: self.units.fired(),
            agent_kg_m3: self.units.agent_kg_m3(),
            heat_by_agent_w: self.quench_w_k * rise_k,
            pulse_pa: self.units.pulse_pa(),
        }
    }
}
