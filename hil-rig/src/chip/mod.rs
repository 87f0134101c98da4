//! Emulated I2C chips: each answers the bytes its datasheet promises, at the time it promises them.
//!
//! A chip is a state machine over bytes and time. It knows no physics: what it measures is put in by its setters,
//! what it drives is read from its getters. It reads no clock: every call carries `now_us`, microseconds on one
//! monotonic scale, and whatever lies between two calls is caught up when the later one arrives. Between two calls
//! of a setter the physical input is taken as constant.
//!
//! Where a datasheet gives a typical and a longest time, the chip here takes the longest: a driver that passes
//! against a slow part passes against every part. Where the datasheet is silent, the choice is stated at the place.
//!
//! ```text
//!   plant --set()--> chip <--write()/read()-- Bus <--transfer()-- driver under test
//!   plant <-drive()- chip                      |
//!                                            faults: silence, flipped bits, frozen inputs, stuck lines
//! ```
//!
//! Devices that do not hang on I2C stand beside them: a serial line with its units in [`rtu`], the kernel's texts of a
//! 1-Wire bus in [`ds18b20`].
//!
//! Chips are made without power, as they come from the reel: `power(now_us, true)` starts them.

pub mod ads1115;
pub mod bus;
pub mod ds18b20;
pub mod emc2305;
pub mod error;
pub mod fault;
pub mod ina226;
pub mod ina228;
pub mod mcp23017;
mod plain;
pub mod relay_board;
pub mod rtu;
pub mod sdm630;
pub mod sdp8xx;
mod sensirion;
pub mod sht4x;
mod slot;
pub mod tca9548a;
pub mod tmp117;

pub use ads1115::Ads1115;
pub use bus::{Bus, ChipId};
pub use emc2305::Emc2305;
pub use error::BusError;
pub use fault::{BusFaults, ChipFault};
pub use ina226::Ina226;
pub use ina228::Ina228;
pub use mcp23017::Mcp23017;
pub use relay_board::RelayBoard;
pub use sdm630::Sdm630;
pub use sdp8xx::Sdp8xx;
pub use sht4x::Sht4x;
pub use tca9548a::Tca9548a;
pub use tmp117::Tmp117;

/// The general-call byte that resets every chip listening to it (11-chips, 0.3).
pub const GENERAL_CALL_RESET: u8 = 0x06;

/// Which byte the chip left without acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nack {
    /// The address byte: nobody there, or a chip that is busy, asleep or without power.
    Address,
    /// A byte after the address: the chip is there and refuses what it was told.
    Data,
}

/// One chip as the bus sees it.
///
/// A phase is everything between a START (or repeated START) and the next START or STOP.
pub trait Slave {
    /// One write phase; `bytes` excludes the address byte and may be empty (an address-only probe).
    ///
    /// # Errors
    /// The byte that was not acknowledged; the bytes before a refused data byte may have taken effect.
    fn write(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), Nack>;

    /// One read phase. On `Ok` every byte of `buf` has been written, on `Err` none.
    ///
    /// # Errors
    /// [`Nack::Address`] when the read header is not acknowledged.
    fn read(&mut self, now_us: u64, buf: &mut [u8]) -> Result<(), Nack>;

    /// A byte sent to address 0x00. True when this chip acknowledges it; chips without a general call say false.
    fn general_call(&mut self, now_us: u64, byte: u8) -> bool {
        let _ = (now_us, byte);
        false
    }

    /// The STOP of a transfer in which this chip was addressed.
    fn stop(&mut self, now_us: u64) {
        let _ = now_us;
    }

    /// How long the chip would hold SCL low if a read phase began now, microseconds; nearly all never do.
    fn stretch_us(&self, now_us: u64) -> u64 {
        let _ = now_us;
        0
    }

    /// Supply on or off. Off forgets everything; on starts the power-up time of the chip.
    fn power(&mut self, now_us: u64, on: bool);

    /// Every conversion that begins from `now_us` on takes this much longer, microseconds; chips that convert nothing
    /// do not care.
    fn delay(&mut self, now_us: u64, by_us: u64) {
        let _ = (now_us, by_us);
    }

    /// A frozen chip speaks as before, but its physical inputs no longer move.
    fn freeze(&mut self, on: bool) {
        let _ = on;
    }
}

/// Every kind of chip a bus can carry; one match instead of a virtual call keeps a transfer cheap.
#[derive(Debug, Clone)]
pub enum Chip {
    /// Temperature and humidity.
    Sht4x(Sht4x),
    /// Differential pressure.
    Sdp8xx(Sdp8xx),
    /// Four-channel analogue input.
    Ads1115(Ads1115),
    /// Voltage, current and power of a supply rail.
    Ina226(Ina226),
    /// Five-channel fan controller; boxed, as every chip that is larger than the many small ones.
    Emc2305(Box<Emc2305>),
    /// Eight-channel bus multiplexer.
    Tca9548a(Tca9548a),
    /// Temperature of a surface.
    Tmp117(Tmp117),
    /// Voltage, current, power, energy and charge of a supply.
    Ina228(Box<Ina228>),
    /// Sixteen lines of contacts.
    Mcp23017(Mcp23017),
}

