//! A fire that grows by the square of time, breathes the rack's oxygen, starves and is beaten down.
//!
//! ```text
//!   ignition --> alpha t^2 --> ceiling of its fuel
//!                  |   ^
//!        starved or quenched: shrinks, and grows again from there once it may --> out below 50 W
//! ```
//! Growth after NFPA 72 and NFPA 92. The rack's air is one vessel of oxygen: what the flames use, the extracted flow
//! replaces; at the limit they burn only what flows in, `Qmax = 13.1 MJ/kg x rho Q (0.232 - 0.15)`, which is the
//! ventilation cap. Beside it stands the fire of constant power ([`super::Surroundings`]): a heat that nothing ends
//! but whoever set it.

use serde::{Deserialize, Serialize};

use super::config::{AirConfig, FireConfig};
use super::decay::Decay;

/// Heat release that names the classes: the time a fire takes to reach it, W.
const GROWN_W: f64 = 1_055_000.0;
/// Oxygen is the room's again when this little is missing, kg/kg.
const FRESH: f64 = 1e-9;

/// How fast a fire grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum FireClass {
    /// 1 055 kW after 600 s.
    Slow,
    /// After 300 s.
    Medium,
    /// After 150 s.
    Fast,
    /// After 75 s.
    Ultrafast,
}

impl FireClass {
    /// Every class, in order.
    pub const ALL: &'static [FireClass] = &[
        FireClass::Slow,
        FireClass::Medium,
        FireClass::Fast,
        FireClass::Ultrafast,
    ];
    /// Their names in scenarios.
    pub const NAMES: &'static [&'static str] = &["slow", "medium", "fast", "ultrafast"];

    /// Growth, W/s2: 2.93, 11.7, 46.9 and 188.
    #[must_use]
    pub fn alpha_w_s2(self) -> f64 {
        let reaches_s = match self {
            FireClass::Slow => 600.0,
            FireClass::Medium => 300.0,
            FireClass::Fast => 150.0,
            FireClass::Ultrafast => 75.0,
        };
        GROWN_W / (reaches_s * reaches_s)
    }
}

#[derive(Clone, Copy, Debug)]
struct Growing {
    alpha_w_s2: f64,
    ceiling_w: f64,
    /// Time since ignition of an undisturbed fire of this size, s.
    age_s: f64,
}

/// The fire in the rack and the oxygen it breathes.
#[derive(Clone, Debug)]
pub(super) struct Fire {
    config: FireConfig,
    /// Air in the rack, kg, and density, kg/m3.
    air_kg: f64,
    density_kg_m3: f64,
    growing: Option<Growing>,
    oxygen: f64,
    burning_w: f64,
    starving: Decay,
    quenching: Decay,
}

impl Fire {
    pub(super) fn new(config: &FireConfig, air: &AirConfig) -> Self {
        Self {
            air_kg: air.density_kg_m3 * air.volume_m3,
            density_kg_m3: air.density_kg_m3,
            growing: None,
            oxygen: config.oxygen_room,
            burning_w: 0.0,
            starving: Decay::default(),
            quenching: Decay::default(),
            config: config.clone(),
        }
    }

    /// Lights a fire in place of the one that burns; without a ceiling of its own it has that of the rack's load.
    pub(super) fn ignite(&mut self, class: FireClass, ceiling_w: Option<f64>) {
        let ceiling_w = ceiling_w.filter(|ceiling_w| ceiling_w.is_finite());
        self.growing = Some(Growing {
            alpha_w_s2: class.alpha_w_s2(),
            ceiling_w: ceiling_w.unwrap_or(self.config.ceiling_w).max(0.0),
            age_s: 0.0,
        });
    }

    pub(super) fn put_out(&mut self) {
        self.growing = None;
    }

    /// Heat released over the last step, W.
    pub(super) fn burning_w(&self) -> f64 {
        self.burning_w
    }

    /// Oxygen in the rack's air, kg/kg.
    pub(super) fn oxygen(&self) -> f64 {
        self.oxygen
    }

    /// Whether something burns that may grow.
    #[cfg(test)]
    pub(super) fn burns(&self) -> bool {
        self.growing.is_some()
    }

    /// Lets `dt_s` pass at an extracted flow, with or without enough agent; gives the heat released, W.
    pub(super) fn step(&mut self, dt_s: f64, flow_m3_s: f64, quenched: bool) -> f64 {
        if self.growing.is_none() && self.oxygen >= self.config.oxygen_room {
            self.burning_w = 0.0;
            return 0.0;
        }
        let wished_w = self.wished_w(dt_s, quenched);
        let fresh_kg = self.density_kg_m3 * flow_m3_s * dt_s;
        let spare_kg = self.air_kg * (self.oxygen - self.config.oxygen_limit)
            + fresh_kg * (self.config.oxygen_room - self.config.oxygen_limit);
        let cap_w = (spare_kg * self.config.heat_j_kg_oxygen / dt_s).max(0.0);
        let burning_w = wished_w.min(cap_w);
        let used_kg = burning_w * dt_s / self.config.heat_j_kg_oxygen;
        let oxygen = (self.air_kg * self.oxygen + fresh_kg * self.config.oxygen_room - used_kg)
            / (self.air_kg + fresh_kg);
        self.oxygen = if self.config.oxygen_room - oxygen < FRESH {
            self.config.oxygen_room
        } else {
            oxygen
        };
        if wished_w > burning_w {
            let keep = self.starving.over(dt_s, self.config.starve_s);
            self.resize(burning_w + (wished_w - burning_w) * keep);
        }
        if (quenched || wished_w > burning_w) && burning_w < self.config.out_below_w {
            self.growing = None;
        }
        self.burning_w = burning_w;
        burning_w
    }

