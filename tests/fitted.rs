//! Chips that the built-in rack does not bind, fitted on a rack behind its socket.

use hil_rig::rack::{Act, Fault, Instrument};
use rack_controller::config::{ChipKind, Config};

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
