//! The page's interface on a rack of its own, without a socket to the world.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use hil_rig::plant::Profile;
use hil_rig::rack::{ACTS, RackConfig};
use hil_rig::server::Server;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;

/// A rack, its page, and the server that keeps its socket.
struct Page {
    shared: Shared,
    _server: Server,
    _folder: tempfile::TempDir,
}

impl Page {
    fn new() -> Page {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("rig.sock");
        let rack = hil_rig::rack::Rack::new(RackConfig {
            load: Profile::constant(5_000.0),
            ..RackConfig::default()
        });
        let server = Server::bind(rack, &socket, 10.0).expect("a socket");
        let controller = Controller::watch(None).expect("a thread");
        let (shared, _) = shared(server.rig(), socket, controller).expect("a thread");
        Page {
            shared,
            _server: server,
            _folder: folder,
        }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let answer = router(self.shared.clone())
            .oneshot(request)
            .await
            .expect("it answers");
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(plain(path)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.send(post_of(path, body.to_string())).await
    }

    async fn act(&self, act: impl Into<Value>) -> (StatusCode, Value) {
        self.post("/api/v1/acts", json!({ "act": act.into() })).await
    }

    /// A run once it is over.
    async fn over(&self, id: &Value) -> Value {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let job = self.get(&format!("/api/v1/jobs/{id}")).await;
            if job["stage"] != "waiting" && job["stage"] != "running" {
                return job;
            }
            assert!(Instant::now() < end, "{job}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn plain(path: &str) -> Request<Body> {
    let request = Request::get(path).header(header::HOST, "127.0.0.1:8090");
    request.body(Body::empty()).expect("a request")
}

fn post_of(path: &str, body: String) -> Request<Body> {
    Request::post(path)
        .header(header::HOST, "127.0.0.1:8090")
        .header(ACT_HEADER, "1")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body))
        .expect("a request")
}

#[tokio::test]
async fn an_act_by_text_or_json_changes_the_rack_and_is_told_with_its_mend() {
    let page = Page::new();
    assert_eq!(page.get("/api/v1/picture").await["departures"], json!([]));
    let (status, answer) = page.act("door open").await;
    assert_eq!((status, &answer["act"]), (StatusCode::OK, &json!("door open")));
    let json = json!({ "smoke": { "channel": "left", "level": "alarm" } });
    assert_eq!(page.act(json).await.0, StatusCode::OK);
    let (_, waits) = page.act("when exhaust above 90 °C do blower jammed on").await;
    assert_eq!(waits["result"], "waits");
    let picture = page.get("/api/v1/picture").await;
    assert_eq!(picture["door_open"], true);
    let says: Vec<&Value> = picture["departures"].as_array().expect("a list").iter().collect();
    assert_eq!(says[0], &json!({ "says": "door open", "mend": "door closed" }));
    assert_eq!(
        says[1],
        &json!({ "says": "smoke a alarm", "mend": "smoke modelled a" })
    );
    assert_eq!(picture["done"][0]["act"], "smoke a alarm", "newest first");
    assert_eq!(picture["waiting"][0]["until"], "when exhaust above 90 °C");
    let door = json!({ "act": "door", "arguments": ["open"] });
    assert!(picture["state"].as_array().expect("a list").contains(&door));
    // A mend is an act like any other.
    page.act(picture["departures"][0]["mend"].clone()).await;
    assert_eq!(page.get("/api/v1/picture").await["door_open"], false);
    let (_, healed) = page.post("/api/v1/healthy", json!({})).await;
    assert_eq!(healed["left"], json!([]));
    let picture = page.get("/api/v1/picture").await;
    assert_eq!(
        (&picture["departures"], &picture["waiting"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test]
async fn a_bad_act_says_what_is_wrong_and_where_and_changes_nothing() {
    let page = Page::new();
    for (act, column, part) in [
        (json!("dor open"), json!(1), "did you mean `door`?"),
        (json!("load 70 kW"), json!(6), "out of range"),
        (json!({ "load": { "power_w": 1e9 } }), Value::Null, "out of range"),
        (json!({ "door": {} }), Value::Null, "is no act"),
        (json!(7), Value::Null, "`act` is missing"),
    ] {
        let (status, answer) = page.act(act.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{act}");
        assert_eq!(answer["column"], column, "{act}: {answer}");
        let error = answer["error"].as_str().expect("a text");
        assert!(error.contains(part), "{act}: {error}");
    }
    let (status, answer) = page.send(post_of("/api/v1/acts", "{".into())).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert_eq!(page.get("/api/v1/picture").await["done"], json!([]));
}

#[tokio::test]
async fn what_comes_from_elsewhere_is_refused() {
    let page = Page::new();
    let body = json!({ "act": "door open" }).to_string();
    let changed = |name: header::HeaderName, value: &'static str| {
        let mut request = post_of("/api/v1/acts", body.clone());
        request
            .headers_mut()
            .insert(name, header::HeaderValue::from_static(value));
        request
    };
    let act_header = header::HeaderName::from_static(ACT_HEADER);
    for (request, expected) in [
        (changed(header::HOST, "evil.example:8090"), StatusCode::FORBIDDEN),
        (
            changed(header::ORIGIN, "http://evil.example"),
            StatusCode::FORBIDDEN,
        ),
        (
            changed(header::ORIGIN, "http://127.0.0.1:8080"),
            StatusCode::FORBIDDEN,
        ),
        (changed(act_header, "0"), StatusCode::FORBIDDEN),
        (
            changed(header::CONTENT_TYPE, "text/plain"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            post_of("/api/v1/acts", " ".repeat(ACT_MAX + 1)),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        (changed(header::ORIGIN, "http://127.0.0.1:8090"), StatusCode::OK),
    ] {
        let told = format!("{request:?}");
        assert_eq!(page.send(request).await.0, expected, "{told}");
    }
    let answer = router(page.shared.clone())
        .oneshot(plain("/"))
        .await
        .expect("it answers");
    for (name, part) in [
        (header::CONTENT_SECURITY_POLICY, "default-src 'self'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        let value = answer.headers()[&name].to_str().expect("text");
        assert!(value.contains(part), "{name}: {value}");
    }
}

#[tokio::test]
async fn the_tables_are_those_of_the_rig() {
    let page = Page::new();
    let tables = page.get("/api/v1/tables").await;
    assert_eq!(tables["acts"].as_array().expect("a list").len(), ACTS.len());
    for chip in tables["instruments"].as_array().expect("a list") {
        let kind = chip["kind"].as_str().expect("a text");
        assert!(
            !tables["faults"][kind].as_array().expect("a list").is_empty(),
            "{chip}"
        );
    }
    let name = tables["library"][0]["name"].as_str().expect("a name").to_owned();
    let text = page.get(&format!("/api/v1/library/{name}")).await;
    assert!(text["text"].as_str().expect("a text").contains("title"));
    page.get("/api/v1/picture").await;
    let trend = page.get("/api/v1/trend?names=exhaust,room").await;
    assert_eq!(trend["values"]["room"][0], 24.0);
    let (status, error) = page.send(plain("/api/v1/trend?names=exhale")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(error["error"].as_str().expect("a text").contains("exhale"));
}

const SHORT: &str = "title Short\nwait 2 s\ndoor open\nexpect truth room > 0 °C\nexpect truth room > 50 °C\n";

#[tokio::test]
async fn a_scenario_runs_to_its_verdicts_and_leaves_the_rack_alone() {
    let page = Page::new();
    let wish = json!({ "name": "short", "text": SHORT, "seed": 5 });
    let (status, answer) = page.post("/api/v1/jobs", wish).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let job = page.over(&answer["id"]).await;
    assert_eq!(
        (&job["stage"], &job["seed"]),
        (&json!("fail"), &json!(5)),
        "{job}"
    );
    assert_eq!(
        (&job["good"], &job["bad"], &job["step"]),
        (&json!(1), &json!(1), &job["steps"])
    );
    assert_eq!(job["verdicts"][1]["line"], 5);
    assert_eq!(
        page.get("/api/v1/picture").await["door_open"],
        false,
        "it has a rack of its own"
    );
    let (_, answer) = page.post("/api/v1/jobs", json!({ "name": "fire-button" })).await;
    assert_eq!(page.over(&answer["id"]).await["stage"], "pass");
}

#[tokio::test]
async fn mistakes_are_told_with_line_and_column_and_nothing_runs() {
    let page = Page::new();
    let text = "title Wrong\nwait 1 s\ndor open\n  exepct normal\n";
    for path in ["/api/v1/check", "/api/v1/jobs"] {
        let (status, answer) = page.post(path, json!({ "name": "wrong", "text": text })).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}: {answer}");
        let problems = answer["problems"].as_array().expect("a list");
        let places: Vec<_> = problems
            .iter()
            .map(|one| (&one["line"], &one["column"]))
            .collect();
        assert_eq!(
            places,
            [(&json!(3), &json!(1)), (&json!(4), &json!(3))],
            "{answer}"
        );
    }
    let (status, good) = page
        .post("/api/v1/check", json!({ "name": "short", "text": SHORT }))
        .await;
    assert_eq!((status, &good["steps"]), (StatusCode::OK, &json!(4)));
    let (status, unknown) = page.post("/api/v1/jobs", json!({ "name": "fire-buton" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(unknown["error"].as_str().expect("a text").contains("fire-button"));
    assert_eq!(page.get("/api/v1/jobs").await, json!([]));
}

#[tokio::test]
async fn one_runs_some_wait_and_a_further_one_is_told_that_it_is_full() {
    let page = Page::new();
    let long = json!({ "name": "long", "text": "title Long\nwait 300 d\nexpect no alarm\n" });
    let (_, first) = page.post("/api/v1/jobs", long.clone()).await;
    let end = Instant::now() + Duration::from_secs(60);
    while page.get("/api/v1/jobs").await[0]["stage"] != "running" {
        assert!(Instant::now() < end, "the worker takes it");
    }
    for _ in 0..jobs::WAITING_MAX {
        assert_eq!(
            page.post("/api/v1/jobs", long.clone()).await.0,
            StatusCode::CREATED
        );
    }
    let (status, full) = page.post("/api/v1/jobs", long).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        full["error"].as_str().expect("a text").contains("wait already"),
        "{full}"
    );
    for job in page.get("/api/v1/jobs").await.as_array().expect("a list") {
        let path = format!("/api/v1/jobs/{}/cancel", job["id"]);
        assert_eq!(page.post(&path, json!({})).await.0, StatusCode::OK);
    }
    let first = page.over(&first["id"]).await;
    assert_eq!(first["stage"], "ended");
    assert_eq!(
        page.post("/api/v1/jobs/99/cancel", json!({})).await.0,
        StatusCode::NOT_FOUND
    );
}
