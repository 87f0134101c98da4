//! Every safety sentence, every hazard and every invariant has something that carries it, and that something exists.
//!
//! What carries is a scenario of the library, a test by its name or file, a sentence of the proof, or a constant assertion.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use points::hazard::HAZARDS;
use points::interlock::{EFFECTS, OUTPUTS};

/// Hazards that the product does not answer, or only in part. One that is closed leaves the list, and none joins it unseen.
const OPEN_HAZARDS: [&str; 14] = [
    "H02", "H04", "H05", "H07", "H10", "H21", "H22", "H30", "H32", "H33", "H35", "H36", "H42", "H43",
];
/// Invariants likewise.
const OPEN_INVARIANTS: [&str; 3] = ["I16", "I19", "I22"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn docs(name: &str) -> String {
    std::fs::read_to_string(root().join("docs").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            all.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

/// All of our code.
fn code() -> &'static str {
    static CODE: OnceLock<String> = OnceLock::new();
    CODE.get_or_init(|| {
        let mut code = String::new();
        for room in [
            "points",
            "rack-agent",
            "sensors",
            "safety",
            "rack-controller",
            "hil-rig",
            "web",
            "tests",
        ] {
            sources(&root().join(room), &mut code);
        }
        code
    })
}

/// Whether there is a carrier of this kind and name.
fn exists(kind: &str, name: &str) -> bool {
    match kind {
        "scenario" => {
            let scenarios = rack_controller::scenario::library::texts();
            scenarios.iter().any(|(known, _)| known == name)
        }
        "test" if name.contains('/') => root().join(name).exists(),
        "test" => code().contains(&format!("fn {name}(")),
        "sentence" => docs("proof.md").lines().any(|line| line == name),
        "const" => {
            let file = std::fs::read_to_string(root().join(name)).unwrap_or_default();
            file.contains("const _: ()") || file.contains("const { assert!")
        }
        _ => false,
    }
}

/// What carries a row: `scenario `a`, `b`; test `c``.
fn carriers(number: &str, cell: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for group in cell.split("; ").filter(|group| !group.is_empty()) {
        let kind = group.split_whitespace().next().unwrap_or_default();
        let names: Vec<&str> = group.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{number} names nothing in `{group}`");
        for name in names {
            assert!(
                exists(kind, name),
                "{number} is carried by {kind} `{name}`, which does not exist"
            );
            all.push((kind.to_owned(), name.to_owned()));
        }
    }
    all
}

/// Cells of the rows whose number begins with this letter.
fn rows<'a>(text: &'a str, letter: char) -> Vec<Vec<&'a str>> {
    let begins = move |line: &&str| {
        let number = line.strip_prefix("| ").and_then(|rest| rest.strip_prefix(letter));
        number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let cells = |line: &'a str| line.split('|').map(str::trim).skip(1).collect();
    text.lines().filter(begins).map(cells).collect()
}

#[test]
fn every_safety_sentence_is_carried() {
    let text = docs("hazards.md");
    let rows = rows(&text, 'S');
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(row[0], format!("S{}", place + 1), "numbers rise without a gap");
        assert_eq!(carriers(row[0], row[2]).len(), 1, "{}", row[0]);
    }
    assert!(rows.len() > 20, "{}", rows.len());
}

/// Which rows of a table say that something is open. Each has carriers, or says what is missing.
fn open(numbers: &[&str], carried: &[&str], missing: &[&str]) -> Vec<String> {
    for ((number, carried), missing) in numbers.iter().zip(carried).zip(missing) {
        let some = !carriers(number, carried).is_empty();
        assert!(
            some || !missing.is_empty(),
            "{number} has neither a carrier nor a word about what is missing"
        );
    }
    let open = numbers
        .iter()
        .zip(missing)
        .filter(|(_, missing)| !missing.is_empty());
    open.map(|(number, _)| (*number).to_owned()).collect()
}

fn column<'a>(rows: &[Vec<&'a str>], place: usize) -> Vec<&'a str> {
    rows.iter().map(|row| row[place]).collect()
}

#[test]
fn every_hazard_is_answered_or_says_what_is_open() {
    let text = docs("hazards-table.md");
    let rows = rows(&text, 'H');
    let named: Vec<(&str, &str)> = rows.iter().map(|row| (row[0], row[1])).collect();
    let known: Vec<(&str, &str)> = HAZARDS.iter().map(|hazard| (hazard.key, hazard.title)).collect();
    assert_eq!(named, known, "each once, in order, by its own title");
    assert!(column(&rows, 2).iter().all(|said| !said.is_empty()));
    let open = open(&column(&rows, 0), &column(&rows, 3), &column(&rows, 4));
    assert_eq!(
        open, OPEN_HAZARDS,
        "an open end was closed, or another one opened"
    );
}

