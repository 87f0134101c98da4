//! From the channels that depart to what would explain them alone: the signature table.
//!
//! A signature names the channels that a fault moves for certain, one at least of those that it must, and those that it
//! may move beside them. A fault is isolated when its signature explains everything that departs. Where several do the
//! first row stands: rows that explain more by one cause stand above. Where none does, that is said.

use points::ParityFinding as Finding;

use super::channel::Channel;
use super::channel::Channel as C;
use super::cusum::Side::{self, Down, Up};

/// Channels with the side to which each departs, two bits a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Departs(u32);

impl Departs {
    /// None.
    pub const NONE: Departs = Departs(0);

    const fn of(list: &[(Channel, Side)]) -> Self {
        let (mut set, mut place) = (0, 0);
        while place < list.len() {
            set |= bit(list[place].0, list[place].1);
            place += 1;
        }
        Departs(set)
    }

    const fn with(self, channels: &[Channel]) -> Self {
        let (mut set, mut place) = (self.0, 0);
        while place < channels.len() {
            set |= bit(channels[place], Up) | bit(channels[place], Down);
            place += 1;
        }
        Departs(set)
    }

    /// One more.
    pub fn put(&mut self, channel: Channel, side: Side) {
        self.0 |= bit(channel, side);
    }

    /// These and those.
    #[must_use]
    pub const fn with_all(self, other: Departs) -> Self {
        Departs(self.0 | other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of these are among them.
    pub const fn holds(self, all: Departs) -> bool {
        self.0 & all.0 == all.0
    }
}

const fn bit(channel: Channel, side: Side) -> u32 {
    1 << (2 * channel as u32
        + match side {
            Up => 0,
            Down => 1,
        })
}

/// A row of the table.
struct Signature {
    finding: Finding,
    /// All of these depart.
    all: Departs,
    /// These may depart too.
    may: Departs,
}

const fn row(finding: Finding, all: &[(Channel, Side)], may: &[Channel]) -> Signature {
    Signature {
        finding,
        all: Departs::of(all),
        may: Departs::NONE.with(may),
    }
}

/// What the wrong flow and the wrong speed move with them.
const AIR: &[Channel] = &[
    C::Heat,
    C::Suction,
    C::Draft,
    C::Left,
    C::Right,
    C::InletLeft,
    C::InletRight,
];
const SPEED: &[Channel] = &[
    C::Heat,
    C::Suction,
    C::Draft,
    C::Left,
    C::Right,
    C::Flow,
    C::InletLeft,
    C::InletRight,
];
const HEAT: &[Channel] = &[C::Heat];

/// The table (plant study, section 3), with three sensors for the draft and three probes for the exhaust.
const SIGNATURES: &[Signature] = &[
    // It counts less than the wheel turns: power and draft are too much for that speed.
    row(
        Finding::Tachometer,
        &[(C::Speed, Down), (C::Power, Up), (C::Flow, Up)],
        SPEED,
    ),
    row(
        Finding::Tachometer,
        &[(C::Speed, Up), (C::Power, Down), (C::Flow, Down)],
        SPEED,
    ),
    // A worn blower that can no longer reach its speed.
    row(Finding::Bearing, &[(C::Speed, Down), (C::Power, Up)], HEAT),
    row(Finding::Drive, &[(C::Speed, Down)], AIR),
    row(Finding::Drive, &[(C::Speed, Up)], AIR),
    row(Finding::BearingOrMeter, &[(C::Power, Up)], &[]),
    row(Finding::BlowerMeter, &[(C::Power, Down)], &[]),
    row(
        Finding::Discharge,
        &[(C::Flow, Down), (C::Suction, Down), (C::Power, Up)],
        AIR,
    ),
    row(
        Finding::Discharge,
        &[(C::Flow, Down), (C::Suction, Down), (C::Power, Down)],
        AIR,
    ),
    row(Finding::Discharge, &[(C::Flow, Down), (C::Suction, Down)], AIR),
    row(Finding::Leak, &[(C::Flow, Down)], AIR),
    row(Finding::Clogging, &[(C::Flow, Up)], AIR),
    row(Finding::Draft, &[(C::Draft, Up)], HEAT),
    row(Finding::Draft, &[(C::Draft, Down)], HEAT),
    row(Finding::FilterLeft, &[(C::Left, Up)], &[]),
    row(Finding::FilterLeft, &[(C::Left, Down)], &[]),
    row(Finding::FilterRight, &[(C::Right, Up)], &[]),
    row(Finding::FilterRight, &[(C::Right, Down)], &[]),
    row(Finding::Suction, &[(C::Suction, Up)], &[]),
    row(Finding::Suction, &[(C::Suction, Down)], &[]),
    row(Finding::ExhaustA, &[(C::ExhaustA, Up)], HEAT),
    row(Finding::ExhaustA, &[(C::ExhaustA, Down)], HEAT),
    row(Finding::ExhaustB, &[(C::ExhaustB, Up)], HEAT),
    row(Finding::ExhaustB, &[(C::ExhaustB, Down)], HEAT),
    row(Finding::ExhaustC, &[(C::ExhaustC, Up)], HEAT),
    row(Finding::ExhaustC, &[(C::ExhaustC, Down)], HEAT),
    row(Finding::Room, &[(C::InletLeft, Up), (C::InletRight, Up)], HEAT),
    row(
        Finding::Room,
        &[(C::InletLeft, Down), (C::InletRight, Down)],
        HEAT,
    ),
    row(
        Finding::Uneven,
        &[(C::InletLeft, Up), (C::InletRight, Down)],
        HEAT,
    ),
    row(
        Finding::Uneven,
        &[(C::InletLeft, Down), (C::InletRight, Up)],
        HEAT,
    ),
    row(Finding::InletLeft, &[(C::InletLeft, Up)], &[]),
    row(Finding::InletLeft, &[(C::InletLeft, Down)], &[]),
    row(Finding::InletRight, &[(C::InletRight, Up)], &[]),
    row(Finding::InletRight, &[(C::InletRight, Down)], &[]),
    row(Finding::HeatAlone, &[(C::Heat, Up)], &[]),
    row(Finding::HeatAlone, &[(C::Heat, Down)], &[]),
];

/// What else decides between faults of one signature.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside {
    /// The draft had collapsed since the flow's equation departed.
    pub collapsed: bool,
    /// Coast-down over that of the first nights, by a self-test since the power has departed.
    pub coast: Option<f64>,
    /// Power and draft say that the wheel turns otherwise than is counted.
    pub doubted: bool,
    /// How many sensors see the draft, and how many probes the exhaust.
    pub gauges: usize,
    /// See `gauges`.
    pub probes: usize,
}

/// A blower that coasts for a shorter share of what it did brakes; for a longer one it does not.
const BRAKES: f64 = 0.93;

/// What explains these departures alone.
pub fn isolate(departs: Departs, beside: &Beside) -> Finding {
    if departs.is_empty() {
        return Finding::None;
    }
    let explains = |row: &&Signature| departs.holds(row.all) && Departs(row.all.0 | row.may.0).holds(departs);
    let Some(row) = SIGNATURES.iter().find(explains) else {
        return Finding::Unisolated;
    };
    refined(row.finding, beside)
}

/// The same finding, or what else decides.
fn refined(finding: Finding, beside: &Beside) -> Finding {
    let one_of = |findings: &[Finding]| findings.contains(&finding);
    if one_of(&[Finding::Leak, Finding::Clogging]) && beside.gauges < 2 {
        Finding::PressureOrAir
    } else if finding == Finding::Leak && beside.collapsed {
        Finding::Door
    } else if one_of(&[Finding::Drive, Finding::Bearing]) && beside.doubted {
        Finding::Tachometer
    } else if one_of(&[Finding::Draft, Finding::FilterLeft, Finding::FilterRight]) && beside.gauges < 3 {
        Finding::Pressure
    } else if one_of(&[Finding::ExhaustA, Finding::ExhaustB, Finding::ExhaustC]) && beside.probes < 3 {
        Finding::Exhaust
    } else if finding == Finding::BearingOrMeter {
        match beside.coast {
            None => Finding::BearingOrMeter,
            Some(coast) if coast < BRAKES => Finding::Bearing,
            Some(_) => Finding::BlowerMeter,
        }
    } else {
        finding
    }
}
