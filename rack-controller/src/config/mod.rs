//! The configuration file: one commented TOML whose comments are the doc comments of these types.
//!
//! The file is read-only to the program. Reading it is two steps: `parse` (TOML, known keys, types) and
//! `site::Site::build` (names, addresses, lines that must fit together). Both name line, column and the fix.

mod agent;
mod builtin;
mod error;
mod hosts;
mod manual;
mod nut;
mod outlets;
mod raspberry_pi;
mod straps;
mod wires;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::listen::Listeners;

pub use agent::Agent;
pub use builtin::{
    builtin, with_agents, with_management_controllers, with_one_wire_board, with_outlets, with_real_buses,
    with_second_blower,
};
pub use error::{ConfigError, Problem, Step, nearest};
pub use hosts::{Host, ManagementController, Probe, Proof, Tier, Webhook};
pub use manual::commented;
pub use nut::{Nut, NutUser};
pub use outlets::{Keeps, Outlet, Pdu, PduKind, PowerRegister, ReadBack};
pub use raspberry_pi::{on_header, raspberry_pi_5};
pub use wires::{Active, Bias, Contact, FanContact, Output, Parity};

/// Longest configuration file that is read, in bytes.
pub const FILE_MAX: u64 = 1 << 20;
/// Most buses a site may have.
pub const BUSES_MAX: usize = 8;
/// Most devices a site may have.
pub const DEVICES_MAX: usize = 64;

/// The whole configuration of one rack controller.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The rack is emulated. Only then may buses be bound to `rig://`, and then none may be real; every value says
    /// "simulated" on every interface.
    #[serde(default)]
    pub simulated: bool,
    /// Where the emulated rack's socket is; only with `simulated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rig_socket: Option<String>,
    /// The rack.
    pub rack: Rack,
    /// The process that owns buses, pins and the fan.
    #[serde(default)]
    pub core: Core,
    /// The process that owns the network.
    #[serde(default)]
    pub front: Front,
    /// Sensor buses. Each has a thread of its own, so that a stuck one disturbs no other.
    pub bus: Vec<Bus>,
    /// Chips on the buses and the points they measure.
    pub device: Vec<Device>,
    /// Contacts on input lines, by the point each one feeds.
    pub contact: BTreeMap<String, Contact>,
    /// The latching contact in the blower's supply. Without it the fire stop is in software only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fan_contact: Option<FanContact>,
    /// Output lines, by the output's name.
    pub output: BTreeMap<String, Output>,
    /// Tiers of hosts, the first goes down first; where there are none all hosts are one, named `rack`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tier: Vec<Tier>,
    /// Hosts that are shut down, proven down and brought back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host: Vec<Host>,
    /// Networked PDUs whose outlets are switched or only read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pdu: Vec<Pdu>,
    /// Outlets and what they feed. Only what is listed here is ever switched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outlet: Vec<Outlet>,
    /// Our agents on hosts; without this section nobody listens for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// The NUT server that hosts' `upsmon` listens to. Without it any user is taken, and nothing is encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nut: Option<Nut>,
    /// Set points that differ from their defaults, by name; `rack-controller points` lists them with their spans.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub setting: BTreeMap<String, f64>,
}

/// The rack.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rack {
    /// Its name on every page and protocol.
    pub name: String,
    /// Rated power of the IT load in watts; caps are shares of it.
    #[serde(default = "rated_power")]
    pub rated_power_w: f64,
}

fn rated_power() -> f64 {
    12_000.0
}

/// The process that owns buses, pins and the fan.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Core {
    /// Period of the control tick in milliseconds, 10 to 200.
    pub tick_ms: u64,
    /// The chip that holds the contacts and outputs: `/dev/gpiochip0`, or `gpio:LABEL` for the one with this label
    /// (`gpiodetect` lists them); `rig://pins` where the rack is emulated.
    pub pins: String,
    /// The machine's watchdog, usually `/dev/watchdog`: it starts the machine anew when complete ticks stop coming.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watchdog: Option<String>,
}

impl Default for Core {
    fn default() -> Self {
        Core {
            tick_ms: 20,
            pins: "rig://pins".to_owned(),
            watchdog: None,
        }
    }
}

/// The process that owns the network.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Front {
    /// Address of the web page; port 0 picks a free one.
    pub listen_web: SocketAddr,
    /// Address of the Modbus TCP server; port 0 picks a free one.
    pub listen_modbus: SocketAddr,
    /// Address of the NUT server; port 0 picks a free one.
    pub listen_nut: SocketAddr,
    /// Memory the front may use, in MiB; at the limit it ends and is started anew.
    pub memory_limit_mib: u64,
    /// User and group it runs as when the core is root; 65534 is `nobody`.
    pub run_as: u32,
}

impl Default for Front {
    fn default() -> Self {
        Front {
            listen_web: Listeners::DEFAULT.web,
            listen_modbus: Listeners::DEFAULT.modbus,
            listen_nut: Listeners::DEFAULT.nut,
            memory_limit_mib: 768,
            run_as: 65_534,
        }
    }
}

