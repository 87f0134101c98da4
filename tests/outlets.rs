//! Switched outlets, with the shipped core and front: relays of the core's own line, a PDU on Modbus (of nothing but
//! pymodbus), and one on Redfish (a small one of our own: the emulators that are known here have no outlets).
//!
//! Where pymodbus is not installed the tests say so and are skipped; `tests/run` installs it.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use hil_rig::rack::{Act, Input, Output, Relay};
use rack_controller::config::{Config, Host, Keeps, Outlet, Pdu, PduKind, PowerRegister, ReadBack, Tier};
use rack_controller::hosts::plan::OnControllerLoss;
use rustix::process::Signal;
use serde_json::{Value, json};

use super::nut::ask;
use super::support::process::signal;
use super::support::{Core, ROOT, Rig, configuration, core, directory, eventually, seconds};

/// The owner's limits for the read-back, in seconds: a relay of the core's own, and an outlet of a network.
const OWN_S: f64 = 3.0;
const NETWORK_S: f64 = 15.0;
/// The shortest deadline from a fire to the cut, s.
const FIRE_CUT_S: f64 = 20.0;
/// States of an outlet, by their numbers.
const LEFT: f64 = 0.0;
const CUT: f64 = 2.0;
const NOT_OBEYED: f64 = 3.0;

/// The strip of pymodbus.
struct Strip {
    child: Child,
    input: Option<ChildStdin>,
    at: SocketAddr,
    written: Arc<Mutex<Vec<String>>>,
}

impl Strip {
    fn start() -> Option<Strip> {
        let Some(python) = std::env::var_os("PYMODBUS_PYTHON") else {
            super::support::skip("PYMODBUS_PYTHON names no Python with pymodbus");
            return None;
        };
        let mut child = Command::new(python)
            .arg(format!("{ROOT}/tests/peers/pymodbus_pdu.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python runs");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let port = lines.next().expect("a line").expect("text");
        let at = format!("127.0.0.1:{port}").parse().expect("a port");
        let written = Arc::new(Mutex::new(Vec::new()));
        let own = Arc::clone(&written);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                own.lock().expect("nobody panics with it").push(line);
            }
        });
        Some(Strip {
            input: child.stdin.take(),
            child,
            at,
            written,
        })
    }

    fn does(&mut self, line: &str) {
        let input = self.input.as_mut().expect("it runs");
        writeln!(input, "{line}").expect("it listens");
    }

    fn written(&self) -> Vec<String> {
        self.written.lock().expect("nobody panics with it").clone()
    }
}

impl Drop for Strip {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        self.input = None;
        let _ = self.child.wait();
    }
}

/// A rack PDU on Redfish with one outlet, `A1`, that takes orders while it has not been told to refuse.
pub(super) struct SmallPdu {
    pub(super) at: SocketAddr,
    state: Arc<Mutex<(bool, bool)>>,
}

impl SmallPdu {
    const OUTLETS: &str = "/redfish/v1/PowerEquipment/RackPDUs/1/Outlets";

    fn start() -> SmallPdu {
        SmallPdu::over(Some)
    }

    /// The same, behind what makes a connection of a stream; one that makes none is over.
    pub(super) fn over<S: Read + Write>(open: impl Fn(TcpStream) -> Option<S> + Send + 'static) -> SmallPdu {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("its address");
        let state = Arc::new(Mutex::new((true, false)));
        let own = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten().filter_map(open) {
                let _ = SmallPdu::answer(stream, &own);
            }
        });
        SmallPdu { at, state }
    }

    fn refuses(&self, refuses: bool) {
        self.state.lock().expect("nobody panics with it").1 = refuses;
    }

    fn answer(stream: impl Read + Write, state: &Mutex<(bool, bool)>) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        reader.read_line(&mut head)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let lower = line.trim().to_ascii_lowercase();
            if lower.is_empty() {
                break;
            }
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let path = head.split(' ').nth(1).unwrap_or_default();
        let mut state = state.lock().expect("nobody panics with it");
        let outlets = Self::OUTLETS;
        let at = |path: &str| json!({ "@odata.id": path });
        let (status, answer) = match path.strip_prefix("/redfish/v1/").unwrap_or_default() {
            _ if head.starts_with("POST") && state.1 => (503, Value::Null),
            _ if head.starts_with("POST") => {
                let asked: Value = serde_json::from_slice(&body)?;
                state.0 = asked["PowerState"] == "On";
                (204, Value::Null)
            }
            "" => (200, json!({ "PowerEquipment": at("/redfish/v1/PowerEquipment") })),
            "PowerEquipment" => (
                200,
                json!({ "RackPDUs": at("/redfish/v1/PowerEquipment/RackPDUs") }),
            ),
            "PowerEquipment/RackPDUs" => (
                200,
                json!({ "Members": [at("/redfish/v1/PowerEquipment/RackPDUs/1")] }),
            ),
            "PowerEquipment/RackPDUs/1" => (200, json!({ "Outlets": at(outlets) })),
            "PowerEquipment/RackPDUs/1/Outlets" => {
                (200, json!({ "Members": [at(&format!("{outlets}/A1"))] }))
            }
            "PowerEquipment/RackPDUs/1/Outlets/A1" => (
                200,
                json!({
                    "Id": "A1", "PowerState": if state.0 { "On" } else { "Off" },
                    "PowerWatts": { "Reading": if state.0 { 88.5 } else { 0.0 } },
                    "Actions": { "#Outlet.PowerControl": {
                        "target": format!("{outlets}/A1/Actions/Outlet.PowerControl"),
                    } },
                }),
            ),
            _ => (404, Value::Null),
        };
        let text = if answer.is_null() {
            String::new()
        } else {
            answer.to_string()
        };
        let mut to = reader.into_inner();
        write!(
            to,
            "HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len()
        )?;
        to.flush()
    }
}

