//! How a condition is read.

use points::alarm::{Alarm, AlarmSet};
use points::interlock::{Cause, CauseSet, Effect, EffectSet, Latch, LatchSet};
use points::{Absent, point};

use super::condition::{Against, Being, Condition, Member, Relation, Source, Term};
use super::line::{Line, Word};
use super::measure;
use super::parse::{Reader, normalised};
use super::problem::{Problem, hint, hyphened, nearest, suggested};
use crate::rack::{TRUTHS, TruthRow};

const SETS: &[&str] = &["effect", "cause", "latch", "alarm"];
const RELATIONS: &[(&str, Relation)] = &[
    ("<", Relation::Less),
    ("below", Relation::Less),
    ("<=", Relation::AtMost),
    (">", Relation::Greater),
    ("above", Relation::Greater),
    (">=", Relation::AtLeast),
    ("=", Relation::Near),
];

/// Reads a condition up to the line's end.
pub(super) fn condition(line: &mut Line<'_>, reader: &Reader) -> Result<Condition, Problem> {
    let text = line.clone().rest().to_owned();
    let mut terms = vec![term(line, reader)?];
    while line.takes("and") {
        terms.push(term(line, reader)?);
    }
    if let Some(word) = line.peek().filter(|word| word.text == "or") {
        return Err(no_or(line, word));
    }
    line.done()?;
    Ok(Condition { terms, text })
}

fn no_or(line: &Line<'_>, word: Word<'_>) -> Problem {
    line.at(
        word,
        "there is no `or`: write what has to follow; where it may be one thing or another, write a scenario for each",
    )
}

/// Words that ask for a set, with the name of one of its members: `effect` of `host_down`.
fn set_of(word: &str) -> Option<(&'static str, String)> {
    let wanted = normalised(word);
    let has = |keys: &[&str]| keys.iter().any(|key| normalised(key) == wanted);
    let effects: Vec<&str> = Effect::ALL.iter().map(|one| one.key()).collect();
    let causes: Vec<&str> = Cause::ALL.iter().map(|one| one.key()).collect();
    let latches: Vec<&str> = Latch::ALL.iter().map(|one| one.key()).collect();
    let alarms: Vec<&str> = Alarm::ALL.iter().map(|one| one.row().name).collect();
    let sets = [
        ("effect", effects),
        ("cause", causes),
        ("latch", latches),
        ("alarm", alarms),
    ];
    let sets: Vec<&str> = sets
        .iter()
        .filter(|(_, keys)| has(keys))
        .map(|(set, _)| *set)
        .collect();
    let first = sets.first()?;
    let ways: Vec<String> = sets.iter().map(|set| format!("`{set} {word}`")).collect();
    Some((first, ways.join(" or ")))
}

/// `not` stands behind `is` alone.
fn not(line: &Line<'_>, word: Word<'_>) -> Problem {
    let fix = match line.peek() {
        Some(next) if SETS.contains(&next.text) => {
            let rest = line.clone().rest();
            format!("write `no {rest}`")
        }
        Some(_) | None => "write `no effect ...` of a set, and `smoke.a is not normal` of a point".to_owned(),
    };
    line.at(word, format!("`not` stands behind `is` only; {fix}"))
}

fn term(line: &mut Line<'_>, reader: &Reader) -> Result<Term, Problem> {
    let word = line.need("a condition")?;
    match word.text {
        "not" => Err(not(line, word)),
        "normal" => Ok(Term::Normal),
        "no" => set(line, Member::None),
        "only" => set(line, Member::Only),
        "effect" | "cause" | "latch" | "alarm" => members(line, word, Member::All),
        "contact" => Ok(Term::ContactOpen(
            line.one_of("state of the fan's contact", &["open", "closed"])? == 0,
        )),
        "drive" | "truth" | "age" => {
            let source = number_source(line, word)?;
            if let Some(is) = line.peek().filter(|next| next.text == "is") {
                let said = line.written(word);
                let message = format!(
                    "`{said}` is a number; compare it: `{said} > 0.5` where it is 1 for yes and 0 for no"
                );
                return Err(line.at(is, message));
            }
            compared(line, reader, source)
        }
        _ => {
            let place = point(line, word)?;
            if line.takes("is") {
                is(line, place)
            } else {
                compared(line, reader, Source::Point(place))
            }
        }
    }
}

