//! The least energy a course can be kept with when the whole future is known: what controllers are measured by.
//!
//! *E\** is the blower's electrical energy along the best speeds there are for this rack and this course: exhaust and chips
//! within their limits without any tolerance, no noise, no slew, from the rack settled at
//! [`START_SPEED`](super::START_SPEED), and nothing asked of what is left in the rack's store at the end.
//!
//! ```text
//!   course --> mesh --> descent from three starts ----> do they agree? ---+
//!                 \---> descent on a mesh twice as fine: E*, does it too? +--> E*, speeds, how sure
//!                  \--> bound: no run whatever takes less ----------------+
//!   speeds --> the whole plant at steps of 1 s: the same energy, the same peaks?
//! ```
//! The problem is not convex, and a descent finds a local minimum; that is why it counts only if three different starts
//! and a finer mesh agree to [`AGREE_SHARE`], and why a lower bound that needs no descent stands beside it.
//!
//! The descent takes the rack's own air and heat as they are and asks them what follows from a small change; nothing of
//! the physics is written twice. Its convex programs are solved by Clarabel, an interior-point solver (Goulart and Chen).
//!
//! Computing takes seconds to a minute a course, so the results are kept in `optima.txt` with a digest of everything they
//! depend on, and [`optimum_of`] gives none to a course that has changed.

mod bound;
mod convex;
mod descent;
mod driven;
mod follow;
mod kept;
mod mesh;

pub use driven::Driven;
pub use kept::{Row, digest, optimum_of, recompute, table};

use super::{Course, LIMITS, START_SPEED};
use crate::plant::{Ideal, PlantConfig};
use descent::Found;
use mesh::Mesh;

/// Three starts, and two meshes, must agree to this share of the energy.
pub const AGREE_SHARE: f64 = 0.005;
/// So must the whole plant with the optimal speeds.
pub const DRIVEN_SHARE: f64 = 0.01;
/// What the intervals' ends may be above a limit altogether, K: rounding of the solver.
const EXCESS_K: f64 = 0.01;
/// How long before a speed is due the drive that slews and lags is asked for it, s.
const LEAD_S: f64 = 3.0;

/// A speed and since when it is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Since when, s from the course's begin.
    pub from_s: f64,
    /// Share of full speed.
    pub speed: f64,
}

/// The optimum of a course.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimum {
    /// E*, kWh.
    pub energy_kwh: f64,
    /// Below this nobody falls who keeps the limits, kWh.
    pub bound_kwh: f64,
    /// The speeds that take E*, each until the next.
    pub held: Vec<Held>,
    /// By how much the three starts differ, share of the least.
    pub starts_share: f64,
    /// By how much the finer mesh differs from the usual one, share.
    pub mesh_share: f64,
    /// The whole plant with these speeds, its blower prompt and its jet calm, as the optimum assumes.
    pub driven: Driven,
    /// The whole plant as it is: slew, lag and buffeting, with each speed asked for 3 s before it is due.
    pub as_it_is: Driven,
}

/// Why there is no optimum.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptimumError {
    /// There is no time in the course.
    #[error("the course `{0}` has no length; give it at least one second")]
    Empty(String),
    /// The solver of convex programs gave up.
    #[error(
        "a convex program of the optimum was not solved ({0}); load, room and limits must be finite figures"
    )]
    Program(String),
    /// A descent did not settle.
    #[error(
        "the optimum did not settle within {programs} convex programs; look for a course that no speed suits"
    )]
    Slow {
        /// Programs solved.
        programs: u32,
    },
    /// Even the best speeds exceed a limit.
    #[error(
        "`{course}` cannot be kept: the best speeds end intervals above a limit by {excess_k:.3} K in sum; \
         lower its load or its room"
    )]
    Unkept {
        /// The course.
        course: String,
        /// Sum over all intervals, K.
        excess_k: f64,
    },
    /// Starts or meshes do not agree.
    #[error(
        "the optimum of `{course}` does not count: starts differ by {:.2} %, meshes by {:.2} %, more than {:.2} %",
        100.0 * starts_share, 100.0 * mesh_share, 100.0 * AGREE_SHARE
    )]
    Unsure {
        /// The course.
        course: String,
        /// Difference of the starts, share.
        starts_share: f64,
        /// Difference of the meshes, share.
        mesh_share: f64,
    },
    /// The whole plant does not do what the mesh says.
    #[error(
        "the plant driven along the optimum of `{course}` takes {:.4} kWh instead of {energy_kwh:.4} and peaks at \
         {:.2} and {:.2} deg C; the mesh is too coarse for this course",
        driven.energy_kwh, driven.exhaust_c, driven.chips_c
    )]
    Apart {
        /// The course.
        course: String,
        /// E*, kWh.
        energy_kwh: f64,
        /// What the plant did.
        driven: Driven,
    },
}

