//! The rack as a whole, without a controller.

use super::*;
use crate::plant::{FireClass, Gas};

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

#[test]
fn an_act_happens_at_its_own_microsecond_between_two_plant_steps() {
    let mut rack = quiet();
    let at_us = rack.now_us() + 130_001;
    rack.schedule(at_us, Act::Door { open: true }).expect("room");
    let door = |rack: &Rack| rack.inputs() >> Input::Door as u8 & 1;
    rack.advance(at_us - 1);
    assert_eq!(door(&rack), 1);
    rack.advance(at_us);
    assert_eq!(door(&rack), 0);
    assert_eq!(
        rack.schedule(at_us - 1, Act::Door { open: false }),
        Err(AgendaError::Passed {
            at_us: at_us - 1,
            now_us: at_us
        })
    );
}

#[test]
fn what_is_scheduled_does_not_depend_on_how_time_is_cut() {
    let run = |stride_us: u64| {
        let mut rack = quiet();
        let start_us = rack.now_us();
        for (second, act) in [
            (1, Act::Fire { power_w: 20_000.0 }),
            (3, Act::BlowerJammed { on: true }),
            (9, Act::Fire { power_w: 0.0 }),
        ] {
            rack.schedule(start_us + second * 1_000_000 + 50_000, act)
                .expect("room");
        }
        while rack.now_us() < start_us + 20_000_000 {
            rack.advance(rack.now_us() + stride_us);
        }
        (rack.report().exhaust_c.to_bits(), rack.report().rpm.to_bits())
    };
    assert_eq!(run(20_000_000), run(20_000));
}

#[test]
fn a_watch_acts_once_at_the_step_that_passes_its_value() {
    let mut rack = quiet();
    let room = |value| Watch {
        quantity: Quantity::Room,
        above: true,
        value,
    };
    rack.when(room(30.0), Act::Door { open: true }).expect("room");
    rack.when(room(90.0), Act::BlowerJammed { on: true })
        .expect("room");
    after(&mut rack, 5);
    assert_eq!(rack.inputs() >> Input::Door as u8 & 1, 1, "the room is at 24");
    rack.act(&Act::Room { room_c: Some(31.0) });
    rack.advance(rack.now_us() + PLANT_STEP_US);
    assert_eq!(rack.inputs() >> Input::Door as u8 & 1, 0);
    assert_eq!(rack.waiting().1.count(), 1, "the other one waits on");
    rack.act(&Act::Door { open: false });
    after(&mut rack, 5);
    assert_eq!(rack.inputs() >> Input::Door as u8 & 1, 1, "it acts once");
    rack.clear();
    assert_eq!(rack.waiting().1.count(), 0);
}

#[test]
fn a_filters_resistance_is_that_of_the_act_and_a_new_filter_has_none_of_it() {
    let mut rack = quiet();
    let clean = after(&mut rack, 60).draft_pa;
    for ratio in [4.0, 0.5] {
        for side in [Side::Left, Side::Right] {
            rack.act(&Act::FilterResistance { side, ratio });
        }
        let loaded = after(&mut rack, 60).draft_pa;
        assert_eq!(loaded < 1.2 * clean, ratio > 1.0, "{ratio}: {loaded} {clean}");
        for side in [Side::Left, Side::Right] {
            rack.act(&Act::NewFilter { side });
        }
        let new = after(&mut rack, 60).draft_pa;
        assert!((new / clean - 1.0).abs() < 0.08, "{new} {clean}");
    }
    rack.act(&Act::FilterDust {
        side: Side::Left,
        dust_g: 80.0,
    });
    after(&mut rack, 60);
    let truth = *rack.truth();
    assert!(truth.filter_left_flow_m3_s < 0.6 * truth.filter_right_flow_m3_s);
    rack.act(&Act::FilterMedium {
        side: Side::Right,
        ratio: 4.0,
    });
    after(&mut rack, 60);
    let truth = *rack.truth();
    assert!((truth.filter_left_flow_m3_s / truth.filter_right_flow_m3_s - 1.0).abs() < 1e-6);
}

/// Volts at the loops' converter, channel by channel, as levels.
fn loops(rack: &Rack) -> [LoopLevel; 4] {
    rack.wiring.loops()
}

#[test]
fn a_growing_fire_closes_the_smoke_loops_by_itself_and_an_act_holds_one() {
    let mut rack = quiet();
    rack.act(&Act::Smoke {
        channel: Side::Right,
        level: LoopLevel::Normal,
    });
    rack.act(&Act::FireGrows {
        class: FireClass::Medium,
        ceiling_w: Some(5_000.0),
    });
    let burning = after(&mut rack, 60);
    assert_eq!(loops(&rack)[2..], [LoopLevel::Alarm, LoopLevel::Normal]);
    assert_eq!(burning.smoke_modelled, [true, false]);
    assert!((burning.fire_w - 5_000.0).abs() < 1.0 && burning.hazards.smoke_percent_m[0] > 3.4);
    rack.act(&Act::SmokeModelled { channel: Side::Right });
    assert_eq!(loops(&rack)[3], LoopLevel::Alarm);
    rack.act(&Act::FireOut);
    let out = after(&mut rack, 120);
    assert_eq!(
        (out.smoke_modelled, loops(&rack)),
        ([false; 2], [LoopLevel::Normal; 4])
    );
    assert!(out.fire_w <= 0.0);
}

