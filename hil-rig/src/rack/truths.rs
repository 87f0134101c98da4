//! Quantities of the rack's truth by name: what scenarios expect, what switches an act, what the page plots.

use super::Report;

/// One quantity.
#[derive(Clone, Copy, Debug)]
pub struct TruthRow {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Reads it.
    pub of: fn(&Report) -> f64,
}

macro_rules! truths {
    ($($(#[doc = $doc:literal])+ $name:literal, $unit:literal => $of:expr;)+) => {
        /// Every quantity.
        pub const TRUTHS: &[TruthRow] = &[$(TruthRow {
            name: $name,
            unit: $unit,
            about: concat!($($doc),+),
            of: $of,
        }),+];
    };
}

truths! {
    /// Extracted air.
    "exhaust", "°C" => |report| report.exhaust_c;
    /// Chips with their heat sinks.
    "chips", "°C" => |report| report.chips_c;
    /// Air of the room.
    "room", "°C" => |report| report.room_c;
    /// Rack inside minus room.
    "draft", "Pa" => |report| report.draft_pa;
    /// Flow the jet draws out of the rack.
    "flow", "m³/s" => |report| report.extracted_m3_s;
    /// Blower speed.
    "speed", "rpm" => |report| report.rpm;
    /// Drive on the blower's control input.
    "drive", "%" => |report| report.drive * 100.0;
    /// Power of the hosts.
    "power", "W" => |report| report.it_power_w;
    /// 1 while the supply reaches the blower.
    "energised", "" => |report| f64::from(u8::from(report.energised));
    /// 1 while the latching contact in the blower's supply is closed.
    "contact-closed", "" => |report| f64::from(u8::from(report.contact_closed));
}
