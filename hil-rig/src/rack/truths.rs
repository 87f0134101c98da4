//! The rack's truth by name: one table for what a watch waits for, what a scenario expects and what the page shows.
//!
//! A row is a number out of a [`Report`]; where a number does not exist the report has none to give, so every row always
//! has one. Names and places are only ever added.

use serde::{Deserialize, Serialize};

use super::Report;

/// One quantity of the truth.
#[derive(Clone, Copy, Debug)]
pub struct TruthRow {
    /// Which.
    pub quantity: Quantity,
    /// Its name: one word.
    pub name: &'static str,
    /// Its unit; empty for a bare ratio.
    pub unit: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The number in a report.
    pub of: fn(&Report) -> f64,
}

macro_rules! truths {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $unit:literal, $of:expr;)+) => {
        /// A quantity of the rack's truth.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[repr(u8)]
        pub enum Quantity { $($(#[doc = $doc])+ $variant,)+ }

        /// The table, in the order of [`Quantity`].
        pub const TRUTHS: &[TruthRow] = &[$(TruthRow {
            quantity: Quantity::$variant,
            name: $name,
            unit: $unit,
            about: concat!($($doc),+),
            of: $of,
        }),+];
    };
}

impl Quantity {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static TruthRow {
        &TRUTHS[self as usize]
    }

    /// The quantity of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TRUTHS.iter().find(|row| row.name == name).map(|row| row.quantity)
    }

    /// Its number in a report.
    #[must_use]
    pub fn of(self, report: &Report) -> f64 {
        (self.row().of)(report)
    }
}

truths! {
    /// Time since the start.
    Time = "time", "s", |r| r.truth.time_s;
    /// Exhaust air.
    Exhaust = "exhaust", "°C", |r| r.truth.exhaust_c;
    /// Chips with their heat sinks.
    Chips = "chips", "°C", |r| r.truth.chips_c;
    /// Mixed air in the rack.
    Air = "air", "°C", |r| r.truth.air_c;
    /// Air under the ceiling.
    Ceiling = "ceiling", "°C", |r| r.truth.ceiling_c;
    /// Air of the room.
    Room = "room", "°C", |r| r.truth.room_c;
    /// Air the hosts breathe on the left.
    InletLeft = "inlet-left", "°C", |r| r.truth.inlet_left_c;
    /// Air the hosts breathe on the right.
    InletRight = "inlet-right", "°C", |r| r.truth.inlet_right_c;
    /// Air at the hottest of the eight boards.
    Board = "board", "°C", |r| r.truth.boards_c.iter().copied().fold(f64::MIN, f64::max);
    /// Bottle of the left extinguisher.
    ExtinguisherLeft = "extinguisher-left", "°C", |r| r.truth.extinguisher_c[0];
    /// Bottle of the right extinguisher.
    ExtinguisherRight = "extinguisher-right", "°C", |r| r.truth.extinguisher_c[1];
    /// Chassis, boards and drives.
    Chassis = "chassis", "°C", |r| r.truth.chassis_c;
    /// Steel wall behind the coating.
    Wall = "wall", "°C", |r| r.truth.wall_c;
    /// Molten share of the wall's coating.
    Coating = "coating", "%", |r| 100.0 * r.truth.coat_molten;
    /// Rack inside minus room; negative while the jet entrains.
    Draft = "draft", "Pa", |r| r.truth.draft_pa;
    /// Suction chamber minus room.
    Suction = "suction", "Pa", |r| r.truth.suction_chamber_pa;
    /// Drop across the left filter.
    FilterLeft = "filter-left", "Pa", |r| r.truth.filter_left_pa;
    /// Drop across the right filter.
    FilterRight = "filter-right", "Pa", |r| r.truth.filter_right_pa;
    /// Resistance of the left filter over that of a clean one.
    ResistanceLeft = "resistance-left", "", |r| r.filter_resistance[0];
    /// Resistance of the right filter over that of a clean one.
    ResistanceRight = "resistance-right", "", |r| r.filter_resistance[1];
    /// Flow that the jet draws out of the rack.
    Flow = "flow", "m³/s", |r| r.truth.extracted_flow_m3_s;
    /// Flow of the blower, out of the room.
    PrimaryFlow = "primary-flow", "m³/s", |r| r.truth.primary_flow_m3_s;
    /// Speed of the blower.
    Speed = "speed", "rpm", |r| r.truth.rpm;
    /// Electrical power of the blower with its drive.
    BlowerPower = "blower-power", "W", |r| r.truth.blower_power_w;
    /// Drive on the blower's control input.
    Drive = "drive", "%", |r| 100.0 * r.drive;
    /// 1 while the supply reaches the blower.
    Energised = "energised", "", |r| f64::from(u8::from(r.energised));
    /// 1 while the latching contact in the blower's supply is closed.
    ContactClosed = "contact-closed", "", |r| f64::from(u8::from(r.contact_closed));
    /// Power of the hosts.
    Power = "power", "W", |r| r.it_power_w;
    /// Heat that the extracted air carries out.
    HeatByAir = "heat-by-air", "W", |r| r.truth.heat_by_air_w;
    /// Heat stored in the rack, above all of it at 0 °C.
    Stored = "stored", "kJ", |r| r.truth.stored_j / 1e3;
    /// Used share of the left filter's life.
    LifeLeft = "life-left", "%", |r| 100.0 * r.filter_life_used[0];
    /// Used share of the right filter's life.
    LifeRight = "life-right", "%", |r| 100.0 * r.filter_life_used[1];
    /// Heat of all fires that burn in the rack; a replayed one is gas and no heat.
    Fire = "fire", "W", |r| r.fire_w;
    /// Oxygen in the rack's air by mass.
    Oxygen = "oxygen", "%", |r| 100.0 * r.hazards.oxygen;
    /// Obscuration in smoke detector A, modelled from an assumed soot yield.
    SmokeA = "smoke-a", "%/m", |r| r.hazards.smoke_percent_m[0];
    /// Obscuration in smoke detector B, modelled from an assumed soot yield.
    SmokeB = "smoke-b", "%/m", |r| r.hazards.smoke_percent_m[1];
    /// 1 while a smoke loop stands in alarm because the model closes it: no smoke was measured.
    SmokeModelled = "smoke-modelled", "", |r| f64::from(u8::from(r.smoke_modelled != [false; 2]));
    /// Separator of the left extinguisher.
    SeparatorLeft = "separator-left", "°C", |r| r.hazards.separator_c[0];
    /// Separator of the right extinguisher.
    SeparatorRight = "separator-right", "°C", |r| r.hazards.separator_c[1];
    /// 1 once the left extinguisher has burst.
    FiredLeft = "fired-left", "", |r| f64::from(u8::from(r.hazards.fired[0]));
    /// 1 once the right extinguisher has burst.
    FiredRight = "fired-right", "", |r| f64::from(u8::from(r.hazards.fired[1]));
    /// Extinguishing powder in the rack's air.
    Agent = "agent", "g/m³", |r| 1e3 * r.hazards.agent_kg_m3;
    /// Hosts at work.
    HostsRunning = "hosts-running", "", |r| f64::from(r.hosts.running);
    /// Hosts that start.
    HostsBooting = "hosts-booting", "", |r| f64::from(r.hosts.booting);
    /// Hosts that shut down.
    HostsStopping = "hosts-stopping", "", |r| f64::from(r.hosts.stopping);
    /// Hosts that have halted and draw power.
    HostsHalted = "hosts-halted", "", |r| f64::from(r.hosts.halted);
    /// Hosts that are off.
    HostsOff = "hosts-off", "", |r| f64::from(r.hosts.off);
    /// Speed of blower B.
    SpeedB = "speed-b", "rpm", |r| r.truth.blower_b_rpm;
    /// Electrical power of blower B with its drive.
    BlowerBPower = "blower-b-power", "W", |r| r.truth.blower_b_power_w;
    /// Relative humidity of the room.
    RoomHumidity = "room-humidity", "%", |r| r.truth.room_rh_percent;
    /// Dew point of the room's air: water condenses on what is colder.
    RoomDewPoint = "room-dew-point", "°C", |r| r.truth.room_dew_point_c();
    /// Hosts without power: the supply is cut, or their outlet.
    HostsUnfed = "hosts-unfed", "", |r| f64::from(r.hosts.unfed);
    /// Outlets that carry power.
    OutletsOn = "outlets-on", "", |r| f64::from(r.outlets.count_ones());
}

#[cfg(test)]
mod tests {
    use super::super::{Rack, RackConfig};
    use super::*;

    #[test]
    fn a_name_stands_once_leads_to_its_row_and_gives_a_number() {
        let report = Rack::new(RackConfig::default()).report();
        for (place, row) in TRUTHS.iter().enumerate() {
            assert_eq!(row.quantity as usize, place, "{}", row.name);
            assert_eq!(Quantity::named(row.name), Some(row.quantity));
            assert!(row.quantity.of(&report).is_finite(), "{}", row.name);
        }
        assert!((Quantity::Exhaust.of(&report) - report.exhaust_c).abs() < 1e-12);
        assert_eq!(Quantity::named("temper"), None);
    }
}
