//! Cumulative sums of a residual, one to either side (Page 1954): what is small and stays is told from what is large and
//! goes.
//!
//! ```text
//!   up   = max(0, up   + (r - K) dt)      K: what a healthy rack may keep      H: where it is told
//!   down = max(0, down - (r + K) dt)      r: the residual over its deviation
//! ```
//! A sum that has been told is told until it has come back to zero and stayed there for [`GONE_S`]: a repair is seen as
//! what it is, and a residual that lingers about its allowance does not chatter.

/// Allowance, in deviations: what one residual may keep for ever. The study's half of one is for independent noise; here
/// what is left after learning is the model's own error, which stays for hours.
pub const ALLOWANCE: f64 = 2.5;
/// The sum at which a residual is told, deviations times seconds: four deviations for a minute and a half.
pub const THRESHOLD: f64 = 120.0;
/// A sum does not grow beyond this: what has been mended is told as gone within minutes, however long it stood.
const MOST: f64 = 2.0 * THRESHOLD;
/// A residual farther off than this counts as this, deviations: a step is told in tens of seconds, not in one.
const FARTHEST: f64 = 12.0;
/// A sum must have been at zero for so long before what it told is gone, s.
pub const GONE_S: f64 = 60.0;

/// A deviation larger by this than the one by which something was told sees less.
const BLINDER: f64 = 1.3;

/// To which side a residual departs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Above zero.
    Up,
    /// Below zero.
    Down,
}

/// The two sums of one residual.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cusum {
    up: f64,
    down: f64,
    told: Option<Side>,
    /// The least deviation since it was told, in the residual's own unit.
    told_by: f64,
    /// For how long the sum that is told has been at zero, s.
    zero_s: f64,
}

impl Cusum {
    /// Takes a residual, in deviations, that stood for `dt_s`; `deviation` is what one of them is in the residual's own unit.
    /// Where that is larger than when it was told, a residual that is back inside says nothing: what is wrong is only
    /// harder to see there.
    pub fn take(&mut self, residual: f64, deviation: f64, dt_s: f64) {
        let residual = residual.clamp(-FARTHEST, FARTHEST);
        if self.told.is_some() {
            if deviation > BLINDER * self.told_by && residual.abs() < ALLOWANCE {
                return;
            }
            self.told_by = self.told_by.min(deviation);
        }
        self.up = (self.up + (residual - ALLOWANCE) * dt_s).clamp(0.0, MOST);
        self.down = (self.down - (residual + ALLOWANCE) * dt_s).clamp(0.0, MOST);
        let over = if self.up >= THRESHOLD {
            Some(Side::Up)
        } else if self.down >= THRESHOLD {
            Some(Side::Down)
        } else {
            None
        };
        if let Some(side) = over {
            if self.told != Some(side) {
                (self.told, self.told_by) = (Some(side), deviation);
            }
            self.zero_s = 0.0;
            return;
        }
        let sum = match self.told {
            None => return,
            Some(Side::Up) => self.up,
            Some(Side::Down) => self.down,
        };
        self.zero_s = if sum > 0.0 { 0.0 } else { self.zero_s + dt_s };
        if self.zero_s >= GONE_S {
            self.told = None;
        }
    }

    /// The side to which the residual departs for good, if it does.
    pub const fn told(&self) -> Option<Side> {
        self.told
    }

    /// The larger sum, over the threshold; with the sign of its side.
    pub fn share(&self) -> f64 {
        if self.up >= self.down {
            self.up / THRESHOLD
        } else {
            -self.down / THRESHOLD
        }
    }

    /// Nothing has been summed and nothing is told.
    pub fn is_calm(&self) -> bool {
        self.told.is_none() && self.share().abs() < CALM
    }

    /// On its way to be told: its companions may not be there yet.
    pub fn is_near(&self) -> bool {
        self.told.is_none() && self.share().abs() >= NEAR
    }
}

/// Share of the threshold below which a sum says nothing.
const CALM: f64 = 0.1;
/// Share of the threshold from which a sum may soon be told.
const NEAR: f64 = 0.3;
const _: () = assert!(CALM < NEAR && NEAR < 1.0 && FARTHEST > ALLOWANCE);
