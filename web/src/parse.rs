//! From a body to a command: every error names the place, the field or the name, and what is known instead.

use points::alarm::{self, Alarm, SHELVE_MINUTES_MAX};
use points::command::{
    self, Command, HOLD_MINUTES_MAX, MANUAL_MINUTES_DEFAULT, MANUAL_MINUTES_MAX, OVERRIDE_MINUTES_DEFAULT,
    OVERRIDE_MINUTES_MAX, Proofs, RESPONSE_DIGITS, Reason, Response, Shelf,
};
use points::host::{TARGETS, TargetSet};
use points::input::{INPUTS, Input};
use points::interlock::{LATCHES, Latch, LatchSet};
use points::quantity::Quantity;
use points::text::Text;
use points::unit::Side;
use points::{Date, Percent};
use serde::Deserialize;
use serde_json::{Value, json};

/// Why a body is no command.
#[derive(Debug, PartialEq)]
pub(crate) enum Fault {
    /// It is no JSON of the right shape.
    Json {
        text: String,
        line: usize,
        column: usize,
    },
    /// A field that is wrong, missing or not of this command.
    Field { field: &'static str, text: String },
    /// A name that is not known, and those that are.
    Unknown {
        field: &'static str,
        name: String,
        known: Vec<&'static str>,
    },
}

/// Characters of an unknown name that are repeated in the answer.
const ECHO_MAX: usize = 64;

impl Fault {
    fn field(field: &'static str, text: impl Into<String>) -> Fault {
        Fault::Field {
            field,
            text: text.into(),
        }
    }

