//! Tiers and hosts of a site.

use points::Span;
use points::host::{Observation, Roster, TARGETS, TIERS, Target, TierTimes};

use super::Site;
use super::build::Builder;
use crate::config::{Host, Step, nearest};
use crate::hosts::plan::{Plan, TargetPlan, TierPlan};

/// Longest name of a host, in bytes: all of them travel to the front in one message.
const NAME_MAX: usize = 64;
/// Times of a tier, s.
const TIMES_S: std::ops::RangeInclusive<f64> = 0.0..=3_600.0;

impl Builder<'_> {
    /// Tiers and targets; where the file names no tier there is one, of whoever logs in.
    pub(super) fn hosts(&mut self) -> Plan {
        let config = self.config;
        let mut plan = Plan::default();
        if !config.tier.is_empty() {
            plan.tiers = self.tiers();
        }
        if config.host.len() > TARGETS {
            self.add(&[Step::Key("host")], format!("more than {TARGETS} hosts"));
        }
        for (place, host) in config.host.iter().enumerate() {
            if config
                .host
                .iter()
                .take(place)
                .any(|other| other.name == host.name)
            {
                let path = [Step::Key("host"), Step::At(place), Step::Key("name")];
                self.add(
                    &path,
                    format!(
                        "another host is named `{}`; name one of them differently",
                        host.name
                    ),
                );
            }
            if host.name.is_empty() || host.name.len() > NAME_MAX || host.name.chars().any(char::is_control) {
                let path = [Step::Key("host"), Step::At(place), Step::Key("name")];
                self.add(&path, format!("a host's name is 1 to {NAME_MAX} bytes of text"));
            }
            self.own_addresses(place, host);
            if let Some(target) = self.target(place, host, &plan.tiers) {
                plan.targets.push(target);
            }
        }
        plan.agent = self.agent(plan.targets.len());
        plan.nut = self.nut(&plan.tiers);
        plan
    }

    /// What asks from an address is one host: a drill tells one of them, and nobody else.
    fn own_addresses(&mut self, place: usize, host: &Host) {
        let config = self.config;
        for address in &host.address {
            let same = |other: &&Host| {
                other
                    .address
                    .iter()
                    .any(|own| own.to_canonical() == address.to_canonical())
            };
            if let Some(other) = config.host.iter().take(place).find(same) {
                let path = [Step::Key("host"), Step::At(place), Step::Key("address")];
                let text = format!(
                    "{address} is the address of `{}` already; each host has its own",
                    other.name
                );
                self.add(&path, text);
            }
        }
    }

    fn tiers(&mut self) -> Vec<TierPlan> {
        let config = self.config;
        if config.tier.len() > TIERS {
            self.add(&[Step::Key("tier")], format!("more than {TIERS} tiers"));
        }
        let mut tiers: Vec<TierPlan> = Vec::new();
        for (place, tier) in config.tier.iter().enumerate() {
            let at = |key| [Step::Key("tier"), Step::At(place), Step::Key(key)];
            if !is_plain(&tier.name) {
                self.add(
                    &at("name"),
                    "a tier's name is 1 to 32 letters, digits, `-`, `_` or `.`".into(),
                );
            }
            if tiers
                .iter()
                .any(|other| other.name.eq_ignore_ascii_case(&tier.name))
            {
                self.add(
                    &at("name"),
                    format!(
                        "another tier is named `{}`; name one of them differently",
                        tier.name
                    ),
                );
            }
            let mut span = |key, seconds: f64| {
                if !TIMES_S.contains(&seconds) {
                    self.add(&at(key), format!("{seconds} s; give 0 to {} s", TIMES_S.end()));
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it is in bounds"
                )]
                let us = (seconds.clamp(*TIMES_S.start(), *TIMES_S.end()) * 1e6) as u64;
                Span::us(us)
            };
            tiers.push(TierPlan {
                name: tier.name.clone(),
                on_controller_loss: tier.on_controller_loss,
                signal: span("signal_s", tier.signal_s),
                stop: span("stop_s", tier.stop_s),
                verify: span("verify_s", tier.verify_s),
            });
        }
        tiers
    }

    fn target(&mut self, place: usize, host: &Host, tiers: &[TierPlan]) -> Option<TargetPlan> {
        let at = |key| [Step::Key("host"), Step::At(place), Step::Key(key)];
        let Some(tier) = tiers.iter().position(|tier| tier.name == host.tier) else {
            let names = tiers.iter().map(|tier| tier.name.as_str());
            let near =
                nearest(&host.tier, names).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            self.add(&at("tier"), format!("no tier is named `{}`{near}", host.tier));
            return None;
        };
        self.provable(place, host);
        Some(TargetPlan {
            name: host.name.clone(),
            tier,
            addresses: host.address.clone(),
            off_by: self.proof(place, host),
            probe: self.probe(place, host),
            bmc: self.management(place, host),
            webhook: self.webhook(place, host),
            outlet: self.outlet(place, host),
            left_out: Vec::new(),
        })
    }

    /// The two observations that prove a host off.
    fn proof(&mut self, place: usize, host: &Host) -> Option<[Observation; 2]> {
        let path = [Step::Key("host"), Step::At(place), Step::Key("off_by")];
        match host.off_by.as_slice() {
            [] => None,
            [one, other] => {
                let ways = [one.observation(), other.observation()];
                if ways[0].independent(ways[1]) {
                    return Some(ways);
                }
                let text = "these two fail for the same reason; take one of `tcp` and `icmp`, and another way beside it";
                self.add(&path, text.into());
                None
            }
            _ => {
                self.add(&path, "give two ways of looking, or none".into());
                None
            }
        }
    }
}

impl Site {
    /// Tiers and targets as the plan takes them.
    pub fn roster(&self) -> Roster {
        let mut roster = Roster {
            tiers: [None; TIERS],
            targets: [None; TARGETS],
            keys: [0; TIERS],
        };
        for (own, tier) in roster.keys.iter_mut().zip(&self.hosts.tiers) {
            *own = points::host::key(&tier.name);
        }
        for (place, tier) in roster.tiers.iter_mut().zip(&self.hosts.tiers) {
            *place = Some(TierTimes {
                signal: tier.signal,
                stop: tier.stop,
                verify: tier.verify,
            });
        }
        for (place, target) in roster.targets.iter_mut().zip(&self.hosts.targets) {
            *place = u8::try_from(target.tier).ok().map(|tier| Target {
                tier,
                off_by: target.off_by,
                key: points::host::key(&target.name),
            });
        }
        roster
    }
}

/// A name that stands in every protocol without quotes.
fn is_plain(name: &str) -> bool {
    let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (1..=32).contains(&name.len()) && name.chars().all(usual)
}
