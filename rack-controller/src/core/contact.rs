//! Drives the latching contact in the blower's supply with pulses on two coils until its auxiliary contact obeys.
//!
//! ```text
//!   command = auxiliary --> Rest
//!   command differs     --> Pulse(coil) for `pulse` --> Settle for SETTLE --> still differs? --> Pulse again
//! ```
//! Both coils are never driven together. Opening is never delayed by a pulse that closes: it is cut short.

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
}

impl Bistable {
    /// A driver that has given no pulse yet.
    pub fn new(pulse: Span) -> Self {
        Bistable {
            phase: Phase::Rest,
            pulse,
            pulses: 0,
        }
    }

    /// The coil to drive now, if any.
    pub fn step(&mut self, now: Moment, open: bool, auxiliary: Reading<Flag>) -> Option<Coil> {
        let wanted = if open { Coil::Open } else { Coil::Close };
        // Unknown counts as not obeyed: pulses repeat, which a latching contact bears.
        let obeyed = auxiliary
            .ok()
            .is_some_and(|stands_open| stands_open.is_set() == open);
        self.phase = match self.phase {
            Phase::Pulse { coil, until } if coil == wanted && now < until => self.phase,
            Phase::Pulse { coil, .. } if coil == wanted => Phase::Settle {
                coil,
                until: now + SETTLE,
            },
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
        assert_eq!(contact.step(Moment(0), false, auxiliary(true)), Some(Coil::Close));
        assert_eq!(
            contact.step(Moment(10_000), true, auxiliary(true)),
            None,
            "it stands open already"
        );
        assert_eq!(
            contact.step(Moment(20_000), true, auxiliary(false)),
            Some(Coil::Open)
        );
    }
}
