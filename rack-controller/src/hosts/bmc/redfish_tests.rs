use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use super::*;
use crate::hosts::bmc::plan::{BmcKind, Secret};
use crate::hosts::redfish_fake::serve;

/// A management controller of two systems, of which the second is asked; it notes what is asked of it.
struct Fake {
    asked: Mutex<Vec<String>>,
    /// Its chassis has `EnvironmentMetrics`, and not the older `Power`.
    metrics: bool,
    /// It takes limits and keeps its own.
    lies: bool,
    /// The resource with its power limit.
    limit: Mutex<Value>,
    /// Systems beside the two, on further pages of the list.
    more: usize,
}

impl Fake {
    fn body(&self, path: &str) -> Option<Value> {
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
            "/redfish/v1/Systems" => {
                let mut page = json!({ "Members": [
                    { "@odata.id": "/redfish/v1/Systems/one" }, { "@odata.id": "//elsewhere/two" },
                    { "@odata.id": "/redfish/v1/Systems/two" },
                ] });
                if self.more > 0 {
                    page["Members@odata.nextLink"] = json!("/redfish/v1/Systems?page=1");
                }
                page
            }
            "/redfish/v1/Systems/one" => system("one", "On", json!(["On", "ForceOff"])),
            "/redfish/v1/Systems/two" => {
                system("two", "PoweringOff", json!(["On", "ForceOff", "PushPowerButton"]))
            }
            "/redfish/v1/Chassis/1" => {
                let at = json!({ "@odata.id": "/redfish/v1/Chassis/1/Limit" });
                if self.metrics {
                    json!({ "EnvironmentMetrics": at })
                } else {
                    json!({ "Power": at })
                }
            }
            "/redfish/v1/Chassis/1/Limit" => {
                self.limit.lock().unwrap_or_else(PoisonError::into_inner).clone()
            }
            _ => {
                let page: Option<usize> = path
                    .strip_prefix("/redfish/v1/Systems?page=")
                    .and_then(|page| page.parse().ok());
                let Some(page) = page.filter(|page| *page <= self.more) else {
                    let id = path.strip_prefix("/redfish/v1/Systems/more-")?;
                    return Some(system(&format!("more-{id}"), "On", json!([])));
                };
                json!({
                    "Members": [{ "@odata.id": format!("/redfish/v1/Systems/more-{page}") }],
                    // The last one leads back to itself.
                    "Members@odata.nextLink": format!("/redfish/v1/Systems?page={}", (page + 1).min(self.more)),
                })
            }
        })
    }
}

/// What is set is set, member by member.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => into
            .iter_mut()
            .zip(from)
            .for_each(|(into, from)| merge(into, from)),
        (into, from) => *into = from.clone(),
    }
}

fn fake() -> (String, Arc<Fake>) {
    let limit =
        json!({ "PowerControl": [{ "PowerConsumedWatts": 344, "PowerLimit": { "LimitInWatts": null } }] });
    served(Fake {
        asked: Mutex::default(),
        metrics: false,
        lies: false,
        limit: Mutex::new(limit),
        more: 0,
    })
}

