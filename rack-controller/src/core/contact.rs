//! Drives the latching contact in the blower's supply with pulses on two coils until its auxiliary contact obeys.
//!
//! ```text
//!   new order to open, or an order to open taken back --> Pulse(coil) for `pulse` --> Settle for SETTLE
//!   Settle: auxiliary stands as ordered --> Rest; otherwise Pulse again
//!   first order after start is "closed" --> Rest: nothing but a completed reset closes
//! ```
//! Both coils are never driven together. Opening is never delayed by a pulse that closes: it is cut short. An order to
//! open is pulsed at least once whatever the auxiliary says, because a cut wire reads "open" too.

use points::{Flag, Moment, Reading, Span};

/// Time the contact has to move after a pulse.
const SETTLE: Span = Span::ms(100);

/// Which coil is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coil {
    /// Opens the contact: the blower stops.
    Open,
    /// Closes it.
    Close,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Rest,
    Pulse { coil: Coil, until: Moment },
    Settle { coil: Coil, until: Moment },
}

/// The pulse driver's state.
#[derive(Clone, Copy, Debug)]
pub struct Bistable {
    phase: Phase,
    pulse: Span,
    pulses: u32,
    /// The order that stands: open or closed.
    ordered: Option<bool>,
    due: bool,
    pulsed: bool,
}

impl Bistable {
    /// A driver that has given no pulse yet.
    pub fn new(pulse: Span) -> Self {
        Bistable {
            phase: Phase::Rest,
            pulse,
            pulses: 0,
            ordered: None,
            due: false,
            pulsed: false,
        }
    }

    /// The coil to drive now, if any.
    pub fn step(&mut self, now: Moment, open: bool, auxiliary: Reading<Flag>) -> Option<Coil> {
        let wanted = if open { Coil::Open } else { Coil::Close };
        if self.ordered != Some(open) {
            // An order to open is always at least one whole pulse: a cut auxiliary wire reads "open" too. An order to
            // close is pulsed only when it takes an order to open back: nothing but a completed reset closes (D3).
            self.due = open || self.ordered == Some(true);
            self.pulsed = false;
            self.ordered = Some(open);
        }
        let stands = auxiliary
            .ok()
            .is_some_and(|stands_open| stands_open.is_set() == open);
        if stands && self.pulsed && !open {
            self.due = false;
        }
        let obeyed = !self.due || (stands && self.pulsed);
        self.phase = match self.phase {
            Phase::Pulse { coil, until } if coil == wanted && now < until => self.phase,
            Phase::Pulse { coil, .. } if coil == wanted => {
                self.pulsed = true;
                Phase::Settle {
                    coil,
                    until: now + SETTLE,
                }
            }
            Phase::Settle { coil, until } if coil == wanted && now < until && !obeyed => self.phase,
            Phase::Rest | Phase::Pulse { .. } | Phase::Settle { .. } if obeyed => Phase::Rest,
            Phase::Rest | Phase::Pulse { .. } | Phase::Settle { .. } => {
                self.pulses = self.pulses.saturating_add(1);
                Phase::Pulse {
                    coil: wanted,
                    until: now + self.pulse,
                }
            }
        };
        match self.phase {
            Phase::Pulse { coil, .. } => Some(coil),
            Phase::Rest | Phase::Settle { .. } => None,
        }
    }

    /// Pulses given since start.
    pub fn pulses(&self) -> u32 {
        self.pulses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auxiliary(open: bool) -> Reading<Flag> {
        Reading::good(Flag::from_bool(open), Moment(0))
    }

    #[test]
    fn one_pulse_moves_it_and_then_it_rests() {
        let mut contact = Bistable::new(Span::ms(60));
        assert_eq!(contact.step(Moment(0), false, auxiliary(false)), None);
        assert_eq!(
            contact.step(Moment(20_000), true, auxiliary(false)),
            Some(Coil::Open)
        );
        assert_eq!(
            contact.step(Moment(40_000), true, auxiliary(true)),
            Some(Coil::Open),
            "a pulse is whole"
        );
        assert_eq!(contact.step(Moment(80_000), true, auxiliary(true)), None);
        assert_eq!(contact.step(Moment(100_000), true, auxiliary(true)), None);
        assert_eq!(contact.pulses(), 1);
    }

    #[test]
    fn a_contact_that_does_not_move_is_pulsed_again_and_again() {
        let mut contact = Bistable::new(Span::ms(60));
        for tick in 0..100 {
            contact.step(Moment(tick * 20_000), true, auxiliary(false));
        }
        assert!(contact.pulses() > 5);
    }

    #[test]
    fn opening_cuts_a_closing_pulse_short() {
        let mut contact = Bistable::new(Span::ms(60));
        contact.step(Moment(0), true, auxiliary(true));
        contact.step(Moment(100_000), true, auxiliary(true));
        assert_eq!(
            contact.step(Moment(300_000), false, auxiliary(true)),
            Some(Coil::Close)
        );
        assert_eq!(
            contact.step(Moment(310_000), true, auxiliary(true)),
            Some(Coil::Open),
            "it opens at once"
        );
    }

    #[test]
    fn a_cut_auxiliary_wire_that_reads_open_does_not_keep_the_coil_from_its_pulse() {
        let mut contact = Bistable::new(Span::ms(60));
        for tick in 0..100 {
            assert_eq!(
                contact.step(Moment(tick * 20_000), false, auxiliary(true)),
                None,
                "nothing closes unasked"
            );
        }
        assert_eq!(
            contact.step(Moment(3_000_000), true, auxiliary(true)),
            Some(Coil::Open)
        );
    }

    #[test]
    fn nothing_but_an_order_taken_back_closes_it() {
        let mut contact = Bistable::new(Span::ms(60));
        let unknown = Reading::absent(points::Absent::Starting, Moment(0));
        for tick in 0..50 {
            assert_eq!(contact.step(Moment(tick * 20_000), false, unknown), None);
        }
    }
}
