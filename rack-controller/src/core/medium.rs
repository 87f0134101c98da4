//! What a worker needs of the medium that its devices hang on, besides their drivers: how a device is joined, which of
//! them act, and how long the medium must rest between two turns.

use std::fmt;

use points::{Percent, Span};
use sensors::device::{Device, SerialDevice, TextDevice};
use sensors::driver::{Driver, Fault, I2cBus};
use sensors::ds18b20::TextFiles;
use sensors::rtu::SerialLine;
use sensors::tca9548a::Tca9548a;

/// A medium with devices of one kind on it.
pub trait Medium {
    /// What their drivers talk to.
    type Bus;
    /// A device of this medium.
    type Device: Driver<Self::Bus> + fmt::Debug;

    /// Least time between the turns of two devices.
    const REST: Span = Span::ZERO;

    /// What the drivers talk to.
    fn bus(&mut self) -> &mut Self::Bus;

    /// Joins the device behind a channel, if there is one.
    ///
    /// # Errors
    /// When the joining is not confirmed: no device behind it may be talked to.
    fn join(&mut self, channel: Option<u8>) -> Result<(), Fault> {
        let _ = channel;
        Ok(())
    }

    /// A transfer failed: what is joined is not known any more.
    fn forget(&mut self) {}

    /// Whether the device drives the blower: any access to it feeds its watchdog.
    fn drives(device: &Self::Device) -> bool {
        let _ = device;
        false
    }

    /// Orders the drive of a device that drives.
    ///
    /// # Errors
    /// When it does not take it.
    fn drive(&mut self, device: &mut Self::Device, drive: Percent) -> Result<(), Fault> {
        let _ = (device, drive);
        Ok(())
    }

    /// Brings relays of a device that has some to where they are asked to be: those of `mask`, one bit each.
    ///
    /// # Errors
    /// When the medium fails.
    fn switch(&mut self, device: &mut Self::Device, mask: u8, coils: u8) -> Result<(), Fault> {
        let _ = (device, mask, coils);
        Ok(())
    }

    /// Switches the own watchdog of a device that drives.
    ///
    /// # Errors
    /// When it does not take it.
    fn watchdog(&mut self, device: &mut Self::Device, on: bool) -> Result<(), Fault> {
        let _ = (device, on);
        Ok(())
    }
}

/// An I2C segment, with a multiplexer or without.
#[derive(Debug)]
pub struct I2cSegment<B> {
    bus: B,
    multiplexer: Option<Tca9548a>,
    joined: Option<u8>,
}

impl<B> I2cSegment<B> {
    /// A segment, and the address of the multiplexer on it.
    pub fn new(bus: B, multiplexer: Option<u8>) -> Self {
        I2cSegment {
            bus,
            multiplexer: multiplexer.map(Tca9548a::new),
            joined: None,
        }
    }
}

impl<B: I2cBus> Medium for I2cSegment<B> {
    type Bus = B;
    type Device = Device;

    fn bus(&mut self) -> &mut B {
        &mut self.bus
    }

    fn join(&mut self, channel: Option<u8>) -> Result<(), Fault> {
        let (Some(multiplexer), Some(channel)) = (self.multiplexer.as_mut(), channel) else {
            return Ok(());
        };
        if self.joined != Some(channel) {
            self.joined = None;
            multiplexer.select(&mut self.bus, channel)?;
            self.joined = Some(channel);
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.joined = None;
    }

    fn drives(device: &Device) -> bool {
        matches!(device, Device::Emc2305(_))
    }

    fn drive(&mut self, device: &mut Device, drive: Percent) -> Result<(), Fault> {
        match device {
            Device::Emc2305(fan) => fan.set_drive(&mut self.bus, drive),
            Device::Sht4x(_)
            | Device::Sdp8xx(_)
            | Device::Ads1115(_)
            | Device::Ina226(_)
            | Device::Ina228(_)
            | Device::Mcp23017(_)
            | Device::Tmp117(_) => Ok(()),
        }
    }

    fn watchdog(&mut self, device: &mut Device, on: bool) -> Result<(), Fault> {
        match device {
            Device::Emc2305(fan) if on => fan.enable_watchdog(&mut self.bus),
            Device::Emc2305(fan) => fan.disable_watchdog(&mut self.bus),
            Device::Sht4x(_)
            | Device::Sdp8xx(_)
            | Device::Ads1115(_)
            | Device::Ina226(_)
            | Device::Ina228(_)
            | Device::Mcp23017(_)
            | Device::Tmp117(_) => Ok(()),
        }
    }
}

/// A Modbus RTU line.
#[derive(Debug)]
pub struct ModbusLine<L>(pub L);

impl<L: SerialLine> Medium for ModbusLine<L> {
    type Bus = L;
    type Device = SerialDevice;

    /// Older meters want this long between two requests; it is far more than the 3.5 characters that the standard asks.
    const REST: Span = Span::ms(60);

    fn bus(&mut self) -> &mut L {
        &mut self.0
    }

    fn switch(&mut self, device: &mut SerialDevice, mask: u8, coils: u8) -> Result<(), Fault> {
        match device {
            SerialDevice::RelayBoard(board) => board.order(&mut self.0, mask, coils),
            SerialDevice::Sdm630(_) => Ok(()),
        }
    }
}

/// Devices that the kernel shows as texts.
#[derive(Debug)]
pub struct Texts<T>(pub T);

impl<T: TextFiles> Medium for Texts<T> {
    type Bus = T;
    type Device = TextDevice;

    fn bus(&mut self) -> &mut T {
        &mut self.0
    }
}
