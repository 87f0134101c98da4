//! The listener: caps, who yields to whom, what is told to all sessions, and the look for silence.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use points::host::{Observation, Says};
use rack_agent::protocol::{BEAT, State, tls};
use ring::signature::Ed25519KeyPair;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};
use tokio_rustls::TlsAcceptor;

use super::book::Book;
use super::leases::{Around, Leases, News, Word, says};
use super::plan::{AgentPlan, Enrolled, Keys};
use super::said::AgentWords;
use super::{CONNECTIONS_MAX, EnrolAsk, HoldAsk, PER_HOST_MAX, STRANGERS_FROM_ONE, STRANGERS_MAX, session};
use crate::hosts::order::Orders;
use crate::hosts::plan::Plan;
use crate::hosts::rehearsal::Facts;
use crate::hosts::sightings::Sightings;
use crate::hosts::told::Told;
use crate::log;

/// Wait after a failed accept: a process without descriptors gets some back only with time.
const PAUSE: Duration = Duration::from_millis(50);
/// Time between two looks at what hosts are told; an order of the core is seen at once.
const LOOK: Duration = Duration::from_millis(100);
/// Refusals that are remembered; with more the oldest is forgotten, and told again when it comes again.
const REFUSALS_MAX: usize = 64;
/// A refusal that has not come for so long is over.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// What the server is given.
#[derive(Debug)]
pub struct Served {
    /// The rack's name.
    pub rack: String,
    /// Tiers and targets.
    pub plan: Plan,
    /// What hosts are told.
    pub orders: Orders,
    /// Where what agents say goes.
    pub sightings: Sightings,
    /// Where what they say of their host goes.
    pub facts: Facts,
    /// The rehearsal that runs, by its number.
    pub rehearsals: watch::Receiver<Option<u32>>,
    /// Who is enrolled.
    pub enrolled: watch::Receiver<Arc<Vec<Enrolled>>>,
    /// Requests to enrol, on their way to the core.
    pub enrolments: mpsc::Sender<EnrolAsk>,
    /// Requests for more time, on their way to the core.
    pub holds: mpsc::Sender<HoldAsk>,
    /// Where what they say for people goes.
    pub words: AgentWords,
    /// Where it is kept who has said that it stops.
    pub book: Book,
}

/// What all sessions share.
pub(super) struct Shared {
    pub(super) rack: String,
    pub(super) plan: Plan,
    pub(super) dead_man_ms: u64,
    pub(super) signing: Ed25519KeyPair,
    pub(super) acceptor: TlsAcceptor,
    pub(super) orders: Orders,
    /// Changes when what hosts are told does; the time that runs down does not count.
    pub(super) told: watch::Receiver<Told>,
    pub(super) sightings: Sightings,
    pub(super) facts: Facts,
    pub(super) rehearsals: watch::Receiver<Option<u32>>,
    pub(super) enrolled: watch::Receiver<Arc<Vec<Enrolled>>>,
    pub(super) enrolments: mpsc::Sender<EnrolAsk>,
    holds: mpsc::Sender<HoldAsk>,
    pub(super) words: AgentWords,
    /// Who has said that it stops, on its way to the disk.
    kept: watch::Sender<Vec<Word>>,
    leases: Mutex<Leases>,
    refusals: Mutex<Refusals>,
    seats: Mutex<Seats>,
}

