//! The emulated rack as one thing: plant, chips on their buses, contacts on their lines, hosts and people.
//!
//! ```text
//!   acts (people, faults) --> surroundings --> plant --> probes --> chips --> transfer() --> controller
//!                                  ^             ^                    |
//!                                hosts        supply <-- contact <-- output lines <-- controller
//! ```
//! Time only moves by [`Rack::advance`]; the plant steps every [`PLANT_STEP_US`] of it, contacts, transfers and acts that
//! wait for their moment act at their own microsecond.

mod act;
mod agenda;
mod argument;
mod echo;
mod fault;
mod faulty;
mod hosts;
mod instrument;
mod level;
mod lines;
mod outlets;
mod perform;
mod relay;
mod skew;
mod standing;
mod state;
mod tap;
mod trouble;
mod truths;
pub mod wired;
mod wiring;

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wired_tests;

pub use act::{ACTS, Act, ActRow};
pub use agenda::{AgendaError, SCHEDULED_MAX, WATCHES_MAX, Watch};
pub use argument::{Field, Given, Parameter, Span, Value};
pub use echo::{DONE_MAX, Done};
pub use fault::{Amount, FAULTS, Fault, FaultRow, Fit, Kind};
pub use hosts::{Claim, HOSTS_MAX, HostConfig, HostCount, HostState, Hosts, Pick, six_hosts};
pub use instrument::Instrument;
pub use level::{Cable, LoopLevel, Side};
pub use lines::{EDGES_KEPT, INPUTS, Input, OUTPUTS, Output};
pub use relay::Relay;
pub use state::Departure;
pub use tap::Listen;
pub use trouble::{BOUNCE_EDGES_MAX, STORM_HZ_MAX};
pub use truths::{Quantity, TRUTHS, TruthRow};
pub use wiring::BUSES;

use std::sync::{Arc, Mutex};

use embedded_hal::i2c::Operation;

use crate::chip::BusError;
use crate::plant::{
    BlowerSupply, CabinetFire, Contacts, HazardReport, Plant, PlantConfig, Profile, Surroundings, Truth,
};
use agenda::Agenda;
use echo::Echo;
use lines::Lines;
use outlets::Outlets;
use relay::Bistable;
use tap::Tap;
use wiring::{Electric, Wiring};

/// The plant's step, us: a tenth of a second errs by at most 0.015 K.
pub const PLANT_STEP_US: u64 = 100_000;
/// The rack's clock when it is made: its chips have been powered for this long, us, so that the fan chip's power-up
/// watchdog has long driven the blower to full speed, and that is the equilibrium the rack starts in.
pub const START_US: u64 = 10_000_000;
/// The smoke loops follow those of the two break-wires.
const FIRST_SMOKE_LOOP: usize = 2;
/// Temperature at which the thermal cut-out under the ceiling opens, deg C.
pub const CUT_OUT_C: f64 = 110.0;

/// Inlet air at which the hosts' work takes what it asks for, deg C.
pub const INLET_C: f64 = 25.0;

/// How the rack is made.
#[derive(Clone, Debug)]
pub struct RackConfig {
    /// Seed of every random stream.
    pub seed: u64,
    /// Power that the hosts' work asks for over time since the start, W.
    pub load: Profile,
    /// Air of the room over time since the start, deg C.
    pub room: Profile,
    /// What the rack is made of.
    pub plant: PlantConfig,
    /// The hosts, [`HOSTS_MAX`] at most.
    pub hosts: Vec<HostConfig>,
    /// Outlet of the first host, from 1; each further host hangs on the next one, as far as there are outlets.
    pub first_outlet: u8,
    /// What the work takes more for each kelvin of the hosts' inlet air above [`INLET_C`], share: their own fans and
    /// leakage.
    pub inlet_share_k: f64,
    /// A recorded fire that an act may replay.
    pub recorded_fire: Option<Arc<CabinetFire>>,
}

impl Default for RackConfig {
    fn default() -> Self {
        RackConfig {
            seed: 1,
            load: Profile::synthetic_load(1),
            room: Profile::constant(24.0),
            plant: PlantConfig::default(),
            hosts: six_hosts(),
            first_outlet: 1,
            inlet_share_k: 0.0,
            recorded_fire: None,
        }
    }
}

