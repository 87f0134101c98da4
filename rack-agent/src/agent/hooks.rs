//! Hooks: programs of this host's owner that drain it, take the drain back, or run before it stops.
//!
//! Every program of the folder is run in the order of the names, with the phase as its argument (`prepare`, `release`,
//! `shutdown`) and in the environment `RACK_PHASE`, `RACK_INCIDENT` and, where a deadline runs, `RACK_DEADLINE_MS`. Each has a
//! limit; at its end its whole process group is ended. The agent runs them as its own user, usually root: a program that
//! somebody else may write is not run.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::protocol::{Phase, bounded, ms};

/// Programs that are run at most; further ones are not, and it is told.
pub const HOOKS_MAX: usize = 32;
/// Output of a hook that is kept for the journal, bytes; the rest is read and thrown away.
const OUTPUT_MAX: usize = 2_048;
/// From the polite signal to the other one.
const POLITE: Duration = Duration::from_secs(2);
/// What a descendant that keeps the output open after its parent's end is waited for.
const LEFT_OPEN: Duration = Duration::from_millis(500);

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The folder.
    pub folder: PathBuf,
    /// The phase; `run` means that what was asked before is taken back.
    pub phase: Phase,
    /// The incident.
    pub incident: u32,
    /// Time left, where a deadline runs.
    pub deadline: Option<Duration>,
    /// Limit of each.
    pub limit: Duration,
    /// Limit of all together.
    pub within: Option<Duration>,
}

/// What hooks say while they run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A line for people.
    Line(String),
    /// A fifth of a hook's time is left.
    Late,
}

/// The programs of a folder that may be run, and what is to be said of the others.
pub fn list(folder: &Path) -> (Vec<PathBuf>, Vec<String>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .filter(|entry| !is_aside(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    let (mut good, mut odd) = (Vec::new(), Vec::new());
    let own = rustix::process::geteuid().as_raw();
    for path in paths {
        let Ok(found) = std::fs::metadata(&path) else {
            continue;
        };
        if !found.is_file() || found.mode() & 0o111 == 0 {
            continue;
        }
        if found.mode() & 0o022 != 0 || (found.uid() != 0 && found.uid() != own) {
            odd.push(format!(
                "{} is not run: others than its owner may write it, or it is not root's; chmod go-w, chown root",
                path.display()
            ));
        } else if good.len() == HOOKS_MAX {
            odd.push(format!(
                "{} is not run: {HOOKS_MAX} hooks are the most",
                path.display()
            ));
        } else {
            good.push(path);
        }
    }
    (good, odd)
}

/// What stands in the folder and is passed over as if it were not there, and why: for a rehearsal, where somebody asks.
pub fn passed_over(folder: &Path) -> Vec<String> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => return vec![format!("{} cannot be read: {error}", folder.display())],
    };
    let mut all: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    all.sort();
    let mut said = Vec::new();
    for path in all {
        let name = name(&path);
        if is_aside(&name) {
            continue;
        }
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                said.push(format!("hook {name} leads nowhere: it is not run"));
            }
            Err(error) => said.push(format!("hook {name} is not run: {error}")),
            Ok(found) if found.is_file() && found.mode() & 0o111 == 0 => {
                said.push(format!("hook {name} is not executable: it is not run"));
            }
            Ok(_) => {}
        }
    }
    said
}

/// A hook's name.
pub fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// As run-parts has it: backups and hidden files are none.
fn is_aside(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~')
}

/// Runs them all. `more` is time that is granted on top; `said` takes what they say, as far as it has room.
pub async fn run(asked: Asked, mut more: watch::Receiver<Duration>, said: mpsc::Sender<Said>) {
    let (hooks, odd) = list(&asked.folder);
    let tell = |text: String| {
        // Lines are for people: where nobody takes them they are lost.
        let _ = said.try_send(Said::Line(text));
    };
    odd.into_iter().for_each(&tell);
    let end = asked.within.map(|within| Instant::now() + within);
    for hook in hooks {
        let name = name(&hook);
        if end.is_some_and(|end| Instant::now() >= end) {
            tell(format!("hook {name} is not run: no time is left"));
            continue;
        }
        match one(&hook, &asked, end, &mut more, &said).await {
            Ok(text) => tell(format!("hook {name}: {text}")),
            Err(error) => tell(format!("hook {name} cannot be run: {error}")),
        }
    }
}

fn argument(phase: Phase) -> &'static str {
    match phase {
        Phase::Run | Phase::Unknown => "release",
        Phase::Cap | Phase::Prepare | Phase::ShutDown => phase.text(),
    }
}

