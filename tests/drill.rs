//! A rehearsal and a full drill with stock hosts: the one that is named runs its shutdown command, is proven off and comes back, its neighbour
//! of the same tier hears nothing; its time is learned and outlives the core; and a host whose MINSUPPLIES is too low is found.
//!
//! Hosts are told apart by the address they ask from, so each goes through a relay with an address of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Instant;

use rack_controller::config::{Config, Tier};
use rack_controller::front::RELOGIN;
use rack_controller::hosts::plan::OnControllerLoss;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};

use super::hosts::{Port, emulator, host, state};
use super::nut_hosts::{Host, Recipe, upsmon_runs};
use super::nut_stock::Stock;
use super::support::process::signal;
use super::support::{Core, Rig, configuration, core, directory, eventually, http, seconds};

const ONLINE: f64 = 1.0;
const OFF_VERIFIED: f64 = 5.0;
/// How far a drill is, and how it ended, by their numbers.
const IDLE: f64 = 0.0;
const STOPPING: f64 = 2.0;
const RETURNING: f64 = 4.0;
const COMING_BACK: f64 = 8.0;
/// Of the three bits of a way of looking; the port has the second three.
const OFF: f64 = 3.0;
const PASSED: f64 = 1.0;
const FAILED: f64 = 2.0;

/// Passes connections on from an address of its own, as a host on a network has one.
struct Relay {
    at: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Relay {
    fn start(from: Ipv4Addr, to: SocketAddr) -> Relay {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let at = listener.local_addr().expect("its address");
        runtime.spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let socket = TcpSocket::new_v4()?;
                    socket.bind(SocketAddr::from((from, 0)))?;
                    let mut far = socket.connect(to).await?;
                    tokio::io::copy_bidirectional(&mut near, &mut far).await
                });
            }
        });
        Relay {
            at,
            runtime: Some(runtime),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

const FIRST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);
const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 12);

/// One tier of the two hosts `web` and `db`, each with its address, port and management controller.
fn site(config: &mut Config, controller: &str, ports: [&Port; 2], stop_s: f64) {
    config.tier = vec![Tier {
        name: "compute".into(),
        on_controller_loss: OnControllerLoss::Stay,
        signal_s: 2.0,
        stop_s,
        verify_s: 8.0,
    }];
    for ((name, at), port) in [("web", FIRST), ("db", SECOND)].into_iter().zip(ports) {
        let mut one = host(name, "compute", controller, port);
        one.address = vec![IpAddr::from(at)];
        config.host.push(one);
    }
}

/// The host's power goes: its management controller says so.
fn power_off(controller: &str, system: &str) {
    let at = controller
        .trim_start_matches("http://")
        .parse()
        .expect("an address");
    let path = format!("/redfish/v1/Systems/{system}/Actions/ComputerSystem.Reset");
    let answer = http::post(at, &path, &json!({ "ResetType": "ForceOff" })).expect("an answer");
    assert!((200..300).contains(&answer.status), "{}", answer.status);
}

pub(super) fn drills(core: &Core) -> Vec<Value> {
    let answer = http::get(core.web, "/api/v1/drills").expect("an answer");
    let kept: Value = serde_json::from_str(&answer.body).expect("JSON");
    kept["drills"].as_array().cloned().unwrap_or_default()
}

fn started(directory: &Path, rig: &Rig, config: &Path) -> Core {
    let data = directory.join("data");
    if !data.exists() {
        core::commissioned(directory);
    }
    Core::start(config, &data, rig)
}

fn seen_up(core: &Core) {
    core.until("both hosts run and the logins are known", 60.0, |picture| {
        let up = core::number(picture, "controller.uptime");
        state(picture, 1) == Some(ONLINE)
            && state(picture, 2) == Some(ONLINE)
            && up.is_some_and(|up| up > RELOGIN.as_secs_f64() + 1.0)
    });
}