/// The emulated rack.
#[derive(Clone, Debug)]
pub struct Rack {
    now_us: u64,
    stepped_us: u64,
    config: RackConfig,
    plant: Plant,
    around: Surroundings,
    hosts: Hosts,
    outlets: Outlets,
    wiring: Wiring,
    lines: Lines,
    load_held_w: Option<f64>,
    room_held_c: Option<f64>,
    /// Latching contact in the blower's supply; it keeps its place without power.
    contact: Bistable,
    /// The supply that an emergency stop has dropped; a release does not bring it back.
    supply_dropped: bool,
    tach_b_lost: bool,
    /// Voltage of the blowers' supply, ratio to nominal.
    supply_voltage: f64,
    agenda: Agenda,
    tap: Tap,
    /// What the plant's hazards had closed and broken after the step before.
    contacts: Contacts,
    /// Smoke loops that an act holds.
    smoke_by_hand: [bool; 2],
    /// What is added to the rack's time to give the recording's, s, while one is replayed.
    replay_from: Option<f64>,
    echo: Echo,
}

/// What is really so, for people, scenarios and tests; a controller never sees it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Report {
    /// The rack's clock, us.
    pub now_us: u64,
    /// Blower speed, rpm.
    pub rpm: f64,
    /// Drive on the blower's input, 0..1.
    pub drive: f64,
    /// The supply reaches the blower.
    pub energised: bool,
    /// The latching contact is closed.
    pub contact_closed: bool,
    /// Exhaust air, deg C.
    pub exhaust_c: f64,
    /// Chips, deg C.
    pub chips_c: f64,
    /// Room, deg C.
    pub room_c: f64,
    /// Power of the hosts, W.
    pub it_power_w: f64,
    /// Extracted flow, m3/s.
    pub extracted_m3_s: f64,
    /// Rack draft, Pa.
    pub draft_pa: f64,
    /// What is commanded of the output lines, one bit each in the order of [`OUTPUTS`].
    pub outputs: u64,
    /// Where the relays of the outputs really are, likewise.
    pub relays: u64,
    /// Resistance of the left and the right filter over that of a clean one.
    pub filter_resistance: [f64; 2],
    /// Everything about air, heat and blower.
    pub truth: Truth,
    /// Heat of all fires that the plant burns, W; a replayed one is gas and no heat.
    pub fire_w: f64,
    /// Fires, smoke and extinguishers.
    pub hazards: HazardReport,
    /// Which of the smoke loops A and B stand in alarm because the model says so, and not by an act. No smoke was
    /// measured: a report that shows the contact has to say that it is modelled.
    pub smoke_modelled: [bool; 2],
    /// How much of their life the filters have used, share, left and right.
    pub filter_life_used: [f64; 2],
    /// How many hosts do what.
    pub hosts: HostCount,
    /// Outlets that carry power, one bit each: outlet 1 in bit 0.
    #[serde(default)]
    pub outlets: u16,
    /// Faults that stand.
    pub faults: usize,
}

impl Rack {
    /// A rack at its own equilibrium, the fan chip waiting for a controller.
    #[must_use]
    pub fn new(config: RackConfig) -> Self {
        let hosts = Hosts::new(&config.hosts, config.seed, config.load.at(0.0));
        let around = Surroundings {
            room_c: config.room.at(0.0),
            it_power_w: hosts.power_w(),
            ..Surroundings::default()
        };
        let full = BlowerSupply {
            drive_b: 1.0,
            ..BlowerSupply::at(1.0)
        };
        let plant = Plant::new(config.plant.clone(), config.seed, &around, &full);
        let mut rack = Rack {
            now_us: START_US,
            stepped_us: START_US,
            wiring: Wiring::new(config.seed),
            plant,
            around,
            hosts,
            outlets: Outlets::new(),
            lines: Lines::new(config.seed),
            load_held_w: None,
            room_held_c: None,
            contact: Bistable::CLOSED,
            supply_dropped: false,
            tach_b_lost: false,
            supply_voltage: 1.0,
            agenda: Agenda::default(),
            tap: Tap::default(),
            contacts: Contacts::default(),
            smoke_by_hand: [false; 2],
            replay_from: None,
            echo: Echo::default(),
            config,
        };
        rack.feed_chips(0.0);
        rack
    }

