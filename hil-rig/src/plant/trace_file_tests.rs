//! Loaders against small texts, and against the recorded files where those are at hand.

use super::*;
use std::path::PathBuf;

#[test]
fn a_cluster_trace_becomes_power_from_its_first_row_on() {
    let text = "timestamp,value\n2014-02-28 23:59:00,0\n2014-03-01 00:04:00,50\n2014-03-01 00:09:00,130\n";
    let load = cluster_load(text.as_bytes(), "t.csv", &PowerMap::default()).unwrap();
    assert!((load.at(0.0) - 3_990.0).abs() < 1e-9);
    assert!((load.at(300.0) - 9_500.0 * 0.71).abs() < 1e-9);
    assert!((load.at(600.0) - 9_500.0).abs() < 1e-9 && (load.end_s() - 600.0).abs() < 1e-9);
}

#[test]
fn weather_is_hourly_bounded_and_repeats() {
    let text =
        "\u{feff}date,time,dry_bulb_c\n01/01/1988,01:00,15.0\n01/01/1988,02:00,35.0\n02/01/1981,03:00,-60\n";
    let room = weather_room(text.as_bytes(), "w.csv", &RoomMap::default()).unwrap();
    for (t_s, room_c) in [
        (0.0, 24.0),
        (3_600.0, 29.0),
        (7_200.0, 18.0),
        (10_800.0, 24.0),
        (14_400.0, 29.0),
    ] {
        assert!((room.at(t_s) - room_c).abs() < 1e-9, "{t_s}");
    }
}

#[test]
fn a_fire_is_in_watts_and_never_negative() {
    let text = "Time,HRR (cal),HRR (NG)\ns,kW,kW\n0.,-0.8,-0.1\n10.,1,24.0\n";
    let fire = fire_heat(text.as_bytes(), "f.csv").unwrap();
    assert!(fire.at(0.0).abs() < 1e-9 && (fire.at(5.0) - 12_000.0).abs() < 1e-9);
}

#[test]
fn errors_name_file_line_and_remedy() {
    let error = |text: &str| {
        cluster_load(text.as_bytes(), "c.csv", &PowerMap::default())
            .unwrap_err()
            .to_string()
    };
    let head = "timestamp,value\n2014-05-14 01:14:00,85\n";
    for (text, says) in [
        (
            format!("{head}2014-05-14 01:19:00,abc\n"),
            "c.csv, line 3: `abc` in column `value` is not a number",
        ),
        (
            format!("{head}2014-05-14 01:19:00,inf\n"),
            "c.csv, line 3: `inf` in column `value` is not a number",
        ),
        (
            format!("{head}14.5.2014,1\n"),
            "c.csv, line 3: `14.5.2014` is not a time; write it as YYYY",
        ),
        (
            format!("{head}2014-05-14 01:14:00,1\n"),
            "c.csv, line 3: not later than the line before",
        ),
        (
            format!("{head}2014-05-14 01:19:00\n"),
            "c.csv, line 3: not readable as CSV",
        ),
        ("time,value\n".to_owned(), "c.csv, line 1: no column `timestamp`"),
        (
            "timestamp,value\n".to_owned(),
            "c.csv: a profile needs at least one point",
        ),
    ] {
        let found = error(&text);
        assert!(found.starts_with(says), "{found}");
    }
    let nowhere = open(Path::new("no/such/file.csv"), |reader, file| {
        fire_heat(reader, file)
    })
    .unwrap_err();
    assert!(
        nowhere
            .to_string()
            .starts_with("no/such/file.csv: cannot be opened")
    );
}

#[test]
fn days_are_counted_over_leap_years() {
    let between = |a: (u32, u32, u32), b: (u32, u32, u32)| {
        day_number(b.0, b.1, b.2).unwrap() - day_number(a.0, a.1, a.2).unwrap()
    };
    assert_eq!(between((2024, 2, 28), (2024, 3, 1)), 2);
    assert_eq!(between((2023, 2, 28), (2023, 3, 1)), 1);
    assert_eq!(between((2100, 2, 28), (2100, 3, 1)), 1);
    assert_eq!(between((1970, 1, 1), (2000, 1, 1)), 10_957);
    assert_eq!(between((1600, 1, 1), (1601, 1, 1)), 366);
    for (year, month, day) in [
        (2023, 2, 29),
        (2023, 13, 1),
        (2023, 0, 1),
        (2023, 4, 31),
        (2023, 1, 0),
        (99, 1, 1),
    ] {
        assert_eq!(day_number(year, month, day), None);
    }
}

/// The recorded files are not part of the repository: `RIG_DATA` names their folder.
fn recorded(name: &str) -> Option<PathBuf> {
    let usual = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    let folder = std::env::var_os("RIG_DATA").map_or_else(|| PathBuf::from(usual), PathBuf::from);
    let path = folder.join(name);
    if !path.exists() {
        println!(
            "skipped: {} is not there; set RIG_DATA to the folder that holds it",
            path.display()
        );
        return None;
    }
    Some(path)
}

