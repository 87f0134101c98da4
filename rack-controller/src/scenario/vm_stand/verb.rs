//! `hil-rig vm`: scenarios one after the other, a guest for each.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use hil_rig::report::Observed;
use hil_rig::scenario::{Scenario, StandError, play_watched};

use super::{Took, VmStand};
use crate::scenario::recording;
use crate::scenario::runner::{self, Outcome, Unwatched};

/// What `hil-rig vm` is asked.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Names of the library or files.
    #[arg(required = true)]
    scenario: Vec<String>,
    /// Seed of every random stream; each scenario's own when absent.
    #[arg(long)]
    seed: Option<u64>,
    /// The folder that `tests/vm/prepare` filled.
    #[arg(long, default_value = "target/vm")]
    prepared: PathBuf,
    /// Verdicts as JSON.
    #[arg(long)]
    json: bool,
}

/// Plays scenarios with the controller in a guest; the exit status is the verdict.
pub fn main(arguments: &Arguments) -> ExitCode {
    let scenarios = match runner::chosen(&arguments.scenario) {
        Ok(scenarios) => scenarios,
        Err(error) => {
            crate::cli::complain(&error.to_string());
            return ExitCode::from(2);
        }
    };
    let (mut all_good, mut told) = (true, Vec::new());
    for scenario in scenarios {
        let ran = run(scenario.clone(), arguments.seed, &arguments.prepared);
        let (outcome, took) = ran.unwrap_or_else(|error| {
            let failed = Outcome::failed(scenario, arguments.seed, &error);
            (failed, Took::default())
        });
        all_good &= outcome.good();
        if arguments.json {
            told.push(runner::json(&outcome));
            continue;
        }
        crate::cli::print(&runner::text(&outcome));
        if outcome.played.is_some() {
            crate::cli::print(&format!(
                "    guest up {:.2} s after its start, the first picture {:.2} s later\n",
                took.boot_s, took.ready_s
            ));
        }
    }
    if arguments.json {
        crate::cli::print(&format!("{:#}\n", serde_json::json!(told)));
    }
    if all_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Plays a scenario on a guest; says what came of it and how long the guest took. Nothing is claimed of what it covers:
/// claims go by the core's own changes, and here only pictures are seen.
///
/// # Errors
/// When the guest or the controller in it does not come up, or does not go.
fn run(mut scenario: Scenario, seed: Option<u64>, prepared: &Path) -> Result<(Outcome, Took), StandError> {
    let seed = seed.unwrap_or(scenario.seed);
    scenario.covers.clear();
    let upset = scenario
        .needs_processes()
        .then(|| "something befalls the controller's processes; run it with --over-rig".to_owned());
    if let Some(why) = recording::missing(&scenario).or(upset) {
        let skipped = Outcome {
            skipped: Some(why),
            ..Outcome::unplayed(scenario, seed)
        };
        return Ok((skipped, Took::default()));
    }
    let began = Instant::now();
    let mut stand = Observed::new(VmStand::new(&scenario, seed, prepared)?);
    let played = play_watched(&scenario, &mut stand, &mut Unwatched);
    let (mut stand, course) = stand.end();
    if !played.good() {
        let folder = stand.keep().display().to_string();
        crate::log::line(&format!("the guest's console is in {folder}"));
    }
    let took = stand.finish()?;
    let outcome = Outcome {
        played: Some(played),
        course: Some(course),
        wall_s: began.elapsed().as_secs_f64(),
        ..Outcome::unplayed(scenario, seed)
    };
    Ok((outcome, took))
}
