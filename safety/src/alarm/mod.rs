//! Alarms: conditions with delays become states that a person acknowledges, shelves, takes out of service.
//!
//! ```text
//!  conditions --delays--> process --\                              /--> lists, words of bits, journal
//!  latches -----------------------> State (one of 24 per alarm) --<
//!  persons --acknowledge, shelve--/       |                        \--> first-out, chatter, flood
//!                                         `--> other alarms: explained by design
//! ```
//! An alarm that is not shown goes on being evaluated. Shelving, suppression and floods change what is listed and nothing
//! in the rack: horn, outputs and interlocks follow the matrix. What is guarded (critical, fire, stops, interlocks) is
//! hidden by nothing (I27). What came stays raised until it is gone and acknowledged (I26). Acknowledging is not
//! resetting: latches of the matrix are untouched by it.
//!
//! All of it is forgotten at a restart of the controller: alarms come back not acknowledged and shown.
//!
//! Time budget: a tick in which nothing changes and nothing is due costs three comparisons.

mod desk;
mod load;
mod state;
#[cfg(test)]
mod tests;

use points::alarm::{Alarm, AlarmDesk, AlarmSet, COUNT, Hidden, Until};
use points::command::{Name, Reason, Refusal, Shelf};
use points::snapshot::AlarmStates;
use points::{Moment, Span};

pub use load::{CHATTER_TIME, CHATTER_TIMES, FLOOD_ABOVE, FLOOD_BELOW, FLOOD_TIME};
pub use state::{Event, Kind, State};

use load::Load;

/// Acts of persons that are remembered for the journal: more than a tick takes commands.
const ACTS: usize = 8;

/// Who did it, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// To which alarm.
    pub alarm: Alarm,
    /// Who.
    pub by: Name,
    /// Why, or what was found; may be empty.
    pub why: Reason,
}

/// What a tick says of the alarms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Conditions that stand, by themselves or by the latch of their cause.
    pub stand: AlarmSet,
    /// Of these, those that only a latch keeps.
    pub held: AlarmSet,
}

/// States of all alarms.
#[derive(Clone, Debug)]
pub struct Alarms {
    states: AlarmStates,
    desk: AlarmDesk,
    since: [Moment; COUNT],
    /// Since when each condition has been other than the alarm shows it.
    pending: [Option<Moment>; COUNT],
    /// When each was acknowledged last.
    seen: [Moment; COUNT],
    load: Load,
    acts: [Option<Act>; ACTS],
    /// A tick has shown what these acts changed: what happens later is not theirs.
    told: bool,
    /// The conditions of the last tick.
    last: Conditions,
    /// Something happens by itself at this moment.
    due: Moment,
}

impl Default for Alarms {
    fn default() -> Self {
        Self::new()
    }
}

impl Alarms {
    /// All normal.
    pub fn new() -> Self {
        Alarms {
            states: AlarmStates::default(),
            desk: AlarmDesk::EMPTY,
            since: [Moment::ZERO; COUNT],
            pending: [None; COUNT],
            seen: [Moment::ZERO; COUNT],
            load: Load::new(),
            acts: [None; ACTS],
            told: true,
            last: Conditions::default(),
            due: Moment::ZERO,
        }
    }

    /// Takes the conditions of a tick.
    pub fn step(&mut self, now: Moment, tick: u64, conditions: Conditions) {
        if conditions == self.last && now < self.due {
            return;
        }
        self.forget_told_acts();
        self.told = true;
        let before = (self.states, self.desk);
        self.last = conditions;
        let mut came = AlarmSet::EMPTY;
        for alarm in Alarm::ALL {
            if self.judge(now, *alarm, conditions) {
                came.put(*alarm, true);
                self.since[alarm.index()] = now;
            }
        }
        self.timers(now);
        self.explain();
        let told = came.without(self.states.hidden()).without(self.states.designed);
        self.load.take(now, came, told);
        self.load.settle(now);
        desk::first_out(&mut self.desk, self.states.open(), told, tick, now);
        self.states.chattering = self.load.chattering();
        self.states.flood = self.load.flood();
        self.states.folded = match self.states.flood {
            Some(_) => {
                let shown = self.states.open().without(self.states.designed);
                shown.and(AlarmSet::FOLDS)
            }
            None => AlarmSet::EMPTY,
        };
        if before != (self.states, self.desk) {
            self.states.sequence = before.0.sequence + 1;
        }
        self.due = self.next_due(now);
    }

