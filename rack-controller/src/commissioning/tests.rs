//! What a run refuses, and what it keeps. Whole runs are scenarios.

use super::*;

#[test]
fn the_reason_of_a_refused_fit_is_a_result_of_its_own() {
    let all = [
        FitError::Short(3),
        FitError::Narrow(1.1),
        FitError::Cold(1.0),
        FitError::Swapped,
        FitError::Draft,
        FitError::Unexplained(0.7),
        FitError::Off {
            constant: Constant::Flow,
            times: 0.4,
        },
        FitError::Off {
            constant: Constant::ChipsCapacity,
            times: 1.6,
        },
    ];
    let results: std::collections::BTreeSet<u8> = all.iter().map(|why| result(why) as u8).collect();
    assert_eq!(results.len(), all.len());
    assert!(!results.contains(&(CommissioningResult::Fitted as u8)));
}

#[test]
fn a_start_goes_on_with_the_fit_that_it_finds() {
    let fit = Fit {
        flow: 0.9,
        ..Fit::PLAN
    };
    let record = CommissioningRecord {
        fitted: Some(Fitted {
            fit,
            at_s: 1_780_000_000,
        }),
        last: None,
    };
    let found = Commissioning::new(Some(&record));
    assert_eq!((found.fit(), found.fits(), found.record()), (fit, 1, record));
    let none = Commissioning::new(None);
    assert_eq!((none.fit(), none.fits()), (Fit::PLAN, 0));
    assert!(!none.runs());
}