/// A rehearsal finds both hosts ready, how often they ask, and tells neither.
fn rehearse(core: &Core, hosts: [&Host; 2]) {
    let ask = json!({ "command": "rehearse_hosts", "by": "M. Tester" });
    assert!((200..300).contains(&core.ask(&ask).status));
    let kept = eventually("its report is kept", seconds(40.0), || {
        drills(core).first().cloned()
    });
    assert_eq!(
        (&kept["kind"], &kept["by"]),
        (&json!("rehearsal"), &json!("M. Tester")),
        "{kept}"
    );
    for host in kept["hosts"].as_array().expect("hosts") {
        assert_eq!(host["result"], json!("ready"), "{kept}");
        let remarks = host["remarks"].to_string();
        assert!(remarks.contains("logged in by NUT, asks every 1."), "{kept}");
        assert!(remarks.contains("can let it shut down"), "{kept}");
    }
    let over = core.until("the core has heard how it ended", 10.0, |picture| {
        core::number(picture, "drill.state") == Some(IDLE)
    });
    assert_eq!(
        (result(&over), core::number(&over, "drill.done")),
        (Some(PASSED), Some(2.0))
    );
    assert!(hosts.iter().all(|host| !host.is_down()));
}

/// The drill of the first host is taken once the rack is at rest.
fn begin(core: &Core) {
    let ask = json!({ "command": "drill_hosts", "hosts": [1], "by": "M. Tester", "reason": "yearly drill" });
    eventually("the drill is taken", seconds(60.0), || {
        (200..300).contains(&core.ask(&ask).status).then_some(())
    });
}

fn result(picture: &Value) -> Option<f64> {
    core::number(picture, "drill.result")
}

#[test]
fn a_drill_of_one_stock_host_stops_it_learns_its_time_and_leaves_its_neighbour_alone() {
    if !upsmon_runs() {
        return;
    }
    let directory = directory();
    let Some((_emulator, controller)) = emulator(directory.path()) else {
        return;
    };
    let (mut web, db) = (Port::new(), Port::new());
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |config| {
        site(config, &controller, [&web, &db], 60.0);
    });
    let core = started(directory.path(), &rig, &config);
    let relays = [FIRST, SECOND].map(|from| Relay::start(from, core.nut));
    let mut first = Host::start(&Recipe::ours("compute", relays[0].at));
    let second = Host::start(&Recipe::ours("compute", relays[1].at));
    seen_up(&core);
    rehearse(&core, [&first, &second]);
    begin(&core);
    let since = Instant::now();
    let took = first.goes_down(since, 5.0).expect("the named host goes down");
    println!("drill: SHUTDOWNCMD of the named host after {took:.2} s");
    let told = core.until("it is told", 5.0, |picture| {
        core::number(picture, "drill.state") == Some(STOPPING)
    });
    assert_eq!(core::number(&told, "tier.1.stage"), Some(0.0), "its tier is not");
    web.goes_silent();
    power_off(&controller, "11111111-1111-4111-8111-111111111111");
    core.until("it is proven off", 30.0, |picture| {
        state(picture, 1) == Some(OFF_VERIFIED)
    });
    core.until("it is released", 60.0, |picture| {
        core::number(picture, "drill.state") == Some(RETURNING) && state(picture, 1) == Some(8.0)
    });
    web.answers();
    let over = core.until("it is back and the drill is over", 60.0, |picture| {
        core::number(picture, "drill.state") == Some(IDLE)
    });
    println!("drill: over after {:.1} s", since.elapsed().as_secs_f64());
    assert_eq!(
        (result(&over), core::number(&over, "drill.done")),
        (Some(PASSED), Some(1.0))
    );
    assert!(!second.is_down(), "its neighbour has heard nothing");
    assert!(!core::raised(&over, "host.not_down"));
    let kept = eventually("the report is kept", seconds(10.0), || {
        drills(&core)
            .first()
            .filter(|report| report["kind"] == "drill")
            .cloned()
    });
    let one = &kept["hosts"][0];
    assert_eq!(
        (&kept["by"], &kept["result"], &one["name"], &one["result"]),
        (
            &json!("M. Tester"),
            &json!("passed"),
            &json!("web"),
            &json!("passed")
        ),
        "{kept}"
    );
    assert_eq!(kept["hosts"].as_array().map(Vec::len), Some(1));
    let stopped = one["stopped_s"].as_f64().expect("it was measured");
    assert!(
        one["begun_s"].as_f64().is_some_and(|begun| begun <= stopped),
        "{kept}"
    );
    assert_eq!(over["hosts"][0]["last_stops_s"], json!([stopped]));
    assert_eq!(over["hosts"][1]["last_stops_s"], json!([]));

    // Another core finds what was learned, and the report.
    let mut core = core;
    signal(core.process.pid(), Signal::KILL);
    core.process.end(10.0);
    let core = started(directory.path(), &rig, &config);
    let found = core.until("the new core knows its time", 30.0, |picture| {
        picture["hosts"][0]["last_stops_s"] == json!([stopped])
    });
    assert_eq!(core::number(&found, "drill.number"), Some(2.0));
    // Its front opens the journal while the core already speaks: until then the interface says that it cannot be read.
    let again = eventually("the reports are read again", seconds(10.0), || {
        Some(drills(&core)).filter(|all| !all.is_empty())
    });
    assert_eq!((again.len(), again.first()), (2, Some(&kept)));
}

