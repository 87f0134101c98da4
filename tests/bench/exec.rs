//! What an unmodified program pays on the emulated rack: an I2C transfer by three ways, and from a contact's edge to an
//! output, beside `cyclictest` (Debian package rt-tests) in the same rounds.
//!
//! `cargo bench -p rack-controller --bench exec [-- ROUNDS]` (20 rounds by default: 10,000 transfers each way, 10,000 edges).
//! The program is this file again, started under the rig's supervisor; it speaks to its bus and lines as the core does.
//! Every answer is checked. Nothing is real-time here but `cyclictest`'s second row, so the figures are those of the
//! machine's load, too: ratios of one round matter.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark states what must hold by panicking and prints its table"
)]

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use embedded_hal::i2c::{I2c, Operation};
use gpiocdev_uapi::v2::{self, LineConfig, LineFlags, LineRequest, LineValues, Offsets};
use hil_rig::chip::BusError;
use hil_rig::exec::Board;
use hil_rig::rack::{Act, INPUTS, Input, Listen, Output, Rack, RackConfig};
use hil_rig::server::{Rig, Server};
use rack_controller::core::world::linux::i2c::LinuxI2c;
use rack_controller::core::world::rig::RigAddress;

/// The fan chip, whose identity is read: a register's number, two bytes.
const FAN: (usize, u8) = (2, 0x2E);
const IDENTITY: [u8; 2] = [0x34, 0x5D];
/// Transfers of each way, and edges, in a round.
const TRANSFERS: usize = 500;
const EDGES: usize = 500;
/// Rest between two edges: the machine is idle when one comes.
const REST: Duration = Duration::from_micros(500);
/// Names the part that this file plays under the supervisor.
const PART: &str = "EXEC_BENCH_PART";

fn read_identity(bus: &mut impl I2c) {
    let mut bytes = [0; 2];
    bus.transaction(
        FAN.1,
        &mut [Operation::Write(&[0xFD]), Operation::Read(&mut bytes)],
    )
    .unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(bytes, IDENTITY);
}

/// How long each of so many took, ns.
fn timed(mut act: impl FnMut()) -> Vec<u64> {
    let one = |_| {
        let began = Instant::now();
        act();
        began.elapsed().as_nanos() as u64
    };
    (0..TRANSFERS).map(one).collect()
}

/// The part of the program on the bus: a round for every line it hears.
fn transfers() {
    let mut bus = LinuxI2c::new("/dev/i2c-3");
    let mut line = String::new();
    while std::io::stdin().lock().read_line(&mut line).expect("a line") > 0 {
        let times = timed(|| read_identity(&mut bus));
        let bytes: Vec<u8> = times.iter().flat_map(|time| time.to_le_bytes()).collect();
        let mut out = std::io::stdout().lock();
        out.write_all(&bytes)
            .and_then(|()| out.flush())
            .expect("it is heard");
    }
}

/// The part of the program on the lines: the horn follows the door.
fn follows() {
    let chip = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/gpiochip0")
        .expect("a chip");
    let request = |offset: usize, flags| LineRequest {
        offsets: Offsets::from_slice(&[offset as u32]),
        num_lines: 1,
        config: LineConfig {
            flags,
            ..LineConfig::default()
        },
        ..LineRequest::default()
    };
    let edges = LineFlags::INPUT | LineFlags::EDGE_RISING | LineFlags::EDGE_FALLING;
    let door = v2::get_line(&chip, request(Input::Door as usize, edges)).expect("a contact");
    let horn = INPUTS.len() + Output::Horn as usize;
    let horn = v2::get_line(&chip, request(horn, LineFlags::OUTPUT)).expect("an output");
    println!("ready");
    let mut words = [0; 6];
    loop {
        gpiocdev_uapi::read_event(&door, &mut words).expect("an edge");
        let rises = v2::LineEdgeEvent::from_slice(&words).expect("an event").kind == 1;
        v2::set_line_values(&horn, &LineValues::from_slice(&[rises])).expect("it follows");
    }
}

/// Hears when the horn's output changes.
struct Ear {
    began: Instant,
    horn: bool,
    /// When it last did, ns since the beginning.
    at: Arc<AtomicU64>,
}

