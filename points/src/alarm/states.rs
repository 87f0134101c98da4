//! What the alarms are now, as every view sees it.

use super::{Alarm, AlarmSet, Group};
use crate::command::{Name, Reason};
use crate::time::Moment;

/// Alarms that are shelved or out of service at once. A further one is refused: a long list of hidden alarms is a
/// list that nobody looks through.
pub const HIDDEN_MAX: usize = 8;

/// What is with an alarm's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Process {
    /// It does not stand.
    Normal,
    /// It stands.
    Active,
    /// It does not stand any more; a latch keeps the alarm.
    Latched,
}

impl Process {
    /// Every process.
    pub const ALL: [Process; 3] = [Process::Normal, Process::Active, Process::Latched];

    /// The word for it.
    pub const fn text(self) -> &'static str {
        match self {
            Process::Normal => "normal",
            Process::Active => "active",
            Process::Latched => "latched",
        }
    }
}

/// How an alarm is displayed. It is evaluated all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Display {
    /// In the list.
    Shown,
    /// A person has put it aside for a while.
    Shelved,
    /// Suppressed by design: another alarm explains it.
    Designed,
    /// A person has taken it out of service.
    OutOfService,
}

impl Display {
    /// Every display.
    pub const ALL: [Display; 4] = [
        Display::Shown,
        Display::Shelved,
        Display::Designed,
        Display::OutOfService,
    ];

    /// The word for it.
    pub const fn text(self) -> &'static str {
        match self {
            Display::Shown => "shown",
            Display::Shelved => "shelved",
            Display::Designed => "by-design",
            Display::OutOfService => "out-of-service",
        }
    }
}

/// The alarms as sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AlarmStates {
    /// The condition stands, by itself or by its cause's latch.
    pub active: AlarmSet,
    /// The condition stands, or nobody has acknowledged that it came (I26).
    pub raised: AlarmSet,
    /// Not yet acknowledged.
    pub unacknowledged: AlarmSet,
    /// The condition itself is gone; a latch keeps the alarm.
    pub latched: AlarmSet,
    /// Put aside by a person.
    pub shelved: AlarmSet,
    /// Explained by another alarm that stands.
    pub designed: AlarmSet,
    /// Taken out of service by a person.
    pub out_of_service: AlarmSet,
    /// Came three times within a minute.
    pub chattering: AlarmSet,
    /// Folded by the flood into the line of its group.
    pub folded: AlarmSet,
    /// The flood's begin, while one lasts.
    pub flood: Option<Moment>,
    /// Rises whenever anything of the alarms changes, in this run of the controller.
    pub sequence: u64,
}

impl AlarmStates {
    /// What is with an alarm's condition.
    pub const fn process(&self, alarm: Alarm) -> Process {
        if self.latched.has(alarm) {
            Process::Latched
        } else if self.active.has(alarm) {
            Process::Active
        } else {
            Process::Normal
        }
    }

    /// How an alarm is displayed.
    pub const fn display(&self, alarm: Alarm) -> Display {
        if self.out_of_service.has(alarm) {
            Display::OutOfService
        } else if self.shelved.has(alarm) {
            Display::Shelved
        } else if self.designed.has(alarm) {
            Display::Designed
        } else {
            Display::Shown
        }
    }

    /// Put aside or out of service by a person.
    pub const fn hidden(&self) -> AlarmSet {
        self.shelved.with(self.out_of_service)
    }

    /// Raised, and neither put aside nor out of service.
    pub const fn open(&self) -> AlarmSet {
        self.raised.without(self.hidden())
    }

    /// Those that are more than a memory: the condition or a latch keeps them.
    pub const fn standing(&self) -> AlarmSet {
        self.active.with(self.latched)
    }

    /// The alarm that explains this one: the best of those that stand in sight.
    pub fn explains(&self, alarm: Alarm) -> Option<Alarm> {
        alarm.follows(self.active.without(self.hidden()))
    }
}

/// Until when an alarm is put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Until {
    /// Shelved until this moment.
    Moment(Moment),
    /// Shelved until it is gone once, or this moment.
    Gone(Moment),
    /// Out of service until a person takes it back.
    Person,
}

/// An alarm that a person has put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Hidden {
    /// Which.
    pub alarm: Alarm,
    /// Until when.
    pub until: Until,
    /// Since when.
    pub since: Moment,
    /// Who.
    pub by: Name,
    /// Why.
    pub why: Reason,
}

/// The first alarm of a group that is not clear and acknowledged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FirstOut {
    /// Which.
    pub alarm: Alarm,
    /// In which tick it came.
    pub tick: u64,
    /// When.
    pub at: Moment,
}

/// What of the alarms changes seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AlarmDesk {
    /// What persons have put aside, in no order.
    pub hidden: [Option<Hidden>; HIDDEN_MAX],
    /// The first of each group, by the groups' numbers.
    pub first: [Option<FirstOut>; Group::ALL.len()],
}

impl AlarmDesk {
    /// Nothing put aside, nothing came.
    pub const EMPTY: AlarmDesk = AlarmDesk {
        hidden: [None; HIDDEN_MAX],
        first: [None; Group::ALL.len()],
    };

    /// Who has put an alarm aside, and why.
    pub fn hidden(&self, alarm: Alarm) -> Option<&Hidden> {
        self.hidden.iter().flatten().find(|hidden| hidden.alarm == alarm)
    }

    /// The first of a group.
    pub fn first(&self, group: Group) -> Option<FirstOut> {
        self.first.get(group as usize).copied().flatten()
    }
}

impl Default for AlarmDesk {
    fn default() -> Self {
        AlarmDesk::EMPTY
    }
}