fn set(line: &mut Line<'_>, how: Member) -> Result<Term, Problem> {
    let word = line.need("`effect`, `cause`, `latch` or `alarm`")?;
    if SETS.contains(&word.text) {
        return members(line, word, how);
    }
    let fix = match set_of(word.text) {
        Some((set, _)) => {
            let how = if how == Member::Only { "only" } else { "no" };
            format!("write `{how} {set} {}`", word.text)
        }
        None => hint(word.text, SETS.iter().copied()),
    };
    let message = format!("`{}` does not follow `no` or `only`; {fix}", word.text);
    Err(line.at(word, message))
}

fn members(line: &mut Line<'_>, set: Word<'_>, how: Member) -> Result<Term, Problem> {
    // "no effect" alone means that none is in force at all.
    let none_at_all =
        how == Member::None && (line.is_done() || line.peek().is_some_and(|word| word.text == "and"));
    Ok(match set.text {
        "effect" if none_at_all => Term::Effects(how, EffectSet::ALL),
        "cause" if none_at_all => Term::Causes(how, CauseSet::ALL),
        "latch" if none_at_all => Term::Latches(how, LatchSet::ALL),
        "alarm" if none_at_all => Term::Alarms(how, AlarmSet::ALL),
        "effect" => Term::Effects(
            how,
            EffectSet::of(&keys(line, "effect", Effect::ALL, Effect::key)?),
        ),
        "cause" => Term::Causes(how, CauseSet::of(&keys(line, "cause", Cause::ALL, Cause::key)?)),
        "latch" => Term::Latches(how, latches(line)?),
        _ => {
            let mut set = AlarmSet::EMPTY;
            for alarm in keys(line, "alarm", Alarm::ALL, |alarm| alarm.row().name)? {
                set.put(alarm, true);
            }
            Term::Alarms(how, set)
        }
    })
}

/// One key or more, up to `and`, `inspected`, `->` or the line's end.
fn keys<T: Copy>(
    line: &mut Line<'_>,
    what: &str,
    all: &'static [T],
    key: impl Fn(T) -> &'static str,
) -> Result<Vec<T>, Problem> {
    let mut found = vec![one(line, what, all, &key)?];
    while line
        .peek()
        .is_some_and(|word| !matches!(word.text, "and" | "inspected" | "->"))
    {
        found.push(one(line, what, all, &key)?);
    }
    Ok(found)
}

fn one<T: Copy>(
    line: &mut Line<'_>,
    what: &str,
    all: &'static [T],
    key: &impl Fn(T) -> &'static str,
) -> Result<T, Problem> {
    let word = line.need(&format!("the name of a {what}"))?;
    let wanted = normalised(word.text);
    let found = all.iter().copied().find(|item| normalised(key(*item)) == wanted);
    if word.text.contains(',') {
        let message = format!(
            "`{}`: names are separated by spaces; leave out the comma",
            word.text
        );
        return Err(line.at(word, message));
    }
    if word.text == "or" {
        return Err(no_or(line, word));
    }
    found.ok_or_else(|| {
        let keys: Vec<String> = all.iter().map(|item| key(*item).to_lowercase()).collect();
        // One number more or less is another cause, not a typing error.
        let fix = if what == "cause" {
            format!(
                "there are C01 to C{}: `hil-rig words causes` lists them",
                Cause::COUNT
            )
        } else {
            hint(&word.text.to_lowercase(), keys.iter().map(String::as_str))
        };
        line.at(word, format!("`{}` is no {what}; {fix}", word.text))
    })
}

/// Reads the names of latches.
pub(super) fn latches(line: &mut Line<'_>) -> Result<LatchSet, Problem> {
    Ok(LatchSet::of(&keys(line, "latch", Latch::ALL, Latch::key)?))
}

