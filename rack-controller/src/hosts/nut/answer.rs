//! A request as lines of answer. Pure: what is asked, who asks and what is known give text.

use std::fmt::Write;
use std::net::IpAddr;

use super::Options;
use super::line::{Get, List, Request};
use super::plan::Digest;
use super::variables::{SERVER, SERVER_VARIABLES, TEXT_MAX, VARIABLES, Variable, View, find};
use crate::hosts::plan::TierPlan;
use crate::hosts::told::HostWord;

/// Names that every site answers besides its tiers': appliances ask for a fixed `ups`, and who has been set up for a rack
/// without tiers asks for `rack`.
const ALIASES: [&str; 2] = ["ups", "rack"];
const PROTOCOL: &str = "1.3";
/// As upsd has it, which names no newer commands.
const COMMANDS: &str = "HELP VER GET LIST SET INSTCMD LOGIN LOGOUT USERNAME PASSWORD STARTTLS";
const NO_DESCRIPTION: &str = "Description unavailable";

/// What one connection has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    user: Option<String>,
    password: Option<Digest>,
    /// The tier it is logged in to.
    pub(super) login: Option<usize>,
    /// Its last line asked for the status of this tier, and this word was the answer.
    pub(super) polled: Option<(usize, HostWord)>,
    /// Its last line was a login or the like that is refused for who it is.
    pub(super) denied: bool,
}

/// What is known.
pub(super) struct State<'a> {
    /// Names, tiers and users.
    pub(super) options: &'a Options,
    /// Who asks.
    pub(super) peer: IpAddr,
    /// It is asked and answered under encryption.
    pub(super) encrypted: bool,
    /// There is a certificate to encrypt with.
    pub(super) encrypts: bool,
    /// What is known of a tier.
    pub(super) view: &'a dyn Fn(usize) -> View<'a>,
    /// Addresses that are logged in to a tier.
    pub(super) clients: &'a dyn Fn(usize) -> Vec<IpAddr>,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It goes on.
    Go,
    /// It goes on encrypted once the answer is out.
    Encrypt,
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
    AlreadySslMode,
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
            Refused::AlreadySslMode => "ERR ALREADY-SSL-MODE\n",
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
    session.polled = None;
    session.denied = false;
    let (next, line) = match respond(request, session, state) {
        Ok(text) => {
            out.push_str(&text);
            (next(request), "\n")
        }
        Err(refused) => {
            // What is forced, set or commanded from the network is denied to everybody; a login is to somebody.
            let person = matches!(
                request,
                Request::Login(_) | Request::Primary(_) | Request::Master(_)
            );
            session.denied = person && refused == Refused::AccessDenied;
            (Next::Go, refused.line())
        }
    };
    out.push_str(line);
    next
}

/// What follows on a request that is granted.
const fn next(request: &Request) -> Next {
    match request {
        Request::Logout => Next::Close,
        Request::StartTls => Next::Encrypt,
        Request::Username(_)
        | Request::Password(_)
        | Request::Login(_)
        | Request::Primary(_)
        | Request::Master(_)
        | Request::Version
        | Request::ProtocolVersion
        | Request::Help
        | Request::ForceShutdown(_)
        | Request::Get(_)
        | Request::List(_)
        | Request::SetVar(_, _)
        | Request::SetTracking
        | Request::Command(_)
        | Request::Unknown
        | Request::Invalid
        | Request::InvalidOfUser => Next::Go,
    }
}

fn respond(request: &Request, session: &mut Session, state: &State<'_>) -> Result<String, Refused> {
    let ok = |text: &str| Ok(text.to_owned());
    match request {
        Request::StartTls if state.encrypted => Err(Refused::AlreadySslMode),
        Request::StartTls if state.encrypts => ok("OK STARTTLS"),
        Request::StartTls => Err(Refused::FeatureNotConfigured),
        Request::SetTracking => {
            named(session)?;
            Err(Refused::FeatureNotConfigured)
        }
        Request::Username(_) if session.user.is_some() => Err(Refused::AlreadySetUsername),
        Request::Username(name) => {
            session.user = Some(name.clone());
            ok("OK")
        }
        Request::Password(_) if session.password.is_some() => Err(Refused::AlreadySetPassword),
        Request::Password(password) => {
            session.password = Some(password.clone());
            ok("OK")
        }
        Request::Login(ups) => {
            named(session)?;
            if session.login.is_some() {
                return Err(Refused::AlreadyLoggedIn);
            }
            let tier = known(state, ups)?;
            admitted(session, state, tier)?;
            session.login = Some(tier);
            ok("OK")
        }
        Request::Primary(ups) => {
            named(session)?;
            admitted(session, state, known(state, ups)?)?;
            ok("OK PRIMARY-GRANTED")
        }
        Request::Master(ups) => {
            named(session)?;
            admitted(session, state, known(state, ups)?)?;
            ok("OK MASTER-GRANTED")
        }
        Request::Logout => ok("OK Goodbye"),
        Request::Version => ok(SERVER),
        Request::ProtocolVersion => ok(PROTOCOL),
        Request::Help => Ok(format!("Commands: {COMMANDS}")),
        Request::ForceShutdown(ups) => {
            named(session)?;
            known(state, ups)?;
            Err(Refused::AccessDenied)
        }
        Request::Get(get) => one(get, session, state),
        Request::List(list) => many(list, state),
        Request::SetVar(ups, name) => {
            named(session)?;
            known(state, ups)?;
            variable(name)?;
            Err(Refused::ReadOnly)
        }
        Request::Command(ups) => {
            named(session)?;
            known(state, ups)?;
            Err(Refused::CommandNotSupported)
        }
        Request::Unknown => Err(Refused::UnknownCommand),
        Request::Invalid => Err(Refused::InvalidArgument),
        Request::InvalidOfUser => {
            named(session)?;
            Err(Refused::InvalidArgument)
        }
    }
}

