//! Addresses that a chip's straps can give it (each part's data sheet, section on addressing).

use std::ops::RangeInclusive;

use super::ChipKind;

impl ChipKind {
    /// The addresses it can have on I2C; none for a device of another medium.
    pub fn straps(self) -> &'static [RangeInclusive<u8>] {
        match self {
            // By the letter of the part's number.
            ChipKind::Sht4x => &[0x44..=0x46],
            // SDP8x0 and SDP8x1.
            ChipKind::Sdp8xx => &[0x25..=0x26],
            ChipKind::Ads1115 | ChipKind::Tmp117 => &[0x48..=0x4B],
            ChipKind::Ina226 | ChipKind::Ina228 => &[0x40..=0x4F],
            // By the resistor at ADDR_SEL.
            ChipKind::Emc2305 => &[0x2C..=0x2F, 0x4C..=0x4D],
            ChipKind::Mcp23017 => &[0x20..=0x27],
            ChipKind::Ds18b20 | ChipKind::Kernel | ChipKind::Sdm630 | ChipKind::Relays => &[],
        }
    }

    /// Whether it can have this address on I2C.
    pub fn may_have(self, address: u8) -> bool {
        self.straps().iter().any(|range| range.contains(&address))
    }

    /// Those addresses in words.
    pub fn straps_in_words(self) -> String {
        let range = |range: &RangeInclusive<u8>| format!("0x{:02X} to 0x{:02X}", range.start(), range.end());
        self.straps().iter().map(range).collect::<Vec<_>>().join(" or ")
    }
}
