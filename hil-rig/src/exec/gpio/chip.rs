//! What can be asked of the chip: what it is, what its lines are, and the lines themselves.

use std::os::fd::OwnedFd;
use std::sync::{MutexGuard, PoisonError};

use rustix::io::Errno;

use super::super::board::{Device, Inner};
use super::super::caller::Caller;
use super::super::layout::{put, read_write, readable, u32_at};
use super::super::sys::Answer;
use super::config::Config;
use super::{CHIP, Gpio, LINES, Line, NAME_SIZE, REQUEST_LINES_MAX, Request, Version, config, flags, name};

/// Commands of `linux/gpio.h`.
mod command {
    use super::{read_write, readable};

    pub(super) const CHIP_INFO: u32 = readable(0xB4, 0x01, 68);
    pub(super) const INFO: u32 = read_write(0xB4, 0x02, 72);
    pub(super) const HANDLE: u32 = read_write(0xB4, 0x03, 364);
    pub(super) const EVENT: u32 = read_write(0xB4, 0x04, 48);
    pub(super) const INFO_2: u32 = read_write(0xB4, 0x05, 256);
    pub(super) const WATCH_2: u32 = read_write(0xB4, 0x06, 256);
    pub(super) const LINE_2: u32 = read_write(0xB4, 0x07, 592);
    pub(super) const WATCH: u32 = read_write(0xB4, 0x0B, 72);
    pub(super) const UNWATCH: u32 = read_write(0xB4, 0x0C, 4);
}

/// Events kept for each line of a request that does not say (drivers/gpio/gpiolib-cdev.c), and most for one request.
const EVENTS_A_LINE: usize = 16;
const EVENTS_MAX: usize = REQUEST_LINES_MAX * EVENTS_A_LINE;

/// One `ioctl` on the chip.
pub(in crate::exec) fn ioctl(
    board: &Inner,
    key: u64,
    caller: Caller<'_>,
    command: u32,
    argument: u64,
) -> Result<Answer, Errno> {
    match command {
        command::CHIP_INFO => {
            let mut info = [0; 68];
            put(&mut info, 0, CHIP.0.as_bytes());
            put(&mut info, NAME_SIZE, CHIP.1.as_bytes());
            put(&mut info, 2 * NAME_SIZE, &number(LINES));
            caller.write(argument, &info)?;
        }
        command::INFO | command::WATCH => {
            let offset = offset(u32_at(&caller.bytes::<72>(argument)?, 0))?;
            watch(board, key, offset, command == command::WATCH)?;
            let (flags, consumer) = about(&gpio(board), offset);
            let mut info = [0; 72];
            put(&mut info, 0, &number(offset));
            put(&mut info, 4, &flags::told_first(flags).to_ne_bytes());
            put(&mut info, 8, name(offset).unwrap_or_default().as_bytes());
            put(&mut info, 8 + NAME_SIZE, &consumer);
            caller.write(argument, &info)?;
        }
        command::INFO_2 | command::WATCH_2 => {
            let asked = caller.bytes::<256>(argument)?;
            if asked[240..].iter().any(|byte| *byte != 0) {
                return Err(Errno::INVAL);
            }
            let offset = offset(u32_at(&asked, 2 * NAME_SIZE))?;
            watch(board, key, offset, command == command::WATCH_2)?;
            let (flags, consumer) = about(&gpio(board), offset);
            let mut info = [0; 256];
            put(&mut info, 0, name(offset).unwrap_or_default().as_bytes());
            put(&mut info, NAME_SIZE, &consumer);
            put(&mut info, 64, &number(offset));
            put(&mut info, 72, &flags.to_ne_bytes());
            caller.write(argument, &info)?;
        }
        command::UNWATCH => {
            let bit = 1 << offset(u32::from_ne_bytes(caller.bytes::<4>(argument)?))?;
            let mut gpio = gpio(board);
            let watched = gpio.watched.entry(key).or_default();
            if *watched & bit == 0 {
                return Err(Errno::BUSY);
            }
            *watched &= !bit;
        }
        command::LINE_2 => {
            let bytes = caller.bytes::<592>(argument)?;
            lines(board, caller, second(&bytes)?, argument + 588)?;
        }
        command::HANDLE => {
            let bytes = caller.bytes::<364>(argument)?;
            lines(board, caller, handle(&bytes)?, argument + 360)?;
        }
        command::EVENT => {
            let bytes = caller.bytes::<48>(argument)?;
            lines(board, caller, event(&bytes)?, argument + 44)?;
        }
        _ => return Err(Errno::INVAL),
    }
    Ok(Answer::Value(0))
}

/// An opening of the chip has been closed.
pub(in crate::exec) fn forget(board: &Inner, key: u64) {
    gpio(board).watched.remove(&key);
}

pub(super) fn gpio(board: &Inner) -> MutexGuard<'_, Gpio> {
    board.gpio.lock().unwrap_or_else(PoisonError::into_inner)
}

fn offset(asked: u32) -> Result<usize, Errno> {
    usize::try_from(asked)
        .ok()
        .filter(|offset| *offset < LINES)
        .ok_or(Errno::INVAL)
}

fn number(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_ne_bytes()
}