/// The least energy of a course, checked as the module says.
///
/// # Errors
/// When it cannot be computed, does not count, or the plant does not confirm it.
pub fn least(course: &Course, config: &PlantConfig) -> Result<Optimum, OptimumError> {
    if course.length_s.is_nan() || course.length_s < 1.0 {
        return Err(OptimumError::Empty(course.name.clone()));
    }
    let mut ideal = Ideal::new(config);
    let start = ideal.settled(START_SPEED, &course.around(0.0));
    let speed_min = config.blower.speed_min;
    let (usual, fine) = (Mesh::of(course, 1.0), Mesh::of(course, 2.0));
    let mut founds = Vec::new();
    for speeds in starts(&usual, speed_min) {
        founds.push(descent::descend(&mut ideal, &start, &usual, speed_min, speeds)?);
    }
    let level = vec![START_SPEED; fine.intervals.len()];
    let found = descent::descend(&mut ideal, &start, &fine, speed_min, level)?;
    if found.excess_k > EXCESS_K {
        return Err(OptimumError::Unkept {
            course: course.name.clone(),
            excess_k: found.excess_k,
        });
    }
    let bound_wh = bound::bound_wh(course, config, &start, &usual)?;
    let optimum = gathered(course, config, &fine, &founds, &found, bound_wh);
    checked(course, optimum)
}

/// Speeds to begin with, as different as can be: full speed, far too cool; one level; in proportion to the load.
fn starts(mesh: &Mesh, speed_min: f64) -> [Vec<f64>; 3] {
    let intervals = &mesh.intervals;
    let load_w = |at: usize| intervals[at].around.it_power_w;
    let most_w = (0..intervals.len()).map(load_w).fold(f64::MIN_POSITIVE, f64::max);
    [
        vec![1.0; intervals.len()],
        vec![START_SPEED; intervals.len()],
        (0..intervals.len())
            .map(|at| speed_min + (1.0 - speed_min) * load_w(at) / most_w)
            .collect(),
    ]
}

fn gathered(
    course: &Course,
    config: &PlantConfig,
    mesh: &Mesh,
    founds: &[Found],
    fine: &Found,
    bound_wh: f64,
) -> Optimum {
    let energies_wh = || founds.iter().map(|found| found.energy_wh);
    let (least_wh, most_wh) = (
        energies_wh().fold(f64::INFINITY, f64::min),
        energies_wh().fold(0.0, f64::max),
    );
    let held: Vec<Held> = mesh
        .intervals
        .iter()
        .zip(&fine.speeds)
        .map(|(interval, speed)| Held {
            from_s: interval.from_s,
            speed: *speed,
        })
        .collect();
    Optimum {
        energy_kwh: fine.energy_wh / 1e3,
        bound_kwh: bound_wh / 1e3,
        starts_share: most_wh / least_wh - 1.0,
        mesh_share: (fine.energy_wh / least_wh - 1.0).abs(),
        driven: driven::drive(course, &driven::prompt(config), &held, 0.0),
        as_it_is: driven::drive(course, config, &held, LEAD_S),
        held,
    }
}

