//! The machine's own watchdog, `/dev/watchdog`: it resets the machine when complete ticks stop.
//!
//! A written byte feeds it, and `V` before the file is closed disarms it (Linux, Documentation/watchdog/watchdog-api.rst).
//! It is fed as the fan chip's is: by complete ticks that came in time and by nothing else. Whoever closes it without `V`,
//! a killed core too, leaves it running, and unless a new core opens it in time the machine starts anew.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use points::{Moment, Span};

use super::episode::{Episode, advice};

/// Fed so often: the shortest time-outs of such devices are some seconds.
const EVERY: Span = Span::s(1);

const MISSING: &str =
    "switch the watchdog on (`dtparam=watchdog=on` in config.txt), or take `watchdog` out of `[core]`";

/// The machine's watchdog.
pub struct Watchdog {
    file: Option<File>,
    fed: Option<Moment>,
    episode: Episode,
}

impl Watchdog {
    /// Opens the watchdog at this path, if there is to be one. From now on it runs. A core without its watchdog is still
    /// better than none.
    pub fn open(path: Option<&str>) -> Self {
        let mut episode = Episode::new(path.unwrap_or_default().to_owned());
        let file = path.and_then(|path| {
            let opened = OpenOptions::new().write(true).open(Path::new(path));
            opened
                .inspect_err(|error| episode.fails(&advice(error, MISSING, "root")))
                .ok()
        });
        Watchdog {
            file,
            fed: None,
            episode,
        }
    }

    /// A complete tick came in time.
    pub fn tick(&mut self, now: Moment) {
        let due = self.fed.is_none_or(|fed| now.since(fed) >= EVERY);
        let Some(file) = self.file.as_mut().filter(|_| due) else {
            return;
        };
        self.fed = Some(now);
        match file.write_all(b"\0") {
            Ok(()) => self.episode.works(),
            Err(error) => self.episode.fails(&error.to_string()),
        }
    }

    /// The core ends in good order: the watchdog stops, where the kernel allows it.
    pub fn end(&mut self) {
        if let Some(mut file) = self.file.take() {
            let _ = file.write_all(b"V");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fed_once_a_second_and_disarmed_at_the_end() {
        let file = tempfile::NamedTempFile::new().unwrap_or_else(|error| panic!("{error}"));
        let path = file.path().display().to_string();
        let mut watchdog = Watchdog::open(Some(&path));
        for tick in 0..151 {
            watchdog.tick(Moment(tick * 20_000));
        }
        watchdog.end();
        watchdog.tick(Moment(10_000_000));
        let written = std::fs::read(&path).unwrap_or_default();
        assert_eq!(written, b"\0\0\0\0V");
    }

    #[test]
    fn a_core_without_its_watchdog_goes_on() {
        let mut watchdog = Watchdog::open(Some("/nonexistent/watchdog"));
        watchdog.tick(Moment(0));
        assert!(
            watchdog
                .episode
                .stands()
                .is_some_and(|text| text.contains("dtparam=watchdog=on"))
        );
        Watchdog::open(None).end();
    }
}
