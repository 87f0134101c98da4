//! One of the five channels of the EMC2305: its sixteen registers and the drive they make.
//!
//! ```text
//!   steady --setting 0 -> n--> kick (100 %, 1/4 of the spin time) --> level (SPIN_LVL, the rest) --> setting
//!   steady --setting, EN_RRC--> ramp: at most one max step per update until the setting is reached
//!   EN_ALGO --> servo: one step per update; stopped or stalled --> kick --> level --> servo
//! ```
//! What the servo does in an update is in `servo`. A fan has two poles.

#[path = "servo.rs"]
mod servo;

use crate::chip::code_u16;

/// Count of a fan without tach pulses, as silicon reports it: 0xFFF0 in the register pair.
const STOPPED: u16 = 0x1FFE;
/// Tach clock ticks per minute.
const TICKS_PER_MINUTE: f64 = 32_768.0 * 60.0;
/// Update times for UPDATE = 0..7, microseconds.
const UPDATE_US: [u64; 8] = [
    100_000, 200_000, 300_000, 400_000, 500_000, 800_000, 1_200_000, 1_600_000,
];
/// Spin-up times, microseconds.
const SPIN_US: [u64; 4] = [250_000, 500_000, 1_000_000, 2_000_000];
/// Drives for SPIN_LVL = 0..7: 30 % to 65 % in steps of 5 %.
const SPIN_LEVEL: [u8; 8] = [0x4C, 0x59, 0x66, 0x73, 0x80, 0x8C, 0x99, 0xA6];
/// Events caught up in one call; a ramp needs 255 at most, and after so many a servo on unmoved inputs only repeats.
const EVENTS_MAX: u32 = 1_024;

const EN_ALGO: u8 = 0x80;
const EN_RRC: u8 = 0x40;
const NO_KICK: u8 = 0x20;
/// TACH target high byte that means stop.
const TARGET_OFF: u8 = 0xFF;

#[derive(Debug, Clone, Copy)]
enum Phase {
    Steady,
    Kick { until_us: u64 },
    Level { until_us: u64 },
    Ramp { tick_us: u64 },
    Servo { tick_us: u64 },
}

/// Conditions seen since the status registers were last read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Latched {
    pub(super) stall: bool,
    pub(super) spin: bool,
    pub(super) drive: bool,
}

/// One channel.
#[derive(Debug, Clone)]
pub(super) struct Fan {
    pub(super) latched: Latched,
    rpm: Option<f64>,
    /// Drive at the pin now; 255 is always on.
    actual: u8,
    phase: Phase,
    /// Low tach byte, held since the high one was read.
    shadow: u8,
    /// Count the speed control aims at; moves when the high byte is written.
    target: u16,
    fail_updates: u8,
    setting: u8,
    divide: u8,
    config1: u8,
    config2: u8,
    gain: u8,
    spin_up: u8,
    max_step: u8,
    min_drive: u8,
    valid: u8,
    band: [u8; 2],
    target_low: u8,
    target_high: u8,
}

impl Fan {
    /// Register values at power-up, with the drive the straps ask for.
    pub(super) fn new(drive: u8, rpm: Option<f64>) -> Self {
        Self {
            latched: Latched::default(),
            rpm,
            actual: drive,
            phase: Phase::Steady,
            shadow: 0xF0,
            target: 0x1FFF,
            fail_updates: 0,
            setting: drive,
            divide: 0x01,
            config1: 0x2B,
            config2: 0x28,
            gain: 0x2A,
            spin_up: 0x19,
            max_step: 0x10,
            min_drive: 0x66,
            valid: 0xF5,
            band: [0; 2],
            target_low: 0xF8,
            target_high: TARGET_OFF,
        }
    }

    pub(super) fn rpm(&self) -> Option<f64> {
        self.rpm
    }

    pub(super) fn set_rpm(&mut self, rpm: Option<f64>) {
        self.rpm = rpm;
    }

    pub(super) fn actual(&self) -> u8 {
        self.actual
    }

    /// Watchdog trip: everything off but the full drive.
    pub(super) fn full(&mut self) {
        self.config1 &= !EN_ALGO;
        self.phase = Phase::Steady;
        self.actual = 0xFF;
    }

