//! The roof blower: how its speed follows drive and supply, what pressure it makes, and what it draws.
//!
//! ```text
//!   drive --slew 8 %/s--> set point --lag 2 s--> speed      driven
//!                             ^--- follows the speed ---    coasting (tau 3 s) or jammed (tau 0.15 s)
//! ```
//! A restart on a wheel that still turns therefore begins from its speed.

use super::config::BlowerConfig;
use super::decay::Decay;
use super::surroundings::{BlowerSupply, Surroundings};

/// Below this speed friction stops the wheel outright, share of full speed.
const STANDSTILL: f64 = 0.002;

/// What turns the wheel, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turning {
    Driven,
    Coasting,
    Jammed,
}

/// The wheel and its drive.
#[derive(Clone, Debug)]
pub(super) struct Blower {
    config: BlowerConfig,
    set_point: f64,
    speed: f64,
    lag: Decay,
    coast: Decay,
    jam: Decay,
}

impl Blower {
    /// A blower that has long settled at what supply and surroundings let it do.
    pub(super) fn settled(config: &BlowerConfig, around: &Surroundings, supply: &BlowerSupply) -> Self {
        let speed = match turning(config, around, supply) {
            Turning::Driven => attainable(config, around, supply),
            Turning::Coasting | Turning::Jammed => 0.0,
        };
        Self {
            config: config.clone(),
            set_point: speed,
            speed,
            lag: Decay::default(),
            coast: Decay::default(),
            jam: Decay::default(),
        }
    }

    /// Speed, share of full speed.
    pub(super) fn speed(&self) -> f64 {
        self.speed
    }

    pub(super) fn step(&mut self, dt_s: f64, around: &Surroundings, supply: &BlowerSupply) {
        match turning(&self.config, around, supply) {
            Turning::Driven => {
                let change = attainable(&self.config, around, supply) - self.set_point;
                let most = self.config.slew_per_s * dt_s;
                let moved = change.clamp(-most, most);
                let keep = self.lag.over(dt_s, self.config.lag_s);
                // The lag's exact answer to a ramp, so that speed does not depend on the step length.
                let behind = moved * self.config.lag_s / dt_s * (1.0 - keep);
                self.speed = self.set_point + moved - behind + (self.speed - self.set_point) * keep;
                self.set_point += moved;
            }
            Turning::Coasting => {
                // Worn bearings brake: the coast-down shortens as the efficiency falls.
                let coast_s = self.config.coast_s * around.blower_efficiency;
                self.run_down(|blower| blower.coast.over(dt_s, coast_s));
            }
            Turning::Jammed => self.run_down(|blower| blower.jam.over(dt_s, blower.config.jam_s)),
        }
    }

    fn run_down(&mut self, keep: impl FnOnce(&mut Self) -> f64) {
        let speed = self.speed * keep(self);
        self.speed = if speed < STANDSTILL { 0.0 } else { speed };
        self.set_point = self.speed;
    }

    /// Electrical power, W, while it moves `flow_m3_s` against `rise_pa`.
    pub(super) fn power_w(
        &self,
        flow_m3_s: f64,
        rise_pa: f64,
        around: &Surroundings,
        supply: &BlowerSupply,
    ) -> f64 {
        if !supply.energised || supply.voltage < self.config.voltage_min {
            return 0.0;
        }
        match turning(&self.config, around, supply) {
            Turning::Driven => {
                let air_w = (rise_pa * flow_m3_s).max(0.0);
                let full = (self.speed * self.config.free_flow_m3_s).max(f64::MIN_POSITIVE);
                self.config.standby_w
                    + air_w / (efficiency(&self.config, flow_m3_s / full) * around.blower_efficiency)
            }
            Turning::Coasting => self.config.standby_w,
            Turning::Jammed if supply.drive < self.config.drive_stop_below => self.config.standby_w,
            Turning::Jammed => self.config.locked_w,
        }
    }
}

fn turning(config: &BlowerConfig, around: &Surroundings, supply: &BlowerSupply) -> Turning {
    if around.blower_jammed {
        Turning::Jammed
    } else if supply.energised
        && supply.voltage >= config.voltage_min
        && supply.drive >= config.drive_stop_below
    {
        Turning::Driven
    } else {
        Turning::Coasting
    }
}

/// The speed the drive asks for, or what voltage and motor can give: needed power grows with the cube of the speed and
/// with the inverse of the efficiency.
fn attainable(config: &BlowerConfig, around: &Surroundings, supply: &BlowerSupply) -> f64 {
    let asked = supply.drive.max(config.speed_min).min(supply.voltage);
    let reserve = config.motor_reserve * around.blower_efficiency;
    if reserve >= 1.0 {
        asked
    } else {
        asked.min(reserve.cbrt())
    }
}

