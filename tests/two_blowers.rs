//! Two blowers beside the emulated rack: what they are together, the loss of one, the self-test of each.

use hil_rig::plant::{BlowerSupply, Plant, PlantConfig, Surroundings};
use hil_rig::rack::{Rack, RackConfig};
use hil_rig::scenario::{Deed, deed};
use points::command::{Command, Name, Reason};
use points::interlock::{Cause, Effect};
use points::point::{blower, blowers, commissioning, flow, self_test};
use points::{BlowerState, CommissioningResult, Percent, SelfTestResult, SelfTestState};

use rack_controller::config::{builtin, with_second_blower};
use rack_controller::control::pair::{EQUAL, together};
use rack_controller::core::inline::Inline;
use rack_controller::site::Site;

/// A rack with two blowers, at a load in kW.
fn rack(load: &str) -> Inline {
    let mut config = builtin();
    with_second_blower(&mut config);
    config.core.tick_ms = 100;
    let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    let mut rack = RackConfig::default();
    rack.plant.second_blower = true;
    let mut inline = Inline::new(site, Rack::new(rack)).unwrap_or_else(|error| panic!("{error}"));
    act(&inline, &format!("load {load}"));
    inline.run(1_200.0);
    inline
}

fn act(inline: &Inline, text: &str) {
    match deed(text) {
        Ok(Deed::Now(act)) => inline.act(&act),
        other => panic!("{text}: {other:?}"),
    }
}

fn exhaust_c(inline: &Inline) -> f64 {
    inline.rack().borrow().truth().exhaust_c
}

/// Warmest that the exhaust gets in ten minutes after one is held fast, over what it was.
fn excursion_k(load: &str, held: &str, full_at_once: bool) -> f64 {
    let mut inline = rack(load);
    let before = exhaust_c(&inline);
    act(&inline, held);
    if full_at_once {
        let hold = Command::Manual {
            speed: Percent::of(100.0),
            owner: Name::new("mara").expect("short"),
            reason: Reason::new("what would be best").expect("short"),
            minutes: 15,
        };
        assert_eq!(inline.command(&hold), Ok(()));
    }
    let mut most = before;
    for _ in 0..6_000 {
        inline.run(0.1);
        most = most.max(exhaust_c(&inline));
        let verdict = inline.picture();
        assert!(!verdict.causes.has(Cause::C10FanFailed) && !verdict.effects.has(Effect::HostCap));
    }
    most - before
}

/// The same where nobody does anything: the other goes on at the drive it had.
fn left_alone_k(it_power_w: f64, drive: f64) -> f64 {
    let config = PlantConfig {
        second_blower: true,
        ..PlantConfig::default()
    };
    let mut around = Surroundings {
        it_power_w,
        ..Surroundings::default()
    };
    let supply = BlowerSupply {
        drive_b: drive,
        ..BlowerSupply::at(drive)
    };
    let mut plant = Plant::new(config, 1, &around, &supply);
    let before = plant.truth().exhaust_c;
    around.blower_b_jammed = true;
    let mut most = before;
    for _ in 0..6_000 {
        plant.step(0.1, &around, &supply);
        most = most.max(plant.truth().exhaust_c);
    }
    most - before
}

/// Whoever had known it in the moment of the fault could have done no more than to hold full speed from then on. Neither
/// the proof that one stands, nor its coasting, nor the slew costs more than half a kelvin beside that.
#[test]
fn one_of_two_lost_is_made_up_for_within_half_a_kelvin_of_full_speed_from_the_onset() {
    for (load, held) in [
        ("8 kW", "blower jammed on"),
        ("8 kW", "blower-b jammed on"),
        ("4 kW", "blower jammed on"),
        ("12 kW", "blower-b jammed on"),
    ] {
        let (ours, best) = (excursion_k(load, held, false), excursion_k(load, held, true));
        println!("{load}, {held}: {ours:.2} K, full speed from the onset {best:.2} K");
        assert!(ours <= best + 0.5, "{load}, {held}: {ours} K, {best} K");
    }
    let idle = left_alone_k(8_000.0, 0.41);
    println!("8 kW, nobody does anything: {idle:.2} K");
    assert!(idle > 3.0, "it matters what is done: {idle} K");
}

