//! One controller through one course: plant, probes, safety layer, and what came of it.
//!
//! ```text
//!   course --> plant --1 s--> probes (lag, noise, sixteenths) --> vote, safety --> seen --> contender --> wish
//!                ^                                                   |                                     |
//!                `------------------- drive <--- bound <-------------+-------------------------------------'
//! ```
//! The safety layer is the shipped one, its warning at the limit and two kelvin; what it raises is counted.

use hil_rig::bench::{BenchRack, Course, LIMITS, Limits, START_SPEED};
use hil_rig::plant::{BlowerSupply, Plant, Probe, ProbeConfig, Surroundings, Truth};
use points::setting::{self, SettingError, Settings};
use points::{Ampere, Celsius, Flag, LoopState, Moment, Pascal, Percent, Ratio, Reading, Rpm, Span, Watt};
use safety::{Inputs, Outputs, Restored, Safety, Wish, bound, exit};

use sensors::estimate::commission::{Fit, FitError, Fitting, SAMPLES};

use super::contender::{Contender, Seen};
use crate::commissioning::sweep::{Look, Sweep};
use crate::control::{FlowMap, flow_share, jet_pa};

/// Time between two decisions, and the plant's step, s.
const STEP_S: f64 = 1.0;
/// Kelvin between the limit and the safety layer's warning.
const WARN_ABOVE_K: f64 = 2.0;
/// Probes are read in sixteenths of a kelvin.
const QUANTUM_K: f64 = 1.0 / 16.0;
/// Spread of the power meter's noise, share of what it reads.
const METER_NOISE: f64 = 0.002;
/// Supply of the blower, V.
const SUPPLY_V: f64 = 48.0;
/// Faster than this is heard, Hz: the drive's movement above it counts as noise.
const AUDIBLE_FROM_HZ: f64 = 0.02;

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Energy of the blower, Wh.
    pub energy_wh: f64,
    /// Highest exhaust and chips, °C.
    pub exhaust_c: f64,
    /// See `exhaust_c`.
    pub chips_c: f64,
    /// Time over either limit, s.
    pub over_s: f64,
    /// Whole length, s.
    pub length_s: f64,
    /// Path of the drive, in strokes from nothing to full.
    pub strokes: f64,
    /// Turns of the drive's direction.
    pub reversals: u32,
    /// Sum of squares of the drive's movement that is heard, percent² s.
    heard: f64,
    /// Times at which the safety layer took over.
    pub interventions: u32,
}

impl Outcome {
    /// Whether the limits were kept.
    pub fn admissible(&self, limits: &Limits) -> bool {
        self.exhaust_c <= limits.exhaust_c + limits.exhaust_peak_k
            && self.chips_c <= limits.chips_c + limits.chips_peak_k
            && self.over_s <= limits.over_share * self.length_s
    }

    /// Full strokes of the drive in an hour.
    pub fn strokes_per_hour(&self) -> f64 {
        self.strokes * 3_600.0 / self.length_s
    }

    /// Turns of the drive in an hour.
    pub fn reversals_per_hour(&self) -> f64 {
        f64::from(self.reversals) * 3_600.0 / self.length_s
    }

    /// Root mean square of the drive's movement above [`AUDIBLE_FROM_HZ`], percent.
    pub fn audible(&self) -> f64 {
        (self.heard / self.length_s).sqrt()
    }
}

/// The probes of a run.
struct Probes {
    exhaust: [Probe; 3],
    room: Probe,
    draft: Probe,
    meter: Probe,
}

impl Probes {
    fn new(rack: &BenchRack, seed: u64) -> Self {
        let air = |place: usize| ProbeConfig {
            offset: rack.probes_k[place],
            ..ProbeConfig::air_temperature()
        };
        let meter = ProbeConfig {
            noise_ratio: METER_NOISE,
            ..ProbeConfig::silent(0.0)
        };
        Probes {
            exhaust: [("a", 0), ("b", 1), ("c", 2)]
                .map(|(name, place)| Probe::new(air(place), seed, &format!("exhaust {name}"))),
            room: Probe::new(air(3), seed, "room"),
            draft: Probe::new(ProbeConfig::differential_pressure(), seed, "draft"),
            meter: Probe::new(meter, seed, "meter"),
        }
    }
}

/// Time constant of the draft's growth, s: the shipped heat balance's.
const GROWTH_S: f64 = 60.0;
/// The extracted flow as the controller tells it, from tachometer and draft.
struct Told {
    map: FlowMap,
    growth: Option<f64>,
}

impl Told {
    fn flow_m3_s(&mut self, speed: f64, draft_pa: f64, rise_k: f64) -> f64 {
        let growth = jet_pa(draft_pa, rise_k) / self.map.drop_pa(FlowMap::planned(speed)).max(0.1);
        let mean = self.growth.unwrap_or(growth);
        let mean = mean + (growth - mean) * STEP_S / (STEP_S + GROWTH_S);
        self.growth = Some(mean);
        flow_share(mean) * self.map.flow(speed)
    }
}

