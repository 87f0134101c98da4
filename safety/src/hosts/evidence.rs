//! What evidence says of a target. Nothing here knows how it was looked at.

use points::HostState;
use points::Moment;
use points::host::{EVIDENCE_MAX_AGE, Observation, Says, Sighting, Target};

/// What still counts of one target's sightings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weighed {
    /// Something says that it runs.
    pub up: bool,
    /// Its own software says that it runs.
    pub answers: bool,
    /// Something says that it has begun to stop.
    pub stopping: bool,
    /// Ways that say it is off, a bit each.
    off: u8,
}

impl Weighed {
    /// Weighs what is young enough and of this incident (D5).
    pub fn of(ways: &[Option<Sighting>; Observation::COUNT], now: Moment, incident: u32) -> Self {
        let mut weighed = Weighed::default();
        for (way, sighting) in Observation::ALL.into_iter().zip(ways) {
            let Some(seen) = sighting else { continue };
            if seen.incident != incident || now.since(seen.at) > EVIDENCE_MAX_AGE {
                continue;
            }
            match seen.says {
                Says::Up => {
                    weighed.up = true;
                    weighed.answers |= way.is_software();
                }
                Says::Stopping => weighed.stopping = true,
                Says::Off if way.shows_off() => weighed.off |= 1 << way.index(),
                Says::Off => weighed.stopping = true,
            }
        }
        weighed
    }

    fn says_off(self, way: Observation) -> bool {
        self.off >> way.index() & 1 == 1
    }

    /// Both observations that count for the target say so, and none contradicts.
    pub fn proven_off(self, target: &Target) -> bool {
        let both = target
            .off_by
            .is_some_and(|[one, other]| one.independent(other) && self.says_off(one) && self.says_off(other));
        both && !self.up
    }

    /// It is back: its own software answers, or it runs where only its board is looked at.
    pub fn is_ready(self, target: &Target) -> bool {
        let board = target
            .off_by
            .is_none_or(|ways| !ways.iter().any(|way| way.is_software()));
        self.answers || board && self.up
    }

    /// At least one says off, and none contradicts.
    pub const fn seems_off(self) -> bool {
        self.off != 0 && !self.up
    }
}

/// How far a target's shutdown has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    /// Its tier was told.
    pub told: bool,
    /// Its tier's time is over.
    pub late: bool,
    /// It has begun to stop, at some time of this incident.
    pub acknowledged: bool,
    /// It was proven off.
    pub off: bool,
}

/// The target's state, in one word.
pub(super) fn state(weighed: Weighed, target: &Target, standing: Standing) -> HostState {
    if standing.off {
        return HostState::OffVerified;
    }
    if weighed.seems_off() {
        return HostState::Down;
    }
    match (
        standing.told,
        standing.late,
        standing.acknowledged || weighed.stopping,
    ) {
        (true, true, _) => HostState::Unresponsive,
        (true, false, true) | (false, _, true) => HostState::Acknowledged,
        (true, false, false) => HostState::Notified,
        (false, _, false) if weighed.is_ready(target) => HostState::Online,
        (false, _, false) => HostState::Unknown,
    }
}
