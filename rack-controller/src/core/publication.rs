//! The hosts' shutdown on its way over the network: committed by the core, published by the front, confirmed back.
//!
//! ```text
//!         tiers committed            on disk, or after 0.5 s          the front confirms
//!  none -------------------> waiting -------------------------> ordered -------------------> confirmed
//!    ^                          |                                 |  ` 2 s: a new front, an alarm   |
//!    `--------------------------+------- all released ------------+-------------------------------'
//! ```
//!
//! The core's own contact has acted long before: nothing here delays it. The tick and the threads of the link share
//! atomics and nothing else; times are of the system's clock, like everything that concerns processes.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use points::command::{Name, Reason};
use points::host::{TargetSet, TierSet};
use safety::hosts::{DrillReport, StopRecord};

use super::plane::OutletCell;
use crate::hosts::order::Committed;

/// Longest that a disk which does not take the latch record delays the order.
pub const DISK_US: u64 = 500_000;
/// A front that has not confirmed an order after this long is started anew.
pub const CONFIRM_US: u64 = 2_000_000;

/// The order that stands and its confirmation.
#[derive(Debug, Default)]
pub struct Publication {
    /// The order; its words are read whole or not at all.
    order: OrderCell,
    /// When it was committed.
    committed_us: AtomicU64,
    /// The last order that a front has confirmed.
    confirmed: AtomicU32,
    /// When it did.
    confirmed_us: AtomicU64,
    /// What outlets of networked PDUs are asked. Nobody confirms it: they are read back.
    pub outlets: OutletCell,
    /// What was learned, for the views.
    pub learned: Learned,
}

/// What incidents and drills have taught.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lesson {
    /// Stop times.
    pub stops: StopRecord,
    /// The drill that runs or was last, where there was one since the start.
    pub drill: Option<DrillReport>,
    /// Who started it, and why.
    pub by: Option<(Name, Reason)>,
}

/// A lesson on its way to the front. Whoever comes second skips, and comes again.
#[derive(Debug, Default)]
pub struct Learned {
    lesson: Mutex<Lesson>,
    /// Counts what was put.
    generation: AtomicU32,
}

impl Learned {
    /// Puts it, unless somebody reads just now; whether it was put. Called by the tick, which never waits.
    pub fn put(&self, lesson: &Lesson) -> bool {
        let Ok(mut own) = self.lesson.try_lock() else {
            return false;
        };
        *own = *lesson;
        self.generation.fetch_add(1, Ordering::Release);
        true
    }

    /// Counts what was put.
    pub fn generation(&self) -> u32 {
        self.generation.load(Ordering::Acquire)
    }

