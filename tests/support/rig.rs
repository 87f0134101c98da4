//! The emulated rack as a process of its own, and a person at its control socket.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use hil_rig::rack::{Act, Input, Report};
use hil_rig::wire::{self, Hello, Reply, Request, Role, VERSION, Welcome};

use super::{BINARY, Process, eventually, seconds};

/// A rack and the connection to its control socket.
pub struct Rig {
    socket: PathBuf,
    speed: f64,
    control: Mutex<UnixStream>,
    _process: Process,
}

impl Rig {
    /// Starts a rack with this load in `directory`.
    pub fn start(directory: &Path, speed: f64, load_w: f64) -> Rig {
        let socket = directory.join("rig.sock");
        let mut command = Command::new(BINARY);
        command.arg("rig").arg("--socket").arg(&socket);
        command.args(["--speed", &speed.to_string(), "--load-w", &load_w.to_string()]);
        let mut process = Process::start("rig", &mut command);
        let control = eventually("the rig's socket answers", seconds(20.0), || {
            assert!(process.ended().is_none(), "the rig ended");
            UnixStream::connect(&socket).ok()
        });
        control
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a socket");
        let mut rig = Rig {
            socket,
            speed,
            control: Mutex::new(control),
            _process: process,
        };
        rig.greet();
        rig
    }

    fn greet(&mut self) {
        let control = self.control.get_mut().expect("nobody panics with it");
        wire::send(
            control,
            &Hello {
                version: VERSION,
                role: Role::Control,
            },
        )
        .expect("the rig listens");
        let welcome: Welcome = wire::receive(control).expect("the rig answers");
        assert!(matches!(welcome, Welcome::Ready { .. }), "{welcome:?}");
    }

    fn ask(&self, request: &Request) -> Reply {
        let mut control = self.control.lock().expect("nobody panics with it");
        wire::send(&mut *control, request).expect("the rig listens");
        wire::receive(&mut *control).expect("the rig answers")
    }

    /// Where it is.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// What people do and what breaks.
    pub fn act(&self, act: Act) {
        assert_eq!(self.ask(&Request::Act(act)), Reply::Done);
    }

    /// Moves a contact.
    pub fn line(&self, line: Input, high: bool) {
        self.act(Act::Line { line, high });
    }

    /// What is really so.
    pub fn report(&self) -> Report {
        let reply = self.ask(&Request::Report);
        let Reply::Report(report) = reply else {
            panic!("no report but {reply:?}")
        };
        *report
    }

    /// The rack's clock in seconds.
    pub fn now_s(&self) -> f64 {
        clock_s(&self.report())
    }

    /// Waits for something to be so in the rack, at most for so many of its seconds; gives the report that showed it.
    #[track_caller]
    pub fn until(&self, what: &str, plant_s: f64, mut so: impl FnMut(&Report) -> bool) -> Report {
        // The rack's own clock is the limit; the wall's only catches a rack that stands still.
        let began = self.now_s();
        eventually(what, seconds(plant_s / self.speed + 20.0), || {
            let report = self.report();
            let late = clock_s(&report) - began;
            assert!(
                late < plant_s || so(&report),
                "not within {plant_s} s of plant time: {what}; {report:?}"
            );
            so(&report).then_some(report)
        })
    }
}

/// The rack's clock of a report in seconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "days in microseconds are far below 2^53"
)]
pub fn clock_s(report: &Report) -> f64 {
    report.now_us as f64 / 1e6
}
