//! `/dev/i2c-N` as `linux/i2c-dev.h` describes it: combined transfers and the SMBus calls that tools use.
//!
//! | of the bus | errno | as |
//! |---|---|---|
//! | address not acknowledged | `ENXIO` | the kernel's i2c/fault-codes: "address phase didn't get an ACK" |
//! | data not acknowledged | `EREMOTEIO` | most adapters, for want of a code of its own |
//! | data line held low | `EBUSY` | fault-codes: "bus was busy for longer than allowed" |
//! | clock held low | `ETIMEDOUT` | fault-codes: "took too long, and was aborted" |
//! | ended early, and the adapter says so | `EPROTO` | fault-codes: the device "does not conform" |
//! | ended early in silence | none: fewer messages than asked | measured on i2c-virtio, which loses its errors |
//!
//! The messages of one call are one transfer. Where the kernel would send a repeated START to another address or in the
//! same direction (no `I2C_M_NOSTART`), the rack sees a STOP between; its chips cannot tell the two apart. Plain
//! `read` and `write` on the descriptor are not emulated, and fail: `EAGAIN`, `EBADF`.

use std::sync::atomic::{AtomicU16, Ordering};

use embedded_hal::i2c::Operation;
use rustix::io::Errno;

use super::board::Inner;
use super::caller::Caller;
use super::layout::{u32_at, u64_at};
use super::sys::Answer;
use crate::chip::BusError;
use crate::server::STUCK_COST;

/// Commands of `linux/i2c-dev.h`.
mod command {
    pub(super) const RETRIES: u32 = 0x0701;
    pub(super) const TIMEOUT: u32 = 0x0702;
    pub(super) const SLAVE: u32 = 0x0703;
    pub(super) const TENBIT: u32 = 0x0704;
    pub(super) const FUNCS: u32 = 0x0705;
    pub(super) const SLAVE_FORCE: u32 = 0x0706;
    pub(super) const RDWR: u32 = 0x0707;
    pub(super) const PEC: u32 = 0x0708;
    pub(super) const SMBUS: u32 = 0x0720;
}

/// `I2C_RDWR_IOCTL_MAX_MSGS`, and the longest message: a longer one, or more of them, is `EINVAL`.
pub const MESSAGES_MAX: usize = 42;
/// Longest message, in bytes (drivers/i2c/i2c-dev.c).
pub const MESSAGE_BYTES_MAX: usize = 8192;
/// `struct i2c_msg` on 64-bit machines.
const MESSAGE_SIZE: usize = 16;

const M_RD: u16 = 0x0001;
const M_NOSTART: u16 = 0x4000;

/// What `I2C_FUNCS` says: plain I2C with `I2C_M_NOSTART`, and of SMBus quick, byte, byte data, word data, I2C block.
const FUNCTIONALITY: u64 = 0x0000_0001 | 0x0000_0010 | 0x007F_0000 | 0x0C00_0000;

/// Highest 7-bit address.
const ADDRESS_MAX: u16 = 0x7F;

/// One opening of a bus.
#[derive(Debug)]
pub(super) struct I2c {
    bus: usize,
    /// What `I2C_SLAVE` has chosen, for SMBus calls.
    address: AtomicU16,
}

impl I2c {
    pub(super) fn new(bus: usize) -> Self {
        I2c {
            bus,
            address: AtomicU16::new(0),
        }
    }
}

/// One `ioctl` on a bus.
pub(super) fn ioctl(
    board: &Inner,
    open: &I2c,
    caller: Caller<'_>,
    command: u32,
    argument: u64,
) -> Result<Answer, Errno> {
    let value = match command {
        command::RDWR => combined(board, open.bus, caller, argument)?,
        command::SMBUS => smbus(board, open, caller, argument)?,
        command::SLAVE | command::SLAVE_FORCE => {
            let address = u16::try_from(argument)
                .ok()
                .filter(|address| *address <= ADDRESS_MAX);
            open.address
                .store(address.ok_or(Errno::INVAL)?, Ordering::Relaxed);
            0
        }
        command::FUNCS => {
            caller.write(argument, &FUNCTIONALITY.to_ne_bytes())?;
            0
        }
        // The emulated bus has its own; the adapter is content.
        command::RETRIES | command::TIMEOUT => 0,
        // Seven bits, no check byte: asked for anything else it refuses, as an adapter without them does.
        command::TENBIT | command::PEC if argument == 0 => 0,
        command::TENBIT | command::PEC => return Err(Errno::INVAL),
        _ => return Err(Errno::NOTTY),
    };
    Ok(Answer::Value(value))
}

