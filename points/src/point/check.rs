//! What must hold of the table for it to compile: no overlapping registers, spans that fit the wire, unique names.

use super::{BLOCKS, Block, COUNT, MAP_VERSION_REGISTER, Row};

/// A Modbus read returns at most 125 registers.
const LONGEST_READ: u16 = 125;

/// Every check over the whole table.
pub(super) const fn table() {
    const { assert!(COUNT < 4096, "point indices are far below 65,536") };
    let mut block = 0;
    while block < BLOCKS.len() {
        one_block(&BLOCKS[block]);
        assert!(
            BLOCKS[block].first > MAP_VERSION_REGISTER,
            "register 0 is the map version"
        );
        let mut other = block + 1;
        while other < BLOCKS.len() {
            let (a, b) = (&BLOCKS[block], &BLOCKS[other]);
            assert!(
                a.last < b.first || b.last < a.first,
                "two blocks share a register"
            );
            names_differ(a.rows, b.rows);
            other += 1;
        }
        block += 1;
    }
}

const fn one_block(block: &Block) {
    assert!(
        block.last > block.first,
        "a block has a first and a last register"
    );
    assert!(
        block.last - block.first < LONGEST_READ,
        "a block is readable in one request"
    );
    let mut row = 0;
    let mut next = block.first + 1;
    while row < block.rows.len() {
        let this = &block.rows[row];
        span_fits(this);
        assert!(
            this.register >= next,
            "registers of a block rise and do not overlap"
        );
        let mut members = 0;
        next = this.register;
        while members < this.count() {
            next += this.stride();
            members += 1;
        }
        assert!(next <= block.last, "a row lies inside its block");
        let mut other = row + 1;
        while other < block.rows.len() {
            assert!(!same(this.name, block.rows[other].name), "two rows share a name");
            other += 1;
        }
        row += 1;
    }
}

const fn span_fits(row: &Row) {
    assert!(row.low < row.high, "a span runs from low to high");
    assert!(row.count() > 0 && row.words >= 1 && row.words <= 2 && row.decimals <= 6);
    let mut scale = 1.0;
    let mut decimal = 0;
    while decimal < row.decimals {
        scale *= 10.0;
        decimal += 1;
    }
    let (low, high) = (row.low * scale, row.high * scale);
    // One sentinel (0x8000, 0xFFFF and their double-word forms) is kept free for "no value".
    let fits = if row.words == 2 {
        low >= 0.0 && high <= 4_294_967_294.0
    } else if low < 0.0 {
        low >= -32_767.0 && high <= 32_767.0
    } else {
        high <= 65_534.0
    };
    assert!(fits, "a span fits its registers");
}

const fn names_differ(a: &[Row], b: &[Row]) {
    let mut i = 0;
    while i < a.len() {
        let mut j = 0;
        while j < b.len() {
            assert!(!same(a[i].name, b[j].name), "two rows share a name");
            j += 1;
        }
        i += 1;
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = a.len();
    // From the end: names differ there soonest.
    while i > 0 {
        i -= 1;
        if a[i] != b[i] {
            return false;
        }
    }
    true
}
