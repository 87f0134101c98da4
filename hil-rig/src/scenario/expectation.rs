//! How a condition is read.

use points::alarm::{Alarm, AlarmSet};
use points::interlock::{Cause, CauseSet, Effect, EffectSet, Latch, LatchSet};
use points::{Absent, point};

use super::condition::{Against, Being, Condition, Member, Relation, Source, Term};
use super::line::{Line, Word};
use super::measure;
use super::parse::{Reader, normalised};
use super::problem::{Problem, hint};
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
    line.done()?;
    Ok(Condition { terms, text })
}

fn term(line: &mut Line<'_>, reader: &Reader) -> Result<Term, Problem> {
    let word = line.need("a condition")?;
    match word.text {
        "normal" => Ok(Term::Normal),
        "no" => set(line, Member::None),
        "only" => set(line, Member::Only),
        "effect" | "cause" | "latch" | "alarm" => members(line, word, Member::All),
        "contact" => Ok(Term::ContactOpen(
            line.one_of("state of the fan's contact", &["open", "closed"])? == 0,
        )),
        "drive" | "truth" | "age" => {
            let source = number_source(line, word)?;
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
    let hint = hint(word.text, SETS.iter().copied());
    Err(line.at(
        word,
        format!("`{}` does not follow `no` or `only`; {hint}", word.text),
    ))
}

fn members(line: &mut Line<'_>, set: Word<'_>, how: Member) -> Result<Term, Problem> {
    // "no effect" alone means that none is in force at all.
    let none_at_all =
        how == Member::None && (line.is_done() || line.peek().is_some_and(|word| word.text == "and"));
    Ok(match set.text {
        "effect" if none_at_all => Term::Effects(how, EffectSet::ALL),
        "cause" if none_at_all => Term::Causes(how, CauseSet::ALL),
        "latch" if none_at_all => Term::Latches(how, LatchSet::ALL),
        "alarm" if none_at_all => Term::Alarms(how, AlarmSet(u64::MAX)),
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
    found.ok_or_else(|| {
        let keys: Vec<String> = all.iter().map(|item| key(*item).to_lowercase()).collect();
        let hint = hint(&word.text.to_lowercase(), keys.iter().map(String::as_str));
        line.at(word, format!("`{}` is no {what}; {hint}", word.text))
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
        let names: Vec<String> = point::all().map(|point| point.to_string()).collect();
        let near = super::problem::nearest(word.text, names.iter().map(String::as_str));
        let fix = near.map_or_else(
            || "`rack-controller points` lists the points".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
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
            let hyphened: Vec<String> = states
                .iter()
                .map(|state| state.replace([' ', ','], "-"))
                .collect();
            let known = hyphened.iter().map(String::as_str).chain(["read", "absent"]);
            let known = known.chain(Absent::ALL.iter().map(|reason| reason.key()));
            let hint = hint(word.text, known);
            return Err(line.at(word, format!("the point is never `{}`; {hint}", word.text)));
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
        None => Against::Number(measure::number(line, "the value", source.unit())?),
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
        (Relation::Near, true, _) | (_, false, _) => Ok(Term::Compared {
            source,
            relation,
            against,
            tolerance,
        }),
        (_, true, Some(word)) => Err(line.at(word, "a tolerance goes with `=`; leave it out or write `=`")),
        (_, true, None) => Err(line.here("a tolerance goes with `=`")),
    }
}

/// The unit of a difference of two numbers in this unit.
fn difference(unit: &'static str) -> &'static str {
    if unit == "°C" { "K" } else { unit }
}
