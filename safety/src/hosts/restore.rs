//! What a start finds on disk, put at the places that the site's file has now. The record's sets are of places; a site that gains or
//! loses a tier or a host moves them, and nobody may be told to shut down, or taken for off, because of where another stood.

use points::host::{Roster, TARGETS, TIERS, TargetSet, TierSet};

use super::HostRecord;

/// Names of tiers and targets as numbers, by their places; 0 where there is none. Half of each key ([`points::host::key`]): two of the
/// forty at most of one site meet once in five million sites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) tiers: [u32; TIERS],
    pub(crate) targets: [u32; TARGETS],
}

impl Names {
    fn of(roster: &Roster) -> Self {
        let tiers = roster.keys.map(half);
        let targets = roster
            .targets
            .map(|target| target.map_or(0, |target| half(target.key)));
        Names { tiers, targets }
    }
}

/// A key's halves laid over each other; 0 stands for none.
const fn half(key: u64) -> u32 {
    let [a, b, c, d, e, f, g, h] = key.to_le_bytes();
    let half = u32::from_le_bytes([a ^ e, b ^ f, c ^ g, d ^ h]);
    if key != 0 && half == 0 { 1 } else { half }
}

/// The place of what stood at `place` under its old name; none where the site no longer has it. A record from before names were kept
/// says nothing of them: its places are taken as they are.
fn moved(place: usize, old: &[u32], new: &[u32]) -> Option<usize> {
    let there = |at: &usize| new.get(*at).is_some_and(|name| *name != 0);
    match old.get(place) {
        None | Some(0) => Some(place).filter(there),
        Some(name) => new.iter().position(|own| own == name),
    }
}

impl HostRecord {
    /// A tier was told, or is on its way back, that the site no longer has: nobody will start its hosts.
    pub fn forgets(&self, roster: &Roster) -> bool {
        let new = Names::of(roster);
        let lost = |place: usize| moved(place, &self.names.tiers, &new.tiers).is_none();
        self.committed.and_also(self.back).iter().any(lost)
    }
}

/// The record at this site's places. What belongs to a tier or target that the site no longer has is left out: it cannot come back.
pub(super) fn placed(found: Option<&HostRecord>, roster: &Roster) -> HostRecord {
    let mut record = found.copied().unwrap_or_default();
    let (old, new) = (record.names, Names::of(roster));
    let tiers = |set: TierSet| {
        let places = set
            .iter()
            .filter_map(|place| moved(place, &old.tiers, &new.tiers));
        places.fold(TierSet::EMPTY, TierSet::with)
    };
    let targets = |set: TargetSet| {
        let places = set
            .iter()
            .filter_map(|place| moved(place, &old.targets, &new.targets));
        places.fold(TargetSet::EMPTY, TargetSet::with)
    };
    (record.committed, record.back) = (tiers(record.committed), tiers(record.back));
    for set in [
        &mut record.acknowledged,
        &mut record.off,
        &mut record.forced,
        &mut record.drilled,
        &mut record.named,
        &mut record.falling,
    ] {
        *set = targets(*set);
    }
    record.names = new;
    record
}
