//! The full drill: its order, who is told and who never, how it ends, and that no real shutdown is later or weaker for it.

use super::restore::Names;
use super::tests::{BOTH, Bench, CALM_RACK, STAGE, TRIPPED, roster};
use super::*;
use points::command::{Name, Reason};
use points::host::{Evidence, Observation, Says};
use points::{DrillResult, DrillState};
use proptest::prelude::*;
use std::vec::Vec;

fn set(places: &[usize]) -> TargetSet {
    places
        .iter()
        .fold(TargetSet::EMPTY, |set, place| set.with(*place))
}

/// Two hosts in the first tier, one in the second, all seen to run.
fn site() -> Bench {
    let mut bench = Bench::new(roster(2, &[(0, BOTH), (0, BOTH), (1, BOTH)]));
    up(&mut bench, &[0, 1, 2]);
    bench
}

fn up(bench: &mut Bench, targets: &[u8]) {
    for target in targets {
        bench
            .says(*target, Observation::Tcp, Says::Up)
            .says(*target, Observation::Bmc, Says::Up);
    }
    bench.run(0.1);
}

fn off(bench: &mut Bench, target: u8) {
    bench
        .says(target, Observation::Tcp, Says::Off)
        .says(target, Observation::Bmc, Says::Off)
        .run(0.1);
}

fn told(bench: &Bench) -> u32 {
    bench.view.committed.map_or(0, |(_, _, targets)| targets.0)
}

fn drill(bench: &mut Bench, targets: &[usize]) {
    let now = bench.now;
    assert_eq!(bench.planner.start_drill(now, set(targets)), Ok(()));
    bench.run(0.1);
}

fn result(bench: &Bench) -> DrillResult {
    bench.view.drill.report.result
}

#[test]
fn named_hosts_stop_tier_by_tier_come_back_in_reverse_and_their_times_are_learned() {
    let mut bench = site();
    drill(&mut bench, &[0, 2]);
    assert_eq!((told(&bench), bench.down()), (0b001, 0));
    assert_eq!(bench.view.drill.state, DrillState::Stopping);
    assert_eq!(
        (bench.view.stage, bench.tier(0).stage),
        (ShutdownStage::Normal, ShutdownStage::Normal)
    );
    assert_eq!(
        (bench.state(0), bench.state(1)),
        (HostState::Notified, HostState::Online)
    );
    bench.says(0, Observation::Nut, Says::Stopping).run(2.0);
    assert_eq!((bench.state(0), told(&bench)), (HostState::Acknowledged, 0b001));
    off(&mut bench, 0);
    assert_eq!((bench.state(0), told(&bench)), (HostState::OffVerified, 0b101));
    bench.run(3.0);
    off(&mut bench, 2);
    bench.run(CALM.as_s());
    // The last tier is released first, and the next one when it has answered.
    assert_eq!(
        (told(&bench), bench.view.drill.state),
        (0b001, DrillState::Returning)
    );
    assert_eq!(bench.state(2), HostState::Returning);
    up(&mut bench, &[2]);
    bench.run(0.1);
    assert_eq!((told(&bench), bench.view.committed), (0, None));
    assert_eq!(bench.view.drill.report.counts(), (1, 0));
    bench.run(4.0);
    up(&mut bench, &[0]);
    bench.run(0.1);
    assert_eq!(
        (bench.view.drill.state, result(&bench)),
        (DrillState::None, DrillResult::Passed)
    );
    let report = bench.view.drill.report;
    assert_eq!((report.number, report.counts()), (1, (2, 0)));
    let first = report.targets[0].unwrap();
    assert_eq!((first.stopped, first.missing), (Some(Span::ms(2_100)), 0));
    assert!(first.begun.is_some() && first.back.is_some_and(|back| back > Span::s(4)));
    assert!(report.targets[1].is_none());
    assert_eq!(bench.planner.stops().of(1).map(StopTimes::count), Some(1));
    assert!(bench.planner.stops().of(2).is_none());
    assert!(!bench.view.hangs && !bench.view.not_down);
}

