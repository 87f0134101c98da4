//! From frames to readings: decode each new frame once, pass it through plausibility, write the picture and collect
//! what safety judges.
//!
//! Pure: the frame carries its own times. What is derived from several points (IT power, dew points, filter
//! resistance) is derived here from readings, and is absent with a reason where one of them is.

mod balance;
mod channel;
mod contacts;
mod derive;
mod draft;
mod feed;
mod passage;
mod steady;
mod surface;
mod tachometer;
mod tachometers;

pub(crate) use derive::SPEED_FULL_RPM;
use points::alarm::{Alarm, AlarmSet};
use points::interlock::OutputLine;
use points::point::{self, Tag, blower, blowers, contact, derived, flow, output, power, temperature};
use points::{Absent, Ampere, Celsius, Flag, Moment, Percent, Quantity, Reading, Rpm, Snapshot, Span, Watt};
use safety::{BlowerInputs, Climate, FanInputs, HeatInputs, Inputs, Life, Probe};
use sensors::contact::Contact;
use sensors::hot::HotWatch;
use sensors::worst::{SLEW_K_PER_S, Worst};

use sensors::estimate::commission::Fit;

use crate::control::FlowMap;
use crate::core::frame::Frame;
use crate::site::Site;
use channel::DeviceJudge;
use contacts::ContactJudge;

/// A device that has sent nothing for this long does not answer, whatever its last frame said.
const SILENT: Span = Span::s(5);
/// A voted probe's reading older than this is overdue: until the next one comes, or it goes stale, it is assumed to
/// rise at the slew that a part nobody reads may have.
const OVERDUE: Span = Span::ms(1_500);
/// Levels of read-backs must stand this long: relays bounce.
const READ_BACK_DEBOUNCE: Span = Span::ms(50);

/// What is looked at in every tick of a device that sends less often, apart from all else that its judge remembers.
#[derive(Clone, Copy, Debug)]
struct Watched {
    /// Frames taken; a tick decodes a frame once.
    count: u32,
    /// The last moment at which its readings are those in the picture, if no frame comes before.
    until: Moment,
    /// Microsecond after its last frame with bytes; 0 while its last frame carries none.
    answered_us: u64,
    /// Why its last frame carries no bytes.
    absent: Option<Absent>,
    /// Its readings go through a judge of their own in the picture, and are written anew in every tick.
    hot: bool,
}

/// State of every channel's plausibility and every contact's debounce.
#[derive(Clone, Debug)]
pub struct Judge {
    devices: Vec<DeviceJudge>,
    watched: Vec<Watched>,
    /// How many of them have answered lately.
    answering: usize,
    contacts: Vec<ContactJudge>,
    /// Bits of the lines with their contacts.
    read_backs: Vec<Option<(u64, Contact)>>,
    hot: [HotWatch; 3],
    worst: [Worst; 3],
    exhaust_bus: [u8; 3],
    smoke_bus: u8,
    contact_fitted: bool,
    fitted: Vec<bool>,
    conditions: AlarmSet,
    derive: derive::Derive,
    tachometer: tachometers::Tachometers,
    blowers: usize,
    passage: passage::Passage,
    balance: balance::Balance,
}

/// Which filters are out of their slots, left and right, as their contacts say.
fn filters_out(picture: &Snapshot) -> [bool; 2] {
    [0, 1].map(|side| picture.get(contact::FILTER_PRESENT.at(side)).ok() == Some(Flag::Clear))
}

/// Of a line's level among all levels.
fn bit(line: usize) -> u64 {
    u32::try_from(line)
        .ok()
        .and_then(|line| 1u64.checked_shl(line))
        .unwrap_or(0)
}

impl Judge {
    /// The rack has these constants from now on.
    pub fn commissioned(&mut self, fit: &Fit) {
        self.derive
            .commissioned(FlowMap::fitted(fit).of_blowers(fit, self.blowers));
        self.balance.commissioned(fit);
    }

