//! Faults of instruments as a host sees them at the rack's buses.

use super::wired_tests::{asked, text};
use super::*;

/// A rack at rest: constant load, constant room.
pub(super) fn quiet() -> Rack {
    Rack::new(RackConfig {
        load: Profile::constant(5_000.0),
        ..RackConfig::default()
    })
}

pub(super) fn wait(rack: &mut Rack, for_us: u64) {
    rack.advance(rack.now_us() + for_us);
}

pub(super) fn fault(rack: &mut Rack, instrument: Instrument, fault: Fault, amount: Option<f64>) {
    let act = Act::Fault {
        instrument,
        fault,
        amount,
    };
    assert!(act.fits(), "{act}");
    rack.act(&act);
}

pub(super) fn mend(rack: &mut Rack, instrument: Instrument, fault: Option<Fault>) {
    rack.act(&Act::Mend { instrument, fault });
}

/// A measurement of an SHT4x before the multiplexer, as it comes over the wire.
fn bytes(rack: &mut Rack, bus: usize) -> Result<[u8; 6], BusError> {
    let mut bytes = [0xA5; 6];
    rack.transfer(bus, 0x44, &mut [Operation::Write(&[0xFD])])?;
    wait(rack, 10_000);
    rack.transfer(bus, 0x44, &mut [Operation::Read(&mut bytes)])
        .map(|()| bytes)
}

/// What exhaust probe A, B or C shows on its bus, deg C.
fn exhaust_c(rack: &mut Rack, bus: usize) -> f64 {
    let [high, low, ..] = bytes(rack, bus).expect("the probe answers");
    f64::from(u16::from_be_bytes([high, low])) * 175.0 / 65_535.0 - 45.0
}

/// The mean of ten seconds.
fn mean_c(rack: &mut Rack, bus: usize) -> f64 {
    // What has just befallen it is seen from the next step of the plant on.
    wait(rack, PLANT_STEP_US);
    let all = (0..100).map(|_| {
        wait(rack, 90_000);
        exhaust_c(rack, bus)
    });
    all.sum::<f64>() / 100.0
}

/// Starts a pressure transmitter and gives what it shows after a while, Pa.
fn pressure_pa(rack: &mut Rack, bus: usize, address: u8, per_pa: f64) -> f64 {
    // It may be measuring already.
    let _ = rack.transfer(bus, address, &mut [Operation::Write(&[0x3F, 0xF9])]);
    wait(rack, 1_000);
    rack.transfer(bus, address, &mut [Operation::Write(&[0x36, 0x15])])
        .expect("it starts");
    wait(rack, 30_000_000);
    let mut bytes = [0; 9];
    rack.transfer(bus, address, &mut [Operation::Read(&mut bytes)])
        .expect("it answers");
    f64::from(i16::from_be_bytes([bytes[0], bytes[1]])) / per_pa
}

#[test]
fn what_stands_is_told_and_mended_one_by_one_and_all_at_once() {
    let mut rack = quiet();
    assert_eq!((rack.faults().count(), rack.report().faults), (0, 0));
    fault(&mut rack, Instrument::ExhaustA, Fault::Drift, None);
    fault(&mut rack, Instrument::ExhaustA, Fault::Nack, None);
    rack.act(&Act::BusStuck {
        bus: 2,
        for_us: 2_000_000,
    });
    rack.act(&Act::ChannelStuck {
        channel: 3,
        for_us: 1_000_000,
    });
    rack.act(&Act::Swap {
        one: Instrument::Draft,
        other: Instrument::FilterLeft,
        on: true,
    });
    rack.act(&Act::FanChipPower { on: false });
    rack.act(&Act::BlowerJammed { on: true });
    let told: Vec<String> = rack.faults().map(|act| act.to_string()).collect();
    assert_eq!(
        told,
        [
            "fault exhaust-a nack",
            "fault exhaust-a drift 2 K/h",
            "fault fan unplugged",
            "swap draft filter-left on",
            "channel stuck 3 1 s",
            "bus stuck fan 2 s",
            "blower jammed on",
        ]
    );
    wait(&mut rack, 2_500_000);
    assert_eq!(rack.faults().count(), 5, "the lines are free again");
    mend(&mut rack, Instrument::ExhaustA, Some(Fault::Drift));
    mend(&mut rack, Instrument::FilterLeft, None);
    rack.act(&Act::FanChipPower { on: true });
    assert_eq!(rack.faults().count(), 2);
    rack.act(&Act::ClockStuck {
        bus: 0,
        for_us: 9_000_000,
    });
    rack.act(&Act::MendEverything);
    assert_eq!(rack.faults().count(), 0);
    assert!(bytes(&mut rack, 0).is_ok());
}

