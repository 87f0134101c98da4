//! From the one air temperature of the model to the places where sensors sit.
//!
//! Nothing here acts back on the rack: these are views of its state, plus the slow steel of two bottles.

use super::air::Flows;
use super::cabinet::Gas;
use super::config::PlacesConfig;
use super::decay::Decay;

/// Temperatures of the places, deg C.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) inlet_c: [f64; 2],
    pub(super) boards_c: [f64; 8],
    pub(super) ceiling_c: f64,
    /// The two sides of the ceiling, which the bottles follow.
    pub(super) over_bottles_c: [f64; 2],
}

impl Places {
    pub(super) fn of(config: &PlacesConfig, air_c: f64, room_c: f64, core_m3_s: f64, flows: &Flows) -> Self {
        let rise_k = air_c - room_c;
        let fresh = (1.0 - config.recirculation) * (core_m3_s / config.recirculation_full_flow_m3_s).min(1.0);
        let recirculation = 1.0 - fresh;
        // The side whose filter passes less breathes more of what is already warm.
        let sides = flows.left + flows.right;
        let left_share = if sides > 0.0 { flows.right / sides } else { 0.5 };
        let inlet =
            |share: f64| room_c + rise_k * (recirculation + fresh * recirculation * (2.0 * share - 1.0));
        let inlet_c = [inlet(left_share), inlet(1.0 - left_share)];
        let mut boards_c = [air_c; 8];
        for (index, (board_c, way)) in boards_c.iter_mut().zip(config.boards).enumerate() {
            let from_c = if index < 4 { inlet_c[0] } else { inlet_c[1] };
            *board_c = from_c + way * (air_c - from_c);
        }
        let ceiling_c = air_c + config.ceiling_rise * rise_k;
        let tilt_k = 0.5 * config.side_share * (inlet_c[0] - inlet_c[1]);
        Self {
            inlet_c,
            boards_c,
            ceiling_c,
            over_bottles_c: [ceiling_c + tilt_k, ceiling_c - tilt_k],
        }
    }
}

/// Depth of the boards below the roof, m, low to high on either side, and of the inlets.
const BOARDS_M: [f64; 4] = [1.5, 1.1, 0.7, 0.3];
const INLETS_M: f64 = 1.5;

impl Places {
    /// A recorded fire's gas in place of the model's air where it is hotter.
    pub(super) fn burn(&mut self, gas: &Gas) {
        for (board_c, depth_m) in self.boards_c.iter_mut().zip(BOARDS_M.into_iter().chain(BOARDS_M)) {
            *board_c = board_c.max(gas.at_depth_c(depth_m));
        }
        for inlet_c in &mut self.inlet_c {
            *inlet_c = inlet_c.max(gas.at_depth_c(INLETS_M));
        }
        self.ceiling_c = self.ceiling_c.max(gas.roof_c());
        for over_c in &mut self.over_bottles_c {
            *over_c = over_c.max(gas.roof_c());
        }
    }
}

/// The steel of the two ceiling extinguishers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bottles {
    pub(super) steel_c: [f64; 2],
    lag: Decay,
}

impl Bottles {
    pub(super) fn settled(places: &Places) -> Self {
        Self {
            steel_c: places.over_bottles_c,
            lag: Decay::default(),
        }
    }

    pub(super) fn step(&mut self, config: &PlacesConfig, dt_s: f64, places: &Places) {
        let keep = self.lag.over(dt_s, config.bottle_s);
        for (steel_c, air_c) in self.steel_c.iter_mut().zip(places.over_bottles_c) {
            *steel_c = air_c + (*steel_c - air_c) * keep;
        }
    }
}

/// Relative humidity, %, of room air that has been warmed to `place_c` without gaining or losing water.
/// Saturation pressure by Magnus' formula (17.62, 243.12 deg C; over water, -45..60 deg C).
pub(super) fn warmed_rh_percent(room_rh_percent: f64, room_c: f64, place_c: f64) -> f64 {
    let exponent = |c: f64| 17.62 * c / (243.12 + c);
    (room_rh_percent * (exponent(room_c) - exponent(place_c)).exp()).clamp(0.0, 100.0)
}

