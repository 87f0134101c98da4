//! What the front keeps of what the core says: transitions for the journal, samples for the lanes. And the records'
//! face towards the views.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use points::{Moment, Snapshot};
use web::api;
use web::history::{Lanes, LanesQuery, Page, Records};

use super::store::events::{self, Recorded};
use super::store::{Status, Store};
use crate::hosts::drill::Drill;
use crate::hosts::plan::Plan;
use crate::log;
use crate::transition::Transition;

/// Keeps transitions and samples.
pub(super) struct Recorder {
    store: Arc<Store>,
    /// The core's run, as it has said first.
    run: AtomicU64,
    /// What the site calls its tiers and hosts, as the core has said first.
    site: OnceLock<Plan>,
    /// The last transition that was logged; one that the core sends again is not news.
    logged: AtomicU64,
    /// The last picture by the core's clock and by the wall clock, so that a transition that waited for this front
    /// gets the time at which it happened.
    anchor: Mutex<Option<(Moment, u64)>>,
}

impl Recorder {
    pub(super) fn new(store: Arc<Store>) -> Recorder {
        Recorder {
            store,
            run: AtomicU64::new(0),
            site: OnceLock::new(),
            logged: AtomicU64::new(0),
            anchor: Mutex::new(None),
        }
    }

    /// The core has said which run this is, and what the site calls its hosts.
    pub(super) fn begin(&self, run: u64, site: &Plan) {
        self.run.store(run, Ordering::Relaxed);
        // A link has one greeting; a second one would say the same.
        let _ = self.site.set(site.clone());
    }

    /// Hands a transition to the journal. One that it does not take stays with the core, which sends it again.
    pub(super) fn note(&self, transition: Transition) {
        if self.logged.fetch_max(transition.sequence, Ordering::Relaxed) < transition.sequence {
            log::line(&format!(
                "{:.3} s #{} {}",
                transition.at.as_us() as f64 / 1e6,
                transition.sequence,
                transition.change
            ));
        }
        let anchor = *self.anchor.lock().unwrap_or_else(PoisonError::into_inner);
        let time_ms = time_of(transition.at, anchor, wall_ms());
        let recorded = Recorded {
            run: self.run.load(Ordering::Relaxed),
            time_ms: i64::try_from(time_ms).unwrap_or(i64::MAX),
            said: events::said(&transition.change, self.site.get()),
            transition,
        };
        // The store counts what it refuses, and the core keeps it.
        let _ = self.store.events.record(recorded);
    }

    /// Keeps the report of a drill that has ended.
    pub(super) fn drilled(&self, drill: &Drill) {
        let (true, Some(site)) = (drill.ended() && !drill.is_rehearsal(), self.site.get()) else {
            return;
        };
        let report = drill.report(site, wall_ms() as f64 / 1e3);
        self.keep(&report);
    }

    /// Keeps the report of a rehearsal, made for its end in Unix seconds.
    pub(super) fn rehearsed(&self, report: &dyn Fn(f64) -> api::Drill) {
        self.keep(&report(wall_ms() as f64 / 1e3));
    }

    /// Keeps a report.
    fn keep(&self, report: &api::Drill) {
        // Text, numbers and lists always encode.
        let Ok(text) = serde_json::to_string(report) else {
            return;
        };
        self.store.events.keep(events::Report {
            run: self.run.load(Ordering::Relaxed),
            number: report.number,
            text,
        });
    }

    /// Hands a picture to the history; gives the wall clock's time of it, in Unix milliseconds.
    pub(super) fn sample(&self, snapshot: &Snapshot) -> u64 {
        let time_ms = wall_ms();
        *self.anchor.lock().unwrap_or_else(PoisonError::into_inner) = Some((snapshot.now, time_ms));
        if snapshot.tick > 0 {
            // The store counts what it cannot take.
            let _ = self
                .store
                .samples
                .sample(i64::try_from(time_ms).unwrap_or(i64::MAX), snapshot);
        }
        time_ms
    }

    /// The core may forget transitions up to this one: they are on disk.
    pub(super) fn kept(&self) -> u64 {
        self.store.events.committed(self.run.load(Ordering::Relaxed))
    }

    /// Journal and history are being written.
    pub(super) fn works(&self) -> bool {
        self.store
            .status()
            .iter()
            .all(|(_, status)| *status == Status::Working)
    }
}

fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The wall clock's time of a moment before the last picture; now for one after it, or without a picture.
fn time_of(at: Moment, anchor: Option<(Moment, u64)>, now_ms: u64) -> u64 {
    match anchor {
        Some((picture, time_ms)) if at < picture => time_ms.saturating_sub((picture - at).as_us() / 1000),
        Some(_) | None => now_ms,
    }
}

/// The records as the views ask for them.
pub(super) struct Kept(pub(super) Arc<Store>);

impl Records for Kept {
    fn lanes(&self, query: &LanesQuery) -> Result<Lanes, String> {
        let count = usize::from(query.count);
        let history = self
            .0
            .samples
            .history(&query.points, query.from_ms, query.to_ms, count)
            .map_err(|error| error.to_string())?;
        let lanes = history.series.into_iter().map(|series| {
            let pairs = series.min.into_iter().zip(series.max);
            pairs.map(|(min, max)| min.zip(max)).collect()
        });
        Ok(Lanes {
            resolution_s: history.resolution_s,
            lanes: lanes.collect(),
        })
    }

    fn journal(&self, page: Page, limit: u16) -> Result<api::Journal, String> {
        let page = match page {
            Page::Before(None) => events::Page::Newest,
            Page::Before(Some(sequence)) => events::Page::Before(sequence),
            Page::After(sequence) => events::Page::After(sequence),
        };
        let journal = self
            .0
            .events
            .journal(page, usize::from(limit))
            .map_err(|error| error.to_string())?;
        let entries = journal.entries.into_iter().map(|entry| api::JournalEntry {
            sequence: entry.sequence,
            time: entry.time_ms as f64 / 1e3,
            kind: entry.kind,
            name: entry.name,
            on: entry.on,
            text: entry.text,
            priority: entry.priority,
            by: entry.by,
            why: entry.why,
        });
        Ok(api::Journal {
            entries: entries.collect(),
            more: journal.more,
        })
    }

    fn drills(&self) -> Result<api::Drills, String> {
        let kept = self.0.events.reports().map_err(|error| error.to_string())?;
        // One of another version of this software that does not read is left out.
        let drills = kept.iter().filter_map(|text| serde_json::from_str(text).ok());
        Ok(api::Drills {
            drills: drills.collect(),
        })
    }

    fn alarm_load(&self, from_ms: i64, to_ms: i64) -> Result<web::kpi::Load, String> {
        self.0
            .events
            .alarm_load(from_ms, to_ms)
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transition_that_waited_gets_the_time_at_which_it_happened() {
        let anchor = Some((Moment(50_000_000), 1_000_000));
        assert_eq!(time_of(Moment(47_500_000), anchor, 1_000_080), 997_500);
        assert_eq!(time_of(Moment(50_020_000), anchor, 1_000_080), 1_000_080);
        assert_eq!(time_of(Moment(1), None, 7), 7);
        assert_eq!(
            time_of(Moment(0), Some((Moment(9_000_000_000), 5)), 7),
            0,
            "before 1970 is 1970"
        );
    }
}
