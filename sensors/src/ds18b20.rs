//! DS18B20: a temperature probe on a 1-Wire bus that the kernel shows as text.
//!
//! Reading `w1_slave` starts a conversion, waits for it (750 ms for 12 bits) and gives two lines:
//!
//! ```text
//!   91 01 4b 46 7f ff 0c 10 70 : crc=70 YES
//!   91 01 4b 46 7f ff 0c 10 70 t=25062
//! ```
//! Where the check sum fails, older kernels say NO and compute `t=` from the bad bytes all the same; newer ones give an
//! empty file. A probe that lost its supply shows 85.0 °C, and a bus that is shorted shows nine zeros, whose check sum
//! holds. So the nine bytes are checked here once more, and `t=` is believed only as far as it says what they say.

use crate::crc::crc8_maxim;
use crate::driver::{BusFault, Driver, Fault, Progress, Raw};
use points::{Absent, Celsius, Quantity, Span};

/// Small texts by name, as a kernel shows its devices.
pub trait TextFiles {
    /// Reads the text of this name into the buffer; says how many bytes it has. A longer text is cut.
    ///
    /// # Errors
    /// [`BusFault::NoAnswer`] when there is no text of this name, [`BusFault::Timeout`] when it does not come,
    /// [`BusFault::Other`] for anything else.
    fn read(&mut self, name: &str, buffer: &mut [u8]) -> Result<usize, BusFault>;
}

/// Family code of the DS18B20.
const FAMILY: u8 = 0x28;
/// Bytes of the scratchpad with its check sum.
const SCRATCHPAD: usize = 9;
/// Longest text looked at; the kernel's has 75 bytes.
const TEXT_MAX: usize = 128;
/// `28-`, twelve digits, `/w1_slave`.
const NAME: usize = 24;
const TEXT: &str = "DS18B20 w1_slave";
const RESERVED: &str = "DS18B20 scratchpad bytes 5 and 7";
/// What bytes 5 and 7 of the scratchpad always hold.
const RESERVED_BYTES: [u8; 2] = [0xFF, 0x10];

/// Counts of a probe that has not converted (85.0 °C) and of one whose supply gave way while it did (127.94 °C), where
/// byte 6 says that nothing was counted.
const NEVER_CONVERTED: i16 = 0x0550;
const STARVED: i16 = 0x07FF;
const NOTHING_COUNTED: u8 = 0x0C;

/// Range of the part, °C.
const LOWEST_C: f64 = -55.0;
const HIGHEST_C: f64 = 125.0;

/// The driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ds18b20 {
    name: [u8; NAME],
}

impl Ds18b20 {
    /// The probe with this 48-bit serial number.
    pub fn new(serial: u64) -> Self {
        let mut name = *b"28-000000000000/w1_slave";
        for (place, digit) in name.iter_mut().skip(3).take(12).enumerate() {
            let shift = 4 * (11 - place);
            *digit = hex(u8::try_from(serial >> shift & 0xF).unwrap_or(0));
        }
        Ds18b20 { name }
    }

    /// Its text's name, `28-SERIAL/w1_slave`.
    pub fn name(&self) -> &str {
        core::str::from_utf8(&self.name).unwrap_or_default()
    }

    fn read<T: TextFiles>(&self, files: &mut T) -> Result<Raw, Fault> {
        let mut text = [0; TEXT_MAX];
        let length = files.read(self.name(), &mut text).map_err(|fault| Fault::Bus {
            fault,
            register: TEXT,
        })?;
        parse(text.get(..length).unwrap_or(&text)).map(|scratchpad| Raw::new(&scratchpad))
    }
}

const fn hex(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'a' + nibble - 10,
    }
}

/// The serial number in the name that the kernel gives a probe: `28-` and twelve hexadecimal digits.
pub fn serial(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("28-")?;
    let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if digits.len() != 12 || !hexadecimal {
        return None;
    }
    u64::from_str_radix(digits, 16).ok()
}

