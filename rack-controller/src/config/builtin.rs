//! The built-in rack: the site that `demo` runs and `config/rack.toml` shows.
//!
//! Three I2C buses, so that no single one blinds the vote: `air` (probes behind a multiplexer, exhaust A), `fire`
//! (supervised loops, exhaust B) and `fan` (fan controller, supply monitor, power transducers, exhaust C); and a serial
//! line with the feeds' meters and the switched outlets.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use super::{
    Active, Agent, Bus, BusKind, ChipKind, Config, Contact, Core, Device, FanContact, Front, Host, Keeps,
    ManagementController, Outlet, Output, Pdu, PduKind, Proof, Rack, Tier,
};
use crate::hosts::bmc::plan::BmcKind;
use crate::hosts::plan::OnControllerLoss;

/// Where nothing answers.
const NOBODY: &str = "http://127.0.0.1:9";

/// The built-in rack.
pub fn builtin() -> Config {
    Config {
        simulated: true,
        rig_socket: Some("/run/rack-controller/rig.sock".to_owned()),
        rack: Rack {
            name: "rack-1".to_owned(),
            rated_power_w: 12_000.0,
        },
        core: Core::default(),
        front: Front::default(),
        bus: [
            ("air", BusKind::I2c, Some(0x70)),
            ("fire", BusKind::I2c, None),
            ("fan", BusKind::I2c, None),
            ("rs485", BusKind::Modbus, None),
        ]
        .map(|(name, kind, multiplexer)| Bus {
            name: name.to_owned(),
            path: format!("rig://{name}"),
            kind,
            multiplexer,
            baud: None,
            parity: None,
            rs485: None,
        })
        .to_vec(),
        device: devices(),
        contact: contacts(),
        fan_contact: Some(FanContact {
            open_line: "fan-contact-open".to_owned(),
            close_line: "fan-contact-close".to_owned(),
            pulse_ms: 60,
            active: None,
        }),
        output: outputs(),
        tier: Vec::new(),
        host: Vec::new(),
        pdu: Vec::new(),
        outlet: Vec::new(),
        agent: None,
        nut: None,
        setting: BTreeMap::new(),
    }
}

pub(super) fn device(
    name: &str,
    chip: ChipKind,
    bus: &str,
    channel: Option<u8>,
    address: u8,
    points: &[(&str, &str)],
) -> Device {
    Device {
        name: name.to_owned(),
        chip,
        bus: bus.to_owned(),
        channel,
        address,
        serial: None,
        driver: None,
        input: None,
        period_ms: None,
        range_pa: None,
        shunt_milliohm: None,
        max_ampere: None,
        bus_divider: None,
        full_scale_w: None,
        ntc_ohm: None,
        ntc_beta: None,
        ntc_pull_up_ohm: None,
        ntc_reference_v: None,
        fan: None,
        normally_closed: None,
        points: points
            .iter()
            .map(|(role, point)| ((*role).to_owned(), (*point).to_owned()))
            .collect(),
    }
}

fn air(name: &str, channel: u8, address: u8, point: &str) -> Device {
    device(
        name,
        ChipKind::Sht4x,
        "air",
        Some(channel),
        address,
        &[("temperature", point)],
    )
}

