//! The instruments of the rack by name: what faults can befall and what people can exchange.
//!
//! Probes of air, transmitters of pressure, meters, relay boards and 1-Wire probes each stand together, in the order of
//! their places.

use serde::{Deserialize, Serialize};

use super::fault::Kind;

macro_rules! instruments {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $kind:ident;)+) => {
        /// A chip or a device of the rack by what it is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum Instrument { $($(#[doc = $doc])+ $variant,)+ }

        impl Instrument {
            /// Every instrument, in order.
            pub const ALL: &'static [Instrument] = &[$(Instrument::$variant),+];
            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// What it is, as far as its faults care.
            #[must_use]
            pub fn kind(self) -> Kind {
                match self { $(Instrument::$variant => Kind::$kind,)+ }
            }
        }
    };
}

instruments! {
    /// Exhaust probe A.
    ExhaustA = "exhaust-a", Air;
    /// Exhaust probe B.
    ExhaustB = "exhaust-b", Air;
    /// Exhaust probe C.
    ExhaustC = "exhaust-c", Air;
    /// Room probe.
    Room = "room", Air;
    /// Ceiling probe.
    Ceiling = "ceiling", Air;
    /// Left inlet probe.
    InletLeft = "inlet-left", Air;
    /// Right inlet probe.
    InletRight = "inlet-right", Air;
    /// Converter of the thermistor on the left extinguisher.
    ExtinguisherLeft = "extinguisher-left", Thermistor;
    /// Converter of the thermistor on the right extinguisher.
    ExtinguisherRight = "extinguisher-right", Thermistor;
    /// Board 1.
    Board1 = "board-1", Air;
    /// Board 2.
    Board2 = "board-2", Air;
    /// Board 3.
    Board3 = "board-3", Air;
    /// Board 4.
    Board4 = "board-4", Air;
    /// Board 5.
    Board5 = "board-5", Air;
    /// Board 6.
    Board6 = "board-6", Air;
    /// Board 7.
    Board7 = "board-7", Air;
    /// Board 8.
    Board8 = "board-8", Air;
    /// Rack draft.
    Draft = "draft", Pressure;
    /// Suction chamber.
    Suction = "suction", Pressure;
    /// Left filter.
    FilterLeft = "filter-left", Pressure;
    /// Right filter.
    FilterRight = "filter-right", Pressure;
    /// Supervised loops.
    Loops = "loops", Loops;
    /// Feed power.
    Feeds = "feeds", Feeds;
    /// Blower supply.
    Supply = "supply", Supply;
    /// Fan controller.
    Fan = "fan", Fan;
    /// Multiplexer of the bus `air`.
    Multiplexer = "multiplexer", Multiplexer;
    /// Left wall.
    WallLeft = "wall-left", Wall;
    /// Right wall.
    WallRight = "wall-right", Wall;
    /// Blower supply once more, finer: in series with the first.
    SupplyFine = "supply-fine", Supply;
    /// Second poles of the contacts.
    Expander = "expander", Expander;
    /// Meter of feed A.
    MeterA = "meter-a", Meter;
    /// Meter of feed B.
    MeterB = "meter-b", Meter;
    /// Relay board of outlets 1 to 8.
    Outlets1 = "outlets-1", Outlets;
    /// Relay board of outlets 9 to 16.
    Outlets9 = "outlets-9", Outlets;
    /// 1-Wire probe at board 1.
    W1Board1 = "w1-board-1", OneWire;
    /// 1-Wire probe at board 2.
    W1Board2 = "w1-board-2", OneWire;
    /// 1-Wire probe at board 3.
    W1Board3 = "w1-board-3", OneWire;
    /// 1-Wire probe at board 4.
    W1Board4 = "w1-board-4", OneWire;
    /// 1-Wire probe at board 5.
    W1Board5 = "w1-board-5", OneWire;
    /// 1-Wire probe at board 6.
    W1Board6 = "w1-board-6", OneWire;
    /// 1-Wire probe at board 7.
    W1Board7 = "w1-board-7", OneWire;
    /// 1-Wire probe at board 8.
    W1Board8 = "w1-board-8", OneWire;
}
