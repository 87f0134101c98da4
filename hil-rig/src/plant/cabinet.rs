//! A recorded fire in a steel cabinet: gas temperatures by depth below the roof, and the heat that made them.
//!
//! ```text
//!   roof  -- STC-1 0.06 m -- ceiling, exhaust, extinguishers
//!            STC-2..5 0.3 .. 1.2 m -- boards by height
//!            STC-6 1.5 m -- inlets, lowest boards
//! ```
//! Replayed, its gas takes the place of the model's wherever it is hotter: the recorded cabinet held no hosts. It warms
//! probes, bottles and separators and nothing else; chips and walls stay the model's own. NIST TN 1984's cabinet is
//! 0.6 x 0.6 x 2.1 m.

use super::trace::ProfileError;

/// Depths of the gas probes below the roof, m.
pub const DEPTHS_M: [f64; 6] = [0.06, 0.30, 0.60, 0.90, 1.20, 1.50];
/// A burner that releases this much burns, W.
const BURNS_W: f64 = 1_000.0;

/// What was recorded at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gas {
    /// Gas at [`DEPTHS_M`], deg C.
    pub column_c: [f64; 6],
    /// Heat released, W.
    pub heat_w: f64,
}

impl Gas {
    /// Under the roof, deg C.
    #[must_use]
    pub fn roof_c(&self) -> f64 {
        self.column_c[0]
    }

    /// Gas at a depth below the roof, m; beyond the probes it is that of the last one, deg C.
    #[must_use]
    pub fn at_depth_c(&self, depth_m: f64) -> f64 {
        let place = DEPTHS_M.partition_point(|probe_m| *probe_m <= depth_m);
        match (place.checked_sub(1), DEPTHS_M.get(place)) {
            (Some(above), Some(below_m)) => {
                let share = (depth_m - DEPTHS_M[above]) / (below_m - DEPTHS_M[above]);
                self.column_c[above] + share * (self.column_c[place] - self.column_c[above])
            }
            (Some(last), None) => self.column_c[last],
            (None, _) => self.column_c[0],
        }
    }

    fn between(&self, later: &Self, share: f64) -> Self {
        let mix = |from: f64, to: f64| from + share * (to - from);
        let mut column_c = self.column_c;
        for (own, to) in column_c.iter_mut().zip(later.column_c) {
            *own = mix(*own, to);
        }
        Self {
            column_c,
            heat_w: mix(self.heat_w, later.heat_w),
        }
    }
}

/// A whole recording, straight lines between its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct CabinetFire {
    rows: Vec<(f64, Gas)>,
    ignition_s: f64,
}

impl CabinetFire {
    /// Of (time in s, gas), in rising order of time.
    ///
    /// # Errors
    /// When there is no row, one is not finite, or one is not later than the one before.
    pub fn new(rows: Vec<(f64, Gas)>) -> Result<Self, ProfileError> {
        let finite = |(t_s, gas): &(f64, Gas)| {
            let mut figures = gas.column_c.iter().chain([&gas.heat_w]);
            t_s.is_finite() && figures.all(|figure| figure.is_finite())
        };
        if rows.is_empty() {
            return Err(ProfileError::Empty);
        }
        if let Some(index) = rows.iter().position(|row| !finite(row)) {
            return Err(ProfileError::NotFinite { index });
        }
        if let Some(early) = rows.windows(2).position(|pair| pair[1].0 <= pair[0].0) {
            return Err(ProfileError::NotRising { index: early + 1 });
        }
        let burning = rows.iter().position(|(_, gas)| gas.heat_w >= BURNS_W);
        let ignition = burning.unwrap_or(0).saturating_sub(1);
        let ignition_s = rows.get(ignition).map_or(0.0, |(t_s, _)| *t_s);
        Ok(Self { rows, ignition_s })
    }

    /// The last row before the burner burns, s.
    #[must_use]
    pub fn ignition_s(&self) -> f64 {
        self.ignition_s
    }

    /// The last row, s; its gas holds from there on.
    #[must_use]
    pub fn end_s(&self) -> f64 {
        self.rows.last().map_or(0.0, |(t_s, _)| *t_s)
    }

    /// The gas at a time of the recording, s.
    #[must_use]
    pub fn at(&self, t_s: f64) -> Option<Gas> {
        let next = self.rows.partition_point(|(row_s, _)| *row_s <= t_s);
        let before = next.checked_sub(1).and_then(|place| self.rows.get(place));
        match (before, self.rows.get(next)) {
            (Some((from_s, from)), Some((to_s, to))) => {
                Some(from.between(to, (t_s - from_s) / (to_s - from_s)))
            }
            (Some((_, gas)), None) | (None, Some((_, gas))) => Some(*gas),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gas(column_c: [f64; 6], heat_w: f64) -> Gas {
        Gas { column_c, heat_w }
    }

    #[test]
    fn depths_and_times_between_the_probes_and_rows_are_straight_lines() {
        let cold = gas([30.0; 6], 100.0);
        let hot = gas([330.0, 300.0, 270.0, 240.0, 210.0, 130.0], 27_000.0);
        let fire = CabinetFire::new(vec![(0.0, cold), (10.0, cold), (20.0, hot)]).unwrap();
        assert!((fire.ignition_s() - 10.0).abs() < 1e-12 && (fire.end_s() - 20.0).abs() < 1e-12);
        let half = fire.at(15.0).unwrap();
        assert!((half.roof_c() - 180.0).abs() < 1e-9 && (half.heat_w - 13_550.0).abs() < 1e-9);
        assert!((fire.at(99.0).unwrap().roof_c() - 330.0).abs() < 1e-12);
        assert!((fire.at(-5.0).unwrap().roof_c() - 30.0).abs() < 1e-12);
        for (depth_m, expected_c) in [
            (0.0, 330.0),
            (0.06, 330.0),
            (0.45, 285.0),
            (1.5, 130.0),
            (3.0, 130.0),
        ] {
            assert!((hot.at_depth_c(depth_m) - expected_c).abs() < 1e-9, "{depth_m}");
        }
    }

    #[test]
    fn refuses_what_is_no_recording() {
        let cold = gas([30.0; 6], 0.0);
        assert_eq!(CabinetFire::new(vec![]).unwrap_err(), ProfileError::Empty);
        let twice = vec![(0.0, cold), (0.0, cold)];
        assert_eq!(
            CabinetFire::new(twice).unwrap_err(),
            ProfileError::NotRising { index: 1 }
        );
        let hole = vec![(0.0, gas([f64::NAN; 6], 0.0))];
        assert_eq!(
            CabinetFire::new(hole).unwrap_err(),
            ProfileError::NotFinite { index: 0 }
        );
    }
}
