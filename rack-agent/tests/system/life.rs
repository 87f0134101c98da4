//! A life between controller and host.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use rack_agent::protocol::{FromAgent, FromController, OnLoss, Phase, State};
use rustix::process::Signal;

use super::host::{FOUND, Host};
use super::logind::{Bus, nowhere};
use super::rack::Rack;

/// Runs a test; the agent is a process of its own.
pub fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test);
}

fn without_bus(more: &str) -> Host {
    Host::new(&nowhere(Path::new("/nonexistent")), more)
}

#[test]
fn a_cap_is_written_survives_kill_9_and_is_given_back_by_the_next_life() {
    run(async {
        let (rack, mut host) = (Rack::new().await, without_bus(""));
        rack.enrol(&host.disk());
        host.start();
        let mut session = rack.session().await;
        let hello = session.hello();
        assert!(hello.able.cap && !hello.able.drain && !hello.able.inhibit);
        assert_eq!(hello.unit_stop_ms, None);
        session
            .order(|order| (order.phase, order.cap_percent) = (Phase::Cap, Some(25)))
            .await;
        host.until("the limits are lowered", |host| {
            host.limits() == (50_000_000, 1_000_000)
        });
        session.does(State::Capped).await;
        host.end(Signal::KILL);
        drop(session);
        host.start();
        let mut session = rack.session().await;
        session.does(State::Capped).await;
        // Nobody knows: nothing is given back.
        session.order(|order| order.phase = Phase::Unknown).await;
        assert_eq!(host.limits(), (50_000_000, 1_000_000));
        session.order(|order| order.phase = Phase::Run).await;
        host.until("the limits are as they were", |host| host.limits() == FOUND);
        session
            .order(|order| (order.phase, order.cap_percent) = (Phase::Cap, Some(50)))
            .await;
        host.until("the limits are lowered again", |host| host.limits() != FOUND);
        host.end(Signal::TERM);
        assert_eq!(host.limits(), FOUND, "whoever stops the agent gets them back");
        session
            .until("a last word", |word| matches!(word, FromAgent::Bye { .. }))
            .await;
    });
}

#[test]
fn a_cap_is_given_back_in_steps_where_the_owner_wants_steps() {
    run(async {
        let rack = Rack::new().await;
        let mut host = without_bus("");
        let config = std::fs::read_to_string(host.path("agent.toml")).expect("it is there");
        let stepped = config.replace(
            "[cap]\n",
            "[cap]\nrelease_step_percent = 25\nrelease_step_s = 1\n",
        );
        std::fs::write(host.path("agent.toml"), stepped).expect("written");
        rack.enrol(&host.disk());
        host.start();
        let mut session = rack.session().await;
        session
            .order(|order| (order.phase, order.cap_percent) = (Phase::Cap, Some(25)))
            .await;
        host.until("lowered", |host| host.limits().0 == 50_000_000);
        session.order(|order| order.phase = Phase::Run).await;
        for step in [100_000_000, 150_000_000, FOUND.0] {
            host.until("the next step", |host| host.limits().0 == step);
        }
    });
}

#[test]
fn prepare_runs_the_drain_and_a_shutdown_is_acknowledged_before_anything_else() {
    run(async {
        let (rack, mut host) = (Rack::new().await, without_bus(""));
        let log = host.path("log");
        host.hook(
            "10-drain",
            &format!("echo $1 $RACK_INCIDENT >> {}", log.display()),
        );
        rack.enrol(&host.disk());
        host.start();
        let mut session = rack.session().await;
        assert!(session.hello().able.drain);
        session.order(|order| order.phase = Phase::Prepare).await;
        session.does(State::Drained).await;
        session.order(|order| order.phase = Phase::Run).await;
        host.until("the drain is taken back", |_| {
            std::fs::read_to_string(&log).is_ok_and(|text| text == "prepare 1\nrelease 1\n")
        });
        let ack = session
            .order(|order| {
                (order.phase, order.abortable) = (Phase::ShutDown, false);
                order.deadline_ms = Some(60_000);
            })
            .await;
        let FromAgent::Ack { state, stop_ms, .. } = ack else {
            panic!("{ack:?}")
        };
        assert_eq!((state, stop_ms), (State::Stopping, Some(120_000)));
        // Without a bus the command is what is left.
        host.until("the command runs", |host| host.path("down").exists());
        let text = std::fs::read_to_string(&log).expect("it is there");
        assert_eq!(text, "prepare 1\nrelease 1\nshutdown 1\n");
    });
}

