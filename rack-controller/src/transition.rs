//! Transitions that must not be lost: they wait in a bounded ring until the front has taken them.

mod hosts;

use std::collections::VecDeque;

use points::alarm::{Alarm, AlarmSet, AlarmStates};
use points::command::{Authority, Command, Name, Reason, Refusal};
use points::interlock::{Cause, Effect, Latch};
use points::snapshot::Snapshot;
use points::{HostState, Moment, OutletState, Regime, ShutdownStage, StageReason};
use serde::{Deserialize, Serialize};

pub use hosts::{Because, tier_of, told_words};

/// Transitions that wait for the front. When the ring is full the oldest is lost, counted and shown.
pub const RING: usize = 4096;

/// One change of state, numbered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Number, rising by one; a gap means that transitions were lost.
    pub sequence: u64,
    /// When.
    pub at: Moment,
    /// What.
    pub change: Change,
    /// Who did it, and why, where a person did.
    pub note: Option<Note>,
}

/// A person's part in a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Who.
    pub by: Name,
    /// Why, or what was found; may be empty.
    pub why: Reason,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// An alarm's condition came or went.
    Alarm(Alarm, bool),
    /// An alarm was acknowledged, or is not any more: it came again, or is told anew.
    Acknowledged(Alarm, bool),
    /// An alarm was put on the shelf, or came back.
    Shelved(Alarm, bool),
    /// An alarm was taken out of service, or back.
    OutOfService(Alarm, bool),
    /// An alarm is explained by another one, or is not any more.
    Designed(Alarm, bool),
    /// An alarm chatters, or has ended to.
    Chattering(Alarm, bool),
    /// An alarm is the first of its group, or the group is clear and acknowledged.
    FirstOut(Alarm, bool),
    /// A flood of alarms began or ended.
    Flood(bool),
    /// A cause came or went.
    Cause(Cause, bool),
    /// An effect came into force or ended.
    Effect(Effect, bool),
    /// A latch was set or reset.
    Latch(Latch, bool),
    /// The fan is held by something else.
    Regime(Regime),
    /// A tier of the hosts' shutdown has come further, in an incident.
    Tier {
        /// Its place, from 0 on.
        place: u8,
        /// How far it is.
        stage: ShutdownStage,
        /// Why it was told to shut down.
        reason: StageReason,
        /// What had asked for it, and how short time was.
        because: Because,
    },
    /// A host's state is another one, in an incident.
    Host {
        /// Its place, from 0 on.
        place: u8,
        /// Its state.
        state: HostState,
    },
    /// An outlet that the controller may switch is another way.
    Outlet {
        /// Its place, from 0 on.
        place: u8,
        /// What becomes of it.
        state: OutletState,
    },
    /// Something became of an agent's enrolment.
    Agent {
        /// Place of its host, from 0 on; none where nobody knows whose it is.
        place: Option<u8>,
        /// What.
        did: AgentDid,
    },
    /// A person's command came: what it does follows, or a refusal.
    Asked {
        /// What is asked.
        command: Command,
        /// How many persons stand behind it by one-time responses.
        by: Authority,
    },
    /// A person's command was done or refused.
    Command {
        /// What was asked.
        command: Command,
        /// How many persons stood behind it by one-time responses.
        by: Authority,
        /// Applied, or why it was refused.
        result: Result<(), Refusal>,
    },
}

/// What became of an agent's enrolment, or of its request for more time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentDid {
    /// It has a certificate and may connect.
    Enrolled,
    /// Somebody asked with a code that is none, or none any more.
    Refused,
    /// Its certificate was taken away.
    Removed,
    /// It asked for more time to prepare its host, and was given some.
    Held,
    /// It asked for more time, and was given none.
    NotHeld,
}