    fn unknown(field: &'static str, name: &str, known: Vec<&'static str>) -> Fault {
        Fault::Unknown {
            field,
            name: name.chars().take(ECHO_MAX).collect(),
            known,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        match self {
            Fault::Json { text, line, column } => json!({ "error": text, "line": line, "column": column }),
            Fault::Field { field, text } => json!({ "error": format!("{field}: {text}"), "field": field }),
            Fault::Unknown { field, name, known } => {
                json!({ "error": format!("{field}: {name:?} is not known"), "field": field, "known": known })
            }
        }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Fault {
        let mut text: String = error.to_string().chars().take(16 * ECHO_MAX).collect();
        // The place has fields of its own.
        if let Some(at) = text.rfind(" at line ") {
            text.truncate(at);
        }
        Fault::Json {
            text,
            line: error.line(),
            column: error.column(),
        }
    }
}

/// The fields of all commands in one flat shape: so the parser itself reports unknown and repeated fields with
/// line and column, which it cannot for a tagged enum.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    command: String,
    speed: Option<f64>,
    owner: Option<String>,
    reason: Option<String>,
    minutes: Option<u64>,
    alarm: Option<String>,
    by: Option<String>,
    once: Option<bool>,
    comment: Option<String>,
    latches: Option<Vec<String>>,
    hosts: Option<Vec<u8>>,
    inspected: Option<bool>,
    unit: Option<String>,
    installed: Option<String>,
    input: Option<String>,
    serial: Option<String>,
    challenge: Option<String>,
    responses: Option<Vec<Digits>>,
}

/// A person's one-time response as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Digits {
    person: String,
    digits: String,
}

/// Makes one command of its fields.
type Build = fn(&Body) -> Result<Command, Fault>;

/// The fields by which persons stand behind a command.
const PROOF: [&str; 2] = ["challenge", "responses"];

/// The command in a body, and who stands behind it by one-time responses.
pub(crate) fn parse(bytes: &[u8]) -> Result<(Command, Option<Proofs>), Fault> {
    let body: Body = serde_json::from_slice(bytes)?;
    let (fields, build): (&[&str], Build) = match body.command.as_str() {
        "manual" => (&["speed", "owner", "reason", "minutes"], manual),
        "automatic" => (&["owner"], |body| {
            Ok(Command::Automatic {
                owner: name("owner", body.owner.as_ref())?,
            })
        }),
        "acknowledge" => (&["alarm", "by", "comment"], acknowledge),
        "shelve" => (&["alarm", "by", "reason", "minutes", "once"], shelve),
        "unshelve" => (&["alarm", "by"], |body| {
            Ok(Command::Unshelve {
                alarm: alarm(body)?,
                by: name("by", body.by.as_ref())?,
            })
        }),
        "alarm_out_of_service" => (&["alarm", "by", "reason"], |body| {
            Ok(Command::AlarmOutOfService {
                alarm: alarm(body)?,
                by: name("by", body.by.as_ref())?,
                reason: text("reason", body.reason.as_ref())?,
            })
        }),
        "alarm_in_service" => (&["alarm", "by"], |body| {
            Ok(Command::AlarmInService {
                alarm: alarm(body)?,
                by: name("by", body.by.as_ref())?,
            })
        }),
        "hold_hosts" => (&["by", "reason", "minutes"], |body| {
            Ok(Command::HoldHosts {
                by: name("by", body.by.as_ref())?,
                reason: text("reason", body.reason.as_ref())?,
                minutes: minutes(body, HOLD_MINUTES_MAX, HOLD_MINUTES_MAX)?,
            })
        }),
        "resume_hosts" => (&["by"], |body| {
            Ok(Command::ResumeHosts {
                by: name("by", body.by.as_ref())?,
            })
        }),
        "abort_hosts" => (&["by", "reason"], |body| {
            Ok(Command::AbortHosts {
                by: name("by", body.by.as_ref())?,
                reason: text("reason", body.reason.as_ref())?,
            })
        }),
        "drill_hosts" => (&["hosts", "by", "reason"], drill_hosts),
        "rehearse_hosts" => (&["by"], |body| {
            Ok(Command::RehearseHosts {
                by: name("by", body.by.as_ref())?,
            })
        }),
        "silence" => (&["by"], |body| {
            Ok(Command::Silence {
                by: name("by", body.by.as_ref())?,
            })
        }),
        "reset" => (&["latches", "by", "inspected"], reset),
        "replace_unit" => (&["unit", "serial", "installed", "by", "inspected"], replace_unit),
        "override" => (&["input", "by", "reason", "minutes"], override_input),
        "end_override" => (&["input", "by"], |body| {
            Ok(Command::EndOverride {
                input: input(body)?,
                by: name("by", body.by.as_ref())?,
            })
        }),
        "out_of_service" => (&["input", "by", "reason", "serial"], |body| {
            Ok(Command::OutOfService {
                input: input(body)?,
                by: name("by", body.by.as_ref())?,
                reason: text("reason", body.reason.as_ref())?,
                serial: text("serial", body.serial.as_ref())?,
            })
        }),
        "in_service" => (&["input", "by", "serial"], |body| {
            Ok(Command::InService {
                input: input(body)?,
                by: name("by", body.by.as_ref())?,
                serial: text("serial", body.serial.as_ref())?,
            })
        }),
        "self_test" => (&["by", "reason"], |body| {
            Ok(Command::SelfTest {
                by: name("by", body.by.as_ref())?,
                reason: text("reason", body.reason.as_ref())?,
            })
        }),
        "commissioning" => (&["by", "reason"], |body| {
            Ok(Command::Commissioning {
                by: name("by", body.by.as_ref())?,
                reason: text("reason", body.reason.as_ref())?,
            })
        }),
        other => {
            return Err(Fault::unknown(
                "command",
                other,
                command::ROWS.iter().map(|row| row.name).collect(),
            ));
        }
    };
    let foreign = |field: &&str| !fields.contains(field) && !PROOF.contains(field);
    if let Some(field) = body.given().into_iter().find(foreign) {
        let text = format!("not a field of {}, which has {}", body.command, fields.join(", "));
        return Err(Fault::field(field, text));
    }
    let command = build(&body)?;
    let proofs = proofs(&body)?;
    if proofs.is_some() && !command.row().second_factor {
        return Err(Fault::field("responses", format!("{} needs none", body.command)));
    }
    Ok((command, proofs))
}

/// Who stands behind the command: a challenge and the responses to it, or neither.
fn proofs(body: &Body) -> Result<Option<Proofs>, Fault> {
    let (challenge, responses) = match (&body.challenge, &body.responses) {
        (None, None) => return Ok(None),
        (Some(challenge), Some(responses)) => (challenge, responses),
        (None, Some(_)) => return Err(Fault::field("challenge", "missing")),
        (Some(_), None) => return Err(Fault::field("responses", "missing")),
    };
    let hexadecimal = challenge.len() == 16 && challenge.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u64::from_str_radix(challenge, 16).ok().filter(|_| hexadecimal);
    let mut proofs = Proofs {
        challenge: number.ok_or_else(|| Fault::field("challenge", "16 hexadecimal digits"))?,
        responses: [None; 2],
    };
    if responses.is_empty() || responses.len() > proofs.responses.len() {
        return Err(Fault::field("responses", "of one person or of two"));
    }
    for (place, given) in proofs.responses.iter_mut().zip(responses) {
        let decimal =
            given.digits.len() == RESPONSE_DIGITS && given.digits.bytes().all(|byte| byte.is_ascii_digit());
        let digits = given.digits.parse().ok().filter(|_| decimal);
        *place = Some(Response {
            person: name("responses", Some(&given.person))?,
            digits: digits
                .ok_or_else(|| Fault::field("responses", format!("digits: {RESPONSE_DIGITS} of them")))?,
        });
    }
    Ok(Some(proofs))
}

impl Body {
    /// The fields that are there, besides `command`.
    fn given(&self) -> Vec<&'static str> {
        let fields = [
            ("speed", self.speed.is_some()),
            ("owner", self.owner.is_some()),
            ("reason", self.reason.is_some()),
            ("minutes", self.minutes.is_some()),
            ("alarm", self.alarm.is_some()),
            ("by", self.by.is_some()),
            ("once", self.once.is_some()),
            ("comment", self.comment.is_some()),
            ("latches", self.latches.is_some()),
            ("hosts", self.hosts.is_some()),
            ("inspected", self.inspected.is_some()),
            ("unit", self.unit.is_some()),
            ("installed", self.installed.is_some()),
            ("input", self.input.is_some()),
            ("serial", self.serial.is_some()),
            ("challenge", self.challenge.is_some()),
            ("responses", self.responses.is_some()),
        ];
        fields
            .into_iter()
            .filter(|(_, given)| *given)
            .map(|(field, _)| field)
            .collect()
    }
}

