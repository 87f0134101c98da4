use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::super::super::Latest;
use super::super::{Counters, Limits, Server};
use super::{framed, identity, picture};

const READ: [u8; 5] = [4, 0, 0, 0, 3];

struct Served {
    at: SocketAddr,
    counters: Arc<Counters>,
    pictures: watch::Sender<Arc<Latest>>,
}

fn latest(at: Instant) -> Arc<Latest> {
    Arc::new(Latest {
        snapshot: Arc::new(picture()),
        at,
        time_ms: 1_764_000_000_250,
    })
}

async fn served(limits: Limits) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let (pictures, receiver) = watch::channel(latest(Instant::now()));
    let server = Server::new(&identity(), limits);
    let counters = server.counters();
    tokio::spawn(server.run(listener, receiver));
    Served {
        at,
        counters,
        pictures,
    }
}

impl Served {
    fn count(&self, name: &str) -> u64 {
        let all = self.counters.all();
        all.iter().find(|one| one.0 == name).expect("a counter").1
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.at).await.expect("the server listens")
    }
}

async fn send(stream: &TcpStream, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        stream.writable().await.expect("a socket");
        match stream.try_write(bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        }
    }
}

/// Up to `count` bytes; fewer when the server closes.
async fn receive(stream: &TcpStream, count: usize) -> Vec<u8> {
    let mut all = vec![0; count];
    let mut got = 0;
    while got < count {
        stream.readable().await.expect("a socket");
        match stream.try_read(&mut all[got..]) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    all.truncate(got);
    all
}

fn quick(request: u64, idle: u64) -> Limits {
    Limits {
        request: Duration::from_millis(request),
        idle: Duration::from_millis(idle),
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_thousand_requests_at_once_are_answered_in_order() {
    let server = served(Limits::default()).await;
    let stream = server.connect().await;
    let requests: Vec<u8> = (0..1000).flat_map(|n| framed(n, 1, &READ)).collect();
    let (_, answers) = tokio::join!(send(&stream, &requests), receive(&stream, 15_000));
    assert_eq!(answers.len(), 15_000);
    for (n, answer) in (0u16..).zip(answers.chunks(15)) {
        assert_eq!(answer[..2], n.to_be_bytes());
    }
    assert_eq!(server.count("requests"), 1000);
}

#[tokio::test]
async fn a_request_split_at_every_byte_is_answered_and_a_number_may_come_again() {
    let server = served(Limits::default()).await;
    let stream = server.connect().await;
    let request = framed(7, 1, &READ);
    for cut in 1..request.len() {
        send(&stream, &request[..cut]).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
        send(&stream, &request[cut..]).await;
        assert_eq!(receive(&stream, 15).await[..2], [0, 7]);
    }
}

#[tokio::test]
async fn whoever_is_slow_with_a_request_or_silent_is_closed() {
    let server = served(quick(150, 500)).await;
    let (slow, silent) = (server.connect().await, server.connect().await);
    let (begun, request) = (Instant::now(), framed(7, 1, &READ));
    send(&slow, &request[..5]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    send(&slow, &request[5..6]).await;
    assert!(receive(&slow, 1).await.is_empty());
    assert!(
        begun.elapsed() < Duration::from_millis(450),
        "a byte now and then buys no time"
    );
    assert!(receive(&silent, 1).await.is_empty());
    assert!(begun.elapsed() >= Duration::from_millis(490));
    assert_eq!(server.count("timed_out"), 2);
}

#[tokio::test]
async fn a_broken_frame_closes_after_the_answers_before_it() {
    let server = served(Limits::default()).await;
    let stream = server.connect().await;
    send(&stream, &[&framed(7, 1, &READ)[..], &[0, 8, 0, 1]].concat()).await;
    assert_eq!(receive(&stream, 100).await.len(), 15);
    assert_eq!(server.count("broken_frames"), 1);
}

#[tokio::test]
async fn one_more_than_fit_is_refused_while_none_is_idle_for_long() {
    let limits = Limits {
        connections: 3,
        per_peer: 3,
        ..Limits::default()
    };
    let server = served(limits).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let stream = server.connect().await;
        send(&stream, &framed(1, 1, &READ)).await;
        assert_eq!(receive(&stream, 15).await.len(), 15);
        held.push(stream);
    }
    let fourth = server.connect().await;
    assert!(receive(&fourth, 1).await.is_empty(), "refused");
    assert_eq!((server.count("accepted"), server.count("refused")), (3, 1));
    drop(held.pop());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let next = server.connect().await;
    send(&next, &framed(1, 1, &READ)).await;
    assert_eq!(receive(&next, 15).await.len(), 15, "a place that was given back");
}

#[tokio::test]
async fn the_one_idle_longest_gives_way() {
    let limits = Limits {
        per_peer: 2,
        ..Limits::default()
    };
    let server = served(limits).await;
    let (first, second) = (server.connect().await, server.connect().await);
    tokio::time::sleep(Duration::from_millis(10_200)).await;
    send(&first, &framed(1, 1, &READ)).await;
    assert_eq!(receive(&first, 15).await.len(), 15);
    let third = server.connect().await;
    send(&third, &framed(1, 1, &READ)).await;
    assert_eq!(receive(&third, 15).await.len(), 15);
    assert!(receive(&second, 1).await.is_empty(), "it was idle longest");
    assert_eq!(server.count("gave_way"), 1);
}

#[tokio::test]
async fn a_picture_that_grows_old_is_seen_as_old_and_a_new_one_as_new() {
    let server = served(Limits::default()).await;
    let stream = server.connect().await;
    let status = framed(1, 1, &[4, 1, 0x2F, 0, 1]);
    for (at, quality) in [(0, 3), (5, 1), (0, 3)] {
        let at = Instant::now()
            .checked_sub(Duration::from_secs(at))
            .expect("up for long");
        server.pictures.send_replace(latest(at));
        send(&stream, &status).await;
        assert_eq!(receive(&stream, 11).await[9] >> 4, quality);
    }
}

#[tokio::test]
async fn exceptions_and_refused_writes_are_counted() {
    let server = served(Limits::default()).await;
    let stream = server.connect().await;
    for request in [
        &[6, 3, 0xE8, 0, 1][..],
        &[0x63],
        &[3, 7, 0x6C, 0, 1],
        &[3, 0, 0, 0, 0],
    ] {
        send(&stream, &framed(1, 1, request)).await;
        assert_eq!(receive(&stream, 9).await.len(), 9);
    }
    let names = [
        "exception_01_function",
        "exception_02_address",
        "exception_03_value",
        "writes_refused",
    ];
    assert_eq!(names.map(|name| server.count(name)), [2, 1, 1, 1]);
}