    /// Takes an alarm's condition. Whether it came.
    fn judge(&mut self, now: Moment, alarm: Alarm, conditions: Conditions) -> bool {
        let (index, row) = (alarm.index(), alarm.row());
        let (stands, held) = (conditions.stand.has(alarm), conditions.held.has(alarm));
        let active = self.states.active.has(alarm);
        if stands == active {
            self.pending[index] = None;
            if active && held != self.states.latched.has(alarm) {
                // Its cause comes back, or goes and leaves the latch.
                return self.happens(alarm, if held { Event::Held } else { Event::Stands });
            }
            return false;
        }
        let since = *self.pending[index].get_or_insert(now);
        let delay = if stands { row.on_delay_ms } else { row.off_delay_ms };
        if now - since < Span::ms(u64::from(delay)) {
            return false;
        }
        self.pending[index] = None;
        if !stands {
            self.happens(alarm, Event::Gone);
            if desk::is_once(&self.desk, alarm) {
                self.bring_back(alarm, Event::Unshelve);
            }
            return false;
        }
        let new = !State::of(&self.states, alarm).is_raised();
        let came = self.happens(alarm, if held { Event::Held } else { Event::Stands });
        came || new
    }

    /// Applies what is never refused. Whether the alarm came by it.
    fn happens(&mut self, alarm: Alarm, event: Event) -> bool {
        let before = State::of(&self.states, alarm);
        let after = before.on(event, self.kind(alarm)).unwrap_or(before);
        after.put(&mut self.states, alarm, self.last.held.has(alarm));
        event == Event::Stands && before.process != after.process
    }

    fn kind(&self, alarm: Alarm) -> Kind {
        Kind {
            latching: AlarmSet::LATCHING.has(alarm),
            shelvable: AlarmSet::SHELVABLE.has(alarm),
            explainable: AlarmSet::EXPLAINED.has(alarm),
            held: self.last.held.has(alarm),
        }
    }

    /// What time alone changes: shelves that are over, alarms that are told anew.
    fn timers(&mut self, now: Moment) {
        for alarm in desk::over(&self.desk, now).iter() {
            self.bring_back(alarm, Event::Unshelve);
        }
        for alarm in self.waits_again().iter() {
            if now >= self.again_at(alarm) {
                self.happens(alarm, Event::Again);
            }
        }
    }

    /// Acknowledged, standing, and to be told anew one day.
    fn waits_again(&self) -> AlarmSet {
        let seen = self.states.active.without(self.states.unacknowledged);
        seen.without(self.states.latched).and(AlarmSet::AGAIN)
    }

    fn again_at(&self, alarm: Alarm) -> Moment {
        self.seen[alarm.index()] + Span::s(60 * u64::from(alarm.row().again_min))
    }

    fn bring_back(&mut self, alarm: Alarm, event: Event) {
        self.happens(alarm, event);
        desk::bring_back(&mut self.desk, alarm);
    }

    /// Suppression by design. Only what stands in sight explains; a row's explanations end, so one pass suffices.
    fn explain(&mut self) {
        let raised = self.states.raised.and(AlarmSet::EXPLAINED);
        for alarm in raised.with(self.states.designed).iter() {
            let explained = self.states.raised.has(alarm) && self.states.explains(alarm).is_some();
            let event = if explained {
                Event::Explained
            } else {
                Event::Unexplained
            };
            self.happens(alarm, event);
        }
    }

    fn next_due(&self, now: Moment) -> Moment {
        const NEVER: Moment = Moment(u64::MAX);
        let mut due = self.load.due().unwrap_or(NEVER);
        due = due.min(desk::due(&self.desk).unwrap_or(NEVER));
        for alarm in self.waits_again().iter() {
            due = due.min(self.again_at(alarm));
        }
        // A delay runs: whether its condition holds through it is for the ticks to say.
        if self.pending.iter().any(Option::is_some) {
            due = now;
        }
        due
    }

