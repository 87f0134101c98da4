//! One bus and its devices: start all, wait once, read all, each chip at its own rate.
//!
//! ```text
//!  Prepare(step) --ready--> Idle(at) --start--> Fetch(at) --frame--> Idle(at + period)
//!       ^                      |                   |
//!       +--- back-off ---------+---- 3 failures ---+      bus stuck: all wait PROBE, one asks again
//! ```
//! Every medium has the same worker: an I2C segment, a serial line, a 1-Wire bus that the kernel shows as text; what is
//! particular to each is its [`Medium`].
//!
//! A worker blocks nowhere but in its bus, so the same worker runs on a thread against a real bus and inline in
//! virtual time. Any access feeds the fan chip's watchdog: a worker that has seen no fresh orders for [`SILENCE`]
//! leaves that chip alone (D2).

use points::host::OutletOrder;
use points::point::hosts::outlets;
use points::{Absent, Blower, Moment, Span};
use sensors::driver::{BusFault, Driver, Fault, Progress, Raw};

use super::frame::{DeviceFrame, Orders};
use super::medium::Medium;
use crate::site::{DevicePlan, Feeds};

/// Without fresh orders for this long the fan chip is left alone.
pub const SILENCE: Span = Span::s(1);
/// Failures in a row after which a device is prepared anew.
const FAILURES: u8 = 3;
/// Wait before a lost device is prepared anew: doubled from the first to the last of these.
const BACK_OFF: (Span, Span) = (Span::ms(500), Span::s(8));
/// Wait before a stuck bus is asked again.
const PROBE: Span = Span::ms(100);
/// Longest a worker sleeps, so that orders and ends are noticed.
const NAP: Span = Span::ms(50);

#[derive(Clone, Copy, Debug)]
enum Phase {
    Prepare {
        step: u8,
        at: Moment,
    },
    Idle {
        at: Moment,
    },
    /// `base` is the planned start, from which the next one follows.
    Fetch {
        at: Moment,
        base: Moment,
    },
}

#[derive(Debug)]
struct Station<D> {
    place: usize,
    device: D,
    channel: Option<u8>,
    period: Span,
    phase: Phase,
    failures: u8,
    back_off: Span,
    frame: DeviceFrame,
    /// Turns of one scan: a converter's channels are measured one after the other and go into one frame.
    turns: usize,
    scan: Scan,
    /// Whether a fan chip's own watchdog is ordered on.
    watchdog: bool,
    /// Which blower's orders it takes, if it drives one.
    blower: Blower,
    /// Which outlets its relays switch, if it has some.
    relays: Option<Relays>,
}

/// The outlets that the relays of a board switch.
#[derive(Clone, Copy, Debug)]
struct Relays {
    /// Place of each relay's outlet.
    outlets: [Option<usize>; 8],
    /// A relay that is on switches its outlet off.
    normally_closed: bool,
}

impl Relays {
    fn of(feeds: &Feeds) -> Option<Self> {
        let Feeds::Outlets { on, normally_closed } = *feeds else {
            return None;
        };
        let first = outlets::ON.at(0).index();
        Some(Relays {
            outlets: on.map(|tag| tag.map(|tag| tag.index().saturating_sub(first))),
            normally_closed,
        })
    }

    /// Relays that are asked for something, and where each of them is to be.
    fn asked(self, order: OutletOrder) -> (u8, u8) {
        let (mut mask, mut coils) = (0, 0);
        for (relay, outlet) in self.outlets.iter().enumerate() {
            if let Some(on) = outlet.and_then(|outlet| order.of(outlet)) {
                mask |= 1 << relay;
                coils |= u8::from(on != self.normally_closed) << relay;
            }
        }
        (mask, coils)
    }
}

/// The bytes of the turns so far.
#[derive(Clone, Copy, Debug)]
struct Scan {
    bytes: [u8; Scan::CAPACITY],
    len: usize,
    turns: usize,
}

impl Scan {
    /// Four channels of three bytes.
    const CAPACITY: usize = 12;
    const NEW: Scan = Scan {
        bytes: [0; Scan::CAPACITY],
        len: 0,
        turns: 0,
    };

