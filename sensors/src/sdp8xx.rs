//! SDP800, SDP801, SDP810, SDP811: differential pressure over filter, coil or blower.
//!
//! 16-bit commands, then a plain read of words with CRC-8 (Sensirion SDP8xx-Digital data sheet 1.1, section 6).
//! The chip runs continuously with differential-pressure compensation and average-till-read (0x3615). That average
//! is the mean only for the first 25 ms after a read; beyond, it is a smoothing with about 10 ms, so a slow reader
//! sees the last few tens of milliseconds and must average itself.
//!
//! Its only soft reset is the general call, which resets every chip of the segment: never used here.

use crate::crc::triples_hold;
use crate::driver::{BusFault, Driver, Fault, I2cBus, Progress, Raw, read, write};
use points::{Absent, Celsius, Pascal, Span};

/// The commands, in the words of the data sheet (section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
enum Command {
    /// Continuous, differential pressure, average till read.
    Continuous = 0x3615,
    /// Stop continuous measurement.
    Stop = 0x3FF9,
    /// Read product identifier, first of two.
    Identify = 0x367C,
    /// Read product identifier, second of two.
    IdentifyToo = 0xE102,
}

impl Command {
    const fn name(self) -> &'static str {
        match self {
            Command::Continuous => "SDP8xx continuous measurement (0x3615)",
            Command::Stop => "SDP8xx stop (0x3FF9)",
            Command::Identify | Command::IdentifyToo => "SDP8xx product identifier (0x367C, 0xE102)",
        }
    }
}

const FAMILY: &str = "SDP8xx product number, upper word";
const TYPE: &str = "SDP8xx product number, third byte";
const SCALE: &str = "SDP8xx scale factor";

/// 0.5 ms until the next command after a stop (table 5), and as much again.
const STOPPED: Span = Span::ms(1);
/// The first value comes after 8 ms, at full accuracy 12 ms later (section 6.3.1).
const SETTLED: Span = Span::ms(20);

/// Full scale of both types in counts; larger codes are sent but out of specification.
const FULL_SCALE: i16 = 30_000;
/// The chip's rated temperatures in °C.
const COLDEST: f64 = -40.0;
const HOTTEST: f64 = 85.0;

/// The pressure range of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// -125..=125 Pa.
    Pa125,
    /// -500..=500 Pa.
    Pa500,
}

impl Range {
    /// Counts per pascal.
    const fn scale(self) -> i16 {
        match self {
            Range::Pa125 => 240,
            Range::Pa500 => 60,
        }
    }

    /// The third byte of the product numbers of this range, the SDP810 first; the fourth is the revision.
    const fn types(self) -> &'static [u8] {
        match self {
            Range::Pa125 => &[0x0B, 0x02],
            Range::Pa500 => &[0x0A, 0x01, 0x04, 0x0D],
        }
    }
}

/// What one reading says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Differential pressure, within the full scale of the type; positive when the port marked + is higher.
    pub pressure: Pascal,
    /// Temperature of the chip, -40..=85 °C.
    pub temperature: Celsius,
}

/// The driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdp8xx {
    address: u8,
    range: Range,
}

impl Sdp8xx {
    /// At `address` (0x25 for SDP800 and SDP810, 0x26 for SDP801 and SDP811) and of `range`.
    pub const fn new(address: u8, range: Range) -> Self {
        Sdp8xx { address, range }
    }

    fn command<B: I2cBus>(&self, bus: &mut B, command: Command) -> Result<(), Fault> {
        write(bus, self.address, &(command as u16).to_be_bytes(), command.name())
    }

