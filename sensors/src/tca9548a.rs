//! TCA9548A: eight-channel I2C multiplexer, for several chips of one address and for separating a stuck segment.
//!
//! One control register without a pointer: a byte written connects channel n where bit n is set, a plain read
//! returns it; after power-up no channel is connected (TI TCA9548A data sheet, "Control Register"). Channels
//! switch after the STOP of the write. The same chip address exists behind several channels, so a channel that is
//! not confirmed would give the readings of another place: it is read back at every selection.

use crate::driver::{Fault, I2cBus, read, write};

const CONTROL: &str = "TCA9548A control register";

/// The multiplexer at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tca9548a {
    address: u8,
}

impl Tca9548a {
    /// How many channels it has.
    pub const CHANNELS: u8 = 8;

    /// At `address`, 0x70..=0x77 by its straps.
    pub const fn new(address: u8) -> Self {
        Tca9548a { address }
    }

    /// Connects `channel` (0..=7) alone and confirms it.
    ///
    /// It is written every time: the multiplexer may have been reset since, and a remembered channel would then
    /// be a wrong one. When it is not confirmed, all channels are disconnected.
    ///
    /// # Errors
    /// The bus failed, the channel does not exist ([`Fault::Configuration`]) or was not confirmed
    /// ([`Fault::WrongChannel`]).
    pub fn select<B: I2cBus>(&mut self, bus: &mut B, channel: u8) -> Result<(), Fault> {
        let Some(mask) = 1_u8.checked_shl(u32::from(channel)) else {
            return Err(Fault::Configuration {
                register: "TCA9548A channel number",
                found: u16::from(channel),
                written: u16::from(Self::CHANNELS - 1),
            });
        };
        let result = self.control(bus, mask);
        if result.is_err() {
            // The first fault is the one to report; whether this helps is seen at the next selection.
            write(bus, self.address, &[0], CONTROL).ok();
        }
        result
    }

    /// Disconnects all channels and confirms it.
    ///
    /// # Errors
    /// The bus failed or a channel stays connected.
    pub fn deselect<B: I2cBus>(&mut self, bus: &mut B) -> Result<(), Fault> {
        self.control(bus, 0)
    }

    fn control<B: I2cBus>(&self, bus: &mut B, mask: u8) -> Result<(), Fault> {
        write(bus, self.address, &[mask], CONTROL)?;
        // An untouched buffer is no valid selection: the fill has more than one bit set.
        let [found] = read(bus, self.address, CONTROL)?;
        if found == mask {
            Ok(())
        } else {
            Err(Fault::WrongChannel {
                found,
                selected: mask,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::BusFault;
    use crate::mock::{Mock, fails, r, w};

    #[test]
    fn a_channel_is_selected_alone_and_confirmed() {
        let mut bus = Mock::new([
            w(0x70, &[0x04]),
            r(0x70, &[0x04]),
            w(0x70, &[0x00]),
            r(0x70, &[0x00]),
        ]);
        let mut mux = Tca9548a::new(0x70);
        assert_eq!(mux.select(&mut bus, 2), Ok(()));
        assert_eq!(mux.deselect(&mut bus), Ok(()));
        bus.done();
    }

    #[test]
    fn every_channel_has_its_bit() {
        for channel in 0..8 {
            let mask = [1 << channel];
            let mut bus = Mock::new([w(0x77, &mask), r(0x77, &mask)]);
            assert_eq!(Tca9548a::new(0x77).select(&mut bus, channel), Ok(()));
            bus.done();
        }
    }

    #[test]
    fn another_channel_none_or_an_untouched_buffer_is_never_confirmed() {
        for (answer, found) in [
            (&[0x02][..], 0x02),
            (&[0x00][..], 0x00),
            (&[0xFF][..], 0xFF),
            (&[][..], 0xA5),
        ] {
            let mut bus = Mock::new([w(0x70, &[0x04]), r(0x70, answer), w(0x70, &[0x00])]);
            let fault = Fault::WrongChannel {
                found,
                selected: 0x04,
            };
            assert_eq!(Tca9548a::new(0x70).select(&mut bus, 2), Err(fault));
            bus.done();
        }
    }

    #[test]
    fn a_bus_fault_disconnects_and_is_reported_first() {
        let silent = |transfer| fails(transfer, BusFault::NoAnswer);
        let mut bus = Mock::new([
            silent(w(0x70, &[0x01])),
            fails(w(0x70, &[0x00]), BusFault::StuckLow),
        ]);
        let fault = Fault::Bus {
            fault: BusFault::NoAnswer,
            register: CONTROL,
        };
        assert_eq!(Tca9548a::new(0x70).select(&mut bus, 0), Err(fault));
        bus.done();
    }

    #[test]
    fn a_channel_that_does_not_exist_causes_no_traffic() {
        let mut bus = Mock::new([]);
        let fault = Fault::Configuration {
            register: "TCA9548A channel number",
            found: 8,
            written: 7,
        };
        assert_eq!(Tca9548a::new(0x70).select(&mut bus, 8), Err(fault));
    }
}
