//! The virtual GPIO chip behind its queues: the rig's lines on one side, the guest's memory on the other.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use vhost_user_backend::{VringRwLock, VringT as _};
use virtio_queue::{DescriptorChain, QueueT as _};
use vm_memory::{GuestAddressSpace as _, GuestMemoryLoadGuard, GuestMemoryMmap};

use super::client::Client;
use super::device::{Daemon, Device, Memory};
use super::gpio::{Chip, INTEREST_BYTES, INTERRUPTS, Interrupt, LINES_MAX, REQUEST_BYTES, reads_a_level};
use super::{VmError, failed};
use crate::wire::{Reply, Request, Role};

/// Numbers of the queues.
const REQUESTS: usize = 0;
const EVENTS: usize = 1;

type Chain = DescriptorChain<GuestMemoryLoadGuard<GuestMemoryMmap>>;

/// The chip with its connection to the rig.
struct Board {
    chip: Chip,
    rig: Client,
    memory: Option<Memory>,
    events: Option<VringRwLock>,
    /// The buffers of each line whose interrupt the guest has unmasked.
    interests: [Option<Chain>; LINES_MAX],
}

/// The lines of a rack, served to a guest.
pub struct Lines {
    _daemon: Daemon,
    edges: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Lines {
    /// Serves the rig's lines on a socket that QEMU connects to.
    ///
    /// # Errors
    /// When the rig does not answer, has too many lines, or the socket cannot be made.
    pub fn serve(rig: &Path, socket: &Path) -> Result<Self, VmError> {
        let connect = |role| Client::connect(rig, role).map_err(failed("lines of the emulated rack"));
        let (mut client, mut edges) = (connect(Role::Lines)?, connect(Role::Edges)?);
        let levels = levels(&mut client).map_err(failed("levels of the emulated rack's contacts"))?;
        let chip = Chip::new(&client.inputs, &client.outputs, levels).ok_or_else(|| VmError::Program {
            program: "vm-lines".to_owned(),
            why: format!("more than {LINES_MAX} lines"),
        })?;
        let board = Arc::new(Mutex::new(Board {
            chip,
            rig: client,
            memory: None,
            events: None,
            interests: [const { None }; LINES_MAX],
        }));
        let stopper = edges.stopper().map_err(failed("a handle of the edges"))?;
        let own = Arc::clone(&board);
        let thread = std::thread::Builder::new()
            .name("vm-edges".to_owned())
            .spawn(move || {
                // The rig speaks at least once a second; when it says no more, the rack is gone.
                while let Ok(Reply::Inputs(levels)) = edges.listen() {
                    let mut board = own.lock().unwrap_or_else(PoisonError::into_inner);
                    if board.changed(levels).is_err() {
                        return;
                    }
                }
            })
            .map_err(failed("a thread for the edges"))?;
        Ok(Lines {
            _daemon: Daemon::start("vm-lines", board, socket)?,
            edges: stopper,
            thread: Some(thread),
        })
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = self.edges.shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn levels(rig: &mut Client) -> io::Result<u64> {
    let reply = rig.ask(&Request::Inputs)?;
    let Reply::Inputs(levels) = reply else {
        return Err(io::Error::other(format!("no levels but {reply:?}")));
    };
    Ok(levels)
}

impl Device for Board {
    const QUEUES: usize = 2;
    const FEATURES: u64 = INTERRUPTS;

    fn config(&self) -> Vec<u8> {
        self.chip.config()
    }

    fn memory(&mut self, memory: Memory) {
        self.memory = Some(memory);
        self.interests = [const { None }; LINES_MAX];
    }

    fn kicked(&mut self, queue: usize, queues: &[VringRwLock]) -> io::Result<()> {
        let (Some(requests), Some(events)) = (queues.get(REQUESTS), queues.get(EVENTS)) else {
            return Ok(());
        };
        self.events = Some(events.clone());
        if queue == REQUESTS {
            while let Some(chain) = self.next(requests) {
                self.request(requests, chain)?;
            }
        } else {
            while let Some(chain) = self.next(events) {
                self.interest(chain)?;
            }
        }
        Ok(())
    }
}

impl Board {
    fn next(&self, queue: &VringRwLock) -> Option<Chain> {
        let memory = self.memory.as_ref()?.memory();
        queue.get_mut().get_queue_mut().pop_descriptor_chain(memory)
    }

    fn request(&mut self, queue: &VringRwLock, chain: Chain) -> io::Result<()> {
        let mut request = [0; REQUEST_BYTES];
        read(&chain, &mut request)?;
        // A level is that of this moment: the edge that tells of it may still be on its way.
        if reads_a_level(request)
            && let Ok(now) = levels(&mut self.rig)
        {
            self.changed(now)?;
        }
        let answer = self.chip.request(request);
        if answer.outputs_changed {
            // A rig that is gone has no relays.
            let _ = self.rig.ask(&Request::Outputs(self.chip.outputs()));
        }
        if let Some(line) = answer.switched_off {
            self.give_back(line, Interrupt::Invalid)?;
        }
        put(queue, &chain, &answer.bytes)
    }

    fn interest(&mut self, chain: Chain) -> io::Result<()> {
        let mut line = [0; INTEREST_BYTES];
        read(&chain, &mut line)?;
        let line = u16::from_le_bytes(line);
        let at_once = self.chip.unmask(line);
        match self.interests.get_mut(usize::from(line)) {
            Some(own) => *own = Some(chain),
            None => return self.put_event(&chain, Interrupt::Invalid),
        }
        at_once.map_or(Ok(()), |why| self.give_back(line, why))
    }

    /// The contacts have these levels now.
    fn changed(&mut self, levels: u64) -> io::Result<()> {
        for line in self.chip.levels(levels) {
            self.give_back(line, Interrupt::Valid)?;
        }
        Ok(())
    }

    fn give_back(&mut self, line: u16, why: Interrupt) -> io::Result<()> {
        self.chip.mask(line);
        let own = self.interests.get_mut(usize::from(line)).and_then(Option::take);
        own.map_or(Ok(()), |chain| self.put_event(&chain, why))
    }

    fn put_event(&self, chain: &Chain, why: Interrupt) -> io::Result<()> {
        let events = self.events.as_ref();
        events.map_or(Ok(()), |events| put(events, chain, &[why as u8]))
    }
}

fn read(chain: &Chain, bytes: &mut [u8]) -> io::Result<()> {
    let memory = chain.memory();
    let mut reader = chain.clone().reader(memory).map_err(io::Error::other)?;
    reader.read_exact(bytes)
}

/// Writes an answer into the guest's memory, as far as there is room, and gives the buffers back.
fn put(queue: &VringRwLock, chain: &Chain, answer: &[u8]) -> io::Result<()> {
    let mut writer = chain.clone().writer(chain.memory()).map_err(io::Error::other)?;
    let room = answer.len().min(writer.available_bytes());
    writer.write_all(answer.get(..room).unwrap_or_default())?;
    let written = u32::try_from(room).map_err(io::Error::other)?;
    queue
        .add_used(chain.head_index(), written)
        .map_err(io::Error::other)?;
    queue.signal_used_queue()
}
