//! What the UPS's status is, with the memory of what was committed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use points::interlock::Effect;

use crate::front::Latest;

/// A picture older than this says nothing about now.
pub(super) const STALE_AFTER: Duration = Duration::from_secs(2);

/// The UPS's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Hosts may run.
    Online,
    /// Hosts have to shut down, and there is no way back for those that have seen it.
    ForcedShutdown,
    /// Nobody knows.
    Stale,
}

/// Whether shutdown was committed, as far as pictures have told.
#[derive(Debug, Default)]
pub(super) struct Memory(AtomicBool);

impl Memory {
    /// The status now. Shutdown ends only with a fresh picture that does not ask for it any more; neither silence
    /// nor the empty picture before the first tick takes it back.
    pub(super) fn look(&self, latest: &Latest, now: Instant) -> Status {
        let told = latest.snapshot.tick > 0;
        if told && latest.snapshot.effects.has(Effect::HostDown) {
            self.0.store(true, Ordering::Relaxed);
            return Status::ForcedShutdown;
        }
        if told && is_fresh(latest, now) {
            self.0.store(false, Ordering::Relaxed);
            return Status::Online;
        }
        if self.0.load(Ordering::Relaxed) {
            Status::ForcedShutdown
        } else {
            Status::Stale
        }
    }
}

/// Whether the picture says something about now.
pub(super) fn is_fresh(latest: &Latest, now: Instant) -> bool {
    latest.snapshot.tick > 0 && now.saturating_duration_since(latest.at) <= STALE_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::Snapshot;
    use points::interlock::EffectSet;

    fn picture(tick: u64, effects: EffectSet, at: Instant) -> Latest {
        let snapshot = Snapshot {
            tick,
            effects,
            ..Snapshot::default()
        };
        Latest { snapshot, at }
    }

    #[test]
    fn silence_neither_commits_nor_takes_back() {
        let (memory, at) = (Memory::default(), Instant::now());
        let late = at + STALE_AFTER + Duration::from_millis(1);
        let (none, down) = (EffectSet::EMPTY, EffectSet::of(&[Effect::HostDown]));
        // Everything but HOST_DOWN leaves the hosts alone.
        let warned = EffectSet::ALL.without(down);
        assert_eq!(memory.look(&picture(0, none, at), at), Status::Stale);
        assert_eq!(memory.look(&picture(1, warned, at), at), Status::Online);
        assert_eq!(
            memory.look(&picture(1, warned, at), at + STALE_AFTER),
            Status::Online
        );
        assert_eq!(memory.look(&picture(1, warned, at), late), Status::Stale);
        assert_eq!(memory.look(&picture(2, down, at), at), Status::ForcedShutdown);
        assert_eq!(memory.look(&picture(2, down, at), late), Status::ForcedShutdown);
        assert_eq!(memory.look(&picture(0, none, late), late), Status::ForcedShutdown);
        assert_eq!(memory.look(&picture(3, none, at), late), Status::ForcedShutdown);
        assert_eq!(memory.look(&picture(4, none, late), late), Status::Online);
    }
}
