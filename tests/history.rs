//! What was stays known: the journal outlives the death and the hang of whoever writes it, lanes outlive a restart, and
//! a history that cannot be written is said and changes nothing else.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use hil_rig::rack::{Act, Input};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::support::process::signal;
use super::support::{Core, Rig, configuration, core, directory, eventually, http, seconds};

/// The user that the front runs as when the core is root.
const NOBODY: u32 = 65_534;

fn now_s() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    since.as_secs_f64()
}

/// What the interface answers, if it does.
fn get(core: &Core, path: &str) -> Option<Value> {
    let answer = http::get(core.web, path)
        .ok()
        .filter(|answer| answer.status == 200)?;
    Some(answer.json())
}

/// Lines of the journal about an alarm, oldest first: time and whether it came.
fn lines(core: &Core, alarm: &str) -> Option<Vec<(f64, bool)>> {
    let journal = get(core, "/api/v1/journal?after=0&limit=1000")?;
    let entries = journal["entries"].as_array()?;
    let sequences: Vec<u64> = entries
        .iter()
        .filter_map(|one| one["sequence"].as_u64())
        .collect();
    assert!(sequences.is_sorted() && sequences.iter().collect::<BTreeSet<_>>().len() == sequences.len());
    let about = entries
        .iter()
        .filter(|one| one["kind"] == "alarm" && one["name"] == alarm);
    let lines = about.map(|one| Some((one["time"].as_f64()?, one["on"].as_bool()?)));
    lines.collect()
}

#[track_caller]
fn until_lines(core: &Core, alarm: &str, expected: &[bool]) -> Vec<(f64, bool)> {
    eventually(
        &format!("{alarm} {expected:?} in the journal"),
        seconds(30.0),
        || {
            let lines = lines(core, alarm)?;
            let seen: Vec<bool> = lines.iter().map(|line| line.1).collect();
            assert!(expected.starts_with(&seen), "{lines:?}");
            (seen == expected).then_some(lines)
        },
    )
}

#[test]
fn the_journal_outlives_its_writer_and_tells_when_things_happened() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let core = Core::start(&config, &data, &rig);
    core.served(20.0);
    rig.act(Act::Door { open: true });
    until_lines(&core, "door.open", &[true]);

    // Killed right after: what was committed is there once, whatever the core sends again.
    let front = core.front().expect("a front");
    signal(front.pid, Signal::KILL);
    rig.act(Act::Door { open: false });
    let lines = until_lines(&core, "door.open", &[true, false]);
    let next = core.front().expect("a front");
    assert_ne!(next, front, "another front has written the second line");

    // Hung: what happens meanwhile comes late into the journal, with the time at which it happened.
    signal(next.pid, Signal::STOP);
    let hung = now_s();
    rig.line(Input::Leak, true);
    eventually("the hung front is replaced", seconds(20.0), || {
        core.front().filter(|front| *front != next)
    });
    let replaced = now_s();
    let leaked = until_lines(&core, "leak", &[true])[0].0;
    println!(
        "leaked {:.2} s into the hang, replaced {:.2} s into it",
        leaked - hung,
        replaced - hung
    );
    assert!(hung < leaked && leaked < replaced, "{hung} {leaked} {replaced}");
    assert!(lines[1].0 < hung, "{lines:?} {hung}");
}

#[test]
fn lanes_hold_what_was_shown_and_outlive_a_restart() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let mut core = Core::start(&config, &data, &rig);
    let begin = now_s();
    let lane = |core: &Core, from: f64, to: f64| -> Option<Vec<f64>> {
        let path = format!(
            "/api/v1/history?points=room.temperature,rack.exhaust.temperature&from={from}&to={to}&count=300"
        );
        let history = get(core, &path)?;
        let (min, max) = (
            &history["points"]["room.temperature"]["min"],
            &history["points"]["room.temperature"]["max"],
        );
        let pairs = min.as_array()?.iter().zip(max.as_array()?);
        let values = pairs.filter_map(|(min, max)| Some((min.as_f64()?, max.as_f64()?)));
        let values: Vec<(f64, f64)> = values.collect();
        assert!(values.iter().all(|(min, max)| min <= max), "{values:?}");
        Some(values.iter().map(|(_, max)| *max).collect())
    };
    rig.act(Act::Room { room_c: Some(29.0) });
    let shown = core.until("the room is shown warm", 30.0, |picture| {
        core::number(picture, "room.temperature").is_some_and(|room| room > 28.0)
    });
    let room = core::number(&shown, "room.temperature").expect("a number");
    let seen = eventually("the newest second is in the lane", seconds(10.0), || {
        lane(&core, begin, now_s()).filter(|values| values.iter().any(|value| (value - room).abs() < 0.5))
    });
    assert!(seen.len() >= 2, "{seen:?}");

    // Told to stop, the front writes to the end: nothing is lost.
    let ended = now_s();
    core.process.signal(Signal::TERM);
    assert_eq!(core.process.end(5.0).code(), Some(0));
    drop(core);
    let core = Core::start(&config, &data, &rig);
    let again = eventually("the lane is there again", seconds(20.0), || {
        lane(&core, begin, ended)
    });
    assert!(again.len() >= seen.len(), "{seen:?} {again:?}");
    assert!(again.iter().any(|value| (value - room).abs() < 0.5), "{again:?}");
}