/// Serves agents. It does not end: a failed accept is tried again after a pause.
///
/// # Errors
/// When the keys are none.
pub async fn serve(listener: TcpListener, served: Served, plan: &AgentPlan, keys: &Keys) -> io::Result<()> {
    let config = tls::server(&keys.certificate, &keys.key.0, &keys.authority).map_err(io::Error::other)?;
    let signing =
        Ed25519KeyPair::from_pkcs8(&keys.signing.0).map_err(|error| io::Error::other(error.to_string()))?;
    let (tell, told) = watch::channel(Told::default());
    let (mut leases, now) = (Leases::default(), Instant::now());
    for word in served.book.read(&served.plan, now) {
        leases.restore(word, now);
    }
    let (kept, keeping) = watch::channel(leases.words());
    tokio::spawn(served.book.keep(served.plan.clone(), keeping));
    let shared = Arc::new(Shared {
        rack: served.rack,
        plan: served.plan,
        dead_man_ms: plan.dead_man.as_us() / 1000,
        signing,
        acceptor: TlsAcceptor::from(config),
        orders: served.orders.clone(),
        told,
        sightings: served.sightings,
        facts: served.facts,
        rehearsals: served.rehearsals,
        enrolled: served.enrolled,
        enrolments: served.enrolments,
        holds: served.holds,
        words: served.words,
        kept,
        leases: Mutex::new(leases),
        refusals: Mutex::default(),
        seats: Mutex::default(),
    });
    let (mut orders, mut telling) = (served.orders, true);
    let (mut look, mut silence) = (interval(LOOK), interval(BEAT));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            changed = orders.changed(), if telling => {
                telling = changed;
                orders.take();
                tell_all(&tell, &orders);
            }
            _ = look.tick() => tell_all(&tell, &orders),
            _ = silence.tick() => shared.look(Instant::now()),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let seat = shared.stranger(peer.ip());
                    connections.spawn(session::run(stream, peer, seat, Arc::clone(&shared)));
                }
                Err(_) => sleep(PAUSE).await,
            },
            // Ended connections leave nothing behind.
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Sessions wake when something else is told; a second less is not something else.
fn tell_all(tell: &watch::Sender<Told>, orders: &Orders) {
    let now = orders.told(Instant::now());
    let timeless = |told: &Told| {
        let mut told = *told;
        for tier in &mut told.tiers {
            tier.deadline_s = tier.deadline_s.map(|_| 0);
        }
        told
    };
    tell.send_if_modified(|before| {
        let changed = timeless(before) != timeless(&now);
        *before = now;
        changed
    });
}

impl Shared {
    /// A host has said what it is doing.
    pub(super) fn heard(&self, target: usize, state: State) {
        let now = Instant::now();
        let incident = self.orders.told(now).incident;
        self.sightings
            .note(target, Observation::Agent, says(state), now, incident);
        self.words.does(target, state, now);
        let (news, words) = {
            let mut leases = self.leases();
            (leases.heard(target, state, incident, now), leases.words())
        };
        self.keep(words);
        self.tell(target, news);
    }

    fn look(&self, now: Instant) {
        let told = self.orders.told(now);
        let around = |target: usize| Around {
            incident: told.incident,
            word: told.target(target, self.tier(target)).word,
            software: self.sightings.software(target, now),
        };
        let ((off, news), words) = {
            let mut leases = self.leases();
            (leases.look(now, around), leases.words())
        };
        for (target, incident) in off {
            self.sightings
                .note(target, Observation::Agent, Says::Off, now, incident);
        }
        self.keep(words);
        for (target, news) in news {
            self.tell(target, Some(news));
        }
    }

    /// Has it written who has said that it stops, where that is another than before.
    fn keep(&self, words: Vec<Word>) {
        let short = |words: &[Word]| -> Vec<(usize, u32)> {
            words.iter().map(|word| (word.target, word.incident)).collect()
        };
        self.kept.send_if_modified(|before| {
            let changed = short(before) != short(&words);
            if changed {
                *before = words;
            }
            changed
        });
    }

    /// Place of a host's tier.
    fn tier(&self, target: usize) -> usize {
        self.plan.targets.get(target).map_or(0, |target| target.tier)
    }

    /// A host acknowledges the shutdown; whether it is the first time in this incident.
    pub(super) fn acknowledged(&self, target: usize, incident: u32) -> bool {
        self.leases().acknowledged(target, incident)
    }

    /// A host has asked for more time: it is shown, and in the journal.
    pub(super) fn holds(&self, target: usize, asked: Duration, granted: Duration, reason: String) {
        self.words.holds(target, asked, granted, reason);
        if let Ok(place) = u8::try_from(target) {
            // Full: the log has it.
            let _ = self.holds.try_send(HoldAsk {
                target: place,
                granted: !granted.is_zero(),
            });
        }
    }

    /// What the site calls a host.
    pub(super) fn name(&self, target: usize) -> &str {
        let target = self.plan.targets.get(target);
        target.map_or("?", |target| target.name.as_str())
    }

    /// One line for each episode.
    fn tell(&self, target: usize, news: Option<News>) {
        let name = self.name(target);
        let text = match news {
            None => return,
            Some(News::There(state)) => format!("is there; the host {}", state.text()),
            Some(News::Does(state)) => format!("the host {}", state.text()),
            Some(News::Silent(State::Stopping)) => "silent after it said that the host stops".into(),
            Some(News::Silent(
                state @ (State::Running | State::Capped | State::Draining | State::Drained),
            )) => format!("silent; it last said that the host {}", state.text()),
        };
        log::line(&format!("agent of {name}: {text}"));
    }

