//! The sockets: caps, time-outs, and many lines of one packet answered in one write.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWrite;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout, timeout_at};

use super::Options;
use super::answer::{Next, Refused, Session, State, answer};
use super::line::{LINE_MAX, parse};
use super::variables::View;
use super::watched::Place;
use crate::hosts::order::{Order, Orders};
use crate::hosts::told::HostWord;

/// Wait after a failed accept: a process without descriptors gets some back only with time.
const PAUSE: Duration = Duration::from_millis(50);
/// Bytes read at once.
const READ: usize = 2048;
/// Bytes of answers from which they are written before further lines are looked at.
const WRITE: usize = 32 * 1024;
/// What is still read, and for how long, after a connection is told that it is closed: a close with unread bytes
/// would take the last answer away from the other side.
const DRAIN: (usize, Duration) = (64 * 1024, Duration::from_secs(1));

/// Serves the rack as a UPS. It does not end: a failed accept is tried again after a pause, and when the pictures
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
    let shared = Arc::new(Shared {
        options,
        orders: orders.clone(),
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
}

impl Shared {
    fn place(&self, peer: SocketAddr) -> Option<Place> {
        let options = &self.options;
        let (most, per_peer) = (options.connections, options.per_peer);
        options
            .watched
            .enter(peer.ip().to_canonical(), most, per_peer, Instant::now())
    }

    /// Answers one line.
    fn line(&self, line: &[u8], session: &mut Session, out: &mut String) -> Next {
        let now = Instant::now();
        let (latest, fresh) = self.orders.picture(now);
        let word = self.orders.told(now).tier(0).word;
        // As long as nobody knows what hosts are to do, nothing else is known either.
        let known = fresh && word != HostWord::Unknown;
        let state = State {
            options: &self.options,
            view: View {
                status: word,
                picture: known.then_some(&*latest.snapshot),
                simulated: latest.snapshot.simulated,
                rated_w: self.options.rated_w,
            },
            clients: &|| self.options.watched.clients(),
        };
        answer(&parse(line), session, &state, out)
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
    /// This is the last answer.
    Last,
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
                break Turn::Last;
            }
            let Some(end) = end else { break Turn::Answered };
            if out.len() >= WRITE {
                break Turn::More;
            }
            if line(body, &mut self.session, out) == Next::Close {
                break Turn::Last;
            }
            done += end + 1;
        };
        self.pending.drain(..done);
        turn
    }
}

async fn converse(mut stream: TcpStream, place: Place, shared: Arc<Shared>) {
    // A refusal by the kernel costs latency only.
    let _ = stream.set_nodelay(true);
    tokio::select! {
        // However it ends, the connection is closed.
        over = talk(&stream, &place, &shared) => {
            if over.is_ok() {
                let _ = timeout(DRAIN.1, close(&mut stream)).await;
            }
        }
        () = place.displaced() => {}
    }
}

/// Answers until the other side ends, is silent for too long, or is told that this was the last answer.
async fn talk(stream: &TcpStream, place: &Place, shared: &Shared) -> io::Result<()> {
    let (mut dialogue, idle) = (Dialogue::default(), shared.options.idle);
    let (mut bytes, mut out) = ([0; READ], String::new());
    let mut until = tokio::time::Instant::now() + idle;
    loop {
        timeout_at(until, stream.readable()).await??;
        let got = match stream.try_read(&mut bytes) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(got) => bytes.get(..got).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        dialogue.pending.extend_from_slice(got);
        loop {
            let turn = dialogue.answer(&mut out, |line, session, out| {
                let next = shared.line(line, session, out);
                place.heard(session.logged_in, session.polls, Instant::now());
                next
            });
            if !out.is_empty() {
                until = tokio::time::Instant::now() + idle;
                timeout_at(until, write(stream, out.as_bytes())).await??;
                out.clear();
            }
            match turn {
                Turn::Answered => break,
                Turn::More => {}
                Turn::Last => return Ok(()),
            }
        }
    }
}

async fn write(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn close(stream: &mut TcpStream) -> io::Result<()> {
    std::future::poll_fn(|cx| Pin::new(&mut *stream).poll_shutdown(cx)).await?;
    let (mut bytes, mut left) = ([0; READ], DRAIN.0);
    while left > 0 {
        stream.readable().await?;
        match stream.try_read(&mut bytes) {
            Ok(0) => break,
            Ok(got) => left = left.saturating_sub(got),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
