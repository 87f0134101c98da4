//! Fire evidence by class, and what confirms a fire (D3).
//!
//! Break-wire, manual button and cut-out stop the fan alone. Otherwise two classes that share no sensor, converter
//! or bus must stand together; evidence is held 60 s after it goes, so onsets up to 60 s apart meet. Time is never
//! used to confirm a detector by itself.

use points::{Absent, LoopState, Moment, Span};

use crate::input::{Inputs, UNITS, is_faulty, is_set};
use crate::timer::Lingering;
use crate::vote::Vote;

/// Evidence counts this long after it has gone.
pub const HOLD: Span = Span::s(60);
/// Exhaust air at which heat is fire evidence, degrees Celsius (D3).
pub const HOT: f64 = 90.0;

/// Probes on other buses that must be hot for heat to confirm what the heat balance says, whoever votes (D3).
const APART_FROM_BALANCE: usize = 2;

/// A class of fire evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// S: smoke, either channel.
    Smoke = 0,
    /// T: exhaust air at 90 C or above by the vote, or a probe lost while hot.
    Temperature = 1,
    /// Q: heat balance. More heat appears than hosts, walls and metal explain.
    HeatBalance = 2,
    /// F: flame contact. Not fitted yet: never present.
    Flame = 3,
    /// W: break-wire of an extinguisher unit.
    BreakWire = 4,
    /// M: manual fire button.
    Manual = 5,
    /// K: thermal cut-out.
    CutOut = 6,
}

/// A set of evidence classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassSet(u8);

impl ClassSet {
    /// None.
    pub const EMPTY: ClassSet = ClassSet(0);

    /// Whether it holds the class.
    pub const fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    /// Whether it holds none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    const fn put(&mut self, class: Class, present: bool) {
        if present {
            self.0 |= 1 << class as u8;
        }
    }
}

/// What speaks for a fire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Classes that stand now.
    pub live: ClassSet,
    /// Classes that stand now or stood within the last 60 s.
    pub held: ClassSet,
    /// Two independent classes stand together (C02).
    pub confirmed: bool,
    /// A unit has fired, or its loop failed while another class stands (C01).
    pub fired: bool,
    /// A loop cannot say whether there is an alarm.
    pub loop_fault: bool,
}

impl Evidence {
    /// A class that alone is a pre-alarm stands (C04).
    pub const fn pre_alarm(&self) -> bool {
        self.held.has(Class::Smoke) || self.held.has(Class::Temperature) || self.held.has(Class::HeatBalance)
    }

    /// Any evidence at all counts now.
    pub const fn any(&self) -> bool {
        !self.held.is_empty() || self.fired || self.confirmed
    }
}

/// Memory of the evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Witnesses {
    smoke: Lingering,
    heat: Lingering,
    /// Heat on enough probes that share no bus with the smoke loops.
    independent_heat: Lingering,
    /// The same by what was measured: a probe that is lost, be it while hot, is an absence.
    measured_heat: Lingering,
    /// Heat on two probes at least that share no bus with the heat balance.
    heat_apart_from_balance: Lingering,
    balance: Lingering,
    wire: Lingering,
    button: Lingering,
    cut_out: Lingering,
}

