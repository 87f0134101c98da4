//! Switched outlets end to end in virtual time: matrix, plan, orders, coils, plant, read-back.

use super::*;
use crate::config::{Config, Host, Keeps, Outlet, Tier, builtin};
use crate::hosts::plan::OnControllerLoss;
use hil_rig::plant::Profile;
use hil_rig::rack::{Fault, Input, Instrument, Output, RackConfig, Relay};
use points::alarm::Alarm;
use points::point::switching;
use points::{OutletState, Quantity as _};

/// Outlets 1, 2 and 9 feed hosts of two tiers, 3 a lamp, 4 the network; the others are not ours.
fn site(change: impl FnOnce(&mut Config)) -> Site {
    let mut config = builtin();
    let tier = |name: &str| Tier {
        name: name.into(),
        on_controller_loss: OnControllerLoss::Stay,
        signal_s: 5.0,
        stop_s: 10.0,
        verify_s: 5.0,
    };
    let host = |name: &str, tier: &str| Host {
        name: name.into(),
        tier: tier.into(),
        ..Host::default()
    };
    config.tier = vec![tier("compute"), tier("storage")];
    config.host = vec![host("web", "compute"), host("db", "storage")];
    let feeds = |number: u8, name: &str| Outlet {
        number,
        feeds: vec![name.into()],
        ..Outlet::default()
    };
    config.outlet = vec![
        feeds(1, "web"),
        feeds(2, "db"),
        feeds(9, "web"),
        Outlet {
            number: 3,
            load: Some("lamp".into()),
            ..Outlet::default()
        },
        Outlet {
            number: 4,
            keeps: Some(Keeps::Network),
            ..Outlet::default()
        },
    ];
    config.setting.insert("safety.fire_cut_delay".into(), 20.0);
    change(&mut config);
    Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"))
}

fn rack() -> Rack {
    Rack::new(RackConfig {
        load: Profile::constant(6_000.0),
        ..RackConfig::default()
    })
}

fn running() -> Inline {
    let mut inline = Inline::new(site(|_| {}), rack()).unwrap_or_else(|error| panic!("{error}"));
    inline.run(30.0);
    inline
}

/// Outlets that have no power.
fn dark(inline: &Inline) -> Vec<u16> {
    let outlets = inline.rack.borrow().outlets();
    (1..=16)
        .filter(|number| outlets >> (number - 1) & 1 == 0)
        .collect()
}

fn state(inline: &Inline, number: usize) -> Option<OutletState> {
    inline.picture().get(switching::STATE.at(number - 1)).ok()
}

fn fire(inline: &mut Inline) {
    inline.act(&Act::Line {
        line: Input::FireButton,
        high: true,
    });
}

/// The core's own trip does nothing: only outlets cut.
fn dead_trip(inline: &Inline) {
    inline.act(&Act::Relay {
        output: Output::PowerCut,
        relay: Relay::Dead,
    });
}

#[test]
fn at_the_cut_the_listed_outlets_fall_and_nothing_else_does() {
    let mut inline = running();
    dead_trip(&inline);
    fire(&mut inline);
    inline.run(19.0);
    assert!(dark(&inline).is_empty(), "the deadline is not over");
    assert!(inline.run_until(3.0, |picture| {
        picture.effects.has(points::interlock::Effect::PduOff)
    }));
    assert_eq!(
        state(&inline, 1),
        Some(OutletState::Cutting),
        "in the tick of the cut"
    );
    assert_eq!((state(&inline, 4), state(&inline, 5)), (None, None));
    inline.run(0.5);
    assert_eq!(dark(&inline), [1, 2, 3, 9]);
    inline.run(2.0);
    assert_eq!(state(&inline, 9), Some(OutletState::Cut));
    assert_eq!(inline.report().hosts.off, 3, "the hosts behind them lie dark");
    assert!(!inline.picture().alarms.active.has(Alarm::OutletNotObeyed));
    assert!(!inline.report().contact_closed, "and the fan stands");
    // A core that dies and one that begins change nothing, nor does a hand at the board.
    inline.die(5.0);
    let mut inline = inline.succeed().unwrap_or_else(|error| panic!("{error}"));
    inline.run(60.0);
    assert_eq!(dark(&inline), [1, 2, 3, 9]);
    let request = [
        hil_rig::rack::wired::OUTLET_BOARDS[0],
        0x05,
        0x00,
        0x01,
        0x00,
        0x00,
    ];
    let crc = sensors::crc::crc16_modbus(&request).to_le_bytes();
    let on = [&request[..], &crc].concat();
    inline.rack.borrow_mut().exchange(0, &on, &mut [0; 16]);
    assert_eq!(dark(&inline), [1, 3, 9]);
    inline.run(2.5);
    assert_eq!(dark(&inline), [1, 2, 3, 9], "it is cut again");
}

