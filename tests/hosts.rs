//! Hosts of two tiers, each behind a management controller (the Redfish emulator of sushy-tools, whose systems take ten seconds
//! to shut down): the second tier hears nothing before the first is proven off, a controller that says "off" while its host
//! still answers proves nothing, and the tiers come back last first by a person's reset.
//!
//! Where the emulator is not installed the test says so and is skipped; `tests/run` installs it.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hil_rig::rack::Input;
use rack_controller::config::{Config, Host, ManagementController, Probe, Proof, Tier};
use rack_controller::hosts::bmc::plan::BmcKind;
use rack_controller::hosts::plan::OnControllerLoss;
use serde_json::{Value, json};

use super::support::{Core, Process, ROOT, Rig, configuration, core, directory, eventually, http, seconds};

/// Where `tests/run` puts it.
const EMULATOR: &str = "target/peers/sushy/bin/sushy-emulator";
/// States of hosts and tiers, by their numbers.
const ONLINE: f64 = 1.0;
const OFF_VERIFIED: f64 = 5.0;
const PREPARE: f64 = 3.0;
const COMMIT: f64 = 4.0;
const ALL_OFF: f64 = 6.0;
/// The reason of a stage: the tiers before are down.
const SETTLED: f64 = 2.0;

/// The word of evidence of a host whose port answers and whose management controller says off.
const TCP_UP_BMC_OFF: f64 = 1544.0;

/// A TCP port that answers, until its host goes silent: then connections are neither taken nor refused.
pub(super) struct Port {
    at: SocketAddr,
    answers: Arc<AtomicBool>,
    accepts: Option<JoinHandle<TcpListener>>,
    silent: Vec<TcpStream>,
    listener: Option<TcpListener>,
}

impl Port {
    pub(super) fn new() -> Port {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut port = Port {
            at: listener.local_addr().expect("its address"),
            answers: Arc::default(),
            accepts: None,
            silent: Vec::new(),
            listener: Some(listener),
        };
        port.answers();
        port
    }

    pub(super) fn answers(&mut self) {
        self.silent.clear();
        let listener = self.listener.take().expect("a silent port");
        rustix::net::listen(listener.as_fd(), 128).expect("it listens");
        self.answers.store(true, Ordering::Release);
        let answers = Arc::clone(&self.answers);
        self.accepts = Some(std::thread::spawn(move || {
            while answers.load(Ordering::Acquire) {
                drop(listener.accept());
            }
            listener
        }));
    }

    /// The queue of connections is full, and the kernel drops what comes.
    pub(super) fn goes_silent(&mut self) {
        self.answers.store(false, Ordering::Release);
        drop(TcpStream::connect(self.at));
        let listener = self.accepts.take().expect("it answers").join().expect("it ends");
        rustix::net::listen(listener.as_fd(), 0).expect("it listens");
        while let Ok(stream) = TcpStream::connect_timeout(&self.at, Duration::from_millis(300)) {
            self.silent.push(stream);
        }
        self.listener = Some(listener);
    }
}

/// The emulator with two systems that are on, `web` and `db`.
pub(super) fn emulator(directory: &Path) -> Option<(Process, String)> {
    let program = Path::new(ROOT).join(EMULATOR);
    if !program.exists() {
        super::support::skip(&format!("{} is not installed", program.display()));
        return None;
    }
    let system = |name: &str, uuid: &str| {
        format!(
            "{{'uuid': '{uuid}', 'name': '{name}', 'power_state': 'On', 'external_notifier': False, 'nics': []}}"
        )
    };
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .expect("a port")
        .port();
    let text = format!(
        "SUSHY_EMULATOR_LISTEN_IP = '127.0.0.1'\nSUSHY_EMULATOR_LISTEN_PORT = {port}\nSUSHY_EMULATOR_FAKE_DRIVER = True\n\
         SUSHY_EMULATOR_STATE_DIR = '{}'\nSUSHY_EMULATOR_FAKE_SYSTEMS = [{}, {}]\n",
        directory.display(),
        system("web", "11111111-1111-4111-8111-111111111111"),
        system("db", "22222222-2222-4222-8222-222222222222"),
    );
    let file = directory.join("sushy.conf");
    std::fs::write(&file, text).expect("a file");
    let mut command = Command::new(program);
    command.arg("--config").arg(&file).env("TMPDIR", directory);
    let process = Process::start("sushy-emulator", &mut command);
    let at = format!("127.0.0.1:{port}").parse().expect("an address");
    eventually("the emulator answers", seconds(60.0), || {
        http::get(at, "/redfish/v1/").ok()
    });
    Some((process, format!("http://127.0.0.1:{port}")))
}

fn tier(name: &str) -> Tier {
    Tier {
        name: name.into(),
        on_controller_loss: OnControllerLoss::Stay,
        signal_s: 5.0,
        stop_s: 60.0,
        verify_s: 10.0,
    }
}

pub(super) fn host(name: &str, tier: &str, controller: &str, port: &Port) -> Host {
    Host {
        name: name.into(),
        tier: tier.into(),
        address: Vec::new(),
        off_by: vec![Proof::Bmc, Proof::Tcp],
        probe: Some(Probe {
            tcp: Some(port.at),
            icmp: None,
        }),
        bmc: Some(ManagementController {
            kind: BmcKind::Redfish,
            address: controller.into(),
            user: "admin".into(),
            password_file: None,
            certificate_file: None,
            system: Some(name.into()),
            rated_power_w: None,
            force_off: false,
        }),
        webhook: None,
        outlet: None,
    }
}

pub(super) fn state(picture: &Value, place: usize) -> Option<f64> {
    core::number(picture, &format!("host.{place}.state"))
}

