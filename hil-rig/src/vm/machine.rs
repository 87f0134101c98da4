//! QEMU as a process: the command line, the console, the end.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::device::Daemon;
use super::gpio_device::Lines;
use super::guest::Prepared;
use super::serial::Line;
use super::{VmError, failed, i2c};
use crate::rack::BUSES;
use crate::rack::wired::SERIAL_LINES;

/// The program.
pub const QEMU: &str = "qemu-system-x86_64";
/// Memory of the guest, MB. The first file system is in it twice while it is unpacked.
const MEMORY_MB: u32 = 384;
/// The guest's kernel: no messages but errors on the console, no mitigations (there is nobody to be protected from), its
/// random numbers at once.
const KERNEL_LINE: &str =
    "console=ttyS0 rdinit=/init panic=-1 quiet loglevel=3 mitigations=off nokaslr random.trust_cpu=on";
/// Places of the devices on the guest's bus, in the order in which the kernel finds and numbers them.
const FIRST_PLACE: usize = 0x10;
/// Name of the socket and the device of the contacts and outputs.
const LINES: &str = "lines";
/// Lines of the console that are kept; the oldest are in the file.
const CONSOLE_LINES: usize = 256;
/// Lines of the console in an error.
const TOLD_LINES: usize = 6;
/// Longest the guest takes to power off before it is killed.
const OFF: Duration = Duration::from_secs(10);

/// A machine to be started.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Kernel and modules.
    pub prepared: &'a Prepared,
    /// The first file system, by [`super::guest::archive`].
    pub archive: &'a [u8],
    /// The served rack's socket.
    pub rig: &'a Path,
    /// A folder for sockets, archive and console.
    pub folder: &'a Path,
    /// TCP ports of the guest that are reached through a port of this machine's loopback.
    pub ports: &'a [u16],
}

/// A running machine with its devices. Dropped, it is killed.
pub struct Machine {
    child: Child,
    stdin: ChildStdin,
    console: Arc<Console>,
    ports: Vec<u16>,
    // After the process: they end when it does.
    _devices: Devices,
}

/// What the guest's devices lead to.
struct Devices {
    _buses: Vec<Daemon>,
    _lines: Lines,
    _serial: Vec<Line>,
}

impl Devices {
    /// Makes the backends' sockets, and the devices that QEMU connects to them.
    fn serve(plan: &Plan<'_>, line: &mut CommandLine) -> Result<Self, VmError> {
        let socket = |name: &str| plan.folder.join(format!("{name}.sock"));
        let mut buses = Vec::with_capacity(BUSES.len());
        for (bus, place) in BUSES.iter().zip(FIRST_PLACE..) {
            buses.push(i2c::serve(plan.rig, bus, &socket(bus))?);
            line.chardev(bus, &socket(bus));
            line.give(
                "-device",
                format!("vhost-user-i2c-pci,chardev={bus},addr={place:#x}"),
            );
        }
        let (lines, place) = (Lines::serve(plan.rig, &socket(LINES))?, FIRST_PLACE + BUSES.len());
        line.chardev(LINES, &socket(LINES));
        line.give(
            "-device",
            format!("vhost-user-gpio-pci,chardev={LINES},addr={place:#x}"),
        );
        let mut serial = Vec::with_capacity(SERIAL_LINES.len());
        for name in SERIAL_LINES {
            serial.push(Line::serve(plan.rig, name, &socket(name))?);
            line.chardev(name, &socket(name));
            line.give("-serial", format!("chardev:{name}"));
        }
        Ok(Devices {
            _buses: buses,
            _lines: lines,
            _serial: serial,
        })
    }
}

/// QEMU's arguments.
struct CommandLine(Vec<String>);

impl CommandLine {
    /// A bare machine with a console on standard input and output.
    fn new() -> Self {
        let flags = ["-nodefaults", "-no-user-config", "-no-reboot"];
        let mut line = CommandLine(flags.map(str::to_owned).to_vec());
        line.give("-accel", "tcg");
        line.give("-cpu", "qemu64");
        line.give("-machine", "q35");
        line.give("-smp", 1);
        line.give("-display", "none");
        line.give("-serial", "stdio");
        line.give("-m", MEMORY_MB);
        // The devices' backends look into the guest's memory: it is shared.
        line.give(
            "-object",
            format!("memory-backend-memfd,id=ram,size={MEMORY_MB}M,share=on"),
        );
        line.give("-numa", "node,memdev=ram");
        line
    }

    fn give(&mut self, option: &str, value: impl std::fmt::Display) {
        self.0.extend([option.to_owned(), value.to_string()]);
    }

    fn chardev(&mut self, name: &str, socket: &Path) {
        self.give("-chardev", format!("socket,id={name},path={}", socket.display()));
    }

    /// A network that leads nowhere but from ports of this machine's loopback to ports of the guest.
    fn network(&mut self, host: &[u16], guest: &[u16]) {
        let forward = |(host, guest)| format!(",hostfwd=tcp:127.0.0.1:{host}-10.0.2.15:{guest}");
        let forwards: String = host.iter().zip(guest).map(forward).collect();
        self.give("-netdev", format!("user,id=net,restrict=on{forwards}"));
        self.give("-device", "virtio-net-pci,netdev=net,romfile=,addr=0x8");
    }
}

