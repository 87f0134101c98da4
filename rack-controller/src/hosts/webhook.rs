//! Webhooks: for a host that has no other ear, or work that has to be moved away first (cordon and drain).
//!
//! Every change of what a target's tier is told is POSTed as JSON, signed, until it is taken:
//! ```text
//!  {"rack":"rack-1","host":"db1","tier":"storage","incident":3,"order":7,"word":"shut_down","deadline_s":120,"cap_percent":25}
//!  Rack-Timestamp: 1700000000    Rack-Signature: v1=hex(HMAC-SHA256(secret, timestamp "." body))
//! ```
//! Whoever receives it checks the signature, that the time is near its own, and that `order` does not fall within an incident.
//!
//! A rehearsal is POSTed once, signed alike, to a webhook whose site says that its receiver knows the word (`rehearse`):
//! ```text
//!  {"rack":"rack-1","host":"db1","tier":"storage","word":"rehearsal","rehearsal":7,"deadline_s":180}
//! ```
//! It has no `order`, no `incident` and no cap: nothing that could be taken for an order, or stand in the way of the next one. Whoever
//! receives it answers 2xx if it would act on an order, and does nothing.

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;

use rack_agent::protocol::bounded;
use tokio::sync::watch;

use super::bmc::plan::{Secret, certificate};
use super::client;
use super::order::Orders;
use super::plan::Plan;
use super::rehearsal::{self, Facts};
use super::told::{HostWord, Tell};
use crate::log;

/// Time between two looks for something new.
const LOOK: Duration = Duration::from_millis(200);
/// Waits between repeats of a call that was not taken; the last one stays.
const AGAIN: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
];
/// What is read of an answer that is no success, for the report of a rehearsal, bytes.
const ANSWER_MAX: u64 = 200;
/// Stack of a thread, in bytes.
const STACK: usize = 512 << 10;

/// What is called for a target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WebhookPlan {
    /// Where.
    pub url: String,
    /// A rehearsal calls it.
    pub rehearse: bool,
    /// The file with the secret, which the core reads.
    pub secret_file: String,
    /// The secret.
    pub secret: Secret,
    /// The file with the certificate that the other's is checked against, which the core reads.
    pub certificate_file: Option<String>,
    /// That certificate, in PEM.
    pub certificate: Option<String>,
}

impl WebhookPlan {
    /// Reads secret and certificate; called by the core, which may.
    ///
    /// # Errors
    /// What is wrong with a file, and what to do.
    pub fn read(&mut self) -> Result<(), String> {
        self.secret = Secret::read(&self.secret_file)?;
        if let Some(file) = &self.certificate_file {
            self.certificate = Some(certificate(file)?);
        }
        Ok(())
    }
}

/// Starts a thread for every target that has a webhook. They live as long as the process.
///
/// # Errors
/// When a thread cannot be started.
pub fn start(
    rack: &str,
    plan: &Arc<Plan>,
    orders: &Orders,
    facts: &Facts,
    rehearsals: &watch::Receiver<Option<u32>>,
) -> std::io::Result<()> {
    for (place, target) in plan.targets.iter().enumerate() {
        let Some(webhook) = &target.webhook else { continue };
        let caller = Arc::new(Caller {
            rack: rack.to_owned(),
            host: target.name.clone(),
            place,
            tier: target.tier,
            site: Arc::clone(plan),
            plan: webhook.clone(),
            orders: orders.clone(),
            facts: facts.clone(),
            rehearsals: rehearsals.clone(),
        });
        std::thread::Builder::new()
            .name(format!("webhook-{place}"))
            .stack_size(STACK)
            .spawn(move || caller.run())?;
    }
    Ok(())
}

/// What is told; a change of it is called.
type News = (u32, HostWord, Option<u8>);

struct Caller {
    rack: String,
    host: String,
    place: usize,
    tier: usize,
    site: Arc<Plan>,
    plan: WebhookPlan,
    orders: Orders,
    facts: Facts,
    rehearsals: watch::Receiver<Option<u32>>,
}

