//! The rack on the header of a Raspberry Pi 5.
//!
//! Its 28 lines carry three I2C buses, one UART and twenty contacts and outputs; what is not asked for in every tick sits on a
//! contact expander. Names of lines and overlays are those of the board's own documentation (GPIO of RP1; `dtoverlay -h
//! i2c2-pi5`). What each line carries, and the parts between, is docs/wiring.md's to say.

use super::builtin::{builtin, device};
use super::{Bias, Bus, BusKind, ChipKind, Config, with_real_buses};

/// The header's chip: its number has changed with kernels, its label has not.
const PINS: &str = "gpio:pinctrl-rp1";
/// Contact expander: supply, address straps low.
const EXPANDER: u8 = 0x20;

/// Buses and their device files.
const BUSES: [(&str, &str); 5] = [
    // GPIO2 and GPIO3: `dtparam=i2c_arm=on`.
    ("air", "/dev/i2c-1"),
    // GPIO4 and GPIO5: `dtoverlay=i2c2-pi5,pins_4_5`.
    ("fire", "/dev/i2c-2"),
    // GPIO6 and GPIO7: `dtoverlay=i2c3-pi5,pins_6_7`.
    ("fan", "/dev/i2c-3"),
    // GPIO14 and GPIO15: `dtoverlay=uart0-pi5`.
    ("rs485", "/dev/ttyAMA0"),
    ("pins", PINS),
];

/// Lines by the names of the built-in rack: outputs, then read-backs, then what stops the blower by itself.
const LINES: [(&str, &str); 20] = [
    ("fan-contact-open", "GPIO8"),
    ("fan-contact-close", "GPIO9"),
    ("host-down", "GPIO10"),
    ("power-cut", "GPIO11"),
    ("fire", "GPIO12"),
    ("prealarm", "GPIO13"),
    ("fault", "GPIO16"),
    ("horn", "GPIO17"),
    ("beacon", "GPIO18"),
    ("heartbeat", "GPIO19"),
    ("host-down-back", "GPIO20"),
    ("power-cut-back", "GPIO21"),
    ("fire-back", "GPIO22"),
    ("prealarm-back", "GPIO23"),
    ("fault-back", "GPIO24"),
    ("horn-back", "GPIO25"),
    ("beacon-back", "GPIO26"),
    ("fan-contact-aux", "GPIO27"),
    ("emergency-off", "GPIO0"),
    ("fire-button", "GPIO1"),
];

/// Contacts on the expander.
const EXPANDED: [(&str, &str); 11] = [
    ("door", "A0"),
    ("filter-left", "A1"),
    ("filter-right", "A2"),
    ("home-left", "A3"),
    ("home-right", "A4"),
    ("seal", "A5"),
    ("leak", "A6"),
    ("mains", "B0"),
    ("key", "B1"),
    ("cut-out", "B4"),
    ("isolator", "B5"),
];

/// The built-in rack's sensors on a Raspberry Pi 5.
pub fn raspberry_pi_5() -> Config {
    let mut config = builtin();
    with_real_buses(&mut config, |name| {
        let found = BUSES.iter().find(|(own, _)| *own == name);
        found.map(|(_, path)| (*path).to_owned())
    });
    config.core.watchdog = Some("/dev/watchdog".to_owned());
    for bus in config.bus.iter_mut().filter(|bus| bus.kind == BusKind::Modbus) {
        serial(bus);
    }
    config.device.push(device(
        "contacts",
        ChipKind::Mcp23017,
        "fire",
        None,
        EXPANDER,
        &[],
    ));
    for contact in config.contact.values_mut() {
        match pin(&EXPANDED, &contact.line) {
            Some(pin) => contact.line = format!("contacts/{pin}"),
            // A closed loop drives its line high, so a wire that is cut reads low: open, pressed, not there.
            None => contact.bias = Some(Bias::PullDown),
        }
    }
    on_header(&mut config);
    config
}

/// Names the built-in rack's lines that are on the header by their pins.
pub fn on_header(config: &mut Config) {
    config
        .contact
        .values_mut()
        .for_each(|contact| rename(&mut contact.line));
    for output in config.output.values_mut() {
        rename(&mut output.line);
        output.read_back.iter_mut().for_each(rename);
    }
    if let Some(contact) = &mut config.fan_contact {
        rename(&mut contact.open_line);
        rename(&mut contact.close_line);
    }
}

/// The meters are set to the rack's line; as delivered they speak at 9600.
fn serial(bus: &mut Bus) {
    bus.baud = Some(38_400);
}

fn pin(table: &[(&str, &'static str)], line: &str) -> Option<&'static str> {
    table.iter().find(|(own, _)| *own == line).map(|(_, pin)| *pin)
}

fn rename(line: &mut String) {
    if let Some(pin) = pin(&LINES, line) {
        pin.clone_into(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Site;

    #[test]
    fn it_is_a_site_on_which_every_line_is_one_of_the_header() {
        let site = Site::build(&raspberry_pi_5(), None).unwrap_or_else(|error| panic!("{error}"));
        assert!(!site.simulated);
        let lines = site.input_lines.iter().chain(&site.output_lines);
        let mut numbers: Vec<u8> = lines
            .map(|line| {
                line.strip_prefix("GPIO")
                    .and_then(|number| number.parse().ok())
                    .unwrap_or(u8::MAX)
            })
            .collect();
        numbers.sort_unstable();
        // 2 to 7 are the I2C buses, 14 and 15 the UART.
        let expected: Vec<u8> = (0..28)
            .filter(|number| !matches!(number, 2..=7 | 14 | 15))
            .collect();
        assert_eq!(numbers, expected, "each line once");
    }
}
