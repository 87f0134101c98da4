//! What the channels have seen of the targets last, on its way to the core.
//!
//! Each channel notes what it sees when it sees it; the link carries all that is still of use several times a second.
//! One place for each target and way of looking: a channel that sees much costs no more than one that sees little.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use points::Span;
use points::host::{EVIDENCE_MAX_AGE, Evidence, Observation, Says, TARGETS};

/// What was seen.
#[derive(Clone, Copy, Debug)]
struct Sighting {
    says: Says,
    at: Instant,
    incident: u32,
}

type Book = [[Option<Sighting>; Observation::COUNT]; TARGETS];

/// The book. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Sightings(Arc<Mutex<Book>>);

impl Sightings {
    /// Notes what was seen of a target; `incident` is the one that was under way then ([`super::told::Told::incident`]).
    /// A target beyond the last one is not noted.
    pub fn note(&self, target: usize, by: Observation, says: Says, at: Instant, incident: u32) {
        if let Some(ways) = self.lock().get_mut(target)
            && let Some(place) = ways.get_mut(by.index())
        {
            *place = Some(Sighting { says, at, incident });
        }
    }

    /// Everything that is young enough to say something.
    pub fn gather(&self, now: Instant) -> Vec<Evidence> {
        let longest = Duration::from_micros(EVIDENCE_MAX_AGE.as_us());
        let book = self.lock();
        let mut all = Vec::new();
        for (target, ways) in (0u8..).zip(book.iter()) {
            for (by, sighting) in Observation::ALL.into_iter().zip(ways) {
                let Some(seen) = sighting else { continue };
                let age = now.saturating_duration_since(seen.at);
                if age <= longest {
                    all.push(Evidence {
                        target,
                        by,
                        says: seen.says,
                        age: Span::us(u64::try_from(age.as_micros()).unwrap_or(u64::MAX)),
                        incident: seen.incident,
                    });
                }
            }
        }
        all
    }

    /// What a target's own software says, beside our agent: ways that were looked at lately.
    pub fn software(&self, target: usize, now: Instant) -> Vec<(Observation, Says)> {
        let longest = Duration::from_micros(EVIDENCE_MAX_AGE.as_us());
        let book = self.lock();
        let ways = Observation::ALL
            .into_iter()
            .zip(book.get(target).into_iter().flatten());
        ways.filter(|(way, _)| way.is_software() && *way != Observation::Agent)
            .filter_map(|(way, sighting)| Some((way, (*sighting)?)))
            .filter(|(_, seen)| now.saturating_duration_since(seen.at) <= longest)
            .map(|(way, seen)| (way, seen.says))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_way_is_carried_until_it_is_old() {
        let (book, at) = (Sightings::default(), Instant::now());
        book.note(3, Observation::Tcp, Says::Up, at, 0);
        book.note(3, Observation::Tcp, Says::Off, at + Duration::from_secs(1), 7);
        book.note(31, Observation::Bmc, Says::Up, at, 0);
        book.note(TARGETS, Observation::Bmc, Says::Up, at, 0);
        let all = book.gather(at + Duration::from_secs(2));
        let short: Vec<_> = all
            .iter()
            .map(|seen| (seen.target, seen.by, seen.says, seen.incident))
            .collect();
        assert_eq!(
            short,
            [
                (3, Observation::Tcp, Says::Off, 7),
                (31, Observation::Bmc, Says::Up, 0)
            ]
        );
        assert_eq!(all.first().map(|seen| seen.age), Some(Span::s(1)));
        assert_eq!(book.gather(at + Duration::from_millis(15_500)).len(), 1);
    }
}