#[test]
fn a_burst_breaks_its_wire_and_a_new_extinguisher_has_a_whole_one() {
    let mut rack = quiet();
    rack.act(&Act::ExtinguisherHome {
        side: Side::Right,
        home: false,
    });
    rack.act(&Act::FireGrows {
        class: FireClass::Ultrafast,
        ceiling_w: None,
    });
    // The air of natural draught: it starves at 13 kW, which is enough for the paper.
    rack.set_outputs(1 << Output::FanContactOpen as u8);
    let lag_s = |rack: &Rack| rack.wiring.lag_s(Instrument::ExhaustA);
    let clean_s = lag_s(&rack);
    let mut waited_s = 0;
    while after(&mut rack, 1).hazards.fired == [false; 2] && waited_s < 3_600 {
        waited_s += 1;
    }
    assert_eq!(rack.report().hazards.fired, [true, false]);
    assert_eq!(loops(&rack)[..2], [LoopLevel::Alarm, LoopLevel::Normal]);
    assert!(lag_s(&rack) > 1.5 * clean_s, "powder on the probes");
    rack.act(&Act::FireOut);
    rack.set_outputs(1 << Output::FanContactClose as u8);
    after(&mut rack, 900);
    rack.act(&Act::NewExtinguisher { side: Side::Left });
    rack.act(&Act::CleanProbes);
    let mended = after(&mut rack, 60);
    assert_eq!(
        (mended.hazards.fired, loops(&rack)),
        ([false; 2], [LoopLevel::Normal; 4])
    );
    assert!((lag_s(&rack) - clean_s).abs() < f64::EPSILON);
}

#[test]
fn a_replayed_fire_begins_at_its_ignition_and_ends_when_told() {
    let gas = |roof_c: f64, heat_w: f64| Gas {
        column_c: [roof_c; 6],
        heat_w,
    };
    let rows = vec![
        (0.0, gas(20.0, 0.0)),
        (500.0, gas(20.0, 0.0)),
        (560.0, gas(320.0, 40_000.0)),
    ];
    let fire = CabinetFire::new(rows).expect("a recording");
    let mut rack = Rack::new(RackConfig {
        load: Profile::constant(5_000.0),
        recorded_fire: Some(Arc::new(fire)),
        ..RackConfig::default()
    });
    after(&mut rack, 10);
    rack.act(&Act::FireReplay { from_s: None });
    after(&mut rack, 30);
    assert!(
        (rack.truth().ceiling_c - 170.0).abs() < 1.0,
        "{}",
        rack.truth().ceiling_c
    );
    assert_eq!(
        rack.inputs() >> Input::CutOut as u8 & 1,
        0,
        "the cut-out feels it"
    );
    assert_eq!(rack.report().smoke_modelled, [true; 2]);
    rack.act(&Act::FireOut);
    assert!(after(&mut rack, 1).exhaust_c < 60.0);
    let mut none = quiet();
    none.act(&Act::FireReplay { from_s: Some(560.0) });
    assert!(after(&mut none, 1).exhaust_c < 60.0, "nothing was recorded");
}

#[test]
fn blocked_discharge_holes_take_the_air_and_leave_the_wheel() {
    let mut rack = quiet();
    let open = after(&mut rack, 60).truth;
    rack.act(&Act::DischargeBlocked { percent: 90.0 });
    let blocked = after(&mut rack, 60).truth;
    assert!(
        blocked.rpm > 0.95 * open.rpm && blocked.draft_pa.abs() < 0.5,
        "{blocked:?}"
    );
    assert!(blocked.extracted_flow_m3_s < 0.2 * open.extracted_flow_m3_s);
    rack.act(&Act::DischargeBlocked { percent: 0.0 });
    assert!(after(&mut rack, 60).truth.draft_pa < 0.9 * open.draft_pa);
}

#[test]
fn a_gap_at_a_panel_takes_a_part_of_the_draft_and_more_air() {
    let mut rack = quiet();
    let shut = after(&mut rack, 60).truth;
    rack.act(&Act::PanelGap { area_cm2: 300.0 });
    let gap = after(&mut rack, 60).truth;
    assert!(gap.draft_pa > 0.9 * shut.draft_pa, "{gap:?}");
    assert!(gap.extracted_flow_m3_s > 1.05 * shut.extracted_flow_m3_s);
    rack.act(&Act::PanelGap { area_cm2: 0.0 });
    assert!((after(&mut rack, 60).truth.draft_pa / shut.draft_pa - 1.0).abs() < 0.05);
}

