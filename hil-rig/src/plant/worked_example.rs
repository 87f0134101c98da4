//! The 42U rack's published figures against this model: steady states, signatures of faults, stopping.

use super::*;

fn calm() -> PlantConfig {
    let mut config = PlantConfig::default();
    config.air.buffet_ratio = 0.0;
    config
}

fn at(drive: f64) -> BlowerSupply {
    BlowerSupply::at(drive)
}

fn settled(around: &Surroundings, drive: f64) -> Truth {
    *Plant::new(calm(), 1, around, &at(drive)).truth()
}

fn load(it_power_w: f64) -> Surroundings {
    Surroundings {
        it_power_w,
        ..Surroundings::default()
    }
}

fn near(what: &str, found: f64, stated: f64, share: f64) {
    assert!(
        (found / stated - 1.0).abs() <= share,
        "{what}: {found:.4}, stated {stated}, allowed {share}"
    );
}

/// load W, speed, flow m3/s, rise K, chips C, filter Pa, chamber Pa, blower W, by air W, by wall W
const TABLE: [[f64; 10]; 4] = [
    [5_000.0, 0.493, 0.239, 16.0, 59.9, 8.4, -9.4, 57.0, 4_490.0, 510.0],
    [5_000.0, 0.388, 0.176, 21.0, 68.6, 5.8, -6.1, 30.0, 4_330.0, 670.0],
    [
        12_000.0, 0.839, 0.459, 21.0, 77.0, 19.5, -24.3, 268.0, 11_300.0, 670.0,
    ],
    [
        12_000.0, 1.0, 0.564, 17.2, 69.2, 25.9, -33.4, 451.0, 11_450.0, 550.0,
    ],
];

/// The largest deviation of each figure from the table, share: flow, rise, chips, filter, chamber, blower, by air, by
/// wall.
fn deviations(config: &PlantConfig) -> [f64; 8] {
    let mut worst = [0.0_f64; 8];
    for [power_w, speed, stated @ ..] in TABLE {
        let truth = *Plant::new(config.clone(), 1, &load(power_w), &at(speed)).truth();
        let found = [
            truth.extracted_flow_m3_s,
            truth.air_c - 24.0,
            truth.chips_c,
            truth.filter_left_pa,
            truth.suction_chamber_pa,
            truth.blower_power_w,
            truth.heat_by_air_w,
            truth.heat_by_wall_w,
        ];
        for ((worst, found), stated) in worst.iter_mut().zip(found).zip(stated) {
            *worst = worst.max((found / stated - 1.0).abs());
        }
        near(
            "balance",
            truth.heat_by_air_w + truth.heat_by_wall_w,
            power_w,
            1e-9,
        );
    }
    worst
}

/// The published table was worked out with a column that is warm by half the exhaust's rise (room air below, exhaust
/// above) and with the whole path behind the filters. Taken so, every figure is met within the rounding of the table.
#[test]
fn the_four_working_points_of_the_table_within_a_hundredth() {
    let mut config = calm();
    config.air.stack_height_m = 0.5;
    config.intake.slit_share = 0.0;
    let worst = deviations(&config);
    assert!(worst.iter().all(|share| *share < 0.01), "{worst:?}");
}

/// The rack of the rig deviates in two things, each with its reason. Its column of 1 m is as warm as its one body of
/// mixed air, so the stack helps twice as much: by up to 2.5 % of the flow where the jet is weak (0.388), from which
/// rise, filter and wall follow. And a fifth of the path lies in the side slits, which lets one clogged filter differ
/// from its clean twin: 0.2 % of the flow. With half the column alone everything is within a hundredth again.
#[test]
fn the_rigs_own_rack_deviates_by_its_warmer_column() {
    let mut config = calm();
    let worst = deviations(&config);
    let allowed = [0.027, 0.027, 0.013, 0.036, 0.017, 0.007, 0.005, 0.030];
    assert!(
        worst.iter().zip(allowed).all(|(share, most)| *share < most),
        "{worst:?}"
    );
    assert!(worst[0] > 0.02, "the reason has gone: tighten this test");
    config.air.stack_height_m = 0.5;
    let worst = deviations(&config);
    assert!(worst.iter().all(|share| *share < 0.01), "{worst:?}");
}

#[test]
fn twelve_kilowatts_in_a_warm_room_pass_forty_five_degrees_even_at_full_speed() {
    let truth = settled(
        &Surroundings {
            room_c: 30.0,
            ..load(12_000.0)
        },
        1.0,
    );
    assert!((truth.exhaust_c - 47.2).abs() < 0.2, "{}", truth.exhaust_c);
}

#[test]
fn a_clogged_filter_shows_in_pressure_and_not_in_the_blowers_power() {
    let clean = settled(&load(5_000.0), 0.6);
    for (ratio, flow, filter, chamber, power) in
        [(2.0, 0.75, 1.35, 1.22, 0.994), (4.0, 0.51, 1.63, 1.41, 0.988)]
    {
        let clogged = Surroundings {
            filter_left_resistance: ratio,
            filter_right_resistance: ratio,
            ..load(5_000.0)
        };
        let truth = settled(&clogged, 0.6);
        near(
            "flow",
            truth.extracted_flow_m3_s / clean.extracted_flow_m3_s,
            flow,
            0.02,
        );
        near(
            "filter",
            truth.filter_left_pa / clean.filter_left_pa,
            filter,
            0.02,
        );
        near("draft", truth.draft_pa / clean.draft_pa, filter, 0.03);
        near(
            "chamber",
            truth.suction_chamber_pa / clean.suction_chamber_pa,
            chamber,
            0.02,
        );
        near("power", truth.blower_power_w / clean.blower_power_w, power, 0.002);
    }
}

