//! What a device feeds: its points by role, and the figures of its shunt or thermistor.

use points::{Quantity, Watt};
use sensors::ina228::SHUNT_FULL_SCALE_V;
use sensors::ntc::Thermistor;

use super::super::{Channel, Feeds, Monitor, tag};
use crate::config::Device;

pub(super) fn optional<Q: Quantity>(
    device: &Device,
    role: &str,
) -> Result<Option<points::point::Tag<Q>>, String> {
    device.points.get(role).map(|name| tag(name)).transpose()
}

pub(super) fn required<Q: Quantity>(device: &Device, role: &str) -> Result<points::point::Tag<Q>, String> {
    optional(device, role)?.ok_or_else(|| format!("it needs a point for `{role}`"))
}

pub(super) fn within(
    value: Option<f64>,
    span: std::ops::RangeInclusive<f64>,
    key: &str,
) -> Result<f64, String> {
    value
        .filter(|value| span.contains(value))
        .ok_or_else(|| format!("set `{key}` to {} to {}", span.start(), span.end()))
}

/// A supply's monitor, whose shunt must not clip below the largest current.
pub(super) fn supply(device: &Device, monitor: Monitor) -> Result<Feeds, String> {
    let shunt_milliohm = within(device.shunt_milliohm, 0.01..=1000.0, "shunt_milliohm")?;
    if let (Monitor::Ina228, Some(most)) = (monitor, device.max_ampere) {
        let clips = SHUNT_FULL_SCALE_V * 1000.0 / shunt_milliohm;
        if most > clips {
            return Err(format!(
                "a shunt of {shunt_milliohm} milliohms clips at {clips:.2} A, below `max_ampere`; fit a smaller one"
            ));
        }
    }
    Ok(Feeds::Supply {
        current: optional(device, "current")?,
        power: optional(device, "power")?,
        shunt_milliohm,
        bus_divider: within(device.bus_divider.or(Some(1.0)), 1.0..=100.0, "bus_divider")?,
        monitor,
    })
}

/// A channel is a supervised loop, a thermistor or a transducer by the point it feeds.
pub(super) fn analogue(device: &Device) -> Result<Feeds, String> {
    let mut channels = [None; 4];
    for (place, channel) in channels.iter_mut().enumerate() {
        let Some(name) = device.points.get(&format!("channel{place}")) else {
            continue;
        };
        *channel = Some(if let Ok(point) = tag(name) {
            Channel::Loop(point)
        } else if let Ok(temperature) = tag(name) {
            Channel::Thermistor {
                temperature,
                part: thermistor(device)?,
            }
        } else if let Ok(power) = tag(name) {
            Channel::Transducer {
                power,
                full_scale: Watt::of(within(device.full_scale_w, 10.0..=65_000.0, "full_scale_w")?),
            }
        } else {
            // What is wrong with the name, said for the last of the three.
            let other = tag::<Watt>(name).err().unwrap_or_default();
            return Err(format!(
                "{other}; a channel feeds a loop, a power or a temperature"
            ));
        });
    }
    Ok(Feeds::Analogue(channels))
}

pub(super) fn thermistor(device: &Device) -> Result<Thermistor, String> {
    let usual = Thermistor::B3950;
    let or = |own: Option<f64>, usual: f64| own.or(Some(usual));
    Ok(Thermistor {
        r25_ohm: within(or(device.ntc_ohm, usual.r25_ohm), 100.0..=1e6, "ntc_ohm")?,
        beta_k: within(or(device.ntc_beta, usual.beta_k), 1000.0..=10_000.0, "ntc_beta")?,
        pull_up_ohm: within(
            or(device.ntc_pull_up_ohm, usual.pull_up_ohm),
            100.0..=1e6,
            "ntc_pull_up_ohm",
        )?,
        reference_v: within(
            or(device.ntc_reference_v, usual.reference_v),
            1.0..=4.0,
            "ntc_reference_v",
        )?,
    })
}
