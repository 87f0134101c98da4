//! Watches our ends of the pipes: who has closed what, who has stroked the watchdog, and whether it has expired.

use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use super::board::Inner;

/// Longest time between two looks at the watchdog.
const LOOK: Duration = Duration::from_millis(50);
/// Events taken at once; further ones wait for the next look.
const EVENTS: usize = 64;

/// Keeps watch until everything ends.
pub(super) fn run(board: &Inner) {
    let mut events = Vec::with_capacity(EVENTS);
    while !board.stop.load(Ordering::Relaxed) {
        let wait = board.watchdog.left().unwrap_or(LOOK).min(LOOK);
        let wait = Timespec::try_from(wait).ok();
        events.clear();
        // Interrupted or not, the next look finds what is there.
        let _ = epoll::wait(board.watch(), spare_capacity(&mut events), wait.as_ref());
        for event in &events {
            let (key, flags) = (event.data.u64(), event.flags);
            board.strokes(key);
            if flags.intersects(epoll::EventFlags::ERR | epoll::EventFlags::HUP) {
                board.closed(key);
            }
        }
        board.watchdog.look();
    }
}
