//! What evidence says of a target. Nothing here knows how it was looked at.

use points::HostState;
use points::Moment;
use points::host::{EVIDENCE_MAX_AGE, Observation, Observations, Observed, Says, Sighting, Target};

/// What each way says of a target, and whether that counts: what is young enough and of this incident or drill (D5). Of one
/// that was not `told`, what was seen in another counts too: nothing is concluded from it but that it runs.
pub(super) fn observed(
    ways: &[Option<Sighting>; Observation::COUNT],
    now: Moment,
    incident: u32,
    told: bool,
) -> Observations {
    let mut observed = [None; Observation::COUNT];
    for ((way, sighting), place) in Observation::ALL.into_iter().zip(ways).zip(&mut observed) {
        let Some(seen) = sighting else { continue };
        let fits = seen.incident == incident || !told;
        let says = match seen.says {
            Says::Up | Says::Stopping => seen.says,
            Says::Off | Says::Forced if way.shows_off() => seen.says,
            // Silence here is the begin of a shutdown and not its end.
            Says::Off | Says::Forced => Says::Stopping,
        };
        *place = Some(Observed {
            says,
            at: seen.at,
            counts: fits && now.since(seen.at) <= EVIDENCE_MAX_AGE,
        });
    }
    observed
}

/// What still counts of one target's sightings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weighed {
    /// Something says that it runs.
    pub up: bool,
    /// Its own software says that it runs.
    pub answers: bool,
    /// Something says that it has begun to stop.
    pub stopping: bool,
    /// It was switched off without its consent.
    pub forced: bool,
    /// Ways that say it is off, a bit each.
    off: u8,
}

impl Weighed {
    /// Weighs what counts.
    pub fn of(ways: &Observations) -> Self {
        let mut weighed = Weighed::default();
        for (way, seen) in Observation::ALL.into_iter().zip(ways) {
            let Some(seen) = seen.filter(|seen| seen.counts) else {
                continue;
            };
            match seen.says {
                Says::Up => {
                    weighed.up = true;
                    weighed.answers |= way.is_software();
                }
                Says::Stopping => weighed.stopping = true,
                Says::Off | Says::Forced => {
                    weighed.off |= 1 << way.index();
                    weighed.forced |= seen.says == Says::Forced;
                }
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

    /// It is back: its own software answers, or it runs where only its board is looked at; and nothing says that it stops.
    pub fn is_ready(self, target: &Target) -> bool {
        let board = target
            .off_by
            .is_none_or(|ways| !ways.iter().any(|way| way.is_software()));
        !self.stopping && (self.answers || board && self.up)
    }

    /// Ways of the target's proof that do not say off, a bit each.
    pub fn lacks(self, target: &Target) -> u8 {
        let ways = target.off_by.iter().flatten();
        let own = ways.fold(0, |set, way| set | 1 << way.index());
        own & !self.off
    }

    /// It went down, however briefly: at least one says off and none contradicts, or its own software has fallen silent, whatever
    /// its board says.
    pub fn went(self) -> bool {
        let mut software = Observation::ALL.into_iter().filter(|way| way.is_software());
        self.seems_off() || !self.answers && software.any(|way| self.says_off(way))
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
    /// It was switched off without its consent.
    pub forced: bool,
    /// It was released after a drill, and has not answered since.
    pub coming: bool,
}

/// The target's state, in one word.
pub(super) fn state(weighed: Weighed, target: &Target, standing: Standing) -> HostState {
    if standing.off {
        return HostState::OffVerified;
    }
    if standing.forced {
        return HostState::Forced;
    }
    if standing.coming {
        return HostState::Returning;
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
