//! An energy that nobody falls below: a convex program that every admissible run of the rack satisfies.
//!
//! Take any run that keeps both limits, and its means over the intervals of a mesh. Then, whatever its speeds were:
//!
//! - The heat balance of each body holds exactly between the ends of an interval with the mean flows of heat in it, and
//!   those between chassis, wall and air are linear in mean temperatures.
//! - A mean temperature lies as near to the mean of its two ends as the fastest change of that body allows.
//! - No body is colder than the coldest room of the course, none warmer than its limit; the coat's melt is between none
//!   and all of it.
//! - Chips give the air at most what full speed's flow takes from them into air of the coldest room.
//! - The flow that carries a heat out is least if all air is at its limit: `w / (rho cp (limit - room))`.
//! - Power bends upward over flow, so mean power is at least the power of the mean flow (Jensen's inequality), and that is
//!   above each of its tangents. Warm air helps the blower most at the limit and in the coldest room.
//!
//! Each line leaves more freedom than the rack has, so the least energy within them is below that of any run; it is a
//! linear program, whose dual proves its minimum. What it gives away is mostly that air is not always at its limit: before
//! a load jumps up the rack must be cooled, and cooler air takes more flow for the same heat.

use super::OptimumError;
use super::convex::Program;
use super::follow::J_WH;
use super::mesh::{Interval, Mesh};
use crate::bench::{Course, LIMITS};
use crate::plant::{Ideal, PlantConfig, Store, Surroundings};

/// Speeds at which the power's curve has a tangent; between two of sixteen it gives away half a percent at most.
const TANGENTS: u32 = 16;
/// By how much a speed is moved to see a slope, share of full speed.
const MOVED: f64 = 1e-4;
/// The rig's own step, s: its means are sums of what its steps end with.
const RIG_STEP_S: f64 = 1.0;
/// Heat is counted in kW, which keeps the program's figures of one size.
const W_KW: f64 = 1e3;

/// Variables of an interval: means over it and values at its end.
#[derive(Clone, Copy)]
enum Of {
    PowerW,
    CarriedKw,
    ChipsKw,
    Air,
    AirEnd,
    Chassis,
    ChassisEnd,
    Wall,
    WallEnd,
    Chips,
    ChipsEnd,
}

/// How many there are.
const EACH: usize = 11;

/// A tangent of power over flow: at no flow, W, and its slope, W s/m3.
struct Tangent {
    at_zero_w: f64,
    slope: f64,
}

/// What holds for the whole course.
struct Frame<'a> {
    config: &'a PlantConfig,
    coldest_c: f64,
    chips_w_k_max: f64,
    flow_max: f64,
    power_min_w: f64,
    tangents: Vec<Tangent>,
}

/// The least energy within what is above, Wh.
pub(super) fn bound_wh(
    course: &Course,
    config: &PlantConfig,
    start: &Store,
    mesh: &Mesh,
) -> Result<f64, OptimumError> {
    let frame = Frame::of(course, config, mesh);
    let mut program = Program::new(EACH * mesh.intervals.len());
    for (at, interval) in mesh.intervals.iter().enumerate() {
        frame.spend(&mut program, at, interval);
        frame.balance(&mut program, at, interval, start);
        frame.bodies(&mut program, at, interval, start);
    }
    Ok(program.solve()?.at_least)
}

/// Column of a variable.
fn column(at: usize, of: Of) -> usize {
    EACH * at + of as usize
}

