//! Dew point of moist air.
//!
//! Magnus form of the saturation pressure over water with the constants of Sonntag (Zeitschrift für
//! Meteorologie 70, 1990, page 340), as recommended in WMO-No. 8, annex 4.B: valid from -45 to 60 °C.

use crate::plausible::HUMIDITY;
use points::quantity::{Celsius, Percent, Quantity};

/// Exponent's factor of the Magnus form over water.
const FACTOR: f64 = 17.62;
/// Exponent's offset of the Magnus form over water, °C.
const OFFSET_C: f64 = 243.12;
/// Lowest temperature and dew point for which the constants hold, °C.
const LOWEST_C: f64 = -45.0;
/// Highest temperature for which the constants hold, °C.
const HIGHEST_C: f64 = 60.0;

/// The dew point in °C of air at `temperature` (-45..60 °C) with relative `humidity` over water (above 0 %).
///
/// Nothing when either lies outside, or the dew point itself does. Humidity slightly above 100 %, as a wet
/// sensor shows within its tolerance ([`HUMIDITY`]), counts as saturated.
pub fn dew_point(temperature: Celsius, humidity: Percent) -> Option<Celsius> {
    let (t, rh) = (temperature.get(), humidity.get());
    if !(LOWEST_C..=HIGHEST_C).contains(&t) || rh <= 0.0 || rh > HUMIDITY.high {
        return None;
    }
    let saturation = rh.min(100.0) / 100.0;
    let gamma = ln(saturation)? + FACTOR * t / (OFFSET_C + t);
    // `gamma` is at most 17.62 * 60 / 303.12 = 3.5 here, so the divisor stays far from zero.
    let dew = OFFSET_C * gamma / (FACTOR - gamma);
    // Saturated, rounding could put it a hair above the temperature.
    let dew = dew.min(t);
    if dew < LOWEST_C {
        None
    } else {
        <Celsius as Quantity>::new(dew)
    }
}

/// Natural logarithm of a positive, normal number (`core` has none); nothing for any other.
///
/// `x = m * 2^e` with `m` in 1..2, then `ln m = 2 artanh((m - 1) / (m + 1))` as a series whose argument is at
/// most 1/3: eighteen terms leave less than 1e-17.
pub(crate) fn ln(x: f64) -> Option<f64> {
    if !x.is_normal() || x < 0.0 {
        return None;
    }
    let bits = x.to_bits();
    let mut exponent = -1023.0;
    for bit in 0..11u32 {
        if bits >> (52 + bit) & 1 == 1 {
            exponent += f64::from(1u32 << bit);
        }
    }
    let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let mut sum = 0.0;
    for term in (0..18u32).rev() {
        sum = sum * square + 1.0 / f64::from(2 * term + 1);
    }
    Some(exponent * core::f64::consts::LN_2 + 2.0 * ratio * sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dew(t: f64, rh: f64) -> Option<f64> {
        dew_point(Celsius::of(t), Percent::of(rh)).map(Celsius::get)
    }

    #[test]
    fn known_pairs() {
        for (t, rh, expected) in [
            (25.0, 50.0, 13.9),
            (20.0, 60.0, 12.0),
            (30.0, 80.0, 26.2),
            (10.0, 30.0, -6.8),
        ] {
            assert!(
                dew(t, rh).is_some_and(|dew| (dew - expected).abs() < 0.1),
                "{t} {rh} {:?}",
                dew(t, rh)
            );
        }
        assert!(dew(25.0, 100.0).is_some_and(|dew| (dew - 25.0).abs() < 1e-9));
        assert!(dew(25.0, 103.0).is_some_and(|dew| (dew - 25.0).abs() < 1e-9));
    }

    #[test]
    fn nothing_outside_the_range() {
        for (t, rh) in [
            (60.1, 50.0),
            (-45.1, 50.0),
            (20.0, 0.0),
            (20.0, -1.0),
            (20.0, 106.0),
            (-40.0, 5.0),
            (20.0, 1e-310),
        ] {
            assert_eq!(dew(t, rh), None, "{t} {rh}");
        }
    }

    proptest! {
        #[test]
        fn the_logarithm_agrees_with_the_library(x in 1e-300f64..1e300, near in 0.5f64..2.0) {
            for x in [x, near] {
                prop_assert!(ln(x).is_some_and(|ln| (ln - x.ln()).abs() <= 1e-14 * x.ln().abs().max(1.0)));
            }
        }

        #[test]
        fn never_above_the_temperature_and_grows_with_humidity(
            t in -60.0f64..80.0, rh in -10f64..110.0, more in 0.0f64..5.0
        ) {
            if let Some(low) = dew(t, rh) {
                prop_assert!((LOWEST_C..=t).contains(&low));
                if let Some(high) = dew(t, rh + more) {
                    prop_assert!(high >= low - 1e-9);
                }
            }
        }
    }
}
