//! What a person types at the machine: `user`, `act` and `respond`.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use points::Date;
use points::alarm::Alarm;
use points::command::{
    Command, Name, OVERRIDE_MINUTES_DEFAULT, OVERRIDE_MINUTES_MAX, Proofs, RESPONSE_DIGITS, Response,
};
use points::input::{INPUTS, Input};
use points::interlock::{LATCHES, Latch, LatchSet};
use points::text::Text;
use points::unit::Side;

use super::server::{Reply, Request, socket};
use super::{Key, digits, respond};

/// Longest that the core is waited for.
const WITHIN: Duration = Duration::from_secs(5);

/// Where the core's socket is.
#[derive(Debug, Args)]
pub struct Where {
    /// The data directory of the running controller.
    #[arg(long, default_value = "/var/lib/rack-controller", global = true)]
    data: PathBuf,
}

/// Who may act at this rack.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Enrols a person and prints the key of the person's device, once.
    Add {
        /// The name on commands.
        name: String,
        /// `viewer`, `operator` or `engineer`.
        #[arg(long)]
        role: String,
        /// Where the core is.
        #[command(flatten)]
        at: Where,
    },
    /// Who is enrolled.
    List {
        /// Where the core is.
        #[command(flatten)]
        at: Where,
    },
    /// Removes a person; the key is worth nothing from then on.
    Remove {
        /// Whom.
        name: String,
        /// Where the core is.
        #[command(flatten)]
        at: Where,
    },
}

/// A person's act.
#[derive(Debug, Args)]
pub struct ActArguments {
    #[command(flatten)]
    at: Where,
    /// Who acts: an enrolled person, at this machine.
    #[arg(long, global = true)]
    by: Option<String>,
    /// A second enrolled person, who answers a challenge.
    #[arg(long, global = true)]
    second: Option<String>,
    #[command(subcommand)]
    deed: Deed,
}

/// What is done.
#[derive(Debug, Subcommand)]
enum Deed {
    /// Resets latches whose causes are gone.
    Reset {
        /// Their keys.
        #[arg(required = true)]
        latches: Vec<String>,
        /// The inspection list has been gone through.
        #[arg(long)]
        inspected: bool,
    },
    /// Takes one input out of the judgement for a time.
    Override {
        /// Its key.
        input: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// For how long.
        #[arg(long, default_value_t = OVERRIDE_MINUTES_DEFAULT, value_parser = clap::value_parser!(u16).range(1..=i64::from(OVERRIDE_MINUTES_MAX)))]
        minutes: u16,
    },
    /// Ends an override before its time.
    EndOverride {
        /// The input's key.
        input: String,
    },
    /// Takes an input that cannot become healthy out of service; needs --second.
    OutOfService {
        /// Its key.
        input: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Serial number of the part that replaces it.
        #[arg(long)]
        serial: String,
    },
    /// Puts an input back in service: its part is replaced.
    InService {
        /// Its key.
        input: String,
        /// Serial number of the part that is in place now.
        #[arg(long)]
        serial: String,
    },
    /// Starts a commissioning run: forty minutes in which the blower is swept under a load that stands, then this rack's own
    /// constants are fitted.
    Commissioning {
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Starts the blower's self-test now: a minute at full speed, two seconds without drive.
    SelfTest {
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Enters the extinguisher unit that hangs in a holder now.
    ReplaceUnit {
        /// `left` or `right`.
        unit: String,
        /// Its serial number.
        #[arg(long)]
        serial: String,
        /// The day from which its shelf life counts, as 2026-11-27; today by default.
        #[arg(long)]
        installed: Option<String>,
        /// The inspection list has been gone through.
        #[arg(long)]
        inspected: bool,
    },
    /// Acknowledges an alarm.
    Acknowledge {
        /// Its name.
        alarm: String,
    },
    /// Silences the horn.
    Silence,
}

/// The response of a key to a challenge: what a person's own device works out. Needs no controller.
#[derive(Debug, Args)]
pub struct RespondArguments {
    /// File with the key, 64 hexadecimal digits.
    #[arg(long)]
    key: PathBuf,
    /// The rack's name, as the challenge says it.
    #[arg(long)]
    rack: String,
    /// The person's name, as enrolled.
    #[arg(long = "as")]
    person: String,
    /// The challenge: 16 hexadecimal digits.
    challenge: String,
    /// The command in words, as the challenge says it: what is agreed to.
    command: String,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No core answers.
    #[error(
        "{path}: {error}; is the controller running on this data directory, and are you root or its user?"
    )]
    Socket {
        /// The socket.
        path: PathBuf,
        /// What.
        error: io::Error,
    },
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What.
        error: io::Error,
    },
    /// Something typed is wrong.
    #[error("{0}")]
    Typed(String),
    /// The core says no.
    #[error("refused: {0}")]
    Refused(&'static str),
}

