//! One connection: who it is, then orders out and words in, each within its time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};

use rack_agent::protocol::frame::{self, FrameError, Incoming};
use rack_agent::protocol::{
    Able, BEAT, FromAgent, FromController, Hello, LEASE, State, TEXT_MAX, VERSION, bounded, hex, ms,
    rehearsal,
};
use ring::digest::{SHA256, digest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout, timeout_at};
use tokio_rustls::server::TlsStream;

use points::host::Gauge;

use super::EnrolAsk;
use super::server::{Seat, Shared};
use super::words::{self, Speaker};
use crate::hosts::certificates;
use crate::hosts::rehearsal::{AgentSaid, stage};
use crate::hosts::told::HostWord;
use crate::log;

/// Time for TLS and for the first word, each.
const FIRST: Duration = Duration::from_secs(5);
/// Longest that the core is waited for.
const CORE: Duration = Duration::from_secs(5);
/// Longest that a word may take to be written.
const WRITE: Duration = Duration::from_secs(5);
/// Words of one host in a lease; more are too many, and end the connection.
const WORDS_MAX: u32 = 256;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Frame(#[from] FrameError),
    #[error("{0}")]
    Sign(#[from] rack_agent::protocol::order::SignError),
    #[error("not in time")]
    Late,
    #[error("a word out of turn")]
    Turn,
    #[error("more than {WORDS_MAX} words in a lease")]
    Many,
    #[error("refused: {0}")]
    Refused(String),
}

/// Serves one connection to its end.
pub(super) async fn run(stream: TcpStream, peer: SocketAddr, seat: Seat, shared: Arc<Shared>) {
    // A refusal by the kernel costs latency only.
    let _ = stream.set_nodelay(true);
    tokio::select! {
        ended = converse(stream, &seat, &shared) => {
            // Strangers that speak no TLS are no news; whoever is refused has a line.
            if let Err(Ended::Refused(why)) = ended {
                shared.refused(peer, &why);
            }
        }
        () = seat.yields() => {}
    }
}

/// A stream and what has come of the next word.
struct Line {
    stream: TlsStream<TcpStream>,
    incoming: Incoming,
}

impl Line {
    async fn next(&mut self) -> Result<FromAgent, Ended> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(word) = self.incoming.take()? {
                return Ok(word);
            }
            match self.stream.read(&mut bytes).await? {
                0 => return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
                got => self.incoming.extend(bytes.get(..got).unwrap_or_default()),
            }
        }
    }

    async fn send(&mut self, word: &FromController) -> Result<(), Ended> {
        let bytes = frame::encode(word)?;
        let written = timeout(WRITE, async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        });
        Ok(written.await.map_err(|_| Ended::Late)??)
    }

    /// Says no, and why.
    async fn refuse<T>(&mut self, reason: String) -> Result<T, Ended> {
        let reason = bounded(&reason);
        self.send(&FromController::Refused {
            reason: reason.clone(),
        })
        .await?;
        let _ = timeout(WRITE, self.stream.shutdown()).await;
        Err(Ended::Refused(reason))
    }
}

/// The certificate that the other end has shown.
#[derive(Clone, Copy)]
struct Shown {
    /// Its SHA-256.
    fingerprint: [u8; 32],
    /// When it ends, in Unix seconds, where it reads.
    end: Option<i64>,
}

async fn converse(stream: TcpStream, seat: &Seat, shared: &Shared) -> Result<(), Ended> {
    let stream = match timeout(FIRST, shared.acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        // Somebody with a certificate of another authority is worth a line; a port scanner is not.
        Ok(Err(error)) => {
            let foreign = error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>())
                .is_some_and(|error| matches!(error, rustls::Error::InvalidCertificate(_)));
            return Err(if foreign {
                Ended::Refused(format!("{error}: not a certificate of this rack"))
            } else {
                error.into()
            });
        }
        Err(_) => return Err(Ended::Late),
    };
    let certificate = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let shown: Option<Shown> = certificate.first().and_then(|der| {
        Some(Shown {
            fingerprint: digest(&SHA256, der).as_ref().try_into().ok()?,
            end: certificates::end(der),
        })
    });
    let mut line = Line {
        stream,
        incoming: Incoming::default(),
    };
    let first = timeout(FIRST, line.next()).await.map_err(|_| Ended::Late)??;
    match (first, shown) {
        (
            FromAgent::Enrol {
                version,
                secret,
                public_key,
            },
            None,
        ) => enrol(&mut line, shared, version, &secret, &public_key).await,
        (FromAgent::Hello(hello), Some(shown)) => known(&mut line, seat, shared, &hello, shown).await,
        (
            FromAgent::Enrol { .. }
            | FromAgent::Hello(_)
            | FromAgent::Beat { .. }
            | FromAgent::Ack { .. }
            | FromAgent::Progress { .. }
            | FromAgent::HoldRequest { .. }
            | FromAgent::Rehearsed { .. }
            | FromAgent::Bye { .. },
            _,
        ) => Err(Ended::Turn),
    }
}

