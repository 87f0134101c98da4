//! Who is connected and what each has heard: the register behind the caps, the number of logins, the list of clients,
//! and the two traps of stock clients: one that obeys without being counted, one that is counted and does not obey.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use points::host::{TIERS, TargetSet};
use tokio::sync::Notify;

use crate::hosts::told::HostWord;

/// A connection silent for longer may be closed for the sake of a new one.
const YIELDS_AFTER: Duration = Duration::from_secs(10);
/// Polls of the status on one connection from which it counts as a host's; a person looks once.
const POLLS: u32 = 3;
/// A host that is logged in and still asks so long after it was told to shut down does not obey. `upsmon` asks no more
/// once it obeys: FINALDELAY is spent in silence.
pub const STAYS_AFTER: Duration = Duration::from_secs(15);
/// Addresses whose trouble is remembered so that it is logged once; of further ones nothing is logged, they are counted.
const TROUBLED_MAX: usize = 64;

/// Counts of now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Connections.
    pub connections: usize,
    /// Connections that are logged in.
    pub logins: usize,
    /// Connections that poll the status like a host but are not logged in: they obey, and nobody counts on them.
    pub polling_without_login: usize,
    /// Connections refused at a cap since start.
    pub refused: u64,
    /// Connections closed for the sake of a new one since start.
    pub displaced: u64,
    /// Logins refused since start: wrong user, password or tier, or in the clear where encryption is required.
    pub denied: u64,
    /// Handshakes of `STARTTLS` that failed since start.
    pub handshakes_failed: u64,
}

/// Counts of now, of one tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TierFigures {
    /// Connections that are logged in to it.
    pub logins: usize,
    /// Those of them that come from no host that the site names.
    pub strangers: usize,
    /// Connections that poll its status like a host but are not logged in.
    pub polling_without_login: usize,
    /// Connections that are logged in, have heard that they have to shut down, and go on asking.
    pub heard_but_stays: usize,
}

/// Addresses of one kind of clients of a tier that are told; of further ones there is the number.
pub const ADDRESSES_MOST: usize = 8;

/// Who is at one tier now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TierClients {
    /// Counts.
    pub figures: TierFigures,
    /// From where those come that are logged in and that no host of the site is: the first [`ADDRESSES_MOST`], each once, sorted.
    pub strangers: Vec<IpAddr>,
    /// From where those come that ask without being logged in: the same.
    pub polling_without_login: Vec<IpAddr>,
}

/// Counts of now, of one host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostFigures {
    /// It asks for a status like a host.
    pub polls: bool,
    /// It is logged in.
    pub logged_in: bool,
    /// Its logins are refused.
    pub denied: bool,
    /// The time between its last two questions, the longest of its connections'.
    pub gap: Option<Duration>,
}

/// What one connection asks of one tier.
#[derive(Clone, Copy, Debug, Default)]
struct Asks {
    polls: u32,
    last: Option<Instant>,
    /// Between the last question and the one before.
    gap: Option<Duration>,
    /// Since when it has heard nothing but that the tier has to shut down.
    told: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    peer: IpAddr,
    /// The host that the site names with this address.
    target: Option<usize>,
    login: Option<usize>,
    asks: [Asks; TIERS],
    heard: Instant,
    displaced: Arc<Notify>,
}

/// What an address may be in trouble with; logged once until it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Trouble {
    /// Its logins are refused.
    Denied,
    /// Its handshakes fail.
    Handshake,
}

#[derive(Debug, Default)]
struct Register {
    next: u64,
    entries: HashMap<u64, Entry>,
    troubled: HashSet<(IpAddr, Trouble)>,
    refused: u64,
    displaced: u64,
    denied: u64,
    handshakes_failed: u64,
}

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caps {
    /// In all.
    pub(super) most: usize,
    /// From one address.
    pub(super) per_peer: usize,
}

/// A look at who is connected. Clones show the same.
#[derive(Clone, Debug, Default)]
pub struct Watched(Arc<Mutex<Register>>);

impl Watched {
    /// Counts of now.
    pub fn figures(&self) -> Figures {
        let register = self.lock();
        let entries = || register.entries.values();
        Figures {
            connections: register.entries.len(),
            logins: entries().filter(|entry| entry.login.is_some()).count(),
            polling_without_login: entries().filter(|entry| entry.unmanaged()).count(),
            refused: register.refused,
            displaced: register.displaced,
            denied: register.denied,
            handshakes_failed: register.handshakes_failed,
        }
    }

    /// Counts of now, by tier.
    pub fn tiers(&self) -> [TierFigures; TIERS] {
        let register = self.lock();
        std::array::from_fn(|tier| register.tier(tier))
    }

