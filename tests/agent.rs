//! The whole way: a claim at the rack, one line on the host, then a hot rack lowers the host's limits and a trip stops it.
//!
//! Core, front and agents are the shipped binaries; the hosts are folders with a fake sysfs and a command that leaves a
//! file. A real host under a real systemd is left to the virtual machine's own run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use hil_rig::rack::Act;
use rack_agent::protocol::frame::{self, Incoming};
use rack_agent::protocol::{FromController, hex, tls};
use rack_controller::config::{Agent, Config, Host as HostConfig, Tier};
use rack_controller::hosts::agent::authority::AgentAuthority;
use rack_controller::hosts::plan::OnControllerLoss;
use rack_controller::site::Site;
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::host_down::contact_closed;
use super::support::process::timed;
use super::support::{
    BINARY, Core, Process, ROOT, Rig, configuration, core, directory, eventually, http, seconds,
};

/// From the core's contact to the host's own shutdown: what the design grants a channel to begin with, far below the lease.
const STOPS_WITHIN_S: f64 = 2.0;
/// From the alarm to the lowered limits, as the heat of a stopped blower asks.
const CAPPED_WITHIN_S: f64 = 8.0;
/// A lease and two looks for silence.
const MISSED_WITHIN_S: f64 = 16.0;
/// What a host's limit is before anybody touches it, µW.
pub(super) const FOUND: u64 = 180_000_000;