impl<T: TextFiles> Driver<T> for Ds18b20 {
    /// Reads the text once: a probe that is not there has none.
    fn prepare(&mut self, files: &mut T, _step: u8) -> Result<Progress, Fault> {
        self.read(files).map(|_| Progress::Ready)
    }

    /// Nothing to do: reading converts.
    fn start(&mut self, _files: &mut T) -> Result<Span, Fault> {
        Ok(Span::ZERO)
    }

    /// A probe that has not converted gives no bytes: it measures nothing, however well it speaks.
    fn fetch(&mut self, files: &mut T) -> Result<Raw, Fault> {
        let raw = self.read(files)?;
        match decode(&raw) {
            Err(Absent::NotReady) => Err(Fault::NotReady),
            Ok(_) | Err(_) => Ok(raw),
        }
    }

    /// Nothing to do: measuring moves nothing.
    fn release(&mut self, _files: &mut T) -> Result<(), Fault> {
        Ok(())
    }
}

/// The scratchpad that a text shows, once everything it says agrees.
///
/// # Errors
/// A check sum that fails, a text that is empty, cut or no such text, or the bytes of no DS18B20.
pub fn parse(text: &[u8]) -> Result<[u8; SCRATCHPAD], Fault> {
    let damaged = Fault::BadChecksum { what: TEXT };
    let cut = Fault::Bus {
        fault: BusFault::ShortTransfer,
        register: TEXT,
    };
    // The kernel gave up on the check sum, or the probe vanished while it read.
    if text.is_empty() {
        return Err(damaged);
    }
    let text = core::str::from_utf8(text).map_err(|_| damaged)?;
    let mut lines = text.lines();
    let (scratchpad, rest) = bytes(lines.next().unwrap_or_default()).ok_or(cut)?;
    if rest.ends_with("NO") {
        return Err(damaged);
    }
    if !rest.ends_with("YES") {
        return Err(cut);
    }
    let (again, rest) = bytes(lines.next().unwrap_or_default()).ok_or(cut)?;
    let millidegrees = rest
        .trim_start()
        .strip_prefix("t=")
        .and_then(|number| number.parse::<i32>().ok())
        .ok_or(cut)?;
    let Some((sum, body)) = scratchpad.split_last() else {
        return Err(cut);
    };
    if crc8_maxim(body) != *sum || again != scratchpad {
        return Err(damaged);
    }
    // Nine zeros have a good check sum.
    let reserved = [scratchpad[5], scratchpad[7]];
    if reserved != RESERVED_BYTES {
        return Err(Fault::WrongChip {
            register: RESERVED,
            found: u16::from_be_bytes(reserved),
            expected: u16::from_be_bytes(RESERVED_BYTES),
        });
    }
    // The kernel divides and drops the rest, and does not mask the bits that a lower resolution leaves undefined.
    let counts = i32::from(i16::from_le_bytes([scratchpad[0], scratchpad[1]]));
    if millidegrees != counts * 1000 / 16 {
        return Err(damaged);
    }
    Ok(scratchpad)
}

/// Nine hexadecimal bytes and what follows them.
fn bytes(line: &str) -> Option<([u8; SCRATCHPAD], &str)> {
    let mut found = [0; SCRATCHPAD];
    let mut rest = line;
    for byte in &mut found {
        let (digits, behind) = rest.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(digits, 16).ok()?;
        rest = behind.strip_prefix(' ')?;
    }
    Some((found, rest))
}

/// The temperature in nine raw bytes, 1/16 K a count; the resolution says how many of the low bits count.
///
/// # Errors
/// `ShortTransfer` for another length, `NotReady` for a probe that has not converted, `UnderRange` and `OverRange`
/// outside -55..=125 °C.
pub fn decode(raw: &Raw) -> Result<Celsius, Absent> {
    let &[low, high, _, _, configuration, _, count_remain, _, _] = raw.bytes() else {
        return Err(Absent::ShortTransfer);
    };
    let counts = i16::from_le_bytes([low, high]);
    if count_remain == NOTHING_COUNTED && (counts == NEVER_CONVERTED || counts == STARVED) {
        return Err(Absent::NotReady);
    }
    // R1 R0: 9, 10, 11 or 12 bits.
    let undefined = [0b111, 0b11, 0b1, 0][usize::from(configuration >> 5 & 3)];
    let celsius = f64::from(counts & !undefined) / 16.0;
    if celsius < LOWEST_C {
        Err(Absent::UnderRange)
    } else if celsius > HIGHEST_C {
        Err(Absent::OverRange)
    } else {
        <Celsius as Quantity>::new(celsius).ok_or(Absent::OverRange)
    }
}

