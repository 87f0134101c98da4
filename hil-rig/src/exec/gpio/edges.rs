//! Edges, told to whoever has requested them.
//!
//! A request has a queue of as many events as the kernel's would have: the pipe, counted. When it is full, a request of
//! version 2 loses its oldest event and one of version 1 the new one, as in drivers/gpio/gpiolib-cdev.c; the sequence
//! numbers of version 2 show the gap.

use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};

use super::super::board::Inner;
use super::super::layout::put;
use super::chip::gpio;
use super::{Line, Request, Version, flags};
use crate::rack::INPUTS;

/// Longest wait for an edge; then the end of everything is looked for.
const LOOK: Duration = Duration::from_millis(200);

/// `struct gpioevent_data` and `struct gpio_v2_line_event`.
const EVENT_SIZE: usize = 16;
const EVENT_2_SIZE: usize = 48;

/// Tells edges until everything ends.
pub(in crate::exec) fn tell(board: &Inner) {
    let (mut count, mut levels) = board.rig.with(|rack| (rack.edges(), rack.inputs()));
    while !board.stop.load(Ordering::Relaxed) {
        let news = board.rig.edges_after(count, LOOK);
        // The number of the change before the first that is kept.
        let mut number = news.count - u64::try_from(news.levels.len()).unwrap_or(0);
        let mut gpio = gpio(board);
        for now in news.levels {
            number += 1;
            for (key, request) in &mut gpio.requests {
                if request.since < number {
                    changed(board, *key, request, levels, now);
                }
            }
            levels = now;
        }
        count = news.count;
    }
}

/// The rack's inputs were so and are so now.
fn changed(board: &Inner, key: u64, request: &mut Request, before: u64, now: u64) {
    for place in 0..request.lines.len() {
        let line = &mut request.lines[place];
        if line.offset >= INPUTS.len() || (before ^ now) >> line.offset & 1 == 0 || !line.has(flags::INPUT) {
            continue;
        }
        let rises = line.value(now);
        if !line.has(if rises { flags::RISING } else { flags::FALLING }) {
            continue;
        }
        line.told = line.told.wrapping_add(1);
        request.told = request.told.wrapping_add(1);
        let line = &request.lines[place];
        let event = event(request, line, rises);
        let size = if request.version == Version::Event {
            EVENT_SIZE
        } else {
            EVENT_2_SIZE
        };
        let oldest_goes = request.version == Version::Second;
        // A pipe without a reader is released by whoever watches it.
        let _ = board.with_end(key, |ours| push(ours, &event[..size], request.queue, oldest_goes));
    }
}

/// One event, in the form of its version; that of version 1 is its beginning.
fn event(request: &Request, line: &Line, rises: bool) -> [u8; EVENT_2_SIZE] {
    let clock = if line.has(flags::REAL_TIME) {
        ClockId::Realtime
    } else {
        ClockId::Monotonic
    };
    let now = clock_gettime(clock);
    let ns = u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0);
    let mut event = [0; EVENT_2_SIZE];
    put(&mut event, 0, &ns.to_ne_bytes());
    // RISING_EDGE 1, FALLING_EDGE 2, in both versions.
    put(&mut event, 8, &(2 - u32::from(rises)).to_ne_bytes());
    if request.version == Version::Second {
        put(
            &mut event,
            12,
            &u32::try_from(line.offset).unwrap_or(u32::MAX).to_ne_bytes(),
        );
        put(&mut event, 16, &request.told.to_ne_bytes());
        put(&mut event, 20, &line.told.to_ne_bytes());
    }
    event
}

/// Puts an event into a queue of so many.
fn push(ours: &OwnedFd, event: &[u8], places: usize, oldest_goes: bool) -> Result<(), Errno> {
    let waiting = usize::try_from(rustix::io::ioctl_fionread(ours)?).unwrap_or(usize::MAX);
    if waiting >= places * event.len() {
        if !oldest_goes {
            return Ok(());
        }
        // A reading end of our own for a moment: what it reads, the program does not.
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(ours));
        let oldest = rustix::fs::open(
            path,
            OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let mut taken = vec![0; event.len()];
        let _ = rustix::io::read(oldest, &mut taken);
    }
    rustix::io::write(ours, event).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe() -> (OwnedFd, OwnedFd) {
        let (reads, writes) = rustix::pipe::pipe().expect("a pipe");
        rustix::fs::fcntl_setfl(&writes, OFlags::NONBLOCK).expect("it does not wait");
        rustix::fs::fcntl_setfl(&reads, OFlags::NONBLOCK).expect("it does not wait");
        (reads, writes)
    }

    fn kept(oldest_goes: bool) -> Vec<u8> {
        let (reads, writes) = pipe();
        for number in 0..20_u8 {
            push(&writes, &[number; EVENT_2_SIZE], 16, oldest_goes).expect("it is pushed");
        }
        let mut bytes = [0; 64 * EVENT_2_SIZE];
        let count = rustix::io::read(reads, &mut bytes).expect("they are there");
        bytes[..count]
            .chunks(EVENT_2_SIZE)
            .map(|event| event[0])
            .collect()
    }

    #[test]
    fn a_full_queue_loses_its_oldest_event_or_the_new_one() {
        assert_eq!(kept(true), (4..20).collect::<Vec<_>>());
        assert_eq!(kept(false), (0..16).collect::<Vec<_>>());
    }

    #[test]
    fn a_queue_whose_reader_is_gone_takes_nothing() {
        let (reads, writes) = pipe();
        drop(reads);
        assert_eq!(push(&writes, &[0; EVENT_SIZE], 16, true), Err(Errno::PIPE));
    }
}