    fn add(&mut self, raw: &Raw) {
        let room = self.bytes.get_mut(self.len..).unwrap_or_default();
        for (place, byte) in room.iter_mut().zip(raw.bytes()) {
            *place = *byte;
            self.len += 1;
        }
        self.turns += 1;
    }
}

/// A bus with its devices.
#[derive(Debug)]
pub struct BusWorker<M: Medium> {
    medium: M,
    stations: Vec<Station<M::Device>>,
    /// Until then the medium rests after a turn.
    rests: Moment,
    stuck: Option<Moment>,
    /// The device that timed out last, while no other has answered since: one chip that holds the clock is its own
    /// fault, two in a row are the bus's.
    timed_out: Option<usize>,
    /// When each station's phase is due, and whether its frame is new, apart from all else that a station is: these
    /// are looked at in every step.
    due: Vec<Moment>,
    new: Vec<bool>,
    changed: bool,
    next: Moment,
    /// The same without the nap.
    due_next: Moment,
    /// What outlets were asked in the step before, and whether there are any here.
    outlets: OutletOrder,
    switches: bool,
}

impl<M: Medium> BusWorker<M> {
    /// A worker without devices.
    pub fn new(medium: M) -> Self {
        BusWorker {
            medium,
            stations: Vec::new(),
            rests: Moment::ZERO,
            stuck: None,
            timed_out: None,
            due: Vec::new(),
            new: Vec::new(),
            changed: false,
            next: Moment::ZERO,
            due_next: Moment::ZERO,
            outlets: OutletOrder::NONE,
            switches: false,
        }
    }

    /// Adds the device at `place` of the site; a scan of it takes `turns` measurements.
    pub fn add(&mut self, place: usize, device: M::Device, plan: &DevicePlan, turns: usize) {
        let (channel, period) = (plan.channel, plan.period);
        let blower = match plan.feeds {
            Feeds::Fan { blower, .. } => blower,
            Feeds::Air { .. }
            | Feeds::Pressure { .. }
            | Feeds::Analogue(_)
            | Feeds::Surface { .. }
            | Feeds::Supply { .. }
            | Feeds::OneWire { .. }
            | Feeds::Kernel { .. }
            | Feeds::Meter(_)
            | Feeds::Outlets { .. }
            | Feeds::Contacts => Blower::A,
        };
        self.stations.push(Station {
            place,
            device,
            channel,
            period,
            phase: Phase::Prepare {
                step: 0,
                at: Moment::ZERO,
            },
            failures: 0,
            back_off: BACK_OFF.0,
            frame: DeviceFrame::STARTING,
            turns,
            scan: Scan::NEW,
            watchdog: true,
            blower,
            relays: Relays::of(&plan.feeds),
        });
        self.switches |= matches!(plan.feeds, Feeds::Outlets { .. });
        self.due.push(Moment::ZERO);
        self.new.push(false);
    }

    /// When a device or the bus is due next: in virtual time nobody has to wake for an end, nor for orders but those of
    /// outlets, which are new at once.
    pub fn due(&self, orders: Orders) -> Moment {
        if self.switches && orders.outlets != self.outlets {
            self.due_next.min(orders.at.max(self.rests))
        } else {
            self.due_next
        }
    }

    /// When [`Self::step`] has something to do next.
    pub fn next(&self) -> Moment {
        self.next
    }

