//! Power caps: the kernel's own limits, lowered and given back.
//!
//! *powercap* (`class/powercap/intel-rapl:N`): every constraint of every package, in microwatts. The first one alone would let
//! a package draw its short-term limit for the length of its window, up to half a minute. Zones inside a package
//! (`intel-rapl:N:M`) are under their package's limit and stay as they are. 100 % is `max_power_uw` where the hardware names
//! it, else the limit that was found. *cpufreq* (`devices/system/cpu/cpuN/cpufreq/scaling_max_freq`), in kHz: 100 % is
//! `cpuinfo_max_freq`, and `cpuinfo_min_freq` is the least. No limit is ever written above what was found.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::config;
use super::disk::{Disk, DiskError, Found, FoundLimit};

/// Limits at most; further ones are left as they are, and it is told.
const LIMITS_MAX: usize = 4_096;
/// Constraints of a zone that are looked for.
const CONSTRAINTS: usize = 4;

/// A limit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Limit {
    file: PathBuf,
    /// What stood there before any cap.
    found: u64,
    /// 100 %.
    full: u64,
    /// Not below this.
    least: u64,
}

impl Limit {
    fn at(&self, percent: u8) -> u64 {
        let share = u128::from(self.full) * u128::from(percent.min(100)) / 100;
        u64::try_from(share)
            .unwrap_or(u64::MAX)
            .max(self.least)
            .min(self.found)
    }
}

/// The limits of this host.
#[derive(Debug)]
pub struct Caps {
    disk: Disk,
    boot_id: String,
    limits: Vec<Limit>,
    /// A cap stands, or stood when an earlier life of this agent ended.
    stands: bool,
    /// What was found is on disk.
    kept: bool,
}

/// What became of writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Limits that read back as written.
    pub taken: usize,
    /// Those that did not, the first few with the reason.
    pub failed: Vec<String>,
}

impl Written {
    /// In words.
    pub fn text(&self) -> String {
        match self.failed.first() {
            None => format!("{} limits", self.taken),
            Some(first) => format!("{} limits; {} not: {first}", self.taken, self.failed.len()),
        }
    }
}

impl Caps {
    /// Looks for limits, and for what an earlier life of this agent found before it capped them.
    ///
    /// # Errors
    /// When the state's folder cannot be read.
    pub fn find(config: &config::Cap, disk: Disk, boot_id: &str) -> Result<Caps, DiskError> {
        let mut limits = Vec::new();
        if config.powercap {
            powercap(&config.sysfs, &mut limits);
        }
        if config.frequency {
            frequency(&config.sysfs, &mut limits);
        }
        if limits.len() > LIMITS_MAX {
            super::line(&format!(
                "{} power limits; the first {LIMITS_MAX} are used",
                limits.len()
            ));
            limits.truncate(LIMITS_MAX);
        }
        let earlier = disk.found()?.filter(|found| found.boot_id == boot_id);
        for old in earlier.iter().flat_map(|found| &found.limits) {
            if let Some(limit) = limits.iter_mut().find(|limit| limit.file == old.file) {
                limit.found = old.found;
            }
        }
        if earlier.is_none() {
            // Of an earlier boot: the machine has set its own limits since.
            disk.keep_found(None)?;
        }
        Ok(Caps {
            disk,
            boot_id: boot_id.to_owned(),
            limits,
            stands: earlier.is_some(),
            kept: earlier.is_some(),
        })
    }

    /// Whether there is anything to lower.
    pub fn able(&self) -> bool {
        !self.limits.is_empty()
    }

    /// The files of the limits.
    pub fn files(&self) -> Vec<PathBuf> {
        self.limits.iter().map(|limit| limit.file.clone()).collect()
    }

    /// Whether a cap stands.
    pub fn stands(&self) -> bool {
        self.stands
    }

    /// Lowers every limit to this share. What was found is on disk before the first is touched. A disk that takes nothing
    /// costs that memory, which only a crash would need, and never the cap: heat does not wait for a disk.
    pub fn lower(&mut self, percent: u8) -> Written {
        let mut unkept = None;
        if !self.kept {
            let limits = self.limits.iter().map(|limit| FoundLimit {
                file: limit.file.clone(),
                found: limit.found,
            });
            let kept = self.disk.keep_found(Some(&Found {
                boot_id: self.boot_id.clone(),
                limits: limits.collect(),
            }));
            self.kept = kept.is_ok();
            unkept = kept.err();
        }
        self.stands = true;
        let mut written = self.write(|limit| limit.at(percent));
        if let Some(error) = unkept {
            let what =
                format!("{error}; after a crash the limits stay lowered until the machine starts anew");
            written.failed.push(what);
        }
        written
    }

    /// Gives everything back. Where a limit does not take it what was found is kept: the cap stands, here or there, and is to
    /// be given back again.
    ///
    /// # Errors
    /// When what was found cannot be forgotten: the next life gives it back again.
    pub fn release(&mut self) -> Result<Written, DiskError> {
        let written = self.write(|limit| limit.found);
        if !written.failed.is_empty() {
            return Ok(written);
        }
        self.disk.keep_found(None)?;
        (self.stands, self.kept) = (false, false);
        Ok(written)
    }

