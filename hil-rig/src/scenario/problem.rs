//! What is wrong with a scenario, where, and what to write instead.

use std::fmt;

/// One mistake and its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct Problem {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// Every mistake of one scenario, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

/// The known word nearest to an unknown one: within a third of its letters, at least one typing error.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count().div_ceil(3);
    let near = known
        .into_iter()
        .map(|known| (strsim::osa_distance(word, known), known));
    near.filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, known)| known)
}

/// A name in camels as people write it: `FanNotProven` is `fan-not-proven`.
#[must_use]
pub fn hyphened(key: &str) -> String {
    let mut text = String::new();
    for letter in key.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// Most names that a suggestion tells.
const SUGGESTED_MAX: usize = 5;

/// Names of parts joined by dots that a person may have meant: those that go on where it ends, those that end as it
/// does, the nearest by spelling.
#[must_use]
pub fn suggested(word: &str, known: &[String]) -> Option<String> {
    let (begin, end) = (format!("{word}."), format!(".{word}"));
    let longer = known.iter().filter(|name| name.starts_with(&begin));
    let mut found: Vec<&str> = longer.map(String::as_str).collect();
    if found.is_empty() {
        let ending = known.iter().filter(|name| name.ends_with(&end));
        found = ending.map(String::as_str).collect();
    }
    if found.is_empty() {
        found.extend(nearest(word, known.iter().map(String::as_str)));
    }
    let more = found.len() > SUGGESTED_MAX;
    found.truncate(SUGGESTED_MAX);
    let (last, before) = found.split_last()?;
    Some(if more {
        format!("there are `{}`, `{last}` and more", before.join("`, `"))
    } else if before.is_empty() {
        format!("did you mean `{last}`?")
    } else {
        format!("did you mean `{}` or `{last}`?", before.join("`, `"))
    })
}

/// "did you mean `x`?" for a near miss, else the list of what there is.
#[must_use]
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "write one of: {}",
            known.into_iter().collect::<Vec<_>>().join(", ")
        ),
    }
}