/// `rack-controller user ...`: what to print.
///
/// # Errors
/// When it is not done.
pub fn user(user: &User) -> Result<String, ClientError> {
    let (at, request) = match user {
        User::Add { name, role, at } => {
            let name = named(name)?;
            let role = role.clone();
            (at, Request::Enrol { name, role })
        }
        User::List { at } => (at, Request::List),
        User::Remove { name, at } => (at, Request::Remove { name: name.clone() }),
    };
    match ask(&at.data, &request)? {
        Reply::Persons(persons) => Ok(persons
            .iter()
            .map(|(name, role)| format!("{role:10} {name}\n"))
            .collect()),
        Reply::Key(key) => Ok(format!("{key}\n")),
        Reply::Done => Ok(String::new()),
        other @ (Reply::Challenge { .. } | Reply::Claim { .. } | Reply::Refused(_) | Reply::Error(_)) => {
            Err(unexpected(other))
        }
    }
}

/// A host whose agent is meant.
#[derive(Debug, Args)]
pub struct AgentHost {
    /// Its name in the site's file.
    host: String,
    #[command(flatten)]
    at: Where,
}

/// `rack-controller agent-claim HOST`: the line to type on the host.
///
/// # Errors
/// When there is none.
pub fn agent_claim(host: &AgentHost) -> Result<String, ClientError> {
    let request = Request::AgentClaim {
        host: host.host.clone(),
    };
    match ask(&host.at.data, &request)? {
        Reply::Claim { code, controller } => Ok(format!(
            "rack-agent enrol --controller {controller} --claim {code}\n"
        )),
        other @ (Reply::Done
        | Reply::Persons(_)
        | Reply::Key(_)
        | Reply::Challenge { .. }
        | Reply::Refused(_)
        | Reply::Error(_)) => Err(unexpected(other)),
    }
}

/// `rack-controller agent-remove HOST`.
///
/// # Errors
/// When it is not done.
pub fn agent_remove(host: &AgentHost) -> Result<String, ClientError> {
    let request = Request::AgentRemove {
        host: host.host.clone(),
    };
    match ask(&host.at.data, &request)? {
        Reply::Done => Ok(String::new()),
        other @ (Reply::Claim { .. }
        | Reply::Persons(_)
        | Reply::Key(_)
        | Reply::Challenge { .. }
        | Reply::Refused(_)
        | Reply::Error(_)) => Err(unexpected(other)),
    }
}

/// `rack-controller act ...`: what to print.
///
/// # Errors
/// When it is not done.
pub fn act(arguments: &ActArguments) -> Result<String, ClientError> {
    let data = &arguments.at.data;
    let by = arguments.by.as_deref();
    let by = named(by.ok_or_else(|| ClientError::Typed("--by NAME says who acts".into()))?)?;
    let command = command(&arguments.deed, by)?;
    let proofs = match &arguments.second {
        Some(second) => Some(second_person(data, &command, named(second)?)?),
        None => None,
    };
    match ask(data, &Request::Act { command, proofs })? {
        Reply::Done => Ok(format!("done: {command}\n")),
        other @ (Reply::Persons(_)
        | Reply::Key(_)
        | Reply::Challenge { .. }
        | Reply::Claim { .. }
        | Reply::Refused(_)
        | Reply::Error(_)) => Err(unexpected(other)),
    }
}

/// Shows the challenge and reads the second person's response.
fn second_person(data: &Path, command: &Command, second: Name) -> Result<Proofs, ClientError> {
    let (challenge, rack, text) = match ask(data, &Request::Challenge { command: *command })? {
        Reply::Challenge {
            challenge,
            rack,
            text,
        } => (challenge, rack, text),
        other @ (Reply::Done
        | Reply::Persons(_)
        | Reply::Key(_)
        | Reply::Claim { .. }
        | Reply::Refused(_)
        | Reply::Error(_)) => {
            return Err(unexpected(other));
        }
    };
    // Asked on standard error, so that a script reads the result alone.
    let told = writeln!(
        io::stderr(),
        "rack       {rack}\ncommand    {text}\nchallenge  {challenge}\nresponse of {second}:"
    );
    told.map_err(|error| ClientError::Typed(format!("standard error: {error}")))?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.map_err(|error| ClientError::Typed(format!("standard input: {error}")))?;
    let line = line.trim();
    let response = line.parse().ok().filter(|_| line.len() == RESPONSE_DIGITS);
    let digits =
        response.ok_or_else(|| ClientError::Typed(format!("a response has {RESPONSE_DIGITS} digits")))?;
    Ok(Proofs {
        challenge: challenge_of(&challenge)?,
        responses: [
            Some(Response {
                person: second,
                digits,
            }),
            None,
        ],
    })
}

/// `rack-controller respond ...`: the digits.
///
/// # Errors
/// When key or challenge is none.
pub fn respond_to(arguments: &RespondArguments) -> Result<String, ClientError> {
    let text = std::fs::read_to_string(&arguments.key).map_err(|error| ClientError::File {
        path: arguments.key.clone(),
        error,
    })?;
    let key = Key::from_hex(text.trim());
    let key = key.ok_or_else(|| ClientError::Typed("a key has 64 hexadecimal digits".into()))?;
    let challenge = challenge_of(&arguments.challenge)?;
    let response = respond(
        &key,
        &arguments.rack,
        &arguments.command,
        challenge,
        &arguments.person,
    );
    Ok(format!("{}\n", digits(response)))
}

