//! The bodies of the interface as types: what OpenAPI says of them is derived here. Pictures are written by hand for
//! speed (`rendered`); a test reads them back as these types, so the two cannot part.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod command;
mod hosts;
mod outlet;

pub use command::{Challenge, Command, CommandAnswer, Input, Response};
pub use hosts::{Agent, Drill, DrilledHost, Drills, Host, RehearsedStage, Tier};

/// What is wrong, in words a person can act on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Error {
    /// What is wrong.
    pub error: String,
}

/// What this rack is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rack {
    /// Its name.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// The rack is emulated.
    pub simulated: bool,
    /// Rated power of the IT load in watts.
    pub rated_power_w: f64,
}

/// A setting in force.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Unit; empty for a yes or no.
    pub unit: String,
    /// Lowest value that is taken.
    pub low: f64,
    /// Highest value that is taken.
    pub high: f64,
    /// Value when nothing is set.
    pub default: f64,
    /// Who may change it.
    pub role: String,
    /// What it does.
    pub about: String,
}

/// One line of the dictionary.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DictionaryEntry {
    /// Its name on every interface.
    pub name: String,
    /// `measured`, `state` or `setting`.
    pub kind: String,
    /// Unit; empty for a state and a bare number.
    pub unit: String,
    /// What is measured.
    pub quantity: String,
    /// Names of the states, by their number.
    pub states: Vec<String>,
    /// First Modbus register, as a 0-based PDU address.
    pub register: u16,
    /// Registers of its value.
    pub words: u8,
    /// Decimals kept on the wire.
    pub decimals: u8,
    /// Lowest value that can be.
    pub low: f64,
    /// Highest value that can be.
    pub high: f64,
    /// `read`, or the role that may change it.
    pub access: String,
    /// What it is.
    pub about: String,
}

/// How far a value can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of the table of qualities")]
pub enum Quality {
    Good,
    Stale,
    OutOfRange,
    Absent,
    Substituted,
    Forced,
    Simulated,
}

/// A point of a picture.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PointValue {
    /// The number; null when there is none.
    pub value: Option<f64>,
    /// Name of the state, where the point is one.
    #[serde(default)]
    pub state: Option<String>,
    /// Unit.
    pub unit: String,
    /// How far it can be believed.
    pub quality: Quality,
    /// Why there is no number.
    #[serde(default)]
    pub reason: Option<String>,
    /// Time since it was measured, or since it is absent, in seconds.
    pub age_s: f64,
}

/// An alarm that is raised.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its number: its bit in the alarm words.
    pub number: u16,
    /// `critical`, `high`, `medium` or `low`.
    pub priority: String,
    /// Its condition stands.
    pub active: bool,
    /// `active`, `latched`, or `normal` when it is over and nobody has acknowledged it.
    pub process: String,
    /// A person has seen it.
    pub acknowledged: bool,
    /// `shown`, `shelved`, `by-design` or `out-of-service`.
    pub display: String,
    /// Alarms of one incident: `fire`, `cooling`, `stops`, `enclosure`, `sensors`, `filters` or `controller`.
    pub group: String,
    /// It came three times within a minute.
    pub chattering: bool,
    /// The flood counts it in the line of its group.
    pub folded: bool,
    /// Longest time it may be shelved, minutes; 0: never, nor may it be taken out of service.
    pub shelve_max_min: u16,
    /// By when a person has begun to act, minutes.
    pub respond_min: u32,
    /// What is wrong.
    pub text: String,
    /// What follows if it is ignored.
    pub consequence: String,
    /// What to do.
    pub action: String,
    /// Points at which it shows.
    pub points: Vec<String>,
    /// The active alarm that explains it, if one does.
    pub follows: Option<String>,
    /// Time since it was raised, in seconds.
    pub since_s: f64,
}

/// An alarm that a person has put aside, raised or not.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hidden {
    /// Its name.
    pub name: String,
    /// What it says when it is raised.
    pub text: String,
    /// Its priority.
    pub priority: String,
    /// `shelved`, `once` or `out-of-service`.
    pub how: String,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
    /// Time since it was put aside, seconds.
    pub since_s: f64,
    /// Time until it comes back, seconds; null until a person takes it back.
    pub left_s: Option<f64>,
    /// It is raised now.
    pub raised: bool,
}

/// The first alarm of a group, until the group is clear and acknowledged.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstOut {
    /// The group.
    pub group: String,
    /// The alarm's name.
    pub name: String,
    /// The tick in which it came.
    pub tick: u64,
    /// Time since then, seconds.
    pub since_s: f64,
}

