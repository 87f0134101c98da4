//! The kernel's side of it: the filter's installation, its notifications, and the memory of the program that made the
//! call.
//!
//! `unsafe` stands here because no safe crate wraps these calls: `seccomp(2)` with its `ioctl`s (seccomp_unotify(2)),
//! `process_vm_readv(2)`, and the hook that runs in the child before its `exec`. What is handed to the kernel is
//! built here from owned values; nothing that the kernel writes outlives its call.

#![expect(
    unsafe_code,
    reason = "seccomp, process_vm_readv and pre_exec have no safe wrapper"
)]

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags,
};

/// `SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP` of `linux/seccomp.h` (kernel 6.6): who is woken by a call runs on its processor.
const SYNC_WAKE_UP: u64 = 1;

/// A stopped system call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notification {
    /// What the answer names.
    pub(super) id: u64,
    /// The thread that made the call.
    pub(super) tid: u32,
    /// The call's number.
    pub(super) number: u32,
    /// Its arguments.
    pub(super) arguments: [u64; 6],
}

/// What becomes of a stopped call.
#[derive(Debug)]
pub(super) enum Answer {
    /// The kernel does it as if nobody had looked.
    Continue,
    /// It gives this.
    Value(i64),
    /// It fails with this.
    Fails(rustix::io::Errno),
    /// It gives a descriptor of this file, closed by `exec` where so asked.
    File(OwnedFd, bool),
}

/// The end at which stopped calls arrive.
#[derive(Debug)]
pub(super) struct Listener(OwnedFd);

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Listener {
    /// A listener from the child that has installed the filter; asks for wake-ups on the caller's processor where the
    /// kernel knows them.
    pub(super) fn new(fd: OwnedFd) -> Self {
        // SAFETY: the descriptor is open; the argument is a plain number by the command's definition.
        unsafe {
            libc::ioctl(fd.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP);
        }
        Listener(fd)
    }

    /// The next stopped call; none where its caller has died meanwhile.
    pub(super) fn receive(&self) -> io::Result<Option<Notification>> {
        let mut raw = MaybeUninit::<libc::seccomp_notif>::zeroed();
        // SAFETY: the kernel wants a zeroed `struct seccomp_notif`, whose size was compared at the start, and fills it.
        let done = unsafe { libc::ioctl(self.raw(), libc::SECCOMP_IOCTL_NOTIF_RECV, raw.as_mut_ptr()) };
        if done != 0 {
            let error = io::Error::last_os_error();
            return match error.raw_os_error() {
                Some(libc::ENOENT | libc::EINTR) => Ok(None),
                _ => Err(error),
            };
        }
        // SAFETY: zeroes are a value of this plain structure, and so is what the kernel wrote.
        let raw = unsafe { raw.assume_init() };
        Ok(Some(Notification {
            id: raw.id,
            tid: raw.pid,
            number: u32::try_from(raw.data.nr).unwrap_or(u32::MAX),
            arguments: raw.data.args,
        }))
    }

    /// The caller still waits for the answer, so that its thread's number and memory are its own.
    pub(super) fn waits(&self, id: u64) -> bool {
        // SAFETY: the kernel reads one u64.
        unsafe { libc::ioctl(self.raw(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw const id) == 0 }
    }

    /// Answers. A caller that has died meanwhile needs none.
    pub(super) fn answer(&self, id: u64, answer: Answer) -> io::Result<()> {
        let mut response = libc::seccomp_notif_resp {
            id,
            val: 0,
            error: 0,
            flags: 0,
        };
        match answer {
            #[expect(clippy::cast_possible_truncation, reason = "the flag is 1")]
            Answer::Continue => response.flags = libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
            Answer::Value(value) => response.val = value,
            Answer::Fails(errno) => response.error = -errno.raw_os_error(),
            Answer::File(file, cloexec) => {
                match self.inject(id, &file, cloexec) {
                    Ok(number) => response.val = number.into(),
                    // The caller has no descriptor left, as `open` would say; or it has died, and hears nothing.
                    Err(error) => response.error = -error.raw_os_error().unwrap_or(libc::EMFILE),
                }
                // Before the answer and not with it (`SECCOMP_ADDFD_FLAG_SEND`): the caller may close the file at once,
                // and must not find it held here.
                drop(file);
            }
        }
        // SAFETY: the kernel reads one `struct seccomp_notif_resp`, whose size was compared at the start.
        let done = unsafe { libc::ioctl(self.raw(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw const response) };
        let error = io::Error::last_os_error();
        if done == 0 || error.raw_os_error() == Some(libc::ENOENT) {
            Ok(())
        } else {
            Err(error)
        }
    }

    /// Opens a file in the caller and gives its number there.
    pub(super) fn inject(&self, id: u64, file: &OwnedFd, cloexec: bool) -> io::Result<i32> {
        #[expect(clippy::cast_sign_loss, reason = "a flag, and a descriptor that is open")]
        let request = libc::seccomp_notif_addfd {
            id,
            flags: 0,
            srcfd: file.as_raw_fd() as u32,
            newfd: 0,
            newfd_flags: if cloexec { libc::O_CLOEXEC as u32 } else { 0 },
        };
        // SAFETY: the kernel reads one `struct seccomp_notif_addfd`; the command carries its size.
        let number = unsafe { libc::ioctl(self.raw(), libc::SECCOMP_IOCTL_NOTIF_ADDFD, &raw const request) };
        if number < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(number)
        }
    }

    fn raw(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// The kernel's structures have the sizes that this was built with; which kernels say so, and what they say otherwise.
pub(super) fn check_sizes() -> Result<(), String> {
    let mut sizes = libc::seccomp_notif_sizes {
        seccomp_notif: 0,
        seccomp_notif_resp: 0,
        seccomp_data: 0,
    };
    // SAFETY: the kernel writes one `struct seccomp_notif_sizes`.
    let done = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_GET_NOTIF_SIZES,
            0,
            &raw mut sizes,
        )
    };
    if done != 0 {
        return Err(format!(
            "the kernel has no user notification: {}",
            io::Error::last_os_error()
        ));
    }
    let told = [sizes.seccomp_notif, sizes.seccomp_notif_resp, sizes.seccomp_data].map(usize::from);
    let own = [
        size_of::<libc::seccomp_notif>(),
        size_of::<libc::seccomp_notif_resp>(),
        size_of::<libc::seccomp_data>(),
    ];
    if told == own {
        Ok(())
    } else {
        Err(format!(
            "the kernel's structures have {told:?} bytes, ours {own:?}"
        ))
    }
}

/// Lets the command install this filter in itself before its program begins, and hand the listener to `give`.
pub(super) fn filtered(command: &mut Command, filter: Vec<libc::sock_filter>, give: OwnedFd) {
    let install = move || {
        let listener = install(&filter)?;
        let descriptors = [listener.as_fd()];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
        rustix::net::sendmsg(&give, &[IoSlice::new(&[0])], &mut control, SendFlags::NOSIGNAL)?;
        Ok(())
    };
    // SAFETY: between fork and exec this makes system calls on values that were built before the fork, and allocates
    // nothing.
    unsafe {
        command.pre_exec(install);
    }
}

/// Installs the filter for this thread and what it will start.
fn install(filter: &[libc::sock_filter]) -> io::Result<OwnedFd> {
    rustix::thread::set_no_new_privs(true)?;
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).unwrap_or(0),
        filter: filter.as_ptr().cast_mut(),
    };
    // A call that has been taken up is done once: signals wait for its answer where the kernel can (5.19).
    let plain = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    for flags in [plain | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, plain] {
        // SAFETY: `program` describes the slice above, which outlives the call; the kernel copies it.
        let fd = unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                flags,
                &raw const program,
            )
        };
        if let Ok(fd) = RawFd::try_from(fd)
            && fd >= 0
        {
            // SAFETY: the kernel has just given this descriptor to nobody else.
            return Ok(unsafe { OwnedFd::from_raw_fd(fd) });
        }
        if io::Error::last_os_error().raw_os_error() != Some(libc::EINVAL) {
            break;
        }
    }
    Err(io::Error::last_os_error())
}

