//! What every backend shares: a thread that speaks vhost-user with QEMU, and one that hears of the guest's queues.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use vhost::vhost_user::message::VhostUserProtocolFeatures;
use vhost_user_backend::{VhostUserBackend, VhostUserDaemon, VringRwLock};
use vm_memory::{GuestMemoryAtomic, GuestMemoryMmap};
use vmm_sys_util::epoll::EventSet;
use vmm_sys_util::event::{EventConsumer, EventFlag, EventNotifier, new_event_consumer_and_notifier};

use super::{VmError, failed};

/// Places of a queue. A transfer of the kernel has at most 42 messages, and a rack has fewer than 64 lines.
const QUEUE_SIZE: usize = 256;
/// A device of the 1.0 standard or later, whose backend negotiates what it can (the vhost-user protocol).
const VERSION_1: u64 = 1 << 32;
const PROTOCOL_FEATURES: u64 = 1 << 30;
/// A message may lie in a table of its own, so that it takes one place of the queue.
const INDIRECT: u64 = 1 << 28;

/// The guest's memory.
pub(super) type Memory = GuestMemoryAtomic<GuestMemoryMmap>;

/// A device behind its queues. One thread at a time is in it.
pub(super) trait Device: Send + 'static {
    /// How many queues it has.
    const QUEUES: usize;
    /// Its own feature bits.
    const FEATURES: u64;

    /// Its configuration space.
    fn config(&self) -> Vec<u8> {
        Vec::new()
    }

    /// The guest's memory, at the start and when it changes.
    fn memory(&mut self, memory: Memory);

    /// The guest has put something into the queue of this number.
    ///
    /// # Errors
    /// When the queue makes no sense. The device is then of no use to its guest any more.
    fn kicked(&mut self, queue: usize, queues: &[VringRwLock]) -> io::Result<()>;
}

/// A device as vhost-user wants it.
struct Shared<D> {
    device: Arc<Mutex<D>>,
    exit: (EventConsumer, EventNotifier),
}

impl<D> Shared<D> {
    fn device(&self) -> MutexGuard<'_, D> {
        self.device.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Device> VhostUserBackend for Shared<D> {
    type Bitmap = ();
    type Vring = VringRwLock;

    fn num_queues(&self) -> usize {
        D::QUEUES
    }

    fn max_queue_size(&self) -> usize {
        QUEUE_SIZE
    }

    fn features(&self) -> u64 {
        VERSION_1 | PROTOCOL_FEATURES | INDIRECT | D::FEATURES
    }

    fn protocol_features(&self) -> VhostUserProtocolFeatures {
        let mut features = VhostUserProtocolFeatures::MQ;
        features.set(
            VhostUserProtocolFeatures::CONFIG,
            !self.device().config().is_empty(),
        );
        features
    }

    fn set_event_idx(&self, _: bool) {}

    fn get_config(&self, offset: u32, size: u32) -> Vec<u8> {
        let space = self.device().config();
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let to = from.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
        // Whoever asks for more than there is gets nothing, which QEMU reports.
        space.get(from..to).unwrap_or_default().to_vec()
    }

    fn update_memory(&self, memory: Memory) -> io::Result<()> {
        self.device().memory(memory);
        Ok(())
    }

    fn exit_event(&self, _: usize) -> Option<(EventConsumer, EventNotifier)> {
        let (consumer, notifier) = &self.exit;
        Some((consumer.try_clone().ok()?, notifier.try_clone().ok()?))
    }

    fn handle_event(&self, event: u16, _: EventSet, queues: &[VringRwLock], _: usize) -> io::Result<()> {
        self.device().kicked(usize::from(event), queues)
    }
}

/// A backend that QEMU connects to, once. Dropped, it ends.
pub struct Daemon {
    socket: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Daemon {
    /// Serves a device on a socket. The socket is there when this returns.
    pub(super) fn start<D: Device>(
        name: &str,
        device: Arc<Mutex<D>>,
        socket: &Path,
    ) -> Result<Self, VmError> {
        let exit = new_event_consumer_and_notifier(EventFlag::NONBLOCK | EventFlag::CLOEXEC)
            .map_err(failed("an event for the end"))?;
        let shared = Arc::new(Shared { device, exit });
        let refused = |error: &dyn std::fmt::Display| VmError::Program {
            program: name.to_owned(),
            why: error.to_string(),
        };
        let mut daemon = VhostUserDaemon::new(name.to_owned(), shared, Memory::new(GuestMemoryMmap::new()))
            .map_err(|error| refused(&error))?;
        let mut listener = vhost::vhost_user::Listener::new(socket, true).map_err(|error| refused(&error))?;
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // A guest that goes away ends its backend, however it goes.
                if daemon.start(&mut listener).is_ok() {
                    let _ = daemon.wait();
                }
            })
            .map_err(failed("a thread for a device"))?;
        Ok(Daemon {
            socket: socket.to_owned(),
            thread: Some(thread),
        })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A backend that nobody connected to waits for somebody: who comes and goes ends it.
        let _ = UnixStream::connect(&self.socket);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}
