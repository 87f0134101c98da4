//! Scenario runs of the page: one at a time, in process and in virtual time, in a thread of their own.
//!
//! ```text
//!  POST --read whole--> WAITING --its turn--> RUNNING ----> pass, fail, skipped
//!            |             |                     |`-------> broken: no stand, or the run panicked
//!       mistakes: 400      `------- cancel ------+--------> ended
//! ```
//! At most [`WAITING_MAX`] wait: a further one is refused with 503 and is not queued. The last [`KEPT_MAX`] that are over are
//! kept with their verdicts; an older one is forgotten.

mod routes;
mod worker;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use hil_rig::scenario::{Scenario, Verdict};
use serde::Serialize;

pub(super) use routes::{add, cancel, check, list, one, report};

/// Most runs that wait for their turn; another one is refused.
pub const WAITING_MAX: usize = 4;
/// Most runs that are kept when they are over; the oldest gives way.
pub const KEPT_MAX: usize = 12;

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// For its turn.
    Waiting,
    /// It runs.
    Running,
    /// Over: every expectation held.
    Pass,
    /// Over: not every one did.
    Fail,
    /// Over: it could not run here, for a reason.
    Skipped,
    /// Over: somebody ended it.
    Ended,
    /// Over: the stand could not be made, or the run broke down.
    Broken,
}

impl Stage {
    fn is_over(self) -> bool {
        match self {
            Stage::Waiting | Stage::Running => false,
            Stage::Pass | Stage::Fail | Stage::Skipped | Stage::Ended | Stage::Broken => true,
        }
    }
}

/// What the run says while it goes on, without a lock.
#[derive(Debug, Default)]
struct Progress {
    /// Simulated time, us.
    at_us: AtomicU64,
    /// Somebody wants it to end.
    end: AtomicBool,
}

#[derive(Debug)]
struct Job {
    id: u64,
    /// Given to the worker when its turn comes.
    scenario: Option<Scenario>,
    name: String,
    title: String,
    text: String,
    seed: u64,
    steps: usize,
    step: usize,
    /// The line of the step that is being taken.
    line: usize,
    stage: Stage,
    verdicts: Vec<Verdict>,
    why: String,
    wall_s: f64,
    progress: Arc<Progress>,
    /// Its report as a page, once it is over.
    report: Option<Bytes>,
}

/// A run in a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Brief {
    /// Its number.
    pub id: u64,
    /// Its scenario.
    pub name: String,
    /// What that shows.
    pub title: String,
    /// Seed of every random stream.
    pub seed: u64,
    /// Where it is.
    pub stage: Stage,
    /// Steps taken, of so many.
    pub step: usize,
    /// Steps there are.
    pub steps: usize,
    /// Simulated time, s.
    pub at_s: f64,
    /// How long it took, s of real time, once it is over.
    pub wall_s: f64,
    /// Expectations that held.
    pub good: usize,
    /// Expectations that did not.
    pub bad: usize,
    /// Why it was skipped or broke.
    pub why: String,
    /// There is a report.
    pub report: bool,
}

/// A verdict of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Judged {
    line: usize,
    text: String,
    good: bool,
    began_s: f64,
    at_s: f64,
    limit_s: Option<f64>,
    found: String,
}

/// A run with everything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Full {
    #[serde(flatten)]
    brief: Brief,
    /// The line of the step that is being taken.
    line: usize,
    text: String,
    verdicts: Vec<Judged>,
}

impl Job {
    fn brief(&self) -> Brief {
        let good = self.verdicts.iter().filter(|verdict| verdict.good).count();
        Brief {
            id: self.id,
            name: self.name.clone(),
            title: self.title.clone(),
            seed: self.seed,
            stage: self.stage,
            step: self.step,
            steps: self.steps,
            at_s: super::api::clock_s(self.progress.at_us.load(Ordering::Relaxed)),
            wall_s: self.wall_s,
            good,
            bad: self.verdicts.len() - good,
            why: self.why.clone(),
            report: self.report.is_some(),
        }
    }

    fn full(&self) -> Full {
        let judged = |verdict: &Verdict| Judged {
            line: verdict.line,
            text: verdict.text.clone(),
            good: verdict.good,
            began_s: verdict.began_s,
            at_s: verdict.at_s,
            limit_s: verdict.limit_s,
            found: verdict.found.clone(),
        };
        Full {
            brief: self.brief(),
            line: self.line,
            text: self.text.clone(),
            verdicts: self.verdicts.iter().map(judged).collect(),
        }
    }
}

