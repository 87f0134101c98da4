//! The stand of shipped processes: the controller's core and front, started as a service manager would, beside a rack
//! served over the rig's socket, or under the rig's supervisor. A look is what a client of the interface gets.
//!
//! ```text
//!                           <--rig://------
//!   this process: rack                      core process <--link--> front process
//!        ^  acts, truth     <--/dev/i2c-1--                                 |
//!        +---------------- player <------------- HTTP: picture, commands ---+
//! ```
//! Over the socket the rack's clock runs at most ten times as fast as real time; under the supervisor it is real time. A picture that was made before an act never answers an
//! expectation that follows it: the stand waits for one of a later tick.

pub(super) mod client;
pub(super) mod control;
mod core;
mod joined;
mod journal;
mod machine;
pub(super) mod picture;

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hil_rig::rack::{Act, Report, Watch};
use hil_rig::scenario::{Scenario, Stand, StandError, Upset};
use hil_rig::server::monotonic_us;
use hil_rig::wire::Request;
use points::command::{Command, Refusal};
use points::{Moment, Snapshot, Span};
use rustix::process::Signal;

use super::{recording, stand};
use crate::listen::Listeners;
use crate::rig_page;
use crate::transition::Change;
use control::Control;
use core::Core;
pub use core::beside;
pub(super) use core::signal_to;
use joined::Joined;
pub use joined::{Program, Way};
pub(super) use joined::{own, site};
use machine::Machine;

/// Common multiple of the times between measurements.
const GRID: Span = Span::s(10);
/// How often the interface is asked, of real time.
const LOOK: Duration = Duration::from_millis(10);
/// Longest between a tick and its picture at a client, of real time: ten pictures a second, and the way.
const LAG: Duration = Duration::from_millis(250);
/// Longest a step waits for a picture that knows of the latest act, of real time beside the ticks it takes: a machine
/// that is busy may be late without a verdict of its own. Then the step says that no picture comes.
const SETTLE: Duration = Duration::from_secs(3);
/// Longest a served rack takes to open its socket.
const RIG_START: Duration = Duration::from_secs(10);
/// Longest the first picture takes after the front listens.
const FIRST_PICTURE: Duration = Duration::from_secs(10);
/// Ticks after the last one that was seen at an act, from which on a picture knows of it: the tick that is under way may
/// have read its inputs before.
const TICKS_AFTER_ACT: u64 = 2;

/// How the rack is served and where the controller listens.
#[derive(Clone, Debug)]
pub struct Service {
    /// How the controller is joined to the rack.
    pub way: Way,
    /// The controller's addresses.
    pub listeners: Listeners,
    /// Where the rig's own page listens.
    pub page: Option<SocketAddr>,
}

impl Service {
    /// For nobody but the player: ports that are free, no page.
    pub fn unseen(way: Way) -> Self {
        Service {
            way,
            listeners: Listeners::FREE,
            page: None,
        }
    }
}

/// Shipped processes beside a served rack.
pub struct RigStand {
    // Before its directory: a file system that is mounted there goes first.
    machine: Machine,
    directory: tempfile::TempDir,
    rig: Option<JoinHandle<std::io::Result<()>>>,
    joined: Joined,
    control: Control,
    core: Option<Core>,
    /// The machine has reset since the core was made to die.
    reset: bool,
    picture: Snapshot,
    report: Report,
    start: Moment,
    /// The picture is of now and knows of every act.
    fresh: bool,
    /// The first tick that knows of every act.
    from_tick: u64,
    /// The last moment at which the rack acts by plan.
    planned: Moment,
    /// From tick to tick of the core.
    tick: Span,
    /// Where the controller listens, each time it starts.
    listeners: Listeners,
    page: Option<SocketAddr>,
    names: Vec<String>,
}

