//! An I2C bus behind `/dev/i2c-N`.
//!
//! One transfer is one `I2C_RDWR`, and it counts only when the kernel says that *every* message went through: some
//! adapters (virtio's of Linux 6.1 among them) end early, answer with the smaller count and no error, and leave the
//! buffers as they were. Read that way, an absent chip would be a cold rack.
//!
//! `I2C_RDWR` goes past drivers of the kernel. So an address is asked for with `I2C_SLAVE` before it is first used, which
//! the kernel refuses while a driver of its own holds it: two that speak to one chip in turns make nonsense of both.

use std::io;
use std::path::{Path, PathBuf};

use embedded_hal::i2c::{ErrorType, I2c, Operation};
use i2cdev::core::{I2CMessage as _, I2CTransfer as _};
use i2cdev::linux::{LinuxI2CBus, LinuxI2CDevice, LinuxI2CError, LinuxI2CMessage};
use rustix::io::Errno;
use sensors::driver::BusFault;

use super::episode::{Episode, advice};

/// Most operations of one transfer; drivers here need two.
const OPERATIONS_MAX: usize = 4;

/// What to do where there is no such bus.
const MISSING: &str = "switch the bus on (`dtparam=i2c_arm=on` or a `dtoverlay` in config.txt, then load `i2c-dev`); `ls /dev/i2c-*` shows those there are";

/// One I2C bus of this machine.
pub struct LinuxI2c {
    path: PathBuf,
    bus: Option<LinuxI2CBus>,
    /// Addresses that no driver of the kernel held when they were first used, a bit each.
    free: u128,
    episode: Episode,
}

impl LinuxI2c {
    /// The bus at this path; opened when it is first used.
    pub fn new(path: &str) -> Self {
        LinuxI2c {
            path: PathBuf::from(path),
            bus: None,
            free: 0,
            episode: Episode::new(path.to_owned()),
        }
    }

    /// Why it cannot be used, while it cannot.
    pub fn trouble(&self) -> Option<&str> {
        self.episode.stands()
    }

    fn open(&mut self) -> Result<(), BusFault> {
        if self.bus.is_none() {
            match LinuxI2CBus::new(&self.path) {
                Ok(bus) => self.bus = Some(bus),
                Err(error) => {
                    self.episode
                        .fails(&advice(&io::Error::from(error), MISSING, "i2c"));
                    return Err(BusFault::Other);
                }
            }
        }
        Ok(())
    }

    /// Whether no driver of the kernel holds the address.
    fn ask_for(&mut self, address: u8) -> Result<(), BusFault> {
        let bit = 1u128 << (address & 0x7F);
        if self.free & bit == 0 {
            held(&self.path, address)?;
            self.free |= bit;
        }
        Ok(())
    }

    fn failed(&mut self, errno: i32) -> BusFault {
        let errno = Errno::from_raw_os_error(errno);
        if lost(errno) {
            // The adapter is gone, on a USB cable perhaps: the next transfer opens it anew.
            self.bus = None;
            self.free = 0;
            self.episode.fails(&format!("{errno}; {MISSING}"));
        }
        fault(errno)
    }
}

/// Whether a driver of the kernel holds the address.
fn held(path: &Path, address: u8) -> Result<(), BusFault> {
    match LinuxI2CDevice::new(path, u16::from(address)) {
        Ok(_) => Ok(()),
        Err(error) if io_error(&error) == Some(Errno::BUSY.raw_os_error()) => Err(BusFault::Claimed),
        // Whatever else is wrong, the transfer itself says.
        Err(_) => Ok(()),
    }
}

fn io_error(error: &LinuxI2CError) -> Option<i32> {
    match error {
        LinuxI2CError::Errno(errno) => Some(*errno),
        LinuxI2CError::Io(error) => error.raw_os_error(),
    }
}

/// Whether the adapter itself is gone.
fn lost(errno: Errno) -> bool {
    matches!(errno, Errno::NODEV | Errno::BADF | Errno::NOTTY | Errno::SHUTDOWN)
}

/// What an adapter's error number means (Linux, Documentation/i2c/fault-codes.rst). Drivers differ: `EREMOTEIO` is the
/// missing acknowledge of those for the Raspberry Pi and of many others, address and data alike; `EBUSY` and
/// `EAGAIN` come while somebody holds the bus; `ETIMEDOUT` when it does not end.
pub fn fault(errno: Errno) -> BusFault {
    match errno {
        Errno::NXIO | Errno::REMOTEIO => BusFault::NoAnswer,
        Errno::BUSY => BusFault::StuckLow,
        Errno::TIMEDOUT => BusFault::Timeout,
        Errno::BADMSG | Errno::PROTO => BusFault::ShortTransfer,
        _ => BusFault::Other,
    }
}

