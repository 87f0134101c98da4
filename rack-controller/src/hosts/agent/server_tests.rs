//! The server in this process: who gets in, what is told, what is seen of it.

use std::path::Path;

use points::Snapshot;
use points::host::{Says, TierSet};
use rack_agent::protocol::claim::Claim;
use rack_agent::protocol::frame::{self, Incoming};
use rack_agent::protocol::{
    Able, FromAgent, FromController, Hello, Order as Told, Phase, Rehearsal, VERSION, Would, hex,
};
use ring::signature::KeyPair as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::super::authority::AgentAuthority;
use super::super::{ENROLMENTS_WAITING, HOLDS_WAITING};
use super::*;
use crate::front::Latest;
use crate::hosts::order::{Committed, Order};
use crate::hosts::plan::TargetPlan;
use crate::hosts::rehearsal::AgentSaid;

const LIMIT: Duration = Duration::from_secs(20);

struct Site {
    authority: Arc<AgentAuthority>,
    at: SocketAddr,
    order: watch::Sender<Order>,
    enrolled: watch::Sender<Arc<Vec<Enrolled>>>,
    sightings: Sightings,
    words: AgentWords,
    held: mpsc::Receiver<HoldAsk>,
    facts: Facts,
    asking: watch::Sender<Option<u32>>,
    keys: Keys,
    _pictures: watch::Sender<Arc<Latest>>,
}

fn plan() -> Plan {
    let target = |name: &str| TargetPlan {
        name: name.into(),
        tier: 0,
        addresses: Vec::new(),
        off_by: None,
        ..TargetPlan::default()
    };
    Plan {
        targets: vec![target("db-1"), target("app-1")],
        agent: Some(AgentPlan {
            address: None,
            dead_man: points::Span::s(20),
            keys: None,
        }),
        ..Plan::default()
    }
}

async fn site(data: &Path) -> Site {
    let mut plan = plan();
    let authority = Arc::new(AgentAuthority::open(data, &plan));
    authority.equip(&mut plan);
    let agent = plan.agent.clone().expect("a plan");
    let keys = agent.keys.clone().expect("keys");
    let (order, orders) = watch::channel(Order::None);
    let snapshot = Snapshot {
        tick: 1,
        ..Snapshot::default()
    };
    let (pictures, latest) = watch::channel(Arc::new(Latest {
        snapshot: Arc::new(snapshot),
        at: Instant::now(),
        time_ms: 0,
    }));
    let (facts, (asking, rehearsals)) = (Facts::default(), watch::channel(None));
    let (enrolled, who) = watch::channel(Arc::default());
    let (enrolments, mut asks) = mpsc::channel::<EnrolAsk>(ENROLMENTS_WAITING);
    let (holds, held) = mpsc::channel(HOLDS_WAITING);
    let (sightings, words) = (Sightings::default(), AgentWords::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let served = Served {
        rack: "rack".into(),
        plan,
        orders: Orders::new(orders, latest),
        sightings: sightings.clone(),
        facts: facts.clone(),
        rehearsals,
        enrolled: who,
        enrolments,
        holds,
        words: words.clone(),
        book: Book::new(data),
    };
    let served_keys = keys.clone();
    tokio::spawn(async move { serve(listener, served, &agent, &served_keys).await });
    // The core's part.
    let (core, tell) = (Arc::clone(&authority), enrolled.clone());
    tokio::spawn(async move {
        while let Some(ask) = asks.recv().await {
            let result = core.enrol(&ask.secret, ask.public_key, Instant::now());
            tell.send_replace(Arc::new(core.enrolled()));
            let _ = ask.answer.send(result.map_err(|error| error.to_string()));
        }
    });
    Site {
        authority,
        at,
        order,
        enrolled,
        sightings,
        words,
        held,
        facts,
        asking,
        keys,
        _pictures: pictures,
    }
}

/// A host's end.
struct End {
    stream: TlsStream<TcpStream>,
    incoming: Incoming,
}

impl End {
    async fn connect(at: SocketAddr, config: Arc<rustls::ClientConfig>) -> End {
        let tcp = TcpStream::connect(at).await.expect("it listens");
        let name = tls::controller().expect("a name");
        let stream = TlsConnector::from(config).connect(name, tcp).await.expect("TLS");
        End {
            stream,
            incoming: Incoming::default(),
        }
    }

    async fn say(&mut self, word: &FromAgent) {
        let bytes = frame::encode(word).expect("short");
        self.stream.write_all(&bytes).await.expect("taken");
    }

    /// The next word, or the end.
    async fn hear(&mut self) -> Option<FromController> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(word) = self.incoming.take().expect("a word") {
                return Some(word);
            }
            let read = timeout(LIMIT, self.stream.read(&mut bytes));
            match read.await.expect("in time") {
                Ok(got) if got > 0 => self.incoming.extend(&bytes[..got]),
                Ok(_) | Err(_) => return None,
            }
        }
    }

    /// Waits for an order of which this is so.
    async fn until(&mut self, phase: Phase) -> Told {
        loop {
            match self.hear().await.expect("a word, not the end") {
                FromController::Order(signed) => {
                    let order: Told = serde_json::from_str(&signed.order).expect("an order");
                    if order.phase == phase {
                        return order;
                    }
                }
                FromController::Welcome { .. }
                | FromController::Enrolled { .. }
                | FromController::Refused { .. }
                | FromController::Rehearse(_)
                | FromController::Hold { .. } => {}
            }
        }
    }
}

