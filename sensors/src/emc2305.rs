//! EMC2305: five-channel fan controller: PWM drive, tachometer and a watchdog of its own.
//!
//! One driver serves one fan in direct mode (SMSC EMC2305 data sheet 1.3, sections 4 to 6). The chip knows no
//! fire: it holds the drive it was last told, and goes to full drive when nobody talks to it.
//!
//! **Watchdog.** With WD_EN set, *any* access to any register of the chip restarts its 4 s; when they pass, all
//! drives go to 100 % until they are written again. So a loop that only reads keeps a dead controller's drive
//! alive: whoever finds the rest of the program stuck must stop *all* traffic to this chip. A fire stop that is
//! made in software alone needs the watchdog disabled, or silence ends it.
//!
//! Several drivers may share one chip, one for each fan. Reading Fan Status clears its watchdog bit, so a trip is
//! told to the first that fetches, and the watchdog is the chip's: disable it in each of them, or the next
//! preparation of another one enables it again.

use crate::driver::{Driver, Fault, I2cBus, Progress, Raw, read_register, write};
use points::{Absent, Percent, Rpm, Span};

/// The registers in use (table 5.1 of the data sheet). Those from `FanSetting` on are of fan 1; each further fan
/// has its own 0x10 above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Register {
    Configuration = 0x20,
    FanStatus = 0x24,
    FanStallStatus = 0x25,
    PwmPolarity = 0x2A,
    PwmOutput = 0x2B,
    FanSetting = 0x30,
    FanConfiguration1 = 0x32,
    FanConfiguration2 = 0x33,
    FanSpinUp = 0x36,
    TachReading = 0x3E,
    ProductId = 0xFD,
    ManufacturerId = 0xFE,
}

impl Register {
    const fn name(self) -> &'static str {
        match self {
            Register::Configuration => "EMC2305 Configuration (0x20)",
            Register::FanStatus => "EMC2305 Fan Status (0x24)",
            Register::FanStallStatus => "EMC2305 Fan Stall Status (0x25)",
            Register::PwmPolarity => "EMC2305 PWM Polarity (0x2A)",
            Register::PwmOutput => "EMC2305 PWM Output Config (0x2B)",
            Register::FanSetting => "EMC2305 Fan Setting (+0x0)",
            Register::FanConfiguration1 => "EMC2305 Fan Configuration 1 (+0x2)",
            Register::FanConfiguration2 => "EMC2305 Fan Configuration 2 (+0x3)",
            Register::FanSpinUp => "EMC2305 Fan Spin Up (+0x6)",
            Register::TachReading => "EMC2305 TACH Reading (+0xE)",
            Register::ProductId => "EMC2305 Product ID (0xFD)",
            Register::ManufacturerId => "EMC2305 Manufacturer ID (0xFE)",
        }
    }
}

const PRODUCT: u8 = 0x34;
const MANUFACTURER: u8 = 0x5D;

/// Configuration: the watchdog runs at all times. Bit 6, DIS_TO, is written 0: the chip then lets go of the bus
/// 30 ms after a controller died in the middle of a byte. ALERT is not masked, and both clocks are internal.
const WD_EN: u8 = 1 << 5;
/// Fan Status: the watchdog tripped since the last read.
const WATCH: u8 = 1 << 7;
/// Fan Configuration 1: direct mode, RANGE 00 (m = 1: measures from 480 rpm, which a blower of 560 to 2800 rpm
/// needs), EDGES 01 (five, two poles), UPDATE 400 ms. It differs from the 0x2B of a restarted chip.
const DIRECT: u8 = 0b01 << 3 | 0b011;
/// Fan Configuration 2 as after power-up: no ramp, so that a drive acts at once; glitch filter on.
const NO_RAMP: u8 = 1 << 5 | 0b01 << 3;
/// Fan Spin Up as after power-up: 125 ms at full drive, 375 ms at 60 %. The kick stays on: a blower on stiff cold
/// grease may not start at a low drive, and half a second of noise does no harm. It never starts a fan by
/// itself: only a setting that goes from zero to more does.
const SPIN_UP: u8 = 0b110 << 2 | 0b01;
/// 60 % of 255, the second level of the spin-up.
const SPIN_LEVEL: u8 = 0x99;
/// The 500 ms of the spin-up in calls of a caller that comes every 16 ms.
const SPINS: u8 = 32;

