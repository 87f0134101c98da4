//! What agents say besides what counts as evidence, for people: what a host is doing, how long its stop takes, what it asked
//! for and was given, its last words. One entry for each host, every text bounded by the protocol: much said costs no more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use points::host::TARGETS;
use rack_agent::protocol::{LEASE, State};

/// A request for more time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hold {
    asked: Duration,
    granted: Duration,
    reason: String,
}

/// One host.
#[derive(Clone, Debug)]
struct Said {
    heard: Instant,
    state: State,
    stop_estimate: Option<Duration>,
    unit_stop: Option<Duration>,
    hold: Option<Hold>,
    last_words: Option<String>,
}

/// The book of that. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct AgentWords(Arc<Mutex<[Option<Said>; TARGETS]>>);

impl AgentWords {
    /// A host's agent has connected: its stop takes so long by its own estimate, and the longest of its units may take so long.
    pub fn there(
        &self,
        target: usize,
        stop_estimate: Option<Duration>,
        unit_stop: Option<Duration>,
        now: Instant,
    ) {
        if let Some(place) = self.lock().get_mut(target) {
            let before = place.take();
            *place = Some(Said {
                heard: now,
                state: before.as_ref().map_or(State::Running, |before| before.state),
                stop_estimate,
                unit_stop,
                hold: before.as_ref().and_then(|before| before.hold.clone()),
                last_words: before.and_then(|before| before.last_words),
            });
        }
    }

    /// It has said what the host is doing.
    pub fn does(&self, target: usize, state: State, now: Instant) {
        self.note(target, |said| (said.heard, said.state) = (now, state));
    }

    /// It has said when the host is down.
    pub fn stops_in(&self, target: usize, estimate: Duration) {
        self.note(target, |said| said.stop_estimate = Some(estimate));
    }

    /// It has said something in words.
    pub fn words(&self, target: usize, text: String) {
        self.note(target, |said| said.last_words = Some(text));
    }

    /// It has asked for more time.
    pub fn holds(&self, target: usize, asked: Duration, granted: Duration, reason: String) {
        let hold = Hold {
            asked,
            granted,
            reason,
        };
        self.note(target, |said| said.hold = Some(hold));
    }

    /// What was asked for belongs to a preparation that is over.
    pub fn holds_no_more(&self, target: usize) {
        self.note(target, |said| said.hold = None);
    }

    /// What a host's agent has said, as the views show it; nothing where none has spoken to this front.
    pub fn of(&self, target: usize, now: Instant) -> Option<web::hosts::Agent> {
        let said = self.lock().get(target)?.clone()?;
        let age = now.saturating_duration_since(said.heard);
        Some(web::hosts::Agent {
            connected: age < LEASE,
            heard_s: age.as_secs(),
            doing: match said.state {
                State::Running => "running",
                State::Capped => "capped",
                State::Draining => "draining",
                State::Drained => "drained",
                State::Stopping => "stopping",
            },
            stop_estimate_s: said.stop_estimate.map(|estimate| estimate.as_secs()),
            unit_stop_s: said.unit_stop.map(|longest| longest.as_secs()),
            hold: said.hold.map(|hold| web::hosts::Hold {
                asked_s: hold.asked.as_secs(),
                granted_s: hold.granted.as_secs(),
                reason: hold.reason,
            }),
            last_words: said.last_words,
        })
    }

    fn note(&self, target: usize, change: impl FnOnce(&mut Said)) {
        if let Some(Some(said)) = self.lock().get_mut(target) {
            change(said);
        }
    }

    fn lock(&self) -> MutexGuard<'_, [Option<Said>; TARGETS]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_stands_over_connections_and_grows_old() {
        let (words, at, s) = (AgentWords::default(), Instant::now(), Duration::from_secs);
        words.does(3, State::Draining, at);
        assert_eq!(
            words.of(3, at),
            None,
            "whoever has not said who it is has said nothing"
        );
        words.there(3, Some(s(90)), None, at);
        words.does(3, State::Draining, at);
        words.holds(3, s(60), s(30), "a hook needs longer".into());
        words.words(3, "10-flush: half".into());
        words.there(3, Some(s(90)), Some(s(3600)), at + s(1));
        let shown = words.of(3, at + s(3)).expect("it has spoken");
        assert_eq!(
            (
                shown.connected,
                shown.heard_s,
                shown.doing,
                shown.stop_estimate_s,
                shown.unit_stop_s
            ),
            (true, 2, "draining", Some(90), Some(3600))
        );
        let hold = shown.hold.expect("it has asked");
        assert_eq!(
            (hold.asked_s, hold.granted_s, hold.reason.as_str()),
            (60, 30, "a hook needs longer")
        );
        assert_eq!(shown.last_words.as_deref(), Some("10-flush: half"));
        words.holds_no_more(3);
        let later = words.of(3, at + s(20)).expect("it has spoken");
        assert!(!later.connected && later.hold.is_none());
        words.there(TARGETS, None, None, at);
        assert_eq!(words.of(TARGETS, at), None);
    }
}