#[test]
fn every_fault_of_the_table_befalls_what_it_can_and_leaves_no_trace_once_mended() {
    let mut rack = quiet();
    for row in FAULTS {
        // The fan moves the air: its traces are physics.
        for instrument in Instrument::ALL.iter().filter(|one| **one != Instrument::Fan) {
            let act = Act::Fault {
                instrument: *instrument,
                fault: row.fault,
                amount: None,
            };
            rack.act(&act);
            assert_eq!(rack.report().faults, usize::from(act.fits()), "{act}");
            // An element that was slow has still to follow.
            if row.fault != Fault::Slow {
                wait(&mut rack, 200_000);
            }
            mend(&mut rack, *instrument, Some(row.fault));
            assert_eq!(rack.report().faults, 0, "{act}");
        }
    }
    let mut twin = quiet();
    twin.advance(rack.now_us());
    for bus in [0, 1, 2] {
        assert_eq!(bytes(&mut rack, bus), bytes(&mut twin, bus));
    }
    for unit in [1, 11] {
        assert_eq!(asked(&mut rack, unit), asked(&mut twin, unit));
    }
    assert_eq!(text(&mut rack), text(&mut twin));
}

#[test]
fn lines_that_are_held_take_the_bus_or_only_what_is_joined() {
    let mut rack = quiet();
    rack.act(&Act::ClockStuck {
        bus: 1,
        for_us: 50_000,
    });
    assert_eq!(bytes(&mut rack, 1), Err(BusError::Timeout));
    assert!(bytes(&mut rack, 2).is_ok());
    rack.act(&Act::BusStuck {
        bus: 2,
        for_us: 50_000,
    });
    assert_eq!(bytes(&mut rack, 2), Err(BusError::StuckLow));
    wait(&mut rack, 60_000);
    assert!(bytes(&mut rack, 1).is_ok() && bytes(&mut rack, 2).is_ok());
    rack.act(&Act::ChannelStuck {
        channel: 1,
        for_us: 50_000,
    });
    assert!(bytes(&mut rack, 0).is_ok(), "channel 1 is not joined");
    rack.transfer(0, 0x70, &mut [Operation::Write(&[0x02])])
        .expect("it joins");
    assert_eq!(bytes(&mut rack, 0), Err(BusError::StuckLow));
}

#[test]
fn a_silent_adapter_hands_over_nothing_and_says_so_to_the_rig_alone() {
    let mut rack = quiet();
    fault(&mut rack, Instrument::ExhaustB, Fault::QuietNack, None);
    assert_eq!(bytes(&mut rack, 1), Ok([0xA5; 6]));
    assert_eq!((rack.handed_over(1), rack.handed_over(1)), (Some(0), None));
    mend(&mut rack, Instrument::ExhaustB, None);
    fault(&mut rack, Instrument::ExhaustB, Fault::QuietShort, Some(3.0));
    let cut = bytes(&mut rack, 1).expect("success is reported");
    assert_eq!((cut[3..].to_vec(), rack.handed_over(1)), (vec![0xA5; 3], Some(3)));
    assert_ne!(cut[..3], [0xA5; 3]);
}