    fn write(&self, value: impl Fn(&Limit) -> u64) -> Written {
        let mut written = Written::default();
        for limit in &self.limits {
            match put(&limit.file, value(limit)) {
                Ok(()) => written.taken += 1,
                Err(error) => written.failed.push(format!("{}: {error}", limit.file.display())),
            }
        }
        written
    }
}

/// Files of limits that could not be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unwritable {
    /// How many.
    pub count: usize,
    /// The first, and why.
    pub first: Option<String>,
}

/// Tries which of these files could not be written: each is opened and closed, and nothing is written.
pub fn unwritable(files: &[PathBuf]) -> Unwritable {
    let mut found = Unwritable::default();
    for file in files {
        if let Err(error) = OpenOptions::new().write(true).open(file) {
            found.count += 1;
            found
                .first
                .get_or_insert_with(|| format!("{}: {error}", file.display()));
        }
    }
    found
}

/// Writes and reads back: firmware may have locked a limit, and then takes the write without doing it.
fn put(file: &Path, value: u64) -> io::Result<()> {
    let mut open = OpenOptions::new().write(true).truncate(true).open(file)?;
    open.write_all(value.to_string().as_bytes())?;
    drop(open);
    match number(file) {
        // Hardware rounds to its own steps.
        Some(read) if read.abs_diff(value) <= value / 50 => Ok(()),
        Some(read) => Err(io::Error::other(format!(
            "{value} was written and it reads {read}; is it locked by the firmware?"
        ))),
        None => Err(io::Error::other("it cannot be read back")),
    }
}

