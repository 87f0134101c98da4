//! A configuration checked and resolved: every name is a typed handle, every line a number.

use points::point::{self, Tag};
use points::setting::Settings;
use points::{
    Ampere, Blower, Celsius, Flag, Hertz, KilowattHour, LoopState, Pascal, Percent, Quantity, Ratio, Rpm,
};
use points::{Span, Volt, Watt};
use sensors::kernel_value::KernelValue;
use sensors::ntc::Thermistor;

use crate::config::{Active, Bias, BusKind, ChipKind, Config, ConfigError, Parity};
use crate::hosts::plan::Plan;

mod agent;
mod blowers;
mod build;
mod buses;
mod channels;
mod contacts;
mod feeds;
mod hosts;
mod nut;
mod outlets;
pub(crate) mod secret;

/// Most input or output lines a site may have.
pub const LINES_MAX: usize = 64;

/// One rack, ready to run.
#[derive(Clone, Debug)]
pub struct Site {
    /// The rack's name.
    pub name: String,
    /// The rack is emulated.
    pub simulated: bool,
    /// Rated power of the IT load.
    pub rated_power: Watt,
    /// Period of the tick.
    pub period: Span,
    /// The chip that holds contacts and outputs.
    pub pins: String,
    /// The machine's watchdog.
    pub watchdog: Option<String>,
    /// Buses in the order of the file.
    pub buses: Vec<BusPlan>,
    /// Devices in the order of the file.
    pub devices: Vec<DevicePlan>,
    /// Names of the input lines; a contact or read-back refers to its place here.
    pub input_lines: Vec<String>,
    /// Pulls of the input lines, where the site asks for one.
    pub input_bias: Vec<Option<Bias>>,
    /// Names of the output lines.
    pub output_lines: Vec<String>,
    /// Output lines that are on at low level, a bit each.
    pub active_low: u64,
    /// Contacts.
    pub contacts: Vec<ContactPlan>,
    /// Coils of the latching fan contact, as places among the output lines.
    pub fan_contact: Option<FanContactPlan>,
    /// Output lines in the order of [`points::interlock::OutputLine`].
    pub outputs: Vec<OutputPlan>,
    /// Set points.
    pub settings: Settings,
    /// Tiers, targets and channels to the hosts.
    pub hosts: Plan,
    /// The file names tiers.
    pub names_tiers: bool,
}

/// A bus.
#[derive(Clone, Debug)]
pub struct BusPlan {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: String,
    /// What kind it is.
    pub kind: BusKind,
    /// Address of its multiplexer.
    pub multiplexer: Option<u8>,
    /// How a serial line is set.
    pub serial: SerialPlan,
}

/// How a serial line is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialPlan {
    /// Bits a second.
    pub baud: u32,
    /// Its parity.
    pub parity: Parity,
    /// The kernel's driver switches the transmitter.
    pub rs485: bool,
}

/// A device and the points it feeds.
#[derive(Clone, Debug)]
pub struct DevicePlan {
    /// Its name.
    pub name: String,
    /// What chip it is.
    pub chip: ChipKind,
    /// Place of its bus.
    pub bus: usize,
    /// Channel of the multiplexer.
    pub channel: Option<u8>,
    /// Address, or unit number on a Modbus line.
    pub address: u8,
    /// Time between measurements.
    pub period: Span,
    /// The points it feeds.
    pub feeds: Feeds,
}

