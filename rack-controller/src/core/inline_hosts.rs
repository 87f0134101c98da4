//! Agents on the hosts of a rack in the same process, in virtual time: what the front's channels do for hosts elsewhere.
//!
//! ```text
//!  machine: committed, picture --> Order::told --> acts on the rack's hosts
//!  next tick's evidence <-- Leases, power <------- what the rack's hosts do
//! ```
//! What is told is worked out by the very code of the front, and so is what an agent's silence means; only the network
//! between is left out. A host hears in the tick in which it is told: measured on real agents are 0.02 to 0.10 s.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hil_rig::rack::{Act, HostState, Pick, Rack};
use points::host::{Evidence, Gauge, HostReport, Observation, Says, Seen, TIERS};
use points::point::hosts::states;
use points::{Moment, ShutdownStage, Snapshot, Span};
use rack_agent::protocol::State;

use crate::front::Latest;
use crate::hosts::agent::leases::{Around, Leases, says};
use crate::hosts::order::{Committed, Order};
use crate::hosts::told::{HostWord, Tell};
use crate::site::Site;

/// Time between two looks at the hosts: an agent's beat, and the look at an outlet's power, are no rarer.
const LOOK: Span = Span::s(1);

/// One host of the rack and what it was told last.
#[derive(Clone, Copy, Debug)]
struct Agent {
    tier: usize,
    /// It has a management controller.
    board: bool,
    told: Tell,
}

/// The agents of all hosts that the site names: the first one is on the rack's first host.
#[derive(Clone, Debug)]
pub(super) struct Agents {
    agents: Vec<Agent>,
    leases: Leases,
    /// The moment 0 of the rack's clock, for code that reckons in the machine's time.
    origin: Instant,
    looked: Option<Moment>,
    incident: u32,
}

impl Agents {
    /// None where the site names no host.
    pub(super) fn new(site: &Site) -> Option<Self> {
        let targets = &site.hosts.targets;
        let agents: Vec<Agent> = targets
            .iter()
            .map(|target| Agent {
                tier: target.tier,
                board: target.bmc.is_some(),
                told: Tell {
                    word: HostWord::Run,
                    ..Tell::default()
                },
            })
            .collect();
        (!agents.is_empty()).then(|| Agents {
            agents,
            leases: Leases::default(),
            origin: Instant::now(),
            looked: None,
            incident: 0,
        })
    }

    fn instant(&self, now: Moment) -> Instant {
        self.origin + Duration::from_micros(now.as_us())
    }

    /// Tells the hosts what the tick of `now` has committed, once for every change.
    pub(super) fn tell(&mut self, picture: &Snapshot, committed: Option<Committed>, rack: &mut Rack) {
        let at = self.instant(picture.now);
        let latest = Latest {
            snapshot: Arc::new(picture.clone()),
            at,
            time_ms: 0,
        };
        let told = Order::from(committed).told(&latest, at);
        self.incident = told.incident;
        for (number, agent) in (1..).zip(&mut self.agents) {
            let host = Pick::One(number);
            let (before, tell) = (agent.told, told.tier(agent.tier));
            agent.told = tell;
            if tell.cap_percent != before.cap_percent {
                let percent = tell.cap_percent.map(f64::from);
                rack.act(&Act::HostCap { host, percent });
            }
            let back = picture.get(states::TIER.at(agent.tier)).ok() == Some(ShutdownStage::Restarting);
            let does = rack.hosts().each().nth(usize::from(number) - 1);
            match does {
                // One that has come up by itself hears the order that stands, as any agent that connects does.
                Some((_, HostState::Running)) if tell.word == HostWord::ShutDown => {
                    rack.act(&Act::HostStop { host });
                }
                // Its management controller starts it.
                Some((_, HostState::Off | HostState::Halted)) if back => {
                    rack.act(&Act::HostStart { host });
                }
                Some((
                    _,
                    HostState::Running
                    | HostState::Booting { .. }
                    | HostState::Stopping { .. }
                    | HostState::Halted
                    | HostState::Off,
                ))
                | None => {}
            }
        }
    }

