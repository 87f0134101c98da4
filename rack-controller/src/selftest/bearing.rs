//! Wear of the blower's bearings, from night to night: how soon the wheel stands and what it takes to turn it.
//!
//! Worn bearings brake: the coast-down's time constant shrinks and the power at one speed grows, by about the same
//! share (plant study, section 3: 15 %). Each is held against the mean of the first nights of this blower.

/// Nights that make the measure.
const FIRST: u32 = 3;
/// Shares at which a night counts as worn.
const COAST_WORN: f64 = 0.85;
const POWER_WORN: f64 = 1.15;
/// So many of them in succession are wear.
const NIGHTS: u8 = 2;

/// One figure: the mean of its first nights, how many they were, and the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trend {
    pub first: f64,
    pub nights: u32,
    pub last: f64,
}

impl Trend {
    const NEW: Trend = Trend {
        first: 0.0,
        nights: 0,
        last: 0.0,
    };

    fn take(&mut self, figure: f64) {
        self.last = figure;
        if self.nights < FIRST {
            self.nights += 1;
            self.first += (figure - self.first) / f64::from(self.nights);
        }
    }

    /// The last over the first.
    fn share(&self) -> Option<f64> {
        (self.nights >= 1 && self.first > 0.0).then(|| self.last / self.first)
    }

    fn is_known(&self) -> bool {
        self.nights >= FIRST
    }
}

/// Coast-down and power.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bearing {
    pub coast: Trend,
    pub power: Trend,
    /// Worn nights in succession.
    pub worn: u8,
}

impl Bearing {
    pub const NEW: Bearing = Bearing {
        coast: Trend::NEW,
        power: Trend::NEW,
        worn: 0,
    };

    /// Takes a night: time constant of the coast-down, s; share of full speed and power, W. Whether it is worn.
    pub fn night(&mut self, coast_s: Option<f64>, turned: Option<(f64, f64)>) -> bool {
        if let Some(coast_s) = coast_s {
            self.coast.take(coast_s);
        }
        // Power goes with the cube of the speed.
        if let Some((speed, power_w)) = turned.filter(|(speed, _)| *speed > 0.5) {
            self.power.take(power_w / (speed * speed * speed));
        }
        let brakes = coast_s.is_some() && self.coast.is_known() && self.coast.share() < Some(COAST_WORN);
        let takes = turned.is_some() && self.power.is_known() && self.power.share() > Some(POWER_WORN);
        self.worn = if brakes || takes {
            self.worn.saturating_add(1)
        } else if coast_s.is_some() && turned.is_some() {
            0
        } else {
            self.worn
        };
        self.is_worn()
    }

    /// Time constant of the last coast-down, s.
    pub fn coast_s(&self) -> Option<f64> {
        (self.coast.nights >= 1).then_some(self.coast.last)
    }

    pub const fn is_worn(&self) -> bool {
        self.worn >= NIGHTS
    }

    /// Coast-down and power over those of the first nights.
    pub fn shares(&self) -> [Option<f64>; 2] {
        [self.coast.share(), self.power.share()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wear_is_told_after_two_nights_of_it_and_one_bad_night_is_none() {
        let mut bearing = Bearing::NEW;
        for _ in 0..5 {
            assert!(!bearing.night(Some(3.0), Some((1.0, 450.0))));
        }
        assert!(!bearing.night(Some(2.4), Some((1.0, 450.0))));
        assert!(!bearing.night(Some(3.0), Some((1.0, 450.0))), "one bad night");
        assert!(!bearing.night(Some(2.4), Some((0.98, 540.0))));
        assert!(
            !bearing.night(Some(2.9), None) && bearing.worn == 1,
            "half a night is none"
        );
        assert!(bearing.night(None, Some((0.98, 540.0))), "power alone");
        let [coast, power] = bearing.shares();
        assert!(coast.is_some_and(|share| share < 1.0) && power.is_some_and(|share| share > 1.15));
    }

    #[test]
    fn the_first_nights_are_the_measure_and_judge_nothing() {
        let mut bearing = Bearing::NEW;
        assert_eq!(bearing.shares(), [None, None]);
        for coast_s in [3.0, 1.0, 3.0] {
            assert!(!bearing.night(Some(coast_s), Some((1.0, 450.0))));
        }
    }
}