/// What kind of bus it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BusKind {
    /// An I2C segment.
    #[default]
    I2c,
    /// A serial line with Modbus RTU devices.
    Modbus,
    /// A 1-Wire bus whose probes the kernel shows as text.
    OneWire,
    /// Values that drivers of the kernel show as text: hwmon or IIO.
    Kernel,
}

impl BusKind {
    /// Its word in the file.
    pub fn word(self) -> &'static str {
        match self {
            BusKind::I2c => "i2c",
            BusKind::Modbus => "modbus",
            BusKind::OneWire => "onewire",
            BusKind::Kernel => "kernel",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
    fn is_usual(&self) -> bool {
        *self == BusKind::I2c
    }
}

/// A sensor bus.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bus {
    /// Its name; devices refer to it.
    pub name: String,
    /// Where it is: `/dev/i2c-N`, a serial line such as `/dev/ttyAMA0`, the folder of 1-Wire probes
    /// `/sys/bus/w1/devices`, `/sys/class/hwmon` or `/sys/bus/iio/devices`; `rig://NAME` where the rack is emulated.
    pub path: String,
    /// What kind of bus it is: `i2c`, `modbus` for a serial line, `onewire`, or `kernel` for values of the kernel's own
    /// drivers; `i2c` when absent.
    #[serde(default, skip_serializing_if = "BusKind::is_usual")]
    pub kind: BusKind,
    /// Address of a TCA9548A multiplexer on it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplexer: Option<u8>,
    /// Bits a second of a serial line, 1200 to 115200; 9600 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baud: Option<u32>,
    /// Parity of a serial line: `none`, `even` or `odd`; `none` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parity: Option<Parity>,
    /// The kernel's driver is to switch the transmitter of an RS-485 line by RTS; absent where the transceiver does it by
    /// itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rs485: Option<bool>,
}

/// What chip a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChipKind {
    /// Temperature and humidity, Sensirion SHT4x.
    Sht4x,
    /// Differential pressure, Sensirion SDP8xx.
    Sdp8xx,
    /// Four analogue channels, TI ADS1115: supervised loops, 4-20 mA transducers and thermistors.
    Ads1115,
    /// Current and power of the blower's supply, TI INA226.
    Ina226,
    /// Fan controller, Microchip EMC2305.
    Emc2305,
    /// Temperature of a surface, TI TMP117.
    Tmp117,
    /// Current and power of the blower's supply up to 85 V, TI INA228.
    Ina228,
    /// Sixteen lines of contacts, Microchip MCP23017. It feeds no point itself: a contact names its line as `NAME/A0`.
    Mcp23017,
    /// Temperature, Maxim DS18B20 on a 1-Wire bus.
    Ds18b20,
    /// Temperature that a driver of the kernel reads, whatever the chip.
    Kernel,
    /// Three-phase power meter, Eastron SDM630 on a Modbus line.
    Sdm630,
    /// Eight switched outlets, Waveshare relay board on a Modbus line.
    Relays,
}