/// One message of a combined transfer.
struct Message {
    address: u16,
    flags: u16,
    bytes: Vec<u8>,
    /// Where the caller has them.
    at: u64,
}

impl Message {
    fn reads(&self) -> bool {
        self.flags & M_RD != 0
    }

    /// It begins with no START of its own.
    fn goes_on(&self) -> bool {
        self.flags & M_NOSTART != 0
    }
}

/// `I2C_RDWR`: gives the number of messages that were done.
fn combined(board: &Inner, bus: usize, caller: Caller<'_>, argument: u64) -> Result<i64, Errno> {
    // `struct i2c_rdwr_ioctl_data`: a pointer and a count.
    let raw = caller.bytes::<16>(argument)?;
    let (list_at, count) = (
        u64_at(&raw, 0),
        usize::try_from(u32_at(&raw, 8)).unwrap_or(usize::MAX),
    );
    if count == 0 || count > MESSAGES_MAX {
        return Err(Errno::INVAL);
    }
    let mut list = [0; MESSAGES_MAX * MESSAGE_SIZE];
    let list = &mut list[..count * MESSAGE_SIZE];
    caller.read(list_at, list)?;
    let mut messages = Vec::with_capacity(count);
    for raw in list.chunks_exact(MESSAGE_SIZE) {
        messages.push(message(caller, raw)?);
    }
    let done = transfer(board, bus, &mut messages)?;
    // Bytes behind those that were handed over stay as the caller has them, though all is reported well.
    let mut left = done.bytes.unwrap_or(usize::MAX);
    for message in messages.iter().filter(|message| message.reads()) {
        let own = message.bytes.len().min(left);
        left -= own;
        caller.write(message.at, &message.bytes[..own])?;
    }
    Ok(i64::try_from(done.messages).unwrap_or(0))
}

/// Takes a message apart: `struct i2c_msg` is address, flags, length (u16 each), and a pointer.
fn message(caller: Caller<'_>, raw: &[u8]) -> Result<Message, Errno> {
    let half = |at: usize| u16::from_ne_bytes([raw[at], raw[at + 1]]);
    let (address, flags, length) = (half(0), half(2), usize::from(half(4)));
    if length > MESSAGE_BYTES_MAX || flags & !(M_RD | M_NOSTART) != 0 {
        return Err(Errno::INVAL);
    }
    let mut message = Message {
        address,
        flags,
        bytes: vec![0; length],
        at: u64_at(raw, 8),
    };
    if !message.reads() {
        caller.read(message.at, &mut message.bytes)?;
    }
    Ok(message)
}

/// What came of a transfer.
struct Done {
    messages: usize,
    /// Bytes read that were handed over, where it ended early in silence.
    bytes: Option<usize>,
}

/// Runs messages on a bus of the rack.
fn transfer(board: &Inner, bus: usize, messages: &mut [Message]) -> Result<Done, Errno> {
    let all = messages.len();
    let outcome = board.rig.with(|rack| {
        let (mut before, mut read) = (0, 0);
        let mut rest = messages;
        while !rest.is_empty() {
            let (now, after) = rest.split_at_mut(run(rest));
            rest = after;
            let address = u8::try_from(now[0].address)
                .ok()
                .filter(|address| u16::from(*address) <= ADDRESS_MAX);
            let address = address.ok_or(BusError::NackAddress)?;
            let mut operations: Vec<Operation<'_>> = now
                .iter_mut()
                .map(|message| {
                    if message.reads() {
                        Operation::Read(&mut message.bytes)
                    } else {
                        Operation::Write(&message.bytes)
                    }
                })
                .collect();
            rack.transfer(bus, address, &mut operations)?;
            drop(operations);
            if let Some(bytes) = rack.handed_over(bus) {
                // It ended in its first read, or at its address.
                let whole = now
                    .iter()
                    .position(Message::reads)
                    .filter(|_| bytes > 0)
                    .unwrap_or(0);
                return Ok(Done {
                    messages: before + whole,
                    bytes: Some(read + bytes),
                });
            }
            before += now.len();
            read += now
                .iter()
                .filter(|message| message.reads())
                .map(|message| message.bytes.len())
                .sum::<usize>();
        }
        Ok(Done {
            messages: all,
            bytes: None,
        })
    });
    outcome.map_err(|error| {
        if matches!(error, BusError::StuckLow | BusError::Timeout) {
            // A real adapter's time-out holds its caller; the rack is free meanwhile.
            std::thread::sleep(STUCK_COST);
        }
        errno(error)
    })
}

