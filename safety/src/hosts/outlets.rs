//! Switched outlets behind PDU_OFF: which are to be off, and how they come back. Pure.
//!
//! ```text
//!             PDU_OFF            PDU_OFF reset, calm, its tier is on its way back, 2 s after the one before
//!  left ----------------> off ------------------------------------------------------------------------> on
//!    ^                     ^ `---- PDU_OFF or LOCKOUT again --------------------------------------------' |
//!    `------------------------------------------- read on -----------------------------------------------'
//! ```
//! Only what the site lists as switchable is ever asked for anything, and what this has not switched off it does not switch
//! on: a person who has pulled a host from its power keeps it so. An outlet is off from the tick of PDU_OFF on, whatever
//! its tier was told; it is kept off by a record of its own (I30), so no restart brings power back.

use points::host::{OUTLETS, OutletOrder, OutletSet, TierSet};
use points::{Moment, OutletState, Span};

use super::CALM;
use crate::timer::Held;

/// Between two outlets that are switched on: power supplies take several times their usual current at first.
pub const INRUSH: Span = Span::s(2);
/// An outlet of the core's own line that is to be off is known to be off within this (H22).
pub const OWN_LIMIT: Span = Span::s(3);
/// One of a networked PDU: looked at every 2 s, asked again every 5 s.
pub const NETWORK_LIMIT: Span = Span::s(15);
/// An outlet that gives more than this is not off, whatever its relay says, W (H22).
pub const STILL_ON_W: f64 = 5.0;

/// An outlet that may be switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fed {
    /// Tiers of the targets that it feeds; none where it feeds none that has a name.
    pub tiers: TierSet,
    /// The core switches it itself, by a line of its own.
    pub own: bool,
}

/// The outlets that may be switched. What is not here is never touched.
pub type Switchable = [Option<Fed>; OUTLETS];

/// What a tick asks.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// PDU_OFF is in force.
    pub cut: bool,
    /// LOCKOUT is in force: nothing is switched on.
    pub locked_out: bool,
    /// What hosts need is proven.
    pub may_restart: bool,
    /// Tiers of the site.
    pub all: TierSet,
    /// Those that are to be down still.
    pub down: TierSet,
}

/// What is read of an outlet now, as far as it is young enough to say something.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Read {
    /// Whether it is on.
    pub on: Option<bool>,
    /// Power that it gives, W.
    pub watts: Option<f64>,
}

impl Read {
    fn gives(self) -> bool {
        self.on == Some(true) || self.watts.is_some_and(|watts| watts > STILL_ON_W)
    }

    fn is_off(self) -> bool {
        self.on == Some(false) && !self.gives()
    }
}

/// The outlets as they stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutletView {
    /// What is asked of them.
    pub order: OutletOrder,
    /// What becomes of those that may be switched.
    pub states: [Option<OutletState>; OUTLETS],
    /// Those that are to be off and are not, past their time.
    pub not_obeyed: OutletSet,
}

/// The memory of it. Copied freely.
#[derive(Clone, Copy, Debug)]
pub struct Outlets {
    switchable: Switchable,
    order: OutletOrder,
    /// When each was last known to be as it is to be, or the order was given.
    well: [Moment; OUTLETS],
    calm: Held,
    /// When one was switched on last.
    last_on: Option<Moment>,
}

impl Outlets {
    /// Starts from what a start finds on disk: outlets that were off, or were to come back, are off.
    pub fn new(switchable: Switchable, found: OutletSet, now: Moment) -> Self {
        let mut outlets = Outlets {
            switchable,
            order: OutletOrder::NONE,
            well: [now; OUTLETS],
            calm: Held::default(),
            last_on: None,
        };
        // One that the site no longer lists is nobody's to switch.
        outlets.order.off = OutletSet(found.0 & outlets.all().0);
        outlets
    }

    /// All that may be switched.
    pub fn all(&self) -> OutletSet {
        let there = |place: &usize| self.switchable.get(*place).is_some_and(Option::is_some);
        (0..OUTLETS).filter(there).fold(OutletSet::EMPTY, OutletSet::with)
    }

    /// What has to be on disk: those that are off by an order and not known to be on again.
    pub const fn record(&self) -> OutletSet {
        self.order.off.and_also(self.order.on)
    }

    /// One tick.
    pub fn step(&mut self, now: Moment, asked: &Asked, read: &[Read; OUTLETS]) -> OutletView {
        let may = !asked.cut && !asked.locked_out;
        if asked.cut {
            self.cut(now, self.all());
        } else if asked.locked_out {
            self.cut(now, self.order.on);
        }
        for (place, read) in read.iter().enumerate() {
            if read.on == Some(true) {
                self.order.on.put(place, false);
            }
        }
        if self.calm.stood(now, may && asked.may_restart, CALM)
            && self.last_on.is_none_or(|last| now.since(last) >= INRUSH)
            && let Some(next) = self.next(asked)
        {
            self.order.off.put(next, false);
            self.order.on.put(next, true);
            self.last_on = Some(now);
        }
        self.view(now, read)
    }

    fn cut(&mut self, now: Moment, these: OutletSet) {
        for place in these.without(self.order.off).iter() {
            if let Some(well) = self.well.get_mut(place) {
                *well = now;
            }
        }
        self.order.off = self.order.off.and_also(these);
        self.order.on = self.order.on.without(these);
    }

    /// The next one to come back: of the last tier first, as its hosts do.
    fn next(&self, asked: &Asked) -> Option<usize> {
        let back = asked.all.without(asked.down);
        let rank = |place: usize| {
            let fed = self.switchable.get(place).copied().flatten()?;
            let tiers = if fed.tiers.is_empty() {
                back
            } else {
                TierSet(fed.tiers.0 & back.0)
            };
            tiers.iter().next_back()
        };
        let ready = self.order.off.iter().rev();
        ready
            .filter_map(|place| Some((rank(place)?, place)))
            .max_by_key(|(rank, _)| *rank)
            .map(|(_, place)| place)
    }

    fn view(&mut self, now: Moment, read: &[Read; OUTLETS]) -> OutletView {
        let mut view = OutletView {
            order: self.order,
            states: [None; OUTLETS],
            not_obeyed: OutletSet::EMPTY,
        };
        for (place, read) in read.iter().enumerate() {
            let (Some(Some(fed)), Some(well)) = (self.switchable.get(place), self.well.get_mut(place)) else {
                continue;
            };
            // A reading that has just gone is not yet an outlet that is on.
            let limit = if fed.own && read.gives() {
                OWN_LIMIT
            } else {
                NETWORK_LIMIT
            };
            let state = match self.order.of(place) {
                None => OutletState::Left,
                Some(true) => OutletState::Returning,
                Some(false) if read.is_off() => {
                    *well = now;
                    OutletState::Cut
                }
                Some(false) if now.since(*well) >= limit => OutletState::NotObeyed,
                Some(false) => OutletState::Cutting,
            };
            view.not_obeyed.put(place, state == OutletState::NotObeyed);
            if let Some(own) = view.states.get_mut(place) {
                *own = Some(state);
            }
        }
        view
    }
}

#[cfg(test)]
#[path = "outlets_tests.rs"]
mod tests;