fn number(file: &Path) -> Option<u64> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// Folders below a place whose names are this and a number, in the order of the numbers.
fn numbered(place: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

fn powercap(sysfs: &Path, limits: &mut Vec<Limit>) {
    for zone in numbered(&sysfs.join("class/powercap"), "intel-rapl:") {
        for constraint in 0..CONSTRAINTS {
            let file = zone.join(format!("constraint_{constraint}_power_limit_uw"));
            // A limit of nothing is one that is not in use.
            let Some(found) = number(&file).filter(|found| *found > 0) else {
                continue;
            };
            let most = number(&zone.join(format!("constraint_{constraint}_max_power_uw")));
            limits.push(Limit {
                file,
                found,
                full: most.filter(|most| *most > 0).unwrap_or(found),
                least: 0,
            });
        }
    }
}

fn frequency(sysfs: &Path, limits: &mut Vec<Limit>) {
    for cpu in numbered(&sysfs.join("devices/system/cpu"), "cpu") {
        let cpufreq = cpu.join("cpufreq");
        let file = cpufreq.join("scaling_max_freq");
        let Some(found) = number(&file) else { continue };
        limits.push(Limit {
            file,
            found,
            full: number(&cpufreq.join("cpuinfo_max_freq")).unwrap_or(found),
            least: number(&cpufreq.join("cpuinfo_min_freq")).unwrap_or(0),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: &str = "boot-1";

    /// A tree with one package of two constraints, a zone inside it, and two processors.
    fn tree(root: &Path) -> config::Cap {
        let put = |name: &str, text: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            std::fs::write(path, text).expect("it is written");
        };
        let zone = "class/powercap/intel-rapl:0";
        put(&format!("{zone}/constraint_0_power_limit_uw"), "180000000\n");
        put(&format!("{zone}/constraint_0_max_power_uw"), "200000000\n");
        put(&format!("{zone}/constraint_1_power_limit_uw"), "240000000\n");
        put(&format!("{zone}/constraint_1_max_power_uw"), "0\n");
        put(
            "class/powercap/intel-rapl:0:0/constraint_0_power_limit_uw",
            "90000000\n",
        );
        for cpu in ["cpu0", "cpu10"] {
            let cpufreq = format!("devices/system/cpu/{cpu}/cpufreq");
            put(&format!("{cpufreq}/scaling_max_freq"), "3600000\n");
            put(&format!("{cpufreq}/cpuinfo_max_freq"), "4000000\n");
            put(&format!("{cpufreq}/cpuinfo_min_freq"), "1200000\n");
        }
        config::Cap {
            sysfs: root.to_owned(),
            ..config::Cap::default()
        }
    }

    fn values(root: &Path) -> Vec<u64> {
        let zone = "class/powercap/intel-rapl:0";
        [
            format!("{zone}/constraint_0_power_limit_uw"),
            format!("{zone}/constraint_1_power_limit_uw"),
            "class/powercap/intel-rapl:0:0/constraint_0_power_limit_uw".into(),
            "devices/system/cpu/cpu0/cpufreq/scaling_max_freq".into(),
            "devices/system/cpu/cpu10/cpufreq/scaling_max_freq".into(),
        ]
        .iter()
        .map(|name| number(&root.join(name)).expect("a number"))
        .collect()
    }

    const FOUND: [u64; 5] = [180_000_000, 240_000_000, 90_000_000, 3_600_000, 3_600_000];

    #[test]
    fn limits_are_lowered_and_given_back_and_none_is_ever_raised() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = tree(folder.path());
        let disk = Disk::open(&folder.path().join("state")).expect("it is made");
        let mut caps = Caps::find(&config, disk, BOOT).expect("it is found");
        assert!(caps.able() && !caps.stands());
        assert_eq!(caps.lower(25).taken, 4);
        assert_eq!(
            values(folder.path()),
            [50_000_000, 60_000_000, 90_000_000, 1_200_000, 1_200_000]
        );
        caps.lower(95);
        assert_eq!(
            values(folder.path()),
            [180_000_000, 228_000_000, 90_000_000, 3_600_000, 3_600_000]
        );
        let written = caps.release().expect("forgotten");
        assert_eq!((written.taken, values(folder.path())), (4, FOUND.to_vec()));
    }

    #[test]
    fn the_next_life_gives_back_what_the_first_one_found_and_another_boot_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = tree(folder.path());
        let disk = Disk::open(&folder.path().join("state")).expect("it is made");
        let mut first = Caps::find(&config, disk.clone(), BOOT).expect("it is found");
        first.lower(25);
        drop(first);
        let mut next = Caps::find(&config, disk.clone(), BOOT).expect("it is found");
        assert!(next.stands());
        next.release().expect("forgotten");
        assert_eq!(values(folder.path()), FOUND);
        next.lower(50);
        let other = Caps::find(&config, disk.clone(), "boot-2").expect("it is found");
        assert!(!other.stands() && disk.found().expect("read").is_none());
    }

    #[test]
    fn a_limit_that_does_not_take_is_told_and_the_others_are_lowered() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = tree(folder.path());
        let disk = Disk::open(&folder.path().join("state")).expect("it is made");
        let mut caps = Caps::find(&config, disk, BOOT).expect("it is found");
        let gone = folder
            .path()
            .join("devices/system/cpu/cpu0/cpufreq/scaling_max_freq");
        std::fs::remove_file(&gone).expect("it was there");
        let written = caps.lower(25);
        assert_eq!((written.taken, written.failed.len()), (3, 1));
        assert!(written.text().contains("scaling_max_freq"), "{}", written.text());
        assert!(!gone.exists(), "nothing is made that was not there");
    }

    #[test]
    fn what_is_given_back_in_part_is_not_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = tree(folder.path());
        let disk = Disk::open(&folder.path().join("state")).expect("it is made");
        let mut caps = Caps::find(&config, disk.clone(), BOOT).expect("it is found");
        caps.lower(25);
        let file = folder
            .path()
            .join("devices/system/cpu/cpu0/cpufreq/scaling_max_freq");
        std::fs::remove_file(&file).expect("it was there");
        let written = caps.release().expect("looked at");
        assert_eq!((written.taken, written.failed.len()), (3, 1));
        assert!(caps.stands() && disk.found().expect("read").is_some());
        std::fs::write(&file, "1200000").expect("it is back");
        assert!(caps.release().expect("forgotten").failed.is_empty());
        assert!(!caps.stands() && disk.found().expect("read").is_none());
        assert_eq!(values(folder.path()), FOUND);
    }

    #[test]
    fn a_disk_that_hangs_holds_no_cap_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = tree(folder.path());
        let state = folder.path().join("state");
        let disk = Disk::open(&state).expect("it is made");
        let mut caps = Caps::find(&config, disk, BOOT).expect("it is found");
        // Whoever opens a pipe to write waits until somebody reads: here nobody ever does.
        let pipe = state.join("found.json.new");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.is_ok_and(|made| made.success()));
        for _ in 0..2 {
            let written = caps.lower(25);
            assert_eq!((written.taken, written.failed.len()), (4, 1));
        }
        assert_ne!(values(folder.path()), FOUND);
        // It comes to itself.
        drop(std::fs::File::open(&pipe).expect("the writer waits for it"));
    }

    #[test]
    fn a_disk_that_takes_nothing_costs_the_memory_and_never_the_cap() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = tree(folder.path());
        let state = folder.path().join("state");
        let disk = Disk::open(&state).expect("it is made");
        let mut caps = Caps::find(&config, disk, BOOT).expect("it is found");
        std::fs::remove_dir_all(&state).expect("it was there");
        let written = caps.lower(25);
        assert_eq!((written.taken, written.failed.len()), (4, 1));
        assert!(written.text().contains("after a crash"), "{}", written.text());
        assert_ne!(values(folder.path()), FOUND);
        std::fs::create_dir(&state).expect("it is back");
        assert!(
            caps.lower(25).failed.is_empty(),
            "it is kept as soon as it can be"
        );
        caps.release().expect("forgotten");
        assert_eq!(values(folder.path()), FOUND);
    }
}
