//! Tiers, targets and channels of a site, resolved: what the core judges by, and what it tells the front at its start.
//!
//! Whatever is secret in it has been read by the core, which may read it, and travels over the link: the front can open no
//! file of the site.

use std::net::IpAddr;

use points::Span;
use points::host::{Observation, TIERS, TierSet, TierTimes};
use serde::{Deserialize, Serialize};

use super::agent::plan::AgentPlan;
use super::bmc::plan::BmcPlan;
use super::nut::plan::NutPlan;
use super::outlets::plan::{OutletPlan, PduPlan};
use super::probe::ProbePlan;
use super::webhook::WebhookPlan;
use crate::log;

/// What a tier's hosts do when the controller is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnControllerLoss {
    /// They stay up.
    #[default]
    Stay,
    /// They shut down, where they were asked to prepare before it went.
    ShutDown,
}

/// A tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TierPlan {
    /// Its name: the virtual UPS that its hosts monitor.
    pub name: String,
    /// What its hosts do when the controller is gone.
    pub on_controller_loss: OnControllerLoss,
    /// Longest time until a host of it has heard that it has to stop, and begins to.
    pub signal: Span,
    /// Time in which 95 of 100 stops of its slowest host are done, until it is learned.
    pub stop: Span,
    /// Time that two observations take to see that a host is off.
    pub verify: Span,
}

impl TierPlan {
    /// The length of its stage; `stop` is the stop time of its slowest host, where that was learned.
    pub const fn stage(&self, stop: Option<Span>) -> Span {
        let times = TierTimes {
            signal: self.signal,
            stop: match stop {
                Some(learned) => learned,
                None => self.stop,
            },
            verify: self.verify,
        };
        times.stage()
    }
}

/// A target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetPlan {
    /// Its name.
    pub name: String,
    /// Place of its tier.
    pub tier: usize,
    /// Where its own requests come from.
    pub addresses: Vec<IpAddr>,
    /// The two observations that count for it as proof that it is off; none where one is missing: then it is never
    /// "off, verified", and the page says so.
    pub off_by: Option<[Observation; 2]>,
    /// Its port or address that is probed.
    pub probe: Option<ProbePlan>,
    /// Its management controller.
    pub bmc: Option<BmcPlan>,
    /// What is called for it.
    pub webhook: Option<WebhookPlan>,
    /// Place of the switched outlet that feeds it.
    pub outlet: Option<usize>,
    /// Channels that the site names and that are left out, with the reason: a file of theirs cannot be read.
    pub left_out: Vec<String>,
}

impl TargetPlan {
    /// Something on the host itself hears that it has to stop: its `upsmon`, whose address is known, or a webhook.
    pub const fn has_ears(&self) -> bool {
        !self.addresses.is_empty() || self.webhook.is_some()
    }

    /// What is to be said of its proof: both ways may be taken in, though not refused, because many sites have no more.
    pub fn doubt(&self) -> Option<String> {
        let [one, other] = self.off_by?;
        (one.by_network() && other.by_network()).then(|| {
            format!(
                "`{}` and `{}` both go through its network, whose failure silences both: name `bmc` or `power` for one of them (off_by)",
                one.text(),
                other.text()
            )
        })
    }

    /// Says that a channel is left out; a rehearsal says it again.
    fn leave_out(&mut self, why: String) {
        log::line(&format!("{}: {why}", self.name));
        self.left_out.push(why);
    }
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Tiers, the first one goes down first. At least one.
    pub tiers: Vec<TierPlan>,
    /// Targets.
    pub targets: Vec<TargetPlan>,
    /// How our agents are served; none where the file has no `[agent]`.
    pub agent: Option<AgentPlan>,
    /// The NUT server.
    pub nut: NutPlan,
    /// Networked PDUs.
    pub pdus: Vec<PduPlan>,
    /// Outlets that the file lists.
    pub outlets: Vec<OutletPlan>,
}

impl Default for Plan {
    /// A rack whose file names no tiers: one, of whoever logs in.
    fn default() -> Self {
        Plan {
            tiers: vec![TierPlan {
                name: "rack".into(),
                on_controller_loss: OnControllerLoss::Stay,
                signal: Span::s(10),
                stop: Span::s(90),
                verify: Span::s(20),
            }],
            targets: Vec::new(),
            agent: None,
            nut: NutPlan::default(),
            pdus: Vec::new(),
            outlets: Vec::new(),
        }
    }
}

impl Plan {
    /// Reads whatever is secret or lies in a file of the site; called by the core, which may. A channel whose file cannot be
    /// read is told and left out: the host is stopped by the others.
    pub fn read(&mut self) {
        for target in &mut self.targets {
            if let Some(Err(error)) = target.bmc.as_mut().map(BmcPlan::read) {
                target.leave_out(format!("its management controller is left alone: {error}"));
                target.bmc = None;
            }
            if let Some(Err(error)) = target.webhook.as_mut().map(WebhookPlan::read) {
                target.leave_out(format!("its webhook is not called: {error}"));
                target.webhook = None;
            }
        }
        for pdu in &mut self.pdus {
            if let Err(error) = pdu.read() {
                log::line(&format!("PDU {}: its outlets are left alone: {error}", pdu.name));
                pdu.left_out = true;
            }
        }
    }

    /// Some host can be asked to stay below a cap: by an agent, or by a management controller that knows its rated power.
    pub fn can_cap(&self) -> bool {
        let bmc = |target: &TargetPlan| target.bmc.as_ref().is_some_and(BmcPlan::caps);
        !self.targets.is_empty() && self.agent.is_some() || self.targets.iter().any(bmc)
    }

    /// All tiers that there are.
    pub fn all_tiers(&self) -> TierSet {
        (0..self.tiers.len().min(TIERS)).fold(TierSet::EMPTY, TierSet::with)
    }

    /// The place of the target whose requests come from this address.
    pub fn target_at(&self, address: IpAddr) -> Option<usize> {
        let canonical = address.to_canonical();
        let at = |target: &TargetPlan| target.addresses.iter().any(|own| own.to_canonical() == canonical);
        self.targets.iter().position(at)
    }

    /// Where a request comes from belongs to this tier: its target's, or the first one.
    pub fn tier_at(&self, address: IpAddr) -> usize {
        let target = self.target_at(address).and_then(|place| self.targets.get(place));
        target.map_or(0, |target| target.tier)
    }
}
