//! The core's life: first act, bus threads, tick, last act.
//!
//! ```text
//!  latches, fan contact --> first act (full speed, or off) --> bus threads, front --> tick, tick, ... --> last act
//! ```
//! The tick runs on this thread with absolute deadlines: `deadline += period`; an edge of a contact wakes it early,
//! at most every [`EARLY`], and never moves the next deadline. A panic aborts: hardware goes to its safe state by the
//! fan chip's watchdog, the supervisor of this process starts a new one.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use points::command::Refusal;
use points::host::{OutletOrder, OutletSet};
use points::interlock::OutputLine;
use points::point::blower;
use points::{Flag, Moment, Reading, Span};
use safety::Outputs;

use super::buses::Buses;
use super::clock::{Wall, monotonic_us};
use super::contact::{Bistable, Coil};
use super::frame::{Frame, Health, Orders};
use super::intent::{Due, Intents};
use super::keeper::Keeper;
use super::lateness::{Lateness, TOO_LATE};
use super::notify::Notify;
use super::persons::server::{Persons, Server, listen};
use super::plane::{PictureCell, Teller};
use super::publication::{Committer, Lesson, Publication};
use super::sightings::SightingCell;
use super::supervise::{FrontOptions, Shared, Supervisor};
use super::uplink::{Asked, COMMANDS_A_TICK, COMMANDS_WAITING};
use super::world::bell::Bell;
use super::world::linux::watchdog::Watchdog;
use super::world::{Clock, Lines, World, WorldClock, WorldError};
use crate::hosts::agent::authority::AgentAuthority;
use crate::link::Hello;
use crate::log;
use crate::site::{ContactLine, FanContactPlan, Site};
use crate::tape::{self, Background, Header, Recorder, TapeError};
use crate::tick::Machine;
use crate::transition::{self, Change, Note, Ring, changes};

/// Shortest time between two ticks that edges wake, of the world's clock.
pub const EARLY: Span = Span::ms(5);
/// Time the bus threads get for the last act.
const LAST_ACT: Duration = Duration::from_millis(400);
/// Time the first levels of the lines may take at start.
const FIRST_LEVELS: Duration = Duration::from_millis(500);

/// How the core is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data directory.
    pub data: PathBuf,
    /// The emulated rack's socket; none where the rack is real.
    pub rig: Option<PathBuf>,
    /// The front.
    pub front: FrontOptions,
    /// The configuration in force is the last good one.
    pub fallback: bool,
    /// Show the live status on the terminal.
    pub status: bool,
    /// Records what every tick sees into this file, to be replayed elsewhere.
    pub record: Option<Recording>,
}

/// A recording that is asked for.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The file; one that is there is replaced.
    pub file: PathBuf,
    /// The configuration in force, as its text.
    pub site: String,
}

/// Why the core could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The world.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The data directory.
    #[error("data directory: {0}; check that it is there and writable")]
    Store(#[from] super::store::StoreError),
    /// The system.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// The recording that was asked for.
    #[error("recording {file}: {error}; name a file that can be written, or leave `--record` out")]
    Recording {
        /// Its file.
        file: String,
        /// Why it cannot begin.
        error: TapeError,
    },
}

/// Levels of the output lines for what is commanded, without the coils.
pub fn output_levels(site: &Site, outputs: &Outputs) -> u64 {
    let lines = site.outputs.iter().zip(OutputLine::ALL);
    lines.fold(0, |levels, (plan, line)| {
        levels | u64::from(outputs.lines().has(*line)) << plan.line
    })
}

/// Levels of the coils.
pub fn coil_levels(plan: &FanContactPlan, coil: Option<Coil>) -> u64 {
    match coil {
        Some(Coil::Open) => 1 << plan.open,
        Some(Coil::Close) => 1 << plan.close,
        None => 0,
    }
}

/// Marks of this data directory's runs: how often the core started, and whether the last run ended by itself.
struct Marks {
    running: PathBuf,
    boots: u32,
    watchdog_acted: bool,
}