impl Listen for Ear {
    fn transfer(&mut self, _: u64, _: usize, _: u8, _: &[Operation<'_>], _: Result<(), BusError>) {}

    fn lines(&mut self, _: u64, _: u64, outputs: u64) {
        let horn = outputs >> Output::Horn as u8 & 1 == 1;
        if horn != self.horn {
            self.horn = horn;
            self.at
                .store(self.began.elapsed().as_nanos() as u64, Ordering::Release);
        }
    }

    fn act(&mut self, _: u64, _: &Act) {}
}

/// A part under the supervisor.
struct Part {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Part {
    fn start(board: &Board, name: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .env(PART, name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = board.spawn(command).expect("it starts");
        Part {
            to: child.stdin.take().expect("its input"),
            from: BufReader::new(child.stdout.take().expect("its output")),
            child,
        }
    }

    fn round(&mut self) -> Vec<u64> {
        self.to.write_all(b"go\n").expect("it hears");
        let mut bytes = vec![0; 8 * TRANSFERS];
        self.from.read_exact(&mut bytes).expect("it answers");
        let word = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).unwrap_or(0);
        bytes.chunks_exact(8).map(word).collect()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Moves the door and waits until the horn has followed; ns for each.
fn edges(rig: &Rig, began: Instant, at: &AtomicU64) -> Vec<u64> {
    let one = |_| {
        std::thread::sleep(REST);
        let before = at.load(Ordering::Acquire);
        let moved = began.elapsed().as_nanos() as u64;
        rig.with(|rack| {
            let open = rack.inputs() >> Input::Door as u8 & 1 == 1;
            rack.act(&Act::Door { open });
        });
        loop {
            let followed = at.load(Ordering::Acquire);
            if followed != before {
                return followed.saturating_sub(moved);
            }
            assert!(
                began.elapsed().as_nanos() as u64 - moved < 10_000_000_000,
                "the horn follows"
            );
            std::thread::sleep(Duration::from_micros(50));
        }
    };
    (0..EDGES).map(one).collect()
}

/// Latencies of `cyclictest` in ns, of one thread that wakes every millisecond; none where it is not installed.
fn cyclictest(policy: &[&str]) -> Vec<u64> {
    let mut command = Command::new("cyclictest");
    command.args([
        "--quiet",
        "--mlockall",
        "--threads=1",
        "--interval=1000",
        "--loops=500",
        "--histogram=20000",
    ]);
    let Ok(output) = command.args(policy).output() else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (us, count) = (
                words.next()?.parse::<u64>().ok()?,
                words.next()?.parse::<usize>().ok()?,
            );
            Some(std::iter::repeat_n(1_000 * us, count))
        });
    rows.flatten().collect()
}

/// One way, with everything that it took.
struct Way {
    name: &'static str,
    all: Vec<u64>,
}

impl Way {
    fn row(&mut self) -> String {
        if self.all.is_empty() {
            return format!("| {} | not measured | | | |", self.name);
        }
        self.all.sort_unstable();
        let share = |share: f64| {
            let place = (self.all.len() as f64 * share) as usize;
            self.all[place.min(self.all.len() - 1)] as f64 / 1e3
        };
        let name = self.name;
        let (median, p99, worst) = (share(0.5), share(0.99), share(1.0));
        format!(
            "| {name} | {median:.2} | {p99:.1} | {worst:.0} | {} |",
            self.all.len()
        )
    }
}

fn main() {
    match std::env::var(PART).as_deref() {
        Ok("transfers") => return transfers(),
        Ok("follows") => return follows(),
        Ok(_) | Err(_) => {}
    }
    let rounds = std::env::args()
        .skip(1)
        .find_map(|word| word.parse().ok())
        .unwrap_or(20);
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("rig.sock");
    let server = Server::bind(Rack::new(RackConfig::default()), &socket, 1.0).expect("a socket");
    let rig = server.rig();
    let served = std::thread::spawn(move || server.run());
    let board = Board::new(rig.clone()).expect("a board");
    let (began, at) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let ear = Ear {
        began,
        horn: false,
        at: Arc::clone(&at),
    };
    rig.with(|rack| rack.listen(Arc::new(Mutex::new(ear))));
    let mut bus = Part::start(&board, "transfers");
    let mut lines = Part::start(&board, "follows");
    let mut ready = String::new();
    lines.from.read_line(&mut ready).expect("it is ready");
    // So that the first edge is one for the horn: it is off, and the door is closed.
    rig.with(|rack| rack.act(&Act::Door { open: true }));
    let mut over = RigAddress::new(&socket).bus("rig://fan").expect("a bus");
    let way = |name| Way {
        name,
        all: Vec::new(),
    };
    let mut ways = [
        way("transfer in process"),
        way("transfer over rig://"),
        way("transfer under exec"),
        way("edge to output under exec"),
        way("cyclictest, as all here"),
        way("cyclictest, SCHED_FIFO 80"),
    ];
    std::thread::sleep(Duration::from_millis(100));
    for _ in 0..rounds {
        ways[0].all.extend(timed(|| {
            let mut bytes = [0; 2];
            let mut operations = [Operation::Write(&[0xFD]), Operation::Read(&mut bytes)];
            rig.with(|rack| rack.transfer(FAN.0, FAN.1, &mut operations))
                .expect("it answers");
            assert_eq!(bytes, IDENTITY);
        }));
        ways[1].all.extend(timed(|| read_identity(&mut over)));
        ways[2].all.extend(bus.round());
        ways[3].all.extend(edges(&rig, began, &at));
        ways[4].all.extend(cyclictest(&["--policy=other"]));
        ways[5]
            .all
            .extend(cyclictest(&["--policy=fifo", "--priority=80"]));
    }
    println!("| what | median us | p99 us | worst us | of |\n|---|---|---|---|---|");
    for way in &mut ways {
        println!("{}", way.row());
    }
    drop((bus, lines));
    rig.stop();
    served.join().expect("it ends").expect("its socket is removed");
}
