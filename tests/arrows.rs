//! The architecture's arrows and absences, read from what cargo builds and from the text of the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::ROOT;

/// Longest file; what is longer wants to be two.
const LINES_MAX: usize = 600;

/// Each crate with the crates of this workspace it may use, for building and for its tests.
const ARROWS: [(&str, &[&str]); 7] = [
    ("points", &[]),
    ("sensors", &["points"]),
    ("safety", &["points"]),
    ("web", &["points"]),
    ("hil-rig", &["points"]),
    ("rack-agent", &[]),
    (
        "rack-controller",
        &["hil-rig", "points", "rack-agent", "safety", "sensors", "web"],
    ),
];

#[test]
fn crates_depend_on_each_other_as_drawn_and_no_other_way() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(ROOT)
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeSet<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut found = BTreeMap::new();
    for package in packages {
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        let ours: BTreeSet<&str> = dependencies
            .filter_map(|d| d["name"].as_str())
            .filter(|name| names.contains(name))
            .collect();
        found.insert(package["name"].as_str().expect("a name"), ours);
    }
    let drawn: BTreeMap<&str, BTreeSet<&str>> = ARROWS
        .iter()
        .map(|(name, to)| (*name, to.iter().copied().collect()))
        .collect();
    for (name, to) in &drawn {
        let more: Vec<_> = found
            .get(name)
            .into_iter()
            .flatten()
            .filter(|other| !to.contains(*other))
            .collect();
        assert!(more.is_empty(), "{name} must not depend on {more:?}");
    }
    assert_eq!(found, drawn, "an arrow or a crate that is not drawn");
}

/// The folders and files in which nothing reads a clock, a file, a socket or the environment.
const PURE: [&str; 8] = [
    "points/src",
    "safety/src",
    "sensors/src",
    "rack-controller/src/tick.rs",
    "rack-controller/src/judge",
    "rack-controller/src/control",
    "rack-controller/src/commissioning",
    "rack-controller/src/selftest",
];

#[test]
fn the_pure_rooms_read_no_clock_file_socket_or_environment() {
    let mut files: Vec<PathBuf> = PURE
        .iter()
        .flat_map(|room| sources(&Path::new(ROOT).join(room)))
        .collect();
    files.extend(sources(&Path::new(ROOT).join("rack-controller/src/judge.rs")));
    assert!(files.len() > 40, "the rooms are where they were: {}", files.len());
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !is_test(file)) {
        let text = std::fs::read_to_string(file).expect("a source");
        // Tests stand at a file's end and may read what they like.
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            if WORLD.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "time and the world are arguments here:\n{}",
        found.join("\n")
    );
}

/// What opens the world: paths, and names that are imported from them.
const WORLD: [&str; 11] = [
    "std::time::Instant",
    "std::time::SystemTime",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "Instant::now",
    "SystemTime::now",
    "env!(\"CARGO_MANIFEST",
    "rustix::",
];

#[test]
fn no_source_is_longer_than_a_reader_bears() {
    let long: Vec<String> = sources(Path::new(ROOT))
        .into_iter()
        .filter_map(|file| {
            let lines = std::fs::read_to_string(&file).expect("a source").lines().count();
            (lines > LINES_MAX).then(|| format!("{}: {lines} lines", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "split these: {long:?}");
}

/// The files in which `unsafe` may stand, each of which says why: the kernel's supervision of system calls.
const UNSAFE: [&str; 1] = ["hil-rig/src/exec/sys.rs"];

#[test]
fn unsafe_stands_where_it_is_listed_and_nowhere_else() {
    let expecting: Vec<String> = sources(Path::new(ROOT))
        .into_iter()
        .filter(|file| {
            let text = std::fs::read_to_string(file).expect("a source");
            let text: String = text.split_whitespace().collect();
            ["allow", "expect"]
                .iter()
                .any(|word| text.contains(&format!("{word}(unsafe_code")))
        })
        .map(|file| file.strip_prefix(ROOT).unwrap_or(&file).display().to_string())
        .collect();
    assert_eq!(expecting, UNSAFE, "list it here, and say there why");
}

/// A file that holds nothing but tests, by its name or folder.
fn is_test(file: &Path) -> bool {
    let stem = |path: &Path| {
        path.file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_owned()
    };
    let mut folders = file
        .ancestors()
        .skip(1)
        .take_while(|folder| stem(folder) != "src");
    stem(file).ends_with("tests") || folders.any(|folder| stem(folder) == "tests")
}

/// Every Rust source below a place, or the place itself; not what cargo or a package manager made.
fn sources(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(place).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let made = name == "target" || name == "node_modules" || name.to_string_lossy().starts_with('.');
        if path.is_dir() && !path.is_symlink() && !made {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    found
}
