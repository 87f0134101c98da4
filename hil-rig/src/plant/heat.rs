//! The thermal side: chips, chassis and wall around the air, one implicit step at a time.
//!
//! A backward Euler step is stable at any length. Each body touches only the air, so each is eliminated in one
//! line (an arrow matrix without the matrix). The wall's coat melts over a band; its enthalpy is a piecewise
//! quadratic in temperature, so even that last equation has a closed form. Enthalpy, not temperature, is the
//! wall's state: what flows in is what is stored, to rounding.

use super::config::HeatConfig;
use super::surroundings::Surroundings;

/// Temperatures and stores of the bodies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bodies {
    pub(super) chips_c: f64,
    pub(super) chassis_c: f64,
    pub(super) air_c: f64,
    /// Temperature that belongs to the wall's enthalpy.
    pub(super) wall_c: f64,
    /// Steel and coat, above solid at 0 deg C.
    pub(super) wall_j: f64,
}

/// How the flow of this moment couples the bodies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coupling {
    /// Chips to air, W/K.
    chips_w_k: f64,
    /// Air carried out and replaced by room air, W/K.
    pub(super) carried_w_k: f64,
    /// Powder thrown into the air, warmed from the room's temperature, W/K.
    pub(super) quench_w_k: f64,
}

impl Coupling {
    /// At a flow through the core of the rack, m3/s, of air that holds `air_j_m3_k` (density times specific heat), with
    /// chips that give off their heat as well as new ones times `contact`.
    pub(super) fn at(config: &HeatConfig, core_m3_s: f64, air_j_m3_k: f64, contact: f64) -> Self {
        let flow = (core_m3_s / config.chips_reference_m3_s).max(0.0);
        Self {
            chips_w_k: contact * (config.chips_still_w_k + config.chips_moved_w_k * flow.powf(0.8)),
            carried_w_k: air_j_m3_k * core_m3_s,
            quench_w_k: 0.0,
        }
    }

    /// Chips to air, W/K.
    pub(super) fn chips_w_k(&self) -> f64 {
        self.chips_w_k
    }
}

impl Bodies {
    /// The temperatures at which nothing changes any more.
    pub(super) fn steady(config: &HeatConfig, couple: &Coupling, around: &Surroundings) -> Self {
        let (inner, outer) = (config.wall_inner_w_k, config.wall_outer_w_k);
        let wall_w_k = inner * outer / (inner + outer);
        let air_c = around.room_c + (around.it_power_w + around.fire_w) / (couple.carried_w_k + wall_w_k);
        let wall_c = (inner * air_c + outer * around.room_c) / (inner + outer);
        Self {
            chips_c: air_c + config.chips_share * around.it_power_w / couple.chips_w_k,
            chassis_c: air_c,
            air_c,
            wall_c,
            wall_j: wall_enthalpy_j(config, wall_c),
        }
    }

    /// Bodies at these temperatures, and a wall that holds `wall_j`.
    pub(super) fn of(config: &HeatConfig, chips_c: f64, chassis_c: f64, air_c: f64, wall_j: f64) -> Self {
        Self {
            chips_c,
            chassis_c,
            air_c,
            wall_c: wall_temperature_c(config, 0.0, wall_j),
            wall_j,
        }
    }

