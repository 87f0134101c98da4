//! A store's writing thread: small, and ended within a bounded time.

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Stack of a writing thread: SQLite and what is ours need less than a quarter of it.
const STACK: usize = 256 * 1024;
/// A writer that has nothing to do looks this often whether it shall end.
pub(super) const IDLE: Duration = Duration::from_millis(250);
/// A writer whose database fails looks this often whether it is due or shall end.
pub(super) const FAILING: Duration = Duration::from_millis(50);

/// Asks a writer to end, and knows when it has.
#[derive(Debug)]
pub(super) struct Writer {
    stop: Arc<AtomicBool>,
    ended: Mutex<Receiver<()>>,
}

impl Writer {
    pub(super) fn start(name: &str, work: impl FnOnce(&AtomicBool) + Send + 'static) -> io::Result<Writer> {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let (end, ended) = sync_channel::<()>(1);
        std::thread::Builder::new()
            .name(name.into())
            .stack_size(STACK)
            .spawn(move || {
                // Dropped when the thread ends in whatever way, which is what the other end waits for.
                let _end = end;
                // A store without its writer would take and lose: this process ends, and is started anew.
                if std::panic::catch_unwind(AssertUnwindSafe(|| work(&seen))).is_err() {
                    crate::log::line("a writer of the history has failed; the network's process ends");
                    std::process::abort();
                }
            })?;
        Ok(Writer {
            stop,
            ended: Mutex::new(ended),
        })
    }

    /// Asks the writer to write what it has and end.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// Asks the writer to write what it has and end; whether it did so in time.
    pub(super) fn end(&self, within: Duration) -> bool {
        self.stop();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.recv_timeout(within) == Err(RecvTimeoutError::Disconnected)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}
