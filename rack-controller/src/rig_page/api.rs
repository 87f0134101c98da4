//! What the page and the server say to each other, as types.

use std::collections::BTreeMap;

use hil_rig::rack::{Act, OUTPUTS, Parameter, Rack, Report, TRUTHS, Value};
use serde::{Deserialize, Serialize};

/// An argument of an act: a word, or a number in the parameter's unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Argument {
    /// A word.
    Word(&'static str),
    /// A number.
    Number(f64),
}

/// An act as a control stands at it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Standing {
    /// Name of the act.
    pub act: &'static str,
    /// Its arguments.
    pub arguments: Vec<Argument>,
}

impl From<&Act> for Standing {
    fn from(act: &Act) -> Self {
        let row = act.row();
        let arguments = act.values().into_iter().zip(row.parameters);
        let argument = |(value, parameter): (Value, &Parameter)| match value {
            Value::Word(place) => Argument::Word(parameter.words.get(place).copied().unwrap_or("?")),
            Value::Number(number) => Argument::Number(number),
        };
        Standing {
            act: row.name,
            arguments: arguments.map(argument).collect(),
        }
    }
}

/// Something that is not as in a healthy rack, and the act that mends it, as texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Departure {
    /// What.
    pub says: String,
    /// What mends it.
    pub mend: String,
}

/// An act that was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Done {
    /// Its number.
    pub sequence: u64,
    /// When, s of the rack's clock.
    pub at_s: f64,
    /// What.
    pub act: String,
}

/// An act that waits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Waiting {
    /// For what: a moment or a state, in words.
    pub until: String,
    /// What is done then.
    pub act: String,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Host {
    /// Its tier.
    pub tier: u8,
    /// `running`, `booting`, `stopping`, `halted`, `off`.
    pub state: &'static str,
}

/// What an attached controller reads of one quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Read {
    /// Its point.
    pub point: String,
    /// The value, in the point's unit; none where it has none.
    pub value: Option<f64>,
    /// How good, in the controller's word.
    pub quality: web::api::Quality,
}

/// An attached controller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Attached {
    /// Where its page is.
    pub address: String,
    /// It has answered lately; `reads` is empty where not.
    pub answers: bool,
    /// What it reads, by the name of the truth.
    pub reads: BTreeMap<String, Read>,
}

/// The rack at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Picture {
    /// The rack's clock, s.
    pub now_s: f64,
    /// The truth by name.
    pub truth: BTreeMap<&'static str, f64>,
    /// Air at the eight boards, deg C.
    pub boards_c: [f64; 8],
    /// The door stands open.
    pub door_open: bool,
    /// Which filters are in.
    pub filters_in: [bool; 2],
    /// Which extinguishers are home.
    pub home: [bool; 2],
    /// Output lines by name.
    pub outputs: BTreeMap<&'static str, bool>,
    /// The hosts, in their order.
    pub hosts: Vec<Host>,
    /// What every control stands at.
    pub state: Vec<Standing>,
    /// What is not as in a healthy rack.
    pub departures: Vec<Departure>,
    /// Acts that wait.
    pub waiting: Vec<Waiting>,
    /// What was done last, newest first.
    pub done: Vec<Done>,
    /// The controller, where one is attached.
    pub controller: Option<Attached>,
    /// Scenario runs, newest first.
    pub jobs: Vec<super::jobs::Brief>,
}

/// Every truth by name.
pub(super) fn truths(report: &Report) -> BTreeMap<&'static str, f64> {
    TRUTHS.iter().map(|row| (row.name, (row.of)(report))).collect()
}

/// Every output line by name.
pub(super) fn outputs(report: &Report) -> BTreeMap<&'static str, bool> {
    let on = |line: u8| report.outputs >> line & 1 == 1;
    OUTPUTS
        .iter()
        .map(|(line, name)| (*name, on(*line as u8)))
        .collect()
}

/// Seconds of the rack's clock.
#[expect(
    clippy::cast_precision_loss,
    reason = "days in microseconds are far below 2^53"
)]
pub(super) fn clock_s(us: u64) -> f64 {
    us as f64 / 1e6
}

/// The rack's clock, s.
pub(super) fn now_s(rack: &Rack) -> f64 {
    clock_s(rack.now_us())
}

/// A scenario to be run: one of the library, or a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// Its name in the library, or the name of the text.
    pub name: String,
    /// The text; one of the library where it is absent.
    pub text: Option<String>,
    /// Seed of every random stream; the scenario's own where it is absent.
    pub seed: Option<u64>,
}
