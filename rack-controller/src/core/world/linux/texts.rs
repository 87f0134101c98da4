//! Devices that a driver of the kernel shows as texts, below the root that the site names: 1-Wire probes in
//! `/sys/bus/w1/devices`, values of other drivers in `/sys/class/hwmon` and `/sys/bus/iio/devices`.
//!
//! Those two number their folders as drivers come (`hwmon3`), so a folder is found by the text of its `name`, or by the
//! device it stands for (`1-0048`), and sought again when it is gone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use sensors::driver::BusFault;
use sensors::ds18b20::TextFiles;

use super::episode::{Episode, advice};

const NO_PROBES: &str =
    "switch the bus on (`dtoverlay=w1-gpio` in config.txt); the kernel shows its probes there as `28-...`";
const NO_DRIVERS: &str = "no driver of the kernel shows values there; load it, or name another folder";
/// Most folders that are looked at for a driver's name.
const FOLDERS_MAX: usize = 256;

/// Texts below a folder of the kernel's.
pub struct LinuxTexts {
    root: PathBuf,
    /// Folders are named by their drivers, and where each was found last.
    drivers: Option<BTreeMap<String, PathBuf>>,
    episode: Episode,
}

impl LinuxTexts {
    /// Texts below this folder.
    pub fn new(root: &str) -> Self {
        LinuxTexts {
            root: PathBuf::from(root),
            drivers: None,
            episode: Episode::new(root.to_owned()),
        }
    }

    /// Texts of drivers below this folder, each `DRIVER/FILE`.
    pub fn of_drivers(root: &str) -> Self {
        LinuxTexts {
            drivers: Some(BTreeMap::new()),
            ..Self::new(root)
        }
    }

    /// Where the text of this name is.
    fn path(&mut self, name: &str) -> PathBuf {
        let found = self
            .drivers
            .as_mut()
            .zip(name.split_once('/'))
            .and_then(|(known, (driver, file))| {
                let folder = match known.get(driver) {
                    Some(folder) => folder.clone(),
                    None => {
                        let folder = folder_of(&self.root, driver)?;
                        known.insert(driver.to_owned(), folder.clone());
                        folder
                    }
                };
                Some(folder.join(file))
            });
        found.unwrap_or_else(|| self.root.join(name))
    }

    /// What an error means; one that is the whole root's is told.
    fn fault(&mut self, error: &io::Error) -> BusFault {
        let denied = error.kind() == io::ErrorKind::PermissionDenied;
        if denied || error.kind() == io::ErrorKind::NotFound && !self.root.is_dir() {
            self.episode.fails(&advice(error, self.missing(), "root"));
        }
        if denied {
            BusFault::Other
        } else if error.kind() == io::ErrorKind::TimedOut {
            BusFault::Timeout
        } else {
            // The kernel gives EIO or ENODEV for a probe that does not answer the reset.
            BusFault::NoAnswer
        }
    }

    fn missing(&self) -> &'static str {
        if self.drivers.is_some() {
            NO_DRIVERS
        } else {
            NO_PROBES
        }
    }

    /// Why none can be read, while none can.
    pub fn trouble(&self) -> Option<&str> {
        self.episode.stands()
    }
}

/// The folder of a driver: the one whose `name` says so, or that stands for the device of this name.
fn folder_of(root: &Path, driver: &str) -> Option<PathBuf> {
    let folders = std::fs::read_dir(root)
        .ok()?
        .flatten()
        .take(FOLDERS_MAX)
        .map(|entry| entry.path());
    let mut named: Vec<PathBuf> = folders
        .filter(|folder| {
            let text = std::fs::read_to_string(folder.join("name")).unwrap_or_default();
            let device = std::fs::canonicalize(folder.join("device")).unwrap_or_default();
            text.trim_end() == driver || device.file_name().is_some_and(|name| name == driver)
        })
        .collect();
    // Two of one driver: which one is meant cannot be told, and a guess would swap two places of the rack.
    (named.len() == 1).then(|| named.remove(0))
}