impl<'a> Frame<'a> {
    fn of(course: &Course, config: &'a PlantConfig, mesh: &Mesh) -> Self {
        let coldest_c = mesh
            .intervals
            .iter()
            .map(|interval| interval.around.room_c - interval.room_falls_k)
            .fold(f64::INFINITY, f64::min);
        let around = Surroundings {
            room_c: coldest_c,
            ..course.around(0.0)
        };
        let mut ideal = Ideal::new(config);
        let mut at = |speed| ideal.draught(speed, LIMITS.exhaust_c, &around);
        let speed_min = config.blower.speed_min;
        let (flow_max, _) = at(1.0);
        let (slowest, fastest) = (speed_min + MOVED, 1.0 - MOVED);
        let tangents = (0..TANGENTS)
            .map(|tangent| {
                let speed = slowest + (fastest - slowest) * f64::from(tangent) / f64::from(TANGENTS - 1);
                let ((flow, power_w), (less, less_w), (more, more_w)) =
                    (at(speed), at(speed - MOVED), at(speed + MOVED));
                let slope = (more_w - less_w) / (more - less);
                Tangent {
                    at_zero_w: power_w - slope * flow,
                    slope,
                }
            })
            .collect();
        // At one speed, help changes little and in either direction: the least of both ends.
        let power_min_w = [LIMITS.exhaust_c, coldest_c]
            .map(|air_c| ideal.draught(speed_min, air_c, &around).1)
            .into_iter()
            .fold(f64::INFINITY, f64::min);
        Self {
            config,
            coldest_c,
            chips_w_k_max: ideal.chips_w_k(flow_max, &around),
            flow_max,
            power_min_w,
            tangents,
        }
    }

    /// The blower's energy is above every tangent of its power at the flow that the heat needs.
    fn spend(&self, program: &mut Program, at: usize, interval: &Interval) {
        let air = &self.config.air;
        let colder_c = interval.around.room_c - interval.room_falls_k;
        let kw_per_flow = air.density_kg_m3 * air.heat_j_kg_k * (LIMITS.exhaust_c - colder_c) / W_KW;
        let (power, carried) = (column(at, Of::PowerW), column(at, Of::CarriedKw));
        program.cost(power, interval.span_s / J_WH, 0.0);
        program.at_most(&[(power, -1.0)], -self.power_min_w);
        program.at_most(&[(carried, 1.0)], kw_per_flow * self.flow_max);
        for tangent in &self.tangents {
            program.at_most(
                &[(carried, tangent.slope / kw_per_flow), (power, -1.0)],
                -tangent.at_zero_w,
            );
        }
    }

    /// What flows into each body is what it stores.
    fn balance(&self, program: &mut Program, at: usize, interval: &Interval, start: &Store) {
        let (heat, load_kw) = (&self.config.heat, interval.around.it_power_w / W_KW);
        let chassis = heat.chassis_w_k / W_KW;
        let (inner, outer) = (heat.wall_inner_w_k / W_KW, heat.wall_outer_w_k / W_KW);
        let of = |of| column(at, of);
        let mut stores = |j_k: f64, end: Of, begin_c: f64, flows: &[(usize, f64)], given_kw: f64| {
            // capacity / span * (end - begin) - flows = given
            let rate = j_k / interval.span_s / W_KW;
            let mut terms = vec![(of(end), rate)];
            terms.extend(flows.iter().map(|(variable, kw_k)| (*variable, -kw_k)));
            match at.checked_sub(1) {
                Some(before) => {
                    terms.push((column(before, end), -rate));
                    program.equal(&terms, given_kw);
                }
                None => program.equal(&terms, given_kw + rate * begin_c),
            }
        };
        let chips_kw = heat.chips_share * load_kw;
        stores(
            heat.chips_j_k,
            Of::ChipsEnd,
            start.chips_c,
            &[(of(Of::ChipsKw), -1.0)],
            chips_kw,
        );
        stores(
            heat.chassis_j_k,
            Of::ChassisEnd,
            start.chassis_c,
            &[(of(Of::Air), chassis), (of(Of::Chassis), -chassis)],
            0.0,
        );
        stores(
            heat.wall_j_k,
            Of::WallEnd,
            start.wall_k,
            &[(of(Of::Air), inner), (of(Of::Wall), -inner - outer)],
            outer * interval.around.room_c,
        );
        stores(
            heat.air_j_k,
            Of::AirEnd,
            start.air_c,
            &[
                (of(Of::ChipsKw), 1.0),
                (of(Of::CarriedKw), -1.0),
                (of(Of::Air), -chassis - inner),
                (of(Of::Chassis), chassis),
                (of(Of::Wall), inner),
            ],
            load_kw - chips_kw,
        );
    }

