//! The connection to the controller: made again and again, orders pass the gate, words go out.

use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, interval, sleep, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::bus::Facts;
use super::disk::{Disk, DiskError, Identity};
use super::heat::Chips;
use crate::protocol::frame::{self, FrameError, Incoming};
use crate::protocol::order::{Gate, NotTaken};
use crate::protocol::{
    Able, BEAT, FromAgent, FromController, Hello, LEASE, Order, Rehearsal, State, VERSION, bounded, hex, ms,
    tls,
};

/// From one attempt to the next: doubled from the first to the last, with a quarter more or less by chance, so that the hosts
/// of a rack do not all come at once.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));
/// A connection that lasted so long is a good one: the next attempt comes soon.
const GOOD: Duration = Duration::from_secs(30);
/// Longest that a connection and its first words may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest that a word may take to be written.
const WRITE: Duration = Duration::from_secs(5);

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// The network, or TLS on it.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Keys or certificates.
    #[error("{0}")]
    Tls(#[from] tls::TlsError),
    /// A frame.
    #[error("{0}")]
    Frame(#[from] FrameError),
    /// An order that is not taken.
    #[error("order refused: {0}")]
    NotTaken(#[from] NotTaken),
    /// The state's folder.
    #[error("{0}")]
    Disk(#[from] DiskError),
    /// The controller says no.
    #[error("refused by the controller: {0}")]
    Refused(String),
    /// Silence.
    #[error("no word for {} s", LEASE.as_secs())]
    Silent,
    /// A word out of turn.
    #[error("a word that is out of turn here")]
    Turn,
    /// Identity that is none.
    #[error("the identity cannot be read; enrol this host again")]
    Identity,
    /// No random bytes.
    #[error("the kernel gives no random bytes")]
    Random,
}

/// What comes from the controller.
#[derive(Debug)]
pub enum News {
    /// A connection stands.
    Connected,
    /// An order that has passed the gate.
    Order(Box<Order>),
    /// A rehearsal that has passed the gate.
    Rehearsal(Box<Rehearsal>),
    /// An answer to a request for more time.
    Held(Duration),
    /// The connection is gone.
    Lost,
}

/// Sends a word.
///
/// # Errors
/// When it is not taken in time.
pub async fn send(to: &mut (impl AsyncWrite + Unpin), word: &FromAgent) -> Result<(), TalkError> {
    let bytes = frame::encode(word)?;
    let written = timeout(WRITE, async {
        to.write_all(&bytes).await?;
        to.flush().await
    });
    written.await.map_err(|_| TalkError::Silent)??;
    Ok(())
}

/// Reads words; one that is begun is kept over a wait that is given up.
#[derive(Debug, Default)]
pub struct Reader(Incoming);

impl Reader {
    /// The next word.
    ///
    /// # Errors
    /// When the other end is gone, or what comes is none.
    pub async fn next(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Result<FromController, TalkError> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(word) = self.0.take()? {
                return Ok(word);
            }
            match from.read(&mut bytes).await? {
                0 => return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
                got => self.0.extend(bytes.get(..got).unwrap_or_default()),
            }
        }
    }
}

/// What a connection says of this host, besides its state.
#[derive(Clone, Debug)]
pub struct About {
    /// The kernel's boot id.
    pub boot_id: String,
    /// It has limits to lower.
    pub cap: bool,
    /// It has hooks.
    pub drain: bool,
    /// Time of a stop by its own estimate.
    pub stop: Duration,
}

/// The connection's task.
pub struct Talk {
    /// Who this host is.
    pub identity: Identity,
    /// Where numbers are kept.
    pub disk: Disk,
    /// What it says of itself.
    pub about: About,
    /// What the bus knows.
    pub facts: watch::Receiver<Facts>,
    /// What the host is doing.
    pub state: watch::Receiver<State>,
    /// Its processors' sensors.
    pub chips: Chips,
    /// Words for the controller; they wait while nobody listens, and when the queue is full who says them drops them.
    pub words: mpsc::Receiver<FromAgent>,
    /// What comes from the controller.
    pub news: mpsc::Sender<News>,
    /// The disk takes no order numbers; told once for each episode. Orders are taken all the same: none of another
    /// connection has this one's nonce, and a full disk is no reason to burn.
    pub unkept: bool,
}

impl Talk {
    /// Talks for as long as the agent lives.
    ///
    /// # Errors
    /// When the identity or its number cannot be read.
    pub async fn run(mut self) -> Result<(), TalkError> {
        let key = hex::array(&self.identity.signed_by).ok_or(TalkError::Identity)?;
        let der = |text: &str| hex::decode(text).ok_or(TalkError::Identity);
        let config = tls::client(
            &der(&self.identity.certificate)?,
            &der(&self.identity.key)?,
            &der(&self.identity.authority)?,
        )?;
        let connector = TlsConnector::from(config);
        let mut gate = Gate::new(self.identity.host.clone(), key, self.disk.sequence()?);
        let (mut back_off, mut told) = (BACK_OFF.0, None);
        loop {
            let began = Instant::now();
            let ended = self.once(&connector, &mut gate, &mut told).await;
            if self.news.send(News::Lost).await.is_err() {
                return Ok(());
            }
            if let Err(error) = ended {
                let error = error.to_string();
                // Once for each episode.
                if told.as_ref() != Some(&error) {
                    super::line(&format!("controller {}: {error}", self.identity.controller));
                    told = Some(error);
                }
            } else {
                // Whoever gave the words is gone.
                return Ok(());
            }
            if began.elapsed() > GOOD {
                back_off = BACK_OFF.0;
            }
            sleep(back_off.mul_f64(0.75 + 0.5 * chance())).await;
            back_off = (back_off * 2).min(BACK_OFF.1);
        }
    }

    async fn once(
        &mut self,
        connector: &TlsConnector,
        gate: &mut Gate,
        told: &mut Option<String>,
    ) -> Result<(), TalkError> {
        let connect = async {
            let tcp = TcpStream::connect(&self.identity.controller).await?;
            // A refusal by the kernel costs latency only.
            let _ = tcp.set_nodelay(true);
            Ok::<_, TalkError>(connector.connect(tls::controller()?, tcp).await?)
        };
        let mut stream = timeout(CONNECT, connect).await.map_err(|_| TalkError::Silent)??;
        let hello = FromAgent::Hello(Box::new(self.hello(gate)?));
        send(&mut stream, &hello).await?;
        let mut reader = Reader::default();
        let welcome = timeout(CONNECT, reader.next(&mut stream));
        match welcome.await.map_err(|_| TalkError::Silent)?? {
            FromController::Welcome { rack, .. } => {
                super::line(&format!(
                    "rack {rack}: connected as {}, the lease stands",
                    self.identity.host
                ));
                *told = None;
            }
            FromController::Refused { reason } => return Err(TalkError::Refused(bounded(&reason))),
            FromController::Enrolled { .. }
            | FromController::Order(_)
            | FromController::Rehearse(_)
            | FromController::Hold { .. } => return Err(TalkError::Turn),
        }
        // What was to be said to the last connection says nothing to this one.
        while let Ok(old) = self.words.try_recv() {
            if matches!(old, FromAgent::Bye { .. }) {
                return Ok(());
            }
        }
        if self.news.send(News::Connected).await.is_err() {
            return Ok(());
        }
        self.converse(&mut stream, &mut reader, gate).await
    }

    async fn converse(
        &mut self,
        stream: &mut TlsStream<TcpStream>,
        reader: &mut Reader,
        gate: &mut Gate,
    ) -> Result<(), TalkError> {
        let mut beats = interval(BEAT);
        let mut lease = Instant::now() + LEASE;
        loop {
            tokio::select! {
                heard = timeout_at(lease, reader.next(stream)) => {
                    let word = heard.map_err(|_| TalkError::Silent)??;
                    lease = Instant::now() + LEASE;
                    if !self.hear(word, gate).await? {
                        return Ok(());
                    }
                }
                word = self.words.recv() => {
                    let Some(word) = word else { return Ok(()) };
                    let last = matches!(word, FromAgent::Bye { .. });
                    send(stream, &word).await?;
                    if last {
                        let _ = timeout(WRITE, stream.shutdown()).await;
                        return Ok(());
                    }
                }
                _ = beats.tick() => {
                    let state = *self.state.borrow();
                    let chip_mc = self.chips.hottest();
                    send(stream, &FromAgent::Beat { state, chip_mc }).await?;
                }
            }
        }
    }

    /// Takes a word of the controller; false when nobody here takes news any more.
    async fn hear(&mut self, word: FromController, gate: &mut Gate) -> Result<bool, TalkError> {
        let news = match word {
            FromController::Order(signed) => {
                let (order, reserve) = gate.pass(&signed)?;
                self.reserve(reserve, gate);
                News::Order(Box::new(order))
            }
            FromController::Rehearse(signed) => {
                let (rehearsal, reserve) = gate.rehearse(&signed)?;
                self.reserve(reserve, gate);
                News::Rehearsal(Box::new(rehearsal))
            }
            FromController::Hold { granted_ms, .. } => News::Held(Duration::from_millis(granted_ms)),
            FromController::Refused { reason } => return Err(TalkError::Refused(bounded(&reason))),
            FromController::Welcome { .. } | FromController::Enrolled { .. } => return Err(TalkError::Turn),
        };
        Ok(self.news.send(news).await.is_ok())
    }

    /// Keeps what the disk has to hold before a number is acted on.
    fn reserve(&mut self, reserve: Option<u64>, gate: &mut Gate) {
        let Some(reserve) = reserve else { return };
        let kept = self.disk.keep_sequence(reserve);
        if let Err(error) = &kept {
            gate.not_kept();
            if !self.unkept {
                super::line(&format!(
                    "order numbers are not kept: {error}; orders are taken, by the connection's nonce alone"
                ));
            }
        }
        self.unkept = kept.is_err();
    }

    fn hello(&self, gate: &mut Gate) -> Result<Hello, TalkError> {
        let mut nonce = [0; 16];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| TalkError::Random)?;
        let nonce = hex::encode(&nonce);
        let facts = self.facts.borrow().clone();
        Ok(Hello {
            version: VERSION,
            host: self.identity.host.clone(),
            program: env!("CARGO_PKG_VERSION").into(),
            boot_id: self.about.boot_id.clone(),
            able: Able {
                cap: self.about.cap,
                drain: self.about.drain,
                inhibit: facts.inhibits,
                cancel: facts.inhibits,
                rehearse: true,
            },
            stop_ms: ms(self.about.stop),
            unit_stop_ms: facts.longest_stop.and_then(|(_, longest)| longest).map(ms),
            last: gate.begin(nonce.clone()),
            nonce,
        })
    }
}

/// A number from 0 to 1; a half where the kernel gives no random bytes.
fn chance() -> f64 {
    let mut byte = [128];
    let _ = SystemRandom::new().fill(&mut byte);
    f64::from(byte[0]) / 255.0
}