fn challenge_of(text: &str) -> Result<u64, ClientError> {
    let hexadecimal = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let challenge = u64::from_str_radix(text, 16).ok().filter(|_| hexadecimal);
    challenge.ok_or_else(|| ClientError::Typed("a challenge has 16 hexadecimal digits".into()))
}

fn command(deed: &Deed, by: Name) -> Result<Command, ClientError> {
    Ok(match deed {
        Deed::Reset { latches, inspected } => {
            let mut set = LatchSet::EMPTY;
            for key in latches {
                let latch = Latch::from_key(key);
                let known = || unknown("latch", key, LATCHES.iter().map(|row| row.key));
                set.put(latch.ok_or_else(known)?, true);
            }
            Command::Reset {
                latches: set,
                by,
                inspected: *inspected,
            }
        }
        Deed::Override {
            input,
            reason,
            minutes,
        } => Command::Override {
            input: input_of(input)?,
            by,
            reason: text("reason", reason)?,
            minutes: *minutes,
        },
        Deed::EndOverride { input } => Command::EndOverride {
            input: input_of(input)?,
            by,
        },
        Deed::OutOfService {
            input,
            reason,
            serial,
        } => Command::OutOfService {
            input: input_of(input)?,
            by,
            reason: text("reason", reason)?,
            serial: text("serial", serial)?,
        },
        Deed::Commissioning { reason } => Command::Commissioning {
            by,
            reason: text("reason", reason)?,
        },
        Deed::SelfTest { reason } => Command::SelfTest {
            by,
            reason: text("reason", reason)?,
        },
        Deed::InService { input, serial } => Command::InService {
            input: input_of(input)?,
            by,
            serial: text("serial", serial)?,
        },
        Deed::ReplaceUnit {
            unit,
            serial,
            installed,
            inspected,
        } => Command::ReplaceUnit {
            unit: Side::ALL
                .into_iter()
                .find(|side| side.text() == unit)
                .ok_or_else(|| unknown("holder", unit, Side::ALL.into_iter().map(Side::text)))?,
            serial: text("serial", serial)?,
            installed: match installed {
                Some(day) => Some(
                    Date::parse(day)
                        .ok_or_else(|| ClientError::Typed(format!("{day:?} is no day, as 2026-11-27")))?,
                ),
                None => None,
            },
            by,
            inspected: *inspected,
        },
        Deed::Acknowledge { alarm } => {
            let known = || unknown("alarm", alarm, points::alarm::ROWS.iter().map(|row| row.name));
            let found = Alarm::ALL.iter().copied();
            let mut found = found.filter(|known| known.row().name == alarm);
            Command::Acknowledge {
                alarm: found.next().ok_or_else(known)?,
                by,
                comment: Text::EMPTY,
            }
        }
        Deed::Silence => Command::Silence { by },
    })
}

fn input_of(key: &str) -> Result<Input, ClientError> {
    Input::from_key(key).ok_or_else(|| unknown("input", key, INPUTS.iter().map(|row| row.key)))
}

fn unknown(what: &str, key: &str, known: impl Iterator<Item = &'static str>) -> ClientError {
    let known: Vec<&str> = known.collect();
    ClientError::Typed(format!("{key:?} is no {what}; there are {}", known.join(", ")))
}

fn text<const N: usize>(what: &str, given: &str) -> Result<Text<N>, ClientError> {
    let text = Text::new(given.trim()).map_err(|error| ClientError::Typed(format!("{what}: {error}")))?;
    Some(text)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| ClientError::Typed(format!("{what}: missing")))
}

fn named(given: &str) -> Result<Name, ClientError> {
    let name: Name = text("name", given)?;
    match web::odd_in_name(name.as_str()) {
        Some(odd) => Err(ClientError::Typed(format!(
            "name: {odd:?} is not a character of a name"
        ))),
        None => Ok(name),
    }
}

fn ask(data: &Path, request: &Request) -> Result<Reply, ClientError> {
    let path = socket(data);
    let exchange = || -> io::Result<String> {
        let mut stream = UnixStream::connect(&path)?;
        stream.set_read_timeout(Some(WITHIN))?;
        stream.set_write_timeout(Some(WITHIN))?;
        let mut line = serde_json::to_string(request)?;
        line.push('\n');
        stream.write_all(line.as_bytes())?;
        let mut answer = String::new();
        BufReader::new(&stream).read_line(&mut answer)?;
        Ok(answer)
    };
    let socket = |error| ClientError::Socket {
        path: path.clone(),
        error,
    };
    let answer = exchange().map_err(socket)?;
    serde_json::from_str(&answer).map_err(|error| socket(error.into()))
}

fn unexpected(reply: Reply) -> ClientError {
    match reply {
        Reply::Refused(refusal) => ClientError::Refused(refusal.text()),
        Reply::Error(text) => ClientError::Typed(text),
        Reply::Done | Reply::Persons(_) | Reply::Key(_) | Reply::Challenge { .. } | Reply::Claim { .. } => {
            ClientError::Typed("the core answered something else than was asked".into())
        }
    }
}
