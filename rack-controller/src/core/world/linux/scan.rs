//! A look at the hardware of a site, for whoever commissions it: what is there, what is not, what is there and in no file.
//!
//! It prepares chips as the core does and measures nothing. The fan chip's watchdog is on afterwards, so without a core
//! the blower goes to full speed within seconds; outputs are not touched, and the machine's watchdog is not opened,
//! because opening starts it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use embedded_hal::i2c::I2c as _;
use points::point;
use sensors::device::TextDevice;
use sensors::driver::{BusFault, Driver, Fault, Progress};

use super::super::Lines as _;
use super::super::bell::Bell;
use super::i2c::LinuxI2c;
use super::lines::LinuxLines;
use super::pins::Chip;
use super::serial::LinuxSerial;
use super::texts::LinuxTexts;
use crate::config::{Active, BusKind};
use crate::core::devices;
use crate::core::medium::{I2cSegment, Medium, ModbusLine, Texts};
use crate::site::{BusPlan, ContactLine, DevicePlan, Site};

/// Addresses that a chip may have; those outside are reserved (I2C-bus specification UM10204, section 3.1.12).
const ADDRESSES: std::ops::RangeInclusive<u8> = 0x08..=0x77;
/// Most steps of a chip's preparation, and longest wait between two of them.
const STEPS_MAX: u8 = 32;
const WAIT_MAX: Duration = Duration::from_secs(2);
/// Channels of a TCA9548A.
const CHANNELS: std::ops::Range<u8> = 0..8;

/// How something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As the file says.
    Good,
    /// Not as the file says.
    Wrong,
    /// There, and in no file.
    Extra,
}

/// One thing that was looked at.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Finding {
    /// Its name, or where it is.
    pub what: String,
    /// How it was found.
    pub state: State,
    /// In words, with what to do next where something is to be done.
    pub says: String,
}

/// A bus, or the pins.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Section {
    /// Which one.
    pub title: String,
    /// What is on it.
    pub findings: Vec<Finding>,
}

fn finding(what: impl Into<String>, state: State, says: impl Into<String>) -> Finding {
    Finding {
        what: what.into(),
        state,
        says: says.into(),
    }
}

/// Looks at everything that a site names.
pub fn scan(site: &Site) -> Vec<Section> {
    let mut sections: Vec<Section> = site
        .buses
        .iter()
        .enumerate()
        .map(|(number, bus)| Section {
            title: format!("bus {}, {}", bus.name, bus.path),
            findings: match bus.kind {
                BusKind::I2c => i2c(site, number, bus),
                BusKind::Modbus => modbus(site, number, bus),
                BusKind::OneWire => one_wire(site, number, bus),
                BusKind::Kernel => texts(site, number, LinuxTexts::of_drivers(&bus.path)),
            },
        })
        .collect();
    sections.push(pins(site));
    if let Some(path) = &site.watchdog {
        let there = std::path::Path::new(path).exists();
        let found = if there {
            finding(path, State::Good, "is there; not opened, because that starts it")
        } else {
            let says = "is not there: `dtparam=watchdog=on` in config.txt, or take `watchdog` out of [core]";
            finding(path, State::Wrong, says)
        };
        sections.push(Section {
            title: "watchdog".to_owned(),
            findings: vec![found],
        });
    }
    sections
}

fn own(site: &Site, number: usize) -> impl Iterator<Item = &DevicePlan> {
    site.devices.iter().filter(move |plan| plan.bus == number)
}

/// Takes a device through its preparation, as the core does.
fn prepare<M: Medium>(medium: &mut M, device: &mut M::Device, channel: Option<u8>) -> Result<(), Fault> {
    medium.join(channel)?;
    for step in 0..STEPS_MAX {
        match device.prepare(medium.bus(), step)? {
            Progress::Ready => return Ok(()),
            Progress::Wait(span) => std::thread::sleep(Duration::from_micros(span.as_us()).min(WAIT_MAX)),
        }
    }
    Err(Fault::NotReady)
}

