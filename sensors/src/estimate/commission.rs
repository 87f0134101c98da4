//! A rack's own constants, from a sweep of its blower at a constant load.
//!
//! ```text
//!   sweep: exhaust, room, power, draft, the plan's flow at the speed, every 5 s
//!      --> what the plan's rack would have shown, and with each constant a little different (in lockstep)
//!      --> least squares with the constants' spread as a prior (Gauss and Newton, a few passes) --> fit, or why not
//! ```
//! Each slow step of the blower warms chips, chassis and walls at their own pace, and the rise at which the air comes to
//! rest tells its flow: one sweep shows them all. A constant that the sweep hardly shows stays near the plan's, because
//! the prior holds it there. A pass is done in portions, so that a tick can afford it; nothing is allocated.

use thiserror::Error;

use super::bodies::{Around, Bodies, Plan};

/// Time between two samples, s, and within it between two steps of the model.
pub const SAMPLE_S: f64 = 5.0;
/// See [`SAMPLE_S`].
const STEP_S: f64 = 0.5;
/// Most samples of a sweep: 60 min; a longer one is refused by [`Record::push`].
pub const SAMPLES: usize = 720;
/// Fewer samples than this say nothing: 15 min.
pub const LEAST_SAMPLES: usize = 180;
/// Samples at the start that only warm the model up, s.
const WARM_UP_S: f64 = 120.0;
/// Constants fitted: flow, chips' conductance and capacity, chassis' capacity and conductance, walls' conductance, how
/// the flow bends over speed, and how much warmer the chassis was than the air at the start.
const CONSTANTS: usize = 8;
/// Place of the chips' conductance among them.
const CHIPS_W: usize = 1;
/// Spread of the constants about the plan: a fifth to either side, evenly; the chassis' start in units of [`START_K`].
const PRIOR: [f64; CONSTANTS] = [0.20, 0.12, 0.12, 0.12, 0.12, 0.12, 0.10, 1.0];
/// Flow of the plan's clean rack at full speed, m³/s.
pub const PLANNED_MOST_M3_S: f64 = 0.564;
/// Spread of the chassis' start, K.
const START_K: f64 = 3.0;
/// Spread that a sample is taken with, K: its noise, and the model's own error, which does not average out.
const SPREAD_K: f64 = 0.3;
/// Small change by which a constant's effect is seen.
const NUDGE: f64 = 0.01;
/// Passes over the sweep.
const PASSES: u32 = 6;
/// Farthest from the plan that a pass may bring a constant.
const FARTHEST: f64 = 0.6;
/// The same for the chassis' start, in units of [`START_K`].
const START_FARTHEST: f64 = 3.0;
/// A constant farther from the plan than this is no rack of this make, or a sensor that lies.
pub const OFF_MOST: f64 = 0.45;
/// Largest root mean square of what is left unexplained, K.
pub const RESIDUAL_MOST_K: f64 = 0.4;
/// The fastest flow of a sweep over its slowest, at least.
pub const FLOW_SPAN: f64 = 1.8;
/// Rise of the exhaust over the room at the slowest flow, K, at least.
pub const RISE_LEAST_K: f64 = 4.0;

/// A look at the rack during a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Exhaust, °C.
    pub exhaust_c: f32,
    /// Room, °C.
    pub room_c: f32,
    /// Power of the hosts, W.
    pub power_w: f32,
    /// Extracted flow of the plan's clean rack at this speed, m³/s.
    pub flow_m3_s: f32,
    /// Suction of the jet over the filters, Pa, positive, the warm column's part taken off.
    pub jet_pa: f32,
}

/// A sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    samples: [Sample; SAMPLES],
    count: usize,
}

impl Record {
    /// Nothing yet.
    pub const fn new() -> Self {
        let none = Sample {
            exhaust_c: 0.0,
            room_c: 0.0,
            power_w: 0.0,
            flow_m3_s: 0.0,
            jet_pa: 0.0,
        };
        Record {
            samples: [none; SAMPLES],
            count: 0,
        }
    }

