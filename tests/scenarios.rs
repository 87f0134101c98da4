//! The library of scenarios in process, in virtual time: every one is good, and what they cover never shrinks.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use hil_rig::rack::{Act, LoopLevel, Side};
use hil_rig::scenario::{Scenario, Stand, play};
use points::interlock::Effect;
use points::{Snapshot, Span};
use rack_controller::scenario::claim;
use rack_controller::scenario::coverage::Coverage;
use rack_controller::scenario::runner::{self, Outcome, Over};
use rack_controller::scenario::stand::InlineStand;
use rack_controller::scenario::{library, words};

/// Workers; the other tests mostly wait.
const WORKERS: usize = 2;

/// The whole library, run once for every test that asks.
fn ran() -> &'static [Outcome] {
    static RAN: OnceLock<Vec<Outcome>> = OnceLock::new();
    RAN.get_or_init(|| {
        let scenarios = library::all().unwrap_or_else(|error| panic!("{error}"));
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while let Some(scenario) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
                let outcome = runner::run(scenario.clone(), None, Over::Process);
                done.push(outcome.unwrap_or_else(|error| panic!("{}: {error}", scenario.name)));
            }
            done
        };
        let mut all: Vec<Outcome> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
            let done = workers
                .into_iter()
                .map(|worker| worker.join().expect("no scenario panics"));
            done.flatten().collect()
        });
        all.sort_by(|a, b| a.scenario.name.cmp(&b.scenario.name));
        all
    })
}

fn docs(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(name)
}

#[test]
fn every_scenario_of_the_library_is_good() {
    let mut failed = String::new();
    for outcome in ran() {
        let name = &outcome.scenario.name;
        match (&outcome.played, &outcome.skipped) {
            (Some(played), _) => {
                println!(
                    "{name}: {} verdicts in {:.2} s",
                    played.verdicts.len(),
                    outcome.wall_s
                );
                for one in played.verdicts.iter().filter(|one| !one.good) {
                    let _ = writeln!(
                        failed,
                        "{name}:{} at {:.1} s: {}; found {}",
                        one.line, one.at_s, one.text, one.found
                    );
                }
            }
            (None, why) => println!("{name}: skipped, {}", why.as_deref().unwrap_or("no reason")),
        }
        assert!(outcome.good() || !failed.is_empty(), "{name} judged nothing");
    }
    assert!(
        ran().len() >= 100,
        "a library of {} scenarios shows little",
        ran().len()
    );
    assert!(failed.is_empty(), "\n{failed}");
}