    /// Where temperatures may lie, and what chips can give off.
    fn bodies(&self, program: &mut Program, at: usize, interval: &Interval, start: &Store) {
        let (heat, low_c) = (&self.config.heat, self.coldest_c);
        let (air_c, chips_c) = (LIMITS.exhaust_c, LIMITS.chips_c);
        let melt_k = heat.coat_latent_j / heat.wall_j_k;
        for (of, high_c) in [
            (Of::Air, air_c),
            (Of::AirEnd, air_c),
            (Of::ChassisEnd, air_c),
            (Of::WallEnd, air_c + melt_k),
            (Of::Chips, chips_c),
            (Of::ChipsEnd, chips_c),
        ] {
            program.within(column(at, of), low_c, high_c);
        }
        let span_k = air_c - low_c;
        let chassis_k_s = heat.chassis_w_k * span_k / heat.chassis_j_k;
        let wall_k_s = (heat.wall_inner_w_k + heat.wall_outer_w_k) * span_k / heat.wall_j_k;
        let chips_w =
            (heat.chips_share * interval.around.it_power_w).max(self.chips_w_k_max * (chips_c - low_c));
        let mut near = |mean: Of, end: Of, begin_c: f64, k_s: f64, below_k: f64| {
            // The mean of a curve no steeper than this, from its ends; a sum of ends of steps adds half a step.
            let off_k = k_s * (0.25 * interval.span_s + RIG_STEP_S);
            let mut terms = vec![(column(at, mean), 1.0), (column(at, end), -0.5)];
            let known_c = match at.checked_sub(1) {
                Some(before) => {
                    terms.push((column(before, end), -0.5));
                    0.0
                }
                None => 0.5 * begin_c,
            };
            program.at_most(&terms, known_c + off_k);
            terms.iter_mut().for_each(|(_, factor)| *factor = -*factor);
            program.at_most(&terms, off_k + below_k - known_c);
        };
        near(Of::Chassis, Of::ChassisEnd, start.chassis_c, chassis_k_s, 0.0);
        // The wall's enthalpy over its capacity is above its temperature by what has melted.
        near(Of::Wall, Of::WallEnd, start.wall_k, wall_k_s, melt_k);
        near(
            Of::Chips,
            Of::ChipsEnd,
            start.chips_c,
            chips_w / heat.chips_j_k,
            0.0,
        );
        let kw_k = self.chips_w_k_max / W_KW;
        program.at_most(
            &[(column(at, Of::ChipsKw), 1.0), (column(at, Of::Chips), -kw_k)],
            -kw_k * low_c,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::courses;

    fn frame_of(config: &PlantConfig, resistance: f64, check: impl Fn(&Frame<'_>)) {
        let mut course = courses(None).expect("made").swap_remove(0);
        course.resistance = resistance;
        check(&Frame::of(&course, config, &Mesh::of(&course, 1.0)));
    }

    #[test]
    fn power_bends_upward_over_flow_and_its_tangents_lie_below_it() {
        let config = PlantConfig::default();
        for resistance in [1.0, 2.0] {
            frame_of(&config, resistance, |frame| {
                let slopes: Vec<f64> = frame.tangents.iter().map(|tangent| tangent.slope).collect();
                assert!(slopes.windows(2).all(|pair| pair[0] < pair[1]), "{slopes:?}");
                // Whatever air and room: cooler air and a warmer room only take more.
                let mut ideal = Ideal::new(&config);
                for (room_c, air_c) in [(24.0, 45.0), (24.0, 30.0), (30.0, 45.0), (24.0, 24.0)] {
                    let around = Surroundings {
                        room_c,
                        filter_left_resistance: resistance,
                        filter_right_resistance: resistance,
                        ..Surroundings::default()
                    };
                    for percent in 20..=100 {
                        let (flow, power_w) = ideal.draught(f64::from(percent) / 100.0, air_c, &around);
                        for tangent in &frame.tangents {
                            let below_w = tangent.at_zero_w + tangent.slope * flow;
                            assert!(below_w < power_w + 1e-4, "{below_w} {power_w}");
                        }
                        assert!(power_w > frame.power_min_w - 1e-4);
                    }
                }
            });
        }
    }
}
