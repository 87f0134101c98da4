//! A virtual GPIO chip: the rack's contacts as lines that are read, then its outputs as lines that are driven.
//!
//! Requests come by one queue, the interest in an interrupt by another (virtio 1.2, 5.18.6): a pair of buffers for a line
//! says that its interrupt is unmasked, giving it back says that it fired and is masked again. An edge between the two is
//! kept, one of each line.

/// Feature bit: lines have interrupts.
pub const INTERRUPTS: u64 = 1 << 0;
/// Bytes of a request.
pub const REQUEST_BYTES: usize = 8;
/// Bytes of a request for an interrupt, and of its answer.
pub const INTEREST_BYTES: usize = 2;

const STATUS_OK: u8 = 0;
const STATUS_ERROR: u8 = 1;
/// Kinds of requests.
const GET_NAMES: u16 = 1;
const GET_DIRECTION: u16 = 2;
const SET_DIRECTION: u16 = 3;
const GET_VALUE: u16 = 4;
const SET_VALUE: u16 = 5;
const SET_TRIGGER: u16 = 6;
/// Most lines: a bit each.
pub const LINES_MAX: usize = 64;

/// What a line is used as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Direction {
    #[default]
    None,
    Out,
    In,
}

/// Why an interest in an interrupt is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Interrupt {
    /// It has been switched off, or was never on.
    Invalid = 0,
    /// It has fired.
    Valid = 1,
}

/// Edges and levels at which a line's interrupt fires, a bit each as the standard counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Trigger(u32);

impl Trigger {
    const RISING: u32 = 1;
    const FALLING: u32 = 2;
    const HIGH: u32 = 4;
    const LOW: u32 = 8;

    /// Off, an edge, both edges, or one level.
    fn known(value: u32) -> Option<Self> {
        let known = [
            0,
            Self::RISING,
            Self::FALLING,
            Self::RISING | Self::FALLING,
            Self::HIGH,
            Self::LOW,
        ];
        known.contains(&value).then_some(Trigger(value))
    }

    fn on(self) -> bool {
        self.0 != 0
    }

    /// It fires at an edge to this level.
    fn at_edge(self, high: bool) -> bool {
        self.0 & if high { Self::RISING } else { Self::FALLING } != 0
    }

    /// It fires while the line has this level.
    fn at_level(self, high: bool) -> bool {
        self.0 & if high { Self::HIGH } else { Self::LOW } != 0
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Line {
    direction: Direction,
    /// The level it is to have, or has, as an output.
    commanded: bool,
    trigger: Trigger,
    /// An edge came while the interrupt was masked.
    latched: bool,
    /// The guest has unmasked its interrupt.
    waited_for: bool,
}

/// A request that asks for the level of a line.
#[must_use]
pub fn reads_a_level(request: [u8; REQUEST_BYTES]) -> bool {
    let [kind, kind_high, ..] = request;
    u16::from_le_bytes([kind, kind_high]) == GET_VALUE
}

/// The chip, without queues and without a rig: bytes in, bytes out.
#[derive(Clone, Debug)]
pub struct Chip {
    /// Names, each with its zero.
    names: Vec<u8>,
    lines: Vec<Line>,
    /// The first so many are contacts.
    inputs: usize,
    /// Levels of the contacts as they were told last.
    levels: u64,
}

/// What a request wants to have done beside its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status and value, or status and names.
    pub bytes: Vec<u8>,
    /// The outputs have other levels now.
    pub outputs_changed: bool,
    /// The line whose interrupt was switched off: an interest in it that waits is given back as invalid.
    pub switched_off: Option<u16>,
}

impl Answer {
    fn value(value: u8) -> Self {
        Answer {
            bytes: vec![STATUS_OK, value],
            outputs_changed: false,
            switched_off: None,
        }
    }

    fn refused() -> Self {
        Answer {
            bytes: vec![STATUS_ERROR, 0],
            ..Self::value(0)
        }
    }
}

impl Chip {
    /// A chip with these contacts and then these outputs; none with more than [`LINES_MAX`] lines.
    #[must_use]
    pub fn new(inputs: &[String], outputs: &[String], levels: u64) -> Option<Self> {
        let count = inputs.len() + outputs.len();
        if count > LINES_MAX {
            return None;
        }
        let mut names = Vec::new();
        for name in inputs.iter().chain(outputs) {
            names.extend_from_slice(name.as_bytes());
            names.push(0);
        }
        Some(Chip {
            names,
            lines: vec![Line::default(); count],
            inputs: inputs.len(),
            levels,
        })
    }

