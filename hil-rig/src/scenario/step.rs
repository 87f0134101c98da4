//! What a scenario does, step by step, and how one line is read as a step.

use points::alarm::Alarm;
use points::command::{MANUAL_MINUTES_DEFAULT, Name, Refusal};
use points::interlock::LatchSet;
use points::unit::{Serial, Side};
use points::{Date, Percent, Span};

use super::condition::{Condition, Source};
use super::expectation;
use super::line::{Line, Word};
use super::measure;
use super::parse::{Reader, duration, normalised};
use super::problem::{Problem, hint, hyphened, nearest};
use super::upset::{self, Upset};
use crate::rack::{ACTS, Act, ActRow, FAULTS, Instrument, Parameter, Value, Watch};

/// One step with its place in the text.
#[derive(Clone, Debug)]
pub struct Step {
    /// Line, counted from 1.
    pub line: usize,
    /// As it is written.
    pub text: String,
    /// What is done.
    pub kind: StepKind,
}

/// Which latches or alarms a person means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<T> {
    /// Those that stand.
    Standing,
    /// These.
    These(T),
}

/// What a person asks of the controller.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Reset latches.
    Reset {
        /// Which.
        latches: Which<LatchSet>,
        /// The inspection list is gone through.
        inspected: bool,
        /// The key is turned for it and back.
        key: bool,
    },
    /// Acknowledge one alarm or all that are raised.
    Acknowledge(Which<Alarm>),
    /// Silence the horn.
    Silence,
    /// Hold the fan.
    Hold {
        /// At this drive.
        speed: Percent,
        /// For so many minutes.
        minutes: u16,
        /// In whose name; the technician's of all other orders where none is given.
        by: Option<Name>,
    },
    /// Give the fan back.
    Automatic,
    /// Start the blower's self-test.
    SelfTest,
    /// Start a commissioning run.
    Commissioning,
    /// Enter the extinguisher unit that hangs there now.
    EnterUnit {
        /// Which holder.
        unit: Side,
        /// Its serial number.
        serial: Serial,
        /// Its day; today where none is given.
        installed: Option<Date>,
        /// The inspection list is gone through.
        inspected: bool,
        /// The key is turned for it and back.
        key: bool,
    },
}

impl Order {
    /// Whether the key is turned for it and back.
    pub fn key(&self) -> bool {
        match self {
            Order::Reset { key, .. } | Order::EnterUnit { key, .. } => *key,
            Order::Acknowledge(_)
            | Order::Silence
            | Order::Hold { .. }
            | Order::Automatic
            | Order::SelfTest
            | Order::Commissioning => false,
        }
    }
}

/// The answer that an order has to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// It is refused for this reason.
    Refused(Refusal),
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// Waits until this time of the scenario.
    At(Span),
    /// Waits.
    Wait(Span),
    /// Acts on the rack.
    Act(Act),
    /// Acts on the rack when a quantity of the truth passes a value; by the rack itself, not by the controller.
    When(Watch, Act),
    /// A person's order and the answer it has to get.
    Order(Order, Answer),
    /// The controller's core dies; nothing judges until it is started.
    CoreDies,
    /// A core starts on the same data directory.
    CoreStarts,
    /// Something befalls the controller's processes or their machine.
    Upset(Upset),
    /// A number is kept for later comparisons, by its place.
    Note(usize, Source),
    /// Holds now.
    Expect(Condition),
    /// Comes true within a time.
    Within(Span, Condition),
    /// Holds all the time for a time.
    For(Span, Condition),
    /// From here on it holds, until the step that ends it.
    Always(Condition),
    /// Ends the watch that an `always` at this line began.
    End(usize),
    /// The blower stands still for a time, whether a core lives or not.
    Stands(Span),
}

/// The words that begin a step and are no act.
pub const VERBS: &[&str] = &[
    "at",
    "wait",
    "when",
    "reset",
    "enter",
    "key",
    "acknowledge",
    "silence",
    "hold",
    "automatic",
    "self-test",
    "commissioning",
    "core",
    "front",
    "disk",
    "clock",
    "note",
    "expect",
    "within",
    "for",
    "always",
    "end",
    "stands",
];

