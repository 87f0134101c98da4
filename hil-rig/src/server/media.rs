//! Serial lines and texts, over the rig's socket or under a program, at the pace of the real ones.
//!
//! The rack answers at one instant; what the line, the silence or the conversion takes is slept here afterwards, without
//! holding the rack, in the rig's own time.

use std::time::Duration;

use super::Shared;
use crate::chip::ds18b20::CONVERSION_US;
use crate::rack::wired::{SERIAL_FRAME_MAX, TEXT_MAX};
use crate::wire::Reply;

/// Time of one character at [`crate::rack::wired::SERIAL_BAUD`], ten bits, us.
const CHARACTER_US: u64 = 260;
/// Silence ends a frame: three and a half characters, and above 19200 baud this.
pub(crate) const GAP_US: u64 = 1_750;
/// What a host waits for a reply that does not come, us.
const SILENCE_US: u64 = 300_000;
/// Longest sleep, real: a slow rig holds its caller no longer.
const SLEEP_MAX: Duration = Duration::from_millis(900);
/// Longest name of a text, in bytes.
const NAME_MAX: usize = 256;

/// One request on a serial line over the socket, whose caller waits for the answer or for the silence.
pub(super) fn exchange(shared: &Shared, line: usize, request: &[u8]) -> Reply {
    if request.len() > SERIAL_FRAME_MAX {
        return Reply::Refused(format!("a frame has at most {SERIAL_FRAME_MAX} bytes"));
    }
    let reply = answered(shared, line, request);
    if reply.is_empty() {
        pass(shared, on_the_line_us(request.len()) + SILENCE_US);
    }
    Reply::Exchanged(reply)
}

/// One request on a serial line: what comes back, when it has come; nothing at once where nothing comes.
pub(super) fn answered(shared: &Shared, line: usize, request: &[u8]) -> Vec<u8> {
    let mut reply = vec![0; SERIAL_FRAME_MAX];
    let came = shared.rack().exchange(line, request, &mut reply);
    reply.truncate(came);
    if came > 0 {
        pass(shared, on_the_line_us(request.len() + came) + GAP_US);
    }
    reply
}

/// Time that so many characters take, us.
fn on_the_line_us(characters: usize) -> u64 {
    CHARACTER_US * u64::try_from(characters).unwrap_or(0)
}

/// The text of a device, over the socket.
pub(super) fn text(shared: &Shared, bus: usize, name: &str) -> Reply {
    if name.len() > NAME_MAX {
        return Reply::Refused(format!("a name has at most {NAME_MAX} bytes"));
    }
    Reply::Text(converted(shared, bus, name))
}

/// The text of a device, after its conversion.
pub(super) fn converted(shared: &Shared, bus: usize, name: &str) -> Option<Vec<u8>> {
    let mut text = vec![0; TEXT_MAX];
    shared.rack().text(bus, name, &mut text)?;
    pass(shared, CONVERSION_US);
    // The value is that of the conversion's end; a probe that vanished meanwhile gives nothing.
    let length = shared.rack().text(bus, name, &mut text).unwrap_or(0);
    text.truncate(length);
    Some(text)
}

/// Lets a span of the rig's time pass.
fn pass(shared: &Shared, span_us: u64) {
    let real = Duration::from_micros(span_us).div_f64(shared.clock.speed.max(0.01));
    std::thread::sleep(real.min(SLEEP_MAX));
}
