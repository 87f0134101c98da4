use super::*;
use crate::front::Latest;
use std::io::{Read, Write};

use points::Snapshot;
use points::interlock::{Effect, EffectSet};
use proptest::prelude::*;

fn ordered(number: u32) -> Order {
    Order::Down(crate::hosts::order::Committed {
        number,
        incident: 1,
        tiers: points::host::TierSet::EMPTY.with(0),
    })
}

struct Fixture {
    at: SocketAddr,
    pictures: watch::Sender<Arc<Latest>>,
    orders: watch::Sender<Order>,
    published: watch::Receiver<Order>,
    watched: crate::hosts::nut::Watched,
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
    let watched = options.watched.clone();
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
        fixture.watched.unmanaged(),
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

#[test]
fn silence_and_too_many_end_a_connection() {
    let fixture = fixture(|options| {
        options.per_peer = 2;
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