/// The check sum over family and serial number, which ends the probe's 64-bit code.
pub fn rom_crc(serial: u64) -> u8 {
    let [a, b, c, d, e, f, _, _] = serial.to_le_bytes();
    crc8_maxim(&[FAMILY, a, b, c, d, e, f])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::format;
    use std::string::String;

    const SERIAL: u64 = 0x0123_4567_89AB;
    const GOOD: &str = "91 01 4b 46 7f ff 0c 10 70 : crc=70 YES\n91 01 4b 46 7f ff 0c 10 70 t=25062\n";

    fn text(bytes: [u8; 9], yes: &str) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
        let millidegrees = i32::from(i16::from_le_bytes([bytes[0], bytes[1]])) * 1000 / 16;
        format!("{hex}: crc={:02x} {yes}\n{hex}t={millidegrees}\n", bytes[8])
    }

    fn celsius(bytes: [u8; 9]) -> Result<f64, Absent> {
        let scratchpad = parse(text(bytes, "YES").as_bytes()).map_err(Fault::absent)?;
        decode(&Raw::new(&scratchpad)).map(Celsius::get)
    }

    #[test]
    fn vectors_decode() {
        assert_eq!(
            text([0x91, 0x01, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0x70], "YES"),
            GOOD
        );
        for (bytes, expected) in [
            (
                [0x91, 0x01, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0x70],
                Ok(25.0625),
            ),
            (
                [0x5E, 0xFF, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0x6A],
                Ok(-10.125),
            ),
            ([0xD0, 0x07, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0xF4], Ok(125.0)),
            ([0x90, 0xFC, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0x4F], Ok(-55.0)),
            ([0x48, 0x01, 0x4B, 0x46, 0x7F, 0xFF, 0x08, 0x10, 0xAD], Ok(20.5)),
            // Power-on value, starved supply, a shorted bus.
            (
                [0x50, 0x05, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0x1C],
                Err(Absent::NotReady),
            ),
            (
                [0xFF, 0x07, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0xA6],
                Err(Absent::NotReady),
            ),
            ([0; 9], Err(Absent::WrongChip)),
            ([0xFF; 9], Err(Absent::BadChecksum)),
        ] {
            assert_eq!(celsius(bytes), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn a_true_85_degrees_is_believed_and_undefined_bits_are_not() {
        let sealed = |mut bytes: [u8; 9]| {
            bytes[8] = crc8_maxim(&bytes[..8]);
            bytes
        };
        let hot = sealed([0x50, 0x05, 0x4B, 0x46, 0x7F, 0xFF, 0x10, 0x10, 0]);
        assert_eq!(celsius(hot), Ok(85.0));
        let nine_bits = sealed([0x97, 0x01, 0x4B, 0x46, 0x1F, 0xFF, 0x0C, 0x10, 0]);
        assert_eq!(celsius(nine_bits), Ok(25.0));
        let beyond = sealed([0x00, 0x08, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0]);
        assert_eq!(celsius(beyond), Err(Absent::OverRange));
        assert_eq!(decode(&Raw::new(&[0; 8])), Err(Absent::ShortTransfer));
    }

    fn reason(text: &str) -> Absent {
        parse(text.as_bytes()).unwrap_err().absent()
    }

    #[test]
    fn every_way_in_which_the_kernel_fails_is_a_fault() {
        let no = GOOD.replace("YES", "NO");
        let first = GOOD.lines().next().unwrap();
        for (text, expected) in [
            ("", Absent::BadChecksum),
            ("\n", Absent::ShortTransfer),
            (no.as_str(), Absent::BadChecksum),
            (first, Absent::ShortTransfer),
            (&GOOD.replace(" t=25062", ""), Absent::ShortTransfer),
            (&GOOD.replace("25062", "25063"), Absent::BadChecksum),
            (&GOOD.replace("25062", ""), Absent::ShortTransfer),
            (&GOOD.replace("YES", ""), Absent::ShortTransfer),
            (&GOOD.replacen("91", "93", 1), Absent::BadChecksum),
            (&GOOD.replace("91", "9x"), Absent::ShortTransfer),
            (&GOOD[..20], Absent::ShortTransfer),
            ("25062\n", Absent::ShortTransfer),
        ] {
            assert_eq!(reason(text), expected, "{text:?}");
        }
        assert_eq!(parse(&[0xFF; 30]).unwrap_err().absent(), Absent::BadChecksum);
    }

    #[test]
    fn every_single_bit_error_of_the_scratchpad_is_seen() {
        for bit in 0..72 {
            let mut bytes = [0x91, 0x01, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0x70];
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(celsius(bytes), Err(Absent::BadChecksum), "bit {bit}");
        }
    }

    /// One text, or the fault of the file.
    struct Files(Result<&'static str, BusFault>);

    impl TextFiles for Files {
        fn read(&mut self, name: &str, buffer: &mut [u8]) -> Result<usize, BusFault> {
            assert_eq!(name, "28-0123456789ab/w1_slave");
            let text = self.0?;
            buffer[..text.len()].copy_from_slice(text.as_bytes());
            Ok(text.len())
        }
    }

    #[test]
    fn the_driver_reads_the_probes_own_text() {
        let mut probe = Ds18b20::new(SERIAL);
        let mut files = Files(Ok(GOOD));
        assert_eq!(probe.prepare(&mut files, 0), Ok(Progress::Ready));
        assert_eq!(Driver::<Files>::start(&mut probe, &mut files), Ok(Span::ZERO));
        let raw = probe.fetch(&mut files).unwrap();
        assert_eq!(decode(&raw).map(Celsius::get), Ok(25.0625));
        assert_eq!(Driver::<Files>::release(&mut probe, &mut files), Ok(()));
        let gone = probe.prepare(&mut Files(Err(BusFault::NoAnswer)), 0).unwrap_err();
        assert_eq!(gone.absent(), Absent::NoAnswer);
        let power_on = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n";
        assert_eq!(probe.prepare(&mut Files(Ok(power_on)), 0), Ok(Progress::Ready));
        assert_eq!(probe.fetch(&mut Files(Ok(power_on))), Err(Fault::NotReady));
        let empty = probe.fetch(&mut Files(Ok(""))).unwrap_err();
        assert_eq!(empty.absent(), Absent::BadChecksum);
    }

    #[test]
    fn names_and_codes() {
        assert_eq!(serial("28-0123456789ab"), Some(SERIAL));
        assert_eq!(serial("28-0123456789AB"), Some(SERIAL));
        for name in [
            "",
            "28-",
            "28-123",
            "10-0123456789ab",
            "28-0123456789ag",
            "28-+123456789ab",
        ] {
            assert_eq!(serial(name), None, "{name}");
        }
        // 28 11 22 33 44 55 66, least significant byte first.
        assert_eq!(rom_crc(0x6655_4433_2211), 0x56);
    }

    proptest! {
        #[test]
        fn any_text_is_a_temperature_of_the_part_or_a_fault(text in "[0-9a-f :=crcYESNOt\n]{0,100}") {
            if let Ok(scratchpad) = parse(text.as_bytes())
                && let Ok(celsius) = decode(&Raw::new(&scratchpad))
            {
                prop_assert!((LOWEST_C..=HIGHEST_C).contains(&celsius.get()));
            }
        }

        #[test]
        fn any_bytes_never_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..128)) {
            let _ = parse(&bytes);
        }
    }
}
