//! Outlets in a tick: what the verdict and the plan of the tiers ask of them, what is read of them, and what of both stands
//! in the picture. Pure, like the tick.

use points::alarm::{Alarm, AlarmSet};
use points::host::{EVIDENCE_MAX_AGE, OUTLETS, OutletOrder, OutletSet, Seen, TierSet};
use points::interlock::Effect;
use points::point::hosts::outlets::{ON, POWER};
use points::point::switching;
use points::{Absent, Flag, Moment, Quantity as _, Reading, Snapshot, Watt};
use safety::Verdict;
use safety::hosts::outlets::{Asked, Outlets, Read};
use safety::hosts::{Demand, HostRecord, PlanView};

use crate::site::Site;

/// The outlets and what the next tick asks of them.
#[derive(Clone, Debug)]
pub(crate) struct OutletDesk {
    plan: Outlets,
    tiers: TierSet,
    /// Outlets of networked PDUs: their points come from what the front has read.
    networked: OutletSet,
    /// What is asked since the last tick.
    order: OutletOrder,
    conditions: AlarmSet,
}

impl OutletDesk {
    pub(crate) fn new(site: &Site, found: Option<&HostRecord>, now: Moment) -> Self {
        let found = found.map_or(OutletSet::EMPTY, HostRecord::outlets);
        let mut networked = OutletSet::EMPTY;
        for outlet in &site.hosts.outlets {
            networked.put(outlet.place, outlet.wire.pdu().is_some());
        }
        OutletDesk {
            plan: Outlets::new(site.switchable(), found, now),
            tiers: site.hosts.all_tiers(),
            networked,
            order: OutletOrder::NONE,
            conditions: AlarmSet::EMPTY,
        }
    }

    /// What has to be on disk.
    pub(crate) const fn record(&self) -> OutletSet {
        self.plan.record()
    }

    /// What is asked of them.
    pub(crate) const fn order(&self) -> OutletOrder {
        self.order
    }

    pub(crate) const fn conditions(&self) -> AlarmSet {
        self.conditions
    }

    /// A tick of the outlets, and their part of the picture.
    pub(crate) fn step(
        &mut self,
        now: Moment,
        verdict: &Verdict,
        (demand, tiers): (&Demand, &PlanView),
        seen: &Seen,
        picture: &mut Snapshot,
    ) {
        for place in self.networked.iter() {
            show(now, place, seen, picture);
        }
        let asked = Asked {
            cut: verdict.power_cut,
            locked_out: verdict.effects.has(Effect::Lockout),
            may_restart: demand.may_restart,
            all: self.tiers,
            down: tiers.committed.map_or(TierSet::EMPTY, |(_, tiers, _)| tiers),
        };
        let read: [Read; OUTLETS] = std::array::from_fn(|place| Read {
            on: picture.get(ON.at(place)).ok().map(Flag::is_set),
            watts: picture.get(POWER.at(place)).ok().map(Watt::get),
        });
        let view = self.plan.step(now, &asked, &read);
        self.order = view.order;
        self.conditions
            .put(Alarm::OutletNotObeyed, !view.not_obeyed.is_empty());
        for (place, state) in view.states.iter().enumerate() {
            if let Some(state) = state {
                picture.put_now(switching::STATE.at(place), *state);
            }
        }
    }
}

/// The points of an outlet of a networked PDU.
fn show(now: Moment, place: usize, seen: &Seen, picture: &mut Snapshot) {
    let Some(sighting) = seen.outlets.get(place).copied().flatten() else {
        picture.put(ON.at(place), Reading::absent(Absent::Starting, now));
        return;
    };
    let fresh = now.since(sighting.at) <= EVIDENCE_MAX_AGE;
    let stale = Err(Absent::Stale);
    picture.put(
        ON.at(place),
        Reading {
            value: if fresh {
                Ok(Flag::from_bool(sighting.on))
            } else {
                stale
            },
            at: sighting.at,
        },
    );
    if let Some(watts) = sighting.watts {
        let power = Watt::new(watts).filter(|_| (0.0..=20_000.0).contains(&watts));
        picture.put(
            POWER.at(place),
            Reading {
                value: match power {
                    Some(power) if fresh => Ok(power),
                    Some(_) => Err(Absent::Stale),
                    None => Err(Absent::OverRange),
                },
                at: sighting.at,
            },
        );
    }
}
