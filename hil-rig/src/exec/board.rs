//! The emulated computer: its device files, and what is behind each descriptor that was given out.
//!
//! Every descriptor of ours is one end of a pipe whose other end stays here. That makes its identity (a pipe's inode),
//! tells when its last holder has closed it, carries edges and watchdog strokes, and makes a plain `read` or `write`
//! on an I2C bus fail loudly instead of seeming to work.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{EventfdFlags, PollFd, PollFlags, epoll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::PipeFlags;

use super::arch::Arch;
use super::caller::Caller;
use super::gpio::Gpio;
use super::i2c::I2c;
use super::path::{self, Node};
use super::serial::Serial;
use super::sys::{Answer, Listener, Notification};
use super::watchdog::Watchdog;
use super::{gpio, i2c, watchdog};
use crate::server::Rig;

/// Most descriptors of ours open at once; a further open fails as on a machine without memory for it (`ENFILE`).
pub const OPEN_MAX: usize = 1024;

/// What is behind a descriptor.
#[derive(Clone, Debug)]
pub(super) enum Device {
    /// An I2C bus as one opening of it sees it.
    I2c(Arc<I2c>),
    /// The GPIO chip.
    Chip,
    /// Requested lines.
    Lines,
    /// The watchdog.
    Watchdog,
}

struct Open {
    device: Device,
    /// Our end of the pipe.
    ours: OwnedFd,
}

/// A pipe of which one end is given out.
pub(super) struct Given {
    /// Its inode.
    pub(super) key: u64,
    /// What the program gets.
    pub(super) theirs: OwnedFd,
}

/// What everything under one supervisor shares.
pub(super) struct Inner {
    pub(super) rig: Rig,
    pub(super) gpio: Mutex<Gpio>,
    pub(super) watchdog: Watchdog,
    pub(super) stop: AtomicBool,
    arch: Arch,
    serial: Vec<Serial>,
    open: Mutex<HashMap<u64, Open>>,
    pipes: u64,
    watch: OwnedFd,
    ended: OwnedFd,
}

impl Inner {
    pub(super) fn new(rig: Rig, arch: Arch, serial: Vec<Serial>) -> io::Result<Self> {
        let (one, _other) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        Ok(Inner {
            rig,
            arch,
            serial,
            gpio: Mutex::new(Gpio::default()),
            watchdog: Watchdog::default(),
            stop: AtomicBool::new(false),
            open: Mutex::new(HashMap::new()),
            pipes: rustix::fs::fstat(&one)?.st_dev,
            watch: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            ended: rustix::event::eventfd(0, EventfdFlags::CLOEXEC)?,
        })
    }

    /// Readable once everything is to end.
    pub(super) fn ended(&self) -> &OwnedFd {
        &self.ended
    }

    /// Ends everything.
    pub(super) fn end(&self) {
        // A counter that is full is readable, too.
        let _ = rustix::io::write(&self.ended, &1_u64.to_ne_bytes());
    }

    /// Where descriptors are watched.
    pub(super) fn watch(&self) -> &OwnedFd {
        &self.watch
    }

    /// What becomes of a stopped call.
    pub(super) fn answer(&self, listener: &Listener, call: &Notification) -> Answer {
        let caller = Caller::new(listener, call);
        let [first, second, third, ..] = call.arguments;
        let arch = &self.arch;
        let answer = if call.number == arch.ioctl {
            self.ioctl(caller, first, low_half(second), third)
        } else if Some(call.number) == arch.open {
            self.opens(caller, first, OFlags::from_bits_retain(low_half(second)))
        } else if call.number == arch.openat {
            self.opens(caller, second, OFlags::from_bits_retain(low_half(third)))
        } else if call.number == arch.openat2 {
            // `struct open_how` begins with the flags.
            caller.bytes::<8>(third).and_then(|how| {
                let flags = low_half(u64::from_ne_bytes(how));
                self.opens(caller, second, OFlags::from_bits_retain(flags))
            })
        } else {
            Ok(Answer::Continue)
        };
        answer.unwrap_or_else(Answer::Fails)
    }