/// Reads the name of an alarm.
pub(super) fn alarm(line: &mut Line<'_>) -> Result<Alarm, Problem> {
    one(line, "alarm", Alarm::ALL, &|alarm: Alarm| alarm.row().name)
}

/// The place of a point.
fn point(line: &Line<'_>, word: Word<'_>) -> Result<usize, Problem> {
    point::find(word.text).map(|point| point.index).ok_or_else(|| {
        if let Some((set, ways)) = set_of(word.text) {
            let message = format!("`{}` is the name of an {set}; write {ways}", word.text);
            return line.at(
                word,
                message
                    .replace("an cause", "a cause")
                    .replace("an latch", "a latch"),
            );
        }
        let names: Vec<String> = point::all().map(|point| point.to_string()).collect();
        let fix = suggested(word.text, &names)
            .unwrap_or_else(|| "`hil-rig words points` lists the points".to_owned());
        line.at(
            word,
            format!("no point and no condition is named `{}`; {fix}", word.text),
        )
    })
}

/// A quantity of the truth.
pub(super) fn truth(line: &Line<'_>, word: Word<'_>) -> Result<&'static TruthRow, Problem> {
    let found = TRUTHS.iter().find(|row| row.name == word.text);
    found.ok_or_else(|| {
        let hint = hint(word.text, TRUTHS.iter().map(|row| row.name));
        line.at(
            word,
            format!("`{}` is no quantity of the rack's truth; {hint}", word.text),
        )
    })
}

/// Reads what a note may keep: a point, the age of one, `drive`, or `truth` and a quantity.
pub(super) fn source(line: &mut Line<'_>) -> Result<Source, Problem> {
    let word = line.need("a point, `age` and a point, `drive`, or `truth` and a quantity")?;
    number_source(line, word)
}

fn number_source(line: &mut Line<'_>, first: Word<'_>) -> Result<Source, Problem> {
    match first.text {
        "drive" => Ok(Source::Drive),
        "age" => {
            let name = line.need("the point whose age is meant")?;
            point(line, name).map(Source::Age)
        }
        "truth" => {
            let name = line.need("a quantity of the rack's truth")?;
            truth(line, name).map(Source::Truth)
        }
        _ => point(line, first).map(Source::Point),
    }
}

fn is(line: &mut Line<'_>, place: usize) -> Result<Term, Problem> {
    let not = line.takes("not");
    let word = line.need("a state, `read`, `absent` or a reason for absence")?;
    if word.text.ends_with(',') {
        let message = format!("`{}`: leave out the comma; terms are joined by `and`", word.text);
        return Err(line.at(word, message));
    }
    let wanted = normalised(word.text);
    let states = point::all()
        .nth(place)
        .map_or(&[][..], |point| point.row.kind.states);
    let state = (0u8..).zip(states).find(|(_, state)| normalised(state) == wanted);
    let reason = Absent::ALL
        .iter()
        .find(|reason| normalised(reason.key()) == wanted);
    let being = match (word.text, state, reason) {
        ("read", _, _) => Being::Read,
        (_, Some((number, _)), _) => Being::State(f64::from(number)),
        ("absent", _, _) => Being::Absent,
        (_, None, Some(reason)) => Being::Reason(*reason),
        (_, None, None) => {
            let written: Vec<String> = states
                .iter()
                .map(|state| state.replace([' ', ','], "-"))
                .collect();
            let reasons: Vec<String> = Absent::ALL.iter().map(|reason| hyphened(reason.key())).collect();
            let known = written.iter().map(String::as_str).chain(["read", "absent"]);
            let all = known.clone().chain(reasons.iter().map(String::as_str));
            let fix = match nearest(word.text, all) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "write one of: {}, or a reason for absence (`hil-rig words absences`)",
                    known.collect::<Vec<_>>().join(", ")
                ),
            };
            return Err(line.at(word, format!("the point is never `{}`; {fix}", word.text)));
        }
    };
    Ok(Term::Is {
        point: place,
        not,
        being,
    })
}

