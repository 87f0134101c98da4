//! The vocabulary of scenarios: walks over the tables that read them, as text for a terminal and as the manual's tables.

use std::fmt::Write as _;

use hil_rig::rack::{ACTS, ActRow, FAULTS, FaultRow, Input, Instrument, OUTPUTS, Span, TRUTHS};
use hil_rig::scenario::{RECORDINGS, UPSETS, hyphened, units};
use points::alarm::Alarm;
use points::command::Refusal;
use points::hazard::HAZARDS;
use points::interlock::{CAUSES, Cause, EFFECTS, LATCHES};
use points::{Absent, Kind, point, setting};
use safety::{KEY_FRESH, MATRIX, asks};

use super::library;

/// One list: a word a row, and what is said of it.
pub struct List {
    /// How it is asked for: `hil-rig words NAME`.
    pub name: &'static str,
    heading: &'static str,
    /// What the words are, over the first column of the manual's table.
    column: &'static str,
    rows: fn() -> Vec<(String, String)>,
}

/// Every list, in the order of the manual.
pub const LISTS: &[List] = &[
    list("acts", "Acts", "act", acts),
    list(
        "instruments",
        "INSTRUMENT: what breaks",
        "instrument",
        instruments,
    ),
    list("contacts", "CONTACT: levels", "contact", contacts),
    list("outputs", "OUTPUT: relays", "output", outputs),
    list(
        "faults",
        "FAULT: of instruments",
        "fault, with its amount",
        faults,
    ),
    list("truths", "Truth", "quantity", truths),
    list("upsets", "Upsets (over the rig's socket only)", "upset", upsets),
    list("causes", "Causes", "cause", causes),
    list("effects", "Effects", "effect", effects),
    list("latches", "Latches", "latch", latches),
    list("alarms", "Alarms", "alarm", alarms),
    list("points", "Points", "point", points),
    list("settings", "Settings", "site setting", settings),
    list("refusals", "Reasons of a refusal", "refused", refusals),
    list("absences", "Reasons for absence", "is", absences),
    list("units", "Units", "of", unit_rows),
    list("recordings", "Recordings", "needs", recordings),
    list("hazards", "Hazards", "covers", hazards),
];

const fn list(
    name: &'static str,
    heading: &'static str,
    column: &'static str,
    rows: fn() -> Vec<(String, String)>,
) -> List {
    List {
        name,
        heading,
        column,
        rows,
    }
}

/// A span of numbers with its unit.
fn span(span: &Span) -> String {
    let text = format!("{}..{} {}", span.low, span.high, span.unit);
    text.trim_end().to_owned()
}

/// Arguments of an act. The longest lists of words stand in tables of their own.
fn arguments(row: &ActRow) -> String {
    let of = row.parameters.iter().map(|parameter| {
        let words = parameter.words.join("|");
        match parameter.number.as_ref().map(span) {
            Some(number) if words.is_empty() => format!("<{}: {number}>", parameter.name),
            Some(number) => format!("<{}: {number} or {words}>", parameter.name),
            None => format!("<{}: {words}>", parameter.name),
        }
    });
    let mut text = of.collect::<Vec<_>>().join(" ");
    for (list, name) in [
        (parameter_words("fault", "instrument"), "INSTRUMENT"),
        (parameter_words("fault", "fault"), "FAULT"),
        (Input::NAMES, "CONTACT"),
        (parameter_words("relay", "output"), "OUTPUT"),
    ] {
        text = text.replace(&list.join("|"), name);
    }
    text
}

/// The words that a parameter of an act takes.
fn parameter_words(act: &str, parameter: &str) -> &'static [&'static str] {
    let row = ACTS.iter().find(|row| row.name == act);
    let found = row.and_then(|row| row.parameters.iter().find(|one| one.name == parameter));
    found.map_or(&[], |parameter| parameter.words)
}

/// What can be said of a fault's amount.
fn amounts(row: &FaultRow) -> String {
    let of = row.fits.iter().filter_map(|fit| fit.amount);
    let of = of.map(|amount| format!("<{}, usually {}>", span(&amount.span), amount.usual));
    of.collect::<Vec<_>>().join(" or ")
}

/// A word with what is said of it.
fn row(word: impl Into<String>, about: impl AsRef<str>) -> (String, String) {
    (word.into(), about.as_ref().trim().to_owned())
}

/// Words of a state as they are written behind `is`.
fn state(text: &str) -> String {
    text.replace(' ', "-")
}

/// States of a kind, or its span in its unit.
fn values(kind: Kind, low: f64, high: f64) -> String {
    if kind.states.is_empty() {
        return format!("{low} to {high} {}", kind.unit).trim_end().to_owned();
    }
    let states: Vec<String> = kind
        .states
        .iter()
        .map(|text| format!("`{}`", state(text)))
        .collect();
    states.join(", ")
}

/// Names in code, joined.
fn coded<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn acts() -> Vec<(String, String)> {
    let of = |act: &ActRow| row(format!("{} {}", act.name, arguments(act)), act.about);
    ACTS.iter().map(of).collect()
}

