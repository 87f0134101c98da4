//! A scenario shown on the demo: verdicts on the terminal, a rack that lives on, an exit status.

use std::net::SocketAddr;
use std::process::{Command, Output};

use rustix::process::Signal;

use super::support::{BINARY, Process, directory, eventually, http, seconds};

/// A demo may take so long to be up, to play ten virtual seconds, and to end, in seconds.
const WITHIN: f64 = 30.0;

const DOOR: &str = "title  The door opens
wait 2 s
expect no effect fan_off
door open
within 5 s   effect fan_floor
";

fn demo(scenario: &std::path::Path) -> Command {
    let mut command = Command::new(BINARY);
    command.args(["demo", "--speed", "5", "--scenario"]).arg(scenario);
    for listener in [
        "--listen-web",
        "--listen-modbus",
        "--listen-nut",
        "--listen-rig-page",
    ] {
        command.args([listener, "127.0.0.1:0"]);
    }
    command
}

fn address(url: &serde_json::Value) -> SocketAddr {
    let url = url.as_str().expect("an address");
    let authority = url.strip_prefix("http://").expect("a URL");
    authority.parse().expect("an address")
}

/// Shows a scenario until it is over; gives what the demo said and how it ended.
fn shown(text: &str, verdict: &str) -> (Vec<String>, Option<i32>) {
    let directory = directory();
    let scenario = directory.path().join("told.scn");
    std::fs::write(&scenario, text).expect("a file");
    let mut demo = Process::start("demo", &mut demo(&scenario));
    let ready = demo.ready(WITHIN);
    eventually("the scenario is over", seconds(WITHIN), || {
        demo.said(0, verdict).then_some(())
    });
    let picture = http::get(address(&ready["web"]), "/api/v1/snapshot").expect("it lives on");
    assert_eq!(picture.json()["points"]["door.open"]["value"], 1.0);
    let truth = http::get(address(&ready["rig_page"]), "/api/v1/picture").expect("it lives on");
    assert_eq!(truth.status, 200);
    demo.signal(Signal::TERM);
    let code = demo.end(WITHIN).code();
    (demo.err(), code)
}

#[test]
fn a_scenario_is_shown_and_its_verdict_is_the_exit_status() {
    let (said, code) = shown(DOOR, "demo: pass told");
    assert_eq!(code, Some(0), "{said:?}");
    let verdicts = said.iter().filter(|line| line.contains("demo: ok")).count();
    assert_eq!(verdicts, 2, "{said:?}");
    let (said, code) = shown(&format!("{DOOR}within 1 s  effect fan_off\n"), "demo: FAIL told");
    assert_eq!(code, Some(1), "{said:?}");
    assert!(said.iter().any(|line| line.contains("found: ")), "{said:?}");
}

#[test]
fn a_scenario_with_a_mistake_is_not_begun() {
    let directory = directory();
    let scenario = directory.path().join("wrong.scn");
    std::fs::write(&scenario, "title  Wrong\nwait 2 minuts\n").expect("a file");
    let Output { status, stderr, .. } = demo(&scenario).output().expect("it ends");
    let said = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains("wrong.scn:2:8: `minuts` is no unit"), "{said}");
}
