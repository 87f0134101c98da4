//! Faults of instruments by name: one table with what each does, which kinds of instrument it can befall and how much of
//! it there may be.
//!
//! ```text
//!   fault exhaust-a drift 2 K/h     fault multiplexer crossed 1     mend exhaust-a drift     mend exhaust-a all
//! ```
//! A row stands for a fault that is real in the bytes: in the chip, in its place on the bus, in what reaches it, or in the
//! adapter that speaks for the host. An amount that is left out is the usual one.

use serde::{Deserialize, Serialize};

use super::argument::{Field, Parameter, Span, Value};
use super::instrument::Instrument;

/// What an instrument is, as far as its faults care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A probe of temperature and humidity in the air.
    Air,
    /// A thermistor with its converter.
    Thermistor,
    /// A probe of temperature on a wall.
    Wall,
    /// A differential-pressure transmitter.
    Pressure,
    /// A converter on supervised loops.
    Loops,
    /// A converter on power transducers.
    Feeds,
    /// A monitor of a supply.
    Supply,
    /// A fan controller.
    Fan,
    /// A bus multiplexer.
    Multiplexer,
    /// An expander of contacts.
    Expander,
    /// A feed's meter on a serial line.
    Meter,
    /// A relay board on a serial line.
    Outlets,
    /// A probe of temperature on a 1-Wire bus.
    OneWire,
}

impl Kind {
    /// Whether it is a sensing element that can hang in another's place.
    #[must_use]
    pub fn is_probe(self) -> bool {
        kinds(&[Kind::Air, Kind::Thermistor, Kind::Pressure]) >> self as u8 & 1 == 1
    }
}

/// A set of kinds, one bit each.
type Kinds = u16;

const fn kinds(list: &[Kind]) -> Kinds {
    let (mut set, mut place) = (0, 0);
    while place < list.len() {
        set |= 1 << list[place] as u8;
        place += 1;
    }
    set
}

/// How much of a fault there may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amount {
    /// Unit and range.
    pub span: Span,
    /// What is meant where nothing is said.
    pub usual: f64,
}

/// The kinds of instrument that a fault can befall alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    on: Kinds,
    /// How much of it there may be; none for a fault that is there or not.
    pub amount: Option<Amount>,
}

impl Fit {
    /// The amount meant by one that was asked for, within the range; 0 where the fault knows no amount.
    pub(super) fn meant(&self, asked: Option<f64>) -> f64 {
        self.amount.map_or(0.0, |amount| {
            let number = asked.filter(|number| number.is_finite()).unwrap_or(amount.usual);
            number.clamp(amount.span.low, amount.span.high)
        })
    }
}

const fn plain(on: Kinds) -> Fit {
    Fit { on, amount: None }
}

const fn some(on: Kinds, unit: &'static str, low: f64, high: f64, usual: f64) -> Fit {
    let span = Span { unit, low, high };
    Fit {
        on,
        amount: Some(Amount { span, usual }),
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct FaultRow {
    /// Which.
    pub fault: Fault,
    /// Its name: one word.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Whom it can befall, and how much.
    pub fits: &'static [Fit],
}

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $($fit:expr),+;)+) => {
        /// A fault of one instrument.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum Fault { $($(#[doc = $doc])+ $variant,)+ }

        /// The table, in the order of [`Fault`].
        pub const FAULTS: &[FaultRow] = &[$(FaultRow {
            fault: Fault::$variant,
            name: $name,
            about: concat!($($doc),+),
            fits: &[$($fit),+],
        }),+];

        impl Fault {
            /// Every fault, in order.
            pub const ALL: &'static [Fault] = &[$(Fault::$variant),+];
            /// Their names in scenarios.
            pub const NAMES: &'static [&'static str] = &[$($name),+];
            /// Their names, and the word for all of them.
            pub(super) const NAMES_OR_ALL: &'static [&'static str] = &[$($name,)+ "all"];
        }
    };
}

