use super::*;
use crate::front::Latest;
use std::io::{Read, Write};

use points::Snapshot;
use points::interlock::{Effect, EffectSet};
use proptest::prelude::*;

use crate::hosts::plan::{OnControllerLoss, Plan, TargetPlan, TierPlan};
use crate::hosts::sightings::Sightings;

fn ordered(number: u32) -> Order {
    Order::Down(crate::hosts::order::Committed {
        number,
        incident: 1,
        tiers: points::host::TierSet::EMPTY.with(0),
        targets: points::host::TargetSet::EMPTY,
    })
}

struct Fixture {
    at: SocketAddr,
    pictures: watch::Sender<Arc<Latest>>,
    orders: watch::Sender<Order>,
    published: watch::Receiver<Order>,
    watched: crate::hosts::nut::Watched,
    sightings: Sightings,
    _runtime: tokio::runtime::Runtime,
}

fn latest(tick: u64, effects: EffectSet, age: Duration) -> Arc<Latest> {
    let snapshot = Snapshot {
        tick,
        effects,
        ..Snapshot::default()
    };
    Arc::new(Latest {
        snapshot: Arc::new(snapshot),
        at: Instant::now().checked_sub(age).unwrap(),
        time_ms: 0,
    })
}

fn fixture(change: impl FnOnce(&mut Options)) -> Fixture {
    let mut options = Options::default();
    change(&mut options);
    let (watched, sightings) = (options.watched.clone(), options.sightings.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let at = listener.local_addr().unwrap();
    let (pictures, receiver) = watch::channel(latest(1, EffectSet::EMPTY, Duration::ZERO));
    let (orders, heard) = watch::channel(Order::None);
    let (says, published) = watch::channel(Order::Unknown);
    let core = Core {
        orders: Orders::new(heard, receiver),
        published: says,
    };
    runtime.spawn(serve(listener, core, options));
    Fixture {
        at,
        pictures,
        orders,
        published,
        watched,
        sightings,
        _runtime: runtime,
    }
}

impl Fixture {
    fn connect(&self) -> std::net::TcpStream {
        let stream = std::net::TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }
}

/// Reads so many lines.
fn lines(stream: &mut std::net::TcpStream, count: usize) -> String {
    let (mut text, mut byte) = (String::new(), [0]);
    while text.matches('\n').count() < count && stream.read(&mut byte).unwrap() == 1 {
        text.push(char::from(byte[0]));
    }
    text
}

fn ask(stream: &mut std::net::TcpStream, line: &str) -> String {
    stream.write_all(format!("{line}\n").as_bytes()).unwrap();
    lines(stream, 1).trim_end().to_owned()
}

/// What is left until the other side closes.
fn rest(stream: &mut std::net::TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn soon(mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn packets_are_not_lines() {
    let fixture = fixture(|_| {});
    let mut stream = fixture.connect();
    stream
        .write_all(b"USERNAME a\nPASSWORD b\r\nLOGIN rack\nGET NUMLOGINS rack\nGET V")
        .unwrap();
    assert_eq!(lines(&mut stream, 4), "OK\nOK\nOK\nNUMLOGINS rack 1\n");
    for part in ["AR ra", "ck ups.st", "atus\nNET"] {
        std::thread::sleep(Duration::from_millis(20));
        stream.write_all(part.as_bytes()).unwrap();
    }
    assert_eq!(lines(&mut stream, 1), "VAR rack ups.status \"OL\"\n");
    assert_eq!(ask(&mut stream, "VER"), "1.3");
    // Far more answers than are written at once, in order.
    let asked = "LIST VAR rack\nNETVER\n".repeat(500);
    let mut writer = stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || writer.write_all(asked.as_bytes()).unwrap());
    for _ in 0..500 {
        assert!(lines(&mut stream, 1).starts_with("BEGIN LIST VAR rack"));
        while lines(&mut stream, 1) != "END LIST VAR rack\n" {}
        assert_eq!(lines(&mut stream, 1), "1.3\n");
    }
    writing.join().unwrap();
    stream.write_all(b"LOGOUT\nVER\n").unwrap();
    assert_eq!(rest(&mut stream), "OK Goodbye\n");
    soon(|| fixture.watched.figures().connections == 0);
}

#[test]
fn a_line_of_the_greatest_length_is_taken_and_a_longer_one_ends_the_connection() {
    let fixture = fixture(|_| {});
    let line = |length: usize| format!("USERNAME {}", "x".repeat(length - 9));
    let mut stream = fixture.connect();
    assert_eq!(ask(&mut stream, &line(LINE_MAX)), "OK");
    for (length, end) in [(LINE_MAX + 1, "\n"), (LINE_MAX + 2, ""), (40_000, "")] {
        let mut stream = fixture.connect();
        stream
            .write_all(format!("VER x\n{}{end}", line(length)).as_bytes())
            .unwrap();
        assert_eq!(rest(&mut stream), "ERR INVALID-ARGUMENT\nERR INVALID-ARGUMENT\n");
    }
}

#[test]
fn the_status_follows_the_cores_orders_and_outlives_its_silence() {
    let fixture = fixture(|_| ());
    let mut stream = fixture.connect();
    let mut status = || ask(&mut stream, "GET VAR rack ups.status");
    let (down, old) = (EffectSet::of(&[Effect::HostDown]), Duration::from_secs(3));
    assert_eq!(status(), r#"VAR rack ups.status "OL""#);
    assert_eq!(fixture.watched.figures().polling_without_login, 0);
    fixture.pictures.send_replace(latest(2, EffectSet::EMPTY, old));
    assert_eq!(status(), "ERR DATA-STALE");
    fixture.pictures.send_replace(latest(3, down, Duration::ZERO));
    assert_eq!(status(), "ERR DATA-STALE", "its commit is on its way");
    fixture.orders.send_replace(ordered(5));
    assert_eq!(status(), r#"VAR rack ups.status "FSD OL""#);
    soon(|| *fixture.published.borrow() == ordered(5));
    fixture.pictures.send_replace(latest(4, EffectSet::EMPTY, old));
    assert_eq!(
        status(),
        r#"VAR rack ups.status "FSD OL""#,
        "silence takes nothing back"
    );
    fixture.orders.send_replace(Order::None);
    fixture
        .pictures
        .send_replace(latest(5, EffectSet::EMPTY, Duration::ZERO));
    assert_eq!(status(), r#"VAR rack ups.status "OL""#);
    assert_eq!(fixture.watched.figures().polling_without_login, 1);
    assert_eq!(
        fixture.watched.unmanaged(0),
        [std::net::IpAddr::from([127, 0, 0, 1])]
    );
    // One that nobody asked about while it came stands for whoever comes later, and outlives the core's end.
    fixture.orders.send_replace(ordered(6));
    soon(|| *fixture.published.borrow() == ordered(6));
    let mut later = fixture.connect();
    let Fixture { pictures, orders, .. } = fixture;
    drop((pictures, orders));
    assert_eq!(
        ask(&mut later, "GET VAR rack ups.status"),
        r#"VAR rack ups.status "FSD OL""#
    );
}

fn down(number: u32, tiers: &[usize]) -> Order {
    Order::Down(crate::hosts::order::Committed {
        number,
        incident: 7,
        tiers: tiers
            .iter()
            .fold(points::host::TierSet::EMPTY, |set, tier| set.with(*tier)),
        targets: points::host::TargetSet::EMPTY,
    })
}

#[test]
fn each_tier_hears_its_own_word() {
    let fixture = fixture(|options| {
        let mut plan = Plan::default();
        let tier = |name: &str, on_controller_loss| TierPlan {
            name: name.into(),
            on_controller_loss,
            ..Plan::default().tiers[0].clone()
        };
        plan.tiers = vec![
            tier("compute", OnControllerLoss::ShutDown),
            tier("storage", OnControllerLoss::Stay),
        ];
        options.plan = Arc::new(plan);
    });
    let mut stream = fixture.connect();
    let mut both = || {
        ["compute", "storage"].map(|tier| {
            let line = ask(&mut stream, &format!("GET VAR {tier} ups.status"));
            line.strip_prefix(&format!("VAR {tier} ups.status "))
                .map_or(line.clone(), |word| word.trim_matches('"').to_owned())
        })
    };
    let tell = |tick, effects: &[Effect]| {
        let picture = latest(tick, EffectSet::of(effects), Duration::ZERO);
        fixture.pictures.send_replace(picture);
    };
    assert_eq!(both(), ["OL", "OL"]);
    tell(2, &[Effect::HostPrepare]);
    assert_eq!(both(), ["OB DISCHRG", "OL"]);
    fixture.orders.send_replace(down(1, &[0]));
    assert_eq!(both(), ["FSD OL", "OL"], "the second tier waits for the first");
    fixture.orders.send_replace(down(2, &[0, 1]));
    assert_eq!(both(), ["FSD OL", "FSD OL"]);
    fixture.orders.send_replace(Order::None);
    tell(3, &[]);
    assert_eq!(both(), ["OL", "OL"]);
    fixture
        .pictures
        .send_replace(latest(4, EffectSet::EMPTY, Duration::from_secs(3)));
    assert_eq!(both(), ["ERR DATA-STALE", "ERR DATA-STALE"]);
}

#[test]
fn a_drill_is_heard_by_the_host_that_it_names_and_by_nobody_else() {
    // Who asks comes from 127.0.0.1: in the first case that is the named host, in the second its neighbour, and in the third
    // the named host has another tier than is asked for.
    for (own, tier, heard) in [(0, 0, "FSD OL"), (1, 0, "OL"), (0, 1, "OL")] {
        let fixture = fixture(|options| {
            let mut plan = Plan::default();
            let second = TierPlan {
                name: "storage".into(),
                ..plan.tiers[0].clone()
            };
            plan.tiers.push(second);
            for place in 0..2 {
                plan.targets.push(TargetPlan {
                    name: format!("h{place}"),
                    tier,
                    addresses: vec![std::net::IpAddr::from([
                        127,
                        0,
                        0,
                        if place == own { 1 } else { 2 },
                    ])],
                    ..TargetPlan::default()
                });
            }
            options.plan = Arc::new(plan);
        });
        fixture
            .orders
            .send_replace(Order::Down(crate::hosts::order::Committed {
                number: 3,
                incident: 2,
                tiers: points::host::TierSet::EMPTY,
                targets: points::host::TargetSet::EMPTY.with(0),
            }));
        let mut stream = fixture.connect();
        let line = ask(&mut stream, "GET VAR rack ups.status");
        assert_eq!(line, format!("VAR rack ups.status \"{heard}\""), "{own} {tier}");
    }
}

#[test]
fn a_targets_login_is_seen_and_its_end_only_where_it_was_told_to_stop() {
    use points::host::Says;
    let fixture = fixture(|options| {
        let mut plan = Plan::default();
        plan.targets.push(TargetPlan {
            name: "h1".into(),
            tier: 0,
            addresses: vec![std::net::IpAddr::from([127, 0, 0, 1])],
            off_by: None,
            ..TargetPlan::default()
        });
        options.plan = Arc::new(plan);
    });
    let seen = || {
        let all = fixture.sightings.gather(Instant::now());
        all.iter()
            .map(|one| (one.target, one.by, one.says, one.incident))
            .collect::<Vec<_>>()
    };
    let login = |stream: &mut std::net::TcpStream| {
        for line in ["USERNAME a", "PASSWORD b", "LOGIN rack"] {
            assert_eq!(ask(stream, line), "OK");
        }
    };
    let up = |incident| vec![(0, Observation::Nut, Says::Up, incident)];
    let mut stream = fixture.connect();
    ask(&mut stream, "GET VAR rack ups.status");
    assert_eq!(seen(), [], "who only looks is not seen");
    login(&mut stream);
    ask(&mut stream, "GET VAR rack ups.status");
    assert_eq!(seen(), up(0));
    drop(stream);
    soon(|| fixture.watched.figures().connections == 0);
    assert_eq!(seen(), up(0), "outside an order a lost login says nothing");
    // One that leaves by a log-out, one whose connection breaks.
    for logs_out in [true, false] {
        fixture.orders.send_replace(down(1, &[0]));
        let mut stream = fixture.connect();
        login(&mut stream);
        ask(&mut stream, "GET VAR rack ups.status");
        assert_eq!(seen(), up(7));
        if logs_out {
            assert_eq!(ask(&mut stream, "LOGOUT"), "OK Goodbye");
        } else {
            drop(stream);
        }
        soon(|| seen() == [(0, Observation::Nut, Says::Stopping, 7)]);
        fixture.orders.send_replace(Order::None);
    }
}

#[test]
fn encryption_begins_only_where_there_is_a_certificate_and_nothing_stands_behind_it() {
    let made = rcgen::generate_simple_self_signed(["rack.example".to_owned()]).unwrap();
    let fixture = fixture(|options| {
        let mut plan = Plan::default();
        plan.nut.identity = Some(crate::hosts::nut::plan::Identity {
            chain: vec![made.cert.der().to_vec()],
            key: made.signing_key.serialize_der(),
        });
        options.plan = Arc::new(plan);
    });
    let mut stream = fixture.connect();
    stream.write_all(b"STARTTLS\nGET VAR rack ups.status\n").unwrap();
    assert_eq!(
        rest(&mut stream),
        "OK STARTTLS\n",
        "a line behind it is never taken as encrypted"
    );
    // Garbage instead of a handshake ends the connection, and is told once.
    for _ in 0..2 {
        let mut stream = fixture.connect();
        assert_eq!(ask(&mut stream, "STARTTLS"), "OK STARTTLS");
        stream.write_all(b"GET VAR rack ups.status\n").unwrap();
        let mut bytes = Vec::new();
        // An alert of TLS, or a reset: nothing of the dialogue.
        let _ = stream.read_to_end(&mut bytes);
        assert!(!bytes.windows(3).any(|part| part == b"VAR"), "{bytes:?}");
    }
    soon(|| fixture.watched.figures().handshakes_failed == 2);
    assert_eq!(
        ask(&mut fixture.connect(), "GET VAR rack ups.status"),
        "VAR rack ups.status \"OL\""
    );
}

#[test]
fn silence_and_too_many_end_a_connection() {
    let fixture = fixture(|options| {
        let mut plan = Plan::default();
        plan.nut.per_peer = 2;
        options.plan = Arc::new(plan);
        options.idle = Duration::from_millis(400);
    });
    let (mut one, mut two) = (fixture.connect(), fixture.connect());
    assert_eq!(ask(&mut one, "NETVER"), "1.3");
    assert_eq!(ask(&mut two, "NETVER"), "1.3");
    assert_eq!(rest(&mut fixture.connect()), "", "the third is refused");
    assert_eq!(fixture.watched.figures().refused, 1);
    let began = Instant::now();
    // Half a line is silence.
    let mut trickle = two.try_clone().unwrap();
    std::thread::spawn(move || {
        while trickle.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    while began.elapsed() < Duration::from_millis(800) {
        assert_eq!(ask(&mut one, "NETVER"), "1.3");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(fixture.watched.figures().connections, 1);
    assert_eq!(rest(&mut one), "");
    soon(|| fixture.watched.figures().connections == 0);
}

proptest! {
    #[test]
    fn a_dialogue_is_the_same_in_any_packets(
        bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..400),
        cuts in proptest::collection::vec(1usize..50, 1..20),
    ) {
        let run = |parts: &mut dyn Iterator<Item = &[u8]>| {
            let (mut dialogue, mut out) = (Dialogue::default(), String::new());
            for part in parts {
                dialogue.pending.extend_from_slice(part);
                let turn = dialogue.answer(&mut out, |line, _, out| {
                    out.push_str(&format!("{line:?}\n"));
                    Next::Go
                });
                assert_eq!(turn, Turn::Answered);
            }
            out
        };
        let (mut cut, mut parts, mut left) = (cuts.iter().cycle(), Vec::new(), bytes.as_slice());
        while !left.is_empty() {
            let (part, behind) = left.split_at(left.len().min(*cut.next().unwrap()));
            parts.push(part);
            left = behind;
        }
        let whole = run(&mut [bytes.as_slice()].into_iter());
        prop_assert_eq!(whole.lines().count(), bytes.iter().filter(|byte| **byte == b'\n').count());
        prop_assert_eq!(run(&mut parts.into_iter()), whole);
    }
}
