//! A rack, a guest, and no controller: the proof that a stock kernel's buses lead to the rack byte by byte, and what that
//! kernel makes of a chip that does not answer. The program is copied into the guest and tells there what it reads; here
//! it opens the door, breaks a chip, and checks every line.
//!
//! `vm-probe [FOLDER]`, after `tests/vm/prepare FOLDER` (`target/vm` without one).

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that tells what it finds"
)]

mod guest;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hil_rig::rack::{Act, Fault, Instrument, Rack, RackConfig};
use hil_rig::server::Server;
use hil_rig::vm::guest::{Prepared, Program, archive};
use hil_rig::vm::machine::{Machine, Plan};

/// Longest the guest takes for anything. On a busy machine a boot takes most of a minute.
const PATIENCE: Duration = Duration::from_secs(120);
/// Instrument behind channel 2 of the multiplexer that is broken.
const BROKEN: Instrument = Instrument::WallLeft;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let argument = std::env::args().nth(1);
    let ended = if argument.as_deref() == Some("guest") {
        guest::tell_all()
    } else {
        host(&PathBuf::from(argument.unwrap_or_else(|| "target/vm".to_owned())))
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("probe: failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn host(prepared: &Path) -> Result<(), Failure> {
    let began = Instant::now();
    let prepared = Prepared::find(prepared)?;
    let folder = std::env::temp_dir().join(format!("vm-probe-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let ended = probe(&prepared, &folder, began);
    if ended.is_ok() {
        std::fs::remove_dir_all(&folder)?;
    } else {
        eprintln!("the console is in {}", folder.display());
    }
    ended
}

fn probe(prepared: &Prepared, folder: &Path, began: Instant) -> Result<(), Failure> {
    let socket = folder.join("rig.sock");
    let server = Server::bind(Rack::new(RackConfig::default()), &socket, 1.0)?;
    let rig = server.rig();
    let rack = std::thread::spawn(move || server.run());
    let program = Program {
        path: std::env::current_exe()?,
        arguments: vec!["guest".to_owned()],
        files: Vec::new(),
    };
    let machine = Machine::start(&Plan {
        prepared,
        archive: &archive(prepared, &program)?,
        rig: &socket,
        folder,
        ports: &[],
    })?;
    let mut seen = Seen { machine, next: 0 };
    let up = seen.line("guest: up")?;
    println!("{:6.2} s  {up}", began.elapsed().as_secs_f64());
    for (what, wanted) in EXPECTED {
        let line = seen.line(&format!("probe: {what}"))?;
        if !line.contains(wanted) {
            return Err(format!("\"{wanted}\" was to be in: {line}").into());
        }
        println!("{:6.2} s  {line}", began.elapsed().as_secs_f64());
    }
    seen.line("probe: waits for the door")?;
    rig.with(|rack| rack.act(&Act::Door { open: true }));
    println!("          {}", seen.line("door edge falling number 1")?);
    rig.with(|rack| rack.act(&Act::Door { open: false }));
    println!("          {}", seen.line("door edge rising number 2")?);
    println!("          {}", seen.line("probe: transfer median")?);
    println!("          {}", seen.line("probe: all contacts median")?);
    seen.line("probe: waits for faults")?;
    for (fault, wanted) in FAULTS {
        rig.with(|rack| {
            rack.act(&Act::Fault {
                instrument: BROKEN,
                fault,
                amount: None,
            });
        });
        let line = seen.line("probe: tmp117 with a fault")?;
        rig.with(|rack| rack.act(&Act::MendEverything));
        seen.line("probe: tmp117 mended")?;
        if !line.contains(wanted) {
            return Err(format!("{fault:?}: \"{wanted}\" was to be in: {line}").into());
        }
        println!("{:6.2} s  {fault:?}: {line}", began.elapsed().as_secs_f64());
    }
    seen.line("probe: done")?;
    seen.machine.power_off()?;
    rig.stop();
    rack.join().map_err(|_| "the rack's thread ended badly")??;
    println!("{:6.2} s  all as it must be", began.elapsed().as_secs_f64());
    Ok(())
}

/// What must come, in this order: the start of a line, and what must be in it.
const EXPECTED: [(&str, &str); 19] = [
    ("bus 0", "air is i2c_virtio"),
    ("bus 1", "fire is i2c_virtio"),
    ("bus 2", "fan is i2c_virtio"),
    ("sdp8xx product", "count 1"),
    // Product 0x03020A01 of the SDP810-125 Pa with its check (Sensirion's data sheet, 6.3.4).
    ("sdp8xx product", "count 2 bytes [03, 02"),
    ("sht4x serial", "count 1"),
    ("sht4x serial", "count 1 bytes ["),
    ("mux channel 2", "count 1"),
    ("mux reads back", "count 1 bytes [04]"),
    // Texas Instruments, TMP117, 7.6.10: 0x0117 in the low twelve bits.
    ("tmp117 id", "count 2 bytes [01, 17]"),
    ("tmp117 temperature", "count 2 bytes ["),
    // Microchip, EMC2305, 6.31: product 0x34, manufacturer 0x5D.
    ("emc2305 id", "count 2 bytes [34, 5d]"),
    // The kernel gives a count of good messages, no error, and leaves the buffer as it was. Whoever looks at the error
    // alone takes this for a reading.
    ("absent read", "count 0 bytes [a5, a5]"),
    ("absent write-read", "count 0 bytes [a5, a5]"),
    // Feed A's voltage, meter 1, phase 1: function 4, four bytes.
    ("meter replies", "[01, 04, 04, "),
    ("gpiochip0", "lines 31"),
    ("driving the door", "fails"),
    ("horn true", "reads back true"),
    ("horn false", "reads back false"),
];

/// Faults of the chip and what the kernel says of them.
const FAULTS: [(Fault, &str); 5] = [
    (Fault::Nack, "count 0 bytes [a5, a5]"),
    (Fault::ShortTransfer, "count 1 bytes [a5, a5]"),
    (Fault::Timeout, "count 0 bytes [a5, a5]"),
    // Here even the count lies; only the bytes that were never handed over can tell.
    (Fault::QuietNack, "count 2 bytes [a5, a5]"),
    (Fault::QuietShort, "count 2 bytes [01, a5]"),
];

/// The guest's console, line after line.
struct Seen {
    machine: Machine,
    next: usize,
}

impl Seen {
    /// The next line that contains a text.
    fn line(&mut self, text: &str) -> Result<String, Failure> {
        let (line, next) = self.machine.wait_for(text, self.next, PATIENCE)?;
        self.next = next;
        Ok(line)
    }
}
