//! The blower's self-test: a minute at full speed and two seconds without drive, every night that allows it.

use super::{SIDES, inputs, points};
use crate::quantity::{Count, Pascal, Percent, Second};
use crate::state::{SelfTestResult, SelfTestState, SelfTestWait};

points! {
    block "self-test of the blower", registers 1100..=1149, after inputs::END;
    /// How far the self-test has come.
    STATE: SelfTestState = "self_test.state", 0.0..15.0, decimals 0, register 1102;
    /// What the next self-test waits for.
    WAITS_FOR: SelfTestWait = "self_test.waits_for", 0.0..15.0, decimals 0, register 1104;
    /// How the last self-test ended.
    RESULT: SelfTestResult = "self_test.result", 0.0..15.0, decimals 0, register 1106;
    /// What the last whole self-test found: bit n is finding n, in the order of the table of findings; 0 is nothing.
    FINDINGS: Count = "self_test.findings", 0.0..65534.0, decimals 0, register 1108;
    /// When the last self-test ended, in seconds since 1970-01-01 by the wall clock (UTC).
    LAST: Second = "self_test.last", 0.0..4294967294.0, decimals 0, words 2, register 1110;
    /// Time since the last self-test that was whole.
    AGE: Second = "self_test.age", 0.0..4294967294.0, decimals 0, words 2, register 1113;
    /// Speed of the blower at full drive, share of its full speed, by the last whole self-test.
    SPEED: Percent = "self_test.speed", 0.0..200.0, decimals 1, register 1116;
    /// Time constant of the coast-down over that of the first nights: worn bearings brake.
    COAST: Percent = "self_test.coast_down.share", 0.0..500.0, decimals 1, register 1118;
    /// Power at full speed over that of the first nights, both at the same speed: worn bearings take more.
    POWER: Percent = "self_test.power.share", 0.0..500.0, decimals 1, register 1120;
    /// What the sensor over each filter shows where there is no pressure, found from two speeds.
    FILTER_ZERO[SIDES]: Pascal = "filter.{}.pressure.zero", -50.0..50.0, decimals 2, register 1122;
    /// The same of the sensor of the draft.
    DRAFT_ZERO: Pascal = "rack.draft.pressure.zero", -50.0..50.0, decimals 2, register 1126;
}

/// What a self-test may find, bit by bit.
pub const FINDING_WORDS: &[(&str, &str)] = &[
    ("filters", "the pressures over the filters say nothing"),
    (
        "tachometer",
        "the blower does not come to full speed by its tachometer",
    ),
    ("zero", "a pressure sensor's zero is off by more than 2 Pa"),
    ("coast_down", "the coast-down was not seen"),
    ("power", "the blower's power at full speed was not seen"),
    (
        "filter_missing",
        "a filter takes less than half of what a clean one does",
    ),
    (
        "bearing",
        "the blower brakes or takes power as with worn bearings, two nights running",
    ),
];
