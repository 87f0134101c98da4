//! ADS1115: four analogue inputs, 16 bits: thermistors and supervised loops.
//!
//! One conversion at a time, single-ended against ground, ±4.096 V, 860 samples/s; the channels of the mask take
//! turns (TI SBAS444D, sections 8.5 and 8.6). The chip has no identity register: that its configuration reads back is
//! all that is known about it, and it is checked with every result, which also ties the result to its channel. A
//! result without a finished conversion would be that of another channel, so the OS bit is checked too.

use crate::driver::{Driver, Fault, I2cBus, Progress, Raw, read_word, write};
use points::{Absent, Span, Volt};

/// The registers (table 4 of the data sheet); the thresholds of the comparator are not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Register {
    Conversion = 0x00,
    Config = 0x01,
}

impl Register {
    const fn name(self) -> &'static str {
        match self {
            Register::Conversion => "ADS1115 Conversion (0x00)",
            Register::Config => "ADS1115 Config (0x01)",
        }
    }
}

/// OS: written 1 it starts a conversion, read 0 it says that one is running.
const OS: u16 = 1 << 15;
/// PGA ±4.096 V, MODE single-shot, DR 860 samples/s, COMP_QUE comparator disabled.
const SETTINGS: u16 = 0b001 << 9 | 1 << 8 | 0b111 << 5 | 0b11;
/// 1/860 s with the oscillator 10 % slow plus 25 us to wake up is 1317 us.
const CONVERSION: Span = Span::us(1_500);

const VOLT_PER_COUNT: f64 = 4.096 / 32768.0;
/// An input is never more than 0.3 V below ground (absolute maximum): a code below this is not a measurement.
const LOWEST: i16 = -2_400;
const CHANNELS: u8 = 4;

/// MUX 100..=111: A0..=A3 against ground.
const fn config(channel: u8) -> u16 {
    (0b100 + channel as u16) << 12 | SETTINGS
}

/// What one conversion says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The input, 0..=3.
    pub channel: u8,
    /// Its voltage against ground, -0.3..4.096 V.
    pub voltage: Volt,
}

/// The driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ads1115 {
    address: u8,
    channels: u8,
    /// The channel of the last start.
    channel: Option<u8>,
}

impl Ads1115 {
    /// At `address` (0x48..=0x4B), scanning the channels whose bits 0..=3 are set in `channels`. An empty mask
    /// measures nothing: every start is [`Fault::NotReady`].
    pub const fn new(address: u8, channels: u8) -> Self {
        Ads1115 {
            address,
            channels: channels & 0x0F,
            channel: None,
        }
    }

    /// The channel of the last start, so that a failed fetch can be laid to it.
    pub const fn channel(&self) -> Option<u8> {
        self.channel
    }

    fn next(&self) -> Option<u8> {
        let first = self.channel.map_or(0, |channel| channel + 1);
        (first..first + CHANNELS)
            .map(|channel| channel % CHANNELS)
            .find(|channel| self.channels & 1 << channel != 0)
    }

    fn configure<B: I2cBus>(&self, bus: &mut B, config: u16) -> Result<(), Fault> {
        let [high, low] = config.to_be_bytes();
        write(
            bus,
            self.address,
            &[Register::Config as u8, high, low],
            Register::Config.name(),
        )
    }

    /// Whether the chip idles, once its configuration is known to be `written` but for OS.
    fn idle<B: I2cBus>(&self, bus: &mut B, written: u16) -> Result<bool, Fault> {
        let register = Register::Config.name();
        let found = read_word(bus, self.address, Register::Config as u8, register)?;
        if found & !OS == written & !OS {
            Ok(found & OS != 0)
        } else {
            Err(Fault::Configuration {
                register,
                found,
                written,
            })
        }
    }
}

impl<B: I2cBus> Driver<B> for Ads1115 {
    /// Writes a configuration without starting a conversion and reads it back.
    fn prepare(&mut self, bus: &mut B, _step: u8) -> Result<Progress, Fault> {
        self.channel = None;
        let written = config(self.next().unwrap_or(0));
        self.configure(bus, written)?;
        self.idle(bus, written).map(|_| Progress::Ready)
    }

    /// Starts the next channel of the mask, whatever became of the one before: a bad channel does not hold up the
    /// others.
    fn start(&mut self, bus: &mut B) -> Result<Span, Fault> {
        let channel = self.next().ok_or(Fault::NotReady)?;
        self.channel = Some(channel);
        self.configure(bus, OS | config(channel))?;
        Ok(CONVERSION)
    }

