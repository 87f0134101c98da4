//! What holds everywhere: over all surroundings, all supplies, all step lengths.

use super::*;
use proptest::prelude::*;

fn surroundings() -> impl Strategy<Value = Surroundings> {
    let figures = (
        -20.0..70.0_f64,
        0.0..100.0_f64,
        0.0..60_000.0_f64,
        0.0..5.0_f64,
        0.05..1.5_f64,
        0.0..1.0_f64,
        -3.0..9.0_f64,
    );
    let filters = (-1.0..3.0_f64, -1.0..3.0_f64, any::<bool>(), any::<bool>());
    (figures, filters, any::<bool>(), prop::bool::weighted(0.1)).prop_map(
        |(
            (room_c, rh, power_w, fire, efficiency, obstruction, dust),
            (left, right, has_left, has_right),
            open,
            jam,
        )| {
            Surroundings {
                room_c,
                room_rh_percent: rh,
                it_power_w: power_w,
                door_open: open,
                filter_left_resistance: 10.0_f64.powf(left),
                filter_right_resistance: 10.0_f64.powf(right),
                filter_left_present: has_left,
                filter_right_present: has_right,
                // Mostly none, sometimes any size.
                fire_w: if fire < 3.0 { 0.0 } else { 10.0_f64.powf(fire) },
                dust_ug_m3: if dust < 0.0 { 0.0 } else { 10.0_f64.powf(dust) },
                blower_jammed: jam,
                blower_efficiency: efficiency,
                discharge_obstruction: if obstruction < 0.5 { 0.0 } else { obstruction },
            }
        },
    )
}

fn supply() -> impl Strategy<Value = BlowerSupply> {
    (prop::bool::weighted(0.9), -0.1..1.1_f64)
        .prop_map(|(energised, drive)| BlowerSupply { energised, drive })
}

fn anything() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(-1.0),
        0.0..2.0_f64
    ]
}

/// Every figure of a truth, and with it every figure a chip could be asked for.
fn figures(truth: &Truth) -> Vec<f64> {
    let text = format!("{truth:?}");
    let numbers = text
        .split([' ', ',', '[', ']', '{', '}'])
        .filter(|word| !word.is_empty());
    numbers.filter_map(|word| word.parse::<f64>().ok()).collect()
}

fn sound(plant: &Plant) -> Result<(), TestCaseError> {
    let truth = plant.truth();
    let found = figures(truth);
    prop_assert_eq!(found.len(), 41, "{:?}", truth);
    prop_assert!(found.iter().all(|figure| figure.is_finite()), "{:?}", truth);
    let entering = truth.filter_left_flow_m3_s
        + truth.filter_right_flow_m3_s
        + truth.leak_flow_m3_s
        + truth.door_flow_m3_s;
    prop_assert!((entering - truth.extracted_flow_m3_s).abs() < 1e-9, "{:?}", truth);
    let residual = plant.config().air.residual_flow_m3_s;
    prop_assert!(
        truth.extracted_flow_m3_s > residual - 1e-9 && truth.draft_pa <= plant.hazards().pulse_pa,
        "{:?}",
        truth
    );
    // Above the residual flow the loop is closed; at it, natural draught is what is left over.
    let closed = truth.loop_residual_pa.abs() < 1e-7;
    prop_assert!(
        closed || truth.extracted_flow_m3_s < residual + 1e-9,
        "{:?}",
        truth
    );
    prop_assert!((0.0..=1.0).contains(&truth.speed_fraction) && truth.blower_power_w >= 0.0);
    prop_assert!(truth.primary_flow_m3_s >= 0.0 && (0.0..=1.0).contains(&truth.coat_molten));
    prop_assert!((0.0..=100.0).contains(&truth.ceiling_rh_percent));
    Ok(())
}

