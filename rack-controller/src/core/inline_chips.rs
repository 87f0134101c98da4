//! Chips that a site may fit, each end to end in virtual time: plant, bytes, driver, judge, point.

use super::*;
use crate::config::{ChipKind, Config, builtin};
use hil_rig::plant::Profile;
use hil_rig::rack::wired::{BOARD_PROBES, OUTLET_BOARDS};
use hil_rig::rack::{Cable, Fault, Input, Instrument, RackConfig, Side};
use points::alarm::Alarm;
use points::point::hosts::outlets;
use points::point::{blower, contact, power, temperature};
use points::{Flag, Quantity, Reading};

fn rack() -> Rack {
    Rack::new(RackConfig {
        load: Profile::constant(5_000.0),
        ..RackConfig::default()
    })
}

/// The built-in rack after a change, run for half a minute.
fn running(change: impl FnOnce(&mut Config)) -> Inline {
    let mut config = builtin();
    change(&mut config);
    let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    let mut inline = Inline::new(site, rack()).unwrap_or_else(|error| panic!("{error}"));
    inline.run(30.0);
    inline
}

#[track_caller]
fn near<Q: Quantity>(reading: Reading<Q>, expected: f64, within: f64) {
    let number = reading.ok().map(Q::get);
    assert!(
        number.is_some_and(|number| (number - expected).abs() <= within),
        "{reading:?} is not {expected} within {within}"
    );
}

#[test]
fn walls_follow_the_steel_and_are_absent_without_their_chip() {
    let mut inline = running(|_| {});
    let wall_c = inline.rack.borrow().truth().wall_c;
    for side in [0, 1] {
        near(inline.picture().get(temperature::WALL.at(side)), wall_c, 0.1);
    }
    inline.act(&Act::Fault {
        instrument: Instrument::WallLeft,
        fault: Fault::Nack,
        amount: None,
    });
    inline.run(10.0);
    let read = |side| inline.picture().get(temperature::WALL.at(side)).value;
    assert_eq!(read(0), Err(Absent::NoAnswer));
    assert!(read(1).is_ok());
}

#[test]
fn thermistors_follow_the_bottles_and_tell_a_cut_from_a_short() {
    let mut inline = running(|_| {});
    let bottles_c = inline.rack.borrow().truth().extinguisher_c;
    for side in [0, 1] {
        near(
            inline.picture().get(temperature::EXTINGUISHER.at(side)),
            bottles_c[side],
            0.5,
        );
    }
    for (cable, reason) in [
        (Cable::Open, Some(Absent::LoopOpen)),
        (Cable::Short, Some(Absent::LoopShort)),
        (Cable::Whole, None),
    ] {
        inline.act(&Act::Thermistor {
            side: Side::Right,
            cable,
        });
        inline.run(5.0);
        let read = |side| inline.picture().get(temperature::EXTINGUISHER.at(side)).value;
        assert_eq!(read(1).err(), reason);
        assert!(read(0).is_ok(), "the other side is whole");
    }
}

#[test]
fn an_ina228_in_the_place_of_the_ina226_gives_the_same_points() {
    let with = |chip| {
        running(|config| {
            let supply = config.device.iter_mut().find(|device| device.name == "supply");
            let Some(supply) = supply else { panic!("a supply") };
            if chip == ChipKind::Ina228 {
                (supply.chip, supply.address, supply.bus_divider) = (chip, 0x41, None);
            }
        })
    };
    let (usual, fine) = (with(ChipKind::Ina226), with(ChipKind::Ina228));
    let current = |inline: &Inline| inline.picture().get(blower::CURRENT.at(0));
    let power = |inline: &Inline| inline.picture().get(blower::POWER.at(0));
    let truth_w = fine.rack.borrow().truth().blower_power_w;
    near(power(&fine), truth_w, 0.02 * truth_w + 1.0);
    near(power(&usual), truth_w, 0.02 * truth_w + 1.0);
    let ampere = current(&usual).ok().map_or(f64::NAN, |a| a.get());
    near(current(&fine), ampere, 0.05);
}

/// The door and the fire button by their second poles on an expander.
fn on_expander(config: &mut Config) {
    crate::site::tests::with_expander(config, "io/A0");
    if let Some(button) = config.contact.get_mut("fire.button") {
        button.line = "io/B2".into();
    }
}