impl Marks {
    /// A disk that is full or read-only costs the marks, never the start.
    fn begin(data: &Path) -> Self {
        let (running, counter) = (data.join("running"), data.join("boots"));
        let before: u32 = std::fs::read_to_string(&counter)
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0);
        let boots = before.saturating_add(1);
        let watchdog_acted = running.exists();
        let written = std::fs::create_dir_all(data)
            .and_then(|()| std::fs::write(&counter, format!("{boots}\n")))
            .and_then(|()| std::fs::write(&running, format!("{}\n", std::process::id())));
        if let Err(error) = written {
            log::line(&format!("{}: {error}; starts are not counted", data.display()));
        }
        Marks {
            running,
            boots,
            watchdog_acted,
        }
    }

    fn end(&self) {
        let _ = std::fs::remove_file(&self.running);
    }
}

/// Runs the core until `stop`.
///
/// # Errors
/// When it cannot start; once it ticks it goes on until it is told to stop.
pub fn run(site: &Site, options: &Options, stop: &Arc<AtomicBool>) -> Result<(), CoreError> {
    // Before anything is touched: a file that cannot be made is told, and no thread and no watchdog waits for a core that
    // does not come.
    let recorder = options.record.as_ref().map(|asked| recorder(site, asked));
    let mut recorder = recorder.transpose()?;
    let marks = Marks::begin(&options.data);
    let (found, mut keeper) = Keeper::begin(&options.data)?;
    if found.hosts.is_some_and(|hosts| hosts.forgets(&site.roster())) {
        log::line(
            "hosts.bin: hosts are down of a tier that the site's file no longer names; start them by hand",
        );
    }
    let world = World::new(options.rig.as_deref());
    let clock = world.clock()?;
    let bell = Arc::new(Bell::default());
    let mut lines = world.lines(site, &bell)?;
    // First act: nothing has judged yet, so the fan contact and the latches alone decide.
    bell.wait(FIRST_LEVELS);
    let first = safety::exit(
        &found.latches,
        lines.inputs().and_then(|levels| contact_open(site, levels)),
    );
    lines.claim(output_levels(site, &first))?;
    let buses = Buses::start(
        site,
        &world,
        clock,
        Orders::new(clock.now(), &first, site.fan_contact.is_some()),
    )?;
    let realtime = super::realtime::grant();
    if !realtime {
        log::line("real-time scheduling or locked memory not granted; reactions may be slower than promised");
    }
    let ring = Mutex::new(Ring::default());
    let pictures = PictureCell::default();
    let publication = Publication::default();
    let sightings = SightingCell::default();
    let agents = AgentAuthority::open(&options.data, &site.hosts);
    let mut hello = hello(site);
    agents.equip(&mut hello.plan);
    let persons = Persons::open(&options.data, &site.name);
    let (asked, commands) = sync_channel(COMMANDS_WAITING);
    let shared = Shared {
        ring: &ring,
        pictures: &pictures,
        publication: &publication,
        sightings: &sightings,
        hello: &hello,
        persons: &persons,
        agents: &agents,
        commands: asked.clone(),
    };
    let ended = std::thread::scope(|scope| {
        let supervisor = Supervisor::start(scope, &options.front, shared, stop)?;
        if options.status {
            let pictures = &pictures;
            std::thread::Builder::new()
                .name("status".into())
                .spawn_scoped(scope, move || crate::status::show(pictures, stop))?;
        }
        local_socket(scope, &options.data, (&persons, &agents), asked, stop);
        let began = clock.now();
        let machine = Machine::new(site, &found, first, began);
        if let Some(recorder) = &mut recorder {
            let contact = lines.inputs().and_then(|levels| contact_open(site, levels));
            recorder.start(began, &found, contact, site.devices.len());
        }
        keeper.started(&machine);
        let mut ticking = Ticking {
            site,
            frame: Frame {
                health: Health {
                    realtime,
                    boots: marks.boots,
                    watchdog_acted: marks.watchdog_acted,
                    fallback: options.fallback,
                    ..Health::default()
                },
                ..Frame::starting(site.devices.len())
            },
            bistable: site.fan_contact.map(|plan| Bistable::new(plan.pulse)),
            wall: Wall::new(clock.now()),
            before: Box::new(machine.picture().clone()),
            machine,
            lines: lines.as_mut(),
            buses: &buses,
            keeper,
            lateness: Lateness::default(),
            teller: Teller::new(&ring),
            pictures: &pictures,
            supervisor: &supervisor,
            commands,
            intents: Intents::default(),
            publication: &publication,
            committer: Committer::default(),
            learned: None,
            sightings: &sightings,
            agents: &agents,
            notify: Notify::from_environment(),
            watchdog: Watchdog::open(site.watchdog.as_deref()),
            recorder,
        };
        ticking.notify.ready();
        ticking.forever(&clock, &bell, stop);
        ticking.last_act(&clock);
        Ok::<(), CoreError>(())
    });
    buses.end();
    marks.end();
    ended
}

