//! What the channels have to bring about: the core's order and its picture, as one word for each tier.

use points::host::{TIERS, TargetSet, TierSet};

/// What the hosts of a tier may be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostWord {
    /// Nobody knows.
    #[default]
    Unknown,
    /// They may run.
    Run,
    /// They run, and are to be ready to stop: drain, flush. Can be taken back.
    Prepare,
    /// They have to shut down, and there is no way back for those that have heard it.
    ShutDown,
}

/// One tier's part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tell {
    /// What its hosts are told.
    pub word: HostWord,
    /// Power they are to stay below, in percent of rated, while a cap is asked.
    pub cap_percent: Option<u8>,
    /// Seconds that are left to be down in, where a deadline runs.
    pub deadline_s: Option<u32>,
}

/// All tiers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The incident; 0 outside any.
    pub incident: u32,
    /// Number of the order that this carries, to be confirmed once it is published; 0 where nothing is committed.
    pub order: u32,
    /// Targets that are told to shut down whatever their tier is told: a drill has named them.
    pub targets: TargetSet,
    /// Each tier's part, by its place.
    pub tiers: [Tell; TIERS],
}

impl Told {
    /// What a tier is told; nobody knows of one that the site has not.
    pub fn tier(&self, place: usize) -> Tell {
        self.tiers.get(place).copied().unwrap_or_default()
    }

    /// What a target of a tier is told: what its tier is, unless a drill has told it to shut down.
    pub fn target(&self, place: usize, tier: usize) -> Tell {
        let tell = self.tier(tier);
        if self.targets.has(place) {
            Tell {
                word: HostWord::ShutDown,
                ..tell
            }
        } else {
            tell
        }
    }

    /// Tiers that are told to shut down.
    pub fn down(&self) -> TierSet {
        let down = |place: &usize| self.tier(*place).word == HostWord::ShutDown;
        (0..TIERS).filter(down).fold(TierSet::EMPTY, TierSet::with)
    }
}