/// The points a device feeds, by chip.
#[derive(Clone, Copy, Debug)]
pub enum Feeds {
    /// SHT4x.
    Air {
        /// Temperature.
        temperature: Option<Tag<Celsius>>,
        /// Relative humidity.
        humidity: Option<Tag<Percent>>,
    },
    /// SDP8xx.
    Pressure {
        /// Differential pressure.
        pressure: Tag<Pascal>,
        /// Full scale is 125 Pa, else 500 Pa.
        fine: bool,
    },
    /// ADS1115.
    Analogue([Option<Channel>; 4]),
    /// TMP117.
    Surface {
        /// Temperature.
        temperature: Tag<Celsius>,
    },
    /// INA226 or INA228.
    Supply {
        /// Current.
        current: Option<Tag<Ampere>>,
        /// Power.
        power: Option<Tag<Watt>>,
        /// Shunt in milliohms.
        shunt_milliohm: f64,
        /// Supply voltage over voltage at the chip.
        bus_divider: f64,
        /// The chip.
        monitor: Monitor,
    },
    /// DS18B20.
    OneWire {
        /// Temperature.
        temperature: Tag<Celsius>,
        /// The probe's serial number.
        serial: u64,
    },
    /// A temperature that a driver of the kernel reads.
    Kernel {
        /// The temperature.
        temperature: Tag<Celsius>,
        /// Which value.
        value: KernelValue,
    },
    /// SDM630.
    Meter(MeterPoints),
    /// Relay board.
    Outlets {
        /// Whether an outlet is on, by its relay.
        on: [Option<Tag<Flag>>; 8],
        /// A relay that is on switches its outlet off.
        normally_closed: bool,
    },
    /// MCP23017: the contacts that name its lines.
    Contacts,
    /// EMC2305.
    Fan {
        /// Which blower it drives.
        blower: Blower,
        /// Drive read back.
        duty: Tag<Percent>,
        /// Speed.
        speed: Tag<Rpm>,
        /// The chip's channel, 0 to 4.
        channel: u8,
    },
}

/// The points of a meter.
#[derive(Clone, Copy, Debug)]
pub struct MeterPoints {
    /// Voltage of each phase.
    pub voltage: [Option<Tag<Volt>>; 3],
    /// Current of each phase.
    pub current: [Option<Tag<Ampere>>; 3],
    /// Power of each phase.
    pub phase_power: [Option<Tag<Watt>>; 3],
    /// Power of all phases.
    pub power: Option<Tag<Watt>>,
    /// Power factor.
    pub power_factor: Option<Tag<Ratio>>,
    /// Frequency.
    pub frequency: Option<Tag<Hertz>>,
    /// Energy.
    pub energy: Option<Tag<KilowattHour>>,
}

/// The chip that watches a supply.
#[derive(Clone, Copy, Debug)]
pub enum Monitor {
    /// INA226.
    Ina226 {
        /// Largest current in amperes.
        max_ampere: f64,
    },
    /// INA228.
    Ina228,
}

/// What an analogue channel carries.
#[derive(Clone, Copy, Debug)]
pub enum Channel {
    /// A supervised loop.
    Loop(Tag<LoopState>),
    /// A 4-20 mA power transducer.
    Transducer {
        /// The point it feeds.
        power: Tag<Watt>,
        /// Power at 20 mA.
        full_scale: Watt,
    },
    /// A thermistor.
    Thermistor {
        /// The point it feeds.
        temperature: Tag<Celsius>,
        /// The part and its divider.
        part: Thermistor,
    },
}

/// A contact.
#[derive(Clone, Copy, Debug)]
pub struct ContactPlan {
    /// The point it feeds.
    pub point: Tag<Flag>,
    /// Its line.
    pub line: ContactLine,
    /// Level at which the state stands.
    pub active: Active,
    /// Time a new level must stand.
    pub debounce: Span,
}

/// Where a contact's line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactLine {
    /// A line of the controller itself, as a place among the input lines.
    Own(usize),
    /// A line of an expander.
    Expander {
        /// Place of the expander among the devices.
        device: usize,
        /// The line: 0 to 7 for A0 to A7, 8 to 15 for B0 to B7.
        bit: u8,
    },
}

/// The latching fan contact.
#[derive(Clone, Copy, Debug)]
pub struct FanContactPlan {
    /// Coil that opens, among the output lines.
    pub open: usize,
    /// Coil that closes.
    pub close: usize,
    /// Length of a pulse.
    pub pulse: Span,
}

/// An output.
#[derive(Clone, Copy, Debug)]
pub struct OutputPlan {
    /// Place of its line among the output lines.
    pub line: usize,
    /// Place of its read-back among the input lines.
    pub read_back: Option<usize>,
}

impl Site {
    /// Checks a configuration as a whole. `text` is the file it came from, for places in messages.
    ///
    /// # Errors
    /// Every problem, each with its place and the fix.
    pub fn build(config: &Config, text: Option<&str>) -> Result<Site, ConfigError> {
        build::Builder::new(config, text).build()
    }