    /// Who is there now, by tier.
    pub fn tier_clients(&self) -> [TierClients; TIERS] {
        let register = self.lock();
        std::array::from_fn(|tier| TierClients {
            figures: register.tier(tier),
            strangers: register.from(|entry| entry.login == Some(tier) && entry.target.is_none()),
            polling_without_login: register.from(|entry| entry.unmanaged_in(tier)),
        })
    }

    /// Counts of now, of the host with these addresses.
    pub fn host(&self, addresses: &[IpAddr]) -> HostFigures {
        let register = self.lock();
        let own = |peer: &IpAddr| {
            addresses
                .iter()
                .any(|at| at.to_canonical() == peer.to_canonical())
        };
        let entries = || register.entries.values().filter(|entry| own(&entry.peer));
        let asks = || entries().flat_map(|entry| entry.asks.iter());
        HostFigures {
            polls: asks().any(|asks| asks.polls >= POLLS),
            logged_in: entries().any(|entry| entry.login.is_some()),
            denied: register
                .troubled
                .iter()
                .any(|(peer, trouble)| own(peer) && *trouble == Trouble::Denied),
            gap: asks().filter_map(|asks| asks.gap).max(),
        }
    }

    /// Addresses that are logged in to a tier, once per login, sorted.
    pub fn clients(&self, tier: usize) -> Vec<IpAddr> {
        self.peers(|entry| entry.login == Some(tier))
    }

    /// Addresses that poll a tier's status like a host but are not logged in, once per connection, sorted.
    pub fn unmanaged(&self, tier: usize) -> Vec<IpAddr> {
        self.peers(|entry| entry.unmanaged_in(tier))
    }

    /// Addresses that are logged in to a tier and were told to shut down, but still ask more than [`STAYS_AFTER`] later,
    /// once per login, sorted. The usual reason is a host that monitors another UPS too and has MINSUPPLIES too low.
    pub fn heard_but_stays(&self, tier: usize) -> Vec<IpAddr> {
        self.peers(|entry| entry.stays(tier))
    }

    /// Hosts of the site of which that is so: their addresses say who they are.
    pub fn stays(&self) -> TargetSet {
        let register = self.lock();
        let stay = |entry: &&Entry| entry.login.is_some_and(|tier| entry.stays(tier));
        let hosts = register.entries.values().filter(stay);
        let places = hosts.filter_map(|entry| entry.target);
        places.fold(TargetSet::EMPTY, TargetSet::with)
    }

    fn peers(&self, which: impl Fn(&Entry) -> bool) -> Vec<IpAddr> {
        let register = self.lock();
        let found = register.entries.values().filter(|entry| which(entry));
        let mut peers: Vec<IpAddr> = found.map(|entry| entry.peer).collect();
        peers.sort_unstable();
        peers
    }

