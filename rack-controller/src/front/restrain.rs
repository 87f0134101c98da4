//! The front's limits, set by itself as its first act: it ends with the core, it is the first to go when memory is
//! short, and it has a memory and descriptor limit of its own.

use std::io;

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

/// Descriptors the front may hold: its listeners, 128 HTTP connections and room for files.
const DESCRIPTORS: u64 = 1024;
/// Raised so that the kernel takes the front before the core (which keeps 0).
const OOM_SCORE: &str = "500";

pub(super) fn restrain(memory_limit_mib: u64) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // Not every system lets a process change its score; the memory limit below holds anyway.
    let _ = std::fs::write("/proc/self/oom_score_adj", OOM_SCORE);
    limit(Resource::As, memory_limit_mib.saturating_mul(1 << 20))?;
    limit(Resource::Nofile, DESCRIPTORS)?;
    Ok(())
}

fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let held = rustix::process::getrlimit(resource);
    let most = held.maximum.map_or(most, |maximum| maximum.min(most));
    setrlimit(
        resource,
        Rlimit {
            current: Some(most),
            maximum: Some(most),
        },
    )?;
    Ok(())
}
