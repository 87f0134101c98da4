//! What is learned of stop times, what is not, and what a tier's stage makes of it.

use super::tests::{BOTH, Bench, CALM_RACK, STAGE, TRIPPED, roster};
use super::*;
use points::host::{Observation, Says, TierTimes};
use std::vec::Vec;

/// One host up, a trip, its stop after so long, and the way back.
fn incident(bench: &mut Bench, target: u8, stops_after: f64) {
    bench.says(target, Observation::Tcp, Says::Up).run(0.1);
    bench.asks(TRIPPED);
    bench
        .says(target, Observation::Nut, Says::Stopping)
        .run(stops_after);
    bench
        .says(target, Observation::Tcp, Says::Off)
        .says(target, Observation::Bmc, Says::Off)
        .run(0.1);
    assert_eq!(bench.state(usize::from(target)), HostState::OffVerified);
    back(bench);
}

fn back(bench: &mut Bench) {
    bench.asks(CALM_RACK).run(CALM.as_s() + RESTART_TIME.as_s() + 1.0);
    assert_eq!((bench.down(), bench.view.stage), (0, ShutdownStage::Normal));
}

fn stops(bench: &Bench, key: u64) -> Vec<f64> {
    let stops = bench.planner.stops();
    let times = stops
        .of(key)
        .map(|times| times.iter().map(|stop| stop.off.as_s()).collect());
    times.unwrap_or_default()
}

#[test]
fn three_stops_take_the_place_of_what_is_configured_and_outlive_the_process() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
    assert_eq!(bench.tier(0).stop, Span::s(10));
    incident(&mut bench, 0, 2.0);
    incident(&mut bench, 0, 4.0);
    assert_eq!(stops(&bench, 1), [4.1, 2.1]);
    bench.run(0.1);
    assert_eq!(bench.tier(0).stop, Span::s(10), "two are not enough");
    incident(&mut bench, 0, 3.0);
    bench.run(0.1);
    assert_eq!(bench.tier(0).stop, Span::ms(4_100));
    assert_eq!(bench.view.lead, Span::ms(14_100 * 3 / 2 + 10_000));
    assert_eq!(bench.planner.whole_lead(), bench.view.lead);
    bench.restart().run(0.1);
    assert_eq!(bench.tier(0).stop, Span::ms(4_100));
    let first = *bench.planner.stops().of(1).unwrap();
    assert_eq!(first.iter().next().unwrap().begun, Some(Span::ms(100)));
    for _ in 0..9 {
        incident(&mut bench, 0, 1.0);
    }
    bench.run(0.1);
    assert_eq!(
        (stops(&bench, 1).len(), bench.tier(0).stop),
        (STOPS_KEPT, Span::ms(1_100))
    );
    assert_ne!(bench.planner.stops(), StopRecord::default());
}

#[test]
fn a_stop_beyond_its_stage_is_learned_and_makes_the_stage_longer_at_once() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
    incident(&mut bench, 0, STAGE.as_s() + 15.0);
    bench.run(0.1);
    assert_eq!(bench.tier(0).stop, Span::ms(45_100));
}

#[test]
fn hosts_that_nobody_named_keep_what_is_configured() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
    for _ in 0..3 {
        incident(&mut bench, 0, 2.0);
    }
    bench.run(0.1);
    assert_eq!(bench.tier(0).stop, Span::ms(2_100));
    bench.seen.logins = Some(([1; TIERS], bench.now));
    bench.run(0.1);
    assert_eq!(bench.tier(0).stop, Span::s(10));
    bench.seen.logins = None;
    bench.run(0.1);
    assert_eq!(bench.tier(0).stop, Span::s(10));
}

#[test]
fn a_restart_in_the_middle_one_that_was_not_up_and_one_told_twice_teach_nothing() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
    bench.says(0, Observation::Tcp, Says::Up).run(0.1);
    bench.asks(TRIPPED).run(1.0);
    bench.restart().run(1.0);
    bench
        .says(0, Observation::Tcp, Says::Off)
        .says(0, Observation::Bmc, Says::Off)
        .run(0.1);
    assert_eq!(bench.state(0), HostState::OffVerified);
    assert_eq!(stops(&bench, 1), [0.0; 0], "restarted");
    back(&mut bench);
    bench.asks(TRIPPED);
    bench
        .says(0, Observation::Tcp, Says::Off)
        .says(0, Observation::Bmc, Says::Off)
        .run(0.1);
    assert_eq!(stops(&bench, 1), [0.0; 0], "nobody saw it run");
    back(&mut bench);
    incident(&mut bench, 0, 2.0);
    assert_eq!(stops(&bench, 1), [2.1]);
}

#[test]
fn times_belong_to_a_name_and_not_to_a_place() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH), (0, BOTH)]));
    bench
        .says(1, Observation::Tcp, Says::Off)
        .says(1, Observation::Bmc, Says::Off);
    for _ in 0..3 {
        incident(&mut bench, 0, 2.0);
    }
    bench.run(0.1);
    assert_eq!(bench.tier(0).stop, Span::s(10), "one of two is learned");
    // The file is changed: the host at place 0 is another one, with more stops than there is room for.
    let (stops, mut other) = (bench.planner.stops(), bench.roster);
    for (target, key) in other.targets.iter_mut().zip(100..) {
        *target = Some(points::host::Target {
            tier: 0,
            off_by: BOTH,
            key,
        });
    }
    bench.planner = Planner::new(other, None, Some(&stops), bench.now);
    bench.roster = other;
    bench.run(0.1);
    assert_eq!(bench.tier(0).stop, Span::s(10));
    for target in 0..32 {
        bench.says(target, Observation::Tcp, Says::Up);
    }
    bench.asks(TRIPPED).run(1.0);
    for target in 0..32 {
        bench
            .says(target, Observation::Tcp, Says::Off)
            .says(target, Observation::Bmc, Says::Off);
    }
    bench.run(0.1);
    let all = bench.planner.stops();
    assert!((100..132).all(|key| all.of(key).is_some()) && all.of(1).is_none());
}

#[test]
fn a_tier_s_stop_time_has_bounds() {
    let mut site = roster(1, &[(0, None)]);
    site.tiers[0] = Some(TierTimes {
        stop: Span::s(9_000),
        ..site.tiers[0].unwrap()
    });
    assert_eq!(Bench::new(site).tier(0).stop, STOP_MOST);
    site.tiers[0] = Some(TierTimes {
        stop: Span::ZERO,
        ..site.tiers[0].unwrap()
    });
    assert_eq!(Bench::new(site).tier(0).stop, STOP_LEAST);
}

#[test]
fn a_damaged_record_is_none() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
    incident(&mut bench, 0, 2.0);
    let bytes = bench.planner.stops().to_bytes(9);
    for place in 0..bytes.len() {
        let mut damaged = bytes;
        damaged[place] ^= 0x10;
        assert_eq!(StopRecord::from_bytes(&damaged), None, "byte {place}");
    }
    assert_eq!(StopRecord::from_bytes(&[0; STOP_RECORD_BYTES]), None);
}
