//! One of the devices of a medium, whichever it is: closed sets with static dispatch, so that a list of them needs no
//! heap.

use crate::ads1115::Ads1115;
use crate::driver::{Driver, Fault, I2cBus, Progress, Raw};
use crate::ds18b20::{Ds18b20, TextFiles};
use crate::emc2305::Emc2305;
use crate::ina226::Ina226;
use crate::ina228::Ina228;
use crate::kernel_value::KernelValue;
use crate::mcp23017::Mcp23017;
use crate::relay_board::RelayBoard;
use crate::rtu::SerialLine;
use crate::sdm630::Sdm630;
use crate::sdp8xx::Sdp8xx;
use crate::sht4x::Sht4x;
use crate::tmp117::Tmp117;
use points::Span;

macro_rules! devices {
    ($(#[doc = $about:literal])+ $name:ident on $bus:ident; $($(#[doc = $doc:literal])+ $chip:ident,)+) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name { $($(#[doc = $doc])+ $chip($chip),)+ }

        $(impl From<$chip> for $name {
            fn from(chip: $chip) -> Self {
                $name::$chip(chip)
            }
        })+

        impl<B: $bus> Driver<B> for $name {
            fn prepare(&mut self, bus: &mut B, step: u8) -> Result<Progress, Fault> {
                match self { $($name::$chip(chip) => chip.prepare(bus, step),)+ }
            }

            fn start(&mut self, bus: &mut B) -> Result<Span, Fault> {
                match self { $($name::$chip(chip) => chip.start(bus),)+ }
            }

            fn fetch(&mut self, bus: &mut B) -> Result<Raw, Fault> {
                match self { $($name::$chip(chip) => chip.fetch(bus),)+ }
            }

            fn release(&mut self, bus: &mut B) -> Result<(), Fault> {
                match self { $($name::$chip(chip) => chip.release(bus),)+ }
            }
        }
    };
}

devices! {
    /// A chip on an I2C bus, with its driver.
    Device on I2cBus;
    /// Air temperature and humidity.
    Sht4x,
    /// Differential pressure.
    Sdp8xx,
    /// Analogue inputs.
    Ads1115,
    /// Voltage and current of a supply.
    Ina226,
    /// Voltage and current of a supply, finer.
    Ina228,
    /// Temperature of a surface.
    Tmp117,
    /// Lines of contacts.
    Mcp23017,
    /// Fan drive and speed.
    Emc2305,
}

devices! {
    /// A device on a Modbus RTU line, with its driver.
    SerialDevice on SerialLine;
    /// Power of a feed.
    Sdm630,
    /// Switched outlets.
    RelayBoard,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::BusFault;
    use crate::mock::{Line, Mock, fails, r, w, wr};
    use crate::sdp8xx::Range;
    use points::Absent;

    #[test]
    fn a_device_does_what_its_chip_does() {
        let bytes = [0x66, 0x66, 0x93, 0x72, 0xB0, 0xDC];
        let mut bus = Mock::new([
            w(0x44, &[0x94]),
            w(0x44, &[0xFD]),
            r(0x44, &bytes),
            w(0x25, &[0x3F, 0xF9]),
        ]);
        let mut device = Device::from(Sht4x::new(0x44));
        assert_eq!(device.prepare(&mut bus, 0), Ok(Progress::Wait(Span::ms(2))));
        assert_eq!(device.start(&mut bus), Ok(Span::ms(10)));
        assert_eq!(device.fetch(&mut bus), Ok(Raw::new(&bytes)));
        assert_eq!(
            Device::from(Sdp8xx::new(0x25, Range::Pa125)).release(&mut bus),
            Ok(())
        );
        bus.done();
    }

    #[test]
    fn a_device_that_is_silent_is_said_to_be_absent() {
        let meter = [0x01, 0x04, 0x00, 0x46, 0x00, 0x02, 0x90, 0x1E];
        let board = [0x01, 0x03, 0x80, 0x00, 0x00, 0x01, 0xAD, 0xCA];
        let devices: [(SerialDevice, [u8; 8]); 2] =
            [(Sdm630::new(1).into(), meter), (RelayBoard::new(1).into(), board)];
        for (mut device, asked) in devices {
            let mut line = Line::new([(&asked[..], Err(BusFault::NoAnswer))]);
            let fault = device.prepare(&mut line, 0).unwrap_err();
            assert_eq!(fault.absent(), Absent::NoAnswer, "{device:?}");
            line.done();
        }
    }

    #[test]
    fn a_chip_that_is_not_there_is_said_to_be_absent() {
        let devices: [(Device, _, u8); 7] = [
            (Sht4x::new(0x44).into(), w(0x44, &[0x94]), 0),
            (Sdp8xx::new(0x25, Range::Pa500).into(), w(0x25, &[0x36, 0x7C]), 1),
            (Ads1115::new(0x48, 1).into(), w(0x48, &[0x01, 0x43, 0xE3]), 0),
            (Ina226::new(0x40, 2.0, 10.0).into(), wr(0x40, &[0xFE], &[]), 0),
            (Ina228::new(0x41).into(), wr(0x41, &[0x3E], &[]), 0),
            (Mcp23017::new(0x20, 0).into(), w(0x20, &[0x05, 0x00]), 0),
            (Tmp117::new(0x49).into(), wr(0x49, &[0x0F], &[]), 0),
        ];
        let emc = (Device::from(Emc2305::new(0x2E, 0)), wr(0x2E, &[0xFD], &[]), 0);
        for (mut device, transfer, step) in devices.into_iter().chain([emc]) {
            let mut bus = Mock::new([fails(transfer, BusFault::NoAnswer)]);
            let fault = device.prepare(&mut bus, step).unwrap_err();
            assert_eq!(fault.absent(), Absent::NoAnswer, "{device:?}");
            bus.done();
        }
    }
}

devices! {
    /// A device that the kernel shows as text, with its driver.
    TextDevice on TextFiles;
    /// Temperature on a 1-Wire bus.
    Ds18b20,
    /// Temperature by a driver of the kernel.
    KernelValue,
}
