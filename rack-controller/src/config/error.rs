//! What is wrong with a configuration, where, and what to do.

use std::fmt;

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, counted from 1, when the problem has a place.
    pub line: Option<usize>,
    /// Column, counted from 1.
    pub column: Option<usize>,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// All problems of one configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigError {
    /// Each problem, in the order found.
    pub problems: Vec<Problem>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            if let (Some(line), Some(column)) = (problem.line, problem.column) {
                write!(f, "{line}:{column}: ")?;
            }
            f.write_str(&problem.message)?;
        }
        Ok(())
    }
}

impl ConfigError {
    /// One problem without a place in the file.
    pub fn whole(message: String) -> Self {
        ConfigError {
            problems: vec![Problem {
                line: None,
                column: None,
                message,
            }],
        }
    }

    /// One problem at a byte offset of the file.
    pub fn at(text: &str, offset: usize, message: &str) -> Self {
        let (line, column) = place(text, offset);
        ConfigError {
            problems: vec![Problem {
                line: Some(line),
                column: Some(column),
                message: message.to_owned(),
            }],
        }
    }

    /// The parser's error with place, and the nearest known key where a key is unknown.
    pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let message = error.message();
        let hint = unknown_key(message)
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        let message = format!("{message}{hint}");
        match error.span() {
            Some(span) => Self::at(text, span.start, &message),
            None => Self::whole(message),
        }
    }

    /// Adds a problem found at a path of keys and array places.
    pub fn add(&mut self, text: Option<&str>, path: &[Step<'_>], message: String) {
        let found = text.and_then(|text| locate(text, path).map(|offset| place(text, offset)));
        self.problems.push(Problem {
            line: found.map(|p| p.0),
            column: found.map(|p| p.1),
            message,
        });
    }
}

/// A step into a TOML document.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// A key of a table.
    Key(&'a str),
    /// A place of an array.
    At(usize),
}

/// Byte offset of the deepest part of `path` that the document has.
fn locate(text: &str, path: &[Step<'_>]) -> Option<usize> {
    let document = toml::de::DeTable::parse(text).ok()?;
    let mut table = Some(document.get_ref());
    let mut array: Option<&toml::de::DeArray<'_>> = None;
    let mut offset = None;
    for step in path {
        let next = match (step, table, array) {
            (Step::Key(key), Some(inside), _) => {
                let Some((key, value)) = inside.get_key_value(*key) else {
                    break;
                };
                offset = Some(key.span().start);
                value
            }
            (Step::At(place), _, Some(inside)) => {
                let Some(value) = inside.get(*place) else { break };
                offset = Some(value.span().start);
                value
            }
            (Step::Key(_), None, _) | (Step::At(_), _, None) => break,
        };
        table = next.get_ref().as_table();
        array = next.get_ref().as_array();
    }
    offset
}

/// Line and column of a byte offset, counted from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
    (line, column)
}

/// The known key nearest to the unknown one that the parser's message names.
fn unknown_key(message: &str) -> Option<&str> {
    let rest = message
        .strip_prefix("unknown field `")
        .or_else(|| message.strip_prefix("unknown variant `"))?;
    let (unknown, rest) = rest.split_once('`')?;
    nearest(unknown, rest.split('`').skip(1).step_by(2))
}

/// The candidate within two typing errors (swap, change, insert, delete) of `word`, if any.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(2);
    candidates
        .map(|known| (distance(word, known), known))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, known)| known)
}

/// Optimal string alignment distance (Damerau 1964).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let swap = if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    rows[i - 2][j - 2] + 1
                } else {
                    usize::MAX
                };
                change.min(swap).min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1)
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_in_arrays_of_tables() {
        let text = "a = 1\n[[device]]\nname = \"x\"\n[[device]]\nname = \"y\"\n";
        let offset = locate(text, &[Step::Key("device"), Step::At(1), Step::Key("name")]);
        assert_eq!(offset.map(|o| place(text, o)), Some((5, 1)));
    }

    #[test]
    fn a_swap_is_one_error() {
        assert_eq!(distance("nmae", "name"), 1);
        assert_eq!(nearest("tick", ["tick_ms", "pins"].into_iter()), None);
        assert_eq!(
            nearest("tik_ms", ["tick_ms", "pins"].into_iter()),
            Some("tick_ms")
        );
    }
}