fn served(fake: Fake) -> (String, Arc<Fake>) {
    let fake = Arc::new(fake);
    let own = Arc::clone(&fake);
    let root = serve("Basic YWRtaW46cGFzcw==", move |method, path, sent| {
        if method == "GET" {
            return own.body(path).map_or((404, Value::Null), |body| (200, body));
        }
        let text = format!("{method} {path} {sent}");
        own.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text);
        if path.ends_with("/Limit") && !own.lies {
            merge(
                &mut own.limit.lock().unwrap_or_else(PoisonError::into_inner),
                sent,
            );
        }
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
    assert_eq!(two.drawn(), Ok(Some(344.0)));
    let stop = Act::Stop { button: true };
    for act in [stop, Act::Start, Act::ForceOff, Act::Cap(25), Act::Cap(100)] {
        assert_eq!(two.act(act), Ok(Done::Sent), "{act:?}");
    }
    let reset = "POST /redfish/v1/Systems/two/Actions/ComputerSystem.Reset";
    let limit = "PATCH /redfish/v1/Chassis/1/Limit";
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
    // Its button would start a host that is off.
    let gentle = two.act(Act::Stop { button: false });
    assert!(matches!(gentle, Err(BmcError::Unable(_))), "{gentle:?}");
}

#[test]
fn a_limit_of_the_environment_is_set_for_one_state_of_it_read_back_and_left_alone_when_it_is_right() {
    let (at, fake) = served(Fake {
        asked: Mutex::default(),
        metrics: true,
        lies: false,
        limit: Mutex::new(json!({
            "@odata.etag": "W/\"7\"",
            "PowerLimitWatts": { "SetPoint": 450, "ControlMode": "Disabled" },
            "PowerWatts": { "Reading": 612.5 },
        })),
        more: 0,
    });
    let mut two = Redfish::new(&plan(&at, "pass", Some("two"))).expect("it starts");
    assert_eq!(two.drawn(), Ok(Some(612.5)));
    for (act, done) in [
        (Act::Cap(100), Done::AlreadySo),
        (Act::Cap(25), Done::Sent),
        (Act::Cap(25), Done::AlreadySo),
        (Act::Cap(50), Done::Sent),
        (Act::Cap(100), Done::Sent),
    ] {
        assert_eq!(two.act(act), Ok(done), "{act:?}");
    }
    let asked = fake.asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let bodies: Vec<Value> = asked
        .iter()
        .map(|text| {
            let body = text.strip_prefix("PATCH if W/\"7\" /redfish/v1/Chassis/1/Limit ");
            serde_json::from_str(body.expect("for the state that was read")).expect("JSON")
        })
        .collect();
    let set = |watts: f64| json!({ "PowerLimitWatts": { "SetPoint": watts, "ControlMode": "Automatic" } });
    let lifted = json!({ "PowerLimitWatts": { "ControlMode": "Disabled" } });
    assert_eq!(bodies, [set(150.0), set(300.0), lifted]);
}

#[test]
fn a_limit_that_does_not_take_is_told() {
    let (at, _fake) = served(Fake {
        asked: Mutex::default(),
        metrics: true,
        lies: true,
        limit: Mutex::new(json!({ "PowerLimitWatts": { "SetPoint": 450 } })),
        more: 0,
    });
    let mut two = Redfish::new(&plan(&at, "pass", Some("two"))).expect("it starts");
    let why = "150 W was asked and it reads 450 W".into();
    assert_eq!(two.act(Act::Cap(25)), Err(BmcError::NotDone(why)));
}

#[test]
fn a_list_of_systems_is_read_over_its_pages_and_ends() {
    let (at, _fake) = served(Fake {
        asked: Mutex::default(),
        metrics: false,
        lies: false,
        limit: Mutex::default(),
        more: 9,
    });
    let mut last = Redfish::new(&plan(&at, "pass", Some("more-9"))).expect("it starts");
    assert_eq!(last.power(), Ok(Power::On));
    let error = Redfish::new(&plan(&at, "pass", Some("x")))
        .expect("it starts")
        .power()
        .expect_err("there is none");
    let text = error.to_string();
    assert!(
        text.contains("`one`, `two`, `more-1`") && text.ends_with("`more-6`, ..."),
        "{text}"
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
    assert!(matches!(error(&plan(&at, "wrong", None)), BmcError::Unknown(_)));
    assert_eq!(
        error(&plan(&at, "pass", None)),
        BmcError::Unable("it has 2 systems: `one`, `two`; name one with `system`".into())
    );
    assert_eq!(
        error(&plan(&at, "pass", Some("x"))),
        BmcError::Unable("it has no system `x`, only `one`, `two`".into())
    );
    let mut one = Redfish::new(&plan(&at, "pass", Some("one"))).expect("it starts");
    assert_eq!(
        one.act(Act::Stop { button: true }),
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
