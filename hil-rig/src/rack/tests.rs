//! The rack as a whole, without a controller.

use super::*;

fn after(rack: &mut Rack, seconds: u64) -> Report {
    rack.advance(rack.now_us() + seconds * 1_000_000);
    rack.report()
}

fn quiet() -> Rack {
    Rack::new(RackConfig {
        load: Profile::constant(5_000.0),
        ..RackConfig::default()
    })
}

#[test]
fn it_starts_at_its_own_equilibrium_and_stays_there() {
    let mut rack = quiet();
    let start = rack.report();
    let later = after(&mut rack, 600);
    assert!(
        (start.exhaust_c - later.exhaust_c).abs() < 0.3,
        "{start:?} {later:?}"
    );
    assert!(
        (start.rpm - later.rpm).abs() < 30.0 && start.rpm > 2_500.0,
        "full speed without a controller: {start:?}"
    );
}

#[test]
fn the_latching_contact_stops_the_blower_and_keeps_its_place_without_power() {
    let mut rack = quiet();
    rack.set_outputs(1 << Output::FanContactOpen as u8);
    rack.release_outputs();
    rack.act(&Act::FanChipPower { on: false });
    let stopped = after(&mut rack, 60);
    assert!(!stopped.contact_closed && stopped.rpm < 1.0, "{stopped:?}");
    rack.act(&Act::FanChipPower { on: true });
    assert!(
        after(&mut rack, 10).rpm < 1.0,
        "its watchdog drives, the contact holds"
    );
    rack.set_outputs(1 << Output::FanContactOpen as u8 | 1 << Output::FanContactClose as u8);
    assert!(!rack.report().contact_closed, "both coils move nothing");
    rack.set_outputs(1 << Output::FanContactClose as u8);
    assert!(after(&mut rack, 30).rpm > 2_500.0);
}

#[test]
fn hosts_shut_down_in_their_own_time_and_a_cut_takes_them_at_once() {
    let mut rack = quiet();
    rack.set_outputs(1 << Output::HostDown as u8);
    assert!(after(&mut rack, 10).it_power_w > 1_000.0);
    assert!(after(&mut rack, 60).it_power_w < 1.0);
    rack.set_outputs(0);
    assert!(
        after(&mut rack, 60).it_power_w < 1.0,
        "they stay off until started"
    );
    rack.act(&Act::StartHosts);
    assert!(after(&mut rack, 5).it_power_w > 4_000.0);
    rack.set_outputs(1 << Output::PowerCut as u8);
    assert!(after(&mut rack, 1).it_power_w < 1.0);
}

#[test]
fn an_emergency_stop_takes_the_supply_and_its_release_gives_nothing_back() {
    let mut rack = quiet();
    rack.act(&Act::Line {
        line: Input::EmergencyOff,
        high: false,
    });
    let off = after(&mut rack, 40);
    assert!(!off.energised && off.it_power_w < 1.0 && off.rpm < 1.0);
    rack.act(&Act::Line {
        line: Input::EmergencyOff,
        high: true,
    });
    assert!(!after(&mut rack, 5).energised);
    rack.act(&Act::RestoreSupply);
    assert!(after(&mut rack, 5).energised);
}

#[test]
fn fire_opens_the_cut_out() {
    let mut rack = quiet();
    rack.act(&Act::Fire { power_w: 60_000.0 });
    rack.set_outputs(1 << Output::FanContactOpen as u8);
    after(&mut rack, 120);
    assert_eq!(rack.inputs() >> Input::CutOut as u8 & 1, 0);
}

#[test]
fn two_runs_of_one_seed_are_equal_to_the_bit_and_two_seeds_differ() {
    let run = |seed| {
        let mut rack = Rack::new(RackConfig {
            seed,
            ..RackConfig::default()
        });
        let mut read = Vec::new();
        for _ in 0..50 {
            rack.advance(rack.now_us() + 1_000_000);
            let mut bytes = [0; 6];
            rack.transfer(1, 0x44, &mut [Operation::Write(&[0xFD])])
                .expect("the probe answers");
            rack.advance(rack.now_us() + 10_000);
            rack.transfer(1, 0x44, &mut [Operation::Read(&mut bytes)])
                .expect("the probe answers");
            read.push(bytes);
        }
        read
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
