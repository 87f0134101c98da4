//! The emulated rack's physics: what the air, the heat and the blower do, and nothing about bytes.
//!
//! Terms: the *blower*'s jet is the *primary* flow; what it draws out of the rack is the *extracted* flow. The
//! *draft* is rack minus room, below zero while the jet entrains. *Truth* is the state without any sensor.
//!
//! ```text
//!   surroundings, supply --> blower speed --> air (algebraic) --> heat (one implicit step) --> places --> truth
//! ```
//! Air has no inertia here, so its flows follow speed and openings within the step. A step allocates nothing,
//! cannot fail and reads no clock; the same seed and the same calls give the same bits.
//!
//! Beside the plant: [`probe`] makes a sensor's view of a truth (lag, noise, drift), and [`trace`] and
//! [`trace_file`] make the course of loads, weather and fires over time.

mod air;
mod blower;
mod buffet;
pub mod cabinet;
pub mod config;
mod decay;
mod dust;
mod extinguisher;
mod fire;
mod hazards;
mod heat;
mod ideal;
mod places;
pub mod probe;
pub mod response;
mod root;
mod smoke;
pub mod surroundings;
pub mod trace;
pub mod trace_file;
pub mod truth;

#[cfg(test)]
mod fires;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod worked_example;

pub use cabinet::{CabinetFire, Gas};
pub use config::PlantConfig;
pub use extinguisher::Element;
pub use fire::FireClass;
pub use hazards::HazardReport;
pub(crate) use ideal::{Ideal, Store};
pub use probe::{Probe, ProbeConfig};
pub use surroundings::{BlowerSupply, Surroundings};
pub use trace::{Between, Profile, ProfileError};
pub use trace_file::{PowerMap, RoomMap, TraceError};
pub use truth::Truth;

use air::{AirSide, Flows, Speeds};
use blower::Blower;
use buffet::Buffet;
use dust::Filters;
use hazards::Hazards;
use heat::{Bodies, Coupling};
use places::{Bottles, Places};

/// What is shorter than this, s, is no step: the rack would not move by a bit of its figures.
pub const STEP_S_MIN: f64 = 1e-6;
/// The longest step taken as one, s; what is asked beyond it is not simulated.
pub const STEP_S_MAX: f64 = 3_600.0;

/// Halvings that find the start's air temperature; sixty exhaust an f64.
const SETTLING_STEPS: u32 = 60;

/// The rack.
#[derive(Clone, Debug)]
pub struct Plant {
    config: PlantConfig,
    blower: Blower,
    blower_b: Option<Blower>,
    air: AirSide,
    buffet: Buffet,
    bodies: Bodies,
    bottles: Bottles,
    filters: Filters,
    hazards: Hazards,
    truth: Truth,
}

impl Plant {
    /// A rack that has stood in these surroundings, with this supply, until nothing changed any more.
    #[must_use]
    pub fn new(config: PlantConfig, seed: u64, around: &Surroundings, supply: &BlowerSupply) -> Self {
        let (around, supply) = (around.bounded(), supply.bounded());
        let blower = Blower::settled(&config.blower, &around, &supply);
        let blower_b = config.second_blower.then(|| {
            let (around, supply) = second(&around, &supply);
            Blower::settled(&config.blower, &around, &supply)
        });
        let mut air = AirSide::new(&config);
        let speeds = speeds(&blower, blower_b.as_ref());
        let (flows, bodies) = equilibrium(&config, &mut air, speeds, &around);
        let places = places(&config, &flows, &bodies, &around);
        let mut plant = Self {
            buffet: Buffet::new(&config.air, seed),
            bottles: Bottles::settled(&places),
            filters: Filters::new(&config.dust),
            hazards: Hazards::new(&config, places.over_bottles_c),
            truth: Truth::default(),
            config,
            blower,
            blower_b,
            air,
            bodies,
        };
        plant.tell(&flows, &places, &around, &supply);
        plant
    }

