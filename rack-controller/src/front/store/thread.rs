//! A store's writing thread: small, and ended within a bounded time.

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::health::Status;

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
    failed: Arc<AtomicBool>,
    ended: Mutex<Receiver<()>>,
}

impl Writer {
    pub(super) fn start(name: &str, work: impl FnOnce(&AtomicBool) + Send + 'static) -> io::Result<Writer> {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let failed = Arc::new(AtomicBool::new(false));
        let died = Arc::clone(&failed);
        let (end, ended) = sync_channel::<()>(1);
        std::thread::Builder::new()
            .name(name.into())
            .stack_size(STACK)
            .spawn(move || {
                // Dropped when the thread ends in whatever way, which is what the other end waits for.
                let _end = end;
                // The rest of the front goes on: hosts are told to shut down by it. The store says that it fails.
                if std::panic::catch_unwind(AssertUnwindSafe(|| work(&seen))).is_err() {
                    died.store(true, Ordering::Release);
                    crate::log::line("a writer of the history has failed; nothing more is written");
                }
            })?;
        Ok(Writer {
            stop,
            failed,
            ended: Mutex::new(ended),
        })
    }

    /// The store's state, unless its writer is gone by a fault of ours.
    pub(super) fn status(&self, of: Status) -> Status {
        if !self.failed.load(Ordering::Acquire) {
            return of;
        }
        Status::Failing {
            since: Instant::now(),
            text: "its writer has failed; see the log, and start the controller anew".to_owned(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_that_fails_is_a_store_that_fails_and_ends_nothing_else() {
        let writer = Writer::start("writes", |_| panic!("a fault of ours")).expect("a thread");
        assert!(writer.end(Duration::from_secs(20)));
        assert!(matches!(writer.status(Status::Working), Status::Failing { .. }));
        let healthy = Writer::start("writes", |_| ()).expect("a thread");
        assert!(healthy.end(Duration::from_secs(20)));
        assert_eq!(healthy.status(Status::Working), Status::Working);
    }
}
