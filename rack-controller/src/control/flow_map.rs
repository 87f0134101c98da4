//! Which drive draws which flow out of the rack, and back.
//!
//! The extracted flow grows almost in proportion to the blower's speed (affinity laws), a little less at low speed
//! where the filters' laminar part weighs more. The default is the 42U rack of the plant study, section 1.6; a site's
//! commissioning may set its own.

/// Drive in percent and extracted flow in m³/s, both rising.
#[derive(Clone, Copy, Debug)]
pub struct FlowMap {
    points: [(f64, f64); 6],
}

impl Default for FlowMap {
    fn default() -> Self {
        FlowMap {
            points: [
                (0.0, 0.01),
                (20.0, 0.080),
                (38.8, 0.176),
                (49.3, 0.239),
                (83.9, 0.459),
                (100.0, 0.564),
            ],
        }
    }
}

impl FlowMap {
    /// Flow at a drive.
    pub fn flow(&self, drive_percent: f64) -> f64 {
        interpolate(self.points.iter().copied(), drive_percent)
    }

    /// Drive for a flow; 100 for more than the blower can.
    pub fn drive(&self, flow_m3_s: f64) -> f64 {
        interpolate(self.points.iter().map(|(drive, flow)| (*flow, *drive)), flow_m3_s)
    }

    /// Largest flow.
    pub fn most(&self) -> f64 {
        self.flow(100.0)
    }
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
    fn there_and_back() {
        let map = FlowMap::default();
        for drive in [20.0, 33.0, 50.0, 77.7, 100.0] {
            assert!((map.drive(map.flow(drive)) - drive).abs() < 1e-9);
        }
        assert!((map.drive(2.0) - 100.0).abs() < 1e-12 && map.drive(0.0).abs() < 1e-12);
    }
}
