//! The plan: order, proof, deadlines, hold and abort, restart of the process, and the way back.

use super::*;
use points::host::{Evidence, Observation, Says, Target, TierTimes};
use proptest::prelude::*;

pub(super) const STAGE: Span = Span::s(30);

pub(super) fn roster(tiers: usize, targets: &[(u8, Option<[Observation; 2]>)]) -> Roster {
    let mut roster = Roster {
        tiers: [None; TIERS],
        targets: [None; TARGETS],
        keys: [0; TIERS],
    };
    for (own, key) in roster.keys.iter_mut().zip(101..).take(tiers) {
        *own = key;
    }
    for place in roster.tiers.iter_mut().take(tiers) {
        *place = Some(TierTimes {
            signal: Span::s(5),
            stop: Span::s(10),
            verify: Span::s(5),
        });
    }
    for ((place, (tier, off_by)), key) in roster.targets.iter_mut().zip(targets).zip(0u8..) {
        *place = Some(Target {
            tier: *tier,
            off_by: *off_by,
            key: 1 + u64::from(key),
        });
    }
    roster
}

pub(super) const CALM_RACK: Demand = Demand {
    host_down: false,
    stands: false,
    fire: false,
    power_cut: false,
    advice: ShutdownStage::Normal,
    cap: UNCAPPED,
    left: None,
    may_restart: true,
};

pub(super) const TRIPPED: Demand = Demand {
    host_down: true,
    stands: true,
    may_restart: false,
    ..CALM_RACK
};

pub(super) struct Bench {
    pub(super) planner: Planner,
    pub(super) roster: Roster,
    pub(super) now: Moment,
    pub(super) demand: Demand,
    pub(super) seen: Seen,
    pub(super) view: PlanView,
}

impl Bench {
    pub(super) fn new(roster: Roster) -> Self {
        let now = Moment(1_000_000);
        let mut planner = Planner::new(roster, None, None, now);
        let seen = Seen {
            logins: Some(([0; TIERS], now)),
            ..Seen::NOTHING
        };
        let view = planner.step(now, &CALM_RACK, &seen);
        Bench {
            planner,
            roster,
            now,
            demand: CALM_RACK,
            seen,
            view,
        }
    }

    pub(super) fn run(&mut self, seconds: f64) -> &mut Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few minutes"
        )]
        let steps = (seconds * 10.0) as u64;
        for _ in 0..steps.max(1) {
            self.now += Span::ms(100);
            if let Some((_, at)) = &mut self.seen.logins {
                *at = self.now;
            }
            self.view = self.planner.step(self.now, &self.demand, &self.seen);
        }
        self
    }

    pub(super) fn asks(&mut self, demand: Demand) -> &mut Self {
        self.demand = demand;
        self.run(0.1)
    }

    pub(super) fn says(&mut self, target: u8, by: Observation, says: Says) -> &mut Self {
        let incident = self.view.committed.map_or(0, |_| self.view.seen_in);
        let evidence = Evidence {
            target,
            by,
            says,
            age: Span::ZERO,
            incident,
        };
        self.seen.take(&evidence, self.now);
        self
    }

    /// The core is killed, and another one starts from the record.
    pub(super) fn restart(&mut self) -> &mut Self {
        let record = self.planner.record();
        let bytes = record.to_bytes(7);
        assert_eq!(HostRecord::from_bytes(&bytes), Some((record, 7)));
        let stops = self.planner.stops();
        assert_eq!(StopRecord::from_bytes(&stops.to_bytes(3)), Some((stops, 3)));
        self.planner = Planner::new(self.roster, Some(&record), Some(&stops), self.now);
        self
    }

    pub(super) fn record_off(&self) -> u32 {
        self.planner.record().off.0
    }

    pub(super) fn down(&self) -> u8 {
        self.view.committed.map_or(0, |(_, tiers, _)| tiers.0)
    }

    pub(super) fn state(&self, target: usize) -> HostState {
        self.view.targets[target].unwrap()
    }

    pub(super) fn tier(&self, tier: usize) -> TierView {
        self.view.tiers[tier].unwrap()
    }
}

pub(super) const BOTH: Option<[Observation; 2]> = Some([Observation::Tcp, Observation::Bmc]);

