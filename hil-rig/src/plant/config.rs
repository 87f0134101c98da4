//! What the rack is made of: every geometric figure and constant of the model, once.
//!
//! `Default` is an invented but plausible 42U rack of 0.6 x 1.0 x 2.0 m. A field's comment gives its unit and,
//! where the figure does not follow from the geometry, where its form comes from.

mod hazards;

pub use hazards::{DustConfig, ExtinguisherConfig, FireConfig, SmokeConfig};

/// The whole rack. The solvers expect every figure finite and every area, capacity and time above zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlantConfig {
    /// Properties of the air.
    pub air: AirConfig,
    /// The roof blower and its drive.
    pub blower: BlowerConfig,
    /// A second blower of the same make stands beside the first, on the same plenum, each behind a non-return flap.
    pub second_blower: bool,
    /// Nozzle, suction chamber and mixing section.
    pub jet: JetConfig,
    /// Filters, slits, gaps and door: how room air gets in.
    pub intake: IntakeConfig,
    /// Heat capacities and conductances.
    pub heat: HeatConfig,
    /// Where in the rack which share of the heat is felt.
    pub places: PlacesConfig,
    /// What filters catch.
    pub dust: DustConfig,
    /// How a fire grows and starves.
    pub fire: FireConfig,
    /// How smoke is seen.
    pub smoke: SmokeConfig,
    /// The two powder units.
    pub extinguisher: ExtinguisherConfig,
}

/// Air at rack temperature; one density throughout, for the model's other errors are larger than its change.
#[derive(Clone, Debug, PartialEq)]
pub struct AirConfig {
    /// Density, kg/m3.
    pub density_kg_m3: f64,
    /// Specific heat at constant pressure, J/(kg K).
    pub heat_j_kg_k: f64,
    /// Air between the hosts, m3.
    pub volume_m3: f64,
    /// Section that the extracted air rises through, m2.
    pub section_m2: f64,
    /// Gas under the ceiling never moves slower than this, m/s: warm air turns over by itself.
    pub still_m_s: f64,
    /// Height of the warm column that helps the jet, m.
    pub stack_height_m: f64,
    /// What natural draught still moves when no jet does, m3/s. A standing blower never means zero flow.
    pub residual_flow_m3_s: f64,
    /// Standard deviation of the slow buffeting of the suction, as a share of it; 0 = a perfectly calm jet.
    pub buffet_ratio: f64,
    /// Correlation time of that buffeting, s.
    pub buffet_tau_s: f64,
}

impl Default for AirConfig {
    fn default() -> Self {
        Self {
            density_kg_m3: 1.17,
            heat_j_kg_k: 1006.0,
            volume_m3: 1.2,
            section_m2: 0.6,
            still_m_s: 0.5,
            stack_height_m: 1.0,
            residual_flow_m3_s: 0.01,
            buffet_ratio: 0.01,
            buffet_tau_s: 0.8,
        }
    }
}

/// An EC backward-curved blower of the 310 mm class. Flow, pressure and power follow the fan laws: n, n^2, n^3.
#[derive(Clone, Debug, PartialEq)]
pub struct BlowerConfig {
    /// Speed at full drive, rpm.
    pub rpm_max: f64,
    /// Slowest speed the drive holds, share of full speed.
    pub speed_min: f64,
    /// Drive below this share means stop.
    pub drive_stop_below: f64,
    /// Shut-off pressure at full speed, Pa.
    pub shutoff_pa: f64,
    /// Free delivery at full speed, m3/s.
    pub free_flow_m3_s: f64,
    /// Best wire-to-air efficiency of a new blower, share.
    pub efficiency_best: f64,
    /// Flow coefficient (flow over speed times free delivery) of the best efficiency.
    pub efficiency_best_at: f64,
    /// Half width of the efficiency parabola, in the same coefficient.
    pub efficiency_width: f64,
    /// Share of the best efficiency that is left far from it.
    pub efficiency_floor: f64,
    /// What the drive's electronics take while supplied, W.
    pub standby_w: f64,
    /// What a supplied and commanded drive takes on a locked rotor, between its attempts to start, W.
    pub locked_w: f64,
    /// Shaft power the motor can give, as a multiple of what a new blower needs at full speed.
    /// A worn blower that asks for more runs slower.
    pub motor_reserve: f64,
    /// Voltage below which the drive gives up, ratio to nominal.
    pub voltage_min: f64,
    /// Slew of the drive's set point, share of full speed per second.
    pub slew_per_s: f64,
    /// First-order lag from set point to speed, s.
    pub lag_s: f64,
    /// Time constant of the undriven wheel, s; a worn bearing shortens it.
    pub coast_s: f64,
    /// Time constant of a wheel that something holds, s.
    pub jam_s: f64,
}

