//! Duty, step by step.

use super::*;

const LIMITS: Limits = Limits {
    shut_down: Duration::from_secs(30),
    hold: Some(Duration::from_secs(60)),
    scheduled: Duration::from_secs(60),
    schedules: false,
};

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn order(phase: Phase) -> Order {
    Order {
        host: "db-1".into(),
        nonce: "aa".into(),
        sequence: 1,
        incident: 1,
        phase,
        cap_percent: None,
        deadline_ms: None,
        abortable: false,
        on_loss: OnLoss::Stay,
        dead_man_ms: 20_000,
    }
}

/// A duty and its time.
struct Host(Duty, u64);

impl Host {
    fn new() -> Host {
        Host(Duty::new(LIMITS, false), 0)
    }

    fn does(&mut self, event: &Event<'_>) -> Vec<Act> {
        let acts = self.0.step(s(self.1), event);
        // What is said is another matter.
        acts.into_iter()
            .filter(|act| !matches!(act, Act::Tell(..)))
            .collect()
    }

    fn told(&mut self, order: &Order) -> Vec<Act> {
        self.does(&Event::Order(order))
    }
}

#[test]
fn a_cap_follows_the_orders_and_is_kept_while_nobody_knows_or_the_host_stops() {
    let mut host = Host::new();
    let capped = |percent, phase| Order {
        cap_percent: Some(percent),
        ..order(phase)
    };
    assert_eq!(host.told(&order(Phase::Run)), []);
    assert_eq!(host.told(&capped(25, Phase::Cap)), [Act::Cap(25)]);
    assert_eq!(host.0.state(), State::Capped);
    assert_eq!(host.told(&capped(25, Phase::Cap)), []);
    assert_eq!(host.told(&order(Phase::Unknown)), []);
    assert_eq!(host.told(&capped(50, Phase::Cap)), [Act::Cap(50)]);
    assert_eq!(host.told(&order(Phase::Run)), [Act::Release]);
    assert_eq!(
        host.told(&capped(25, Phase::ShutDown)),
        [Act::Cap(25), Act::Hooks(Phase::ShutDown, Some(s(30)))]
    );
    assert_eq!(host.told(&order(Phase::ShutDown)), []);
}

#[test]
fn what_an_earlier_life_has_capped_is_given_back_at_the_first_word_and_not_before() {
    let mut host = Host(Duty::new(LIMITS, true), 0);
    assert_eq!(host.0.state(), State::Capped);
    assert_eq!(host.does(&Event::Tick), []);
    assert_eq!(host.told(&order(Phase::Unknown)), []);
    assert_eq!(host.told(&order(Phase::Run)), [Act::Release]);
}

#[test]
fn prepare_drains_once_and_is_taken_back() {
    let mut host = Host::new();
    assert_eq!(
        host.told(&order(Phase::Prepare)),
        [Act::Hooks(Phase::Prepare, None)]
    );
    assert_eq!(host.told(&order(Phase::Prepare)), []);
    assert_eq!(host.0.state(), State::Draining);
    host.does(&Event::HooksDone(Phase::Prepare));
    assert_eq!(host.0.state(), State::Drained);
    assert_eq!(host.told(&order(Phase::Run)), [Act::Hooks(Phase::Run, None)]);
    assert_eq!(host.0.state(), State::Running);
    assert_eq!(host.told(&order(Phase::Run)), []);
}

#[test]
fn a_shutdown_runs_its_hooks_within_half_the_time_left_then_stops_and_has_no_way_back() {
    let mut host = Host::new();
    host.told(&order(Phase::Prepare));
    let down = Order {
        deadline_ms: Some(20_000),
        ..order(Phase::ShutDown)
    };
    assert_eq!(host.told(&down), [Act::Hooks(Phase::ShutDown, Some(s(10)))]);
    assert_eq!(host.told(&order(Phase::Run)), []);
    // The end of hooks that were ended says nothing.
    assert_eq!(host.does(&Event::HooksDone(Phase::Prepare)), []);
    let off = |attempt| Act::Off {
        attempt,
        cancellable: false,
    };
    assert_eq!(host.does(&Event::HooksDone(Phase::ShutDown)), [off(1)]);
    host.1 = 29;
    assert_eq!(host.does(&Event::Tick), []);
    host.1 = 30;
    assert_eq!(host.does(&Event::Tick), [off(2)]);
    host.does(&Event::HostStops(true));
    host.1 = 90;
    assert_eq!(host.does(&Event::Tick), []);
    assert_eq!(host.0.state(), State::Stopping);
}

#[test]
fn a_shutdown_that_somebody_else_begins_is_seen_reported_and_run_with_hooks() {
    let mut host = Host::new();
    let acts = host.0.step(s(0), &Event::HostStops(true));
    assert_eq!(
        acts,
        [
            Act::Tell(State::Stopping, "the host shuts down"),
            Act::Hooks(Phase::ShutDown, Some(s(30)))
        ]
    );
    // It stops already: nothing has to be told to do so.
    assert_eq!(host.does(&Event::HooksDone(Phase::ShutDown)), []);
    assert_eq!(
        host.does(&Event::HostStops(false)),
        [Act::Hooks(Phase::Run, None)]
    );
    assert_eq!(host.0.state(), State::Running);
}