#[test]
fn an_open_door_takes_the_draft_and_cools_the_chips_no_better() {
    let clean = settled(&load(5_000.0), 0.6);
    let open = settled(
        &Surroundings {
            door_open: true,
            ..load(5_000.0)
        },
        0.6,
    );
    near(
        "flow",
        open.extracted_flow_m3_s / clean.extracted_flow_m3_s,
        1.46,
        0.04,
    );
    near("draft", open.draft_pa / clean.draft_pa, 0.26, 0.04);
    near(
        "chamber",
        open.suction_chamber_pa / clean.suction_chamber_pa,
        0.56,
        0.10,
    );
    near("power", open.blower_power_w / clean.blower_power_w, 1.01, 0.005);
    near(
        "touching",
        open.core_flow_m3_s,
        open.extracted_flow_m3_s - 0.5 * open.door_flow_m3_s,
        1e-12,
    );
    assert!(open.exhaust_c < open.air_c && (open.air_c - clean.air_c).abs() < 2.0);
}

#[test]
fn one_clogged_or_missing_filter_shows_on_its_own_side() {
    let clean = settled(&load(5_000.0), 1.0);
    let clogged = settled(
        &Surroundings {
            filter_left_resistance: 4.0,
            ..load(5_000.0)
        },
        1.0,
    );
    assert!(clogged.filter_left_pa > clogged.filter_right_pa + 1.0);
    assert!(clogged.inlet_left_c > clogged.inlet_right_c + 0.3);
    assert!((clean.filter_left_pa - clean.filter_right_pa).abs() < 1e-12);
    let missing = settled(
        &Surroundings {
            filter_right_present: false,
            ..load(5_000.0)
        },
        1.0,
    );
    assert!(missing.filter_right_pa < 0.3 * missing.filter_left_pa);
    assert!(missing.draft_pa.abs() < 0.5 * clean.draft_pa.abs());
}

#[test]
fn blocked_discharge_holes_take_the_draft_while_the_wheel_turns() {
    let blocked = settled(
        &Surroundings {
            discharge_obstruction: 0.9,
            ..load(5_000.0)
        },
        0.6,
    );
    assert!((blocked.speed_fraction - 0.6).abs() < 1e-12 && blocked.draft_pa.abs() < 0.5);
    assert!((blocked.extracted_flow_m3_s - 0.01).abs() < 1e-9 && blocked.suction_chamber_pa > 0.0);
    assert!(blocked.blower_power_w > 50.0);
}

/// Seconds from the loss of the mains until the chips pass a temperature.
fn chips_pass_s(power_w: f64, drive: f64, limit_c: f64) -> f64 {
    let around = load(power_w);
    let mut plant = Plant::new(calm(), 1, &around, &at(drive));
    while plant.truth().chips_c < limit_c && plant.truth().time_s < 3_600.0 {
        plant.step(0.1, &around, &BlowerSupply::cut());
    }
    plant.truth().time_s
}

#[test]
fn without_the_blower_chips_reach_their_limits_in_the_stated_times() {
    near("5 kW to 90 C", chips_pass_s(5_000.0, 0.493, 90.0), 172.0, 0.03);
    near("5 kW to 100 C", chips_pass_s(5_000.0, 0.493, 100.0), 259.0, 0.03);
    near("12 kW to 90 C", chips_pass_s(12_000.0, 1.0, 90.0), 35.0, 0.08);
    near("12 kW to 100 C", chips_pass_s(12_000.0, 1.0, 100.0), 53.0, 0.06);
}

/// The jet's figures without a rack: suction over velocity head, from the flow ratio alone.
#[test]
fn chamber_suction_follows_the_dimensionless_form() {
    let (area, momentum, mixing, suction) = (0.15, 0.85, 0.10, 0.20);
    for drive in [0.2, 0.5, 0.8, 1.0] {
        let truth = settled(&load(6_000.0), drive);
        let ratio = truth.extracted_flow_m3_s / truth.primary_flow_m3_s;
        let head_pa = 0.5 * 1.17 * (truth.primary_flow_m3_s / 0.030).powi(2);
        let annulus = area * area * ratio * ratio;
        let form = 2.0 * momentum * area + 2.0 * annulus / (1.0 - area)
            - (2.0 + mixing) * area * area * (1.0 + ratio).powi(2)
            - (1.0 + suction) * annulus / (1.0 - area).powi(2);
        near("form", -truth.suction_chamber_pa / head_pa, form, 1e-9);
        // Entrained flow of a free jet, Ricou and Spalding 1961: it grows with the length, and that of a closed rack
        // asks for no more than six nozzle diameters.
        assert!(ratio < 0.32 * 6.0 - 1.0, "{ratio}");
    }
}

#[test]
fn the_fan_laws_hold_between_working_points() {
    let (half, full) = (settled(&load(0.0), 0.5), settled(&load(0.0), 1.0));
    // Without heat there is no stack; the laminar part of the filter is all that bends the laws.
    near("flow", full.primary_flow_m3_s / half.primary_flow_m3_s, 2.0, 0.01);
    near("pressure", full.blower_pipe_pa / half.blower_pipe_pa, 4.0, 0.02);
    near(
        "power",
        (full.blower_power_w - 4.0) / (half.blower_power_w - 4.0),
        8.0,
        0.02,
    );
}
