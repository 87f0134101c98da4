//! What Prometheus's own linter says of the metrics of a running rack.

use std::io::Write;
use std::process::{Command, Stdio};

use super::support::{Core, Rig, configuration, core, directory, http};

#[test]
fn promtool_is_content_with_the_metrics() {
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |_| {});
    let data = core::commissioned(directory.path());
    let core = Core::start(&config, &data, &rig);
    core.until("the exhaust is measured", 20.0, |picture| {
        core::number(picture, "rack.exhaust.a.temperature").is_some()
    });
    let metrics = http::get(core.web, "/metrics").expect("it answers");
    assert_eq!(metrics.status, 200);
    for family in [
        "rack_exhaust_temperature_celsius{member=\"a\"}",
        "rack_front_events_total",
        "rack_build_info",
    ] {
        assert!(metrics.body.contains(family), "no {family} in\n{}", metrics.body);
    }
    let Some(promtool) = std::env::var_os("PROMTOOL") else {
        println!("NOTICE: PROMTOOL names no promtool: the linter was not tried");
        return;
    };
    let mut child = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool runs");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(metrics.body.as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.trim().is_empty(), "{said}");
}
