//! What all chip drivers share: the faults, the raw bytes of one device, and the steps from power-up to bytes.
//!
//! A driver never waits. Where the chip needs time it says how much, and the caller lets it pass on whatever
//! clock it has; so the same drivers run on real and on virtual time.

use embedded_hal::i2c::{Error, ErrorKind, I2c, NoAcknowledgeSource};
use points::{Absent, Span};
use thiserror::Error;

/// What the bus itself reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BusFault {
    /// Nobody acknowledges the address.
    #[error("nobody answers at the address: check wiring, supply and address strap")]
    NoAnswer,
    /// The address was acknowledged, a data byte was not.
    #[error("the chip refuses a data byte: it is busy or it is another chip")]
    DataNack,
    /// Fewer bytes or messages were transferred than asked for.
    #[error("the transfer ended early: the bytes are worthless, try again")]
    ShortTransfer,
    /// SDA or SCL is held low.
    #[error("a line is held low: free the bus (nine clocks, reset of the multiplexer, power cycle)")]
    StuckLow,
    /// The controller gave up waiting.
    #[error("the bus did not finish in time: look for a chip that stretches the clock")]
    Timeout,
    /// A driver of the kernel holds the address.
    #[error(
        "a driver of the kernel holds the address: unbind it, or take its overlay out, so that one alone speaks to the chip"
    )]
    Claimed,
    /// Anything else, such as lost arbitration.
    #[error("the bus controller reports an error: see the kernel log")]
    Other,
}

impl Error for BusFault {
    fn kind(&self) -> ErrorKind {
        match self {
            BusFault::NoAnswer => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address),
            BusFault::DataNack => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Data),
            BusFault::StuckLow => ErrorKind::Bus,
            BusFault::ShortTransfer | BusFault::Timeout | BusFault::Claimed | BusFault::Other => {
                ErrorKind::Other
            }
        }
    }
}

/// Why a driver has no bytes to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The transfer failed.
    #[error("{register}: {fault}")]
    Bus {
        /// What the bus reports.
        fault: BusFault,
        /// The register or command in the words of the data sheet.
        register: &'static str,
    },
    /// The chip that answers is not the one configured.
    #[error(
        "{register} reads {found:#06x}, expected {expected:#06x}: another chip answers, check type and address"
    )]
    WrongChip {
        /// The identifying register.
        register: &'static str,
        /// What it holds.
        found: u16,
        /// What the configured chip holds there.
        expected: u16,
    },
    /// A register does not hold what was written: the chip restarted, is locked, or never took it.
    #[error(
        "{register} reads {found:#06x}, written {written:#06x}: prepare the chip again, then check its supply"
    )]
    Configuration {
        /// The register.
        register: &'static str,
        /// What it holds.
        found: u16,
        /// What was written to it.
        written: u16,
    },
    /// The check sum says that these are not the bytes the chip sent.
    #[error("{what}: the check sum does not match, check cable length and pull-ups")]
    BadChecksum {
        /// Which word of which transfer.
        what: &'static str,
    },
    /// The device understood the request and refuses it. The code is that of a Modbus exception.
    #[error("{what}: the device refuses with exception {code}, check that it is the configured type")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// Its exception code.
        code: u8,
    },
    /// The chip has no result yet.
    #[error("no result yet: start a measurement and let its time pass")]
    NotReady,
    /// The multiplexer does not confirm the channel. Both numbers are control bytes, one bit per channel.
    #[error(
        "the multiplexer reads {found:#010b}, written {selected:#010b}: no chip behind it can be trusted"
    )]
    WrongChannel {
        /// The control byte as read back.
        found: u8,
        /// The control byte as written.
        selected: u8,
    },
}

impl Fault {
    /// The reason that a point carries for it.
    pub const fn absent(self) -> Absent {
        match self {
            Fault::Bus { fault, .. } => match fault {
                BusFault::NoAnswer | BusFault::Other => Absent::NoAnswer,
                BusFault::DataNack => Absent::NotReady,
                BusFault::ShortTransfer => Absent::ShortTransfer,
                BusFault::StuckLow => Absent::BusStuck,
                BusFault::Timeout => Absent::BusTimeout,
                BusFault::Claimed => Absent::Claimed,
            },
            Fault::WrongChip { .. } => Absent::WrongChip,
            Fault::Configuration { .. } => Absent::Unconfigured,
            Fault::BadChecksum { .. } => Absent::BadChecksum,
            // Failing, still working, busy: it may well answer next time. The others say that it has no such thing.
            Fault::Refused { code: 4..=6, .. } | Fault::NotReady => Absent::NotReady,
            Fault::Refused { .. } => Absent::WrongChip,
            Fault::WrongChannel { .. } => Absent::WrongChannel,
        }
    }
}

