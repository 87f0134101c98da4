//! How a host's management controller is reached.

use serde::{Deserialize, Serialize};

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
    /// Reads password and certificate; called by the core, which may.
    ///
    /// # Errors
    /// What is wrong with a file, and what to do.
    pub fn read(&mut self) -> Result<(), String> {
        if let Some(file) = &self.password_file {
            self.password = Secret(private(file)?.trim_end_matches(['\r', '\n']).to_owned());
        }
        if let Some(file) = &self.certificate_file {
            self.certificate = Some(read(file)?);
        }
        Ok(())
    }
}

/// A file of the site, up to its bound.
pub(in crate::hosts) fn read(path: &str) -> Result<String, String> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(FILE_MAX).read_to_string(&mut text))
        .map_err(|error| format!("{path}: {error}; make it readable for the core"))?;
    Ok(text)
}

/// A file that only its owner reads.
pub(in crate::hosts) fn private(path: &str) -> Result<String, String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).map(|about| about.permissions().mode());
    let mode = mode.map_err(|error| format!("{path}: {error}; make it readable for the core"))?;
    if mode & 0o077 != 0 {
        return Err(format!(
            "{path} is open to others than its owner; `chmod 600 {path}`"
        ));
    }
    read(path)
}