    /// Takes the next sample; false when it is full.
    pub fn push(&mut self, sample: Sample) -> bool {
        let Some(place) = self.samples.get_mut(self.count) else {
            return false;
        };
        *place = sample;
        self.count += 1;
        true
    }

    /// What was taken.
    pub fn samples(&self) -> &[Sample] {
        self.samples.get(..self.count).unwrap_or(&[])
    }

    /// Forgets everything.
    pub const fn clear(&mut self) {
        self.count = 0;
    }
}

impl Default for Record {
    fn default() -> Self {
        Self::new()
    }
}

/// A rack's constants over those of the plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Extracted flow of the clean rack at half of the plan's largest flow.
    pub flow: f64,
    /// By how much more of the plan's that is at full flow than at none.
    pub bend: f64,
    /// Chips to air.
    pub chips_w: f64,
    /// How far `chips_w` may be off by itself: one standard deviation, as a share.
    pub chips_w_sd: f64,
    /// Chips' capacity.
    pub chips_j: f64,
    /// Chassis' capacity.
    pub chassis_j: f64,
    /// Chassis to air.
    pub chassis_w: f64,
    /// Air to walls to room.
    pub walls_w: f64,
    /// Suction of the clean rack: Pa s/m³ and Pa s²/m⁶ of the plan's flow at the speed.
    pub draft: (f64, f64),
    /// Root mean square of what is left unexplained, K.
    pub residual_k: f64,
}

impl Fit {
    /// The plan itself.
    pub const PLAN: Fit = Fit {
        flow: 1.0,
        bend: 0.0,
        chips_w: 1.0,
        chips_w_sd: 0.0,
        chips_j: 1.0,
        chassis_j: 1.0,
        chassis_w: 1.0,
        walls_w: 1.0,
        draft: (30.0, 33.3),
        residual_k: 0.0,
    };

    fn of(off: &[f64; CONSTANTS], draft: (f64, f64), residual_k: f64) -> Self {
        let [flow, chips_w, chips_j, chassis_j, chassis_w, walls_w, bend, _] = off.map(|off| 1.0 + off);
        Fit {
            flow,
            bend: bend - 1.0,
            chips_w,
            chips_w_sd: 0.0,
            chips_j,
            chassis_j,
            chassis_w,
            walls_w,
            draft,
            residual_k,
        }
    }

    /// Extracted flow of this clean rack where the plan's draws so much, m³/s.
    pub const fn flow_m3_s(&self, planned_m3_s: f64) -> f64 {
        self.flow * planned_m3_s * (1.0 + self.bend * (planned_m3_s / PLANNED_MOST_M3_S - 0.5))
    }

    /// The plan with these constants.
    pub fn plan(&self) -> Plan {
        let study = Plan::STUDY;
        Plan {
            chips_j_k: study.chips_j_k * self.chips_j,
            chips_still_w_k: study.chips_still_w_k * self.chips_w,
            chips_moved_w_k: study.chips_moved_w_k * self.chips_w,
            chassis_j_k: study.chassis_j_k * self.chassis_j,
            chassis_w_k: study.chassis_w_k * self.chassis_w,
            wall_inner_w_k: study.wall_inner_w_k * self.walls_w,
            wall_outer_w_k: study.wall_outer_w_k * self.walls_w,
            ..study
        }
    }
}

/// What of the rack a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// Flow at a speed.
    Flow,
    /// Chips to air.
    ChipsConductance,
    /// Chips' capacity.
    ChipsCapacity,
    /// Chassis' capacity.
    ChassisCapacity,
    /// Chassis to air.
    ChassisConductance,
    /// Walls.
    Walls,
}

