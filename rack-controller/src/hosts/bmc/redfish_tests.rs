use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use super::*;
use crate::hosts::bmc::plan::{BmcKind, Secret};
use crate::hosts::redfish_fake::serve;

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

fn fake() -> (String, Arc<Fake>) {
    let fake = Arc::new(Fake::default());
    let own = Arc::clone(&fake);
    let root = serve("Basic YWRtaW46cGFzcw==", move |method, path, sent| {
        if method == "GET" {
            return body(path).map_or((404, Value::Null), |body| (200, body));
        }
        let text = format!("{method} {path} {sent}");
        own.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text);
        (204, Value::Null)
    });
    (root, fake)
}

fn plan(root: &str, password: &str, system: Option<&str>) -> BmcPlan {
    BmcPlan {
        kind: BmcKind::Redfish,
        address: format!("{root}/"),
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
    let mut two = Redfish::new(&plan(&at, "pass", Some("two"))).expect("it starts");
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
    assert!(matches!(error(&plan(&at, "wrong", None)), BmcError::Refused(_)));
    assert_eq!(
        error(&plan(&at, "pass", None)),
        BmcError::Unable("it has 2 systems; name one with `system`".into())
    );
    assert_eq!(
        error(&plan(&at, "pass", Some("x"))),
        BmcError::Unable("it has no system `x`".into())
    );
    let mut one = Redfish::new(&plan(&at, "pass", Some("one"))).expect("it starts");
    assert_eq!(
        one.act(Act::Stop),
        Err(BmcError::Unable(
            "of GracefulShutdown, PushPowerButton it allows none, only On, ForceOff".into()
        ))
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port");
    let closed = format!("http://{closed}");
    assert!(matches!(
        error(&plan(&closed, "pass", None)),
        BmcError::NoAnswer(_)
    ));
}
