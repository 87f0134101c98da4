//! Temperatures, humidity and dew points.

use super::{SIDES, controller, numbers, points};
use crate::quantity::{Celsius, Percent};

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
}
