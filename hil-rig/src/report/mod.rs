//! Evidence: what came of a scenario, as documents that a person can check and sign.
//!
//! ```text
//!   Stand --Observed--> Recorder --> Course (series, intervals) --+
//!   play  ------------> Played   (verdicts, marks) ---------------+--> Evidence --> html, index, junit
//!   whoever runs it --> Facts    (versions, digests, host) -------+
//! ```
//! Everything here is pure and bounded. A document holds one wall time, the label of when it was run; the rest follows
//! from scenario, seed and software. `docs/evidence.md` is the manual.

mod body;
mod comparison;
mod course;
mod index;
mod junit;
mod lanes;
mod modelled;
mod observed;
mod page;
mod plot;
mod record;
mod timeline;
mod words;

#[cfg(test)]
mod tests;

pub use comparison::{Comparison, Kept, Panel, Run, Shown, Standing, comparison};
pub use course::{Course, INTERVALS_MAX, Interval, Item};
pub use index::{file_name, file_names, index};
pub use junit::junit;
pub use lanes::{LANES, Lane, Limit, Trace};
pub use observed::Observed;
pub use page::html;
pub use quick_junit::SerializeError;
pub use record::{COLUMNS, Column, Recorder, Series};

use crate::scenario::{Played, Scenario};

/// Something about how a scenario was run: a version, a digest, the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Fact {
    /// A fact.
    pub fn new(name: &str, value: impl Into<String>) -> Self {
        Fact {
            name: name.to_owned(),
            value: value.into(),
        }
    }
}

/// How a run of a scenario ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// It was played to its end.
    Played {
        /// Verdicts and marks.
        played: Played,
        /// Series and intervals, where the stand was observed.
        course: Option<Course>,
    },
    /// It was not run, and why.
    Skipped(String),
    /// It could not be run, and why.
    Failed(String),
}

/// The one word of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every expectation held.
    Pass,
    /// One did not, or the run could not be made.
    Fail,
    /// It was not run.
    Skip,
}

impl Outcome {
    /// The word.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::Skip => "skipped",
        }
    }
}

/// Everything a report says.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The scenario.
    pub scenario: Scenario,
    /// Seed it ran with.
    pub seed: u64,
    /// Where it ran: "in process, virtual time", or against the shipped processes.
    pub stand: String,
    /// How it ended.
    pub ending: Ending,
    /// Versions, digests, host.
    pub facts: Vec<Fact>,
    /// When it was run: the only wall time of the report, a label.
    pub run_at: String,
}

impl Evidence {
    /// Pass, fail or skipped.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match &self.ending {
            Ending::Played { played, .. } if played.good() => Outcome::Pass,
            Ending::Played { .. } | Ending::Failed(_) => Outcome::Fail,
            Ending::Skipped(_) => Outcome::Skip,
        }
    }

    /// What was played, if it was.
    #[must_use]
    pub fn played(&self) -> Option<&Played> {
        match &self.ending {
            Ending::Played { played, .. } => Some(played),
            Ending::Skipped(_) | Ending::Failed(_) => None,
        }
    }
}