#[test]
fn a_drill_that_outlives_its_core_still_says_who_started_it_and_why() {
    let directory = directory();
    let Some((_emulator, controller)) = emulator(directory.path()) else {
        return;
    };
    let (mut web, db) = (Port::new(), Port::new());
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    // A stage of 16.5 s: its port goes on answering, so the host is not proven off.
    let config = configuration(directory.path(), |config| {
        site(config, &controller, [&web, &db], 1.0);
    });
    let mut core = started(directory.path(), &rig, &config);
    seen_up(&core);
    begin(&core);
    core.until("it is told", 10.0, |picture| {
        core::number(picture, "drill.state") == Some(STOPPING)
    });
    signal(core.process.pid(), Signal::KILL);
    core.process.end(10.0);
    let core = started(directory.path(), &rig, &config);
    core.until("the next core goes on with it", 20.0, |picture| {
        core::number(picture, "drill.state").is_some_and(|state| state != IDLE)
    });
    core.until("the host may come back", 120.0, |picture| {
        core::number(picture, "drill.state") == Some(RETURNING)
            && core::number(picture, "host.1.state") == Some(COMING_BACK)
    });
    // It was told and goes down late: that it answered all the while does not make it back.
    web.goes_silent();
    core.until("its port is seen to be silent", 20.0, |picture| {
        core::number(picture, "host.1.evidence")
            .is_some_and(|word| (word / 8.0).floor().rem_euclid(8.0) == OFF)
    });
    web.answers();
    let over = core.until("it is over", 60.0, |picture| {
        core::number(picture, "drill.state") == Some(IDLE)
    });
    assert_eq!(result(&over), Some(FAILED));
    let kept = eventually("the report is kept", seconds(10.0), || {
        drills(&core).first().cloned()
    });
    assert_eq!(
        (&kept["by"], &kept["reason"], &kept["kind"]),
        (&json!("M. Tester"), &json!("yearly drill"), &json!("drill")),
        "{kept}"
    );
}

#[test]
fn a_drill_finds_the_host_whose_other_supply_keeps_it_up() {
    if !upsmon_runs() {
        return;
    }
    let Some(stock) = Stock::start() else { return };
    let directory = directory();
    let Some((_emulator, controller)) = emulator(directory.path()) else {
        return;
    };
    let (web, db) = (Port::new(), Port::new());
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    // A stage of 30 s: a host is named that still asks 15 s after it was told.
    let config = configuration(directory.path(), |config| {
        site(config, &controller, [&web, &db], 10.0);
    });
    let core = started(directory.path(), &rig, &config);
    let relay = Relay::start(FIRST, core.nut);
    let mut recipe = Recipe::ours("compute", relay.at);
    recipe
        .monitors
        .push(format!("rack@{} 1 host sesame secondary", stock.at));
    let stays = Host::start(&recipe);
    stock.logged_in(1);
    seen_up(&core);
    begin(&core);
    core.until("the host is named", 40.0, |picture| {
        core::raised(picture, "host.heard_but_stays")
    });
    let over = core.until("the drill is over", 60.0, |picture| {
        core::number(picture, "drill.state") == Some(IDLE)
    });
    assert_eq!(
        (result(&over), core::number(&over, "drill.failed")),
        (Some(FAILED), Some(1.0))
    );
    assert!(!stays.is_down() && !core::raised(&over, "host.not_down"));
    let kept = eventually("the report is kept", seconds(10.0), || {
        drills(&core).first().cloned()
    });
    let remarks = kept["hosts"][0]["remarks"].to_string();
    assert!(remarks.contains("MINSUPPLIES"), "{kept}");
    assert_eq!(over["hosts"][0]["last_stops_s"], json!([]));
}
