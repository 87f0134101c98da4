//! A controller of the tests: an authority, a listener, one session at a time.

use std::net::SocketAddr;
use std::time::Duration;

use rack_agent::agent::disk::{Disk, Identity};
use rack_agent::protocol::frame::{self, Incoming};
use rack_agent::protocol::{
    FromAgent, FromController, Hello, OnLoss, Order, Phase, Rehearsal, Signed, State, VERSION, Would, hex,
    order, rehearsal, tls,
};
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, PKCS_ED25519,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Longest that anything is waited for.
pub const LIMIT: Duration = Duration::from_secs(30);

pub struct Rack {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    authority: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
    signing: Ed25519KeyPair,
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).expect("a key")
}

impl Rack {
    pub async fn new() -> Rack {
        let own = key();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let authority = params.self_signed(&own).expect("signed").der().to_vec();
        let issuer = Issuer::new(params, own);
        let server = key();
        let mut params = CertificateParams::new(vec![tls::CONTROLLER.to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&server, &issuer).expect("signed");
        let config = tls::server(certificate.der(), &server.serialize_der(), &authority).expect("a server");
        Rack {
            listener: TcpListener::bind("127.0.0.1:0").await.expect("a port"),
            acceptor: TlsAcceptor::from(config),
            authority,
            issuer,
            signing: Ed25519KeyPair::from_seed_unchecked(&[9; 32]).expect("a key"),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("an address")
    }

    /// Puts into the state's folder what enrolment would.
    pub fn enrol(&self, disk: &Disk) {
        let own = key();
        let mut params = CertificateParams::default();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&own, &self.issuer).expect("signed");
        disk.enrolled(&Identity {
            controller: self.address().to_string(),
            host: "db-1".into(),
            key: hex::encode(&own.serialize_der()),
            certificate: hex::encode(certificate.der()),
            authority: hex::encode(&self.authority),
            signed_by: hex::encode(self.signing.public_key().as_ref()),
        })
        .expect("it is kept");
    }

    pub async fn accept(&self) -> (TcpStream, SocketAddr) {
        timeout(LIMIT, self.listener.accept())
            .await
            .expect("the agent comes")
            .expect("accepted")
    }

    pub async fn handshake(&self, tcp: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(tcp).await
    }

    /// The next connection, greeted.
    pub async fn session(&self) -> Session<'_> {
        let (tcp, _) = self.accept().await;
        let stream = self.handshake(tcp).await.expect("TLS");
        let mut session = Session {
            stream,
            incoming: Incoming::default(),
            hello: None,
            sequence: 0,
            signing: &self.signing,
        };
        let FromAgent::Hello(hello) = session.word().await else {
            panic!("Hello comes first")
        };
        session.sequence = hello.last;
        session.hello = Some(*hello);
        session
            .send(&FromController::Welcome {
                version: VERSION,
                rack: "test".into(),
                lease_ms: 10_000,
                beat_ms: 2_000,
            })
            .await;
        session
    }
}

pub struct Session<'a> {
    stream: TlsStream<TcpStream>,
    incoming: Incoming,
    hello: Option<Hello>,
    sequence: u64,
    signing: &'a Ed25519KeyPair,
}

impl Session<'_> {
    pub fn hello(&self) -> &Hello {
        self.hello.as_ref().expect("it was said")
    }

    /// The next word, or the end.
    pub async fn try_word(&mut self) -> Option<FromAgent> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(word) = self.incoming.take().expect("a word") {
                return Some(word);
            }
            let got = timeout(LIMIT, self.stream.read(&mut bytes));
            match got.await.expect("a word in time") {
                Ok(got) if got > 0 => self.incoming.extend(&bytes[..got]),
                Ok(_) | Err(_) => return None,
            }
        }
    }

    pub async fn word(&mut self) -> FromAgent {
        self.try_word().await.expect("a word, not the end")
    }

    /// Waits for a word of which this is so.
    pub async fn until(&mut self, what: &str, mut so: impl FnMut(&FromAgent) -> bool) -> FromAgent {
        let mut heard = Vec::new();
        let found = timeout(LIMIT, async {
            loop {
                let word = self.word().await;
                if so(&word) {
                    return word;
                }
                heard.push(word);
            }
        });
        let found = found.await;
        found.unwrap_or_else(|_| panic!("{what}; heard {heard:?}"))
    }

    /// Waits until the host says that it does this.
    pub async fn does(&mut self, state: State) {
        self.until(
            state.text(),
            |word| matches!(word, FromAgent::Beat { state: own, .. } | FromAgent::Progress { state: own, .. } | FromAgent::Ack { state: own, .. } if *own == state),
        )
        .await;
    }

    pub async fn send(&mut self, word: &FromController) {
        let bytes = frame::encode(word).expect("short");
        // An agent that has left hears nothing.
        let _ = self.stream.write_all(&bytes).await;
        let _ = self.stream.flush().await;
    }

    /// The next order, signed and not sent.
    pub fn sign(&mut self, change: impl FnOnce(&mut Order)) -> Signed {
        self.sequence += 1;
        let mut order = Order {
            host: "db-1".into(),
            nonce: self.hello().nonce.clone(),
            sequence: self.sequence,
            incident: 1,
            phase: Phase::Run,
            cap_percent: None,
            deadline_ms: None,
            abortable: true,
            on_loss: OnLoss::Stay,
            dead_man_ms: 20_000,
        };
        change(&mut order);
        order::sign(self.signing, &order).expect("signed")
    }

    /// The next rehearsal, signed and not sent.
    pub fn sign_rehearsal(&mut self, deadline_ms: Option<u64>) -> Signed {
        self.sequence += 1;
        let rehearsal = Rehearsal {
            host: "db-1".into(),
            nonce: self.hello().nonce.clone(),
            sequence: self.sequence,
            rehearsal: 7,
            deadline_ms,
        };
        rehearsal::sign(self.signing, &rehearsal).expect("signed")
    }

    /// Asks what the host would do.
    pub async fn rehearse(&mut self, deadline_ms: Option<u64>) -> Would {
        let signed = self.sign_rehearsal(deadline_ms);
        self.send(&FromController::Rehearse(signed)).await;
        let answer = |word: &FromAgent| matches!(word, FromAgent::Rehearsed { rehearsal: 7, .. });
        let FromAgent::Rehearsed { would, .. } = self.until("an answer to the rehearsal", answer).await
        else {
            unreachable!("it is what was waited for");
        };
        would
    }

    /// Gives an order; gives the agent's acknowledgement.
    pub async fn order(&mut self, change: impl FnOnce(&mut Order)) -> FromAgent {
        let signed = self.sign(change);
        self.send(&FromController::Order(signed)).await;
        let own = self.sequence;
        self.until(
            "an acknowledgement",
            |word| matches!(word, FromAgent::Ack { sequence, .. } if *sequence == own),
        )
        .await
    }
}