#[test]
fn a_relay_that_does_not_follow_is_named_and_told_to_be_well() {
    let mut inline = running();
    inline.act(&Act::Fault {
        instrument: Instrument::Outlets9,
        fault: Fault::Frozen,
        amount: None,
    });
    fire(&mut inline);
    let cut = |picture: &Snapshot| picture.effects.has(points::interlock::Effect::PduOff);
    assert!(inline.run_until(25.0, cut));
    inline.run(2.5);
    assert!(!inline.picture().alarms.active.has(Alarm::OutletNotObeyed));
    inline.run(1.0);
    assert!(inline.picture().alarms.active.has(Alarm::OutletNotObeyed));
    assert_eq!(state(&inline, 9), Some(OutletState::NotObeyed));
    assert_eq!(state(&inline, 1), Some(OutletState::Cut));
    let told = Change::Outlet {
        place: 8,
        state: OutletState::NotObeyed,
    };
    assert!(inline.history.iter().any(|(_, change)| *change == told));
    inline.act(&Act::Mend {
        instrument: Instrument::Outlets9,
        fault: None,
    });
    inline.run(4.0);
    assert_eq!(dark(&inline), [1, 2, 3, 9], "it was told again");
    assert!(!inline.picture().alarms.active.has(Alarm::OutletNotObeyed));
}

/// An emergency power-off is reset: what hosts need is proven, the last tier comes back first, and its outlet with it.
#[test]
fn outlets_come_back_one_by_one_after_the_reset_with_their_tiers() {
    let mut inline = running();
    let line = |inline: &Inline, line, high| inline.act(&Act::Line { line, high });
    line(&inline, Input::EmergencyOff, false);
    inline.run(10.0);
    assert_eq!(dark(&inline), [1, 2, 3, 9]);
    line(&inline, Input::EmergencyOff, true);
    inline.act(&Act::RestoreSupply);
    inline.run(120.0);
    assert_eq!(dark(&inline), [1, 2, 3, 9], "its release brings nothing back");
    line(&inline, Input::Key, true);
    inline.run(1.0);
    let reset = Command::Reset {
        latches: inline.picture().latches,
        by: points::command::Name::new("M. Tester").unwrap_or_else(|error| panic!("{error:?}")),
        inspected: true,
    };
    assert_eq!(inline.command(&reset), Ok(()));
    inline.run(29.0);
    assert_eq!(dark(&inline), [1, 2, 3, 9], "nothing is proven yet");
    let mut seen = Vec::new();
    let begin = inline.now();
    while inline.now().since(begin) < Span::s(700) && !dark(&inline).is_empty() {
        let before = dark(&inline);
        inline.tick();
        let after = dark(&inline);
        assert!(before.len() - after.len() <= 1, "one at a time");
        let back = before.iter().find(|number| !after.contains(number));
        seen.extend(back.map(|number| (*number, inline.now())));
    }
    let order: Vec<u16> = seen.iter().map(|(number, _)| *number).collect();
    assert_eq!(
        order,
        [2, 3, 1, 9],
        "the last tier, what has no name, the first tier"
    );
    for pair in seen.windows(2) {
        assert!(pair[1].1.since(pair[0].1).as_s() > 1.5, "{seen:?}");
    }
    inline.run(5.0);
    assert_eq!(state(&inline, 1), Some(OutletState::Left));
    // From now on a person's switch is a person's.
    let request = [
        hil_rig::rack::wired::OUTLET_BOARDS[0],
        0x05,
        0x00,
        0x00,
        0xFF,
        0x00,
    ];
    let crc = sensors::crc::crc16_modbus(&request).to_le_bytes();
    inline
        .rack
        .borrow_mut()
        .exchange(0, &[&request[..], &crc].concat(), &mut [0; 16]);
    inline.run(30.0);
    assert_eq!(dark(&inline), [1]);
    assert!(inline.picture().get(switching::STATE.at(0)).number() == Some(OutletState::Left.get()));
}

/// An outlet of a networked PDU is what the front has read of it, for a quarter of a minute.
#[test]
fn what_the_front_reads_stands_in_the_picture_until_it_is_old() {
    use points::host::OutletEvidence;
    use points::point::hosts::outlets::{ON, POWER};
    let site = site(|config| {
        config
            .device
            .retain(|device| !device.points.values().any(|point| point == "outlet.9.on"));
        config.pdu = vec![crate::config::Pdu {
            name: "left".into(),
            kind: crate::config::PduKind::Modbus,
            address: "192.0.2.1:502".into(),
            unit: None,
            user: None,
            password_file: None,
            certificate_file: None,
        }];
        if let Some(nine) = config.outlet.iter_mut().find(|outlet| outlet.number == 9) {
            (nine.pdu, nine.coil) = (Some("left".into()), Some(0));
        }
    });
    let mut inline = Inline::new(site, rack()).unwrap_or_else(|error| panic!("{error}"));
    // Nobody plays the front's part but this test.
    inline.act(&Act::PduSilent { on: true });
    inline.run(10.0);
    let on = |inline: &Inline| inline.picture().get(ON.at(8)).value;
    assert_eq!(on(&inline), Err(Absent::Starting));
    let evidence = |watts| OutletEvidence {
        outlet: 8,
        on: true,
        watts,
        age: Span::s(1),
    };
    let now = inline.now();
    inline.frame.hosts.take_outlet(&evidence(Some(321.0)), now);
    inline.run(1.0);
    assert_eq!(on(&inline), Ok(points::Flag::Set));
    assert_eq!(inline.picture().get(POWER.at(8)).number(), Some(321.0));
    inline.run(20.0);
    assert_eq!(on(&inline), Err(Absent::Stale));
    assert_eq!(inline.picture().get(POWER.at(8)).value, Err(Absent::Stale));
}