/// What a host has after its enrolment.
struct Enrolment {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

async fn enrol(site: &Site, host: &str) -> Enrolment {
    let (code, _) = site.authority.claim(host, Instant::now()).expect("a host");
    let claim = Claim::parse(&code).expect("a code");
    let key = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).expect("a key");
    let pair = Ed25519KeyPair::from_pkcs8(key.as_ref()).expect("a key");
    let config = tls::enrolling(claim.authority).expect("TLS");
    let mut end = End::connect(site.at, config).await;
    end.say(&FromAgent::Enrol {
        version: VERSION,
        secret: hex::encode(&claim.secret),
        public_key: hex::encode(pair.public_key().as_ref()),
    })
    .await;
    let Some(FromController::Enrolled {
        host: own,
        certificate,
        signed_by,
    }) = end.hear().await
    else {
        panic!("it is enrolled")
    };
    assert_eq!((own.as_str(), signed_by.len()), (host, 64));
    Enrolment {
        certificate: hex::decode(&certificate).expect("hexadecimal"),
        key: key.as_ref().to_vec(),
    }
}

fn hello(host: &str) -> FromAgent {
    greeting(host, Able::default())
}

fn greeting(host: &str, able: Able) -> FromAgent {
    FromAgent::Hello(Box::new(Hello {
        version: VERSION,
        host: host.into(),
        program: "0".into(),
        boot_id: "b".into(),
        able,
        stop_ms: 90_000,
        unit_stop_ms: None,
        last: 7,
        nonce: "a".repeat(32),
    }))
}

async fn connect(site: &Site, own: &Enrolment, host: &str) -> End {
    connect_as(site, own, &hello(host)).await
}

async fn connect_as(site: &Site, own: &Enrolment, hello: &FromAgent) -> End {
    let config = tls::client(&own.certificate, &own.key, &site.keys.authority).expect("TLS");
    let mut end = End::connect(site.at, config).await;
    end.say(hello).await;
    end
}

