//! What was read of outlets last, on its way to the core.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use points::Span;
use points::host::{EVIDENCE_MAX_AGE, OUTLETS, OutletEvidence};

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// Whether it is on.
    pub on: bool,
    /// Its power in watts, where the PDU measures it.
    pub watts: Option<f64>,
}

type Book = [Option<(State, Instant)>; OUTLETS];

/// What was last read of each outlet. Clones are the same book.
#[derive(Clone, Debug, Default)]
pub struct OutletSightings(Arc<Mutex<Book>>);

impl OutletSightings {
    /// Notes what was read; an outlet beyond the last one is not noted.
    pub fn note(&self, place: usize, state: State, at: Instant) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = book.get_mut(place) {
            *own = Some((state, at));
        }
    }

    /// Everything that is young enough to say something.
    pub fn gather(&self, now: Instant) -> Vec<OutletEvidence> {
        let longest = Duration::from_micros(EVIDENCE_MAX_AGE.as_us());
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = (0u8..).zip(book.iter());
        let known = known.filter_map(|(outlet, own)| own.map(|(state, at)| (outlet, state, at)));
        known
            .map(|(outlet, state, at)| (outlet, state, now.saturating_duration_since(at)))
            .filter(|(_, _, age)| *age <= longest)
            .map(|(outlet, State { on, watts }, age)| OutletEvidence {
                outlet,
                on,
                watts,
                age: Span::us(u64::try_from(age.as_micros()).unwrap_or(u64::MAX)),
            })
            .collect()
    }
}