    fn identify<B: I2cBus>(&self, bus: &mut B) -> Result<(), Fault> {
        self.command(bus, Command::Identify)?;
        self.command(bus, Command::IdentifyToo)?;
        let bytes: [u8; 18] = read(bus, self.address, Command::IdentifyToo.name())?;
        if !triples_hold(&bytes) {
            return Err(Fault::BadChecksum {
                what: Command::IdentifyToo.name(),
            });
        }
        let [high, low, _, kind, ..] = bytes;
        let found = u16::from_be_bytes([high, low]);
        if found != 0x0302 {
            return Err(Fault::WrongChip {
                register: FAMILY,
                found,
                expected: 0x0302,
            });
        }
        if !self.range.types().contains(&kind) {
            let expected = self.range.types().first().copied().map_or(0, u16::from);
            return Err(Fault::WrongChip {
                register: TYPE,
                found: u16::from(kind),
                expected,
            });
        }
        Ok(())
    }
}

impl<B: I2cBus> Driver<B> for Sdp8xx {
    /// Stops, identifies and starts the chip, then checks its scale factor. After a restart of the controller it
    /// still measures and takes no command but the stop; when it is idle the stop may go unacknowledged.
    fn prepare(&mut self, bus: &mut B, step: u8) -> Result<Progress, Fault> {
        match step {
            0 => match self.command(bus, Command::Stop) {
                Ok(())
                | Err(Fault::Bus {
                    fault: BusFault::NoAnswer | BusFault::DataNack,
                    ..
                }) => Ok(Progress::Wait(STOPPED)),
                Err(fault) => Err(fault),
            },
            1 => {
                self.identify(bus)?;
                self.command(bus, Command::Continuous)?;
                Ok(Progress::Wait(SETTLED))
            }
            _ => self.fetch(bus).map(|_| Progress::Ready),
        }
    }

    /// Nothing to do: the chip runs, and the start command must not be repeated.
    fn start(&mut self, _bus: &mut B) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    /// A chip that lost its supply idles and does not acknowledge a read: the caller prepares it again.
    fn fetch(&mut self, bus: &mut B) -> Result<Raw, Fault> {
        let bytes: [u8; 9] = read(bus, self.address, Command::Continuous.name())?;
        if !triples_hold(&bytes) {
            return Err(Fault::BadChecksum {
                what: Command::Continuous.name(),
            });
        }
        let [.., high, low, _] = bytes;
        let (found, expected) = (u16::from_be_bytes([high, low]), self.range.scale().unsigned_abs());
        if found == expected {
            Ok(Raw::new(&bytes))
        } else {
            Err(Fault::WrongChip {
                register: SCALE,
                found,
                expected,
            })
        }
    }

    /// Stops measuring.
    fn release(&mut self, bus: &mut B) -> Result<(), Fault> {
        self.command(bus, Command::Stop)
    }
}

/// The sample in nine raw bytes: pressure, temperature and scale factor, each a signed word with its CRC
/// (section 6.3 and 6.5).
///
/// # Errors
/// `ShortTransfer` for another length, `BadChecksum`, `WrongChip` when the scale factor is not that of `range`,
/// `OverRange` and `UnderRange` beyond full scale or the chip's rated temperature.
pub fn decode(raw: &Raw, range: Range) -> Result<Sample, Absent> {
    let &[p_high, p_low, _, t_high, t_low, _, s_high, s_low, _] = raw.bytes() else {
        return Err(Absent::ShortTransfer);
    };
    if !triples_hold(raw.bytes()) {
        return Err(Absent::BadChecksum);
    }
    if i16::from_be_bytes([s_high, s_low]) != range.scale() {
        return Err(Absent::WrongChip);
    }
    let counts = i16::from_be_bytes([p_high, p_low]);
    let temperature = f64::from(i16::from_be_bytes([t_high, t_low])) / 200.0;
    if counts > FULL_SCALE || temperature > HOTTEST {
        return Err(Absent::OverRange);
    }
    if counts < -FULL_SCALE || temperature < COLDEST {
        return Err(Absent::UnderRange);
    }
    let pressure = f64::from(counts) / f64::from(range.scale());
    Ok(Sample {
        pressure: Pascal::of(pressure),
        temperature: Celsius::of(temperature),
    })
}

#[cfg(test)]
mod tests;
