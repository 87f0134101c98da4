//! SHT40, SHT41, SHT45: temperature and humidity (11-chips, section 1).
//!
//! ```text
//!   off --power--> starting --1 ms--> idle --command--> busy --time--> ready --one read--> idle
//!                     ^------------ 0x94 or general call, from anywhere but off ------------'
//! ```
//! Busy and idle leave a read header unacknowledged; so does a second read of one result. Choices where the
//! datasheet is silent: a command other than the reset is refused while busy, an unknown or longer command is
//! refused at its data byte, and the serial number takes 1 ms. The heater warms nothing here: it only takes its time.

use super::sensirion::answer;
use super::{GENERAL_CALL_RESET, Nack, Slave, code_u16};

/// Longest power-up or reset time, microseconds.
const START_US: u64 = 1_000;
/// Longest measurement at high repeatability, microseconds.
const HIGH_US: u64 = 8_300;
/// Longest measurement at medium repeatability, microseconds.
const MEDIUM_US: u64 = 4_500;
/// Longest measurement at low repeatability, microseconds.
const LOW_US: u64 = 1_600;
/// Time until the serial number can be fetched, microseconds; not in the datasheet.
const SERIAL_US: u64 = 1_000;
/// Longest long heater pulse (nominally 1 s), microseconds.
const HEAT_LONG_US: u64 = 1_100_000;
/// Longest short heater pulse (nominally 0.1 s), microseconds.
const HEAT_SHORT_US: u64 = 110_000;
/// Soft reset.
const RESET: u8 = 0x94;

#[derive(Debug, Clone, Copy)]
enum State {
    Off,
    Starting { until_us: u64 },
    Idle,
    Measuring { ready_us: u64 },
    Answer { ready_us: u64, words: [u16; 2] },
}

/// What a command byte asks for.
enum Command {
    Measure { busy_us: u64 },
    Serial,
    Reset,
    Unknown,
}

impl Command {
    fn decode(byte: u8) -> Self {
        match byte {
            0xFD => Self::Measure { busy_us: HIGH_US },
            0xF6 => Self::Measure { busy_us: MEDIUM_US },
            0xE0 => Self::Measure { busy_us: LOW_US },
            0x39 | 0x2F | 0x1E => Self::Measure {
                busy_us: HEAT_LONG_US + HIGH_US,
            },
            0x32 | 0x24 | 0x15 => Self::Measure {
                busy_us: HEAT_SHORT_US + HIGH_US,
            },
            0x89 => Self::Serial,
            RESET => Self::Reset,
            _ => Self::Unknown,
        }
    }
}

/// Emulated SHT4x; the three types cannot be told apart on the bus.
#[derive(Debug, Clone)]
pub struct Sht4x {
    serial: u32,
    state: State,
    temperature_c: f64,
    humidity_percent: f64,
    frozen: bool,
    delay_us: u64,
}

impl Sht4x {
    /// A sensor without power, in air of 25 C and 50 %, with this serial number (command 0x89).
    #[must_use]
    pub fn new(serial: u32) -> Self {
        Self {
            serial,
            state: State::Off,
            temperature_c: 25.0,
            humidity_percent: 50.0,
            frozen: false,
            delay_us: 0,
        }
    }

    /// The air at the sensor from `now_us` on: Celsius (codes span -45..130) and %RH (codes span -6..119).
    ///
    /// Values beyond the span clip at the end code. A measurement takes the air at the end of its time.
    pub fn set(&mut self, now_us: u64, temperature_c: f64, humidity_percent: f64) {
        if self.frozen {
            return;
        }
        self.complete(now_us);
        self.temperature_c = temperature_c;
        self.humidity_percent = humidity_percent;
    }

    /// Turns a measurement whose time is over into its result.
    fn complete(&mut self, now_us: u64) {
        if let State::Measuring { ready_us } = self.state
            && ready_us <= now_us
        {
            let words = [
                code_u16((self.temperature_c + 45.0) * (65_535.0 / 175.0)),
                code_u16((self.humidity_percent + 6.0) * (65_535.0 / 125.0)),
            ];
            self.state = State::Answer { ready_us, words };
        }
    }

