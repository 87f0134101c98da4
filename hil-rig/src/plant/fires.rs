//! Fires in the whole plant: what grows, starves, bursts and is washed out, and what a blower does to it.

use super::*;

const FULL: BlowerSupply = BlowerSupply::at(1.0);
/// A blower at work: enough air for a fire, and not enough to keep its gas cool.
const SLOW: BlowerSupply = BlowerSupply::at(0.3);
const STOPPED: BlowerSupply = BlowerSupply::cut();

fn plant(supply: &BlowerSupply) -> Plant {
    let mut config = PlantConfig::default();
    config.air.buffet_ratio = 0.0;
    Plant::new(config, 1, &Surroundings::default(), supply)
}

fn run(plant: &mut Plant, seconds: f64, supply: &BlowerSupply) {
    let until_s = plant.truth().time_s + seconds;
    while plant.truth().time_s < until_s - 1e-9 {
        plant.step(0.1, &Surroundings::default(), supply);
    }
}

/// Seconds until something holds; none within an hour.
fn when(plant: &mut Plant, supply: &BlowerSupply, holds: impl Fn(&Plant) -> bool) -> Option<f64> {
    let start_s = plant.truth().time_s;
    while plant.truth().time_s < start_s + 3_600.0 {
        if holds(plant) {
            return Some(plant.truth().time_s - start_s);
        }
        run(plant, 0.1, supply);
    }
    None
}

#[test]
fn smoke_comes_first_and_the_paper_last_and_each_class_is_faster_than_the_one_before() {
    let (mut smoke_before_s, mut paper_before_s) = (f64::MAX, f64::MAX);
    for class in FireClass::ALL {
        let mut rack = plant(&SLOW);
        rack.ignite(*class, None);
        let smoke_s = when(&mut rack, &SLOW, |rack| rack.hazards().smoke_closed == [true; 2]).expect("smoke");
        let paper_s = when(&mut rack, &SLOW, |rack| rack.hazards().fired != [false; 2]).expect("paper");
        assert!(
            smoke_s < paper_s && smoke_s < smoke_before_s && paper_s < paper_before_s,
            "{class:?}"
        );
        (smoke_before_s, paper_before_s) = (smoke_s, paper_s);
    }
}

#[test]
fn the_blower_feeds_a_fire_and_its_stop_starves_it() {
    let mut fed = plant(&FULL);
    fed.ignite(FireClass::Fast, Some(60_000.0));
    let mut starved = fed.clone();
    run(&mut fed, 60.0, &FULL);
    run(&mut starved, 60.0, &STOPPED);
    assert!(fed.hazards().growing_fire_w > 59_000.0 && starved.hazards().oxygen < 0.2);
    run(&mut starved, 240.0, &STOPPED);
    // What natural draught feeds: 13.1 MJ/kg x 1.17 kg/m3 x 0.01 m3/s x 0.082.
    let starved_w = starved.hazards().growing_fire_w;
    assert!(
        (starved_w / 12_570.0 - 1.0).abs() < 0.02 || starved.hazards().fired != [false; 2],
        "{starved_w}"
    );
}

#[test]
fn powder_puts_a_fire_out_in_a_still_rack_and_the_running_blower_sucks_it_away() {
    let left_w = |supply: &BlowerSupply| {
        let mut rack = plant(&SLOW);
        rack.set_extinguisher_home(1, false);
        rack.ignite(FireClass::Fast, None);
        when(&mut rack, &SLOW, |rack| rack.hazards().fired[0]).expect("it bursts");
        run(&mut rack, 120.0, supply);
        rack.hazards().growing_fire_w
    };
    assert!(left_w(&STOPPED) <= 0.0);
    assert!(left_w(&SLOW) > 50_000.0, "it burns again");
}

#[test]
fn a_burst_shows_in_pressure_filters_and_temperature() {
    let mut rack = plant(&SLOW);
    rack.ignite(FireClass::Fast, None);
    when(&mut rack, &SLOW, |rack| rack.truth().ceiling_c > 235.0);
    let mut twin = rack.clone();
    twin.set_extinguisher_home(0, false);
    twin.set_extinguisher_home(1, false);
    when(&mut rack, &SLOW, |rack| rack.hazards().fired[0]).expect("it bursts");
    let since_s = rack.truth().time_s - twin.truth().time_s;
    run(&mut twin, since_s, &SLOW);
    assert!(rack.truth().draft_pa > 100.0 && rack.truth().filter_left_pa < -100.0);
    run(&mut rack, 2.0, &SLOW);
    run(&mut twin, 2.0, &SLOW);
    assert!(
        rack.truth().air_c < twin.truth().air_c - 10.0,
        "{} {}",
        rack.truth().air_c,
        twin.truth().air_c
    );
    run(&mut rack, 20.0, &SLOW);
    assert!(rack.hazards().pulse_pa <= 0.0 && rack.truth().draft_pa < 0.0);
    let [left, right] = rack.filter_life_used().map(|used| 4.0_f64.powf(used));
    assert!(
        (2.0..=5.01).contains(&left) && (2.0..=5.01).contains(&right),
        "{left} {right}"
    );
}

#[test]
fn a_recorded_gas_drives_every_place_that_it_is_hotter_at_and_no_heat() {
    let mut rack = plant(&FULL);
    let before = *rack.truth();
    let gas = Gas {
        column_c: [300.0, 280.0, 260.0, 240.0, 220.0, 20.0],
        heat_w: 0.0,
    };
    rack.replay(Some(gas));
    run(&mut rack, 0.1, &FULL);
    let now = *rack.truth();
    assert!((now.ceiling_c - 300.0).abs() < 1e-9 && (now.exhaust_c - 300.0).abs() < 1e-9);
    for (board, depth_m) in [(3, 0.3), (6, 0.7), (1, 1.1)] {
        assert!(
            (now.boards_c[board] - gas.at_depth_c(depth_m)).abs() < 1e-9,
            "{board}"
        );
    }
    assert!(
        (now.inlet_left_c - before.inlet_left_c).abs() < 0.1,
        "colder gas takes no place"
    );
    assert!((now.air_c - before.air_c).abs() < 0.1);
    run(&mut rack, 300.0, &FULL);
    assert_eq!(rack.hazards().fired, [true; 2]);
    assert!(rack.truth().extinguisher_c[0] > 200.0);
    rack.replay(None);
    run(&mut rack, 0.1, &FULL);
    assert!(rack.truth().ceiling_c < 60.0);
}
