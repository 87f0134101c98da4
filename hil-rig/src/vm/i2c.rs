//! A virtual I2C adapter: every transfer of the guest is one transfer of the rack.
//!
//! A message of the queue is a header of eight bytes, the bytes to write or room for those to read, and a status byte
//! (virtio 1.2, 5.15.6). Messages that belong to one transfer are chained by the flag FAIL_NEXT: START, these, STOP. The
//! kernel puts all of them into the queue before it rings, yet the device may look in between: an open chain waits for
//! its end.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex};

use vhost_user_backend::{VringRwLock, VringT as _};
use virtio_queue::{DescriptorChain, QueueT as _};
use vm_memory::{GuestAddressSpace as _, GuestMemoryLoadGuard, GuestMemoryMmap};

use super::VmError;
use super::client::Client;
use super::device::{Daemon, Device, Memory};
use crate::wire::{BusFailure, OPERATION_BYTES_MAX, OPERATIONS_MAX, Reply, Request, Role, WireOperation};

/// Feature bit: messages without bytes are known (the kernel's driver insists).
const ZERO_LENGTH_REQUEST: u64 = 1 << 0;
/// The next message belongs to the same transfer and fails with this one.
const FAIL_NEXT: u32 = 1 << 0;
/// The message reads.
const READ: u32 = 1 << 1;
/// Bytes of a message's header.
pub const HEADER_BYTES: usize = 8;
/// Status of a message that went well, and of one that did not.
const STATUS_OK: u8 = 0;
const STATUS_ERROR: u8 = 1;

/// Header of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// 7-bit address.
    pub address: u8,
    /// The next message belongs to the same transfer.
    pub fail_next: bool,
    /// It reads.
    pub read: bool,
}

/// Reads a header; none for a 10-bit address, which no chip of a rack has.
#[must_use]
pub fn header(bytes: [u8; HEADER_BYTES]) -> Option<Header> {
    let [low, high, _, _, a, b, c, d] = bytes;
    let flags = u32::from_le_bytes([a, b, c, d]);
    // A 7-bit address stands in bits 7 to 1, bit 0 and all above are zero.
    if high != 0 || low & 1 != 0 {
        return None;
    }
    Some(Header {
        address: low >> 1,
        fail_next: flags & FAIL_NEXT != 0,
        read: flags & READ != 0,
    })
}

/// A message of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its header; none for one that is refused.
    pub header: Option<Header>,
    /// What is written, or how many bytes are read.
    pub operation: WireOperation,
}

impl Message {
    fn fits(&self) -> bool {
        match &self.operation {
            WireOperation::Write(bytes) => bytes.len() <= OPERATION_BYTES_MAX,
            WireOperation::Read(count) => usize::from(*count) <= OPERATION_BYTES_MAX,
        }
    }

    fn asks(&self) -> usize {
        match &self.operation {
            WireOperation::Write(_) => 0,
            WireOperation::Read(count) => usize::from(*count),
        }
    }
}

/// How a message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// It went well.
    pub good: bool,
    /// What was read; fewer bytes than were asked for leave the rest of the guest's buffer as it was.
    pub bytes: Vec<u8>,
}

impl Outcome {
    const BAD: Outcome = Outcome {
        good: false,
        bytes: Vec::new(),
    };
}

/// Performs a transfer, message by message as the guest chained them. Messages to one address are one transfer of the
/// rack; a repeated START to another address begins another one. Whatever follows a message that failed fails too.
pub fn perform(
    messages: &[Message],
    mut transfer: impl FnMut(u8, Vec<WireOperation>) -> Result<Vec<u8>, BusFailure>,
) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(messages.len());
    let address = |message: &Message| message.header.map(|header| header.address);
    for part in messages.chunk_by(|one, next| address(one) == address(next)) {
        let known = part.first().and_then(address);
        let fits = part.len() <= OPERATIONS_MAX && part.iter().all(Message::fits);
        let ended = match known {
            Some(address) if fits && outcomes.iter().all(|outcome: &Outcome| outcome.good) => transfer(
                address,
                part.iter().map(|message| message.operation.clone()).collect(),
            ),
            Some(_) | None => Err(BusFailure::NackAddress),
        };
        outcomes.extend(spread(part, ended));
    }
    outcomes
}

/// What one transfer of the rack means for each of its messages.
fn spread(part: &[Message], ended: Result<Vec<u8>, BusFailure>) -> Vec<Outcome> {
    let last = part.len().saturating_sub(1);
    match ended {
        Ok(bytes) => {
            let mut rest = bytes.as_slice();
            let own = part.iter().map(|message| {
                let (own, behind) = rest.split_at(message.asks().min(rest.len()));
                rest = behind;
                Outcome {
                    good: true,
                    bytes: own.to_vec(),
                }
            });
            own.collect()
        }
        // Ended early: all but the last message went well, and nobody knows what was read.
        Err(BusFailure::ShortTransfer) => (0..part.len())
            .map(|place| Outcome {
                good: place != last,
                bytes: Vec::new(),
            })
            .collect(),
        Err(BusFailure::NackAddress | BusFailure::NackData | BusFailure::StuckLow | BusFailure::Timeout) => {
            vec![Outcome::BAD; part.len()]
        }
    }
}