/// Clock of the tachometer in Hz.
const CLOCK: f64 = 32_768.0;
/// Pole pairs times two: two pulses a revolution, as nearly all fans give.
const POLES: f64 = 2.0;
/// A stopped fan reads 0x1FFE on silicon, 0x1FFF by the data sheet.
const STOPPED: u16 = 0x1FFE;
/// The slowest measurable speed with m = 1, in rpm; what is computed from a slower tach is not a speed.
const SLOWEST: f64 = 480.0;
/// The fastest specified speed in rpm.
const FASTEST: f64 = 16_000.0;

const FANS: u8 = 5;

/// What one fetch says about the fan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The drive the chip puts out now, 0..=100 %: during spin-up, a ramp or after a watchdog trip not the
    /// commanded one.
    pub drive: Percent,
    /// Speed by the tach, zero when stopped or slower than 480 rpm, otherwise up to 16 000 rpm.
    pub speed: Rpm,
    /// The 4 s passed since the last fetch: the drives went to 100 % and stay there until written.
    pub watchdog_tripped: bool,
    /// Whether the watchdog runs at all times.
    pub watchdog_enabled: bool,
    /// Driven, and yet too slow by the chip's own limit. The chip does not look while its watchdog runs, so false
    /// proves nothing.
    pub stalled: bool,
}

/// The driver of one fan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emc2305 {
    address: u8,
    fan: u8,
    watchdog: bool,
    /// The setting last written; nothing when it is not known what the chip holds.
    setting: Option<u8>,
    /// How often another drive may still be read back since a start from standstill was commanded.
    spins: u8,
}

impl Emc2305 {
    /// Fan `fan` (0..=4, printed as FAN1 to FAN5) of the chip at `address` (0x2C..=0x2F, 0x4C, 0x4D).
    pub const fn new(address: u8, fan: u8) -> Self {
        Emc2305 {
            address,
            fan,
            watchdog: true,
            setting: None,
            spins: 0,
        }
    }

    /// Commands `drive`, cropped to 0..=100 % and rounded to 1/255, and reads it back.
    ///
    /// The read-back is what the chip puts out now. After a start from standstill that is 100 % or 60 % for half a
    /// second, which is accepted until the commanded drive is seen once, at most 32 times; zero is only ever
    /// confirmed by zero.
    ///
    /// # Errors
    /// The bus failed, or the chip drives something else ([`Fault::Configuration`]).
    pub fn set_drive<B: I2cBus>(&mut self, bus: &mut B, drive: Percent) -> Result<(), Fault> {
        let written = setting(drive);
        // Nothing stays here when the bus fails below: the chip may then hold the old setting or the new one.
        if self.setting.take().is_none_or(|before| before == 0) {
            self.spins = SPINS;
        }
        self.write(bus, Register::FanSetting, written)?;
        let found = self.byte(bus, Register::FanSetting)?;
        self.setting = Some(written);
        if found == written {
            self.spins = 0;
            return Ok(());
        }
        let level = found == u8::MAX || found.abs_diff(SPIN_LEVEL) <= 1;
        if written == 0 || !level || self.spins == 0 {
            return Err(differs(Register::FanSetting, found, written));
        }
        self.spins -= 1;
        Ok(())
    }

    /// Disables the chip's watchdog, also in preparations to come, and reads it back: for a fire stop without a
    /// contact in the supply of the fan. The drive stays as it is.
    ///
    /// # Errors
    /// The bus failed or the bit did not clear. The next preparation clears it all the same.
    pub fn disable_watchdog<B: I2cBus>(&mut self, bus: &mut B) -> Result<(), Fault> {
        self.watchdog = false;
        self.watchdog(bus)
    }