/// Wire-to-air efficiency of a new blower at a flow coefficient: a parabola with a floor.
fn efficiency(config: &BlowerConfig, flow_coefficient: f64) -> f64 {
    let off = (flow_coefficient - config.efficiency_best_at) / config.efficiency_width;
    config.efficiency_best * (1.0 - off * off).max(config.efficiency_floor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(blower: &mut Blower, seconds: f64, around: &Surroundings, supply: &BlowerSupply) {
        let mut left_s = seconds;
        while left_s > 1e-9 {
            blower.step(0.02, around, supply);
            left_s -= 0.02;
        }
    }

    fn at(drive: f64) -> BlowerSupply {
        BlowerSupply {
            drive,
            ..BlowerSupply::default()
        }
    }

    #[test]
    fn slews_at_eight_percent_a_second_behind_a_lag_of_two() {
        let (config, around) = (BlowerConfig::default(), Surroundings::default());
        let mut blower = Blower::settled(&config, &around, &at(0.4));
        run(&mut blower, 5.0, &around, &at(0.8));
        // A ramp r behind a lag tau: r (t - tau (1 - exp(-t/tau))).
        let expected = 0.4 + 0.08 * (5.0 - 2.0 * (1.0 - (-2.5_f64).exp()));
        assert!(
            (blower.speed() - expected).abs() < 1e-9,
            "{} {expected}",
            blower.speed()
        );
        run(&mut blower, 30.0, &around, &at(0.8));
        assert!((blower.speed() - 0.8).abs() < 1e-4);
    }

    #[test]
    fn coasts_with_three_seconds_without_mains_or_without_drive() {
        let (config, around) = (BlowerConfig::default(), Surroundings::default());
        for supply in [
            BlowerSupply {
                energised: false,
                ..at(1.0)
            },
            at(0.0),
            at(0.019),
        ] {
            let mut blower = Blower::settled(&config, &around, &at(0.9));
            run(&mut blower, 3.0, &around, &supply);
            assert!((blower.speed() - 0.9 * (-1.0_f64).exp()).abs() < 1e-6);
            run(&mut blower, 60.0, &around, &supply);
            assert!(blower.speed().abs() < f64::EPSILON);
        }
    }

    #[test]
    fn a_small_drive_holds_the_slowest_speed_and_a_restart_is_flying() {
        let (config, around) = (BlowerConfig::default(), Surroundings::default());
        let mut blower = Blower::settled(&config, &around, &at(0.03));
        assert!((blower.speed() - 0.2).abs() < 1e-12);
        blower = Blower::settled(&config, &around, &at(0.9));
        run(&mut blower, 1.0, &around, &at(0.0));
        let before = blower.speed();
        run(&mut blower, 1.0, &around, &at(0.9));
        assert!(blower.speed() > before && blower.speed() < before + 0.08);
    }

    #[test]
    fn a_jam_stops_within_a_second_and_takes_only_the_locked_power() {
        let (config, usual) = (BlowerConfig::default(), Surroundings::default());
        let jammed = Surroundings {
            blower_jammed: true,
            ..usual
        };
        let mut blower = Blower::settled(&config, &usual, &at(1.0));
        run(&mut blower, 1.0, &jammed, &at(1.0));
        assert!(blower.speed().abs() < f64::EPSILON);
        assert!((blower.power_w(0.0, 0.0, &jammed, &at(1.0)) - 12.0).abs() < 1e-12);
        assert!((blower.power_w(0.0, 0.0, &jammed, &at(0.0)) - 4.0).abs() < 1e-12);
        let dark = BlowerSupply {
            energised: false,
            ..at(1.0)
        };
        assert!(blower.power_w(0.5, 100.0, &jammed, &dark).abs() < f64::EPSILON);
    }

    #[test]
    fn wear_costs_power_shortens_the_coast_and_lowers_the_top_speed() {
        let config = BlowerConfig::default();
        let worn = Surroundings {
            blower_efficiency: 0.5,
            ..Surroundings::default()
        };
        let mut blower = Blower::settled(&config, &worn, &at(1.0));
        assert!((blower.speed() - 0.575_f64.cbrt()).abs() < 1e-12);
        let new_w = blower.power_w(0.4, 300.0, &Surroundings::default(), &at(1.0)) - 4.0;
        let worn_w = blower.power_w(0.4, 300.0, &worn, &at(1.0)) - 4.0;
        assert!((worn_w / new_w - 2.0).abs() < 1e-9);
        run(&mut blower, 1.5, &worn, &at(0.0));
        assert!((blower.speed() - 0.575_f64.cbrt() * (-1.0_f64).exp()).abs() < 1e-6);
    }

    #[test]
    fn a_brown_out_caps_the_speed_and_a_dead_supply_lets_the_wheel_coast() {
        let (config, around) = (BlowerConfig::default(), Surroundings::default());
        let low = |voltage| BlowerSupply { voltage, ..at(0.9) };
        let mut blower = Blower::settled(&config, &around, &at(0.9));
        run(&mut blower, 60.0, &around, &low(0.6));
        assert!((blower.speed() - 0.6).abs() < 1e-6, "{}", blower.speed());
        run(&mut blower, 60.0, &around, &low(1.1));
        assert!((blower.speed() - 0.9).abs() < 1e-6);
        run(&mut blower, 3.0, &around, &low(0.2));
        assert!((blower.speed() - 0.9 * (-1.0_f64).exp()).abs() < 1e-6);
        assert!(blower.power_w(0.1, 10.0, &around, &low(0.2)) <= 0.0);
    }
}
