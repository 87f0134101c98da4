//! The quasi-static bound: the energy of a blower that always runs just as fast as the settled rack needs it.
//!
//! It is no lower bound: heat that is stored for a while lets the best run go below it by up to a tenth on fast courses
//! (plant study, section 2.2). It is what can be computed for any rack in a moment, and what a drawn rack is measured by.

use super::{Course, LIMITS};
use crate::plant::{Ideal, PlantConfig, Surroundings};

/// Halvings of the speed.
const HALVINGS: u32 = 24;
/// Loads and rooms between which speeds' power is interpolated.
const LOADS: usize = 33;
/// See [`LOADS`].
const ROOMS: usize = 5;
/// Time between two looks at the course, s.
const LOOK_S: f64 = 10.0;

/// The blower's power at the slowest speed that keeps the limits in these surroundings for good, W; none where full speed
/// does not.
fn least_w(ideal: &mut Ideal, speed_min: f64, around: &Surroundings) -> Option<f64> {
    let mut keeps = |speed: f64| {
        let store = ideal.settled(speed, around);
        store.air_c <= LIMITS.exhaust_c && store.chips_c <= LIMITS.chips_c
    };
    if !keeps(1.0) {
        return None;
    }
    let (mut low, mut high) = (speed_min, 1.0);
    if keeps(speed_min) {
        high = speed_min;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if keeps(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    let air_c = ideal.settled(high, around).air_c;
    Some(ideal.draught(high, air_c, around).1)
}

/// Smallest and largest of a course's figure.
fn span(course: &Course, figure: impl Fn(&Surroundings) -> f64) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut t_s = 0.0;
    while t_s < course.length_s {
        let value = figure(&course.around(t_s));
        (low, high) = (low.min(value), high.max(value));
        t_s += LOOK_S;
    }
    (low, high)
}

/// Place of a value between `count` even marks: the mark below and the share of the way to the next.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a handful of marks, and the value is within them"
)]
fn place(value: f64, (low, high): (f64, f64), count: usize) -> (usize, f64) {
    if high <= low {
        return (0, 0.0);
    }
    let at = ((value - low) / (high - low)).clamp(0.0, 1.0) * (count - 1) as f64;
    let below = (at.floor() as usize).min(count - 2);
    (below, at - below as f64)
}

/// The blower's energy over a course if it always ran as the settled rack needs it, Wh; none where some moment of the
/// course is more than full speed keeps for good.
#[must_use]
pub fn quasi_static_wh(course: &Course, config: &PlantConfig) -> Option<f64> {
    let mut ideal = Ideal::new(config);
    let loads = span(course, |around| around.it_power_w);
    let rooms = span(course, |around| around.room_c);
    #[expect(clippy::cast_precision_loss, reason = "a handful of marks")]
    let mark = |(low, high): (f64, f64), at: usize, count: usize| {
        low + (high - low) * at as f64 / (count - 1) as f64
    };
    let mut table = [[0.0; ROOMS]; LOADS];
    for (load, row) in table.iter_mut().enumerate() {
        for (room, power_w) in row.iter_mut().enumerate() {
            let around = Surroundings {
                it_power_w: mark(loads, load, LOADS),
                room_c: mark(rooms, room, ROOMS),
                ..course.around(0.0)
            };
            *power_w = least_w(&mut ideal, config.blower.speed_min, &around)?;
        }
    }
    let (mut energy_j, mut t_s) = (0.0, 0.0);
    while t_s < course.length_s {
        let around = course.around(t_s);
        let (load, up) = place(around.it_power_w, loads, LOADS);
        let (room, warm) = place(around.room_c, rooms, ROOMS);
        let [cold, hot] = [room, (room + 1).min(ROOMS - 1)]
            .map(|room| table[load][room] + up * (table[load + 1][room] - table[load][room]));
        energy_j += (cold + warm * (hot - cold)) * LOOK_S.min(course.length_s - t_s);
        t_s += LOOK_S;
    }
    Some(energy_j / 3_600.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::courses;
    use crate::bench::optimum::optimum_of;

    #[test]
    fn it_is_a_little_above_the_least_energy_and_dearest_where_loads_change_fast() {
        let mut over: Vec<(String, f64)> = Vec::new();
        for course in courses(None).expect("made") {
            let quasi_wh = quasi_static_wh(&course, &PlantConfig::default()).expect("full speed keeps it");
            let least_wh = 1e3 * optimum_of(&course).expect("kept");
            over.push((course.name, quasi_wh / least_wh));
        }
        println!("{over:?}");
        assert!(
            over.iter().all(|(_, over)| (0.99..1.2).contains(over)),
            "{over:?}"
        );
        assert!(over[2].1 > over[1].1, "bursts over day: {over:?}");
    }

    #[test]
    fn there_is_none_where_full_speed_does_not_suffice() {
        let mut course = courses(None).expect("made").swap_remove(0);
        course.load = course.load.map(|load_w| 2.5 * load_w);
        assert_eq!(quasi_static_wh(&course, &PlantConfig::default()), None);
    }
}