fn i2c(site: &Site, number: usize, bus: &BusPlan) -> Vec<Finding> {
    let mut segment = I2cSegment::new(LinuxI2c::new(&bus.path), bus.multiplexer);
    let strangers = strangers(site, number, bus, &mut segment);
    if let Some(trouble) = segment.bus().trouble() {
        return vec![finding(&bus.path, State::Wrong, trouble)];
    }
    let mut findings = Vec::new();
    for plan in own(site, number) {
        let Some(mut chip) = devices::chip(plan) else {
            continue;
        };
        let place = place(plan.channel, plan.address);
        match prepare(&mut segment, &mut chip, plan.channel) {
            Ok(()) => findings.push(finding(
                &plan.name,
                State::Good,
                format!("{} at {place} answers and identifies itself", plan.chip.word()),
            )),
            Err(fault) => {
                segment.forget();
                let near = |(channel, address): &&(Option<u8>, u8)| {
                    *channel == plan.channel && plan.chip.may_have(*address)
                };
                let hint = strangers.iter().find(near).map(|(_, address)| {
                    format!("; at 0x{address:02X} of the same wires, another strap of this chip, somebody answers whom no device of the file is")
                });
                findings.push(finding(
                    &plan.name,
                    State::Wrong,
                    format!(
                        "{} at {place}: {fault}{}",
                        plan.chip.word(),
                        hint.unwrap_or_default()
                    ),
                ));
            }
        }
    }
    findings.extend(strangers.iter().map(|(channel, address)| {
        let says = "answers, and no device of the file is there: add a [[device]], or take it off the bus";
        finding(place(*channel, *address), State::Extra, says)
    }));
    findings
}

fn place(channel: Option<u8>, address: u8) -> String {
    channel.map_or_else(
        || format!("0x{address:02X}"),
        |channel| format!("0x{address:02X}, channel {channel}"),
    )
}

/// Who answers without being in the file, and behind which channel. A read of one byte asks, as `i2cdetect -r` does: not
/// every adapter can ask without a byte. Sensirion's chips refuse it between measurements; they are found by the file.
fn strangers(
    site: &Site,
    number: usize,
    bus: &BusPlan,
    segment: &mut I2cSegment<LinuxI2c>,
) -> Vec<(Option<u8>, u8)> {
    let known = |channel: Option<u8>, address: u8| {
        bus.multiplexer == Some(address)
            || own(site, number)
                .any(|plan| plan.address == address && (plan.channel == channel || plan.channel.is_none()))
    };
    let mut found = Vec::new();
    let mut trunk = BTreeSet::new();
    if let Some(multiplexer) = bus.multiplexer {
        // All channels off, so that what answers is on the bus itself.
        let _ = segment.bus().write(multiplexer, &[0]);
    }
    for address in ADDRESSES {
        if answers(segment.bus(), address) {
            trunk.insert(address);
            if !known(None, address) {
                found.push((None, address));
            }
        } else if segment.bus().trouble().is_some() {
            return found;
        }
    }
    let channels = if bus.multiplexer.is_some_and(|address| trunk.contains(&address)) {
        CHANNELS
    } else {
        0..0
    };
    for channel in channels {
        segment.forget();
        if segment.join(Some(channel)).is_err() {
            continue;
        }
        for address in ADDRESSES.filter(|address| !trunk.contains(address)) {
            if answers(segment.bus(), address) && !known(Some(channel), address) {
                found.push((Some(channel), address));
            }
        }
    }
    segment.forget();
    found
}

fn answers(bus: &mut LinuxI2c, address: u8) -> bool {
    matches!(
        bus.read(address, &mut [0]),
        Ok(()) | Err(BusFault::DataNack | BusFault::Claimed)
    )
}

fn modbus(site: &Site, number: usize, bus: &BusPlan) -> Vec<Finding> {
    let mut line = ModbusLine(LinuxSerial::new(&bus.path, bus.serial));
    let mut findings = Vec::new();
    for plan in own(site, number) {
        let Some(mut device) = devices::serial(plan) else {
            continue;
        };
        let unit = format!("{} as unit {}", plan.chip.word(), plan.address);
        let found = prepare(&mut line, &mut device, None);
        if let Some(trouble) = line.0.trouble() {
            return vec![finding(&bus.path, State::Wrong, trouble)];
        }
        findings.push(match found {
            Ok(()) => finding(&plan.name, State::Good, format!("{unit} answers and identifies itself")),
            Err(Fault::Bus { fault: BusFault::NoAnswer, .. }) => finding(
                &plan.name,
                State::Wrong,
                format!(
                    "{unit} is silent at {} baud, parity {}: check A and B, its unit number, speed and parity at the device, termination, supply",
                    bus.serial.baud,
                    bus.serial.parity.word()
                ),
            ),
            Err(fault) => finding(&plan.name, State::Wrong, format!("{unit}: {fault}")),
        });
        std::thread::sleep(Duration::from_micros(ModbusLine::<LinuxSerial>::REST.as_us()));
    }
    findings
}

