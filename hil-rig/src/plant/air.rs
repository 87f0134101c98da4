//! The air side: one blower jet, one suction chamber, two filters, the gaps and the door, solved together.
//!
//! ```text
//!   room --blower--> pipe --nozzle--> jet \
//!                                          mixing section --> room
//!   room --filters, gaps, door--> rack --> /
//! ```
//! Given the extracted flow, nozzle and mixing momentum give the primary flow in closed form (a quadratic). Given
//! the rack's draft, every path into the rack gives its flow in closed form, and their sum is the extracted flow:
//! the mass balance holds by construction. One unknown is left, the root of the draft, and one equation:
//! chamber suction + stack = draft + path through the rack. Both sides are monotone, so it always has one answer.
//!
//! A second blower blows through a non-return flap of its own into the same plenum: at one plenum pressure `p` each
//! gives `sqrt((S - p) / c)` of its shut-off pressure S, and the weaker one's flap shuts while p is above its S.
//!
//! Fan laws for the blower; constant-area mixing after Keenan, Neumann and Lustwerk 1950.

use super::config::PlantConfig;
use super::root::falling_root;
use super::surroundings::Surroundings;

/// The loop is closed when this little pressure is left over, Pa.
const LOOP_PA: f64 = 1e-10;
/// The residual flow is met when this little is missing, m3/s.
const FLOW_M3_S: f64 = 1e-13;
/// Two unequal blowers agree on their plenum to this, Pa: well below what closes the loop around them.
const PLENUM_PA: f64 = 1e-11;
const GRAVITY_M_S2: f64 = 9.81;
const KELVIN_AT_0_C: f64 = 273.15;

/// All flows and pressures of one instant. Flows in m3/s, pressures in Pa relative to the room.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flows {
    pub(super) primary: f64,
    /// The part of it that each blower gives, A and B.
    pub(super) blowers: [f64; 2],
    pub(super) extracted: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) leak: f64,
    pub(super) door: f64,
    /// Room minus rack, never negative.
    pub(super) draft_pa: f64,
    pub(super) left_pa: f64,
    pub(super) right_pa: f64,
    /// Room minus suction chamber.
    pub(super) suction_pa: f64,
    pub(super) pipe_pa: f64,
    pub(super) residual_pa: f64,
}

/// One side wall: slit and filter in series. `linear q + (square + slit) q^2`.
#[derive(Clone, Copy, Debug)]
struct Side {
    linear: f64,
    square: f64,
    slit: f64,
}

impl Side {
    /// Flow at a draft, and how it grows with the draft.
    fn flow(&self, draft_pa: f64) -> (f64, f64) {
        let square = self.square + self.slit;
        let root = (self.linear * self.linear + 4.0 * square * draft_pa).sqrt();
        (2.0 * draft_pa / (self.linear + root), 1.0 / root)
    }

    fn filter_pa(&self, flow: f64) -> f64 {
        (self.linear + self.square * flow) * flow
    }
}

/// The ways into the rack as people left them.
#[derive(Clone, Copy, Debug)]
struct Intake {
    left: Side,
    right: Side,
    /// Flow per root of draft, closed gaps and open door.
    gap: f64,
    door: f64,
}

impl Intake {
    /// Sum of all flows at the root of the draft, and its slope.
    fn flow(&self, draft_root: f64) -> (f64, f64) {
        let draft_pa = draft_root * draft_root;
        let (left, left_slope) = self.left.flow(draft_pa);
        let (right, right_slope) = self.right.flow(draft_pa);
        let orifices = self.gap + self.door;
        (
            left + right + orifices * draft_root,
            2.0 * draft_root * (left_slope + right_slope) + orifices,
        )
    }
}

/// Speeds of the blowers, share of full speed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speeds {
    pub(super) a: f64,
    /// None where no second blower is fitted.
    pub(super) b: Option<f64>,
}

