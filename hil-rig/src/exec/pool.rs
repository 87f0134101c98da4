//! The threads that answer stopped calls: each waits, answers, and waits again.
//!
//! One at a time waits at the listener. Whoever takes a call sees to it that another waits, so that a slow chip holds its
//! caller and nobody else, up to [`WORKERS_MAX`] at once; a further call waits until one of them is done.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags, poll};

use super::board::Inner;
use super::sys::Listener;

/// Most calls in flight at once.
pub(super) const WORKERS_MAX: usize = 32;

/// The threads behind one listener.
pub(super) struct Pool {
    listener: Listener,
    board: Arc<Inner>,
    turn: Mutex<()>,
    idle: AtomicUsize,
    workers: AtomicUsize,
}

impl Pool {
    /// Answers what arrives at a listener until everybody who could call has gone.
    pub(super) fn start(listener: Listener, board: Arc<Inner>) -> io::Result<()> {
        let pool = Arc::new(Pool {
            listener,
            board,
            turn: Mutex::new(()),
            idle: AtomicUsize::new(0),
            workers: AtomicUsize::new(0),
        });
        Pool::spawn(&pool)
    }

    fn spawn(pool: &Arc<Self>) -> io::Result<()> {
        let own = Arc::clone(pool);
        pool.workers.fetch_add(1, Ordering::Relaxed);
        pool.idle.fetch_add(1, Ordering::Relaxed);
        let spawned = std::thread::Builder::new()
            .name("exec-calls".into())
            .spawn(move || own.work());
        if spawned.is_err() {
            pool.workers.fetch_sub(1, Ordering::Relaxed);
            pool.idle.fetch_sub(1, Ordering::Relaxed);
        }
        spawned.map(drop)
    }

    fn work(self: Arc<Self>) {
        loop {
            let call = {
                let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
                if !self.arrives() {
                    return;
                }
                match self.listener.receive() {
                    Ok(Some(call)) => call,
                    Ok(None) => continue,
                    Err(_) => return,
                }
            };
            let last = self.idle.fetch_sub(1, Ordering::Relaxed) == 1;
            if last && self.workers.load(Ordering::Relaxed) < WORKERS_MAX {
                // Without another thread the next call waits for this one; that is all.
                let _ = Pool::spawn(&self);
            }
            let answer = self.board.answer(&self.listener, &call);
            // An answer that the kernel refuses leaves its caller waiting; it is killed with its program.
            let _ = self.listener.answer(call.id, answer);
            self.idle.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits for a call; false once there will be none.
    fn arrives(&self) -> bool {
        let mut ends = [
            PollFd::new(&self.listener, PollFlags::IN),
            PollFd::new(self.board.ended(), PollFlags::IN),
        ];
        loop {
            match poll(&mut ends, None) {
                Ok(_) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return false,
            }
        }
        // A call that has arrived is answered even if its program has ended since.
        !ends[1].revents().contains(PollFlags::IN) && ends[0].revents().contains(PollFlags::IN)
    }
}
