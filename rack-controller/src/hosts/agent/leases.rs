//! What each host's agent has said last, and what follows from its silence: pure.
//!
//! A beat says that the host runs, or stops. Silence after it said that it stops is "off", said again at every look for as
//! long as it lasts. Any other silence says nothing: what was seen grows old where it is judged.

use std::time::{Duration, Instant};

use points::host::{Says, TARGETS};
use rack_agent::protocol::{LEASE, State};

/// One host.
#[derive(Clone, Copy, Debug)]
struct Lease {
    state: State,
    heard: Instant,
    /// Its silence has been told.
    told: bool,
}

/// What is worth a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It is there, for the first time or again.
    There(State),
    /// It does something else.
    Does(State),
    /// It has been silent for a lease; the state is the last it has said.
    Silent(State),
}

/// All hosts, by their places in the site's file.
#[derive(Clone, Debug)]
pub struct Leases {
    hosts: [Option<Lease>; TARGETS],
    /// The incident in which each has acknowledged the shutdown last.
    acknowledged: [Option<u32>; TARGETS],
}

impl Default for Leases {
    fn default() -> Self {
        Leases {
            hosts: [None; TARGETS],
            acknowledged: [None; TARGETS],
        }
    }
}

/// What a state says as evidence.
pub fn says(state: State) -> Says {
    match state {
        State::Stopping => Says::Stopping,
        State::Running | State::Capped | State::Draining | State::Drained => Says::Up,
    }
}

impl Leases {
    /// A host has said what it is doing.
    pub fn heard(&mut self, target: usize, state: State, now: Instant) -> Option<News> {
        let place = self.hosts.get_mut(target)?;
        let news = match place {
            Some(lease) if !lease.told && lease.state == state => None,
            Some(lease) if !lease.told => Some(News::Does(state)),
            Some(_) | None => Some(News::There(state)),
        };
        *place = Some(Lease {
            state,
            heard: now,
            told: false,
        });
        news
    }

    /// Which hosts are off by their silence, and whose silence is new.
    pub fn look(&mut self, now: Instant) -> (Vec<usize>, Vec<(usize, News)>) {
        let (mut off, mut news) = (Vec::new(), Vec::new());
        for (target, place) in self.hosts.iter_mut().enumerate() {
            let Some(lease) = place else { continue };
            if now.saturating_duration_since(lease.heard) < LEASE {
                continue;
            }
            if !std::mem::replace(&mut lease.told, true) {
                news.push((target, News::Silent(lease.state)));
            }
            if lease.state == State::Stopping {
                off.push(target);
            }
        }
        (off, news)
    }

    /// A host acknowledges the shutdown, as it does at every changed order; whether it is the first time in this incident.
    pub fn acknowledged(&mut self, target: usize, incident: u32) -> bool {
        let place = self.acknowledged.get_mut(target);
        place.is_some_and(|last| last.replace(incident) != Some(incident))
    }

    /// What a host does, and how long ago it said so.
    pub fn state(&self, target: usize, now: Instant) -> Option<(State, Duration)> {
        let lease = self.hosts.get(target)?.as_ref()?;
        Some((lease.state, now.saturating_duration_since(lease.heard)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shutdown_is_acknowledged_once_by_each_host_in_each_incident() {
        let mut leases = Leases::default();
        let asked = [(1, 7), (1, 7), (2, 7), (1, 8), (1, 8), (TARGETS, 8)];
        let news = asked.map(|(target, incident)| leases.acknowledged(target, incident));
        assert_eq!(news, [true, false, true, true, false, false]);
    }

    #[test]
    fn silence_is_off_only_after_a_host_has_said_that_it_stops() {
        let (mut leases, at) = (Leases::default(), Instant::now());
        assert_eq!(
            leases.heard(3, State::Running, at),
            Some(News::There(State::Running))
        );
        assert_eq!(leases.heard(3, State::Running, at), None);
        leases.heard(4, State::Running, at);
        assert_eq!(
            leases.heard(4, State::Stopping, at),
            Some(News::Does(State::Stopping))
        );
        let short = LEASE - Duration::from_millis(1);
        assert_eq!(leases.look(at + short), (vec![], vec![]));
        let (off, news) = leases.look(at + LEASE);
        assert_eq!(off, [4]);
        assert_eq!(
            news,
            [
                (3, News::Silent(State::Running)),
                (4, News::Silent(State::Stopping))
            ]
        );
        // Said again for as long as it lasts, told once.
        assert_eq!(leases.look(at + LEASE * 9), (vec![4], vec![]));
        let back = at + LEASE * 10;
        assert_eq!(
            leases.heard(4, State::Running, back),
            Some(News::There(State::Running))
        );
        assert!(leases.look(back).0.is_empty());
        assert_eq!(leases.heard(TARGETS, State::Running, at), None);
    }
}
