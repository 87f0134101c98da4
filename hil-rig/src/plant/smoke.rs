//! Smoke from a fire to the two detectors under the ceiling. Modelled, not measured: the report says so.
//!
//! ```text
//!   soot per heat --> rack's air (washed by the extracted flow) --rise--> ceiling --entry--> chamber A, B --> contact
//! ```
//! Three first-order stages; the rise and the entry take their length over the draught. The contact closes at an
//! obscuration, %/m, and opens again below a share of it. Without soot or powder a step is one comparison.

use super::config::SmokeConfig;

/// Below this the air counts as clear, kg/m3 of soot: a thousandth of what closes a contact.
const CLEAR_KG_M3: f64 = 4e-9;

/// Soot on its way. Concentrations in kg/m3 of soot; powder counts as the soot that dims as much.
#[derive(Clone, Debug)]
pub(super) struct Smoke {
    rise_m: f64,
    entry_m: [f64; 2],
    extinction_m2_kg: f64,
    powder_as_soot: f64,
    close_kg_m3: [f64; 2],
    open_kg_m3: [f64; 2],
    air_kg_m3: f64,
    ceiling_kg_m3: f64,
    chamber_kg_m3: [f64; 2],
    closed: [bool; 2],
}

impl Smoke {
    pub(super) fn new(config: &SmokeConfig) -> Self {
        // Bouguer: what is left of a beam after 1 m is exp(-extinction x soot).
        let close_kg_m3 = config
            .alarm_percent_m
            .map(|percent| -(1.0 - percent.clamp(0.01, 99.0) / 100.0).ln() / config.extinction_m2_kg);
        Self {
            rise_m: config.rise_m,
            entry_m: config.entry_m,
            extinction_m2_kg: config.extinction_m2_kg,
            powder_as_soot: config.powder_m2_kg / config.extinction_m2_kg,
            close_kg_m3,
            open_kg_m3: close_kg_m3.map(|kg_m3| kg_m3 * config.release_share),
            air_kg_m3: 0.0,
            ceiling_kg_m3: 0.0,
            chamber_kg_m3: [0.0; 2],
            closed: [false; 2],
        }
    }

    /// Lets `dt_s` pass with `soot_kg_s` given off into `volume_m3` that `flow_m3_s` washes, a draught of `draught_m_s`
    /// under the ceiling and `powder_kg_m3` of agent in the air.
    pub(super) fn step(&mut self, dt_s: f64, soot_kg_s: f64, air: Wash, powder_kg_m3: f64) {
        if soot_kg_s <= 0.0 && powder_kg_m3 <= 0.0 && self.clear() {
            return;
        }
        let inverse = 1.0 / (air.volume_m3 + dt_s * air.flow_m3_s);
        self.air_kg_m3 = (self.air_kg_m3 * air.volume_m3 + dt_s * soot_kg_s) * inverse;
        let way_m = dt_s * air.draught_m_s;
        let under_kg_m3 = self.air_kg_m3 + powder_kg_m3 * self.powder_as_soot;
        lag(&mut self.ceiling_kg_m3, under_kg_m3, way_m, self.rise_m);
        for channel in 0..2 {
            let chamber = &mut self.chamber_kg_m3[channel];
            lag(chamber, self.ceiling_kg_m3, way_m, self.entry_m[channel]);
            let limit = if self.closed[channel] {
                self.open_kg_m3
            } else {
                self.close_kg_m3
            };
            self.closed[channel] = *chamber >= limit[channel];
        }
    }

    fn clear(&self) -> bool {
        let [a, b] = self.chamber_kg_m3;
        a.max(b).max(self.ceiling_kg_m3).max(self.air_kg_m3) < CLEAR_KG_M3
    }

    /// Obscuration in the chambers, %/m.
    pub(super) fn percent_m(&self) -> [f64; 2] {
        self.chamber_kg_m3
            .map(|kg_m3| 100.0 * (1.0 - (-self.extinction_m2_kg * kg_m3).exp()))
    }

