//! Who is connected: the register behind the caps, the number of logins and the list of clients.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// A connection silent for longer may be closed for the sake of a new one.
const YIELDS_AFTER: Duration = Duration::from_secs(10);
/// Polls of the status on one connection from which it counts as a host's; a person looks once.
const POLLS: u32 = 3;

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
}

#[derive(Debug)]
struct Entry {
    peer: IpAddr,
    logged_in: bool,
    polls: u32,
    heard: Instant,
    displaced: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Register {
    next: u64,
    entries: HashMap<u64, Entry>,
    refused: u64,
    displaced: u64,
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
            logins: entries().filter(|entry| entry.logged_in).count(),
            polling_without_login: entries().filter(|entry| entry.unmanaged()).count(),
            refused: register.refused,
            displaced: register.displaced,
        }
    }

    /// Addresses that are logged in, once per login, sorted.
    pub fn clients(&self) -> Vec<IpAddr> {
        self.peers(|entry| entry.logged_in)
    }

    /// Addresses that poll the status like a host but are not logged in, once per connection, sorted.
    pub fn unmanaged(&self) -> Vec<IpAddr> {
        self.peers(Entry::unmanaged)
    }

    fn peers(&self, which: fn(&Entry) -> bool) -> Vec<IpAddr> {
        let register = self.lock();
        let found = register.entries.values().filter(|entry| which(entry));
        let mut peers: Vec<IpAddr> = found.map(|entry| entry.peer).collect();
        peers.sort_unstable();
        peers
    }

    /// A place for a new connection, or none at a cap.
    pub(super) fn enter(&self, peer: IpAddr, most: usize, per_peer: usize, now: Instant) -> Option<Place> {
        let mut register = self.lock();
        let own = register
            .entries
            .values()
            .filter(|entry| entry.peer == peer)
            .count();
        let full = if own >= per_peer {
            Some(Some(peer))
        } else {
            (register.entries.len() >= most).then_some(None)
        };
        if let Some(among) = full
            && !register.displace(among, now)
        {
            register.refused += 1;
            return None;
        }
        let id = register.next;
        register.next += 1;
        let displaced = Arc::new(Notify::new());
        let entry = Entry {
            peer,
            logged_in: false,
            polls: 0,
            heard: now,
            displaced: Arc::clone(&displaced),
        };
        register.entries.insert(id, entry);
        drop(register);
        Some(Place {
            watched: self.clone(),
            id,
            displaced,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Register> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Register {
    /// Closes the connection that has been silent longest, of this peer's or of all; false where none may go.
    fn displace(&mut self, among: Option<IpAddr>, now: Instant) -> bool {
        let idle = |entry: &Entry| now.saturating_duration_since(entry.heard);
        let gives_way = |entry: &Entry| {
            !entry.logged_in && idle(entry) > YIELDS_AFTER && among.is_none_or(|peer| entry.peer == peer)
        };
        let candidates = self.entries.iter().filter(|(_, entry)| gives_way(entry));
        let oldest = candidates.max_by_key(|(_, entry)| idle(entry)).map(|(id, _)| *id);
        let Some(entry) = oldest.and_then(|id| self.entries.remove(&id)) else {
            return false;
        };
        entry.displaced.notify_one();
        self.displaced += 1;
        true
    }
}

impl Entry {
    fn unmanaged(&self) -> bool {
        !self.logged_in && self.polls >= POLLS
    }
}

/// A connection's place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    watched: Watched,
    id: u64,
    displaced: Arc<Notify>,
}

impl Place {
    /// Notes what the connection has said.
    pub(super) fn heard(&self, logged_in: bool, polls: u32, now: Instant) {
        if let Some(entry) = self.watched.lock().entries.get_mut(&self.id) {
            entry.logged_in = logged_in;
            entry.polls = polls;
            entry.heard = now;
        }
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
mod tests {
    use super::*;

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn at_a_cap_the_longest_silent_goes_but_never_one_that_is_logged_in() {
        let (watched, now) = (Watched::default(), Instant::now());
        let enter = |peer, at| watched.enter(peer, 3, 2, at);
        let (one, two) = (enter(A, now).unwrap(), enter(A, now).unwrap());
        assert!(enter(A, now).is_none(), "the address has two");
        let three = enter(B, now).unwrap();
        assert!(enter(B, now).is_none(), "there are three");
        one.heard(true, 0, now);
        two.heard(false, 3, now);
        assert_eq!((watched.clients(), watched.unmanaged()), (vec![A], vec![A]));
        let later = now + YIELDS_AFTER + Duration::from_millis(1);
        three.heard(false, 0, later);
        let four = enter(B, later).expect("the second of the first address gives way");
        assert!(
            enter(A, later).is_none(),
            "what is left is logged in or not silent"
        );
        let figures = watched.figures();
        assert_eq!(
            (figures.connections, figures.logins, figures.polling_without_login),
            (3, 1, 0)
        );
        assert_eq!((figures.refused, figures.displaced), (3, 1));
        // The displaced one's end takes nobody's place away.
        drop(two);
        assert_eq!(watched.figures().connections, 3);
        drop((one, three, four));
        assert_eq!(watched.figures().connections, 0);
    }
}