/// The bytes of one device as they were fetched: what is recorded and replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// In words: it is handed on many times a second, and odd ends are slow to copy.
#[repr(align(8))]
pub struct Raw {
    bytes: [u8; Raw::CAPACITY],
    len: u8,
}

impl Raw {
    /// The most bytes it holds: thirteen floats of a meter.
    pub const CAPACITY: usize = 52;

    /// Of the first [`Raw::CAPACITY`] of `bytes`; the rest is dropped.
    #[inline]
    pub fn new(bytes: &[u8]) -> Raw {
        let mut raw = Raw {
            bytes: [0; Self::CAPACITY],
            len: 0,
        };
        for (to, from) in raw.bytes.iter_mut().zip(bytes) {
            *to = *from;
            raw.len += 1;
        }
        raw
    }

    /// The bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

/// How far the preparation of a chip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Let this time pass, then call the next step.
    Wait(Span),
    /// The chip is identified, configured and may be started.
    Ready,
}

/// An I2C bus with seven-bit addresses that reports [`BusFault`].
pub trait I2cBus: I2c<Error = BusFault> {}

impl<T: I2c<Error = BusFault>> I2cBus for T {}

/// One chip on a bus of kind `B`, from power-up to raw bytes.
///
/// After any fault but [`Fault::NotReady`] and [`Fault::BadChecksum`] the caller prepares the chip again from
/// step 0: it may have lost its supply and with it its configuration.
pub trait Driver<B> {
    /// Identifies and configures the chip, one step a call: 0, 1, 2 and so on until [`Progress::Ready`]. Between
    /// two calls the caller lets the stated time pass.
    ///
    /// # Errors
    /// The chip does not answer, is another one, or does not hold what was written.
    fn prepare(&mut self, bus: &mut B, step: u8) -> Result<Progress, Fault>;

    /// Begins a measurement and says after what time [`Driver::fetch`] may be called; zero for a chip that
    /// measures on its own.
    ///
    /// # Errors
    /// The bus failed.
    fn start(&mut self, bus: &mut B) -> Result<Span, Fault>;

    /// The raw bytes of the measurement, checked for everything that can be checked without interpreting them.
    ///
    /// # Errors
    /// The bus failed, the chip is not ready, lost its configuration, or its bytes are damaged.
    fn fetch(&mut self, bus: &mut B) -> Result<Raw, Fault>;

    /// Leaves the chip harmless.
    ///
    /// # Errors
    /// The bus failed.
    fn release(&mut self, bus: &mut B) -> Result<(), Fault>;
}

/// What buffers hold before a transfer. No check sum of ours accepts a buffer full of it.
const FILL: u8 = 0xA5;

pub(crate) fn write<B: I2cBus>(
    bus: &mut B,
    address: u8,
    bytes: &[u8],
    register: &'static str,
) -> Result<(), Fault> {
    bus.write(address, bytes)
        .map_err(|fault| Fault::Bus { fault, register })
}

/// A plain read, for chips whose bytes carry check sums: those are what tells an untouched buffer.
pub(crate) fn read<const N: usize, B: I2cBus>(
    bus: &mut B,
    address: u8,
    register: &'static str,
) -> Result<[u8; N], Fault> {
    let mut bytes = [FILL; N];
    bus.read(address, &mut bytes)
        .map_err(|fault| Fault::Bus { fault, register })?;
    Ok(bytes)
}

/// Reads a register of a chip without check sums.
///
/// A transfer may report success and leave bytes untouched. A byte equal to the fill is therefore read once more
/// over the opposite fill: a byte that follows the fill never came from the chip.
pub(crate) fn read_register<const N: usize, B: I2cBus>(
    bus: &mut B,
    address: u8,
    pointer: u8,
    register: &'static str,
) -> Result<[u8; N], Fault> {
    let failed = |fault| Fault::Bus { fault, register };
    let mut bytes = [FILL; N];
    bus.write_read(address, &[pointer], &mut bytes).map_err(failed)?;
    if !bytes.contains(&FILL) {
        return Ok(bytes);
    }
    let mut again = [!FILL; N];
    bus.write_read(address, &[pointer], &mut again).map_err(failed)?;
    if bytes
        .iter()
        .zip(&again)
        .any(|(first, second)| *first == FILL && *second == !FILL)
    {
        return Err(failed(BusFault::ShortTransfer));
    }
    Ok(again)
}

