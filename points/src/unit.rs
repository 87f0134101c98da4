//! What is known of an extinguisher unit besides its signals: which one it is, since when it hangs there, what it has
//! been through.

use crate::date::Date;
use crate::text::Text;

/// Serial number of a unit, as it is printed on it.
pub type Serial = Text<24>;

/// Which of the two units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum Side {
    /// The one over the left side plate.
    Left = 0,
    /// The one over the right side plate.
    Right = 1,
}

impl Side {
    /// Both, in the order of the points.
    pub const ALL: [Side; 2] = [Side::Left, Side::Right];

    /// Its place in every family of the units' points.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word for it.
    pub const fn text(self) -> &'static str {
        match self {
            Side::Left => "left",
            Side::Right => "right",
        }
    }
}

/// What is remembered of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UnitMemory {
    /// Its record could be read. If not, nothing else here says anything but what was seen since.
    pub known: bool,
    /// Its serial number; empty where nobody has given one.
    pub serial: Serial,
    /// The day from which its shelf life counts.
    pub installed: Option<Date>,
    /// It has fired.
    pub fired: bool,
    /// It is past its date or exposure.
    pub expired: bool,
    /// A unit was taken out of this holder since the last one was entered.
    pub removed: bool,
}

impl UnitMemory {
    /// Nothing is known.
    pub const UNKNOWN: UnitMemory = UnitMemory {
        known: false,
        serial: Serial::EMPTY,
        installed: None,
        fired: false,
        expired: false,
        removed: false,
    };
}