    /// Somebody was refused.
    pub(super) fn refused(&self, peer: SocketAddr, why: &str) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if refusals.is_new(peer.ip(), why, Instant::now()) {
            log::line(&format!("agent at {}: refused, {why}", peer.ip()));
        }
    }

    fn leases(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for one who has not said who it is; at the cap another of them yields.
    fn stranger(self: &Arc<Self>, from: IpAddr) -> Seat {
        let (number, yields) = self.seats().take(from);
        Seat {
            shared: Arc::clone(self),
            number,
            yields,
        }
    }
}

/// Refusals that are told: one that comes again and again is told once.
#[derive(Default)]
struct Refusals(Vec<(IpAddr, String, Instant)>);

impl Refusals {
    /// Whether it is to be told. One that has not come for so long is a new one.
    fn is_new(&mut self, from: IpAddr, why: &str, now: Instant) -> bool {
        self.0
            .retain(|(.., last)| now.saturating_duration_since(*last) < FORGOTTEN);
        let known = self.0.iter_mut().find(|(ip, text, _)| *ip == from && text == why);
        if let Some((.., last)) = known {
            *last = now;
            return false;
        }
        if self.0.len() >= REFUSALS_MAX {
            self.0.remove(0);
        }
        self.0.push((from, why.to_owned(), now));
        true
    }
}

/// A taken seat.
struct Taken {
    number: u64,
    /// The network it comes from.
    from: u64,
    /// The host, once it is known.
    target: Option<usize>,
    yields: Arc<Notify>,
}

/// Whom an address counts for: itself, or its network of 64 bits, of which a machine has as many addresses as it likes.
fn network(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(own) => u64::from(own.to_bits()),
        IpAddr::V6(own) => u64::try_from(own.to_bits() >> 64).unwrap_or(u64::MAX),
    }
}

#[derive(Default)]
struct Seats {
    last: u64,
    /// The oldest first.
    taken: Vec<Taken>,
}

impl Seats {
    fn take(&mut self, from: IpAddr) -> (u64, Arc<Notify>) {
        self.last += 1;
        let (yields, from) = (Arc::new(Notify::new()), network(from));
        self.taken.push(Taken {
            number: self.last,
            from,
            target: None,
            yields: Arc::clone(&yields),
        });
        let strangers = |from| move |taken: &Taken| taken.target.is_none() && taken.from == from;
        self.yield_to(strangers(from), STRANGERS_FROM_ONE);
        let all = self.taken.iter().filter(|taken| taken.target.is_none());
        if all.clone().count() > STRANGERS_MAX {
            let of = |from| self.taken.iter().filter(|taken| strangers(from)(taken)).count();
            // Of those with as many, whose oldest is the oldest.
            let most = all.map(|taken| of(taken.from)).max().unwrap_or(0);
            let crowd = self
                .taken
                .iter()
                .find(|taken| taken.target.is_none() && of(taken.from) == most);
            if let Some(from) = crowd.map(|taken| taken.from) {
                self.yield_to(strangers(from), most.saturating_sub(1));
            }
        }
        (self.last, yields)
    }

    /// The oldest of those that count together yields when there are more than `most`.
    fn yield_to(&mut self, together: impl Fn(&Taken) -> bool, most: usize) {
        let count = self.taken.iter().filter(|taken| together(taken)).count();
        if count > most
            && let Some(place) = self.taken.iter().position(together)
        {
            // It has lost its seat already; its task ends when it hears so.
            self.taken.remove(place).yields.notify_one();
        }
    }

    /// The seat is this host's from now on; false where there is no room for it.
    fn known(&mut self, number: u64, target: usize) -> bool {
        let hosts = self.taken.iter().filter(|taken| taken.target.is_some()).count();
        let own = self.taken.iter().any(|taken| taken.target == Some(target));
        if hosts >= CONNECTIONS_MAX && !own {
            return false;
        }
        let Some(taken) = self.taken.iter_mut().find(|taken| taken.number == number) else {
            return false;
        };
        taken.target = Some(target);
        // The one that has just come counts as the newest, whenever it connected.
        if let Some(place) = self.taken.iter().position(|taken| taken.number == number) {
            let taken = self.taken.remove(place);
            self.taken.push(taken);
        }
        self.yield_to(|taken| taken.target == Some(target), PER_HOST_MAX);
        true
    }
}

