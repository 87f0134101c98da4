//! EMC2305: five-channel fan controller (11-chips, section 7).
//!
//! A pointer byte selects a register; block reads and writes count up from it and wrap from 0xFF to 0x00. A plain
//! read begins at the pointer last written. This file holds the global registers and the watchdog, `fan` a channel.
//!
//! ```text
//!   power-up --> watchdog 4 s --any drive setting written, or EN_ALGO set--> off for good
//!                     '--4 s--> trip: WATCH, every drive 0xFF, speed control off; then off for good
//!   WD_EN    --> watchdog 4 s, begun anew by every register read or write; --4 s--> trip; armed by the next access
//! ```
//!
//! Choices where datasheet and silicon leave one: a stopped fan counts 0xFFF0 (seen on silicon), undefined registers
//! read 0x00 (datasheet); only register accesses to this chip feed the watchdog, not other traffic and not a pointer
//! byte alone; WD_EN cleared ends the watchdog for good; stalls are not looked at while the watchdog runs, hence in
//! continuous mode only after a trip. The tach counts follow [`Emc2305::set_tach`] at once: the inertia of a fan is
//! physics. Clock pins, the ALERT pin and the PWM frequency have registers and no effect.

mod fan;
mod strap;

use super::{Nack, Slave};
use fan::Fan;
pub use strap::Strap;

/// The watchdog's only time, microseconds.
const WATCHDOG_US: u64 = 4_000_000;
const WD_EN: u8 = 0x20;
/// Bits of the configuration register that exist.
const CONFIG_BITS: u8 = 0xE3;
const WATCH: u8 = 0x80;
const DRIVE_FAIL: u8 = 0x04;
const FAN_SPIN: u8 = 0x02;
const FAN_STALL: u8 = 0x01;

/// What the watchdog is doing.
#[derive(Debug, Clone, Copy)]
enum Watchdog {
    Off,
    PowerUp {
        ends_us: u64,
    },
    /// WD_EN; without an end after a trip, until the next access.
    Continuous {
        ends_us: Option<u64>,
    },
}

/// Emulated EMC2305.
#[derive(Debug, Clone)]
pub struct Emc2305 {
    address_strap: Strap,
    drive_strap: Strap,
    frozen: bool,
    powered: bool,
    pointer: u8,
    config: u8,
    watch: bool,
    interrupt: u8,
    polarity: u8,
    output: u8,
    base: [u8; 2],
    locked: bool,
    watchdog: Watchdog,
    /// Nothing happens by itself before this time.
    next_us: u64,
    fans: [Fan; 5],
}

impl Default for Emc2305 {
    fn default() -> Self {
        Self::new()
    }
}

impl Emc2305 {
    /// A controller without power, for address 0x2E.
    #[must_use]
    pub fn new() -> Self {
        Self::strapped(Strap::K4_7, Strap::K4_7)
    }

    /// A controller without power. `drive` (at CLK) counts only with `address` 22k or 33k; otherwise the drives
    /// begin at 0 %. On the bus it must be added at `address.address()`.
    #[must_use]
    pub fn strapped(address: Strap, drive: Strap) -> Self {
        let level = if matches!(address, Strap::K22 | Strap::K33) {
            drive.drive()
        } else {
            0
        };
        Self {
            address_strap: address,
            drive_strap: drive,
            frozen: false,
            powered: false,
            pointer: 0,
            config: 0x40,
            watch: false,
            interrupt: 0,
            polarity: 0,
            output: 0,
            base: [0; 2],
            locked: false,
            watchdog: Watchdog::Off,
            next_us: u64::MAX,
            fans: [(); 5].map(|()| Fan::new(level, None)),
        }
    }

    /// Speed of fan 0..=4 (registers 0x30, 0x40, ...) from `now_us` on, RPM; `None` for no tach pulses.
    pub fn set_tach(&mut self, now_us: u64, fan: usize, rpm: Option<f64>) {
        if self.frozen {
            return;
        }
        self.advance(now_us);
        let watches = self.powered && self.watchdog_end_us().is_none();
        if let Some(fan) = self.fans.get_mut(fan) {
            fan.set_rpm(rpm);
            if watches {
                fan.watch_stall();
            }
        }
    }

