//! Against a small PDU of our own: no emulator that is known here has outlets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::*;
use crate::hosts::bmc::plan::Secret;
use crate::hosts::redfish_fake::{Answers, Authority, Signed, serve, serve_tls};

const OUTLETS: &str = "/redfish/v1/PowerEquipment/RackPDUs/1/Outlets";

fn outlet(id: &str) -> OutletPlan {
    OutletPlan {
        place: 0,
        feeds: Vec::new(),
        label: String::new(),
        keeps: None,
        wire: Wire::Redfish {
            pdu: 0,
            id: id.into(),
        },
    }
}

/// The resources of a PDU with the outlets A1 (power beside it), A2 (power at a sensor), G (an action of a group), N (none).
fn resources() -> BTreeMap<String, Value> {
    let at = |path: &str| json!({ "@odata.id": path });
    let action = |target: &str| {
        json!({ "#Outlet.PowerControl": {
            "target": target, "PowerState@Redfish.AllowableValues": ["On", "Off", "PowerCycle"],
        } })
    };
    let own = |id: &str| format!("{OUTLETS}/{id}/Actions/Outlet.PowerControl");
    let one = |id: &str, watts: Value, actions: Value| {
        json!({ "@odata.id": format!("{OUTLETS}/{id}"), "Id": id, "PowerState": "On", "PowerWatts": watts,
            "Actions": actions })
    };
    let here = json!({ "Reading": 123.5 });
    let there = at("/redfish/v1/PowerEquipment/RackPDUs/1/Sensors/PowerA2");
    let group = "/redfish/v1/PowerEquipment/RackPDUs/1/OutletGroups/1/Actions/OutletGroup.PowerControl";
    let members: Vec<Value> = ["A1", "A2", "G", "N"]
        .map(|id| at(&format!("{OUTLETS}/{id}")))
        .into();
    let mut all = BTreeMap::new();
    for (path, value) in [
        (
            "/redfish/v1/",
            json!({ "PowerEquipment": at("/redfish/v1/PowerEquipment") }),
        ),
        (
            "/redfish/v1/PowerEquipment",
            json!({ "RackPDUs": at("/redfish/v1/PowerEquipment/RackPDUs") }),
        ),
        (
            "/redfish/v1/PowerEquipment/RackPDUs",
            json!({ "Members": [at("/redfish/v1/PowerEquipment/RackPDUs/1")] }),
        ),
        (
            "/redfish/v1/PowerEquipment/RackPDUs/1",
            json!({ "Outlets": at(OUTLETS) }),
        ),
        (OUTLETS, json!({ "Members": members })),
        (
            "/redfish/v1/PowerEquipment/RackPDUs/1/Sensors/PowerA2",
            json!({ "Reading": 7 }),
        ),
    ] {
        all.insert(path.to_owned(), value);
    }
    for (id, watts, actions) in [
        ("A1", here, action(&own("A1"))),
        ("A2", there, action(&own("A2"))),
        ("G", Value::Null, action(group)),
        ("N", Value::Null, json!({})),
    ] {
        all.insert(format!("{OUTLETS}/{id}"), one(id, watts, actions));
    }
    all
}

#[test]
fn a_sensor_that_cannot_be_read_is_left_out_and_its_outlet_is_not() {
    let asked = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&asked);
    let root = serve(AUTHORIZATION, move |_, path, _| {
        if path.contains("/Sensors/") {
            *counted.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            return (503, Value::Null);
        }
        resources()
            .get(path)
            .map_or((404, Value::Null), |value| (200, value.clone()))
    });
    let mut pdu = Redfish::new(&RedfishReach {
        address: root,
        user: "rack".into(),
        password: Secret("pass".into()),
        ..RedfishReach::default()
    })
    .expect("it starts");
    for _ in 0..3 {
        let state = pdu.read(&outlet("A2"));
        assert_eq!(
            state,
            Ok(State {
                on: true,
                watts: None
            })
        );
    }
    assert_eq!(*asked.lock().unwrap_or_else(PoisonError::into_inner), 1);
}

/// `rack:pass`.
const AUTHORIZATION: &str = "Basic cmFjazpwYXNz";

/// Serves these resources, and notes and does what is asked.
fn answers(resources: &Arc<Mutex<BTreeMap<String, Value>>>, asked: &Arc<Mutex<Vec<String>>>) -> impl Answers {
    let (known, noted) = (Arc::clone(resources), Arc::clone(asked));
    move |method: &str, path: &str, body: &Value| {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if method == "GET" {
            return known
                .get(path)
                .map_or((404, Value::Null), |value| (200, value.clone()));
        }
        noted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(format!("{method} {path} {body}"));
        let outlet = path.split("/Actions/").next().unwrap_or_default();
        if let Some(own) = known.get_mut(outlet) {
            own["PowerState"] = body["PowerState"].clone();
        }
        (204, Value::Null)
    }
}

