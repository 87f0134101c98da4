//! Contacts and supervised loops.

use super::{AB, SIDES, blower, points};
use crate::quantity::{Day, Percent};
use crate::state::{ExtinguisherState, Flag, LoopState};

points! {
    block "contacts", registers 400..=449, after blower::END;
    /// The rack's door is open.
    DOOR_OPEN: Flag = "door.open", 0.0..1.0, decimals 0, register 402;
    /// A filter is in its slot.
    FILTER_PRESENT[SIDES]: Flag = "filter.{}.present", 0.0..1.0, decimals 0, register 404;
    /// The extinguisher unit is fully home in its holder.
    EXTINGUISHER_HOME[SIDES]: Flag = "extinguisher.{}.home", 0.0..1.0, decimals 0, register 408;
    /// Break-wire of the extinguisher unit, a supervised loop.
    BREAK_WIRE[SIDES]: LoopState = "extinguisher.{}.break_wire", 0.0..15.0, decimals 0, register 412;
    /// Smoke detector channel, a supervised loop.
    SMOKE[AB]: LoopState = "smoke.{}", 0.0..15.0, decimals 0, register 416;
    /// The manual fire button is pressed.
    MANUAL_FIRE: Flag = "fire.button", 0.0..1.0, decimals 0, register 420;
    /// The emergency power-off stands, by its second contact.
    EMERGENCY_OFF: Flag = "emergency_off", 0.0..1.0, decimals 0, register 422;
    /// The seal is broken.
    SEAL_BROKEN: Flag = "seal.broken", 0.0..1.0, decimals 0, register 424;
    /// The thermal cut-out in the ceiling has opened.
    CUT_OUT_OPEN: Flag = "cut_out.open", 0.0..1.0, decimals 0, register 426;
    /// Mains is present.
    MAINS_PRESENT: Flag = "mains.present", 0.0..1.0, decimals 0, register 428;
    /// Water is detected.
    LEAK: Flag = "leak.detected", 0.0..1.0, decimals 0, register 430;
    /// The key switch is turned: a person is at the rack and entitled.
    KEY_SWITCH: Flag = "key_switch", 0.0..1.0, decimals 0, register 432;
    /// The extinguisher unit as its signals show it together.
    EXTINGUISHER[SIDES]: ExtinguisherState = "extinguisher.{}.state", 0.0..15.0, decimals 0, register 434;
    /// Days until the shelf life of the extinguisher unit ends; absent while its date or today's is not known.
    EXTINGUISHER_DAYS[SIDES]: Day = "extinguisher.{}.life_left", 0.0..4000.0, decimals 0, register 438;
    /// Hours in heat and in damp air as a share of what the extinguisher unit bears, the larger of the two.
    EXTINGUISHER_EXPOSURE[SIDES]: Percent = "extinguisher.{}.exposure", 0.0..1000.0, decimals 1, register 442;
}
