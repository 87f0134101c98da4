//! What is asked of a line: the flags of `linux/gpio.h`, version 2, into which those of version 1 are translated.

use rustix::io::Errno;

pub(in crate::exec) const USED: u64 = 1 << 0;
pub(in crate::exec) const ACTIVE_LOW: u64 = 1 << 1;
pub(in crate::exec) const INPUT: u64 = 1 << 2;
pub(in crate::exec) const OUTPUT: u64 = 1 << 3;
pub(in crate::exec) const RISING: u64 = 1 << 4;
pub(in crate::exec) const FALLING: u64 = 1 << 5;
const OPEN_DRAIN: u64 = 1 << 6;
const OPEN_SOURCE: u64 = 1 << 7;
const PULL_UP: u64 = 1 << 8;
const PULL_DOWN: u64 = 1 << 9;
const BIAS_OFF: u64 = 1 << 10;
pub(in crate::exec) const REAL_TIME: u64 = 1 << 11;
const TIMESTAMP_ENGINE: u64 = 1 << 12;

pub(in crate::exec) const DIRECTION: u64 = INPUT | OUTPUT;
pub(in crate::exec) const EDGES: u64 = RISING | FALLING;
const BIAS: u64 = PULL_UP | PULL_DOWN | BIAS_OFF;
const DRIVE: u64 = OPEN_DRAIN | OPEN_SOURCE;
const KNOWN: u64 = ACTIVE_LOW | DIRECTION | EDGES | DRIVE | BIAS | REAL_TIME;

/// Flags that go together, by the rules of the kernel's gpiolib-cdev.c.
pub(super) fn check(flags: u64) -> Result<(), Errno> {
    if flags & TIMESTAMP_ENGINE != 0 {
        return Err(Errno::OPNOTSUPP);
    }
    let both = |mask: u64| flags & mask == mask;
    let one_at_most = (flags & BIAS).count_ones() <= 1;
    let clash = flags & !KNOWN != 0
        || both(DIRECTION)
        || both(DRIVE)
        || !one_at_most
        || flags & EDGES != 0 && flags & INPUT == 0
        || flags & DRIVE != 0 && flags & OUTPUT == 0
        || flags & BIAS != 0 && flags & DIRECTION == 0;
    if clash { Err(Errno::INVAL) } else { Ok(()) }
}

/// A request's flags of version 1 (`GPIOHANDLE_REQUEST_*`), bit by bit.
const FIRST: [u64; 8] = [
    INPUT,
    OUTPUT,
    ACTIVE_LOW,
    OPEN_DRAIN,
    OPEN_SOURCE,
    PULL_UP,
    PULL_DOWN,
    BIAS_OFF,
];

/// Those of version 1 as those of version 2.
pub(super) fn from_first(first: u32) -> Result<u64, Errno> {
    if first >> FIRST.len() != 0 {
        return Err(Errno::INVAL);
    }
    let set = |(bit, flag): (usize, &u64)| if first >> bit & 1 == 1 { *flag } else { 0 };
    let flags = FIRST.iter().enumerate().map(set).sum();
    check(flags).map(|()| flags)
}

/// A line's flags as version 1 tells them (`GPIOLINE_FLAG_*`).
pub(super) fn told_first(flags: u64) -> u32 {
    let told = [
        USED,
        OUTPUT,
        ACTIVE_LOW,
        OPEN_DRAIN,
        OPEN_SOURCE,
        PULL_UP,
        PULL_DOWN,
        BIAS_OFF,
    ];
    let set = |(bit, flag): (usize, &u64)| if flags & flag != 0 { 1 << bit } else { 0 };
    told.iter().enumerate().map(set).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_contradict_each_other_are_refused() {
        for good in [
            0,
            INPUT,
            OUTPUT | ACTIVE_LOW,
            INPUT | EDGES | PULL_UP,
            OUTPUT | OPEN_DRAIN | BIAS_OFF,
        ] {
            assert_eq!(check(good), Ok(()), "{good:#x}");
        }
        let bad = [
            DIRECTION,
            OUTPUT | RISING,
            RISING,
            INPUT | OPEN_DRAIN,
            OUTPUT | DRIVE,
            PULL_UP,
            INPUT | PULL_UP | PULL_DOWN,
            USED | INPUT,
            1 << 40,
        ];
        for bad in bad {
            assert_eq!(check(bad), Err(Errno::INVAL), "{bad:#x}");
        }
        assert_eq!(check(INPUT | TIMESTAMP_ENGINE), Err(Errno::OPNOTSUPP));
    }

    #[test]
    fn the_first_versions_flags_are_the_same_words() {
        assert_eq!(from_first(0b0000_0110), Ok(OUTPUT | ACTIVE_LOW));
        assert_eq!(from_first(0b0010_0001), Ok(INPUT | PULL_UP));
        assert_eq!(from_first(0b0000_0011), Err(Errno::INVAL));
        assert_eq!(from_first(1 << 8), Err(Errno::INVAL));
        assert_eq!(told_first(USED | OUTPUT | BIAS_OFF), 0b1000_0011);
    }
}
