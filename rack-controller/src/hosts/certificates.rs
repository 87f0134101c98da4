//! When certificates end: of what the site gives, of the agents' authority, and of agents as they come.
//!
//! A certificate that ends takes a channel with it on a day that nobody has chosen. So a rehearsal remarks on what ends within 30 days
//! or has ended, an alarm stands, the log says so once a day, and `/metrics` has all of them. Nothing is refused for it here: TLS does that, or does not.
//! The wall clock is an argument; where it is wrong, so is what is said.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use points::Date;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use web::metrics::Expiry;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::outlets::plan::Reach;
use super::plan::Plan;
use super::rehearsal::Facts;
use crate::log;

/// What ends within so many days is told, days.
pub const SOON_DAYS: i64 = 30;
const DAY_S: i64 = 86_400;
/// From one look to the next: agents come with theirs at any time.
const LOOK: Duration = Duration::from_secs(60);
/// Looks from one word in the log to the next: a day.
const LOOKS: u64 = 1_440;
/// No certificate is known.
const NONE: i64 = i64::MIN;

/// Whose a certificate is: the hosts that a loss of it concerns follow from this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// The NUT server shows it.
    Nut,
    /// Agents and the controller know one another by it.
    Agents,
    /// The agent of the host of this place shows it.
    Agent(usize),
    /// The management controller of this host is checked against it.
    Bmc(usize),
    /// The webhook of this host is checked against it.
    Webhook(usize),
    /// The PDU of this place is checked against it.
    Pdu(usize),
}

/// A certificate, or those of one file: the first end counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    of: Of,
    /// Its end in Unix seconds; none where it does not read.
    end: Option<i64>,
}

/// When the first known certificate ends, as of the last look, for whoever tells the core. Clones are the same one.
#[derive(Clone, Debug)]
pub struct FirstEnd(Arc<AtomicI64>);

impl Default for FirstEnd {
    fn default() -> Self {
        FirstEnd(Arc::new(AtomicI64::new(NONE)))
    }
}

impl FirstEnd {
    fn put(&self, end: Option<i64>) {
        self.0.store(end.unwrap_or(NONE), Ordering::Relaxed);
    }

    /// Whole days until then, 0 once it is over; none while no certificate is known.
    pub fn days(&self, now: SystemTime) -> Option<u16> {
        let end = Some(self.0.load(Ordering::Relaxed)).filter(|end| *end != NONE)?;
        let days = end.saturating_sub(unix_s(now)).max(0) / DAY_S;
        Some(u16::try_from(days).unwrap_or(u16::MAX))
    }
}

/// The end of a certificate in DER, Unix seconds; none where it does not read.
pub fn end(der: &[u8]) -> Option<i64> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

/// The first end of these; none where one does not read, or where there is none.
fn first<'a>(all: impl Iterator<Item = Option<&'a [u8]>>) -> Option<i64> {
    let ends: Option<Vec<i64>> = all.map(|der| end(der?)).collect();
    ends?.into_iter().min()
}

/// The first end of those in a text in PEM.
fn first_of(pem: &str) -> Option<i64> {
    let all: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    first(all.iter().map(|one| Some(one.as_ref().ok()?.as_ref())))
}

/// All that are known.
fn known(plan: &Plan, facts: &Facts) -> Vec<Known> {
    let mut all = Vec::new();
    let mut add = |of, end| all.push(Known { of, end });
    if let Some(identity) = &plan.nut.identity {
        let chain = identity.chain.iter();
        add(Of::Nut, first(chain.map(|der| Some(der.as_slice()))));
    }
    if let Some(keys) = plan.agent.as_ref().and_then(|agent| agent.keys.as_ref()) {
        let both = [keys.authority.as_slice(), keys.certificate.as_slice()];
        add(Of::Agents, first(both.into_iter().map(Some)));
    }
    for (place, target) in plan.targets.iter().enumerate() {
        if let Some(end) = facts.certificate(place) {
            add(Of::Agent(place), end);
        }
        let bmc = target.bmc.as_ref().and_then(|bmc| bmc.certificate.as_deref());
        if let Some(pem) = bmc {
            add(Of::Bmc(place), first_of(pem));
        }
        let webhook = target.webhook.as_ref();
        if let Some(pem) = webhook.and_then(|webhook| webhook.certificate.as_deref()) {
            add(Of::Webhook(place), first_of(pem));
        }
    }
    for (place, pdu) in plan.pdus.iter().enumerate() {
        if let Reach::Redfish(reach) = &pdu.reach
            && let Some(pem) = &reach.certificate
        {
            add(Of::Pdu(place), first_of(pem));
        }
    }
    all
}

