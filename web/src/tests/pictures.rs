use points::alarm::{Alarm, AlarmSet, FirstOut, Group, Hidden, Until};
use points::input::{Input, InputSet, Override};
use points::interlock::{Cause, CauseSet, Effect, EffectSet, Latch, LatchSet};
use points::point::{self, contact, flow};
use points::snapshot::Hold;
use points::{ExtinguisherState, Pascal, Percent, Reading, Text};
use serde_json::json;

use super::*;

fn json_of(snapshot: &Snapshot) -> Value {
    json_at(snapshot, &Hosts::default())
}

fn json_at(snapshot: &Snapshot, hosts: &Hosts) -> Value {
    let rendered = Rendered::new(
        Arc::new(snapshot.clone()),
        hosts,
        Instant::now(),
        1_764_000_000_250,
    );
    serde_json::from_slice(&rendered.json()).expect("it is JSON")
}

#[test]
fn the_json_is_that_of_the_contract() {
    let mut s = Snapshot {
        tick: 3,
        now: Moment(10_000_000),
        ..Snapshot::default()
    };
    s.put(
        flow::RACK_DRAFT,
        Reading::good(Pascal::of(-9.4321), Moment(9_700_000)),
    );
    s.put(
        contact::EXTINGUISHER.at(0),
        Reading::good(ExtinguisherState::Armed, s.now),
    );
    for alarm in [Alarm::Warm, Alarm::Trip] {
        s.alarms.raised.put(alarm, true);
    }
    s.alarms.active.put(Alarm::Warm, true);
    s.alarms.unacknowledged = AlarmSet(1 << 7);
    s.alarm_since[7] = Moment(8_000_000);
    (s.causes, s.latched) = (CauseSet::of(&[Cause::C06Warn]), CauseSet::of(&[Cause::C08Trip]));
    let trip = Cause::C08Trip.index();
    s.why.latched_since[trip] = Moment(6_000_000);
    s.why.holds[trip] = EffectSet::of(&[Effect::HostDown]);
    s.why.waits[trip] = EffectSet::of(&[Effect::PduOff]);
    s.why.silenced = CauseSet::of(&[Cause::C08Trip]);
    let exposure = contact::EXTINGUISHER_EXPOSURE.at(1);
    s.put(exposure, Reading::good(Percent::of(2.0), Moment(9_000_000)));
    s.units[1].serial = Text::new("R-1").expect("it fits");
    s.units[1].installed = points::Date::of(2026, 11, 27);
    (s.effects, s.latches) = (
        EffectSet::of(&[Effect::FanMax]),
        LatchSet::of(&[Latch::OverTemperature]),
    );
    let owner = Text::new("m\"<b>").expect("it fits");
    let reason = Text::new("try").expect("it fits");
    s.hold = Some(Hold {
        speed: Percent::of(80.0),
        owner,
        reason,
        until: Moment(70_000_000),
    });
    let j = json_of(&s);
    let draft = json!({ "value": -9.4, "unit": "Pa", "quality": "good", "age_s": 0.3 });
    assert_eq!(j["points"]["rack.draft.pressure"], draft);
    let armed = json!({ "value": 2, "state": "armed", "unit": "", "quality": "good", "age_s": 0.0 });
    assert_eq!(j["points"]["extinguisher.left.state"], armed);
    let absent =
        json!({ "value": null, "unit": "Pa", "quality": "absent", "reason": "not fitted", "age_s": 10.0 });
    assert_eq!(j["points"]["chamber.suction.pressure"], absent);
    assert_eq!(
        j["points"].as_object().map(serde_json::Map::len),
        Some(point::COUNT)
    );
    assert_eq!(
        j["alarms"][0]["name"], "exhaust.trip",
        "the most urgent comes first"
    );
    assert_eq!(j["alarms"][0]["since_s"], 2.0);
    assert_eq!(
        (&j["alarms"][0]["active"], &j["alarms"][0]["acknowledged"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(
        (&j["alarms"][1]["active"], &j["alarms"][1]["acknowledged"]),
        (&json!(true), &json!(true))
    );
    let latched = json!({
        "code": "C08", "title": "Exhaust over-temperature", "active": false, "latched": true, "stands_s": null,
        "latched_s": 4.0, "silenced": true, "holds": ["HOST_DOWN"], "waits": ["PDU_OFF"],
    });
    assert_eq!(j["interlocks"][1], latched);
    assert_eq!(
        (&j["effects"][0]["key"], &j["latches"][0]["key"]),
        (&json!("FAN_MAX"), &json!("over_temperature"))
    );
    let right = json!({
        "known": false, "serial": "R-1", "installed": "2026-11-27", "fired": false, "expired": false, "removed": false,
    });
    assert_eq!(
        j["extinguishers"],
        json!({ "right": right }),
        "only what is fitted"
    );
    let typed: crate::api::Snapshot = serde_json::from_value(j.clone()).expect("the type of the interface");
    assert_eq!((typed.tick, typed.time), (3, 1_764_000_000.25));
    assert_eq!(typed.alarms[1].points, ["rack.exhaust.temperature"]);
    assert_eq!(typed.alarms[1].follows, None, "the trip's condition is over");
    assert_eq!(j["fan"], json!({ "drive": 0.0, "contact_open": false }));
    assert_eq!(j["outputs"]["horn"], false);
    assert_eq!(
        j["hold"],
        json!({ "owner": "m\"<b>", "reason": "try", "speed": 80.0, "left_s": 60.0 })
    );
    assert_eq!(
        (&j["tick"], &j["simulated"], &j["hosts"]),
        (&json!(3), &json!(false), &json!([]))
    );
}

#[test]
fn what_is_put_aside_says_who_why_and_until() {
    let mut s = Snapshot {
        now: Moment(100_000_000),
        ..Snapshot::default()
    };
    for alarm in [Alarm::DoorOpen, Alarm::Leak] {
        s.alarms.active.put(alarm, true);
        s.alarms.raised.put(alarm, true);
    }
    s.alarms.shelved.put(Alarm::DoorOpen, true);
    s.alarms.chattering.put(Alarm::Leak, true);
    s.alarms.flood = Some(Moment(40_000_000));
    s.alarms.sequence = 12;
    s.desk.hidden[3] = Some(Hidden {
        alarm: Alarm::DoorOpen,
        until: Until::Moment(Moment(700_000_000)),
        since: Moment(90_000_000),
        by: Text::new("Ann").expect("it fits"),
        why: Text::new("filter change").expect("it fits"),
    });
    s.desk.first[Group::Enclosure as usize] = Some(FirstOut {
        alarm: Alarm::Leak,
        tick: 77,
        at: Moment(97_500_000),
    });
    let typed: crate::api::Snapshot = serde_json::from_value(json_of(&s)).expect("the type of the interface");
    let [hidden] = typed.alarms_hidden.as_slice() else {
        panic!("one is put aside")
    };
    assert_eq!(
        (hidden.name.as_str(), hidden.how.as_str(), hidden.by.as_str()),
        ("door.open", "shelved", "Ann")
    );
    assert_eq!(
        (hidden.since_s, hidden.left_s, hidden.raised),
        (10.0, Some(600.0), true)
    );
    let [first] = typed.first_out.as_slice() else {
        panic!("one group has a first")
    };
    assert_eq!(
        (
            first.group.as_str(),
            first.name.as_str(),
            first.tick,
            first.since_s
        ),
        ("enclosure", "leak", 77, 2.5)
    );
    assert_eq!(typed.flood.map(|flood| flood.since_s), Some(60.0));
    assert_eq!(typed.alarm_sequence, 12);
    let displays: Vec<_> = typed
        .alarms
        .iter()
        .map(|alarm| (alarm.display.as_str(), alarm.chattering))
        .collect();
    assert_eq!(displays, [("shown", true), ("shelved", false)]);
}

#[test]
fn what_is_no_number_or_no_state_is_no_value() {
    let mut s = Snapshot {
        simulated: true,
        ..Snapshot::default()
    };
    s.cells[flow::RACK_DRAFT.index()].value = Ok(f64::NAN);
    s.cells[contact::DOOR_OPEN.index()].value = Ok(9.0);
    let j = json_of(&s);
    for name in ["rack.draft.pressure", "door.open"] {
        assert_eq!(j["points"][name]["value"], Value::Null);
        assert_eq!(j["points"][name]["reason"], "suspended");
    }
}

#[tokio::test]
async fn a_fresh_picture_is_served_and_an_old_one_never() {
    let bench = bench(picture(7, ago(1_500)));
    assert_eq!(ask(&bench.router, get("/api/v1/snapshot")).await.1["tick"], 7);
    let (status, health) = ask(&bench.router, get("/healthz")).await;
    assert_eq!(
        (status, &health["status"], &health["tick"]),
        (StatusCode::OK, &json!("ok"), &json!(7))
    );
    for (old, word) in [
        (picture(8, ago(2_100)), "stale"),
        (Rendered::empty(ago(10)), "starting"),
    ] {
        bench.pictures.send_replace(Arc::new(old));
        let (status, body) = ask(&bench.router, get("/api/v1/snapshot")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body["error"].is_string() && body["age_s"].is_number() && body.get("points").is_none());
        let (status, body) = ask(&bench.router, get("/healthz")).await;
        assert_eq!(
            (status, &body["status"]),
            (StatusCode::SERVICE_UNAVAILABLE, &json!(word))
        );
    }
}

#[tokio::test]
async fn odd_requests_get_their_status() {
    let bench = bench(picture(1, Instant::now()));
    for path in [
        "/nothing",
        "/api/v1",
        "/..%2f..%2fetc/passwd",
        "/api/v1/snapshot/",
    ] {
        assert_eq!(
            ask(&bench.router, get(path)).await.0,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let post = Request::post("/api/v1/snapshot")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(
        raw(&bench.router, post)
            .await
            .headers()
            .get(header::ALLOW)
            .expect("405 says what is"),
        "GET,HEAD"
    );
    let get_commands = ask(&bench.router, get("/api/v1/commands")).await;
    assert_eq!(get_commands.0, StatusCode::METHOD_NOT_ALLOWED);
    let long = format!("/?{}", "x".repeat(crate::URI_MAX));
    assert_eq!(ask(&bench.router, get(&long)).await.0, StatusCode::URI_TOO_LONG);
    let big = Request::get("/healthz")
        .header("x-big", "x".repeat(100_000))
        .body(Body::empty());
    let (status, _) = ask(&bench.router, big.expect("a request")).await;
    assert_eq!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    for (origin, wanted) in [
        ("http://rack:1", StatusCode::OK),
        ("http://evil", StatusCode::FORBIDDEN),
    ] {
        let request = Request::get("/healthz")
            .header("host", "rack:1")
            .header("origin", origin);
        let (status, _) = ask(&bench.router, request.body(Body::empty()).expect("a request")).await;
        assert_eq!(status, wanted, "{origin}");
    }
}

#[tokio::test]
async fn the_page_brings_all_it_needs_itself() {
    let bench = bench(picture(1, Instant::now()));
    let mut all = String::new();
    for (path, kind, bytes) in crate::page::FILES {
        let response = raw(&bench.router, get(path)).await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], kind);
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        assert!(!bytes.is_empty() && body == bytes, "{path}");
        all.push_str(std::str::from_utf8(bytes).expect("text"));
    }
    // Whatever the page refers to is one of its own files; that it asks nobody else is the browser's test.
    let (_, _, index) = crate::page::FILES[0];
    let index = std::str::from_utf8(index).expect("text");
    for reference in index.split("=\"").filter_map(|rest| rest.strip_prefix('/')) {
        let path = format!("/{}", reference.split('"').next().unwrap_or_default());
        assert!(crate::page::FILES.iter().any(|file| file.0 == path), "{path}");
    }
    assert!(!index.contains("http") && !all.contains("@import") && !all.contains("sourceMappingURL"));
}

#[test]
fn what_is_not_judged_is_told_with_the_point_that_it_measures() {
    let mut s = Snapshot {
        now: Moment(10_000_000),
        ..Snapshot::default()
    };
    s.overrides[0] = Some(Override {
        input: Input::Draft,
        by: Text::new("mara").expect("it fits"),
        reason: Text::new("calibration").expect("it fits"),
        until: Moment(70_000_000),
    });
    s.out_of_service = InputSet::of(&[Input::SmokeB]);
    let j = json_of(&s);
    assert_eq!(
        j["overrides"],
        json!([{ "key": "draft", "title": "Rack draft", "point": "rack.draft.pressure", "by": "mara",
                 "reason": "calibration", "left_s": 60.0 }])
    );
    assert_eq!(
        j["out_of_service"],
        json!([{ "key": "smoke.b", "title": "Smoke channel B", "point": "smoke.b" }])
    );
    let typed: crate::api::Snapshot = serde_json::from_value(j).expect("it is the described picture");
    assert_eq!((typed.overrides.len(), typed.out_of_service.len()), (1, 1));
}

/// Of a family of hosts an alarm names those that the rack has; which of them it is about their states say.
#[test]
fn an_alarm_about_hosts_names_those_that_there_are() {
    let mut s = Snapshot::default();
    for place in [0, 2] {
        s.put_now(
            point::hosts::states::HOST.at(place),
            points::HostState::Unresponsive,
        );
    }
    s.alarms.raised.put(Alarm::HostNotDown, true);
    s.alarms.active.put(Alarm::HostNotDown, true);
    assert_eq!(
        json_of(&s)["alarms"][0]["points"],
        json!(["host.1.state", "host.3.state"])
    );
}
