//! Scenarios as text: what happens in the rack and what has to follow, on one time base.
//!
//! ```text
//!   text --parse--> Scenario (header, steps) --play--> verdicts, one for each expectation
//!                   every mistake with line,           over a Stand: in process, or shipped
//!                   column and the fix                 processes over the rig's socket
//! ```
//! A scenario is read as a whole before anything runs. Its steps are taken in order; acts take no time, waits and
//! expectations do. `docs/scenarios.md` is the manual.

mod attended;
mod condition;
mod deed;
mod expectation;
mod header;
mod library;
mod line;
mod measure;
mod parse;
pub mod play;
mod problem;
mod step;
mod upset;

pub use attended::{Attended, Bystander};
pub use condition::{Against, Being, Condition, Look, Member, Relation, Source, Term};
pub use deed::{Deed, deed};
pub use header::{Covers, HEADER, RECORDINGS, SITUATIONS, Situation};
pub use library::library;
pub use measure::units;
pub use parse::{FILE_MAX, STEPS_MAX, TIME_MAX};
pub use play::{Mark, Played, Stand, StandError, Verdict, Watcher, play, play_watched};
pub use problem::{Problem, Problems, hint, hyphened, nearest};
pub use step::{Answer, Order, Step, StepKind, VERBS, Which};

pub use upset::{UPSETS, Upset};

use crate::rack::Act;
use points::Span;

/// One scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name: that of its file.
    pub name: String,
    /// What it shows, in a sentence.
    pub title: String,
    /// Hazards it covers, with the situation and the causes of the matrix that answer them.
    pub covers: Vec<Covers>,
    /// Seed of every random stream, unless the command line gives another.
    pub seed: u64,
    /// Period of the controller's tick.
    pub tick: Span,
    /// Acts on the rack before the controller starts.
    pub before: Vec<Act>,
    /// The rack has a second blower, on channel 2 of the fan chip.
    pub second_blower: bool,
    /// Its hosts take more power in warmer inlet air: a hundredth for each kelvin.
    pub inlet_sensitive: bool,
    /// The hosts are named in the site's file, two in each of three tiers, and each hears its own agent.
    pub agents: bool,
    /// Each host has a management controller too, and that and its agent prove it off.
    pub controllers: bool,
    /// The site switches the hosts' outlets.
    pub outlets: Option<Outlets>,
    /// No host can cap its power.
    pub uncapped: bool,
    /// Changes of the site's configuration, by name.
    pub site: Vec<SiteChange>,
    /// Recordings it replays, by name; without them it is skipped and says so.
    pub needs: Vec<String>,
    /// It also runs against the shipped processes over the rig's socket.
    pub over_rig: bool,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// Names of its notes.
    pub notes: Vec<String>,
    /// The text it was read from.
    pub text: String,
}

/// How the outlets of the hosts are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlets {
    /// By relay boards on the core's own line: outlet 1 and the following ones.
    OwnLine,
    /// By a networked PDU: outlet 9 and the following ones.
    Pdu,
}

impl Outlets {
    /// Outlet of the first host.
    #[must_use]
    pub const fn first(self) -> u8 {
        match self {
            Outlets::OwnLine => 1,
            Outlets::Pdu => 9,
        }
    }
}

/// A site that is not the built-in one.
#[derive(Clone, Debug, PartialEq)]
pub enum SiteChange {
    /// Without the latching contact in the blower's supply.
    WithoutFanContact,
    /// Board 8 is measured by its probe on the 1-Wire bus.
    OneWireBoard,
    /// The site knows of two blowers.
    SecondBlower,
    /// A set point, by its name.
    Setting(String, f64),
}

impl Scenario {
    /// Whether something befalls the controller's processes: such a scenario runs over the rig's socket only.
    #[must_use]
    pub fn needs_processes(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step.kind, StepKind::Upset(_)))
    }

    /// Reads a scenario. `name` is its name without ending.
    ///
    /// # Errors
    /// Every mistake with its place and what to write instead.
    pub fn parse(name: &str, text: &str) -> Result<Scenario, Problems> {
        parse::scenario(name, text)
    }
}
