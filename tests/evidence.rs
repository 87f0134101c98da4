//! Evidence of a run as `hil-rig run --report` leaves it: the same bytes again, whole, signed so that stock OpenSSH verifies it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use sha2::{Digest as _, Sha256};

use super::support::core::commissioned;
use super::support::{BINARY, Core, Process, RIG, Rig, configuration, directory, http};

/// A run of two of the library and one that fails.
const FAILING: &str = "title  <script>alert(1)</script>\nwait 5 s\nexpect drive < 1 %\nwithin 1 s normal\n";

fn rig_command(arguments: &[&str]) -> Output {
    Command::new(RIG)
        .args(arguments)
        .env("SOURCE_DATE_EPOCH", "951782400")
        .stdin(Stdio::null())
        .output()
        .expect("the rig starts")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a name")
}

/// A key as people make theirs.
fn key(directory: &Path, kind: &str, passphrase: &str) -> std::path::PathBuf {
    let key = directory.join(format!("{kind}-{}", passphrase.len()));
    let made = Command::new("ssh-keygen")
        .args([
            "-q",
            "-t",
            kind,
            "-C",
            "inspector",
            "-N",
            passphrase,
            "-f",
            path(&key),
        ])
        .status()
        .expect("ssh-keygen of OpenSSH");
    assert!(made.success());
    key
}

/// `ssh-keygen -Y verify` over a manifest.
fn verified(folder: &Path, signers: &Path, namespace: &str) -> bool {
    let manifest = std::fs::File::open(folder.join("manifest.json")).expect("a manifest");
    let signature = folder.join("manifest.json.sig");
    let verify = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-f", path(signers), "-I", "inspector@example.org"])
        .args(["-n", namespace, "-s", path(&signature)])
        .stdin(manifest)
        .output()
        .expect("ssh-keygen of OpenSSH");
    verify.status.success()
}

