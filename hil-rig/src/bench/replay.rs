//! Replays: recorded weeks of real hosts in recorded weather, for controllers that were tuned on the courses.
//!
//! | replay | load | room | length |
//! |---|---|---|---|
//! | cluster | mean processor load of a cluster, 4.2 to 10 kW | spring to summer weather, from 15 May | 61 days |
//! | servers | 27 servers like a recorded one with accelerators, 1.3 to 9.6 kW | winter to summer weather, from 20 January | 180 days |
//! | database | processor load of one database server, 4.2 to 10 kW | a recorded office, from 4 July | 13 days |
//!
//! Nobody is tuned on them: each controller keeps the offset with which it kept the courses. What weather means for a room is
//! [`RoomMap`]'s and invented; the office is as it was.

use std::path::Path;

use super::course::{Course, CourseError, DAY_POWER};
use crate::plant::trace_file::{self, RoomMap, TraceError};
use crate::plant::{Between, Profile, ProfileError};

const HOUR_S: f64 = 3_600.0;
const DAY_S: f64 = 86_400.0;
/// Recorded servers that fill the rack.
const SERVERS: f64 = 27.0;
/// Files of the recordings.
const CLUSTER: &str = "nab_cpu_utilization_asg_misconfiguration.csv";
const DATABASE: &str = "nab_rds_cpu_utilization_e47b3b.csv";
const SERVER: &str = "biohpc_cbsugpu08_hourly.csv";
const WEATHER: &str = "tmy3_723170_greensboro_reduced.csv";
const OFFICE: &str = "nab_ambient_temperature_system_failure.csv";
/// Time between two points of a replay's load, s.
const LOAD_POINT_S: f64 = 60.0;

/// When a replay begins, and how long it is.
struct When {
    /// Days of the load's record that are left out.
    skipped: f64,
    /// Day of the room's record on which it begins, from 0: for the year's weather the load's own date.
    room_from: f64,
    days: u32,
}

/// The cluster's record begins at its fullest, which no rack that has settled at the blower's start speed would carry.
const CLUSTER_WHEN: When = When {
    skipped: 1.0,
    room_from: 134.0,
    days: 61,
};
const SERVERS_WHEN: When = When {
    skipped: 0.0,
    room_from: 19.0,
    days: 180,
};
const DATABASE_WHEN: When = When {
    skipped: 0.0,
    room_from: 0.0,
    days: 13,
};

/// Why there are no replays.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A recording cannot be read.
    #[error("{0}")]
    Trace(#[from] TraceError),
    /// What was read makes no course.
    #[error("{0}")]
    Course(#[from] CourseError),
}

/// All replays, from the folder of the recordings.
///
/// # Errors
/// When a recording is not there, cannot be read, or is shorter than its replay.
pub fn replays(folder: &Path) -> Result<Vec<Course>, ReplayError> {
    let cluster = |file: &str| {
        trace_file::open(&folder.join(file), |reader, name| {
            trace_file::cluster_load(reader, name, &DAY_POWER)
        })
    };
    let server = trace_file::open(&folder.join(SERVER), |reader, name| {
        trace_file::server_power(reader, name, SERVERS)
    })?;
    let weather = trace_file::open(&folder.join(WEATHER), |reader, name| {
        trace_file::weather_room(reader, name, &RoomMap::default())
    })?;
    let office = trace_file::open(&folder.join(OFFICE), trace_file::office_room)?;
    Ok(vec![
        replay("cluster", &cluster(CLUSTER)?, &weather, &CLUSTER_WHEN)?,
        replay("servers", &server, &weather, &SERVERS_WHEN)?,
        replay("database", &cluster(DATABASE)?, &office, &DATABASE_WHEN)?,
    ])
}

fn replay(name: &str, load: &Profile, room: &Profile, when: &When) -> Result<Course, CourseError> {
    let length_s = f64::from(when.days) * DAY_S;
    let from_s = when.skipped * DAY_S;
    if load.end_s() < from_s + length_s {
        return Err(CourseError::Short {
            has_s: load.end_s(),
            needs_s: from_s + length_s,
        });
    }
    Ok(Course {
        name: name.to_owned(),
        load: piece(load, from_s, length_s, LOAD_POINT_S)?,
        // The year's weather repeats; the office's record is longer than any replay.
        room: piece(room, when.room_from * DAY_S, length_s, HOUR_S)?,
        resistance: 1.0,
        length_s,
    })
}

/// A piece of a record with time from zero.
fn piece(record: &Profile, from_s: f64, length_s: f64, every_s: f64) -> Result<Profile, ProfileError> {
    let (mut points, mut at_s) = (Vec::new(), 0.0);
    while at_s <= length_s {
        points.push((at_s, record.at(from_s + at_s)));
        at_s += every_s;
    }
    Profile::points(points, Between::Lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_begins_on_its_day_of_the_year_and_needs_its_whole_load() {
        let load = |days: f64| {
            let points = vec![(0.0, 5e3), (days * DAY_S, 6e3)];
            Profile::points(points, Between::Lines).expect("rising")
        };
        let year = (0..=365).map(|day| (f64::from(day) * DAY_S, f64::from(day)));
        let year = Profile::points(year.collect(), Between::Lines)
            .and_then(|year| year.repeating(0.0))
            .expect("it repeats");
        let when = When {
            skipped: 2.0,
            room_from: 360.0,
            days: 10,
        };
        let made = replay("late", &load(20.0), &year, &when).expect("it is long enough");
        assert!((made.room.at(0.0) - 360.0).abs() < 1e-9, "{}", made.room.at(0.0));
        assert!(
            (made.load.at(0.0) - 5_100.0).abs() < 1e-6,
            "{}",
            made.load.at(0.0)
        );
        assert!(made.room.at(8.0 * DAY_S) < 10.0, "the year repeats");
        assert!(matches!(
            replay("short", &load(11.0), &year, &when),
            Err(CourseError::Short { .. })
        ));
    }

    #[test]
    fn a_folder_without_recordings_is_told_by_the_file_that_is_missing() {
        let error = replays(Path::new("/nowhere")).expect_err("there is none");
        assert!(error.to_string().contains("/nowhere/"), "{error}");
    }
}
