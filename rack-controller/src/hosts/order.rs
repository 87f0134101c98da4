//! What the core has committed about the hosts' shutdown, as the front has heard it, and what follows for each tier.

use std::sync::Arc;
use std::time::{Duration, Instant};

use points::ShutdownStage;
use points::host::{TIERS, TargetSet, TierSet};
use points::interlock::Effect;
use points::point::hosts::states;
use points::point::{derived, shutdown};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::told::{HostWord, Tell, Told};
use crate::front::Latest;

/// A picture older than this says nothing about now.
pub const STALE_AFTER: Duration = Duration::from_secs(2);

/// What is committed: these tiers shut down. It stands until the core says something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// Its number, which rises with everything that is committed; it is confirmed when it is published.
    pub number: u32,
    /// The incident it belongs to.
    pub incident: u32,
    /// Tiers that shut down.
    pub tiers: TierSet,
    /// Targets that shut down though their tier does not: a drill has told them.
    pub targets: TargetSet,
}

/// The core's last word on the hosts' shutdown. Silence takes nothing back: only the core's next word does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Nothing was heard yet.
    #[default]
    Unknown,
    /// Hosts may run.
    None,
    /// Hosts have to shut down.
    Down(Committed),
}

impl From<Option<Committed>> for Order {
    fn from(committed: Option<Committed>) -> Self {
        committed.map_or(Order::None, Order::Down)
    }
}

impl Order {
    /// What every tier may be told now. A picture that asks for a shutdown without an order is one whose commit is on
    /// its way: hosts are told nothing for that moment.
    pub fn told(self, latest: &Latest, now: Instant) -> Told {
        let picture = &latest.snapshot;
        let fresh = is_fresh(latest, now);
        let committed = match self {
            Order::Down(committed) => committed,
            Order::None | Order::Unknown => Committed::default(),
        };
        // What the core says of a tier's stage, and where it says nothing what it asks of all hosts.
        let prepares = |place: usize| match picture.get(states::TIER.at(place)).ok() {
            Some(stage) => stage == ShutdownStage::Prepare,
            None => picture.effects.has(Effect::HostPrepare),
        };
        let awaited = committed.tiers.is_empty() && picture.effects.has(Effect::HostDown);
        let rest = |place: usize| match self {
            Order::Unknown => HostWord::Unknown,
            Order::None | Order::Down(_) if !fresh => HostWord::Unknown,
            // Tiers are on their way into an order: none, or one of a drill.
            Order::None | Order::Down(_) if awaited => HostWord::Unknown,
            Order::None | Order::Down(_) if prepares(place) => HostWord::Prepare,
            Order::None | Order::Down(_) => HostWord::Run,
        };
        let cap = picture.get(derived::POWER_CAP).ok().map(points::Percent::get);
        // A whole percent at or below the one asked.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 99")]
        let cap_percent = cap
            .filter(|cap| fresh && (0.0..100.0).contains(cap))
            .map(|cap| cap as u8);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 65000"
        )]
        let seconds = |tag| {
            picture
                .get(tag)
                .ok()
                .map(|left: points::Second| left.get() as u32)
        };
        // A tier's stage has its own deadline; whoever waits is told of the next irreversible step.
        let deadline = |place: usize| {
            let own = seconds(shutdown::TIER_LEFT.at(place));
            own.or_else(|| seconds(derived::COUNTDOWN)).filter(|_| fresh)
        };
        let tell = |place: usize| Tell {
            word: if committed.tiers.has(place) {
                HostWord::ShutDown
            } else {
                rest(place)
            },
            cap_percent,
            deadline_s: deadline(place),
        };
        Told {
            incident: committed.incident,
            order: committed.number,
            targets: committed.targets,
            tiers: std::array::from_fn::<_, TIERS, _>(tell),
        }
    }
}

/// Where channels read what they have to bring about.
#[derive(Clone, Debug)]
pub struct Orders {
    orders: watch::Receiver<Order>,
    pictures: watch::Receiver<Arc<Latest>>,
}

impl Orders {
    /// Reads from these.
    pub const fn new(orders: watch::Receiver<Order>, pictures: watch::Receiver<Arc<Latest>>) -> Self {
        Orders { orders, pictures }
    }

    /// What hosts are told now.
    pub fn told(&self, now: Instant) -> Told {
        let latest = Arc::clone(&self.pictures.borrow());
        let order = *self.orders.borrow();
        order.told(&latest, now)
    }

    /// The newest picture, and whether it says something about now.
    pub fn picture(&self, now: Instant) -> (Arc<Latest>, bool) {
        let latest = Arc::clone(&self.pictures.borrow());
        let fresh = is_fresh(&latest, now);
        (latest, fresh)
    }