#[test]
fn every_invariant_is_carried_or_says_what_is_open() {
    let text = docs("hazards-table.md");
    let rows = rows(&text, 'I');
    let numbers: Vec<String> = (1..=30).map(|number| format!("I{number:02}")).collect();
    assert_eq!(column(&rows, 0), numbers, "each once, in order");
    let open = open(&column(&rows, 0), &column(&rows, 2), &column(&rows, 3));
    assert_eq!(
        open, OPEN_INVARIANTS,
        "an open end was closed, or another one opened"
    );
}

/// A scenario that the table names for a hazard claims that hazard in the coverage, unless it can claim none: what only
/// processes suffer is counted where they run.
#[test]
fn the_table_and_the_coverage_tell_the_same_of_each_hazard() {
    let text = docs("hazards-table.md");
    let coverage = docs("coverage.md");
    for row in rows(&text, 'H') {
        let shown = rows(&coverage, 'H').into_iter().find(|other| other[0] == row[0]);
        let shown = shown.unwrap_or_else(|| panic!("{} is not in the coverage", row[0]));
        let covering: Vec<&str> = shown[3..]
            .iter()
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect();
        let named: Vec<String> = carriers(row[0], row[3])
            .into_iter()
            .filter(|(kind, _)| kind == "scenario")
            .map(|(_, name)| name)
            .collect();
        if !covering.is_empty() {
            assert!(
                named.iter().any(|name| covering.contains(&name.as_str())),
                "{}: the coverage shows {covering:?}, the table names {named:?}",
                row[0]
            );
        }
    }
}

/// Whoever may do wrong in a shutdown of the hosts, as the table of `docs/hosts.md` calls them. None leaves it unseen.
const WRONGDOERS: [&str; 26] = [
    "a host hangs",
    "a host halts and keeps its power",
    "a management controller says Off and the host runs",
    "a management controller says On and the host is off",
    "a management controller is silent",
    "a host takes three times its stage",
    "a host that was off comes up again",
    "a host loses its power without a word",
    "a client with a wrong password",
    "a client that asks without logging in",
    "a host logged in that nobody has named",
    "a host whose MINSUPPLIES lets it stay",
    "500 connections",
    "half-open connections",
    "garbage",
    "an agent is gone",
    "an outlet does not obey",
    "an outlet switches late",
    "an outlet comes on by itself",
    "a relay is welded and reads as it was told",
    "a PDU is silent",
    "a relay board is silent",
    "a PDU or management controller shows a wrong certificate",
    "the core is killed",
    "the front is killed or stopped",
    "the disk is full",
];

/// Each has its outcome, somebody who says so, and a scenario or a test that shows it.
#[test]
fn whatever_goes_wrong_with_hosts_has_its_outcome_and_is_shown() {
    let text = docs("hosts.md");
    let section = text.split("\n## ").find(|part| part.starts_with("When somebody"));
    let section = section.expect("the section of whoever does not do as told");
    let lines = section.lines().filter(|line| line.starts_with("| "));
    let rows: Vec<Vec<&str>> = lines
        .map(|line| line.split('|').map(str::trim).skip(1).collect())
        .skip(1)
        .collect();
    assert_eq!(column(&rows, 0), WRONGDOERS, "each once, in order");
    for row in &rows {
        assert!(!row[1].is_empty() && !row[2].is_empty(), "{}", row[0]);
        assert!(!carriers(row[0], row[3]).is_empty(), "{}", row[0]);
    }
}

/// I06: the extinguishers are passive. Nothing that can be commanded, latched or asked for has a name for letting one go.
#[test]
fn nothing_named_can_release_an_extinguisher() {
    let effects = EFFECTS.iter().map(|row| row.key.to_lowercase());
    let outputs = OUTPUTS.iter().map(|row| row.key.to_lowercase());
    // What is held back or aborted by these is the hosts' shutdown, before a tier's point of no return.
    let of_hosts = |name: &String| name.ends_with("_hosts");
    let commands = points::command::ROWS.iter().map(|row| row.name.to_lowercase());
    let commands = commands.filter(|name| !of_hosts(name));
    let acts: Vec<String> = effects.chain(outputs).chain(commands).collect();
    assert!(acts.len() > 30, "{acts:?}");
    for word in ["release", "discharge", "extinguish", "abort", "fire_unit"] {
        assert!(acts.iter().all(|act| !act.contains(word)), "{word}: {acts:?}");
    }
}
