//! Alarms: conditions with delays become states that a person acknowledges.
//!
//! ```text
//!            condition stands on_delay          acknowledged
//!   Normal ---------------------------> Active --------------> Active, acknowledged
//!     ^                                   | condition gone off_delay      |
//!     |          acknowledged             v                               |
//!     +---------------------- Returned, unacknowledged (latching only)    |
//!     +-------------------------------------------------------------------+
//! ```
//! An alarm that does not latch goes back to Normal by itself. A latching one stays raised until it is acknowledged
//! and gone (I26). Acknowledging is not resetting: latches of the matrix are untouched by it.

use points::alarm::{Alarm, AlarmSet, COUNT};
use points::command::Refusal;
use points::snapshot::AlarmStates;
use points::{Moment, Span};

/// States of all alarms.
#[derive(Clone, Debug)]
pub struct Alarms {
    states: AlarmStates,
    since: [Moment; COUNT],
    /// When each condition last changed, against the present `active`.
    pending: [Option<Moment>; COUNT],
    /// Whether any of them may be pending.
    waits: bool,
}

impl Default for Alarms {
    fn default() -> Self {
        Self::new()
    }
}

impl Alarms {
    /// All normal.
    pub const fn new() -> Self {
        Alarms {
            states: AlarmStates {
                active: AlarmSet::EMPTY,
                raised: AlarmSet::EMPTY,
                unacknowledged: AlarmSet::EMPTY,
            },
            since: [Moment::ZERO; COUNT],
            pending: [None; COUNT],
            waits: false,
        }
    }

    /// Takes the conditions of a tick.
    pub fn step(&mut self, now: Moment, conditions: AlarmSet) {
        let active = self.states.active;
        if conditions == active && self.states.raised == active {
            // The common tick: nothing differs, nothing waits.
            if self.waits {
                self.pending = [None; COUNT];
                self.waits = false;
            }
            return;
        }
        self.waits = true;
        for alarm in Alarm::ALL {
            self.one(now, *alarm, conditions.has(*alarm));
        }
    }

    fn one(&mut self, now: Moment, alarm: Alarm, stands: bool) {
        let index = alarm.index();
        let row = alarm.row();
        if stands == self.states.active.has(alarm) {
            self.pending[index] = None;
        } else {
            let since = *self.pending[index].get_or_insert(now);
            let delay = if stands { row.on_delay_ms } else { row.off_delay_ms };
            if now - since >= Span::ms(u64::from(delay)) {
                self.pending[index] = None;
                self.states.active.put(alarm, stands);
                if stands {
                    if !self.states.raised.has(alarm) {
                        self.since[index] = now;
                    }
                    self.states.raised.put(alarm, true);
                    self.states.unacknowledged.put(alarm, true);
                }
            }
        }
        if !self.states.active.has(alarm) && (!row.latching || !self.states.unacknowledged.has(alarm)) {
            self.states.raised.put(alarm, false);
            self.states.unacknowledged.put(alarm, false);
        }
    }

    /// A person has seen it.
    ///
    /// # Errors
    /// When the alarm is not raised.
    pub fn acknowledge(&mut self, alarm: Alarm) -> Result<(), Refusal> {
        if !self.states.raised.has(alarm) {
            return Err(Refusal::NotRaised);
        }
        self.states.unacknowledged.put(alarm, false);
        if !self.states.active.has(alarm) {
            self.states.raised.put(alarm, false);
        }
        Ok(())
    }

    /// The states.
    pub const fn states(&self) -> AlarmStates {
        self.states
    }

    /// Since when each alarm has been raised.
    pub const fn since(&self) -> &[Moment; COUNT] {
        &self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(alarms: &[Alarm]) -> AlarmSet {
        let mut set = AlarmSet::EMPTY;
        for alarm in alarms {
            set.put(*alarm, true);
        }
        set
    }

    #[test]
    fn a_latching_alarm_stays_until_it_is_gone_and_acknowledged() {
        let mut alarms = Alarms::new();
        alarms.step(Moment(0), set(&[Alarm::Fire]));
        alarms.step(Moment(1), AlarmSet::EMPTY);
        assert!(alarms.states().raised.has(Alarm::Fire) && !alarms.states().active.has(Alarm::Fire));
        assert_eq!(alarms.acknowledge(Alarm::Fire), Ok(()));
        assert!(alarms.states().raised.is_empty());
        assert_eq!(alarms.acknowledge(Alarm::Fire), Err(Refusal::NotRaised));
    }

    #[test]
    fn an_acknowledged_alarm_that_still_stands_stays_raised() {
        let mut alarms = Alarms::new();
        alarms.step(Moment(0), set(&[Alarm::Fire]));
        assert_eq!(alarms.acknowledge(Alarm::Fire), Ok(()));
        alarms.step(Moment(1), set(&[Alarm::Fire]));
        assert!(alarms.states().raised.has(Alarm::Fire) && alarms.states().unacknowledged.is_empty());
        alarms.step(Moment(2), AlarmSet::EMPTY);
        assert!(alarms.states().raised.is_empty());
    }

    #[test]
    fn delays_keep_a_flicker_out_and_hold_a_return() {
        let mut alarms = Alarms::new();
        let warm = set(&[Alarm::Warm]);
        alarms.step(Moment(0), warm);
        alarms.step(Moment(900_000), AlarmSet::EMPTY);
        alarms.step(Moment(1_000_000), warm);
        assert!(alarms.states().raised.is_empty());
        alarms.step(Moment(2_000_000), warm);
        assert!(alarms.states().raised.has(Alarm::Warm));
        alarms.step(Moment(3_000_000), AlarmSet::EMPTY);
        assert!(alarms.states().raised.has(Alarm::Warm));
        alarms.step(Moment(8_000_000), AlarmSet::EMPTY);
        assert!(alarms.states().raised.is_empty());
    }
}
