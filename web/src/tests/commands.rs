use points::alarm::Alarm;
use points::command::{
    Command, MANUAL_MINUTES_DEFAULT, OVERRIDE_MINUTES_DEFAULT, Proofs, Refusal, Response, Shelf,
};
use points::input::Input;
use points::interlock::{Latch, LatchSet};
use points::{Percent, Text};
use serde_json::json;

use super::*;
use crate::parse::parse;
use crate::{Asks, BODY_MAX, COMMAND_HEADER};

const SILENCE: &str = r#"{"command":"silence","by":"mara"}"#;

fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post("/api/v1/commands")
        .header(COMMAND_HEADER, "1")
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .body(body.into())
        .expect("a request")
}

#[test]
fn every_command_parses() {
    let by = Text::new("mara").expect("it fits");
    let reason = Text::new("filter change").expect("it fits");
    let minutes = MANUAL_MINUTES_DEFAULT;
    let serial = Text::new("S 7").expect("it fits");
    for (body, command) in [
        (
            r#"{"command":"manual","speed":80,"owner":" mara ","reason":"filter change"}"#,
            Command::Manual {
                speed: Percent::of(80.0),
                owner: by,
                reason,
                minutes,
            },
        ),
        (
            r#"{"command":"automatic","owner":"mara"}"#,
            Command::Automatic { owner: by },
        ),
        (
            r#"{"by":"mara","alarm":"exhaust.trip","command":"acknowledge"}"#,
            Command::Acknowledge {
                alarm: Alarm::Trip,
                by,
                comment: Text::EMPTY,
            },
        ),
        (
            r#"{"command":"acknowledge","alarm":"leak","by":"mara","comment":"filter change"}"#,
            Command::Acknowledge {
                alarm: Alarm::Leak,
                by,
                comment: reason,
            },
        ),
        (
            r#"{"command":"shelve","alarm":"door.open","by":"mara","reason":"filter change","minutes":30}"#,
            Command::Shelve {
                alarm: Alarm::DoorOpen,
                by,
                reason,
                shelf: Shelf::Minutes(30),
            },
        ),
        (
            r#"{"command":"shelve","alarm":"door.open","by":"mara","reason":"filter change","once":true}"#,
            Command::Shelve {
                alarm: Alarm::DoorOpen,
                by,
                reason,
                shelf: Shelf::Once,
            },
        ),
        (
            r#"{"command":"unshelve","alarm":"door.open","by":"mara"}"#,
            Command::Unshelve {
                alarm: Alarm::DoorOpen,
                by,
            },
        ),
        (
            r#"{"command":"alarm_out_of_service","alarm":"exhaust.probe","by":"mara","reason":"filter change"}"#,
            Command::AlarmOutOfService {
                alarm: Alarm::ProbeLost,
                by,
                reason,
            },
        ),
        (
            r#"{"command":"alarm_in_service","alarm":"exhaust.probe","by":"mara"}"#,
            Command::AlarmInService {
                alarm: Alarm::ProbeLost,
                by,
            },
        ),
        (SILENCE, Command::Silence { by }),
        (
            r#"{"command":"reset","latches":["fire"],"by":"mara","inspected":true}"#,
            Command::Reset {
                latches: LatchSet::of(&[Latch::Fire]),
                by,
                inspected: true,
            },
        ),
        (
            r#"{"command":"override","input":"door","by":"mara","reason":"filter change"}"#,
            Command::Override {
                input: Input::Door,
                by,
                reason,
                minutes: OVERRIDE_MINUTES_DEFAULT,
            },
        ),
        (
            r#"{"command":"end_override","input":"door","by":"mara"}"#,
            Command::EndOverride {
                input: Input::Door,
                by,
            },
        ),
        (
            r#"{"command":"out_of_service","input":"smoke.a","by":"mara","reason":"filter change","serial":"S 7"}"#,
            Command::OutOfService {
                input: Input::SmokeA,
                by,
                reason,
                serial,
            },
        ),
        (
            r#"{"command":"rehearse_hosts","by":"mara"}"#,
            Command::RehearseHosts { by },
        ),
        (
            r#"{"command":"drill_hosts","hosts":[3,1],"by":"mara","reason":"filter change"}"#,
            Command::DrillHosts {
                hosts: points::host::TargetSet::EMPTY.with(0).with(2),
                by,
                reason,
            },
        ),
        (
            r#"{"command":"self_test","by":"mara","reason":"filter change"}"#,
            Command::SelfTest { by, reason },
        ),
        (
            r#"{"command":"commissioning","by":"mara","reason":"filter change"}"#,
            Command::Commissioning { by, reason },
        ),
        (
            r#"{"command":"in_service","input":"smoke.a","by":"mara","serial":"S 7"}"#,
            Command::InService {
                input: Input::SmokeA,
                by,
                serial,
            },
        ),
    ] {
        assert_eq!(parse(body.as_bytes()), Ok((command, None)), "{body}");
    }
}