    /// One backward Euler step of `dt_s`.
    pub(super) fn step(&mut self, config: &HeatConfig, dt_s: f64, couple: &Coupling, around: &Surroundings) {
        let per_s = 1.0 / dt_s;
        let chips_w = config.chips_share * around.it_power_w;
        let air_w = around.it_power_w - chips_w + around.fire_w;
        let chips = Spoke::new(config.chips_j_k * per_s, self.chips_c, chips_w, couple.chips_w_k);
        let chassis = Spoke::new(
            config.chassis_j_k * per_s,
            self.chassis_c,
            0.0,
            config.chassis_w_k,
        );
        // Air without its wall: hub_w_k * air = source_w + inner * wall.
        let (inner, outer) = (config.wall_inner_w_k, config.wall_outer_w_k);
        let store = config.air_j_k * per_s;
        let hub_w_k =
            store + chips.pull_w_k + chassis.pull_w_k + couple.carried_w_k + inner + couple.quench_w_k;
        let source_w = store * self.air_c
            + chips.push_w
            + chassis.push_w
            + couple.carried_w_k * around.room_c
            + air_w
            + couple.quench_w_k * around.room_c;
        // The wall alone is left: H(wall) / dt + drain * wall = known.
        let drain_w_k = inner * (1.0 - inner / hub_w_k) + outer;
        let known_w = self.wall_j * per_s + inner * source_w / hub_w_k + outer * around.room_c;
        let wall_c = wall_temperature_c(config, drain_w_k * dt_s, known_w * dt_s);
        let air_c = (source_w + inner * wall_c) / hub_w_k;
        self.wall_j += dt_s * (inner * (air_c - wall_c) - outer * (wall_c - around.room_c));
        self.wall_c = wall_c;
        self.air_c = air_c;
        self.chips_c = chips.end_c(air_c);
        self.chassis_c = chassis.end_c(air_c);
    }

    /// Heat that leaves the wall into the room, W.
    pub(super) fn wall_loss_w(&self, config: &HeatConfig, room_c: f64) -> f64 {
        config.wall_outer_w_k * (self.wall_c - room_c)
    }

    /// Everything stored, above all solid at 0 deg C, J.
    pub(super) fn stored_j(&self, config: &HeatConfig) -> f64 {
        config.chips_j_k * self.chips_c
            + config.chassis_j_k * self.chassis_c
            + config.air_j_k * self.air_c
            + self.wall_j
    }
}

/// A body that touches only the air, eliminated: at the end of the step it is `(known + link * air) / whole`.
struct Spoke {
    known_w: f64,
    link_w_k: f64,
    whole_w_k: f64,
    /// What the elimination adds to the air's own coefficient and to its source.
    pull_w_k: f64,
    push_w: f64,
}

impl Spoke {
    fn new(store_w_k: f64, begin_c: f64, source_w: f64, link_w_k: f64) -> Self {
        let (known_w, whole_w_k) = (store_w_k * begin_c + source_w, store_w_k + link_w_k);
        Self {
            known_w,
            link_w_k,
            whole_w_k,
            pull_w_k: link_w_k * store_w_k / whole_w_k,
            push_w: link_w_k * known_w / whole_w_k,
        }
    }

    fn end_c(&self, air_c: f64) -> f64 {
        (self.known_w + self.link_w_k * air_c) / self.whole_w_k
    }
}

/// Enthalpy of wall and coat at a temperature, J above solid at 0 deg C.
pub(super) fn wall_enthalpy_j(config: &HeatConfig, wall_c: f64) -> f64 {
    config.wall_j_k * wall_c + config.coat_latent_j * molten_share(config, wall_c)
}

/// Molten share of the coat. The melting peaks in the middle of the band and fades to both ends: the apparent
/// heat capacity is a triangle, its integral two parabolas.
pub(super) fn molten_share(config: &HeatConfig, wall_c: f64) -> f64 {
    let x = (wall_c - config.coat_from_c) / (config.coat_to_c - config.coat_from_c);
    if x <= 0.0 {
        0.0
    } else if x < 0.5 {
        2.0 * x * x
    } else if x < 1.0 {
        1.0 - 2.0 * (1.0 - x) * (1.0 - x)
    } else {
        1.0
    }
}

