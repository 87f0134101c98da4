//! The scenarios that ship with the rig, by the names of their files, and scenarios from files of the user.

use std::path::Path;

use hil_rig::scenario::{FILE_MAX, Problem, Problems, Scenario, nearest};

use super::claim;

/// Ending of a scenario's file.
pub const ENDING: &str = "scn";

/// What was asked for and cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// No file and no name of the library.
    #[error("no scenario and no file is named `{0}`; {1}")]
    Unknown(String, String),
    /// The file cannot be read.
    #[error("{0}: {1}")]
    Unreadable(String, std::io::Error),
    /// The file has mistakes: one line each, with file, line and column.
    #[error("{}", each(.0, .1))]
    Mistakes(String, Problems),
}

fn each(file: &str, problems: &Problems) -> String {
    let lines = problems.0.iter().map(|problem| format!("{file}:{problem}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Names and texts of the library, in the order of their names.
pub fn texts() -> Vec<(String, &'static str)> {
    hil_rig::scenario::library().collect()
}

/// Reads a scenario of the library.
///
/// # Errors
/// When it has mistakes; a test keeps the library free of them.
pub fn shipped(name: &str, text: &str) -> Result<Scenario, LibraryError> {
    read(&format!("{name}.{ENDING}"), name, text)
}

/// Reads a scenario and looks at its claims.
fn read(file: &str, name: &str, text: &str) -> Result<Scenario, LibraryError> {
    let scenario = Scenario::parse(name, text).and_then(|scenario| {
        claim::check(&scenario)?;
        Ok(scenario)
    });
    scenario.map_err(|problems| LibraryError::Mistakes(file.to_owned(), problems))
}

/// Most names that are told instead of an unknown one.
const SIMILAR_MAX: usize = 5;

/// What may have been meant: names that share a word with it, else the nearest by spelling.
fn similar<'a>(named: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let path = Path::new(named);
    let stem = path
        .file_stem()
        .map_or(named.into(), |stem| stem.to_string_lossy());
    let shares = |name: &&str| name.split('-').any(|word| stem.split('-').any(|own| own == word));
    let mut near: Vec<&str> = nearest(&stem, names.clone()).into_iter().collect();
    near.extend(
        names
            .filter(shares)
            .filter(|name| !near.contains(name))
            .collect::<Vec<_>>(),
    );
    near.truncate(SIMILAR_MAX);
    if near.is_empty() {
        "`hil-rig list` names the library".to_owned()
    } else {
        format!("near to it are `{}`; `hil-rig list` names all", near.join("`, `"))
    }
}

/// Every scenario of the library.
///
/// # Errors
/// The first that has mistakes.
pub fn all() -> Result<Vec<Scenario>, LibraryError> {
    texts().iter().map(|(name, text)| shipped(name, text)).collect()
}

/// The scenario of this name in the library, or in the file at this path.
///
/// # Errors
/// When there is none or it has mistakes.
pub fn find(named: &str) -> Result<Scenario, LibraryError> {
    let texts = texts();
    if let Some((name, text)) = texts.iter().find(|(name, _)| name == named) {
        return shipped(name, text);
    }
    let path = Path::new(named);
    if !path.is_file() {
        let names = texts.iter().map(|(name, _)| name.as_str());
        return Err(LibraryError::Unknown(named.to_owned(), similar(named, names)));
    }
    let unreadable = |error| LibraryError::Unreadable(named.to_owned(), error);
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    let mistake = |message| {
        let problem = Problem {
            line: 1,
            column: 1,
            message,
        };
        LibraryError::Mistakes(named.to_owned(), Problems(vec![problem]))
    };
    if size > FILE_MAX as u64 {
        return Err(mistake(format!(
            "{size} bytes, more than the {FILE_MAX} that a scenario may have"
        )));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        mistake(format!(
            "byte {} is not UTF-8; save the file as UTF-8 text",
            error.utf8_error().valid_up_to()
        ))
    })?;
    let stem = path
        .file_stem()
        .map_or_else(|| named.to_owned(), |stem| stem.to_string_lossy().into_owned());
    read(named, &stem, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_told_with_a_few_near_ones() {
        for (named, says, not) in [
            ("dor-hot", "near to it are `door-hot`", "write one of"),
            ("fire-somewhere.scn", "`, `", "write one of"),
            ("zzz", "`hil-rig list` names the library", "near"),
        ] {
            let told = find(named).expect_err(named).to_string();
            assert!(told.contains(says) && !told.contains(not), "{told}");
            assert!(told.len() < 200, "{told}");
        }
    }
}
