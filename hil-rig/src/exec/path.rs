//! The device files of the emulated computer, and what stands behind each: one table.

use std::os::fd::OwnedFd;

use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::Errno;

use crate::rack::BUSES;
use crate::rack::wired::{SERIAL_LINES, TEXT_BUSES};
use crate::server::Rig;

/// What a path leads to, by the rack's own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An I2C bus of [`BUSES`].
    I2c(&'static str),
    /// The chip with every contact and output line.
    Lines,
    /// A serial line of [`SERIAL_LINES`].
    Serial(&'static str),
    /// A folder of texts, a bus of [`TEXT_BUSES`].
    Texts(&'static str),
    /// The hardware watchdog.
    Watchdog,
}

/// Every path that is answered. Of the [`KINDS`], others do not exist.
pub const PATHS: [(&str, Place); 8] = [
    ("/dev/i2c-1", Place::I2c("air")),
    ("/dev/i2c-2", Place::I2c("fire")),
    ("/dev/i2c-3", Place::I2c("fan")),
    ("/dev/gpiochip0", Place::Lines),
    ("/dev/ttyAMA0", Place::Serial("rs485")),
    ("/sys/bus/w1/devices", Place::Texts("w1")),
    ("/dev/watchdog", Place::Watchdog),
    ("/dev/watchdog0", Place::Watchdog),
];

/// Beginnings of paths that lead to the emulated computer or to nothing: a program under test never opens a device of
/// the machine it happens to run on.
pub const KINDS: [&str; 5] = [
    "/dev/i2c-",
    "/dev/gpiochip",
    "/dev/spidev",
    "/dev/watchdog",
    "/sys/bus/w1/devices/",
];

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node<'a> {
    I2c(usize),
    Chip,
    Serial(usize),
    /// The text of this name below the folder of this bus.
    Text(usize, &'a str),
    Watchdog,
    /// Of a kind of ours, but there is none.
    Nothing,
}

/// Where a path leads; none where it is not ours.
pub(super) fn node(path: &str) -> Option<Node<'_>> {
    for (own, place) in PATHS {
        let Some(rest) = path.strip_prefix(own) else {
            continue;
        };
        let node = match (place, rest) {
            (Place::I2c(name), "") => BUSES.iter().position(|bus| *bus == name).map(Node::I2c),
            (Place::Lines, "") => Some(Node::Chip),
            (Place::Serial(name), "") => SERIAL_LINES
                .iter()
                .position(|line| *line == name)
                .map(Node::Serial),
            (Place::Watchdog, "") => Some(Node::Watchdog),
            (Place::Texts(name), _) => {
                rest.strip_prefix('/')
                    .filter(|name| !name.is_empty())
                    .and_then(|text| {
                        let bus = TEXT_BUSES.iter().position(|bus| *bus == name)?;
                        Some(Node::Text(bus, text))
                    })
            }
            (Place::I2c(_) | Place::Lines | Place::Serial(_) | Place::Watchdog, _) => None,
        };
        if node.is_some() {
            return node;
        }
    }
    KINDS
        .iter()
        .any(|kind| path.starts_with(kind))
        .then_some(Node::Nothing)
}

/// A file with the text of a device at this moment, after its conversion. (The kernel converts when the file is read;
/// who opens, reads and closes sees no difference.)
pub(super) fn text(rig: &Rig, bus: usize, name: &str) -> Result<OwnedFd, Errno> {
    let text = rig.text(bus, name).ok_or(Errno::NOENT)?;
    let file = rustix::fs::memfd_create("rig-w1", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    // At its place, so that the program reads from the beginning.
    if rustix::io::pwrite(&file, &text, 0)? < text.len() {
        return Err(Errno::IO);
    }
    rustix::fs::fcntl_add_seals(
        &file,
        SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
    )?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_where_the_table_says_and_its_kind_nowhere_else() {
        assert_eq!(node("/dev/i2c-1"), Some(Node::I2c(0)));
        assert_eq!(node("/dev/i2c-3"), Some(Node::I2c(2)));
        assert_eq!(node("/dev/gpiochip0"), Some(Node::Chip));
        assert_eq!(node("/dev/ttyAMA0"), Some(Node::Serial(0)));
        assert_eq!(node("/dev/watchdog0"), Some(Node::Watchdog));
        let probe = "/sys/bus/w1/devices/28-000000b0a401/w1_slave";
        assert_eq!(node(probe), Some(Node::Text(0, "28-000000b0a401/w1_slave")));
        for nothing in [
            "/dev/i2c-10",
            "/dev/i2c-0",
            "/dev/gpiochip1",
            "/dev/watchdog1",
            "/dev/spidev0.0",
        ] {
            assert_eq!(node(nothing), Some(Node::Nothing), "{nothing}");
        }
        for other in [
            "/dev/null",
            "/etc/hosts",
            "i2c-1",
            "/dev/ttyAMA1",
            "/sys/bus/w1/devices",
            "",
        ] {
            assert_eq!(node(other), None, "{other}");
        }
    }

    #[test]
    fn every_name_of_the_table_is_a_name_of_the_rack() {
        for (path, place) in PATHS {
            let known = match place {
                Place::I2c(name) => BUSES.contains(&name),
                Place::Serial(name) => SERIAL_LINES.contains(&name),
                Place::Texts(name) => TEXT_BUSES.contains(&name),
                Place::Lines | Place::Watchdog => true,
            };
            assert!(known, "{path}");
        }
    }
}