    /// Duty at the PWM pin of fan 0..=4, 0 to 1, for fans that run on a high level; the polarity register inverts it.
    ///
    /// 0 without power or for another fan. What a fan does on a pin without power is a matter of fan and board:
    /// ask [`Self::powered`].
    pub fn drive(&mut self, fan: usize, now_us: u64) -> f64 {
        if !self.powered {
            return 0.0;
        }
        self.advance(now_us);
        let Some(channel) = self.fans.get(fan) else {
            return 0.0;
        };
        let duty = f64::from(channel.actual()) / 255.0;
        if (self.polarity >> fan) & 1 == 0 {
            duty
        } else {
            1.0 - duty
        }
    }

    /// Whether the chip has its supply and drives its pins.
    #[must_use]
    pub fn powered(&self) -> bool {
        self.powered
    }

    fn watchdog_end_us(&self) -> Option<u64> {
        match self.watchdog {
            Watchdog::Off => None,
            Watchdog::PowerUp { ends_us } => Some(ends_us),
            Watchdog::Continuous { ends_us } => ends_us,
        }
    }

    /// Catches up with everything due by `now_us`.
    fn advance(&mut self, now_us: u64) {
        if now_us < self.next_us {
            return;
        }
        if let Some(ends_us) = self.watchdog_end_us()
            && ends_us <= now_us
        {
            self.run_fans(ends_us);
            self.trip();
        }
        self.run_fans(now_us);
        self.watch_stalls();
        self.schedule();
    }

    fn run_fans(&mut self, now_us: u64) {
        let guarded = self.watchdog_end_us().is_some();
        for fan in &mut self.fans {
            fan.run(now_us, guarded);
        }
    }

    fn trip(&mut self) {
        self.watch = true;
        self.watchdog = match self.watchdog {
            Watchdog::Off | Watchdog::PowerUp { .. } => Watchdog::Off,
            Watchdog::Continuous { .. } => Watchdog::Continuous { ends_us: None },
        };
        self.fans.iter_mut().for_each(Fan::full);
    }

    fn watch_stalls(&mut self) {
        if self.powered && self.watchdog_end_us().is_none() {
            self.fans.iter_mut().for_each(Fan::watch_stall);
        }
    }

    fn schedule(&mut self) {
        let watchdog_us = self.watchdog_end_us().unwrap_or(u64::MAX);
        self.next_us = self.fans.iter().map(Fan::event_us).fold(watchdog_us, u64::min);
    }

    /// A register has been read or written: continuous mode begins its 4 s anew.
    fn feed(&mut self, now_us: u64) {
        if let Watchdog::Continuous { ends_us } = &mut self.watchdog {
            let end_us = now_us.saturating_add(WATCHDOG_US);
            *ends_us = Some(end_us);
            self.next_us = self.next_us.min(end_us);
        }
    }

    /// A status byte with bit n for fan n.
    fn gather(&self, bit: impl Fn(&Fan) -> bool) -> u8 {
        self.fans
            .iter()
            .rev()
            .fold(0, |byte, fan| (byte << 1) | u8::from(bit(fan)))
    }

    fn read_status(&mut self, register: u8) -> u8 {
        self.watch_stalls();
        let stalls = self.gather(|fan| fan.latched.stall);
        let spins = self.gather(|fan| fan.latched.spin);
        let drives = self.gather(|fan| fan.latched.drive);
        match register {
            0x24 => {
                let mut byte = if self.watch { WATCH } else { 0 };
                self.watch = false;
                for (bits, flag) in [(stalls, FAN_STALL), (spins, FAN_SPIN), (drives, DRIVE_FAIL)] {
                    byte |= if bits == 0 { 0 } else { flag };
                }
                byte
            }
            0x25 => {
                // While the watchdog runs nobody looks, so nothing keeps the bit.
                let looks = self.watchdog_end_us().is_none();
                self.fans
                    .iter_mut()
                    .for_each(|fan| fan.latched.stall &= looks && fan.stall_persists());
                stalls
            }
            0x26 => {
                self.fans
                    .iter_mut()
                    .for_each(|fan| fan.latched.spin &= fan.spin_failure_persists());
                spins
            }
            _ => {
                self.fans
                    .iter_mut()
                    .for_each(|fan| fan.latched.drive &= fan.drive_failure_persists());
                drives
            }
        }
    }