impl ErrorType for LinuxI2c {
    type Error = BusFault;
}

impl I2c for LinuxI2c {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), BusFault> {
        // Two of one direction would have to go without a second start, which not every adapter can.
        let same = |pair: &[Operation<'_>]| {
            matches!(
                pair,
                [Operation::Read(_), Operation::Read(_)] | [Operation::Write(_), Operation::Write(_)]
            )
        };
        if operations.len() > OPERATIONS_MAX || operations.windows(2).any(same) {
            return Err(BusFault::Other);
        }
        self.open()?;
        self.ask_for(address)?;
        let Some(bus) = &mut self.bus else {
            return Err(BusFault::Other);
        };
        let mut messages: Vec<LinuxI2CMessage<'_>> = operations
            .iter_mut()
            .map(|operation| match operation {
                Operation::Write(bytes) => LinuxI2CMessage::write(bytes),
                Operation::Read(buffer) => LinuxI2CMessage::read(buffer),
            })
            .map(|message| message.with_address(u16::from(address)))
            .collect();
        match whole(bus.transfer(&mut messages), messages.len()) {
            Ok(()) => {
                self.episode.works();
                Ok(())
            }
            Err(Failed::Short) => Err(BusFault::ShortTransfer),
            Err(Failed::Silent) => Err(BusFault::NoAnswer),
            Err(Failed::Errno(errno)) => Err(self.failed(errno)),
        }
    }
}

/// How a transfer ended that did not end well.
#[derive(Debug, PartialEq, Eq)]
enum Failed {
    /// Without an error, and not all of it.
    Short,
    /// Without an error, and nothing of it: how virtio's adapter of Linux 6.1 tells that nobody acknowledged.
    Silent,
    /// By the kernel's error number.
    Errno(i32),
}

/// Whether all messages went through.
fn whole(result: Result<u32, LinuxI2CError>, messages: usize) -> Result<(), Failed> {
    match result {
        Ok(done) if usize::try_from(done) == Ok(messages) => Ok(()),
        Ok(0) => Err(Failed::Silent),
        Ok(_) => Err(Failed::Short),
        Err(error) => Err(Failed::Errno(
            io_error(&error).unwrap_or(Errno::IO.raw_os_error()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_is_not_whole_is_no_success() {
        assert_eq!(whole(Ok(2), 2), Ok(()));
        assert_eq!(whole(Ok(1), 2), Err(Failed::Short));
        assert_eq!(
            whole(Ok(0), 1),
            Err(Failed::Silent),
            "nobody answered, and no error says so"
        );
        assert_eq!(whole(Err(LinuxI2CError::Errno(6)), 1), Err(Failed::Errno(6)));
    }

    #[test]
    fn every_error_number_has_its_reason() {
        for (errno, expected) in [
            (Errno::NXIO, BusFault::NoAnswer),
            (Errno::REMOTEIO, BusFault::NoAnswer),
            (Errno::BUSY, BusFault::StuckLow),
            (Errno::TIMEDOUT, BusFault::Timeout),
            (Errno::AGAIN, BusFault::Other),
            (Errno::IO, BusFault::Other),
            (Errno::PROTO, BusFault::ShortTransfer),
            (Errno::OPNOTSUPP, BusFault::Other),
        ] {
            assert_eq!(fault(errno), expected, "{errno}");
        }
    }

    #[test]
    fn a_bus_that_is_not_there_says_what_to_do_and_is_asked_again() {
        let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let path = directory.path().join("i2c-9");
        let mut bus = LinuxI2c::new(&path.display().to_string());
        assert_eq!(bus.write(0x48, &[0]), Err(BusFault::Other));
        let trouble = bus.trouble().unwrap_or_default().to_owned();
        assert!(trouble.contains("ls /dev/i2c-*"), "{trouble}");
        // A file that is no adapter: opened, and then not what it claims to be.
        std::fs::write(&path, b"").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(bus.write(0x48, &[0]), Err(BusFault::Other));
        assert!(bus.bus.is_none(), "opened anew the next time");
    }

    #[test]
    fn two_reads_in_a_row_are_refused_before_the_bus_is_touched() {
        let (mut one, mut two) = ([0; 1], [0; 1]);
        let mut operations = [Operation::Read(&mut one), Operation::Read(&mut two)];
        let mut bus = LinuxI2c::new("/nonexistent/i2c-9");
        assert_eq!(bus.transaction(0x48, &mut operations), Err(BusFault::Other));
        assert_eq!(bus.trouble(), None);
    }
}