/// The agent's binary. It is another package's, so cargo does not build it for these tests: it is built here, and always
/// the one of this very source.
pub(super) fn binary() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(["build", "--release", "--locked", "--quiet", "-p", "rack-agent"])
            .current_dir(ROOT)
            .stdin(Stdio::null());
        // What cargo tells this test of its own package: a dependency's build script that looks at it, ring's, would run anew, and
        // with it everything above it would be built anew, here and at the next build outside.
        for (name, _) in std::env::vars_os() {
            let told = name.to_string_lossy();
            if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        let built = command.output().expect("cargo runs");
        assert!(built.status.success(), "{}", said(&built));
        Path::new(BINARY).with_file_name("rack-agent")
    })
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// `rack-controller VERB HOST` on a data directory.
fn typed(verb: &str, host: &str, data: &Path) -> Output {
    Command::new(BINARY)
        .args([verb, host, "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

/// A site of two tiers with a host each.
fn two_tiers(config: &mut Config) {
    for (tier, host) in [("apps", "app-1"), ("databases", "db-1")] {
        config.tier.push(Tier {
            name: tier.into(),
            on_controller_loss: OnControllerLoss::Stay,
            signal_s: 2.0,
            stop_s: 5.0,
            verify_s: 5.0,
        });
        config.host.push(HostConfig {
            name: host.into(),
            tier: tier.into(),
            address: Vec::new(),
            off_by: Vec::new(),
            ..HostConfig::default()
        });
    }
    config.agent = Some(Agent {
        listen: "127.0.0.1:0".parse().expect("an address"),
        address: None,
        dead_man_s: 20.0,
    });
}

pub(super) struct Rack {
    pub(super) core: Core,
    rig: Rig,
    data: PathBuf,
    directory: TempDir,
}

fn rack(speed: f64) -> Rack {
    rack_with(speed, |_, _| ())
}

/// The same with what `change` makes of its configuration; files of the site may lie in the directory.
pub(super) fn rack_with(speed: f64, change: impl FnOnce(&mut Config, &Path)) -> Rack {
    let directory = directory();
    let rig = Rig::start(directory.path(), speed, 5000.0);
    let config = configuration(directory.path(), |config| {
        two_tiers(config);
        change(config, directory.path());
    });
    let data = core::commissioned(directory.path());
    let core = Core::start(&config, &data, &rig);
    core.served(20.0);
    assert!(core.agent.is_some(), "agents are listened for");
    Rack {
        core,
        rig,
        data,
        directory,
    }
}

/// A host: a folder with a fake sysfs, and the agent on it.
pub(super) struct Host {
    pub(super) at: PathBuf,
    agent: Option<Process>,
}

impl Host {
    fn new(directory: &Path, name: &str) -> Host {
        let at = directory.join(name);
        let zone = at.join("sys/class/powercap/intel-rapl:0");
        std::fs::create_dir_all(&zone).expect("made");
        std::fs::write(zone.join("constraint_0_power_limit_uw"), FOUND.to_string()).expect("written");
        std::fs::write(zone.join("constraint_0_max_power_uw"), "200000000").expect("written");
        let sensor = at.join("sys/class/hwmon/hwmon0");
        std::fs::create_dir_all(&sensor).expect("made");
        std::fs::write(sensor.join("name"), "coretemp\n").expect("written");
        std::fs::write(sensor.join("temp1_input"), "71500\n").expect("written");
        let p = at.display();
        let text = format!(
            "state = \"{p}/state\"\nbus = \"unix:path={p}/no-bus\"\n[cap]\nsysfs = \"{p}/sys\"\n[hooks]\n\
             folder = \"{p}/hooks\"\n[shut_down]\ncommand = [\"touch\", \"{p}/down\"]\n"
        );
        std::fs::write(at.join("agent.toml"), text).expect("written");
        Host { at, agent: None }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command.arg("--config").arg(self.at.join("agent.toml"));
        command
    }

    /// Types the line that was printed at the rack.
    fn enrol(&self, line: &str) -> Output {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[0], "rack-agent", "{line}");
        let mut command = self.command();
        command
            .args(&words[1..])
            .stdin(Stdio::null())
            .output()
            .expect("it runs")
    }

    fn start(&mut self) {
        let mut command = self.command();
        self.agent = Some(Process::start("agent", command.arg("run")));
    }

    pub(super) fn agent(&self) -> &Process {
        self.agent.as_ref().expect("it was started")
    }

    #[track_caller]
    fn says(&self, text: &str) {
        eventually(&format!("the agent says {text:?}"), seconds(30.0), || {
            self.agent().said(0, text).then_some(())
        });
    }

    pub(super) fn limit(&self) -> u64 {
        let file = self
            .at
            .join("sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw");
        std::fs::read_to_string(file)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    }

    pub(super) fn down(&self) -> bool {
        self.at.join("down").exists()
    }
}

/// A host that is enrolled by the line printed at the rack, with its agent running.
pub(super) fn enrolled(rack: &Rack, name: &str) -> Host {
    let mut host = Host::new(rack.directory.path(), name);
    let claim = typed("agent-claim", name, &rack.data);
    assert!(claim.status.success(), "{}", said(&claim));
    let line = String::from_utf8_lossy(&claim.stdout).into_owned();
    let output = host.enrol(&line);
    assert!(output.status.success(), "{line}{}", said(&output));
    assert!(said(&output).contains(&format!("enrolled as {name}")));
    // A code is good once.
    let again = Host::new(rack.directory.path(), &format!("{name}-thief")).enrol(&line);
    assert!(!again.status.success() && said(&again).contains("claim code is used"));
    host.start();
    host.says("connected as");
    host
}

#[track_caller]
pub(super) fn core_says(core: &Core, from: usize, text: &str, within_s: f64) {
    eventually(&format!("the core says {text:?}"), seconds(within_s), || {
        core.process.said(from, text).then_some(())
    });
}

#[test]
fn a_hot_rack_caps_enrolled_hosts_and_a_trip_stops_them() {
    let rack = rack(5.0);
    let (mut app, db) = (enrolled(&rack, "app-1"), enrolled(&rack, "db-1"));
    let unknown = typed("agent-claim", "app-2", &rack.data);
    assert!(!unknown.status.success() && said(&unknown).contains("did you mean \"app-1\""));

    rack.core
        .until("their hottest chips are in the picture", 10.0, |picture| {
            let chips = [1, 2].map(|host| core::number(picture, &format!("host.{host}.chip.temperature")));
            chips == [Some(71.5); 2]
        });

    rack.rig.act(Act::Room { room_c: Some(50.0) });
    rack.core.until("the exhaust is hot", 120.0, |picture| {
        core::raised(picture, "exhaust.hot")
    });
    let ((), took) = timed(|| {
        eventually("both hosts are capped", seconds(CAPPED_WITHIN_S), || {
            (app.limit() < FOUND && db.limit() < FOUND).then_some(())
        });
    });
    println!(
        "both hosts capped {:.2} s after the page showed the alarm",
        took.as_secs_f64()
    );
    let capped = app.limit();
    // An agent that is killed leaves the cap, and the next one knows what was there before.
    app.agent.as_mut().expect("it runs").kill();
    app.start();
    app.says("connected as");
    assert_eq!(app.limit(), capped);
    assert!(
        !app.down() && !db.down(),
        "hosts are warned and capped, and stay up"
    );

    rack.rig.act(Act::Room { room_c: Some(60.0) });
    rack.rig
        .until("the core closes its own contact", 600.0, contact_closed);
    let closed = Instant::now();
    eventually("both hosts shut down", seconds(STOPS_WITHIN_S), || {
        (app.down() && db.down()).then_some(())
    });
    println!(
        "both hosts' own shutdown {:.2} s after the core's contact",
        closed.elapsed().as_secs_f64()
    );
    for host in ["app-1", "db-1"] {
        let text = format!("agent of {host}: acknowledges the shutdown, down in 120 s");
        core_says(&rack.core, 0, &text, 5.0);
    }
    for host in ["app-1", "db-1"] {
        let text = format!("agent of {host}: acknowledges");
        let lines = rack.core.process.err();
        let said = lines.iter().filter(|line| line.contains(&text)).count();
        assert_eq!(said, 1, "once in an incident");
    }
    assert_eq!(app.limit(), capped, "a host that stops keeps its cap");
    // The host is gone, the agent with it: its silence is told as that of a host that said it stops.
    app.agent.as_mut().expect("it runs").kill();
    let silent = "agent of app-1: silent after it said that the host stops";
    core_says(&rack.core, 0, silent, MISSED_WITHIN_S);
    // A front that is started now has never heard it say so, and knows.
    let (from, front) = (rack.core.process.err().len(), rack.core.front().expect("a front"));
    super::support::process::signal(front.pid, Signal::KILL);
    core_says(&rack.core, from, silent, 40.0);
    rack.core
        .until("the host seems down by its agent's silence", 20.0, |picture| {
            let agent = &picture["hosts"][1]["agent"];
            picture["hosts"][0]["state"] == "down, one observation"
                && agent["connected"] == true
                && agent["doing"] == "stopping"
        });
}

#[test]
fn a_host_that_is_removed_or_has_a_foreign_certificate_is_refused() {
    let rack = rack(1.0);
    let host = enrolled(&rack, "db-1");
    // Its enrolment, and the second use of its code, are in the journal.
    eventually("the journal has both", seconds(10.0), || {
        let journal = http::get(rack.core.web, "/api/v1/journal?limit=200").ok()?.body;
        let both = ["Agent of db-1: enrolled", "refused: its claim code is used"];
        both.iter().all(|said| journal.contains(said)).then_some(())
    });
    // Enrolled again elsewhere, with the name taken over: the older certificate is out at once.
    let taken = typed("agent-claim", "db-1", &rack.data);
    let line = String::from_utf8_lossy(&taken.stdout).into_owned();
    let mut new = Host::new(rack.directory.path(), "db-1-new");
    assert!(new.enrol(&line).status.success());
    host.says("this host was removed or enrolled again");
    new.start();
    new.says("connected as db-1");
    let removed = typed("agent-remove", "db-1", &rack.data);
    assert!(removed.status.success(), "{}", said(&removed));
    new.says("this host was removed");
    new.says("not enrolled any more");

    // A certificate of another rack's authority, for a host of the same name.
    let other = directory();
    let rig = Rig::start(other.path(), 1.0, 5000.0);
    let config = configuration(other.path(), two_tiers);
    let data = core::commissioned(other.path());
    let core = Core::start(&config, &data, &rig);
    let elsewhere = Rack {
        core,
        rig,
        data,
        directory: other,
    };
    let foreign = enrolled(&elsewhere, "db-1");
    let identity = foreign.at.join("state/identity.json");
    let text = std::fs::read_to_string(&identity).expect("it is there");
    let mut words: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let own = std::fs::read_to_string(new.at.join("state/identity.json")).expect("it is there");
    let own: serde_json::Value = serde_json::from_str(&own).expect("JSON");
    // It trusts the right controller, and shows the wrong certificate.
    for key in ["controller", "authority", "signed_by"] {
        words[key] = own[key].clone();
    }
    let mut intruder = Host::new(rack.directory.path(), "intruder");
    std::fs::create_dir_all(intruder.at.join("state")).expect("made");
    std::fs::write(intruder.at.join("state/identity.json"), words.to_string()).expect("written");
    intruder.start();
    core_says(&rack.core, 0, "not a certificate of this rack", 30.0);
    assert!(!intruder.agent().said(0, "connected"));
}

#[test]
fn an_agent_that_hangs_is_missed_after_its_lease_and_seen_when_it_comes_back() {
    let rack = rack(1.0);
    let host = enrolled(&rack, "app-1");
    core_says(&rack.core, 0, "agent of app-1: is there; the host runs", 10.0);
    let (from, stopped) = (rack.core.process.err().len(), Instant::now());
    host.agent().signal(Signal::STOP);
    core_says(
        &rack.core,
        from,
        "agent of app-1: silent; it last said that the host runs",
        MISSED_WITHIN_S,
    );
    println!("missed {:.1} s after it hung", stopped.elapsed().as_secs_f64());
    let from = rack.core.process.err().len();
    host.agent().signal(Signal::CONT);
    core_says(&rack.core, from, "agent of app-1: is there", 20.0);
    // Neither did anything to the host.
    assert!(!host.down() && host.limit() == FOUND);
}

#[test]
fn a_front_that_dies_is_found_again_at_its_address_and_the_cap_stays_meanwhile() {
    let rack = rack(1.0);
    let host = enrolled(&rack, "app-1");
    let front = rack.core.front().expect("a front");
    let connected = |host: &Host| {
        let err = host.agent().err();
        err.iter().filter(|line| line.contains("connected as")).count()
    };
    let before = connected(&host);
    super::support::process::signal(front.pid, Signal::KILL);
    eventually("it connects to the next front", seconds(30.0), || {
        (connected(&host) > before).then_some(())
    });
    assert!(!host.down() && host.limit() == FOUND);
}

/// Stands between a host and the controller with the keys of both ends, hands on every word, and every order twice.
async fn in_the_middle(
    listener: std::net::TcpListener,
    controller: std::net::SocketAddr,
    server: Arc<rustls::ServerConfig>,
    client: Arc<rustls::ClientConfig>,
) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let (tcp, _) = tokio::net::TcpListener::from_std(listener)?.accept().await?;
    let mut host = tokio_rustls::TlsAcceptor::from(server).accept(tcp).await?;
    let tcp = tokio::net::TcpStream::connect(controller).await?;
    let name = tls::controller().map_err(std::io::Error::other)?;
    let mut rack = tokio_rustls::TlsConnector::from(client)
        .connect(name, tcp)
        .await?;
    let (mut up, mut down, mut words) = ([0; 4096], [0; 4096], Incoming::default());
    loop {
        tokio::select! {
            got = host.read(&mut up) => match got? {
                0 => return Ok(()),
                got => rack.write_all(&up[..got]).await?,
            },
            got = rack.read(&mut down) => {
                let got = got?;
                if got == 0 {
                    return Ok(());
                }
                words.extend(&down[..got]);
                while let Some(word) = words.take::<FromController>().map_err(std::io::Error::other)? {
                    let bytes = frame::encode(&word).map_err(std::io::Error::other)?;
                    let times = if matches!(word, FromController::Order(_)) { 2 } else { 1 };
                    host.write_all(&bytes.repeat(times)).await?;
                }
            }
        }
    }
}

#[test]
fn who_stands_between_with_stolen_keys_can_replay_nothing() {
    let rack = rack(1.0);
    let mut host = enrolled(&rack, "db-1");
    host.agent = None;
    // The authority's keys, stolen from the core's data: what it takes to look like this controller.
    let mut config = rack_controller::config::builtin();
    two_tiers(&mut config);
    let mut plan = Site::build(&config, None).expect("a site").hosts;
    AgentAuthority::open(&rack.data, &plan).equip(&mut plan);
    let keys = plan.agent.and_then(|agent| agent.keys).expect("keys");
    let server = tls::server(&keys.certificate, &keys.key.0, &keys.authority).expect("TLS");
    let path = host.at.join("state/identity.json");
    let text = std::fs::read_to_string(&path).expect("it is there");
    let mut identity: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let der = |key: &str| hex::decode(identity[key].as_str().expect(key)).expect("hexadecimal");
    let client = tls::client(&der("certificate"), &der("key"), &der("authority")).expect("TLS");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    identity["controller"] = listener.local_addr().expect("an address").to_string().into();
    std::fs::write(&path, identity.to_string()).expect("written");
    let controller = rack.core.agent.expect("it listens");
    let relay = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(in_the_middle(listener, controller, server, client))
    });
    host.start();
    // The first one passes: it is the controller's, for this host, in this connection. The second is not taken.
    host.says("connected as db-1");
    host.says("order refused: order");
    host.says("replayed or out of turn");
    // However that connection ended, it has.
    let _ = relay.join().expect("it does not panic");
    assert!(!host.down() && host.limit() == FOUND);
}
