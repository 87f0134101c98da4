//! From text to a scenario: header lines first, then steps. All mistakes are told, not only the first.

use points::Span;

use super::header::{HEADER, header};
use super::line::{Line, Word};
use super::measure;
use super::problem::{Problem, Problems, hint};
use super::step::{Step, StepKind, step};
use super::{Scenario, expectation};
use crate::rack::{Act, Fault, Instrument};

/// Longest text, bytes; a longer one is refused whole.
pub const FILE_MAX: usize = 256 * 1024;
/// Most steps; a longer scenario is refused.
pub const STEPS_MAX: usize = 1_000;
/// Longest time that may be written, and longest scenario: a filter's life.
pub const TIME_MAX: Span = Span::s(400 * 86_400);
/// Mistakes that are told at once; further ones wait until these are mended.
const PROBLEMS_MAX: usize = 20;

/// What is known while the steps are read.
#[derive(Debug)]
pub(super) struct Reader {
    tick: Span,
    /// The earliest time at which the next step can begin, and the line that puts it there.
    now: Span,
    since: usize,
    notes: Vec<String>,
    /// Watches that stand: line and name.
    watches: Vec<(usize, String)>,
    /// What lines above have broken, each with what befalls it.
    broken: Vec<(Instrument, Fault)>,
}

/// Letters and digits in lower case: what names are compared by.
pub(super) fn normalised(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric() || *c == '.')
        .flat_map(char::to_lowercase)
        .collect()
}

/// Reads a time above zero.
pub(super) fn duration(line: &mut Line<'_>, what: &str) -> Result<Span, Problem> {
    let word = line.peek();
    let seconds = measure::number(line, what, "s")?;
    let span = Span::from_s(seconds).filter(|span| *span > Span::ZERO && *span <= TIME_MAX);
    span.ok_or_else(|| {
        at_word(line, word, |written| {
            format!("`{written}` is no possible time here; write more than 0 s and at most 400 d")
        })
    })
}

/// A problem with what stands from a word on, told as it is written.
fn at_word(line: &Line<'_>, word: Option<Word<'_>>, message: impl Fn(&str) -> String) -> Problem {
    match word {
        Some(word) => line.at(word, message(&line.written(word))),
        None => line.here(message("")),
    }
}

impl Reader {
    /// `at TIME`: time never runs back.
    pub(super) fn at(&mut self, line: &mut Line<'_>) -> Result<Span, Problem> {
        let word = line.peek();
        let seconds = measure::number(line, "the time since the start", "s")?;
        let Some(at) = Span::from_s(seconds).filter(|at| *at <= TIME_MAX) else {
            return Err(at_word(line, word, |written| {
                format!("`{written}` is no possible time; write 0 s to 400 d since the start")
            }));
        };
        if at < self.now {
            return Err(at_word(line, word, |written| {
                format!(
                    "`{written}` has passed already: line {} puts this step at {} or later; move it up or write a later time",
                    self.since,
                    measure::like(written, self.now.as_s(), "s")
                )
            }));
        }
        Ok(at)
    }

    /// `within TIME`: a deadline shorter than a tick can never be kept.
    pub(super) fn deadline(&self, line: &mut Line<'_>) -> Result<Span, Problem> {
        let word = line.peek();
        let limit = duration(line, "a deadline")?;
        if limit >= self.tick {
            return Ok(limit);
        }
        let tick = self.tick.as_ms();
        Err(at_word(line, word, |written| {
            format!(
                "a deadline of `{written}` is shorter than the tick of {tick} ms; write a longer one or `tick 10 ms`"
            )
        }))
    }

    /// Places a note.
    pub(super) fn note(&mut self, line: &Line<'_>, name: Word<'_>) -> Result<usize, Problem> {
        let good = name.text.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !good {
            return Err(line.at(
                name,
                format!(
                    "`{}` cannot name a note; write a letter, then letters, digits and hyphens",
                    name.text
                ),
            ));
        }
        if let Some(place) = self.noted(name.text) {
            return Ok(place);
        }
        self.notes.push(name.text.to_owned());
        Ok(self.notes.len() - 1)
    }

    /// Names of the notes that are kept above the next line.
    pub(super) fn notes(&self) -> impl Iterator<Item = &str> + Clone {
        self.notes.iter().map(String::as_str)
    }

