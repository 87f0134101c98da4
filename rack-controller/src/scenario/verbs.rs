//! The verbs of scenarios: run, compare, check, list, coverage.

use std::path::PathBuf;
use std::process::ExitCode;

use hil_rig::report::file_names;
use hil_rig::scenario::Scenario;

use super::coverage::Coverage;
use super::evidence::{self, About, Signer};
use super::pace::{Pace, Paced};
use super::runner::Outcome;
use super::{claim, compare, library, runner};

/// The report of a run.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Reported {
    /// Write a report into this folder: a page for each scenario and one over all, JUnit XML, a manifest with digests.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Sign the manifest with this OpenSSH private key (ed25519), as `ssh-keygen -Y sign` does.
    #[arg(long, value_name = "KEY", requires = "report")]
    sign: Option<PathBuf>,
}

/// What is kept of a run.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Kept {
    #[command(flatten)]
    reported: Reported,
    /// Write every bus transfer, line and act in virtual time beside the report, as lines of JSON.
    #[arg(long, requires = "report", conflicts_with = "over_rig")]
    trace: bool,
    /// Record everything that the ticks of one scenario see, for `replay`.
    #[arg(long, value_name = "FILE", conflicts_with = "over_rig")]
    record: Option<PathBuf>,
}

impl Kept {
    /// A report and nothing else.
    pub(super) fn reported(reported: Reported) -> Self {
        Kept {
            reported,
            ..Kept::default()
        }
    }

    /// What is written while scenarios run, for each of them.
    ///
    /// # Errors
    /// When one file would have to hold several scenarios, or the folder cannot be made.
    fn written(&self, scenarios: &[Scenario]) -> Result<Vec<runner::Written>, String> {
        if self.record.is_some() && scenarios.len() != 1 {
            return Err(format!(
                "--record takes one scenario, not {}: name the one to record",
                scenarios.len()
            ));
        }
        if let Some(folder) = &self.reported.report {
            let made = std::fs::create_dir_all(folder);
            made.map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let names = file_names(scenarios.iter().map(|scenario| scenario.name.as_str()));
        let traced = self.reported.report.as_ref().filter(|_| self.trace);
        let written = names.iter().map(|name| runner::Written {
            trace: traced.map(|folder| folder.join(trace_name(name))),
            recording: self.record.clone(),
        });
        Ok(written.collect())
    }
}

/// The file of a scenario's trace beside its report.
fn trace_name(name: &str) -> String {
    format!("{name}.ndjson")
}

/// Runs scenarios one after the other.
pub(super) fn run(
    named: &[String],
    seed: Option<u64>,
    (over, pace): (runner::Over, Pace),
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
    let signer = match kept.reported.sign.as_deref().map(Signer::read).transpose() {
        Ok(signer) => signer,
        Err(error) => return usage(&error),
    };
    let written = match kept.written(&scenarios) {
        Ok(written) => written,
        Err(error) => return usage(&error),
    };
    let about = kept
        .reported
        .report
        .as_ref()
        .map(|_| About::this_process(over.clone()));
    let (mut all_good, mut told, mut evidence) = (true, Vec::new(), Vec::new());
    let mut traces = Vec::new();
    for (scenario, written) in scenarios.into_iter().zip(&written) {
        let ran = runner::run_written(
            scenario.clone(),
            seed,
            over.clone(),
            &mut Paced::new(pace),
            written,
        );
        let outcome = ran.unwrap_or_else(|error| Outcome::failed(scenario, seed, &error));
        all_good &= outcome.good();
        if json {
            told.push(runner::json(&outcome));
        } else {
            crate::cli::print(&runner::text(&outcome));
        }
        let trace = written.trace.as_ref().filter(|trace| trace.is_file());
        traces.extend(trace.and_then(|trace| Some(trace.file_name()?.to_str()?.to_owned())));
        if let Some(about) = &about {
            evidence.push(evidence::evidence(&outcome, about));
        }
    }
    if json {
        crate::cli::print(&format!("{:#}\n", serde_json::json!(told)));
    }
    if let Some(folder) = &kept.reported.report
        && let Err(error) = evidence::write(folder, &evidence, &traces, signer.as_ref())
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
pub(super) fn compare(named: &[String], seed: Option<u64>, over: &runner::Over) -> ExitCode {
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
        match run(runner::Over::Process).and_then(|one| Ok((one, run(over.clone())?))) {
            Ok((one, other)) => {
                let ticks = match over {
                    runner::Over::Process | runner::Over::Rig(_) => compare::TICKS,
                    runner::Over::Exec(_) => compare::TICKS_IN_REAL_TIME,
                };
                let compared = compare::compare_within(&scenario, &one, &other, ticks);
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
                for hint in claim::hints(&scenario) {
                    crate::cli::print(&format!("{name}:{hint} (a hint)\n"));
                }
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

/// Names and titles of the library.
pub(super) fn list() -> ExitCode {
    match library::all() {
        Ok(scenarios) => {
            let widest = scenarios
                .iter()
                .map(|scenario| scenario.name.len())
                .max()
                .unwrap_or(0);
            let line = |scenario: &Scenario| format!("{:widest$}  {}\n", scenario.name, scenario.title);
            crate::cli::print(&scenarios.iter().map(line).collect::<String>())
        }
        Err(error) => {
            crate::cli::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Runs the library and prints what it covers; a scenario that fails covers nothing, and is named.
pub(super) fn coverage(json: bool) -> ExitCode {
    let ran = library::all()
        .map_err(|error| error.to_string())
        .and_then(|scenarios| {
            let ran = scenarios
                .into_iter()
                .map(|scenario| runner::run(scenario, None, runner::Over::Process));
            ran.collect::<Result<Vec<_>, _>>()
                .map_err(|error| error.to_string())
        });
    let outcomes = match ran {
        Ok(outcomes) => outcomes,
        Err(error) => {
            crate::cli::complain(&error);
            return ExitCode::FAILURE;
        }
    };
    let coverage = Coverage::of(&outcomes);
    let told = if json {
        format!("{:#}\n", coverage.json())
    } else {
        coverage.markdown()
    };
    let printed = crate::cli::print(&told);
    let unshown = coverage.unshown();
    if !unshown.is_empty() {
        crate::cli::complain(&format!("claims that do not count:\n{}", unshown.join("\n")));
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.good());
    let failed: Vec<&str> = failed.map(|outcome| outcome.scenario.name.as_str()).collect();
    if !failed.is_empty() {
        crate::cli::complain(&format!(
            "failed, so nothing of theirs counts: {}",
            failed.join(", ")
        ));
    }
    if failed.is_empty() && unshown.is_empty() {
        printed
    } else {
        ExitCode::FAILURE
    }
}
