//! The verbs of scenarios: run, check, words.

use std::path::PathBuf;
use std::process::ExitCode;

use super::evidence::{self, About, Signer};
use super::runner::Outcome;
use super::{library, recording, runner};

/// What is kept of a run.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Kept {
    /// Write a report into this folder: a page for each scenario and one over all, JUnit XML, a manifest with digests.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Sign the manifest with this OpenSSH private key (ed25519), as `ssh-keygen -Y sign` does.
    #[arg(long, value_name = "KEY", requires = "report")]
    sign: Option<PathBuf>,
}

/// Runs scenarios one after the other.
pub(super) fn run(
    named: &[String],
    seed: Option<u64>,
    over: runner::Over,
    json: bool,
    kept: &Kept,
) -> ExitCode {
    let usage = |error: &dyn std::fmt::Display| {
        crate::cli::complain(&error.to_string());
        ExitCode::from(2)
    };
    let scenarios = match runner::chosen(named) {
        Ok(scenarios) => scenarios,
        Err(error) => return usage(&error),
    };
    // A key that cannot sign is told before anything runs.
    let signer = match kept.sign.as_deref().map(Signer::read).transpose() {
        Ok(signer) => signer,
        Err(error) => return usage(&error),
    };
    let about = kept.report.as_ref().map(|_| About::this_process(over));
    let (mut all_good, mut told, mut evidence) = (true, Vec::new(), Vec::new());
    for scenario in scenarios {
        let ran = runner::run(scenario.clone(), seed, over);
        let outcome = ran.unwrap_or_else(|error| Outcome::failed(scenario, seed, &error));
        all_good &= outcome.good();
        if json {
            told.push(runner::json(&outcome));
        } else {
            crate::cli::print(&runner::text(&outcome));
        }
        if let Some(about) = &about {
            evidence.push(evidence::evidence(&outcome, about));
        }
    }
    if json {
        crate::cli::print(&format!("{:#}\n", serde_json::json!(told)));
    }
    if let Some(folder) = &kept.report
        && let Err(error) = evidence::write(folder, &evidence, &[], signer.as_ref())
    {
        crate::cli::complain(&error.to_string());
        return ExitCode::FAILURE;
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
