//! `/etc/rack-agent/agent.toml`. Every key has a default; without the file all of them hold.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Longest file that is read, bytes.
const FILE_MAX: u64 = 64 * 1024;

/// The whole of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of keys, certificates, the order's number and what was found before a cap.
    pub state: PathBuf,
    /// Address of the system bus, as D-Bus writes it.
    pub bus: String,
    /// Time that a stop of this host takes, s, without its hooks.
    pub stop_estimate_s: u64,
    /// Power caps.
    pub cap: Cap,
    /// Hooks.
    pub hooks: Hooks,
    /// How the host is shut down.
    pub shut_down: ShutDown,
}

/// Power caps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cap {
    /// Where sysfs is.
    pub sysfs: PathBuf,
    /// Lower the limits of powercap (RAPL).
    pub powercap: bool,
    /// Lower the highest frequency of the processors.
    pub frequency: bool,
    /// Percent by which the cap rises at once when it is taken back; 0 gives everything back at once.
    pub release_step_percent: u8,
    /// Time between two such steps, s.
    pub release_step_s: u64,
}

impl Config {
    /// Time until this host is down after an order, by its own estimate: its hooks' and its own.
    pub const fn stop(&self) -> Duration {
        Duration::from_secs(self.stop_estimate_s.saturating_add(self.hooks.shut_down_s))
    }
}

impl Hooks {
    /// Time that all hooks have before the host stops, where so much is left to be down in.
    pub fn within(&self, deadline: Option<Duration>) -> Duration {
        let most = Duration::from_secs(self.shut_down_s);
        deadline.map_or(most, |left| most.min(left / 2))
    }
}

/// Hooks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hooks {
    /// Folder of programs that are run with `prepare`, `release` or `shutdown`, in the order of their names.
    pub folder: PathBuf,
    /// Time for each of them, s; then it is ended.
    pub limit_s: u64,
    /// Time for all of them before the host stops, s; at a deadline at most half of what is left.
    pub shut_down_s: u64,
    /// Time that the controller is asked for when a hook of `prepare` needs longer, s; 0 asks for none, 120 is the most.
    pub hold_s: u64,
}

/// How the host is shut down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShutDown {
    /// By which way first; `command` follows where it fails.
    pub by: By,
    /// Time until a scheduled one, s.
    pub schedule_s: u64,
    /// The command.
    pub command: Vec<String>,
}

/// A way to shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// logind's `PowerOff`.
    PowerOff,
    /// logind's `ScheduleShutdown`: who is logged in is told, and it can be taken back.
    Schedule,
    /// The command.
    Command,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            state: "/var/lib/rack-agent".into(),
            bus: "unix:path=/run/dbus/system_bus_socket".into(),
            stop_estimate_s: 90,
            cap: Cap::default(),
            hooks: Hooks::default(),
            shut_down: ShutDown::default(),
        }
    }
}

impl Default for Cap {
    fn default() -> Self {
        Cap {
            sysfs: "/sys".into(),
            powercap: true,
            frequency: true,
            release_step_percent: 0,
            release_step_s: 10,
        }
    }
}

impl Default for Hooks {
    fn default() -> Self {
        Hooks {
            folder: "/etc/rack-agent/hooks.d".into(),
            limit_s: 60,
            shut_down_s: 30,
            hold_s: 60,
        }
    }
}

impl Default for ShutDown {
    fn default() -> Self {
        ShutDown {
            by: By::PowerOff,
            schedule_s: 10,
            command: vec!["/sbin/shutdown".into(), "-h".into(), "now".into()],
        }
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What.
        error: std::io::Error,
    },
    /// What stands in it.
    #[error("{path}:{line}:{column}: {what}")]
    Content {
        /// Which.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What is wrong and how to mend it.
        what: String,
    },
}

impl Config {
    /// Reads it; a file that is not there is one in which nothing stands.
    ///
    /// # Errors
    /// When it cannot be read, or what stands in it cannot be.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let file = |error| ConfigError::File {
            path: path.to_owned(),
            error,
        };
        let text = match std::fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(file(error)),
            Ok(found) if found.len() > FILE_MAX => {
                return Err(file(std::io::Error::other(format!("more than {FILE_MAX} bytes"))));
            }
            Ok(_) => std::fs::read_to_string(path).map_err(file)?,
        };
        Config::parse(&text).map_err(|(offset, what)| {
            let before = text.get(..offset.min(text.len())).unwrap_or(&text);
            let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count());
            ConfigError::Content {
                path: path.to_owned(),
                line: before.matches('\n').count() + 1,
                column: column + 1,
                what,
            }
        })
    }

    /// From the file's text; the error is at a byte of it.
    fn parse(text: &str) -> Result<Config, (usize, String)> {
        let config: Config = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            (at, error.message().to_owned())
        })?;
        // What is out of bounds stands somewhere in the text: the defaults are in bounds.
        let at = |key: &str| (text.find(key).unwrap_or(0), key.to_owned());
        let refuse = |key: &str, what: &str| {
            let (offset, key) = at(key);
            Err((offset, format!("{key}: {what}")))
        };
        let hour = 0..=3_600;
        if !hour.contains(&config.stop_estimate_s) {
            return refuse("stop_estimate_s", "give 0 to 3600 s");
        }
        if config.cap.release_step_percent > 100 {
            return refuse("release_step_percent", "give 0 to 100 %");
        }
        if !(1..=3_600).contains(&config.cap.release_step_s) {
            return refuse("release_step_s", "give 1 to 3600 s");
        }
        if !(1..=3_600).contains(&config.hooks.limit_s) {
            return refuse("limit_s", "give 1 to 3600 s");
        }
        if !(1..=3_600).contains(&config.hooks.shut_down_s) {
            return refuse("shut_down_s", "give 1 to 3600 s");
        }
        if config.hooks.hold_s > 120 {
            return refuse("hold_s", "give 0 to 120 s");
        }
        if !hour.contains(&config.shut_down.schedule_s) {
            return refuse("schedule_s", "give 0 to 3600 s");
        }
        if config.shut_down.command.is_empty() {
            return refuse(
                "command",
                "give a program and its arguments; it is what is left when the bus does not answer",
            );
        }
        Ok(config)
    }

    /// The defaults as a file.
    pub fn text() -> String {
        toml::to_string(&Config::default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_all_defaults_and_the_defaults_are_in_bounds() {
        assert_eq!(Config::parse(""), Ok(Config::default()));
        assert_eq!(Config::parse(&Config::text()), Ok(Config::default()));
        let absent = Config::load(Path::new("/nonexistent/agent.toml"));
        assert_eq!(absent.expect("no file is a good file"), Config::default());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let directory = tempfile::tempdir().expect("a folder");
        let path = directory.path().join("agent.toml");
        for (text, place) in [
            ("[cap]\npowercap = 1\n", ":2:12: "),
            ("\n[hooks]\n hold_s = 121", ":3:2: hold_s"),
            ("[shut_down]\ncommand = []\n", ":2:1: command"),
            ("stat = \"x\"", ":1:1: unknown field"),
        ] {
            std::fs::write(&path, text).expect("it is written");
            let error = Config::load(&path).expect_err(text).to_string();
            assert!(error.contains(place), "{error}");
        }
    }
}