    /// The rack's clock, us.
    #[inline]
    #[must_use]
    pub fn now_us(&self) -> u64 {
        self.now_us
    }

    /// Lets time pass until `to_us`; a moment that has passed changes nothing.
    #[inline]
    pub fn advance(&mut self, to_us: u64) {
        if to_us < self.next_us() && to_us < self.stepped_us + PLANT_STEP_US {
            // Nothing happens: nearly every call, for a controller works many times within a step of the plant.
            self.now_us = self.now_us.max(to_us);
        } else {
            self.live(to_us);
        }
    }

    /// Lets time pass in which something happens.
    fn live(&mut self, to_us: u64) {
        loop {
            let next_us = self.next_us();
            if next_us > to_us {
                break;
            }
            self.pass(next_us);
            self.lines.pass(next_us);
            if self.agenda.next_us() <= next_us
                && let Some(act) = self.agenda.take()
            {
                self.act(&act);
            }
        }
        self.pass(to_us);
    }

    /// When something happens next that is no step of the plant: an act that waits or an edge of a contact; `u64::MAX`
    /// for never.
    #[inline]
    #[must_use]
    pub fn next_us(&self) -> u64 {
        self.agenda.next_us().min(self.lines.next_us())
    }

    /// Time in which nothing is due.
    fn pass(&mut self, to_us: u64) {
        while self.stepped_us + PLANT_STEP_US <= to_us {
            self.stepped_us += PLANT_STEP_US;
            self.now_us = self.now_us.max(self.stepped_us);
            self.step();
        }
        self.now_us = self.now_us.max(to_us);
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 us is 285 years")]
    fn step(&mut self) {
        let dt_s = PLANT_STEP_US as f64 / 1e6;
        let t_s = (self.stepped_us - START_US) as f64 / 1e6;
        self.around.room_c = self.room_held_c.unwrap_or_else(|| self.config.room.at(t_s));
        let asked_w = self.load_held_w.unwrap_or_else(|| self.config.load.at(t_s));
        let truth = self.plant.truth();
        let warmer_k = 0.5 * (truth.inlet_left_c + truth.inlet_right_c) - INLET_C;
        let asked_w = asked_w * (1.0 + self.config.inlet_share_k * warmer_k).max(0.0);
        let told_down = self.lines.relay(Output::HostDown);
        self.outlets.step(self.stepped_us, self.wiring.wired.told());
        self.hosts.step(dt_s, asked_w, told_down, self.fed());
        self.around.it_power_w = self.hosts.power_w();
        let supply = self.supply();
        if let Some(from_s) = self.replay_from {
            let gas = self
                .config
                .recorded_fire
                .as_ref()
                .and_then(|fire| fire.at(t_s + from_s));
            self.plant.replay(gas);
        }
        self.plant.step(dt_s, &self.around, &supply);
        self.hazards();
        if self.plant.truth().ceiling_c > CUT_OUT_C {
            self.lines.set(self.now_us, Input::CutOut, false);
        }
        self.feed_chips(dt_s);
        if self.agenda.watches() {
            let report = self.report();
            while let Some(act) = self.agenda.come(&report) {
                self.act(&act);
            }
        }
    }

    /// What the plant's fires and extinguishers do to the loops and to the probes.
    fn hazards(&mut self) {
        let contacts = self.plant.contacts();
        for (channel, closed) in contacts.smoke_closed.into_iter().enumerate() {
            if !self.smoke_by_hand[channel] && closed != self.contacts.smoke_closed[channel] {
                self.show_smoke(channel, closed);
            }
        }
        for (side, fired) in contacts.fired.into_iter().enumerate() {
            if fired && !self.contacts.fired[side] {
                self.wiring.set_loop(side, LoopLevel::Alarm);
                self.wiring.soil(true);
            }
        }
        self.contacts = contacts;
    }

    fn show_smoke(&mut self, channel: usize, closed: bool) {
        let level = if closed {
            LoopLevel::Alarm
        } else {
            LoopLevel::Normal
        };
        self.wiring.set_loop(FIRST_SMOKE_LOOP + channel, level);
    }

    /// What reaches the blower: contact, isolator and emergency stop in series, and the fan chip's drive. A fan chip
    /// without power leaves the blower's control input pulled up: full speed.
    fn supply(&mut self) -> BlowerSupply {
        let energised = self.contact.closed() && self.lines.input(Input::Isolator) && !self.supply_dropped;
        BlowerSupply {
            energised,
            drive: self.wiring.drive(self.stepped_us, 0),
            drive_b: if self.config.plant.second_blower {
                self.wiring.drive(self.stepped_us, 1)
            } else {
                0.0
            },
            voltage: self.supply_voltage,
        }
    }

    fn feed_chips(&mut self, dt_s: f64) {
        let energised = self.supply().energised;
        let truth = self.plant.truth();
        let tachs = [Some(truth.rpm), (!self.tach_b_lost).then_some(truth.blower_b_rpm)];
        let fitted = 1 + usize::from(self.config.plant.second_blower);
        let electric = Electric {
            it_power_w: self.around.it_power_w,
            energised,
            voltage: self.supply_voltage,
            tachs: &tachs[..fitted],
        };
        self.wiring.feed(self.stepped_us, dt_s, truth, &electric);
        self.lines
            .set(self.now_us, Input::FanContactAux, self.contact.auxiliary());
        self.wiring.feed_contacts(self.lines.contacts());
    }

    /// One transfer on bus number `bus` (in the order of [`BUSES`]) at the rack's now.
    ///
    /// # Errors
    /// What a real bus would report; a bus that does not exist never answers.
    #[inline]
    pub fn transfer(
        &mut self,
        bus: usize,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), BusError> {
        let outcome = self.wiring.transfer(self.now_us, bus, address, operations);
        self.tap
            .tell(|heard| heard.transfer(self.now_us, bus, address, operations, outcome));
        outcome
    }

    /// From now on somebody hears every transfer, line and act.
    pub fn listen(&mut self, listener: Arc<Mutex<dyn Listen>>) {
        self.tap = Tap::new(listener);
        self.tell_lines();
    }

    fn tell_lines(&self) {
        let (inputs, outputs) = (self.lines.inputs(), self.lines.outputs());
        self.tap.tell(|heard| heard.lines(self.now_us, inputs, outputs));
    }

    /// Levels of the input lines, one bit each in the order of [`INPUTS`].
    #[inline]
    #[must_use]
    pub fn inputs(&self) -> u64 {
        self.lines.inputs()
    }

    /// Changes of the input lines since the rack was made.
    #[must_use]
    pub fn edges(&self) -> u64 {
        self.lines.edges()
    }

    /// Levels of the input lines after each change since so many, oldest first; of more than [`EDGES_KEPT`] the latest.
    pub fn edges_since(&self, seen: u64) -> impl Iterator<Item = u64> + '_ {
        self.lines.edges_since(seen)
    }

