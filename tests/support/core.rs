//! The core as a process of its own, started as a service manager would, with what it says over its front.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::http::{self, Answer};
use super::process::{Identity, Process, descendants};
use super::{BINARY, Rig, eventually, seconds};

/// A core beside a rig.
pub struct Core {
    /// The process.
    pub process: Process,
    /// Where its page is.
    pub web: SocketAddr,
    /// Where its Modbus server is.
    pub modbus: SocketAddr,
    /// Where its NUT server is.
    pub nut: SocketAddr,
    /// Where agents connect to, where the site has them.
    pub agent: Option<SocketAddr>,
}

/// The built-in rack's configuration after `change`, as a file in `directory`.
pub fn configuration(directory: &Path, change: impl FnOnce(&mut rack_controller::config::Config)) -> PathBuf {
    let mut config = rack_controller::config::builtin();
    change(&mut config);
    let path = directory.join("rack.toml");
    std::fs::write(&path, rack_controller::config::commented(&config)).expect("a file");
    path
}

/// A data directory in which nothing was ever latched.
pub fn commissioned(directory: &Path) -> PathBuf {
    let data = directory.join("data");
    assert!(
        rack_controller::core::store::commission(&data, rack_controller::core::clock::today(0))
            .expect("a data directory")
    );
    data
}

impl Core {
    /// Starts a core and waits until its front listens.
    pub fn start(config: &Path, data: &Path, rig: &Rig) -> Core {
        Self::start_at(config, data, rig, "127.0.0.1")
    }

    /// As [`start`](Core::start), with a NUT server at this address of this computer.
    pub fn start_at(config: &Path, data: &Path, rig: &Rig, nut: &str) -> Core {
        Self::started(Self::listening(config, data, nut), rig)
    }

    /// As [`start`](Core::start), by a program that becomes the one that its arguments name.
    pub fn start_in(mut by: Command, config: &Path, data: &Path, rig: &Rig) -> Core {
        let command = Self::command(config, data);
        by.arg(command.get_program()).args(command.get_args());
        Self::started(by, rig)
    }

    fn started(mut command: Command, rig: &Rig) -> Core {
        let mut process = Process::start("core", command.arg("--rig").arg(rig.socket()));
        let ready = process.ready(30.0);
        let at = |key: &str| {
            let text = ready[key]
                .as_str()
                .map(|url| url.strip_prefix("http://").unwrap_or(url));
            text.and_then(|at| at.parse().ok())
                .unwrap_or_else(|| panic!("no {key} in {ready}"))
        };
        let (web, modbus, nut) = (at("web"), at("modbus"), at("nut"));
        let agent = ready["agent"].as_str().and_then(|at| at.parse().ok());
        Core {
            process,
            web,
            modbus,
            nut,
            agent,
        }
    }

    /// The command that runs a core at a free port.
    pub fn command(config: &Path, data: &Path) -> Command {
        Self::listening(config, data, "127.0.0.1")
    }

    fn listening(config: &Path, data: &Path, nut: &str) -> Command {
        let mut command = Command::new(BINARY);
        command
            .arg("run")
            .arg("--config")
            .arg(config)
            .arg("--data")
            .arg(data);
        for (listener, address) in [
            ("--listen-web", "127.0.0.1"),
            ("--listen-modbus", "127.0.0.1"),
            ("--listen-nut", nut),
        ] {
            command.args([listener, &format!("{address}:0")]);
        }
        command
    }

    /// The front that runs now, if one does.
    pub fn front(&self) -> Option<Identity> {
        descendants(self.process.pid())
            .into_iter()
            .find(|child| child.role == "front")
    }

    /// The picture of now, if the front gives one.
    pub fn snapshot(&self) -> Option<Value> {
        let answer = http::get(self.web, "/api/v1/snapshot")
            .ok()
            .filter(|answer| answer.status == 200)?;
        serde_json::from_str(&answer.body).ok()
    }

    /// Waits for a picture in which something is so.
    #[track_caller]
    pub fn until(&self, what: &str, wall_s: f64, mut so: impl FnMut(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let (limit, began) = (seconds(wall_s), std::time::Instant::now());
        eventually(what, limit + seconds(5.0), || {
            last = self.snapshot().unwrap_or(Value::Null);
            assert!(
                so(&last) || began.elapsed() < limit,
                "not within {wall_s} s: {what}; {}",
                told(&last)
            );
            so(&last).then(|| last.clone())
        })
    }

    /// Gives a command.
    pub fn ask(&self, body: &Value) -> Answer {
        http::command(self.web, body).expect("the front answers")
    }

    /// Waits until the front listens and has a picture.
    pub fn served(&self, wall_s: f64) -> Value {
        self.until("the front serves a picture", wall_s, |picture| {
            picture["tick"].as_u64().is_some_and(|n| n > 0)
        })
    }
}

/// A point's number in a picture.
pub fn number(picture: &Value, point: &str) -> Option<f64> {
    picture["points"][point]["value"].as_f64()
}

/// Why a point has no number in a picture.
pub fn reason<'a>(picture: &'a Value, point: &str) -> Option<&'a str> {
    picture["points"][point]["reason"].as_str()
}

/// Whether an alarm's condition or latch stands in a picture. One that is over and waits to be seen does not.
pub fn raised(picture: &Value, alarm: &str) -> bool {
    let alarms = picture["alarms"].as_array();
    alarms.is_some_and(|list| {
        list.iter()
            .any(|one| one["name"] == alarm && one["process"] != "normal")
    })
}

/// The short of a picture, for messages.
fn told(picture: &Value) -> String {
    let names = |list: &Value| -> Vec<String> {
        let all = list.as_array().into_iter().flatten();
        all.map(|one| {
            one["name"]
                .as_str()
                .map_or_else(|| one.to_string(), str::to_owned)
        })
        .collect()
    };
    format!(
        "tick {}, alarms {:?}, interlocks {}, regime {}, restarts {:?}",
        picture["tick"],
        names(&picture["alarms"]),
        picture["interlocks"],
        picture["points"]["controller.regime"],
        number(picture, "controller.front.restarts"),
    )
}