#[test]
fn one_that_hears_and_stays_fails_is_named_and_raises_no_alarm() {
    let mut bench = site();
    drill(&mut bench, &[0]);
    bench.seen.stays = set(&[0]);
    up(&mut bench, &[0, 1, 2]);
    bench.run(STAGE.as_s() + 1.0);
    assert_eq!(bench.view.drill.state, DrillState::Returning);
    assert!(!bench.view.hangs && !bench.view.not_down);
    assert_eq!(bench.view.drill.report.counts(), (0, 1));
    up(&mut bench, &[0]);
    bench.run(0.2);
    assert_eq!(result(&bench), DrillResult::Failed);
    let one = bench.view.drill.report.targets[0].unwrap();
    assert!(one.stays && !one.off && one.stopped.is_none());
    assert!(one.lacks().eq([Observation::Tcp, Observation::Bmc]));
    assert!(
        bench.planner.stops().of(1).is_none(),
        "nothing is learned from it"
    );
}

#[test]
fn of_two_of_a_tier_only_the_one_that_stays_is_said_to() {
    let mut bench = site();
    drill(&mut bench, &[0, 1]);
    (bench.seen.staying, bench.seen.stays) = (TierSet::EMPTY.with(0), set(&[1]));
    up(&mut bench, &[0, 1, 2]);
    bench.run(STAGE.as_s() + 1.0);
    let stays = [0, 1].map(|place| bench.view.drill.report.targets[place].map(|one| one.stays));
    assert_eq!(stays, [Some(false), Some(true)]);
}

#[test]
fn one_that_does_not_come_back_is_waited_for_as_after_an_incident() {
    let mut bench = site();
    drill(&mut bench, &[0]);
    off(&mut bench, 0);
    bench.run(CALM.as_s() + RESTART_TIME.as_s() - 1.0);
    assert_eq!(bench.view.drill.state, DrillState::Returning);
    bench.run(2.0);
    assert_eq!(
        (bench.view.drill.state, result(&bench)),
        (DrillState::None, DrillResult::Failed)
    );
    assert!(bench.view.drill.report.targets[0].unwrap().off);
}

#[test]
fn it_starts_only_at_rest_and_for_hosts_that_run_and_can_be_proven_off() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH), (0, None), (0, BOTH)]));
    up(&mut bench, &[0, 1]);
    let refused = |bench: &mut Bench, targets: &[usize]| {
        let now = bench.now;
        bench.planner.start_drill(now, set(targets)).err()
    };
    assert_eq!(refused(&mut bench, &[]), Some(Refusal::NotProvable));
    assert_eq!(refused(&mut bench, &[1]), Some(Refusal::NotProvable));
    assert_eq!(refused(&mut bench, &[0, 9]), Some(Refusal::NotProvable));
    assert_eq!(refused(&mut bench, &[0, 2]), Some(Refusal::NotSeenUp));
    let warm = Demand {
        may_restart: false,
        ..CALM_RACK
    };
    let warned = Demand {
        advice: ShutdownStage::Advisory,
        ..CALM_RACK
    };
    for demand in [warm, warned, TRIPPED] {
        bench.asks(demand);
        assert_eq!(refused(&mut bench, &[0]), Some(Refusal::NotAtRest));
    }
    bench.asks(CALM_RACK).run(1.0);
    assert_eq!(
        refused(&mut bench, &[0]),
        Some(Refusal::NotAtRest),
        "hosts are down yet"
    );
    bench.run(CALM.as_s() + RESTART_TIME.as_s());
    up(&mut bench, &[0]);
    assert_eq!(refused(&mut bench, &[0]), None);
    assert_eq!(refused(&mut bench, &[0]), Some(Refusal::DrillRuns));
}

#[test]
fn a_person_or_a_warning_ends_it_and_who_was_told_finishes_and_comes_back() {
    for person in [true, false] {
        let mut bench = site();
        assert_eq!(bench.planner.abort(false), Err(Refusal::NotUnderWay));
        drill(&mut bench, &[0, 2]);
        if person {
            assert_eq!(bench.planner.abort(false), Ok(()));
        } else {
            bench.asks(Demand {
                advice: ShutdownStage::Prepare,
                ..CALM_RACK
            });
            bench.asks(CALM_RACK);
        }
        bench.run(0.1);
        assert_eq!(
            (told(&bench), bench.view.drill.state),
            (0b001, DrillState::Ending)
        );
        assert_eq!(bench.planner.abort(false), Err(Refusal::NoStageLeft));
        bench.restart().run(1.0);
        assert_eq!(
            (told(&bench), bench.view.drill.state),
            (0b001, DrillState::Ending)
        );
        off(&mut bench, 0);
        bench.run(CALM.as_s() + 1.0);
        assert_eq!(told(&bench), 0);
        up(&mut bench, &[0]);
        bench.run(0.2);
        assert_eq!(bench.view.drill.state, DrillState::None);
        assert!(!bench.view.drill.report.targets[2].unwrap().told);
    }
}

