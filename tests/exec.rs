//! Scenarios against the shipped controller as it runs on a real computer: it opens `/dev/i2c-1`, `/dev/gpiochip0`,
//! `/dev/ttyAMA0`, probes below `/sys/bus/w1` and `/dev/watchdog`, and the rig answers there. In real time, so they are
//! short and run side by side.

use std::path::Path;
use std::process::Command;

use rack_controller::config::commented;

use rack_controller::scenario::compare::{TICKS_IN_REAL_TIME, compare_within};
use rack_controller::scenario::library;
use rack_controller::scenario::rig_stand::Program;
use rack_controller::scenario::runner::{Outcome, Over, run, text};

use super::support::{BINARY, RIG, ROOT, directory};

/// The same changes at the same times as in process.
const TIMED: [&str; 9] = [
    "exec-bad-crc",
    "exec-bus-stuck",
    "exec-multiplexer",
    "exec-one-wire",
    "exec-tachometer",
    "exec-unplugged",
    "rig-blind",
    "rig-emergency-off",
    "rig-fire-button",
];

/// The same changes, at times that are the stand's own; and what may differ there, with the reason of both.
const ORDERED: [(&str, &[&str], &str); 5] = [
    (
        "exec-quiet",
        &[],
        "a real adapter tells its count, so the device is prepared anew",
    ),
    (
        "exec-storm",
        &["controller.late"],
        "a busy machine is later than two of its ticks of 10 ms, and the controller says so",
    ),
    (
        "exec-core-killed",
        &["fan held by", "effect FAN_MAX"],
        "a process takes its time to start, and its first tick may come before its first readings",
    ),
    (
        "exec-blower-stop",
        &[],
        "how fast the blower runs before depends on when the core came",
    ),
    (
        "exec-meter-silent",
        &[],
        "silence on a serial line takes the time of its frames",
    ),
];

fn played(name: &str, over: Over) -> Outcome {
    let scenario = library::find(name).unwrap_or_else(|error| panic!("{error}"));
    let outcome = run(scenario, None, over).unwrap_or_else(|error| panic!("{name}: {error}"));
    println!("{}", text(&outcome));
    assert!(outcome.good(), "{}", text(&outcome));
    outcome
}

fn compared(name: &str, timed: bool, but: &[&str]) {
    let exec = played(name, Over::Exec(Program::Shipped));
    let process = played(name, Over::Process);
    let compared = compare_within(&exec.scenario, &process, &exec, TICKS_IN_REAL_TIME);
    println!(
        "{name}: {} changes, {:.3} s apart at most\n{}",
        compared.same, compared.worst.0, compared.table
    );
    assert!(compared.same > 1, "{name}: too little happens to compare");
    let parted = if timed { compared.parted } else { compared.missing };
    let told = |line: &&String| !but.iter().any(|word| line.contains(word));
    let parted: Vec<&String> = parted.iter().filter(told).collect();
    assert!(parted.is_empty(), "{name}: {parted:#?}");
}

#[test]
fn what_happens_on_real_paths_happens_at_the_same_times_as_in_process() {
    std::thread::scope(|scope| {
        for name in TIMED {
            scope.spawn(move || compared(name, true, &[]));
        }
    });
}

#[test]
fn what_takes_its_own_time_on_real_paths_happens_all_the_same() {
    std::thread::scope(|scope| {
        for (name, but, why) in ORDERED {
            println!("{name}: times are not compared: {why}");
            scope.spawn(move || compared(name, false, but));
        }
        scope.spawn(|| played("exec-machine-resets", Over::Exec(Program::Shipped)));
    });
}

#[test]
fn any_program_runs_on_the_emulated_computer_and_its_exit_status_is_the_answer() {
    let exec = |words: &[&str]| {
        let output = Command::new(RIG).arg("exec").arg("--").args(words).output();
        output.expect("the rig runs")
    };
    let probe = "cat /sys/bus/w1/devices/28-000000b0a401/w1_slave";
    let output = exec(&["/bin/sh", "-c", probe]);
    assert!(
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains(" t="),
        "{output:?}"
    );
    assert!(
        String::from_utf8_lossy(&output.stderr).contains(std::env::consts::ARCH),
        "what was exercised is said: {output:?}"
    );
    assert_eq!(exec(&["/bin/sh", "-c", "exit 7"]).status.code(), Some(7));
    let output = exec(&["/bin/cat", "/dev/i2c-0"]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "no device of this machine is reached: {output:?}"
    );
    let scenario = Command::new(RIG)
        .args(["exec", "rig-blind", "--", "/bin/true"])
        .output()
        .expect("the rig runs");
    assert_eq!(
        scenario.status.code(),
        Some(1),
        "a program that is no controller is told: {scenario:?}"
    );
}

/// What a scan of this configuration says beside the emulated rack.
fn scanned(config: &Path) -> String {
    let output = Command::new(RIG)
        .args(["exec", "--", BINARY, "scan", "--data", "/nonexistent"])
        .arg(config)
        .output()
        .expect("the rig starts");
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_scan_finds_the_rack_of_the_raspberry_pi_file_and_says_what_to_do_about_each_mistake() {
    let good = scanned(Path::new(&format!("{ROOT}/config/raspberry-pi-5.toml")));
    let wrong: Vec<&str> = good.lines().filter(|line| line.contains("WRONG")).collect();
    // Its device file can be opened here, and only that.
    assert!(wrong.len() == 2 && wrong[0].contains("/dev/watchdog"), "{good}");
    assert!(
        good.contains("reads high: `fire.button` does not stand")
            || good.contains("reads low: `fire.button` does not stand"),
        "{good}"
    );

    let directory = directory();
    let mut config = rack_controller::config::raspberry_pi_5();
    config.core.watchdog = None;
    for device in &mut config.device {
        match device.name.as_str() {
            "feeds" => device.address = 0x4B,
            "meter-a" => device.address = 3,
            "draft" => device.address = 0x26,
            _ => {}
        }
    }
    config
        .device
        .retain(|device| device.name != "suction" && device.name != "wall-left");
    config.bus[1].path = "/dev/i2c-9".into();
    let bad = directory.path().join("bad.toml");
    std::fs::write(&bad, commented(&config)).expect("written");
    let text = scanned(&bad);
    for (line, says) in [
        ("feeds", "at 0x49 of the same wires, another strap of this chip"),
        ("meter-a", "as unit 3 is silent at 38400 baud"),
        ("draft", "another chip answers, check type and address"),
        (
            "0x49, channel 2",
            "no device of the file is there: add a [[device]]",
        ),
        ("/dev/i2c-9", "`ls /dev/i2c-*` shows those there are"),
        ("mend what is WRONG", "then scan again"),
    ] {
        assert!(
            text.lines()
                .any(|found| found.contains(line) && found.contains(says)),
            "{line}, {says}: {text}"
        );
    }
    assert!(text.contains("good   meter-b"), "the others are found: {text}");
}