/// How many messages from the first make one transfer of the rack: one address, and no repeated START that does not
/// change the direction.
fn run(messages: &[Message]) -> usize {
    let goes_on = |pair: &&[Message]| {
        pair[1].goes_on() || pair[0].address == pair[1].address && pair[0].reads() != pair[1].reads()
    };
    1 + messages.windows(2).take_while(goes_on).count()
}

fn errno(error: BusError) -> Errno {
    match error {
        BusError::NackAddress => Errno::NXIO,
        BusError::NackData => Errno::REMOTEIO,
        BusError::StuckLow => Errno::BUSY,
        BusError::Timeout => Errno::TIMEDOUT,
        BusError::ShortTransfer { .. } => Errno::PROTO,
    }
}

/// Most bytes of an SMBus block.
const BLOCK_MAX: usize = 32;

/// `I2C_SMBUS`, each call as the messages that the kernel's i2c-core-smbus.c makes of it.
fn smbus(board: &Inner, open: &I2c, caller: Caller<'_>, argument: u64) -> Result<i64, Errno> {
    // `struct i2c_smbus_ioctl_data`: direction and command (u8 each), kind (u32), and a pointer.
    let raw = caller.bytes::<16>(argument)?;
    let (reads, code, kind, data_at) = (raw[0] == 1, raw[1], u32_at(&raw, 4), u64_at(&raw, 8));
    let mut messages = Vec::with_capacity(2);
    let address = open.address.load(Ordering::Relaxed);
    let mut send = |flags, bytes| {
        messages.push(Message {
            address,
            flags,
            bytes,
            at: data_at,
        });
    };
    // Quick, byte, byte data, word data, and I2C blocks in both of their numbers.
    match (kind, reads) {
        (0, _) => send(u16::from(reads), Vec::new()),
        (1, true) => send(M_RD, vec![0; 1]),
        (1, false) => send(0, vec![code]),
        (2 | 3, _) => {
            let length = if kind == 2 { 1 } else { 2 };
            let mut bytes = vec![0; length];
            if reads {
                send(0, vec![code]);
                send(M_RD, bytes);
            } else {
                caller.read(data_at, &mut bytes)?;
                bytes.insert(0, code);
                send(0, bytes);
            }
        }
        (6 | 8, _) => {
            let [told] = caller.bytes::<1>(data_at)?;
            let length = if kind == 6 && reads {
                BLOCK_MAX
            } else {
                usize::from(told)
            };
            if length == 0 || length > BLOCK_MAX {
                return Err(Errno::INVAL);
            }
            let mut bytes = vec![0; length];
            if reads {
                send(0, vec![code]);
                send(M_RD, bytes);
            } else {
                caller.read(data_at.saturating_add(1), &mut bytes)?;
                bytes.insert(0, code);
                send(0, bytes);
            }
        }
        _ => return Err(Errno::OPNOTSUPP),
    }
    let done = transfer(board, open.bus, &mut messages)?;
    if done.messages != messages.len() {
        return Err(Errno::IO);
    }
    if let Some(Message { bytes, .. }) = messages
        .last()
        .filter(|last| last.reads() && !last.bytes.is_empty())
    {
        if matches!(kind, 6 | 8) {
            let length = u8::try_from(bytes.len()).unwrap_or(0);
            caller.write(data_at, &[&[length], bytes.as_slice()].concat())?;
        } else {
            caller.write(data_at, bytes)?;
        }
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(address: u16, flags: u16) -> Message {
        Message {
            address,
            flags,
            bytes: vec![],
            at: 0,
        }
    }

    #[test]
    fn messages_join_where_the_wire_goes_on_and_part_where_it_does_not() {
        let runs = |list: &[(u16, u16)]| {
            let list: Vec<Message> = list
                .iter()
                .map(|(address, flags)| message(*address, *flags))
                .collect();
            run(&list)
        };
        assert_eq!(runs(&[(0x44, 0), (0x44, M_RD)]), 2, "a register and its value");
        assert_eq!(
            runs(&[(0x44, 0), (0x44, 0)]),
            1,
            "a repeated START in one direction"
        );
        assert_eq!(runs(&[(0x44, 0), (0x44, M_NOSTART), (0x44, M_RD)]), 3);
        assert_eq!(runs(&[(0x44, 0), (0x45, M_RD)]), 1, "another address");
    }
}
