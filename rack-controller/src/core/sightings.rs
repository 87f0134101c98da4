//! What the front has seen of the hosts, on its way to the tick. Whoever comes second skips: the next message carries all of
//! it again, several times a second.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use points::host::{
    EVIDENCE_MAX_AGE, Evidence, Gauge, HostReport, OUTLETS, Observation, OutletEvidence, Seen, TARGETS,
    TIERS, TargetSet, TierSet,
};
use points::{Moment, Span};

/// Most pieces of evidence of one message that are taken; what is more is dropped.
const EVIDENCE_MOST: usize = TARGETS * Observation::COUNT;
/// The same of hosts' reports of themselves.
const REPORTS_MOST: usize = TARGETS * Gauge::COUNT;

/// The last message and when it came.
#[derive(Debug, Default)]
pub struct SightingCell(Mutex<Option<News>>);

#[derive(Debug)]
struct News {
    evidence: Vec<Evidence>,
    logins: Option<[u16; TIERS]>,
    unmanaged: TierSet,
    staying: TierSet,
    stays: TargetSet,
    outlets: Vec<OutletEvidence>,
    reports: Vec<HostReport>,
    rehearsed: Option<(u32, u8, u8)>,
    certificate_days: Option<u16>,
    at: Instant,
}

impl SightingCell {
    /// A message has come. The front is not trusted: it says what it likes, and no more than there is room for.
    pub fn put(
        &self,
        mut evidence: Vec<Evidence>,
        logins: Option<[u16; TIERS]>,
        (unmanaged, staying, stays): (TierSet, TierSet, TargetSet),
        (mut outlets, mut reports): (Vec<OutletEvidence>, Vec<HostReport>),
        rehearsed: Option<(u32, u8, u8)>,
        certificate_days: Option<u16>,
    ) {
        evidence.truncate(EVIDENCE_MOST);
        outlets.truncate(OUTLETS);
        reports.truncate(REPORTS_MOST);
        let news = News {
            evidence,
            logins,
            unmanaged,
            staying,
            stays,
            outlets,
            reports,
            rehearsed,
            certificate_days,
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
        for outlet in &news.outlets {
            let age = Span::us(outlet.age.as_us().saturating_add(waited));
            if age <= EVIDENCE_MAX_AGE {
                seen.take_outlet(&OutletEvidence { age, ..*outlet }, now);
            }
        }
        for report in &news.reports {
            let age = Span::us(report.age.as_us().saturating_add(waited));
            if age <= EVIDENCE_MAX_AGE {
                seen.take_report(&HostReport { age, ..*report }, now);
            }
        }
        (seen.unmanaged, seen.staying, seen.stays) = (news.unmanaged, news.staying, news.stays);
        (seen.rehearsed, seen.certificate_days) = (news.rehearsed, news.certificate_days);
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
            (TierSet::EMPTY, TierSet::EMPTY, TargetSet::EMPTY.with(2)),
            (
                vec![
                    OutletEvidence {
                        outlet: 9,
                        on: true,
                        watts: Some(f64::NAN),
                        age: Span::s(3),
                    },
                    OutletEvidence {
                        outlet: 16,
                        on: true,
                        watts: None,
                        age: Span::ZERO,
                    },
                ],
                [(2, 71.5), (3, f64::INFINITY), (200, 1.0)]
                    .map(|(target, value)| HostReport {
                        target,
                        gauge: Gauge::Chip,
                        value,
                        age: Span::s(1),
                    })
                    .into(),
            ),
            None,
            Some(12),
        );
        let now = Moment(10_000_000);
        cell.take(now, &mut seen);
        let sighting = seen.ways[2][Observation::Tcp.index()].expect("it is there");
        assert!(sighting.at <= Moment(7_000_000) && sighting.at > Moment(5_000_000));
        assert_eq!(seen.ways[3], [None; Observation::COUNT]);
        let outlet = seen.outlets[9].expect("it is there");
        assert!(outlet.on && outlet.watts.is_none() && outlet.at <= Moment(7_000_000));
        assert_eq!(seen.outlets.iter().flatten().count(), 1);
        let reports: Vec<_> = seen.reports.iter().flatten().flatten().collect();
        assert!(
            matches!(reports[..], [(value, at)] if (*value - 71.5).abs() < 1e-9 && *at <= Moment(9_000_000))
        );
        assert!(
            seen.logins
                .is_some_and(|(logins, at)| logins[0] == 1 && at <= now)
        );
        assert_eq!(seen.certificate_days, Some(12));
        assert_eq!(seen.stays, TargetSet::EMPTY.with(2));
        let before = seen;
        cell.take(now, &mut seen);
        assert_eq!(seen, before);
    }
}