    /// Configuration space: le16 number of lines, two bytes of padding, le32 size of the names.
    #[must_use]
    pub fn config(&self) -> Vec<u8> {
        let count = u16::try_from(self.lines.len()).unwrap_or(0);
        let names = u32::try_from(self.names.len()).unwrap_or(0);
        let mut space = count.to_le_bytes().to_vec();
        space.extend_from_slice(&[0; 2]);
        space.extend_from_slice(&names.to_le_bytes());
        space
    }

    /// Levels commanded of the outputs, one bit each in their order. A line that is not driven is low: its relay falls.
    #[must_use]
    pub fn outputs(&self) -> u64 {
        let driven = self.lines.iter().skip(self.inputs).zip(0..);
        driven.fold(0, |levels, (line, bit)| {
            levels | u64::from(line.direction == Direction::Out && line.commanded) << bit
        })
    }

    /// Answers a request: le16 type, le16 line, le32 value.
    pub fn request(&mut self, request: [u8; REQUEST_BYTES]) -> Answer {
        let [kind, kind_high, line, line_high, a, b, c, d] = request;
        let kind = u16::from_le_bytes([kind, kind_high]);
        let place = u16::from_le_bytes([line, line_high]);
        let value = u32::from_le_bytes([a, b, c, d]);
        if kind == GET_NAMES {
            let mut bytes = vec![STATUS_OK];
            bytes.extend_from_slice(&self.names);
            return Answer {
                bytes,
                ..Answer::value(0)
            };
        }
        let (level, contact) = (self.level(place), usize::from(place) < self.inputs);
        let before = self.outputs();
        let Some(line) = self.lines.get_mut(usize::from(place)) else {
            return Answer::refused();
        };
        let mut answer = Answer::value(0);
        match (kind, value) {
            (GET_DIRECTION, _) => answer = Answer::value(line.direction as u8),
            (SET_DIRECTION, 0) => *line = Line::default(),
            // A contact cannot be driven, whatever is wired to its pin.
            (SET_DIRECTION, 1) if !contact => line.direction = Direction::Out,
            (SET_DIRECTION, 2) => line.direction = Direction::In,
            (GET_VALUE, _) => answer = Answer::value(u8::from(level)),
            (SET_VALUE, 0 | 1) => line.commanded = value == 1,
            (SET_TRIGGER, _) => match Trigger::known(value) {
                Some(trigger) => {
                    (line.trigger, line.latched) = (trigger, false);
                    answer.switched_off = (!trigger.on()).then_some(place);
                }
                None => return Answer::refused(),
            },
            _ => return Answer::refused(),
        }
        answer.outputs_changed = self.outputs() != before;
        answer
    }

    fn level(&self, place: u16) -> bool {
        let place = usize::from(place);
        if place < self.inputs {
            return self.levels >> place & 1 == 1;
        }
        let line = self.lines.get(place);
        line.is_some_and(|line| line.direction == Direction::Out && line.commanded)
    }

    /// The guest unmasks a line's interrupt; what is given back at once, if anything is.
    pub fn unmask(&mut self, place: u16) -> Option<Interrupt> {
        let level = self.level(place);
        let Some(line) = self.lines.get_mut(usize::from(place)) else {
            return Some(Interrupt::Invalid);
        };
        if !line.trigger.on() {
            return Some(Interrupt::Invalid);
        }
        if line.trigger.at_level(level) || std::mem::take(&mut line.latched) {
            return Some(Interrupt::Valid);
        }
        line.waited_for = true;
        None
    }

    /// A line's interest is given back by somebody else's doing.
    pub fn mask(&mut self, place: u16) {
        if let Some(line) = self.lines.get_mut(usize::from(place)) {
            line.waited_for = false;
        }
    }

    /// The contacts have these levels now; the lines whose interrupt fires.
    pub fn levels(&mut self, levels: u64) -> Vec<u16> {
        let changed = levels ^ self.levels;
        self.levels = levels;
        let mut fired = Vec::new();
        for (line, place) in self.lines.iter_mut().take(self.inputs).zip(0_u16..) {
            let high = levels >> place & 1 == 1;
            let edge = changed >> place & 1 == 1 && line.trigger.at_edge(high);
            if !edge && !line.trigger.at_level(high) {
                continue;
            }
            if line.waited_for {
                line.waited_for = false;
                fired.push(place);
            } else {
                line.latched |= edge;
            }
        }
        fired
    }
}

#[cfg(test)]
#[path = "gpio_tests.rs"]
mod tests;