impl Speeds {
    fn fastest(self) -> f64 {
        self.b.map_or(self.a, |b| b.max(self.a))
    }

    fn b_is_stronger(self) -> bool {
        self.b.is_some_and(|b| b > self.a)
    }
}

/// The jet at one speed, as coefficients of the two flows.
#[derive(Clone, Copy, Debug)]
struct Jet {
    /// Blower pressure at zero flow: of the only blower or the stronger one.
    shutoff_pa: f64,
    /// How much less the weaker of two blowers makes.
    lacks_pa: Option<f64>,
    /// What blower curve and nozzle take per primary flow squared.
    blower: f64,
    nozzle: f64,
    /// Momentum: of the jet, of the annulus, and of both mixed, per flow squared.
    jet: f64,
    annulus: f64,
    mixed: f64,
    /// Loss into the annulus per extracted flow squared.
    entry: f64,
}

impl Jet {
    /// The primary flow that passes the nozzle beside this extracted flow, and its slope.
    fn primary(&self, extracted: f64) -> (f64, f64) {
        let alone = self.primary_of(self.blower, extracted);
        let Some(lacks_pa) = self.lacks_pa else {
            return alone;
        };
        if self.blower * alone.0 * alone.0 <= lacks_pa {
            // The plenum stands above what the weaker one can make: its flap is shut.
            alone
        } else if lacks_pa <= 0.0 {
            self.primary_of(0.25 * self.blower, extracted)
        } else {
            self.primary_of_both(lacks_pa, alone.0, extracted)
        }
    }

    /// Two unequal blowers: no closed form, but a falling curve.
    fn primary_of_both(&self, lacks_pa: f64, guess: f64, extracted: f64) -> (f64, f64) {
        let (rest, half_b) = (self.nozzle - self.jet + self.mixed, self.mixed * extracted);
        let spread = self.annulus - self.mixed;
        let given_pa = spread * extracted * extracted;
        let balance = |flow: f64| {
            let (pipe_pa, slope) = self.plenum(lacks_pa, flow);
            (
                pipe_pa - rest * flow * flow - 2.0 * half_b * flow + given_pa,
                slope - 2.0 * (rest * flow + half_b),
            )
        };
        let flow = falling_root(guess, PLENUM_PA, balance);
        let slope = balance(flow).1;
        (flow, 2.0 * (self.mixed * flow - spread * extracted) / slope)
    }

    /// Pressure of the plenum that two blowers share at a flow, and its slope.
    fn plenum(&self, lacks_pa: f64, flow: f64) -> (f64, f64) {
        let square_pa = self.blower * flow * flow;
        if square_pa <= lacks_pa {
            return (self.shutoff_pa - square_pa, -2.0 * self.blower * flow);
        }
        // x + y = R and x^2 - y^2 = D for the two flows, each times the root of the blower's coefficient.
        let over = lacks_pa / square_pa;
        (
            self.shutoff_pa - 0.25 * square_pa * (1.0 + over) * (1.0 + over),
            -0.5 * self.blower * flow * (1.0 - over * over),
        )
    }

    /// Pressure in the pipe, and what the stronger and the weaker blower give of a flow.
    fn pipe(&self, primary: f64) -> (f64, [f64; 2]) {
        let square_pa = self.blower * primary * primary;
        match self.lacks_pa {
            Some(lacks_pa) if square_pa > lacks_pa => {
                let weaker = 0.5 * primary * (1.0 - lacks_pa / square_pa);
                (self.plenum(lacks_pa, primary).0, [primary - weaker, weaker])
            }
            Some(_) | None => (self.shutoff_pa - square_pa, [primary, 0.0]),
        }
    }

