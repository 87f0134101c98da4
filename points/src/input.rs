//! The inputs that safety judges, as persons name them: which may be overridden, by how many persons, and which of them
//! vote together.
//!
//! *Overridden*: not judged for a time, by a person's act; permissives count it as unknown. *Out of service*: judged as if
//! the site did not have it, without an end, because it cannot become healthy; its vote degrades and an alarm stands.

use crate::command::{Authority, Name, Reason};
use crate::interlock::numbered;
use crate::time::Moment;

numbered! {
    /// An input that safety judges.
    Input, InputRow, INPUTS, InputSet: u32;
    /// Voted exhaust probe A.
    ExhaustA = 0, "exhaust.a", "Exhaust probe A";
    /// Voted exhaust probe B.
    ExhaustB = 1, "exhaust.b", "Exhaust probe B";
    /// Voted exhaust probe C.
    ExhaustC = 2, "exhaust.c", "Exhaust probe C";
    /// Air under the ceiling, the witness against the vote.
    Ceiling = 3, "ceiling", "Ceiling probe";
    /// Smoke channel A.
    SmokeA = 4, "smoke.a", "Smoke channel A";
    /// Smoke channel B.
    SmokeB = 5, "smoke.b", "Smoke channel B";
    /// Break-wire of the left extinguisher unit.
    BreakWireLeft = 6, "break_wire.left", "Break-wire, left";
    /// Break-wire of the right extinguisher unit.
    BreakWireRight = 7, "break_wire.right", "Break-wire, right";
    /// Home switch of the left extinguisher unit.
    HomeLeft = 8, "home.left", "Extinguisher home switch, left";
    /// Home switch of the right extinguisher unit.
    HomeRight = 9, "home.right", "Extinguisher home switch, right";
    /// Manual fire button.
    FireButton = 10, "fire_button", "Fire button";
    /// Second contact of the emergency power-off.
    EmergencyOff = 11, "emergency_off", "Emergency power-off";
    /// Thermal cut-out.
    CutOut = 12, "cut_out", "Thermal cut-out";
    /// Door contact.
    Door = 13, "door", "Door contact";
    /// Mains contact.
    Mains = 14, "mains", "Mains contact";
    /// Seal.
    Seal = 15, "seal", "Seal";
    /// Isolator's contact.
    Isolator = 16, "isolator", "Isolator contact";
    /// Auxiliary contact of the fan's supply contact.
    FanContact = 17, "fan_contact", "Fan contact's auxiliary contact";
    /// Tachometer.
    Tachometer = 18, "tachometer", "Tachometer";
    /// Blower current.
    BlowerCurrent = 19, "blower_current", "Blower current";
    /// Draft.
    Draft = 20, "draft", "Rack draft";
    /// Left filter's resistance.
    FilterLeft = 21, "filter.left", "Filter pressure, left";
    /// Right filter's resistance.
    FilterRight = 22, "filter.right", "Filter pressure, right";
    /// Power meter of the hosts.
    PowerMeter = 23, "power_meter", "Power meter";
    /// Read-back of the power-cut line.
    PowerCutReadBack = 24, "power_cut", "Power cut's read-back";
}

/// Overrides that stand at once; a further one is refused.
pub const OVERRIDES_MAX: usize = 4;

/// The inputs that vote or witness together: at most one of them is overridden.
const GROUPS: &[InputSet] = &[
    InputSet::of(&[Input::ExhaustA, Input::ExhaustB, Input::ExhaustC, Input::Ceiling]),
    InputSet::of(&[Input::HomeLeft, Input::HomeRight]),
    InputSet::of(&[Input::Tachometer, Input::BlowerCurrent, Input::Draft]),
    InputSet::of(&[Input::FilterLeft, Input::FilterRight]),
];

/// The probes of which one stays in service, come what may: without any the rack is blind.
pub const VOTERS: InputSet = InputSet::of(&[Input::ExhaustA, Input::ExhaustB, Input::ExhaustC]);

