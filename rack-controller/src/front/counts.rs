//! What the front's parts count, for `/metrics`.

use std::sync::Arc;

use web::metrics::{Count, Counts};

use super::modbus;
use super::store::Store;
use crate::hosts::nut;

/// The counters of every part.
pub(super) struct All {
    pub(super) modbus: Arc<modbus::Counters>,
    pub(super) nut: nut::Watched,
    pub(super) store: Arc<Store>,
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
}