#[test]
fn offset_drift_stuck_and_swap_are_in_the_bytes() {
    let mut rack = quiet();
    wait(&mut rack, 60_000_000);
    let before = mean_c(&mut rack, 0);
    fault(&mut rack, Instrument::ExhaustA, Fault::Offset, Some(-7.0));
    assert!((mean_c(&mut rack, 0) - (before - 7.0)).abs() < 0.1);
    assert!(
        (mean_c(&mut rack, 1) - before).abs() < 0.1,
        "its neighbour is well"
    );
    mend(&mut rack, Instrument::ExhaustA, None);
    fault(&mut rack, Instrument::ExhaustA, Fault::Drift, Some(60.0));
    wait(&mut rack, 295_000_000);
    // Five minutes at a kelvin a minute, to the middle of the ten seconds of the mean.
    let drifted = mean_c(&mut rack, 0) - mean_c(&mut rack, 1);
    assert!((drifted - 5.0).abs() < 0.1, "{drifted}");
    mend(&mut rack, Instrument::ExhaustA, None);
    fault(&mut rack, Instrument::ExhaustA, Fault::Stuck, Some(21.5));
    assert!((mean_c(&mut rack, 0) - 21.5).abs() < 0.01);
    mend(&mut rack, Instrument::ExhaustA, None);
    let room_c = rack.truth().room_c;
    let swap = |on| Act::Swap {
        one: Instrument::ExhaustC,
        other: Instrument::Room,
        on,
    };
    rack.act(&swap(true));
    wait(&mut rack, 120_000_000);
    assert!((mean_c(&mut rack, 2) - room_c).abs() < 0.1);
    rack.act(&swap(false));
    wait(&mut rack, 120_000_000);
    assert!((mean_c(&mut rack, 2) - mean_c(&mut rack, 1)).abs() < 0.1);
}

#[test]
fn exchanging_with_a_third_gives_the_first_its_place_back() {
    let mut rack = quiet();
    let swap = |one, other| Act::Swap { one, other, on: true };
    rack.act(&swap(Instrument::ExhaustA, Instrument::Room));
    rack.act(&swap(Instrument::Room, Instrument::Ceiling));
    let told: Vec<String> = rack.faults().map(|act| act.to_string()).collect();
    assert_eq!(told, ["swap room ceiling on"]);
    rack.act(&swap(Instrument::ExhaustA, Instrument::Draft));
    assert_eq!(
        rack.faults().count(),
        1,
        "a thermometer does not hang where a pressure is"
    );
}

#[test]
fn noise_and_spikes_are_seeded_and_a_slow_probe_is_late() {
    let run = |name, amount| {
        let mut rack = quiet();
        fault(&mut rack, Instrument::ExhaustA, name, amount);
        (0..300)
            .map(|_| {
                wait(&mut rack, 90_000);
                exhaust_c(&mut rack, 0)
            })
            .collect::<Vec<f64>>()
    };
    let deviation = |all: &[f64]| {
        let mean = all.iter().sum::<f64>() / 300.0;
        (all.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 300.0).sqrt()
    };
    let usual = deviation(&run(Fault::Noise, Some(1.0)));
    let loud = deviation(&run(Fault::Noise, Some(20.0)));
    assert!((15.0..25.0).contains(&(loud / usual)), "{usual} {loud}");
    let spiky = run(Fault::Spike, Some(40.0));
    let spikes = spiky.iter().filter(|one| **one > 60.0).count();
    assert!((1..20).contains(&spikes), "{spikes}");
    assert_eq!(spiky, run(Fault::Spike, Some(40.0)));

    let mut rack = quiet();
    fault(&mut rack, Instrument::ExhaustA, Fault::Slow, Some(20.0));
    rack.act(&Act::Fire { power_w: 40_000.0 });
    wait(&mut rack, 20_000_000);
    let (slow, well) = (exhaust_c(&mut rack, 0), exhaust_c(&mut rack, 1));
    assert!(well > slow + 10.0, "{slow} {well}");
}

#[test]
fn pressures_and_powers_err_too() {
    let mut rack = quiet();
    let before = pressure_pa(&mut rack, 0, 0x25, 240.0);
    fault(&mut rack, Instrument::Draft, Fault::Offset, Some(30.0));
    let after = pressure_pa(&mut rack, 0, 0x25, 240.0);
    assert!((after - before - 30.0).abs() < 3.0, "{before} {after}");
    fault(&mut rack, Instrument::Supply, Fault::Stuck, Some(4.0));
    wait(&mut rack, 1_000_000);
    let mut shunt = [0; 2];
    rack.transfer(
        2,
        0x40,
        &mut [Operation::Write(&[1]), Operation::Read(&mut shunt)],
    )
    .expect("it answers");
    // 4 A over 2 mOhm at 2.5 uV a count.
    assert_eq!(u16::from_be_bytes(shunt), 3_200);
}

