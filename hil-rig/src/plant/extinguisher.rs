//! The two passive powder units: a paper sheet that burns through, a box that empties itself, powder in the air.
//!
//! ```text
//!   gas under the ceiling --RTI--> separator --burst_c--> emptying (2 s) --> powder in the air --extracted flow--> gone
//!                                                  |--> pressure pulse, dirty filters and probes, heat taken up
//! ```
//! `dTe/dt = sqrt(u) / RTI x (Tg - Te)`: the detector element of DETACT (NBSIR 85-3167). There is no input that
//! releases a unit; it burns through or it does not.

use super::config::ExtinguisherConfig;
use super::decay::Decay;

/// Below this no powder counts, kg/m3: a ten-thousandth of the design concentration.
const CLEAR_KG_M3: f64 = 1e-5;
/// Below this the pulse is over, Pa.
const PULSE_OVER_PA: f64 = 0.01;

/// A body that follows the gas around it through its response time index.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    /// Its temperature, deg C.
    pub temperature_c: f64,
    rti: f64,
}

impl Element {
    /// An element of this response time index, (m s)^0.5, at rest in its surroundings.
    #[must_use]
    pub fn new(rti: f64, temperature_c: f64) -> Self {
        Self { temperature_c, rti }
    }

    /// One implicit step in gas of `gas_c` that moves at `draught_m_s`.
    pub fn step(&mut self, dt_s: f64, gas_c: f64, draught_m_s: f64) {
        self.follow(gas_c, dt_s * draught_m_s.max(0.0).sqrt());
    }