/// A message as it lies in the guest's memory.
struct Queued {
    chain: DescriptorChain<GuestMemoryLoadGuard<GuestMemoryMmap>>,
    message: Message,
}

/// The adapter of one bus of the rack.
struct Adapter {
    rig: Client,
    memory: Option<Memory>,
    /// Messages of a transfer whose end has not been queued yet; at most as many as the queue has places.
    open: Vec<Queued>,
}

/// Serves the bus of this name on a socket that QEMU connects to.
///
/// # Errors
/// When the rig does not answer, knows no such bus, or the socket cannot be made.
pub fn serve(rig: &Path, bus: &str, socket: &Path) -> Result<Daemon, VmError> {
    let client = Client::connect(rig, Role::Bus(bus.to_owned()))
        .map_err(super::failed(format!("bus {bus} of the emulated rack")))?;
    let adapter = Adapter {
        rig: client,
        memory: None,
        open: Vec::new(),
    };
    Daemon::start(&format!("vm-{bus}"), Arc::new(Mutex::new(adapter)), socket)
}

impl Device for Adapter {
    const QUEUES: usize = 1;
    const FEATURES: u64 = ZERO_LENGTH_REQUEST;

    fn memory(&mut self, memory: Memory) {
        self.memory = Some(memory);
        self.open.clear();
    }

    fn kicked(&mut self, _: usize, queues: &[VringRwLock]) -> io::Result<()> {
        let Some(queue) = queues.first() else {
            return Ok(());
        };
        while let Some(queued) = self.next(queue)? {
            let open = queued.message.header.is_some_and(|header| header.fail_next);
            self.open.push(queued);
            if !open {
                self.finish(queue)?;
            }
        }
        Ok(())
    }
}

impl Adapter {
    /// The next message of the queue.
    fn next(&mut self, queue: &VringRwLock) -> io::Result<Option<Queued>> {
        let Some(memory) = &self.memory else {
            return Ok(None);
        };
        let memory = memory.memory();
        let chain = queue
            .get_mut()
            .get_queue_mut()
            .pop_descriptor_chain(memory.clone());
        let Some(chain) = chain else { return Ok(None) };
        let mut reader = chain.clone().reader(&memory).map_err(io::Error::other)?;
        let room = chain.clone().writer(&memory).map_err(io::Error::other)?;
        let mut bytes = [0; HEADER_BYTES];
        let whole = reader.read_exact(&mut bytes).is_ok();
        let header = header(bytes).filter(|_| whole);
        // The last byte is the status.
        let asked = room.available_bytes().saturating_sub(1);
        let operation = if header.is_some_and(|header| header.read) {
            WireOperation::Read(u16::try_from(asked).unwrap_or(u16::MAX))
        } else {
            let mut bytes = vec![0; reader.available_bytes().min(OPERATION_BYTES_MAX + 1)];
            reader.read_exact(&mut bytes)?;
            WireOperation::Write(bytes)
        };
        let message = Message { header, operation };
        Ok(Some(Queued { chain, message }))
    }

    /// Performs the transfer that is whole now and gives its messages back.
    fn finish(&mut self, queue: &VringRwLock) -> io::Result<()> {
        let Some(memory) = &self.memory else { return Ok(()) };
        let memory = memory.memory();
        let queued = std::mem::take(&mut self.open);
        let messages: Vec<Message> = queued.iter().map(|one| one.message.clone()).collect();
        let rig = &mut self.rig;
        let outcomes = perform(&messages, |address, operations| {
            match rig.ask(&Request::Transfer { address, operations }) {
                Ok(Reply::Transferred(ended)) => ended,
                // A rig that is gone is a bus without chips.
                Ok(_) | Err(_) => Err(BusFailure::Timeout),
            }
        });
        for (one, outcome) in queued.into_iter().zip(outcomes) {
            let head = one.chain.head_index();
            let written = give_back(one, &outcome, &memory)?;
            queue.add_used(head, written).map_err(io::Error::other)?;
        }
        queue.signal_used_queue()
    }
}