    /// The primary flow of one blower of this coefficient, and its slope: a quadratic.
    fn primary_of(&self, blower: f64, extracted: f64) -> (f64, f64) {
        let a = (blower + self.nozzle - self.jet + self.mixed).max(f64::MIN_POSITIVE);
        let half_b = self.mixed * extracted;
        let spread = self.annulus - self.mixed;
        let c = self.shutoff_pa + spread * extracted * extracted;
        if c <= 0.0 {
            return (0.0, 0.0);
        }
        let root = (half_b * half_b + a * c).sqrt();
        let flow = c / (half_b + root);
        (flow, (spread * extracted - self.mixed * flow) / root)
    }

    /// Suction of the chamber (room minus chamber) with both flows, and its slope along the extracted flow.
    fn suction(&self, extracted: f64) -> (f64, f64, f64) {
        let (primary, primary_slope) = self.primary(extracted);
        let sum = primary + extracted;
        let own = self.annulus - self.entry;
        let suction_pa = self.jet * primary * primary + own * extracted * extracted - self.mixed * sum * sum;
        let slope = 2.0
            * ((self.jet * primary - self.mixed * sum) * primary_slope + own * extracted - self.mixed * sum);
        (primary, suction_pa, slope)
    }
}

/// The rack's air paths, reduced to the coefficients the solver needs.
#[derive(Clone, Debug)]
pub(super) struct AirSide {
    shutoff_pa: f64,
    blower: f64,
    nozzle: f64,
    jet: f64,
    annulus: f64,
    entry: f64,
    mixed_momentum: f64,
    mixing_head: f64,
    side_linear: f64,
    side_square: f64,
    side_slit: f64,
    empty_frame: f64,
    core_path: f64,
    gap: f64,
    /// Flow per root of draft of a square metre of any opening.
    orifice: f64,
    door: f64,
    stack_pa: f64,
    speed_min: f64,
    residual: f64,
    /// The last root: the next one is near.
    draft_root: f64,
}

impl AirSide {
    pub(super) fn new(config: &PlantConfig) -> Self {
        let (rho, jet, intake) = (config.air.density_kg_m3, &config.jet, &config.intake);
        let annulus_m2 = (jet.mixing_m2 - jet.nozzle_m2).max(f64::MIN_POSITIVE);
        let head = |area_m2: f64| 0.5 * rho / (area_m2 * area_m2);
        let orifice = intake.orifice * (2.0 / rho).sqrt();
        Self {
            shutoff_pa: config.blower.shutoff_pa,
            blower: config.blower.shutoff_pa / (config.blower.free_flow_m3_s * config.blower.free_flow_m3_s),
            nozzle: (1.0 + jet.nozzle_loss) * head(jet.nozzle_m2),
            jet: jet.momentum_share * rho / (jet.mixing_m2 * jet.nozzle_m2),
            annulus: rho / (jet.mixing_m2 * annulus_m2),
            entry: (1.0 + jet.suction_loss) * head(annulus_m2),
            mixed_momentum: (1.0 + 0.5 * jet.mixing_loss) * rho / (jet.mixing_m2 * jet.mixing_m2),
            mixing_head: head(jet.mixing_m2),
            // Each side is half the filter area: half the flow meets the same face velocity.
            side_linear: 2.0 * intake.filter_linear_pa_s_m3,
            side_square: 4.0 * intake.filter_square_pa_s2_m6,
            side_slit: 4.0 * intake.slit_share * intake.path_pa_s2_m6,
            empty_frame: intake.empty_frame_resistance,
            core_path: (1.0 - intake.slit_share) * intake.path_pa_s2_m6,
            gap: orifice * intake.gap_m2,
            orifice,
            door: orifice * intake.door_m2,
            stack_pa: rho * GRAVITY_M_S2 * config.air.stack_height_m,
            speed_min: config.blower.speed_min,
            residual: config.air.residual_flow_m3_s,
            draft_root: 1.0,
        }
    }