fn tier(name: &str) -> Tier {
    Tier {
        name: name.into(),
        on_controller_loss: OnControllerLoss::Stay,
        signal_s: 1.0,
        stop_s: 2.0,
        verify_s: 1.0,
    }
}

fn host(name: &str, tier: &str) -> Host {
    Host {
        name: name.into(),
        tier: tier.into(),
        ..Host::default()
    }
}

/// An outlet on coil `coil` of the strip.
fn on_strip(number: u8, coil: u16) -> Outlet {
    Outlet {
        number,
        pdu: Some("strip".into()),
        coil: Some(coil),
        read_back: Some(ReadBack::DiscreteInput(coil)),
        power: Some(PowerRegister {
            input_register: coil,
            scale_w: 0.1,
        }),
        ..Outlet::default()
    }
}

/// Two tiers with a host each; the second board of the built-in rack has made room for PDUs.
fn site(config: &mut Config, strip: &Strip) {
    config
        .device
        .retain(|device| !device.points.values().any(|point| point == "outlet.9.on"));
    config.setting.insert("safety.fire_cut_delay".into(), FIRE_CUT_S);
    config.tier = vec![tier("compute"), tier("storage")];
    config.host = vec![host("web", "compute"), host("db", "storage")];
    config.pdu = vec![Pdu {
        name: "strip".into(),
        kind: PduKind::Modbus,
        address: strip.at.to_string(),
        unit: None,
        user: None,
        password_file: None,
        certificate_file: None,
    }];
}

fn outlet(picture: &Value, number: u8, what: &str) -> Option<f64> {
    core::number(picture, &format!("outlet.{number}.{what}"))
}

fn all(picture: &Value, numbers: &[u8], what: &str, value: f64) -> bool {
    numbers
        .iter()
        .all(|number| outlet(picture, *number, what) == Some(value))
}

