//! What is in the guest: the controller that ships, its configuration on the guest's own buses, a commissioned data
//! directory.

use hil_rig::rack::BUSES;
use hil_rig::rack::wired::{SERIAL_BAUD, SERIAL_LINES};
use hil_rig::scenario::{Scenario, StandError};
use hil_rig::vm::guest::{Prepared, Program};

use super::failed;
use crate::config::{BusKind, commented, with_real_buses};
use crate::scenario::rig_stand::beside;
use crate::scenario::stand;

/// Where the controller's page listens in the guest.
pub const WEB_PORT: u16 = 8080;
/// The file with its configuration, without the leading slash.
const CONFIG: &str = "etc/rack.toml";
/// Where its data directory is. The guest's first program copies it there from where the archive has it.
const DATA: &str = "/var/data";

/// The guest's first file system with the scenario's controller.
pub fn archive(scenario: &Scenario, prepared: &Prepared) -> Result<Vec<u8>, StandError> {
    let mut config = stand::site(scenario);
    with_real_buses(&mut config, device);
    for bus in config.bus.iter_mut().filter(|bus| bus.kind == BusKind::Modbus) {
        bus.baud = Some(SERIAL_BAUD);
    }
    let mut files = vec![(CONFIG.to_owned(), commented(&config).into_bytes())];
    files.extend(commissioned()?);
    let arguments = [
        "run",
        "--config",
        &format!("/{CONFIG}"),
        "--data",
        DATA,
        "--listen-web",
        &format!("0.0.0.0:{WEB_PORT}"),
    ];
    let program = Program {
        path: beside("rack-controller")?,
        arguments: arguments.map(str::to_owned).to_vec(),
        files,
    };
    hil_rig::vm::guest::archive(prepared, &program).map_err(|error| StandError(error.to_string()))
}

/// The guest's device file behind a bus, or behind the contacts and outputs: the kernel numbers buses in the order in
/// which the machine has them, and its console is the first serial line.
fn device(name: &str) -> Option<String> {
    if name == "pins" {
        return Some("/dev/gpiochip0".to_owned());
    }
    if let Some(number) = BUSES.iter().position(|bus| *bus == name) {
        return Some(format!("/dev/i2c-{number}"));
    }
    let line = SERIAL_LINES.iter().position(|line| *line == name)?;
    Some(format!("/dev/ttyS{}", line + 1))
}

/// The records of a directory in which nothing was ever latched.
fn commissioned() -> Result<Vec<(String, Vec<u8>)>, StandError> {
    let directory = tempfile::tempdir().map_err(|error| failed("a directory for the records", &error))?;
    crate::core::store::commission(directory.path(), crate::core::clock::today(0))
        .map_err(|error| StandError(error.to_string()))?;
    let mut files = Vec::new();
    let entries = std::fs::read_dir(directory.path()).map_err(|error| failed("the records", &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| failed("the records", &error))?;
        let content = std::fs::read(entry.path()).map_err(|error| failed("the records", &error))?;
        files.push((format!("data/{}", entry.file_name().to_string_lossy()), content));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bus_has_a_device_in_the_guest() {
        assert_eq!(device("air").as_deref(), Some("/dev/i2c-0"));
        assert_eq!(device("fan").as_deref(), Some("/dev/i2c-2"));
        assert_eq!(device("rs485").as_deref(), Some("/dev/ttyS1"));
        assert_eq!(device("pins").as_deref(), Some("/dev/gpiochip0"));
        assert_eq!(device("w1"), None);
    }

    #[test]
    fn the_records_of_a_new_directory_go_with_it() {
        let files = commissioned().expect("they are made");
        assert!(
            files
                .iter()
                .all(|(path, content)| path.starts_with("data/") && !content.is_empty())
        );
        assert!(files.len() >= 2, "latches and units");
    }
}