#[test]
fn silence_alone_does_nothing() {
    for phase in [Phase::Run, Phase::Cap, Phase::Prepare, Phase::Unknown] {
        let mut host = Host::new();
        host.told(&order(phase));
        host.1 = 100_000;
        assert_eq!(host.does(&Event::Tick), [], "{phase:?}");
    }
    // Nor does the policy, where nobody was asked to prepare.
    let mut host = Host::new();
    host.told(&Order {
        on_loss: OnLoss::ShutDown,
        ..order(Phase::Cap)
    });
    host.1 = 100_000;
    assert_eq!(host.does(&Event::Tick), []);
}

#[test]
fn the_dead_man_stops_a_prepared_host_and_a_controller_that_comes_back_in_time_takes_it_back() {
    let mut host = Host::new();
    let prepare = Order {
        on_loss: OnLoss::ShutDown,
        ..order(Phase::Prepare)
    };
    host.told(&prepare);
    host.1 = 10;
    host.does(&Event::Heard);
    host.1 = 29;
    assert_eq!(host.does(&Event::Tick), []);
    host.1 = 30;
    assert_eq!(
        host.does(&Event::Tick),
        [Act::Hooks(Phase::ShutDown, Some(s(30)))]
    );
    assert_eq!(
        host.does(&Event::HooksDone(Phase::ShutDown)),
        [Act::Off {
            attempt: 1,
            cancellable: true
        }]
    );
    // Still to be ready: the shutdown is taken back, the drain begins again.
    assert_eq!(
        host.told(&prepare),
        [
            Act::Cancel,
            Act::Hooks(Phase::Run, None),
            Act::Hooks(Phase::Prepare, None)
        ]
    );
    assert_eq!(host.0.state(), State::Draining);
    // A scheduled one is not told again before its time.
    host.1 = 50;
    host.does(&Event::Tick);
    host.does(&Event::HooksDone(Phase::ShutDown));
    host.1 = 139;
    assert_eq!(host.does(&Event::Tick), []);
    // When it is committed it waits for no schedule any more, and has no way back.
    assert_eq!(
        host.told(&order(Phase::ShutDown)),
        [Act::Off {
            attempt: 1,
            cancellable: false
        }]
    );
    assert_eq!(host.told(&order(Phase::Run)), []);
}

#[test]
fn a_controller_that_says_that_it_does_not_know_is_as_silent_to_the_dead_man() {
    for (on_loss, acts) in [
        (OnLoss::ShutDown, vec![Act::Hooks(Phase::ShutDown, Some(s(30)))]),
        (OnLoss::Stay, vec![]),
    ] {
        let mut host = Host::new();
        let order = |phase| Order {
            on_loss,
            ..order(phase)
        };
        host.told(&order(Phase::Prepare));
        while host.1 < 18 {
            host.1 += 2;
            assert_eq!(host.told(&order(Phase::Unknown)), []);
            assert_eq!(host.does(&Event::Heard), []);
            assert_eq!(host.does(&Event::Tick), []);
        }
        host.1 = 20;
        host.told(&order(Phase::Unknown));
        assert_eq!(host.does(&Event::Tick), acts, "{on_loss:?}");
    }
}

#[test]
fn a_shutdown_whose_end_was_missed_is_over_and_the_next_order_is_done() {
    let mut host = Host::new();
    host.does(&Event::HostStops(true));
    host.does(&Event::HooksDone(Phase::ShutDown));
    assert_eq!(host.told(&order(Phase::ShutDown)), [], "it stops already");
    // The bus is back. What it says of the shutdown is no news, or that there is none.
    assert_eq!(host.0.step(s(1), &Event::HostStops(true)), []);
    assert_eq!(
        host.does(&Event::HostStops(false)),
        [Act::Hooks(Phase::Run, None)]
    );
    assert_eq!(
        host.told(&order(Phase::ShutDown)),
        [Act::Hooks(Phase::ShutDown, Some(s(30)))]
    );
}

#[test]
fn holds_are_asked_for_once_at_a_time_and_bounded_in_all() {
    let mut host = Host::new();
    assert_eq!(host.does(&Event::HookLate), [], "nothing drains");
    host.told(&order(Phase::Prepare));
    assert_eq!(host.does(&Event::HookLate), [Act::AskHold(s(60))]);
    assert_eq!(host.does(&Event::HookLate), []);
    assert_eq!(host.does(&Event::Held(s(60))), [Act::Extend(s(60))]);
    host.does(&Event::HookLate);
    assert_eq!(host.does(&Event::Held(s(500))), [Act::Extend(s(60))]);
    assert_eq!(host.does(&Event::HookLate), [], "two minutes are all");
    // A refusal is one until the next late hook.
    let mut host = Host::new();
    host.told(&order(Phase::Prepare));
    host.does(&Event::HookLate);
    assert_eq!(host.does(&Event::Held(s(0))), []);
    assert_eq!(host.does(&Event::HookLate), [Act::AskHold(s(60))]);
}