    /// Which contacts are closed.
    pub(super) fn closed(&self) -> [bool; 2] {
        self.closed
    }
}

/// The air that carries the smoke.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wash {
    pub(super) volume_m3: f64,
    pub(super) flow_m3_s: f64,
    pub(super) draught_m_s: f64,
}

/// A first-order lag of `length / draught`, by an implicit step.
fn lag(level: &mut f64, input: f64, way_m: f64, length_m: f64) {
    *level = (*level * length_m + input * way_m) / (length_m + way_m);
}

#[cfg(test)]
mod tests {
    use super::*;

    const AIR: Wash = Wash {
        volume_m3: 1.2,
        flow_m3_s: 0.24,
        draught_m_s: 0.5,
    };
    /// Soot of 1 kW of burning plastics, kg/s.
    const PER_KW: f64 = 0.1 / 30e3;

    fn smoke() -> Smoke {
        Smoke::new(&SmokeConfig::default())
    }

    fn closes_s(smoke: &mut Smoke, kw: impl Fn(f64) -> f64, dt_s: f64, air: Wash) -> Option<f64> {
        let steps = 0..10_000;
        steps.map(|k| dt_s * f64::from(k)).find(|t_s| {
            smoke.step(dt_s, kw(*t_s) * PER_KW, air, 0.0);
            smoke.closed() == [true; 2]
        })
    }

    #[test]
    fn a_steady_source_dims_by_what_flow_leaves_of_it() {
        let mut smoke = smoke();
        for _ in 0..2_000 {
            smoke.step(0.1, PER_KW, AIR, 0.0);
        }
        let stated = 100.0 * (1.0 - (-8_700.0 * PER_KW / 0.24_f64).exp());
        assert!(
            (smoke.percent_m()[0] - stated).abs() < 1e-3,
            "{:?} {stated}",
            smoke.percent_m()
        );
        assert_eq!(smoke.closed(), [true; 2]);
    }

    #[test]
    fn the_contact_closes_at_its_threshold_seconds_after_the_soot_and_opens_below() {
        let mut seen = smoke();
        let late_s = closes_s(&mut seen, |_| 1.0, 0.1, AIR).expect("it closes");
        // Transport of 4.0 s and 3.6 s behind an air change of 5 s.
        assert!((4.0..15.0).contains(&late_s), "{late_s}");
        assert!(seen.percent_m()[0] >= 3.4 && seen.percent_m()[0] < 3.6);
        let mut open_s = 0.0;
        while seen.closed() != [false; 2] {
            seen.step(0.1, 0.0, AIR, 0.0);
            open_s += 0.1;
        }
        assert!((3.0..60.0).contains(&open_s) && seen.percent_m()[0] < 0.6 * 3.4 + 0.05);
        assert_eq!(closes_s(&mut smoke(), |_| 0.05, 0.1, AIR), None, "too little");
    }

    #[test]
    fn a_second_is_as_good_as_a_tenth() {
        let growing = |t_s: f64| 0.0117 * t_s * t_s;
        let fine_s = closes_s(&mut smoke(), growing, 0.1, AIR).expect("it closes");
        let coarse_s = closes_s(&mut smoke(), growing, 1.0, AIR).expect("it closes");
        assert!((fine_s - coarse_s).abs() < 2.0, "{fine_s} {coarse_s}");
    }

    #[test]
    fn powder_dims_too_and_clear_air_costs_nothing() {
        let mut smoke = smoke();
        for _ in 0..300 {
            smoke.step(0.1, 0.0, AIR, 0.1);
        }
        assert_eq!(smoke.closed(), [true; 2]);
        for _ in 0..3_000 {
            smoke.step(0.1, 0.0, AIR, 0.0);
        }
        assert!(smoke.clear() && smoke.closed() == [false; 2]);
    }
}
