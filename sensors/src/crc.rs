//! Three check sums that have little but their name in common.
//!
//! - [`crc8`] is what Sensirion chips append to every 16-bit word: polynomial 0x31, start 0xFF, not reflected. A dead bus
//!   fails it: the word `00 00` carries 0x81 and `FF FF` carries 0xAC (SHT4x data sheet, check sum calculation; SDP8xx
//!   digital data sheet, check sum calculation).
//! - [`crc8_maxim`] ends a 1-Wire scratchpad: the same polynomial reflected, start 0. Nine zeros pass it (DS18B20 data
//!   sheet, CRC generation).
//! - [`crc16_modbus`] ends a frame on a serial Modbus line, low byte first: polynomial 0x8005 reflected, start 0xFFFF
//!   (Modbus over Serial Line V1.02, section 2.5.1.2).

/// x^8 + x^5 + x^4 + 1, the x^8 left out.
const POLYNOMIAL: u8 = 0x31;

/// What the register holds before the first byte.
const START: u8 = 0xFF;

const TABLE: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [0_u8; 256];
    let mut index = 0_u8;
    loop {
        let mut rest = index;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 0x80 == 0 {
                rest << 1
            } else {
                (rest << 1) ^ POLYNOMIAL
            };
            bit += 1;
        }
        table[index as usize] = rest;
        if index == u8::MAX {
            return table;
        }
        index += 1;
    }
}

/// The check sum over `bytes`.
#[inline]
pub fn crc8(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(START, |rest, byte| TABLE[usize::from(rest ^ byte)])
}

/// Whether `bytes` are whole triples of high byte, low byte and their check sum, and at least one of them.
#[inline]
pub fn triples_hold(bytes: &[u8]) -> bool {
    let (triples, rest) = bytes.as_chunks::<3>();
    !triples.is_empty()
        && rest.is_empty()
        && triples
            .iter()
            .all(|[high, low, crc]| crc8(&[*high, *low]) == *crc)
}

const MAXIM: [u8; 256] = reflected();

const fn reflected() -> [u8; 256] {
    let mut table = [0_u8; 256];
    let mut index = 0_u8;
    loop {
        let mut rest = index;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 0 {
                rest >> 1
            } else {
                (rest >> 1) ^ POLYNOMIAL.reverse_bits()
            };
            bit += 1;
        }
        table[index as usize] = rest;
        if index == u8::MAX {
            return table;
        }
        index += 1;
    }
}

/// The check sum of 1-Wire parts over `bytes`.
pub fn crc8_maxim(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |rest, byte| MAXIM[usize::from(rest ^ byte)])
}

/// x^16 + x^15 + x^2 + 1 reflected, the x^16 left out.
const MODBUS_POLYNOMIAL: u16 = 0xA001;

const MODBUS: [u16; 256] = modbus();

const fn modbus() -> [u16; 256] {
    let mut table = [0_u16; 256];
    let mut index = 0_u8;
    loop {
        let mut rest = index as u16;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 0 {
                rest >> 1
            } else {
                (rest >> 1) ^ MODBUS_POLYNOMIAL
            };
            bit += 1;
        }
        table[index as usize] = rest;
        if index == u8::MAX {
            return table;
        }
        index += 1;
    }
}

/// The check sum of a serial Modbus frame over `bytes`.
pub fn crc16_modbus(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |rest, byte| {
        let [low, high] = rest.to_le_bytes();
        MODBUS[usize::from(low ^ byte)] ^ u16::from(high)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_vectors_of_the_vendor_hold() {
        assert_eq!(crc8(&[0xBE, 0xEF]), 0x92);
        assert_eq!(crc8(&[0x00, 0x00]), 0x81);
        assert_eq!(crc8(&[0xFF, 0xFF]), 0xAC);
        assert_eq!(crc8(&[0x00, 0x01]), 0xB0);
        assert_eq!(crc8(&[0x03, 0x04]), 0x68);
        assert_eq!(crc8(&[0x06, 0x07]), 0x4C);
        assert_eq!(crc8(b"123456789"), 0xF7);
    }

    #[test]
    fn check_vectors_of_1_wire_and_modbus_hold() {
        assert_eq!(crc8_maxim(b"123456789"), 0xA1);
        assert_eq!(
            crc8_maxim(&[0x50, 0x05, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10]),
            0x1C
        );
        assert_eq!(crc8_maxim(&[0; 9]), 0, "nine zeros pass");
        assert_ne!(crc8_maxim(&[0xFF; 8]), 0xFF);
        assert_eq!(crc16_modbus(b"123456789"), 0x4B37);
        assert_eq!(crc16_modbus(&[0x01, 0x05, 0x00, 0x00, 0xFF, 0x00]), 0x3A8C);
    }

    #[test]
    fn a_dead_bus_and_an_untouched_buffer_fail() {
        for byte in [0x00, 0xFF, 0xA5, 0x5A] {
            assert!(!triples_hold(&[byte; 6]), "{byte:#04x}");
        }
        assert!(!triples_hold(&[]));
        assert!(!triples_hold(&[0xBE, 0xEF]));
        assert!(!triples_hold(&[0xBE, 0xEF, 0x92, 0x00]));
        assert!(triples_hold(&[0xBE, 0xEF, 0x92, 0x00, 0x00, 0x81]));
    }

    #[test]
    fn every_single_bit_error_is_seen() {
        let good = [0x66_u8, 0x66, 0x93];
        assert!(triples_hold(&good));
        for bit in 0..24 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(!triples_hold(&bad), "bit {bit}");
        }
    }
}
