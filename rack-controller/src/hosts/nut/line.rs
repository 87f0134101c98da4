//! One line of the protocol as a request. Pure: any bytes give a request.

use super::plan::Digest;

/// Longest line in bytes without its end. A longer one is answered as invalid and the connection is closed.
pub(super) const LINE_MAX: usize = 512;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Encrypt from here on.
    StartTls,
    /// A user name.
    Username(String),
    /// A password.
    Password(Digest),
    /// Count this client as fed by the UPS.
    Login(String),
    /// May this client manage the UPS?
    Primary(String),
    /// The same by its older name.
    Master(String),
    /// Good bye.
    Logout,
    /// Which server is this?
    Version,
    /// Which protocol does it speak?
    ProtocolVersion,
    /// Which commands are there?
    Help,
    /// Force the UPS's shutdown.
    ForceShutdown(String),
    /// One answer.
    Get(Get),
    /// A list of answers.
    List(List),
    /// Write a variable of a UPS.
    SetVar(String, String),
    /// Have commands tracked.
    SetTracking,
    /// Carry out a command on a UPS.
    Command(String),
    /// A command that this protocol does not have.
    Unknown,
    /// A known command with the wrong arguments, or a line that is no text.
    Invalid,
    /// The same of a command that only a user may give: who is asked first.
    InvalidOfUser,
}

/// A single answer that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Get {
    /// A variable's value.
    Var(String, String),
    /// A variable's type.
    Type(String, String),
    /// A variable's description.
    Description(String, String),
    /// A command's description.
    CommandDescription(String, String),
    /// The UPS's description.
    UpsDescription(String),
    /// How many clients are logged in.
    Logins(String),
    /// Whether commands are tracked.
    Tracking,
    /// How far one tracked command is.
    Tracked,
}

/// A list that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// Every UPS.
    Ups,
    /// Every variable.
    Vars(String),
    /// Every variable that can be written.
    Writable(String),
    /// Every command.
    Commands(String),
    /// What a variable may be.
    Enumeration(String, String),
    /// Between what a variable may be.
    Ranges(String, String),
    /// Clients that are logged in.
    Clients(String),
}

