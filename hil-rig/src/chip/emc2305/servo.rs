//! The speed control (FSC) of one channel, simplified to a plain integral.
//!
//! Per update the drive moves by the speed error in RPM, times the integral gain, over 400, at most one max step.
//! That finds the target as the chip does, not with its exact steps; proportional and derivative gain have no effect.

use super::{Fan, Phase, TARGET_OFF};
use crate::chip::code_u16;

/// Updates at full drive and too low a speed until a drive failure; 0 is off.
const FAIL_UPDATES: [u8; 4] = [0, 16, 32, 64];
/// Speed error that the control leaves alone, RPM.
const ERROR_RPM: [f64; 4] = [0.0, 50.0, 100.0, 200.0];

impl Fan {
    pub(super) fn begin_servo(&mut self, now_us: u64) {
        self.fail_updates = 0;
        if self.target_high == TARGET_OFF {
            self.actual = 0;
        } else if self.actual == 0 {
            self.begin_spin(now_us);
            return;
        }
        self.phase = Phase::Servo {
            tick_us: self.next_update(now_us),
        };
    }

    /// One update of the speed control.
    pub(super) fn servo(&mut self, at_us: u64, guarded: bool) {
        self.phase = Phase::Servo {
            tick_us: self.next_update(at_us),
        };
        if self.target_high == TARGET_OFF {
            self.actual = 0;
            return;
        }
        if !guarded && self.slower_than_valid() {
            self.latched.stall = true;
            self.begin_spin(at_us);
            return;
        }
        // A target slower than a valid tach count is ignored; so is one no speed can have.
        if self.target > u16::from(self.valid) * 32 || self.target == 0 {
            return;
        }
        let error_rpm = self.rpm_times_count() / f64::from(self.target) - self.rpm.unwrap_or(0.0);
        if error_rpm.abs() > ERROR_RPM[usize::from((self.config2 >> 1) & 3)] {
            let gain = f64::from(1_u8 << ((self.gain >> 2) & 3));
            let wish = code_u16((error_rpm.abs() * gain / 400.0).max(1.0));
            let step = u8::try_from(wish).unwrap_or(u8::MAX).min(self.max_step);
            self.actual = if error_rpm > 0.0 {
                self.actual.saturating_add(step)
            } else {
                self.actual.saturating_sub(step)
            }
            .max(self.min_drive);
        }
        let band = u16::from_be_bytes([self.band[1], self.band[0]]) >> 3;
        if self.actual == 0xFF && self.count() > self.target + band {
            self.fail_updates = self.fail_updates.saturating_add(1);
        } else {
            self.fail_updates = 0;
        }
        self.latched.drive |= self.drive_failure_persists();
    }

    /// Whether full drive still does not reach the target.
    pub(in crate::chip::emc2305) fn drive_failure_persists(&self) -> bool {
        let limit = self.fail_limit();
        limit != 0 && self.fail_updates >= limit
    }

    fn fail_limit(&self) -> u8 {
        FAIL_UPDATES[usize::from(self.spin_up >> 6)]
    }
}
