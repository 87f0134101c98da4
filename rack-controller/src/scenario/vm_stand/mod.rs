//! The stand of a virtual machine (feature `vm`): the controller that ships runs in a guest on a stock kernel's own buses,
//! configured as on a real rack; the rack is here. A look is what a client of its interface gets through the guest's
//! network.
//!
//! ```text
//!   this process: rack -- socket -- backends of the buses  <==queues==>  guest's kernel -- core -- front
//!        ^  acts, truth                                                                            |
//!        +---------------- player <---------------------- HTTP: picture, commands ------------------+
//! ```
//! The guest's clock is its own and real, so nothing here runs faster than real time and what is compared are pictures,
//! not moments.

mod guest;
mod verb;

use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hil_rig::rack::{Act, Report, Watch};
use hil_rig::scenario::{Scenario, Stand, StandError, Upset};
use hil_rig::server::{Server, monotonic_us};
use hil_rig::vm::guest::Prepared;
use hil_rig::vm::machine::{Machine, Plan};
use hil_rig::wire::Request;
use points::command::{Command, Refusal};
use points::{Moment, Snapshot, Span};

use super::recording;
use super::rig_stand::client::Client;
use super::rig_stand::control::Control;
use super::rig_stand::picture;
pub use verb::{Arguments, main};

/// Longest a guest takes to boot. On an idle machine it takes three seconds, under heavy load most of a minute.
const BOOT: Duration = Duration::from_secs(60);
/// Longest from there to the first picture.
const FIRST_PICTURE: Duration = Duration::from_secs(30);
/// How often the interface is asked.
const LOOK: Duration = Duration::from_millis(50);
/// Longest between a tick and its picture at a client: ten pictures a second, and the way out of the guest.
const LAG: Duration = Duration::from_millis(500);
/// Longest a step waits for a picture that knows of the latest act, beside the ticks it takes.
const SETTLE: Duration = Duration::from_secs(6);
/// Ticks after the last one that was seen at an act, from which on a picture knows of it.
const TICKS_AFTER_ACT: u64 = 2;
/// Longest the guest takes to end or start the controller when it is told to.
const ANSWER: Duration = Duration::from_secs(10);

/// How long the guest took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// From the start of QEMU until the guest's own first program ran, s.
    pub boot_s: f64,
    /// From there to the first picture, s.
    pub ready_s: f64,
}

/// A controller in a guest beside a served rack.
pub struct VmStand {
    // In this order: the guest, its rack, their folder.
    machine: Option<Machine>,
    rig: Option<JoinHandle<std::io::Result<()>>>,
    control: Control,
    client: Client,
    picture: Snapshot,
    report: Report,
    start: Moment,
    /// The picture is of now and knows of every act.
    fresh: bool,
    /// The first tick that knows of every act.
    from_tick: u64,
    /// The last moment at which the rack acts by plan.
    planned: Moment,
    tick: Span,
    names: Vec<String>,
    /// Lines of the guest's console that have been looked at.
    heard: usize,
    alive: bool,
    took: Took,
    directory: tempfile::TempDir,
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> StandError {
    StandError(format!("{what}: {error}"))
}

impl VmStand {
    /// Serves the scenario's rack, boots a guest on it, starts the controller there, and comes back with the first picture.
    ///
    /// # Errors
    /// When nothing is prepared, the guest does not come up, or the controller in it does not.
    pub fn new(scenario: &Scenario, seed: u64, prepared: &Path) -> Result<Self, StandError> {
        let prepared = Prepared::find(prepared).map_err(|error| StandError(error.to_string()))?;
        let directory = tempfile::Builder::new().prefix("hil-rig-vm-").tempdir();
        let directory = directory.map_err(|error| failed("a directory for the run", &error))?;
        let archive = guest::archive(scenario, &prepared)?;
        let mut rack = recording::rack(scenario, seed)?;
        let report = rack.report();
        let socket = directory.path().join("rig.sock");
        let server = Server::bind(rack, &socket, 1.0).map_err(|error| failed("the rack's socket", &error))?;
        let rig = std::thread::Builder::new()
            .name("rig".into())
            .spawn(move || server.run());
        let rig = rig.map_err(|error| failed("a thread for the rack", &error))?;
        let control = Control::connect(&socket)?;
        let began = Instant::now();
        let machine = Machine::start(&Plan {
            prepared: &prepared,
            archive: &archive,
            rig: &socket,
            folder: directory.path(),
            ports: &[guest::WEB_PORT],
        });
        let machine = machine.map_err(|error| StandError(error.to_string()))?;
        let port = machine.ports().first().copied().unwrap_or_default();
        let mut stand = VmStand {
            machine: Some(machine),
            rig: Some(rig),
            control,
            client: Client::new(format!("http://127.0.0.1:{port}")),
            picture: Snapshot::default(),
            report,
            start: Moment::ZERO,
            fresh: false,
            from_tick: 1,
            planned: Moment::ZERO,
            tick: scenario.tick,
            names: picture::names(),
            heard: 0,
            alive: true,
            took: Took::default(),
            directory,
        };
        stand.hear("guest: up", BOOT)?;
        stand.took.boot_s = began.elapsed().as_secs_f64();
        stand.first_picture()?;
        stand.took.ready_s = began.elapsed().as_secs_f64() - stand.took.boot_s;
        stand.start = stand.now();
        Ok(stand)
    }

