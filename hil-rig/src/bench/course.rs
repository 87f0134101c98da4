//! The courses of *rack-thermal-1*: what the rack's hosts, room and filters do while a controller drives it.
//!
//! | course | load | room | length |
//! |---|---|---|---|
//! | steps | 3 to 10.5 kW, a new level every 20 min | 24 °C | 4 h |
//! | day | a recorded day of a cluster, 4.2 to 10 kW | 25 ± 3 °C over the day | 24 h |
//! | bursts | 4 and 10 kW in turn, 5 min each, as training does | 24 °C | 6 h |
//!
//! Each is driven clean, and again with filters of twice the resistance that no controller is told of; the load is then
//! four fifths, so that full speed still keeps the limits.

use crate::plant::{Between, PowerMap, Profile, ProfileError, Surroundings};

const MINUTE_S: f64 = 60.0;
const HOUR_S: f64 = 3_600.0;
const DAY_S: f64 = 86_400.0;
/// Levels of the steps, W: small and large steps, up and down, from warm and from cold.
const STEPS_W: [f64; 12] = [
    3_000.0, 6_000.0, 10_500.0, 4_500.0, 9_000.0, 3_000.0, 10_500.0, 7_500.0, 5_000.0, 10_500.0, 3_000.0,
    8_000.0,
];
/// The day's first second in the recorded course, and what its processor load means in heat.
const DAY_FROM_S: f64 = 8.0 * DAY_S;
/// See [`DAY_FROM_S`].
pub const DAY_POWER: PowerMap = PowerMap {
    power_max_w: 10_000.0,
    idle_share: 0.42,
};
/// Time between two points of the day's room, s.
const ROOM_POINT_S: f64 = 600.0;
/// Filter resistance, clean being 1, and share of the load beside it.
const CLOGGED: (f64, f64) = (2.0, 0.8);

/// One course.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Its name: `steps`, `day`, `bursts`, and the same with `-clogged`.
    pub name: String,
    /// Heat of the hosts, W.
    pub load: Profile,
    /// Room, °C.
    pub room: Profile,
    /// Resistance of both filters, clean being 1.
    pub resistance: f64,
    /// Length, s.
    pub length_s: f64,
}

impl Course {
    /// Load, room and filters at a time, s.
    #[must_use]
    pub fn around(&self, t_s: f64) -> Surroundings {
        Surroundings {
            it_power_w: self.load.at(t_s),
            room_c: self.room.at(t_s),
            filter_left_resistance: self.resistance,
            filter_right_resistance: self.resistance,
            dust_ug_m3: 0.0,
            ..Surroundings::default()
        }
    }

    fn clogged(&self) -> Self {
        let (resistance, share) = CLOGGED;
        Self {
            name: format!("{}-clogged", self.name),
            load: self.load.clone().map(|load_w| share * load_w),
            resistance,
            ..self.clone()
        }
    }
}

/// All six courses. `cluster` is the recorded load of a cluster in W by [`DAY_POWER`], from its first second on; without
/// it the day is made from a random walk and is called `day-made`: its figures are not those of the recorded day.
///
/// # Errors
/// When the recorded load does not last for the day.
pub fn courses(cluster: Option<&Profile>) -> Result<Vec<Course>, CourseError> {
    let clean = [steps()?, day(cluster)?, bursts()?];
    let clogged = clean.each_ref().map(Course::clogged);
    Ok(clean.into_iter().chain(clogged).collect())
}

/// Why there are no courses.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CourseError {
    /// The recorded load is too short.
    #[error(
        "the recorded load ends after {has_s:.0} s, the day needs {needs_s:.0} s; give the whole recording"
    )]
    Short {
        /// Its length.
        has_s: f64,
        /// What is needed.
        needs_s: f64,
    },
    /// A course that is made here cannot be made.
    #[error("a course cannot be made: {0}")]
    Profile(#[from] ProfileError),
}

fn steps() -> Result<Course, CourseError> {
    let held_s = 20.0 * MINUTE_S;
    let points = STEPS_W.iter().scan(0.0, |t_s, level_w| {
        let point = (*t_s, *level_w);
        *t_s += held_s;
        Some(point)
    });
    Ok(Course {
        name: "steps".to_owned(),
        load: Profile::points(points.collect(), Between::Steps)?,
        room: Profile::constant(24.0),
        resistance: 1.0,
        length_s: 4.0 * HOUR_S,
    })
}

