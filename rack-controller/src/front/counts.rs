//! What the front's parts count, for `/metrics`.

use std::sync::Arc;
use std::time::SystemTime;

use web::metrics::{Count, Counts, Expiry, TierClients};

use super::modbus;
use super::store::Store;
use crate::hosts::plan::Plan;
use crate::hosts::rehearsal::Facts;
use crate::hosts::{certificates, nut};

/// The counters of every part.
pub(super) struct All {
    pub(super) modbus: Arc<modbus::Counters>,
    pub(super) nut: nut::Watched,
    pub(super) store: Arc<Store>,
    /// Where certificates are known from.
    pub(super) plan: Arc<Plan>,
    pub(super) facts: Facts,
}

impl Counts for All {
    fn counts(&self) -> Vec<Count> {
        let figures = self.nut.figures();
        let nut = [
            ("refused", figures.refused),
            ("gave_way", figures.displaced),
            ("login_denied", figures.denied),
            ("handshake_failed", figures.handshakes_failed),
        ];
        let store: Vec<_> = self.store.counters().collect();
        let parts = [
            ("modbus", &self.modbus.all()[..]),
            ("nut", &nut[..]),
            ("history", &store[..]),
        ];
        let counts = parts.into_iter().flat_map(|(part, events)| {
            events.iter().map(move |(event, count)| Count {
                part,
                event,
                count: *count,
            })
        });
        counts.collect()
    }

    fn expiries(&self) -> Vec<Expiry> {
        certificates::expiries(&self.plan, &self.facts, SystemTime::now())
    }

    fn clients(&self) -> Vec<TierClients> {
        let figures = self.nut.tiers();
        let tiers = self.plan.tiers.iter().zip(figures);
        let clients = tiers.flat_map(|(tier, figures)| {
            let counts = [
                ("logged_in", figures.logins),
                ("unnamed", figures.strangers),
                ("not_logged_in", figures.polling_without_login),
            ];
            counts.map(|(state, count)| TierClients {
                tier: tier.name.clone(),
                state,
                count,
            })
        });
        clients.collect()
    }
}
