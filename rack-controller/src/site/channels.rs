//! How hosts are looked at and asked: probes, management controllers, webhooks, outlets.

use points::host::{OUTLETS, Observation};

use super::build::Builder;
use crate::config::{Host, Step};
use crate::hosts::bmc::plan::{BmcKind, BmcPlan, Secret};
use crate::hosts::probe::ProbePlan;
use crate::hosts::webhook::WebhookPlan;

/// Power that a host may be rated for, W.
const RATED_W: std::ops::RangeInclusive<f64> = 10.0..=100_000.0;

impl Builder<'_> {
    pub(super) fn probe(&mut self, place: usize, host: &Host) -> Option<ProbePlan> {
        let probe = host.probe.as_ref()?;
        if probe.tcp.is_none() && probe.icmp.is_none() {
            let path = [Step::Key("host"), Step::At(place), Step::Key("probe")];
            self.add(
                &path,
                "nothing to probe; give `tcp` or `icmp`, or leave it out".into(),
            );
        }
        Some(ProbePlan {
            tcp: probe.tcp,
            icmp: probe.icmp,
        })
    }

    pub(super) fn management(&mut self, place: usize, host: &Host) -> Option<BmcPlan> {
        let bmc = host.bmc.as_ref()?;
        let at = |key| {
            [
                Step::Key("host"),
                Step::At(place),
                Step::Key("bmc"),
                Step::Key(key),
            ]
        };
        if bmc.kind == BmcKind::Redfish {
            self.web_address(&at("address"), &bmc.address, bmc.certificate_file.is_some());
        } else if bmc.address.contains('/') || bmc.address.is_empty() {
            self.add(
                &at("address"),
                "give a name or an address, and a port behind a colon if it is not 623".into(),
            );
        }
        if bmc.rated_power_w.is_some_and(|watts| !RATED_W.contains(&watts)) {
            let text = format!("give {} to {} W", RATED_W.start(), RATED_W.end());
            self.add(&at("rated_power_w"), text);
        }
        Some(BmcPlan {
            kind: bmc.kind,
            address: bmc.address.clone(),
            user: bmc.user.clone(),
            password_file: bmc.password_file.clone(),
            password: Secret::default(),
            certificate_file: bmc.certificate_file.clone(),
            certificate: None,
            system: bmc.system.clone(),
            rated_w: bmc.rated_power_w,
            force_off: bmc.force_off,
        })
    }

    pub(super) fn webhook(&mut self, place: usize, host: &Host) -> Option<WebhookPlan> {
        let webhook = host.webhook.as_ref()?;
        let at = [
            Step::Key("host"),
            Step::At(place),
            Step::Key("webhook"),
            Step::Key("url"),
        ];
        self.web_address(&at, &webhook.url, webhook.certificate_file.is_some());
        Some(WebhookPlan {
            url: webhook.url.clone(),
            rehearse: webhook.rehearse,
            secret_file: webhook.secret_file.clone(),
            secret: Secret::default(),
            certificate_file: webhook.certificate_file.clone(),
            certificate: None,
        })
    }

    pub(super) fn outlet(&mut self, place: usize, host: &Host) -> Option<usize> {
        let number = usize::from(host.outlet?);
        if !(1..=OUTLETS).contains(&number) {
            let path = [Step::Key("host"), Step::At(place), Step::Key("outlet")];
            self.add(&path, format!("outlets are 1 to {OUTLETS}"));
            return None;
        }
        Some(number - 1)
    }

    pub(super) fn web_address(&mut self, path: &[Step<'_>], address: &str, has_certificate: bool) {
        if address.starts_with("https://") {
            if !has_certificate {
                self.add(path, "`https` needs `certificate_file`: whom to trust".into());
            }
        } else if !address.starts_with("http://") {
            self.add(path, "give an address that begins with `https://`".into());
        }
    }

    /// An outlet feeds it, by its own word or by the outlet's.
    fn is_fed(&self, host: &Host) -> bool {
        let mut outlets = self.config.outlet.iter();
        host.outlet.is_some() || outlets.any(|outlet| outlet.feeds.contains(&host.name))
    }

    /// What proves a host off has to be looked at.
    pub(super) fn provable(&mut self, place: usize, host: &Host) {
        for (number, proof) in host.off_by.iter().enumerate() {
            let probe = host.probe.as_ref();
            let (there, fix) = match proof.observation() {
                Observation::Tcp => (
                    probe.is_some_and(|probe| probe.tcp.is_some()),
                    "`probe = { tcp = ... }`",
                ),
                Observation::Icmp => (
                    probe.is_some_and(|probe| probe.icmp.is_some()),
                    "`probe = { icmp = ... }`",
                ),
                Observation::Bmc => (host.bmc.is_some(), "`bmc = { ... }`"),
                Observation::Power => (self.is_fed(host), "`outlet = ...`"),
                Observation::Agent => (self.config.agent.is_some(), "`[agent]`"),
                Observation::Nut => (false, "another way"),
            };
            if !there {
                let path = [
                    Step::Key("host"),
                    Step::At(place),
                    Step::Key("off_by"),
                    Step::At(number),
                ];
                let text = format!(
                    "`{}` is looked at nowhere; give {fix}",
                    proof.observation().text()
                );
                self.add(&path, text);
            }
        }
    }
}
