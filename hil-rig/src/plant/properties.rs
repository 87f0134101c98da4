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
    let second = (
        prop::bool::weighted(0.1),
        0.05..1.5_f64,
        0.05..1.0_f64,
        -0.5..0.6_f64,
    );
    (figures, filters, any::<bool>(), prop::bool::weighted(0.1), second).prop_map(
        |(
            (room_c, rh, power_w, fire, efficiency, obstruction, dust),
            (left, right, has_left, has_right),
            open,
            jam,
            (blower_b_jammed, blower_b_efficiency, chips_contact, gap_m2),
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
                blower_b_jammed,
                blower_b_efficiency,
                chips_contact,
                blower_efficiency: efficiency,
                discharge_obstruction: if obstruction < 0.5 { 0.0 } else { obstruction },
                panel_gap_m2: gap_m2.max(0.0),
            }
        },
    )
}

fn supply() -> impl Strategy<Value = BlowerSupply> {
    (
        prop::bool::weighted(0.9),
        -0.1..1.1_f64,
        -0.1..1.1_f64,
        0.0..3.0_f64,
    )
        .prop_map(|(energised, drive, drive_b, voltage)| BlowerSupply {
            energised,
            drive,
            drive_b,
            // Mostly nominal.
            voltage: voltage.min(1.0),
        })
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
    prop_assert_eq!(found.len(), 46, "{:?}", truth);
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
        course in prop::collection::vec((surroundings(), supply(), -3.0..3.5_f64), 1..12), two: bool
    ) {
        let config = PlantConfig { second_blower: two, ..PlantConfig::default() };
        let mut plant = Plant::new(config, 5, &start, &first);
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
        let supply = BlowerSupply::at(drive);
        let mut plant = Plant::new(PlantConfig::default(), 5, &around, &supply);
        sound(&plant)?;
        plant.step(dt_s, &around, &supply);
        plant.step(0.1, &around, &supply);
        sound(&plant)?;
    }

    #[test]
    fn energy_is_what_flowed_in_over_every_step(
        start in surroundings(), first in supply(),
        course in prop::collection::vec((surroundings(), supply(), -2.0..1.5_f64, 0..6_u8), 1..20),
        ceiling in 0.0..5e5_f64, two: bool
    ) {
        let config = PlantConfig { second_blower: two, ..PlantConfig::default() };
        let mut plant = Plant::new(config, 5, &start, &first);
        for (around, supply, dt, act) in course {
            // What is burnt, thrown out and stored besides: fires that grow and starve, powder, dust, new units.
            match act {
                0 => plant.ignite(FireClass::Ultrafast, Some(ceiling)),
                1 => plant.put_out(),
                2 => plant.replace_extinguisher(0),
                3 => plant.set_filter_dust_g(1, 50.0),
                _ => {}
            }
            let dt_s = 10.0_f64.powf(dt);
            for _ in 0..20 {
                let before_j = plant.truth().stored_j;
                plant.step(dt_s, &around, &supply);
                let (truth, hazards) = (plant.truth(), plant.hazards());
                let into_w = around.it_power_w + around.fire_w + hazards.growing_fire_w;
                let out_w = [truth.heat_by_air_w, truth.heat_by_wall_w, hazards.heat_by_agent_w];
                let net_j = dt_s * (into_w - out_w.iter().sum::<f64>());
                let turnover_j = dt_s * (into_w + out_w.iter().map(|out_w| out_w.abs()).sum::<f64>());
                let scale_j = before_j.abs() + truth.stored_j.abs() + turnover_j;
                prop_assert!(
                    (truth.stored_j - before_j - net_j).abs() < 1e-9 * scale_j,
                    "{} {net_j} {scale_j}", truth.stored_j - before_j
                );
            }
        }
    }

    #[test]
    fn air_is_what_flows_in_and_out(
        around in surroundings(), supply in supply(), next in supply(), two: bool
    ) {
        let mut config = PlantConfig { second_blower: two, ..PlantConfig::default() };
        config.air.buffet_ratio = 0.0;
        let mut plant = Plant::new(config.clone(), 5, &around, &supply);
        for _ in 0..30 {
            plant.step(0.5, &around, &next);
            let truth = plant.truth();
            let (primary, extracted) = (truth.primary_flow_m3_s, truth.extracted_flow_m3_s);
            let entering = truth.filter_left_flow_m3_s + truth.filter_right_flow_m3_s
                + truth.leak_flow_m3_s + truth.door_flow_m3_s;
            prop_assert!((entering - extracted).abs() <= 1e-9 * extracted);
            // What leaves, from the momentum of the mixing section and not from a sum of flows.
            let open = 1.0 - around.discharge_obstruction.clamp(0.0, 0.98);
            let (jet, rho) = (&config.jet, config.air.density_kg_m3);
            let annulus_m2 = jet.mixing_m2 - jet.nozzle_m2;
            let chamber_pa = -truth.suction_chamber_pa + plant.hazards().pulse_pa;
            let section_pa = chamber_pa + 0.5 * rho * (1.0 + jet.suction_loss) * (extracted / annulus_m2).powi(2);
            let given = jet.momentum_share * primary * primary / jet.nozzle_m2 + extracted * extracted / annulus_m2;
            let loss = (1.0 + 0.5 * jet.mixing_loss) / jet.mixing_m2
                + 0.5 * (1.0 / (open * open) - 1.0) / jet.mixing_m2;
            let discharged = ((given - section_pa * jet.mixing_m2 / rho) / loss).max(0.0).sqrt();
            prop_assert!(
                (primary + extracted - discharged).abs() <= 1e-9 * (primary + extracted), "{primary} {extracted} {discharged}"
            );
            // Each blower stands on its own curve at the plenum's pressure, or its flap is shut.
            let blowers = [
                (truth.speed_fraction, primary - truth.blower_b_flow_m3_s),
                (truth.blower_b_speed_fraction, truth.blower_b_flow_m3_s),
            ];
            let scale_pa = 900.0;
            for (speed, flow) in blowers.into_iter().take(1 + usize::from(two)) {
                prop_assert!(flow >= -1e-12, "nothing flows back: {flow}");
                let curve_pa = scale_pa * (speed * speed - (flow / 0.85).powi(2));
                let on_curve = (curve_pa - truth.blower_pipe_pa).abs() < 1e-6;
                let shut = flow.abs() < 1e-12 && truth.blower_pipe_pa >= curve_pa - 1e-6;
                prop_assert!(on_curve || shut || primary <= 0.0, "{speed} {flow} {curve_pa} {}", truth.blower_pipe_pa);
            }
        }
    }

    #[test]
    fn more_speed_extracts_more_and_cools(
        mut around in surroundings(), slow in 0.2..0.95_f64, more in 0.02..0.5_f64
    ) {
        around.blower_jammed = false;
        around.blower_efficiency = 1.0;
        around.discharge_obstruction = 0.0;
        around.it_power_w += 500.0;
        let at = |drive| *Plant::new(PlantConfig::default(), 5, &around, &BlowerSupply::at(drive)).truth();
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
        plant.step(1.0, &around, &BlowerSupply::at(0.3 + 0.0001 * t_s));
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
    let supply = BlowerSupply::at;
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

/// Two blowers at these drives, calm and long settled.
fn two(drive: f64, drive_b: f64) -> Truth {
    let mut config = PlantConfig {
        second_blower: true,
        ..PlantConfig::default()
    };
    config.air.buffet_ratio = 0.0;
    let supply = BlowerSupply {
        drive_b,
        ..BlowerSupply::at(drive)
    };
    *Plant::new(config, 1, &Surroundings::default(), &supply).truth()
}

#[test]
fn of_two_blowers_the_stopped_one_shuts_its_flap_and_equal_ones_share_alike() {
    let mut config = PlantConfig::default();
    config.air.buffet_ratio = 0.0;
    let one = *Plant::new(config, 1, &Surroundings::default(), &BlowerSupply::at(0.6)).truth();
    for alone in [two(0.6, 0.0), two(0.0, 0.6)] {
        assert!((alone.extracted_flow_m3_s / one.extracted_flow_m3_s - 1.0).abs() < 1e-9);
        assert!((alone.blower_pipe_pa / one.blower_pipe_pa - 1.0).abs() < 1e-9);
        assert!((alone.blower_power_w + alone.blower_b_power_w - one.blower_power_w - 4.0).abs() < 1e-6);
    }
    let both = two(0.6, 0.6);
    assert!((both.blower_b_flow_m3_s / both.primary_flow_m3_s - 0.5).abs() < 1e-9);
    assert!((both.blower_power_w - both.blower_b_power_w).abs() < 1e-9);
    assert!(both.extracted_flow_m3_s > 1.15 * one.extracted_flow_m3_s);
    // A little less drive is a little less flow: no jump between the three forms of the answer.
    let mut before = both;
    for k in 1..=60 {
        let now = two(0.6, 0.6 - 0.01 * f64::from(k).min(40.0));
        let fall = before.primary_flow_m3_s - now.primary_flow_m3_s;
        assert!(
            (-1e-12..0.02).contains(&fall) && now.blower_b_flow_m3_s >= 0.0,
            "{k}: {fall}"
        );
        before = now;
    }
    assert!(
        two(0.6, 0.3).blower_b_flow_m3_s <= 0.0,
        "too slow against the other one"
    );
}

#[test]
fn each_blower_jams_and_wears_on_its_own() {
    let config = PlantConfig {
        second_blower: true,
        ..PlantConfig::default()
    };
    let supply = BlowerSupply {
        drive_b: 0.7,
        ..BlowerSupply::at(0.7)
    };
    let mut around = Surroundings::default();
    let mut plant = Plant::new(config, 1, &around, &supply);
    around.blower_b_jammed = true;
    around.blower_efficiency = 0.5;
    for _ in 0..100 {
        plant.step(0.1, &around, &supply);
    }
    let truth = plant.truth();
    assert!(truth.blower_b_rpm <= 0.0 && truth.blower_b_flow_m3_s <= 0.0 && truth.rpm > 1_900.0);
    assert!((truth.blower_b_power_w - 12.0).abs() < 1e-9 && truth.blower_power_w > 300.0);
}

#[test]
fn fouled_heat_sinks_show_in_the_chips_and_nowhere_in_the_air() {
    let at = |chips_contact| {
        let around = Surroundings {
            chips_contact,
            ..Surroundings::default()
        };
        *Plant::new(PlantConfig::default(), 1, &around, &BlowerSupply::default()).truth()
    };
    let (new, fouled) = (at(1.0), at(0.5));
    assert!((new.air_c - fouled.air_c).abs() < 1e-9);
    let (rise_k, fouled_k) = (new.chips_c - new.air_c, fouled.chips_c - fouled.air_c);
    assert!((fouled_k / rise_k - 2.0).abs() < 1e-9);
}
