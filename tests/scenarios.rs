//! Every built-in scenario in process, in virtual time; and one of them twice, to show that a seed decides all.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use rack_controller::scenario;

use super::support::process::timed;

/// Workers; the other tests mostly wait.
const WORKERS: usize = 2;

#[test]
fn every_scenario_of_the_library_is_good() {
    let library = scenario::all();
    assert!(!library.is_empty(), "a library without scenarios shows nothing");
    let next = AtomicUsize::new(0);
    let work = || {
        let mut told = String::new();
        while let Some((name, about, run)) = library.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (run, took) = timed(|| run(1));
            let checks = run.checks();
            println!("{name}: {} checks in {:.2} s", checks.len(), took.as_secs_f64());
            if checks.is_empty() {
                let _ = writeln!(told, "{name} ({about}) checks nothing");
            }
            for check in checks.iter().filter(|check| !check.good) {
                let _ = writeln!(told, "{name} ({about}) at {:.1} s: {}", check.at_s, check.text);
            }
        }
        told
    };
    let failed: String = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no scenario panics"))
            .collect()
    });
    assert!(failed.is_empty(), "\n{failed}");
}

#[test]
fn names_of_scenarios_are_unique() {
    let mut names: Vec<&str> = scenario::all().iter().map(|(name, _, _)| *name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn a_seed_decides_everything() {
    let (_, _, start) = scenario::all()
        .into_iter()
        .find(|(name, _, _)| *name == "start")
        .expect("`start`");
    let (first, second, other) = (start(7), start(7), start(8));
    assert!(!first.history().is_empty(), "something happens in it");
    assert_eq!(first.history(), second.history());
    assert_eq!(
        first.picture(),
        second.picture(),
        "to the last bit of every point"
    );
    assert_ne!(
        first.picture(),
        other.picture(),
        "and another seed is another rack"
    );
}
