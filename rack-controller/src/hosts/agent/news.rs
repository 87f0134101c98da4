//! What becomes of enrolments and of requests for more time, on its way to the tick: it alone numbers transitions, so it alone tells the journal.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use points::host::TARGETS;

use crate::transition::AgentDid;

/// News that wait for a tick; of more the oldest is forgotten, the log has it.
const WAITING: usize = 16;
/// Strangers' requests that are refused make one row in this time: nobody pushes others out of the journal by asking.
const REFUSED_EVERY: Duration = Duration::from_secs(60);
/// And so do one host's requests for more time.
const HELD_EVERY: Duration = Duration::from_secs(60);

/// The news.
#[derive(Debug, Default)]
pub struct News(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<(Option<u8>, AgentDid)>,
    refused: Option<Instant>,
    held: [Option<Instant>; TARGETS],
}

impl News {
    /// Something became of the agent of the host of this place; of none that is known, where it was refused.
    pub fn put(&self, place: Option<usize>, did: AgentDid, now: Instant) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if did == AgentDid::Refused {
            let recent = |last: Instant| now.saturating_duration_since(last) < REFUSED_EVERY;
            if inner.refused.is_some_and(recent) {
                return;
            }
            inner.refused = Some(now);
        }
        if matches!(did, AgentDid::Held | AgentDid::NotHeld) {
            let recent = |last: Instant| now.saturating_duration_since(last) < HELD_EVERY;
            // One of no host of the site is nobody's.
            let Some(last) = place.and_then(|place| inner.held.get_mut(place)) else {
                return;
            };
            if last.replace(now).is_some_and(recent) {
                return;
            }
        }
        if inner.waiting.len() >= WAITING {
            inner.waiting.pop_front();
        }
        let place = place.and_then(|place| u8::try_from(place).ok());
        inner.waiting.push_back((place, did));
    }

    /// Tells all of it, unless somebody else is at it just now: then the next tick does. It never waits.
    pub fn tell(&self, mut tell: impl FnMut(Option<u8>, AgentDid)) {
        if let Ok(mut inner) = self.0.try_lock() {
            inner.waiting.drain(..).for_each(|(place, did)| tell(place, did));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_enrolment_is_told_and_of_refusals_one_a_minute() {
        let (news, at) = (News::default(), Instant::now());
        let told = || {
            let mut told = Vec::new();
            news.tell(|place, did| told.push((place, did)));
            told
        };
        news.put(Some(3), AgentDid::Enrolled, at);
        news.put(None, AgentDid::Refused, at);
        news.put(None, AgentDid::Refused, at + REFUSED_EVERY / 2);
        news.put(Some(3), AgentDid::Removed, at);
        let both = [
            (Some(3), AgentDid::Enrolled),
            (None, AgentDid::Refused),
            (Some(3), AgentDid::Removed),
        ];
        assert_eq!(told(), both);
        assert!(told().is_empty(), "once");
        // Of one host's requests for more time the first of a minute without any.
        for (place, did, s) in [
            (0, AgentDid::Held, 0),
            (0, AgentDid::NotHeld, 59),
            (0, AgentDid::Held, 118),
            (1, AgentDid::NotHeld, 118),
            (TARGETS, AgentDid::Held, 0),
        ] {
            news.put(Some(place), did, at + Duration::from_secs(s));
        }
        assert_eq!(told(), [(Some(0), AgentDid::Held), (Some(1), AgentDid::NotHeld)]);
        news.put(None, AgentDid::Refused, at + REFUSED_EVERY);
        (0..99).for_each(|place| news.put(Some(place), AgentDid::Enrolled, at));
        let last = told();
        assert_eq!((last.len(), last[0]), (WAITING, (Some(83), AgentDid::Enrolled)));
    }
}