#[test]
fn tiers_go_down_in_order_each_when_the_one_before_is_proven_off() {
    let mut bench = Bench::new(roster(2, &[(0, BOTH), (1, BOTH)]));
    bench.says(0, Observation::Tcp, Says::Up).run(1.0);
    assert_eq!(
        (bench.state(0), bench.state(1)),
        (HostState::Online, HostState::Unknown)
    );
    bench.asks(TRIPPED);
    assert_eq!((bench.down(), bench.view.stage), (0b01, ShutdownStage::Commit));
    assert_eq!(bench.tier(0).reason, StageReason::Demanded);
    assert_eq!(bench.state(0), HostState::Notified);
    bench.says(0, Observation::Nut, Says::Stopping).run(1.0);
    assert_eq!((bench.state(0), bench.down()), (HostState::Acknowledged, 0b01));
    bench
        .says(0, Observation::Bmc, Says::Off)
        .says(0, Observation::Tcp, Says::Up)
        .run(1.0);
    assert_eq!(
        bench.state(0),
        HostState::Acknowledged,
        "a management controller that lies"
    );
    bench.says(0, Observation::Tcp, Says::Off).run(0.1);
    assert_eq!((bench.state(0), bench.down()), (HostState::OffVerified, 0b11));
    assert_eq!(bench.tier(1).reason, StageReason::Settled);
    bench.run(20.0);
    assert_eq!(
        bench.state(0),
        HostState::OffVerified,
        "evidence grows old, a proof does not"
    );
    bench.says(1, Observation::Tcp, Says::Off).run(0.1);
    assert_eq!(bench.state(1), HostState::Down);
    bench.says(1, Observation::Bmc, Says::Off).run(0.1);
    assert_eq!(
        (bench.view.stage, bench.view.not_down),
        (ShutdownStage::AllOff, false)
    );
}

#[test]
fn a_host_that_hangs_is_waited_for_until_its_deadline_and_named() {
    let mut bench = Bench::new(roster(2, &[(0, BOTH), (1, None)]));
    bench.asks(TRIPPED).run(STAGE.as_s() - 0.2);
    assert_eq!((bench.down(), bench.view.not_down), (0b01, false));
    bench.run(0.2);
    assert_eq!((bench.down(), bench.state(0)), (0b11, HostState::Unresponsive));
    assert_eq!(bench.tier(1).reason, StageReason::Deadline);
    assert!(
        bench.view.hangs && !bench.view.not_down,
        "the second tier has its time first"
    );
    bench.run(STAGE.as_s());
    assert!(bench.view.not_down);
    // Once the danger is over it is no cause any more, or nobody could ever reset.
    bench.asks(Demand {
        stands: false,
        ..TRIPPED
    });
    assert!(bench.view.hangs && !bench.view.not_down);
    bench.asks(TRIPPED);
    // Who cannot be proven off is late without being a reason to cut anything.
    bench
        .says(0, Observation::Tcp, Says::Off)
        .says(0, Observation::Bmc, Says::Off)
        .run(STAGE.as_s());
    assert_eq!(bench.state(1), HostState::Unresponsive);
    assert!(!bench.view.not_down);
}

#[test]
fn one_that_boots_again_is_told_and_proven_anew() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
    bench.asks(TRIPPED);
    bench
        .says(0, Observation::Tcp, Says::Off)
        .says(0, Observation::Bmc, Says::Off)
        .run(1.0);
    assert_eq!(bench.state(0), HostState::OffVerified);
    bench.says(0, Observation::Bmc, Says::Up).run(0.1);
    assert_eq!((bench.state(0), bench.down()), (HostState::Notified, 0b1));
    bench.run(STAGE.as_s());
    assert!(bench.view.not_down);
}