#[test]
fn names_and_titles_of_scenarios_are_unique() {
    for of in [
        |outcome: &Outcome| outcome.scenario.name.clone(),
        |outcome: &Outcome| outcome.scenario.title.clone(),
    ] {
        let mut all: Vec<String> = ran().iter().map(of).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}

/// The count may only grow: a cell once covered stays covered, and a new one is written down.
#[test]
fn what_the_library_covers_never_shrinks() {
    let cells = Coverage::of(ran()).cells();
    let golden = std::fs::read_to_string(docs("coverage-v0.txt")).expect("docs/coverage-v0.txt");
    let golden: Vec<&str> = golden.lines().filter(|line| !line.starts_with('#')).collect();
    let lost: Vec<&&str> = golden
        .iter()
        .filter(|cell| !cells.iter().any(|covered| covered == *cell))
        .collect();
    assert!(lost.is_empty(), "no scenario covers any more: {lost:?}");
    let new: Vec<&String> = cells
        .iter()
        .filter(|cell| !golden.contains(&cell.as_str()))
        .collect();
    assert!(new.is_empty(), "append to docs/coverage-v0.txt: {new:?}");
}

/// Every cell is covered, or it is said why it is not.
#[test]
fn every_cell_is_covered_or_says_why_not() {
    let coverage = Coverage::of(ran());
    assert!(coverage.open().is_empty(), "{:?}", coverage.open());
    let idle = coverage.idle_reasons();
    assert!(
        idle.is_empty(),
        "covered by now, so take their reasons out: {idle:?}"
    );
}

/// A cause that never stood, or that stood when nothing of its row was expected, is claimed falsely.
#[test]
fn every_claim_of_the_library_is_shown_by_its_run() {
    let unshown = Coverage::of(ran()).unshown();
    assert!(unshown.is_empty(), "{}", unshown.join("\n"));
}

#[test]
fn the_printed_coverage_is_fresh() {
    let printed = std::fs::read_to_string(docs("coverage.md")).expect("docs/coverage.md");
    assert!(
        printed == Coverage::of(ran()).markdown(),
        "run `hil-rig coverage > docs/coverage.md`"
    );
}

#[test]
fn the_printed_words_are_fresh() {
    let printed = std::fs::read_to_string(docs("scenario-words.md")).expect("docs/scenario-words.md");
    assert!(
        printed == words::markdown(),
        "run `hil-rig words --markdown > docs/scenario-words.md`"
    );
}

/// Texts of the manual's examples, in order.
fn examples(manual: &str) -> Vec<String> {
    let blocks = manual.split("\n```scn\n").skip(1);
    let texts = blocks.map(|block| block.split("\n```").next().unwrap_or_default());
    texts.map(str::to_owned).collect()
}

/// One that begins with a title is whole and has to be good; of the others each line has to be one.
#[test]
fn the_examples_of_the_manual_are_scenarios_and_the_whole_ones_are_good() {
    let manual = std::fs::read_to_string(docs("scenarios.md")).expect("docs/scenarios.md");
    let (mut whole, mut parts) = (0, 0);
    for example in examples(&manual) {
        if !example.starts_with("title ") {
            let text = format!("title part\n{example}\nexpect truth time > 0 s");
            let read = Scenario::parse("part", &text);
            assert!(read.is_ok(), "{example}\n{}", read.expect_err("a mistake"));
            parts += 1;
            continue;
        }
        let scenario = Scenario::parse("example", &example).unwrap_or_else(|problems| panic!("{problems}"));
        claim::check(&scenario).unwrap_or_else(|problems| panic!("{problems}"));
        let outcome = runner::run(scenario, None, Over::Process).expect("a run");
        assert!(outcome.good(), "{}", runner::text(&outcome));
        whole += 1;
    }
    assert!(whole >= 1 && parts >= 6, "{whole} whole, {parts} parts");
}

/// What begins a line is explained, as are the files that the manual leans on.
#[test]
fn the_manual_explains_every_word_that_begins_a_line() {
    let manual = std::fs::read_to_string(docs("scenarios.md")).expect("docs/scenarios.md");
    for word in hil_rig::scenario::HEADER.iter().chain(hil_rig::scenario::VERBS) {
        let shown = [format!("`{word}`"), format!("`{word} "), format!("\n{word} ")];
        assert!(shown.iter().any(|shown| manual.contains(shown)), "{word}");
    }
}

/// A number with its unit as the manual writes it; times in s.
fn number(cell: &str) -> f64 {
    let (number, unit) = cell.trim().split_once(' ').expect("a number and a unit");
    let factor = match unit {
        "min" => 60.0,
        "s" | "°C" | "K" | "W" => 1.0,
        other => panic!("{other}"),
    };
    factor * number.parse::<f64>().expect("a number")
}

#[test]
fn limits_and_times_of_the_manual_are_those_of_the_tables() {
    let manual = std::fs::read_to_string(docs("scenarios.md")).expect("docs/scenarios.md");
    let section = manual
        .split("\n## Limits and times\n")
        .nth(1)
        .expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let frozen = |limits: sensors::plausible::Limits| limits.stuck.expect("it has one").as_s();
    let fixed = [
        ("evidence of fire counts on", safety::EVIDENCE_HOLD.as_s()),
        ("heat is evidence of fire", safety::FIRE_TEMPERATURE),
        (
            "unexplained heat is evidence of fire",
            sensors::estimate::heat::LIMIT_W,
        ),
        ("blower proven", safety::PROVEN_TIME.as_s()),
        ("key counts as freshly turned", safety::KEY_FRESH.as_s()),
        (
            "an air probe that stands still is found out",
            frozen(sensors::plausible::AIR),
        ),
        (
            "damage limit: hosts' power cut",
            safety::DelayId::HardCut
                .span(&points::setting::Settings::default())
                .as_s(),
        ),
    ];
    let (mut set, mut said) = (0, 0);
    for row in section.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (what, value, by) = (cells[1], number(cells[2]), cells[3]);
        let wanted = if by == "fixed" {
            said += 1;
            fixed.iter().find(|(name, _)| *name == what).expect(what).1
        } else {
            set += 1;
            let mut rows = points::setting::ROWS.iter();
            rows.find(|row| by == format!("`{}`", row.name))
                .expect(by)
                .default
        };
        assert!((value - wanted).abs() < 1e-9, "{row}: it is {wanted}");
    }
    assert_eq!((set, said), (14, fixed.len()));
    for said in [
        format!("stands for {} s at least", safety::HIGH_AT_LEAST.as_s()),
        format!("the difference, after {} s", safety::DISAGREEMENT_TIME.as_s()),
        format!("no more: {} s after", safety::EVIDENCE_HOLD.as_s()),
        format!(
            "a pressure sensor after {} s",
            frozen(sensors::plausible::PRESSURE_125)
        ),
    ] {
        assert!(section.contains(&said), "{said}");
    }
}

