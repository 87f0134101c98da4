//! Whoever floods the server, says nothing or talks nonsense holds nobody else up.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use rack_controller::hosts::plan::{Plan, TargetPlan};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::nut_hosts::Served;

/// The owner's limit for everybody else's answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);
const CONNECTIONS: u16 = 500;

/// A connection that comes from this address.
async fn from(address: [u8; 4], to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((address, 0)))?;
    socket.connect(to).await
}

/// The answer's first line, and how long it took.
async fn ask(stream: &mut TcpStream, line: &str) -> (String, Duration) {
    let began = Instant::now();
    stream
        .write_all(format!("{line}\n").as_bytes())
        .await
        .expect("it is taken");
    let (mut text, mut byte) = (String::new(), [0]);
    while !text.ends_with('\n') {
        let read = timeout(ANSWERED_WITHIN, stream.read(&mut byte)).await;
        assert_eq!(read.expect("an answer in time").expect("a byte"), 1, "{text}");
        text.push(char::from(byte[0]));
    }
    (text, began.elapsed())
}

#[test]
fn five_hundred_connections_silence_and_garbage_hold_nobody_up() {
    const HOST: [u8; 4] = [127, 0, 0, 9];
    let mut plan = Plan::default();
    plan.targets.push(TargetPlan {
        name: "h1".into(),
        tier: 0,
        addresses: vec![IpAddr::from(HOST)],
        off_by: None,
        ..TargetPlan::default()
    });
    let served = Served::start(plan);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut host = from(HOST, served.at).await.expect("a place");
        for line in ["USERNAME a", "PASSWORD b", "LOGIN rack"] {
            assert_eq!(ask(&mut host, line).await.0, "OK\n");
        }
        let mut crowd = Vec::new();
        let mut longest = Duration::ZERO;
        for nth in 0..CONNECTIONS {
            // Half of them from one address, half from as many as they are.
            let [high, low] = nth.to_be_bytes();
            let address = if nth % 2 == 0 {
                [127, 0, 0, 2]
            } else {
                [127, 1, high, low]
            };
            let Ok(mut stream) = from(address, served.at).await else {
                continue;
            };
            // Silent; half a line; garbage with line ends; garbage without; a handshake that never comes.
            let said: &[u8] = match nth / 2 % 5 {
                0 => b"",
                1 => b"GET VAR rack ups.st",
                2 => b"\xff\xfe\0\n\n\"\\\nLIST VAR rack rack\nGET \x07\n",
                3 => &[b'x'; 4000],
                _ => b"STARTTLS\nUSERNAME a\n",
            };
            // One that was refused is closed already.
            let _ = stream.write_all(said).await;
            crowd.push(stream);
            if nth % 25 == 0 {
                let (answer, took) = ask(&mut host, "GET VAR rack ups.status").await;
                assert_eq!(answer, "VAR rack ups.status \"OL\"\n");
                longest = longest.max(took);
            }
        }
        let figures = served.watched.figures();
        assert!(figures.connections <= 64 && figures.refused > 0, "{figures:?}");
        // A host of the site gets in, however full it is.
        let began = Instant::now();
        let mut another = from(HOST, served.at).await.expect("it connects");
        let (answer, _) = ask(&mut another, "GET VAR rack ups.status").await;
        assert_eq!(answer, "VAR rack ups.status \"OL\"\n");
        let took = began.elapsed();
        assert!(
            longest <= ANSWERED_WITHIN && took <= ANSWERED_WITHIN,
            "{longest:?} {took:?}"
        );
        assert_eq!(served.watched.clients(0), [IpAddr::from(HOST)]);
        println!(
            "{} connections came, {} were refused; longest answer to a host {:.1} ms, a new host {:.1} ms",
            crowd.len(),
            figures.refused,
            longest.as_secs_f64() * 1e3,
            took.as_secs_f64() * 1e3
        );
    });
}
