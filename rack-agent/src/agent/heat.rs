//! The hottest chip, as the kernel reads it: the processors' own sensors in `class/hwmon` (names of the drivers below). Such a file
//! is read from a register of the processor and never waits for a bus.

use std::path::{Path, PathBuf};

/// Drivers of processors' own sensors: Intel, AMD (two), and Arm boards.
const DRIVERS: [&str; 4] = ["coretemp", "k10temp", "zenpower", "cpu_thermal"];
/// Sensors at most; of more the first are read.
const SENSORS_MAX: usize = 256;
/// What a working sensor can say, thousandths of a degree Celsius.
const SAID: std::ops::RangeInclusive<i32> = -40_000..=150_000;

/// The sensors of this host.
#[derive(Clone, Debug, Default)]
pub struct Chips(Vec<PathBuf>);

impl Chips {
    /// Looks for sensors under this root of `sysfs`.
    pub fn find(sysfs: &Path) -> Self {
        let folders = |at: &Path| {
            let entries = std::fs::read_dir(at).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect::<Vec<_>>()
        };
        let own = |folder: &PathBuf| {
            let name = std::fs::read_to_string(folder.join("name")).unwrap_or_default();
            DRIVERS.contains(&name.trim())
        };
        let is_input = |file: &PathBuf| {
            let name = file
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            name.starts_with("temp") && name.ends_with("_input")
        };
        let chips = folders(&sysfs.join("class/hwmon")).into_iter().filter(own);
        let inputs = chips.flat_map(|chip| folders(&chip)).filter(is_input);
        Chips(inputs.take(SENSORS_MAX).collect())
    }

    /// The hottest one now, thousandths of a degree Celsius; none where no sensor says anything that can be.
    pub fn hottest(&self) -> Option<i32> {
        let said = self.0.iter().filter_map(|file| {
            let text = std::fs::read_to_string(file).ok()?;
            text.trim().parse::<i32>().ok()
        });
        said.filter(|said| SAID.contains(said)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hottest_sensor_of_a_processor_counts_and_no_other() {
        let root = tempfile::tempdir().expect("a folder");
        let put = |file: &str, text: &str| {
            let path = root.path().join("class/hwmon").join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        assert_eq!(Chips::find(root.path()).hottest(), None);
        for (file, text) in [
            ("hwmon0/name", "nvme\n"),
            ("hwmon0/temp1_input", "99000\n"),
            ("hwmon1/name", "coretemp\n"),
            ("hwmon1/temp1_input", "61000\n"),
            ("hwmon1/temp1_max", "100000\n"),
            ("hwmon1/temp2_input", "71500\n"),
            ("hwmon1/temp3_input", "255000\n"),
            ("hwmon1/temp4_input", "hot\n"),
            ("hwmon2/name", "k10temp\n"),
            ("hwmon2/temp1_input", "-1000\n"),
        ] {
            put(file, text);
        }
        let chips = Chips::find(root.path());
        assert_eq!(chips.hottest(), Some(71_500));
        put("hwmon1/temp2_input", "60000");
        assert_eq!(chips.hottest(), Some(61_000));
        std::fs::remove_dir_all(root.path().join("class/hwmon/hwmon1")).expect("unplugged");
        assert_eq!(chips.hottest(), Some(-1_000));
    }
}
