use points::alarm::Alarm;
use points::point::{blower, temperature};
use points::{Celsius, Percent, Reading};

use super::*;

async fn scraped(bench: &Bench, accept: &str) -> (String, String) {
    let request = Request::get("/metrics")
        .header(header::ACCEPT, accept)
        .body(Body::empty())
        .expect("a request");
    let response = raw(&bench.router, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let kind = response.headers()[header::CONTENT_TYPE]
        .to_str()
        .expect("text")
        .to_owned();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (kind, String::from_utf8(body.to_vec()).expect("text"))
}

fn measured(at: Instant) -> Rendered {
    let mut snapshot = Snapshot {
        tick: 9,
        now: Moment(10_000_000),
        ..Snapshot::default()
    };
    let now = snapshot.now;
    snapshot.put(temperature::INLET.at(0), Reading::good(Celsius::of(23.94), now));
    snapshot.put(
        temperature::INLET.at(1),
        Reading::absent(points::Absent::NoAnswer, now),
    );
    snapshot.put(blower::DUTY.at(0), Reading::good(Percent::of(49.0), now));
    snapshot.alarms.active.put(Alarm::DoorOpen, true);
    Rendered::new(Arc::new(snapshot), &Hosts::default(), at, 0)
}

#[tokio::test]
async fn points_become_gauges_in_base_units() {
    let bench = bench(measured(Instant::now()));
    let (kind, text) = scraped(
        &bench,
        "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
    )
    .await;
    assert!(kind.starts_with("application/openmetrics-text") && text.ends_with("# EOF\n"));
    for line in [
        "# TYPE rack_inlet_temperature_celsius gauge",
        "rack_inlet_temperature_celsius{member=\"left\"} 23.94",
        "rack_blower_duty_ratio{member=\"a\"} 0.49",
        "rack_alarm_active{alarm=\"door.open\",priority=\"medium\"} 1.0",
        "rack_alarm_active{alarm=\"fire.confirmed\",priority=\"critical\"} 0.0",
        "rack_point_quality{point=\"rack.inlet.right.temperature\"} 3.0",
        "rack_effect_active{effect=\"HOST_DOWN\"} 0.0",
        "rack_front_events_total{part=\"modbus\",event=\"accepted\"} 7",
        "rack_tier_clients{tier=\"compute\",state=\"unnamed\"} 2.0",
    ] {
        assert!(text.lines().any(|one| one == line), "no {line} in\n{text}");
    }
    assert!(
        !text.contains("member=\"right\"} "),
        "what has no value has no sample"
    );
    assert!(!text.contains("rack_room_"), "what is not fitted is not there");
    let (kind, classic) = scraped(&bench, "*/*").await;
    assert!(kind.starts_with("text/plain; version=0.0.4") && !classic.contains("# EOF"));
    assert!(
        classic.contains("# TYPE rack_front_events_total counter"),
        "{classic:.600}"
    );
}

#[tokio::test]
async fn an_old_picture_leaves_its_age_and_no_values() {
    let bench = bench(measured(ago(2_500)));
    let (_, text) = scraped(&bench, "").await;
    assert!(text.contains("rack_picture_age_seconds 2.5") && text.contains("rack_front_events_total"));
    assert!(
        !text.contains("celsius") && !text.contains("rack_alarm_active"),
        "{text}"
    );
}
