//! The core's death and its end: the rack is cooled at full speed by itself, and the next core takes over from there.

use rustix::process::Signal;

use super::support::rig::clock_s;
use super::support::{Core, Rig, configuration, core, directory};

/// The owner's limit for the fan chip's own watchdog, in seconds of the rack.
const WATCHDOG_WITHIN: f64 = 5.0;
/// The last act comes before the watchdog could: whoever ends in order leaves nothing to it.
const LAST_ACT_WITHIN: f64 = 2.0;
const FULL: f64 = 0.999;

/// Falls fast, so that a fan at full speed and one under control are soon told apart.
fn nimble(config: &mut rack_controller::config::Config) {
    config.setting.insert("control.fall_per_second".to_owned(), 10.0);
}

#[test]
fn a_killed_core_leaves_full_speed_and_the_next_one_takes_over() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), nimble);
    let data = core::commissioned(directory.path());
    let mut first = Core::start(&config, &data, &rig);
    let before = rig.until("automatic control slows the fan", 30.0, |report| {
        report.drive < 0.6
    });
    first.process.kill();
    let killed = rig.now_s();
    let full = rig.until(
        "the fan chip's watchdog drives full speed",
        WATCHDOG_WITHIN,
        |report| report.drive > FULL,
    );
    rig.until("the blower follows", 20.0, |report| report.rpm > 1.1 * before.rpm);
    println!("full speed {:.2} s after the kill", clock_s(&full) - killed);

    let second = Core::start(&config, &data, &rig);
    assert!(
        rig.report().drive > 0.7,
        "its first act is full speed, from which control falls 10 % a second"
    );
    let picture = second.until("alarm watchdog.acted", 10.0, |picture| {
        core::raised(picture, "watchdog.acted")
    });
    assert_eq!(core::number(&picture, "controller.boots"), Some(2.0));
    second.until("automatic control", 30.0, |picture| {
        core::number(picture, "controller.regime") == Some(1.0)
    });
    rig.until("automatic control slows the fan again", 30.0, |report| {
        report.drive < 0.6
    });
    assert!(!second.process.said(0, "latch"), "a death latches nothing");
}

#[test]
fn the_last_act_of_a_healthy_core_is_full_speed() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), nimble);
    let data = core::commissioned(directory.path());
    for signal in [Signal::TERM, Signal::INT] {
        let mut core = Core::start(&config, &data, &rig);
        rig.until("automatic control slows the fan", 30.0, |report| {
            report.drive < 0.6
        });
        core.process.signal(signal);
        let asked = rig.now_s();
        let full = rig.until("the last act is full speed", LAST_ACT_WITHIN, |report| {
            report.drive > FULL
        });
        assert_eq!(core.process.end(5.0).code(), Some(0));
        assert!(full.contact_closed && rig.report().drive > FULL, "{full:?}");
        println!("{signal:?}: full speed {:.2} s after it", clock_s(&full) - asked);
    }
    let after = Core::start(&config, &data, &rig);
    let picture = after.served(10.0);
    assert!(!core::raised(&picture, "watchdog.acted"), "nobody died");
}

#[test]
fn a_data_directory_that_nobody_commissioned_is_unknown_and_the_fan_runs() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), nimble);
    let data = directory.path().join("data");
    for start in 1..=2 {
        let mut core = Core::start(&config, &data, &rig);
        core.until("alarm latch.unknown", 10.0, |picture| {
            core::raised(picture, "latch.unknown")
        });
        for line in ["latch unknown set", "effect LOCKOUT on"] {
            let what = format!("start {start}: {line}");
            super::support::eventually(&what, super::support::seconds(5.0), || {
                core.process.said(0, line).then_some(())
            });
        }
        let report = rig.report();
        assert!(
            report.contact_closed && report.energised && report.rpm > 1000.0 && report.drive > 0.15,
            "{report:?}"
        );
        // It stays unknown over a restart: starting again is no inspection.
        core.process.signal(Signal::TERM);
        assert_eq!(core.process.end(5.0).code(), Some(0));
    }
}