impl Default for BlowerConfig {
    fn default() -> Self {
        Self {
            rpm_max: 2800.0,
            speed_min: 0.20,
            drive_stop_below: 0.02,
            shutoff_pa: 900.0,
            free_flow_m3_s: 0.85,
            efficiency_best: 0.52,
            efficiency_best_at: 0.6,
            efficiency_width: 0.75,
            efficiency_floor: 0.15,
            standby_w: 4.0,
            locked_w: 12.0,
            motor_reserve: 1.15,
            voltage_min: 0.3,
            slew_per_s: 0.08,
            lag_s: 2.0,
            coast_s: 3.0,
            jam_s: 0.15,
        }
    }
}

/// A jet pump with a mixing section of constant area (Keenan, Neumann and Lustwerk 1950). The entrainment of a
/// free jet sets a bound that grows with its length (Ricou and Spalding 1961); a mixing section of six to seven
/// nozzle diameters stays within it, and none is applied here.
#[derive(Clone, Debug, PartialEq)]
pub struct JetConfig {
    /// Nozzle outlet, m2.
    pub nozzle_m2: f64,
    /// Mixing section, m2; the annulus around the jet is what the nozzle leaves of it.
    pub mixing_m2: f64,
    /// Loss of the nozzle, share of its velocity head.
    pub nozzle_loss: f64,
    /// Share of the jet's momentum that arrives; below 1 because mixing is incomplete.
    pub momentum_share: f64,
    /// Friction of the mixing section, share of its velocity head.
    pub mixing_loss: f64,
    /// Loss into the suction annulus, share of its velocity head.
    pub suction_loss: f64,
}

impl Default for JetConfig {
    fn default() -> Self {
        Self {
            nozzle_m2: 0.030,
            mixing_m2: 0.20,
            nozzle_loss: 0.15,
            momentum_share: 0.85,
            mixing_loss: 0.10,
            suction_loss: 0.20,
        }
    }
}

/// Two equal filters, one in each side wall, the gaps of the closed rack, and the door.
#[derive(Clone, Debug, PartialEq)]
pub struct IntakeConfig {
    /// Laminar part of both clean filters together, Pa s/m3.
    pub filter_linear_pa_s_m3: f64,
    /// Turbulent part of both clean filters together, Pa s2/m6.
    pub filter_square_pa_s2_m6: f64,
    /// What an empty filter frame still resists, ratio to a clean filter.
    pub empty_frame_resistance: f64,
    /// Path through the rack, Pa s2/m6 of extracted flow.
    pub path_pa_s2_m6: f64,
    /// Share of that path that lies in the two side slits, one behind each filter. It is what lets the pressure
    /// across a clogged filter differ from that across its clean twin: two bare filters between the same two
    /// rooms would always show the same.
    pub slit_share: f64,
    /// Gaps of the closed rack, m2.
    pub gap_m2: f64,
    /// Opening of the open door, m2.
    pub door_m2: f64,
    /// Discharge coefficient of gaps and door.
    pub orifice: f64,
    /// Share of the door's flow that leaves without having touched a chip.
    pub door_bypass: f64,
}

