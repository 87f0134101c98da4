//! A request as lines of answer. Pure: what is asked, who asks and what is known give text.

use std::fmt::Write;
use std::net::IpAddr;

use super::Options;
use super::line::{Get, List, Request};
use super::variables::{SERVER, SERVER_VARIABLES, TEXT_MAX, VARIABLES, Variable, View, find};
use crate::hosts::told::HostWord;

const PROTOCOL: &str = "1.3";
const COMMANDS: &str =
    "HELP VER NETVER PROTVER GET LIST SET INSTCMD LOGIN LOGOUT USERNAME PASSWORD STARTTLS PRIMARY MASTER FSD";
const NO_DESCRIPTION: &str = "Description unavailable";

/// What one connection has said so far. Names and passwords are not kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Session {
    user: bool,
    password: bool,
    /// It has logged in.
    pub(super) logged_in: bool,
    /// How often it has asked for the status.
    pub(super) polls: u32,
}

/// What is known.
pub(super) struct State<'a> {
    /// Names.
    pub(super) options: &'a Options,
    /// The picture.
    pub(super) view: View<'a>,
    /// Addresses that are logged in.
    pub(super) clients: &'a dyn Fn() -> Vec<IpAddr>,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It goes on.
    Go,
    /// It is closed once the answer is out.
    Close,
}

/// Errors of the protocol that this server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    AccessDenied,
    AlreadyLoggedIn,
    AlreadySetPassword,
    AlreadySetUsername,
    CommandNotSupported,
    DataStale,
    FeatureNotConfigured,
    InvalidArgument,
    PasswordRequired,
    ReadOnly,
    UnknownCommand,
    UnknownUps,
    UsernameRequired,
    VarNotSupported,
}

impl Refused {
    /// Its line.
    pub(super) const fn line(self) -> &'static str {
        match self {
            Refused::AccessDenied => "ERR ACCESS-DENIED\n",
            Refused::AlreadyLoggedIn => "ERR ALREADY-LOGGED-IN\n",
            Refused::AlreadySetPassword => "ERR ALREADY-SET-PASSWORD\n",
            Refused::AlreadySetUsername => "ERR ALREADY-SET-USERNAME\n",
            Refused::CommandNotSupported => "ERR CMD-NOT-SUPPORTED\n",
            Refused::DataStale => "ERR DATA-STALE\n",
            Refused::FeatureNotConfigured => "ERR FEATURE-NOT-CONFIGURED\n",
            Refused::InvalidArgument => "ERR INVALID-ARGUMENT\n",
            Refused::PasswordRequired => "ERR PASSWORD-REQUIRED\n",
            Refused::ReadOnly => "ERR READONLY\n",
            Refused::UnknownCommand => "ERR UNKNOWN-COMMAND\n",
            Refused::UnknownUps => "ERR UNKNOWN-UPS\n",
            Refused::UsernameRequired => "ERR USERNAME-REQUIRED\n",
            Refused::VarNotSupported => "ERR VAR-NOT-SUPPORTED\n",
        }
    }
}

/// Appends the answer; at least one line, each with its end.
pub(super) fn answer(request: &Request, session: &mut Session, state: &State<'_>, out: &mut String) -> Next {
    match respond(request, session, state) {
        Ok(text) => {
            out.push_str(&text);
            out.push('\n');
        }
        Err(refused) => out.push_str(refused.line()),
    }
    if *request == Request::Logout {
        Next::Close
    } else {
        Next::Go
    }
}

fn respond(request: &Request, session: &mut Session, state: &State<'_>) -> Result<String, Refused> {
    let ok = |text: &str| Ok(text.to_owned());
    match request {
        Request::StartTls | Request::SetTracking => Err(Refused::FeatureNotConfigured),
        Request::Username if session.user => Err(Refused::AlreadySetUsername),
        Request::Username => {
            session.user = true;
            ok("OK")
        }
        Request::Password if session.password => Err(Refused::AlreadySetPassword),
        Request::Password => {
            session.password = true;
            ok("OK")
        }
        Request::Login(ups) => {
            named(session)?;
            known(state, ups)?;
            if session.logged_in {
                return Err(Refused::AlreadyLoggedIn);
            }
            session.logged_in = true;
            ok("OK")
        }
        Request::Primary(ups) => {
            named(session)?;
            known(state, ups)?;
            ok("OK PRIMARY-GRANTED")
        }
        Request::Master(ups) => {
            named(session)?;
            known(state, ups)?;
            ok("OK MASTER-GRANTED")
        }
        Request::Logout => ok("OK Goodbye"),
        Request::Version => ok(SERVER),
        Request::ProtocolVersion => ok(PROTOCOL),
        Request::Help => Ok(format!("Commands: {COMMANDS}")),
        Request::ForceShutdown(ups) => {
            known(state, ups)?;
            Err(Refused::AccessDenied)
        }
        Request::Get(get) => one(get, session, state),
        Request::List(list) => many(list, state),
        Request::SetVar(ups, name) => {
            known(state, ups)?;
            variable(name)?;
            Err(Refused::ReadOnly)
        }
        Request::Command(ups) => {
            known(state, ups)?;
            Err(Refused::CommandNotSupported)
        }
        Request::Unknown => Err(Refused::UnknownCommand),
        Request::Invalid => Err(Refused::InvalidArgument),
    }
}

