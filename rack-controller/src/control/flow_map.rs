//! Which drive draws which flow out of the rack, and back.
//!
//! The extracted flow grows almost in proportion to the blower's speed (affinity laws), a little less at low speed
//! where the filters' laminar part weighs more. The default is the 42U rack of the plant study, section 1.6; a site's
//! commissioning may set its own. Where two blowers share the jet, drive and speed are those of one that would make the
//! same jet ([`super::pair`]), and the map goes on beyond full speed.

use sensors::estimate::commission::{Fit, PLANNED_MOST_M3_S};

use super::pair::EQUAL;

/// Drive in percent and extracted flow in m³/s, both rising.
#[derive(Clone, Copy, Debug)]
pub struct FlowMap {
    points: [(f64, f64); 6],
    /// Two blowers at full speed, where there are two: the jet's speed and flow.
    both: Option<(f64, f64)>,
    /// Suction of this clean rack over the plan's flow, Pa s/m³ and Pa s²/m⁶.
    draft: (f64, f64),
}

/// The plan's rack.
const PLAN: [(f64, f64); 6] = [
    (0.0, 0.01),
    (20.0, 0.080),
    (38.8, 0.176),
    (49.3, 0.239),
    (83.9, 0.459),
    (100.0, PLANNED_MOST_M3_S),
];

/// Two blowers at full speed on the plan's rack: 1.469 times the flow of one.
const PLAN_BOTH: (f64, f64) = (100.0 * EQUAL, 1.469 * PLANNED_MOST_M3_S);

impl Default for FlowMap {
    fn default() -> Self {
        Self::fitted(&Fit::PLAN)
    }
}

impl FlowMap {
    /// The map of a rack with these constants.
    pub fn fitted(fit: &Fit) -> Self {
        FlowMap {
            points: PLAN.map(|(drive, planned)| (drive, fit.flow_m3_s(planned))),
            both: None,
            draft: fit.draft,
        }
    }

    /// The same for so many blowers: of two it goes on to both at full speed.
    #[must_use]
    pub fn of_blowers(self, fit: &Fit, blowers: usize) -> Self {
        let (drive, planned) = PLAN_BOTH;
        FlowMap {
            both: (blowers > 1).then(|| (drive, fit.flow_m3_s(planned))),
            ..self
        }
    }

    /// Whether two blowers share the jet.
    pub const fn is_of_two(&self) -> bool {
        self.both.is_some()
    }

    /// Flow of the plan's clean rack at a drive: the scale on which suction is told.
    pub fn planned(drive_percent: f64) -> f64 {
        interpolate(PLAN.iter().copied(), drive_percent)
    }

    /// The same on this map's scale, which goes beyond full speed where there are two blowers.
    pub fn planned_here(&self, drive_percent: f64) -> f64 {
        let both = self.both.map(|_| PLAN_BOTH);
        interpolate(PLAN.iter().copied().chain(both), drive_percent)
    }

    fn all(&self) -> impl Iterator<Item = (f64, f64)> {
        self.points.iter().copied().chain(self.both)
    }

    /// Flow of this rack, clean, at a drive.
    pub fn flow(&self, drive_percent: f64) -> f64 {
        interpolate(self.all(), drive_percent)
    }

    /// Drive for a flow; the largest for more than the blowers can.
    pub fn drive(&self, flow_m3_s: f64) -> f64 {
        interpolate(self.all().map(|(drive, flow)| (flow, drive)), flow_m3_s)
    }

    /// The largest drive: 100, or that of two blowers together.
    pub fn top(&self) -> f64 {
        self.both.map_or(100.0, |(drive, _)| drive)
    }

    /// Drop over both filters of this rack, clean, where the plan's rack would draw so much, Pa.
    pub fn drop_pa(&self, planned_m3_s: f64) -> f64 {
        let (linear, square) = self.draft;
        linear * planned_m3_s + square * planned_m3_s * planned_m3_s
    }

    /// Largest flow.
    pub fn most(&self) -> f64 {
        self.flow(self.top())
    }
}

/// How the drop of a filter grows, over that of the clean one, as its flow falls to `q` of the clean flow:
/// `2.206 - 0.929 q - 0.278 q²`, through the study's three points (1, 1), (0.75, 1.36) and (0.52, 1.65). It is the
/// jet's and the rack's own curve and, like them, the same at every speed.
const CURVE: (f64, f64, f64) = (2.206, 0.929, 0.278);
/// Flow below which the curve says nothing more.
const LEAST_SHARE: f64 = 0.05;

/// The flow over the clean one for which the pressure over the filters is `growth` times that of the clean rack.
pub fn flow_share(growth: f64) -> f64 {
    let (stalled, linear, square) = CURVE;
    let root = (linear * linear + 4.0 * square * (stalled - growth))
        .max(0.0)
        .sqrt();
    ((root - linear) / (2.0 * square)).max(LEAST_SHARE)
}

/// Warmth of the column in the clean draft, K, and what the jet loses where it gives more, Pa/K: three quarters of 0.0386.
pub const USUAL_RISE_K: f64 = 16.0;
/// See [`USUAL_RISE_K`].
const STACK_PA_PER_K: f64 = 0.029;

/// What the jet alone sucks over the filters, Pa: the draft (rack minus room) without what the warm column adds or takes.
pub fn jet_pa(draft_pa: f64, rise_k: f64) -> f64 {
    -draft_pa - STACK_PA_PER_K * (rise_k - USUAL_RISE_K)
}

/// Piecewise linear, clamped at both ends.
fn interpolate(points: impl Iterator<Item = (f64, f64)>, x: f64) -> f64 {
    let mut before: Option<(f64, f64)> = None;
    for (px, py) in points {
        if x <= px {
            return before.map_or(py, |(bx, by)| by + (py - by) * (x - bx) / (px - bx));
        }
        before = Some((px, py));
    }
    before.map_or(0.0, |(_, y)| y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warm_columns_part_is_taken_off_the_draft() {
        assert!((jet_pa(-12.0, USUAL_RISE_K) - 12.0).abs() < 1e-12);
        assert!(jet_pa(-12.0, 26.0) < jet_pa(-12.0, 16.0));
    }

    #[test]
    fn of_two_blowers_it_goes_on_where_one_ends_and_is_the_same_below() {
        let (one, two) = (FlowMap::default(), FlowMap::default().of_blowers(&Fit::PLAN, 2));
        assert!((one.flow(140.2) - one.flow(100.0)).abs() < 1e-12);
        assert!(two.flow(140.2) > 1.46 * one.most() && (two.drive(two.flow(120.0)) - 120.0).abs() < 1e-9);
        for drive in [0.0, 20.0, 61.3, 100.0] {
            assert_eq!(two.flow(drive).to_bits(), one.flow(drive).to_bits());
            assert_eq!(
                two.planned_here(drive).to_bits(),
                FlowMap::planned(drive).to_bits()
            );
        }
        assert!((two.drive(9.0) - two.top()).abs() < 1e-12 && two.is_of_two() && !one.is_of_two());
        let still_one = FlowMap::default().of_blowers(&Fit::PLAN, 1);
        assert!((still_one.top() - 100.0).abs() < 1e-12);
    }

    #[test]
    fn there_and_back() {
        let map = FlowMap::default();
        for drive in [20.0, 33.0, 50.0, 77.7, 100.0] {
            assert!((map.drive(map.flow(drive)) - drive).abs() < 1e-9);
        }
        assert!((map.drive(2.0) - 100.0).abs() < 1e-12 && map.drive(0.0).abs() < 1e-12);
    }
}
