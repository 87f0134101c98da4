//! The built-in scenarios.

use std::process::ExitCode;
use std::time::Instant;

use crate::cli::{complain, print};

mod library;
mod run;

pub use library::all;
pub use run::{Check, Run};

/// Runs scenarios by name and says how they ended.
pub fn run(names: &[String], seed: u64, json: bool) -> ExitCode {
    let library = all();
    if let Some(unknown) = names
        .iter()
        .find(|name| !library.iter().any(|(known, _, _)| known == *name))
    {
        let known: Vec<&str> = library.iter().map(|(name, _, _)| *name).collect();
        let near = crate::config::nearest(unknown, known.iter().copied());
        let hint = near
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        complain(&format!(
            "no scenario `{unknown}`{hint} There are: {}",
            known.join(", ")
        ));
        return ExitCode::from(2);
    }
    let (mut failed, mut verdicts) = (0, Vec::new());
    for (name, about, scenario) in library
        .iter()
        .filter(|(name, _, _)| names.is_empty() || names.iter().any(|n| n == name))
    {
        let began = Instant::now();
        let run = scenario(seed);
        let good = run.checks().iter().all(|check| check.good);
        failed += u32::from(!good);
        if json {
            let checks: Vec<serde_json::Value> = run.checks().iter().map(Check::json).collect();
            verdicts.push(
                serde_json::json!({ "scenario": name, "about": about, "good": good, "checks": checks }),
            );
            continue;
        }
        print(&format!(
            "{} {name}: {about} ({:.2} s)\n",
            if good { "pass" } else { "FAIL" },
            began.elapsed().as_secs_f64()
        ));
        for check in run.checks() {
            print(&format!(
                "    {} {:>8.1} s  {}\n",
                if check.good { "ok  " } else { "FAIL" },
                check.at_s,
                check.text
            ));
        }
    }
    if json {
        print(&format!("{:#}\n", serde_json::json!(verdicts)));
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