    /// Enables the chip's watchdog, also in preparations to come, and reads it back. Its 4 s start at once.
    ///
    /// # Errors
    /// The bus failed or the bit did not set. The next preparation sets it all the same.
    pub fn enable_watchdog<B: I2cBus>(&mut self, bus: &mut B) -> Result<(), Fault> {
        self.watchdog = true;
        self.watchdog(bus)
    }

    fn watchdog<B: I2cBus>(&self, bus: &mut B) -> Result<(), Fault> {
        self.set(
            bus,
            Register::Configuration,
            if self.watchdog { WD_EN } else { 0 },
        )
    }

    /// The address of `register`, for this fan where each fan has one.
    fn pointer(&self, register: Register) -> Result<u8, Fault> {
        if self.fan >= FANS {
            let (found, written) = (u16::from(self.fan), u16::from(FANS - 1));
            return Err(Fault::Configuration {
                register: "EMC2305 fan number",
                found,
                written,
            });
        }
        Ok(match register {
            Register::FanSetting
            | Register::FanConfiguration1
            | Register::FanConfiguration2
            | Register::FanSpinUp
            | Register::TachReading => register as u8 + 0x10 * self.fan,
            Register::Configuration
            | Register::FanStatus
            | Register::FanStallStatus
            | Register::PwmPolarity
            | Register::PwmOutput
            | Register::ProductId
            | Register::ManufacturerId => register as u8,
        })
    }

    fn byte<B: I2cBus>(&self, bus: &mut B, register: Register) -> Result<u8, Fault> {
        let [byte] = read_register(bus, self.address, self.pointer(register)?, register.name())?;
        Ok(byte)
    }

    fn write<B: I2cBus>(&self, bus: &mut B, register: Register, value: u8) -> Result<(), Fault> {
        write(
            bus,
            self.address,
            &[self.pointer(register)?, value],
            register.name(),
        )
    }

    fn check<B: I2cBus>(&self, bus: &mut B, register: Register, written: u8) -> Result<(), Fault> {
        let found = self.byte(bus, register)?;
        if found == written {
            Ok(())
        } else {
            Err(differs(register, found, written))
        }
    }

    fn set<B: I2cBus>(&self, bus: &mut B, register: Register, value: u8) -> Result<(), Fault> {
        self.write(bus, register, value)?;
        self.check(bus, register, value)
    }

    /// Sets this fan's bit of a register that the fans share, when it is not as wanted.
    fn share<B: I2cBus>(&self, bus: &mut B, register: Register, wanted: bool) -> Result<(), Fault> {
        let found = self.byte(bus, register)?;
        let bit = 1 << self.fan;
        let value = if wanted { found | bit } else { found & !bit };
        if found == value {
            Ok(())
        } else {
            self.set(bus, register, value)
        }
    }

    fn identify<B: I2cBus>(&self, bus: &mut B, register: Register, expected: u8) -> Result<(), Fault> {
        let found = self.byte(bus, register)?;
        if found == expected {
            return Ok(());
        }
        let (found, expected) = (u16::from(found), u16::from(expected));
        Err(Fault::WrongChip {
            register: register.name(),
            found,
            expected,
        })
    }
}

fn differs(register: Register, found: u8, written: u8) -> Fault {
    Fault::Configuration {
        register: register.name(),
        found: u16::from(found),
        written: u16::from(written),
    }
}

/// Rounds to the nearest 1/255 and a half to the even one, as the data sheet's own numbers are (30 % is 0x4C, 50 %
/// is 0x80).
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cropped to 0..=255 before"
)]
fn setting(drive: Percent) -> u8 {
    let exact = drive.get().clamp(0.0, 100.0) * 255.0 / 100.0;
    let below = exact as u8;
    let rest = exact - f64::from(below);
    if rest > 0.5 || (rest >= 0.5 && below % 2 == 1) {
        below.saturating_add(1)
    } else {
        below
    }
}

