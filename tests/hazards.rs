//! Every safety sentence of docs/hazards.md has something that carries it, and that something exists.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
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

#[test]
fn every_safety_sentence_is_carried() {
    let text = std::fs::read_to_string(root().join("docs/hazards.md")).expect("docs/hazards.md");
    let mut code = String::new();
    for room in [
        "points",
        "sensors",
        "safety",
        "rack-controller",
        "hil-rig",
        "web",
        "tests",
    ] {
        sources(&root().join(room), &mut code);
    }
    let scenarios = rack_controller::scenario::library::texts();
    let mut expected = 1;
    for line in text.lines().filter(|line| line.starts_with("| S")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (number, carrier) = (cells[1], cells[3]);
        assert_eq!(number, format!("S{expected}"), "numbers rise without a gap");
        expected += 1;
        let name = carrier
            .split('`')
            .nth(1)
            .unwrap_or_else(|| panic!("{number} names nothing"));
        let exists = match carrier.split_whitespace().next() {
            Some("scenario") => scenarios.iter().any(|(known, _)| known == name),
            Some("test") if name.contains('/') => root().join(name).exists(),
            Some("test") => code.contains(&format!("fn {name}(")),
            Some("const") => {
                let file = std::fs::read_to_string(root().join(name)).unwrap_or_default();
                file.contains("const _: ()") || file.contains("const { assert!")
            }
            _ => false,
        };
        assert!(exists, "{number} is carried by `{name}`, which does not exist");
    }
    assert!(expected > 20, "{expected}");
}
