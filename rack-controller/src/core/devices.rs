//! The drivers that a site's plan asks for.

use sensors::device::Device;
use sensors::{ads1115::Ads1115, emc2305::Emc2305, ina226::Ina226, ina228::Ina228, mcp23017::Mcp23017};
use sensors::{sdp8xx, sdp8xx::Sdp8xx, sht4x::Sht4x, tmp117::Tmp117};

use super::bus::BusWorker;
use super::medium::I2cSegment;
use crate::site::{DevicePlan, Feeds, Monitor, Site};

/// The driver of one device.
pub fn driver(plan: &DevicePlan) -> Device {
    let address = plan.address;
    match plan.feeds {
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
    }
}

/// A worker for bus number `bus` with all its devices.
pub fn worker<B: sensors::driver::I2cBus>(site: &Site, number: usize, bus: B) -> BusWorker<I2cSegment<B>> {
    let multiplexer = site.buses.get(number).and_then(|plan| plan.multiplexer);
    let mut worker = BusWorker::new(I2cSegment::new(bus, multiplexer));
    for (place, plan) in site
        .devices
        .iter()
        .enumerate()
        .filter(|(_, plan)| plan.bus == number)
    {
        let turns = match plan.feeds {
            Feeds::Analogue(channels) => channels.iter().flatten().count().max(1),
            Feeds::Air { .. }
            | Feeds::Pressure { .. }
            | Feeds::Surface { .. }
            | Feeds::Contacts
            | Feeds::Supply { .. }
            | Feeds::Fan { .. } => 1,
        };
        worker.add(place, driver(plan), plan.channel, plan.period, turns);
    }
    worker
}
