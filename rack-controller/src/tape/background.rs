//! A sink that never makes its caller wait: frames go to a thread of their own through a short queue.
//!
//! For a core on a real rack: a disk that hangs fills the queue, a full queue ends the recording, and the tick goes on.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::format::TapeError;
use super::record::Sink;

/// Frames that wait for the disk, some 64 KiB each. When it is full the recording ends.
pub const WAITING: usize = 64;

/// A sink behind a queue.
#[derive(Debug)]
pub struct Background {
    queue: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<Result<(), TapeError>>>,
}

impl Background {
    /// Starts the thread that writes.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn start(to: Box<dyn Sink>) -> std::io::Result<Self> {
        let (queue, frames) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("tape".into())
            .spawn(move || write(to, &frames))?;
        Ok(Background {
            queue: Some(queue),
            thread: Some(thread),
        })
    }
}

fn write(mut to: Box<dyn Sink>, frames: &Receiver<Vec<u8>>) -> Result<(), TapeError> {
    for frame in frames {
        to.take(&frame)?;
    }
    to.end()
}

impl Sink for Background {
    fn take(&mut self, bytes: &[u8]) -> Result<(), TapeError> {
        let queue = self.queue.as_ref().ok_or(TapeError::Full)?;
        match queue.try_send(bytes.to_vec()) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(TapeError::Full),
        }
    }

    fn end(&mut self) -> Result<(), TapeError> {
        self.queue = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(_)) | None => Err(TapeError::Full),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Holds still until it may go on.
    struct Hung(Arc<Mutex<Vec<u8>>>);

    impl Sink for Hung {
        fn take(&mut self, bytes: &[u8]) -> Result<(), TapeError> {
            let mut all = self.0.lock().map_err(|_| TapeError::Full)?;
            all.extend(bytes);
            Ok(())
        }

        fn end(&mut self) -> Result<(), TapeError> {
            Ok(())
        }
    }

    #[test]
    fn a_hung_disk_ends_the_recording_and_holds_nobody() {
        let disk = Arc::new(Mutex::new(Vec::new()));
        let mut sink = Background::start(Box::new(Hung(Arc::clone(&disk)))).expect("a thread");
        let hung = disk.lock().expect("not poisoned");
        let taken = (0..2 * WAITING).take_while(|_| sink.take(b"x").is_ok()).count();
        // One may be in the thread's hands already.
        assert!((WAITING..=WAITING + 1).contains(&taken), "{taken}");
        drop(hung);
        sink.end().expect("it goes on");
        assert_eq!(disk.lock().expect("not poisoned").len(), taken);
    }
}
