//! How much comes at once: chatter of one alarm, and floods of all of them.

use points::alarm::{Alarm, AlarmSet, COUNT};
use points::{Moment, Span};

/// An alarm that comes so often within [`CHATTER_TIME`] chatters.
pub const CHATTER_TIMES: usize = 3;
/// Time within which chatter is counted, and after which without a new coming it is over.
pub const CHATTER_TIME: Span = Span::s(60);
/// More alarms than this within [`FLOOD_TIME`] begin a flood.
pub const FLOOD_ABOVE: usize = 10;
/// Fewer than this within [`FLOOD_TIME`] end it.
pub const FLOOD_BELOW: usize = 5;
/// Time within which alarms are counted for a flood.
pub const FLOOD_TIME: Span = Span::s(600);

/// The last comings of one alarm, newest first.
type Last = [Option<Moment>; CHATTER_TIMES];

/// What came lately.
#[derive(Clone, Debug)]
pub(super) struct Load {
    last: [Last; COUNT],
    chattering: AlarmSet,
    /// The newest comings of all alarms, newest first; older ones decide nothing.
    came: [Option<Moment>; FLOOD_ABOVE + 1],
    flood: Option<Moment>,
}

impl Load {
    pub(super) const fn new() -> Load {
        Load {
            last: [[None; CHATTER_TIMES]; COUNT],
            chattering: AlarmSet::EMPTY,
            came: [None; FLOOD_ABOVE + 1],
            flood: None,
        }
    }

    /// Alarms that came now, and which of these were told.
    pub(super) fn take(&mut self, now: Moment, came: AlarmSet, told: AlarmSet) {
        for alarm in came.iter() {
            let last = &mut self.last[alarm.index()];
            push(last, now);
            // It is over by quiet alone: one that goes on coming more slowly still chatters.
            if within(last, now, CHATTER_TIME) == CHATTER_TIMES {
                self.chattering.put(alarm, true);
            }
        }
        for _ in told.iter() {
            push(&mut self.came, now);
        }
        if self.flood.is_none() && within(&self.came, now, FLOOD_TIME) > FLOOD_ABOVE {
            self.flood = Some(now);
        }
    }

    /// Ends what is over.
    pub(super) fn settle(&mut self, now: Moment) {
        for alarm in self.chattering.iter() {
            if self.quiet_at(alarm).is_some_and(|quiet| now >= quiet) {
                self.chattering.put(alarm, false);
            }
        }
        if self.flood.is_some() && within(&self.came, now, FLOOD_TIME) < FLOOD_BELOW {
            self.flood = None;
        }
    }

    pub(super) const fn chattering(&self) -> AlarmSet {
        self.chattering
    }

    pub(super) const fn flood(&self) -> Option<Moment> {
        self.flood
    }

    /// When something of it is over, if nothing comes before.
    pub(super) fn due(&self) -> Option<Moment> {
        let quiet = self
            .chattering
            .iter()
            .filter_map(|alarm| self.quiet_at(alarm))
            .min();
        // The flood ends when the one that makes it too many is too old.
        let ebb = self.flood.and(self.came.get(FLOOD_BELOW - 1).copied().flatten());
        let ebb = ebb.map(|at| at + FLOOD_TIME);
        match (quiet, ebb) {
            (Some(quiet), Some(ebb)) => Some(quiet.min(ebb)),
            (one, None) => one,
            (None, other) => other,
        }
    }

    fn quiet_at(&self, alarm: Alarm) -> Option<Moment> {
        self.last[alarm.index()][0].map(|newest| newest + CHATTER_TIME)
    }
}

fn push<const N: usize>(list: &mut [Option<Moment>; N], now: Moment) {
    list.rotate_right(1);
    if let Some(first) = list.first_mut() {
        *first = Some(now);
    }
}

/// How many lie less than `time` back.
fn within(list: &[Option<Moment>], now: Moment, time: Span) -> usize {
    list.iter().flatten().filter(|at| now - **at < time).count()
}