/// More alarms at once than a person can read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Flood {
    /// Time since it began, seconds.
    pub since_s: f64,
    /// Alarms that are counted in the lines of their groups.
    pub folded: u32,
}

/// A cause of the matrix that stands or is latched.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Interlock {
    /// Its code.
    pub code: String,
    /// What it is.
    pub title: String,
    /// It stands now.
    pub active: bool,
    /// Its effects are latched.
    pub latched: bool,
    /// How long it has stood, in seconds; null where it does not.
    pub stands_s: Option<f64>,
    /// How long it has been latched, in seconds, since the controller's start at most; null where it is not.
    pub latched_s: Option<f64>,
    /// A person has silenced the horn for it.
    pub silenced: bool,
    /// The effects that it holds in force, before one beats another.
    pub holds: Vec<String>,
    /// Its effects whose delay runs.
    pub waits: Vec<String>,
}

/// How one effect follows its cause.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixAct {
    /// The effect's key.
    pub effect: String,
    /// `L` latched at once; `U` follows, after its delay if it has one; `D` latched once the cause has stood for the delay;
    /// `S` latched so long after the cause was latched.
    pub code: String,
    /// The delay: the name of a setting in seconds, or `10 s`.
    pub delay: Option<String>,
    /// What else must hold, in words; empty where nothing.
    pub when: String,
}

/// A row of the cause-and-effect matrix.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixRow {
    /// The cause's code.
    pub code: String,
    /// What it is.
    pub title: String,
    /// The same at length.
    pub about: String,
    /// Why its effects are what they are.
    pub reason: String,
    /// The latch that a person resets for it.
    pub latch: Option<String>,
    /// Its effects.
    pub acts: Vec<MatrixAct>,
}

/// An effect of the matrix.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixEffect {
    /// Its key.
    pub key: String,
    /// What it is.
    pub title: String,
    /// The same at length.
    pub about: String,
}

/// The cause-and-effect matrix of this very version.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// Causes, in the order of their codes.
    pub causes: Vec<MatrixRow>,
    /// Effects, in the order of the table.
    pub effects: Vec<MatrixEffect>,
}

/// An effect in force or a latch that stands.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Titled {
    /// Its key.
    pub key: String,
    /// What it is.
    pub title: String,
}

/// What the fan is asked to do.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fan {
    /// Drive in percent.
    pub drive: f64,
    /// The supply contact is commanded open.
    pub contact_open: bool,
}

/// Somebody holds the fan.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Who.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Speed held, percent.
    pub speed: f64,
    /// Time left, seconds.
    pub left_s: f64,
}

/// What is remembered of an extinguisher unit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extinguisher {
    /// Its record could be read.
    pub known: bool,
    /// Its serial number; null where nobody has given one.
    pub serial: Option<String>,
    /// The day from which its shelf life counts, `2026-11-27`.
    pub installed: Option<String>,
    /// It has fired.
    pub fired: bool,
    /// It is past its date or exposure.
    pub expired: bool,
    /// A unit was taken out of this holder since the last one was entered.
    pub removed: bool,
}

/// An input that a person has taken out of the judgement for a time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Its key.
    pub key: String,
    /// Which input.
    pub title: String,
    /// Name of the point that it measures.
    pub point: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Time left, seconds.
    pub left_s: f64,
}

/// An input that counts as if the site did not have it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutOfService {
    /// Its key.
    pub key: String,
    /// Which input.
    pub title: String,
    /// Name of the point that it measures.
    pub point: String,
}

