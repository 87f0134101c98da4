//! The course where something does not go as planned: hosts that hang before others were told, a danger that passes half way, a
//! restart of the process in the middle of the way back, and a site that has changed.

use super::tests::{BOTH, Bench, CALM_RACK, STAGE, TRIPPED, roster};
use super::*;
use points::host::{Observation, Says};

/// The cause is gone, its latch stands.
const PASSED: Demand = Demand {
    stands: false,
    ..TRIPPED
};

/// All of them say off by both ways.
fn off(bench: &mut Bench, targets: &[u8]) {
    for target in targets {
        bench.says(*target, Observation::Tcp, Says::Off);
        bench.says(*target, Observation::Bmc, Says::Off);
    }
    bench.run(0.1);
}

/// Goes on for so long while the target answers.
fn answering(bench: &mut Bench, target: u8, seconds: f64) {
    let end = bench.now + Span::from_s(seconds).unwrap();
    while bench.now < end {
        bench.says(target, Observation::Tcp, Says::Up).run(1.0);
    }
}

#[test]
fn a_host_that_hangs_takes_the_power_from_nobody_whose_turn_has_not_come() {
    let mut bench = Bench::new(roster(3, &[(0, BOTH), (1, BOTH), (2, BOTH)]));
    bench.asks(TRIPPED).run(STAGE.as_s());
    assert_eq!((bench.down(), bench.view.hangs), (0b011, true));
    let now = bench.now;
    assert_eq!(bench.planner.hold(now, Span::s(60)), Ok(()));
    bench.run(59.0);
    assert_eq!(bench.down(), 0b011, "a person holds the third back");
    assert!(!bench.view.not_down);
    bench.run(1.5);
    off(&mut bench, &[1, 2]);
    assert_eq!(bench.down(), 0b111);
    assert!(bench.view.not_down, "all others are down");
}

#[test]
fn an_abort_ends_where_power_is_going_to_be_cut_and_is_refused_where_time_is_short() {
    let mut bench = Bench::new(roster(3, &[(0, BOTH), (1, BOTH), (2, BOTH)]));
    bench.asks(TRIPPED).asks(PASSED);
    assert_eq!(bench.planner.abort(false), Ok(()));
    let counting = |left| Demand {
        left: Some(Span::s(left)),
        ..PASSED
    };
    bench.asks(counting(300)).run(STAGE.as_s());
    assert_eq!((bench.down(), bench.view.mode), (0b001, ShutdownMode::Stopped));
    // Two stages and the spare are what is left to be done.
    bench.asks(counting(71));
    assert_eq!(bench.down(), 0b001);
    bench.asks(counting(69));
    assert_eq!((bench.down(), bench.view.mode), (0b011, ShutdownMode::Compressed));
    assert_eq!(bench.planner.abort(false), Err(Refusal::NoTime));
    bench.run(LAST_TIER_GAP.as_s());
    assert_eq!(bench.down(), 0b111);
}

#[test]
fn a_site_that_has_changed_moves_nobodys_order_and_nobodys_proof() {
    let mut bench = Bench::new(roster(2, &[(0, BOTH), (0, BOTH), (1, BOTH)]));
    bench.asks(TRIPPED);
    off(&mut bench, &[0, 1]);
    bench.asks(Demand {
        may_restart: false,
        ..CALM_RACK
    });
    assert_eq!((bench.down(), bench.record_off()), (0b11, 0b011));
    // Before the two tiers there is a third one now; the first host is gone, and another one came in the new tier.
    let mut changed = roster(3, &[(1, BOTH), (2, BOTH), (0, BOTH)]);
    changed.keys = bench.roster.keys;
    changed.keys.rotate_right(1);
    changed.keys[0] = 900;
    for (place, key) in [(0, 2), (1, 3), (2, 901)] {
        changed.targets[place].as_mut().unwrap().key = key;
    }
    bench.roster = changed;
    // What was seen dies with the process.
    bench.seen.ways = Seen::NOTHING.ways;
    bench.restart().run(0.1);
    assert_eq!((bench.down(), bench.record_off()), (0b110, 0b001));
    assert_eq!(bench.tier(0).stage, ShutdownStage::Normal, "nobody has told it");
    assert_eq!(bench.state(2), HostState::Unknown);
    // They come back as if nothing had been written into the file.
    bench.demand.may_restart = true;
    bench.run(STAGE.as_s() + 1.0);
    assert_eq!(bench.tier(2).stage, ShutdownStage::Restarting);
    // A tier that is not there any more cannot come back.
    let record = bench.planner.record();
    assert!(!record.forgets(&bench.roster));
    bench.roster = roster(1, &[]);
    bench.roster.keys[0] = 900;
    assert!(record.forgets(&bench.roster));
    bench.restart().run(0.1);
    assert_eq!((bench.down(), bench.record_off()), (0, 0));
}

