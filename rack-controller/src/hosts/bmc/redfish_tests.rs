use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use super::*;
use crate::hosts::bmc::plan::{BmcKind, Secret};

/// A management controller of two systems, of which the second is asked; it notes what is asked of it.
#[derive(Default)]
struct Fake {
    asked: Mutex<Vec<String>>,
}

fn body(path: &str) -> Option<Value> {
    let system = |id: &str, power: &str, allowed: Value| {
        json!({
            "@odata.id": format!("/redfish/v1/Systems/{id}"), "Id": id, "Name": id, "PowerState": power,
            "Links": { "Chassis": [{ "@odata.id": "/redfish/v1/Chassis/1" }] },
            "Actions": { "#ComputerSystem.Reset": {
                "target": format!("/redfish/v1/Systems/{id}/Actions/ComputerSystem.Reset"),
                "ResetType@Redfish.AllowableValues": allowed,
            } },
        })
    };
    Some(match path {
        "/redfish/v1/" => json!({ "Systems": { "@odata.id": "/redfish/v1/Systems" } }),
        "/redfish/v1/Systems" => json!({ "Members": [
            { "@odata.id": "/redfish/v1/Systems/one" }, { "@odata.id": "//elsewhere/two" },
            { "@odata.id": "/redfish/v1/Systems/two" },
        ] }),
        "/redfish/v1/Systems/one" => system("one", "On", json!(["On", "ForceOff"])),
        "/redfish/v1/Systems/two" => {
            system("two", "PoweringOff", json!(["On", "ForceOff", "PushPowerButton"]))
        }
        "/redfish/v1/Chassis/1" => json!({ "Power": { "@odata.id": "/redfish/v1/Chassis/1/Power" } }),
        _ => return None,
    })
}

impl Fake {
    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let (mut head, mut length, mut authorized) = (String::new(), 0, false);
        reader.read_line(&mut head)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let lower = line.trim().to_ascii_lowercase();
            if lower.is_empty() {
                break;
            }
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            authorized |= line.trim() == "authorization: Basic YWRtaW46cGFzcw==";
        }
        let mut sent = vec![0; length];
        reader.read_exact(&mut sent)?;
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (status, body) = match (authorized, method) {
            (false, _) => ("401 Unauthorized", String::new()),
            (true, "GET") => match body(path) {
                Some(body) => ("200 OK", body.to_string()),
                None => ("404 Not Found", String::new()),
            },
            (true, _) => {
                let sent: Value = serde_json::from_slice(&sent)?;
                let text = format!("{method} {path} {sent}");
                self.asked
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(text);
                ("204 No Content", String::new())
            }
        };
        let mut to = stream;
        write!(
            to,
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    }
}

fn fake() -> (SocketAddr, Arc<Fake>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("its address");
    let fake = Arc::new(Fake::default());
    let own = Arc::clone(&fake);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = own.answer(stream);
        }
    });
    (at, fake)
}

fn plan(at: SocketAddr, password: &str, system: Option<&str>) -> BmcPlan {
    BmcPlan {
        kind: BmcKind::Redfish,
        address: format!("http://{at}/"),
        user: "admin".into(),
        password_file: None,
        password: Secret(password.into()),
        certificate_file: None,
        certificate: None,
        system: system.map(str::to_owned),
        rated_w: Some(600.0),
        force_off: false,
    }
}

#[test]
fn a_system_is_found_read_and_asked_for_what_it_allows() {
    let (at, fake) = fake();
    let mut two = Redfish::new(&plan(at, "pass", Some("two"))).expect("it starts");
    assert_eq!(two.power(), Ok(Power::On), "on its way off is not off");
    for act in [Act::Stop, Act::Start, Act::ForceOff, Act::Cap(25), Act::Cap(100)] {
        assert_eq!(two.act(act), Ok(()), "{act:?}");
    }
    let reset = "POST /redfish/v1/Systems/two/Actions/ComputerSystem.Reset";
    let limit = "PATCH /redfish/v1/Chassis/1/Power";
    let asked = fake.asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(
        asked,
        [
            format!("{reset} {{\"ResetType\":\"PushPowerButton\"}}"),
            format!("{reset} {{\"ResetType\":\"On\"}}"),
            format!("{reset} {{\"ResetType\":\"ForceOff\"}}"),
            format!("{limit} {{\"PowerControl\":[{{\"PowerLimit\":{{\"LimitInWatts\":150.0}}}}]}}"),
            format!("{limit} {{\"PowerControl\":[{{\"PowerLimit\":{{\"LimitInWatts\":null}}}}]}}"),
        ]
    );
}

#[test]
fn what_it_cannot_or_will_not_is_told_apart() {
    let (at, _fake) = fake();
    let error = |plan: &BmcPlan| {
        Redfish::new(plan)
            .expect("it starts")
            .power()
            .expect_err("it fails")
    };
    assert!(matches!(error(&plan(at, "wrong", None)), BmcError::Refused(_)));
    assert_eq!(
        error(&plan(at, "pass", None)),
        BmcError::Unable("it has 2 systems; name one with `system`".into())
    );
    assert_eq!(
        error(&plan(at, "pass", Some("x"))),
        BmcError::Unable("it has no system `x`".into())
    );
    let mut one = Redfish::new(&plan(at, "pass", Some("one"))).expect("it starts");
    assert_eq!(
        one.act(Act::Stop),
        Err(BmcError::Unable(
            "of GracefulShutdown, PushPowerButton it allows none, only On, ForceOff".into()
        ))
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port");
    assert!(matches!(
        error(&plan(closed, "pass", None)),
        BmcError::NoAnswer(_)
    ));
}
