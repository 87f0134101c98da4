//! Hours of a rack that is looked at by everybody at once: page listeners, scrapers, queries, a BMS, hosts. What core
//! and front hold in memory after the first half hour is what they hold at the end.
//!
//! `cargo bench -p rack-controller --bench soak [-- HOURS]` (plant time, at speed 10; 4 by default, so 24 minutes).
//! Every answer is checked. The run ends badly when the median resident memory of the last half hour is above that of
//! the second by more than [`GROWTH`], or a tick was more than 100 ms late.

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

#[path = "../support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hil_rig::rack::Act;
use support::core::{commissioned, number};
use support::http;
use support::{Core, Rig, configuration};

const SPEED: f64 = 10.0;
/// Half an hour of plant time.
const HALF_HOUR: Duration = Duration::from_secs(180);
/// Between two looks at the memory.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How much more may be resident at the end than in the second half hour: a share, and what pages of a database's
/// cache come and go by.
const GROWTH: (f64, u64) = (0.03, 1024);
/// Listeners to events.
const LISTENERS: usize = 8;

/// When it was, and what core and front held in KiB.
type Look = (Duration, u64, u64);
/// One of the two.
type Figure = fn(&Look) -> u64;

/// Resident memory of a process in KiB.
fn resident(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("a size");
    line.split_whitespace()
        .next()
        .and_then(|size| size.parse().ok())
        .expect("KiB")
}

fn median(mut sizes: Vec<u64>) -> u64 {
    sizes.sort_unstable();
    sizes[sizes.len() / 2]
}

/// Listens to events until it is over; counts bytes.
fn listen(web: SocketAddr, over: &AtomicBool, bytes: &AtomicU64) {
    let mut stream = TcpStream::connect(web).expect("the front listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("a socket");
    write!(stream, "GET /api/v1/events HTTP/1.1\r\nHost: {web}\r\n\r\n").expect("it is asked");
    let mut buffer = vec![0; 64 * 1024];
    while !over.load(Ordering::Relaxed) {
        let read = stream.read(&mut buffer).expect("events come");
        assert!(read > 0, "the stream does not end");
        bytes.fetch_add(u64::try_from(read).expect("few"), Ordering::Relaxed);
    }
}

/// Asks for everything else, once a round.
fn ask(core: &Core, over: &AtomicBool, rounds: &AtomicU64) {
    while !over.load(Ordering::Relaxed) {
        for path in [
            "/",
            "/metrics",
            "/api/v1/snapshot",
            "/api/v1/history?points=rack.exhaust.temperature,blower.a.speed&count=1000",
            "/api/v1/journal",
        ] {
            let answer = http::get(core.web, path).expect("it answers");
            assert_eq!(answer.status, 200, "{path}: {:.200}", answer.body);
        }
        let mut modbus = TcpStream::connect(core.modbus).expect("the server listens");
        modbus
            .write_all(&[0, 7, 0, 0, 0, 6, 1, 4, 0, 100, 0, 100])
            .expect("it is asked");
        let mut block = [0; 9 + 200];
        modbus.read_exact(&mut block).expect("a block");
        assert_eq!(block[7..9], [4, 200]);
        let mut nut = TcpStream::connect(core.nut).expect("the server listens");
        nut.write_all(b"GET VAR rack ups.status\nLOGOUT\n")
            .expect("it is asked");
        let mut said = String::new();
        nut.read_to_string(&mut said).expect("an answer");
        // Nothing in this life is a reason to shut hosts down; what the core took for one is in its words.
        let journal = core.process.err();
        let last = &journal[journal.len().saturating_sub(40)..];
        assert!(
            said.starts_with("VAR rack ups.status \"OL\""),
            "{said}{}",
            last.join("\n")
        );
        rounds.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Somebody opens the door now and then, so that there is something to tell.
fn live(rig: &Rig, over: &AtomicBool) {
    let mut open = false;
    while !over.load(Ordering::Relaxed) {
        open = !open;
        rig.act(Act::Door { open });
        for _ in 0..60 {
            if over.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

fn main() {
    let hours: f64 = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(4.0);
    let long = Duration::from_secs_f64(hours * 3600.0 / SPEED);
    assert!(long >= 3 * HALF_HOUR, "at least an hour and a half");
    let directory = support::directory();
    let rig = Rig::start(directory.path(), SPEED, 5000.0);
    let core = Core::start(
        &configuration(directory.path(), |_| {}),
        &commissioned(directory.path()),
        &rig,
    );
    core.served(20.0);
    let front = core.front().expect("a front");
    let (over, bytes, rounds) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let began = Instant::now();
    let mut seen: Vec<Look> = Vec::new();
    std::thread::scope(|scope| {
        for _ in 0..LISTENERS {
            scope.spawn(|| listen(core.web, &over, &bytes));
        }
        scope.spawn(|| ask(&core, &over, &rounds));
        scope.spawn(|| live(&rig, &over));
        while began.elapsed() < long {
            std::thread::sleep(LOOK_EVERY);
            seen.push((began.elapsed(), resident(core.process.pid()), resident(front.pid)));
        }
        over.store(true, Ordering::Relaxed);
    });
    let picture = core.served(20.0);
    assert_eq!(core.front(), Some(front), "one front served all the time");
    println!(
        "{hours} h of plant time at speed {SPEED}: {} rounds of questions, {:.1} MB of events, {} late ticks",
        rounds.load(Ordering::Relaxed),
        bytes.load(Ordering::Relaxed) as f64 / 1e6,
        number(&picture, "controller.tick.late").unwrap_or(f64::NAN),
    );
    println!("| half hour | core KiB | front KiB |\n|---|---|---|");
    let halves = long.as_secs() / HALF_HOUR.as_secs();
    let of = |half: u64, which: Figure| {
        let within = seen
            .iter()
            .filter(|one| one.0.as_secs() / HALF_HOUR.as_secs() == half);
        median(within.map(which).collect())
    };
    for half in 0..halves {
        println!(
            "| {} | {} | {} |",
            half + 1,
            of(half, |one| one.1),
            of(half, |one| one.2)
        );
    }
    let processes: [(&str, Figure); 2] = [("core", |one| one.1), ("front", |one| one.2)];
    for (name, which) in processes {
        let (early, late) = (of(1, which), of(halves - 1, which));
        let most = (early as f64 * (1.0 + GROWTH.0)) as u64 + GROWTH.1;
        assert!(late <= most, "{name} has grown from {early} to {late} KiB");
    }
}