    fn opens(&self, caller: Caller<'_>, path_at: u64, flags: OFlags) -> Result<Answer, Errno> {
        // A path that cannot be read is the kernel's to refuse.
        let Ok(Some(path)) = caller.path(path_at) else {
            return Ok(Answer::Continue);
        };
        let file = match path::node(&path) {
            None => return Ok(Answer::Continue),
            Some(Node::Nothing) => return Err(Errno::NOENT),
            Some(Node::I2c(bus)) => self.give(Device::I2c(Arc::new(I2c::new(bus))), true)?.theirs,
            Some(Node::Chip) => self.give(Device::Chip, flags.contains(OFlags::NONBLOCK))?.theirs,
            Some(Node::Watchdog) => watchdog::open(self)?,
            Some(Node::Serial(line)) => self.serial.get(line).ok_or(Errno::NOENT)?.open(flags)?,
            Some(Node::Text(bus, name)) => path::text(&self.rig, bus, name)?,
        };
        Ok(Answer::File(file, flags.contains(OFlags::CLOEXEC)))
    }

    fn ioctl(
        &self,
        caller: Caller<'_>,
        descriptor: u64,
        command: u32,
        argument: u64,
    ) -> Result<Answer, Errno> {
        let (device, key) = match caller.file(descriptor) {
            Ok((pipes, key)) if pipes == self.pipes => (self.device(key), key),
            Ok(_) | Err(_) => (None, 0),
        };
        match device {
            None => Ok(Answer::Continue),
            Some(Device::I2c(bus)) => i2c::ioctl(self, &bus, caller, command, argument),
            Some(Device::Chip) => gpio::chip_ioctl(self, key, caller, command, argument),
            Some(Device::Lines) => gpio::lines_ioctl(self, key, caller, command, argument),
            Some(Device::Watchdog) => self.watchdog.ioctl(caller, command, argument),
        }
    }

    fn device(&self, key: u64) -> Option<Device> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&key).map(|open| open.device.clone())
    }

    /// Makes a pipe whose reading end is given out.
    pub(super) fn give(&self, device: Device, nonblocking: bool) -> Result<Given, Errno> {
        let (theirs, ours) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        rustix::fs::fcntl_setfl(&ours, OFlags::NONBLOCK)?;
        if nonblocking {
            rustix::fs::fcntl_setfl(&theirs, OFlags::NONBLOCK)?;
        }
        let key = self.keep(device, ours, epoll::EventFlags::empty())?;
        Ok(Given { key, theirs })
    }

    /// Makes a pipe whose writing end is given out.
    pub(super) fn take(&self, device: Device) -> Result<Given, Errno> {
        let (ours, theirs) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        rustix::fs::fcntl_setfl(&ours, OFlags::NONBLOCK)?;
        let key = self.keep(device, ours, epoll::EventFlags::IN)?;
        Ok(Given { key, theirs })
    }

    fn keep(&self, device: Device, ours: OwnedFd, interest: epoll::EventFlags) -> Result<u64, Errno> {
        let key = rustix::fs::fstat(&ours)?.st_ino;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN_MAX {
            return Err(Errno::NFILE);
        }
        // Hang-ups are told unasked.
        epoll::add(&self.watch, &ours, epoll::EventData::new_u64(key), interest)?;
        open.insert(key, Open { device, ours });
        Ok(key)
    }

    /// Our end of a pipe, while it is open.
    pub(super) fn with_end<T>(&self, key: u64, act: impl FnOnce(&OwnedFd) -> T) -> Option<T> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&key).map(|open| act(&open.ours))
    }

    /// The last holder has closed it.
    pub(super) fn closed(&self, key: u64) {
        // First its device: whoever opens it next finds it free.
        let device = self.device(key);
        match device {
            Some(Device::Lines) => gpio::release(self, key),
            Some(Device::Watchdog) => self.watchdog.closed(key),
            Some(Device::Chip) => gpio::forget_chip(self, key),
            Some(Device::I2c(_)) | None => {}
        }
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&key);
    }

    /// Notices now what has been closed: a program that closes and opens again must not find its own lines busy.
    pub(super) fn sweep(&self) {
        let gone: Vec<u64> = {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let hung_up = |(key, open): (&u64, &Open)| hung_up(&open.ours).then_some(*key);
            open.iter().filter_map(hung_up).collect()
        };
        for key in gone {
            self.strokes(key);
            self.closed(key);
        }
    }

    /// Takes what has been written to a watchdog.
    pub(super) fn strokes(&self, key: u64) {
        if let Some(Device::Watchdog) = self.device(key) {
            self.with_end(key, |ours| self.watchdog.strokes(ours));
        }
    }
}

/// The other end has no holder.
fn hung_up(end: &impl AsFd) -> bool {
    let mut ends = [PollFd::new(end, PollFlags::empty())];
    let none = rustix::event::Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let told = rustix::event::poll(&mut ends, Some(&none));
    told.is_ok() && ends[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the kernel, too, looks at the low half alone"
)]
fn low_half(argument: u64) -> u32 {
    argument as u32
}