/// The temperature at which `extra_j_k * T + H(T)` equals `sum_j`; with `extra_j_k` zero, the inverse of H.
fn wall_temperature_c(config: &HeatConfig, extra_j_k: f64, sum_j: f64) -> f64 {
    let (from_c, band_k) = (config.coat_from_c, config.coat_to_c - config.coat_from_c);
    let slope_j_k = config.wall_j_k + extra_j_k;
    let latent_j = config.coat_latent_j;
    // In units of the band: step_j * x + latent_j * molten(x) = rest_j.
    let step_j = slope_j_k * band_k;
    let rest_j = sum_j - slope_j_k * from_c;
    let half_j = 0.5 * (step_j + latent_j);
    let rising = |rest_j: f64| 2.0 * rest_j / (step_j + (step_j * step_j + 8.0 * latent_j * rest_j).sqrt());
    let x = if rest_j <= 0.0 {
        rest_j / step_j
    } else if rest_j < half_j {
        rising(rest_j)
    } else if rest_j < 2.0 * half_j {
        1.0 - rising(2.0 * half_j - rest_j)
    } else {
        (rest_j - latent_j) / step_j
    };
    from_c + band_k * x
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AIR_J_M3_K: f64 = 1.17 * 1006.0;

    #[test]
    fn the_coat_holds_its_latent_heat_and_melts_hardest_in_the_middle() {
        let config = HeatConfig::default();
        let latent = wall_enthalpy_j(&config, 50.0) - wall_enthalpy_j(&config, 20.0) - 30.0 * 48_000.0;
        assert!((latent - 19_000.0).abs() < 1e-6);
        let apparent =
            (wall_enthalpy_j(&config, 35.001) - wall_enthalpy_j(&config, 34.999)) / 0.002 - 48_000.0;
        assert!((apparent - 2.0 * 19_000.0 / 30.0).abs() < 1.0, "{apparent}");
        assert!((molten_share(&config, 35.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_steady_state_stays() {
        let (config, around) = (HeatConfig::default(), Surroundings::default());
        let couple = Coupling::at(&config, 0.239, AIR_J_M3_K, 1.0);
        let start = Bodies::steady(&config, &couple, &around);
        let mut now = start;
        for _ in 0..1_000 {
            now.step(&config, 10.0, &couple, &around);
        }
        assert!((now.air_c - start.air_c).abs() < 1e-9 && (now.chips_c - start.chips_c).abs() < 1e-9);
        assert!((now.wall_j / start.wall_j - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_step_of_a_second_errs_less_than_a_tenth_of_a_kelvin() {
        let config = HeatConfig::default();
        let mut around = Surroundings::default();
        let couple = Coupling::at(&config, 0.24, AIR_J_M3_K, 1.0);
        let start = Bodies::steady(&config, &couple, &around);
        around.it_power_w = 11_000.0;
        let worst_k = |dt_s: f64| {
            let (mut fine, mut coarse, mut worst) = (start, start, 0.0_f64);
            let mut elapsed_s = 0.0;
            while elapsed_s < 600.0 {
                let mut inner_s = 0.0;
                while inner_s < dt_s - 1e-9 {
                    fine.step(&config, 0.01, &couple, &around);
                    inner_s += 0.01;
                }
                coarse.step(&config, dt_s, &couple, &around);
                elapsed_s += dt_s;
                worst = worst.max((fine.chips_c - coarse.chips_c).abs());
            }
            worst
        };
        assert!(worst_k(0.1) < 0.015, "{}", worst_k(0.1));
        assert!(worst_k(1.0) < 0.15, "{}", worst_k(1.0));
        assert!(worst_k(5.0) < 0.7, "{}", worst_k(5.0));
    }

    proptest! {
        #[test]
        fn wall_temperature_inverts_enthalpy(wall_c in -50.0..400.0_f64, extra in 0.0..1e6_f64) {
            let config = HeatConfig::default();
            let sum_j = wall_enthalpy_j(&config, wall_c) + extra * wall_c;
            prop_assert!((wall_temperature_c(&config, extra, sum_j) - wall_c).abs() < 1e-9);
        }

        #[test]
        fn enthalpy_and_temperature_of_the_wall_never_part(
            power in 0.0..30_000.0_f64, fire in 0.0..1e5_f64, flow in 0.0..1.0_f64, dt_s in 1e-3..60.0_f64
        ) {
            let config = HeatConfig::default();
            let around = Surroundings { it_power_w: power, fire_w: fire, ..Surroundings::default() };
            let couple = Coupling::at(&config, flow, AIR_J_M3_K, 1.0);
            let start = Surroundings { it_power_w: 3_000.0, ..Surroundings::default() };
            let mut now = Bodies::steady(&config, &Coupling::at(&config, 0.2, AIR_J_M3_K, 1.0), &start);
            for _ in 0..200 {
                now.step(&config, dt_s, &couple, &around);
            }
            prop_assert!((wall_enthalpy_j(&config, now.wall_c) / now.wall_j - 1.0).abs() < 1e-9);
        }
    }
}