fn manual(body: &Body) -> Result<Command, Fault> {
    let speed = body.speed.ok_or_else(|| Fault::field("speed", "missing"))?;
    // Minus zero is inside the span by number, but nobody means it.
    let inside = (0.0..=100.0).contains(&speed) && speed.is_sign_positive();
    let speed = <Percent as Quantity>::new(speed).filter(|_| inside);
    let speed = speed.ok_or_else(|| Fault::field("speed", "outside 0 to 100 %"))?;
    let (owner, reason) = (
        name("owner", body.owner.as_ref())?,
        text("reason", body.reason.as_ref())?,
    );
    Ok(Command::Manual {
        speed,
        owner,
        reason,
        minutes: minutes(body, MANUAL_MINUTES_DEFAULT, MANUAL_MINUTES_MAX)?,
    })
}

fn minutes(body: &Body, default: u16, most: u16) -> Result<u16, Fault> {
    let minutes = u16::try_from(body.minutes.unwrap_or(default.into())).ok();
    minutes
        .filter(|minutes| (1..=most).contains(minutes))
        .ok_or_else(|| Fault::field("minutes", format!("outside 1 to {most}")))
}

fn input(body: &Body) -> Result<Input, Fault> {
    let key = body
        .input
        .as_deref()
        .ok_or_else(|| Fault::field("input", "missing"))?;
    let unknown = || Fault::unknown("input", key, INPUTS.iter().map(|row| row.key).collect());
    Input::from_key(key).ok_or_else(unknown)
}

fn override_input(body: &Body) -> Result<Command, Fault> {
    Ok(Command::Override {
        input: input(body)?,
        by: name("by", body.by.as_ref())?,
        reason: text("reason", body.reason.as_ref())?,
        minutes: minutes(body, OVERRIDE_MINUTES_DEFAULT, OVERRIDE_MINUTES_MAX)?,
    })
}

fn acknowledge(body: &Body) -> Result<Command, Fault> {
    let comment = match &body.comment {
        Some(_) => text("comment", body.comment.as_ref())?,
        None => Reason::EMPTY,
    };
    Ok(Command::Acknowledge {
        alarm: alarm(body)?,
        by: name("by", body.by.as_ref())?,
        comment,
    })
}

fn shelve(body: &Body) -> Result<Command, Fault> {
    let shelf = match (body.minutes, body.once.unwrap_or(false)) {
        (Some(_), true) => return Err(Fault::field("once", "not together with minutes")),
        (None, true) => Shelf::Once,
        (None, false) => return Err(Fault::field("minutes", "missing; or once")),
        (Some(minutes), false) => {
            let within = u16::try_from(minutes)
                .ok()
                .filter(|minutes| (1..=SHELVE_MINUTES_MAX).contains(minutes));
            let outside = || Fault::field("minutes", format!("outside 1 to {SHELVE_MINUTES_MAX}"));
            Shelf::Minutes(within.ok_or_else(outside)?)
        }
    };
    Ok(Command::Shelve {
        alarm: alarm(body)?,
        by: name("by", body.by.as_ref())?,
        reason: text("reason", body.reason.as_ref())?,
        shelf,
    })
}