    /// Register `offset` (0..=15) of this channel.
    pub(super) fn read(&mut self, offset: u8) -> u8 {
        match offset {
            0x0 => self.actual,
            0x1 => self.divide,
            0x2 => self.config1,
            0x3 => self.config2,
            0x5 => self.gain,
            0x6 => self.spin_up,
            0x7 => self.max_step,
            0x8 => self.min_drive,
            0x9 => self.valid,
            0xA => self.band[0],
            0xB => self.band[1],
            0xC => self.target_low,
            0xD => self.target_high,
            0xE => {
                let [high, low] = (self.count() << 3).to_be_bytes();
                self.shadow = low;
                high
            }
            0xF => self.shadow,
            _ => 0,
        }
    }

    /// Writes a register. True when the write is one that ends the power-up watchdog.
    pub(super) fn write(&mut self, now_us: u64, offset: u8, value: u8, locked: bool) -> bool {
        match offset {
            0x0 => {
                if self.config1 & EN_ALGO == 0 {
                    self.set_drive(now_us, value);
                }
                return true;
            }
            0x1 => self.divide = value,
            0x2 => {
                let was_servo = self.config1 & EN_ALGO != 0;
                self.config1 = value;
                match (was_servo, value & EN_ALGO != 0) {
                    (false, true) => self.begin_servo(now_us),
                    (true, false) => self.set_drive(now_us, self.setting),
                    (false, false) | (true, true) => {}
                }
                return value & EN_ALGO != 0;
            }
            0xC => self.target_low = value & 0xF8,
            0xD => self.set_target(now_us, value),
            _ if locked => {}
            0x3 => self.config2 = value & 0x7E,
            0x5 => self.gain = value & 0x3F,
            0x6 => self.spin_up = value,
            0x7 => self.max_step = value & 0x3F,
            0x8 => self.min_drive = value,
            0x9 => self.valid = value,
            0xA => self.band[0] = value & 0xF8,
            0xB => self.band[1] = value,
            _ => {}
        }
        false
    }

    fn set_target(&mut self, now_us: u64, high: u8) {
        let was_off = self.target_high == TARGET_OFF;
        self.target_high = high;
        self.target = u16::from_be_bytes([high, self.target_low]) >> 3;
        if self.config1 & EN_ALGO == 0 {
            return;
        }
        if high == TARGET_OFF {
            self.actual = 0;
            self.phase = Phase::Servo {
                tick_us: self.next_update(now_us),
            };
        } else if was_off {
            self.begin_servo(now_us);
        }
    }

    fn begin_spin(&mut self, now_us: u64) {
        let spin_us = self.spin_us();
        if self.spin_up & NO_KICK == 0 {
            self.actual = 0xFF;
            self.phase = Phase::Kick {
                until_us: now_us.saturating_add(spin_us / 4),
            };
        } else {
            self.actual = self.spin_level();
            self.phase = Phase::Level {
                until_us: now_us.saturating_add(spin_us),
            };
        }
    }

    /// Direct mode: a drive has been asked for.
    fn set_drive(&mut self, now_us: u64, value: u8) {
        self.setting = value;
        if value != 0 && self.actual == 0 {
            self.begin_spin(now_us);
        } else if value == 0 || !self.spinning() {
            self.settle(now_us);
        }
    }

    /// Direct mode: goes to the setting, at once or by the ramp.
    fn settle(&mut self, now_us: u64) {
        if self.actual == self.setting || self.config2 & EN_RRC == 0 {
            self.actual = self.setting;
            self.phase = Phase::Steady;
        } else if !matches!(self.phase, Phase::Ramp { .. }) {
            self.phase = Phase::Ramp {
                tick_us: self.next_update(now_us),
            };
        }
    }

    fn next_update(&self, now_us: u64) -> u64 {
        now_us.saturating_add(UPDATE_US[usize::from(self.config1 & 7)])
    }

    fn spin_us(&self) -> u64 {
        SPIN_US[usize::from(self.spin_up & 3)]
    }