    /// Sets the levels of all output lines, one bit each in the order of [`OUTPUTS`]; coils act at once.
    pub fn set_outputs(&mut self, levels: u64) {
        self.lines.set_outputs(self.now_us, levels);
        self.contact.drive(
            self.lines.relay(Output::FanContactOpen),
            self.lines.relay(Output::FanContactClose),
        );
        self.lines
            .set(self.now_us, Input::FanContactAux, self.contact.auxiliary());
        self.tell_lines();
    }

    /// Every output line falls: the controller has lost its power or died with its pins released.
    pub fn release_outputs(&mut self) {
        self.set_outputs(0);
    }

    /// What people do and what breaks.
    pub fn act(&mut self, act: &Act) {
        self.echo.take(self.now_us, *act);
        self.tap.tell(|heard| heard.act(self.now_us, act));
        self.perform(act);
        self.tell_lines();
    }

    /// Acts at exactly this moment of the rack's clock, once.
    ///
    /// # Errors
    /// When the moment has passed or too many acts wait.
    pub fn schedule(&mut self, at_us: u64, act: Act) -> Result<(), AgendaError> {
        self.agenda.schedule(self.now_us, at_us, act)
    }

    /// Acts at the end of the first plant step that finds the rack in this state, once.
    ///
    /// # Errors
    /// When the value is no number or too many acts wait.
    pub fn when(&mut self, watch: Watch, act: Act) -> Result<(), AgendaError> {
        self.agenda.watch(watch, act)
    }

