//! The whole machine against a rack in the same process, in virtual time: the same workers, stepped inline.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use hil_rig::rack::{Act, Rack, Report};
use points::command::{Authority, Command, Refusal};
use points::{Absent, Date, Moment, Snapshot, Span};
use safety::{LatchRecord, Outputs, Restored, UnitRecord};

use super::contact::Bistable;
use super::digest::Digest;
use super::frame::{Frame, Health, Orders};
use super::inline_bus::Worker;
use super::inline_hosts::Agents;
use super::inline_pdu::Pdus;
use super::run::{EARLY, coil_levels, contact_open, output_levels};
use crate::site::Site;
use crate::tape::{Recorder, TapeError};
use crate::tick::{Found, Machine};
use crate::transition::{Change, changes};

/// Machine and rack.
#[derive(Debug)]
pub struct Inline {
    site: Site,
    rack: Rc<RefCell<Rack>>,
    input_bits: Vec<u32>,
    /// Levels of the rack's lines last seen, and as the site numbers them.
    levels: (u64, u64),
    output_bits: Vec<u32>,
    workers: Vec<Worker>,
    machine: Machine,
    /// Agents on the rack's hosts, where the site names them.
    agents: Option<Agents>,
    /// Networked PDUs, where the site has outlets on some.
    pdus: Option<Pdus>,
    bistable: Option<Bistable>,
    frame: Frame,
    orders: Orders,
    /// Deadline of the last tick that had one.
    next: Moment,
    /// The last tick, early or not.
    last: Moment,
    /// Every change of state since the start, with its moment.
    pub history: Vec<(Moment, Change)>,
    before: Snapshot,
    digest: Rc<Cell<Option<Digest>>>,
    origin: Origin,
    recorder: Option<Box<Recorder>>,
}

/// The day on which every run in virtual time begins: 2026-06-01.
const FIRST_DAY: Date = Date::from_days(20_605);
/// A day.
const DAY_US: u64 = 86_400_000_000;
const MINUTE_US: u64 = 60_000_000;

/// The day by the rack's wall clock, which goes with its time, and the minute of it.
fn wall(now: Moment) -> Option<(Date, u16)> {
    let days = u32::try_from(now.as_us() / DAY_US).ok()?;
    let minute = u16::try_from(now.as_us() % DAY_US / MINUTE_US).ok()?;
    Some((FIRST_DAY.after(days), minute))
}

/// What a machine started from.
#[derive(Clone, Copy, Debug)]
struct Origin {
    at: Moment,
    found: Found,
    contact_open: Option<bool>,
}

/// The rack's levels, one bit each in the order of the site's lines.
fn own_levels(bits: &[u32], levels: u64) -> u64 {
    bits.iter()
        .zip(0..)
        .fold(0, |own, (bit, place)| own | (levels >> bit & 1) << place)
}

impl Inline {
    /// A machine on its first start beside a rack.
    ///
    /// # Errors
    /// When the rack lacks a line or bus that the site names.
    pub fn new(site: Site, rack: Rack) -> Result<Self, String> {
        let found = Found {
            latches: Restored::NeverLatched,
            units: Some(UnitRecord::commissioned(Some(FIRST_DAY))),
            self_test: None,
            commissioning: None,
            hosts: None,
            stops: None,
            parity: None,
        };
        Self::restart(site, Rc::new(RefCell::new(rack)), found)
    }