    /// What the fire would release at the end of the step if it had the air.
    fn wished_w(&mut self, dt_s: f64, quenched: bool) -> f64 {
        let keep = if quenched {
            self.quenching.over(dt_s, self.config.quench_s)
        } else {
            1.0
        };
        let Some(fire) = &mut self.growing else {
            return 0.0;
        };
        if quenched {
            // The size goes with the square of the age.
            fire.age_s *= keep.sqrt();
        } else {
            fire.age_s += dt_s;
        }
        let size_w = fire.alpha_w_s2 * fire.age_s * fire.age_s;
        if size_w > fire.ceiling_w {
            fire.age_s = (fire.ceiling_w / fire.alpha_w_s2).sqrt();
        }
        size_w.min(fire.ceiling_w)
    }

    fn resize(&mut self, size_w: f64) {
        if let Some(fire) = &mut self.growing {
            fire.age_s = (size_w / fire.alpha_w_s2).sqrt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fire() -> Fire {
        Fire::new(&FireConfig::default(), &AirConfig::default())
    }

    fn burn(fire: &mut Fire, seconds: f64, flow_m3_s: f64, quenched: bool) -> f64 {
        let mut left_s = seconds;
        while left_s > 1e-9 {
            fire.step(0.1, flow_m3_s, quenched);
            left_s -= 0.1;
        }
        fire.burning_w()
    }

    #[test]
    fn each_class_grows_by_the_square_of_time_at_its_published_rate() {
        for (class, kw_s2) in FireClass::ALL.iter().zip([0.002_93, 0.011_72, 0.046_9, 0.187_6]) {
            assert!((class.alpha_w_s2() / 1_000.0 / kw_s2 - 1.0).abs() < 1e-3);
            let mut fire = fire();
            fire.ignite(*class, Some(1e9));
            let grown_w = burn(&mut fire, 20.0, 0.5, false);
            assert!(
                (grown_w / (class.alpha_w_s2() * 400.0) - 1.0).abs() < 1e-9,
                "{class:?} {grown_w}"
            );
        }
    }

    #[test]
    fn its_fuel_and_its_air_set_ceilings() {
        let mut fire = fire();
        fire.ignite(FireClass::Ultrafast, Some(20_000.0));
        assert!((burn(&mut fire, 60.0, 0.5, false) - 20_000.0).abs() < 1e-6);
        fire.ignite(FireClass::Ultrafast, Some(1e6));
        for flow in [0.3, 0.05, 0.01] {
            let cap_w = 13.1e6 * 1.17 * flow * (0.232 - 0.15);
            let burning_w = burn(&mut fire, 900.0, flow, false);
            assert!(
                (burning_w / cap_w - 1.0).abs() < 1e-3,
                "{flow}: {burning_w} {cap_w}"
            );
            assert!((fire.oxygen() - 0.15).abs() < 1e-6);
        }
        burn(&mut fire, 60.0, 0.0, false);
        assert!(!fire.burns(), "no air, no fire");
    }

    #[test]
    fn a_starved_fire_grows_again_from_what_is_left_of_it() {
        let mut fire = fire();
        fire.ignite(FireClass::Fast, Some(1e5));
        burn(&mut fire, 600.0, 0.01, false);
        let starved_w = fire.burning_w();
        let fed_w = burn(&mut fire, 10.0, 0.5, false);
        assert!(fed_w > starved_w && fed_w < 1e5, "{starved_w} {fed_w}");
        assert!((burn(&mut fire, 60.0, 0.5, false) - 1e5).abs() < 1.0);
    }

    #[test]
    fn agent_beats_it_down_in_five_seconds_and_what_is_not_out_comes_back() {
        let mut fire = fire();
        fire.ignite(FireClass::Fast, Some(1e5));
        let before_w = burn(&mut fire, 40.0, 0.5, false);
        let after_w = burn(&mut fire, 5.0, 0.5, true);
        assert!((after_w / before_w - (-1.0_f64).exp()).abs() < 1e-6);
        assert!(burn(&mut fire, 20.0, 0.5, false) > after_w);
        burn(&mut fire, 60.0, 0.5, true);
        assert!(!fire.burns());
        burn(&mut fire, 600.0, 0.5, false);
        assert!(fire.burning_w() <= 0.0 && (fire.oxygen() - 0.232).abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn heat_is_oxygen_used(
            course in prop::collection::vec((0.0..1.0_f64, any::<bool>(), -2.0..1.5_f64), 1..60), ceiling in 1.0..5e5_f64
        ) {
            let mut fire = fire();
            fire.ignite(FireClass::Ultrafast, Some(ceiling));
            for (flow, quenched, dt) in course {
                let dt_s = 10.0_f64.powf(dt);
                let before_kg = fire.oxygen() * fire.air_kg;
                let burnt_kg = fire.step(dt_s, flow, quenched) * dt_s / 13.1e6;
                // What comes in is room air, what goes out is the rack's at the end of the step.
                let net_kg = 1.17 * flow * dt_s * (0.232 - fire.oxygen()) - burnt_kg;
                prop_assert!((fire.oxygen() * fire.air_kg - before_kg - net_kg).abs() < 2e-9 * (1.0 + dt_s));
                prop_assert!(fire.oxygen() >= 0.15 - 1e-12 && fire.oxygen() <= 0.232);
                prop_assert!(fire.burning_w() <= ceiling && fire.burning_w() >= 0.0);
            }
        }
    }
}