#[test]
fn a_late_drain_asks_for_time_and_has_what_is_granted() {
    run(async {
        let (rack, mut host) = (Rack::new().await, without_bus(""));
        let config = std::fs::read_to_string(host.path("agent.toml")).expect("it is there");
        let short = config.replace("[hooks]\n", "[hooks]\nlimit_s = 1\nhold_s = 20\n");
        std::fs::write(host.path("agent.toml"), short).expect("written");
        let done = host.path("done");
        host.hook("10-slow", &format!("sleep 2; touch {}", done.display()));
        rack.enrol(&host.disk());
        host.start();
        let mut session = rack.session().await;
        session.order(|order| order.phase = Phase::Prepare).await;
        let asked = session
            .until("a request", |word| matches!(word, FromAgent::HoldRequest { .. }))
            .await;
        assert!(
            matches!(asked, FromAgent::HoldRequest { ttl_ms: 20_000, .. }),
            "{asked:?}"
        );
        session
            .send(&FromController::Hold {
                granted_ms: 20_000,
                reason: String::new(),
            })
            .await;
        session.does(State::Drained).await;
        assert!(done.exists(), "the hook was whole");
    });
}

#[test]
fn what_is_replayed_foreign_or_unsigned_is_refused_and_stops_nothing() {
    run(async {
        let (rack, mut host) = (Rack::new().await, without_bus(""));
        rack.enrol(&host.disk());
        host.start();
        let mut session = rack.session().await;
        let stop = session.sign(|order| order.phase = Phase::ShutDown);
        let first = session.sign(|order| order.phase = Phase::Run);
        session.send(&FromController::Order(first.clone())).await;
        session
            .until("it is taken", |word| matches!(word, FromAgent::Ack { .. }))
            .await;
        // One that was held back and overtaken, though its signature is good.
        session.send(&FromController::Order(stop.clone())).await;
        while session.try_word().await.is_some() {}
        host.until("it is told", |host| host.said("replayed or out of turn"));
        // In the next connection.
        let mut session = rack.session().await;
        session.send(&FromController::Order(stop)).await;
        while session.try_word().await.is_some() {}
        host.until("it is told", |host| host.said("an order of another connection"));
        // With a changed word.
        let mut session = rack.session().await;
        let mut signed = session.sign(|order| order.phase = Phase::Run);
        signed.order = signed.order.replace("\"run\"", "\"shut_down\"");
        session.send(&FromController::Order(signed)).await;
        while session.try_word().await.is_some() {}
        host.until("it is told", |host| host.said("not signed by the controller"));
        // By another life, whose disk remembers.
        host.end(Signal::KILL);
        host.start();
        let mut session = rack.session().await;
        assert!(session.hello().last > 1_000, "{}", session.hello().last);
        let old = session.sign(|order| (order.sequence, order.phase) = (2, Phase::ShutDown));
        session.send(&FromController::Order(old)).await;
        while session.try_word().await.is_some() {}
        assert!(host.lives() && !host.path("down").exists());
    });
}

#[test]
fn a_disk_that_takes_nothing_stops_no_order() {
    run(async {
        let (rack, mut host) = (Rack::new().await, without_bus(""));
        rack.enrol(&host.disk());
        host.start();
        let mut session = rack.session().await;
        std::fs::remove_dir_all(host.path("state")).expect("it was there");
        session
            .order(|order| (order.phase, order.cap_percent) = (Phase::Cap, Some(25)))
            .await;
        host.until("lowered", |host| host.limits() == (50_000_000, 1_000_000));
        host.until("it is told", |host| {
            host.said("order numbers are not kept") && host.said("after a crash the limits stay lowered")
        });
        session.order(|order| order.phase = Phase::ShutDown).await;
        host.until("the command runs", |host| host.path("down").exists());
    });
}

#[test]
fn a_foreign_controller_is_not_talked_to() {
    run(async {
        let (rack, foreign, mut host) = (Rack::new().await, Rack::new().await, without_bus(""));
        rack.enrol(&host.disk());
        let mut identity = host.disk().identity().expect("read").expect("enrolled");
        identity.controller = foreign.address().to_string();
        host.disk().enrolled(&identity).expect("kept");
        host.start();
        let refused = tokio::time::timeout(Duration::from_secs(20), async {
            // Its TLS fails, so no session ever stands.
            while !host.said("invalid peer certificate") {
                let (tcp, _) = foreign.accept().await;
                drop(foreign.handshake(tcp).await.expect_err("no TLS"));
            }
        });
        refused.await.expect("it is told");
    });
}