/// Carries a request to enrol to the core, and its answer back.
async fn enrol(
    line: &mut Line,
    shared: &Shared,
    version: u16,
    secret: &str,
    public_key: &str,
) -> Result<(), Ended> {
    if version != VERSION {
        return line
            .refuse(format!(
                "the agent speaks version {version}, the controller {VERSION}"
            ))
            .await;
    }
    let (Some(secret), Some(public_key)) = (hex::array(secret), hex::array(public_key)) else {
        return Err(Ended::Turn);
    };
    let (answer, answered) = oneshot::channel();
    let ask = EnrolAsk {
        secret,
        public_key,
        answer,
    };
    if shared.enrolments.try_send(ask).is_err() {
        return line
            .refuse("too many hosts enrol at once; try again".into())
            .await;
    }
    match timeout(CORE, answered).await {
        Ok(Ok(Ok(granted))) => {
            line.send(&FromController::Enrolled {
                host: granted.host,
                certificate: hex::encode(&granted.certificate),
                signed_by: hex::encode(&granted.signed_by),
            })
            .await?;
            let _ = timeout(WRITE, line.stream.shutdown()).await;
            Ok(())
        }
        Ok(Ok(Err(reason))) => line.refuse(reason).await,
        Ok(Err(_)) | Err(_) => line.refuse("the core does not answer; try again".into()).await,
    }
}

/// Finds the host of a certificate and talks to it.
async fn known(
    line: &mut Line,
    seat: &Seat,
    shared: &Shared,
    hello: &Hello,
    shown: Shown,
) -> Result<(), Ended> {
    let host = |enrolled: &[super::plan::Enrolled]| {
        let found = enrolled.iter().find(|one| one.fingerprint == shown.fingerprint);
        found.map(|one| one.host.clone())
    };
    let mut enrolled = shared.enrolled.clone();
    let Some(name) = host(&enrolled.borrow_and_update()) else {
        return line
            .refuse("this certificate is not enrolled any more; enrol the host again".into())
            .await;
    };
    if hello.version != VERSION {
        return line
            .refuse(format!(
                "{name}: the agent speaks version {}, the controller {VERSION}",
                hello.version
            ))
            .await;
    }
    let Some(target) = shared.plan.targets.iter().position(|target| target.name == name) else {
        return line
            .refuse(format!("the site's file has no host {name:?} any more"))
            .await;
    };
    let in_bounds = hello.nonce.len() == 32
        && [&hello.program, &hello.boot_id]
            .iter()
            .all(|text| text.len() <= TEXT_MAX);
    if hello.host != name || !in_bounds {
        return Err(Ended::Turn);
    }
    if !seat.known(target) {
        return line.refuse("too many hosts are connected".into()).await;
    }
    shared.facts.shows(target, shown.end);
    warn_of_long_stops(shared, target, hello);
    let unit_stop = hello.unit_stop_ms.map(Duration::from_millis);
    shared.facts.agent(target, unit_stop);
    let estimate = Duration::from_millis(hello.stop_ms);
    shared
        .words
        .there(target, Some(estimate), unit_stop, Clock::now());
    line.send(&FromController::Welcome {
        version: VERSION,
        rack: shared.rack.clone(),
        lease_ms: ms(LEASE),
        beat_ms: ms(BEAT),
    })
    .await?;
    let place = shared.plan.targets.get(target).map_or(0, |target| target.tier);
    let Some(tier) = shared.plan.tiers.get(place) else {
        return Err(Ended::Turn);
    };
    let mut talk = Talk {
        target,
        tier: place,
        speaker: Speaker::new(name, hello.nonce.clone(), hello.last, tier, shared.dead_man_ms),
        held: Duration::ZERO,
        incident: 0,
        words: 0,
        counted: Instant::now(),
    };
    let (mut told, mut rehearsals) = (shared.told.clone(), shared.rehearsals.clone());
    told.mark_changed();
    // One that runs already is this connection's too.
    rehearsals.mark_changed();
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut lease = Instant::now() + LEASE;
    loop {
        tokio::select! {
            word = timeout_at(lease, line.next()) => {
                let word = word.map_err(|_| Ended::Late)??;
                lease = Instant::now() + LEASE;
                if !talk.hear(word, line, shared).await? {
                    return Ok(());
                }
            }
            changed = told.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                talk.order(line, shared).await?;
                beats.reset();
            }
            _ = beats.tick() => talk.order(line, shared).await?,
            Ok(()) = rehearsals.changed() => {
                let number = *rehearsals.borrow_and_update();
                if let Some(number) = number {
                    talk.rehearse(number, &hello.able, line, shared).await?;
                }
            }
            Ok(()) = enrolled.changed() => {
                if host(&enrolled.borrow_and_update()).is_none() {
                    return line.refuse("this host was removed or enrolled again".into()).await;
                }
            }
        }
    }
}

