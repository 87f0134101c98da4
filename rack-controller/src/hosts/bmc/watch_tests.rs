//! One target's thread without its thread: what it asks in a look, and what it notes.

use std::sync::Mutex;

use points::Snapshot;
use points::host::{TargetSet, TierSet};

use super::*;
use crate::front::Latest;
use crate::hosts::order::{Committed, Order};

/// A controller that says these watts; it notes what it was asked.
struct Fake(Option<f64>, Arc<Mutex<Vec<&'static str>>>);

impl Fake {
    fn note(&self, asked: &'static str) {
        self.1.lock().expect("nobody panics with it").push(asked);
    }
}

impl Bmc for Fake {
    fn power(&mut self) -> Result<Power, BmcError> {
        Ok(Power::On)
    }

    fn act(&mut self, _: Act) -> Result<Done, BmcError> {
        self.note("act");
        Ok(Done::Sent)
    }

    fn drawn(&mut self) -> Result<Option<f64>, BmcError> {
        self.note("drawn");
        Ok(self.0)
    }

    fn able(&mut self) -> Result<Able, BmcError> {
        Err(BmcError::Unable("it is a fake".into()))
    }
}

#[test]
fn the_power_that_a_host_draws_is_noted_while_it_is_to_run_and_asked_for_seldom_where_it_is_not_said() {
    let at = Instant::now();
    let snapshot = Arc::new(Snapshot {
        tick: 1,
        ..Snapshot::default()
    });
    let latest = Latest {
        snapshot,
        at,
        time_ms: 0,
    };
    let (order, orders) = watch::channel(Order::None);
    let (_pictures, picture) = watch::channel(Arc::new(latest));
    let (_enrolled, enrolled) = watch::channel(Arc::default());
    let sightings = Sightings::default();
    let mut looks = Watch {
        place: 3,
        target: TargetPlan::default(),
        orders: Orders::new(orders, picture),
        sightings: sightings.clone(),
        facts: Facts::default(),
        rehearsed: None,
        enrolled,
        caps: false,
        duty: Duty::new(false),
        drawn_at: at,
        asked: None,
        trouble: None,
        act_trouble: None,
    };
    let asked = Arc::default();
    let mut bmc = Fake(Some(344.0), Arc::clone(&asked));
    let said = || {
        let reports = sightings.reports(Instant::now()).into_iter();
        reports
            .map(|report| (report.target, report.gauge, report.value))
            .collect::<Vec<_>>()
    };
    looks.once(&mut bmc, Instant::now()).expect("it answers");
    assert_eq!(said(), [(3, Gauge::Power, 344.0)]);
    assert!(looks.drawn_at <= Instant::now() + DRAWN_EVERY);
    // One that no longer says it is asked less often, and what it said is no more.
    bmc.0 = None;
    looks.drawn_at = at;
    looks.once(&mut bmc, Instant::now()).expect("it answers");
    assert_eq!(said(), []);
    assert!(looks.drawn_at > Instant::now() + DRAWN_EVERY);
    // Whose host has to stop is asked for that and for nothing else.
    looks.drawn_at = at;
    order.send_replace(Order::Down(Committed {
        number: 1,
        incident: 1,
        tiers: TierSet::EMPTY.with(0),
        targets: TargetSet::EMPTY,
    }));
    for _ in 0..2 {
        looks.once(&mut bmc, Instant::now()).expect("it answers");
    }
    assert_eq!(
        *asked.lock().expect("nobody panics with it"),
        ["drawn", "drawn", "act"]
    );
}
