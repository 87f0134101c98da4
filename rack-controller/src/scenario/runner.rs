//! Runs scenarios and tells how they ended.

use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hil_rig::report::{Course, Observed};
use hil_rig::scenario::{
    Outlets, Played, Scenario, Stand as _, StandError, Step, Verdict, Watcher, play_watched,
};
use points::Moment;

use super::rig_stand::{Program, RigStand, Service, Way};
use super::stand::InlineStand;
use super::trace::Trace;
use super::{claim, exact, library, recording};
use crate::config::commented;
use crate::tape;
use crate::transition::Change;

/// A scenario that was run, or could not be.
pub struct Outcome {
    /// The scenario.
    pub scenario: Scenario,
    /// Seed it ran with.
    pub seed: u64,
    /// What came of it; none where it was skipped.
    pub played: Option<Played>,
    /// Why it was skipped.
    pub skipped: Option<String>,
    /// Why it could not be run.
    pub failed: Option<String>,
    /// Series and intervals of the run.
    pub course: Option<Course>,
    /// Every change of state, with its time since the start, s.
    pub changes: Vec<(f64, Change)>,
    /// How long it took, s of real time.
    pub wall_s: f64,
}

impl Outcome {
    /// Every expectation held, or it was skipped with a reason.
    pub fn good(&self) -> bool {
        self.failed.is_none() && self.played.as_ref().is_none_or(Played::good)
    }

    /// A scenario that has not been played.
    pub(super) fn unplayed(scenario: Scenario, seed: u64) -> Self {
        Outcome {
            scenario,
            seed,
            played: None,
            skipped: None,
            failed: None,
            course: None,
            changes: Vec::new(),
            wall_s: 0.0,
        }
    }

    /// A scenario that could not be run, and why.
    pub fn failed(scenario: Scenario, seed: Option<u64>, why: &StandError) -> Self {
        let seed = seed.unwrap_or(scenario.seed);
        Outcome {
            failed: Some(why.0.clone()),
            ..Self::unplayed(scenario, seed)
        }
    }
}

/// Where a scenario runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// In this process, in virtual time.
    Process,
    /// Against the shipped processes over the rig's socket, at this speed.
    Rig(f64),
    /// Against a controller that opens the paths of a real computer, in real time.
    Exec(Program),
}

impl Over {
    /// How processes are joined to the rack; none where there are no processes.
    fn way(&self) -> Option<Way> {
        match self {
            Over::Process => None,
            Over::Rig(speed) => Some(Way::Socket(*speed)),
            Over::Exec(program) => Some(Way::Exec(program.clone())),
        }
    }
}

/// Runs one scenario.
///
/// # Errors
/// When rack or site cannot be made.
pub fn run(scenario: Scenario, seed: Option<u64>, over: Over) -> Result<Outcome, StandError> {
    run_watched(scenario, seed, over, &mut Unwatched)
}

/// What is written while a scenario runs. Only in this process: the shipped ones keep their own.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// A trace of buses, lines and acts.
    pub trace: Option<PathBuf>,
    /// A recording of everything that ticks see.
    pub recording: Option<PathBuf>,
}

/// Runs one scenario while somebody looks on, and writes while it runs.
///
/// # Errors
/// When rack or site cannot be made, or something cannot be written.
pub fn run_written(
    scenario: Scenario,
    seed: Option<u64>,
    over: Over,
    watcher: &mut dyn Watcher,
    written: &Written,
) -> Result<Outcome, StandError> {
    all(scenario, seed, over, watcher, written)
}

/// Nobody looks on.
pub struct Unwatched;

impl Watcher for Unwatched {
    fn step(&mut self, _: &Step, _: f64, _: &[Verdict]) -> bool {
        true
    }
}

/// Runs one scenario while somebody looks on, who may end it.
///
/// # Errors
/// When rack or site cannot be made.
pub fn run_watched(
    scenario: Scenario,
    seed: Option<u64>,
    over: Over,
    watcher: &mut dyn Watcher,
) -> Result<Outcome, StandError> {
    all(scenario, seed, over, watcher, &Written::default())
}

/// What a stand gives: what was played, the start, every change, the course.
type Ran = (Played, Moment, Vec<(Moment, Change)>, Course);

/// Runs one scenario in this process.
fn inline(
    scenario: &Scenario,
    seed: u64,
    watcher: &mut dyn Watcher,
    written: &Written,
) -> Result<Ran, StandError> {
    let mut stand = InlineStand::new(scenario, seed)?;
    let failed = |path: &Path, error: std::io::Error| StandError(format!("{}: {error}", path.display()));
    let trace = match &written.trace {
        Some(path) => {
            let file = std::fs::File::create(path).map_err(|error| failed(path, error))?;
            let trace = Arc::new(Mutex::new(Trace::new(BufWriter::new(file))));
            stand.listen(trace.clone());
            Some((path, trace))
        }
        None => None,
    };
    if let Some(path) = &written.recording {
        let label = format!("scenario {}, seed {seed}", scenario.name);
        let header = tape::Header::new(label, commented(&super::stand::site(scenario)));
        let sink = tape::file(path).map_err(|error| failed(path, error))?;
        let recorder = tape::Recorder::new(sink, &header);
        stand.record_to(recorder.map_err(|error| StandError(error.to_string()))?)?;
    }
    let mut stand = Observed::new(stand);
    let start = stand.start();
    let played = play_watched(scenario, &mut stand, watcher);
    let (mut stand, course) = stand.end();
    stand.end_record()?;
    if let Some((path, trace)) = trace {
        let broken = |_| StandError("the trace is broken off".into());
        let ended = trace.lock().map_err(broken)?.end();
        ended.map_err(|error| failed(path, error))?;
    }
    Ok((played, start, stand.history().to_vec(), course))
}