#[test]
fn hosts_that_nobody_named_are_waited_for_by_their_log_outs() {
    let mut bench = Bench::new(roster(2, &[]));
    bench.seen.logins = Some(([2, 1, 0, 0, 0, 0, 0, 0], bench.now));
    bench.asks(TRIPPED).run(5.0);
    assert_eq!(bench.down(), 0b01);
    bench.seen.logins = Some(([0, 1, 0, 0, 0, 0, 0, 0], bench.now));
    bench.run(0.2);
    assert_eq!(bench.down(), 0b11);
    // Where the front says nothing, nobody is taken to be gone.
    let mut bench = Bench::new(roster(2, &[]));
    bench.seen.logins = None;
    bench.asks(TRIPPED).run(STAGE.as_s() - 0.5);
    assert_eq!(bench.down(), 0b01);
    bench.run(1.0);
    assert_eq!(bench.down(), 0b11);
}

#[test]
fn fire_waits_for_nobody_and_short_time_keeps_only_the_last_tier_back() {
    let targets = [(0, BOTH), (1, BOTH), (2, BOTH)];
    let mut bench = Bench::new(roster(3, &targets));
    bench.asks(Demand {
        fire: true,
        ..TRIPPED
    });
    assert_eq!((bench.down(), bench.view.mode), (0b111, ShutdownMode::AtOnce));
    assert_eq!(bench.tier(2).reason, StageReason::Fire);

    let mut bench = Bench::new(roster(3, &targets));
    assert_eq!(bench.view.lead, Span::s(100));
    bench.asks(Demand {
        left: Some(Span::s(100)),
        ..TRIPPED
    });
    assert_eq!((bench.down(), bench.view.mode), (0b001, ShutdownMode::Staged));
    bench.asks(Demand {
        left: Some(Span::s(60)),
        ..TRIPPED
    });
    assert_eq!((bench.down(), bench.view.mode), (0b011, ShutdownMode::Compressed));
    assert_eq!(bench.tier(1).reason, StageReason::Short);
    bench.run(LAST_TIER_GAP.as_s() - 0.2);
    assert_eq!(bench.down(), 0b011);
    bench.demand.left = Some(Span::s(3_000));
    bench.run(0.3);
    assert_eq!(bench.down(), 0b111, "nobody goes back to waiting");
}

#[test]
fn a_person_holds_the_next_stage_back_while_there_is_time_and_no_longer() {
    let targets = [(0, BOTH), (1, BOTH)];
    let mut bench = Bench::new(roster(2, &targets));
    assert_eq!(bench.planner.hold(bench.now, STAGE), Err(Refusal::NotUnderWay));
    bench.asks(TRIPPED);
    let now = bench.now;
    assert_eq!(bench.planner.hold(now, Span::s(60)), Ok(()));
    bench.run(STAGE.as_s() + 5.0);
    assert_eq!(bench.down(), 0b01, "its deadline is over, and it is held");
    assert!(bench.view.held.is_some_and(|left| left < Span::s(26)));
    bench.run(26.0);
    assert_eq!(
        (bench.down(), bench.view.held),
        (0b11, None),
        "a hold ends by itself"
    );
    let now = bench.now;
    assert_eq!(bench.planner.hold(now, STAGE), Err(Refusal::NoStageLeft));

    for (demand, why) in [
        (
            Demand {
                fire: true,
                ..TRIPPED
            },
            Refusal::NoStageLeft,
        ),
        (
            Demand {
                left: Some(Span::s(50)),
                ..TRIPPED
            },
            Refusal::NoTime,
        ),
    ] {
        let mut bench = Bench::new(roster(3, &[]));
        bench.seen.logins = Some(([1; TIERS], bench.now));
        bench.asks(TRIPPED);
        let now = bench.now;
        assert_eq!(bench.planner.hold(now, Span::s(100)), Ok(()));
        bench.asks(demand);
        assert!(bench.down() != 0b001 && bench.view.held.is_none(), "{why:?}");
        let now = bench.now;
        assert_eq!(bench.planner.hold(now, STAGE), Err(why));
    }
}

