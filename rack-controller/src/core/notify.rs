//! Tells the service manager that the core is up and that its ticks are complete (sd_notify(3): `READY=1`,
//! `WATCHDOG=1`, `STOPPING=1` to the datagram socket of `NOTIFY_SOCKET`).
//!
//! The watchdog is fed from the tick itself and from nothing else, every quarter of `WATCHDOG_USEC`. The socket does
//! not block: a manager that does not read loses a message, and the tick nothing.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;

use super::clock::monotonic_us;
use crate::log;

/// The way to the service manager, if there is one.
#[derive(Debug, Default)]
pub struct Notify {
    socket: Option<UnixDatagram>,
    every_us: Option<u64>,
    next_us: u64,
}

impl Notify {
    /// As the environment says; without a manager every call does nothing.
    pub fn from_environment() -> Self {
        let Some(path) = std::env::var_os("NOTIFY_SOCKET") else {
            return Notify::default();
        };
        let watchdog = std::env::var("WATCHDOG_USEC")
            .ok()
            .and_then(|text| text.parse::<u64>().ok());
        match connect(Path::new(&path)) {
            Ok(socket) => Notify {
                socket: Some(socket),
                every_us: watchdog.map(|us| us / 4),
                next_us: 0,
            },
            Err(error) => {
                log::line(&format!(
                    "service manager at {}: {error}; it will not hear of ticks",
                    path.display()
                ));
                Notify::default()
            }
        }
    }

    /// Everything is up.
    pub fn ready(&self) {
        self.tell(b"READY=1");
    }

    /// The last act has begun.
    pub fn stopping(&self) {
        self.tell(b"STOPPING=1");
    }

    /// A complete tick that came in time.
    pub fn tick(&mut self) {
        let Some(every_us) = self.every_us else { return };
        let now_us = monotonic_us();
        if now_us >= self.next_us {
            self.next_us = now_us + every_us;
            self.tell(b"WATCHDOG=1");
        }
    }

    fn tell(&self, state: &[u8]) {
        if let Some(socket) = &self.socket {
            // A message that is not taken is made good by the next one, or by the manager's restart.
            let _ = socket.send(state);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_feed_the_manager_at_its_pace_and_a_deaf_one_holds_up_nobody() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("notify");
        let manager = UnixDatagram::bind(&path).expect("a socket");
        let socket = Some(connect(&path).expect("it connects"));
        let mut notify = Notify {
            socket,
            every_us: Some(u64::MAX / 2),
            next_us: 0,
        };
        notify.ready();
        notify.tick();
        notify.tick();
        notify.stopping();
        let heard = || {
            let mut buffer = [0; 32];
            let length = manager.recv(&mut buffer).expect("a message");
            String::from_utf8_lossy(&buffer[..length]).into_owned()
        };
        assert_eq!(
            [heard(), heard(), heard()],
            ["READY=1", "WATCHDOG=1", "STOPPING=1"]
        );
        notify.every_us = Some(0);
        for _ in 0..10_000 {
            notify.tick();
        }
    }
}