    /// A machine that finds these records beside a rack that is already there.
    ///
    /// # Errors
    /// When the rack lacks a line or bus that the site names.
    pub fn restart(site: Site, rack: Rc<RefCell<Rack>>, found: Found) -> Result<Self, String> {
        let input = |name: &String| hil_rig::rack::Input::named(name).map(|line| line as u32);
        let output = |name: &String| hil_rig::rack::Output::named(name).map(|line| line as u32);
        let bits = |names: &[String], find: &dyn Fn(&String) -> Option<u32>| {
            names
                .iter()
                .map(|name| find(name).ok_or_else(|| format!("the rack has no line `{name}`")))
                .collect::<Result<Vec<u32>, String>>()
        };
        let input_bits = bits(&site.input_lines, &input)?;
        let output_bits = bits(&site.output_lines, &output)?;
        let now = Moment(rack.borrow().now_us());
        let levels = rack.borrow().inputs();
        let own = own_levels(&input_bits, levels);
        let digest = Rc::default();
        let workers = (0..site.buses.len())
            .map(|number| Worker::new(&site, number, &rack, &digest))
            .collect::<Result<Vec<Worker>, String>>()?;
        let origin = Origin {
            at: now,
            found,
            contact_open: contact_open(&site, own),
        };
        let first = safety::exit(&found.latches, origin.contact_open);
        let machine = Machine::new(&site, &found, first, now);
        let before = machine.picture().clone();
        let frame = Frame {
            health: Health {
                front_alive: true,
                history: true,
                realtime: true,
                boots: 1,
                ..Health::default()
            },
            ..Frame::starting(site.devices.len())
        };
        Ok(Inline {
            bistable: site.fan_contact.map(|plan| Bistable::new(plan.pulse)),
            orders: Orders::new(now, &first, site.fan_contact.is_some()),
            next: now,
            last: now,
            input_bits,
            levels: (levels, own),
            output_bits,
            workers,
            machine,
            agents: Agents::new(&site),
            pdus: Pdus::new(&site),
            frame,
            rack,
            site,
            history: Vec::new(),
            before,
            digest,
            origin,
            recorder: None,
        })
    }

    /// The moment of the last tick.
    pub fn now(&self) -> Moment {
        self.last
    }

    /// From now on every transfer and every picture goes into a fingerprint that goes on from this one.
    pub fn fingerprint(&mut self, from: Digest) {
        self.digest.set(Some(from));
    }

    /// The fingerprint so far; none before [`Self::fingerprint`].
    pub fn digest(&self) -> Option<Digest> {
        self.digest.get()
    }

    /// From now on, before the first tick, everything that a tick sees goes to a recorder, through the death of cores.
    pub fn record_to(&mut self, mut recorder: Recorder) {
        self.begin(&mut recorder);
        self.recorder = Some(Box::new(recorder));
    }

    /// Ends the recording, where there is one: how many ticks it has.
    pub fn end_record(&mut self) -> Option<Result<u64, TapeError>> {
        self.recorder.take().map(|recorder| recorder.end())
    }

    fn begin(&self, recorder: &mut Recorder) {
        let Origin {
            at,
            found,
            contact_open,
        } = self.origin;
        recorder.start(at, &found, contact_open, self.site.devices.len());
    }

    /// The rack, for another machine after this one's end.
    pub fn rack(&self) -> Rc<RefCell<Rack>> {
        Rc::clone(&self.rack)
    }

    /// What the next machine would find on disk.
    pub fn record(&self) -> LatchRecord {
        self.machine.record()
    }

    /// What a tick sees besides the rack.
    pub fn health(&mut self) -> &mut Health {
        &mut self.frame.health
    }

    /// What came from each device last.
    pub fn frames(&self) -> &[super::frame::DeviceFrame] {
        &self.frame.devices
    }

    /// The picture of the last tick.
    pub fn picture(&self) -> &Snapshot {
        self.machine.picture()
    }

    /// What is really so.
    pub fn report(&self) -> Report {
        self.rack.borrow_mut().report()
    }

    /// People and faults.
    pub fn act(&self, act: &Act) {
        self.rack.borrow_mut().act(act);
    }

