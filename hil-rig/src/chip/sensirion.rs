//! The word format shared by Sensirion's sensors: two bytes, high first, then a CRC-8 of the two (11-chips, 0.4).

/// CRC-8 with polynomial 0x31, nothing reflected, for every possible first byte.
const TABLE: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut table = [0_u8; 256];
    let mut byte = 0_u8;
    loop {
        let mut crc = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x80 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x31
            };
            bit += 1;
        }
        table[byte as usize] = crc;
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

/// Check byte over `bytes`, starting value 0xFF.
pub(super) fn crc8(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0xFF, |crc, byte| TABLE[usize::from(crc ^ byte)])
}

/// Puts the words with their check bytes into `buf`.
///
/// A host that stops early gets the first bytes; one that reads on sees a released data line, 0xFF.
pub(super) fn answer(words: &[u16], buf: &mut [u8]) {
    let mut words = words.iter();
    for group in buf.chunks_mut(3) {
        let triple = words.next().map_or([0xFF; 3], |word| {
            let [high, low] = word.to_be_bytes();
            [high, low, crc8(&[high, low])]
        });
        let length = group.len();
        group.copy_from_slice(&triple[..length]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_check_bytes() {
        for (bytes, crc) in [
            (&[0xBE_u8, 0xEF][..], 0x92_u8),
            (&[0x00, 0x00], 0x81),
            (&[0xFF, 0xFF], 0xAC),
            (&[0x00, 0x01], 0xB0),
            (&[0x03, 0x04], 0x68),
            (&[0x06, 0x07], 0x4C),
            (b"123456789", 0xF7),
        ] {
            assert_eq!(crc8(bytes), crc, "{bytes:02X?}");
        }
    }

    #[test]
    fn short_and_long_reads_fill_the_buffer() {
        let mut short = [0; 2];
        answer(&[0xBEEF], &mut short);
        assert_eq!(short, [0xBE, 0xEF]);
        let mut long = [0; 7];
        answer(&[0xBEEF, 0x0000], &mut long);
        assert_eq!(long, [0xBE, 0xEF, 0x92, 0x00, 0x00, 0x81, 0xFF]);
    }
}