/// Register pair of the first fan's tachometer as a count of 13 bits.
fn tach_count(rack: &mut Rack) -> u16 {
    let mut pair = [0; 2];
    wait(rack, 300_000);
    rack.transfer(
        2,
        0x2E,
        &mut [Operation::Write(&[0x3E]), Operation::Read(&mut pair)],
    )
    .expect("it answers");
    u16::from_be_bytes(pair) >> 3
}

#[test]
fn the_tachometer_is_lost_halved_or_jitters_and_the_fan_may_not_follow() {
    let mut rack = quiet();
    let whole = tach_count(&mut rack);
    fault(&mut rack, Instrument::Fan, Fault::TachHalf, None);
    assert!(tach_count(&mut rack).abs_diff(2 * whole) <= 2);
    fault(&mut rack, Instrument::Fan, Fault::TachLost, None);
    assert_eq!(tach_count(&mut rack), 0x1FFE);
    mend(&mut rack, Instrument::Fan, None);
    fault(&mut rack, Instrument::Fan, Fault::TachNoise, Some(20.0));
    let counts: Vec<u16> = (0..10).map(|_| tach_count(&mut rack)).collect();
    assert!(
        counts.iter().any(|count| count.abs_diff(whole) > whole / 20),
        "{whole} {counts:?}"
    );
    mend(&mut rack, Instrument::Fan, None);
    assert!(tach_count(&mut rack).abs_diff(whole) <= 1);
    fault(&mut rack, Instrument::Fan, Fault::DriveIgnored, Some(40.0));
    wait(&mut rack, 60_000_000);
    let held = rack.report();
    assert!((held.drive - 0.4).abs() < 1e-12 && held.rpm < 1_500.0, "{held:?}");
}

#[test]
fn an_act_out_of_range_that_never_went_through_the_table_does_no_harm() {
    let mut rack = quiet();
    for amount in [f64::NAN, f64::INFINITY, -1e300] {
        for row in FAULTS {
            for instrument in Instrument::ALL {
                rack.act(&Act::Fault {
                    instrument: *instrument,
                    fault: row.fault,
                    amount: Some(amount),
                });
            }
        }
        rack.act(&Act::BusStuck {
            bus: 99,
            for_us: u64::MAX,
        });
        rack.act(&Act::ChannelStuck {
            channel: 99,
            for_us: u64::MAX,
        });
        wait(&mut rack, 1_000_000);
        assert!(rack.report().faults > 100);
        rack.act(&Act::MendEverything);
    }
    let report = rack.report();
    assert!(report.rpm.is_finite() && report.exhaust_c.is_finite() && report.faults == 0);
}

fn shown(rack: &Rack, line: Input) -> bool {
    rack.inputs() >> line as u8 & 1 == 1
}

/// The microseconds at which a line has changed within a time.
fn edges(rack: &mut Rack, line: Input, for_us: u64) -> Vec<u64> {
    let (from_us, mut found, mut was) = (rack.now_us(), Vec::new(), shown(rack, line));
    for at_us in from_us..from_us + for_us {
        rack.advance(at_us);
        if shown(rack, line) != was {
            was = !was;
            found.push(at_us - from_us);
        }
    }
    found
}

#[test]
fn a_contact_bounces_within_its_time_and_ends_as_it_is() {
    let run = |seed, cut: bool| {
        let mut rack = Rack::new(RackConfig {
            seed,
            load: Profile::constant(5_000.0),
            ..RackConfig::default()
        });
        let line = Input::Door;
        rack.act(&Act::ContactBounce {
            line,
            edges: 6,
            over_us: 8_000,
        });
        rack.schedule(rack.now_us() + 100, Act::Door { open: true })
            .expect("room");
        if cut {
            edges(&mut rack, line, 20_000)
        } else {
            let (seen, from_us) = (rack.edges(), rack.now_us());
            wait(&mut rack, 20_000);
            assert!(!shown(&rack, line) && rack.now_us() == from_us + 20_000);
            rack.edges_since(seen).collect()
        }
    };
    let found = run(3, true);
    assert_eq!(
        (found.len(), found[0]),
        (7, 100),
        "of an even number one more is meant"
    );
    assert!(found[6] <= 8_200, "{found:?}");
    assert_eq!(found, run(3, true));
    assert_ne!(found, run(4, true));
    let levels = run(3, false);
    assert_eq!(levels.len(), 7, "who comes late is told all of them");
    assert!(
        levels
            .windows(2)
            .all(|pair| pair[0] ^ pair[1] == 1 << Input::Door as u8)
    );
}

