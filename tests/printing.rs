//! What the command line prints: dictionary and schema in every format, and nobody who stops reading is an error.

use std::process::{Command, Stdio};

use super::support::BINARY;
use super::support::process::output;

#[test]
fn dictionary_and_schema_print_in_every_format() {
    for format in ["json", "rackmon"] {
        let printed = output(&["points", "--format", format]);
        assert_eq!(printed.status.code(), Some(0));
        let json: serde_json::Value = serde_json::from_slice(&printed.stdout).expect("JSON");
        let rows = if format == "json" {
            &json
        } else {
            &json["registers"]
        };
        assert!(rows.as_array().is_some_and(|rows| rows.len() > 100), "{format}");
    }
    let csv = String::from_utf8(output(&["points", "--format", "csv"]).stdout).expect("text");
    assert!(csv.starts_with("name,kind,unit,") && csv.lines().count() > 100);
    let md = String::from_utf8(output(&["points", "--format", "md"]).stdout).expect("text");
    assert!(
        md.starts_with('#') && md.contains("rack.exhaust.temperature"),
        "{md:.400}"
    );
    let schema: serde_json::Value = serde_json::from_slice(&output(&["schema"]).stdout).expect("JSON");
    assert!(schema["properties"]["device"].is_object(), "{schema:.400}");
}

#[test]
fn a_reader_that_stops_reading_is_no_failure() {
    for arguments in [
        "points --format json",
        "points --format csv",
        "points --format md",
        "schema",
        "matrix",
    ] {
        let mut command = Command::new(BINARY);
        let mut child = command
            .args(arguments.split(' '))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{arguments}: {error}"));
        // Closed before a byte is read: what `| head -1` does, at its worst.
        drop(child.stdout.take());
        let ended = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), said.as_str()), (Some(0), ""), "{arguments}");
    }
}
