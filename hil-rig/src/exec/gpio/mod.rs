//! `/dev/gpiochip0` as `linux/gpio.h` describes it, in both of its versions: every contact and every output of the rack.
//!
//! ```text
//!   chip  --GET_LINE, GET_LINEHANDLE, GET_LINEEVENT--> lines: a pipe whose reading end the program has
//!                                                        |   values by ioctl, edges through the pipe
//!                                                        +-- last holder closes it: outputs fall, lines are free
//! ```
//! Offsets are places: first [`INPUTS`], then [`OUTPUTS`], by their names. Requests of version 1 are kept as those of version
//! 2. Bias is kept and told; the rack's contacts have resistors of their own. Not emulated: debouncing in the kernel
//! (`EINVAL`), and events of line information: a watch is taken and never told anything.

mod chip;
mod config;
mod edges;
mod flags;
mod lines;

pub(super) use chip::{forget as forget_chip, ioctl as chip_ioctl};
pub(super) use edges::tell;
pub(super) use lines::{ioctl as lines_ioctl, release};

use std::collections::HashMap;

use crate::rack::{INPUTS, OUTPUTS};
use crate::server::Rig;

/// Lines of the chip.
pub const LINES: usize = INPUTS.len() + OUTPUTS.len();
/// Name and label of the chip: those of a Raspberry Pi 5's header, whose names those lines have that are on it.
pub const CHIP: (&str, &str) = ("gpiochip0", "pinctrl-rp1");
/// `GPIO_V2_LINES_MAX`.
const REQUEST_LINES_MAX: usize = 64;
/// `GPIO_MAX_NAME_SIZE`; the last byte is zero.
const NAME_SIZE: usize = 32;

const _: () = assert!(LINES <= REQUEST_LINES_MAX, "one mask names them all");

/// How events of a request look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// `GPIO_GET_LINEHANDLE`: no events.
    Handle,
    /// `GPIO_GET_LINEEVENT`: 16 bytes.
    Event,
    /// `GPIO_V2_GET_LINE`: 48 bytes.
    Second,
}

/// One line of a request.
#[derive(Clone, Debug)]
struct Line {
    offset: usize,
    flags: u64,
    /// What it is driven to, as the program says it; used while it is an output.
    active: bool,
    /// Events of this line so far.
    told: u32,
}

impl Line {
    fn has(&self, flag: u64) -> bool {
        self.flags & flag != 0
    }

    /// Its level on the wire, with the rack's inputs.
    fn level(&self, inputs: u64) -> bool {
        if self.has(flags::OUTPUT) {
            self.active != self.has(flags::ACTIVE_LOW)
        } else {
            // A relay's coil that nobody drives is low.
            self.offset < INPUTS.len() && inputs >> self.offset & 1 == 1
        }
    }

    /// What the program reads.
    fn value(&self, inputs: u64) -> bool {
        self.level(inputs) != self.has(flags::ACTIVE_LOW)
    }
}

/// Lines that were requested together.
#[derive(Clone, Debug)]
struct Request {
    version: Version,
    consumer: [u8; NAME_SIZE],
    lines: Vec<Line>,
    /// Events that are kept for the program.
    queue: usize,
    /// Events so far.
    told: u32,
    /// Changes of the rack's inputs when it was made: only later ones are events.
    since: u64,
}

/// Who has which line.
#[derive(Debug, Default)]
pub(super) struct Gpio {
    requests: HashMap<u64, Request>,
    /// Lines whose information an opening of the chip watches.
    watched: HashMap<u64, u64>,
}

impl Gpio {
    /// Who has a line.
    fn holder(&self, offset: usize) -> Option<(&Request, &Line)> {
        self.requests.values().find_map(|request| {
            let line = request.lines.iter().find(|line| line.offset == offset)?;
            Some((request, line))
        })
    }

    /// Levels of the rack's outputs: what no request drives is low.
    fn outputs(&self) -> u64 {
        let lines = self.requests.values().flat_map(|request| &request.lines);
        lines
            .filter(|line| line.has(flags::OUTPUT) && line.level(0))
            .filter_map(|line| line.offset.checked_sub(INPUTS.len()))
            .fold(0, |levels, output| levels | 1 << output)
    }

    /// Lets the rack have its outputs.
    fn drive(&self, rig: &Rig) {
        let levels = self.outputs();
        rig.with(|rack| rack.set_outputs(levels));
    }
}

/// The rack's lines that are on the header, by its pins' names (docs/wiring.md). The other contacts are there by their
/// expander; their first poles keep the rack's names, as if on pins of their own.
pub const HEADER: [(&str, &str); 20] = [
    ("emergency-off", "GPIO0"),
    ("fire-button", "GPIO1"),
    ("fan-contact-open", "GPIO8"),
    ("fan-contact-close", "GPIO9"),
    ("host-down", "GPIO10"),
    ("power-cut", "GPIO11"),
    ("fire", "GPIO12"),
    ("prealarm", "GPIO13"),
    ("fault", "GPIO16"),
    ("horn", "GPIO17"),
    ("beacon", "GPIO18"),
    ("heartbeat", "GPIO19"),
    ("host-down-back", "GPIO20"),
    ("power-cut-back", "GPIO21"),
    ("fire-back", "GPIO22"),
    ("prealarm-back", "GPIO23"),
    ("fault-back", "GPIO24"),
    ("horn-back", "GPIO25"),
    ("beacon-back", "GPIO26"),
    ("fan-contact-aux", "GPIO27"),
];

/// The name of a line.
fn name(offset: usize) -> Option<&'static str> {
    let inputs = INPUTS.iter().map(|(_, name)| *name);
    let line = inputs.chain(OUTPUTS.iter().map(|(_, name)| *name)).nth(offset)?;
    let pin = HEADER.iter().find(|(own, _)| *own == line);
    Some(pin.map_or(line, |(_, pin)| *pin))
}