const AIR: Kinds = kinds(&[Kind::Air]);
const PRESSURE: Kinds = kinds(&[Kind::Pressure]);
const FEEDS: Kinds = kinds(&[Kind::Feeds]);
const SUPPLY: Kinds = kinds(&[Kind::Supply]);
const FAN: Kinds = kinds(&[Kind::Fan]);
const MULTIPLEXER: Kinds = kinds(&[Kind::Multiplexer]);
const ONE_WIRE: Kinds = kinds(&[Kind::OneWire]);
const METER: Kinds = kinds(&[Kind::Meter]);
/// Whatever speaks Modbus RTU.
const LINE: Kinds = METER | kinds(&[Kind::Outlets]);
const WARM_CHIPS: Kinds = AIR | kinds(&[Kind::Thermistor, Kind::Wall]);
const WARM: Kinds = WARM_CHIPS | ONE_WIRE;
const PROBES: Kinds = WARM | PRESSURE;
const POWERS: Kinds = FEEDS | METER;
const CONVERTERS: Kinds = WARM_CHIPS | PRESSURE | FEEDS | SUPPLY | kinds(&[Kind::Loops]);
const EXPANDER: Kinds = kinds(&[Kind::Expander]);
/// Whatever hangs on an I2C bus.
const CHIPS: Kinds = CONVERTERS | FAN | MULTIPLEXER | EXPANDER;

faults! {
    /// It does not acknowledge its address.
    Nack = "nack", plain(CHIPS);
    /// It does not acknowledge its address and the adapter reports success: what was to be read is as it was.
    QuietNack = "quiet-nack", plain(CHIPS);
    /// The adapter ends every read half way and says so; nothing is handed over.
    ShortTransfer = "short-transfer", plain(CHIPS);
    /// The adapter ends every read after some bytes and reports success: the others are as they were.
    QuietShort = "quiet-short", some(CHIPS, "", 1.0, 32.0, 1.0);
    /// It holds the clock low when it is addressed, until the host gives up.
    Timeout = "timeout", plain(CHIPS);
    /// It does not answer a share of the transfers.
    Intermittent = "intermittent", some(CHIPS, "%", 0.0, 100.0, 20.0);
    /// It has no supply; mended it starts anew with the settings of its reset, as one that is plugged in again.
    Unplugged = "unplugged", plain(CHIPS);
    /// It answers zeros and acknowledges everything.
    AllZero = "all-zero", plain(CHIPS);
    /// It answers ones.
    AllOnes = "all-ones", plain(CHIPS);
    /// The lowest bit of a byte of every read is flipped, counted from 0.
    FlipBit = "flip-bit", some(CHIPS, "", 0.0, 31.0, 0.0);
    /// Check bytes are wrong.
    BadCrc = "bad-crc", plain(AIR | PRESSURE | LINE | ONE_WIRE);
    /// It answers as before, but what it measures no longer moves.
    Frozen = "frozen", plain(CONVERTERS | FAN | EXPANDER | LINE | ONE_WIRE);
    /// Its conversions take longer.
    Delayed = "delayed", some(CONVERTERS, "s", 0.001, 60.0, 0.05);
    /// Another channel is joined than it was told, so many further; it reads back what it was told.
    Crossed = "crossed", some(MULTIPLEXER, "", 1.0, 7.0, 1.0);
    /// It stores another channel than it was told, so many further, and reads that back.
    Mislatched = "mislatched", some(MULTIPLEXER, "", 1.0, 7.0, 1.0);
    /// What it shows is off by a constant.
    Offset = "offset",
        some(WARM, "K", -150.0, 150.0, 2.0), some(PRESSURE, "Pa", -500.0, 500.0, 5.0),
        some(POWERS, "W", -10_000.0, 10_000.0, 500.0), some(SUPPLY, "A", -40.0, 40.0, 0.5);
    /// What it shows departs steadily from now on.
    Drift = "drift",
        some(WARM, "K/h", -600.0, 600.0, 2.0), some(PRESSURE, "Pa/h", -600.0, 600.0, 5.0),
        some(POWERS, "W/h", -60_000.0, 60_000.0, 500.0), some(SUPPLY, "A/h", -60.0, 60.0, 0.5);
    /// It shows one value.
    Stuck = "stuck",
        some(WARM, "°C", -45.0, 130.0, 25.0), some(PRESSURE, "Pa", -500.0, 500.0, 0.0),
        some(POWERS, "W", 0.0, 10_000.0, 0.0), some(SUPPLY, "A", -40.0, 40.0, 0.0);
    /// One in fifty of the values it takes is off, at random.
    Spike = "spike",
        some(WARM, "K", -150.0, 150.0, 30.0), some(PRESSURE, "Pa", -500.0, 500.0, 50.0),
        some(POWERS, "W", -10_000.0, 10_000.0, 3_000.0), some(SUPPLY, "A", -40.0, 40.0, 5.0);
    /// Its noise is so many times as loud.
    Noise = "noise", some(PROBES, "", 0.0, 1_000.0, 10.0);
    /// It follows so many times as slowly.
    Slow = "slow", some(PROBES, "", 1.0, 1_000.0, 5.0);
    /// The wire of blower A's tachometer is cut.
    TachLost = "tach-lost", plain(FAN);
    /// Blower A's tachometer shows half the speed: a fan with half the poles.
    TachHalf = "tach-half", plain(FAN);
    /// The pulses of blower A's tachometer jitter: standard deviation of the speed shown.
    TachNoise = "tach-noise", some(FAN, "%", 0.0, 100.0, 10.0);
    /// Blower A does not follow its control input and runs at this drive.
    DriveIgnored = "drive-ignored", some(FAN, "%", 0.0, 100.0, 100.0);
    /// It hears requests and says nothing.
    Silent = "silent", plain(LINE);
    /// It answers every request with this exception code.
    Exception = "exception", some(LINE, "", 1.0, 255.0, 4.0);
    /// It answers with the next unit's number.
    WrongUnit = "wrong-unit", plain(LINE);
    /// Its replies begin so late; a host has waited 0.2 s and gone on.
    Late = "late", some(LINE, "s", 0.001, 60.0, 0.5);
    /// Its replies end half way.
    CutReply = "cut-reply", plain(LINE);
    /// A zero comes behind its replies, as when a driver lets go of the line.
    LineNoise = "line-noise", plain(LINE);
    /// The search of the bus does not find it: it has no text.
    Missing = "missing", plain(ONE_WIRE);
    /// Its check sums fail and the kernel is one that gives an empty text then.
    EmptyText = "empty-text", plain(ONE_WIRE);
    /// It shows its power-on value, 85 °C: its supply dips while it converts.
    PowerOn = "power-on", plain(ONE_WIRE);
    /// Its bus is shorted while it is read: nine zeros, whose check sum holds.
    Shorted = "shorted", plain(ONE_WIRE);
}

