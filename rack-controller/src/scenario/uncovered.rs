//! Cells of the coverage matrix that no scenario of the library fills, and why.
//!
//! A cell that cannot be is a combination that does not exist. One that is carried elsewhere is of hosts, network, records or
//! the processes, not of the rack: docs/hazards-table.md names its tests. What is in neither list and not covered is open.

use hil_rig::scenario::Situation::{self, Hot, Idle, Reset, Sequence};
use points::hazard::Hazard;

/// Why no scenario fills a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is no such combination.
    CannotBe,
    /// Something else than a scenario in virtual time carries it.
    Elsewhere,
}

impl Why {
    /// As it stands in a cell.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Why::CannotBe => "cannot be",
            Why::Elsewhere => "elsewhere",
        }
    }
}

/// Some cells of one hazard.
pub struct Uncovered {
    /// Number of the hazard.
    pub hazard: u8,
    /// In these situations.
    pub situations: &'static [Situation],
    /// Why.
    pub why: Why,
    /// In words.
    pub reason: &'static str,
}

const ALL: &[Situation] = &[Idle, Hot, Sequence, Reset];

const fn cannot_be(hazard: u8, situations: &'static [Situation], reason: &'static str) -> Uncovered {
    Uncovered {
        hazard,
        situations,
        why: Why::CannotBe,
        reason,
    }
}

const fn elsewhere(hazard: u8, situations: &'static [Situation], reason: &'static str) -> Uncovered {
    Uncovered {
        hazard,
        situations,
        why: Why::Elsewhere,
        reason,
    }
}

/// The list, in the order of the hazards.
pub const UNCOVERED: &[Uncovered] = &[
    cannot_be(
        13,
        &[Sequence],
        "hosts are asked down already; what the coating still hides changes no deadline",
    ),
    cannot_be(22, &[Idle], "power is cut in a sequence only"),
    cannot_be(
        24,
        &[Idle, Hot],
        "a host that says it is down has been asked to go: a sequence runs",
    ),
    cannot_be(
        24,
        &[Reset],
        "what asked hosts to go down is over; nobody waits for them",
    ),
    cannot_be(
        25,
        &[Idle, Hot],
        "a host that starts by itself is one outside of a fire",
    ),
    cannot_be(26, &[Idle], "nothing is to be cut where no sequence runs"),
    cannot_be(26, &[Reset], "power is cut already, or no cut is due any more"),
    elsewhere(
        27,
        ALL,
        "of the processes: played over the rig, and `tests/front_death.rs`",
    ),
    elsewhere(32, ALL, "of the network: nothing at the rack waits for it"),
    elsewhere(33, ALL, "of the network: no peer is heard yet"),
    elsewhere(
        36,
        ALL,
        "of the start: a second core on a data directory is refused",
    ),
    elsewhere(
        37,
        ALL,
        "of the start: a configuration is read before there is a rack",
    ),
    elsewhere(
        38,
        ALL,
        "of the processes: the clock is the machine's; played over the rig",
    ),
    elsewhere(
        39,
        ALL,
        "of the processes: the disk is the machine's; played over the rig",
    ),
    elsewhere(40, ALL, "of the front: its limits and queues"),
    cannot_be(
        42,
        &[Idle, Hot],
        "what is dangerous by command is a reset, a unit or an override: where nothing is latched there is none to take",
    ),
    elsewhere(
        44,
        &[Idle, Hot, Sequence],
        "an override takes persons' responses, which no scenario has: `bypasses_keep_their_rules`",
    ),
    cannot_be(45, &[Idle, Hot], "a discharge has started a sequence"),
    cannot_be(
        45,
        &[Sequence],
        "the fan is off and hosts are asked down: dirt has nothing to delay",
    ),
    cannot_be(
        46,
        &[Sequence, Reset],
        "what is in force is latched: it cannot chatter",
    ),
    elsewhere(
        48,
        ALL,
        "of the configuration: an emulated rack and a real bus never meet",
    ),
];

/// What is said of a cell.
#[must_use]
pub fn of(hazard: &Hazard, situation: Situation) -> Option<&'static Uncovered> {
    UNCOVERED
        .iter()
        .find(|row| row.hazard == hazard.number && row.situations.contains(&situation))
}
