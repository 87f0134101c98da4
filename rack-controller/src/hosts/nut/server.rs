//! The sockets: caps, time-outs, and many lines of one packet answered in one write.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use points::host::{Observation, Says};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

use super::Options;
use super::answer::{Next, Refused, Session, State, answer};
use super::line::{LINE_MAX, parse};
use super::tls;
use super::variables::View;
use super::watched::{Caps, Place, STAYS_AFTER, Trouble};
use crate::hosts::order::{Order, Orders};
use crate::hosts::told::{HostWord, Told};
use crate::log;

/// Wait after a failed accept: a process without descriptors gets some back only with time.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest time that a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Bytes read at once.
const READ: usize = 2048;
/// Bytes of answers from which they are written before further lines are looked at.
const WRITE: usize = 32 * 1024;
/// What is still read, and for how long, after a connection is told that it is closed: a close with unread bytes
/// would take the last answer away from the other side.
const DRAIN: (usize, Duration) = (64 * 1024, Duration::from_secs(1));

/// Serves the tiers as UPSs. It does not end: a failed accept is tried again after a pause, and when the pictures
/// end it goes on with what they last said.
///
/// # Errors
/// None so far.
pub async fn serve(listener: TcpListener, core: Core, options: Options) -> io::Result<()> {
    let Core {
        mut orders,
        published,
    } = core;
    // One that came before this began is news too.
    orders.mark_changed();
    let acceptor = options.plan.nut.identity.as_ref().map(tls::acceptor).transpose();
    let shared = Arc::new(Shared {
        options,
        orders: orders.clone(),
        // Hosts that do not insist on encryption have to hear of a shutdown all the same.
        acceptor: acceptor.unwrap_or_else(|why| {
            log::line(&format!(
                "NUT: STARTTLS is refused, the certificate cannot be used: {why}"
            ));
            None
        }),
    });
    let (mut connections, mut telling) = (JoinSet::new(), true);
    loop {
        tokio::select! {
            changed = orders.changed(), if telling => {
                telling = changed;
                // Whoever asks from here on hears it: that is what is confirmed.
                published.send_replace(orders.take());
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    if let Some(place) = shared.place(peer) {
                        connections.spawn(converse(stream, place, Arc::clone(&shared)));
                    }
                }
                Err(_) => sleep(PAUSE).await,
            },
            // Ended connections leave nothing behind.
            Some(_) = connections.join_next() => {}
        }
    }
}

/// What passes between this server and the core.
#[derive(Debug)]
pub struct Core {
    /// What the core has committed about the hosts' shutdown.
    pub orders: Orders,
    /// What is published of it.
    pub published: watch::Sender<Order>,
}

struct Shared {
    options: Options,
    orders: Orders,
    acceptor: Option<TlsAcceptor>,
}

impl Shared {
    fn place(&self, peer: SocketAddr) -> Option<Place> {
        let (plan, peer) = (&self.options.plan, peer.ip().to_canonical());
        let caps = Caps {
            most: plan.nut.connections.into(),
            per_peer: plan.nut.per_peer.into(),
        };
        let target = plan.target_at(peer);
        self.options.watched.enter(peer, target, caps, Instant::now())
    }

    /// Answers one line, and notes what it says of who asks.
    fn line(
        &self,
        line: &[u8],
        session: &mut Session,
        encrypted: bool,
        place: &Place,
        out: &mut String,
    ) -> Next {
        let now = Instant::now();
        let (latest, fresh) = self.orders.picture(now);
        let told = self.orders.told(now);
        let target = self.options.plan.target_at(place.peer());
        let view = |tier: usize| {
            let word = self.word(&told, target, tier);
            // As long as nobody knows what hosts are to do, nothing else is known either.
            let known = fresh && word != HostWord::Unknown;
            let plan = self.options.plan.tiers.get(tier);
            View {
                status: word,
                on_loss: plan.map(|plan| plan.on_controller_loss).unwrap_or_default(),
                picture: known.then_some(&*latest.snapshot),
                simulated: latest.snapshot.simulated,
                rated_w: self.options.rated_w,
            }
        };
        let state = State {
            options: &self.options,
            peer: place.peer(),
            encrypted,
            encrypts: self.acceptor.is_some(),
            view: &view,
            clients: &|tier| self.options.watched.clients(tier),
        };
        let was = session.login;
        let next = answer(&parse(line), session, &state, out);
        if let Some(tier) = place.heard(session.login, session.polled, now) {
            let name = self
                .options
                .plan
                .tiers
                .get(tier)
                .map_or("", |plan| plan.name.as_str());
            log::line(&format!(
                "NUT: {} was told more than {} s ago that tier {name} shuts down, and stays; if it monitors another UPS too, set its \
                 MINSUPPLIES so that it needs both",
                place.peer(),
                STAYS_AFTER.as_secs()
            ));
        }
        self.note_trouble(session, was.is_none(), place);
        if session.login.is_some() && session.polled.is_some() {
            self.see(place, Says::Up, now, told.incident);
        }
        next
    }