#[test]
fn an_abort_keeps_the_tiers_that_have_heard_nothing_and_ends_when_the_danger_is_back() {
    let mut bench = Bench::new(roster(2, &[(0, BOTH), (1, BOTH)]));
    bench.asks(TRIPPED);
    assert_eq!(bench.planner.abort(true), Err(Refusal::CauseStands));
    assert_eq!(bench.planner.abort(false), Ok(()));
    bench
        .asks(Demand {
            stands: false,
            ..TRIPPED
        })
        .run(2.0 * STAGE.as_s());
    assert_eq!((bench.down(), bench.view.mode), (0b01, ShutdownMode::Stopped));
    bench.restart().run(2.0 * STAGE.as_s());
    assert_eq!(bench.down(), 0b01, "a restart forgets no abort");
    bench.asks(TRIPPED);
    assert_eq!((bench.down(), bench.view.mode), (0b11, ShutdownMode::Staged));
}

#[test]
fn a_host_of_which_only_the_board_is_looked_at_is_back_when_its_board_is_on() {
    let board = Some([Observation::Bmc, Observation::Power]);
    let mut bench = Bench::new(roster(2, &[(0, BOTH), (1, board)]));
    bench.asks(Demand {
        fire: true,
        ..TRIPPED
    });
    for target in [0, 1] {
        for way in bench.roster.targets[target].unwrap().off_by.unwrap() {
            bench.says(u8::try_from(target).unwrap(), way, Says::Off);
        }
    }
    bench.run(0.1).asks(CALM_RACK).run(CALM.as_s() + 0.2);
    assert_eq!(bench.down(), 0b01);
    bench.says(1, Observation::Power, Says::Up).run(0.2);
    assert_eq!(bench.down(), 0);
}

#[test]
fn tiers_come_back_last_first_when_what_they_need_is_proven() {
    let mut bench = Bench::new(roster(2, &[(0, BOTH), (1, BOTH)]));
    bench.asks(Demand {
        fire: true,
        ..TRIPPED
    });
    for target in [0, 1] {
        bench.says(target, Observation::Tcp, Says::Off);
        bench.says(target, Observation::Bmc, Says::Off);
    }
    bench.run(0.1);
    bench
        .asks(Demand {
            may_restart: false,
            ..CALM_RACK
        })
        .run(60.0);
    assert_eq!(
        (bench.down(), bench.view.stage),
        (0b11, ShutdownStage::CoolingDown)
    );
    bench.demand.may_restart = true;
    bench.run(CALM.as_s() - 0.2);
    assert_eq!(bench.down(), 0b11);
    bench.run(0.3);
    assert_eq!(
        (bench.down(), bench.view.stage),
        (0b01, ShutdownStage::Restarting)
    );
    assert_eq!(bench.tier(1).stage, ShutdownStage::Restarting);
    bench.run(20.0);
    assert_eq!(bench.down(), 0b01, "it is not ready");
    bench.says(1, Observation::Bmc, Says::Up).run(0.2);
    assert_eq!(bench.down(), 0b01, "a board that is on is no host that answers");
    bench.says(1, Observation::Tcp, Says::Up).run(0.2);
    assert_eq!(bench.down(), 0);
    // The first tier never answers: its time ends the restart.
    bench.run(RESTART_TIME.as_s() + 1.0);
    assert_eq!(
        (bench.view.stage, bench.view.mode),
        (ShutdownStage::Normal, ShutdownMode::None)
    );
    assert_eq!(bench.view.incident, 1);
    bench.asks(TRIPPED);
    assert_eq!((bench.view.incident, bench.down()), (2, 0b01));
}

#[test]
fn a_cap_is_asked_at_once_and_lifted_in_steps() {
    let mut bench = Bench::new(roster(1, &[]));
    bench.asks(Demand {
        cap: 25.0,
        ..CALM_RACK
    });
    assert!((bench.view.cap - 25.0).abs() < 1e-9);
    bench.asks(CALM_RACK);
    let mut steps = std::vec![bench.view.cap];
    for _ in 0..4 {
        bench.run(CAP_STEP_TIME.as_s());
        steps.push(bench.view.cap);
    }
    assert_eq!(steps, [25.0, 50.0, 75.0, 100.0, 100.0]);
}