    /// What the warm column adds to the suction, Pa. It needs the jet to carry it past the standing air of the
    /// mixing section: below the slowest speed it fades with the jet's pressure, and at rest the residual flow
    /// is all that is left of it.
    pub(super) fn stack_pa(&self, speeds: Speeds, air_c: f64, room_c: f64) -> f64 {
        let carried = (speeds.fastest() / self.speed_min).min(1.0);
        self.stack_pa * (air_c - room_c) / (room_c + KELVIN_AT_0_C) * carried * carried
    }

    /// Flows and pressures at a blower speed, with `help_pa` from stack and buffeting added to the suction.
    pub(super) fn solve(&mut self, speeds: Speeds, help_pa: f64, around: &Surroundings) -> Flows {
        let (intake, jet) = (
            self.intake(around),
            self.jet(speeds, around.discharge_obstruction),
        );
        let core_path = self.core_path;
        let balance = |draft_root: f64| {
            let (extracted, grows) = intake.flow(draft_root);
            let (_, suction_pa, slope) = jet.suction(extracted);
            (
                suction_pa + help_pa - core_path * extracted * extracted - draft_root * draft_root,
                (slope - 2.0 * core_path * extracted) * grows - 2.0 * draft_root,
            )
        };
        let mut draft_root = falling_root(self.draft_root, LOOP_PA, balance);
        if intake.flow(draft_root).0 < self.residual {
            draft_root = falling_root(draft_root, FLOW_M3_S, |root| {
                let (flow, slope) = intake.flow(root);
                (self.residual - flow, -slope)
            });
        }
        self.draft_root = draft_root;
        let residual_pa = balance(draft_root).0;
        let mut flows = flows(&intake, &jet, draft_root, residual_pa);
        if speeds.b_is_stronger() {
            flows.blowers.swap(0, 1);
        }
        flows
    }

    fn intake(&self, around: &Surroundings) -> Intake {
        let side = |present: bool, resistance: f64| {
            let ratio = if present { resistance } else { self.empty_frame };
            Side {
                linear: ratio * self.side_linear,
                square: ratio * self.side_square,
                slit: self.side_slit,
            }
        };
        Intake {
            left: side(around.filter_left_present, around.filter_left_resistance),
            right: side(around.filter_right_present, around.filter_right_resistance),
            gap: self.gap + self.orifice * around.panel_gap_m2,
            door: if around.door_open { self.door } else { 0.0 },
        }
    }

    fn jet(&self, speeds: Speeds, obstruction: f64) -> Jet {
        // Discharge holes that are partly blocked speed the leaving air up; that head is lost and stands as
        // back pressure in the mixing section.
        let open = 1.0 - obstruction;
        let back = (1.0 / (open * open) - 1.0) * self.mixing_head;
        let speed = speeds.fastest();
        let lacks_pa = speeds.b.map(|b| {
            let weaker = b.min(speeds.a);
            self.shutoff_pa * (speed - weaker) * (speed + weaker)
        });
        Jet {
            shutoff_pa: self.shutoff_pa * speed * speed,
            lacks_pa,
            blower: self.blower,
            nozzle: self.nozzle,
            jet: self.jet,
            annulus: self.annulus,
            mixed: self.mixed_momentum + back,
            entry: self.entry,
        }
    }
}

fn flows(intake: &Intake, jet: &Jet, draft_root: f64, residual_pa: f64) -> Flows {
    let draft_pa = draft_root * draft_root;
    let (left, right) = (intake.left.flow(draft_pa).0, intake.right.flow(draft_pa).0);
    let (leak, door) = (intake.gap * draft_root, intake.door * draft_root);
    let extracted = left + right + leak + door;
    let (primary, suction_pa, _) = jet.suction(extracted);
    let (pipe_pa, blowers) = jet.pipe(primary);
    Flows {
        primary,
        blowers,
        extracted,
        left,
        right,
        leak,
        door,
        draft_pa,
        left_pa: intake.left.filter_pa(left),
        right_pa: intake.right.filter_pa(right),
        suction_pa,
        pipe_pa,
        residual_pa,
    }
}
