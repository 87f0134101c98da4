//! Two filters gather dust: what they hold, and how they resist for it.
//!
//! ```text
//!   room dust x flow x arrestance --> mass m --> R = exp(k m), k = ln(R end of life) / m end of life
//! ```
//! The cake form of filter loading: every gram adds the same share of resistance. R multiplies what the medium itself
//! resists ([`super::Surroundings`]).

use super::config::DustConfig;

/// R follows the mass in strides of this share of a life: no exponential at every step, and R errs by 1e-5 at most.
const STRIDE: f64 = 5e-6;
/// No filter resists more than this, ratio to clean.
const RATIO_MAX: f64 = 1_000.0;
const GRAM_PER_MICROGRAM: f64 = 1e-6;

/// One filter's dust.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Filter {
    dust_g: f64,
    /// Resistance for the dust, ratio to clean, and the mass at which it was last worked out.
    ratio: f64,
    ratio_at_g: f64,
}

const CLEAN: Filter = Filter {
    dust_g: 0.0,
    ratio: 1.0,
    ratio_at_g: 0.0,
};

/// Both filters, left and right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filters {
    sides: [Filter; 2],
    /// ln R per gram.
    growth_per_g: f64,
    stride_g: f64,
    caught_per_flow: f64,
}

impl Filters {
    pub(super) fn new(config: &DustConfig) -> Self {
        Self {
            sides: [CLEAN; 2],
            growth_per_g: config.end_of_life_ratio.ln() / config.end_of_life_g,
            stride_g: STRIDE * config.end_of_life_g,
            caught_per_flow: config.arrestance * GRAM_PER_MICROGRAM,
        }
    }

    /// Lets `dt_s` pass in air of `dust_ug_m3` at these flows, m3/s, left and right. A filter that is out of its
    /// frame gathers nothing.
    pub(super) fn step(&mut self, dt_s: f64, dust_ug_m3: f64, flows: [f64; 2], present: [bool; 2]) {
        if dust_ug_m3 <= 0.0 {
            return;
        }
        for ((filter, flow), present) in self.sides.iter_mut().zip(flows).zip(present) {
            if present && filter.ratio < RATIO_MAX {
                filter.dust_g += dt_s * dust_ug_m3 * flow * self.caught_per_flow;
                if filter.dust_g - filter.ratio_at_g >= self.stride_g {
                    filter.follow(self.growth_per_g);
                }
            }
        }
    }

    /// Resistance for the dust, ratio to clean, left and right.
    pub(super) fn ratios(&self) -> [f64; 2] {
        self.sides.map(|filter| filter.ratio)
    }

    /// Dust held, g, left and right.
    pub(super) fn dust_g(&self) -> [f64; 2] {
        self.sides.map(|filter| filter.dust_g)
    }

    /// Dust on one side, g, from now on; what is no mass changes nothing.
    pub(super) fn set_dust_g(&mut self, side: usize, dust_g: f64) {
        if let Some(filter) = self.sides.get_mut(side).filter(|_| dust_g >= 0.0) {
            *filter = Filter { dust_g, ..CLEAN };
            filter.follow(self.growth_per_g);
        }
    }

    /// The dust with which one side resists `ratio`, 1..=1000; what is less is clean.
    pub(super) fn set_ratio(&mut self, side: usize, ratio: f64) {
        let ratio = ratio.clamp(1.0, RATIO_MAX);
        if let Some(filter) = self.sides.get_mut(side) {
            let dust_g = ratio.ln() / self.growth_per_g;
            *filter = Filter {
                dust_g,
                ratio,
                ratio_at_g: dust_g,
            };
        }
    }

    /// What else settles in one side's medium multiplies its resistance by `factor`.
    pub(super) fn soil(&mut self, side: usize, factor: f64) {
        if let Some(ratio) = self.sides.get(side).map(|filter| filter.ratio) {
            self.set_ratio(side, ratio * factor);
        }
    }
}