const _: () = {
    let mut group = 0;
    while group < GROUPS.len() {
        let mut other = group + 1;
        while other < GROUPS.len() {
            assert!(!GROUPS[group].any(GROUPS[other]), "an input votes once");
            other += 1;
        }
        group += 1;
    }
};

impl Input {
    /// Whom an override needs; nothing when it is never allowed: fire inputs, and the contacts by which outputs are
    /// read back. Probes of the over-temperature and all-blind rules need a second person (03-safety 1.6).
    pub const fn override_needs(self) -> Option<Authority> {
        match self {
            Input::ExhaustA | Input::ExhaustB | Input::ExhaustC => Some(Authority::TwoPersons),
            Input::Ceiling
            | Input::HomeLeft
            | Input::HomeRight
            | Input::Door
            | Input::Mains
            | Input::Seal
            | Input::Isolator
            | Input::Tachometer
            | Input::BlowerCurrent
            | Input::Draft
            | Input::FilterLeft
            | Input::FilterRight
            | Input::PowerMeter => Some(Authority::OnePerson),
            Input::SmokeA
            | Input::SmokeB
            | Input::BreakWireLeft
            | Input::BreakWireRight
            | Input::FireButton
            | Input::EmergencyOff
            | Input::CutOut
            | Input::FanContact
            | Input::PowerCutReadBack => None,
        }
    }

    /// The inputs that vote or witness together with it, itself among them.
    pub fn vote(self) -> InputSet {
        let group = GROUPS.iter().find(|group| group.has(self));
        group.copied().unwrap_or(InputSet::of(&[self]))
    }

    /// Name of the point that it measures.
    pub const fn point(self) -> &'static str {
        match self {
            Input::ExhaustA => "rack.exhaust.a.temperature",
            Input::ExhaustB => "rack.exhaust.b.temperature",
            Input::ExhaustC => "rack.exhaust.c.temperature",
            Input::Ceiling => "rack.ceiling.temperature",
            Input::SmokeA => "smoke.a",
            Input::SmokeB => "smoke.b",
            Input::BreakWireLeft => "extinguisher.left.break_wire",
            Input::BreakWireRight => "extinguisher.right.break_wire",
            Input::HomeLeft => "extinguisher.left.home",
            Input::HomeRight => "extinguisher.right.home",
            Input::FireButton => "fire.button",
            Input::EmergencyOff => "emergency_off",
            Input::CutOut => "cut_out.open",
            Input::Door => "door.open",
            Input::Mains => "mains.present",
            Input::Seal => "seal.broken",
            Input::Isolator => "blower.a.isolator.open",
            Input::FanContact => "blower.a.contact.open",
            Input::Tachometer => "blower.a.speed",
            Input::BlowerCurrent => "blower.a.current",
            Input::Draft => "rack.draft.pressure",
            Input::FilterLeft => "filter.left.resistance",
            Input::FilterRight => "filter.right.resistance",
            Input::PowerMeter => "it.power",
            Input::PowerCutReadBack => "output.power_cut",
        }
    }
}

/// An override that stands.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Override {
    /// Which input.
    pub input: Input,
    /// Who.
    pub by: Name,
    /// Why.
    pub reason: Reason,
    /// Until when.
    pub until: Moment,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_is_a_point_and_no_fire_input_is_overridden() {
        for input in Input::ALL {
            assert!(crate::point::find(input.point()).is_some(), "{input:?}");
            assert!(input.vote().has(*input));
        }
        for fire in [
            Input::SmokeA,
            Input::SmokeB,
            Input::BreakWireLeft,
            Input::BreakWireRight,
            Input::FireButton,
            Input::EmergencyOff,
            Input::CutOut,
        ] {
            assert_eq!(fire.override_needs(), None);
        }
        assert_eq!(Input::ExhaustB.override_needs(), Some(Authority::TwoPersons));
        assert!(Input::Tachometer.vote().has(Input::Draft) && !Input::Door.vote().has(Input::Mains));
    }
}
