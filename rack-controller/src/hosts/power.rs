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
    let fed: Vec<(usize, usize)> = plan
        .targets
        .iter()
        .enumerate()
        .filter_map(|(place, target)| Some((place, target.outlet?)))
        .collect();
    if fed.is_empty() {
        return;
    }
    loop {
        let now = Instant::now();
        let ((latest, fresh), incident) = (orders.picture(now), orders.told(now).incident);
        for (place, outlet) in &fed {
            let power = latest.snapshot.get(outlets::POWER.at(*outlet)).ok();
            if let Some(power) = power.filter(|_| fresh) {
                let says = if power.get() < OFF_BELOW_W {
                    Says::Off
                } else {
                    Says::Up
                };
                sightings.note(*place, Observation::Power, says, now, incident);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}