    /// Waits until the core commits something else; false when it never will again.
    pub async fn changed(&mut self) -> bool {
        self.orders.changed().await.is_ok()
    }

    /// The order as it stands, taken as seen.
    pub fn take(&mut self) -> Order {
        *self.orders.borrow_and_update()
    }

    /// What came before this began is news too.
    pub fn mark_changed(&mut self) {
        self.orders.mark_changed();
    }
}

/// Whether the picture says something about now.
pub fn is_fresh(latest: &Latest, now: Instant) -> bool {
    latest.snapshot.tick > 0 && now.saturating_duration_since(latest.at) <= STALE_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::interlock::EffectSet;
    use points::{Percent, Snapshot};

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
        // Everything but HOST_DOWN leaves the hosts up.
        let warned = picture(1, EffectSet::ALL.without(down), at);
        let calm = picture(1, EffectSet::EMPTY, at);
        let order = Order::Down(Committed {
            number: 1,
            incident: 1,
            tiers: TierSet::EMPTY.with(0),
            targets: TargetSet::EMPTY,
        });
        let drill = Order::Down(Committed {
            number: 1,
            incident: 1,
            tiers: TierSet::EMPTY,
            targets: TargetSet::EMPTY.with(4),
        });
        let (unborn, tripped) = (picture(0, EffectSet::EMPTY, at), picture(2, down, at));
        for (order, picture, now, first, second) in [
            (Order::Unknown, &warned, at, HostWord::Unknown, HostWord::Unknown),
            (Order::None, &unborn, at, HostWord::Unknown, HostWord::Unknown),
            (
                Order::None,
                &warned,
                at + STALE_AFTER,
                HostWord::Prepare,
                HostWord::Prepare,
            ),
            (Order::None, &calm, at + STALE_AFTER, HostWord::Run, HostWord::Run),
            (Order::None, &warned, late, HostWord::Unknown, HostWord::Unknown),
            (Order::None, &tripped, at, HostWord::Unknown, HostWord::Unknown),
            (order, &tripped, at, HostWord::ShutDown, HostWord::Run),
            (order, &tripped, late, HostWord::ShutDown, HostWord::Unknown),
            (order, &unborn, late, HostWord::ShutDown, HostWord::Unknown),
            (order, &warned, at, HostWord::ShutDown, HostWord::Prepare),
            (drill, &calm, at, HostWord::Run, HostWord::Run),
            (drill, &calm, late, HostWord::Unknown, HostWord::Unknown),
            (drill, &tripped, at, HostWord::Unknown, HostWord::Unknown),
        ] {
            let told = order.told(picture, now);
            let words = (told.tier(0).word, told.tier(1).word);
            assert_eq!(words, (first, second), "{order:?} {picture:?}");
        }
        // A drill tells the targets it names, whatever their tier is told and however old the picture is.
        for picture in [&calm, &tripped, &unborn] {
            let told = drill.told(picture, late);
            let words = (told.target(4, 0).word, told.target(5, 0).word);
            assert_eq!(words, (HostWord::ShutDown, told.tier(0).word));
            assert_ne!(words.1, HostWord::ShutDown);
        }
    }

    #[test]
    fn a_tier_is_told_to_prepare_by_its_own_stage() {
        let at = Instant::now();
        let mut snapshot = Snapshot {
            tick: 1,
            effects: EffectSet::of(&[Effect::HostPrepare]),
            ..Snapshot::default()
        };
        snapshot.put_now(states::TIER.at(0), ShutdownStage::Normal);
        snapshot.put_now(states::TIER.at(1), ShutdownStage::Prepare);
        let latest = Latest {
            snapshot: Arc::new(snapshot),
            at,
            time_ms: 0,
        };
        let told = Order::None.told(&latest, at);
        assert_eq!(
            (told.tier(0).word, told.tier(1).word),
            (HostWord::Run, HostWord::Prepare)
        );
    }

    #[test]
    fn a_cap_is_told_while_it_is_asked_and_the_picture_is_fresh() {
        let at = Instant::now();
        let mut snapshot = Snapshot {
            tick: 1,
            ..Snapshot::default()
        };
        let mut cap = |percent: f64, now: Instant| {
            snapshot.put_now(derived::POWER_CAP, Percent::of(percent));
            let latest = Latest {
                snapshot: Arc::new(snapshot.clone()),
                at,
                time_ms: 0,
            };
            Order::None.told(&latest, now).tier(0).cap_percent
        };
        assert_eq!((cap(100.0, at), cap(25.5, at)), (None, Some(25)));
        assert_eq!(cap(25.0, at + STALE_AFTER * 2), None);
    }
}
