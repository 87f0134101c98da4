//! The shipped controller as a process of its own, and its interface as any client uses it.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use hil_rig::scenario::StandError;
use points::command::{Command, Refusal};
use rustix::process::{Pid, Signal};
use serde::Deserialize;
use web::api;

use super::joined::Joined;
use super::machine::Machine;
use crate::listen::Listeners;

/// Longest a core takes until its front listens.
const START: Duration = Duration::from_secs(30);
/// Longest a core takes to end in good order.
const END: Duration = Duration::from_secs(8);
/// Longest the interface takes to answer. A front that hangs is no reason for a scenario to hang.
const PATIENCE: Duration = Duration::from_secs(2);
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
        })
    }
}

/// A core with its front.
pub struct Core {
    child: Child,
    web: String,
    listeners: Listeners,
    agent: ureq::Agent,
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
                let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE));
                let agent = config.http_status_as_error(false).build().into();
                Ok(Core {
                    child,
                    web: ready.web,
                    listeners,
                    agent,
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

    /// The address of its page, as it says itself.
    pub fn web(&self) -> &str {
        &self.web
    }

    /// The picture of now; none while the front has none.
    pub fn picture(&self) -> Option<api::Snapshot> {
        let answer = self
            .agent
            .get(format!("{}/api/v1/snapshot", self.web))
            .call()
            .ok()?;
        if answer.status() != 200 {
            return None;
        }
        serde_json::from_slice(&answer.into_body().read_to_vec().ok()?).ok()
    }

    /// Gives a command as the page does.
    ///
    /// # Errors
    /// When the front does not answer, or not as the interface is described.
    pub fn command(&self, command: &Command) -> Result<Result<(), Refusal>, StandError> {
        let request = self.agent.post(format!("{}/api/v1/commands", self.web));
        let request = request
            .header("X-Rack-Command", "1")
            .content_type("application/json");
        let answer = request.send(body(command).to_string());
        let mut answer = answer.map_err(|error| failed("the front takes no command", &error))?;
        let text = answer
            .body_mut()
            .read_to_string()
            .map_err(|error| failed("the front's answer", &error))?;
        let told: api::CommandAnswer = serde_json::from_str(&text)
            .map_err(|_| StandError(format!("the front's answer is none: {text}")))?;
        match told.number {
            None if told.result == "applied" => Ok(Ok(())),
            None => Err(StandError(format!("the front's answer is none: {text}"))),
            Some(number) => {
                let found = Refusal::ALL.iter().find(|refusal| **refusal as u8 == number);
                let unknown = || StandError(format!("a refusal of an unknown number: {text}"));
                found.map(|refusal| Err(*refusal)).ok_or_else(unknown)
            }
        }
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

fn body(command: &Command) -> serde_json::Value {
    let name = command.row().name;
    match command {
        Command::Manual {
            speed,
            owner,
            reason,
            minutes,
        } => serde_json::json!({
            "command": name, "speed": speed.get(), "owner": owner.as_str(), "reason": reason.as_str(), "minutes": minutes,
        }),
        Command::Automatic { owner } => serde_json::json!({ "command": name, "owner": owner.as_str() }),
        Command::Acknowledge { alarm, by, comment } => serde_json::json!({
            "command": name, "alarm": alarm.row().name, "by": by.as_str(),
            "comment": Some(comment.as_str()).filter(|comment| !comment.is_empty()),
        }),
        Command::Shelve {
            alarm,
            by,
            reason,
            shelf,
        } => {
            let (minutes, once) = match shelf {
                points::command::Shelf::Minutes(minutes) => (Some(*minutes), None),
                points::command::Shelf::Once => (None, Some(true)),
            };
            serde_json::json!({
                "command": name, "alarm": alarm.row().name, "by": by.as_str(), "reason": reason.as_str(),
                "minutes": minutes, "once": once,
            })
        }
        Command::AlarmOutOfService { alarm, by, reason } => serde_json::json!({
            "command": name, "alarm": alarm.row().name, "by": by.as_str(), "reason": reason.as_str(),
        }),
        Command::Unshelve { alarm, by } | Command::AlarmInService { alarm, by } => {
            serde_json::json!({ "command": name, "alarm": alarm.row().name, "by": by.as_str() })
        }
        Command::Silence { by } => serde_json::json!({ "command": name, "by": by.as_str() }),
        Command::Reset {
            latches,
            by,
            inspected,
        } => {
            let latches: Vec<&str> = latches.iter().map(points::interlock::Latch::key).collect();
            serde_json::json!({ "command": name, "latches": latches, "by": by.as_str(), "inspected": inspected })
        }
        Command::ReplaceUnit {
            unit,
            serial,
            installed,
            by,
            inspected,
        } => {
            let mut body = serde_json::json!({
                "command": name, "unit": unit.text(), "serial": serial.as_str(), "by": by.as_str(), "inspected": inspected,
            });
            if let Some(installed) = installed {
                body["installed"] = installed.to_string().into();
            }
            body
        }
        Command::Override {
            input,
            by,
            reason,
            minutes,
        } => serde_json::json!({
            "command": name, "input": input.key(), "by": by.as_str(), "reason": reason.as_str(), "minutes": minutes,
        }),
        Command::EndOverride { input, by } => {
            serde_json::json!({ "command": name, "input": input.key(), "by": by.as_str() })
        }
        Command::OutOfService {
            input,
            by,
            reason,
            serial,
        } => serde_json::json!({
            "command": name, "input": input.key(), "by": by.as_str(), "reason": reason.as_str(),
            "serial": serial.as_str(),
        }),
        Command::InService { input, by, serial } => serde_json::json!({
            "command": name, "input": input.key(), "by": by.as_str(), "serial": serial.as_str(),
        }),
        Command::SelfTest { by, reason } | Command::Commissioning { by, reason } => {
            serde_json::json!({ "command": name, "by": by.as_str(), "reason": reason.as_str() })
        }
    }
}
