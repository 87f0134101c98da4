//! Switched outlets and networked PDUs in the site's file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an outlet feeds that never loses its power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Keeps {
    /// The controller, or what it is supplied by.
    Controller,
    /// The network switch that leads to hosts, PDUs and people.
    Network,
    /// The blower: it is stopped by its own contact alone.
    Blower,
}

impl Keeps {
    /// Its word in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Keeps::Controller => "controller",
            Keeps::Network => "network",
            Keeps::Blower => "blower",
        }
    }
}

/// An outlet. One that feeds hosts or another `load` is switched off with the hosts' power; one that is not listed, or that
/// `keeps` something, is never touched.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outlet {
    /// Its number, 1 to 16: that of its points.
    pub number: u8,
    /// Names of the hosts that it feeds; it comes back with the first of their tiers that does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<String>,
    /// What else it feeds that may lose its power, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<String>,
    /// What it feeds that must not lose its power: `controller`, `network` or `blower`. It is never switched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps: Option<Keeps>,
    /// Name of the networked PDU that it is on; absent where a relay board of the controller's own line feeds its point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pdu: Option<String>,
    /// Redfish: its `Id` on the PDU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Modbus: the coil that switches it, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coil: Option<u16>,
    /// Modbus: where it is read back; its own coil when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<ReadBack>,
    /// Modbus: a coil that is on switches the outlet off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normally_closed: Option<bool>,
    /// Modbus: the input register with its power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<PowerRegister>,
}

/// Where an outlet on Modbus is read back: one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum ReadBack {
    /// A coil, counted from 0.
    Coil(u16),
    /// A discrete input, counted from 0.
    DiscreteInput(u16),
}

/// The power of an outlet on Modbus.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerRegister {
    /// The input register, counted from 0.
    pub input_register: u16,
    /// Watts of one count.
    pub scale_w: f64,
}

/// What a PDU speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PduKind {
    /// Redfish (DMTF DSP0266, schemas `PowerDistribution` and `Outlet`) over HTTPS.
    Redfish,
    /// Modbus TCP.
    Modbus,
}

/// A networked PDU.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pdu {
    /// Its name in messages; outlets refer to it.
    pub name: String,
    /// What it speaks: `redfish` or `modbus`.
    pub kind: PduKind,
    /// Redfish: its root, `https://192.0.2.120`; Modbus: address and port, `192.0.2.121:502`.
    pub address: String,
    /// Modbus: its unit number; 255 when absent, as devices without units behind them have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<u8>,
    /// Redfish: who we are there; rights to switch outlets suffice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Redfish: file with the password, readable by its owner alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<String>,
    /// Redfish: file with the certificate, PEM, that its own is checked against; needed for `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<String>,
}