fn named(session: &Session) -> Result<(), Refused> {
    if !session.user {
        return Err(Refused::UsernameRequired);
    }
    if session.password {
        Ok(())
    } else {
        Err(Refused::PasswordRequired)
    }
}

/// Names differ by more than case, and an answer carries the name as it was asked for.
fn known(state: &State<'_>, ups: &str) -> Result<(), Refused> {
    let names = || state.options.aliases.iter().chain([&state.options.ups]);
    if names().any(|name| name.eq_ignore_ascii_case(ups)) {
        Ok(())
    } else {
        Err(Refused::UnknownUps)
    }
}

fn variable(name: &str) -> Result<&'static Variable, Refused> {
    find(VARIABLES, name).ok_or(Refused::VarNotSupported)
}

fn one(get: &Get, session: &mut Session, state: &State<'_>) -> Result<String, Refused> {
    match get {
        Get::Var(ups, name) => {
            known(state, ups)?;
            let row = find(VARIABLES, name).or_else(|| find(SERVER_VARIABLES, name));
            let row = row.ok_or(Refused::VarNotSupported)?;
            if row.name == "ups.status" {
                session.polls = session.polls.saturating_add(1);
            }
            match (row.value)(&state.view) {
                Some(value) => Ok(format!("VAR {ups} {name} {}", quoted(&value))),
                None if row.measured && state.view.picture.is_none() => Err(Refused::DataStale),
                None => Err(Refused::VarNotSupported),
            }
        }
        Get::Type(ups, name) => {
            known(state, ups)?;
            if variable(name)?.number {
                Ok(format!("TYPE {ups} {name} NUMBER"))
            } else {
                Ok(format!("TYPE {ups} {name} STRING:{TEXT_MAX}"))
            }
        }
        Get::Description(ups, name) => {
            known(state, ups)?;
            let row = find(VARIABLES, name).or_else(|| find(SERVER_VARIABLES, name));
            let about = row.map_or(NO_DESCRIPTION, |row| row.about);
            Ok(format!("DESC {ups} {} {}", plain(name)?, quoted(about)))
        }
        Get::CommandDescription(ups, name) => {
            known(state, ups)?;
            Ok(format!(
                "CMDDESC {ups} {} {}",
                plain(name)?,
                quoted(NO_DESCRIPTION)
            ))
        }
        Get::UpsDescription(ups) => {
            known(state, ups)?;
            Ok(format!("UPSDESC {ups} {}", quoted(&state.options.description)))
        }
        Get::Logins(ups) => {
            known(state, ups)?;
            Ok(format!("NUMLOGINS {ups} {}", (state.clients)().len()))
        }
        Get::Tracking => Ok("OFF".into()),
        Get::Tracked => Err(Refused::FeatureNotConfigured),
    }
}

fn many(list: &List, state: &State<'_>) -> Result<String, Refused> {
    let mut rows = String::new();
    // Writing to a string cannot fail.
    let asked = match list {
        List::Ups => {
            let options = state.options;
            let _ = writeln!(rows, "UPS {} {}", options.ups, quoted(&options.description));
            "UPS".to_owned()
        }
        List::Vars(ups) => {
            known(state, ups)?;
            if state.view.status == HostWord::Unknown {
                return Err(Refused::DataStale);
            }
            for row in VARIABLES {
                if let Some(value) = (row.value)(&state.view) {
                    let _ = writeln!(rows, "VAR {ups} {} {}", row.name, quoted(&value));
                }
            }
            format!("VAR {ups}")
        }
        List::Writable(ups) => {
            known(state, ups)?;
            format!("RW {ups}")
        }
        List::Commands(ups) => {
            known(state, ups)?;
            format!("CMD {ups}")
        }
        List::Enumeration(ups, name) => {
            known(state, ups)?;
            format!("ENUM {ups} {}", variable(name).map(|_| name)?)
        }
        List::Ranges(ups, name) => {
            known(state, ups)?;
            format!("RANGE {ups} {}", variable(name).map(|_| name)?)
        }
        List::Clients(ups) => {
            known(state, ups)?;
            for client in (state.clients)() {
                let _ = writeln!(rows, "CLIENT {ups} {client}");
            }
            format!("CLIENT {ups}")
        }
    };
    Ok(format!("BEGIN LIST {asked}\n{rows}END LIST {asked}"))
}

/// A name that can stand in an answer without quotes.
fn plain(name: &str) -> Result<&str, Refused> {
    let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !name.is_empty() && name.chars().all(usual) {
        Ok(name)
    } else {
        Err(Refused::InvalidArgument)
    }
}

/// The text as one word of the protocol.
fn quoted(text: &str) -> String {
    let mut word = String::with_capacity(text.len() + 2);
    word.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => word.extend(['\\', c]),
            c if c.is_control() => word.push(' '),
            c => word.push(c),
        }
    }
    word.push('"');
    word
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
