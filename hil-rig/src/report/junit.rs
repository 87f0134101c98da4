//! The run as JUnit XML, for machines that collect test results: one suite for each scenario, one case for each expectation.
//!
//! Times are the rack's, not the wall's, so that two runs of one seed give the same bytes.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Ending, Evidence};
use crate::scenario::Verdict;

/// The report.
///
/// # Errors
/// When the XML cannot be written, which only a full memory does.
pub fn junit(evidence: &[Evidence]) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("hil-rig");
    for one in evidence {
        report.add_test_suite(suite(one));
    }
    report.to_string()
}

fn suite(evidence: &Evidence) -> TestSuite {
    let scenario = &evidence.scenario;
    let mut suite = TestSuite::new(scenario.name.as_str());
    suite.add_property(("seed", evidence.seed.to_string().as_str()));
    for fact in &evidence.facts {
        suite.add_property((fact.name.as_str(), fact.value.as_str()));
    }
    let whole = |status| {
        let mut case = TestCase::new("the scenario runs", status);
        case.set_classname(scenario.name.as_str());
        case
    };
    match &evidence.ending {
        Ending::Played { played, .. } => {
            suite.set_time(seconds(played.length_s));
            suite.add_test_cases(
                played
                    .verdicts
                    .iter()
                    .map(|verdict| case(&scenario.name, verdict)),
            );
            if played.verdicts.is_empty() {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message("it expects nothing");
                suite.add_test_case(whole(status));
            }
        }
        Ending::Skipped(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.as_str());
            suite.add_test_case(whole(status));
        }
        Ending::Failed(why) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(why.as_str());
            suite.add_test_case(whole(status));
        }
    }
    suite
}

fn case(scenario: &str, verdict: &Verdict) -> TestCase {
    let mut status = if verdict.good {
        TestCaseStatus::success()
    } else {
        TestCaseStatus::non_success(NonSuccessKind::Failure)
    };
    if !verdict.good {
        status.set_message(format!("found: {}", verdict.found));
        status.set_type("expectation");
    }
    let mut case = TestCase::new(format!("line {}: {}", verdict.line, verdict.text), status);
    case.set_classname(scenario);
    case.set_time(seconds(verdict.at_s - verdict.began_s));
    case
}

fn seconds(span_s: f64) -> Duration {
    Duration::try_from_secs_f64(span_s.max(0.0)).unwrap_or(Duration::ZERO)
}
