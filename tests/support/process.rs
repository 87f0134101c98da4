//! A process under test: its output is read all the time, and it never outlives the test that started it.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{eventually, seconds};

/// Lines of standard error that a failed test shows.
const TAIL: usize = 40;

type Lines = Arc<Mutex<Vec<String>>>;

/// A child with its output.
pub struct Process {
    name: &'static str,
    child: Child,
    out: Lines,
    err: Lines,
    readers: [JoinHandle<()>; 2],
}

impl Process {
    /// Starts the controller's binary with these arguments.
    pub fn start(name: &'static str, command: &mut Command) -> Process {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let (out, reads_out) = collect(child.stdout.take().expect("a pipe"));
        let (err, reads_err) = collect(child.stderr.take().expect("a pipe"));
        Process {
            name,
            child,
            out,
            err,
            readers: [reads_out, reads_err],
        }
    }

    /// Its number.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).expect("a pid")
    }

    /// Sends a signal to it alone.
    pub fn signal(&self, signal: Signal) {
        self::signal(self.pid(), signal);
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of this process")
    }

    /// Waits for its end, and for everything that it said.
    pub fn end(&mut self, within: f64) -> ExitStatus {
        let what = format!("{} ends", self.name);
        let status = eventually(&what, seconds(within), || {
            self.child.try_wait().expect("a child of this process")
        });
        let what = format!("{} and everybody who writes for it have said all", self.name);
        eventually(&what, seconds(within), || {
            self.readers.iter().all(JoinHandle::is_finished).then_some(())
        });
        status
    }

    /// Kills it as the kernel would, and waits.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        assert_eq!(self.child.wait().expect("it ended").signal(), Some(9));
    }

    /// Standard output so far.
    pub fn out(&self) -> Vec<String> {
        self.out.lock().expect("nobody panics with it").clone()
    }

    /// Standard error so far.
    pub fn err(&self) -> Vec<String> {
        self.err.lock().expect("nobody panics with it").clone()
    }

    /// Whether a line of standard error behind the first `from` has this in it.
    pub fn said(&self, from: usize, text: &str) -> bool {
        self.err
            .lock()
            .expect("nobody panics with it")
            .iter()
            .skip(from)
            .any(|line| line.contains(text))
    }

    /// The object of the first line of standard output: where everything listens.
    pub fn ready(&mut self, within: f64) -> serde_json::Value {
        let name = self.name;
        let line = eventually(&format!("{name} says that it is ready"), seconds(within), || {
            assert!(self.ended().is_none(), "{name} ended: {:?}", self.ended());
            self.out().first().cloned()
        });
        let object: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(object["ready"], true, "{line}");
        object
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Children of this process first: whoever is killed cannot end them any more.
        let tree = descendants(self.pid());
        let over = matches!(self.child.try_wait(), Ok(Some(_)));
        if !over {
            let _ = self.child.kill();
            let _ = self.child.wait();
            for one in tree.iter().filter(|one| one.lives()) {
                signal(one.pid, Signal::KILL);
            }
        }
        if std::thread::panicking() {
            let err = self.err();
            eprintln!(
                "--- the last lines of {} ({})",
                self.name,
                if over { "ended" } else { "killed by the test" }
            );
            for line in &err[err.len().saturating_sub(TAIL)..] {
                eprintln!("    {line}");
            }
        }
    }
}

fn collect(from: impl Read + Send + 'static) -> (Lines, JoinHandle<()>) {
    let lines = Lines::default();
    let own = Arc::clone(&lines);
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            own.lock().expect("nobody panics with it").push(line);
        }
    });
    (lines, reader)
}

/// Sends a signal to a process that this test has started, or that such a one has started.
pub fn signal(pid: i32, signal: Signal) {
    let pid = Pid::from_raw(pid).expect("a pid");
    // Gone already is as good.
    let _ = kill_process(pid, signal);
}

/// A process by number and start, so that a number that is used again is not mistaken for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub pid: i32,
    /// Its first argument, which says what it is.
    pub role: String,
    started: u64,
}

impl Identity {
    /// Whether it still runs; what waits only to be noticed by its parent does not.
    pub fn lives(&self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.started == self.started && stat.state != 'Z')
    }
}

struct Stat {
    state: char,
    parent: i32,
    started: u64,
}

fn stat(pid: i32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

/// Every process below this one.
pub fn descendants(pid: i32) -> Vec<Identity> {
    let pids = std::fs::read_dir("/proc").expect("/proc").flatten();
    let all: Vec<(i32, Stat)> = pids
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat(pid)?)))
        .collect();
    let (mut found, mut below) = (Vec::new(), vec![pid]);
    while let Some(parent) = below.pop() {
        for (pid, stat) in all
            .iter()
            .filter(|(_, stat)| stat.parent == parent && stat.state != 'Z')
        {
            let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let role = line.split('\0').nth(1).unwrap_or_default().to_owned();
            found.push(Identity {
                pid: *pid,
                role,
                started: stat.started,
            });
            below.push(*pid);
        }
    }
    found
}

/// Runs the controller's binary to its end.
pub fn output(arguments: &[&str]) -> std::process::Output {
    Command::new(super::BINARY)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

/// How long something takes.
pub fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    (act(), began.elapsed())
}
