//! The front may die, hang or run out of memory: the fan does not notice, no tick is late, and the front is back.
//!
//! "What they were heading to" is what a second rack with the same seed and load does beside it, whose front lives.
//! Both fans are on their way from full speed down to what the load needs, which takes longer than all of this: a
//! core that stood still for a second would fall behind its twin by as much as the limit.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hil_rig::rack::Report;
use rustix::process::Signal;
use tempfile::TempDir;

use super::support::process::{Identity, signal, timed};
use super::support::rig::clock_s;
use super::support::{Core, Rig, configuration, core, directory, eventually, http, seconds};

/// Smallest memory limit a front may have, in MiB.
const MEMORY_MIB: u64 = 64;
/// The owner's limit by which command (of full drive) and speed (of itself) may differ from where they were heading.
const SHARE: f64 = 0.01;
/// Connections the front takes at once.
const CONNECTIONS: usize = 128;

struct Pair {
    _directory: TempDir,
    rig: Rig,
    core: Core,
}

fn pair() -> Pair {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |config| {
        config.front.memory_limit_mib = MEMORY_MIB
    });
    let data = core::commissioned(directory.path());
    let core = Core::start(&config, &data, &rig);
    Pair {
        rig,
        core,
        _directory: directory,
    }
}

/// Looks at a rack until `over`, from the moment at which control first takes the fan back from full speed.
fn course(rig: &Rig, over: &AtomicBool) -> Vec<(f64, Report)> {
    let mut seen: Vec<(f64, Report)> = Vec::new();
    let mut start = None;
    while !over.load(Ordering::Relaxed) {
        let report = rig.report();
        let at = clock_s(&report);
        if report.drive < 0.995 {
            let start = *start.get_or_insert(at);
            seen.push((at - start, report));
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    seen
}

/// The course's value at a moment, between the two looks around it.
fn at(course: &[(f64, Report)], moment: f64, value: fn(&Report) -> f64) -> Option<f64> {
    let behind = course.partition_point(|(at, _)| *at < moment);
    let ((t0, a), (t1, b)) = (course.get(behind.checked_sub(1)?)?, course.get(behind)?);
    let share = (moment - t0) / (t1 - t0);
    Some(value(a) + share * (value(b) - value(a)))
}

/// Largest difference from another course, each divided by `whole` of the other.
fn apart(
    course: &[(f64, Report)],
    other: &[(f64, Report)],
    value: fn(&Report) -> f64,
    whole: fn(f64) -> f64,
) -> f64 {
    let share = |(moment, report): &(f64, Report)| {
        let heading = at(other, *moment, value)?;
        Some((value(report) - heading).abs() / whole(heading))
    };
    course.iter().filter_map(share).fold(0.0, f64::max)
}

/// Memory exhaustion, really: the kernel refuses the front what its own allocator asks for while it serves real
/// requests. The limit is put where the front stands (`prlimit` on what the front has set for itself at its start,
/// as a machine whose memory is used up would), and then it is asked for more: as many connections as it takes, each
/// with a head that never ends. An allocation that fails aborts the process, as it does on a machine without memory.
pub fn exhaust(front: &Identity, web: SocketAddr) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", front.pid)).expect("the front lives");
    let figure = |name: &str| -> u64 {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_default();
        let first = line.split_whitespace().next().and_then(|word| word.parse().ok());
        first.unwrap_or_else(|| panic!("no {name} in {status}"))
    };
    let kib = figure("VmSize:");
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &front.pid.to_string(), &format!("--as={}", kib * 1024)]);
    let id = |name| u32::try_from(figure(name)).expect("an id");
    if rustix::process::geteuid().is_root() {
        // Only its own user may limit it: not even root without CAP_SYS_RESOURCE, as in a container.
        prlimit.uid(id("Uid:")).gid(id("Gid:"));
    }
    let limit = prlimit.status().expect("prlimit of util-linux");
    assert!(limit.success());
    let mut connections: Vec<TcpStream> = Vec::new();
    let line = format!("X-Load: {}\r\n", "x".repeat(4096)).repeat(16);
    let (_, took) = timed(|| {
        eventually("the front runs out of memory", seconds(20.0), || {
            let wait = Duration::from_millis(500);
            if connections.len() < CONNECTIONS
                && let Ok(stream) = TcpStream::connect_timeout(&web, wait)
            {
                stream.set_nonblocking(true).expect("a socket");
                connections.push(stream);
            }
            for stream in &mut connections {
                let _ = stream.write(b"GET / HTTP/1.1\r\nHost: rack\r\n");
                let _ = stream.write(line.as_bytes());
            }
            (!front.lives()).then_some(())
        });
    });
    println!(
        "memory: gone after {:.2} s and {} connections at {kib} KiB",
        took.as_secs_f64(),
        connections.len()
    );
}