    /// The place of a note.
    pub(super) fn noted(&self, name: &str) -> Option<usize> {
        self.notes.iter().position(|note| note == name)
    }

    /// `always [NAME:] CONDITION`.
    pub(super) fn always(&mut self, line: &mut Line<'_>) -> Result<StepKind, Problem> {
        let named = line
            .peek()
            .filter(|word| word.text.len() > 1 && word.text.ends_with(':'));
        let name = match named {
            Some(word) => {
                line.take();
                let name = word.text.trim_end_matches(':');
                if let Some((began, _)) = self.watches.iter().find(|(_, known)| known == name) {
                    let message = format!(
                        "line {began} watches as `{name}:` already; write `end {name}` above this line, or another name"
                    );
                    return Err(line.at(word, message));
                }
                name.to_owned()
            }
            None => {
                one_name(line)?;
                String::new()
            }
        };
        let condition = expectation::condition(line, self)?;
        self.watches.push((line.number(), name));
        Ok(StepKind::Always(condition))
    }

    /// `end [NAME]`: the watch of this name, or the latest.
    pub(super) fn end(&mut self, line: &mut Line<'_>) -> Result<StepKind, Problem> {
        let place = match line.take() {
            None => self.watches.len().checked_sub(1),
            Some(word) => {
                let found = self.watches.iter().rposition(|(_, name)| name == word.text);
                if found.is_none() {
                    let names = self.watches.iter().map(|(_, name)| name.as_str());
                    let names = names.filter(|name| !name.is_empty());
                    let fix = if names.clone().next().is_some() {
                        hint(word.text, names)
                    } else {
                        format!(
                            "write `always {}: ...` above this line, or `end` alone for one without a name",
                            word.text
                        )
                    };
                    let message = format!("no `always {}:` stands here; {fix}", word.text);
                    return Err(line.at(word, message));
                }
                found
            }
        };
        let (began, _) = place
            .map(|place| self.watches.remove(place))
            .ok_or_else(|| line.whole("no `always` stands here"))?;
        Ok(StepKind::End(began))
    }

    /// What is mended was broken before: else the line does nothing, and another was meant.
    fn mends(&mut self, line: &Line<'_>, kind: &StepKind) -> Result<(), Problem> {
        let (StepKind::Act(act) | StepKind::When(_, act)) = kind else {
            return Ok(());
        };
        self.broken.extend(breaks(act));
        let Act::Mend {
            instrument,
            fault: Some(fault),
        } = act
        else {
            return Ok(());
        };
        if self.broken.contains(&(*instrument, *fault)) {
            return Ok(());
        }
        let own = self.broken.iter().filter(|(broken, _)| broken == instrument);
        let own: Vec<&str> = own.map(|(_, fault)| fault.row().name).collect();
        let name = Instrument::NAMES
            .get(*instrument as usize)
            .copied()
            .unwrap_or_default();
        let fix = if own.is_empty() {
            format!(
                "no line above breaks `{name}`; take this one out, or write `fault {name} {}` above",
                fault.row().name
            )
        } else {
            format!("lines above break `{name}` with: {}", own.join(", "))
        };
        let message = format!("`{name}` has no `{}` to mend; {fix}", fault.row().name);
        // `mend INSTRUMENT FAULT` ends the line, also behind a `when`.
        Err(line.last().map_or_else(
            || line.whole(message.clone()),
            |word| line.at(word, message.clone()),
        ))
    }

    fn passes(&mut self, line: usize, kind: &StepKind) {
        let later = match kind {
            StepKind::At(at) => *at,
            StepKind::Wait(span) | StepKind::For(span, _) | StepKind::Stands(span) => self.now + *span,
            StepKind::Act(_)
            | StepKind::When(..)
            | StepKind::Order(..)
            | StepKind::CoreDies
            | StepKind::CoreStarts
            | StepKind::Upset(_)
            | StepKind::Note(..)
            | StepKind::Expect(_)
            | StepKind::Within(..)
            | StepKind::Always(_)
            | StepKind::End(_) => return,
        };
        if later > self.now {
            (self.now, self.since) = (later, line);
        }
    }
}

/// What an act breaks.
fn breaks(act: &Act) -> Option<(Instrument, Fault)> {
    if let Act::Fault {
        instrument, fault, ..
    } = act
    {
        Some((*instrument, *fault))
    } else {
        None
    }
}

