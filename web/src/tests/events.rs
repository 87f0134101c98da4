use super::*;
use crate::SSE_MAX;

/// First line of the next chunk.
async fn line(body: &mut Body) -> String {
    let frame = body
        .frame()
        .await
        .expect("a chunk")
        .expect("no error")
        .into_data()
        .expect("data");
    String::from_utf8(frame.to_vec())
        .expect("text")
        .lines()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
}

async fn listen(bench: &Bench) -> Body {
    let response = raw(&bench.router, get("/api/v1/events")).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut body = response.into_body();
    assert_eq!(line(&mut body).await, "retry: 2000 ");
    body
}

#[tokio::test]
async fn the_first_picture_comes_at_once_and_the_next_on_change() {
    let bench = bench(picture(1, Instant::now()));
    let mut body = listen(&bench).await;
    assert_eq!(line(&mut body).await, "event: snapshot id: 1");
    bench.pictures.send_replace(Arc::new(picture(2, Instant::now())));
    assert_eq!(line(&mut body).await, "event: snapshot id: 2");
}

#[tokio::test(start_paused = true)]
async fn pictures_come_at_a_pace_but_a_turn_comes_at_once() {
    let bench = bench(picture(1, Instant::now()));
    let mut body = listen(&bench).await;
    assert_eq!(line(&mut body).await, "event: snapshot id: 1");
    let begun = tokio::time::Instant::now();
    bench.pictures.send_replace(Arc::new(picture(2, Instant::now())));
    tokio::time::sleep(Duration::from_millis(20)).await;
    bench.pictures.send_replace(Arc::new(picture(3, Instant::now())));
    assert_eq!(
        line(&mut body).await,
        "event: snapshot id: 3",
        "the newest when its time has come"
    );
    assert!(begun.elapsed() >= crate::PICTURE_EVERY);
    let mut alarmed = Snapshot {
        tick: 4,
        ..Snapshot::default()
    };
    alarmed.alarms.raised.put(points::alarm::Alarm::DoorOpen, true);
    let begun = tokio::time::Instant::now();
    bench.pictures.send_replace(Arc::new(Rendered::new(
        Arc::new(alarmed),
        &Hosts::default(),
        Instant::now(),
        0,
    )));
    assert_eq!(line(&mut body).await, "event: snapshot id: 4");
    assert!(
        begun.elapsed() < Duration::from_millis(1),
        "an alarm does not wait for the pace"
    );
}

#[tokio::test]
async fn a_slow_client_skips_to_the_newest() {
    let bench = bench(picture(1, Instant::now()));
    let mut body = listen(&bench).await;
    for tick in 2..100 {
        bench
            .pictures
            .send_replace(Arc::new(picture(tick, Instant::now())));
        tokio::task::yield_now().await;
    }
    let mut read = 1;
    while line(&mut body).await != "event: snapshot id: 99" {
        read += 1;
    }
    assert!(read <= 2, "{read} old pictures waited");
}

#[tokio::test]
async fn silence_is_said_within_two_seconds_of_the_picture() {
    let bench = bench(picture(1, ago(1_800)));
    let mut body = listen(&bench).await;
    let start = Instant::now();
    assert_eq!(line(&mut body).await, "event: snapshot id: 1");
    assert!(
        line(&mut body)
            .await
            .starts_with("event: stale data: {\"status\":\"stale\"")
    );
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "the age counts from the picture, not from its sending"
    );
    bench.pictures.send_replace(Arc::new(picture(2, Instant::now())));
    assert_eq!(line(&mut body).await, "event: snapshot id: 2");
}

#[tokio::test]
async fn an_old_picture_is_stale_from_the_first_event_on() {
    let bench = bench(Rendered::empty(Instant::now()));
    let mut body = listen(&bench).await;
    assert!(line(&mut body).await.contains("starting"));
    bench.pictures.send_replace(Arc::new(picture(1, ago(5_000))));
    assert!(line(&mut body).await.contains("\"stale\""));
}

#[tokio::test]
async fn clients_are_capped_and_a_place_comes_free_again() {
    let bench = bench(picture(1, Instant::now()));
    let mut held = Vec::new();
    for _ in 0..SSE_MAX {
        held.push(listen(&bench).await);
    }
    let (status, _) = ask(&bench.router, get("/api/v1/events")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    held.clear();
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(listen(&bench).await);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_loses_its_place() {
    let bench = bench(picture(1, Instant::now()));
    let mut held = Vec::new();
    for _ in 0..SSE_MAX {
        held.push(raw(&bench.router, get("/api/v1/events")).await);
    }
    tokio::time::sleep(crate::SSE_STUCK + Duration::from_secs(1)).await;
    drop(listen(&bench).await);
}

#[tokio::test]
async fn the_stream_ends_with_the_core() {
    let bench = bench(picture(1, Instant::now()));
    let mut body = listen(&bench).await;
    assert_eq!(line(&mut body).await, "event: snapshot id: 1");
    drop(bench);
    assert!(body.frame().await.is_none());
}