/// Devices that the kernel shows as text.
fn texts(site: &Site, number: usize, files: LinuxTexts) -> Vec<Finding> {
    let mut texts = Texts(files);
    let mut findings = Vec::new();
    for plan in own(site, number) {
        let Some(mut device) = devices::text(plan) else {
            continue;
        };
        let found = prepare(&mut texts, &mut device, None);
        if let Some(trouble) = texts.0.trouble() {
            findings.push(finding(&plan.name, State::Wrong, trouble));
            return findings;
        }
        findings.push(match (found, &device) {
            (Ok(()), _) => finding(&plan.name, State::Good, "is there and gives a value"),
            (Err(fault), TextDevice::Ds18b20(probe)) => finding(
                &plan.name,
                State::Wrong,
                format!("{}: {fault}; the bus wants a pull-up of 4.7 kOhm, the file the probe's own number", probe.name()),
            ),
            (Err(fault), TextDevice::KernelValue(value)) => finding(
                &plan.name,
                State::Wrong,
                format!("{}: {fault}; `grep . {}/*/name` lists the drivers there are, and two of one name are told apart by their place", value.name(), site.buses.get(number).map_or("", |bus| bus.path.as_str())),
            ),
        });
    }
    findings
}

fn one_wire(site: &Site, number: usize, bus: &BusPlan) -> Vec<Finding> {
    let mut findings = texts(site, number, LinuxTexts::new(&bus.path));
    let known: BTreeSet<String> = own(site, number)
        .filter_map(devices::text)
        .filter_map(|device| match device {
            TextDevice::Ds18b20(probe) => probe.name().split('/').next().map(str::to_owned),
            TextDevice::KernelValue(_) => None,
        })
        .collect();
    let there = std::fs::read_dir(&bus.path).into_iter().flatten().flatten();
    let mut strangers: Vec<String> = there
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with("28-") && !known.contains(name))
        .collect();
    strangers.sort();
    findings.extend(strangers.into_iter().map(|name| {
        let says = format!("is there, and no device of the file has `serial = \"{name}\"`: add a [[device]]");
        finding(&name, State::Extra, says)
    }));
    findings
}

fn pins(site: &Site) -> Section {
    let opened = Chip::open(&site.pins);
    let title = match &opened {
        Ok(chip) => format!("pins, {}, {} lines", chip.name, chip.lines.len()),
        Err(_) => format!("pins, {}", site.pins),
    };
    let findings = match opened {
        Err(error) => vec![finding(&site.pins, State::Wrong, error.to_string())],
        Ok(chip) => match LinuxLines::open(site, &Arc::new(Bell::default())) {
            Ok(mut lines) => levels(site, lines.inputs().unwrap_or(0)),
            Err(_) => each(site, &chip),
        },
    };
    Section { title, findings }
}

/// Every contact with the level its line reads, every output as free.
fn levels(site: &Site, levels: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    for contact in &site.contacts {
        let ContactLine::Own(place) = contact.line else {
            continue;
        };
        let high = levels >> place & 1 == 1;
        let stands = if high == (contact.active == Active::High) {
            "stands"
        } else {
            "does not stand"
        };
        findings.push(finding(
            name(&site.input_lines, place),
            State::Good,
            format!(
                "reads {}: `{}` {stands}",
                if high { "high" } else { "low" },
                point::all()
                    .nth(contact.point.index())
                    .map_or_else(String::new, |point| point.to_string())
            ),
        ));
    }
    for (row, plan) in points::interlock::OUTPUTS.iter().zip(&site.outputs) {
        findings.push(finding(
            name(&site.output_lines, plan.line),
            State::Good,
            format!("free for `{}`; not switched", row.key),
        ));
        if let Some(place) = plan.read_back {
            let level = if levels >> place & 1 == 1 { "high" } else { "low" };
            findings.push(finding(
                name(&site.input_lines, place),
                State::Good,
                format!("reads {level}: the read-back of `{}`", row.key),
            ));
        }
    }
    if let Some(plan) = &site.fan_contact {
        for (place, coil) in [(plan.open, "opens"), (plan.close, "closes")] {
            let says = format!("free for the coil that {coil} the fan contact; not switched");
            findings.push(finding(name(&site.output_lines, place), State::Good, says));
        }
    }
    findings
}

fn name(lines: &[String], place: usize) -> String {
    lines.get(place).cloned().unwrap_or_default()
}

/// Every line by itself, where they are not all to be had.
fn each(site: &Site, chip: &Chip) -> Vec<Finding> {
    let lines = site.input_lines.iter().chain(&site.output_lines);
    lines
        .map(|line| match chip.offset(line) {
            Err(error) => finding(line, State::Wrong, error.to_string()),
            Ok(offset) => match chip.user(offset) {
                Some(user) => finding(
                    line,
                    State::Wrong,
                    format!("is held by {user}: free it there (`gpioinfo` shows who), or name another line"),
                ),
                None => finding(line, State::Good, "free"),
            },
        })
        .collect()
}