    /// The same without the certificates, keys and passwords that cannot be read: a controller whose NUT server lacks one
    /// still cools. Beside the site stands what it lacks.
    ///
    /// # Errors
    /// Every other problem, each with its place and the fix.
    pub fn build_lacking(config: &Config, text: Option<&str>) -> Result<(Site, ConfigError), ConfigError> {
        build::Builder::new(config, text).build_lacking()
    }

    /// How many blowers it has: one or two.
    pub fn blowers(&self) -> usize {
        let fans = self.devices.iter();
        fans.filter(|device| matches!(device.feeds, Feeds::Fan { .. }))
            .count()
    }

    /// The bus of the device that feeds a point; 255 when none does.
    pub fn bus_of<Q: Quantity>(&self, tag: Tag<Q>) -> u8 {
        let index = tag.index();
        let feeds = |device: &&DevicePlan| device.feeds.indices().contains(&index);
        self.devices
            .iter()
            .find(feeds)
            .and_then(|device| u8::try_from(device.bus).ok())
            .unwrap_or(255)
    }

    /// The bus of the expander that a contact's line is on; none for a line of the controller itself.
    pub fn bus_of_contact(&self, point: Tag<Flag>) -> Option<u8> {
        let plan = self
            .contacts
            .iter()
            .find(|plan| plan.point.index() == point.index())?;
        match plan.line {
            ContactLine::Own(_) => None,
            ContactLine::Expander { device, .. } => u8::try_from(self.devices.get(device)?.bus).ok(),
        }
    }
}

impl Feeds {
    /// Indices of the points it feeds.
    pub fn indices(&self) -> Vec<usize> {
        fn at<Q>(tag: Option<Tag<Q>>) -> Option<usize> {
            tag.map(Tag::index)
        }
        let found = match self {
            Feeds::Air {
                temperature,
                humidity,
            } => vec![at(*temperature), at(*humidity)],
            Feeds::Pressure { pressure, .. } => vec![at(Some(*pressure))],
            Feeds::Analogue(channels) => channels
                .iter()
                .flatten()
                .map(|channel| match channel {
                    Channel::Loop(tag) => at(Some(*tag)),
                    Channel::Transducer { power, .. } => at(Some(*power)),
                    Channel::Thermistor { temperature, .. } => at(Some(*temperature)),
                })
                .collect(),
            Feeds::Contacts => Vec::new(),
            Feeds::Surface { temperature }
            | Feeds::OneWire { temperature, .. }
            | Feeds::Kernel { temperature, .. } => {
                vec![at(Some(*temperature))]
            }
            Feeds::Meter(meter) => [
                meter.voltage.map(at).as_slice(),
                &meter.current.map(at),
                &meter.phase_power.map(at),
                &[
                    at(meter.power),
                    at(meter.power_factor),
                    at(meter.frequency),
                    at(meter.energy),
                ],
            ]
            .concat(),
            Feeds::Outlets { on, .. } => on.map(at).to_vec(),
            Feeds::Supply { current, power, .. } => vec![at(*current), at(*power)],
            Feeds::Fan { duty, speed, .. } => vec![at(Some(*duty)), at(Some(*speed))],
        };
        found.into_iter().flatten().collect()
    }
}

/// The point of this name and quantity.
fn tag<Q: Quantity>(name: &str) -> Result<Tag<Q>, String> {
    let Some(found) = point::find(name) else {
        let names: Vec<String> = point::all().map(|point| point.to_string()).collect();
        let near = crate::config::nearest(name, names.iter().map(String::as_str));
        let hint = near.map_or("see `rack-controller points`".to_owned(), |near| {
            format!("did you mean `{near}`?")
        });
        return Err(format!("no point is named `{name}`; {hint}"));
    };
    found.typed::<Q>().ok_or_else(|| {
        format!(
            "`{name}` is a {} in {}, this chip measures a {}",
            found.row.kind.quantity,
            found.row.kind.unit,
            Q::KIND.quantity
        )
    })
}

#[cfg(test)]
pub(crate) mod tests;