    /// What is told of a tier to who asks: a host that a drill has named hears of its own tier what nobody else does.
    fn word(&self, told: &Told, target: Option<usize>, tier: usize) -> HostWord {
        let of = |place: &usize| self.options.plan.targets.get(*place).map(|target| target.tier);
        let own = target.filter(|place| of(place) == Some(tier));
        own.map_or(told.tier(tier), |place| told.target(place, tier)).word
    }

    /// Logs a refused login once, and that it is over.
    fn note_trouble(&self, session: &Session, new: bool, place: &Place) {
        let peer = place.peer();
        if session.denied && place.trouble(Trouble::Denied) {
            let clear = if self.options.plan.nut.require_tls {
                "; require_tls is set, so its client has to be built with TLS"
            } else {
                ""
            };
            log::line(&format!(
                "NUT: a login from {peer} is refused; it is told when to shut down all the same, but not counted: compare user, \
                 password and tiers in its MONITOR line with [nut] in the site's file{clear}"
            ));
        } else if new && session.login.is_some() && place.mended(Trouble::Denied) {
            log::line(&format!("NUT: {peer} is logged in again"));
        }
    }

    /// The other side has gone by itself. Where it knew that it has to shut down, that is its acknowledgement; at any
    /// other time it says nothing.
    fn gone(&self, place: &Place) {
        let now = Instant::now();
        let told = self.orders.told(now);
        let target = self.options.plan.target_at(place.peer());
        if place
            .leaves()
            .is_some_and(|tier| self.word(&told, target, tier) == HostWord::ShutDown)
        {
            self.see(place, Says::Stopping, now, told.incident);
        }
    }

    /// Notes what is seen of the target that has this address.
    fn see(&self, place: &Place, says: Says, at: Instant, incident: u32) {
        if let Some(target) = self.options.plan.target_at(place.peer()) {
            self.options
                .sightings
                .note(target, Observation::Nut, says, at, incident);
        }
    }
}

/// One connection's unanswered bytes and what it has said.
#[derive(Default)]
struct Dialogue {
    pending: Vec<u8>,
    session: Session,
}

/// How far a dialogue has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Every whole line is answered.
    Answered,
    /// There may be more to answer once this is written.
    More,
    /// This is the last answer, and why.
    Last(Over),
}

impl Dialogue {
    /// Answers whole lines until enough is to be written; whether any was answered, and how far that is.
    fn answer(
        &mut self,
        out: &mut String,
        mut line: impl FnMut(&[u8], &mut Session, &mut String) -> Next,
    ) -> Turn {
        let mut done = 0;
        let turn = loop {
            let rest = self.pending.get(done..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n');
            let body = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if body.strip_suffix(b"\r").unwrap_or(body).len() > LINE_MAX {
                out.push_str(Refused::InvalidArgument.line());
                break Turn::Last(Over::Refused);
            }
            let Some(end) = end else { break Turn::Answered };
            if out.len() >= WRITE {
                break Turn::More;
            }
            let next = line(body, &mut self.session, out);
            done += end + 1;
            match next {
                Next::Go => {}
                Next::Close => break Turn::Last(Over::LoggedOut),
                // What stands behind it in the clear could be somebody else's words in an encrypted dialogue.
                Next::Encrypt if self.pending.len() > done => break Turn::Last(Over::Refused),
                Next::Encrypt => break Turn::Last(Over::Encrypt),
            }
        };
        self.pending.drain(..done);
        turn
    }
}

/// How a dialogue has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The other side has logged out: it is told so, and waits for the end.
    LoggedOut,
    /// The other side has closed.
    Gone,
    /// What it sent was no line.
    Refused,
    /// It was silent too long, or did not take its answers.
    Silent,
    /// It goes on encrypted.
    Encrypt,
}