/// Takes note of a watch; a second one is `EBUSY`.
fn watch(board: &Inner, key: u64, offset: usize, on: bool) -> Result<(), Errno> {
    if on {
        let mut gpio = gpio(board);
        let watched = gpio.watched.entry(key).or_default();
        if *watched >> offset & 1 == 1 {
            return Err(Errno::BUSY);
        }
        *watched |= 1 << offset;
    }
    Ok(())
}

/// Flags and consumer of a line.
fn about(gpio: &Gpio, offset: usize) -> (u64, [u8; NAME_SIZE]) {
    match gpio.holder(offset) {
        Some((request, line)) => {
            let direction = if line.has(flags::DIRECTION) {
                0
            } else {
                flags::INPUT
            };
            (line.flags | direction | flags::USED, request.consumer)
        }
        None => (flags::INPUT, [0; NAME_SIZE]),
    }
}

fn consumer(bytes: &[u8]) -> [u8; NAME_SIZE] {
    let mut name = [0; NAME_SIZE];
    put(&mut name[..NAME_SIZE - 1], 0, bytes);
    name
}

/// `struct gpio_v2_line_request`.
fn second(bytes: &[u8]) -> Result<Request, Errno> {
    let count = count(u32_at(bytes, 560))?;
    if bytes[568..588].iter().any(|byte| *byte != 0) {
        return Err(Errno::INVAL);
    }
    let config = Config::new(&bytes[288..288 + config::SIZE])?;
    let lines = (0..count).map(|place| {
        let offset = offset(u32_at(bytes, 4 * place))?;
        Ok(line(offset, config.flags(place)?, config.active(place)))
    });
    let asked = usize::try_from(u32_at(bytes, 564)).unwrap_or(EVENTS_MAX);
    let events = if asked == 0 {
        count * EVENTS_A_LINE
    } else {
        asked.min(EVENTS_MAX)
    };
    Ok(Request {
        version: Version::Second,
        consumer: consumer(&bytes[256..288]),
        lines: lines.collect::<Result<_, Errno>>()?,
        // The kernel's queues have a power of two of places.
        queue: events.next_power_of_two(),
        told: 0,
        since: 0,
    })
}

/// `struct gpiohandle_request`.
fn handle(bytes: &[u8]) -> Result<Request, Errno> {
    let count = count(u32_at(bytes, 356))?;
    let flags = flags::from_first(u32_at(bytes, 256))?;
    let lines = (0..count).map(|place| {
        Ok(line(
            offset(u32_at(bytes, 4 * place))?,
            flags,
            bytes[260 + place] != 0,
        ))
    });
    Ok(Request {
        version: Version::Handle,
        consumer: consumer(&bytes[324..356]),
        lines: lines.collect::<Result<_, Errno>>()?,
        queue: 0,
        told: 0,
        since: 0,
    })
}

/// `struct gpioevent_request`.
fn event(bytes: &[u8]) -> Result<Request, Errno> {
    let edges = match u32_at(bytes, 8) {
        1 => flags::RISING,
        2 => flags::FALLING,
        3 => flags::EDGES,
        _ => return Err(Errno::INVAL),
    };
    let flags = flags::from_first(u32_at(bytes, 4))? | flags::INPUT | edges;
    flags::check(flags)?;
    Ok(Request {
        version: Version::Event,
        consumer: consumer(&bytes[12..44]),
        lines: vec![line(offset(u32_at(bytes, 0))?, flags, false)],
        queue: EVENTS_A_LINE,
        told: 0,
        since: 0,
    })
}

fn count(lines: u32) -> Result<usize, Errno> {
    let count = usize::try_from(lines).unwrap_or(0);
    if (1..=REQUEST_LINES_MAX).contains(&count) {
        Ok(count)
    } else {
        Err(Errno::INVAL)
    }
}

fn line(offset: usize, flags: u64, active: bool) -> Line {
    Line {
        offset,
        flags,
        active,
        told: 0,
    }
}

/// Gives lines out: `EBUSY` where one of them is taken, or asked for twice.
fn lines(board: &Inner, caller: Caller<'_>, request: Request, number_at: u64) -> Result<(), Errno> {
    let free = |gpio: &Gpio| {
        request
            .lines
            .iter()
            .all(|line| gpio.holder(line.offset).is_none())
    };
    let twice = (1..request.lines.len()).any(|place| {
        let (before, from) = request.lines.split_at(place);
        before.iter().any(|line| line.offset == from[0].offset)
    });
    if twice {
        return Err(Errno::BUSY);
    }
    let taken = !free(&gpio(board));
    if taken {
        board.sweep();
    }
    let given = {
        let mut gpio = gpio(board);
        if !free(&gpio) {
            return Err(Errno::BUSY);
        }
        let given = board.give(Device::Lines, false)?;
        let drives = request.lines.iter().any(|line| line.has(flags::OUTPUT));
        let since = board.rig.with(|rack| rack.edges());
        gpio.requests.insert(given.key, Request { since, ..request });
        if drives {
            gpio.drive(&board.rig);
        }
        given
    };
    hand_over(caller, &given.theirs, number_at)
    // Where that fails, our copy is the last: it closes here, and the lines are released.
}

fn hand_over(caller: Caller<'_>, theirs: &OwnedFd, number_at: u64) -> Result<(), Errno> {
    let number = caller.open(theirs)?;
    caller.write(number_at, &number.to_ne_bytes())
}
