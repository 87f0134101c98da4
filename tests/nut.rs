//! A host with nothing but its distribution's `upsmon` shuts down when the rack trips, and for nothing less.
//!
//! The counterparts are the real ones of the Debian package nut-client; where it is not installed, or no private
//! mount can be made for `upsmon`'s fixed PID file, the test says so and is skipped.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hil_rig::rack::Act;
use rustix::process::Signal;

use super::host_down;
use super::nut_hosts::{PRIVATE, UPSMON, upsmon_runs};
use super::support::process::{signal, timed};
use super::support::{Core, Process, Rig, configuration, core, directory, eventually, seconds};

/// Seconds between two polls of `upsmon`, as our recipe for hosts has it.
const POLL_S: f64 = 1.0;
/// From the published status to the host's shutdown command: one poll and a second.
const OBEYS_WITHIN_S: f64 = POLL_S + 1.0;
/// From the core's contact to the published status.
const PUBLISHED_WITHIN_S: f64 = 1.0;
/// How much faster the rack warms up than a real one.
const SPEED: f64 = 5.0;

/// A host: its `upsmon`, and the file its shutdown command leaves.
struct Host {
    process: Process,
    down: PathBuf,
}

impl Host {
    fn start(directory: &Path, nut: SocketAddr) -> Host {
        let down = directory.join("down");
        let configuration = format!(
            "RUN_AS_USER root\nMONITOR rack@{nut} 1 host any secondary\nMINSUPPLIES 1\n\
             SHUTDOWNCMD \"touch {}\"\nPOLLFREQ {POLL_S}\nPOLLFREQALERT {POLL_S}\nHOSTSYNC 15\nDEADTIME 15\n\
             FINALDELAY 0\n",
            down.display()
        );
        std::fs::write(directory.join("upsmon.conf"), configuration).expect("a file");
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", PRIVATE, "sh", UPSMON, "-F", "-D"]);
        command
            .env("NUT_CONFPATH", directory)
            .env("NUT_STATEPATH", directory);
        Host {
            process: Process::start("upsmon", &mut command),
            down,
        }
    }

    fn shut_down(&self) -> bool {
        self.down.exists()
    }