impl Default for IntakeConfig {
    fn default() -> Self {
        Self {
            filter_linear_pa_s_m3: 30.0,
            filter_square_pa_s2_m6: 33.3,
            empty_frame_resistance: 0.02,
            path_pa_s2_m6: 25.0,
            slit_share: 0.2,
            gap_m2: 0.006,
            door_m2: 0.25,
            orifice: 0.62,
            door_bypass: 0.5,
        }
    }
}

/// Four bodies around the air: chips, chassis, wall, and the air itself.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatConfig {
    /// Chips with their heat sinks, J/K.
    pub chips_j_k: f64,
    /// Chassis, boards and drives, J/K.
    pub chassis_j_k: f64,
    /// Steel of the walls, J/K.
    pub wall_j_k: f64,
    /// Latent heat of the wall's paraffin coat, J. Small: 19 kJ are four seconds of 5 kW.
    pub coat_latent_j: f64,
    /// Where the coat begins to melt, deg C.
    pub coat_from_c: f64,
    /// Where the coat has melted, deg C.
    pub coat_to_c: f64,
    /// Air in the rack, J/K.
    pub air_j_k: f64,
    /// Share of the hosts' heat that is born in chips; the rest goes straight into the air.
    pub chips_share: f64,
    /// Chips to air without extracted flow, W/K.
    pub chips_still_w_k: f64,
    /// What the reference flow adds, W/K; it grows with flow to the power 0.8 (turbulent: Re^0.8).
    pub chips_moved_w_k: f64,
    /// That reference flow, m3/s.
    pub chips_reference_m3_s: f64,
    /// Chassis to air, W/K.
    pub chassis_w_k: f64,
    /// Air to wall, W/K: 7.3 m2 x 6 W/(m2 K) x 1.25 for the fins.
    pub wall_inner_w_k: f64,
    /// Wall to room, W/K: 7.9 m2 x 8 W/(m2 K) x 1.2 for grooves and radiation.
    pub wall_outer_w_k: f64,
}

impl Default for HeatConfig {
    fn default() -> Self {
        Self {
            chips_j_k: 14_000.0,
            chassis_j_k: 160_000.0,
            wall_j_k: 48_000.0,
            coat_latent_j: 19_000.0,
            coat_from_c: 20.0,
            coat_to_c: 50.0,
            air_j_k: 1_400.0,
            chips_share: 0.85,
            chips_still_w_k: 60.0,
            chips_moved_w_k: 320.0,
            chips_reference_m3_s: 0.6,
            chassis_w_k: 90.0,
            wall_inner_w_k: 7.3 * 6.0 * 1.25,
            wall_outer_w_k: 7.9 * 8.0 * 1.2,
        }
    }
}

/// How the one air temperature of the model spreads over the places where sensors sit. All invented.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacesConfig {
    /// Share of the rack's own warm air in what the hosts breathe, at useful flow.
    pub recirculation: f64,
    /// Below this extracted flow, m3/s, recirculation grows towards 1: the hosts' own fans then turn the air over.
    pub recirculation_full_flow_m3_s: f64,
    /// How far each of the eight boards stands on the way from inlet (0) to mixed air (1); four left, four right.
    pub boards: [f64; 8],
    /// How much warmer the ceiling is, share of the air's rise over the room. Fires need no term of their own: the
    /// gas in a burning steel cabinet is well mixed from the roof down to 1.2 m below (NIST/NRC cabinet tests).
    pub ceiling_rise: f64,
    /// How far a side's inlet, above or below the mean of both, carries to that side of the ceiling, share.
    pub side_share: f64,
    /// Time constant of an extinguisher's steel bottle, s.
    pub bottle_s: f64,
}

impl Default for PlacesConfig {
    fn default() -> Self {
        Self {
            recirculation: 0.3,
            recirculation_full_flow_m3_s: 0.10,
            boards: [0.16, 0.40, 0.64, 0.88, 0.24, 0.48, 0.72, 0.96],
            ceiling_rise: 0.06,
            side_share: 0.25,
            bottle_s: 90.0,
        }
    }
}
