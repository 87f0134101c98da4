//! Acts that wait: for their moment, or for the rack to come to a state.
//!
//! Both kinds act once and are then gone. An act at a moment happens at that microsecond, after a plant step that ends at
//! it. A watch is looked at when a plant step has ended, and acts at the first one that finds its quantity beyond its
//! value: at the next one, where it is beyond it already.

use serde::{Deserialize, Serialize};

use super::truths::Quantity;
use super::{Act, Report};

/// Most acts that wait for their moment; another one is refused.
pub const SCHEDULED_MAX: usize = 256;
/// Most acts that wait for a state; another one is refused.
pub const WATCHES_MAX: usize = 64;

/// Why an act cannot wait.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum AgendaError {
    /// Its moment lies behind the rack's clock.
    #[error("{at_us} us has passed, the rack's clock stands at {now_us} us; give a later moment")]
    Passed {
        /// The moment asked for, us.
        at_us: u64,
        /// The rack's clock, us.
        now_us: u64,
    },
    /// Too many wait for their moment.
    #[error("{SCHEDULED_MAX} acts wait for their moment already; clear them or wait")]
    ScheduleFull,
    /// Too many wait for a state.
    #[error("{WATCHES_MAX} acts wait for a state already; clear them or wait")]
    WatchesFull,
    /// It waits for a value that is no number.
    #[error("a watch needs a finite value")]
    NoNumber,
}

/// A state of the rack to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// What is looked at.
    pub quantity: Quantity,
    /// It has to be above the value, or else below it.
    pub above: bool,
    /// The value, in the quantity's unit.
    pub value: f64,
}

impl Watch {
    /// Whether the rack has come to it.
    #[must_use]
    pub fn holds(&self, report: &Report) -> bool {
        let number = self.quantity.of(report);
        if self.above {
            number > self.value
        } else {
            number < self.value
        }
    }
}

/// Everything that waits. Its room is made once, so that nothing here ever allocates again.
#[derive(Clone, Debug)]
pub(super) struct Agenda {
    /// Latest first; of two at one moment the one that was scheduled first stands last.
    timed: Vec<(u64, Act)>,
    watches: Vec<(Watch, Act)>,
}

impl Default for Agenda {
    fn default() -> Self {
        Agenda {
            timed: Vec::with_capacity(SCHEDULED_MAX),
            watches: Vec::with_capacity(WATCHES_MAX),
        }
    }
}

impl Agenda {
    pub(super) fn schedule(&mut self, now_us: u64, at_us: u64, act: Act) -> Result<(), AgendaError> {
        if at_us < now_us {
            return Err(AgendaError::Passed { at_us, now_us });
        }
        if self.timed.len() >= SCHEDULED_MAX {
            return Err(AgendaError::ScheduleFull);
        }
        let place = self.timed.partition_point(|(other_us, _)| *other_us > at_us);
        self.timed.insert(place, (at_us, act));
        Ok(())
    }

    pub(super) fn watch(&mut self, watch: Watch, act: Act) -> Result<(), AgendaError> {
        if !watch.value.is_finite() {
            return Err(AgendaError::NoNumber);
        }
        if self.watches.len() >= WATCHES_MAX {
            return Err(AgendaError::WatchesFull);
        }
        self.watches.push((watch, act));
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.timed.clear();
        self.watches.clear();
    }

    /// When the next act is due; `u64::MAX` for never.
    pub(super) fn next_us(&self) -> u64 {
        self.timed.last().map_or(u64::MAX, |(at_us, _)| *at_us)
    }

    /// Takes the next act that is due.
    pub(super) fn take(&mut self) -> Option<Act> {
        self.timed.pop().map(|(_, act)| act)
    }

    /// Whether anything waits for a state.
    pub(super) fn watches(&self) -> bool {
        !self.watches.is_empty()
    }

    /// Takes the first act whose state has come.
    pub(super) fn come(&mut self, report: &Report) -> Option<Act> {
        let place = self.watches.iter().position(|(watch, _)| watch.holds(report))?;
        Some(self.watches.remove(place).1)
    }

    /// What waits for its moment, soonest first, and what waits for a state, oldest first.
    pub(super) fn waiting(
        &self,
    ) -> (
        impl Iterator<Item = (u64, Act)>,
        impl Iterator<Item = (Watch, Act)>,
    ) {
        (self.timed.iter().rev().copied(), self.watches.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rack, RackConfig};
    use super::*;

    const DOOR: Act = Act::Door { open: true };

    #[test]
    fn what_is_due_comes_in_order_and_in_the_order_it_was_asked_for() {
        let mut agenda = Agenda::default();
        for (at_us, power_w) in [(30, 1.0), (10, 2.0), (30, 3.0), (20, 4.0)] {
            let act = Act::Fire { power_w };
            agenda.schedule(10, at_us, act).expect("there is room");
        }
        let mut order = Vec::new();
        while agenda.next_us() < u64::MAX {
            order.push((agenda.next_us(), agenda.take()));
        }
        let fire = |at_us, power_w| (at_us, Some(Act::Fire { power_w }));
        assert_eq!(
            order,
            [fire(10, 2.0), fire(20, 4.0), fire(30, 1.0), fire(30, 3.0)]
        );
    }

    #[test]
    fn what_has_passed_and_what_is_too_much_is_refused() {
        let mut agenda = Agenda::default();
        let passed = AgendaError::Passed { at_us: 9, now_us: 10 };
        assert_eq!(agenda.schedule(10, 9, DOOR), Err(passed));
        for at_us in 0..SCHEDULED_MAX as u64 {
            assert_eq!(agenda.schedule(0, at_us, DOOR), Ok(()));
        }
        assert_eq!(agenda.schedule(0, 5, DOOR), Err(AgendaError::ScheduleFull));
        let watch = |value| Watch {
            quantity: Quantity::Room,
            above: true,
            value,
        };
        assert_eq!(agenda.watch(watch(f64::NAN), DOOR), Err(AgendaError::NoNumber));
        for _ in 0..WATCHES_MAX {
            assert_eq!(agenda.watch(watch(90.0), DOOR), Ok(()));
        }
        assert_eq!(agenda.watch(watch(90.0), DOOR), Err(AgendaError::WatchesFull));
        agenda.clear();
        assert!(!agenda.watches() && agenda.take().is_none());
    }

    #[test]
    fn a_watch_looks_to_its_own_side() {
        let report = Rack::new(RackConfig::default()).report();
        let room_c = report.room_c;
        for (above, value, holds) in [
            (true, room_c - 1.0, true),
            (true, room_c, false),
            (false, room_c, false),
            (false, room_c + 1.0, true),
        ] {
            let watch = Watch {
                quantity: Quantity::Room,
                above,
                value,
            };
            assert_eq!(watch.holds(&report), holds, "{watch:?}");
        }
    }
}