/// A name of two words before a colon.
fn one_name(line: &Line<'_>) -> Result<(), Problem> {
    let mut ahead = line.clone();
    let mut words = Vec::new();
    while let Some(word) = ahead.take() {
        words.push(word);
        if word.text.ends_with(':') {
            let name: Vec<&str> = words.iter().map(|word| word.text).collect();
            let message = format!("a name is one word; write `{}`", name.join("-"));
            return Err(line.at(words[0], message));
        }
    }
    Ok(())
}

/// Reads a scenario.
pub(super) fn scenario(name: &str, text: &str) -> Result<Scenario, Problems> {
    let whole = |message: String| {
        Problems(vec![Problem {
            line: 1,
            column: 1,
            message,
        }])
    };
    if text.len() > FILE_MAX {
        return Err(whole(format!(
            "{} bytes, more than the {FILE_MAX} that a scenario may have",
            text.len()
        )));
    }
    if text.contains('\0') {
        return Err(whole(
            "the file holds a NUL byte; save it as plain UTF-8 text".to_owned(),
        ));
    }
    let mut scenario = Scenario {
        name: name.to_owned(),
        title: String::new(),
        covers: Vec::new(),
        seed: 1,
        tick: Span::ms(100),
        before: Vec::new(),
        second_blower: false,
        inlet_sensitive: false,
        agents: false,
        controllers: false,
        outlets: None,
        uncapped: false,
        site: Vec::new(),
        needs: Vec::new(),
        over_rig: false,
        steps: Vec::new(),
        notes: Vec::new(),
        text: text.to_owned(),
    };
    let mut problems = Vec::new();
    let mut reader = None;
    for (number, source) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let mut line = Line::new(number, source);
        if line.is_done() {
            continue;
        }
        if let Err(problem) = one(&mut line, &mut scenario, &mut reader) {
            problems.push(problem);
        }
        if problems.len() >= PROBLEMS_MAX {
            break;
        }
    }
    if problems.is_empty() {
        problems.extend(incomplete(&scenario));
    }
    if let Some(reader) = reader {
        scenario.notes = reader.notes;
    }
    if problems.is_empty() {
        Ok(scenario)
    } else {
        Err(Problems(problems))
    }
}

fn one(line: &mut Line<'_>, scenario: &mut Scenario, reader: &mut Option<Reader>) -> Result<(), Problem> {
    let first = line.peek().map_or("", |word| word.text);
    let head = HEADER.contains(&first);
    if head && reader.is_none() {
        header(line, scenario)?;
        return line.done();
    }
    if head {
        return Err(line.whole(format!(
            "`{first}` belongs before the first step; move this line up"
        )));
    }
    let reader = reader.get_or_insert_with(|| Reader {
        tick: scenario.tick,
        now: Span::ZERO,
        since: 0,
        notes: Vec::new(),
        watches: Vec::new(),
        broken: scenario.before.iter().filter_map(breaks).collect(),
    });
    if scenario.steps.len() >= STEPS_MAX {
        return Err(line.whole(format!("more than {STEPS_MAX} steps; make two scenarios of it")));
    }
    let kind = step(line, reader)?;
    line.done()?;
    reader.mends(line, &kind)?;
    reader.passes(line.number(), &kind);
    scenario.steps.push(Step {
        line: line.number(),
        text: line.source().to_owned(),
        kind,
    });
    Ok(())
}

/// What a scenario has to have.
fn incomplete(scenario: &Scenario) -> Option<Problem> {
    let expects = |step: &Step| match step.kind {
        StepKind::Expect(_)
        | StepKind::Within(..)
        | StepKind::For(..)
        | StepKind::Always(_)
        | StepKind::Stands(_)
        | StepKind::Order(..) => true,
        StepKind::At(_)
        | StepKind::Wait(_)
        | StepKind::Act(_)
        | StepKind::When(..)
        | StepKind::CoreDies
        | StepKind::CoreStarts
        | StepKind::Upset(_)
        | StepKind::Note(..)
        | StepKind::End(_) => false,
    };
    let message = if scenario.title.is_empty() {
        "the scenario has no title; begin it with `title` and a sentence that says what it shows"
    } else if !scenario.steps.iter().any(expects) {
        "the scenario expects nothing, so it cannot fail; add `within 5 s ...` or `expect ...`"
    } else {
        return None;
    };
    Some(Problem {
        line: 1,
        column: 1,
        message: message.to_owned(),
    })
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
