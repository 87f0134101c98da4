//! What follows from speeds: the rack's course through the mesh, and how it would bend with them.

use super::mesh::Mesh;
use crate::bench::Limits;
use crate::plant::{Ideal, Store};

/// Joule in a watt hour.
pub(super) const J_WH: f64 = 3_600.0;
/// By how much stores and speeds are moved to see what follows, K and share of full speed: far above rounding, far below
/// what bends a curve.
const MOVED_K: f64 = 1e-2;
/// See [`MOVED_K`].
const MOVED_SPEED: f64 = 1e-3;

/// What is stored at the end of every interval, and what the blower has taken in it.
#[derive(Clone, Debug)]
pub(super) struct Trajectory {
    /// One more than there are intervals: the first is the start.
    pub(super) stores: Vec<Store>,
    /// Energy of each interval, Wh.
    pub(super) spent_wh: Vec<f64>,
}

impl Trajectory {
    /// Drives the rack through the mesh.
    pub(super) fn of(ideal: &mut Ideal, start: &Store, mesh: &Mesh, speeds: &[f64]) -> Self {
        let mut stores = vec![*start];
        let mut spent_wh = Vec::with_capacity(speeds.len());
        let mut now = *start;
        for (interval, speed) in mesh.intervals.iter().zip(speeds) {
            let (after, spent_j) = ideal.run(&now, interval.span_s, mesh.step_s, *speed, &interval.around);
            now = after;
            stores.push(now);
            spent_wh.push(spent_j / J_WH);
        }
        Self { stores, spent_wh }
    }

    /// Energy of the whole course, Wh.
    pub(super) fn energy_wh(&self) -> f64 {
        self.spent_wh.iter().sum()
    }

    /// By how much each interval ends above a limit, K; chips count half, as [`excess_k`] says.
    pub(super) fn excess_k(&self, limits: &Limits) -> f64 {
        self.stores
            .iter()
            .skip(1)
            .map(|store| excess_k(store, limits))
            .sum()
    }
}

/// By how much a store is above its limits, K. A kelvin of the chips weighs as much as half of one of the air, as in the
/// tolerances of the benchmark.
pub(super) fn excess_k(store: &Store, limits: &Limits) -> f64 {
    (store.air_c - limits.exhaust_c)
        .max(0.5 * (store.chips_c - limits.chips_c))
        .max(0.0)
}

/// How the end of one interval and its energy follow from its begin and its speed, near a trajectory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tangent {
    /// `ends[i][j]`: store `i` at the end by store `j` at the begin.
    pub(super) ends: [[f64; 4]; 4],
    /// Stores at the end by speed, K per unit of speed.
    pub(super) ends_by_speed: [f64; 4],
    /// Energy by stores at the begin, Wh/K, and by speed, Wh.
    pub(super) spent: [f64; 4],
    /// See `spent`.
    pub(super) spent_by_speed: f64,
    /// Curvature of the energy along the speed, Wh, never negative.
    pub(super) spent_curve: f64,
}

/// The tangents along a trajectory, by moving each cause a little and driving the interval again: so they are those of
/// the plant itself, whatever it is made of.
///
/// Speeds are moved within `speed_min`..=1 only: below the slowest speed the stack fades, and that bend is no rack's.
pub(super) fn tangents(
    ideal: &mut Ideal,
    mesh: &Mesh,
    speed_min: f64,
    speeds: &[f64],
    along: &Trajectory,
) -> Vec<Tangent> {
    let mut tangents = Vec::with_capacity(speeds.len());
    for (at, (interval, speed)) in mesh.intervals.iter().zip(speeds).enumerate() {
        let (begin, end) = (along.stores[at], figures(&along.stores[at + 1]));
        let mut run = |begin: &Store, speed: f64| {
            let (end, spent_j) = ideal.run(begin, interval.span_s, mesh.step_s, speed, &interval.around);
            (figures(&end), spent_j / J_WH)
        };
        let (mut ends, mut spent) = ([[0.0; 4]; 4], [0.0; 4]);
        for cause in 0..4 {
            let mut moved = figures(&begin);
            moved[cause] += MOVED_K;
            let (after, wh) = run(&store(moved), *speed);
            for (row, (after, end)) in ends.iter_mut().zip(after.iter().zip(end)) {
                row[cause] = (after - end) / MOVED_K;
            }
            spent[cause] = (wh - along.spent_wh[at]) / MOVED_K;
        }
        let middle = speed.clamp(speed_min + MOVED_SPEED, 1.0 - MOVED_SPEED);
        let (slower, less_wh) = run(&begin, middle - MOVED_SPEED);
        let (_, middle_wh) = run(&begin, middle);
        let (faster, more_wh) = run(&begin, middle + MOVED_SPEED);
        let mut ends_by_speed = [0.0; 4];
        for (slope, (slower, faster)) in ends_by_speed.iter_mut().zip(slower.iter().zip(faster)) {
            *slope = (faster - slower) / (2.0 * MOVED_SPEED);
        }
        let spent_curve = ((more_wh - 2.0 * middle_wh + less_wh) / (MOVED_SPEED * MOVED_SPEED)).max(0.0);
        tangents.push(Tangent {
            ends,
            ends_by_speed,
            spent,
            spent_by_speed: (more_wh - less_wh) / (2.0 * MOVED_SPEED) + spent_curve * (speed - middle),
            spent_curve,
        });
    }
    tangents
}

/// A store's figures in the order of the tangents: chips, chassis, air, wall.
pub(super) fn figures(store: &Store) -> [f64; 4] {
    [store.chips_c, store.chassis_c, store.air_c, store.wall_k]
}

fn store([chips_c, chassis_c, air_c, wall_k]: [f64; 4]) -> Store {
    Store {
        chips_c,
        chassis_c,
        air_c,
        wall_k,
    }
}