/// The request in a line, given without its line feed.
pub(super) fn parse(line: &[u8]) -> Request {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let Some(words) = std::str::from_utf8(line).ok().and_then(words) else {
        return Request::Invalid;
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some((command, rest)) = words.split_first() else {
        return Request::Unknown;
    };
    match (command.to_ascii_uppercase().as_str(), rest) {
        ("STARTTLS", _) => Request::StartTls,
        ("USERNAME", [name]) => Request::Username((*name).into()),
        ("PASSWORD", [word]) => Request::Password(Digest::of(word.as_bytes())),
        ("LOGIN", [ups]) => Request::Login((*ups).into()),
        ("PRIMARY", [ups]) => Request::Primary((*ups).into()),
        ("MASTER", [ups]) => Request::Master((*ups).into()),
        ("FSD", [ups]) => Request::ForceShutdown((*ups).into()),
        ("LOGOUT", []) => Request::Logout,
        ("VER", []) => Request::Version,
        ("NETVER" | "PROTVER", []) => Request::ProtocolVersion,
        ("HELP", []) => Request::Help,
        ("GET", [what, rest @ ..]) => get(what, rest).map_or(Request::Invalid, Request::Get),
        ("LIST", [what, rest @ ..]) => list(what, rest).map_or(Request::Invalid, Request::List),
        ("SET", [what, ups, variable, _, ..]) if what.eq_ignore_ascii_case("VAR") => {
            Request::SetVar((*ups).into(), (*variable).into())
        }
        ("SET", [what, value]) if what.eq_ignore_ascii_case("TRACKING") && on_or_off(value) => {
            Request::SetTracking
        }
        ("INSTCMD", [ups, _, ..]) => Request::Command((*ups).into()),
        ("LOGIN" | "PRIMARY" | "MASTER" | "FSD" | "SET" | "INSTCMD", _) => Request::InvalidOfUser,
        ("USERNAME" | "PASSWORD" | "LOGOUT" | "VER" | "NETVER" | "PROTVER" | "HELP" | "GET" | "LIST", _) => {
            Request::Invalid
        }
        _ => Request::Unknown,
    }
}

fn on_or_off(value: &str) -> bool {
    value.eq_ignore_ascii_case("ON") || value.eq_ignore_ascii_case("OFF")
}

// More words than are needed are no error, as with upsd.
fn get(what: &str, rest: &[&str]) -> Option<Get> {
    Some(match (what.to_ascii_uppercase().as_str(), rest) {
        ("VAR", [ups, variable, ..]) => Get::Var((*ups).into(), (*variable).into()),
        ("TYPE", [ups, variable, ..]) => Get::Type((*ups).into(), (*variable).into()),
        ("DESC", [ups, variable, ..]) => Get::Description((*ups).into(), (*variable).into()),
        ("CMDDESC", [ups, command, ..]) => Get::CommandDescription((*ups).into(), (*command).into()),
        ("UPSDESC", [ups, ..]) => Get::UpsDescription((*ups).into()),
        ("NUMLOGINS", [ups, ..]) => Get::Logins((*ups).into()),
        ("TRACKING", []) => Get::Tracking,
        ("TRACKING", _) => Get::Tracked,
        _ => return None,
    })
}

fn list(what: &str, rest: &[&str]) -> Option<List> {
    Some(match (what.to_ascii_uppercase().as_str(), rest) {
        ("UPS", _) => List::Ups,
        ("VAR", [ups, ..]) => List::Vars((*ups).into()),
        ("RW", [ups, ..]) => List::Writable((*ups).into()),
        ("CMD", [ups, ..]) => List::Commands((*ups).into()),
        ("ENUM", [ups, variable, ..]) => List::Enumeration((*ups).into(), (*variable).into()),
        ("RANGE", [ups, variable, ..]) => List::Ranges((*ups).into(), (*variable).into()),
        ("CLIENT", [ups, ..]) => List::Clients((*ups).into()),
        _ => return None,
    })
}

/// Words are separated by blanks; quotes hold several together, a backslash takes the next character as it is, and a
/// number sign begins a comment. Nothing for an open quote, a backslash at the end or a control character: this
/// server answers every line, where upsd would wait for the next one.
fn words(line: &str) -> Option<Vec<String>> {
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return None;
    }
    let mut words = Vec::new();
    let mut rest = line.chars().peekable();
    loop {
        while rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        let quoted = match rest.peek() {
            None | Some('#') => return Some(words),
            Some(c) => *c == '"',
        };
        if quoted {
            rest.next();
        }
        let mut word = String::new();
        loop {
            match rest.peek() {
                None if quoted => return None,
                None => break,
                Some('"') if quoted => {
                    rest.next();
                    break;
                }
                Some(' ' | '\t' | '#') if !quoted => break,
                Some(_) => {}
            }
            match rest.next() {
                Some('\\') => word.push(rest.next()?),
                Some(c) => word.push(c),
                None => return None,
            }
        }
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_those_of_the_protocol() {
        let split = |line: &str| words(line).map(|words| words.join("|"));
        assert_eq!(
            split("GET  VAR\track \"a b\"").as_deref(),
            Some("GET|VAR|rack|a b")
        );
        assert_eq!(
            split(r#"SET "a\"b\\c" d\ e # no"#).as_deref(),
            Some(r#"SET|a"b\c|d e"#)
        );
        assert_eq!(split("\"\" x").as_deref(), Some("|x"));
        assert_eq!(split("# all of it").as_deref(), Some(""));
        for broken in ["GET \"a", "GET a\\", "GET \0", "GET \u{7f}", "a\u{85}b"] {
            assert_eq!(split(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn lines_are_requests() {
        let var = Request::Get(Get::Var("rack".into(), "ups.status".into()));
        for line in ["GET VAR rack ups.status", "get var \"rack\" ups.status extra\r"] {
            assert_eq!(parse(line.as_bytes()), var, "{line}");
        }
        for line in ["GET", "GET VAR rack", "GET NIX rack", "LIST", "VER x", "USERNAME"] {
            assert_eq!(parse(line.as_bytes()), Request::Invalid, "{line}");
        }
        for line in ["LOGIN", "LOGIN a b", "SET", "SET VAR rack", "FSD", "INSTCMD rack"] {
            assert_eq!(parse(line.as_bytes()), Request::InvalidOfUser, "{line}");
        }
        for line in ["", "  ", "NIX", "# x", "\"GET VAR\" rack"] {
            assert_eq!(parse(line.as_bytes()), Request::Unknown, "{line}");
        }
        assert_eq!(parse(b"\xff\xfe"), Request::Invalid);
        assert_eq!(parse(b"MASTER ups"), Request::Master("ups".into()));
        assert_eq!(parse(b"PROTVER"), Request::ProtocolVersion);
    }

    proptest! {
        #[test]
        fn any_bytes_are_some_request(bytes in proptest::collection::vec(any::<u8>(), 0..1100)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn a_word_that_is_quoted_comes_back(word in "[^\\p{Cc}]{0,40}") {
            let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
            prop_assert_eq!(words(&format!("X \"{escaped}\" Y")), Some(vec!["X".into(), word, "Y".into()]));
        }
    }
}
