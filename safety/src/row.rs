//! The words of the matrix: rows, effects, how and when they follow.

use points::Span;
use points::interlock::{Cause, Effect, EffectSet};
use points::setting::{
    BLIND_DELAY, FIRE_CUT_DELAY, MAINS_DELAY, OVER_TEMPERATURE_GRACE, PREALARM_DOWN_DELAY,
    PREALARM_PREPARE_DELAY, Settings,
};

/// A delay of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelayId {
    /// From fire to the cut of the hosts' power.
    FireCut,
    /// From pre-alarm to PREPARE and cap.
    PreAlarmPrepare,
    /// From an unanswered pre-alarm to the hosts' shutdown.
    PreAlarmDown,
    /// From the over-temperature trip to the cut of power.
    OverTemperatureGrace,
    /// From the damage limit to the cut of power: 10 s, no setting (D5).
    HardCut,
    /// From all probes lost to the hosts' shutdown.
    Blind,
    /// From mains lost to the hosts' shutdown.
    Mains,
}

impl DelayId {
    /// The delay's length.
    pub fn span(self, settings: &Settings) -> Span {
        match self {
            DelayId::FireCut => settings.span(FIRE_CUT_DELAY),
            DelayId::PreAlarmPrepare => settings.span(PREALARM_PREPARE_DELAY),
            DelayId::PreAlarmDown => settings.span(PREALARM_DOWN_DELAY),
            DelayId::OverTemperatureGrace => settings.span(OVER_TEMPERATURE_GRACE),
            DelayId::HardCut => Span::s(10),
            DelayId::Blind => settings.span(BLIND_DELAY),
            DelayId::Mains => settings.span(MAINS_DELAY),
        }
    }

    /// The name of the setting it follows, or its fixed length.
    pub const fn text(self) -> &'static str {
        match self {
            DelayId::FireCut => FIRE_CUT_DELAY.row().name,
            DelayId::PreAlarmPrepare => PREALARM_PREPARE_DELAY.row().name,
            DelayId::PreAlarmDown => PREALARM_DOWN_DELAY.row().name,
            DelayId::OverTemperatureGrace => OVER_TEMPERATURE_GRACE.row().name,
            DelayId::HardCut => "10 s",
            DelayId::Blind => BLIND_DELAY.row().name,
            DelayId::Mains => MAINS_DELAY.row().name,
        }
    }
}

/// How an effect follows its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// `L`: at once, until a person resets it.
    Latched,
    /// `U`: while the cause stands.
    Follows,
    /// `U(t)`: while the cause stands, once it has stood so long.
    FollowsAfter(DelayId),
    /// `D(t)`: once the cause has stood so long without a break, until a person resets it.
    After(DelayId),
    /// `S(t)`: so long after the cause was latched, whether or not it still stands: a sequence that has begun is
    /// finished. Until a person resets it.
    Deadline(DelayId),
}

/// What else must hold for the effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing.
    Always,
    /// Nobody has answered the pre-alarm.
    Unanswered,
    /// No fire evidence counts.
    NoFireEvidence,
    /// Some fire evidence counts.
    FireEvidence,
    /// The site allows the cut of power for plain over-temperature.
    CutAllowed,
    /// The trip is nearer than twice the hosts' stop time, or cannot be predicted for want of probes.
    TripNear,
    /// A filter is at its end of life, not only near it.
    FilterEnded,
    /// Heat leaves room for less air: the vote is cool and not on its way to the trip, and nothing it rests on is missing.
    HeatPermits,
}

impl When {
    /// The condition in words, with a blank before them.
    pub const fn text(self) -> &'static str {
        match self {
            When::Always => "",
            When::Unanswered => " unless answered",
            When::NoFireEvidence => " without fire evidence",
            When::FireEvidence => " with fire evidence",
            When::CutAllowed => " where the site allows it",
            When::TripNear => " when the trip is near",
            When::FilterEnded => " at the end of life",
            When::HeatPermits => " while heat permits",
        }
    }
}

/// One effect of a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// What happens.
    pub effect: Effect,
    /// How it follows.
    pub code: Code,
    /// What else must hold.
    pub when: When,
}

/// One row: a cause, its effects, and why.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The cause.
    pub cause: Cause,
    /// Its effects.
    pub acts: &'static [Act],
    /// Why the row is as it is, with the decision or hazard behind it.
    pub reason: &'static str,
}

impl Row {
    /// Every effect the row can have.
    pub const fn effects(&self) -> EffectSet {
        let (mut set, mut place) = (EffectSet::EMPTY, 0);
        while place < self.acts.len() {
            set.put(self.acts[place].effect, true);
            place += 1;
        }
        set
    }

    /// The effects latched at once and whatever else holds.
    pub const fn latched(&self) -> EffectSet {
        let (mut set, mut place) = (EffectSet::EMPTY, 0);
        while place < self.acts.len() {
            if self.acts[place].is_plainly_latched() {
                set.put(self.acts[place].effect, true);
            }
            place += 1;
        }
        set
    }
}

impl Act {
    pub(crate) const fn when(self, when: When) -> Act {
        Act {
            effect: self.effect,
            code: self.code,
            when,
        }
    }

    /// Latched at once and whatever else holds.
    pub(crate) const fn is_plainly_latched(&self) -> bool {
        matches!((self.code, self.when), (Code::Latched, When::Always))
    }

    /// It stays until a person resets it.
    pub(crate) const fn latches(&self) -> bool {
        matches!(self.code, Code::Latched | Code::After(_) | Code::Deadline(_))
    }
}
