//! Power that a target's own outlet gives, as the core measures it: an observation that no software of the host can bend.

use std::time::{Duration, Instant};

use points::Snapshot;
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
    // The incident, and since when; and the one before, to which what was read before belongs.
    let (mut incident, mut before) = ((0, Instant::now()), 0);
    loop {
        let now = Instant::now();
        let ((latest, fresh), told) = (orders.picture(now), orders.told(now).incident);
        if told != incident.0 {
            before = std::mem::replace(&mut incident, (told, now)).0;
        }
        for (place, all) in &fed {
            let power = draws(&latest.snapshot, all).filter(|_| fresh);
            if let Some((power, age)) = power
                && let Some(at) = latest.at.checked_sub(age)
            {
                let says = if power < OFF_BELOW_W { Says::Off } else { Says::Up };
                let read_in = if at < incident.1 { before } else { incident.0 };
                sightings.note(*place, Observation::Power, says, at, read_in);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What a host draws from all of its outlets, W, and how old that is in the picture: as old as the oldest reading of them. A
/// host with two supplies draws what both give; an outlet that is not read says nothing of it.
fn draws(picture: &Snapshot, all: &[usize]) -> Option<(f64, Duration)> {
    let mut outlets_read = all.iter().map(|outlet| {
        let reading = picture.get(outlets::POWER.at(*outlet));
        let age = picture.now.since(reading.at).as_us();
        let power = reading.ok().map(points::Watt::get)?;
        Some((power, Duration::from_micros(age)))
    });
    outlets_read.try_fold((0.0, Duration::ZERO), |(power, oldest), reading| {
        let (own, age) = reading?;
        Some((power + own, oldest.max(age)))
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use points::{Moment, Quantity as _, Reading, Watt};

    #[test]
    fn power_is_as_old_as_the_oldest_of_its_readings_and_nothing_where_one_is_missing() {
        let mut picture = Snapshot {
            now: Moment(30_000_000),
            ..Snapshot::default()
        };
        let mut read = |outlet: usize, watts: f64, at_s: u64| {
            let watts = Watt::new(watts).expect("a power");
            let reading = Reading::good(watts, Moment(at_s * 1_000_000));
            picture.put(outlets::POWER.at(outlet), reading);
        };
        read(0, 15.0, 18);
        read(1, 4.0, 29);
        assert_eq!(draws(&picture, &[0, 1]), Some((19.0, Duration::from_secs(12))));
        assert_eq!(draws(&picture, &[1]), Some((4.0, Duration::from_secs(1))));
        assert_eq!(draws(&picture, &[0, 2]), None);
    }
}
