//! Where a falling function crosses zero: Newton inside a bracket, bisection when Newton misbehaves.

/// After this many steps Newton has had its chance and the bracket is only halved.
const NEWTON_STEPS: u32 = 20;
/// Enough halvings to exhaust an f64 from any bracket the doubling can reach.
const STEPS: u32 = 100;

/// The `x >= 0` at which `curve`, falling and given as (value, slope), is within `tolerance` of zero.
///
/// Returns 0 where the curve starts at or below zero. Never fails: after a fixed number of steps the best bracket
/// end stands.
pub(super) fn falling_root(guess: f64, tolerance: f64, curve: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut x = guess.max(0.0);
    for step in 0..STEPS {
        let (value, slope) = curve(x);
        if value.abs() <= tolerance {
            return x;
        }
        if value > 0.0 {
            low = x;
        } else {
            high = x;
            if x <= 0.0 {
                return 0.0;
            }
        }
        let newton = x - value / slope;
        x = if step < NEWTON_STEPS && newton > low && newton < high {
            newton
        } else if high.is_infinite() {
            2.0 * low + 1.0
        } else if step < 2 {
            // From a wild guess the left end may be the answer itself; ask it before halving towards it.
            low
        } else {
            0.5 * (low + high)
        };
        if high.is_finite() && high - low <= f64::EPSILON * high {
            break;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_curve_that_starts_below_zero_has_its_root_at_zero() {
        assert!(falling_root(5.0, 1e-12, |x| (-1.0 - x, -1.0)).abs() < 1e-9);
        assert!(falling_root(0.0, 1e-12, |x| (-1.0 - x, -1.0)).abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn finds_the_root_of_stiff_and_flat_curves(root in 1e-6..1e3_f64, power in 1..7_i32, guess in 0.0..1e4_f64) {
            let found = falling_root(guess, 0.0, |x| {
                (root.powi(power) - x.powi(power), -f64::from(power) * x.powi(power - 1))
            });
            prop_assert!((found / root - 1.0).abs() < 1e-9, "{found} {root}");
        }

        #[test]
        fn survives_a_slope_that_lies(root in 1e-3..1e3_f64, slope in -1e3..1e3_f64) {
            let found = falling_root(1.0, 0.0, |x| (root - x, slope));
            prop_assert!((found / root - 1.0).abs() < 1e-9);
        }
    }
}