/// Each instrument with what can befall it.
fn instruments() -> Vec<(String, String)> {
    let of = |(name, instrument): (&&str, &Instrument)| {
        let fit = FAULTS
            .iter()
            .filter(|row| row.fault.fit(instrument.kind()).is_some());
        row(*name, coded(fit.map(|row| row.name)))
    };
    Instrument::NAMES.iter().zip(Instrument::ALL).map(of).collect()
}

fn contacts() -> Vec<(String, String)> {
    let of = |(name, about): (&&str, &&str)| row(*name, about);
    Input::NAMES.iter().zip(Input::ABOUT).map(of).collect()
}

fn outputs() -> Vec<(String, String)> {
    let of = |((_, name), about): (&(hil_rig::rack::Output, &str), &&str)| row(*name, about);
    OUTPUTS.iter().zip(hil_rig::rack::Output::ABOUT).map(of).collect()
}

fn faults() -> Vec<(String, String)> {
    let of = |fault: &FaultRow| row(format!("{} {}", fault.name, amounts(fault)), fault.about);
    FAULTS.iter().map(of).collect()
}

fn truths() -> Vec<(String, String)> {
    let of = TRUTHS.iter().map(|truth| {
        let about = truth.about.trim();
        if truth.unit.is_empty() {
            row(truth.name, about)
        } else {
            row(truth.name, format!("{about} ({})", truth.unit))
        }
    });
    of.collect()
}

fn upsets() -> Vec<(String, String)> {
    UPSETS.iter().map(|(words, about)| row(*words, about)).collect()
}

/// Each cause with its sentence, its effects and the latch that it sets.
fn causes() -> Vec<(String, String)> {
    let of = CAUSES.iter().map(|cause| {
        let effects = MATRIX[cause.item.index()].effects();
        let keys: Vec<String> = effects.iter().map(|effect| effect.key().to_lowercase()).collect();
        let latch = safety::latch_of(cause.item);
        let latch = latch.map_or_else(String::new, |latch| format!("; latch `{}`", latch.key()));
        let effects = coded(keys.iter().map(String::as_str));
        row(
            cause.key,
            format!("{}. {} Effects: {effects}{latch}.", cause.title, cause.about()),
        )
    });
    of.collect()
}

fn effects() -> Vec<(String, String)> {
    let of = EFFECTS.iter().map(|effect| {
        let rows = MATRIX.iter().filter(|row| row.effects().has(effect.item));
        let causes: Vec<&str> = rows.map(|row| row.cause.key()).collect();
        row(
            effect.key.to_lowercase(),
            format!("{} Of {}.", effect.about(), causes.join(" ")),
        )
    });
    of.collect()
}

/// Each latch with the causes that set it and what its reset is refused for, in order.
fn latches() -> Vec<(String, String)> {
    let of = LATCHES.iter().map(|latch| {
        let own = |cause: &&Cause| safety::latch_of(**cause) == Some(latch.item);
        let causes: Vec<&str> = Cause::ALL.iter().filter(own).map(|cause| cause.key()).collect();
        let causes = if causes.is_empty() {
            String::new()
        } else {
            format!(" Set by {}.", causes.join(" "))
        };
        let asks: Vec<String> = asks(latch.item).iter().map(|one| hyphened(one.key())).collect();
        row(
            latch.key,
            format!(
                "{}{causes} Behind `no-key` and `key-held` a reset is refused, in this order, for: {}.",
                latch.about(),
                coded(asks.iter().map(String::as_str))
            ),
        )
    });
    of.collect()
}

fn alarms() -> Vec<(String, String)> {
    let of = Alarm::ALL.iter().map(|alarm| {
        let alarm = alarm.row();
        let cause = alarm
            .cause
            .map_or_else(String::new, |cause| format!("; of {}", cause.key()));
        let latching = if alarm.latching {
            "; stays until acknowledged"
        } else {
            ""
        };
        let text = alarm.text.trim_end_matches('.');
        row(
            alarm.name,
            format!("{text} ({}{cause}{latching})", alarm.priority.text()),
        )
    });
    of.collect()
}

fn points() -> Vec<(String, String)> {
    let rows = point::BLOCKS.iter().flat_map(|block| block.rows);
    let of = rows.map(|point| {
        let name = point.name.replace("{}", &format!("<{}>", point.labels.join("|")));
        let values = values(point.kind, point.low, point.high);
        row(name, format!("{} {values}", point.about()))
    });
    of.collect()
}

fn settings() -> Vec<(String, String)> {
    let of = setting::ROWS.iter().map(|setting| {
        let usual = format!("{} {}", setting.default, setting.kind.unit);
        let values = if setting.kind.is_state() {
            "0 or 1".to_owned()
        } else {
            values(setting.kind, setting.low, setting.high)
        };
        row(
            setting.name,
            format!(
                "{} {values}; {} where none is set.",
                setting.about(),
                usual.trim_end()
            ),
        )
    });
    of.collect()
}

