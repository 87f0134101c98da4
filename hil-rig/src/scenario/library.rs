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
    use crate::rack::{ACTS, Act, FAULTS};
    use crate::scenario::{Scenario, StepKind};
    use std::collections::BTreeSet;

    /// Every act of every scenario: before the start, as a step, or behind a `when`.
    fn acts() -> Vec<Act> {
        let scenarios = library().map(|(name, text)| {
            Scenario::parse(&name, text).unwrap_or_else(|problems| panic!("{name}: {problems}"))
        });
        let acts = scenarios.flat_map(|scenario| {
            let steps = scenario.steps.into_iter().filter_map(|step| {
                if let StepKind::Act(act) | StepKind::When(_, act) = step.kind {
                    Some(act)
                } else {
                    None
                }
            });
            scenario.before.into_iter().chain(steps).collect::<Vec<_>>()
        });
        acts.collect()
    }

    /// What no scenario uses, nobody has tried beside the controller.
    #[test]
    fn every_act_and_every_fault_is_used_by_a_scenario() {
        let acts = acts();
        let used: BTreeSet<&str> = acts.iter().map(|act| act.row().name).collect();
        let unused: Vec<&str> = ACTS
            .iter()
            .map(|row| row.name)
            .filter(|name| !used.contains(name))
            .collect();
        assert!(
            unused.is_empty(),
            "write a scenario with each of these acts: {unused:?}"
        );
        let broken = |act: &Act| {
            if let Act::Fault { fault, .. } = act {
                Some(*fault)
            } else {
                None
            }
        };
        let broken: Vec<_> = acts.iter().filter_map(broken).collect();
        let unused = FAULTS.iter().filter(|row| !broken.contains(&row.fault));
        let unused: Vec<&str> = unused.map(|row| row.name).collect();
        assert!(
            unused.is_empty(),
            "write a scenario with each of these faults: {unused:?}"
        );
    }

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
