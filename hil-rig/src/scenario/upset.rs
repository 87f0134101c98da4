//! What befalls the controller's processes and their machine. Only shipped processes can suffer it: a scenario with one of
//! these runs over the rig's socket only.

use super::line::Line;
use super::measure;
use super::problem::Problem;

/// Longest jump of the wall clock, s.
const JUMP_MAX_S: f64 = 400.0 * 86_400.0;

/// One upset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Upset {
    /// The front is killed (SIGKILL).
    FrontDies,
    /// The front hangs (SIGSTOP).
    FrontStops,
    /// The front goes on (SIGCONT).
    FrontGoesOn,
    /// The core hangs (SIGSTOP).
    CoreStops,
    /// The core goes on (SIGCONT).
    CoreGoesOn,
    /// The file system of the data directory takes no more (ENOSPC).
    DiskFull,
    /// It takes more again.
    DiskFree,
    /// The wall clock jumps, s; the monotonic clock does not.
    ClockJumps(f64),
}

/// What can be written: words and what they mean. A jump takes a time.
pub const UPSETS: &[(&str, &str)] = &[
    ("front dies", "The front process is killed (SIGKILL)."),
    ("front stops", "The front process hangs (SIGSTOP)."),
    ("front continues", "The front process goes on (SIGCONT)."),
    ("core stops", "The core process hangs (SIGSTOP)."),
    ("core continues", "The core process goes on (SIGCONT)."),
    (
        "disk full",
        "The file system of the data directory takes no more (ENOSPC).",
    ),
    ("disk free", "It takes more again."),
    (
        "clock jumps <time>",
        "The wall clock jumps, back with a minus; the monotonic clock does not.",
    ),
];

/// Reads what follows `front`.
pub(super) fn front(line: &mut Line<'_>) -> Result<Upset, Problem> {
    Ok(
        match line.one_of("thing a front does", &["dies", "stops", "continues"])? {
            0 => Upset::FrontDies,
            1 => Upset::FrontStops,
            _ => Upset::FrontGoesOn,
        },
    )
}

/// Reads what follows `disk`.
pub(super) fn disk(line: &mut Line<'_>) -> Result<Upset, Problem> {
    Ok(match line.one_of("state of the disk", &["full", "free"])? {
        0 => Upset::DiskFull,
        _ => Upset::DiskFree,
    })
}

/// Reads what follows `clock`.
pub(super) fn clock(line: &mut Line<'_>) -> Result<Upset, Problem> {
    line.one_of("thing a clock does", &["jumps"])?;
    let word = line.peek();
    let seconds = measure::number(line, "the jump", "s")?;
    if seconds.abs() <= JUMP_MAX_S {
        return Ok(Upset::ClockJumps(seconds));
    }
    let message = format!("a jump of {seconds} s; write -400 d to 400 d");
    Err(word.map_or_else(
        || line.here(message.clone()),
        |word| line.at(word, message.clone()),
    ))
}
