//! The thread that runs one scenario after the other. Each run has a thread of its own below it, so that one that breaks
//! down ends itself and nothing else.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use axum::body::Bytes;
use hil_rig::scenario::{Scenario, StandError, Step, Verdict, Watcher};

use super::{Jobs, Progress, Stage};
use crate::scenario::evidence::{About, evidence};
use crate::scenario::runner::{self, Outcome, Over};

/// Stack of a run, bytes: machine and rack live on it.
const STACK: usize = 8 << 20;

pub(super) fn start(jobs: Arc<Jobs>) -> std::io::Result<()> {
    let work = move || loop {
        let (id, scenario, seed, progress) = next(&jobs);
        let began = Instant::now();
        let watcher = Looker {
            jobs: Arc::clone(&jobs),
            id,
            progress: Arc::clone(&progress),
        };
        let outcome = run(scenario, seed, watcher);
        let wall_s = began.elapsed().as_secs_f64();
        let end = progress.end.load(Ordering::Relaxed);
        let report = outcome.as_ref().ok().map(report);
        jobs.with(id, |job| {
            job.wall_s = wall_s;
            job.report = report;
            (job.stage, job.why) = over(outcome, end, &mut job.verdicts);
            if job.stage == Stage::Pass || job.stage == Stage::Fail {
                job.step = job.steps;
            }
        });
    };
    std::thread::Builder::new()
        .name("rig-jobs".into())
        .spawn(work)
        .map(drop)
}

/// Waits for the next run and takes it.
fn next(jobs: &Jobs) -> (u64, Scenario, u64, Arc<Progress>) {
    let mut inner = jobs.lock();
    loop {
        let waits = inner.jobs.iter_mut().find(|job| job.stage == Stage::Waiting);
        if let Some(job) = waits
            && let Some(scenario) = job.scenario.take()
        {
            job.stage = Stage::Running;
            return (job.id, scenario, job.seed, Arc::clone(&job.progress));
        }
        inner = jobs.comes.wait(inner).unwrap_or_else(PoisonError::into_inner);
    }
}

fn run(scenario: Scenario, seed: u64, mut watcher: Looker) -> Result<Outcome, StandError> {
    let run = move || runner::run_watched(scenario, Some(seed), Over::Process, &mut watcher);
    let thread = std::thread::Builder::new()
        .name("rig-job".into())
        .stack_size(STACK)
        .spawn(run)
        .map_err(|error| StandError(error.to_string()))?;
    thread.join().unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said
            .or(panic.downcast_ref::<&str>().copied())
            .unwrap_or("without a word");
        Err(StandError(format!("the run broke down: {said}")))
    })
}

/// The report of a run as a page.
fn report(outcome: &Outcome) -> Bytes {
    let about = About::this_process(Over::Process);
    Bytes::from(hil_rig::report::html(&evidence(outcome, &about)))
}

/// How a run that is over stands, and why.
fn over(outcome: Result<Outcome, StandError>, end: bool, verdicts: &mut Vec<Verdict>) -> (Stage, String) {
    match outcome {
        Err(error) => (Stage::Broken, error.0),
        Ok(outcome) => {
            let good = outcome.good();
            let Some(played) = outcome.played else {
                return (Stage::Skipped, outcome.skipped.unwrap_or_default());
            };
            *verdicts = played.verdicts;
            match (end, good) {
                (true, _) => (Stage::Ended, String::new()),
                (false, true) => (Stage::Pass, String::new()),
                (false, false) => (Stage::Fail, String::new()),
            }
        }
    }
}

/// Looks on while a run goes on, and says so.
struct Looker {
    jobs: Arc<Jobs>,
    id: u64,
    progress: Arc<Progress>,
}

impl Watcher for Looker {
    fn step(&mut self, step: &Step, at_s: f64, verdicts: &[Verdict]) -> bool {
        self.jobs.with(self.id, |job| {
            job.step += 1;
            job.line = step.line;
            job.verdicts
                .extend_from_slice(verdicts.get(job.verdicts.len()..).unwrap_or(&[]));
        });
        self.look(at_s)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a scenario's time is at most some hundred days and never negative"
    )]
    fn look(&mut self, at_s: f64) -> bool {
        self.progress.at_us.store((at_s * 1e6) as u64, Ordering::Relaxed);
        !self.progress.end.load(Ordering::Relaxed)
    }
}
