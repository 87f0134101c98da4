//! Tells the service manager that the agent is up and lives (sd_notify(3)): a datagram to the socket of `NOTIFY_SOCKET`.
//!
//! The socket does not block: a manager that does not read loses a message, the agent nothing.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::time::Duration;

/// The way to the service manager, if there is one.
#[derive(Debug, Default)]
pub struct Notify {
    socket: Option<UnixDatagram>,
    every: Option<Duration>,
}

impl Notify {
    /// As the environment says; without a manager every call does nothing.
    pub fn from_environment() -> Notify {
        let Some(path) = std::env::var_os("NOTIFY_SOCKET") else {
            return Notify::default();
        };
        let watchdog = std::env::var("WATCHDOG_USEC");
        let watchdog = watchdog.ok().and_then(|text| text.parse::<u64>().ok());
        match connect(Path::new(&path)) {
            Ok(socket) => Notify {
                socket: Some(socket),
                every: watchdog.map(|us| Duration::from_micros(us / 4)),
            },
            Err(error) => {
                super::line(&format!("service manager at {}: {error}", path.display()));
                Notify::default()
            }
        }
    }

    /// How often the watchdog wants to be fed, if it does.
    pub fn every(&self) -> Option<Duration> {
        self.every
    }

    /// It is up.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// It lives.
    pub fn alive(&self) {
        if self.every.is_some() {
            self.tell("WATCHDOG=1");
        }
    }

    /// It ends.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// A line for `systemctl status`.
    pub fn status(&self, text: &str) {
        self.tell(&format!("STATUS={}", crate::protocol::bounded(text)));
    }

    fn tell(&self, text: &str) {
        if let Some(socket) = &self.socket {
            // One that is not taken is made good by the next, or by the manager's restart.
            let _ = socket.send(text.as_bytes());
        }
    }
}

/// A name that begins with `@` is abstract.
fn connect(path: &Path) -> std::io::Result<UnixDatagram> {
    let address = match path.as_os_str().as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(path)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
