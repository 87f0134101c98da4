//! What the tick notices of the front's death: lateness at the 99th percentile in the half minute around a kill, a
//! stop and memory exhaustion, over that of the half minute before, in interleaved rounds.
//!
//! `cargo bench -p rack-controller --bench front [-- ROUNDS]`. Every answer is checked: a front that is not back, or a
//! tick more than 100 ms late, ends the run.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark states what must hold by panicking and prints its table; it shares the tests' support"
)]

#[allow(unused_imports, reason = "its test is not built here")]
#[path = "../front_death.rs"]
mod front_death;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use rustix::process::Signal;
use support::core::{Core, commissioned, configuration, number};
use support::process::{Identity, signal};
use support::rig::Rig;

/// The percentile covers this long and is renewed every 6 s.
const WINDOW: Duration = Duration::from_secs(36);

fn p99_us(core: &Core) -> f64 {
    let picture = core.served(20.0);
    assert_eq!(
        number(&picture, "controller.tick.late"),
        Some(0.0),
        "a tick was more than 100 ms late"
    );
    1e6 * number(&picture, "controller.tick.lateness.p99").expect("a percentile")
}

fn one(core: &Core, end: &dyn Fn(&Identity)) -> (f64, f64) {
    std::thread::sleep(WINDOW);
    let before = p99_us(core);
    std::thread::sleep(WINDOW / 2);
    let front = core.front().expect("a front");
    end(&front);
    std::thread::sleep(WINDOW / 2);
    let around = p99_us(core);
    assert!(
        core.front().is_some_and(|next| next != front),
        "another front serves"
    );
    (before, around)
}

/// One way to end a front.
type Way = Box<dyn Fn(&Identity)>;

fn main() {
    let rounds: usize = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(3);
    let directory = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(directory.path(), 1.0, 5_000.0);
    let config = configuration(directory.path(), |_| {});
    let core = Core::start(&config, &commissioned(directory.path()), &rig);
    let web = core.web;
    let ways: [(&str, Way); 3] = [
        ("kill -9", Box::new(|front| signal(front.pid, Signal::KILL))),
        ("SIGSTOP", Box::new(|front| signal(front.pid, Signal::STOP))),
        ("memory", Box::new(move |front| front_death::exhaust(front, web))),
    ];
    println!("| front ends by | round | p99 before, us | p99 around, us | ratio |\n|---|---|---|---|---|");
    let mut ratios = vec![Vec::new(); ways.len()];
    for round in 1..=rounds {
        for ((name, end), ratios) in ways.iter().zip(&mut ratios) {
            let (before, around) = one(&core, end);
            ratios.push(around / before);
            println!(
                "| {name} | {round} | {before:.0} | {around:.0} | {:.2} |",
                around / before
            );
        }
    }
    for ((name, _), ratios) in ways.iter().zip(&mut ratios) {
        ratios.sort_by(f64::total_cmp);
        println!("| {name} | median | | | {:.2} |", ratios[ratios.len() / 2]);
    }
}
