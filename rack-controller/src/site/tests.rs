//! Configurations that make a site, and every mistake with its place and fix.

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
    assert_eq!(site.blowers(), 1);
}

#[test]
fn mistakes_are_named_with_their_place_and_fix() {
    let error = problems(|c| c.device[3].address = c.device[5].address + 100);
    assert!(error.contains("the straps of a"), "{error}");
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
        "`rig://rs485`",
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

fn named<'a>(config: &'a mut Config, name: &str) -> &'a mut crate::config::Device {
    let found = config.device.iter_mut().find(|device| device.name == name);
    found.unwrap_or_else(|| panic!("no device {name}"))
}

#[test]
fn a_device_is_on_a_bus_of_its_kind_with_a_number_of_its_own() {
    let error = problems(|c| named(c, "meter-a").bus = "air".into());
    assert!(
        error.contains("`meter-a` hangs on a bus of kind `modbus`, `air` is `i2c`"),
        "{error}"
    );
    let error = problems(|c| named(c, "meter-a").address = 0);
    assert!(error.contains("unit 0; a Modbus device has 1 to 247"), "{error}");
    let error = problems(|c| named(c, "meter-b").address = 1);
    assert!(
        error.contains("`meter-a` and `meter-b` have the same unit 1"),
        "{error}"
    );
    let error = problems(|c| c.bus[3].multiplexer = Some(0x70));
    assert!(error.contains("only an I2C bus has a multiplexer"), "{error}");
    let error = problems(|c| {
        let meter = named(c, "meter-a");
        meter
            .points
            .insert("voltage_l4".into(), "feed.a.l1.voltage".into());
    });
    assert!(error.contains("does not measure `voltage_l4`"), "{error}");
    let error = problems(|c| named(c, "outlets-1").period_ms = Some(1));
    assert!(error.contains("period_ms = 1; set 20 to 600000"), "{error}");
}

/// The built-in rack with a 1-Wire bus and this probe on it at board 8.
pub(crate) fn with_one_wire(config: &mut Config, serial: &str) {
    crate::config::with_one_wire_board(config);
    let board = named(config, "board-8");
    board.serial = Some(serial.into());
}