/// Flow, draft and power of two speeds after they have settled.
fn settled(a: f64, b: f64, filters: f64) -> (f64, f64, f64) {
    let config = PlantConfig {
        second_blower: true,
        ..PlantConfig::default()
    };
    let around = Surroundings {
        filter_left_resistance: filters,
        filter_right_resistance: filters,
        ..Surroundings::default()
    };
    let supply = BlowerSupply {
        drive_b: b,
        ..BlowerSupply::at(a)
    };
    let mut plant = Plant::new(config, 1, &around, &supply);
    let (mut flow, mut draft, mut power) = (0.0, 0.0, 0.0);
    for _ in 0..200 {
        plant.step(0.5, &around, &supply);
        let truth = plant.truth();
        flow += truth.extracted_flow_m3_s / 200.0;
        draft += truth.draft_pa / 200.0;
        power += (truth.blower_power_w + truth.blower_b_power_w) / 200.0;
    }
    (flow, draft, power)
}

/// Which is better in energy at equal flow: the measure that `blower.single_below` and sharing go by. One that stands takes
/// what its electronics take, as in the rack.
#[test]
fn two_blowers_are_one_faster_one_and_take_less_than_one_at_equal_flow() {
    for filters in [1.0, 2.0, 4.0] {
        for both in [0.2, 0.3, 0.4, 0.5, 0.6, 0.7] {
            let two = settled(both, both, filters);
            let alone = together(both, both);
            assert!((alone / both - EQUAL).abs() < 1e-9);
            let one = settled(alone, 0.0, filters);
            let saves = 1.0 - two.2 / one.2;
            println!(
                "filters x{filters}: both at {both:.2} or one at {alone:.3}: {:.4} and {:.4} m3/s, {:.1} and {:.1} W, saves {:.1} %",
                two.0,
                one.0,
                two.2,
                one.2,
                100.0 * saves
            );
            assert!((two.0 / one.0 - 1.0).abs() < 0.012 && (two.1 / one.1 - 1.0).abs() < 0.015);
            assert!(saves > 0.03, "{saves}");
        }
        for (a, b) in [(0.6, 0.5), (0.4, 0.7), (0.5, 0.3), (0.8, 0.25)] {
            let (two, one) = (settled(a, b, filters), settled(together(a, b), 0.0, filters));
            assert!((two.0 / one.0 - 1.0).abs() < 0.015, "{a} {b}: {two:?} {one:?}");
        }
    }
}

/// Energy of both in an hour at a load, Wh, and the warmest that the exhaust got, with one alone below this speed.
fn hour(load: &str, single_below: f64) -> (f64, f64, bool) {
    let mut config = builtin();
    with_second_blower(&mut config);
    config.core.tick_ms = 100;
    config
        .setting
        .insert("blower.single_below".to_owned(), single_below);
    let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    let mut rack = RackConfig::default();
    rack.plant.second_blower = true;
    let mut inline = Inline::new(site, Rack::new(rack)).unwrap_or_else(|error| panic!("{error}"));
    act(&inline, &format!("load {load}"));
    inline.run(5_400.0);
    let (mut energy_wh, mut warmest_c) = (0.0, 0.0_f64);
    for _ in 0..3_600 {
        inline.run(1.0);
        let truth = *inline.rack().borrow().truth();
        energy_wh += (truth.blower_power_w + truth.blower_b_power_w) / 3_600.0;
        warmest_c = warmest_c.max(truth.exhaust_c);
    }
    let stands = [0, 1].iter().any(|place| {
        let state = inline.picture().get(blowers::STATE.at(*place)).ok();
        state == Some(BlowerState::Standby)
    });
    (energy_wh, warmest_c, stands)
}

