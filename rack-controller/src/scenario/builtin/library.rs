//! The scenarios by name.

use hil_rig::plant::Profile;
use hil_rig::rack::RackConfig;

use super::run::Run;

/// A scenario: its name, what it shows, and itself as a function of the seed.
pub type Scenario = (&'static str, &'static str, fn(u64) -> Run);

/// Every built-in scenario.
pub fn all() -> Vec<Scenario> {
    vec![("start", "from its own equilibrium to the target, then a load step", start)]
}

fn rack(seed: u64, power_w: f64) -> RackConfig {
    RackConfig { seed, load: Profile::constant(power_w), ..RackConfig::default() }
}

fn start(seed: u64) -> Run {
    use points::point::{power, temperature};
    let mut run = Run::new(RackConfig { seed, load: Profile::synthetic_load(seed), ..RackConfig::default() }, 100);
    run.within(5.0, "exhaust is read", |p| p.get(temperature::EXHAUST_VOTED).ok().is_some());
    run.within(150.0, "the load step is seen", |p| p.get(power::IT_POWER).number().is_some_and(|w| w > 6_500.0));
    let before = run.picture().fan.drive.get();
    run.within(60.0, "the fan answers", |p| p.fan.drive.get() > before + 5.0);
    let left = 300.0 - run.now_s();
    run.pass(left - 10.0);
    run.during(10.0, "exhaust within 1 K of the target", |p| {
        p.get(temperature::EXHAUST_VOTED).number().is_some_and(|c| (c - 42.0).abs() < 1.0)
    });
    run
}

#[allow(dead_code)]
fn _unused(seed: u64) -> RackConfig {
    rack(seed, 5_000.0)
}