/// The alarm that a body names.
fn alarm(body: &Body) -> Result<Alarm, Fault> {
    let wanted = body
        .alarm
        .as_deref()
        .ok_or_else(|| Fault::field("alarm", "missing"))?;
    let alarm = Alarm::ALL
        .iter()
        .copied()
        .find(|alarm| alarm.row().name == wanted);
    let unknown = || Fault::unknown("alarm", wanted, alarm::ROWS.iter().map(|row| row.name).collect());
    alarm.ok_or_else(unknown)
}

fn reset(body: &Body) -> Result<Command, Fault> {
    let mut latches = LatchSet::EMPTY;
    for key in body.latches.iter().flatten() {
        let unknown = || Fault::unknown("latches", key, LATCHES.iter().map(|row| row.key).collect());
        latches.put(Latch::from_key(key).ok_or_else(unknown)?, true);
    }
    if latches.is_empty() {
        return Err(Fault::field("latches", "name at least one"));
    }
    Ok(Command::Reset {
        latches,
        by: name("by", body.by.as_ref())?,
        inspected: body.inspected.unwrap_or(false),
    })
}

fn replace_unit(body: &Body) -> Result<Command, Fault> {
    let wanted = body
        .unit
        .as_deref()
        .ok_or_else(|| Fault::field("unit", "missing"))?;
    let unit = Side::ALL.into_iter().find(|side| side.text() == wanted);
    let unknown = || Fault::unknown("unit", wanted, Side::ALL.map(Side::text).to_vec());
    let installed = body.installed.as_deref().map(|day| {
        Date::parse(day).ok_or_else(|| Fault::field("installed", "no day of the calendar; write 2026-11-27"))
    });
    Ok(Command::ReplaceUnit {
        unit: unit.ok_or_else(unknown)?,
        serial: name("serial", body.serial.as_ref())?,
        installed: installed.transpose()?,
        by: name("by", body.by.as_ref())?,
        inspected: body.inspected.unwrap_or(false),
    })
}

/// Text that says something, fits, and shows all that it holds.
/// Hosts by their numbers, as their points are named: the first one is `host.1`.
fn drill_hosts(body: &Body) -> Result<Command, Fault> {
    let mut hosts = TargetSet::EMPTY;
    for number in body.hosts.iter().flatten() {
        let place = usize::from(*number).wrapping_sub(1);
        if place >= TARGETS {
            return Err(Fault::field(
                "hosts",
                format!("{number}: hosts have numbers from 1 to {TARGETS}"),
            ));
        }
        hosts.put(place, true);
    }
    if hosts.is_empty() {
        return Err(Fault::field("hosts", "name at least one"));
    }
    Ok(Command::DrillHosts {
        hosts,
        by: name("by", body.by.as_ref())?,
        reason: text("reason", body.reason.as_ref())?,
    })
}

fn text<const N: usize>(field: &'static str, given: Option<&String>) -> Result<Text<N>, Fault> {
    let given = given.map(|given| given.trim()).filter(|given| !given.is_empty());
    let given = given.ok_or_else(|| Fault::field(field, "missing"))?;
    if given.chars().any(is_invisible) {
        return Err(Fault::field(field, "holds an invisible character"));
    }
    Text::new(given).map_err(|error| Fault::field(field, error.to_string()))
}

/// A person's or program's name, or a serial number: letters, digits and what stands in names and addresses. It goes into logs, mails
/// and reports, where anything else is a trick or an accident.
fn name<const N: usize>(field: &'static str, given: Option<&String>) -> Result<Text<N>, Fault> {
    let name: Text<N> = text(field, given)?;
    odd_in_name(name.as_str()).map_or(Ok(name), |odd| {
        Err(Fault::field(
            field,
            format!("{odd:?} is not a character of a name"),
        ))
    })
}

/// The first character that does not stand in a name.
pub fn odd_in_name(name: &str) -> Option<char> {
    name.chars()
        .find(|c| !c.is_alphanumeric() && !" .,-_'@+()/:".contains(*c))
}

/// Characters that have no width or turn the direction of what follows.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