    /// Does what is due and says when to come again. The clock is asked anew for every device: a transfer takes
    /// time, and a conversion is waited for from its own start.
    pub fn step(&mut self, clock: &impl Fn() -> Moment, orders: Orders) -> Moment {
        let now = clock();
        if let Some(until) = self.stuck {
            if now < until {
                (self.next, self.due_next) = (until, until);
                return until;
            }
            self.stuck = None;
        }
        let fresh = now - orders.at < SILENCE;
        // Outlets stay as they are without orders, and new ones do not wait for the board's next turn.
        let orders = if fresh {
            orders
        } else {
            orders.with_outlets(OutletOrder::NONE)
        };
        if fresh && orders.outlets != self.outlets {
            self.outlets = orders.outlets;
            for (station, due) in self.stations.iter_mut().zip(&mut self.due) {
                if let (Some(_), Phase::Idle { at }) = (station.relays, station.phase) {
                    station.phase = Phase::Idle { at: at.min(now) };
                    *due = station.phase.at();
                }
            }
        }
        let (mut due, mut index) = (Moment::NEVER, 0);
        loop {
            let now = clock();
            let left = self.due.get(index..).unwrap_or_default();
            let waiting = left.iter().take_while(|at| now < **at || now < self.rests);
            for at in waiting {
                due = due.min(*at);
                index += 1;
            }
            if index == self.stations.len() {
                break;
            }
            self.one(clock, index, orders, fresh);
            let at = self.stations[index].phase.at();
            self.due[index] = at;
            if self.stuck.is_some() {
                break;
            }
            due = due.min(at);
            index += 1;
        }
        let due = self.stuck.unwrap_or(due).max(self.rests);
        self.due_next = due.max(now + Span::us(100));
        self.next = self.due_next.min(now + NAP);
        self.next
    }

    /// Hands the frame of every device that has a new one since the last call to `take`.
    pub fn frames(&mut self, mut take: impl FnMut(usize, &DeviceFrame)) {
        if std::mem::take(&mut self.changed) {
            for (station, new) in self.stations.iter().zip(&mut self.new) {
                if std::mem::take(new) {
                    take(station.place, &station.frame);
                }
            }
        }
    }

    fn one(&mut self, clock: &impl Fn() -> Moment, index: usize, orders: Orders, fresh: bool) {
        let now = clock();
        let station = &self.stations[index];
        if M::drives(&station.device) && !fresh {
            // Silence is the order here; the frame grows old and says so.
            self.stations[index].phase = station.phase.later(now + NAP);
            return;
        }
        let turn = self.turn(clock, index, orders);
        if M::REST > Span::ZERO {
            self.rests = clock() + M::REST;
        }
        match turn {
            Ok(()) => {
                // Another one answers: the bus is not stuck, one chip is.
                self.timed_out = None;
                let station = &mut self.stations[index];
                station.failures = 0;
                station.back_off = BACK_OFF.0;
            }
            Err(fault) => self.failed(now, index, fault),
        }
    }

    /// One device's turn.
    fn turn(&mut self, clock: &impl Fn() -> Moment, index: usize, orders: Orders) -> Result<(), Fault> {
        let (station, medium) = (&mut self.stations[index], &mut self.medium);
        medium.join(station.channel)?;
        if M::drives(&station.device) && station.watchdog != orders.watchdog {
            medium.watchdog(&mut station.device, orders.watchdog)?;
            station.watchdog = orders.watchdog;
        }
        match station.phase {
            Phase::Prepare { step, .. } => {
                station.phase = match station.device.prepare(medium.bus(), step)? {
                    Progress::Wait(span) => Phase::Prepare {
                        step: step.saturating_add(1),
                        at: clock() + span,
                    },
                    Progress::Ready => Phase::Idle { at: clock() },
                };
            }
            Phase::Idle { at } => {
                medium.drive(&mut station.device, orders.drives[station.blower.index()])?;
                if let Some(relays) = station.relays {
                    let (mask, coils) = relays.asked(orders.outlets);
                    medium.switch(&mut station.device, mask, coils)?;
                }
                let wait = station.device.start(medium.bus())?;
                // The rhythm is kept from the first start, not from the last fetch, unless it is lost anyway.
                let now = clock();
                let base = if now - at > station.period { now } else { at };
                if wait == Span::ZERO {
                    self.fetch(clock, index, base)?;
                } else {
                    station.phase = Phase::Fetch { at: now + wait, base };
                }
            }
            Phase::Fetch { base, .. } => self.fetch(clock, index, base)?,
        }
        Ok(())
    }

