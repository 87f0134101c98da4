//! Real time, for what concerns processes rather than the rack: signs of life and back-off.

/// `CLOCK_MONOTONIC` in microseconds.
pub fn monotonic_us() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds * 1_000_000 + u64::try_from(now.tv_nsec / 1_000).unwrap_or(0)
}