    /// A judge that has seen nothing of this site yet.
    pub fn new(site: &Site) -> Self {
        let exhaust = temperature::EXHAUST;
        let mut fitted = vec![false; point::COUNT];
        let fed = site.devices.iter().flat_map(|device| device.feeds.indices());
        for index in fed.chain(site.contacts.iter().map(|plan| plan.point.index())) {
            fitted[index] = true;
        }
        Judge {
            devices: site
                .devices
                .iter()
                .map(|plan| DeviceJudge::new(plan.feeds))
                .collect(),
            watched: site
                .devices
                .iter()
                .map(|plan| Watched {
                    count: 0,
                    until: Moment::ZERO,
                    answered_us: 0,
                    absent: Some(Absent::Starting),
                    hot: plan
                        .feeds
                        .indices()
                        .into_iter()
                        .any(|index| exhaust.iter().any(|tag| tag.index() == index)),
                })
                .collect(),
            answering: 0,
            contacts: site
                .contacts
                .iter()
                .map(|plan| ContactJudge::new(*plan))
                .collect(),
            read_backs: site
                .outputs
                .iter()
                .map(|plan| {
                    plan.read_back
                        .map(|line| (bit(line), Contact::new(READ_BACK_DEBOUNCE, READ_BACK_DEBOUNCE)))
                })
                .collect(),
            hot: [HotWatch::new(), HotWatch::new(), HotWatch::new()],
            worst: [const { Worst::new(SLEW_K_PER_S) }; 3],
            exhaust_bus: [0, 1, 2].map(|member| site.bus_of(exhaust.at(member))),
            smoke_bus: site.bus_of(contact::SMOKE.at(0)),
            contact_fitted: site.fan_contact.is_some(),
            balance: balance::Balance::new(site, &fitted),
            fitted,
            conditions: AlarmSet::EMPTY,
            derive: derive::Derive::new(site.blowers()),
            tachometer: tachometers::Tachometers::new(site.blowers()),
            blowers: site.blowers(),
            passage: passage::Passage::new(site.blowers()),
        }
    }

    /// Conditions of alarms that the readings alone show.
    pub fn conditions(&self) -> AlarmSet {
        self.conditions
    }

    /// A filter takes too little of the draft, whatever its contact says.
    pub fn filter_lacks(&self) -> bool {
        self.passage.filter_missing()
    }

    /// The speed as counted, believed or not, and whether it is not.
    pub fn tachometer(&self) -> (Reading<Rpm>, bool) {
        (self.counted(), self.tachometer.disagrees())
    }

    /// Unexplained heat with the factor that was learned first held.
    pub fn heat_since_learned(&self) -> Reading<Watt> {
        self.balance.since_learned()
    }

    /// Judges a frame.
    pub fn judge(
        &mut self,
        now: Moment,
        frame: &Frame,
        last: &safety::Outputs,
        picture: &mut Snapshot,
    ) -> Inputs {
        self.conditions = AlarmSet::EMPTY;
        self.frames(now, frame, picture);
        self.lines(now, frame, last, picture);
        self.exhaust(now, picture);
        self.tachometer.judge(now, picture);
        self.passage.judge(now, picture);
        let coldest = self.coldest(picture);
        derive::derive(&mut self.derive, now, coldest, picture);
        self.balance.judge(now, self.passage.filter_missing(), picture);
        self.device_alarms(now, picture);
        self.inputs(now, frame, picture)
    }

    fn lines(&mut self, now: Moment, frame: &Frame, last: &safety::Outputs, picture: &mut Snapshot) {
        for judge in &mut self.contacts {
            judge.judge(now, frame, picture);
        }
        let mut differs = false;
        for (place, read_back) in self.read_backs.iter_mut().enumerate() {
            let (Some(line), Some(stands)) = (OutputLine::ALL.get(place), output::STANDS.get(place)) else {
                continue;
            };
            let commanded = last.lines().has(*line);
            if let Some(command) = output::COMMAND.get(place) {
                picture.put(command, Reading::good(Flag::from_bool(commanded), now));
            }
            let Some((input, contact)) = read_back else {
                continue;
            };
            if let Ok(levels) = frame.lines {
                contact.level(now, levels & *input != 0);
            }
            let reading = contact.reading(now);
            differs |= reading.ok().is_some_and(|flag| flag.is_set() != commanded);
            picture.put(stands, reading);
        }
        self.conditions.put(Alarm::OutputMismatch, differs);
    }

    fn exhaust(&mut self, now: Moment, picture: &mut Snapshot) {
        for (member, hot) in self.hot.iter_mut().enumerate() {
            if let Some(tag) = temperature::EXHAUST.get(member) {
                let watched = hot.watch(now, picture.get(tag));
                self.worst[member].see(&watched);
                picture.put(tag, watched);
            }
        }
    }

    /// Decodes what is new, and writes what is new or has grown too old.
    fn frames(&mut self, now: Moment, frame: &Frame, picture: &mut Snapshot) {
        for ((device, watched), frame) in self.devices.iter_mut().zip(&mut self.watched).zip(&frame.devices) {
            let new = frame.count != watched.count;
            if new {
                watched.count = frame.count;
                watched.absent = frame.result.err();
                watched.answered_us = match frame.result {
                    Ok(_) => frame.at.as_us().saturating_add(1),
                    Err(_) => 0,
                };
                device.take(frame);
            }
            if new || now > watched.until || watched.hot {
                watched.until = device.tell(now, picture);
            }
        }
    }

