//! What the front has seen of the hosts, on its way to the tick. Whoever comes second skips: the next message carries all of
//! it again, several times a second.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use points::host::{EVIDENCE_MAX_AGE, Evidence, Observation, Seen, TARGETS, TIERS, TierSet};
use points::{Moment, Span};

/// Most pieces of evidence of one message that are taken; what is more is dropped.
const EVIDENCE_MOST: usize = TARGETS * Observation::COUNT;

/// The last message and when it came.
#[derive(Debug, Default)]
pub struct SightingCell(Mutex<Option<News>>);

#[derive(Debug)]
struct News {
    evidence: Vec<Evidence>,
    logins: Option<[u16; TIERS]>,
    unmanaged: TierSet,
    staying: TierSet,
    rehearsed: Option<(u32, u8, u8)>,
    at: Instant,
}

impl SightingCell {
    /// A message has come. The front is not trusted: it says what it likes, and no more than there is room for.
    pub fn put(
        &self,
        mut evidence: Vec<Evidence>,
        logins: Option<[u16; TIERS]>,
        unmanaged: TierSet,
        staying: TierSet,
        rehearsed: Option<(u32, u8, u8)>,
    ) {
        evidence.truncate(EVIDENCE_MOST);
        let news = News {
            evidence,
            logins,
            unmanaged,
            staying,
            rehearsed,
            at: Instant::now(),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(news);
    }

    /// Takes what has come since the last look into what is known, with its age.
    pub fn take(&self, now: Moment, seen: &mut Seen) {
        let Ok(mut cell) = self.0.try_lock() else { return };
        let Some(news) = cell.take() else { return };
        drop(cell);
        let waited = u64::try_from(news.at.elapsed().as_micros()).unwrap_or(u64::MAX);
        for evidence in &news.evidence {
            let age = Span::us(evidence.age.as_us().saturating_add(waited));
            if age <= EVIDENCE_MAX_AGE {
                seen.take(&Evidence { age, ..*evidence }, now);
            }
        }
        (seen.unmanaged, seen.staying) = (news.unmanaged, news.staying);
        seen.rehearsed = news.rehearsed;
        let at = Moment(now.as_us().saturating_sub(waited));
        seen.logins = news.logins.map(|logins| (logins, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::host::Says;

    #[test]
    fn a_message_is_taken_once_and_grows_old_on_its_way() {
        let (cell, mut seen) = (SightingCell::default(), Seen::NOTHING);
        let evidence = Evidence {
            target: 2,
            by: Observation::Tcp,
            says: Says::Up,
            age: Span::s(3),
            incident: 0,
        };
        let beyond = Evidence {
            target: 200,
            ..evidence
        };
        let old = Evidence {
            target: 3,
            age: Span::s(16),
            ..evidence
        };
        cell.put(
            vec![evidence, beyond, old],
            Some([1; TIERS]),
            TierSet::EMPTY,
            TierSet::EMPTY,
            None,
        );
        let now = Moment(10_000_000);
        cell.take(now, &mut seen);
        let sighting = seen.ways[2][Observation::Tcp.index()].expect("it is there");
        assert!(sighting.at <= Moment(7_000_000) && sighting.at > Moment(5_000_000));
        assert_eq!(seen.ways[3], [None; Observation::COUNT]);
        assert!(
            seen.logins
                .is_some_and(|(logins, at)| logins[0] == 1 && at <= now)
        );
        let before = seen;
        cell.take(now, &mut seen);
        assert_eq!(seen, before);
    }
}