    /// What is seen of the hosts, for the tick of `now`.
    pub(super) fn look(&mut self, now: Moment, rack: &Rack, seen: &mut Seen) {
        if self.looked.is_some_and(|at| now.since(at) < LOOK) {
            return;
        }
        self.looked = Some(now);
        let (at, incident) = (self.instant(now), self.incident);
        let note = |seen: &mut Seen, target, by, says, incident| {
            let evidence = Evidence {
                target,
                by,
                says,
                age: Span::ZERO,
                incident,
            };
            seen.take(&evidence, now);
        };
        let hosts = rack.hosts().each().zip(rack.hosts().said());
        for ((place, ((_, state), said)), agent) in (0_u8..).zip(hosts).zip(&self.agents) {
            let doing = match state {
                HostState::Running if agent.told.cap_percent.is_some() => Some(State::Capped),
                HostState::Running => Some(State::Running),
                HostState::Stopping { .. } => Some(State::Stopping),
                HostState::Booting { .. } | HostState::Halted | HostState::Off => None,
            };
            if let Some(doing) = doing {
                let _ = self.leases.heard(usize::from(place), doing, incident, at);
                note(seen, place, Observation::Agent, says(doing), incident);
            }
            let power = match state {
                HostState::Off => Says::Off,
                HostState::Running
                | HostState::Stopping { .. }
                | HostState::Booting { .. }
                | HostState::Halted => Says::Up,
            };
            note(seen, place, Observation::Power, power, incident);
            if doing.is_some() {
                let (target, gauge) = (place, Gauge::Chip);
                let (value, age) = (rack.truth().chips_c, Span::ZERO);
                seen.take_report(
                    &HostReport {
                        target,
                        gauge,
                        value,
                        age,
                    },
                    now,
                );
            }
            // It may lie, and is silent where it has no power itself.
            if let Some(on) = said.filter(|_| agent.board) {
                let says = if on { Says::Up } else { Says::Off };
                note(seen, place, Observation::Bmc, says, incident);
            }
        }
        let agents = &self.agents;
        let (silent, _) = self.leases.look(at, |target| Around {
            incident,
            word: agents
                .get(target)
                .map_or(HostWord::Unknown, |agent| agent.told.word),
            software: Vec::new(),
        });
        for (place, incident) in silent {
            if let Ok(place) = u8::try_from(place) {
                note(seen, place, Observation::Agent, Says::Off, incident);
            }
        }
        seen.logins = Some(([0; TIERS], now));
    }
}

#[cfg(test)]
mod tests {
    use super::super::inline::Inline;
    use super::*;
    use crate::config::{builtin, with_agents};
    use hil_rig::rack::RackConfig;
    use points::{HostState as Seen, Percent};

    #[test]
    fn hosts_are_capped_told_by_their_tiers_and_proven_off() {
        let mut config = builtin();
        with_agents(&mut config);
        let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
        let mut rack = RackConfig::default();
        for host in &mut rack.hosts {
            host.by_contact = false;
        }
        let mut inline = Inline::new(site, Rack::new(rack)).unwrap_or_else(|error| panic!("{error}"));
        inline.run(20.0);
        let states = |inline: &Inline| -> Vec<Option<Seen>> {
            let picture = inline.picture();
            (0..6)
                .map(|host| picture.get(states::HOST.at(host)).ok())
                .collect()
        };
        assert_eq!(states(&inline), [Some(Seen::Online); 6]);
        inline.act(&Act::BlowerJammed { on: true });
        let capped = |picture: &Snapshot| {
            let cap = picture.get(points::point::derived::POWER_CAP).ok();
            cap.map(Percent::get) == Some(25.0)
        };
        assert!(inline.run_until(8.0, capped));
        let first = |inline: &Inline| inline.picture().get(states::TIER.at(0)).ok();
        assert!(
            inline.run_until(900.0, |picture| picture.get(states::HOST.at(0)).ok()
                == Some(Seen::Acknowledged))
        );
        assert_eq!(first(&inline), Some(ShutdownStage::Commit));
        assert!(inline.run_until(900.0, |picture| {
            (0..6).all(|host| picture.get(states::HOST.at(host)).ok() == Some(Seen::OffVerified))
        }));
        assert!(inline.rack().borrow().hosts().off());
    }
}