/// Every change and every bit of the last picture.
fn seeded(
    seed: u64,
) -> (
    Vec<(points::Moment, rack_controller::transition::Change)>,
    Snapshot,
) {
    let scenario = library::find("start").expect("`start`");
    let mut stand = InlineStand::new(&scenario, seed).expect("a stand");
    assert!(play(&scenario, &mut stand, &mut |_, _| true).good());
    (stand.history().to_vec(), stand.picture().clone())
}

#[test]
fn a_seed_decides_everything() {
    let (first, second, other) = (seeded(7), seeded(7), seeded(8));
    assert!(!first.0.is_empty(), "something happens in it");
    assert_eq!(first.0, second.0);
    assert_eq!(first.1, second.1, "to the last bit of every point");
    assert_ne!(first.1, other.1, "and another seed is another rack");
}

/// Two racks that differ in one smoke detector alone, side by side: not one command of the fan differs, at any load
/// and tick. It ends before the hosts are shut down for want of an answer: from then on the two racks differ in heat.
#[test]
fn one_smoke_detector_changes_no_fan_command() {
    for (load, tick) in [("5 kW", "20 ms"), ("5 kW", "200 ms"), ("12 kW", "100 ms")] {
        let text = format!("title x\nrack load {load}\ntick {tick}\nexpect normal");
        let scenario = Scenario::parse("x", &text).expect("a scenario");
        let make = || InlineStand::new(&scenario, 1).expect("a stand");
        let (mut smoke, mut quiet) = (make(), make());
        let settled = smoke.now() + Span::s(300);
        let end = settled + Span::s(590);
        let mut alarmed = false;
        while smoke.now() < end {
            if !alarmed && smoke.now() >= settled {
                let act = Act::Smoke {
                    channel: Side::Left,
                    level: LoopLevel::Alarm,
                };
                smoke.act(&act).expect("the rack acts");
                alarmed = true;
            }
            smoke.step(end).expect("a step");
            quiet.step(end).expect("a step");
            assert_eq!(
                smoke.picture().fan,
                quiet.picture().fan,
                "{load}, {tick}, at {:?}",
                smoke.now()
            );
        }
        let (with, without) = (smoke.picture().effects, quiet.picture().effects);
        assert!(
            with.has(Effect::PreAlarm) && with.has(Effect::HostPrepare),
            "{load}, {tick}: it was seen"
        );
        assert!(!without.has(Effect::PreAlarm));
    }
}