    /// Lets `dt_s` pass, [`STEP_S_MIN`]..=[`STEP_S_MAX`]; what is shorter or not a number changes nothing.
    /// Through a change of 6 kW and of speed, steps of one second err by up to 0.15 K, of a tenth by 0.015 K.
    ///
    /// The stack is taken from the air of the step before. Where it alone moves the air (discharge all but shut,
    /// a rack of many hundred degrees) a step of a second may swing by some tenths of a percent about the true
    /// answer, longer ones by more; the swing is bounded.
    pub fn step(&mut self, dt_s: f64, around: &Surroundings, supply: &BlowerSupply) {
        if dt_s.is_nan() || dt_s < STEP_S_MIN {
            return;
        }
        let dt_s = dt_s.min(STEP_S_MAX);
        let (mut around, supply) = (self.felt(around), supply.bounded());
        self.blower.step(dt_s, &around, &supply);
        if let Some(blower) = &mut self.blower_b {
            let (around, supply) = second(&around, &supply);
            blower.step(dt_s, &around, &supply);
        }
        let speeds = speeds(&self.blower, self.blower_b.as_ref());
        let buffet_pa = self.buffet.step(dt_s, -self.truth.suction_chamber_pa);
        let stack_pa = self.air.stack_pa(speeds, self.bodies.air_c, around.room_c);
        let flows = self.air.solve(speeds, stack_pa + buffet_pa, &around);
        let mut couple = coupling(&self.config, &flows, &around);
        let (burning_w, quench_w_k) = self.hazards.burn(dt_s, flows.extracted);
        around.fire_w += burning_w;
        couple.quench_w_k = quench_w_k;
        self.bodies.step(&self.config.heat, dt_s, &couple, &around);
        let mut places = places(&self.config, &flows, &self.bodies, &around);
        if let Some(gas) = &self.hazards.recorded {
            places.burn(gas);
        }
        self.bottles.step(&self.config.places, dt_s, &places);
        let burst = self
            .hazards
            .feel(&self.config.air, dt_s, &flows, places.over_bottles_c);
        self.soil(burst);
        let present = [around.filter_left_present, around.filter_right_present];
        self.filters
            .step(dt_s, around.dust_ug_m3, [flows.left, flows.right], present);
        self.truth.time_s += dt_s;
        self.tell(&flows, &places, &around, &supply);
        self.overlay();
    }

    /// What is stronger than the model: a recorded fire's gas, the pressure of a burst.
    fn overlay(&mut self) {
        if let Some(gas) = &self.hazards.recorded {
            self.truth.exhaust_c = self.truth.exhaust_c.max(gas.roof_c());
        }
        let pulse_pa = self.hazards.units.pulse_pa();
        if pulse_pa > 0.0 {
            self.truth.draft_pa += pulse_pa;
            self.truth.suction_chamber_pa += pulse_pa;
            self.truth.filter_left_pa -= pulse_pa;
            self.truth.filter_right_pa -= pulse_pa;
        }
    }

    /// Powder of a unit that has burst settles in both filters, most in that of its own side.
    fn soil(&mut self, burst: [bool; 2]) {
        let (own, other) = (
            self.config.extinguisher.soil_own,
            self.config.extinguisher.soil_other,
        );
        for (side, burst) in burst.into_iter().enumerate() {
            if burst {
                self.filters.soil(side, own);
                self.filters.soil(1 - side, other);
            }
        }
    }

    /// Lights a fire that grows by the square of time, in place of the one that burns. Without a ceiling of its own,
    /// W, it has that of the rack's load.
    pub fn ignite(&mut self, class: FireClass, ceiling_w: Option<f64>) {
        self.hazards.fire.ignite(class, ceiling_w);
    }

    /// Ends the fire that grows.
    pub fn put_out(&mut self) {
        self.hazards.fire.put_out();
    }

    /// A recorded fire's gas from the next step on, or none.
    pub fn replay(&mut self, gas: Option<Gas>) {
        self.hazards.recorded = gas;
    }

    /// Hangs an extinguisher, 0 left, 1 right, in its holder or takes it out; out of it, it does not burst.
    pub fn set_extinguisher_home(&mut self, side: usize, home: bool) {
        self.hazards.units.set_home(side, home);
    }