#[test]
fn evidence_of_another_incident_or_of_long_ago_is_dropped() {
    let mut bench = Bench::new(roster(1, &[(0, BOTH)]));
    bench.asks(TRIPPED);
    for by in [Observation::Tcp, Observation::Bmc] {
        let evidence = Evidence {
            target: 0,
            by,
            says: Says::Off,
            age: Span::ZERO,
            incident: 9,
        };
        bench.seen.take(&evidence, bench.now);
    }
    bench.run(1.0);
    assert_eq!(bench.state(0), HostState::Notified);
    bench.says(0, Observation::Tcp, Says::Off).run(16.0);
    bench.says(0, Observation::Bmc, Says::Off).run(0.1);
    assert_eq!(
        bench.state(0),
        HostState::Down,
        "one of the two is older than 15 s"
    );
}

#[derive(Clone, Debug)]
enum Event {
    Wait(u8),
    Demand(bool, bool, bool, Option<u8>),
    See(u8, u8, u8),
    Logins(u8),
    Kill,
    Hold,
    Abort,
    Drill(u32),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (1u8..40).prop_map(Event::Wait),
        (
            any::<bool>(),
            any::<bool>(),
            proptest::bool::weighted(0.1),
            proptest::option::of(0u8..200)
        )
            .prop_map(|(down, calm, fire, left)| Event::Demand(down, calm, fire, left)),
        (0u8..4, 0u8..6, 0u8..3).prop_map(|(target, by, says)| Event::See(target, by, says)),
        (0u8..3).prop_map(Event::Logins),
        Just(Event::Kill),
        Just(Event::Hold),
        Just(Event::Abort),
        (1u32..16).prop_map(Event::Drill),
    ]
}

proptest! {
    // Whatever happens, in whatever order, with the process killed at any moment: nothing is lost, invented or repeated.
    #[test]
    fn no_stage_is_lost_invented_repeated_or_out_of_order(events in proptest::collection::vec(event(), 1..60)) {
        let mut bench = Bench::new(roster(3, &[(0, BOTH), (1, BOTH), (1, None), (2, BOTH)]));
        let (mut before, mut number) = (0u8, 0u32);
        for event in events {
            match event {
                Event::Wait(seconds) => { bench.run(f64::from(seconds)); }
                Event::Demand(host_down, calm, fire, left) => {
                    bench.demand = Demand {
                        host_down,
                        stands: host_down && !calm,
                        fire: fire && host_down,
                        left: left.map(|left| Span::s(u64::from(left))),
                        may_restart: calm && !host_down,
                        ..CALM_RACK
                    };
                }
                Event::See(target, by, says) => {
                    let says = [Says::Up, Says::Stopping, Says::Off][usize::from(says)];
                    bench.says(target, Observation::ALL[usize::from(by)], says);
                }
                Event::Logins(logins) => bench.seen.logins = Some(([u16::from(logins); TIERS], bench.now)),
                Event::Kill => { bench.restart(); }
                Event::Hold => { let now = bench.now; let _ = bench.planner.hold(now, Span::s(20)); }
                Event::Drill(targets) => { let now = bench.now; let _ = bench.planner.start_drill(now, TargetSet(targets)); }
                Event::Abort => { let _ = bench.planner.abort(bench.demand.stands); }
            }
            let active = bench.demand.host_down;
            bench.run(0.1);
            let (down, view) = (bench.down(), bench.view);
            let (gone, new) = (before & !down, down & !before);
            prop_assert!(new == 0 || active, "committed without a demand");
            prop_assert!(gone == 0 || !active, "taken back while the demand stands");
            prop_assert!(down == before || view.committed.is_none() || view.committed.unwrap().0 != number, "a change has a new number");
            prop_assert!(down.trailing_ones() + down.leading_zeros() == 8, "tiers are down from the first on: {down:b}");
            if view.mode == ShutdownMode::AtOnce && active { prop_assert_eq!(down, 0b111); }
            if let Some((now, ..)) = view.committed { number = now; }
            before = down;
        }
    }
}

#[test]
fn a_tier_that_was_not_told_is_asked_to_prepare_at_most() {
    let mut bench = Bench::new(roster(2, &[(0, BOTH), (1, BOTH)]));
    let advice = ShutdownStage::Commit;
    bench.asks(Demand { advice, ..TRIPPED });
    assert_eq!(
        (bench.tier(0).stage, bench.tier(1).stage),
        (ShutdownStage::Commit, ShutdownStage::Prepare),
        "what was not told does not look as if it were"
    );
}
