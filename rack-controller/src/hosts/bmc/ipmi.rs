//! IPMI 2.0 by the program `ipmitool`: soft shutdown (ACPI), power state, power on and off. The password goes by its
//! environment, where no list of processes shows it.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::duty::{Act, Done};
use super::plan::BmcPlan;
use super::{Able, Bmc, BmcError, Power};

/// Longest that `ipmitool` may take; its own repeats end before.
const PATIENCE: Duration = Duration::from_secs(12);
/// Time between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// What it says when a controller does not answer which cipher suites it has, after 9 s of asking (1.8.19); then it goes on with
/// the suite below.
const NO_SUITES: &str = "Unable to Get Channel Cipher Suites";
/// That suite: RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128 (IPMI 2.0, table 22-19), which every controller has to have. Named to
/// it, nothing is asked before.
const SUITE: [&str; 2] = ["-C", "3"];
/// Most bytes of its words that are kept.
const WORDS_MAX: u64 = 4096;

/// One management controller.
#[derive(Debug)]
pub struct Ipmi {
    plan: BmcPlan,
    /// It was heard that the controller does not say its suites: looks every two seconds have no 9 s for that, and what is
    /// seen of a host is only good for 15 s.
    names_no_suites: bool,
}

impl Ipmi {
    /// Reaches it so.
    pub fn new(plan: &BmcPlan) -> Self {
        Ipmi {
            plan: plan.clone(),
            names_no_suites: false,
        }
    }

    /// Runs `ipmitool`. A controller that does not say its suites is not asked for them again, until a request fails: it may
    /// have been replaced.
    fn run(&mut self, words: &[&str]) -> Result<String, BmcError> {
        let (said, wrong) = match self.once(words) {
            Ok(both) => both,
            Err(error) => {
                self.names_no_suites = false;
                return Err(error);
            }
        };
        self.names_no_suites |= wrong.contains(NO_SUITES);
        Ok(said)
    }

    /// What it prints, and what it complains of.
    fn once(&self, words: &[&str]) -> Result<(String, String), BmcError> {
        let (host, port) = match self.plan.address.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() && !host.contains(':') => (host, port),
            Some(_) | None => (self.plan.address.as_str(), "623"),
        };
        let interface = self.plan.system.as_deref().unwrap_or("lanplus");
        let mut command = Command::new("ipmitool");
        command
            .args([
                "-I",
                interface,
                "-H",
                host,
                "-p",
                port,
                "-U",
                &self.plan.user,
                "-E",
                "-N",
                "2",
                "-R",
                "3",
            ])
            .args(
                SUITE
                    .iter()
                    .filter(|_| self.names_no_suites && interface == "lanplus"),
            )
            .args(words)
            .env("IPMI_PASSWORD", &self.plan.password.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| {
            BmcError::NoAnswer(format!("ipmitool: {error}; install the package ipmitool"))
        })?;
        let until = Instant::now() + PATIENCE;
        let ended = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if Instant::now() < until => std::thread::sleep(LOOK),
                Ok(None) | Err(_) => break None,
            }
        };
        let Some(status) = ended else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(BmcError::NoAnswer("ipmitool did not end in time".into()));
        };
        let (mut said, mut wrong) = (String::new(), String::new());
        if let Some(out) = child.stdout.take() {
            let _ = out.take(WORDS_MAX).read_to_string(&mut said);
        }
        if let Some(out) = child.stderr.take() {
            let _ = out.take(WORDS_MAX).read_to_string(&mut wrong);
        }
        if status.success() {
            return Ok((said, wrong));
        }
        let first = wrong.lines().next().unwrap_or("it says nothing").to_owned();
        if first.contains("Unable to establish") {
            Err(BmcError::NoAnswer(first))
        } else {
            Err(BmcError::Refused(first))
        }
    }
}

/// What `chassis power status` prints.
fn power_of(said: &str) -> Result<Power, BmcError> {
    match said.trim().rsplit(' ').next() {
        Some("on") => Ok(Power::On),
        Some("off") => Ok(Power::Off),
        Some(_) | None => Err(BmcError::Nonsense(said.trim().chars().take(80).collect())),
    }
}

/// What `dcmi power reading` prints: `Instantaneous power reading: 220 Watts` among other lines (DCMI 1.5, Get Power Reading).
fn drawn_of(said: &str) -> Option<f64> {
    let line = said
        .lines()
        .find(|line| line.trim_start().starts_with("Instantaneous power reading"))?;
    let watts = line.split(':').nth(1)?.split_whitespace().next()?;
    watts.parse().ok().filter(|watts| *watts >= 0.0)
}

impl Bmc for Ipmi {
    fn power(&mut self) -> Result<Power, BmcError> {
        power_of(&self.run(&["chassis", "power", "status"])?)
    }

    fn act(&mut self, act: Act) -> Result<Done, BmcError> {
        let word = match act {
            Act::Stop { .. } => "soft",
            Act::Start => "on",
            Act::ForceOff => "off",
            // Nobody asks for one: see `BmcPlan::caps`.
            Act::Cap(_) => return Err(BmcError::Unable("no cap is set by IPMI".into())),
        };
        self.run(&["chassis", "power", word]).map(|_| Done::Sent)
    }

    fn drawn(&mut self) -> Result<Option<f64>, BmcError> {
        Ok(drawn_of(&self.run(&["dcmi", "power", "reading"])?))
    }

    fn able(&mut self) -> Result<Able, BmcError> {
        // The command that stops is one that every controller of this protocol knows; that it answers is what can be seen.
        self.power().map(|_| Able {
            stops: true,
            caps: false,
        })
    }
}

#[cfg(test)]
#[path = "ipmi_tests.rs"]
mod tests;