/// Why a sweep gives no fit.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum FitError {
    /// Too few samples.
    #[error("the sweep took {0} samples, {LEAST_SAMPLES} are needed: let it run to its end")]
    Short(usize),
    /// The blower hardly changed its speed.
    #[error("the fastest flow was only {0:.1} times the slowest: sweep from full speed to a third of it")]
    Narrow(f64),
    /// Too little heat.
    #[error(
        "the exhaust was only {0:.1} K above the room at the slowest flow: give the hosts more to do, or sweep slower"
    )]
    Cold(f64),
    /// The exhaust is colder where less air is drawn.
    #[error("less air made the exhaust colder: exhaust and room probes are swapped, or the tachometer lies")]
    Swapped,
    /// The suction does not grow with speed.
    #[error(
        "more speed gave no more draft: the draft sensor's tubes are swapped or off, or the door is open"
    )]
    Draft,
    /// The rack did something else.
    #[error(
        "{0:.2} K remain unexplained, {RESIDUAL_MOST_K} K at most are allowed: keep load and door as they are and sweep again"
    )]
    Unexplained(f64),
    /// A constant that no rack of this make has.
    #[error(
        "{constant:?} is {times:.2} times the plan's, out of 1 ± {OFF_MOST}: a sensor lies, or this is another rack"
    )]
    Off {
        /// Which.
        constant: Constant,
        /// Over the plan's.
        times: f64,
    },
}

/// A rack of the plan with constants a little off, in a sweep.
#[derive(Clone, Copy, Debug)]
struct Twin {
    plan: Plan,
    fit: Fit,
    air_c: f64,
    probe_c: f64,
    bodies: Bodies,
}

impl Twin {
    fn new(off: &[f64; CONSTANTS], first: &Sample) -> Self {
        let fit = Fit::of(off, Fit::PLAN.draft, 0.0);
        let plan = fit.plan();
        let air_c = f64::from(first.exhaust_c);
        let around = Around {
            air_c,
            room_c: f64::from(first.room_c),
            power_w: f64::from(first.power_w),
            flow_m3_s: fit.flow_m3_s(f64::from(first.flow_m3_s)),
        };
        Twin {
            plan,
            fit,
            air_c,
            probe_c: air_c,
            bodies: Bodies::settled(&plan, &around).with_chassis(air_c + START_K * off[CONSTANTS - 1]),
        }
    }

    /// Lets the time of a sample pass; what the probe shows then, °C.
    fn pass(&mut self, sample: &Sample) -> f64 {
        let plan = &self.plan;
        let mut around = Around {
            air_c: self.air_c,
            room_c: f64::from(sample.room_c),
            power_w: f64::from(sample.power_w),
            flow_m3_s: self.fit.flow_m3_s(f64::from(sample.flow_m3_s)),
        };
        let carried_w_k = plan.air_j_m3_k * around.flow_m3_s;
        let store = plan.air_j_k / STEP_S;
        let mut left_s = SAMPLE_S;
        while left_s > 0.0 {
            let (source_w, loss_w_k) = self.bodies.gives(plan, &around);
            around.air_c = (store * around.air_c + source_w + carried_w_k * around.room_c)
                / (store + loss_w_k + carried_w_k);
            self.probe_c += STEP_S / (plan.probe_lag_s + 0.5 * STEP_S) * (around.air_c - self.probe_c);
            self.bodies.step(plan, STEP_S, &around);
            left_s -= STEP_S;
        }
        self.air_c = around.air_c;
        self.probe_c
    }
}

/// A fit that is being made.
#[derive(Clone, Debug)]
pub struct Fitting {
    off: [f64; CONSTANTS],
    twins: [Twin; CONSTANTS + 1],
    /// Of this pass: the sample it has come to, normal matrix, right side, squares and their count.
    at: usize,
    normal: [[f64; CONSTANTS]; CONSTANTS],
    right: [f64; CONSTANTS],
    squares: f64,
    counted: f64,
    passes: u32,
    chips_w_sd: f64,
    draft: (f64, f64),
}

impl Fitting {
    /// Times that a fit goes over its sweep, the last one only to judge.
    pub const PASSES_ALL: u32 = PASSES + 1;

    /// Looks whether a sweep can be fitted at all, and begins.
    ///
    /// # Errors
    /// When it is too short, too narrow, too cold, or shows swapped sensors.
    pub fn new(record: &Record) -> Result<Self, FitError> {
        let samples = record.samples();
        let first = match samples.first() {
            Some(first) if samples.len() >= LEAST_SAMPLES => first,
            Some(_) | None => return Err(FitError::Short(samples.len())),
        };
        let draft = check(samples)?;
        let off = [0.0; CONSTANTS];
        Ok(Fitting {
            off,
            twins: twins(&off, first),
            at: 0,
            normal: [[0.0; CONSTANTS]; CONSTANTS],
            right: [0.0; CONSTANTS],
            squares: 0.0,
            counted: 0.0,
            passes: 0,
            chips_w_sd: 0.0,
            draft,
        })
    }

