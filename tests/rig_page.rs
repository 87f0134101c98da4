//! The rig's page as a process: it says where it is, acts, and leaves nothing behind.

use std::net::SocketAddr;
use std::process::Command;

use rustix::process::Signal;

use super::support::{BINARY, Process, directory, http};

/// A rig may take so long to be up, and to end, in seconds.
const WITHIN: f64 = 20.0;

fn address(url: &serde_json::Value) -> SocketAddr {
    let url = url.as_str().expect("an address");
    let authority = url.strip_prefix("http://").expect("a URL");
    authority.parse().expect("an address")
}

#[test]
fn a_rig_says_where_its_page_is_and_leaves_no_socket_behind() {
    let directory = directory();
    let mut command = Command::new(BINARY);
    command
        .args(["rig", "--listen-page", "127.0.0.1:0"])
        .env("TMPDIR", directory.path());
    let mut rig = Process::start("rig", &mut command);
    let ready = rig.ready(WITHIN);
    let page = address(&ready["page"]);
    assert!(page.ip().is_loopback() && page.port() != 0, "{page}");
    let socket = std::path::PathBuf::from(ready["socket"].as_str().expect("a path"));
    assert!(socket.starts_with(directory.path()) && socket.exists(), "{ready}");
    let html = http::get(page, "/").expect("it answers");
    assert!(
        html.body.contains("<title>Simulated rig</title>"),
        "{}",
        html.body
    );
    let picture = http::get(page, "/api/v1/picture").expect("it answers").json();
    assert_eq!(picture["departures"], serde_json::json!([]));
    rig.signal(Signal::TERM);
    assert!(rig.end(WITHIN).success());
    assert!(!socket.exists(), "{} is left", socket.display());
}

#[test]
fn a_rig_without_a_page_says_so_and_an_address_in_use_is_told() {
    let directory = directory();
    let mut command = Command::new(BINARY);
    command.arg("rig").env("TMPDIR", directory.path());
    let mut rig = Process::start("rig", &mut command);
    assert_eq!(rig.ready(WITHIN)["page"], serde_json::Value::Null);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().map(|at| (taken, at)).expect("an address");
    let mut command = Command::new(BINARY);
    command
        .args(["rig", "--listen-page", &taken.1.to_string()])
        .env("TMPDIR", directory.path());
    let mut other = Process::start("rig", &mut command);
    assert!(!other.end(WITHIN).success());
    assert!(other.said(0, "choose another --listen-page"), "{:?}", other.err());
}