#[test]
fn a_contact_sticks_or_chatters_and_shows_what_is_once_mended() {
    let mut rack = quiet();
    let line = Input::Mains;
    rack.act(&Act::ContactStuck { line, on: true });
    rack.act(&Act::Line { line, high: false });
    assert!(shown(&rack, line));
    rack.act(&Act::ContactStuck { line, on: false });
    assert!(!shown(&rack, line));
    rack.act(&Act::ContactStorm { line, per_s: 500.0 });
    let found = edges(&mut rack, line, 100_000);
    assert!((48..=50).contains(&found.len()), "{}", found.len());
    rack.act(&Act::Line { line, high: true });
    let (seen, count) = (rack.edges(), EDGES_KEPT as u64);
    wait(&mut rack, 2_000_000);
    assert!(rack.edges() - seen > 900 && rack.edges_since(seen).count() as u64 == count);
    rack.act(&Act::ContactStorm { line, per_s: 0.0 });
    assert!(shown(&rack, line) && rack.next_us() == u64::MAX && rack.report().faults == 0);
}

#[test]
fn a_stuck_contact_lies_about_a_door_and_not_about_the_air() {
    let mut rack = quiet();
    rack.act(&Act::ContactStuck {
        line: Input::Isolator,
        on: true,
    });
    rack.act(&Act::Line {
        line: Input::Isolator,
        high: false,
    });
    assert!(shown(&rack, Input::Isolator) && !rack.report().energised);
}

#[test]
fn a_relay_that_does_not_follow_shows_in_its_read_back_and_in_what_it_switches() {
    let mut rack = quiet();
    let back = |rack: &Rack| shown(rack, Input::HostDownBack);
    let host_down = 1 << Output::HostDown as u8;
    rack.act(&Act::Relay {
        output: Output::HostDown,
        relay: Relay::Dead,
    });
    rack.set_outputs(host_down);
    wait(&mut rack, 120_000_000);
    let report = rack.report();
    assert!(!back(&rack) && report.it_power_w > 4_000.0 && report.outputs == host_down && report.relays == 0);
    rack.act(&Act::Relay {
        output: Output::HostDown,
        relay: Relay::Well,
    });
    assert!(back(&rack), "the coil is still driven");
    rack.set_outputs(0);
    assert!(!back(&rack));
    rack.act(&Act::Relay {
        output: Output::PowerCut,
        relay: Relay::Welded,
    });
    wait(&mut rack, 1_000_000);
    assert!(shown(&rack, Input::PowerCutBack) && rack.report().it_power_w < 1.0);
}

#[test]
fn the_fan_contact_does_not_open_or_close_and_its_auxiliary_may_lie() {
    let mut rack = quiet();
    let auxiliary = |rack: &Rack| shown(rack, Input::FanContactAux);
    rack.act(&Act::FanContact {
        relay: Relay::Welded,
        honest: false,
    });
    rack.set_outputs(1 << Output::FanContactOpen as u8);
    wait(&mut rack, 30_000_000);
    assert!(!auxiliary(&rack) && rack.report().contact_closed && rack.report().rpm > 2_500.0);
    rack.act(&Act::FanContact {
        relay: Relay::Welded,
        honest: true,
    });
    assert!(auxiliary(&rack));
    rack.act(&Act::MendEverything);
    assert!(
        !auxiliary(&rack) && !rack.report().contact_closed,
        "its coil is still driven"
    );
    rack.act(&Act::FanContact {
        relay: Relay::Dead,
        honest: true,
    });
    rack.set_outputs(1 << Output::FanContactClose as u8);
    assert!(!auxiliary(&rack) && !rack.report().contact_closed);
    let told: Vec<String> = rack.faults().map(|act| act.to_string()).collect();
    assert_eq!(told, ["fan contact dead"]);
}
