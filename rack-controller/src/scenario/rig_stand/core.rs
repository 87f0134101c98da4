//! The shipped controller as a process of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use hil_rig::scenario::StandError;
use rustix::process::{Pid, Signal};
use serde::Deserialize;

use super::client::Client;
use super::joined::Joined;
use super::machine::Machine;
use crate::listen::Listeners;

/// Longest a core takes until its front listens.
const START: Duration = Duration::from_secs(30);
/// Longest a core takes to end in good order.
const END: Duration = Duration::from_secs(8);
/// How often the end of a process is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// The first line on a core's standard output.
#[derive(Deserialize)]
struct Ready {
    web: String,
    modbus: SocketAddr,
    nut: SocketAddr,
}

impl Ready {
    /// Where everything listens.
    fn listeners(&self) -> Option<Listeners> {
        let web = self.web.strip_prefix("http://")?.parse().ok()?;
        Some(Listeners {
            web,
            modbus: self.modbus,
            nut: self.nut,
            agent: None,
        })
    }
}

/// A core with its front.
pub struct Core {
    child: Child,
    client: Client,
    listeners: Listeners,
}

fn failed(what: &str, error: &impl std::fmt::Display) -> StandError {
    StandError(format!("{what}: {error}"))
}

impl Core {
    /// Starts the controller and waits until its front listens. `directory` holds `rack.toml`, `data` and `rig.sock`; what
    /// the core says goes into `core.log` there.
    ///
    /// # Errors
    /// When it does not start, with the end of what it said.
    pub(super) fn start(
        directory: &Path,
        machine: &Machine,
        listeners: &Listeners,
        joined: &Joined,
    ) -> Result<Self, StandError> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(directory.join("core.log"));
        let log = log.map_err(|error| failed("core.log", &error))?;
        let mut child = joined.start(directory, machine, listeners, |command| {
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        })?;
        match ready(&mut child) {
            Ok(ready) => {
                let listeners = ready
                    .listeners()
                    .map_or(*listeners, |chosen| listeners.with_ports_of(&chosen));
                Ok(Core {
                    child,
                    client: Client::new(ready.web),
                    listeners,
                })
            }
            Err(why) => {
                let _ = child.kill();
                let _ = child.wait();
                let said = std::fs::read_to_string(directory.join("core.log")).unwrap_or_default();
                let tail = said.lines().last().unwrap_or("it said nothing");
                Err(StandError(format!("the core does not come up: {why}; {tail}")))
            }
        }
    }

    /// Where everything listens, with the ports that were free to choose.
    pub fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// Its interface.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Kills it as the kernel would.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Ends it in good order; a core that does not end is killed.
    pub fn end(mut self) {
        self.signal(Signal::TERM);
        let began = Instant::now();
        while began.elapsed() < END && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(LOOK);
        }
        self.kill();
    }

    /// Sends a signal to the core alone.
    pub fn signal(&self, signal: Signal) {
        signal_to(self.child.id(), signal);
    }

    /// Sends a signal to its front alone.
    ///
    /// # Errors
    /// When it has none now.
    pub fn signal_front(&self, signal: Signal) -> Result<(), StandError> {
        let core = self.child.id();
        let all = tasks(core);
        let front = all
            .flat_map(|list| {
                list.split_whitespace()
                    .filter_map(|pid| pid.parse().ok())
                    .collect::<Vec<u32>>()
            })
            .next();
        let front = front.ok_or_else(|| StandError("the core has no front now".into()))?;
        signal_to(front, signal);
        Ok(())
    }
}

/// The children of every thread of a process: a helper thread starts the front.
fn tasks(pid: u32) -> impl Iterator<Item = String> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
}

/// Sends a signal to a process; one that is gone already is as good.
pub fn signal_to(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // Gone already is as good.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// The program of this name beside this one: what ships together is tested together.
pub fn beside(name: &str) -> Result<std::path::PathBuf, StandError> {
    let own = std::env::current_exe().map_err(|error| failed("this program's path", &error))?;
    // A test binary lies one folder below the programs.
    let folders = own.ancestors().skip(1).take(2);
    let found = folders
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.ok_or_else(|| {
        StandError(format!(
            "no `{name}` beside {}; build the whole package",
            own.display()
        ))
    })
}

/// Waits for the line that says where everything listens.
fn ready(child: &mut Child) -> Result<Ready, String> {
    let out = child.stdout.take().ok_or("no standard output")?;
    let (sender, lines) = sync_channel(1);
    std::thread::spawn(move || {
        let mut lines = BufReader::new(out).lines();
        let _ = sender.send(lines.next());
        // Whatever follows is read, so that the core never blocks on a full pipe.
        for _ in lines {}
    });
    let line = match lines.recv_timeout(START) {
        Ok(Some(Ok(line))) => line,
        Ok(_) | Err(RecvTimeoutError::Disconnected) => return Err("it ended".into()),
        Err(RecvTimeoutError::Timeout) => return Err(format!("not within {} s", START.as_secs())),
    };
    serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))
}
