//! The mesh of a course: intervals in which the blower has one speed, short where the load jumps and long between.
//!
//! ```text
//!   load  ____________|~~~~~~~~~~~~~~~~~~~~~|________
//!   mesh  |   |  | | |||| |  |   |   |  | | ||||  |     5 s beside a jump, growing to a minute
//! ```

use crate::bench::Course;
use crate::plant::Surroundings;

/// A load that changes by more than this from one second to the next jumps, W.
const JUMP_W: f64 = 500.0;
/// Interval beside a jump, and the longest one, s.
const SHORTEST_S: f64 = 5.0;
/// See [`SHORTEST_S`].
const LONGEST_S: f64 = 60.0;
/// By how much intervals grow with their distance from the nearest jump, s per s.
const GROWTH: f64 = 0.3;
/// Longest step of the rack's heat within an interval, s.
const STEP_S: f64 = 5.0;

/// One interval.
#[derive(Clone, Debug)]
pub(super) struct Interval {
    /// When it begins, s.
    pub(super) from_s: f64,
    /// Its length, s.
    pub(super) span_s: f64,
    /// Means of load and room over it.
    pub(super) around: Surroundings,
    /// How far the room falls below its mean within the interval, K.
    pub(super) room_falls_k: f64,
}

/// A course in intervals.
#[derive(Clone, Debug)]
pub(super) struct Mesh {
    pub(super) intervals: Vec<Interval>,
    /// Longest step of the rack's heat, s.
    pub(super) step_s: f64,
}

impl Mesh {
    /// `fineness` 1 is the usual mesh, 2 has intervals and steps of half the length.
    pub(super) fn of(course: &Course, fineness: f64) -> Self {
        let mut bounds_s = vec![0.0];
        bounds_s.extend(jumps_s(course));
        bounds_s.push(course.length_s);
        let intervals = bounds_s
            .windows(2)
            .flat_map(|pair| spans_s(pair[1] - pair[0], fineness).map(move |(at, span)| (pair[0] + at, span)))
            .map(|(from_s, span_s)| interval(course, from_s, span_s))
            .collect();
        Self {
            intervals,
            step_s: STEP_S / fineness,
        }
    }
}

/// Times within the course at which the load jumps.
fn jumps_s(course: &Course) -> Vec<f64> {
    let mut jumps_s = Vec::new();
    let mut t_s = 1.0;
    while t_s < course.length_s {
        if (course.load.at(t_s) - course.load.at(t_s - 1.0)).abs() > JUMP_W {
            jumps_s.push(t_s);
        }
        t_s += 1.0;
    }
    jumps_s
}

/// Begin and length of the intervals between two jumps.
fn spans_s(length_s: f64, fineness: f64) -> impl Iterator<Item = (f64, f64)> {
    let (shortest_s, longest_s, growth) = (SHORTEST_S / fineness, LONGEST_S / fineness, GROWTH / fineness);
    let mut begins_s = vec![0.0];
    let mut at_s = 0.0;
    while at_s < length_s {
        // As long as its distance from the jump behind allows, and that of its end from the one ahead.
        let behind_s = shortest_s + growth * at_s;
        let ahead_s = (shortest_s + growth * (length_s - at_s)) / (1.0 + growth);
        at_s += behind_s.min(ahead_s).min(longest_s);
        begins_s.push(at_s);
    }
    let stretch = length_s / at_s;
    (1..begins_s.len()).map(move |end| {
        (
            stretch * begins_s[end - 1],
            stretch * (begins_s[end] - begins_s[end - 1]),
        )
    })
}

/// The course over an interval, from its value in the middle of each second.
fn interval(course: &Course, from_s: f64, span_s: f64) -> Interval {
    let samples = span_s.ceil().max(1.0);
    let (mut load_w, mut room_c, mut coldest_c) = (0.0, 0.0, f64::INFINITY);
    let mut at = 0.5;
    while at < samples {
        let t_s = from_s + span_s * at / samples;
        load_w += course.load.at(t_s) / samples;
        room_c += course.room.at(t_s) / samples;
        coldest_c = coldest_c.min(course.room.at(t_s));
        at += 1.0;
    }
    Interval {
        from_s,
        span_s,
        around: Surroundings {
            it_power_w: load_w,
            room_c,
            ..course.around(from_s)
        },
        room_falls_k: (room_c - coldest_c).max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::courses;

    #[test]
    fn intervals_cover_the_course_and_carry_its_energy() {
        for course in courses(None).expect("made") {
            for fineness in [1.0, 2.0] {
                let mesh = Mesh::of(&course, fineness);
                let mut at_s = 0.0;
                for interval in &mesh.intervals {
                    assert!((interval.from_s - at_s).abs() < 1e-6, "{}", course.name);
                    assert!(interval.span_s > 0.5 && interval.span_s < 1.01 * LONGEST_S / fineness);
                    at_s += interval.span_s;
                }
                assert!((at_s - course.length_s).abs() < 1e-6);
                let meshed_j: f64 = mesh
                    .intervals
                    .iter()
                    .map(|interval| interval.span_s * interval.around.it_power_w)
                    .sum();
                let (mut load_j, mut t_s) = (0.0, 0.5);
                while t_s < course.length_s {
                    load_j += course.load.at(t_s);
                    t_s += 1.0;
                }
                assert!((meshed_j / load_j - 1.0).abs() < 1e-4, "{}", course.name);
            }
        }
    }

    #[test]
    fn every_jump_is_the_begin_of_a_short_interval() {
        let course = &courses(None).expect("made")[0];
        let mesh = Mesh::of(course, 1.0);
        for jump in 1..12 {
            let t_s = f64::from(jump) * 1_200.0;
            let after = mesh
                .intervals
                .iter()
                .find(|interval| (interval.from_s - t_s).abs() < 1e-6)
                .expect("an interval begins there");
            assert!(after.span_s < 1.2 * SHORTEST_S);
        }
    }
}