impl AgentDid {
    /// All of them.
    pub const ALL: [AgentDid; 5] = [
        AgentDid::Enrolled,
        AgentDid::Refused,
        AgentDid::Removed,
        AgentDid::Held,
        AgentDid::NotHeld,
    ];

    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            AgentDid::Enrolled => "enrolled",
            AgentDid::Refused => "refused: its claim code is used, has run out or is of another rack",
            AgentDid::Removed => "removed",
            AgentDid::Held => "asked for more time to prepare, and was given some",
            AgentDid::NotHeld => "asked for more time to prepare, and was given none",
        }
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let came = |on: &bool| if *on { "on" } else { "off" };
        match self {
            Change::Alarm(alarm, on) => {
                write!(f, "alarm {} {}: {}", alarm.row().name, came(on), alarm.row().text)
            }
            Change::Acknowledged(alarm, true) => write!(f, "alarm {} acknowledged", alarm.row().name),
            Change::Acknowledged(alarm, false) => write!(f, "alarm {} not acknowledged", alarm.row().name),
            Change::Shelved(alarm, on) => write!(f, "alarm {} shelved {}", alarm.row().name, came(on)),
            Change::OutOfService(alarm, on) => {
                write!(f, "alarm {} out of service {}", alarm.row().name, came(on))
            }
            Change::Designed(alarm, on) => {
                write!(f, "alarm {} follows another {}", alarm.row().name, came(on))
            }
            Change::Chattering(alarm, on) => write!(f, "alarm {} chatters {}", alarm.row().name, came(on)),
            Change::FirstOut(alarm, on) => {
                write!(f, "alarm {} first of its group {}", alarm.row().name, came(on))
            }
            Change::Flood(on) => write!(f, "flood of alarms {}", came(on)),
            Change::Cause(cause, on) => {
                write!(f, "cause {} {}: {}", cause.key(), came(on), cause.row().title)
            }
            Change::Effect(effect, on) => write!(f, "effect {} {}", effect.key(), came(on)),
            Change::Latch(latch, on) => {
                write!(f, "latch {} {}", latch.key(), if *on { "set" } else { "reset" })
            }
            Change::Regime(regime) => write!(f, "fan held by: {}", regime.text()),
            Change::Tier {
                place,
                stage,
                reason,
                because,
            } => {
                write!(
                    f,
                    "tier {}: {}",
                    u16::from(*place) + 1,
                    told_words(*stage, *reason, *because)
                )
            }
            Change::Host { place, state } => write!(f, "host {}: {}", u16::from(*place) + 1, state.text()),
            Change::Outlet { place, state } => {
                write!(f, "outlet {}: {}", u16::from(*place) + 1, state.text())
            }
            Change::Agent { place, did } => match place {
                Some(place) => write!(f, "agent of host {}: {}", u16::from(*place) + 1, did.text()),
                None => write!(f, "agent: {}", did.text()),
            },
            Change::Asked { command, by } => write!(f, "{command}{}: asked", persons(*by)),
            Change::Command { command, by, result } => match result {
                Ok(()) => write!(f, "{command}{}: applied", persons(*by)),
                Err(refusal) => write!(f, "{command}{}: refused, {}", persons(*by), refusal.text()),
            },
        }
    }
}

const fn persons(by: Authority) -> &'static str {
    match by {
        Authority::Unproven => "",
        Authority::OnePerson => ", by one person's response",
        Authority::TwoPersons => ", by two persons' responses",
    }
}

/// Every change from one picture to the next.
pub fn changes(before: &Snapshot, after: &Snapshot, mut tell: impl FnMut(Change)) {
    rack_changes(before, after, &mut tell);
    hosts::changes(before, after, &mut tell);
    hosts::outlets(before, after, &mut tell);
}

/// What changed about causes, effects, latches, alarms and the fan.
fn rack_changes(before: &Snapshot, after: &Snapshot, tell: &mut impl FnMut(Change)) {
    let regime = |snapshot: &Snapshot| snapshot.get(points::point::controller::REGIME).ok();
    if before.causes == after.causes
        && before.effects == after.effects
        && before.latches == after.latches
        && before.alarms.sequence == after.alarms.sequence
        && regime(before) == regime(after)
    {
        return;
    }
    for cause in Cause::ALL
        .iter()
        .filter(|c| before.causes.has(**c) != after.causes.has(**c))
    {
        tell(Change::Cause(*cause, after.causes.has(*cause)));
    }
    for latch in Latch::ALL
        .iter()
        .filter(|l| before.latches.has(**l) != after.latches.has(**l))
    {
        tell(Change::Latch(*latch, after.latches.has(*latch)));
    }
    for effect in Effect::ALL
        .iter()
        .filter(|e| before.effects.has(**e) != after.effects.has(**e))
    {
        tell(Change::Effect(*effect, after.effects.has(*effect)));
    }
    for alarm in Alarm::ALL
        .iter()
        .filter(|a| before.alarms.active.has(**a) != after.alarms.active.has(**a))
    {
        tell(Change::Alarm(*alarm, after.alarms.active.has(*alarm)));
    }
    alarm_changes(before, after, tell);
    if let Some(now) = regime(after).filter(|now| regime(before) != Some(*now)) {
        tell(Change::Regime(now));
    }
}

/// Makes a change of an alarm that came into a list, or left it.
type Made = fn(Alarm, bool) -> Change;