impl Filter {
    /// R of the mass held now. It grows from where it stood, so that a resistance that was set is kept to the bit.
    fn follow(&mut self, growth_per_g: f64) {
        let grown = (growth_per_g * (self.dust_g - self.ratio_at_g)).exp();
        self.ratio = (self.ratio * grown).min(RATIO_MAX);
        self.ratio_at_g = self.dust_g;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOTH: [bool; 2] = [true; 2];
    const DAY_S: f64 = 86_400.0;

    #[test]
    fn half_a_year_of_an_office_ends_a_filters_life() {
        let mut filters = Filters::new(&DustConfig::default());
        for _ in 0..180 * 24 {
            filters.step(3_600.0, 50.0, [0.12, 0.06], BOTH);
        }
        let [left_g, right_g] = filters.dust_g();
        // 0.8 x 50 ug/m3 x 0.12 m3/s x 180 d
        assert!(
            (left_g - 0.8 * 50e-6 * 0.12 * 180.0 * DAY_S).abs() < 1e-6
                && (left_g / right_g - 2.0).abs() < 1e-9
        );
        let [left, right] = filters.ratios();
        assert!((left - 4.0_f64.powf(left_g / 80.0)).abs() < 1e-4 * left, "{left}");
        assert!((3.5..4.0).contains(&left) && (right * right / left - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_set_resistance_is_kept_to_the_bit_and_grows_from_there() {
        let mut filters = Filters::new(&DustConfig::default());
        filters.set_ratio(0, 3.7);
        filters.step(3_600.0, 0.0, [0.12; 2], BOTH);
        assert_eq!(
            filters.ratios().map(f64::to_bits),
            [3.7_f64, 1.0].map(f64::to_bits)
        );
        let before_g = filters.dust_g()[0];
        assert!((before_g - 80.0 * 3.7_f64.ln() / 4.0_f64.ln()).abs() < 1e-9);
        filters.set_dust_g(1, before_g);
        assert!((filters.ratios()[1] - 3.7).abs() < 1e-9);
        filters.soil(1, 2.0);
        assert!((filters.ratios()[1] - 7.4).abs() < 1e-9);
        filters.step(10.0 * DAY_S, 100.0, [0.1; 2], BOTH);
        assert!(filters.ratios()[0] > 3.7);
    }

    #[test]
    fn a_filter_out_of_its_frame_gathers_nothing_and_nonsense_sets_nothing() {
        let mut filters = Filters::new(&DustConfig::default());
        filters.step(DAY_S, 1e6, [0.12; 2], [false, true]);
        assert!(filters.dust_g()[0] <= 0.0 && filters.ratios()[0] <= 1.0);
        assert!(filters.ratios()[1] > 1.0 && filters.ratios()[1] <= RATIO_MAX);
        filters.set_dust_g(1, f64::NAN);
        filters.set_ratio(0, f64::NAN);
        filters.set_dust_g(2, 1.0);
        assert!(filters.dust_g()[1] > 0.0);
    }

    proptest! {
        #[test]
        fn resistance_does_not_depend_on_the_step_and_mass_is_what_flowed_in(
            flow in 0.0..0.4_f64, dust in 1.0..2_000.0_f64, steps in 1..400_u32
        ) {
            let config = DustConfig::default();
            let (mut fine, mut coarse) = (Filters::new(&config), Filters::new(&config));
            let step_s = DAY_S / 24.0;
            for _ in 0..steps {
                fine.step(step_s, dust, [flow; 2], BOTH);
            }
            coarse.step(step_s * f64::from(steps), dust, [flow; 2], BOTH);
            let caught_g = config.arrestance * dust * 1e-6 * flow * step_s * f64::from(steps);
            if coarse.ratios()[0] < RATIO_MAX && fine.ratios()[0] < RATIO_MAX {
                prop_assert!((fine.dust_g()[0] - caught_g).abs() <= 1e-9 * caught_g);
                prop_assert!((fine.ratios()[0] / coarse.ratios()[0] - 1.0).abs() < 2e-5);
            }
        }
    }
}