    /// A place for a new connection, or none at a cap. `target`: the host that the site names with its address.
    pub(super) fn enter(
        &self,
        peer: IpAddr,
        target: Option<usize>,
        caps: Caps,
        now: Instant,
    ) -> Option<Place> {
        let mut register = self.lock();
        let own = register
            .entries
            .values()
            .filter(|entry| entry.peer == peer)
            .count();
        let gives_way = if own >= caps.per_peer {
            Some(register.longest_silent(now, |entry| entry.peer == peer && entry.yields(now)))
        } else {
            let full = register.entries.len() >= caps.most;
            full.then(|| {
                let idle = register.longest_silent(now, |entry| entry.yields(now));
                // A host that has to be reached is not kept out by strangers, however talkative they are.
                idle.or_else(|| {
                    let stranger =
                        |entry: &Entry| target.is_some() && entry.target.is_none() && entry.login.is_none();
                    register.longest_silent(now, stranger)
                })
            })
        };
        match gives_way {
            None => {}
            Some(Some(id)) => register.displace(id),
            Some(None) => {
                register.refused += 1;
                return None;
            }
        }
        let id = register.next;
        register.next += 1;
        let displaced = Arc::new(Notify::new());
        let entry = Entry {
            peer,
            target,
            login: None,
            asks: [Asks::default(); TIERS],
            heard: now,
            displaced: Arc::clone(&displaced),
        };
        register.entries.insert(id, entry);
        drop(register);
        Some(Place {
            watched: self.clone(),
            id,
            peer,
            displaced,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Register> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Register {
    fn tier(&self, tier: usize) -> TierFigures {
        let count =
            |which: &dyn Fn(&Entry) -> bool| self.entries.values().filter(|entry| which(entry)).count();
        TierFigures {
            logins: count(&|entry| entry.login == Some(tier)),
            strangers: count(&|entry| entry.login == Some(tier) && entry.target.is_none()),
            polling_without_login: count(&|entry| entry.unmanaged_in(tier)),
            heard_but_stays: count(&|entry| entry.stays(tier)),
        }
    }

    /// From where they come, each address once, sorted, the first few.
    fn from(&self, which: impl Fn(&Entry) -> bool) -> Vec<IpAddr> {
        let found = self.entries.values().filter(|entry| which(entry));
        let peers: BTreeSet<IpAddr> = found.map(|entry| entry.peer.to_canonical()).collect();
        peers.into_iter().take(ADDRESSES_MOST).collect()
    }

    /// The longest silent of these connections.
    fn longest_silent(&self, now: Instant, which: impl Fn(&Entry) -> bool) -> Option<u64> {
        let candidates = self.entries.iter().filter(|(_, entry)| which(entry));
        candidates
            .max_by_key(|(_, entry)| entry.silent(now))
            .map(|(id, _)| *id)
    }

    fn displace(&mut self, id: u64) {
        if let Some(entry) = self.entries.remove(&id) {
            entry.displaced.notify_one();
            self.displaced += 1;
        }
    }
}

impl Entry {
    fn silent(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.heard)
    }

    fn yields(&self, now: Instant) -> bool {
        self.login.is_none() && self.silent(now) > YIELDS_AFTER
    }

    fn unmanaged_in(&self, tier: usize) -> bool {
        self.login.is_none() && self.asks.get(tier).is_some_and(|asks| asks.polls >= POLLS)
    }

    fn unmanaged(&self) -> bool {
        (0..TIERS).any(|tier| self.unmanaged_in(tier))
    }

    fn stays(&self, tier: usize) -> bool {
        let asks = self.asks.get(tier).copied().unwrap_or_default();
        let since_told = asks.last.zip(asks.told);
        self.login == Some(tier)
            && since_told.is_some_and(|(last, told)| last.saturating_duration_since(told) > STAYS_AFTER)
    }

    /// The tier it is logged in to, if it knows that it has to shut down.
    fn told(&self) -> Option<usize> {
        let told = |tier: &usize| self.asks.get(*tier).is_some_and(|asks| asks.told.is_some());
        self.login.filter(told)
    }
}

/// A connection's place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    watched: Watched,
    id: u64,
    peer: IpAddr,
    displaced: Arc<Notify>,
}

impl Place {
    /// Whose it is.
    pub(super) const fn peer(&self) -> IpAddr {
        self.peer
    }

    /// Notes what the connection has said: the tier it is logged in to, and which tier's status it asked for and heard.
    /// The tier, where it has just become clear that it stays though it was told to shut down.
    pub(super) fn heard(
        &self,
        login: Option<usize>,
        polled: Option<(usize, HostWord)>,
        now: Instant,
    ) -> Option<usize> {
        let mut register = self.watched.lock();
        let entry = register.entries.get_mut(&self.id)?;
        entry.login = login;
        entry.heard = now;
        let (tier, word) = polled?;
        let stayed = entry.stays(tier);
        if let Some(asks) = entry.asks.get_mut(tier) {
            asks.polls = asks.polls.saturating_add(1);
            asks.gap = asks.last.map(|last| now.saturating_duration_since(last));
            asks.last = Some(now);
            asks.told = (word == HostWord::ShutDown).then(|| asks.told.unwrap_or(now));
        }
        (!stayed && entry.stays(tier)).then_some(tier)
    }

    /// The other side has logged out or is gone: it is logged in no longer. The tier it was logged in to, where it knew
    /// that it has to shut down.
    pub(super) fn leaves(&self) -> Option<usize> {
        let mut register = self.watched.lock();
        let entry = register.entries.get_mut(&self.id)?;
        let told = entry.told();
        entry.login = None;
        entry.asks = [Asks::default(); TIERS];
        told
    }

    /// Counts the trouble; whether it is the first of its kind with this address since it was over.
    pub(super) fn trouble(&self, trouble: Trouble) -> bool {
        let mut register = self.watched.lock();
        match trouble {
            Trouble::Denied => register.denied += 1,
            Trouble::Handshake => register.handshakes_failed += 1,
        }
        register.troubled.len() < TROUBLED_MAX && register.troubled.insert((self.peer, trouble))
    }

    /// This went well; whether it was in trouble before.
    pub(super) fn mended(&self, trouble: Trouble) -> bool {
        self.watched.lock().troubled.remove(&(self.peer, trouble))
    }

    /// Waits until somebody else needs the place.
    pub(super) async fn displaced(&self) {
        self.displaced.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.watched.lock().entries.remove(&self.id);
    }
}

#[cfg(test)]
#[path = "watched_tests.rs"]
mod tests;
