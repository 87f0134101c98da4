//! Set points: default, span, who may change them. Holding registers from 1000.
//!
//! The spans of the protective limits do not touch each other, so that no setting can put a warning above a
//! trip; that is a compile-time check.

use core::marker::PhantomData;

use crate::quantity::{Celsius, Day, Hour, Kelvin, Kind, Percent, Quantity, Second};
use crate::state::Flag;

/// Who may change a setting or give a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Acknowledges, silences, moves set points inside their spans.
    Operator,
    /// Overrides, resets, configures.
    Engineer,
}

impl Role {
    /// The word for it.
    pub const fn text(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Engineer => "engineer",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The name, also the key in the configuration file.
    pub name: &'static str,
    /// Quantity and unit.
    pub kind: Kind,
    /// Value when nothing is set.
    pub default: f64,
    /// Lowest value that is taken.
    pub low: f64,
    /// Highest value that is taken.
    pub high: f64,
    /// Decimals kept on the wire.
    pub decimals: u8,
    /// Holding register.
    pub register: u16,
    /// Who may change it.
    pub role: Role,
    doc: &'static str,
}

impl Row {
    /// What it does, for people.
    pub fn about(&self) -> &'static str {
        self.doc.trim()
    }
}

/// A typed handle of a setting.
#[derive(Debug)]
pub struct Setting<Q> {
    index: usize,
    quantity: PhantomData<fn() -> Q>,
}

impl<Q> Clone for Setting<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for Setting<Q> {}

impl<Q> Setting<Q> {
    /// Its row.
    pub const fn row(self) -> &'static Row {
        &ROWS[self.index]
    }

    /// Its place in the table.
    pub const fn index(self) -> usize {
        self.index
    }
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $name:ident : $quantity:ty = $text:literal, default $default:literal,
       $low:literal..$high:literal, decimals $decimals:literal, register $register:literal, $role:ident;)+) => {
        /// Every setting.
        pub const ROWS: &[Row] = &[$(Row {
            name: $text, kind: <$quantity as Quantity>::KIND, default: $default, low: $low, high: $high,
            decimals: $decimals, register: $register, role: Role::$role, doc: concat!($($doc),+),
        }),+];

        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Place { $($name),+ }

        $($(#[doc = $doc])+
        pub const $name: Setting<$quantity> = Setting { index: Place::$name as usize, quantity: PhantomData };)+
    };
}