/// Waits until the newest sighting of a target by its agent says this.
async fn seen(site: &Site, target: u8, says: Says, incident: u32) {
    let look = async {
        loop {
            let all = site.sightings.gather(Instant::now());
            let found = all.iter().find(|one| one.target == target);
            if found.is_some_and(|one| one.says == says && one.incident == incident) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let found = timeout(LIMIT, look).await;
    assert!(
        found.is_ok(),
        "{says:?} is not seen: {:?}",
        site.sightings.gather(Instant::now())
    );
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test);
}

#[test]
fn a_commit_reaches_a_host_at_once_and_what_it_says_is_evidence() {
    let data = tempfile::tempdir().expect("a directory");
    run(async {
        let mut site = site(data.path()).await;
        let own = enrol(&site, "db-1").await;
        let mut end = connect(&site, &own, "db-1").await;
        assert!(matches!(end.hear().await, Some(FromController::Welcome { .. })));
        let order = end.until(Phase::Run).await;
        assert_eq!((order.sequence, order.nonce.len()), (8, 32));
        let state = |state| FromAgent::Beat {
            state,
            chip_mc: Some(71_500),
        };
        end.say(&state(State::Running)).await;
        seen(&site, 0, Says::Up, 0).await;
        site.order.send_replace(Order::Down(Committed {
            number: 3,
            incident: 3,
            tiers: TierSet::EMPTY.with(0),
            targets: points::host::TargetSet::EMPTY,
        }));
        let order = end.until(Phase::ShutDown).await;
        assert_eq!((order.incident, order.abortable), (3, false));
        // Nothing that is committed waits.
        end.say(&FromAgent::HoldRequest {
            reason: "later".into(),
            ttl_ms: 60_000,
        })
        .await;
        let granted = loop {
            if let FromController::Hold { granted_ms, .. } = end.hear().await.expect("an answer") {
                break granted_ms;
            }
        };
        assert_eq!(granted, 0);
        let held = HoldAsk {
            target: 0,
            granted: false,
        };
        assert_eq!(site.held.recv().await, Some(held));
        let shown = site.words.of(0, Instant::now()).expect("it has spoken");
        let hold = shown.hold.expect("it has asked");
        assert_eq!(
            (hold.asked_s, hold.granted_s, hold.reason.as_str()),
            (60, 0, "later")
        );
        end.say(&state(State::Stopping)).await;
        seen(&site, 0, Says::Stopping, 3).await;
        drop(end);
        // Its lease runs out: silence after it said that it stops.
        seen(&site, 0, Says::Off, 3).await;
    });
}

#[test]
fn a_front_that_is_started_in_the_middle_of_a_shutdown_knows_who_had_said_that_it_stops() {
    let data = tempfile::tempdir().expect("a directory");
    let down = |incident| {
        Order::Down(Committed {
            number: incident,
            incident,
            tiers: TierSet::EMPTY.with(0),
            targets: points::host::TargetSet::EMPTY,
        })
    };
    run(async {
        let site = site(data.path()).await;
        let own = enrol(&site, "db-1").await;
        let mut end = connect(&site, &own, "db-1").await;
        site.order.send_replace(down(3));
        end.until(Phase::ShutDown).await;
        let stopping = FromAgent::Beat {
            state: State::Stopping,
            chip_mc: None,
        };
        end.say(&stopping).await;
        let book = Book::new(data.path());
        let kept = async {
            while book.read(&plan(), Instant::now()).is_empty() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LIMIT, kept).await.expect("it is kept");
    });
    // That front is gone, and the host with its agent. The next one begins, in the same incident and in another.
    for (incident, says) in [(3, Some(Says::Off)), (4, None)] {
        let folder = tempfile::tempdir().expect("a directory");
        std::fs::copy(data.path().join("agents.json"), folder.path().join("agents.json")).expect("a file");
        run(async {
            let site = site(folder.path()).await;
            site.order.send_replace(down(incident));
            sleep(super::super::leases::RECONNECT + BEAT * 2).await;
            let seen = site.sightings.gather(Instant::now());
            assert_eq!(seen.first().map(|seen| seen.says), says, "{incident}");
        });
    }
}

#[test]
fn an_agent_is_asked_in_a_rehearsal_if_it_knows_that_question_and_its_answer_is_kept() {
    let data = tempfile::tempdir().expect("a directory");
    run(async {
        let site = site(data.path()).await;
        let own = enrol(&site, "db-1").await;
        let able = Able {
            rehearse: true,
            ..Able::default()
        };
        let mut end = connect_as(&site, &own, &greeting("db-1", able)).await;
        end.until(Phase::Run).await;
        site.asking.send_replace(Some(7));
        let asked = loop {
            if let FromController::Rehearse(signed) = end.hear().await.expect("a word") {
                break signed;
            }
        };
        let asked: Rehearsal = serde_json::from_str(&asked.order).expect("a rehearsal");
        // Half as long again as 10 + 90 + 20 s.
        assert_eq!(
            (asked.rehearsal, asked.deadline_ms, asked.nonce.len()),
            (7, Some(180_000), 32)
        );
        assert!(asked.sequence > 8, "under the numbers of orders");
        let kept = async |said: &AgentSaid| {
            let look = async {
                while site.facts.said(0, 7).as_ref() != Some(said) {
                    sleep(Duration::from_millis(20)).await;
                }
            };
            let found = timeout(LIMIT, look).await;
            assert!(found.is_ok(), "{:?}", site.facts.said(0, 7));
        };
        kept(&AgentSaid::Asked).await;
        let would = Would {
            stop_ms: 9_000,
            does: vec!["powers off".into()],
            lacks: vec!["x".repeat(9_999)],
        };
        end.say(&FromAgent::Rehearsed {
            rehearsal: 7,
            would: would.clone(),
        })
        .await;
        kept(&AgentSaid::Would(would.bounded())).await;
        // One of before is asked nothing, and goes on as ever.
        drop(end);
        site.asking.send_replace(Some(8));
        let mut old = connect(&site, &own, "db-1").await;
        old.until(Phase::Run).await;
        let look = async {
            while site.facts.said(0, 8) != Some(AgentSaid::TooOld) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LIMIT, look).await.expect("it is known to be older");
        for _ in 0..2 {
            let word = old.hear().await;
            assert!(matches!(word, Some(FromController::Order(_))), "{word:?}");
        }
    });
}

#[test]
fn a_third_connection_takes_the_oldest_ones_place_and_whoever_is_removed_is_out() {
    let data = tempfile::tempdir().expect("a directory");
    run(async {
        let site = site(data.path()).await;
        let own = enrol(&site, "db-1").await;
        let mut ends = Vec::new();
        for _ in 0..=PER_HOST_MAX {
            let mut end = connect(&site, &own, "db-1").await;
            end.until(Phase::Run).await;
            ends.push(end);
        }
        while ends[0].hear().await.is_some() {}
        // The newer one goes on; the picture of this test has grown old meanwhile.
        ends[1].until(Phase::Unknown).await;
        site.authority.remove("db-1").expect("it is enrolled");
        site.enrolled.send_replace(Arc::new(site.authority.enrolled()));
        while let Some(word) = ends[1].hear().await {
            let text = format!("{word:?}");
            assert!(text.contains("Order") || text.contains("was removed"), "{text}");
        }
        let mut again = connect(&site, &own, "db-1").await;
        let answer = again.hear().await;
        assert!(
            matches!(&answer, Some(FromController::Refused { reason }) if reason.contains("not enrolled")),
            "{answer:?}"
        );
    });
}

#[test]
fn strangers_may_enrol_and_nothing_else() {
    let data = tempfile::tempdir().expect("a directory");
    run(async {
        let site = site(data.path()).await;
        let digest = rack_agent::protocol::claim::authority(&site.keys.authority);
        let stranger = || tls::enrolling(digest).expect("TLS");
        let mut end = End::connect(site.at, stranger()).await;
        end.say(&hello("db-1")).await;
        assert_eq!(end.hear().await, None, "no word without a certificate");
        let mut end = End::connect(site.at, stranger()).await;
        end.say(&FromAgent::Enrol {
            version: VERSION,
            secret: "00".repeat(16),
            public_key: "00".repeat(32),
        })
        .await;
        let answer = end.hear().await;
        assert!(
            matches!(&answer, Some(FromController::Refused { reason }) if reason.contains("claim code")),
            "{answer:?}"
        );
        // A length beyond the limit ends it before its bytes come.
        let mut end = End::connect(site.at, stranger()).await;
        end.stream.write_all(&[0xFF; 4]).await.expect("taken");
        assert_eq!(end.hear().await, None);
        // Under another name than its certificate's.
        let own = enrol(&site, "db-1").await;
        let mut end = connect(&site, &own, "app-1").await;
        assert_eq!(end.hear().await, None);
        // Whoever says nothing at all yields to those who do.
        let mut silent = Vec::new();
        for _ in 0..2 * STRANGERS_MAX {
            silent.push(TcpStream::connect(site.at).await.expect("it listens"));
        }
        let mut end = connect(&site, &own, "db-1").await;
        end.until(Phase::Run).await;
    });
}
