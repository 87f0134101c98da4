use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use points::Snapshot;
use points::command::Refusal;
use tokio::sync::mpsc;
use tower::ServiceExt;

use super::*;

struct Bench {
    router: Router,
    pictures: watch::Sender<Arc<Rendered>>,
    asked: mpsc::Receiver<Asked>,
}

fn bench(picture: Rendered) -> Bench {
    let (pictures, receiver) = watch::channel(Arc::new(picture));
    let (commands, asked) = mpsc::channel(1);
    Bench {
        router: router(Views {
            pictures: receiver,
            commands,
        }),
        pictures,
        asked,
    }
}

fn picture(tick: u64) -> Rendered {
    Rendered::new(
        &Snapshot {
            tick,
            ..Snapshot::default()
        },
        Instant::now(),
    )
}

fn old() -> Rendered {
    Rendered::new(
        &Snapshot::default(),
        Instant::now()
            .checked_sub(Duration::from_secs(3))
            .expect("the clock has run"),
    )
}

async fn ask(router: &Router, request: Request) -> (StatusCode, Value) {
    let response = router.clone().oneshot(request).await.expect("a router answers");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn get_of(path: &str) -> Request {
    Request::get(path).body(Body::empty()).expect("a request")
}

fn command_of(body: impl Into<Body>) -> Request {
    Request::post("/api/v1/commands")
        .header(COMMAND_HEADER, "1")
        .header(CONTENT_TYPE, "application/json")
        .body(body.into())
        .expect("a request")
}

#[tokio::test]
async fn a_fresh_picture_is_served_and_an_old_one_never() {
    let bench = bench(picture(7));
    let (status, json) = ask(&bench.router, get_of("/api/v1/snapshot")).await;
    assert_eq!((status, &json["tick"]), (StatusCode::OK, &json!(7)));
    assert_eq!(ask(&bench.router, get_of("/healthz")).await.0, StatusCode::OK);
    bench.pictures.send_replace(Arc::new(old()));
    for path in ["/api/v1/snapshot", "/healthz"] {
        let (status, json) = ask(&bench.router, get_of(path)).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            json["error"]
                .as_str()
                .is_some_and(|text| text.starts_with("stale")),
            "{json}"
        );
    }
    bench
        .pictures
        .send_replace(Arc::new(Rendered::empty(Instant::now())));
    assert_eq!(
        ask(&bench.router, get_of("/healthz")).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test(start_paused = true)]
async fn events_bring_the_first_picture_each_next_one_and_say_when_none_comes() {
    let bench = bench(picture(1));
    let response = bench
        .router
        .clone()
        .oneshot(get_of("/api/v1/events"))
        .await
        .expect("it answers");
    let mut body = response.into_body();
    let mut next = async || {
        let frame = body
            .frame()
            .await
            .expect("an event")
            .expect("no error")
            .into_data()
            .expect("data");
        String::from_utf8(frame.to_vec()).expect("text")
    };
    assert!(next().await.starts_with("event: snapshot\nid: 1\ndata: {"));
    bench.pictures.send_replace(Arc::new(picture(2)));
    bench.pictures.send_replace(Arc::new(picture(3)));
    assert!(
        next().await.contains("id: 3"),
        "a slow client skips to the latest"
    );
    assert_eq!(next().await, "event: stale\ndata: {}\n\n");
    assert_eq!(next().await, ": still nothing\n\n");
}

#[tokio::test]
async fn the_event_stream_has_a_cap() {
    let bench = bench(picture(1));
    let mut held = Vec::new();
    for _ in 0..EVENT_CLIENTS_MAX {
        held.push(
            bench
                .router
                .clone()
                .oneshot(get_of("/api/v1/events"))
                .await
                .expect("it answers"),
        );
    }
    assert_eq!(
        ask(&bench.router, get_of("/api/v1/events")).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    held.pop();
    let again = bench
        .router
        .clone()
        .oneshot(get_of("/api/v1/events"))
        .await
        .expect("it answers");
    assert_eq!(again.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_command_is_applied_or_refused_with_its_reason() {
    let mut bench = bench(picture(1));
    for (result, status, reason) in [
        (Ok(()), StatusCode::OK, Value::Null),
        (
            Err(Refusal::NoKey),
            StatusCode::CONFLICT,
            json!(Refusal::NoKey.text()),
        ),
    ] {
        let router = bench.router.clone();
        let asking =
            tokio::spawn(
                async move { ask(&router, command_of(r#"{"command":"silence","by":"mara"}"#)).await },
            );
        let asked = bench.asked.recv().await.expect("the command comes through");
        asked.answer.send(result).expect("somebody waits");
        let (got, json) = asking.await.expect("it ends");
        assert_eq!((got, json["reason"].clone()), (status, reason));
    }
}

#[tokio::test]
async fn bad_requests_are_answered_by_what_is_wrong_with_them() {
    let bench = bench(picture(1));
    let plain = |method: &str, path: &str| {
        Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .expect("a request")
    };
    let no_header = Request::post("/api/v1/commands")
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .expect("a request");
    let no_type = Request::post("/api/v1/commands")
        .header(COMMAND_HEADER, "1")
        .body(Body::from("{}"))
        .expect("a request");
    for (request, status) in [
        (no_header, StatusCode::FORBIDDEN),
        (no_type, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (command_of("{"), StatusCode::BAD_REQUEST),
        (
            command_of(vec![b' '; BODY_MAX + 1]),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        (plain("GET", "/..%2fetc/passwd"), StatusCode::NOT_FOUND),
        (plain("GET", "/nothing"), StatusCode::NOT_FOUND),
        (
            plain("DELETE", "/api/v1/snapshot"),
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (plain("GET", "/api/v1/commands"), StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let path = request.uri().clone();
        let (got, json) = ask(&bench.router, request).await;
        assert_eq!(got, status, "{path}");
        assert!(json["error"].is_string(), "{path}: {json}");
    }
}

#[tokio::test]
async fn a_full_queue_is_said() {
    let bench = bench(picture(1));
    let router = bench.router.clone();
    let first =
        tokio::spawn(async move { ask(&router, command_of(r#"{"command":"silence","by":"a"}"#)).await });
    while bench.asked.is_empty() {
        tokio::task::yield_now().await;
    }
    let (status, _) = ask(&bench.router, command_of(r#"{"command":"silence","by":"b"}"#)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    first.abort();
}

#[tokio::test]
async fn the_page_brings_everything_it_needs_itself() {
    let bench = bench(picture(1));
    for path in ["/", "/status.js", "/status.css"] {
        let response = bench
            .router
            .clone()
            .oneshot(get_of(path))
            .await
            .expect("it answers");
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.headers().contains_key(CONTENT_SECURITY_POLICY));
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(body.to_vec()).expect("text");
        assert!(
            !text.contains("http://") && !text.contains("https://"),
            "{path} asks elsewhere"
        );
    }
}