    fn execute(&mut self, now_us: u64, command: Command) -> Result<(), Nack> {
        self.state = match command {
            Command::Measure { busy_us } => State::Measuring {
                ready_us: now_us.saturating_add(busy_us + self.delay_us),
            },
            Command::Serial => {
                let [a, b, c, d] = self.serial.to_be_bytes();
                let words = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
                State::Answer {
                    ready_us: now_us.saturating_add(SERIAL_US),
                    words,
                }
            }
            Command::Reset => State::Starting {
                until_us: now_us.saturating_add(START_US),
            },
            Command::Unknown => return Err(Nack::Data),
        };
        Ok(())
    }
}

impl Slave for Sht4x {
    fn write(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), Nack> {
        self.complete(now_us);
        let busy = match self.state {
            State::Off => return Err(Nack::Address),
            State::Starting { until_us } if now_us < until_us => return Err(Nack::Address),
            State::Starting { .. } | State::Idle => false,
            State::Measuring { .. } => true,
            State::Answer { ready_us, .. } => now_us < ready_us,
        };
        match *bytes {
            [] => Ok(()),
            [byte] if busy && byte != RESET => Err(Nack::Data),
            [byte] => self.execute(now_us, Command::decode(byte)),
            [_, ..] => Err(Nack::Data),
        }
    }

    fn read(&mut self, now_us: u64, buf: &mut [u8]) -> Result<(), Nack> {
        self.complete(now_us);
        match self.state {
            State::Answer { ready_us, words } if ready_us <= now_us => {
                // One acknowledged header uses the result up, however few bytes follow.
                self.state = State::Idle;
                answer(&words, buf);
                Ok(())
            }
            State::Off
            | State::Starting { .. }
            | State::Idle
            | State::Measuring { .. }
            | State::Answer { .. } => Err(Nack::Address),
        }
    }

    fn general_call(&mut self, now_us: u64, byte: u8) -> bool {
        let listens = !matches!(self.state, State::Off) && byte == GENERAL_CALL_RESET;
        if listens {
            self.state = State::Starting {
                until_us: now_us.saturating_add(START_US),
            };
        }
        listens
    }

    fn power(&mut self, now_us: u64, on: bool) {
        self.state = if on {
            State::Starting {
                until_us: now_us.saturating_add(START_US),
            }
        } else {
            State::Off
        };
    }

    fn delay(&mut self, _now_us: u64, by_us: u64) {
        self.delay_us = by_us;
    }

