//! `/dev/watchdog`: the machine resets unless it is stroked in time.
//!
//! ```text
//!            open                    any byte written, or KEEPALIVE
//!   stopped ------> running <------------------------------------+
//!      ^              |  |  \____________________________________/
//!      |  'V', close  |  |  timeout without a stroke
//!      +--------------+  +-------------------------> expired: the owner resets the machine
//! ```
//! Closed without the magic `V` it goes on running, as the kernel's does: a core that was killed resets its machine.
//! Times run on `CLOCK_MONOTONIC`.

use std::os::fd::OwnedFd;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::board::{Device, Inner};
use super::caller::Caller;
use super::layout::{put, read_write, readable};
use super::sys::Answer;

/// Time-out until one is set, s: that of the kernel's bcm2835_wdt.
pub const TIMEOUT_S: u32 = 15;
/// Longest that may be set, s; a longer one, or none, is `EINVAL`.
pub const TIMEOUT_MAX_S: u32 = 3_600;

/// Commands of `linux/watchdog.h`.
mod command {
    use super::{read_write, readable};

    pub(super) const GETSUPPORT: u32 = readable(b'W', 0, 40);
    pub(super) const GETSTATUS: u32 = readable(b'W', 1, 4);
    pub(super) const GETBOOTSTATUS: u32 = readable(b'W', 2, 4);
    pub(super) const SETOPTIONS: u32 = readable(b'W', 4, 4);
    pub(super) const KEEPALIVE: u32 = readable(b'W', 5, 4);
    pub(super) const SETTIMEOUT: u32 = read_write(b'W', 6, 4);
    pub(super) const GETTIMEOUT: u32 = readable(b'W', 7, 4);
    pub(super) const GETTIMELEFT: u32 = readable(b'W', 10, 4);
}

/// `WDIOF_SETTIMEOUT | WDIOF_MAGICCLOSE | WDIOF_KEEPALIVEPING`.
const OPTIONS: u32 = 0x0080 | 0x0100 | 0x8000;
/// `WDIOF_CARDRESET`: this watchdog has reset the machine.
const CARD_RESET: u32 = 0x0020;
const IDENTITY: &[u8] = b"emulated rack";

#[derive(Debug)]
struct State {
    /// Who has it open.
    holder: Option<u64>,
    timeout: Duration,
    /// When it expires, while it runs.
    deadline: Option<Instant>,
    /// The last byte written was the magic one.
    magic: bool,
    /// It has expired and nobody has reset the machine since.
    expired: bool,
    resets: u32,
}

/// The watchdog.
#[derive(Debug)]
pub(super) struct Watchdog {
    state: Mutex<State>,
    expiry: Condvar,
}

impl Default for Watchdog {
    fn default() -> Self {
        Watchdog {
            state: Mutex::new(State {
                holder: None,
                timeout: Duration::from_secs(u64::from(TIMEOUT_S)),
                deadline: None,
                magic: false,
                expired: false,
                resets: 0,
            }),
            expiry: Condvar::new(),
        }
    }
}

/// Opens it, which starts it; `EBUSY` for a second one.
pub(super) fn open(board: &Inner) -> Result<OwnedFd, Errno> {
    let busy = || board.watchdog.state().holder.is_some();
    if busy() {
        board.sweep();
    }
    if busy() {
        return Err(Errno::BUSY);
    }
    let given = board.take(Device::Watchdog)?;
    let mut state = board.watchdog.state();
    state.holder = Some(given.key);
    state.stroke();
    Ok(given.theirs)
}

impl State {
    fn stroke(&mut self) {
        self.magic = false;
        self.deadline = Some(Instant::now() + self.timeout);
    }
}

impl Watchdog {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One `ioctl`.
    pub(super) fn ioctl(&self, caller: Caller<'_>, command: u32, argument: u64) -> Result<Answer, Errno> {
        let mut state = self.state();
        let number = match command {
            command::GETSUPPORT => {
                drop(state);
                let mut info = [0; 40];
                put(&mut info, 0, &OPTIONS.to_ne_bytes());
                put(&mut info, 8, IDENTITY);
                caller.write(argument, &info)?;
                return Ok(Answer::Value(0));
            }
            command::KEEPALIVE => {
                state.stroke();
                return Ok(Answer::Value(0));
            }
            command::SETTIMEOUT => {
                let asked = u32::from_ne_bytes(caller.bytes::<4>(argument)?);
                if asked == 0 || asked > TIMEOUT_MAX_S {
                    return Err(Errno::INVAL);
                }
                state.timeout = Duration::from_secs(u64::from(asked));
                state.stroke();
                asked
            }
            command::SETOPTIONS => {
                match u32::from_ne_bytes(caller.bytes::<4>(argument)?) {
                    // WDIOS_DISABLECARD, WDIOS_ENABLECARD.
                    1 => state.deadline = None,
                    2 => state.stroke(),
                    _ => return Err(Errno::INVAL),
                }
                return Ok(Answer::Value(0));
            }
            command::GETTIMEOUT => u32::try_from(state.timeout.as_secs()).unwrap_or(TIMEOUT_MAX_S),
            command::GETTIMELEFT => {
                let left = state
                    .deadline
                    .map(|at| at.saturating_duration_since(Instant::now()));
                u32::try_from(left.unwrap_or_default().as_secs()).unwrap_or(TIMEOUT_MAX_S)
            }
            command::GETSTATUS => 0,
            command::GETBOOTSTATUS => {
                if state.resets > 0 {
                    CARD_RESET
                } else {
                    0
                }
            }
            _ => return Err(Errno::NOTTY),
        };
        drop(state);
        caller.write(argument, &number.to_ne_bytes())?;
        Ok(Answer::Value(0))
    }

    /// Takes what has been written.
    pub(super) fn strokes(&self, ours: &OwnedFd) {
        let mut bytes = [0; 64];
        while let Ok(count) = rustix::io::read(ours, &mut bytes)
            && count > 0
        {
            let mut state = self.state();
            state.stroke();
            state.magic = bytes[..count].contains(&b'V');
        }
    }

    /// Its holder has closed it or died.
    pub(super) fn closed(&self, key: u64) {
        let mut state = self.state();
        if state.holder == Some(key) {
            state.holder = None;
            if state.magic {
                state.deadline = None;
            }
        }
    }

    /// How long until it expires; none while it does not run.
    pub(super) fn left(&self) -> Option<Duration> {
        let state = self.state();
        state
            .deadline
            .map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Expires where it is due.
    pub(super) fn look(&self) {
        let mut state = self.state();
        if state.deadline.is_some_and(|at| at <= Instant::now()) {
            state.deadline = None;
            state.expired = true;
            state.resets += 1;
            self.expiry.notify_all();
        }
    }

    /// It is running.
    pub(super) fn runs(&self) -> bool {
        self.state().deadline.is_some()
    }

    /// Waits until it expires, at most so long; says whether it has. Told once for each time.
    pub(super) fn wait(&self, at_most: Duration) -> bool {
        let state = self.state();
        let (mut state, _) = self
            .expiry
            .wait_timeout_while(state, at_most, |state| !state.expired)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.expired)
    }
}