fn devices() -> Vec<Device> {
    use ChipKind::{Ads1115, Emc2305, Ina226, Sdp8xx, Sht4x, Tmp117};
    let mut all = vec![
        device(
            "exhaust-a",
            Sht4x,
            "air",
            None,
            0x44,
            &[("temperature", "rack.exhaust.a.temperature")],
        ),
        device(
            "exhaust-b",
            Sht4x,
            "fire",
            None,
            0x44,
            &[("temperature", "rack.exhaust.b.temperature")],
        ),
        device(
            "exhaust-c",
            Sht4x,
            "fan",
            None,
            0x44,
            &[("temperature", "rack.exhaust.c.temperature")],
        ),
        device(
            "room",
            Sht4x,
            "air",
            Some(0),
            0x45,
            &[("temperature", "room.temperature"), ("humidity", "room.humidity")],
        ),
        device(
            "ceiling",
            Sht4x,
            "air",
            Some(1),
            0x45,
            &[
                ("temperature", "rack.ceiling.temperature"),
                ("humidity", "rack.ceiling.humidity"),
            ],
        ),
        air("inlet-left", 2, 0x45, "rack.inlet.left.temperature"),
        air("inlet-right", 3, 0x45, "rack.inlet.right.temperature"),
    ];
    // Each side has a converter for the thermistor on its extinguisher and a probe on its wall.
    for (side, channel) in [("left", 2), ("right", 3)] {
        let mut bottle = device(
            &format!("extinguisher-{side}"),
            Ads1115,
            "air",
            Some(channel),
            0x48,
            &[("channel0", &format!("extinguisher.{side}.temperature"))],
        );
        bottle.period_ms = Some(1000);
        let wall = device(
            &format!("wall-{side}"),
            Tmp117,
            "air",
            Some(channel),
            0x49,
            &[("temperature", &format!("rack.wall.{side}.temperature"))],
        );
        all.extend([bottle, wall]);
    }
    for board in 1..=8u8 {
        let (channel, address) = (4 + (board - 1) / 2, 0x45 + (board - 1) % 2);
        all.push(air(
            &format!("board-{board}"),
            channel,
            address,
            &format!("rack.board.{board}.temperature"),
        ));
    }
    let pressure = |name: &str, bus: &str, address: u8, range: u16, point: &str| {
        let mut sensor = device(name, Sdp8xx, bus, None, address, &[("pressure", point)]);
        sensor.range_pa = Some(range);
        sensor
    };
    all.push(pressure("draft", "air", 0x25, 125, "rack.draft.pressure"));
    all.push(pressure("suction", "air", 0x26, 500, "chamber.suction.pressure"));
    all.push(pressure("filter-left", "fire", 0x25, 125, "filter.left.pressure"));
    all.push(pressure(
        "filter-right",
        "fan",
        0x25,
        125,
        "filter.right.pressure",
    ));
    all.push(device(
        "loops",
        Ads1115,
        "fire",
        None,
        0x48,
        &[
            ("channel0", "extinguisher.left.break_wire"),
            ("channel1", "extinguisher.right.break_wire"),
            ("channel2", "smoke.a"),
            ("channel3", "smoke.b"),
        ],
    ));
    let mut feeds = device(
        "feeds",
        Ads1115,
        "fan",
        None,
        0x49,
        &[("channel0", "feed.a.power"), ("channel1", "feed.b.power")],
    );
    feeds.full_scale_w = Some(10_000.0);
    all.push(feeds);
    let mut supply = device(
        "supply",
        Ina226,
        "fan",
        None,
        0x40,
        &[("current", "blower.a.current"), ("power", "blower.a.power")],
    );
    supply.shunt_milliohm = Some(2.0);
    supply.max_ampere = Some(20.0);
    supply.bus_divider = Some(2.0);
    all.push(supply);
    let mut fan = device(
        "fan",
        Emc2305,
        "fan",
        None,
        0x2E,
        &[("duty", "blower.a.duty"), ("speed", "blower.a.speed")],
    );
    fan.fan = Some(1);
    all.push(fan);
    all.extend([("a", 1), ("b", 2)].map(|(feed, unit)| meter(feed, unit)));
    all.extend([(1, 11), (9, 12)].map(|(first, unit)| outlets_from(first, unit)));
    all
}

/// A feed's meter, all that it measures but the power: that comes ten times a second from the transducers.
fn meter(feed: &str, unit: u8) -> Device {
    let mut meter = device(
        &format!("meter-{feed}"),
        ChipKind::Sdm630,
        "rs485",
        None,
        unit,
        &[],
    );
    for phase in 1..=3 {
        for (role, quantity) in [
            ("voltage", "voltage"),
            ("current", "current"),
            ("power", "phase_power"),
        ] {
            meter.points.insert(
                format!("{role}_l{phase}"),
                format!("feed.{feed}.l{phase}.{quantity}"),
            );
        }
    }
    for role in ["power_factor", "frequency", "energy"] {
        meter
            .points
            .insert(role.to_owned(), format!("feed.{feed}.{role}"));
    }
    meter
}

/// Lets board 8 of the built-in rack be measured by its probe on the 1-Wire bus.
pub fn with_one_wire_board(config: &mut Config) {
    config.bus.push(Bus {
        name: "w1".to_owned(),
        path: "rig://w1".to_owned(),
        kind: BusKind::OneWire,
        multiplexer: None,
        baud: None,
        parity: None,
        rs485: None,
    });
    if let Some(board) = config.device.iter_mut().find(|device| device.name == "board-8") {
        (board.chip, board.bus, board.channel, board.address) = (ChipKind::Ds18b20, "w1".to_owned(), None, 0);
        board.serial = Some("28-000000b0a408".to_owned());
    }
}

/// Puts a rack on a Linux machine's own buses and pins: `path` gives the device file of each bus by its name, and of the
/// chip of the lines by `pins`. What it knows nothing of stays.
pub fn with_real_buses(config: &mut Config, path: impl Fn(&str) -> Option<String>) {
    (config.simulated, config.rig_socket) = (false, None);
    for bus in &mut config.bus {
        if let Some(path) = path(&bus.name) {
            bus.path = path;
        }
    }
    if let Some(pins) = path("pins") {
        config.core.pins = pins;
    }
}

/// Gives the built-in rack a second blower, on channel 2 of the same fan controller; one supply and its monitor are for both.
pub fn with_second_blower(config: &mut Config) {
    for device in &mut config.device {
        if device.name == "supply" {
            device.points = [("current", "blowers.current"), ("power", "blowers.power")]
                .map(|(role, point)| (role.to_owned(), point.to_owned()))
                .into();
        }
    }
    let mut second = device(
        "fan-b",
        ChipKind::Emc2305,
        "fan",
        None,
        0x2E,
        &[("duty", "blower.b.duty"), ("speed", "blower.b.speed")],
    );
    second.fan = Some(2);
    config.device.push(second);
}

