//! How a host's management controller is reached.

use std::os::unix::fs::PermissionsExt as _;

use serde::{Deserialize, Serialize};

use crate::site::secret;

/// What it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BmcKind {
    /// Redfish (DMTF DSP0266) over HTTPS.
    Redfish,
    /// IPMI 2.0, by the program `ipmitool`.
    Ipmi,
}

/// A text that is not shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() {
            "no secret"
        } else {
            "a secret"
        })
    }
}

impl Secret {
    /// The one line of a file that only its owner reads: these hold the power of hosts.
    ///
    /// # Errors
    /// What is wrong with the file, and what to do.
    pub(in crate::hosts) fn read(file: &str) -> Result<Secret, String> {
        let line = secret::password(file, FILE_MAX)?;
        let about = std::fs::metadata(file).map_err(|why| format!("`{file}`: {why}"))?;
        if about.permissions().mode() & 0o077 != 0 {
            return Err(format!("`{file}` is open to its group; run: chmod 600 {file}"));
        }
        Ok(Secret(String::from_utf8_lossy(&line).into_owned()))
    }
}

/// A certificate's file, as its text.
///
/// # Errors
/// What is wrong with the file, and what to do.
pub(in crate::hosts) fn certificate(file: &str) -> Result<String, String> {
    let text = secret::read(file, FILE_MAX, false)?;
    String::from_utf8(text).map_err(|_| format!("`{file}` is no PEM"))
}

/// One management controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BmcPlan {
    /// What it speaks.
    pub kind: BmcKind,
    /// Redfish: its root, `https://...`; IPMI: host, or host and port.
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
    /// The system on it, where there are several.
    pub system: Option<String>,
    /// Power that the host is rated for, W: caps are shares of it.
    pub rated_w: Option<f64>,
    /// In a fire it may switch a host off that is not down at its deadline.
    pub force_off: bool,
}

/// Longest secret or certificate that is read, in bytes.
const FILE_MAX: u64 = 64 << 10;

impl BmcPlan {
    /// A cap can be set by it: by Redfish, as a share of what the host is rated for. IPMI's own power limit (DCMI) is not
    /// spoken here.
    pub const fn caps(&self) -> bool {
        matches!(self.kind, BmcKind::Redfish) && self.rated_w.is_some()
    }

    /// Reads password and certificate; called by the core, which may.
    ///
    /// # Errors
    /// What is wrong with a file, and what to do.
    pub fn read(&mut self) -> Result<(), String> {
        if let Some(file) = &self.password_file {
            self.password = Secret::read(file)?;
        }
        if let Some(file) = &self.certificate_file {
            self.certificate = Some(certificate(file)?);
        }
        Ok(())
    }
}