#[test]
fn a_one_wire_probe_is_named_as_the_kernel_does() {
    let mut config = builtin();
    with_one_wire(&mut config, "28-000000b0a408");
    let text = commented(&config);
    let parsed = Config::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let site = Site::build(&parsed, Some(&text)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(site.bus_of(point::temperature::BOARD.at(7)), 4);
    for (serial, says) in [
        (
            "28-1",
            "`28-1` names no DS18B20; set `serial` to `28-` and twelve hexadecimal digits",
        ),
        ("10-000000b0a408", "names no DS18B20"),
    ] {
        let error = problems(|c| with_one_wire(c, serial));
        assert!(error.contains(says), "{error}");
    }
    let error = problems(|c| {
        with_one_wire(c, "28-000000b0a408");
        let twin = named(c, "board-7");
        (twin.chip, twin.bus, twin.channel, twin.address) = (ChipKind::Ds18b20, "w1".into(), None, 0);
        twin.serial = Some("28-000000B0A408".into());
    });
    assert!(error.contains("are the same probe"), "{error}");
}

#[test]
fn a_second_blower_is_declared_by_what_drives_it_and_its_supply_by_what_is_measured() {
    let mut config = builtin();
    crate::config::with_second_blower(&mut config);
    let text = commented(&config);
    let parsed = Config::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let site = Site::build(&parsed, Some(&text)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(site.blowers(), 2);
    assert_eq!(site.bus_of(point::blowers::POWER), 2);
    let two = |change: fn(&mut Config)| {
        problems(|c| {
            crate::config::with_second_blower(c);
            change(c);
        })
    };
    let error = two(|c| named(c, "fan-b").fan = Some(1));
    assert!(
        error.contains("the same channel of the same fan controller"),
        "{error}"
    );
    let error = two(|c| {
        named(c, "fan-b")
            .points
            .insert("speed".into(), "blower.a.speed".into());
    });
    assert!(error.contains("`duty` and `speed` are of one blower"), "{error}");
    let error = two(|c| c.device.retain(|device| device.name != "fan"));
    assert!(error.contains("no device drives the first"), "{error}");
    let error = two(|c| c.device.retain(|device| device.name != "fan-b"));
    assert!(
        error.contains("feeds `blowers.current`, and this site has one blower"),
        "{error}"
    );
    let error = two(|c| c.device.retain(|device| !device.name.starts_with("fan")));
    assert!(
        error.contains("0 fan controllers; a site has one or two blowers"),
        "{error}"
    );
    let contact = |c: &mut Config, name: &str| {
        let isolator = c
            .contact
            .get("blower.a.isolator.open")
            .cloned()
            .expect("an isolator");
        c.contact.insert(
            name.into(),
            crate::config::Contact {
                line: "spare".into(),
                ..isolator
            },
        );
    };
    let error = problems(|c| contact(c, "blower.b.isolator.open"));
    assert!(
        error.contains("this site has one blower; name the point of blower.a"),
        "{error}"
    );
    let error = problems(|c| {
        crate::config::with_second_blower(c);
        contact(c, "blower.b.contact.open");
    });
    assert!(
        error.contains("one latching contact stands before all blowers"),
        "{error}"
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

#[test]
fn real_buses_are_named_as_the_kernel_names_them() {
    let real = |change: fn(&mut Config)| {
        let mut config = crate::config::raspberry_pi_5();
        change(&mut config);
        Site::build(&config, None)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    type Case = (fn(&mut Config), &'static str);
    let cases: [Case; 11] = [
        (|c| c.bus[0].path = "i2c-1".into(), "an I2C bus is `/dev/i2c-N`"),
        (|c| c.bus[0].path = "rig://air".into(), "is an emulated rack"),
        (
            |c| c.bus[3].path = "ttyAMA0".into(),
            "a serial line is `/dev/ttyAMA0`",
        ),
        (
            |c| c.core.pins = "/dev/gpiomem".into(),
            "a GPIO chip is `/dev/gpiochipN`",
        ),
        (|c| c.core.pins = "rig://pins".into(), "is an emulated rack"),
        (
            |c| c.core.watchdog = Some("/dev/null".into()),
            "a watchdog is `/dev/watchdog`",
        ),
        (
            |c| c.bus[3].baud = Some(9_601),
            "9601 baud; a serial line has one of",
        ),
        (|c| c.bus[0].baud = Some(9_600), "only a serial line has `baud`"),
        (
            |c| c.bus[0].parity = Some(Parity::Even),
            "only a serial line has `parity`",
        ),
        (
            |c| c.rig_socket = Some("/run/rig.sock".into()),
            "leads to an emulated rack",
        ),
        (
            |c| {
                if let Some(door) = c.contact.get_mut("door.open") {
                    door.bias = Some(Bias::PullUp);
                }
            },
            "is a line of an expander",
        ),
    ];
    for (change, says) in cases {
        let error = real(change);
        assert!(error.contains(says), "{says}: {error}");
    }
    let error = problems(|c| c.core.watchdog = Some("/dev/watchdog".into()));
    assert!(error.contains("must not start this machine anew"), "{error}");
}

#[test]
fn agents_need_hosts_a_place_and_times_in_bounds() {
    let with = |change: fn(&mut Config)| {
        problems(move |c| {
            c.agent = Some(crate::config::Agent {
                listen: "127.0.0.1:0".parse().expect("an address"),
                address: None,
                dead_man_s: 20.0,
            });
            change(c);
        })
    };
    let error = with(|_| ());
    assert!(error.contains("no [[host]] is named"), "{error}");
    let error = with(|c| {
        if let Some(agent) = &mut c.agent {
            agent.dead_man_s = 5.0;
            agent.address = Some("rack-1".into());
        }
    });
    assert!(error.contains("5 s; give 10 to 3600 s"), "{error}");
    assert!(error.contains("write it as `rack-1.example:4437`"), "{error}");
    // Each with its line and column.
    let place = |line: &str| line.split(':').take(2).all(|part| part.parse::<usize>().is_ok());
    assert!(error.lines().all(place), "{error}");
}

#[test]
fn polarity_and_pulls_follow_their_lines() {
    let mut config = crate::config::raspberry_pi_5();
    if let Some(horn) = config.output.get_mut("horn") {
        horn.active = Some(Active::Low);
    }
    let site = Site::build(&config, None).unwrap_or_else(|error| panic!("{error}"));
    let place = site.output_lines.iter().position(|line| line == "GPIO17");
    assert_eq!(site.active_low, place.map_or(0, |place| 1 << place));
    assert_eq!(site.input_bias.len(), site.input_lines.len());
    for (line, bias) in site.input_lines.iter().zip(&site.input_bias) {
        // Read-backs are driven by what they read.
        let contact = ["GPIO27", "GPIO0", "GPIO1"].contains(&line.as_str());
        assert_eq!(*bias, contact.then_some(Bias::PullDown), "{line}");
    }
}

#[test]
fn mistakes_about_hosts_are_named_with_their_place_and_fix() {
    let mistaken = |change: &dyn Fn(&mut Config), expected: &str| {
        let error = problems(|config| {
            crate::config::with_agents(config);
            change(config);
        });
        assert!(error.contains(expected), "{error}");
        assert!(
            error.starts_with(|c: char| c.is_ascii_digit()),
            "it has its line: {error}"
        );
    };
    mistaken(
        &|c| c.host[1].name = "host-1".into(),
        "another host is named `host-1`",
    );
    mistaken(&|c| c.host[0].name = String::new(), "1 to 64 bytes of text");
    mistaken(&|c| c.host[0].name = "x".repeat(65), "1 to 64 bytes of text");
    mistaken(&|c| c.host[0].tier = "storge".into(), "did you mean `storage`?");
    mistaken(
        &|c| c.tier[1].name = "BATCH".into(),
        "another tier is named `BATCH`",
    );
    mistaken(&|c| c.tier[0].name = "a b".into(), "1 to 32 letters");
    mistaken(&|c| c.tier[0].stop_s = -1.0, "give 0 to 3600 s");
    mistaken(&|c| c.host[0].outlet = Some(17), "outlets are 1 to 16");
    let proof = |ways: &[crate::config::Proof]| {
        let ways = ways.to_vec();
        move |c: &mut Config| c.host[0].off_by.clone_from(&ways)
    };
    use crate::config::Proof::{Agent, Bmc, Icmp, Tcp};
    mistaken(&proof(&[Tcp, Icmp]), "fail for the same reason");
    mistaken(&proof(&[Agent, Bmc]), "`bmc` is looked at nowhere");
    mistaken(&proof(&[Agent]), "give two ways of looking, or none");
}