/// Why a run is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{WAITING_MAX} runs wait already; cancel one or wait until one is over")]
pub(super) struct Full503;

#[derive(Debug, Default)]
struct Inner {
    last: u64,
    /// Oldest first.
    jobs: VecDeque<Job>,
}

/// All runs.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    inner: Mutex<Inner>,
    /// A run waits.
    comes: Condvar,
}

impl Jobs {
    /// No runs, and the thread that will take them.
    pub(super) fn start() -> std::io::Result<Arc<Self>> {
        let jobs = Arc::new(Jobs::default());
        worker::start(Arc::clone(&jobs))?;
        Ok(jobs)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a run; gives its number.
    fn add(&self, scenario: Scenario, seed: Option<u64>) -> Result<u64, Full503> {
        let mut inner = self.lock();
        let waiting = inner.jobs.iter().filter(|job| job.stage == Stage::Waiting);
        if waiting.count() >= WAITING_MAX {
            return Err(Full503);
        }
        inner.last += 1;
        let id = inner.last;
        inner.jobs.push_back(Job {
            id,
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            text: scenario.text.clone(),
            seed: seed.unwrap_or(scenario.seed),
            steps: scenario.steps.len(),
            step: 0,
            line: 0,
            stage: Stage::Waiting,
            verdicts: Vec::new(),
            why: String::new(),
            wall_s: 0.0,
            progress: Arc::default(),
            report: None,
            scenario: Some(scenario),
        });
        forget(&mut inner.jobs);
        self.comes.notify_one();
        Ok(id)
    }

    /// Ends a run that waits or runs; whether there is one of this number.
    fn cancel(&self, id: u64) -> bool {
        let mut inner = self.lock();
        let Some(job) = inner.jobs.iter_mut().find(|job| job.id == id) else {
            return false;
        };
        job.progress.end.store(true, Ordering::Relaxed);
        if job.stage == Stage::Waiting {
            (job.stage, job.scenario) = (Stage::Ended, None);
        }
        true
    }

    /// Every run, newest first.
    pub(super) fn briefs(&self) -> Vec<Brief> {
        self.lock().jobs.iter().rev().map(Job::brief).collect()
    }

    fn full(&self, id: u64) -> Option<Full> {
        self.lock().jobs.iter().find(|job| job.id == id).map(Job::full)
    }

    fn report(&self, id: u64) -> Option<Bytes> {
        let inner = self.lock();
        let job = inner.jobs.iter().find(|job| job.id == id)?;
        job.report.clone()
    }

    /// Does something to a run, as long as it is there.
    fn with(&self, id: u64, act: impl FnOnce(&mut Job)) {
        if let Some(job) = self.lock().jobs.iter_mut().find(|job| job.id == id) {
            act(job);
        }
    }
}

/// Forgets the oldest that are over until no more than [`KEPT_MAX`] are.
fn forget(jobs: &mut VecDeque<Job>) {
    let mut over = jobs.iter().filter(|job| job.stage.is_over()).count();
    jobs.retain(|job| {
        let goes = over > KEPT_MAX && job.stage.is_over();
        over -= usize::from(goes);
        !goes
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario() -> Scenario {
        Scenario::parse("short", "title Short\nwait 1 s\nexpect truth room > 0 °C\n").expect("it is good")
    }

    #[test]
    fn what_is_too_much_is_refused_and_a_cancelled_one_makes_room() {
        // Without a worker nothing ever leaves the queue by itself.
        let jobs = Jobs::default();
        for id in 1..=WAITING_MAX as u64 {
            assert_eq!(jobs.add(scenario(), None), Ok(id));
        }
        assert_eq!(jobs.add(scenario(), None), Err(Full503));
        assert!(jobs.cancel(2) && !jobs.cancel(99));
        assert_eq!(jobs.briefs()[2].stage, Stage::Ended);
        assert_eq!(jobs.add(scenario(), Some(7)), Ok(5));
        assert_eq!(jobs.briefs()[0].seed, 7);
    }

    #[test]
    fn the_oldest_that_are_over_are_forgotten() {
        let jobs = Jobs::default();
        for _ in 0..KEPT_MAX + 3 {
            let id = jobs.add(scenario(), None).expect("there is room");
            jobs.cancel(id);
        }
        let last = jobs.add(scenario(), None).expect("there is room");
        let numbers: Vec<u64> = jobs.briefs().iter().map(|brief| brief.id).collect();
        assert_eq!(numbers.len(), KEPT_MAX + 1);
        assert_eq!(numbers[0], last);
    }
}