/// A host whose units may take longer than its tier has is told of: the plan is then a hope.
fn warn_of_long_stops(shared: &Shared, target: usize, hello: &Hello) {
    let Some(target) = shared.plan.targets.get(target) else {
        return;
    };
    let given = shared
        .plan
        .tiers
        .get(target.tier)
        .map(|tier| tier.stop.as_us() / 1000);
    if let (Some(given), Some(longest)) = (given, hello.unit_stop_ms)
        && longest > given
    {
        log::line(&format!(
            "agent of {}: a unit may take {} s to stop (TimeoutStopUSec), its tier has {} s",
            target.name,
            longest / 1000,
            given / 1000
        ));
    }
}

/// A conversation with a host.
struct Talk {
    target: usize,
    tier: usize,
    speaker: Speaker,
    /// Time that was granted in this incident.
    held: Duration,
    incident: u32,
    words: u32,
    counted: Instant,
}

impl Talk {
    async fn order(&mut self, line: &mut Line, shared: &Shared) -> Result<(), Ended> {
        let told = shared.orders.told(Clock::now());
        let tell = told.target(self.target, self.tier);
        if told.incident != self.incident {
            (self.incident, self.held) = (told.incident, Duration::ZERO);
        }
        if tell.word == HostWord::Run {
            shared.words.holds_no_more(self.target);
        }
        let signed = self.speaker.say(&shared.signing, told.incident, tell)?;
        line.send(&FromController::Order(signed)).await
    }

    /// Asks the host what it would do, if its agent knows that question.
    async fn rehearse(
        &mut self,
        number: u32,
        able: &Able,
        line: &mut Line,
        shared: &Shared,
    ) -> Result<(), Ended> {
        if !rehearsal::known_to(able) {
            shared.facts.rehearsed(self.target, number, AgentSaid::TooOld);
            return Ok(());
        }
        shared.facts.rehearsed(self.target, number, AgentSaid::Asked);
        let stage = stage(&shared.plan, self.tier, &shared.orders);
        let signed =
            self.speaker
                .rehearse(&shared.signing, number, stage.map(|stage| stage.as_us() / 1000))?;
        line.send(&FromController::Rehearse(signed)).await
    }

    /// Takes a word; false when it was the last.
    async fn hear(&mut self, word: FromAgent, line: &mut Line, shared: &Shared) -> Result<bool, Ended> {
        if self.counted.elapsed() > LEASE {
            (self.words, self.counted) = (0, Instant::now());
        }
        self.words += 1;
        if self.words > WORDS_MAX {
            return Err(Ended::Many);
        }
        let name = shared.name(self.target);
        match word {
            FromAgent::Beat { state, chip_mc } => {
                shared.heard(self.target, state);
                let chip = chip_mc.map(|thousandths| f64::from(thousandths) / 1000.0);
                shared
                    .sightings
                    .report(self.target, Gauge::Chip, chip, Instant::now().into_std());
            }
            FromAgent::Ack { state, stop_ms, .. } => {
                shared.heard(self.target, state);
                if let Some(stop) = stop_ms {
                    shared.words.stops_in(self.target, Duration::from_millis(stop));
                }
                if state == State::Stopping && shared.acknowledged(self.target, self.incident) {
                    let estimate = stop_ms.map_or_else(String::new, |stop| {
                        format!(", down in {} s by its own estimate", stop / 1000)
                    });
                    log::line(&format!("agent of {name}: acknowledges the shutdown{estimate}"));
                }
            }
            FromAgent::Progress { state, text } => {
                shared.heard(self.target, state);
                let text = bounded(&text);
                log::line(&format!("agent of {name}: {text}"));
                shared.words.words(self.target, text);
            }
            FromAgent::HoldRequest { reason, ttl_ms } => {
                let tell = shared.orders.told(Clock::now()).target(self.target, self.tier);
                let asked = Duration::from_millis(ttl_ms);
                let (granted, why) = words::hold(tell, asked, self.held);
                self.held += granted;
                let reason = bounded(&reason);
                log::line(&format!(
                    "agent of {name}: asks for {} s ({reason}): {} s, {why}",
                    asked.as_secs(),
                    granted.as_secs()
                ));
                shared.holds(self.target, asked, granted, reason);
                line.send(&FromController::Hold {
                    granted_ms: ms(granted),
                    reason: why.into(),
                })
                .await?;
            }
            FromAgent::Rehearsed { rehearsal, would } => {
                let said = AgentSaid::Would(would.bounded());
                shared.facts.rehearsed(self.target, rehearsal, said);
            }
            FromAgent::Bye { reason, state } => {
                shared.heard(self.target, state);
                let reason = bounded(&reason);
                log::line(&format!("agent of {name}: leaves, {reason}"));
                shared.words.words(self.target, format!("leaves: {reason}"));
                return Ok(false);
            }
            FromAgent::Enrol { .. } | FromAgent::Hello(_) => return Err(Ended::Turn),
        }
        Ok(true)
    }
}
