//! Commands as JSON: strict, every mistake named with its place.

use points::alarm::{Alarm, ROWS};
use points::command::{Command, MANUAL_MINUTES_DEFAULT};
use points::interlock::{LATCHES, Latch, LatchSet};
use points::{Percent, Quantity, Text};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(tag = "command", rename_all = "lowercase", deny_unknown_fields)]
enum Body {
    Manual {
        speed: f64,
        owner: String,
        reason: String,
        minutes: Option<u16>,
    },
    Automatic {
        owner: String,
    },
    Acknowledge {
        alarm: String,
        by: String,
    },
    Silence {
        by: String,
    },
    Reset {
        latches: Vec<String>,
        by: String,
        #[serde(default)]
        inspected: bool,
    },
}

/// Parses a command.
///
/// # Errors
/// What is wrong, with line and column where the text is no JSON of a command.
pub(crate) fn parse(body: &[u8]) -> Result<Command, String> {
    let body: Body = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match body {
        Body::Manual {
            speed,
            owner,
            reason,
            minutes,
        } => {
            let speed = Percent::new(speed).filter(|speed| (0.0..=100.0).contains(&speed.get()));
            Ok(Command::Manual {
                speed: speed.ok_or("`speed`: a percentage from 0 to 100")?,
                owner: text("owner", &owner)?,
                reason: text("reason", &reason)?,
                minutes: minutes.unwrap_or(MANUAL_MINUTES_DEFAULT),
            })
        }
        Body::Automatic { owner } => Ok(Command::Automatic {
            owner: text("owner", &owner)?,
        }),
        Body::Acknowledge { alarm, by } => {
            let found = Alarm::ALL.iter().find(|known| known.row().name == alarm);
            let known = || ROWS.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
            let alarm = *found.ok_or_else(|| format!("no alarm `{alarm}`; there are {}", known()))?;
            Ok(Command::Acknowledge {
                alarm,
                by: text("by", &by)?,
            })
        }
        Body::Silence { by } => Ok(Command::Silence { by: text("by", &by)? }),
        Body::Reset {
            latches,
            by,
            inspected,
        } => {
            let mut set = LatchSet::EMPTY;
            for key in &latches {
                let known = || LATCHES.iter().map(|row| row.key).collect::<Vec<_>>().join(", ");
                set.put(
                    Latch::from_key(key).ok_or_else(|| format!("no latch `{key}`; there are {}", known()))?,
                    true,
                );
            }
            if set.is_empty() {
                return Err("`latches`: name at least one".to_owned());
            }
            Ok(Command::Reset {
                latches: set,
                by: text("by", &by)?,
                inspected,
            })
        }
    }
}

fn text<const N: usize>(key: &str, value: &str) -> Result<Text<N>, String> {
    Text::new(value).map_err(|error| format!("`{key}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_commands_parse() {
        for body in [
            r#"{"command":"manual","speed":80,"owner":"mara","reason":"test"}"#,
            r#"{"command":"automatic","owner":"mara"}"#,
            r#"{"command":"acknowledge","alarm":"exhaust.trip","by":"mara"}"#,
            r#"{"command":"silence","by":"mara"}"#,
            r#"{"command":"reset","latches":["fire"],"by":"mara","inspected":true}"#,
        ] {
            assert!(parse(body.as_bytes()).is_ok(), "{body}");
        }
    }

    #[test]
    fn bad_ones_say_what_is_wrong() {
        let deep = "[".repeat(10_000);
        for (body, says) in [
            ("", "line 1 column 0"),
            ("{\n\"command\": }", "line 2"),
            (r#"{"command":"burn"}"#, "unknown variant `burn`"),
            (
                r#"{"command":"silence","by":"x","loud":1}"#,
                "unknown field `loud`",
            ),
            (r#"{"command":"silence","by":"x","by":"y"}"#, "duplicate field"),
            (
                r#"{"command":"manual","speed":1e999,"owner":"m","reason":"t"}"#,
                "number out of range",
            ),
            (
                r#"{"command":"manual","speed":-3,"owner":"m","reason":"t"}"#,
                "0 to 100",
            ),
            (
                r#"{"command":"manual","speed":3,"owner":"m\u0000","reason":"t"}"#,
                "control character",
            ),
            (
                r#"{"command":"reset","latches":["fir"],"by":"m"}"#,
                "there are fire",
            ),
            (r#"{"command":"reset","latches":[],"by":"m"}"#, "at least one"),
            (deep.as_str(), "line 1"),
        ] {
            let error = parse(body.as_bytes()).expect_err(body);
            assert!(error.contains(says), "{body:.60}: {error}");
        }
        assert!(parse(&[0xFF, 0xFE]).is_err());
    }
}