fn checked(course: &Course, optimum: Optimum) -> Result<Optimum, OptimumError> {
    let (course, driven) = (course.name.clone(), optimum.driven);
    if optimum.starts_share > AGREE_SHARE || optimum.mesh_share > AGREE_SHARE {
        return Err(OptimumError::Unsure {
            course,
            starts_share: optimum.starts_share,
            mesh_share: optimum.mesh_share,
        });
    }
    let confirmed = (driven.energy_kwh / optimum.energy_kwh - 1.0).abs() <= DRIVEN_SHARE
        && driven.exhaust_c <= LIMITS.exhaust_c + LIMITS.exhaust_peak_k
        && driven.chips_c <= LIMITS.chips_c + LIMITS.chips_peak_k;
    if confirmed {
        Ok(optimum)
    } else {
        Err(OptimumError::Apart {
            course,
            energy_kwh: optimum.energy_kwh,
            driven,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::courses;
    use crate::plant::{BlowerSupply, Plant, Profile};

    fn constant(load_w: f64, hours: f64) -> Course {
        Course {
            name: "constant".to_owned(),
            load: Profile::constant(load_w),
            room: Profile::constant(24.0),
            resistance: 1.0,
            length_s: hours * 3_600.0,
        }
    }

    fn first_of_steps(minutes: f64) -> Course {
        let mut course = courses(None).expect("made").swap_remove(0);
        course.length_s = minutes * 60.0;
        course
    }

    /// The slowest speed at which the settled rack keeps its limits.
    fn least_steady(course: &Course) -> f64 {
        let (mut low, mut high) = (0.2, 1.0);
        for _ in 0..40 {
            let speed = 0.5 * (low + high);
            let supply = BlowerSupply::at(speed);
            let plant = Plant::new(PlantConfig::default(), 1, &course.around(0.0), &supply);
            let truth = plant.truth();
            if truth.exhaust_c > LIMITS.exhaust_c || truth.chips_c > LIMITS.chips_c {
                low = speed;
            } else {
                high = speed;
            }
        }
        high
    }

    #[test]
    fn a_constant_load_is_kept_best_at_the_slowest_speed_that_keeps_it() {
        for (load_w, resistance) in [(7_000.0, 1.0), (5_000.0, 2.0)] {
            let mut course = constant(load_w, 6.0);
            course.resistance = resistance;
            let optimum = least(&course, &PlantConfig::default()).expect("it counts");
            let steady = least_steady(&course);
            let middle = optimum
                .held
                .iter()
                .filter(|held| held.from_s > 2.5 * 3_600.0 && held.from_s < 4.0 * 3_600.0);
            for held in middle {
                assert!((held.speed / steady - 1.0).abs() < 0.01, "{held:?} {steady}");
            }
        }
    }

    #[test]
    fn three_starts_a_finer_mesh_and_the_plant_agree_and_the_bound_is_below() {
        let optimum = least(&first_of_steps(40.0), &PlantConfig::default()).expect("it counts");
        assert!(optimum.starts_share < 1e-3 && optimum.mesh_share < AGREE_SHARE);
        let share = optimum.bound_kwh / optimum.energy_kwh;
        assert!(share > 0.6 && share < 1.0, "{share}");
        assert!((optimum.driven.energy_kwh / optimum.energy_kwh - 1.0).abs() < DRIVEN_SHARE);
    }

    #[test]
    fn a_course_that_no_speed_keeps_is_refused() {
        assert!(matches!(
            least(&constant(16_000.0, 1.0), &PlantConfig::default()),
            Err(OptimumError::Unkept { .. })
        ));
        assert!(matches!(
            least(&constant(5_000.0, 0.0), &PlantConfig::default()),
            Err(OptimumError::Empty(_))
        ));
    }

    #[test]
    fn any_admissible_run_takes_more_than_the_optimum_and_the_bound() {
        let course = first_of_steps(40.0);
        let optimum = least(&course, &PlantConfig::default()).expect("it counts");
        let held = [Held {
            from_s: 0.0,
            speed: 0.75,
        }];
        let driven = driven::drive(&course, &driven::prompt(&PlantConfig::default()), &held, 0.0);
        assert!(driven.over_s < 0.5, "{driven:?}");
        assert!(driven.energy_kwh > optimum.energy_kwh && optimum.energy_kwh > optimum.bound_kwh);
    }
}