/// A recorder whose file is written by a thread of its own: a disk that hangs ends the recording and never holds a tick.
/// While it records, a tick allocates what it gathers.
fn recorder(site: &Site, asked: &Recording) -> Result<Recorder, CoreError> {
    let begin = || -> Result<Recorder, TapeError> {
        let sink = Background::start(tape::file(&asked.file)?)?;
        let header = Header::new(site.name.clone(), asked.site.clone());
        Recorder::new(Box::new(sink), &header)
    };
    begin().map_err(|error| CoreError::Recording {
        file: asked.file.display().to_string(),
        error,
    })
}

/// Listens for persons at this machine. Without the socket the key switch and the network are still there.
fn local_socket<'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    data: &'scope Path,
    (persons, agents): (&'scope Persons, &'scope AgentAuthority),
    commands: std::sync::mpsc::SyncSender<Asked>,
    stop: &'scope AtomicBool,
) {
    let listener = match listen(data) {
        Ok(listener) => listener,
        Err(error) => {
            log::line(&format!("local socket: {error}; nobody can be enrolled"));
            return;
        }
    };
    let started = std::thread::Builder::new()
        .name("persons".into())
        .spawn_scoped(scope, move || {
            super::realtime::renounce();
            let server = Server {
                persons,
                agents,
                data,
                commands,
            };
            server.run(&listener, stop);
        });
    if let Err(error) = started {
        log::line(&format!("local socket: {error}; nobody can be enrolled"));
    }
}

/// What every front hears first.
fn hello(site: &Site) -> Hello {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    // Two runs of one machine differ: in their number of nanoseconds, and where a clock was set back in their process.
    let nanoseconds = since.map_or(0, |since| since.as_nanos() & u128::from(u64::MAX >> 1));
    Hello {
        run: u64::try_from(nanoseconds).unwrap_or(0) ^ u64::from(std::process::id()),
        name: site.name.clone(),
        simulated: site.simulated,
        rated_power_w: site.rated_power.get(),
        settings: site.settings.values().to_vec(),
        host_down: None,
        outlets: OutletOrder::NONE,
        plan: {
            let mut plan = site.hosts.clone();
            plan.read();
            plan
        },
    }
}

/// The auxiliary contact as it stands at start, before any debounce.
pub fn contact_open(site: &Site, levels: u64) -> Option<bool> {
    let plan = site
        .contacts
        .iter()
        .find(|plan| plan.point.index() == blower::CONTACT_OPEN.at(0).index())?;
    let ContactLine::Own(line) = plan.line else {
        return None;
    };
    Some((levels >> line & 1 == 1) == (plan.active == crate::config::Active::High))
}

struct Ticking<'a> {
    site: &'a Site,
    machine: Machine,
    frame: Frame,
    bistable: Option<Bistable>,
    lines: &'a mut dyn Lines,
    buses: &'a Buses,
    keeper: Keeper,
    wall: Wall,
    lateness: Lateness,
    teller: Teller<'a>,
    before: Box<points::Snapshot>,
    pictures: &'a PictureCell,
    supervisor: &'a Supervisor,
    commands: Receiver<Asked>,
    intents: Intents<Asked>,
    publication: &'a Publication,
    committer: Committer,
    /// What was put for the views last, by the counts of its parts.
    learned: Option<(u32, u32)>,
    sightings: &'a SightingCell,
    agents: &'a AgentAuthority,
    notify: Notify,
    watchdog: Watchdog,
    recorder: Option<Recorder>,
}

