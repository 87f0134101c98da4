//! SDP810, SDP811: differential pressure (11-chips, section 2).
//!
//! ```text
//!   off --power--> deaf --25 ms--> idle --36xx--> continuous (first value after 8 ms, then every 0.5 ms)
//!                   ^   <--3FF9, 0.5 ms--------------'
//!                   |              idle --3624.. --> triggered --50 ms--> one read --> idle
//!                   |              idle --367C, E102--> identity --one read--> idle
//!                   '--any write-- asleep <--3677-- idle
//! ```
//! The general-call reset leads to `deaf` for 2 ms from everywhere but sleep and power-off; waking takes 2 ms too.
//!
//! Choices where the datasheet is silent: a refused command is refused at its second byte (everything but the stop
//! while measuring, the stop while idle, E102 without 367C, unknown words); a value read again within 0.5 ms is the
//! same value. Simplifications: the mass-flow commands answer as the differential-pressure ones; the first 12 ms of
//! continuous mode are as accurate as the rest.

use super::sensirion::answer;
use super::{GENERAL_CALL_RESET, Nack, Slave, code_i16};

/// Longest power-up, microseconds.
const POWER_UP_US: u64 = 25_000;
/// Longest reset, and longest waking from sleep, microseconds.
const RESET_US: u64 = 2_000;
/// From the stop command to idle, microseconds.
const STOP_US: u64 = 500;
/// From the start of continuous mode to its first value, microseconds.
const FIRST_US: u64 = 8_000;
/// Distance of two values in continuous mode, microseconds.
const PERIOD_US: u64 = 500;
/// Longest triggered measurement, microseconds.
const TRIGGERED_US: u64 = 50_000;
/// Values averaged arithmetically after a read: 25 ms of them.
const MEAN_VALUES: u64 = 50;
/// What one value leaves of the average before it, beyond those 25 ms.
const SMOOTHING: f64 = 1.0 - 0.05;
/// The temperature is renewed with every 16th pressure value.
const TEMPERATURE_EVERY: u64 = 16;

/// The types this model answers for; the product number tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// SDP810-125Pa: 240 counts per pascal, address 0x25.
    Sdp810Pa125,
    /// SDP810-500Pa: 60 counts per pascal, address 0x25.
    Sdp810Pa500,
    /// SDP811-500Pa: 60 counts per pascal, address 0x26.
    Sdp811Pa500,
}

impl Model {
    /// Counts per pascal, the third word of every reply.
    #[must_use]
    pub fn scale(self) -> u16 {
        match self {
            Self::Sdp810Pa125 => 240,
            Self::Sdp810Pa500 | Self::Sdp811Pa500 => 60,
        }
    }

    /// The product number; its low byte is a revision.
    #[must_use]
    pub fn product(self) -> u32 {
        match self {
            Self::Sdp810Pa125 => 0x0302_0B01,
            Self::Sdp810Pa500 => 0x0302_0A01,
            Self::Sdp811Pa500 => 0x0302_0D01,
        }
    }
}

/// Continuous measurement: what has been taken in since the last read.
#[derive(Debug, Clone, Copy)]
struct Stream {
    first_us: u64,
    period_us: u64,
    averaging: bool,
    /// Values since the start of the mode.
    taken: u64,
    /// Values since the last read.
    fresh: u64,
    average_pa: f64,
    temperature_c: f64,
    /// The last reply: read again within 0.5 ms, it is given again.
    answered: [u16; 2],
}

#[derive(Debug, Clone, Copy)]
enum State {
    Off,
    /// Powered, acknowledges nothing: power-up, reset, the pause after a stop, waking.
    Deaf {
        until_us: u64,
    },
    Idle,
    /// Idle and armed by 367C: E102 may follow.
    Armed,
    Identity,
    Continuous(Stream),
    Triggered {
        ready_us: u64,
        stretches: bool,
        words: Option<[u16; 2]>,
    },
    Asleep,
}

/// Emulated SDP8xx.
#[derive(Debug, Clone)]
pub struct Sdp8xx {
    model: Model,
    serial: u64,
    state: State,
    pressure_pa: f64,
    temperature_c: f64,
    /// While frozen: the words of the first reply given since.
    frozen: bool,
    held: Option<[u16; 2]>,
    delay_us: u64,
}

impl Sdp8xx {
    /// A sensor without power at 0 Pa and 25 C, with this serial number.
    #[must_use]
    pub fn new(model: Model, serial: u64) -> Self {
        Self {
            model,
            serial,
            state: State::Off,
            pressure_pa: 0.0,
            temperature_c: 25.0,
            frozen: false,
            held: None,
            delay_us: 0,
        }
    }