fn sixteenths(celsius: f64) -> f64 {
    (celsius / QUANTUM_K).round() * QUANTUM_K
}

/// One controller at one rack.
struct Run {
    meter: f64,
    draft: f64,
    plant: Plant,
    probes: Probes,
    safety: Safety,
    settings: Settings,
    inputs: Inputs,
    outputs: Outputs,
    told: Told,
    now: Moment,
    ticks: u64,
}

/// A rack in which nothing else happens.
fn healthy(now: Moment) -> Inputs {
    let clear = Reading::good(Flag::Clear, now);
    let mut inputs = Inputs::starting(now);
    for (probe, bus) in inputs.exhaust.iter_mut().zip([1, 2, 3]) {
        probe.bus = bus;
    }
    inputs.smoke = [Reading::good(LoopState::Normal, now); 2];
    inputs.break_wire = [Reading::good(LoopState::Normal, now); 2];
    inputs.extinguisher_home = [Reading::good(Flag::Set, now); 2];
    inputs.filter_resistance = [Reading::good(Ratio::of(1.0), now); 2];
    inputs.mains_present = Reading::good(Flag::Set, now);
    for contact in [
        &mut inputs.manual_fire,
        &mut inputs.emergency_off,
        &mut inputs.cut_out_open,
        &mut inputs.door_open,
        &mut inputs.key_switch,
        &mut inputs.seal_broken,
        &mut inputs.isolator_open,
        &mut inputs.contact_open,
        &mut inputs.power_cut_stands,
        &mut inputs.heat.unexplained,
    ] {
        *contact = clear;
    }
    (inputs.front_alive, inputs.contact_fitted) = (true, true);
    inputs
}

impl Run {
    fn new(course: &Course, rack: &BenchRack, fit: &Fit, seed: u64) -> Result<Self, SettingError> {
        let supply = BlowerSupply::at(START_SPEED);
        let mut settings = Settings::default();
        // The span of the setting ends where the benchmark's warning lies.
        settings.set_named(setting::WARN.row().name, LIMITS.exhaust_c + WARN_ABOVE_K)?;
        Ok(Run {
            meter: rack.meter,
            draft: rack.draft,
            plant: Plant::new(rack.config.clone(), seed, &course.around(0.0), &supply),
            probes: Probes::new(rack, seed),
            safety: Safety::new(Restored::NeverLatched, Moment::ZERO),
            settings,
            inputs: healthy(Moment::ZERO),
            outputs: exit(&Restored::NeverLatched, Some(false)),
            told: Told {
                map: FlowMap::fitted(fit),
                growth: None,
            },
            now: Moment::ZERO,
            ticks: 0,
        })
    }

    /// What the probes say of the rack as it is.
    fn look(&mut self, course: &Course, t_s: f64) -> Seen {
        let truth = *self.plant.truth();
        let around = course.around(t_s);
        self.now += Span::s(1);
        let now = self.now;
        let fresh = healthy(now);
        let probes = &mut self.probes;
        self.inputs = Inputs {
            exhaust: self.inputs.exhaust,
            ..fresh
        };
        for (input, probe) in self.inputs.exhaust.iter_mut().zip(&mut probes.exhaust) {
            let celsius = sixteenths(probe.step(STEP_S, truth.exhaust_c));
            input.reading = Reading::good(Celsius::of(celsius), now);
        }
        let room_c = sixteenths(probes.room.step(STEP_S, around.room_c));
        let power_w = self.meter * probes.meter.step(STEP_S, around.it_power_w);
        let draft_pa = self.draft * probes.draft.step(STEP_S, truth.draft_pa);
        self.inputs.ceiling = Reading::good(Celsius::of(truth.ceiling_c), now);
        self.inputs.it_power = Reading::good(Watt::of(power_w), now);
        self.inputs.draft = Reading::good(Pascal::of(draft_pa), now);
        let fan = &mut self.inputs.fan;
        fan.speed = Reading::good(Rpm::of(truth.rpm), now);
        fan.current = Reading::good(Ampere::of(truth.blower_power_w / SUPPLY_V), now);
        fan.drive = Reading::good(self.outputs.drive(), now);
        Seen {
            now,
            exhaust_c: truth.exhaust_c,
            room_c,
            power_w,
            drive: self.outputs.drive().get(),
            speed: 100.0 * truth.speed_fraction,
            draft_pa,
            flow_m3_s: self
                .told
                .flow_m3_s(100.0 * truth.speed_fraction, draft_pa, truth.exhaust_c - room_c),
        }
    }

    /// One second: look, judge, decide, bound. Whether the safety layer rules.
    fn tick(&mut self, course: &Course, t_s: f64, contender: &mut dyn Contender) -> bool {
        let mut seen = self.look(course, t_s);
        let verdict = self
            .safety
            .evaluate(self.now, &self.inputs, &self.settings, &self.outputs);
        if let Some(voted) = verdict.vote.value.number() {
            seen.exhaust_c = voted;
        }
        let wish = Percent::of(contender.decide(&seen).clamp(0.0, 100.0));
        self.ticks += 1;
        self.outputs = bound(Wish::of(wish), &verdict, &self.settings, self.ticks);
        let least = self.settings.get(setting::MINIMUM_SPEED);
        (self.outputs.drive().get() - wish.get().max(least)).abs() > 1e-9
    }
}