    /// Goes on by so many samples; gives the fit once it is there. A sample takes some five microseconds.
    ///
    /// # Errors
    /// When what came out is no rack of this make, or leaves too much unexplained.
    pub fn work(&mut self, record: &Record, samples: usize) -> Result<Option<Fit>, FitError> {
        let all = record.samples();
        for sample in all.iter().skip(self.at).take(samples) {
            self.sample(sample);
        }
        if self.at < all.len() {
            return Ok(None);
        }
        let residual_k = root(self.squares / self.counted.max(1.0));
        if self.passes == PASSES {
            return self.done(residual_k).map(Some);
        }
        self.improve();
        self.passes += 1;
        if let Some(first) = all.first() {
            self.twins = twins(&self.off, first);
        }
        (self.at, self.squares, self.counted) = (0, 0.0, 0.0);
        Ok(None)
    }

    fn sample(&mut self, sample: &Sample) {
        let shown: [f64; CONSTANTS + 1] = {
            let mut shown = [0.0; CONSTANTS + 1];
            for (shown, twin) in shown.iter_mut().zip(&mut self.twins) {
                *shown = twin.pass(sample);
            }
            shown
        };
        self.at += 1;
        #[expect(clippy::cast_precision_loss, reason = "hundreds")]
        let t_s = self.at as f64 * SAMPLE_S;
        if t_s <= WARM_UP_S {
            return;
        }
        let [base, nudged @ ..] = shown;
        let off_k = f64::from(sample.exhaust_c) - base;
        self.squares += off_k * off_k;
        self.counted += 1.0;
        let slopes = nudged.map(|shown| (shown - base) / NUDGE);
        let weight = 1.0 / (SPREAD_K * SPREAD_K);
        for ((row, right), slope) in self.normal.iter_mut().zip(&mut self.right).zip(slopes) {
            *right += weight * slope * off_k;
            for (cell, other) in row.iter_mut().zip(slopes) {
                *cell += weight * slope * other;
            }
        }
    }

    /// The step of Gauss and Newton, the prior included.
    fn improve(&mut self) {
        let (mut normal, mut right) = (self.normal, self.right);
        for place in 0..CONSTANTS {
            let weight = 1.0 / (PRIOR[place] * PRIOR[place]);
            normal[place][place] += weight;
            right[place] -= weight * self.off[place];
        }
        let step = solved(normal, right);
        let mut one = [0.0; CONSTANTS];
        one[CHIPS_W] = 1.0;
        self.chips_w_sd = root(solved(normal, one)[CHIPS_W]);
        let begun = self.off[CONSTANTS - 1];
        for (off, step) in self.off.iter_mut().zip(step) {
            *off = (*off + step).clamp(-FARTHEST, FARTHEST);
        }
        // The start is no constant: it has a span of its own.
        let start = CONSTANTS - 1;
        self.off[start] = (begun + step[start]).clamp(-START_FARTHEST, START_FARTHEST);
        self.normal = [[0.0; CONSTANTS]; CONSTANTS];
        self.right = [0.0; CONSTANTS];
    }

    fn done(&self, residual_k: f64) -> Result<Fit, FitError> {
        let named = [
            Constant::Flow,
            Constant::ChipsConductance,
            Constant::ChipsCapacity,
            Constant::ChassisCapacity,
            Constant::ChassisConductance,
            Constant::Walls,
        ];
        for (constant, off) in named.into_iter().zip(self.off) {
            if off.is_nan() || off.abs() > OFF_MOST {
                return Err(FitError::Off {
                    constant,
                    times: 1.0 + off,
                });
            }
        }
        if residual_k.is_nan() || residual_k > RESIDUAL_MOST_K {
            return Err(FitError::Unexplained(residual_k));
        }
        Ok(Fit {
            chips_w_sd: self.chips_w_sd,
            ..Fit::of(&self.off, self.draft, residual_k)
        })
    }
}