/// Reads one line as a step.
pub(super) fn step(line: &mut Line<'_>, reader: &mut Reader) -> Result<StepKind, Problem> {
    let verb = line.peek().map_or("", |word| word.text);
    // An act may begin with the word of a verb: `clock stuck` beside `clock jumps`.
    if !VERBS.contains(&verb) || act_row(&mut line.clone()).is_ok() {
        return act(line).map(StepKind::Act);
    }
    line.take();
    match verb {
        "at" => reader.at(line).map(StepKind::At),
        "wait" => duration(line, "a time").map(StepKind::Wait),
        "when" => watched(line).map(|(watch, act)| StepKind::When(watch, act)),
        "reset" => reset(line, false),
        "enter" => enter(line, false),
        "key" => {
            let word = line.need("`reset` or `enter`")?;
            match word.text {
                "reset" => reset(line, true),
                "enter" => enter(line, true),
                _ => Err(line.at(
                    word,
                    "`key` turns the key for a `reset` or to `enter` a unit; to turn it by hand write `contact key high`",
                )),
            }
        }
        "acknowledge" => acknowledge(line),
        "silence" => Ok(StepKind::Order(Order::Silence, answer(line)?)),
        "hold" => hold(line),
        "automatic" => Ok(StepKind::Order(Order::Automatic, answer(line)?)),
        "self-test" => Ok(StepKind::Order(Order::SelfTest, answer(line)?)),
        "commissioning" => Ok(StepKind::Order(Order::Commissioning, answer(line)?)),
        "core" => match line.one_of("thing a core does", &["dies", "starts", "stops", "continues"])? {
            0 => Ok(StepKind::CoreDies),
            1 => Ok(StepKind::CoreStarts),
            2 => Ok(StepKind::Upset(Upset::CoreStops)),
            _ => Ok(StepKind::Upset(Upset::CoreGoesOn)),
        },
        "front" => upset::front(line).map(StepKind::Upset),
        "disk" => upset::disk(line).map(StepKind::Upset),
        "clock" => upset::clock(line).map(StepKind::Upset),
        "note" => note(line, reader),
        "expect" => expectation::condition(line, reader).map(StepKind::Expect),
        "within" => {
            let limit = reader.deadline(line)?;
            Ok(StepKind::Within(limit, expectation::condition(line, reader)?))
        }
        "for" => Ok(StepKind::For(
            duration(line, "a time")?,
            expectation::condition(line, reader)?,
        )),
        "always" => reader.always(line),
        "end" => reader.end(line),
        "stands" => duration(line, "a time").map(StepKind::Stands),
        other => Err(line.whole(format!("`{other}` is no step"))),
    }
}

/// Reads an act with its arguments.
pub(super) fn act(line: &mut Line<'_>) -> Result<Act, Problem> {
    let row = act_row(line)?;
    let mut values = Vec::with_capacity(row.parameters.len());
    for parameter in row.parameters {
        if parameter.omissible && line.is_done() {
            break;
        }
        let behind = parameter.behind(&values);
        let parameter = behind.ok_or_else(|| unfit(line, row, &values))?;
        values.push(argument(line, &parameter)?);
    }
    if row
        .parameters
        .get(values.len())
        .is_some_and(|parameter| parameter.behind(&values).is_none())
    {
        return Err(unfit(line, row, &values));
    }
    let act = Act::new(row, &values);
    let act = act.ok_or_else(|| line.whole(format!("`{}` does not take these arguments", row.name)))?;
    match line.peek().filter(|word| word.text == "for") {
        Some(word) => Err(no_duration(line, word)),
        None => Ok(act),
    }
}

/// An act has no end of its own.
fn no_duration(line: &Line<'_>, word: Word<'_>) -> Problem {
    line.at(
        word,
        "an act takes no time and stays; write `wait 5 min` on the next line and behind it what ends it, as `mend exhaust-a nack`",
    )
}

/// Arguments that do not go together, as a fault that cannot befall an instrument.
fn unfit(line: &Line<'_>, row: &ActRow, values: &[Value]) -> Problem {
    let words: Vec<String> = row
        .parameters
        .iter()
        .zip(values)
        .map(|(one, value)| value.text(one))
        .collect();
    let mut message = format!("`{}` do not go together behind `{}`", words.join(" "), row.name);
    if let [Value::Word(instrument), Value::Word(_)] = values
        && row.name == "fault"
        && let Some(instrument) = Instrument::ALL.get(*instrument)
    {
        let fit = FAULTS
            .iter()
            .filter(|row| row.fault.fit(instrument.kind()).is_some());
        let names: Vec<&str> = fit.map(|row| row.name).collect();
        message.push_str(&format!("; what can befall it: {}", names.join(", ")));
    }
    line.whole(message)
}

