//! The command line against configurations as people break them, through real files and exit codes.

use std::path::{Path, PathBuf};

use rack_controller::config::{builtin, commented};

use super::support::process::output;
use super::support::{Core, Process, Rig, core, directory};

/// `EX_CONFIG` of sysexits.h.
const EX_CONFIG: i32 = 78;

/// A broken configuration: what is wrong, its bytes, what stands on the line it names, and words of the answer.
struct Broken {
    what: &'static str,
    bytes: Vec<u8>,
    line: Option<&'static str>,
    says: &'static [&'static str],
}

fn good() -> String {
    commented(&builtin())
}

fn broken(what: &'static str, text: String, line: &'static str, says: &'static [&'static str]) -> Broken {
    Broken {
        what,
        bytes: text.into_bytes(),
        line: Some(line),
        says,
    }
}

fn changed(from: &str, to: &str) -> String {
    let text = good();
    assert!(text.contains(from), "the built-in configuration has `{from}`");
    text.replacen(from, to, 1)
}

fn all() -> Vec<Broken> {
    let whole = |what, bytes, says| Broken {
        what,
        bytes,
        line: None,
        says,
    };
    let mut latin = good().into_bytes();
    let at = latin.windows(6).position(|w| w == b"rack-1").expect("the name");
    latin[at] = 0xE4;
    let half = good().find("[contact]").expect("contacts");
    vec![
        broken("empty", String::new(), "", &["missing field `rack`"]),
        broken(
            "cut in the middle of a table",
            good()[..half].to_owned(),
            "",
            &["missing field `contact`"],
        ),
        broken(
            "cut in the middle of a string",
            good()[..at + 3].to_owned(),
            "name = \"rac",
            &["string"],
        ),
        broken(
            "unknown key",
            changed("[rack]\n", "[rack]\nnmae = \"x\"\n"),
            "nmae = \"x\"",
            &["did you mean `name`"],
        ),
        broken(
            "misspelt table",
            changed("[fan_contact]", "[fan_contcat]"),
            "[fan_contcat]",
            &["did you mean `fan_contact`"],
        ),
        broken(
            "unit in the number",
            changed("rated_power_w = 12000.0", "rated_power_w = \"12 kW\""),
            "rated_power_w = \"12 kW\"",
            &["invalid type", "12 kW", "expected f64"],
        ),
        broken(
            "kilowatts for watts",
            changed("rated_power_w = 12000.0", "rated_power_w = 12.0"),
            "rated_power_w = 12.0",
            &["12 W; set 100 to 60000"],
        ),
        broken(
            "seconds for milliseconds",
            changed("tick_ms = 20", "tick_ms = 2"),
            "tick_ms = 2",
            &["a tick of 2 ms; set 10 to 200"],
        ),
        broken(
            "not a number",
            changed("rated_power_w = 12000.0", "rated_power_w = nan"),
            "rated_power_w = nan",
            &["NaN W; set 100 to 60000"],
        ),
        broken(
            "a setting that is not a number",
            format!("{}\n[setting]\n\"safety.exhaust_trip\" = nan\n", good()),
            "\"safety.exhaust_trip\" = nan",
            &["not a finite number"],
        ),
        broken(
            "a setting outside its span",
            format!("{}\n[setting]\n\"safety.exhaust_trip\" = 90.0\n", good()),
            "\"safety.exhaust_trip\" = 90.0",
            &["outside 52.5 to 57"],
        ),
        broken(
            "two chips at one address",
            changed("channel = 2\naddress = 0x48", "channel = 2\naddress = 0x45"),
            "address = 0x45",
            &["`inlet-left` and `extinguisher-left` answer at the same address 0x45"],
        ),
        broken(
            "an emulated rack that does not say so",
            changed("simulated = true", "simulated = false"),
            "pins = \"rig://pins\"",
            &["it is taken only where `simulated = true` stands in this file"],
        ),
        broken(
            "NUL",
            changed("rack-1", "rack\0-1"),
            "name = \"rack\0-1\"",
            &["NUL byte", "plain UTF-8"],
        ),
        whole("not UTF-8", latin, &["is not UTF-8"]),
        whole(
            "2 MB",
            [good().into_bytes(), vec![b'#'; 2 << 20]].concat(),
            &["more than the 1048576"],
        ),
    ]
}

