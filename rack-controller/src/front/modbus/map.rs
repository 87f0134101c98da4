//! Which registers and bits there are. Every address outside is answered with exception 02; an address inside that
//! nothing is assigned to reads 0xFFFF, a bit 0.

use points::alarm::MOST;
use points::interlock::{Cause, Effect};
use points::point::BLOCKS;

/// A run of addresses, both ends included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) first: u16,
    pub(super) last: u16,
}

const fn run(first: u16, last: u16) -> Run {
    Run { first, last }
}

/// Who this is and how it is.
pub(super) const HEAD: Run = run(0, 19);
/// Alarms and interlocks in short.
pub(super) const SUMMARY: Run = run(100, 199);
/// Constants by which a person sees word and byte order.
pub(super) const SELF_TEST: Run = run(900, 949);
/// Set points.
pub(super) const SETTINGS: Run = run(1000, 1099);
/// First register of the mirror of 32-bit floats. A point's float lies by its register, so that points that are added
/// move no other's.
const FLOATS: u16 = 2000;
/// Registers of points end before this one; so does their mirror, at twice that.
const POINTS_END: u16 = 1800;
/// Registers behind the last one there is.
pub(super) const END: usize = FLOATS as usize + 2 * POINTS_END as usize;

/// The first of the two registers that hold a point's value as a 32-bit float, by the register of the value.
pub(super) const fn float_of(register: u16) -> u16 {
    FLOATS + 2 * register
}

/// First of the registers that hold the number of each group's first alarm; ten are kept for groups.
pub(super) const FIRST_OUT: u16 = 154;

/// First of the registers with the alarms that came after the first 64: two for each set, in the order of the sets.
pub(super) const FURTHER: u16 = 164;

/// Register of the picture's age in tenths of a second; written into each answer, since it grows between pictures.
pub(super) const AGE: u16 = 13;

/// First of the two registers of the picture's time in Unix seconds.
pub(super) const TIME: u16 = 14;

/// What is not a block of points.
const OTHERS: [Run; 4] = [HEAD, SUMMARY, SELF_TEST, SETTINGS];

/// For each register, how many there are from it on without a hole; 0 in a hole.
static REACH: [u16; END] = reach();

const fn mark(reach: &mut [u16; END], run: Run) {
    let mut at = run.first as usize;
    while at <= run.last as usize {
        assert!(reach[at] == 0, "two runs share a register");
        reach[at] = 1;
        at += 1;
    }
}

const fn reach() -> [u16; END] {
    const { assert!(END <= 65_536, "registers have 16-bit addresses") };
    let mut reach = [0u16; END];
    let mut one = 0;
    while one < OTHERS.len() {
        mark(&mut reach, OTHERS[one]);
        one += 1;
    }
    let mut block = 0;
    while block < BLOCKS.len() {
        assert!(BLOCKS[block].last < POINTS_END, "every point has its float");
        mark(&mut reach, run(BLOCKS[block].first, BLOCKS[block].last));
        block += 1;
    }
    let mut at = END;
    let mut length = 0;
    while at > 0 {
        at -= 1;
        length = if at >= FLOATS as usize || reach[at] != 0 {
            length + 1
        } else {
            0
        };
        reach[at] = length;
    }
    reach
}

/// Whether `count` registers from `first` on are all there.
pub(super) fn has_registers(first: u16, count: u16) -> bool {
    REACH.get(usize::from(first)).is_some_and(|reach| *reach >= count)
}

/// Words of bits, each at most a hundred long, in the order in which an image holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bits {
    /// Alarms whose condition stands.
    Active,
    /// Alarms that are shown.
    Raised,
    /// Alarms that nobody has acknowledged.
    Unacknowledged,
    /// Causes that stand.
    Causes,
    /// Effects in force.
    Effects,
    /// Alarms that a person has put on the shelf.
    Shelved,
    /// Alarms that a person has taken out of service.
    OutOfService,
    /// Alarms that another one explains: suppressed by design.
    Designed,
    /// Alarms that chatter.
    Chattering,
    /// Alarms that a latch keeps.
    Latched,
}

impl Bits {
    pub(super) const ALL: [Bits; 10] = [
        Bits::Active,
        Bits::Raised,
        Bits::Unacknowledged,
        Bits::Causes,
        Bits::Effects,
        Bits::Shelved,
        Bits::OutOfService,
        Bits::Designed,
        Bits::Chattering,
        Bits::Latched,
    ];

    /// Its first bit's address.
    pub(super) const fn first(self) -> u16 {
        100 * self as u16
    }

    /// How many bits it has.
    pub(super) const fn count(self) -> u16 {
        match self {
            Bits::Active
            | Bits::Raised
            | Bits::Unacknowledged
            | Bits::Shelved
            | Bits::OutOfService
            | Bits::Designed
            | Bits::Chattering
            | Bits::Latched => MOST,
            Bits::Causes | Bits::Effects => 32,
        }
    }
}

const _: () = assert!(MOST <= 100, "the next word of bits begins there");
const _: () = assert!(Cause::COUNT <= 32 && Effect::COUNT <= 32, "the words hold them");

/// The word that holds `count` bits from `first` on, and the place of the first in it; nothing when they are not
/// all there.
pub(super) fn bits(first: u16, count: u16) -> Option<(Bits, u16)> {
    Bits::ALL.into_iter().find_map(|word| {
        let place = first.checked_sub(word.first())?;
        let behind = place.checked_add(count)?;
        (behind <= word.count()).then_some((word, place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_every_register_of_a_point() {
        let mut blocks: Vec<(u16, u16)> = BLOCKS.iter().map(|block| (block.first, block.last)).collect();
        blocks.sort_unstable();
        let mut runs: Vec<(u16, u16)> = Vec::new();
        for (first, last) in blocks {
            match runs.last_mut() {
                Some(run) if run.1 + 1 == first => run.1 = last,
                Some(_) | None => runs.push((first, last)),
            }
        }
        let named: Vec<String> = runs
            .iter()
            .map(|(first, last)| format!("{first} to {last}"))
            .collect();
        let row = format!("\n| {} | blocks of points", named.join(", "));
        let document = include_str!("../../../../docs/modbus.md");
        assert!(document.contains(&row), "docs/modbus.md lacks {row}");
    }
}