/// The row whose name stands here: the longest that fits.
fn act_row(line: &mut Line<'_>) -> Result<&'static ActRow, Problem> {
    let first = line.need("an act")?;
    let mut found = None;
    for row in ACTS {
        let mut words = row.name.split(' ');
        let mut ahead = line.clone();
        let fits = words.next() == Some(first.text) && words.all(|word| ahead.takes(word));
        let length = row.name.len();
        if fits && found.as_ref().is_none_or(|(longest, _, _)| *longest < length) {
            found = Some((length, row, ahead));
        }
    }
    match found {
        Some((_, row, ahead)) => {
            *line = ahead;
            Ok(row)
        }
        None => Err(no_act(line, first)),
    }
}

/// What was written instead of an act. Where an act begins with the same words, the first other word is the mistake.
fn no_act(line: &Line<'_>, first: Word<'_>) -> Problem {
    let mut near: Vec<Vec<&str>> = ACTS.iter().map(|row| row.name.split(' ').collect()).collect();
    near.retain(|words: &Vec<&str>| words.first() == Some(&first.text));
    if near.is_empty() {
        let names = ACTS
            .iter()
            .map(|row| row.name)
            .chain(VERBS.iter().chain(super::header::HEADER).copied());
        let hint = match nearest(first.text, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "`hil-rig words acts` lists the acts; other steps begin with: {}",
                VERBS.join(", ")
            ),
        };
        return line.at(first, format!("`{}` is no step and no act; {hint}", first.text));
    }
    let mut ahead = line.clone();
    let mut said = first.text.to_owned();
    let mut place = 1;
    loop {
        let next: Vec<&str> = near
            .iter()
            .filter_map(|words| words.get(place).copied())
            .collect();
        let Some(word) = ahead.take() else {
            return line.ends(&format!("one of: {} {}", said, next.join(&format!(", {said} "))));
        };
        if !next.contains(&word.text) {
            let hint = hint(word.text, next);
            return line.at(word, format!("`{}` does not follow `{said}`; {hint}", word.text));
        }
        near.retain(|words| words.get(place) == Some(&word.text));
        said = format!("{said} {}", word.text);
        place += 1;
    }
}

/// Reads one argument.
fn argument(line: &mut Line<'_>, parameter: &Parameter) -> Result<Value, Problem> {
    let word = line.peek().ok_or_else(|| line.ends(&wanted(parameter)))?;
    if word.text == "for" {
        return Err(no_duration(line, word));
    }
    if let Some(place) = parameter.words.iter().position(|known| *known == word.text) {
        line.take();
        return Ok(Value::Word(place));
    }
    let Some(span) = parameter.number else {
        let hint = hint(word.text, parameter.words.iter().copied());
        return Err(line.at(word, format!("`{}` is no {}; {hint}", word.text, parameter.name)));
    };
    if !parameter.words.is_empty()
        && !word
            .text
            .starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
    {
        let hint = hint(word.text, parameter.words.iter().copied());
        return Err(line.at(
            word,
            format!(
                "`{}` is neither a number nor a word known here; {hint}",
                word.text
            ),
        ));
    }
    let number = measure::number(line, &format!("the {}", parameter.name), span.unit)?;
    if (span.low..=span.high).contains(&number) {
        Ok(Value::Number(number))
    } else {
        let message = format!(
            "{} of {number} {} is out of range; write {} to {} {}",
            parameter.name, span.unit, span.low, span.high, span.unit
        );
        Err(line.at(word, message.replace("  ", " ").trim_end().to_owned()))
    }
}

fn wanted(parameter: &Parameter) -> String {
    let mut all: Vec<String> = parameter.words.iter().map(|word| format!("`{word}`")).collect();
    if let Some(span) = parameter.number {
        all.push(format!(
            "a number{}{}",
            if span.unit.is_empty() { "" } else { " in " },
            span.unit
        ));
    }
    format!("the {}: {}", parameter.name, all.join(", "))
}

/// Reads a state of the truth and the act that is done once it has come.
pub(super) fn watched(line: &mut Line<'_>) -> Result<(Watch, Act), Problem> {
    let name = line.need("a quantity of the rack's truth")?;
    let row = expectation::truth(line, name)?;
    let above = line.one_of("direction", &["above", "below"])? == 0;
    let value = measure::number(line, "the value", row.unit)?;
    let word = line.need("`do` and an act")?;
    if word.text != "do" {
        return Err(line.at(
            word,
            "write `do` before the act: `when exhaust above 70 °C do fault exhaust-a nack`",
        ));
    }
    let watch = Watch {
        quantity: row.quantity,
        above,
        value,
    };
    Ok((watch, act(line)?))
}