    /// Pressure difference (Pa, port + minus port -) and die temperature (C) from `now_us` on.
    ///
    /// Codes clip at -32768 and 32767 (136.5 Pa or 546 Pa); nothing marks what is beyond the rated 30000 counts.
    pub fn set(&mut self, now_us: u64, pressure_pa: f64, temperature_c: f64) {
        if self.frozen {
            return;
        }
        self.advance(now_us);
        self.pressure_pa = pressure_pa;
        self.temperature_c = temperature_c;
    }

    /// Takes in everything measured up to now.
    fn advance(&mut self, now_us: u64) {
        let (scale, pressure_pa, temperature_c) = (self.model.scale(), self.pressure_pa, self.temperature_c);
        match &mut self.state {
            State::Continuous(stream) => stream.advance(now_us, pressure_pa, temperature_c),
            State::Triggered {
                ready_us,
                words: result @ None,
                ..
            } if *ready_us <= now_us => {
                *result = Some(words(scale, pressure_pa, temperature_c));
            }
            State::Deaf { until_us } if *until_us <= now_us => self.state = State::Idle,
            State::Off
            | State::Deaf { .. }
            | State::Idle
            | State::Armed
            | State::Identity
            | State::Triggered { .. }
            | State::Asleep => {}
        }
    }

    fn deaf(now_us: u64, for_us: u64) -> State {
        State::Deaf {
            until_us: now_us.saturating_add(for_us),
        }
    }

    /// A command in idle; `armed` when the word before it was 367C.
    fn command(&mut self, now_us: u64, word: u16, armed: bool) -> Result<(), Nack> {
        self.state = match word {
            0x3603 | 0x3615 => State::Continuous(Stream::new(now_us, true, self.delay_us)),
            0x3608 | 0x361E => State::Continuous(Stream::new(now_us, false, self.delay_us)),
            0x3624 | 0x362F | 0x3726 | 0x372D => State::Triggered {
                ready_us: now_us.saturating_add(TRIGGERED_US + self.delay_us),
                stretches: word & 0xFF00 == 0x3700,
                words: None,
            },
            0x3677 => State::Asleep,
            0x367C => State::Armed,
            0xE102 if armed => State::Identity,
            _ => {
                self.state = State::Idle;
                return Err(Nack::Data);
            }
        };
        Ok(())
    }

    /// Six words: product number, then serial number.
    fn identity(&self) -> [u16; 6] {
        let [a, b, c, d] = self.model.product().to_be_bytes();
        let [e, f, g, h, i, j, k, l] = self.serial.to_be_bytes();
        [[a, b], [c, d], [e, f], [g, h], [i, j], [k, l]].map(u16::from_be_bytes)
    }
}

/// Both words of a reply, at so many counts per pascal.
fn words(scale: u16, pressure_pa: f64, temperature_c: f64) -> [u16; 2] {
    [
        code_i16(pressure_pa * f64::from(scale)).cast_unsigned(),
        code_i16(temperature_c * 200.0).cast_unsigned(),
    ]
}

impl Stream {
    fn new(now_us: u64, averaging: bool, delay_us: u64) -> Self {
        Self {
            first_us: now_us.saturating_add(FIRST_US + delay_us),
            period_us: PERIOD_US + delay_us,
            averaging,
            taken: 0,
            fresh: 0,
            average_pa: 0.0,
            temperature_c: 0.0,
            answered: [0; 2],
        }
    }

    fn advance(&mut self, now_us: u64, pressure_pa: f64, temperature_c: f64) {
        let Some(since_first_us) = now_us.checked_sub(self.first_us) else {
            return;
        };
        // The usual period is a constant: this is asked at every step of the plant.
        let total = 1 + if self.period_us == PERIOD_US {
            since_first_us / PERIOD_US
        } else {
            since_first_us / self.period_us
        };
        if total <= self.taken {
            return;
        }
        if self.taken == 0 || (total - 1) / TEMPERATURE_EVERY > (self.taken - 1) / TEMPERATURE_EVERY {
            self.temperature_c = temperature_c;
        }
        let fresh = self.fresh + (total - self.taken);
        if self.averaging {
            let plain_before = self.fresh.min(MEAN_VALUES);
            let plain_after = fresh.min(MEAN_VALUES);
            if plain_after > plain_before {
                let share = to_f64(plain_after - plain_before) / to_f64(plain_after);
                self.average_pa += share * (pressure_pa - self.average_pa);
            }
            let smoothed = (fresh - plain_after) - (self.fresh - plain_before);
            if smoothed > 0 {
                let rest = left_after(smoothed);
                self.average_pa = pressure_pa + rest * (self.average_pa - pressure_pa);
            }
        } else {
            self.average_pa = pressure_pa;
        }
        self.taken = total;
        self.fresh = fresh;
    }
}

/// What so many smoothed values leave of the average before them.
#[inline]
fn left_after(values: u64) -> f64 {
    let known = usize::try_from(values).ok().and_then(|place| LEFT.get(place));
    known
        .copied()
        .unwrap_or_else(|| SMOOTHING.powi(i32::try_from(values).unwrap_or(i32::MAX)))
}

