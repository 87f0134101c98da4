//! `rack-controller scan`: the hardware of a site as it is found, and what to do next.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crate::cli::{complain, print};
use crate::core::alone;
use crate::core::world::linux::scan::{Section, State, scan};
use crate::site::Site;

/// Looks and prints. Exit status 0 means that everything is as the file says.
pub fn run(file: &Path, site: &Site, data: &Path, json: bool) -> ExitCode {
    if site.simulated {
        complain(&format!(
            "{}: this rack is emulated, there is no hardware to look at; write a file with `simulated = false` and real paths (`rack-controller schema --format raspberry-pi-5` prints one)",
            file.display()
        ));
        return ExitCode::from(2);
    }
    // Two that speak to the chips at once make nonsense of both. Where there is no data directory no controller runs.
    let held = data.is_dir().then(|| alone::alone(data)).transpose();
    if let Err(error) = &held {
        complain(&format!(
            "{error}; stop the controller first, or look at `/api/v1/snapshot`, where it says what it misses"
        ));
        return ExitCode::FAILURE;
    }
    crate::log::silence();
    let sections = scan(site);
    let wrong = count(&sections, State::Wrong);
    print(&if json {
        as_json(&sections)
    } else {
        text(file, &sections)
    });
    if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn count(sections: &[Section], state: State) -> usize {
    let findings = sections.iter().flat_map(|section| &section.findings);
    findings.filter(|finding| finding.state == state).count()
}

fn as_json(sections: &[Section]) -> String {
    format!("{:#}\n", serde_json::json!({ "sections": sections }))
}

fn text(file: &Path, sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        let _ = writeln!(text, "{}", section.title);
        for finding in &section.findings {
            let mark = match finding.state {
                State::Good => "good ",
                State::Wrong => "WRONG",
                State::Extra => "extra",
            };
            let _ = writeln!(text, "  {mark}  {:<18} {}", finding.what, finding.says);
        }
    }
    let (good, wrong, extra) = (
        count(sections, State::Good),
        count(sections, State::Wrong),
        count(sections, State::Extra),
    );
    let next = if wrong > 0 {
        format!(
            "mend what is WRONG, then scan again: rack-controller scan {}",
            file.display()
        )
    } else {
        format!(
            "next: rack-controller commission --data DIR, then rack-controller run --config {} --data DIR",
            file.display()
        )
    };
    let _ = writeln!(
        text,
        "{good} as the file says, {wrong} wrong, {extra} in no file\n{next}"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a machine without any of it: every bus says what is missing and what to do, nothing panics, nothing hangs.
    #[test]
    fn a_machine_without_buses_is_told_line_by_line() {
        let mut config = crate::config::raspberry_pi_5();
        for bus in &mut config.bus {
            bus.path = format!("{}-not-there", bus.path);
        }
        config.core.pins = "gpio:no-such-chip".to_owned();
        let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
        let sections = scan(&site);
        let text = text(Path::new("rack.toml"), &sections);
        for says in [
            "ls /dev/i2c-*",
            "ls /dev/tty*",
            "no GPIO chip is labelled `no-such-chip`",
            "then scan again",
        ] {
            assert!(text.contains(says), "{says}: {text}");
        }
        assert!(count(&sections, State::Wrong) >= 5, "{text}");
        let json: serde_json::Value = serde_json::from_str(&as_json(&sections)).unwrap_or_default();
        assert!(json["sections"][0]["findings"][0]["state"] == "wrong", "{json}");
    }
}