fn all(
    scenario: Scenario,
    seed: Option<u64>,
    over: Over,
    watcher: &mut dyn Watcher,
    written: &Written,
) -> Result<Outcome, StandError> {
    let seed = seed.unwrap_or(scenario.seed);
    let processes = (over == Over::Process && scenario.needs_processes()).then(|| {
        "something befalls the controller's processes; run it with --over-rig, or with `hil-rig exec`"
            .to_owned()
    });
    let modelled = (over != Over::Process && (scenario.agents || scenario.outlets == Some(Outlets::Pdu)))
        .then(|| "agents and PDUs are modelled in this process only; run it without --over-rig".to_owned());
    if let Some(why) = recording::missing(&scenario).or(processes).or(modelled) {
        return Ok(Outcome {
            skipped: Some(why),
            ..Outcome::unplayed(scenario, seed)
        });
    }
    let began = Instant::now();
    let (mut played, start, history, course) = match over.way() {
        None => inline(&scenario, seed, watcher, written)?,
        Some(way) => {
            let mut stand = Observed::new(RigStand::new(&scenario, seed, &Service::unseen(way))?);
            let start = stand.start();
            let played = play_watched(&scenario, &mut stand, watcher);
            let (stand, course) = stand.end();
            (played, start, stand.finish()?, course)
        }
    };
    // What came before the scenario's start is not of it.
    let own = history.into_iter().filter(|(at, _)| *at >= start);
    let changes: Vec<(f64, Change)> = own.map(|(at, change)| (at.since(start).as_s(), change)).collect();
    if over != Over::Process {
        exact::exact(&scenario, &mut played, &changes);
    }
    Ok(Outcome {
        changes,
        played: Some(played),
        course: Some(course),
        wall_s: began.elapsed().as_secs_f64(),
        ..Outcome::unplayed(scenario, seed)
    })
}

/// The scenarios of these names or files; the whole library when none is given.
///
/// # Errors
/// The first that is not there or has mistakes.
pub fn chosen(named: &[String]) -> Result<Vec<Scenario>, library::LibraryError> {
    if named.is_empty() {
        library::all()
    } else {
        named.iter().map(|name| library::find(name)).collect()
    }
}

/// An outcome as text for people.
pub fn text(outcome: &Outcome) -> String {
    use std::fmt::Write as _;
    let (name, title) = (&outcome.scenario.name, &outcome.scenario.title);
    let Some(played) = &outcome.played else {
        return match (&outcome.skipped, &outcome.failed) {
            (Some(why), _) => format!("skip {name}: {why}\n"),
            (None, why) => format!("FAIL {name}: {}\n", why.as_deref().unwrap_or("it was not run")),
        };
    };
    let verdict = if played.good() { "pass" } else { "FAIL" };
    let mut told = format!(
        "{verdict} {name}: {title} (seed {}, {:.0} s in {:.2} s)\n",
        outcome.seed, played.length_s, outcome.wall_s
    );
    for one in &played.verdicts {
        let _ = writeln!(told, "    {}", verdict_text(one));
    }
    for claim in outcome.scenario.covers.iter().filter(|_| played.good()) {
        if let Err(why) = claim::shown(outcome, claim) {
            let _ = writeln!(
                told,
                "    no claim: line {}, column {}: {why}",
                claim.line, claim.column
            );
        }
    }
    told
}

/// A verdict as text for people; two lines when it is not good.
pub fn verdict_text(one: &Verdict) -> String {
    let word = if one.good { "ok  " } else { "FAIL" };
    let took = match one.limit_s {
        Some(limit) if one.good && one.text.starts_with("within") && one.at_s - one.began_s > limit => {
            format!(" [within {limit} s, seen later]")
        }
        Some(limit) => format!(" [{:.1} of {limit} s]", one.at_s - one.began_s),
        None => String::new(),
    };
    let found = if one.good {
        String::new()
    } else {
        format!("\n                              found: {}", one.found)
    };
    format!(
        "{word} {:>9.1} s  line {:>3}  {}{took}{found}",
        one.at_s, one.line, one.text
    )
}

/// An outcome as JSON.
pub fn json(outcome: &Outcome) -> serde_json::Value {
    let verdicts = outcome.played.iter().flat_map(|played| &played.verdicts);
    let checks: Vec<serde_json::Value> = verdicts
        .map(|one| {
            serde_json::json!({
                "line": one.line, "text": one.text, "good": one.good, "began_s": one.began_s, "at_s": one.at_s,
                "limit_s": one.limit_s, "found": one.found,
            })
        })
        .collect();
    serde_json::json!({
        "scenario": outcome.scenario.name, "title": outcome.scenario.title, "seed": outcome.seed,
        "good": outcome.good(), "skipped": outcome.skipped, "failed": outcome.failed, "length_s": outcome.played.as_ref().map(|p| p.length_s),
        "checks": checks,
    })
}
