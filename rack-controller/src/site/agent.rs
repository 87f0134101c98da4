//! Agents of a site.

use points::Span;

use super::build::Builder;
use crate::config::Step;
use crate::hosts::agent::plan::AgentPlan;

/// Silence that the dead man may wait for, s: a lease at least, so that no single lost word stops a host.
const DEAD_MAN_S: std::ops::RangeInclusive<f64> = 10.0..=3_600.0;

impl Builder<'_> {
    /// How agents are served; the core adds the keys. `targets` hosts are named.
    pub(super) fn agent(&mut self, targets: usize) -> Option<AgentPlan> {
        let agent = self.config.agent.as_ref()?;
        let at = |key| [Step::Key("agent"), Step::Key(key)];
        if !DEAD_MAN_S.contains(&agent.dead_man_s) {
            self.add(
                &at("dead_man_s"),
                format!(
                    "{} s; give {} to {} s",
                    agent.dead_man_s,
                    DEAD_MAN_S.start(),
                    DEAD_MAN_S.end()
                ),
            );
        }
        if let Some(address) = &agent.address {
            let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
            let port = port.and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_none_or(|port| port == 0)
                || address.chars().any(|c| c.is_whitespace() || c.is_control())
            {
                self.add(
                    &at("address"),
                    format!("{address:?} is no name and port; write it as `rack-1.example:4437`"),
                );
            }
        }
        if targets == 0 {
            self.add(
                &[Step::Key("agent")],
                "no [[host]] is named, so none can enrol; add the hosts, or leave [agent] out".into(),
            );
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is in bounds"
        )]
        let dead_man_us = (agent.dead_man_s.clamp(*DEAD_MAN_S.start(), *DEAD_MAN_S.end()) * 1e6) as u64;
        Some(AgentPlan {
            address: agent.address.clone(),
            dead_man: Span::us(dead_man_us),
            keys: None,
        })
    }
}
