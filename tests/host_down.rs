//! The hosts' shutdown reaches the network within a second of the core's commit and is confirmed back; a front that
//! hangs is replaced by one that publishes, and the core's own contact waits for neither.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hil_rig::rack::{Act, Input, OUTPUTS, Report};
use rustix::process::Signal;
use tempfile::TempDir;

use super::nut::ask;
use super::support::process::signal;
use super::support::{Core, Process, Rig, configuration, core, directory, eventually, seconds};

/// The owner's limits, in seconds: from the commit to the confirmed publication, and from a trip under a hung front to
/// the publication by the next one.
const PUBLISHED_WITHIN_S: f64 = 1.0;
const NEXT_FRONT_WITHIN_S: f64 = 5.0;
/// How long before the trip the front hangs.
const BEFORE: Duration = Duration::from_secs(1);

struct Rack {
    core: Core,
    rig: Rig,
    config: PathBuf,
    data: PathBuf,
    _directory: TempDir,
}

fn rack(speed: f64, load_w: f64) -> Rack {
    let directory = directory();
    let rig = Rig::start(directory.path(), speed, load_w);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let core = Core::start(&config, &data, &rig);
    core.until("the exhaust is measured", 20.0, |picture| {
        core::number(picture, "rack.exhaust.temperature").is_some()
    });
    Rack {
        core,
        rig,
        config,
        data,
        _directory: directory,
    }
}

/// The core's own dry contact, as the rack sees it.
pub(super) fn contact_closed(report: &Report) -> bool {
    let bit = OUTPUTS
        .iter()
        .position(|(_, name)| *name == "host-down")
        .expect("a line");
    report.outputs >> bit & 1 == 1
}

fn published(nut: SocketAddr) -> bool {
    ask(nut, "GET VAR rack ups.status").is_some_and(|status| status.contains("FSD"))
}

#[test]
fn a_temperature_trip_is_published_and_confirmed_within_a_second_of_its_commit() {
    let Rack {
        mut core,
        rig,
        config,
        data,
        _directory,
    } = rack(5.0, 5000.0);
    let picture = core.served(10.0);
    assert_eq!(core::number(&picture, "shutdown.published"), Some(0.0));
    assert_eq!(
        core::reason(&picture, "shutdown.publish_delay"),
        Some("suspended")
    );
    rig.act(Act::Room { room_c: Some(60.0) });
    rig.until("the core closes its contact", 600.0, contact_closed);
    eventually("the shutdown is published", seconds(5.0), || {
        published(core.nut).then_some(())
    });
    let picture = core.until("the publication is confirmed", 5.0, |picture| {
        core::number(picture, "shutdown.published") == Some(1.0)
    });
    assert!(core::raised(&picture, "exhaust.trip") && !core::raised(&picture, "host_down.unpublished"));
    let delay = core::number(&picture, "shutdown.publish_delay").expect("a figure");
    println!("confirmed {delay:.2} s after the commit");
    assert!(delay <= PUBLISHED_WITHIN_S, "{delay}");

    // Whoever is started anew, front or core, tells no host for a moment that all is well.
    let front = core.front().expect("a front");
    signal(front.pid, Signal::KILL);
    never_well(core.nut, "the next front", || {
        core.front().is_some_and(|next| next != front)
    });
    core.process.kill();
    drop(core);
    let mut command = Core::command(&config, &data);
    let mut again = Process::start("core", command.arg("--rig").arg(rig.socket()));
    let ready = again.ready(30.0);
    let nut: SocketAddr = ready["nut"]
        .as_str()
        .and_then(|at| at.parse().ok())
        .expect("an address");
    never_well(nut, "the next core", || true);
}

/// Until the shutdown is published, and `over` besides, no answer says that all is well.
#[track_caller]
fn never_well(nut: SocketAddr, who: &str, over: impl Fn() -> bool) {
    let mut heard = Vec::new();
    eventually(&format!("{who} publishes it too"), seconds(20.0), || {
        let status = ask(nut, "GET VAR rack ups.status")?;
        let published = status.contains("FSD");
        heard.push(status);
        (published && over()).then_some(())
    });
    assert!(
        heard.iter().all(|status| !status.ends_with("\"OL\"")),
        "{who}: {heard:?}"
    );
}

#[test]
fn a_front_that_hangs_before_a_trip_is_replaced_by_one_that_publishes() {
    let rack = rack(1.0, 5000.0);
    let front = rack.core.front().expect("a front");
    signal(front.pid, Signal::STOP);
    let stopped = Instant::now();
    // The event waited for is time itself: a front that hung for a second is not missed yet.
    std::thread::sleep(BEFORE);
    rack.rig.line(Input::FireButton, true);
    let tripped = Instant::now();
    rack.rig.until("the core closes its contact", 2.0, contact_closed);
    let closed = tripped.elapsed();
    assert!(
        front.lives() && !published_soon(rack.core.nut),
        "the hung front has said nothing"
    );
    eventually("the next front publishes", seconds(20.0), || {
        published_soon(rack.core.nut).then_some(())
    });
    let took = tripped.elapsed();
    println!(
        "contact closed after {:.2} s, published {:.2} s after the trip, {:.2} s after the hang",
        closed.as_secs_f64(),
        took.as_secs_f64(),
        stopped.elapsed().as_secs_f64()
    );
    assert!(took <= seconds(NEXT_FRONT_WITHIN_S), "{took:?}");
    rack.core.until("the publication is confirmed", 5.0, |picture| {
        core::number(picture, "shutdown.published") == Some(1.0)
    });
    assert!(contact_closed(&rack.rig.report()));
}

/// As [`published`], for a server that may hang: it takes connections and answers nothing.
fn published_soon(nut: SocketAddr) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect_timeout(&nut, Duration::from_millis(100)) else {
        return false;
    };
    let patience = Some(Duration::from_millis(200));
    let mut answer = [0; 64];
    let heard = stream
        .set_read_timeout(patience)
        .and_then(|()| stream.write_all(b"GET VAR rack ups.status\n"))
        .and_then(|()| stream.read(&mut answer));
    heard.is_ok_and(|length| String::from_utf8_lossy(&answer[..length]).contains("FSD"))
}