#[test]
fn the_recorded_cluster_stays_between_idle_and_full() {
    let map = PowerMap::default();
    for (name, rows) in [
        ("nab_cpu_utilization_asg_misconfiguration.csv", 18_050.0),
        ("nab_rds_cpu_utilization_e47b3b.csv", 4_032.0),
    ] {
        let Some(path) = recorded(name) else { return };
        let load = open(&path, |reader, file| cluster_load(reader, file, &map)).unwrap();
        assert!(
            (load.end_s() - (rows - 1.0) * 300.0).abs() < 1e-6,
            "{}",
            load.end_s()
        );
        let mut t_s = 0.0;
        while t_s < load.end_s() {
            assert!((map.power_w(0.0)..=map.power_max_w).contains(&load.at(t_s)));
            t_s += 1_234.0;
        }
    }
}

#[test]
fn the_recorded_year_gives_a_habitable_room() {
    let Some(path) = recorded("tmy3_723170_greensboro_reduced.csv") else {
        return;
    };
    let room = open(&path, |reader, file| {
        weather_room(reader, file, &RoomMap::default())
    })
    .unwrap();
    assert!((room.end_s() - 8_760.0 * 3_600.0).abs() < 1e-6);
    assert!((room.at(0.0) - (24.0 + 0.25 * (10.0 - 15.0))).abs() < 1e-9);
    let hours = (0..8_760).map(|hour| room.at(f64::from(hour) * 3_600.0));
    let (coolest_c, warmest_c) = hours.fold((99.0_f64, 0.0_f64), |(low, high), c| (low.min(c), high.max(c)));
    assert!(
        (coolest_c - 18.0).abs() < 1e-9 && (warmest_c - 29.15).abs() < 1e-9,
        "{coolest_c} {warmest_c}"
    );
}

#[test]
fn an_office_in_fahrenheit_is_a_room_in_celsius() {
    let text = "timestamp,value\n2013-07-04 00:00:00,68\n2013-07-04 01:00:00,77\n";
    let room = office_room(text.as_bytes(), "o.csv").unwrap();
    assert!((room.at(0.0) - 20.0).abs() < 1e-9 && (room.at(3_600.0) - 25.0).abs() < 1e-9);
}

#[test]
fn the_recorded_server_and_fires_load() {
    let Some(path) = recorded("biohpc_cbsugpu08_hourly.csv") else {
        return;
    };
    let power = open(&path, |reader, file| server_power(reader, file, 20.0)).unwrap();
    assert!((power.at(0.0) - 20.0 * 87.07).abs() < 1e-6 && power.end_s() > 15_276.0 * 3_600.0 - 1.0);
    for (name, peak_w) in [
        ("nist_nrc_cabinet_test_7_reduced.csv", 1.5e5),
        ("nist_nrc_cabinet_test_10_reduced.csv", 2.5e5),
    ] {
        let Some(path) = recorded(name) else { return };
        let fire = open(&path, fire_heat).unwrap();
        let found_w = (0..500)
            .map(|i| fire.at(f64::from(i) * 10.0))
            .fold(0.0_f64, f64::max);
        assert!(found_w > peak_w && found_w < 5e5, "{found_w}");
    }
}

#[test]
fn the_recorded_cabinets_have_their_gas_and_their_ignition() {
    for (name, peak_c, ignition_s) in [
        ("nist_nrc_cabinet_test_7_reduced.csv", 500.0, 0.0),
        ("nist_nrc_cabinet_test_10_reduced.csv", 300.0, 0.0),
    ] {
        let Some(path) = recorded(name) else { return };
        let fire = open(&path, cabinet_fire).unwrap();
        assert!(
            (fire.ignition_s() - ignition_s).abs() < 1e-9,
            "{}",
            fire.ignition_s()
        );
        let roof_c = (0..450)
            .filter_map(|k| fire.at(f64::from(k) * 10.0))
            .map(|gas| gas.roof_c());
        let hottest_c = roof_c.fold(0.0_f64, f64::max);
        assert!(hottest_c > peak_c && hottest_c < 1_200.0, "{name}: {hottest_c}");
    }
}

#[test]
fn a_cabinet_file_is_read_by_its_columns_and_its_mistakes_are_named() {
    let head = "STC-6,STC-5,STC-4,STC-3,STC-2,STC-1,TC-Cab,HRR (NG),Time\nC,C,C,C,C,C,C,kW,s\n";
    let text = format!("{head}1,2,3,4,5,6,7,0.5,0\n11,12,13,14,15,16,17,27,10\n");
    let fire = cabinet_fire(text.as_bytes(), "fire.csv").unwrap();
    let gas = fire.at(10.0).unwrap();
    assert!((gas.roof_c() - 16.0).abs() < 1e-12 && (gas.column_c[5] - 11.0).abs() < 1e-12);
    assert!((gas.heat_w - 27_000.0).abs() < 1e-9);
    for (rows, mistake) in [
        (
            "1,2,3,4,5,6,7,0.5,0\n1,2,3,4,5,x,7,0.5,1\n",
            "line 4: `x` in column `STC-1`",
        ),
        ("1,2,3,4,5,6,7,0.5,0\n1,2,3,4,5,6,7,0.5,0\n", "line 4: not later"),
        ("", "at least one point"),
    ] {
        let error = cabinet_fire(format!("{head}{rows}").as_bytes(), "fire.csv").unwrap_err();
        assert!(error.to_string().contains(mistake), "{error}");
    }
}