proptest! {
    #[test]
    fn never_fails_and_closes_its_balances(
        start in surroundings(), first in supply(),
        course in prop::collection::vec((surroundings(), supply(), -3.0..3.5_f64), 1..12)
    ) {
        let mut plant = Plant::new(PlantConfig::default(), 5, &start, &first);
        sound(&plant)?;
        for (around, supply, dt) in course {
            plant.step(10.0_f64.powf(dt), &around, &supply);
            sound(&plant)?;
        }
    }

    #[test]
    fn survives_nonsense(
        numbers in prop::array::uniform8(anything()), dt_s in anything(), drive in anything()
    ) {
        let [room_c, room_rh_percent, it_power_w, left, right, fire_w, efficiency, obstruction] = numbers;
        let around = Surroundings {
            room_c, room_rh_percent, it_power_w, fire_w,
            filter_left_resistance: left, filter_right_resistance: right,
            blower_efficiency: efficiency, discharge_obstruction: obstruction,
            ..Surroundings::default()
        };
        let supply = BlowerSupply { energised: true, drive };
        let mut plant = Plant::new(PlantConfig::default(), 5, &around, &supply);
        sound(&plant)?;
        plant.step(dt_s, &around, &supply);
        plant.step(0.1, &around, &supply);
        sound(&plant)?;
    }

    #[test]
    fn energy_is_what_flowed_in(
        start in surroundings(), first in supply(), around in surroundings(), then in supply(), dt_s in 0.01..30.0_f64
    ) {
        let mut plant = Plant::new(PlantConfig::default(), 5, &start, &first);
        let before_j = plant.truth().stored_j;
        let (mut net_j, mut turnover_j) = (0.0, before_j.abs());
        for _ in 0..300 {
            plant.step(dt_s, &around, &then);
            let (truth, hazards) = (plant.truth(), plant.hazards());
            let into_w = around.it_power_w + around.fire_w + hazards.growing_fire_w;
            let out_w = truth.heat_by_air_w + truth.heat_by_wall_w + hazards.heat_by_agent_w;
            net_j += dt_s * (into_w - out_w);
            turnover_j += dt_s * (into_w.abs() + truth.heat_by_air_w.abs() + truth.heat_by_wall_w.abs());
        }
        let stored_j = plant.truth().stored_j - before_j;
        prop_assert!((stored_j - net_j).abs() < 1e-9 * turnover_j, "{stored_j} {net_j} {turnover_j}");
    }

    #[test]
    fn more_speed_extracts_more_and_cools(
        mut around in surroundings(), slow in 0.2..0.95_f64, more in 0.02..0.5_f64
    ) {
        around.blower_jammed = false;
        around.blower_efficiency = 1.0;
        around.discharge_obstruction = 0.0;
        around.it_power_w += 500.0;
        let at = |drive| *Plant::new(PlantConfig::default(), 5, &around, &BlowerSupply { energised: true, drive }).truth();
        let (slower, faster) = (at(slow), at((slow + more).min(1.0)));
        prop_assert!(faster.extracted_flow_m3_s >= slower.extracted_flow_m3_s);
        prop_assert!(faster.primary_flow_m3_s > slower.primary_flow_m3_s);
        prop_assert!(faster.air_c <= slower.air_c && faster.chips_c <= slower.chips_c);
        prop_assert!(faster.blower_power_w > slower.blower_power_w);
    }

    #[test]
    fn the_start_is_at_rest(mut around in surroundings(), supply in supply()) {
        // Beyond this heat the stack of a blocked rack couples to its air more stiffly than a step of a second resolves.
        around.it_power_w = around.it_power_w.min(15_000.0);
        around.fire_w = around.fire_w.min(5_000.0);
        around.dust_ug_m3 = 0.0;
        let mut config = PlantConfig::default();
        config.air.buffet_ratio = 0.0;
        let mut plant = Plant::new(config, 5, &around, &supply);
        for side in 0..2 {
            plant.set_extinguisher_home(side, false);
        }
        let start = *plant.truth();
        for _ in 0..1_000 {
            plant.step(1.0, &around, &supply);
        }
        let end = plant.truth();
        let scale = 1.0 + (start.chips_c - start.room_c).abs();
        prop_assert!((end.chips_c - start.chips_c).abs() < 1e-6 * scale, "{} {}", start.chips_c, end.chips_c);
        prop_assert!((end.wall_c - start.wall_c).abs() < 1e-6 * scale);
        prop_assert!((end.extinguisher_c[0] - start.extinguisher_c[0]).abs() < 1e-6 * scale);
        prop_assert!((end.extracted_flow_m3_s - start.extracted_flow_m3_s).abs() < 1e-7);
    }
}

