//! DS18B20 probes on a 1-Wire bus, as the kernel shows them in text (11-chips, section 11).
//!
//! Reading `28-SERIAL/w1_slave` converts and gives two lines: nine bytes of scratchpad, the verdict on the check sum, the
//! same nine bytes, the temperature in millidegrees. The text is that of the kernel's driver; the time that a
//! conversion takes is left to the caller, who asks [`CONVERSION_US`]. Byte 6 counts as genuine parts do.

use std::io::Write;

/// Longest conversion at 12 bits, us.
pub const CONVERSION_US: u64 = 750_000;
/// Longest text.
pub const TEXT_MAX: usize = 128;

/// Alarm bytes and configuration as delivered: 12 bits.
const TH: u8 = 0x4B;
const TL: u8 = 0x46;
const TWELVE_BITS: u8 = 0x7F;
/// 85 deg C, the power-up value, with the byte 6 that tells it from a true one.
const POWER_ON: [u8; 9] = [0x50, 0x05, TH, TL, TWELVE_BITS, 0xFF, 0x0C, 0x10, 0x1C];

/// What can be wrong with a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ProbeFault {
    /// The bus search has not found it: it has no files.
    Gone,
    /// Its check sums fail, and the kernel is one that gives an empty file then.
    Empty,
    /// Its check sums fail, and the kernel is one that says NO.
    SaysNo,
    /// Its supply dips during every conversion: it shows its power-up value.
    Starved,
    /// The bus is shorted while it is read: nine zeros, whose check sum holds.
    Shorted,
    /// What it measures no longer moves.
    Frozen,
}

/// One probe.
#[derive(Debug, Clone)]
pub struct Ds18b20 {
    serial: u64,
    celsius: f64,
    /// One bit for each [`ProbeFault`].
    faults: u8,
    /// The last scratchpad with a good check sum.
    good: [u8; 9],
}

impl Ds18b20 {
    /// A probe with this 48-bit serial number, at 0 deg C.
    #[must_use]
    pub fn new(serial: u64) -> Self {
        Self {
            serial,
            celsius: 0.0,
            faults: 0,
            good: POWER_ON,
        }
    }

    /// Temperature of the probe, deg C; clips at -55 and 125.
    pub fn set(&mut self, celsius: f64) {
        if !self.has(ProbeFault::Frozen) {
            self.celsius = celsius;
        }
    }

    /// Switches a fault. Of several, that shows which comes first in [`ProbeFault`].
    pub fn set_fault(&mut self, fault: ProbeFault, on: bool) {
        let bit = 1 << fault as u8;
        self.faults = self.faults & !bit | if on { bit } else { 0 };
    }

    fn has(&self, fault: ProbeFault) -> bool {
        self.faults >> fault as u8 & 1 == 1
    }

    fn scratchpad(&self) -> [u8; 9] {
        let counts = super::code_i16(self.celsius.clamp(-55.0, 125.0) * 16.0);
        let [low, high] = counts.to_le_bytes();
        // What is left of sixteen counts a degree.
        let remain = 16 - (low & 0x0F);
        let mut bytes = [low, high, TH, TL, TWELVE_BITS, 0xFF, remain, 0x10, 0];
        bytes[8] = crc8(&bytes[..8]);
        bytes
    }

    /// The text of `w1_slave`; none where there is no such file.
    fn text(&mut self, buffer: &mut [u8]) -> Option<usize> {
        if self.has(ProbeFault::Gone) {
            return None;
        }
        if self.has(ProbeFault::Empty) {
            return Some(0);
        }
        let (read, good) = if self.has(ProbeFault::SaysNo) {
            let mut bad = self.scratchpad();
            bad[0] ^= 0x20;
            (bad, self.good)
        } else if self.has(ProbeFault::Starved) {
            (POWER_ON, POWER_ON)
        } else if self.has(ProbeFault::Shorted) {
            ([0; 9], [0; 9])
        } else {
            self.good = self.scratchpad();
            (self.good, self.good)
        };
        Some(tell(read, good, buffer))
    }
}

/// What the kernel prints of the bytes read and of the last good ones. `t=` is computed from the bytes read, good or not.
fn tell(read: [u8; 9], good: [u8; 9], buffer: &mut [u8]) -> usize {
    let whole = buffer.len();
    let mut rest = buffer;
    let millidegrees = i32::from(i16::from_le_bytes([read[0], read[1]])) * 1000 / 16;
    let verdict = if crc8(&read[..8]) == read[8] { "YES" } else { "NO" };
    // A buffer that is full cuts the text, as a read of a file does.
    let _ = read
        .iter()
        .try_for_each(|byte| write!(rest, "{byte:02x} "))
        .and_then(|()| writeln!(rest, ": crc={:02x} {verdict}", read[8]))
        .and_then(|()| good.iter().try_for_each(|byte| write!(rest, "{byte:02x} ")))
        .and_then(|()| writeln!(rest, "t={millidegrees}"));
    whole - rest.len()
}

/// The bus with its probes.
#[derive(Debug, Clone, Default)]
pub struct OneWireBus {
    probes: Vec<Ds18b20>,
}