fn stage(picture: &Value, place: usize) -> Option<f64> {
    core::number(picture, &format!("tier.{place}.stage"))
}

#[test]
fn tiers_go_down_one_after_the_other_proven_by_two_observations_and_come_back_last_first() {
    let directory = directory();
    let Some((_emulator, controller)) = emulator(directory.path()) else {
        return;
    };
    let (mut web, mut db) = (Port::new(), Port::new());
    let rig = Rig::start(directory.path(), 1.0, 5000.0);
    let config = configuration(directory.path(), |config: &mut Config| {
        config.setting.insert("safety.mains_delay".into(), 0.0);
        config.tier = vec![tier("compute"), tier("storage")];
        config.host = vec![
            host("web", "compute", &controller, &web),
            host("db", "storage", &controller, &db),
        ];
    });
    let core = Core::start(&config, &core::commissioned(directory.path()), &rig);
    core.until("both hosts run", 30.0, |picture| {
        state(picture, 1) == Some(ONLINE) && state(picture, 2) == Some(ONLINE)
    });

    rig.line(Input::Mains, false);
    let told = core.until("the first tier is told", 10.0, |picture| {
        stage(picture, 1) == Some(COMMIT)
    });
    assert_eq!(stage(&told, 2), Some(PREPARE), "the second one is not");
    eventually("the management controller says off", seconds(40.0), || {
        let at = controller
            .trim_start_matches("http://")
            .parse()
            .expect("an address");
        let answer = http::get(at, "/redfish/v1/Systems/11111111-1111-4111-8111-111111111111").ok()?;
        answer.body.contains("\"PowerState\": \"Off\"").then_some(())
    });
    // The controller has looked at it since, and at the port, which still answers.
    let before = core.snapshot().expect("a picture")["tick"]
        .as_u64()
        .expect("a tick");
    let lied = core.until("five seconds later", 20.0, |picture| {
        picture["tick"].as_u64().is_some_and(|tick| tick > before + 250)
    });
    assert_ne!(state(&lied, 1), Some(OFF_VERIFIED), "one observation is no proof");
    assert_eq!((stage(&lied, 2), state(&lied, 2)), (Some(PREPARE), Some(ONLINE)));
    // One for, one against: on the page and on Modbus, each with its age.
    let said: Vec<(&str, &str, bool)> = lied["hosts"][0]["evidence"]
        .as_array()
        .expect("what is seen of it")
        .iter()
        .filter_map(|one| {
            Some((
                one["way"].as_str()?,
                one["says"].as_str()?,
                one["counts"].as_bool()?,
            ))
        })
        .collect();
    assert_eq!(said, [("tcp", "runs", true), ("bmc", "off", true)]);
    assert_eq!(core::number(&lied, "host.1.evidence"), Some(TCP_UP_BMC_OFF));
    assert!(core::number(&lied, "host.1.evidence_age").is_some_and(|age| age <= 15.0));
    assert_eq!(
        core::number(&lied, "shutdown.cause"),
        Some(20.0),
        "C20, mains lost"
    );
    let next = core::number(&lied, "shutdown.next_tier").expect("the second tier waits");
    let left = core::number(&lied, "tier.1.time_left").expect("the first stage runs");
    assert!((next - left).abs() <= 1.0, "{next} s and {left} s");
    eventually("the journal names the cause", seconds(10.0), || {
        let journal = http::get(core.web, "/api/v1/journal?limit=200").ok()?.body;
        let line = "Tier compute: shutting down, because it is the first; asked for by C20 Mains lost";
        journal.contains(line).then_some(())
    });

    web.goes_silent();
    // A front that was replaced in between, as on a machine that has no time for it, first hears again who is logged in.
    let told = core.until("the second tier is told", 35.0, |picture| {
        stage(picture, 2) == Some(COMMIT)
    });
    assert_eq!(
        state(&told, 1),
        Some(OFF_VERIFIED),
        "the first host is proven off"
    );
    assert_eq!(
        core::number(&told, "tier.2.reason"),
        Some(SETTLED),
        "that is why, and no deadline"
    );
    db.goes_silent();
    core.until("everything is off", 60.0, |picture| {
        state(picture, 2) == Some(OFF_VERIFIED) && core::number(picture, "shutdown.stage") == Some(ALL_OFF)
    });

    rig.line(Input::Mains, true);
    core.until("mains is back", 10.0, |picture| {
        !core::raised(picture, "mains.lost")
    });
    rig.line(Input::Key, true);
    core.until("the key is seen", 5.0, |picture| {
        core::number(picture, "key_switch") == Some(1.0)
    });
    let reset =
        json!({ "command": "reset", "latches": ["cooling_loss"], "by": "M. Tester", "inspected": true });
    eventually("the reset is taken", seconds(40.0), || {
        (200..300).contains(&core.ask(&reset).status).then_some(())
    });
    core.until("the last tier comes back first", 90.0, |picture| {
        stage(picture, 2) == Some(8.0)
    });
    assert_ne!(stage(&core.snapshot().expect("a picture"), 1), Some(8.0));
    db.answers();
    core.until("then the first one", 60.0, |picture| {
        stage(picture, 1) == Some(8.0)
    });
    web.answers();
    let well = core.until("all is well", 60.0, |picture| {
        core::number(picture, "shutdown.stage") == Some(0.0) && state(picture, 1) == Some(ONLINE)
    });
    assert_eq!(
        core::number(&well, "shutdown.cause"),
        Some(20.0),
        "it stays after the incident"
    );
    assert_eq!(core::number(&well, "shutdown.next_tier"), None);
}