#[test]
fn a_history_that_cannot_be_written_is_said_and_mended_while_the_rest_goes_on() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 5.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let blocked = data.join("history");
    std::fs::write(&blocked, "a file where a directory belongs").expect("a file");
    let core = Core::start(&config, &data, &rig);
    core.until("the alarm says so", 30.0, |picture| {
        core::raised(picture, "history.not_written")
    });
    let answer = http::get(core.web, "/api/v1/history?points=door.open").expect("it answers");
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(core.snapshot().is_some(), "the rest goes on");
    // What takes protection away waits for the journal; a person's other acts do not.
    let manual =
        json!({ "command": "manual", "speed": 80, "owner": "Ann", "reason": "filter change", "minutes": 5 });
    let refused = core.ask(&manual);
    assert!(
        refused.status == 409 && refused.body.contains("the journal cannot be written"),
        "{} {}",
        refused.status,
        refused.body
    );
    assert_eq!(
        core.ask(&json!({ "command": "silence", "by": "Ann" })).status,
        200
    );
    std::fs::remove_file(&blocked).expect("it goes");
    std::fs::create_dir(&blocked).expect("a directory");
    own(&blocked);
    core.until("it is mended without a restart", 60.0, |picture| {
        !core::raised(picture, "history.not_written")
            && core::number(picture, "controller.history") == Some(1.0)
    });
    until_lines(&core, "history.not_written", &[true, false]);
    let kept = eventually("what was asked is in the journal", seconds(30.0), || {
        Some(asked_and_done(&core)?).filter(|lines| lines.len() == 4)
    });
    let shown: Vec<(&str, &str, bool)> = kept
        .iter()
        .map(|(a, b, on)| (a.as_str(), b.as_str(), *on))
        .collect();
    let expected = [
        ("ask", "manual", true),
        ("command", "manual", false),
        ("ask", "silence", true),
        ("command", "silence", true),
    ];
    assert_eq!(shown, expected);
    assert_eq!(core.ask(&manual).status, 200);
}

/// Every line of the journal about what persons asked for and what became of it, oldest first.
fn asked_and_done(core: &Core) -> Option<Vec<(String, String, bool)>> {
    let journal = get(core, "/api/v1/journal?after=0&limit=1000")?;
    let about = |one: &&Value| one["kind"] == "ask" || one["kind"] == "command";
    let line = |one: &Value| {
        let (kind, name) = (one["kind"].as_str()?, one["name"].as_str()?);
        Some((kind.to_owned(), name.to_owned(), one["on"].as_bool()?))
    };
    journal["entries"]
        .as_array()?
        .iter()
        .filter(about)
        .map(line)
        .collect()
}

#[test]
fn what_a_person_asks_is_on_disk_before_it_is_done_and_its_result_after() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let core = Core::start(&config, &core::commissioned(directory.path()), &rig);
    core.until("the journal is written", 30.0, |picture| {
        core::number(picture, "controller.history") == Some(1.0)
    });
    let hold = |minutes: u16| json!({ "command": "manual", "speed": 80, "owner": "Ann", "reason": "filter change", "minutes": minutes });
    let asks = [
        (hold(5), "manual", true),
        (
            json!({ "command": "manual", "speed": 20, "owner": "Bob", "reason": "mine" }),
            "manual",
            false,
        ),
        (json!({ "command": "silence", "by": "Ann" }), "silence", true),
        (
            json!({ "command": "reset", "latches": ["fire"], "by": "Ann", "inspected": true }),
            "reset",
            false,
        ),
        (
            json!({ "command": "automatic", "owner": "Ann" }),
            "automatic",
            true,
        ),
    ];
    let mut expected = Vec::new();
    for (ask, name, done) in asks {
        let answer = core.ask(&ask);
        assert_eq!(
            answer.status == 200,
            done,
            "{ask}: {} {}",
            answer.status,
            answer.body
        );
        expected.push(("ask".to_owned(), name.to_owned(), true));
        // The answer came after the deed: without any waiting the intent is there to be read.
        let now = asked_and_done(&core).expect("the journal answers");
        assert!(now.starts_with(&expected), "{now:?}");
        expected.push(("command".to_owned(), name.to_owned(), done));
        eventually("the result is in the journal", seconds(10.0), || {
            let now = asked_and_done(&core)?;
            assert!(expected.starts_with(&now), "{now:?}");
            (now == expected).then_some(())
        });
    }
}

fn own(path: &Path) {
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
}