/// One picture of everything.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Number of the tick.
    pub tick: u64,
    /// Wall clock when the picture came, Unix seconds.
    pub time: f64,
    /// The rack is emulated.
    pub simulated: bool,
    /// What the fan is held by.
    pub regime: Option<String>,
    /// Every point, by its name.
    pub points: BTreeMap<String, PointValue>,
    /// Raised alarms, whatever their display, most urgent first.
    pub alarms: Vec<Alarm>,
    /// Rises whenever anything of the alarms changes, in one run of the controller.
    pub alarm_sequence: u64,
    /// Alarms that persons have put aside.
    pub alarms_hidden: Vec<Hidden>,
    /// The first alarm of each group.
    pub first_out: Vec<FirstOut>,
    /// The flood, while one lasts.
    pub flood: Option<Flood>,
    /// Causes that stand or are latched.
    pub interlocks: Vec<Interlock>,
    /// Effects in force.
    pub effects: Vec<Titled>,
    /// Latches that a person has to reset.
    pub latches: Vec<Titled>,
    /// What the fan is asked to do.
    pub fan: Fan,
    /// Output lines as commanded, by their key.
    pub outputs: BTreeMap<String, bool>,
    /// Who holds the fan, if anybody does.
    pub hold: Option<Hold>,
    /// What is remembered of the extinguisher units that are fitted, `left` and `right`.
    pub extinguishers: BTreeMap<String, Extinguisher>,
    /// Inputs that are overridden for a time.
    pub overrides: Vec<Override>,
    /// Inputs that are out of service.
    pub out_of_service: Vec<OutOfService>,
    /// Hosts that the site names, in its order: the first one is `host.1` among the points.
    pub hosts: Vec<Host>,
    /// Tiers of the shutdown in their order: the first one goes down first and is `tier.1` among the points. A site that
    /// names none has one, of whoever logs in.
    pub tiers: Vec<Tier>,
    /// Outlets that the site lists.
    pub outlets: Vec<outlet::Outlet>,
}

/// One point's lane of history.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// Unit.
    pub unit: String,
    /// Smallest value of each bucket; null where nothing was measured.
    pub min: Vec<Option<f64>>,
    /// Largest value of each bucket.
    pub max: Vec<Option<f64>>,
}

/// Buckets of equal width; bucket `k` covers `from + k * step_s` to `from + (k + 1) * step_s`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// Begin, Unix seconds.
    pub from: f64,
    /// End, Unix seconds.
    pub to: f64,
    /// Width of a bucket, seconds.
    pub step_s: f64,
    /// Width of what was looked at, seconds: 1, 60 or 3600.
    pub resolution_s: u32,
    /// Lanes, by the points' names.
    pub points: BTreeMap<String, Lane>,
}

/// One line of the journal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalEntry {
    /// Its number, rising.
    pub sequence: u64,
    /// When, Unix seconds.
    pub time: f64,
    /// `alarm`, `cause`, `effect`, `latch`, `regime`, `tier`, `host`, `outlet`, `ask` or `command`; of an alarm also
    /// `acknowledge`, `shelve`, `service`, `design`, `chatter`, `first`; and `flood`.
    pub kind: String,
    /// Its name or key.
    pub name: String,
    /// It came, or went; a command was done, or refused.
    pub on: bool,
    /// In words.
    pub text: String,
    /// Priority of an alarm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Who did it, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, or what was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// A page of the journal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// Its lines: newest first behind `before`, oldest first behind `after`.
    pub entries: Vec<JournalEntry>,
    /// There are more.
    pub more: bool,
}

/// A figure of merit of the alarms, with its target.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmFigure {
    /// Its name.
    pub name: String,
    /// What is counted.
    pub about: String,
    /// The value.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// At most this is good.
    pub target: f64,
    /// At most this can be managed.
    pub limit: f64,
    /// The target is met.
    pub met: bool,
    /// The limit is met.
    pub manageable: bool,
}

/// How often an alarm was told.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmShare {
    /// Its name.
    pub name: String,
    /// Its priority.
    pub priority: String,
    /// How often.
    pub count: u64,
    /// Share of all, percent.
    pub share: f64,
}

/// How often alarms of a priority were told.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityShare {
    /// The priority.
    pub priority: String,
    /// How often.
    pub count: u64,
    /// Share of all, percent.
    pub share: f64,
    /// The share that is aimed at, percent; critical alarms stand apart.
    pub target: Option<f64>,
}

/// Figures of merit of the alarms over a time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmKpi {
    /// Begin, Unix seconds: that of the journal where it is younger than what was asked.
    pub from: f64,
    /// End, Unix seconds.
    pub to: f64,
    /// Alarms told: that came, shown to a person.
    pub told: u64,
    /// The journal holds more than one question looks at: what lies before the begin is left out.
    pub cut: bool,
    /// Figures with their targets.
    pub figures: Vec<AlarmFigure>,
    /// The spread of priorities.
    pub priorities: Vec<PriorityShare>,
    /// The ten most frequent alarms.
    pub top: Vec<AlarmShare>,
}

/// Whether pictures come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`, `stale` or `starting`.
    pub status: String,
    /// The last picture's tick.
    pub tick: Option<u64>,
    /// Its age in seconds.
    pub age_s: f64,
}