#[test]
fn check_names_line_column_and_fix_of_every_broken_file() {
    let directory = directory();
    for Broken {
        what,
        bytes,
        line,
        says,
    } in all()
    {
        let file = directory.path().join("broken.toml");
        std::fs::write(&file, &bytes).expect("a file");
        let path = file.to_str().expect("UTF-8");
        let checked = output(&["check", path]);
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert_eq!(checked.status.code(), Some(EX_CONFIG), "{what}: {said}");
        assert!(
            checked.stdout.is_empty() && !said.contains("panicked"),
            "{what}: {said}"
        );
        for words in says {
            assert!(said.contains(words), "{what}: no `{words}` in: {said}");
        }
        let json = output(&["check", path, "--json"]);
        assert_eq!(json.status.code(), Some(EX_CONFIG), "{what}: --json");
        let object: serde_json::Value =
            serde_json::from_slice(&json.stdout).expect("JSON on standard output");
        let problem = &object["problems"][0];
        let Some(line) = line else { continue };
        // What stands at the place that both forms name is what is wrong.
        let (row, column) = (problem["line"].as_u64(), problem["column"].as_u64());
        let (row, column) = row
            .zip(column)
            .unwrap_or_else(|| panic!("{what}: no place in {problem}"));
        assert!(
            said.contains(&format!("{path}:{row}:{column}: ")),
            "{what}: {row}:{column} in {said}"
        );
        let text = String::from_utf8(bytes).expect("text");
        let found = text
            .lines()
            .nth(usize::try_from(row).expect("small") - 1)
            .unwrap_or_default();
        assert!(
            line.is_empty() || found == line,
            "{what}: {row}:{column} is `{found}`"
        );
    }
}

#[test]
fn a_missing_file_and_a_folder_are_refused_with_their_names() {
    let directory = directory();
    let missing = directory.path().join("nothing.toml");
    for (path, says) in [
        (missing.as_path(), "No such file"),
        (directory.path(), "directory"),
    ] {
        let checked = output(&["check", path.to_str().expect("UTF-8")]);
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert_eq!(checked.status.code(), Some(EX_CONFIG), "{said}");
        assert!(
            said.contains(says) && said.contains(path.to_str().expect("UTF-8")),
            "{said}"
        );
    }
}

#[test]
fn check_accepts_the_shown_and_the_committed_configuration() {
    let directory = directory();
    let shown = output(&["schema", "--toml"]);
    let file = directory.path().join("shown.toml");
    std::fs::write(&file, &shown.stdout).expect("a file");
    let committed = Path::new(super::support::ROOT).join("config/rack.toml");
    for path in [file, committed] {
        let checked = output(&["check", path.to_str().expect("UTF-8")]);
        assert_eq!(
            checked.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&checked.stderr)
        );
    }
}

#[test]
fn run_without_any_good_configuration_refuses() {
    let directory = directory();
    let file = directory.path().join("rack.toml");
    std::fs::write(&file, "rack = 1\n").expect("a file");
    let data = core::commissioned(directory.path());
    let mut command = Core::command(&file, &data);
    let ended = command
        .arg("--rig")
        .arg(directory.path().join("none.sock"))
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(EX_CONFIG), "{said}");
    assert!(said.contains("no earlier configuration has run here"), "{said}");
}

#[test]
fn run_takes_the_last_good_configuration_and_says_so() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let file: PathBuf = core::configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let mut first = Core::start(&file, &data, &rig);
    first.process.signal(rustix::process::Signal::TERM);
    assert_eq!(first.process.end(5.0).code(), Some(0));
    assert!(
        !first.process.said(0, "configuration.fallback"),
        "a good file is no fallback"
    );
    std::fs::write(&file, &good()[..1000]).expect("a file");
    let second = Core::start(&file, &data, &rig);
    second.until("alarm configuration.fallback", 10.0, |p| {
        core::raised(p, "configuration.fallback")
    });
    assert!(second.process.said(0, "running the last good configuration"));
    let kept = std::fs::read_to_string(data.join("last-good.toml")).expect("the last good one");
    assert_eq!(kept, good(), "the broken file did not replace it");
}

#[test]
fn a_controller_whose_nut_server_lacks_its_key_still_cools_and_says_so() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let missing = directory.path().join("none.pem").display().to_string();
    let nut = format!("\n[nut]\ncertificate_file = \"{missing}\"\nkey_file = \"{missing}\"\n");
    let file = core::configuration(directory.path(), |_| {});
    let text = std::fs::read_to_string(&file).expect("a file") + &nut;
    std::fs::write(&file, text).expect("a file");
    let core = Core::start(&file, &core::commissioned(directory.path()), &rig);
    core.until("alarm configuration.fallback", 10.0, |p| {
        core::raised(p, "configuration.fallback")
    });
    assert!(core.process.said(0, "none.pem") && core.process.said(0, "running without what cannot be read"));
}

#[test]
fn a_rig_is_refused_where_the_file_does_not_say_simulated() {
    let directory = directory();
    let file = directory.path().join("rack.toml");
    std::fs::write(&file, changed("simulated = true", "simulated = false")).expect("a file");
    let data = core::commissioned(directory.path());
    let mut command = Core::command(&file, &data);
    let mut process = Process::start(
        "core",
        command.arg("--rig").arg(directory.path().join("rig.sock")),
    );
    assert_eq!(
        process.end(10.0).code(),
        Some(EX_CONFIG),
        "no real bus and no emulated one may be opened"
    );
}