/// [`left_after`] as far as a reader that comes several times a second asks for it.
const LEFT: [f64; 256] = {
    let mut left = [1.0; 256];
    let mut values = 0;
    while values < left.len() {
        // The squarings and products of `powi`, in its order.
        let (mut rest, mut power) = (values, SMOOTHING);
        loop {
            if rest % 2 == 1 {
                left[values] *= power;
            }
            rest /= 2;
            if rest == 0 {
                break;
            }
            power *= power;
        }
        values += 1;
    }
    left
};

#[expect(clippy::cast_precision_loss, reason = "at most MEAN_VALUES")]
fn to_f64(count: u64) -> f64 {
    count as f64
}

impl Slave for Sdp8xx {
    fn write(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), Nack> {
        self.advance(now_us);
        let word = match *bytes {
            [high, low] => Some(u16::from_be_bytes([high, low])),
            _ => None,
        };
        let armed = matches!(self.state, State::Armed);
        // An address-only probe and half a command are acknowledged and change nothing.
        let partial = bytes.len() < 2;
        match self.state {
            State::Off | State::Deaf { .. } => Err(Nack::Address),
            State::Asleep => {
                // The write that wakes is itself not acknowledged.
                self.state = Self::deaf(now_us, RESET_US);
                Err(Nack::Address)
            }
            State::Idle | State::Armed | State::Identity | State::Continuous(_) | State::Triggered { .. }
                if partial =>
            {
                Ok(())
            }
            State::Continuous(_) if word == Some(0x3FF9) => {
                self.state = Self::deaf(now_us, STOP_US);
                Ok(())
            }
            State::Continuous(_) | State::Triggered { words: None, .. } => Err(Nack::Data),
            State::Idle | State::Armed | State::Identity | State::Triggered { .. } => {
                word.map_or(Err(Nack::Data), |word| self.command(now_us, word, armed))
            }
        }
    }

    fn read(&mut self, now_us: u64, buf: &mut [u8]) -> Result<(), Nack> {
        self.advance(now_us);
        let words = match &mut self.state {
            State::Continuous(stream) if stream.taken > 0 => {
                if stream.fresh > 0 {
                    words(self.model.scale(), stream.average_pa, stream.temperature_c)
                } else {
                    stream.answered
                }
            }
            State::Triggered {
                words: Some(words), ..
            } => {
                let words = *words;
                self.state = State::Idle;
                words
            }
            State::Identity => {
                answer(&self.identity(), buf);
                self.state = State::Idle;
                return Ok(());
            }
            State::Off
            | State::Deaf { .. }
            | State::Idle
            | State::Armed
            | State::Continuous(_)
            | State::Triggered { .. }
            | State::Asleep => return Err(Nack::Address),
        };
        let words = if self.frozen {
            *self.held.get_or_insert(words)
        } else {
            words
        };
        if let State::Continuous(stream) = &mut self.state {
            stream.answered = words;
            stream.fresh = 0;
        }
        answer(&[words[0], words[1], self.model.scale()], buf);
        Ok(())
    }

    fn general_call(&mut self, now_us: u64, byte: u8) -> bool {
        let listens = !matches!(self.state, State::Off | State::Asleep) && byte == GENERAL_CALL_RESET;
        if listens {
            // A chip that is still deaf for longer, as at power-up, stays so.
            let reset_us = now_us.saturating_add(RESET_US);
            let until_us = if let State::Deaf { until_us } = self.state {
                until_us.max(reset_us)
            } else {
                reset_us
            };
            self.state = State::Deaf { until_us };
        }
        listens
    }

    fn stretch_us(&self, now_us: u64) -> u64 {
        match self.state {
            State::Triggered {
                ready_us,
                stretches: true,
                ..
            } => ready_us.saturating_sub(now_us),
            State::Off
            | State::Deaf { .. }
            | State::Idle
            | State::Armed
            | State::Identity
            | State::Continuous(_)
            | State::Triggered { .. }
            | State::Asleep => 0,
        }
    }

    fn power(&mut self, now_us: u64, on: bool) {
        self.state = if on {
            Self::deaf(now_us, POWER_UP_US)
        } else {
            State::Off
        };
    }

    fn delay(&mut self, now_us: u64, by_us: u64) {
        self.advance(now_us);
        self.delay_us = by_us;
        if let State::Continuous(stream) = &mut self.state {
            *stream = Stream {
                first_us: now_us.saturating_add(PERIOD_US + by_us),
                ..Stream::new(now_us, stream.averaging, by_us)
            };
        }
    }

    fn freeze(&mut self, on: bool) {
        self.frozen = on;
        self.held = None;
    }
}

#[cfg(test)]
#[path = "sdp8xx_tests.rs"]
mod tests;
