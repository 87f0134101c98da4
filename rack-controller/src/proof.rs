//! Whether every host of the site is proven off so well that the cut of their power need not wait for its deadline (D5, I09).
//! Pure, like the tick.
//!
//! A target counts where it is off, verified, one of its two observations is its power, and the core itself reads that power
//! just now: by a channel of a device of its own, not by what the front brings. Any named target that does not count, and
//! any host that is logged in and has no name, leaves the deadline as it is.

use points::host::{EVIDENCE_MAX_AGE, OUTLETS, Observation, OutletSet, Seen, TARGETS};
use points::point::hosts::outlets::POWER;
use points::{HostState, Moment, Snapshot, Watt};
use safety::hosts::PlanView;

use crate::hosts::power::{OFF_BELOW_W, fed};
use crate::site::Site;

/// What it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof {
    /// The outlets of each target, where the core reads the power of all of them.
    targets: [OutletSet; TARGETS],
    /// There are targets, and each can be proven so.
    possible: bool,
}

impl Proof {
    pub(crate) fn new(site: &Site) -> Self {
        let read: Vec<usize> = site
            .devices
            .iter()
            .flat_map(|device| device.feeds.indices())
            .collect();
        let core_reads = |outlet: usize| outlet < OUTLETS && read.contains(&POWER.at(outlet).index());
        let mut targets = [OutletSet::EMPTY; TARGETS];
        for (target, outlets) in fed(&site.hosts) {
            let by_power = site.hosts.targets.get(target).and_then(|target| target.off_by);
            let by_power = by_power.is_some_and(|ways| ways.contains(&Observation::Power));
            if let Some(own) = targets.get_mut(target)
                && by_power
                && outlets.iter().all(|outlet| core_reads(*outlet))
            {
                *own = outlets.into_iter().fold(OutletSet::EMPTY, OutletSet::with);
            }
        }
        let named = site.hosts.targets.len();
        let all = targets.iter().take(named).all(|outlets| !outlets.is_empty());
        Proof {
            targets,
            possible: (1..=TARGETS).contains(&named) && all,
        }
    }

    /// Whether it holds now.
    pub(crate) fn holds(&self, now: Moment, view: &PlanView, seen: &Seen, picture: &Snapshot) -> bool {
        let nobody = |logins: &[u16]| logins.iter().all(|count| *count == 0);
        let alone = seen
            .logins
            .is_some_and(|(logins, at)| now.since(at) <= EVIDENCE_MAX_AGE && nobody(&logins));
        self.possible
            && alone
            && seen.unmanaged.is_empty()
            && self.targets.iter().zip(&view.targets).all(|(outlets, state)| {
                state.is_none_or(|state| state == HostState::OffVerified && is_dark(*outlets, picture))
            })
    }
}

/// What these outlets give together is what a host that is off leaves.
fn is_dark(outlets: OutletSet, picture: &Snapshot) -> bool {
    let powers = outlets
        .iter()
        .map(|outlet| picture.get(POWER.at(outlet)).ok().map(Watt::get));
    powers
        .sum::<Option<f64>>()
        .is_some_and(|watts| watts < OFF_BELOW_W)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Host, Probe, Proof as Way, builtin};
    use points::Span;
    use points::host::TIERS;

    /// Two hosts; the transducers of both feeds read outlets 1 and 2 instead.
    fn site(change: impl FnOnce(&mut Config)) -> Site {
        let mut config = builtin();
        for (from, to) in [
            ("feed.a.power", "outlet.1.power"),
            ("feed.b.power", "outlet.2.power"),
        ] {
            for point in config
                .device
                .iter_mut()
                .flat_map(|device| device.points.values_mut())
            {
                if point == from {
                    to.clone_into(point);
                }
            }
        }
        let host = |name: &str, outlet| Host {
            name: name.into(),
            tier: "rack".into(),
            off_by: vec![Way::Power, Way::Tcp],
            probe: Some(Probe {
                tcp: Some(([192, 0, 2, 1], 22).into()),
                icmp: None,
            }),
            outlet: Some(outlet),
            ..Host::default()
        };
        config.host = vec![host("web", 1), host("db", 2)];
        change(&mut config);
        Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn power_that_the_core_reads_counts_and_nothing_less() {
        let site = site(|_| {});
        let proof = Proof::new(&site);
        assert!(proof.possible);
        let now = Moment::ZERO + Span::s(100);
        let mut view = safety::hosts::Planner::new(site.roster(), None, None, now).step(
            now,
            &safety::hosts::Demand {
                host_down: false,
                stands: false,
                fire: false,
                power_cut: false,
                advice: points::ShutdownStage::Normal,
                cap: 100.0,
                left: None,
                may_restart: true,
            },
            &Seen::NOTHING,
        );
        (view.targets[0], view.targets[1]) = (Some(HostState::OffVerified), Some(HostState::OffVerified));
        let mut seen = Seen {
            logins: Some(([0; TIERS], now)),
            ..Seen::NOTHING
        };
        let mut picture = Snapshot {
            now,
            ..Snapshot::default()
        };
        assert!(!proof.holds(now, &view, &seen, &picture), "nothing is read");
        picture.put_now(POWER.at(0), Watt::of(4.0));
        picture.put_now(POWER.at(1), Watt::of(4.0));
        assert!(proof.holds(now, &view, &seen, &picture));
        let old = now + Span::s(16);
        assert!(
            !proof.holds(old, &view, &seen, &picture),
            "who is logged in is not known"
        );
        picture.put_now(POWER.at(1), Watt::of(40.0));
        assert!(!proof.holds(now, &view, &seen, &picture), "one draws power");
        picture.put_now(POWER.at(1), Watt::of(4.0));
        view.targets[1] = Some(HostState::Down);
        assert!(!proof.holds(now, &view, &seen, &picture), "one is not proven");
        view.targets[1] = Some(HostState::OffVerified);
        seen.logins = Some(([0, 0, 1, 0, 0, 0, 0, 0], now));
        assert!(!proof.holds(now, &view, &seen, &picture), "somebody has no name");
    }

    #[test]
    fn a_site_without_power_read_by_the_core_keeps_its_deadlines() {
        let no = |change: fn(&mut Config)| !Proof::new(&site(change)).possible;
        assert!(no(|config| config.host.clear()), "nobody has a name");
        assert!(no(|config| config.host[1].outlet = Some(3)), "no device reads it");
        assert!(
            no(|config| {
                config.host[1].off_by = vec![Way::Bmc, Way::Tcp];
                config.host[1].bmc = Some(crate::config::ManagementController {
                    kind: crate::hosts::bmc::plan::BmcKind::Ipmi,
                    address: "192.0.2.1".into(),
                    user: "rack".into(),
                    password_file: None,
                    certificate_file: None,
                    system: None,
                    rated_power_w: None,
                    force_off: false,
                });
            }),
            "power is none of its two ways"
        );
    }
}