    /// Share of the devices that answer, in percent, as of the last frame judged.
    pub fn devices_answering(&self) -> Percent {
        let number = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        Percent::of(100.0 * number(self.answering) / number(self.watched.len().max(1)))
    }

    fn device_alarms(&mut self, now: Moment, picture: &Snapshot) {
        let (mut absent, mut mismatch, mut stuck) = (false, false, false);
        // A thread that hangs in its bus leaves its last good frames behind.
        let silent_us = now.as_us().saturating_sub(SILENT.as_us());
        let answers = |watched: &&Watched| watched.answered_us > silent_us;
        self.answering = self.watched.iter().filter(answers).count();
        if self.answering < self.watched.len() {
            for device in &self.watched {
                match device.absent {
                    None => absent |= now - Moment(device.answered_us.saturating_sub(1)) > SILENT,
                    Some(Absent::WrongChip | Absent::Unconfigured) => mismatch = true,
                    Some(Absent::BusStuck | Absent::BusTimeout) => stuck = true,
                    Some(Absent::Starting) => {}
                    Some(_) => absent = true,
                }
            }
        }
        self.conditions.put(Alarm::DeviceAbsent, absent);
        self.conditions.put(Alarm::DeviceMismatch, mismatch);
        self.conditions.put(Alarm::BusFault, stuck);
        self.conditions
            .put(Alarm::DoorDoubted, self.passage.door_doubted());
        self.conditions
            .put(Alarm::Leak, picture.get(contact::LEAK).ok() == Some(Flag::Set));
        // No answer, chatter or age: a contact that stops the fan alone has to be readable.
        let unreadable = [
            contact::MANUAL_FIRE,
            contact::CUT_OUT_OPEN,
            contact::EMERGENCY_OFF,
        ]
        .iter()
        .any(|tag| {
            let reason = self.read(picture, *tag).value.err();
            reason.is_some_and(|reason| reason != Absent::NotFitted && reason != Absent::Starting)
        });
        self.conditions.put(Alarm::ContactUnreadable, unreadable);
        self.conditions
            .put(Alarm::TachometerDisagrees, self.tachometer.disagrees());
        self.conditions.put(Alarm::SoftwareFireStop, !self.contact_fitted);
    }

    /// A reading, or "not fitted" where the site has none.
    fn read<Q: Quantity>(&self, picture: &Snapshot, tag: Tag<Q>) -> Reading<Q> {
        let reading = picture.get(tag);
        if self.fitted.get(tag.index()) == Some(&true) {
            reading
        } else {
            Reading::absent(Absent::NotFitted, reading.at)
        }
    }

    /// The speed as counted, also while it is not shown: its witness against a blower that stands goes on (C10).
    fn counted(&self) -> Reading<Rpm> {
        let counted = self.tachometer.counted();
        if self.fitted.get(blower::SPEED.at(0).index()) == Some(&true) {
            counted
        } else {
            Reading::absent(Absent::NotFitted, counted.at)
        }
    }

    /// One of two blowers by itself.
    fn blower(&self, picture: &Snapshot, place: usize) -> BlowerInputs {
        // What is shown, not what was counted: power and draft have their say in it already.
        BlowerInputs {
            speed: self.read(picture, blower::SPEED.at(place)),
            current: self.read(picture, blower::CURRENT.at(place)),
            isolated: self.read(picture, blower::ISOLATOR_OPEN.at(place)),
        }
    }

    /// Current of the blower, or of both.
    fn current(&self, picture: &Snapshot) -> Reading<Ampere> {
        let own = |place| self.read(picture, blower::CURRENT.at(place));
        if self.blowers < 2 {
            return own(0);
        }
        let shared = self.read(picture, blowers::CURRENT);
        if shared.value != Err(Absent::NotFitted) {
            return shared;
        }
        match (own(0), own(1)) {
            (
                Reading { value: Ok(a), at },
                Reading {
                    value: Ok(b),
                    at: other,
                },
            ) => Ampere::new(a.get() + b.get()).map_or(Reading::absent(Absent::OverRange, at), |sum| {
                Reading::good(sum, at.min(other))
            }),
            (Reading { value: Err(_), .. }, _) => own(0),
            (_, lost) => lost,
        }
    }

    /// The isolator of all blowers: where each has one of its own, open when both are.
    fn isolator(&self, picture: &Snapshot) -> Reading<Flag> {
        let own = |place| self.read(picture, blower::ISOLATOR_OPEN.at(place));
        let (first, second) = (own(0), own(1));
        if second.value == Err(Absent::NotFitted) || second.value == Ok(Flag::Set) {
            first
        } else {
            second
        }
    }