fn compared(line: &mut Line<'_>, reader: &Reader, source: Source) -> Result<Term, Problem> {
    let words: Vec<&str> = RELATIONS.iter().map(|(word, _)| *word).collect();
    let word = line.peek();
    let place = line.one_of("relation (a state is asked for with `is`)", &words)?;
    let relation = RELATIONS
        .get(place)
        .map_or(Relation::Near, |(_, relation)| *relation);
    let mut value = None;
    let against = match line.peek().and_then(|word| reader.noted(word.text)) {
        Some(note) => {
            line.take();
            let unit = difference(source.unit());
            let sign = if line.takes("+") {
                1.0
            } else if line.takes("-") {
                -1.0
            } else {
                0.0
            };
            let plus = if sign == 0.0 {
                0.0
            } else {
                measure::number(line, "the difference", unit)?
            };
            Against::Note(note, sign * plus)
        }
        None => {
            unkept(line, reader)?;
            value = line.peek();
            Against::Number(measure::number(line, "the value", source.unit())?)
        }
    };
    let tolerant = line.takes("±") || line.takes("+-");
    let tolerance = if tolerant {
        measure::number(line, "the tolerance", difference(source.unit()))?.abs()
    } else {
        0.0
    };
    match (relation, tolerant, word) {
        (Relation::Near, false, Some(word)) => {
            Err(line.at(word, "`=` wants a tolerance: write `= 42 °C ± 1 K`"))
        }
        (Relation::Near, true, _) | (_, false, _) => {
            if let Against::Number(number) = against
                && let Some(value) = value
            {
                can_be(line, value, source, relation, (number, tolerance))?;
            }
            Ok(Term::Compared {
                source,
                relation,
                against,
                tolerance,
            })
        }
        (_, true, Some(word)) => Err(line.at(word, "a tolerance goes with `=`; leave it out or write `=`")),
        (_, true, None) => Err(line.here("a tolerance goes with `=`")),
    }
}

/// A word where a number belongs names a note that no line above has kept.
fn unkept(line: &Line<'_>, reader: &Reader) -> Result<(), Problem> {
    let Some(word) = line.peek() else { return Ok(()) };
    if !word.text.starts_with(char::is_alphabetic) {
        return Ok(());
    }
    let notes = reader.notes();
    let fix = match nearest(word.text, notes) {
        Some(near) => format!("did you mean the note `{near}`?"),
        None => format!("write `note {} ...` above this line, or a number", word.text),
    };
    let message = format!(
        "`{}` is no number, and no line above keeps a note of that name; {fix}",
        word.text
    );
    Err(line.at(word, message))
}

/// Numbers that a source can have, in its unit.
fn range(source: Source) -> Option<(f64, f64)> {
    match source {
        Source::Point(place) => point::all()
            .nth(place)
            .map(|point| (point.row.low, point.row.high)),
        Source::Drive => Some((0.0, 100.0)),
        Source::Age(_) => Some((0.0, f64::INFINITY)),
        Source::Truth(_) => None,
    }
}

/// A comparison that no value can fulfil is a mistake.
fn can_be(
    line: &Line<'_>,
    value: Word<'_>,
    source: Source,
    relation: Relation,
    (number, tolerance): (f64, f64),
) -> Result<(), Problem> {
    let Some((low, high)) = range(source) else {
        return Ok(());
    };
    let possible = match relation {
        Relation::Less => low < number,
        Relation::AtMost => low <= number,
        Relation::Greater => high > number,
        Relation::AtLeast => high >= number,
        Relation::Near => number + tolerance >= low && number - tolerance <= high,
    };
    if possible {
        return Ok(());
    }
    let unit = source.unit();
    let span = if high.is_finite() {
        format!("{low} to {high} {unit}")
    } else {
        format!("{low} {unit} or more")
    };
    let message = format!("this can never be: what is compared is {}", span.trim_end());
    Err(line.at(value, message))
}

/// The unit of a difference of two numbers in this unit.
fn difference(unit: &'static str) -> &'static str {
    if unit == "°C" { "K" } else { unit }
}