    /// A person's command, as of the last tick, by somebody who only says a name.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn command(&mut self, command: &Command) -> Result<(), Refusal> {
        self.command_by(command, Authority::Unproven)
    }

    /// A person's command, as of the last tick, and how many persons stand behind it.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn command_by(&mut self, command: &Command, by: Authority) -> Result<(), Refusal> {
        let now = self.machine.picture().now;
        let answer = self.machine.command(now, command, by);
        if let Some(recorder) = &mut self.recorder {
            recorder.command(now, command, by, answer);
        }
        answer
    }

    /// Bus work until `to`, each piece at its own moment.
    fn buses(&mut self, to: Moment) {
        loop {
            let next = self.workers.iter().map(|worker| worker.next(self.orders)).min();
            let Some(due) = next.filter(|due| *due <= to) else {
                break;
            };
            let now = {
                let mut rack = self.rack.borrow_mut();
                let now = due.max(Moment(rack.now_us()));
                rack.advance(now.as_us());
                now
            };
            let orders = self.orders;
            let due = |worker: &&mut Worker| worker.next(orders) <= now;
            for worker in self.workers.iter_mut().filter(due) {
                worker.step(now, orders);
            }
        }
        let devices = &mut self.frame.devices;
        for worker in &mut self.workers {
            worker.frames(|place, frame| devices[place] = *frame);
        }
    }

    /// One tick: the world up to its moment, then the machine. A contact that moves wakes the machine before, as it
    /// wakes the core.
    pub fn tick(&mut self) -> Outputs {
        let deadline = self.next.next_between(self.site.period);
        self.early(deadline);
        self.next = deadline;
        self.once(deadline)
    }

    /// Wakes the machine at every moment before `deadline` at which an act moves a contact, at most every [`EARLY`].
    fn early(&mut self, deadline: Moment) {
        loop {
            let due = Moment(self.rack.borrow().next_act_us());
            let at = due.max(self.last + EARLY);
            if due >= deadline || at >= deadline {
                return;
            }
            self.buses(at);
            self.rack.borrow_mut().advance(at.as_us());
            let levels = self.levels();
            if self.frame.lines != Ok(levels) {
                self.once(at);
            }
        }
    }

    /// Levels of the site's input lines.
    fn levels(&mut self) -> u64 {
        let levels = self.rack.borrow().inputs();
        if levels != self.levels.0 {
            self.levels = (levels, own_levels(&self.input_bits, levels));
        }
        self.levels.1
    }

    fn once(&mut self, now: Moment) -> Outputs {
        self.last = now;
        self.buses(now);
        self.rack.borrow_mut().advance(now.as_us());
        let levels = self.levels();
        self.frame.lines = Ok(levels);
        self.frame.health.set_wall(wall(now));
        if let Some(agents) = &mut self.agents {
            agents.look(now, &self.rack.borrow(), &mut self.frame.hosts);
        }
        if let Some(pdus) = &mut self.pdus {
            pdus.look(now, &mut self.rack.borrow_mut(), &mut self.frame.hosts);
        }
        let outputs = self.machine.tick(now, &self.frame);
        if let Some(recorder) = &mut self.recorder {
            recorder.tick(&self.frame, self.machine.picture());
        }
        self.orders = Orders::new(now, &outputs, self.site.fan_contact.is_some())
            .with_outlets(self.machine.shutdown().outlets());
        let mut commanded = output_levels(&self.site, &outputs);
        if let (Some(bistable), Some(plan)) = (&mut self.bistable, &self.site.fan_contact) {
            let auxiliary = self
                .machine
                .picture()
                .get(points::point::blower::CONTACT_OPEN.at(0));
            commanded |= coil_levels(plan, bistable.step(now, outputs.contact_open(), auxiliary));
        }
        let rig = self
            .output_bits
            .iter()
            .zip(0..)
            .fold(0, |rig, (bit, place)| rig | (commanded >> place & 1) << bit);
        self.rack.borrow_mut().set_outputs(rig);
        if let Some(agents) = &mut self.agents {
            let committed = self.machine.shutdown().committed();
            agents.tell(self.machine.picture(), committed, &mut self.rack.borrow_mut());
        }
        if let Some(pdus) = &mut self.pdus {
            pdus.hear(self.machine.shutdown().outlets());
        }
        self.note();
        if let Some(mut digest) = self.digest.get() {
            digest.picture(self.machine.picture());
            self.digest.set(Some(digest));
        }
        outputs
    }

    fn note(&mut self) {
        let after = self.machine.picture();
        let (now, history) = (after.now, &mut self.history);
        let mut changed = false;
        changes(&self.before, after, |change| {
            changed = true;
            history.push((now, change));
        });
        if changed {
            self.before.clone_from(after);
        }
    }

    /// Ticks for `seconds` of the rack's time.
    pub fn run(&mut self, seconds: f64) {
        let until = self.next + Span::from_s(seconds).unwrap_or_default();
        while self.next < until {
            self.tick();
        }
    }

    /// Ticks until `done` holds or `seconds` have passed; says which.
    pub fn run_until(&mut self, seconds: f64, mut done: impl FnMut(&Snapshot) -> bool) -> bool {
        let until = self.next + Span::from_s(seconds).unwrap_or_default();
        while self.next < until {
            self.tick();
            if done(self.machine.picture()) {
                return true;
            }
        }
        false
    }

    /// A new core that finds what this one left on disk, beside the same rack; it knows that it was not ended.
    ///
    /// # Errors
    /// When the rack lacks a line or bus that the site names.
    pub fn succeed(self) -> Result<Self, String> {
        let found = Found {
            latches: Restored::Record(self.machine.record()),
            units: Some(self.machine.unit_record()),
            self_test: Some(self.machine.self_test_record()),
            commissioning: Some(self.machine.commissioning_record()),
            hosts: Some(self.machine.host_record()),
            stops: Some(self.machine.shutdown().stops()),
            parity: Some(self.machine.parity_record()),
        };
        let mut next = Self::restart(self.site, self.rack, found)?;
        next.frame.health.watchdog_acted = true;
        next.history = self.history;
        next.digest.set(self.digest.get());
        if let Some(mut recorder) = self.recorder {
            next.begin(&mut recorder);
            next.recorder = Some(recorder);
        }
        Ok(next)
    }

    /// The core dies: nothing judges, nothing writes, its lines fall. Time goes on for `seconds`.
    pub fn die(&mut self, seconds: f64) {
        self.frame.lines = Err(Absent::Stale);
        let mut rack = self.rack.borrow_mut();
        rack.release_outputs();
        let to = rack.now_us() + Span::from_s(seconds).unwrap_or_default().as_us();
        rack.advance(to);
    }
}

