//! A configuration checked and resolved: every name is a typed handle, every line a number.

use points::point::{self, Tag};
use points::setting::Settings;
use points::{Ampere, Celsius, Flag, LoopState, Pascal, Percent, Quantity, Rpm, Span, Watt};
use sensors::ntc::Thermistor;

use crate::config::{Active, ChipKind, Config, ConfigError};

mod build;

/// Most input or output lines a site may have.
pub const LINES_MAX: usize = 64;

/// One rack, ready to run.
#[derive(Clone, Debug)]
pub struct Site {
    /// The rack's name.
    pub name: String,
    /// The rack is emulated.
    pub simulated: bool,
    /// Rated power of the IT load.
    pub rated_power: Watt,
    /// Period of the tick.
    pub period: Span,
    /// Buses in the order of the file.
    pub buses: Vec<BusPlan>,
    /// Devices in the order of the file.
    pub devices: Vec<DevicePlan>,
    /// Names of the input lines; a contact or read-back refers to its place here.
    pub input_lines: Vec<String>,
    /// Names of the output lines.
    pub output_lines: Vec<String>,
    /// Contacts.
    pub contacts: Vec<ContactPlan>,
    /// Coils of the latching fan contact, as places among the output lines.
    pub fan_contact: Option<FanContactPlan>,
    /// Output lines in the order of [`points::interlock::OutputLine`].
    pub outputs: Vec<OutputPlan>,
    /// Set points.
    pub settings: Settings,
}

/// A bus.
#[derive(Clone, Debug)]
pub struct BusPlan {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: String,
    /// Address of its multiplexer.
    pub multiplexer: Option<u8>,
}

/// A device and the points it feeds.
#[derive(Clone, Debug)]
pub struct DevicePlan {
    /// Its name.
    pub name: String,
    /// What chip it is.
    pub chip: ChipKind,
    /// Place of its bus.
    pub bus: usize,
    /// Channel of the multiplexer.
    pub channel: Option<u8>,
    /// Address.
    pub address: u8,
    /// Time between measurements.
    pub period: Span,
    /// The points it feeds.
    pub feeds: Feeds,
}

/// The points a device feeds, by chip.
#[derive(Clone, Copy, Debug)]
pub enum Feeds {
    /// SHT4x.
    Air {
        /// Temperature.
        temperature: Option<Tag<Celsius>>,
        /// Relative humidity.
        humidity: Option<Tag<Percent>>,
    },
    /// SDP8xx.
    Pressure {
        /// Differential pressure.
        pressure: Tag<Pascal>,
        /// Full scale is 125 Pa, else 500 Pa.
        fine: bool,
    },
    /// ADS1115.
    Analogue([Option<Channel>; 4]),
    /// TMP117.
    Surface {
        /// Temperature.
        temperature: Tag<Celsius>,
    },
    /// INA226 or INA228.
    Supply {
        /// Current.
        current: Option<Tag<Ampere>>,
        /// Power.
        power: Option<Tag<Watt>>,
        /// Shunt in milliohms.
        shunt_milliohm: f64,
        /// Supply voltage over voltage at the chip.
        bus_divider: f64,
        /// The chip.
        monitor: Monitor,
    },
    /// MCP23017: the contacts that name its lines.
    Contacts,
    /// EMC2305.
    Fan {
        /// Drive read back.
        duty: Tag<Percent>,
        /// Speed.
        speed: Tag<Rpm>,
        /// The chip's channel, 0 to 4.
        channel: u8,
    },
}

/// The chip that watches a supply.
#[derive(Clone, Copy, Debug)]
pub enum Monitor {
    /// INA226.
    Ina226 {
        /// Largest current in amperes.
        max_ampere: f64,
    },
    /// INA228.
    Ina228,
}

/// What an analogue channel carries.
#[derive(Clone, Copy, Debug)]
pub enum Channel {
    /// A supervised loop.
    Loop(Tag<LoopState>),
    /// A 4-20 mA power transducer.
    Transducer {
        /// The point it feeds.
        power: Tag<Watt>,
        /// Power at 20 mA.
        full_scale: Watt,
    },
    /// A thermistor.
    Thermistor {
        /// The point it feeds.
        temperature: Tag<Celsius>,
        /// The part and its divider.
        part: Thermistor,
    },
}

/// A contact.
#[derive(Clone, Copy, Debug)]
pub struct ContactPlan {
    /// The point it feeds.
    pub point: Tag<Flag>,
    /// Its line.
    pub line: ContactLine,
    /// Level at which the state stands.
    pub active: Active,
    /// Time a new level must stand.
    pub debounce: Span,
}

/// Where a contact's line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactLine {
    /// A line of the controller itself, as a place among the input lines.
    Own(usize),
    /// A line of an expander.
    Expander {
        /// Place of the expander among the devices.
        device: usize,
        /// The line: 0 to 7 for A0 to A7, 8 to 15 for B0 to B7.
        bit: u8,
    },
}

