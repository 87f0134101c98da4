//! The answer to a rehearsal: what this host would do if it were told to shut down now, and what is missing for it.
//!
//! Nothing is done: hooks and limits are looked at and not run or written, and logind is asked what it could do. It runs beside the
//! agent's life in a task of its own, because a disk or a bus that hangs must not hold up an order.

use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Access, access};

use super::bus::Login;
use super::cap::Unwritable;
use super::config::{By, Config, ShutDown};
use super::hooks;
use super::run::BEFORE_LOCK_ENDS;
use crate::protocol::{Would, ms};

/// How much of a script is read to find what interprets it, bytes: as much as the kernel reads.
const SHEBANG: u64 = 256;

/// What the agent knows when it is asked.
pub struct Asked {
    /// Its configuration.
    pub config: Config,
    /// logind, where the bus is there.
    pub login: Option<Login>,
    /// The files of its limits.
    pub limits: Vec<PathBuf>,
    /// Time that an order would leave.
    pub deadline: Option<Duration>,
}

/// What was found, a kind each.
#[derive(Default)]
struct Found {
    does: Vec<String>,
    lacks: Vec<String>,
}

/// The answer.
pub async fn would(asked: Asked) -> Would {
    let config = &asked.config;
    let stop = config.stop();
    let mut found = Found::default();
    let (hooks, limits) = (config.hooks.folder.clone(), asked.limits.clone());
    let command = config.shut_down.command.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let unwritable = super::cap::unwritable(&limits);
        (look(&hooks), unwritable, limits.len(), no_command(&command))
    });
    let Ok(((hooks, unfit), unwritable, limits, no_command)) = looked.await else {
        found.lacks.push("its agent could not look at its files".into());
        return answer(found, stop);
    };
    found.hooks(config, &hooks, unfit, asked.deadline);
    found.off(&config.shut_down, asked.login.is_some(), no_command);
    if let Some(login) = &asked.login {
        found.login(config, login, !hooks.is_empty()).await;
    }
    found.limits(limits, unwritable);
    answer(found, stop)
}

fn answer(found: Found, stop: Duration) -> Would {
    Would {
        stop_ms: ms(stop),
        does: found.does,
        lacks: found.lacks,
    }
    .bounded()
}

impl Found {
    fn hooks(&mut self, config: &Config, hooks: &[String], unfit: Vec<String>, deadline: Option<Duration>) {
        let within = config.hooks.within(deadline);
        match hooks {
            [] => self.does.push("runs no hooks: it has none".into()),
            hooks => self.does.push(format!(
                "runs {} of at most {:.0} s together: {}",
                if hooks.len() == 1 { "a hook" } else { "its hooks" },
                within.as_secs_f64(),
                hooks.join(", ")
            )),
        }
        self.lacks.extend(unfit);
    }

    /// How it goes off.
    fn off(&mut self, config: &ShutDown, bus: bool, no_command: Option<String>) {
        let command = config.command.join(" ");
        self.does.push(match (config.by, bus) {
            (By::PowerOff, true) => "asks logind to power off".into(),
            (By::Schedule, true) => format!("asks logind to power off in {} s", config.schedule_s),
            (By::Command, _) | (By::PowerOff | By::Schedule, false) => format!("runs `{command}`"),
        });
        if !bus {
            let instead = match config.by {
                By::Command => "",
                By::PowerOff | By::Schedule => "it would be shut down by its command, and ",
            };
            self.lacks.push(format!(
                "the system bus or logind is away: {instead}a shutdown by others is not seen"
            ));
        }
        self.lacks.extend(no_command);
    }

    /// What logind says it could do.
    async fn login(&mut self, config: &Config, login: &Login, hooks: bool) {
        match (config.shut_down.by, login.can_power_off().await) {
            (By::Command, _) => {}
            (By::PowerOff | By::Schedule, Ok(can)) if can == "yes" => {}
            (By::PowerOff | By::Schedule, Ok(can)) => self.lacks.push(format!(
                "logind says {can:?} to CanPowerOff: it would not power off at the agent's word"
            )),
            (By::PowerOff | By::Schedule, Err(error)) => {
                self.lacks
                    .push(format!("logind does not say CanPowerOff: {error}"));
            }
        }
        match login.delay_max().await {
            Ok(longest) if hooks => {
                let (left, wanted) = (
                    longest.saturating_sub(BEFORE_LOCK_ENDS),
                    Duration::from_secs(config.hooks.shut_down_s),
                );
                if left < wanted {
                    self.lacks.push(format!(
                        "when somebody else shuts it down its hooks have {:.1} s (InhibitDelayMaxSec {:.1} s) and may take {} s: set \
                         it higher in logind.conf.d, or hooks.shut_down_s lower",
                        left.as_secs_f64(),
                        longest.as_secs_f64(),
                        wanted.as_secs()
                    ));
                }
            }
            // Nothing is waited for.
            Ok(_) => {}
            Err(error) => self
                .lacks
                .push(format!("logind does not say InhibitDelayMaxUSec: {error}")),
        }
    }