#[test]
fn a_restart_in_the_middle_loses_nothing_and_measures_nothing_of_what_it_does_not_know() {
    let mut bench = site();
    drill(&mut bench, &[0, 2]);
    bench.restart().run(0.1);
    assert_eq!(
        (told(&bench), bench.view.drill.state),
        (0b001, DrillState::Stopping)
    );
    off(&mut bench, 0);
    assert_eq!(told(&bench), 0b101, "the drill goes on with the next tier");
    off(&mut bench, 2);
    bench.run(CALM.as_s() + 0.1);
    assert_eq!(told(&bench), 0b001);
    bench.restart().run(CALM.as_s() + 0.1);
    assert_eq!((told(&bench), bench.state(2)), (0b001, HostState::Returning));
    up(&mut bench, &[2]);
    bench.run(0.2);
    up(&mut bench, &[0]);
    bench.run(0.2);
    assert_eq!(
        (bench.view.drill.state, bench.view.drill.report.number),
        (DrillState::None, 1)
    );
    // The first was told by another process: nobody knows when. The second was told by this one.
    assert!(bench.planner.stops().of(1).is_none() && bench.planner.stops().of(3).is_some());
}

#[test]
fn a_real_demand_takes_its_place_and_who_was_told_stays_told_until_released_with_its_tier() {
    let mut bench = site();
    drill(&mut bench, &[2]);
    assert_eq!(told(&bench), 0b100);
    let before = bench.view.committed.unwrap().0;
    let (incident, seen_in) = (bench.view.incident, bench.view.seen_in);
    assert_eq!(incident, 0, "a drill is no incident");
    bench.asks(TRIPPED);
    assert_eq!(
        (bench.down(), told(&bench)),
        (0b01, 0b100),
        "the first tier at once, as ever"
    );
    assert_eq!(result(&bench), DrillResult::Overtaken);
    assert!(bench.view.committed.unwrap().0 > before && bench.view.incident == 1);
    assert!(
        bench.view.seen_in != seen_in,
        "what was seen in the drill says nothing in the incident"
    );
    assert_eq!(bench.planner.abort(false), Ok(()));
    // The second tier is never committed: the one that the drill had told is down, and comes back with it.
    bench.asks(Demand {
        stands: false,
        ..TRIPPED
    });
    bench.asks(CALM_RACK).run(1.0);
    assert_eq!(
        (bench.view.stage, told(&bench)),
        (ShutdownStage::CoolingDown, 0b100)
    );
    bench.run(CALM.as_s());
    assert_eq!((bench.down(), told(&bench)), (0b01, 0));
    assert_eq!(bench.tier(1).stage, ShutdownStage::Restarting);
    bench.run(RESTART_TIME.as_s() + 1.0);
    assert_eq!((bench.down(), bench.view.committed), (0, None));
}

#[test]
fn the_first_version_of_the_record_says_that_there_was_no_drill() {
    let mut bench = site();
    bench.asks(TRIPPED);
    let record = bench.planner.record();
    let unnamed = HostRecord {
        names: Names::default(),
        ..record
    };
    // Whatever stood behind a record of 64 bytes in its slot says nothing.
    for version in [1, 2] {
        let mut bytes = record.to_bytes(4);
        (bytes[4], bytes[6], bytes[7]) = (version, 64, 0);
        let check = crate::record::crc32c(&bytes[..60]);
        bytes[60..64].copy_from_slice(&check.to_le_bytes());
        bytes[64..].fill(0xA5);
        assert_eq!(HostRecord::from_bytes(&bytes), Some((unnamed, 4)));
    }
    // The third had all but what came behind its reason.
    let mut bytes = record.to_bytes(4);
    (bytes[4], bytes[6], bytes[7]) = (3, 196, 0);
    let check = crate::record::crc32c(&bytes[..192]);
    bytes[192..196].copy_from_slice(&check.to_le_bytes());
    bytes[196..].fill(0xA5);
    assert_eq!(HostRecord::from_bytes(&bytes), Some((unnamed, 4)));
    let mut bytes = record.to_bytes(4);
    bytes[4] = 5;
    let end = bytes.len() - 4;
    let check = crate::record::crc32c(&bytes[..end]);
    bytes[end..].copy_from_slice(&check.to_le_bytes());
    assert_eq!(HostRecord::from_bytes(&bytes), None);
}