fn bursts() -> Result<Course, CourseError> {
    let points = (0..72).map(|burst| {
        let level_w = if burst % 2 == 0 { 4_000.0 } else { 10_000.0 };
        (f64::from(burst) * 5.0 * MINUTE_S, level_w)
    });
    Ok(Course {
        name: "bursts".to_owned(),
        load: Profile::points(points.collect(), Between::Steps)?,
        room: Profile::constant(24.0),
        resistance: 1.0,
        length_s: 6.0 * HOUR_S,
    })
}

fn day(cluster: Option<&Profile>) -> Result<Course, CourseError> {
    let (name, load) = match cluster {
        Some(recorded) => ("day", cut(recorded)?),
        None => ("day-made", made()?),
    };
    // Coolest at three in the morning, warmest at three in the afternoon; the day begins at midnight.
    let room = (0..=144).map(|point| {
        let t_s = f64::from(point) * ROOM_POINT_S;
        let turn = std::f64::consts::TAU * (t_s - 9.0 * HOUR_S) / DAY_S;
        (t_s, 25.0 + 3.0 * turn.sin())
    });
    Ok(Course {
        name: name.to_owned(),
        load,
        room: Profile::points(room.collect(), Between::Lines)?,
        resistance: 1.0,
        length_s: DAY_S,
    })
}

/// The day out of a longer recording, with time from zero: one point a minute.
fn cut(recorded: &Profile) -> Result<Profile, CourseError> {
    let needs_s = DAY_FROM_S + DAY_S;
    if recorded.end_s() < needs_s {
        return Err(CourseError::Short {
            has_s: recorded.end_s(),
            needs_s,
        });
    }
    let points = (0..1_440).map(|minute| {
        let t_s = f64::from(minute) * MINUTE_S;
        (t_s, recorded.at(DAY_FROM_S + t_s))
    });
    Ok(Profile::points(points.collect(), Between::Steps)?)
}

/// A day without a recording: the made load, brought into the recorded one's span.
fn made() -> Result<Profile, CourseError> {
    let load = Profile::synthetic_load(1);
    let points: Vec<(f64, f64)> = (0..1_440)
        .map(|minute| f64::from(minute) * MINUTE_S)
        .map(|t_s| (t_s, load.at(t_s).clamp(4_200.0, 10_000.0)))
        .collect();
    Ok(Profile::points(points, Between::Steps)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{LIMITS, START_SPEED};
    use crate::plant::{BlowerSupply, Plant, PlantConfig};

    #[test]
    fn full_speed_keeps_every_course_with_room_to_spare() {
        for course in courses(None).expect("they are made") {
            let supply = BlowerSupply::at(1.0);
            let mut plant = Plant::new(
                PlantConfig::default(),
                1,
                &course.around(0.0),
                &BlowerSupply::at(START_SPEED),
            );
            let (mut exhaust_c, mut chips_c, mut t_s) = (0.0_f64, 0.0_f64, 0.0);
            while t_s < course.length_s {
                plant.step(1.0, &course.around(t_s), &supply);
                t_s += 1.0;
                (exhaust_c, chips_c) = (
                    exhaust_c.max(plant.truth().exhaust_c),
                    chips_c.max(plant.truth().chips_c),
                );
            }
            assert!(
                exhaust_c < LIMITS.exhaust_c - 0.5 && chips_c < LIMITS.chips_c - 1.0,
                "{}: {exhaust_c} {chips_c}",
                course.name
            );
        }
    }

    #[test]
    fn a_recording_that_is_too_short_is_refused() {
        let short = Profile::points(vec![(0.0, 5e3), (3_600.0, 6e3)], Between::Lines).expect("rising");
        assert!(matches!(courses(Some(&short)), Err(CourseError::Short { .. })));
    }

    #[test]
    fn the_recorded_day_is_cut_out_where_it_begins() {
        let long = Profile::points(
            (0..20_000)
                .map(|at| (f64::from(at) * 60.0, f64::from(at)))
                .collect(),
            Between::Lines,
        )
        .expect("rising");
        let all = courses(Some(&long)).expect("it is long enough");
        assert_eq!(all.len(), 6);
        let day = &all[1];
        assert_eq!(
            (day.name.as_str(), day.load.at(0.0), day.load.at(61.0)),
            ("day", 11_520.0, 11_521.0)
        );
        let clogged = &all[4];
        assert_eq!(
            (clogged.name.as_str(), clogged.load.at(0.0)),
            ("day-clogged", 0.8 * 11_520.0)
        );
    }
}