impl Chip {
    /// True when replies carry a Sensirion check byte after every word.
    #[must_use]
    pub fn has_crc(&self) -> bool {
        match self {
            Self::Sht4x(_) | Self::Sdp8xx(_) => true,
            Self::Ads1115(_)
            | Self::Ina226(_)
            | Self::Ina228(_)
            | Self::Emc2305(_)
            | Self::Mcp23017(_)
            | Self::Tca9548a(_)
            | Self::Tmp117(_) => false,
        }
    }
}

/// Runs the same expression on whichever chip is inside.
macro_rules! each {
    ($chip:expr, $inner:ident => $body:expr) => {
        match $chip {
            Chip::Sht4x($inner) => $body,
            Chip::Sdp8xx($inner) => $body,
            Chip::Ads1115($inner) => $body,
            Chip::Ina226($inner) => $body,
            Chip::Emc2305($inner) => $body,
            Chip::Tca9548a($inner) => $body,
            Chip::Tmp117($inner) => $body,
            Chip::Ina228($inner) => $body,
            Chip::Mcp23017($inner) => $body,
        }
    };
}

impl Chip {
    /// [`plain::Plain::plain_transfer`] with whichever chip is inside: one match for all of its phases.
    fn transfer(
        &mut self,
        now_us: u64,
        operations: &mut [embedded_hal::i2c::Operation<'_>],
        wire: &mut plain::Wire,
        stretch_limit_us: u64,
    ) -> Option<Result<(), BusError>> {
        use plain::Plain;
        each!(self, chip => chip.plain_transfer(now_us, operations, wire, stretch_limit_us))
    }
}

impl Slave for Chip {
    fn write(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), Nack> {
        each!(self, chip => chip.write(now_us, bytes))
    }
    fn read(&mut self, now_us: u64, buf: &mut [u8]) -> Result<(), Nack> {
        each!(self, chip => chip.read(now_us, buf))
    }
    fn general_call(&mut self, now_us: u64, byte: u8) -> bool {
        each!(self, chip => chip.general_call(now_us, byte))
    }
    fn stop(&mut self, now_us: u64) {
        each!(self, chip => chip.stop(now_us));
    }
    fn stretch_us(&self, now_us: u64) -> u64 {
        each!(self, chip => chip.stretch_us(now_us))
    }
    fn power(&mut self, now_us: u64, on: bool) {
        each!(self, chip => chip.power(now_us, on));
    }
    fn delay(&mut self, now_us: u64, by_us: u64) {
        each!(self, chip => chip.delay(now_us, by_us));
    }
    fn freeze(&mut self, on: bool) {
        each!(self, chip => chip.freeze(on));
    }
}

macro_rules! into_chip {
    ($($kind:ident),+) => {$(
        impl From<$kind> for Chip {
            fn from(chip: $kind) -> Self {
                Self::$kind(chip)
            }
        }
    )+};
}
into_chip!(Sht4x, Sdp8xx, Ads1115, Ina226, Tca9548a, Tmp117, Mcp23017);

impl From<Emc2305> for Chip {
    fn from(chip: Emc2305) -> Self {
        Self::Emc2305(Box::new(chip))
    }
}

impl From<Ina228> for Chip {
    fn from(chip: Ina228) -> Self {
        Self::Ina228(Box::new(chip))
    }
}

/// The nearest whole number, halves away from zero, of a value within ±2^31: what `f64::round` gives, which on many
/// machines is a call. Cutting off the fraction leaves it exactly.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "what lies beyond is clamped before"
)]
fn rounded(value: f64) -> i32 {
    let whole = value as i32;
    let rest = value - f64::from(whole);
    whole + i32::from(rest >= 0.5) - i32::from(rest <= -0.5)
}

/// The nearest unsigned 16-bit code, clamped as a converter clips; a value that is no number gives code 0.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of u16"
)]
fn code_u16(value: f64) -> u16 {
    rounded(value.clamp(0.0, f64::from(u16::MAX))) as u16
}

/// The nearest signed 16-bit code, clamped as a converter clips; a value that is no number gives code 0.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of i16")]
fn code_i16(value: f64) -> i16 {
    rounded(value.clamp(f64::from(i16::MIN), f64::from(i16::MAX))) as i16
}

/// Fills a read of a 16-bit register: high byte first, and from the start again if the host reads on.
fn repeat_word(word: u16, buf: &mut [u8]) {
    let bytes = word.to_be_bytes();
    for (index, out) in buf.iter_mut().enumerate() {
        *out = bytes[index & 1];
    }
}

#[cfg(test)]
mod tests;
