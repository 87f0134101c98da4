use serde_json::json;

use super::*;

#[tokio::test]
async fn lanes_have_buckets_with_smallest_and_largest() {
    let bench = bench(picture(1, Instant::now()));
    let path = "/api/v1/history?points=rack.draft.pressure,door.open&from=1000&to=1600&count=3";
    let (status, body) = ask(&bench.router, get(path)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let draft = json!({ "unit": "Pa", "min": [1.0, null, 2.0], "max": [1.0, null, 2.0] });
    assert_eq!(
        body["points"]["rack.draft.pressure"], draft,
        "rounded to the point's decimals"
    );
    assert_eq!(
        (&body["from"], &body["to"], &body["step_s"], &body["resolution_s"]),
        (&json!(1000.0), &json!(1600.0), &json!(200.0), &json!(60))
    );
    let typed: crate::api::History = serde_json::from_value(body).expect("the type of the interface");
    assert_eq!(typed.points.len(), 2);
    // Nothing but the points has to be asked.
    let (status, body) = ask(&bench.router, get("/api/v1/history?points=door.open")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        body["points"]["door.open"]["min"].as_array().map(Vec::len),
        Some(300)
    );
}

#[tokio::test]
async fn bad_questions_name_their_parameter() {
    let bench = bench(picture(1, Instant::now()));
    let many = ["door.open"; 17].join(",");
    let many = format!("points={many}");
    for (query, says) in [
        ("", "points"),
        ("points=", "points"),
        ("points=no.such", "no.such"),
        ("points=door.open,door.open", "twice"),
        (&many, "at most 16"),
        ("points=door.open&from=5&to=5", "to"),
        ("points=door.open&from=9&to=5", "to"),
        ("points=door.open&from=NaN", "from"),
        ("points=door.open&from=-1&to=5", "from"),
        ("points=door.open&to=1e999", "to"),
        ("points=door.open&from=0&to=3153600000", "20 years"),
        ("points=door.open&count=0", "count"),
        ("points=door.open&count=2001", "count"),
        ("points=door.open&count=-1", "count"),
        ("points=door.open&from=1&to=1.5&count=2000", "millisecond"),
        ("points=door.open&step=3", "step"),
    ] {
        let path = format!("/api/v1/history?{query}");
        let (status, body) = ask(&bench.router, get(&path)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}: {body}");
        let text = body["error"].as_str().expect("an error");
        assert!(text.contains(says), "{query}: {text}");
    }
    for (query, says) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("before=1&after=1", "after"),
        ("before=x", "before"),
        ("from=1", "from"),
    ] {
        let (status, body) = ask(&bench.router, get(&format!("/api/v1/journal?{query}"))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(
            body["error"].as_str().is_some_and(|text| text.contains(says)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_said() {
    let bench = bench(picture(1, Instant::now()));
    let (status, body) = ask(&bench.router, get("/api/v1/journal?after=3&limit=5")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body, json!({ "error": "5 after 3 cannot be read" }));
    let (status, body) = ask(&bench.router, get("/api/v1/journal")).await;
    assert_eq!(
        (status, body),
        (StatusCode::OK, json!({ "entries": [], "more": false }))
    );
}

#[tokio::test]
async fn the_rack_and_its_settings_are_said_once_they_are_known() {
    let bench = bench(picture(1, Instant::now()));
    for path in ["/api/v1/rack", "/api/v1/settings"] {
        assert_eq!(
            ask(&bench.router, get(path)).await.0,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
    bench.site.send_replace(Some(Arc::new(Site {
        name: "A-07".into(),
        version: "1",
        simulated: true,
        rated_power_w: 12_000.0,
        settings: points::setting::Settings::default(),
    })));
    let (_, rack) = ask(&bench.router, get("/api/v1/rack")).await;
    assert_eq!(
        rack,
        json!({ "name": "A-07", "version": "1", "simulated": true, "rated_power_w": 12000.0 })
    );
    let (_, settings) = ask(&bench.router, get("/api/v1/settings")).await;
    let settings: Vec<crate::api::Setting> = serde_json::from_value(settings).expect("the interface's type");
    assert_eq!(settings.len(), points::setting::ROWS.len());
    assert!(
        settings
            .iter()
            .any(|one| one.name == "safety.exhaust_trip" && one.unit == "°C")
    );
    let (_, dictionary) = ask(&bench.router, get("/api/v1/points")).await;
    let dictionary: Vec<crate::api::DictionaryEntry> =
        serde_json::from_value(dictionary).expect("the interface's type");
    assert!(dictionary.len() > points::point::COUNT);
}
