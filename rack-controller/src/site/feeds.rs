//! What a device feeds, by its chip: the roles it may name, its numbers within their spans.

use points::point::blower;
use points::{Blower, Quantity, Watt};
use sensors::ds18b20;
use sensors::ina228::SHUNT_FULL_SCALE_V;
use sensors::kernel_value::KernelValue;
use sensors::ntc::Thermistor;

use super::{Channel, Feeds, MeterPoints, Monitor, tag};
use crate::config::{ChipKind, Device};

const METER_ROLES: &[&str] = &[
    "voltage_l1",
    "voltage_l2",
    "voltage_l3",
    "current_l1",
    "current_l2",
    "current_l3",
    "power_l1",
    "power_l2",
    "power_l3",
    "power",
    "power_factor",
    "frequency",
    "energy",
];
const RELAY_ROLES: &[&str] = &[
    "relay1", "relay2", "relay3", "relay4", "relay5", "relay6", "relay7", "relay8",
];

/// The points that a device feeds.
///
/// # Errors
/// What is wrong with the device, and the fix.
pub(super) fn feeds(device: &Device) -> Result<Feeds, String> {
    let known: &[&str] = match device.chip {
        ChipKind::Ds18b20 | ChipKind::Kernel => &["temperature"],
        ChipKind::Sdm630 => METER_ROLES,
        ChipKind::Relays => RELAY_ROLES,
        ChipKind::Sht4x => &["temperature", "humidity"],
        ChipKind::Sdp8xx => &["pressure"],
        ChipKind::Ads1115 => &["channel0", "channel1", "channel2", "channel3"],
        ChipKind::Tmp117 => &["temperature"],
        ChipKind::Ina226 | ChipKind::Ina228 => &["current", "power"],
        ChipKind::Emc2305 => &["duty", "speed"],
        ChipKind::Mcp23017 => &[],
    };
    if let Some(role) = device.points.keys().find(|role| !known.contains(&role.as_str())) {
        return Err(match known {
            [] => "an expander feeds no point; name its lines in contacts, such as `line = \"NAME/A0\"`"
                .to_owned(),
            known => format!(
                "this chip does not measure `{role}`; it measures {}",
                known.join(", ")
            ),
        });
    }
    if device.points.is_empty() && device.chip != ChipKind::Mcp23017 {
        return Err("it feeds no point; name at least one".to_owned());
    }
    match device.chip {
        ChipKind::Sht4x => Ok(Feeds::Air {
            temperature: optional(device, "temperature")?,
            humidity: optional(device, "humidity")?,
        }),
        ChipKind::Sdp8xx => {
            let fine = match device.range_pa {
                Some(125) => true,
                Some(500) => false,
                Some(_) | None => return Err("set `range_pa` to 125 or 500".to_owned()),
            };
            Ok(Feeds::Pressure {
                pressure: required(device, "pressure")?,
                fine,
            })
        }
        ChipKind::Ads1115 => analogue(device),
        ChipKind::Tmp117 => Ok(Feeds::Surface {
            temperature: required(device, "temperature")?,
        }),
        ChipKind::Ina226 => supply(
            device,
            Monitor::Ina226 {
                max_ampere: within(device.max_ampere, 0.1..=1000.0, "max_ampere")?,
            },
        ),
        ChipKind::Ina228 => supply(device, Monitor::Ina228),
        ChipKind::Mcp23017 => Ok(Feeds::Contacts),
        ChipKind::Ds18b20 => {
            let name = device.serial.as_deref().unwrap_or_default();
            let serial = ds18b20::serial(name).ok_or_else(|| {
                format!("`{name}` names no DS18B20; set `serial` to `28-` and twelve hexadecimal digits")
            })?;
            Ok(Feeds::OneWire {
                temperature: required(device, "temperature")?,
                serial,
            })
        }
        ChipKind::Kernel => {
            let driver = device
                .driver
                .as_deref()
                .ok_or("set `driver` to the name of the kernel's driver, such as `lm75`")?;
            let input = device
                .input
                .as_deref()
                .filter(|input| input.ends_with("_input"))
                .ok_or("set `input` to the file with millidegrees, such as `temp1_input`; raw counts are not read")?;
            Ok(Feeds::Kernel {
                temperature: required(device, "temperature")?,
                value: KernelValue::new(driver, input)
                    .ok_or_else(|| format!("`{driver}` with `{input}` is no name that a kernel gives"))?,
            })
        }
        ChipKind::Sdm630 => Ok(Feeds::Meter(MeterPoints {
            voltage: phases(device, "voltage")?,
            current: phases(device, "current")?,
            phase_power: phases(device, "power")?,
            power: optional(device, "power")?,
            power_factor: optional(device, "power_factor")?,
            frequency: optional(device, "frequency")?,
            energy: optional(device, "energy")?,
        })),
        ChipKind::Relays => {
            let mut on = [None; 8];
            for (tag, role) in on.iter_mut().zip(RELAY_ROLES) {
                *tag = optional(device, role)?;
            }
            Ok(Feeds::Outlets {
                on,
                normally_closed: device
                    .normally_closed
                    .ok_or("set `normally_closed` to how the outlets are wired: true or false")?,
            })
        }
        ChipKind::Emc2305 => {
            let channel = device
                .fan
                .filter(|fan| (1..=5).contains(fan))
                .ok_or("set `fan` to 1 to 5")?;
            let (duty, speed) = (required(device, "duty")?, required(device, "speed")?);
            let drives = |blower: &Blower| {
                let place = blower.index();
                duty.index() == blower::DUTY.at(place).index()
                    && speed.index() == blower::SPEED.at(place).index()
            };
            Ok(Feeds::Fan {
                blower: Blower::BOTH.into_iter().find(drives).ok_or(
                    "`duty` and `speed` are of one blower: blower.a.duty and blower.a.speed, or both of blower.b",
                )?,
                duty,
                speed,
                channel: channel - 1,
            })
        }
    }
}

