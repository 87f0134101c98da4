//! A fire stop outlasts everything but a person's reset: the core's death, the fan chip's loss of power and its
//! power-up watchdog (which drives the blower to full speed), a restart.

use hil_rig::rack::{Act, Input, Output, Report};
use rustix::process::Signal;

use super::support::rig::clock_s;
use super::support::{Core, Rig, configuration, core, directory};

/// The rack's clock against the wall's: ten minutes of it pass in one.
const SPEED: f64 = 10.0;
/// A blower that coasts is at rest below this; a tachometer invents a little.
const REST_RPM: f64 = 5.0;

/// Looks all the time for so long, in seconds of the rack, that the blower stands; gives the fastest it turned.
fn stands(rig: &Rig, plant_s: f64, mut see: impl FnMut(&Report)) -> f64 {
    let (began, mut fastest) = (rig.now_s(), 0.0f64);
    loop {
        let report = rig.report();
        let at = clock_s(&report) - began;
        let rests = report.rpm <= REST_RPM && !report.contact_closed && !report.energised;
        assert!(
            rests,
            "after {at:.1} s of {plant_s} the blower has power: {report:?}"
        );
        fastest = fastest.max(report.rpm);
        see(&report);
        if at >= plant_s {
            return fastest;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// The fire output stands.
fn burning(report: &Report) -> bool {
    report.outputs >> Output::Fire as u32 & 1 == 1
}

#[test]
fn ten_minutes_without_a_core_and_with_a_fan_chip_that_wants_full_speed() {
    let directory = directory();
    let rig = Rig::start(directory.path(), SPEED, 5000.0);
    let config = configuration(directory.path(), |config| config.core.tick_ms = 100);
    let data = core::commissioned(directory.path());
    let mut first = Core::start(&config, &data, &rig);
    rig.until("automatic control has taken the fan", 120.0, |report| {
        report.drive < 0.9
    });
    rig.line(Input::FireButton, true);
    let pressed = rig.now_s();
    let opened = rig.until("the fan contact opens", 10.0, |report| !report.contact_closed);
    rig.line(Input::FireButton, false);
    rig.until("the fire output stands", 10.0, burning);
    let rest = rig.until("the blower coasts to rest", 120.0, |report| report.rpm < REST_RPM);
    first.process.kill();
    rig.act(Act::FanChipPower { on: false });
    let mut fastest = stands(&rig, 5.0, |_| {});
    rig.act(Act::FanChipPower { on: true });
    let mut wanted = 0.0f64;
    fastest = fastest.max(stands(&rig, 600.0, |report| wanted = wanted.max(report.drive)));
    assert!(
        wanted > 0.99,
        "the fan chip asks for full speed, so the contact alone holds the fire stop: {wanted}"
    );
    let second = Core::start(&config, &data, &rig);
    rig.until("the fire output stands again", 20.0, burning);
    fastest = fastest.max(stands(&rig, 60.0, |_| {}));
    assert!(
        second.process.said(0, "latch fire set"),
        "the latch is found again"
    );
    assert!(!second.process.said(0, "latch fire reset"));
    println!(
        "contact open {:.2} s after the button, at rest {:.1} s after it; fastest in 11 min: {fastest:.2} rpm",
        clock_s(&opened) - pressed,
        clock_s(&rest) - pressed,
    );
}

#[test]
fn the_last_act_of_a_core_with_a_fire_latch_is_off() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let mut core = Core::start(&config, &data, &rig);
    let full = rig.report().rpm;
    rig.line(Input::FireButton, true);
    rig.until("the fan contact opens", 2.0, |report| !report.contact_closed);
    core.process.signal(Signal::TERM);
    assert_eq!(core.process.end(5.0).code(), Some(0));
    let last = rig.report();
    assert!(
        last.drive < 0.01 && !last.energised,
        "nothing is driven: {last:?}"
    );
    // Longer than the fan chip's watchdog waits before it asks for full speed.
    rig.until("the fan chip's watchdog acts", 6.0, |report| report.drive > 0.99);
    let later = rig.until("the blower coasts", 20.0, |report| report.rpm < 0.3 * full);
    assert!(!later.energised && !later.contact_closed, "{later:?}");
}
