//! One alarm's state: a product of three, and what changes it.
//!
//! ```text
//!  process   normal --stands--> active --gone--> normal          (a latching one that nobody has seen: latched)
//!                                 |   ^             ^
//!                     held by a latch |             | acknowledged, or the latch is reset
//!                                 v   | stands      |
//!                                latched -----------'
//!  seen      acknowledged --stands, told anew--> not acknowledged --a person--> acknowledged
//!  display   shown <--> shelved <--> out of service         a person, where the row allows it
//!            shown <--> by design                           the alarm that explains it
//! ```
//! Three processes, seen or not, four displays: 24 states. Terms are those of OPC UA Part 9 and ISA-18.2.

use points::alarm::{Alarm, AlarmStates, Display, Process};
use points::command::Refusal;

/// One alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// What is with its condition.
    pub process: Process,
    /// A person has seen it.
    pub acknowledged: bool,
    /// How it is displayed.
    pub display: Display,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its condition stands, on delay included.
    Stands,
    /// Its condition is gone; the latch of its cause is not.
    Held,
    /// Its condition is gone, off delay included, and no latch holds it.
    Gone,
    /// A person has seen it.
    Acknowledge,
    /// It stands on, long after it was acknowledged.
    Again,
    /// A person puts it aside.
    Shelve,
    /// A person brings it back, or its time is over.
    Unshelve,
    /// A person takes it out of service.
    OutOfService,
    /// A person takes it back.
    InService,
    /// Another alarm explains it now.
    Explained,
    /// None explains it any more.
    Unexplained,
}

/// What the alarm's row and its latch say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// It stays until it is acknowledged.
    pub latching: bool,
    /// A person may put it aside.
    pub shelvable: bool,
    /// Another alarm may explain it.
    pub explainable: bool,
    /// The latch of its cause holds it.
    pub held: bool,
}

impl State {
    /// Nothing happened.
    pub const REST: State = State {
        process: Process::Normal,
        acknowledged: true,
        display: Display::Shown,
    };

    /// The state of an alarm in the sets.
    pub const fn of(states: &AlarmStates, alarm: Alarm) -> State {
        State {
            process: states.process(alarm),
            acknowledged: !states.unacknowledged.has(alarm),
            display: states.display(alarm),
        }
    }

    /// Writes it into the sets.
    pub(super) const fn put(self, states: &mut AlarmStates, alarm: Alarm, held: bool) {
        let latched = matches!(self.process, Process::Latched);
        let active = matches!(self.process, Process::Active) || (latched && held);
        states.active.put(alarm, active);
        states.latched.put(alarm, latched);
        states.unacknowledged.put(alarm, !self.acknowledged);
        states.raised.put(alarm, self.is_raised());
        states
            .shelved
            .put(alarm, matches!(self.display, Display::Shelved));
        states
            .designed
            .put(alarm, matches!(self.display, Display::Designed));
        states
            .out_of_service
            .put(alarm, matches!(self.display, Display::OutOfService));
    }

    /// Its condition or a latch stands, or nobody has seen that it came (I26).
    pub const fn is_raised(self) -> bool {
        !matches!(self.process, Process::Normal) || !self.acknowledged
    }

    /// The state after an event.
    ///
    /// # Errors
    /// Why a person's act is refused. What happens by itself is never refused.
    pub const fn on(self, event: Event, kind: Kind) -> Result<State, Refusal> {
        match event {
            Event::Stands | Event::Held | Event::Gone | Event::Again => Ok(self.by_itself(event, kind)),
            Event::Acknowledge => self.acknowledge(kind),
            Event::Explained | Event::Unexplained => {
                Ok(self.explained(matches!(event, Event::Explained), kind))
            }
            Event::Shelve | Event::Unshelve | Event::OutOfService | Event::InService => {
                self.put_aside(event, kind)
            }
        }
    }

    const fn by_itself(mut self, event: Event, kind: Kind) -> State {
        match event {
            Event::Stands => {
                if !matches!(self.process, Process::Active) {
                    self.process = Process::Active;
                    self.acknowledged = false;
                }
            }
            // A latch that outlived a restart raises the alarm anew.
            Event::Held => {
                if matches!(self.process, Process::Normal) {
                    self.acknowledged = false;
                }
                self.process = Process::Latched;
            }
            Event::Gone => {
                let waits = kind.latching && !self.acknowledged && !matches!(self.process, Process::Normal);
                self.process = if waits { Process::Latched } else { Process::Normal };
            }
            Event::Again => {
                if matches!(self.process, Process::Active) {
                    self.acknowledged = false;
                }
            }
            Event::Acknowledge
            | Event::Shelve
            | Event::Unshelve
            | Event::OutOfService
            | Event::InService
            | Event::Explained
            | Event::Unexplained => {}
        }
        self
    }

    const fn acknowledge(mut self, kind: Kind) -> Result<State, Refusal> {
        if !self.is_raised() {
            return Err(Refusal::NotRaised);
        }
        self.acknowledged = true;
        if matches!(self.process, Process::Latched) && !kind.held {
            self.process = Process::Normal;
        }
        Ok(self)
    }

    const fn explained(mut self, explained: bool, kind: Kind) -> State {
        self.display = match self.display {
            Display::Shown | Display::Designed if explained && kind.explainable => Display::Designed,
            Display::Shown | Display::Designed => Display::Shown,
            // What a person has put aside stays there.
            Display::Shelved => Display::Shelved,
            Display::OutOfService => Display::OutOfService,
        };
        self
    }

    const fn put_aside(mut self, event: Event, kind: Kind) -> Result<State, Refusal> {
        let (out, shelved) = (
            matches!(self.display, Display::OutOfService),
            matches!(self.display, Display::Shelved),
        );
        self.display = match event {
            Event::Shelve if !kind.shelvable => return Err(Refusal::NotShelvable),
            Event::Shelve if out => return Err(Refusal::OutOfService),
            Event::Shelve => Display::Shelved,
            Event::OutOfService if !kind.shelvable => return Err(Refusal::NotShelvable),
            Event::OutOfService if out => return Err(Refusal::OutOfService),
            Event::OutOfService => Display::OutOfService,
            Event::Unshelve if !shelved => return Err(Refusal::NotShelved),
            Event::InService if !out => return Err(Refusal::InService),
            // Whether another alarm explains it is looked at next.
            Event::Unshelve | Event::InService => Display::Shown,
            Event::Stands
            | Event::Held
            | Event::Gone
            | Event::Acknowledge
            | Event::Again
            | Event::Explained
            | Event::Unexplained => self.display,
        };
        Ok(self)
    }
}
