//! What each host's agent has said last, and what follows from its silence: pure.
//!
//! A beat says that the host runs, or stops. Silence after it said that it stops is "off", said again at every look for as
//! long as it lasts. Any other silence says nothing: what was seen grows old where it is judged.
//!
//! Such a word belongs to the incident it was said in, and its silence says "off" in that one alone: a host that has come up
//! again without its agent must not be taken for off by what it said long ago. Two words go further. One that was said outside
//! any incident, when somebody else shut the host down, and one of a drill count in the first incident that begins within
//! [`BEFORE`]: the host goes down, or is down, and nobody would say it again. A word is over when its host is told that it may
//! run again, when other software of the host answers that had fallen silent, and when it still answers after [`BEFORE`].

use std::time::{Duration, Instant};

use points::host::{Observation, Says, TARGETS};
use rack_agent::protocol::{LEASE, State};
use safety::hosts::is_drill;

use crate::hosts::told::HostWord;

/// Longest time between a host's last word and an incident in which its silence counts, and for which other software of a host
/// that stops may still answer: some units take their time.
pub const BEFORE: Duration = Duration::from_secs(600);
/// An agent that lives is connected to a new front after this: its longest wait between two attempts (10 s, and a quarter
/// more), and the time of one. Until then the silence of one that was known to an earlier front says nothing.
pub const RECONNECT: Duration = Duration::from_secs(15);

/// A host has said that it stops.
#[derive(Clone, Copy, Debug)]
struct Stopping {
    /// The incident or drill it was said in; 0 outside any.
    incident: u32,
    /// It was told to.
    told: bool,
    /// Ways of seeing its other software that have shown silence since, a bit each.
    silent: u8,
}

/// One host.
#[derive(Clone, Copy, Debug)]
struct Lease {
    state: State,
    /// When it said so.
    heard: Instant,
    /// When its lease is over.
    over: Instant,
    /// Its silence has been told.
    told: bool,
    stopping: Option<Stopping>,
}

/// What there is around a host.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The incident or drill; 0 outside any.
    pub incident: u32,
    /// What the host is told.
    pub word: HostWord,
    /// What other software of it says just now.
    pub software: Vec<(Observation, Says)>,
}

/// What a look at all hosts shows: who is off by its silence, with the incident that this belongs to, and whose silence is new.
pub type Looked = (Vec<(usize, u32)>, Vec<(usize, News)>);

