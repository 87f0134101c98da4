//! What is estimated rather than measured.

use super::{points, power};
use crate::quantity::{Count, Kelvin, Kilojoule, Percent, Ratio, Second, Watt};
use crate::state::{Flag, ShutdownStage};

points! {
    block "time to limit and shutdown", registers 550..=599, after power::END;
    /// Earliest time at which the exhaust may reach its warning limit, with the most air that the blower can give.
    TO_WARN_LOW: Second = "time_to.warn.low", 0.0..65000.0, decimals 0, register 552;
    /// Latest time at which the exhaust may reach its warning limit.
    TO_WARN_HIGH: Second = "time_to.warn.high", 0.0..65000.0, decimals 0, register 554;
    /// Earliest time at which the exhaust may reach the limit at which hosts are shut down.
    TO_SHUTDOWN_LOW: Second = "time_to.shutdown.low", 0.0..65000.0, decimals 0, register 556;
    /// Latest time at which the exhaust may reach the limit at which hosts are shut down.
    TO_SHUTDOWN_HIGH: Second = "time_to.shutdown.high", 0.0..65000.0, decimals 0, register 558;
    /// Earliest time at which the exhaust may reach the limit at which hosts are damaged.
    TO_DAMAGE_LOW: Second = "time_to.damage.low", 0.0..65000.0, decimals 0, register 560;
    /// Latest time at which the exhaust may reach the limit at which hosts are damaged.
    TO_DAMAGE_HIGH: Second = "time_to.damage.high", 0.0..65000.0, decimals 0, register 562;
    /// Heat that full speed could remove beyond today's with exhaust and chips at their limits, at this room temperature
    /// and filter state; below zero where full speed does not hold them.
    HEADROOM: Watt = "cooling.headroom", -32000.0..32000.0, decimals 0, register 564;
    /// Heat that appears in the rack and is not explained by its power.
    UNEXPLAINED_HEAT: Watt = "heat.unexplained", -32000.0..32000.0, decimals 0, register 566;
    /// Heat stored in the walls' coating.
    STORED_HEAT: Kilojoule = "coating.stored_heat", 0.0..6000.0, decimals 1, register 568;
    /// The rack's coldest surface, of walls and extinguishers' cases, above the dew point of the room's air that enters.
    DEW_POINT_MARGIN: Kelvin = "dew_point.margin", -60.0..100.0, decimals 1, register 570;
    /// Availability as a number of nines.
    NINES: Ratio = "availability.nines", 0.0..9.0, decimals 2, register 572;
    /// How far the hosts' shutdown has come.
    STAGE: ShutdownStage = "shutdown.stage", 0.0..15.0, decimals 0, register 574;
    /// Seconds until the next irreversible step of a running sequence.
    COUNTDOWN: Second = "shutdown.countdown", 0.0..65000.0, decimals 0, register 576;
    /// Power the hosts are asked to stay below, in percent of rated; 100 when uncapped.
    POWER_CAP: Percent = "shutdown.power_cap", 0.0..100.0, decimals 0, register 578;
    /// Sensors whose vote counts for the exhaust.
    VOTERS: Count = "vote.exhaust.voters", 0.0..3.0, decimals 0, register 580;
    /// The shutdown request stands published to the hosts over the network, confirmed by the front.
    PUBLISHED: Flag = "shutdown.published", 0.0..1.0, decimals 0, register 582;
    /// From the commit of the last shutdown request to its confirmed publication.
    PUBLISH_DELAY: Second = "shutdown.publish_delay", 0.0..600.0, decimals 2, register 584;
    /// Soak that is left before the fire latch can be reset: time without fire evidence; absent while nothing soaks.
    SOAK_LEFT: Second = "fire.soak_left", 0.0..65000.0, decimals 0, register 586;
    /// Time at which the exhaust is expected at its warning limit.
    TO_WARN: Second = "time_to.warn", 0.0..65000.0, decimals 0, register 588;
    /// Time at which the exhaust is expected at the limit at which hosts are shut down.
    TO_SHUTDOWN: Second = "time_to.shutdown", 0.0..65000.0, decimals 0, register 590;
    /// Time at which the exhaust is expected at the limit at which hosts are damaged.
    TO_DAMAGE: Second = "time_to.damage", 0.0..65000.0, decimals 0, register 592;
}
