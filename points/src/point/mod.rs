//! The table of measured and derived values: one row, one declaration, every view.
//!
//! A row's doc comment is the text of the manual, the tooltip and the metric's HELP. Registers are 0-based PDU
//! addresses of Modbus input registers, explicit, and only ever added to; a golden file holds them. Each
//! one-word point takes two registers: the value (big-endian, scaled by its decimals) and its status
//! (quality in bits 15..12, age in seconds in bits 11..0, 4095 = that or more). A two-word point takes three.
//! A block starts and ends with the same sequence number, so that one read tells whether it is consistent.

pub mod ahead;
pub mod blower;
pub mod blowers;
pub mod certificates;
pub mod commissioning;
pub mod contact;
pub mod control;
pub mod controller;
pub mod derived;
pub mod drill;
pub mod evidence;
pub mod flow;
pub mod hosts;
pub mod inputs;
pub mod learned;
pub mod output;
pub mod parity;
pub mod power;
pub mod self_test;
pub mod shutdown;
pub mod switching;
pub mod temperature;

use core::marker::PhantomData;

use crate::quantity::Kind;

/// The version of the register map; it may still change while it is 0.
pub const MAP_VERSION: u16 = 0;

/// The register that holds [`MAP_VERSION`].
pub const MAP_VERSION_REGISTER: u16 = 0;

/// One row: a point, or a family of points that differ by a label only.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The name; for a family `{}` stands for the label.
    pub name: &'static str,
    /// Labels of a family; one empty label for a single point.
    pub labels: &'static [&'static str],
    /// Quantity and unit, or the states.
    pub kind: Kind,
    /// Lowest value that can be.
    pub low: f64,
    /// Highest value that can be.
    pub high: f64,
    /// Decimals kept on the wire.
    pub decimals: u8,
    /// Registers of the value: 1 or 2.
    pub words: u8,
    /// Register of the first point's value.
    pub register: u16,
    doc: &'static str,
}

impl Row {
    /// What the point is, for people.
    pub fn about(&self) -> &'static str {
        self.doc.trim()
    }

    /// Registers each point of the row takes: its value and its status.
    pub const fn stride(&self) -> u16 {
        self.words as u16 + 1
    }

    /// Points in the row.
    pub const fn count(&self) -> usize {
        self.labels.len()
    }
}

/// A run of registers that is read in one request and carries one sequence number.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// What it holds.
    pub name: &'static str,
    /// First register: the sequence number.
    pub first: u16,
    /// Last register: the same sequence number.
    pub last: u16,
    /// Its rows.
    pub rows: &'static [Row],
}

/// A typed handle of one point.
#[derive(Debug)]
pub struct Tag<Q> {
    index: u16,
    quantity: PhantomData<fn() -> Q>,
}

impl<Q> Clone for Tag<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for Tag<Q> {}

impl<Q> Tag<Q> {
    /// The point's place in every flat walk over the table.
    pub const fn index(self) -> usize {
        self.index as usize
    }
}

/// A typed handle of a family of points.
#[derive(Debug)]
pub struct Family<Q> {
    first: u16,
    count: u16,
    quantity: PhantomData<fn() -> Q>,
}

impl<Q> Clone for Family<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for Family<Q> {}

impl<Q> Family<Q> {
    /// Points in the family.
    #[expect(clippy::len_without_is_empty, reason = "a family is never empty")]
    pub const fn len(self) -> usize {
        self.count as usize
    }

    /// The `member`-th point, counted from 0; nothing behind the last.
    pub const fn get(self, member: usize) -> Option<Tag<Q>> {
        if member < self.count as usize {
            Some(self.at(member))
        } else {
            None
        }
    }

    /// The `member`-th point, counted from 0.
    ///
    /// # Panics
    /// Behind the last, like an index into a slice.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the table is far below 65,536 points; checked below"
    )]
    pub const fn at(self, member: usize) -> Tag<Q> {
        assert!(member < self.count as usize, "no such member of the family");
        Tag {
            index: self.first + member as u16,
            quantity: PhantomData,
        }
    }

    /// All points of the family.
    pub fn iter(self) -> impl Iterator<Item = Tag<Q>> {
        (0..self.len()).filter_map(move |member| self.get(member))
    }
}