#[test]
fn contacts_on_an_expander_are_debounced_and_as_quick_as_others() {
    let mut inline = running(on_expander);
    let door = |inline: &Inline| inline.picture().get(contact::DOOR_OPEN).ok();
    assert_eq!(door(&inline), Some(Flag::Clear));
    inline.act(&Act::Door { open: true });
    inline.run(0.1);
    assert_eq!(door(&inline), Some(Flag::Set));
    inline.act(&Act::Line {
        line: Input::FireButton,
        high: true,
    });
    inline.run(0.3);
    assert!(
        !inline.report().contact_closed,
        "a manual fire button stops the fan alone"
    );
}

#[test]
fn an_expander_that_is_silent_or_restarted_leaves_its_contacts_with_its_reason() {
    let mut inline = running(on_expander);
    let door = |inline: &Inline| inline.picture().get(contact::DOOR_OPEN).value;
    for (fault, reason) in [
        (Fault::Nack, Absent::NoAnswer),
        // What a chip that lost its configuration reads, and a line held high.
        (Fault::AllOnes, Absent::Unconfigured),
    ] {
        let instrument = Instrument::Expander;
        let amount = None;
        inline.act(&Act::Fault {
            instrument,
            fault,
            amount,
        });
        inline.run(1.0);
        assert_eq!(door(&inline), Ok(Flag::Clear), "ridden out");
        inline.run(2.0);
        assert_eq!(door(&inline), Err(reason));
        inline.run(10.0);
        assert!(inline.picture().alarms.raised.has(Alarm::ContactUnreadable));
        assert!(inline.picture().get(contact::MAINS_PRESENT).ok().is_some());
        let fault = Some(fault);
        inline.act(&Act::Mend { instrument, fault });
        inline.run(10.0);
        assert_eq!(door(&inline), Ok(Flag::Clear), "prepared anew");
    }
}

#[test]
fn meters_feed_their_phases_and_agree_with_the_transducers() {
    let inline = running(|_| {});
    let picture = inline.picture();
    let truth_w = inline.report().it_power_w;
    let mut sum_w = 0.0;
    for phase in 0..6 {
        let watts = picture
            .get(power::PHASE_POWER.at(phase))
            .number()
            .unwrap_or(f64::NAN);
        let volts = picture.get(power::VOLTAGE.at(phase)).number().unwrap_or(f64::NAN);
        let factor = picture
            .get(power::POWER_FACTOR.at(phase / 3))
            .number()
            .unwrap_or(f64::NAN);
        near(
            picture.get(power::CURRENT.at(phase)),
            watts / volts / factor,
            0.01,
        );
        assert!((225.0..235.0).contains(&volts), "{volts}");
        sum_w += watts;
    }
    assert!((sum_w - truth_w).abs() < 1.0, "{sum_w} {truth_w}");
    near(picture.get(power::IT_POWER), sum_w, 20.0);
    for feed in [0, 1] {
        near(picture.get(power::FREQUENCY.at(feed)), 50.0, 1e-6);
        let kwh = picture.get(power::ENERGY.at(feed)).number().unwrap_or(0.0);
        assert!((0.005..0.1).contains(&kwh), "half a minute of 2.5 kW: {kwh}");
    }
}

#[test]
fn every_fault_of_a_meter_has_its_reason_and_takes_its_own_feed_alone() {
    let mut inline = running(|_| {});
    let volts = |inline: &Inline, feed: usize| inline.picture().get(power::VOLTAGE.at(3 * feed)).value;
    let instrument = Instrument::MeterB;
    for (fault, amount, reason) in [
        (Fault::Silent, None, Absent::NoAnswer),
        (Fault::BadCrc, None, Absent::BadChecksum),
        (Fault::Exception, Some(2.0), Absent::WrongChip),
        (Fault::Exception, Some(6.0), Absent::NotReady),
        (Fault::WrongUnit, None, Absent::WrongChip),
        (Fault::CutReply, None, Absent::ShortTransfer),
        (Fault::Late, None, Absent::NoAnswer),
    ] {
        inline.act(&Act::Fault {
            instrument,
            fault,
            amount,
        });
        inline.run(20.0);
        assert_eq!(volts(&inline, 1), Err(reason), "{fault:?}");
        assert!(volts(&inline, 0).is_ok(), "{fault:?} is the other meter's");
        assert!(inline.picture().get(outlets::ON.at(0)).ok().is_some());
        let fault = Some(fault);
        inline.act(&Act::Mend { instrument, fault });
        inline.run(12.0);
        assert!(volts(&inline, 1).is_ok(), "{fault:?} is over");
    }
    for (fault, amount) in [(Fault::LineNoise, None), (Fault::Late, Some(0.2))] {
        inline.act(&Act::Fault {
            instrument,
            fault,
            amount,
        });
        inline.run(10.0);
        assert!(volts(&inline, 1).is_ok(), "{fault:?} does no harm");
    }
}