/// The rack as it is thought to be, and with each constant nudged.
fn twins(off: &[f64; CONSTANTS], first: &Sample) -> [Twin; CONSTANTS + 1] {
    let mut all = [Twin::new(off, first); CONSTANTS + 1];
    for (place, twin) in all.iter_mut().skip(1).enumerate() {
        let mut nudged = *off;
        nudged[place] += NUDGE;
        *twin = Twin::new(&nudged, first);
    }
    all
}

/// Whether the sweep shows what it must; the clean rack's suction over the plan's flow.
fn check(samples: &[Sample]) -> Result<(f64, f64), FitError> {
    let flow = |sample: &Sample| f64::from(sample.flow_m3_s);
    let (mut slowest, mut fastest) = (&samples[0], &samples[0]);
    // The last of the slowest and of the fastest samples: by then the air has come to rest.
    for sample in samples {
        if flow(sample) <= 1.02 * flow(slowest) {
            slowest = sample;
        }
        if flow(sample) >= 0.98 * flow(fastest) {
            fastest = sample;
        }
    }
    let span = flow(fastest) / flow(slowest).max(1e-3);
    if span < FLOW_SPAN {
        return Err(FitError::Narrow(span));
    }
    let rise_k = |sample: &Sample| f64::from(sample.exhaust_c) - f64::from(sample.room_c);
    if rise_k(slowest) < rise_k(fastest) {
        return Err(FitError::Swapped);
    }
    if rise_k(slowest) < RISE_LEAST_K {
        return Err(FitError::Cold(rise_k(slowest)));
    }
    if f64::from(slowest.jet_pa) <= 0.0 || fastest.jet_pa < 1.5 * slowest.jet_pa {
        return Err(FitError::Draft);
    }
    // jet = a q + b q², least squares of jet / q over q, so that slow samples count as much.
    let (mut n, mut sum_q, mut sum_qq, mut sum_y, mut sum_qy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for sample in samples {
        let q = flow(sample);
        if q > 1e-3 {
            let y = f64::from(sample.jet_pa) / q;
            (n, sum_q, sum_qq) = (n + 1.0, sum_q + q, sum_qq + q * q);
            (sum_y, sum_qy) = (sum_y + y, sum_qy + q * y);
        }
    }
    let whole = n * sum_qq - sum_q * sum_q;
    let b = (n * sum_qy - sum_q * sum_y) / whole;
    let a = (sum_y - b * sum_q) / n;
    if a.is_finite() && b.is_finite() && a + b * flow(slowest) > 0.0 && a + b * flow(fastest) > 0.0 {
        Ok((a, b))
    } else {
        Err(FitError::Draft)
    }
}

/// Solves a symmetric positive definite system by elimination; such a one needs no pivots.
fn solved(mut m: [[f64; CONSTANTS]; CONSTANTS], mut y: [f64; CONSTANTS]) -> [f64; CONSTANTS] {
    for pivot in 0..CONSTANTS {
        let (above, over) = (m[pivot], y[pivot]);
        for (row, right) in m.iter_mut().zip(&mut y).skip(pivot + 1) {
            let times = row[pivot] / above[pivot];
            for (cell, above) in row.iter_mut().zip(above).skip(pivot) {
                *cell -= times * above;
            }
            *right -= times * over;
        }
    }
    for row in (0..CONSTANTS).rev() {
        let known: f64 = (row + 1..CONSTANTS)
            .map(|column| m[row][column] * y[column])
            .sum();
        y[row] = (y[row] - known) / m[row][row];
    }
    y
}

/// Square root of a figure that is not negative, by Newton's steps (`core` has none).
fn root(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return 0.0;
    }
    let mut root = if x > 1.0 { x } else { 1.0 };
    for _ in 0..64 {
        root = 0.5 * (root + x / root);
    }
    root
}

#[cfg(test)]
#[path = "commission_tests.rs"]
mod tests;
