//! The channels behind the residuals, and what is seen for them: each is one equation that two ways of knowing the same
//! thing must meet.
//!
//! ```text
//!   r1 heat      heat that appears beyond what power, walls and metal explain, the learned factor held, over the hosts' heat
//!   r2 suction   chamber - draft + stack - K Q²          draft, left, right: each less the median of the three
//!   r3 speed     counted - what the drive asks for behind slew and lag
//!   r4 power     (P - standby - k s³) over what is expected
//!   r5 exhaust   A, B, C: each less the median of the three
//!   r6 flow      flow by the filters' pressure over flow by the speed, less 1
//!   r7 inlet     left, right: inlet - room - 0.3 (exhaust - room)
//! ```
//! Three sensors see one draft: the two filters lie between the same two rooms, and their slits take a little. Three probes
//! see one exhaust. So what is off is named by its own channel, and what all of them agree on is the air itself.

use points::{Absent, Celsius, Pascal, Percent, Reading, Rpm, Watt};

use super::reference::Prior;

/// How many channels there are.
pub const CHANNELS: usize = 13;

/// One equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Channel {
    /// r1.
    Heat,
    /// r2: the chamber's suction.
    Suction,
    /// r2: the rack's draft.
    Draft,
    /// r2: the left filter's pressure.
    Left,
    /// r2: the right filter's pressure.
    Right,
    /// r3.
    Speed,
    /// r4.
    Power,
    /// r5: exhaust probe A.
    ExhaustA,
    /// r5: exhaust probe B.
    ExhaustB,
    /// r5: exhaust probe C.
    ExhaustC,
    /// r6.
    Flow,
    /// r7: left inlet.
    InletLeft,
    /// r7: right inlet.
    InletRight,
}

impl Channel {
    /// Every channel, in order.
    pub const ALL: [Channel; CHANNELS] = [
        Channel::Heat,
        Channel::Suction,
        Channel::Draft,
        Channel::Left,
        Channel::Right,
        Channel::Speed,
        Channel::Power,
        Channel::ExhaustA,
        Channel::ExhaustB,
        Channel::ExhaustC,
        Channel::Flow,
        Channel::InletLeft,
        Channel::InletRight,
    ];

    /// The residual it belongs to, r1 counted as 0.
    pub const fn residual(self) -> usize {
        match self {
            Channel::Heat => 0,
            Channel::Suction | Channel::Draft | Channel::Left | Channel::Right => 1,
            Channel::Speed => 2,
            Channel::Power => 3,
            Channel::ExhaustA | Channel::ExhaustB | Channel::ExhaustC => 4,
            Channel::Flow => 5,
            Channel::InletLeft | Channel::InletRight => 6,
        }
    }

    /// What is known of it before this rack was seen; `commissioned` if its own constants are in force.
    pub const fn prior(self, commissioned: bool) -> Prior {
        match self {
            Channel::Heat => Prior {
                foot: 0.06,
                slope: 0.2,
            },
            // Zeros in Pa; slope: share of the pressure that way or slit take.
            Channel::Suction => Prior {
                foot: 0.3,
                slope: 0.3,
            },
            Channel::Draft | Channel::Left | Channel::Right => Prior {
                foot: 0.25,
                slope: 0.3,
            },
            Channel::Speed => Prior {
                foot: 0.02,
                slope: 0.04,
            },
            Channel::Power => Prior {
                foot: 0.25,
                slope: 0.15,
            },
            Channel::ExhaustA | Channel::ExhaustB | Channel::ExhaustC => Prior {
                foot: 0.25,
                slope: 0.1,
            },
            Channel::Flow if commissioned => Prior {
                foot: 0.06,
                slope: 0.06,
            },
            Channel::Flow => Prior {
                foot: 0.2,
                slope: 0.2,
            },
            Channel::InletLeft | Channel::InletRight => Prior {
                foot: 0.35,
                slope: 0.8,
            },
        }
    }
}

/// What a look sees.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Heat that appears in the rack beyond what explains it, the factor that was learned first held.
    pub heat: Reading<Watt>,
    /// Power of all hosts.
    pub hosts: Reading<Watt>,
    /// Exhaust probes A, B, C.
    pub exhaust: [Reading<Celsius>; 3],
    /// Room.
    pub room: Reading<Celsius>,
    /// Inlets, left and right.
    pub inlets: [Reading<Celsius>; 2],
    /// Rack less room; below zero while the jet draws.
    pub draft: Reading<Pascal>,
    /// Chamber less room.
    pub suction: Reading<Pascal>,
    /// Over the filters, left and right.
    pub drops: [Reading<Pascal>; 2],
    /// Speed as counted.
    pub speed: Reading<Rpm>,
    /// Drive, read back.
    pub drive: Reading<Percent>,
    /// Power and draft say that the speed is not what is counted.
    pub doubted: bool,
    /// Electrical power of the blower.
    pub power: Reading<Watt>,
    /// Why nothing can be said of the blower: it is not to turn, or is known to stand.
    pub blower: Option<Absent>,
    /// Why nothing can be said of the air's way: a door or filters that are known to be out, a second blower, a wheel that
    /// stands.
    pub air: Option<Absent>,
    /// Why nothing can be said of where which air is: a door that is open, or taken for open.
    pub heat_ways: Option<Absent>,
    /// Coast-down by the last whole self-test.
    pub coast: Option<Coast>,
}

/// A coast-down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coast {
    /// Over that of the first nights.
    pub share: f64,
    /// How long ago, s.
    pub age_s: f64,
}

/// The clean rack.
#[derive(Clone, Copy, Debug)]
pub struct Clean {
    /// Full speed, rpm.
    pub full_rpm: f64,
    /// Extracted flow of the plan's clean rack at a drive in percent, m³/s.
    pub planned_m3_s: fn(f64) -> f64,
    /// Suction of this clean rack over that flow: Pa s/m³ and Pa s²/m⁶.
    pub draft: (f64, f64),
}