impl<B: I2cBus> Driver<B> for Emc2305 {
    /// Identifies the chip, sets its watchdog as last asked for (on, if never) and configures the fan; reads all of
    /// it back. The fan setting is never written: who prepares a chip again during a fire stop must not start the
    /// fan.
    fn prepare(&mut self, bus: &mut B, _step: u8) -> Result<Progress, Fault> {
        self.setting = None;
        self.identify(bus, Register::ProductId, PRODUCT)?;
        self.identify(bus, Register::ManufacturerId, MANUFACTURER)?;
        self.watchdog(bus)?;
        // An inverted output would turn a stop into full drive.
        self.share(bus, Register::PwmPolarity, false)?;
        // Push-pull: a defined level into an input that has no pull-up of its own.
        self.share(bus, Register::PwmOutput, true)?;
        self.set(bus, Register::FanConfiguration2, NO_RAMP)?;
        self.set(bus, Register::FanSpinUp, SPIN_UP)?;
        // Last: it is the witness in fetch that everything before was done.
        self.set(bus, Register::FanConfiguration1, DIRECT)?;
        Ok(Progress::Ready)
    }

    /// Nothing to do: the tach is measured all the time.
    fn start(&mut self, _bus: &mut B) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    /// Reads configuration, drive, speed and status. A chip that restarted is [`Fault::Configuration`].
    fn fetch(&mut self, bus: &mut B) -> Result<Raw, Fault> {
        self.check(bus, Register::FanConfiguration1, DIRECT)?;
        let configuration = self.byte(bus, Register::Configuration)?;
        let setting = self.byte(bus, Register::FanSetting)?;
        // HIGH latches LOW: both in one transfer.
        let pointer = self.pointer(Register::TachReading)?;
        let register = Register::TachReading.name();
        let [high, low] = read_register(bus, self.address, pointer, register)?;
        let stalls = self.byte(bus, Register::FanStallStatus)?;
        // Last: reading it clears the watchdog's bit, which no later failure may then lose.
        let status = self.byte(bus, Register::FanStatus)?;
        Ok(Raw::new(&[
            self.fan,
            configuration,
            status,
            stalls,
            DIRECT,
            setting,
            high,
            low,
        ]))
    }

    /// Nothing to do, on purpose. With the watchdog the chip goes to full drive 4 s after the last access; after a
    /// fire stop with the watchdog disabled it holds the stop.
    fn release(&mut self, _bus: &mut B) -> Result<(), Fault> {
        Ok(())
    }
}

/// The sample in eight raw bytes: fan number, Configuration, Fan Status, Fan Stall Status, Fan Configuration 1, Fan
/// Setting, TACH Reading high and low.
///
/// Speed in rpm = (edges - 1) / poles * m * 32768 * 60 / count (section 4.5), with m and edges as the chip holds
/// them and two poles.
///
/// # Errors
/// `ShortTransfer` for another length, `WrongChannel` for a fan the chip has not, `OverRange` for a speed above
/// 16 000 rpm, which is noise on the tach line.
pub fn decode(raw: &Raw) -> Result<Sample, Absent> {
    let &[fan, configuration, status, stalls, config1, setting, high, low] = raw.bytes() else {
        return Err(Absent::ShortTransfer);
    };
    if fan >= FANS {
        return Err(Absent::WrongChannel);
    }
    let count = u16::from_be_bytes([high, low]) >> 3;
    let range = f64::from(1_u8 << (config1 >> 5 & 0b11));
    let edges = f64::from(3 + 2 * (config1 >> 3 & 0b11));
    let speed = if count >= STOPPED {
        0.0
    } else {
        (edges - 1.0) / POLES * range * CLOCK * 60.0 / f64::from(count.max(1))
    };
    if speed > FASTEST {
        return Err(Absent::OverRange);
    }
    let speed = if speed <= SLOWEST * range { 0.0 } else { speed };
    Ok(Sample {
        drive: Percent::of(f64::from(setting) * 100.0 / 255.0),
        speed: Rpm::of(speed),
        watchdog_tripped: status & WATCH != 0,
        watchdog_enabled: configuration & WD_EN != 0,
        // A fan that is told to stand still also counts as stalled to the chip.
        stalled: setting != 0 && stalls & 1 << fan != 0,
    })
}

#[cfg(test)]
mod tests;
