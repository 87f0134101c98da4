//! From speeds to better speeds: sequential convex programming with a trust region.
//!
//! ```text
//!   speeds --drive--> trajectory --tangents--> convex program --> speeds moved by at most the region
//!     ^                                                             | driven: is it as much better as promised?
//!     +-- yes: take them, widen the region ---- no: narrow it ------+
//! ```
//! What is minimised is energy plus a penalty on every kelvin above a limit that is larger than what any kelvin is worth,
//! so that the minimum keeps the limits (an exact penalty). The program's cost is convex: energy bends upward in speed.
//! The rack's course bends too (heat carried is flow times temperature); that is what the trust region is for.

use super::OptimumError;
use super::convex::Program;
use super::follow::{Tangent, Trajectory, excess_k, figures, tangents};
use super::mesh::Mesh;
use crate::bench::LIMITS;
use crate::plant::{Ideal, Store};

/// What a kelvin above a limit costs at the end of an interval, Wh. A minute at full speed costs 7.5 Wh, and a kelvin
/// less is bought with less than half of it.
const PENALTY_WH_K: f64 = 20.0;
/// First and widest region: by how much a speed may move at once, share of full speed.
const REGION: f64 = 0.2;
/// A region narrower than this ends the descent.
const REGION_MIN: f64 = 1e-5;
/// A promise of less than this share of the energy ends it.
const PROMISE: f64 = 2e-6;
/// No descent has more programs than this; one that is not done then is an error.
const PROGRAMS_MAX: u32 = 150;
/// Variables of an interval: its speed, four stores at its end, what is above a limit there.
const EACH: usize = 6;

/// Where a descent came to.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) speeds: Vec<f64>,
    pub(super) energy_wh: f64,
    /// Sum over the intervals of what is left above a limit, K.
    pub(super) excess_k: f64,
}

/// Descends from these speeds to a local minimum.
pub(super) fn descend(
    ideal: &mut Ideal,
    start: &Store,
    mesh: &Mesh,
    speed_min: f64,
    mut speeds: Vec<f64>,
) -> Result<Found, OptimumError> {
    let mut along = Trajectory::of(ideal, start, mesh, &speeds);
    let mut slopes = tangents(ideal, mesh, speed_min, &speeds, &along);
    let mut region = REGION;
    for _ in 0..PROGRAMS_MAX {
        let (moved, promised_wh) = improve(&slopes, &along, &speeds, speed_min, region)?;
        let done = promised_wh < PROMISE * along.energy_wh();
        let then = Trajectory::of(ideal, start, mesh, &moved);
        let gained_wh = merit_wh(&along) - merit_wh(&then);
        if gained_wh > 0.1 * promised_wh {
            if gained_wh > 0.7 * promised_wh {
                region = (2.0 * region).min(REGION);
            }
            (speeds, along) = (moved, then);
            if !done {
                slopes = tangents(ideal, mesh, speed_min, &speeds, &along);
            }
        } else {
            region *= 0.4;
        }
        if done || region < REGION_MIN {
            return Ok(Found {
                energy_wh: along.energy_wh(),
                excess_k: along.excess_k(&LIMITS),
                speeds,
            });
        }
    }
    Err(OptimumError::Slow {
        programs: PROGRAMS_MAX,
    })
}

fn merit_wh(along: &Trajectory) -> f64 {
    along.energy_wh() + PENALTY_WH_K * along.excess_k(&LIMITS)
}

/// Solves the convex program about a trajectory: the moved speeds, and by how much the merit should fall, Wh.
fn improve(
    slopes: &[Tangent],
    along: &Trajectory,
    speeds: &[f64],
    speed_min: f64,
    region: f64,
) -> Result<(Vec<f64>, f64), OptimumError> {
    let mut program = Program::new(EACH * slopes.len());
    for (at, (slope, speed)) in slopes.iter().zip(speeds).enumerate() {
        let (own, before) = (EACH * at, at.checked_sub(1).map(|before| EACH * before));
        program.cost(own, slope.spent_by_speed, slope.spent_curve);
        program.within(own, (speed_min - speed).max(-region), (1.0 - speed).min(region));
        for (store, (row, by_speed)) in slope.ends.iter().zip(slope.ends_by_speed).enumerate() {
            let mut terms = vec![(own + 1 + store, 1.0), (own, -by_speed)];
            if let Some(before) = before {
                terms.extend((0..4).map(|cause| (before + 1 + cause, -row[cause])));
            }
            program.equal(&terms, 0.0);
        }
        if let Some(before) = before {
            for (cause, wh) in slope.spent.iter().enumerate() {
                program.cost(before + 1 + cause, *wh, 0.0);
            }
        }
        let [chips_c, _, air_c, _] = figures(&along.stores[at + 1]);
        let above = own + 5;
        program.cost(above, PENALTY_WH_K, 0.0);
        program.at_most(&[(above, -1.0)], 0.0);
        program.at_most(&[(own + 3, 1.0), (above, -1.0)], LIMITS.exhaust_c - air_c);
        program.at_most(&[(own + 1, 1.0), (above, -2.0)], LIMITS.chips_c - chips_c);
    }
    let solution = program.solve()?;
    let moved = speeds
        .iter()
        .enumerate()
        .map(|(at, speed)| (speed + solution.variables[EACH * at]).clamp(speed_min, 1.0))
        .collect();
    let penalty_now_wh: f64 = PENALTY_WH_K
        * along
            .stores
            .iter()
            .skip(1)
            .map(|store| excess_k(store, &LIMITS))
            .sum::<f64>();
    Ok((moved, penalty_now_wh - solution.cost))
}
