//! A rehearsal with real agents and a webhook: what each would do is in the report, and no host is touched.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rack_controller::config::Webhook;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::agent::{FOUND, core_says, enrolled, rack_with};
use super::drill::drills;
use super::support::{core, eventually, http, seconds};

/// Takes webhooks' calls: every rehearsal is refused, everything else taken; gives where it is, and what has come.
fn receiver() -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let calls = Arc::<Mutex<Vec<Value>>>::default();
    let own = Arc::clone(&calls);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (mut lines, mut stream) = (BufReader::new(stream.try_clone().expect("a socket")), stream);
            let (mut length, mut line) = (0, String::new());
            while lines.read_line(&mut line).is_ok_and(|got| got > 2) {
                if let Some((_, value)) = line.to_ascii_lowercase().split_once("content-length: ") {
                    length = value.trim().parse().expect("a length");
                }
                line.clear();
            }
            let mut body = vec![0; length];
            lines.read_exact(&mut body).expect("its body");
            let call: Value = serde_json::from_slice(&body).expect("JSON");
            let answer = if call["word"] == "rehearsal" {
                "503 Service Unavailable\r\nContent-Length: 5\r\n\r\nbusy!"
            } else {
                "204 No Content\r\n\r\n"
            };
            own.lock().expect("nobody panics with it").push(call);
            let _ = write!(stream, "HTTP/1.1 {answer}");
        }
    });
    (url, calls)
}

/// A certificate that expires in ten days, at midnight, in PEM.
fn ends_soon() -> String {
    let days = std::time::UNIX_EPOCH.elapsed().expect("a clock").as_secs() / 86_400 + 10;
    let (year, month, day) = points::Date::from_days(u32::try_from(days).expect("few")).civil();
    let small = |number: u32| u8::try_from(number).expect("small");
    let mut params = rcgen::CertificateParams::default();
    params.not_after = rcgen::date_time_ymd(year.cast_signed(), small(month), small(day));
    let key = rcgen::KeyPair::generate().expect("a key");
    params.self_signed(&key).expect("signed").pem()
}

#[test]
fn a_rehearsal_asks_agents_what_they_would_do_and_touches_no_host() {
    let (url, calls) = receiver();
    let rack = rack_with(1.0, |config, directory| {
        let (secret, certificate) = (directory.join("hook"), directory.join("hook.pem"));
        std::fs::write(&secret, "sesame\n").expect("written");
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).expect("set");
        std::fs::write(&certificate, ends_soon()).expect("written");
        for (host, rehearse) in config.host.iter_mut().zip([true, false]) {
            host.webhook = Some(Webhook {
                url: url.clone(),
                secret_file: secret.display().to_string(),
                certificate_file: rehearse.then(|| certificate.display().to_string()),
                rehearse,
            });
        }
    });
    let (app, db) = (enrolled(&rack, "app-1"), enrolled(&rack, "db-1"));
    for host in ["app-1", "db-1"] {
        core_says(
            &rack.core,
            0,
            &format!("agent of {host}: is there; the host runs"),
            10.0,
        );
    }
    let ran = app.at.join("ran");
    for (name, mode) in [("10-drain", 0o755), ("20-flush", 0o644)] {
        let hook = app.at.join("hooks").join(name);
        std::fs::create_dir_all(app.at.join("hooks")).expect("made");
        std::fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", ran.display())).expect("written");
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(mode)).expect("set");
    }
    // One that hangs answers nothing.
    db.agent().signal(Signal::STOP);
    let ask = json!({ "command": "rehearse_hosts", "by": "M. Tester" });
    let began = Instant::now();
    assert!((200..300).contains(&rack.core.ask(&ask).status));
    let kept = eventually("its report is kept", seconds(40.0), || {
        drills(&rack.core).first().cloned()
    });
    println!(
        "a rehearsal with an agent that hangs: {:.1} s",
        began.elapsed().as_secs_f64()
    );
    let host = |place: usize| {
        let host = &kept["hosts"][place];
        (
            host["result"].as_str().unwrap_or_default(),
            host["remarks"].to_string(),
        )
    };
    let (result, remarks) = host(0);
    assert_eq!(result, "ready with remarks", "{kept}");
    for said in [
        "runs a hook of at most 9 s together: 10-drain",
        "down in 120.0 s by its own estimate",
        "can lower 1 power or frequency limits",
        "hook 20-flush is not executable",
        "the system bus or logind is away",
        "its tier's stage has 18.0 s",
        "Its webhook: it answers 503 Service Unavailable: busy!.",
        "The certificate of its webhook expires in 9 days",
    ] {
        assert!(remarks.contains(said), "{said}: {remarks}");
    }
    let (result, remarks) = host(1);
    assert_eq!(result, "not ready", "{kept}");
    for said in ["did not answer what it would do", "not tried (rehearse is off)"] {
        assert!(remarks.contains(said), "{remarks}");
    }
    // One stage after the other: each has 18 s.
    let stages = kept["stages"].as_array().expect("stages");
    for (stage, told) in stages.iter().zip([0.0, 18.0]) {
        assert_eq!(stage["told_s"], json!(told), "{kept}");
        assert_eq!(
            (&stage["over_s"], &stage["hosts"]),
            (&json!(told + 18.0), &json!(1))
        );
    }
    let calls = calls.lock().expect("nobody panics with it").clone();
    let rehearsed: Vec<&Value> = calls.iter().filter(|call| call["word"] == "rehearsal").collect();
    assert_eq!(rehearsed.len(), 1, "{calls:?}");
    assert_eq!(
        (&rehearsed[0]["host"], &rehearsed[0]["deadline_s"]),
        (&json!("app-1"), &json!(18))
    );
    let metrics = http::get(rack.core.web, "/metrics").expect("an answer").body;
    assert!(
        metrics.contains("rack_certificate_expires_seconds{certificate=\"webhook/app-1\"}"),
        "{metrics}"
    );
    core_says(
        &rack.core,
        0,
        "app-1: the certificate of its webhook expires in 9 days",
        1.0,
    );
    let picture = rack.core.until("its end is an alarm", 20.0, |picture| {
        core::raised(picture, "certificate.ends")
    });
    assert_eq!(core::number(&picture, "certificate.days_left"), Some(9.0));
    for host in [&app, &db] {
        assert!(!host.down() && host.limit() == FOUND);
    }
    assert!(!ran.exists(), "no hook was run");
}
