//! The scenarios that ship with the rig.

use include_dir::{Dir, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// Name and text of each, in the order of the names. A name is that of the file without its ending.
pub fn library() -> impl Iterator<Item = (String, &'static str)> {
    let mut all: Vec<(String, &'static str)> = FILES
        .files()
        .filter_map(|file| {
            let name = file.path().file_name()?.to_str()?.strip_suffix(".scn")?;
            Some((name.to_owned(), file.contents_utf8()?))
        })
        .collect();
    all.sort();
    all.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn every_file_is_a_scenario_without_a_mistake() {
        let files = FILES.files().count();
        let mut read = 0;
        for (name, text) in library() {
            let scenario = Scenario::parse(&name, text);
            let scenario = scenario.unwrap_or_else(|problems| panic!("{name}: {problems}"));
            assert!(scenario.title.len() <= 120, "{name}: a title is one line");
            read += 1;
        }
        assert_eq!(read, files, "every file ends in .scn");
    }
}
