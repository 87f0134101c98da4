//! What of the rack is modelled, in sentences for a report's reader. A sentence about something that a scenario never
//! touches is left out.

use crate::rack::Act;
use crate::scenario::{Outlets, Scenario, StepKind};

/// Sentences that hold for every run.
const ALWAYS: &[&str] = &[
    "Air, heat and blower follow a plant model with lumped bodies of heat and an air side without inertia; its step is 100 ms.",
    "Sensors see the plant through lag, noise and drift of their data sheets; the seed decides the noise.",
    "Hosts are models: each works, obeys a cap, shuts down in its own time or hangs; what real hosts confirm is not part of it.",
    "Contacts, loops and output relays change their level at once and do not bounce unless the scenario says so.",
];

/// Whether an act is of a kind.
type Touches = fn(&Act) -> bool;

/// Sentences about what a scenario does.
const TOUCHED: &[(Touches, &str)] = &[
    (
        |act| matches!(act, Act::Smoke { .. }),
        "Smoke loops that the scenario sets stand as it sets them: no smoke closed them.",
    ),
    (
        |act| {
            matches!(
                act,
                Act::Fire { .. } | Act::FireGrows { .. } | Act::FireReplay { .. } | Act::SmokeModelled { .. }
            )
        },
        "Smoke was not measured: where the scenario does not set them, smoke contacts close by a model with an assumed yield of soot.",
    ),
    (
        |act| matches!(act, Act::Fire { .. } | Act::FireGrows { .. }),
        "A fire is heat in the rack’s air by a stated curve; what flames do to cables, boards and probes is not modelled.",
    ),
    (
        |act| matches!(act, Act::FireReplay { .. }),
        "A replayed fire is the gas that was recorded in another cabinet; it does not answer to this rack’s air.",
    ),
    (
        |act| {
            matches!(
                act,
                Act::BreakWire { .. } | Act::ExtinguisherHome { .. } | Act::NewExtinguisher { .. }
            )
        },
        "Extinguishers, their break-wires and contacts are models; no powder was thrown.",
    ),
    (
        |act| {
            matches!(
                act,
                Act::FilterResistance { .. }
                    | Act::FilterPresent { .. }
                    | Act::FilterDust { .. }
                    | Act::FilterMedium { .. }
                    | Act::NewFilter { .. }
                    | Act::Dust { .. }
            )
        },
        "A filter is a resistance that grows with its dust by a model.",
    ),
    (
        |act| matches!(act, Act::Line { .. }),
        "People and switches are levels of their lines, set by the scenario.",
    ),
    (
        |act| {
            matches!(
                act,
                Act::Fault { .. }
                    | Act::Swap { .. }
                    | Act::BusStuck { .. }
                    | Act::ClockStuck { .. }
                    | Act::ChannelStuck { .. }
                    | Act::FanChipPower { .. }
                    | Act::Thermistor { .. }
            )
        },
        "A fault of a chip or bus shows at the bytes of its bus; what an electrical fault does to its neighbours is not modelled.",
    ),
];

/// The acts of a scenario, wherever they stand.
fn acts(scenario: &Scenario) -> impl Iterator<Item = &Act> {
    let steps = scenario.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Act(act) | StepKind::When(_, act) => Some(act),
        StepKind::At(_)
        | StepKind::Wait(_)
        | StepKind::Order(..)
        | StepKind::CoreDies
        | StepKind::CoreStarts
        | StepKind::Upset(_)
        | StepKind::Note(..)
        | StepKind::Expect(_)
        | StepKind::Within(..)
        | StepKind::For(..)
        | StepKind::Always(_)
        | StepKind::End(_)
        | StepKind::Stands(_) => None,
    });
    scenario.before.iter().chain(steps)
}

/// The sentence about channels to hosts, where a scenario's rack has any.
const CHANNELS: &str = "Agents, management controllers and networked PDUs are models without a network between; what they are \
                        told, and what their silence means, is worked out by the controller’s own code.";

/// The sentences for a scenario.
pub(super) fn notes(scenario: &Scenario) -> Vec<&'static str> {
    let touched = TOUCHED.iter().filter(|(touches, _)| acts(scenario).any(touches));
    let channels = scenario.agents || scenario.outlets == Some(Outlets::Pdu);
    ALWAYS
        .iter()
        .copied()
        .chain(channels.then_some(CHANNELS))
        .chain(touched.map(|(_, note)| *note))
        .collect()
}