#[test]
fn the_host_is_stopped_by_logind_and_a_shutdown_by_others_is_reported() {
    run(async {
        let Some(bus) = Bus::start().await else { return };
        let rack = Rack::new().await;
        let mut host = Host::new(&bus.address, "");
        let mark = host.path("mark");
        host.hook("10-mark", &format!("echo $1 >> {}", mark.display()));
        rack.enrol(&host.disk());
        host.start();
        let mut session = rack.session().await;
        assert!(session.hello().able.inhibit && session.hello().able.cancel);
        assert_eq!(session.hello().unit_stop_ms, Some(3_600_000));
        bus.until_asked("Inhibit shutdown delay", 1).await;
        assert!(bus.held());
        // Somebody else stops the host: told, hooks run, then the lock is let go.
        bus.host_stops(true).await;
        session.does(State::Stopping).await;
        host.until("the lock is let go", |_| !bus.held());
        assert_eq!(std::fs::read_to_string(&mark).expect("it ran"), "shutdown\n");
        assert_eq!(bus.asked("PowerOff false"), 0);
        // Taken back: a new lock for the next one.
        bus.host_stops(false).await;
        bus.until_asked("Inhibit shutdown delay", 2).await;
        session.does(State::Running).await;
        session
            .order(|order| (order.phase, order.abortable) = (Phase::ShutDown, false))
            .await;
        bus.until_asked("PowerOff false", 1).await;
        assert!(bus.held(), "until logind says that the host stops");
        bus.host_stops(true).await;
        host.until("the lock is let go", |_| !bus.held());
        assert!(
            !host.path("down").exists(),
            "the command is what is left, not what is done"
        );
    });
}

#[test]
fn a_shutdown_that_began_while_nobody_listened_is_seen() {
    run(async {
        let Some(bus) = Bus::start().await else { return };
        bus.stops_already();
        let rack = Rack::new().await;
        let mut host = Host::new(&bus.address, "");
        rack.enrol(&host.disk());
        host.start();
        let mut session = rack.session().await;
        session.does(State::Stopping).await;
        host.until("the lock is let go", |_| !bus.held());
    });
}

#[test]
fn the_dead_man_schedules_and_a_controller_that_comes_back_takes_it_back() {
    run(async {
        let Some(bus) = Bus::start().await else { return };
        let rack = Rack::new().await;
        let mut host = Host::new(&bus.address, "by = \"schedule\"\nschedule_s = 60");
        rack.enrol(&host.disk());
        host.start();
        let mut session = rack.session().await;
        session
            .order(|order| {
                order.phase = Phase::Prepare;
                order.on_loss = OnLoss::ShutDown;
                order.dead_man_ms = 1_000;
            })
            .await;
        // The controller says nothing more.
        bus.until_asked("ScheduleShutdown poweroff", 1).await;
        session.does(State::Stopping).await;
        session.order(|order| order.phase = Phase::Run).await;
        bus.until_asked("CancelScheduledShutdown", 1).await;
        session.does(State::Running).await;
        assert!(!host.path("down").exists());
    });
}

#[test]
fn the_service_manager_hears_that_it_is_up_and_lives() {
    run(async {
        let (rack, mut host) = (Rack::new().await, without_bus(""));
        rack.enrol(&host.disk());
        let path = host.path("notify");
        let manager = UnixDatagram::bind(&path).expect("a socket");
        manager
            .set_read_timeout(Some(Duration::from_secs(20)))
            .expect("set");
        host.start_with(&[("NOTIFY_SOCKET", &path), ("WATCHDOG_USEC", Path::new("400000"))]);
        let _session = rack.session().await;
        let hear = || {
            let mut bytes = [0; 256];
            let got = manager.recv(&mut bytes).expect("a message");
            String::from_utf8_lossy(&bytes[..got]).into_owned()
        };
        assert_eq!(hear(), "READY=1");
        assert_eq!((hear(), hear()), ("WATCHDOG=1".into(), "WATCHDOG=1".into()));
        host.signal(Signal::TERM);
        while hear() != "STOPPING=1" {}
    });
}