pub(crate) const fn points_in(rows: &[Row], until: usize) -> usize {
    let (mut sum, mut row) = (0, 0);
    while row < until {
        sum += rows[row].count();
        row += 1;
    }
    sum
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the table is far below 65,536 points; checked below"
)]
pub(crate) const fn tag<Q>(index: usize) -> Tag<Q> {
    Tag {
        index: index as u16,
        quantity: PhantomData,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the table is far below 65,536 points; checked below"
)]
pub(crate) const fn family<Q>(first: usize, count: usize) -> Family<Q> {
    Family {
        first: first as u16,
        count: count as u16,
        quantity: PhantomData,
    }
}

pub(crate) const fn row(
    name: &'static str,
    labels: &'static [&'static str],
    kind: Kind,
    span: (f64, f64),
    (decimals, words, register): (u8, u8, u16),
    doc: &'static str,
) -> Row {
    Row {
        name,
        labels,
        kind,
        low: span.0,
        high: span.1,
        decimals,
        words,
        register,
        doc,
    }
}

const NUMBERS: [&str; 32] = [
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
    "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30", "31", "32",
];

/// Labels `1` to `count`.
pub(crate) const fn numbers(count: usize) -> &'static [&'static str] {
    NUMBERS.split_at(count).0
}

/// The labels of the two sides.
pub(crate) const SIDES: &[&str] = &["left", "right"];
/// The labels of pairs.
pub(crate) const AB: &[&str] = &["a", "b"];
/// The one label of a single point.
pub(crate) const SINGLE: &[&str] = &[""];

