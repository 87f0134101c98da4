//! The checks that turn a configuration into a site.

use std::collections::{BTreeMap, BTreeSet};

use points::interlock::OutputLine;
use points::setting::{self, Settings};
use points::{Quantity, Span, Watt};

use super::contacts::AUXILIARY;
use super::feeds::{feeds, usual_period_ms};
use super::{DevicePlan, FanContactPlan, Feeds, LINES_MAX, OutputPlan, Site};
use crate::config::{
    Active, Bias, BusKind, ChipKind, Config, ConfigError, DEVICES_MAX, Device, Step, nearest,
};
use crate::core::world::linux::pins::BY_LABEL;

/// Times between measurements that a device may have, ms.
const PERIODS_MS: std::ops::RangeInclusive<u64> = 20..=600_000;

pub(super) struct Builder<'a> {
    pub(super) config: &'a Config,
    text: Option<&'a str>,
    error: ConfigError,
    pub(super) inputs: Vec<String>,
    outputs: Vec<String>,
    /// Pulls of input lines, by the place of each.
    pub(super) bias: BTreeMap<usize, Bias>,
    active_low: u64,
    /// Files that the site names and that cannot be used, where they are no reason to refuse it.
    lacks: Option<ConfigError>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(config: &'a Config, text: Option<&'a str>) -> Self {
        Builder {
            config,
            text,
            error: ConfigError::default(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            bias: BTreeMap::new(),
            active_low: 0,
            lacks: None,
        }
    }

    /// Builds without the files of the site that cannot be used, and says which.
    pub(super) fn build_lacking(mut self) -> Result<(Site, ConfigError), ConfigError> {
        self.lacks = Some(ConfigError::default());
        self.build_all()
    }

    pub(super) fn build(self) -> Result<Site, ConfigError> {
        self.build_all().map(|(site, _)| site)
    }

    fn build_all(mut self) -> Result<(Site, ConfigError), ConfigError> {
        self.frame();
        let buses = self.buses();
        let devices = self.devices();
        let contacts = self.contacts(&devices);
        let fan_contact = self.fan_contact();
        let outputs = self.output_lines();
        let settings = self.settings();
        let mut hosts = self.hosts();
        self.outlets(&mut hosts, &devices);
        if self.inputs.len() > LINES_MAX || self.outputs.len() > LINES_MAX {
            self.add(&[], format!("more than {LINES_MAX} input or output lines"));
        }
        if !self.error.problems.is_empty() {
            return Err(self.error);
        }
        let input_bias = (0..self.inputs.len()).map(|place| self.bias.get(&place).copied());
        let site = Site {
            input_bias: input_bias.collect(),
            active_low: self.active_low,
            pins: self.config.core.pins.clone(),
            watchdog: self.config.core.watchdog.clone(),
            name: self.config.rack.name.clone(),
            simulated: self.config.simulated,
            rated_power: Watt::new(self.config.rack.rated_power_w).unwrap_or_default(),
            period: Span::ms(self.config.core.tick_ms),
            buses,
            devices,
            input_lines: self.inputs,
            output_lines: self.outputs,
            contacts,
            fan_contact,
            outputs,
            settings,
            hosts,
            names_tiers: !self.config.tier.is_empty(),
        };
        Ok((site, self.lacks.unwrap_or_default()))
    }

    pub(super) fn add(&mut self, path: &[Step<'_>], message: String) {
        self.error.add(self.text, path, message);
    }

    /// A file that the site names cannot be used: a problem of the site, or what it is built without.
    pub(super) fn lack(&mut self, path: &[Step<'_>], message: String) {
        let text = self.text;
        self.lacks
            .as_mut()
            .unwrap_or(&mut self.error)
            .add(text, path, message);
    }

    fn frame(&mut self) {
        use Step::Key;
        let config = self.config;
        if !(10..=200).contains(&config.core.tick_ms) {
            let message = format!("a tick of {} ms; set 10 to 200", config.core.tick_ms);
            self.add(&[Key("core"), Key("tick_ms")], message);
        }
        let power = config.rack.rated_power_w;
        if !(100.0..=60_000.0).contains(&power) {
            self.add(
                &[Key("rack"), Key("rated_power_w")],
                format!("{power} W; set 100 to 60000"),
            );
        }
        if config.rack.name.is_empty()
            || config.rack.name.len() > 64
            || config.rack.name.chars().any(char::is_control)
        {
            self.add(
                &[Key("rack"), Key("name")],
                "a rack needs a name of 1 to 64 characters".to_owned(),
            );
        }
        if !(64..=65_536).contains(&config.front.memory_limit_mib) {
            let message = format!("{} MiB; set 64 to 65536", config.front.memory_limit_mib);
            self.add(&[Key("front"), Key("memory_limit_mib")], message);
        }
        let pins = [Key("core"), Key("pins")];
        if self.fence(&pins, &config.core.pins) && !config.core.pins.starts_with(BY_LABEL) {
            self.device_file(
                &pins,
                &config.core.pins,
                "/dev/gpiochip",
                "a GPIO chip is `/dev/gpiochipN` or `gpio:LABEL`",
            );
        }
        if let Some(watchdog) = &config.core.watchdog {
            let here = [Key("core"), Key("watchdog")];
            if config.simulated {
                let message =
                    "an emulated rack must not start this machine anew; take `watchdog` out, or `simulated`";
                self.add(&here, message.to_owned());
            } else {
                self.device_file(
                    &here,
                    watchdog,
                    "/dev/watchdog",
                    "a watchdog is `/dev/watchdog` or `/dev/watchdogN`",
                );
            }
        }
        if config.rig_socket.is_some() && !config.simulated {
            let message = "`rig_socket` leads to an emulated rack; it is taken only where `simulated = true` stands in this file";
            self.add(&[Key("rig_socket")], message.to_owned());
        }
    }

    fn devices(&mut self) -> Vec<DevicePlan> {
        use Step::{At, Key};
        let config = self.config;
        if config.device.len() > DEVICES_MAX {
            self.add(
                &[Key("device")],
                format!("{} devices; at most {DEVICES_MAX}", config.device.len()),
            );
        }
        let (mut names, mut points) = (BTreeSet::new(), BTreeMap::new());
        let mut plans: Vec<DevicePlan> = Vec::new();
        for (place, device) in config.device.iter().enumerate() {
            let here = [Key("device"), At(place)];
            if !names.insert(device.name.as_str()) {
                self.add(
                    &[here[0], here[1], Key("name")],
                    format!("two devices are named `{}`", device.name),
                );
            }
            for (role, name) in &device.points {
                if let Some(other) = points.insert(name.clone(), device.name.clone()) {
                    let message = format!("`{name}` is already fed by device `{other}`");
                    self.add(&[here[0], here[1], Key("points"), Key(role)], message);
                }
            }
            let Some(bus) = self.bus_place(device, &here) else {
                continue;
            };
            match device.chip.bus() {
                BusKind::I2c => self.address(device, &here, bus, &plans),
                BusKind::Modbus => self.unit(device, &here, bus, &plans),
                BusKind::OneWire | BusKind::Kernel => self.no_channel(device, &here),
            }
            if let Some(period) = device.period_ms.filter(|period| !(PERIODS_MS).contains(period)) {
                let message = format!(
                    "period_ms = {period}; set {} to {}",
                    PERIODS_MS.start(),
                    PERIODS_MS.end()
                );
                self.add(&[here[0], here[1], Key("period_ms")], message);
            }
            match feeds(device) {
                Ok(feeds) => plans.push(DevicePlan {
                    name: device.name.clone(),
                    chip: device.chip,
                    bus,
                    channel: device.channel,
                    address: device.address,
                    period: Span::ms(device.period_ms.unwrap_or(usual_period_ms(device.chip))),
                    feeds,
                }),
                Err(message) => self.add(
                    &[here[0], here[1], Key("points")],
                    format!("device `{}`: {message}", device.name),
                ),
            }
        }
        self.twins(&plans);
        self.blowers(&plans);
        plans
    }

    fn bus_place(&mut self, device: &Device, here: &[Step<'_>; 2]) -> Option<usize> {
        let found = self.config.bus.iter().position(|bus| bus.name == device.bus);
        if found.is_none() {
            let near = nearest(&device.bus, self.config.bus.iter().map(|bus| bus.name.as_str()));
            let hint = near
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            let message = format!("no bus is named `{}`{hint}", device.bus);
            self.add(&[here[0], here[1], Step::Key("bus")], message);
        }
        let (wanted, bus) = (device.chip.bus(), &self.config.bus[found?]);
        if bus.kind != wanted {
            let message = format!(
                "`{}` hangs on a bus of kind `{}`, `{}` is `{}`; name another bus",
                device.name,
                wanted.word(),
                bus.name,
                bus.kind.word()
            );
            self.add(&[here[0], here[1], Step::Key("bus")], message);
            return None;
        }
        found
    }

    /// Unit number on a Modbus line.
    fn unit(&mut self, device: &Device, here: &[Step<'_>; 2], bus: usize, before: &[DevicePlan]) {
        let path = [here[0], here[1], Step::Key("address")];
        if !(1..=247).contains(&device.address) {
            let message = format!("unit {}; a Modbus device has 1 to 247", device.address);
            self.add(&path, message);
        }
        let same = |other: &&DevicePlan| other.bus == bus && other.address == device.address;
        if let Some(other) = before.iter().find(same) {
            let message = format!(
                "`{}` and `{}` have the same unit {}",
                other.name, device.name, device.address
            );
            self.add(&path, message);
        }
        self.no_channel(device, here);
    }

    fn no_channel(&mut self, device: &Device, here: &[Step<'_>; 2]) {
        if device.channel.is_some() {
            let message = "a channel is that of an I2C bus's multiplexer".to_owned();
            self.add(&[here[0], here[1], Step::Key("channel")], message);
        }
    }

    /// Two devices that are one probe.
    fn twins(&mut self, plans: &[DevicePlan]) {
        for (place, plan) in plans.iter().enumerate() {
            let Feeds::OneWire { serial, .. } = plan.feeds else {
                continue;
            };
            let same = |other: &&DevicePlan| matches!(other.feeds, Feeds::OneWire { serial: own, .. } if own == serial);
            if let Some(other) = plans.iter().take(place).find(same) {
                self.add(
                    &[Step::Key("device")],
                    format!("`{}` and `{}` are the same probe", other.name, plan.name),
                );
            }
        }
    }

    fn address(&mut self, device: &Device, here: &[Step<'_>; 2], bus: usize, before: &[DevicePlan]) {
        let path = [here[0], here[1], Step::Key("address")];
        if !device.chip.may_have(device.address) {
            let message = format!(
                "address 0x{:02X}; the straps of a {} give it {} (a 7-bit address, without the read bit)",
                device.address,
                device.chip.word(),
                device.chip.straps_in_words()
            );
            self.add(&path, message);
        }
        let multiplexer = self.config.bus.get(bus).and_then(|bus| bus.multiplexer);
        if device
            .channel
            .is_some_and(|channel| channel > 7 || multiplexer.is_none())
        {
            let message = "a channel is 0 to 7 and needs `multiplexer` on its bus".to_owned();
            self.add(&[here[0], here[1], Step::Key("channel")], message);
        }
        if multiplexer == Some(device.address) {
            self.add(
                &path,
                format!("0x{:02X} is the bus's multiplexer", device.address),
            );
        }
        // A chip on the bus itself answers beside every channel.
        let clash = |other: &&DevicePlan| {
            other.bus == bus
                && other.address == device.address
                && (other.channel == device.channel || other.channel.is_none() || device.channel.is_none())
                // One fan chip drives two blowers by two channels of its own.
                && !(other.chip == ChipKind::Emc2305
                    && device.chip == ChipKind::Emc2305
                    && other.channel == device.channel)
        };
        if let Some(other) = before.iter().find(clash) {
            let message = format!(
                "`{}` and `{}` answer at the same address 0x{:02X}",
                other.name, device.name, device.address
            );
            self.add(&path, message);
        }
    }

    pub(super) fn line(lines: &mut Vec<String>, name: &str) -> usize {
        lines.iter().position(|line| line == name).unwrap_or_else(|| {
            lines.push(name.to_owned());
            lines.len() - 1
        })
    }

    fn fan_contact(&mut self) -> Option<FanContactPlan> {
        let contact = self.config.fan_contact.as_ref()?;
        let path = [Step::Key("fan_contact")];
        if contact.open_line == contact.close_line {
            self.add(&path, "the two coils need a line each".to_owned());
        }
        if !(10..=500).contains(&contact.pulse_ms) {
            self.add(&path, format!("pulse_ms = {}; set 10 to 500", contact.pulse_ms));
        }
        if !self.config.contact.contains_key(AUXILIARY) {
            self.add(
                &path,
                format!("the latching contact needs its auxiliary contact: add contact \"{AUXILIARY}\""),
            );
        }
        for line in [&contact.open_line, &contact.close_line] {
            self.no_expander(&path, line, None);
        }
        let open = Self::line(&mut self.outputs, &contact.open_line);
        let close = Self::line(&mut self.outputs, &contact.close_line);
        if contact.active == Some(Active::Low) {
            self.active_low |= bit(open) | bit(close);
        }
        Some(FanContactPlan {
            open,
            close,
            pulse: Span::ms(contact.pulse_ms),
        })
    }

    fn output_lines(&mut self) -> Vec<OutputPlan> {
        for key in self.config.output.keys() {
            if OutputLine::from_key(key).is_none() {
                let known = points::interlock::OUTPUTS.iter().map(|row| row.key);
                let near = nearest(key, known)
                    .map(|near| format!("; did you mean `{near}`?"))
                    .unwrap_or_default();
                self.add(
                    &[Step::Key("output"), Step::Key(key)],
                    format!("no output is named `{key}`{near}"),
                );
            }
        }
        let mut plans = Vec::new();
        for row in points::interlock::OUTPUTS {
            let path = [Step::Key("output"), Step::Key(row.key)];
            let Some(output) = self.config.output.get(row.key) else {
                self.add(
                    &[Step::Key("output")],
                    format!(
                        "output `{}` has no line; add `{} = {{ line = \"...\" }}`",
                        row.key, row.key
                    ),
                );
                continue;
            };
            self.no_expander(&path, &output.line, output.read_back.as_deref());
            if self.outputs.contains(&output.line) {
                self.add(&path, format!("two outputs are on line `{}`", output.line));
            }
            if let Some(line) = output
                .read_back
                .as_ref()
                .filter(|line| self.inputs.contains(line))
            {
                self.add(&path, format!("input line `{line}` is already in use"));
            }
            let line = Self::line(&mut self.outputs, &output.line);
            if output.active == Some(Active::Low) {
                self.active_low |= bit(line);
            }
            plans.push(OutputPlan {
                line,
                read_back: output
                    .read_back
                    .as_ref()
                    .map(|line| Self::line(&mut self.inputs, line)),
            });
        }
        plans
    }

    fn settings(&mut self) -> Settings {
        let mut settings = Settings::default();
        for (name, value) in &self.config.setting {
            if let Err(error) = settings.set_named(name, *value) {
                let near = nearest(name, setting::ROWS.iter().map(|row| row.name));
                let hint = match (error, near) {
                    (setting::SettingError::Unknown, Some(near)) => format!("; did you mean `{near}`?"),
                    _ => String::new(),
                };
                self.add(
                    &[Step::Key("setting"), Step::Key(name)],
                    format!("`{name}` = {value}: {error}{hint}"),
                );
            }
        }
        settings
    }
}

/// The bit of a line; one too many is refused elsewhere.
fn bit(line: usize) -> u64 {
    u32::try_from(line)
        .ok()
        .and_then(|line| 1u64.checked_shl(line))
        .unwrap_or(0)
}
