//! Buses and where they are: emulated ones and real ones, never both.

use std::collections::BTreeSet;

use super::build::Builder;
use super::{BusPlan, SerialPlan};
use crate::config::{BUSES_MAX, Bus, BusKind, Step};

/// Speeds of a serial line, and the usual one of meters.
const BAUDS: [u32; 8] = [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200];
const USUAL_BAUD: u32 = 9_600;
impl Builder<'_> {
    /// An emulated rack and a real one never meet: all paths are of one kind, and the file says which. Says whether the
    /// path is a real one's.
    pub(super) fn fence(&mut self, path: &[Step<'_>], target: &str) -> bool {
        match (target.starts_with("rig://"), self.config.simulated) {
            (true, false) => {
                self.add(
                    path,
                    format!("`{target}` is an emulated rack; it is taken only where `simulated = true` stands in this file"),
                );
                false
            }
            (false, true) => {
                self.add(
                    path,
                    format!(
                        "`{target}` is a real bus, but this file says `simulated = true`; use one kind only"
                    ),
                );
                false
            }
            (false, false) => true,
            (true, true) => false,
        }
    }

    /// A device file of this kind: whether it is there is for the machine to say on which it runs.
    pub(super) fn device_file(&mut self, path: &[Step<'_>], target: &str, begins: &str, what: &str) {
        if !target.starts_with(begins) || target.contains("..") {
            self.add(path, format!("`{target}`: {what}"));
        }
    }

    /// Where a real bus is.
    fn bus_path(&mut self, place: usize, bus: &Bus) {
        let path = [Step::Key("bus"), Step::At(place), Step::Key("path")];
        if !self.fence(&path, &bus.path) {
            return;
        }
        match bus.kind {
            BusKind::I2c => {
                self.device_file(
                    &path,
                    &bus.path,
                    "/dev/i2c-",
                    "an I2C bus is `/dev/i2c-N`; `ls /dev/i2c-*` lists them",
                );
            }
            BusKind::Modbus => {
                let what =
                    "a serial line is `/dev/ttyAMA0`, `/dev/ttyUSB0` or the like; `ls /dev/tty*` lists them";
                self.device_file(&path, &bus.path, "/dev/", what);
            }
            BusKind::Kernel => {
                let what =
                    "values of the kernel's drivers are below `/sys/class/hwmon` or `/sys/bus/iio/devices`";
                self.device_file(&path, &bus.path, "/", what);
            }
            BusKind::OneWire => {
                let what = "1-Wire probes are below `/sys/bus/w1/devices`";
                self.device_file(&path, &bus.path, "/", what);
            }
        }
    }

    /// How a serial line is set.
    fn serial(&mut self, place: usize, bus: &Bus) -> SerialPlan {
        let here = [Step::Key("bus"), Step::At(place)];
        let set = [
            ("baud", bus.baud.is_some()),
            ("parity", bus.parity.is_some()),
            ("rs485", bus.rs485.is_some()),
        ];
        for (key, _) in set
            .into_iter()
            .filter(|(_, set)| *set && bus.kind != BusKind::Modbus)
        {
            let message = format!(
                "only a serial line has `{key}`; this bus is of kind `{}`",
                bus.kind.word()
            );
            self.add(&[here[0], here[1], Step::Key(key)], message);
        }
        let baud = bus.baud.unwrap_or(USUAL_BAUD);
        if !BAUDS.contains(&baud) {
            let message = format!("{baud} baud; a serial line has one of {BAUDS:?}");
            self.add(&[here[0], here[1], Step::Key("baud")], message);
        }
        SerialPlan {
            baud,
            parity: bus.parity.unwrap_or_default(),
            rs485: bus.rs485.unwrap_or(false),
        }
    }

    pub(super) fn buses(&mut self) -> Vec<BusPlan> {
        use Step::{At, Key};
        let config = self.config;
        if config.bus.is_empty() || config.bus.len() > BUSES_MAX {
            self.add(
                &[Key("bus")],
                format!("{} buses; a site has 1 to {BUSES_MAX}", config.bus.len()),
            );
        }
        let mut names = BTreeSet::new();
        for (place, bus) in config.bus.iter().enumerate() {
            if !names.insert(bus.name.as_str()) {
                let message = format!("two buses are named `{}`", bus.name);
                self.add(&[Key("bus"), At(place), Key("name")], message);
            }
            self.bus_path(place, bus);
            if bus.multiplexer.is_some() && bus.kind != BusKind::I2c {
                let message = "only an I2C bus has a multiplexer".to_owned();
                self.add(&[Key("bus"), At(place), Key("multiplexer")], message);
            }
            if bus
                .multiplexer
                .is_some_and(|address| !(0x70..=0x77).contains(&address))
            {
                let message = "a TCA9548A has an address from 0x70 to 0x77".to_owned();
                self.add(&[Key("bus"), At(place), Key("multiplexer")], message);
            }
        }
        let mut plans = Vec::with_capacity(config.bus.len());
        for (place, bus) in config.bus.iter().enumerate() {
            plans.push(BusPlan {
                name: bus.name.clone(),
                path: bus.path.clone(),
                kind: bus.kind,
                multiplexer: bus.multiplexer,
                serial: self.serial(place, bus),
            });
        }
        plans
    }
}
