//! The rack's serial line as a UART of the guest: its bytes become requests of the rig, whose replies become bytes.
//!
//! A request ends where its function code says, and not where the line falls silent: an emulated UART hands its bytes over
//! one at a time, with gaps of milliseconds whenever the guest is not running. So this tier shows nothing of silence
//! between frames.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use super::client::Client;
use super::{VmError, failed};
use crate::rack::wired::SERIAL_FRAME_MAX;
use crate::wire::{Reply, Request, Role};

/// How much of what has come is a whole request; none while it is not. What is too long for a frame is one, so that it
/// leaves.
#[must_use]
pub fn request_bytes(come: &[u8]) -> Option<usize> {
    let &[_, function, ref body @ ..] = come else {
        return None;
    };
    let whole = match function {
        // Unit, function, address, count or value, check.
        1..=6 => 8,
        // Unit, function, address, count, number of bytes, bytes, check.
        15 | 16 => 9 + usize::from(*body.get(4)?),
        // Unit, function, check: whatever this is, the rack answers that it does not know it.
        _ => 4,
    };
    if come.len() >= whole {
        Some(whole)
    } else {
        (come.len() >= SERIAL_FRAME_MAX).then_some(come.len())
    }
}

/// A serial line that QEMU connects to.
pub struct Line {
    socket: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Line {
    /// Serves the line of this name.
    ///
    /// # Errors
    /// When the rig does not answer, knows no such line, or the socket cannot be made.
    pub fn serve(rig: &Path, name: &str, socket: &Path) -> Result<Self, VmError> {
        let mut client = Client::connect(rig, Role::Serial(name.to_owned()))
            .map_err(failed(format!("line {name} of the emulated rack")))?;
        let listener = UnixListener::bind(socket).map_err(failed(socket.display().to_string()))?;
        let thread = std::thread::Builder::new()
            .name(format!("vm-{name}"))
            .spawn(move || {
                if let Ok((stream, _)) = listener.accept() {
                    // A guest or a rig that goes away ends the line.
                    let _ = carry(stream, &mut client);
                }
            })
            .map_err(failed("a thread for a serial line"))?;
        Ok(Line {
            socket: socket.to_owned(),
            thread: Some(thread),
        })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // QEMU is gone by now; where it never came, somebody comes and goes.
        if let Ok(stream) = UnixStream::connect(&self.socket) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn carry(mut stream: UnixStream, rig: &mut Client) -> io::Result<()> {
    let mut come = Vec::with_capacity(SERIAL_FRAME_MAX);
    let mut buffer = [0; SERIAL_FRAME_MAX];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        come.extend_from_slice(buffer.get(..count).unwrap_or_default());
        while let Some(whole) = request_bytes(&come) {
            let request = come.drain(..whole).collect();
            if let Reply::Exchanged(reply) = rig.ask(&Request::Exchange(request))? {
                stream.write_all(&reply)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_where_its_function_says() {
        // Read two input registers of unit 1, with its check.
        let read = [1, 4, 0, 0, 0, 2, 0x71, 0xCB];
        assert_eq!(request_bytes(&read), Some(8));
        assert_eq!(request_bytes(&read[..7]), None);
        assert_eq!(request_bytes(&[1]), None);
        // Write one register of unit 11: two bytes follow the count.
        let write = [11, 16, 0, 0, 0, 1, 2, 0, 7, 0, 0];
        assert_eq!(request_bytes(&write), Some(11));
        assert_eq!(request_bytes(&write[..6]), None);
        assert_eq!(request_bytes(&[1, 0x2B, 0, 0]), Some(4));
        assert_eq!(
            request_bytes(&[read, read].concat()),
            Some(8),
            "one after the other"
        );
    }

    #[test]
    fn what_is_too_long_leaves() {
        let mut long = vec![1, 16, 0, 0, 0, 1, 255];
        long.resize(SERIAL_FRAME_MAX, 0);
        assert!(request_bytes(&long).is_some());
    }
}