impl Ticking<'_> {
    fn forever(&mut self, clock: &WorldClock, bell: &Bell, stop: &AtomicBool) {
        // Between the whole multiples at which the buses measure: what was measured is there, and two runs beside one
        // rack tick together.
        let mut deadline = clock.now().next_between(self.site.period);
        let mut last = clock.now();
        while !stop.load(Ordering::Relaxed) {
            let now = clock.now();
            if now < deadline {
                let rang = bell.wait(clock.real(deadline - now));
                let now = clock.now();
                if !rang && now < deadline {
                    continue;
                }
                if now < deadline {
                    if now - last < EARLY {
                        std::thread::sleep(clock.real(EARLY.left(now - last)));
                    }
                    last = clock.now();
                    self.once(last, Span::ZERO);
                    continue;
                }
            }
            last = clock.now();
            self.once(last, last - deadline);
            deadline += self.site.period;
            if last - deadline > TOO_LATE {
                // The machine stood still: catching up would run a burst of ticks on one frame.
                deadline = last.next_between(self.site.period);
            }
        }
    }

    fn once(&mut self, now: Moment, late: Span) {
        self.lateness.take(now, late);
        let health = &mut self.frame.health;
        health.lateness_s = self.lateness.largest().as_s();
        health.lateness_p99_s = self.lateness.p99().as_s();
        health.late_ticks = self.lateness.late();
        health.latch_not_written = self.keeper.pending();
        health.set_wall(self.wall.day(now));
        health.transitions_lost = self.teller.lost();
        let front = self.supervisor.state();
        (health.front_alive, health.front_restarts) = (front.alive, front.restarts);
        health.history = front.history;
        health.publication = self.publication.progress(monotonic_us());
        for cell in &self.buses.cells {
            cell.copy(&mut self.frame.devices);
        }
        self.sightings.take(now, &mut self.frame.hosts);
        self.frame.lines = self.lines.inputs().ok_or(points::Absent::NoAnswer);
        self.commands(now);
        let outputs = self.machine.tick(now, &self.frame);
        self.apply(now, &outputs, late);
        self.record();
        self.keeper.keep(&self.machine);
        self.commit();
        self.tell();
    }

    /// What this tick has seen, where a recording is asked for. One that fails ends, and the core goes on.
    fn record(&mut self) {
        let Some(recorder) = &mut self.recorder else {
            return;
        };
        recorder.tick(&self.frame, self.machine.picture());
        if let Some(error) = recorder.trouble() {
            log::line(&format!("recording: {error}; it ends here, the core goes on"));
            self.recorder = None;
        }
    }

    /// Notes what is asked, and does what has been asked once the intent is on disk (see [`super::intent`]).
    fn commands(&mut self, now: Moment) {
        let now_us = monotonic_us();
        for _ in 0..COMMANDS_A_TICK {
            if !self.intents.has_room() {
                break;
            }
            let Ok(asked) = self.commands.try_recv() else {
                break;
            };
            let (command, by) = (asked.command, asked.by);
            match self.teller.note(now, Change::Asked { command, by }, None) {
                Some(sequence) => self.intents.wait(asked, sequence, now_us),
                None => asked.answer(Err(Refusal::QueueFull)),
            }
        }
        if self.intents.is_empty() {
            return;
        }
        let kept = self.teller.kept();
        while let Some(due) = self.intents.due(kept, now_us) {
            let (asked, result) = match due {
                Due::NotWritten(asked) if asked.command.row().written_first => {
                    (asked, Err(Refusal::NotWritten))
                }
                Due::Written(asked) | Due::NotWritten(asked) => {
                    let result = self.machine.command(now, &asked.command, asked.by);
                    if let Some(recorder) = &mut self.recorder {
                        recorder.command(now, &asked.command, asked.by, result);
                    }
                    (asked, result)
                }
            };
            asked.answer(result);
            let (command, by) = (asked.command, asked.by);
            self.teller
                .note(now, Change::Command { command, by, result }, None);
        }
    }

    /// Outputs first, everything else after.
    fn apply(&mut self, now: Moment, outputs: &Outputs, late: Span) {
        let mut levels = output_levels(self.site, outputs);
        if let (Some(bistable), Some(plan)) = (&mut self.bistable, &self.site.fan_contact) {
            let auxiliary = self.machine.picture().get(blower::CONTACT_OPEN.at(0));
            levels |= coil_levels(plan, bistable.step(now, outputs.contact_open(), auxiliary));
        }
        self.lines.outputs(levels);
        if late <= TOO_LATE {
            // Orders are what feeds the fan chip's watchdog: only a complete tick that came in time gives them.
            self.notify.tick();
            self.watchdog.tick(now);
            let outlets = self.machine.shutdown().outlets();
            self.publication.outlets.put(outlets);
            let orders = Orders::new(now, outputs, self.site.fan_contact.is_some());
            self.buses.orders.put(orders.with_outlets(outlets));
        }
    }

    /// The hosts' shutdown goes to the network once it is committed. Before the picture that shows it, so that no
    /// front sees it there without its order.
    fn commit(&mut self) {
        let on_disk = self.keeper.shutdown_kept(&self.machine);
        self.committer.step(
            self.publication,
            monotonic_us(),
            self.machine.shutdown().committed(),
            on_disk,
        );
        let (drill, by) = self.machine.shutdown().drill();
        let changes = Some((
            self.machine.shutdown().stop_changes(),
            drill.map_or(0, |drill| drill.changes),
        ));
        let lesson = || Lesson {
            stops: self.machine.shutdown().stops(),
            drill: drill.map(|drill| drill.report),
            by,
        };
        if self.learned != changes && self.publication.learned.put(&lesson()) {
            self.learned = changes;
        }
    }

    fn tell(&mut self) {
        let machine = &self.machine;
        let picture = machine.picture();
        let (teller, mut changed) = (&mut self.teller, false);
        changes(&self.before, picture, |change| {
            changed = true;
            let note = transition::note(&change, picture, |alarm| {
                let act = machine.act(alarm)?;
                Some(Note {
                    by: act.by,
                    why: act.why,
                })
            });
            teller.note(picture.now, change, note);
        });
        if changed {
            (*self.before).clone_from(picture);
        }
        self.agents.news().tell(|place, did| {
            teller.note(picture.now, Change::Agent { place, did }, None);
        });
        teller.flush();
        self.pictures.put(picture);
    }

    /// Every way out ends here: full speed if neither latch nor contact says off, else off.
    fn last_act(&mut self, clock: &WorldClock) {
        self.notify.stopping();
        let restored = safety::Restored::Record(self.machine.record());
        let contact: Reading<Flag> = self.machine.picture().get(blower::CONTACT_OPEN.at(0));
        let outputs = safety::exit(&restored, contact.ok().map(Flag::is_set));
        let orders = Orders::new(clock.now(), &outputs, self.site.fan_contact.is_some());
        // What is cut stays so, and nothing more is switched on.
        self.buses.orders.put(orders.with_outlets(OutletOrder {
            on: OutletSet::EMPTY,
            ..self.machine.shutdown().outlets()
        }));
        // A pulse that is on its way is ended whole, and one that is still needed is given.
        let until = std::time::Instant::now() + LAST_ACT;
        while std::time::Instant::now() < until {
            let now = clock.now();
            let mut levels = output_levels(self.site, &outputs);
            if let (Some(bistable), Some(plan)) = (&mut self.bistable, &self.site.fan_contact) {
                let stands = self
                    .lines
                    .inputs()
                    .and_then(|levels| contact_open(self.site, levels));
                let auxiliary = match stands {
                    Some(open) => Reading::good(Flag::from_bool(open), now),
                    None => contact,
                };
                levels |= coil_levels(plan, bistable.step(now, outputs.contact_open(), auxiliary));
            }
            self.lines.outputs(levels);
            std::thread::sleep(clock.real(EARLY));
        }
        self.lines.outputs(output_levels(self.site, &outputs));
        self.watchdog.end();
        if let Some(Err(error)) = self.recorder.take().map(Recorder::end) {
            log::line(&format!("recording: {error}; its end is missing"));
        }
    }
}
