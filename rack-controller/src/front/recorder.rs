//! What the front keeps of what the core says: transitions for the journal, samples for the lanes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use points::Snapshot;

use crate::transition::Transition;

/// Keeps transitions and samples.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    kept: AtomicU64,
}

impl Recorder {
    pub(super) fn begin(&self, _run: u64) {}

    pub(super) fn note(&self, transition: Transition) {
        self.kept.store(transition.sequence, Ordering::Relaxed);
    }

    pub(super) fn sample(&self, _snapshot: &Snapshot) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    pub(super) fn works(&self) -> bool {
        true
    }
}

pub(super) struct NotYet;
impl web::history::Records for NotYet {
    fn lanes(&self, _: &web::history::LanesQuery) -> Result<web::history::Lanes, String> {
        Err("not yet".into())
    }
    fn journal(&self, _: web::history::Page, _: u16) -> Result<web::api::Journal, String> {
        Err("not yet".into())
    }
}