/// The latching fan contact.
#[derive(Clone, Copy, Debug)]
pub struct FanContactPlan {
    /// Coil that opens, among the output lines.
    pub open: usize,
    /// Coil that closes.
    pub close: usize,
    /// Length of a pulse.
    pub pulse: Span,
}

/// An output.
#[derive(Clone, Copy, Debug)]
pub struct OutputPlan {
    /// Place of its line among the output lines.
    pub line: usize,
    /// Place of its read-back among the input lines.
    pub read_back: Option<usize>,
}

impl Site {
    /// Checks a configuration as a whole. `text` is the file it came from, for places in messages.
    ///
    /// # Errors
    /// Every problem, each with its place and the fix.
    pub fn build(config: &Config, text: Option<&str>) -> Result<Site, ConfigError> {
        build::Builder::new(config, text).build()
    }

    /// Place of the device that drives the blower.
    pub fn fan_device(&self) -> Option<usize> {
        self.devices
            .iter()
            .position(|device| matches!(device.feeds, Feeds::Fan { .. }))
    }

    /// The bus of the device that feeds a point; 255 when none does.
    pub fn bus_of<Q: Quantity>(&self, tag: Tag<Q>) -> u8 {
        let index = tag.index();
        let feeds = |device: &&DevicePlan| device.feeds.indices().contains(&Some(index));
        self.devices
            .iter()
            .find(feeds)
            .and_then(|device| u8::try_from(device.bus).ok())
            .unwrap_or(255)
    }
}

impl Feeds {
    /// Indices of the points it feeds.
    pub fn indices(&self) -> [Option<usize>; 4] {
        fn at<Q>(tag: Tag<Q>) -> Option<usize> {
            Some(tag.index())
        }
        match self {
            Feeds::Air {
                temperature,
                humidity,
            } => [temperature.and_then(at), humidity.and_then(at), None, None],
            Feeds::Pressure { pressure, .. } => [at(*pressure), None, None, None],
            Feeds::Analogue(channels) => channels.map(|channel| match channel {
                Some(Channel::Loop(tag)) => at(tag),
                Some(Channel::Transducer { power, .. }) => at(power),
                Some(Channel::Thermistor { temperature, .. }) => at(temperature),
                None => None,
            }),
            Feeds::Contacts => [None; 4],
            Feeds::Surface { temperature } => [at(*temperature), None, None, None],
            Feeds::Supply { current, power, .. } => [current.and_then(at), power.and_then(at), None, None],
            Feeds::Fan { duty, speed, .. } => [at(*duty), at(*speed), None, None],
        }
    }
}

