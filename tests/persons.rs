//! Persons act: enrolled through the local socket, with responses that another hand works out, held by the core and by
//! nobody else.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::support::{BINARY, Core, ROOT, Rig, configuration, core, directory, eventually, http, seconds};

/// `rack-controller` with arguments.
fn typed(arguments: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(BINARY)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command line");
    let mut input = child.stdin.take().expect("its input");
    // A command that asks nothing may have ended.
    let _ = input.write_all(stdin.as_bytes());
    drop(input);
    child.wait_with_output().expect("it ends")
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[track_caller]
fn enrol(data: &Path, name: &str, role: &str) -> String {
    let output = typed(
        &[
            "user",
            "add",
            name,
            "--role",
            role,
            "--data",
            &data.to_string_lossy(),
        ],
        "",
    );
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The response that another implementation of RFC 6287 gives.
fn respond(key: &str, rack: &str, person: &str, challenge: &str, command: &str) -> String {
    let python = std::env::var("PYMODBUS_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = Path::new(ROOT).join("tests/peers/ocra_respond.py");
    let output = Command::new(python)
        .arg(script)
        .args([key, rack, person, challenge, command])
        .output()
        .expect("python with oath (tests/run installs it)");
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Gives a command over the network with responses of these persons: name and key.
fn with_responses(core: &Core, command: &Value, persons: &[(&str, &str)]) -> http::Answer {
    let asked = http::post(core.web, "/api/v1/challenges", command).expect("the front answers");
    assert_eq!(asked.status, 200, "{}", asked.body);
    let asked = asked.json();
    let text = |key: &str| asked[key].as_str().expect("a text").to_owned();
    let (challenge, rack, words) = (text("challenge"), text("rack"), text("text"));
    let responses: Vec<Value> = persons
        .iter()
        .map(|(person, key)| {
            let digits = respond(key, &rack, person, &challenge, &words);
            json!({ "person": person, "digits": digits })
        })
        .collect();
    let mut body = command.clone();
    body["challenge"] = json!(challenge);
    body["responses"] = json!(responses);
    core.ask(&body)
}

fn keys(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list");
    list.iter().filter_map(|one| one["key"].as_str()).collect()
}

#[test]
fn persons_enrolled_at_the_machine_override_and_take_out_of_service_from_afar() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let mut core = Core::start(&config, &data, &rig);
    core.served(20.0);
    let at = data.to_string_lossy().into_owned();

    let door =
        json!({ "command": "override", "input": "door", "by": "mara", "reason": "cabling", "minutes": 30 });
    // Nobody is enrolled: no challenge, and a name alone is nobody.
    let nobody = http::post(core.web, "/api/v1/challenges", &door).expect("the front answers");
    assert_eq!(nobody.status, 409, "{}", nobody.body);
    assert_eq!(core.ask(&door).status, 409);
    let act = |arguments: &[&str], stdin: &str| typed(&[&["act", "--data", &at], arguments].concat(), stdin);
    let refused = act(&["--by", "mara", "override", "door", "--reason", "cabling"], "");
    assert!(
        !refused.status.success() && said(&refused).contains("not enrolled"),
        "{}",
        said(&refused)
    );

    let (mara, ivo) = (enrol(&data, "mara", "engineer"), enrol(&data, "ivo", "engineer"));
    enrol(&data, "olga", "operator");
    let again = typed(&["user", "add", "Mara", "--role", "engineer", "--data", &at], "");
    assert!(said(&again).contains("enrolled already"), "{}", said(&again));

    // One person at the machine.
    let done = act(
        &[
            "--by",
            "mara",
            "override",
            "door",
            "--reason",
            "cabling",
            "--minutes",
            "30",
        ],
        "",
    );
    assert!(done.status.success(), "{}", said(&done));
    let picture = core.until("the door is overridden", 5.0, |picture| {
        keys(&picture["overrides"]) == ["door"] && core::raised(picture, "input.overridden")
    });
    let standing = &picture["overrides"][0];
    assert_eq!(
        (&standing["by"], &standing["reason"]),
        (&json!("mara"), &json!("cabling"))
    );
    assert!(
        standing["left_s"]
            .as_f64()
            .is_some_and(|left| left > 1700.0 && left <= 1800.0)
    );

    // A probe needs two persons; the second one's device is another implementation.
    let probe = ["--by", "mara", "override", "exhaust.a", "--reason", "test"];
    let alone = act(&probe, "");
    assert!(said(&alone).contains("second person"), "{}", said(&alone));
    let olga = json!({ "command": "override", "input": "mains", "by": "olga", "reason": "t" });
    assert_eq!(core.ask(&olga).status, 409);

    // Out of service from afar, by two persons; used once; wrong for another command.
    let out = json!({
        "command": "out_of_service", "input": "smoke.b", "by": "mara", "reason": "loop is cut", "serial": "SD-119",
    });
    let one = with_responses(&core, &out, &[("mara", &mara)]);
    assert!(
        one.status == 409 && one.body.contains("second person"),
        "{}",
        one.body
    );
    let swapped = with_responses(&core, &out, &[("mara", &ivo), ("ivo", &mara)]);
    assert!(
        swapped.status == 409 && swapped.body.contains("does not fit"),
        "{}",
        swapped.body
    );
    let both = with_responses(&core, &out, &[("mara", &mara), ("ivo", &ivo)]);
    assert_eq!(both.status, 200, "{}", both.body);
    core.until("the channel is out of service", 5.0, |picture| {
        keys(&picture["out_of_service"]) == ["smoke.b"] && core::raised(picture, "input.out_of_service")
    });

    // Everything that was done or refused comes into the journal, with who and why.
    let words = [
        "override input=door minutes=30 reason=\\\"cabling\\\" by=\\\"mara\\\", by one person's response: applied",
        "serial=\\\"SD-119\\\" reason=\\\"loop is cut\\\" by=\\\"mara\\\", by two persons' responses: applied",
    ];
    eventually("both acts stand in the journal", seconds(10.0), || {
        let journal = http::get(core.web, "/api/v1/journal?limit=200").ok()?;
        words
            .iter()
            .all(|words| journal.body.contains(words))
            .then_some(())
    });

    // The core dies: overrides die with it, what is out of service stays so, and who was enrolled is.
    core.process.kill();
    let core = Core::start(&config, &data, &rig);
    let picture = core.served(20.0);
    assert!(keys(&picture["overrides"]).is_empty());
    assert_eq!(keys(&picture["out_of_service"]), ["smoke.b"]);
    let removed = typed(&["user", "remove", "ivo", "--data", &at], "");
    assert!(removed.status.success(), "{}", said(&removed));
    let back = json!({ "command": "in_service", "input": "smoke.b", "by": "ivo", "serial": "SD-119" });
    assert_eq!(with_responses(&core, &back, &[("ivo", &ivo)]).status, 409);
    let back = json!({ "command": "in_service", "input": "smoke.b", "by": "mara", "serial": "SD-119" });
    assert_eq!(with_responses(&core, &back, &[("mara", &mara)]).status, 200);
    core.until("the channel is back", 5.0, |picture| {
        keys(&picture["out_of_service"]).is_empty()
    });
}

/// The keys are out of the front's reach, and of everybody's but the core's and root's.
#[test]
fn nobody_but_the_cores_user_reads_keys_or_speaks_to_the_socket() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let core = Core::start(&config, &data, &rig);
    core.served(20.0);
    enrol(&data, "mara", "engineer");
    let persons = data.join("persons");
    if !is_root() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    // The way there is open to all, so that nothing but the directory itself keeps them out.
    let open = Command::new("chmod")
        .arg("o+x")
        .arg(directory.path())
        .arg(&data)
        .status();
    assert!(open.expect("chmod").success());
    let front = core.front().expect("a front runs").pid;
    let status = std::fs::read_to_string(format!("/proc/{front}/status")).expect("its status");
    let uid = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .expect("its user");
    let uid = uid
        .split_whitespace()
        .nth(1)
        .expect("its effective user")
        .to_owned();
    assert_ne!(uid, "0", "the front has a user of its own");
    for path in [persons.join("persons.toml"), persons.join("socket")] {
        assert!(path.exists());
        let output = Command::new("setpriv")
            .args(["--reuid", &uid, "--regid", &uid, "--clear-groups", "test", "-e"])
            .arg(&path)
            .status();
        assert!(!output.expect("setpriv").success(), "{}", path.display());
    }
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uid.is_some_and(|uid| uid.split_whitespace().nth(1) == Some("0"))
}
