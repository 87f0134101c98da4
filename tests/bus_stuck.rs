//! A sensor bus that is held low takes its own points and nothing else: no other reading grows old, no tick is late.

use std::collections::BTreeMap;

use hil_rig::rack::Act;
use rack_controller::config::{BusKind, builtin};
use serde_json::Value;

use super::support::{Core, Rig, configuration, core, directory};

/// The bus `air`, held low for 2 s.
const AIR: usize = 0;
const STUCK_S: f64 = 2.0;
/// The owner's limits, in seconds.
const AGE_MAX: f64 = 1.5;
/// On the serial line devices answer one after the other, each at the line's pace: on a machine that is busy with all
/// these tests their turns shift by some tenths of a second.
const LINE_AGE_MAX: f64 = 2.5;
const BACK_WITHIN: f64 = 3.0;

/// Points that devices on the bus feed, or on every other bus, and how old they may grow.
fn points(on_air: bool) -> Vec<(String, f64)> {
    let devices = builtin()
        .device
        .into_iter()
        .filter(|device| (device.bus == "air") == on_air);
    devices
        .flat_map(|device| {
            let limit = if device.chip.bus() == BusKind::I2c {
                AGE_MAX
            } else {
                LINE_AGE_MAX
            };
            device.points.into_values().map(move |point| (point, limit))
        })
        .collect()
}

fn is_good(picture: &Value, point: &str) -> bool {
    core::number(picture, point).is_some()
}

#[test]
fn a_stuck_bus_takes_its_own_points_and_nothing_else() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let core = Core::start(
        &configuration(directory.path(), |_| {}),
        &core::commissioned(directory.path()),
        &rig,
    );
    let (air, others) = (points(true), points(false));
    assert!(air.len() > 10 && others.len() > 10);
    let both = || air.iter().chain(&others);
    core.until("every point is read", 20.0, |picture| {
        both().all(|(point, _)| is_good(picture, point))
    });

    rig.act(Act::BusStuck {
        bus: AIR,
        for_us: 2_000_000,
    });
    let began = rig.now_s();
    let (mut lost, mut oldest, mut back) = (BTreeMap::new(), 0.0f64, None);
    while back.is_none() {
        let at = rig.now_s() - began;
        let picture = core.snapshot().expect("the front answers all the time");
        for (point, limit) in &others {
            let age = picture["points"][point]["age_s"]
                .as_f64()
                .unwrap_or(f64::INFINITY);
            assert!(
                age < *limit && is_good(&picture, point),
                "at {at:.2} s {point}: {}",
                picture["points"][point]
            );
            oldest = oldest.max(age);
        }
        for (point, _) in air
            .iter()
            .filter(|(point, _)| core::reason(&picture, point) == Some("bus stuck low"))
        {
            lost.entry(point.clone()).or_insert(at);
        }
        assert_eq!(
            core::number(&picture, "controller.tick.late"),
            Some(0.0),
            "at {at:.2} s"
        );
        back = (at > STUCK_S && air.iter().all(|(point, _)| is_good(&picture, point))).then_some(at);
        assert!(at < STUCK_S + BACK_WITHIN, "not back after {at:.2} s: {lost:?}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let silent: Vec<&String> = air
        .iter()
        .map(|(point, _)| point)
        .filter(|point| !lost.contains_key(*point))
        .collect();
    assert!(
        silent.is_empty(),
        "the bus was held low and these did not say so: {silent:?}"
    );
    let picture = core.until("the late-tick figures", 5.0, |picture| {
        is_good(picture, "controller.tick.lateness")
    });
    println!(
        "all {} points lost after {:.2} s, back {:.2} s after the release; oldest other reading {oldest:.2} s; \
         largest tick lateness {:?} s",
        air.len(),
        lost.values().copied().fold(0.0, f64::max),
        back.unwrap_or_default() - STUCK_S,
        core::number(&picture, "controller.tick.lateness"),
    );
    assert!(core.process.said(0, "alarm bus.fault on"), "and people are told");
}