pub(crate) fn read_word<B: I2cBus>(
    bus: &mut B,
    address: u8,
    pointer: u8,
    register: &'static str,
) -> Result<u16, Fault> {
    read_register(bus, address, pointer, register).map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::{Mock, fails, wr};
    use proptest::prelude::*;
    use std::string::ToString;

    #[test]
    fn every_fault_has_its_reason_and_names_its_place() {
        let bus = |fault| Fault::Bus {
            fault,
            register: "Config",
        };
        let cases = [
            (
                bus(BusFault::NoAnswer),
                Absent::NoAnswer,
                "Config: nobody answers",
            ),
            (
                bus(BusFault::DataNack),
                Absent::NotReady,
                "Config: the chip refuses",
            ),
            (
                bus(BusFault::ShortTransfer),
                Absent::ShortTransfer,
                "Config: the transfer ended early",
            ),
            (
                bus(BusFault::StuckLow),
                Absent::BusStuck,
                "Config: a line is held low",
            ),
            (
                bus(BusFault::Timeout),
                Absent::BusTimeout,
                "Config: the bus did not finish",
            ),
            (
                bus(BusFault::Other),
                Absent::NoAnswer,
                "Config: the bus controller",
            ),
            (
                Fault::WrongChip {
                    register: "Die ID",
                    found: 1,
                    expected: 0x226,
                },
                Absent::WrongChip,
                "Die ID reads 0x0001, expected 0x0226",
            ),
            (
                Fault::Configuration {
                    register: "Calibration",
                    found: 0,
                    written: 0x0A00,
                },
                Absent::Unconfigured,
                "Calibration reads 0x0000, written 0x0a00",
            ),
            (
                Fault::BadChecksum { what: "temperature" },
                Absent::BadChecksum,
                "temperature: the check sum",
            ),
            (
                Fault::Refused {
                    what: "frequency",
                    code: 2,
                },
                Absent::WrongChip,
                "frequency: the device refuses with exception 2",
            ),
            (Fault::NotReady, Absent::NotReady, "no result yet"),
            (
                Fault::WrongChannel {
                    found: 0b10,
                    selected: 0b100,
                },
                Absent::WrongChannel,
                "the multiplexer reads 0b00000010, written 0b00000100",
            ),
        ];
        for (fault, reason, text) in cases {
            assert_eq!(fault.absent(), reason, "{fault:?}");
            assert!(fault.to_string().starts_with(text), "{fault}");
        }
    }

    #[test]
    fn a_transfer_that_reports_success_and_moves_nothing_is_seen() {
        let short = Err(Fault::Bus {
            fault: BusFault::ShortTransfer,
            register: "R",
        });
        for moved in [&[][..], &[0x12][..]] {
            let mut bus = Mock::new([wr(0x40, &[1], moved), wr(0x40, &[1], moved)]);
            assert_eq!(read_word(&mut bus, 0x40, 1, "R"), short);
            bus.done();
        }
    }

    #[test]
    fn a_register_that_holds_the_fill_is_still_read() {
        let mut bus = Mock::new([wr(0x40, &[1], &[0xA5, 0xA5]), wr(0x40, &[1], &[0xA5, 0xA5])]);
        assert_eq!(read_word(&mut bus, 0x40, 1, "R"), Ok(0xA5A5));
        bus.done();
    }

    #[test]
    fn a_bus_fault_keeps_its_register() {
        let mut bus = Mock::new([fails(wr(0x40, &[1], &[]), BusFault::Timeout)]);
        let fault = Fault::Bus {
            fault: BusFault::Timeout,
            register: "R",
        };
        assert_eq!(read_word(&mut bus, 0x40, 1, "R"), Err(fault));
        bus.done();
    }

    #[test]
    fn bus_faults_translate_to_the_kinds_of_embedded_hal() {
        assert_eq!(
            BusFault::NoAnswer.kind(),
            ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address)
        );
        assert_eq!(
            BusFault::DataNack.kind(),
            ErrorKind::NoAcknowledge(NoAcknowledgeSource::Data)
        );
        assert_eq!(BusFault::StuckLow.kind(), ErrorKind::Bus);
        assert_eq!(BusFault::Timeout.kind(), ErrorKind::Other);
    }

    proptest! {
        #[test]
        fn raw_keeps_the_first_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let kept = bytes.len().min(Raw::CAPACITY);
            let raw = Raw::new(&bytes);
            prop_assert_eq!(raw.bytes(), &bytes[..kept]);
        }
    }
}
