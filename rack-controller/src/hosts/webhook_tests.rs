use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use points::Snapshot;
use points::host::TierSet;
use serde_json::Value;
use tokio::sync::watch;

use super::*;
use crate::front::Latest;
use crate::hosts::order::{Committed, Order};
use crate::hosts::plan::TargetPlan;

#[test]
fn a_signature_is_that_of_any_other_implementation() {
    // printf '7.{}' | openssl dgst -sha256 -hmac Jefe
    assert_eq!(
        signature(b"Jefe", 7, b"{}"),
        "fab47a0bfa9f75f6455e6e0d75f29f95b3118d10f700dec268f191bdcba9b6b7"
    );
    assert_ne!(signature(b"Jefe", 7, b"{}"), signature(b"Jefe", 8, b"{}"));
}

fn latest(tick: u64) -> Latest {
    let snapshot = Snapshot {
        tick,
        ..Snapshot::default()
    };
    Latest {
        snapshot: Arc::new(snapshot),
        at: Instant::now(),
        time_ms: 0,
    }
}

/// Takes one call and answers; gives its body once its signature was checked.
fn call(listener: &TcpListener, answer: &str) -> Value {
    let (stream, _) = listener.accept().expect("a call");
    let (mut lines, mut stream): (_, TcpStream) =
        (BufReader::new(stream.try_clone().expect("a socket")), stream);
    let (mut length, mut at, mut signed) = (0, 0, String::new());
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).expect("a line");
        let Some((name, value)) = line.trim().split_once(": ") else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().expect("a length"),
            "rack-timestamp" => at = value.parse().expect("a time"),
            "rack-signature" => signed = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body).expect("its body");
    assert_eq!(signed, format!("v1={}", signature(b"secret", at, &body)));
    write!(
        stream,
        "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .expect("it is heard");
    serde_json::from_slice(&body).expect("JSON")
}

#[test]
fn a_receiver_that_may_not_know_the_word_is_not_called_in_a_rehearsal() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("its address"));
    let webhook = WebhookPlan {
        url,
        secret: Secret("secret".into()),
        ..WebhookPlan::default()
    };
    let plan = Plan {
        targets: vec![TargetPlan {
            name: "db".into(),
            webhook: Some(webhook),
            ..TargetPlan::default()
        }],
        ..Plan::default()
    };
    // The rehearsal runs before the first word can be told: what is called first would be it.
    let (facts, (_asking, rehearsals)) = (Facts::default(), watch::channel(Some(7)));
    let (pictures, picture) = watch::channel(Arc::new(latest(0)));
    let (_orders, order) = watch::channel(Order::None);
    start(
        "rack-1",
        &Arc::new(plan),
        &Orders::new(order, picture),
        &facts,
        &rehearsals,
    )
    .expect("it starts");
    pictures.send_replace(Arc::new(latest(1)));
    assert_eq!(call(&listener, "200 OK")["word"].as_str(), Some("run"));
    assert_eq!(facts.called(0, 7), None);
}

#[test]
fn every_change_is_called_signed_and_again_until_it_is_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("its address"));
    let (_pictures, picture) = watch::channel(Arc::new(latest(1)));
    let (orders, order) = watch::channel(Order::None);
    let plan = Plan {
        targets: vec![TargetPlan {
            name: "db".into(),
            webhook: Some(WebhookPlan {
                url,
                rehearse: true,
                secret_file: String::new(),
                secret: Secret("secret".into()),
                certificate_file: None,
                certificate: None,
            }),
            ..TargetPlan::default()
        }],
        ..Plan::default()
    };
    let (facts, (asking, rehearsals)) = (Facts::default(), watch::channel(None));
    start(
        "rack-1",
        &Arc::new(plan),
        &Orders::new(order, picture),
        &facts,
        &rehearsals,
    )
    .expect("it starts");
    let first = call(&listener, "200 OK");
    assert_eq!(
        (first["host"].as_str(), first["word"].as_str()),
        (Some("db"), Some("run"))
    );
    // A rehearsal is called once, whatever is answered, and has nothing of an order.
    for (number, answer) in [(4, "204 No Content"), (5, "503 Service Unavailable")] {
        asking.send_replace(Some(number));
        let asked = call(&listener, answer);
        assert_eq!(asked["word"].as_str(), Some("rehearsal"));
        assert_eq!(
            (asked["rehearsal"].as_u64(), asked["deadline_s"].as_u64()),
            (Some(u64::from(number)), Some(180))
        );
        for absent in ["order", "incident", "cap_percent"] {
            assert!(asked.get(absent).is_none(), "{asked}");
        }
        let began = Instant::now();
        let came = loop {
            if let Some(came) = facts.called(0, number) {
                break came;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "its answer is kept");
            std::thread::sleep(Duration::from_millis(5));
        };
        let expected = match number {
            4 => Ok(()),
            _ => Err("it answers 503 Service Unavailable".to_owned()),
        };
        assert_eq!(came, expected);
    }
    asking.send_replace(None);
    orders.send_replace(Order::Down(Committed {
        number: 7,
        incident: 3,
        tiers: TierSet::EMPTY.with(0),
        targets: points::host::TargetSet::EMPTY,
    }));
    for answer in ["500 Internal Server Error", "204 No Content"] {
        let told = call(&listener, answer);
        let words = (
            told["word"].as_str(),
            told["order"].as_u64(),
            told["incident"].as_u64(),
        );
        assert_eq!(words, (Some("shut_down"), Some(7), Some(3)), "{answer}");
        assert_eq!(
            (told["rack"].as_str(), told["tier"].as_str()),
            (Some("rack-1"), Some("rack"))
        );
    }
}