/// What is counted over a run.
#[derive(Default)]
struct Tally {
    outcome: Outcome,
    drive: Option<f64>,
    direction: f64,
    slow: f64,
    ruled: bool,
}

impl Tally {
    fn second(&mut self, truth: &Truth, drive: f64, ruled: bool) {
        let outcome = &mut self.outcome;
        outcome.length_s += STEP_S;
        outcome.energy_wh += truth.blower_power_w * STEP_S / 3_600.0;
        outcome.exhaust_c = outcome.exhaust_c.max(truth.exhaust_c);
        outcome.chips_c = outcome.chips_c.max(truth.chips_c);
        if truth.exhaust_c > LIMITS.exhaust_c || truth.chips_c > LIMITS.chips_c {
            outcome.over_s += STEP_S;
        }
        outcome.interventions += u32::from(ruled && !self.ruled);
        self.ruled = ruled;
        let Some(before) = self.drive.replace(drive) else {
            self.slow = drive;
            return;
        };
        let moved = drive - before;
        outcome.strokes += moved.abs() / 100.0;
        if moved.abs() > 1e-9 {
            outcome.reversals += u32::from(moved * self.direction < 0.0);
            self.direction = moved.signum();
        }
        let keep = (-std::f64::consts::TAU * AUDIBLE_FROM_HZ * STEP_S).exp();
        self.slow = drive + (self.slow - drive) * keep;
        outcome.heard += (drive - self.slow).powi(2) * STEP_S;
    }
}

/// Drives a controller through a course. The same seed gives the same bits.
///
/// # Errors
/// When the warning cannot be set to where the benchmark wants it.
pub fn drive(
    course: &Course,
    rack: &BenchRack,
    fit: &Fit,
    seed: u64,
    contender: &mut dyn Contender,
) -> Result<Outcome, SettingError> {
    drive_seen(course, rack, fit, seed, contender, &mut |_, _, _| ())
}

/// The same, while somebody looks on: time, s, the rack's truth and the drive, percent, after every second.
///
/// # Errors
/// See [`drive`].
pub fn drive_seen(
    course: &Course,
    rack: &BenchRack,
    fit: &Fit,
    seed: u64,
    contender: &mut dyn Contender,
    sight: &mut dyn FnMut(f64, &Truth, f64),
) -> Result<Outcome, SettingError> {
    let mut run = Run::new(course, rack, fit, seed)?;
    let mut tally = Tally::default();
    let mut t_s = 0.0;
    while t_s < course.length_s {
        let ruled = run.tick(course, t_s, contender);
        let drive = run.outputs.drive().get();
        run.plant
            .step(STEP_S, &course.around(t_s), &BlowerSupply::at(drive / 100.0));
        tally.second(run.plant.truth(), drive, ruled);
        sight(t_s, run.plant.truth(), drive);
        t_s += STEP_S;
    }
    Ok(tally.outcome)
}

/// Exhaust that ends a level of the sweep early, °C.
const WARM_C: f64 = LIMITS.exhaust_c - 2.0;

/// The shipped commissioning run at a rack under a constant load, W.
///
/// # Errors
/// See [`FitError`].
pub fn commission(rack: &BenchRack, load_w: f64, seed: u64) -> Result<Fit, FitError> {
    let around = Surroundings {
        it_power_w: load_w,
        dust_ug_m3: 0.0,
        ..Surroundings::default()
    };
    let supply = BlowerSupply::at(START_SPEED);
    let mut plant = Plant::new(rack.config.clone(), seed, &around, &supply);
    let (mut probes, mut now) = (Probes::new(rack, seed), Moment::ZERO);
    let mut sweep = Sweep::begin(now, Percent::of(100.0 * START_SPEED));
    loop {
        let truth = *plant.truth();
        let mut exhaust_c = [0.0; 3];
        for (celsius, probe) in exhaust_c.iter_mut().zip(&mut probes.exhaust) {
            *celsius = sixteenths(probe.step(STEP_S, truth.exhaust_c));
        }
        exhaust_c.sort_by(f64::total_cmp);
        let look = Look {
            exhaust_c: exhaust_c[1],
            room_c: sixteenths(probes.room.step(STEP_S, around.room_c)),
            power_w: rack.meter * probes.meter.step(STEP_S, around.it_power_w),
            speed_percent: 100.0 * truth.speed_fraction,
            draft_pa: rack.draft * probes.draft.step(STEP_S, truth.draft_pa),
        };
        let Some(drive) = sweep.step(now, &look, WARM_C) else {
            break;
        };
        plant.step(STEP_S, &around, &BlowerSupply::at(drive.get() / 100.0));
        now += Span::s(1);
    }
    let mut fitting = Fitting::new(sweep.record())?;
    loop {
        if let Some(fit) = fitting.work(sweep.record(), SAMPLES)? {
            return Ok(fit);
        }
    }
}
