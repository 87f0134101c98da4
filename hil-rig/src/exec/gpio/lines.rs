//! What can be done with requested lines: read them, drive them, ask for them in another way, close them.

use rustix::io::Errno;

use super::super::board::Inner;
use super::super::caller::Caller;
use super::super::layout::{put, read_write, u32_at, u64_at};
use super::super::sys::Answer;
use super::chip::gpio;
use super::config::{self, Config};
use super::{REQUEST_LINES_MAX, Version, flags};

/// Commands of `linux/gpio.h`.
mod command {
    use super::read_write;

    pub(super) const VALUES: u32 = read_write(0xB4, 0x08, 64);
    pub(super) const SET_VALUES: u32 = read_write(0xB4, 0x09, 64);
    pub(super) const CONFIG: u32 = read_write(0xB4, 0x0A, 84);
    pub(super) const CONFIG_2: u32 = read_write(0xB4, 0x0D, 272);
    pub(super) const VALUES_2: u32 = read_write(0xB4, 0x0E, 16);
    pub(super) const SET_VALUES_2: u32 = read_write(0xB4, 0x0F, 16);
}

/// One `ioctl` on requested lines.
pub(in crate::exec) fn ioctl(
    board: &Inner,
    key: u64,
    caller: Caller<'_>,
    command: u32,
    argument: u64,
) -> Result<Answer, Errno> {
    let second = matches!(
        command,
        command::CONFIG_2 | command::VALUES_2 | command::SET_VALUES_2
    );
    let version = gpio(board).requests.get(&key).map(|request| request.version);
    if version.ok_or(Errno::NODEV)? == Version::Second && !second
        || version != Some(Version::Second) && second
    {
        return Err(Errno::INVAL);
    }
    match command {
        command::VALUES_2 => {
            let mut bytes = caller.bytes::<16>(argument)?;
            let mask = u64_at(&bytes, 8);
            let bits = values(board, key)? & mask;
            if mask & all(board, key)? == 0 {
                return Err(Errno::INVAL);
            }
            put(&mut bytes, 0, &bits.to_ne_bytes());
            caller.write(argument, &bytes)?;
        }
        command::VALUES => {
            let bits = values(board, key)?;
            let bytes: [u8; REQUEST_LINES_MAX] =
                std::array::from_fn(|place| u8::from(bits >> place & 1 == 1));
            caller.write(argument, &bytes)?;
        }
        command::SET_VALUES_2 => {
            let bytes = caller.bytes::<16>(argument)?;
            set(board, key, u64_at(&bytes, 0), u64_at(&bytes, 8))?;
        }
        command::SET_VALUES => {
            let bytes = caller.bytes::<REQUEST_LINES_MAX>(argument)?;
            set(board, key, packed(&bytes), u64::MAX)?;
        }
        command::CONFIG_2 => {
            let config = Config::new(&caller.bytes::<{ config::SIZE }>(argument)?)?;
            configure(board, key, |place| {
                Ok((config.flags(place)?, config.active(place)))
            })?;
        }
        command::CONFIG => {
            let bytes = caller.bytes::<84>(argument)?;
            let (flags, values) = (flags::from_first(u32_at(&bytes, 0))?, packed(&bytes[4..68]));
            configure(board, key, |place| Ok((flags, values >> place & 1 == 1)))?;
        }
        _ => return Err(Errno::INVAL),
    }
    Ok(Answer::Value(0))
}

/// One byte a line, as one bit a line.
fn packed(bytes: &[u8]) -> u64 {
    let bits = bytes.iter().take(REQUEST_LINES_MAX).enumerate();
    bits.fold(0, |bits, (place, byte)| bits | u64::from(*byte != 0) << place)
}

/// A bit for every line of a request.
fn all(board: &Inner, key: u64) -> Result<u64, Errno> {
    let gpio = gpio(board);
    let count = gpio.requests.get(&key).ok_or(Errno::NODEV)?.lines.len();
    Ok(u64::MAX >> (REQUEST_LINES_MAX - count))
}

/// What the lines read, one bit each by their place in the request.
fn values(board: &Inner, key: u64) -> Result<u64, Errno> {
    let gpio = gpio(board);
    let inputs = board.rig.with(|rack| rack.inputs());
    let request = gpio.requests.get(&key).ok_or(Errno::NODEV)?;
    let lines = request.lines.iter().enumerate();
    Ok(lines.fold(0, |bits, (place, line)| {
        bits | u64::from(line.value(inputs)) << place
    }))
}

/// Drives the lines of a mask; `EPERM` where one of them is no output.
fn set(board: &Inner, key: u64, bits: u64, mask: u64) -> Result<(), Errno> {
    let mask = mask & all(board, key)?;
    if mask == 0 {
        return Err(Errno::INVAL);
    }
    let mut gpio = gpio(board);
    let request = gpio.requests.get_mut(&key).ok_or(Errno::NODEV)?;
    let mut chosen: Vec<_> = request
        .lines
        .iter_mut()
        .enumerate()
        .filter(|(place, _)| mask >> place & 1 == 1)
        .collect();
    if chosen.iter().any(|(_, line)| !line.has(flags::OUTPUT)) {
        return Err(Errno::PERM);
    }
    for (place, line) in &mut chosen {
        line.active = bits >> *place & 1 == 1;
    }
    gpio.drive(&board.rig);
    Ok(())
}

/// Asks for the lines in another way. A line for which no direction is said stays as it is, as in the kernel.
fn configure(
    board: &Inner,
    key: u64,
    asked: impl Fn(usize) -> Result<(u64, bool), Errno>,
) -> Result<(), Errno> {
    let mut gpio = gpio(board);
    let request = gpio.requests.get_mut(&key).ok_or(Errno::NODEV)?;
    if request.version == Version::Event {
        return Err(Errno::INVAL);
    }
    let all: Vec<_> = (0..request.lines.len()).map(asked).collect::<Result<_, _>>()?;
    for (line, (flags, active)) in request.lines.iter_mut().zip(all) {
        if flags & flags::DIRECTION != 0 {
            (line.flags, line.active) = (flags, active);
        }
    }
    gpio.drive(&board.rig);
    Ok(())
}

/// The last holder has closed them: they are free, and what they drove falls.
pub(in crate::exec) fn release(board: &Inner, key: u64) {
    let mut gpio = gpio(board);
    let gone = gpio.requests.remove(&key);
    if gone.is_some_and(|request| request.lines.iter().any(|line| line.has(flags::OUTPUT))) {
        gpio.drive(&board.rig);
    }
}