/// The point of this name and quantity.
fn tag<Q: Quantity>(name: &str) -> Result<Tag<Q>, String> {
    let Some(found) = point::find(name) else {
        let names: Vec<String> = point::all().map(|point| point.to_string()).collect();
        let near = crate::config::nearest(name, names.iter().map(String::as_str));
        let hint = near.map_or("see `rack-controller points`".to_owned(), |near| {
            format!("did you mean `{near}`?")
        });
        return Err(format!("no point is named `{name}`; {hint}"));
    };
    found.typed::<Q>().ok_or_else(|| {
        format!(
            "`{name}` is a {} in {}, this chip measures a {}",
            found.row.kind.quantity,
            found.row.kind.unit,
            Q::KIND.quantity
        )
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::{builtin, commented};

    fn problems(change: impl FnOnce(&mut Config)) -> String {
        let mut config = builtin();
        change(&mut config);
        let text = commented(&config);
        Site::build(&config, Some(&text))
            .expect_err("the configuration is refused")
            .to_string()
    }

    #[test]
    fn the_built_in_rack_builds_and_votes_on_three_buses() {
        let site = Site::build(&builtin(), None).unwrap_or_else(|error| panic!("{error}"));
        let exhaust = point::temperature::EXHAUST;
        assert_eq!([0, 1, 2].map(|k| site.bus_of(exhaust.at(k))), [0, 1, 2]);
        assert_eq!(site.outputs.len(), 8);
        assert!(site.fan_device().is_some());
    }

    #[test]
    fn mistakes_are_named_with_their_place_and_fix() {
        let error = problems(|c| c.device[3].address = c.device[5].address + 100);
        assert!(error.contains("0x03 to 0x77"), "{error}");
        let error = problems(|c| c.device[4].channel = Some(0));
        assert!(error.contains("same address"), "{error}");
        let error = problems(|c| {
            c.device[0]
                .points
                .insert("temperature".into(), "rack.exhaust.d.temperature".into());
        });
        assert!(error.contains("did you mean `rack.exhaust."), "{error}");
        let error = problems(|c| {
            c.device[0]
                .points
                .insert("temperature".into(), "rack.draft.pressure".into());
        });
        assert!(error.contains("is a pressure"), "{error}");
        let error = problems(|c| c.device[0].bus = "are".into());
        assert!(error.contains("did you mean `air`"), "{error}");
        let error = problems(|c| {
            c.setting.insert("safety.exhaust_trip".into(), 350.0);
        });
        assert!(error.contains("outside 52.5 to 57"), "{error}");
        let error = problems(|c| c.core.tick_ms = 5);
        assert!(error.contains("10 to 200"), "{error}");
        let error = problems(|c| c.simulated = false);
        assert!(error.contains("simulated = true"), "{error}");
        // Everything that leads to an emulated rack, each with its own line.
        let leads = [
            "`rig_socket`",
            "`rig://pins`",
            "`rig://air`",
            "`rig://fire`",
            "`rig://fan`",
        ];
        assert!(leads.iter().all(|lead| error.contains(lead)), "{error}");
        let bottle = |c: &mut Config| {
            c.device
                .iter()
                .position(|d| d.name == "extinguisher-left")
                .unwrap_or(0)
        };
        let error = problems(|c| {
            let place = bottle(c);
            c.device[place].ntc_beta = Some(39.5);
        });
        assert!(error.contains("set `ntc_beta` to 1000 to 10000"), "{error}");
        let error = problems(|c| {
            let place = bottle(c);
            c.device[place]
                .points
                .insert("channel1".into(), "rack.draft.pressure".into());
        });
        assert!(error.contains("a loop, a power or a temperature"), "{error}");
        let fine = |c: &mut Config| {
            let supply = c.device.iter_mut().find(|d| d.name == "supply");
            if let Some(supply) = supply {
                supply.chip = ChipKind::Ina228;
                supply.max_ampere = Some(100.0);
            }
        };
        let error = problems(fine);
        assert!(error.contains("clips at 81.92 A"), "{error}");
        expander_mistakes();
        let error = problems(|c| c.contact.get_mut("door.open").expect("a door").line = "key".into());
        assert!(error.contains("two contacts"), "{error}");
        let first = error
            .split(':')
            .next()
            .and_then(|line| line.parse::<usize>().ok());
        assert!(first.is_some(), "a place: {error}");
    }

    /// The built-in rack with an expander `io` and the door on this line of it.
    pub(crate) fn with_expander(config: &mut Config, line: &str) {
        let mut io = config.device[0].clone();
        (io.name, io.chip, io.bus, io.address) = ("io".into(), ChipKind::Mcp23017, "fire".into(), 0x20);
        io.points.clear();
        config.device.push(io);
        if let Some(door) = config.contact.get_mut("door.open") {
            door.line = line.into();
        }
    }

    #[test]
    fn a_contact_may_be_on_an_expander() {
        let mut config = builtin();
        with_expander(&mut config, "io/A0");
        let text = commented(&config);
        let parsed = Config::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let site = Site::build(&parsed, Some(&text)).unwrap_or_else(|error| panic!("{error}"));
        let door = site
            .contacts
            .iter()
            .find(|plan| plan.point.index() == point::contact::DOOR_OPEN.index());
        let device = site.devices.len() - 1;
        assert_eq!(
            door.map(|door| door.line),
            Some(ContactLine::Expander { device, bit: 0 })
        );
    }

    fn expander_mistakes() {
        for (line, says) in [
            (
                "io/A7",
                "GPA7 and GPB7 are outputs only; use A0 to A6 or B0 to B6",
            ),
            (
                "io/C3",
                "`C3` is no line of an expander; use A0 to A6 or B0 to B6",
            ),
            ("oi/A0", "did you mean `io`"),
            ("draft/A0", "`draft` is no contact expander"),
        ] {
            let error = problems(|c| with_expander(c, line));
            assert!(error.contains(says), "{line}: {error}");
        }
        let error = problems(|c| with_expander(c, "door"));
        assert!(error.contains("no contact names a line of it"), "{error}");
        let error = problems(|c| {
            with_expander(c, "io/A0");
            if let Some(button) = c.contact.get_mut("fire.button") {
                button.line = "io/A0".into();
            }
        });
        assert!(error.contains("two contacts are on line `io/A0`"), "{error}");
        let error = problems(|c| {
            with_expander(c, "io/A0");
            if let Some(auxiliary) = c.contact.get_mut("blower.a.contact.open") {
                auxiliary.line = "io/B0".into();
            }
        });
        assert!(error.contains("is read before any bus is"), "{error}");
        let error = problems(|c| {
            with_expander(c, "io/A0");
            if let Some(horn) = c.output.get_mut("horn") {
                horn.line = "io/B1".into();
                horn.read_back = Some("io/B2".into());
            }
        });
        assert!(
            error.contains("keeps its level when the controller dies"),
            "{error}"
        );
        assert!(
            error.contains("a read-back is a line of the controller itself"),
            "{error}"
        );
    }
}
