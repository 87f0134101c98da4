//! The two resistors read at power-up: one for the address, one for the drive the fans begin with.

/// A resistor at the ADDR_SEL or CLK pin, in the order of the datasheet's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strap {
    /// 4.7 kOhm: address 0x2E; drive 0 %.
    K4_7,
    /// 6.8 kOhm: address 0x2F; drive 30 %.
    K6_8,
    /// 10 kOhm: address 0x2C; drive 50 %.
    K10,
    /// 15 kOhm: address 0x2D; drive 75 %.
    K15,
    /// 22 kOhm: address 0x4C; drive 100 %.
    K22,
    /// 33 kOhm: address 0x4D; drive 0 %.
    K33,
}

impl Strap {
    /// Code in the product-features register: row of the table.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::K4_7 => 0,
            Self::K6_8 => 1,
            Self::K10 => 2,
            Self::K15 => 3,
            Self::K22 => 4,
            Self::K33 => 5,
        }
    }

    /// The 7-bit address this resistor at ADDR_SEL gives.
    #[must_use]
    pub fn address(self) -> u8 {
        match self {
            Self::K4_7 => 0x2E,
            Self::K6_8 => 0x2F,
            Self::K10 => 0x2C,
            Self::K15 => 0x2D,
            Self::K22 => 0x4C,
            Self::K33 => 0x4D,
        }
    }

    /// The power-up drive this resistor at CLK gives, for the two addresses that look at it.
    pub(super) fn drive(self) -> u8 {
        match self {
            Self::K4_7 | Self::K33 => 0x00,
            Self::K6_8 => 0x4C,
            Self::K10 => 0x80,
            Self::K15 => 0xBF,
            Self::K22 => 0xFF,
        }
    }
}
