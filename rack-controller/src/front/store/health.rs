//! Whether a store works, since when it does not, and what it has counted. One line is logged when an episode
//! begins and one when it ends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Wait before the first new try; each further failure doubles it.
const RETRY_FIRST: Duration = Duration::from_millis(500);
/// A try that takes longer hangs, ms. A second is waited for locks, and a check at start reads the whole file.
const HANGS_MS: u64 = 10_000;
/// Longest wait between two tries.
const RETRY_MOST: Duration = Duration::from_secs(30);

/// How a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It has not been opened yet.
    Opening,
    /// What is handed over is written.
    Working,
    /// Nothing is written now; it is tried again.
    Failing {
        /// Since when.
        since: Instant,
        /// Why, and what a person can do.
        text: String,
    },
}

/// A store's state, shared between its writer and whoever asks.
#[derive(Debug)]
pub(super) struct Health {
    name: &'static str,
    made: Instant,
    /// Milliseconds from `made` to the beginning of the try that runs, and one more; 0 while none does.
    began_ms: AtomicU64,
    status: Mutex<Status>,
    /// Told when the state is no longer the one before.
    turned: Condvar,
    /// How many times the database was opened by its writer; readers open theirs anew when it has changed.
    pub(super) generation: AtomicU64,
    /// Rows written.
    pub(super) rows: AtomicU64,
    /// Bytes of those rows' own data.
    pub(super) bytes: AtomicU64,
    /// Transactions committed.
    pub(super) batches: AtomicU64,
    /// What was not taken because a queue was full.
    pub(super) dropped: AtomicU64,
    /// Rows deleted because they were too old or too many.
    pub(super) pruned: AtomicU64,
    /// Rows that could not be read.
    pub(super) damaged: AtomicU64,
    /// Tries that failed.
    pub(super) failures: AtomicU64,
}

impl Health {
    pub(super) fn new(name: &'static str) -> Health {
        Health {
            name,
            made: Instant::now(),
            began_ms: AtomicU64::new(0),
            status: Mutex::new(Status::Opening),
            turned: Condvar::new(),
            generation: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            pruned: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        }
    }

    /// A try begins; it may hang in the system for as long as the disk does.
    pub(super) fn begins(&self) {
        self.began_ms.store(self.elapsed_ms() + 1, Ordering::Release);
    }

    /// The try is over.
    pub(super) fn ends(&self) {
        self.began_ms.store(0, Ordering::Release);
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// How it is now. A try that hangs cannot say so itself: whoever asks finds out.
    pub(super) fn status(&self) -> Status {
        self.status_at(self.elapsed_ms())
    }

    /// How it is once it has been opened or could not be; how it is then when that takes longer than `within`.
    pub(super) fn opened(&self, within: Duration) -> Status {
        let status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        let is_opening = |status: &mut Status| *status == Status::Opening;
        let waited = self.turned.wait_timeout_while(status, within, is_opening);
        let (status, _) = waited.unwrap_or_else(PoisonError::into_inner);
        status.clone()
    }

    fn status_at(&self, now_ms: u64) -> Status {
        let began = self.began_ms.load(Ordering::Acquire);
        if began > 0 && now_ms.saturating_sub(began) > HANGS_MS {
            let text = "the disk does not answer; check it".to_owned();
            let hangs = Status::Failing {
                since: Instant::now(),
                text,
            };
            if let Some(line) = self.turn(hangs) {
                crate::log::line(&line);
            }
        }
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A try succeeded.
    pub(super) fn works(&self) {
        if let Some(line) = self.turn(Status::Working) {
            crate::log::line(&line);
        }
    }

    /// A try failed.
    pub(super) fn fails(&self, since: Instant, text: String) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if let Some(line) = self.turn(Status::Failing { since, text }) {
            crate::log::line(&line);
        }
    }

    /// Takes the new state; gives the line to log when an episode begins or ends. While one lasts, its beginning
    /// stays and its text is renewed.
    fn turn(&self, next: Status) -> Option<String> {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        // Who is woken gets the lock when this has let go of it.
        self.turned.notify_all();
        match (&mut *status, next) {
            (Status::Failing { text, .. }, Status::Failing { text: newer, .. }) => {
                *text = newer;
                None
            }
            (Status::Opening | Status::Working, Status::Failing { since, text }) => {
                let line = format!("{} is not written: {text}", self.name);
                *status = Status::Failing { since, text };
                Some(line)
            }
            (Status::Failing { since, .. }, Status::Working) => {
                let line = format!("{} is written again after {:.1?}", self.name, since.elapsed());
                *status = Status::Working;
                Some(line)
            }
            (Status::Opening | Status::Working, next @ (Status::Opening | Status::Working))
            | (Status::Failing { .. }, next @ Status::Opening) => {
                *status = next;
                None
            }
        }
    }
}

/// When to try again.
#[derive(Debug)]
pub(super) struct Backoff {
    wait: Duration,
    due: Option<Instant>,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff {
            wait: RETRY_FIRST,
            due: None,
        }
    }
}

impl Backoff {
    pub(super) fn failed(&mut self, now: Instant) {
        self.due = Some(now + self.wait);
        self.wait = (self.wait * 2).min(RETRY_MOST);
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| now >= due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_that_hangs_is_failing_until_it_succeeds_after_all() {
        let health = Health::new("events.db");
        health.works();
        health.begins();
        let began = health.began_ms.load(Ordering::Relaxed);
        assert_eq!(health.status_at(began + HANGS_MS), Status::Working);
        let hung = health.status_at(began + HANGS_MS + 1);
        assert!(matches!(hung, Status::Failing { .. }), "{hung:?}");
        health.ends();
        assert!(matches!(
            health.status_at(began + HANGS_MS + 2),
            Status::Failing { .. }
        ));
        health.works();
        assert_eq!(health.status(), Status::Working);
    }

    #[test]
    fn one_that_is_being_opened_is_waited_for_and_no_longer_than_told() {
        let health = Health::new("events.db");
        assert_eq!(health.opened(Duration::ZERO), Status::Opening);
        let long = Duration::from_secs(600);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| health.opened(long));
            health.works();
            assert_eq!(waits.join().expect("an answer"), Status::Working);
        });
        health.fails(Instant::now(), "disk full".to_owned());
        assert!(matches!(health.opened(long), Status::Failing { .. }));
    }

    #[test]
    fn an_episode_is_logged_once_at_each_end() {
        let health = Health::new("events.db");
        let now = Instant::now();
        let failing = |text: &str| Status::Failing {
            since: now,
            text: text.to_owned(),
        };
        assert_eq!(health.turn(Status::Working), None);
        let begin = health.turn(failing("disk full")).expect("a line");
        assert_eq!(begin, "events.db is not written: disk full");
        assert_eq!(health.turn(failing("read-only")), None);
        assert_eq!(health.status(), failing("read-only"));
        assert!(
            health
                .turn(Status::Working)
                .is_some_and(|line| line.contains("written again"))
        );
        assert_eq!(health.turn(Status::Working), None);
    }

    #[test]
    fn waits_double_up_to_their_bound() {
        let (mut backoff, mut now) = (Backoff::default(), Instant::now());
        assert!(backoff.is_due(now));
        for wait in [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
            backoff.failed(now);
            assert!(!backoff.is_due(now + Duration::from_millis(wait - 1)));
            now += Duration::from_millis(wait);
            assert!(backoff.is_due(now));
        }
    }
}
