//! Three states that one thermometer shows: the air, the probe that lags behind it, and heat that nothing explains.
//!
//! ```text
//!   C dT/dt  = source - loss T + q        (backward Euler)
//!   dTp/dt   = (T - Tp) / lag             what the probe shows
//!   dq/dt    = noise
//! ```
//! A linear Kalman filter with the covariance kept symmetric. The noise of q sets how fast it follows: 300 W in a second's
//! root are a time constant of some three seconds behind a probe of 12 s and 0.05 K.

/// Noise of a reading, K: SHT4x repeatability and the colder of two (datasheet, 0.04 °C).
const READING_K: f64 = 0.05;
/// Random walk of the air that the model does not know, K per root second: a breath of the draught.
const AIR_K_ROOT_S: f64 = 0.03;
/// Random walk of the probe, the same.
const PROBE_K_ROOT_S: f64 = 0.005;
/// Random walk of the unexplained heat, W per root second.
const HEAT_W_ROOT_S: f64 = 300.0;
/// What is not known of air and heat at the start, K and W.
const START_K: f64 = 2.0;
const START_W: f64 = 1_000.0;

type Matrix = [[f64; 3]; 3];

/// The filter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kalman {
    /// Random walk of the unexplained heat, W per root second.
    walk_w: f64,
    /// Air and probe, °C, heat, W.
    state: [f64; 3],
    covariance: Matrix,
}

/// The air's balance over a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Balance {
    /// Air's capacity, J/K.
    pub air_j_k: f64,
    /// Heat that comes whatever the air's temperature, W.
    pub source_w: f64,
    /// Heat that goes per kelvin of it, W/K.
    pub loss_w_k: f64,
    /// The probe's lag, s.
    pub lag_s: f64,
}

impl Kalman {
    /// Air and probe at what is read, no unexplained heat.
    pub fn at(reading_c: f64) -> Self {
        Self::calm(reading_c, HEAT_W_ROOT_S)
    }

    /// The same with another random walk of the unexplained heat, W per root second: less of it is slower and calmer.
    pub fn calm(reading_c: f64, walk_w: f64) -> Self {
        let mut covariance = [[0.0; 3]; 3];
        covariance[0][0] = START_K * START_K;
        covariance[1][1] = READING_K * READING_K;
        covariance[2][2] = START_W * START_W;
        Kalman {
            walk_w,
            state: [reading_c, reading_c, 0.0],
            covariance,
        }
    }

    /// Air, °C.
    pub const fn air_c(&self) -> f64 {
        self.state[0]
    }

    /// The probe, °C.
    pub const fn probe_c(&self) -> f64 {
        self.state[1]
    }

    /// Unexplained heat, W.
    pub const fn heat_w(&self) -> f64 {
        self.state[2]
    }

    /// Lets `dt_s` pass.
    pub fn predict(&mut self, dt_s: f64, balance: &Balance) {
        let store = balance.air_j_k / dt_s;
        let whole = store + balance.loss_w_k;
        let (keep, per_w) = (store / whole, 1.0 / whole);
        let near = dt_s / (balance.lag_s + dt_s);
        let [air, probe, heat] = self.state;
        let air = keep * air + per_w * (balance.source_w + heat);
        self.state = [air, probe + near * (air - probe), heat];
        let moves = [
            [keep, 0.0, per_w],
            [near * keep, 1.0 - near, near * per_w],
            [0.0, 0.0, 1.0],
        ];
        self.covariance = product(&product(&moves, &self.covariance), &transposed(&moves));
        for (place, walk) in [AIR_K_ROOT_S, PROBE_K_ROOT_S, self.walk_w]
            .into_iter()
            .enumerate()
        {
            self.covariance[place][place] += walk * walk * dt_s;
        }
    }

    /// Takes a reading of the probe.
    pub fn correct(&mut self, reading_c: f64) {
        let across = [
            self.covariance[0][1],
            self.covariance[1][1],
            self.covariance[2][1],
        ];
        let spread = across[1] + READING_K * READING_K;
        let off = reading_c - self.state[1];
        for (place, value) in self.state.iter_mut().enumerate() {
            *value += across[place] / spread * off;
        }
        for (row, of_row) in self.covariance.iter_mut().zip(across) {
            for (value, of_column) in row.iter_mut().zip(across) {
                *value -= of_row * of_column / spread;
            }
        }
        // Rounding must not make it lopsided.
        let other = transposed(&self.covariance);
        for (row, others) in self.covariance.iter_mut().zip(other) {
            for (value, other) in row.iter_mut().zip(others) {
                *value = 0.5 * (*value + other);
            }
        }
    }

    #[cfg(test)]
    fn spreads(&self) -> [f64; 3] {
        [0, 1, 2].map(|place| self.covariance[place][place])
    }
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let cell = |row: usize, column: usize| (0..3).map(|k| a[row][k] * b[k][column]).sum();
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| cell(row, column)))
}

fn transposed(a: &Matrix) -> Matrix {
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| a[column][row]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STILL: Balance = Balance {
        air_j_k: 1_400.0,
        source_w: 16_000.0,
        loss_w_k: 400.0,
        lag_s: 12.0,
    };

    #[test]
    fn a_step_of_heat_is_found_behind_the_probes_lag_within_five_seconds() {
        let mut filter = Kalman::at(40.0);
        let (mut air, mut probe) = (40.0, 40.0);
        let mut found_s = None;
        for step in 0..240 {
            let heat = if step < 120 { 0.0 } else { 2_000.0 };
            for _ in 0..50 {
                air += 0.01 * (STILL.source_w + heat - STILL.loss_w_k * air) / STILL.air_j_k;
                probe += 0.01 * (air - probe) / STILL.lag_s;
            }
            filter.predict(0.5, &STILL);
            filter.correct(probe);
            if step < 120 {
                assert!(filter.heat_w().abs() < 30.0);
            } else if filter.heat_w() > 1_000.0 {
                found_s.get_or_insert(0.5 * f64::from(step - 119));
            }
        }
        assert!((filter.heat_w() - 2_000.0).abs() < 50.0, "{}", filter.heat_w());
        assert!((filter.air_c() - 45.0).abs() < 0.2, "{}", filter.air_c());
        assert!(found_s.is_some_and(|after| after < 5.0), "{found_s:?}");
    }

    proptest! {
        #[test]
        fn its_spreads_stay_positive_and_bounded(
            steps in proptest::collection::vec((0.1..5.0_f64, 0.0..2_000.0_f64, any::<bool>()), 1..400)
        ) {
            let mut filter = Kalman::at(40.0);
            for (dt_s, loss_w_k, read) in steps {
                filter.predict(dt_s, &Balance { loss_w_k, ..STILL });
                if read {
                    filter.correct(41.0);
                }
                for (spread, most) in filter.spreads().into_iter().zip([1e9, 1e9, 1e9]) {
                    prop_assert!(spread > 0.0 && spread < most, "{spread}");
                }
            }
        }
    }
}
