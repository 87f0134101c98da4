//! From a contact's edge in the rack to the output that the shipped core sets in the tick that the edge wakes, under exec,
//! beside `cyclictest` (Debian package rt-tests) of the core's policy in the same rounds.
//!
//! `cargo bench -p rack-controller --bench edge [-- ROUNDS]` (20 rounds by default: 10,000 edges). The contact is the
//! manual fire button, never pressed for as long as it is debounced: nothing may come of it, and at the end nothing has. The
//! output is the heartbeat, which every tick toggles. Ticks
//! of their own are 200 ms apart: edges come between them, each as long after the one before as a tick may wake early. An edge
//! that finds no tick within a second ends the run.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark states what must hold by panicking and prints its table; it shares the tests' support"
)]

#[allow(unused_imports, reason = "a part of it is enough here")]
#[path = "../support/mod.rs"]
mod support;

use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use embedded_hal::i2c::Operation;
use hil_rig::chip::BusError;
use hil_rig::exec::Board;
use hil_rig::rack::{Act, Input, Listen, Output, Rack, RackConfig};
use hil_rig::server::{Rig, Server};
use rack_controller::config::{commented, raspberry_pi_5};
use support::Core;
use support::core::commissioned;

/// Edges in a round.
const EDGES: usize = 500;
/// Time between ticks of their own.
const PERIOD: Duration = Duration::from_millis(200);
/// From a tick of its own to the first edge after it, and from edge to edge: more than [`rack_controller::core::run::EARLY`].
const APART: Duration = Duration::from_millis(9);
/// No edge comes so near before the next tick of its own: what it finds must be the tick that it woke.
const CLEAR: Duration = Duration::from_millis(40);

/// Hears when the heartbeat toggles.
struct Ear {
    heart: bool,
    beats: Sender<Instant>,
}

impl Listen for Ear {
    fn transfer(&mut self, _: u64, _: usize, _: u8, _: &[Operation<'_>], _: Result<(), BusError>) {}

    fn lines(&mut self, _: u64, _: u64, outputs: u64) {
        let heart = outputs >> Output::Heartbeat as u8 & 1 == 1;
        if heart != self.heart {
            self.heart = heart;
            let _ = self.beats.send(Instant::now());
        }
    }

    fn act(&mut self, _: u64, _: &Act) {}
}

fn button(high: bool) -> Act {
    Act::Line {
        line: Input::FireButton,
        high,
    }
}

/// Presses and releases the button and waits for the heartbeat; us for each.
fn edges(rig: &Rig, beats: &Receiver<Instant>) -> Vec<u64> {
    let mut all = Vec::with_capacity(EDGES);
    while all.len() < EDGES {
        while beats.try_recv().is_ok() {}
        // A tick of its own, after nothing has woken one for some time.
        let own = beats
            .recv_timeout(Duration::from_secs(1))
            .expect("the core ticks");
        let until = own + PERIOD - CLEAR;
        std::thread::sleep(APART);
        let mut high = false;
        while high || Instant::now() < until {
            high = !high;
            let moved = Instant::now();
            rig.with(|rack| rack.act(&button(high)));
            match beats.recv_timeout(Duration::from_secs(1)) {
                Ok(beat) => all.push(beat.saturating_duration_since(moved).as_micros() as u64),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("an edge woke no tick")
                }
            }
            std::thread::sleep(APART);
        }
    }
    all
}

/// Latencies of `cyclictest` in us, at the core's policy and priority; none where it is not installed.
fn cyclictest() -> Vec<u64> {
    let mut command = Command::new("cyclictest");
    command.args([
        "--laptop",
        "--quiet",
        "--mlockall",
        "--threads=1",
        "--interval=9000",
        "--loops=500",
        "--histogram=20000",
    ]);
    if rustix::process::geteuid().is_root() {
        command.args(["--policy=fifo", "--priority=40"]);
    }
    let Ok(output) = command.output() else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    let rows = rows.filter_map(|line| {
        let mut words = line.split_whitespace();
        let (us, count) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(std::iter::repeat_n(us, count))
    });
    rows.flatten().collect()
}

fn row(name: &str, all: &mut [u64]) {
    if all.is_empty() {
        println!("| {name} | not measured | | | |");
        return;
    }
    all.sort_unstable();
    let share = |share: f64| all[((all.len() as f64 * share) as usize).min(all.len() - 1)];
    let (p50, p99, p999, worst) = (share(0.5), share(0.99), share(0.999), share(1.0));
    println!("| {name} | {p50} | {p99} | {p999} | {worst} | {} |", all.len());
}

fn main() {
    let mut words = std::env::args().skip(1);
    let rounds: usize = words.find_map(|word| word.parse().ok()).unwrap_or(20);
    let directory = tempfile::tempdir().expect("a directory");
    let mut config = raspberry_pi_5();
    config.core.tick_ms = PERIOD.as_millis() as u64;
    config.core.watchdog = None;
    let file = directory.path().join("rack.toml");
    std::fs::write(&file, commented(&config)).expect("a file");
    let data = commissioned(directory.path());
    let socket = directory.path().join("rig.sock");
    let server = Server::bind(Rack::new(RackConfig::default()), &socket, 1.0).expect("a socket");
    let rig = server.rig();
    let served = std::thread::spawn(move || server.run());
    let board = Board::new(rig.clone()).expect("a board");
    let (told, beats) = channel();
    let ear = Ear {
        heart: false,
        beats: told,
    };
    rig.with(|rack| rack.listen(Arc::new(Mutex::new(ear))));
    let mut core = board.spawn(Core::command(&file, &data)).expect("the core starts");
    // Its devices are prepared, its front listens.
    let began = Instant::now();
    let mut seen = 0;
    while seen < 50 {
        assert!(began.elapsed() < Duration::from_secs(60), "the core ticks");
        seen += usize::from(beats.recv_timeout(Duration::from_secs(1)).is_ok());
    }
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.extend(edges(&rig, &beats));
        theirs.extend(cyclictest());
    }
    let fire = rig.with(|rack| rack.report().outputs >> Output::Fire as u8 & 1);
    assert_eq!(fire, 0, "a button that was never held has raised nothing");
    println!("| what | median us | p99 us | p99.9 us | worst us | of |\n|---|---|---|---|---|---|");
    row("edge to output through the core, under exec", &mut ours);
    row("cyclictest, SCHED_FIFO 40", &mut theirs);
    let pid = i32::try_from(core.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(pid.expect("a process"), rustix::process::Signal::TERM).expect("it hears");
    core.wait().expect("it ends");
    rig.stop();
    served.join().expect("it ends").expect("its socket is removed");
}
