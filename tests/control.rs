//! The control benchmark as a test engineer runs it: least blower energy at equal safety, ours beside its peers.

use std::process::Command;

use serde_json::Value;

/// Energy over the least possible one that ours may take at most, as a geometric mean over the courses.
const SCORE: f64 = 1.10;
/// Full strokes of the drive that it may take in an hour at most, on every course.
const STROKES: f64 = 5.0;
/// Courses of the benchmark.
const COURSES: usize = 6;

fn number(value: &Value, key: &str) -> f64 {
    value[key]
        .as_f64()
        .unwrap_or_else(|| panic!("no {key} in {value}"))
}

fn bench(asked: &[&str]) -> Value {
    let run = Command::new(env!("CARGO_BIN_EXE_hil-rig"))
        .arg("bench")
        .args(asked)
        .arg("--json")
        .output()
        .expect("the rig runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).expect("JSON")
}

/// Six racks here, a hundred in `tests/run --long`.
#[test]
fn a_rack_that_nobody_knows_is_commissioned_and_kept_wherever_full_speed_keeps_it() {
    let told = bench(&["--racks", "6"]);
    assert!(number(&told, "offset_k") <= 0.6, "{told}");
    assert!(number(&told, "kept") >= number(&told, "courses"), "{told}");
    assert!(
        number(&told, "courses") >= 30.0 && number(&told, "refused") < 1.0,
        "{told}"
    );
    assert!(number(&told, "median") <= 1.15, "{told}");
}

/// One seed here; the figures of the manual are of five, and differ in the fourth digit.
#[test]
fn ours_keeps_every_course_with_least_energy_and_calmly() {
    let page = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench.html");
    let told = bench(&["--seeds", "1", "--html", page.to_str().expect("a path")]);
    let all = told.as_array().expect("a list of controllers");
    assert_eq!(all.len(), 6, "ours, four families and full speed");
    let (ours, peers): (Vec<&Value>, Vec<&Value>) = all.iter().partition(|entry| entry["ours"] == true);
    let ours = ours.first().expect("ours is among them");
    assert!(number(ours, "score") <= SCORE, "{ours}");
    for entry in all {
        assert_eq!(entry["admissible"], true, "{entry}");
        let courses = entry["scenarios"].as_object().expect("courses");
        assert_eq!(courses.len(), COURSES);
        // Nobody is better than the least possible energy: else that is none.
        assert!(
            courses.values().all(|course| number(course, "ratio") > 1.0),
            "{entry}"
        );
    }
    let courses = ours["scenarios"].as_object().expect("courses");
    for (name, course) in courses {
        for seed in course["seeds"].as_array().expect("seeds") {
            assert!(number(seed, "strokes_per_hour") <= STROKES, "{name}: {seed}");
            assert!(number(seed, "interventions") < 1.0, "{name}: {seed}");
        }
    }
    // The page draws everybody on every course.
    let drawn = std::fs::read_to_string(&page).expect("it was written");
    for name in all.iter().filter_map(|entry| entry["name"].as_str()) {
        assert_eq!(drawn.matches(&format!("<h3>{name}: ")).count(), COURSES, "{name}");
    }
    for peer in peers {
        assert!(number(peer, "score") > number(ours, "score"), "{peer}");
    }
}