    fn limits(&mut self, limits: usize, unwritable: Unwritable) {
        match (limits, unwritable.first) {
            (0, _) => self
                .does
                .push("follows no power cap: it has no limits to lower".into()),
            (limits, None) => self
                .does
                .push(format!("can lower {limits} power or frequency limits")),
            (limits, Some(first)) => self.lacks.push(format!(
                "{} of its {limits} power or frequency limits cannot be written: {first}",
                unwritable.count
            )),
        }
    }
}

/// The hooks that would be run, by name, and what is to be said of the others.
fn look(folder: &Path) -> (Vec<String>, Vec<String>) {
    let (hooks, mut unfit) = hooks::list(folder);
    unfit.extend(hooks::passed_over(folder));
    let mut names = Vec::new();
    for hook in hooks {
        let name = hooks::name(&hook);
        match runnable(&hook) {
            Ok(()) => names.push(name),
            Err(why) => unfit.push(format!("hook {name} cannot be run: {why}")),
        }
    }
    (names, unfit)
}

/// Whether the kernel would run this program, as far as that can be known without running it.
fn runnable(program: &Path) -> Result<(), String> {
    access(program, Access::EXEC_OK).map_err(|error| error.to_string())?;
    let mut begin = Vec::new();
    let file = std::fs::File::open(program).map_err(|error| error.to_string())?;
    // One that cannot be read is no script, and may be run all the same.
    if file.take(SHEBANG).read_to_end(&mut begin).is_err() {
        return Ok(());
    }
    let Some(line) = begin.strip_prefix(b"#!") else {
        return Ok(());
    };
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let interpreter = line
        .split(u8::is_ascii_whitespace)
        .find(|part| !part.is_empty())
        .unwrap_or_default();
    let interpreter = Path::new(std::ffi::OsStr::from_bytes(interpreter));
    access(interpreter, Access::EXEC_OK).map_err(|error| format!("{}: {error}", interpreter.display()))
}

/// Why the command could not be run, if it could not.
fn no_command(command: &[String]) -> Option<String> {
    let Some(program) = command.first() else {
        return Some("no command is configured to shut it down with".into());
    };
    let found = if program.contains('/') {
        runnable(Path::new(program))
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let there = std::env::split_paths(&path).any(|folder| runnable(&folder.join(program)).is_ok());
        there.then_some(()).ok_or_else(|| "it is not found".into())
    };
    let why = found.err()?;
    Some(format!(
        "the command that shuts it down where logind does not, `{program}`, cannot be run: {why}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn hook(folder: &Path, name: &str, text: &str, mode: u32) {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
    }

    #[test]
    fn every_hook_that_would_not_run_is_named_and_none_is_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        let ran = at.join("ran");
        let script = format!("#!/bin/sh\ntouch {}\n", ran.display());
        hook(at, "10-good", &script, 0o755);
        hook(at, "20-plain", &script, 0o644);
        hook(at, "30-open", &script, 0o777);
        hook(at, "40-python", "#! /no/such/python3 -u\n", 0o755);
        std::os::unix::fs::symlink(at.join("nowhere"), at.join("50-gone")).expect("made");
        hook(at, "60-old~", &script, 0o755);
        let (names, unfit) = look(at);
        assert_eq!(names, ["10-good"]);
        let said = unfit.join("\n");
        for (name, why) in [
            ("20-plain", "is not executable"),
            ("30-open", "others than its owner"),
            ("40-python", "/no/such/python3"),
            ("50-gone", "leads nowhere"),
        ] {
            let found = unfit
                .iter()
                .find(|line| line.contains(name) && line.contains(why));
            assert!(found.is_some(), "{name}: {said}");
        }
        assert_eq!(unfit.len(), 4, "{said}");
        assert!(!ran.exists());
        assert_eq!(look(&at.join("none")), (vec![], vec![]), "no folder, no hooks");
    }

    #[test]
    fn a_command_that_is_not_there_is_told() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        assert_eq!(no_command(&words("/bin/sh -c true")), None);
        assert_eq!(no_command(&words("sh -c true")), None);
        for command in ["/no/such/shutdown -h now", "no-such-shutdown-anywhere"] {
            let said = no_command(&words(command)).expect("it is not there");
            assert!(said.contains("cannot be run"), "{said}");
        }
        assert!(no_command(&[]).is_some());
    }
}