#[test]
fn a_signed_report_verifies_with_stock_openssh_and_is_the_same_bytes_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let key = key(directory.path(), "ed25519", "");
    let public = std::fs::read_to_string(key.with_extension("pub")).expect("its public half");
    let signers = directory.path().join("signers");
    std::fs::write(&signers, format!("inspector@example.org {public}")).expect("written");
    let scenario = directory.path().join("odd <name>.scn");
    std::fs::write(&scenario, FAILING).expect("written");
    let folders = ["one", "two"].map(|name| directory.path().join(name));
    for folder in &folders {
        let ran = rig_command(&[
            "run",
            "fire-button",
            path(&scenario),
            "--report",
            path(folder),
            "--sign",
            path(&key),
        ]);
        assert_eq!(
            ran.status.code(),
            Some(1),
            "a scenario failed: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
    let folder = &folders[0];
    assert!(verified(folder, &signers, "rack-controller-evidence"));
    assert!(!verified(folder, &signers, "file"), "only as what it is for");

    let text = std::fs::read_to_string(folder.join("manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let files = manifest["files"].as_array().expect("files");
    let names: Vec<&str> = files.iter().filter_map(|file| file["name"].as_str()).collect();
    assert_eq!(
        names,
        ["index.html", "fire-button.html", "odd--name-.html", "junit.xml"]
    );
    for file in files {
        let name = file["name"].as_str().expect("a name");
        let bytes = std::fs::read(folder.join(name)).expect("a listed file");
        assert_eq!(file["sha256"], format!("{:x}", Sha256::digest(&bytes)), "{name}");
        assert_eq!(file["bytes"], bytes.len(), "{name}");
        let again = std::fs::read(folders[1].join(name)).expect("the same file");
        assert!(bytes == again, "{name} is the same bytes again");
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(!text.contains("<script"), "{name}");
        let labels = text.matches("2000-02-29 00:00:00 UTC").count();
        assert_eq!(labels, usize::from(name.ends_with(".html")), "{name}");
    }

    std::fs::write(folder.join("manifest.json"), text.replacen('0', "1", 1)).expect("written");
    assert!(
        !verified(folder, &signers, "rack-controller-evidence"),
        "a change is seen"
    );
}

#[test]
fn a_key_that_cannot_sign_is_told_before_anything_runs() {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path().join("report");
    let locked = key(directory.path(), "ed25519", "secret");
    let other = key(directory.path(), "ecdsa", "");
    for (key, told) in [
        (locked.as_path(), "passphrase"),
        (other.as_path(), "ed25519"),
        (Path::new("/nowhere"), "ed25519"),
    ] {
        let ran = rig_command(&[
            "run",
            "fire-button",
            "--report",
            path(&folder),
            "--sign",
            path(key),
        ]);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(2), "{said}");
        assert!(said.contains(told), "{said}");
        assert!(!folder.exists());
    }
}

#[test]
fn junit_counts_what_the_run_counted() {
    let directory = tempfile::tempdir().expect("a directory");
    let scenario = directory.path().join("failing.scn");
    std::fs::write(&scenario, FAILING).expect("written");
    let folder = directory.path().join("report");
    let ran = rig_command(&[
        "run",
        "--json",
        "fire-button",
        path(&scenario),
        "--report",
        path(&folder),
    ]);
    let told: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let checks = |place: usize| told[place]["checks"].as_array().map_or(0, Vec::len);
    let xml = std::fs::read_to_string(folder.join("junit.xml")).expect("JUnit XML");
    let report = quick_junit::Report::deserialize_from_str(&xml).expect("it reads back as JUnit");
    let suites: Vec<(&str, usize, usize)> = report
        .test_suites
        .iter()
        .map(|suite| (suite.name.as_str(), suite.tests, suite.failures))
        .collect();
    assert_eq!(suites, [("fire-button", checks(0), 0), ("failing", checks(1), 1)]);
    assert!(xml.contains("<failure message=\"found: drive is "), "{xml}");
}

#[test]
fn a_seed_repeats_trace_and_recording_to_the_byte_and_another_does_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let scenario = directory.path().join("short.scn");
    std::fs::write(&scenario, "title  short\nwait 10 s\ndoor open\nwait 2 s\ncore dies\nwait 2 s\ncore starts\nfor 5 s drive > 10 %\n").expect("written");
    let run = |name: &str, seed: &str| {
        let (folder, tape) = (
            directory.path().join(name),
            directory.path().join(format!("{name}.tape")),
        );
        let ran = rig_command(&[
            "run",
            path(&scenario),
            "--seed",
            seed,
            "--report",
            path(&folder),
            "--trace",
            "--record",
            path(&tape),
        ]);
        assert_eq!(
            ran.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        let trace = std::fs::read(folder.join("short.ndjson")).expect("a trace");
        let manifest = std::fs::read_to_string(folder.join("manifest.json")).expect("a manifest");
        assert!(
            manifest.contains(&format!("{:x}", Sha256::digest(&trace))),
            "the trace is in the manifest"
        );
        (trace, std::fs::read(&tape).expect("a recording"), tape)
    };
    let (one, again, other) = (run("one", "7"), run("again", "7"), run("other", "8"));
    assert!(one.0 == again.0 && one.1 == again.1, "one seed, the same bytes");
    assert!(one.0 != other.0 && one.1 != other.1, "two seeds");

    let trace = String::from_utf8(one.0).expect("UTF-8");
    let (mut last, mut transfers, mut acts) = (0, 0, 0);
    for line in trace.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let t_us = line["t_us"].as_u64().expect("a time");
        assert!(t_us >= last, "time goes on: {line}");
        last = t_us;
        transfers += usize::from(line["bus"].is_string());
        acts += usize::from(line["act"] == "door open");
    }
    assert!(
        transfers > 1_000 && acts == 1,
        "{transfers} transfers, {acts} acts"
    );
    assert!(trace.contains(r#""input":"door","level":0"#));

    // Both commands replay, with one answer.
    for program in [RIG, BINARY] {
        let replayed = Command::new(program)
            .args(["replay", path(&one.2)])
            .output()
            .expect("it starts");
        let told = String::from_utf8_lossy(&replayed.stdout).into_owned();
        assert_eq!(replayed.status.code(), Some(0), "{told}");
        assert!(
            told.contains("2 starts") && told.contains("every picture is as recorded"),
            "{told}"
        );
    }
    let cut = directory.path().join("cut.tape");
    std::fs::write(&cut, &one.1[..one.1.len() / 2]).expect("written");
    let replayed = rig_command(&["replay", path(&cut)]);
    assert_eq!(replayed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&replayed.stdout).contains("cut short after"));
}

#[test]
fn a_recording_is_of_one_scenario_in_this_process() {
    let directory = tempfile::tempdir().expect("a directory");
    let tape = directory.path().join("tape");
    for arguments in [
        &["run", "fire-button", "fire-button", "--record", path(&tape)][..],
        &["run", "fire-button", "--over-rig", "--record", path(&tape)],
        &["run", "fire-button", "--trace"],
    ] {
        assert_eq!(rig_command(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_core_records_what_its_ticks_see_and_the_recording_replays_to_the_bit() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 5.0, 5_000.0);
    let (config, data) = (
        configuration(directory.path(), |_| {}),
        commissioned(directory.path()),
    );
    let tape = directory.path().join("tape");
    let mut command = Core::command(&config, &data);
    command.arg("--rig").arg(rig.socket()).arg("--record").arg(&tape);
    let mut core = Process::start("core", &mut command);
    let ready = core.ready(30.0);
    let web = ready["web"]
        .as_str()
        .and_then(|url| url.strip_prefix("http://")?.parse().ok());
    let manual = serde_json::json!({ "command": "manual", "speed": 80.0, "owner": "mara", "reason": "noise", "minutes": 5 });
    let answer = http::command(web.expect("an address"), &manual).expect("the front answers");
    assert_eq!(answer.status, 200, "{}", answer.body);
    rig.act(hil_rig::rack::Act::Door { open: true });
    let opened = rig.now_s();
    rig.until("the door is seen", 10.0, |report| {
        super::support::rig::clock_s(report) > opened + 5.0
    });
    core.signal(rustix::process::Signal::TERM);
    assert!(core.end(20.0).success(), "it ends in good order");
    let replayed = rig_command(&["replay", path(&tape)]);
    let text = String::from_utf8_lossy(&replayed.stdout);
    assert!(replayed.status.success() && text.contains("1 commands"), "{text}");
    assert!(text.contains("bit for bit"), "{text}");
}

#[test]
fn a_recording_that_cannot_begin_is_told_and_nothing_is_started() {
    let directory = directory();
    let (config, data) = (
        configuration(directory.path(), |_| {}),
        commissioned(directory.path()),
    );
    let mut command = Core::command(&config, &data);
    command.args(["--rig", "/nonexistent/rig.sock", "--record", "/nonexistent/tape"]);
    let mut core = Process::start("core", &mut command);
    assert_eq!(core.end(10.0).code(), Some(1));
    assert!(
        core.err()
            .iter()
            .any(|line| line.contains("recording /nonexistent/tape")),
        "{:?}",
        core.err()
    );
    assert!(
        !data.join("running").exists(),
        "the next start is not taken for one after a crash"
    );
}