async fn converse(stream: TcpStream, place: Place, shared: Arc<Shared>) {
    // A refusal by the kernel costs latency only.
    let _ = stream.set_nodelay(true);
    tokio::select! {
        () = both(stream, &place, &shared) => {}
        () = place.displaced() => {}
    }
}

/// In the clear, and encrypted where that is asked for. However it ends, the connection is closed.
async fn both(mut stream: TcpStream, place: &Place, shared: &Shared) {
    let over = talk(&mut stream, false, place, shared).await;
    let (Over::Encrypt, Some(acceptor)) = (over, &shared.acceptor) else {
        return part(stream, over, place, shared).await;
    };
    let peer = place.peer();
    match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(mut stream)) => {
            if place.mended(Trouble::Handshake) {
                log::line(&format!("NUT: {peer} is encrypted again"));
            }
            let over = talk(&mut stream, true, place, shared).await;
            part(stream, over, place, shared).await;
        }
        Ok(Err(why)) if place.trouble(Trouble::Handshake) => log::line(&format!(
            "NUT: STARTTLS with {peer} fails: {why}; compare its CERTPATH and CERTHOST with certificate_file of [nut] in the \
             site's file"
        )),
        Err(_) if place.trouble(Trouble::Handshake) => log::line(&format!(
            "NUT: STARTTLS with {peer} is not done within {} s; is it overloaded, or no NUT client?",
            HANDSHAKE.as_secs()
        )),
        Ok(Err(_)) | Err(_) => {}
    }
}

/// Notes the end, and lets the other side have the last answer.
async fn part(mut stream: impl AsyncRead + AsyncWrite + Unpin, over: Over, place: &Place, shared: &Shared) {
    match over {
        Over::LoggedOut | Over::Gone => shared.gone(place),
        Over::Refused | Over::Silent | Over::Encrypt => {}
    }
    match over {
        Over::LoggedOut | Over::Refused => {
            let _ = timeout(DRAIN.1, close(&mut stream)).await;
        }
        Over::Gone | Over::Silent | Over::Encrypt => {}
    }
}

/// Answers until the other side ends, is silent for too long, or is told that this was the last answer.
async fn talk(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    encrypted: bool,
    place: &Place,
    shared: &Shared,
) -> Over {
    // What was said in the clear may have been anybody's: an encrypted dialogue begins anew.
    let (mut dialogue, idle) = (Dialogue::default(), shared.options.idle);
    let (mut bytes, mut out) = ([0; READ], String::new());
    let mut until = tokio::time::Instant::now() + idle;
    loop {
        let got = match timeout_at(until, stream.read(&mut bytes)).await {
            Ok(Ok(0) | Err(_)) => return Over::Gone,
            Ok(Ok(got)) => bytes.get(..got).unwrap_or_default(),
            Err(_) => return Over::Silent,
        };
        dialogue.pending.extend_from_slice(got);
        loop {
            let turn = dialogue.answer(&mut out, |line, session, out| {
                shared.line(line, session, encrypted, place, out)
            });
            if !out.is_empty() {
                until = tokio::time::Instant::now() + idle;
                match timeout_at(until, write(stream, out.as_bytes())).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return Over::Gone,
                    Err(_) => return Over::Silent,
                }
                out.clear();
            }
            match turn {
                Turn::Answered => break,
                Turn::More => {}
                Turn::Last(over) => return over,
            }
        }
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await
}

async fn close(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    stream.shutdown().await?;
    let (mut bytes, mut left) = ([0; READ], DRAIN.0);
    while left > 0 {
        match stream.read(&mut bytes).await? {
            0 => break,
            got => left = left.saturating_sub(got),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
