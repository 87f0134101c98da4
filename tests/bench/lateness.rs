//! How late ticks of 10 ms begin, beside `cyclictest` (Debian package rt-tests): the same policy, priority and period, in the same
//! seconds on the same machine, alternating in who starts first.
//!
//! `cargo bench -p rack-controller --bench lateness [-- SECONDS [ROUNDS]]` (60 s and 7 rounds by default). A core beside a calm
//! emulated rack records what its ticks see; its lateness is that of the first tick after each deadline, all of them. Both leave the
//! processor its idle states: `cyclictest` forbids them unless it is told `--laptop`, and a controller that never lets the
//! processor rest would pay in watts for microseconds nobody needs. As root both are SCHED_FIFO; otherwise neither is, and the
//! table says so. The run ends badly when a tick is missing.

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

use std::path::Path;
use std::process::{Child, Command, Stdio};

use rack_controller::tape::Reader;
use support::core::commissioned;
use support::{Core, Process, Rig, configuration};

const PERIOD_US: u64 = 10_000;
/// Priority of the core's tick.
const PRIORITY: &str = "40";
/// Ticks at the start that are not counted: caches are cold and devices are prepared.
const FIRST: usize = 500;
/// What a core takes to start while `cyclictest` runs already, s.
const START_S: u64 = 2;
/// Longest latency that `cyclictest` counts singly, us.
const HISTOGRAM_US: &str = "20000";

/// How late, us, sorted.
struct Lateness(Vec<u64>);

impl Lateness {
    fn of(mut all: Vec<u64>) -> Self {
        all.sort_unstable();
        Lateness(all)
    }

    fn share(&self, share: f64) -> u64 {
        let place = (self.0.len() as f64 * share) as usize;
        self.0[place.min(self.0.len() - 1)]
    }

    fn row(&self) -> [u64; 4] {
        [
            self.share(0.5),
            self.share(0.99),
            self.share(0.999),
            self.share(1.0),
        ]
    }
}

/// Ticks of a core for so long.
fn round(directory: &Path, round: usize, seconds: u64) -> (Lateness, Lateness) {
    let folder = directory.join(round.to_string());
    std::fs::create_dir(&folder).expect("a folder");
    let rig = Rig::start(&folder, 1.0, 5_000.0);
    let config = configuration(&folder, |config| config.core.tick_ms = PERIOD_US / 1_000);
    let data = commissioned(&folder);
    let tape = folder.join("tape");
    let mut command = Core::command(&config, &data);
    command.arg("--rig").arg(rig.socket()).arg("--record").arg(&tape);
    // Whoever starts first finds the emptier processor: they take turns.
    let first = round.is_multiple_of(2).then(|| theirs(seconds + START_S));
    let mut core = Process::start("core", &mut command);
    core.ready(30.0);
    let second = first.unwrap_or_else(|| theirs(seconds));
    let theirs = counted(second);
    core.signal(rustix::process::Signal::TERM);
    assert!(core.end(20.0).success(), "the core ends in good order");
    let mut reader = Reader::new(std::fs::File::open(&tape).expect("a tape")).expect("a tape");
    let (mut late, mut before) = (Vec::new(), None);
    while let Some(moment) = reader.next_tick().expect("a whole tape") {
        // Deadlines lie between whole multiples of the period. A second tick after one was woken by an edge, early.
        let since = moment.as_us() + PERIOD_US / 2;
        let deadline = since / PERIOD_US;
        if before.replace(deadline) != Some(deadline) {
            late.push(since % PERIOD_US);
        }
    }
    let kept = late.split_off(FIRST.min(late.len()));
    let expected = (seconds * 1_000_000 / PERIOD_US) as usize;
    assert!(
        kept.len() + FIRST + 200 > expected,
        "{} of {expected} ticks",
        kept.len()
    );
    (Lateness::of(kept), theirs)
}

/// `cyclictest` for so long.
fn theirs(seconds: u64) -> Child {
    let root = rustix::process::geteuid().is_root();
    let mut command = Command::new("cyclictest");
    command.args([
        "--laptop",
        "--quiet",
        "--mlockall",
        "--threads=1",
        "--interval=10000",
        "--histogram",
        HISTOGRAM_US,
    ]);
    command.arg(format!("--duration={seconds}"));
    if root {
        command.args(["--policy=fifo", "--priority", PRIORITY]);
    }
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    piped.expect("cyclictest, of the package rt-tests")
}

/// What it counted.
fn counted(child: Child) -> Lateness {
    let output = child.wait_with_output().expect("it ends");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let mut all = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        if let (Some(Ok(late)), Some(Ok(count))) = (
            words.next().map(str::parse::<u64>),
            words.next().map(str::parse::<usize>),
        ) {
            all.extend(std::iter::repeat_n(late, count));
        }
    }
    Lateness::of(all)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse::<u64>().ok());
    let (seconds, rounds) = (numbers.next().unwrap_or(60), numbers.next().unwrap_or(7));
    let directory = tempfile::tempdir().expect("a directory");
    println!("| round | whose | p50 us | p99 us | p99.9 us | max us |\n|---|---|---|---|---|---|");
    let mut pairs = Vec::new();
    for round in 0..rounds as usize {
        let (ours, theirs) = self::round(directory.path(), round, seconds);
        let (ours, theirs) = (ours.row(), theirs.row());
        for (whose, row) in [("tick", ours), ("cyclictest", theirs)] {
            println!(
                "| {round} | {whose} | {} | {} | {} | {} |",
                row[0], row[1], row[2], row[3]
            );
        }
        pairs.push((ours, theirs));
    }
    let ratio = |place: usize| {
        median(
            pairs
                .iter()
                .map(|(ours, theirs)| ours[place] as f64 / (theirs[place].max(1)) as f64)
                .collect(),
        )
    };
    println!(
        "\nmedian of the rounds' ratios: p50 {:.2}, p99 {:.2}, p99.9 {:.2}, max {:.2}; {}",
        ratio(0),
        ratio(1),
        ratio(2),
        ratio(3),
        if rustix::process::geteuid().is_root() {
            "both SCHED_FIFO"
        } else {
            "neither is real-time"
        }
    );
}
