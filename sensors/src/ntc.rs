//! A thermistor with a negative temperature coefficient at the lower end of a divider: from voltage to temperature.
//!
//! ```text
//!   reference --[pull-up]--+-- converter
//!                          +--[NTC]-- ground        short: 0 V, would read hot; cut: the reference, would read cold
//! ```
//! The Beta equation, 1/T = 1/298.15 K + ln(R / R25) / B, holds within some tenths of a kelvin over 0..85 °C for the part
//! whose Beta it is and for no other: "10k" is not one curve, so both numbers stand in the configuration. A cut wire must
//! never look like a cold rack and a short never like a fire: resistances that no temperature explains are faults.

use points::{Absent, Celsius, Quantity, Volt};

use crate::dew::ln;

/// 0 °C and 25 °C in kelvin.
const ZERO_K: f64 = 273.15;
const T25_K: f64 = 298.15;
/// Hottest and coldest that is a temperature and not a fault, °C: beyond the range of epoxy-coated parts.
const HOTTEST_C: f64 = 130.0;
const COLDEST_C: f64 = -40.0;

/// A part and its divider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermistor {
    /// Resistance at 25 °C, ohm.
    pub r25_ohm: f64,
    /// Beta, kelvin.
    pub beta_k: f64,
    /// Resistor to the reference, ohm.
    pub pull_up_ohm: f64,
    /// The reference, volt.
    pub reference_v: f64,
}

impl Thermistor {
    /// 10 kOhm at 25 °C, Beta 3950 K, pulled up to 3.3 V through 10 kOhm.
    pub const B3950: Thermistor = Thermistor {
        r25_ohm: 10_000.0,
        beta_k: 3_950.0,
        pull_up_ohm: 10_000.0,
        reference_v: 3.3,
    };

    /// The temperature that a voltage at the divider means.
    ///
    /// # Errors
    /// `LoopShort` and `LoopOpen` for a resistance beyond 130 °C and below -40 °C, `Unconfigured` when the numbers of
    /// the part or its divider are none.
    pub fn celsius(&self, voltage: Volt) -> Result<Celsius, Absent> {
        let volts = voltage.get();
        let parts = [self.r25_ohm, self.beta_k, self.pull_up_ohm, self.reference_v];
        if !parts.iter().all(|part| part.is_normal() && *part > 0.0) {
            return Err(Absent::Unconfigured);
        }
        if volts >= self.reference_v {
            return Err(Absent::LoopOpen);
        }
        let share = self.pull_up_ohm * volts / (self.reference_v - volts) / self.r25_ohm;
        // No resistance at all, or less: the offset of a converter at a short.
        let Some(logarithm) = ln(share) else {
            return Err(if volts > self.reference_v / 2.0 {
                Absent::LoopOpen
            } else {
                Absent::LoopShort
            });
        };
        let reciprocal = 1.0 / T25_K + logarithm / self.beta_k;
        let celsius = 1.0 / reciprocal - ZERO_K;
        if reciprocal <= 0.0 || celsius > HOTTEST_C {
            return Err(Absent::LoopShort);
        }
        if celsius < COLDEST_C {
            return Err(Absent::LoopOpen);
        }
        <Celsius as Quantity>::new(celsius).ok_or(Absent::Unconfigured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Volts at the divider for a resistance.
    fn volts(ohm: f64) -> Volt {
        Volt::of(3.3 * ohm / (ohm + 10_000.0))
    }

    fn read(ohm: f64) -> Result<f64, Absent> {
        Thermistor::B3950.celsius(volts(ohm)).map(Celsius::get)
    }

    #[test]
    fn vectors_of_the_part() {
        for (ohm, celsius) in [
            (10_000.0, 25.0),
            (33_620.6, 0.0),
            (3_588.2, 50.0),
            (1_000.0, 87.720),
            (150_000.0, -25.601),
            (32_650.0, 0.554),
            (697.5, 100.0),
            (358.8, 125.0),
        ] {
            let found = read(ohm).unwrap();
            assert!(
                (found - celsius).abs() < 0.01,
                "{ohm} ohm: {found} instead of {celsius}"
            );
        }
        // Codes of the divider at 4.096 V full scale.
        for (code, celsius) in [
            (20_348.0, 0.0),
            (13_200.0, 25.0),
            (6_971.0, 50.0),
            (2_588.0, 85.0),
        ] {
            let volts = Volt::of(code * 4.096 / 32_768.0);
            let found = Thermistor::B3950.celsius(volts).unwrap().get();
            assert!(
                (found - celsius).abs() < 0.02,
                "{code}: {found} instead of {celsius}"
            );
        }
    }

    #[test]
    fn a_cut_wire_is_not_cold_and_a_short_is_not_hot() {
        for open in [3.3, 3.29, 3.4, 5.0] {
            assert_eq!(
                Thermistor::B3950.celsius(Volt::of(open)),
                Err(Absent::LoopOpen),
                "{open}"
            );
        }
        for short in [0.0, -0.001, -0.3, 0.05] {
            assert_eq!(
                Thermistor::B3950.celsius(Volt::of(short)),
                Err(Absent::LoopShort),
                "{short}"
            );
        }
        assert_eq!(read(450_000.0), Err(Absent::LoopOpen));
        assert_eq!(read(300.0), Err(Absent::LoopShort));
    }

    #[test]
    fn another_part_has_its_own_numbers() {
        let part = Thermistor {
            r25_ohm: 5_000.0,
            beta_k: 3_435.0,
            ..Thermistor::B3950
        };
        let found = part.celsius(volts(5_000.0)).unwrap().get();
        assert!((found - 25.0).abs() < 1e-9, "{found}");
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let part = Thermistor {
                beta_k: bad,
                ..Thermistor::B3950
            };
            assert_eq!(part.celsius(volts(10_000.0)), Err(Absent::Unconfigured));
        }
    }

    proptest! {
        #[test]
        fn any_voltage_is_a_temperature_of_the_part_or_a_fault(volts in -1e9..1e9_f64) {
            if let Ok(celsius) = Thermistor::B3950.celsius(Volt::of(volts)) {
                prop_assert!((COLDEST_C..=HOTTEST_C).contains(&celsius.get()));
            }
        }

        #[test]
        fn more_voltage_is_never_warmer(low in 0.11..3.2_f64, more in 0.0..0.05_f64) {
            let celsius = |volts: f64| Thermistor::B3950.celsius(Volt::of(volts)).map(Celsius::get);
            if let (Ok(warm), Ok(cold)) = (celsius(low), celsius(low + more)) {
                prop_assert!(cold <= warm + 1e-9);
            }
        }
    }
}
