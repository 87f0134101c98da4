//! Sets of alarms, and those that the table itself makes.

use super::{Alarm, COUNT, Group, ROWS, Row, Storm};

/// A set of alarms: one bit each, bit 0 is alarm 0. It has room for [`MOST`](super::MOST).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AlarmSet(pub u128);

impl AlarmSet {
    /// None.
    pub const EMPTY: AlarmSet = AlarmSet(0);

    /// Whether it holds the alarm.
    pub const fn has(self, alarm: Alarm) -> bool {
        self.0 & (1 << alarm as u32) != 0
    }

    /// Puts the alarm in or takes it out.
    pub const fn put(&mut self, alarm: Alarm, present: bool) {
        if present {
            self.0 |= 1 << alarm as u32;
        } else {
            self.0 &= !(1 << alarm as u32);
        }
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: AlarmSet) -> AlarmSet {
        AlarmSet(self.0 & other.0)
    }

    /// What is in either.
    #[must_use]
    pub const fn with(self, other: AlarmSet) -> AlarmSet {
        AlarmSet(self.0 | other.0)
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub const fn without(self, other: AlarmSet) -> AlarmSet {
        AlarmSet(self.0 & !other.0)
    }

    /// Its alarms, in order.
    pub fn iter(self) -> impl Iterator<Item = Alarm> {
        let mut left = self.0;
        core::iter::from_fn(move || {
            let alarm = Alarm::ALL.get(left.trailing_zeros() as usize).copied()?;
            left &= left - 1;
            Some(alarm)
        })
    }

    /// How many it holds.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether it holds none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The alarms whose rows have a property: the sets that follow are walks over the table at compile time.
macro_rules! rows_where {
    ($row:ident => $property:expr) => {{
        let (mut set, mut place) = (0u128, 0);
        while place < COUNT {
            let $row: &Row = &ROWS[place];
            if $property {
                set |= 1 << place;
            }
            place += 1;
        }
        AlarmSet(set)
    }};
}

impl AlarmSet {
    /// Every alarm of the table.
    pub const ALL: AlarmSet = rows_where!(_row => true);
    /// Those that stay until a person's act although their condition is gone.
    pub const LATCHING: AlarmSet = rows_where!(row => row.latching);
    /// Those that nothing hides: critical, of the fire group, or of a stop.
    pub const GUARDED: AlarmSet = rows_where!(row => row.is_guarded());
    /// Those that may be shelved or taken out of service.
    pub const SHELVABLE: AlarmSet = rows_where!(row => row.shelve_min > 0);
    /// Those that another alarm can explain.
    pub const EXPLAINED: AlarmSet = rows_where!(row => !row.explained_by.is_empty());
    /// Those that are told anew when they stand on.
    pub const AGAIN: AlarmSet = rows_where!(row => row.again_min > 0);
    /// Those that a flood folds into a line with a number.
    pub const FOLDS: AlarmSet = rows_where!(row => matches!(row.storm, Storm::Folds));

    /// The alarms of a group.
    pub const fn of_group(group: Group) -> AlarmSet {
        BY_GROUP[group as usize]
    }
}

const BY_GROUP: [AlarmSet; Group::ALL.len()] = {
    let mut groups = [AlarmSet::EMPTY; Group::ALL.len()];
    let mut at = 0;
    while at < groups.len() {
        groups[at] = rows_where!(row => row.group as usize == at);
        at += 1;
    }
    groups
};
