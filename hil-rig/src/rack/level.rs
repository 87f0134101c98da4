//! Words that acts take: sides, and what loops and cables are like.

use serde::{Deserialize, Serialize};

use super::argument::{Field, Value};

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

impl Field for Side {
    fn take(value: Value) -> Option<Self> {
        bool::take(value).map(|left| if left { Side::Left } else { Side::Right })
    }

    fn value(self) -> Value {
        Value::Word(self.place())
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

impl Field for LoopLevel {
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Word(0) => Some(LoopLevel::Normal),
            Value::Word(1) => Some(LoopLevel::Alarm),
            Value::Word(2) => Some(LoopLevel::Open),
            Value::Word(3) => Some(LoopLevel::Short),
            Value::Word(_) => None,
            Value::Number(ohm) => Some(LoopLevel::Ohms(ohm)),
        }
    }

    fn value(self) -> Value {
        match self {
            LoopLevel::Normal => Value::Word(0),
            LoopLevel::Alarm => Value::Word(1),
            LoopLevel::Open => Value::Word(2),
            LoopLevel::Short => Value::Word(3),
            LoopLevel::Ohms(ohm) => Value::Number(ohm),
        }
    }
}

/// What a sensor's cable is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cable {
    /// As fitted.
    Whole,
    /// Cut.
    Open,
    /// Shorted.
    Short,
}

impl Field for Cable {
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Word(0) => Some(Cable::Whole),
            Value::Word(1) => Some(Cable::Open),
            Value::Word(2) => Some(Cable::Short),
            Value::Word(_) | Value::Number(_) => None,
        }
    }

    fn value(self) -> Value {
        Value::Word(match self {
            Cable::Whole => 0,
            Cable::Open => 1,
            Cable::Short => 2,
        })
    }
}
