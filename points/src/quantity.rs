//! Physical quantities as newtypes: a Pascal cannot be written where a Celsius belongs, and none is ever NaN.

/// What a number means: which quantity, in which unit, or which set of named states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The quantity's name, `temperature`.
    pub quantity: &'static str,
    /// The unit as UCUM-like text, `°C`; empty for counts and states.
    pub unit: &'static str,
    /// For a state: its names in the order of their numbers. Empty for a quantity.
    pub states: &'static [&'static str],
}

impl Kind {
    /// Whether values are numbers of named states.
    pub const fn is_state(&self) -> bool {
        !self.states.is_empty()
    }
}

/// A finite number with a meaning.
pub trait Quantity: Copy + core::fmt::Debug {
    /// What the number means.
    const KIND: Kind;

    /// The quantity, or nothing when `number` is not finite (or names no state).
    fn new(number: f64) -> Option<Self>;

    /// The bare number, in the unit of [`Quantity::KIND`].
    fn get(self) -> f64;
}

macro_rules! quantities {
    ($($(#[doc = $doc:literal])+ $name:ident = $quantity:literal, $unit:literal;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            /// Of a constant that is finite; anything else does not compile in a const and panics elsewhere.
            pub const fn of(number: f64) -> Self {
                assert!(number.is_finite(), "a quantity is finite by construction");
                Self(number)
            }

            /// The bare number.
            pub const fn get(self) -> f64 {
                self.0
            }

            /// The larger of two.
            pub const fn max(self, other: Self) -> Self {
                if other.0 > self.0 { other } else { self }
            }

            /// The smaller of two.
            pub const fn min(self, other: Self) -> Self {
                if other.0 < self.0 { other } else { self }
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_f64(self.0)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let number = f64::deserialize(deserializer)?;
                <Self as Quantity>::new(number).ok_or_else(|| serde::de::Error::custom("not a finite number"))
            }
        }

        impl Quantity for $name {
            const KIND: Kind = Kind { quantity: $quantity, unit: $unit, states: &[] };

            #[inline]
            fn new(number: f64) -> Option<Self> {
                number.is_finite().then_some(Self(number))
            }

            #[inline]
            fn get(self) -> f64 {
                self.0
            }
        }
    )+};
}

quantities! {
    /// A temperature in degrees Celsius.
    Celsius = "temperature", "°C";
    /// A temperature difference in kelvin.
    Kelvin = "temperature difference", "K";
    /// A pressure difference in pascals.
    Pascal = "pressure", "Pa";
    /// A volume flow in cubic metres per second.
    CubicMetrePerSecond = "volume flow", "m³/s";
    /// A rotational speed in revolutions per minute.
    Rpm = "rotational speed", "rpm";
    /// A power in watts.
    Watt = "power", "W";
    /// An energy in kilowatt hours.
    KilowattHour = "energy", "kWh";
    /// A heat in kilojoules.
    Kilojoule = "heat", "kJ";
    /// A share in percent: relative humidity, duty.
    Percent = "share", "%";
    /// A ratio without unit: filter resistance to clean, power factor, confidence.
    Ratio = "ratio", "1";
    /// A span in seconds.
    Second = "time", "s";
    /// A span in days.
    Day = "time", "d";
    /// Hours run.
    Hour = "time", "h";
    /// A voltage in volts.
    Volt = "voltage", "V";
    /// A current in amperes.
    Ampere = "current", "A";
    /// A frequency in hertz.
    Hertz = "frequency", "Hz";
    /// A count of things or events.
    Count = "count", "";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_never_nan_or_infinite() {
        assert!(<Celsius as Quantity>::new(f64::NAN).is_none());
        assert!(<Pascal as Quantity>::new(f64::INFINITY).is_none());
        assert_eq!(<Watt as Quantity>::new(12.5).map(Watt::get), Some(12.5));
    }
}
