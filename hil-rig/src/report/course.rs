//! The course of a run: what stood from when to when.

use std::borrow::Cow;

use points::Regime;
use points::alarm::Alarm;
use points::interlock::{Cause, Effect, Latch};

use super::record::{Column, Series};

/// Most intervals a course holds; further ones are counted and left out.
pub const INTERVALS_MAX: usize = 4_096;

/// Something that stands or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// An alarm is raised.
    Alarm(Alarm),
    /// A cause stands.
    Cause(Cause),
    /// An effect is in force.
    Effect(Effect),
    /// A latch is set.
    Latch(Latch),
    /// The fan is held by this.
    Regime(Regime),
    /// A tier of hosts, by its place, is told to shut down.
    Tier(u8),
    /// A host, by its place, is proven off.
    HostOff(u8),
    /// An outlet, by its place, is cut and read off.
    OutletCut(u8),
    /// An outlet, by its place, is to be off and is not.
    OutletOn(u8),
    /// The contact in the blower's supply stands open, in truth.
    ContactOpen,
    /// No core lives.
    CoreDead,
}

impl Item {
    /// Its key or name on every interface.
    #[must_use]
    pub fn key(self) -> Cow<'static, str> {
        let key = match self {
            Item::Alarm(alarm) => alarm.row().name,
            Item::Cause(cause) => cause.key(),
            Item::Effect(effect) => effect.key(),
            Item::Latch(latch) => latch.key(),
            Item::Regime(regime) => regime.text(),
            Item::Tier(place) => return Cow::Owned(format!("tier.{}", u16::from(place) + 1)),
            Item::HostOff(place) => return Cow::Owned(format!("host.{}", u16::from(place) + 1)),
            Item::OutletCut(place) | Item::OutletOn(place) => {
                return Cow::Owned(format!("outlet.{}", u16::from(place) + 1));
            }
            Item::ContactOpen => "contact",
            Item::CoreDead => "core",
        };
        Cow::Borrowed(key)
    }

    /// What it says to people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Item::Alarm(alarm) => alarm.row().text,
            Item::Cause(cause) => cause.row().title,
            Item::Effect(effect) => effect.row().title,
            Item::Latch(latch) => latch.row().title,
            Item::Regime(_) => "",
            Item::Tier(_) => "Told to shut down",
            Item::HostOff(_) => "Proven off",
            Item::OutletCut(_) => "Cut, read off",
            Item::OutletOn(_) => "To be off, and is not",
            Item::ContactOpen => "Blower's supply contact open",
            Item::CoreDead => "No core lives",
        }
    }

    /// The kind of thing, as the timeline calls it.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Item::Alarm(_) => "alarm",
            Item::Cause(_) => "cause",
            Item::Effect(_) => "effect",
            Item::Latch(_) => "latch",
            Item::Regime(_) => "fan held by",
            Item::Tier(_) => "tier",
            Item::HostOff(_) => "host",
            Item::OutletCut(_) | Item::OutletOn(_) => "outlet",
            Item::ContactOpen => "truth",
            Item::CoreDead => "core",
        }
    }
}

/// From when to when something stood, s since the scenario's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// What.
    pub item: Item,
    /// From.
    pub from_s: f64,
    /// To; none while it still stood at the end.
    pub to_s: Option<f64>,
}

/// Everything that was recorded of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// How long it took, s.
    pub length_s: f64,
    /// Time of one column, s.
    pub column_s: f64,
    /// Whether the rack was looked at in a column.
    pub looked: Vec<bool>,
    /// One series for every trace of [`super::LANES`], lane by lane.
    pub series: Vec<Series>,
    /// Intervals in the order in which they began.
    pub intervals: Vec<Interval>,
    /// Intervals that found no room.
    pub lost: u64,
    /// Looks taken.
    pub looks: u64,
}

impl Course {
    /// The columns of a series that were looked at, each with its middle, s, and its values, if there were any.
    pub fn columns(&self, series: usize) -> impl Iterator<Item = (f64, Option<Column>)> + '_ {
        let columns = self.series.get(series).map_or(&[][..], |series| &series.columns);
        let looked = self.looked.iter().zip(columns).enumerate();
        looked
            .filter(|(_, (looked, _))| **looked)
            .map(|(place, (_, column))| (self.middle_s(place), column.some()))
    }

    #[expect(clippy::cast_precision_loss, reason = "a few thousand columns")]
    fn middle_s(&self, place: usize) -> f64 {
        ((place as f64 + 0.5) * self.column_s).min(self.length_s)
    }
}