/// Declares a block: rows as data (`ROWS`, `BLOCK`) and a typed handle for each.
///
/// A row with `[labels]` is a family whose name holds `{}`.
macro_rules! points {
    (block $block:literal, registers $first:literal..=$last:literal, after $before:expr;
     $($(#[doc = $doc:literal])+ $name:ident $([$labels:expr])? : $quantity:ty = $text:literal, $low:literal..$high:literal,
       decimals $decimals:literal, $(words $words:literal,)? register $register:literal;)+) => {
        /// The rows of this block.
        pub const ROWS: &[$crate::point::Row] = &[$($crate::point::row(
            $text,
            $crate::point::points!(@labels $($labels)?),
            <$quantity as $crate::quantity::Quantity>::KIND,
            ($low, $high),
            ($decimals, $crate::point::points!(@words $($words)?), $register),
            concat!($($doc),+),
        )),+];

        /// The block of registers.
        pub const BLOCK: $crate::point::Block =
            $crate::point::Block { name: $block, first: $first, last: $last, rows: ROWS };

        /// Index of the first point of this block.
        pub(crate) const BASE: usize = $before;
        /// Index behind the last point of this block.
        pub(crate) const END: usize = BASE + $crate::point::points_in(ROWS, ROWS.len());

        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Place { $($name),+ }

        $($crate::point::points!(@tag $(#[doc = $doc])+ $name, $quantity $(, $labels)?);)+
    };
    (@labels) => { $crate::point::SINGLE };
    (@labels $labels:expr) => { $labels };
    (@words) => { 1 };
    (@words $words:literal) => { $words };
    (@tag $(#[doc = $doc:literal])+ $name:ident, $quantity:ty) => {
        $(#[doc = $doc])+
        pub const $name: $crate::point::Tag<$quantity> =
            $crate::point::tag(BASE + $crate::point::points_in(ROWS, Place::$name as usize));
    };
    (@tag $(#[doc = $doc:literal])+ $name:ident, $quantity:ty, $labels:expr) => {
        $(#[doc = $doc])+
        pub const $name: $crate::point::Family<$quantity> = $crate::point::family(
            BASE + $crate::point::points_in(ROWS, Place::$name as usize), $labels.len());
    };
}
pub(crate) use points;

/// All blocks in the order of their points.
pub const BLOCKS: &[Block] = &[
    controller::BLOCK,
    temperature::BLOCK,
    flow::BLOCK,
    blower::BLOCK,
    contact::BLOCK,
    power::BLOCK,
    derived::BLOCK,
    output::BLOCK,
    hosts::states::BLOCK,
    hosts::temperatures::BLOCK,
    hosts::powers::BLOCK,
    hosts::outlets::BLOCK,
    inputs::BLOCK,
    self_test::BLOCK,
    commissioning::BLOCK,
    blowers::BLOCK,
    parity::BLOCK,
    control::BLOCK,
    shutdown::BLOCK,
    switching::BLOCK,
    learned::BLOCK,
    drill::BLOCK,
    certificates::BLOCK,
    ahead::BLOCK,
    evidence::says::BLOCK,
    evidence::ages::BLOCK,
];

/// How many points there are.
pub const COUNT: usize = evidence::ages::END;

/// One point of the flat walk over the table.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Its place in the walk, the same as its handle's index.
    pub index: usize,
    /// Its row.
    pub row: &'static Row,
    /// Its label in the row; empty for a single point.
    pub label: &'static str,
    /// Register of its value.
    pub register: u16,
}

impl Point {
    /// The point's typed handle, when its quantity is `Q`.
    pub fn typed<Q: crate::quantity::Quantity>(&self) -> Option<Tag<Q>> {
        (self.row.kind == Q::KIND).then(|| tag(self.index))
    }

    /// Whether this is the point's name.
    pub fn is_named(&self, name: &str) -> bool {
        match self.row.name.split_once("{}") {
            Some((before, after)) => name
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after))
                .is_some_and(|label| label == self.label),
            None => self.row.name == name,
        }
    }

    /// Register of its status word.
    pub fn status_register(&self) -> u16 {
        self.register + u16::from(self.row.words)
    }
}

impl core::fmt::Display for Point {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.row.name.split_once("{}") {
            Some((before, after)) => write!(f, "{before}{}{after}", self.label),
            None => f.write_str(self.row.name),
        }
    }
}

/// Every point, in order; `Display` is its name.
pub fn all() -> impl Iterator<Item = Point> {
    let rows = BLOCKS.iter().flat_map(|block| block.rows.iter());
    let members = rows.flat_map(|row| {
        row.labels
            .iter()
            .zip(0u16..)
            .map(move |(label, member)| (row, *label, row.register + member * row.stride()))
    });
    members.enumerate().map(|(index, (row, label, register))| Point {
        index,
        row,
        label,
        register,
    })
}

/// The point with this name.
pub fn find(name: &str) -> Option<Point> {
    all().find(|point| point.is_named(name))
}

const _: () = check::table();

#[path = "check.rs"]
mod check;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::string::ToString;

    #[test]
    fn the_walk_and_the_handles_agree() {
        let walk: std::vec::Vec<Point> = all().collect();
        assert_eq!(walk.len(), COUNT);
        assert_eq!(walk[flow::RACK_DRAFT.index()].to_string(), "rack.draft.pressure");
        assert_eq!(
            walk[temperature::BOARD.at(7).index()].to_string(),
            "rack.board.8.temperature"
        );
        assert_eq!(
            walk[temperature::EXHAUST.at(1).index()].to_string(),
            "rack.exhaust.b.temperature"
        );
        assert_eq!(walk[evidence::ages::AGE.at(31).index()].index, COUNT - 1);
    }

    #[test]
    fn every_point_is_found_by_its_name_and_typed_by_its_quantity() {
        for point in all() {
            assert_eq!(
                find(&point.to_string()).map(|found| found.index),
                Some(point.index)
            );
        }
        let draft = find("rack.draft.pressure").expect("the draft is a point");
        assert!(draft.typed::<crate::quantity::Pascal>().is_some());
        assert!(draft.typed::<crate::quantity::Celsius>().is_none());
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<std::string::String> = all().map(|point| point.to_string()).collect();
        assert_eq!(names.len(), COUNT);
    }
}