    /// Nothing shuts it down for so long.
    #[track_caller]
    fn stays_up(&mut self, nut: SocketAddr, seconds: f64) {
        let began = Instant::now();
        while began.elapsed().as_secs_f64() < seconds {
            assert!(!self.shut_down(), "the host has shut down");
            assert!(self.process.ended().is_none(), "upsmon has ended");
            let status = ask(nut, "GET VAR rack ups.status");
            assert!(!status.is_some_and(|status| status.contains("FSD")));
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// One line's answer, if somebody answers.
pub(super) fn ask(nut: SocketAddr, line: &str) -> Option<String> {
    let mut stream = TcpStream::connect(nut).ok()?;
    stream.set_read_timeout(Some(seconds(5.0))).ok()?;
    stream.write_all(format!("{line}\nLOGOUT\n").as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    text.strip_suffix("\nOK Goodbye\n").map(str::to_owned)
}

#[track_caller]
fn logged_in(nut: SocketAddr, hosts: usize) {
    let expected = format!("NUMLOGINS rack {hosts}");
    eventually(&expected, seconds(20.0), || {
        (ask(nut, "GET NUMLOGINS rack").as_ref() == Some(&expected)).then_some(())
    });
}

#[test]
fn a_stock_upsmon_shuts_its_host_down_when_the_rack_trips_and_for_nothing_less() {
    if !upsmon_runs() {
        return;
    }
    let directory = directory();
    let rig = Rig::start(directory.path(), SPEED, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let core = Core::start(&config, &data, &rig);
    core.served(20.0);
    let mut host = Host::start(directory.path(), core.nut);
    logged_in(core.nut, 1);

    rig.act(Act::Door { open: true });
    core.until("the open door is alarmed", 30.0, |picture| {
        core::raised(picture, "door.open")
    });
    // Warm and hot, one step before the trip: hosts are warned and capped, and stay up.
    rig.act(Act::Room { room_c: Some(50.0) });
    core.until("the exhaust is hot", 120.0, |picture| {
        core::raised(picture, "exhaust.hot")
    });
    host.stays_up(core.nut, 5.0 * POLL_S);
    rig.act(Act::Door { open: false });

    // A host that last saw the rack well stays up when nobody answers, and comes back by itself.
    let front = core.front().expect("a front");
    signal(front.pid, Signal::KILL);
    let ((), back) = timed(|| {
        eventually("another front", seconds(20.0), || {
            core.front().filter(|next| *next != front)
        });
        logged_in(core.nut, 1);
    });
    host.stays_up(core.nut, 2.0 * POLL_S);

    rig.act(Act::Room { room_c: Some(60.0) });
    rig.until(
        "the core closes its own contact",
        600.0,
        host_down::contact_closed,
    );
    let closed = Instant::now();
    eventually("the shutdown is published", seconds(PUBLISHED_WITHIN_S), || {
        ask(core.nut, "GET VAR rack ups.status").filter(|status| status == "VAR rack ups.status \"FSD OL\"")
    });
    let published = closed.elapsed();
    eventually("the host shuts down", seconds(OBEYS_WITHIN_S), || {
        host.shut_down().then_some(())
    });
    let obeyed = closed.elapsed();
    core.until("it is the exhaust that tripped", 5.0, |picture| {
        core::raised(picture, "exhaust.trip")
    });
    println!(
        "logged in again {:.2} s after the front's death; FSD {:.2} s, SHUTDOWNCMD {:.2} s after the core's contact",
        back.as_secs_f64(),
        published.as_secs_f64(),
        obeyed.as_secs_f64(),
    );
    // Its end is its acknowledgement.
    host.process.end(10.0);
    logged_in(core.nut, 0);
}

#[test]
fn upsc_lists_the_rack_and_reads_it() {
    let upsc = |arguments: &[&str]| Command::new("upsc").args(arguments).stdin(Stdio::null()).output();
    if upsc(&["-V"]).is_err() {
        super::support::skip("upsc (package nut-client) is needed");
        return;
    }
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let core = Core::start(&config, &data, &rig);
    core.until("the exhaust is measured", 20.0, |picture| {
        core::number(picture, "rack.exhaust.temperature").is_some()
    });
    let run = |arguments: &[&str]| {
        let output = upsc(arguments).expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (
            output.status.success(),
            text,
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (nut, rack) = (core.nut.to_string(), format!("rack@{}", core.nut));
    assert_eq!(run(&["-l", &nut]).1, "rack\n");
    assert_eq!(run(&[&rack, "ups.status"]).1, "OL\n");
    assert_eq!(run(&[&format!("ups@{nut}"), "ups.status"]).1, "OL\n");
    // The first picture may come before a sensor's first reading.
    core.until("exhaust and room are measured", 10.0, |picture| {
        let points = ["rack.exhaust.temperature", "room.temperature"];
        points.iter().all(|point| core::number(picture, point).is_some())
    });
    let (read, listed, _) = run(&[&rack]);
    assert!(read, "{listed}");
    let value = |name: &str| {
        listed
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
    };
    assert_eq!(value("device.type"), Some("rack"));
    assert_eq!(value("ups.status"), Some("OL"));
    assert!(value("ups.model").is_some_and(|model| model.contains("simulated")));
    let picture = core.served(5.0);
    for (name, point, apart) in [
        ("ups.temperature", "rack.exhaust.temperature", 3.0),
        ("ambient.temperature", "room.temperature", 1.0),
    ] {
        let heard: f64 = value(name).and_then(|text| text.parse().ok()).expect(name);
        let shown = core::number(&picture, point).expect(point);
        assert!((heard - shown).abs() <= apart, "{name} {heard}, {point} {shown}");
    }
    // What nobody measures is not there, and nobody writes.
    assert_eq!(value("battery.charge"), None);
    let (read, _, told) = run(&[&rack, "battery.charge"]);
    assert!(!read && told.contains("not supported"), "{told}");
    let (read, _, told) = run(&[&format!("nix@{nut}")]);
    assert!(!read && told.contains("Unknown UPS"), "{told}");
    assert_eq!(
        ask(core.nut, "FSD rack").as_deref(),
        Some("ERR USERNAME-REQUIRED")
    );
    print!("{listed}");
}