impl Caller {
    fn run(self: Arc<Self>) {
        let agent = client::agent(self.plan.certificate.as_deref());
        if let Err(error) = &agent {
            log::line(&format!("{}: its webhook is not called: {error}", self.host));
        }
        let mut rehearsed = None;
        // What a front before this one has said, nobody knows here: the first word is told, whatever it is.
        let mut taken: News = (0, HostWord::Unknown, None);
        let (mut repeats, mut due) = (0usize, Instant::now());
        let mut troubled = false;
        let mut pending = taken;
        loop {
            std::thread::sleep(LOOK);
            let rehearsal = *self.rehearsals.borrow();
            if self.plan.rehearse
                && let Some(number) = rehearsal.filter(|_| rehearsal != rehearsed)
            {
                rehearsed = rehearsal;
                self.rehearse(&agent, number);
            }
            let Ok(agent) = &agent else { continue };
            let now = Instant::now();
            let told = self.orders.told(now);
            let tell = told.target(self.place, self.tier);
            let news = (told.order, tell.word, tell.cap_percent);
            // Nobody knows: nothing is said, and what was said stands.
            if tell.word == HostWord::Unknown || news == taken {
                continue;
            }
            if news != pending {
                (pending, repeats, due) = (news, 0, now);
            }
            if now < due {
                continue;
            }
            match self.call(agent, told.incident, told.order, &tell) {
                Ok(()) => {
                    taken = news;
                    if troubled {
                        log::line(&format!("{}: its webhook takes calls again", self.host));
                    }
                    troubled = false;
                }
                Err(error) => {
                    if !troubled {
                        log::line(&format!(
                            "{}: its webhook: {error}; it is called again",
                            self.host
                        ));
                    }
                    troubled = true;
                    let wait = AGAIN.get(repeats.min(AGAIN.len() - 1)).copied().unwrap_or(LOOK);
                    (repeats, due) = (repeats + 1, Instant::now() + wait);
                }
            }
        }
    }

    /// Calls it for a rehearsal, in a thread of its own: an order does not wait for the answer.
    fn rehearse(self: &Arc<Self>, agent: &Result<ureq::Agent, String>, number: u32) {
        let (caller, agent) = (Arc::clone(self), agent.clone());
        let called = std::thread::Builder::new()
            .name(format!("webhook-{}-rehearsal", self.place))
            .stack_size(STACK)
            .spawn(move || {
                let answer = agent.and_then(|agent| caller.ask(&agent, number));
                caller.facts.webhook(caller.place, number, answer);
            });
        if let Err(error) = called {
            self.facts.webhook(self.place, number, Err(error.to_string()));
        }
    }

    fn ask(&self, agent: &ureq::Agent, number: u32) -> Result<(), String> {
        let stage = rehearsal::stage(&self.site, self.tier, &self.orders);
        let body = json!({
            "rack": self.rack, "host": self.host, "tier": self.tier_name(), "word": "rehearsal", "rehearsal": number,
            "deadline_s": stage.map(|stage| stage.as_us() / 1_000_000),
        });
        let mut answer = self.post(agent, body.to_string())?;
        if answer.status().is_success() {
            return Ok(());
        }
        let (mut text, status) = (Vec::new(), answer.status());
        // One that breaks off has said what it has said.
        let _ = answer
            .body_mut()
            .as_reader()
            .take(ANSWER_MAX)
            .read_to_end(&mut text);
        let text = bounded(String::from_utf8_lossy(&text).trim());
        let said = if text.is_empty() {
            text
        } else {
            format!(": {text}")
        };
        Err(format!("it answers {status}{said}"))
    }

    fn tier_name(&self) -> &str {
        let tier = self.site.tiers.get(self.tier);
        tier.map_or("", |tier| tier.name.as_str())
    }

    fn call(&self, agent: &ureq::Agent, incident: u32, order: u32, tell: &Tell) -> Result<(), String> {
        let word = match tell.word {
            HostWord::Unknown | HostWord::Run => "run",
            HostWord::Prepare => "prepare",
            HostWord::ShutDown => "shut_down",
        };
        let body = json!({
            "rack": self.rack, "host": self.host, "tier": self.tier_name(), "incident": incident, "order": order,
            "word": word, "deadline_s": tell.deadline_s, "cap_percent": tell.cap_percent,
        })
        .to_string();
        let status = self.post(agent, body)?.status();
        status
            .is_success()
            .then_some(())
            .ok_or_else(|| format!("it answers {status}"))
    }

    /// POSTs a body, signed; every answer is one.
    fn post(&self, agent: &ureq::Agent, body: String) -> Result<ureq::http::Response<ureq::Body>, String> {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let signature = signature(self.plan.secret.0.as_bytes(), since, body.as_bytes());
        let request = agent
            .post(&self.plan.url)
            .header("Content-Type", "application/json")
            .header("Rack-Timestamp", since.to_string())
            .header("Rack-Signature", format!("v1={signature}"));
        request.send(body).map_err(|error| error.to_string())
    }
}

/// HMAC-SHA256 (RFC 2104) over time and body, in hexadecimal digits.
pub fn signature(secret: &[u8], timestamp: u64, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(timestamp.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