#[test]
fn a_brown_out_slows_the_blower_and_a_second_one_has_a_channel_of_its_own() {
    let mut rack = quiet();
    rack.act(&Act::BrownOut { percent: 60.0 });
    let slow = after(&mut rack, 60);
    assert!((slow.truth.speed_fraction - 0.6).abs() < 1e-3, "{slow:?}");
    let mut config = RackConfig {
        load: Profile::constant(5_000.0),
        ..RackConfig::default()
    };
    config.plant.second_blower = true;
    let mut rack = Rack::new(config);
    let both = rack.report().truth;
    assert!(
        both.rpm > 2_500.0 && (both.rpm - both.blower_b_rpm).abs() < 1e-9,
        "the chip's watchdog drives both"
    );
    rack.act(&Act::BlowerBJammed { on: true });
    rack.act(&Act::BlowerWear {
        blower: Side::Left,
        efficiency: 50.0,
    });
    let one = after(&mut rack, 60).truth;
    assert!(one.blower_b_rpm <= 0.0 && one.extracted_flow_m3_s < both.extracted_flow_m3_s);
    assert!(one.rpm < 0.9 * both.rpm, "a worn one is slower");
    rack.set_outputs(1 << Output::FanContactOpen as u8);
    rack.act(&Act::BlowerBJammed { on: false });
    let none = after(&mut rack, 60).truth;
    assert!(
        none.rpm < 1.0 && none.blower_b_rpm < 1.0,
        "one contact stops both"
    );
}

#[test]
fn meters_follow_the_hosts_and_outlets_keep_their_place() {
    let mut rack = quiet();
    after(&mut rack, 10);
    let mut total = 0.0;
    for unit in wired::METERS {
        let mut request = vec![unit, 0x04, 0x00, 0x34, 0x00, 0x02];
        request.extend(crate::chip::rtu::crc16(&request).to_le_bytes());
        let mut reply = [0; wired::SERIAL_FRAME_MAX];
        assert_eq!(rack.exchange(0, &request, &mut reply), 9);
        total += f32::from_be_bytes([reply[3], reply[4], reply[5], reply[6]]);
    }
    assert!((total - 5_000.0).abs() < 1.0, "{total} W");
    assert_eq!(
        rack.outlets(),
        0xFFFF,
        "relays at rest leave every outlet its power"
    );
    let mut request = vec![wired::OUTLET_BOARDS[1], 0x05, 0x00, 0x02, 0xFF, 0x00];
    request.extend(crate::chip::rtu::crc16(&request).to_le_bytes());
    let mut reply = [0; 16];
    assert_eq!(rack.exchange(0, &request, &mut reply), 8);
    assert_eq!(rack.outlets(), !(1 << 10), "outlet 11");
    assert_eq!(
        rack.exchange(1, &request, &mut reply),
        0,
        "there is no second line"
    );
}

#[test]
fn a_host_whose_outlet_is_off_draws_nothing_and_stays_off_until_it_is_started() {
    let mut rack = quiet();
    let relay = |rack: &mut Rack, unit: u8, relay: u8, coil: u8| {
        let mut request = vec![unit, 0x05, 0x00, relay, coil, 0x00];
        request.extend(crate::chip::rtu::crc16(&request).to_le_bytes());
        assert_eq!(rack.exchange(0, &request, &mut [0; 16]), 8);
    };
    let whole_w = after(&mut rack, 10).it_power_w;
    relay(&mut rack, wired::OUTLET_BOARDS[0], 1, 0xFF);
    relay(&mut rack, wired::OUTLET_BOARDS[1], 0, 0xFF);
    let cut = after(&mut rack, 1);
    assert_eq!(cut.hosts.off, 1, "the second host, and there is no ninth");
    assert!((cut.it_power_w - whole_w * 5.0 / 6.0).abs() < 1.0);
    relay(&mut rack, wired::OUTLET_BOARDS[0], 1, 0x00);
    assert_eq!(after(&mut rack, 10).hosts.off, 1);
    rack.act(&Act::HostStart { host: Pick::One(2) });
    let back = after(&mut rack, 70);
    assert_eq!(back.hosts.running, 6);
    assert!((back.it_power_w - whole_w).abs() < 1.0);
}

#[test]
fn probes_on_the_boards_follow_them() {
    let mut rack = quiet();
    after(&mut rack, 60);
    let board_c = rack.truth().boards_c[3];
    let mut text = [0; wired::TEXT_MAX];
    let length = rack
        .text(0, "28-000000b0a404/w1_slave", &mut text)
        .expect("a probe");
    let text = std::str::from_utf8(&text[..length]).expect("text");
    let millidegrees: f64 = text
        .trim_end()
        .rsplit('=')
        .next()
        .expect("t=")
        .parse()
        .expect("a number");
    assert!((millidegrees / 1000.0 - board_c).abs() < 0.5, "{text} {board_c}");
    assert_eq!(rack.text(0, "28-000000b0a409/w1_slave", &mut [0; 9]), None);
}