    fn fetch(&mut self, clock: &impl Fn() -> Moment, index: usize, base: Moment) -> Result<(), Fault> {
        let station = &mut self.stations[index];
        let raw = station.device.fetch(self.medium.bus())?;
        let raw = if station.turns > 1 {
            station.scan.add(&raw);
            if station.scan.turns < station.turns {
                let wait = station.device.start(self.medium.bus())?;
                station.phase = Phase::Fetch {
                    at: clock() + wait,
                    base,
                };
                return Ok(());
            }
            let scan = std::mem::replace(&mut station.scan, Scan::NEW);
            Raw::new(scan.bytes.get(..scan.len).unwrap_or_default())
        } else {
            raw
        };
        station.frame = DeviceFrame {
            result: Ok(raw),
            at: clock(),
            count: station.frame.count.wrapping_add(1),
        };
        station.phase = Phase::Idle {
            at: on_grid(base + station.period, station.period),
        };
        self.show(index);
        Ok(())
    }

    /// A station's frame is new.
    fn show(&mut self, index: usize) {
        self.new[index] = true;
        self.changed = true;
    }

    fn failed(&mut self, now: Moment, index: usize, fault: Fault) {
        self.show(index);
        self.medium.forget();
        let timed_out = matches!(
            fault,
            Fault::Bus {
                fault: BusFault::Timeout,
                ..
            }
        );
        let other = timed_out
            && self
                .timed_out
                .replace(index)
                .is_some_and(|before| before != index);
        if timed_out && !other {
            self.stations[index].note(now, fault.absent());
            self.stations[index].lose(now, false);
            return;
        }
        if other
            || matches!(
                fault,
                Fault::Bus {
                    fault: BusFault::StuckLow,
                    ..
                }
            )
        {
            self.stuck = Some(now + PROBE);
            for ((station, due), new) in self.stations.iter_mut().zip(&mut self.due).zip(&mut self.new) {
                station.note(now, fault.absent());
                station.lose(now, true);
                (*due, *new) = (station.phase.at(), true);
            }
            return;
        }
        let station = &mut self.stations[index];
        station.note(now, fault.absent());
        station.failures = station.failures.saturating_add(1);
        let foreign = match fault {
            Fault::WrongChip { .. } | Fault::Configuration { .. } => true,
            Fault::Bus { .. }
            | Fault::BadChecksum { .. }
            | Fault::Refused { .. }
            | Fault::NotReady
            | Fault::WrongChannel { .. } => false,
        };
        let preparing = matches!(station.phase, Phase::Prepare { .. });
        if foreign || preparing || station.failures >= FAILURES {
            station.lose(now, false);
        } else {
            station.phase = Phase::Idle {
                at: now + station.period,
            };
        }
    }
}

/// The nearest multiple of the period on the bus's clock. Devices of one period then start together, whenever each of
/// them became ready (start all, wait once, read all), and two runs beside one rack measure at the same moments.
fn on_grid(at: Moment, period: Span) -> Moment {
    let period_us = period.as_us().max(1);
    Moment((at.as_us() + period_us / 2) / period_us * period_us)
}

impl Phase {
    fn at(self) -> Moment {
        match self {
            Phase::Prepare { at, .. } | Phase::Idle { at } | Phase::Fetch { at, .. } => at,
        }
    }

    fn later(self, at: Moment) -> Phase {
        match self {
            Phase::Prepare { step, .. } => Phase::Prepare { step, at },
            Phase::Idle { .. } => Phase::Idle { at },
            Phase::Fetch { base, .. } => Phase::Fetch { at, base },
        }
    }
}

impl<D> Station<D> {
    fn note(&mut self, now: Moment, reason: Absent) {
        self.scan = Scan::NEW;
        self.frame = DeviceFrame {
            result: Err(reason),
            at: now,
            count: self.frame.count.wrapping_add(1),
        };
    }

    /// The device has to be prepared anew; at once after a stuck bus, else with back-off.
    fn lose(&mut self, now: Moment, at_once: bool) {
        self.failures = 0;
        let wait = if at_once { Span::ZERO } else { self.back_off };
        if !at_once {
            self.back_off = (self.back_off + self.back_off).min(BACK_OFF.1);
        }
        self.phase = Phase::Prepare {
            step: 0,
            at: now + wait,
        };
    }
}