impl ChipKind {
    /// Its word in the file.
    pub fn word(self) -> &'static str {
        match self {
            ChipKind::Sht4x => "sht4x",
            ChipKind::Sdp8xx => "sdp8xx",
            ChipKind::Ads1115 => "ads1115",
            ChipKind::Ina226 => "ina226",
            ChipKind::Emc2305 => "emc2305",
            ChipKind::Tmp117 => "tmp117",
            ChipKind::Ina228 => "ina228",
            ChipKind::Mcp23017 => "mcp23017",
            ChipKind::Ds18b20 => "ds18b20",
            ChipKind::Kernel => "kernel",
            ChipKind::Sdm630 => "sdm630",
            ChipKind::Relays => "relays",
        }
    }

    /// The kind of bus it hangs on.
    pub fn bus(self) -> BusKind {
        match self {
            ChipKind::Sht4x
            | ChipKind::Sdp8xx
            | ChipKind::Ads1115
            | ChipKind::Ina226
            | ChipKind::Emc2305
            | ChipKind::Tmp117
            | ChipKind::Ina228
            | ChipKind::Mcp23017 => BusKind::I2c,
            ChipKind::Sdm630 | ChipKind::Relays => BusKind::Modbus,
            ChipKind::Ds18b20 => BusKind::OneWire,
            ChipKind::Kernel => BusKind::Kernel,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn no_address(address: &u8) -> bool {
    *address == 0
}

/// A chip and the points it measures.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Its name in messages.
    pub name: String,
    /// What chip it is.
    pub chip: ChipKind,
    /// The bus it is on.
    pub bus: String,
    /// The multiplexer's channel it is behind, 0 to 7; absent when it is on the bus itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<u8>,
    /// Its 7-bit address, or its unit number on a Modbus line; absent on a 1-Wire bus.
    #[serde(default, skip_serializing_if = "no_address")]
    pub address: u8,
    /// Serial number of a DS18B20 as the kernel names it: `28-` and twelve hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The kernel's driver that reads it: the text of its `name`, or its place such as `1-0048` where several chips have one driver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// The file of that driver with millidegrees: `temp1_input` of hwmon, `in_temp_input` of IIO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// Time between measurements in milliseconds; the chip's usual one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_ms: Option<u64>,
    /// Full scale of an SDP8xx in pascals: 125 or 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_pa: Option<u16>,
    /// Shunt of an INA226 or INA228 in milliohms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shunt_milliohm: Option<f64>,
    /// Largest current through the shunt of an INA226 or INA228 in amperes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ampere: Option<f64>,
    /// Divider in front of the bus input of an INA226 or INA228: supply voltage over voltage at the chip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bus_divider: Option<f64>,
    /// Power at 20 mA of a 4-20 mA transducer on an ADS1115, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_scale_w: Option<f64>,
    /// Resistance at 25 °C of the thermistors on an ADS1115, in ohms; 10000 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ntc_ohm: Option<f64>,
    /// Beta of the thermistors on an ADS1115 in kelvins; 3950 when absent. It belongs to the part: "10k" is not one curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ntc_beta: Option<f64>,
    /// Resistor between the reference and the thermistors on an ADS1115, in ohms; 10000 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ntc_pull_up_ohm: Option<f64>,
    /// Reference of the thermistors on an ADS1115 in volts; 3.3 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ntc_reference_v: Option<f64>,
    /// Channel of an EMC2305 that drives the blower, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fan: Option<u8>,
    /// Relays of a board are wired through their normally closed contacts: one that is on switches its outlet off, and a
    /// board without supply leaves all outlets on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normally_closed: Option<bool>,
    /// The points it feeds, by what the chip measures: `temperature`, `humidity`, `pressure`, `channel0` to
    /// `channel3`, `current`, `power`, `duty`, `speed`; of a meter `voltage_l1` to `voltage_l3`, `current_l1` to
    /// `current_l3`, `power_l1` to `power_l3`, `power`, `power_factor`, `frequency`, `energy`; `relay1` to `relay8`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub points: BTreeMap<String, String>,
}

impl Front {
    /// Where everything listens.
    pub fn listeners(&self) -> Listeners {
        Listeners {
            web: self.listen_web,
            modbus: self.listen_modbus,
            nut: self.listen_nut,
            agent: None,
        }
    }
}

impl Config {
    /// Where everything listens.
    pub fn listeners(&self) -> Listeners {
        Listeners {
            agent: self.agent.as_ref().map(|agent| agent.listen),
            ..self.front.listeners()
        }
    }

    /// Parses a configuration file's text.
    ///
    /// # Errors
    /// Every problem found, with line, column and fix.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        if let Some(offset) = text.find('\0') {
            return Err(ConfigError::at(
                text,
                offset,
                "the file holds a NUL byte; save it as plain UTF-8 text",
            ));
        }
        toml::from_str(text).map_err(|error| ConfigError::from_toml(text, &error))
    }

    /// Reads and parses a configuration file.
    ///
    /// # Errors
    /// When the file cannot be read or does not parse.
    pub fn load(path: &std::path::Path) -> Result<(Config, String), ConfigError> {
        let unreadable = |why: String| ConfigError::whole(format!("{}: {why}", path.display()));
        let size = std::fs::metadata(path)
            .map_err(|error| unreadable(error.to_string()))?
            .len();
        if size > FILE_MAX {
            return Err(unreadable(format!(
                "{size} bytes, more than the {FILE_MAX} that a configuration may have"
            )));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes)
            .map_err(|error| unreadable(format!("byte {} is not UTF-8", error.utf8_error().valid_up_to())))?;
        Ok((Config::parse(&text)?, text))
    }
}

/// The JSON schema of the configuration file, for editors.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Config).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rack_survives_a_round_trip_through_its_file() {
        let text = commented(&builtin());
        let back = Config::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(
            serde_json::to_value(&back).ok(),
            serde_json::to_value(builtin()).ok()
        );
    }

    #[test]
    fn the_committed_files_are_fresh() {
        for (file, board) in [("rack", builtin()), ("raspberry-pi-5", raspberry_pi_5())] {
            let path = format!("{}/../config/{file}.toml", env!("CARGO_MANIFEST_DIR"));
            let committed = std::fs::read_to_string(path).unwrap_or_default();
            assert!(
                committed == commented(&board),
                "run: rack-controller schema --format {file} > config/{file}.toml"
            );
        }
    }

    #[test]
    fn an_unknown_key_names_line_column_and_the_nearest_known_one() {
        let text = commented(&builtin()).replace("[rack]\n", "[rack]\nnmae = \"x\"\n");
        let error = Config::parse(&text).expect_err("an unknown key is refused");
        let problem = &error.problems[0];
        let line = text.lines().nth(problem.line.unwrap_or(1) - 1);
        assert_eq!((line, problem.column), (Some("nmae = \"x\""), Some(1)), "{error}");
        assert!(error.to_string().contains("did you mean `name`"), "{error}");
    }

    #[test]
    fn nonsense_is_refused_and_nothing_panics() {
        for text in [
            "",
            "a",
            "[rack",
            "rack = 1",
            "\u{feff}",
            "setting = { a = nan }",
            "core = { tick_ms = 1e99 }",
            "\0",
        ] {
            assert!(Config::parse(text).is_err(), "{text:?}");
        }
    }
}
