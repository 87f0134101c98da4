//! `demo`: one command, and within a minute there is a page; one signal, and nothing of it is left.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use super::support::process::{Identity, descendants, timed};
use super::support::{BINARY, Process, directory, eventually, http, seconds};

/// The owner's limits, in seconds.
const READY_WITHIN: f64 = 60.0;
const STOPPED_WITHIN: f64 = 5.0;

/// The demo at free ports, with its temporary files in a directory of this test.
fn command(temporary: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command
        .arg("demo")
        .args(["--listen-web", "127.0.0.1:0"])
        .args(["--listen-modbus", "127.0.0.1:0"])
        .args(["--listen-nut", "127.0.0.1:0"])
        .arg("--quiet")
        .env("TMPDIR", temporary);
    command
}

fn demo(temporary: &Path) -> (Process, SocketAddr) {
    let began = std::time::Instant::now();
    let mut demo = Process::start("demo", &mut command(temporary));
    let ready = demo.ready(READY_WITHIN);
    println!("ready after {:.2} s", began.elapsed().as_secs_f64());
    let url = ready["web"].as_str().expect("an address").to_owned();
    let web: SocketAddr = url
        .strip_prefix("http://")
        .expect("a URL")
        .parse()
        .expect("an address");
    assert!(web.ip().is_loopback() && web.port() != 0, "{web}");
    (demo, web)
}

/// Parts of a running demo: rig, core and front.
fn parts(demo: &Process) -> Vec<Identity> {
    let tree = descendants(demo.pid());
    let mut roles: Vec<&str> = tree.iter().map(|one| one.role.as_str()).collect();
    roles.sort_unstable();
    assert_eq!(roles, ["front", "rig", "run"]);
    tree
}

fn stops_without_a_trace(signal: Signal) {
    let temporary = directory();
    let (mut demo, web) = demo(temporary.path());
    eventually("the page answers", seconds(10.0), || {
        http::get(web, "/").ok().filter(|page| page.status == 200)
    });
    let tree = parts(&demo);
    demo.signal(signal);
    let (status, took) = timed(|| demo.end(STOPPED_WITHIN));
    println!("{signal:?}: stopped after {:.2} s", took.as_secs_f64());
    assert_eq!(status.code(), Some(0), "{signal:?}");
    let left: Vec<&Identity> = tree.iter().filter(|one| one.lives()).collect();
    assert!(left.is_empty(), "{signal:?} leaves {left:?}");
    let files: Vec<_> = std::fs::read_dir(temporary.path())
        .expect("a folder")
        .flatten()
        .collect();
    assert!(files.is_empty(), "{signal:?} leaves {files:?}");
    assert_eq!(
        demo.out().len(),
        1,
        "one line on standard output and no other: {:?}",
        demo.out()
    );
    assert!(http::get(web, "/").is_err(), "nobody listens any more");
}

#[test]
fn the_demo_stops_on_an_interrupt_without_a_trace() {
    stops_without_a_trace(Signal::INT);
}

#[test]
fn the_demo_stops_on_a_termination_without_a_trace() {
    stops_without_a_trace(Signal::TERM);
}

#[test]
fn the_demo_shows_the_rack_on_its_interface() {
    let temporary = directory();
    let (mut demo, web) = demo(temporary.path());
    let exhaust = eventually("the interface shows the exhaust", seconds(20.0), || {
        let answer = http::get(web, "/api/v1/snapshot")
            .ok()
            .filter(|answer| answer.status == 200)?;
        answer.json()["points"]["rack.exhaust.temperature"]["value"].as_f64()
    });
    assert!((20.0..60.0).contains(&exhaust), "{exhaust}");
    assert_eq!(http::get(web, "/healthz").expect("it answers").status, 200);
    demo.signal(Signal::TERM);
    assert_eq!(demo.end(STOPPED_WITHIN).code(), Some(0));
}

#[test]
fn the_demo_keeps_a_data_directory_that_a_person_has_named() {
    let (temporary, kept) = (directory(), directory());
    let mut demo = Process::start("demo", command(temporary.path()).arg("--data").arg(kept.path()));
    demo.ready(READY_WITHIN);
    demo.signal(Signal::TERM);
    demo.end(STOPPED_WITHIN);
    assert!(
        kept.path().join("latches.bin").exists(),
        "latch records outlive the demo"
    );
    assert!(
        !kept.path().join("running").exists(),
        "it ended by itself, and the next start knows"
    );
}