settings! {
    /// Exhaust temperature that automatic control holds.
    TARGET: Celsius = "control.exhaust_target", default 42.0, 30.0..44.0, decimals 1, register 1000, Operator;
    /// Speed below which the driven fan never goes.
    MINIMUM_SPEED: Percent = "control.minimum_speed", default 20.0, 20.0..60.0, decimals 0, register 1001, Engineer;
    /// Speed below which the fan does not go while an input is missing or the door is open.
    DEGRADED_FLOOR: Percent = "control.degraded_floor", default 60.0, 40.0..100.0, decimals 0, register 1002, Engineer;
    /// Rise of the fan command per second, at most.
    RISE: Percent = "control.rise_per_second", default 8.0, 2.0..100.0, decimals 1, register 1003, Engineer;
    /// Fall of the fan command per second, at most.
    FALL: Percent = "control.fall_per_second", default 1.0, 0.2..10.0, decimals 1, register 1004, Engineer;
    /// Look for the exhaust temperature at which hosts and blowers together take least, between 35 °C and the target: slowly,
    /// by a kelvin to either side.
    OPTIMISE: Flag = "control.optimise_set_point", default 0.0, 0.0..1.0, decimals 0, register 1005, Engineer;
    /// Exhaust temperature at which the floor is raised and people are told.
    WARN: Celsius = "safety.exhaust_warn", default 45.0, 44.5..47.0, decimals 1, register 1010, Engineer;
    /// Exhaust temperature at which the fan goes to full speed and hosts limit their power.
    HIGH: Celsius = "safety.exhaust_high", default 50.0, 47.5..52.0, decimals 1, register 1011, Engineer;
    /// Exhaust temperature at which hosts are shut down.
    TRIP: Celsius = "safety.exhaust_trip", default 55.0, 52.5..57.0, decimals 1, register 1012, Engineer;
    /// Exhaust temperature at which hosts are damaged and their power is cut 10 s after the shutdown request.
    HARD: Celsius = "safety.exhaust_hard", default 60.0, 57.5..60.0, decimals 1, register 1013, Engineer;
    /// Fall below a limit before it is over.
    DEAD_BAND: Kelvin = "safety.dead_band", default 2.0, 1.0..4.0, decimals 1, register 1014, Engineer;
    /// Deviation of an exhaust probe from its peers at which it no longer votes.
    DISAGREEMENT: Kelvin = "safety.disagreement", default 5.0, 2.0..10.0, decimals 1, register 1015, Engineer;
    /// From fire to the cut of the hosts' power.
    FIRE_CUT_DELAY: Second = "safety.fire_cut_delay", default 60.0, 20.0..120.0, decimals 0, register 1020, Engineer;
    /// From pre-alarm to the request to limit power and drain.
    PREALARM_PREPARE_DELAY: Second = "safety.prealarm_prepare_delay", default 60.0, 0.0..60.0, decimals 0, register 1021, Engineer;
    /// From a standing pre-alarm that nobody answers to the hosts' shutdown.
    PREALARM_DOWN_DELAY: Second = "safety.prealarm_down_delay", default 600.0, 60.0..1800.0, decimals 0, register 1022, Engineer;
    /// Fan held off after the last fire evidence, at least.
    FIRE_SOAK: Second = "safety.fire_soak", default 600.0, 600.0..7200.0, decimals 0, register 1023, Engineer;
    /// From all exhaust probes lost to the hosts' shutdown.
    BLIND_DELAY: Second = "safety.blind_delay", default 600.0, 0.0..600.0, decimals 0, register 1024, Engineer;
    /// From the over-temperature trip to the cut of power, where the site allows it.
    OVER_TEMPERATURE_GRACE: Second = "safety.over_temperature_grace", default 300.0, 30.0..900.0, decimals 0, register 1025, Engineer;
    /// Cut power after plain over-temperature.
    OVER_TEMPERATURE_CUT: Flag = "safety.over_temperature_cut", default 0.0, 0.0..1.0, decimals 0, register 1026, Engineer;
    /// Time the slowest host takes to shut down.
    HOST_STOP_TIME: Second = "safety.host_stop_time", default 120.0, 10.0..1800.0, decimals 0, register 1027, Engineer;
    /// From mains lost to the hosts' shutdown.
    MAINS_DELAY: Second = "safety.mains_delay", default 300.0, 0.0..3600.0, decimals 0, register 1028, Engineer;
    /// Door open before protection counts as impaired.
    DOOR_DELAY: Second = "safety.door_delay", default 10.0, 1.0..60.0, decimals 0, register 1029, Engineer;
    /// Margin of the rack's coldest surface over the room's dew point below which water may condense there. The least of
    /// its span is what the probes' own errors leave.
    DEW_POINT_MARGIN: Kelvin = "safety.dew_point_margin", default 2.0, 2.0..8.0, decimals 1, register 1030, Engineer;
    /// Filter resistance over clean at which a filter is at its end of life.
    FILTER_END: Percent = "filter.end_of_life", default 400.0, 150.0..800.0, decimals 0, register 1040, Engineer;
    /// Power of the hosts while a cap is asked, in percent of rated.
    CAP: Percent = "hosts.cap", default 25.0, 10.0..90.0, decimals 0, register 1041, Engineer;
    /// Shelf life of an extinguisher unit from the day on which it is installed: the maker's figure.
    SHELF_LIFE: Day = "extinguisher.shelf_life", default 1825.0, 180.0..3650.0, decimals 0, register 1042, Engineer;
    /// Temperature at an extinguisher unit above which its hours count as hours in heat.
    UNIT_HOT: Celsius = "extinguisher.hot_above", default 50.0, 40.0..70.0, decimals 1, register 1043, Engineer;
    /// Hours in heat that an extinguisher unit bears.
    UNIT_HOT_HOURS: Hour = "extinguisher.hot_hours", default 2000.0, 100.0..20000.0, decimals 0, register 1044, Engineer;
    /// Relative humidity under the ceiling above which an extinguisher unit's hours count as hours in damp air: its red
    /// phosphorus oxidises.
    UNIT_DAMP: Percent = "extinguisher.damp_above", default 70.0, 50.0..90.0, decimals 0, register 1045, Engineer;
    /// Hours in damp air that an extinguisher unit bears.
    UNIT_DAMP_HOURS: Hour = "extinguisher.damp_hours", default 4000.0, 100.0..20000.0, decimals 0, register 1046, Engineer;
    /// Days left of a filter at which it is told that it has to be changed soon.
    FILTER_SOON: Day = "filter.days_warning", default 14.0, 3.0..90.0, decimals 0, register 1050, Engineer;
    /// The blower tests itself at night: a minute at full speed and two seconds without drive, where nothing stands
    /// against it.
    SELF_TEST: Flag = "self_test.allowed", default 1.0, 0.0..1.0, decimals 0, register 1051, Engineer;
    /// Hour of the day (UTC) from which it does, and the hour after.
    SELF_TEST_HOUR: Hour = "self_test.hour", default 3.0, 0.0..23.0, decimals 0, register 1052, Engineer;
    /// Of two blowers one runs alone below this speed of one, and the other stands by; both together move as much at their
    /// least speed. 20 has both run always, 80 one as long as it is enough.
    SINGLE_BELOW: Percent = "blower.single_below", default 28.0, 20.0..80.0, decimals 0, register 1053, Engineer;
    /// Time after which the one of two blowers that stands by takes over from the other.
    ALTERNATE_AFTER: Hour = "blower.alternate_after", default 24.0, 1.0..720.0, decimals 0, register 1054, Engineer;
    /// Cooling to spare, share of the hosts' rated power, below which it is told.
    HEADROOM_LOW: Percent = "cooling.headroom_warning", default 10.0, 0.0..50.0, decimals 0, register 1055, Engineer;
}

