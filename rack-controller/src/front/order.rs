//! What the core has committed about the hosts' shutdown, as the front has heard it.

use std::time::{Duration, Instant};

use points::interlock::Effect;

use super::Latest;

/// A picture older than this says nothing about now.
pub const STALE_AFTER: Duration = Duration::from_secs(2);

/// The core's last word on the hosts' shutdown. Silence takes nothing back: only the core's next word does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Nothing was heard yet.
    #[default]
    Unknown,
    /// Hosts may run.
    None,
    /// Hosts have to shut down; the number is confirmed when it is published.
    HostDown(u32),
}

impl From<Option<u32>> for Order {
    fn from(order: Option<u32>) -> Self {
        order.map_or(Order::None, Order::HostDown)
    }
}

/// What hosts may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostWord {
    /// They may run.
    Run,
    /// They have to shut down, and there is no way back for those that have heard it.
    ShutDown,
    /// Nobody knows.
    Unknown,
}

impl Order {
    /// What hosts may be told now. A picture that asks for their shutdown without an order is one whose commit is on
    /// its way: they are told nothing for that moment.
    pub fn word(self, latest: &Latest, now: Instant) -> HostWord {
        match self {
            Order::HostDown(_) => HostWord::ShutDown,
            Order::None if is_fresh(latest, now) && !latest.snapshot.effects.has(Effect::HostDown) => {
                HostWord::Run
            }
            Order::None | Order::Unknown => HostWord::Unknown,
        }
    }
}

/// Whether the picture says something about now.
pub fn is_fresh(latest: &Latest, now: Instant) -> bool {
    latest.snapshot.tick > 0 && now.saturating_duration_since(latest.at) <= STALE_AFTER
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use points::Snapshot;
    use points::interlock::EffectSet;

    fn picture(tick: u64, effects: EffectSet, at: Instant) -> Latest {
        let snapshot = Arc::new(Snapshot {
            tick,
            effects,
            ..Snapshot::default()
        });
        Latest {
            snapshot,
            at,
            time_ms: 0,
        }
    }

    #[test]
    fn silence_neither_commits_nor_takes_back() {
        let at = Instant::now();
        let late = at + STALE_AFTER + Duration::from_millis(1);
        let down = EffectSet::of(&[Effect::HostDown]);
        // Everything but HOST_DOWN leaves the hosts alone.
        let warned = picture(1, EffectSet::ALL.without(down), at);
        for (order, picture, now, word) in [
            (Order::Unknown, &warned, at, HostWord::Unknown),
            (
                Order::None,
                &picture(0, EffectSet::EMPTY, at),
                at,
                HostWord::Unknown,
            ),
            (Order::None, &warned, at + STALE_AFTER, HostWord::Run),
            (Order::None, &warned, late, HostWord::Unknown),
            (Order::None, &picture(2, down, at), at, HostWord::Unknown),
            (Order::HostDown(1), &picture(2, down, at), at, HostWord::ShutDown),
            (
                Order::HostDown(1),
                &picture(2, down, at),
                late,
                HostWord::ShutDown,
            ),
            (
                Order::HostDown(1),
                &picture(0, EffectSet::EMPTY, at),
                late,
                HostWord::ShutDown,
            ),
            (Order::HostDown(1), &warned, at, HostWord::ShutDown),
        ] {
            assert_eq!(order.word(picture, now), word, "{order:?} {picture:?}");
        }
    }
}
