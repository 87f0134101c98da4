//! Hosts and tiers in the snapshot, and drills of their shutdown as they are kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A host that the site names.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Name of its tier.
    pub tier: Option<String>,
    /// Its state as its evidence shows it; null when nobody can say.
    pub state: Option<String>,
    /// The two observations that prove it off, of `agent`, `tcp`, `icmp`, `bmc` and `power`; null: it is never proven.
    pub off_by: Option<Vec<String>>,
    /// How long its last stops took, from the order to the proof that it was off, in seconds, the newest first.
    pub last_stops_s: Vec<f64>,
    /// What each way of looking says of it, of those that have ever said anything.
    pub evidence: Vec<Evidence>,
    /// What its agent has said; null where none has spoken to this front.
    pub agent: Option<Agent>,
}

/// What a host's agent has said, besides what counts as evidence.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// It has said something within its lease of 10 s.
    pub connected: bool,
    /// Whole seconds since it said something.
    pub heard_s: u64,
    /// What the host is doing, as it said last: `running`, `capped`, `draining`, `drained` or `stopping`.
    pub doing: String,
    /// Time until the host would be down, by its own estimate, in seconds; null: it has not said.
    pub stop_estimate_s: Option<u64>,
    /// The longest stop limit of its units, in seconds; null: it has not said, or one has no limit.
    pub unit_stop_s: Option<u64>,
    /// Seconds that it asked for in its last request for more time in this preparation; null: it has not asked.
    pub hold_asked_s: Option<u64>,
    /// Seconds that it was given of them; 0: none.
    pub hold_granted_s: Option<u64>,
    /// Why it asked, in its own words.
    pub hold_reason: Option<String>,
    /// Its last line of progress or its farewell, in its own words; at most 512 bytes.
    pub last_words: Option<String>,
}

/// What one way of looking says of a host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// `nut`, `agent`, `tcp`, `icmp`, `bmc` or `power`.
    pub way: String,
    /// `runs`, `stopping`, `off` or `forced off`.
    pub says: String,
    /// How old that is, in seconds.
    pub age_s: f64,
    /// It is young enough and of this incident; otherwise it counts as nothing.
    pub counts: bool,
}

/// A tier of the hosts' shutdown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// How far its shutdown has come; null when nobody can say.
    pub stage: Option<String>,
    /// Time until its stage ends, whatever its hosts do, in seconds; null while it does not run.
    pub time_left_s: Option<f64>,
    /// How long its stage lasts at most, in seconds.
    pub length_s: f64,
    /// The stop time that it allows for, in seconds: as configured, or the longest that was measured.
    pub stop_s: f64,
    /// Why its stage was entered.
    pub reason: Option<String>,
    /// What its hosts do when the controller is gone: `stay` or `shut_down`.
    pub on_controller_loss: String,
    /// Who is at the NUT server for it now.
    pub clients: Clients,
}

/// Clients of a tier at the NUT server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clients {
    /// Connections that are logged in.
    pub logged_in: u32,
    /// Those of them that come from no host that the site names: their tier waits for their log-outs.
    pub unnamed: u32,
    /// Connections that ask like a host and are not logged in: they obey, and nobody waits for them.
    pub not_logged_in: u32,
    /// Addresses of the unnamed ones; at most 8.
    pub unnamed_from: Vec<String>,
    /// Addresses of those that are not logged in; at most 8.
    pub not_logged_in_from: Vec<String>,
}

/// What `GET /api/v1/drills` answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Drills {
    /// The last ones, the newest first; at most 20.
    pub drills: Vec<Drill>,
}

/// The report of a drill or rehearsal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Drill {
    /// `drill`: hosts really stopped; `rehearsal`: channels were looked at and asked, and no host did anything.
    pub kind: String,
    /// Its number; both kinds are counted together.
    pub number: u32,
    /// When it ended, Unix seconds.
    pub time: f64,
    /// How it ended.
    pub result: String,
    /// Who started it; null where the controller was started anew in between.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Its hosts, in the site's order.
    pub hosts: Vec<DrilledHost>,
    /// Of a rehearsal: the stages that a shutdown would have now, in their order. Empty in reports that are older.
    #[serde(default)]
    pub stages: Vec<RehearsedStage>,
}

/// A stage as it would be, one tier after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RehearsedStage {
    /// Name of its tier.
    pub tier: String,
    /// Hosts of it that the site names.
    pub hosts: usize,
    /// From the order until it is told, at the latest, in seconds.
    pub told_s: f64,
    /// From the order until its time is over, at the latest, in seconds.
    pub over_s: f64,
}

/// What it has shown of one host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrilledHost {
    /// Its name.
    pub name: String,
    /// Name of its tier.
    pub tier: Option<String>,
    /// Of a drill `passed`, `failed` or `not told`; of a rehearsal `ready`, `ready with remarks` or `not ready`.
    pub result: String,
    /// From the order to its first sign of stopping, in seconds.
    pub begun_s: Option<f64>,
    /// From the order to the proof that it was off, in seconds.
    pub stopped_s: Option<f64>,
    /// The two observations that proved it off; empty where it was not proven.
    pub proven_by: Vec<String>,
    /// From its release to its first answer, in seconds.
    pub back_s: Option<f64>,
    /// What was found, in sentences.
    pub remarks: Vec<String>,
}