    fn follow(&mut self, gas_c: f64, drive: f64) {
        self.temperature_c = (self.temperature_c * self.rti + gas_c * drive) / (self.rti + drive);
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Charge {
    Full,
    Emptying { left_s: f64 },
    Empty,
}

#[derive(Clone, Copy, Debug)]
struct Unit {
    separator: Element,
    charge: Charge,
    /// It hangs in its holder.
    home: bool,
}

/// Both units and what they have put into the air.
#[derive(Clone, Debug)]
pub(super) struct Extinguishers {
    config: ExtinguisherConfig,
    volume_m3: f64,
    units: [Unit; 2],
    agent_kg_m3: f64,
    pulse_pa: f64,
    pulse: Decay,
}

impl Extinguishers {
    /// Two full units that have long hung at these temperatures.
    pub(super) fn new(config: &ExtinguisherConfig, volume_m3: f64, gas_c: [f64; 2]) -> Self {
        Self {
            units: gas_c.map(|gas_c| Unit {
                separator: Element::new(config.rti, gas_c),
                charge: Charge::Full,
                home: true,
            }),
            config: config.clone(),
            volume_m3,
            agent_kg_m3: 0.0,
            pulse_pa: 0.0,
            pulse: Decay::default(),
        }
    }

    /// Lets the separators feel the gas for `dt_s`. Gives which units have burst in this step.
    pub(super) fn feel(&mut self, dt_s: f64, gas_c: [f64; 2], draught_m_s: f64) -> [bool; 2] {
        let drive = dt_s * draught_m_s.max(0.0).sqrt();
        let mut burst = [false; 2];
        for ((unit, gas_c), burst) in self.units.iter_mut().zip(gas_c).zip(&mut burst) {
            unit.separator.follow(gas_c, drive);
            let ready = unit.home && unit.charge == Charge::Full;
            if ready && unit.separator.temperature_c >= self.config.burst_c {
                unit.charge = Charge::Emptying {
                    left_s: self.config.release_s,
                };
                self.pulse_pa += self.config.pulse_pa;
                *burst = true;
            }
        }
        burst
    }

    /// Lets `dt_s` of emptying and washing out pass. Gives the powder thrown out over it, kg/s.
    pub(super) fn release(&mut self, dt_s: f64, flow_m3_s: f64) -> f64 {
        if self.pulse_pa > 0.0 {
            let keep = self.pulse.over(dt_s, self.config.pulse_s);
            self.pulse_pa = if self.pulse_pa * keep < PULSE_OVER_PA {
                0.0
            } else {
                self.pulse_pa * keep
            };
        }
        let mut thrown_kg = 0.0;
        for unit in &mut self.units {
            if let Charge::Emptying { left_s } = unit.charge {
                let now_s = left_s.min(dt_s);
                thrown_kg += self.config.charge_kg * now_s / self.config.release_s;
                unit.charge = if left_s > dt_s {
                    Charge::Emptying {
                        left_s: left_s - dt_s,
                    }
                } else {
                    Charge::Empty
                };
            }
        }
        if thrown_kg > 0.0 || self.agent_kg_m3 > 0.0 {
            let held_kg = self.agent_kg_m3 * self.volume_m3 + thrown_kg;
            let kg_m3 = held_kg / (self.volume_m3 + dt_s * flow_m3_s);
            self.agent_kg_m3 = if kg_m3 < CLEAR_KG_M3 { 0.0 } else { kg_m3 };
        }
        thrown_kg / dt_s
    }

    /// Powder in the rack's air, kg/m3.
    pub(super) fn agent_kg_m3(&self) -> f64 {
        self.agent_kg_m3
    }

    /// Whether there is enough powder to beat flames down.
    pub(super) fn quenches(&self) -> bool {
        self.agent_kg_m3 > self.config.design_kg_m3
    }

    /// Overpressure of a burst, Pa.
    pub(super) fn pulse_pa(&self) -> f64 {
        self.pulse_pa
    }

    pub(super) fn separator_c(&self) -> [f64; 2] {
        self.units.map(|unit| unit.separator.temperature_c)
    }

    /// Which units have burst.
    pub(super) fn fired(&self) -> [bool; 2] {
        self.units.map(|unit| unit.charge != Charge::Full)
    }

    /// Hangs a unit in its holder or takes it out; out of it, it throws nothing into the rack.
    pub(super) fn set_home(&mut self, side: usize, home: bool) {
        if let Some(unit) = self.units.get_mut(side) {
            unit.home = home;
        }
    }

    /// A full unit in place of the old one, at the temperature of the gas around it.
    pub(super) fn replace(&mut self, side: usize, gas_c: f64) {
        if let Some(unit) = self.units.get_mut(side) {
            *unit = Unit {
                separator: Element::new(self.config.rti, gas_c),
                charge: Charge::Full,
                home: true,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(rti: f64) -> Extinguishers {
        let config = ExtinguisherConfig {
            rti,
            ..ExtinguisherConfig::default()
        };
        Extinguishers::new(&config, 1.2, [40.0; 2])
    }

    #[test]
    fn the_separator_lags_by_its_response_time_index() {
        for rti in [30.0, 100.0, 200.0] {
            let mut element = Element::new(rti, 20.0);
            let tau_s = rti / 0.5_f64.sqrt();
            for _ in 0..10_000 {
                element.step(tau_s / 1e4, 120.0, 0.5);
            }
            let expected_c = 120.0 - 100.0 * (-1.0_f64).exp();
            assert!((element.temperature_c - expected_c).abs() < 0.01, "{rti}");
            let mut units = units(rti);
            let mut t_s = 0.0;
            while units.fired() != [true; 2] {
                units.feel(0.1, [400.0; 2], 0.5);
                t_s += 0.1;
            }
            assert!(
                (t_s / (tau_s * (360.0_f64 / 170.0).ln()) - 1.0).abs() < 0.01,
                "{rti} {t_s}"
            );
        }
    }

    #[test]
    fn a_burst_empties_one_unit_once_and_the_flow_washes_the_powder_out() {
        let mut units = units(100.0);
        units.set_home(1, false);
        let bursts = (0..5_000)
            .filter(|_| units.feel(0.1, [500.0; 2], 0.5) == [true, false])
            .count();
        assert_eq!((bursts, units.fired()), (1, [true, false]));
        assert!((units.pulse_pa() - 200.0).abs() < 1e-9);
        let thrown_kg: f64 = (0..40).map(|_| 0.1 * units.release(0.1, 0.0)).sum();
        assert!((thrown_kg - 0.36).abs() < 1e-9 && (units.agent_kg_m3() - 0.3).abs() < 1e-9);
        assert!(units.quenches() && units.pulse_pa() < 0.1);
        // At 0.3 m3/s the air changes in 4 s: 0.3 falls below 0.1 kg/m3 after 4.4 s; at 0.01 m3/s after 132 s.
        for (flow, about_s) in [(0.3, 4.4), (0.01, 132.0)] {
            let mut washed = units.clone();
            let mut t_s = 0.0_f64;
            while washed.quenches() {
                washed.release(0.1, flow);
                t_s += 0.1;
            }
            assert!((t_s / about_s - 1.0).abs() < 0.05, "{flow}: {t_s}");
        }
        units.replace(0, 40.0);
        assert_eq!(units.fired(), [false; 2]);
    }
}