    fn spin_level(&self) -> u8 {
        SPIN_LEVEL[usize::from((self.spin_up >> 2) & 7)]
    }

    fn spinning(&self) -> bool {
        matches!(self.phase, Phase::Kick { .. } | Phase::Level { .. })
    }

    /// Speed at a count of one, RPM.
    fn rpm_times_count(&self) -> f64 {
        let poles_passed = f64::from((self.config1 >> 3) & 3) + 1.0;
        let range = f64::from(1_u8 << ((self.config1 >> 5) & 3));
        poles_passed * range * TICKS_PER_MINUTE
    }

    /// The 13-bit tach count now.
    fn count(&self) -> u16 {
        match self.rpm {
            Some(rpm) if rpm > 0.0 => code_u16(self.rpm_times_count() / rpm).min(STOPPED),
            Some(_) | None => STOPPED,
        }
    }

    fn slower_than_valid(&self) -> bool {
        self.count() > u16::from(self.valid) * 32
    }

    /// Direct mode looks for a stall all the time except during spin-up; the speed control only at its updates.
    pub(super) fn watch_stall(&mut self) {
        if self.config1 & EN_ALGO == 0 && !self.spinning() && self.slower_than_valid() {
            self.latched.stall = true;
        }
    }

    /// Whether a stall is still there, so that reading its bit does not clear it.
    pub(super) fn stall_persists(&self) -> bool {
        !self.spinning() && self.slower_than_valid()
    }

    /// Whether a failed spin-up is still without effect.
    pub(super) fn spin_failure_persists(&self) -> bool {
        self.actual != 0 && self.slower_than_valid()
    }

    /// When this channel acts next by itself; never is `u64::MAX`.
    pub(super) fn event_us(&self) -> u64 {
        match self.phase {
            Phase::Steady => u64::MAX,
            Phase::Kick { until_us: at } | Phase::Level { until_us: at } => at,
            Phase::Ramp { tick_us: at } | Phase::Servo { tick_us: at } => at,
        }
    }

    /// Catches up with everything due by `now_us`. `guarded`: the watchdog is running, stalls are not looked at.
    pub(super) fn run(&mut self, now_us: u64, guarded: bool) {
        for _ in 0..EVENTS_MAX {
            let at_us = self.event_us();
            if at_us > now_us || at_us == u64::MAX {
                return;
            }
            self.step(at_us, guarded);
        }
        let tick_us = self.next_update(now_us);
        self.phase = match self.phase {
            Phase::Steady => Phase::Steady,
            Phase::Kick { .. } => Phase::Kick { until_us: tick_us },
            Phase::Level { .. } => Phase::Level { until_us: tick_us },
            Phase::Ramp { .. } => Phase::Ramp { tick_us },
            Phase::Servo { .. } => Phase::Servo { tick_us },
        };
    }

    fn step(&mut self, at_us: u64, guarded: bool) {
        match self.phase {
            Phase::Steady => {}
            Phase::Kick { .. } => {
                self.actual = self.spin_level();
                let until_us = at_us.saturating_add(self.spin_us() - self.spin_us() / 4);
                self.phase = Phase::Level { until_us };
            }
            Phase::Level { .. } => self.end_spin(at_us),
            Phase::Ramp { .. } => {
                // A step of zero would never arrive; the smallest step is taken instead.
                let step = self.max_step.max(1);
                self.actual = if self.actual < self.setting {
                    self.actual.saturating_add(step).min(self.setting)
                } else {
                    self.actual.saturating_sub(step).max(self.setting)
                };
                self.phase = Phase::Ramp {
                    tick_us: self.next_update(at_us),
                };
                self.settle(at_us);
            }
            Phase::Servo { .. } => self.servo(at_us, guarded),
        }
    }

    fn end_spin(&mut self, at_us: u64) {
        let failed = self.slower_than_valid();
        self.latched.spin |= failed;
        if self.config1 & EN_ALGO == 0 {
            self.settle(at_us);
        } else if failed {
            self.begin_spin(at_us);
        } else {
            self.phase = Phase::Servo {
                tick_us: self.next_update(at_us),
            };
        }
    }
}