/// Time between measurements where the configuration says none.
pub(super) fn usual_period_ms(chip: ChipKind) -> u64 {
    match chip {
        // A meter and a relay board are slow to answer, and a 1-Wire probe converts for three quarters of a second.
        ChipKind::Sht4x
        | ChipKind::Tmp117
        | ChipKind::Sdm630
        | ChipKind::Relays
        | ChipKind::Ds18b20
        | ChipKind::Kernel => 1000,
        ChipKind::Ina226 | ChipKind::Ina228 => 500,
        ChipKind::Sdp8xx | ChipKind::Ads1115 | ChipKind::Emc2305 => 100,
        // As fast as the tick: a contact is debounced from what is seen of it.
        ChipKind::Mcp23017 => 20,
    }
}

fn optional<Q: Quantity>(device: &Device, role: &str) -> Result<Option<points::point::Tag<Q>>, String> {
    device.points.get(role).map(|name| tag(name)).transpose()
}

fn required<Q: Quantity>(device: &Device, role: &str) -> Result<points::point::Tag<Q>, String> {
    optional(device, role)?.ok_or_else(|| format!("it needs a point for `{role}`"))
}

/// The points of the three phases.
fn phases<Q: Quantity>(device: &Device, role: &str) -> Result<[Option<points::point::Tag<Q>>; 3], String> {
    let of = |phase: u8| optional(device, &format!("{role}_l{phase}"));
    Ok([of(1)?, of(2)?, of(3)?])
}

fn within(value: Option<f64>, span: std::ops::RangeInclusive<f64>, key: &str) -> Result<f64, String> {
    value
        .filter(|value| span.contains(value))
        .ok_or_else(|| format!("set `{key}` to {} to {}", span.start(), span.end()))
}

/// A supply's monitor, whose shunt must not clip below the largest current.
fn supply(device: &Device, monitor: Monitor) -> Result<Feeds, String> {
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
fn analogue(device: &Device) -> Result<Feeds, String> {
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

fn thermistor(device: &Device) -> Result<Thermistor, String> {
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