#[test]
fn who_started_a_drill_is_in_its_record_for_as_long_as_it_runs() {
    let mut bench = site();
    let by = (Name::new("M. Tester").ok()).zip(Reason::new("yearly drill").ok());
    assert!(by.is_some());
    assert_eq!(bench.planner.record().with_drilled_by(by).drilled_by(), None);
    drill(&mut bench, &[0]);
    let record = bench.planner.record().with_drilled_by(by);
    let bytes = record.to_bytes(4);
    assert_eq!(HostRecord::from_bytes(&bytes), Some((record, 4)));
    assert_eq!(record.drilled_by(), by);
    // The longest that there are, and a name that is no text.
    let long = "x".repeat(96);
    let most = Name::new(&long[..40]).ok().zip(Reason::new(&long).ok());
    let record = record.with_drilled_by(most);
    let bytes = record.to_bytes(5);
    assert_eq!(HostRecord::from_bytes(&bytes), Some((record, 5)));
    // A name or reason that is no text, longer than its place, or holds a control character.
    for (at, byte) in [(56, 0xFF), (96, 0xFF), (52, 41), (53, 97), (56, 7), (96, 7)] {
        let mut broken = bytes;
        broken[at] = byte;
        let end = broken.len() - 4;
        let check = crate::record::crc32c(&broken[..end]);
        broken[end..].copy_from_slice(&check.to_le_bytes());
        let read = HostRecord::from_bytes(&broken).expect("the rest is whole");
        assert_eq!(read, (record.with_drilled_by(None), 5), "{at}");
    }
}

#[test]
fn one_that_was_forced_off_says_so_until_it_is_proven_and_teaches_nothing() {
    let mut bench = site();
    bench.asks(TRIPPED).run(STAGE.as_s() + 1.0);
    bench.says(0, Observation::Bmc, Says::Forced).run(0.1);
    assert_eq!(bench.state(0), HostState::Forced);
    bench.restart().run(0.1);
    assert_eq!(bench.state(0), HostState::Forced);
    bench.says(0, Observation::Tcp, Says::Off).run(0.1);
    assert_eq!(bench.state(0), HostState::OffVerified);
    assert!(bench.planner.stops().of(1).is_none());
}

#[test]
fn a_rehearsal_tells_nobody_and_ends_when_it_is_said_to_by_its_time_or_by_a_demand() {
    let mut bench = site();
    let rehearse = |bench: &mut Bench| {
        let now = bench.now;
        bench.planner.rehearse(now)
    };
    assert_eq!(rehearse(&mut bench), Ok(()));
    let now = bench.now;
    assert_eq!(bench.planner.start_drill(now, set(&[0])), Err(Refusal::DrillRuns));
    assert_eq!(rehearse(&mut bench), Err(Refusal::DrillRuns));
    bench.seen.rehearsed = Some((7, 9, 9));
    bench.run(1.0);
    assert_eq!(
        (bench.view.drill.state, bench.view.committed),
        (DrillState::Rehearsal, None)
    );
    bench.seen.rehearsed = Some((1, 2, 1));
    bench.run(0.1);
    assert_eq!(
        (bench.view.drill.state, result(&bench)),
        (DrillState::None, DrillResult::Failed)
    );
    assert_eq!(bench.view.drill.report.counts(), (2, 1));
    assert_eq!(rehearse(&mut bench), Ok(()));
    bench.run(59.0);
    assert_eq!(bench.view.drill.state, DrillState::Rehearsal);
    bench.run(1.2);
    assert_eq!(
        (bench.view.drill.state, result(&bench)),
        (DrillState::None, DrillResult::Failed)
    );
    assert_eq!(rehearse(&mut bench), Ok(()));
    bench.asks(TRIPPED);
    assert_eq!((bench.down(), result(&bench)), (0b01, DrillResult::Overtaken));
    assert_eq!(rehearse(&mut bench), Err(Refusal::NotAtRest));
}

