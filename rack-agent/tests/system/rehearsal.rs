//! A rehearsal: the agent answers what it would do, and does nothing of it.

use std::path::Path;
use std::time::SystemTime;

use rack_agent::protocol::{FromController, Phase};

use super::host::{FOUND, Host};
use super::life::run;
use super::logind::{Bus, nowhere};
use super::rack::Rack;

/// Every file below the fake sysfs: what stands in it, and when it was written last.
fn sysfs(host: &Host) -> Vec<(String, String, SystemTime)> {
    let (mut folders, mut files) = (vec![host.path("sys")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let written = entry.metadata().and_then(|meta| meta.modified());
            files.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).expect("text"),
                written.expect("a time"),
            ));
        }
    }
    files.sort();
    files
}

#[test]
fn a_host_answers_what_it_would_do_and_does_nothing_of_it() {
    run(async {
        let Some(bus) = Bus::start().await else { return };
        let (rack, mut host) = (Rack::new().await, Host::new(&bus.address, ""));
        let ran = host.path("ran");
        host.hook("10-drain", &format!("touch {}", ran.display()));
        host.hook("20-plain", "true");
        let plain = host.path("hooks").join("20-plain");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(plain, mode).expect("set");
        rack.enrol(&host.disk());
        let before = sysfs(&host);
        host.start();
        let mut session = rack.session().await;
        assert!(session.hello().able.rehearse);
        session.order(|order| order.phase = Phase::Run).await;
        let would = session.rehearse(Some(40_000)).await;
        let (does, lacks) = (would.does.join("\n"), would.lacks.join("\n"));
        // 90 s for the stop and 30 s for hooks, as an acknowledgement would have it.
        assert_eq!(would.stop_ms, 120_000);
        assert!(
            does.contains("runs a hook of at most 20 s together: 10-drain"),
            "{does}"
        );
        assert!(does.contains("asks logind to power off"), "{does}");
        assert!(does.contains("can lower 2 power or frequency limits"), "{does}");
        assert_eq!(would.lacks.len(), 2, "{lacks}");
        assert!(lacks.contains("20-plain is not executable"), "{lacks}");
        assert!(
            lacks.contains("its hooks have 4.0 s (InhibitDelayMaxSec 5.0 s)"),
            "{lacks}"
        );
        // logind that would not, limits that are locked: all of it is told.
        bus.can("challenge");
        let limit = "sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw";
        std::fs::remove_file(host.path(limit)).expect("removed");
        std::fs::create_dir(host.path(limit)).expect("made");
        let would = session.rehearse(None).await;
        let lacks = would.lacks.join("\n");
        assert!(lacks.contains("logind says \"challenge\""), "{lacks}");
        assert!(lacks.contains("1 of its 2 power or frequency limits"), "{lacks}");
        std::fs::remove_dir(host.path(limit)).expect("removed");
        std::fs::write(host.path(limit), FOUND.0.to_string()).expect("written");
        let untouched = |(path, text, at): &(String, String, SystemTime)| {
            before.iter().any(|(file, was, then)| {
                file == path && was == text && (then == at || path.ends_with("constraint_0_power_limit_uw"))
            })
        };
        assert!(sysfs(&host).iter().all(untouched), "{before:?}");
        assert!(!ran.exists() && !host.path("down").exists() && bus.held());
        for call in ["PowerOff false", "ScheduleShutdown poweroff"] {
            assert_eq!(bus.asked(call), 0, "{call}");
        }
        // The next order is obeyed as ever.
        session
            .order(|order| (order.phase, order.abortable) = (Phase::ShutDown, false))
            .await;
        bus.until_asked("PowerOff false", 1).await;
        assert!(ran.exists());
    });
}

#[test]
fn what_is_replayed_or_signed_as_something_else_ends_the_connection_and_does_nothing() {
    run(async {
        let rack = Rack::new().await;
        let mut host = Host::new(&nowhere(Path::new("/nonexistent")), "");
        rack.enrol(&host.disk());
        host.start();
        let mut session = rack.session().await;
        let would = session.rehearse(None).await;
        assert!(
            would
                .lacks
                .join("\n")
                .contains("the system bus or logind is away")
        );
        assert!(would.does.join("\n").contains("runs `touch "), "{would:?}");
        // A shutdown that was signed as an order is no rehearsal.
        let order = session.sign(|order| order.phase = Phase::ShutDown);
        session.send(&FromController::Rehearse(order)).await;
        while session.try_word().await.is_some() {}
        // A rehearsal is no order.
        let mut session = rack.session().await;
        let rehearsal = session.sign_rehearsal(None);
        session.send(&FromController::Order(rehearsal)).await;
        while session.try_word().await.is_some() {}
        // One is answered once.
        let mut session = rack.session().await;
        let rehearsal = session.sign_rehearsal(None);
        session.send(&FromController::Rehearse(rehearsal.clone())).await;
        session.send(&FromController::Rehearse(rehearsal)).await;
        while session.try_word().await.is_some() {}
        for why in ["not signed by the controller", "replayed or out of turn"] {
            host.until(why, |host| host.said(why));
        }
        assert!(host.lives() && host.limits() == FOUND && !host.path("down").exists());
    });
}