/// What changed about alarms besides their conditions.
fn alarm_changes(before: &Snapshot, after: &Snapshot, tell: &mut impl FnMut(Change)) {
    if before.alarms == after.alarms && before.desk.first == after.desk.first {
        return;
    }
    let (was, is) = (&before.alarms, &after.alarms);
    // One that rests is neither acknowledged nor not: only what is or was raised tells.
    let seen = |states: &AlarmStates| states.raised.without(states.unacknowledged);
    let unseen = (was.unacknowledged, is.unacknowledged);
    let lists: [(AlarmSet, AlarmSet, Made); 4] = [
        (was.shelved, is.shelved, Change::Shelved),
        (was.out_of_service, is.out_of_service, Change::OutOfService),
        (was.designed, is.designed, Change::Designed),
        (was.chattering, is.chattering, Change::Chattering),
    ];
    for alarm in unseen.0.without(unseen.1).iter() {
        tell(Change::Acknowledged(alarm, true));
    }
    for alarm in seen(was).and(unseen.1).iter() {
        tell(Change::Acknowledged(alarm, false));
    }
    for (was, is, change) in lists {
        for alarm in AlarmSet(was.0 ^ is.0).iter() {
            tell(change(alarm, is.has(alarm)));
        }
    }
    for (was, is) in before.desk.first.iter().zip(&after.desk.first) {
        let (was, is) = (was.map(|first| first.alarm), is.map(|first| first.alarm));
        if was != is {
            was.into_iter()
                .for_each(|alarm| tell(Change::FirstOut(alarm, false)));
            is.into_iter()
                .for_each(|alarm| tell(Change::FirstOut(alarm, true)));
        }
    }
    if was.flood.is_some() != is.flood.is_some() {
        tell(Change::Flood(is.flood.is_some()));
    }
}

/// Who did a change, and why: from what is put aside, or from the last act on its alarm.
pub fn note(change: &Change, picture: &Snapshot, act: impl Fn(Alarm) -> Option<Note>) -> Option<Note> {
    match change {
        Change::Shelved(alarm, true) | Change::OutOfService(alarm, true) => {
            let hidden = picture.desk.hidden(*alarm)?;
            Some(Note {
                by: hidden.by,
                why: hidden.why,
            })
        }
        Change::Acknowledged(alarm, true)
        | Change::Shelved(alarm, false)
        | Change::OutOfService(alarm, false) => act(*alarm),
        Change::Acknowledged(_, false)
        | Change::Alarm(..)
        | Change::Designed(..)
        | Change::Chattering(..)
        | Change::FirstOut(..)
        | Change::Flood(_)
        | Change::Cause(..)
        | Change::Effect(..)
        | Change::Latch(..)
        | Change::Regime(_)
        | Change::Tier { .. }
        | Change::Host { .. }
        | Change::Outlet { .. }
        | Change::Agent { .. }
        | Change::Asked { .. }
        | Change::Command { .. } => None,
    }
}

/// The ring.
#[derive(Debug)]
pub struct Ring {
    waiting: VecDeque<Transition>,
    next: u64,
    kept: u64,
    lost: u64,
}

impl Default for Ring {
    fn default() -> Self {
        Ring {
            waiting: VecDeque::with_capacity(RING),
            next: 1,
            kept: 0,
            lost: 0,
        }
    }
}

impl Ring {
    /// Takes a change; a full ring loses its oldest.
    pub fn push(&mut self, at: Moment, change: Change, note: Option<Note>) {
        if self.waiting.len() == RING {
            self.waiting.pop_front();
            self.lost += 1;
        }
        self.waiting.push_back(Transition {
            sequence: self.next,
            at,
            change,
            note,
        });
        self.next += 1;
    }

    /// The first transition behind `sequence`.
    pub fn after(&self, sequence: u64) -> Option<Transition> {
        let first = self.waiting.front()?.sequence;
        let skip = usize::try_from(sequence.saturating_add(1).saturating_sub(first)).ok()?;
        self.waiting.get(skip).copied()
    }

    /// Forgets what the front has on disk.
    pub fn taken(&mut self, sequence: u64) {
        self.kept = self.kept.max(sequence);
        while self
            .waiting
            .front()
            .is_some_and(|first| first.sequence <= sequence)
        {
            self.waiting.pop_front();
        }
    }

    /// The last number that was given; nothing above it can have been taken.
    pub fn issued(&self) -> u64 {
        self.next - 1
    }

    /// The last number that a front has on disk.
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// Transitions lost since start.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_loses_its_oldest_and_counts() {
        let mut ring = Ring::default();
        for _ in 0..RING + 3 {
            ring.push(Moment(1), Change::Cause(Cause::C13Door, true), None);
        }
        assert_eq!((ring.lost(), ring.after(0).map(|t| t.sequence)), (3, Some(4)));
        assert_eq!(ring.after(10).map(|t| t.sequence), Some(11));
        ring.taken(4098);
        assert_eq!(ring.after(0).map(|t| t.sequence), Some(4099));
        assert_eq!((ring.issued(), ring.after(u64::MAX)), (4099, None));
        assert_eq!(ring.after(4099), None);
    }
}
