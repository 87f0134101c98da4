//! Power that a target's own outlet gives, as the core measures it: an observation that no software of the host can bend.

use std::time::{Duration, Instant};

use points::host::{Observation, Says};
use points::point::hosts::outlets;

use super::order::Orders;
use super::plan::Plan;
use super::sightings::Sightings;

/// Time between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// A host that is off leaves its power supplies and its management controller: below so many watts it counts as off.
pub const OFF_BELOW_W: f64 = 20.0;

/// Looks at every target that has an outlet, for ever.
pub async fn watch(plan: Plan, orders: Orders, sightings: Sightings) {
    let fed = fed(&plan);
    if fed.is_empty() {
        return;
    }
    loop {
        let now = Instant::now();
        let ((latest, fresh), incident) = (orders.picture(now), orders.told(now).incident);
        for (place, all) in &fed {
            // A host with two supplies draws what both outlets give; one that is not read says nothing of it.
            let powers = all.iter().map(|outlet| {
                let power = latest.snapshot.get(outlets::POWER.at(*outlet)).ok();
                power.map(points::Watt::get)
            });
            let power: Option<f64> = powers.sum();
            if let Some(power) = power.filter(|_| fresh) {
                let says = if power < OFF_BELOW_W { Says::Off } else { Says::Up };
                sightings.note(*place, Observation::Power, says, now, incident);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Targets that outlets feed, and which: the one that a target names, and those that name it.
pub(crate) fn fed(plan: &Plan) -> Vec<(usize, Vec<usize>)> {
    let each = plan.targets.iter().enumerate().map(|(place, target)| {
        let mut all: Vec<usize> = target.outlet.into_iter().collect();
        for outlet in plan.outlets.iter().filter(|outlet| outlet.feeds.contains(&place)) {
            if !all.contains(&outlet.place) {
                all.push(outlet.place);
            }
        }
        (place, all)
    });
    each.filter(|(_, all)| !all.is_empty()).collect()
}