fn answer(line: &mut Line<'_>) -> Result<Answer, Problem> {
    if !line.takes("->") {
        return Ok(Answer::Done);
    }
    if line.one_of("answer", &["done", "refused"])? == 0 {
        return Ok(Answer::Done);
    }
    let word = line.need("the reason of the refusal")?;
    let wanted = normalised(word.text);
    let found = Refusal::ALL
        .iter()
        .find(|refusal| normalised(refusal.key()) == wanted);
    found.map(|refusal| Answer::Refused(*refusal)).ok_or_else(|| {
        let keys: Vec<String> = Refusal::ALL
            .iter()
            .map(|refusal| hyphened(refusal.key()))
            .collect();
        let hint = hint(word.text, keys.iter().map(String::as_str));
        line.at(word, format!("`{}` is no reason of a refusal; {hint}", word.text))
    })
}

fn reset(line: &mut Line<'_>, key: bool) -> Result<StepKind, Problem> {
    let latches = if line.takes("standing") {
        Which::Standing
    } else {
        Which::These(expectation::latches(line)?)
    };
    let inspected = line.takes("inspected");
    Ok(StepKind::Order(
        Order::Reset {
            latches,
            inspected,
            key,
        },
        answer(line)?,
    ))
}

/// `enter unit left SERIAL`, with `dated 2026-11-27` and `inspected` behind it.
fn enter(line: &mut Line<'_>, key: bool) -> Result<StepKind, Problem> {
    line.one_of("thing to enter", &["unit"])?;
    let unit = Side::ALL[line.one_of("holder", &Side::ALL.map(Side::text))?];
    let word = line.need("its serial number")?;
    let serial = Serial::new(word.text)
        .map_err(|error| line.at(word, format!("`{}` is no serial number: {error}", word.text)))?;
    let installed = if line.takes("dated") {
        let word = line.need("a day")?;
        let day = Date::parse(word.text);
        Some(day.ok_or_else(|| line.at(word, format!("`{}` is no day; write 2026-11-27", word.text)))?)
    } else {
        None
    };
    let inspected = line.takes("inspected");
    let order = Order::EnterUnit {
        unit,
        serial,
        installed,
        inspected,
        key,
    };
    Ok(StepKind::Order(order, answer(line)?))
}

fn acknowledge(line: &mut Line<'_>) -> Result<StepKind, Problem> {
    let which = match line.peek() {
        Some(word) if word.text != "->" && word.text != "all" => Which::These(expectation::alarm(line)?),
        Some(_) | None => {
            line.takes("all");
            Which::Standing
        }
    };
    Ok(StepKind::Order(Order::Acknowledge(which), answer(line)?))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked against the range of u16 before"
)]
fn hold(line: &mut Line<'_>) -> Result<StepKind, Problem> {
    let word = line.peek();
    let speed = measure::number(line, "the drive", "%")?;
    let speed = word
        .filter(|_| (0.0..=100.0).contains(&speed))
        .map(|_| Percent::of(speed))
        .ok_or_else(|| line.whole("a drive is 0 to 100 %"))?;
    let minutes = if line.takes("for") {
        let word = line.peek();
        let seconds = measure::number(line, "the time", "s")?;
        let whole = (seconds / 60.0).round();
        let wrong = |why: &str| {
            let (down, up) = (
                (seconds / 60.0).floor().max(1.0),
                (seconds / 60.0).ceil().max(1.0),
            );
            let fix = if down < up {
                format!("write `{down} min` or `{up} min`")
            } else {
                "write a few minutes".to_owned()
            };
            match word {
                Some(word) => line.at(word, format!("`{}`{why}; {fix}", line.written(word))),
                None => line.here(format!("{why}; {fix}")),
            }
        };
        if !(0.0..=60.0 * f64::from(u16::MAX)).contains(&seconds) {
            return Err(wrong(" is no time of a hold, 0 to 65535 min"));
        }
        if (seconds - 60.0 * whole).abs() > 1e-6 {
            return Err(wrong(": a hold lasts whole minutes"));
        }
        whole as u16
    } else {
        MANUAL_MINUTES_DEFAULT
    };
    let by = if line.takes("by") { Some(name(line)?) } else { None };
    Ok(StepKind::Order(Order::Hold { speed, minutes, by }, answer(line)?))
}

/// In whose name something is asked.
fn name(line: &mut Line<'_>) -> Result<Name, Problem> {
    let word = line.need("a name")?;
    Name::new(word.text).map_err(|error| line.at(word, format!("`{}` is no name: {error}", word.text)))
}

fn note(line: &mut Line<'_>, reader: &mut Reader) -> Result<StepKind, Problem> {
    let name = line.need("a name for the note")?;
    let source = expectation::source(line)?;
    Ok(StepKind::Note(reader.note(line, name)?, source))
}