    /// The newest.
    pub fn get(&self) -> Lesson {
        *self.lesson.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Progress {
    /// Hosts are not asked to shut down.
    #[default]
    None,
    /// Ordered, and not confirmed for so long.
    Ordered {
        /// Time since the commit.
        for_us: u64,
    },
    /// Confirmed.
    Confirmed {
        /// From the commit to the confirmation.
        after_us: u64,
    },
}

impl Publication {
    /// The order that stands.
    pub fn order(&self) -> Option<Committed> {
        self.order.get()
    }

    /// A front says that it has published an order. One that no longer stands is not counted.
    pub fn confirm(&self, order: u32, now_us: u64) {
        if self.order().is_some_and(|stands| stands.number == order)
            && self.confirmed.load(Ordering::Acquire) != order
        {
            self.confirmed_us.store(now_us, Ordering::Release);
            self.confirmed.store(order, Ordering::Release);
        }
    }

    /// The front is gone. What it had published ended with it: the next one has to confirm too, from now on.
    pub fn front_lost(&self, now_us: u64) {
        let order = self.order();
        if order.is_some_and(|order| self.confirmed.load(Ordering::Acquire) == order.number) {
            // The time first: a tick between the two must not see an order that waits since long ago.
            self.committed_us.store(now_us, Ordering::Release);
            self.confirmed.store(0, Ordering::Release);
        }
    }

    /// How far it has come.
    pub fn progress(&self, now_us: u64) -> Progress {
        let Some(order) = self.order() else {
            return Progress::None;
        };
        let confirmed = self.confirmed.load(Ordering::Acquire) == order.number;
        let committed = self.committed_us.load(Ordering::Acquire);
        if confirmed {
            let at = self.confirmed_us.load(Ordering::Acquire);
            Progress::Confirmed {
                after_us: at.saturating_sub(committed),
            }
        } else {
            Progress::Ordered {
                for_us: now_us.saturating_sub(committed),
            }
        }
    }
}

/// The incident's lowest 24 bits travel in the word: two that are 16 million incidents apart are never confused.
const INCIDENT_BITS: u64 = 0x00ff_ffff;

/// An order in two words, 0 in both when none stands. One thread writes and never waits; who reads while it writes reads again.
#[derive(Debug, Default)]
struct OrderCell {
    /// Even while the words belong together.
    version: AtomicU64,
    words: [AtomicU64; 2],
}

impl OrderCell {
    fn put(&self, order: Option<Committed>) {
        self.version.fetch_add(1, Ordering::SeqCst);
        for (cell, word) in self.words.iter().zip(pack(order)) {
            cell.store(word, Ordering::SeqCst);
        }
        self.version.fetch_add(1, Ordering::SeqCst);
    }

    fn get(&self) -> Option<Committed> {
        loop {
            let before = self.version.load(Ordering::SeqCst);
            let words = [0, 1].map(|place: usize| {
                let cell = self.words.get(place);
                cell.map_or(0, |cell| cell.load(Ordering::SeqCst))
            });
            // The writer is between its words for nanoseconds, and writes a few times in an incident.
            if before.is_multiple_of(2) && self.version.load(Ordering::SeqCst) == before {
                return unpack(words);
            }
            std::hint::spin_loop();
        }
    }
}

fn pack(order: Option<Committed>) -> [u64; 2] {
    order.map_or([0; 2], |order| {
        let head = u64::from(order.number) << 32
            | (u64::from(order.incident) & INCIDENT_BITS) << 8
            | u64::from(order.tiers.0);
        [head, u64::from(order.targets.0)]
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "each part is taken out of its bits"
)]
fn unpack([head, targets]: [u64; 2]) -> Option<Committed> {
    (head != 0).then_some(Committed {
        number: (head >> 32) as u32,
        incident: (head >> 8 & INCIDENT_BITS) as u32,
        tiers: TierSet(head as u8),
        targets: TargetSet(targets as u32),
    })
}

/// The tick's side: gives the order once it is committed.
#[derive(Debug, Default)]
pub struct Committer {
    /// Something else is wanted since then.
    since_us: Option<u64>,
}

impl Committer {
    /// One tick: what the plan has committed, and whether everything handed to the disk is on it.
    pub fn step(&mut self, publication: &Publication, now_us: u64, wanted: Option<Committed>, on_disk: bool) {
        let cut = |order: Option<Committed>| unpack(pack(order));
        let (stands, wanted) = (publication.order.get(), cut(wanted));
        if wanted == stands {
            self.since_us = None;
            return;
        }
        let since = *self.since_us.get_or_insert(now_us);
        // Nothing has to be on disk for an order to end: it is given again where that was not written.
        if wanted.is_none() || on_disk || now_us.saturating_sub(since) >= DISK_US {
            self.since_us = None;
            publication.committed_us.store(now_us, Ordering::Release);
            publication.order.put(wanted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    fn order(number: u32) -> Committed {
        Committed {
            number,
            incident: 3,
            tiers: TierSet::EMPTY.with(0).with(7),
            targets: TargetSet::EMPTY.with(0).with(31),
        }
    }

    #[test]
    fn an_order_follows_the_record_and_waits_for_no_hung_disk() {
        let (publication, mut committer) = (Publication::default(), Committer::default());
        committer.step(&publication, 10, Some(order(1)), false);
        assert_eq!(publication.order(), None, "the record is on its way");
        committer.step(&publication, 20, Some(order(1)), true);
        assert_eq!(publication.order(), Some(order(1)));
        committer.step(&publication, 30, None, true);
        assert_eq!(
            (publication.order(), publication.progress(30)),
            (None, Progress::None)
        );
        committer.step(&publication, 40, Some(order(2)), false);
        committer.step(&publication, 39 + DISK_US, Some(order(3)), false);
        assert_eq!(publication.order(), None);
        committer.step(&publication, 40 + DISK_US, Some(order(3)), false);
        assert_eq!(publication.order(), Some(order(3)), "what is wanted by then");
    }

    #[test]
    fn an_order_is_read_whole_however_often_it_changes() {
        let (cell, over) = (OrderCell::default(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 1..50_000 {
                    let targets = TargetSet(number);
                    cell.put(Some(Committed {
                        targets,
                        ..order(number)
                    }));
                }
                cell.put(None);
                over.store(true, Ordering::Release);
            });
            let mut last = 0;
            while !over.load(Ordering::Acquire) {
                let Some(read) = cell.get() else { continue };
                assert_eq!(read.targets.0, read.number);
                assert!(read.number >= last);
                last = read.number;
            }
        });
        assert_eq!(cell.get(), None);
    }

    #[test]
    fn only_the_order_that_stands_is_confirmed_and_a_lost_front_confirms_nothing() {
        let (publication, mut committer) = (Publication::default(), Committer::default());
        committer.step(&publication, 100, Some(order(1)), true);
        publication.confirm(7, 150);
        assert_eq!(publication.progress(150), Progress::Ordered { for_us: 50 });
        publication.confirm(1, 160);
        publication.confirm(1, 900);
        assert_eq!(publication.progress(1000), Progress::Confirmed { after_us: 60 });
        publication.front_lost(1000);
        assert_eq!(publication.progress(1100), Progress::Ordered { for_us: 100 });
        publication.front_lost(1200);
        publication.confirm(1, 1300);
        assert_eq!(publication.progress(2000), Progress::Confirmed { after_us: 300 });
        committer.step(&publication, 3000, Some(order(2)), true);
        assert_eq!(publication.progress(3010), Progress::Ordered { for_us: 10 });
    }
}