/// A connection's seat; dropped, it is free again.
pub(super) struct Seat {
    shared: Arc<Shared>,
    number: u64,
    yields: Arc<Notify>,
}

impl Seat {
    /// Waits until it has to yield.
    pub(super) async fn yields(&self) {
        self.yields.notified().await;
    }

    /// It is this host's; false where there is no room for it.
    pub(super) fn known(&self, target: usize) -> bool {
        self.shared.seats().known(self.number, target)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let number = self.number;
        self.shared.seats().taken.retain(|taken| taken.number != number);
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;

#[cfg(test)]
mod seat_tests {
    use super::*;

    fn numbers(seats: &Seats) -> Vec<u64> {
        seats.taken.iter().map(|taken| taken.number).collect()
    }

    fn at(number: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, number])
    }

    #[test]
    fn the_oldest_stranger_yields_and_no_host_does() {
        let mut seats = Seats::default();
        let (host, _) = seats.take(at(0));
        assert!(seats.known(host, 0));
        let strangers: Vec<u64> = (0..=STRANGERS_MAX)
            .map(|number| seats.take(at(u8::try_from(number).expect("few"))).0)
            .collect();
        let left = numbers(&seats);
        assert!(left.contains(&host) && !left.contains(&strangers[0]));
        assert_eq!(left.len(), 1 + STRANGERS_MAX);
        assert!(!seats.known(strangers[0], 1), "it has lost its seat");
    }

    #[test]
    fn one_machine_that_says_nothing_keeps_nobody_out() {
        let mut seats = Seats::default();
        let hosts: Vec<u64> = (0..12).map(|number| seats.take(at(number)).0).collect();
        let one = IpAddr::from([0x2001, 0xdb8, 0, 0, 1, 2, 3, 4]);
        let other = IpAddr::from([0x2001, 0xdb8, 0, 0, 9, 9, 9, 9]);
        let crowd: Vec<u64> = (0..100)
            .map(|number| seats.take(if number % 2 == 0 { one } else { other }).0)
            .collect();
        assert_eq!(numbers(&seats)[..12], hosts);
        assert_eq!(numbers(&seats)[12..], crowd[96..]);
        // Nor may it have all the seats that nobody else has.
        let mut alone = Seats::default();
        (0..9).for_each(|_| drop(alone.take(one)));
        assert_eq!(numbers(&alone), [6, 7, 8, 9]);
        // At the cap of all it is the crowd that yields.
        let (late, _) = seats.take(at(99));
        assert_eq!(numbers(&seats)[..12], hosts);
        assert_eq!(numbers(&seats)[12..], [crowd[97], crowd[98], crowd[99], late]);
    }

    #[test]
    fn a_refusal_is_told_once_for_each_episode() {
        let (mut refusals, at) = (Refusals::default(), Instant::now());
        let one = IpAddr::from([10, 0, 0, 1]);
        assert!(refusals.is_new(one, "old", at) && refusals.is_new(one, "other", at));
        let soon = at + FORGOTTEN / 2;
        assert!(!refusals.is_new(one, "old", soon));
        assert!(!refusals.is_new(one, "old", soon + FORGOTTEN / 2));
        assert!(refusals.is_new(one, "old", soon + FORGOTTEN * 2));
        for number in 0..=255 {
            refusals.is_new(IpAddr::from([10, 0, 1, number]), "x", at);
        }
        assert_eq!(refusals.0.len(), REFUSALS_MAX);
    }

    #[test]
    fn a_third_connection_of_a_host_takes_the_place_of_its_oldest() {
        let mut seats = Seats::default();
        let own: Vec<u64> = (0..3)
            .map(|_| {
                let (number, _) = seats.take(at(1));
                assert!(seats.known(number, 7));
                number
            })
            .collect();
        assert_eq!(numbers(&seats), own[1..]);
    }

    #[test]
    fn where_there_is_no_room_a_host_that_is_there_already_still_gets_in() {
        let mut seats = Seats::default();
        for target in 0..CONNECTIONS_MAX {
            let (number, _) = seats.take(at(1));
            assert!(seats.known(number, target));
        }
        let (number, _) = seats.take(at(1));
        assert!(!seats.known(number, CONNECTIONS_MAX));
        assert!(seats.known(number, 5));
    }
}