#[derive(Default)]
struct Console {
    lines: Mutex<Told>,
    grown: Condvar,
}

#[derive(Default)]
struct Told {
    kept: VecDeque<String>,
    /// Lines since the start.
    count: usize,
    over: bool,
}

impl Machine {
    /// Starts a guest whose buses, lines and serial lines lead to the rack.
    ///
    /// # Errors
    /// When the rig does not answer or QEMU does not start.
    pub fn start(plan: &Plan<'_>) -> Result<Self, VmError> {
        let mut line = CommandLine::new();
        let devices = Devices::serve(plan, &mut line)?;
        let ports = free_ports(plan.ports.len())?;
        line.network(&ports, plan.ports);
        let archive = plan.folder.join("initrd");
        std::fs::write(&archive, plan.archive).map_err(failed("the guest's first file system"))?;
        line.give("-kernel", plan.prepared.kernel().display());
        line.give("-initrd", archive.display());
        line.give("-append", KERNEL_LINE);
        let log = File::create(plan.folder.join("console.log")).map_err(failed("console.log"))?;
        let errors = File::create(plan.folder.join("qemu.log")).map_err(failed("qemu.log"))?;
        // Whatever ends this process ends QEMU: nobody else would.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", QEMU])
            .args(&line.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn();
        let mut child = child.map_err(failed(QEMU))?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(VmError::Program {
                program: QEMU.to_owned(),
                why: "it has no console".to_owned(),
            });
        };
        let console = Arc::new(Console::default());
        let machine = Machine {
            child,
            stdin,
            console: Arc::clone(&console),
            ports,
            _devices: devices,
        };
        std::thread::Builder::new()
            .name("vm-console".to_owned())
            .spawn(move || console.read(BufReader::new(stdout), log))
            .map_err(failed("a thread for the console"))?;
        Ok(machine)
    }

    /// The ports of this machine's loopback that lead to the guest's, in the order of the plan.
    #[must_use]
    pub fn ports(&self) -> &[u16] {
        &self.ports
    }

    /// Says a line on the guest's console: `start`, `kill`, `wait` or `off`.
    ///
    /// # Errors
    /// When the guest is gone.
    pub fn say(&mut self, line: &str) -> Result<(), VmError> {
        let said = writeln!(self.stdin, "{line}").and_then(|()| self.stdin.flush());
        said.map_err(|error| self.lost(&format!("does not listen ({error})")))
    }

    /// Waits for a line that contains this text, among those that came since `from`; gives it with the number of the
    /// line behind it.
    ///
    /// # Errors
    /// When the guest ends before it says so, or does not say so in time.
    pub fn wait_for(&self, text: &str, from: usize, patience: Duration) -> Result<(String, usize), VmError> {
        let began = Instant::now();
        let mut told = self.console.lines.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let first = told.count - told.kept.len();
            let mut new = told.kept.iter().zip(first..).filter(|(_, place)| *place >= from);
            if let Some((line, place)) = new.find(|(line, _)| line.contains(text)) {
                return Ok((line.clone(), place + 1));
            }
            let left = patience.saturating_sub(began.elapsed());
            if told.over || left.is_zero() {
                let over = told.over;
                drop(told);
                let what = if over { "ended" } else { "took too long" };
                return Err(self.lost(&format!("{what} without \"{text}\"")));
            }
            (told, _) = self
                .console
                .grown
                .wait_timeout(told, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The console's lines that are kept.
    #[must_use]
    pub fn console(&self) -> Vec<String> {
        let told = self.console.lines.lock().unwrap_or_else(PoisonError::into_inner);
        told.kept.iter().cloned().collect()
    }

    /// Powers the guest off; one that does not end is killed.
    ///
    /// # Errors
    /// When it had to be killed.
    pub fn power_off(mut self) -> Result<(), VmError> {
        self.say("off")?;
        self.wait_for("guest: off", 0, OFF)?;
        let began = Instant::now();
        while began.elapsed() < OFF {
            if let Ok(Some(_)) = self.child.try_wait() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(self.lost("does not power off"))
    }

    fn lost(&self, what: &str) -> VmError {
        let lines = self.console();
        let from = lines.len().saturating_sub(TOLD_LINES);
        VmError::Guest {
            what: what.to_owned(),
            console: lines.get(from..).unwrap_or_default().join(" | "),
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Console {
    /// Keeps what the guest says until it says no more.
    fn read(&self, mut from: impl std::io::BufRead, mut log: File) {
        let mut line = Vec::new();
        while let Ok(1..) = from.read_until(b'\n', &mut line) {
            // A log that cannot be written is no reason to be deaf.
            let _ = log.write_all(&line);
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            let mut told = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            if told.kept.len() == CONSOLE_LINES {
                told.kept.pop_front();
            }
            told.kept.push_back(text);
            told.count += 1;
            self.grown.notify_all();
        }
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        self.grown.notify_all();
    }
}

/// Ports of loopback that nobody uses now.
fn free_ports(count: usize) -> Result<Vec<u16>, VmError> {
    let taken = (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    // All at once, so that no two are the same.
    let taken: Result<Vec<_>, _> = taken.collect();
    let ports = taken.and_then(|taken| {
        taken
            .iter()
            .map(|listener| listener.local_addr().map(|address| address.port()))
            .collect()
    });
    ports.map_err(failed("a free port"))
}