#[tokio::test]
async fn bad_bodies_say_what_is_wrong_and_never_reach_the_core() {
    let mut bench = bench(picture(1, Instant::now()));
    let deep = "[".repeat(10_000);
    let long = format!(r#"{{"command":"silence","by":"{}"}}"#, "x".repeat(60_000));
    for (body, says) in [
        ("", "\"line\":1"),
        (
            r#"{"command":"shelve","alarm":"door.open","by":"x","reason":"y"}"#,
            "minutes: missing; or once",
        ),
        (
            r#"{"command":"shelve","alarm":"door.open","by":"x","reason":"y","minutes":0}"#,
            "minutes: outside 1 to 10080",
        ),
        (
            r#"{"command":"shelve","alarm":"door.open","by":"x","reason":"y","minutes":5,"once":true}"#,
            "once: not together with minutes",
        ),
        (
            r#"{"command":"shelve","alarm":"door.open","by":"x","minutes":5}"#,
            "reason: missing",
        ),
        (
            r#"{"command":"unshelve","alarm":"door","by":"x"}"#,
            "is not known",
        ),
        ("{\n  \"command\": }", "\"line\":2"),
        (
            "{\"command\":\"silence\",\n\"by\":\"x\",\n\"loud\":1}",
            "\"line\":3",
        ),
        (
            r#"{"command":"silence","by":"x","loud":1}"#,
            "unknown field `loud`",
        ),
        (
            r#"{"command":"silence","by":"x","by":"y"}"#,
            "duplicate field `by`",
        ),
        (r#"{"command":"silence","by":"x"} {}"#, "trailing"),
        (r#"{"command":"burn"}"#, "acknowledge"),
        (
            r#"{"command":"silence","by":"x","speed":1}"#,
            "not a field of silence",
        ),
        (r#"{"command":"silence"}"#, "by: missing"),
        (r#"{"command":"silence","by":"  "}"#, "by: missing"),
        (r#"{"command":"silence","by":"a\u0000"}"#, "control character"),
        (
            "{\"command\":\"silence\",\"by\":\"\u{1f525}\"}",
            "not a character of a name",
        ),
        ("{\"command\":\"silence\",\"by\":\"a\u{202e}b\"}", "invisible"),
        (&long, "longer than"),
        (
            r#"{"command":"manual","speed":1e999,"owner":"m","reason":"t"}"#,
            "out of range",
        ),
        (
            r#"{"command":"manual","speed":NaN,"owner":"m","reason":"t"}"#,
            "\"column\"",
        ),
        (
            r#"{"command":"manual","speed":"NaN","owner":"m","reason":"t"}"#,
            "invalid type",
        ),
        (
            r#"{"command":"manual","speed":-0.0,"owner":"m","reason":"t"}"#,
            "outside 0 to 100",
        ),
        (
            r#"{"command":"manual","speed":100.1,"owner":"m","reason":"t"}"#,
            "outside 0 to 100",
        ),
        (r#"{"command":"manual","speed":5,"owner":"m"}"#, "reason: missing"),
        (
            r#"{"command":"manual","speed":5,"owner":"m","reason":"t","minutes":0}"#,
            "outside 1 to 240",
        ),
        (
            r#"{"command":"manual","speed":5,"owner":"m","reason":"t","minutes":241}"#,
            "outside 1 to 240",
        ),
        (
            r#"{"command":"manual","speed":5,"owner":"m","reason":"t","minutes":-1}"#,
            "invalid value",
        ),
        (
            r#"{"command":"acknowledge","alarm":"no.such","by":"m"}"#,
            "exhaust.trip",
        ),
        // There is no "all": it would answer a pre-alarm that nobody has looked after.
        (
            r#"{"command":"acknowledge","alarm":"all","by":"m"}"#,
            "fire.prealarm",
        ),
        (r#"{"command":"acknowledge","by":"m"}"#, "missing"),
        (
            r#"{"command":"reset","latches":["fir"],"by":"m"}"#,
            "over_temperature",
        ),
        (r#"{"command":"reset","latches":[],"by":"m"}"#, "at least one"),
        (
            r#"{"command":"override","input":"door","by":"m","reason":"t","minutes":241}"#,
            "outside 1 to 240",
        ),
        (
            r#"{"command":"override","input":"window","by":"m","reason":"t"}"#,
            "exhaust.a",
        ),
        (
            r#"{"command":"out_of_service","input":"door","by":"m","reason":"t"}"#,
            "serial: missing",
        ),
        (
            r#"{"command":"silence","by":"m","challenge":"00000000000000ff","responses":[{"person":"m","digits":"00000001"}]}"#,
            "silence needs none",
        ),
        (
            r#"{"command":"reset","latches":["fire"],"by":"m","responses":[]}"#,
            "challenge: missing",
        ),
        (
            r#"{"command":"reset","latches":["fire"],"by":"m","challenge":"ff"}"#,
            "responses: missing",
        ),
        (
            r#"{"command":"reset","latches":["fire"],"by":"m","challenge":"+00000000000000f","responses":[{"person":"m","digits":"00000001"}]}"#,
            "16 hexadecimal",
        ),
        (
            r#"{"command":"reset","latches":["fire"],"by":"m","challenge":"00000000000000ff","responses":[]}"#,
            "of one person or of two",
        ),
        (
            r#"{"command":"reset","latches":["fire"],"by":"m","challenge":"00000000000000ff","responses":[{"person":"m","digits":"+0000001"}]}"#,
            "8 of them",
        ),
        (&deep, "\"line\":1"),
    ] {
        let (status, json) = ask(&bench.router, post(body.to_owned())).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body:.80}");
        let text = json.to_string();
        assert!(
            json["error"].is_string() && text.contains(says),
            "{body:.80}: {text}"
        );
        assert!(text.len() < 2_000, "an answer is short whatever was sent");
    }
    assert_eq!(
        ask(&bench.router, post(vec![b'"', 0xFF, b'"'])).await.0,
        StatusCode::BAD_REQUEST
    );
    assert!(bench.asked.try_recv().is_err());
}

#[tokio::test]
async fn what_carries_no_command_is_refused_by_its_headers_and_size() {
    let bench = bench(picture(1, Instant::now()));
    let mut request = post(SILENCE);
    request.headers_mut().remove(COMMAND_HEADER);
    assert_eq!(ask(&bench.router, request).await.0, StatusCode::FORBIDDEN);
    let mut request = post(SILENCE);
    request
        .headers_mut()
        .insert(header::CONTENT_TYPE, "text/plain".parse().expect("a value"));
    assert_eq!(
        ask(&bench.router, request).await.0,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let (status, _) = ask(&bench.router, post(vec![b' '; BODY_MAX + 1])).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_answer_is_that_of_the_core() {
    let mut bench = bench(picture(1, Instant::now()));
    for (said, wanted, body) in [
        (Ok(()), StatusCode::OK, json!({ "result": "applied" })),
        (
            Err(Refusal::NoKey),
            StatusCode::CONFLICT,
            json!({ "result": "refused", "reason": "the key switch is not turned", "number": 7 }),
        ),
    ] {
        let router = bench.router.clone();
        let asking = tokio::spawn(async move { ask(&router, post(SILENCE)).await });
        let asked = bench.asked.recv().await.expect("the command comes through");
        let Asks::Act { proofs: None, answer } = asked.asks else {
            panic!("an act by nobody in particular");
        };
        answer.send(said).expect("somebody waits");
        assert_eq!(asking.await.expect("it ends"), (wanted, body));
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_no_answer_and_no_core_are_said() {
    let bench = bench(picture(1, Instant::now()));
    // Nobody takes it: after the wait there is no answer, and it still stands in the queue of one.
    for says in ["no answer", "too many commands"] {
        let (status, json) = ask(&bench.router, post(SILENCE)).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            json["error"].as_str().is_some_and(|text| text.contains(says)),
            "{json}"
        );
    }
    let Bench {
        router,
        asked,
        pictures: _pictures,
        site: _site,
    } = bench;
    drop(asked);
    assert_eq!(
        ask(&router, post(SILENCE)).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

const RESET: &str = r#"{"command":"reset","latches":["fire"],"by":"mara","inspected":true"#;

#[tokio::test]
async fn a_challenge_says_what_is_agreed_to_and_responses_come_with_the_command() {
    let mut bench = bench(picture(1, Instant::now()));
    bench.site.send_replace(Some(Arc::new(Site {
        name: "rack 7".into(),
        version: "0",
        simulated: true,
        rated_power_w: 1.0,
        settings: points::setting::Settings::default(),
    })));
    let router = bench.router.clone();
    let request = Request::post("/api/v1/challenges")
        .header(COMMAND_HEADER, "1")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(format!("{RESET}}}")))
        .expect("a request");
    let asking = tokio::spawn(async move { ask(&router, request).await });
    let asked = bench.asked.recv().await.expect("it comes through");
    let Asks::Challenge { answer } = asked.asks else {
        panic!("a challenge is asked for");
    };
    answer.send(Ok(255)).expect("somebody waits");
    let (status, json) = asking.await.expect("it ends");
    assert_eq!(status, StatusCode::OK);
    let challenge: crate::api::Challenge = serde_json::from_value(json).expect("its type");
    assert_eq!(
        (challenge.challenge.as_str(), challenge.rack.as_str()),
        ("00000000000000ff", "rack 7")
    );
    assert_eq!(challenge.text, r#"reset latches=fire inspected=true by="mara""#);

    let router = bench.router.clone();
    let body = format!(
        r#"{RESET},"challenge":"{}","responses":[{{"person":"mara","digits":"00000042"}}]}}"#,
        challenge.challenge
    );
    let asking = tokio::spawn(async move { ask(&router, post(body)).await });
    let asked = bench.asked.recv().await.expect("it comes through");
    assert_eq!(asked.command.to_string(), challenge.text);
    let Asks::Act { proofs, answer } = asked.asks else {
        panic!("an act");
    };
    let mara = Response {
        person: Text::new("mara").expect("it fits"),
        digits: 42,
    };
    let given = Proofs {
        challenge: 255,
        responses: [Some(mara), None],
    };
    assert_eq!(proofs, Some(given));
    answer.send(Err(Refusal::BadResponse)).expect("somebody waits");
    assert_eq!(asking.await.expect("it ends").0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn no_challenge_is_given_for_what_needs_none() {
    let mut bench = bench(picture(1, Instant::now()));
    let mut request = post(SILENCE);
    *request.uri_mut() = "/api/v1/challenges".parse().expect("a path");
    let (status, json) = ask(&bench.router, request).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        json["error"]
            .as_str()
            .is_some_and(|text| text.contains("silence"))
    );
    assert!(bench.asked.try_recv().is_err());
}

/// Two commands that differ in anything read differently, so that a response to one is none to the other.
#[test]
fn a_commands_words_are_its_own() {
    let by = Text::new("a\" by=\"b").expect("it fits");
    let silence = Command::Silence { by };
    assert_eq!(silence.to_string(), r#"silence by="a\" by=\"b""#);
}
