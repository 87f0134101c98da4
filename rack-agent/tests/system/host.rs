//! A host of the tests: a fake sysfs, hooks, a state's folder, and the agent's binary on it.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rack_agent::agent::disk::Disk;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::rack::LIMIT;

const POWER: &str = "sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw";
const FREQUENCY: &str = "sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq";
/// What the limits are before anybody touches them: µW and kHz.
pub const FOUND: (u64, u64) = (180_000_000, 3_600_000);

pub struct Host {
    folder: TempDir,
    child: Option<Child>,
    err: Arc<Mutex<Vec<String>>>,
}

impl Host {
    /// A host whose bus is at this address; `more` stands at the end of its configuration.
    pub fn new(bus: &str, more: &str) -> Host {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        let put = |name: &str, text: &str| {
            let path = at.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        put(POWER, &FOUND.0.to_string());
        put(
            "sys/class/powercap/intel-rapl:0/constraint_0_max_power_uw",
            "200000000",
        );
        put(FREQUENCY, &FOUND.1.to_string());
        put("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "4000000");
        put("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_min_freq", "400000");
        std::fs::create_dir(at.join("hooks")).expect("made");
        let p = at.display();
        put(
            "agent.toml",
            &format!(
                "state = \"{p}/state\"\nbus = \"{bus}\"\n[cap]\nsysfs = \"{p}/sys\"\n[hooks]\nfolder = \"{p}/hooks\"\n\
                 [shut_down]\ncommand = [\"touch\", \"{p}/down\"]\n{more}\n"
            ),
        );
        Host {
            folder,
            child: None,
            err: Arc::default(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn disk(&self) -> Disk {
        Disk::open(&self.path("state")).expect("a folder")
    }

    pub fn hook(&self, name: &str, script: &str) {
        let path = self.path("hooks").join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    }

    pub fn start(&mut self) {
        self.start_with(&[]);
    }

    pub fn start_with(&mut self, environment: &[(&str, &Path)]) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rack-agent"))
            .arg("--config")
            .arg(self.path("agent.toml"))
            .arg("run")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let (err, from) = (Arc::clone(&self.err), child.stderr.take().expect("a pipe"));
        std::thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                err.lock().expect("nobody panics with it").push(line);
            }
        });
        self.child = Some(child);
    }

    pub fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("it runs");
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a pid"), signal).expect("it is there");
    }

    /// Ends it by a signal, and waits.
    pub fn end(&mut self, by: Signal) {
        self.signal(by);
        self.child.take().expect("it runs").wait().expect("it has ended");
    }

    pub fn lives(&mut self) -> bool {
        let child = self.child.as_mut().expect("it was started");
        child.try_wait().expect("a child").is_none()
    }

    pub fn limits(&self) -> (u64, u64) {
        let read = |name: &str| {
            let text = std::fs::read_to_string(self.path(name)).unwrap_or_default();
            text.trim().parse().unwrap_or(0)
        };
        (read(POWER), read(FREQUENCY))
    }

    pub fn said(&self, text: &str) -> bool {
        let err = self.err.lock().expect("nobody panics with it");
        err.iter().any(|line| line.contains(text))
    }

    /// Waits for something to be so.
    #[track_caller]
    pub fn until(&self, what: &str, mut so: impl FnMut(&Host) -> bool) {
        let began = Instant::now();
        while !so(self) {
            assert!(
                began.elapsed() < LIMIT,
                "{what}; {:#?}",
                self.err.lock().expect("nobody panics with it")
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