#[cfg(test)]
#[path = "inline_allocates.rs"]
mod allocates;
#[cfg(test)]
#[path = "inline_chips.rs"]
mod chips;
#[cfg(test)]
#[path = "inline_outlets.rs"]
mod outlets;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::builtin;
    use hil_rig::rack::{Input, RackConfig};

    fn inline(tick_ms: u64) -> Inline {
        let mut config = builtin();
        config.core.tick_ms = tick_ms;
        let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
        Inline::new(site, Rack::new(RackConfig::default())).unwrap_or_else(|error| panic!("{error}"))
    }

    /// I28: a tick more than 0.1 s late is told, with the figures; the alarm goes a minute after the largest of the last
    /// minute is small again.
    #[test]
    fn a_late_tick_is_told() {
        use points::alarm::Alarm;
        let mut inline = inline(100);
        inline.run(60.0);
        let late = |inline: &Inline| inline.picture().alarms.active.has(Alarm::LateTicks);
        (inline.health().lateness_s, inline.health().late_ticks) = (0.1, 0);
        inline.run(5.0);
        assert!(!late(&inline));
        (inline.health().lateness_s, inline.health().late_ticks) = (0.101, 1);
        inline.run(5.0);
        assert!(late(&inline));
        let late_ticks = inline
            .picture()
            .get(points::point::controller::LATE_TICKS)
            .number();
        assert_eq!(late_ticks, Some(1.0));
        inline.health().lateness_s = 0.002;
        inline.run(61.0);
        assert!(!late(&inline));
    }

    /// Every rule is in seconds: what happens, and in which order, does not depend on the tick.
    #[test]
    fn a_fire_runs_the_same_at_every_tick() {
        let run = |tick_ms| {
            let mut inline = inline(tick_ms);
            inline.run(30.0);
            inline.history.clear();
            let start = inline.picture().now;
            inline.act(&Act::Line {
                line: Input::FireButton,
                high: true,
            });
            inline.run(70.0);
            let told = |change: &Change| matches!(change, Change::Effect(..) | Change::Latch(..));
            let history = inline.history.iter().filter(|(_, change)| told(change));
            history
                .map(|(at, change)| (at.since(start), *change))
                .collect::<Vec<_>>()
        };
        let reference = run(20);
        assert!(!reference.is_empty());
        for tick_ms in [10, 100, 200] {
            let other = run(tick_ms);
            let sequence = |all: &[(Span, Change)]| all.iter().map(|(_, change)| *change).collect::<Vec<_>>();
            assert_eq!(sequence(&other), sequence(&reference), "at {tick_ms} ms");
            for ((a, change), (b, _)) in other.iter().zip(&reference) {
                let apart = a.as_ms().abs_diff(b.as_ms());
                assert!(
                    apart <= 2 * tick_ms.max(20),
                    "{change} {apart} ms apart at {tick_ms} ms"
                );
            }
        }
    }
}