/// A host as a test has it: what it was told, when it is off, when it is up again.
#[derive(Clone, Copy, Debug)]
struct Host {
    takes: u32,
    boots: u32,
    told: Option<u32>,
    released: Option<u32>,
}

impl Host {
    fn runs(&self, at: u32) -> bool {
        match (self.told, self.released) {
            (Some(told), _) => at < told + self.takes,
            (None, Some(released)) => at >= released + self.boots,
            (None, None) => true,
        }
    }

    fn hears(&mut self, at: u32, told: bool) {
        match (told, self.told) {
            (true, None) => {
                // One that is off when it is told stays off.
                let off = !self.runs(at);
                self.told = Some(if off { at.saturating_sub(self.takes) } else { at });
            }
            (false, Some(since)) => {
                self.released = (at >= since + self.takes).then_some(at);
                self.told = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
}

/// When each tier was committed, in tenths of a second, with a demand at `trip`; and every target that a drill has told.
fn commits(
    tiers: &[u8],
    times: &[(u32, u32)],
    drilled: Option<TargetSet>,
    trip: u32,
    demand: Demand,
) -> ([Option<u32>; TIERS], TargetSet) {
    let targets: Vec<_> = tiers.iter().map(|tier| (*tier, BOTH)).collect();
    let mut bench = Bench::new(roster(3, &targets));
    let mut hosts: Vec<Host> = (times.iter())
        .map(|(takes, boots)| Host {
            takes: *takes,
            boots: *boots,
            told: None,
            released: None,
        })
        .collect();
    let (mut committed, mut by_drill) = ([None; TIERS], TargetSet::EMPTY);
    for at in 0..trip + 1_000 {
        for ((place, host), tier) in (0u8..).zip(hosts.iter_mut()).zip(tiers) {
            let (down, targets) = (bench.down(), told(&bench));
            host.hears(at, down >> tier & 1 == 1 || targets >> place & 1 == 1);
            let says = if host.runs(at) { Says::Up } else { Says::Off };
            let incident = bench.view.committed.map_or(0, |_| bench.view.seen_in);
            for by in [Observation::Tcp, Observation::Bmc] {
                let evidence = Evidence {
                    target: place,
                    by,
                    says,
                    age: Span::ZERO,
                    incident,
                };
                bench.seen.take(&evidence, bench.now);
            }
        }
        if at == 5
            && let Some(named) = drilled
        {
            let now = bench.now;
            assert_eq!(bench.planner.start_drill(now, named), Ok(()));
        }
        if at == trip {
            bench.demand = demand;
        }
        bench.run(0.1);
        if at < trip {
            by_drill = by_drill.and_also(TargetSet(told(&bench)));
        }
        for (tier, first) in committed.iter_mut().enumerate() {
            if first.is_none() && bench.down() >> tier & 1 == 1 {
                *first = Some(at);
            }
        }
    }
    (committed, by_drill)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn no_drill_makes_a_real_shutdown_later_and_none_tells_who_was_not_named(
        hosts in prop::collection::vec((0u8..3, 5u32..250, 5u32..400), 1..6),
        named in 1u32..63,
        trip in 6u32..900,
        fire in any::<bool>(),
        short in any::<bool>(),
    ) {
        let tiers: Vec<u8> = hosts.iter().map(|(tier, ..)| *tier).collect();
        let times: Vec<_> = hosts.iter().map(|(_, takes, boots)| (*takes, *boots)).collect();
        let all = TargetSet((1 << hosts.len()) - 1);
        let named = TargetSet(named).and(all);
        prop_assume!(!named.is_empty());
        let demand = Demand { fire, left: short.then_some(Span::s(20)), ..TRIPPED };
        let (without, nobody) = commits(&tiers, &times, None, trip, demand);
        let (with, told) = commits(&tiers, &times, Some(named), trip, demand);
        prop_assert!(nobody.is_empty());
        prop_assert!(named.covers(told), "{told:?} beyond {named:?}");
        for (with, without) in with.iter().zip(without) {
            match (with, without) {
                (Some(with), Some(without)) => prop_assert!(*with <= without, "{with} after {without}"),
                (None, Some(without)) => prop_assert!(false, "never, and {without} without a drill"),
                (_, None) => {}
            }
        }
        prop_assert!(with.iter().flatten().all(|at| *at >= trip), "a drill commits no tier");
    }
}
