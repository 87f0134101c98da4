//! The drivers that a site's plan asks for.

use sensors::device::{Device, SerialDevice, TextDevice};
use sensors::driver::I2cBus;
use sensors::ds18b20::{Ds18b20, TextFiles};
use sensors::rtu::SerialLine;
use sensors::{ads1115::Ads1115, emc2305::Emc2305, ina226::Ina226, ina228::Ina228, mcp23017::Mcp23017};
use sensors::{relay_board::RelayBoard, sdm630::Sdm630};
use sensors::{sdp8xx, sdp8xx::Sdp8xx, sht4x::Sht4x, tmp117::Tmp117};

use super::bus::BusWorker;
use super::medium::{I2cSegment, Medium, ModbusLine, Texts};
use crate::site::{DevicePlan, Feeds, Monitor, Site};

/// The driver of a chip on an I2C bus; none for a device of another medium.
pub fn chip(plan: &DevicePlan) -> Option<Device> {
    let address = plan.address;
    let device = match plan.feeds {
        Feeds::Air { .. } => Device::from(Sht4x::new(address)),
        Feeds::Pressure { fine, .. } => Device::from(Sdp8xx::new(
            address,
            if fine {
                sdp8xx::Range::Pa125
            } else {
                sdp8xx::Range::Pa500
            },
        )),
        Feeds::Analogue(channels) => {
            let mask = channels.iter().enumerate().fold(0, |mask, (place, channel)| {
                if channel.is_some() {
                    mask | 1u8 << place
                } else {
                    mask
                }
            });
            Device::from(Ads1115::new(address, mask))
        }
        Feeds::Surface { .. } => Device::from(Tmp117::new(address)),
        Feeds::Supply {
            shunt_milliohm,
            monitor,
            ..
        } => match monitor {
            Monitor::Ina226 { max_ampere } => Device::from(Ina226::new(address, shunt_milliohm, max_ampere)),
            Monitor::Ina228 => Device::from(Ina228::new(address)),
        },
        // No outputs of an expander are bound: all its lines but two are inputs.
        Feeds::Contacts => Device::from(Mcp23017::new(address, 0)),
        Feeds::Fan { channel, .. } => Device::from(Emc2305::new(address, channel)),
        Feeds::OneWire { .. } | Feeds::Kernel { .. } | Feeds::Meter(_) | Feeds::Outlets { .. } => {
            return None;
        }
    };
    Some(device)
}

/// The driver of a device on a Modbus line; none for one of another medium.
pub fn serial(plan: &DevicePlan) -> Option<SerialDevice> {
    match plan.feeds {
        Feeds::Meter(_) => Some(Sdm630::new(plan.address).into()),
        Feeds::Outlets { .. } => Some(RelayBoard::new(plan.address).into()),
        Feeds::Air { .. }
        | Feeds::Pressure { .. }
        | Feeds::Analogue(_)
        | Feeds::Surface { .. }
        | Feeds::Supply { .. }
        | Feeds::Contacts
        | Feeds::Fan { .. }
        | Feeds::OneWire { .. }
        | Feeds::Kernel { .. } => None,
    }
}

/// The driver of a device that the kernel shows as text; none for one of another medium.
pub fn text(plan: &DevicePlan) -> Option<TextDevice> {
    match plan.feeds {
        Feeds::OneWire { serial, .. } => Some(Ds18b20::new(serial).into()),
        Feeds::Kernel { value, .. } => Some(value.into()),
        Feeds::Air { .. }
        | Feeds::Pressure { .. }
        | Feeds::Analogue(_)
        | Feeds::Surface { .. }
        | Feeds::Supply { .. }
        | Feeds::Contacts
        | Feeds::Fan { .. }
        | Feeds::Meter(_)
        | Feeds::Outlets { .. } => None,
    }
}

/// A worker for I2C bus number `bus` with all its devices.
pub fn worker<B: I2cBus>(site: &Site, number: usize, bus: B) -> BusWorker<I2cSegment<B>> {
    let multiplexer = site.buses.get(number).and_then(|plan| plan.multiplexer);
    staffed(site, number, I2cSegment::new(bus, multiplexer), chip)
}

/// A worker for Modbus line number `bus` with all its devices.
pub fn line_worker<L: SerialLine>(site: &Site, number: usize, line: L) -> BusWorker<ModbusLine<L>> {
    staffed(site, number, ModbusLine(line), serial)
}

/// A worker for the devices of bus number `bus` that the kernel shows as text.
pub fn text_worker<T: TextFiles>(site: &Site, number: usize, files: T) -> BusWorker<Texts<T>> {
    staffed(site, number, Texts(files), text)
}

fn staffed<M: Medium>(
    site: &Site,
    number: usize,
    medium: M,
    driver: impl Fn(&DevicePlan) -> Option<M::Device>,
) -> BusWorker<M> {
    let mut worker = BusWorker::new(medium);
    let own = |(_, plan): &(usize, &DevicePlan)| plan.bus == number;
    for (place, plan) in site.devices.iter().enumerate().filter(own) {
        let turns = match plan.feeds {
            Feeds::Analogue(channels) => channels.iter().flatten().count().max(1),
            Feeds::Air { .. }
            | Feeds::Pressure { .. }
            | Feeds::Surface { .. }
            | Feeds::Contacts
            | Feeds::Supply { .. }
            | Feeds::Fan { .. }
            | Feeds::OneWire { .. }
            | Feeds::Kernel { .. }
            | Feeds::Meter(_)
            | Feeds::Outlets { .. } => 1,
        };
        if let Some(device) = driver(plan) {
            worker.add(place, device, plan, turns);
        }
    }
    worker
}