    fn first_picture(&mut self) -> Result<(), StandError> {
        let began = Instant::now();
        while began.elapsed() < FIRST_PICTURE {
            self.look()?;
            if self.fresh {
                return Ok(());
            }
            std::thread::sleep(LOOK);
        }
        let console = self.machine.as_ref().map(Machine::console).unwrap_or_default();
        let tail = console.iter().rev().take(4).rev().cloned().collect::<Vec<_>>();
        Err(StandError(format!(
            "no picture comes from the controller in the guest; its console ends with: {}",
            tail.join(" | ")
        )))
    }

    /// Waits for a line on the guest's console.
    fn hear(&mut self, text: &str, patience: Duration) -> Result<String, StandError> {
        let machine = self.machine.as_ref().ok_or_else(off)?;
        let heard = machine.wait_for(text, self.heard, patience);
        let (line, next) = heard.map_err(|error| StandError(error.to_string()))?;
        self.heard = next;
        Ok(line)
    }

    fn tell_guest(&mut self, line: &str, answer: &str) -> Result<(), StandError> {
        let machine = self.machine.as_mut().ok_or_else(off)?;
        let said = machine.say(line);
        said.map_err(|error| StandError(error.to_string()))?;
        self.hear(answer, ANSWER).map(|_| ())
    }

    /// Asks for picture and truth.
    fn look(&mut self) -> Result<(), StandError> {
        let seen = if self.alive { self.client.picture() } else { None };
        self.report = self.control.report()?;
        self.fresh = seen.as_ref().is_some_and(|seen| seen.tick >= self.from_tick);
        if let Some(seen) = seen {
            self.picture = picture::snapshot(&seen, Moment(self.report.now_us), &self.names);
        }
        Ok(())
    }

    /// From now on only a picture counts that knows of what was just done.
    fn acted(&mut self) {
        let seen = if self.alive { self.client.picture() } else { None };
        self.from_tick = seen.map_or(self.picture.tick, |seen| seen.tick) + TICKS_AFTER_ACT;
        self.fresh = false;
    }

    fn ticks_after_act(&self) -> Span {
        (0..=TICKS_AFTER_ACT).fold(Span::ZERO, |sum, _| sum + self.tick)
    }

    /// Powers the guest off in good order.
    ///
    /// # Errors
    /// When it does not.
    pub fn finish(mut self) -> Result<Took, StandError> {
        if let Some(machine) = self.machine.take() {
            machine
                .power_off()
                .map_err(|error| StandError(error.to_string()))?;
        }
        Ok(self.took)
    }

    /// Leaves the folder with the guest's console where it is, for whoever looks for a reason.
    fn keep(&mut self) -> &Path {
        self.directory.disable_cleanup(true);
        self.directory.path()
    }
}

fn off() -> StandError {
    StandError("the guest is off".into())
}

fn span(time: Duration) -> Span {
    Span::from_s(time.as_secs_f64()).unwrap_or_default()
}

impl Stand for VmStand {
    fn start(&self) -> Moment {
        self.start
    }

    fn now(&self) -> Moment {
        Moment(self.control.clock.virtual_at(monotonic_us()))
    }

    fn picture(&self) -> &Snapshot {
        &self.picture
    }

    fn report(&self) -> &Report {
        &self.report
    }

    fn is_fresh(&self) -> bool {
        self.fresh
    }

    fn lag(&self) -> Span {
        self.ticks_after_act() + span(LAG)
    }

    fn settle(&self) -> Span {
        self.ticks_after_act() + span(SETTLE)
    }

    fn step(&mut self, until: Moment) -> Result<(), StandError> {
        let left = Duration::from_micros(until.since(self.now()).as_us());
        std::thread::sleep(LOOK.min(left));
        self.look()?;
        if self.planned > Moment::ZERO && self.now() >= self.planned {
            self.planned = Moment::ZERO;
            self.acted();
        }
        Ok(())
    }

    fn plan(&mut self, at: Moment, act: &Act) -> Result<(), StandError> {
        self.planned = self.planned.max(at);
        self.control.tell(&Request::At {
            at_us: at.as_us(),
            act: *act,
        })
    }

    fn act(&mut self, act: &Act) -> Result<(), StandError> {
        self.control.tell(&Request::Act(*act))?;
        self.acted();
        Ok(())
    }

    fn when(&mut self, watch: &Watch, act: &Act) -> Result<(), StandError> {
        self.control.tell(&Request::When {
            watch: *watch,
            act: *act,
        })
    }

    fn command(&mut self, command: &Command) -> Result<Result<(), Refusal>, StandError> {
        let answer = self.client.command(command)?;
        self.acted();
        Ok(answer)
    }

    fn upset(&mut self, _: Upset) -> Result<(), StandError> {
        Err(StandError(
            "processes in a guest are not upset one by one; run it with --over-rig".into(),
        ))
    }

    fn core_dies(&mut self) -> Result<(), StandError> {
        self.tell_guest("kill", "guest: killed")?;
        (self.alive, self.fresh) = (false, false);
        Ok(())
    }

    fn core_starts(&mut self) -> Result<(), StandError> {
        self.tell_guest("start", "guest: started")?;
        (self.alive, self.fresh, self.from_tick) = (true, false, 1);
        Ok(())
    }
}

impl Drop for VmStand {
    fn drop(&mut self) {
        // First the guest: its devices are clients of the rack.
        drop(self.machine.take());
        // A rack that is gone has stopped.
        let _ = self.control.tell(&Request::Stop);
        if let Some(rig) = self.rig.take() {
            let _ = rig.join();
        }
    }
}