/// Names the hosts of the built-in rack: two in each of three tiers, each with an agent and proven off by its power too.
pub fn with_agents(config: &mut Config) {
    config.agent = Some(Agent {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        address: None,
        dead_man_s: 20.0,
    });
    let tiers = ["batch", "services", "storage"];
    config.tier = tiers
        .map(|name| Tier {
            name: name.to_owned(),
            on_controller_loss: OnControllerLoss::Stay,
            signal_s: 1.0,
            stop_s: 45.0,
            verify_s: 15.0,
        })
        .into();
    config.host = (0_u8..)
        .zip(tiers.iter().flat_map(|tier| [tier, tier]))
        .map(|(place, tier)| Host {
            name: format!("host-{}", place + 1),
            tier: (*tier).to_owned(),
            off_by: vec![Proof::Agent, Proof::Power],
            outlet: Some(place + 1),
            ..Host::default()
        })
        .collect();
}

/// Gives every named host a management controller, and has it and the agent prove the host off. Nobody is at its address:
/// whoever plays its part says what it sees.
pub fn with_management_controllers(config: &mut Config) {
    for host in &mut config.host {
        host.off_by = vec![Proof::Agent, Proof::Bmc];
        host.bmc = Some(ManagementController {
            kind: BmcKind::Redfish,
            address: NOBODY.to_owned(),
            user: "rack".to_owned(),
            password_file: None,
            certificate_file: None,
            system: None,
            rated_power_w: None,
            force_off: false,
        });
    }
}

/// Lists the outlets of six hosts, from `first` on, of a shelf, and of the network switch that keeps its power: on the
/// relay boards, or on a networked PDU in place of the second board. Nobody is at the PDU's address either.
pub fn with_outlets(config: &mut Config, first: u8, networked: bool) {
    const HOSTS: u8 = 6;
    if networked {
        config.device.retain(|device| device.name != "outlets-9");
        config.pdu = vec![Pdu {
            name: "left".to_owned(),
            kind: PduKind::Redfish,
            address: NOBODY.to_owned(),
            unit: None,
            user: Some("rack".to_owned()),
            password_file: None,
            certificate_file: None,
        }];
    }
    let outlet = |place: u8| Outlet {
        number: first + place,
        pdu: networked.then(|| "left".to_owned()),
        id: networked.then(|| format!("A{}", place + 1)),
        ..Outlet::default()
    };
    for place in 0..HOSTS {
        let mut own = outlet(place);
        match config.host.get_mut(usize::from(place)) {
            Some(host) => {
                host.outlet = Some(own.number);
                own.feeds = vec![host.name.clone()];
            }
            None => own.load = Some(format!("host {}", place + 1)),
        }
        config.outlet.push(own);
    }
    config.outlet.push(Outlet {
        load: Some("storage shelf".to_owned()),
        ..outlet(HOSTS)
    });
    config.outlet.push(Outlet {
        keeps: Some(Keeps::Network),
        ..outlet(HOSTS + 1)
    });
}

/// A board of eight outlets, wired so that they keep their power without it.
fn outlets_from(first: u8, unit: u8) -> Device {
    let name = format!("outlets-{first}");
    let mut board = device(&name, ChipKind::Relays, "rs485", None, unit, &[]);
    board.normally_closed = Some(true);
    board.points = (1..=8)
        .map(|relay| {
            (
                format!("relay{relay}"),
                format!("outlet.{}.on", first + relay - 1),
            )
        })
        .collect();
    board
}

/// Lines are closed circuits in the healthy state wherever a cut wire must not look healthy.
fn contacts() -> BTreeMap<String, Contact> {
    use Active::{High, Low};
    [
        ("door.open", "door", Low, 30),
        ("filter.left.present", "filter-left", High, 30),
        ("filter.right.present", "filter-right", High, 30),
        ("extinguisher.left.home", "home-left", High, 30),
        ("extinguisher.right.home", "home-right", High, 30),
        ("fire.button", "fire-button", High, 100),
        ("emergency_off", "emergency-off", Low, 20),
        ("seal.broken", "seal", Low, 100),
        ("cut_out.open", "cut-out", Low, 20),
        ("mains.present", "mains", High, 50),
        ("leak.detected", "leak", High, 100),
        ("key_switch", "key", High, 50),
        ("blower.a.isolator.open", "isolator", Low, 30),
        ("blower.a.contact.open", "fan-contact-aux", Low, 20),
    ]
    .into_iter()
    .map(|(point, line, active, debounce_ms)| {
        (
            point.to_owned(),
            Contact {
                line: line.to_owned(),
                active,
                debounce_ms,
                bias: None,
            },
        )
    })
    .collect()
}

fn outputs() -> BTreeMap<String, Output> {
    let read_back = |key: &str| (key != "heartbeat").then(|| format!("{}-back", key.replace('_', "-")));
    points::interlock::OUTPUTS
        .iter()
        .map(|row| {
            (
                row.key.to_owned(),
                Output {
                    line: row.key.replace('_', "-"),
                    read_back: read_back(row.key),
                    active: None,
                },
            )
        })
        .collect()
}