#[test]
fn in_a_fire_outlets_fall_at_the_deadline_and_stay_off_whoever_dies_or_lies() {
    let Some(mut strip) = Strip::start() else { return };
    let small = SmallPdu::start();
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 6000.0);
    let config = configuration(directory.path(), |config| {
        site(config, &strip);
        config.pdu.push(Pdu {
            name: "small".into(),
            kind: PduKind::Redfish,
            address: format!("http://{}", small.at),
            user: Some("rack".into()),
            ..config.pdu[0].clone()
        });
        let feeds = |number, name: &str| Outlet {
            number,
            feeds: vec![name.into()],
            ..Outlet::default()
        };
        config.outlet = vec![
            feeds(1, "web"),
            feeds(2, "db"),
            Outlet {
                feeds: vec!["web".into()],
                ..on_strip(9, 0)
            },
            Outlet {
                load: Some("shelf".into()),
                ..on_strip(10, 1)
            },
            Outlet {
                keeps: Some(Keeps::Network),
                ..on_strip(11, 5)
            },
            Outlet {
                number: 12,
                load: Some("screen".into()),
                pdu: Some("small".into()),
                id: Some("A1".into()),
                ..Outlet::default()
            },
        ];
    });
    let data = core::commissioned(directory.path());
    let mut running = Core::start(&config, &data, &rig);
    running.until("all PDUs are read", 20.0, |picture| {
        all(picture, &[1, 2, 9, 10, 11, 12], "on", 1.0)
            && outlet(picture, 9, "power") == Some(300.0)
            && outlet(picture, 12, "power").is_some_and(|watts| watts > 80.0)
            && all(picture, &[1, 2, 9, 10, 12], "state", LEFT)
            && outlet(picture, 11, "state").is_none()
    });
    // The core's own trip does nothing: only outlets cut.
    rig.act(Act::Relay {
        output: Output::PowerCut,
        relay: Relay::Dead,
    });
    small.refuses(true);
    rig.line(Input::FireButton, true);
    rig.until("the fan is off", 2.0, |report| !report.contact_closed);
    eventually("both tiers are told", seconds(5.0), || {
        let told = |tier: &str| {
            ask(running.nut, &format!("GET VAR {tier} ups.status"))
                .is_some_and(|status| status.contains("FSD"))
        };
        (told("compute") && told("storage")).then_some(())
    });
    assert!(strip.written().is_empty(), "the deadline is not over");
    running.until("the cut", FIRE_CUT_S + 5.0, |picture| {
        outlet(picture, 1, "state").is_some_and(|state| state > LEFT)
    });
    let cut = Instant::now();
    running.until("relays of the core's own line", OWN_S, |picture| {
        all(picture, &[1, 2], "state", CUT) && all(picture, &[1, 2], "on", 0.0)
    });
    let own = cut.elapsed();
    rig.until("the hosts behind them are dark", 2.0, |report| {
        report.hosts.off == 2
    });
    running.until("outlets of the strip", NETWORK_S, |picture| {
        all(picture, &[9, 10], "state", CUT) && outlet(picture, 9, "power").is_some_and(|watts| watts < 1.0)
    });
    println!(
        "read back off {:.2} s (own relays) and at most {:.2} s (network) after the cut was seen",
        own.as_secs_f64(),
        cut.elapsed().as_secs_f64()
    );
    assert_eq!(
        strip.written(),
        ["write 5 0 [0]", "write 5 1 [0]"],
        "one coil each, and once"
    );
    // The other PDU refuses.
    running.until("it is named", NETWORK_S + 10.0, |picture| {
        core::raised(picture, "outlet.not_obeyed") && outlet(picture, 12, "state") == Some(NOT_OBEYED)
    });
    small.refuses(false);
    running.until("and told to be well", NETWORK_S + 10.0, |picture| {
        !core::raised(picture, "outlet.not_obeyed") && outlet(picture, 12, "state") == Some(CUT)
    });

    // The front dies, somebody presses a button meanwhile, and the next front cuts it again.
    let front = running.front().expect("a front");
    signal(front.pid, Signal::KILL);
    strip.does("press 1 on");
    // It does not know yet how they stand, and says once more what the core says.
    eventually("the next front has heard the core", seconds(30.0), || {
        (strip.written().len() == 4).then_some(())
    });
    // So does the core, and the next one.
    running.process.kill();
    drop(running);
    strip.does("press 0 on");
    let again = Core::start(&config, &data, &rig);
    again.until("everything is cut", 40.0, |picture| {
        all(picture, &[1, 2, 9, 10, 12], "state", CUT) && all(picture, &[1, 2, 9, 10, 12], "on", 0.0)
    });
    assert_eq!(rig.report().hosts.off, 2);
    // One lies: it takes orders and stays on.
    strip.does("lie 1 on");
    strip.does("press 1 on");
    again.until("it is named", NETWORK_S + 20.0, |picture| {
        core::raised(picture, "outlet.not_obeyed") && outlet(picture, 10, "state") == Some(NOT_OBEYED)
    });
    strip.does("lie 1 off");
    again.until("and told to be well", 20.0, |picture| {
        !core::raised(picture, "outlet.not_obeyed") && outlet(picture, 10, "on") == Some(0.0)
    });
    let written = strip.written();
    assert!(
        written
            .iter()
            .all(|line| line == "write 5 0 [0]" || line == "write 5 1 [0]"),
        "nothing was switched on, no range, and nothing that keeps the network: {written:?}"
    );
}

#[test]
fn after_the_reset_outlets_come_back_in_the_order_of_their_tiers() {
    let Some(mut strip) = Strip::start() else { return };
    let directory = directory();
    let rig = Rig::start(directory.path(), 1.0, 6000.0);
    let config = configuration(directory.path(), |config| {
        site(config, &strip);
        config.outlet = vec![
            Outlet {
                feeds: vec!["web".into()],
                ..on_strip(9, 0)
            },
            Outlet {
                feeds: vec!["db".into()],
                ..on_strip(10, 1)
            },
        ];
    });
    let core = Core::start(&config, &core::commissioned(directory.path()), &rig);
    core.until("both outlets are on", 20.0, |picture| {
        all(picture, &[9, 10], "on", 1.0)
    });
    rig.line(Input::EmergencyOff, false);
    core.until("both are cut", NETWORK_S, |picture| {
        all(picture, &[9, 10], "state", CUT)
    });
    rig.line(Input::EmergencyOff, true);
    rig.act(Act::RestoreSupply);
    core.until("the release is seen", 5.0, |picture| {
        core::number(picture, "emergency_off") == Some(0.0)
    });
    // A third outlet that nobody asked for is a person's.
    strip.does("press 2 off");
    rig.line(Input::Key, true);
    core.until("the key is seen", 5.0, |picture| {
        core::number(picture, "key_switch") == Some(1.0)
    });
    assert_eq!(strip.written().len(), 2, "nothing comes back by itself");
    let reset =
        json!({ "command": "reset", "latches": ["emergency_off"], "by": "M. Tester", "inspected": true });
    eventually("the reset is taken", seconds(40.0), || {
        (200..300).contains(&core.ask(&reset).status).then_some(())
    });
    core.until("both are back", 240.0, |picture| {
        all(picture, &[9, 10], "on", 1.0) && all(picture, &[9, 10], "state", LEFT)
    });
    assert_eq!(
        strip.written()[2..],
        ["write 5 1 [1]", "write 5 0 [1]"],
        "the last tier first"
    );
}
