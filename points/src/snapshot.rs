//! One immutable picture of everything, made once a tick.

pub use crate::alarm::AlarmStates;
use crate::alarm::{Alarm, AlarmDesk, AlarmSet, Priority};
use crate::command::{Name, Reason};
use crate::host::{Observation, Observations, TARGETS};
use crate::input::{InputSet, OVERRIDES_MAX, Override};
use crate::interlock::{Cause, CauseSet, EffectSet, LatchSet, OutputSet};
use crate::point::{self, Point, Tag};
use crate::quantity::{Percent, Quantity};
use crate::reading::{Absent, Quality, Reading};
use crate::time::{Moment, Span};
use crate::unit::UnitMemory;

/// One point's value, without its type.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Cell {
    /// The number or the reason for its absence.
    pub value: Result<f64, Absent>,
    /// When it was measured, or since when it is absent.
    pub at: Moment,
}

impl Cell {
    /// The number as any view may give it out: finite, and for a state one that has a name.
    ///
    /// # Errors
    /// Why there is none.
    pub fn believed(&self, point: &Point) -> Result<f64, Absent> {
        let number = self.value?;
        let states = point.row.kind.states;
        if states.is_empty() {
            return Some(number)
                .filter(|number| number.is_finite())
                .ok_or(Absent::Suspended);
        }
        let mut named = (0u8..).zip(states).map(|(state, _)| f64::from(state));
        named
            .find(|state| (state - number).abs() < 0.5)
            .ok_or(Absent::Suspended)
    }
}

/// What the fan is asked to do.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FanCommand {
    /// Drive.
    pub drive: Percent,
    /// The latching supply contact is commanded open.
    pub contact_open: bool,
}

/// Somebody holds the fan.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Hold {
    /// Speed held.
    pub speed: Percent,
    /// Who.
    pub owner: Name,
    /// Why.
    pub reason: Reason,
    /// Until when.
    pub until: Moment,
}

/// Why effects are in force: cause by cause, as the evaluator found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Why {
    /// Since when each cause stands, where it does.
    pub stands_since: [Moment; Cause::COUNT],
    /// Since when each cause is latched, where it is; a restart begins anew.
    pub latched_since: [Moment; Cause::COUNT],
    /// The effects that each cause holds in force.
    pub holds: [EffectSet; Cause::COUNT],
    /// The effects of each cause whose delay runs.
    pub waits: [EffectSet; Cause::COUNT],
    /// Causes whose horn a person has silenced.
    pub silenced: CauseSet,
}

impl Why {
    /// Nothing is in force.
    pub const NOTHING: Why = Why {
        stands_since: [Moment::ZERO; Cause::COUNT],
        latched_since: [Moment::ZERO; Cause::COUNT],
        holds: [EffectSet::EMPTY; Cause::COUNT],
        waits: [EffectSet::EMPTY; Cause::COUNT],
        silenced: CauseSet::EMPTY,
    };
}

/// One picture of everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Number of the tick.
    pub tick: u64,
    /// The moment of the tick.
    pub now: Moment,
    /// The rack is emulated; every value's quality says so.
    pub simulated: bool,
    /// Every point, in the order of the table.
    pub cells: [Cell; point::COUNT],
    /// Alarms.
    pub alarms: AlarmStates,
    /// What persons have put aside, and the first of each group.
    pub desk: AlarmDesk,
    /// Since when each alarm has been raised.
    pub alarm_since: [Moment; crate::alarm::COUNT],
    /// Causes that stand now.
    pub causes: CauseSet,
    /// Causes whose effects are latched.
    pub latched: CauseSet,
    /// Latches that a person has to reset.
    pub latches: LatchSet,
    /// Effects in force.
    pub effects: EffectSet,
    /// Why they are.
    pub why: Why,
    /// What the fan is asked to do.
    pub fan: FanCommand,
    /// The other outputs as commanded.
    pub outputs: OutputSet,
    /// Who holds the fan, if anybody does.
    pub hold: Option<Hold>,
    /// What is remembered of the extinguisher units, left and right.
    pub units: [UnitMemory; 2],
    /// Inputs that are overridden for a time.
    pub overrides: [Option<Override>; OVERRIDES_MAX],
    /// Inputs that are out of service.
    pub out_of_service: InputSet,
    /// What each way of looking says of each target.
    pub evidence: [Observations; TARGETS],
}

