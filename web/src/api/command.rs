//! Commands: what is asked, who stands behind it, and what becomes of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A person's command. Which fields belong to which command is checked; a field of another one is an error.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Command {
    /// `manual`, `automatic`, `acknowledge`, `silence`, `reset`, `replace_unit`, `shelve`, `unshelve`, `alarm_out_of_service`,
    /// `alarm_in_service`, `override`, `end_override`, `out_of_service`, `in_service`, `self_test`, `commissioning`, `hold_hosts`,
    /// `resume_hosts`, `abort_hosts`, `drill_hosts` or `rehearse_hosts`.
    pub command: String,
    /// Who: of all but `manual` and `automatic`.
    pub by: Option<String>,
    /// Who: of `manual`, `automatic`.
    pub owner: Option<String>,
    /// Why: of `manual`, `shelve`, `alarm_out_of_service`, `override`, `out_of_service`, `self_test`, `commissioning`,
    /// `hold_hosts`, `abort_hosts`, `drill_hosts`.
    pub reason: Option<String>,
    /// Speed in percent: of `manual`.
    pub speed: Option<f64>,
    /// How long: of `manual`, `override`, 1 to 240, 15 by default; of `shelve`, 1 to the alarm's limit; of `hold_hosts`,
    /// 1 to 10.
    pub minutes: Option<u16>,
    /// Until it is gone once, instead of `minutes`: of `shelve`.
    pub once: Option<bool>,
    /// What was found: of `acknowledge`.
    pub comment: Option<String>,
    /// Which: of the alarm's commands.
    pub alarm: Option<String>,
    /// Which: of `reset`.
    pub latches: Option<Vec<String>>,
    /// Which, by their numbers: the first host of the snapshot is 1: of `drill_hosts`.
    pub hosts: Option<Vec<u8>>,
    /// The inspection list is done: of `reset`, `replace_unit`.
    pub inspected: Option<bool>,
    /// Which holder, `left` or `right`: of `replace_unit`.
    pub unit: Option<String>,
    /// The day from which its shelf life counts, `2026-11-27`, today by default: of `replace_unit`.
    pub installed: Option<String>,
    /// Which: of `override`, `end_override`, `out_of_service`, `in_service`.
    pub input: Option<String>,
    /// Of the part that replaces it (`out_of_service`) or is in place now (`in_service`, `replace_unit`).
    pub serial: Option<String>,
    /// The challenge that `responses` answer, 16 hexadecimal digits: with a command that needs a second factor.
    pub challenge: Option<String>,
    /// Persons who stand behind the command: one or two.
    pub responses: Option<Vec<Response>>,
}

/// A person's one-time response to a challenge.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// Who.
    pub person: String,
    /// Eight decimal digits.
    pub digits: String,
}

/// What persons respond to, for one command, once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// 16 hexadecimal digits.
    pub challenge: String,
    /// Name of the rack, part of what is agreed to.
    pub rack: String,
    /// The command in words, part of what is agreed to.
    pub text: String,
    /// Time in which it is taken, in seconds.
    pub valid_s: u64,
}

/// An input that safety judges, and what persons may do with it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its key, as commands name it.
    pub key: String,
    /// What it is.
    pub title: String,
    /// Name of the point that it measures.
    pub point: String,
    /// Persons who have to stand behind an override where the key switch is not turned; 0: it is never overridden.
    pub override_persons: u8,
    /// Why it is never overridden, where it is not.
    pub never: Option<String>,
    /// Keys of the other inputs that vote or witness together with it: at most one of them is overridden.
    pub vote: Vec<String>,
}

/// What became of a command.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CommandAnswer {
    /// `applied` or `refused`.
    pub result: String,
    /// Why it was refused.
    pub reason: Option<String>,
    /// The refusal's number.
    pub number: Option<u8>,
}
