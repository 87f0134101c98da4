//! One self-test of the shipped processes: asked over HTTP, seen at the blower itself, kept over the core's death, and ended
//! by a door.

use serde_json::json;

use super::support::rig::clock_s;
use super::support::{Core, Rig, configuration, core, directory};

/// Ten times as fast as real time: a test takes eleven seconds.
const SPEED: f64 = 10.0;
/// Share of full speed that a blower without drive is below after two seconds with a time constant of three, and with it
/// again: the rig is asked now and then, not at every moment.
const COASTED: f64 = 0.8;
const RESULT_PASSED: f64 = 1.0;
const RESULT_ABORTED: f64 = 3.0;

fn state(picture: &serde_json::Value) -> Option<f64> {
    core::number(picture, "self_test.state")
}

#[test]
fn a_self_test_runs_is_kept_and_is_ended_by_a_door() {
    let directory = directory();
    let rig = Rig::start(directory.path(), SPEED, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let mut first = Core::start(&config, &data, &rig);
    first.until("automatic control", 60.0, |picture| {
        core::number(picture, "controller.regime") == Some(1.0)
            && picture["latches"].as_array().is_some_and(Vec::is_empty)
    });
    let wanted = json!({ "command": "self_test", "by": "mara", "reason": "new blower" });
    assert_eq!(first.ask(&wanted).status, 200);
    let full = rig.until("full drive", 120.0, |report| report.drive > 0.999);
    let cut = rig.until("no drive", 120.0, |report| report.drive < 0.001);
    println!("{:.1} s from full drive to none", clock_s(&cut) - clock_s(&full));
    let back = rig.until("the drive is back", 30.0, |report| report.drive > 0.19);
    assert!(back.rpm > COASTED * 0.5 * 2_800.0, "{} rpm", back.rpm);
    let done = first.until("it has passed", 30.0, |picture| {
        core::number(picture, "self_test.result") == Some(RESULT_PASSED)
    });
    let coast = core::number(&done, "blower.a.coast_down").expect("a time constant");
    assert!((coast - 3.0).abs() < 0.3, "{coast} s");
    assert!(core::number(&done, "filter.left.days_left").is_some());

    first.process.kill();
    let second = Core::start(&config, &data, &rig);
    let again = second.until("what was measured is kept", 30.0, |picture| {
        core::number(picture, "self_test.result") == Some(RESULT_PASSED)
            && core::number(picture, "blower.a.coast_down").is_some()
    });
    assert_eq!(core::number(&again, "blower.a.coast_down"), Some(coast));

    // A core that died is told until somebody has seen it: so long no self-test runs.
    let refused = second.ask(&wanted);
    assert_eq!(refused.status, 409, "{}", refused.json());
    let seen = json!({ "command": "acknowledge", "alarm": "watchdog.acted", "by": "mara" });
    assert_eq!(second.ask(&seen).status, 200);
    second.until("automatic control", 60.0, |picture| {
        core::number(picture, "controller.regime") == Some(1.0) && !core::raised(picture, "watchdog.acted")
    });
    assert_eq!(second.ask(&wanted).status, 200);
    rig.until("full drive", 120.0, |report| report.drive > 0.999);
    rig.act(hil_rig::rack::Act::Door { open: true });
    second.until("the door ends it", 30.0, |picture| {
        core::number(picture, "self_test.result") == Some(RESULT_ABORTED) && state(picture) == Some(0.0)
    });
    assert!(rig.report().drive > 0.5, "an open door has its floor");
}
