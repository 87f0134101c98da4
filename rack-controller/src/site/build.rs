//! The checks that turn a configuration into a site.

mod feeds;

use std::collections::{BTreeMap, BTreeSet};

use points::interlock::OutputLine;
use points::setting::{self, Settings};
use points::{Quantity, Span, Watt};
use sensors::mcp23017;

use feeds::{analogue, optional, required, supply, within};

use super::{
    BusPlan, ContactLine, ContactPlan, DevicePlan, FanContactPlan, Feeds, LINES_MAX, Monitor, OutputPlan,
    Site, tag,
};
use crate::config::{BUSES_MAX, ChipKind, Config, ConfigError, DEVICES_MAX, Device, Step, nearest};

/// The contact that tells how the latching contact stands.
const AUXILIARY: &str = "blower.a.contact.open";

pub(super) struct Builder<'a> {
    config: &'a Config,
    text: Option<&'a str>,
    error: ConfigError,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(config: &'a Config, text: Option<&'a str>) -> Self {
        Builder {
            config,
            text,
            error: ConfigError::default(),
            inputs: Vec::new(),
            outputs: Vec::new(),
        }
    }

    pub(super) fn build(mut self) -> Result<Site, ConfigError> {
        self.frame();
        let buses = self.buses();
        let devices = self.devices();
        let contacts = self.contacts(&devices);
        let fan_contact = self.fan_contact();
        let outputs = self.output_lines();
        let settings = self.settings();
        if self.inputs.len() > LINES_MAX || self.outputs.len() > LINES_MAX {
            self.add(&[], format!("more than {LINES_MAX} input or output lines"));
        }
        if !self.error.problems.is_empty() {
            return Err(self.error);
        }
        Ok(Site {
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
        })
    }

    fn add(&mut self, path: &[Step<'_>], message: String) {
        self.error.add(self.text, path, message);
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
        self.fence(&[Key("core"), Key("pins")], &config.core.pins);
        if config.rig_socket.is_some() && !config.simulated {
            let message = "`rig_socket` leads to an emulated rack; it is taken only where `simulated = true` stands in this file";
            self.add(&[Key("rig_socket")], message.to_owned());
        }
    }

    /// An emulated rack and a real one never meet: all paths are of one kind, and the file says which.
    fn fence(&mut self, path: &[Step<'_>], target: &str) {
        match (target.starts_with("rig://"), self.config.simulated) {
            (true, false) => self.add(
                path,
                format!("`{target}` is an emulated rack; it is taken only where `simulated = true` stands in this file"),
            ),
            (false, true) => {
                self.add(path, format!("`{target}` is a real bus, but this file says `simulated = true`; use one kind only"));
            }
            (false, false) => self.add(
                path,
                format!("`{target}`: this version drives emulated buses only; use `rig://NAME` and `simulated = true`"),
            ),
            (true, true) => {}
        }
    }

    fn buses(&mut self) -> Vec<BusPlan> {
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
            self.fence(&[Key("bus"), At(place), Key("path")], &bus.path);
            if bus
                .multiplexer
                .is_some_and(|address| !(0x70..=0x77).contains(&address))
            {
                let message = "a TCA9548A has an address from 0x70 to 0x77".to_owned();
                self.add(&[Key("bus"), At(place), Key("multiplexer")], message);
            }
        }
        let plan = |bus: &crate::config::Bus| BusPlan {
            name: bus.name.clone(),
            path: bus.path.clone(),
            multiplexer: bus.multiplexer,
        };
        config.bus.iter().map(plan).collect()
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
            self.address(device, &here, bus, &plans);
            match self.feeds(device, &here) {
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
        let fans = plans
            .iter()
            .filter(|plan| matches!(plan.feeds, Feeds::Fan { .. }))
            .count();
        if fans != 1 {
            self.add(
                &[Key("device")],
                format!("{fans} fan controllers; this version drives exactly one (chip = \"emc2305\")"),
            );
        }
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
        found
    }

    fn address(&mut self, device: &Device, here: &[Step<'_>; 2], bus: usize, before: &[DevicePlan]) {
        let path = [here[0], here[1], Step::Key("address")];
        if !(0x03..=0x77).contains(&device.address) {
            let message = format!(
                "address 0x{:02X}; a 7-bit address is 0x03 to 0x77",
                device.address
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
        };
        if let Some(other) = before.iter().find(clash) {
            let message = format!(
                "`{}` and `{}` answer at the same address 0x{:02X}",
                other.name, device.name, device.address
            );
            self.add(&path, message);
        }
    }

    fn feeds(&self, device: &Device, _here: &[Step<'_>; 2]) -> Result<Feeds, String> {
        let known: &[&str] = match device.chip {
            ChipKind::Sht4x => &["temperature", "humidity"],
            ChipKind::Sdp8xx => &["pressure"],
            ChipKind::Ads1115 => &["channel0", "channel1", "channel2", "channel3"],
            ChipKind::Tmp117 => &["temperature"],
            ChipKind::Ina226 | ChipKind::Ina228 => &["current", "power"],
            ChipKind::Emc2305 => &["duty", "speed"],
            ChipKind::Mcp23017 => &[],
        };
        if let Some(role) = device.points.keys().find(|role| !known.contains(&role.as_str())) {
            return Err(match known {
                [] => "an expander feeds no point; name its lines in contacts, such as `line = \"NAME/A0\"`"
                    .to_owned(),
                known => format!(
                    "this chip does not measure `{role}`; it measures {}",
                    known.join(", ")
                ),
            });
        }
        if device.points.is_empty() && device.chip != ChipKind::Mcp23017 {
            return Err("it feeds no point; name at least one".to_owned());
        }
        match device.chip {
            ChipKind::Sht4x => Ok(Feeds::Air {
                temperature: optional(device, "temperature")?,
                humidity: optional(device, "humidity")?,
            }),
            ChipKind::Sdp8xx => {
                let fine = match device.range_pa {
                    Some(125) => true,
                    Some(500) => false,
                    Some(_) | None => return Err("set `range_pa` to 125 or 500".to_owned()),
                };
                Ok(Feeds::Pressure {
                    pressure: required(device, "pressure")?,
                    fine,
                })
            }
            ChipKind::Ads1115 => analogue(device),
            ChipKind::Tmp117 => Ok(Feeds::Surface {
                temperature: required(device, "temperature")?,
            }),
            ChipKind::Ina226 => supply(
                device,
                Monitor::Ina226 {
                    max_ampere: within(device.max_ampere, 0.1..=1000.0, "max_ampere")?,
                },
            ),
            ChipKind::Ina228 => supply(device, Monitor::Ina228),
            ChipKind::Mcp23017 => Ok(Feeds::Contacts),
            ChipKind::Emc2305 => {
                let channel = device
                    .fan
                    .filter(|fan| (1..=5).contains(fan))
                    .ok_or("set `fan` to 1 to 5")?;
                Ok(Feeds::Fan {
                    duty: required(device, "duty")?,
                    speed: required(device, "speed")?,
                    channel: channel - 1,
                })
            }
        }
    }

    fn line(lines: &mut Vec<String>, name: &str) -> usize {
        lines.iter().position(|line| line == name).unwrap_or_else(|| {
            lines.push(name.to_owned());
            lines.len() - 1
        })
    }

    fn contacts(&mut self, devices: &[DevicePlan]) -> Vec<ContactPlan> {
        let (mut plans, mut used) = (Vec::new(), BTreeSet::new());
        for (name, contact) in &self.config.contact {
            let path = [Step::Key("contact"), Step::Key(name)];
            if !used.insert(contact.line.as_str()) {
                self.add(&path, format!("two contacts are on line `{}`", contact.line));
            }
            if contact.debounce_ms > 1000 {
                self.add(
                    &path,
                    format!("debounce_ms = {}; at most 1000", contact.debounce_ms),
                );
            }
            let line = match contact.line.split_once('/') {
                None => Ok(ContactLine::Own(Self::line(&mut self.inputs, &contact.line))),
                Some(_) if name == AUXILIARY => Err(format!(
                    "`{name}` is read before any bus is; use a line of the controller itself"
                )),
                Some((expander, pin)) => expander_line(devices, expander, pin),
            };
            match line.and_then(|line| tag(name).map(|point| (line, point))) {
                Ok((line, point)) => plans.push(ContactPlan {
                    point,
                    line,
                    active: contact.active,
                    debounce: Span::ms(contact.debounce_ms),
                }),
                Err(message) => self.add(&path, message),
            }
        }
        for (place, plan) in devices.iter().enumerate() {
            let named = |contact: &ContactPlan| matches!(contact.line, ContactLine::Expander { device, .. } if device == place);
            if matches!(plan.feeds, Feeds::Contacts) && !plans.iter().any(named) {
                let message = format!(
                    "device `{}`: no contact names a line of it, such as `line = \"{}/A0\"`",
                    plan.name, plan.name
                );
                self.add(&[Step::Key("device")], message);
            }
        }
        plans
    }

    /// An output falls with the controller, and what reads it back is no chip between: neither is on an expander.
    fn no_expander(&mut self, path: &[Step<'_>], line: &str, read_back: Option<&str>) {
        if line.contains('/') {
            let message = format!(
                "`{line}`: an output of an expander keeps its level when the controller dies; use a line of the controller itself"
            );
            self.add(path, message);
        }
        if let Some(line) = read_back.filter(|line| line.contains('/')) {
            self.add(
                path,
                format!("`{line}`: a read-back is a line of the controller itself"),
            );
        }
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
        Some(FanContactPlan {
            open: Self::line(&mut self.outputs, &contact.open_line),
            close: Self::line(&mut self.outputs, &contact.close_line),
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
            plans.push(OutputPlan {
                line: Self::line(&mut self.outputs, &output.line),
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

fn usual_period_ms(chip: ChipKind) -> u64 {
    match chip {
        ChipKind::Sht4x | ChipKind::Tmp117 => 1000,
        ChipKind::Ina226 | ChipKind::Ina228 => 500,
        ChipKind::Sdp8xx | ChipKind::Ads1115 | ChipKind::Emc2305 => 100,
        // As fast as the tick: a contact is debounced from what is seen of it.
        ChipKind::Mcp23017 => 20,
    }
}

/// A line of an expander.
fn expander_line(devices: &[DevicePlan], expander: &str, pin: &str) -> Result<ContactLine, String> {
    let Some(device) = devices.iter().position(|plan| plan.name == expander) else {
        let hint = nearest(expander, devices.iter().map(|plan| plan.name.as_str()))
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        return Err(format!("no device is named `{expander}`{hint}"));
    };
    if !matches!(devices.get(device).map(|plan| plan.feeds), Some(Feeds::Contacts)) {
        return Err(format!(
            "`{expander}` is no contact expander; only a device with chip = \"mcp23017\" has lines"
        ));
    }
    match mcp23017::line(pin) {
        Some(bit) if mcp23017::may_be_input(bit) => Ok(ContactLine::Expander { device, bit }),
        Some(_) => Err(format!(
            "`{expander}/{pin}`: GPA7 and GPB7 are outputs only; use A0 to A6 or B0 to B6"
        )),
        None => Err(format!(
            "`{pin}` is no line of an expander; use A0 to A6 or B0 to B6"
        )),
    }
}