impl Fault {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static FaultRow {
        &FAULTS[self as usize]
    }

    /// How it befalls an instrument of this kind; none where it cannot.
    #[must_use]
    pub fn fit(self, kind: Kind) -> Option<&'static Fit> {
        self.row().fits.iter().find(|fit| fit.on >> kind as u8 & 1 == 1)
    }
}

const USUAL: Parameter = Parameter::words("amount", &["usual"]);

/// How much of a fault, behind the instrument and the fault.
pub(super) const AMOUNT: Parameter = USUAL.given(|before| {
    let [instrument, fault] = before else { return None };
    let fit = Fault::take(*fault)?.fit(Instrument::take(*instrument)?.kind())?;
    Some(Parameter {
        number: fit.amount.map(|amount| amount.span),
        ..USUAL
    })
});

impl Field for Fault {
    fn take(value: Value) -> Option<Self> {
        Fault::ALL.get(usize::take(value)?).copied()
    }

    fn value(self) -> Value {
        Value::Word(self as usize)
    }
}

/// The word behind the last fault is "all".
impl Field for Option<Fault> {
    fn take(value: Value) -> Option<Self> {
        match usize::take(value)? {
            place if place == Fault::ALL.len() => Some(None),
            place => Fault::ALL.get(place).map(|fault| Some(*fault)),
        }
    }

    fn value(self) -> Value {
        Value::Word(self.map_or(Fault::ALL.len(), |fault| fault as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_in_its_place_and_its_usual_amount_within_its_range() {
        for (place, row) in FAULTS.iter().enumerate() {
            assert_eq!((row.fault as usize, row.name), (place, Fault::NAMES[place]));
            assert!(
                FAULTS[..place].iter().all(|other| other.name != row.name),
                "{}",
                row.name
            );
            let mut seen = 0;
            for fit in row.fits {
                assert_eq!(seen & fit.on, 0, "{}: a kind has two amounts", row.name);
                seen |= fit.on;
                if let Some(Amount { span, usual }) = fit.amount {
                    assert!(
                        span.low < span.high && (span.low..=span.high).contains(&usual),
                        "{}",
                        row.name
                    );
                }
            }
        }
    }

    #[test]
    fn an_amount_is_the_usual_one_and_never_out_of_range() {
        let drift = Fault::Drift.fit(Kind::Air).expect("a probe drifts");
        for (asked, meant) in [
            (None, 2.0),
            (Some(-3.0), -3.0),
            (Some(1e9), 600.0),
            (Some(f64::NAN), 2.0),
        ] {
            assert!((drift.meant(asked) - meant).abs() < 1e-12, "{asked:?}");
        }
        assert!(Fault::Drift.fit(Kind::Multiplexer).is_none());
        assert!(
            Fault::Nack
                .fit(Kind::Loops)
                .is_some_and(|fit| fit.meant(Some(5.0)) == 0.0)
        );
    }
}
