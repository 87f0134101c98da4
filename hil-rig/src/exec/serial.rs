//! A serial line: the program has the one end of a pseudo-terminal, the devices on the line answer at the other.
//!
//! `termios` goes to the real thing. Bytes until silence are a frame, as on an RS-485 line; a frame sent at another speed
//! than the line's is noise to everybody on it. Parity is not seen: a pseudo-terminal has none.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::{QueueSelector, tcflush, tcgetattr};

use super::board::Inner;
use crate::rack::wired::{SERIAL_BAUD, SERIAL_FRAME_MAX};
use crate::server::media::GAP_US;

/// Longest wait for a byte; then the end of everything is looked for.
const LOOK: Duration = Duration::from_millis(200);

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Serial {
    line: usize,
    /// The devices' end.
    master: Arc<OwnedFd>,
    /// Held here as well, so that the line outlives its program.
    slave: Arc<OwnedFd>,
}

impl Serial {
    pub(super) fn new(line: usize) -> io::Result<Self> {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let slave = peer(&master)?;
        Ok(Serial {
            line,
            master: Arc::new(master),
            slave: Arc::new(slave),
        })
    }

    /// Opens it for the program; what an earlier one has left unread is gone.
    pub(super) fn open(&self, flags: OFlags) -> Result<OwnedFd, Errno> {
        tcflush(&*self.slave, QueueSelector::IFlush)?;
        let slave = peer(&self.master)?;
        if flags.contains(OFlags::NONBLOCK) {
            rustix::fs::fcntl_setfl(&slave, OFlags::NONBLOCK)?;
        }
        Ok(slave)
    }

    /// Answers frames until everything ends.
    pub(super) fn serve(&self, board: &Inner) {
        let mut frame = Vec::with_capacity(SERIAL_FRAME_MAX);
        while !board.stop.load(Ordering::Relaxed) {
            frame.clear();
            self.gather(&mut frame);
            if frame.is_empty() || frame.len() > SERIAL_FRAME_MAX || !self.in_time() {
                continue;
            }
            let reply = board.rig.exchange(self.line, &frame);
            // What does not fit is lost, as in a receiver that is overrun.
            let _ = rustix::io::write(&*self.master, &reply);
        }
    }

    /// Bytes until silence. Of a frame that is too long, one byte more than fits is kept.
    fn gather(&self, frame: &mut Vec<u8>) {
        let mut wait = LOOK;
        while self.readable(wait) {
            let mut bytes = [0; SERIAL_FRAME_MAX];
            let Ok(count) = rustix::io::read(&*self.master, &mut bytes) else {
                return;
            };
            let room = (SERIAL_FRAME_MAX + 1).saturating_sub(frame.len());
            frame.extend_from_slice(&bytes[..count.min(room)]);
            wait = Duration::from_micros(GAP_US);
        }
    }

    fn readable(&self, wait: Duration) -> bool {
        let mut ends = [PollFd::new(&*self.master, PollFlags::IN)];
        let wait = Timespec::try_from(wait).ok();
        poll(&mut ends, wait.as_ref()).is_ok_and(|count| count > 0)
    }

    /// The program speaks at the line's speed.
    fn in_time(&self) -> bool {
        tcgetattr(&*self.slave).is_ok_and(|settings| settings.output_speed() == SERIAL_BAUD)
    }
}

fn peer(master: &OwnedFd) -> Result<OwnedFd, Errno> {
    rustix::pty::ioctl_tiocgptpeer(
        master,
        OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC,
    )
}
