//! What acts on the rack from outside: people, weather, load, fire, and the electricity that reaches the blower.
//!
//! A scenario may write any number into these fields. The plant takes each one as the nearest value of its stated
//! range (and what is not a number as the `Default`), so that a slip in a scenario bends a curve and never
//! breaks the run.

/// What people, weather and load do to the rack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surroundings {
    /// Air of the room, deg C, -20..70.
    pub room_c: f64,
    /// Relative humidity of the room, %, 0..100.
    pub room_rh_percent: f64,
    /// Heat of all hosts on all feeds now, W, 0..60 000.
    pub it_power_w: f64,
    /// The door stands open.
    pub door_open: bool,
    /// Resistance of the left filter's medium without the dust in it, ratio to a new one, 0.1..1000. Moisture, creased
    /// pleats and age raise it, holes lower it.
    pub filter_left_resistance: f64,
    /// Resistance of the right filter's medium without the dust in it, ratio to a new one, 0.1..1000.
    pub filter_right_resistance: f64,
    /// The left filter sits in its frame.
    pub filter_left_present: bool,
    /// The right filter sits in its frame.
    pub filter_right_present: bool,
    /// Dust in the room's air, ug/m3, 0..1e9; offices have 20 to 100. Beyond 1e4 it is a way to age filters fast.
    pub dust_ug_m3: f64,
    /// Heat a fire releases into the rack's air, W, 0..500 000.
    pub fire_w: f64,
    /// Something holds the blower's wheel.
    pub blower_jammed: bool,
    /// Efficiency of blower and bearings, ratio to new, 0.05..1.5. A worn bearing costs power and brakes the coasting.
    pub blower_efficiency: f64,
    /// Something holds the wheel of blower B.
    pub blower_b_jammed: bool,
    /// The same of blower B, 0.05..1.5.
    pub blower_b_efficiency: f64,
    /// How well the chips give their heat to the air, ratio to new, 0.05..1: thermal paste dries, heat sinks fill with
    /// dust.
    pub chips_contact: f64,
    /// Blocked share of the discharge holes, 0..1; what is above 0.98 counts as that.
    pub discharge_obstruction: f64,
    /// Gaps beyond those of a rack whose side panels are shut, m2, 0..0.5: air comes in beside the filters.
    pub panel_gap_m2: f64,
}

impl Default for Surroundings {
    /// A mild room, 5 kW, everything in order.
    fn default() -> Self {
        Self {
            room_c: 24.0,
            room_rh_percent: 45.0,
            it_power_w: 5_000.0,
            door_open: false,
            filter_left_resistance: 1.0,
            filter_right_resistance: 1.0,
            filter_left_present: true,
            filter_right_present: true,
            dust_ug_m3: 0.0,
            fire_w: 0.0,
            blower_jammed: false,
            blower_efficiency: 1.0,
            blower_b_jammed: false,
            blower_b_efficiency: 1.0,
            chips_contact: 1.0,
            discharge_obstruction: 0.0,
            panel_gap_m2: 0.0,
        }
    }
}

impl Surroundings {
    /// The same surroundings with every figure inside its range.
    #[must_use]
    pub fn bounded(&self) -> Self {
        let usual = Self::default();
        Self {
            room_c: within(self.room_c, -20.0, 70.0, usual.room_c),
            room_rh_percent: within(self.room_rh_percent, 0.0, 100.0, usual.room_rh_percent),
            it_power_w: within(self.it_power_w, 0.0, 60_000.0, usual.it_power_w),
            filter_left_resistance: within(self.filter_left_resistance, 0.1, 1_000.0, 1.0),
            filter_right_resistance: within(self.filter_right_resistance, 0.1, 1_000.0, 1.0),
            dust_ug_m3: within(self.dust_ug_m3, 0.0, 1e9, 0.0),
            fire_w: within(self.fire_w, 0.0, 500_000.0, 0.0),
            blower_efficiency: within(self.blower_efficiency, 0.05, 1.5, 1.0),
            blower_b_efficiency: within(self.blower_b_efficiency, 0.05, 1.5, 1.0),
            chips_contact: within(self.chips_contact, 0.05, 1.0, 1.0),
            discharge_obstruction: within(self.discharge_obstruction, 0.0, 0.98, 0.0),
            panel_gap_m2: within(self.panel_gap_m2, 0.0, 0.5, 0.0),
            ..*self
        }
    }
}

/// What reaches the blower: mains through its supply contact and isolator, and the drive the fan chip commands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlowerSupply {
    /// Mains is on the drive.
    pub energised: bool,
    /// Commanded share of full speed, 0..1.
    pub drive: f64,
    /// The same for blower B, where one is fitted. One contact and one supply feed both.
    pub drive_b: f64,
    /// Voltage of the supply, ratio to nominal, 0..1.2. Below nominal a blower is no faster than that share.
    pub voltage: f64,
}

impl Default for BlowerSupply {
    /// Supplied, at half speed.
    fn default() -> Self {
        Self::at(0.5)
    }
}

impl BlowerSupply {
    /// Supplied at its nominal voltage, the first blower at this drive, share of full speed.
    #[must_use]
    pub const fn at(drive: f64) -> Self {
        Self {
            energised: true,
            drive,
            drive_b: 0.0,
            voltage: 1.0,
        }
    }

    /// No mains on the drive, whatever it is commanded.
    #[must_use]
    pub const fn cut() -> Self {
        Self {
            energised: false,
            ..Self::at(0.0)
        }
    }

    /// The same supply with the drive inside its range; a drive that is not a number commands nothing.
    #[must_use]
    pub fn bounded(&self) -> Self {
        Self {
            drive: within(self.drive, 0.0, 1.0, 0.0),
            drive_b: within(self.drive_b, 0.0, 1.0, 0.0),
            voltage: within(self.voltage, 0.0, 1.2, 1.0),
            ..*self
        }
    }
}

fn within(value: f64, low: f64, high: f64, otherwise: f64) -> f64 {
    if value.is_nan() {
        otherwise
    } else {
        value.clamp(low, high)
    }
}
