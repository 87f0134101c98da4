//! The page over all reports of one run.

use std::fmt::Write as _;

use maud::html;

use super::page::{document, shape};
use super::words;
use super::{Evidence, Outcome};

/// The name of a scenario's file, without ending: letters, digits and hyphens only, whatever the scenario is called.
#[must_use]
pub fn file_name(name: &str) -> String {
    let mut told = String::new();
    for letter in name.chars().take(64) {
        let kept = letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        told.push(if kept { letter } else { '-' });
    }
    if told.is_empty() {
        told.push_str("scenario");
    }
    told
}

/// Names of the files of some scenarios: a name that comes twice gets a number.
#[must_use]
pub fn file_names<'a>(scenarios: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for scenario in scenarios {
        let (name, mut tried) = (file_name(scenario), 1);
        let mut free = name.clone();
        while names.contains(&free) || free == "index" {
            tried += 1;
            free.clone_from(&name);
            let _ = write!(free, "-{tried}");
        }
        names.push(free);
    }
    names
}

/// The index: every scenario with verdict, duration and link.
#[must_use]
pub fn index(evidence: &[Evidence]) -> String {
    let count = |outcome| evidence.iter().filter(|one| one.outcome() == outcome).count();
    let (passed, failed, skipped) = (count(Outcome::Pass), count(Outcome::Fail), count(Outcome::Skip));
    let outcome = match (passed, failed) {
        (_, 1..) => Outcome::Fail,
        (0, 0) => Outcome::Skip,
        (_, 0) => Outcome::Pass,
    };
    let names = file_names(evidence.iter().map(|one| one.scenario.name.as_str()));
    let content = html! {
        header {
            p class="over" { "Scenario reports" }
            h1 { "Evidence of a run" }
            @if let Some(first) = evidence.first() { p class="label" { "Run on " (first.run_at) } }
        }
        section .sentence .failed[outcome == Outcome::Fail] {
            (shape(outcome))
            div {
                h2 {
                    @if failed > 0 { "Failed: " (failed) " of " (evidence.len()) " scenarios" }
                    @else if passed == 0 { "Nothing was run" }
                    @else { "Passed: " (passed) " of " (evidence.len()) " scenarios" }
                }
                @if skipped > 0 { p { (skipped) " skipped, with the reason in their rows." } }
            }
        }
        section {
            h2 { "Scenarios" }
            table class="cards" {
                thead { tr {
                    th scope="col" { "Scenario" } th scope="col" { "Verdict" } th scope="col" { "What it shows" }
                    th scope="col" class="right" { "Held" } th scope="col" class="right" { "Seed" } th scope="col" class="right" { "Length" }
                } }
                tbody {
                    @for (one, name) in evidence.iter().zip(&names) {
                        tr .failed[one.outcome() == Outcome::Fail] {
                            td data-name="Scenario" { a href={ (name) ".html" } { (one.scenario.name) } }
                            td data-name="Verdict" { span class="said" { (shape(one.outcome())) (one.outcome().text()) } }
                            td data-name="What it shows" { (one.scenario.title) (why(one)) }
                            td data-name="Held" class="right" {
                                @if let Some(played) = one.played() {
                                    (played.verdicts.iter().filter(|verdict| verdict.good).count()) " of " (played.verdicts.len())
                                } @else { "–" }
                            }
                            td data-name="Seed" class="right" { (one.seed) }
                            td data-name="Length" class="right" {
                                @if let Some(played) = one.played() { (words::span(played.length_s)) } @else { "–" }
                            }
                        }
                    }
                }
            }
        }
    };
    document("Evidence of a run", &content)
}

/// Why it was not run, behind its title.
fn why(one: &Evidence) -> String {
    match &one.ending {
        super::Ending::Skipped(why) | super::Ending::Failed(why) => format!(" ({why})"),
        super::Ending::Played { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_out_of_no_folder() {
        assert_eq!(file_name("../../etc/passwd"), "------etc-passwd");
        assert_eq!(file_name("smoke-and-heat"), "smoke-and-heat");
        assert_eq!(file_name(""), "scenario");
        assert_eq!(file_name("<script>"), "-script-");
    }
}