    /// Hangs a full extinguisher in place of the old one.
    pub fn replace_extinguisher(&mut self, side: usize) {
        self.hazards.units.replace(side, self.truth.ceiling_c);
    }

    /// What burns and what has been done against it.
    #[must_use]
    pub fn hazards(&self) -> HazardReport {
        self.hazards.report(self.truth.air_c - self.truth.room_c)
    }

    /// Which units have burst, and which smoke contacts the model closes.
    pub(crate) fn contacts(&self) -> Contacts {
        Contacts {
            fired: self.hazards.units.fired(),
            smoke_closed: self.hazards.smoke.closed(),
        }
    }

    /// What acts on the rack from outside, together with what has gathered inside.
    fn felt(&self, around: &Surroundings) -> Surroundings {
        let mut around = around.bounded();
        let [left, right] = self.filters.ratios();
        around.filter_left_resistance *= left;
        around.filter_right_resistance *= right;
        around
    }

    /// Dust on the filters, g, left and right.
    #[must_use]
    pub fn filter_dust_g(&self) -> [f64; 2] {
        self.filters.dust_g()
    }

    /// How much of their life the filters have used, share, left and right; 1 is the end.
    #[must_use]
    pub fn filter_life_used(&self) -> [f64; 2] {
        self.filters
            .dust_g()
            .map(|dust_g| dust_g / self.config.dust.end_of_life_g)
    }

    /// What the dust multiplies the resistance of the filters' media by, left and right.
    #[must_use]
    pub fn filter_dust_ratios(&self) -> [f64; 2] {
        self.filters.ratios()
    }

    /// Puts dust on a filter, 0 left, 1 right, g; 0 for a new one.
    pub fn set_filter_dust_g(&mut self, side: usize, dust_g: f64) {
        self.filters.set_dust_g(side, dust_g);
    }

    /// Puts on a filter, 0 left, 1 right, the dust that makes its new medium resist `ratio` times as much, 1..=1000.
    pub fn set_filter_ratio(&mut self, side: usize, ratio: f64) {
        self.filters.set_ratio(side, ratio);
    }

    /// What is really so now.
    #[must_use]
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// What the rack is made of.
    #[must_use]
    pub fn config(&self) -> &PlantConfig {
        &self.config
    }

    fn tell(&mut self, flows: &Flows, places: &Places, around: &Surroundings, supply: &BlowerSupply) {
        let (config, bodies, speed) = (&self.config, &self.bodies, self.blower.speed());
        let core_m3_s = core_m3_s(config, flows);
        let passed_by = if flows.extracted > 0.0 {
            1.0 - core_m3_s / flows.extracted
        } else {
            0.0
        };
        let (speed_b, power_b_w) = self.blower_b.as_ref().map_or((0.0, 0.0), |blower| {
            let (around, supply) = second(around, supply);
            let power_w = blower.power_w(flows.blowers[1], flows.pipe_pa, &around, &supply);
            (blower.speed(), power_w)
        });
        self.truth = Truth {
            time_s: self.truth.time_s,
            speed_fraction: speed,
            rpm: speed * config.blower.rpm_max,
            blower_power_w: self
                .blower
                .power_w(flows.blowers[0], flows.pipe_pa, around, supply),
            blower_b_speed_fraction: speed_b,
            blower_b_rpm: speed_b * config.blower.rpm_max,
            blower_b_power_w: power_b_w,
            blower_b_flow_m3_s: flows.blowers[1],
            primary_flow_m3_s: flows.primary,
            extracted_flow_m3_s: flows.extracted,
            filter_left_flow_m3_s: flows.left,
            filter_right_flow_m3_s: flows.right,
            leak_flow_m3_s: flows.leak,
            door_flow_m3_s: flows.door,
            core_flow_m3_s: core_m3_s,
            draft_pa: -flows.draft_pa,
            filter_left_pa: flows.left_pa,
            filter_right_pa: flows.right_pa,
            suction_chamber_pa: -flows.suction_pa,
            blower_pipe_pa: flows.pipe_pa,
            loop_residual_pa: flows.residual_pa,
            air_c: bodies.air_c,
            exhaust_c: bodies.air_c + passed_by * (around.room_c - bodies.air_c),
            chips_c: bodies.chips_c,
            chassis_c: bodies.chassis_c,
            wall_c: bodies.wall_c,
            coat_molten: heat::molten_share(&config.heat, bodies.wall_c),
            inlet_left_c: places.inlet_c[0],
            inlet_right_c: places.inlet_c[1],
            boards_c: places.boards_c,
            ceiling_c: places.ceiling_c,
            ceiling_rh_percent: places::warmed_rh_percent(
                around.room_rh_percent,
                around.room_c,
                places.ceiling_c,
            ),
            extinguisher_c: self.bottles.steel_c,
            room_c: around.room_c,
            room_rh_percent: around.room_rh_percent,
            heat_by_air_w: coupling(config, flows, around).carried_w_k * (bodies.air_c - around.room_c),
            heat_by_wall_w: bodies.wall_loss_w(&config.heat, around.room_c),
            stored_j: bodies.stored_j(&config.heat),
        };
    }
}

