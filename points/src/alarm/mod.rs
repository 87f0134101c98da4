//! The alarm table: what is wrong, what brought it, what follows if it is ignored, what to do, and by when. An alarm
//! without an act is an event.
//!
//! A row is the alarm's record of rationalisation as ISA-18.2 and IEC 62682 ask for it; one that leaves something out
//! does not compile. Its priority is not chosen: it follows from what is at stake and the time to respond
//! ([`Priority::of`]). What nothing may hide is *guarded*: every critical alarm and those of the groups fire and stops;
//! `safety` holds the same against the matrix for every alarm whose cause stops the fan, shuts hosts down or cuts power.

mod rank;
mod set;
mod states;
mod table;

pub use rank::{Group, Priority, Severity, Storm};
pub use set::AlarmSet;
pub use states::{AlarmDesk, AlarmStates, Display, FirstOut, HIDDEN_MAX, Hidden, Process, Until};
pub use table::{Alarm, ROWS};

use crate::interlock::Cause;
use crate::setting::Role;

/// Longest time any alarm may be shelved, in minutes: a week.
pub const SHELVE_MINUTES_MAX: u16 = 7 * 24 * 60;

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Number: its bit in the alarm words. Only ever added.
    pub number: u16,
    /// The name on every interface.
    pub name: &'static str,
    /// How soon and how much: what the rule makes of severity and time to respond.
    pub priority: Priority,
    /// Stays after its condition is gone: until the matrix's latch of its cause is reset, where there is one.
    pub latching: bool,
    /// What is wrong.
    pub text: &'static str,
    /// What brings it.
    pub because: &'static str,
    /// What follows if it is ignored.
    pub consequence: &'static str,
    /// What to do.
    pub action: &'static str,
    /// What is at stake if it is ignored.
    pub severity: Severity,
    /// By when a person has begun to act, in minutes.
    pub respond_min: u32,
    /// The cause of the matrix it stands for, if any.
    pub cause: Option<Cause>,
    /// Condition must stand this long, in milliseconds.
    pub on_delay_ms: u32,
    /// Condition must be gone this long, in milliseconds.
    pub off_delay_ms: u32,
    /// Set point with its dead-band and where it comes from; empty where the alarm has none: a contact is a contact.
    pub basis: &'static str,
    /// The group whose first alarm is told.
    pub group: Group,
    /// Whose act it waits for.
    pub owner: Role,
    /// Longest time a person may shelve it, in minutes; 0: never, nor may it be taken out of service.
    pub shelve_min: u16,
    /// What a flood does to its line.
    pub storm: Storm,
    /// Told anew when it still stands so long after it was acknowledged, in minutes; 0: never.
    pub again_min: u16,
    /// Number of the record's revision.
    pub revision: u8,
    /// Names of the points at which it shows.
    pub points: &'static [&'static str],
    /// Alarms that explain this one while they stand, the best explanation first: it is then suppressed by design,
    /// a follow-on that is shown folded. A guarded alarm is never explained away.
    pub explained_by: &'static [Alarm],
}

impl Row {
    /// Whether nothing may hide it.
    pub const fn is_guarded(&self) -> bool {
        matches!(self.priority, Priority::Critical) || matches!(self.group, Group::Fire | Group::Stops)
    }
}

/// How many alarms there are.
pub const COUNT: usize = ROWS.len();

/// How many there may ever be: a set has 128 bits, and the map of registers keeps this many bits for each of its sets.
pub const MOST: u16 = 96;

const _: () = {
    let mut place = 0;
    while place < ROWS.len() {
        let row = &ROWS[place];
        assert!(row.number as usize == place, "alarm numbers rise without a gap");
        assert!(
            !row.text.is_empty() && !row.because.is_empty() && !row.consequence.is_empty(),
            "an alarm says what is wrong, what brought it and what follows"
        );
        assert!(
            !row.action.is_empty(),
            "an alarm says what to do, or it is an event"
        );
        assert!(
            row.respond_min > 0,
            "an alarm leaves time to act, or an interlock does"
        );
        assert!(
            row.priority as u8 == Priority::of(row.severity, row.respond_min) as u8,
            "a priority follows from what is at stake and the time to respond"
        );
        assert!(row.revision > 0, "a record has a revision");
        assert!(
            !matches!(row.owner, Role::Viewer),
            "an alarm waits for somebody who may act"
        );
        assert!(row.shelve_min <= SHELVE_MINUTES_MAX, "a shelf has an end");
        let hidden = row.shelve_min > 0 || !row.explained_by.is_empty() || matches!(row.storm, Storm::Folds);
        assert!(
            !(row.is_guarded() && hidden),
            "critical alarms and those of fire and stops are never shelved, explained away or folded"
        );
        place += 1;
    }
    assert!(COUNT <= MOST as usize, "every alarm has its bit in every view");
};

