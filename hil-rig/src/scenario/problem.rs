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
