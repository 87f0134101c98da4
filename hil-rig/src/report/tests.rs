//! What every document of a run must hold, over a small run made by hand.

use points::Moment;

use super::*;
use crate::rack::{Rack, RackConfig};
use crate::scenario::{Mark, Verdict};

const TEXT: &str = "title  A <b>bold</b> title & more\ncovers H16 idle C03\n\n# <script>alert(1)</script>\nload 5 kW\nwait 1 s\nexpect no alarm\nwithin 5 s  drive > 50 %\n";

fn evidence(good: bool) -> Evidence {
    let scenario = Scenario::parse("<i>name</i>", TEXT).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut recorder = Recorder::new(Moment::ZERO);
    let report = Rack::new(RackConfig::default()).report();
    for second in 1..=10 {
        let picture = points::Snapshot::default();
        recorder.look(Moment(second * 1_000_000), Some(&picture), &report);
    }
    let verdict = |line, good, limit_s| Verdict {
        line,
        text: "within 5 s <em>".to_owned(),
        good,
        began_s: 1.0,
        at_s: 6.0,
        limit_s,
        found: if good {
            String::new()
        } else {
            "drive is 0 % \"quoted\" </td>".to_owned()
        },
    };
    let played = Played {
        verdicts: vec![verdict(7, true, None), verdict(8, good, Some(5.0))],
        marks: vec![Mark {
            at_s: 0.0,
            line: 5,
            text: "load 5 kW".to_owned(),
        }],
        length_s: 10.0,
    };
    Evidence {
        scenario,
        seed: 7,
        stand: "by hand".to_owned(),
        ending: Ending::Played {
            played,
            course: Some(recorder.course()),
        },
        facts: vec![Fact::new("Package", "rack-controller <0.1>")],
        run_at: "2026-01-02 03:04:05 UTC".to_owned(),
    }
}

#[test]
fn nothing_that_people_write_becomes_markup() {
    let page = html(&evidence(false));
    for wrong in ["<script", "<b>", "<em>", "<i>", "<0.1>", "</td></td>"] {
        assert!(!page.contains(wrong), "{wrong} in {page}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    let pages = [page, index(&[evidence(false)])];
    for page in pages {
        for outward in ["http://", "https://", "src=", "url(", "@import", "<link"] {
            assert!(!page.contains(outward), "{outward}");
        }
        assert_eq!(
            page.matches("2026-01-02 03:04:05 UTC").count(),
            1,
            "one wall time"
        );
    }
}

#[test]
fn the_verdict_is_said_in_words_and_every_line_is_there() {
    let (good, bad) = (html(&evidence(true)), html(&evidence(false)));
    assert!(good.contains("Passed: 2 of 2 expectations held") && !good.contains("did not hold"));
    assert!(bad.contains("Failed: 1 of 2 expectations did not hold") && bad.contains("quot;quoted"));
    for line in 1..=8 {
        assert!(good.contains(&format!("id=\"l{line}\"")), "line {line}");
    }
    assert!(good.contains("Blower speed") && good.contains("Exhaust air"));
    assert_eq!(html(&evidence(true)), good, "the same evidence is the same page");
}

#[test]
fn what_was_not_run_says_why() {
    let mut skipped = evidence(true);
    skipped.ending = Ending::Skipped("needs cluster-day".to_owned());
    let mut failed = evidence(true);
    failed.ending = Ending::Failed("the rack has no line `x`".to_owned());
    assert!(html(&skipped).contains("needs cluster-day"));
    assert!(html(&failed).contains("the rack has no line `x`"));
    let all = index(&[evidence(true), skipped.clone(), failed.clone()]);
    assert!(all.contains("Failed: 1 of 3 scenarios") && all.contains("needs cluster-day"));
    assert!(index(&[skipped]).contains("Nothing was run"));
}

#[test]
fn junit_has_a_suite_for_each_scenario_and_a_case_for_each_expectation() {
    let mut skipped = evidence(true);
    skipped.ending = Ending::Skipped("needs cluster-day".to_owned());
    let xml = junit(&[evidence(false), skipped]).unwrap_or_else(|error| panic!("{error}"));
    assert!(xml.starts_with("<?xml"), "{xml}");
    assert!(
        xml.contains(r#"<testsuites name="hil-rig" tests="3" skipped="1" failures="1" errors="0">"#),
        "{xml}"
    );
    assert_eq!(xml.matches("<testsuite ").count(), 2);
    assert_eq!(xml.matches("<testcase ").count(), 3);
    assert!(
        xml.contains("<failure message=\"found: drive is 0 % &quot;quoted&quot; &lt;/td&gt;\""),
        "{xml}"
    );
    assert!(xml.contains("<skipped message=\"needs cluster-day\""), "{xml}");
}