    /// The coldest surface that the room's air touches.
    fn coldest(&self, picture: &Snapshot) -> Reading<Celsius> {
        surface::coldest(
            [0, 1].map(|side| self.read(picture, temperature::WALL.at(side))),
            [0, 1].map(|side| self.read(picture, temperature::EXTINGUISHER.at(side))),
        )
    }

    /// A filter's contact says that it is out, or the air does.
    fn filter_missing(&self, picture: &Snapshot) -> bool {
        filters_out(picture) != [false; 2] || self.passage.filter_missing()
    }

    /// What safety must assume of a probe whose next reading is overdue.
    fn overdue(&self, now: Moment, member: usize, reading: Reading<Celsius>) -> Reading<Celsius> {
        let assumed = self.worst.get(member).and_then(|worst| worst.assume(now));
        match assumed.filter(|_| reading.value.is_ok() && reading.age(now) > OVERDUE) {
            Some(assumed) => Reading::good(assumed, reading.at),
            None => reading,
        }
    }

    /// Air around the extinguisher units: at each where a probe is fitted, else under the ceiling.
    pub fn climate(&self, picture: &Snapshot) -> Climate {
        let ceiling = self.read(picture, temperature::CEILING);
        let at = |place| {
            let own = self.read(picture, temperature::EXTINGUISHER.at(place));
            if own.value == Err(Absent::NotFitted) {
                ceiling
            } else {
                own
            }
        };
        Climate {
            temperature: [at(0), at(1)],
            humidity: self.read(picture, temperature::CEILING_HUMIDITY),
        }
    }

    fn inputs(&self, now: Moment, frame: &Frame, picture: &Snapshot) -> Inputs {
        let probe = |member: usize| Probe {
            reading: self.overdue(now, member, self.read(picture, temperature::EXHAUST.at(member))),
            bus: self.exhaust_bus[member],
            rising: self.hot[member].rising(),
        };
        Inputs {
            exhaust: [probe(0), probe(1), probe(2)],
            ceiling: self.read(picture, temperature::CEILING),
            heat: HeatInputs {
                unexplained: self.balance.stands(),
                buses: self.balance.buses(),
            },
            smoke: [0, 1].map(|k| self.read(picture, contact::SMOKE.at(k))),
            smoke_bus: self.smoke_bus,
            break_wire: [0, 1].map(|k| self.read(picture, contact::BREAK_WIRE.at(k))),
            extinguisher_home: [0, 1].map(|k| self.read(picture, contact::EXTINGUISHER_HOME.at(k))),
            // Remembered, not read: whoever remembers puts it in.
            unit_life: [Life::Good; 2],
            manual_fire: self.read(picture, contact::MANUAL_FIRE),
            emergency_off: self.read(picture, contact::EMERGENCY_OFF),
            cut_out_open: self.read(picture, contact::CUT_OUT_OPEN),
            door_open: self.read(picture, contact::DOOR_OPEN),
            mains_present: self.read(picture, contact::MAINS_PRESENT),
            key_switch: self.read(picture, contact::KEY_SWITCH),
            seal_broken: self.read(picture, contact::SEAL_BROKEN),
            isolator_open: self.isolator(picture),
            contact_open: self.read(picture, blower::CONTACT_OPEN.at(0)),
            fan: FanInputs {
                speed: self.counted(),
                current: self.current(picture),
                drive: self.read(picture, blower::DUTY.at(0)),
                expected_current: None,
            },
            pair: (self.blowers > 1).then(|| [0, 1].map(|place| self.blower(picture, place))),
            // Its own sensor lost with the tachometer would leave the current alone, which a held wheel draws too.
            draft: draft::proof(self.read(picture, flow::RACK_DRAFT), picture),
            it_power: picture.get(power::IT_POWER),
            filter_resistance: [0, 1].map(|k| picture.get(flow::FILTER_RESISTANCE.at(k))),
            filter_missing: self.filter_missing(picture),
            filter_out: filters_out(picture),
            dew_point_margin: picture.get(derived::DEW_POINT_MARGIN),
            power_cut_stands: picture.get(output::STANDS.at(OutputLine::PowerCut.index())),
            front_alive: frame.health.front_alive,
            // The plan's, not a reading: whoever has it puts it in.
            host_not_down: false,
            hosts: safety::HostsTime::default(),
            hosts_proven_down: false,
            watchdog_acted: frame.health.watchdog_acted,
            contact_fitted: self.contact_fitted,
        }
    }
}
