//! A temperature that a driver of the kernel shows as a number in a text file.
//!
//! hwmon's `temp1_input` and the like and IIO's `in_temp_input` are millidegrees Celsius, a decimal integer and a line feed
//! (Linux, Documentation/hwmon/sysfs-interface.rst; Documentation/ABI/testing/sysfs-bus-iio). The driver has checked
//! what the chip lets it check and says nothing of it: there is no check sum here, no identity but the driver's name, and a
//! chip that stopped converting looks like one whose temperature stands still. Where a driver of ours knows the chip, it is
//! the better way.

use crate::driver::{BusFault, Driver, Fault, Progress, Raw};
use crate::ds18b20::TextFiles;
use points::{Absent, Celsius, Quantity, Span};

/// Longest name: the driver's, a stroke, the file's.
pub const NAME_MAX: usize = 64;
/// Longest text looked at; a number of millidegrees has at most seven characters.
const TEXT_MAX: usize = 32;
const TEXT: &str = "value of a kernel driver";

/// What a thermometer on a board measures at most, °C. Beyond is the mark of a driver that read nothing.
const LOWEST_C: f64 = -55.0;
const HIGHEST_C: f64 = 150.0;

/// One value, by its driver and file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelValue {
    name: [u8; NAME_MAX],
    length: usize,
}

impl KernelValue {
    /// The value `DRIVER/FILE`; none where that is too long, or is no such name.
    pub fn new(driver: &str, file: &str) -> Option<Self> {
        let plain = |word: &str| {
            !word.is_empty()
                && word != ".."
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
        };
        if !plain(driver) || !plain(file) {
            return None;
        }
        let mut value = KernelValue {
            name: [0; NAME_MAX],
            length: driver.len() + 1 + file.len(),
        };
        let room = value.name.get_mut(..value.length)?;
        for (to, from) in room
            .iter_mut()
            .zip(driver.bytes().chain([b'/']).chain(file.bytes()))
        {
            *to = from;
        }
        Some(value)
    }

    /// `DRIVER/FILE`.
    pub fn name(&self) -> &str {
        let name = self.name.get(..self.length).unwrap_or_default();
        core::str::from_utf8(name).unwrap_or_default()
    }

    fn read<T: TextFiles>(self, files: &mut T) -> Result<Raw, Fault> {
        let mut text = [0; TEXT_MAX];
        let bus = |fault| Fault::Bus {
            fault,
            register: TEXT,
        };
        let length = files.read(self.name(), &mut text).map_err(bus)?;
        let text = text.get(..length).unwrap_or_default();
        let number = core::str::from_utf8(text)
            .ok()
            .and_then(|text| text.trim_end().parse::<i32>().ok());
        // A text that is cut or no number: the transfer ended early, as far as can be told.
        let number = number.ok_or(bus(BusFault::ShortTransfer))?;
        Ok(Raw::new(&number.to_be_bytes()))
    }
}

impl<T: TextFiles> Driver<T> for KernelValue {
    /// Reads once: a value that is not there has no text.
    fn prepare(&mut self, files: &mut T, _step: u8) -> Result<Progress, Fault> {
        self.read(files).map(|_| Progress::Ready)
    }

    /// Nothing to do: the kernel's driver measures.
    fn start(&mut self, _files: &mut T) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    fn fetch(&mut self, files: &mut T) -> Result<Raw, Fault> {
        self.read(files)
    }

    /// Nothing to do: reading moves nothing.
    fn release(&mut self, _files: &mut T) -> Result<(), Fault> {
        Ok(())
    }
}

/// The temperature in the bytes of a fetch.
///
/// # Errors
/// Outside what such a thermometer measures, or not four bytes.
pub fn decode(raw: &Raw) -> Result<Celsius, Absent> {
    let bytes: [u8; 4] = raw.bytes().try_into().map_err(|_| Absent::ShortTransfer)?;
    let celsius = f64::from(i32::from_be_bytes(bytes)) / 1000.0;
    if celsius > HIGHEST_C {
        return Err(Absent::OverRange);
    }
    if celsius < LOWEST_C {
        return Err(Absent::UnderRange);
    }
    Celsius::new(celsius).ok_or(Absent::OverRange)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Files(&'static str, &'static [u8]);

    impl TextFiles for Files {
        fn read(&mut self, name: &str, buffer: &mut [u8]) -> Result<usize, BusFault> {
            if name != self.0 {
                return Err(BusFault::NoAnswer);
            }
            let length = self.1.len().min(buffer.len());
            buffer[..length].copy_from_slice(&self.1[..length]);
            Ok(length)
        }
    }

    fn reads(text: &'static [u8]) -> Result<Result<f64, Absent>, Fault> {
        let mut value = KernelValue::new("lm75", "temp1_input").expect("a name");
        let raw = value.fetch(&mut Files("lm75/temp1_input", text))?;
        Ok(decode(&raw).map(Quantity::get))
    }

    #[test]
    fn millidegrees_are_read_and_nothing_else_is() {
        assert_eq!(reads(b"23125\n"), Ok(Ok(23.125)));
        assert_eq!(reads(b"-5000\n"), Ok(Ok(-5.0)));
        assert_eq!(reads(b"0\n"), Ok(Ok(0.0)));
        assert_eq!(reads(b"150001\n"), Ok(Err(Absent::OverRange)));
        assert_eq!(reads(b"-55001\n"), Ok(Err(Absent::UnderRange)));
        let short = Err(Fault::Bus {
            fault: BusFault::ShortTransfer,
            register: TEXT,
        });
        for text in [
            &b""[..],
            b"\n",
            b"23.1\n",
            b"0x10\n",
            b"N/A\n",
            b"99999999999\n",
            b"\xFF\xFE",
        ] {
            assert_eq!(reads(text), short, "{text:?}");
        }
    }

    #[test]
    fn a_value_that_is_not_there_does_not_answer() {
        let mut value = KernelValue::new("lm75", "temp2_input").expect("a name");
        let fault = value.prepare(&mut Files("lm75/temp1_input", b"1\n"), 0);
        assert!(matches!(
            fault,
            Err(Fault::Bus {
                fault: BusFault::NoAnswer,
                ..
            })
        ));
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(
            KernelValue::new("1-0048", "temp1_input").map(|value| value.name().len()),
            Some(18)
        );
        for (driver, file) in [
            ("..", "x"),
            ("a/b", "x"),
            ("lm75", "../x"),
            ("", "x"),
            ("lm75", ""),
        ] {
            assert_eq!(KernelValue::new(driver, file), None, "{driver} {file}");
        }
        let long = "x".repeat(NAME_MAX);
        assert_eq!(KernelValue::new(&long, "temp1_input"), None);
    }
}