#[test]
fn an_outlet_is_found_read_and_switched_by_its_own_action_alone() {
    let resources = Arc::new(Mutex::new(resources()));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let root = serve(AUTHORIZATION, answers(&resources, &asked));
    let mut pdu = Redfish::new(&RedfishReach {
        address: root,
        user: "rack".into(),
        password: Secret("pass".into()),
        ..RedfishReach::default()
    })
    .unwrap_or_else(|error| panic!("{error}"));
    let state = |on, watts| Ok(State { on, watts });
    assert_eq!(pdu.read(&outlet("A1")), state(true, Some(123.5)));
    assert_eq!(pdu.read(&outlet("A2")), state(true, Some(7.0)));
    assert_eq!(pdu.read(&outlet(&format!("{OUTLETS}/N"))), state(true, None));
    assert_eq!(pdu.switch(&outlet("A2"), false), Ok(()));
    assert_eq!(pdu.read(&outlet("A2")).map(|state| state.on), Ok(false));
    assert_eq!(pdu.read(&outlet("A1")).map(|state| state.on), Ok(true));
    for (id, why) in [
        ("G", "not of this outlet alone"),
        ("N", "allow `PowerControl`"),
        ("B7", "no outlet `B7`"),
    ] {
        let error = pdu.switch(&outlet(id), false).expect_err(id).to_string();
        assert!(error.contains(why), "{id}: {error}");
    }
    // It says one thing and is another.
    if let Some(own) = resources
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get_mut(&format!("{OUTLETS}/A1"))
    {
        own["Id"] = json!("A9");
    }
    assert!(matches!(
        pdu.switch(&outlet("A1"), false),
        Err(PduError::Nonsense(_))
    ));
    assert_eq!(
        *asked.lock().unwrap_or_else(PoisonError::into_inner),
        [format!(
            "POST {OUTLETS}/A2/Actions/Outlet.PowerControl {{\"PowerState\":\"Off\"}}"
        )],
        "and nothing else was asked"
    );
}

/// A PDU on TLS that shows this certificate; everything it is asked is noted, a reading too.
fn over_tls(signed: Signed, trusted: &str) -> (Redfish, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let inner = answers(&Arc::new(Mutex::new(resources())), &Arc::default());
    let root = serve_tls(
        signed,
        AUTHORIZATION,
        move |method: &str, path: &str, body: &Value| {
            noted
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(format!("{method} {path}"));
            inner(method, path, body)
        },
    );
    let pdu = Redfish::new(&RedfishReach {
        address: root,
        user: "rack".into(),
        password: Secret("pass".into()),
        certificate: Some(trusted.to_owned()),
        ..RedfishReach::default()
    });
    (pdu.unwrap_or_else(|error| panic!("{error}")), asked)
}

#[test]
fn an_outlet_is_switched_over_tls_by_the_authority_that_the_site_names() {
    let authority = Authority::new("site");
    let (mut pdu, asked) = over_tls(authority.signs("127.0.0.1", |_| {}), &authority.pem);
    assert_eq!(
        pdu.read(&outlet("A1")),
        Ok(State {
            on: true,
            watts: Some(123.5)
        })
    );
    assert_eq!(pdu.switch(&outlet("A1"), false), Ok(()));
    assert_eq!(pdu.read(&outlet("A1")).map(|state| state.on), Ok(false));
    let asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
    let posts = asked.iter().filter(|line| line.starts_with("POST"));
    assert_eq!(posts.count(), 1, "{asked:?}");
}

#[test]
fn a_wrong_certificate_is_refused_with_a_reason_and_hears_no_password() {
    let authority = Authority::new("site");
    // Another one, and one that only has the same name.
    let (stranger, false_one) = (Authority::new("elsewhere"), Authority::new("site"));
    let year = |year| {
        move |own: &mut rcgen::CertificateParams| {
            (own.not_before, own.not_after) = (
                rcgen::date_time_ymd(year, 1, 1),
                rcgen::date_time_ymd(year, 12, 31),
            );
        }
    };
    let unknown = "who signed it is in `certificate_file`";
    for (signed, why) in [
        (stranger.signs("127.0.0.1", |_| {}), unknown),
        (false_one.signs("127.0.0.1", |_| {}), unknown),
        (authority.signs("pdu.example", |_| {}), "it is another one's"),
        (authority.signs("127.0.0.1", year(2001)), "it has expired"),
        (authority.signs("127.0.0.1", year(2999)), "it is not valid yet"),
    ] {
        let (mut pdu, asked) = over_tls(signed, &authority.pem);
        for done in [
            pdu.read(&outlet("A1")).map(|_| ()),
            pdu.switch(&outlet("A1"), false),
        ] {
            let error = done.expect_err(why);
            assert!(matches!(error, PduError::Untrusted(_)), "{error}");
            let text = error.to_string();
            assert!(
                text.starts_with("its certificate is not trusted: ") && text.contains(why),
                "{text}"
            );
        }
        assert_eq!(
            *asked.lock().unwrap_or_else(PoisonError::into_inner),
            [""; 0],
            "{why}: nothing was asked of it"
        );
    }
}