/// However late a device of the line is: what it answers is never taken for another's nor for another question's.
#[test]
fn a_late_reply_is_never_taken_for_another() {
    let mut inline = running(|_| {});
    let held = |inline: &mut Inline, instrument, fault, amount| {
        inline.act(&Act::Fault {
            instrument,
            fault,
            amount,
        });
    };
    // So that the two meters differ, and a board whose silence leaves the line to whoever comes late.
    held(&mut inline, Instrument::MeterB, Fault::Stuck, Some(900.0));
    held(&mut inline, Instrument::Outlets1, Fault::Silent, None);
    inline.run(5.0);
    for hundredths in (20..320).step_by(5) {
        let amount = Some(f64::from(hundredths) / 100.0);
        held(&mut inline, Instrument::MeterA, Fault::Late, amount);
        held(&mut inline, Instrument::MeterB, Fault::Late, amount);
        for _ in 0..150 {
            inline.tick();
            let picture = inline.picture();
            let power = |feed: usize| -> f64 {
                let phases =
                    (0..3).filter_map(|phase| picture.get(power::PHASE_POWER.at(3 * feed + phase)).number());
                phases.sum()
            };
            let (a, b) = (power(0), power(1));
            assert!(
                a == 0.0 || (a - 2_500.0).abs() < 50.0,
                "feed A {a} W, {amount:?} s late"
            );
            assert!(
                b == 0.0 || (b - 900.0).abs() < 20.0,
                "feed B {b} W, {amount:?} s late"
            );
            assert!(picture.get(outlets::ON.at(8)).number() != Some(0.0));
        }
    }
}

#[test]
fn outlets_show_what_their_relays_do() {
    let mut inline = running(|_| {});
    let on = |inline: &Inline, outlet| inline.picture().get(outlets::ON.at(outlet)).ok();
    assert!((0..16).all(|outlet| on(&inline, outlet) == Some(Flag::Set)));
    // Somebody else switches relay 3 of the second board, as a hand at its page does.
    let request = [OUTLET_BOARDS[1], 0x05, 0x00, 0x02, 0xFF, 0x00];
    let crc = sensors::crc::crc16_modbus(&request).to_le_bytes();
    let frame = [&request[..], &crc].concat();
    inline.rack.borrow_mut().exchange(0, &frame, &mut [0; 16]);
    inline.run(3.0);
    let off: Vec<usize> = (0..16)
        .filter(|outlet| on(&inline, *outlet) == Some(Flag::Clear))
        .collect();
    assert_eq!(off, [10]);
    assert_eq!(inline.rack.borrow().outlets(), !(1 << 10));
}

#[test]
fn a_one_wire_probe_measures_its_board_and_says_what_is_wrong_with_it() {
    let serial = BOARD_PROBES[7];
    let mut inline =
        running(|config| crate::site::tests::with_one_wire(config, &format!("28-{serial:012x}")));
    let board = |inline: &Inline| inline.picture().get(temperature::BOARD.at(7));
    let board_c = inline.rack.borrow().truth().boards_c[7];
    // It lags by its 12 s while the rack warms.
    near(board(&inline), board_c, 1.0);
    let instrument = Instrument::W1Board8;
    let amount = None;
    for (fault, reason) in [
        (Fault::Missing, Absent::NoAnswer),
        (Fault::EmptyText, Absent::BadChecksum),
        (Fault::BadCrc, Absent::BadChecksum),
        (Fault::PowerOn, Absent::NotReady),
        (Fault::Shorted, Absent::WrongChip),
    ] {
        inline.act(&Act::Fault {
            instrument,
            fault,
            amount,
        });
        inline.run(15.0);
        assert_eq!(board(&inline).value, Err(reason), "{fault:?}");
        let fault = Some(fault);
        inline.act(&Act::Mend { instrument, fault });
        inline.run(12.0);
        assert!(board(&inline).ok().is_some(), "{fault:?} is over");
    }
}
