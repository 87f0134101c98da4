//! The controller's interface as any client uses it.

use std::time::Duration;

use hil_rig::scenario::StandError;
use points::command::{Command, Refusal};
use web::api;

/// Longest the interface takes to answer. A front that hangs is no reason for a scenario to hang.
const PATIENCE: Duration = Duration::from_secs(2);

/// A client of a controller's page.
pub struct Client {
    web: String,
    agent: ureq::Agent,
}

fn failed(what: &str, error: &impl std::fmt::Display) -> StandError {
    StandError(format!("{what}: {error}"))
}

impl Client {
    /// A client of the page at this address, `http://` and its port.
    pub fn new(web: String) -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE));
        let agent = config.http_status_as_error(false).build().into();
        Client { web, agent }
    }

    /// The address of the page.
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
        Command::HoldHosts { by, reason, minutes } => serde_json::json!({
            "command": name, "by": by.as_str(), "reason": reason.as_str(), "minutes": minutes,
        }),
        Command::AbortHosts { by, reason } => serde_json::json!({
            "command": name, "by": by.as_str(), "reason": reason.as_str(),
        }),
        Command::DrillHosts { hosts, by, reason } => {
            let hosts: Vec<usize> = hosts.iter().map(|host| host + 1).collect();
            serde_json::json!({ "command": name, "hosts": hosts, "by": by.as_str(), "reason": reason.as_str() })
        }
        Command::Silence { by } | Command::ResumeHosts { by } | Command::RehearseHosts { by } => {
            serde_json::json!({ "command": name, "by": by.as_str() })
        }
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