#[test]
fn a_tier_that_still_stops_is_not_released_and_one_that_goes_down_late_is_started_again() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
    bench.says(0, Observation::Tcp, Says::Up).asks(TRIPPED);
    bench.asks(CALM_RACK);
    // What a host needs is proven, and its shutdown goes on.
    bench.planner.told[0] = bench.now + CALM;
    answering(&mut bench, 0, CALM.as_s() + STAGE.as_s() - 2.0);
    assert_eq!(bench.down(), 0b1);
    answering(&mut bench, 0, 4.0);
    assert_eq!(
        (bench.down(), bench.tier(0).stage),
        (0, ShutdownStage::Restarting)
    );
    // It answers, and is not taken for back: it may still go down.
    answering(&mut bench, 0, 60.0);
    assert_eq!(bench.tier(0).stage, ShutdownStage::Restarting);
    bench.restart();
    answering(&mut bench, 0, CALM.as_s() + 2.0);
    off(&mut bench, &[0]);
    assert_eq!(bench.tier(0).stage, ShutdownStage::Restarting);
    answering(&mut bench, 0, 2.0);
    assert_eq!(bench.tier(0).stage, ShutdownStage::Normal);
}

#[test]
fn a_restart_of_the_process_forgets_nobody_who_is_on_the_way_back() {
    let mut bench = Bench::new(roster(2, &[(0, BOTH), (1, BOTH)]));
    bench.asks(Demand {
        fire: true,
        ..TRIPPED
    });
    off(&mut bench, &[0, 1]);
    bench.asks(CALM_RACK).run(CALM.as_s() + 0.2);
    assert_eq!(
        (bench.down(), bench.tier(1).stage),
        (0b01, ShutdownStage::Restarting)
    );
    bench.restart().run(CALM.as_s() + 1.0);
    assert_eq!(
        (bench.down(), bench.tier(1).stage),
        (0b01, ShutdownStage::Restarting)
    );
    bench.run(RESTART_TIME.as_s() - CALM.as_s() - 2.0);
    assert_eq!(bench.down(), 0b01, "the first tier waits for the second");
    answering(&mut bench, 1, 1.0);
    assert_eq!(
        (bench.down(), bench.tier(0).stage),
        (0, ShutdownStage::Restarting)
    );
}

#[test]
fn nobody_is_started_while_what_hosts_need_is_not_proven() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
    bench.asks(TRIPPED);
    off(&mut bench, &[0]);
    bench.asks(CALM_RACK).run(CALM.as_s() + 0.2);
    assert_eq!(bench.tier(0).stage, ShutdownStage::Restarting);
    bench.demand.may_restart = false;
    bench.run(0.1);
    let stages = (bench.view.stage, bench.tier(0).stage);
    assert_eq!(stages, (ShutdownStage::CoolingDown, ShutdownStage::CoolingDown));
    bench.demand.may_restart = true;
    bench.run(CALM.as_s() - 0.2);
    assert_eq!(bench.tier(0).stage, ShutdownStage::CoolingDown);
    bench.run(0.4);
    assert_eq!(bench.tier(0).stage, ShutdownStage::Restarting);
}

#[test]
fn a_restart_of_the_process_lifts_no_cap_and_ends_no_hold() {
    let mut bench = Bench::new(roster(2, &[(0, BOTH), (1, BOTH)]));
    bench.asks(Demand {
        cap: 25.0,
        ..CALM_RACK
    });
    bench.asks(CALM_RACK).run(CAP_STEP_TIME.as_s());
    assert!((bench.view.cap - 50.0).abs() < 1e-9);
    bench.restart().run(CAP_STEP_TIME.as_s() - 0.2);
    assert!((bench.view.cap - 50.0).abs() < 1e-9);
    bench.run(0.4);
    assert!((bench.view.cap - 75.0).abs() < 1e-9);

    bench.asks(TRIPPED);
    let now = bench.now;
    assert_eq!(bench.planner.hold(now, Span::s(60)), Ok(()));
    bench.run(10.0).restart().run(59.0);
    assert_eq!(bench.down(), 0b01, "it has its whole time again");
    bench.run(1.5);
    assert_eq!((bench.down(), bench.view.held), (0b11, None));
    bench.restart().run(0.1);
    assert_eq!(bench.view.held, None, "one that is over stays over");
}

#[test]
fn a_stop_that_went_beyond_its_incident_is_not_learned() {
    let hangs = || {
        let mut bench = Bench::new(roster(2, &[(0, BOTH), (1, BOTH)]));
        bench.says(0, Observation::Tcp, Says::Up).run(0.1).asks(TRIPPED);
        bench.run(2.0 * STAGE.as_s());
        bench.asks(Demand {
            may_restart: false,
            ..CALM_RACK
        });
        bench.run(600.0);
        bench
    };
    // Somebody pulls its plug.
    let mut bench = hangs();
    off(&mut bench, &[0]);
    assert!(bench.record_off() == 0b1 && bench.planner.stops().of(1).is_none());
    // It goes down in the next incident.
    let mut bench = hangs();
    bench.asks(TRIPPED);
    off(&mut bench, &[0]);
    assert!(bench.record_off() == 0b1 && bench.planner.stops().of(1).is_none());
    // Past its stage, in the same one: that is how long it takes.
    let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
    bench.says(0, Observation::Tcp, Says::Up).run(0.1).asks(TRIPPED);
    bench.run(2.0 * STAGE.as_s());
    off(&mut bench, &[0]);
    assert!(bench.planner.stops().of(1).is_some());
}