    fn fetch(&mut self, bus: &mut B) -> Result<Raw, Fault> {
        let channel = self.channel.ok_or(Fault::NotReady)?;
        if !self.idle(bus, OS | config(channel))? {
            return Err(Fault::NotReady);
        }
        let code = read_word(
            bus,
            self.address,
            Register::Conversion as u8,
            Register::Conversion.name(),
        )?;
        let [high, low] = code.to_be_bytes();
        Ok(Raw::new(&[channel, high, low]))
    }

    /// Nothing to do: the chip powers itself down after every conversion.
    fn release(&mut self, _bus: &mut B) -> Result<(), Fault> {
        Ok(())
    }
}

/// The sample in three raw bytes: channel, high and low byte of the signed code (section 8.5.4).
///
/// # Errors
/// `ShortTransfer` for another length, `WrongChannel` for a channel the chip has not, `OverRange` for the clipped
/// 0x7FFF, `UnderRange` for the clipped 0x8000 and any code that means more than 0.3 V below ground.
pub fn decode(raw: &Raw) -> Result<Sample, Absent> {
    decode_bytes(raw.bytes())
}

/// As [`decode`], of one conversion's bytes among those of a scan.
///
/// # Errors
/// Those of [`decode`].
#[inline]
pub fn decode_bytes(bytes: &[u8]) -> Result<Sample, Absent> {
    let &[channel, high, low] = bytes else {
        return Err(Absent::ShortTransfer);
    };
    if channel >= CHANNELS {
        return Err(Absent::WrongChannel);
    }
    match i16::from_be_bytes([high, low]) {
        i16::MAX => Err(Absent::OverRange),
        ..LOWEST => Err(Absent::UnderRange),
        code => Ok(Sample {
            channel,
            voltage: Volt::of(f64::from(code) * VOLT_PER_COUNT),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::BusFault;
    use crate::mock::{Mock, fails, w, wr};
    use proptest::prelude::*;

    const A: u8 = 0x48;

    fn volt(high: u8, low: u8) -> Result<f64, Absent> {
        decode(&Raw::new(&[0, high, low])).map(|sample| sample.voltage.get())
    }

    #[test]
    fn vectors_decode() {
        assert_eq!(volt(0x4E, 0x20), Ok(2.5));
        assert_eq!(volt(0x27, 0x10), Ok(1.25));
        assert_eq!(volt(0xFC, 0x18), Ok(-0.125));
        assert_eq!(volt(0x00, 0x00), Ok(0.0));
        assert_eq!(volt(0x7F, 0xFE), Ok(4.09575));
        assert_eq!(volt(0x7F, 0xFF), Err(Absent::OverRange));
        assert_eq!(volt(0x80, 0x00), Err(Absent::UnderRange));
        assert_eq!(volt(0xF6, 0xA0), Ok(-0.3));
        assert_eq!(volt(0xF6, 0x9F), Err(Absent::UnderRange));
        assert_eq!(volt(0xA5, 0xA5), Err(Absent::UnderRange));
    }

    #[test]
    fn the_configuration_words_follow_from_the_bit_fields() {
        // The sheet's 128 samples/s words with DR 100 replaced by 111.
        assert_eq!(OS | config(0), 0xC3E3);
        assert_eq!(OS | config(1), 0xD3E3);
        assert_eq!(OS | config(2), 0xE3E3);
        assert_eq!(OS | config(3), 0xF3E3);
        assert_eq!((OS | config(0)) & !(0b111 << 5) | 0b100 << 5, 0xC383);
    }

    #[test]
    fn prepare_reads_back_but_for_the_os_bit() {
        for answer in [[0xC3, 0xE3], [0x43, 0xE3]] {
            let mut bus = Mock::new([w(A, &[0x01, 0x43, 0xE3]), wr(A, &[0x01], &answer)]);
            assert_eq!(Ads1115::new(A, 0b0001).prepare(&mut bus, 0), Ok(Progress::Ready));
            bus.done();
        }
    }

    #[test]
    fn a_chip_that_does_not_hold_the_configuration_is_refused() {
        for (answer, found) in [
            ([0, 0], 0),
            ([0xFF, 0xFF], 0xFFFF),
            ([0x85, 0x83], 0x8583),
            ([0x02, 0x20], 0x0220),
        ] {
            let mut bus = Mock::new([w(A, &[0x01, 0x43, 0xE3]), wr(A, &[0x01], &answer)]);
            let fault = Fault::Configuration {
                register: Register::Config.name(),
                found,
                written: 0x43E3,
            };
            assert_eq!(Ads1115::new(A, 0b0001).prepare(&mut bus, 0), Err(fault));
        }
    }

    #[test]
    fn the_channels_of_the_mask_take_turns() {
        let mut chip = Ads1115::new(A, 0b1101);
        for (channel, high) in [(0, 0xC3), (2, 0xE3), (3, 0xF3), (0, 0xC3)] {
            let mut bus = Mock::new([
                w(A, &[0x01, high, 0xE3]),
                wr(A, &[0x01], &[high, 0xE3]),
                wr(A, &[0x00], &[0x27, 0x10]),
            ]);
            assert_eq!(chip.start(&mut bus), Ok(Span::us(1_500)));
            assert_eq!(chip.channel(), Some(channel));
            let sample = decode(&chip.fetch(&mut bus).unwrap()).unwrap();
            assert_eq!(
                sample,
                Sample {
                    channel,
                    voltage: Volt::of(1.25)
                }
            );
            bus.done();
        }
    }

    #[test]
    fn a_lone_channel_follows_itself_and_an_empty_mask_measures_nothing() {
        let mut chip = Ads1115::new(A, 0b0100);
        for _ in 0..3 {
            chip.start(&mut Mock::new([w(A, &[0x01, 0xE3, 0xE3])])).unwrap();
        }
        assert_eq!(
            Ads1115::new(A, 0xF0).start(&mut Mock::new([])),
            Err(Fault::NotReady)
        );
    }

    fn fetched(transfers: impl IntoIterator<Item = crate::mock::Transfer>) -> Fault {
        let mut chip = Ads1115::new(A, 0b0001);
        chip.start(&mut Mock::new([w(A, &[0x01, 0xC3, 0xE3])])).unwrap();
        let mut bus = Mock::new(transfers);
        let fault = chip.fetch(&mut bus).unwrap_err();
        bus.done();
        fault
    }

    #[test]
    fn an_unfinished_conversion_is_not_read() {
        assert_eq!(fetched([wr(A, &[0x01], &[0x43, 0xE3])]), Fault::NotReady);
        assert_eq!(Ads1115::new(A, 1).fetch(&mut Mock::new([])), Err(Fault::NotReady));
    }

    #[test]
    fn a_restarted_chip_another_channel_and_a_dead_bus_are_not_read() {
        for answer in [[0x85, 0x83], [0xD3, 0xE3], [0x00, 0x00], [0xFF, 0xFF]] {
            assert_eq!(fetched([wr(A, &[0x01], &answer)]).absent(), Absent::Unconfigured);
        }
    }

    #[test]
    fn a_short_or_failed_transfer_is_never_a_reading() {
        let config = wr(A, &[0x01], &[0xC3, 0xE3]);
        for moved in [&[][..], &[0x27]] {
            let short = wr(A, &[0x00], moved);
            assert_eq!(
                fetched([config.clone(), short.clone(), short]).absent(),
                Absent::ShortTransfer
            );
        }
        let short = wr(A, &[0x01], &[]);
        assert_eq!(fetched([short.clone(), short]).absent(), Absent::ShortTransfer);
        let silent = fails(wr(A, &[0x00], &[]), BusFault::NoAnswer);
        let fault = Fault::Bus {
            fault: BusFault::NoAnswer,
            register: Register::Conversion.name(),
        };
        assert_eq!(fetched([config, silent]), fault);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_possible_voltage_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..=16)) {
            if let Ok(sample) = decode(&Raw::new(&bytes)) {
                prop_assert!(sample.channel < 4);
                prop_assert!((-0.3..4.096).contains(&sample.voltage.get()));
            }
        }

        #[test]
        fn any_code_is_a_possible_voltage_or_none(channel in 0_u8..8, high: u8, low: u8) {
            if let Ok(sample) = decode(&Raw::new(&[channel, high, low])) {
                prop_assert!(channel < 4 && sample.channel == channel);
                prop_assert!((-0.3..4.096).contains(&sample.voltage.get()));
            }
        }
    }
}