/// The temperature, deg C, at which air of this temperature and relative humidity, %, is saturated: water condenses on
/// what is colder. The same formula; air without water, which has none, counts as holding a hundredth of a percent.
pub(super) fn dew_point_c(rh_percent: f64, air_c: f64) -> f64 {
    let exponent = (rh_percent.clamp(0.01, 100.0) / 100.0).ln() + 17.62 * air_c / (243.12 + air_c);
    243.12 * exponent / (17.62 - exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flows(left: f64, right: f64) -> Flows {
        Flows {
            left,
            right,
            extracted: left + right,
            ..Flows::default()
        }
    }

    #[test]
    fn boards_stand_between_inlet_and_exhaust_and_all_differ() {
        let places = Places::of(&PlacesConfig::default(), 40.0, 24.0, 0.24, &flows(0.12, 0.12));
        assert!((places.inlet_c[0] - (24.0 + 0.3 * 16.0)).abs() < 1e-12);
        for (index, board_c) in places.boards_c.iter().enumerate() {
            assert!(*board_c > places.inlet_c[0] && *board_c < 40.0);
            for other_c in &places.boards_c[..index] {
                assert!((board_c - other_c).abs() > 0.1);
            }
        }
        assert!(places.ceiling_c > 40.0 && places.ceiling_c < 42.0);
    }

    #[test]
    fn the_clogged_side_breathes_warmer_and_a_still_rack_breathes_itself() {
        let config = PlacesConfig::default();
        let clogged = Places::of(&config, 40.0, 24.0, 0.2, &flows(0.05, 0.15));
        assert!(clogged.inlet_c[0] > clogged.inlet_c[1] + 1.0);
        assert!(clogged.inlet_c[0] < 40.0 && clogged.inlet_c[1] > 24.0);
        let still = Places::of(&config, 60.0, 24.0, 0.01, &flows(0.005, 0.005));
        assert!(still.inlet_c[0] > 55.0 && still.inlet_c[0] < 60.0);
    }

    #[test]
    fn warming_dries_the_air() {
        // 24 deg C at 45 % holds 13.4 hPa; 40 deg C saturates at 73.8 hPa.
        let rh_percent = warmed_rh_percent(45.0, 24.0, 40.0);
        assert!((rh_percent - 18.2).abs() < 0.3, "{rh_percent}");
        assert!((warmed_rh_percent(45.0, 24.0, 24.0) - 45.0).abs() < 1e-12);
        assert!((warmed_rh_percent(90.0, 24.0, 10.0) - 100.0).abs() < 1e-12);
    }

    #[test]
    fn air_that_is_cooled_to_its_dew_point_is_saturated() {
        for (rh_percent, air_c) in [(80.0, 24.0), (45.0, 24.0), (100.0, 31.0), (5.0, 40.0)] {
            let dew_c = dew_point_c(rh_percent, air_c);
            assert!((warmed_rh_percent(rh_percent, air_c, dew_c) - 100.0).abs() < 1e-9);
        }
        // 25 deg C at 80 %: 21.3 deg C by the tables.
        assert!((dew_point_c(80.0, 25.0) - 21.3).abs() < 0.1);
        assert!(dew_point_c(0.0, 20.0) < -60.0);
    }

    #[test]
    fn a_bottle_lags_by_ninety_seconds() {
        let config = PlacesConfig::default();
        let cool = Places::of(&config, 30.0, 24.0, 0.24, &flows(0.12, 0.12));
        let hot = Places::of(&config, 60.0, 24.0, 0.24, &flows(0.12, 0.12));
        let mut bottles = Bottles::settled(&cool);
        for _ in 0..900 {
            bottles.step(&config, 0.1, &hot);
        }
        let expected_c = hot.ceiling_c + (cool.ceiling_c - hot.ceiling_c) * (-1.0_f64).exp();
        assert!((bottles.steel_c[0] - expected_c).abs() < 1e-6);
    }
}
