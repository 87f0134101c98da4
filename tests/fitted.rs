//! Chips that the built-in rack does not bind, fitted on a rack behind its socket.

use hil_rig::rack::{Act, Fault, Instrument};
use rack_controller::config::{ChipKind, Config, with_one_wire_board};

use super::support::{Core, Rig, configuration, core, directory};

/// The door by its second pole on a contact expander.
fn door_on_expander(config: &mut Config) {
    let mut io = config.device[0].clone();
    (io.name, io.chip, io.bus, io.address) = ("io".into(), ChipKind::Mcp23017, "fire".into(), 0x20);
    io.points.clear();
    config.device.push(io);
    config.contact.get_mut("door.open").expect("a door").line = "io/A0".into();
}

#[test]
fn a_contact_on_an_expander_opens_closes_and_says_why_it_is_absent() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let core = Core::start(
        &configuration(directory.path(), door_on_expander),
        &core::commissioned(directory.path()),
        &rig,
    );
    let door = |state| move |picture: &serde_json::Value| core::number(picture, "door.open") == Some(state);
    core.until("a closed door", 20.0, door(0.0));
    rig.act(Act::Door { open: true });
    core.until("an open door", 5.0, door(1.0));
    let (instrument, fault) = (Instrument::Expander, Fault::Nack);
    rig.act(Act::Fault {
        instrument,
        fault,
        amount: None,
    });
    core.until("no door without its expander", 10.0, |picture| {
        core::reason(picture, "door.open") == Some("no answer on the bus")
    });
    rig.act(Act::Mend {
        instrument,
        fault: Some(fault),
    });
    core.until("the door again", 20.0, door(1.0));
}

#[test]
fn meters_outlets_and_a_one_wire_probe_are_read_over_the_rigs_socket() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let core = Core::start(
        &configuration(directory.path(), with_one_wire_board),
        &core::commissioned(directory.path()),
        &rig,
    );
    let picture = core.until("every instrument", 20.0, |picture| {
        let read = |point: &str| core::number(picture, point);
        read("feed.a.l1.voltage").is_some_and(|volts| (220.0..240.0).contains(&volts))
            && read("feed.b.frequency") == Some(50.0)
            && (1..=16).all(|outlet| read(&format!("outlet.{outlet}.on")) == Some(1.0))
            && read("rack.board.8.temperature").is_some()
    });
    let read = |point: &str| core::number(&picture, point).expect("a number");
    let phases: f64 = ["a.l1", "a.l2", "a.l3", "b.l1", "b.l2", "b.l3"]
        .iter()
        .map(|phase| read(&format!("feed.{phase}.phase_power")))
        .sum();
    assert!((phases - 5_000.0).abs() < 50.0, "{phases} W");
    let board_c = rig.report().truth.boards_c[7];
    assert!(
        (read("rack.board.8.temperature") - board_c).abs() < 1.0,
        "{board_c}"
    );
    // Each by its name, over the socket as well.
    for (instrument, fault, point, reason) in [
        (
            Instrument::MeterB,
            Fault::Silent,
            "feed.b.l1.voltage",
            "no answer on the bus",
        ),
        (
            Instrument::Outlets9,
            Fault::BadCrc,
            "outlet.9.on",
            "bad check sum",
        ),
        (
            Instrument::W1Board8,
            Fault::PowerOn,
            "rack.board.8.temperature",
            "not ready",
        ),
    ] {
        let amount = None;
        rig.act(Act::Fault {
            instrument,
            fault,
            amount,
        });
        core.until(point, 20.0, |picture| {
            core::reason(picture, point) == Some(reason)
        });
        let fault = Some(fault);
        rig.act(Act::Mend { instrument, fault });
        core.until(point, 20.0, |picture| core::number(picture, point).is_some());
    }
}