    /// A person has seen it.
    ///
    /// # Errors
    /// When the alarm is not raised.
    pub fn acknowledge(&mut self, now: Moment, act: Act) -> Result<(), Refusal> {
        self.person(Event::Acknowledge, act)?;
        self.seen[act.alarm.index()] = now;
        Ok(())
    }

    /// A person puts it aside for a while.
    ///
    /// # Errors
    /// When nothing may hide it, the time is beyond its limit, or too many are put aside.
    pub fn shelve(&mut self, now: Moment, act: Act, shelf: Shelf) -> Result<(), Refusal> {
        let limit = act.alarm.row().shelve_min;
        let after = |minutes: u16| now + Span::s(60 * u64::from(minutes));
        let until = match shelf {
            _ if limit == 0 => return Err(Refusal::NotShelvable),
            Shelf::Once => Until::Gone(after(limit)),
            Shelf::Minutes(0) => return Err(Refusal::OutOfSpan),
            Shelf::Minutes(minutes) if minutes > limit => return Err(Refusal::ShelfTooLong),
            Shelf::Minutes(minutes) => Until::Moment(after(minutes)),
        };
        self.put_aside(now, act, until, Event::Shelve)
    }

    /// A person brings it back.
    ///
    /// # Errors
    /// When it is not shelved.
    pub fn unshelve(&mut self, act: Act) -> Result<(), Refusal> {
        self.person(Event::Unshelve, act)?;
        desk::bring_back(&mut self.desk, act.alarm);
        Ok(())
    }

    /// A person takes it out of service.
    ///
    /// # Errors
    /// When nothing may hide it, it is out of service, or too many are put aside.
    pub fn take_out(&mut self, now: Moment, act: Act) -> Result<(), Refusal> {
        self.put_aside(now, act, Until::Person, Event::OutOfService)
    }

    /// A person takes it back.
    ///
    /// # Errors
    /// When it is not out of service.
    pub fn take_back(&mut self, act: Act) -> Result<(), Refusal> {
        self.person(Event::InService, act)?;
        desk::bring_back(&mut self.desk, act.alarm);
        Ok(())
    }

    fn put_aside(&mut self, now: Moment, act: Act, until: Until, event: Event) -> Result<(), Refusal> {
        if AlarmSet::SHELVABLE.has(act.alarm) && !desk::has_place(&self.desk, act.alarm) {
            return Err(Refusal::ShelfFull);
        }
        self.person(event, act)?;
        let entry = Hidden {
            alarm: act.alarm,
            until,
            since: now,
            by: act.by,
            why: act.why,
        };
        desk::put_aside(&mut self.desk, entry);
        Ok(())
    }

    fn person(&mut self, event: Event, act: Act) -> Result<(), Refusal> {
        let state = State::of(&self.states, act.alarm).on(event, self.kind(act.alarm))?;
        state.put(&mut self.states, act.alarm, self.last.held.has(act.alarm));
        self.states.sequence += 1;
        self.forget_told_acts();
        self.told = false;
        self.acts.rotate_right(1);
        if let Some(first) = self.acts.first_mut() {
            *first = Some(act);
        }
        // Everything that follows from it is worked out in the next tick.
        self.due = Moment::ZERO;
        Ok(())
    }

    fn forget_told_acts(&mut self) {
        if self.told {
            self.acts = [None; ACTS];
        }
    }

    /// The last act of a person on an alarm that the last tick shows; nothing for what happened by itself.
    pub fn act(&self, alarm: Alarm) -> Option<&Act> {
        self.acts.iter().flatten().find(|act| act.alarm == alarm)
    }

    /// The states.
    pub const fn states(&self) -> &AlarmStates {
        &self.states
    }

    /// What is put aside, and the first of each group.
    pub const fn desk(&self) -> &AlarmDesk {
        &self.desk
    }

    /// Since when each alarm has been raised.
    pub const fn since(&self) -> &[Moment; COUNT] {
        &self.since
    }
}
