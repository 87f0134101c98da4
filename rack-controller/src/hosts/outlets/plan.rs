//! Outlets and PDUs of a site, resolved.

use std::net::SocketAddr;

use points::host::OUTLETS;
use serde::{Deserialize, Serialize};

use crate::config::{Keeps, PowerRegister, ReadBack};
use crate::hosts::bmc::plan::{Secret, certificate};

/// Most PDUs of a site: one for each outlet at most.
pub const PDUS: usize = OUTLETS;

/// An outlet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutletPlan {
    /// Its place: outlet 1 is 0.
    pub place: usize,
    /// Places of the targets that it feeds.
    pub feeds: Vec<usize>,
    /// What it feeds, in words.
    pub label: String,
    /// What it keeps: then it is never switched.
    pub keeps: Option<Keeps>,
    /// How it is reached.
    pub wire: Wire,
}

impl OutletPlan {
    /// It may be switched.
    pub const fn is_switchable(&self) -> bool {
        self.keeps.is_none()
    }
}

/// How an outlet is reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wire {
    /// By a relay board of the core's own line, or not at all.
    Own,
    /// By a PDU on Redfish.
    Redfish {
        /// Place of the PDU.
        pdu: usize,
        /// Its `Id` there.
        id: String,
    },
    /// By a PDU on Modbus.
    Modbus {
        /// Place of the PDU.
        pdu: usize,
        /// How it is switched and read.
        registers: Registers,
    },
}

impl Wire {
    /// Place of its PDU.
    pub const fn pdu(&self) -> Option<usize> {
        match self {
            Wire::Own => None,
            Wire::Redfish { pdu, .. } | Wire::Modbus { pdu, .. } => Some(*pdu),
        }
    }
}

/// How an outlet on Modbus is switched and read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registers {
    /// The coil that switches it.
    pub coil: u16,
    /// Where it is read back.
    pub read_back: ReadBack,
    /// A coil that is on switches it off.
    pub normally_closed: bool,
    /// Where its power is.
    pub power: Option<PowerRegister>,
}

/// A PDU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PduPlan {
    /// Its name.
    pub name: String,
    /// How it is reached.
    pub reach: Reach,
    /// A file of it could not be read, which was told: it is left alone.
    pub left_out: bool,
}

/// How a PDU is reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reach {
    /// By Redfish.
    Redfish(RedfishReach),
    /// By Modbus TCP.
    Modbus {
        /// Where.
        at: SocketAddr,
        /// Its unit number.
        unit: u8,
    },
}

/// How a PDU is reached by Redfish.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RedfishReach {
    /// Its root.
    pub address: String,
    /// Who we are there.
    pub user: String,
    /// The file with the password, which the core reads.
    pub password_file: Option<String>,
    /// The password.
    pub password: Secret,
    /// The file with the certificate that its own is checked against, which the core reads.
    pub certificate_file: Option<String>,
    /// That certificate, in PEM.
    pub certificate: Option<String>,
}

impl PduPlan {
    /// Reads password and certificate; called by the core, which may.
    ///
    /// # Errors
    /// What is wrong with a file, and what to do.
    pub fn read(&mut self) -> Result<(), String> {
        let Reach::Redfish(reach) = &mut self.reach else {
            return Ok(());
        };
        if let Some(file) = &reach.password_file {
            reach.password = Secret::read(file)?;
        }
        if let Some(file) = &reach.certificate_file {
            reach.certificate = Some(certificate(file)?);
        }
        Ok(())
    }
}