impl RigStand {
    /// Serves the scenario's rack and starts the controller beside it; comes back with the first picture.
    ///
    /// # Errors
    /// When a recording, the site, the rack's socket or the controller is not to be had.
    pub fn new(scenario: &Scenario, seed: u64, service: &Service) -> Result<Self, StandError> {
        let failed = |what: &str, error: std::io::Error| StandError(format!("{what}: {error}"));
        let directory = tempfile::Builder::new().prefix("hil-rig-").tempdir();
        let directory = directory.map_err(|error| failed("a directory for the run", error))?;
        // The front is another user; what it may read is its own directory below.
        let open = std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o711));
        open.map_err(|error| failed("a directory for the run", error))?;
        let config = crate::config::commented(&site(stand::site(scenario), &service.way));
        let written = std::fs::write(directory.path().join("rack.toml"), config);
        written.map_err(|error| failed("rack.toml", error))?;
        let machine = Machine::new(scenario, directory.path())?;
        let data = directory.path().join("data");
        crate::core::store::commission(&data, crate::core::clock::today(0))
            .map_err(|error| StandError(error.to_string()))?;
        let mut rack = recording::rack(scenario, seed)?;
        let report = rack.report();
        let socket = directory.path().join("rig.sock");
        let server = Joined::serve(&service.way, rack, &socket, GRID);
        let server = server.map_err(|error| failed("the rack's socket", error))?;
        let handle = server.rig();
        let rig = std::thread::Builder::new()
            .name("rig".into())
            .spawn(move || server.run());
        let rig = rig.map_err(|error| failed("a thread for the rack", error))?;
        let control = connect(&socket)?;
        let joined = Joined::new(&service.way, handle.clone())?;
        let core = Core::start(directory.path(), &machine, &service.listeners, &joined)?;
        let mut stand = RigStand {
            control,
            core: Some(core),
            joined,
            reset: false,
            listeners: service.listeners,
            page: None,
            machine,
            directory,
            rig: Some(rig),
            picture: Snapshot::default(),
            report,
            fresh: false,
            start: Moment::ZERO,
            from_tick: 1,
            planned: Moment::ZERO,
            tick: scenario.tick,
            names: picture::names(),
        };
        stand.listeners = *stand.alive()?.listeners();
        if let Some(listen) = service.page {
            let options = rig_page::Options {
                listen,
                socket,
                controller: Some(stand.alive()?.client().web().to_owned()),
            };
            let page = rig_page::start(handle, &options);
            stand.page = Some(page.map_err(|error| failed("the rig's page", error))?);
        }
        stand.first_picture()?;
        Ok(stand)
    }

    fn first_picture(&mut self) -> Result<(), StandError> {
        let began = Instant::now();
        while began.elapsed() < FIRST_PICTURE {
            self.look()?;
            if self.fresh {
                return self.align();
            }
            std::thread::sleep(LOOK);
        }
        Err(StandError("no picture comes from the controller".into()))
    }

    /// Lets time pass until a whole multiple of the slowest measurement: then what follows lies to the measurements as
    /// it does in process, where the clock begins there.
    fn align(&mut self) -> Result<(), StandError> {
        let grid = GRID.as_us();
        self.start = Moment(self.now().as_us().div_ceil(grid) * grid);
        while self.now() < self.start {
            self.step(self.start)?;
        }
        Ok(())
    }

    /// Asks for picture and truth.
    fn look(&mut self) -> Result<(), StandError> {
        let seen = self.core.as_ref().and_then(|core| core.client().picture());
        self.report = self.control.report()?;
        self.fresh = seen.as_ref().is_some_and(|seen| seen.tick >= self.from_tick);
        if let Some(seen) = seen {
            self.picture = picture::snapshot(&seen, Moment(self.report.now_us), &self.names);
        }
        Ok(())
    }

    /// From now on only a picture counts that knows of what was just done.
    fn acted(&mut self) {
        let seen = self.core.as_ref().and_then(|core| core.client().picture());
        self.from_tick = seen.map_or(self.picture.tick, |seen| seen.tick) + TICKS_AFTER_ACT;
        self.fresh = false;
    }

    /// What passes from an act to the end of the first tick that knows of it.
    fn ticks_after_act(&self) -> Span {
        (0..=TICKS_AFTER_ACT).fold(Span::ZERO, |sum, _| sum + self.tick)
    }

    fn of_real_time(&self, time: Duration) -> Span {
        Span::from_s(time.as_secs_f64() * self.control.clock.speed).unwrap_or_default()
    }

    fn alive(&self) -> Result<&Core, StandError> {
        let dead = || StandError("the core is dead; `core starts` comes first".into());
        self.core.as_ref().ok_or_else(dead)
    }

    /// Where the controller listens.
    pub fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// Where the rig's own page is.
    pub fn page(&self) -> Option<SocketAddr> {
        self.page
    }

    /// The served rack's socket.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("rig.sock")
    }

    /// Ends the controller in good order and gives every change of state, by the core's own clock.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn finish(mut self) -> Result<Vec<(Moment, Change)>, StandError> {
        if let Some(core) = self.core.take() {
            core.end();
        }
        if let Joined::Exec(_, program) = &self.joined
            && !program.keeps_journal()
        {
            return Ok(Vec::new());
        }
        let mut changes = journal::changes(&self.directory.path().join("data/history/events.db"))?;
        if matches!(self.joined, Joined::Exec(..)) {
            // The core's own clock is the machine's; the player's is the rack's.
            for (at, _) in &mut changes {
                *at = Moment(self.control.clock.virtual_at(at.as_us()));
            }
        }
        Ok(changes)
    }

    /// Starts a core where none lives.
    fn begin(&mut self) -> Result<(), StandError> {
        let core = Core::start(
            self.directory.path(),
            &self.machine,
            &self.listeners,
            &self.joined,
        )?;
        self.core = Some(core);
        (self.fresh, self.from_tick) = (false, 1);
        Ok(())
    }

    /// The machine's watchdog has expired: whatever runs on it is gone, and it starts anew. The seconds that a computer
    /// takes for that are not emulated.
    fn reset(&mut self) -> Result<(), StandError> {
        if let Some(core) = self.core.take() {
            core.kill();
        }
        self.reset = true;
        self.begin()
    }
}