/// One hour of a restless rack, as bits.
fn hour(seed: u64) -> Vec<u64> {
    let load = Profile::synthetic_load(9);
    let mut around = Surroundings::default();
    let mut plant = Plant::new(PlantConfig::default(), seed, &around, &BlowerSupply::default());
    let mut bits = Vec::new();
    for _ in 0..3_600 {
        let t_s = plant.truth().time_s;
        around.it_power_w = load.at(t_s);
        around.door_open = (1_000.0..1_300.0).contains(&t_s);
        plant.step(
            1.0,
            &around,
            &BlowerSupply {
                energised: true,
                drive: 0.3 + 0.0001 * t_s,
            },
        );
        bits.extend(figures(plant.truth()).into_iter().map(f64::to_bits));
    }
    bits
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_does_not() {
    assert_eq!(hour(1), hour(1));
    assert_ne!(hour(1), hour(2));
}

#[test]
fn the_jet_breathes_by_a_hundredth_and_keeps_its_mean() {
    let (around, supply) = (Surroundings::default(), BlowerSupply::default());
    let mut plant = Plant::new(PlantConfig::default(), 3, &around, &supply);
    let (still_pa, mut sum, mut squares) = (plant.truth().suction_chamber_pa, 0.0, 0.0);
    for _ in 0..20_000 {
        plant.step(0.5, &around, &supply);
        let off = plant.truth().draft_pa / still_pa;
        sum += off;
        squares += off * off;
    }
    let mean = sum / 20_000.0;
    let sd = (squares / 20_000.0 - mean * mean).sqrt();
    assert!((0.003..0.015).contains(&sd), "{sd}");
    let calm = Plant::new(PlantConfig::default(), 3, &around, &supply)
        .truth()
        .draft_pa
        / still_pa;
    assert!((mean / calm - 1.0).abs() < 1e-3, "{mean} {calm}");
}

#[test]
fn a_step_of_a_second_follows_fine_steps_through_load_and_speed() {
    let mut config = PlantConfig::default();
    config.air.buffet_ratio = 0.0;
    let start = Surroundings::default();
    let after = Surroundings {
        it_power_w: 11_000.0,
        ..start
    };
    let supply = |drive| BlowerSupply {
        energised: true,
        drive,
    };
    let run = |dt_s: f64, every: usize| {
        let mut plant = Plant::new(config.clone(), 1, &start, &supply(0.5));
        let mut course = Vec::new();
        for _ in 0..120 {
            for _ in 0..every {
                plant.step(dt_s, &after, &supply(0.9));
            }
            course.push((plant.truth().chips_c, plant.truth().air_c));
        }
        course
    };
    let fine = run(0.01, 500);
    for (dt_s, every, allowed_k) in [(0.1, 50, 0.015), (1.0, 5, 0.15), (5.0, 1, 0.7)] {
        let worst_k = run(dt_s, every)
            .iter()
            .zip(&fine)
            .map(|(coarse, fine)| (coarse.0 - fine.0).abs().max((coarse.1 - fine.1).abs()))
            .fold(0.0, f64::max);
        assert!(worst_k < allowed_k, "{dt_s}: {worst_k}");
    }
}

#[test]
fn dust_ages_a_filter_until_it_shows_in_flow_and_pressure() {
    let mut around = Surroundings {
        dust_ug_m3: 100.0,
        ..Surroundings::default()
    };
    let supply = BlowerSupply::default();
    let mut config = PlantConfig::default();
    config.air.buffet_ratio = 0.0;
    let mut plant = Plant::new(config, 1, &around, &supply);
    let clean = *plant.truth();
    for _ in 0..100 * 24 {
        plant.step(3_600.0, &around, &supply);
    }
    let aged = *plant.truth();
    let [left, right] = plant.filter_life_used();
    assert!(
        (0.7..0.85).contains(&left) && (left - right).abs() < 1e-9,
        "{left} {right}"
    );
    assert!(aged.filter_left_pa > 1.3 * clean.filter_left_pa);
    assert!(aged.extracted_flow_m3_s < 0.7 * clean.extracted_flow_m3_s);
    around.dust_ug_m3 = 0.0;
    plant.set_filter_dust_g(0, 0.0);
    plant.set_filter_dust_g(1, 0.0);
    for _ in 0..48 {
        plant.step(3_600.0, &around, &supply);
    }
    assert!((plant.truth().filter_left_pa / clean.filter_left_pa - 1.0).abs() < 1e-6);
}

#[test]
fn a_fire_heats_air_before_chips_and_bottles_last() {
    let mut around = Surroundings::default();
    let supply = BlowerSupply::default();
    let mut plant = Plant::new(PlantConfig::default(), 1, &around, &supply);
    let start = *plant.truth();
    around.fire_w = 25_000.0;
    for _ in 0..300 {
        plant.step(0.1, &around, &supply);
    }
    let rise = |now: f64, then: f64| now - then;
    let truth = plant.truth();
    assert!(rise(truth.air_c, start.air_c) > 30.0);
    assert!(rise(truth.chips_c, start.chips_c) < rise(truth.air_c, start.air_c));
    assert!(
        rise(truth.extinguisher_c[0], start.extinguisher_c[0]) < 0.5 * rise(truth.ceiling_c, start.ceiling_c)
    );
}

#[test]
fn a_step_of_nothing_changes_nothing() {
    let (around, supply) = (Surroundings::default(), BlowerSupply::default());
    let mut plant = Plant::new(PlantConfig::default(), 1, &around, &supply);
    let start = *plant.truth();
    for dt_s in [0.0, -1.0, 1e-309, f64::NAN] {
        plant.step(
            dt_s,
            &Surroundings {
                it_power_w: 9_000.0,
                ..around
            },
            &supply,
        );
    }
    assert_eq!(*plant.truth(), start);
}
