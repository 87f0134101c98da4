//! Devices that a driver of the kernel shows as texts: 1-Wire probes below `/sys/bus/w1/devices`, or below any other
//! root that the site names.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use sensors::driver::BusFault;
use sensors::ds18b20::TextFiles;

use super::episode::{Episode, advice};

const MISSING: &str =
    "switch the bus on (`dtoverlay=w1-gpio` in config.txt); the kernel shows its probes there as `28-...`";

/// Texts below a folder of the kernel's.
pub struct LinuxTexts {
    root: PathBuf,
    episode: Episode,
}

impl LinuxTexts {
    /// Texts below this folder.
    pub fn new(root: &str) -> Self {
        LinuxTexts {
            root: PathBuf::from(root),
            episode: Episode::new(root.to_owned()),
        }
    }

    /// Why none can be read, while none can.
    pub fn trouble(&self) -> Option<&str> {
        self.episode.stands()
    }
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
        match gather(&self.root.join(name), buffer) {
            Ok(0) => Err(BusFault::NoAnswer),
            Ok(came) => {
                self.episode.works();
                Ok(came)
            }
            Err(error) => Err(match error.kind() {
                io::ErrorKind::NotFound => {
                    if !self.root.is_dir() {
                        self.episode.fails(&advice(&error, MISSING, "root"));
                    }
                    BusFault::NoAnswer
                }
                io::ErrorKind::TimedOut => BusFault::Timeout,
                io::ErrorKind::PermissionDenied => {
                    self.episode.fails(&advice(&error, MISSING, "root"));
                    BusFault::Other
                }
                // The kernel gives EIO or ENODEV for a probe that does not answer the reset.
                _ => BusFault::NoAnswer,
            }),
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
    fn a_root_that_is_not_there_says_what_to_do() {
        let mut texts = LinuxTexts::new("/nonexistent/w1");
        assert_eq!(
            texts.read("28-0000000000aa/w1_slave", &mut [0; 16]),
            Err(BusFault::NoAnswer)
        );
        assert!(texts.trouble().is_some_and(|text| text.contains("w1-gpio")));
    }
}