/// Ends the front in one way and waits until it is back.
fn ordeal(core: &Core, name: &str, end: impl FnOnce(&Identity)) {
    let before = core.until("the front serves a picture", 10.0, |picture| {
        core::number(picture, "controller.front.restarts").is_some() && !core::raised(picture, "front.lost")
    });
    let restarts = core::number(&before, "controller.front.restarts").unwrap_or_default();
    let front = core.front().expect("a front");
    let told = core.process.err().len();
    end(&front);
    let (next, took) = timed(|| {
        eventually("another front answers at the same port", seconds(20.0), || {
            let next = core.front().filter(|next| *next != front)?;
            http::get(core.web, "/healthz")
                .ok()
                .filter(|answer| answer.status == 200)?;
            Some(next)
        })
    });
    assert!(!front.lives() && next.pid != front.pid);
    for line in ["alarm front.lost on", "alarm front.lost off"] {
        let what = format!("{name}: {line}");
        eventually(&what, seconds(20.0), || {
            core.process.said(told, line).then_some(())
        });
    }
    let after = core.until("the restart is counted", 10.0, |picture| {
        core::number(picture, "controller.front.restarts") == Some(restarts + 1.0)
    });
    println!(
        "{name}: back after {:.2} s; late ticks {:?}, largest lateness of the last minute {:?} s",
        took.as_secs_f64(),
        core::number(&after, "controller.tick.late"),
        core::number(&after, "controller.tick.lateness"),
    );
}

#[test]
fn the_fan_does_not_notice_that_the_front_is_killed_stopped_or_starved() {
    let (twin, pair) = (pair(), pair());
    let (core, over) = (&pair.core, AtomicBool::new(false));
    let (seen, heading) = std::thread::scope(|scope| {
        let seen = scope.spawn(|| course(&pair.rig, &over));
        let heading = scope.spawn(|| course(&twin.rig, &over));
        let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            pair.rig
                .until("control has taken the fan", 40.0, |report| report.drive < 0.97);
            ordeal(core, "kill", |front| signal(front.pid, Signal::KILL));
            ordeal(core, "stop", |front| signal(front.pid, Signal::STOP));
            ordeal(core, "memory", |front| exhaust(front, core.web));
        }));
        over.store(true, Ordering::Relaxed);
        let courses = (seen.join().expect("it looks"), heading.join().expect("it looks"));
        tried.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        courses
    });
    let drive = apart(&seen, &heading, |report| report.drive, |_| 1.0);
    let rpm = apart(&seen, &heading, |report| report.rpm, |rpm| rpm);
    let last = seen.last().expect("it looked").0;
    assert!(
        seen.len() > 50 && heading.last().is_some_and(|(at, _)| *at > 0.8 * last),
        "both were watched"
    );
    println!(
        "{} looks over {last:.1} s: command within {:.3} %, speed within {:.3} %",
        seen.len(),
        100.0 * drive,
        100.0 * rpm
    );
    assert!(
        drive < SHARE,
        "the command left its course by {:.2} %",
        100.0 * drive
    );
    assert!(rpm < SHARE, "the speed left its course by {:.2} %", 100.0 * rpm);
    let picture = core.served(10.0);
    assert_eq!(
        core::number(&picture, "controller.tick.late"),
        Some(0.0),
        "no tick is more than 100 ms late"
    );
}