const _: () = {
    let ordered = TARGET.row().high < WARN.row().low
        && WARN.row().high < HIGH.row().low
        && HIGH.row().high < TRIP.row().low
        && TRIP.row().high < HARD.row().low;
    assert!(ordered, "the spans of the limits do not touch");
    let mut row = 0;
    while row < ROWS.len() {
        let this = &ROWS[row];
        assert!(this.low < this.high && this.low <= this.default && this.default <= this.high);
        assert!(
            this.register >= 1000 && this.register < 1100,
            "settings live in 1000 to 1099"
        );
        assert!(
            row == 0 || ROWS[row - 1].register < this.register,
            "registers rise"
        );
        row += 1;
    }
};

/// Why a value was not taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SettingError {
    /// No setting has this name.
    Unknown,
    /// Not a finite number.
    NotFinite,
    /// Outside the setting's span.
    OutOfSpan {
        /// Lowest value that is taken.
        low: f64,
        /// Highest value that is taken.
        high: f64,
    },
}

impl core::fmt::Display for SettingError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            SettingError::Unknown => f.write_str("no setting has this name"),
            SettingError::NotFinite => f.write_str("not a finite number"),
            SettingError::OutOfSpan { low, high } => write!(f, "outside {low} to {high}"),
        }
    }
}

/// A value for every setting, each inside its span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    values: [f64; ROWS.len()],
}

impl Default for Settings {
    fn default() -> Self {
        let mut values = [0.0; ROWS.len()];
        for (value, row) in values.iter_mut().zip(ROWS) {
            *value = row.default;
        }
        Settings { values }
    }
}

impl Settings {
    /// The setting's value.
    pub fn get<Q: Quantity>(&self, setting: Setting<Q>) -> f64 {
        self.values[setting.index]
    }

    /// A setting in seconds as a span of time.
    pub fn span(&self, setting: Setting<Second>) -> crate::time::Span {
        crate::time::Span::from_s(self.values[setting.index]).unwrap_or_default()
    }

    /// Sets one by its place in the table.
    ///
    /// # Errors
    /// When the value lies outside the setting's span; the old one is kept.
    pub fn set(&mut self, index: usize, value: f64) -> Result<(), SettingError> {
        let row = ROWS.get(index).ok_or(SettingError::Unknown)?;
        if !value.is_finite() {
            return Err(SettingError::NotFinite);
        }
        if value < row.low || value > row.high {
            return Err(SettingError::OutOfSpan {
                low: row.low,
                high: row.high,
            });
        }
        self.values[index] = value;
        Ok(())
    }

    /// Sets one by its name.
    ///
    /// # Errors
    /// When no setting has the name or the value lies outside its span.
    pub fn set_named(&mut self, name: &str, value: f64) -> Result<(), SettingError> {
        let index = ROWS
            .iter()
            .position(|row| row.name == name)
            .ok_or(SettingError::Unknown)?;
        self.set(index, value)
    }

    /// All values in the order of the table.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_outside_its_span_is_refused_and_the_old_one_kept() {
        let mut settings = Settings::default();
        assert_eq!(
            settings.set_named("safety.exhaust_trip", 70.0),
            Err(SettingError::OutOfSpan {
                low: 52.5,
                high: 57.0
            })
        );
        assert_eq!(
            settings.set_named("safety.exhaust_trip", f64::NAN),
            Err(SettingError::NotFinite)
        );
        assert_eq!(
            settings.set_named("safety.exhaust", 1.0),
            Err(SettingError::Unknown)
        );
        assert!((settings.get(TRIP) - 55.0).abs() < 1e-12);
        assert_eq!(settings.set_named("safety.exhaust_trip", 54.0), Ok(()));
    }
}
