//! Temperatures, humidity and dew points.

use super::{SIDES, controller, numbers, points};
use crate::quantity::{Celsius, Percent};

/// How far ahead the exhaust is forecast.
pub const AHEAD: &[&str] = &["30s", "1min", "2min", "5min", "10min"];

points! {
    block "temperatures", registers 200..=299, after controller::END;
    /// Air of the room in front of the rack.
    ROOM: Celsius = "room.temperature", -40.0..125.0, decimals 1, register 202;
    /// Air behind the side filter, entering the rack.
    INLET[SIDES]: Celsius = "rack.inlet.{}.temperature", -40.0..125.0, decimals 1, register 204;
    /// Air at a server board.
    BOARD[numbers(8)]: Celsius = "rack.board.{}.temperature", -40.0..125.0, decimals 1, register 208;
    /// Air under the rack's ceiling.
    CEILING: Celsius = "rack.ceiling.temperature", -40.0..125.0, decimals 1, register 224;
    /// Air leaving the rack, one of three voted probes.
    EXHAUST[&["a", "b", "c"]]: Celsius = "rack.exhaust.{}.temperature", -40.0..150.0, decimals 1, register 226;
    /// Air leaving the rack as voted from the probes that can be believed: their middle, or the hotter of two.
    EXHAUST_VOTED: Celsius = "rack.exhaust.temperature", -40.0..150.0, decimals 1, register 232;
    /// Inner wall behind the heat-storing coating.
    WALL[SIDES]: Celsius = "rack.wall.{}.temperature", -40.0..125.0, decimals 1, register 234;
    /// Case of the extinguisher under the ceiling.
    EXTINGUISHER[SIDES]: Celsius = "extinguisher.{}.temperature", -40.0..125.0, decimals 1, register 238;
    /// Relative humidity of the room.
    ROOM_HUMIDITY: Percent = "room.humidity", 0.0..100.0, decimals 1, register 242;
    /// Relative humidity under the rack's ceiling.
    CEILING_HUMIDITY: Percent = "rack.ceiling.humidity", 0.0..100.0, decimals 1, register 244;
    /// Dew point of the room.
    ROOM_DEW_POINT: Celsius = "room.dew_point", -60.0..80.0, decimals 1, register 246;
    /// Dew point under the rack's ceiling.
    CEILING_DEW_POINT: Celsius = "rack.ceiling.dew_point", -60.0..80.0, decimals 1, register 248;
    /// What the exhaust will show so far ahead if flow, power and room stay as they are: expected.
    FORECAST[AHEAD]: Celsius = "rack.exhaust.forecast.{}", -40.0..400.0, decimals 1, register 250;
    /// What the exhaust will show so far ahead: the coldest that is to be reckoned with.
    FORECAST_LOW[AHEAD]: Celsius = "rack.exhaust.forecast.{}.low", -40.0..400.0, decimals 1, register 260;
    /// What the exhaust will show so far ahead: the warmest that is to be reckoned with.
    FORECAST_HIGH[AHEAD]: Celsius = "rack.exhaust.forecast.{}.high", -40.0..400.0, decimals 1, register 270;
}
