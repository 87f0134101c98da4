//! The verbs of scenarios: run, check, words.

use std::process::ExitCode;

use super::{library, recording, runner};

/// Runs scenarios one after the other.
pub(super) fn run(named: &[String], seed: Option<u64>, over: runner::Over, json: bool) -> ExitCode {
    let scenarios = match runner::chosen(named) {
        Ok(scenarios) => scenarios,
        Err(error) => {
            crate::cli::complain(&error.to_string());
            return ExitCode::from(2);
        }
    };
    let (mut all_good, mut told) = (true, Vec::new());
    for scenario in scenarios {
        match runner::run(scenario, seed, over) {
            Ok(outcome) => {
                all_good &= outcome.good();
                if json {
                    told.push(runner::json(&outcome));
                } else {
                    crate::cli::print(&runner::text(&outcome));
                }
            }
            Err(error) => {
                crate::cli::complain(&error.to_string());
                all_good = false;
            }
        }
    }
    if json {
        crate::cli::print(&format!("{:#}\n", serde_json::json!(told)));
    }
    if all_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs scenarios on both stands and says where they part.
pub(super) fn compare(named: &[String], seed: Option<u64>, speed: f64) -> ExitCode {
    let scenarios = match runner::chosen(named) {
        Ok(scenarios) => scenarios,
        Err(error) => {
            crate::cli::complain(&error.to_string());
            return ExitCode::from(2);
        }
    };
    let mut good = true;
    for scenario in scenarios
        .into_iter()
        .filter(|one| !named.is_empty() || one.over_rig)
    {
        let run = |over| runner::run(scenario.clone(), seed, over);
        match run(runner::Over::Process).and_then(|one| Ok((one, run(runner::Over::Rig(speed))?))) {
            Ok((one, other)) => {
                let compared = super::compare::compare(&scenario, &one, &other);
                let same = compared.parted.is_empty() && one.good() && other.good();
                good &= same;
                crate::cli::print(&format!(
                    "{} {}: {} changes, {:.3} s apart at most ({:.0} % of what is allowed)\n{}",
                    if same { "same" } else { "DIFFERS" },
                    scenario.name,
                    compared.same,
                    compared.worst.0,
                    100.0 * compared.worst.1,
                    compared.table,
                ));
                for line in &compared.parted {
                    crate::cli::print(&format!("    DIFFERS {line}\n"));
                }
                if !one.good() || !other.good() {
                    crate::cli::print(&format!("{}{}", runner::text(&one), runner::text(&other)));
                }
            }
            Err(error) => {
                crate::cli::complain(&error.to_string());
                good = false;
            }
        }
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Reads scenarios without running them.
pub(super) fn check(named: &[String]) -> ExitCode {
    let mut good = true;
    let named: Vec<String> = if named.is_empty() {
        library::texts().into_iter().map(|(name, _)| name).collect()
    } else {
        named.to_vec()
    };
    for name in &named {
        match library::find(name) {
            Ok(scenario) => {
                let told = format!(
                    "{name}: good. {} steps: {}\n",
                    scenario.steps.len(),
                    scenario.title
                );
                crate::cli::print(&told);
            }
            Err(error) => {
                good = false;
                crate::cli::complain(&error.to_string());
            }
        }
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The vocabulary of scenarios: a walk over the tables that read them.
pub(super) fn words() -> String {
    use std::fmt::Write as _;
    let mut told = "acts\n".to_owned();
    for row in hil_rig::rack::ACTS {
        let arguments = row.parameters.iter().map(|parameter| {
            let words = parameter.words.join("|");
            let number = parameter
                .number
                .map(|span| format!("{}..{} {}", span.low, span.high, span.unit));
            match number {
                Some(number) if words.is_empty() => format!("<{}: {}>", parameter.name, number.trim_end()),
                Some(number) => format!("<{}: {} or {words}>", parameter.name, number.trim_end()),
                None => format!("<{}: {words}>", parameter.name),
            }
        });
        let arguments: Vec<String> = arguments.collect();
        let _ = writeln!(
            told,
            "  {} {}\n      {}",
            row.name,
            arguments.join(" "),
            row.about.trim()
        );
    }
    told.push_str("faults of instruments, with what can be said of their amount\n");
    for row in hil_rig::rack::FAULTS {
        let amounts: Vec<String> = row
            .fits
            .iter()
            .filter_map(|fit| fit.amount)
            .map(|amount| {
                let (span, usual) = (amount.span, amount.usual);
                let number = format!("{}..{} {}", span.low, span.high, span.unit);
                format!("<{}, usually {usual}>", number.trim_end())
            })
            .collect();
        let _ = writeln!(
            told,
            "  {} {}\n      {}",
            row.name,
            amounts.join(" or "),
            row.about.trim()
        );
    }
    told.push_str("truth\n");
    for row in hil_rig::rack::TRUTHS {
        let _ = writeln!(told, "  {} {}\n      {}", row.name, row.unit, row.about.trim());
    }
    told.push_str("upsets (over the rig's socket only)\n");
    for (words, about) in hil_rig::scenario::UPSETS {
        let _ = writeln!(told, "  {words}\n      {about}");
    }
    told.push_str("recordings\n");
    for (name, about) in recording::RECORDINGS {
        let _ = writeln!(told, "  {name}\n      {about}");
    }
    told.push_str("library\n");
    for (name, _) in library::texts() {
        let _ = writeln!(told, "  {name}");
    }
    told
}