/// The listener that a child has sent.
pub(super) fn listener_from(take: &OwnedFd) -> io::Result<Listener> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    rustix::net::recvmsg(
        take,
        &mut [IoSliceMut::new(&mut byte)],
        &mut control,
        RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT,
    )?;
    let sent = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        RecvAncillaryMessage::ScmCredentials(_) | _ => None,
    });
    sent.map(Listener::new)
        .ok_or_else(|| io::Error::other("the child sent no listener"))
}

/// Reads the memory of a thread; fewer bytes where what follows is not mapped.
pub(super) fn read_memory(tid: u32, address: u64, into: &mut [u8]) -> io::Result<usize> {
    let local = libc::iovec {
        iov_base: into.as_mut_ptr().cast(),
        iov_len: into.len(),
    };
    let (remote, count) = remote(address, into.len());
    // SAFETY: the kernel writes at most `into.len()` bytes to `into`; remote addresses are checked by the kernel.
    let done = unsafe { libc::process_vm_readv(pid(tid), &raw const local, 1, remote.as_ptr(), count, 0) };
    usize::try_from(done).map_err(|_| io::Error::last_os_error())
}

/// Writes the memory of a thread; fewer bytes where what follows is not mapped.
pub(super) fn write_memory(tid: u32, address: u64, from: &[u8]) -> io::Result<usize> {
    let local = libc::iovec {
        iov_base: from.as_ptr().cast_mut().cast(),
        iov_len: from.len(),
    };
    let (remote, count) = remote(address, from.len());
    // SAFETY: the kernel reads at most `from.len()` bytes of `from`; remote addresses are checked by the kernel.
    let done = unsafe { libc::process_vm_writev(pid(tid), &raw const local, 1, remote.as_ptr(), count, 0) };
    usize::try_from(done).map_err(|_| io::Error::last_os_error())
}

/// A span of another process's memory, cut at the first page's end: the kernel takes whole pieces or none.
fn remote(address: u64, length: usize) -> ([libc::iovec; 2], libc::c_ulong) {
    const PAGE: u64 = 4096;
    let to_end = usize::try_from(PAGE - address % PAGE).unwrap_or(length);
    let first = length.min(to_end);
    let at = |address: u64, iov_len| libc::iovec {
        iov_base: std::ptr::with_exposed_provenance_mut(usize::try_from(address).unwrap_or(0)),
        iov_len,
    };
    let pieces = [
        at(address, first),
        at(address.saturating_add(first as u64), length - first),
    ];
    (pieces, if first < length { 2 } else { 1 })
}

fn pid(tid: u32) -> libc::pid_t {
    libc::pid_t::try_from(tid).unwrap_or(0)
}

/// One `ioctl` for a test's client: with a structure, or with a plain number.
#[cfg(test)]
pub(super) fn ask(
    file: &std::fs::File,
    command: u32,
    structure: &mut [u8],
    number: Option<u64>,
) -> io::Result<()> {
    let argument = number.unwrap_or(structure.as_mut_ptr().expose_provenance() as u64);
    // SAFETY: the tests' commands carry the size of the structure that they pass, or take a number.
    let done = unsafe { libc::ioctl(file.as_raw_fd(), u64::from(command), argument) };
    if done < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
