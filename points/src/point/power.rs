//! Power of the IT load by feed.

use super::{AB, contact, points};
use crate::quantity::{Ampere, Count, Hertz, KilowattHour, Ratio, Volt, Watt};

const PHASES: &[&str] = &["a.l1", "a.l2", "a.l3", "b.l1", "b.l2", "b.l3"];

points! {
    block "power", registers 450..=549, after contact::END;
    /// Phase voltage of a feed.
    VOLTAGE[PHASES]: Volt = "feed.{}.voltage", 0.0..500.0, decimals 1, register 452;
    /// Phase current of a feed.
    CURRENT[PHASES]: Ampere = "feed.{}.current", 0.0..200.0, decimals 2, register 464;
    /// Phase power of a feed.
    PHASE_POWER[PHASES]: Watt = "feed.{}.phase_power", -32000.0..32000.0, decimals 0, register 476;
    /// Power of a feed, all phases.
    FEED_POWER[AB]: Watt = "feed.{}.power", 0.0..65000.0, decimals 0, register 488;
    /// Power factor of a feed.
    POWER_FACTOR[AB]: Ratio = "feed.{}.power_factor", -1.0..1.0, decimals 3, register 492;
    /// Frequency of a feed.
    FREQUENCY[AB]: Hertz = "feed.{}.frequency", 0.0..500.0, decimals 2, register 496;
    /// Voltage sags of a feed since start.
    SAGS[AB]: Count = "feed.{}.sags", 0.0..65534.0, decimals 0, register 500;
    /// Energy of a feed.
    ENERGY[AB]: KilowattHour = "feed.{}.energy", 0.0..400000000.0, decimals 1, words 2, register 504;
    /// Power of the IT load, both feeds: the heat that must leave the rack.
    IT_POWER: Watt = "it.power", 0.0..65000.0, decimals 0, register 510;
}