async fn one(
    hook: &Path,
    asked: &Asked,
    end: Option<Instant>,
    more: &mut watch::Receiver<Duration>,
    said: &mpsc::Sender<Said>,
) -> std::io::Result<String> {
    let phase = argument(asked.phase);
    let mut command = Command::new(hook);
    command
        .arg(phase)
        .env("RACK_PHASE", phase)
        .env("RACK_INCIDENT", asked.incident.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if let Some(deadline) = asked.deadline {
        command.env("RACK_DEADLINE_MS", ms(deadline).to_string());
    }
    let began = Instant::now();
    let mut child = Group::new(command.spawn()?);
    let outputs = (
        tokio::spawn(keep(child.child.stdout.take())),
        tokio::spawn(keep(child.child.stderr.take())),
    );
    let mut late = false;
    let ended = loop {
        let mut limit = began + asked.limit + *more.borrow_and_update();
        if let Some(end) = end {
            limit = limit.min(end);
        }
        let warn = limit - asked.limit.min(limit - began) / 5;
        tokio::select! {
            ended = child.child.wait() => break Some(ended?),
            () = sleep_until(warn), if !late => {
                late = true;
                let _ = said.try_send(Said::Late);
            }
            () = sleep_until(limit) => break None,
            Ok(()) = more.changed() => late = false,
        }
    };
    let took = began.elapsed().as_secs_f64();
    let text = match ended {
        Some(status) if status.success() => format!("done in {took:.1} s"),
        Some(status) => format!("{status} after {took:.1} s"),
        None => {
            child.signal(Signal::TERM);
            let _ = timeout(POLITE, child.child.wait()).await;
            format!("ended after {took:.1} s: its limit")
        }
    };
    // Whatever it has left behind is ended too; its output may stay open no longer than a moment.
    child.signal(Signal::KILL);
    let (out, err) = outputs;
    let mut spoken = String::new();
    for output in [out, err] {
        let abort = output.abort_handle();
        match timeout(LEFT_OPEN, output).await {
            Ok(Ok(text)) => spoken.push_str(&text),
            Ok(Err(_)) | Err(_) => abort.abort(),
        }
    }
    let spoken = bounded(spoken.trim());
    Ok(if spoken.is_empty() {
        text
    } else {
        format!("{text}: {spoken}")
    })
}

/// A hook with all its descendants: dropped, they are ended.
struct Group {
    child: Child,
    /// Its number is the group's, and stays the group's while anybody is in it.
    pid: Option<Pid>,
}

impl Group {
    fn new(child: Child) -> Group {
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        Group {
            pid: pid.and_then(Pid::from_raw),
            child,
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid {
            // Gone already is as good.
            let _ = kill_process_group(pid, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

async fn keep(from: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut from) = from else {
        return String::new();
    };
    let (mut kept, mut bytes) = (Vec::new(), [0; 1024]);
    while let Ok(got) = from.read(&mut bytes).await {
        if got == 0 {
            break;
        }
        let room = OUTPUT_MAX.saturating_sub(kept.len()).min(got);
        kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
        if room == 0 {
            // A hook that writes without end is read at a bounded pace.
            sleep(Duration::from_millis(1)).await;
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn hook(folder: &Path, name: &str, mode: u32, script: &str) {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("it is written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("it is set");
    }

    fn asked(folder: &Path, limit: Duration) -> Asked {
        Asked {
            folder: folder.to_owned(),
            phase: Phase::Prepare,
            incident: 7,
            deadline: Some(Duration::from_secs(90)),
            limit,
            within: None,
        }
    }

    async fn all(asked: Asked, more: watch::Receiver<Duration>) -> Vec<Said> {
        let (said, mut heard) = mpsc::channel(64);
        run(asked, more, said).await;
        let mut all = Vec::new();
        while let Ok(one) = heard.try_recv() {
            all.push(one);
        }
        all
    }

    fn block<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    #[test]
    fn they_run_in_order_with_the_phase_and_their_failures_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        hook(at, "20-second", 0o755, "echo sorry >&2; exit 3");
        hook(
            at,
            "10-first",
            0o755,
            "echo $1 $RACK_PHASE $RACK_INCIDENT $RACK_DEADLINE_MS",
        );
        hook(at, "30-old~", 0o755, "echo never");
        hook(at, "40-plain", 0o644, "echo never");
        hook(at, "50-open", 0o777, "echo never");
        let said = block(all(
            asked(at, Duration::from_secs(10)),
            watch::channel(Duration::ZERO).1,
        ));
        let lines: Vec<&str> = said
            .iter()
            .filter_map(|one| match one {
                Said::Line(text) => Some(text.as_str()),
                Said::Late => None,
            })
            .collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].contains("50-open is not run"), "{lines:?}");
        assert!(lines[1].contains("10-first: done") && lines[1].ends_with("prepare prepare 7 90000"));
        assert!(lines[2].contains("20-second: exit status: 3") && lines[2].ends_with("sorry"));
    }

    #[test]
    fn one_that_hangs_is_ended_with_all_its_descendants() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        let mark = at.join("pid");
        hook(
            at,
            "10-hangs",
            0o755,
            &format!("sleep 1000 & echo $! > {}; yes", mark.display()),
        );
        let said = block(all(
            asked(at, Duration::from_millis(500)),
            watch::channel(Duration::ZERO).1,
        ));
        assert_eq!(said[0], Said::Late);
        assert!(
            matches!(&said[1], Said::Line(text) if text.contains("its limit") && text.len() < 1000),
            "{said:?}"
        );
        let pid = std::fs::read_to_string(mark).expect("it ran");
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
    }

    #[test]
    fn time_that_is_granted_is_had() {
        let folder = tempfile::tempdir().expect("a folder");
        hook(folder.path(), "10-slow", 0o755, "sleep 1; echo whole");
        let (grant, more) = watch::channel(Duration::ZERO);
        grant.send_replace(Duration::from_secs(30));
        let said = block(all(asked(folder.path(), Duration::from_millis(200)), more));
        assert!(
            matches!(said.last(), Some(Said::Line(text)) if text.ends_with("whole")),
            "{said:?}"
        );
    }
}