/// The whole controller, not the plant alone: an hour of each at the same exhaust.
#[test]
fn both_at_one_drive_take_less_than_lead_and_standby_under_control() {
    for load in ["3 kW", "5 kW", "7 kW"] {
        let (shared, alone) = (hour(load, 20.0), hour(load, 80.0));
        println!(
            "{load}: both {:.1} Wh at {:.1} °C, one {:.1} Wh at {:.1} °C, both save {:.1} %",
            shared.0,
            shared.1,
            alone.0,
            alone.1,
            100.0 * (1.0 - shared.0 / alone.0)
        );
        assert!(!shared.2 && alone.2, "{load}: who stands by");
        assert!((shared.1 - alone.1).abs() < 0.5, "{load}: the same exhaust");
        assert!(shared.0 < 0.98 * alone.0, "{load}");
    }
}

fn want_self_test(inline: &mut Inline) {
    let by = Name::new("mara").expect("short");
    let reason = Reason::new("a new blower").expect("short");
    assert_eq!(inline.command(&Command::SelfTest { by, reason }), Ok(()));
}

/// One self-test to its end; the most that the exhaust rose over what it was, and whether each was ever without drive.
fn tested(inline: &mut Inline) -> (f64, [bool; 2]) {
    want_self_test(inline);
    inline.run(1.0);
    let (before, mut rise_k, mut stood) = (exhaust_c(inline), 0.0_f64, [false; 2]);
    for _ in 0..2_400 {
        inline.run(0.1);
        rise_k = rise_k.max(exhaust_c(inline) - before);
        for (place, stood) in stood.iter_mut().enumerate() {
            *stood |= inline.picture().get(blower::DUTY.at(place)).number() == Some(0.0);
        }
    }
    assert_eq!(
        inline.picture().get(self_test::STATE).ok(),
        Some(SelfTestState::Idle)
    );
    (rise_k, stood)
}

#[test]
fn a_self_test_of_two_takes_them_in_turn_and_the_other_cools_meanwhile() {
    let mut inline = rack("6 kW");
    act(&inline, "blower wear b 60 %");
    inline.run(60.0);
    for turn in 0..2 {
        let (rise_k, stood) = tested(&mut inline);
        assert!(rise_k < 1.0, "{turn}: {rise_k} K");
        assert_eq!(stood, [true; 2], "one during the minute, the other coasts");
        let result = inline.picture().get(self_test::RESULT).ok();
        let findings = inline.picture().get(self_test::FINDINGS).number();
        if turn == 0 {
            assert_eq!(result, Some(SelfTestResult::Passed), "{findings:?}");
        }
    }
    let coast = |place| {
        inline
            .picture()
            .get(blower::COAST_DOWN.at(place))
            .number()
            .unwrap_or(0.0)
    };
    assert!(
        (coast(0) - 3.0).abs() < 0.2 && (coast(1) - 1.8).abs() < 0.2,
        "{} {}",
        coast(0),
        coast(1)
    );
    assert!(inline.picture().get(flow::FILTER_DAYS.at(0)).value.is_ok());
}

#[test]
fn commissioning_sweeps_one_of_two_and_its_curve_holds_for_both() {
    let mut inline = rack("4 kW");
    let by = Name::new("mara").expect("short");
    let reason = Reason::new("commissioning").expect("short");
    assert_eq!(inline.command(&Command::Commissioning { by, reason }), Ok(()));
    let fitted = inline.run_until(4_000.0, |picture| {
        picture.get(commissioning::RESULT).ok() == Some(CommissioningResult::Fitted)
    });
    let result = inline.picture().get(commissioning::RESULT).ok();
    assert!(fitted, "{result:?}");
    let share = inline.picture().get(commissioning::FLOW).number().unwrap_or(0.0);
    assert!((share - 100.0).abs() < 8.0, "{share}");
    act(&inline, "load 9 kW");
    inline.run(1_800.0);
    let states = [0, 1].map(|place| inline.picture().get(blowers::STATE.at(place)).ok());
    assert_eq!(states, [Some(BlowerState::Running); 2]);
    let told = inline.picture().get(flow::EXTRACTED).number().unwrap_or(0.0);
    let truth = inline.rack().borrow().truth().extracted_flow_m3_s;
    assert!((told / truth - 1.0).abs() < 0.08, "{told} {truth}");
}