impl OneWireBus {
    /// Adds a probe.
    pub fn add(&mut self, probe: Ds18b20) {
        self.probes.push(probe);
    }

    /// The probe with a serial number.
    pub fn probe_mut(&mut self, serial: u64) -> Option<&mut Ds18b20> {
        self.probes.iter_mut().find(|probe| probe.serial == serial)
    }

    /// Reads `28-SERIAL/w1_slave` into the buffer; none where there is no such file.
    pub fn read(&mut self, name: &str, buffer: &mut [u8]) -> Option<usize> {
        let digits = name.strip_prefix("28-")?.strip_suffix("/w1_slave")?;
        let serial = u64::from_str_radix(digits, 16)
            .ok()
            .filter(|_| digits.len() == 12)?;
        self.probe_mut(serial)?.text(buffer)
    }
}

/// The check sum of 1-Wire parts: polynomial 0x31 reflected, start 0.
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| {
            if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0x8C }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIAL: u64 = 0x0123_4567_89AB;
    const NAME: &str = "28-0123456789ab/w1_slave";

    fn read(bus: &mut OneWireBus, name: &str) -> Option<String> {
        let mut buffer = [0; TEXT_MAX];
        let length = bus.read(name, &mut buffer)?;
        Some(String::from_utf8(buffer[..length].to_vec()).unwrap())
    }

    fn bus(celsius: f64) -> OneWireBus {
        let mut bus = OneWireBus::default();
        let mut probe = Ds18b20::new(SERIAL);
        probe.set(celsius);
        bus.add(probe);
        bus
    }

    fn with(fault: ProbeFault) -> Option<String> {
        let mut bus = bus(25.0625);
        read(&mut bus, NAME);
        bus.probe_mut(SERIAL)?.set_fault(fault, true);
        read(&mut bus, NAME)
    }

    #[test]
    fn check_sums_of_the_datasheet() {
        assert_eq!(crc8(b"123456789"), 0xA1);
        assert_eq!(crc8(&[0x28, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66]), 0x56);
        assert_eq!(crc8(&POWER_ON[..8]), POWER_ON[8]);
    }

    #[test]
    fn the_text_is_the_kernels() {
        assert_eq!(
            read(&mut bus(25.0625), NAME).unwrap(),
            "91 01 4b 46 7f ff 0f 10 25 : crc=25 YES\n91 01 4b 46 7f ff 0f 10 25 t=25062\n"
        );
        assert!(read(&mut bus(-10.125), NAME).unwrap().ends_with(" t=-10125\n"));
        assert!(
            read(&mut bus(20.5), NAME)
                .unwrap()
                .starts_with("48 01 4b 46 7f ff 08 10 ad ")
        );
        assert!(
            read(&mut bus(85.0), NAME)
                .unwrap()
                .starts_with("50 05 4b 46 7f ff 10 10 ")
        );
        assert!(read(&mut bus(-80.0), NAME).unwrap().ends_with(" t=-55000\n"));
        for name in [
            "",
            "28-0123456789ac/w1_slave",
            "28-0123456789ab/temperature",
            "28-12ab/w1_slave",
        ] {
            assert_eq!(read(&mut bus(0.0), name), None, "{name}");
        }
    }

    #[test]
    fn faults_show_as_the_kernel_shows_them() {
        assert_eq!(with(ProbeFault::Gone), None);
        assert_eq!(with(ProbeFault::Empty).unwrap(), "");
        assert_eq!(
            with(ProbeFault::SaysNo).unwrap(),
            "b1 01 4b 46 7f ff 0f 10 25 : crc=25 NO\n91 01 4b 46 7f ff 0f 10 25 t=27062\n",
            "the last good bytes, and a temperature from the bad ones"
        );
        assert_eq!(
            with(ProbeFault::Starved).unwrap(),
            "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n"
        );
        assert_eq!(
            with(ProbeFault::Shorted).unwrap(),
            "00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n"
        );
    }

    #[test]
    fn of_two_faults_the_worse_shows_and_mended_the_other() {
        let mut bus = bus(25.0625);
        let mut after = |fault, on| {
            bus.probe_mut(SERIAL).unwrap().set_fault(fault, on);
            read(&mut bus, NAME)
        };
        assert!(after(ProbeFault::Starved, true).is_some_and(|text| text.ends_with("t=85000\n")));
        assert_eq!(after(ProbeFault::Gone, true), None);
        assert!(after(ProbeFault::Gone, false).is_some_and(|text| text.ends_with("t=85000\n")));
        assert!(after(ProbeFault::Starved, false).is_some_and(|text| text.ends_with("t=25062\n")));
    }

    #[test]
    fn a_frozen_probe_does_not_move_and_a_small_buffer_cuts() {
        let mut bus = bus(20.0);
        bus.probe_mut(SERIAL).unwrap().set_fault(ProbeFault::Frozen, true);
        bus.probe_mut(SERIAL).unwrap().set(30.0);
        assert!(read(&mut bus, NAME).unwrap().ends_with("t=20000\n"));
        assert_eq!(bus.read(NAME, &mut [0; 10]), Some(10));
    }
}