/// What the hazards close and break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contacts {
    /// Which extinguishers have burst, left and right.
    pub(crate) fired: [bool; 2],
    /// Which smoke contacts the model closes, A and B.
    pub(crate) smoke_closed: [bool; 2],
}

/// Flow and temperatures that agree. Warmer air lifts the stack, the stack lifts the flow, and more flow means
/// cooler air: the air that would follow from an assumed air falls as that rises, so halving finds the one that
/// follows from itself. (Plain substitution does not where the stack alone drives the flow.)
fn equilibrium(
    config: &PlantConfig,
    air: &mut AirSide,
    speeds: Speeds,
    around: &Surroundings,
) -> (Flows, Bodies) {
    let mut follow = |air_c: f64| {
        let stack_pa = air.stack_pa(speeds, air_c, around.room_c);
        let flows = air.solve(speeds, stack_pa, around);
        (
            flows,
            Bodies::steady(&config.heat, &coupling(config, &flows, around), around),
        )
    };
    let (mut low_c, mut high_c) = (around.room_c, follow(around.room_c).1.air_c);
    for _ in 0..SETTLING_STEPS {
        let middle_c = 0.5 * (low_c + high_c);
        if follow(middle_c).1.air_c > middle_c {
            low_c = middle_c;
        } else {
            high_c = middle_c;
        }
    }
    follow(0.5 * (low_c + high_c))
}

/// What of the extracted flow touches the chips: all but half of what comes in at an open door.
fn core_m3_s(config: &PlantConfig, flows: &Flows) -> f64 {
    flows.extracted - config.intake.door_bypass * flows.door
}

fn coupling(config: &PlantConfig, flows: &Flows, around: &Surroundings) -> Coupling {
    let air_j_m3_k = config.air.density_kg_m3 * config.air.heat_j_kg_k;
    Coupling::at(
        &config.heat,
        core_m3_s(config, flows),
        air_j_m3_k,
        around.chips_contact,
    )
}

/// What acts on blower B and what reaches it, as if it were the first.
fn second(around: &Surroundings, supply: &BlowerSupply) -> (Surroundings, BlowerSupply) {
    let around = Surroundings {
        blower_jammed: around.blower_b_jammed,
        blower_efficiency: around.blower_b_efficiency,
        ..*around
    };
    let supply = BlowerSupply {
        drive: supply.drive_b,
        ..*supply
    };
    (around, supply)
}

fn speeds(blower: &Blower, blower_b: Option<&Blower>) -> Speeds {
    Speeds {
        a: blower.speed(),
        b: blower_b.map(Blower::speed),
    }
}

fn places(config: &PlantConfig, flows: &Flows, bodies: &Bodies, around: &Surroundings) -> Places {
    Places::of(
        &config.places,
        bodies.air_c,
        around.room_c,
        core_m3_s(config, flows),
        flows,
    )
}
