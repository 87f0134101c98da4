//! The test binary runs itself on the emulated rack: a client of `client.rs`, with the crates that controllers open real
//! devices with, and here the one who acts on the rack.

mod client;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;
use crate::rack::{Act, Fault, Input, Instrument, Output, Rack, RackConfig};
use crate::server::Server;

/// Longest that anything here may take; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A rack, the computer wired to it, and a client on it.
struct Bench {
    rig: Rig,
    board: Board,
    thread: Option<std::thread::JoinHandle<io::Result<()>>>,
}

impl Bench {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("exec-{name}-{}.sock", std::process::id()));
        let server = Server::bind(Rack::new(RackConfig::default()), &path, 1.0).expect("a socket");
        let rig = server.rig();
        Bench {
            board: Board::new(rig.clone()).expect("a board"),
            thread: Some(std::thread::spawn(move || server.run())),
            rig,
        }
    }

    fn client(&self, name: &str) -> Client {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        let test = format!("exec::tests::client::{name}");
        command.args([&test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = self.board.spawn(command).expect("it starts");
        Client {
            to: child.stdin.take().expect("its input"),
            from: BufReader::new(child.stdout.take().expect("its output")),
            child,
            said: String::new(),
        }
    }

    /// A client that needs nobody.
    fn runs(&self, name: &str) {
        self.client(name).ends_well();
    }

    fn act(&self, act: Act) {
        self.rig.with(|rack| rack.act(&act));
    }

    fn faults(&self, fault: Fault, amount: Option<f64>) {
        self.act(Act::Fault {
            instrument: Instrument::Fan,
            fault,
            amount,
        });
    }

    /// Waits until the outputs are so: their read-backs are edges.
    fn outputs_become(&self, levels: u64) {
        let began = Instant::now();
        loop {
            let (count, now) = self.rig.with(|rack| (rack.edges(), rack.report().outputs));
            if now == levels {
                return;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "outputs {now:#b} instead of {levels:#b}"
            );
            let _ = self.rig.edges_after(count, Duration::from_millis(100));
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.rig.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Client {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    said: String,
}

impl Client {
    /// Waits until it says a word.
    fn says(&mut self, word: &str) {
        loop {
            let mut line = String::new();
            let read = self.from.read_line(&mut line).expect("it is heard");
            self.said.push_str(&line);
            assert!(read > 0, "it ended before it said {word}:\n{}", self.said);
            if line.trim().ends_with(&format!("@{word}")) {
                return;
            }
        }
    }

    /// Lets it go on.
    fn go(&mut self) {
        self.to.write_all(b"go\n").expect("it hears");
    }

    fn ends_well(mut self) {
        self.from.read_to_string(&mut self.said).expect("it is heard");
        let status = self.child.wait().expect("it ends");
        assert!(
            status.success() && self.said.contains("1 passed"),
            "{status}:\n{}",
            self.said
        );
    }
}

#[test]
fn chips_are_read_with_the_crate_of_real_buses() {
    Bench::new("chips").runs("reads_chips");
}

#[test]
fn smbus_calls_and_a_scan_find_what_is_there() {
    Bench::new("smbus").runs("speaks_smbus");
}

#[test]
fn a_short_transfer_is_told_by_its_count_alone() {
    let bench = Bench::new("short");
    let mut client = bench.client("counts_messages");
    client.says("whole");
    bench.faults(Fault::QuietNack, None);
    client.go();
    client.says("nothing");
    let mended = Act::Mend {
        instrument: Instrument::Fan,
        fault: None,
    };
    bench.act(mended);
    bench.faults(Fault::QuietShort, Some(1.0));
    client.go();
    client.ends_well();
}

#[test]
fn a_bus_that_hangs_says_what_an_adapter_says() {
    let bench = Bench::new("stuck");
    let mut client = bench.client("meets_a_stuck_bus");
    client.says("well");
    bench.faults(Fault::Timeout, None);
    client.go();
    client.says("timed-out");
    bench.act(Act::Mend {
        instrument: Instrument::Fan,
        fault: None,
    });
    bench.act(Act::BusStuck {
        bus: 2,
        for_us: 10_000_000,
    });
    client.go();
    client.ends_well();
}

#[test]
fn an_edge_is_told_with_its_line_and_number() {
    let bench = Bench::new("edge");
    let mut client = bench.client("hears_an_edge");
    client.says("listens");
    bench.act(Act::Door { open: true });
    client.says("heard");
    bench.act(Act::Door { open: false });
    client.ends_well();
}

#[test]
fn a_storm_of_edges_leaves_a_gap_in_the_numbers() {
    let bench = Bench::new("storm");
    let mut client = bench.client("is_behind_in_a_storm");
    client.says("listens");
    for edge in 0..40 {
        bench.act(Act::Door { open: edge % 2 == 0 });
        // One by one, as a slow storm would come: the rack keeps only so many for a listener that is behind.
        std::thread::yield_now();
    }
    bench.act(Act::Line {
        line: Input::Leak,
        high: true,
    });
    client.ends_well();
}

#[test]
fn a_line_belongs_to_one_request_and_is_free_once_it_is_closed() {
    Bench::new("busy").runs("asks_twice");
}

#[test]
fn outputs_follow_and_fall_when_they_are_closed() {
    let bench = Bench::new("outputs");
    let mut client = bench.client("drives_outputs");
    client.says("driven");
    bench.outputs_become(1 << Output::Horn as u8);
    client.go();
    client.says("both");
    bench.outputs_become(1 << Output::Horn as u8 | 1 << Output::Beacon as u8);
    client.go();
    client.says("closed");
    bench.outputs_become(0);
    client.go();
    client.ends_well();
}

#[test]
fn outputs_fall_when_their_program_is_killed_in_the_middle_of_a_call() {
    let bench = Bench::new("killed");
    let mut client = bench.client("holds_outputs");
    client.says("driven");
    bench.outputs_become(1 << Output::Horn as u8);
    client.child.kill().expect("it is killed");
    client.child.wait().expect("it ends");
    bench.outputs_become(0);
    // The rack and the computer are as before for the next one.
    bench.runs("reads_chips");
}

#[test]
fn the_first_version_of_gpio_works_too() {
    let bench = Bench::new("first");
    let mut client = bench.client("uses_the_first_version");
    client.says("listens");
    bench.act(Act::Door { open: true });
    client.says("driven");
    bench.outputs_become(1 << Output::Horn as u8);
    client.go();
    client.ends_well();
}

#[test]
fn a_meter_answers_on_the_serial_line() {
    Bench::new("serial").runs("asks_a_meter");
}

#[test]
fn unmodified_programs_read_a_probe_and_find_no_device_of_this_machine() {
    let bench = Bench::new("programs");
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = bench.board.spawn(command).expect("it starts");
        child.wait_with_output().expect("it ends")
    };
    let probe = "/sys/bus/w1/devices/28-000000b0a401/w1_slave";
    // A shell's child: what a program starts runs there, too.
    let output = run("/bin/sh", &["-c", &format!("cat {probe}; echo done")]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("crc=") && text.contains(" YES") && text.ends_with("done\n"),
        "{output:?}"
    );
    for none in [
        "/sys/bus/w1/devices/28-00000000ffff/w1_slave",
        "/dev/i2c-0",
        "/dev/gpiochip7",
    ] {
        let output = run("/bin/cat", &[none]);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("No such file"), "{none}: {output:?}");
    }
    // Of Debian's i2c-tools.
    if std::path::Path::new("/usr/sbin/i2cget").exists() {
        let output = run("/usr/sbin/i2cget", &["-y", "3", "0x2e", "0xfd"]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "0x34\n", "{output:?}");
        let output = run("/usr/sbin/i2cdetect", &["-y", "3"]);
        let found = String::from_utf8_lossy(&output.stdout);
        assert!(found.contains(" 2e ") && !found.contains(" 50 "), "{found}");
    } else {
        println!("i2c-tools: NOT tried, they are not installed");
    }
    let output = run("/bin/cat", &["/dev/null", "/proc/self/comm"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "cat\n",
        "what is not ours is untouched"
    );
}

#[test]
fn a_watchdog_that_is_not_stroked_resets_the_machine() {
    let bench = Bench::new("watchdog");
    let mut client = bench.client("leaves_the_watchdog");
    client.says("opened");
    assert!(bench.board.watchdog_runs());
    assert!(bench.board.wait_for_reset(PATIENCE), "it expires");
    assert!(!bench.board.wait_for_reset(Duration::ZERO), "which is told once");
    client.go();
    client.ends_well();
}

#[test]
fn a_watchdog_closed_with_its_magic_byte_stops_and_without_goes_on() {
    let bench = Bench::new("magic");
    bench.runs("closes_the_watchdog_in_good_order");
    let runs_until = |runs: bool| {
        let began = Instant::now();
        while bench.board.watchdog_runs() != runs {
            assert!(began.elapsed() < PATIENCE, "the watchdog runs: {}", !runs);
            std::thread::yield_now();
        }
    };
    runs_until(false);
    bench.runs("closes_the_watchdog_in_haste");
    runs_until(true);
    assert!(!bench.board.wait_for_reset(Duration::ZERO));
}

#[test]
fn a_rack_that_is_not_in_real_time_is_refused() {
    let path = std::env::temp_dir().join(format!("exec-fast-{}.sock", std::process::id()));
    let server = Server::bind(Rack::new(RackConfig::default()), &path, 10.0).expect("a socket");
    assert!(matches!(Board::new(server.rig()), Err(ExecError::Speed(_))));
    server.rig().stop();
    server.run().expect("it ends");
}

#[test]
fn a_program_that_does_not_exist_is_named() {
    let bench = Bench::new("missing");
    let error = bench.board.spawn(Command::new("/nowhere/controller")).err();
    let text = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(text.contains("/nowhere/controller"), "{text}");
}

#[test]
fn which_architecture_was_exercised_is_said() {
    let native = NATIVE.expect("one that is known");
    println!("exec was exercised on {}", native.name);
    assert_eq!(native.name, std::env::consts::ARCH);
    assert!(Input::NAMES.len() < LINES);
}
