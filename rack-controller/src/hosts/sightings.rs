//! What the channels have seen of the targets last, on its way to the core.
//!
//! Each channel notes what it sees when it sees it; the link carries all that is still of use several times a second.
//! One place for each target and way of looking: a channel that sees much costs no more than one that sees little.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use points::Span;
use points::host::{EVIDENCE_MAX_AGE, Evidence, Gauge, HostReport, Observation, Says, TARGETS};

/// What was seen.
#[derive(Clone, Copy, Debug)]
struct Sighting {
    says: Says,
    at: Instant,
    incident: u32,
}

/// Sightings, and what hosts report of themselves.
#[derive(Debug, Default)]
struct Book {
    ways: [[Option<Sighting>; Observation::COUNT]; TARGETS],
    reports: [[Option<(f64, Instant)>; Gauge::COUNT]; TARGETS],
}

/// The book. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Sightings(Arc<Mutex<Book>>);

impl Sightings {
    /// Notes what was seen of a target; `incident` is the one that was under way then ([`super::told::Told::incident`]).
    /// A target beyond the last one is not noted.
    pub fn note(&self, target: usize, by: Observation, says: Says, at: Instant, incident: u32) {
        if let Some(ways) = self.lock().ways.get_mut(target)
            && let Some(place) = ways.get_mut(by.index())
        {
            *place = Some(Sighting { says, at, incident });
        }
    }

    /// Notes what a host reports of itself, or that it no longer says anything of it.
    pub fn report(&self, target: usize, gauge: Gauge, value: Option<f64>, at: Instant) {
        if let Some(gauges) = self.lock().reports.get_mut(target)
            && let Some(place) = gauges.get_mut(gauge as usize)
        {
            *place = value.map(|value| (value, at));
        }
    }

    /// Every report that is young enough to say something.
    pub fn reports(&self, now: Instant) -> Vec<HostReport> {
        let book = self.lock();
        let mut all = Vec::new();
        for (target, gauges) in (0u8..).zip(book.reports.iter()) {
            for (gauge, report) in [Gauge::Chip, Gauge::Power].into_iter().zip(gauges) {
                let Some((value, age)) = report.and_then(|(value, at)| Some((value, age(now, at)?))) else {
                    continue;
                };
                all.push(HostReport {
                    target,
                    gauge,
                    value,
                    age,
                });
            }
        }
        all
    }

    /// Everything that is young enough to say something.
    pub fn gather(&self, now: Instant) -> Vec<Evidence> {
        let book = self.lock();
        let mut all = Vec::new();
        for (target, ways) in (0u8..).zip(book.ways.iter()) {
            for (by, sighting) in Observation::ALL.into_iter().zip(ways) {
                let Some(seen) = sighting else { continue };
                if let Some(age) = age(now, seen.at) {
                    all.push(Evidence {
                        target,
                        by,
                        says: seen.says,
                        age,
                        incident: seen.incident,
                    });
                }
            }
        }
        all
    }

    /// What a target's own software says, beside our agent: ways that were looked at lately.
    pub fn software(&self, target: usize, now: Instant) -> Vec<(Observation, Says)> {
        let book = self.lock();
        let ways = Observation::ALL
            .into_iter()
            .zip(book.ways.get(target).into_iter().flatten());
        ways.filter(|(way, _)| way.is_software() && *way != Observation::Agent)
            .filter_map(|(way, sighting)| Some((way, (*sighting)?)))
            .filter(|(_, seen)| age(now, seen.at).is_some())
            .map(|(way, seen)| (way, seen.says))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How old that is, while it says something.
fn age(now: Instant, at: Instant) -> Option<Span> {
    let age = now.saturating_duration_since(at);
    let age = Span::us(u64::try_from(age.as_micros()).unwrap_or(u64::MAX));
    (age <= EVIDENCE_MAX_AGE).then_some(age)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_report_is_carried_until_it_is_old_or_taken_back() {
        let (book, at) = (Sightings::default(), Instant::now());
        book.report(2, Gauge::Chip, Some(71.5), at);
        book.report(2, Gauge::Power, Some(612.0), at);
        book.report(31, Gauge::Power, Some(300.0), at);
        book.report(TARGETS, Gauge::Power, Some(300.0), at);
        book.report(31, Gauge::Power, None, at + Duration::from_secs(1));
        let said = |after| {
            let reports = book.reports(at + Duration::from_secs(after)).into_iter();
            reports
                .map(|report| (report.target, report.gauge, report.value))
                .collect::<Vec<_>>()
        };
        assert_eq!(said(2), [(2, Gauge::Chip, 71.5), (2, Gauge::Power, 612.0)]);
        assert_eq!(said(16), []);
    }

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