impl Witnesses {
    /// Weighs what stands now and what stood lately.
    pub fn weigh(&mut self, now: Moment, inputs: &Inputs, vote: &Vote, in_grace: bool) -> Evidence {
        let alarm = |loops: &[points::Reading<LoopState>; UNITS]| {
            loops.iter().any(|reading| reading.value == Ok(LoopState::Alarm))
        };
        let smoke = alarm(&inputs.smoke);
        let wire = alarm(&inputs.break_wire);
        let (button, cut_out) = (is_set(&inputs.manual_fire), is_set(&inputs.cut_out_open));
        let lost_hot = inputs
            .exhaust
            .iter()
            .any(|probe| probe.reading.value == Err(Absent::LostHot));
        let heat = lost_hot || vote.majority.is_some_and(|level| level >= HOT);
        let on_smoke_bus = |bus| bus == inputs.smoke_bus;
        let independent_heat = heat && hot_apart_from(on_smoke_bus, inputs, vote) >= vote.threshold();
        let measured_heat = vote.majority.is_some_and(|level| level >= HOT)
            && measured_hot_apart_from(on_smoke_bus, inputs, vote) >= vote.threshold();
        let balance = is_set(&inputs.heat.unexplained);
        let of_balance = |bus| inputs.heat.buses.has(bus);
        let heat_apart_from_balance =
            heat && hot_apart_from(of_balance, inputs, vote) >= vote.threshold().max(APART_FROM_BALANCE);

        let (mut live, mut held) = (ClassSet::EMPTY, ClassSet::EMPTY);
        for (class, stands, memory) in [
            (Class::Smoke, smoke, &mut self.smoke),
            (Class::Temperature, heat, &mut self.heat),
            (Class::HeatBalance, balance, &mut self.balance),
            (Class::BreakWire, wire, &mut self.wire),
            (Class::Manual, button, &mut self.button),
            (Class::CutOut, cut_out, &mut self.cut_out),
        ] {
            live.put(class, stands);
            held.put(class, memory.counts(now, stands, HOLD));
        }
        let apart = self.independent_heat.counts(now, independent_heat, HOLD);
        let measured_apart = self.measured_heat.counts(now, measured_heat, HOLD);
        let apart_from_balance = self
            .heat_apart_from_balance
            .counts(now, heat_apart_from_balance, HOLD);
        // A balance that shares a bus with the smoke loops is a pre-alarm of its own and confirms nothing.
        let balance_apart = held.has(Class::HeatBalance) && !of_balance(inputs.smoke_bus);
        let confirmed = (held.has(Class::Smoke) && (apart || balance_apart))
            || (held.has(Class::HeatBalance) && apart_from_balance);
        // What the wire itself says. A lost converter or bus is one fault for all that hangs on it: it counts beside
        // smoke it still saw and heat measured elsewhere only. Two absences are no fire: a probe that is lost while the
        // air rises, as it does after every start, and a bus that hangs for a second are two faults of wires.
        let wire_broken = inputs
            .break_wire
            .iter()
            .any(|r| r.value.is_ok() && is_faulty(r, in_grace));
        let wire_fault = inputs
            .break_wire
            .iter()
            .any(|reading| is_faulty(reading, in_grace));
        let smoke_fault = inputs.smoke.iter().any(|reading| is_faulty(reading, in_grace));
        let other = held.has(Class::Smoke) || held.has(Class::Temperature) || held.has(Class::HeatBalance);
        let elsewhere = measured_apart || balance_apart;
        Evidence {
            live,
            held,
            confirmed,
            // A wire that burns through may break instead of firing: with any other class it counts as fired (H18).
            fired: wire || (wire_broken && other) || (wire_fault && (elsewhere || held.has(Class::Smoke))),
            loop_fault: wire_fault || smoke_fault,
        }
    }
}

/// Hot probes on other buses than those. A probe that was outvoted for disagreeing says nothing; one lost while hot does.
fn hot_apart_from(those: impl Fn(u8) -> bool, inputs: &Inputs, vote: &Vote) -> usize {
    let lost = |index: usize| inputs.exhaust[index].reading.value == Err(Absent::LostHot);
    apart_from(those, inputs, |index| {
        is_measured_hot(index, inputs, vote) || lost(index)
    })
}

/// Those of them that were measured.
fn measured_hot_apart_from(those: impl Fn(u8) -> bool, inputs: &Inputs, vote: &Vote) -> usize {
    apart_from(those, inputs, |index| is_measured_hot(index, inputs, vote))
}

fn is_measured_hot(index: usize, inputs: &Inputs, vote: &Vote) -> bool {
    let hot = match inputs.exhaust[index].reading.value {
        Ok(value) => value.get() >= HOT,
        Err(reason) => reason == Absent::OverRange,
    };
    hot && vote.voting[index]
}

fn apart_from(those: impl Fn(u8) -> bool, inputs: &Inputs, hot: impl Fn(usize) -> bool) -> usize {
    (0..inputs.exhaust.len())
        .filter(|index| hot(*index) && !those(inputs.exhaust[*index].bus))
        .count()
}
