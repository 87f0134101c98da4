//! logind and systemd of the tests, on a bus of their own: a real `dbus-daemon` (package dbus-daemon).

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, OwnedObjectPath, interface};

use super::rack::LIMIT;

/// What was asked of it.
#[derive(Default)]
pub struct Asked {
    pub calls: Vec<String>,
    /// The other ends of the locks that were given.
    pub locks: Vec<File>,
    /// What it says to `CanPowerOff`; empty for `yes`.
    pub can: &'static str,
    /// It is on its way down.
    pub stops: bool,
}

#[derive(Clone, Default)]
struct Manager(Arc<Mutex<Asked>>);

impl Manager {
    fn note(&self, call: String) {
        self.0.lock().expect("nobody panics with it").calls.push(call);
    }
}

#[interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> zbus::OwnedFd {
        let (read, write) = rustix::pipe::pipe().expect("a pipe");
        let mut asked = self.0.lock().expect("nobody panics with it");
        asked.calls.push(format!("Inhibit {what} {mode}"));
        rustix::io::ioctl_fionbio(&read, true).expect("it does not block");
        asked.locks.push(File::from(read));
        OwnedFd::into(write)
    }

    fn power_off(&self, interactive: bool) {
        self.note(format!("PowerOff {interactive}"));
    }

    fn can_power_off(&self) -> &'static str {
        let asked = self.0.lock().expect("nobody panics with it");
        if asked.can.is_empty() { "yes" } else { asked.can }
    }

    fn schedule_shutdown(&self, kind: &str, _at_us: u64) {
        self.note(format!("ScheduleShutdown {kind}"));
    }

    fn cancel_scheduled_shutdown(&self) -> bool {
        self.note("CancelScheduledShutdown".into());
        true
    }

    #[zbus(property, name = "InhibitDelayMaxUSec")]
    fn inhibit_delay_max(&self) -> u64 {
        5_000_000
    }

    #[zbus(property, name = "PreparingForShutdown")]
    fn preparing(&self) -> bool {
        self.0.lock().expect("nobody panics with it").stops
    }

    #[zbus(signal)]
    async fn prepare_for_shutdown(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
}

type Unit = (
    String,
    String,
    String,
    String,
    String,
    String,
    OwnedObjectPath,
    u32,
    String,
    OwnedObjectPath,
);

struct Systemd;

const UNIT: &str = "/org/freedesktop/systemd1/unit/db_2eservice";

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl Systemd {
    fn list_units(&self) -> Vec<Unit> {
        // As at boot: the database waits for its start.
        let unit = |name: &str, state: &str, sub: &str, job: &str| -> Unit {
            let path = |text: &str| OwnedObjectPath::try_from(text.to_owned()).expect("a path");
            (
                name.into(),
                String::new(),
                "loaded".into(),
                state.into(),
                sub.into(),
                String::new(),
                path(UNIT),
                u32::from(!job.is_empty()),
                job.into(),
                path("/"),
            )
        };
        vec![
            unit("db.service", "inactive", "dead", "start"),
            unit("gone.service", "active", "exited", ""),
        ]
    }
}

struct Service;

#[interface(name = "org.freedesktop.systemd1.Service")]
impl Service {
    #[zbus(property, name = "Type")]
    fn kind(&self) -> &str {
        "notify"
    }

    #[zbus(property, name = "TimeoutStopUSec")]
    fn timeout_stop(&self) -> u64 {
        3_600_000_000
    }
}

/// The bus with both on it.
pub struct Bus {
    daemon: Child,
    connection: Connection,
    manager: Manager,
    pub address: String,
    _folder: TempDir,
}

impl Bus {
    /// Starts it; nothing where there is no `dbus-daemon`.
    pub async fn start() -> Option<Bus> {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("bus");
        let address = format!("unix:path={}", socket.display());
        let policy = folder.path().join("bus.conf");
        std::fs::write(
            &policy,
            format!(
                "<busconfig><listen>{address}</listen><policy context=\"default\"><allow send_destination=\"*\"/>\
                 <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>"
            ),
        )
        .expect("written");
        let daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", policy.display()))
            .arg("--nofork")
            .stdin(Stdio::null())
            .spawn();
        let Ok(daemon) = daemon else {
            assert!(std::env::var_os("REQUIRE_PEERS").is_none(), "no dbus-daemon here");
            println!("skipped: dbus-daemon (package dbus-daemon) is needed");
            return None;
        };
        until("the bus listens", || socket.exists());
        let manager = Manager::default();
        let connection = zbus::connection::Builder::address(address.as_str())
            .name("org.freedesktop.login1")
            .name("org.freedesktop.systemd1")
            .serve_at("/org/freedesktop/login1", manager.clone())
            .serve_at("/org/freedesktop/systemd1", Systemd)
            .serve_at(UNIT, Service)
            .build()
            .await
            .expect("on the bus");
        Some(Bus {
            daemon,
            connection,
            manager,
            address,
            _folder: folder,
        })
    }

    pub fn asked(&self, call: &str) -> usize {
        let asked = self.manager.0.lock().expect("nobody panics with it");
        asked.calls.iter().filter(|one| *one == call).count()
    }

    /// From now on it says this to `CanPowerOff`.
    pub fn can(&self, what: &'static str) {
        self.manager.0.lock().expect("nobody panics with it").can = what;
    }

    /// Waits until this was asked so often.
    pub async fn until_asked(&self, call: &str, times: usize) {
        let began = Instant::now();
        while self.asked(call) < times {
            let calls = self
                .manager
                .0
                .lock()
                .expect("nobody panics with it")
                .calls
                .clone();
            assert!(began.elapsed() < LIMIT, "{call} is not asked; {calls:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whether the newest lock is still held.
    pub fn held(&self) -> bool {
        let mut asked = self.manager.0.lock().expect("nobody panics with it");
        let lock = asked.locks.last_mut();
        lock.is_some_and(|lock| match lock.read(&mut [0]) {
            Ok(got) => got > 0,
            Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
        })
    }

    /// Somebody has begun to shut the host down, before anybody listened.
    pub fn stops_already(&self) {
        self.manager.0.lock().expect("nobody panics with it").stops = true;
    }

    /// Somebody shuts the host down, or takes that back.
    pub async fn host_stops(&self, stops: bool) {
        let emitter = SignalEmitter::new(&self.connection, "/org/freedesktop/login1").expect("a path");
        Manager::prepare_for_shutdown(&emitter, stops)
            .await
            .expect("sent");
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

#[track_caller]
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < LIMIT, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// An address where no bus is.
pub fn nowhere(folder: &Path) -> String {
    format!("unix:path={}", folder.join("none").display())
}