/// A word that is to outlive the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Whose.
    pub target: usize,
    /// The incident or drill it was said in; 0 outside any.
    pub incident: u32,
    /// When.
    pub heard: Instant,
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
    /// What an earlier front has heard. Whoever lives says so before its silence says anything.
    pub fn restore(&mut self, word: Word, now: Instant) {
        if let Some(place) = self.hosts.get_mut(word.target) {
            *place = Some(Lease {
                state: State::Stopping,
                heard: word.heard,
                over: now + RECONNECT,
                told: false,
                stopping: Some(Stopping {
                    incident: word.incident,
                    told: false,
                    silent: 0,
                }),
            });
        }
    }

    /// Words that are to outlive the process.
    pub fn words(&self) -> Vec<Word> {
        let all = self.hosts.iter().enumerate();
        let all = all.filter_map(|(target, place)| {
            let lease = place.as_ref()?;
            lease.stopping.map(|stopping| Word {
                target,
                incident: stopping.incident,
                heard: lease.heard,
            })
        });
        all.collect()
    }

    /// A host has said what it is doing, in this incident.
    pub fn heard(&mut self, target: usize, state: State, incident: u32, now: Instant) -> Option<News> {
        let place = self.hosts.get_mut(target)?;
        let news = match place {
            Some(lease) if !lease.told && lease.state == state => None,
            Some(lease) if !lease.told => Some(News::Does(state)),
            Some(_) | None => Some(News::There(state)),
        };
        let before = place.as_ref().and_then(|lease| lease.stopping);
        *place = Some(Lease {
            state,
            heard: now,
            over: now + LEASE,
            told: false,
            stopping: (state == State::Stopping).then(|| Stopping {
                incident,
                told: before.is_some_and(|before| before.told && before.incident == incident),
                silent: 0,
            }),
        });
        news
    }

    /// Which hosts are off by their silence, each with the incident that this belongs to, and whose silence is new.
    pub fn look(&mut self, now: Instant, around: impl Fn(usize) -> Around) -> Looked {
        let (mut off, mut news) = (Vec::new(), Vec::new());
        for (target, place) in self.hosts.iter_mut().enumerate() {
            let Some(lease) = place else { continue };
            let silent = now >= lease.over;
            if silent && !std::mem::replace(&mut lease.told, true) {
                news.push((target, News::Silent(lease.state)));
            }
            let Some(stopping) = &mut lease.stopping else {
                continue;
            };
            let since = now.saturating_duration_since(lease.heard);
            let (stands, incident) = (stopping.stands(since, silent, &around(target)), stopping.incident);
            if !stands {
                lease.stopping = None;
            } else if silent {
                off.push((target, incident));
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

impl Stopping {
    /// Whether the word still counts, so long after it was said last.
    fn stands(&mut self, since: Duration, silent: bool, around: &Around) -> bool {
        match around.word {
            HostWord::ShutDown => self.told = true,
            HostWord::Run | HostWord::Prepare if self.told => return false,
            HostWord::Run | HostWord::Prepare | HostWord::Unknown => {}
        }
        if !silent {
            return true;
        }
        for (way, says) in &around.software {
            let bit = 1 << way.index();
            match says {
                Says::Off => self.silent |= bit,
                // It stopped and runs again, or never did.
                Says::Up if self.silent & bit != 0 || since > BEFORE => return false,
                Says::Up | Says::Stopping | Says::Forced => {}
            }
        }
        if around.incident == self.incident || around.incident == 0 {
            return true;
        }
        let goes_further = self.incident == 0 || is_drill(self.incident);
        self.incident = around.incident;
        goes_further && !is_drill(around.incident) && since <= BEFORE
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

    /// In this incident, told this; nothing else of the host is seen.
    fn around(incident: u32, word: HostWord) -> impl Fn(usize) -> Around {
        move |_| Around {
            incident,
            word,
            software: Vec::new(),
        }
    }

    /// The same, and its port says this.
    fn port(incident: u32, word: HostWord, says: Says) -> impl Fn(usize) -> Around {
        move |_| Around {
            incident,
            word,
            software: vec![(Observation::Tcp, says)],
        }
    }

    const DOWN: HostWord = HostWord::ShutDown;

    #[test]
    fn silence_is_off_only_after_a_host_has_said_that_it_stops() {
        let (mut leases, at) = (Leases::default(), Instant::now());
        assert_eq!(
            leases.heard(3, State::Running, 7, at),
            Some(News::There(State::Running))
        );
        assert_eq!(leases.heard(3, State::Running, 7, at), None);
        leases.heard(4, State::Running, 7, at);
        assert_eq!(
            leases.heard(4, State::Stopping, 7, at),
            Some(News::Does(State::Stopping))
        );
        let short = LEASE - Duration::from_millis(1);
        assert_eq!(leases.look(at + short, around(7, DOWN)), (vec![], vec![]));
        let (off, news) = leases.look(at + LEASE, around(7, DOWN));
        assert_eq!(off, [(4, 7)]);
        assert_eq!(
            news,
            [
                (3, News::Silent(State::Running)),
                (4, News::Silent(State::Stopping))
            ]
        );
        // Said again for as long as it lasts, told once.
        let far = at + LEASE * 900;
        assert_eq!(leases.look(far, around(7, DOWN)), (vec![(4, 7)], vec![]));
        assert_eq!(
            leases.heard(4, State::Running, 7, far),
            Some(News::There(State::Running))
        );
        assert!(leases.look(far + LEASE, around(7, DOWN)).0.is_empty());
        assert_eq!(leases.heard(TARGETS, State::Running, 7, at), None);
    }

    /// One host has said that it stops in this incident; what its silence says after a lease, look by look.
    fn looks(said_in: u32, around: &[(u64, &dyn Fn(usize) -> Around)]) -> Vec<Option<u32>> {
        let (mut leases, at) = (Leases::default(), Instant::now());
        leases.heard(0, State::Stopping, said_in, at);
        let off = |(seconds, around): &(u64, &dyn Fn(usize) -> Around)| {
            let (off, _) = leases.look(at + Duration::from_secs(*seconds), around);
            off.first().map(|(_, incident)| *incident)
        };
        around.iter().map(off).collect()
    }

    #[test]
    fn the_word_of_one_incident_says_nothing_in_the_next() {
        let (first, next) = (around(7, DOWN), around(8, DOWN));
        let got = looks(7, &[(10, &first), (900, &first), (920, &next), (930, &next)]);
        assert_eq!(got, [Some(7), Some(7), None, None]);
    }

    #[test]
    fn a_host_that_may_run_again_has_to_say_it_again() {
        let (down, free) = (around(7, DOWN), around(0, HostWord::Run));
        assert_eq!(
            looks(7, &[(10, &down), (20, &free), (30, &down)]),
            [Some(7), None, None]
        );
        // While nobody knows, nothing is taken back; and one that was never told goes down by itself.
        let unknown = around(7, HostWord::Unknown);
        assert_eq!(looks(7, &[(10, &down), (20, &unknown)]), [Some(7), Some(7)]);
        let prepared = around(7, HostWord::Prepare);
        assert_eq!(looks(7, &[(10, &prepared), (20, &down)]), [Some(7), Some(7)]);
    }

    #[test]
    fn a_host_that_stopped_by_itself_counts_in_the_incident_that_begins_soon_and_in_no_later_one() {
        let (calm, down, next) = (around(0, HostWord::Run), around(7, DOWN), around(8, DOWN));
        let soon = looks(0, &[(10, &calm), (600, &down), (5_000, &down), (5_010, &next)]);
        assert_eq!(soon, [Some(0), Some(7), Some(7), None]);
        assert_eq!(looks(0, &[(10, &calm), (601, &down)]), [Some(0), None]);
        // So does the word of a drill, in an incident, and in no other drill.
        let drill = |number: u32| around(0x0080_0000 | number, DOWN);
        let (one, other) = (drill(1), drill(2));
        let mark = 0x0080_0001;
        assert_eq!(looks(mark, &[(10, &one), (20, &down)]), [Some(mark), Some(7)]);
        assert_eq!(looks(mark, &[(10, &one), (20, &other)]), [Some(mark), None]);
    }

    #[test]
    fn a_host_whose_other_software_has_come_up_again_is_not_off_by_what_it_said_before() {
        let (up, off) = (port(7, DOWN, Says::Up), port(7, DOWN, Says::Off));
        // It answers on while its units stop; that contradicts where it is judged, and takes nothing back here.
        let stops = looks(7, &[(10, &up), (60, &up), (70, &off), (80, &off)]);
        assert_eq!(stops, [Some(7); 4]);
        let boots = looks(7, &[(10, &up), (20, &off), (80, &up), (90, &off)]);
        assert_eq!(boots, [Some(7), Some(7), None, None]);
        assert_eq!(looks(7, &[(10, &up), (601, &up)]), [Some(7), None]);
    }

    #[test]
    fn what_an_earlier_front_has_heard_counts_once_whoever_lives_has_had_time_to_say_so() {
        let (mut leases, at) = (Leases::default(), Instant::now() + Duration::from_secs(900));
        let heard = at - Duration::from_secs(30);
        let word = |target| Word {
            target,
            incident: 7,
            heard,
        };
        leases.restore(word(3), at);
        leases.restore(word(4), at);
        leases.restore(word(TARGETS), at);
        assert_eq!(leases.words(), [word(3), word(4)]);
        // One of them lives.
        leases.heard(4, State::Running, 7, at + Duration::from_secs(5));
        assert!(leases.look(at + LEASE, around(7, DOWN)).0.is_empty());
        assert_eq!(leases.look(at + RECONNECT, around(7, DOWN)).0, [(3, 7)]);
        assert_eq!(leases.words(), [word(3)]);
        assert!(leases.look(at + RECONNECT, around(8, DOWN)).0.is_empty());
        assert!(leases.words().is_empty());
    }
}
