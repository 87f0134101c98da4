//! What people do and what breaks, by name. Scenarios, the rig's socket and tests all speak these.

use serde::{Deserialize, Serialize};

use super::lines::Input;
use super::wiring::Instrument;
use crate::chip::ChipFault;

/// A side of the rack or a channel of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Left, or channel A.
    Left,
    /// Right, or channel B.
    Right,
}

impl Side {
    /// 0 for left, 1 for right.
    #[must_use]
    pub fn place(self) -> usize {
        match self {
            Side::Left => 0,
            Side::Right => 1,
        }
    }

    pub(super) fn pick<T>(self, left: T, right: T) -> T {
        match self {
            Side::Left => left,
            Side::Right => right,
        }
    }
}

/// What a supervised loop shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoopLevel {
    /// End-of-line resistor as fitted.
    Normal,
    /// Both resistors in series.
    Alarm,
    /// Cable cut.
    Open,
    /// Cable shorted.
    Short,
    /// Some other resistance, ohm.
    Ohms(f64),
}

/// A fault of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It does not answer.
    Nack,
    /// Check bytes are wrong.
    BadCrc,
    /// It answers, but what it measures no longer moves.
    Frozen,
    /// It answers zeros.
    AllZero,
    /// It answers ones.
    AllOnes,
    /// Transfers end early without an error.
    ShortTransfer,
}

impl Fault {
    pub(super) fn chip(self) -> ChipFault {
        match self {
            Fault::Nack => ChipFault::Nack,
            Fault::BadCrc => ChipFault::BadCrc,
            Fault::Frozen => ChipFault::Frozen,
            Fault::AllZero => ChipFault::AllZero,
            Fault::AllOnes => ChipFault::AllOnes,
            Fault::ShortTransfer => ChipFault::ShortTransfer,
        }
    }
}

/// One act.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Hold the load at a power, W; none gives it back to its profile.
    Load {
        /// The power.
        power_w: Option<f64>,
    },
    /// Hold the room at a temperature, deg C; none gives it back to its profile.
    Room {
        /// The temperature.
        room_c: Option<f64>,
    },
    /// Open or close the door.
    Door {
        /// It is open.
        open: bool,
    },
    /// Load a filter.
    FilterResistance {
        /// Which.
        side: Side,
        /// Resistance over clean.
        ratio: f64,
    },
    /// Take a filter out or put it in.
    FilterPresent {
        /// Which.
        side: Side,
        /// It is in.
        present: bool,
    },
    /// Burn.
    Fire {
        /// Heat released into the rack's air, W.
        power_w: f64,
    },
    /// Hold the blower's wheel.
    BlowerJammed {
        /// It is held.
        on: bool,
    },
    /// Cut the tachometer's wire.
    TachLost {
        /// It is cut.
        on: bool,
    },
    /// A smoke detector's loop.
    Smoke {
        /// Which channel.
        channel: Side,
        /// What it shows.
        level: LoopLevel,
    },
    /// An extinguisher's break-wire.
    BreakWire {
        /// Which.
        side: Side,
        /// What it shows.
        level: LoopLevel,
    },
    /// Take an extinguisher out of its holder or lock it home.
    ExtinguisherHome {
        /// Which.
        side: Side,
        /// It is fully home.
        home: bool,
    },
    /// Move a contact that nothing else moves.
    Line {
        /// Which.
        line: Input,
        /// Its level.
        high: bool,
    },
    /// Break or mend an instrument.
    Instrument {
        /// Which.
        instrument: Instrument,
        /// How.
        fault: Fault,
        /// It stands.
        on: bool,
    },
    /// Hold a bus low.
    BusStuck {
        /// Number in the order of [`super::BUSES`].
        bus: usize,
        /// For how long, us.
        for_us: u64,
    },
    /// The fan chip's supply.
    FanChipPower {
        /// It is on.
        on: bool,
    },
    /// Close the supply that an emergency stop has dropped, once it is released.
    RestoreSupply,
    /// Switch the hosts on again.
    StartHosts,
}