impl Default for Snapshot {
    fn default() -> Self {
        Snapshot {
            tick: 0,
            now: Moment::ZERO,
            simulated: false,
            cells: [Cell {
                value: Err(Absent::NotFitted),
                at: Moment::ZERO,
            }; point::COUNT],
            alarms: AlarmStates::default(),
            desk: AlarmDesk::EMPTY,
            alarm_since: [Moment::ZERO; crate::alarm::COUNT],
            causes: CauseSet::EMPTY,
            latched: CauseSet::EMPTY,
            latches: LatchSet::EMPTY,
            effects: EffectSet::EMPTY,
            why: Why::NOTHING,
            fan: FanCommand {
                drive: Percent::of(0.0),
                contact_open: false,
            },
            outputs: OutputSet::EMPTY,
            hold: None,
            units: [UnitMemory::UNKNOWN; 2],
            overrides: [None; OVERRIDES_MAX],
            out_of_service: InputSet::EMPTY,
            evidence: [[None; Observation::COUNT]; TARGETS],
        }
    }
}

impl Snapshot {
    /// A point's reading.
    pub fn get<Q: Quantity>(&self, tag: Tag<Q>) -> Reading<Q> {
        let cell = &self.cells[tag.index()];
        let value = cell
            .value
            .and_then(|number| Q::new(number).ok_or(Absent::Suspended));
        Reading { value, at: cell.at }
    }

    /// Writes a point's reading.
    pub fn put<Q: Quantity>(&mut self, tag: Tag<Q>, reading: Reading<Q>) {
        self.cells[tag.index()] = Cell {
            value: reading.value.map(Quantity::get),
            at: reading.at,
        };
    }

    /// Writes a point's value as of this tick.
    pub fn put_now<Q: Quantity>(&mut self, tag: Tag<Q>, value: Q) {
        self.put(tag, Reading::good(value, self.now));
    }

    /// Quality of the point at `index`, as protocols carry it.
    pub fn quality(&self, index: usize) -> Quality {
        match self.cells.get(index).map(|cell| cell.value) {
            Some(Ok(_)) if self.simulated => Quality::Simulated,
            Some(Ok(_)) => Quality::Good,
            Some(Err(reason)) => reason.quality(),
            None => Quality::Absent,
        }
    }

    /// Whether something measures or derives the point at `index` on this site.
    pub fn is_fitted(&self, index: usize) -> bool {
        let value = self.cells.get(index).map(|cell| cell.value);
        value.is_some_and(|value| value != Err(Absent::NotFitted))
    }

    /// Age of the point at `index`.
    pub fn age(&self, index: usize) -> Span {
        self.cells
            .get(index)
            .map_or(Span::ZERO, |cell| self.now.since(cell.at))
    }

    /// Raised alarms, whatever their display, most urgent first, then by number.
    pub fn raised(&self) -> impl Iterator<Item = Alarm> + '_ {
        by_urgency(self.alarms.raised)
    }

    /// Raised alarms that nobody has put aside, most urgent first, then by number.
    pub fn open(&self) -> impl Iterator<Item = Alarm> + '_ {
        by_urgency(self.alarms.open())
    }
}

fn by_urgency(alarms: AlarmSet) -> impl Iterator<Item = Alarm> {
    Priority::ALL.into_iter().flat_map(move |priority| {
        alarms
            .iter()
            .filter(move |alarm| alarm.row().priority == priority)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::flow;
    use crate::quantity::Pascal;

    #[test]
    fn a_point_comes_back_as_it_was_put() {
        let mut snapshot = Snapshot {
            now: Moment(7_000_000),
            simulated: true,
            ..Snapshot::default()
        };
        snapshot.put(
            flow::RACK_DRAFT,
            Reading::good(Pascal::of(-9.4), Moment(6_700_000)),
        );
        let index = flow::RACK_DRAFT.index();
        assert_eq!(snapshot.get(flow::RACK_DRAFT).number(), Some(-9.4));
        assert_eq!(snapshot.quality(index), Quality::Simulated);
        assert_eq!(snapshot.age(index), Span::ms(300));
        assert_eq!(snapshot.quality(flow::SUCTION.index()), Quality::Absent);
    }
}
