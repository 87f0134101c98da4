//! The way back from a latch, whole: a person presses, releases, turns the key and resets over HTTP.

use hil_rig::rack::{Act, Input};
use serde_json::json;

use super::support::{Core, Rig, configuration, core, directory, eventually, seconds};

/// A blower that has nearly coasted down.
const REST_RPM: f64 = 300.0;

#[test]
fn an_emergency_stop_is_reset_by_a_person_with_the_key_and_by_nothing_else() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let core = Core::start(&config, &core::commissioned(directory.path()), &rig);
    core.served(20.0);
    let said = |line: &str| eventually(line, seconds(10.0), || core.process.said(0, line).then_some(()));
    let reset =
        json!({ "command": "reset", "latches": ["emergency_off"], "by": "M. Tester", "inspected": true });
    let refused = |words: &str| {
        let answer = core.ask(&reset);
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert!(answer.body.contains(words), "no `{words}` in {}", answer.body);
    };

    refused("the latch does not stand");
    rig.line(Input::EmergencyOff, false);
    rig.until("the fan contact opens", 2.0, |report| !report.contact_closed);
    said("latch emergency_off set");
    refused("the key switch is not turned");
    let key = |turned: bool| {
        rig.line(Input::Key, turned);
        let wanted = if turned { 1.0 } else { 0.0 };
        core.until("the key is seen", 5.0, |picture| {
            core::number(picture, "key_switch") == Some(wanted)
        });
    };
    key(true);
    refused("a cause still stands");
    key(false);

    // Released and supplied again: still latched, and no time heals it.
    rig.line(Input::EmergencyOff, true);
    rig.act(Act::RestoreSupply);
    core.until("the release is seen", 5.0, |picture| {
        core::number(picture, "emergency_off") == Some(0.0)
    });
    refused("the key switch is not turned");
    let report = rig.until("the blower coasts", 30.0, |report| report.rpm < REST_RPM);
    assert!(
        !report.contact_closed && !core.process.said(0, "latch emergency_off reset"),
        "{report:?}"
    );

    key(true);
    let answer = core.ask(&reset);
    assert!(
        (200..300).contains(&answer.status),
        "{} {}",
        answer.status,
        answer.body
    );
    said("latch emergency_off reset");
    rig.until("the fan contact closes", 2.0, |report| {
        report.contact_closed && report.energised
    });
    // The hosts stand without power, so the least speed is all that is asked.
    rig.until("the blower turns again", 20.0, |report| {
        report.rpm > 1.5 * REST_RPM
    });
    core.until("nothing holds the fan", 30.0, |picture| {
        core::number(picture, "controller.regime") != Some(5.0)
    });
    refused("the latch does not stand");
}