/// What is to be said of an end as seen from now, in Unix seconds; nothing while it is far.
fn said(end: Option<i64>, now: i64) -> Option<String> {
    let Some(end) = end else {
        return Some("cannot be read: nobody knows when it expires".into());
    };
    let left = end.saturating_sub(now);
    if left > SOON_DAYS * DAY_S {
        return None;
    }
    let days = left.unsigned_abs() / DAY_S.unsigned_abs();
    let date = date(end);
    let number = match days {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    Some(if left > 0 {
        format!("expires in {number}, on {date}: renew it")
    } else {
        format!("has expired {number} ago, on {date}: renew it")
    })
}

fn date(end: i64) -> String {
    let days = u32::try_from(end.max(0) / DAY_S).unwrap_or(u32::MAX);
    let (year, month, day) = Date::from_days(days).civil();
    format!("{year:04}-{month:02}-{day:02}")
}

/// Now, in Unix seconds.
fn unix_s(now: SystemTime) -> i64 {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

impl Of {
    /// In words; of a host's own without its name.
    fn words(self, plan: &Plan) -> String {
        match self {
            Of::Nut => "the certificate of the NUT server".into(),
            Of::Agents => "the certificate of the agents' authority".into(),
            Of::Agent(_) => "the certificate of its agent".into(),
            Of::Bmc(_) => "the certificate of its management controller".into(),
            Of::Webhook(_) => "the certificate of its webhook".into(),
            Of::Pdu(place) => {
                let pdu = plan.pdus.get(place);
                let name = pdu.map_or("?", |pdu| pdu.name.as_str());
                format!("the certificate of PDU {name}")
            }
        }
    }

    /// The host whose own it is.
    const fn host(self) -> Option<usize> {
        match self {
            Of::Agent(place) | Of::Bmc(place) | Of::Webhook(place) => Some(place),
            Of::Nut | Of::Agents | Of::Pdu(_) => None,
        }
    }

    /// Its loss concerns this host; `enrolled` says whether an agent of it may connect.
    fn concerns(self, plan: &Plan, host: usize, enrolled: bool) -> bool {
        match self {
            Of::Nut => {
                let target = plan.targets.get(host);
                target.is_some_and(|target| !target.addresses.is_empty())
            }
            Of::Agents => enrolled,
            Of::Agent(place) | Of::Bmc(place) | Of::Webhook(place) => place == host,
            Of::Pdu(place) => {
                let mut outlets = plan.outlets.iter();
                outlets.any(|outlet| outlet.wire.pdu() == Some(place) && outlet.feeds.contains(&host))
            }
        }
    }

    /// Its label in the metrics.
    fn label(self, plan: &Plan) -> String {
        let name = |place: usize| plan.targets.get(place).map_or("?", |target| target.name.as_str());
        match self {
            Of::Nut => "nut".into(),
            Of::Agents => "agents".into(),
            Of::Agent(place) => format!("agent/{}", name(place)),
            Of::Bmc(place) => format!("bmc/{}", name(place)),
            Of::Webhook(place) => format!("webhook/{}", name(place)),
            Of::Pdu(place) => {
                let pdu = plan.pdus.get(place);
                format!("pdu/{}", pdu.map_or("?", |pdu| pdu.name.as_str()))
            }
        }
    }
}

/// What a rehearsal remarks on a host.
pub fn remarks(plan: &Plan, facts: &Facts, host: usize, enrolled: bool, now: SystemTime) -> Vec<String> {
    let concerned = known(plan, facts)
        .into_iter()
        .filter(|one| one.of.concerns(plan, host, enrolled));
    concerned
        .filter_map(|one| Some((one, said(one.end, unix_s(now))?)))
        .map(|(one, said)| {
            let words = one.of.words(plan);
            let rest = words.strip_prefix("the ").unwrap_or(&words);
            format!("The {rest} {said}.")
        })
        .collect()
}

/// Every certificate with the seconds until its end, for the metrics.
pub fn expiries(plan: &Plan, facts: &Facts, now: SystemTime) -> Vec<Expiry> {
    let now = unix_s(now);
    let all = known(plan, facts).into_iter();
    all.filter_map(|one| {
        Some(Expiry {
            certificate: one.of.label(plan),
            left_s: one.end?.saturating_sub(now),
        })
    })
    .collect()
}

fn lines(plan: &Plan, facts: &Facts, now: SystemTime) -> Vec<String> {
    let all = known(plan, facts).into_iter();
    all.filter_map(|one| {
        let said = said(one.end, unix_s(now))?;
        let host = one.of.host().and_then(|place| plan.targets.get(place));
        let whose = host.map_or_else(String::new, |host| format!("{}: ", host.name));
        Some(format!("{whose}{} {said}", one.of.words(plan)))
    })
    .collect()
}

/// Looks when the first ends, and says in the log once a day what ends soon or has ended; for as long as the front lives.
pub async fn watch(plan: Arc<Plan>, facts: Facts, first: FirstEnd) {
    let mut looks = tokio::time::interval(LOOK);
    for look in 0_u64.. {
        looks.tick().await;
        first.put(known(&plan, &facts).iter().filter_map(|one| one.end).min());
        if look.is_multiple_of(LOOKS) {
            for text in lines(&plan, &facts, SystemTime::now()) {
                log::line(&text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::agent::plan::{AgentPlan, Keys, Secret};
    use crate::hosts::bmc::plan::{BmcKind, BmcPlan, Secret as Password};
    use crate::hosts::nut::plan::Identity;
    use crate::hosts::outlets::plan::{OutletPlan, PduPlan, RedfishReach, Wire};
    use crate::hosts::plan::TargetPlan;
    use crate::hosts::webhook::WebhookPlan;
    use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, date_time_ymd};

    fn certificate(year: i32, month: u8, day: u8) -> rcgen::Certificate {
        let mut params = CertificateParams::default();
        params.not_after = date_time_ymd(year, month, day);
        let key = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
        params.self_signed(&key).expect("signed")
    }

    fn der(year: i32, month: u8, day: u8) -> Vec<u8> {
        certificate(year, month, day).der().to_vec()
    }

    /// 2026-12-01 12:00 UTC.
    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_796_126_400)
    }

    #[test]
    fn an_end_is_read_and_told_when_it_is_near_or_over() {
        assert_eq!(date(unix_s(now())), "2026-12-01");
        let of = |certificate: &[u8]| said(end(certificate), unix_s(now()));
        assert_eq!(of(&der(2027, 1, 1)), None);
        for (certificate, expected) in [
            (der(2026, 12, 31), "expires in 29 days, on 2026-12-31: renew it"),
            (der(2026, 12, 3), "expires in 1 day, on 2026-12-03: renew it"),
            (
                der(2026, 12, 2),
                "expires in less than a day, on 2026-12-02: renew it",
            ),
            (
                der(2026, 11, 28),
                "has expired 3 days ago, on 2026-11-28: renew it",
            ),
        ] {
            assert_eq!(of(&certificate).as_deref(), Some(expected));
        }
        assert!(of(b"no certificate").is_some_and(|said| said.contains("cannot be read")));
        // Of several the first end counts, and one that does not read is not passed over.
        let two = certificate(2030, 1, 1).pem() + &certificate(2026, 12, 20).pem();
        assert_eq!(first_of(&two).map(date).as_deref(), Some("2026-12-20"));
        assert_eq!(first_of("nothing"), None);
        assert_eq!(
            first([der(2030, 1, 1).as_slice(), b"x"].into_iter().map(Some)),
            None
        );
        // What names no usable end never ends.
        let params = CertificateParams::default();
        let key = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
        let endless = params.self_signed(&key).expect("signed");
        assert_eq!(of(endless.der()), None);
    }

    #[test]
    fn the_first_end_is_told_in_whole_days_down_to_none_left() {
        let first = FirstEnd::default();
        assert_eq!(first.days(now()), None);
        let at = |date: &[u8]| {
            first.put(end(date));
            first.days(now())
        };
        assert_eq!(at(&der(2026, 12, 31)), Some(29));
        assert_eq!(at(&der(2026, 12, 2)), Some(0));
        assert_eq!(at(&der(2020, 1, 1)), Some(0));
        assert_eq!(at(&der(3000, 1, 1)), Some(u16::MAX));
    }

    #[test]
    fn each_concerns_the_hosts_that_need_it() {
        let soon = || Some(certificate(2026, 12, 20).pem());
        let mut plan = Plan::default();
        for name in ["web-1", "web-2"] {
            plan.targets.push(TargetPlan {
                name: name.into(),
                ..TargetPlan::default()
            });
        }
        plan.targets[0].addresses = vec![[192, 0, 2, 1].into()];
        plan.targets[0].bmc = Some(BmcPlan {
            kind: BmcKind::Redfish,
            address: String::new(),
            user: String::new(),
            password_file: None,
            password: Password::default(),
            certificate_file: None,
            certificate: soon(),
            system: None,
            rated_w: None,
            force_off: false,
        });
        plan.targets[1].webhook = Some(WebhookPlan {
            certificate: soon(),
            ..WebhookPlan::default()
        });
        plan.nut.identity = Some(Identity {
            chain: vec![der(2026, 12, 20)],
            key: Vec::new(),
        });
        plan.agent = Some(AgentPlan {
            address: None,
            dead_man: points::Span::s(20),
            keys: Some(Keys {
                authority: der(2026, 12, 20),
                certificate: der(2030, 1, 1),
                key: Secret(Vec::new()),
                signing: Secret(Vec::new()),
            }),
        });
        plan.pdus.push(PduPlan {
            name: "left".into(),
            reach: Reach::Redfish(RedfishReach {
                certificate: soon(),
                ..RedfishReach::default()
            }),
            left_out: false,
        });
        plan.outlets.push(OutletPlan {
            place: 0,
            feeds: vec![1],
            label: String::new(),
            keeps: None,
            wire: Wire::Redfish {
                pdu: 0,
                id: "1".into(),
            },
        });
        let facts = Facts::default();
        facts.shows(0, end(&der(2026, 12, 20)));
        let of = |host, enrolled| {
            let remarks = remarks(&plan, &facts, host, enrolled, now());
            assert!(
                remarks
                    .iter()
                    .all(|one| one.ends_with("on 2026-12-20: renew it."))
            );
            let words = |one: &String| one.split(" expires").next().unwrap_or_default().to_owned();
            remarks.iter().map(words).collect::<Vec<_>>()
        };
        assert_eq!(
            of(0, true),
            [
                "The certificate of the NUT server",
                "The certificate of the agents' authority",
                "The certificate of its agent",
                "The certificate of its management controller",
            ]
        );
        assert_eq!(
            of(1, false),
            ["The certificate of its webhook", "The certificate of PDU left"]
        );
        let said = lines(&plan, &facts, now());
        assert_eq!(said.len(), 6);
        assert!(
            said[3].starts_with("web-1: the certificate of its management controller expires in 18 days")
        );
        let all = expiries(&plan, &facts, now());
        let labels: Vec<&str> = all.iter().map(|one| one.certificate.as_str()).collect();
        assert_eq!(
            labels,
            [
                "nut",
                "agents",
                "agent/web-1",
                "bmc/web-1",
                "webhook/web-2",
                "pdu/left"
            ]
        );
        assert!(all.iter().all(|one| one.left_s == 18 * DAY_S + DAY_S / 2));
    }
}