fn refusals() -> Vec<(String, String)> {
    let of = |one: &Refusal| {
        let held = format!(" (a turn counts for {} s)", KEY_FRESH.as_s());
        let more = if *one == Refusal::KeyHeld {
            held.as_str()
        } else {
            ""
        };
        row(hyphened(one.key()), format!("{}{more}", one.text()))
    };
    Refusal::ALL.iter().map(of).collect()
}

fn absences() -> Vec<(String, String)> {
    let of = |one: &Absent| row(hyphened(one.key()), one.text());
    Absent::ALL.iter().map(of).collect()
}

fn unit_rows() -> Vec<(String, String)> {
    units()
        .map(|(base, written)| row(base, written.join(", ")))
        .collect()
}

fn recordings() -> Vec<(String, String)> {
    RECORDINGS.iter().map(|(name, about)| row(*name, about)).collect()
}

fn hazards() -> Vec<(String, String)> {
    let of = HAZARDS
        .iter()
        .map(|one| row(one.key, format!("{}: {}", one.title, one.about)));
    of.collect()
}

/// One list or all of them, for a terminal.
#[must_use]
pub fn text(named: Option<&str>) -> String {
    let mut told = String::new();
    for list in LISTS
        .iter()
        .filter(|list| named.is_none_or(|name| name == list.name))
    {
        let _ = writeln!(told, "{} (hil-rig words {})", list.heading, list.name);
        for (word, about) in (list.rows)() {
            let _ = writeln!(told, "  {}\n      {about}", word.trim());
        }
    }
    if named.is_none() {
        told.push_str("Library (hil-rig list)\n");
        for (name, _) in library::texts() {
            let _ = writeln!(told, "  {name}");
        }
    }
    told
}

/// The manual's tables: docs/scenario-words.md.
#[must_use]
pub fn markdown() -> String {
    let mut told = "# Words of scenarios\n\nGenerated by `hil-rig words --markdown`; a test keeps it fresh. How they are used: [scenarios.md](scenarios.md).\n\
        `hil-rig words LIST` prints one list: "
        .to_owned();
    told.push_str(&coded(LISTS.iter().map(|list| list.name)));
    told.push_str(
        ".\nAn argument is shown as `<name: what it takes>`; the words in capitals are lists of their own below.\n",
    );
    for list in LISTS {
        let _ = write!(
            told,
            "\n## {}\n\n| {} | |\n|---|---|\n",
            list.heading, list.column
        );
        for (word, about) in (list.rows)() {
            // A bar would end the cell.
            let (word, about) = (word.trim().replace('|', "\\|"), about.replace('|', "\\|"));
            let _ = writeln!(told, "| `{word}` | {about} |");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use hil_rig::scenario::Scenario;

    #[test]
    fn every_word_of_every_list_is_told_in_both_forms() {
        let (text, markdown) = (text(None), markdown());
        for list in LISTS {
            let rows = (list.rows)();
            assert!(!rows.is_empty(), "{}", list.name);
            let own = super::text(Some(list.name));
            assert_eq!(own.lines().count(), 1 + 2 * rows.len(), "{}", list.name);
            for (word, about) in rows {
                let line = format!("\n  {}\n", word.trim());
                assert!(text.contains(&line) && own.contains(&line), "{word}");
                assert!(!about.is_empty() && !about.contains('\n'), "{word}: {about}");
                let cell = format!("| `{}` |", word.trim().replace('|', "\\|"));
                assert!(markdown.contains(&cell), "{word}");
            }
        }
    }

    /// As they stand in the tables they can be written.
    #[test]
    fn words_can_be_written_as_they_are_told() {
        let mut lines = String::from("title x\n");
        for (name, about) in settings() {
            let usual = about.rsplit("; ").next().unwrap_or_default();
            let usual = usual.trim_end_matches(" where none is set.");
            let _ = writeln!(lines, "site setting {name} {usual}");
        }
        for (word, _) in refusals() {
            let _ = writeln!(lines, "silence -> refused {word}");
        }
        for (word, _) in absences() {
            let _ = writeln!(lines, "expect smoke.a is {word}");
        }
        for (set, rows) in [
            ("effect", effects()),
            ("cause", causes()),
            ("latch", latches()),
            ("alarm", alarms()),
        ] {
            for (word, _) in rows {
                let _ = writeln!(lines, "expect {set} {word}");
            }
        }
        for (word, _) in contacts() {
            let _ = writeln!(lines, "contact {word} high");
        }
        for point in point::all() {
            for text in point.row.kind.states {
                let _ = writeln!(lines, "expect {point} is {}", state(text));
            }
        }
        // The text is longer than a scenario may be: a piece for each list.
        let (head, steps): (Vec<&str>, Vec<&str>) = lines
            .lines()
            .partition(|line| line.starts_with("site") || line.starts_with("title"));
        for steps in steps.chunks(500) {
            let text = format!("{}\n{}\nexpect normal", head.join("\n"), steps.join("\n"));
            assert_eq!(
                Scenario::parse("x", &text)
                    .err()
                    .map(|problems| problems.to_string()),
                None
            );
        }
    }
}
