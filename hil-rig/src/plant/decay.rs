//! The share of a distance that a first-order lag still has to go after a step.

/// `exp(-dt/tau)`, remembered: a run steps millions of times with the same two numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decay {
    dt_s: f64,
    tau_s: f64,
    keep: f64,
}

impl Default for Decay {
    fn default() -> Self {
        Self {
            dt_s: 0.0,
            tau_s: 1.0,
            keep: 1.0,
        }
    }
}

impl Decay {
    /// What is left after `dt_s`. A lag without a time constant is no lag.
    #[inline]
    pub(super) fn over(&mut self, dt_s: f64, tau_s: f64) -> f64 {
        // Compared bit by bit: the question is whether these are the remembered numbers, not whether they are near.
        if dt_s.to_bits() != self.dt_s.to_bits() || tau_s.to_bits() != self.tau_s.to_bits() {
            let keep = if tau_s > 0.0 { (-dt_s / tau_s).exp() } else { 0.0 };
            *self = Self { dt_s, tau_s, keep };
        }
        self.keep
    }
}