    /// When the next act is due by its time, us; `u64::MAX` for never.
    #[must_use]
    pub fn next_act_us(&self) -> u64 {
        self.agenda.next_us()
    }

    /// Forgets every act that waits.
    pub fn clear(&mut self) {
        self.agenda.clear();
    }

    /// Acts that wait for their moment, soonest first, and for a state, oldest first.
    pub fn waiting(
        &self,
    ) -> (
        impl Iterator<Item = (u64, Act)>,
        impl Iterator<Item = (Watch, Act)>,
    ) {
        self.agenda.waiting()
    }

    /// The faults that stand, each as the act that made it.
    pub fn faults(&self) -> impl Iterator<Item = Act> + '_ {
        let blowers = [
            (self.around.blower_jammed, Act::BlowerJammed { on: true }),
            (self.around.blower_b_jammed, Act::BlowerBJammed { on: true }),
            (self.tach_b_lost, Act::TachBLost { on: true }),
        ];
        let blowers = blowers
            .into_iter()
            .filter_map(|(stands, act)| stands.then_some(act));
        self.broken().chain(blowers)
    }

    /// The faults of instruments, buses, contacts and relays that stand, each as the act that made it.
    fn broken(&self) -> impl Iterator<Item = Act> + '_ {
        let (relay, honest) = (self.contact.relay, self.contact.honest);
        let contact = (relay != Relay::Well || !honest).then_some(Act::FanContact { relay, honest });
        let lines = self.lines.standing().chain(contact);
        self.wiring.standing(self.now_us).chain(lines)
    }

    /// Bytes that the last transfer on a bus handed over where it ended early and reported success all the same; what was
    /// to be read behind them is as it was. Told once.
    pub fn handed_over(&mut self, bus: usize) -> Option<usize> {
        self.wiring.bus_mut(bus)?.handed_over()
    }

    /// What was done last, oldest first.
    pub fn done(&self) -> impl DoubleEndedIterator<Item = &Done> {
        self.echo.iter()
    }

    /// What acts on the rack from outside.
    #[must_use]
    pub fn around(&self) -> &Surroundings {
        &self.around
    }

    /// The hosts.
    #[must_use]
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// The plant's truth.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        self.plant.truth()
    }

    /// What is really so now.
    pub fn report(&mut self) -> Report {
        let supply = self.supply();
        let (truth, hazards) = (*self.plant.truth(), self.plant.hazards());
        let [by_hand_a, by_hand_b] = self.smoke_by_hand;
        let [closed_a, closed_b] = hazards.smoke_closed;
        let [dust_left, dust_right] = self.plant.filter_dust_ratios();
        Report {
            now_us: self.now_us,
            rpm: truth.rpm,
            drive: supply.drive,
            energised: supply.energised,
            contact_closed: self.contact.closed(),
            exhaust_c: truth.exhaust_c,
            chips_c: truth.chips_c,
            room_c: truth.room_c,
            it_power_w: self.hosts.power_w(),
            extracted_m3_s: truth.extracted_flow_m3_s,
            draft_pa: truth.draft_pa,
            outputs: self.lines.outputs(),
            relays: self.lines.relays(),
            filter_resistance: [
                self.around.filter_left_resistance * dust_left,
                self.around.filter_right_resistance * dust_right,
            ],
            truth,
            fire_w: self.around.fire_w + hazards.growing_fire_w,
            hazards,
            smoke_modelled: [closed_a && !by_hand_a, closed_b && !by_hand_b],
            filter_life_used: self.plant.filter_life_used(),
            hosts: self.hosts.count(),
            outlets: self.outlets(),
            faults: self.faults().count(),
        }
    }
}
