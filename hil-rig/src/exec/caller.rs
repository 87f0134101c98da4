//! The thread that made a stopped call: its memory and its descriptors, looked at only while it waits for the answer.
//!
//! Its number and its memory are its own only while it waits, so that is asked before and after every touch. A caller
//! that dies meanwhile gives `ESRCH`, which nobody will hear.

use std::os::fd::OwnedFd;

use rustix::io::Errno;

use super::sys::{self, Listener, Notification};

/// Longest path that is looked at, in bytes; every path of ours is shorter.
const PATH_MAX: usize = 256;

/// The waiting caller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<'a> {
    listener: &'a Listener,
    id: u64,
    tid: u32,
}

impl<'a> Caller<'a> {
    pub(super) fn new(listener: &'a Listener, call: &Notification) -> Self {
        Caller {
            listener,
            id: call.id,
            tid: call.tid,
        }
    }

    fn waits(self) -> Result<(), Errno> {
        if self.listener.waits(self.id) {
            Ok(())
        } else {
            Err(Errno::SRCH)
        }
    }

    /// Reads its memory; as many bytes as are mapped.
    fn peek(self, address: u64, into: &mut [u8]) -> Result<usize, Errno> {
        if into.is_empty() {
            return Ok(0);
        }
        self.waits()?;
        let count = sys::read_memory(self.tid, address, into).map_err(|_| Errno::FAULT)?;
        self.waits()?;
        Ok(count)
    }

    /// Reads its memory.
    pub(super) fn read(self, address: u64, into: &mut [u8]) -> Result<(), Errno> {
        let wanted = into.len();
        if self.peek(address, into)? == wanted {
            Ok(())
        } else {
            Err(Errno::FAULT)
        }
    }

    /// Reads so many bytes of its memory.
    pub(super) fn bytes<const N: usize>(self, address: u64) -> Result<[u8; N], Errno> {
        let mut bytes = [0; N];
        self.read(address, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes its memory.
    pub(super) fn write(self, address: u64, from: &[u8]) -> Result<(), Errno> {
        if from.is_empty() {
            return Ok(());
        }
        self.waits()?;
        let done = sys::write_memory(self.tid, address, from);
        self.waits()?;
        if done.is_ok_and(|count| count == from.len()) {
            Ok(())
        } else {
            Err(Errno::FAULT)
        }
    }

    /// Opens a file in it, closed by `exec`, and gives its number there.
    pub(super) fn open(self, file: &OwnedFd) -> Result<i32, Errno> {
        let given = self.listener.inject(self.id, file, true);
        given.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::MFILE))
    }

    /// A path in its memory; none where it is longer than any of ours, or no UTF-8.
    pub(super) fn path(self, address: u64) -> Result<Option<String>, Errno> {
        let mut bytes = [0; PATH_MAX];
        let count = self.peek(address, &mut bytes)?;
        let end = bytes.iter().take(count).position(|byte| *byte == 0);
        Ok(end
            .and_then(|end| std::str::from_utf8(&bytes[..end]).ok())
            .map(str::to_owned))
    }

    /// The file behind one of its descriptors, as device and inode. Asked of the kernel at each call, so that `dup`, `close`
    /// and what a child inherits need no bookkeeping.
    pub(super) fn file(self, descriptor: u64) -> Result<(u64, u64), Errno> {
        self.waits()?;
        let stat =
            rustix::fs::stat(format!("/proc/{}/fd/{descriptor}", self.tid)).map_err(|_| Errno::BADF)?;
        self.waits()?;
        Ok((stat.st_dev, stat.st_ino))
    }
}