fn named(session: &Session) -> Result<(), Refused> {
    if session.user.is_none() {
        return Err(Refused::UsernameRequired);
    }
    if session.password.is_some() {
        Ok(())
    } else {
        Err(Refused::PasswordRequired)
    }
}

/// Whether this client may log in to the tier. Where encryption is required the protocol has no error that says so:
/// "access denied" is the one that every client understands as a login that has failed, and it goes on polling. Its polls
/// stay answered, in the clear too: a host that is set up wrong has to hear that it must stop.
fn admitted(session: &Session, state: &State<'_>, tier: usize) -> Result<(), Refused> {
    let plan = &state.options.plan.nut;
    let (Some(name), Some(password)) = (&session.user, &session.password) else {
        return Err(Refused::AccessDenied);
    };
    let admits = plan.admits(name, password, tier);
    if admits && (state.encrypted || !plan.require_tls) {
        Ok(())
    } else {
        Err(Refused::AccessDenied)
    }
}

/// The tier that a UPS's name stands for. Names differ by more than case, and an answer carries the name as it was
/// asked for.
fn known(state: &State<'_>, ups: &str) -> Result<usize, Refused> {
    let plan = &state.options.plan;
    let named = |tier: &TierPlan| tier.name.eq_ignore_ascii_case(ups);
    let alias = || ALIASES.iter().any(|alias| alias.eq_ignore_ascii_case(ups));
    plan.tiers
        .iter()
        .position(named)
        .or_else(|| alias().then(|| plan.tier_at(state.peer)))
        .ok_or(Refused::UnknownUps)
}

/// A tier's description.
fn description(state: &State<'_>, tier: usize) -> String {
    let (options, tiers) = (state.options, &state.options.plan.tiers);
    let text = match tiers.get(tier) {
        Some(one) if tiers.len() > 1 => format!("{}, tier {}", options.description, one.name),
        Some(_) | None => options.description.clone(),
    };
    quoted(&text)
}

fn variable(name: &str) -> Result<&'static Variable, Refused> {
    find(VARIABLES, name).ok_or(Refused::VarNotSupported)
}

fn one(get: &Get, session: &mut Session, state: &State<'_>) -> Result<String, Refused> {
    match get {
        Get::Var(ups, name) => {
            let tier = known(state, ups)?;
            let row = find(VARIABLES, name).or_else(|| find(SERVER_VARIABLES, name));
            let row = row.ok_or(Refused::VarNotSupported)?;
            let view = (state.view)(tier);
            if row.name == "ups.status" {
                session.polled = Some((tier, view.status));
            }
            match (row.value)(&view) {
                Some(value) => Ok(format!("VAR {ups} {name} {}", quoted(&value))),
                None if row.measured && view.picture.is_none() => Err(Refused::DataStale),
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
            let tier = known(state, ups)?;
            Ok(format!("UPSDESC {ups} {}", description(state, tier)))
        }
        Get::Logins(ups) => {
            let tier = known(state, ups)?;
            Ok(format!("NUMLOGINS {ups} {}", (state.clients)(tier).len()))
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
            for (place, tier) in state.options.plan.tiers.iter().enumerate() {
                let _ = writeln!(rows, "UPS {} {}", tier.name, description(state, place));
            }
            "UPS".to_owned()
        }
        List::Vars(ups) => {
            let view = (state.view)(known(state, ups)?);
            if view.status == HostWord::Unknown {
                return Err(Refused::DataStale);
            }
            for row in VARIABLES {
                if let Some(value) = (row.value)(&view) {
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
            let tier = known(state, ups)?;
            for client in (state.clients)(tier) {
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
