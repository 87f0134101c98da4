//! What is known about a run besides its scenario: the software, its inputs by their digests, the host, the time.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hil_rig::report::Fact;
use hil_rig::scenario::Scenario;
use sha2::{Digest as _, Sha256};

use super::super::runner::Over;
use super::super::{recording, rig_stand, stand};
use crate::config::commented;

/// Environment variable that holds the label's time in seconds since 1970, for reports that are the same bytes
/// (reproducible-builds.org's convention).
const EPOCH: &str = "SOURCE_DATE_EPOCH";
/// Commit the binary was built from. Set by who builds a release; a build without it is the same build.
const COMMIT: Option<&str> = option_env!("RACK_CONTROLLER_COMMIT");

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// SHA-256 of a file in hexadecimal, or why it cannot be read.
fn sha256_of(path: &Path) -> String {
    let mut digest = Sha256::new();
    let read = std::fs::File::open(path).and_then(|mut file| std::io::copy(&mut file, &mut digest));
    match read {
        Ok(_) => format!("{:x}", digest.finalize()),
        Err(error) => format!("not read: {error}"),
    }
}

/// What does not depend on the scenario: read once for a whole run.
#[derive(Clone, Debug)]
pub struct About {
    over: Over,
    run_at: String,
    software: Vec<Fact>,
}

impl About {
    /// Reads the binaries, the host and the clock.
    pub fn this_process(over: Over) -> Self {
        let mut about = About {
            over,
            run_at: run_at(),
            software: vec![
                Fact::new(
                    "Package",
                    concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
                ),
                Fact::new("Commit", COMMIT.unwrap_or("not recorded in this build")),
                Fact::new("Register map", format!("version {}", points::point::MAP_VERSION)),
                Fact::new("SHA-256 of hil-rig", sha256_of(Path::new("/proc/self/exe"))),
            ],
        };
        if about.over != Over::Process {
            let digest = rig_stand::beside("rack-controller").map(|path| sha256_of(&path));
            let digest = digest.unwrap_or_else(|error| error.to_string());
            about
                .software
                .push(Fact::new("SHA-256 of rack-controller", digest));
        }
        about.software.push(Fact::new("Host", host()));
        about
    }

    /// Where the scenarios run, in words.
    pub(super) fn stand(&self) -> String {
        match &self.over {
            Over::Process => "in process, in virtual time".to_owned(),
            Over::Exec(program) => format!(
                "{} on emulated devices of a real computer, system calls of {}, in real time",
                program.name(),
                std::env::consts::ARCH
            ),
            Over::Rig(speed) => {
                format!("shipped processes over the rig’s socket, at {speed} times real time")
            }
        }
    }

    /// The label of when it was run.
    pub fn run_at(&self) -> &str {
        &self.run_at
    }

    /// Everything about one scenario's run.
    pub(super) fn facts(&self, scenario: &Scenario) -> Vec<Fact> {
        let mut facts = self.software.clone();
        facts.push(Fact::new(
            "SHA-256 of the scenario",
            sha256(scenario.text.as_bytes()),
        ));
        let site = commented(&stand::site(scenario));
        facts.push(Fact::new(
            "SHA-256 of the site’s configuration",
            sha256(site.as_bytes()),
        ));
        for file in scenario.needs.iter().flat_map(|need| recording::files(need)) {
            let digest = sha256_of(&recording::folder().join(file));
            facts.push(Fact::new(&format!("SHA-256 of {file}"), digest));
        }
        facts
    }
}

/// The wall time of the label: now, or what the environment says.
fn run_at() -> String {
    let given = std::env::var(EPOCH).ok().and_then(|text| text.parse().ok());
    let now = given.map_or_else(SystemTime::now, |s| UNIX_EPOCH + Duration::from_secs(s));
    crate::date::label(now)
}

/// The host's system and kernel.
fn host() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let name = name.map_or("unknown system", |name| name.trim_matches('"'));
    let kernel = rustix::system::uname();
    format!(
        "{name}, {} {}, {}",
        kernel.sysname().to_string_lossy(),
        kernel.release().to_string_lossy(),
        kernel.machine().to_string_lossy()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        // FIPS 180-4, the example of one block.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), abc);
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("abc");
        assert!(sha256_of(&file).starts_with("not read: "));
        std::fs::write(&file, b"abc").expect("written");
        assert_eq!(sha256_of(&file), abc);
    }
}
