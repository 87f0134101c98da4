//! Chances of a life: one stream, so that a seed is a life.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The stream.
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Dice(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A share in 0..1.
    fn share(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / (f64::from(u32::MAX) + 1.0)
    }

    /// A number of a span.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// True in so many of a hundred.
    pub(super) fn chance(&mut self, percent: f64) -> bool {
        100.0 * self.share() < percent
    }

    /// A whole number below `count`; 0 where that is 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.0.next_u32()) * count as u64) >> 32) as usize
    }

    /// A whole number from 1 to `most`.
    pub(super) fn up_to(&mut self, most: u32) -> u32 {
        1 + self.0.next_u32() % most.max(1)
    }

    /// One of these; a list is never empty here.
    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