/// Writes what was read and the status into the guest's memory; gives the number of bytes.
fn give_back(queued: Queued, outcome: &Outcome, memory: &GuestMemoryMmap) -> io::Result<u32> {
    let mut data = queued.chain.writer(memory).map_err(io::Error::other)?;
    let room = data.available_bytes();
    let Some(last) = room.checked_sub(1) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no room for a status"));
    };
    let mut status = data.split_at(last).map_err(io::Error::other)?;
    let own = outcome.bytes.len().min(last);
    data.write_all(outcome.bytes.get(..own).unwrap_or_default())?;
    status.write_all(&[if outcome.good { STATUS_OK } else { STATUS_ERROR }])?;
    u32::try_from(room).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(address: u8, operation: WireOperation) -> Message {
        let read = matches!(operation, WireOperation::Read(_));
        let header = Some(Header {
            address,
            fail_next: false,
            read,
        });
        Message { header, operation }
    }

    fn good(bytes: &[u8]) -> Outcome {
        Outcome {
            good: true,
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn a_header_is_read_as_the_standard_lays_it_out() {
        // le16 address << 1, le16 padding, le32 flags.
        let write_first = [0x88, 0, 0, 0, 1, 0, 0, 0];
        let read_last = [0x88, 0, 0xFF, 0xFF, 2, 0, 0, 0];
        assert_eq!(
            header(write_first),
            Some(Header {
                address: 0x44,
                fail_next: true,
                read: false
            })
        );
        assert_eq!(
            header(read_last),
            Some(Header {
                address: 0x44,
                fail_next: false,
                read: true
            }),
            "padding is nobody's"
        );
        assert_eq!(header([0x89, 0, 0, 0, 0, 0, 0, 0]), None, "bit 0 is zero");
        assert_eq!(header([0x88, 0xF1, 0, 0, 0, 0, 0, 0]), None, "ten bits");
    }

    #[test]
    fn messages_to_one_address_are_one_transfer_of_the_rack() {
        let messages = [
            message(0x48, WireOperation::Write(vec![0])),
            message(0x48, WireOperation::Read(2)),
            message(0x48, WireOperation::Read(1)),
        ];
        let mut seen = Vec::new();
        let outcomes = perform(&messages, |address, operations| {
            seen.push((address, operations.len()));
            Ok(vec![0x0C, 0x80, 7])
        });
        assert_eq!(seen, [(0x48, 3)]);
        assert_eq!(outcomes, [good(&[]), good(&[0x0C, 0x80]), good(&[7])]);
    }

    #[test]
    fn a_repeated_start_to_another_address_is_a_transfer_of_its_own_and_fails_with_the_one_before() {
        let messages = [
            message(0x70, WireOperation::Write(vec![4])),
            message(0x45, WireOperation::Read(6)),
        ];
        let mut seen = Vec::new();
        let outcomes = perform(&messages, |address, _| {
            seen.push(address);
            Ok(Vec::new())
        });
        assert_eq!((seen, outcomes), (vec![0x70, 0x45], vec![good(&[]), good(&[])]));
        let mut seen = Vec::new();
        let outcomes = perform(&messages, |address, _| {
            seen.push(address);
            Err(BusFailure::NackAddress)
        });
        assert_eq!((seen, outcomes), (vec![0x70], vec![Outcome::BAD; 2]));
    }

    #[test]
    fn a_nack_is_bad_for_every_message_and_a_short_transfer_for_the_last_one_alone() {
        let messages = [
            message(0x44, WireOperation::Write(vec![0xFD])),
            message(0x44, WireOperation::Read(6)),
        ];
        for failure in [
            BusFailure::NackAddress,
            BusFailure::NackData,
            BusFailure::StuckLow,
            BusFailure::Timeout,
        ] {
            assert_eq!(perform(&messages, |_, _| Err(failure)), vec![Outcome::BAD; 2]);
        }
        let short = perform(&messages, |_, _| Err(BusFailure::ShortTransfer));
        assert_eq!(short, [good(&[]), Outcome::BAD]);
    }

    #[test]
    fn an_adapter_that_hands_over_too_little_says_that_all_went_well() {
        let messages = [
            message(0x44, WireOperation::Write(vec![0xFD])),
            message(0x44, WireOperation::Read(6)),
        ];
        let quiet = perform(&messages, |_, _| Ok(vec![0x12, 0x34]));
        assert_eq!(quiet, [good(&[]), good(&[0x12, 0x34])]);
    }

    #[test]
    fn what_is_too_long_or_has_no_address_never_reaches_the_rack() {
        let never = |_, _| -> Result<Vec<u8>, BusFailure> { panic!("nothing is asked") };
        let long = message(0x44, WireOperation::Write(vec![0; OPERATION_BYTES_MAX + 1]));
        assert_eq!(perform(&[long], never), [Outcome::BAD]);
        let nobody = Message {
            header: None,
            operation: WireOperation::Read(1),
        };
        assert_eq!(perform(&[nobody], never), [Outcome::BAD]);
        let many = vec![message(0x44, WireOperation::Read(1)); OPERATIONS_MAX + 1];
        assert_eq!(perform(&many, never), vec![Outcome::BAD; OPERATIONS_MAX + 1]);
    }
}