impl Alarm {
    /// Its place in the table.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its row.
    pub const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The alarm that explains this one, if one of those that can is among the active ones.
    pub fn follows(self, active: AlarmSet) -> Option<Alarm> {
        let explained_by = self.row().explained_by;
        explained_by.iter().copied().find(|alarm| active.has(*alarm))
    }

    /// The alarm that stands for a cause, if one does.
    pub fn of_cause(cause: Cause) -> Option<Alarm> {
        Self::ALL
            .iter()
            .copied()
            .find(|alarm| alarm.row().cause == Some(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use crate::setting;

    #[test]
    fn names_are_unique_and_causes_have_one_alarm() {
        assert_eq!(
            ROWS.iter().map(|row| row.name).collect::<BTreeSet<_>>().len(),
            COUNT
        );
        let causes: std::vec::Vec<Cause> = ROWS.iter().filter_map(|row| row.cause).collect();
        assert_eq!(causes.iter().collect::<BTreeSet<_>>().len(), causes.len());
    }

    #[test]
    fn alarms_show_at_points_that_there_are() {
        for row in ROWS {
            for name in row.points {
                assert!(crate::point::find(name).is_some(), "{}: {name}", row.name);
            }
        }
    }

    #[test]
    fn explanations_end_and_never_explain_a_critical_alarm() {
        for alarm in Alarm::ALL {
            let explained_by = alarm.row().explained_by;
            let critical = alarm.row().priority == Priority::Critical;
            assert!(explained_by.is_empty() || !critical, "{alarm:?}");
            // Everything active: whoever follows explanations comes to one that has none.
            let (mut at, mut steps) = (*alarm, 0);
            while let Some(next) = at.follows(AlarmSet::ALL) {
                (at, steps) = (next, steps + 1);
                assert!(steps < COUNT, "{alarm:?} explains itself");
            }
        }
        let mut active = AlarmSet::EMPTY;
        active.put(Alarm::Hot, true);
        assert_eq!(Alarm::Hot.follows(active), None);
        active.put(Alarm::FanFailed, true);
        assert_eq!(Alarm::Hot.follows(active), Some(Alarm::FanFailed));
    }

    /// The rule of the record, said once more from the standard's words: what a person must never miss is hidden by
    /// nothing.
    #[test]
    fn what_is_critical_of_fire_or_of_a_stop_is_never_hidden() {
        for alarm in Alarm::ALL {
            let row = alarm.row();
            if row.priority == Priority::Critical || matches!(row.group, Group::Fire | Group::Stops) {
                assert!(AlarmSet::GUARDED.has(*alarm));
                assert!(
                    !AlarmSet::SHELVABLE.has(*alarm) && !AlarmSet::FOLDS.has(*alarm),
                    "{alarm:?}"
                );
                assert!(row.explained_by.is_empty(), "{alarm:?}");
            }
        }
        let of_groups = Group::ALL.map(AlarmSet::of_group);
        assert_eq!(of_groups.iter().map(|group| group.len()).sum::<usize>(), COUNT);
        assert_eq!(
            of_groups.into_iter().fold(AlarmSet::EMPTY, AlarmSet::with),
            AlarmSet::ALL
        );
    }

    #[test]
    fn a_basis_names_settings_that_there_are() {
        for row in ROWS {
            let words = row.basis.split([' ', ',', ':', ';']);
            for name in words.filter(|word| word.contains('.') && word.chars().any(char::is_alphabetic)) {
                let known = setting::ROWS.iter().any(|setting| setting.name == name)
                    || ROWS.iter().any(|alarm| alarm.name == name);
                assert!(known, "{}: {name}", row.name);
            }
        }
    }
}