    fn freeze(&mut self, on: bool) {
        self.frozen = on;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle() -> Sht4x {
        let mut chip = Sht4x::new(0x0FBA_7C51);
        chip.power(0, true);
        chip
    }

    fn fetch(chip: &mut Sht4x, now_us: u64) -> Result<[u8; 6], Nack> {
        let mut buf = [0; 6];
        chip.read(now_us, &mut buf).map(|()| buf)
    }

    #[test]
    fn byte_vectors() {
        let mut chip = idle();
        for (command, wait_us, temperature_c, humidity, reply) in [
            (0xFD, 8_300, 25.0, 50.0, [0x66, 0x66, 0x93, 0x72, 0xB0, 0xDC]),
            (0xE0, 1_600, -20.0, -6.0, [0x24, 0x92, 0x85, 0x00, 0x00, 0x81]),
            (0xF6, 4_500, 42.5013, 119.0, [0x80, 0x00, 0xA2, 0xFF, 0xFF, 0xAC]),
            (0x89, 10_000, 0.0, 0.0, [0x0F, 0xBA, 0x7C, 0x7C, 0x51, 0x41]),
        ] {
            chip.set(2_000, temperature_c, humidity);
            chip.write(2_000, &[command]).unwrap();
            assert_eq!(
                fetch(&mut chip, 2_000 + wait_us),
                Ok(reply),
                "command {command:02X}"
            );
        }
    }

    #[test]
    fn out_of_range_air_clips_at_the_end_codes() {
        let mut chip = idle();
        for (value, word) in [
            (-300.0, [0x00, 0x00, 0x81]),
            (300.0, [0xFF, 0xFF, 0xAC]),
            (f64::NAN, [0x00, 0x00, 0x81]),
        ] {
            chip.set(2_000, value, value);
            chip.write(2_000, &[0xE0]).unwrap();
            let reply = fetch(&mut chip, 3_600).unwrap();
            assert_eq!((&reply[..3], &reply[3..]), (&word[..], &word[..]));
        }
    }

    #[test]
    fn busy_refuses_reads_and_commands_until_the_longest_time() {
        let mut chip = idle();
        for (command, busy_us) in [
            (0xFD, 8_300),
            (0xF6, 4_500),
            (0xE0, 1_600),
            (0x89, 1_000),
            (0x39, 1_108_300),
            (0x2F, 1_108_300),
            (0x1E, 1_108_300),
            (0x32, 118_300),
            (0x24, 118_300),
            (0x15, 118_300),
        ] {
            chip.write(5_000, &[command]).unwrap();
            assert_eq!(
                fetch(&mut chip, 5_000 + busy_us - 1),
                Err(Nack::Address),
                "{command:02X}"
            );
            assert_eq!(
                chip.write(5_000 + busy_us - 1, &[0xFD]),
                Err(Nack::Data),
                "{command:02X}"
            );
            assert!(fetch(&mut chip, 5_000 + busy_us).is_ok(), "{command:02X}");
        }
    }

    #[test]
    fn a_result_is_fetched_once_even_by_an_aborted_read() {
        let mut chip = idle();
        assert_eq!(fetch(&mut chip, 2_000), Err(Nack::Address));
        chip.write(2_000, &[0xFD]).unwrap();
        let mut half = [0; 3];
        chip.read(20_000, &mut half).unwrap();
        assert_eq!(half, [0x66, 0x66, 0x93]);
        assert_eq!(fetch(&mut chip, 20_000), Err(Nack::Address));
    }

    #[test]
    fn the_air_is_sampled_at_the_end_of_the_measurement() {
        let mut chip = idle();
        chip.write(2_000, &[0xFD]).unwrap();
        chip.set(6_000, 30.0, 40.0);
        chip.set(11_000, 99.0, 99.0);
        chip.set(12_000, 99.0, 99.0);
        let reply = fetch(&mut chip, 12_000).unwrap();
        assert_eq!(
            u16::from_be_bytes([reply[0], reply[1]]),
            code_u16(75.0 * 65_535.0 / 175.0)
        );
    }

    #[test]
    fn reset_aborts_and_takes_a_millisecond() {
        let mut chip = idle();
        assert_eq!(chip.write(999, &[0xFD]), Err(Nack::Address), "power-up");
        chip.write(2_000, &[0xFD]).unwrap();
        chip.write(3_000, &[0x94]).unwrap();
        assert_eq!(chip.write(3_999, &[]), Err(Nack::Address));
        assert_eq!(chip.write(4_000, &[]), Ok(()));
        assert_eq!(
            fetch(&mut chip, 20_000),
            Err(Nack::Address),
            "the measurement is lost"
        );
        chip.write(20_000, &[0xFD]).unwrap();
        assert!(chip.general_call(21_000, 0x06));
        assert!(!chip.general_call(22_000, 0x04));
        assert_eq!(fetch(&mut chip, 40_000), Err(Nack::Address));
    }

    #[test]
    fn unknown_and_long_commands_are_refused() {
        let mut chip = idle();
        assert_eq!(chip.write(2_000, &[0x2C]), Err(Nack::Data));
        assert_eq!(chip.write(2_000, &[0x2C, 0x06]), Err(Nack::Data));
        chip.power(3_000, false);
        assert_eq!(chip.write(9_000, &[]), Err(Nack::Address));
        assert!(!chip.general_call(9_000, 0x06));
    }
}