    fn read_register(&mut self, register: u8) -> u8 {
        match register {
            0x20 => self.config,
            0x24..=0x27 => self.read_status(register),
            0x29 => self.interrupt,
            0x2A => self.polarity,
            0x2B => self.output,
            0x2C => self.base[0],
            0x2D => self.base[1],
            0x30..=0x7F => self.fans[usize::from((register >> 4) - 3)].read(register & 0x0F),
            0xEF => u8::from(self.locked),
            0xFC => (self.address_strap.code() << 3) | self.drive_strap.code(),
            0xFD => 0x34,
            0xFE => 0x5D,
            0xFF => 0x80,
            _ => 0x00,
        }
    }

    fn write_register(&mut self, now_us: u64, register: u8, value: u8) {
        match register {
            0x20 if !self.locked => self.configure(value),
            0x29 => self.interrupt = value & 0x1F,
            0x2A => self.polarity = value & 0x1F,
            0x2B => self.output = value & 0x1F,
            0x2C => self.base[0] = value & 0x0F,
            0x2D => self.base[1] = value & 0x3F,
            0x30..=0x7F => {
                let fan = &mut self.fans[usize::from((register >> 4) - 3)];
                let takes_over = fan.write(now_us, register & 0x0F, value, self.locked);
                if takes_over && let Watchdog::PowerUp { .. } = self.watchdog {
                    self.watchdog = Watchdog::Off;
                }
            }
            0xEF => self.locked |= value & 1 != 0,
            _ => {}
        }
    }

    fn configure(&mut self, value: u8) {
        let was_on = self.config & WD_EN != 0;
        self.config = value & CONFIG_BITS;
        match (was_on, value & WD_EN != 0) {
            // The end is set by the access that this write is.
            (false, true) => self.watchdog = Watchdog::Continuous { ends_us: None },
            (true, false) => self.watchdog = Watchdog::Off,
            (true, true) | (false, false) => {}
        }
    }
}

impl Slave for Emc2305 {
    fn write(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), Nack> {
        if !self.powered {
            return Err(Nack::Address);
        }
        self.advance(now_us);
        if let [pointer, data @ ..] = bytes {
            self.pointer = *pointer;
            let mut register = *pointer;
            for value in data {
                self.write_register(now_us, register, *value);
                register = register.wrapping_add(1);
            }
            if !data.is_empty() {
                self.feed(now_us);
                self.watch_stalls();
                self.schedule();
            }
        }
        Ok(())
    }

    fn read(&mut self, now_us: u64, buf: &mut [u8]) -> Result<(), Nack> {
        if !self.powered {
            return Err(Nack::Address);
        }
        self.advance(now_us);
        let mut register = self.pointer;
        for out in buf {
            *out = self.read_register(register);
            register = register.wrapping_add(1);
        }
        self.feed(now_us);
        Ok(())
    }

    fn power(&mut self, now_us: u64, on: bool) {
        let mut fresh = Self::strapped(self.address_strap, self.drive_strap);
        // What the fans do does not depend on who watches them.
        for (new, old) in fresh.fans.iter_mut().zip(&self.fans) {
            new.set_rpm(old.rpm());
        }
        fresh.frozen = self.frozen;
        fresh.powered = on;
        if on {
            fresh.watchdog = Watchdog::PowerUp {
                ends_us: now_us.saturating_add(WATCHDOG_US),
            };
        }
        fresh.schedule();
        *self = fresh;
    }

    fn freeze(&mut self, on: bool) {
        self.frozen = on;
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod watchdog_tests;
