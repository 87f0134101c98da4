//! Pressures, air flow and filters.

use super::{SIDES, points, temperature};
use crate::quantity::{CubicMetrePerSecond, Day, Pascal, Ratio};

points! {
    block "pressures, flow and filters", registers 300..=349, after temperature::END;
    /// Rack inside minus room; below zero while the jet entrains.
    RACK_DRAFT: Pascal = "rack.draft.pressure", -250.0..250.0, decimals 1, register 302;
    /// Room minus behind the side filter: what the filter takes.
    FILTER_DROP[SIDES]: Pascal = "filter.{}.pressure", -250.0..250.0, decimals 1, register 304;
    /// Suction chamber on the roof minus room.
    SUCTION: Pascal = "chamber.suction.pressure", -250.0..250.0, decimals 1, register 308;
    /// Blowing pipe minus room: what the blower delivers.
    PIPE: Pascal = "blower.pipe.pressure", -1000.0..1000.0, decimals 1, register 310;
    /// Air drawn out of the rack, estimated.
    EXTRACTED: CubicMetrePerSecond = "flow.extracted", 0.0..2.0, decimals 3, register 312;
    /// Air the blower drives through its jet, estimated.
    PRIMARY: CubicMetrePerSecond = "flow.primary", 0.0..2.0, decimals 3, register 314;
    /// How far the flow estimate can be believed, 0 to 1.
    CONFIDENCE: Ratio = "flow.confidence", 0.0..1.0, decimals 2, register 316;
    /// Filter resistance over that of the clean filter.
    FILTER_RESISTANCE[SIDES]: Ratio = "filter.{}.resistance", 0.0..50.0, decimals 2, register 318;
    /// Days until the filter reaches its end of life, best estimate.
    FILTER_DAYS[SIDES]: Day = "filter.{}.days_left", 0.0..3650.0, decimals 0, register 322;
    /// Lower end of the 80 % interval of the days left.
    FILTER_DAYS_LOW[SIDES]: Day = "filter.{}.days_left.low", 0.0..3650.0, decimals 0, register 326;
    /// Upper end of the 80 % interval of the days left.
    FILTER_DAYS_HIGH[SIDES]: Day = "filter.{}.days_left.high", 0.0..3650.0, decimals 0, register 330;
}