/// Whether a name stays below the root.
fn inside(name: &str) -> bool {
    let path = Path::new(name);
    !name.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn gather(path: &Path, buffer: &mut [u8]) -> io::Result<usize> {
    let mut file = File::open(path)?;
    let mut came = 0;
    while came < buffer.len() {
        match file.read(&mut buffer[came..]) {
            Ok(0) => break,
            Ok(count) => came += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(came)
}

impl TextFiles for LinuxTexts {
    fn read(&mut self, name: &str, buffer: &mut [u8]) -> Result<usize, BusFault> {
        if !inside(name) {
            return Err(BusFault::NoAnswer);
        }
        let path = self.path(name);
        let read = gather(&path, buffer);
        if let (Err(_), Some(known)) = (&read, &mut self.drivers) {
            known.clear();
        }
        match read {
            Ok(0) => Err(BusFault::NoAnswer),
            Ok(came) => {
                self.episode.works();
                Ok(came)
            }
            Err(error) => Err(self.fault(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_and_a_name_stays_below_the_root() {
        let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let probe = directory.path().join("28-0000000000aa");
        let made = std::fs::create_dir(&probe).and_then(|()| std::fs::write(probe.join("w1_slave"), "text"));
        made.unwrap_or_else(|error| panic!("{error}"));
        let mut texts = LinuxTexts::new(&directory.path().display().to_string());
        let mut buffer = [0; 16];
        assert_eq!(texts.read("28-0000000000aa/w1_slave", &mut buffer), Ok(4));
        assert_eq!(texts.read("28-0000000000aa/w1_slave", &mut [0; 2]), Ok(2), "cut");
        for name in ["28-0000000000bb/w1_slave", "../etc/passwd", "/etc/passwd", ""] {
            assert_eq!(texts.read(name, &mut buffer), Err(BusFault::NoAnswer), "{name}");
        }
        assert_eq!(texts.trouble(), None);
    }

    #[test]
    fn a_driver_is_found_by_its_name_again_after_it_moved_and_never_guessed() {
        let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let driver = |folder: &str, name: &str, value: &str| {
            let folder = directory.path().join(folder);
            std::fs::create_dir(&folder)
                .and_then(|()| std::fs::write(folder.join("name"), format!("{name}\n")))
                .and_then(|()| std::fs::write(folder.join("temp1_input"), value))
                .unwrap_or_else(|error| panic!("{error}"));
        };
        driver("hwmon0", "nvme", "40000\n");
        driver("hwmon1", "lm75", "23125\n");
        let mut texts = LinuxTexts::of_drivers(&directory.path().display().to_string());
        let mut buffer = [0; 16];
        assert_eq!(texts.read("lm75/temp1_input", &mut buffer), Ok(6));
        assert_eq!(&buffer[..5], b"23125");
        let moved = std::fs::rename(directory.path().join("hwmon1"), directory.path().join("hwmon7"));
        moved.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            texts.read("lm75/temp1_input", &mut buffer),
            Err(BusFault::NoAnswer),
            "it was there"
        );
        assert_eq!(
            texts.read("lm75/temp1_input", &mut buffer),
            Ok(6),
            "it is sought again"
        );
        driver("hwmon8", "lm75", "99000\n");
        let mut texts = LinuxTexts::of_drivers(&directory.path().display().to_string());
        assert_eq!(
            texts.read("lm75/temp1_input", &mut buffer),
            Err(BusFault::NoAnswer),
            "two of one name"
        );
    }

    #[test]
    fn a_root_that_is_not_there_says_what_to_do() {
        let mut texts = LinuxTexts::new("/nonexistent/w1");
        assert_eq!(
            texts.read("28-0000000000aa/w1_slave", &mut [0; 16]),
            Err(BusFault::NoAnswer)
        );
        assert!(texts.trouble().is_some_and(|text| text.contains("w1-gpio")));
    }
}
