//! The words of a change: what a row of the journal says to a reader who has no other table at hand.

use std::borrow::Cow;

use points::Regime;

use crate::hosts::outlets::plan::OutletPlan;
use crate::hosts::plan::Plan;
use crate::transition::{AgentDid, Change, told_words};

/// Words and direction of a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Words {
    pub(super) kind: &'static str,
    pub(super) name: Cow<'static, str>,
    pub(super) text: Cow<'static, str>,
    /// Empty where there is none.
    pub(super) priority: &'static str,
}

/// The words of `change`, and whether it came (or went).
pub(super) fn of(change: Change) -> (Words, bool) {
    let words = |kind, name, text| Words {
        kind,
        name: Cow::Borrowed(name),
        text: Cow::Borrowed(text),
        priority: "",
    };
    let of_alarm = |kind, alarm: points::alarm::Alarm| {
        let row = alarm.row();
        Words {
            priority: row.priority.text(),
            ..words(kind, row.name, row.text)
        }
    };
    match change {
        Change::Alarm(alarm, on) => (of_alarm("alarm", alarm), on),
        Change::Acknowledged(alarm, on) => (of_alarm("acknowledge", alarm), on),
        Change::Shelved(alarm, on) => (of_alarm("shelve", alarm), on),
        Change::OutOfService(alarm, on) => (of_alarm("service", alarm), on),
        Change::Designed(alarm, on) => (of_alarm("design", alarm), on),
        Change::Chattering(alarm, on) => (of_alarm("chatter", alarm), on),
        Change::FirstOut(alarm, on) => (of_alarm("first", alarm), on),
        Change::Flood(on) => (
            words("flood", "flood", "More than ten alarms within ten minutes"),
            on,
        ),
        Change::Cause(cause, on) => (words("cause", cause.key(), cause.row().title), on),
        Change::Effect(effect, on) => (words("effect", effect.key(), effect.row().title), on),
        Change::Latch(latch, on) => (words("latch", latch.key(), latch.row().title), on),
        // The name is the new regime; it only ever comes.
        Change::Regime(regime) => (words("regime", regime.text(), held(regime)), true),
        // Named as its points are; what the site calls it is said beside it.
        Change::Tier {
            place,
            stage,
            reason,
            because,
        } => {
            let number = u16::from(place) + 1;
            let words = Words {
                kind: "tier",
                name: Cow::Owned(format!("tier.{number}")),
                text: Cow::Owned(told_words(stage, reason, because)),
                priority: "",
            };
            (words, true)
        }
        Change::Host { place, state } => {
            let words = Words {
                kind: "host",
                name: Cow::Owned(format!("host.{}", u16::from(place) + 1)),
                text: Cow::Borrowed(state.text()),
                priority: "",
            };
            (words, true)
        }
        Change::Outlet { place, state } => {
            let words = Words {
                kind: "outlet",
                name: Cow::Owned(format!("outlet.{}", u16::from(place) + 1)),
                text: Cow::Borrowed(state.text()),
                priority: "",
            };
            (words, true)
        }
        Change::Agent { place, did } => {
            let name = place.map_or_else(
                || "agent".into(),
                |place| format!("host.{}", u16::from(place) + 1),
            );
            let words = Words {
                kind: "agent",
                name: Cow::Owned(name),
                text: Cow::Borrowed(did.text()),
                priority: "",
            };
            (words, matches!(did, AgentDid::Enrolled | AgentDid::Held))
        }
        // What was asked and by whom is said beside it.
        Change::Asked { command, .. } => (words("ask", command.row().name, command.row().about), true),
        Change::Command { command, result, .. } => {
            let row = command.row();
            (words("command", row.name, row.about), result.is_ok())
        }
    }
}

/// What a change says beyond its words: of a command all of it, who, and what has become of it; of a tier and a host the
/// name that the `site` has for it.
pub(super) fn said(change: &Change, site: Option<&Plan>) -> Option<String> {
    match change {
        Change::Tier {
            place,
            stage,
            reason,
            because,
        } => {
            let tier = site?.tiers.get(usize::from(*place))?;
            let words = told_words(*stage, *reason, *because);
            Some(format!("Tier {}: {words}", tier.name))
        }
        Change::Host { place, state } => {
            let host = site?.targets.get(usize::from(*place))?;
            Some(format!("Host {}: {}", host.name, state.text()))
        }
        Change::Outlet { place, state } => {
            let own = |outlet: &&OutletPlan| outlet.place == usize::from(*place);
            let outlet = site?.outlets.iter().find(own)?;
            let number = outlet.place + 1;
            Some(format!("Outlet {number}, {}: {}", outlet.label, state.text()))
        }
        Change::Agent { place, did } => {
            let host = site?.targets.get(usize::from((*place)?))?;
            Some(format!("Agent of {}: {}", host.name, did.text()))
        }
        Change::Asked { .. } | Change::Command { .. } => Some(change.to_string()),
        Change::Alarm(..)
        | Change::Acknowledged(..)
        | Change::Shelved(..)
        | Change::OutOfService(..)
        | Change::Designed(..)
        | Change::Chattering(..)
        | Change::FirstOut(..)
        | Change::Flood(_)
        | Change::Cause(..)
        | Change::Effect(..)
        | Change::Latch(..)
        | Change::Regime(_) => None,
    }
}

fn held(regime: Regime) -> &'static str {
    match regime {
        Regime::Boot => "The fan waits for a first full set of readings",
        Regime::Normal => "The fan follows automatic control",
        Regime::Manual => "A person holds the fan",
        Regime::Degraded => "An input is missing: the fan keeps its floor",
        Regime::Critical => "The fan is held at full speed",
        Regime::Fire => "The fan is held off",
    }
}