fn connect(socket: &Path) -> Result<Control, StandError> {
    let began = Instant::now();
    loop {
        match Control::connect(socket) {
            Ok(control) => return Ok(control),
            Err(error) if began.elapsed() > RIG_START => return Err(error),
            Err(_) => std::thread::sleep(LOOK),
        }
    }
}

impl Stand for RigStand {
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
        self.ticks_after_act() + self.of_real_time(LAG)
    }

    fn settle(&self) -> Span {
        self.ticks_after_act() + self.of_real_time(SETTLE)
    }

    fn step(&mut self, until: Moment) -> Result<(), StandError> {
        let left_s = until.since(self.now()).as_s() / self.control.clock.speed;
        std::thread::sleep(LOOK.min(Duration::try_from_secs_f64(left_s).unwrap_or(LOOK)));
        if self.joined.resets() {
            self.reset()?;
        }
        self.look()?;
        if self.planned > Moment::ZERO && self.now() >= self.planned {
            self.planned = Moment::ZERO;
            self.acted();
        }
        Ok(())
    }

    fn plan(&mut self, at: Moment, act: &Act) -> Result<(), StandError> {
        let at_us = at.as_us();
        self.planned = self.planned.max(at);
        self.control.tell(&Request::At { at_us, act: *act })
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
        let answer = self.alive()?.client().command(command)?;
        self.acted();
        Ok(answer)
    }

    fn upset(&mut self, upset: Upset) -> Result<(), StandError> {
        match upset {
            Upset::FrontDies => self.alive()?.signal_front(Signal::KILL),
            Upset::FrontStops => self.alive()?.signal_front(Signal::STOP),
            Upset::FrontGoesOn => self.alive()?.signal_front(Signal::CONT),
            Upset::CoreStops => self.alive().map(|core| core.signal(Signal::STOP)),
            Upset::CoreGoesOn => self.alive().map(|core| core.signal(Signal::CONT)),
            Upset::DiskFull => self.machine.fill(),
            Upset::DiskFree => self.machine.free(),
            Upset::ClockJumps(seconds) => self.machine.jump(seconds),
        }?;
        self.acted();
        Ok(())
    }

    fn core_dies(&mut self) -> Result<(), StandError> {
        self.alive()?;
        if let Some(core) = self.core.take() {
            core.kill();
        }
        (self.fresh, self.reset) = (false, false);
        Ok(())
    }

    fn core_starts(&mut self) -> Result<(), StandError> {
        match &self.core {
            None => self.begin(),
            // The machine's watchdog was sooner.
            Some(_) if self.reset => Ok(()),
            Some(_) => Err(StandError("the core is alive; `core dies` comes first".into())),
        }
    }
}

impl Drop for RigStand {
    fn drop(&mut self) {
        if let Some(core) = self.core.take() {
            core.kill();
        }
        // A rack that is gone has stopped.
        let _ = self.control.tell(&Request::Stop);
        if let Some(rig) = self.rig.take() {
            let _ = rig.join();
        }
    }
}
